package psutil

import (
	"errors"
	"io/fs"
	"net/netip"
	"strings"
	"syscall"

	"github.com/go-psutil/psutil/internal/linux"
	"github.com/go-psutil/psutil/internal/sys"
)

// An inetTable is a table of Internet sockets.
type inetTable struct {
	file     string
	kind     ConnKind
	family   Family
	typ      SocketType
	af       uint8  // of sock_diag
	protocol uint16 // of sock_diag
}

var inetTables = [...]inetTable{
	{"tcp", KindTCP4, FamilyINET, SocketStream, syscall.AF_INET, syscall.IPPROTO_TCP},
	{"tcp6", KindTCP6, FamilyINET6, SocketStream, syscall.AF_INET6, syscall.IPPROTO_TCP},
	{"udp", KindUDP4, FamilyINET, SocketDgram, syscall.AF_INET, syscall.IPPROTO_UDP},
	{"udp6", KindUDP6, FamilyINET6, SocketDgram, syscall.AF_INET6, syscall.IPPROTO_UDP},
}

// A socketReader reads the sockets of a network namespace: through sock_diag if
// it is the caller's, which is faster, and exact where a table is not, and from
// the tables of /proc if it is not or the kernel can't.
type socketReader struct {
	sys  *System
	dir  string // of the tables, below /proc
	rows []Connection
	errs []error
	buf  []byte
}

func (r *socketReader) read(kind ConnKind) {
	diag := r.sys.rootDir == "/" && r.dir == r.sys.netDir
	for _, t := range inetTables {
		if kind.has(t.kind) && !(diag && r.diagInet(t)) {
			r.tableInet(t)
		}
	}
	if kind.has(KindUnix) && !(diag && r.diagUnix()) {
		r.tableUnix()
	}
}

// netlinkSockDiag is NETLINK_SOCK_DIAG of include/uapi/linux/netlink.h.
const netlinkSockDiag = 4

// dump runs a sock_diag dump, and forgets its rows if it fails.
func (r *socketReader) dump(request []byte, each func(msg []byte) error) bool {
	start := len(r.rows)
	err := sys.NetlinkDump(netlinkSockDiag, request, func() { r.rows = r.rows[:start] }, each)
	if err != nil {
		r.rows = r.rows[:start]
	}
	return err == nil
}

func (r *socketReader) diagInet(t inetTable) bool {
	// The last of the states is that of sockets that are bound and nothing else,
	// which the tables do not show either.
	const allStates = ^uint32(0) &^ (1 << 13)
	var d linux.InetDiag
	return r.dump(linux.InetDiagRequest(t.af, t.protocol, allStates, 0, sys.BigEndian()), func(msg []byte) error {
		if err := d.Parse(msg, sys.BigEndian()); err != nil {
			return err
		}
		r.addInet(t, linux.InetSocket{Local: d.Local, Remote: d.Remote, State: d.State, TxQueue: d.TxQueue, RxQueue: d.RxQueue,
			UID: d.UID, Inode: uint64(d.Inode)})
		return nil
	})
}

func (r *socketReader) diagUnix() bool {
	const (
		show      = linux.UnixDiagShowName | linux.UnixDiagShowPeer | linux.UnixDiagShowRQLen | linux.UnixDiagShowUID
		listening = 10
	)
	var d linux.UnixDiag
	start := len(r.rows)
	peers := make(map[uint64]uint32) // by the inode of a socket, that of its peer
	names := make(map[uint32]string)
	ok := r.dump(linux.UnixDiagRequest(^uint32(0), show, sys.BigEndian()), func(msg []byte) error {
		if err := d.Parse(msg, sys.BigEndian()); err != nil {
			return err
		}
		c := Connection{Family: FamilyUnix, Type: linuxSocketType(uint16(d.Type)), UID: -1, LocalPath: unixPath(d.Name),
			Inode: uint64(d.Inode), RecvQ: d.RQueue, SendQ: d.WQueue, Listening: d.State == listening}
		if d.Has&linux.UnixDiagUID != 0 {
			c.UID = int64(d.UID)
		}
		if d.Has&linux.UnixDiagRQLen == 0 {
			c.Missing = "recv_q,send_q"
		}
		if d.Peer != 0 {
			peers[c.Inode] = d.Peer
		}
		if c.LocalPath != "" {
			names[d.Inode] = c.LocalPath
		}
		r.rows = append(r.rows, c)
		return nil
	})
	if ok {
		for i := range r.rows[start:] {
			c := &r.rows[start+i]
			c.RemotePath = names[peers[c.Inode]]
		}
	}
	return ok
}

// unixPath writes a name as /proc/net/unix does: a NUL byte of an abstract name
// as "@".
func unixPath(name []byte) string { return strings.ReplaceAll(string(name), "\x00", "@") }

// table reads a table of /proc. A kernel without IPv6, say, has none of its.
func (r *socketReader) table(file string) (path string, ok bool) {
	name := r.dir + "/" + file
	path = r.sys.procPath(name)
	var err error
	r.buf, err = r.sys.proc.ReadFile(r.buf[:0], name)
	if err != nil && !errors.Is(err, syscall.ENOENT) {
		r.errs = append(r.errs, &fs.PathError{Op: "read", Path: path, Err: err})
	}
	return path, err == nil
}

func (r *socketReader) tableInet(t inetTable) {
	path, ok := r.table(t.file)
	if !ok {
		return
	}
	for row, err := range linux.EachInetSocket(r.buf, r.sys.bigEndian) {
		if err != nil {
			r.errs = append(r.errs, parseError(path, err))
			continue
		}
		r.addInet(t, row)
	}
}

func (r *socketReader) addInet(t inetTable, row linux.InetSocket) {
	c := Connection{Family: t.family, Type: t.typ, Local: row.Local, Remote: peer(row.Remote),
		UID: socketUID(row), Inode: row.Inode, RecvQ: row.RxQueue, SendQ: row.TxQueue}
	if t.typ == SocketStream {
		c.Status = linuxConnState(row.State)
		c.Listening = c.Status == ConnListen
	}
	r.rows = append(r.rows, c)
}

func (r *socketReader) tableUnix() {
	path, ok := r.table("unix")
	if !ok {
		return
	}
	for row, err := range linux.EachUnixSocket(r.buf) {
		if err != nil {
			r.errs = append(r.errs, parseError(path, err))
			continue
		}
		r.rows = append(r.rows, Connection{Family: FamilyUnix, Type: linuxSocketType(row.Type), UID: -1, LocalPath: string(row.Path),
			Inode: row.Inode, Listening: row.Flags&linux.UnixAcceptCon != 0, Missing: "raddr,recv_q,send_q"})
	}
}

// socketUID returns the user of a socket. The kernel says 0 for one that belongs
// to no file.
func socketUID(row linux.InetSocket) int64 {
	if row.Inode == 0 {
		return -1
	}
	return int64(row.UID)
}

// peer drops the all-zero address that stands for "not connected".
func peer(a netip.AddrPort) netip.AddrPort {
	if a.Port() == 0 && a.Addr().IsUnspecified() {
		return netip.AddrPort{}
	}
	return a
}

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
