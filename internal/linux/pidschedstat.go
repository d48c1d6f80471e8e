package linux

// PIDSchedstat is /proc/PID/schedstat or /proc/PID/task/TID/schedstat
// (Documentation/scheduler/sched-stats.rst, fs/proc/base.c
// proc_pid_schedstat). That of a process tells about its first thread only.
// All are zero when the kernel does not keep count.
type PIDSchedstat struct {
	RunTime    uint64 // nanoseconds on a CPU
	RunDelay   uint64 // nanoseconds runnable and waiting for a CPU
	Timeslices uint64 // times it got a CPU
}

// Parse decodes the text of a schedstat file. After an error *s is the zero
// value.
func (s *PIDSchedstat) Parse(b []byte) error {
	*s = PIDSchedstat{}
	var v [3]uint64
	if err := numberLine(b, v[:], "schedstat"); err != nil {
		return err
	}
	*s = PIDSchedstat{v[0], v[1], v[2]}
	return nil
}
