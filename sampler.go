package psutil

import (
	"cmp"
	"errors"
	"fmt"
	"io/fs"
	"runtime"
	"slices"
	"sync"
	"time"
)

// A Sampler reads the same fields of every process again and again, and knows
// from the previous sample what has changed. It is the only thing in this
// package that remembers: make one for each purpose. It is not safe for
// concurrent use.
//
// On Linux it keeps files of /proc open from one sample to the next, as many as
// [WithKeptFiles] says, until [Sampler.Close] or until it is unreachable. A
// process of which files are kept costs less than half of what it costs in
// [Snapshot]. Processes are listed again only if /proc/stat says that one may
// have been made since.
//
// On Windows it keeps nothing open: a sample costs one call for all processes, and what
// [Field] says for the fields that this call does not tell. [FieldNetRate] is
// [ErrNotSupported] there.
type Sampler struct {
	sys     *System
	fields  Field
	state   *samplerState
	cleanup runtime.Cleanup
	closed  bool
	sample  Sample
}

// samplerState is what a Sampler has to give back: it does not point to it.
type samplerState struct {
	epoch   time.Time
	lister  pidLister
	readers []*processReader
	meter   *netMeter // nil if nobody asks for FieldNetRate
	series  []*series // of the previous sample, sorted by PID
	spare   []*series // room for the next
	load    loadMeter
	first   bool
	at      time.Time
}

// A series is a process from one sample to the next.
type series struct {
	pid     int
	process Process // zero if it could not be read yet
	last    reading
	threads []threadReading
	kept    keptProcess

	// What became of it in this sample:
	ended Process // the process that had the PID before
	fresh bool    // process is new
	err   error
}

// A Sample is the processes of one moment.
type Sample struct {
	At      time.Time     `json:"at"`
	Elapsed time.Duration `json:"elapsed"` // since the previous sample; 0 in the first
	// Processes is sorted by PID and valid until the next sample. The fields of
	// [SamplerFields] are missing for a process that the previous sample did not
	// have.
	Processes []ProcessInfo `json:"processes"`
	// Started and Gone are the processes that the previous sample did not have
	// and those that only it had, sorted by PID; none in the first.
	Started []Process `json:"started"`
	Gone    []Process `json:"gone"`
	// NetUnowned is, with [FieldNetRate], what went through connections that no
	// process is charged with: opened and closed between two samples, not yet
	// accepted, of a process that has ended, or that the caller may not look into. It
	// is of the namespaces whose connections this sample and the previous one have.
	// Nil without that field, and in the first sample. See [NetRate].
	NetUnowned *NetRate `json:"net_unowned"`
}

// MarshalJSON writes an object with the processes as ProcessInfo does.
func (s Sample) MarshalJSON() ([]byte, error) { return marshalFields(s) }

// String returns "120 processes after 1s, 3 started, 2 gone".
func (s Sample) String() string {
	return fmt.Sprintf("%d processes after %v, %d started, %d gone", len(s.Processes), s.Elapsed, len(s.Started), len(s.Gone))
}

// NewSampler returns a Sampler of fields. No process is read before
// [Sampler.Sample], whose cost on Linux and Windows [Sampler] tells.
func NewSampler(fields Field) (*Sampler, error) {
	s, err := defaultSystem()
	if err != nil {
		return nil, err
	}
	return s.NewSampler(fields)
}

// NewSampler is [NewSampler] of this system.
func (s *System) NewSampler(fields Field) (*Sampler, error) {
	if err := checkFields(fields); err != nil {
		return nil, err
	}
	st := &samplerState{epoch: time.Now(), first: true}
	for range max(1, s.parallelism) {
		r := s.newReader((fields | rateNeeds(fields)) &^ SamplerFields)
		r.epoch = st.epoch
		st.readers = append(st.readers, r)
	}
	st.lister = newPIDLister(st.readers[0])
	if fields.Has(FieldNetRate) {
		st.meter = newNetMeter(s)
	}
	sampler := &Sampler{sys: s, fields: fields, state: st}
	sampler.cleanup = runtime.AddCleanup(sampler, (*samplerState).close, st)
	return sampler, nil
}

// Close closes the files that are kept; on Windows there are none. Only
// [Sampler.Sample] is not to be called afterwards; it returns [fs.ErrClosed] then. A
// Sampler that is not closed is once it is unreachable.
func (s *Sampler) Close() error {
	if !s.closed {
		s.closed = true
		s.cleanup.Stop()
		s.state.close()
	}
	return nil
}

func (st *samplerState) close() {
	st.lister.close()
	for _, p := range st.series {
		p.kept.release()
	}
	st.series = nil
	if st.meter != nil {
		st.meter.close()
	}
}

// Sample reads every process. The result is valid until the next call. A
// process that can't be looked at is an error, beside the sample of the others;
// it is not Gone for that. With a nil Sample nothing was read, and the previous
// sample is still the one to compare with.
func (s *Sampler) Sample() (*Sample, error) {
	if s.closed {
		return nil, fmt.Errorf("sampler: %w", fs.ErrClosed)
	}
	st := s.state
	pids, known, err := st.lister.list()
	for err != nil && lacksFiles(err) && giveBack(st.series) {
		pids, known, err = st.lister.list()
	}
	if err != nil {
		return nil, err
	}
	now := time.Now()
	next := Sample{At: now, Processes: s.sample.Processes, Started: s.sample.Started[:0], Gone: s.sample.Gone[:0]}
	if !st.first {
		next.Elapsed = now.Sub(st.at)
	}
	if !known {
		next.Gone = st.merge(pids, next.Gone)
	}
	next.Processes = slices.Grow(next.Processes[:0], len(st.series))[:len(st.series)]
	var errs []error
	if st.meter != nil {
		errs = append(errs, st.meter.measure(now))
		next.NetUnowned = st.meter.unowned()
	}
	s.read(next.Processes, known)
	if runnable, known := st.readers[0].runnable(); known {
		st.load.add(runnable, next.Elapsed)
	}

	// What could be read moves to the front, and what has gone is left out.
	rows, alive := 0, st.series[:0]
	for i, p := range st.series {
		if p.ended != (Process{}) {
			next.Gone = append(next.Gone, p.ended)
			p.ended = Process{}
		}
		if p.err != nil {
			if errors.Is(p.err, ErrNoSuchProcess) {
				p.kept.release()
				continue
			}
			errs = append(errs, p.err)
			alive = append(alive, p)
			continue
		}
		if p.fresh && !st.first {
			next.Started = append(next.Started, p.process)
		}
		if i != rows { // not a copy: both have room for errors
			next.Processes[rows], next.Processes[i] = next.Processes[i], next.Processes[rows]
		}
		rows++
		alive = append(alive, p)
	}
	clear(st.series[len(alive):])
	st.series = alive
	next.Processes = next.Processes[:rows]
	slices.SortFunc(next.Gone, func(a, b Process) int { return cmp.Or(a.pid-b.pid, cmp.Compare(a.start, b.start)) })
	st.first, st.at, s.sample = false, now, next
	return &s.sample, errors.Join(errs...)
}

// merge makes the series those of pids, which are sorted too, and appends the
// processes that are not among them to gone.
func (st *samplerState) merge(pids []int, gone []Process) []Process {
	before, after := st.series, st.spare[:0]
	end := func(p *series) {
		if p.process != (Process{}) {
			gone = append(gone, p.process)
		}
		p.kept.release()
	}
	for _, pid := range pids {
		for len(before) > 0 && before[0].pid < pid {
			end(before[0])
			before = before[1:]
		}
		if len(before) > 0 && before[0].pid == pid {
			after = append(after, before[0])
			before = before[1:]
		} else {
			after = append(after, &series{pid: pid})
		}
	}
	for _, p := range before {
		end(p)
	}
	clear(st.series)
	st.series, st.spare = after, st.series[:0]
	return gone
}

// read reads the process of each series into its row.
func (s *Sampler) read(rows []ProcessInfo, known bool) {
	st := s.state
	list := st.series
	workers := min(len(st.readers), len(list))
	st.readers[0].renew()
	if st.readers[0].accelerated(len(list)) {
		s.readAccelerated(st.readers[0], rows, known)
		return
	}
	if workers <= 1 {
		s.readSome(st.readers[0], list, rows, known)
		return
	}
	var wg sync.WaitGroup
	for _, r := range st.readers[1:workers] {
		r.share(st.readers[0])
	}
	for w, r := range st.readers[:workers] {
		from, to := len(list)*w/workers, len(list)*(w+1)/workers
		wg.Go(func() { s.readSome(r, list[from:to], rows[from:to], known) })
	}
	wg.Wait()
}

// readSome reads some of the series with one reader.
func (s *Sampler) readSome(r *processReader, list []*series, rows []ProcessInfo, known bool) {
	now := new(reading)
	for i, p := range list {
		s.readOne(r, p, &rows[i], now, known)
		for p.err != nil && lacksFiles(p.err) && giveBack(list) {
			s.readOne(r, p, &rows[i], now, known)
		}
	}
}

// giveBack closes the kept files of one process, so that others can be read.
func giveBack(list []*series) bool {
	for _, p := range slices.Backward(list) {
		if p.kept.keeps() {
			p.kept.release()
			return true
		}
	}
	return false
}

// readOne reads the process of a series. With known no process can have been
// made since the previous sample.
func (s *Sampler) readOne(r *processReader, p *series, info *ProcessInfo, now *reading, known bool) {
	p.err = r.readKept(p.pid, &p.kept, info)
	if p.err != nil && !known && p.kept.keeps() && errors.Is(p.err, ErrNoSuchProcess) {
		// The kept files were of a process that has gone. Its PID was listed, and
		// may be another's by now.
		p.kept.release()
		p.err = r.readKept(p.pid, &p.kept, info)
	}
	s.compare(r, p, info, now)
}

// compare notes what became of a process that was read into info, and sets what
// comes of comparing it with the previous sample.
func (s *Sampler) compare(r *processReader, p *series, info *ProcessInfo, now *reading) {
	if p.err != nil {
		if errors.Is(p.err, ErrNoSuchProcess) {
			p.ended, p.process = p.process, Process{}
		}
		return
	}
	if p.fresh = info.Process != p.process; p.fresh {
		p.ended, p.process = p.process, info.Process
		p.last, p.threads = reading{}, p.threads[:0]
	}
	if s.fields.any(SamplerFields) {
		info.compare(s.fields, r.at, &p.last, now)
	}
	if info.Has(FieldNetRate) {
		var err error
		if info.NetRate, err = s.state.meter.rate(p.process); err != nil {
			info.withdraw(FieldNetRate, err)
		}
	}
	if s.fields.Has(FieldThreads) {
		compareThreads(info.Threads, r.threads, p.threads)
		p.threads, r.threads = r.threads, p.threads
	}
	info.confine(s.fields)
}
