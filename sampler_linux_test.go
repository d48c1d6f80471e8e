package psutil_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/go-psutil/psutil"
	"github.com/go-psutil/psutil/internal/fixture"
)

func init() {
	children["busy"] = func([]string) error {
		go func() {
			for n := 0; ; n++ {
				_ = n * n
			}
		}()
		return ready()
	}
}

// used waits until a process has used so much more CPU time.
func used(t testing.TB, p psutil.Process, more time.Duration) {
	t.Helper()
	began, err := p.CPUTimes()
	must(t, err)
	for {
		now, err := p.CPUTimes()
		must(t, err)
		if now.Total() >= began.Total()+more {
			return
		}
		runtime.Gosched()
	}
}

// sampleOf returns the row of a process, which must be there.
func sampleOf(t testing.TB, s *psutil.Sample, p psutil.Process) *psutil.ProcessInfo {
	t.Helper()
	i := find(s, p.PID())
	if i < 0 || s.Processes[i].Process != p {
		t.Fatalf("%v is not in the sample", p)
	}
	return &s.Processes[i]
}

func TestSampler(t *testing.T) {
	busy := startChild(t, "busy").Process
	idle := startChild(t, "idle").Process
	const fields = psutil.FieldPID | psutil.FieldCPUPercent | psutil.FieldName
	sampler, err := psutil.NewSampler(fields)
	must(t, err)
	began := time.Now()
	s, err := sampler.Sample()
	must(t, err)
	if s.Elapsed != 0 || len(s.Started) != 0 || len(s.Gone) != 0 || s.At.Before(began) || s.At.After(time.Now()) {
		t.Errorf("the first sample: %v at %v", s, s.At)
	}
	for i := range s.Processes {
		info := &s.Processes[i]
		if info.Has(psutil.FieldCPUPercent) || info.CPUPercent != 0 || info.Asked() != fields {
			t.Errorf("the first sample has %v", info)
		}
		if err := info.Err(psutil.FieldCPUPercent); !errors.Is(err, psutil.ErrNotSupported) {
			t.Errorf("Err(cpu_percent) = %v, want ErrNotSupported", err)
		}
		if v, ok := info.Value(psutil.FieldCPUPercent); ok || v != nil {
			t.Errorf("Value(cpu_percent) = %v, %v", v, ok)
		}
		// What the sampler needs itself is not shown.
		if info.Valid != psutil.FieldPID|psutil.FieldName {
			t.Errorf("the first sample has %v", info.Valid)
		}
	}
	if b, err := json.Marshal(sampleOf(t, s, idle)); err != nil || !strings.HasSuffix(string(b), `"cpu_percent":null}`) {
		t.Errorf("JSON of the first sample: %s, %v", b, err)
	}

	at := s.At
	used(t, busy, 50*time.Millisecond)
	late := startChild(t, "idle")
	s, err = sampler.Sample()
	must(t, err)
	if s.Elapsed != s.At.Sub(at) || s.Elapsed <= 0 {
		t.Errorf("elapsed %v from %v to %v", s.Elapsed, at, s.At)
	}
	info := sampleOf(t, s, busy)
	if !info.Has(psutil.FieldCPUPercent) || info.CPUPercent <= 0 || info.CPUPercent > 1000*float64(runtime.NumCPU()) {
		t.Errorf("the busy process used %v%%", info.CPUPercent)
	}
	if err := info.Err(psutil.FieldCPUPercent); err != nil {
		t.Errorf("Err(cpu_percent) of a known process = %v", err)
	}
	if v, ok := info.Value(psutil.FieldCPUPercent); !ok || v != info.CPUPercent {
		t.Errorf("Value(cpu_percent) = %v, %v", v, ok)
	}
	if i := sampleOf(t, s, idle); !i.Has(psutil.FieldCPUPercent) || i.CPUPercent >= info.CPUPercent {
		t.Errorf("the idle process used %v%%, the busy one %v%%", i.CPUPercent, info.CPUPercent)
	}
	if !slices.Contains(s.Started, late.Process) || slices.Contains(s.Started, busy) || slices.Contains(s.Gone, busy) {
		t.Errorf("started %v, gone %v", s.Started, s.Gone)
	}
	if info := sampleOf(t, s, late.Process); info.Has(psutil.FieldCPUPercent) || !errors.Is(info.Err(psutil.FieldCPUPercent), psutil.ErrNotSupported) {
		t.Errorf("a new process has %v", info)
	}

	end(t, late)
	s, err = sampler.Sample()
	must(t, err)
	if !slices.Contains(s.Gone, late.Process) || slices.Contains(s.Started, late.Process) || find(s, late.Process.PID()) >= 0 {
		t.Errorf("started %v, gone %v", s.Started, s.Gone)
	}
	s, err = sampler.Sample()
	must(t, err)
	if slices.Contains(s.Gone, late.Process) {
		t.Error("gone again")
	}
}

// TestSamplerReplay steps through what a real machine does too rarely.
func TestSamplerReplay(t *testing.T) {
	root := fixture.Tree(t, []byte("-- proc/stat --\nbtime 1700000000\n"))
	sys, err := psutil.New(psutil.WithRoot(root))
	must(t, err)
	// set writes the stat of a process; without times it goes away.
	set := func(pid, start int, userSystem ...int) {
		dir := filepath.Join(root, "proc", fmt.Sprint(pid))
		if len(userSystem) == 0 {
			must(t, os.RemoveAll(dir))
			return
		}
		must(t, os.MkdirAll(dir, 0o755))
		rewrite(t, root, fmt.Sprintf("proc/%d/stat", pid), fmt.Sprintf(
			"%d (x) R 1 1 1 0 -1 4194560 0 0 0 0 %d %d 0 0 20 0 1 0 %d 1048576 10 18446744073709551615 0 0 0 0 0 0 0 0 0 0 0 0 17 0 0 0 0 0 0 0 0 0 0 0 0 0 0\n",
			pid, userSystem[0], userSystem[1], start))
	}
	const a, b, c = 5_000_000, 5_000_001, 5_000_002
	sampler, err := sys.NewSampler(psutil.FieldCPUPercent | psutil.FieldCPUTimes)
	must(t, err)
	sample := func() *psutil.Sample {
		t.Helper()
		s, err := sampler.Sample()
		must(t, err)
		return s
	}
	percent := func(s *psutil.Sample, pid int) (used float64, has bool) {
		t.Helper()
		i := find(s, pid)
		if i < 0 {
			t.Fatalf("no PID %d in %v", pid, s.Processes)
		}
		return s.Processes[i].CPUPercent, s.Processes[i].Has(psutil.FieldCPUPercent)
	}
	pids := func(list []psutil.Process) (pids []int) {
		for _, p := range list {
			pids = append(pids, p.PID())
		}
		return pids
	}

	set(a, 100, 50, 5)
	set(b, 100, 50, 5)
	sample()

	// a uses more, b goes backwards.
	set(a, 100, 60, 5)
	set(b, 100, 40, 5)
	s := sample()
	if used, has := percent(s, a); !has || used <= 0 {
		t.Errorf("a: %v%%, %v", used, has)
	}
	if used, has := percent(s, b); !has || used != 0 {
		t.Errorf("b: %v%%, %v, want 0", used, has)
	}
	if len(s.Started)+len(s.Gone) != 0 {
		t.Errorf("started %v, gone %v", s.Started, s.Gone)
	}

	// The PID of a is another process's, with more CPU time than a had.
	set(a, 200, 90, 9)
	s = sample()
	if used, has := percent(s, a); has || used != 0 {
		t.Errorf("a new process continues an old series: %v%%", used)
	}
	if len(s.Started) != 1 || s.Started[0].Token() != 200 || len(s.Gone) != 1 || s.Gone[0].Token() != 100 {
		t.Errorf("started %v, gone %v", s.Started, s.Gone)
	}

	// A process that can't be understood for once loses no other, and is not gone.
	rewrite(t, root, fmt.Sprintf("proc/%d/stat", a), "nonsense\n")
	set(c, 300, 1, 1)
	s, err = sampler.Sample()
	if e, ok := errors.AsType[*psutil.ParseError](err); !ok || e.File != fmt.Sprintf("%s/proc/%d/stat", root, a) {
		t.Errorf("error is %v, want a ParseError", err)
	}
	if e, ok := errors.AsType[*psutil.ProcessError](err); !ok || e.PID != a {
		t.Errorf("error is %v, want a ProcessError of %d", err, a)
	}
	if s == nil || find(s, a) >= 0 || find(s, b) < 0 || !slices.Equal(pids(s.Started), []int{c}) || len(s.Gone) != 0 {
		t.Fatalf("%v: started %v, gone %v", s, s.Started, s.Gone)
	}
	set(a, 200, 95, 9)
	s = sample()
	if used, has := percent(s, a); !has || used <= 0 || len(s.Started)+len(s.Gone) != 0 {
		t.Errorf("a: %v%%, %v; started %v, gone %v", used, has, s.Started, s.Gone)
	}

	set(c, 0)
	set(a, 0)
	if s = sample(); !slices.Equal(pids(s.Gone), []int{a, c}) || len(s.Processes) != 1 {
		t.Errorf("%v: gone %v", s, s.Gone)
	}
}
