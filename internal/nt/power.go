package nt

import (
	"iter"

	"github.com/go-psutil/psutil/internal/wire"
)

// ProcessorPower is PROCESSOR_POWER_INFORMATION, of which CallNtPowerInformation with
// ProcessorInformation (11) returns one for each processor of the caller's group
// (ntpoapi.h of phnt; no header of the Windows SDK has it).
type ProcessorPower struct {
	Number           uint32 // within the group
	MaxMhz           uint32
	CurrentMhz       uint32 // of the state that was chosen; not measured
	MhzLimit         uint32
	MaxIdleState     uint32
	CurrentIdleState uint32
}

// EachProcessorPower iterates over the processors.
func EachProcessorPower(b []byte) iter.Seq2[ProcessorPower, error] {
	return eachRecord("processor power", b, 24, func(c *wire.Cursor) ProcessorPower {
		return ProcessorPower{Number: c.U32(), MaxMhz: c.U32(), CurrentMhz: c.U32(), MhzLimit: c.U32(),
			MaxIdleState: c.U32(), CurrentIdleState: c.U32()}
	})
}

// What batteries that do not know a number have in its place (poclass.h).
const (
	BatteryUnknown     uint32 = 0xffffffff // a capacity or a time
	BatteryUnknownRate int32  = -1 << 31
)

// BatteryState is SYSTEM_BATTERY_STATE (winnt.h), all batteries together:
// CallNtPowerInformation with SystemBatteryState (5).
type BatteryState struct {
	ACOnLine          bool
	BatteryPresent    bool
	Charging          bool
	Discharging       bool
	Tag               uint8
	MaxCapacity       uint32 // mWh
	RemainingCapacity uint32 // mWh
	Rate              int32  // mW, negative while discharging
	EstimatedTime     uint32 // seconds that are left
	DefaultAlert1     uint32 // mWh that are low
	DefaultAlert2     uint32 // mWh to warn at
}

// ParseBatteryState decodes a BatteryState.
func ParseBatteryState(b []byte) (BatteryState, error) {
	return parseRecord("battery state", b, 0, func(c *wire.Cursor) BatteryState {
		s := BatteryState{ACOnLine: c.U8() != 0, BatteryPresent: c.U8() != 0, Charging: c.U8() != 0, Discharging: c.U8() != 0}
		c.Skip(3)
		s.Tag = c.U8()
		s.MaxCapacity, s.RemainingCapacity = c.U32(), c.U32()
		s.Rate, s.EstimatedTime = c.I32(), c.U32()
		s.DefaultAlert1, s.DefaultAlert2 = c.U32(), c.U32()
		return s
	})
}

// Values of the fields of [PowerStatus].
const (
	ACOffline uint8 = 0
	ACOnline  uint8 = 1
	ACBackup  uint8 = 2 // a backup supply

	BatteryHigh     uint8 = 1
	BatteryLow      uint8 = 2
	BatteryCritical uint8 = 4
	BatteryCharging uint8 = 8
	BatteryNone     uint8 = 128

	PowerUnknown uint8 = 255 // any of the first three fields
)

// PowerStatus is SYSTEM_POWER_STATUS (winbase.h): GetSystemPowerStatus.
type PowerStatus struct {
	ACLineStatus        uint8
	BatteryFlag         uint8  // bits, unless it is PowerUnknown
	BatteryLifePercent  uint8  // 0 to 100, or PowerUnknown
	SystemStatusFlag    uint8  // 1 while saving power; 0 before Windows 10
	BatteryLifeTime     uint32 // seconds, or BatteryUnknown, as while it is charged
	BatteryFullLifeTime uint32 // likewise, when full
}

// ParsePowerStatus decodes a PowerStatus.
func ParsePowerStatus(b []byte) (PowerStatus, error) {
	return parseRecord("power status", b, 0, func(c *wire.Cursor) PowerStatus {
		return PowerStatus{ACLineStatus: c.U8(), BatteryFlag: c.U8(), BatteryLifePercent: c.U8(), SystemStatusFlag: c.U8(),
			BatteryLifeTime: c.U32(), BatteryFullLifeTime: c.U32()}
	})
}
