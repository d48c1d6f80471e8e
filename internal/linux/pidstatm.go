package linux

import "github.com/go-psutil/psutil/internal/scan"

// PIDStatm is /proc/PID/statm (proc_pid_statm(5), fs/proc/array.c
// proc_pid_statm), in pages. All are zero for a kernel thread or a zombie.
//
// Resident and Shared come from counters that are brought up to date in batches
// and may be off by some dozens of pages a CPU; smaps counts page by page.
type PIDStatm struct {
	Size     uint64 // address space
	Resident uint64
	Shared   uint64 // resident and backed by a file or by shared memory
	Text     uint64 // code of the program itself
	Lib      uint64 // 0 since Linux 2.6
	Data     uint64 // private writable memory and stack, resident or not
	Dirty    uint64 // 0 since Linux 2.6
}

// Parse decodes the text of a statm file. After an error *s is the zero value.
func (s *PIDStatm) Parse(b []byte) error {
	*s = PIDStatm{}
	var v [7]uint64
	if err := numberLine(b, v[:], "statm"); err != nil {
		return err
	}
	*s = PIDStatm{v[0], v[1], v[2], v[3], v[4], v[5], v[6]}
	return nil
}

// numberLine reads a file that is one line of at least len(v) numbers without
// sign.
func numberLine(b []byte, v []uint64, file string) error {
	n, neg, at := numbers(b, v)
	switch {
	case at < 0 || neg != 0:
		return scan.Errorf(1, b, "%s: number %d is bad", file, n+1)
	case n < len(v):
		return scan.Errorf(1, b, "%s: %d numbers, want %d", file, n, len(v))
	case b[len(b)-1] != '\n':
		return scan.Errorf(1, b, "%s: line cut short", file)
	}
	return nil
}
