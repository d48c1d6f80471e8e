package sys

import (
	"math"
	"math/bits"
	"syscall"
	"unsafe"

	"golang.org/x/sys/unix"
)

func checkPID(pid int) error {
	if pid < 1 || pid > math.MaxInt32 {
		return unix.ESRCH
	}
	return nil
}

// Priority returns the nice value of a process, from -20, the most favoured,
// to 19. The kernel keeps one for each thread: this is the main thread's.
func Priority(pid int) (int, error) {
	if err := checkPID(pid); err != nil {
		return 0, err
	}
	// The system call returns 20-nice, which is never negative, so that no
	// nice value looks like an error.
	raw, err := retryInt(func() (int, error) { return unix.Getpriority(unix.PRIO_PROCESS, pid) })
	if err != nil {
		return 0, err
	}
	return 20 - raw, nil
}

// SetPriority sets the nice value of a process's main thread. The kernel takes
// a value beyond -20 or 19 for the nearest of these.
func SetPriority(pid, nice int) error {
	if err := checkPID(pid); err != nil {
		return err
	}
	nice = min(max(nice, -20), 19) // so that no int is cut to the kernel's 32 bits
	return retry(func() error { return unix.Setpriority(unix.PRIO_PROCESS, pid, nice) })
}

// An IO priority of linux/ioprio.h: 3 bits of class above 13 bits of data.
const (
	ioprioWhoProcess = 1
	ioprioClassShift = 13
	ioprioClassMask  = 1<<3 - 1
	ioprioDataMask   = 1<<ioprioClassShift - 1
)

// IOPriority returns the IO scheduling class of a process's main thread (none
// 0, real time 1, best effort 2, idle 3) and the data within the class: a
// level from 0, the first served, to 7 in its lowest three bits, and hints to
// the device above them (Linux 6.5).
func IOPriority(pid int) (class, data int, err error) {
	if err := checkPID(pid); err != nil {
		return 0, 0, err
	}
	v, err := retryInt(func() (int, error) {
		r, _, errno := unix.Syscall(unix.SYS_IOPRIO_GET, ioprioWhoProcess, uintptr(pid), 0)
		if errno != 0 {
			return 0, errno
		}
		return int(r), nil
	})
	return v >> ioprioClassShift & ioprioClassMask, v & ioprioDataMask, err
}

// SetIOPriority sets the IO scheduling class and data of a process's main
// thread.
func SetIOPriority(pid, class, data int) error {
	if err := checkPID(pid); err != nil {
		return err
	}
	if class&^ioprioClassMask != 0 || data&^ioprioDataMask != 0 {
		return unix.EINVAL
	}
	return retry(func() error {
		_, _, errno := unix.Syscall(unix.SYS_IOPRIO_SET, ioprioWhoProcess, uintptr(pid), uintptr(class<<ioprioClassShift|data))
		if errno != 0 {
			return errno
		}
		return nil
	})
}

// maxCPUs is far above any kernel's NR_CPUS (8192), to bound the masks.
const maxCPUs = 1 << 18

// Affinity returns the CPUs that a process's main thread may run on, in
// ascending order.
func Affinity(pid int) ([]int, error) {
	if err := checkPID(pid); err != nil {
		return nil, err
	}
	return affinity(1024, func(set unix.CPUSetDynamic) error {
		return retry(func() error { return unix.SchedGetaffinityDynamic(pid, set) })
	})
}

// affinity starts with a mask for so many CPUs and doubles it until the
// kernel's own fits: EINVAL has no other cause.
func affinity(cpus int, getMask func(unix.CPUSetDynamic) error) ([]int, error) {
	for {
		set := unix.NewCPUSet(cpus)
		err := getMask(set)
		if err == unix.EINVAL && cpus < maxCPUs {
			cpus *= 2
			continue
		}
		if err != nil {
			return nil, err
		}
		list := make([]int, 0, set.Count())
		for i, word := range set {
			for w := uint(word); w != 0; w &= w - 1 {
				list = append(list, i*bits.UintSize+bits.TrailingZeros(w))
			}
		}
		return list, nil
	}
}

// SetAffinity sets the CPUs that a process's main thread may run on. CPUs that
// do not exist, or that the process's cpuset forbids, are passed over; EINVAL
// means that none is left. So it does for a number that no CPU can have.
func SetAffinity(pid int, cpus []int) error {
	if err := checkPID(pid); err != nil {
		return err
	}
	set, err := cpuMask(cpus)
	if err != nil {
		return err
	}
	return retry(func() error { return unix.SchedSetaffinityDynamic(pid, set) })
}

// cpuMask returns a mask with room for the largest of the CPUs.
func cpuMask(cpus []int) (unix.CPUSetDynamic, error) {
	largest := 0
	for _, cpu := range cpus {
		if cpu < 0 || cpu >= maxCPUs {
			return nil, unix.EINVAL
		}
		largest = max(largest, cpu)
	}
	set := unix.NewCPUSet(largest + 1)
	for _, cpu := range cpus {
		set.Set(cpu)
	}
	return set, nil
}

// The resources of [Prlimit]. Their numbers differ on MIPS.
const (
	RlimitAS         = unix.RLIMIT_AS
	RlimitCore       = unix.RLIMIT_CORE
	RlimitCPU        = unix.RLIMIT_CPU
	RlimitData       = unix.RLIMIT_DATA
	RlimitFSize      = unix.RLIMIT_FSIZE
	RlimitLocks      = unix.RLIMIT_LOCKS
	RlimitMemlock    = unix.RLIMIT_MEMLOCK
	RlimitMsgqueue   = unix.RLIMIT_MSGQUEUE
	RlimitNice       = unix.RLIMIT_NICE
	RlimitNoFile     = unix.RLIMIT_NOFILE
	RlimitNProc      = unix.RLIMIT_NPROC
	RlimitRSS        = unix.RLIMIT_RSS
	RlimitRTPrio     = unix.RLIMIT_RTPRIO
	RlimitRTTime     = unix.RLIMIT_RTTIME
	RlimitSigpending = unix.RLIMIT_SIGPENDING
	RlimitStack      = unix.RLIMIT_STACK
)

// RlimitInfinity is the value of a resource without limit, on every
// architecture.
const RlimitInfinity = ^uint64(0)

// Prlimit returns the soft and hard limit of a resource of a process, and
// sets it to limit unless that is nil.
func Prlimit(pid, resource int, limit *[2]uint64) (old [2]uint64, err error) {
	if err := checkPID(pid); err != nil {
		return old, err
	}
	var newLimit *unix.Rlimit
	if limit != nil {
		newLimit = &unix.Rlimit{Cur: limit[0], Max: limit[1]}
	}
	var o unix.Rlimit
	err = retry(func() error { return unix.Prlimit(pid, resource, newLimit, &o) })
	return [2]uint64{o.Cur, o.Max}, err
}

// Kill sends a signal to a process; signal 0 only tests that it could. The
// signal reaches whatever process has the PID now: [PidfdSendSignal] can't
// miss.
func Kill(pid int, sig syscall.Signal) error {
	if err := checkPID(pid); err != nil {
		return err
	}
	return retry(func() error { return unix.Kill(pid, sig) })
}

// PidfdOpen returns a descriptor of the process that has the PID now, closed
// on exec; the caller closes it. A zombie has one, a process already reaped
// does not (ESRCH), nor does a thread other than the main one (EINVAL, or
// ENOENT since Linux 6.9). Needs Linux 5.3 (else ENOSYS) and a container that
// allows it (else EPERM).
func PidfdOpen(pid int) (int, error) {
	if err := checkPID(pid); err != nil {
		return -1, err
	}
	return retryInt(func() (int, error) { return unix.PidfdOpen(pid, 0) })
}

// PidfdSendSignal sends a signal to the process behind a descriptor, never to
// a later one of the same PID. It returns ESRCH once the process was reaped.
func PidfdSendSignal(fd int, sig syscall.Signal) error {
	return retry(func() error { return unix.PidfdSendSignal(fd, sig, nil, 0) })
}

// ExitStatus is how a process ended.
type ExitStatus struct {
	Code   int            // what it passed to exit, if Signal is 0
	Signal syscall.Signal // what killed it
	Core   bool           // whether it left a core dump
}

// WaitPidfd returns the exit status of a child behind a descriptor and
// whether it has exited; it does not block. With reap the zombie goes away;
// without, it stays for whoever started it to wait for.
//
// It returns ECHILD for what is not a child, and for a child already reaped.
// Needs Linux 5.4 (else EINVAL: see [WaitPID]). A child that is being traced
// shows no exit until its tracer has seen it.
func WaitPidfd(fd int, reap bool) (status ExitStatus, exited bool, err error) {
	return wait(unix.P_PIDFD, fd, reap)
}

// WaitPID is [WaitPidfd] by PID, for older kernels. A PID stays a child's
// until it is reaped, so nothing else in the program may do so meanwhile.
func WaitPID(pid int, reap bool) (status ExitStatus, exited bool, err error) {
	if err := checkPID(pid); err != nil {
		return status, false, err
	}
	return wait(unix.P_PID, pid, reap)
}

// siginfoChild is the siginfo_t of SIGCHLD as waitid fills it. The first two
// fields after the signal's number are the other way round on MIPS.
type siginfoChild struct {
	_      [3]int32
	_      [0]uintptr // the union behind them is aligned for pointers
	pid    int32
	_      uint32 // UID
	status int32
}

func wait(idType, id int, reap bool) (status ExitStatus, exited bool, err error) {
	options := unix.WEXITED | unix.WNOHANG
	if !reap {
		options |= unix.WNOWAIT
	}
	var info unix.Siginfo
	err = retry(func() error { return unix.Waitid(idType, id, &info, options, nil) })
	child := (*siginfoChild)(unsafe.Pointer(&info))
	if err != nil || child.pid == 0 {
		return status, false, err
	}
	const cldExited, cldDumped = 1, 3 // CLD_EXITED, CLD_DUMPED of siginfo(5)
	if info.Code == cldExited {
		status.Code = int(child.status)
	} else {
		status.Signal = syscall.Signal(child.status)
		status.Core = info.Code == cldDumped
	}
	return status, true, nil
}

// PidfdExit returns the exit status of the process behind a descriptor, a
// child or not, and whether the kernel has it: it does from when the process
// was reaped, not while it is a zombie, for descriptors opened before. Until
// then the status of a zombie is the last field but none of /proc/PID/stat,
// for those allowed to see it.
//
// Needs Linux 6.15. On older kernels exited is false, with an error that may
// be ENOTTY, EINVAL, or ESRCH once the process was reaped.
func PidfdExit(fd int) (status ExitStatus, exited bool, err error) {
	info := unix.PidfdInfo{Mask: unix.PIDFD_INFO_EXIT}
	err = retry(func() error { return unix.IoctlPidfdInfo(fd, &info) })
	if err != nil || info.Mask&unix.PIDFD_INFO_EXIT == 0 {
		return status, false, err
	}
	ws := syscall.WaitStatus(info.Exit_code)
	if ws.Signaled() {
		return ExitStatus{Signal: ws.Signal(), Core: ws.CoreDump()}, true, nil
	}
	return ExitStatus{Code: ws.ExitStatus()}, true, nil
}
