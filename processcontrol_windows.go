package psutil

import (
	"math/bits"
	"slices"
	"syscall"

	"github.com/go-psutil/psutil/internal/sys"
)

// exe is the path of the program; empty for what has none.
func (p Process) exe() (path string, err error) {
	if p.pid == idlePID || p.pid == systemPID {
		return "", p.verify("exe")
	}
	err = p.with("exe", sys.QueryLimited, func(h sys.Handle) (err error) {
		path, err = h.ImageName(false)
		return err
	})
	return path, err
}

// username is "DOMAIN\\user", or the SID of an account that has gone.
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

// cpuAffinity numbers the processors of all groups one after the other. A process
// that has threads in several groups may run on all of theirs.
func (p Process) cpuAffinity() (cpus []int, err error) {
	err = p.with("cpu_affinity", sys.QueryLimited, func(h sys.Handle) error {
		groups, err := h.Groups()
		if err != nil {
			return err
		}
		mask, _, err := h.Affinity()
		if err != nil {
			return err
		}
		for _, g := range groups {
			its := mask
			if len(groups) > 1 {
				its = uint64(1)<<sys.ProcessorCount(g) - 1
			}
			first := firstCPU(g)
			for ; its != 0; its &= its - 1 {
				cpus = append(cpus, first+bits.TrailingZeros64(its))
			}
		}
		slices.Sort(cpus)
		return nil
	})
	return cpus, err
}

// firstCPU is the number of a group's first processor.
func firstCPU(group uint16) (n int) {
	for g := range group {
		n += sys.ProcessorCount(g)
	}
	return n
}

// setCPUAffinity takes processors of the one group that the process is in: the system
// has no more for another process.
func (p Process) setCPUAffinity(cpus []int) error {
	return p.with("cpu_affinity", sys.SetInformation|sys.Query, func(h sys.Handle) error {
		groups, err := h.Groups()
		if err != nil {
			return err
		}
		if len(groups) != 1 {
			return &NotSupportedError{Op: "cpu_affinity", Need: "a process with threads in one processor group"}
		}
		_, all, err := h.Affinity()
		if err != nil {
			return err
		}
		mask, first := uint64(0), firstCPU(groups[0])
		for _, cpu := range cpus {
			n := cpu - first
			if n < 0 || n > 63 || all>>n&1 == 0 {
				return invalid("cpu_affinity", "a CPU that is not in the group of the process")
			}
			mask |= 1 << n
		}
		if len(cpus) == 0 {
			mask = all
		}
		return h.SetAffinity(mask)
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
