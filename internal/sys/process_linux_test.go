package sys

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"testing"

	"golang.org/x/sys/unix"
)

// missing skips the test with a reason, or fails it in CI, where everything a
// test needs must be there.
func missing(t testing.TB, reason string) {
	t.Helper()
	if os.Getenv("CI") == "true" {
		t.Fatal(reason)
	}
	t.Skip(reason)
}

// start starts a child, which is killed at the end of the test.
func start(t testing.TB, name string, args ...string) *exec.Cmd {
	t.Helper()
	cmd := exec.Command(name, args...)
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		cmd.Process.Kill()
		cmd.Wait() // fails when the test reaped it
	})
	return cmd
}

func sleeper(t testing.TB) int {
	t.Helper()
	return start(t, "sleep", "1000").Process.Pid
}

func openPidfd(t testing.TB, pid int) int {
	t.Helper()
	fd, err := PidfdOpen(pid)
	if errors.Is(err, unix.ENOSYS) {
		missing(t, "no pidfd_open")
	}
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { unix.Close(fd) })
	return fd
}

// waitPidfds waits for descriptors, each once, in any order.
func waitPidfds(t testing.TB, fds ...int) {
	t.Helper()
	p := newPoller(t)
	for _, fd := range fds {
		if err := p.Add(fd); err != nil {
			t.Fatal(err)
		}
	}
	var got []int
	for len(got) < len(fds) {
		ready, err := p.Wait(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		got = append(got, ready...)
	}
	slices.Sort(got)
	slices.Sort(fds)
	if !slices.Equal(got, fds) {
		t.Fatalf("waited for %d, got %d", fds, got)
	}
}

func readFile(t testing.TB, name string) string {
	t.Helper()
	b, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	return strings.TrimSpace(string(b))
}

func procFile(t testing.TB, pid int, name string) string {
	t.Helper()
	return readFile(t, filepath.Join("/proc", strconv.Itoa(pid), name))
}

func needRoot(t testing.TB) {
	t.Helper()
	if os.Getuid() != 0 {
		missing(t, "needs root")
	}
}

func TestPriority(t *testing.T) {
	needRoot(t)
	pid := sleeper(t)
	for nice := -20; nice <= 19; nice++ {
		if err := SetPriority(pid, nice); err != nil {
			t.Fatal(nice, err)
		}
		got, err := Priority(pid)
		if err != nil || got != nice {
			t.Fatalf("set %d, got %d, %v", nice, got, err)
		}
		stat := procFile(t, pid, "stat")
		if fields := strings.Fields(stat[strings.LastIndexByte(stat, ')'):]); fields[17] != strconv.Itoa(nice) {
			t.Fatalf("set %d, the kernel has %s", nice, fields[17])
		}
	}
	for _, c := range []struct{ set, want int }{{100, 19}, {-100, -20}, {int(^uint(0) >> 1), 19}} {
		if err := SetPriority(pid, c.set); err != nil {
			t.Fatal(err)
		}
		if got, err := Priority(pid); got != c.want || err != nil {
			t.Errorf("set %d, got %d, %v; want %d", c.set, got, err, c.want)
		}
	}
}

func TestIOPriority(t *testing.T) {
	needRoot(t)
	pid := sleeper(t)
	for _, c := range [][2]int{{1, 0}, {1, 7}, {2, 0}, {2, 5}, {3, 0}, {0, 0}} {
		if err := SetIOPriority(pid, c[0], c[1]); err != nil {
			t.Fatal(c, err)
		}
		class, data, err := IOPriority(pid)
		if err != nil || class != c[0] || data != c[1] {
			t.Errorf("set %d, got %d, %d, %v", c, class, data, err)
		}
	}
	for _, c := range [][2]int{{8, 0}, {-1, 0}, {2, -1}, {2, 1 << 13}, {7, 0}} {
		if err := SetIOPriority(pid, c[0], c[1]); err != unix.EINVAL {
			t.Errorf("set %d: %v", c, err)
		}
	}
}

func TestAffinity(t *testing.T) {
	pid := sleeper(t)
	all, err := Affinity(pid)
	if err != nil || len(all) == 0 || !slices.IsSorted(all) {
		t.Fatal(all, err)
	}
	var list []string
	for _, cpu := range all {
		list = append(list, strconv.Itoa(cpu))
	}
	if out, err := exec.Command("taskset", "-cp", strings.Join(list, ","), strconv.Itoa(pid)).CombinedOutput(); err != nil {
		t.Fatalf("taskset does not take %q: %v %s", list, err, out)
	}
	for _, want := range [][]int{all[len(all)-1:], all[:1], all} {
		if err := SetAffinity(pid, want); err != nil {
			t.Fatal(err)
		}
		got, err := Affinity(pid)
		if err != nil || !slices.Equal(got, want) {
			t.Errorf("set %d, got %d, %v", want, got, err)
		}
	}
	if err := SetAffinity(pid, []int{8191, all[0]}); err != nil { // the largest number first
		t.Fatal(err)
	}
	if got, err := Affinity(pid); !slices.Equal(got, all[:1]) || err != nil {
		t.Errorf("with a CPU that does not exist: %d, %v", got, err)
	}
	for _, cpus := range [][]int{nil, {}, {8191}, {-1, all[0]}, {int(^uint(0) >> 1)}, {maxCPUs}} {
		if err := SetAffinity(pid, cpus); err != unix.EINVAL {
			t.Errorf("set %d: %v", cpus, err)
		}
	}
}

func TestAffinityOfManyCPUs(t *testing.T) {
	calls := 0
	got, err := affinity(1024, func(set unix.CPUSetDynamic) error {
		calls++
		if len(set)*strconv.IntSize < 5000 {
			return unix.EINVAL
		}
		for _, cpu := range []int{4999, 0, 31, 32, 63, 64, 1024} {
			set.Set(cpu)
		}
		return nil
	})
	if want := []int{0, 31, 32, 63, 64, 1024, 4999}; !slices.Equal(got, want) || err != nil {
		t.Errorf("got %d, %v", got, err)
	}
	if calls < 2 {
		t.Errorf("%d calls", calls)
	}

	cpus := []int{0, 31, 32, 63, 64, 1024, 4999}
	for range cpus {
		cpus = append(cpus[1:], cpus[0])
		set, err := cpuMask(cpus)
		if err != nil || set.Count() != len(cpus) {
			t.Fatalf("%d of %d CPUs, %v", set.Count(), cpus, err)
		}
		for _, cpu := range cpus {
			if !set.IsSet(cpu) {
				t.Errorf("%d is not set", cpu)
			}
		}
	}

	_, err = affinity(1, func(unix.CPUSetDynamic) error { return unix.EINVAL })
	if err != unix.EINVAL {
		t.Errorf("never accepted: %v", err)
	}
}

func TestPrlimit(t *testing.T) {
	pid := sleeper(t)
	before, err := Prlimit(pid, RlimitNoFile, nil)
	if err != nil || before[1] < 456 {
		t.Fatal(before, err)
	}
	old, err := Prlimit(pid, RlimitNoFile, &[2]uint64{123, 456})
	if err != nil || old != before {
		t.Errorf("old %d, %v; was %d", old, err, before)
	}
	if got, err := Prlimit(pid, RlimitNoFile, nil); got != [2]uint64{123, 456} || err != nil {
		t.Errorf("got %d, %v", got, err)
	}
	rlimits := map[string]int{
		"Max cpu time": RlimitCPU, "Max file size": RlimitFSize, "Max data size": RlimitData,
		"Max stack size": RlimitStack, "Max core file size": RlimitCore, "Max resident set": RlimitRSS,
		"Max processes": RlimitNProc, "Max open files": RlimitNoFile, "Max locked memory": RlimitMemlock,
		"Max address space": RlimitAS, "Max file locks": RlimitLocks, "Max pending signals": RlimitSigpending,
		"Max msgqueue size": RlimitMsgqueue, "Max nice priority": RlimitNice,
		"Max realtime priority": RlimitRTPrio, "Max realtime timeout": RlimitRTTime,
	}
	table := procFile(t, pid, "limits")
	for name, resource := range rlimits {
		got, err := Prlimit(pid, resource, nil)
		if err != nil {
			t.Fatal(name, err)
		}
		_, row, ok := strings.Cut(table, "\n"+name+" ")
		if !ok {
			t.Fatal("no row", name)
		}
		fields := strings.Fields(row)
		for i, v := range got {
			want := strconv.FormatUint(v, 10)
			if v == RlimitInfinity {
				want = "unlimited"
			}
			if fields[i] != want {
				t.Errorf("%s: got %d, the kernel prints %s", name, got, fields[:2])
			}
		}
	}
	if _, err := Prlimit(pid, RlimitNoFile, &[2]uint64{2, 1}); err != unix.EINVAL {
		t.Errorf("soft above hard: %v", err)
	}
	if _, err := Prlimit(pid, 99, nil); err != unix.EINVAL {
		t.Errorf("no such resource: %v", err)
	}
	hard := &[2]uint64{RlimitInfinity, RlimitInfinity}
	if now, _ := Prlimit(pid, RlimitCPU, nil); now[1] == RlimitInfinity {
		if _, err := Prlimit(pid, RlimitCPU, &[2]uint64{77, RlimitInfinity}); err != nil {
			t.Fatal(err)
		}
		if old, err := Prlimit(pid, RlimitCPU, hard); old != [2]uint64{77, RlimitInfinity} || err != nil {
			t.Errorf("got %d, %v", old, err)
		}
		if got, _ := Prlimit(pid, RlimitCPU, nil); got != *hard {
			t.Errorf("got %d", got)
		}
	}
}

// TestPIDsOfNoProcess makes sure that none reaches the kernel, for which 0 is
// the caller and -1 everybody.
func TestPIDsOfNoProcess(t *testing.T) {
	calls := map[string]func(pid int) error{
		"Priority":      func(pid int) error { _, err := Priority(pid); return err },
		"SetPriority":   func(pid int) error { return SetPriority(pid, 0) },
		"IOPriority":    func(pid int) error { _, _, err := IOPriority(pid); return err },
		"SetIOPriority": func(pid int) error { return SetIOPriority(pid, 2, 4) },
		"Affinity":      func(pid int) error { _, err := Affinity(pid); return err },
		"SetAffinity":   func(pid int) error { return SetAffinity(pid, []int{0, 1}) },
		"Prlimit":       func(pid int) error { _, err := Prlimit(pid, RlimitCPU, nil); return err },
		"Kill":          func(pid int) error { return Kill(pid, 0) },
		"PidfdOpen":     func(pid int) error { _, err := PidfdOpen(pid); return err },
		"Getpgid":       func(pid int) error { _, err := Getpgid(pid); return err },
		"Getsid":        func(pid int) error { _, err := Getsid(pid); return err },
		"WaitPID":       func(pid int) error { _, _, err := WaitPID(pid, false); return err },
	}
	pids := []int{0, -1, -os.Getpid(), 1<<31 - 1}
	if strconv.IntSize == 64 {
		one := 1
		pids = append(pids, one<<32, one<<32+os.Getpid())
	}
	for name, call := range calls {
		for _, pid := range pids {
			want := unix.ESRCH
			if name == "WaitPID" && pid == 1<<31-1 {
				want = unix.ECHILD
			}
			if err := call(pid); err != want {
				t.Errorf("%s(%d): %v", name, pid, err)
			}
		}
	}
}

// noPidfdInfo tells the errors of kernels and emulators without PidfdExit.
func noPidfdInfo(err error) bool {
	return err == unix.ENOTTY || err == unix.EINVAL || err == unix.ESRCH || err == unix.ENOSYS
}

// skipWithoutPidfdInfo skips the test where the kernel is older than 6.15, and
// does not have PidfdExit. A newer one must have it in CI.
func skipWithoutPidfdInfo(t testing.TB, err error) {
	t.Helper()
	if !noPidfdInfo(err) {
		return
	}
	var uts unix.Utsname
	if err := unix.Uname(&uts); err != nil {
		t.Fatal(err)
	}
	release := unix.ByteSliceToString(uts.Release[:])
	var major, minor int
	if _, err := fmt.Sscanf(release, "%d.%d", &major, &minor); err != nil {
		t.Fatal(err)
	}
	reason := "Linux " + release + " has no PIDFD_INFO_EXIT: " + err.Error()
	if major > 6 || major == 6 && minor >= 15 {
		missing(t, reason)
	}
	t.Skip(reason)
}

func TestWaitPidfd(t *testing.T) {
	for _, c := range []struct {
		name, script string
		want         ExitStatus
	}{
		{"Zero", "exit 0", ExitStatus{}},
		{"Seven", "exit 7", ExitStatus{Code: 7}},
		{"Largest", "exit 255", ExitStatus{Code: 255}},
		{"Killed", "kill -KILL $$", ExitStatus{Signal: syscall.SIGKILL}},
		{"Terminated", "kill -TERM $$", ExitStatus{Signal: syscall.SIGTERM}},
		{"Aborted", "ulimit -c 0; kill -ABRT $$", ExitStatus{Signal: syscall.SIGABRT}},
	} {
		t.Run(c.name, func(t *testing.T) {
			pid := start(t, "sh", "-c", c.script).Process.Pid
			fd := openPidfd(t, pid)
			waitPidfds(t, fd)
			check := func(by string, got ExitStatus, exited bool, err error) {
				t.Helper()
				if got != c.want || !exited || err != nil {
					t.Errorf("%s: %+v, %t, %v; want %+v", by, got, exited, err, c.want)
				}
			}
			for range 2 { // not reaped by looking
				got, exited, err := WaitPidfd(fd, false)
				check("pidfd", got, exited, err)
				got, exited, err = WaitPID(pid, false)
				check("PID", got, exited, err)
			}
			if got, exited, err := PidfdExit(fd); exited || err != nil && !noPidfdInfo(err) {
				t.Errorf("exit of a zombie: %+v, %t, %v", got, exited, err)
			}
			got, exited, err := WaitPidfd(fd, true)
			check("reaping", got, exited, err)
			if _, exited, err := WaitPidfd(fd, true); exited || err != unix.ECHILD {
				t.Errorf("reaped twice: %t, %v", exited, err)
			}
			if _, exited, err := WaitPID(pid, true); exited || err != unix.ECHILD {
				t.Errorf("reaped twice: %t, %v", exited, err)
			}
			got, exited, err = PidfdExit(fd)
			skipWithoutPidfdInfo(t, err)
			check("PidfdExit", got, exited, err)
			if err := PidfdSendSignal(fd, 0); err != unix.ESRCH {
				t.Errorf("signal to a reaped process: %v", err)
			}
			if err := Kill(pid, 0); err != unix.ESRCH {
				t.Errorf("signal to a PID without process: %v", err)
			}
		})
	}
}

func TestWaitPIDReaps(t *testing.T) {
	cmd := start(t, "sh", "-c", "exit 9")
	waitPidfds(t, openPidfd(t, cmd.Process.Pid))
	if got, exited, err := WaitPID(cmd.Process.Pid, true); got != (ExitStatus{Code: 9}) || !exited || err != nil {
		t.Errorf("%+v, %t, %v", got, exited, err)
	}
	if err := cmd.Wait(); !errors.Is(err, unix.ECHILD) {
		t.Errorf("still there: %v", err)
	}
}

func TestCoreDumpIsReported(t *testing.T) {
	cmd := exec.Command("sh", "-c", "ulimit -c unlimited && kill -QUIT $$")
	cmd.Dir = t.TempDir()
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	fd := openPidfd(t, cmd.Process.Pid)
	waitPidfds(t, fd)
	got, _, err := WaitPidfd(fd, false)
	if err != nil {
		t.Fatal(err)
	}
	cmd.Wait()
	ws := cmd.ProcessState.Sys().(syscall.WaitStatus)
	if got.Signal != syscall.SIGQUIT || got.Core != ws.CoreDump() {
		t.Errorf("got %+v, want %v, core %t", got, ws.Signal(), ws.CoreDump())
	}
	if info, exited, err := PidfdExit(fd); err == nil && (!exited || info != got) {
		t.Errorf("PidfdExit: %+v, %t, want %+v", info, exited, got)
	}
	if !got.Core {
		t.Skipf("core_pattern %q of this machine makes no core dump", readFile(t, "/proc/sys/kernel/core_pattern"))
	}
}

func TestRunningChild(t *testing.T) {
	pid := sleeper(t)
	fd := openPidfd(t, pid)
	if got, exited, err := WaitPidfd(fd, true); got != (ExitStatus{}) || exited || err != nil {
		t.Errorf("%+v, %t, %v", got, exited, err)
	}
	if _, exited, _ := PidfdExit(fd); exited {
		t.Error("PidfdExit says it exited")
	}
	if err := PidfdSendSignal(fd, 0); err != nil {
		t.Error(err)
	}
	if err := Kill(pid, 0); err != nil {
		t.Error(err)
	}
	if err := PidfdSendSignal(fd, syscall.Signal(1000)); err != unix.EINVAL {
		t.Errorf("signal 1000: %v", err)
	}
	if err := PidfdSendSignal(fd, syscall.SIGUSR1); err != nil {
		t.Fatal(err)
	}
	waitPidfds(t, fd)
	if got, _, _ := WaitPidfd(fd, false); got.Signal != syscall.SIGUSR1 {
		t.Errorf("%+v", got)
	}
}

func TestExitOfSomeoneElsesChild(t *testing.T) {
	cmd := exec.Command("sh", "-c", "sh -c 'kill -STOP $$; exit 42' & echo $!; wait $!; exit 0")
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	line, err := bufio.NewReader(out).ReadString('\n')
	if err != nil {
		t.Fatal(err)
	}
	pid, err := strconv.Atoi(strings.TrimSpace(line))
	if err != nil {
		t.Fatal(err)
	}
	fd := openPidfd(t, pid)
	for !strings.Contains(procFile(t, pid, "stat"), ") T ") {
		runtime.Gosched()
	}
	if _, exited, err := WaitPidfd(fd, false); exited || err != unix.ECHILD {
		t.Errorf("not a child: %t, %v", exited, err)
	}
	if err := PidfdSendSignal(fd, syscall.SIGCONT); err != nil {
		t.Fatal(err)
	}
	waitPidfds(t, fd)
	if err := cmd.Wait(); err != nil { // it has reaped the other then
		t.Fatal(err)
	}
	got, exited, err := PidfdExit(fd)
	skipWithoutPidfdInfo(t, err)
	if got != (ExitStatus{Code: 42}) || !exited || err != nil {
		t.Errorf("%+v, %t, %v", got, exited, err)
	}
}

func TestPidfdOpenOfReapedProcess(t *testing.T) {
	cmd := start(t, "true")
	cmd.Wait()
	if _, err := PidfdOpen(cmd.Process.Pid); err != unix.ESRCH {
		t.Errorf("got %v", err)
	}
}

func TestGroupAndSession(t *testing.T) {
	cmd := exec.Command("sleep", "1000")
	cmd.SysProcAttr = &syscall.SysProcAttr{Setsid: true}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	defer cmd.Wait()
	defer cmd.Process.Kill()
	leader := cmd.Process.Pid
	for _, c := range []struct{ pid, pgid, sid int }{
		{leader, leader, leader},
		{os.Getpid(), syscall.Getpgrp(), 0},
	} {
		if pgid, err := Getpgid(c.pid); pgid != c.pgid || err != nil {
			t.Errorf("Getpgid: %d, %v, want %d", pgid, err, c.pgid)
		}
		sid, err := Getsid(c.pid)
		if c.sid != 0 && sid != c.sid || err != nil {
			t.Errorf("Getsid: %d, %v, want %d", sid, err, c.sid)
		}
	}
}

func openFDs(t testing.TB) int {
	t.Helper()
	entries, err := os.ReadDir("/proc/self/fd")
	if err != nil {
		t.Fatal(err)
	}
	return len(entries)
}

func TestDescriptorsAreClosed(t *testing.T) {
	if testing.Short() {
		t.Skip("many calls")
	}
	pid := sleeper(t)
	fd := openPidfd(t, pid)
	ended, end := context.WithCancel(t.Context())
	end()
	request := linkRequest()
	calls := []struct {
		name string
		call func() error
	}{
		{"Priority", func() error { _, err := Priority(pid); return err }},
		{"SetPriority", func() error { return SetPriority(pid, 3) }},
		{"IOPriority", func() error { _, _, err := IOPriority(pid); return err }},
		{"SetIOPriority", func() error { return SetIOPriority(pid, 2, 3) }},
		{"Affinity", func() error { _, err := Affinity(pid); return err }},
		{"SetAffinity", func() error { return SetAffinity(pid, []int{0}) }},
		{"Prlimit", func() error { _, err := Prlimit(pid, RlimitNoFile, &[2]uint64{100, 100}); return err }},
		{"Kill", func() error { return Kill(pid, 0) }},
		{"PidfdOpen", func() error {
			fd, err := PidfdOpen(pid)
			unix.Close(fd)
			return err
		}},
		{"PidfdSendSignal", func() error { return PidfdSendSignal(fd, 0) }},
		{"WaitPidfd", func() error { _, _, err := WaitPidfd(fd, true); return err }},
		{"WaitPID", func() error { _, _, err := WaitPID(pid, true); return err }},
		{"PidfdExit", func() error { PidfdExit(fd); return nil }},
		{"Poller", func() error {
			p, err := NewPoller()
			if err != nil {
				return err
			}
			if err := p.Add(fd); err != nil {
				return err
			}
			if _, err := p.Wait(ended); err != context.Canceled {
				return err
			}
			return p.Close()
		}},
		{"Statfs", func() error { _, err := Statfs("/"); return err }},
		{"Sysinfo", func() error { _, err := Sysinfo(); return err }},
		{"Uname", func() error { _, err := Uname(); return err }},
		{"Clocks", func() error {
			_, err := ClockMonotonic()
			_, err2 := ClockBoottime()
			return errors.Join(err, err2)
		}},
		{"NetlinkDump", func() error {
			return NetlinkDump(unix.NETLINK_ROUTE, request, func() {}, func([]byte) error { return nil })
		}},
		{"NetlinkDumpStopped", func() error {
			stop := errors.New("stop")
			err := NetlinkDump(unix.NETLINK_ROUTE, request, func() {}, func([]byte) error { return stop })
			if err == stop {
				return nil
			}
			return err
		}},
		{"IfSocket", func() error {
			s, err := OpenIfSocket()
			if err != nil {
				return err
			}
			s.Flags("lo")
			s.MTU("lo")
			s.LinkSettings("lo")
			return s.Close()
		}},
		{"InNetNS", func() error {
			err := InNetNS(fd, func() error { return nil }) // not a namespace, or since 5.8 that of the process
			if err == unix.EINVAL || err == unix.EPERM {
				return nil
			}
			return err
		}},
	}
	for _, c := range calls {
		t.Run(c.name, func(t *testing.T) {
			if err := c.call(); err != nil { // what is opened once, such as the runtime's poller
				t.Fatal(err)
			}
			before := openFDs(t)
			for range 1000 {
				if err := c.call(); err != nil {
					t.Fatal(err)
				}
			}
			// Fewer if the garbage collector closed what other tests left.
			if after := openFDs(t); after > before {
				t.Errorf("%d descriptors before, %d after", before, after)
			}
		})
	}
}

func TestDescriptorsCloseOnExec(t *testing.T) {
	check := func(name string, fd int) {
		t.Helper()
		flags, err := unix.FcntlInt(uintptr(fd), unix.F_GETFD, 0)
		if err != nil || flags&unix.FD_CLOEXEC == 0 {
			t.Errorf("%s: flags %#x, %v", name, flags, err)
		}
	}
	check("pidfd", openPidfd(t, sleeper(t)))
	if err := newPoller(t).conn.Control(func(fd uintptr) { check("poller", int(fd)) }); err != nil {
		t.Error(err)
	}
	s, err := OpenIfSocket()
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	check("interface socket", s.fd)
}
