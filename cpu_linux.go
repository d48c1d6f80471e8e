package psutil

import (
	"cmp"
	"errors"
	"os"
	"path"
	"slices"
	"strconv"
	"strings"

	"github.com/go-psutil/psutil/internal/linux"
	"github.com/go-psutil/psutil/internal/scan"
	"github.com/go-psutil/psutil/internal/sys"
)

// cpuDir has what the kernel tells of CPUs, below the root.
const cpuDir = "sys/devices/system/cpu"

func (s *System) cpuTimes() (CPUTime, error) {
	b, err := s.readProc("stat")
	if err != nil {
		return CPUTime{}, err
	}
	for row, err := range linux.EachCPU(b) {
		switch {
		case err != nil:
			return CPUTime{}, parseError(s.procPath("stat"), err)
		case row.CPU < 0:
			return cpuTime(&row), nil
		}
	}
	return CPUTime{}, parseError(s.procPath("stat"), scan.Errorf(0, nil, "a cpu row expected"))
}

func (s *System) cpuTimesPerCPU() ([]PerCPUTime, error) {
	b, err := s.readProc("stat")
	if err != nil {
		return nil, err
	}
	var (
		rows []PerCPUTime
		errs []error
	)
	for row, err := range linux.EachCPU(b) {
		switch {
		case err != nil:
			errs = append(errs, parseError(s.procPath("stat"), err))
		case row.CPU >= 0:
			rows = append(rows, PerCPUTime{cpuTime(&row), row.CPU})
		}
	}
	if len(rows) == 0 && len(errs) == 0 {
		errs = append(errs, parseError(s.procPath("stat"), scan.Errorf(0, nil, "a row for each CPU expected")))
	}
	slices.SortFunc(rows, func(a, b PerCPUTime) int { return cmp.Compare(a.CPU, b.CPU) })
	return rows, errors.Join(errs...)
}

// cpuTime converts a row of /proc/stat. An old kernel has fewer columns.
func cpuTime(row *linux.CPUStat) CPUTime {
	t := CPUTime{
		User: ticks(row.User), System: ticks(row.System), Idle: ticks(row.Idle), Nice: ticks(row.Nice),
		IOWait: ticks(row.IOWait), IRQ: ticks(row.IRQ), SoftIRQ: ticks(row.SoftIRQ), Steal: ticks(row.Steal),
		Guest: ticks(row.Guest), GuestNice: ticks(row.GuestNice),
	}
	// From the fifth on, the kernel's columns are in psutil's order.
	for _, name := range cpuTimeNames[min(row.Columns, len(cpuTimeNames)):] {
		t.Missing = t.Missing.add(name)
	}
	return t
}

func (s *System) cpuStats() (CPUStat, error) {
	b, err := s.readProc("stat")
	if err != nil {
		return CPUStat{}, err
	}
	var k linux.Stat
	if err = k.Parse(b); err != nil {
		err = parseError(s.procPath("stat"), err)
	}
	c := CPUStat{
		CtxSwitches: k.Ctxt, Interrupts: k.Intr, SoftInterrupts: k.SoftIRQ, ProcessesCreated: k.Processes,
		ProcsRunning: k.ProcsRunning, ProcsBlocked: k.ProcsBlocked, Missing: "syscalls",
	}
	for _, e := range [...]struct {
		name string
		has  linux.StatFields
	}{
		{"ctx_switches", linux.StatCtxt}, {"interrupts", linux.StatIntr}, {"soft_interrupts", linux.StatSoftIRQ},
		{"processes_created", linux.StatProcesses}, {"procs_running", linux.StatProcsRunning}, {"procs_blocked", linux.StatProcsBlocked},
	} {
		if k.Has&e.has == 0 {
			c.Missing = c.Missing.add(e.name)
		}
	}
	return c, err
}

func (s *System) loadAvg() (LoadAverage, error) {
	b, err := s.readProc("loadavg")
	if err != nil {
		return LoadAverage{}, err
	}
	var l linux.Loadavg
	if err := l.Parse(b); err != nil {
		return LoadAverage{}, parseError(s.procPath("loadavg"), err)
	}
	return LoadAverage{l.Load1, l.Load5, l.Load15}, nil
}

// onlineCPUs returns the numbers of the CPUs that are online, sorted.
func (s *System) onlineCPUs() ([]int, error) {
	if cpus, ok := s.cpuList(cpuDir + "/online"); ok && len(cpus) > 0 {
		return cpus, nil
	}
	var cpus []int
	if rows, err := s.cpuTimesPerCPU(); err == nil {
		for _, row := range rows {
			cpus = append(cpus, row.CPU)
		}
		return cpus, nil
	}
	info, _ := s.cpuinfo()
	for i := range info.CPUs {
		cpus = append(cpus, info.CPUs[i].CPU)
	}
	if len(cpus) == 0 {
		return nil, &NotSupportedError{Op: "cpu_count", Need: "/" + cpuDir + "/online, /proc/stat or /proc/cpuinfo"}
	}
	slices.Sort(cpus)
	return slices.Compact(cpus), nil
}

// cpuList reads a file that lists CPUs, such as "0-3,8".
func (s *System) cpuList(name string) (cpus []int, ok bool) {
	b, err := s.readRoot(name)
	if err != nil {
		return nil, false
	}
	cpus, err = linux.AppendCPUList(nil, scan.Trim(b))
	slices.Sort(cpus)
	return slices.Compact(cpus), err == nil
}

// attribute reads a file of /sys that holds one value. It is empty if there is
// no such file or it can't be read.
func (s *System) attribute(name string) string {
	b, err := s.readRoot(name)
	if err != nil {
		return ""
	}
	return string(scan.Trim(b))
}

// cpuinfo reads /proc/cpuinfo, which is never nil.
func (s *System) cpuinfo() (*linux.CPUInfo, error) {
	info := new(linux.CPUInfo)
	b, err := s.readProc("cpuinfo")
	if err != nil {
		return info, err
	}
	if err := info.Parse(b); err != nil {
		return info, parseError(s.procPath("cpuinfo"), err)
	}
	return info, nil
}

func (s *System) cpuCount() (int, error) {
	cpus, err := s.onlineCPUs()
	return len(cpus), err
}

func (s *System) cpuCountCores() (int, error) {
	cpus, err := s.onlineCPUs()
	if err != nil {
		return 0, err
	}
	if n := s.countGroups(cpus, "core_cpus_list", "thread_siblings_list"); n > 0 {
		return n, nil
	}
	info, err := s.cpuinfo()
	if n := cpuinfoCores(info); n > 0 {
		return n, nil
	}
	return 0, errors.Join(&NotSupportedError{Op: "cpu_count", Need: "the topology of CPUs below /" + cpuDir + " or in /proc/cpuinfo"}, err)
}

// countGroups counts the groups of CPUs that the topology puts together: those
// in one core, or in one package. The kernel renamed the file in Linux 5.2.
func (s *System) countGroups(cpus []int, file, oldFile string) int {
	seen := make(map[string]struct{}, len(cpus))
	for _, cpu := range cpus {
		dir := cpuDir + "/cpu" + strconv.Itoa(cpu) + "/topology/"
		list := cmp.Or(s.attribute(dir+file), s.attribute(dir+oldFile))
		if list != "" {
			seen[list] = struct{}{}
		}
	}
	return len(seen)
}

// cpuinfoCores counts the cores that /proc/cpuinfo tells, 0 if it doesn't:
// those with a number, or else those that each package says it has.
func cpuinfoCores(info *linux.CPUInfo) int {
	type core struct{ physical, core int }
	cores := make(map[core]struct{})
	packages := make(map[int]int)
	for i := range info.CPUs {
		r := &info.CPUs[i]
		if r.Has&linux.CPUPhysicalID == 0 {
			continue
		}
		if r.Has&linux.CPUCoreID != 0 {
			cores[core{r.PhysicalID, r.CoreID}] = struct{}{}
		}
		packages[r.PhysicalID] = r.Cores
	}
	if len(cores) > 0 {
		return len(cores)
	}
	n := 0
	for _, cores := range packages {
		n += cores
	}
	return n
}

// cpuinfoPackages counts the sockets that /proc/cpuinfo tells, 0 if it doesn't.
func cpuinfoPackages(info *linux.CPUInfo) int {
	seen := make(map[int]struct{})
	for i := range info.CPUs {
		if r := &info.CPUs[i]; r.Has&linux.CPUPhysicalID != 0 {
			seen[r.PhysicalID] = struct{}{}
		}
	}
	return len(seen)
}

func (s *System) cpuCountUsable() (int, error) {
	affinity, err := sys.Affinity(os.Getpid())
	if err != nil {
		return 0, err
	}
	limit, err := s.ownCgroupLimits()
	if errors.Is(err, ErrNotSupported) {
		return len(affinity), nil
	}
	return usableCPUs(affinity, limit), err
}

// nothingKnown is what is missing of a CPU of which no rate is known.
const nothingKnown Missing = "current,min,max"

func (s *System) cpuFreqPerCPU() ([]PerCPUFrequency, error) {
	online, err := s.onlineCPUs()
	if err != nil {
		return nil, err
	}
	rows := make([]PerCPUFrequency, len(online))
	for i, cpu := range online {
		rows[i] = PerCPUFrequency{CPUFrequency{Missing: nothingKnown}, cpu}
	}
	// row returns that of an online CPU.
	row := func(cpu int) *PerCPUFrequency {
		if i, ok := slices.BinarySearch(online, cpu); ok {
			return &rows[i]
		}
		return nil
	}
	info, infoErr := s.cpuinfo()
	for i := range info.CPUs {
		r := &info.CPUs[i]
		if f := row(r.CPU); f != nil && r.Has&linux.CPUHz != 0 {
			f.Current = float64(r.Hz) / 1e6
			f.Missing = "min,max"
		}
	}
	var errs []error
	if infoErr != nil && len(info.CPUs) > 0 {
		errs = append(errs, infoErr)
	}
	for _, p := range s.cpufreqPolicies(online) {
		var members []*CPUFrequency
		for _, cpu := range p.cpus {
			if f := row(cpu); f != nil {
				members = append(members, &f.CPUFrequency)
			}
		}
		if err := s.applyPolicy(p.dir, members); err != nil {
			errs = append(errs, err)
		}
	}
	rows = slices.DeleteFunc(rows, func(f PerCPUFrequency) bool { return f.Missing == nothingKnown })
	if len(rows) == 0 && len(errs) == 0 {
		return nil, &NotSupportedError{Op: "cpu_freq", Need: "/" + cpuDir + "/cpufreq or clock rates in /proc/cpuinfo"}
	}
	return rows, errors.Join(errs...)
}

// A cpufreqPolicy is a directory below the root and the CPUs it is about.
type cpufreqPolicy struct {
	dir  string
	cpus []int
}

// cpufreqPolicies lists the policies in force.
func (s *System) cpufreqPolicies(online []int) []cpufreqPolicy {
	var policies []cpufreqPolicy
	names, _ := s.root.Names(cpuDir + "/cpufreq")
	for _, name := range names {
		number, ok := strings.CutPrefix(name, "policy")
		if !ok {
			continue
		}
		dir := cpuDir + "/cpufreq/" + name
		b, err := s.readRoot(dir + "/affected_cpus")
		if err != nil {
			b = []byte(number) // a policy is named after one of its CPUs
		}
		policies = append(policies, cpufreqPolicy{dir, blankSeparatedCPUs(b)})
	}
	if len(policies) > 0 {
		return policies
	}
	// Before Linux 4.3 there are no directories but those of the CPUs.
	for _, cpu := range online {
		dir := cpuDir + "/cpu" + strconv.Itoa(cpu) + "/cpufreq"
		if s.root.Exists(dir) {
			policies = append(policies, cpufreqPolicy{dir, []int{cpu}})
		}
	}
	return policies
}

// blankSeparatedCPUs reads affected_cpus, which separates numbers by blanks.
func blankSeparatedCPUs(b []byte) []int {
	var cpus []int
	b = scan.Trim(b)
	for {
		var field []byte
		if field, b = scan.Field(b); len(field) == 0 {
			return cpus
		}
		if cpu, ok := scan.Uint(field); ok {
			cpus = append(cpus, int(cpu))
		}
	}
}

// applyPolicy fills in what a policy tells of its CPUs. Its current rate is
// read only if it is news of one of them, as some drivers take long to find it.
func (s *System) applyPolicy(dir string, members []*CPUFrequency) error {
	if len(members) == 0 {
		return nil
	}
	var errs []error
	read := func(name string) (mhz float64, ok bool) {
		b, err := s.readRoot(dir + "/" + name)
		if err != nil {
			return 0, false // not there, for root only, or of a CPU that just went offline
		}
		hz, ok, err := linux.ParseCPUFreq(b)
		if err != nil {
			errs = append(errs, parseError(path.Join(s.rootDir, dir, name), err))
			return 0, false
		}
		return float64(hz) / 1e6, ok
	}
	low, hasLow := read("scaling_min_freq")
	high, hasHigh := read("scaling_max_freq")
	var current float64
	var hasCurrent bool
	if slices.ContainsFunc(members, func(f *CPUFrequency) bool { return f.Missing.Has("current") }) {
		if current, hasCurrent = read("scaling_cur_freq"); !hasCurrent {
			current, hasCurrent = read("cpuinfo_cur_freq")
		}
	}
	for _, f := range members {
		known := !f.Missing.Has("current")
		if !known {
			f.Current, known = current, hasCurrent
		}
		f.Min, f.Max, f.Missing = low, high, ""
		for _, e := range [...]struct {
			name string
			has  bool
		}{{"current", known}, {"min", hasLow}, {"max", hasHigh}} {
			if !e.has {
				f.Missing = f.Missing.add(e.name)
			}
		}
	}
	return errors.Join(errs...)
}
