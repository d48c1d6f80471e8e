package psutil

import (
	"cmp"
	"errors"
	"io/fs"
	"net/netip"
	"slices"
	"strings"
	"syscall"

	"github.com/go-psutil/psutil/internal/linux"
	"github.com/go-psutil/psutil/internal/scan"
	"github.com/go-psutil/psutil/internal/sys"
)

// A socketOwner is a descriptor that stands for a socket.
type socketOwner struct{ pid, fd int }

// inetTables are the tables of /proc/net that hold Internet sockets.
var inetTables = [...]struct {
	file   string
	kind   ConnKind
	family Family
	typ    SocketType
}{
	{"tcp", KindTCP4, FamilyINET, SocketStream},
	{"tcp6", KindTCP6, FamilyINET6, SocketStream},
	{"udp", KindUDP4, FamilyINET, SocketDgram},
	{"udp6", KindUDP6, FamilyINET6, SocketDgram},
}

func (s *System) netConnections(kind ConnKind) ([]Connection, error) {
	if err := checkKind(kind); err != nil {
		return nil, err
	}
	owners, err := s.socketOwners()
	if err != nil {
		return nil, err
	}
	return s.connections(kind, s.netDir, owners, true)
}

// connections reads the tables below /proc/dir and joins them with the owners.
// Sockets without an owner are left out unless all is set.
func (s *System) connections(kind ConnKind, dir string, owners map[uint64][]socketOwner, all bool) ([]Connection, error) {
	var (
		conns  []Connection
		errs   []error
		buf    []byte
		tables int
	)
	add := func(c Connection) {
		held := owners[c.Inode]
		if c.Inode == 0 || len(held) == 0 {
			if all {
				c.PID, c.FD = -1, -1
				conns = append(conns, c)
			}
			return
		}
		for _, o := range held {
			c.PID, c.FD = o.pid, o.fd
			conns = append(conns, c)
		}
	}
	read := func(file string) bool {
		var err error
		name := dir + "/" + file
		buf, err = s.proc.ReadFile(buf[:0], name)
		if err == nil {
			tables++
		} else if !errors.Is(err, syscall.ENOENT) { // a kernel without IPv6, say, has no such table
			errs = append(errs, &fs.PathError{Op: "read", Path: s.procPath(name), Err: err})
		}
		return err == nil
	}
	malformed := func(file string, err error) {
		errs = append(errs, parseError(s.procPath(dir+"/"+file), err))
	}
	for _, t := range inetTables {
		if !kind.has(t.kind) || !read(t.file) {
			continue
		}
		for row, err := range linux.EachInetSocket(buf, sys.BigEndian()) {
			if err != nil {
				malformed(t.file, err)
				continue
			}
			c := Connection{Family: t.family, Type: t.typ, Local: row.Local, Remote: peer(row.Remote),
				UID: socketUID(row), Inode: row.Inode, RecvQ: row.RxQueue, SendQ: row.TxQueue}
			if t.typ == SocketStream {
				c.Status = linuxConnState(row.State)
				c.Listening = c.Status == ConnListen
			}
			add(c)
		}
	}
	if kind.has(KindUnix) && read("unix") {
		for row, err := range linux.EachUnixSocket(buf) {
			if err != nil {
				malformed("unix", err)
				continue
			}
			add(Connection{Family: FamilyUnix, Type: linuxSocketType(row.Type), UID: -1, LocalPath: string(row.Path), Inode: row.Inode,
				Listening: row.Flags&linux.UnixAcceptCon != 0, Missing: "raddr,recv_q,send_q"})
		}
	}
	if tables == 0 && !s.proc.Exists(dir) {
		return nil, &NotSupportedError{Op: "net_connections", Need: s.procPath(dir)}
	}
	slices.SortFunc(conns, compareConnections)
	// A table that changes while it is read may show a socket twice.
	conns = slices.CompactFunc(conns, func(a, b Connection) bool {
		return a.Inode != 0 && a.Inode == b.Inode && a.PID == b.PID && a.FD == b.FD
	})
	return conns, errors.Join(errs...)
}

// socketUID returns the user of a socket. The kernel prints 0 for one that
// belongs to no file, unless it is a request, which has its listener's.
func socketUID(row linux.InetSocket) int64 {
	const synRecv = 3
	if row.Inode == 0 && row.State != synRecv {
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

// compareConnections looks only as far as it must: most differ in the local
// address.
func compareConnections(a, b Connection) int {
	if c := cmp.Or(cmp.Compare(a.Family, b.Family), cmp.Compare(a.Type, b.Type)); c != 0 {
		return c
	}
	if c := a.Local.Compare(b.Local); c != 0 {
		return c
	}
	if c := a.Remote.Compare(b.Remote); c != 0 {
		return c
	}
	return cmp.Or(strings.Compare(a.LocalPath, b.LocalPath),
		cmp.Compare(a.Inode, b.Inode), cmp.Compare(a.PID, b.PID), cmp.Compare(a.FD, b.FD))
}

// linuxSocketType maps SOCK_* of include/linux/net.h.
func linuxSocketType(t uint16) SocketType {
	switch t {
	case 1:
		return SocketStream
	case 2:
		return SocketDgram
	case 3:
		return SocketRaw
	case 5:
		return SocketSeqpacket
	}
	return SocketUnknown
}

// socketOwners finds the descriptors of every socket that the caller can see.
func (s *System) socketOwners() (map[uint64][]socketOwner, error) {
	pids, err := s.pids()
	if err != nil {
		return nil, err
	}
	owners := make(map[uint64][]socketOwner)
	for _, pid := range pids {
		// Gone, or not ours to look into: its sockets have no owner we can name.
		_ = s.addSocketOwners(owners, pid)
	}
	return owners, nil
}

func (s *System) addSocketOwners(owners map[uint64][]socketOwner, pid int) error {
	dir, err := s.proc.OpenPID(pid)
	if err != nil {
		return err
	}
	defer dir.Close()
	return dir.EachLink("fd", func(name, target []byte) bool {
		if inode, ok := linux.SocketInode(target); ok {
			if fd, ok := scan.Uint(name); ok {
				owners[inode] = append(owners[inode], socketOwner{pid, int(fd)})
			}
		}
		return true
	})
}
