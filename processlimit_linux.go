package psutil

import (
	"errors"
	"io/fs"
	"slices"
	"syscall"

	"github.com/go-psutil/psutil/internal/linux"
	"github.com/go-psutil/psutil/internal/sys"
)

// call makes sure that p is still itself, and of the namespace in which system
// calls know it by its PID, then runs one that takes the PID.
func (p Process) call(op string, f func(pid int) error) error {
	fd, err := p.hold(op)
	if err != nil {
		return err
	}
	if fd >= 0 {
		defer sys.Close(fd)
	}
	return p.refused(op, f(p.pid))
}

// refused explains what a system call said.
func (p Process) refused(op string, err error) error {
	switch {
	case err == nil:
		return nil
	case errors.Is(err, syscall.EINVAL):
		err = invalid(op, "refused by the kernel")
	case errors.Is(err, syscall.ENOSYS):
		err = &NotSupportedError{Op: op}
	}
	return p.fail(op, err)
}

func (p Process) nice() (nice int, err error) {
	var (
		buf [statSize]byte
		st  linux.PIDStat
	)
	err = p.stat("nice", buf[:0], &st)
	return int(st.Nice), err
}

func (p Process) setNice(nice int) error {
	if nice < -20 || nice > 19 {
		return &ProcessError{Op: "nice", PID: p.pid, Err: invalid("nice", "not in -20 to 19")}
	}
	return p.call("nice", func(pid int) error { return sys.SetPriority(pid, nice) })
}

func (p Process) ioNice() (prio IOPriority, err error) {
	err = p.call("ionice", func(pid int) error {
		prio, err = ioPriority(pid)
		return err
	})
	return prio, err
}

func ioPriority(pid int) (IOPriority, error) {
	class, data, err := sys.IOPriority(pid)
	if class > int(IOClassIdle) || class == int(IOClassNone) || class == int(IOClassIdle) {
		data = 0
	}
	return IOPriority{IOClass(class), data & 7}, err
}

// The classes that this system has.
const (
	firstIOClass = IOClassNone
	lastIOClass  = IOClassIdle
)

func (p Process) setIONice(prio IOPriority) error {
	return p.call("ionice", func(pid int) error { return sys.SetIOPriority(pid, int(prio.Class), prio.Level) })
}

// linuxResources are the kernel's numbers, -1 for what Linux does not have.
var linuxResources = [...]int{
	RlimitAS: sys.RlimitAS, RlimitCore: sys.RlimitCore, RlimitCPU: sys.RlimitCPU, RlimitData: sys.RlimitData,
	RlimitFSize: sys.RlimitFSize, RlimitLocks: sys.RlimitLocks, RlimitMemlock: sys.RlimitMemlock,
	RlimitMsgqueue: sys.RlimitMsgqueue, RlimitNice: sys.RlimitNice, RlimitNoFile: sys.RlimitNoFile,
	RlimitNProc: sys.RlimitNProc, RlimitRSS: sys.RlimitRSS, RlimitRTPrio: sys.RlimitRTPrio,
	RlimitRTTime: sys.RlimitRTTime, RlimitSigpending: sys.RlimitSigpending, RlimitStack: sys.RlimitStack,
	RlimitSwap: -1, RlimitSBSize: -1, RlimitNPTS: -1,
}

func (p Process) rlimit(resource Resource, limit *Rlimit) (Rlimit, error) {
	if int(resource) >= len(linuxResources) {
		return Rlimit{}, &ProcessError{Op: "rlimit", PID: p.pid, Err: invalid("rlimit", "unknown resource")}
	}
	number := linuxResources[resource]
	if number < 0 {
		return Rlimit{}, &ProcessError{Op: "rlimit", PID: p.pid, Err: &NotSupportedError{Op: resource.String(), Need: "FreeBSD"}}
	}
	var set *[2]uint64
	if limit != nil {
		set = &[2]uint64{limit.Soft, limit.Hard}
	}
	var old [2]uint64
	err := p.call("rlimit", func(pid int) (err error) {
		old, err = sys.Prlimit(pid, number, set)
		return err
	})
	if errors.Is(err, ErrAccessDenied) && limit == nil {
		// prlimit takes a right that reading the same from a file does not.
		if l, known := p.limitsFile(linuxLimitNames[resource]); known {
			return l, nil
		}
	}
	return Rlimit{old[0], old[1]}, err
}

// linuxLimitNames are the resources' names in /proc/PID/limits.
var linuxLimitNames = [...]string{
	RlimitAS: "Max address space", RlimitCore: "Max core file size", RlimitCPU: "Max cpu time", RlimitData: "Max data size",
	RlimitFSize: "Max file size", RlimitLocks: "Max file locks", RlimitMemlock: "Max locked memory",
	RlimitMsgqueue: "Max msgqueue size", RlimitNice: "Max nice priority", RlimitNoFile: "Max open files",
	RlimitNProc: "Max processes", RlimitRSS: "Max resident set", RlimitRTPrio: "Max realtime priority",
	RlimitRTTime: "Max realtime timeout", RlimitSigpending: "Max pending signals", RlimitStack: "Max stack size",
}

// limitsFile reads a limit from /proc/PID/limits.
func (p Process) limitsFile(name string) (Rlimit, bool) {
	b, err := p.sys.proc.ReadPID(nil, p.pid, "limits")
	if err != nil || p.verify("rlimit") != nil {
		return Rlimit{}, false
	}
	for l, err := range linux.EachLimit(b) {
		if err == nil && string(l.Name) == name {
			return Rlimit{l.Soft, l.Hard}, true
		}
	}
	return Rlimit{}, false
}

func (p Process) cpuAffinity() (cpus []int, err error) {
	err = p.call("cpu_affinity", func(pid int) error {
		cpus, err = sys.Affinity(pid)
		return err
	})
	return cpus, err
}

func (p Process) setCPUAffinity(cpus []int) error {
	s, err := p.system("cpu_affinity")
	if err != nil {
		return err
	}
	possible, err := s.possibleCPUs()
	switch {
	case err == nil && len(cpus) == 0:
		cpus = possible // the kernel leaves out those that a cpuset forbids
	case err == nil:
		for _, cpu := range cpus {
			if !slices.Contains(possible, cpu) {
				return &ProcessError{Op: "cpu_affinity", PID: p.pid, Err: invalid("cpu_affinity", "no such CPU")}
			}
		}
	case len(cpus) == 0 || !errors.Is(err, fs.ErrNotExist): // without /sys the kernel alone decides
		return &ProcessError{Op: "cpu_affinity", PID: p.pid, Err: err}
	}
	return p.call("cpu_affinity", func(pid int) error { return sys.SetAffinity(pid, cpus) })
}

// possibleCPUs are the CPUs that the machine has or may get.
func (s *System) possibleCPUs() ([]int, error) {
	const file = "sys/devices/system/cpu/possible"
	b, err := s.readRoot(file)
	if err != nil {
		return nil, err
	}
	cpus, err := linux.AppendCPUList(nil, b)
	if err != nil {
		return nil, parseError("/"+file, err)
	}
	return cpus, nil
}

// signal goes through a pidfd, which can't come to mean another process.
func (p Process) signal(sig syscall.Signal) error {
	fd, err := p.hold("send_signal")
	if err != nil {
		return err
	}
	if fd < 0 {
		return p.refused("send_signal", sys.Kill(p.pid, sig))
	}
	defer sys.Close(fd)
	return p.refused("send_signal", sys.PidfdSendSignal(fd, sig))
}
