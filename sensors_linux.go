package psutil

import (
	"errors"

	"github.com/go-psutil/psutil/internal/linux"
)

func (s *System) sensorsTemperatures() ([]Temperature, error) {
	var temps []Temperature
	found, err := s.eachSensor(linux.HwmonTemp, func(r *hwmonRead, current float64) {
		t := Temperature{Label: r.label(), Current: current, Chip: r.chip.name, Device: r.chip.device}
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

func (s *System) sensorsFans() ([]Fan, error) {
	var fans []Fan
	_, err := s.eachSensor(linux.HwmonFan, func(r *hwmonRead, current float64) {
		rpm := func(field string) int {
			v, _ := r.value(field, field)
			return int(v)
		}
		f := Fan{Label: r.label(), Current: int(current), Chip: r.chip.name, Device: r.chip.device}
		f.Min, f.Max, f.Target = rpm("min"), rpm("max"), rpm("target")
		f.Alarm = r.alarm()
		f.Missing = r.missing
		fans = append(fans, f)
	})
	return fans, err
}

// hwmonKinds has the kernel's names of the kinds of reading.
var hwmonKinds = [...]linux.HwmonKind{
	SensorVoltage:  linux.HwmonIn,
	SensorCurrent:  linux.HwmonCurr,
	SensorPower:    linux.HwmonPower,
	SensorEnergy:   linux.HwmonEnergy,
	SensorHumidity: linux.HwmonHumidity,
}

func (s *System) sensorsReadings(kind SensorKind) ([]SensorReading, error) {
	var readings []SensorReading
	_, err := s.eachSensor(hwmonKinds[kind], func(r *hwmonRead, current float64) {
		v := SensorReading{Label: r.label(), Current: current, Kind: kind, Chip: r.chip.name, Device: r.chip.device}
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
