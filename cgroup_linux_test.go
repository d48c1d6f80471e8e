package psutil_test

import (
	"bufio"
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"reflect"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/go-psutil/psutil"
)

const (
	unlimited = psutil.CgroupUnlimited
	gib       = 1 << 30
)

var noQuota = math.Inf(1)

// cpuRange returns the numbers from first to last.
func cpuRange(first, last int) []int {
	var cpus []int
	for cpu := first; cpu <= last; cpu++ {
		cpus = append(cpus, cpu)
	}
	return cpus
}

// unseen is what is known of groups that can't be seen.
var unseen = psutil.CgroupLimit{Missing: "cpu_quota,cpu_shares,cpu_weight,cpus,memory_limit,memory_high,memory_usage,swap_limit,pids_max"}

func TestReplayCgroupLimits(t *testing.T) {
	for _, test := range []struct {
		name string
		want psutil.CgroupLimit
	}{
		{
			// The group above limits more than its own, but does not account for it.
			"el6", psutil.CgroupLimit{
				CPUQuota: 1.5, CPUs: []int{1, 3}, CPUShares: 2048, MemoryLimit: 512 << 20, MemoryUsage: 12345678, SwapLimit: 256 << 20,
				PIDsMax: unlimited, Missing: "cpu_weight,memory_high",
			},
		}, {
			// Of two groups with one limit, the outer one has more members.
			"cgroup2", psutil.CgroupLimit{
				CPUQuota: 1.5, CPUs: []int{2, 3, 4}, CPUWeight: 39, MemoryLimit: gib, MemoryHigh: 768 << 20, MemoryUsage: 900000000,
				SwapLimit: 0, PIDsMax: 100, Missing: "cpu_shares",
			},
		}, {
			"cgrouphybrid", psutil.CgroupLimit{
				CPUQuota: 0.25, CPUs: []int{0, 1, 2}, CPUShares: 2, MemoryLimit: 256 << 20, MemoryUsage: 200000000, SwapLimit: 0,
				PIDsMax: 4915, Missing: "cpu_weight,memory_high",
			},
		}, {
			// memory.stat tells of a limit above what the container sees.
			"docker1", psutil.CgroupLimit{
				CPUQuota: 2.5, CPUs: append(cpuRange(8, 11), cpuRange(40, 43)...), CPUShares: 1024, MemoryLimit: gib, SwapLimit: gib / 2,
				Missing: "cpu_weight,memory_high,memory_usage,pids_max",
			},
		}, {
			"docker2", psutil.CgroupLimit{
				CPUQuota: 0.5, CPUs: cpuRange(0, 3), CPUWeight: 100, MemoryLimit: gib / 2, MemoryHigh: unlimited, MemoryUsage: 1 << 20,
				SwapLimit: gib / 2, PIDsMax: 512, Missing: "cpu_shares",
			},
		}, {
			// No hierarchy has any controller, so nothing is limited.
			"el7", psutil.CgroupLimit{
				CPUQuota: noQuota, CPUs: []int{0}, MemoryLimit: unlimited, MemoryHigh: unlimited, SwapLimit: unlimited, PIDsMax: unlimited,
				Missing: "cpu_shares,cpu_weight,memory_usage",
			},
		},
	} {
		t.Run(test.name, func(t *testing.T) {
			s := replay(t, test.name+".txtar")
			got, err := s.CgroupLimits()
			if test.name == "el7" { // has no mountinfo
				if !errors.Is(err, os.ErrNotExist) {
					t.Errorf("error %v, want one about mountinfo", err)
				}
				err = nil
			}
			if err != nil || !reflect.DeepEqual(got, test.want) {
				t.Errorf("CgroupLimits = %+v, %v\nwant %+v", got, err, test.want)
			}
		})
	}
}

func TestReplayProcessCgroupLimits(t *testing.T) {
	for _, test := range []struct {
		name string
		pid  int
		want psutil.CgroupLimit
	}{
		{"cgroup2", 7, psutil.CgroupLimit{ // a long path
			CPUQuota: noQuota, CPUs: cpuRange(0, 7), MemoryLimit: 4 << 20, MemoryHigh: unlimited, MemoryUsage: 4096, SwapLimit: unlimited,
			PIDsMax: unlimited, Missing: "cpu_shares,cpu_weight",
		}},
		{"cgroup2", 8, psutil.CgroupLimit{ // the root has no limits, and no files of limits
			CPUQuota: noQuota, CPUs: cpuRange(0, 7), MemoryLimit: unlimited, MemoryHigh: unlimited, SwapLimit: unlimited, PIDsMax: unlimited,
			Missing: "cpu_shares,cpu_weight,memory_usage",
		}},
		{"cgroup2", 9, unseen},  // removed
		{"cgroup2", 10, unseen}, // outside of the namespace
		{"docker2", 7, unseen},
	} {
		t.Run(fmt.Sprintf("%s%d", test.name, test.pid), func(t *testing.T) {
			s := replay(t, test.name+".txtar")
			p, err := s.ProcessWithToken(test.pid, 0)
			if err != nil {
				t.Fatal(err)
			}
			if got, err := p.CgroupLimits(); err != nil || !reflect.DeepEqual(got, test.want) {
				t.Errorf("CgroupLimits = %+v, %v\nwant %+v", got, err, test.want)
			}
		})
	}
	s := replay(t, "cgroup2.txtar")
	p, err := s.ProcessWithToken(11, 0)
	if err != nil {
		t.Fatal(err)
	}
	if got, err := p.CgroupLimits(); !errors.Is(err, psutil.ErrNoSuchProcess) {
		t.Errorf("CgroupLimits of no process = %+v, %v", got, err)
	}
}

func TestReplayCgroupLimitsMalformed(t *testing.T) {
	s := replay(t, "cgroupbad.txtar")
	want := psutil.CgroupLimit{
		MemoryLimit: 1000, MemoryHigh: unlimited, SwapLimit: unlimited,
		Missing: "cpu_quota,cpu_shares,cpu_weight,cpus,memory_usage,pids_max",
	}
	got, err := s.CgroupLimits()
	if !reflect.DeepEqual(got, want) {
		t.Errorf("CgroupLimits = %+v, want %+v", got, want)
	}
	for _, file := range []string{
		"proc/self/cgroup: line 1", "proc/1/mountinfo: line 1", "sys/fs/cgroup/a/cpu.max", "sys/fs/cgroup/a/memory.current",
		"sys/fs/cgroup/a/pids.max", "sys/fs/cgroup/a/cpuset.cpus.effective",
	} {
		if err == nil || !strings.Contains(err.Error(), file) {
			t.Errorf("error says nothing of %s:\n%v", file, err)
		}
	}
}

func TestReplayNoCgroups(t *testing.T) {
	s := replay(t, "lxc.txtar")
	if got, err := s.CgroupLimits(); !errors.Is(err, psutil.ErrNotSupported) {
		t.Errorf("CgroupLimits = %+v, %v, want ErrNotSupported", got, err)
	}
	p, err := s.ProcessWithToken(1, 0)
	if err != nil {
		t.Fatal(err)
	}
	if got, err := p.CgroupLimits(); !errors.Is(err, psutil.ErrNotSupported) {
		t.Errorf("CgroupLimits of a process = %+v, %v, want ErrNotSupported", got, err)
	}
	// The affinity is still known.
	if n, err := s.CPUCountUsable(); n < 1 || err != nil {
		t.Errorf("CPUCountUsable = %d, %v", n, err)
	}
}

func init() {
	// limits tells, for each line it is sent, what it sees of its own groups.
	children["limits"] = func([]string) error {
		fmt.Println("ready")
		for in := bufio.NewScanner(os.Stdin); in.Scan(); {
			limit, err := psutil.CgroupLimits()
			if err != nil {
				return err
			}
			usable, err := psutil.CPUCountUsable()
			if err != nil {
				return err
			}
			b, err := json.Marshal(struct {
				Limit  psutil.CgroupLimit
				Usable int
			}{limit, usable})
			if err != nil {
				return err
			}
			fmt.Printf("%s\n", b)
		}
		return nil
	}
}

// cgroupLimitJSON is what CgroupLimit marshals to.
type cgroupLimitJSON struct {
	CPUQuota    *float64 `json:"cpu_quota"`
	CPUs        []int    `json:"cpus"`
	CPUShares   *uint64  `json:"cpu_shares"`
	CPUWeight   *uint64  `json:"cpu_weight"`
	MemoryLimit *int64   `json:"memory_limit"`
	MemoryHigh  *int64   `json:"memory_high"`
	MemoryUsage *uint64  `json:"memory_usage"`
	SwapLimit   *int64   `json:"swap_limit"`
	PIDsMax     *int64   `json:"pids_max"`
}

// ask returns what a child sees of its own groups.
func ask(t *testing.T, c *child) (limit cgroupLimitJSON, usable int) {
	t.Helper()
	if _, err := fmt.Fprintln(c.Stdin); err != nil {
		t.Fatal(err)
	}
	line, err := c.Stdout.ReadBytes('\n')
	if err != nil {
		t.Fatal(err)
	}
	var answer struct {
		Limit  cgroupLimitJSON
		Usable int
	}
	if err := json.Unmarshal(line, &answer); err != nil {
		t.Fatalf("%s: %v", line, err)
	}
	return answer.Limit, answer.Usable
}

// makeGroup makes a control group and removes it when the test ends. What the
// test may not do skips it.
func makeGroup(t *testing.T, dir string, files map[string]string) {
	t.Helper()
	if err := os.Mkdir(dir, 0o755); err != nil {
		missing(t, "no control groups can be made: "+err.Error())
	}
	t.Cleanup(func() {
		// The kernel lets go of the last process a moment after its exit.
		deadline := time.Now().Add(10 * time.Second)
		for {
			err := os.Remove(dir)
			if err == nil {
				return
			}
			if !errors.Is(err, syscall.EBUSY) || time.Now().After(deadline) {
				t.Errorf("the group stays: %v", err)
				return
			}
		}
	})
	for name, text := range files {
		writeGroup(t, dir, name, text)
	}
}

func writeGroup(t *testing.T, dir, name, text string) {
	t.Helper()
	if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0); err != nil {
		t.Fatal(err)
	}
}

// controllerRoot returns where a controller of version 1 is mounted.
func controllerRoot(t *testing.T, controller string) string {
	t.Helper()
	b, err := os.ReadFile("/proc/self/mountinfo")
	if err != nil {
		t.Fatal(err)
	}
	for line := range strings.Lines(string(b)) {
		mount, super, _ := strings.Cut(strings.TrimSpace(line), " - ")
		f, s := strings.Fields(mount), strings.Fields(super)
		if len(s) == 3 && s[0] == "cgroup" && strings.Contains(","+s[2]+",", ","+controller+",") {
			return f[4]
		}
	}
	missing(t, "no hierarchy of version 1 has "+controller)
	return ""
}

func is[T comparable](t *testing.T, what string, got *T, want T) {
	t.Helper()
	if got == nil {
		t.Errorf("%s is missing, want %v", what, want)
	} else if *got != want {
		t.Errorf("%s = %v, want %v", what, *got, want)
	}
}

// TestCgroupMemoryV1 puts a process into a group below a stricter one.
func TestCgroupMemoryV1(t *testing.T) {
	outer := filepath.Join(controllerRoot(t, "memory"), "psutil-test-"+strconv.Itoa(os.Getpid()))
	inner := filepath.Join(outer, "inner")
	makeGroup(t, outer, map[string]string{"memory.limit_in_bytes": "67108864"})
	makeGroup(t, inner, nil)
	c := startChild(t, "limits")
	pid := strconv.Itoa(c.Process.PID())
	own, _ := ask(t, c)
	writeGroup(t, inner, "cgroup.procs", pid)

	limit, _ := ask(t, c)
	is(t, "memory_limit below a limited group", limit.MemoryLimit, 64<<20)
	if limit.MemoryHigh != nil {
		t.Errorf("memory_high = %v, want it missing from version 1", *limit.MemoryHigh)
	}
	if limit.MemoryUsage == nil || *limit.MemoryUsage > 64<<20 {
		t.Errorf("memory_usage = %v, want at most the limit", limit.MemoryUsage)
	}
	is(t, "swap_limit", limit.SwapLimit, -1)
	if own.PIDsMax == nil || limit.PIDsMax == nil || *own.PIDsMax != *limit.PIDsMax {
		t.Errorf("pids_max = %v, want %v as before", limit.PIDsMax, own.PIDsMax)
	}

	// memory.memsw is there only with swap accounting on.
	memsw := filepath.Join(outer, "memory.memsw.limit_in_bytes")
	if os.WriteFile(memsw, []byte("100663296"), 0) == nil {
		limit, _ = ask(t, c)
		is(t, "swap_limit", limit.SwapLimit, 32<<20)
		is(t, "memory_limit", limit.MemoryLimit, 64<<20)
	}

	writeGroup(t, inner, "memory.limit_in_bytes", "33554432")
	limit, _ = ask(t, c)
	is(t, "memory_limit of the group itself", limit.MemoryLimit, 32<<20)

	// Asked from outside, of that process.
	got, err := c.Process.CgroupLimits()
	if err != nil || got.MemoryLimit != 32<<20 {
		t.Errorf("CgroupLimits of the child = %v, %v, want 32 MiB", got, err)
	}
	b, err := os.ReadFile(filepath.Join(inner, "memory.stat"))
	if err != nil {
		t.Fatal(err)
	}
	if !strings.Contains(string(b), "hierarchical_memory_limit 33554432\n") {
		t.Errorf("the kernel says otherwise:\n%s", b)
	}
}

// TestCgroupCPUV1 has a quota above the process's own group, whose path is
// longer than 256 bytes.
func TestCgroupCPUV1(t *testing.T) {
	outer := filepath.Join(controllerRoot(t, "cpu"), "psutil-test-"+strconv.Itoa(os.Getpid()))
	makeGroup(t, outer, map[string]string{"cpu.cfs_period_us": "50000", "cpu.cfs_quota_us": "25000"})
	inner := filepath.Join(outer, strings.Repeat("a", 120))
	makeGroup(t, inner, nil)
	inner = filepath.Join(inner, strings.Repeat("b", 120))
	makeGroup(t, inner, map[string]string{"cpu.shares": "333"})
	c := startChild(t, "limits")
	own, before := ask(t, c)
	if own.CPUQuota == nil || own.CPUs == nil {
		t.Fatalf("nothing known of the child's own groups: %+v", own)
	}
	writeGroup(t, inner, "cgroup.procs", strconv.Itoa(c.Process.PID()))
	limit, usable := ask(t, c)
	is(t, "cpu_quota", limit.CPUQuota, 0.5)
	is(t, "cpu_shares", limit.CPUShares, 333)
	if limit.CPUWeight != nil {
		t.Errorf("cpu_weight = %v, want it missing from version 1", *limit.CPUWeight)
	}
	if usable != 1 {
		t.Errorf("%d CPUs usable with half of one, %d without a quota", usable, before)
	}
	writeGroup(t, outer, "cpu.cfs_quota_us", "75000")
	limit, usable = ask(t, c)
	is(t, "cpu_quota", limit.CPUQuota, 1.5)
	if want := min(before, 2); usable != want {
		t.Errorf("%d CPUs usable of 1.5 and %d, want %d", usable, before, want)
	}
	writeGroup(t, outer, "cpu.cfs_quota_us", "-1")
	limit, usable = ask(t, c)
	is(t, "cpu_quota", limit.CPUQuota, -1)
	if usable != before {
		t.Errorf("%d CPUs usable without a quota, want %d", usable, before)
	}
}

func TestCgroupCpusetV1(t *testing.T) {
	root := controllerRoot(t, "cpuset")
	mems, err := os.ReadFile(filepath.Join(root, "cpuset.mems"))
	if err != nil {
		t.Fatal(err)
	}
	own, err := psutil.CgroupLimits()
	if err != nil {
		t.Fatal(err)
	}
	last := own.CPUs[len(own.CPUs)-1]
	dir := filepath.Join(root, "psutil-test-"+strconv.Itoa(os.Getpid()))
	makeGroup(t, dir, map[string]string{"cpuset.mems": string(mems), "cpuset.cpus": strconv.Itoa(last)})
	c := startChild(t, "limits")
	writeGroup(t, dir, "cgroup.procs", strconv.Itoa(c.Process.PID()))
	limit, usable := ask(t, c)
	if !reflect.DeepEqual(limit.CPUs, []int{last}) || usable != 1 {
		t.Errorf("CPUs %v, %d usable, want only %d", limit.CPUs, usable, last)
	}
}
