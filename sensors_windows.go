package psutil

import (
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

// addCharge adds what the battery holds, if it tells that in energy.
func (b *Battery) addCharge() {
	const size = 32 // SYSTEM_BATTERY_STATE
	raw, err := sys.PowerInformation(sys.SystemBatteryState, size)
	if err != nil {
		b.Missing = b.Missing.union("energy,energy_full,power")
		return
	}
	st, err := nt.ParseBatteryState(raw)
	energy := func(field string, to *float64, milliwatts uint32) {
		if err != nil || milliwatts == nt.BatteryUnknown || milliwatts == 0 {
			b.Missing = b.Missing.add(field)
			return
		}
		*to = float64(milliwatts) / 1000
	}
	energy("energy", &b.Energy, st.RemainingCapacity)
	energy("energy_full", &b.EnergyFull, st.MaxCapacity)
	rate := st.Rate
	if rate == nt.BatteryUnknownRate {
		rate = 0
	}
	energy("power", &b.Power, uint32(max(rate, -rate)))
}
