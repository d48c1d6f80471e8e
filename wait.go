package psutil

import (
	"context"
	"errors"
	"fmt"
	"syscall"
	"time"
)

// ExitStatus is how a process ended.
type ExitStatus struct {
	// Known says that the status could be learnt: that of a child of the caller
	// until it is reaped; on Linux that of another process while it is a zombie
	// which the caller may trace, and since Linux 6.15 of any process that ended
	// during the wait; on Windows that of any process that could be waited for, or
	// that somebody has a handle of.
	Known  bool
	Code   int            // number it passed to exit; on Windows also what it was terminated with
	Signal syscall.Signal // what killed it, 0 if nothing did, and on Windows
	Core   bool           // whether it left a core dump
}

// String returns "exit status 1", "signal: killed" or "exit status unknown".
func (s ExitStatus) String() string {
	switch {
	case !s.Known:
		return "exit status unknown"
	case s.Signal != 0:
		return "signal: " + s.Signal.String()
	}
	return fmt.Sprintf("exit status %d", s.Code)
}

// MarshalJSON writes the number that psutil's wait returns: the code, minus
// the signal that killed the process, or null if not known.
func (s ExitStatus) MarshalJSON() ([]byte, error) {
	switch {
	case !s.Known:
		return []byte("null"), nil
	case s.Signal != 0:
		return AppendJSON(nil, -int(s.Signal))
	}
	return AppendJSON(nil, s.Code)
}

// Wait waits until the process has ended, and returns how. It returns at once if
// the process has gone, also if its PID is another process's by now; nobody may
// know any more then how it ended.
//
// It returns [ErrTimeout] if ctx's deadline passes first, and ctx.Err() if ctx
// is cancelled. Waiting is event driven and costs a descriptor, and one for each
// process: a pidfd on Linux 5.3 or newer. What there is no pidfd of is looked at
// every 40 ms. Windows: a handle for each process, which takes the right to open it, and
// a thread for every 63 of them, in WaitForMultipleObjects.
//
// A child of the caller counts as ended once it is a zombie. It is not reaped:
// that is left to the [os/exec.Cmd] or [os.Process] that started it.
func (p Process) Wait(ctx context.Context) (ExitStatus, error) {
	var status ExitStatus
	_, alive, err := WaitProcs(ctx, []Process{p}, func(_ Process, s ExitStatus) { status = s })
	if err == nil && len(alive) > 0 {
		err = p.waitError("wait", ctx)
	}
	return status, err
}

// waitError says why a wait for p ended before what was waited for.
func (p Process) waitError(op string, ctx context.Context) error {
	return &ProcessError{Op: op, PID: p.pid, Err: contextError(ctx)}
}

// contextError is ErrTimeout for a deadline that has passed and ctx.Err() for
// any other end, with the cause that ctx has of its own.
func contextError(ctx context.Context) error {
	err := ctx.Err()
	cause := context.Cause(ctx)
	if errors.Is(err, context.DeadlineExceeded) {
		err = ErrTimeout
	}
	if cause == nil || cause == ctx.Err() {
		return err
	}
	return fmt.Errorf("%w: %w", err, cause)
}

// WaitProcs waits until all of the processes have ended, or ctx is done, and
// returns which have and which have not. Each time one ends, onExit, unless
// nil, is called with it, in the caller's goroutine. That ctx ends is no error.
// A process that is there twice counts once. See [Process.Wait].
func WaitProcs(ctx context.Context, procs []Process, onExit func(Process, ExitStatus)) (gone, alive []Process, err error) {
	if onExit == nil {
		onExit = func(Process, ExitStatus) {}
	}
	waiting := make(map[Process]bool, len(procs))
	unique := make([]Process, 0, len(procs))
	for _, p := range procs {
		if !waiting[p] {
			waiting[p] = true
			unique = append(unique, p)
		}
	}
	err = waitAll(ctx, unique, func(p Process, s ExitStatus) {
		delete(waiting, p)
		gone = append(gone, p)
		onExit(p, s)
	})
	for _, p := range unique {
		if waiting[p] {
			alive = append(alive, p)
		}
	}
	return gone, alive, err
}

// CPUPercent returns the CPU the process uses during an interval, which it
// waits for, in percent of one CPU: two busy threads make 200. It ends early
// with an error if ctx is done. For more than one process, or without waiting,
// use a [Sampler], or two CPUTimes and [ProcessCPUTime.Percent].
func (p Process) CPUPercent(ctx context.Context, interval time.Duration) (float64, error) {
	if interval <= 0 {
		return 0, &ProcessError{Op: "cpu_percent", PID: p.pid, Err: invalid("cpu_percent", "interval not positive")}
	}
	before, err := p.CPUTimes()
	if err != nil {
		return 0, err
	}
	began := time.Now()
	timer := time.NewTimer(interval)
	defer timer.Stop()
	select {
	case <-timer.C:
	case <-ctx.Done():
		return 0, p.waitError("cpu_percent", ctx)
	}
	elapsed := time.Since(began)
	after, err := p.CPUTimes()
	if err != nil {
		return 0, err
	}
	return after.Percent(before, elapsed), nil
}
