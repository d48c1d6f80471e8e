package psutil

import (
	"fmt"
	"strings"
	"time"
)

// Temperature is one sensor of heat, psutil's shwtemp. Degrees Celsius.
type Temperature struct {
	// Label is what the driver calls the sensor, empty if it has no name.
	Label   string  `json:"label"`
	Current float64 `json:"current"` // missing if the driver says that the sensor is broken
	// High and Critical are missing where the driver has none. psutil would
	// copy one to the other.
	High     float64 `json:"high"`
	Critical float64 `json:"critical"`

	Chip      string  `json:"chip"` // such as "coretemp"; several chips may have the same name
	Min       float64 `json:"min"`
	Lowest    float64 `json:"lowest"`  // measured so far
	Highest   float64 `json:"highest"` // measured so far
	Emergency float64 `json:"emergency"`
	Alarm     bool    `json:"alarm"`  // a limit is passed
	Device    string  `json:"device"` // identifies the chip: its directory in /sys

	Missing Missing `json:"-"`
}

// SensorsTemperatures returns the sensors of heat, sorted by chip, device and
// the driver's own order. It is psutil's sensors_temperatures.
//
// Sensors that can't be read now, as happens with disks asleep and with
// drivers that are at fault, are left out. A machine without sensors, as most
// virtual ones, has an empty list. Directories that are there and can't be
// listed are in the error, beside what the others have.
//
// Cost: a directory for each chip and a file for each value; drivers may take
// milliseconds for one, and wake a bus. Linux: /sys/class/hwmon, and
// /sys/class/thermal if that has no temperature; a zone's High and Critical
// are its "hot" and "critical" trip points. Windows has no such interface:
// [ErrNotSupported], as all sensors but batteries.
func SensorsTemperatures() ([]Temperature, error) {
	s, err := defaultSystem()
	if err != nil {
		return nil, err
	}
	return s.SensorsTemperatures()
}

// SensorsTemperatures is [SensorsTemperatures] of this system.
func (s *System) SensorsTemperatures() ([]Temperature, error) { return s.sensorsTemperatures() }

// Fahrenheit returns t in degrees Fahrenheit.
func (t Temperature) Fahrenheit() Temperature {
	for _, f := range [...]struct {
		name string
		v    *float64
	}{
		{"current", &t.Current}, {"high", &t.High}, {"critical", &t.Critical}, {"min", &t.Min},
		{"lowest", &t.Lowest}, {"highest", &t.Highest}, {"emergency", &t.Emergency},
	} {
		if !t.Missing.Has(f.name) {
			*f.v = *f.v*9/5 + 32
		}
	}
	return t
}

// MarshalJSON writes psutil's shwtemp, with the other fields after it.
func (t Temperature) MarshalJSON() ([]byte, error) { return marshalFields(t) }

// String returns a line such as `coretemp "Core 0": 48.5 (high 80, critical 100)`.
func (t Temperature) String() string {
	var b strings.Builder
	sensorLine(&b, t.Chip, t.Label)
	sensorValue(&b, t.Missing, "current", t.Current, "")
	limits(&b, t.Missing, "high", t.High, "critical", t.Critical)
	return b.String()
}

// sensorLine begins a line about a sensor.
func sensorLine(b *strings.Builder, chip, label string) {
	fmt.Fprintf(b, "%s %q: ", chip, label)
}

func sensorValue(b *strings.Builder, m Missing, field string, v float64, unit string) {
	if m.Has(field) {
		b.WriteString("?")
		return
	}
	fmt.Fprintf(b, "%g%s", v, unit)
}

// limits appends the two limits that are there, in parentheses.
func limits(b *strings.Builder, m Missing, name1 string, v1 float64, name2 string, v2 float64) {
	open := " ("
	for i, name := range [...]string{name1, name2} {
		if m.Has(name) {
			continue
		}
		fmt.Fprintf(b, "%s%s %g", open, name, [...]float64{v1, v2}[i])
		open = ", "
	}
	if open != " (" {
		b.WriteString(")")
	}
}

// Fan is one fan, psutil's sfan. Speeds are rotations per minute.
type Fan struct {
	Label   string `json:"label"`
	Current int    `json:"current"` // missing if the driver says that the sensor is broken

	Chip   string `json:"chip"`
	Min    int    `json:"min"`
	Max    int    `json:"max"`
	Target int    `json:"target"`
	Alarm  bool   `json:"alarm"`  // a limit is passed
	Device string `json:"device"` // identifies the chip: its directory in /sys

	Missing Missing `json:"-"`
}

// SensorsFans returns the fans, sorted by chip, device and the driver's own
// order. It is psutil's sensors_fans.
//
// Fans that can't be read now are left out; a machine without fans has an
// empty list. Cost: that of [SensorsTemperatures]. Linux: fan* of
// /sys/class/hwmon. Windows: [ErrNotSupported].
func SensorsFans() ([]Fan, error) {
	s, err := defaultSystem()
	if err != nil {
		return nil, err
	}
	return s.SensorsFans()
}

// SensorsFans is [SensorsFans] of this system.
func (s *System) SensorsFans() ([]Fan, error) { return s.sensorsFans() }

// MarshalJSON writes psutil's sfan, with the other fields after it.
func (f Fan) MarshalJSON() ([]byte, error) { return marshalFields(f) }

// String returns a line such as `thinkpad "cpu": 2400 RPM`.
func (f Fan) String() string {
	var b strings.Builder
	sensorLine(&b, f.Chip, f.Label)
	sensorValue(&b, f.Missing, "current", float64(f.Current), " RPM")
	return b.String()
}

// SensorKind says what a [SensorReading] measures.
type SensorKind uint8

// The kinds of reading, with their units.
const (
	SensorVoltage  SensorKind = iota // volts
	SensorCurrent                    // amperes
	SensorPower                      // watts
	SensorEnergy                     // joules since the driver was loaded
	SensorHumidity                   // percent of relative humidity
)

var (
	sensorKindNames = [...]string{"voltage", "current", "power", "energy", "humidity"}
	sensorKindUnits = [...]string{" V", " A", " W", " J", "%"}
)

// String returns a name such as "voltage".
func (k SensorKind) String() string { return enumName(sensorKindNames[:], int(k), "SensorKind") }

// MarshalText returns the name.
func (k SensorKind) MarshalText() ([]byte, error) { return []byte(k.String()), nil }

// UnmarshalText reads a name as String writes it.
func (k *SensorKind) UnmarshalText(text []byte) error {
	i, err := enumValue(sensorKindNames[:], text, "kind of sensor")
	*k = SensorKind(i)
	return err
}

// SensorReading is one sensor of something else than heat and fans, in volts, amperes,
// watts, joules or percent, as its Kind says. What the driver does not have is missing.
type SensorReading struct {
	Label    string     `json:"label"`
	Current  float64    `json:"current"` // in the unit of Kind; the average where the driver has only that
	Min      float64    `json:"min"`
	Max      float64    `json:"max"`
	Critical float64    `json:"critical"`
	Average  float64    `json:"average"`
	Lowest   float64    `json:"lowest"`  // measured so far
	Highest  float64    `json:"highest"` // measured so far
	Alarm    bool       `json:"alarm"`   // a limit is passed
	Kind     SensorKind `json:"kind"`
	Chip     string     `json:"chip"`
	Device   string     `json:"device"` // identifies the chip: its directory in /sys

	Missing Missing `json:"-"`
}

// SensorsVoltages returns the sensors of voltage, sorted by chip, device and
// the driver's own order. Sensors that can't be read now are left out. psutil
// has no such function.
//
// Cost: that of [SensorsTemperatures]. Linux: in* of /sys/class/hwmon. Windows:
// [ErrNotSupported], as for the four functions below.
func SensorsVoltages() ([]SensorReading, error) { return sensorReadings(SensorVoltage) }

// SensorsCurrents returns the sensors of electric current, as
// [SensorsVoltages] does those of voltage. Linux: curr* of /sys/class/hwmon.
func SensorsCurrents() ([]SensorReading, error) { return sensorReadings(SensorCurrent) }

// SensorsPowers returns the sensors of power, as [SensorsVoltages] does those
// of voltage. Linux: power* of /sys/class/hwmon.
func SensorsPowers() ([]SensorReading, error) { return sensorReadings(SensorPower) }

// SensorsEnergies returns the sensors of energy used, as [SensorsVoltages]
// does those of voltage. Linux: energy* of /sys/class/hwmon.
func SensorsEnergies() ([]SensorReading, error) { return sensorReadings(SensorEnergy) }

// SensorsHumidities returns the sensors of humidity, as [SensorsVoltages] does
// those of voltage. Linux: humidity* of /sys/class/hwmon.
func SensorsHumidities() ([]SensorReading, error) { return sensorReadings(SensorHumidity) }

func sensorReadings(kind SensorKind) ([]SensorReading, error) {
	s, err := defaultSystem()
	if err != nil {
		return nil, err
	}
	return s.sensorsReadings(kind)
}

// SensorsVoltages is [SensorsVoltages] of this system.
func (s *System) SensorsVoltages() ([]SensorReading, error) { return s.sensorsReadings(SensorVoltage) }

// SensorsCurrents is [SensorsCurrents] of this system.
func (s *System) SensorsCurrents() ([]SensorReading, error) { return s.sensorsReadings(SensorCurrent) }

// SensorsPowers is [SensorsPowers] of this system.
func (s *System) SensorsPowers() ([]SensorReading, error) { return s.sensorsReadings(SensorPower) }

// SensorsEnergies is [SensorsEnergies] of this system.
func (s *System) SensorsEnergies() ([]SensorReading, error) { return s.sensorsReadings(SensorEnergy) }

// SensorsHumidities is [SensorsHumidities] of this system.
func (s *System) SensorsHumidities() ([]SensorReading, error) {
	return s.sensorsReadings(SensorHumidity)
}

// MarshalJSON writes the fields in order.
func (r SensorReading) MarshalJSON() ([]byte, error) { return marshalFields(r) }

// String returns a line such as `nct6775 "Vcore": 1.24 V (min 0, max 1.744)`.
func (r SensorReading) String() string {
	var b strings.Builder
	sensorLine(&b, r.Chip, r.Label)
	unit := ""
	if int(r.Kind) < len(sensorKindUnits) {
		unit = sensorKindUnits[r.Kind]
	}
	sensorValue(&b, r.Missing, "current", r.Current, unit)
	limits(&b, r.Missing, "min", r.Min, "max", r.Max)
	return b.String()
}

// What [Battery.TimeLeft] is if it is no time. In seconds they are psutil's
// POWER_TIME_UNKNOWN and POWER_TIME_UNLIMITED.
const (
	BatteryTimeUnknown   time.Duration = -1 * time.Second
	BatteryTimeUnlimited time.Duration = -2 * time.Second // plugged in
)

// BatteryStatus says what a battery does.
type BatteryStatus uint8

// The states of a battery.
const (
	BatteryUnknown BatteryStatus = iota
	BatteryCharging
	BatteryDischarging
	BatteryNotCharging // plugged in, and kept below full on purpose or for want of power
	BatteryFull
)

var batteryStatusNames = [...]string{"unknown", "charging", "discharging", "not charging", "full"}

// String returns a name such as "charging".
func (s BatteryStatus) String() string {
	return enumName(batteryStatusNames[:], int(s), "BatteryStatus")
}

// MarshalText returns the name.
func (s BatteryStatus) MarshalText() ([]byte, error) { return []byte(s.String()), nil }

// UnmarshalText reads a name as String writes it.
func (s *BatteryStatus) UnmarshalText(text []byte) error {
	i, err := enumValue(batteryStatusNames[:], text, "state of a battery")
	*s = BatteryStatus(i)
	return err
}

// Battery is one battery, psutil's sbattery. What a battery does not report is
// missing: most give either energy or charge.
type Battery struct {
	Percent float64 // of what it holds when full now
	// TimeLeft is the time until the battery is empty at the present rate,
	// [BatteryTimeUnlimited] if the machine is plugged in, or
	// [BatteryTimeUnknown].
	TimeLeft time.Duration
	// PowerPlugged says whether the machine has power from elsewhere. It is
	// missing, as power_plugged, if nothing tells.
	PowerPlugged bool

	Name             string // such as "BAT0"; Windows: "battery"
	Status           BatteryStatus
	Peripheral       bool    // of a mouse, a pen or the like, not of the machine
	Energy           float64 // watt-hours now
	EnergyFull       float64 // watt-hours when full now
	EnergyFullDesign float64 // watt-hours when full, as made
	Charge           float64 // ampere-hours now
	ChargeFull       float64 // ampere-hours when full now
	ChargeFullDesign float64 // ampere-hours when full, as made
	Power            float64 // watts, charging or discharging
	Current          float64 // amperes, charging or discharging
	Voltage          float64 // volts
	Temperature      float64 // degrees Celsius
	CycleCount       int
	CapacityLevel    string // such as "Normal"
	Health           string // such as "Good"
	Technology       string // such as "Li-ion"
	Manufacturer     string
	Model            string
	Serial           string

	Missing Missing
}

// SensorsBatteries returns the batteries that are in their place, those of the
// machine first, sorted by name. psutil has only the first, see
// [SensorsBattery]. A machine without batteries has an empty list. What is there
// and can't be read is in the error, beside the rest.
//
// Cost: a file for each power supply. Linux: /sys/class/power_supply. Windows: one
// battery, which the system makes of all, by GetSystemPowerStatus and
// CallNtPowerInformation; of what follows Peripheral in [Battery] it has at most Energy,
// EnergyFull and Power.
func SensorsBatteries() ([]Battery, error) {
	s, err := defaultSystem()
	if err != nil {
		return nil, err
	}
	return s.SensorsBatteries()
}

// SensorsBatteries is [SensorsBatteries] of this system.
func (s *System) SensorsBatteries() ([]Battery, error) { return s.sensorsBatteries() }

// SensorsBattery returns the machine's first battery. It is psutil's
// sensors_battery. A machine without one is [ErrNotSupported], where psutil
// has None. Cost: that of [SensorsBatteries].
func SensorsBattery() (Battery, error) {
	s, err := defaultSystem()
	if err != nil {
		return Battery{}, err
	}
	return s.SensorsBattery()
}

// SensorsBattery is [SensorsBattery] of this system.
func (s *System) SensorsBattery() (Battery, error) {
	all, err := s.sensorsBatteries()
	if len(all) > 0 && !all[0].Peripheral {
		return all[0], nil
	}
	if err != nil {
		return Battery{}, err
	}
	return Battery{}, &NotSupportedError{Op: "sensors_battery", Need: "a battery"}
}

// MarshalJSON writes psutil's sbattery, with the other fields after it:
// secsleft is a whole number, -1 if unknown and -2 if unlimited.
func (b Battery) MarshalJSON() ([]byte, error) {
	return marshalFields(struct {
		Percent          float64       `json:"percent"`
		SecsLeft         int64         `json:"secsleft"`
		PowerPlugged     bool          `json:"power_plugged"`
		Name             string        `json:"name"`
		Status           BatteryStatus `json:"status"`
		Peripheral       bool          `json:"peripheral"`
		Energy           float64       `json:"energy"`
		EnergyFull       float64       `json:"energy_full"`
		EnergyFullDesign float64       `json:"energy_full_design"`
		Charge           float64       `json:"charge"`
		ChargeFull       float64       `json:"charge_full"`
		ChargeFullDesign float64       `json:"charge_full_design"`
		Power            float64       `json:"power"`
		Current          float64       `json:"current"`
		Voltage          float64       `json:"voltage"`
		Temperature      float64       `json:"temperature"`
		CycleCount       int           `json:"cycle_count"`
		CapacityLevel    string        `json:"capacity_level"`
		Health           string        `json:"health"`
		Technology       string        `json:"technology"`
		Manufacturer     string        `json:"manufacturer"`
		Model            string        `json:"model"`
		Serial           string        `json:"serial"`
		Missing          Missing       `json:"-"`
	}{
		b.Percent, int64(b.TimeLeft / time.Second), b.PowerPlugged, b.Name, b.Status, b.Peripheral,
		b.Energy, b.EnergyFull, b.EnergyFullDesign, b.Charge, b.ChargeFull, b.ChargeFullDesign,
		b.Power, b.Current, b.Voltage, b.Temperature, b.CycleCount, b.CapacityLevel, b.Health,
		b.Technology, b.Manufacturer, b.Model, b.Serial, b.Missing,
	})
}

// String returns a line such as "BAT0: 82.4% discharging, 2h10m0s left".
func (b Battery) String() string {
	percent := "?"
	if !b.Missing.Has("percent") {
		percent = fmt.Sprintf("%.1f", b.Percent)
	}
	s := fmt.Sprintf("%s: %s%% %s", b.Name, percent, b.Status)
	switch {
	case b.TimeLeft >= 0:
		s += fmt.Sprintf(", %v left", b.TimeLeft)
	case b.PowerPlugged:
		s += ", plugged in"
	}
	return s
}
