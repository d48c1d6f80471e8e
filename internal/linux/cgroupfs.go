package linux

import (
	"cmp"
	"math"
	"slices"
	"strings"

	"github.com/go-psutil/psutil/internal/scan"
)

// CgroupLimit is a limit of a control group.
type CgroupLimit struct {
	Value     uint64 // 0 when Unlimited
	Unlimited bool
}

// ParseCgroupLimit decodes a version 2 file of one limit, a number or "max":
// memory.max, memory.high, memory.low, memory.swap.max, pids.max (also of
// version 1), and files that hold a plain number.
func ParseCgroupLimit(b []byte) (CgroupLimit, error) {
	t := scan.Trim(b)
	if string(t) == "max" {
		return CgroupLimit{Unlimited: true}, nil
	}
	v, ok := scan.Uint(t)
	if !ok {
		return CgroupLimit{}, scan.Errorf(0, b, "a number or max expected")
	}
	return CgroupLimit{Value: v}, nil
}

// ParseCgroupLimitV1 decodes a version 1 file of one limit in bytes, such as
// memory.limit_in_bytes or memory.memsw.limit_in_bytes, which says "none" with
// the largest number of bytes in whole pages that a long can count, and before
// Linux 3.19 that a long long can.
func ParseCgroupLimitV1(b []byte) (CgroupLimit, error) {
	t := scan.Trim(b)
	if string(t) == "-1" {
		return CgroupLimit{Unlimited: true}, nil
	}
	v, ok := scan.Uint(t)
	if !ok {
		return CgroupLimit{}, scan.Errorf(0, b, "a number expected")
	}
	return limitV1(v), nil
}

func limitV1(v uint64) CgroupLimit {
	const (
		none64 = 1 << 62              // more than a machine can have; the real one depends on the page size
		none32 = math.MaxInt32 * 4096 // on a 32-bit machine: so many pages
	)
	if v >= none64 || v == none32 {
		return CgroupLimit{Unlimited: true}
	}
	return CgroupLimit{Value: v}
}

// Strictest returns the lowest of the limits of a group and of those above it,
// the innermost first, and the index of the group it is of: the outermost of
// several, whose members are more, and 0 without a limit.
func Strictest(limits []CgroupLimit) (strictest CgroupLimit, of int) {
	strictest.Unlimited = true
	for i, l := range limits {
		if !l.Unlimited && (strictest.Unlimited || l.Value <= strictest.Value) {
			strictest, of = l, i
		}
	}
	return strictest, of
}

// SwapLimitV1 returns how much swap space a group of version 1 may use: the
// difference between its limit of memory and swap and that of memory alone,
// which the kernel keeps below it.
func SwapLimitV1(both, memory CgroupLimit) CgroupLimit {
	switch {
	case both.Unlimited:
		return both
	case memory.Unlimited:
		return CgroupLimit{}
	}
	return CgroupLimit{Value: both.Value - min(memory.Value, both.Value)}
}

// ParseHierarchicalLimits finds in memory.stat of version 1 the limits in
// force on memory, and on memory and swap: those of groups that the reader
// can't see are taken in. What the file does not tell is no limit.
func ParseHierarchicalLimits(stat []byte) (memory, both CgroupLimit) {
	lookup := func(key string) CgroupLimit {
		n, ok := LookupKey(stat, key)
		if !ok {
			return CgroupLimit{Unlimited: true}
		}
		return limitV1(n)
	}
	return lookup("hierarchical_memory_limit"), lookup("hierarchical_memsw_limit")
}

// ParseCgroupNumber decodes a file of one number: memory.current, cpu.weight,
// pids.current, cpu.shares, memory.usage_in_bytes and the like.
func ParseCgroupNumber(b []byte) (uint64, error) {
	v, ok := scan.Uint(scan.Trim(b))
	if !ok {
		return 0, scan.Errorf(0, b, "a number expected")
	}
	return v, nil
}

// CPUMax is the CPU time a control group may use: Quota in each Period, summed
// over all CPUs.
type CPUMax struct {
	Quota  CgroupLimit // microseconds
	Period uint64      // microseconds
}

// ParseCPUMax decodes cpu.max of version 2: "max 100000" or "50000 100000".
func ParseCPUMax(b []byte) (CPUMax, error) {
	f := scan.NewFields(scan.Trim(b))
	quota, err := ParseCgroupLimit(f.Next())
	m := CPUMax{Quota: quota, Period: 100000} // the kernel's default, should the file not say
	if err == nil && f.More() {
		m.Period = f.Uint()
	}
	if err != nil || f.Bad() != 0 || f.More() {
		return CPUMax{}, scan.Errorf(0, b, "a quota and a period expected")
	}
	return m, nil
}

// ParseCFSQuota decodes cpu.cfs_quota_us and cpu.cfs_period_us of version 1,
// where a quota below zero is none.
func ParseCFSQuota(quota, period []byte) (CPUMax, error) {
	q, ok := scan.Int(scan.Trim(quota))
	if !ok {
		return CPUMax{}, scan.Errorf(0, quota, "a quota expected")
	}
	p, ok := scan.Uint(scan.Trim(period))
	if !ok {
		return CPUMax{}, scan.Errorf(0, period, "a period expected")
	}
	if q < 0 {
		return CPUMax{Quota: CgroupLimit{Unlimited: true}, Period: p}, nil
	}
	return CPUMax{Quota: CgroupLimit{Value: uint64(q)}, Period: p}, nil
}

// CPUs returns how many CPUs' worth of time the group may use; ok is false
// when it has no limit.
func (m CPUMax) CPUs() (cpus float64, ok bool) {
	if m.Quota.Unlimited || m.Period == 0 {
		return 0, false
	}
	return float64(m.Quota.Value) / float64(m.Period), true
}

// CgroupMount is a mounted control group hierarchy.
type CgroupMount struct {
	V2   bool
	Root string // control group mounted there: "/", or what a bind mount or a namespace shows
	Dir  string // mount point

	options string // of the super block; those of version 1 name the controllers
}

// Controls reports whether a controller of version 1, or a named hierarchy
// such as "name=systemd", is mounted there.
func (m CgroupMount) Controls(controller string) bool {
	if m.V2 || controller == "" {
		return false
	}
	for rest, more := m.options, true; more; {
		var option string
		option, rest, more = strings.Cut(rest, ",")
		if option == controller {
			return true
		}
	}
	return false
}

// CgroupMounts holds the control group hierarchies a process can reach.
type CgroupMounts []CgroupMount

// ParseCgroupMounts finds the control group hierarchies in the text of a
// mountinfo file. It returns the first error, having read every row that can
// be read.
func ParseCgroupMounts(b []byte) (CgroupMounts, error) {
	var found CgroupMounts
	var first error
	for m, err := range EachMount(b) {
		if err != nil {
			if first == nil {
				first = err
			}
			continue
		}
		v2 := string(m.FSType) == "cgroup2"
		if !v2 && string(m.FSType) != "cgroup" {
			continue
		}
		c := CgroupMount{V2: v2, Root: string(m.Root), Dir: string(m.MountPoint), options: string(m.SuperOptions)}
		// A later mount covers an earlier one at the same place.
		kept := found[:0]
		for _, old := range found {
			if old.Dir != c.Dir {
				kept = append(kept, old)
			}
		}
		found = append(kept, c)
	}
	return found, first
}

// Levels returns, for each mount that reaches the group with that path, as
// /proc/PID/cgroup gives it, the directories of the group and of those above
// it that the mount shows, the innermost first. The hierarchy is version 2's,
// or that of a controller of version 1. The mount that shows the most comes
// first.
func (ms CgroupMounts) Levels(controller string, v2 bool, path string) [][]string {
	var found [][]string
	for _, m := range ms {
		if m.V2 != v2 || !v2 && !m.Controls(controller) {
			continue
		}
		dir, ok := CgroupDir(m.Root, m.Dir, path)
		if !ok {
			continue
		}
		levels := []string{dir}
		for len(dir) > max(len(m.Dir), 1) {
			dir = dir[:max(strings.LastIndexByte(dir, '/'), 1)]
			levels = append(levels, dir)
		}
		found = append(found, levels)
	}
	slices.SortStableFunc(found, func(a, b []string) int { return cmp.Compare(len(b), len(a)) })
	return found
}

// CgroupDir translates the path of a control group into that of a directory
// below mountpoint, where the group called root is mounted. Both path and root
// are as the kernel prints them to one and the same reader: relative to its
// control group namespace, and beginning with "/.." for what lies outside. ok
// is false when the mount does not reach the group, or when a name on the way
// to it is not known. The result never leads out of mountpoint.
func CgroupDir(root, mountpoint, path string) (dir string, ok bool) {
	if !strings.HasPrefix(root, "/") || !strings.HasPrefix(path, "/") {
		return "", false
	}
	for {
		var name string
		if name, root = cutElement(root); name == "" {
			break
		}
		var element string
		// A group above root, or beside it. After "/.." the way down to the
		// namespace's own groups has names that the reader can't see.
		if element, path = cutElement(path); element != name {
			return "", false
		}
	}
	dir = strings.TrimRight(mountpoint, "/")
	for {
		var name string
		if name, path = cutElement(path); name == "" {
			break
		}
		if name == ".." {
			return "", false
		}
		dir += "/" + name
	}
	if dir == "" {
		dir = "/"
	}
	return dir, true
}

// cutElement splits the first name off a path; "." is none.
func cutElement(path string) (name, rest string) {
	for path != "" {
		name, path, _ = strings.Cut(path, "/")
		if name != "" && name != "." {
			return name, path
		}
	}
	return "", ""
}
