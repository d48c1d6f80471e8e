//go:build !linux && !windows

package psutil

import "time"

func (s *System) bootTime() (time.Time, error) {
	return time.Time{}, &NotSupportedError{Op: "boot_time"}
}

func (s *System) uptime() (time.Duration, error) {
	return 0, &NotSupportedError{Op: "uptime"}
}

func (s *System) users() ([]User, error) {
	return nil, &NotSupportedError{Op: "users"}
}

func (s *System) hostInfo() (HostDescription, error) {
	return HostDescription{}, &NotSupportedError{Op: "host_info"}
}

func (s *System) userNames() (map[uint32]string, error) {
	return nil, &NotSupportedError{Op: "user_names"}
}
