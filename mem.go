package psutil

import "fmt"

// MemoryUsage is how the machine's memory is used, in bytes. Total is what the
// kernel manages, a little less than what is fitted.
type MemoryUsage struct {
	Total uint64 `json:"total"`
	// Available is what programs could get without swapping, caches that can be
	// dropped included. It, not Free, tells whether memory is short.
	Available uint64  `json:"available"`
	Percent   float64 `json:"percent"` // Used of Total
	Used      uint64  `json:"used"`    // Total less Available
	Free      uint64  `json:"free"`    // used for nothing at all; Windows: Available
	Active    uint64  `json:"active"`  // used lately
	Inactive  uint64  `json:"inactive"`
	Buffers   uint64  `json:"buffers"` // cache of block devices
	Cached    uint64  `json:"cached"`  // cache of files, Shared, and on Linux SReclaimable
	Shared    uint64  `json:"shared"`  // tmpfs and shared memory
	Slab      uint64  `json:"slab"`    // the kernel's own objects
	Wired     uint64  `json:"wired"`   // never paged out; BSD, macOS, Windows

	// What follows is Linux only, but for CommitLimit and CommittedAS, by the names
	// of /proc/meminfo. A kernel prints what it was built with and is old enough to
	// miss.
	SReclaimable      uint64 `json:"sreclaimable"`  // part of Slab that can be dropped
	SUnreclaim        uint64 `json:"sunreclaim"`    // part of Slab that can't
	KReclaimable      uint64 `json:"kreclaimable"`  // SReclaimable and other kernel memory that can be dropped
	ActiveAnon        uint64 `json:"active_anon"`   // part of Active
	InactiveAnon      uint64 `json:"inactive_anon"` // part of Inactive
	ActiveFile        uint64 `json:"active_file"`   // part of Active
	InactiveFile      uint64 `json:"inactive_file"` // part of Inactive
	Unevictable       uint64 `json:"unevictable"`
	Mlocked           uint64 `json:"mlocked"`
	Dirty             uint64 `json:"dirty"`     // to be written
	Writeback         uint64 `json:"writeback"` // being written
	AnonPages         uint64 `json:"anon_pages"`
	Mapped            uint64 `json:"mapped"` // files mapped into programs
	KernelStack       uint64 `json:"kernel_stack"`
	PageTables        uint64 `json:"page_tables"`
	SecPageTables     uint64 `json:"sec_page_tables"` // of guests and IOMMUs
	Percpu            uint64 `json:"percpu"`
	SwapCached        uint64 `json:"swap_cached"`   // in memory and in swap
	Zswap             uint64 `json:"zswap"`         // memory that compressed swap takes
	Zswapped          uint64 `json:"zswapped"`      // what it was before
	CommitLimit       uint64 `json:"commit_limit"`  // also Windows: memory and page files
	CommittedAS       uint64 `json:"committed_as"`  // also Windows: promised to programs and the kernel
	VmallocTotal      uint64 `json:"vmalloc_total"` // address space, not memory
	VmallocUsed       uint64 `json:"vmalloc_used"`
	HardwareCorrupted uint64 `json:"hardware_corrupted"`
	AnonHugePages     uint64 `json:"anon_hugepages"`  // part of AnonPages
	ShmemHugePages    uint64 `json:"shmem_hugepages"` // part of Shared
	FileHugePages     uint64 `json:"file_hugepages"`
	CMATotal          uint64 `json:"cma_total"`
	CMAFree           uint64 `json:"cma_free"`
	Balloon           uint64 `json:"balloon"` // given back to the hypervisor

	// Preallocated huge pages of the default size, counted in pages. They are
	// no part of Available.
	HugePagesTotal uint64 `json:"hugepages_total"`
	HugePagesFree  uint64 `json:"hugepages_free"`
	HugePagesRsvd  uint64 `json:"hugepages_rsvd"` // part of HugePagesFree
	HugePagesSurp  uint64 `json:"hugepages_surp"`
	HugePageSize   uint64 `json:"hugepages_size"` // bytes
	Hugetlb        uint64 `json:"hugetlb"`        // bytes, of all sizes

	Missing Missing `json:"-"`
}

// MarshalJSON writes psutil's svmem, with the fields that only Linux has after
// it.
func (m MemoryUsage) MarshalJSON() ([]byte, error) { return marshalFields(m) }

// String returns "total=8589934592 available=... percent=12.5 used=... free=...".
func (m MemoryUsage) String() string {
	return fmt.Sprintf("total=%d available=%d percent=%.1f used=%d free=%d", m.Total, m.Available, m.Percent, m.Used, m.Free)
}

// settle fills Used and Percent from Total and Available, which is at most
// Total: a container whose Total alone is its own reports the host's
// Available, and Free is the better guess then.
func (m *MemoryUsage) settle() {
	if m.Available > m.Total {
		m.Available = min(m.Free, m.Total)
	}
	m.Used = m.Total - m.Available
	m.Percent = percentOf(m.Used, m.Total)
}

// percentOf returns part in percent of whole, 0 if there is no whole.
func percentOf(part, whole uint64) float64 {
	if whole == 0 {
		return 0
	}
	return 100 * float64(part) / float64(whole)
}

// VirtualMemory returns how memory is used. It is psutil's virtual_memory.
//
// Used is Total less Available, as psutil has it since 8; free(1) prints the
// same since procps-ng 4. A container sees the host's memory: see
// [CgroupLimits] for its own bounds.
//
// Cost on Linux: one read of /proc/meminfo, proc_meminfo(5); before Linux 3.14,
// which does not tell what is available, also one of /proc/zoneinfo. Windows: one
// call, GetPerformanceInfo; Available, and so Free, is the pages that can be had at
// once, Cached those of the system's file cache, and Wired the kernel's nonpaged pool.
// All but these, Total, Percent, Used, CommitLimit and CommittedAS is missing.
func VirtualMemory() (MemoryUsage, error) {
	s, err := defaultSystem()
	if err != nil {
		return MemoryUsage{}, err
	}
	return s.VirtualMemory()
}

// VirtualMemory is [VirtualMemory] of this system.
func (s *System) VirtualMemory() (MemoryUsage, error) { return s.virtualMemory() }

// SwapUsage is how swap space is used, in bytes. A machine without swap has
// zeros.
type SwapUsage struct {
	Total   uint64  `json:"total"`
	Used    uint64  `json:"used"`
	Free    uint64  `json:"free"`
	Percent float64 `json:"percent"` // Used of Total
	In      uint64  `json:"sin"`     // read from swap since boot
	Out     uint64  `json:"sout"`    // written to swap since boot
	Missing Missing `json:"-"`
}

// Since returns u with In and Out counted from an earlier reading.
func (u SwapUsage) Since(earlier SwapUsage) SwapUsage {
	u.In, u.Out = since(u.In, earlier.In), since(u.Out, earlier.Out)
	return u
}

// settle fills Used and Percent from Total and Free.
func (u *SwapUsage) settle() {
	u.Used = u.Total - min(u.Free, u.Total)
	u.Percent = percentOf(u.Used, u.Total)
}

// MarshalJSON writes psutil's sswap.
func (u SwapUsage) MarshalJSON() ([]byte, error) { return marshalFields(u) }

// String returns "total=1073741824 used=0 free=1073741824 percent=0.0 sin=0 sout=0".
func (u SwapUsage) String() string {
	return fmt.Sprintf("total=%d used=%d free=%d percent=%.1f sin=%d sout=%d", u.Total, u.Used, u.Free, u.Percent, u.In, u.Out)
}

// SwapMemory returns how swap space is used. It is psutil's swap_memory, but
// counts In and Out in pages of the machine's real size.
//
// Cost on Linux: one read of /proc/meminfo and one of /proc/vmstat; In and Out
// are missing where that can't be read. Windows: the page files, as [SwapDevices] has
// them; In and Out are missing. If the system does not list them, Total is what can be
// committed beyond the memory, and the rest is missing.
func SwapMemory() (SwapUsage, error) {
	s, err := defaultSystem()
	if err != nil {
		return SwapUsage{}, err
	}
	return s.SwapMemory()
}

// SwapMemory is [SwapMemory] of this system.
func (s *System) SwapMemory() (SwapUsage, error) { return s.swapMemory() }

// SwapDevice is a partition or file in use as swap space, in bytes.
type SwapDevice struct {
	Path     string `json:"path"` // of a file that was removed, with " (deleted)" behind it
	Type     string `json:"type"` // "partition" or "file"
	Total    uint64 `json:"total"`
	Used     uint64 `json:"used"`
	Free     uint64 `json:"free"`
	Priority int    `json:"priority"` // the higher, the sooner it is used; Windows has none
}

// MarshalJSON writes the fields.
func (d SwapDevice) MarshalJSON() ([]byte, error) { return marshalFields(d) }

// String returns `"/dev/sda2" partition total=1073741824 used=0 free=1073741824
// priority=-2`.
func (d SwapDevice) String() string {
	return fmt.Sprintf("%q %s total=%d used=%d free=%d priority=%d", d.Path, d.Type, d.Total, d.Used, d.Free, d.Priority)
}

// SwapDevices returns what swap space is made of, in bytes, sorted by priority,
// the highest first, and path. The result is empty when there is no swap. It is
// [ErrNotSupported] on a kernel that can't swap. Rows that could be read are
// returned beside an error.
//
// Cost on Linux: one read of /proc/swaps, proc_swaps(5). Windows: the page files, one
// call, SystemPageFileInformation of NtQuerySystemInformation, and those that find the
// letters of drives.
func SwapDevices() ([]SwapDevice, error) {
	s, err := defaultSystem()
	if err != nil {
		return nil, err
	}
	return s.SwapDevices()
}

// SwapDevices is [SwapDevices] of this system.
func (s *System) SwapDevices() ([]SwapDevice, error) { return s.swapDevices() }
