package psutil

import (
	"errors"
	"syscall"

	"github.com/go-psutil/psutil/internal/linux"
	"github.com/go-psutil/psutil/internal/sys"
)

// pids lists /proc.
func (s *System) pids() ([]int, error) { return s.proc.AppendPIDs(nil) }

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
		return errors.Is(sys.Kill(pid, 0), syscall.EPERM) && s.ownPIDs(), nil
	}
	// /proc/TID is there for threads too, but not listed.
	var st linux.PIDStatus
	_ = st.Parse(b) // what is wanted is looked for below
	return st.Has&linux.PIDStatusTGID == 0 || int(st.TGID) == pid, nil
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
