package linux

import (
	"math"
	"net/netip"
	"time"

	"github.com/go-psutil/psutil/internal/scan"
	"github.com/go-psutil/psutil/internal/wire"
)

// Messages of linux/rtnetlink.h.
const (
	rtmNewLink = 16
	rtmGetLink = 18
	rtmNewAddr = 20
	rtmGetAddr = 22
)

// LinkRequest is the message that asks for every network interface: struct
// nlmsghdr of type RTM_GETLINK, struct ifinfomsg, and the attribute
// IFLA_EXT_MASK that spares the kernel adding up the counters of IPv6.
func LinkRequest(bigEndian bool) []byte {
	const (
		size            = 16 + 16 + 8
		iflaExtMask     = 29
		filterSkipStats = 1 << 3
	)
	b := nlmsghdr(size, rtmGetLink, bigEndian)
	b = append(b, make([]byte, 16)...)
	b = appendU16(b, 8, bigEndian)
	b = appendU16(b, iflaExtMask, bigEndian)
	return appendU32(b, filterSkipStats, bigEndian)
}

// AddrRequest is the message that asks for the addresses of every network
// interface: struct nlmsghdr of type RTM_GETADDR and struct ifaddrmsg.
func AddrRequest(bigEndian bool) []byte {
	return append(nlmsghdr(16+8, rtmGetAddr, bigEndian), make([]byte, 8)...)
}

// nlmsghdr is a struct nlmsghdr; flags, sequence and port are the sender's.
func nlmsghdr(size uint32, typ uint16, bigEndian bool) []byte {
	b := appendU32(make([]byte, 0, size), size, bigEndian)
	b = appendU16(b, typ, bigEndian)
	return append(b, make([]byte, 2+4+4)...)
}

func appendU16(b []byte, v uint16, bigEndian bool) []byte {
	if bigEndian {
		return append(b, byte(v>>8), byte(v))
	}
	return append(b, byte(v), byte(v>>8))
}

func appendU32(b []byte, v uint32, bigEndian bool) []byte {
	if bigEndian {
		return append(b, byte(v>>24), byte(v>>16), byte(v>>8), byte(v))
	}
	return append(b, byte(v), byte(v>>8), byte(v>>16), byte(v>>24))
}

// LinkFields says which parts of a [Link] were told.
type LinkFields uint16

// The parts of a Link that not every kernel tells.
const (
	LinkFlags LinkFields = 1 << iota
	LinkMTU
	LinkTxQLen
	LinkOperState
	LinkCarrier
	LinkCarrierChanges
	LinkKind   // told by netlink, where an interface may have none
	LinkDuplex // told by /sys
)

// Link is a network interface: struct ifinfomsg and the attributes of an
// RTM_NEWLINK message (net/core/rtnetlink.c rtnl_fill_ifinfo). The slices alias
// the message.
type Link struct {
	Has LinkFields

	Index     int32
	Type      uint16 // ARPHRD_* of linux/if_arp.h
	Flags     uint32 // IFF_* of linux/if.h
	Name      []byte
	Address   []byte // of the link layer, nil for none; 20 bytes on InfiniBand
	Broadcast []byte
	MTU       uint32
	TxQLen    uint32 // packets
	Master    uint32 // index of the bridge, bond... it belongs to, 0 for none
	OperState uint8  // IF_OPER_* of linux/if.h
	Carrier   bool   // of no meaning while the interface is down
	Kind      []byte // of a virtual interface: "veth", "bridge", "vlan"...

	CarrierChanges uint32
	Speed          uint32 // Mbit/s, told by /sys; 0 for not known
	Duplex         uint8  // DUPLEX_* of linux/ethtool.h: 0 half, 1 full
}

// Parse decodes one message, which begins with its struct nlmsghdr. After an
// error *l is the zero value.
func (l *Link) Parse(msg []byte, bigEndian bool) error {
	*l = Link{}
	var r Link
	c, bad := rtnlBody(msg, rtmNewLink, bigEndian)
	if bad != "" {
		return scan.Errorf(0, msg, "RTM_NEWLINK: %s", bad)
	}
	c.Skip(2) // ifi_family, padding
	r.Type = c.U16()
	r.Index = c.I32()
	r.Flags = c.U32()
	c.Skip(4) // ifi_change
	for c.Len() > 0 {
		typ, a := nextAttr(&c)
		switch typ {
		case 1: // IFLA_ADDRESS
			r.Address = a.Bytes(a.Len())
		case 2: // IFLA_BROADCAST
			r.Broadcast = a.Bytes(a.Len())
		case 3: // IFLA_IFNAME
			r.Name = a.CString(a.Len())
		case 4: // IFLA_MTU
			r.MTU = a.U32()
			r.Has |= LinkMTU
		case 10: // IFLA_MASTER
			r.Master = a.U32()
		case 13: // IFLA_TXQLEN
			r.TxQLen = a.U32()
			r.Has |= LinkTxQLen
		case 16: // IFLA_OPERSTATE
			r.OperState = a.U8()
			r.Has |= LinkOperState
		case 18: // IFLA_LINKINFO
			for a.Len() > 0 {
				if typ, info := nextAttr(&a); typ == 1 { // IFLA_INFO_KIND
					r.Kind = info.CString(info.Len())
				}
			}
		case 33: // IFLA_CARRIER
			r.Carrier = a.U8() != 0
			r.Has |= LinkCarrier
		case 35: // IFLA_CARRIER_CHANGES
			r.CarrierChanges = a.U32()
			r.Has |= LinkCarrierChanges
		}
		if a.Err() != nil {
			return scan.Errorf(0, msg, "RTM_NEWLINK: attribute %d: %v", typ, a.Err())
		}
	}
	if c.Err() != nil {
		return scan.Errorf(0, msg, "RTM_NEWLINK: %v", c.Err())
	}
	if r.Index <= 0 || len(r.Name) == 0 {
		return scan.Errorf(0, msg, "RTM_NEWLINK: an index and a name expected")
	}
	r.Has |= LinkFlags | LinkKind
	*l = r
	return nil
}

// Bits of IFF_* of linux/if.h.
const (
	iffUp          = 0x1
	iffBroadcast   = 0x2
	iffPointopoint = 0x10
	iffRunning     = 0x40
)

// IsRunning reports whether the interface is up and can pass packets, so far
// as it can tell.
func (l *Link) IsRunning() bool { return l.Flags&iffRunning != 0 }

// HasBroadcast reports whether Broadcast reaches every host of the link, and
// so whether networks of IPv4 on it have broadcast addresses.
func (l *Link) HasBroadcast() bool { return l.Flags&iffBroadcast != 0 }

// HasPeer reports whether Broadcast is the other end of a link that has two.
func (l *Link) HasPeer() bool { return l.Flags&(iffBroadcast|iffPointopoint) == iffPointopoint }

// Known are the parts of l that mean something: all that were told, but no
// carrier of an interface that is down, since what it is then depends on who is
// asked.
func (l *Link) Known() LinkFields {
	if l.Flags&iffUp == 0 {
		return l.Has &^ LinkCarrier
	}
	return l.Has
}

// IfAddr is an address of a network interface: struct ifaddrmsg and the
// attributes of an RTM_NEWADDR message (net/ipv4/devinet.c inet_fill_ifaddr,
// net/ipv6/addrconf.c inet6_fill_ifaddr). Families other than IPv4 and IPv6
// have no addresses here.
type IfAddr struct {
	Family    uint8 // AF_INET 2, AF_INET6 10 on every architecture
	PrefixLen uint8 // of Peer if there is one
	Scope     uint8 // RT_SCOPE_* of linux/rtnetlink.h
	Flags     uint32
	Index     uint32 // of the interface

	Address   netip.Addr // the interface's own
	Peer      netip.Addr // the other end of a link with two ends
	Broadcast netip.Addr
	Label     []byte // IPv4: the interface's name, or an alias such as "eth0:1"; aliases the message

	// Preferred and Valid are how long the address is good for, in seconds from
	// now, [Forever] for no end. They are there if HasLifetimes.
	HasLifetimes     bool
	Preferred, Valid uint32
}

// Forever is the lifetime of an address that does not expire.
const Forever = 1<<32 - 1

// Lifetime turns Preferred or Valid into a duration, the largest for
// [Forever].
func Lifetime(seconds uint32) time.Duration {
	if seconds == Forever {
		return math.MaxInt64
	}
	return time.Duration(seconds) * time.Second
}

// Parse decodes one message, which begins with its struct nlmsghdr. After an
// error *a is the zero value.
func (a *IfAddr) Parse(msg []byte, bigEndian bool) error {
	*a = IfAddr{}
	var r IfAddr
	c, bad := rtnlBody(msg, rtmNewAddr, bigEndian)
	if bad != "" {
		return scan.Errorf(0, msg, "RTM_NEWADDR: %s", bad)
	}
	r.Family = c.U8()
	r.PrefixLen = c.U8()
	r.Flags = uint32(c.U8())
	r.Scope = c.U8()
	r.Index = c.U32()
	var address, local netip.Addr
	for c.Len() > 0 {
		typ, v := nextAttr(&c)
		ok := true
		switch typ {
		case 1: // IFA_ADDRESS
			address, ok = r.addr(&v)
		case 2: // IFA_LOCAL
			local, ok = r.addr(&v)
		case 3: // IFA_LABEL
			r.Label = v.CString(v.Len())
		case 4: // IFA_BROADCAST
			r.Broadcast, ok = r.addr(&v)
		case 6: // IFA_CACHEINFO
			r.Preferred, r.Valid = v.U32(), v.U32()
			r.HasLifetimes = v.Err() == nil
		case 8: // IFA_FLAGS: all 32 of them, since Linux 3.14
			r.Flags = v.U32()
		}
		if v.Err() != nil {
			return scan.Errorf(0, msg, "RTM_NEWADDR: attribute %d: %v", typ, v.Err())
		}
		if !ok {
			return scan.Errorf(0, msg, "RTM_NEWADDR: attribute %d: not an address of family %d", typ, r.Family)
		}
	}
	if c.Err() != nil {
		return scan.Errorf(0, msg, "RTM_NEWADDR: %v", c.Err())
	}
	// IFA_ADDRESS is the other end's where the two differ.
	r.Address = address
	if local.IsValid() {
		r.Address = local
		if address != local {
			r.Peer = address
		}
	}
	if bits := r.Address.BitLen(); int(r.PrefixLen) > bits && bits > 0 {
		return scan.Errorf(0, msg, "RTM_NEWADDR: a prefix of %d bits", r.PrefixLen)
	}
	if r.Index == 0 || (r.family() && !r.Address.IsValid()) {
		return scan.Errorf(0, msg, "RTM_NEWADDR: an interface and an address expected")
	}
	*a = r
	return nil
}

// family reports whether the address is of a family known here.
func (a *IfAddr) family() bool { return a.Family == 2 || a.Family == 10 }

// addr reads an address of the family, or passes over one of another family.
func (a *IfAddr) addr(v *wire.Cursor) (netip.Addr, bool) {
	if !a.family() {
		return netip.Addr{}, true
	}
	n := v.Len()
	addr, ok := netip.AddrFromSlice(v.Bytes(n))
	return addr, ok && n == 4 == (a.Family == 2)
}

// nlmsgSize is that of struct nlmsghdr.
const nlmsgSize = 16

// checkNlmsg says what is bad about the struct nlmsghdr of a message that should be of
// a type.
func checkNlmsg(msg []byte, typ uint16, bigEndian bool) (bad string) {
	switch {
	case len(msg) < nlmsgSize:
		return "no header"
	case uint64(wire.U32(msg, bigEndian)) != uint64(len(msg)):
		return "not of the length it says"
	case wire.U16(msg[4:], bigEndian) != typ:
		return "another type"
	}
	return ""
}

// rtnlBody returns what follows the struct nlmsghdr of a message of that type.
func rtnlBody(msg []byte, typ uint16, bigEndian bool) (body wire.Cursor, bad string) {
	c := wire.New(msg, wire.Layout{BigEndian: bigEndian, Word: 8})
	if bad := checkNlmsg(msg, typ, bigEndian); bad != "" {
		return c, bad
	}
	c.Skip(nlmsgSize)
	return c.Sub(c.Len()), ""
}

// nextAttr reads a struct rtattr and the padding behind it. If there is none,
// both cursors carry the error.
func nextAttr(c *wire.Cursor) (typ uint16, value wire.Cursor) {
	const (
		head     = 4
		typeMask = 0x3fff // without NLA_F_NESTED and NLA_F_NET_BYTEORDER
	)
	size := int(c.U16())
	typ = c.U16() & typeMask
	// A length too small for itself makes a negative, and so impossible, value.
	value = c.Sub(size - head)
	// The last attribute may lack its padding.
	c.Skip(min(-size&3, c.Len()))
	return typ, value
}
