package psutil

import (
	"fmt"
	"syscall"
)

// IOClass is a class of IO scheduling.
type IOClass uint8

// The IO scheduling classes of Linux, ioprio_set(2), and the priorities of Windows,
// IO_PRIORITY_HINT.
const (
	IOClassNone     IOClass = iota // not set: follows the nice value
	IOClassRealTime                // served first
	IOClassBestEffort
	IOClassIdle // served when nobody else asks

	IOClassVeryLow // Windows, as the next three
	IOClassLow
	IOClassNormal
	IOClassHigh // of the system's own threads
)

var ioClassNames = [...]string{"IOPRIO_CLASS_NONE", "IOPRIO_CLASS_RT", "IOPRIO_CLASS_BE", "IOPRIO_CLASS_IDLE",
	"IOPRIO_VERYLOW", "IOPRIO_LOW", "IOPRIO_NORMAL", "IOPRIO_HIGH"}

// The priority classes of Windows, which [Process.Nice] returns there: SetPriorityClass
// of winbase.h.
const (
	PriorityIdle        = 0x40
	PriorityBelowNormal = 0x4000
	PriorityNormal      = 0x20
	PriorityAboveNormal = 0x8000
	PriorityHigh        = 0x80
	PriorityRealtime    = 0x100
)

// String returns psutil's name, such as "IOPRIO_CLASS_BE".
func (c IOClass) String() string { return enumName(ioClassNames[:], int(c), "IOClass") }

// MarshalText returns the name.
func (c IOClass) MarshalText() ([]byte, error) { return []byte(c.String()), nil }

// UnmarshalText reads a name as String writes it.
func (c *IOClass) UnmarshalText(text []byte) error {
	i, err := enumValue(ioClassNames[:], text, "IO class")
	*c = IOClass(i)
	return err
}

// IOPriority is how a process's IO is scheduled.
type IOPriority struct {
	Class IOClass `json:"ioclass"`
	Level int     `json:"value"` // 0 (first) to 7; 0 for the classes None and Idle, and on Windows
}

// String returns "IOPRIO_CLASS_BE 4".
func (p IOPriority) String() string { return fmt.Sprintf("%s %d", p.Class, p.Level) }

// IONice returns the IO priority of the process's first thread. Linux:
// ioprio_get(2). Windows: that of the process, [IOClassVeryLow] to [IOClassHigh], by
// ProcessIoPriority of NtQueryInformationProcess.
func (p Process) IONice() (IOPriority, error) { return p.ioNice() }

// SetIONice sets the IO priority. Level is 0 to 7, and 0 for the classes None and Idle,
// else the error is [ErrInvalid]; the class RealTime takes a privilege. Linux:
// ioprio_set(2). Windows: the classes from [IOClassVeryLow] on, with level 0, of which
// the system grants [IOClassHigh] to few; a class of another system is [ErrInvalid].
func (p Process) SetIONice(prio IOPriority) error {
	switch {
	case prio.Class < firstIOClass || prio.Class > lastIOClass:
		return &ProcessError{Op: "ionice", PID: p.pid, Err: invalid("ionice", "a class that this system does not have")}
	case prio.Level < 0 || prio.Level > 7:
		return &ProcessError{Op: "ionice", PID: p.pid, Err: invalid("ionice", "level not in 0 to 7")}
	case prio.Level != 0 && prio.Class != IOClassRealTime && prio.Class != IOClassBestEffort:
		return &ProcessError{Op: "ionice", PID: p.pid, Err: invalid("ionice", "the class takes no level")}
	}
	return p.setIONice(prio)
}

// Resource is a resource that a process's use of is limited.
type Resource uint8

// The resources of getrlimit(2). The last three are FreeBSD's.
const (
	RlimitAS Resource = iota
	RlimitCore
	RlimitCPU
	RlimitData
	RlimitFSize
	RlimitLocks
	RlimitMemlock
	RlimitMsgqueue
	RlimitNice
	RlimitNoFile
	RlimitNProc
	RlimitRSS
	RlimitRTPrio
	RlimitRTTime
	RlimitSigpending
	RlimitStack
	RlimitSwap
	RlimitSBSize
	RlimitNPTS
)

var resourceNames = [...]string{
	"RLIMIT_AS", "RLIMIT_CORE", "RLIMIT_CPU", "RLIMIT_DATA", "RLIMIT_FSIZE", "RLIMIT_LOCKS", "RLIMIT_MEMLOCK",
	"RLIMIT_MSGQUEUE", "RLIMIT_NICE", "RLIMIT_NOFILE", "RLIMIT_NPROC", "RLIMIT_RSS", "RLIMIT_RTPRIO",
	"RLIMIT_RTTIME", "RLIMIT_SIGPENDING", "RLIMIT_STACK", "RLIMIT_SWAP", "RLIMIT_SBSIZE", "RLIMIT_NPTS",
}

// Resources returns every [Resource], those of other systems too.
func Resources() []Resource {
	all := make([]Resource, len(resourceNames))
	for i := range all {
		all[i] = Resource(i)
	}
	return all
}

// String returns the C name, such as "RLIMIT_NOFILE".
func (r Resource) String() string { return enumName(resourceNames[:], int(r), "Resource") }

// MarshalText returns the name.
func (r Resource) MarshalText() ([]byte, error) { return []byte(r.String()), nil }

// UnmarshalText reads a name as String writes it.
func (r *Resource) UnmarshalText(text []byte) error {
	i, err := enumValue(resourceNames[:], text, "resource")
	*r = Resource(i)
	return err
}

// RlimitInfinity is the limit that does not limit. In JSON it is -1, as in
// psutil.
const RlimitInfinity = ^uint64(0)

// Rlimit is a limit on a resource, in the resource's own unit.
type Rlimit struct {
	Soft uint64 `json:"soft"` // in force; its unit is bytes, seconds or a number, as getrlimit(2) says
	Hard uint64 `json:"hard"` // the most Soft may be raised to, counted as that
}

// MarshalJSON writes an object with psutil's -1 for [RlimitInfinity].
func (l Rlimit) MarshalJSON() ([]byte, error) {
	limit := func(n uint64) any {
		if n == RlimitInfinity {
			return -1
		}
		return n
	}
	return marshalFields(struct {
		Soft any `json:"soft"`
		Hard any `json:"hard"`
	}{limit(l.Soft), limit(l.Hard)})
}

// String returns "soft=1024 hard=unlimited".
func (l Rlimit) String() string {
	limit := func(n uint64) string {
		if n == RlimitInfinity {
			return "unlimited"
		}
		return fmt.Sprint(n)
	}
	return "soft=" + limit(l.Soft) + " hard=" + limit(l.Hard)
}

// Rlimit returns a limit of the process. Linux: prlimit(2), or where the caller
// may not use it on the process, /proc/PID/limits. Windows has none:
// [ErrNotSupported], as for SetRlimit.
func (p Process) Rlimit(resource Resource) (Rlimit, error) { return p.rlimit(resource, nil) }

// SetRlimit sets a limit of the process. Raising Hard takes a privilege. Linux:
// prlimit(2). Windows has none: [ErrNotSupported].
func (p Process) SetRlimit(resource Resource, limit Rlimit) error {
	_, err := p.rlimit(resource, &limit)
	return err
}

// CPUAffinity returns the CPUs that the process's first thread may run on, in
// order. Linux: sched_getaffinity(2). Windows: those of the process, numbered as
// [CPUTimesPerCPU] does, by GetProcessGroupAffinity and GetProcessAffinityMask; if it
// has threads in several groups of processors, all of these groups.
func (p Process) CPUAffinity() ([]int, error) { return p.cpuAffinity() }

// SetCPUAffinity sets the CPUs that the process's first thread, and threads it
// starts from now on, may run on. No CPUs means all that are allowed. A CPU that
// the machine does not have is [ErrInvalid]. Linux: sched_setaffinity(2). Windows: all
// threads, by
// SetProcessAffinityMask, which knows the CPUs of the process's group only: others are
// [ErrInvalid], and a process with threads in several groups is [ErrNotSupported].
func (p Process) SetCPUAffinity(cpus []int) error { return p.setCPUAffinity(cpus) }

// SendSignal sends a signal. A signal is never delivered to another process
// that got the PID meanwhile: on Linux it goes through a pidfd that is opened,
// then checked, then used; before Linux 5.3 a moment is left between check and
// kill(2). PID 0, which would be the caller's process group, is [ErrInvalid].
//
// Windows has no signals. Through a handle that is opened and then checked, SIGTERM and
// SIGKILL end the process at once, by TerminateProcess with the exit code 15 or 9,
// which is the signal's number. SIGINT is Ctrl+Break to the group of processes that the
// process leads in the caller's console: GenerateConsoleCtrlEvent. Others are
// [ErrNotSupported], and all are [ErrAccessDenied] for PID 4.
func (p Process) SendSignal(sig syscall.Signal) error {
	if p.pid == 0 {
		return &ProcessError{Op: "send_signal", PID: 0, Err: invalid("send_signal", "PID 0 is a process group")}
	}
	return p.signal(sig)
}

// Suspend stops the process until [Process.Resume]. Linux: SIGSTOP. Windows:
// NtSuspendProcess; what was suspended twice takes two calls of Resume.
func (p Process) Suspend() error { return p.SendSignal(sigStop) }

// Resume continues a process that was suspended. Linux: SIGCONT. Windows:
// NtResumeProcess.
func (p Process) Resume() error { return p.SendSignal(sigCont) }

// Terminate asks the process to end. Linux: SIGTERM. Windows does not ask: it ends at
// once, with the exit code 15.
func (p Process) Terminate() error { return p.SendSignal(syscall.SIGTERM) }

// Kill ends the process. Linux: SIGKILL. Windows: at once, with the exit code 9.
func (p Process) Kill() error { return p.SendSignal(syscall.SIGKILL) }
