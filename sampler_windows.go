package psutil

import (
	"time"
)

// keptProcess is what a Sampler keeps of a process: nothing, the table has all.
type keptProcess struct{}

func (k *keptProcess) release()    {}
func (k *keptProcess) keeps() bool { return false }

func (r *processReader) readKept(pid int, _ *keptProcess, info *ProcessInfo) error {
	return r.read(pid, info)
}

// There is no accelerator for this system.
func (r *processReader) savedByRecord() time.Duration { return 0 }
func (r *processReader) take(*ProcessRecord, time.Duration, *keptProcess, *ProcessInfo) error {
	return &NotSupportedError{Op: "info"}
}

func lacksFiles(error) bool { return false }

// pidLister lists the processes, from the table that its reader reads.
type pidLister struct{ reader *processReader }

func newPIDLister(r *processReader) pidLister { return pidLister{r} }

func (l *pidLister) list() (pids []int, known bool, err error) {
	pids, err = l.reader.pids()
	return pids, false, err
}

func (l *pidLister) close() {}
