package linux

import "github.com/go-psutil/psutil/internal/scan"

// Uptime is /proc/uptime (proc_uptime(5), fs/proc/uptime.c).
type Uptime struct {
	Up   uint64 // hundredths of a second since boot, time asleep included
	Idle uint64 // hundredths of a second idle, summed over all CPUs
}

// Parse decodes the text of /proc/uptime.
func (u *Uptime) Parse(b []byte) error {
	*u = Uptime{}
	line, _, whole := scan.Cut(b, '\n')
	f := scan.NewFields(line)
	up, ok1 := fixed(f.Next(), 2)
	idle, ok2 := fixed(f.Next(), 2)
	if !whole || !ok1 || !ok2 {
		return scan.Errorf(0, b, "uptime and idle time expected")
	}
	*u = Uptime{Up: up, Idle: idle}
	return nil
}
