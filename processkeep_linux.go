package psutil

import (
	"errors"
	"syscall"

	"github.com/go-psutil/psutil/internal/linux"
	"github.com/go-psutil/psutil/internal/sys"
)

// The files of /proc/PID that a processReader holds open while it reads, and
// for a Sampler from one sample to the next. The kernel makes their text anew
// for each read.
const (
	fileStat = iota
	fileStatus
	fileStatm
	fileIO
	fileCmdline
	numPIDFiles
)

var pidFileNames = [numPIDFiles]string{"stat", "status", "statm", "io", "cmdline"}

// pidFileFields are the fields that each is needed for. Stat is always.
var pidFileFields = [numPIDFiles]Field{AllFields, statusFields, statmFields, FieldIOCounters, FieldCmdline}

// pidFiles are open files of one process.
type pidFiles [numPIDFiles]sys.File

// named returns the file if it is open, or could not be opened.
func (f *pidFiles) named(name string) (sys.File, bool) {
	for i, n := range pidFileNames {
		if n == name {
			return f[i], f[i].IsOpen() || f[i].Err() != 0
		}
	}
	return sys.File{}, false
}

func (f *pidFiles) close() {
	for i := range f {
		f[i].Close()
	}
}

// A keptProcess is what a Sampler keeps of a process to read it sooner the next
// time: open files, what stat said, and the name that was completed.
type keptProcess struct {
	files pidFiles
	sys   *System // that counts the files
	open  int     // files
	text  []byte  // of stat; empty if nothing is known
	stat  linux.PIDStat
	// name belongs to these, which an exec or another process changes.
	name                    string
	comm                    [maxComm]byte
	start, argStart, argEnd uint64
}

// release closes the files, and forgets of what process they were.
func (k *keptProcess) release() {
	if k.open > 0 {
		k.files.close()
		k.sys.kept.Add(-int64(k.open))
	}
	*k = keptProcess{text: k.text[:0]}
}

// keeps reports whether files are open.
func (k *keptProcess) keeps() bool { return k.open > 0 }

// keep opens those of the wanted files that are not open yet, as far as there
// may be more. What is opened is of the same process only if stat can be read
// afterwards.
func (k *keptProcess) keep(s *System, pid int, wanted []int, most int64) {
	for _, i := range wanted {
		f := &k.files[i]
		if f.IsOpen() {
			continue
		}
		if s.kept.Add(1) > most {
			s.kept.Add(-1)
			return
		}
		*f = s.proc.OpenPIDFile(pid, pidFileNames[i], s.procfs)
		if !f.IsOpen() {
			s.kept.Add(-1)
			lack := lacksFiles(f.Err())
			*f = sys.File{}
			if lack || i == fileStat { // the others are of no use without
				return
			}
			continue
		}
		k.sys, k.open = s, k.open+1
	}
}

// lacksFiles reports whether there were no descriptors left.
func lacksFiles(err error) bool {
	return errors.Is(err, syscall.EMFILE) || errors.Is(err, syscall.ENFILE)
}

// maxKept and keptShare bound the files that Samplers keep unless
// WithKeptFiles says otherwise.
const (
	maxKept   = 1 << 16
	keptShare = 2
)

// keepLimit is how many files the Samplers of s may keep.
func (s *System) keepLimit() int64 {
	switch {
	case !s.procfs:
		return 0 // a file that is replaced would be kept as it was
	case s.keepFiles >= 0:
		return int64(s.keepFiles)
	}
	return int64(min(sys.FileLimit()/keptShare, maxKept))
}
