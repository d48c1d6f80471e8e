package psutil

import (
	"slices"
	"time"

	"github.com/go-psutil/psutil/internal/linux"
	"github.com/go-psutil/psutil/internal/scan"
)

// savedPerFile is what an accelerator saves of a look at a descriptor.
const savedPerFile = 2 * time.Microsecond

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
		owned ownedSockets
		loose socketSet
		errs  []error
		table SocketTable
		err   error
		done  = make(chan struct{})
	)
	go func() {
		table, err = s.accel.ReadSockets(SocketQuery{TCP: q.kind&KindTCP != 0, TCPInfo: q.tcpInfo})
		close(done)
	}()
	for i := range spaces {
		n := &spaces[i]
		errs = append(errs, n.read(&owned.set, q, q.kind&^KindTCP, allStates)...)
		errs = append(errs, n.read(&loose, q, q.kind&KindTCP, n.looseStates(q))...)
	}
	<-done
	if err != nil {
		s.accel.note(AcceleratedSockets, err)
		return nil, nil
	}
	owned.owners.take(&table)
	owned.add(&table, q, spaces)
	owned.addLoose(&loose)
	for i := range spaces {
		if n := &spaces[i]; n.looseStates(q) != allStates && n.hides(&owned, q) {
			var rest socketSet
			errs = append(errs, n.read(&rest, q, q.kind&KindTCP, established)...)
			owned.addLoose(&rest)
		}
	}
	return &owned, errs
}

// take makes owners of an accelerator's answer.
func (o *socketOwners) take(table *SocketTable) {
	o.list = make([]socketOwner, len(table.Sockets))
	for i := range table.Sockets {
		r := &table.Sockets[i]
		o.list[i] = socketOwner{inode: r.Inode, pid: r.PID, fd: r.FD, row: r.Kind != 0}
	}
	o.index()
}

// looseStates are the states in which sockets have to be asked for that the
// accelerator might not see: all but the most frequent one, if the number of
// sockets can be held against that of the kernel.
func (n *netSpace) looseStates(q *connQuery) uint32 {
	counted := n.dir != "" && q.localPort == 0 && q.remotePort == 0
	if counted || q.states != 0 && q.states>>ConnEstablished&1 == 0 {
		return allStates &^ established
	}
	return allStates
}

// hides reports whether the namespace has more established connections than were
// found: some wait to be accepted, are on their way to another process, or belong
// to the kernel or to a process that is not to be seen.
func (n *netSpace) hides(owned *ownedSockets, q *connQuery) bool {
	if q.states != 0 && q.states>>ConnEstablished&1 == 0 {
		return false
	}
	var inUse uint64
	for _, t := range [...]struct {
		kind ConnKind
		file string
	}{{KindTCP4, "sockstat"}, {KindTCP6, "sockstat6"}} {
		if q.kind&t.kind == 0 {
			continue
		}
		var stat linux.Sockstat
		b, err := n.sys.proc.ReadFile(nil, n.dir+"/"+t.file)
		if err != nil || stat.Parse(b) != nil {
			return true // as far as is known
		}
		inUse += stat.TCPInUse
	}
	return inUse > owned.count(n.ns, q.kind)
}

// add takes the sockets of TCP that the accelerator found in the namespaces. The
// rows of the table are used for it.
func (o *ownedSockets) add(table *SocketTable, q *connQuery, spaces []netSpace) {
	rows := table.Sockets[:0]
	for i := range table.Sockets {
		r := &table.Sockets[i]
		if r.Kind&q.kind == 0 || !q.selects(r) ||
			r.NetNS != spaces[0].ns && !slices.ContainsFunc(spaces, func(n netSpace) bool { return n.ns == r.NetNS }) {
			continue
		}
		if q.tcpInfo && !r.Listening {
			o.set.tcp = append(o.set.tcp, table.TCP[i])
			r.tcp = int32(len(o.set.tcp))
		}
		rows = append(rows, *r)
	}
	o.set.rows = append(rows, o.set.rows...)
}

// addLoose takes the sockets that the accelerator has not told.
func (o *ownedSockets) addLoose(loose *socketSet) {
	for i := range loose.rows {
		r := loose.rows[i]
		if o.owners.firstRow(r.Inode) >= 0 {
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
// them.
func (o *ownedSockets) count(ns NetNS, kind ConnKind) (n uint64) {
	for i := range o.set.rows {
		r := &o.set.rows[i]
		if r.NetNS != ns || r.Kind&kind&KindTCP == 0 || r.State == ConnTimeWait || r.State == ConnSynRecv {
			continue
		}
		// One that several descriptors stand for counts once.
		if k := o.owners.firstRow(r.Inode); k < 0 || o.owners.list[k].pid == r.PID && o.owners.list[k].fd == r.FD {
			n++
		}
	}
	return n
}
