package psutil_test

import (
	"bytes"
	"context"
	"encoding/gob"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"math"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"github.com/go-psutil/psutil"
)

func init() {
	children["idle"] = func([]string) error { return ready() }
	children["named"] = func(args []string) error {
		if err := os.WriteFile("/proc/self/comm", []byte(args[0]), 0); err != nil {
			return err
		}
		return ready()
	}
	children["threads"] = func(args []string) error {
		for _, name := range args {
			named := make(chan error)
			go func() {
				runtime.LockOSThread()
				named <- os.WriteFile("/proc/thread-self/comm", []byte(name), 0)
				select {}
			}()
			if err := <-named; err != nil {
				return err
			}
		}
		return ready()
	}
	children["parent"] = func(args []string) error {
		depth, _ := strconv.Atoi(args[0])
		if depth == 0 {
			return ready()
		}
		exe, err := os.Executable()
		if err != nil {
			return err
		}
		cmd := exec.Command(exe, strconv.Itoa(depth-1))
		cmd.Stdin, cmd.Stdout = os.Stdin, os.Stdout
		cmd.Run() // a test may kill it
		return nil
	}
	children["jailed"] = func(args []string) error {
		if err := unix.Chroot(args[0]); err != nil {
			return err
		}
		f, err := os.Create("/inside")
		if err != nil {
			return err
		}
		defer f.Close()
		return ready()
	}
	children["ignore"] = func([]string) error {
		signal.Ignore(syscall.SIGTERM)
		return ready()
	}
}

func newProcess(t testing.TB, pid int) psutil.Process {
	t.Helper()
	p, err := psutil.NewProcess(pid)
	if err != nil {
		t.Fatal(err)
	}
	return p
}

func TestProcessSelf(t *testing.T) {
	p, err := psutil.Self()
	if err != nil {
		t.Fatal(err)
	}
	if p.PID() != os.Getpid() || p != newProcess(t, os.Getpid()) {
		t.Errorf("Self() = %v, want PID %d", p, os.Getpid())
	}
	if ppid, err := p.PPID(); err != nil || ppid != os.Getppid() {
		t.Errorf("PPID() = %d, %v, want %d", ppid, err, os.Getppid())
	}
	exe, err := p.Exe()
	if want, _ := os.Executable(); err != nil || exe != want {
		t.Errorf("Exe() = %q, %v, want %q", exe, err, want)
	}
	if name, err := p.Name(); err != nil || name != filepath.Base(exe) {
		t.Errorf("Name() = %q, %v, want %q", name, err, filepath.Base(exe))
	}
	if args, err := p.Cmdline(); err != nil || !slices.Equal(args, os.Args) {
		t.Errorf("Cmdline() = %q, %v, want %q", args, err, os.Args)
	}
	cwd, err := p.Cwd()
	if want, _ := os.Getwd(); err != nil || cwd != want {
		t.Errorf("Cwd() = %q, %v, want %q", cwd, err, want)
	}
	if root, err := p.Root(); err != nil || root != "/" {
		t.Errorf("Root() = %q, %v, want /", root, err)
	}
	ids, err := p.UIDs()
	if want := uint32(os.Getuid()); err != nil || ids.Real != want || ids.Effective != want || ids.Saved != want {
		t.Errorf("UIDs() = %v, %v, want %d", ids, err, want)
	}
	ids, err = p.GIDs()
	if want := uint32(os.Getgid()); err != nil || ids.Real != want {
		t.Errorf("GIDs() = %v, %v, want %d", ids, err, want)
	}
	groups, err := p.Groups()
	want, _ := os.Getgroups()
	for i, g := range want {
		if err != nil || i >= len(groups) || !slices.Contains(groups, uint32(g)) {
			t.Errorf("Groups() = %v, %v, want %v", groups, err, want)
		}
	}
	if pgid, err := p.PGID(); err != nil || pgid != syscall.Getpgrp() {
		t.Errorf("PGID() = %d, %v, want %d", pgid, err, syscall.Getpgrp())
	}
	sid, err := p.SID()
	if want, _ := unix.Getsid(0); err != nil || sid != want {
		t.Errorf("SID() = %d, %v, want %d", sid, err, want)
	}
	running, err := p.IsRunning()
	if err != nil || !running {
		t.Errorf("IsRunning() = %v, %v", running, err)
	}
}

func TestProcessInvalidPID(t *testing.T) {
	for _, pid := range []int{-1, math.MinInt} {
		_, err := psutil.NewProcess(pid)
		if !errors.Is(err, psutil.ErrInvalid) || !errors.Is(err, fs.ErrInvalid) {
			t.Errorf("NewProcess(%d): %v, want ErrInvalid", pid, err)
		}
		if exists, err := psutil.PIDExists(pid); exists || err != nil {
			t.Errorf("PIDExists(%d) = %v, %v", pid, exists, err)
		}
	}
	for _, pid := range []int{1<<22 + 1, math.MaxInt32, math.MaxInt} {
		_, err := psutil.NewProcess(pid)
		if !errors.Is(err, psutil.ErrNoSuchProcess) {
			t.Errorf("NewProcess(%d): %v, want ErrNoSuchProcess", pid, err)
		}
		if e, ok := errors.AsType[*psutil.ProcessError](err); !ok || e.PID != pid {
			t.Errorf("NewProcess(%d): %#v, want a ProcessError with the PID", pid, err)
		}
	}
}

func TestZeroProcess(t *testing.T) {
	var p psutil.Process
	if running, err := p.IsRunning(); running || err != nil {
		t.Errorf("IsRunning() = %v, %v", running, err)
	}
	if _, err := p.Name(); !errors.Is(err, psutil.ErrNoSuchProcess) {
		t.Errorf("Name(): %v", err)
	}
	if err := p.Kill(); err == nil {
		t.Error("Kill() of the zero Process succeeded")
	}
	if _, err := p.Wait(t.Context()); err != nil {
		t.Errorf("Wait(): %v", err)
	}
	if _, err := p.Info(psutil.FieldName); !errors.Is(err, psutil.ErrNoSuchProcess) {
		t.Errorf("Info(): %v", err)
	}
}

// Names that a process may give itself, and what a careless reader makes of
// them.
var hostileNames = []string{
	") R 1 (", "(((", ")))", "a b", "line\nfeed", "\x1b[31mred", "\xff\xfe", "tab\there", "fifteen bytes..", "fourteen bytes",
	"-", " ", "\\n", "\\", "日本語", "x\x7f",
}

func TestProcessHostileNames(t *testing.T) {
	for _, name := range hostileNames {
		t.Run(fmt.Sprintf("%x", name), func(t *testing.T) {
			p := startChild(t, "named", name).Process
			want := name[:min(len(name), 15)]
			if got, err := p.Name(); err != nil || got != want {
				t.Errorf("Name() = %q, %v, want %q", got, err, want)
			}
			if ppid, err := p.PPID(); err != nil || ppid != os.Getpid() {
				t.Errorf("PPID() = %d, %v, want %d", ppid, err, os.Getpid())
			}
			if status, err := p.Status(); err != nil || (status != psutil.StatusSleeping && status != psutil.StatusRunning) {
				t.Errorf("Status() = %v, %v", status, err)
			}
			info, err := p.Info(psutil.FieldName | psutil.FieldUIDs | psutil.FieldCmdline)
			if err != nil || info.Name != want || info.UIDs.Real != uint32(os.Getuid()) {
				t.Errorf("Info() = %v, %v", info, err)
			}
			if len(info.Cmdline) != 2 || info.Cmdline[1] != name {
				t.Errorf("Cmdline = %q, want %q in it", info.Cmdline, name)
			}
			b, err := json.Marshal(info)
			if err != nil || !json.Valid(b) {
				t.Errorf("json: %s, %v", b, err)
			}
		})
	}
}

func TestProcessNameCompleted(t *testing.T) {
	exe, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	for _, base := range []string{"exactly15bytes_", "sixteen_bytes_16", "a-name-much-longer-than-the-kernel-keeps"} {
		path := filepath.Join(t.TempDir(), base)
		if err := os.Symlink(exe, path); err != nil {
			t.Fatal(err)
		}
		cmd := exec.Command(path)
		cmd.Env = append(os.Environ(), childEnv+"=idle")
		p := startReady(t, cmd).Process
		if got, err := p.Name(); err != nil || got != base {
			t.Errorf("Name() = %q, %v, want %q", got, err, base)
		}
		if got, err := p.Exe(); err != nil || got != exe {
			t.Errorf("Exe() = %q, %v, want %q", got, err, exe)
		}
	}
}

func TestProcessDeletedExe(t *testing.T) {
	exe, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	binary, err := os.ReadFile(exe)
	if err != nil {
		t.Fatal(err)
	}
	for _, base := range []string{"gone", "gone (deleted)"} {
		path := filepath.Join(t.TempDir(), base)
		if err := os.WriteFile(path, binary, 0o755); err != nil {
			t.Fatal(err)
		}
		cmd := exec.Command(path)
		cmd.Env = append(os.Environ(), childEnv+"=idle")
		p := startReady(t, cmd).Process
		if got, err := p.Exe(); err != nil || got != path {
			t.Errorf("Exe() = %q, %v, want %q", got, err, path)
		}
		if err := os.Remove(path); err != nil {
			t.Fatal(err)
		}
		if got, err := p.Exe(); err != nil || got != path {
			t.Errorf("Exe() of a deleted file = %q, %v, want %q", got, err, path)
		}
	}
}

func TestProcessCmdlineAndEnviron(t *testing.T) {
	exe, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	huge := strings.Repeat("0123456789abcdef", 6000)
	args := []string{"", "a b", "", "x=y", "\xff", huge, ""}
	cmd := exec.Command(exe, args...)
	cmd.Env = []string{childEnv + "=idle", "EMPTY=", "A=1", "SPACE=a b", "BYTES=\xff", "HUGE=" + huge, "EQ=a=b"}
	p := startReady(t, cmd).Process
	got, err := p.Cmdline()
	if err != nil || !slices.Equal(got, cmd.Args) {
		t.Errorf("Cmdline() = %.200q, %v, want %.200q", got, err, cmd.Args)
	}
	env, err := p.Environ()
	want := map[string]string{childEnv: "idle", "EMPTY": "", "A": "1", "SPACE": "a b", "BYTES": "\xff", "HUGE": huge, "EQ": "a=b"}
	if err != nil || !maps.Equal(env, want) {
		t.Errorf("Environ() = %.200q, %v, want %.200q", env, err, want)
	}
}

func TestProcessThreads(t *testing.T) {
	names := []string{"worker-1", ") R 1 (", "\x1b[2J"}
	p := startChild(t, "threads", names...).Process
	threads, err := p.Threads()
	if err != nil {
		t.Fatal(err)
	}
	if !slices.IsSortedFunc(threads, func(a, b psutil.Thread) int { return a.ID - b.ID }) {
		t.Errorf("not sorted: %v", threads)
	}
	if threads[0].ID != p.PID() {
		t.Errorf("first thread is %d, want %d", threads[0].ID, p.PID())
	}
	for _, name := range names {
		if !slices.ContainsFunc(threads, func(th psutil.Thread) bool { return th.Name == name }) {
			t.Errorf("no thread %q in %v", name, threads)
		}
	}
	n, err := p.NumThreads()
	if err != nil || n < len(names)+1 {
		t.Errorf("NumThreads() = %d, %v", n, err)
	}
	tid := threads[len(threads)-1].ID
	if exists, err := psutil.PIDExists(tid); exists || err != nil {
		t.Errorf("PIDExists(thread) = %v, %v, want false", exists, err)
	}
	if exists, err := psutil.PIDExists(p.PID()); !exists || err != nil {
		t.Errorf("PIDExists(process) = %v, %v, want true", exists, err)
	}
}

func TestProcessTree(t *testing.T) {
	top := startChild(t, "parent", "3").Process
	tree, err := top.Children(true)
	if err != nil || len(tree) != 3 {
		t.Fatalf("Children(true) = %v, %v, want 3", tree, err)
	}
	direct, err := top.Children(false)
	if err != nil || len(direct) != 1 || direct[0] != tree[0] {
		t.Errorf("Children(false) = %v, %v, want %v", direct, err, tree[:1])
	}
	parents, err := tree[2].Parents()
	self, _ := psutil.Self()
	want := []psutil.Process{tree[1], tree[0], top, self}
	if err != nil || len(parents) < len(want) || !slices.Equal(parents[:len(want)], want) {
		t.Errorf("Parents() = %v, %v, want %v first", parents, err, want)
	}
	if first := parents[len(parents)-1]; first.PID() != 1 {
		t.Errorf("the last of Parents() is %v, want PID 1", first)
	}
	parent, err := top.Parent()
	if err != nil || parent != self {
		t.Errorf("Parent() = %v, %v, want %v", parent, err, self)
	}
	if _, err := newProcess(t, 1).Parent(); !errors.Is(err, psutil.ErrNoSuchProcess) {
		t.Errorf("Parent() of PID 1: %v", err)
	}
}

func TestZombie(t *testing.T) {
	cmd := exec.Command("true")
	p, err := psutil.StartCommand(cmd)
	if err != nil {
		t.Fatal(err)
	}
	defer cmd.Wait()
	status, err := p.Wait(t.Context())
	if err != nil || !status.Known || status.Code != 0 {
		t.Errorf("Wait() = %v, %v", status, err)
	}
	if got, err := p.Status(); err != nil || got != psutil.StatusZombie {
		t.Errorf("Status() = %v, %v", got, err)
	}
	if running, err := p.IsRunning(); err != nil || !running {
		t.Errorf("IsRunning() = %v, %v; a zombie still exists", running, err)
	}
	if name, err := p.Name(); err != nil || name != "true" {
		t.Errorf("Name() = %q, %v", name, err)
	}
	for op, f := range map[string]func() error{
		"cmdline": func() error { _, err := p.Cmdline(); return err },
		"exe":     func() error { _, err := p.Exe(); return err },
		"cwd":     func() error { _, err := p.Cwd(); return err },

		"memory_maps":      func() error { _, err := p.MemoryMaps(); return err },
		"memory_footprint": func() error { _, err := p.MemoryFootprint(); return err },
	} {
		// Only root may look at the memory of a zombie.
		if strings.HasPrefix(op, "memory") && os.Geteuid() != 0 {
			continue
		}
		err := f()
		if !errors.Is(err, psutil.ErrZombieProcess) || !errors.Is(err, psutil.ErrNoSuchProcess) {
			t.Errorf("%s: %v, want ErrZombieProcess", op, err)
		}
		if e, ok := errors.AsType[*psutil.ProcessError](err); !ok || e.Op != op || e.Name != "true" {
			t.Errorf("%s: %#v, want a ProcessError of it", op, err)
		}
	}
	if err := p.Kill(); err != nil {
		t.Errorf("Kill(): %v; a signal to a zombie does nothing", err)
	}
	pids, err := psutil.PIDs()
	if err != nil || !slices.Contains(pids, p.PID()) {
		t.Errorf("PIDs() without the zombie %d: %v", p.PID(), err)
	}
	info, err := p.Info(linuxFields)
	if err != nil || !info.Has(psutil.FieldName|psutil.FieldStatus) || info.Has(psutil.FieldCmdline) {
		t.Errorf("Info() = %v, %v", info, err)
	}
	if err := info.Err(psutil.FieldCmdline); !errors.Is(err, psutil.ErrZombieProcess) {
		t.Errorf("Err(cmdline) = %v", err)
	}
	// The status is still there for whoever started the process.
	if err := cmd.Wait(); err != nil {
		t.Errorf("cmd.Wait() after Wait(): %v", err)
	}
	if running, err := p.IsRunning(); err != nil || running {
		t.Errorf("IsRunning() = %v, %v after it was reaped", running, err)
	}
	if _, err := p.Name(); !errors.Is(err, psutil.ErrNoSuchProcess) || errors.Is(err, psutil.ErrZombieProcess) {
		t.Errorf("Name() = %v, want ErrNoSuchProcess", err)
	}
}

func TestKernelThread(t *testing.T) {
	if os.Getuid() != 0 {
		missing(t, "needs root")
	}
	const kthreadd = 2
	// The kernel's first PID namespace has a number of its own.
	if ns, err := os.Readlink("/proc/self/ns/pid"); err != nil || ns != "pid:[4026531836]" {
		t.Skipf("no kernel threads in this PID namespace: %s, %v", ns, err)
	}
	p, err := psutil.NewProcess(kthreadd)
	if err != nil {
		t.Fatal(err)
	}
	if name, err := p.Name(); err != nil || name != "kthreadd" {
		t.Fatalf("PID 2 is %q, %v", name, err)
	}
	if exe, err := p.Exe(); exe != "" || err != nil {
		t.Errorf("Exe() = %q, %v", exe, err)
	}
	if args, err := p.Cmdline(); len(args) != 0 || err != nil {
		t.Errorf("Cmdline() = %q, %v", args, err)
	}
	if env, err := p.Environ(); len(env) != 0 || err != nil {
		t.Errorf("Environ() = %q, %v", env, err)
	}
	if maps, err := p.MemoryMaps(); len(maps) != 0 || err != nil {
		t.Errorf("MemoryMaps() = %v, %v", maps, err)
	}
	if m, err := p.MemoryFootprint(); m.USS != 0 || err != nil {
		t.Errorf("MemoryFootprint() = %v, %v", m, err)
	}
	if m, err := p.MemoryInfoEx(); m.RSS != 0 || m.PeakRSS != 0 || err != nil {
		t.Errorf("MemoryInfoEx() = %v, %v", m, err)
	}
	if cwd, err := p.Cwd(); cwd != "/" || err != nil {
		t.Errorf("Cwd() = %q, %v", cwd, err)
	}
	info, err := p.Info(linuxFields &^ psutil.SamplerFields)
	if err != nil || info.Valid != linuxFields&^psutil.SamplerFields {
		t.Errorf("Info() lacks %v: %v", linuxFields&^psutil.SamplerFields&^info.Valid, err)
	}
}

func TestSignals(t *testing.T) {
	c := startChild(t, "ignore")
	p := c.Process
	if err := p.Terminate(); err != nil {
		t.Fatal(err)
	}
	if err := p.Suspend(); err != nil {
		t.Fatal(err)
	}
	waitStatus(t, p, psutil.StatusStopped)
	if err := p.Resume(); err != nil {
		t.Fatal(err)
	}
	waitStatus(t, p, psutil.StatusSleeping, psutil.StatusRunning)
	if err := p.SendSignal(syscall.Signal(1000)); !errors.Is(err, psutil.ErrInvalid) {
		t.Errorf("SendSignal(1000): %v, want ErrInvalid", err)
	}
	if err := p.Kill(); err != nil {
		t.Fatal(err)
	}
	status, err := p.Wait(t.Context())
	if err != nil || !status.Known || status.Signal != syscall.SIGKILL {
		t.Errorf("Wait() = %v, %v, want killed", status, err)
	}
	if b, err := json.Marshal(status); err != nil || string(b) != "-9" {
		t.Errorf("status as JSON is %s, %v, want -9", b, err)
	}
}

// waitStatus waits until the process has one of the statuses, which the kernel
// gives it at its leisure.
func waitStatus(t testing.TB, p psutil.Process, want ...psutil.Status) {
	t.Helper()
	deadline := time.Now().Add(time.Minute)
	for {
		status, err := p.Status()
		if err != nil {
			t.Fatal(err)
		}
		if slices.Contains(want, status) {
			return
		}
		if time.Now().After(deadline) {
			t.Fatalf("status is still %v, want %v", status, want)
		}
		runtime.Gosched()
	}
}

func TestWait(t *testing.T) {
	c := startChild(t, "idle")
	ctx, cancel := context.WithTimeout(t.Context(), time.Millisecond)
	defer cancel()
	_, err := c.Process.Wait(ctx)
	if !errors.Is(err, psutil.ErrTimeout) || !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("Wait() past its deadline: %v, want ErrTimeout", err)
	}
	cancelled, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := c.Process.Wait(cancelled); !errors.Is(err, context.Canceled) || errors.Is(err, psutil.ErrTimeout) {
		t.Errorf("Wait() cancelled: %v, want context.Canceled", err)
	}
	c.Stdin.Close()
	status, err := c.Process.Wait(t.Context())
	if err != nil || status != (psutil.ExitStatus{Known: true}) {
		t.Errorf("Wait() = %v, %v, want exit status 0", status, err)
	}
	c.Wait()
	// It has gone; nobody knows any more how.
	status, err = c.Process.Wait(t.Context())
	if err != nil || status.Known {
		t.Errorf("Wait() after it was reaped = %v, %v, want unknown", status, err)
	}
	cmd := exec.Command("sh", "-c", "exit 7")
	p, err := psutil.StartCommand(cmd)
	if err != nil {
		t.Fatal(err)
	}
	defer cmd.Wait()
	if status, err := p.Wait(t.Context()); err != nil || status.Code != 7 || !status.Known {
		t.Errorf("Wait() = %v, %v, want exit status 7", status, err)
	}
}

func TestWaitNotChild(t *testing.T) {
	top := startChild(t, "parent", "1")
	children, err := top.Process.Children(false)
	if err != nil || len(children) != 1 {
		t.Fatalf("Children() = %v, %v", children, err)
	}
	if err := children[0].Kill(); err != nil {
		t.Fatal(err)
	}
	if _, err := children[0].Wait(t.Context()); err != nil {
		t.Errorf("Wait() of a grandchild: %v", err)
	}
}

func TestWaitProcs(t *testing.T) {
	var procs []psutil.Process
	var kids []*child
	for range 5 {
		c := startChild(t, "idle")
		kids = append(kids, c)
		procs = append(procs, c.Process)
	}
	procs = append(procs, procs[0])
	for _, c := range kids[:3] {
		c.Stdin.Close()
	}
	for _, c := range kids[:3] {
		c.Process.Wait(t.Context())
	}
	var called []psutil.Process
	ctx, cancel := context.WithTimeout(t.Context(), 10*time.Millisecond)
	defer cancel()
	gone, alive, err := psutil.WaitProcs(ctx, procs, func(p psutil.Process, s psutil.ExitStatus) {
		called = append(called, p)
		if !s.Known || s.Code != 0 {
			t.Errorf("%v ended with %v", p, s)
		}
	})
	if err != nil || len(gone) != 3 || !slices.Equal(called, gone) || !slices.Equal(alive, procs[3:5]) {
		t.Errorf("WaitProcs() = %v, %v, %v; called %v", gone, alive, err, called)
	}
	for _, c := range kids[3:] {
		c.Process.Kill()
	}
	gone, alive, err = psutil.WaitProcs(t.Context(), procs[3:], nil)
	if err != nil || len(gone) != 3 || len(alive) != 0 {
		t.Errorf("WaitProcs() = %v, %v, %v, want all gone", gone, alive, err)
	}
}

func TestSettings(t *testing.T) {
	p := startChild(t, "idle").Process
	if os.Getuid() == 0 {
		for _, nice := range []int{5, -5, 19, -20, 0} {
			if err := p.SetNice(nice); err != nil {
				t.Fatal(err)
			}
			if got, err := p.Nice(); err != nil || got != nice {
				t.Errorf("Nice() = %d, %v, want %d", got, err, nice)
			}
		}
	}
	if err := p.SetNice(20); !errors.Is(err, psutil.ErrInvalid) {
		t.Errorf("SetNice(20): %v, want ErrInvalid", err)
	}
	for _, prio := range []psutil.IOPriority{{psutil.IOClassBestEffort, 7}, {psutil.IOClassIdle, 0}, {psutil.IOClassBestEffort, 0}, {psutil.IOClassNone, 0}} {
		if err := p.SetIONice(prio); err != nil {
			t.Fatal(err)
		}
		got, err := p.IONice()
		if prio.Class == psutil.IOClassNone { // the kernel may say what that amounts to
			continue
		}
		if err != nil || got != prio {
			t.Errorf("IONice() = %v, %v, want %v", got, err, prio)
		}
	}
	for _, prio := range []psutil.IOPriority{{psutil.IOClassBestEffort, 8}, {psutil.IOClassBestEffort, -1}, {psutil.IOClassIdle, 1}, {9, 0}} {
		if err := p.SetIONice(prio); !errors.Is(err, psutil.ErrInvalid) {
			t.Errorf("SetIONice(%v): %v, want ErrInvalid", prio, err)
		}
	}
	all, err := p.CPUAffinity()
	if err != nil || len(all) == 0 {
		t.Fatalf("CPUAffinity() = %v, %v", all, err)
	}
	last := all[len(all)-1:]
	if err := p.SetCPUAffinity(last); err != nil {
		t.Fatal(err)
	}
	if got, err := p.CPUAffinity(); err != nil || !slices.Equal(got, last) {
		t.Errorf("CPUAffinity() = %v, %v, want %v", got, err, last)
	}
	if err := p.SetCPUAffinity(nil); err != nil {
		t.Fatal(err)
	}
	if got, err := p.CPUAffinity(); err != nil || !slices.Equal(got, all) {
		t.Errorf("CPUAffinity() = %v, %v, want %v", got, err, all)
	}
	for _, cpus := range [][]int{{-1}, {1 << 20}, {0, math.MaxInt}} {
		if err := p.SetCPUAffinity(cpus); !errors.Is(err, psutil.ErrInvalid) {
			t.Errorf("SetCPUAffinity(%v): %v, want ErrInvalid", cpus, err)
		}
	}
	want := psutil.Rlimit{Soft: 128, Hard: 256}
	if err := p.SetRlimit(psutil.RlimitNoFile, want); err != nil {
		t.Fatal(err)
	}
	if got, err := p.Rlimit(psutil.RlimitNoFile); err != nil || got != want {
		t.Errorf("Rlimit() = %v, %v, want %v", got, err, want)
	}
	if err := p.SetRlimit(psutil.RlimitNoFile, psutil.Rlimit{Soft: 2, Hard: 1}); !errors.Is(err, psutil.ErrInvalid) {
		t.Errorf("SetRlimit(soft above hard): %v, want ErrInvalid", err)
	}
	if got, err := p.Rlimit(psutil.RlimitAS); err != nil || got.Soft != psutil.RlimitInfinity {
		t.Errorf("Rlimit(AS) = %v, %v, want unlimited", got, err)
	}
	if _, err := p.Rlimit(psutil.RlimitNPTS); !errors.Is(err, psutil.ErrNotSupported) || !errors.Is(err, errors.ErrUnsupported) {
		t.Errorf("Rlimit(NPTS): %v, want ErrNotSupported", err)
	}
}

func TestProcessOpenFiles(t *testing.T) {
	path := filepath.Join(t.TempDir(), "file\nwith (deleted)")
	f, err := os.OpenFile(path, os.O_RDWR|os.O_CREATE|os.O_APPEND, 0o600)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	f.WriteString("12345")
	p, _ := psutil.Self()
	find := func() psutil.OpenFile {
		files, err := p.OpenFiles()
		if err != nil {
			t.Fatal(err)
		}
		for _, file := range files {
			if file.FD == int(f.Fd()) {
				return file
			}
		}
		t.Fatalf("descriptor %d not in %v", f.Fd(), files)
		return psutil.OpenFile{}
	}
	got := find()
	if got.Path != path || got.Position != 5 || got.Mode != "a+" || got.Kind != psutil.FDRegular || got.Deleted {
		t.Errorf("got %v", got)
	}
	if flags := int(got.Flags); flags&os.O_RDWR == 0 || flags&os.O_APPEND == 0 {
		t.Errorf("flags are %#o", flags)
	}
	os.Remove(path)
	if got := find(); got.Path != path || !got.Deleted {
		t.Errorf("deleted: got %v", got)
	}
	r, w, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	defer w.Close()
	fds := map[int]psutil.FDKind{int(r.Fd()): psutil.FDPipe, int(w.Fd()): psutil.FDPipe}
	open := func(kind psutil.FDKind, fd int, err error) {
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { unix.Close(fd) })
		fds[fd] = kind
	}
	fd, err := unix.Eventfd(0, unix.EFD_CLOEXEC)
	open(psutil.FDEventFD, fd, err)
	fd, err = unix.EpollCreate1(unix.EPOLL_CLOEXEC)
	open(psutil.FDEventPoll, fd, err)
	fd, err = unix.InotifyInit1(unix.IN_CLOEXEC)
	open(psutil.FDInotify, fd, err)
	fd, err = unix.TimerfdCreate(unix.CLOCK_MONOTONIC, unix.TFD_CLOEXEC)
	open(psutil.FDTimerFD, fd, err)
	fd, err = unix.MemfdCreate("x", unix.MFD_CLOEXEC)
	open(psutil.FDMemFD, fd, err)
	fd, err = unix.PidfdOpen(os.Getpid(), 0)
	open(psutil.FDPidFD, fd, err)
	fd, err = unix.Open("/", unix.O_RDONLY|unix.O_CLOEXEC, 0)
	open(psutil.FDDirectory, fd, err)
	fd, err = unix.Open("/dev/null", unix.O_RDONLY|unix.O_CLOEXEC, 0)
	open(psutil.FDCharDevice, fd, err)
	fd, err = unix.Socket(unix.AF_UNIX, unix.SOCK_STREAM|unix.SOCK_CLOEXEC, 0)
	open(psutil.FDSocket, fd, err)
	fd, err = unix.Open("/proc/self/ns/net", unix.O_RDONLY|unix.O_CLOEXEC, 0)
	open(psutil.FDNamespace, fd, err)
	all, err := p.OpenFDs()
	if err != nil {
		t.Fatal(err)
	}
	for _, file := range all {
		if want, asked := fds[file.FD]; asked && file.Kind != want {
			t.Errorf("%v, want kind %v", file, want)
		}
		delete(fds, file.FD)
	}
	if len(fds) > 0 {
		t.Errorf("not found: %v", fds)
	}
	n, err := p.NumFDs()
	if err != nil || n < len(all)-2 || n > len(all)+2 {
		t.Errorf("NumFDs() = %d, %v, OpenFDs has %d", n, err, len(all))
	}
}

// TestOpenFilesJailed has a file open by a name that only its process has.
func TestOpenFilesJailed(t *testing.T) {
	if os.Geteuid() != 0 {
		missing(t, "needs root")
	}
	dir := t.TempDir()
	files, err := startChild(t, "jailed", dir).Process.OpenFiles()
	must(t, err)
	if !slices.ContainsFunc(files, func(f psutil.OpenFile) bool { return f.Path == filepath.Join(dir, "inside") }) {
		t.Errorf("%s/inside is not in %v", dir, files)
	}
}

// TestOpenFilesNamedMemFD has a file that is named as the kernel names a memfd,
// and a memfd of that name.
func TestOpenFilesNamedMemFD(t *testing.T) {
	if !isRerun(t) {
		dir := t.TempDir()
		rerun(t, func(cmd *exec.Cmd) { cmd.Dir = dir })
		return
	}
	p, err := psutil.Self()
	must(t, err)
	must(t, unix.Chroot("."))
	must(t, os.Chdir("/"))
	const name = "/memfd:x (deleted)"
	f, err := os.Create(name)
	must(t, err)
	defer f.Close()
	fd, err := unix.MemfdCreate("x", unix.MFD_CLOEXEC)
	must(t, err)
	defer unix.Close(fd)
	got := map[int]psutil.OpenFile{}
	all, err := p.OpenFDs()
	must(t, err)
	for _, file := range all {
		got[file.FD] = file
	}
	if file := got[int(f.Fd())]; file.Kind != psutil.FDRegular || file.Path != name || file.Deleted {
		t.Errorf("file: %+v", file)
	}
	if file := got[fd]; file.Kind != psutil.FDMemFD {
		t.Errorf("memfd: %+v", file)
	}
	regular, err := p.OpenFiles()
	must(t, err)
	has := func(fd int) bool {
		return slices.ContainsFunc(regular, func(file psutil.OpenFile) bool { return file.FD == fd })
	}
	if !has(int(f.Fd())) || has(fd) {
		t.Errorf("OpenFiles() = %v, want descriptor %d and not %d", regular, f.Fd(), fd)
	}
}

func TestProcessText(t *testing.T) {
	p, _ := psutil.Self()
	text, err := p.MarshalText()
	if err != nil {
		t.Fatal(err)
	}
	var q psutil.Process
	if err := q.UnmarshalText(text); err != nil || q != p {
		t.Errorf("UnmarshalText(%s) = %v, %v, want %v", text, q, err, p)
	}
	for _, bad := range []string{"", "1", "x:1", "1:x", "-1:1", "1:-1", "1:99999999999999999999"} {
		if err := q.UnmarshalText([]byte(bad)); !errors.Is(err, psutil.ErrInvalid) {
			t.Errorf("UnmarshalText(%q): %v, want ErrInvalid", bad, err)
		}
	}
	var buf bytes.Buffer
	if err := gob.NewEncoder(&buf).Encode(p); err != nil {
		t.Fatal(err)
	}
	q = psutil.Process{}
	if err := gob.NewDecoder(&buf).Decode(&q); err != nil || q != p {
		t.Errorf("gob: %v, %v, want %v", q, err, p)
	}
}

func TestMemoryPercent(t *testing.T) {
	p := startChild(t, "idle").Process
	// The runtime of an idle child would still map, touch and give back memory.
	must(t, p.Suspend())
	for status := psutil.StatusUnknown; status != psutil.StatusStopped; {
		var err error
		status, err = p.Status()
		must(t, err)
	}
	vm, err := psutil.VirtualMemory()
	if err != nil {
		t.Fatal(err)
	}
	ex, err := p.MemoryInfoEx()
	if err != nil {
		t.Fatal(err)
	}
	foot, err := p.MemoryFootprint()
	if err != nil {
		t.Fatal(err)
	}
	for field, want := range map[string]uint64{
		"": ex.RSS, "rss": ex.RSS, "vms": ex.VMS, "shared": ex.Shared, "text": ex.Text, "data": ex.Data,
		"peak_rss": ex.PeakRSS, "peak_vms": ex.PeakVMS, "rss_anon": ex.RSSAnon, "rss_file": ex.RSSFile, "stack": ex.Stack,
		"page_tables": ex.PageTables, "locked": ex.Locked, "uss": foot.USS, "pss": foot.PSS, "swap": foot.Swap,
	} {
		got, err := p.MemoryPercent(field)
		const slack = 1 << 20
		bytes := got / 100 * float64(vm.Total)
		if err != nil || math.Abs(bytes-float64(want)) > slack {
			t.Errorf("MemoryPercent(%q) = %v (%.0f bytes), %v, want %d bytes", field, got, bytes, err, want)
		}
	}
	if _, err := p.MemoryPercent("nonsense"); !errors.Is(err, psutil.ErrInvalid) {
		t.Errorf("MemoryPercent(nonsense): %v, want ErrInvalid", err)
	}
	if _, err := p.MemoryPercent("missing"); !errors.Is(err, psutil.ErrInvalid) {
		t.Errorf("MemoryPercent(missing): %v, want ErrInvalid", err)
	}
}
