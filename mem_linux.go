package psutil

import (
	"cmp"
	"errors"
	"math"
	"slices"
	"syscall"

	"github.com/go-psutil/psutil/internal/linux"
	"github.com/go-psutil/psutil/internal/scan"
	"github.com/go-psutil/psutil/internal/sys"
)

// meminfo reads /proc/meminfo. An error about a line is returned beside what
// the others say.
func (s *System) meminfo() (*linux.Meminfo, error) {
	b, err := s.readProc("meminfo")
	if err != nil {
		return nil, err
	}
	info := new(linux.Meminfo)
	if err := info.Parse(b); err != nil {
		return info, parseError(s.procPath("meminfo"), err)
	}
	return info, nil
}

func (s *System) virtualMemory() (MemoryUsage, error) {
	info, err := s.meminfo()
	if info == nil {
		return MemoryUsage{}, err
	}
	total, ok := info.Lookup("MemTotal")
	if !ok {
		return MemoryUsage{}, errors.Join(err, parseError(s.procPath("meminfo"), scan.Errorf(0, nil, "MemTotal expected")))
	}
	m := MemoryUsage{Total: total, Missing: "wired"}
	m.Available, _ = info.Lookup("MemAvailable")
	for _, f := range m.meminfoLines() {
		v, ok := info.Lookup(f.line)
		if !ok && f.name == "shared" {
			v, ok = info.Lookup("MemShared") // its name in old kernels
		}
		if !ok {
			m.Missing = m.Missing.add(f.name)
		}
		*f.value = v
	}
	m.Cached += min(m.SReclaimable, math.MaxUint64-m.Cached)
	if m.Available == 0 {
		m.Available = s.availableMemory(info)
	}
	m.settle()
	return m, err
}

// availableMemory estimates what kernels older than Linux 3.14 do not print.
func (s *System) availableMemory(info *linux.Meminfo) uint64 {
	if b, err := s.readProc("zoneinfo"); err == nil {
		if low, err := linux.ZoneLowPages(b); err == nil {
			available, _ := info.EstimateAvailable(low, s.pageSize)
			return available
		}
	}
	free, _ := info.Lookup("MemFree")
	cached, _ := info.Lookup("Cached")
	return free + min(cached, math.MaxUint64-free)
}

// A meminfoLine is a line of /proc/meminfo and the field it goes to.
type meminfoLine struct {
	line, name string
	value      *uint64
}

func (m *MemoryUsage) meminfoLines() [44]meminfoLine {
	return [...]meminfoLine{
		{"MemFree", "free", &m.Free},
		{"Active", "active", &m.Active},
		{"Inactive", "inactive", &m.Inactive},
		{"Buffers", "buffers", &m.Buffers},
		{"Cached", "cached", &m.Cached},
		{"Shmem", "shared", &m.Shared},
		{"Slab", "slab", &m.Slab},
		{"SReclaimable", "sreclaimable", &m.SReclaimable},
		{"SUnreclaim", "sunreclaim", &m.SUnreclaim},
		{"KReclaimable", "kreclaimable", &m.KReclaimable},
		{"Active(anon)", "active_anon", &m.ActiveAnon},
		{"Inactive(anon)", "inactive_anon", &m.InactiveAnon},
		{"Active(file)", "active_file", &m.ActiveFile},
		{"Inactive(file)", "inactive_file", &m.InactiveFile},
		{"Unevictable", "unevictable", &m.Unevictable},
		{"Mlocked", "mlocked", &m.Mlocked},
		{"Dirty", "dirty", &m.Dirty},
		{"Writeback", "writeback", &m.Writeback},
		{"AnonPages", "anon_pages", &m.AnonPages},
		{"Mapped", "mapped", &m.Mapped},
		{"KernelStack", "kernel_stack", &m.KernelStack},
		{"PageTables", "page_tables", &m.PageTables},
		{"SecPageTables", "sec_page_tables", &m.SecPageTables},
		{"Percpu", "percpu", &m.Percpu},
		{"SwapCached", "swap_cached", &m.SwapCached},
		{"Zswap", "zswap", &m.Zswap},
		{"Zswapped", "zswapped", &m.Zswapped},
		{"CommitLimit", "commit_limit", &m.CommitLimit},
		{"Committed_AS", "committed_as", &m.CommittedAS},
		{"VmallocTotal", "vmalloc_total", &m.VmallocTotal},
		{"VmallocUsed", "vmalloc_used", &m.VmallocUsed},
		{"HardwareCorrupted", "hardware_corrupted", &m.HardwareCorrupted},
		{"AnonHugePages", "anon_hugepages", &m.AnonHugePages},
		{"ShmemHugePages", "shmem_hugepages", &m.ShmemHugePages},
		{"FileHugePages", "file_hugepages", &m.FileHugePages},
		{"CmaTotal", "cma_total", &m.CMATotal},
		{"CmaFree", "cma_free", &m.CMAFree},
		{"Balloon", "balloon", &m.Balloon},
		{"HugePages_Total", "hugepages_total", &m.HugePagesTotal},
		{"HugePages_Free", "hugepages_free", &m.HugePagesFree},
		{"HugePages_Rsvd", "hugepages_rsvd", &m.HugePagesRsvd},
		{"HugePages_Surp", "hugepages_surp", &m.HugePagesSurp},
		{"Hugepagesize", "hugepages_size", &m.HugePageSize},
		{"Hugetlb", "hugetlb", &m.Hugetlb},
	}
}

func (s *System) swapMemory() (SwapUsage, error) {
	info, err := s.meminfo()
	if info == nil {
		return SwapUsage{}, err
	}
	var u SwapUsage
	total, ok1 := info.Lookup("SwapTotal")
	free, ok2 := info.Lookup("SwapFree")
	switch {
	case ok1 && ok2:
		u.Total, u.Free = total, free
	case s.rootDir == "/":
		si, err := sys.Sysinfo()
		if err != nil {
			return SwapUsage{}, &NotSupportedError{Op: "swap_memory", Need: "SwapTotal in /proc/meminfo"}
		}
		u.Total, u.Free = si.Totalswap, si.Freeswap
	default:
		return SwapUsage{}, &NotSupportedError{Op: "swap_memory", Need: "SwapTotal in " + s.procPath("meminfo")}
	}
	u.settle()
	vmerr := s.swapTraffic(&u)
	return u, errors.Join(err, vmerr)
}

// swapTraffic fills In and Out from /proc/vmstat, which counts pages.
func (s *System) swapTraffic(u *SwapUsage) error {
	var v linux.VMStat
	b, err := s.readProc("vmstat")
	if err != nil {
		err = nil // a kernel without event counters, or a file kept from us
	} else if err = v.Parse(b); err != nil {
		err = parseError(s.procPath("vmstat"), err)
	}
	if v.Has&linux.VMStatPSwpIn == 0 {
		u.Missing = u.Missing.add("sin")
	}
	if v.Has&linux.VMStatPSwpOut == 0 {
		u.Missing = u.Missing.add("sout")
	}
	u.In, u.Out = v.PSwpIn*s.pageSize, v.PSwpOut*s.pageSize
	return err
}

func (s *System) swapDevices() ([]SwapDevice, error) {
	b, err := s.readProc("swaps")
	if errors.Is(err, syscall.ENOENT) {
		return nil, &NotSupportedError{Op: "swap_devices", Need: "a kernel with CONFIG_SWAP"}
	}
	if err != nil {
		return nil, err
	}
	var (
		devices []SwapDevice
		errs    []error
	)
	for row, err := range linux.EachSwap(b) {
		if err != nil {
			errs = append(errs, parseError(s.procPath("swaps"), err))
			continue
		}
		d := SwapDevice{Path: string(row.Name), Type: string(row.Type), Total: row.SizeKB * 1024, Used: row.UsedKB * 1024, Priority: int(row.Priority)}
		d.Free = d.Total - min(d.Used, d.Total)
		devices = append(devices, d)
	}
	slices.SortFunc(devices, func(a, b SwapDevice) int {
		return cmp.Or(cmp.Compare(b.Priority, a.Priority), cmp.Compare(a.Path, b.Path))
	})
	return devices, errors.Join(errs...)
}
