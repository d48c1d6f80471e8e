//go:build !linux && !windows

package psutil

func (s *System) cpuTimes() (CPUTime, error) {
	return CPUTime{}, &NotSupportedError{Op: "cpu_times"}
}

func (s *System) cpuTimesPerCPU() ([]PerCPUTime, error) {
	return nil, &NotSupportedError{Op: "cpu_times"}
}

func (s *System) cpuCount() (int, error) { return 0, &NotSupportedError{Op: "cpu_count"} }

func (s *System) cpuCountCores() (int, error) { return 0, &NotSupportedError{Op: "cpu_count"} }

func (s *System) cpuCountUsable() (int, error) { return 0, &NotSupportedError{Op: "cpu_count"} }

func (s *System) cpuStats() (CPUStat, error) {
	return CPUStat{}, &NotSupportedError{Op: "cpu_stats"}
}

func (s *System) cpuFreqPerCPU() ([]PerCPUFrequency, error) {
	return nil, &NotSupportedError{Op: "cpu_freq"}
}

func (s *System) loadAvg() (LoadAverage, error) {
	return LoadAverage{}, &NotSupportedError{Op: "getloadavg"}
}

func (s *System) cpuInfo() (CPUDescription, error) {
	return CPUDescription{}, &NotSupportedError{Op: "cpu_info"}
}
