package psutil

import (
	"fmt"
	"strings"
	"time"
)

// PressureStat is how much time is lost for want of a resource.
type PressureStat struct {
	CPU     PressureResource `json:"cpu"`
	Memory  PressureResource `json:"memory"`
	IO      PressureResource `json:"io"`
	IRQ     PressureResource `json:"irq"` // time that interrupts took from tasks
	Missing Missing          `json:"-"`
}

// MarshalJSON writes cpu, memory, io and irq.
func (p PressureStat) MarshalJSON() ([]byte, error) { return marshalFields(p) }

// String returns "cpu some=1.5% memory some=0.0% full=0.0% ...", the averages
// over 10 seconds, without what is missing.
func (p PressureStat) String() string {
	var b strings.Builder
	for _, e := range [...]struct {
		name string
		r    PressureResource
	}{{"cpu", p.CPU}, {"memory", p.Memory}, {"io", p.IO}, {"irq", p.IRQ}} {
		if !p.Missing.Has(e.name) {
			fmt.Fprintf(&b, " %s %v", e.name, e.r)
		}
	}
	return strings.TrimPrefix(b.String(), " ")
}

// PressureResource is how much time is lost for want of one resource.
type PressureResource struct {
	Some    PressureAverage `json:"some"` // at least one task waited
	Full    PressureAverage `json:"full"` // all tasks that had something to do waited
	Missing Missing         `json:"-"`
}

// MarshalJSON writes some and full.
func (r PressureResource) MarshalJSON() ([]byte, error) { return marshalFields(r) }

// String returns "some=1.5% full=0.0%", the averages over 10 seconds, without
// what is missing.
func (r PressureResource) String() string {
	var parts []string
	if !r.Missing.Has("some") {
		parts = append(parts, fmt.Sprintf("some=%.2f%%", r.Some.Avg10))
	}
	if !r.Missing.Has("full") {
		parts = append(parts, fmt.Sprintf("full=%.2f%%", r.Full.Avg10))
	}
	return strings.Join(parts, " ")
}

// PressureAverage is the share of time lost, in percent, over the last 10, 60
// and 300 seconds, and all of it since boot.
type PressureAverage struct {
	Avg10  float64       `json:"avg10"`
	Avg60  float64       `json:"avg60"`
	Avg300 float64       `json:"avg300"`
	Total  time.Duration `json:"total"` // in steps of a microsecond
}

// MarshalJSON writes avg10, avg60, avg300 and total.
func (a PressureAverage) MarshalJSON() ([]byte, error) { return marshalFields(a) }

// String returns "avg10=1.5% avg60=0.2% avg300=0.0% total=1.25s".
func (a PressureAverage) String() string {
	return fmt.Sprintf("avg10=%.2f%% avg60=%.2f%% avg300=%.2f%% total=%v", a.Avg10, a.Avg60, a.Avg300, a.Total)
}

// Pressure returns the machine's pressure stall information: how much time its
// tasks lose waiting for CPUs, memory and IO. psutil has no such function.
//
// A kernel older than Linux 5.13 has no CPU.Full, one older than 6.1 no IRQ,
// and no kernel has IRQ.Some: they are missing. It is [ErrNotSupported] where
// the kernel does not keep the information.
//
// Cost on Linux: one read of each file in /proc/pressure,
// Documentation/accounting/psi.rst. Windows has no such information.
func Pressure() (PressureStat, error) {
	s, err := defaultSystem()
	if err != nil {
		return PressureStat{}, err
	}
	return s.Pressure()
}

// Pressure is [Pressure] of this system.
func (s *System) Pressure() (PressureStat, error) { return s.pressure() }
