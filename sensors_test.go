package psutil

import (
	"errors"
	"testing"
	"time"
)

func TestTemperature(t *testing.T) {
	v := Temperature{
		Label: "Core 0", Current: 48.5, High: 80, Critical: 100, Chip: "coretemp", Min: -10, Lowest: 20, Highest: 90, Emergency: 110,
		Alarm: true, Device: "/sys/devices/platform/coretemp.0/hwmon/hwmon2",
	}
	checkGolden(t, v, `{"label":"Core 0","current":48.5,"high":80.0,"critical":100.0,"chip":"coretemp","min":-10.0,"lowest":20.0,"highest":90.0,"emergency":110.0,"alarm":true,"device":"/sys/devices/platform/coretemp.0/hwmon/hwmon2"}`)
	checkGob(t, v)
	if got, want := v.String(), `coretemp "Core 0": 48.5 (high 80, critical 100)`; got != want {
		t.Errorf("String: got %s, want %s", got, want)
	}
	f := v
	f.Current, f.High, f.Critical, f.Min, f.Lowest, f.Highest, f.Emergency = 119.3, 176, 212, 14, 68, 194, 230
	if got := v.Fahrenheit(); got != f {
		t.Errorf("Fahrenheit:\ngot  %+v\nwant %+v", got, f)
	}

	v = Temperature{Chip: "nvme", Label: "a\nb", Missing: "current,high,min,lowest,highest,emergency,alarm", Critical: 84.85}
	checkGolden(t, v, `{"label":"a\nb","current":null,"high":null,"critical":84.85,"chip":"nvme","min":null,"lowest":null,"highest":null,"emergency":null,"alarm":null,"device":""}`)
	if got, want := v.String(), `nvme "a\nb": ? (critical 84.85)`; got != want {
		t.Errorf("String: got %s, want %s", got, want)
	}
	if got := v.Fahrenheit(); got.Current != 0 || got.High != 0 || got.Critical != 84.85*9/5+32 || got.Missing != v.Missing {
		t.Errorf("Fahrenheit of what is missing: %+v", got)
	}
	v.Missing += ",critical"
	if got, want := v.String(), `nvme "a\nb": ?`; got != want {
		t.Errorf("String: got %s, want %s", got, want)
	}
}

func TestFan(t *testing.T) {
	v := Fan{Label: "cpu", Current: 2400, Chip: "thinkpad", Min: 300, Max: 4000, Target: 2000, Alarm: true, Device: "/sys/x"}
	checkGolden(t, v, `{"label":"cpu","current":2400,"chip":"thinkpad","min":300,"max":4000,"target":2000,"alarm":true,"device":"/sys/x"}`)
	checkGob(t, v)
	if got, want := v.String(), `thinkpad "cpu": 2400 RPM`; got != want {
		t.Errorf("String: got %s, want %s", got, want)
	}
	v.Missing = "current,min,target"
	checkGolden(t, v, `{"label":"cpu","current":null,"chip":"thinkpad","min":null,"max":4000,"target":null,"alarm":true,"device":"/sys/x"}`)
	if got, want := v.String(), `thinkpad "cpu": ?`; got != want {
		t.Errorf("String: got %s, want %s", got, want)
	}
}

func TestSensorReading(t *testing.T) {
	v := SensorReading{
		Label: "Vcore", Current: 1.24, Min: 0, Max: 1.744, Critical: 2, Average: 1.2, Lowest: 1, Highest: 1.5, Alarm: true,
		Kind: SensorVoltage, Chip: "nct6775", Device: "/sys/x",
	}
	checkGolden(t, v, `{"label":"Vcore","current":1.24,"min":0.0,"max":1.744,"critical":2.0,"average":1.2,"lowest":1.0,"highest":1.5,"alarm":true,"kind":"voltage","chip":"nct6775","device":"/sys/x"}`)
	checkGob(t, v)
	if got, want := v.String(), `nct6775 "Vcore": 1.24 V (min 0, max 1.744)`; got != want {
		t.Errorf("String: got %s, want %s", got, want)
	}
	v = SensorReading{Kind: SensorHumidity, Current: 41.375, Chip: "sht3x", Missing: "min,max,critical,average,lowest,highest,alarm"}
	checkGolden(t, v, `{"label":"","current":41.375,"min":null,"max":null,"critical":null,"average":null,"lowest":null,"highest":null,"alarm":null,"kind":"humidity","chip":"sht3x","device":""}`)
	if got, want := v.String(), `sht3x "": 41.375%`; got != want {
		t.Errorf("String: got %s, want %s", got, want)
	}
	if got, want := (SensorReading{Kind: 77, Missing: "min,max"}).String(), ` "": 0`; got != want {
		t.Errorf("String: got %s, want %s", got, want)
	}
	for k := SensorVoltage; k <= SensorHumidity; k++ {
		text, _ := k.MarshalText()
		var back SensorKind
		if err := back.UnmarshalText(text); err != nil || back != k {
			t.Errorf("%q: got %v, %v", text, back, err)
		}
	}
	var k SensorKind
	if err := k.UnmarshalText([]byte("luck")); !errors.Is(err, ErrInvalid) {
		t.Errorf("luck: got %v", err)
	}
}

func TestBattery(t *testing.T) {
	v := Battery{
		Percent: 82.5, TimeLeft: 2*time.Hour + 10*time.Minute + 500*time.Millisecond, PowerPlugged: false, Name: "BAT0", Status: BatteryDischarging,
		Energy: 41.25, EnergyFull: 50, EnergyFullDesign: 57, Power: 19.5, Voltage: 11.4, CycleCount: 312,
		CapacityLevel: "Normal", Health: "Good", Technology: "Li-ion", Manufacturer: "SMP", Model: "01AV430", Serial: "4711",
		Missing: "charge,charge_full,charge_full_design,current,temperature",
	}
	checkGolden(t, v, `{"percent":82.5,"secsleft":7800,"power_plugged":false,"name":"BAT0","status":"discharging","peripheral":false,"energy":41.25,"energy_full":50.0,"energy_full_design":57.0,"charge":null,"charge_full":null,"charge_full_design":null,"power":19.5,"current":null,"voltage":11.4,"temperature":null,"cycle_count":312,"capacity_level":"Normal","health":"Good","technology":"Li-ion","manufacturer":"SMP","model":"01AV430","serial":"4711"}`)
	checkGob(t, v)
	if got, want := v.String(), "BAT0: 82.5% discharging, 2h10m0.5s left"; got != want {
		t.Errorf("String: got %s, want %s", got, want)
	}
	v = Battery{
		TimeLeft: BatteryTimeUnlimited, PowerPlugged: true, Name: "BAT1", Status: BatteryNotCharging, Peripheral: true,
		Charge: 1, ChargeFull: 2, ChargeFullDesign: 3, Current: 0.5, Temperature: 30.1,
		Missing: "percent,energy,energy_full,energy_full_design,power,voltage,cycle_count,capacity_level,health,technology,manufacturer,model,serial",
	}
	checkGolden(t, v, `{"percent":null,"secsleft":-2,"power_plugged":true,"name":"BAT1","status":"not charging","peripheral":true,"energy":null,"energy_full":null,"energy_full_design":null,"charge":1.0,"charge_full":2.0,"charge_full_design":3.0,"power":null,"current":0.5,"voltage":null,"temperature":30.1,"cycle_count":null,"capacity_level":null,"health":null,"technology":null,"manufacturer":null,"model":null,"serial":null}`)
	checkGob(t, v)
	if got, want := v.String(), "BAT1: ?% not charging, plugged in"; got != want {
		t.Errorf("String: got %s, want %s", got, want)
	}
	v.TimeLeft, v.PowerPlugged, v.Missing = BatteryTimeUnknown, false, "power_plugged"
	if got, want := v.String(), "BAT1: 0.0% not charging"; got != want {
		t.Errorf("String: got %s, want %s", got, want)
	}
	for s := BatteryUnknown; s <= BatteryFull; s++ {
		text, _ := s.MarshalText()
		var back BatteryStatus
		if err := back.UnmarshalText(text); err != nil || back != s {
			t.Errorf("%q: got %v, %v", text, back, err)
		}
	}
	var s BatteryStatus
	if err := s.UnmarshalText([]byte("dead")); !errors.Is(err, ErrInvalid) {
		t.Errorf("dead: got %v", err)
	}
}
