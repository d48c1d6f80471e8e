package linux

import "github.com/go-psutil/psutil/internal/scan"

// Loadavg is /proc/loadavg (proc_loadavg(5), fs/proc/loadavg.c).
type Loadavg struct {
	Load1, Load5, Load15 float64 // to two decimals

	Running uint64 // tasks that can run now
	Tasks   uint64 // tasks that exist, threads included
	LastPID uint64 // the newest process ID of the reader's namespace
}

// Parse decodes the text of /proc/loadavg.
func (l *Loadavg) Parse(b []byte) error {
	*l = Loadavg{}
	line, _, whole := scan.Cut(b, '\n')
	f := scan.NewFields(line)
	l1, ok1 := fixed(f.Next(), 2)
	l5, ok5 := fixed(f.Next(), 2)
	l15, ok15 := fixed(f.Next(), 2)
	running, tasks, _ := scan.Cut(f.Next(), '/')
	r, okR := scan.Uint(running)
	t, okT := scan.Uint(tasks)
	last := f.Uint()
	if !whole || !ok1 || !ok5 || !ok15 || !okR || !okT || f.Bad() != 0 {
		return scan.Errorf(0, b, "three load averages, running/tasks and a process ID expected")
	}
	// Hundredths divided by a hundred are the float64 nearest to the text.
	*l = Loadavg{
		Load1: float64(l1) / 100, Load5: float64(l5) / 100, Load15: float64(l15) / 100,
		Running: r, Tasks: t, LastPID: last,
	}
	return nil
}
