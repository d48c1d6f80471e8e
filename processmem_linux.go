package psutil

import (
	"github.com/go-psutil/psutil/internal/linux"
)

func (p Process) memoryInfo() (ProcessMemory, error) {
	d, err := p.dir("memory_info")
	if err != nil {
		return ProcessMemory{}, err
	}
	return d.memoryInfo()
}

func (d *procDir) memoryInfo() (ProcessMemory, error) {
	var (
		buf [512]byte // the least that is read into
		st  linux.PIDStatm
	)
	b, err := d.read(buf[:0], "statm")
	if err != nil {
		return ProcessMemory{}, d.p.fail("memory_info", err)
	}
	if err := st.Parse(b); err != nil {
		return ProcessMemory{}, d.malformed("memory_info", "statm", err)
	}
	page := d.p.sys.pageSize
	return ProcessMemory{RSS: st.Resident * page, VMS: st.Size * page, Shared: st.Shared * page,
		Text: st.Text * page, Data: st.Data * page}, nil
}

// statmLines are the lines of the status file that say what statm says. The kernel
// makes both of the same counters (fs/proc/task_mmu.c task_mem, task_statm), and
// tells the kinds of memory apart in status since Linux 4.5.
const statmLines = linux.PIDStatusVmSize | linux.PIDStatusVmRSS | linux.PIDStatusRssFile | linux.PIDStatusRssShmem |
	linux.PIDStatusVmData | linux.PIDStatusVmStk | linux.PIDStatusVmExe | linux.PIDStatusVmLib

// memoryInStatus reports whether the status files have all of them.
func (s *System) memoryInStatus() bool {
	if !s.procfs {
		return false // of a recorded tree every file is as it was
	}
	s.statusMemory.once.Do(func() {
		var (
			buf [statusSize]byte
			st  linux.PIDStatus
		)
		b, err := s.proc.ReadRecord(buf[:0], "self/status")
		s.statusMemory.there = err == nil && st.ParseFor(b, statmLines) == nil && st.Has.Contains(statmLines)
	})
	return s.statusMemory.there
}

// statusMemory returns what statm would say, if st has it: nothing for a process
// without memory, which has none of the lines.
func statusMemory(st *linux.PIDStatus) (m ProcessMemory, ok bool) {
	m = ProcessMemory{RSS: st.VmRSS, VMS: st.VmSize, Shared: st.RssFile + st.RssShmem, Text: st.VmExe, Data: st.VmData + st.VmStk}
	// VmExe is cut where statm's text is not: to all code that is mapped. VmLib, what
	// is left of that, is 0 then.
	return m, st.Has.Contains(statmLines) && st.VmLib > 0 || st.Has&statmLines == 0
}

func (p Process) memoryInfoEx() (ProcessMemoryEx, error) {
	const op = "memory_info_ex"
	d, err := p.dir(op)
	if err != nil {
		return ProcessMemoryEx{}, err
	}
	m, err := d.memoryInfo()
	if err != nil {
		return ProcessMemoryEx{}, err
	}
	var (
		room [statusSize]byte
		st   linux.PIDStatus
	)
	buf := room[:0]
	parseErr, err := d.readStatus(op, &buf, &st)
	if err != nil {
		return ProcessMemoryEx{}, err
	}
	return d.memoryEx(op, m, &st, parseErr)
}

// memoryLines are the lines of /proc/PID/status about memory.
const memoryLines = linux.PIDStatusVmPeak | linux.PIDStatusVmSize | linux.PIDStatusVmLck | linux.PIDStatusVmPin | linux.PIDStatusVmHWM |
	linux.PIDStatusVmRSS | linux.PIDStatusRssAnon | linux.PIDStatusRssFile | linux.PIDStatusRssShmem | linux.PIDStatusVmData |
	linux.PIDStatusVmStk | linux.PIDStatusVmExe | linux.PIDStatusVmLib | linux.PIDStatusVmPTE | linux.PIDStatusVmSwap | linux.PIDStatusHugetlbPages

// poolFields are those that this kernel has nothing for.
const poolFields = "virtual,peak_virtual,paged_pool,nonpaged_pool,peak_paged_pool,peak_nonpaged_pool"

// memoryEx adds what /proc/PID/status says. A line that is not there makes its
// field missing; if that may be because it could not be read, parseErr is
// returned beside the rest. A kernel thread and a zombie have no memory, and so
// none of the lines.
func (d *procDir) memoryEx(op string, m ProcessMemory, st *linux.PIDStatus, parseErr error) (ProcessMemoryEx, error) {
	ex := ProcessMemoryEx{
		ProcessMemory: m, PeakRSS: st.VmHWM, PeakVMS: st.VmPeak, RSSAnon: st.RssAnon, RSSFile: st.RssFile,
		RSSShmem: st.RssShmem, Swap: st.VmSwap, HugeTLB: st.HugetlbPages, Locked: st.VmLck, Pinned: st.VmPin,
		Stack: st.VmStk, PageTables: st.VmPTE, Missing: poolFields,
	}
	if st.Has&memoryLines == 0 && (m.VMS == 0 || st.Kthread || isZombie(st.State)) {
		return ex, nil
	}
	for _, f := range [...]struct {
		has  linux.PIDStatusFields
		name string
	}{
		{linux.PIDStatusVmHWM, "peak_rss"}, {linux.PIDStatusVmPeak, "peak_vms"}, {linux.PIDStatusRssAnon, "rss_anon"},
		{linux.PIDStatusRssFile, "rss_file"}, {linux.PIDStatusRssShmem, "rss_shmem"}, {linux.PIDStatusVmSwap, "swap"},
		{linux.PIDStatusHugetlbPages, "hugetlb"}, {linux.PIDStatusVmLck, "locked"}, {linux.PIDStatusVmPin, "pinned"},
		{linux.PIDStatusVmStk, "stack"}, {linux.PIDStatusVmPTE, "page_tables"},
	} {
		if !st.Has.Contains(f.has) {
			ex.Missing = ex.Missing.add(f.name)
		}
	}
	if ex.Missing != poolFields && parseErr != nil {
		return ex, d.malformed(op, "status", parseErr)
	}
	return ex, nil
}
