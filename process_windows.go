package psutil

import (
	"errors"
	"os"
	"syscall"
	"time"

	"github.com/go-psutil/psutil/internal/sys"
)

// host is what the glue of this operating system keeps: nothing.
type host struct{}

func (s *System) open(config) error { return nil }

// The PIDs that stand for no program.
const (
	idlePID   = 0
	systemPID = 4
)

// debugPrivilege opens the processes of others to administrators.
const debugPrivilege = "SeDebugPrivilege"

// since1601 is a time in 100 ns, as the system counts them.
func since1601(t int64) time.Time {
	const to1970 = 116444736000000000
	return time.Unix(0, 0).Add(hundredNanoseconds(t - to1970))
}

// hundredNanoseconds is a duration in the system's unit.
func hundredNanoseconds(n int64) time.Duration { return time.Duration(n) * 100 }

// processError is what the system says of a process, as one of the errors of this
// package.
func (s *System) processError(op string, pid int, err error) error {
	if _, ok := errors.AsType[*ProcessError](err); ok {
		return err
	}
	switch {
	case sys.IsErrno(err, syscall.ERROR_ACCESS_DENIED):
		err = ErrAccessDenied
	case sys.NotSupported(err):
		err = &NotSupportedError{Op: op}
	}
	return &ProcessError{Op: op, PID: pid, Err: err}
}

func (p Process) fail(op string, err error) error { return p.sys.processError(op, p.pid, err) }

// startToken is the time at which the process was created.
func (s *System) startToken(pid int) (uint64, error) {
	h, err := sys.OpenProcess(pid, sys.QueryLimited|sys.Synchronize)
	if err == nil {
		defer h.Close()
		if create, err := h.Alive(); err == nil {
			return uint64(create), nil
		}
	}
	// It may not be opened, or is none that can be, or has ended while somebody else
	// has it open.
	var t processTable
	if err := t.read(); err != nil {
		return 0, s.processError("process", pid, err)
	}
	row, err := t.find(pid)
	if err != nil {
		return 0, s.processError("process", pid, err)
	}
	return uint64(row.CreateTime), nil
}

func (s *System) selfPID() (int, error) { return os.Getpid(), nil }

func (s *System) startedPID(pid int) (int, error) { return pid, nil }

func (s *System) pids() ([]int, error) {
	var t processTable
	if err := t.read(); err != nil {
		return nil, err
	}
	return t.pids(nil), nil
}

func (s *System) pidExists(pid int) (bool, error) {
	_, err := s.startToken(pid)
	if errors.Is(err, ErrNoSuchProcess) {
		return false, nil
	}
	return err == nil, err
}

func (s *System) processTree() (map[int][]Process, error) {
	var t processTable
	if err := t.read(); err != nil {
		return nil, err
	}
	tree := make(map[int][]Process)
	for i := range t.rows {
		row := &t.rows[i]
		tree[int(row.ParentPID)] = append(tree[int(row.ParentPID)], Process{int(row.PID), uint64(row.CreateTime), s})
	}
	return tree, nil
}

// hold opens the process for what access says, which the caller closes.
func (p Process) hold(op string, access uint32) (sys.Handle, error) {
	h, ended, err := p.holdEnded(op, access)
	if ended {
		h.Close()
		return sys.Handle{}, p.fail(op, ErrNoSuchProcess)
	}
	return h, err
}

// holdEnded is hold, also of a process that has ended but is still known.
func (p Process) holdEnded(op string, access uint32) (h sys.Handle, ended bool, err error) {
	s, err := p.system(op)
	if err != nil {
		return h, false, err
	}
	access |= sys.QueryLimited | sys.Synchronize
	h, err = sys.OpenProcess(p.pid, access)
	if sys.IsErrno(err, syscall.ERROR_ACCESS_DENIED) {
		err = sys.Privileged(debugPrivilege, func() (err error) {
			h, err = sys.OpenProcess(p.pid, access)
			return err
		})
	}
	if err != nil {
		// Why it can't be opened is told only if it is there.
		if err := p.verify(op); err != nil {
			return h, false, err
		}
		if p.pid == idlePID || p.pid == systemPID {
			err = ErrAccessDenied
		}
		return h, false, s.processError(op, p.pid, err)
	}
	create, err := h.Alive()
	if ended = sys.IsErrno(err, sys.Ended); ended {
		err = nil
	}
	switch {
	case err != nil:
		err = s.processError(op, p.pid, err)
	case uint64(create) != p.start:
		err = p.reused(op)
	}
	if err != nil {
		h.Close()
		return sys.Handle{}, false, err
	}
	return h, ended, nil
}

// with calls f with the process opened for what access says.
func (p Process) with(op string, access uint32, f func(sys.Handle) error) error {
	h, err := p.hold(op, access)
	if err != nil {
		return err
	}
	defer h.Close()
	if err := f(h); err != nil {
		return p.fail(op, err)
	}
	return nil
}
