package psutil

import (
	"math"
	"slices"

	"github.com/go-psutil/psutil/internal/linux"
)

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
