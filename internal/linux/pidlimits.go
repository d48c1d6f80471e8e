package linux

import (
	"bytes"
	"iter"
	"math"

	"github.com/go-psutil/psutil/internal/scan"
)

// LimitInfinity is the value of a [Limit] that is no limit: the kernel's
// RLIM_INFINITY.
const LimitInfinity uint64 = math.MaxUint64

// Limit is a row of /proc/PID/limits (proc_pid_limits(5), fs/proc/base.c
// proc_pid_limits). The []byte fields alias the input.
type Limit struct {
	Name       []byte // as in "Max open files"
	Soft, Hard uint64 // in Units, or LimitInfinity
	Units      []byte // seconds, bytes, processes, files, locks, signals, us, or empty
}

// EachLimit iterates over the rows of /proc/PID/limits.
func EachLimit(b []byte) iter.Seq2[Limit, error] {
	return func(yield func(Limit, error) bool) { eachLimit(b, yield) }
}

func eachLimit(b []byte, yield func(Limit, error) bool) {
	for n := 1; len(b) > 0; n++ {
		line, rest, whole := scan.Cut(b, '\n')
		b = rest
		if n == 1 && whole && bytes.HasPrefix(line, []byte("Limit ")) { // the header
			continue
		}
		var l Limit
		if whole && l.parse(line) {
			if !yield(l, nil) {
				return
			}
		} else if !yield(Limit{}, scan.Errorf(n, line, "limits: bad line")) {
			return
		}
	}
}

// parse decodes one line. A name holds single blanks and is shorter than its
// column, so that two blanks end it.
func (l *Limit) parse(line []byte) bool {
	i := bytes.Index(line, []byte("  "))
	if i <= 0 {
		return false
	}
	soft, rest := scan.Field(line[i:])
	hard, rest := scan.Field(rest)
	units, rest := scan.Field(rest)
	var ok1, ok2 bool
	l.Name = line[:i:i]
	l.Soft, ok1 = parseLimit(soft)
	l.Hard, ok2 = parseLimit(hard)
	l.Units = units[:len(units):len(units)]
	return ok1 && ok2 && len(scan.Trim(rest)) == 0
}

func parseLimit(b []byte) (uint64, bool) {
	if string(b) == "unlimited" {
		return LimitInfinity, true
	}
	return scan.Uint(b)
}
