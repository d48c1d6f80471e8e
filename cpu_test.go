package psutil_test

import (
	"bytes"
	"context"
	"encoding/gob"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"math"
	"reflect"
	"testing"
	"time"

	"github.com/go-psutil/psutil"
)

// cpuTime has a different number of seconds in every field, 10 in all but the
// two that are part of others.
func cpuTime(scale time.Duration) psutil.CPUTime {
	s := scale * time.Second
	return psutil.CPUTime{
		User: 40 * s, System: 20 * s, Idle: 30 * s, Nice: 2 * s, IOWait: 3 * s, IRQ: s, SoftIRQ: 2 * s, Steal: 2 * s,
		Guest: 10 * s, GuestNice: s / 2,
	}
}

func TestCPUTimeSums(t *testing.T) {
	c := cpuTime(1)
	if got, want := c.Total(), 100*time.Second; got != want {
		t.Errorf("Total() = %v, want %v", got, want)
	}
	if got, want := c.Busy(), 67*time.Second; got != want {
		t.Errorf("Busy() = %v, want %v", got, want)
	}
	full := psutil.CPUTime{User: time.Hour, Idle: math.MaxInt64, IOWait: math.MaxInt64}
	if got := full.Total(); got != math.MaxInt64 {
		t.Errorf("Total() of a full counter = %v, want it to stay full", got)
	}
	if got := full.Busy(); got != time.Hour {
		t.Errorf("Busy() beside a full counter = %v, want 1h", got)
	}
}

func TestCPUTimeSince(t *testing.T) {
	if got, want := cpuTime(3).Since(cpuTime(1)), cpuTime(2); got != want {
		t.Errorf("Since = %v, want %v", got, want)
	}
	now, before := cpuTime(3), cpuTime(1)
	now.Idle, now.IOWait = before.Idle-time.Second, 0 // as Linux corrects them
	now.Missing, before.Missing = "steal", "steal"
	want := cpuTime(2)
	want.Idle, want.IOWait, want.Missing = 0, 0, "steal"
	if got := now.Since(before); got != want {
		t.Errorf("Since with fields that went back = %v, want %v", got, want)
	}
}

func TestCPUTimePercent(t *testing.T) {
	c := cpuTime(1)
	for _, test := range []struct {
		name string
		now  psutil.CPUTime
		from psutil.CPUTime
		want float64
	}{
		{"Mixed", cpuTime(3), cpuTime(1), 67},
		{"SinceBoot", c, psutil.CPUTime{}, 67},
		{"NoTime", c, c, 0},
		{"Backward", cpuTime(1), cpuTime(2), 0},
		{"AllBusy", psutil.CPUTime{System: time.Second}, psutil.CPUTime{}, 100},
		{"AllIdle", psutil.CPUTime{Idle: time.Second, IOWait: time.Second}, psutil.CPUTime{}, 0},
		// The guest's time is in User already.
		{"Guest", psutil.CPUTime{User: time.Second, Guest: time.Second, Idle: time.Second}, psutil.CPUTime{}, 50},
	} {
		t.Run(test.name, func(t *testing.T) {
			if got := test.now.Percent(test.from); got != test.want {
				t.Errorf("Percent = %v, want %v", got, test.want)
			}
		})
	}
}

func TestCPUTimePercentages(t *testing.T) {
	want := psutil.CPUTimePercent{User: 40, System: 20, Idle: 30, Nice: 2, IOWait: 3, IRQ: 1, SoftIRQ: 2, Steal: 2, Guest: 10, GuestNice: 0.5}
	if got := cpuTime(3).Percentages(cpuTime(1)); got != want {
		t.Errorf("Percentages = %v, want %v", got, want)
	}
	old := psutil.CPUTime{User: time.Second, Idle: time.Second, Missing: "guest,guest_nice"}
	want = psutil.CPUTimePercent{User: 50, Idle: 50, Missing: "guest,guest_nice"}
	if got := old.Percentages(psutil.CPUTime{}); got != want {
		t.Errorf("Percentages = %v, want %v", got, want)
	}
	if got := (psutil.CPUTime{}).Percentages(psutil.CPUTime{}); got != (psutil.CPUTimePercent{}) {
		t.Errorf("Percentages of no time = %v", got)
	}
}

func perCPU(rows ...psutil.PerCPUTime) []psutil.PerCPUTime { return rows }

func busyRow(cpu int, busy, idle time.Duration) psutil.PerCPUTime {
	return psutil.PerCPUTime{CPUTime: psutil.CPUTime{User: busy, Idle: idle}, CPU: cpu}
}

// TestCPUTimesSince takes CPU 1 offline and brings CPU 3 online: a CPU is
// known by its number, not by its place in the list.
func TestCPUTimesSince(t *testing.T) {
	before := perCPU(busyRow(0, 10, 10), busyRow(1, 1000, 0), busyRow(2, 100, 100))
	now := perCPU(busyRow(3, 9999, 0), busyRow(2, 101, 103), busyRow(0, 14, 10))
	want := perCPU(busyRow(0, 4, 0), busyRow(2, 1, 3))
	if got := psutil.CPUTimesSince(now, before); !reflect.DeepEqual(got, want) {
		t.Errorf("CPUTimesSince = %v, want %v", got, want)
	}
	if got, want := psutil.CPUPercentSince(now, before), 62.5; got != want {
		t.Errorf("CPUPercentSince = %v, want %v", got, want)
	}
	wantShares := psutil.CPUTimePercent{User: 62.5, Idle: 37.5}
	if got := psutil.CPUTimesPercentSince(now, before); got != wantShares {
		t.Errorf("CPUTimesPercentSince = %v, want %v", got, wantShares)
	}
	if got := psutil.CPUPercentSince(now, nil); got != 0 {
		t.Errorf("CPUPercentSince without an earlier reading = %v, want 0", got)
	}
}

// TestCPUPercentSinceManyYears has more CPU time than a Duration can sum up.
func TestCPUPercentSinceManyYears(t *testing.T) {
	const year = 365 * 24 * time.Hour
	var now []psutil.PerCPUTime
	for cpu := range 4096 {
		now = append(now, busyRow(cpu, 10*year, 30*year))
	}
	if got := psutil.CPUPercentSince(now, make([]psutil.PerCPUTime, 0)); got != 0 {
		t.Errorf("CPUPercentSince = %v, want 0", got)
	}
	before := make([]psutil.PerCPUTime, len(now))
	for cpu := range before {
		before[cpu].CPU = cpu
	}
	if got := psutil.CPUPercentSince(now, before); got != 25 {
		t.Errorf("CPUPercentSince = %v, want 25", got)
	}
}

func TestCPUPercentInvalidInterval(t *testing.T) {
	for _, interval := range []time.Duration{0, -1} {
		_, err1 := psutil.CPUPercent(t.Context(), interval)
		_, err2 := psutil.CPUPercentPerCPU(t.Context(), interval)
		_, err3 := psutil.CPUTimesPercent(t.Context(), interval)
		_, err4 := psutil.CPUTimesPercentPerCPU(t.Context(), interval)
		for i, err := range []error{err1, err2, err3, err4} {
			if !errors.Is(err, psutil.ErrInvalid) || !errors.Is(err, fs.ErrInvalid) {
				t.Errorf("function %d, interval %v: error %v, want ErrInvalid", i, interval, err)
			}
		}
	}
}

func TestCPUPercentContextDone(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := psutil.CPUPercent(ctx, time.Hour); !errors.Is(err, context.Canceled) || errors.Is(err, psutil.ErrTimeout) {
		t.Errorf("error %v, want context.Canceled", err)
	}
	ctx, cancel = context.WithDeadline(t.Context(), time.Unix(0, 0))
	defer cancel()
	if _, err := psutil.CPUPercent(ctx, time.Hour); !errors.Is(err, context.DeadlineExceeded) || !errors.Is(err, psutil.ErrTimeout) {
		t.Errorf("error %v, want ErrTimeout", err)
	}
}

func TestCPUStatSince(t *testing.T) {
	before := psutil.CPUStat{CtxSwitches: 1, Interrupts: 2, SoftInterrupts: 3, Syscalls: 4, ProcessesCreated: 5, ProcsRunning: 6, ProcsBlocked: 7}
	now := psutil.CPUStat{CtxSwitches: 11, Interrupts: 22, SoftInterrupts: 33, Syscalls: 44, ProcessesCreated: 55, ProcsRunning: 1, ProcsBlocked: 2}
	want := psutil.CPUStat{CtxSwitches: 10, Interrupts: 20, SoftInterrupts: 30, Syscalls: 40, ProcessesCreated: 50, ProcsRunning: 1, ProcsBlocked: 2}
	if got := now.Since(before); got != want {
		t.Errorf("Since = %v, want %v", got, want)
	}
}

// cpuResults are values of every result type of CPUs, memory, pressure and control
// groups, with their JSON and text.
var cpuResults = []struct {
	value      any
	json, text string
}{
	{
		psutil.CPUTime{User: 1500 * time.Millisecond, System: 2 * time.Second, Idle: 36 * time.Hour, Nice: 10 * time.Millisecond, IOWait: 1, IRQ: 3, SoftIRQ: 4, Steal: 5, Missing: "guest,guest_nice"},
		`{"user":1.5,"system":2.0,"idle":129600.0,"nice":0.01,"iowait":0.000000001,"irq":0.000000003,"softirq":0.000000004,"steal":0.000000005,"guest":null,"guest_nice":null}`,
		"user=1.5s system=2s idle=36h0m0s nice=10ms iowait=1ns irq=3ns softirq=4ns steal=5ns",
	}, {
		psutil.PerCPUTime{CPUTime: psutil.CPUTime{User: time.Second, Missing: "steal,guest,guest_nice"}, CPU: 7},
		`{"user":1.0,"system":0.0,"idle":0.0,"nice":0.0,"iowait":0.0,"irq":0.0,"softirq":0.0,"steal":null,"guest":null,"guest_nice":null,"cpu":7}`,
		"cpu7 user=1s system=0s idle=0s nice=0s iowait=0s irq=0s softirq=0s",
	}, {
		psutil.CPUTimePercent{User: 12.5, System: 1.0 / 3, Idle: 80, Missing: "guest,guest_nice"},
		`{"user":12.5,"system":0.3333333333333333,"idle":80.0,"nice":0.0,"iowait":0.0,"irq":0.0,"softirq":0.0,"steal":0.0,"guest":null,"guest_nice":null}`,
		"user=12.5% system=0.3% idle=80.0% nice=0.0% iowait=0.0% irq=0.0% softirq=0.0% steal=0.0%",
	}, {
		psutil.PerCPUTimePercent{CPUTimePercent: psutil.CPUTimePercent{IOWait: 100, Missing: "steal,guest,guest_nice"}, CPU: 3},
		`{"user":0.0,"system":0.0,"idle":0.0,"nice":0.0,"iowait":100.0,"irq":0.0,"softirq":0.0,"steal":null,"guest":null,"guest_nice":null,"cpu":3}`,
		"cpu3 user=0.0% system=0.0% idle=0.0% nice=0.0% iowait=100.0% irq=0.0% softirq=0.0%",
	}, {
		psutil.PerCPUPercent{CPU: 2, Percent: 33.25}, `{"cpu":2,"percent":33.25}`, "cpu2 33.2%",
	}, {
		psutil.CPUStat{CtxSwitches: 1, Interrupts: 2, SoftInterrupts: 3, ProcessesCreated: 4, ProcsRunning: 5, ProcsBlocked: 6, Missing: "syscalls"},
		`{"ctx_switches":1,"interrupts":2,"soft_interrupts":3,"syscalls":null,"processes_created":4,"procs_running":5,"procs_blocked":6}`,
		"ctx_switches=1 interrupts=2 soft_interrupts=3 processes_created=4 procs_running=5 procs_blocked=6",
	}, {
		psutil.CPUFrequency{Current: 1896.5, Min: 800, Max: 3600}, `{"current":1896.5,"min":800.0,"max":3600.0}`,
		"current=1896.5MHz min=800MHz max=3600MHz",
	}, {
		psutil.PerCPUFrequency{CPUFrequency: psutil.CPUFrequency{Current: 2596.122, Missing: "min,max"}, CPU: 1},
		`{"current":2596.122,"min":null,"max":null,"cpu":1}`, "cpu1 current=2596.12MHz",
	}, {
		psutil.LoadAverage{Load1: 0.5, Load5: 1, Load15: 12.34}, `{"load1":0.5,"load5":1.0,"load15":12.34}`, "0.50, 1.00, 12.34",
	}, {
		psutil.CPUDescription{Vendor: "GenuineIntel", Family: "6", Model: "44", Stepping: "2", Arch: "x86_64", ByteOrder: "little", Sockets: 2, Cores: 4, Flags: []string{"fpu", "vme"}, Missing: "model_name,microcode,threads,caches,numa_nodes"},
		`{"vendor":"GenuineIntel","model_name":null,"family":"6","model":"44","stepping":"2","microcode":null,"arch":"x86_64","byte_order":"little","sockets":2,"cores":4,"threads":null,"flags":["fpu","vme"],"caches":null,"numa_nodes":null}`,
		`"GenuineIntel" x86_64 sockets=2 cores=4`,
	}, {
		psutil.CPUDescription{ModelName: "odd\nname", Arch: "s390x"},
		`{"vendor":"","model_name":"odd\nname","family":"","model":"","stepping":"","microcode":"","arch":"s390x","byte_order":"","sockets":0,"cores":0,"threads":0,"flags":[],"caches":[],"numa_nodes":[]}`,
		`"odd\nname" s390x sockets=0 cores=0 threads=0`,
	}, {
		psutil.CPUCache{Level: 1, Type: "Data", Size: 32768, SharedCPUs: 2, Count: 8},
		`{"level":1,"type":"Data","size":32768,"shared_cpus":2,"count":8}`, "L1d 32768 bytes x 8",
	}, {
		psutil.NUMANode{Node: 1, CPUs: []int{1, 3}, MemTotal: 4096, Missing: "mem_free"},
		`{"node":1,"cpus":[1,3],"mem_total":4096,"mem_free":null}`, "node1 cpus=[1 3] mem_total=4096 mem_free=0",
	}, {
		psutil.SwapUsage{Total: 1000, Used: 250, Free: 750, Percent: 25, In: 4096, Missing: "sout"},
		`{"total":1000,"used":250,"free":750,"percent":25.0,"sin":4096,"sout":null}`,
		"total=1000 used=250 free=750 percent=25.0 sin=4096 sout=0",
	}, {
		psutil.SwapDevice{Path: "/a b\xff", Type: "file", Total: 10, Used: 4, Free: 6, Priority: -2},
		`{"path":"/a b\udcff","type":"file","total":10,"used":4,"free":6,"priority":-2}`,
		`"/a b\xff" file total=10 used=4 free=6 priority=-2`,
	}, {
		psutil.PressureStat{
			CPU:     psutil.PressureResource{Some: psutil.PressureAverage{Avg10: 1.5, Avg60: 2, Avg300: 0.25, Total: 1500 * time.Microsecond}, Missing: "full"},
			Missing: "memory,io,irq",
		},
		`{"cpu":{"some":{"avg10":1.5,"avg60":2.0,"avg300":0.25,"total":0.0015},"full":null},"memory":null,"io":null,"irq":null}`,
		"cpu some=1.50%",
	}, {
		psutil.PressureAverage{Avg10: 1.5, Avg60: 2, Avg300: 0.25, Total: 1500 * time.Microsecond},
		`{"avg10":1.5,"avg60":2.0,"avg300":0.25,"total":0.0015}`, "avg10=1.50% avg60=2.00% avg300=0.25% total=1.5ms",
	}, {
		psutil.CgroupLimit{CPUQuota: 1.5, CPUs: []int{0, 1}, CPUWeight: 100, MemoryLimit: 1 << 30, MemoryHigh: psutil.CgroupUnlimited, MemoryUsage: 4096, SwapLimit: 0, PIDsMax: psutil.CgroupUnlimited, Missing: "cpu_shares"},
		`{"cpu_quota":1.5,"cpus":[0,1],"cpu_shares":null,"cpu_weight":100,"memory_limit":1073741824,"memory_high":-1,"memory_usage":4096,"swap_limit":0,"pids_max":-1}`,
		"cpu_quota=1.5 cpus=[0 1] cpu_weight=100 memory_limit=1073741824 memory_high=unlimited memory_usage=4096 swap_limit=0 pids_max=unlimited",
	}, {
		psutil.CgroupLimit{CPUQuota: math.Inf(1), MemoryLimit: psutil.CgroupUnlimited, Missing: "cpus,cpu_shares,cpu_weight,memory_high,memory_usage,swap_limit,pids_max"},
		`{"cpu_quota":-1,"cpus":null,"cpu_shares":null,"cpu_weight":null,"memory_limit":-1,"memory_high":null,"memory_usage":null,"swap_limit":null,"pids_max":null}`,
		"cpu_quota=unlimited memory_limit=unlimited",
	},
}

func TestResultForms(t *testing.T) {
	for i, r := range cpuResults {
		t.Run(fmt.Sprintf("%s%d", reflect.TypeOf(r.value).Name(), i), func(t *testing.T) {
			b, err := json.Marshal(r.value)
			if err != nil || string(b) != r.json {
				t.Errorf("JSON = %s, %v\nwant   %s", b, err, r.json)
			}
			if got := fmt.Sprint(r.value); got != r.text {
				t.Errorf("String() = %s\nwant       %s", got, r.text)
			}
			var buf bytes.Buffer
			if err := gob.NewEncoder(&buf).Encode(r.value); err != nil {
				t.Fatal(err)
			}
			back := reflect.New(reflect.TypeOf(r.value))
			if err := gob.NewDecoder(&buf).Decode(back.Interface()); err != nil {
				t.Fatal(err)
			}
			if !reflect.DeepEqual(back.Elem().Interface(), r.value) {
				t.Errorf("gob gave back %v, want %v", back.Elem(), r.value)
			}
		})
	}
}
