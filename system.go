package psutil

import (
	"sync"
	"sync/atomic"
)

// A System is a machine to look at. The package's functions look at the one
// the program runs on; [New] makes a System with another root. A System is
// safe for concurrent use and needs no closing: the two or three directory
// descriptors that it holds on Linux are closed once it is unreachable. On Windows it
// holds nothing.
type System struct {
	host                      // what the operating system's glue keeps
	accel       *acceleration // nil for none
	parallelism int           // see WithParallelism; 0 is the default
}

// New returns a System. It fails when what it must read is not there, such as
// /proc below the root on Linux, and with [ErrInvalid] when an option is.
func New(opts ...Option) (*System, error) {
	var c config
	for _, o := range opts {
		c = o.apply(c)
	}
	if err := c.check(); err != nil {
		return nil, err
	}
	s := &System{parallelism: c.parallelism}
	if err := s.open(c); err != nil {
		return nil, err
	}
	return s, nil
}

var local struct {
	opened atomic.Bool
	mu     sync.Mutex
	sys    System
}

// defaultSystem is the machine the program runs on, opened on first use. A
// failure, such as a lack of descriptors, is not kept.
func defaultSystem() (*System, error) {
	if local.opened.Load() {
		return &local.sys, nil
	}
	local.mu.Lock()
	defer local.mu.Unlock()
	if !local.opened.Load() {
		if err := local.sys.open(config{}); err != nil {
			return nil, err
		}
		local.opened.Store(true)
	}
	return &local.sys, nil
}
