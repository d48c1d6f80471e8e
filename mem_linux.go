package psutil

import (
	"errors"
	"math"

	"github.com/go-psutil/psutil/internal/linux"
	"github.com/go-psutil/psutil/internal/scan"
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
	return info.FreeAndCached()
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
