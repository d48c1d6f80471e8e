package psutil

import (
	"time"

	"github.com/go-psutil/psutil/internal/linux"
	"github.com/go-psutil/psutil/internal/sys"
)

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
	if hz == 100 && n < uint64(maxDuration/(10*time.Millisecond)) { // everywhere, and without division
		return time.Duration(n) * (10 * time.Millisecond)
	}
	sec := n / hz
	if sec >= uint64(maxDuration/time.Second) {
		return maxDuration
	}
	return time.Duration(sec)*time.Second + time.Duration(n%hz)*time.Second/time.Duration(hz)
}

const maxDuration = time.Duration(1<<63 - 1)

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
	return PageFaults{Minor: st.MinFlt, Major: st.MajFlt, ChildrenMinor: st.CMinFlt, ChildrenMajor: st.CMajFlt}, err
}
