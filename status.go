package psutil

// Status is what a process is doing, by psutil's names.
type Status uint8

// The states of a process. Not every system has all of them.
const (
	StatusUnknown Status = iota
	StatusRunning
	StatusSleeping
	StatusDiskSleep // uninterruptible
	StatusStopped   // by a signal
	StatusTracingStop
	StatusZombie
	StatusDead
	StatusWakeKill
	StatusWaking
	StatusIdle // a kernel thread that does not count as load
	StatusLocked
	StatusWaiting
	StatusSuspended
	StatusParked
)

var statusNames = [...]string{
	"unknown", "running", "sleeping", "disk-sleep", "stopped", "tracing-stop", "zombie", "dead",
	"wake-kill", "waking", "idle", "locked", "waiting", "suspended", "parked",
}

// String returns psutil's name, such as "disk-sleep".
func (s Status) String() string { return enumName(statusNames[:], int(s), "Status") }

// MarshalText returns the name.
func (s Status) MarshalText() ([]byte, error) { return []byte(s.String()), nil }

// UnmarshalText reads a name as String writes it.
func (s *Status) UnmarshalText(text []byte) error {
	i, err := enumValue(statusNames[:], text, "status")
	*s = Status(i)
	return err
}

// linuxStatus maps the state letter of /proc/PID/stat (fs/proc/array.c
// task_state_array, and the letters of older kernels).
func linuxStatus(letter byte) Status {
	switch letter {
	case 'R':
		return StatusRunning
	case 'S':
		return StatusSleeping
	case 'D':
		return StatusDiskSleep
	case 'T':
		return StatusStopped
	case 't':
		return StatusTracingStop
	case 'Z':
		return StatusZombie
	case 'X', 'x':
		return StatusDead
	case 'K':
		return StatusWakeKill
	case 'W':
		return StatusWaking
	case 'I':
		return StatusIdle
	case 'P':
		return StatusParked
	}
	return StatusUnknown
}
