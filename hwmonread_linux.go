package psutil

import (
	"errors"
	"path"

	"github.com/go-psutil/psutil/internal/linux"
	"github.com/go-psutil/psutil/internal/scan"
)

// hwmonRead collects the fields of one sensor.
type hwmonRead struct {
	s       *System
	chip    *hwmonChip
	channel linux.HwmonChannel
	missing Missing
	errs    *[]error
}

// eachSensor calls f for each channel of that kind whose current value can be
// read, or which is known to be broken.
func (s *System) eachSensor(kind linux.HwmonKind, f func(r *hwmonRead, current float64)) (found bool, err error) {
	var errs []error
	chips, err := s.hwmonChips()
	if err != nil {
		errs = append(errs, err)
	}
	for i := range chips {
		for _, channel := range linux.HwmonChannels(chips[i].files, kind) {
			found = true
			r := hwmonRead{s: s, chip: &chips[i], channel: channel, errs: &errs}
			current, ok := r.value("current", kind.Inputs()...)
			switch {
			case r.faulty():
				r.missing, current = "current", 0
			case !ok:
				continue
			}
			f(&r, current)
		}
	}
	return found, errors.Join(errs...)
}

// raw reads a file of the channel. A sensor that is asleep or broken fails in
// any of a dozen ways, all of which mean that there is no value.
func (r *hwmonRead) raw(item string) (v int64, ok bool, err error) {
	if !r.channel.Has(item) {
		return 0, false, nil
	}
	name := r.chip.dir + "/" + r.channel.File(item)
	b, err := r.s.readRoot(name)
	if err != nil {
		return 0, false, nil
	}
	if v, err = linux.ParseHwmonValue(b); err != nil {
		return 0, false, parseError(path.Join(r.s.rootDir, name), err)
	}
	return v, true, nil
}

// value reads the first of items that there is, for a field of that name.
func (r *hwmonRead) value(field string, items ...string) (float64, bool) {
	for _, item := range items {
		v, ok, err := r.raw(item)
		if err != nil {
			*r.errs = append(*r.errs, err)
		}
		if ok {
			return r.channel.Kind.Value(v), true
		}
	}
	r.missing = r.missing.add(field)
	return 0, false
}

// label returns the channel's label.
func (r *hwmonRead) label() string {
	if !r.channel.Has("label") {
		return ""
	}
	b, _ := r.s.readRoot(r.chip.dir + "/" + r.channel.File("label"))
	return string(scan.Trim(b))
}

// alarm reports whether any of the channel's alarms is on.
func (r *hwmonRead) alarm() bool {
	known := false
	for _, item := range r.channel.Alarms() {
		if v, ok, _ := r.raw(item); ok {
			known = true
			if v != 0 {
				return true
			}
		}
	}
	if !known {
		r.missing = r.missing.add("alarm")
	}
	return false
}

// faulty reports whether the driver says that the sensor is broken, so that
// its value means nothing.
func (r *hwmonRead) faulty() bool {
	v, ok, _ := r.raw("fault")
	return ok && v != 0
}
