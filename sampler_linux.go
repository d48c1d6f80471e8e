package psutil

import (
	"slices"

	"github.com/go-psutil/psutil/internal/linux"
	"github.com/go-psutil/psutil/internal/sys"
)

// A pidLister knows the PIDs of /proc, and lists it only if something may have
// been added.
//
// Listing makes the kernel go through all processes, about half of what reading
// a kept file of each costs. /proc/stat counts every process and thread that was
// ever made. If that count is what it was before the last listing, no process
// is there that was not listed; that one has gone is seen when it is read.
type pidLister struct {
	sys   *System
	pids  []int
	stat  sys.File
	buf   []byte
	forks uint64
	// counts says that forks was read before the last listing, distrust that
	// the count proves nothing here.
	counts, distrust bool
	always           bool // count, whatever it costs; for tests
}

func newPIDLister(r *processReader) pidLister { return pidLister{sys: r.sys} }

// list returns the PIDs in order. With known, they are those of the call before,
// of which some may have gone.
func (l *pidLister) list() (pids []int, known bool, err error) {
	before := l.counts
	l.counts = false
	forks, ok := l.count()
	if ok && before && forks == l.forks {
		l.counts = true
		return l.pids, true, nil
	}
	next, err := l.sys.proc.AppendPIDs(l.pids[:0])
	if err != nil {
		l.pids = l.pids[:0]
		return nil, false, err
	}
	if !slices.IsSorted(next) {
		slices.Sort(next)
	}
	l.pids, l.forks, l.counts = next, forks, ok
	return next, false, nil
}

// count reads how many processes and threads were ever made, if that is known
// and cheaper than a listing.
func (l *pidLister) count() (forks uint64, ok bool) {
	if l.distrust || !l.sys.procfs {
		return 0, false
	}
	if !l.stat.IsOpen() {
		l.stat = l.sys.proc.OpenFile("stat")
		// A container's /proc/stat may be made up by somebody else.
		if !l.stat.OnProc() || l.sys.hidesPIDs() {
			l.distrust = true
			l.stat.Close()
			return 0, false
		}
	}
	b, err := l.stat.ReadRecord(l.buf[:0])
	if err != nil {
		return 0, false
	}
	l.buf = b
	// Most of the text is about CPUs and interrupts, and takes the kernel about
	// as long as to list a process for every 16 bytes.
	if !l.always && len(b) > 16*len(l.pids) {
		return 0, false
	}
	forks, ok = linux.Forks(b)
	return forks, ok && forks >= uint64(len(l.pids))
}

func (l *pidLister) close() { l.stat.Close() }

// hidesPIDs reports whether /proc may hide processes, which then can appear
// without having been made: when they change their user (hidepid, proc(5)).
// It is true if that can't be told.
func (s *System) hidesPIDs() bool {
	dev, err := s.proc.Stat(".")
	if err != nil {
		return true
	}
	major, minor := sys.DeviceNumbers(dev.Dev)
	b, err := s.readProc("self/mountinfo")
	if err != nil {
		return true
	}
	for m, err := range linux.EachMount(b) {
		if err != nil || m.Major != major || m.Minor != minor {
			continue
		}
		for option, value := range linux.EachMountOption(m.SuperOptions) {
			if string(option) == "hidepid" && string(value) != "0" && string(value) != "off" {
				return true
			}
		}
		return false
	}
	return true
}
