package psutil

import "github.com/go-psutil/psutil/internal/linux"

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

// swapLimitV1 returns the lowest limit of swap space over all levels, as far
// as each tells a limit of memory and swap.
func (v *cgroupView) swapLimitV1(levels []string) (limit uint64, ok bool) {
	limit = CgroupUnlimited
	for _, dir := range levels {
		both, ok1 := v.limitV1(dir, "memory.memsw.limit_in_bytes")
		memory, ok2 := v.limitV1(dir, "memory.limit_in_bytes")
		if !ok1 || !ok2 {
			return 0, false
		}
		limit = min(limit, limitValue(linux.SwapLimitV1(both, memory)))
	}
	return limit, true
}

// limitV1 returns the limit in a file of version 1, none without the file. It
// is not ok if the limit can't be told.
func (v *cgroupView) limitV1(dir, file string) (limit linux.CgroupLimit, ok bool) {
	limit, err := cgroupFile(v, dir, file, linux.ParseCgroupLimitV1)
	switch {
	case err == nil:
		return limit, true
	case noFile(err):
		return linux.CgroupLimit{Unlimited: true}, true
	}
	v.errs = append(v.errs, err)
	return linux.CgroupLimit{}, false
}

// unseenMemoryV1 lowers the limits to what version 1 says is in force, which
// takes in the groups above those that a container can see.
func (v *cgroupView) unseenMemoryV1(c *CgroupLimit, dir string, level *string) {
	stat, err := cgroupFile(v, dir, "memory.stat", wholeFile)
	if err != nil {
		return
	}
	memory, both := linux.ParseHierarchicalLimits(stat)
	if n := limitValue(memory); !c.Missing.Has("memory_limit") && n < c.MemoryLimit {
		c.MemoryLimit, *level = n, ""
	}
	if !c.Missing.Has("swap_limit") {
		c.SwapLimit = min(c.SwapLimit, limitValue(linux.SwapLimitV1(both, memory)))
	}
}
