package psutil

import (
	"errors"
	"path"
	"slices"
	"strconv"
	"strings"

	"github.com/go-psutil/psutil/internal/linux"
)

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
		policies = append(policies, cpufreqPolicy{dir, linux.AppendCPUNumbers(nil, b)})
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
