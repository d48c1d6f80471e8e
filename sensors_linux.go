package psutil

import (
	"bytes"
	"cmp"
	"errors"
	"io/fs"
	"path"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"time"

	"github.com/go-psutil/psutil/internal/linux"
	"github.com/go-psutil/psutil/internal/scan"
)

const (
	hwmonDir       = "sys/class/hwmon"
	thermalDir     = "sys/class/thermal"
	powerSupplyDir = "sys/class/power_supply"
)

// hwmonChip is a directory with the files of some sensors.
type hwmonChip struct {
	name   string
	dir    string   // below the root
	device string   // see [Temperature]
	files  []string // in dir, in no order
}

// hwmonChannel is one sensor of a chip.
type hwmonChannel struct {
	chip  *hwmonChip
	kind  linux.HwmonKind
	index int
	items []string // what there is a file for, such as "input"
}

// hwmonChannels returns the channels of that kind which can be read at all,
// sorted.
func (s *System) hwmonChannels(kind linux.HwmonKind, input ...string) ([]hwmonChannel, error) {
	var channels []hwmonChannel
	chips, err := s.hwmonChips()
	for _, chip := range chips {
		first := len(channels)
		for _, file := range chip.files {
			n, ok := linux.ParseHwmonName(file)
			if !ok || n.Kind != kind {
				continue
			}
			i := slices.IndexFunc(channels[first:], func(c hwmonChannel) bool { return c.index == n.Index })
			if i < 0 {
				i = len(channels) - first
				channels = append(channels, hwmonChannel{chip, kind, n.Index, nil})
			}
			c := &channels[first+i]
			c.items = append(c.items, n.Item)
		}
		slices.SortFunc(channels[first:], func(a, b hwmonChannel) int { return cmp.Compare(a.index, b.index) })
	}
	channels = slices.DeleteFunc(channels, func(c hwmonChannel) bool {
		return !slices.ContainsFunc(input, func(item string) bool { return slices.Contains(c.items, item) })
	})
	return channels, err
}

// hwmonChips returns the chips, sorted by name and by the number that the
// kernel gave them. Those that can't be read are in the error.
func (s *System) hwmonChips() ([]*hwmonChip, error) {
	var (
		chips []*hwmonChip
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
		c := &hwmonChip{dir: dir, device: s.deviceDir(dir)}
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
	if !slices.ContainsFunc(chips, func(c *hwmonChip) bool { return c.name == "coretemp" }) {
		for _, platform := range numbered("sys/devices/platform", "coretemp.") {
			dir := "sys/devices/platform/" + platform + "/hwmon"
			for _, name := range numbered(dir, "hwmon") {
				if !slices.Contains(names, name) {
					add(dir + "/" + name)
				}
			}
		}
	}
	slices.SortStableFunc(chips, func(a, b *hwmonChip) int { return strings.Compare(a.name, b.name) })
	return chips, errors.Join(errs...)
}

// absent reports whether an error says that there is no such file or directory,
// or that its device has just gone.
func absent(err error) bool {
	return errors.Is(err, syscall.ENOENT) || errors.Is(err, syscall.ENOTDIR) || errors.Is(err, syscall.ENODEV)
}

// namesBelow returns the names in a directory below the root, in no order.
func (s *System) namesBelow(dir string) ([]string, error) {
	names, err := s.root.Names(dir)
	if err != nil {
		return nil, &fs.PathError{Op: "read", Path: path.Join(s.rootDir, dir), Err: err}
	}
	return names, nil
}

// numbered returns the names in dir that are prefix and a number, sorted by
// that. A directory that is not there has none.
func (s *System) numbered(dir, prefix string) ([]string, error) {
	names, err := s.namesBelow(dir)
	if err != nil {
		if absent(err) {
			err = nil
		}
		return nil, err
	}
	number := func(name string) (uint64, bool) {
		digits, found := strings.CutPrefix(name, prefix)
		n, err := strconv.ParseUint(digits, 10, 32)
		return n, found && err == nil
	}
	names = slices.DeleteFunc(names, func(name string) bool { _, ok := number(name); return !ok })
	slices.SortFunc(names, func(a, b string) int {
		m, _ := number(a)
		n, _ := number(b)
		return cmp.Compare(m, n)
	})
	return names, nil
}

// deviceDir returns the directory that a link of /sys/class leads to, which
// stays the same from boot to boot.
func (s *System) deviceDir(link string) string {
	target, err := s.root.AppendLink(nil, link)
	if err != nil {
		return "/" + link
	}
	return path.Join("/", path.Dir(link), string(target))
}

// raw reads a file of the channel. A sensor that is asleep or broken fails in
// any of a dozen ways, all of which mean that there is no value.
func (c *hwmonChannel) raw(s *System, item string) (v int64, ok bool, err error) {
	if !slices.Contains(c.items, item) {
		return 0, false, nil
	}
	name := c.file(item)
	b, err := s.readRoot(name)
	if err != nil {
		return 0, false, nil
	}
	if v, err = linux.ParseHwmonValue(b); err != nil {
		return 0, false, parseError(path.Join(s.rootDir, name), err)
	}
	return v, true, nil
}

func (c *hwmonChannel) file(item string) string {
	return c.chip.dir + "/" + c.kind.String() + strconv.Itoa(c.index) + "_" + item
}

// hwmonRead collects the fields of one sensor.
type hwmonRead struct {
	s       *System
	c       *hwmonChannel
	missing Missing
	errs    *[]error
}

// value reads the first of items that there is, for a field of that name.
func (r *hwmonRead) value(field string, items ...string) (float64, bool) {
	for _, item := range items {
		v, ok, err := r.c.raw(r.s, item)
		if err != nil {
			*r.errs = append(*r.errs, err)
		}
		if ok {
			return r.c.kind.Value(v), true
		}
	}
	r.missing = r.missing.add(field)
	return 0, false
}

// label returns the channel's label.
func (r *hwmonRead) label() string {
	if slices.Contains(r.c.items, "label") {
		if b, err := r.s.readRoot(r.c.file("label")); err == nil {
			return string(scan.Trim(b))
		}
	}
	return ""
}

// alarm reports whether any of the channel's alarms is on.
func (r *hwmonRead) alarm() bool {
	known := false
	for _, item := range r.c.items {
		if item != "alarm" && !strings.HasSuffix(item, "_alarm") {
			continue
		}
		if v, ok, _ := r.c.raw(r.s, item); ok {
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
	v, ok, _ := r.c.raw(r.s, "fault")
	return ok && v != 0
}

// eachSensor calls f for each channel of that kind which has one of the input
// files; f returns false for one that can't be read.
func (s *System) eachSensor(kind linux.HwmonKind, input []string, f func(r *hwmonRead, current float64)) (found bool, err error) {
	var errs []error
	channels, err := s.hwmonChannels(kind, input...)
	if err != nil {
		errs = append(errs, err)
	}
	for i := range channels {
		r := hwmonRead{s: s, c: &channels[i], errs: &errs}
		current, ok := r.value("current", input...)
		switch {
		case r.faulty():
			r.missing, current = "current", 0
		case !ok:
			continue
		}
		f(&r, current)
	}
	return len(channels) > 0, errors.Join(errs...)
}

func (s *System) sensorsTemperatures() ([]Temperature, error) {
	var temps []Temperature
	found, err := s.eachSensor(linux.HwmonTemp, []string{"input"}, func(r *hwmonRead, current float64) {
		t := Temperature{Label: r.label(), Current: current, Chip: r.c.chip.name, Device: r.c.chip.device}
		t.High, _ = r.value("high", "max")
		t.Critical, _ = r.value("critical", "crit")
		t.Min, _ = r.value("min", "min")
		t.Lowest, _ = r.value("lowest", "lowest")
		t.Highest, _ = r.value("highest", "highest")
		t.Emergency, _ = r.value("emergency", "emergency")
		t.Alarm = r.alarm()
		t.Missing = r.missing
		temps = append(temps, t)
	})
	if !found {
		var zoneErr error
		temps, zoneErr = s.thermalZones()
		err = errors.Join(err, zoneErr)
	}
	return temps, err
}

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
		// Points that are switched off are at or below absolute zero.
		if raw, err := linux.ParseHwmonValue(b); err == nil && raw > -273150 {
			*v = linux.HwmonTemp.Value(raw)
			return true
		}
	}
}

func (s *System) sensorsFans() ([]Fan, error) {
	var fans []Fan
	_, err := s.eachSensor(linux.HwmonFan, []string{"input"}, func(r *hwmonRead, current float64) {
		rpm := func(field string) int {
			v, _ := r.value(field, field)
			return int(v)
		}
		f := Fan{Label: r.label(), Current: int(current), Chip: r.c.chip.name, Device: r.c.chip.device}
		f.Min, f.Max, f.Target = rpm("min"), rpm("max"), rpm("target")
		f.Alarm = r.alarm()
		f.Missing = r.missing
		fans = append(fans, f)
	})
	return fans, err
}

// hwmonKinds has the kernel's names of the kinds of reading, and the files
// that hold the current value.
var hwmonKinds = [...]struct {
	kind  linux.HwmonKind
	input []string
}{
	SensorVoltage:  {linux.HwmonIn, []string{"input"}},
	SensorCurrent:  {linux.HwmonCurr, []string{"input"}},
	SensorPower:    {linux.HwmonPower, []string{"input", "average"}},
	SensorEnergy:   {linux.HwmonEnergy, []string{"input"}},
	SensorHumidity: {linux.HwmonHumidity, []string{"input"}},
}

func (s *System) sensorsReadings(kind SensorKind) ([]SensorReading, error) {
	var readings []SensorReading
	_, err := s.eachSensor(hwmonKinds[kind].kind, hwmonKinds[kind].input, func(r *hwmonRead, current float64) {
		v := SensorReading{Label: r.label(), Current: current, Kind: kind, Chip: r.c.chip.name, Device: r.c.chip.device}
		v.Min, _ = r.value("min", "min")
		v.Max, _ = r.value("max", "max")
		v.Critical, _ = r.value("critical", "crit")
		v.Average, _ = r.value("average", "average")
		v.Lowest, _ = r.value("lowest", "lowest", "input_lowest")
		v.Highest, _ = r.value("highest", "highest", "input_highest")
		v.Alarm = r.alarm()
		v.Missing = r.missing
		readings = append(readings, v)
	})
	return readings, err
}

func (s *System) sensorsBatteries() ([]Battery, error) {
	names, err := s.namesBelow(powerSupplyDir)
	if err != nil {
		if absent(err) { // a kernel without batteries
			err = nil
		}
		return nil, err
	}
	slices.Sort(names)
	var (
		supplies []linux.PowerSupply
		errs     []error
		kept     []string
	)
	for _, name := range names {
		var p linux.PowerSupply
		properties, err := s.powerSupply(powerSupplyDir + "/" + name)
		if err != nil && !absent(err) {
			errs = append(errs, err)
		}
		if err := p.Parse(properties); err != nil {
			errs = append(errs, parseError(path.Join(s.rootDir, powerSupplyDir, name, "uevent"), err))
		}
		supplies, kept = append(supplies, p), append(kept, name)
	}
	var batteries []Battery
	for i := range supplies {
		p := &supplies[i]
		if t := string(p.Type); t != "Battery" && t != "UPS" || p.Has.Contains(linux.PowerPresent) && p.Present == 0 {
			continue
		}
		batteries = append(batteries, newBattery(kept[i], p, supplies))
	}
	slices.SortStableFunc(batteries, func(a, b Battery) int {
		switch {
		case a.Peripheral == b.Peripheral:
			return 0
		case b.Peripheral:
			return -1
		}
		return 1
	})
	return batteries, errors.Join(errs...)
}

// powerSupply returns the uevent file of a power supply. That is empty if the
// driver fails for any one property, which is then left out.
func (s *System) powerSupply(dir string) ([]byte, error) {
	b, closed := s.readRoot(dir + "/uevent")
	if closed == nil && bytes.Contains(b, []byte("POWER_SUPPLY_")) {
		return b, nil
	}
	names, err := s.namesBelow(dir)
	if err != nil {
		return nil, err
	}
	b = nil
	for _, name := range names {
		if v, err := s.readRoot(dir + "/" + name); err == nil && name != "uevent" {
			line, _ := scan.Line(v)
			b = append(b, "POWER_SUPPLY_"+strings.ToUpper(name)+"="...)
			b = append(append(b, line...), '\n')
		}
	}
	if len(b) == 0 && errors.Is(closed, fs.ErrPermission) {
		return nil, closed
	}
	return b, nil
}

func newBattery(name string, p *linux.PowerSupply, supplies []linux.PowerSupply) Battery {
	b := Battery{Name: name, TimeLeft: BatteryTimeUnknown, Peripheral: string(p.Scope) == "Device"}
	note := func(field string, ok bool) {
		if !ok {
			b.Missing = b.Missing.add(field)
		}
	}
	var ok bool
	b.Percent, ok = p.Percent()
	note("percent", ok)
	b.PowerPlugged, ok = p.Plugged(supplies)
	note("power_plugged", ok)
	if b.PowerPlugged {
		b.TimeLeft = BatteryTimeUnlimited
	} else if left, ok := p.TimeLeft(); ok {
		b.TimeLeft = left.Round(time.Millisecond) // a quotient of fractions
	}
	switch strings.ToLower(string(p.Status)) {
	case "charging":
		b.Status = BatteryCharging
	case "discharging":
		b.Status = BatteryDischarging
	case "not charging":
		b.Status = BatteryNotCharging
	case "full":
		b.Status = BatteryFull
	}
	for _, f := range [...]struct {
		name  string
		has   linux.PowerFields
		raw   int64
		per   float64
		field *float64
	}{
		{"energy", linux.PowerEnergyNow, p.EnergyNow, 1e6, &b.Energy},
		{"energy_full", linux.PowerEnergyFull, p.EnergyFull, 1e6, &b.EnergyFull},
		{"energy_full_design", linux.PowerEnergyFullDesign, p.EnergyFullDesign, 1e6, &b.EnergyFullDesign},
		{"charge", linux.PowerChargeNow, p.ChargeNow, 1e6, &b.Charge},
		{"charge_full", linux.PowerChargeFull, p.ChargeFull, 1e6, &b.ChargeFull},
		{"charge_full_design", linux.PowerChargeFullDesign, p.ChargeFullDesign, 1e6, &b.ChargeFullDesign},
		// Some drivers have a sign for the direction, some have none.
		{"power", linux.PowerPowerNow, max(p.PowerNow, -p.PowerNow), 1e6, &b.Power},
		{"current", linux.PowerCurrentNow, max(p.CurrentNow, -p.CurrentNow), 1e6, &b.Current},
		{"voltage", linux.PowerVoltageNow, p.VoltageNow, 1e6, &b.Voltage},
		{"temperature", linux.PowerTemp, p.Temp, 10, &b.Temperature},
	} {
		note(f.name, p.Has.Contains(f.has))
		*f.field = float64(f.raw) / f.per
	}
	note("cycle_count", p.Has.Contains(linux.PowerCycleCount))
	b.CycleCount = int(p.CycleCount)
	for _, f := range [...]struct {
		name  string
		raw   []byte
		field *string
	}{
		{"capacity_level", p.CapacityLevel, &b.CapacityLevel},
		{"health", p.Health, &b.Health},
		{"technology", p.Technology, &b.Technology},
		{"manufacturer", p.Manufacturer, &b.Manufacturer},
		{"model", p.ModelName, &b.Model},
		{"serial", p.SerialNumber, &b.Serial},
	} {
		note(f.name, len(f.raw) > 0)
		*f.field = string(f.raw)
	}
	return b
}
