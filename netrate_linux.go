package psutil

import (
	"errors"
	"strconv"
	"time"

	"github.com/go-psutil/psutil/internal/linux"
	"github.com/go-psutil/psutil/internal/sys"
)

// Groups of NETLINK_SOCK_DIAG that tell of sockets which cease to be: enum
// sknetlink_groups of linux/sock_diag.h.
const (
	groupTCPDestroy  = 1
	groupTCP6Destroy = 3
)

// A netMeter finds out what each process sends and receives: from the counters of
// each connection in two dumps, and for those closed in between from what the
// kernel tells when it does away with a socket. Sockets are joined by their
// cookies, which are not used twice.
type netMeter struct {
	sys     *System
	spaces  map[NetNS]*meteredSpace
	sockets map[uint64]meteredSocket // by cookie, as of the last reading
	next    map[uint64]meteredSocket
	at      time.Time
	reading netReading
	err     error // why there is none
}

// meteredSpace is a network namespace.
type meteredSpace struct {
	closed *sys.NetlinkGroup // nil if it can't be had
	seen   bool              // in the last reading
}

// meteredSocket is what the next reading needs of a socket.
type meteredSocket struct {
	netBytes
	owners []int32 // PIDs
}

// netReading is what went through the connections of each process since the
// reading before.
type netReading struct {
	elapsed time.Duration // 0 in the first
	byPID   map[int]netBytes
	nobody  netBytes       // of connections that nobody was seen to hold
	read    map[NetNS]bool // namespaces whose connections are known
}

func newNetMeter(s *System) *netMeter {
	return &netMeter{sys: s, spaces: make(map[NetNS]*meteredSpace), sockets: make(map[uint64]meteredSocket), next: make(map[uint64]meteredSocket)}
}

func (m *netMeter) close() {
	for _, space := range m.spaces {
		if space.closed != nil {
			space.closed.Close()
		}
	}
	clear(m.spaces)
}

// measure reads the connections of every network namespace that can be entered.
func (m *netMeter) measure() error {
	m.reading, m.err = m.read()
	return m.err
}

// rate is that of a process since the measurement before.
func (m *netMeter) rate(pid int) (NetRate, error) {
	ns, err := m.sys.namespaceOf(strconv.Itoa(pid) + "/ns/net")
	switch {
	case m.err != nil && len(m.reading.read) == 0:
		return NetRate{}, m.err
	case errors.Is(err, ErrAccessDenied), err == nil && !m.reading.read[ns]:
		return NetRate{}, ErrAccessDenied
	case err != nil:
		return NetRate{}, err
	}
	return m.reading.byPID[pid].rate(m.reading.elapsed), nil
}

func (m *netMeter) unowned() NetRate { return m.reading.nobody.rate(m.reading.elapsed) }

func (m *netMeter) read() (netReading, error) {
	q := &connQuery{kind: KindTCP, netns: AllNetNS, tcpInfo: true}
	spaces, _ := m.sys.netSpaces(q.netns) // what is denied is missing in each process
	r := netReading{byPID: make(map[int]netBytes), read: make(map[NetNS]bool)}
	first := m.at.IsZero()
	known := make(map[NetNS]bool) // whose connections the reading before had
	for ns, space := range m.spaces {
		known[ns] = space.seen
		space.seen = false
	}
	var (
		owned ownedSockets
		errs  []error
	)
	now := time.Now()
	dump := func() {
		for i := range spaces {
			n := &spaces[i]
			space := m.spaces[n.ns]
			if space == nil { // join first: what closes meanwhile is told twice, not never
				space = &meteredSpace{closed: n.closures()}
				m.spaces[n.ns] = space
			}
			before := len(owned.set.rows)
			if err := errors.Join(n.read(&owned.set, q, q.kind, allStates)...); err != nil {
				errs = append(errs, err)
				continue
			}
			// Tables have no cookies; without a connection there is nothing to know.
			space.seen = before == len(owned.set.rows) || owned.set.rows[before].Cookie != 0
			r.read[n.ns] = space.seen
		}
	}
	if err := m.sys.owners(&owned.owners, dump); err != nil {
		return netReading{}, err
	}
	clear(m.next)
	for i := range owned.set.rows {
		row := &owned.set.rows[i]
		if row.tcp == 0 || row.Cookie == 0 {
			continue
		}
		s := meteredSocket{netBytes: countedBytes(&owned.set.tcp[row.tcp-1])}
		for k := owned.owners.first(row.Inode); k >= 0; k = owned.owners.after(k) {
			s.owners = appendOnce(s.owners, owned.owners.list[k].pid)
		}
		m.next[row.Cookie] = s
		before, had := m.sockets[row.Cookie]
		if !first && (had || known[row.NetNS]) {
			r.charge(s.owners, s.since(before.netBytes))
		}
	}
	for ns, space := range m.spaces {
		if space.closed != nil {
			err := m.settle(space, &r, !first && known[ns])
			errs = append(errs, err)
		}
		if !space.seen {
			if space.closed != nil {
				space.closed.Close()
			}
			delete(m.spaces, ns)
		}
	}
	if !first {
		r.elapsed = now.Sub(m.at)
	}
	m.at = now
	m.sockets, m.next = m.next, m.sockets
	return r, errors.Join(errs...)
}

// settle charges the last bytes of connections that were closed. What was opened
// and closed since the reading before has no owner that is known.
func (m *netMeter) settle(space *meteredSpace, r *netReading, charge bool) error {
	var d linux.InetDiag
	_, err := space.closed.Read(func(msg []byte) error {
		var k linux.TCPInfo
		if d.Parse(msg, sys.BigEndian()) != nil || d.Has&linux.InetDiagInfo == 0 || k.Parse(d.Info, sys.BigEndian()) != nil {
			return nil // not one of TCP
		}
		info := tcpInfo(&k, nil)
		bytes := countedBytes(&info)
		// One that was still in the dump has been charged up to there.
		before, had := m.next[d.Cookie]
		if !had {
			before, had = m.sockets[d.Cookie]
		}
		delete(m.next, d.Cookie)
		if charge || had {
			r.charge(before.owners, bytes.since(before.netBytes))
		}
		return nil
	})
	return err
}

func (r *netReading) charge(owners []int32, bytes netBytes) {
	if len(owners) == 0 {
		r.nobody.add(bytes)
	}
	for _, pid := range owners {
		sum := r.byPID[int(pid)]
		sum.add(bytes)
		r.byPID[int(pid)] = sum
	}
}

func appendOnce(pids []int32, pid int32) []int32 {
	for _, p := range pids {
		if p == pid {
			return pids
		}
	}
	return append(pids, pid)
}

// countedBytes is what a connection has carried. Before Linux 4.19 what was sent is
// told only once it is acknowledged.
func countedBytes(t *TCPInfo) netBytes {
	if t.Missing.Has("bytes_sent") {
		return netBytes{t.BytesAcked, t.BytesRecv}
	}
	return netBytes{t.BytesSent - min(t.BytesRetrans, t.BytesSent), t.BytesRecv}
}

// closures joins the groups that tell of sockets which are closed, nil if that
// can't be.
func (n *netSpace) closures() (g *sys.NetlinkGroup) {
	join := func() (err error) {
		g, err = sys.OpenNetlinkGroups(netlinkSockDiag, groupTCPDestroy, groupTCP6Destroy)
		return err
	}
	if n.enter == "" {
		_ = join()
	} else {
		_ = n.inside(join)
	}
	return g
}
