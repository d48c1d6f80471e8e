package psutil_test

import (
	"errors"
	"fmt"

	"github.com/go-psutil/psutil"
)

func ExampleSensorsTemperatures() {
	temperatures, err := psutil.SensorsTemperatures()
	if err != nil {
		fmt.Println(err)
	}
	for _, t := range temperatures {
		fmt.Println(t.Chip, t.Label, t.Current)
		if !t.Missing.Has("critical") && t.Current >= t.Critical {
			fmt.Println("too hot")
		}
	}
}

func ExampleTemperature_Fahrenheit() {
	t := psutil.Temperature{Chip: "coretemp", Label: "Core 0", Current: 45, High: 80, Critical: 100}
	fmt.Println(t.Fahrenheit())
	// Output: coretemp "Core 0": 113 (high 176, critical 212)
}

func ExampleSensorsBattery() {
	battery, err := psutil.SensorsBattery()
	switch {
	case errors.Is(err, psutil.ErrNotSupported):
		fmt.Println("no battery")
	case err != nil:
		fmt.Println(err)
	case battery.TimeLeft == psutil.BatteryTimeUnlimited:
		fmt.Printf("%.0f%%, plugged in\n", battery.Percent)
	case battery.TimeLeft == psutil.BatteryTimeUnknown:
		fmt.Printf("%.0f%%\n", battery.Percent)
	default:
		fmt.Printf("%.0f%%, %v left\n", battery.Percent, battery.TimeLeft)
	}
}
