package psutil

import (
	"errors"
	"os"
	"syscall"

	"github.com/go-psutil/psutil/internal/sys"
)

// host is what the glue of this operating system keeps: nothing.
type host struct{}

func (s *System) open(c config) error { return c.checkRoot() }

// The PIDs that stand for no program.
const (
	idlePID   = 0
	systemPID = 4
)

// debugPrivilege opens the processes of others to administrators.
const debugPrivilege = "SeDebugPrivilege"

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
