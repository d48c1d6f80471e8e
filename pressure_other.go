//go:build !linux

package psutil

func (s *System) pressure() (PressureStat, error) {
	return PressureStat{}, &NotSupportedError{Op: "pressure"}
}
