package psutil_test

import (
	"context"
	"encoding/json"
	"errors"
	"io/fs"
	"math"
	"math/bits"
	"os"
	"os/exec"
	"reflect"
	"slices"
	"strconv"
	"syscall"
	"testing"

	"github.com/go-psutil/psutil"
)

// linuxFields are the fields that this system has.
const linuxFields = psutil.AllFields &^ psutil.FieldNumHandles

// methods are the single calls that bulk fields stand for.
var methods = map[psutil.Field]func(psutil.Process) (any, error){
	psutil.FieldPID:             func(p psutil.Process) (any, error) { return p.PID(), nil },
	psutil.FieldPPID:            func(p psutil.Process) (any, error) { return p.PPID() },
	psutil.FieldName:            func(p psutil.Process) (any, error) { return p.Name() },
	psutil.FieldExe:             func(p psutil.Process) (any, error) { return p.Exe() },
	psutil.FieldCmdline:         func(p psutil.Process) (any, error) { return p.Cmdline() },
	psutil.FieldEnviron:         func(p psutil.Process) (any, error) { return p.Environ() },
	psutil.FieldCwd:             func(p psutil.Process) (any, error) { return p.Cwd() },
	psutil.FieldRoot:            func(p psutil.Process) (any, error) { return p.Root() },
	psutil.FieldCreateTime:      func(p psutil.Process) (any, error) { return p.CreateTime() },
	psutil.FieldStatus:          func(p psutil.Process) (any, error) { return p.Status() },
	psutil.FieldUsername:        func(p psutil.Process) (any, error) { return p.Username() },
	psutil.FieldUIDs:            func(p psutil.Process) (any, error) { return p.UIDs() },
	psutil.FieldGIDs:            func(p psutil.Process) (any, error) { return p.GIDs() },
	psutil.FieldGroups:          func(p psutil.Process) (any, error) { return p.Groups() },
	psutil.FieldTerminal:        func(p psutil.Process) (any, error) { return p.Terminal() },
	psutil.FieldPGID:            func(p psutil.Process) (any, error) { return p.PGID() },
	psutil.FieldSID:             func(p psutil.Process) (any, error) { return p.SID() },
	psutil.FieldNice:            func(p psutil.Process) (any, error) { return p.Nice() },
	psutil.FieldIONice:          func(p psutil.Process) (any, error) { return p.IONice() },
	psutil.FieldCPUAffinity:     func(p psutil.Process) (any, error) { return p.CPUAffinity() },
	psutil.FieldCPUNum:          func(p psutil.Process) (any, error) { return p.CPUNum() },
	psutil.FieldCPUTimes:        func(p psutil.Process) (any, error) { return p.CPUTimes() },
	psutil.FieldNumCtxSwitches:  func(p psutil.Process) (any, error) { return p.NumCtxSwitches() },
	psutil.FieldNumThreads:      func(p psutil.Process) (any, error) { return p.NumThreads() },
	psutil.FieldThreads:         func(p psutil.Process) (any, error) { return p.Threads() },
	psutil.FieldNumFDs:          func(p psutil.Process) (any, error) { return p.NumFDs() },
	psutil.FieldIOCounters:      func(p psutil.Process) (any, error) { return p.IOCounters() },
	psutil.FieldMemoryInfo:      func(p psutil.Process) (any, error) { return p.MemoryInfo() },
	psutil.FieldMemoryInfoEx:    func(p psutil.Process) (any, error) { return p.MemoryInfoEx() },
	psutil.FieldMemoryFootprint: func(p psutil.Process) (any, error) { return p.MemoryFootprint() },
	psutil.FieldMemoryPercent:   func(p psutil.Process) (any, error) { return p.MemoryPercent("") },
	psutil.FieldMemoryMaps:      func(p psutil.Process) (any, error) { return p.MemoryMaps() },
	psutil.FieldPageFaults:      func(p psutil.Process) (any, error) { return p.PageFaults() },
	psutil.FieldOpenFiles:       func(p psutil.Process) (any, error) { return p.OpenFiles() },
	psutil.FieldNetConnections:  func(p psutil.Process) (any, error) { return p.NetConnections(psutil.KindINET) },
	psutil.FieldCgroups:         func(p psutil.Process) (any, error) { return p.Cgroups() },
	psutil.FieldNamespaces:      func(p psutil.Process) (any, error) { return p.Namespaces() },
	psutil.FieldRSS: func(p psutil.Process) (any, error) {
		m, err := p.MemoryInfo()
		return m.RSS, err
	},
	psutil.FieldVMS: func(p psutil.Process) (any, error) {
		m, err := p.MemoryInfo()
		return m.VMS, err
	},
}

// shared are the fields that other processes move too, by mapping the same
// files or not any more.
const sharedFields = psutil.FieldMemoryFootprint | psutil.FieldMemoryMaps

// counted are those that the kernel counts on each CPU and adds up in stat
// only roughly: up to so many pages are missing or too many.
const counted = psutil.FieldRSS | psutil.FieldMemoryPercent

func TestInfoEqualsMethods(t *testing.T) {
	busy, quiet := startExhibits(t)
	all, err := quiet.Info(linuxFields)
	must(t, err)
	for f := range (linuxFields &^ psutil.SamplerFields).All() {
		want, err := methods[f](quiet)
		must(t, err)
		one, err := quiet.Info(f)
		must(t, err)
		if one.Asked() != f || one.Valid != f || one.Process != quiet {
			t.Errorf("Info(%v) read %v of %v, asked for %v", f, one.Valid, one.Process, one.Asked())
		}
		for _, info := range []*psutil.ProcessInfo{all, one} {
			got, ok := info.Value(f)
			if !ok || reflect.TypeOf(got) != reflect.TypeOf(want) {
				t.Fatalf("%v is %T, want %T", f, got, want)
			}
			switch {
			case f&sharedFields != 0:
			case f&counted != 0:
				if g, w := reflect.ValueOf(got).Convert(reflect.TypeFor[float64]()).Float(), reflect.ValueOf(want).Convert(reflect.TypeFor[float64]()).Float(); math.Abs(g-w) > w {
					t.Errorf("%v = %v, the method says %v", f, got, want)
				}
			case !reflect.DeepEqual(got, want):
				t.Errorf("%v = %v, the method says %v", f, got, want)
			}
		}
	}
	if all.NetConnections != nil || all.Name != "cat" || all.Cmdline[0] != "odd \xff  name" || all.NumFDs < 3 || all.Environ["BYTES"] != "\xff\x01" {
		t.Errorf("Info() = %v", all)
	}
	if err := all.Err(psutil.FieldCPUPercent); !errors.Is(err, psutil.ErrNotSupported) {
		t.Errorf("Err(cpu_percent) = %v, want ErrNotSupported", err)
	}

	// Only what the first one has.
	for _, f := range []psutil.Field{psutil.FieldOpenFiles, psutil.FieldNetConnections, psutil.FieldThreads} {
		info, err := busy.Info(f)
		must(t, err)
		got, _ := info.Value(f)
		if reflect.ValueOf(got).Len() == 0 {
			t.Errorf("no %v", f)
		}
		if f == psutil.FieldThreads {
			continue // their times may move
		}
		if want, err := methods[f](busy); err != nil || !reflect.DeepEqual(got, want) {
			t.Errorf("%v = %v, the method says %v, %v", f, got, want, err)
		}
	}
}

func TestSnapshot(t *testing.T) {
	_, quiet := startExhibits(t)
	zombie := startZombie(t)
	const fields = psutil.FieldPID | psutil.FieldName | psutil.FieldCmdline | psutil.FieldStatus
	var clones []*psutil.ProcessInfo
	var text []string
	last := -1
	for info, err := range psutil.Snapshot(fields) {
		must(t, err)
		if info.Process.PID() <= last || info.Asked() != fields {
			t.Errorf("%v behind %d, asked for %v", info.Process, last, info.Asked())
		}
		last = info.Process.PID()
		clones = append(clones, info.Clone())
		b, err := json.Marshal(info)
		must(t, err)
		text = append(text, string(b))
	}
	for i, c := range clones {
		if b, err := json.Marshal(c); err != nil || string(b) != text[i] {
			t.Errorf("the clone became %s, %v, it was %s", b, err, text[i])
		}
	}
	find := func(p psutil.Process) *psutil.ProcessInfo {
		i := slices.IndexFunc(clones, func(c *psutil.ProcessInfo) bool { return c.Process == p })
		if i < 0 {
			t.Fatalf("%v is not there", p)
		}
		return clones[i]
	}
	if c := find(quiet); c.Name != "cat" || c.Cmdline[1] != "-" {
		t.Errorf("got %v", c)
	}
	c := find(zombie)
	if c.Status != psutil.StatusZombie || c.Has(psutil.FieldCmdline) || !errors.Is(c.Err(psutil.FieldCmdline), psutil.ErrZombieProcess) {
		t.Errorf("got %v, %v", c, c.Err(psutil.FieldCmdline))
	}
	if b, err := json.Marshal(c); err != nil || string(b) != `{"pid":`+strconv.Itoa(zombie.PID())+`,"name":"true","cmdline":null,"status":"zombie"}` {
		t.Errorf("zombie as JSON: %s, %v", b, err)
	}
	n := 0
	for range psutil.Snapshot(fields) {
		if n++; n == 2 {
			break
		}
	}
}

// tracing are the fields that take the right to trace the process.
const tracing = psutil.FieldExe | psutil.FieldEnviron | psutil.FieldCwd | psutil.FieldRoot | psutil.FieldNumFDs | psutil.FieldIOCounters |
	psutil.FieldMemoryFootprint | psutil.FieldMemoryMaps | psutil.FieldOpenFiles | psutil.FieldNetConnections | psutil.FieldNamespaces

// TestProcessOfAnotherUser looks at a process of root's as nobody.
func TestProcessOfAnotherUser(t *testing.T) {
	if !isRerun(t) {
		rerun(t, func(cmd *exec.Cmd) { cmd.SysProcAttr.Credential = nobodyCredential() })
		return
	}
	p := newProcess(t, os.Getppid())
	info, err := p.Info(linuxFields)
	must(t, err)
	if want := linuxFields &^ tracing &^ psutil.SamplerFields; info.Valid != want {
		t.Errorf("got %v too much, %v too little", info.Valid&^want, want&^info.Valid)
	}
	if info.Name == "" || info.UIDs != (psutil.UserIDs{}) || info.Username != "root" || len(info.Cmdline) == 0 || info.MemoryInfo.RSS == 0 || len(info.Threads) == 0 {
		t.Errorf("got %v", info)
	}
	b, err := json.Marshal(info)
	must(t, err)
	var fields map[string]any
	must(t, json.Unmarshal(b, &fields))
	if len(fields) != bits.OnesCount64(uint64(linuxFields)) {
		t.Errorf("%d fields in JSON", len(fields))
	}
	for f := range tracing.All() {
		err := info.Err(f)
		if !errors.Is(err, psutil.ErrAccessDenied) || !errors.Is(err, fs.ErrPermission) || errors.Is(err, psutil.ErrNoSuchProcess) {
			t.Errorf("Err(%v) = %v, want ErrAccessDenied", f, err)
		}
		if e, ok := errors.AsType[*psutil.ProcessError](err); !ok || e.PID != p.PID() {
			t.Errorf("Err(%v) = %#v, want a ProcessError", f, err)
		}
		if v, ok := info.Value(f); ok || v != nil {
			t.Errorf("Value(%v) = %v, %v", f, v, ok)
		}
		if v, there := fields[f.String()]; !there || v != nil {
			t.Errorf("%v in JSON: %v, %v, want null", f, v, there)
		}
		_, err = methods[f](p)
		if e, ok := errors.AsType[*psutil.ProcessError](err); !errors.Is(err, psutil.ErrAccessDenied) || !ok || e.PID != p.PID() || e.Op == "" {
			t.Errorf("the method of %v: %v, want ErrAccessDenied", f, err)
		}
	}
	for f := range (linuxFields &^ tracing &^ psutil.SamplerFields).All() {
		if _, err := methods[f](p); err != nil {
			t.Errorf("the method of %v: %v", f, err)
		}
	}
	for op, call := range map[string]func() error{
		"OpenFDs":        func() error { _, err := p.OpenFDs(); return err },
		"MemoryRegions":  func() error { _, err := p.MemoryRegions(); return err },
		"MemoryPercent":  func() error { _, err := p.MemoryPercent("pss"); return err },
		"SetRlimit":      func() error { return p.SetRlimit(psutil.RlimitNoFile, psutil.Rlimit{Soft: 9, Hard: 9}) },
		"SetNice":        func() error { return p.SetNice(5) },
		"SetIONice":      func() error { return p.SetIONice(psutil.IOPriority{Class: psutil.IOClassIdle}) },
		"SetCPUAffinity": func() error { return p.SetCPUAffinity([]int{0}) },
		"Kill":           p.Kill,
		"Terminate":      p.Terminate,
		"Suspend":        p.Suspend,
		"SendSignal":     func() error { return p.SendSignal(syscall.SIGUSR1) },
	} {
		if err := call(); !errors.Is(err, psutil.ErrAccessDenied) {
			t.Errorf("%s: %v, want ErrAccessDenied", op, err)
		}
	}
	if running, err := p.IsRunning(); err != nil || !running {
		t.Errorf("IsRunning() = %v, %v", running, err)
	}
	if exists, err := psutil.PIDExists(p.PID()); err != nil || !exists {
		t.Errorf("PIDExists() = %v, %v", exists, err)
	}
	if _, err := p.Children(true); err != nil {
		t.Errorf("Children(): %v", err)
	}
	pids, err := psutil.PIDs()
	must(t, err)
	n := 0
	for info, err := range psutil.Snapshot(linuxFields) {
		must(t, err)
		n++
		if info.Process.PID() == os.Getpid() && info.Valid != linuxFields&^psutil.SamplerFields {
			t.Errorf("of itself it reads %v", info.Valid)
		}
	}
	if n < len(pids)/2 {
		t.Errorf("Snapshot() has %d processes, PIDs() %d", n, len(pids))
	}
	// It can still be waited for, though not learnt how it ends.
	if gone, alive, err := psutil.WaitProcs(cancelled(t), []psutil.Process{p}, nil); err != nil || len(gone) != 0 || len(alive) != 1 {
		t.Errorf("WaitProcs() = %v, %v, %v", gone, alive, err)
	}
}

// cancelled returns a context that is over.
func cancelled(t testing.TB) context.Context {
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	return ctx
}
