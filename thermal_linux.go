package psutil

import (
	"errors"
	"path"
	"slices"
	"strconv"
	"strings"

	"github.com/go-psutil/psutil/internal/linux"
	"github.com/go-psutil/psutil/internal/scan"
)

const thermalDir = "sys/class/thermal"

// thermalZones is for machines, most of them ARM, whose drivers have no hwmon.
func (s *System) thermalZones() ([]Temperature, error) {
	var (
		temps []Temperature
		errs  []error
	)
	zones, err := s.numbered(thermalDir, "thermal_zone")
	if err != nil {
		errs = append(errs, err)
	}
	for _, zone := range zones {
		dir := thermalDir + "/" + zone
		b, err := s.readRoot(dir + "/temp")
		if err != nil {
			continue
		}
		v, err := linux.ParseHwmonValue(b)
		if err != nil {
			errs = append(errs, parseError(path.Join(s.rootDir, dir, "temp"), err))
			continue
		}
		name, err := s.readRoot(dir + "/type")
		if err != nil {
			continue
		}
		t := Temperature{
			Current: linux.HwmonTemp.Value(v), Chip: string(scan.Trim(name)), Device: s.deviceDir(dir),
			Missing: "min,lowest,highest,emergency,alarm",
		}
		if !s.tripPoint(dir, "hot", &t.High) {
			t.Missing = t.Missing.add("high")
		}
		if !s.tripPoint(dir, "critical", &t.Critical) {
			t.Missing = t.Missing.add("critical")
		}
		temps = append(temps, t)
	}
	slices.SortStableFunc(temps, func(a, b Temperature) int { return strings.Compare(a.Chip, b.Chip) })
	return temps, errors.Join(errs...)
}

// tripPoint finds the first trip point of that type in a zone.
func (s *System) tripPoint(dir, typ string, v *float64) bool {
	for i := 0; ; i++ {
		point := dir + "/trip_point_" + strconv.Itoa(i)
		b, err := s.readRoot(point + "_type")
		if err != nil {
			return false
		}
		if string(scan.Trim(b)) != typ {
			continue
		}
		b, err = s.readRoot(point + "_temp")
		if err != nil {
			continue
		}
		if raw, ok := linux.ParseTripTemp(b); ok {
			*v = linux.HwmonTemp.Value(raw)
			return true
		}
	}
}
