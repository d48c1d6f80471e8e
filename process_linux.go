package psutil

import (
	"bytes"
	"errors"
	"strconv"
	"syscall"

	"github.com/go-psutil/psutil/internal/linux"
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

func (p Process) status() (Status, error) {
	var (
		buf [statSize]byte
		st  linux.PIDStat
	)
	err := p.stat("status", buf[:0], &st)
	return linuxStatus(st.State), err
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
