package main

import (
	"bytes"
	"cmp"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"time"
)

// A work is what several contenders do, each in its way.
type work struct {
	name       string
	contenders []contender
}

type contender struct {
	name string
	way
}

// which names a contender among those of all works.
func (w *work) which(c contender) string { return w.name + "/" + c.name }

// A way is how a contender works. The first run is for warming up: it says how
// many items there are, and the others take them to be as many.
type way interface {
	run(context.Context) (outcome, error)
	// argv is a command that does the work so many times, nil for none if it
	// can only be done once. Which is what once knows the contender by.
	argv(which string, times int) []string
	close()
}

// An outcome is what came of doing the work once.
type outcome struct {
	items  int
	took   time.Duration
	allocs int // -1 if not known
}

// A place is where the contenders of a work find what they need.
type place struct {
	dir string // of the programs
	pid int    // of the process whose threads are looked at
}

func (p place) program(name string) string { return filepath.Join(p.dir, name) }

// A session does a work in this process.
type session struct {
	do    func() (items int, err error)
	close func() error // nil for nothing
}

// inProcess works in this process. What open does is done once and not counted.
type inProcess struct {
	open func() (session, error)
	pid  int
	*session
	took time.Duration // the last time
}

// warmUps is how often to work before the run that counts: for a while, as the first
// finds in the processor's caches what the contender before left there, and a few
// times, until the heap has grown to what the work takes. Took is how long a run
// takes, 0 if that is not known.
func warmUps(took time.Duration) int {
	const while, least, most = 50 * time.Millisecond, 3, 20
	if took == 0 {
		return least
	}
	return int(max(least, min(most, while/took)))
}

// simple is inProcess without anything to open.
func simple(do func() (int, error)) *inProcess {
	return &inProcess{open: func() (session, error) { return session{do: do}, nil }}
}

func (p *inProcess) run(context.Context) (outcome, error) {
	if p.session == nil {
		s, err := p.open()
		if err != nil {
			return outcome{}, err
		}
		p.session = &s
	}
	var before, after runtime.MemStats
	runtime.GC()
	for range warmUps(p.took) {
		if _, err := p.session.do(); err != nil {
			return outcome{}, err
		}
	}
	runtime.ReadMemStats(&before)
	began := time.Now()
	n, err := p.session.do()
	p.took = time.Since(began)
	runtime.ReadMemStats(&after)
	return outcome{n, p.took, int(after.Mallocs - before.Mallocs)}, err
}

func (p *inProcess) close() {
	if p.session != nil && p.session.close != nil {
		_ = p.session.close() // nothing that matters for what was measured
	}
	p.session = nil
}

func (p *inProcess) argv(which string, times int) []string {
	self, err := os.Executable()
	if err != nil {
		self = os.Args[0]
	}
	return []string{self, "-pid", strconv.Itoa(p.pid), "-times", strconv.Itoa(times), "-once", which}
}

// once is what argv asks for.
func once(at place, which string, times int) error {
	for _, w := range append(at.processWorks(), at.threadWork(), at.socketWork()) {
		for _, c := range w.contenders {
			p, ok := c.way.(*inProcess)
			if !ok || w.which(c) != which {
				continue
			}
			s, err := p.open()
			if err != nil {
				return err
			}
			for range times {
				if _, err := s.do(); err != nil {
					return err
				}
			}
			if s.close != nil {
				return s.close()
			}
			return nil
		}
	}
	return fmt.Errorf("no contender %q", which)
}

// A program does the work as many times as its last argument says, and prints
// "ITEMS NANOSECONDS" of the last.
type program struct {
	command []string
	took    time.Duration // the last time
}

func (p *program) run(ctx context.Context) (outcome, error) {
	o := outcome{allocs: -1}
	out, err := output(ctx, p.argv("", warmUps(p.took)+1))
	if err == nil {
		_, err = fmt.Sscan(string(out), &o.items, (*int64)(&o.took))
	}
	p.took = o.took
	return o, err
}

func (p *program) argv(_ string, times int) []string {
	return append(slices.Clip(p.command), strconv.Itoa(times))
}

func (*program) close() {}

// python is a program that does code with psutil, which leaves the number of
// items in n.
func python(code string) *program {
	return &program{command: []string{pythonPath, "-c", `import psutil, sys, time
n = took = 0
for _ in range(int(sys.argv[1])):
    began = time.perf_counter_ns()
    ` + code + `
    took = time.perf_counter_ns() - began
print(n, took)`}}
}

// pythonPath is the distribution's, whose psutil is its too.
const pythonPath = "/usr/bin/python3"

// A command is a whole one that prints a line for each item, after or around
// some others. What it prints is counted once and else thrown away.
type command struct {
	args   []string
	others int // lines
	items  int
}

func whole(others int, args ...string) *command { return &command{args: args, others: others} }

func (c *command) run(ctx context.Context) (outcome, error) {
	if c.items == 0 {
		began := time.Now()
		out, err := output(ctx, c.args)
		c.items = max(0, bytes.Count(out, []byte("\n"))-c.others)
		return outcome{c.items, time.Since(began), -1}, err
	}
	var stderr bytes.Buffer
	cmd := exec.CommandContext(ctx, c.args[0], c.args[1:]...)
	cmd.Stderr = &stderr
	began := time.Now()
	err := cmd.Run()
	return outcome{c.items, time.Since(began), -1}, explain(ctx, err, stderr.Bytes())
}

func (c *command) argv(_ string, times int) []string {
	if times == 0 {
		return nil
	}
	return c.args
}

func (c *command) close() { c.items = 0 }

func output(ctx context.Context, argv []string) ([]byte, error) {
	var stderr bytes.Buffer
	cmd := exec.CommandContext(ctx, argv[0], argv[1:]...)
	cmd.Stderr = &stderr
	out, err := cmd.Output()
	return out, explain(ctx, err, stderr.Bytes())
}

var errNotInstalled = errors.New("not installed")

// explain says why a program failed in one line.
func explain(ctx context.Context, err error, stderr []byte) error {
	switch {
	case err == nil:
		return nil
	case ctx.Err() != nil:
		return ctx.Err()
	case errors.Is(err, exec.ErrNotFound) || errors.Is(err, os.ErrNotExist):
		return errNotInstalled
	}
	lines := strings.Split(strings.TrimSpace(string(stderr)), "\n")
	return fmt.Errorf("%w: %s", err, cmp.Or(lines[len(lines)-1], "it says nothing"))
}
