//go:build !windows

package psutil

func (s *System) winServices(bool) ([]WindowsService, error) {
	return nil, &NotSupportedError{Op: "win_service_iter", Need: "Windows"}
}

func (s *System) winService(string) (WindowsService, error) {
	return WindowsService{}, &NotSupportedError{Op: "win_service_get", Need: "Windows"}
}
