package psutil_test

import (
	"errors"
	"math"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"testing"
	"time"

	"github.com/go-psutil/psutil"
)

func TestReplayPressure(t *testing.T) {
	want := psutil.PressureStat{
		CPU: psutil.PressureResource{
			Some: psutil.PressureAverage{Avg10: 1.53, Avg60: 0.87, Avg300: 0.62, Total: 12345678901 * time.Microsecond},
		},
		Memory: psutil.PressureResource{
			Some: psutil.PressureAverage{Avg10: 0.11, Avg60: 0.22, Avg300: 0.33, Total: 1000001 * time.Microsecond},
			Full: psutil.PressureAverage{Avg10: 0.01, Avg60: 0.02, Avg300: 0.03, Total: 999999 * time.Microsecond},
		},
		IO: psutil.PressureResource{
			Some: psutil.PressureAverage{Avg10: 100, Avg60: 50, Avg300: 25, Total: 3 * time.Microsecond},
			Full: psutil.PressureAverage{Avg10: 99.99, Avg60: 49.99, Avg300: 24.99, Total: 2 * time.Microsecond},
		},
		IRQ: psutil.PressureResource{
			Full:    psutil.PressureAverage{Avg10: 0.04, Avg60: 0.05, Avg300: 0.06, Total: math.MaxInt64},
			Missing: "some",
		},
	}
	if got, err := replay(t, "zswap.txtar").Pressure(); err != nil || got != want {
		t.Errorf("Pressure = %+v, %v\nwant %+v", got, err, want)
	}
}

func TestReplayPressureOff(t *testing.T) {
	for _, name := range []string{"el6.txtar", "el7.txtar"} { // not built in, and switched off
		got, err := replay(t, name).Pressure()
		off, ok := errors.AsType[*psutil.NotSupportedError](err)
		if !ok || off.Need == "" || got.Missing != "cpu,memory,io,irq" {
			t.Errorf("%s: Pressure = %+v, %v, want ErrNotSupported", name, got, err)
		}
	}
}

// TestReplayPressureOld has the files of Linux 4.20, one of them malformed.
func TestReplayPressureOld(t *testing.T) {
	s, root := replayText(t, `
-- proc/pressure/cpu --
some avg10=0.50 avg60=0.00 avg300=0.00 total=7
-- proc/pressure/memory --
some avg10=lots avg60=0.00 avg300=0.00 total=7
`)
	want := psutil.PressureStat{
		CPU:     psutil.PressureResource{Some: psutil.PressureAverage{Avg10: 0.5, Total: 7 * time.Microsecond}, Missing: "full"},
		Missing: "memory,io,irq",
	}
	got, err := s.Pressure()
	parse, ok := errors.AsType[*psutil.ParseError](err)
	if got != want || !ok || parse.File != filepath.Join(root, "proc/pressure/memory") {
		t.Errorf("Pressure = %+v, %v\nwant %+v", got, err, want)
	}
}

// TestPressureAgainstProc compares with the kernel's text.
func TestPressureAgainstProc(t *testing.T) {
	before, err := psutil.Pressure()
	if errors.Is(err, psutil.ErrNotSupported) {
		missing(t, err.Error())
	}
	if err != nil {
		t.Fatal(err)
	}
	texts := map[string]string{}
	for _, name := range []string{"cpu", "memory", "io", "irq"} {
		b, _ := os.ReadFile("/proc/pressure/" + name)
		texts[name] = string(b)
	}
	after, err := psutil.Pressure()
	if err != nil {
		t.Fatal(err)
	}
	for _, r := range []struct {
		name          string
		before, after psutil.PressureResource
	}{{"cpu", before.CPU, after.CPU}, {"memory", before.Memory, after.Memory}, {"io", before.IO, after.IO}, {"irq", before.IRQ, after.IRQ}} {
		for _, k := range []struct {
			name          string
			before, after psutil.PressureAverage
		}{{"some", r.before.Some, r.after.Some}, {"full", r.before.Full, r.after.Full}} {
			m := regexp.MustCompile(`(?m)^` + k.name + ` avg10=(\S+) avg60=(\S+) avg300=(\S+) total=(\d+)$`).FindStringSubmatch(texts[r.name])
			if gone := before.Missing.Has(r.name) || r.before.Missing.Has(k.name); gone != (m == nil) {
				t.Errorf("%s %s: missing is %v, the kernel says %q", r.name, k.name, gone, texts[r.name])
			}
			if m == nil {
				continue
			}
			total, _ := strconv.ParseInt(m[4], 10, 64)
			between(t, r.name+" "+k.name, k.before.Total, time.Duration(total)*time.Microsecond, k.after.Total)
			// The averages are worked out anew every two seconds.
			for i, ours := range [][2]float64{{k.before.Avg10, k.after.Avg10}, {k.before.Avg60, k.after.Avg60}, {k.before.Avg300, k.after.Avg300}} {
				if avg, _ := strconv.ParseFloat(m[i+1], 64); avg != ours[0] && avg != ours[1] {
					t.Errorf("%s %s: average %d is %v, ours %v", r.name, k.name, i, avg, ours)
				}
			}
		}
	}
}
