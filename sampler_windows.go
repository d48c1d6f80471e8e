package psutil

import (
	"time"

	"github.com/go-psutil/psutil/internal/nt"
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

// runnable counts the threads that run or could, but for those of the idle process.
func (r *processReader) runnable() (threads int, known bool) {
	for i := range r.table.rows {
		if row := &r.table.rows[i]; row.PID != idlePID {
			for t := range row.EachThread() {
				switch t.State {
				case nt.ThreadRunning, nt.ThreadReady, nt.ThreadStandby, nt.ThreadDeferredReady:
					threads++
				}
			}
		}
	}
	return threads, r.err == nil
}
