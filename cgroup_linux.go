package psutil

import (
	"errors"
	"strconv"
	"syscall"

	"github.com/go-psutil/psutil/internal/linux"
)

func (s *System) ownCgroupLimits() (CgroupLimit, error) {
	b, err := s.readProc("self/cgroup")
	if errors.Is(err, syscall.ENOENT) {
		return CgroupLimit{}, noCgroups()
	}
	if err != nil {
		return CgroupLimit{}, err
	}
	return s.cgroupLimit(s.procPath("self/cgroup"), b)
}

// cgroupLimits returns what control groups allow a process.
func (s *System) cgroupLimits(pid int) (CgroupLimit, error) {
	name := strconv.Itoa(pid) + "/cgroup"
	b, err := s.proc.ReadFile(nil, name)
	if errors.Is(err, syscall.ENOENT) && !s.proc.Exists("self/cgroup") {
		return CgroupLimit{}, noCgroups()
	}
	if err != nil {
		return CgroupLimit{}, s.processError("cgroup_limits", pid, err)
	}
	return s.cgroupLimit(s.procPath(name), b)
}

func noCgroups() error {
	return &NotSupportedError{Op: "cgroup_limits", Need: "a kernel with CONFIG_CGROUPS"}
}

// cgroupLimit decodes the text of a /proc/PID/cgroup file and follows it.
func (s *System) cgroupLimit(file string, b []byte) (CgroupLimit, error) {
	v := cgroupView{sys: s}
	for row, err := range linux.EachPIDCgroup(b) {
		if err != nil {
			v.errs = append(v.errs, parseError(file, err))
			continue
		}
		v.groups = append(v.groups, row)
	}
	// Mount points are looked up below our root, so it is our own mounts that
	// count, or those of the process that has that root.
	mountinfo := "self/mountinfo"
	if s.rootDir != "/" && s.proc.Exists("1/mountinfo") {
		mountinfo = "1/mountinfo"
	}
	if b, err := s.readProc(mountinfo); err != nil {
		v.errs = append(v.errs, err)
	} else if v.mounts, err = linux.ParseCgroupMounts(b); err != nil {
		v.errs = append(v.errs, parseError(s.procPath(mountinfo), err))
	}
	var c CgroupLimit
	v.cpu(&c)
	v.cpuset(&c)
	v.memory(&c)
	v.pids(&c)
	return c, errors.Join(v.errs...)
}

func (v *cgroupView) pids(c *CgroupLimit) {
	p, seen := v.place("pids")
	var ok bool
	if c.PIDsMax, _, ok = v.strictest(p.levels, "pids.max", linux.ParseCgroupLimit); !ok || !seen {
		c.PIDsMax = 0
		c.Missing = c.Missing.add("pids_max")
	}
}
