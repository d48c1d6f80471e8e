package psutil

import (
	"math"
	"time"

	"github.com/go-psutil/psutil/internal/nt"
	"github.com/go-psutil/psutil/internal/sys"
)

func (s *System) sensorsTemperatures() ([]Temperature, error) {
	return nil, &NotSupportedError{Op: "sensors_temperatures"}
}

func (s *System) sensorsFans() ([]Fan, error) {
	return nil, &NotSupportedError{Op: "sensors_fans"}
}

func (s *System) sensorsReadings(kind SensorKind) ([]SensorReading, error) {
	return nil, &NotSupportedError{Op: "sensors_" + kind.String()}
}

// sensorsBatteries returns the one battery that the system makes of all.
func (s *System) sensorsBatteries() ([]Battery, error) {
	b, err := sys.PowerStatus()
	if err != nil {
		return nil, err
	}
	power, err := nt.ParsePowerStatus(b)
	if err != nil {
		return nil, &ParseError{File: "GetSystemPowerStatus", Err: err}
	}
	if power.BatteryFlag == nt.PowerUnknown || power.BatteryFlag&nt.BatteryNone != 0 {
		return nil, nil
	}
	battery := Battery{Name: "battery", Percent: float64(power.BatteryLifePercent), TimeLeft: BatteryTimeUnknown,
		PowerPlugged: power.ACLineStatus == nt.ACOnline,
		Missing: "energy_full_design,charge,charge_full,charge_full_design,current,voltage,temperature,cycle_count," +
			"capacity_level,health,technology,manufacturer,model,serial"}
	if power.BatteryLifePercent == nt.PowerUnknown {
		battery.Percent, battery.Missing = 0, battery.Missing.add("percent")
	}
	if power.ACLineStatus == nt.PowerUnknown {
		battery.Missing = battery.Missing.add("power_plugged")
	}
	switch {
	case battery.PowerPlugged:
		battery.TimeLeft = BatteryTimeUnlimited
	case power.BatteryLifeTime != nt.BatteryUnknown:
		battery.TimeLeft = time.Duration(power.BatteryLifeTime) * time.Second
	}
	battery.Status = BatteryDischarging
	switch {
	case power.BatteryFlag&nt.BatteryCharging != 0:
		battery.Status = BatteryCharging
	case battery.PowerPlugged && power.BatteryLifePercent == 100:
		battery.Status = BatteryFull
	case battery.PowerPlugged:
		battery.Status = BatteryNotCharging
	}
	battery.addCharge()
	return []Battery{battery}, nil
}

// addCharge adds what the battery holds and gives, as far as it tells.
func (b *Battery) addCharge() {
	const size = 32 // SYSTEM_BATTERY_STATE
	raw, err := sys.PowerInformation(sys.SystemBatteryState, size)
	var st nt.BatteryState
	if err == nil {
		st, err = nt.ParseBatteryState(raw)
	}
	there := err == nil && st.BatteryPresent && st.MaxCapacity != 0
	milli := func(field string, to *float64, known bool, n float64) {
		if !there || !known {
			b.Missing = b.Missing.add(field)
			return
		}
		*to = n / 1000
	}
	milli("energy", &b.Energy, st.RemainingCapacity != nt.BatteryUnknown, float64(st.RemainingCapacity))
	milli("energy_full", &b.EnergyFull, st.MaxCapacity != nt.BatteryUnknown, float64(st.MaxCapacity))
	milli("power", &b.Power, st.Rate != nt.BatteryUnknownRate, math.Abs(float64(st.Rate)))
}
