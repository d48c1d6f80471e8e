package psutil

import (
	"errors"
	"slices"
	"syscall"

	"github.com/go-psutil/psutil/internal/sys"
)

// exe is the path of the program; empty for what has none. Of a process that may not
// be opened the system tells the kernel's path.
func (p Process) exe() (path string, err error) {
	if p.pid == idlePID || p.pid == systemPID {
		return "", p.verify("exe")
	}
	err = p.with("exe", sys.QueryLimited, func(h sys.Handle) (err error) {
		path, err = h.ImageName()
		return err
	})
	if errors.Is(err, ErrAccessDenied) {
		if native, nativeErr := sys.ProcessImage(p.pid); nativeErr == nil {
			return new(dosPaths).of(native), p.verify("exe")
		}
	}
	return path, err
}

// username is `DOMAIN\user`, or the SID of an account that has gone.
func (p Process) username() (name string, err error) {
	if p.pid == idlePID || p.pid == systemPID {
		return `NT AUTHORITY\SYSTEM`, p.verify("username")
	}
	err = p.with("username", sys.QueryLimited, func(h sys.Handle) error {
		domain, user, err := h.User()
		if name = user; domain != "" {
			name = domain + `\` + user
		}
		return err
	})
	return name, err
}

// nice is the priority class.
func (p Process) nice() (class int, err error) {
	err = p.with("nice", sys.QueryLimited, func(h sys.Handle) error {
		c, err := h.PriorityClass()
		class = int(c)
		return err
	})
	return class, err
}

func (p Process) setNice(class int) error {
	if !slices.Contains([]int{PriorityIdle, PriorityBelowNormal, PriorityNormal, PriorityAboveNormal, PriorityHigh, PriorityRealtime}, class) {
		return &ProcessError{Op: "nice", PID: p.pid, Err: invalid("nice", "no priority class")}
	}
	return p.with("nice", sys.SetInformation, func(h sys.Handle) error { return h.SetPriorityClass(uint32(class)) })
}

// The classes that this system has.
const (
	firstIOClass = IOClassVeryLow
	lastIOClass  = IOClassHigh
)

func (p Process) ioNice() (prio IOPriority, err error) {
	err = p.with("ionice", sys.QueryLimited, func(h sys.Handle) error {
		hint, err := h.IOPriority()
		prio.Class = firstIOClass + IOClass(min(hint, 3))
		return err
	})
	return prio, err
}

func (p Process) setIONice(prio IOPriority) error {
	return p.with("ionice", sys.SetInformation, func(h sys.Handle) error {
		return h.SetIOPriority(uint32(prio.Class - firstIOClass))
	})
}

// signal does what comes nearest to the signal. The exit code of a process that was
// ended by it is the signal's number, as psutil has it.
func (p Process) signal(sig syscall.Signal) error {
	const op = "send_signal"
	if p.pid == idlePID || p.pid == systemPID {
		return &ProcessError{Op: op, PID: p.pid, Err: ErrAccessDenied}
	}
	switch sig {
	case sigStop:
		return p.with("suspend", sys.SuspendResume, sys.Handle.Suspend)
	case sigCont:
		return p.with("resume", sys.SuspendResume, sys.Handle.Resume)
	case syscall.SIGKILL, syscall.SIGTERM:
		return p.with(op, sys.Terminate, func(h sys.Handle) error { return h.TerminateWith(uint32(sig)) })
	case syscall.SIGINT:
		return p.with(op, sys.QueryLimited, func(sys.Handle) error { return sys.ConsoleBreak(p.pid) })
	}
	return &ProcessError{Op: op, PID: p.pid, Err: &NotSupportedError{Op: op, Need: "SIGTERM, SIGKILL or SIGINT"}}
}

// What Unix has and Windows does not.
func (p Process) uids() (UserIDs, error)                   { return UserIDs{}, p.unsupported("uids") }
func (p Process) gids() (UserIDs, error)                   { return UserIDs{}, p.unsupported("gids") }
func (p Process) groups() ([]uint32, error)                { return nil, p.unsupported("groups") }
func (p Process) terminal() (string, error)                { return "", p.unsupported("terminal") }
func (p Process) pgid() (int, error)                       { return 0, p.unsupported("pgid") }
func (p Process) sid() (int, error)                        { return 0, p.unsupported("sid") }
func (p Process) cpuNum() (int, error)                     { return 0, p.unsupported("cpu_num") }
func (p Process) cgroups() ([]Cgroup, error)               { return nil, p.unsupported("cgroups") }
func (p Process) namespaces() ([]Namespace, error)         { return nil, p.unsupported("namespaces") }
func (p Process) rlimit(Resource, *Rlimit) (Rlimit, error) { return Rlimit{}, p.unsupported("rlimit") }

// unsupported is the error of a method that this system does not have.
func (p Process) unsupported(op string) error {
	return &ProcessError{Op: op, PID: p.pid, Err: &NotSupportedError{Op: op}}
}
