//go:build !linux && !windows

package psutil

func (s *System) sensorsTemperatures() ([]Temperature, error) {
	return nil, &NotSupportedError{Op: "sensors_temperatures"}
}

func (s *System) sensorsFans() ([]Fan, error) {
	return nil, &NotSupportedError{Op: "sensors_fans"}
}

func (s *System) sensorsReadings(kind SensorKind) ([]SensorReading, error) {
	return nil, &NotSupportedError{Op: "sensors_" + kind.String()}
}

func (s *System) sensorsBatteries() ([]Battery, error) {
	return nil, &NotSupportedError{Op: "sensors_battery"}
}
