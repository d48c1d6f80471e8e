package linux

import (
	"bytes"
	"math"
	"strings"
	"time"

	"github.com/go-psutil/psutil/internal/scan"
)

// PowerFields says which numbers a [PowerSupply] was given.
type PowerFields uint32

// The numbers of a [PowerSupply].
const (
	PowerOnline PowerFields = 1 << iota
	PowerPresent
	PowerCapacity
	PowerCycleCount
	PowerEnergyNow
	PowerEnergyFull
	PowerEnergyFullDesign
	PowerPowerNow
	PowerChargeNow
	PowerChargeFull
	PowerChargeFullDesign
	PowerCurrentNow
	PowerVoltageNow
	PowerVoltageMinDesign
	PowerTemp
	PowerTimeToEmptyNow
	PowerTimeToFullNow
)

// Contains reports whether every field of g is in f.
func (f PowerFields) Contains(g PowerFields) bool { return f&g == g }

// PowerSupply is the uevent file of /sys/class/power_supply/NAME
// (Documentation/ABI/testing/sysfs-class-power, Documentation/power/
// power_supply_class.rst): a battery, a mains adapter, a USB port or the
// battery of a mouse. Text fields alias the input; nil is a property the
// driver does not report.
type PowerSupply struct {
	Has PowerFields

	Name          []byte // "BAT0"
	Type          []byte // "Battery", "Mains", "UPS", "USB", "Wireless"
	Scope         []byte // "System", "Device" for a peripheral's, "Unknown"
	Status        []byte // "Charging", "Discharging", "Not charging", "Full", "Unknown"
	Health        []byte
	Technology    []byte
	CapacityLevel []byte // "Full", "High", "Normal", "Low", "Critical", "Unknown"
	Manufacturer  []byte
	ModelName     []byte
	SerialNumber  []byte

	Online           int64 // 0, 1, or 2 for a programmable supply
	Present          int64 // 0 or 1
	Capacity         int64 // percent
	CycleCount       int64
	EnergyNow        int64 // microwatt-hours
	EnergyFull       int64 // microwatt-hours
	EnergyFullDesign int64 // microwatt-hours
	PowerNow         int64 // microwatts, of either sign
	ChargeNow        int64 // microampere-hours
	ChargeFull       int64 // microampere-hours
	ChargeFullDesign int64 // microampere-hours
	CurrentNow       int64 // microamperes, below zero when discharging, with some drivers
	VoltageNow       int64 // microvolts
	VoltageMinDesign int64 // microvolts
	Temp             int64 // tenths of a degree Celsius
	TimeToEmptyNow   int64 // seconds
	TimeToFullNow    int64 // seconds
}

const powerPrefix = "POWER_SUPPLY_"

// HasPowerProperties reports whether a uevent file has any property of a power
// supply. The kernel gives none if the driver fails for one.
func HasPowerProperties(b []byte) bool { return bytes.Contains(b, []byte(powerPrefix)) }

// AppendPowerProperty appends a file of /sys/class/power_supply/NAME, such as
// "capacity", as the line that a uevent file would have for it.
func AppendPowerProperty(b []byte, file string, value []byte) []byte {
	line, _ := scan.Line(value)
	b = append(append(b, powerPrefix...), strings.ToUpper(file)...)
	b = append(append(b, '='), line...)
	return append(b, '\n')
}

// Parse decodes the text of a uevent file. It returns the first error, having
// read every line that can be read.
func (p *PowerSupply) Parse(b []byte) error {
	*p = PowerSupply{}
	var err error
	for n := 1; len(b) > 0; n++ {
		var line []byte
		line, b = scan.Line(b)
		key, value, found := scan.Cut(line, '=')
		if !found {
			if len(scan.Trim(line)) > 0 {
				noteError(&err, n, line, "a key and an equals sign expected")
			}
			continue
		}
		key, ours := bytes.CutPrefix(key, []byte(powerPrefix))
		if !ours {
			continue
		}
		if t := p.text(key); t != nil {
			*t = scan.Trim(value)
			continue
		}
		v, has := p.number(key)
		if v == nil {
			continue
		}
		i, ok := scan.Int(scan.Trim(value))
		if !ok {
			noteError(&err, n, line, "a number expected")
			continue
		}
		*v = i
		p.Has |= has
	}
	return err
}

func (p *PowerSupply) text(key []byte) *[]byte {
	switch string(key) {
	case "NAME":
		return &p.Name
	case "TYPE":
		return &p.Type
	case "SCOPE":
		return &p.Scope
	case "STATUS":
		return &p.Status
	case "HEALTH":
		return &p.Health
	case "TECHNOLOGY":
		return &p.Technology
	case "CAPACITY_LEVEL":
		return &p.CapacityLevel
	case "MANUFACTURER":
		return &p.Manufacturer
	case "MODEL_NAME":
		return &p.ModelName
	case "SERIAL_NUMBER":
		return &p.SerialNumber
	}
	return nil
}

func (p *PowerSupply) number(key []byte) (*int64, PowerFields) {
	switch string(key) {
	case "ONLINE":
		return &p.Online, PowerOnline
	case "PRESENT":
		return &p.Present, PowerPresent
	case "CAPACITY":
		return &p.Capacity, PowerCapacity
	case "CYCLE_COUNT":
		return &p.CycleCount, PowerCycleCount
	case "ENERGY_NOW":
		return &p.EnergyNow, PowerEnergyNow
	case "ENERGY_FULL":
		return &p.EnergyFull, PowerEnergyFull
	case "ENERGY_FULL_DESIGN":
		return &p.EnergyFullDesign, PowerEnergyFullDesign
	case "POWER_NOW":
		return &p.PowerNow, PowerPowerNow
	case "CHARGE_NOW":
		return &p.ChargeNow, PowerChargeNow
	case "CHARGE_FULL":
		return &p.ChargeFull, PowerChargeFull
	case "CHARGE_FULL_DESIGN":
		return &p.ChargeFullDesign, PowerChargeFullDesign
	case "CURRENT_NOW":
		return &p.CurrentNow, PowerCurrentNow
	case "VOLTAGE_NOW":
		return &p.VoltageNow, PowerVoltageNow
	case "VOLTAGE_MIN_DESIGN":
		return &p.VoltageMinDesign, PowerVoltageMinDesign
	case "TEMP":
		return &p.Temp, PowerTemp
	case "TIME_TO_EMPTY_NOW":
		return &p.TimeToEmptyNow, PowerTimeToEmptyNow
	case "TIME_TO_FULL_NOW":
		return &p.TimeToFullNow, PowerTimeToFullNow
	}
	return nil, 0
}

// IsBattery reports whether p is a battery, that of a UPS included, which is in
// its place.
func (p *PowerSupply) IsBattery() bool {
	t := string(p.Type)
	return (t == "Battery" || t == "UPS") && !(p.Has.Contains(PowerPresent) && p.Present == 0)
}

// Value returns one of the numbers in watt-hours, ampere-hours, watts, amperes,
// volts or degrees Celsius. ok is false for one that the driver did not report,
// and for those that are counts, times or a voltage by design.
func (p *PowerSupply) Value(f PowerFields) (v float64, ok bool) {
	switch f {
	case PowerEnergyNow:
		v = float64(p.EnergyNow) / 1e6
	case PowerEnergyFull:
		v = float64(p.EnergyFull) / 1e6
	case PowerEnergyFullDesign:
		v = float64(p.EnergyFullDesign) / 1e6
	case PowerChargeNow:
		v = float64(p.ChargeNow) / 1e6
	case PowerChargeFull:
		v = float64(p.ChargeFull) / 1e6
	case PowerChargeFullDesign:
		v = float64(p.ChargeFullDesign) / 1e6
	case PowerPowerNow: // some drivers have a sign for the direction, some have none
		v = math.Abs(float64(p.PowerNow)) / 1e6
	case PowerCurrentNow:
		v = math.Abs(float64(p.CurrentNow)) / 1e6
	case PowerVoltageNow:
		v = float64(p.VoltageNow) / 1e6
	case PowerTemp:
		v = float64(p.Temp) / 10
	default:
		return 0, false
	}
	return v, p.Has.Contains(f)
}

// Percent returns how full a battery is, 0 to 100, from its energy, else from
// its charge, else as the driver's own rounded number. ok is false when
// nothing tells.
func (p *PowerSupply) Percent() (percent float64, ok bool) {
	switch {
	case p.Has.Contains(PowerEnergyNow|PowerEnergyFull) && p.EnergyFull > 0:
		percent = 100 * float64(p.EnergyNow) / float64(p.EnergyFull)
	case p.Has.Contains(PowerChargeNow|PowerChargeFull) && p.ChargeFull > 0:
		percent = 100 * float64(p.ChargeNow) / float64(p.ChargeFull)
	case p.Has.Contains(PowerCapacity):
		percent = float64(p.Capacity)
	default:
		return 0, false
	}
	// A worn gauge may claim more than full.
	return min(max(percent, 0), 100), true
}

// TimeLeft returns how long a discharging battery will last at the present
// rate: what is left divided by what flows out, else what the driver says. ok
// is false when nothing flows or nothing tells. It says nothing about a
// battery that is not discharging.
func (p *PowerSupply) TimeLeft() (left time.Duration, ok bool) {
	volts := p.volts()
	energy, power := float64(p.EnergyNow), math.Abs(float64(p.PowerNow))
	charge, current := float64(p.ChargeNow), math.Abs(float64(p.CurrentNow))
	// Like is divided by like; a voltage makes energy of charge and power of
	// current.
	var hours float64
	switch {
	case p.Has.Contains(PowerEnergyNow|PowerPowerNow) && power > 0:
		hours = energy / power
	case p.Has.Contains(PowerChargeNow|PowerCurrentNow) && current > 0:
		hours = charge / current
	case p.Has.Contains(PowerEnergyNow|PowerCurrentNow) && current > 0 && volts > 0:
		hours = energy / (current * volts)
	case p.Has.Contains(PowerChargeNow|PowerPowerNow) && power > 0 && volts > 0:
		hours = charge * volts / power
	case p.Has.Contains(PowerTimeToEmptyNow):
		hours = float64(p.TimeToEmptyNow) / 3600
	default:
		return 0, false
	}
	const most = 1 << 62 // nanoseconds
	ns := hours * float64(time.Hour)
	if ns < 0 || ns > most {
		return 0, false
	}
	return time.Duration(ns), true
}

// volts returns the voltage of a battery, 0 when nothing tells.
func (p *PowerSupply) volts() float64 {
	switch {
	case p.Has.Contains(PowerVoltageNow) && p.VoltageNow > 0:
		return float64(p.VoltageNow) / 1e6
	case p.Has.Contains(PowerVoltageMinDesign) && p.VoltageMinDesign > 0:
		return float64(p.VoltageMinDesign) / 1e6
	}
	return 0
}

// Plugged reports whether battery's machine runs on outside power, which known
// is false about when nothing tells. supplies are all those of the machine:
// any that is not a battery nor a peripheral's and is online plugs it. Without
// such a supply, the battery's status decides.
func (p *PowerSupply) Plugged(supplies []PowerSupply) (plugged, known bool) {
	for i := range supplies {
		s := &supplies[i]
		if !s.Has.Contains(PowerOnline) || string(s.Type) == "Battery" || string(s.Scope) == "Device" {
			continue
		}
		known = true
		plugged = plugged || s.Online > 0
	}
	if known {
		return plugged, true
	}
	switch {
	case bytes.EqualFold(p.Status, []byte("Discharging")):
		return false, true
	case bytes.EqualFold(p.Status, []byte("Charging")), bytes.EqualFold(p.Status, []byte("Full")):
		return true, true
	}
	return false, false
}
