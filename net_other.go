//go:build !linux && !windows

package psutil

func (s *System) netIOCounters() ([]NetIO, error) {
	return nil, &NotSupportedError{Op: "net_io_counters"}
}

func (s *System) netIfAddrs() ([]NetIfAddr, error) {
	return nil, &NotSupportedError{Op: "net_if_addrs"}
}

func (s *System) netIfStats() ([]NetIfStat, error) {
	return nil, &NotSupportedError{Op: "net_if_stats"}
}
