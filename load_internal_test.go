package psutil

import (
	"math"
	"testing"
	"time"
)

// TestLoadMeter has averages that begin with the first number, come near to a number
// that stays, and do not depend on how often they are asked.
func TestLoadMeter(t *testing.T) {
	near := func(what string, got, want float64) {
		t.Helper()
		if math.Abs(got-want) > 1e-9 {
			t.Errorf("%s is %v, want %v", what, got, want)
		}
	}
	var l loadMeter
	l.add(3, 0)
	if l.average != (LoadAverage{3, 3, 3}) {
		t.Errorf("first %v", l.average)
	}
	once := l
	once.add(0, time.Minute)
	for range 60 {
		l.add(0, time.Second)
	}
	near("Load1", l.average.Load1, 3/math.E)
	near("Load5", l.average.Load5, 3*math.Exp(-1.0/5))
	near("Load15", l.average.Load15, 3*math.Exp(-1.0/15))
	near("Load1 at once", once.average.Load1, l.average.Load1)
	l.add(7, 1000*time.Hour)
	near("after a long time", l.average.Load15, 7)
	// A clock that stands still changes nothing.
	before := l
	l.add(100, 0)
	if l != before {
		t.Errorf("%v became %v", before, l)
	}
}
