package psutil

import (
	"strings"
	"syscall"

	"github.com/go-psutil/psutil/internal/linux"
	"github.com/go-psutil/psutil/internal/sys"
)

// An inetTable is a table of Internet sockets.
type inetTable struct {
	file     string // of /proc/net; empty for none
	kind     ConnKind
	typ      SocketType
	af       uint8  // of sock_diag
	protocol uint16 // of sock_diag
}

var inetTables = [...]inetTable{
	{"tcp", KindTCP4, SocketStream, syscall.AF_INET, syscall.IPPROTO_TCP},
	{"tcp6", KindTCP6, SocketStream, syscall.AF_INET6, syscall.IPPROTO_TCP},
	{"udp", KindUDP4, SocketDgram, syscall.AF_INET, syscall.IPPROTO_UDP},
	{"udp6", KindUDP6, SocketDgram, syscall.AF_INET6, syscall.IPPROTO_UDP},
	{"raw", KindRaw4, SocketRaw, syscall.AF_INET, syscall.IPPROTO_RAW},
	{"raw6", KindRaw6, SocketRaw, syscall.AF_INET6, syscall.IPPROTO_RAW},
	{"", KindMPTCP4, SocketStream, syscall.AF_INET, ipprotoMPTCP},
	{"", KindMPTCP6, SocketStream, syscall.AF_INET6, ipprotoMPTCP},
}

// ipprotoMPTCP is IPPROTO_MPTCP of linux/in.h.
const ipprotoMPTCP = 262

// States of net/tcp_states.h, as bits of what sock_diag is asked for.
const (
	// The last of the states is that of sockets that are bound and nothing else,
	// which the tables do not show either.
	boundState = uint32(1) << 13
	allStates  = ^boundState
	// tcpListen is TCP_LISTEN, also of a Unix socket.
	tcpListen = 10
)

// A socketReader reads the sockets of a network namespace: through sock_diag if
// the thread is in it, which is faster, and exact where a table is not, and from
// the tables of /proc if it is not or the kernel can't.
type socketReader struct {
	sys  *System
	set  *socketSet
	q    *connQuery
	diag bool   // sock_diag tells of this namespace
	dir  string // of the tables, below /proc
	ns   NetNS
	mask uint32 // states of TCP that matter
	errs []error
	buf  []byte
}

// read reads the sockets of a kind.
func (r *socketReader) read(kind ConnKind) {
	if kind&KindTCP == KindTCP && r.diag && r.diagTCP() {
		kind &^= KindTCP
	}
	for i := range inetTables {
		t := &inetTables[i]
		if kind&t.kind == 0 || r.q.states != 0 && t.typ != SocketStream {
			continue
		}
		if !(r.diag && r.diagInet(t)) && t.file != "" {
			r.tableInet(t)
		}
	}
	if kind&KindUnix != 0 && !(r.diag && r.diagUnix()) {
		r.tableUnix()
	}
}

// states are the kernel's states that the query selects.
func (r *socketReader) states() uint32 {
	if r.q.states == 0 {
		return r.mask
	}
	var states uint32
	for kernel, state := range linuxConnStates {
		if r.q.states>>state&1 != 0 {
			states |= 1 << kernel
		}
	}
	return states & (r.mask | boundState)
}

// netlinkSockDiag is NETLINK_SOCK_DIAG of include/uapi/linux/netlink.h.
const netlinkSockDiag = 4

// dump runs a sock_diag dump, and forgets its rows if it fails.
func (r *socketReader) dump(request []byte, each func(msg []byte) error) bool {
	rows, unix, tcp := len(r.set.rows), len(r.set.unix), len(r.set.tcp)
	forget := func() { r.set.rows, r.set.unix, r.set.tcp = r.set.rows[:rows], r.set.unix[:unix], r.set.tcp[:tcp] }
	list := sys.NetlinkDump
	if r.mask == allStates && r.q.unfiltered() {
		list = sys.NetlinkDumpEven
	}
	err := list(netlinkSockDiag, request, forget, each)
	if err != nil {
		forget()
	}
	return err == nil
}

// diagTCP asks for both families at once.
func (r *socketReader) diagTCP() bool {
	four, six := &inetTables[0], &inetTables[1]
	request := linux.TCPDiagRequest(r.states(), r.q.localPort, r.q.remotePort, r.extensions(four), sys.BigEndian())
	return r.dumpInet(request, func(d *linux.InetDiag) *inetTable {
		if d.Family == syscall.AF_INET6 {
			return six
		}
		return four
	})
}

func (r *socketReader) diagInet(t *inetTable) bool {
	// The port of a raw socket is its protocol, by which the kernel does not select.
	local, remote := r.q.localPort, r.q.remotePort
	if t.typ == SocketRaw {
		local, remote = 0, 0
	}
	request := linux.InetDiagRequest(t.af, t.protocol, r.states(), local, remote, r.extensions(t), sys.BigEndian())
	return r.dumpInet(request, func(*linux.InetDiag) *inetTable { return t })
}

// extensions are what sock_diag is asked for besides.
func (r *socketReader) extensions(t *inetTable) uint8 {
	if r.q.tcpInfo && t.typ == SocketStream {
		return linux.InetDiagExtInfo | linux.InetDiagExtCong
	}
	return 0
}

func (r *socketReader) dumpInet(request []byte, table func(*linux.InetDiag) *inetTable) bool {
	var d linux.InetDiag
	bound := r.states()&boundState != 0
	return r.dump(request, func(msg []byte) error {
		if err := d.Parse(msg, sys.BigEndian()); err != nil {
			return err
		}
		t := table(&d)
		row := r.inet(t, &linux.InetSocket{Local: d.Local, Remote: d.Remote, State: d.State, TxQueue: d.TxQueue, RxQueue: d.RxQueue,
			UID: d.UID, Inode: uint64(d.Inode)})
		if row.State == ConnClose && bound {
			row.State = ConnBound
		}
		row.Cookie, row.CgroupID = d.Cookie, d.CgroupID
		if d.Has&linux.InetDiagInfo != 0 && t.protocol == syscall.IPPROTO_TCP && d.State != tcpListen {
			var k linux.TCPInfo
			if err := k.Parse(d.Info, sys.BigEndian()); err != nil {
				return err
			}
			r.set.tcp = append(r.set.tcp, tcpInfo(&k, d.Cong))
			row.tcp = int32(len(r.set.tcp))
		}
		r.add(row)
		return nil
	})
}

// inet is the row of an Internet socket.
func (r *socketReader) inet(t *inetTable, s *linux.InetSocket) *SocketRecord {
	r.set.rows = append(r.set.rows, SocketRecord{PID: -1, FD: -1, Kind: t.kind, Type: t.typ, UID: -1, Inode: s.Inode, NetNS: r.ns,
		RecvQ: s.RxQueue, SendQ: s.TxQueue})
	row := &r.set.rows[len(r.set.rows)-1]
	setEnd(&row.Local, &row.LocalPort, s.Local)
	setEnd(&row.Remote, &row.RemotePort, s.Remote)
	if t.typ == SocketStream {
		row.State = linuxConnState(s.State)
		row.Listening = row.State == ConnListen
	}
	// The kernel says 0 for the user of a socket that belongs to no file.
	if s.Inode != 0 {
		row.UID = int64(s.UID)
	}
	return row
}

// add keeps the last row if it is wanted.
func (r *socketReader) add(row *SocketRecord) {
	if !r.q.selects(row) {
		r.set.rows = r.set.rows[:len(r.set.rows)-1]
	}
}

func (r *socketReader) diagUnix() bool {
	const show = linux.UnixDiagShowName | linux.UnixDiagShowPeer | linux.UnixDiagShowRQLen | linux.UnixDiagShowUID
	var d linux.UnixDiag
	if r.set.names == nil {
		r.set.names = make(map[uint64]string)
	}
	ok := r.dump(linux.UnixDiagRequest(^uint32(0), show, sys.BigEndian()), func(msg []byte) error {
		if err := d.Parse(msg, sys.BigEndian()); err != nil {
			return err
		}
		row := SocketRecord{Type: linuxSocketType(uint16(d.Type)), UID: -1, Inode: uint64(d.Inode), Cookie: d.Cookie,
			RecvQ: d.RQueue, SendQ: d.WQueue, Listening: d.State == tcpListen}
		u := unixSocket{local: unixPath(d.Name), peer: uint64(d.Peer)}
		if d.Has&linux.UnixDiagUID != 0 {
			row.UID = int64(d.UID)
		}
		if d.Has&linux.UnixDiagRQLen == 0 {
			u.missing = "recv_q,send_q"
		}
		r.set.names[row.Inode] = u.local
		r.addUnix(row, u)
		return nil
	})
	if ok {
		// A path leads to a socket of another namespace too, so that those read
		// before may have their peer here.
		for i := range r.set.unix {
			if u := &r.set.unix[i]; u.peer != 0 && !u.peerRead {
				u.remote, u.peerRead = r.set.names[u.peer]
			}
		}
	}
	return ok
}

func (r *socketReader) addUnix(row SocketRecord, u unixSocket) {
	row.PID, row.FD, row.Kind, row.NetNS = -1, -1, KindUnix, r.ns
	r.set.unix = append(r.set.unix, u)
	row.unix = int32(len(r.set.unix))
	r.set.rows = append(r.set.rows, row)
	r.add(&r.set.rows[len(r.set.rows)-1])
}

// unixPath writes a name as /proc/net/unix does: a NUL byte of an abstract name
// as "@".
func unixPath(name []byte) string { return strings.ReplaceAll(string(name), "\x00", "@") }

// linuxSocketType maps SOCK_*, whose numbers are others on MIPS.
func linuxSocketType(t uint16) SocketType {
	switch t {
	case syscall.SOCK_STREAM:
		return SocketStream
	case syscall.SOCK_DGRAM:
		return SocketDgram
	case syscall.SOCK_RAW:
		return SocketRaw
	case syscall.SOCK_SEQPACKET:
		return SocketSeqpacket
	}
	return SocketUnknown
}
