package psutil_test

import (
	"cmp"
	"errors"
	"fmt"
	"net"
	"os"
	"os/exec"
	"runtime"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/go-psutil/psutil"
)

func init() {
	// churn starts short-lived processes as fast as it can: most of them a
	// program that ends at once, some with threads, a file and a socket.
	children["churn"] = func([]string) error {
		var over atomic.Bool
		var started atomic.Int64
		failed := make(chan error, 4)
		exe, err := os.Executable()
		if err != nil {
			return err
		}
		start := func(path, child string) {
			for !over.Load() {
				cmd := exec.Command(path)
				cmd.Env = []string{childEnv + "=" + child}
				if err := cmd.Run(); err != nil {
					failed <- fmt.Errorf("%s: %w", path, err)
					return
				}
				started.Add(1)
			}
			failed <- nil
		}
		go start("/bin/true", "")
		go start("/bin/true", "")
		go start("/bin/true", "")
		go start(exe, "brief")
		err = ready()
		over.Store(true)
		err = errors.Join(err, <-failed, <-failed, <-failed, <-failed)
		fmt.Println(started.Load())
		return err
	}
	children["brief"] = func([]string) error {
		l, err := net.Listen("tcp", "127.0.0.1:0")
		if err != nil {
			return err
		}
		defer l.Close()
		f, err := os.Open("/proc/self/exe")
		if err != nil {
			return err
		}
		defer f.Close()
		_, err = f.Read(make([]byte, 1))
		return err
	}
}

// holdings counts the descriptors and the goroutines of this process.
func holdings(t testing.TB) (fds, goroutines int) {
	t.Helper()
	names, err := os.ReadDir("/proc/self/fd")
	must(t, err)
	return len(names), runtime.NumGoroutine()
}

// nothingHeld returns a function that fails the test if there are more
// descriptors or goroutines than now. What waits to be collected is collected
// first.
func nothingHeld(t testing.TB) func() {
	t.Helper()
	// The runtime's own poller is opened with the first pipe, and kept.
	r, w, err := os.Pipe()
	must(t, errors.Join(err, r.Close(), w.Close()))
	fds, goroutines := holdings(t)
	return func() {
		t.Helper()
		for range 1000 {
			runtime.GC() // runs the cleanups that close directories
			runtime.Gosched()
			if n, g := holdings(t); n <= fds && g <= goroutines {
				return
			}
		}
		n, g := holdings(t)
		self, err := psutil.Self()
		must(t, err)
		open, err := self.OpenFDs()
		t.Errorf("%d descriptors and %d goroutines, %d and %d before: %v, %v", n, g, fds, goroutines, open, err)
	}
}

// TestChurn looks at the machine while hundreds of processes a second start and
// end. One that goes must not show as an error, nor as a row that is not
// whole. PSUTIL_CHURN is how long to look, 2s if not set.
func TestChurn(t *testing.T) {
	duration, err := time.ParseDuration(cmp.Or(os.Getenv("PSUTIL_CHURN"), "2s"))
	must(t, err)
	if testing.Short() {
		duration = time.Second / 4
	}
	newSampler := func() *psutil.Sampler {
		sampler, err := psutil.NewSampler(psutil.FieldName | psutil.FieldCPUTimes | psutil.FieldCPUPercent | psutil.FieldUsername)
		must(t, err)
		return sampler
	}
	c := &churnCheck{T: t, sampler: newSampler(), seen: map[psutil.Process]bool{}}
	if c.self, err = psutil.Self(); err != nil {
		t.Fatal(err)
	}
	c.look() // what is opened once and kept
	must(t, c.sampler.Close())
	check := nothingHeld(t)
	c.sampler = newSampler()
	if _, err := c.sampler.Sample(); err != nil {
		t.Error(err)
	}
	helper := startChild(t, "churn")
	c.helper = helper.Process
	rounds := 0
	met := func() bool { return len(c.seen) >= 5 && c.gone > 0 }
	for began := time.Now(); !t.Failed(); rounds++ {
		// On a busy machine it takes longer to meet any.
		if past := time.Since(began); past > duration && (met() || past > time.Minute) {
			break
		}
		c.look()
	}
	helper.Stdin.Close()
	started, _ := helper.Stdout.ReadString('\n')
	if err := helper.Wait(); err != nil {
		t.Errorf("the helper: %v", err)
	}
	must(t, c.sampler.Close())
	check()
	t.Logf("%d rounds while %s processes came and went; %d met, %d lost", rounds, strings.TrimSpace(started), len(c.seen), c.gone)
	if !met() {
		t.Error("too few processes came and went")
	}
}

type churnCheck struct {
	*testing.T
	self, helper psutil.Process
	sampler      *psutil.Sampler
	seen         map[psutil.Process]bool // those of the helper
	gone         int                     // how often one went while it was looked at
}

// look calls everything that looks at many processes.
func (c *churnCheck) look() {
	c.pids()
	c.processes()
	c.snapshot()
	c.connections()
	c.children()
	c.sample()
	c.newest()
}

func (c *churnCheck) pids() {
	pids, err := psutil.PIDs()
	if err != nil || !slices.Contains(pids, c.self.PID()) {
		c.Errorf("PIDs() = %v, %v", pids, err)
	}
	if !slices.IsSorted(pids) || len(slices.Compact(slices.Clone(pids))) != len(pids) {
		c.Errorf("PIDs() = %v", pids)
	}
	for _, pid := range pids[len(pids)*3/4:] {
		if _, err := psutil.PIDExists(pid); err != nil {
			c.Errorf("PIDExists(): %v", err)
		}
	}
}

func (c *churnCheck) processes() {
	last, self := -1, false
	for p, err := range psutil.Processes() {
		if err != nil || p.PID() <= last {
			c.Errorf("Processes(): %v behind %d, %v", p, last, err)
		}
		last = p.PID()
		self = self || p == c.self
	}
	if !self {
		c.Errorf("Processes() without %v", c.self)
	}
}

func (c *churnCheck) snapshot() {
	last, self := -1, false
	for info, err := range psutil.Snapshot(psutil.AllFields) {
		if err != nil {
			c.Errorf("Snapshot(): %v", err)
			continue
		}
		if info.Process.PID() <= last {
			c.Errorf("Snapshot(): %v behind %d", info.Process, last)
		}
		last = info.Process.PID()
		self = self || info.Process == c.self
		if s := c.whole(info); s != "" {
			c.Errorf("Snapshot(): %v: %s", info.Process, s)
		}
	}
	if !self {
		c.Errorf("Snapshot() without %v", c.self)
	}
}

// whole says what is wrong with the row of a process, which was all read of
// that process while it existed.
func (c *churnCheck) whole(info *psutil.ProcessInfo) string {
	zombie := false
	for f := range info.Asked().All() {
		err := info.Err(f)
		zombie = zombie || errors.Is(err, psutil.ErrZombieProcess)
		if info.Has(f) == (err != nil) || errors.Is(err, psutil.ErrNoSuchProcess) && !errors.Is(err, psutil.ErrZombieProcess) {
			return fmt.Sprintf("%v: %v", f, err)
		}
		if errors.Is(err, psutil.ErrAccessDenied) && os.Geteuid() == 0 && c.helper != (psutil.Process{}) && info.PPID == c.helper.PID() {
			return fmt.Sprintf("%v: %v", f, err)
		}
	}
	if zombie || info.Status == psutil.StatusZombie || !info.Has(psutil.FieldThreads) {
		return ""
	}
	return unless(slices.ContainsFunc(info.Threads, func(th psutil.Thread) bool { return th.ID == info.Process.PID() }), "threads: %v", info.Threads)
}

func (c *churnCheck) connections() {
	conns, err := psutil.NetConnections(psutil.KindAll)
	if err != nil {
		c.Errorf("NetConnections(): %v", err)
	}
	if !slices.IsSortedFunc(conns, func(a, b psutil.Connection) int {
		return cmp.Or(cmp.Compare(a.Family, b.Family), cmp.Compare(a.Type, b.Type), a.Local.Compare(b.Local))
	}) {
		c.Error("NetConnections() is not sorted")
	}
	for _, conn := range conns {
		if (conn.PID < 0) != (conn.FD < 0) || conn.PID == 0 {
			c.Errorf("NetConnections(): %+v", conn)
		}
	}
}

// children also asks for all that is known of those it finds.
func (c *churnCheck) children() {
	kids, err := c.self.Children(true)
	if s := younger(c.self, kids); err != nil || s != "" {
		c.Errorf("Children(): %s, %v", s, err)
	}
	for _, p := range kids {
		if p == c.helper {
			continue
		}
		c.seen[p] = true
		for _, g := range getters {
			v, err := g.get(p)
			if err != nil && !errors.Is(err, psutil.ErrNoSuchProcess) && (os.Geteuid() == 0 || !errors.Is(err, psutil.ErrAccessDenied)) {
				c.Errorf("%v: %s: %v", p, g.method, err)
			}
			if info, ok := v.(*psutil.ProcessInfo); ok && err == nil {
				if s := c.whole(info); s != "" {
					c.Errorf("Info(): %v: %s", p, s)
				}
			}
		}
	}
}

// newest asks for all that is known of processes that have just begun, many of
// which end meanwhile.
func (c *churnCheck) newest() {
	old, err := psutil.PIDs()
	for range 20 {
		var pids []int
		if err == nil {
			pids, err = psutil.PIDs()
		}
		if err != nil {
			c.Fatalf("PIDs(): %v", err)
		}
		for _, pid := range pids {
			if _, known := slices.BinarySearch(old, pid); !known {
				c.info(pid)
			}
		}
	}
}

func (c *churnCheck) info(pid int) {
	p, err := psutil.NewProcess(pid)
	var info *psutil.ProcessInfo
	if err == nil {
		info, err = p.Info(psutil.AllFields)
	}
	switch {
	case err == nil:
		if s := c.whole(info); s != "" {
			c.Errorf("Info(): %v: %s", p, s)
		}
	case errors.Is(err, psutil.ErrNoSuchProcess) && !errors.Is(err, psutil.ErrZombieProcess):
		c.gone++
	default:
		c.Errorf("Info(): %v", err)
	}
}

func (c *churnCheck) sample() {
	s, err := c.sampler.Sample()
	if err != nil {
		c.Fatalf("Sample(): %v", err)
	}
	byPID := func(a, b psutil.Process) int { return a.PID() - b.PID() }
	if !slices.IsSortedFunc(s.Started, byPID) || !slices.IsSortedFunc(s.Gone, byPID) {
		c.Errorf("Sample(): started %v, gone %v", s.Started, s.Gone)
	}
	// Used CPU time is told in ticks, and this process may be held up between
	// reading it and reading the clock.
	most := 1e4 * float64(runtime.NumCPU())
	last := -1
	for i := range s.Processes {
		info := &s.Processes[i]
		p := info.Process
		if p.PID() <= last {
			c.Errorf("Sample(): %v behind %d", p, last)
		}
		last = p.PID()
		if slices.Contains(s.Gone, p) {
			c.Errorf("Sample(): %v is gone and there", p)
		}
		fresh := s.Elapsed == 0 || slices.Contains(s.Started, p)
		if info.Has(psutil.FieldCPUPercent) == fresh {
			c.Errorf("Sample(): %v has CPUPercent: %t, is new: %t", p, !fresh, fresh)
		}
		if info.CPUPercent < 0 || info.CPUPercent > most {
			c.Errorf("Sample(): %v used %v%% in %v", p, info.CPUPercent, s.Elapsed)
		}
	}
}
