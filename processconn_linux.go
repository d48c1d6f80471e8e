package psutil

import (
	"strconv"

	"github.com/go-psutil/psutil/internal/sys"
)

func (p Process) netConnections(kind ConnKind) ([]Connection, error) {
	d, err := p.dir("net_connections")
	if err != nil {
		return nil, err
	}
	if err := checkKind(kind); err != nil {
		return nil, &ProcessError{Op: "net_connections", PID: p.pid, Err: err}
	}
	return d.netConnections(kind, nil)
}

// netConnections reads the sockets through the cache, unless it is nil.
func (d *procDir) netConnections(kind ConnKind, cache socketCache) ([]Connection, error) {
	owners := make(map[uint64][]socketOwner)
	err := d.within("net_connections", func(dir sys.PIDDir) error {
		return addSocketOwners(owners, dir, d.p.pid)
	})
	if err != nil || len(owners) == 0 {
		return nil, err
	}
	dir, namespace, err := d.netDir()
	if err != nil {
		return nil, err
	}
	set := cache[namespace]
	if set == nil {
		set = d.p.sys.sockets(kind, dir)
		if cache != nil {
			cache[namespace] = set
		}
	}
	if err = set.err; err != nil {
		err = &ProcessError{Op: "net_connections", PID: d.p.pid, Err: err}
	}
	return set.join(owners, false), err
}

// netDir is where the socket tables of the process are, and what its network
// namespace is called. They are the system's if it is in the same one, or if a
// recorded tree has no other.
func (d *procDir) netDir() (dir, namespace string, err error) {
	s, pid := d.p.sys, strconv.Itoa(d.p.pid)
	own, err1 := s.proc.AppendLink(nil, "thread-self/ns/net")
	namespace, err2 := d.link("ns/net")
	switch {
	case err1 == nil && err2 == nil && string(own) == namespace:
		return s.netDir, namespace, nil
	case s.proc.Exists(pid + "/net"):
		if err2 != nil {
			namespace = pid // not known: perhaps one of its own
		}
		return pid + "/net", namespace, nil
	}
	return s.netDir, "", d.p.verify("net_connections")
}
