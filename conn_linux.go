package psutil

import (
	"cmp"
	"errors"
	"slices"
	"strings"

	"github.com/go-psutil/psutil/internal/linux"
	"github.com/go-psutil/psutil/internal/scan"
	"github.com/go-psutil/psutil/internal/sys"
)

// A socketOwner is a descriptor that stands for a socket.
type socketOwner struct{ pid, fd int }

func (s *System) netConnections(kind ConnKind) ([]Connection, error) {
	if err := checkKind(kind); err != nil {
		return nil, err
	}
	owners, err := s.socketOwners()
	if err != nil {
		return nil, err
	}
	set := s.sockets(kind, s.netDir)
	return set.join(owners, true), set.err
}

// A socketSet is the sockets of a network namespace, not yet joined with the
// descriptors that stand for them.
type socketSet struct {
	rows    []Connection
	err     error // about rows that could not be read
	byInode map[uint64][]int
}

// A socketCache has the sockets of each network namespace met in one pass over
// the processes.
type socketCache map[string]*socketSet

// sockets reads the sockets of the network namespace whose tables are below
// /proc/dir.
func (s *System) sockets(kind ConnKind, dir string) *socketSet {
	r := socketReader{sys: s, dir: dir}
	r.read(kind)
	if len(r.rows) == 0 && len(r.errs) == 0 && !s.proc.Exists(dir) {
		r.errs = append(r.errs, &NotSupportedError{Op: "net_connections", Need: s.procPath(dir)})
	}
	return &socketSet{rows: r.rows, err: errors.Join(r.errs...)}
}

// join returns a row for each descriptor of each socket; with all set, also one
// for each socket that has no owner.
func (set *socketSet) join(owners map[uint64][]socketOwner, all bool) []Connection {
	conns := make([]Connection, 0, len(owners))
	add := func(c Connection) {
		for _, o := range owners[c.Inode] {
			c.PID, c.FD = o.pid, o.fd
			conns = append(conns, c)
		}
	}
	if all {
		for _, c := range set.rows {
			if c.Inode == 0 || len(owners[c.Inode]) == 0 {
				c.PID, c.FD = -1, -1
				conns = append(conns, c)
			} else {
				add(c)
			}
		}
	} else {
		set.index()
		for inode := range owners {
			for _, i := range set.byInode[inode] {
				add(set.rows[i])
			}
		}
	}
	slices.SortFunc(conns, compareConnections)
	// A table that changes while it is read may show a socket twice.
	return slices.CompactFunc(conns, func(a, b Connection) bool {
		return a.Inode != 0 && a.Inode == b.Inode && a.PID == b.PID && a.FD == b.FD
	})
}

func (set *socketSet) index() {
	if set.byInode != nil {
		return
	}
	set.byInode = make(map[uint64][]int, len(set.rows))
	for i, c := range set.rows {
		if c.Inode != 0 {
			set.byInode[c.Inode] = append(set.byInode[c.Inode], i)
		}
	}
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

// socketOwners finds the descriptors of every socket that the caller can see.
func (s *System) socketOwners() (map[uint64][]socketOwner, error) {
	pids, err := s.pids()
	if err != nil {
		return nil, err
	}
	owners := make(map[uint64][]socketOwner)
	for _, pid := range pids {
		// Gone, or not ours to look into: its sockets have no owner we can name.
		if dir, err := s.proc.OpenPID(pid); err == nil {
			addSocketOwners(owners, dir, pid)
			dir.Close()
		}
	}
	return owners, nil
}

func addSocketOwners(owners map[uint64][]socketOwner, dir sys.PIDDir, pid int) error {
	return dir.EachLink("fd", func(name, target []byte) bool {
		if inode, ok := linux.SocketInode(target); ok {
			if fd, ok := scan.Uint(name); ok {
				owners[inode] = append(owners[inode], socketOwner{pid, int(fd)})
			}
		}
		return true
	})
}
