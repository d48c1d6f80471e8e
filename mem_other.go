//go:build !linux && !windows

package psutil

func (s *System) virtualMemory() (MemoryUsage, error) {
	return MemoryUsage{}, &NotSupportedError{Op: "virtual_memory"}
}

func (s *System) swapMemory() (SwapUsage, error) {
	return SwapUsage{}, &NotSupportedError{Op: "swap_memory"}
}

func (s *System) swapDevices() ([]SwapDevice, error) {
	return nil, &NotSupportedError{Op: "swap_devices"}
}
