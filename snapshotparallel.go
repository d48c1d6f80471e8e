package psutil

import (
	"cmp"
	"errors"
	"runtime"
	"sync"
)

// halves is how many goroutines share work that has two halves, such as to list the
// sockets and to look for their owners, unless WithParallelism says otherwise.
func (s *System) halves() int { return cmp.Or(s.parallelism, min(2, runtime.GOMAXPROCS(0))) }

// snapshotChunk is how many processes a goroutine of a parallel Snapshot reads
// at a time.
const snapshotChunk = 32

// A snapshotRow is what a goroutine of a parallel Snapshot found.
type snapshotRow struct {
	info ProcessInfo
	err  error
}

// snapshotParallel is Snapshot with several goroutines. They take turns with the
// chunks of pids, and each waits with its second next chunk until the loop is
// done with its next, so that a few chunks are in memory.
func (s *System) snapshotParallel(first *processReader, pids []int, workers int, yield func(*ProcessInfo, error) bool) {
	type lane struct{ free, full chan []snapshotRow }
	var (
		wg      sync.WaitGroup
		lanes   = make([]lane, workers)
		stop    = make(chan struct{})
		readers = []*processReader{first}
	)
	// Also when the loop is left, or panics.
	defer wg.Wait()
	defer close(stop)
	for range workers - 1 {
		r := s.newReader(first.asked)
		r.share(first)
		readers = append(readers, r)
	}
	chunk := func(n int) []int { return pids[n*snapshotChunk : min((n+1)*snapshotChunk, len(pids))] }
	chunks := (len(pids) + snapshotChunk - 1) / snapshotChunk
	for w := range lanes {
		l := lane{make(chan []snapshotRow, 2), make(chan []snapshotRow, 2)}
		l.free <- make([]snapshotRow, snapshotChunk)
		l.free <- make([]snapshotRow, snapshotChunk)
		lanes[w] = l
		r := readers[w]
		wg.Go(func() {
			for n := w; n < chunks; n += workers {
				var rows []snapshotRow
				select {
				case rows = <-l.free:
				case <-stop:
					return
				}
				rows = rows[:len(chunk(n))]
				for i, pid := range chunk(n) {
					select {
					case <-stop:
						return
					default:
					}
					rows[i].err = r.read(pid, &rows[i].info)
				}
				l.full <- rows
			}
		})
	}
	for n := range chunks {
		l := lanes[n%workers]
		rows := <-l.full
		for i := range rows {
			row := &rows[i]
			switch {
			case errors.Is(row.err, ErrNoSuchProcess):
				continue
			case row.err != nil:
				if !yield(nil, row.err) {
					return
				}
			case !yield(&row.info, nil):
				return
			}
		}
		l.free <- rows
	}
}
