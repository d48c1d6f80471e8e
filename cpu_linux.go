package psutil

import (
	"cmp"
	"errors"
	"slices"

	"github.com/go-psutil/psutil/internal/linux"
	"github.com/go-psutil/psutil/internal/scan"
)

func (s *System) cpuTimes() (CPUTime, error) {
	b, err := s.readProc("stat")
	if err != nil {
		return CPUTime{}, err
	}
	for row, err := range linux.EachCPU(b) {
		switch {
		case err != nil:
			return CPUTime{}, parseError(s.procPath("stat"), err)
		case row.CPU < 0:
			return cpuTime(&row), nil
		}
	}
	return CPUTime{}, parseError(s.procPath("stat"), scan.Errorf(0, nil, "a cpu row expected"))
}

func (s *System) cpuTimesPerCPU() ([]PerCPUTime, error) {
	b, err := s.readProc("stat")
	if err != nil {
		return nil, err
	}
	var (
		rows []PerCPUTime
		errs []error
	)
	for row, err := range linux.EachCPU(b) {
		switch {
		case err != nil:
			errs = append(errs, parseError(s.procPath("stat"), err))
		case row.CPU >= 0:
			rows = append(rows, PerCPUTime{cpuTime(&row), row.CPU})
		}
	}
	if len(rows) == 0 && len(errs) == 0 {
		errs = append(errs, parseError(s.procPath("stat"), scan.Errorf(0, nil, "a row for each CPU expected")))
	}
	slices.SortFunc(rows, func(a, b PerCPUTime) int { return cmp.Compare(a.CPU, b.CPU) })
	return rows, errors.Join(errs...)
}

// cpuTime converts a row of /proc/stat. An old kernel has fewer columns.
func cpuTime(row *linux.CPUStat) CPUTime {
	t := CPUTime{
		User: ticks(row.User), System: ticks(row.System), Idle: ticks(row.Idle), Nice: ticks(row.Nice),
		IOWait: ticks(row.IOWait), IRQ: ticks(row.IRQ), SoftIRQ: ticks(row.SoftIRQ), Steal: ticks(row.Steal),
		Guest: ticks(row.Guest), GuestNice: ticks(row.GuestNice),
	}
	// From the fifth on, the kernel's columns are in psutil's order.
	for _, name := range cpuTimeNames[min(row.Columns, len(cpuTimeNames)):] {
		t.Missing = t.Missing.add(name)
	}
	return t
}

func (s *System) cpuStats() (CPUStat, error) {
	b, err := s.readProc("stat")
	if err != nil {
		return CPUStat{}, err
	}
	var k linux.Stat
	if err = k.Parse(b); err != nil {
		err = parseError(s.procPath("stat"), err)
	}
	c := CPUStat{
		CtxSwitches: k.Ctxt, Interrupts: k.Intr, SoftInterrupts: k.SoftIRQ, ProcessesCreated: k.Processes,
		ProcsRunning: k.ProcsRunning, ProcsBlocked: k.ProcsBlocked, Missing: "syscalls",
	}
	for _, e := range [...]struct {
		name string
		has  linux.StatFields
	}{
		{"ctx_switches", linux.StatCtxt}, {"interrupts", linux.StatIntr}, {"soft_interrupts", linux.StatSoftIRQ},
		{"processes_created", linux.StatProcesses}, {"procs_running", linux.StatProcsRunning}, {"procs_blocked", linux.StatProcsBlocked},
	} {
		if k.Has&e.has == 0 {
			c.Missing = c.Missing.add(e.name)
		}
	}
	return c, err
}

func (s *System) loadAvg() (LoadAverage, error) {
	b, err := s.readProc("loadavg")
	if err != nil {
		return LoadAverage{}, err
	}
	var l linux.Loadavg
	if err := l.Parse(b); err != nil {
		return LoadAverage{}, parseError(s.procPath("loadavg"), err)
	}
	return LoadAverage{l.Load1, l.Load5, l.Load15}, nil
}
