package linux

import "github.com/go-psutil/psutil/internal/scan"

// FDInfo is /proc/PID/fdinfo/FD (proc_pid_fdinfo(5), fs/proc/fd.c seq_show and
// the show_fdinfo functions of the kinds of file).
type FDInfo struct {
	Has FDInfoFields

	Pos   int64  // offset; 0 for what has none
	Flags uint32 // O_* of open(2) as the machine numbers them
	MntID int32  // of mountinfo; since Linux 3.15
	Ino   uint64 // since Linux 5.14

	EventFDCount   uint64 // of an eventfd
	InotifyWatches int    // of an inotify instance, one line each; has no bit in Has
	PID            int32  // the process of a pidfd: -1 once it is reaped, 0 outside the PID namespace of /proc
}

// FDInfoFields is a set of fields of an [FDInfo].
type FDInfoFields uint8

// Fields of an FDInfo.
const (
	FDInfoPos FDInfoFields = 1 << iota
	FDInfoFlags
	FDInfoMntID
	FDInfoIno
	FDInfoEventFDCount
	FDInfoPID
)

// Contains reports whether every field of g is in f.
func (f FDInfoFields) Contains(g FDInfoFields) bool { return f&g == g }

// Parse decodes the text of a fdinfo file. A line it does not know is passed
// over. A line it knows and cannot read leaves its field zero and not in
// s.Has; the rest is read all the same and Parse returns the first such error.
// Of a line that comes twice the first counts: the kernel's own lines come
// before those of the kind of file.
func (s *FDInfo) Parse(b []byte) error {
	*s = FDInfo{}
	var first error
	for n := 1; len(b) > 0; n++ {
		line, rest, whole := scan.Cut(b, '\n')
		b = rest
		if (!whole || !s.parseLine(line)) && first == nil {
			first = scan.Errorf(n, line, "fdinfo: bad line")
		}
	}
	return first
}

func (s *FDInfo) parseLine(line []byte) bool {
	key, value, _ := scan.Cut(line, ':')
	var field FDInfoFields
	switch string(key) {
	case "pos":
		field = FDInfoPos
	case "flags":
		field = FDInfoFlags
	case "mnt_id":
		field = FDInfoMntID
	case "ino":
		field = FDInfoIno
	case "eventfd-count":
		field = FDInfoEventFDCount
	case "Pid":
		field = FDInfoPID
	case "inotify wd": // one line a watch
		s.InotifyWatches++
		return true
	}
	if field == 0 || s.Has&field != 0 {
		return true
	}
	value = scan.Trim(value)
	ok := false
	switch field {
	case FDInfoPos:
		s.Pos, ok = signed(value)
	case FDInfoFlags:
		s.Flags, ok = octal(value)
	case FDInfoMntID:
		s.MntID, ok = signed32(value)
	case FDInfoIno:
		s.Ino, ok = scan.Uint(value)
	case FDInfoEventFDCount:
		s.EventFDCount, ok = scan.Hex(value)
	case FDInfoPID:
		s.PID, ok = signed32(value)
	}
	if ok {
		s.Has |= field
	}
	return ok
}
