package psutil

import (
	"errors"
	"io/fs"
	"path"
	"syscall"

	"github.com/go-psutil/psutil/internal/linux"
)

// A cgroupView finds the control groups of one process.
type cgroupView struct {
	sys    *System
	groups []linux.PIDCgroup
	mounts linux.CgroupMounts
	errs   []error
}

// A cgroupPlace is where a controller has its files for the process.
type cgroupPlace struct {
	v2 bool
	// levels are the directories of the process's group and of those above it
	// that can be seen, the innermost first. There are none if the process is
	// in no group of the controller, which then limits nothing.
	levels []string
}

// place finds the directories of a controller. It is not ok if the process is
// in a group that can't be seen.
func (v *cgroupView) place(controller string) (p cgroupPlace, ok bool) {
	group, v2, found := linux.FindCgroup(v.groups, controller)
	if !found {
		return cgroupPlace{}, true
	}
	for _, levels := range v.mounts.Levels(controller, v2, group) {
		if v.sys.root.Exists(belowRoot(levels[0])) {
			return cgroupPlace{v2, levels}, true
		}
	}
	return cgroupPlace{v2: v2}, false
}

// cgroupFile reads and decodes one file of a group.
func cgroupFile[T any](v *cgroupView, dir, file string, parse func([]byte) (T, error)) (T, error) {
	var zero T
	name := belowRoot(dir) + "/" + file
	b, err := v.sys.root.ReadFile(nil, name)
	if err != nil {
		return zero, &fs.PathError{Op: "read", Path: path.Join(v.sys.rootDir, name), Err: err}
	}
	value, err := parse(b)
	if err != nil {
		return zero, parseError(path.Join(v.sys.rootDir, name), err)
	}
	return value, nil
}

// noFile reports whether a group does not have the file: because the controller
// is not enabled there, or the group is the root, or has just been removed.
func noFile(err error) bool { return errors.Is(err, syscall.ENOENT) || errors.Is(err, syscall.ENODEV) }

// strictest returns the lowest limit over all levels and the level it is of,
// which is the process's own without a limit. It is not ok if a limit can't be
// told.
func (v *cgroupView) strictest(levels []string, file string, parse func([]byte) (linux.CgroupLimit, error)) (limit uint64, level string, ok bool) {
	if len(levels) == 0 {
		return CgroupUnlimited, "", true
	}
	limits := make([]linux.CgroupLimit, len(levels))
	for i, dir := range levels {
		l, err := cgroupFile(v, dir, file, parse)
		switch {
		case err == nil:
			limits[i] = l
		case noFile(err):
			limits[i].Unlimited = true
		default:
			v.errs = append(v.errs, err)
			return 0, "", false
		}
	}
	l, of := linux.Strictest(limits)
	return limitValue(l), levels[of], true
}

// limitValue is the limit as [CgroupLimit] has it.
func limitValue(l linux.CgroupLimit) uint64 {
	if l.Unlimited {
		return CgroupUnlimited
	}
	return l.Value
}

// nearest returns the value of a file in the process's group or the nearest
// above it that has the file, which is not ok if none has.
func nearest[T any](v *cgroupView, levels []string, file string, parse func([]byte) (T, error)) (value T, ok bool) {
	for _, dir := range levels {
		value, err := cgroupFile(v, dir, file, parse)
		if err == nil {
			return value, true
		}
		if !noFile(err) {
			v.errs = append(v.errs, err)
			break
		}
	}
	return value, false
}
