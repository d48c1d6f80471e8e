package psutil

import (
	"errors"
	"sync"
	"sync/atomic"
	"time"
)

// An acceleration is a System's accelerator, and what it has learnt about it.
type acceleration struct {
	Accelerator
	allowed bool // it sees what the System is to see
	// hides reports whether the System is not to see all that the accelerator sees.
	hides func() bool
	parts [acceleratorParts]struct {
		missed   atomic.Int64 // nanoseconds that it would have saved, had it been loaded
		failures atomic.Int32 // in a row
	}
}

// maxFailures is how often in a row a part may fail before it is left alone.
const maxFailures = 3

// wanted reports whether a call that the accelerator makes cheaper by so much is
// to use it. Loading it costs more than most single calls, but is paid once: so it
// is loaded when the calls so far would have paid for it, which costs at most
// twice of what knowing the future would.
func (a *acceleration) wanted(part AcceleratorPart, saves time.Duration) bool {
	if a == nil || !a.allowed || a.parts[part].failures.Load() >= maxFailures {
		return false
	}
	cost := a.LoadCost(part)
	return cost == 0 || time.Duration(a.parts[part].missed.Add(int64(saves))) >= cost
}

// note remembers what became of a read. What is not supported or not allowed is
// not tried again, nor what fails again and again.
func (a *acceleration) note(part AcceleratorPart, err error) {
	failures := &a.parts[part].failures
	switch {
	case err == nil:
		failures.Store(0)
	case errors.Is(err, ErrNotSupported), errors.Is(err, ErrAccessDenied):
		failures.Store(maxFailures)
	default:
		failures.Add(1)
	}
}

// noteProcesses is note of a read of processes. That it lacks some of the fields it may
// have found out only now.
func (a *acceleration) noteProcesses(fields Field, err error) {
	if err == nil || fields&^a.ProcessFields() == 0 {
		a.note(AcceleratedProcesses, err)
	}
}

// accelerated reports whether the accelerator is to tell all that the reader reads
// of n processes.
func (r *processReader) accelerated(n int) bool {
	a := r.sys.accel
	if a == nil || r.fields&^a.ProcessFields() != 0 {
		return false
	}
	return a.wanted(AcceleratedProcesses, time.Duration(n)*r.savedByRecord())
}

// eachRecord goes over processes, sorted by PID: it calls take with the place and
// the record of those that the accelerator tells, and read with the place of the
// others, in order, until one of them returns false, which is reported. How many there
// are is asked for once, when the records have been made.
//
// The processes are those that the system lists. So what it hides, the accelerator
// does not show, and what the accelerator misses is shown all the same.
func (a *acceleration) eachRecord(fields Field, count func() int, pid func(i int) int, take func(i int, record *ProcessRecord) bool, read func(i int) bool) (more bool) {
	i, n, more := 0, -1, true
	err := a.ReadProcesses(fields, func(record *ProcessRecord) bool {
		if n < 0 {
			n = count()
		}
		for ; more && i < n && pid(i) < int(record.PID); i++ {
			more = read(i)
		}
		if more && i < n && pid(i) == int(record.PID) {
			if record.Unsettled {
				more = read(i)
			} else {
				more = take(i, record)
			}
			i++
		}
		return more && i < n
	})
	a.noteProcesses(fields, err)
	if n < 0 {
		n = count()
	}
	for ; more && i < n; i++ {
		more = read(i)
	}
	return more
}

// snapshotAccelerated is Snapshot with the accelerator, of the PIDs that list returns.
func (s *System) snapshotAccelerated(r *processReader, list func() ([]int, error), yield func(*ProcessInfo, error) bool) {
	var (
		shown = shower{info: new(ProcessInfo), yield: yield}
		pids  []int
		err   error
		now   time.Duration // when the records had been made: what makes them may be loaded first
	)
	count := func() int {
		now = r.now()
		pids, err = list()
		return len(pids)
	}
	more := s.accel.eachRecord(r.fields, count, func(i int) int { return pids[i] },
		func(_ int, record *ProcessRecord) bool { return shown.show(r.take(record, now, nil, shown.info)) },
		func(i int) bool { return shown.show(r.read(pids[i], shown.info)) })
	if err != nil && more {
		yield(nil, err)
	}
}

// snapshotRecords is Snapshot of the processes that the accelerator finds, where the
// system hides none.
func (s *System) snapshotRecords(r *processReader, yield func(*ProcessInfo, error) bool) {
	shown := shower{info: new(ProcessInfo), yield: yield}
	var now time.Duration // as in snapshotAccelerated
	last, more := -1, true
	err := s.accel.ReadProcesses(r.fields, func(record *ProcessRecord) bool {
		if last < 0 {
			now = r.now()
		}
		last = int(record.PID)
		if record.Unsettled {
			more = shown.show(r.read(last, shown.info))
		} else {
			more = shown.show(r.take(record, now, nil, shown.info))
		}
		return more
	})
	if s.accel.noteProcesses(r.fields, err); err == nil || !more {
		return
	}
	pids, err := r.pids()
	if err != nil {
		yield(nil, err)
		return
	}
	for _, pid := range pids {
		if pid > last && !shown.show(r.read(pid, shown.info)) {
			return
		}
	}
}

// A shower yields info, or an error in its place, but for processes that have gone.
type shower struct {
	info  *ProcessInfo
	yield func(*ProcessInfo, error) bool
}

func (s *shower) show(err error) bool {
	switch {
	case errors.Is(err, ErrNoSuchProcess):
		return true
	case err != nil:
		return s.yield(nil, err)
	}
	return s.yield(s.info, nil)
}

// listMeanwhile begins to list the processes, and returns a function that waits for
// the end of that and returns them.
func (r *processReader) listMeanwhile() func() ([]int, error) {
	var (
		pids []int
		err  error
		wg   sync.WaitGroup
	)
	wg.Go(func() { pids, err = r.pids() })
	return func() ([]int, error) {
		wg.Wait()
		return pids, err
	}
}

// readAccelerated is read with the accelerator.
func (s *Sampler) readAccelerated(r *processReader, rows []ProcessInfo, known bool) {
	var now time.Duration // as in snapshotAccelerated
	list, current := s.state.series, new(reading)
	count := func() int {
		now = r.now()
		return len(list)
	}
	s.sys.accel.eachRecord(r.fields, count, func(i int) int { return list[i].pid },
		func(i int, record *ProcessRecord) bool {
			p := list[i]
			if p.kept.keeps() {
				p.kept.release()
			}
			p.err = r.take(record, now, &p.kept, &rows[i])
			s.compare(r, p, &rows[i], current)
			return true
		},
		func(i int) bool {
			s.readOne(r, list[i], &rows[i], current, known)
			return true
		})
}
