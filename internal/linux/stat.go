package linux

import (
	"bytes"
	"iter"
	"math"

	"github.com/go-psutil/psutil/internal/scan"
)

// CPUStat is a cpu row of /proc/stat (proc_stat(5), fs/proc/stat.c
// show_stat). Times are in clock ticks since boot. Guest time is also part of
// User, and GuestNice of Nice. Idle and IOWait may run backwards.
type CPUStat struct {
	CPU     int // the kernel's number of the CPU, -1 for the sum of all
	Columns int // how many of the times below were printed: 4 to 10

	User, Nice, System, Idle uint64
	IOWait, IRQ, SoftIRQ     uint64 // Linux 2.5.41, 2.6.0, 2.6.0
	Steal, Guest, GuestNice  uint64 // Linux 2.6.11, 2.6.24, 2.6.33
}

// EachCPU returns the cpu rows of /proc/stat in the kernel's order: the sum,
// then every CPU that is online, by number.
func EachCPU(b []byte) iter.Seq2[CPUStat, error] {
	return func(yield func(CPUStat, error) bool) {
		rest := b
		for n := 1; len(rest) > 0; n++ {
			line, after, whole := scan.Cut(rest, '\n')
			rest = after
			if whole && !isCPURow(line) {
				continue
			}
			c, bad := parseCPUStat(line)
			if !whole {
				bad = cutShort
			}
			if bad != "" {
				if !yield(CPUStat{}, scan.Errorf(n, line, "%s", bad)) {
					return
				}
			} else if !yield(c, nil) {
				return
			}
		}
	}
}

func isCPURow(line []byte) bool {
	return len(line) >= 3 && line[0] == 'c' && line[1] == 'p' && line[2] == 'u'
}

func parseCPUStat(line []byte) (c CPUStat, bad string) {
	name, rest := scan.Field(line)
	c.CPU = -1
	if len(name) > len("cpu") {
		v, ok := scan.Uint(name[len("cpu"):])
		if !ok || v > math.MaxInt32 {
			return c, "a CPU number expected"
		}
		c.CPU = int(v)
	}
	var v [10]uint64
	for c.Columns < len(v) {
		var field []byte
		if field, rest = scan.Field(rest); len(field) == 0 {
			break
		}
		var ok bool
		if v[c.Columns], ok = scan.Uint(field); !ok {
			return c, "CPU times expected"
		}
		c.Columns++
	}
	if c.Columns < 4 {
		return c, "at least four CPU times expected"
	}
	c.User, c.Nice, c.System, c.Idle = v[0], v[1], v[2], v[3]
	c.IOWait, c.IRQ, c.SoftIRQ = v[4], v[5], v[6]
	c.Steal, c.Guest, c.GuestNice = v[7], v[8], v[9]
	return c, ""
}

// StatFields says which lines a [Stat] was given.
type StatFields uint16

// The lines of /proc/stat.
const (
	StatTotal StatFields = 1 << iota
	StatIntr
	StatCtxt
	StatBtime
	StatProcesses
	StatProcsRunning
	StatProcsBlocked
	StatSoftIRQ
)

// Contains reports whether every field of g is in f.
func (f StatFields) Contains(g StatFields) bool { return f&g == g }

// Stat is /proc/stat (proc_stat(5), fs/proc/stat.c show_stat).
type Stat struct {
	Has StatFields

	Total CPUStat   // the sum of all CPUs
	CPUs  []CPUStat // those online, by number

	Intr         uint64 // interrupts since boot, all sources
	Ctxt         uint64 // context switches since boot
	Btime        uint64 // boot time, seconds since 1970, moves with the clock
	Processes    uint64 // forks and clones since boot
	ProcsRunning uint64 // tasks that can run now
	ProcsBlocked uint64 // tasks waiting for IO now
	SoftIRQ      uint64 // software interrupts since boot
}

// Parse decodes the text of /proc/stat, keeping the room of s.CPUs: it
// allocates only while that grows. It returns the first error, having read
// every line that can be read.
func (s *Stat) Parse(b []byte) error {
	*s = Stat{CPUs: s.CPUs[:0]}
	var err error
	for n := 1; len(b) > 0; n++ {
		line, after, whole := scan.Cut(b, '\n')
		b = after
		if len(line) == 0 {
			continue
		}
		if !whole {
			noteError(&err, n, line, cutShort)
			break
		}
		if isCPURow(line) {
			c, bad := parseCPUStat(line)
			switch {
			case bad != "":
				noteError(&err, n, line, bad)
			case c.CPU < 0:
				s.Total = c
				s.Has |= StatTotal
			default:
				s.CPUs = append(s.CPUs, c)
			}
			continue
		}
		// Only the total of the intr line matters, and the rest of it can be
		// a hundred times longer than all other lines.
		key, rest := scan.Field(line)
		v, has := s.line(key)
		if v == nil {
			continue
		}
		value, _ := scan.Field(rest)
		u, ok := scan.Uint(value)
		if !ok {
			noteError(&err, n, line, "a number expected")
			continue
		}
		*v = u
		s.Has |= has
	}
	return err
}

func (s *Stat) line(key []byte) (*uint64, StatFields) {
	switch string(key) {
	case "intr":
		return &s.Intr, StatIntr
	case "ctxt":
		return &s.Ctxt, StatCtxt
	case "btime":
		return &s.Btime, StatBtime
	case "processes":
		return &s.Processes, StatProcesses
	case "procs_running":
		return &s.ProcsRunning, StatProcsRunning
	case "procs_blocked":
		return &s.ProcsBlocked, StatProcsBlocked
	case "softirq":
		return &s.SoftIRQ, StatSoftIRQ
	}
	return nil, 0
}

// BootTime returns the btime line of /proc/stat, seconds since 1970, without
// decoding the rest.
func BootTime(b []byte) (uint64, error) {
	const key = "\nbtime "
	i := bytes.Index(b, []byte(key))
	if i < 0 {
		return 0, scan.Errorf(0, nil, "btime expected")
	}
	line, _, whole := scan.Cut(b[i+1:], '\n')
	v, ok := scan.Uint(scan.Trim(line[len(key)-1:]))
	if !ok || !whole {
		return 0, scan.Errorf(0, line, "btime expected")
	}
	return v, nil
}

// Forks returns the processes line of /proc/stat, how many processes and
// threads were made since boot, without decoding the rest; false if there is
// none that makes sense.
func Forks(b []byte) (uint64, bool) {
	const key = "\nprocesses "
	i := bytes.LastIndex(b, []byte(key))
	if i < 0 {
		return 0, false
	}
	line, _, whole := scan.Cut(b[i+len(key):], '\n')
	v, ok := scan.Uint(line)
	return v, ok && whole
}
