package psutil

import (
	"errors"

	"github.com/go-psutil/psutil/internal/nt"
	"github.com/go-psutil/psutil/internal/sys"
)

// cpuTimeMissing are the columns of Linux that Windows does not have.
const cpuTimeMissing = "nice,iowait,steal,guest,guest_nice"

// cpuTimes adds up the processors of all groups.
func (s *System) cpuTimes() (CPUTime, error) {
	rows, err := s.cpuTimesPerCPU()
	total := CPUTime{Missing: cpuTimeMissing}
	for _, row := range rows {
		total.User += row.User
		total.System += row.System
		total.Idle += row.Idle
		total.IRQ += row.IRQ
		total.SoftIRQ += row.SoftIRQ
	}
	return total, err
}

// cpuTimesPerCPU numbers the processors of all groups one after the other. What the
// system counts as the kernel's time has that of interrupts in it, and idle time.
func (s *System) cpuTimesPerCPU() ([]PerCPUTime, error) {
	var rows []PerCPUTime
	err := eachGroup(sys.SystemProcessorPerformanceInformation, func(b []byte) error {
		for p, err := range nt.EachProcessorPerformance(b) {
			if err != nil {
				return &ParseError{File: "SystemProcessorPerformanceInformation", Err: err}
			}
			t := CPUTime{User: nt.Duration(p.UserTime), Idle: nt.Duration(p.IdleTime), IRQ: nt.Duration(p.InterruptTime),
				SoftIRQ: nt.Duration(p.DPCTime), Missing: cpuTimeMissing}
			t.System = max(0, nt.Duration(p.KernelTime)-t.Idle-t.IRQ-t.SoftIRQ)
			rows = append(rows, PerCPUTime{t, len(rows)})
		}
		return nil
	})
	return rows, err
}

// eachGroup calls f with information of a class about the processors of each group.
func eachGroup(class int32, f func(b []byte) error) error {
	groups := sys.GroupCount()
	if groups == 1 { // as on a system that does not know of groups
		b, _, err := sys.SystemInformation(class, nil)
		if err != nil {
			return err
		}
		return f(b)
	}
	var errs []error
	for group := range groups {
		b, err := sys.GroupInformation(class, uint16(group), nil)
		if err == nil {
			err = f(b)
		}
		errs = append(errs, err)
	}
	return errors.Join(errs...)
}

func (s *System) topology() (nt.Topology, error) {
	b, err := sys.LogicalProcessors()
	if err != nil {
		return nil, err
	}
	t, err := nt.ParseTopology(b, sys.PointerSize)
	if err != nil {
		err = &ParseError{File: "GetLogicalProcessorInformationEx", Err: err}
	}
	return t, err
}

func (s *System) cpuCount() (int, error) {
	if n := sys.ProcessorCount(sys.AllGroups); n > 0 {
		return n, nil
	}
	return 0, &NotSupportedError{Op: "cpu_count"}
}

func (s *System) cpuCountCores() (int, error) {
	t, err := s.topology()
	if err == nil && t.Count(nt.RelationProcessorCore) == 0 {
		err = &NotSupportedError{Op: "cpu_count"}
	}
	return t.Count(nt.RelationProcessorCore), err
}

// cpuCountUsable goes by the affinity: the limits of jobs are not looked at.
func (s *System) cpuCountUsable() (int, error) {
	self, err := s.Self()
	if err != nil {
		return 0, err
	}
	cpus, err := self.CPUAffinity()
	return max(1, len(cpus)), err
}

// cpuStats adds up what the system counts in 32 bits, which wrap.
func (s *System) cpuStats() (CPUStat, error) {
	b, err := sys.FixedInformation(sys.SystemPerformanceInformation, nt.SystemPerformanceSize)
	if err != nil {
		return CPUStat{}, err
	}
	perf, err := nt.ParseSystemPerformanceInformation(b)
	if err != nil {
		return CPUStat{}, &ParseError{File: "SystemPerformanceInformation", Err: err}
	}
	c := CPUStat{CtxSwitches: uint64(perf.ContextSwitches), Syscalls: uint64(perf.SystemCalls),
		Missing: "soft_interrupts,processes_created,procs_running,procs_blocked"}
	err = eachGroup(sys.SystemProcessorPerformanceInformation, func(b []byte) error {
		for p, err := range nt.EachProcessorPerformance(b) {
			if err != nil {
				return &ParseError{File: "SystemProcessorPerformanceInformation", Err: err}
			}
			c.Interrupts += uint64(p.InterruptCount)
		}
		return nil
	})
	return c, err
}

func (s *System) loadAvg() (LoadAverage, error) {
	return LoadAverage{}, &NotSupportedError{Op: "getloadavg", Need: "a Sampler, which computes what Windows does not keep"}
}
