package psutil_test

import (
	"cmp"
	"fmt"
	"log"
	"os"
	"time"

	"github.com/go-psutil/psutil"
)

// An agent in a container that has the host's files at /host.
func ExampleWithRoot() {
	root := cmp.Or(os.Getenv("HOST_ROOT"), "/") // "/host", say
	host, err := psutil.New(psutil.WithRoot(root))
	if err != nil {
		log.Fatal(err)
	}
	load, err := host.LoadAvg()
	if err != nil {
		log.Fatal(err)
	}
	for info, err := range host.Snapshot(psutil.FieldName | psutil.FieldStatus) {
		if err != nil {
			log.Fatal(err)
		}
		if info.Status == psutil.StatusDiskSleep {
			fmt.Println(info.Process.PID(), info.Name)
		}
	}
	fmt.Println(load)
}

// Slices and maps of results as JSON with psutil's names and forms.
func ExampleAppendJSON() {
	b, err := psutil.AppendJSON(nil, map[string]any{
		"cmdline":     []string{"vi", "caf\xe9.txt"}, // not UTF-8
		"cpu_times":   psutil.CPUTime{User: 1500 * time.Millisecond, Missing: "iowait,irq,softirq,steal,guest,guest_nice"},
		"create_time": time.Unix(1767225600, 250_000_000),
	})
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(string(b))
	// Output: {"cmdline":["vi","caf\udce9.txt"],"cpu_times":{"user":1.5,"system":0.0,"idle":0.0,"nice":0.0,"iowait":null,"irq":null,"softirq":null,"steal":null,"guest":null,"guest_nice":null},"create_time":1767225600.25}
}

// What a kernel does not report is missing, not 0.
func ExampleMissing() {
	stats := psutil.CPUStat{CtxSwitches: 812, Missing: "syscalls"}
	fmt.Println(stats.Missing.Has("ctx_switches"), stats.Missing.Has("syscalls"))
	// Output: false true
}

func ExampleBytes2Human() {
	fmt.Println(psutil.Bytes2Human(10_000), psutil.Bytes2Human(uint64(100_001_221)))
	// Output: 9.8K 95.4M
}
