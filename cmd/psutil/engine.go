package main

import (
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
	if env.engine == engineProc || env.root != "" && env.engine == engineAuto {
		return nil, nil
	}
	if env.engine == engineBPF && env.root != "" {
		return nil, usagef("--engine bpf sees the running machine only, not what is below --root")
	}
	e, err := bpf.New()
	if env.engine == engineAuto {
		if err != nil {
			return nil, nil
		}
		return e, nil
	}
	for _, part := range env.accelerates {
		if err == nil {
			err = e.Load(part)
		}
	}
	if err != nil {
		return nil, err
	}
	return e, nil
}
