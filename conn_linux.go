package psutil

import (
	"errors"
	"slices"
	"sync"

	"github.com/go-psutil/psutil/internal/linux"
	"github.com/go-psutil/psutil/internal/scan"
)

func (s *System) netConnections(q *connQuery) (*ownedSockets, error) {
	spaces, errs := s.netSpaces(q.netns)
	if len(spaces) == 0 {
		return nil, errors.Join(errs...)
	}
	var owned *ownedSockets
	if !q.ownerless && s.accelerateSockets() {
		var more []error
		if owned, more = s.acceleratedSockets(q, spaces); owned != nil {
			errs = append(errs, more...)
		}
	}
	if owned == nil {
		owned = ownedPool.get()
		read := func() {
			for i := range spaces {
				errs = append(errs, spaces[i].read(&owned.set, q, q.kind, allStates)...)
			}
		}
		if q.ownerless {
			read()
		} else if err := s.scanOwners(&owned.owners, read); err != nil {
			owned.free()
			return nil, err
		}
		errs = append(errs, owned.owners.errors(s)...)
		owned.set.own(&owned.owners)
		owned.order = owned.set.order(s.halves())
	}
	return owned, errors.Join(errs...)
}

// owners finds the descriptors of every socket that the caller can see, and
// meanwhile calls f.
func (s *System) owners(owners *socketOwners, f func()) error {
	if !s.accelerateSockets() {
		return s.scanOwners(owners, f)
	}
	f()
	table, err := s.readSockets(SocketQuery{})
	if s.accel.note(AcceleratedSockets, err); err != nil {
		return s.scanOwners(owners, func() {})
	}
	owners.take(&table, new(connQuery))
	return nil
}

// scanOwners is owners by the links in /proc/PID/fd.
func (s *System) scanOwners(owners *socketOwners, f func()) error {
	pids, err := s.pids()
	if err != nil {
		return err
	}
	var (
		wg      sync.WaitGroup
		workers = s.halves()
		others  = make([]*socketOwners, workers-1)
		queue   = newScanQueue(pids)
	)
	look := func(found *socketOwners) {
		for w, ok := queue.take(0); ok; w, ok = queue.take(w.pid) {
			var more func(int)
			if workers > 1 {
				more = func(from int) { queue.add(descriptorScan{w.pid, from}) }
			}
			err := s.proc.EachDescriptor(w.pid, w.from, more, found.adder(w.pid))
			queue.done()
			if err != nil {
				found.failed = append(found.failed, pidError{w.pid, err})
			}
		}
	}
	for i := range others {
		others[i] = ownersPool.get()
		wg.Go(func() { look(others[i]) })
	}
	f() // on the caller's thread, which may be in a network namespace of its own
	look(owners)
	wg.Wait()
	for _, found := range others {
		owners.list = append(owners.list, found.list...)
		owners.failed = append(owners.failed, found.failed...)
		found.free()
	}
	owners.index()
	return nil
}

// A descriptorScan is a process whose descriptors are to be looked at, from a number
// on.
type descriptorScan struct{ pid, from int }

// A scanQueue hands out scans to several goroutines. One that has begun a process
// with many descriptors may add the rest of them.
type scanQueue struct {
	mu      sync.Mutex
	changed sync.Cond
	pids    []int
	rest    []descriptorScan
	taken   int // and not yet done: they may add some
}

func newScanQueue(pids []int) *scanQueue {
	q := &scanQueue{pids: pids}
	q.changed.L = &q.mu
	return q
}

// take returns the next scan, or false once all are done: the rest of the process with
// the last PID if there is some, and that of another only when no process is left to
// begin, since two that look into one wait for each other in the kernel.
func (q *scanQueue) take(last int) (w descriptorScan, ok bool) {
	q.mu.Lock()
	defer q.mu.Unlock()
	for len(q.rest) == 0 && len(q.pids) == 0 {
		if q.taken == 0 {
			return w, false
		}
		q.changed.Wait()
	}
	at := slices.IndexFunc(q.rest, func(r descriptorScan) bool { return r.pid == last })
	if at < 0 && len(q.pids) == 0 {
		at = 0
	}
	if at >= 0 {
		w = q.rest[at]
		q.rest = slices.Delete(q.rest, at, at+1)
	} else {
		w, q.pids = descriptorScan{pid: q.pids[0]}, q.pids[1:]
	}
	q.taken++
	return w, true
}

func (q *scanQueue) add(w descriptorScan) {
	q.mu.Lock()
	defer q.mu.Unlock()
	q.rest = append(q.rest, w)
	q.changed.Signal()
}

// done ends a scan that was taken.
func (q *scanQueue) done() {
	q.mu.Lock()
	defer q.mu.Unlock()
	if q.taken--; q.taken == 0 {
		q.changed.Broadcast()
	}
}

// errors are why descriptors are not known of processes that are there, and that the
// caller may look into: of others it can be expected.
func (o *socketOwners) errors(s *System) (errs []error) {
	for _, f := range o.failed {
		if err := s.processError("net_connections", f.pid, f.err); !errors.Is(err, ErrNoSuchProcess) && !errors.Is(err, ErrAccessDenied) {
			errs = append(errs, err)
		}
	}
	return errs
}

// adder returns a function that takes the descriptors of a process.
func (o *socketOwners) adder(pid int) func(name, target []byte) bool {
	return func(name, target []byte) bool {
		if inode, ok := linux.SocketInode(target); ok {
			if fd, ok := scan.Uint(name); ok {
				o.add(socketOwner{inode: inode, pid: int32(pid), fd: int32(fd)})
			}
		}
		return true
	}
}

func (o *socketOwners) add(owner socketOwner) {
	if n := len(o.list); n == cap(o.list) && n >= 256 {
		// append would grow it by a quarter, and have used five times as much in the end.
		o.list = slices.Grow(o.list, n)
	}
	o.list = append(o.list, owner)
}
