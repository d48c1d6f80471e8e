package linux

import (
	"errors"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/go-psutil/psutil/internal/scan"
)

const uevent618 = `DEVTYPE=power_supply
POWER_SUPPLY_NAME=BAT0
POWER_SUPPLY_TYPE=Battery
POWER_SUPPLY_SCOPE=System
POWER_SUPPLY_STATUS=Not charging
POWER_SUPPLY_HEALTH=Good
POWER_SUPPLY_PRESENT=1
POWER_SUPPLY_ONLINE=2
POWER_SUPPLY_TECHNOLOGY=Li-poly
POWER_SUPPLY_CYCLE_COUNT=112
POWER_SUPPLY_VOLTAGE_MIN_DESIGN=11520000
POWER_SUPPLY_VOLTAGE_NOW=12096000
POWER_SUPPLY_POWER_NOW=-9500000
POWER_SUPPLY_CURRENT_NOW=-800000
POWER_SUPPLY_ENERGY_FULL_DESIGN=57020000
POWER_SUPPLY_ENERGY_FULL=51130000
POWER_SUPPLY_ENERGY_NOW=40904000
POWER_SUPPLY_CHARGE_FULL_DESIGN=5000000
POWER_SUPPLY_CHARGE_FULL=4500000
POWER_SUPPLY_CHARGE_NOW=3600000
POWER_SUPPLY_CAPACITY=80
POWER_SUPPLY_CAPACITY_LEVEL=Normal
POWER_SUPPLY_TEMP=-52
POWER_SUPPLY_TIME_TO_EMPTY_NOW=7200
POWER_SUPPLY_TIME_TO_FULL_NOW=3600
POWER_SUPPLY_MODEL_NAME=5B10W=139
POWER_SUPPLY_MANUFACTURER=LGC
POWER_SUPPLY_SERIAL_NUMBER= 1234
POWER_SUPPLY_FUTURE=x
`

const allPower = PowerTimeToFullNow<<1 - 1

var uevent618Want = PowerSupply{
	Has:  allPower,
	Name: []byte("BAT0"), Type: []byte("Battery"), Scope: []byte("System"), Status: []byte("Not charging"), Health: []byte("Good"),
	Technology: []byte("Li-poly"), CapacityLevel: []byte("Normal"), Manufacturer: []byte("LGC"), ModelName: []byte("5B10W=139"),
	SerialNumber: []byte("1234"),
	Online:       2, Present: 1, Capacity: 80, CycleCount: 112,
	EnergyNow: 40904000, EnergyFull: 51130000, EnergyFullDesign: 57020000, PowerNow: -9500000,
	ChargeNow: 3600000, ChargeFull: 4500000, ChargeFullDesign: 5000000, CurrentNow: -800000,
	VoltageNow: 12096000, VoltageMinDesign: 11520000, Temp: -52, TimeToEmptyNow: 7200, TimeToFullNow: 3600,
}

func TestPowerSupply(t *testing.T) {
	tests := []struct {
		name, in string
		want     PowerSupply
		badLine  int
	}{
		{"Battery", uevent618, uevent618Want, 0},
		{"Mains", "POWER_SUPPLY_NAME=AC\nPOWER_SUPPLY_TYPE=Mains\nPOWER_SUPPLY_ONLINE=0\n", PowerSupply{
			Has: PowerOnline, Name: []byte("AC"), Type: []byte("Mains"),
		}, 0},
		{"NoLastNewline", "POWER_SUPPLY_CAPACITY=50", PowerSupply{Has: PowerCapacity, Capacity: 50}, 0},
		{"BadNumber", "POWER_SUPPLY_TEMP=x\nPOWER_SUPPLY_CAPACITY=50\n", PowerSupply{Has: PowerCapacity, Capacity: 50}, 1},
		{"NoNumber", "POWER_SUPPLY_TEMP=\nPOWER_SUPPLY_CAPACITY=50\n", PowerSupply{Has: PowerCapacity, Capacity: 50}, 1},
		{"Overflow", "POWER_SUPPLY_CAPACITY=50\nPOWER_SUPPLY_TEMP=9223372036854775808\n", PowerSupply{Has: PowerCapacity, Capacity: 50}, 2},
		{"NoEquals", "POWER_SUPPLY_TEMP\n\nPOWER_SUPPLY_CAPACITY=50\n", PowerSupply{Has: PowerCapacity, Capacity: 50}, 1},
		{"NotOurs", "CAPACITY=1\nSUPPLY_CAPACITY=2\nXPOWER_SUPPLY_CAPACITY=3\n", PowerSupply{}, 0},
		{"Empty", "", PowerSupply{}, 0},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			p := uevent618Want
			err := p.Parse([]byte(tt.in))
			if !reflect.DeepEqual(p, tt.want) {
				t.Errorf("Parse\n got %+v\nwant %+v", p, tt.want)
			}
			var e *scan.SyntaxError
			line := 0
			if errors.As(err, &e) {
				line = e.Line
			}
			if line != tt.badLine || (err != nil) != (tt.badLine != 0) {
				t.Errorf("error %v, want line %d", err, tt.badLine)
			}
		})
	}
	for i := range uevent618 {
		var p PowerSupply
		_ = p.Parse([]byte(uevent618[:i])) // the last line may be half a key
		if (p.Name != nil) != (i >= strings.Index(uevent618, "=BAT0")+1) {
			t.Fatalf("cut at %d: %+v", i, p)
		}
	}
	if f := PowerOnline | PowerTemp; !f.Contains(PowerTemp) || f.Contains(PowerTemp|PowerCapacity) {
		t.Error("Contains is wrong")
	}
	b := []byte(uevent618)
	checkNoAllocs(t, func() {
		var p PowerSupply
		if p.Parse(b) != nil {
			t.Fatal("error")
		}
	})
}

// battery makes a supply of "ENERGY_NOW=1 CAPACITY=2".
func battery(t *testing.T, properties string) *PowerSupply {
	t.Helper()
	var b strings.Builder
	for p := range strings.FieldsSeq(properties) {
		b.WriteString("POWER_SUPPLY_" + strings.ReplaceAll(p, "~", " ") + "\n") // ~ is a blank
	}
	var p PowerSupply
	if err := p.Parse([]byte(b.String())); err != nil {
		t.Fatal(err)
	}
	return &p
}

func TestPowerProperties(t *testing.T) {
	b := AppendPowerProperty([]byte("DEVTYPE=power_supply\n"), "capacity", []byte("50\n"))
	if HasPowerProperties([]byte("DEVTYPE=power_supply\nPOWER_SUPPLY\n")) || !HasPowerProperties(b) {
		t.Error("HasPowerProperties is wrong")
	}
	b = AppendPowerProperty(b, "model_name", []byte("a=b\nPOWER_SUPPLY_CAPACITY=9\n"))
	b = AppendPowerProperty(b, "status", []byte("Full"))
	b = AppendPowerProperty(b, "serial_number", nil)
	const want = "DEVTYPE=power_supply\nPOWER_SUPPLY_CAPACITY=50\nPOWER_SUPPLY_MODEL_NAME=a=b\nPOWER_SUPPLY_STATUS=Full\nPOWER_SUPPLY_SERIAL_NUMBER=\n"
	if string(b) != want {
		t.Errorf("\ngot  %q\nwant %q", b, want)
	}
}

func TestPowerIsBattery(t *testing.T) {
	for in, want := range map[string]bool{
		"TYPE=Battery":           true,
		"TYPE=Battery PRESENT=1": true,
		"TYPE=UPS PRESENT=1":     true,
		"TYPE=Battery PRESENT=0": false,
		"TYPE=UPS PRESENT=0":     false,
		"TYPE=Mains PRESENT=1":   false,
		"TYPE=battery":           false,
		"":                       false,
	} {
		if got := battery(t, in).IsBattery(); got != want {
			t.Errorf("%q: %v", in, got)
		}
	}
}

func TestPowerValue(t *testing.T) {
	for f, want := range map[PowerFields]float64{
		PowerEnergyNow: 40.904, PowerEnergyFull: 51.13, PowerEnergyFullDesign: 57.02,
		PowerChargeNow: 3.6, PowerChargeFull: 4.5, PowerChargeFullDesign: 5,
		PowerPowerNow: 9.5, PowerCurrentNow: 0.8, PowerVoltageNow: 12.096, PowerTemp: -5.2,
	} {
		if got, ok := uevent618Want.Value(f); got != want || !ok {
			t.Errorf("Value(%#x) = %v, %v; want %v", f, got, ok, want)
		}
		if got, ok := new(PowerSupply).Value(f); got != 0 || ok {
			t.Errorf("Value(%#x) of none = %v, %v", f, got, ok)
		}
	}
	for _, f := range []PowerFields{0, PowerOnline, PowerPresent, PowerCapacity, PowerCycleCount, PowerVoltageMinDesign, PowerTimeToEmptyNow, PowerTimeToFullNow, PowerTemp | PowerVoltageNow} {
		if got, ok := uevent618Want.Value(f); got != 0 || ok {
			t.Errorf("Value(%#x) = %v, %v", f, got, ok)
		}
	}
	if got, ok := battery(t, "POWER_NOW=9500000").Value(PowerPowerNow); got != 9.5 || !ok {
		t.Errorf("without a sign: %v, %v", got, ok)
	}
}

func TestPowerPercent(t *testing.T) {
	for in, want := range map[string]float64{
		"ENERGY_NOW=30 ENERGY_FULL=40 CAPACITY=1":                 75,
		"CHARGE_NOW=30 CHARGE_FULL=40 CAPACITY=1":                 75,
		"ENERGY_NOW=30 ENERGY_FULL=40 CHARGE_NOW=1 CHARGE_FULL=4": 75,
		"ENERGY_NOW=1 ENERGY_FULL=3":                              100.0 / 3,
		"ENERGY_NOW=0 ENERGY_FULL=40":                             0,
		"ENERGY_NOW=41 ENERGY_FULL=40":                            100,
		"ENERGY_NOW=-1 ENERGY_FULL=40":                            0,
		"ENERGY_NOW=30 ENERGY_FULL=0 CAPACITY=66":                 66,
		"ENERGY_NOW=30 ENERGY_FULL=-5 CHARGE_NOW=1 CHARGE_FULL=4": 25,
		"ENERGY_NOW=30 CHARGE_FULL=40 CAPACITY=66":                66,
		"CAPACITY=0":   0,
		"CAPACITY=104": 100,
		"CAPACITY=-3":  0,
		"ENERGY_NOW=9223372036854775807 ENERGY_FULL=9223372036854775807": 100,
	} {
		if got, ok := battery(t, in).Percent(); got != want || !ok {
			t.Errorf("Percent of %s = %v, %v; want %v", in, got, ok, want)
		}
	}
	for _, in := range []string{"", "ENERGY_NOW=30", "ENERGY_FULL=30", "ENERGY_NOW=30 ENERGY_FULL=0", "CHARGE_NOW=3 CHARGE_FULL=0", "ENERGY_NOW=30 CHARGE_FULL=40"} {
		if got, ok := battery(t, in).Percent(); ok || got != 0 {
			t.Errorf("Percent of %q = %v, %v", in, got, ok)
		}
	}
}

func TestPowerTimeLeft(t *testing.T) {
	for in, want := range map[string]time.Duration{
		"ENERGY_NOW=60000000 POWER_NOW=30000000":                                            2 * time.Hour,
		"ENERGY_NOW=60000000 POWER_NOW=-30000000":                                           2 * time.Hour,
		"CHARGE_NOW=3000000 CURRENT_NOW=-2000000":                                           90 * time.Minute,
		"ENERGY_NOW=60000000 CURRENT_NOW=2000000 VOLTAGE_NOW=10000000":                      3 * time.Hour, // 60 Wh at 20 W
		"ENERGY_NOW=60000000 CURRENT_NOW=2000000 VOLTAGE_MIN_DESIGN=10000000":               3 * time.Hour,
		"ENERGY_NOW=60000000 CURRENT_NOW=2000000 VOLTAGE_NOW=0 VOLTAGE_MIN_DESIGN=10000000": 3 * time.Hour,
		"CHARGE_NOW=3000000 POWER_NOW=15000000 VOLTAGE_NOW=10000000":                        2 * time.Hour, // 30 Wh at 15 W
		"ENERGY_NOW=60000000 POWER_NOW=30000000 CHARGE_NOW=1 CURRENT_NOW=1":                 2 * time.Hour,
		"ENERGY_NOW=60000000 POWER_NOW=0 CHARGE_NOW=3000000 CURRENT_NOW=2000000":            90 * time.Minute,
		"ENERGY_NOW=60000000 POWER_NOW=0 TIME_TO_EMPTY_NOW=7200":                            2 * time.Hour,
		"ENERGY_NOW=60000000 CURRENT_NOW=2000000 TIME_TO_EMPTY_NOW=7200":                    2 * time.Hour, // no voltage
		"TIME_TO_EMPTY_NOW=0":                                    0,
		"ENERGY_NOW=0 POWER_NOW=30000000":                        0,
		"ENERGY_NOW=60000000 POWER_NOW=30000000 STATUS=Charging": 2 * time.Hour, // the caller's business
	} {
		if got, ok := battery(t, in).TimeLeft(); got != want || !ok {
			t.Errorf("TimeLeft of %s = %v, %v; want %v", in, got, ok, want)
		}
	}
	for _, in := range []string{
		"", "CAPACITY=50", "ENERGY_NOW=60000000", "ENERGY_NOW=60000000 POWER_NOW=0", "CHARGE_NOW=1 CURRENT_NOW=0",
		"ENERGY_NOW=60000000 CURRENT_NOW=2000000", "TIME_TO_EMPTY_NOW=-1", "ENERGY_NOW=-5 POWER_NOW=1",
		"ENERGY_NOW=9223372036854775807 POWER_NOW=1", "TIME_TO_EMPTY_NOW=9223372036854775807",
	} {
		if got, ok := battery(t, in).TimeLeft(); ok || got != 0 {
			t.Errorf("TimeLeft of %q = %v, %v", in, got, ok)
		}
	}
}

func TestPowerPlugged(t *testing.T) {
	const (
		on       = "TYPE=Mains ONLINE=1"
		off      = "TYPE=Mains ONLINE=0"
		usb      = "TYPE=USB ONLINE=2"
		usbOff   = "TYPE=USB ONLINE=0"
		mouse    = "TYPE=USB SCOPE=Device ONLINE=1"
		odd      = "TYPE=Battery ONLINE=1"
		silent   = "TYPE=Mains"
		charging = "TYPE=Battery STATUS=Charging"
	)
	for _, tt := range []struct {
		battery  string
		others   []string
		plugged  bool
		known    bool
		scenario string
	}{
		{"STATUS=Discharging", []string{on}, true, true, "the adapter decides"},
		{"STATUS=Charging", []string{off}, false, true, "so too when it is off"},
		{"STATUS=Discharging", []string{off, usb}, true, true, "any of them"},
		{"STATUS=Charging", []string{off, usbOff}, false, true, "none of them"},
		{"STATUS=Discharging", []string{mouse, odd, silent}, false, true, "these are no adapters"},
		{"STATUS=charging", []string{mouse}, true, true, "the battery decides, in any case"},
		{"STATUS=Full", nil, true, true, "full"},
		{"STATUS=DISCHARGING", nil, false, true, "discharging"},
		{"STATUS=Not~charging", nil, false, false, "a threshold, or too hot"},
		{"STATUS=Unknown", nil, false, false, "unknown"},
		{"CAPACITY=50", nil, false, false, "silent"},
		{"CAPACITY=50", []string{charging}, false, false, "another battery says nothing"},
	} {
		var all []PowerSupply
		for _, o := range tt.others {
			all = append(all, *battery(t, o))
		}
		b := battery(t, tt.battery)
		if plugged, known := b.Plugged(append(all, *b)); plugged != tt.plugged || known != tt.known {
			t.Errorf("%s: Plugged = %v, %v; want %v, %v", tt.scenario, plugged, known, tt.plugged, tt.known)
		}
	}
}

func FuzzPowerSupply(f *testing.F) {
	f.Add([]byte(uevent618))
	f.Add([]byte("POWER_SUPPLY_ENERGY_NOW=-9223372036854775808\nPOWER_SUPPLY_POWER_NOW=-9223372036854775808\n"))
	f.Fuzz(func(t *testing.T, b []byte) {
		var p PowerSupply
		_ = p.Parse(b) // whatever could be read is there
		if v, ok := p.Percent(); !(v >= 0 && v <= 100) || !ok && v != 0 {
			t.Fatalf("Percent = %v, %v", v, ok)
		}
		if d, ok := p.TimeLeft(); d < 0 || !ok && d != 0 {
			t.Fatalf("TimeLeft = %v, %v", d, ok)
		}
		for has := PowerOnline; has < allPower; has <<= 1 {
			if v, ok := p.Value(has); ok && !p.Has.Contains(has) || !ok && v != 0 {
				t.Fatalf("Value(%#x) = %v, %v", has, v, ok)
			}
		}
		if line := AppendPowerProperty(nil, "temp", b); strings.Count(string(line), "\n") != 1 || !HasPowerProperties(line) {
			t.Fatalf("%q", line)
		}
		if plugged, known := p.Plugged([]PowerSupply{p}); plugged && !known {
			t.Fatal("plugged, but not known")
		}
	})
}
