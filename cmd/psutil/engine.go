package main

import (
	"cmp"
	"time"

	"github.com/go-psutil/psutil"
	"github.com/go-psutil/psutil/bpf"
)

// engine is the value of --engine: how processes and sockets are read.
type engine string

const (
	engineAuto engine = "auto"
	engineProc engine = "proc"
	engineBPF  engine = "bpf"
)

func (e *engine) String() string     { return string(*e) }
func (e *engine) Type() string       { return "engine" }
func (e *engine) Set(s string) error { return setChoice(e, s, engineAuto, engineProc, engineBPF) }

// accelerator returns what --engine asks for: nil for nothing. Of its own accord
// the program does without what it may not use, and loads what it may only where
// that pays.
func (env *environment) accelerator() (psutil.Accelerator, error) {
	if err := env.checkEngine(); err != nil {
		return nil, err
	}
	if env.engine == engineProc || env.root != "" {
		return nil, nil
	}
	e, err := bpf.New()
	switch {
	case env.engine == engineBPF:
		env.forced = &forcedEngine{Engine: e}
		return env.forced, err
	case err != nil:
		return nil, nil
	}
	return e, nil
}

func (env *environment) checkEngine() error {
	if env.engine == engineBPF && env.root != "" {
		return usagef("--engine bpf sees the running machine only, not what is below --root")
	}
	return nil
}

// A forcedEngine is used whether it pays or not, and remembers why it could not be.
type forcedEngine struct {
	*bpf.Engine
	err error
}

func (*forcedEngine) LoadCost(psutil.AcceleratorPart) time.Duration { return 0 }

func (f *forcedEngine) ReadProcesses(fields psutil.Field, each func(*psutil.ProcessRecord) bool) error {
	err := f.Engine.ReadProcesses(fields, each)
	f.err = cmp.Or(f.err, err)
	return err
}

func (f *forcedEngine) ReadSockets(q psutil.SocketQuery) (psutil.SocketTable, error) {
	t, err := f.Engine.ReadSockets(q)
	f.err = cmp.Or(f.err, err)
	return t, err
}

// engineError is why --engine bpf could not be done.
func (env *environment) engineError() error {
	if env.forced == nil {
		return nil
	}
	return env.forced.err
}
