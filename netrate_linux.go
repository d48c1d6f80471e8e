package psutil

import (
	"errors"
	"slices"
	"syscall"
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
// cookies, which are not used twice in a namespace.
type netMeter struct {
	sys     *System
	spaces  map[NetNS]*meteredSpace
	sockets map[socketID]meteredSocket // as of the last reading
	next    map[socketID]meteredSocket
	at      time.Time
	// readings counts them.
	readings uint64
	reading  netReading
	err      error // why there is none
}

type socketID struct {
	ns     NetNS
	cookie uint64
}

// meteredSpace is a network namespace that was entered.
type meteredSpace struct {
	closed *sys.NetlinkGroup // nil if it can't be had
	read   bool              // the last reading has its connections
	lost   bool              // and not all that were closed
}

// meteredSocket is what the next reading needs of a socket that the kernel has not
// done away with, as far as it told.
type meteredSocket struct {
	netBytes
	inode  uint64
	owners []int32 // PIDs
	seen   tickSpan
	ended  bool // nothing more is received
	// doubtful says that it has gone from the dump, and that it may have been lost
	// that it was closed.
	doubtful bool
	gone     uint8 // readings since it has, if nobody was ever seen to hold it
}

// maxGone is for how many readings it is remembered. The kernel does not tell that it
// has done away with a socket of its own, such as one of NFS.
const maxGone = 3

// A tickSpan is the time within which a reading looked at processes, in clock ticks
// since boot, as their start is.
type tickSpan struct {
	reading  uint64 // number of it: several may be within a tick
	from, to uint64
}

// netReading is what went through the connections of each process since the
// reading before.
type netReading struct {
	elapsed time.Duration // 0 in the first
	seen    tickSpan
	spaces  map[NetNS]error // why the connections of a namespace are not known, nil if they are
	known   map[NetNS]bool  // the reading before had them
	in      map[int]NetNS   // of each process
	failed  map[int]error   // why the connections of a process are not known
	charges map[int][]netCharge
	nobody  netBytes // of connections without a process
}

// A netCharge is for the process that had the PID when it was seen to hold a
// connection.
type netCharge struct {
	netBytes
	seen tickSpan
}

func newNetMeter(s *System) *netMeter {
	return &netMeter{sys: s, spaces: make(map[NetNS]*meteredSpace), sockets: make(map[socketID]meteredSocket), next: make(map[socketID]meteredSocket)}
}

func (m *netMeter) close() {
	for ns := range m.spaces {
		m.leave(ns)
	}
}

func (m *netMeter) leave(ns NetNS) {
	if space := m.spaces[ns]; space.closed != nil {
		space.closed.Close()
	}
	delete(m.spaces, ns)
}

// measure reads the connections of every network namespace that can be entered, for
// a sample made now.
func (m *netMeter) measure(now time.Time) error {
	if !m.sys.live {
		return nil // which rate says
	}
	m.reading, m.err = m.read(now)
	return m.err
}

// rate is that of a process, which the sample before had too, since then.
func (m *netMeter) rate(p Process) (NetRate, error) {
	const op = "net_rate"
	missing := func(err error) (NetRate, error) { return NetRate{}, &ProcessError{Op: op, PID: p.pid, Err: err} }
	r := &m.reading
	if !m.sys.live {
		return missing(&NotSupportedError{Op: op, Need: "the running system"})
	}
	if r.spaces == nil {
		return missing(m.err)
	}
	ns, listed := r.in[p.pid]
	err := r.failed[p.pid]
	switch {
	case errors.Is(err, ErrAccessDenied):
		return missing(ErrAccessDenied)
	case errors.Is(err, ErrNoSuchProcess):
		return NetRate{}, p.fail(op, syscall.ENOENT) // a zombie has none
	case err != nil:
		return NetRate{}, p.fail(op, err)
	case r.spaces[ns] != nil:
		return missing(r.spaces[ns])
	case !listed, !r.known[ns], r.elapsed <= 0:
		return missing(&NotSupportedError{Op: op, Need: twoSamples})
	}
	var sum netBytes
	for _, c := range r.charges[p.pid] {
		switch {
		case c.seen == r.seen, p.start < c.seen.from:
			sum.add(c.netBytes)
		case p.start <= c.seen.to: // it may be what the process before it did that had the PID
			return missing(&NotSupportedError{Op: op, Need: twoSamples})
		}
	}
	return sum.rate(r.elapsed), nil
}

// unowned is nil if it is not known.
func (m *netMeter) unowned() *NetRate {
	if m.reading.elapsed <= 0 {
		return nil
	}
	rate := m.reading.nobody.rate(m.reading.elapsed)
	return &rate
}

func (m *netMeter) read(now time.Time) (netReading, error) {
	q := &connQuery{kind: KindTCP, netns: AllNetNS, tcpInfo: true}
	r := netReading{spaces: make(map[NetNS]error), known: make(map[NetNS]bool), in: make(map[int]NetNS), failed: make(map[int]error),
		charges: make(map[int][]netCharge)}
	m.readings++
	r.seen.reading, r.seen.from = m.readings, ticksSinceBoot()
	spaces, _ := m.sys.netSpacesOf(q.netns, func(pid int, ns NetNS, err error) {
		r.in[pid] = ns
		if err != nil {
			r.failed[pid] = err
		}
	})
	for ns, space := range m.spaces {
		r.known[ns] = space.read
		space.read = false
	}
	var (
		owned = ownedPool.get()
		errs  []error
	)
	defer owned.free()
	if err := m.sys.owners(&owned.owners, func() {
		for i := range spaces {
			if err := m.dump(&spaces[i], &owned.set, q, &r); err != nil {
				errs = append(errs, err)
			}
		}
	}); err != nil {
		return netReading{}, err
	}
	r.seen.to = ticksSinceBoot()
	for _, f := range owned.owners.failed {
		if r.failed[f.pid] == nil {
			r.failed[f.pid] = f.err
		}
	}
	first := m.at.IsZero()
	if !first {
		r.elapsed = now.Sub(m.at)
	}
	m.compare(owned, &r, first)
	for ns, space := range m.spaces {
		if space.closed != nil {
			if err := m.settle(ns, space, &r, !first && r.known[ns]); err != nil {
				errs = append(errs, err)
			}
			if space.lost && !first {
				errs = append(errs, &NetLossError{ns})
			}
		}
		if !space.read {
			m.leave(ns)
		}
	}
	m.keep(&owned.owners)
	m.at = now
	m.sockets, m.next = m.next, m.sockets
	clear(m.next)
	return r, errors.Join(errs...)
}

// dump adds the connections of a namespace to a set, or notes why it can't. What
// is only not allowed or not there is no error.
func (m *netMeter) dump(n *netSpace, set *socketSet, q *connQuery, r *netReading) error {
	space := m.spaces[n.ns]
	if space == nil {
		space = new(meteredSpace)
	}
	if space.closed == nil { // join first: what closes meanwhile is told twice, not never
		var err error
		if space.closed, err = n.closures(); err != nil {
			r.spaces[n.ns] = err
			return nil
		}
		m.spaces[n.ns] = space
	}
	before := len(set.rows)
	if err := errors.Join(n.read(set, q, q.kind, allStates)...); err != nil {
		r.spaces[n.ns] = err
		return err
	}
	rows := set.rows[before:]
	// Tables have no cookies; and without a connection, nothing may tell of the
	// next that is closed.
	if len(rows) == 0 && space.closed == nil || len(rows) > 0 && rows[0].Cookie == 0 {
		r.spaces[n.ns] = &NotSupportedError{Op: "net_rate", Need: "sock_diag(7)"}
		return nil
	}
	for i := range rows {
		if at := rows[i].tcp; at > 0 && set.tcp[at-1].Missing.Has("bytes_recv") {
			r.spaces[n.ns] = &NotSupportedError{Op: "net_rate", Need: "Linux 4.1"}
			return nil
		}
	}
	space.read = true
	r.spaces[n.ns] = nil
	return nil
}

// compare charges what went through the connections that are open.
func (m *netMeter) compare(owned *ownedSockets, r *netReading, first bool) {
	pids := make([]int32, 0, len(owned.set.rows))
	for i := range owned.set.rows {
		row := &owned.set.rows[i]
		if row.tcp == 0 || row.Cookie == 0 {
			continue
		}
		id := socketID{row.NetNS, row.Cookie}
		if _, twice := m.next[id]; twice {
			continue
		}
		s := meteredSocket{inode: row.Inode, seen: r.seen}
		s.ended = row.State == ConnCloseWait || row.State == ConnLastAck || row.State == ConnClosing
		s.netBytes = countedBytes(&owned.set.tcp[row.tcp-1], s.ended)
		begin := len(pids)
		for k := owned.owners.first(row.Inode); k >= 0; k = owned.owners.after(k) {
			pids = append(pids[:begin], appendOnce(pids[begin:], owned.owners.list[k].pid)...)
		}
		s.owners = pids[begin:len(pids):len(pids)]
		before, had := m.sockets[id]
		if len(s.owners) == 0 && had { // they have closed it, and the kernel still sends
			s.owners, s.seen = before.owners, before.seen
		}
		m.next[id] = s
		if !first && (had || r.known[row.NetNS]) {
			r.charge(&s, s.since(before.netBytes))
		}
	}
}

// settle charges the last bytes of connections that were closed. What was opened
// and closed since the reading before has no owner that is known.
func (m *netMeter) settle(ns NetNS, space *meteredSpace, r *netReading, charge bool) (err error) {
	var d linux.InetDiag
	space.lost, err = space.closed.Read(func(msg []byte) error {
		var k linux.TCPInfo
		if d.Parse(msg, sys.BigEndian()) != nil || d.Has&linux.InetDiagInfo == 0 || k.Parse(d.Info, sys.BigEndian()) != nil {
			return nil // not one of TCP
		}
		// One that was still in the dump has been charged up to there.
		id := socketID{ns, d.Cookie}
		before, had := m.next[id]
		if !had {
			before, had = m.sockets[id]
		}
		delete(m.next, id)
		delete(m.sockets, id)
		if !had && (!charge || idle(&k) > time.Since(m.at)) {
			return nil // what it carried is older than the last reading, when it was no more in the dump
		}
		info := tcpInfo(&k, nil)
		bytes := countedBytes(&info, before.ended)
		r.charge(&before, bytes.since(before.netBytes))
		return nil
	})
	return err
}

// keep makes the next reading remember the sockets that are not in the dump any
// more, but of which the kernel has not told that they were done away with: it tells
// a little later, and not before a process closes them. What they carried would be
// charged again.
func (m *netMeter) keep(owners *socketOwners) {
	for id, s := range m.sockets {
		if _, there := m.next[id]; there {
			continue
		}
		space := m.spaces[id.ns]
		if space == nil || space.closed == nil {
			continue // will not be told
		}
		held := owners.first(s.inode) >= 0
		if s.doubtful && !held || s.gone >= maxGone {
			continue
		}
		if len(s.owners) == 0 && !held {
			s.gone++
		}
		s.doubtful = space.lost && !held
		m.next[id] = s
	}
}

// charge counts what went through a socket.
func (r *netReading) charge(s *meteredSocket, bytes netBytes) {
	held := false
	for _, pid := range s.owners {
		if _, there := r.in[int(pid)]; !there && s.seen != r.seen {
			continue // it has ended
		}
		held = true
		charges := r.charges[int(pid)]
		i := 0
		for i < len(charges) && charges[i].seen != s.seen {
			i++
		}
		if i == len(charges) {
			charges = append(charges, netCharge{seen: s.seen})
			r.charges[int(pid)] = charges
		}
		charges[i].add(bytes)
	}
	if !held {
		r.nobody.add(bytes)
	}
}

func appendOnce(pids []int32, pid int32) []int32 {
	if slices.Contains(pids, pid) {
		return pids
	}
	return append(pids, pid)
}

// countedBytes is what a connection has carried; the end of what it receives counts
// as one byte. Before Linux 4.19 what was sent is told only once it is
// acknowledged.
func countedBytes(t *TCPInfo, ended bool) netBytes {
	b := netBytes{t.BytesSent - min(t.BytesRetrans, t.BytesSent), t.BytesRecv}
	if t.Missing.Has("bytes_sent") {
		b.sent = t.BytesAcked
	}
	if ended && b.recv > 0 {
		b.recv--
	}
	return b
}

// idle is for how long nothing has been sent or received, at least: the kernel
// counts in jiffies.
func idle(k *linux.TCPInfo) time.Duration {
	const jiffy = 10 * time.Millisecond // with HZ=100, the least there is
	return time.Duration(min(k.LastDataSent, k.LastDataRecv))*time.Millisecond - jiffy
}

// ticksSinceBoot is now on the clock of the start of processes.
func ticksSinceBoot() uint64 {
	now, err := sys.ClockBoottime()
	if err != nil {
		return 0
	}
	return uint64(now/int64(time.Second))*uint64(sys.ClockTicks()) + uint64(now%int64(time.Second))*uint64(sys.ClockTicks())/uint64(time.Second)
}

// closures joins the groups that tell of sockets which are closed, nil if there are
// none. The error is that the namespace can't be entered.
func (n *netSpace) closures() (g *sys.NetlinkGroup, err error) {
	join := func() error {
		g, _ = sys.OpenNetlinkGroups(netlinkSockDiag, groupTCPDestroy, groupTCP6Destroy)
		return nil
	}
	if n.enter == "" {
		err = join()
	} else {
		err = n.inside(join)
	}
	if errors.Is(err, syscall.EACCES) || errors.Is(err, syscall.EPERM) {
		err = ErrAccessDenied
	}
	return g, err
}
