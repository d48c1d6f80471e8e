//go:build !windows

package psutil

func (p Process) numHandles() (int, error) {
	return 0, &ProcessError{Op: "num_handles", PID: p.pid, Err: &NotSupportedError{Op: "num_handles", Need: "Windows"}}
}
