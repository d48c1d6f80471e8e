package psutil

import "sync"

// A System is a machine to look at. The package's functions look at the one
// the program runs on; [New] makes a System with another root. A System is
// safe for concurrent use and needs no closing: the two or three directory
// descriptors it holds are closed once it is unreachable.
type System struct {
	host // what the operating system's glue keeps
}

// New returns a System. It fails when what it must read is not there, such as
// /proc below the root on Linux.
func New(opts ...Option) (*System, error) {
	var c config
	for _, o := range opts {
		c = o.apply(c)
	}
	s := new(System)
	if err := s.open(c); err != nil {
		return nil, err
	}
	return s, nil
}

var local struct {
	once sync.Once
	sys  System
	err  error
}

// defaultSystem is the machine the program runs on, opened on first use.
func defaultSystem() (*System, error) {
	local.once.Do(func() { local.err = local.sys.open(config{}) })
	return &local.sys, local.err
}
