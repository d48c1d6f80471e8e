package psutil

import (
	"errors"
	"io/fs"
	"path"
	"slices"
	"strconv"
	"strings"

	"github.com/go-psutil/psutil/internal/linux"
	"github.com/go-psutil/psutil/internal/sys"
)

// A netSpace is a network namespace whose sockets can be read.
type netSpace struct {
	sys *System
	ns  NetNS
	dir string // of its tables, below /proc; empty if no process is in it
	// enter is what to open to enter it, below /proc, or below the root if mounted;
	// empty if the caller is in it already.
	enter   string
	mounted bool
}

// netSpaces finds the namespaces that are meant: 0 the caller's.
func (s *System) netSpaces(want NetNS) ([]netSpace, []error) {
	return s.netSpacesOf(want, func(int, NetNS, error) {})
}

// netSpacesOf is netSpaces, and calls each with every process it looks at and the
// namespace that it is in.
func (s *System) netSpacesOf(want NetNS, each func(pid int, ns NetNS, err error)) ([]netSpace, []error) {
	own := netSpace{sys: s, ns: s.namespace(strings.TrimSuffix(s.netDir, "net") + "ns/net"), dir: s.netDir}
	if s.rootDir != "/" {
		own.enter = "1/ns/net"
	}
	if want == 0 || want == own.ns {
		return []netSpace{own}, nil
	}
	seen := map[NetNS]bool{own.ns: true, 0: true}
	var spaces []netSpace
	if want == AllNetNS {
		spaces = append(spaces, own)
	}
	add := func(space netSpace) {
		if !seen[space.ns] && (want == AllNetNS || want == space.ns) {
			seen[space.ns] = true
			spaces = append(spaces, space)
		}
	}
	pids, err := s.pids()
	if err != nil {
		return spaces, []error{err}
	}
	denied := 0
	for _, pid := range pids {
		at := strconv.Itoa(pid)
		ns, err := s.namespaceOf(at + "/ns/net")
		if errors.Is(err, ErrAccessDenied) {
			denied++
		}
		each(pid, ns, err)
		add(netSpace{sys: s, ns: ns, dir: at + "/net", enter: at + "/ns/net"})
	}
	mountinfo := "self/mountinfo"
	if s.rootDir != "/" {
		mountinfo = "1/mountinfo" // whose root that is
	}
	if b, err := s.readProc(mountinfo); err == nil {
		for m, err := range linux.EachMount(b) {
			if ns, parseErr := linux.ParseNamespace(m.Root); err == nil && parseErr == nil && string(m.FSType) == "nsfs" && string(ns.Type) == "net" {
				add(netSpace{sys: s, ns: NetNS(ns.Inode), enter: belowRoot(string(m.MountPoint)), mounted: true})
			}
		}
	}
	switch {
	case denied > 0 && (want == AllNetNS || len(spaces) == 0):
		return spaces, []error{&netSpaceError{denied}}
	case len(spaces) == 0:
		return nil, []error{invalid("net_connections", "no process is in network namespace "+strconv.FormatUint(uint64(want), 10))}
	}
	return spaces, nil
}

// namespace is the inode of a namespace, 0 if it can't be told.
func (s *System) namespace(link string) NetNS {
	ns, _ := s.namespaceOf(link)
	return ns
}

func (s *System) namespaceOf(link string) (NetNS, error) {
	var buf [64]byte
	b, err := s.proc.AppendLink(buf[:0], link)
	if err != nil {
		return 0, s.processError("net_connections", 0, err)
	}
	ns, err := linux.ParseNamespace(b)
	return NetNS(ns.Inode), err
}

// read adds the sockets of the namespace to a set. Those of TCP in other states
// than states may be left out.
func (n *netSpace) read(set *socketSet, q *connQuery, kind ConnKind, states uint32) []error {
	if kind == 0 {
		return nil
	}
	r := socketReader{sys: n.sys, set: set, q: q, dir: n.dir, ns: n.ns, mask: states}
	if kind&KindTCP != 0 && states == allStates && q.unfiltered() {
		if sockets, known := n.inUse(kind); known {
			set.rows = slices.Grow(set.rows, int(min(sockets, mostExpected)))
		}
	}
	if n.enter == "" {
		r.diag = true
		r.read(kind)
	} else if err := n.inside(func() error { r.diag = true; r.read(kind); return nil }); err != nil && !r.diag {
		if n.dir == "" {
			if errors.Is(err, fs.ErrPermission) {
				err = ErrAccessDenied
			}
			return []error{&fs.PathError{Op: "open", Path: path.Join(n.sys.rootDir, n.enter), Err: err}}
		}
		r.read(kind)
	}
	if len(set.rows) == 0 && len(r.errs) == 0 && n.dir != "" && !n.sys.proc.Exists(n.dir) {
		r.errs = append(r.errs, &NotSupportedError{Op: "net_connections", Need: n.sys.procPath(n.dir)})
	}
	return r.errs
}

// inUse is how many sockets of TCP of a kind the kernel counts in the namespace.
func (n *netSpace) inUse(kind ConnKind) (sockets uint64, known bool) {
	if n.dir == "" {
		return 0, false
	}
	for _, t := range [...]struct {
		kind ConnKind
		file string
	}{{KindTCP4, "sockstat"}, {KindTCP6, "sockstat6"}} {
		if kind&t.kind == 0 {
			continue
		}
		var (
			buf  [1024]byte
			stat linux.Sockstat
		)
		b, err := n.sys.proc.ReadFile(buf[:0], n.dir+"/"+t.file)
		if err != nil || stat.Parse(b) != nil {
			return 0, false
		}
		sockets += stat.TCPInUse
	}
	return sockets, true
}

// opens is how many connections of TCP, of either kind, were ever begun or accepted in
// the namespace.
func (n *netSpace) opens() (connections uint64, known bool) {
	var (
		buf  [2048]byte
		snmp linux.SNMP
	)
	b, err := n.sys.proc.ReadFile(buf[:0], n.dir+"/snmp")
	if err != nil || snmp.Parse(b) != nil {
		return 0, false
	}
	return snmp.TCPOpens, true
}

// inside calls f in the namespace.
func (n *netSpace) inside(f func() error) error {
	dir := n.sys.proc
	if n.mounted {
		dir = n.sys.root
	}
	fd, err := dir.OpenNamespace(n.enter)
	if err != nil {
		return err
	}
	defer sys.Close(fd)
	return sys.InNetNS(fd, f)
}

// netSpaceError says that the namespaces of processes can't be told.
type netSpaceError struct{ processes int }

func (e *netSpaceError) Error() string {
	return "net_connections: access denied to the network namespaces of " + strconv.Itoa(e.processes) + " processes"
}

func (e *netSpaceError) Unwrap() error { return ErrAccessDenied }
