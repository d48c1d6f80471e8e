package psutil

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"math"
	"reflect"
	"slices"
	"strings"
	"time"
)

// CPUTime is the time CPUs have spent since boot, by what they did. The kernel
// may correct Idle and IOWait down. Windows has no Nice, IOWait, Steal, Guest and
// GuestNice: they are missing.
//
// A field is a [time.Duration] and stays at its maximum, 292 years, once the
// CPUs together have spent that long: 300 CPUs get there in a year.
// [CPUTimesPerCPU] does not suffer from it, and is what percentages come from.
type CPUTime struct {
	User   time.Duration `json:"user"`   // in programs, with Guest
	System time.Duration `json:"system"` // in the kernel, without IRQ and SoftIRQ
	Idle   time.Duration `json:"idle"`   // doing nothing, without IOWait
	Nice   time.Duration `json:"nice"`   // in programs of lowered priority, with GuestNice
	// IOWait is idle time during which a task waited for block IO on that CPU.
	IOWait    time.Duration `json:"iowait"`
	IRQ       time.Duration `json:"irq"`        // serving hardware interrupts
	SoftIRQ   time.Duration `json:"softirq"`    // serving software interrupts; Windows: deferred procedure calls
	Steal     time.Duration `json:"steal"`      // taken by other guests of a hypervisor
	Guest     time.Duration `json:"guest"`      // running guests; part of User
	GuestNice time.Duration `json:"guest_nice"` // running guests of lowered priority; part of Nice
	Missing   Missing       `json:"-"`
}

// columns returns the fields in order, the two that are part of others last.
func (t *CPUTime) columns() [10]*time.Duration {
	return [...]*time.Duration{&t.User, &t.System, &t.Idle, &t.Nice, &t.IOWait, &t.IRQ, &t.SoftIRQ, &t.Steal, &t.Guest, &t.GuestNice}
}

// Total returns the sum of all fields but Guest and GuestNice, which User and
// Nice hold already.
func (t CPUTime) Total() time.Duration {
	return addDurations(t.Busy(), t.Idle, t.IOWait)
}

// Busy returns the total without Idle and IOWait. It has Steal in it: the time
// that was not to be had, though there was work.
func (t CPUTime) Busy() time.Duration {
	return addDurations(t.User, t.System, t.Nice, t.IRQ, t.SoftIRQ, t.Steal)
}

// addDurations adds and stops at the largest Duration.
func addDurations(terms ...time.Duration) time.Duration {
	var sum time.Duration
	for _, d := range terms {
		if d > math.MaxInt64-sum {
			return math.MaxInt64
		}
		sum += d
	}
	return sum
}

// Since returns the time spent since an earlier reading. A field that went
// backward is 0.
func (t CPUTime) Since(earlier CPUTime) CPUTime {
	before := earlier.columns()
	for i, c := range t.columns() {
		*c = max(0, *c-*before[i])
	}
	return t
}

// Percent returns how much of the time since an earlier reading was busy, 0 to
// 100. It is 0 if no time has passed by the kernel's clock, which on Linux
// ticks every 10 ms. Percent(CPUTime{}) is the percentage of t itself.
func (t CPUTime) Percent(earlier CPUTime) float64 {
	d := t.Since(earlier)
	return busyPercent(float64(d.Busy()), float64(d.Total()))
}

func busyPercent(busy, total float64) float64 {
	if total <= 0 {
		return 0
	}
	return min(100*busy/total, 100)
}

// Percentages returns which share of the time since an earlier reading went
// where. Without Guest and GuestNice, which are part of User and Nice, the
// shares add up to 100, or to 0 if no time has passed by the kernel's clock.
func (t CPUTime) Percentages(earlier CPUTime) CPUTimePercent {
	return percentages(t.Since(earlier))
}

// percentages adds up what each CPU spent, in floats, which do not overflow.
func percentages(spent ...CPUTime) CPUTimePercent {
	var (
		p     CPUTimePercent
		total float64
	)
	sums := p.columns()
	for _, t := range spent {
		for i, c := range t.columns() {
			*sums[i] += float64(*c)
		}
		total += float64(t.Total())
		p.Missing = t.Missing
	}
	for _, c := range sums {
		*c = busyPercent(*c, total)
	}
	return p
}

// MarshalJSON writes psutil's scputimes, in seconds.
func (t CPUTime) MarshalJSON() ([]byte, error) { return marshalFields(t) }

// String returns "user=1.5s system=20ms ...", without what is missing.
func (t CPUTime) String() string {
	var b strings.Builder
	for i, c := range t.columns() {
		if !t.Missing.Has(cpuTimeNames[i]) {
			fmt.Fprintf(&b, " %s=%v", cpuTimeNames[i], *c)
		}
	}
	return strings.TrimPrefix(b.String(), " ")
}

// cpuTimeNames are the JSON names of the columns.
var cpuTimeNames = [...]string{"user", "system", "idle", "nice", "iowait", "irq", "softirq", "steal", "guest", "guest_nice"}

// PerCPUTime is the time one CPU has spent.
type PerCPUTime struct {
	CPUTime
	CPU int `json:"cpu"` // the kernel's number of the CPU
}

// MarshalJSON writes psutil's scputimes, in seconds, with cpu after it.
func (t PerCPUTime) MarshalJSON() ([]byte, error) { return marshalFields(t) }

// String returns "cpu0 user=1.5s system=20ms ...".
func (t PerCPUTime) String() string { return fmt.Sprintf("cpu%d %v", t.CPU, t.CPUTime) }

// CPUTimePercent is how time was spent, each field in percent, 0 to 100.
type CPUTimePercent struct {
	User      float64 `json:"user"` // with Guest
	System    float64 `json:"system"`
	Idle      float64 `json:"idle"`
	Nice      float64 `json:"nice"` // with GuestNice
	IOWait    float64 `json:"iowait"`
	IRQ       float64 `json:"irq"`
	SoftIRQ   float64 `json:"softirq"`
	Steal     float64 `json:"steal"`
	Guest     float64 `json:"guest"`
	GuestNice float64 `json:"guest_nice"`
	Missing   Missing `json:"-"`
}

func (p *CPUTimePercent) columns() [10]*float64 {
	return [...]*float64{&p.User, &p.System, &p.Idle, &p.Nice, &p.IOWait, &p.IRQ, &p.SoftIRQ, &p.Steal, &p.Guest, &p.GuestNice}
}

// MarshalJSON writes psutil's scputimes of percentages.
func (p CPUTimePercent) MarshalJSON() ([]byte, error) { return marshalFields(p) }

// String returns "user=12.5% system=3.1% ...", without what is missing.
func (p CPUTimePercent) String() string {
	var b strings.Builder
	for i, c := range p.columns() {
		if !p.Missing.Has(cpuTimeNames[i]) {
			fmt.Fprintf(&b, " %s=%.1f%%", cpuTimeNames[i], *c)
		}
	}
	return strings.TrimPrefix(b.String(), " ")
}

// PerCPUTimePercent is how one CPU spent its time.
type PerCPUTimePercent struct {
	CPUTimePercent
	CPU int `json:"cpu"` // the kernel's number of the CPU
}

// MarshalJSON writes psutil's scputimes of percentages, with cpu after it.
func (p PerCPUTimePercent) MarshalJSON() ([]byte, error) { return marshalFields(p) }

// String returns "cpu0 user=12.5% system=3.1% ...".
func (p PerCPUTimePercent) String() string { return fmt.Sprintf("cpu%d %v", p.CPU, p.CPUTimePercent) }

// PerCPUPercent is how busy one CPU was.
type PerCPUPercent struct {
	CPU     int     `json:"cpu"`     // the kernel's number of the CPU
	Percent float64 `json:"percent"` // 0 to 100
}

// MarshalJSON writes cpu and percent.
func (p PerCPUPercent) MarshalJSON() ([]byte, error) { return marshalFields(p) }

// String returns "cpu0 12.5%".
func (p PerCPUPercent) String() string { return fmt.Sprintf("cpu%d %.1f%%", p.CPU, p.Percent) }

// CPUTimes returns the time that all CPUs together have spent since boot, those
// now offline included. It is psutil's cpu_times.
//
// Cost on Linux: one read of /proc/stat, proc_stat(5); a container sees the
// host's unless something like LXCFS stands in. Windows: the sum of
// [CPUTimesPerCPU], of the CPUs online, at the same cost.
func CPUTimes() (CPUTime, error) {
	s, err := defaultSystem()
	if err != nil {
		return CPUTime{}, err
	}
	return s.CPUTimes()
}

// CPUTimes is [CPUTimes] of this system.
func (s *System) CPUTimes() (CPUTime, error) { return s.cpuTimes() }

// CPUTimesPerCPU returns the time each online CPU has spent since boot, sorted
// by number; numbers of offline CPUs are left out. It is psutil's
// cpu_times(percpu=True). Rows that could be read are returned beside an error.
//
// Cost on Linux: one read of /proc/stat, proc_stat(5). Windows: one call for each
// group of processors, SystemProcessorPerformanceInformation of
// NtQuerySystemInformationEx; the CPUs of all groups are numbered one after the other.
func CPUTimesPerCPU() ([]PerCPUTime, error) {
	s, err := defaultSystem()
	if err != nil {
		return nil, err
	}
	return s.CPUTimesPerCPU()
}

// CPUTimesPerCPU is [CPUTimesPerCPU] of this system.
func (s *System) CPUTimesPerCPU() ([]PerCPUTime, error) { return s.cpuTimesPerCPU() }

// CPUTimesSince returns what each CPU has spent between two results of
// [CPUTimesPerCPU], sorted by number. CPUs that are in one of them only, having
// gone offline or come online, are left out. A program that polls keeps its
// last reading and needs none of the functions that wait:
//
//	for _, spent := range psutil.CPUTimesSince(now, last) {
//		fmt.Println(spent.CPU, spent.Percent(psutil.CPUTime{}))
//	}
func CPUTimesSince(now, earlier []PerCPUTime) []PerCPUTime {
	before := make(map[int]CPUTime, len(earlier))
	for _, row := range earlier {
		before[row.CPU] = row.CPUTime
	}
	spent := make([]PerCPUTime, 0, len(now))
	for _, row := range now {
		if old, ok := before[row.CPU]; ok {
			spent = append(spent, PerCPUTime{row.CPUTime.Since(old), row.CPU})
		}
	}
	slices.SortFunc(spent, func(a, b PerCPUTime) int { return cmp.Compare(a.CPU, b.CPU) })
	return spent
}

// CPUPercentSince returns how busy all CPUs were between two results of
// [CPUTimesPerCPU], 0 to 100. CPUs that are in one of them only do not count.
func CPUPercentSince(now, earlier []PerCPUTime) float64 {
	return cpuPercent(CPUTimesSince(now, earlier))
}

// CPUTimesPercentSince returns which share of the time of all CPUs went where
// between two results of [CPUTimesPerCPU]. CPUs that are in one of them only do
// not count.
func CPUTimesPercentSince(now, earlier []PerCPUTime) CPUTimePercent {
	return cpuPercentages(CPUTimesSince(now, earlier))
}

func cpuPercent(spent []PerCPUTime) float64 {
	var busy, total float64
	for _, t := range spent {
		busy += float64(t.Busy())
		total += float64(t.Total())
	}
	return busyPercent(busy, total)
}

func cpuPercentages(spent []PerCPUTime) CPUTimePercent {
	rows := make([]CPUTime, len(spent))
	for i, t := range spent {
		rows[i] = t.CPUTime
	}
	return percentages(rows...)
}

// CPUPercent waits for the interval and returns how busy all CPUs were
// meanwhile, 0 to 100. It is psutil's cpu_percent with an interval; to poll
// without waiting, see [CPUPercentSince].
//
// The interval should be 100 ms or more, because the kernel's clock ticks
// every 10 ms, on Windows some 16; one that is not positive is [ErrInvalid]. The wait
// ends early with ctx: its error is returned, [ErrTimeout] for a deadline. A CPU that
// came or went meanwhile does not count.
//
// Cost: two calls of [CPUTimesPerCPU].
func CPUPercent(ctx context.Context, interval time.Duration) (float64, error) {
	s, err := defaultSystem()
	if err != nil {
		return 0, err
	}
	return s.CPUPercent(ctx, interval)
}

// CPUPercent is [CPUPercent] of this system.
func (s *System) CPUPercent(ctx context.Context, interval time.Duration) (float64, error) {
	spent, err := s.cpuSpent(ctx, "cpu_percent", interval)
	return cpuPercent(spent), err
}

// CPUPercentPerCPU waits for the interval and returns how busy each CPU was
// meanwhile, sorted by number. It is psutil's cpu_percent(percpu=True); what is
// said of [CPUPercent] holds here too. Cost: two calls of [CPUTimesPerCPU].
func CPUPercentPerCPU(ctx context.Context, interval time.Duration) ([]PerCPUPercent, error) {
	s, err := defaultSystem()
	if err != nil {
		return nil, err
	}
	return s.CPUPercentPerCPU(ctx, interval)
}

// CPUPercentPerCPU is [CPUPercentPerCPU] of this system.
func (s *System) CPUPercentPerCPU(ctx context.Context, interval time.Duration) ([]PerCPUPercent, error) {
	spent, err := s.cpuSpent(ctx, "cpu_percent", interval)
	var rows []PerCPUPercent
	for _, t := range spent {
		rows = append(rows, PerCPUPercent{t.CPU, t.Percent(CPUTime{})})
	}
	return rows, err
}

// CPUTimesPercent waits for the interval and returns which share of the time of
// all CPUs went where meanwhile. It is psutil's cpu_times_percent; what is said
// of [CPUPercent] holds here too. Cost: two calls of [CPUTimesPerCPU].
func CPUTimesPercent(ctx context.Context, interval time.Duration) (CPUTimePercent, error) {
	s, err := defaultSystem()
	if err != nil {
		return CPUTimePercent{}, err
	}
	return s.CPUTimesPercent(ctx, interval)
}

// CPUTimesPercent is [CPUTimesPercent] of this system.
func (s *System) CPUTimesPercent(ctx context.Context, interval time.Duration) (CPUTimePercent, error) {
	spent, err := s.cpuSpent(ctx, "cpu_times_percent", interval)
	return cpuPercentages(spent), err
}

// CPUTimesPercentPerCPU waits for the interval and returns which share of the
// time of each CPU went where meanwhile, sorted by number. It is psutil's
// cpu_times_percent(percpu=True); what is said of [CPUPercent] holds here too. Cost: two
// calls of [CPUTimesPerCPU].
func CPUTimesPercentPerCPU(ctx context.Context, interval time.Duration) ([]PerCPUTimePercent, error) {
	s, err := defaultSystem()
	if err != nil {
		return nil, err
	}
	return s.CPUTimesPercentPerCPU(ctx, interval)
}

// CPUTimesPercentPerCPU is [CPUTimesPercentPerCPU] of this system.
func (s *System) CPUTimesPercentPerCPU(ctx context.Context, interval time.Duration) ([]PerCPUTimePercent, error) {
	spent, err := s.cpuSpent(ctx, "cpu_times_percent", interval)
	var rows []PerCPUTimePercent
	for _, t := range spent {
		rows = append(rows, PerCPUTimePercent{percentages(t.CPUTime), t.CPU})
	}
	return rows, err
}

// cpuSpent waits for the interval and returns what each CPU did meanwhile. An
// error about some rows is returned beside the others.
func (s *System) cpuSpent(ctx context.Context, op string, interval time.Duration) ([]PerCPUTime, error) {
	if interval <= 0 {
		return nil, invalid(op, "the interval must be positive")
	}
	if ctx.Err() != nil {
		return nil, fmt.Errorf("%s: %w", op, contextError(ctx))
	}
	before, err1 := s.cpuTimesPerCPU()
	if len(before) == 0 {
		return nil, err1
	}
	timer := time.NewTimer(interval)
	defer timer.Stop()
	select {
	case <-timer.C:
	case <-ctx.Done():
		return nil, fmt.Errorf("%s: %w", op, contextError(ctx))
	}
	now, err2 := s.cpuTimesPerCPU()
	return CPUTimesSince(now, before), errors.Join(err1, err2)
}

// CPUCount returns the number of CPUs online, each hardware thread counting as
// one. It is psutil's cpu_count. It does not ask what this program may use: see
// [CPUCountUsable]. It is [ErrNotSupported] if the number can't be told.
//
// Cost on Linux: one read of /sys/devices/system/cpu/online; where that is
// missing, of /proc/stat or /proc/cpuinfo. Windows: one call,
// GetActiveProcessorCount of all groups.
func CPUCount() (int, error) {
	s, err := defaultSystem()
	if err != nil {
		return 0, err
	}
	return s.CPUCount()
}

// CPUCount is [CPUCount] of this system.
func (s *System) CPUCount() (int, error) { return s.cpuCount() }

// CPUCountCores returns the number of cores that have a CPU online, hardware
// threads of one core counting once. It is psutil's cpu_count(logical=False).
// It is [ErrNotSupported] if the number can't be told, as on some virtual
// machines.
//
// Cost on Linux: one read for each CPU, of core_cpus_list below
// /sys/devices/system/cpu; where that is missing, one of /proc/cpuinfo. Windows: one
// call, GetLogicalProcessorInformationEx.
func CPUCountCores() (int, error) {
	s, err := defaultSystem()
	if err != nil {
		return 0, err
	}
	return s.CPUCountCores()
}

// CPUCountCores is [CPUCountCores] of this system.
func (s *System) CPUCountCores() (int, error) { return s.cpuCountCores() }

// CPUCountUsable returns how many CPUs the calling program can keep busy: the
// number of CPUs that it may run on, by its affinity and its control group's
// cpuset, but not more than the CPU quota of its control groups rounded up, and
// not less than 1. It is what a pool of workers should be sized by in a
// container. On systems without control groups it goes by the affinity alone,
// and so it does, returning a number beside the error, where they can't be read.
//
// Cost on Linux: sched_getaffinity(2) and [CgroupLimits]. Windows: that of
// [Process.CPUAffinity]; the limits of job objects are not looked at.
func CPUCountUsable() (int, error) {
	s, err := defaultSystem()
	if err != nil {
		return 0, err
	}
	return s.CPUCountUsable()
}

// CPUCountUsable is [CPUCountUsable] of this system.
func (s *System) CPUCountUsable() (int, error) { return s.cpuCountUsable() }

// usableCPUs counts the CPUs of the affinity that the limit leaves. What is
// not known of the limit does not limit.
func usableCPUs(affinity []int, limit CgroupLimit) int {
	n := len(affinity)
	if !limit.Missing.Has("cpus") {
		n = 0
		for _, cpu := range affinity {
			if slices.Contains(limit.CPUs, cpu) {
				n++
			}
		}
	}
	if !limit.Missing.Has("cpu_quota") && limit.CPUQuota < float64(n) {
		n = int(math.Ceil(limit.CPUQuota))
	}
	return max(n, 1)
}

// CPUStat counts events of all CPUs since boot. Windows counts in 32 bits, which
// begin again at 0, and has no SoftInterrupts, ProcessesCreated, ProcsRunning and
// ProcsBlocked: they are missing.
type CPUStat struct {
	CtxSwitches      uint64  `json:"ctx_switches"`
	Interrupts       uint64  `json:"interrupts"`
	SoftInterrupts   uint64  `json:"soft_interrupts"`
	Syscalls         uint64  `json:"syscalls"`          // not counted by Linux
	ProcessesCreated uint64  `json:"processes_created"` // and threads
	ProcsRunning     uint64  `json:"procs_running"`     // threads running or ready to, now
	ProcsBlocked     uint64  `json:"procs_blocked"`     // threads waiting for block IO, now
	Missing          Missing `json:"-"`
}

// Since returns the events since an earlier reading. ProcsRunning and
// ProcsBlocked are not counters and stay as they are.
func (c CPUStat) Since(earlier CPUStat) CPUStat {
	c.CtxSwitches = since(c.CtxSwitches, earlier.CtxSwitches)
	c.Interrupts = since(c.Interrupts, earlier.Interrupts)
	c.SoftInterrupts = since(c.SoftInterrupts, earlier.SoftInterrupts)
	c.Syscalls = since(c.Syscalls, earlier.Syscalls)
	c.ProcessesCreated = since(c.ProcessesCreated, earlier.ProcessesCreated)
	return c
}

// MarshalJSON writes psutil's scpustats, with processes_created, procs_running
// and procs_blocked after it.
func (c CPUStat) MarshalJSON() ([]byte, error) { return marshalFields(c) }

// String returns "ctx_switches=1 interrupts=2 soft_interrupts=3 ..." of what is not
// missing.
func (c CPUStat) String() string {
	var known []string
	for f, value := range reflect.ValueOf(c).Fields() {
		if name := f.Tag.Get("json"); value.CanUint() && !c.Missing.Has(name) {
			known = append(known, fmt.Sprintf("%s=%d", name, value.Uint()))
		}
	}
	return strings.Join(known, " ")
}

// CPUStats returns counts of events since boot. It is psutil's cpu_stats, but
// what a system does not count is missing rather than 0.
//
// Cost on Linux: one read of /proc/stat, proc_stat(5). Windows: one call,
// SystemPerformanceInformation, and those of [CPUTimesPerCPU] for the interrupts.
func CPUStats() (CPUStat, error) {
	s, err := defaultSystem()
	if err != nil {
		return CPUStat{}, err
	}
	return s.CPUStats()
}

// CPUStats is [CPUStats] of this system.
func (s *System) CPUStats() (CPUStat, error) { return s.cpuStats() }

// CPUFrequency is a clock rate in MHz.
type CPUFrequency struct {
	Current float64 `json:"current"`
	// Min and Max are the bounds within which the system may choose now. Virtual
	// machines and CPUs of a fixed rate have none.
	Min     float64 `json:"min"`
	Max     float64 `json:"max"`
	Missing Missing `json:"-"`
}

// MarshalJSON writes psutil's scpufreq.
func (f CPUFrequency) MarshalJSON() ([]byte, error) { return marshalFields(f) }

// String returns "current=1896.5MHz min=800MHz max=3600MHz", without what is
// missing.
func (f CPUFrequency) String() string {
	var b strings.Builder
	for _, e := range [...]struct {
		name string
		mhz  float64
	}{{"current", f.Current}, {"min", f.Min}, {"max", f.Max}} {
		if !f.Missing.Has(e.name) {
			fmt.Fprintf(&b, " %s=%.6gMHz", e.name, e.mhz)
		}
	}
	return strings.TrimPrefix(b.String(), " ")
}

// PerCPUFrequency is the clock rate of one CPU.
type PerCPUFrequency struct {
	CPUFrequency
	CPU int `json:"cpu"` // the kernel's number of the CPU
}

// MarshalJSON writes psutil's scpufreq, with cpu after it.
func (f PerCPUFrequency) MarshalJSON() ([]byte, error) { return marshalFields(f) }

// String returns "cpu0 current=1896.5MHz ...".
func (f PerCPUFrequency) String() string { return fmt.Sprintf("cpu%d %v", f.CPU, f.CPUFrequency) }

// CPUFreq returns the clock rate of the CPUs: the mean of what
// [CPUFreqPerCPU] returns, each field over the CPUs that have it. It is
// psutil's cpu_freq, but what is not known is missing rather than 0.
func CPUFreq() (CPUFrequency, error) {
	s, err := defaultSystem()
	if err != nil {
		return CPUFrequency{}, err
	}
	return s.CPUFreq()
}

// CPUFreq is [CPUFreq] of this system.
func (s *System) CPUFreq() (CPUFrequency, error) {
	rows, err := s.cpuFreqPerCPU()
	return meanFrequency(rows), err
}

func meanFrequency(rows []PerCPUFrequency) CPUFrequency {
	var f CPUFrequency
	mean := func(name string, dst *float64, value func(CPUFrequency) float64) {
		n := 0
		for _, row := range rows {
			if !row.Missing.Has(name) {
				*dst += value(row.CPUFrequency)
				n++
			}
		}
		if n == 0 {
			f.Missing = f.Missing.add(name)
			return
		}
		*dst /= float64(n)
	}
	mean("current", &f.Current, func(f CPUFrequency) float64 { return f.Current })
	mean("min", &f.Min, func(f CPUFrequency) float64 { return f.Min })
	mean("max", &f.Max, func(f CPUFrequency) float64 { return f.Max })
	return f
}

// CPUFreqPerCPU returns the clock rate of each online CPU, sorted by number. It
// is psutil's cpu_freq(percpu=True). It is [ErrNotSupported] where nothing is
// known of any CPU.
//
// Linux: the current rate is what /proc/cpuinfo says of the CPU (x86, POWER,
// s390x), or else scaling_cur_freq or cpuinfo_cur_freq of its cpufreq policy;
// the bounds are scaling_min_freq and scaling_max_freq of the policy. Cost: one
// read of /proc/cpuinfo and three to five files of each policy below
// /sys/devices/system/cpu.
//
// Windows: the current rate is that of the performance state that the system has
// chosen, which does not tell how far the CPU goes beyond it by itself, and Max the
// limit that holds now; Min is missing. Cost: one call, ProcessorInformation of
// CallNtPowerInformation, which tells of the caller's group of processors only.
func CPUFreqPerCPU() ([]PerCPUFrequency, error) {
	s, err := defaultSystem()
	if err != nil {
		return nil, err
	}
	return s.CPUFreqPerCPU()
}

// CPUFreqPerCPU is [CPUFreqPerCPU] of this system.
func (s *System) CPUFreqPerCPU() ([]PerCPUFrequency, error) { return s.cpuFreqPerCPU() }

// LoadAverage is how many threads ran or wanted to run, or waited without
// being interruptible, on average over the last 1, 5 and 15 minutes. It says
// little without the number of CPUs to compare with.
type LoadAverage struct {
	Load1  float64 `json:"load1"`
	Load5  float64 `json:"load5"`
	Load15 float64 `json:"load15"`
}

// MarshalJSON writes load1, load5 and load15.
func (l LoadAverage) MarshalJSON() ([]byte, error) { return marshalFields(l) }

// String returns the averages as uptime(1) prints them, "0.52, 0.58, 0.59".
func (l LoadAverage) String() string {
	return fmt.Sprintf("%.2f, %.2f, %.2f", l.Load1, l.Load5, l.Load15)
}

// LoadAvg returns the load averages. It is psutil's getloadavg.
//
// Cost on Linux: one read of /proc/loadavg, proc_loadavg(5). Windows keeps none: it is
// [ErrNotSupported], and [Sampler.LoadAvg] computes one.
func LoadAvg() (LoadAverage, error) {
	s, err := defaultSystem()
	if err != nil {
		return LoadAverage{}, err
	}
	return s.LoadAvg()
}

// LoadAvg is [LoadAvg] of this system.
func (s *System) LoadAvg() (LoadAverage, error) { return s.loadAvg() }
