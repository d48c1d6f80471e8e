package nt

import "testing"

func TestEachProcessorPower(t *testing.T) {
	b := systemU32(0, 2445, 2444, 2443, 5, 6, 1, 2, 3, 4, 5, 0xffffffff)
	checkRecords(t, b, 24, []ProcessorPower{
		{Number: 0, MaxMhz: 2445, CurrentMhz: 2444, MhzLimit: 2443, MaxIdleState: 5, CurrentIdleState: 6},
		{Number: 1, MaxMhz: 2, CurrentMhz: 3, MhzLimit: 4, MaxIdleState: 5, CurrentIdleState: 0xffffffff},
	}, EachProcessorPower)
}

func TestParseBatteryState(t *testing.T) {
	b := systemStruct(8, []byte{0, 1, 0, 2, 0xee, 0xee, 0xee, 9}, uint32(45000), uint32(27000), int32(-15000), uint32(6480), uint32(1), uint32(2))
	checkRecord(t, b, 0, BatteryState{BatteryPresent: true, Discharging: true, Tag: 9, MaxCapacity: 45000, RemainingCapacity: 27000,
		Rate: -15000, EstimatedTime: 6480, DefaultAlert1: 1, DefaultAlert2: 2}, ParseBatteryState)

	b = systemStruct(8, []byte{1, 0, 1, 0, 0, 0, 0, 0}, BatteryUnknown, uint32(0), BatteryUnknownRate, BatteryUnknown, uint32(0), uint32(0))
	checkRecord(t, b, 0, BatteryState{ACOnLine: true, Charging: true, MaxCapacity: 0xffffffff, Rate: -0x80000000, EstimatedTime: 0xffffffff},
		ParseBatteryState)
}

func TestParsePowerStatus(t *testing.T) {
	b := systemStruct(4, []byte{ACOnline, BatteryHigh | BatteryCharging, 60, 1}, uint32(6480), BatteryUnknown)
	checkRecord(t, b, 0, PowerStatus{ACLineStatus: 1, BatteryFlag: 9, BatteryLifePercent: 60, SystemStatusFlag: 1,
		BatteryLifeTime: 6480, BatteryFullLifeTime: 0xffffffff}, ParsePowerStatus)
}

func FuzzProcessorPower(f *testing.F) { fuzzRecords(f, 24, EachProcessorPower) }

func FuzzBatteryState(f *testing.F) { fuzzRecord(f, 32, ParseBatteryState) }

func FuzzPowerStatus(f *testing.F) { fuzzRecord(f, 12, ParsePowerStatus) }
