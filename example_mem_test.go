package psutil_test

import (
	"fmt"
	"log"

	"github.com/go-psutil/psutil"
)

func ExampleVirtualMemory() {
	m, err := psutil.VirtualMemory()
	if err != nil {
		log.Fatal(err)
	}
	const threshold = 100 << 20
	if m.Available < threshold {
		fmt.Println("memory is short:", m)
	}
}

func ExampleSwapUsage_Since() {
	before := psutil.SwapUsage{Total: 1 << 30, In: 4096, Out: 8192}
	now := psutil.SwapUsage{Total: 1 << 30, In: 4096, Out: 16384}
	traffic := now.Since(before)
	fmt.Println(traffic.In, traffic.Out)
	// Output: 0 8192
}

func ExamplePressure() {
	p, err := psutil.Pressure()
	if err != nil {
		log.Fatal(err)
	}
	if p.Memory.Full.Avg10 > 10 {
		fmt.Println("everything waits for memory")
	}
}

func ExampleCgroupLimits() {
	limit, err := psutil.CgroupLimits()
	if err != nil {
		log.Fatal(err)
	}
	m, err := psutil.VirtualMemory()
	if err != nil {
		log.Fatal(err)
	}
	memory := m.Total
	if !limit.Missing.Has("memory_limit") {
		memory = min(memory, limit.MemoryLimit) // CgroupUnlimited is the largest number
	}
	fmt.Println("memory to plan with:", memory)
}
