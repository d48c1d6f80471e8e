package psutil_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"math"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/go-psutil/psutil"
	"github.com/go-psutil/psutil/internal/fixture"
)

// psutilBelow runs pythonPsutil's code where a fixture's files stand in the
// place of the machine's own.
func psutilBelow(t *testing.T, dir, code string, result any) {
	t.Helper()
	script := "set -e\n"
	for _, name := range []string{"sys", "run", "proc/diskstats", "proc/stat"} {
		if _, err := os.Stat(filepath.Join(dir, name)); err == nil {
			script += fmt.Sprintf("mount --bind %q %q\n", filepath.Join(dir, name), "/"+name)
		}
	}
	script += `exec /usr/bin/python3 -c "$0"`
	cmd := exec.Command(needTool(t, "unshare"), "--mount", "--propagation", "private", "/bin/sh", "-c", script, "import json, psutil\n"+code)
	var stderr bytes.Buffer
	cmd.Stderr = &stderr
	out, err := cmd.Output()
	if err != nil {
		missing(t, fmt.Sprintf("psutil in a mount namespace: %v\n%s", err, &stderr))
	}
	if err := json.Unmarshal(out, result); err != nil {
		t.Fatalf("psutil printed %q: %v", out, err)
	}
}

const (
	noTempLimits = "min,lowest,highest,emergency"
	pci          = "/sys/devices/pci0000:00/"
)

func TestSensorsTemperaturesReplay(t *testing.T) {
	s := replay(t, "hwmon.txtar")
	core := psutil.Temperature{Chip: "coretemp", Device: "/sys/devices/platform/coretemp.0/hwmon/hwmon0", Missing: noTempLimits}
	with := func(base psutil.Temperature, label string, current, high, critical float64, missing psutil.Missing) psutil.Temperature {
		base.Label, base.Current, base.High, base.Critical, base.Missing = label, current, high, critical, missing
		return base
	}
	hot := with(core, "Core 0", 101, 80, 100, noTempLimits)
	hot.Alarm = true
	nvme := psutil.Temperature{Chip: "nvme", Device: pci + "0000:00:1d.0/0000:03:00.0/nvme/nvme0/hwmon2"}
	composite := with(nvme, "Composite", 36.85, 81.85, 84.85, "lowest,highest,emergency")
	composite.Min = -273.15
	other := psutil.Temperature{Chip: "nvme", Device: pci + "0000:00:1e.0/0000:04:00.0/nvme/nvme1/hwmon10"}
	gpu := psutil.Temperature{Chip: "amdgpu", Device: pci + "0000:00:03.1/0000:07:00.0/hwmon/hwmon5"}
	edge := with(gpu, "edge", 52, 0, 100, "high,min,lowest,highest,alarm")
	edge.Emergency = 105
	disk := psutil.Temperature{Chip: "drivetemp", Device: pci + "0000:00:17.0/ata1/host0/target0:0:0/0:0:0:0/hwmon/hwmon3"}
	disk = with(disk, "", 31, 0, 0, "high,critical,min,emergency,alarm")
	disk.Lowest, disk.Highest = 19, 44
	const none = "high,critical," + noTempLimits + ",alarm"
	want := []psutil.Temperature{
		edge,
		with(core, "Package id 0", 48, 80, 100, noTempLimits),
		hot,
		with(core, "Core 8", 45.5, 0, 100, "high,"+noTempLimits+",alarm"),
		disk,
		with(psutil.Temperature{Chip: "nct6798", Device: "/sys/devices/platform/nct6775.656/hwmon/hwmon4"}, "AUXTIN0", 0, 0, 0, "current,"+none),
		composite,
		with(nvme, "", -5.15, 0, 0, none),
		with(other, "", 40.85, 0, 0, none),
	}
	got, err := s.SensorsTemperatures()
	// What is no number is reported; what can't be read is not.
	if err == nil || !strings.Contains(err.Error(), "temp7_input: a number expected") || strings.Count(err.Error(), "\n") != 0 {
		t.Errorf("error %v", err)
	}
	for i := range max(len(got), len(want)) {
		switch {
		case i >= len(want):
			t.Errorf("too much: %+v", got[i])
		case i >= len(got):
			t.Errorf("not there: %+v", want[i])
		case got[i] != want[i]:
			t.Errorf("\ngot  %+v\nwant %+v", got[i], want[i])
		}
	}
}

func TestThermalZonesReplay(t *testing.T) {
	got, err := replay(t, "thermal.txtar").SensorsTemperatures()
	const rest = "min,lowest,highest,emergency,alarm"
	want := []psutil.Temperature{
		{Chip: "acpitz", Current: -1.5, Device: "/sys/devices/virtual/thermal/thermal_zone1", Missing: rest + ",high,critical"},
		{Chip: "acpitz", Current: 30, Device: "/sys/class/thermal/thermal_zone10", Missing: rest + ",high"},
		{Chip: "cpu-thermal", Current: 51.121, High: 85, Critical: 110, Device: "/sys/devices/virtual/thermal/thermal_zone0", Missing: rest},
	}
	if err != nil || !slices.Equal(got, want) {
		t.Errorf("%v\ngot  %+v\nwant %+v", err, got, want)
	}
}

func TestSensorsFansReplay(t *testing.T) {
	got, err := replay(t, "hwmon.txtar").SensorsFans()
	const device = "/sys/devices/platform/nct6775.656/hwmon/hwmon4"
	want := []psutil.Fan{
		{Label: "CPU fan", Current: 1204, Chip: "nct6798", Min: 300, Device: device, Missing: "max,target"},
		{Current: 0, Chip: "nct6798", Max: 4000, Target: 900, Alarm: true, Device: device, Missing: "min"},
		{Chip: "nct6798", Device: device, Missing: "current,min,max,target,alarm"},
		{Current: 2400, Chip: "thinkpad", Device: "/sys/devices/platform/thinkpad_hwmon/hwmon/hwmon7", Missing: "min,max,target,alarm"},
	}
	if err != nil || !slices.Equal(got, want) {
		t.Errorf("%v\ngot  %+v\nwant %+v", err, got, want)
	}
}

func TestSensorReadingsReplay(t *testing.T) {
	s := replay(t, "hwmon.txtar")
	const (
		board = "/sys/devices/platform/nct6775.656/hwmon/hwmon4"
		gpu   = pci + "0000:00:03.1/0000:07:00.0/hwmon/hwmon5"
		ina   = pci + "0000:00:1f.4/i2c-0/0-0040/hwmon/hwmon6"
		none  = "min,max,critical,average,lowest,highest,alarm"
	)
	tests := []struct {
		call func() ([]psutil.SensorReading, error)
		want []psutil.SensorReading
	}{
		{s.SensorsVoltages, []psutil.SensorReading{
			{Label: "Vcore", Current: 1.24, Max: 1.744, Kind: psutil.SensorVoltage, Chip: "nct6798", Device: board, Missing: "critical,average,lowest,highest"},
			{Current: -12.032, Kind: psutil.SensorVoltage, Chip: "nct6798", Device: board, Missing: none},
		}},
		{s.SensorsCurrents, []psutil.SensorReading{
			{Current: 1.525, Critical: 5, Kind: psutil.SensorCurrent, Chip: "ina226", Device: ina, Missing: "min,max,average,lowest,highest"},
		}},
		{s.SensorsPowers, []psutil.SensorReading{
			{Label: "slowPPT", Current: 31.25, Average: 31.25, Kind: psutil.SensorPower, Chip: "amdgpu", Device: gpu, Missing: "min,max,critical,lowest,highest,alarm"},
			{Current: 18.375, Highest: 22, Kind: psutil.SensorPower, Chip: "ina226", Device: ina, Missing: "min,max,critical,average,lowest,alarm"},
		}},
		{s.SensorsEnergies, []psutil.SensorReading{
			{Current: 9000000.000123, Kind: psutil.SensorEnergy, Chip: "ina226", Device: ina, Missing: none},
		}},
		{s.SensorsHumidities, []psutil.SensorReading{
			{Current: 41.375, Kind: psutil.SensorHumidity, Chip: "ina226", Device: ina, Missing: none},
		}},
	}
	for _, tt := range tests {
		got, err := tt.call()
		if err != nil || !slices.Equal(got, tt.want) {
			t.Errorf("%v\ngot  %+v\nwant %+v", err, got, tt.want)
		}
	}
}

// TestSensorsElsewhere has the places where drivers and containers have put
// what belongs in /sys/class/hwmon.
func TestSensorsElsewhere(t *testing.T) {
	s := replayArchive(t, []byte(`-- proc (dir) --
-- sys/class/hwmon/hwmon0/device/name --
k10temp
-- sys/class/hwmon/hwmon0/device/temp1_input --
30000
-- sys/devices/platform/coretemp.1/hwmon/hwmon3/name --
coretemp
-- sys/devices/platform/coretemp.1/hwmon/hwmon3/temp1_input --
50000
-- sys/devices/platform/coretemp.1/name --
not this
-- sys/class/thermal/thermal_zone0/temp --
1000
-- sys/class/thermal/thermal_zone0/type --
not this either
`))
	got, err := s.SensorsTemperatures()
	const none = "high,critical,min,lowest,highest,emergency,alarm"
	want := []psutil.Temperature{
		{Chip: "coretemp", Current: 50, Device: "/sys/devices/platform/coretemp.1/hwmon/hwmon3", Missing: none},
		{Chip: "k10temp", Current: 30, Device: "/sys/class/hwmon/hwmon0", Missing: none},
	}
	if err != nil || !slices.Equal(got, want) {
		t.Errorf("%v\ngot  %+v\nwant %+v", err, got, want)
	}

	// A machine without anything has nothing, and that is no error.
	s = replayArchive(t, []byte("-- proc (dir) --\n"))
	if got, err := s.SensorsTemperatures(); err != nil || len(got) != 0 {
		t.Errorf("temperatures: %v, %v", got, err)
	}
	if got, err := s.SensorsFans(); err != nil || len(got) != 0 {
		t.Errorf("fans: %v, %v", got, err)
	}
	if got, err := s.SensorsVoltages(); err != nil || len(got) != 0 {
		t.Errorf("voltages: %v, %v", got, err)
	}
	if got, err := s.SensorsBatteries(); err != nil || len(got) != 0 {
		t.Errorf("batteries: %v, %v", got, err)
	}
	if got, err := s.SensorsBattery(); !errors.Is(err, psutil.ErrNotSupported) {
		t.Errorf("battery: %v, %v", got, err)
	}
}

// TestSensorsPsutil compares with psutil, with the fixture in the place of
// /sys.
func TestSensorsPsutil(t *testing.T) {
	for _, name := range []string{"hwmon.txtar", "thermal.txtar"} {
		t.Run(strings.TrimSuffix(name, ".txtar"), func(t *testing.T) {
			archive, err := os.ReadFile("testdata/linux/" + name)
			if err != nil {
				t.Fatal(err)
			}
			dir := fixture.Tree(t, archive)
			s, err := psutil.New(psutil.WithRoot(dir))
			if err != nil {
				t.Fatal(err)
			}
			var theirs struct {
				Temps map[string][]struct {
					Label                   string
					Current, High, Critical *float64
				}
				Fans map[string][]struct {
					Label   string
					Current int
				}
			}
			psutilBelow(t, dir, `print(json.dumps({
				"temps": {k: [x._asdict() for x in v] for k, v in psutil.sensors_temperatures().items()},
				"fans": {k: [x._asdict() for x in v] for k, v in psutil.sensors_fans().items()}}))`, &theirs)
			var got, want []string
			show := func(chip, label string, values ...*float64) string {
				s := fmt.Sprintf("%s %q", chip, label)
				for _, v := range values {
					if v == nil {
						s += " none"
					} else {
						s += fmt.Sprintf(" %g", *v)
					}
				}
				return s
			}
			for chip, list := range theirs.Temps {
				for _, v := range list {
					// psutil does not know "hot", and some versions divide the
					// critical temperature once for each trip point.
					if chip == "cpu-thermal" {
						v.High, v.Critical = nil, nil
					}
					want = append(want, show(chip, v.Label, v.Current, v.High, v.Critical))
				}
			}
			temps, _ := s.SensorsTemperatures()
			for _, v := range temps {
				high, critical := &v.High, &v.Critical
				switch noHigh, noCritical := v.Missing.Has("high") || v.High == 0, v.Missing.Has("critical") || v.Critical == 0; {
				case noHigh && noCritical && v.Missing.Has("high") && v.Missing.Has("critical"):
					high, critical = nil, nil
				case noHigh && !noCritical: // psutil makes up for it
					high = critical
				case noCritical && !noHigh:
					critical = high
				case v.Missing.Has("high"):
					high = nil
				}
				if v.Chip == "cpu-thermal" { // see above
					high, critical = nil, nil
				}
				if v.Chip == "acpitz" && v.Current == -1.5 { // psutil takes a point that is switched off
					off := -274.0
					high, critical = &off, &off
				}
				if v.Missing.Has("current") { // psutil does not look at temp1_fault
					v.Current = -128
				}
				got = append(got, show(v.Chip, v.Label, &v.Current, high, critical))
			}
			slices.Sort(got)
			slices.Sort(want)
			if !slices.Equal(got, want) {
				t.Errorf("temperatures:\ngot    %v\npsutil %v", got, want)
			}

			got, want = nil, nil
			for chip, list := range theirs.Fans {
				for _, v := range list {
					want = append(want, fmt.Sprintf("%s %q %d", chip, v.Label, v.Current))
				}
			}
			fans, err := s.SensorsFans()
			if err != nil {
				t.Error(err)
			}
			for _, v := range fans {
				if v.Missing.Has("current") { // psutil does not look at fan4_fault
					v.Current = 65535
				}
				if v.Chip != "thinkpad" { // psutil has either old drivers or new ones
					got = append(got, fmt.Sprintf("%s %q %d", v.Chip, v.Label, v.Current))
				}
			}
			slices.Sort(got)
			slices.Sort(want)
			if !slices.Equal(got, want) {
				t.Errorf("fans:\ngot    %v\npsutil %v", got, want)
			}
		})
	}
}

// supply writes a directory of /sys/class/power_supply: its uevent file, and a
// file for each property, as psutil reads them.
func supply(name string, properties ...string) string {
	var files, uevent strings.Builder
	for _, p := range properties {
		key, value, _ := strings.Cut(p, "=")
		fmt.Fprintf(&files, "-- sys/class/power_supply/%s/%s --\n%s\n", name, key, value)
		fmt.Fprintf(&uevent, "POWER_SUPPLY_%s=%s\n", strings.ToUpper(key), value)
	}
	return files.String() + "-- sys/class/power_supply/" + name + "/uevent --\nDEVTYPE=power_supply\nPOWER_SUPPLY_NAME=" + name + "\n" + uevent.String()
}

func TestSensorsBatteryReplay(t *testing.T) {
	const (
		unknown   = psutil.BatteryTimeUnknown
		unlimited = psutil.BatteryTimeUnlimited
	)
	bat := func(properties ...string) string {
		return supply("BAT0", append([]string{"type=Battery", "present=1"}, properties...)...)
	}
	ac := func(online string) string { return supply("AC", "type=Mains", "online="+online) }
	tests := []struct {
		name, tree string
		percent    float64
		left       time.Duration
		plugged    bool
		missing    psutil.Missing // of the three
		status     psutil.BatteryStatus
		peer       string // "" if psutil says the same, else why it does not
	}{
		{"Charging", bat("status=Charging", "energy_now=20000000", "energy_full=50000000", "power_now=30000000") + ac("1"),
			40, unlimited, true, "", psutil.BatteryCharging, ""},
		{"Discharging", bat("status=Discharging", "energy_now=25000000", "energy_full=50000000", "power_now=10000000") + ac("0"),
			50, 150 * time.Minute, false, "", psutil.BatteryDischarging, ""},
		{"FullOnAC", bat("status=Full", "energy_now=50000000", "energy_full=50000000", "power_now=0") + ac("1"),
			100, unlimited, true, "", psutil.BatteryFull, ""},
		{"NotCharging", bat("status=Not charging", "energy_now=40000000", "energy_full=50000000", "power_now=0") + ac("1"),
			80, unlimited, true, "", psutil.BatteryNotCharging, ""},
		{"NoRate", bat("status=Discharging", "energy_now=25000000", "energy_full=50000000") + ac("0"),
			50, unknown, false, "", psutil.BatteryDischarging, ""},
		{"ZeroRate", bat("status=Discharging", "energy_now=25000000", "energy_full=50000000", "power_now=0") + ac("0"),
			50, unknown, false, "", psutil.BatteryDischarging, ""},
		{"Charge", bat("status=Discharging", "charge_now=1500000", "charge_full=4000000", "current_now=1000000") + ac("0"),
			37.5, 90 * time.Minute, false, "", psutil.BatteryDischarging, ""},
		{"NegativeCurrent", bat("status=Discharging", "charge_now=1500000", "charge_full=4000000", "current_now=-1000000") + ac("0"),
			37.5, 90 * time.Minute, false, "", psutil.BatteryDischarging, "psutil takes the sign for the direction of time"},
		{"EnergyAndCurrent", bat("status=Discharging", "energy_now=30000000", "energy_full=60000000", "current_now=1000000", "voltage_now=10000000") + ac("0"),
			50, 3 * time.Hour, false, "", psutil.BatteryDischarging, "psutil divides watt-hours by amperes"},
		{"CapacityOnly", bat("status=Discharging", "capacity=77"),
			77, unknown, false, "", psutil.BatteryDischarging, ""},
		{"CapacityAndTime", bat("status=Discharging", "capacity=77", "time_to_empty_now=600"),
			77, 10 * time.Minute, false, "", psutil.BatteryDischarging, "psutil takes the seconds for minutes"},
		{"EnergyFullZero", bat("status=Discharging", "energy_now=1", "energy_full=0"),
			0, unknown, false, "percent", psutil.BatteryDischarging, "psutil has 0%"},
		{"EnergyFullZeroButCapacity", bat("status=Discharging", "energy_now=1", "energy_full=0", "capacity=5"),
			5, unknown, false, "", psutil.BatteryDischarging, "psutil has 0%"},
		{"MoreThanFull", bat("status=Full", "energy_now=51000000", "energy_full=50000000"),
			100, unlimited, true, "", psutil.BatteryFull, "psutil has 102%"},
		{"StatusCharging", bat("status=Charging", "capacity=10"),
			10, unlimited, true, "", psutil.BatteryCharging, ""},
		{"StatusUnknown", bat("status=Unknown", "capacity=10"),
			10, unknown, false, "power_plugged", psutil.BatteryUnknown, ""},
		{"NoStatus", bat("capacity=10"),
			10, unknown, false, "power_plugged", psutil.BatteryUnknown, ""},
		{"Nothing", bat("status=Discharging"),
			0, unknown, false, "percent", psutil.BatteryDischarging, "psutil has no battery"},
		{"OtherNameOfAC", bat("status=Discharging", "capacity=10") + supply("ADP1", "type=Mains", "online=1"),
			10, unlimited, true, "", psutil.BatteryDischarging, "psutil knows AC and AC0 only"},
		{"USBC", bat("status=Charging", "capacity=10") + supply("AC", "type=Mains", "online=0") + supply("ucsi-source-psy-USBC000:001", "type=USB", "online=1"),
			10, unlimited, true, "", psutil.BatteryCharging, "psutil knows AC and AC0 only"},
		{"AC0", bat("status=Discharging", "capacity=10") + supply("AC0", "type=Mains", "online=1"),
			10, unlimited, true, "", psutil.BatteryDischarging, ""},
		{"TwoBatteries", supply("BAT1", "type=Battery", "status=Discharging", "capacity=20") + bat("status=Discharging", "capacity=10"),
			10, unknown, false, "", psutil.BatteryDischarging, ""},
		{"AfterMouse", bat("status=Discharging", "capacity=10") + supply("A_battery_0", "type=Battery", "scope=Device", "status=Charging", "capacity=90"),
			10, unknown, false, "", psutil.BatteryDischarging, "psutil takes the mouse"},
	}
	roots := make(map[string]string)
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			s := replayArchive(t, []byte("-- proc (dir) --\n"+tt.tree))
			b, err := s.SensorsBattery()
			if err != nil {
				t.Fatal(err)
			}
			if b.Name != "BAT0" || math.Abs(b.Percent-tt.percent) > 1e-9 || b.TimeLeft != tt.left || b.PowerPlugged != tt.plugged || b.Status != tt.status ||
				b.Missing.Has("percent") != tt.missing.Has("percent") || b.Missing.Has("power_plugged") != tt.missing.Has("power_plugged") {
				t.Errorf("got %+v", b)
			}
		})
		if tt.peer == "" {
			roots[tt.name] = fixture.Tree(t, []byte(tt.tree))
		}
	}
	t.Run("Psutil", func(t *testing.T) {
		in, _ := json.Marshal(roots)
		theirs := make(map[string]struct {
			Percent       float64
			SecsLeft      int64
			Power_Plugged *bool
		})
		pythonPsutil(t, `
out = {}
for name, root in json.loads('''`+string(in)+`''').items():
    psutil._psplatform.POWER_SUPPLY_PATH = root + "/sys/class/power_supply"
    out[name] = psutil.sensors_battery()._asdict()
print(json.dumps(out))`, &theirs)
		for _, tt := range tests {
			their, found := theirs[tt.name]
			if found != (tt.peer == "") {
				t.Errorf("%s: found %v", tt.name, found)
			}
			if !found {
				continue
			}
			plugged := their.Power_Plugged
			if math.Abs(their.Percent-tt.percent) > 1e-9 || their.SecsLeft != int64(tt.left/time.Second) ||
				(plugged == nil) != tt.missing.Has("power_plugged") || plugged != nil && *plugged != tt.plugged {
				t.Errorf("%s: psutil %+v", tt.name, their)
			}
		}
	})
}

func TestSensorsBatteriesReplay(t *testing.T) {
	s := replayArchive(t, []byte("-- proc (dir) --\n"+
		supply("BAT1", "type=Battery", "present=1", "status=Discharging", "energy_now=10000000", "energy_full=20000000", "power_now=5000000")+
		supply("BAT0", "type=Battery", "present=1", "status=Full", "technology=Li-poly", "cycle_count=312", "voltage_now=12345000",
			"charge_full_design=4700000", "charge_full=4200000", "charge_now=4100000", "current_now=-250000", "capacity=97", "capacity_level=Normal",
			"model_name=DELL 1V2F6", "manufacturer=SMP ", "serial_number=", "temp=301", "health=Good", "energy_full_design=57000000")+
		supply("BAT2", "type=Battery", "present=0")+
		supply("AC", "type=Mains", "online=0")+
		supply("ups0", "type=UPS", "status=Full", "capacity=100")+
		supply("hidpp_battery_0", "type=Battery", "scope=Device", "status=Discharging", "capacity=55")+
		supply("Absent")+
		// A driver that fails for one property prints no uevent at all.
		"-- sys/class/power_supply/BAT3/uevent --\n-- sys/class/power_supply/BAT3/type --\nBattery\n-- sys/class/power_supply/BAT3/status --\nCharging\n"+
		"-- sys/class/power_supply/BAT3/capacity --\n42\n-- sys/class/power_supply/BAT3/charge_now (dir) --\n"+
		// And one that is at fault prints nonsense.
		"-- sys/class/power_supply/BAT4/uevent --\nPOWER_SUPPLY_TYPE=Battery\nPOWER_SUPPLY_CAPACITY=half\nPOWER_SUPPLY_STATUS=Full\n"))
	got, err := s.SensorsBatteries()
	if err == nil || !strings.Contains(err.Error(), "power_supply/BAT4/uevent: line 2: a number expected") || strings.Contains(err.Error(), "\n") {
		t.Errorf("error %v", err)
	}
	const (
		details = "cycle_count,capacity_level,health,technology,manufacturer,model,serial"
		charge  = "charge,charge_full,charge_full_design"
		energy  = "energy,energy_full,energy_full_design"
		live    = "power,current,voltage,temperature"
	)
	want := []psutil.Battery{
		{
			Percent: 100 * 4.1 / 4.2, TimeLeft: 16*time.Hour + 24*time.Minute, Name: "BAT0", Status: psutil.BatteryFull, EnergyFullDesign: 57,
			Charge: 4.1, ChargeFull: 4.2, ChargeFullDesign: 4.7, Current: 0.25, Voltage: 12.345, Temperature: 30.1, CycleCount: 312,
			CapacityLevel: "Normal", Health: "Good", Technology: "Li-poly", Manufacturer: "SMP", Model: "DELL 1V2F6", Missing: "energy,energy_full,power,serial",
		},
		{
			Percent: 50, TimeLeft: 2 * time.Hour, Name: "BAT1", Status: psutil.BatteryDischarging, Energy: 10, EnergyFull: 20, Power: 5,
			Missing: "energy_full_design," + charge + ",current,voltage,temperature," + details,
		},
		{Percent: 42, TimeLeft: psutil.BatteryTimeUnknown, Name: "BAT3", Status: psutil.BatteryCharging, Missing: energy + "," + charge + "," + live + "," + details},
		{TimeLeft: psutil.BatteryTimeUnknown, Name: "BAT4", Status: psutil.BatteryFull, Missing: "percent," + energy + "," + charge + "," + live + "," + details},
		{Percent: 100, TimeLeft: psutil.BatteryTimeUnknown, Name: "ups0", Status: psutil.BatteryFull, Missing: energy + "," + charge + "," + live + "," + details},
		{Percent: 55, TimeLeft: psutil.BatteryTimeUnknown, Name: "hidpp_battery_0", Status: psutil.BatteryDischarging, Peripheral: true, Missing: energy + "," + charge + "," + live + "," + details},
	}
	for i := range max(len(got), len(want)) {
		switch {
		case i >= len(want):
			t.Errorf("too much: %+v", got[i])
		case i >= len(got):
			t.Errorf("not there: %+v", want[i])
		default:
			if math.Abs(got[i].Percent-want[i].Percent) < 1e-9 {
				got[i].Percent = want[i].Percent
			}
			if got[i] != want[i] {
				t.Errorf("\ngot  %+v\nwant %+v", got[i], want[i])
			}
		}
	}
	// A mouse is not the machine's battery.
	s = replayArchive(t, []byte("-- proc (dir) --\n"+supply("hidpp_battery_0", "type=Battery", "scope=Device", "status=Discharging", "capacity=55")))
	if b, err := s.SensorsBattery(); !errors.Is(err, psutil.ErrNotSupported) || !errors.Is(err, errors.ErrUnsupported) {
		t.Errorf("only a mouse: got %v, %v", b, err)
	}
}

func TestSensorsHere(t *testing.T) {
	// Whatever this machine has, psutil has as many.
	var theirs struct{ Temps, Fans, Batteries int }
	pythonPsutil(t, `
try:
    battery = psutil.sensors_battery()
except FileNotFoundError:
    battery = None
print(json.dumps({"temps": sum(map(len, psutil.sensors_temperatures().values())),
    "fans": sum(map(len, psutil.sensors_fans().values())), "batteries": 0 if battery is None else 1}))`, &theirs)
	temps, err := psutil.SensorsTemperatures()
	if err != nil || len(temps) != theirs.Temps {
		t.Errorf("%d temperatures, %v, psutil %d", len(temps), err, theirs.Temps)
	}
	fans, err := psutil.SensorsFans()
	if err != nil || len(fans) < theirs.Fans {
		t.Errorf("%d fans, %v, psutil %d", len(fans), err, theirs.Fans)
	}
	batteries, err := psutil.SensorsBatteries()
	if err != nil || len(batteries) < theirs.Batteries {
		t.Errorf("%d batteries, %v, psutil %d", len(batteries), err, theirs.Batteries)
	}
	battery, err := psutil.SensorsBattery()
	if theirs.Batteries == 0 && len(batteries) == 0 && !errors.Is(err, psutil.ErrNotSupported) {
		t.Errorf("no battery: %v, %v", battery, err)
	}
	for kind, read := range []func() ([]psutil.SensorReading, error){
		psutil.SensorVoltage: psutil.SensorsVoltages, psutil.SensorCurrent: psutil.SensorsCurrents, psutil.SensorPower: psutil.SensorsPowers,
		psutil.SensorEnergy: psutil.SensorsEnergies, psutil.SensorHumidity: psutil.SensorsHumidities,
	} {
		readings, err := read()
		if err != nil {
			t.Error(err)
		}
		for _, r := range readings {
			if r.Kind != psutil.SensorKind(kind) || r.Chip == "" {
				t.Errorf("among those of %v: %v", psutil.SensorKind(kind), r)
			}
		}
	}
}

// TestSensorsUnreadable tells what can't be looked into from what is not there.
func TestSensorsUnreadable(t *testing.T) {
	s := replayArchive(t, []byte(`-- proc (dir) --
-- sys/class/hwmon --
-> hwmon
-- sys/class/power_supply --
-> power_supply
-- sys/class/thermal/thermal_zone0/temp --
1000
-- sys/class/thermal/thermal_zone0/type --
soc
`))
	unreadable := func(what string, n int, err error, want int, dir string) {
		t.Helper()
		e, ok := errors.AsType[*fs.PathError](err)
		if n != want || !errors.Is(err, syscall.ELOOP) || !ok || !strings.HasSuffix(e.Path, dir) {
			t.Errorf("%s: %d, %v, want %d and an error about %s", what, n, err, want, dir)
		}
	}
	temps, err := s.SensorsTemperatures()
	unreadable("temperatures", len(temps), err, 1, "/sys/class/hwmon")
	fans, err := s.SensorsFans()
	unreadable("fans", len(fans), err, 0, "/sys/class/hwmon")
	volts, err := s.SensorsVoltages()
	unreadable("voltages", len(volts), err, 0, "/sys/class/hwmon")
	all, err := s.SensorsBatteries()
	unreadable("batteries", len(all), err, 0, "/sys/class/power_supply")
	_, err = s.SensorsBattery()
	unreadable("battery", 0, err, 0, "/sys/class/power_supply")

	// One chip, zone or supply that can't be looked into does not hide others.
	s = replayArchive(t, []byte(`-- proc (dir) --
-- sys/class/hwmon/hwmon0 --
-> hwmon0
-- sys/class/hwmon/hwmon1/name --
k10temp
-- sys/class/hwmon/hwmon1/temp1_input --
30000
-- sys/class/power_supply/BAT0 --
-> BAT0
-- sys/class/power_supply/BAT1/uevent --
POWER_SUPPLY_TYPE=Battery
POWER_SUPPLY_CAPACITY=50
-- sys/class/power_supply/file --
not a directory
`))
	temps, err = s.SensorsTemperatures()
	unreadable("temperatures", len(temps), err, 1, "/sys/class/hwmon/hwmon0")
	all, err = s.SensorsBatteries()
	unreadable("batteries", len(all), err, 1, "/sys/class/power_supply/BAT0")

	// A file in the place of a directory is none.
	s = replayArchive(t, []byte("-- proc (dir) --\n-- sys/class --\nfile\n"))
	if temps, err := s.SensorsTemperatures(); err != nil || len(temps) != 0 {
		t.Errorf("temperatures: %v, %v", temps, err)
	}
	if all, err := s.SensorsBatteries(); err != nil || len(all) != 0 {
		t.Errorf("batteries: %v, %v", all, err)
	}
}
