package psutil

import (
	"github.com/go-psutil/psutil/internal/nt"
	"github.com/go-psutil/psutil/internal/sys"
)

// cpuFreqPerCPU is of the caller's group. The rate is that of the state that the
// system has chosen; it does not say how far a processor goes beyond it.
func (s *System) cpuFreqPerCPU() ([]PerCPUFrequency, error) {
	const size = 24 // PROCESSOR_POWER_INFORMATION
	n, err := s.cpuCount()
	if err != nil {
		return nil, err
	}
	b, err := sys.PowerInformation(sys.ProcessorInformation, n*size)
	if err != nil {
		return nil, err
	}
	var rows []PerCPUFrequency
	for p, err := range nt.EachProcessorPower(b) {
		if err != nil {
			return rows, &ParseError{File: "ProcessorInformation", Err: err}
		}
		if p.MaxMhz > 0 {
			rows = append(rows, PerCPUFrequency{CPUFrequency{Current: float64(p.CurrentMhz), Max: float64(p.MhzLimit), Missing: "min"}, len(rows)})
		}
	}
	if len(rows) == 0 {
		return nil, &NotSupportedError{Op: "cpu_freq"}
	}
	return rows, nil
}
