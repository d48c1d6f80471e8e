package psutil_test

import (
	"context"
	"errors"
	"fmt"
	"math"
	"net"
	"net/netip"
	"os"
	"os/exec"
	"os/user"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/go-psutil/psutil"
)

func init() {
	// idle does nothing.
	children["idle"] = func([]string) error { return ready() }
	// listener listens, says where, and does nothing.
	children["listener"] = func([]string) error {
		l, err := net.Listen("tcp4", "127.0.0.1:0")
		if err != nil {
			return err
		}
		defer l.Close()
		fmt.Println("ready")
		fmt.Println(l.Addr())
		return ready()
	}
	// opener has a file open.
	children["opener"] = func(args []string) error {
		f, err := os.Create(args[0])
		if err != nil {
			return err
		}
		defer f.Close()
		return ready()
	}
	// exit ends with a code once it may.
	children["exit"] = func([]string) error {
		_ = ready()
		os.Exit(42)
		return nil
	}
}

// TestProcessOfChild holds what is told of a child against what it was started with.
func TestProcessOfChild(t *testing.T) {
	exe, err := os.Executable()
	must(t, err)
	args := []string{"plain", "two words", `a "quoted" one`, `back\slash\`, `end\\`, "grüße", "日本", "", `\"`, "😀"}
	dir := filepath.Join(t.TempDir(), "wörk dir")
	must(t, os.Mkdir(dir, 0o777))
	cmd := exec.Command(exe, args...)
	cmd.Dir = dir
	cmd.Env = append(os.Environ(), childEnv+"=idle", "Psutil_Välue=one=two ü", "EMPTY_ONE=")
	before := time.Now()
	c := startReady(t, cmd)
	p := c.Process

	line, err := p.Cmdline()
	must(t, err)
	if len(line) == 0 || !slices.Equal(line[1:], args) {
		t.Errorf("Cmdline %q, want %q behind the program", line, args)
	}
	env, err := p.Environ()
	must(t, err)
	if env["PSUTIL_VÄLUE"] != "one=two ü" || env[strings.ToUpper(childEnv)] != "idle" {
		t.Errorf("Environ %q", env)
	}
	if v, found := env["EMPTY_ONE"]; v != "" || !found {
		t.Errorf("EMPTY_ONE is %q, %v", v, found)
	}
	cwd, err := p.Cwd()
	must(t, err)
	if !strings.EqualFold(cwd, dir) {
		t.Errorf("Cwd %q, want %q", cwd, dir)
	}
	path, err := p.Exe()
	must(t, err)
	if !strings.EqualFold(path, exe) {
		t.Errorf("Exe %q, want %q", path, exe)
	}
	name, err := p.Name()
	must(t, err)
	if !strings.EqualFold(name, filepath.Base(exe)) {
		t.Errorf("Name %q", name)
	}
	ppid, err := p.PPID()
	must(t, err)
	if ppid != os.Getpid() {
		t.Errorf("PPID %d, want %d", ppid, os.Getpid())
	}
	created, err := p.CreateTime()
	must(t, err)
	if created.Before(before.Add(-time.Second)) || created.After(time.Now().Add(time.Second)) {
		t.Errorf("created %v, began %v", created, before)
	}
	me, err := user.Current()
	must(t, err)
	if username, err := p.Username(); err != nil || !strings.EqualFold(username, me.Username) {
		t.Errorf("Username %q, %v, want %q", username, err, me.Username)
	}
	threads, err := p.Threads()
	must(t, err)
	n, err := p.NumThreads()
	must(t, err)
	if !slices.IsSortedFunc(threads, func(a, b psutil.Thread) int { return a.ID - b.ID }) {
		t.Errorf("threads are not in order: %v", threads)
	}
	for i := range 3 { // the system takes these for the PID itself
		if q, err := psutil.NewProcess(p.PID() + 1 + i); !errors.Is(err, psutil.ErrNoSuchProcess) {
			t.Errorf("PID %d is %v, %v", p.PID()+1+i, q, err)
		}
	}
	if len(threads) == 0 || n == 0 || threads[0].ID == 0 {
		t.Errorf("%d threads: %v", n, threads)
	}
	m, err := p.MemoryInfo()
	must(t, err)
	if m.RSS == 0 || m.VMS == 0 || !m.Missing.Has("shared") {
		t.Errorf("MemoryInfo %v", m)
	}
	children, err := func() ([]psutil.Process, error) {
		self, err := psutil.Self()
		must(t, err)
		return self.Children(false)
	}()
	must(t, err)
	if !slices.Contains(children, p) {
		t.Errorf("%v is no child: %v", p, children)
	}

	// The same in bulk.
	fields := psutil.FieldCmdline | psutil.FieldEnviron | psutil.FieldCwd | psutil.FieldExe | psutil.FieldName | psutil.FieldPPID |
		psutil.FieldCreateTime | psutil.FieldUsername | psutil.FieldNumThreads
	info, err := p.Info(fields)
	must(t, err)
	if !info.Has(fields) || !slices.Equal(info.Cmdline, line) || info.Cwd != cwd || info.Exe != path || info.Name != name || info.PPID != ppid ||
		!info.CreateTime.Equal(created) {
		t.Errorf("Info %v", info)
	}
	found := false
	for info, err := range psutil.Snapshot(psutil.FieldName | psutil.FieldPPID) {
		must(t, err)
		found = found || info.Process == p && info.Name == name
	}
	if !found {
		t.Error("not in the snapshot")
	}
}

// TestProcessEnds ends children in every way, and waits for them.
func TestProcessEnds(t *testing.T) {
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	for name, test := range map[string]struct {
		end  func(*child) error
		code int
	}{
		"Terminate": {func(c *child) error { return c.Process.Terminate() }, int(syscall.SIGTERM)},
		"Kill":      {func(c *child) error { return c.Process.Kill() }, int(syscall.SIGKILL)},
		"exit":      {func(c *child) error { return c.Stdin.Close() }, 42},
	} {
		t.Run(name, func(t *testing.T) {
			c := startChild(t, "exit")
			if running, err := c.Process.IsRunning(); err != nil || !running {
				t.Errorf("IsRunning %v, %v", running, err)
			}
			short, cancel := context.WithTimeout(ctx, time.Millisecond)
			defer cancel()
			if _, err := c.Process.Wait(short); !errors.Is(err, psutil.ErrTimeout) {
				t.Errorf("Wait returned %v", err)
			}
			must(t, test.end(c))
			status, err := c.Process.Wait(ctx)
			if err != nil || status != (psutil.ExitStatus{Known: true, Code: test.code}) {
				t.Errorf("%v, %v, want code %d", status, err, test.code)
			}
			// A handle of it is still open, and it is no process any more.
			if running, err := c.Process.IsRunning(); err != nil || running {
				t.Errorf("IsRunning %v, %v", running, err)
			}
			if _, err := c.Process.Cmdline(); !errors.Is(err, psutil.ErrNoSuchProcess) {
				t.Errorf("Cmdline: %v", err)
			}
			if err := c.Process.Kill(); !errors.Is(err, psutil.ErrNoSuchProcess) {
				t.Errorf("Kill: %v", err)
			}
		})
	}
}

// TestWaitProcsMany waits for more processes than the system waits for at once.
func TestWaitProcsMany(t *testing.T) {
	const n = 70
	var procs []psutil.Process
	var all []*child
	for range n {
		c := startChild(t, "exit")
		all, procs = append(all, c), append(procs, c.Process)
	}
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	for _, c := range all[:n-1] {
		must(t, c.Stdin.Close())
	}
	codes := 0
	stop, cancelWait := context.WithCancel(ctx)
	gone, alive, err := psutil.WaitProcs(stop, append(procs, procs[0]), func(_ psutil.Process, s psutil.ExitStatus) {
		if s.Code == 42 {
			codes++
		}
		if codes == n-1 {
			cancelWait()
		}
	})
	cancelWait()
	if err != nil || len(gone) != n-1 || len(alive) != 1 || codes != n-1 || alive[0] != procs[n-1] {
		t.Errorf("%d gone, %v alive, %d codes, %v", len(gone), alive, codes, err)
	}
}

// TestNetConnectionsOfChild finds a listener and a connection of a child.
func TestNetConnectionsOfChild(t *testing.T) {
	c := startChild(t, "listener")
	line, err := c.Stdout.ReadString('\n')
	must(t, err)
	addr, err := netip.ParseAddrPort(strings.TrimSpace(line))
	must(t, err)
	conn, err := net.Dial("tcp4", addr.String())
	must(t, err)
	defer conn.Close()
	all, err := psutil.NetConnections(psutil.KindTCP4)
	must(t, err)
	i := slices.IndexFunc(all, func(c psutil.Connection) bool { return c.Local == addr && c.Listening })
	if i < 0 || all[i].PID != c.Process.PID() || all[i].Status != psutil.ConnListen || all[i].Remote.IsValid() || all[i].Type != psutil.SocketStream {
		t.Fatalf("no listener at %v: %v", addr, all)
	}
	own := conn.LocalAddr().(*net.TCPAddr).AddrPort()
	i = slices.IndexFunc(all, func(c psutil.Connection) bool { return c.Local == own && c.Remote == addr })
	if i < 0 || all[i].PID != os.Getpid() || all[i].Status != psutil.ConnEstablished {
		t.Errorf("no connection from %v: %v", own, all)
	}
	one, err := collect(psutil.NetConnectionsSeq(psutil.KindTCP4, psutil.WithLocalPort(addr.Port()), psutil.WithStates(psutil.ConnListen)))
	if err != nil || len(one) != 1 || one[0].Local != addr || one[0].PID != c.Process.PID() || !one[0].Missing.Has("recv_q") {
		t.Errorf("one by one: %+v, %v", one, err)
	}
	its, err := c.Process.NetConnections(psutil.KindTCP, psutil.WithLocalPort(addr.Port()), psutil.WithStates(psutil.ConnListen))
	if err != nil || len(its) != 1 || its[0].Local != addr {
		t.Errorf("of the child %v, %v", its, err)
	}
}

// TestProcessSettings sets what can be set of a process.
func TestProcessSettings(t *testing.T) {
	p := startChild(t, "idle").Process
	must(t, p.SetNice(psutil.PriorityBelowNormal))
	if nice, err := p.Nice(); err != nil || nice != psutil.PriorityBelowNormal {
		t.Errorf("Nice %#x, %v", nice, err)
	}
	if err := p.SetNice(10); !errors.Is(err, psutil.ErrInvalid) {
		t.Errorf("SetNice(10): %v", err)
	}
	cpus, err := p.CPUAffinity()
	must(t, err)
	if n, err := psutil.CPUCount(); err != nil || len(cpus) == 0 || len(cpus) > n {
		t.Errorf("affinity %v of %d CPUs, %v", cpus, n, err)
	}
	must(t, p.SetCPUAffinity(cpus[:1]))
	if got, err := p.CPUAffinity(); err != nil || !slices.Equal(got, cpus[:1]) {
		t.Errorf("affinity %v, %v, want %v", got, err, cpus[:1])
	}
	if err := p.SetCPUAffinity([]int{math.MaxInt32}); !errors.Is(err, psutil.ErrInvalid) {
		t.Errorf("a CPU that is not there: %v", err)
	}
	if err := p.SetIONice(psutil.IOPriority{Class: psutil.IOClassIdle}); !errors.Is(err, psutil.ErrInvalid) {
		t.Errorf("a class of Linux: %v", err)
	}
}

func TestProcessIONice(t *testing.T) {
	wineGap(t, "ProcessIoPriority")
	p := startChild(t, "idle").Process
	must(t, p.SetIONice(psutil.IOPriority{Class: psutil.IOClassLow}))
	if prio, err := p.IONice(); err != nil || prio.Class != psutil.IOClassLow {
		t.Errorf("%v, %v", prio, err)
	}
}

func TestProcessSuspend(t *testing.T) {
	c := startChild(t, "exit")
	must(t, c.Process.Suspend())
	t.Cleanup(func() { _ = c.Process.Resume() })
	must(t, c.Stdin.Close())
	ctx, cancel := context.WithTimeout(context.Background(), 200*time.Millisecond)
	defer cancel()
	if status, err := c.Process.Wait(ctx); !errors.Is(err, psutil.ErrTimeout) {
		t.Errorf("ended while suspended: %v, %v", status, err)
	}
	must(t, c.Process.Resume())
	if status, err := c.Process.Wait(context.Background()); err != nil || status.Code != 42 {
		t.Errorf("%v, %v", status, err)
	}
}

func TestProcessStatusSuspended(t *testing.T) {
	wineGap(t, "thread state")
	p := startChild(t, "idle").Process
	must(t, p.Suspend())
	if status, err := p.Status(); err != nil || status != psutil.StatusStopped {
		t.Errorf("%v, %v", status, err)
	}
	must(t, p.Resume())
	if status, err := p.Status(); err != nil || status != psutil.StatusRunning {
		t.Errorf("%v, %v", status, err)
	}
}

func TestNoSuchProcess(t *testing.T) {
	for _, pid := range []int{math.MaxInt32, math.MaxInt32 - 3} {
		if _, err := psutil.NewProcess(pid); !errors.Is(err, psutil.ErrNoSuchProcess) {
			t.Errorf("PID %d: %v", pid, err)
		}
		if exists, err := psutil.PIDExists(pid); err != nil || exists {
			t.Errorf("PID %d exists: %v, %v", pid, exists, err)
		}
	}
}

func TestOpenFilesOfChild(t *testing.T) {
	path := filepath.Join(t.TempDir(), "öpen.txt")
	p := startChild(t, "opener", path).Process
	files, err := p.OpenFiles()
	must(t, err)
	if !slices.ContainsFunc(files, func(f psutil.OpenFile) bool {
		return strings.EqualFold(f.Path, path) && f.Kind == psutil.FDRegular && f.FD == -1 && f.Missing.Has("position")
	}) {
		t.Errorf("%q is not among %v", path, files)
	}
}

// TestMemoryOfSelf looks at the caller's own memory.
func TestMemoryOfSelf(t *testing.T) {
	self, err := psutil.Self()
	must(t, err)
	foot, err := self.MemoryFootprint()
	must(t, err)
	m, err := self.MemoryInfo()
	must(t, err)
	if foot.USS == 0 || foot.USS > 2*m.RSS || !foot.Missing.Has("pss") {
		t.Errorf("footprint %v, memory %v", foot, m)
	}
	maps, err := self.MemoryMaps()
	must(t, err)
	exe, err := os.Executable()
	must(t, err)
	i := slices.IndexFunc(maps, func(m psutil.MemoryMap) bool { return strings.EqualFold(m.Path, exe) })
	if i < 0 || maps[i].RSS == 0 || maps[i].Size < maps[i].RSS {
		t.Errorf("%q is not mapped, or not resident: %v", exe, maps)
	}
}

func TestMemoryFootprintOfChild(t *testing.T) {
	wineGap(t, "QueryWorkingSetEx")
	foot, err := startChild(t, "idle").Process.MemoryFootprint()
	if err != nil || foot.USS == 0 {
		t.Errorf("%v, %v", foot, err)
	}
}

// TestOneCall holds that however many processes there are, and whatever of the
// table is asked for, the system is called once.
func TestOneCall(t *testing.T) {
	startChild(t, "idle")
	fields := psutil.FieldName | psutil.FieldPPID | psutil.FieldCPUTimes | psutil.FieldIOCounters | psutil.FieldMemoryInfo | psutil.FieldThreads |
		psutil.FieldNumCtxSwitches | psutil.FieldStatus | psutil.FieldCreateTime | psutil.FieldNumHandles | psutil.FieldPageFaults
	before := psutil.SystemTables()
	n := 0
	for info, err := range psutil.Snapshot(fields) {
		must(t, err)
		if !info.Has(fields) {
			t.Errorf("%v lacks %v", info.Process, fields&^info.Valid)
		}
		n++
	}
	if calls := psutil.SystemTables() - before; calls != 1 || n < 2 {
		t.Errorf("%d calls for %d processes", calls, n)
	}
	sampler, err := psutil.NewSampler(fields | psutil.FieldCPUPercent | psutil.FieldIORate)
	must(t, err)
	defer sampler.Close()
	before = psutil.SystemTables()
	const samples = 3
	for range samples {
		s, err := sampler.Sample()
		must(t, err)
		n = len(s.Processes)
	}
	if calls := psutil.SystemTables() - before; calls != samples || n < 2 {
		t.Errorf("%d calls for %d samples", calls, samples)
	}
}

// TestNoHandleLeaks calls everything many times, and has no more handles afterwards.
func TestNoHandleLeaks(t *testing.T) {
	p := startChild(t, "opener", filepath.Join(t.TempDir(), "file")).Process
	calls := map[string]func(){
		"NewProcess": func() { psutil.NewProcess(p.PID()) },
		"PIDExists":  func() { psutil.PIDExists(p.PID()) },
		"Gone":       func() { psutil.NewProcess(math.MaxInt32) },
		"Wait": func() {
			ctx, cancel := context.WithCancel(context.Background())
			cancel()
			p.Wait(ctx)
		},
		"Suspend":           func() { p.Suspend(); p.Resume() },
		"SetNice":           func() { p.SetNice(psutil.PriorityNormal) },
		"NetConnections":    func() { psutil.NetConnections(psutil.KindAll) },
		"CPUTimesPerCPU":    func() { psutil.CPUTimesPerCPU() },
		"CPUStats":          func() { psutil.CPUStats() },
		"CPUFreq":           func() { psutil.CPUFreq() },
		"CPUInfo":           func() { psutil.CPUInfo() },
		"CPUCountCores":     func() { psutil.CPUCountCores() },
		"VirtualMemory":     func() { psutil.VirtualMemory() },
		"SwapMemory":        func() { psutil.SwapMemory() },
		"DiskPartitionsAll": func() { psutil.DiskPartitionsAll() },
		"DiskUsage":         func() { psutil.DiskUsage(context.Background(), `C:\`) },
		"DiskIOCounters":    func() { psutil.DiskIOCounters() },
		"NetIOCounters":     func() { psutil.NetIOCounters() },
		"NetIfAddrs":        func() { psutil.NetIfAddrs() },
		"NetIfStats":        func() { psutil.NetIfStats() },
		"BootTime":          func() { psutil.BootTime() },
		"Users":             func() { psutil.Users() },
		"HostInfo":          func() { psutil.HostInfo() },
		"SensorsBattery":    func() { psutil.SensorsBattery() },
	}
	for f := range (psutil.AllFields &^ (psutil.FieldMemoryMaps | psutil.FieldMemoryFootprint)).All() {
		calls[f.String()] = func() { p.Info(f) }
	}
	times := 1000
	if testing.Short() {
		times = 50
	}
	handles := func() (n int) {
		self, err := psutil.Self()
		must(t, err)
		n, err = self.NumHandles()
		must(t, err)
		return n
	}
	for name, call := range calls {
		t.Run(name, func(t *testing.T) {
			for range 10 { // what is kept for ever
				call()
			}
			before := handles()
			for range times {
				call()
			}
			// A table grows by doubling, and threads come and go.
			if after := handles(); after > before+times/10 {
				t.Errorf("%d handles before, %d after %d calls", before, after, times)
			}
		})
	}
}
