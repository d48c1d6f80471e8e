package psutil

import (
	"errors"
	"io/fs"
	"path"
	"slices"
	"strings"
	"time"

	"github.com/go-psutil/psutil/internal/linux"
)

const powerSupplyDir = "sys/class/power_supply"

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
		supplies = append(supplies, p)
	}
	var batteries []Battery
	for i := range supplies {
		p := &supplies[i]
		if p.IsBattery() {
			batteries = append(batteries, newBattery(names[i], p, supplies))
		}
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
	if closed == nil && linux.HasPowerProperties(b) {
		return b, nil
	}
	names, err := s.namesBelow(dir)
	if err != nil {
		return nil, err
	}
	b = nil
	for _, name := range names {
		if v, err := s.readRoot(dir + "/" + name); err == nil && name != "uevent" {
			b = linux.AppendPowerProperty(b, name, v)
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
		of    linux.PowerFields
		field *float64
	}{
		{"energy", linux.PowerEnergyNow, &b.Energy},
		{"energy_full", linux.PowerEnergyFull, &b.EnergyFull},
		{"energy_full_design", linux.PowerEnergyFullDesign, &b.EnergyFullDesign},
		{"charge", linux.PowerChargeNow, &b.Charge},
		{"charge_full", linux.PowerChargeFull, &b.ChargeFull},
		{"charge_full_design", linux.PowerChargeFullDesign, &b.ChargeFullDesign},
		{"power", linux.PowerPowerNow, &b.Power},
		{"current", linux.PowerCurrentNow, &b.Current},
		{"voltage", linux.PowerVoltageNow, &b.Voltage},
		{"temperature", linux.PowerTemp, &b.Temperature},
	} {
		*f.field, ok = p.Value(f.of)
		note(f.name, ok)
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
