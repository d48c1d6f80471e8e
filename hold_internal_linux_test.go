package psutil

import (
	"testing"

	"github.com/go-psutil/psutil/internal/sys"
)

// TestLimitsFile holds /proc/PID/limits, which is read without the right to
// prlimit, against prlimit.
func TestLimitsFile(t *testing.T) {
	p, err := Self()
	if err != nil {
		t.Fatal(err)
	}
	for resource, number := range linuxResources {
		if number < 0 {
			continue
		}
		want, err := sys.Prlimit(p.pid, number, nil)
		if err != nil {
			t.Fatal(err)
		}
		got, known := p.limitsFile(linuxLimitNames[resource])
		if !known || got != (Rlimit{want[0], want[1]}) {
			t.Errorf("%v is %v, %v, prlimit says %v", Resource(resource), got, known, want)
		}
	}
	if _, known := p.limitsFile("Max nonsense"); known {
		t.Error("a limit that does not exist is known")
	}
}

func TestTerminalNumbers(t *testing.T) {
	s := &System{host: host{root: mustOpen(t, t.TempDir())}}
	for tty, want := range map[int32]string{
		0: "", 4<<8 | 1: "/dev/tty1", 4<<8 | 64: "/dev/ttyS0", 5<<8 | 1: "/dev/console", 136 << 8: "/dev/pts/0",
		136<<8 | 3 | 1<<20: "/dev/pts/259", 204<<8 | 64: "",
	} {
		if got := s.terminalName(tty); got != want {
			t.Errorf("terminal %#x is %q, want %q", tty, got, want)
		}
	}
}

func mustOpen(t *testing.T, path string) *sys.Dir {
	t.Helper()
	d, err := sys.OpenRoot(path)
	if err != nil {
		t.Fatal(err)
	}
	return d
}
