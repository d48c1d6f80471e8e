package psutil

import (
	"errors"
	"strconv"
	"syscall"

	"github.com/go-psutil/psutil/internal/linux"
	"github.com/go-psutil/psutil/internal/sys"
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
	page := uint64(sys.PageSize())
	return ProcessMemory{RSS: st.Resident * page, VMS: st.Size * page, Shared: st.Shared * page,
		Text: st.Text * page, Data: st.Data * page}, nil
}

func (p Process) memoryInfoEx() (ProcessMemoryEx, error) {
	m, err := p.memoryInfo()
	if err != nil {
		return ProcessMemoryEx{}, err
	}
	var (
		buf [statusSize]byte
		st  linux.PIDStatus
	)
	if err := p.statusFile("memory_info_ex", buf[:0], &st, 0); err != nil {
		return ProcessMemoryEx{}, err
	}
	return memoryEx(m, &st), nil
}

// memoryEx adds what /proc/PID/status says. A process without memory of its own
// has none of the lines; a kernel that does not print one of them makes that
// field missing.
func memoryEx(m ProcessMemory, st *linux.PIDStatus) ProcessMemoryEx {
	ex := ProcessMemoryEx{
		ProcessMemory: m, PeakRSS: st.VmHWM, PeakVMS: st.VmPeak, RSSAnon: st.RssAnon, RSSFile: st.RssFile,
		RSSShmem: st.RssShmem, Swap: st.VmSwap, HugeTLB: st.HugetlbPages, Locked: st.VmLck, Pinned: st.VmPin,
		Stack: st.VmStk, PageTables: st.VmPTE,
	}
	if !st.Has.Contains(linux.PIDStatusVmSize) {
		return ex
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
	return ex
}

func (p Process) memoryFootprint() (ProcessFootprint, error) {
	d, err := p.dir("memory_footprint")
	if err != nil {
		return ProcessFootprint{}, err
	}
	return d.memoryFootprint()
}

func (d *procDir) memoryFootprint() (ProcessFootprint, error) {
	var (
		buf [2048]byte
		sum linux.MapUsage
	)
	file := "smaps_rollup"
	b, err := d.readAll(buf[:0], file)
	if err == nil {
		err = sum.ParseRollup(b)
	} else if errors.Is(err, syscall.ENOENT) || errors.Is(err, syscall.ESRCH) {
		// Before Linux 4.14 there is no such file; and some live processes
		// answer ESRCH.
		file = "smaps"
		if b, err = d.readAll(buf[:0], file); err == nil {
			sum, err = linux.SumSmaps(b)
		}
	}
	if _, isErrno := errors.AsType[syscall.Errno](err); isErrno {
		return ProcessFootprint{}, none(d.p.fail("memory_footprint", err))
	}
	if err != nil {
		return ProcessFootprint{}, d.malformed("memory_footprint", file, err)
	}
	f := ProcessFootprint{USS: sum.PrivateClean + sum.PrivateDirty + sum.PrivateHugetlb, PSS: sum.Pss, Swap: sum.Swap, SwapPSS: sum.SwapPss}
	if len(b) > 0 && !sum.Has.Contains(linux.MapUsageSwapPss) {
		f.Missing = f.Missing.add("swap_pss")
	}
	return f, nil
}

func (p Process) memoryRegions() ([]MemoryRegion, error) {
	d, err := p.dir("memory_maps")
	if err != nil {
		return nil, err
	}
	return d.memoryRegions()
}

func (d *procDir) memoryRegions() ([]MemoryRegion, error) {
	b, err := d.readAll(make([]byte, 0, 64<<10), "smaps")
	if err != nil {
		return nil, none(d.p.fail("memory_maps", err))
	}
	var (
		regions []MemoryRegion
		errs    []error
		path    []byte
	)
	for m, err := range linux.EachSmap(b) {
		if err != nil {
			errs = append(errs, d.malformed("memory_maps", "smaps", err))
			continue
		}
		path = m.AppendPath(path[:0])
		if len(path) == 0 {
			path = append(path, "[anon]"...)
		}
		regions = append(regions, MemoryRegion{
			Start: m.Start, End: m.End, Perms: string(m.Perms[:]), Offset: m.Offset, Inode: m.Inode,
			Device: strconv.FormatUint(uint64(m.DevMajor), 10) + ":" + strconv.FormatUint(uint64(m.DevMinor), 10),
			MemoryMap: MemoryMap{Path: string(path), Deleted: m.Deleted, MappedMemory: MappedMemory{
				RSS: m.Rss, Size: m.Size, PSS: m.Pss, SharedClean: m.SharedClean, SharedDirty: m.SharedDirty,
				PrivateClean: m.PrivateClean, PrivateDirty: m.PrivateDirty, Referenced: m.Referenced,
				Anonymous: m.Anonymous, Swap: m.Swap, SwapPSS: m.SwapPss, Locked: m.Locked,
			}},
		})
	}
	return regions, errors.Join(errs...)
}
