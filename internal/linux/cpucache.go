package linux

import (
	"bytes"
	"strconv"

	"github.com/go-psutil/psutil/internal/scan"
)

// CPUCache is a kind of cache, as
// /sys/devices/system/cpu/cpuN/cache/indexM tells (drivers/base/cacheinfo.c).
type CPUCache struct {
	Level      int
	Type       string // "Data", "Instruction" or "Unified"
	Size       uint64 // bytes
	SharedCPUs int
}

// ParseCPUCache decodes the files level, type, size, such as "32K", and
// shared_cpu_list of a cache. ok is false if one can't be read.
func ParseCPUCache(level, kind, size, shared string) (c CPUCache, ok bool) {
	n, err := strconv.Atoi(level)
	if err != nil {
		return CPUCache{}, false
	}
	digits, found := bytes.CutSuffix([]byte(size), []byte("K"))
	kb, ok := scan.Uint(digits)
	if !found || !ok || kb >= 1<<40 {
		return CPUCache{}, false
	}
	cpus, err := AppendCPUList(nil, []byte(shared))
	if err != nil {
		return CPUCache{}, false
	}
	return CPUCache{Level: n, Type: kind, Size: kb * 1024, SharedCPUs: len(cpus)}, true
}
