package linux

import "github.com/go-psutil/psutil/internal/scan"

// ParseTripTemp decodes the file trip_point_N_temp of a thermal zone
// (Documentation/driver-api/thermal/sysfs-api.rst), in millidegrees Celsius. ok
// is false for what is no number, and for a point that is switched off: those
// are at or below absolute zero.
func ParseTripTemp(b []byte) (v int64, ok bool) {
	const absoluteZero = -273150
	v, ok = scan.Int(scan.Trim(b))
	if !ok || v <= absoluteZero {
		return 0, false
	}
	return v, true
}
