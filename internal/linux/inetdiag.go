package linux

import (
	"net/netip"

	"github.com/go-psutil/psutil/internal/scan"
	"github.com/go-psutil/psutil/internal/wire"
)

// sockDiagByFamily is the type of every request and answer of linux/sock_diag.h.
const sockDiagByFamily = 20

// The extended information that [InetDiagRequest] can ask for.
const (
	InetDiagExtInfo      uint8 = 1 << (2 - 1) // Info
	InetDiagExtCong      uint8 = 1 << (4 - 1) // Cong
	InetDiagExtTOS       uint8 = 1 << (5 - 1) // TOS
	InetDiagExtTClass    uint8 = 1 << (6 - 1) // TClass; kernels with classes add an attribute that is not decoded
	InetDiagExtSKMemInfo uint8 = 1 << (7 - 1) // SKMemInfo
)

// InetDiagRequest is the message that asks NETLINK_SOCK_DIAG for the sockets of
// one family and protocol: struct nlmsghdr of type SOCK_DIAG_BY_FAMILY and
// struct inet_diag_req_v2.
//
// The family is AF_INET 2 or AF_INET6 10; the second has no sockets of the
// first. The protocol is TCP 6, UDP 17, UDP-Lite 136, MPTCP 262, or 255 for raw
// sockets of every protocol. The kernel answers ENOENT for one that it has no
// module for.
//
// states has bit 1<<n for each state n of net/tcp_states.h. Sockets in
// TCP_NEW_SYN_RECV belong to TCP_SYN_RECV. UDP and raw sockets are TCP_CLOSE, or
// TCP_ESTABLISHED when connected. TCP_BOUND_INACTIVE (13, since Linux 6.8) asks
// for TCP sockets that have a port, but neither listen nor are connected; they
// come as TCP_CLOSE.
//
// localPort and remotePort, unless 0, are the only ones the kernel then tells
// of. Of a raw socket the local one is its protocol.
//
// ext is any of the InetDiagExt bits; attributes that no bit stands for come
// unasked.
func InetDiagRequest(family uint8, protocol uint16, states uint32, localPort, remotePort uint16, ext uint8, bigEndian bool) []byte {
	const (
		fixed       = 16 + 56
		reqProtocol = 3 // INET_DIAG_REQ_PROTOCOL
	)
	size := fixed
	proto := uint8(protocol)
	if protocol > 255 {
		// Kernels before 5.9 look only at the byte, and overlook the attribute. They
		// have nothing for protocol 0, so they list no sockets of another protocol.
		size, proto = fixed+8, 0
	}
	b := nlmsghdr(uint32(size), sockDiagByFamily, bigEndian)
	b = append(b, family, proto, ext, 0)
	b = appendU32(b, states, bigEndian)
	// struct inet_diag_sockid, whose ports are in network byte order
	b = append(b, byte(localPort>>8), byte(localPort), byte(remotePort>>8), byte(remotePort))
	b = append(b, make([]byte, 44)...) // any address, interface and cookie
	if protocol > 255 {
		b = appendU16(b, 8, bigEndian)
		b = appendU16(b, reqProtocol, bigEndian)
		b = appendU32(b, uint32(protocol), bigEndian)
	}
	return b
}

// tcpDiagGetSock is the type of the older request, TCPDIAG_GETSOCK of
// linux/inet_diag.h.
const tcpDiagGetSock = 18

// TCPDiagRequest asks like [InetDiagRequest] for the sockets of TCP, but for those
// of IPv4 and IPv6 at once, which spares the kernel going over its table twice: it
// is struct inet_diag_req, whose family the kernel does not look at.
func TCPDiagRequest(states uint32, localPort, remotePort uint16, ext uint8, bigEndian bool) []byte {
	b := nlmsghdr(16+60, tcpDiagGetSock, bigEndian)
	b = append(b, 0, 0, 0, ext) // any family, two unused lengths
	b = append(b, byte(localPort>>8), byte(localPort), byte(remotePort>>8), byte(remotePort))
	b = append(b, make([]byte, 44)...) // any address, interface and cookie
	b = appendU32(b, states, bigEndian)
	return append(b, make([]byte, 4)...)
}

// InetDiagFields says which attributes an [InetDiag] came with.
type InetDiagFields uint16

// The attributes of an InetDiag.
const (
	InetDiagInfo      InetDiagFields = 1 << iota
	InetDiagCong                     // asked for, and not of a request or in TIME_WAIT
	InetDiagTOS                      // asked for
	InetDiagTClass                   // asked for, of IPv6
	InetDiagSKMemInfo                // asked for
	InetDiagShutdown                 // not of a request or in TIME_WAIT
	InetDiagProtocol                 // of raw sockets
	InetDiagSKV6Only                 // of IPv6 in TCP_LISTEN and TCP_CLOSE
	InetDiagMark                     // told to those with CAP_NET_ADMIN only
	InetDiagCgroupID                 // since Linux 5.8, with cgroups; not of a request or in TIME_WAIT
)

// InetDiag is a socket of IPv4 or IPv6: struct inet_diag_msg and the attributes
// behind it (net/ipv4/inet_diag.c inet_sk_diag_fill). The slices alias the
// message.
type InetDiag struct {
	Has InetDiagFields

	Family  uint8 // AF_INET 2, AF_INET6 10 on every architecture
	State   uint8 // TCP_* of net/tcp_states.h
	Timer   uint8 // 0 none, 1 retransmission, 2 keepalive, 3 TIME_WAIT, 4 probe of a zero window
	Retrans uint8 // how often that timer ran off

	// Local and Remote have no zone: If is the interface. An IPv6 socket that
	// carries IPv4 has IPv4-mapped addresses. The port of a raw socket's Local is
	// its protocol.
	Local, Remote netip.AddrPort
	If            uint32 // index of the interface the socket is bound to, 0 for none
	Cookie        uint64 // identifies the socket until the next boot
	Expires       uint32 // milliseconds until Timer runs off

	// RxQueue is what was received and not yet read, TxQueue what was not yet
	// sent, or not yet acknowledged. TCP counts bytes, and one for a FIN; others
	// add the kernel's overhead. Of a listener they are how many connections are
	// not yet accepted, and how many there may be.
	RxQueue, TxQueue uint32

	UID   uint32 // of no meaning if Inode is 0
	Inode uint32 // 0 for sockets without a file: not yet accepted, closed, in TIME_WAIT

	// Info is what the protocol tells of the connection: struct tcp_info for TCP,
	// see [TCPInfo]; struct mptcp_info for MPTCP.
	Info      []byte
	Cong      []byte // name of the congestion control: "cubic", "bbr"...
	TOS       uint8
	TClass    uint8
	SKMemInfo SKMemInfo
	Shutdown  uint8 // 1 no more receiving, 2 no more sending
	Protocol  uint8 // of a raw socket
	SKV6Only  bool
	Mark      uint32
	CgroupID  uint64 // inode of the directory in the cgroup2 file system
}

// Parse decodes one message, which begins with its struct nlmsghdr, of the answer
// to either request. After an error *d is the zero value.
func (d *InetDiag) Parse(msg []byte, bigEndian bool) error {
	*d = InetDiag{}
	err := d.parse(msg, bigEndian)
	if err != nil {
		*d = InetDiag{}
		return err
	}
	return nil
}

func (d *InetDiag) parse(msg []byte, bigEndian bool) *scan.SyntaxError {
	typ := uint16(sockDiagByFamily)
	if len(msg) >= 6 && wire.U16(msg[4:], bigEndian) == tcpDiagGetSock {
		typ = tcpDiagGetSock
	}
	if bad := checkNlmsg(msg, typ, bigEndian); bad != "" {
		return scan.Errorf(0, msg, "inet_diag_msg: %s", bad)
	}
	// A dump has a message for every socket of the machine, so no cursor goes over it.
	b := msg[nlmsgSize:]
	if len(b) < inetDiagSize {
		return scan.Errorf(0, msg, "inet_diag_msg: %d bytes expected, not %d", inetDiagSize, len(b))
	}
	d.Family, d.State, d.Timer, d.Retrans = b[0], b[1], b[2], b[3]
	// Ports and addresses are in network byte order on every machine.
	ports, src, dst := b[4:8], b[8:24], b[24:40]
	d.If = wire.U32(b[40:], bigEndian)
	d.Cookie = uint64(wire.U32(b[48:], bigEndian))<<32 | uint64(wire.U32(b[44:], bigEndian))
	d.Expires = wire.U32(b[52:], bigEndian)
	d.RxQueue = wire.U32(b[56:], bigEndian)
	d.TxQueue = wire.U32(b[60:], bigEndian)
	d.UID = wire.U32(b[64:], bigEndian)
	d.Inode = wire.U32(b[68:], bigEndian)
	var local, remote netip.Addr
	switch d.Family {
	case 2:
		local, remote = netip.AddrFrom4([4]byte(src)), netip.AddrFrom4([4]byte(dst))
	case 10:
		local, remote = netip.AddrFrom16([16]byte(src)), netip.AddrFrom16([16]byte(dst))
	default:
		return scan.Errorf(0, msg, "inet_diag_msg: family %d", d.Family)
	}
	d.Local = netip.AddrPortFrom(local, uint16(ports[0])<<8|uint16(ports[1]))
	d.Remote = netip.AddrPortFrom(remote, uint16(ports[2])<<8|uint16(ports[3]))
	for rest := b[inetDiagSize:]; len(rest) > 0; {
		typ, value, ok := cutAttr(&rest, bigEndian)
		if ok {
			ok = d.attr(typ, value, bigEndian)
		}
		if !ok {
			return scan.Errorf(0, msg, "inet_diag_msg: attribute %d is cut", typ)
		}
	}
	return nil
}

// inetDiagSize is that of struct inet_diag_msg.
const inetDiagSize = 72

// attr reads one attribute, and reports false if it is too short.
func (d *InetDiag) attr(typ uint16, value []byte, bigEndian bool) bool {
	u8 := func(field InetDiagFields) uint8 {
		if len(value) == 0 {
			return 0
		}
		d.Has |= field
		return value[0]
	}
	switch typ {
	case 2: // INET_DIAG_INFO
		d.Info = value
		d.Has |= InetDiagInfo
	case 4: // INET_DIAG_CONG
		c := wire.New(value, wire.Layout{})
		d.Cong = c.CString(len(value))
		d.Has |= InetDiagCong
	case 5: // INET_DIAG_TOS
		d.TOS = u8(InetDiagTOS)
		return len(value) > 0
	case 6: // INET_DIAG_TCLASS
		d.TClass = u8(InetDiagTClass)
		return len(value) > 0
	case 7: // INET_DIAG_SKMEMINFO
		c := wire.New(value, wire.Layout{BigEndian: bigEndian, Word: 8})
		d.SKMemInfo.read(&c)
		d.Has |= InetDiagSKMemInfo
		return c.Err() == nil
	case 8: // INET_DIAG_SHUTDOWN
		d.Shutdown = u8(InetDiagShutdown)
		return len(value) > 0
	case 10: // INET_DIAG_PROTOCOL
		d.Protocol = u8(InetDiagProtocol)
		return len(value) > 0
	case 11: // INET_DIAG_SKV6ONLY
		d.SKV6Only = u8(InetDiagSKV6Only) != 0
		return len(value) > 0
	case 15: // INET_DIAG_MARK
		if len(value) < 4 {
			return false
		}
		d.Mark = wire.U32(value, bigEndian)
		d.Has |= InetDiagMark
	case 21: // INET_DIAG_CGROUP_ID
		if len(value) < 8 {
			return false
		}
		d.CgroupID = wire.U64(value, bigEndian)
		d.Has |= InetDiagCgroupID
	}
	return true
}

// cutAttr takes a struct nlattr and the padding behind it off *b, and reports
// false if it is not whole. The last one may lack its padding.
func cutAttr(b *[]byte, bigEndian bool) (typ uint16, value []byte, ok bool) {
	const (
		head     = 4
		typeMask = 0x3fff // without NLA_F_NESTED and NLA_F_NET_BYTEORDER
	)
	if len(*b) < head {
		return 0, nil, false
	}
	size := int(wire.U16(*b, bigEndian))
	typ = wire.U16((*b)[2:], bigEndian) & typeMask
	if size < head || size > len(*b) {
		return typ, nil, false
	}
	value = (*b)[head:size:size]
	*b = (*b)[min((size+3)&^3, len(*b)):]
	return typ, value, true
}

// cookie reads the two halves of a socket's cookie, the low one first on every
// machine (net/core/sock_diag.c sock_diag_save_cookie).
func cookie(c *wire.Cursor) uint64 {
	low := c.U32()
	return uint64(c.U32())<<32 | uint64(low)
}

// SKMemInfo is the memory of a socket in bytes, and its Drops: the SK_MEMINFO_*
// numbers of linux/sock_diag.h (net/core/sock.c sk_get_meminfo).
type SKMemInfo struct {
	RmemAlloc  uint32 // received and not yet read, with the kernel's overhead
	RcvBuf     uint32 // what that is limited to
	WmemAlloc  uint32 // handed to the network layer
	SndBuf     uint32 // what the data to be sent is limited to
	FwdAlloc   int32  // reserved, not yet used; the kernel may owe some
	WmemQueued uint32 // to be sent, with the kernel's overhead
	OptMem     uint32 // options, filters...

	// The oldest kernels lack these two.
	HasBacklog, HasDrops bool

	Backlog uint32 // received while the socket was in use
	Drops   uint32 // packets
}

func (m *SKMemInfo) read(a *wire.Cursor) {
	m.RmemAlloc = a.U32()
	m.RcvBuf = a.U32()
	m.WmemAlloc = a.U32()
	m.SndBuf = a.U32()
	m.FwdAlloc = a.I32()
	m.WmemQueued = a.U32()
	m.OptMem = a.U32()
	if m.HasBacklog = a.Len() >= 4; m.HasBacklog {
		m.Backlog = a.U32()
	}
	if m.HasDrops = a.Len() >= 4; m.HasDrops {
		m.Drops = a.U32()
	}
}

// TCPInfoFields says which parts of a [TCPInfo] the kernel told.
type TCPInfoFields uint16

// The parts of a TCPInfo by the names they begin with: struct tcp_info grew by
// each of them.
const (
	TCPInfoPacingRate   TCPInfoFields = 1 << iota // Linux 3.15
	TCPInfoBytesAcked                             // Linux 4.1
	TCPInfoSegsOut                                // Linux 4.2
	TCPInfoNotSentBytes                           // Linux 4.6
	TCPInfoDeliveryRate                           // Linux 4.9
	TCPInfoBusyTime                               // Linux 4.10
	TCPInfoDelivered                              // Linux 4.18
	TCPInfoBytesSent                              // Linux 4.19
	TCPInfoRcvOOOPack                             // Linux 5.4
	TCPInfoRcvWnd                                 // Linux 6.2
	TCPInfoTotalRTO                               // Linux 6.7
	TCPInfoReceivedCE                             // Linux 6.18
)

// TCPInfo is the state of a TCP connection: struct tcp_info of linux/tcp.h
// (net/ipv4/tcp.c tcp_get_info). Of a listener only Unacked and Sacked mean
// something, and something else: RxQueue and TxQueue of [InetDiag].
type TCPInfo struct {
	Has TCPInfoFields

	State       uint8
	CAState     uint8 // TCP_CA_*: 0 open, 1 disorder, 2 CWR, 3 recovery, 4 loss
	Retransmits uint8
	Probes      uint8
	Backoff     uint8
	Options     uint8 // TCPI_OPT_*
	SndWScale   uint8
	RcvWScale   uint8

	DeliveryRateAppLimited bool  // of DeliveryRate
	FastOpenClientFail     uint8 // TFO_*, since Linux 5.5

	RTO    uint32 // microseconds
	ATO    uint32 // microseconds
	SndMSS uint32 // bytes
	RcvMSS uint32 // bytes

	Unacked uint32 // segments, as the four that follow
	Sacked  uint32
	Lost    uint32
	Retrans uint32
	Fackets uint32 // 0 since Linux 4.15

	LastDataSent uint32 // milliseconds ago, as the three that follow
	LastAckSent  uint32 // always 0
	LastDataRecv uint32
	LastAckRecv  uint32

	PMTU         uint32 // bytes
	RcvSSThresh  uint32 // bytes
	RTT          uint32 // microseconds
	RTTVar       uint32 // microseconds
	SndSSThresh  uint32 // segments; 1<<31 - 1 for no limit
	SndCwnd      uint32 // segments
	AdvMSS       uint32 // bytes
	Reordering   uint32 // segments
	RcvRTT       uint32 // microseconds
	RcvSpace     uint32 // bytes
	TotalRetrans uint32 // segments

	PacingRate    uint64 // bytes a second; 1<<64 - 1 for no limit
	MaxPacingRate uint64 // bytes a second; 1<<64 - 1 for no limit

	BytesAcked    uint64
	BytesReceived uint64

	SegsOut uint32
	SegsIn  uint32

	NotSentBytes uint32
	MinRTT       uint32 // microseconds; 1<<32 - 1 for not known
	DataSegsIn   uint32
	DataSegsOut  uint32

	DeliveryRate uint64 // bytes a second

	BusyTime      uint64 // microseconds, as the two that follow
	RWndLimited   uint64
	SndBufLimited uint64

	Delivered   uint32 // segments
	DeliveredCE uint32 // segments

	BytesSent    uint64 // with those sent again
	BytesRetrans uint64
	DSACKDups    uint32
	ReordSeen    uint32

	RcvOOOPack uint32 // segments
	SndWnd     uint32 // bytes

	RcvWnd uint32 // bytes
	Rehash uint32

	TotalRTO           uint16
	TotalRTORecoveries uint16
	TotalRTOTime       uint32 // milliseconds

	ReceivedCE       uint32 // segments
	DeliveredE1Bytes uint32
	DeliveredE0Bytes uint32
	DeliveredCEBytes uint32
	ReceivedE1Bytes  uint32
	ReceivedE0Bytes  uint32
	ReceivedCEBytes  uint32
}

// Parse decodes a struct tcp_info: the Info of a TCP socket's [InetDiag], or
// what the socket option TCP_INFO tells. Older kernels tell less, newer ones may
// tell more. After an error *t is the zero value.
func (t *TCPInfo) Parse(info []byte, bigEndian bool) error {
	*t = TCPInfo{}
	c := wire.New(info, wire.Layout{BigEndian: bigEndian, Word: 8})
	// What every kernel with sock_diag tells.
	const first = 104
	if c.Len() < first {
		return scan.Errorf(0, info, "tcp_info: %d bytes expected, not %d", first, len(info))
	}
	t.State = c.U8()
	t.CAState = c.U8()
	t.Retransmits = c.U8()
	t.Probes = c.U8()
	t.Backoff = c.U8()
	t.Options = c.U8()
	// Bit fields begin at the end where the number's bytes begin.
	scales, flags := c.U8(), c.U8()
	if bigEndian {
		t.SndWScale, t.RcvWScale = scales>>4, scales&15
		t.DeliveryRateAppLimited, t.FastOpenClientFail = flags>>7 != 0, flags>>5&3
	} else {
		t.SndWScale, t.RcvWScale = scales&15, scales>>4
		t.DeliveryRateAppLimited, t.FastOpenClientFail = flags&1 != 0, flags>>1&3
	}
	t.RTO = c.U32()
	t.ATO = c.U32()
	t.SndMSS = c.U32()
	t.RcvMSS = c.U32()
	t.Unacked = c.U32()
	t.Sacked = c.U32()
	t.Lost = c.U32()
	t.Retrans = c.U32()
	t.Fackets = c.U32()
	t.LastDataSent = c.U32()
	t.LastAckSent = c.U32()
	t.LastDataRecv = c.U32()
	t.LastAckRecv = c.U32()
	t.PMTU = c.U32()
	t.RcvSSThresh = c.U32()
	t.RTT = c.U32()
	t.RTTVar = c.U32()
	t.SndSSThresh = c.U32()
	t.SndCwnd = c.U32()
	t.AdvMSS = c.U32()
	t.Reordering = c.U32()
	t.RcvRTT = c.U32()
	t.RcvSpace = c.U32()
	t.TotalRetrans = c.U32()

	// A part is there if all of it is, and the parts before it.
	if c.Len() < 16 {
		return nil
	}
	t.PacingRate = c.U64()
	t.MaxPacingRate = c.U64()
	t.Has |= TCPInfoPacingRate

	if c.Len() < 16 {
		return nil
	}
	t.BytesAcked = c.U64()
	t.BytesReceived = c.U64()
	t.Has |= TCPInfoBytesAcked

	if c.Len() < 8 {
		return nil
	}
	t.SegsOut = c.U32()
	t.SegsIn = c.U32()
	t.Has |= TCPInfoSegsOut

	if c.Len() < 16 {
		return nil
	}
	t.NotSentBytes = c.U32()
	t.MinRTT = c.U32()
	t.DataSegsIn = c.U32()
	t.DataSegsOut = c.U32()
	t.Has |= TCPInfoNotSentBytes

	if c.Len() < 8 {
		return nil
	}
	t.DeliveryRate = c.U64()
	t.Has |= TCPInfoDeliveryRate

	if c.Len() < 24 {
		return nil
	}
	t.BusyTime = c.U64()
	t.RWndLimited = c.U64()
	t.SndBufLimited = c.U64()
	t.Has |= TCPInfoBusyTime

	if c.Len() < 8 {
		return nil
	}
	t.Delivered = c.U32()
	t.DeliveredCE = c.U32()
	t.Has |= TCPInfoDelivered

	if c.Len() < 24 {
		return nil
	}
	t.BytesSent = c.U64()
	t.BytesRetrans = c.U64()
	t.DSACKDups = c.U32()
	t.ReordSeen = c.U32()
	t.Has |= TCPInfoBytesSent

	if c.Len() < 8 {
		return nil
	}
	t.RcvOOOPack = c.U32()
	t.SndWnd = c.U32()
	t.Has |= TCPInfoRcvOOOPack

	if c.Len() < 8 {
		return nil
	}
	t.RcvWnd = c.U32()
	t.Rehash = c.U32()
	t.Has |= TCPInfoRcvWnd

	if c.Len() < 8 {
		return nil
	}
	t.TotalRTO = c.U16()
	t.TotalRTORecoveries = c.U16()
	t.TotalRTOTime = c.U32()
	t.Has |= TCPInfoTotalRTO

	if c.Len() < 28 {
		return nil
	}
	t.ReceivedCE = c.U32()
	t.DeliveredE1Bytes = c.U32()
	t.DeliveredE0Bytes = c.U32()
	t.DeliveredCEBytes = c.U32()
	t.ReceivedE1Bytes = c.U32()
	t.ReceivedE0Bytes = c.U32()
	t.ReceivedCEBytes = c.U32()
	t.Has |= TCPInfoReceivedCE
	// The four bytes that follow changed their meaning after Linux 6.18.
	return nil
}
