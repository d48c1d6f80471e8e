//go:build !linux

package psutil

func (s *System) ownCgroupLimits() (CgroupLimit, error) {
	return CgroupLimit{}, &NotSupportedError{Op: "cgroup_limits", Need: "Linux"}
}

func (s *System) cgroupLimits(pid int) (CgroupLimit, error) {
	return CgroupLimit{}, &ProcessError{Op: "cgroup_limits", PID: pid, Err: &NotSupportedError{Op: "cgroup_limits", Need: "Linux"}}
}
