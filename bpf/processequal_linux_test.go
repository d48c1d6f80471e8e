//go:build amd64 || arm64 || loong64 || mips64 || mips64le || ppc64 || ppc64le || riscv64 || s390x

package bpf

import (
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"testing"

	"golang.org/x/sys/unix"

	"github.com/go-psutil/psutil"
)

// population starts processes of every kind that differ in what is read.
func population(t *testing.T) {
	t.Helper()
	startChild(t, nil) // with threads
	startChild(t, &syscall.SysProcAttr{Setsid: true})
	startChild(t, &syscall.SysProcAttr{Setpgid: true, Credential: &syscall.Credential{Uid: 65534, Gid: 12345}})
	startChild(t, &syscall.SysProcAttr{Setsid: true, Setctty: true, Ctty: 3}, terminal(t))
	stopped := startChild(t, nil)
	must(t, stopped.Process.Signal(unix.SIGSTOP))
	t.Cleanup(func() { stopped.Process.Signal(unix.SIGCONT) })
	nice := startChild(t, nil)
	must(t, unix.Setpriority(unix.PRIO_PROCESS, nice.Process.Pid, 7))
	// A zombie, that of a process with children.
	zombie := exec.Command("sh", "-c", "/bin/true; exec /bin/true")
	must(t, zombie.Start())
	t.Cleanup(func() { zombie.Wait() })
	var info unix.Siginfo
	must(t, unix.Waitid(unix.P_PID, zombie.Process.Pid, &info, unix.WEXITED|unix.WNOWAIT, nil))
	// Names: cut by the kernel, hostile, of another script than the program says.
	dir := t.TempDir()
	for _, name := range []string{"a-name-of-more-than-15-bytes", "a-name-of-15-by", ") R 1 (\n\x1b[31m\xff"} {
		program := dir + "/" + name
		sleep, err := os.ReadFile("/bin/sleep")
		must(t, err)
		must(t, os.WriteFile(program, sleep, 0o755))
		cmd := exec.Command(program, "1000")
		must(t, cmd.Start())
		t.Cleanup(func() { cmd.Process.Kill(); cmd.Wait() })
	}
	inNamespace := exec.Command("sleep", "1000")
	inNamespace.SysProcAttr = &syscall.SysProcAttr{Cloneflags: unix.CLONE_NEWPID | unix.CLONE_NEWNET}
	must(t, inNamespace.Start())
	t.Cleanup(func() { inNamespace.Process.Kill(); inNamespace.Wait() })
}

// terminal is the end of a new pseudoterminal that a session can have.
func terminal(t *testing.T) *os.File {
	t.Helper()
	master, err := os.OpenFile("/dev/ptmx", os.O_RDWR|unix.O_NOCTTY, 0)
	must(t, err)
	t.Cleanup(func() { master.Close() })
	must(t, unix.IoctlSetPointerInt(int(master.Fd()), unix.TIOCSPTLCK, 0))
	n, err := unix.IoctlGetInt(int(master.Fd()), unix.TIOCGPTN)
	must(t, err)
	tty, err := os.OpenFile(fmt.Sprintf("/dev/pts/%d", n), os.O_RDWR|unix.O_NOCTTY, 0)
	must(t, err)
	t.Cleanup(func() { tty.Close() })
	return tty
}

// A look is what is said of each process: its fields in JSON.
type look map[psutil.Process]map[string]string

func lookAt(t *testing.T, sys *psutil.System, fields psutil.Field) look {
	t.Helper()
	l := make(look)
	last := -1
	for info, err := range sys.Snapshot(fields) {
		must(t, err)
		if pid := info.Process.PID(); pid <= last {
			t.Fatalf("PID %d after %d", pid, last)
		} else {
			last = pid
		}
		said := make(map[string]string)
		for f, value := range info.All() {
			b, err := psutil.AppendJSON(nil, value)
			must(t, err)
			said[f.String()] = string(b)
			if value == nil {
				said[f.String()] += " " + info.Err(f).Error()
			}
		}
		p, err := psutil.ProcessWithToken(info.Process.PID(), info.Process.Token())
		must(t, err)
		l[p] = said
	}
	return l
}

// checkProcesses compares what a system says with and without an engine. Between two
// looks without there is one with: what did not change meanwhile must be the same.
// Of busy processes some fields may have changed and changed back.
func checkProcesses(t *testing.T, e *Engine, fields psutil.Field, busy func(psutil.Process) bool) {
	t.Helper()
	plain, err := psutil.New()
	must(t, err)
	c := &counted{Engine: e}
	fast, err := psutil.New(psutil.WithAccelerator(c))
	must(t, err)
	same := make(map[string]int)
	for range 10 {
		before, got, after := lookAt(t, plain, fields), lookAt(t, fast, fields), lookAt(t, plain, fields)
		for p, first := range before {
			last, alive := after[p]
			if !alive {
				continue
			}
			if got[p] == nil {
				t.Fatalf("the engine lacks %v: %v", p, first)
			}
			for name, want := range first {
				if last[name] != want {
					continue // it moved
				}
				if got[p][name] == want {
					same[name]++
				} else if name == "io_counters" && strings.Contains(want, psutil.ErrAccessDenied.Error()) {
					// The engine needs no right to trace a process, which here may be lacking.
				} else if !closeEnough(name, got[p][name], want) && !(busy(p) && slices.Contains(flickering, name)) {
					t.Errorf("%v (%s): %s is %s, not %s", p, first["name"], name, got[p][name], want)
				}
			}
		}
		for p := range got {
			_, had := before[p]
			if _, has := after[p]; !had && has {
				continue // it started meanwhile
			}
			if !had {
				if running, _ := p.IsRunning(); running {
					t.Errorf("only the engine has %v", p)
				}
			}
		}
	}
	if c.processes != 10 {
		t.Errorf("the engine was asked %d times", c.processes)
	}
	for f := range (fields &^ psutil.FieldCPUPercent).All() {
		if same[f.String()] < 50 {
			t.Errorf("%s was the same %d times only", f, same[f.String()])
		}
	}
}

// flickering are the fields that change and change back, or only seem not to have
// changed as long as nobody asked.
var flickering = []string{"status", "cpu_num", "threads", "num_threads", "rss", "vms", "cpu_times", "page_faults", "io_counters", "num_ctx_switches"}

// closeEnough allows for what /proc itself moves by being read: it brings the run
// time of the caller up to date, and of a busy process the value between two equal
// ones may have been another. So may what a worker of the kernel works on, which is
// in its name.
func closeEnough(name, got, want string) bool {
	if name == "name" && strings.HasPrefix(want, `"kworker/`) {
		worker := func(s string) string { return s[:strings.IndexAny(s+"+", "+-")] }
		return worker(got) == worker(want)
	}
	var a, b map[string]float64
	if name != "cpu_times" || json.Unmarshal([]byte(got), &a) != nil || json.Unmarshal([]byte(want), &b) != nil {
		return false
	}
	for key, v := range a {
		if v-b[key] > 0.011 || b[key]-v > 0.011 {
			return false
		}
	}
	return true
}

func TestProcessesEqual(t *testing.T) {
	population(t)
	any := func(psutil.Process) bool { return true }
	for name, e := range processEngines(t) {
		t.Run(name, func(t *testing.T) {
			checkProcesses(t, e, e.ProcessFields(), any)
			checkProcesses(t, e, e.ProcessFields()&^psutil.FieldThreads, any)
			checkProcesses(t, e, psutil.FieldName|psutil.FieldRSS, any)
		})
	}
}

func TestProcessesEqualInNamespace(t *testing.T) {
	if !rerun(t, &syscall.SysProcAttr{Cloneflags: unix.CLONE_NEWPID | unix.CLONE_NEWNS}) {
		return
	}
	must(t, unix.Mount("", "/", "", unix.MS_REC|unix.MS_PRIVATE, ""))
	must(t, unix.Mount("proc", "/proc", "proc", 0, ""))
	population(t)
	self := func(p psutil.Process) bool { return p.PID() == os.Getpid() }
	for name, e := range processEngines(t) {
		t.Run(name, func(t *testing.T) {
			checkProcesses(t, e, e.ProcessFields(), self)
			checkProcesses(t, e, e.ProcessFields()&^psutil.FieldThreads, self)
		})
	}
}

// TestParentOutside: of a parent, group and session outside its PID namespace a
// process knows nothing, even if the kernel keeps their PIDs where it had those of
// the namespace before.
func TestParentOutside(t *testing.T) {
	if os.Getenv(rerunEnv) == t.Name() {
		sys, err := psutil.New(psutil.WithAccelerator(processEngine(t)))
		must(t, err)
		for info, err := range sys.Snapshot(psutil.FieldPPID | psutil.FieldPGID | psutil.FieldSID) {
			must(t, err)
			if info.Process.PID() == os.Getpid() && (info.PPID != 0 || info.PGID != 0 || info.SID != 0) {
				t.Errorf("PPID %d, PGID %d, SID %d", info.PPID, info.PGID, info.SID)
			}
		}
		return
	}
	if os.Geteuid() != 0 {
		missing(t, "needs root")
	}
	// Its processes leave many PIDs to be used again.
	namespace := exec.Command("sh", "-c", "mount -t proc proc /proc; i=0; while [ $i -lt 300 ]; do /bin/true; i=$((i+1)); done; echo; exec sleep 1000")
	namespace.SysProcAttr = &syscall.SysProcAttr{Cloneflags: unix.CLONE_NEWPID, Unshareflags: unix.CLONE_NEWNS}
	stdout, err := namespace.StdoutPipe()
	must(t, err)
	must(t, namespace.Start())
	t.Cleanup(func() { namespace.Process.Kill(); namespace.Wait() })
	_, err = stdout.Read(make([]byte, 1))
	must(t, err)
	self, err := os.Executable()
	must(t, err)
	for range 10 {
		inside := exec.Command("nsenter", "-t", strconv.Itoa(namespace.Process.Pid), "-m", "-p", self, "-test.run=^"+t.Name()+"$")
		inside.Env = append(os.Environ(), rerunEnv+"="+t.Name())
		inside.SysProcAttr = &syscall.SysProcAttr{Setsid: true}
		if out, err := inside.CombinedOutput(); err != nil {
			t.Fatalf("%v\n%s", err, out)
		}
	}
}

// TestSamplerEqual holds samples with the engine against /proc: who came and went,
// what rates there are, and CPU percentages of a process that does nothing.
func TestSamplerEqual(t *testing.T) {
	if !rerun(t, &syscall.SysProcAttr{Cloneflags: unix.CLONE_NEWPID | unix.CLONE_NEWNS}) {
		return
	}
	must(t, unix.Mount("", "/", "", unix.MS_REC|unix.MS_PRIVATE, ""))
	must(t, unix.Mount("proc", "/proc", "proc", 0, ""))
	population(t)
	c := &counted{Engine: processEngine(t)}
	sys, err := psutil.New(psutil.WithAccelerator(c))
	must(t, err)
	const fields = psutil.FieldName | psutil.FieldCPUPercent | psutil.FieldThreads | psutil.FieldIORate | psutil.FieldCtxSwitchRate | psutil.FieldPageFaultRate
	sampler, err := sys.NewSampler(fields)
	must(t, err)
	defer sampler.Close()
	first, err := sampler.Sample()
	must(t, err)
	if first.Processes[0].Has(psutil.FieldCPUPercent) || !first.Processes[0].Has(psutil.FieldThreads) {
		t.Errorf("the first sample has %v", first.Processes[0].Valid)
	}
	child := startChild(t, nil)
	second, err := sampler.Sample()
	must(t, err)
	started := func(p psutil.Process) bool { return p.PID() == child.Process.Pid }
	if !slices.ContainsFunc(second.Started, started) || len(second.Gone) != 0 {
		t.Errorf("started %v, gone %v; want %d", second.Started, second.Gone, child.Process.Pid)
	}
	must(t, child.Process.Kill())
	child.Wait()
	third, err := sampler.Sample()
	must(t, err)
	if !slices.ContainsFunc(third.Gone, started) || len(third.Started) != 0 {
		t.Errorf("gone %v, started %v", third.Gone, third.Started)
	}
	quiet := 0
	for i := range third.Processes {
		info := &third.Processes[i]
		if !info.Has(fields) {
			t.Errorf("%v lacks some: %v", info.Process, info)
		}
		if info.Process.PID() == os.Getpid() {
			continue
		}
		if info.CPUPercent == 0 && info.IORate.ReadCount == 0 && info.CtxSwitchRate.Voluntary == 0 && info.PageFaultRate.Minor == 0 {
			quiet++
		}
		if !strings.Contains(info.Name, "test") {
			continue
		}
		for _, th := range info.Threads {
			if th.Missing != "" || th.CPUPercent != 0 && info.CPUPercent == 0 {
				t.Errorf("%v: thread %+v", info.Process, th)
			}
		}
	}
	if quiet < 5 || c.processes != 3 {
		t.Errorf("%d of %d processes did nothing; the engine was asked %d times", quiet, len(third.Processes), c.processes)
	}
}

// TestEngineStops: a loop that is left early.
func TestEngineStops(t *testing.T) {
	sys, err := psutil.New(psutil.WithAccelerator(processEngine(t)))
	must(t, err)
	n := 0
	for range sys.Snapshot(psutil.FieldPID) {
		if n++; n == 2 {
			break
		}
	}
	if n != 2 {
		t.Errorf("%d processes", n)
	}
}
