package psutil

import (
	"errors"
	"io/fs"
	"slices"
	"strings"

	"github.com/go-psutil/psutil/internal/scan"
)

const hwmonDir = "sys/class/hwmon"

// hwmonChip is a directory with the files of some sensors.
type hwmonChip struct {
	name   string
	dir    string   // below the root
	device string   // see [Temperature]
	files  []string // in dir, in no order
}

// hwmonChips returns the chips, sorted by name and by the number that the
// kernel gave them. Those that can't be read are in the error.
func (s *System) hwmonChips() ([]hwmonChip, error) {
	var (
		chips []hwmonChip
		errs  []error
	)
	note := func(err error) {
		if err != nil && !absent(err) {
			errs = append(errs, err)
		}
	}
	numbered := func(dir, prefix string) []string {
		names, err := s.numbered(dir, prefix)
		note(err)
		return names
	}
	add := func(dir string) {
		c := hwmonChip{dir: dir, device: s.deviceDir(dir)}
		var err error
		if c.files, err = s.namesBelow(dir); err != nil {
			note(err)
			return
		}
		// Drivers older than Linux 2.6.30 or so have everything in the device.
		if !slices.Contains(c.files, "name") {
			c.dir += "/device"
			if c.files, err = s.namesBelow(c.dir); err != nil {
				note(err)
				return
			}
		}
		name, err := s.readRoot(c.dir + "/name")
		if err != nil {
			if errors.Is(err, fs.ErrPermission) { // others say that the driver is at fault
				note(err)
			}
			return
		}
		c.name = string(scan.Trim(name))
		chips = append(chips, c)
	}
	names := numbered(hwmonDir, "hwmon")
	for _, name := range names {
		add(hwmonDir + "/" + name)
	}
	// Some container runtimes hide a part of /sys/class.
	if !slices.ContainsFunc(chips, func(c hwmonChip) bool { return c.name == "coretemp" }) {
		for _, platform := range numbered("sys/devices/platform", "coretemp.") {
			dir := "sys/devices/platform/" + platform + "/hwmon"
			for _, name := range numbered(dir, "hwmon") {
				if !slices.Contains(names, name) {
					add(dir + "/" + name)
				}
			}
		}
	}
	slices.SortStableFunc(chips, func(a, b hwmonChip) int { return strings.Compare(a.name, b.name) })
	return chips, errors.Join(errs...)
}
