package psutil

import (
	"cmp"
	"errors"
	"os"
	"slices"
	"strconv"

	"github.com/go-psutil/psutil/internal/linux"
	"github.com/go-psutil/psutil/internal/scan"
	"github.com/go-psutil/psutil/internal/sys"
)

// cpuDir has what the kernel tells of CPUs, below the root.
const cpuDir = "sys/devices/system/cpu"

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
	cpus, err = linux.AppendCPUList(nil, b)
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
	if n := info.CountCores(); n > 0 {
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
