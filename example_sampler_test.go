package psutil_test

import (
	"fmt"
	"log"
	"time"

	"github.com/go-psutil/psutil"
)

// What uses the CPUs, second by second.
func ExampleSampler() {
	sampler, err := psutil.NewSampler(psutil.FieldName | psutil.FieldCPUPercent)
	if err != nil {
		log.Fatal(err)
	}
	defer sampler.Close()
	tick := time.Tick(time.Second)
	for range 3 {
		<-tick
		sample, err := sampler.Sample()
		if err != nil {
			log.Fatal(err)
		}
		for i := range sample.Processes {
			// It is missing from the first sample, and from a process that has
			// just started.
			p := &sample.Processes[i]
			if p.Has(psutil.FieldCPUPercent) && p.CPUPercent >= 1 {
				fmt.Printf("%d %s %.1f%%\n", p.Process.PID(), p.Name, p.CPUPercent)
			}
		}
	}
}

// Which processes come and go.
func ExampleSampler_started() {
	sampler, err := psutil.NewSampler(psutil.FieldPID)
	if err != nil {
		log.Fatal(err)
	}
	defer sampler.Close()
	tick := time.Tick(time.Second)
	for range 3 {
		<-tick
		sample, err := sampler.Sample()
		if err != nil {
			log.Fatal(err)
		}
		for _, p := range sample.Started {
			fmt.Println("started", p.PID())
		}
		for _, p := range sample.Gone {
			fmt.Println("gone", p.PID())
		}
	}
}

// Two readings of one process, taken four seconds apart.
func ExampleProcessCPUTime_Percent() {
	before := psutil.ProcessCPUTime{User: 10 * time.Second, System: 2 * time.Second}
	now := psutil.ProcessCPUTime{User: 15 * time.Second, System: 3 * time.Second}
	fmt.Printf("%.0f%%\n", now.Percent(before, 4*time.Second))
	// Output: 150%
}
