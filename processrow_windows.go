package psutil

import (
	"cmp"
	"slices"
	"time"

	"github.com/go-psutil/psutil/internal/nt"
)

// appendName appends the name of the program. The two processes that stand for none
// have the system's names for them.
func appendName(dst []byte, row *nt.ProcessInformation) []byte {
	switch {
	case row.PID == idlePID:
		return append(dst, "System Idle Process"...)
	case row.PID == systemPID && len(row.ImageName) == 0:
		return append(dst, "System"...)
	}
	return nt.AppendText(dst, row.ImageName)
}

func rowName(row *nt.ProcessInformation) string { return string(appendName(nil, row)) }

func rowStatus(row *nt.ProcessInformation) Status {
	if row.Suspended() {
		return StatusStopped
	}
	return StatusRunning
}

func rowTimes(row *nt.ProcessInformation) ProcessCPUTime {
	return ProcessCPUTime{User: nt.Duration(row.UserTime), System: nt.Duration(row.KernelTime),
		Missing: "children_user,children_system,iowait"}
}

func rowIO(row *nt.ProcessInformation) ProcessIO {
	return ProcessIO{ReadCount: row.ReadOperationCount, WriteCount: row.WriteOperationCount,
		ReadBytes: row.ReadTransferCount, WriteBytes: row.WriteTransferCount,
		OtherCount: row.OtherOperationCount, OtherBytes: row.OtherTransferCount, Missing: "read_chars,write_chars,cancelled_write_bytes"}
}

// rowMemory has as VMS what the process has been promised, the page file's use: the
// address space that it has reserved says little.
func rowMemory(row *nt.ProcessInformation) ProcessMemory {
	return ProcessMemory{RSS: row.WorkingSetSize, VMS: row.PagefileUsage, Missing: "shared,text,data"}
}

func rowMemoryEx(row *nt.ProcessInformation) ProcessMemoryEx {
	return ProcessMemoryEx{ProcessMemory: rowMemory(row), PeakRSS: row.PeakWorkingSetSize, PeakVMS: row.PeakPagefileUsage,
		Virtual: row.VirtualSize, PeakVirtual: row.PeakVirtualSize, PagedPool: row.PagedPoolUsage, NonpagedPool: row.NonPagedPoolUsage,
		PeakPagedPool: row.PeakPagedPoolUsage, PeakNonpagedPool: row.PeakNonPagedPoolUsage,
		Missing: "rss_anon,rss_file,rss_shmem,swap,hugetlb,locked,pinned,stack,page_tables"}
}

func rowFaults(row *nt.ProcessInformation) PageFaults {
	return PageFaults{Minor: uint64(row.PageFaultCount - min(row.HardFaultCount, row.PageFaultCount)), Major: uint64(row.HardFaultCount),
		Missing: "children_minor,children_major"}
}

func rowSwitches(row *nt.ProcessInformation) CtxSwitches {
	return CtxSwitches{Voluntary: row.ContextSwitches(), Missing: "involuntary"}
}

func rowThreads(row *nt.ProcessInformation) []Thread { return threads(sortedThreads(row)) }

func threads(sorted []nt.ThreadInformation) []Thread {
	threads := make([]Thread, 0, len(sorted))
	for _, t := range sorted {
		threads = append(threads, Thread{ID: int(t.TID), UserTime: nt.Duration(t.UserTime), SystemTime: nt.Duration(t.KernelTime),
			Status: threadStatus(&t), Missing: "name,cpu_num,cpu_percent"})
	}
	return threads
}

// sortedThreads are the threads by their numbers, which the system tells in the order
// in which they were made.
func sortedThreads(row *nt.ProcessInformation) []nt.ThreadInformation {
	return slices.SortedFunc(row.EachThread(), func(a, b nt.ThreadInformation) int { return cmp.Compare(a.TID, b.TID) })
}

func threadStatus(t *nt.ThreadInformation) Status {
	switch {
	case t.Suspended():
		return StatusStopped
	case t.State == nt.ThreadWaiting:
		return StatusSleeping
	case t.State == nt.ThreadTerminated:
		return StatusDead
	}
	return StatusRunning
}

func fromRow[T any](p Process, op string, value func(*nt.ProcessInformation) T) (v T, err error) {
	row, err := p.row(op)
	if err == nil {
		v = value(row)
	}
	return v, err
}

func (p Process) ppid() (int, error) {
	return fromRow(p, "ppid", func(row *nt.ProcessInformation) int { return int(row.ParentPID) })
}
func (p Process) name() (string, error)             { return fromRow(p, "name", rowName) }
func (p Process) status() (Status, error)           { return fromRow(p, "status", rowStatus) }
func (p Process) cpuTimes() (ProcessCPUTime, error) { return fromRow(p, "cpu_times", rowTimes) }
func (p Process) numThreads() (int, error) {
	return fromRow(p, "num_threads", func(row *nt.ProcessInformation) int { return int(row.NumberOfThreads) })
}
func (p Process) numHandles() (int, error) {
	return fromRow(p, "num_handles", func(row *nt.ProcessInformation) int { return int(row.HandleCount) })
}
func (p Process) threads() ([]Thread, error)         { return fromRow(p, "threads", rowThreads) }
func (p Process) ioCounters() (ProcessIO, error)     { return fromRow(p, "io_counters", rowIO) }
func (p Process) memoryInfo() (ProcessMemory, error) { return fromRow(p, "memory_info", rowMemory) }
func (p Process) memoryInfoEx() (ProcessMemoryEx, error) {
	return fromRow(p, "memory_info_ex", rowMemoryEx)
}
func (p Process) pageFaults() (PageFaults, error) { return fromRow(p, "page_faults", rowFaults) }
func (p Process) numCtxSwitches() (CtxSwitches, error) {
	return fromRow(p, "num_ctx_switches", rowSwitches)
}

// createTime is what identifies the process.
func (p Process) createTime() (time.Time, error) {
	if err := p.verify("create_time"); err != nil {
		return time.Time{}, err
	}
	if p.start == 0 { // the idle process, which was not created
		return time.Time{}, p.unsupported("create_time")
	}
	return nt.Time(int64(p.start)), nil
}
