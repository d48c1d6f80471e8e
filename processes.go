package psutil

import (
	"iter"
	"slices"
)

// Processes returns an iterator over every process, in order of PID. It is
// psutil's process_iter without attributes.
//
// A process that goes meanwhile is passed over. For one that can't be looked at
// there is a [*ProcessError] in its place, with the zero Process, and the
// iteration goes on; that is what a /proc mounted with hidepid=1 makes of other
// users' processes. Cost: a [Snapshot] of [FieldPID]. Linux: one read of
// /proc/PID/stat each. Windows: one call, the table of processes.
func Processes() iter.Seq2[Process, error] {
	s, err := defaultSystem()
	if err != nil {
		return func(yield func(Process, error) bool) { yield(Process{}, err) }
	}
	return s.Processes()
}

// Processes is [Processes] of this system.
func (s *System) Processes() iter.Seq2[Process, error] {
	return func(yield func(Process, error) bool) {
		for info, err := range s.Snapshot(FieldPID) {
			var p Process
			if info != nil {
				p = info.Process
			}
			if !yield(p, err) {
				return
			}
		}
	}
}

// PIDs returns the PIDs of the running processes, zombies too, in order.
// Linux: the entries of /proc. Windows: the table of processes, with 0 and 4 in it,
// which stand for no program. Cost: one listing or call, however many there are.
func PIDs() ([]int, error) {
	s, err := defaultSystem()
	if err != nil {
		return nil, err
	}
	return s.PIDs()
}

// PIDs is [PIDs] of this system.
func (s *System) PIDs() ([]int, error) {
	pids, err := s.pids()
	slices.Sort(pids)
	return pids, err
}

// PIDExists reports whether a process has that PID, also one the caller may
// not look into. The ID of a thread that is not a process is false; so is a
// negative number. Windows: as [NewProcess].
func PIDExists(pid int) (bool, error) {
	s, err := defaultSystem()
	if err != nil {
		return false, err
	}
	return s.PIDExists(pid)
}

// PIDExists is [PIDExists] of this system.
func (s *System) PIDExists(pid int) (bool, error) {
	if pid < 0 {
		return false, nil
	}
	return s.pidExists(pid)
}
