package psutil

import (
	"context"
	"errors"
	"syscall"
	"time"

	"github.com/go-psutil/psutil/internal/linux"
	"github.com/go-psutil/psutil/internal/sys"
)

// pollInterval is how often a process is looked at that no pidfd can be had
// for.
const pollInterval = 40 * time.Millisecond

// waitAll calls exited for each process as it ends. That ctx is done is no
// error.
func waitAll(ctx context.Context, procs []Process, exited func(Process, ExitStatus)) error {
	// Without a poller, as when there are no descriptors left, all are polled.
	poller, err := sys.NewPoller()
	if err == nil {
		defer poller.Close()
	}
	watched := make(map[int]Process, len(procs))
	defer func() {
		for fd := range watched {
			sys.Close(fd)
		}
	}()
	var polled []Process
	for _, p := range procs {
		fd, err := p.hold("wait")
		switch {
		case errors.Is(err, ErrNoSuchProcess):
			exited(p, ExitStatus{})
		case fd < 0: // there is no pidfd, or it can't be told from /proc
			polled = append(polled, p)
		case poller == nil || poller.Add(fd) != nil:
			sys.Close(fd)
			polled = append(polled, p)
		default:
			watched[fd] = p
		}
	}
	for len(watched)+len(polled) > 0 {
		wait, cancel := ctx, context.CancelFunc(func() {})
		if len(polled) > 0 {
			wait, cancel = context.WithTimeout(ctx, pollInterval)
		}
		var fds []int
		if poller != nil {
			fds, err = poller.Wait(wait)
		} else {
			<-wait.Done()
			err = wait.Err()
		}
		cancel()
		for _, fd := range fds {
			p := watched[fd]
			delete(watched, fd)
			exited(p, p.exitStatus(fd))
			sys.Close(fd)
		}
		if err != nil && wait.Err() == nil {
			return err
		}
		alive := polled[:0]
		for _, p := range polled {
			if status, ended := p.pollExit(); ended {
				exited(p, status)
			} else {
				alive = append(alive, p)
			}
		}
		polled = alive
		if ctx.Err() != nil {
			return nil
		}
	}
	return nil
}

// exitStatus learns how a process ended whose pidfd has become readable.
func (p Process) exitStatus(fd int) ExitStatus {
	if st, exited, err := sys.WaitPidfd(fd, false); err == nil && exited {
		return ExitStatus{true, st.Code, st.Signal, st.Core}
	}
	// Not a child: it is a zombie, or its parent has reaped it, before or after
	// it was looked at.
	if status := p.zombieStatus(); status.Known {
		return status
	}
	if st, exited, err := sys.PidfdExit(fd); err == nil && exited {
		return ExitStatus{true, st.Code, st.Signal, st.Core}
	}
	return ExitStatus{}
}

// zombieStatus reads the status that a zombie waits to hand to its parent. The
// kernel prints 0 for those who may not trace it, so that 0 means something only
// if another file says that the caller may.
func (p Process) zombieStatus() ExitStatus {
	var (
		buf [statSize]byte
		st  linux.PIDStat
	)
	const exitCode = 52
	if p.stat("wait", buf[:0], &st) != nil || !isZombie(st.State) || st.Fields < exitCode {
		return ExitStatus{}
	}
	if st.ExitCode == 0 {
		if _, err := p.sys.proc.ReadPID(buf[:0], p.pid, "io"); err != nil {
			return ExitStatus{}
		}
	}
	ws := syscall.WaitStatus(st.ExitCode)
	if ws.Signaled() {
		return ExitStatus{Known: true, Signal: ws.Signal(), Core: ws.CoreDump()}
	}
	return ExitStatus{Known: true, Code: ws.ExitStatus()}
}

// pollExit looks whether a process has ended.
func (p Process) pollExit() (ExitStatus, bool) {
	var (
		buf [statSize]byte
		st  linux.PIDStat
	)
	if err := p.stat("wait", buf[:0], &st); err != nil {
		return ExitStatus{}, errors.Is(err, ErrNoSuchProcess)
	}
	if !isZombie(st.State) {
		return ExitStatus{}, false
	}
	// The PID of a child is its own until the caller reaps it.
	if p.sys.ownPIDs() {
		if st, exited, err := sys.WaitPID(p.pid, false); err == nil && exited {
			return ExitStatus{true, st.Code, st.Signal, st.Core}, true
		}
	}
	return p.zombieStatus(), true
}
