package psutil

import (
	"fmt"
	"reflect"
	"slices"
	"strings"
)

// ProcessMemory is the memory of a process, in bytes. Windows has RSS, the working set,
// and VMS, the use of page files: what the process has been promised of its own, in
// memory or there. The address space it has reserved, which says little, is Virtual of
// [ProcessMemoryEx].
type ProcessMemory struct {
	RSS     uint64  `json:"rss"`    // resident: in physical memory, shared pages counted whole
	VMS     uint64  `json:"vms"`    // virtual: mapped, touched or not
	Shared  uint64  `json:"shared"` // resident pages backed by files or shared memory
	Text    uint64  `json:"text"`   // executable code
	Data    uint64  `json:"data"`   // data and stack, virtual
	Missing Missing `json:"-"`
}

// MarshalJSON writes psutil's pmem.
func (m ProcessMemory) MarshalJSON() ([]byte, error) { return marshalFields(m) }

// String returns "rss=1.2M vms=10.0M ...".
func (m ProcessMemory) String() string {
	return fmt.Sprintf("rss=%s vms=%s shared=%s text=%s data=%s",
		Bytes2Human(m.RSS), Bytes2Human(m.VMS), Bytes2Human(m.Shared), Bytes2Human(m.Text), Bytes2Human(m.Data))
}

// MemoryInfo returns the memory of the process. A kernel thread has none.
// Linux: /proc/PID/statm, whose counts the kernel may be some pages per thread
// behind with; MemoryFootprint is exact. Windows: the table of processes.
func (p Process) MemoryInfo() (ProcessMemory, error) { return p.memoryInfo() }

// ProcessMemoryEx is [ProcessMemory] and what else the system tells cheaply,
// in bytes. Windows has the two peaks, and the fields from Virtual on, which no other
// system has.
type ProcessMemoryEx struct {
	ProcessMemory
	PeakRSS    uint64 `json:"peak_rss"`
	PeakVMS    uint64 `json:"peak_vms"`
	RSSAnon    uint64 `json:"rss_anon"`
	RSSFile    uint64 `json:"rss_file"`
	RSSShmem   uint64 `json:"rss_shmem"`
	Swap       uint64 `json:"swap"`
	HugeTLB    uint64 `json:"hugetlb"`
	Locked     uint64 `json:"locked"`
	Pinned     uint64 `json:"pinned"`
	Stack      uint64 `json:"stack"`
	PageTables uint64 `json:"page_tables"`
	// Virtual is the address space that is reserved, whether or not it may be touched.
	Virtual     uint64 `json:"virtual"`
	PeakVirtual uint64 `json:"peak_virtual"`
	// The kernel's own pools, as far as they are charged to the process.
	PagedPool        uint64  `json:"paged_pool"`
	NonpagedPool     uint64  `json:"nonpaged_pool"`
	PeakPagedPool    uint64  `json:"peak_paged_pool"`
	PeakNonpagedPool uint64  `json:"peak_nonpaged_pool"`
	Missing          Missing `json:"-"`
}

// MarshalJSON writes psutil's pmem_ex, with locked, pinned, stack and page_tables
// before the fields of Windows.
func (m ProcessMemoryEx) MarshalJSON() ([]byte, error) { return marshalFields(m) }

// String returns "rss=1.2M vms=10.0M ... swap=0.0B".
func (m ProcessMemoryEx) String() string {
	return fmt.Sprintf("%v peak_rss=%s rss_anon=%s rss_file=%s rss_shmem=%s swap=%s", m.ProcessMemory,
		Bytes2Human(m.PeakRSS), Bytes2Human(m.RSSAnon), Bytes2Human(m.RSSFile), Bytes2Human(m.RSSShmem), Bytes2Human(m.Swap))
}

// MemoryInfoEx returns the memory of the process in more detail. Linux:
// /proc/PID/statm and /proc/PID/status; if a line of the latter can't be
// understood, the [*ParseError] comes beside the other fields. Windows: the table of
// processes.
func (p Process) MemoryInfoEx() (ProcessMemoryEx, error) { return p.memoryInfoEx() }

// ProcessFootprint is what memory a process really costs, in bytes.
type ProcessFootprint struct {
	USS  uint64 `json:"uss"`  // unique: would be free if the process ended now
	PSS  uint64 `json:"pss"`  // proportional: shared pages divided among their users
	Swap uint64 `json:"swap"` // swapped out
	// SwapPSS divides shared swap as PSS does memory.
	SwapPSS uint64  `json:"swap_pss"`
	Missing Missing `json:"-"`
}

// MarshalJSON writes psutil's pfootprint, with swap_pss after it.
func (m ProcessFootprint) MarshalJSON() ([]byte, error) { return marshalFields(m) }

// String returns "uss=1.0M pss=1.1M swap=0.0B".
func (m ProcessFootprint) String() string {
	return fmt.Sprintf("uss=%s pss=%s swap=%s", Bytes2Human(m.USS), Bytes2Human(m.PSS), Bytes2Human(m.Swap))
}

// MemoryFootprint returns what memory the process really costs. It makes the
// kernel walk the process's page tables, which takes milliseconds for large
// processes and holds up their memory mapping meanwhile, and it takes the right
// to trace the process. A kernel thread has none; of a zombie it is
// [ErrZombieProcess]. If a line can't be understood, the [*ParseError] comes
// beside the fields that do not need it. Linux: /proc/PID/smaps_rollup, or smaps
// before Linux 4.14.
//
// Windows: USS only, the resident pages that no other process uses, counted through
// VirtualQueryEx for each region and QueryWorkingSetEx for 4,096 pages at a time. It
// takes the right to read the process's memory.
func (p Process) MemoryFootprint() (ProcessFootprint, error) { return p.memoryFootprint() }

// MemoryPercent returns the share of the machine's memory that a field of
// [ProcessMemory], [ProcessFootprint] or [ProcessMemoryEx] stands for, in
// percent. The field has psutil's name, such as "rss" or "pss"; empty is "rss". Cost:
// that of [Process.MemoryInfo], [Process.MemoryFootprint] or [Process.MemoryInfoEx], and
// of the machine's total.
func (p Process) MemoryPercent(field string) (float64, error) {
	s, err := p.system("memory_percent")
	if err != nil {
		return 0, err
	}
	value, err := p.memoryField(field)
	if err != nil {
		return 0, err
	}
	total, err := s.memoryTotal()
	if err != nil {
		return 0, &ProcessError{Op: "memory_percent", PID: p.pid, Err: err}
	}
	return 100 * float64(value) / float64(total), nil
}

// memoryTotal is the machine's memory, in bytes.
func (s *System) memoryTotal() (uint64, error) {
	m, err := s.VirtualMemory()
	if err == nil && m.Total == 0 {
		err = &NotSupportedError{Op: "memory_percent"}
	}
	return m.Total, err
}

// memoryField reads the field with that JSON name by the cheapest call that has
// it.
func (p Process) memoryField(name string) (uint64, error) {
	if name == "" {
		name = "rss"
	}
	var (
		result  any
		missing Missing
		err     error
	)
	switch {
	case hasField(ProcessMemory{}, name):
		m, e := p.MemoryInfo()
		result, missing, err = m, m.Missing, e
	case hasField(ProcessFootprint{}, name):
		m, e := p.MemoryFootprint()
		result, missing, err = m, m.Missing, e
	case hasField(ProcessMemoryEx{}, name):
		m, e := p.MemoryInfoEx()
		result, missing, err = m, m.Missing, e
	default:
		err = &ProcessError{Op: "memory_percent", PID: p.pid, Err: invalid("memory_percent", fmt.Sprintf("unknown field %q", name))}
	}
	if err == nil && missing.Has(name) {
		err = &ProcessError{Op: "memory_percent", PID: p.pid, Err: &NotSupportedError{Op: name}}
	}
	if err != nil {
		return 0, err
	}
	value, _ := uintField(reflect.ValueOf(result), name)
	return value, nil
}

func hasField(v any, name string) bool {
	_, found := uintField(reflect.ValueOf(v), name)
	return found
}

// uintField returns the number in the field of a struct that has that JSON name.
func uintField(v reflect.Value, name string) (n uint64, found bool) {
	for f, value := range v.Fields() {
		if f.Anonymous {
			if n, found := uintField(value, name); found {
				return n, true
			}
		} else if f.Tag.Get("json") == name && value.CanUint() {
			return value.Uint(), true
		}
	}
	return 0, false
}

// MappedMemory is how much of a mapping is in memory and how, in bytes. Windows tells
// RSS and Size, and the rest is missing.
type MappedMemory struct {
	RSS          uint64 `json:"rss"`
	Size         uint64 `json:"size"`
	PSS          uint64 `json:"pss"`
	SharedClean  uint64 `json:"shared_clean"`
	SharedDirty  uint64 `json:"shared_dirty"`
	PrivateClean uint64 `json:"private_clean"`
	PrivateDirty uint64 `json:"private_dirty"`
	Referenced   uint64 `json:"referenced"`
	Anonymous    uint64 `json:"anonymous"`
	Swap         uint64 `json:"swap"`
	SwapPSS      uint64 `json:"swap_pss"`
	Locked       uint64 `json:"locked"`
	// Missing are the fields above that the system does not tell, and those of
	// [MemoryMap] and [MemoryRegion].
	Missing Missing `json:"-"`
}

func (m *MappedMemory) add(o MappedMemory) {
	m.RSS += o.RSS
	m.Size += o.Size
	m.PSS += o.PSS
	m.SharedClean += o.SharedClean
	m.SharedDirty += o.SharedDirty
	m.PrivateClean += o.PrivateClean
	m.PrivateDirty += o.PrivateDirty
	m.Referenced += o.Referenced
	m.Anonymous += o.Anonymous
	m.Swap += o.Swap
	m.SwapPSS += o.SwapPSS
	m.Locked += o.Locked
	m.Missing = m.Missing.union(o.Missing)
}

// MemoryMap is a region of a process's address space, or several with one path
// taken together.
type MemoryMap struct {
	// Path is the file mapped, or "[heap]", "[stack]", "[vdso]" and the like, or
	// "[anon]" for memory without a name. Deleted says that the file is gone.
	Path string `json:"path"`
	MappedMemory
	Deleted bool `json:"deleted"`
}

// MarshalJSON writes psutil's pmmap_grouped, with what psutil lacks after it.
func (m MemoryMap) MarshalJSON() ([]byte, error) { return marshalFields(m) }

// String returns a line about the mapping.
func (m MemoryMap) String() string {
	return fmt.Sprintf("%q rss=%s pss=%s size=%s", m.Path, Bytes2Human(m.RSS), Bytes2Human(m.PSS), Bytes2Human(m.Size))
}

// MemoryRegion is a region of a process's address space.
type MemoryRegion struct {
	Start, End uint64 // addresses, in bytes; End is the first one beyond
	// Perms is such as "r-xp"; the last letter is p for private, s for shared. Windows:
	// psutil's letters, such as "xr", or "rw", with "wc" for what is copied when it is
	// written to, and none for no access.
	Perms string
	MemoryMap
	Offset uint64 // bytes into the file
	Device string // "major:minor" of the file system
	Inode  uint64
}

// MarshalJSON writes psutil's pmmap_ext, with what psutil lacks after it.
func (m MemoryRegion) MarshalJSON() ([]byte, error) {
	return marshalFields(struct {
		Addr  string `json:"addr"`
		Perms string `json:"perms"`
		Path  string `json:"path"`
		MappedMemory
		Deleted bool   `json:"deleted"`
		Offset  uint64 `json:"offset"`
		Device  string `json:"device"`
		Inode   uint64 `json:"inode"`
	}{fmt.Sprintf("%08x-%08x", m.Start, m.End), m.Perms, m.Path, m.MappedMemory, m.Deleted, m.Offset, m.Device, m.Inode})
}

// String returns a line about the region.
func (m MemoryRegion) String() string {
	return fmt.Sprintf("%08x-%08x %s %v", m.Start, m.End, m.Perms, m.MemoryMap)
}

// MemoryRegions returns the address space region by region, in order of
// address: psutil's memory_maps(grouped=False). Cost, right and source are
// those of [Process.MemoryFootprint], but always /proc/PID/smaps, proc_pid_smaps(5). A
// kernel thread has none; of a zombie it is [ErrZombieProcess]. A line that
// can't be understood is a [*ParseError] beside the regions and loses only its
// number, which is missing, or the region that it starts.
//
// Windows: the regions that are in use, not those that are reserved only, by the calls
// of MemoryFootprint and GetMappedFileName for each file. Offset, Device, Inode and
// Deleted are missing. If what is resident can't be told, that is an error beside the regions.
func (p Process) MemoryRegions() ([]MemoryRegion, error) { return p.memoryRegions() }

// MemoryMaps returns the address space with the regions of one path taken
// together, sorted by path: psutil's memory_maps(). Cost, and the errors that come beside
// the result, are those of [Process.MemoryRegions]. Linux: /proc/PID/smaps. Windows: the
// calls of that.
func (p Process) MemoryMaps() ([]MemoryMap, error) {
	regions, err := p.memoryRegions()
	return groupRegions(regions), err
}

func groupRegions(regions []MemoryRegion) []MemoryMap {
	var maps []MemoryMap
	at := make(map[string]int)
	for _, r := range regions {
		i, known := at[r.Path]
		if !known {
			i = len(maps)
			at[r.Path] = i
			maps = append(maps, MemoryMap{Path: r.Path})
		}
		maps[i].add(r.MappedMemory)
		maps[i].Deleted = maps[i].Deleted || r.Deleted
	}
	slices.SortFunc(maps, func(a, b MemoryMap) int { return strings.Compare(a.Path, b.Path) })
	return maps
}

// Bytes2Human returns n in the largest unit that makes it at least 1, with one
// decimal, such as "9.8K" or "0.0B". Units are powers of 1024, as in psutil.
func Bytes2Human[T ~int | ~int64 | ~uint64 | ~float64](n T) string {
	const units = "BKMGTPEZY"
	v, sign := float64(n), ""
	if v < 0 {
		v, sign = -v, "-"
	}
	i := 0
	for v >= 1024 && i < len(units)-1 {
		v /= 1024
		i++
	}
	return fmt.Sprintf("%s%.1f%c", sign, v, units[i])
}
