package psutil_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/go-psutil/psutil"
	"github.com/go-psutil/psutil/internal/fixture"
)

// replayText returns the machine that an archive describes and its root.
func replayText(t testing.TB, archive string) (*psutil.System, string) {
	t.Helper()
	root := fixture.Tree(t, []byte(archive))
	s, err := psutil.New(psutil.WithRoot(root))
	if err != nil {
		t.Fatal(err)
	}
	return s, root
}

func rewrite(t testing.TB, root, name, text string) {
	t.Helper()
	if err := os.WriteFile(filepath.Join(root, name), []byte(text), 0o644); err != nil {
		t.Error(err)
	}
}

// centiseconds is the clock tick of /proc, 10 ms.
func centiseconds(n int) time.Duration { return time.Duration(n) * 10 * time.Millisecond }

func TestReplayCPUTimes(t *testing.T) {
	const cs = 10 * time.Millisecond
	for _, test := range []struct {
		name string
		want psutil.CPUTime
		rows []psutil.PerCPUTime
	}{
		{
			"el6",
			psutil.CPUTime{User: 1000 * cs, System: 300 * cs, Idle: 40000 * cs, Nice: 200 * cs, IOWait: 500 * cs, IRQ: 6 * cs, SoftIRQ: 7 * cs, Steal: 8 * cs, Guest: 90 * cs, Missing: "guest_nice"},
			perCPU(
				psutil.PerCPUTime{CPUTime: psutil.CPUTime{User: 400 * cs, System: 100 * cs, Idle: 10000 * cs, Nice: 50 * cs, IOWait: 125 * cs, IRQ: 2 * cs, SoftIRQ: 2 * cs, Steal: 2 * cs, Guest: 30 * cs, Missing: "guest_nice"}, CPU: 0},
				psutil.PerCPUTime{CPUTime: psutil.CPUTime{User: 300 * cs, System: 100 * cs, Idle: 10000 * cs, Nice: 50 * cs, IOWait: 125 * cs, IRQ: 2 * cs, SoftIRQ: 2 * cs, Steal: 2 * cs, Guest: 30 * cs, Missing: "guest_nice"}, CPU: 1},
				psutil.PerCPUTime{CPUTime: psutil.CPUTime{User: 200 * cs, System: 50 * cs, Idle: 10000 * cs, Nice: 50 * cs, IOWait: 125 * cs, IRQ: cs, SoftIRQ: 2 * cs, Steal: 2 * cs, Guest: 20 * cs, Missing: "guest_nice"}, CPU: 2},
				psutil.PerCPUTime{CPUTime: psutil.CPUTime{User: 100 * cs, System: 50 * cs, Idle: 10000 * cs, Nice: 50 * cs, IOWait: 125 * cs, IRQ: cs, SoftIRQ: cs, Steal: 2 * cs, Guest: 10 * cs, Missing: "guest_nice"}, CPU: 3},
			),
		}, {
			"el7",
			psutil.CPUTime{User: 10 * cs, Nice: 20 * cs, System: 30 * cs, Idle: 40 * cs, IOWait: 50 * cs, IRQ: 60 * cs, SoftIRQ: 70 * cs, Steal: 80 * cs, Guest: 5 * cs, GuestNice: 6 * cs},
			perCPU(psutil.PerCPUTime{CPUTime: psutil.CPUTime{User: 10 * cs, Nice: 20 * cs, System: 30 * cs, Idle: 40 * cs, IOWait: 50 * cs, IRQ: 60 * cs, SoftIRQ: 70 * cs, Steal: 80 * cs, Guest: 5 * cs, GuestNice: 6 * cs}}),
		}, {
			"lxc", // whose rows are not in order
			psutil.CPUTime{User: 100 * cs, System: 100 * cs, Idle: 1000 * cs},
			perCPU(
				psutil.PerCPUTime{CPUTime: psutil.CPUTime{User: 50 * cs, System: 50 * cs, Idle: 500 * cs}, CPU: 0},
				psutil.PerCPUTime{CPUTime: psutil.CPUTime{User: 50 * cs, System: 50 * cs, Idle: 500 * cs}, CPU: 1},
			),
		},
	} {
		t.Run(test.name, func(t *testing.T) {
			s := replay(t, test.name+".txtar")
			if got, err := s.CPUTimes(); err != nil || got != test.want {
				t.Errorf("CPUTimes = %v, %v\nwant %v", got, err, test.want)
			}
			if got, err := s.CPUTimesPerCPU(); err != nil || !reflect.DeepEqual(got, test.rows) {
				t.Errorf("CPUTimesPerCPU = %v, %v\nwant %v", got, err, test.rows)
			}
		})
	}
}

func TestReplayCPUTimesMalformed(t *testing.T) {
	s, root := replayText(t, "-- proc/stat --\ncpu  1 2 3 4\ncpu0 1 2 3 4\ncpu1 1 x 3 4\ncpu2 5 6 7 8\n")
	const missing = "iowait,irq,softirq,steal,guest,guest_nice"
	want := perCPU(
		psutil.PerCPUTime{CPUTime: psutil.CPUTime{User: centiseconds(1), Nice: centiseconds(2), System: centiseconds(3), Idle: centiseconds(4), Missing: missing}, CPU: 0},
		psutil.PerCPUTime{CPUTime: psutil.CPUTime{User: centiseconds(5), Nice: centiseconds(6), System: centiseconds(7), Idle: centiseconds(8), Missing: missing}, CPU: 2},
	)
	got, err := s.CPUTimesPerCPU()
	if !reflect.DeepEqual(got, want) {
		t.Errorf("CPUTimesPerCPU = %v, want %v", got, want)
	}
	parse, ok := errors.AsType[*psutil.ParseError](err)
	if !ok || parse.File != filepath.Join(root, "proc/stat") || parse.Line != 3 {
		t.Errorf("error %v, want one about line 3 of proc/stat", err)
	}
	// What is not known to the last row is missing, but the others count.
	if got, err := s.CPUTimes(); err != nil || got.User != centiseconds(1) {
		t.Errorf("CPUTimes = %v, %v", got, err)
	}
	for _, stat := range []string{"", "cpu  1 2\n", "btime 5\n", "cpu0 1 2 3 4"} {
		rewrite(t, root, "proc/stat", stat)
		if got, err := s.CPUTimes(); err == nil {
			t.Errorf("CPUTimes of %q = %v, want an error", stat, got)
		}
		if got, err := s.CPUTimesPerCPU(); err == nil {
			t.Errorf("CPUTimesPerCPU of %q = %v, want an error", stat, got)
		}
	}
}

// TestReplayCPUPercent changes the machine's counters halfway: CPU 0 has been
// busy for 30 ticks of 100, CPU 1 has gone offline, CPU 2 has come online, and
// CPU 3 for 50 of 50, its idle time having gone backward.
func TestReplayCPUPercent(t *testing.T) {
	const (
		before = "cpu  9 9 9 9\ncpu0 100 0 100 1000 0 0 0 0 50 0\ncpu1 500 0 0 0 0 0 0 0 0 0\ncpu3 0 0 0 1000 10 0 0 0 0 0\n"
		after  = "cpu  9 9 9 9\ncpu0 120 0 110 1060 10 0 0 0 70 0\ncpu2 700 0 0 0 0 0 0 0 0 0\ncpu3 0 10 20 990 5 5 5 10 0 0\n"
	)
	root := fixture.Tree(t, []byte("-- proc/stat --\n"+before))
	s, err := psutil.New(psutil.WithRoot(root))
	if err != nil {
		t.Fatal(err)
	}
	for name, run := range map[string]func(ctx context.Context) (got, want any, err error){
		"CPUPercent": func(ctx context.Context) (any, any, error) {
			got, err := s.CPUPercent(ctx, time.Second)
			return got, 100 * 80.0 / 150, err
		},
		"CPUPercentPerCPU": func(ctx context.Context) (any, any, error) {
			got, err := s.CPUPercentPerCPU(ctx, time.Second)
			return got, []psutil.PerCPUPercent{{CPU: 0, Percent: 30}, {CPU: 3, Percent: 100}}, err
		},
		"CPUTimesPercent": func(ctx context.Context) (any, any, error) {
			got, err := s.CPUTimesPercent(ctx, time.Second)
			return got, psutil.CPUTimePercent{
				User: 100 * 20.0 / 150, System: 20, Idle: 40, Nice: 100 * 10.0 / 150, IOWait: 100 * 10.0 / 150,
				IRQ: 100 * 5.0 / 150, SoftIRQ: 100 * 5.0 / 150, Steal: 100 * 10.0 / 150, Guest: 100 * 20.0 / 150,
			}, err
		},
		"CPUTimesPercentPerCPU": func(ctx context.Context) (any, any, error) {
			got, err := s.CPUTimesPercentPerCPU(ctx, time.Second)
			return got, []psutil.PerCPUTimePercent{
				{CPUTimePercent: psutil.CPUTimePercent{User: 20, System: 10, Idle: 60, IOWait: 10, Guest: 20}, CPU: 0},
				{CPUTimePercent: psutil.CPUTimePercent{System: 40, Nice: 20, IRQ: 10, SoftIRQ: 10, Steal: 20}, CPU: 3},
			}, err
		},
	} {
		t.Run(name, func(t *testing.T) {
			rewrite(t, root, "proc/stat", before)
			synctest.Test(t, func(t *testing.T) {
				start := time.Now()
				time.AfterFunc(500*time.Millisecond, func() { rewrite(t, root, "proc/stat", after) })
				got, want, err := run(t.Context())
				if err != nil || !reflect.DeepEqual(got, want) {
					t.Errorf("got %v, %v\nwant %v", got, err, want)
				}
				if took := time.Since(start); took != time.Second {
					t.Errorf("it took %v, want the interval", took)
				}
			})
		})
	}
}

func TestReplayCPUPercentEndsEarly(t *testing.T) {
	s := replay(t, "el6.txtar")
	synctest.Test(t, func(t *testing.T) {
		start := time.Now()
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		got, err := s.CPUPercent(ctx, time.Hour)
		if got != 0 || !errors.Is(err, psutil.ErrTimeout) || !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("CPUPercent = %v, %v, want ErrTimeout", got, err)
		}
		if took := time.Since(start); took != time.Second {
			t.Errorf("it took %v, want the timeout", took)
		}
	})
	synctest.Test(t, func(t *testing.T) {
		ctx, cancel := context.WithCancel(t.Context())
		time.AfterFunc(time.Minute, cancel)
		rows, err := s.CPUTimesPercentPerCPU(ctx, time.Hour)
		if rows != nil || !errors.Is(err, context.Canceled) || errors.Is(err, psutil.ErrTimeout) {
			t.Errorf("CPUTimesPercentPerCPU = %v, %v, want context.Canceled", rows, err)
		}
	})
}

func TestReplayCPUStats(t *testing.T) {
	for name, want := range map[string]psutil.CPUStat{
		"el6": {CtxSwitches: 987654321, Interrupts: 123456789, SoftInterrupts: 7654321, ProcessesCreated: 54321, ProcsRunning: 3, ProcsBlocked: 1, Missing: "syscalls"},
		"el7": {CtxSwitches: 2, Interrupts: 1, ProcessesCreated: 3, ProcsRunning: 1, Missing: "syscalls,soft_interrupts"},
		"lxc": {CtxSwitches: 5, ProcessesCreated: 10, ProcsRunning: 1, Missing: "syscalls,interrupts,soft_interrupts"},
	} {
		t.Run(name, func(t *testing.T) {
			s := replay(t, name+".txtar")
			if got, err := s.CPUStats(); err != nil || got != want {
				t.Errorf("CPUStats = %+v, %v\nwant %+v", got, err, want)
			}
		})
	}
}

func TestReplayLoadAvg(t *testing.T) {
	s, root := replayText(t, "-- proc/loadavg --\n0.52 1.58 12.59 3/412 7981\n")
	want := psutil.LoadAverage{Load1: 0.52, Load5: 1.58, Load15: 12.59}
	if got, err := s.LoadAvg(); err != nil || got != want {
		t.Errorf("LoadAvg = %v, %v, want %v", got, err, want)
	}
	rewrite(t, root, "proc/loadavg", "0.52 x 12.59 3/412 7981\n")
	if got, err := s.LoadAvg(); err == nil {
		t.Errorf("LoadAvg = %v, want an error", got)
	}
}

func TestReplayCPUCount(t *testing.T) {
	const unknown = -1
	for _, test := range []struct {
		name           string
		threads, cores int
	}{
		{"el6", 4, 2},       // by thread_siblings_list
		{"el7", 1, 16},      // by what cpuinfo says of each package
		{"lxc", 2, unknown}, // by /proc/stat
		{"arm64", 5, 5},     // by core_cpus_list, offline CPUs not counted
		{"s390x", 2, 2},     // by core id in cpuinfo
		{"ppc64", 2, unknown},
		{"riscv64", 1, unknown},
		{"zswap", unknown, unknown},
	} {
		t.Run(test.name, func(t *testing.T) {
			s := replay(t, test.name+".txtar")
			check := func(what string, got int, err error, want int) {
				t.Helper()
				if want == unknown {
					if got != 0 || !errors.Is(err, psutil.ErrNotSupported) {
						t.Errorf("%s = %d, %v, want ErrNotSupported", what, got, err)
					}
				} else if got != want || err != nil {
					t.Errorf("%s = %d, %v, want %d", what, got, err, want)
				}
			}
			n, err := s.CPUCount()
			check("CPUCount", n, err, test.threads)
			n, err = s.CPUCountCores()
			check("CPUCountCores", n, err, test.cores)
		})
	}
}

// TestReplayCPUCountFromCPUInfo has neither /sys nor /proc/stat to go by.
func TestReplayCPUCountFromCPUInfo(t *testing.T) {
	s, _ := replayText(t, "-- proc/cpuinfo --\nprocessor\t: 0\n\nprocessor\t: 5\n\n")
	if n, err := s.CPUCount(); n != 2 || err != nil {
		t.Errorf("CPUCount = %d, %v, want 2", n, err)
	}
}

func TestReplayCPUFreq(t *testing.T) {
	freq := func(cpu int, current, low, high float64, missing psutil.Missing) psutil.PerCPUFrequency {
		return psutil.PerCPUFrequency{CPUFrequency: psutil.CPUFrequency{Current: current, Min: low, Max: high, Missing: missing}, CPU: cpu}
	}
	for _, test := range []struct {
		name string
		rows []psutil.PerCPUFrequency
		mean psutil.CPUFrequency
	}{
		{
			// CPUs 1 and 3 have no policy; what cpuinfo says is preferred.
			"el6", []psutil.PerCPUFrequency{
				freq(0, 1596, 1596, 2661, ""), freq(1, 2661, 0, 0, "min,max"), freq(2, 1596, 1596, 2661, ""), freq(3, 1596, 0, 0, "min,max"),
			},
			psutil.CPUFrequency{Current: (3*1596.0 + 2661) / 4, Min: 1596, Max: 2661},
		}, {
			"arm64", []psutil.PerCPUFrequency{
				freq(0, 1008, 408, 1416, ""), freq(1, 1008, 408, 1416, ""), freq(2, 1008, 408, 1416, ""),
				freq(4, 1800, 0, 1800.5, "min"), freq(5, 1800, 0, 1800.5, "min"),
			},
			psutil.CPUFrequency{Current: (3*1008.0 + 2*1800) / 5, Min: 408, Max: (3*1416 + 2*1800.5) / 5},
		}, {
			"s390x", []psutil.PerCPUFrequency{freq(0, 5200, 0, 0, "min,max"), freq(1, 5100, 0, 0, "min,max")},
			psutil.CPUFrequency{Current: 5150, Missing: "min,max"},
		}, {
			"ppc64", []psutil.PerCPUFrequency{freq(0, 2500, 0, 0, "min,max"), freq(8, 3425, 0, 0, "min,max")},
			psutil.CPUFrequency{Current: 2962.5, Missing: "min,max"},
		},
	} {
		t.Run(test.name, func(t *testing.T) {
			s := replay(t, test.name+".txtar")
			if got, err := s.CPUFreqPerCPU(); err != nil || !reflect.DeepEqual(got, test.rows) {
				t.Errorf("CPUFreqPerCPU = %v, %v\nwant %v", got, err, test.rows)
			}
			if got, err := s.CPUFreq(); err != nil || got != test.mean {
				t.Errorf("CPUFreq = %+v, %v\nwant %+v", got, err, test.mean)
			}
		})
	}
	for _, name := range []string{"riscv64", "lxc", "el7"} { // el7's rate is "unknown"
		t.Run(name, func(t *testing.T) {
			s := replay(t, name+".txtar")
			if got, err := s.CPUFreqPerCPU(); got != nil || !errors.Is(err, psutil.ErrNotSupported) {
				t.Errorf("CPUFreqPerCPU = %v, %v, want ErrNotSupported", got, err)
			}
			if _, err := s.CPUFreq(); !errors.Is(err, psutil.ErrNotSupported) {
				t.Errorf("CPUFreq: %v, want ErrNotSupported", err)
			}
		})
	}
}

// TestReplayCPUFreqUnknown has bounds but not the rate itself, and a policy
// with nonsense in one of its files.
func TestReplayCPUFreqUnknown(t *testing.T) {
	s, root := replayText(t, `
-- proc/version --
-- sys/devices/system/cpu/online --
0-1
-- sys/devices/system/cpu/cpufreq/policy0/scaling_min_freq --
1000000
-- sys/devices/system/cpu/cpufreq/policy0/scaling_max_freq --
2000000
-- sys/devices/system/cpu/cpufreq/policy1/scaling_cur_freq --
fast
-- sys/devices/system/cpu/cpufreq/policy1/scaling_max_freq --
3000000
`)
	want := []psutil.PerCPUFrequency{
		{CPUFrequency: psutil.CPUFrequency{Min: 1000, Max: 2000, Missing: "current"}, CPU: 0},
		{CPUFrequency: psutil.CPUFrequency{Max: 3000, Missing: "current,min"}, CPU: 1},
	}
	got, err := s.CPUFreqPerCPU()
	if !reflect.DeepEqual(got, want) {
		t.Errorf("CPUFreqPerCPU = %v, want %v", got, want)
	}
	parse, ok := errors.AsType[*psutil.ParseError](err)
	if file := filepath.Join(root, "sys/devices/system/cpu/cpufreq/policy1/scaling_cur_freq"); !ok || parse.File != file {
		t.Errorf("error %v, want one about %s", err, file)
	}
}

// missingArch adds what the recordings do not tell of the machine.
func missingArch(d psutil.CPUDescription) psutil.Missing {
	var all []string
	for _, name := range []string{"vendor", "model_name", "family", "model", "stepping", "microcode", "arch", "byte_order",
		"sockets", "cores", "threads", "flags", "caches", "numa_nodes"} {
		if d.Missing.Has(name) || name == "arch" || name == "byte_order" && d.ByteOrder == "" {
			all = append(all, name)
		}
	}
	return psutil.Missing(strings.Join(all, ","))
}

func TestReplayCPUInfo(t *testing.T) {
	for name, want := range map[string]psutil.CPUDescription{
		"el6": {
			ByteOrder: "little",
			Vendor:    "GenuineIntel", ModelName: "Intel(R) Xeon(R) CPU           X5650  @ 2.67GHz", Family: "6", Model: "44", Stepping: "2",
			Sockets: 2, Cores: 2, Threads: 4, Flags: []string{"fpu", "vme", "de", "pse", "tsc"},
			Caches: []psutil.CPUCache{
				{Level: 1, Type: "Data", Size: 32 << 10, SharedCPUs: 2, Count: 2},
				{Level: 3, Type: "Unified", Size: 12 << 20, SharedCPUs: 2, Count: 1},
			},
			Nodes: []psutil.NUMANode{
				{Node: 0, CPUs: []int{0, 2}, MemTotal: 4 << 30, MemFree: 100000 << 10},
				{Node: 1, CPUs: []int{1, 3}, MemTotal: 3867212 << 10, MemFree: 119464 << 10},
			},
			Missing: "microcode",
		},
		"el7": {
			ByteOrder: "little",
			Vendor:    "AuthenticAMD", ModelName: "AMD Opteron(tm) Processor 6376", Family: "21", Model: "2", Stepping: "0", Microcode: "0x6000822",
			Sockets: 1, Cores: 16, Threads: 1, Missing: "flags,caches,numa_nodes",
		},
		"lxc": {
			ModelName: "Virtual", Threads: 2,
			Missing: "vendor,family,model,stepping,microcode,sockets,cores,flags,caches,numa_nodes",
		},
		"arm64": {
			Vendor: "ARM", ModelName: "Neoverse-N1", Family: "8", Model: "0xd0c", Stepping: "r3p1",
			Sockets: 2, Cores: 5, Threads: 5, Flags: []string{"fp", "asimd", "evtstrm", "aes"},
			Missing: "microcode,caches,numa_nodes",
		},
		"s390x": {
			ByteOrder: "big",
			Vendor:    "IBM/S390", Model: "8561", Sockets: 1, Cores: 2, Threads: 2, Flags: []string{"esan3", "zarch", "stfle", "msa"},
			Missing: "model_name,family,stepping,microcode,caches,numa_nodes",
		},
		"ppc64": {
			ModelName: "POWER9 (architected), altivec supported", Stepping: "2.2 (pvr 004e 0202)", Threads: 2,
			Missing: "vendor,family,model,microcode,sockets,cores,flags,caches,numa_nodes",
		},
		"riscv64": {
			ByteOrder: "little",
			ModelName: "sifive,u74-mc", Threads: 1, Flags: []string{"rv64imafdc_zicsr"},
			Missing: "vendor,family,model,stepping,microcode,sockets,cores,caches,numa_nodes",
		},
	} {
		t.Run(name, func(t *testing.T) {
			s := replay(t, name+".txtar")
			got, err := s.CPUInfo()
			// None of the recordings has /proc/sys/kernel/arch.
			want.Missing = missingArch(want)
			if err != nil || !reflect.DeepEqual(got, want) {
				t.Errorf("CPUInfo = %#v, %v\nwant %#v", got, err, want)
			}
		})
	}
	s := replay(t, "zswap.txtar")
	if got, err := s.CPUInfo(); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("CPUInfo without cpuinfo = %v, %v", got, err)
	}
}

// between checks numbers that grow against a peer that was asked in between
// two readings of ours.
func between[T int | uint64 | float64 | time.Duration](t *testing.T, what string, before, peer, after T) {
	t.Helper()
	if peer < before || peer > after {
		t.Errorf("%s: the peer says %v, we said %v before and %v after", what, peer, before, after)
	}
}

func cpuTimesNow(t *testing.T) (psutil.CPUTime, []psutil.PerCPUTime) {
	t.Helper()
	total, err := psutil.CPUTimes()
	if err != nil {
		t.Fatal(err)
	}
	rows, err := psutil.CPUTimesPerCPU()
	if err != nil {
		t.Fatal(err)
	}
	return total, rows
}

func TestCPUTimesAgainstPsutil(t *testing.T) {
	type times struct {
		User, System, Idle, Nice, IOWait, IRQ, SoftIRQ, Steal, Guest float64
		GuestNice                                                    float64 `json:"guest_nice"`
	}
	var peer struct {
		Total  times
		PerCPU []times
	}
	check := func(what string, before, after psutil.CPUTime, peer times) {
		t.Helper()
		for _, f := range []struct {
			name          string
			before, after time.Duration
			peer          float64
		}{
			{"user", before.User, after.User, peer.User}, {"system", before.System, after.System, peer.System},
			{"idle", before.Idle, after.Idle, peer.Idle}, {"nice", before.Nice, after.Nice, peer.Nice},
			{"iowait", before.IOWait, after.IOWait, peer.IOWait}, {"irq", before.IRQ, after.IRQ, peer.IRQ},
			{"softirq", before.SoftIRQ, after.SoftIRQ, peer.SoftIRQ}, {"steal", before.Steal, after.Steal, peer.Steal},
			{"guest", before.Guest, after.Guest, peer.Guest}, {"guest_nice", before.GuestNice, after.GuestNice, peer.GuestNice},
		} {
			// psutil has floats; a tick either way is what rounding may cost.
			const tick = 10 * time.Millisecond
			between(t, what+" "+f.name, f.before-tick, time.Duration(math.Round(f.peer*1e9)), f.after+tick)
		}
	}
	before, beforeRows := cpuTimesNow(t)
	pythonPsutil(t, `print(json.dumps({"Total": psutil.cpu_times()._asdict(), "PerCPU": [c._asdict() for c in psutil.cpu_times(percpu=True)]}))`, &peer)
	after, afterRows := cpuTimesNow(t)
	check("all", before, after, peer.Total)
	if len(beforeRows) != len(peer.PerCPU) || len(afterRows) != len(peer.PerCPU) {
		t.Fatalf("psutil has %d CPUs, we %d and %d", len(peer.PerCPU), len(beforeRows), len(afterRows))
	}
	for i := range peer.PerCPU {
		check(fmt.Sprint("cpu", beforeRows[i].CPU), beforeRows[i].CPUTime, afterRows[i].CPUTime, peer.PerCPU[i])
	}
}

func TestCPUStatsAgainstVmstat(t *testing.T) {
	before, err := psutil.CPUStats()
	if err != nil {
		t.Fatal(err)
	}
	peer := map[string]uint64{}
	for line := range strings.Lines(output(t, "vmstat", "-s")) {
		number, name, _ := strings.Cut(strings.TrimSpace(line), " ")
		n, _ := strconv.ParseUint(number, 10, 64)
		peer[strings.TrimSpace(name)] = n
	}
	after, err := psutil.CPUStats()
	if err != nil {
		t.Fatal(err)
	}
	between(t, "interrupts", before.Interrupts, peer["interrupts"], after.Interrupts)
	between(t, "context switches", before.CtxSwitches, peer["CPU context switches"], after.CtxSwitches)
	between(t, "forks", before.ProcessesCreated, peer["forks"], after.ProcessesCreated)
}

func TestCPUAgainstPsutil(t *testing.T) {
	var peer struct {
		Logical int
		Cores   *int
		Stats   struct {
			CtxSwitches    uint64 `json:"ctx_switches"`
			Interrupts     uint64
			SoftInterrupts uint64 `json:"soft_interrupts"`
		}
		Load [3]float64
		Freq []struct{ Current, Min, Max float64 }
	}
	const code = `
try:
    freq = [f._asdict() for f in psutil.cpu_freq(percpu=True)]
except NotImplementedError:
    freq = []
print(json.dumps({"Logical": psutil.cpu_count(), "Cores": psutil.cpu_count(logical=False), "Stats": psutil.cpu_stats()._asdict(),
    "Load": psutil.getloadavg(), "Freq": freq}))`
	load1, err := psutil.LoadAvg()
	if err != nil {
		t.Fatal(err)
	}
	stats1, err := psutil.CPUStats()
	if err != nil {
		t.Fatal(err)
	}
	pythonPsutil(t, code, &peer)
	stats2, err := psutil.CPUStats()
	if err != nil {
		t.Fatal(err)
	}
	load2, err := psutil.LoadAvg()
	if err != nil {
		t.Fatal(err)
	}
	if n, err := psutil.CPUCount(); n != peer.Logical || err != nil {
		t.Errorf("CPUCount = %d, %v, psutil %d", n, err, peer.Logical)
	}
	n, err := psutil.CPUCountCores()
	switch {
	case peer.Cores == nil && !errors.Is(err, psutil.ErrNotSupported):
		t.Errorf("CPUCountCores = %d, %v, psutil None", n, err)
	case peer.Cores != nil && (n != *peer.Cores || err != nil):
		t.Errorf("CPUCountCores = %d, %v, psutil %d", n, err, *peer.Cores)
	}
	between(t, "ctx_switches", stats1.CtxSwitches, peer.Stats.CtxSwitches, stats2.CtxSwitches)
	between(t, "interrupts", stats1.Interrupts, peer.Stats.Interrupts, stats2.Interrupts)
	between(t, "soft_interrupts", stats1.SoftInterrupts, peer.Stats.SoftInterrupts, stats2.SoftInterrupts)

	// The kernel works the averages out anew every five seconds.
	for i, ours := range [][2]float64{{load1.Load1, load2.Load1}, {load1.Load5, load2.Load5}, {load1.Load15, load2.Load15}} {
		if p := math.Round(peer.Load[i]*100) / 100; math.Abs(p-ours[0]) > 0.011 && math.Abs(p-ours[1]) > 0.011 {
			t.Errorf("load average %d: psutil %v, ours %v", i, peer.Load[i], ours)
		}
	}

	rows, err := psutil.CPUFreqPerCPU()
	if len(peer.Freq) == 0 {
		t.Logf("psutil knows no rates, we %v, %v", rows, err)
		return
	}
	if err != nil || len(rows) == 0 {
		t.Fatalf("CPUFreqPerCPU = %v, %v, psutil %v", rows, err, peer.Freq)
	}
	mean, err := psutil.CPUFreq()
	if err != nil || mean.Current < rows[0].Current/10 || mean.Min != rows[0].Min && len(rows) == 1 {
		t.Errorf("CPUFreq = %v, %v, CPUFreqPerCPU %v", mean, err, rows)
	}
	// psutil has a row for each policy, we have one for each CPU.
	if len(peer.Freq) == len(rows) {
		for i, p := range peer.Freq {
			r := rows[i]
			if r.Min != p.Min || r.Max != p.Max {
				t.Errorf("bounds %v, psutil %v", r, p)
			}
			// It is now what it is now, but not ten times that a moment ago.
			if r.Current < p.Current/10 || r.Current > p.Current*10 {
				t.Errorf("current %v, psutil %v", r, p)
			}
		}
	}
}

// lscpuFields flattens the tree that lscpu -J prints.
func lscpuFields(t *testing.T) map[string]string {
	t.Helper()
	type node struct {
		Field, Data string
		Children    []node
	}
	var tree struct{ Lscpu []node }
	if err := json.Unmarshal([]byte(output(t, "lscpu", "-J")), &tree); err != nil {
		t.Fatal(err)
	}
	fields := map[string]string{}
	var walk func([]node)
	walk = func(nodes []node) {
		for _, n := range nodes {
			fields[strings.TrimSuffix(n.Field, ":")] = n.Data
			walk(n.Children)
		}
	}
	walk(tree.Lscpu)
	return fields
}

func TestCPUInfoAgainstLscpu(t *testing.T) {
	lscpu := lscpuFields(t)
	info, err := psutil.CPUInfo()
	if err != nil {
		t.Fatal(err)
	}
	atoi := func(name string) int {
		n, err := strconv.Atoi(lscpu[name])
		if err != nil {
			t.Fatalf("lscpu %s: %v", name, err)
		}
		return n
	}
	text := func(field, ours, name string) {
		t.Helper()
		// The kernel may leave more room between flags than one space.
		if peer := strings.Join(strings.Fields(lscpu[name]), " "); ours != peer && !(info.Missing.Has(field) && (peer == "-" || peer == "")) {
			t.Errorf("%s: %q, lscpu %q", field, ours, peer)
		}
	}
	text("vendor", info.Vendor, "Vendor ID")
	text("model_name", info.ModelName, "Model name")
	text("arch", info.Arch, "Architecture")
	text("stepping", info.Stepping, "Stepping")
	text("flags", strings.Join(info.Flags, " "), "Flags")
	text("byte_order", map[string]string{"little": "Little Endian", "big": "Big Endian"}[info.ByteOrder], "Byte Order")
	if info.Arch == "x86_64" {
		text("family", info.Family, "CPU family")
		text("model", info.Model, "Model")
	}
	sockets := atoi("Socket(s)")
	cores := atoi("Core(s) per socket") * sockets
	for _, n := range []struct {
		name       string
		ours, peer int
	}{{"threads", info.Threads, cores * atoi("Thread(s) per core")}, {"cores", info.Cores, cores}, {"sockets", info.Sockets, sockets}} {
		if n.ours != n.peer && !info.Missing.Has(n.name) {
			t.Errorf("%s: %d, lscpu %d", n.name, n.ours, n.peer)
		}
	}
	for _, node := range info.Nodes {
		list := make([]string, len(node.CPUs))
		for i, cpu := range node.CPUs {
			list[i] = strconv.Itoa(cpu)
		}
		if peer := lscpu[fmt.Sprintf("NUMA node%d CPU(s)", node.Node)]; !strings.Contains(peer, "-") && peer != strings.Join(list, ",") {
			t.Errorf("node %d: CPUs %v, lscpu %s", node.Node, node.CPUs, peer)
		}
	}
	if len(info.Nodes) != atoi("NUMA node(s)") {
		t.Errorf("%d nodes, lscpu %s", len(info.Nodes), lscpu["NUMA node(s)"])
	}
}

func TestCPUCachesAgainstLscpu(t *testing.T) {
	info, err := psutil.CPUInfo()
	if err != nil {
		t.Fatal(err)
	}
	ours := map[string]string{}
	for _, c := range info.Caches {
		kind := map[string]string{"Data": "d", "Instruction": "i", "Unified": ""}[c.Type]
		ours[fmt.Sprintf("L%d%s", c.Level, kind)] = fmt.Sprintf("%s %d %d %d", c.Type, c.Level, c.Size, c.Size*uint64(c.Count))
	}
	peer := map[string]string{}
	for line := range strings.Lines(output(t, "lscpu", "--bytes", "--caches=NAME,TYPE,LEVEL,ONE-SIZE,ALL-SIZE")) {
		f := strings.Fields(line)
		if len(f) == 5 && f[0] != "NAME" {
			peer[f[0]] = strings.Join(f[1:], " ")
		}
	}
	if !reflect.DeepEqual(ours, peer) {
		t.Errorf("caches %v, lscpu %v", ours, peer)
	}
}

func TestCPUCountAgainstTools(t *testing.T) {
	count := func(name string, args ...string) int {
		n, err := strconv.Atoi(strings.TrimSpace(output(t, name, args...)))
		if err != nil {
			t.Fatal(err)
		}
		return n
	}
	online := count("getconf", "_NPROCESSORS_ONLN")
	if n, err := psutil.CPUCount(); n != online || err != nil {
		t.Errorf("CPUCount = %d, %v, getconf %d", n, err, online)
	}
	affinity := count("nproc")
	n, err := psutil.CPUCountUsable()
	if err != nil {
		t.Fatal(err)
	}
	limit, err := psutil.CgroupLimits()
	if err != nil {
		t.Fatal(err)
	}
	want := max(1, min(affinity, int(math.Ceil(min(limit.CPUQuota, 1e6)))))
	if n != want {
		t.Errorf("CPUCountUsable = %d, nproc %d, quota %v", n, affinity, limit.CPUQuota)
	}
	if slices.Max(limit.CPUs) >= 1<<16 || len(limit.CPUs) > online {
		t.Errorf("CPUs %v of %d", limit.CPUs, online)
	}
}
