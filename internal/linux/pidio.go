package linux

import "github.com/go-psutil/psutil/internal/scan"

// PIDIO is /proc/PID/io or /proc/PID/task/TID/io (proc_pid_io(5),
// fs/proc/base.c do_io_accounting). That of a process sums its threads, living
// and gone, and the children it waited for.
type PIDIO struct {
	Has PIDIOFields

	RChar uint64 // bytes read(2) and its like returned, from caches and pipes too
	WChar uint64 // bytes write(2) and its like took
	SyscR uint64 // such reads
	SyscW uint64 // such writes

	ReadBytes           uint64 // bytes fetched from storage
	WriteBytes          uint64 // bytes made dirty in the page cache, to be written to storage
	CancelledWriteBytes uint64 // of WriteBytes, those that a truncation kept from being written
}

// PIDIOFields is a set of fields of a [PIDIO]. Every Linux since 2.6.20 prints
// all; an emulation of Linux may not.
type PIDIOFields uint8

// Fields of a PIDIO.
const (
	PIDIORChar PIDIOFields = 1 << iota
	PIDIOWChar
	PIDIOSyscR
	PIDIOSyscW
	PIDIOReadBytes
	PIDIOWriteBytes
	PIDIOCancelledWriteBytes
)

// Contains reports whether every field of g is in f.
func (f PIDIOFields) Contains(g PIDIOFields) bool { return f&g == g }

// Parse decodes the text of an io file. A line it does not know is passed
// over. A line it knows and cannot read leaves its field zero and not in
// s.Has; the rest is read all the same and Parse returns the first such error.
func (s *PIDIO) Parse(b []byte) error {
	*s = PIDIO{}
	var first error
	for n := 1; len(b) > 0; n++ {
		line, rest, whole := scan.Cut(b, '\n')
		b = rest
		key, value, ok := scan.Cut(line, ':')
		var field PIDIOFields
		var to *uint64
		switch string(key) {
		case "rchar":
			field, to = PIDIORChar, &s.RChar
		case "wchar":
			field, to = PIDIOWChar, &s.WChar
		case "syscr":
			field, to = PIDIOSyscR, &s.SyscR
		case "syscw":
			field, to = PIDIOSyscW, &s.SyscW
		case "read_bytes":
			field, to = PIDIOReadBytes, &s.ReadBytes
		case "write_bytes":
			field, to = PIDIOWriteBytes, &s.WriteBytes
		case "cancelled_write_bytes":
			field, to = PIDIOCancelledWriteBytes, &s.CancelledWriteBytes
		}
		if ok = ok && whole; ok && to != nil {
			if len(value) > 0 && value[0] == ' ' {
				value = value[1:]
			}
			var v uint64
			if v, ok = scan.Uint(value); ok {
				*to = v
				s.Has |= field
			}
		}
		if !ok && first == nil {
			first = scan.Errorf(n, line, "io: bad line")
		}
	}
	return first
}
