package linux

import (
	"cmp"
	"slices"
	"strconv"
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

// Inputs returns what the file of a channel's current value may be called, the
// better one first.
func (k HwmonKind) Inputs() []string {
	if k == HwmonPower {
		return hwmonInputs[:]
	}
	return hwmonInputs[:1:1]
}

var hwmonInputs = [...]string{"input", "average"}

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

// HwmonChannel is one sensor of a chip.
type HwmonChannel struct {
	Kind  HwmonKind
	Index int
	Items []string // what there is a file for, such as "input", in no order
}

// HwmonChannels returns the channels of that kind which files, the names in a
// chip's directory, have a current value of, sorted by index.
func HwmonChannels(files []string, kind HwmonKind) []HwmonChannel {
	var channels []HwmonChannel
	for _, file := range files {
		n, ok := ParseHwmonName(file)
		if !ok || n.Kind != kind {
			continue
		}
		i := slices.IndexFunc(channels, func(c HwmonChannel) bool { return c.Index == n.Index })
		if i < 0 {
			i = len(channels)
			channels = append(channels, HwmonChannel{Kind: kind, Index: n.Index})
		}
		channels[i].Items = append(channels[i].Items, n.Item)
	}
	channels = slices.DeleteFunc(channels, func(c HwmonChannel) bool { return !slices.ContainsFunc(kind.Inputs(), c.Has) })
	slices.SortFunc(channels, func(a, b HwmonChannel) int { return cmp.Compare(a.Index, b.Index) })
	return channels
}

// Has reports whether there is a file for that item.
func (c HwmonChannel) Has(item string) bool { return slices.Contains(c.Items, item) }

// File returns the name of the file for that item, such as "temp1_input".
func (c HwmonChannel) File(item string) string {
	return c.Kind.String() + strconv.Itoa(c.Index) + "_" + item
}

// Alarms returns the items that say whether a limit is passed: "alarm", or one
// for each limit, such as "crit_alarm".
func (c HwmonChannel) Alarms() []string {
	var alarms []string
	for _, item := range c.Items {
		if item == "alarm" || strings.HasSuffix(item, "_alarm") {
			alarms = append(alarms, item)
		}
	}
	return alarms
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
