package psutil

import (
	"slices"
	"time"

	"github.com/go-psutil/psutil/internal/scan"
)

// savedPerFile is what an accelerator saves of a look at a descriptor.
const savedPerFile = 2 * time.Microsecond

// mostExpected bounds what memory is made ready for.
const mostExpected = 1 << 20

// established is the state of sockets that are left to the accelerator.
const established = uint32(1) << 1

// accelerateSockets reports whether the owners of sockets are to be asked of the
// accelerator. How many files are open says about what it saves.
func (s *System) accelerateSockets() bool {
	if s.accel == nil {
		return false
	}
	var saves time.Duration
	if s.accel.LoadCost(AcceleratedSockets) > 0 {
		var buf [64]byte
		if b, err := s.proc.ReadRecord(buf[:0], "sys/fs/file-nr"); err == nil {
			f := scan.NewFields(b)
			saves = time.Duration(min(f.Uint(), 1<<32)) * savedPerFile
		}
	}
	return s.accel.wanted(AcceleratedSockets, saves)
}

// acceleratedSockets reads the sockets of the namespaces, and who owns them. Those
// of TCP come from the accelerator, which sees only what a descriptor stands for;
// those that may have none, and other kinds, from sock_diag. The result is nil if
// the accelerator can't.
func (s *System) acceleratedSockets(q *connQuery, spaces []netSpace) (*ownedSockets, []error) {
	var (
		owned = ownedPool.get()
		loose socketSet
		errs  []error
		table SocketTable
		err   error
		done  = make(chan struct{})
		uses  = make([]tcpUse, len(spaces))
	)
	ask := SocketQuery{TCP: q.kind&KindTCP != 0, TCPInfo: q.tcpInfo}
	for i := range spaces {
		n, u := &spaces[i], &uses[i]
		if n.counts(q) {
			u.opens, _ = n.opens()
		}
		u.sockets, _ = n.inUse(q.kind)
		ask.Expect += int(min(u.sockets, mostExpected))
	}
	go func() {
		table, err = s.readSockets(ask)
		close(done)
	}()
	for i := range spaces {
		n := &spaces[i]
		errs = append(errs, n.read(&owned.set, q, q.kind&^KindTCP, allStates)...)
		errs = append(errs, n.read(&loose, q, q.kind&KindTCP, n.looseStates(q))...)
	}
	<-done
	if s.accel.note(AcceleratedSockets, err); err != nil {
		owned.free()
		return nil, nil
	}
	owned.owners.take(&table, q)
	owned.add(&table, q, spaces)
	owned.addLoose(&loose)
	owned.set.own(&owned.owners)
	owned.order = owned.set.order(s.halves())
	again := false
	for i := range spaces {
		if n := &spaces[i]; n.counts(q) && n.hides(owned, q, uses[i]) {
			again = true
			owned.forgetTCP(n.ns)
			errs = append(errs, n.read(&owned.set, q, q.kind&KindTCP, allStates)...)
		}
	}
	if again {
		owned.owners.index()
		owned.set.own(&owned.owners)
		owned.order = owned.set.order(s.halves())
	}
	return owned, errs
}

// forgetTCP keeps of the sockets of TCP in a namespace only who holds them.
func (o *ownedSockets) forgetTCP(ns NetNS) {
	rows := o.set.rows[:0]
	for i := range o.set.rows {
		r := &o.set.rows[i]
		if r.Kind&KindTCP == 0 || r.NetNS != ns {
			rows = append(rows, *r)
		} else if r.PID >= 0 {
			o.owners.add(socketOwner{inode: r.Inode, pid: r.PID, fd: r.FD})
		}
	}
	o.set.rows = rows
}

// readSockets asks the accelerator, and leaves out the processes that the system hides.
func (s *System) readSockets(ask SocketQuery) (SocketTable, error) {
	table, err := s.accel.ReadSockets(ask)
	if err != nil || !s.accel.hides() {
		return table, err
	}
	pids, err := s.pids()
	if err != nil {
		return SocketTable{}, err
	}
	n := 0
	for i := range table.Sockets {
		if _, listed := slices.BinarySearch(pids, int(table.Sockets[i].PID)); !listed {
			continue
		}
		table.Sockets[n] = table.Sockets[i]
		if i < len(table.TCP) {
			table.TCP[n] = table.TCP[i]
		}
		n++
	}
	table.Sockets, table.TCP = table.Sockets[:n], table.TCP[:min(n, len(table.TCP))]
	return table, nil
}

// take makes owners of those of an accelerator's records that are not rows already. One
// that was in another state than is wanted may be in that by now.
func (o *socketOwners) take(table *SocketTable, q *connQuery) {
	for i := range table.Sockets {
		r := &table.Sockets[i]
		if r.Kind == 0 || q.states != 0 && !q.selects(r) && q.selectsPorts(r) {
			o.add(socketOwner{inode: r.Inode, pid: r.PID, fd: r.FD})
		}
	}
	o.index()
}

// looseStates are the states in which sockets have to be asked for that the
// accelerator might not see: all but the most frequent one, if the number of sockets can
// be held against that of the kernel, or that one is not wanted.
func (n *netSpace) looseStates(q *connQuery) uint32 {
	if n.counts(q) || !q.selectsState(ConnEstablished) {
		return allStates &^ established
	}
	return allStates
}

// counts reports whether the kernel counts what is asked for.
func (n *netSpace) counts(q *connQuery) bool {
	return n.dir != "" && q.kind&KindTCP != 0 && q.unfiltered()
}

// tcpUse is what the kernel counted of TCP in a namespace, in this order, before its
// sockets were looked for: connections that were ever opened, and sockets.
type tcpUse struct{ opens, sockets uint64 }

// hides reports whether the namespace has more established connections than were
// found: some wait to be accepted, are on their way to another process, or belong
// to the kernel or to a process that is not to be seen. If connections were opened
// since before they were looked for, it can't be told: some that were found may have
// been closed again, and stand in the count for those that were not. (So may one that
// listened for no longer than that, which no counter tells.)
func (n *netSpace) hides(owned *ownedSockets, q *connQuery, before tcpUse) bool {
	sockets, counted := n.inUse(q.kind)
	opens, known := n.opens()
	return !counted || !known || opens != before.opens || max(sockets, before.sockets) > owned.count(n.ns, q.kind)
}

// add takes the sockets of TCP that the accelerator found in the namespaces.
func (o *ownedSockets) add(table *SocketTable, q *connQuery, spaces []netSpace) {
	o.set.rows = slices.Grow(o.set.rows, len(table.Sockets))
	for i := range table.Sockets {
		r := table.Sockets[i]
		if r.Kind&q.kind == 0 || !q.selects(&r) ||
			r.NetNS != spaces[0].ns && !slices.ContainsFunc(spaces, func(n netSpace) bool { return n.ns == r.NetNS }) {
			continue
		}
		if q.tcpInfo && !r.Listening && i < len(table.TCP) {
			o.set.tcp = append(o.set.tcp, table.TCP[i])
			r.tcp = int32(len(o.set.tcp))
		}
		o.set.rows = append(o.set.rows, r)
	}
}

// socketEnds tell sockets apart. The inode does not: a socket of multipath TCP shares
// its with those of TCP that carry it.
type socketEnds struct {
	ns                    NetNS
	inode                 uint64
	localPort, remotePort uint16
	local, remote         [16]byte
}

func (r *SocketRecord) ends() socketEnds {
	return socketEnds{r.NetNS, r.Inode, r.LocalPort, r.RemotePort, r.Local, r.Remote}
}

// addLoose takes the sockets that the accelerator has not told. One that was not yet
// accepted, or that has been closed, has no inode, and may have been told with one.
func (o *ownedSockets) addLoose(loose *socketSet) {
	var (
		inodes = make(map[uint64]bool, len(loose.rows))
		ports  = make(map[[2]uint16]bool) // of those without
		told   = make(map[socketEnds]bool)
	)
	for i := range loose.rows {
		if r := &loose.rows[i]; r.Inode != 0 {
			inodes[r.Inode] = true
		} else {
			ports[[...]uint16{r.LocalPort, r.RemotePort}] = true
		}
	}
	for i := range o.set.rows {
		r := &o.set.rows[i]
		if r.Kind&KindTCP == 0 {
			continue
		}
		if inodes[r.Inode] {
			told[r.ends()] = true
		}
		if len(ports) > 0 && ports[[...]uint16{r.LocalPort, r.RemotePort}] {
			ends := r.ends()
			ends.inode = 0
			told[ends] = true
		}
	}
	for i := range loose.rows {
		r := loose.rows[i]
		if told[r.ends()] {
			continue
		}
		if r.tcp > 0 {
			o.set.tcp = append(o.set.tcp, loose.tcp[r.tcp-1])
			r.tcp = int32(len(o.set.tcp))
		}
		o.set.rows = append(o.set.rows, r)
	}
}

// count is how many sockets of TCP were found in a namespace, as the kernel counts
// them: without requests, and without what is left of those that are closed. The
// descriptors of one are beside each other in the order.
func (o *ownedSockets) count(ns NetNS, kind ConnKind) (n uint64) {
	last := uint64(0)
	for _, i := range o.order {
		r := &o.set.rows[i]
		if r.NetNS != ns || r.Kind&kind&KindTCP == 0 || r.State == ConnTimeWait || r.State == ConnSynRecv ||
			r.State == ConnFinWait2 && r.Inode == 0 {
			continue
		}
		if r.Inode == 0 || r.Inode != last {
			n++
		}
		last = r.Inode
	}
	return n
}
