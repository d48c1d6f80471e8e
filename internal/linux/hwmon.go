package linux

import (
	"strings"

	"github.com/go-psutil/psutil/internal/scan"
)

// HwmonKind is what a hardware monitoring channel measures or sets.
type HwmonKind uint8

// The kinds of channel.
const (
	HwmonUnknown   HwmonKind = iota
	HwmonTemp                // millidegrees Celsius
	HwmonFan                 // revolutions a minute
	HwmonIn                  // millivolts
	HwmonCurr                // milliamperes
	HwmonPower               // microwatts
	HwmonEnergy              // microjoules
	HwmonHumidity            // thousandths of a percent
	HwmonFreq                // hertz
	HwmonPWM                 // 0 to 255
	HwmonIntrusion           // 0 or 1
)

var hwmonKinds = [...]struct {
	prefix string
	per    float64 // of the kernel's units in one of ours
}{
	HwmonTemp:      {"temp", 1e3},
	HwmonFan:       {"fan", 1},
	HwmonIn:        {"in", 1e3},
	HwmonCurr:      {"curr", 1e3},
	HwmonPower:     {"power", 1e6},
	HwmonEnergy:    {"energy", 1e6},
	HwmonHumidity:  {"humidity", 1e3},
	HwmonFreq:      {"freq", 1},
	HwmonPWM:       {"pwm", 1},
	HwmonIntrusion: {"intrusion", 1},
}

// String returns the prefix of the kind's file names, "temp", or "".
func (k HwmonKind) String() string {
	if int(k) >= len(hwmonKinds) {
		return ""
	}
	return hwmonKinds[k].prefix
}

// Value turns a number as the kernel prints it into degrees Celsius,
// revolutions a minute, volts, amperes, watts, joules, percent of humidity, or
// hertz.
func (k HwmonKind) Value(raw int64) float64 {
	if k == HwmonUnknown || int(k) >= len(hwmonKinds) {
		return float64(raw)
	}
	return float64(raw) / hwmonKinds[k].per
}

// HwmonName is the name of a file in /sys/class/hwmon/hwmonN
// (Documentation/hwmon/sysfs-interface.rst), taken apart.
type HwmonName struct {
	Kind  HwmonKind
	Index int    // of the channel: in starts at 0, most others at 1
	Item  string // "input", "label", "max", "crit_alarm"; empty in pwm1
}

// ParseHwmonName takes apart a name such as "temp1_input". ok is false for a
// file that belongs to no channel, such as "name" or "uevent".
func ParseHwmonName(name string) (n HwmonName, ok bool) {
	digits := strings.IndexFunc(name, func(r rune) bool { return '0' <= r && r <= '9' })
	if digits < 0 {
		return HwmonName{}, false
	}
	for k := HwmonTemp; int(k) < len(hwmonKinds); k++ {
		if hwmonKinds[k].prefix == name[:digits] {
			n.Kind = k
		}
	}
	index, item, underscore := strings.Cut(name[digits:], "_")
	if n.Kind == HwmonUnknown || underscore != (item != "") || !underscore && n.Kind != HwmonPWM {
		return HwmonName{}, false
	}
	for _, c := range []byte(index) {
		const most = 1 << 20 // channels; a longer number is no index
		if c < '0' || c > '9' || n.Index > most {
			return HwmonName{}, false
		}
		n.Index = n.Index*10 + int(c-'0')
	}
	n.Item = item
	return n, true
}

// ParseHwmonValue decodes a file of one number, in the units of its kind; that
// of a thermal zone is in millidegrees too. Drivers fail the read rather than
// print something else.
func ParseHwmonValue(b []byte) (int64, error) {
	v, ok := scan.Int(scan.Trim(b))
	if !ok {
		return 0, scan.Errorf(0, b, "a number expected")
	}
	return v, nil
}
