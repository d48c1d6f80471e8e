package psutil

import (
	"github.com/go-psutil/psutil/internal/nt"
)

func (s *System) loadAvg() (LoadAverage, error) {
	return LoadAverage{}, &NotSupportedError{Op: "getloadavg", Need: "a Sampler, which computes what Windows does not keep"}
}

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
