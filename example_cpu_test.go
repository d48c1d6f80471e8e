package psutil_test

import (
	"context"
	"fmt"
	"log"
	"time"

	"github.com/go-psutil/psutil"
)

func ExampleCPUPercent() {
	percent, err := psutil.CPUPercent(context.Background(), time.Second)
	if err != nil {
		log.Fatal(err)
	}
	fmt.Printf("busy: %.1f%%\n", percent)
}

func ExampleCPUPercentSince() {
	// Two readings of CPUTimesPerCPU, a second apart. CPU 1 was in neither.
	last := []psutil.PerCPUTime{
		{CPU: 0, CPUTime: psutil.CPUTime{User: 100 * time.Second, Idle: 900 * time.Second}},
		{CPU: 2, CPUTime: psutil.CPUTime{User: 50 * time.Second, Idle: 950 * time.Second}},
	}
	now := []psutil.PerCPUTime{
		{CPU: 0, CPUTime: psutil.CPUTime{User: 101 * time.Second, Idle: 900 * time.Second}},
		{CPU: 2, CPUTime: psutil.CPUTime{User: 50 * time.Second, Idle: 951 * time.Second}},
	}
	fmt.Println(psutil.CPUPercentSince(now, last))
	for _, spent := range psutil.CPUTimesSince(now, last) {
		fmt.Println(spent.CPU, spent.Percent(psutil.CPUTime{}))
	}
	// Output:
	// 50
	// 0 100
	// 2 0
}

func ExampleCPUTime_Percentages() {
	last := psutil.CPUTime{User: 100 * time.Second, System: 10 * time.Second, Idle: 900 * time.Second}
	now := psutil.CPUTime{User: 101 * time.Second, System: 11 * time.Second, Idle: 902 * time.Second}
	p := now.Percentages(last)
	fmt.Println(p.User, p.System, p.Idle)
	// Output: 25 25 50
}

func ExampleCPUCountUsable() {
	workers, err := psutil.CPUCountUsable()
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(workers >= 1)
}

func ExampleCPUFreq() {
	f, err := psutil.CPUFreq()
	if err != nil {
		log.Fatal(err)
	}
	fmt.Printf("%.0f MHz now\n", f.Current)
	if !f.Missing.Has("max") {
		fmt.Printf("%.0f MHz at most\n", f.Max)
	}
}

func ExampleCPUInfo() {
	cpu, err := psutil.CPUInfo()
	if err != nil {
		log.Fatal(err)
	}
	fmt.Printf("%s: %d sockets, %d cores, %d threads\n", cpu.ModelName, cpu.Sockets, cpu.Cores, cpu.Threads)
	for _, cache := range cpu.Caches {
		fmt.Println(cache)
	}
}
