package psutil

import (
	"bytes"
	"errors"
	"os"
	"syscall"

	"github.com/go-psutil/psutil/internal/linux"
	"github.com/go-psutil/psutil/internal/scan"
	"github.com/go-psutil/psutil/internal/sys"
)

// pids lists /proc.
func (s *System) pids() ([]int, error) { return s.proc.AppendPIDs(nil) }

func (s *System) selfPID() (int, error) {
	if s.rootDir == "/" {
		return os.Getpid(), nil
	}
	// That /proc may be of another PID namespace, where we have another PID.
	link, err := s.proc.AppendLink(nil, "self")
	if err != nil {
		return 0, err
	}
	pid, ok := scan.Uint(link)
	if !ok {
		return 0, &ProcessError{Op: "self", PID: os.Getpid(), Err: ErrNoSuchProcess}
	}
	return int(pid), nil
}

func (s *System) pidExists(pid int) (bool, error) {
	var buf [statSize]byte
	b, err := s.proc.ReadPID(buf[:0], pid, "status")
	if err != nil {
		switch {
		case errors.Is(err, syscall.EACCES), errors.Is(err, syscall.EPERM):
			return true, nil
		case !errors.Is(err, syscall.ENOENT) && !errors.Is(err, syscall.ESRCH):
			return false, err
		}
		// A /proc mounted with hidepid=2 does not show the processes of others;
		// a signal, which is refused, does.
		return s.rootDir == "/" && errors.Is(sys.Kill(pid, 0), syscall.EPERM), nil
	}
	// /proc/TID is there for threads too, but not listed.
	for len(b) > 0 {
		var line []byte
		line, b = scan.Line(b)
		if tgid, found := bytes.CutPrefix(line, []byte("Tgid:")); found {
			n, ok := scan.Uint(scan.Trim(tgid))
			return ok && n == uint64(pid), nil
		}
	}
	return true, nil
}

// processTree reads every process and groups them by parent. The tree is nil
// if there is none; else the error is about processes that are not in it.
func (s *System) processTree() (map[int][]Process, error) {
	pids, err := s.pids()
	if err != nil {
		return nil, err
	}
	tree := make(map[int][]Process)
	var (
		buf  [statSize]byte
		st   linux.PIDStat
		errs []error
	)
	for _, pid := range pids {
		err := s.readStat("children", pid, buf[:0], &st)
		if errors.Is(err, ErrNoSuchProcess) {
			continue
		}
		if err != nil {
			errs = append(errs, err)
			continue
		}
		tree[int(st.PPID)] = append(tree[int(st.PPID)], Process{pid, st.StartTime, s})
	}
	return tree, errors.Join(errs...)
}
