package psutil

import (
	"math"
	"time"
)

// LoadAvg returns the machine's load average: that of [System.LoadAvg] where the
// system keeps one. Windows keeps none, so that there it is computed from how many
// threads were running or ready to at each sample, but for the idle process's, in the
// same table and at no more cost. Samples had better not be more than some seconds
// apart. It begins with what the first found, and is [ErrNotSupported] before. Threads
// that wait for a disk do not count, as they do on Linux.
func (s *Sampler) LoadAvg() (LoadAverage, error) {
	if l := &s.state.load; l.known {
		return l.average, nil
	}
	return s.sys.LoadAvg()
}

// A loadMeter averages how many threads can run, as Unix does.
type loadMeter struct {
	known   bool
	average LoadAverage
}

// add takes how many can run, so long after the last time.
func (l *loadMeter) add(runnable int, elapsed time.Duration) {
	if !l.known {
		n := float64(runnable)
		l.known, l.average = true, LoadAverage{n, n, n}
		return
	}
	toward := func(average *float64, over time.Duration) {
		keep := math.Exp(-elapsed.Seconds() / over.Seconds())
		*average = *average*keep + float64(runnable)*(1-keep)
	}
	toward(&l.average.Load1, time.Minute)
	toward(&l.average.Load5, 5*time.Minute)
	toward(&l.average.Load15, 15*time.Minute)
}
