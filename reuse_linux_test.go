package psutil_test

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"os/signal"
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

// barrier is a signal behind which a process has no lower one pending: the
// kernel hands out the lowest number first.
const barrier = syscall.Signal(62)

func init() {
	children["witness"] = func([]string) error {
		signals := make(chan os.Signal, 100)
		signal.Notify(signals)
		signal.Reset(syscall.SIGURG) // the Go runtime sends it to itself
		fmt.Println("ready")
		in := bufio.NewScanner(os.Stdin)
		for in.Scan() {
			if err := syscall.Kill(os.Getpid(), barrier); err != nil {
				return err
			}
			var got []string
			for sig := range signals {
				if sig == barrier {
					break
				}
				got = append(got, strconv.Itoa(int(sig.(syscall.Signal))))
			}
			fmt.Println(strings.Join(got, " "))
		}
		return in.Err()
	}
}

// received asks a witness which signals it has got since it was asked last.
func received(t testing.TB, c *child) string {
	t.Helper()
	if _, err := fmt.Fprintln(c.Stdin); err != nil {
		t.Fatalf("the witness is gone: %v", err)
	}
	line, err := c.Stdout.ReadString('\n')
	if err != nil {
		t.Fatalf("the witness is gone: %v", err)
	}
	return strings.TrimSuffix(line, "\n")
}

// startAgain starts a child that gets a PID which was in use before. It needs a
// PID namespace of its own, where nobody else takes the PID in between but the
// threads of this process, so that another try mends it.
func startAgain(t testing.TB, pid int, name string) *child {
	t.Helper()
	for range 100 {
		must(t, os.WriteFile("/proc/sys/kernel/ns_last_pid", []byte(strconv.Itoa(pid-1)), 0))
		c := startChild(t, name)
		if c.Process.PID() == pid {
			return c
		}
		end(t, c)
	}
	t.Fatalf("PID %d is not given out again", pid)
	return nil
}

// end kills a child and collects its status, after which its PID is free.
func end(t testing.TB, c *child) {
	t.Helper()
	must(t, c.Cmd.Process.Kill())
	c.Wait() // says that it was killed
}

// nextTick returns once a process started now has a later token than p. Two
// processes that begin in the same clock tick, 10 ms, and have the same PID can't
// be told apart: for that all other PIDs would have to be used within the tick.
func nextTick(t testing.TB, p psutil.Process) {
	t.Helper()
	for {
		var now unix.Timespec
		must(t, unix.ClockGettime(unix.CLOCK_BOOTTIME, &now))
		if uint64(now.Nano())/uint64(10*time.Millisecond) > p.Token() {
			return
		}
		runtime.Gosched()
	}
}

// TestReusedPIDIsNotSignalled gives the PID of a process that has ended to another one, and
// shows that the handle of the first does nothing to the second.
func TestReusedPIDIsNotSignalled(t *testing.T) {
	if !isRerun(t) {
		rerun(t, func(cmd *exec.Cmd) { cmd.SysProcAttr.Cloneflags |= unix.CLONE_NEWPID | unix.CLONE_NEWNS })
		return
	}
	must(t, unix.Mount("", "/", "", unix.MS_REC|unix.MS_PRIVATE, ""))
	must(t, unix.Mount("proc", "/proc", "proc", 0, ""))
	if os.Getpid() != 1 {
		t.Fatalf("PID %d in a new namespace", os.Getpid())
	}

	sampler, err := psutil.NewSampler(psutil.FieldCPUPercent | psutil.FieldCPUTimes | psutil.FieldName)
	must(t, err)
	first := startChild(t, "witness")
	p := first.Process
	_, err = sampler.Sample()
	must(t, err)
	sample, err := sampler.Sample()
	must(t, err)
	if i := find(sample, p.PID()); i < 0 || !sample.Processes[i].Has(psutil.FieldCPUPercent) {
		t.Errorf("no CPUPercent of %v in the second sample: %v", p, sample.Processes)
	}
	end(t, first)
	checkReused(t, p, "no such process")
	nextTick(t, p)
	second := startAgain(t, p.PID(), "witness")
	q := second.Process
	if q.Token() <= p.Token() {
		t.Fatalf("started %v, then %v", p, q)
	}
	if p == q {
		t.Errorf("%v == %v", p, q)
	}
	if set := map[psutil.Process]bool{p: true}; set[q] {
		t.Errorf("%v is found as %v in a map", q, p)
	}

	sample, err = sampler.Sample()
	must(t, err)
	if i := find(sample, q.PID()); i < 0 || sample.Processes[i].Process != q || sample.Processes[i].Has(psutil.FieldCPUPercent) {
		t.Errorf("%v continues the series of %v: %v", q, p, sample.Processes)
	}
	if !slices.Equal(sample.Gone, []psutil.Process{p}) || !slices.Equal(sample.Started, []psutil.Process{q}) {
		t.Errorf("gone %v, started %v, want %v and %v", sample.Gone, sample.Started, p, q)
	}

	type settings struct {
		nice     int
		ionice   psutil.IOPriority
		affinity string
		files    psutil.Rlimit
	}
	look := func() (s settings) {
		var err [4]error
		var cpus []int
		s.nice, err[0] = q.Nice()
		s.ionice, err[1] = q.IONice()
		cpus, err[2] = q.CPUAffinity()
		s.files, err[3] = q.Rlimit(psutil.RlimitNoFile)
		s.affinity = fmt.Sprint(cpus)
		must(t, errors.Join(err[:]...))
		return s
	}
	before := look()
	checkReused(t, p, "reused")
	if after := look(); after != before {
		t.Errorf("the second process was changed from %v to %v", before, after)
	}
	if got := received(t, second); got != "" {
		t.Errorf("the second process received signals %s", got)
	}
	if status, err := q.Status(); err != nil || status == psutil.StatusStopped {
		t.Errorf("the second process: Status() = %v, %v", status, err)
	}
	if running, err := q.IsRunning(); err != nil || !running {
		t.Errorf("the second process: IsRunning() = %v, %v", running, err)
	}
	// The same calls do reach it through its own handle.
	must(t, q.Terminate())
	matches(t, func() string {
		got := received(t, second)
		return unless(got == "15", "the second process received %q, want 15", got)
	})
	must(t, q.SetNice(7))
	if after := look(); after == before {
		t.Errorf("SetNice() changed nothing: %v", after)
	}

	// Nor is the zombie that has the PID now the first process.
	must(t, q.Kill())
	status, err := q.Wait(t.Context())
	if err != nil || status.Signal != syscall.SIGKILL {
		t.Errorf("Wait() = %v, %v, want killed", status, err)
	}
	checkReused(t, p, "reused")
	gone, alive, err := psutil.WaitProcs(t.Context(), []psutil.Process{p, q}, nil)
	if err != nil || len(gone) != 2 || len(alive) != 0 {
		t.Errorf("WaitProcs() = %v, %v, %v", gone, alive, err)
	}
}

func find(s *psutil.Sample, pid int) int {
	return slices.IndexFunc(s.Processes, func(i psutil.ProcessInfo) bool { return i.Process.PID() == pid })
}

// checkReused calls what must find out that p has gone, although its PID may be
// another process's. The error must say so.
func checkReused(t *testing.T, p psutil.Process, says string) {
	t.Helper()
	if running, err := p.IsRunning(); running || err != nil {
		t.Errorf("IsRunning() = %v, %v", running, err)
	}
	for op, call := range map[string]func() error{
		"SendSignal":     func() error { return p.SendSignal(syscall.SIGHUP) },
		"Terminate":      p.Terminate,
		"Kill":           p.Kill,
		"Suspend":        p.Suspend,
		"Resume":         p.Resume,
		"SetNice":        func() error { return p.SetNice(5) },
		"SetIONice":      func() error { return p.SetIONice(psutil.IOPriority{Class: psutil.IOClassIdle}) },
		"SetRlimit":      func() error { return p.SetRlimit(psutil.RlimitNoFile, psutil.Rlimit{Soft: 9, Hard: 9}) },
		"SetCPUAffinity": func() error { return p.SetCPUAffinity([]int{0}) },
		"PPID":           func() error { _, err := p.PPID(); return err },
		"Parent":         func() error { _, err := p.Parent(); return err },
		"Parents":        func() error { _, err := p.Parents(); return err },
		"Children":       func() error { _, err := p.Children(false); return err },
		"AllChildren":    func() error { _, err := p.Children(true); return err },
		// These read stat or ask the kernel by PID, and so know it too.
		"Name":        func() error { _, err := p.Name(); return err },
		"Status":      func() error { _, err := p.Status(); return err },
		"CPUTimes":    func() error { _, err := p.CPUTimes(); return err },
		"CPUNum":      func() error { _, err := p.CPUNum(); return err },
		"CPUPercent":  func() error { _, err := p.CPUPercent(t.Context(), 1); return err },
		"NumThreads":  func() error { _, err := p.NumThreads(); return err },
		"PageFaults":  func() error { _, err := p.PageFaults(); return err },
		"PGID":        func() error { _, err := p.PGID(); return err },
		"SID":         func() error { _, err := p.SID(); return err },
		"Terminal":    func() error { _, err := p.Terminal(); return err },
		"Nice":        func() error { _, err := p.Nice(); return err },
		"IONice":      func() error { _, err := p.IONice(); return err },
		"CPUAffinity": func() error { _, err := p.CPUAffinity(); return err },
		"Rlimit":      func() error { _, err := p.Rlimit(psutil.RlimitNoFile); return err },
		"Info":        func() error { _, err := p.Info(psutil.FieldName); return err },
		"AllInfo":     func() error { _, err := p.Info(psutil.AllFields); return err },
	} {
		err := call()
		if !errors.Is(err, psutil.ErrNoSuchProcess) || errors.Is(err, psutil.ErrZombieProcess) {
			t.Errorf("%s: %v, want ErrNoSuchProcess", op, err)
			continue
		}
		if e, ok := errors.AsType[*psutil.ProcessError](err); !ok || e.PID != p.PID() || e.Op == "" || !strings.Contains(e.Error(), says) {
			t.Errorf("%s: %v, want a ProcessError that says %q", op, err, says)
		}
	}
	// It ended, so that a wait without a deadline is over at once.
	if status, err := p.Wait(context.Background()); err != nil || status.Known {
		t.Errorf("Wait() = %v, %v, want unknown", status, err)
	}
}
