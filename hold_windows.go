package psutil

import (
	"syscall"

	"github.com/go-psutil/psutil/internal/sys"
)

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
	err = f(h)
	if err == nil {
		return nil
	}
	// What the system says of a process that has ended meanwhile is of no use.
	if _, aliveErr := h.Alive(); sys.IsErrno(aliveErr, sys.Ended) {
		err = ErrNoSuchProcess
	}
	return p.fail(op, err)
}
