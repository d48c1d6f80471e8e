package psutil

import (
	"math/bits"
	"slices"

	"github.com/go-psutil/psutil/internal/sys"
)

// cpuAffinity numbers the processors of all groups one after the other. A process
// that has threads in several groups may run on all of theirs.
func (p Process) cpuAffinity() (cpus []int, err error) {
	err = p.with("cpu_affinity", sys.QueryLimited, func(h sys.Handle) error {
		groups, err := h.Groups()
		if err != nil {
			return err
		}
		mask, _, err := h.Affinity()
		if err != nil {
			return err
		}
		for _, g := range groups {
			its := mask
			if len(groups) > 1 {
				its = uint64(1)<<sys.ProcessorCount(g) - 1
			}
			first := firstCPU(g)
			for ; its != 0; its &= its - 1 {
				cpus = append(cpus, first+bits.TrailingZeros64(its))
			}
		}
		slices.Sort(cpus)
		return nil
	})
	return cpus, err
}

// firstCPU is the number of a group's first processor.
func firstCPU(group uint16) (n int) {
	for g := range group {
		n += sys.ProcessorCount(g)
	}
	return n
}

// setCPUAffinity takes processors of the one group that the process is in: the system
// has no more for another process.
func (p Process) setCPUAffinity(cpus []int) error {
	return p.with("cpu_affinity", sys.SetInformation|sys.Query, func(h sys.Handle) error {
		groups, err := h.Groups()
		if err != nil {
			return err
		}
		if len(groups) != 1 {
			return &NotSupportedError{Op: "cpu_affinity", Need: "a process with threads in one processor group"}
		}
		_, all, err := h.Affinity()
		if err != nil {
			return err
		}
		mask, first := uint64(0), firstCPU(groups[0])
		for _, cpu := range cpus {
			n := cpu - first
			if n < 0 || n > 63 || all>>n&1 == 0 {
				return invalid("cpu_affinity", "a CPU that is not in the group of the process")
			}
			mask |= 1 << n
		}
		if len(cpus) == 0 {
			mask = all
		}
		return h.SetAffinity(mask)
	})
}
