package linux

import (
	"math"

	"github.com/go-psutil/psutil/internal/scan"
)

// ParseCPUFreq decodes a file of one frequency below
// /sys/devices/system/cpu/cpufreq/policyN (drivers/cpufreq/cpufreq.c), which
// is in kHz, and returns it in hertz. ok is false for "<unknown>", which
// drivers that cannot tell print.
func ParseCPUFreq(b []byte) (hz uint64, ok bool, err error) {
	t := scan.Trim(b)
	if string(t) == "<unknown>" {
		return 0, false, nil
	}
	khz, ok := scan.Uint(t)
	if !ok || khz > math.MaxUint64/1000 {
		return 0, false, scan.Errorf(0, b, "a frequency in kHz expected")
	}
	return khz * 1000, true, nil
}
