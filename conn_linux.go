package psutil

import (
	"cmp"
	"errors"
	"slices"
	"strings"

	"github.com/go-psutil/psutil/internal/linux"
	"github.com/go-psutil/psutil/internal/scan"
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
	return s.connections(kind, s.netDir, owners, true)
}

// connections reads the sockets of the network namespace whose tables are below
// /proc/dir and joins them with the owners. Sockets without an owner are left
// out unless all is set.
func (s *System) connections(kind ConnKind, dir string, owners map[uint64][]socketOwner, all bool) ([]Connection, error) {
	r := socketReader{sys: s, dir: dir}
	r.read(kind)
	if len(r.rows) == 0 && len(r.errs) == 0 && !s.proc.Exists(dir) {
		return nil, &NotSupportedError{Op: "net_connections", Need: s.procPath(dir)}
	}
	conns := make([]Connection, 0, len(r.rows))
	for _, c := range r.rows {
		held := owners[c.Inode]
		if (c.Inode == 0 || len(held) == 0) && all {
			c.PID, c.FD = -1, -1
			conns = append(conns, c)
		} else if c.Inode != 0 {
			for _, o := range held {
				c.PID, c.FD = o.pid, o.fd
				conns = append(conns, c)
			}
		}
	}
	slices.SortFunc(conns, compareConnections)
	// A table that changes while it is read may show a socket twice.
	conns = slices.CompactFunc(conns, func(a, b Connection) bool {
		return a.Inode != 0 && a.Inode == b.Inode && a.PID == b.PID && a.FD == b.FD
	})
	return conns, errors.Join(r.errs...)
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
