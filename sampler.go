package psutil

import (
	"errors"
	"fmt"
	"maps"
	"slices"
	"time"
)

// A Sampler reads the same fields of every process again and again, and knows
// from the previous sample what has changed. It is the only thing in this
// package that remembers: make one for each purpose. It is not safe for
// concurrent use.
type Sampler struct {
	sys      *System
	fields   Field
	reader   *processReader
	previous map[Process]sampled
	current  map[Process]sampled
	at       time.Time
	sample   Sample
}

// sampled is what the next sample needs of this one.
type sampled struct {
	at  time.Time
	cpu ProcessCPUTime
}

// A Sample is the processes of one moment.
type Sample struct {
	At      time.Time     `json:"at"`
	Elapsed time.Duration `json:"elapsed"` // since the previous sample; 0 in the first
	// Processes is sorted by PID and valid until the next sample. CPUPercent is
	// missing for a process that the previous sample did not have.
	Processes []ProcessInfo `json:"processes"`
	// Started and Gone are the processes that the previous sample did not have
	// and those that only it had, sorted by PID; none in the first.
	Started []Process `json:"started"`
	Gone    []Process `json:"gone"`
}

// MarshalJSON writes an object with the processes as ProcessInfo does.
func (s Sample) MarshalJSON() ([]byte, error) { return marshalFields(s) }

// String returns "120 processes after 1s, 3 started, 2 gone".
func (s Sample) String() string {
	return fmt.Sprintf("%d processes after %v, %d started, %d gone", len(s.Processes), s.Elapsed, len(s.Started), len(s.Gone))
}

// NewSampler returns a Sampler of fields. Nothing is read before
// [Sampler.Sample].
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
	read := fields
	if fields.Has(FieldCPUPercent) {
		read |= FieldCPUTimes
	}
	return &Sampler{sys: s, fields: fields, reader: s.newReader(read)}, nil
}

// Sample reads every process. The result is valid until the next call. A
// process that can't be looked at is an error, beside the sample of the others;
// it is not Gone for that. With a nil Sample nothing was read, and the previous
// sample is still the one to compare with.
func (s *Sampler) Sample() (*Sample, error) {
	pids, err := s.sys.PIDs()
	if err != nil {
		return nil, err
	}
	s.reader.renew()
	first := s.previous == nil
	if s.current == nil {
		s.current = make(map[Process]sampled, len(pids))
	}
	clear(s.current)
	now := time.Now()
	next := Sample{At: now, Processes: s.sample.Processes[:0], Started: s.sample.Started[:0], Gone: s.sample.Gone[:0]}
	if !first {
		next.Elapsed = now.Sub(s.at)
	}
	var (
		errs   []error
		unread []int
	)
	for _, pid := range pids {
		n := len(next.Processes)
		next.Processes = slices.Grow(next.Processes, 1)[:n+1]
		info := &next.Processes[n]
		err := s.reader.read(pid, info)
		if err != nil {
			next.Processes = next.Processes[:n]
			if errors.Is(err, ErrNoSuchProcess) {
				continue
			}
			errs, unread = append(errs, err), append(unread, pid)
			continue
		}
		before, known := s.previous[info.Process]
		at := s.reader.at
		s.current[info.Process] = sampled{at, info.CPUTimes}
		if !known && !first {
			next.Started = append(next.Started, info.Process)
		}
		info.asked = s.fields
		if s.fields.Has(FieldCPUPercent) && info.Has(FieldCPUTimes) && known {
			info.CPUPercent = info.CPUTimes.Percent(before.cpu, at.Sub(before.at))
			info.setLater(FieldCPUPercent)
		}
		info.Valid &= s.fields
	}
	for p := range maps.Keys(s.previous) {
		if _, alive := s.current[p]; alive {
			continue
		}
		if slices.Contains(unread, p.pid) {
			s.current[p] = s.previous[p]
			continue
		}
		next.Gone = append(next.Gone, p)
	}
	slices.SortFunc(next.Gone, func(a, b Process) int { return a.pid - b.pid })
	s.previous, s.current = s.current, s.previous
	s.at, s.sample = now, next
	return &s.sample, errors.Join(errs...)
}
