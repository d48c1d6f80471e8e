package psutil

import (
	"bytes"
	"errors"
	"strconv"
	"syscall"
	"time"

	"github.com/go-psutil/psutil/internal/linux"
	"github.com/go-psutil/psutil/internal/sys"
)

// statSize holds any /proc/PID/stat: 52 numbers and a name of 64 bytes.
const statSize = 1024

// startToken reads the start time in clock ticks.
func (s *System) startToken(pid int) (uint64, error) {
	var (
		buf [statSize]byte
		st  linux.PIDStat
	)
	if err := s.readStat("process", pid, buf[:0], &st); err != nil {
		return 0, err
	}
	return st.StartTime, nil
}

// readStat reads the stat of whatever process has the PID now. st.Comm is in
// buf.
func (s *System) readStat(op string, pid int, buf []byte, st *linux.PIDStat) error {
	b, err := s.proc.ReadPID(buf, pid, "stat")
	if err != nil {
		return s.processError(op, pid, err)
	}
	if err := st.Parse(b); err != nil {
		return &ProcessError{Op: op, PID: pid, Err: parseError(s.pidPath(pid, "stat"), err)}
	}
	return nil
}

// pidPath is the full name of a file in /proc/PID, for messages.
func (s *System) pidPath(pid int, name string) string {
	return s.procPath(strconv.Itoa(pid) + "/" + name)
}

// stat reads the stat of p, and knows if the PID is another process's.
func (p Process) stat(op string, buf []byte, st *linux.PIDStat) error {
	s, err := p.system(op)
	if err != nil {
		return err
	}
	if err := s.readStat(op, p.pid, buf, st); err != nil {
		return err
	}
	if st.StartTime != p.start {
		return p.reused(op)
	}
	return nil
}

// fail explains an error from a file in /proc/PID other than stat. ENOENT and
// ESRCH mean that the process has gone only if it has: the file may be one
// this kernel does not have, or one a zombie or kernel thread does not.
func (p Process) fail(op string, err error) error {
	if errors.Is(err, syscall.ENOENT) || errors.Is(err, syscall.ESRCH) {
		var (
			buf [statSize]byte
			st  linux.PIDStat
		)
		if gone := p.stat(op, buf[:0], &st); gone != nil {
			return gone
		}
		if hasEnded(&st) {
			return &ProcessError{Op: op, PID: p.pid, Name: string(st.Comm), Err: ErrZombieProcess}
		}
		return &ProcessError{Op: op, PID: p.pid, Err: &NotSupportedError{Op: op}}
	}
	return p.sys.processError(op, p.pid, err)
}

func isZombie(state byte) bool { return state == 'Z' || state == 'X' || state == 'x' }

// PF_EXITING and PF_KTHREAD of include/linux/sched.h.
const (
	exiting      = 0x00000004
	kernelThread = 0x00200000
)

// hasEnded reports whether a process is a zombie or about to become one: it
// gives up its memory, files and directories first.
func hasEnded(st *linux.PIDStat) bool { return isZombie(st.State) || st.Flags&exiting != 0 }

func (p Process) ppid() (int, error) {
	var (
		buf [statSize]byte
		st  linux.PIDStat
	)
	err := p.stat("ppid", buf[:0], &st)
	return int(st.PPID), err
}

func (p Process) name() (string, error) {
	var (
		buf [statSize]byte
		st  linux.PIDStat
	)
	if err := p.stat("name", buf[:0], &st); err != nil {
		return "", err
	}
	if !mayBeCut(st.Comm) || st.Flags&kernelThread != 0 || isZombie(st.State) {
		return string(st.Comm), nil
	}
	var args [512]byte
	b, err := p.sys.proc.ReadPID(args[:0], p.pid, "cmdline")
	if err != nil {
		return string(st.Comm), nil
	}
	return string(completeComm(st.Comm, b)), nil
}

// maxComm is TASK_COMM_LEN-1 of include/linux/sched.h: longer names are cut.
const maxComm = 15

func mayBeCut(comm []byte) bool { return len(comm) == maxComm }

// completeComm returns the base name of the program in cmdline if comm is the
// start of it, and comm if not.
func completeComm(comm, cmdline []byte) []byte {
	for arg := range linux.EachArg(cmdline) {
		if base := arg[bytes.LastIndexByte(arg, '/')+1:]; bytes.HasPrefix(base, comm) {
			return base
		}
		break
	}
	return comm
}

func (p Process) createTime() (time.Time, error) {
	s, err := p.system("create_time")
	if err != nil {
		return time.Time{}, err
	}
	boot, err := s.BootTime()
	if err != nil {
		return time.Time{}, &ProcessError{Op: "create_time", PID: p.pid, Err: err}
	}
	return boot.Add(ticks(p.start)), nil
}

// ticks converts clock ticks of /proc to time, exactly: a second is a whole
// number of them. A count beyond 292 years stays there.
func ticks(n uint64) time.Duration {
	hz := uint64(sys.ClockTicks())
	sec := n / hz
	if sec >= uint64(maxDuration/time.Second) {
		return maxDuration
	}
	return time.Duration(sec)*time.Second + time.Duration(n%hz)*time.Second/time.Duration(hz)
}

const maxDuration = time.Duration(1<<63 - 1)

func (p Process) status() (Status, error) {
	var (
		buf [statSize]byte
		st  linux.PIDStat
	)
	err := p.stat("status", buf[:0], &st)
	return linuxStatus(st.State), err
}

func (p Process) cpuTimes() (ProcessCPUTime, error) {
	var (
		buf [statSize]byte
		st  linux.PIDStat
	)
	if err := p.stat("cpu_times", buf[:0], &st); err != nil {
		return ProcessCPUTime{}, err
	}
	return processCPUTime(&st, st.BlkIOTicks > 0 || p.sys.delayAccounting()), nil
}

// delayAccounting reports whether the kernel counts how long processes wait for
// IO. Before Linux 5.14 it does unless told otherwise at boot.
func (s *System) delayAccounting() bool {
	var buf [16]byte
	b, err := s.proc.ReadRecord(buf[:0], "sys/kernel/task_delayacct")
	return err != nil || len(b) == 0 || b[0] != '0'
}

// processCPUTime converts what the stat file says. accounted says that a time
// of 0 spent waiting for IO means none.
func processCPUTime(st *linux.PIDStat, accounted bool) ProcessCPUTime {
	t := ProcessCPUTime{
		User: ticks(st.UTime), System: ticks(st.STime),
		ChildrenUser: ticks(uint64(max(0, st.CUTime))), ChildrenSystem: ticks(uint64(max(0, st.CSTime))),
		IOWait: ticks(st.BlkIOTicks),
	}
	if st.Fields < 42 || st.BlkIOTicks == 0 && !accounted {
		t.Missing = "iowait"
	}
	return t
}

func (p Process) pageFaults() (PageFaults, error) {
	var (
		buf [statSize]byte
		st  linux.PIDStat
	)
	err := p.stat("page_faults", buf[:0], &st)
	return PageFaults{st.MinFlt, st.MajFlt, st.CMinFlt, st.CMajFlt}, err
}

func (p Process) cpuNum() (int, error) {
	var (
		buf [statSize]byte
		st  linux.PIDStat
	)
	err := p.stat("cpu_num", buf[:0], &st)
	return int(st.Processor), err
}

func (p Process) numThreads() (int, error) {
	var (
		buf [statSize]byte
		st  linux.PIDStat
	)
	err := p.stat("num_threads", buf[:0], &st)
	return int(st.NumThreads), err
}

func (p Process) pgid() (int, error) {
	var (
		buf [statSize]byte
		st  linux.PIDStat
	)
	err := p.stat("pgid", buf[:0], &st)
	return int(st.PGRP), err
}

func (p Process) sid() (int, error) {
	var (
		buf [statSize]byte
		st  linux.PIDStat
	)
	err := p.stat("sid", buf[:0], &st)
	return int(st.Session), err
}
