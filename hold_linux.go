package psutil

import (
	"errors"
	"os"
	"slices"
	"strconv"
	"syscall"

	"github.com/go-psutil/psutil/internal/linux"
	"github.com/go-psutil/psutil/internal/scan"
	"github.com/go-psutil/psutil/internal/sys"
)

// hold returns a pidfd of p, which the caller closes, or -1 where there can be
// none: on an old kernel, in a container that forbids it, for a thread, without
// descriptors left.
//
// System calls know processes by their PID in the caller's PID namespace, while
// s.proc may be of another namespace or be a recorded tree. So p.pid was p's in
// the one and may be anybody's in the other. A process is p if the pidfd that was
// opened by the PID is of that PID for s.proc too, and if afterwards the start
// token is still p's. Otherwise the error is ErrNotSupported or ErrNoSuchProcess.
func (p Process) hold(op string) (fd int, err error) {
	s, err := p.system(op)
	if err != nil {
		return -1, err
	}
	fd, err = sys.PidfdOpen(p.pid)
	if err == nil {
		if pid, known := s.pidfdPID(fd); !known || pid != p.pid {
			err = p.foreign(op)
		}
	} else if fd, err = -1, nil; !s.ownPIDs() {
		err = p.foreign(op)
	}
	if err == nil {
		err = p.verify(op)
	}
	if err != nil && fd >= 0 {
		sys.Close(fd)
		fd = -1
	}
	return fd, err
}

// foreign is the error for a process that system calls can't name.
func (p Process) foreign(op string) error {
	// A process that has gone is no longer foreign.
	if err := p.verify(op); err != nil {
		return err
	}
	return &ProcessError{Op: op, PID: p.pid, Err: &NotSupportedError{Op: op, Need: "a /proc of the caller's own PID namespace"}}
}

// pidfdPID is the PID of the process behind a pidfd in the PID namespace of
// s.proc, which is not known if s.proc does not have the caller.
func (s *System) pidfdPID(fd int) (pid int, known bool) {
	var (
		buf  [512]byte
		info linux.FDInfo
	)
	b, err := s.proc.ReadRecord(buf[:0], "self/fdinfo/"+strconv.Itoa(fd))
	if err != nil || info.Parse(b) != nil || info.Has&linux.FDInfoPID == 0 {
		return 0, false
	}
	return int(info.PID), info.PID > 0
}

// ownPIDs reports whether s.proc is of the caller's PID namespace: it knows the
// caller by the same PID, and by no other in a namespace below.
func (s *System) ownPIDs() bool {
	pid, err := s.selfPID()
	if err != nil || pid != os.Getpid() {
		return false
	}
	var (
		buf [statusSize]byte
		st  linux.PIDStatus
	)
	b, err := s.proc.ReadPID(buf[:0], pid, "status")
	if err != nil {
		return false
	}
	st.Parse(b) // what it could not read is not in st.Has
	// Before Linux 4.1 there is no such line.
	return !st.Has.Contains(linux.PIDStatusNSPID) || len(slices.Collect(linux.EachID(st.NSPID))) == 1
}

// selfPID is the caller's PID in s.proc.
func (s *System) selfPID() (int, error) {
	var buf [32]byte
	link, err := s.proc.AppendLink(buf[:0], "self")
	if err != nil {
		if errors.Is(err, syscall.ENOENT) {
			err = ErrNoSuchProcess
		}
		return 0, &ProcessError{Op: "self", PID: os.Getpid(), Err: err}
	}
	pid, ok := scan.Uint(link)
	if !ok {
		return 0, &ProcessError{Op: "self", PID: os.Getpid(), Err: ErrNoSuchProcess}
	}
	return int(pid), nil
}

// startedPID is the PID in s.proc of a child that the caller knows by pid.
func (s *System) startedPID(pid int) (int, error) {
	if s.ownPIDs() {
		return pid, nil
	}
	fd, err := sys.PidfdOpen(pid)
	if err != nil {
		return 0, s.processError("process", pid, err)
	}
	defer sys.Close(fd)
	its, known := s.pidfdPID(fd)
	if !known {
		return 0, &ProcessError{Op: "process", PID: pid, Err: &NotSupportedError{Op: "process", Need: "a /proc that has the caller"}}
	}
	return its, nil
}
