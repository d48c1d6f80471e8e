package psutil

import (
	"errors"
	"strconv"

	"github.com/go-psutil/psutil/internal/sys"
)

func (p Process) netConnections(q *connQuery) ([]Connection, error) {
	d, err := p.dir("net_connections")
	if err != nil {
		return nil, err
	}
	return d.netConnections(q, nil)
}

// A socketCache has the sockets of each network namespace met in one pass over
// the processes.
type socketCache map[NetNS]*namespaceSockets

// namespaceSockets are the sockets of a network namespace by their inodes.
type namespaceSockets struct {
	set     socketSet
	byInode map[uint64][]int32
	err     error // about rows that could not be read
}

// netConnections reads the sockets through the cache, unless it is nil.
func (d *procDir) netConnections(q *connQuery, cache socketCache) ([]Connection, error) {
	var owners socketOwners
	err := d.within("net_connections", func(dir sys.PIDDir) error {
		return dir.EachLink("fd", owners.adder(d.p.pid))
	})
	if err != nil || len(owners.list) == 0 {
		return nil, err
	}
	owners.index()
	space, err := d.netSpace()
	if err != nil {
		return nil, err
	}
	all := cache[space.ns]
	if all == nil || space.ns == 0 {
		all = space.all(q)
		if cache != nil && space.ns != 0 {
			cache[space.ns] = all
		}
	}
	own := socketSet{unix: all.set.unix, tcp: all.set.tcp}
	for _, o := range owners.list {
		for _, i := range all.byInode[o.inode] {
			row := all.set.rows[i]
			row.PID, row.FD = o.pid, o.fd
			own.rows = append(own.rows, row)
		}
	}
	if err = all.err; err != nil {
		err = &ProcessError{Op: "net_connections", PID: d.p.pid, Err: err}
	}
	return own.connections(own.order(1), &owners, 1), err
}

// all reads every socket of the namespace.
func (n *netSpace) all(q *connQuery) *namespaceSockets {
	var all namespaceSockets
	all.err = errors.Join(n.read(&all.set, q, q.kind, allStates)...)
	all.byInode = make(map[uint64][]int32, len(all.set.rows))
	for i := range all.set.rows {
		if inode := all.set.rows[i].Inode; inode != 0 {
			all.byInode[inode] = append(all.byInode[inode], int32(i))
		}
	}
	return &all
}

// netSpace is the network namespace of the process. It is the system's if a
// recorded tree has no other.
func (d *procDir) netSpace() (netSpace, error) {
	s := d.p.sys
	spaces, _ := s.netSpaces(0)
	own, pid := spaces[0], strconv.Itoa(d.p.pid)
	ns, err := s.namespaceOf(pid + "/ns/net")
	switch {
	case err == nil && ns == own.ns:
		return own, nil
	case s.proc.Exists(pid + "/net"):
		return netSpace{sys: s, ns: ns, dir: pid + "/net", enter: pid + "/ns/net"}, nil
	}
	return own, d.p.verify("net_connections")
}
