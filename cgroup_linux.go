package psutil

import (
	"errors"
	"io/fs"
	"math"
	"path"
	"slices"
	"strconv"
	"syscall"

	"github.com/go-psutil/psutil/internal/linux"
)

func (s *System) ownCgroupLimits() (CgroupLimit, error) {
	b, err := s.readProc("self/cgroup")
	if errors.Is(err, syscall.ENOENT) {
		return CgroupLimit{}, noCgroups()
	}
	if err != nil {
		return CgroupLimit{}, err
	}
	return s.cgroupLimit(s.procPath("self/cgroup"), b)
}

// cgroupLimits returns what control groups allow a process.
func (s *System) cgroupLimits(pid int) (CgroupLimit, error) {
	name := strconv.Itoa(pid) + "/cgroup"
	b, err := s.proc.ReadFile(nil, name)
	if errors.Is(err, syscall.ENOENT) && !s.proc.Exists("self/cgroup") {
		return CgroupLimit{}, noCgroups()
	}
	if err != nil {
		return CgroupLimit{}, s.processError("cgroup_limits", pid, err)
	}
	return s.cgroupLimit(s.procPath(name), b)
}

func noCgroups() error {
	return &NotSupportedError{Op: "cgroup_limits", Need: "a kernel with CONFIG_CGROUPS"}
}

// cgroupLimit decodes the text of a /proc/PID/cgroup file and follows it.
func (s *System) cgroupLimit(file string, b []byte) (CgroupLimit, error) {
	v := cgroupView{sys: s}
	for row, err := range linux.EachPIDCgroup(b) {
		if err != nil {
			v.errs = append(v.errs, parseError(file, err))
			continue
		}
		v.groups = append(v.groups, row)
	}
	// Mount points are looked up below our root, so it is our own mounts that
	// count, or those of the process that has that root.
	mountinfo := "self/mountinfo"
	if s.rootDir != "/" && s.proc.Exists("1/mountinfo") {
		mountinfo = "1/mountinfo"
	}
	if b, err := s.readProc(mountinfo); err != nil {
		v.errs = append(v.errs, err)
	} else if v.mounts, err = linux.ParseCgroupMounts(b); err != nil {
		v.errs = append(v.errs, parseError(s.procPath(mountinfo), err))
	}
	var c CgroupLimit
	v.cpu(&c)
	v.cpuset(&c)
	v.memory(&c)
	v.pids(&c)
	return c, errors.Join(v.errs...)
}

// A cgroupView finds the control groups of one process.
type cgroupView struct {
	sys    *System
	groups []linux.PIDCgroup
	mounts linux.CgroupMounts
	errs   []error
}

// A cgroupPlace is where a controller has its files for the process.
type cgroupPlace struct {
	v2 bool
	// levels are the directories of the process's group and of those above it
	// that can be seen, the innermost first. There are none if the process is
	// in no group of the controller, which then limits nothing.
	levels []string
}

// place finds the directories of a controller. It is not ok if the process is
// in a group that can't be seen.
func (v *cgroupView) place(controller string) (p cgroupPlace, ok bool) {
	group, v2, found := v.group(controller)
	if !found {
		return cgroupPlace{}, true
	}
	p.v2 = v2
	for _, m := range v.mounts {
		if m.V2 != v2 || !v2 && !m.Controls(controller) {
			continue
		}
		dir, ok := linux.CgroupDir(m.Root, m.Dir, group)
		if !ok || !v.sys.root.Exists(belowRoot(dir)) {
			continue
		}
		levels := []string{dir}
		for len(dir) > len(m.Dir) {
			dir = path.Dir(dir)
			levels = append(levels, dir)
		}
		if len(levels) > len(p.levels) { // the mount that shows the most
			p.levels = levels
		}
	}
	return p, p.levels != nil
}

// group returns the path of the process's group in the hierarchy that has the
// controller, which is version 2's if it has none of its own.
func (v *cgroupView) group(controller string) (group string, v2, found bool) {
	for i := range v.groups {
		switch g := &v.groups[i]; {
		case g.HasController(controller):
			return string(g.Path), false, true
		case g.HierarchyID == 0 && len(g.Controllers) == 0:
			group, v2, found = string(g.Path), true, true
		}
	}
	return group, v2, found
}

// cgroupFile reads and decodes one file of a group.
func cgroupFile[T any](v *cgroupView, dir, file string, parse func([]byte) (T, error)) (T, error) {
	var zero T
	name := belowRoot(dir) + "/" + file
	b, err := v.sys.root.ReadFile(nil, name)
	if err != nil {
		return zero, &fs.PathError{Op: "read", Path: path.Join(v.sys.rootDir, name), Err: err}
	}
	value, err := parse(b)
	if err != nil {
		return zero, parseError(path.Join(v.sys.rootDir, name), err)
	}
	return value, nil
}

// noFile reports whether a group does not have the file: because the controller
// is not enabled there, or the group is the root, or has just been removed.
func noFile(err error) bool { return errors.Is(err, syscall.ENOENT) || errors.Is(err, syscall.ENODEV) }

// strictest returns the lowest limit over all levels and the level it is of:
// the outermost of several, whose members are more, and the process's own
// without a limit. It is not ok if a limit can't be told.
func (v *cgroupView) strictest(levels []string, file string, parse func([]byte) (linux.CgroupLimit, error)) (limit uint64, level string, ok bool) {
	limit = CgroupUnlimited
	for i, dir := range levels {
		l, err := cgroupFile(v, dir, file, parse)
		switch {
		case err == nil && !l.Unlimited && l.Value <= limit:
			limit, level = l.Value, dir
		case err != nil && !noFile(err):
			v.errs = append(v.errs, err)
			return 0, "", false
		case i == 0:
			level = dir
		}
	}
	return limit, level, true
}

// nearest returns the value of a file in the process's group or the nearest
// above it that has the file, which is not ok if none has.
func nearest[T any](v *cgroupView, levels []string, file string, parse func([]byte) (T, error)) (value T, ok bool) {
	for _, dir := range levels {
		value, err := cgroupFile(v, dir, file, parse)
		if err == nil {
			return value, true
		}
		if !noFile(err) {
			v.errs = append(v.errs, err)
			break
		}
	}
	return value, false
}

func (v *cgroupView) cpu(c *CgroupLimit) {
	p, seen := v.place("cpu")
	var ok bool
	if c.CPUQuota, ok = v.cpuQuota(p); !ok || !seen {
		c.CPUQuota = 0
		c.Missing = c.Missing.add("cpu_quota")
	}
	ok = false
	if !p.v2 {
		c.CPUShares, ok = nearest(v, p.levels, "cpu.shares", linux.ParseCgroupNumber)
	}
	if !ok {
		c.Missing = c.Missing.add("cpu_shares")
	}
	ok = false
	if p.v2 {
		c.CPUWeight, ok = nearest(v, p.levels, "cpu.weight", linux.ParseCgroupNumber)
	}
	if !ok {
		c.Missing = c.Missing.add("cpu_weight")
	}
}

func (v *cgroupView) cpuQuota(p cgroupPlace) (cpus float64, ok bool) {
	cpus = math.Inf(1)
	for _, dir := range p.levels {
		limit, err := v.cpuMax(p.v2, dir)
		if err != nil && !noFile(err) {
			v.errs = append(v.errs, err)
			return 0, false
		}
		if n, limited := limit.CPUs(); limited {
			cpus = min(cpus, n)
		}
	}
	return cpus, true
}

func (v *cgroupView) cpuMax(v2 bool, dir string) (linux.CPUMax, error) {
	if v2 {
		return cgroupFile(v, dir, "cpu.max", linux.ParseCPUMax)
	}
	quota, err := cgroupFile(v, dir, "cpu.cfs_quota_us", wholeFile)
	if err != nil {
		return linux.CPUMax{}, err
	}
	return cgroupFile(v, dir, "cpu.cfs_period_us", func(period []byte) (linux.CPUMax, error) {
		return linux.ParseCFSQuota(quota, period)
	})
}

func wholeFile(b []byte) ([]byte, error) { return b, nil }

func (v *cgroupView) cpuset(c *CgroupLimit) {
	p, seen := v.place("cpuset")
	// The second and third are version 1's, and of those the third may name
	// CPUs that are offline. Android mounts it without the prefix.
	files := []string{"cpuset.cpus.effective", "cpuset.effective_cpus", "cpuset.cpus", "effective_cpus", "cpus"}
	if p.v2 {
		files = files[:1]
	}
	errs := len(v.errs)
	for _, file := range files {
		cpus, ok := nearest(v, p.levels, file, parseCPUSet)
		if ok && len(cpus) > 0 {
			c.CPUs = cpus
			return
		}
	}
	if seen && len(v.errs) == errs {
		if cpus, err := v.sys.onlineCPUs(); err == nil {
			c.CPUs = cpus
			return
		}
	}
	c.Missing = c.Missing.add("cpus")
}

func parseCPUSet(b []byte) ([]int, error) {
	cpus, err := linux.AppendCPUList(nil, b)
	slices.Sort(cpus)
	return cpus, err
}

func (v *cgroupView) memory(c *CgroupLimit) {
	p, seen := v.place("memory")
	if !seen {
		for _, name := range [...]string{"memory_limit", "memory_high", "memory_usage", "swap_limit"} {
			c.Missing = c.Missing.add(name)
		}
		return
	}
	var (
		level string
		ok    bool
	)
	if p.v2 || p.levels == nil {
		if c.MemoryLimit, level, ok = v.strictest(p.levels, "memory.max", linux.ParseCgroupLimit); !ok {
			c.Missing = c.Missing.add("memory_limit")
		}
		if c.MemoryHigh, _, ok = v.strictest(p.levels, "memory.high", linux.ParseCgroupLimit); !ok {
			c.Missing = c.Missing.add("memory_high")
		}
		v.memoryUsage(c, level, "memory.current")
		if c.SwapLimit, _, ok = v.strictest(p.levels, "memory.swap.max", linux.ParseCgroupLimit); !ok {
			c.Missing = c.Missing.add("swap_limit")
		}
		return
	}
	levels := v.hierarchy(p.levels)
	if c.MemoryLimit, level, ok = v.strictest(levels, "memory.limit_in_bytes", linux.ParseCgroupLimitV1); !ok {
		c.Missing = c.Missing.add("memory_limit")
	}
	c.Missing = c.Missing.add("memory_high")
	if c.SwapLimit, ok = v.swapLimitV1(levels); !ok {
		c.Missing = c.Missing.add("swap_limit")
	}
	v.unseenMemoryV1(c, levels[0], &level)
	v.memoryUsage(c, level, "memory.usage_in_bytes")
}

func (v *cgroupView) memoryUsage(c *CgroupLimit, level, file string) {
	if level != "" {
		var ok bool
		if c.MemoryUsage, ok = nearest(v, []string{level}, file, linux.ParseCgroupNumber); ok {
			return
		}
	}
	c.Missing = c.Missing.add("memory_usage")
}

// hierarchy leaves out the levels whose limits do not bind those below: before
// Linux 5.11 a group decides whether it accounts for its children.
func (v *cgroupView) hierarchy(levels []string) []string {
	for i, dir := range levels {
		if i == 0 {
			continue
		}
		if n, err := cgroupFile(v, dir, "memory.use_hierarchy", linux.ParseCgroupNumber); err == nil && n == 0 {
			return levels[:i]
		}
	}
	return levels
}

// swapLimitV1 returns the least difference between the limit of memory and
// swap and that of memory alone, which the kernel keeps below it.
func (v *cgroupView) swapLimitV1(levels []string) (limit uint64, ok bool) {
	limit = CgroupUnlimited
	for i := range levels {
		both, _, ok1 := v.strictest(levels[i:i+1], "memory.memsw.limit_in_bytes", linux.ParseCgroupLimitV1)
		memory, _, ok2 := v.strictest(levels[i:i+1], "memory.limit_in_bytes", linux.ParseCgroupLimitV1)
		if !ok1 || !ok2 {
			return 0, false
		}
		if both != CgroupUnlimited {
			limit = min(limit, both-min(memory, both))
		}
	}
	return limit, true
}

// unseenMemoryV1 lowers the limits to what version 1 says is in force, which
// takes in the groups above those that a container can see.
func (v *cgroupView) unseenMemoryV1(c *CgroupLimit, dir string, level *string) {
	stat, err := cgroupFile(v, dir, "memory.stat", wholeFile)
	if err != nil {
		return
	}
	lookup := func(key string) uint64 {
		n, ok := linux.LookupKey(stat, key)
		l, err := linux.ParseCgroupLimitV1(strconv.AppendUint(nil, n, 10))
		if !ok || err != nil || l.Unlimited {
			return CgroupUnlimited
		}
		return n
	}
	memory, both := lookup("hierarchical_memory_limit"), lookup("hierarchical_memsw_limit")
	if !c.Missing.Has("memory_limit") && memory < c.MemoryLimit {
		c.MemoryLimit, *level = memory, ""
	}
	if !c.Missing.Has("swap_limit") && both != CgroupUnlimited {
		c.SwapLimit = min(c.SwapLimit, both-min(memory, both))
	}
}

func (v *cgroupView) pids(c *CgroupLimit) {
	p, seen := v.place("pids")
	var ok bool
	if c.PIDsMax, _, ok = v.strictest(p.levels, "pids.max", linux.ParseCgroupLimit); !ok || !seen {
		c.PIDsMax = 0
		c.Missing = c.Missing.add("pids_max")
	}
}
