package psutil

import (
	"errors"
	"sync/atomic"
	"time"
)

// An acceleration is a System's accelerator, and what it has learnt about it.
type acceleration struct {
	Accelerator
	allowed   bool         // it sees what the System is to see
	missed    atomic.Int64 // nanoseconds that it would have saved, had it been loaded
	noSockets atomic.Bool  // what it turned out not to be able to
	noProcs   atomic.Bool
}

// wanted reports whether a call that the accelerator makes cheaper by so much is
// to use it. Loading it costs more than most single calls, but is paid once: so it
// is loaded when the calls so far would have paid for it, which costs at most
// twice of what knowing the future would.
func (a *acceleration) wanted(saves time.Duration, cannot *atomic.Bool) bool {
	if a == nil || !a.allowed || cannot.Load() {
		return false
	}
	cost := a.LoadCost()
	if cost == 0 {
		return true
	}
	if time.Duration(a.missed.Add(int64(saves))) < cost {
		return false
	}
	err := a.Load()
	a.note(err, &a.noProcs)
	a.note(err, &a.noSockets)
	return err == nil
}

// note remembers what can't be done here, so as not to try again.
func (a *acceleration) note(err error, cannot *atomic.Bool) {
	if errors.Is(err, ErrNotSupported) || errors.Is(err, ErrAccessDenied) {
		cannot.Store(true)
	}
}
