package psutil

import (
	"fmt"
	"math"
	"strconv"
	"strings"
)

// CgroupUnlimited is the limit of a control group that does not limit. In JSON
// it is -1, as [RlimitInfinity] is.
const CgroupUnlimited = ^uint64(0)

// CgroupLimit is what control groups allow a process: the strictest of the
// limits of its group and all groups above it that can be seen. Where there is
// no limit, MemoryLimit, MemoryHigh, SwapLimit and PIDsMax are
// [CgroupUnlimited] and CPUQuota is infinite; a limit that can't be told is
// missing.
type CgroupLimit struct {
	// CPUQuota is how many CPUs' worth of time the group may use, such as 1.5.
	CPUQuota float64 `json:"cpu_quota"`
	// CPUs are the CPUs that the group may run on, sorted: all that are online
	// if there is no cpuset. The process's own affinity may be narrower.
	CPUs []int `json:"cpus"`
	// CPUShares (v1, 1024 is normal) or CPUWeight (v2, 100 is normal) is the
	// group's share among its siblings when CPUs are short, beside theirs; one of
	// them is always missing.
	CPUShares uint64 `json:"cpu_shares"`
	CPUWeight uint64 `json:"cpu_weight"` // a share

	MemoryLimit uint64 `json:"memory_limit"` // bytes; beyond it the kernel kills
	MemoryHigh  uint64 `json:"memory_high"`  // bytes; beyond it the kernel slows down; v2
	// MemoryUsage is what the group that MemoryLimit is of uses, caches and all
	// its members and subgroups included, bytes. Without a limit it is that of
	// the process's own group. It is missing if that group can't be seen.
	MemoryUsage uint64 `json:"memory_usage"`
	// SwapLimit is the swap space the group may use, bytes. In v1, which limits
	// the sum of memory and swap, it is the difference of the two limits.
	SwapLimit uint64 `json:"swap_limit"`

	PIDsMax uint64  `json:"pids_max"` // number of processes and threads
	Missing Missing `json:"-"`
}

// MarshalJSON writes the fields, -1 for what does not limit.
func (c CgroupLimit) MarshalJSON() ([]byte, error) {
	limit := func(n uint64) any {
		if n == CgroupUnlimited {
			return -1
		}
		return n
	}
	row := struct {
		CPUQuota    any     `json:"cpu_quota"`
		CPUs        []int   `json:"cpus"`
		CPUShares   uint64  `json:"cpu_shares"`
		CPUWeight   uint64  `json:"cpu_weight"`
		MemoryLimit any     `json:"memory_limit"`
		MemoryHigh  any     `json:"memory_high"`
		MemoryUsage uint64  `json:"memory_usage"`
		SwapLimit   any     `json:"swap_limit"`
		PIDsMax     any     `json:"pids_max"`
		Missing     Missing `json:"-"`
	}{c.CPUQuota, c.CPUs, c.CPUShares, c.CPUWeight, limit(c.MemoryLimit), limit(c.MemoryHigh), c.MemoryUsage,
		limit(c.SwapLimit), limit(c.PIDsMax), c.Missing}
	if math.IsInf(c.CPUQuota, 1) {
		row.CPUQuota = -1
	}
	return marshalFields(row)
}

// String returns "cpu_quota=1.5 cpus=[0 1] memory_limit=1073741824
// memory_usage=4096 swap_limit=unlimited pids_max=unlimited", without what is
// missing.
func (c CgroupLimit) String() string {
	limit := func(n uint64) string {
		if n == CgroupUnlimited {
			return "unlimited"
		}
		return strconv.FormatUint(n, 10)
	}
	quota := "unlimited"
	if !math.IsInf(c.CPUQuota, 1) {
		quota = fmt.Sprintf("%.4g", c.CPUQuota)
	}
	var b strings.Builder
	for _, e := range [...]struct{ name, value string }{
		{"cpu_quota", quota}, {"cpus", fmt.Sprint(c.CPUs)}, {"cpu_shares", limit(c.CPUShares)}, {"cpu_weight", limit(c.CPUWeight)},
		{"memory_limit", limit(c.MemoryLimit)}, {"memory_high", limit(c.MemoryHigh)}, {"memory_usage", limit(c.MemoryUsage)},
		{"swap_limit", limit(c.SwapLimit)}, {"pids_max", limit(c.PIDsMax)},
	} {
		if !c.Missing.Has(e.name) {
			fmt.Fprintf(&b, " %s=%s", e.name, e.value)
		}
	}
	return strings.TrimPrefix(b.String(), " ")
}

// CgroupLimits returns what control groups allow the calling program. psutil
// has no such function. It is what a program in a container has to go by,
// where [VirtualMemory] and [CPUCount] describe the host.
//
// Versions 1 and 2 and both at once are understood. From within a container
// whose mounts do not show the groups above its own, limits of those can't be
// seen; only version 1 tells the effective limit of memory even then. It is
// [ErrNotSupported] where the kernel has no control groups. What could be read
// is returned beside an error.
//
// Cost on Linux: /proc/PID/cgroup, /proc/PID/mountinfo, and for each group up to
// the root about eight files; cgroups(7).
func CgroupLimits() (CgroupLimit, error) {
	s, err := defaultSystem()
	if err != nil {
		return CgroupLimit{}, err
	}
	return s.CgroupLimits()
}

// CgroupLimits is [CgroupLimits] of this system: of the calling program, which
// must be a process of that system, and its groups be mounted there.
func (s *System) CgroupLimits() (CgroupLimit, error) { return s.ownCgroupLimits() }
