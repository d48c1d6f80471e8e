package linux

import (
	"bytes"
	"iter"
	"math"

	"github.com/go-psutil/psutil/internal/scan"
)

// Map is a row of /proc/PID/maps and the first line of a record of
// /proc/PID/smaps (proc_pid_maps(5), fs/proc/task_mmu.c show_map_vma).
type Map struct {
	Start, End uint64 // addresses; End is the first one behind the mapping
	Perms      [4]byte
	Offset     uint64 // bytes into the file

	DevMajor, DevMinor uint32 // of the file; 0 for memory without one
	Inode              uint64

	// Path is as printed and aliases the input: a path, a bracketed name such
	// as [heap] or [anon:NAME], or nothing. See [Map.AppendPath].
	Path []byte
	// Deleted reports that Path ends in " (deleted)": the file has no name any
	// more, or its name ends that way.
	Deleted bool
}

// deletedSuffix is what the kernel puts behind the path of an unlinked file
// (fs/d_path.c). Any owner of a file can name it that way too.
const deletedSuffix = " (deleted)"

// AppendPath appends the path to dst, without " (deleted)" if m.Deleted and
// with \012 decoded: the kernel prints a newline like that, and a backslash
// as it is, so that a name that really holds \012 cannot be told apart.
func (m *Map) AppendPath(dst []byte) []byte {
	path := m.Path
	if m.Deleted {
		path = path[:len(path)-len(deletedSuffix)]
	}
	for {
		i := bytes.Index(path, []byte(`\012`))
		if i < 0 {
			return append(dst, path...)
		}
		dst = append(dst, path[:i]...)
		dst = append(dst, '\n')
		path = path[i+4:]
	}
}

// parse decodes one line.
func (m *Map) parse(line []byte) bool {
	*m = Map{}
	f := scan.NewFields(line)
	start, end, ok := scan.Cut(f.Next(), '-')
	perms := f.Next()
	m.Offset = f.Hex()
	dev := f.Next()
	m.Inode = f.Uint()
	if !ok || f.Bad() != 0 || len(perms) != len(m.Perms) {
		return false
	}
	m.Perms = [4]byte(perms)
	var ok1, ok2, ok3, ok4 bool
	m.Start, ok1 = scan.Hex(start)
	m.End, ok2 = scan.Hex(end)
	major, minor, _ := scan.Cut(dev, ':')
	ma, ok3 := scan.Hex(major)
	mi, ok4 := scan.Hex(minor)
	if !ok1 || !ok2 || !ok3 || !ok4 || m.End < m.Start || ma > math.MaxUint32 || mi > math.MaxUint32 {
		return false
	}
	m.DevMajor, m.DevMinor = uint32(ma), uint32(mi)
	path := f.Rest()
	for len(path) > 0 && path[0] == ' ' {
		path = path[1:]
	}
	if len(path) > 0 {
		m.Path = path[:len(path):len(path)]
		m.Deleted = bytes.HasSuffix(path, []byte(deletedSuffix))
	}
	return true
}

// EachMap iterates over the rows of /proc/PID/maps, in order of address. There
// are none for a kernel thread or a zombie.
func EachMap(b []byte) iter.Seq2[Map, error] {
	return func(yield func(Map, error) bool) { eachMap(b, yield) }
}

func eachMap(b []byte, yield func(Map, error) bool) {
	for n := 1; len(b) > 0; n++ {
		line, rest, whole := scan.Cut(b, '\n')
		b = rest
		var m Map
		if whole && m.parse(line) {
			if !yield(m, nil) {
				return
			}
		} else if !yield(Map{}, scan.Errorf(n, line, "maps: bad line")) {
			return
		}
	}
}

// MapUsage is how much memory a mapping takes: the lines of a record of
// /proc/PID/smaps that end in kB, or all of /proc/PID/smaps_rollup
// (proc_pid_smaps(5), fs/proc/task_mmu.c __show_smap), in bytes.
type MapUsage struct {
	Has MapUsageFields

	Size           uint64 // address space; not in smaps_rollup
	KernelPageSize uint64 // likewise; meaningless in a sum
	MMUPageSize    uint64 // likewise; meaningless in a sum
	Rss            uint64 // resident; without huge pages of hugetlbfs
	Pss            uint64 // resident, each page divided by the number of processes that map it
	PssDirty       uint64 // since Linux 6.0
	PssAnon        uint64 // smaps_rollup only, since Linux 5.3
	PssFile        uint64 // likewise
	PssShmem       uint64 // likewise

	SharedClean, SharedDirty   uint64
	PrivateClean, PrivateDirty uint64 // their sum is the memory that the end of the process would free

	Referenced     uint64
	Anonymous      uint64
	KSM            uint64 // newer kernels only
	LazyFree       uint64
	AnonHugePages  uint64
	ShmemPmdMapped uint64
	FilePmdMapped  uint64
	SharedHugetlb  uint64
	PrivateHugetlb uint64
	Swap           uint64
	SwapPss        uint64
	Locked         uint64 // proportional, as Pss is
}

// MapUsageFields is a set of fields of a [MapUsage].
type MapUsageFields uint32

// Fields of a MapUsage.
const (
	MapUsageSize MapUsageFields = 1 << iota
	MapUsageKernelPageSize
	MapUsageMMUPageSize
	MapUsageRss
	MapUsagePss
	MapUsagePssDirty
	MapUsagePssAnon
	MapUsagePssFile
	MapUsagePssShmem
	MapUsageSharedClean
	MapUsageSharedDirty
	MapUsagePrivateClean
	MapUsagePrivateDirty
	MapUsageReferenced
	MapUsageAnonymous
	MapUsageKSM
	MapUsageLazyFree
	MapUsageAnonHugePages
	MapUsageShmemPmdMapped
	MapUsageFilePmdMapped
	MapUsageSharedHugetlb
	MapUsagePrivateHugetlb
	MapUsageSwap
	MapUsageSwapPss
	MapUsageLocked
)

// Contains reports whether every field of g is in f.
func (f MapUsageFields) Contains(g MapUsageFields) bool { return f&g == g }

// field finds the field that a key of smaps stands for, nil for a key that is
// not known or not of memory.
func (u *MapUsage) field(key []byte) (*uint64, MapUsageFields) {
	switch string(key) {
	case "Size":
		return &u.Size, MapUsageSize
	case "KernelPageSize":
		return &u.KernelPageSize, MapUsageKernelPageSize
	case "MMUPageSize":
		return &u.MMUPageSize, MapUsageMMUPageSize
	case "Rss":
		return &u.Rss, MapUsageRss
	case "Pss":
		return &u.Pss, MapUsagePss
	case "Pss_Dirty":
		return &u.PssDirty, MapUsagePssDirty
	case "Pss_Anon":
		return &u.PssAnon, MapUsagePssAnon
	case "Pss_File":
		return &u.PssFile, MapUsagePssFile
	case "Pss_Shmem":
		return &u.PssShmem, MapUsagePssShmem
	case "Shared_Clean":
		return &u.SharedClean, MapUsageSharedClean
	case "Shared_Dirty":
		return &u.SharedDirty, MapUsageSharedDirty
	case "Private_Clean":
		return &u.PrivateClean, MapUsagePrivateClean
	case "Private_Dirty":
		return &u.PrivateDirty, MapUsagePrivateDirty
	case "Referenced":
		return &u.Referenced, MapUsageReferenced
	case "Anonymous":
		return &u.Anonymous, MapUsageAnonymous
	case "KSM":
		return &u.KSM, MapUsageKSM
	case "LazyFree":
		return &u.LazyFree, MapUsageLazyFree
	case "AnonHugePages":
		return &u.AnonHugePages, MapUsageAnonHugePages
	case "ShmemPmdMapped":
		return &u.ShmemPmdMapped, MapUsageShmemPmdMapped
	case "FilePmdMapped":
		return &u.FilePmdMapped, MapUsageFilePmdMapped
	case "Shared_Hugetlb":
		return &u.SharedHugetlb, MapUsageSharedHugetlb
	case "Private_Hugetlb":
		return &u.PrivateHugetlb, MapUsagePrivateHugetlb
	case "Swap":
		return &u.Swap, MapUsageSwap
	case "SwapPss":
		return &u.SwapPss, MapUsageSwapPss
	case "Locked":
		return &u.Locked, MapUsageLocked
	}
	return nil, 0
}

// set decodes the value of a key.
func (u *MapUsage) set(key, value []byte) bool {
	to, field := u.field(key)
	if to == nil || u.Has&field != 0 {
		return true
	}
	v, ok := kilobytes(value)
	if ok {
		*to = v
		u.Has |= field
	}
	return ok
}

// Add adds the memory of another mapping. A field is in the sum if it was in
// either.
func (u *MapUsage) Add(v *MapUsage) {
	u.Has |= v.Has
	u.Size += v.Size
	u.KernelPageSize += v.KernelPageSize
	u.MMUPageSize += v.MMUPageSize
	u.Rss += v.Rss
	u.Pss += v.Pss
	u.PssDirty += v.PssDirty
	u.PssAnon += v.PssAnon
	u.PssFile += v.PssFile
	u.PssShmem += v.PssShmem
	u.SharedClean += v.SharedClean
	u.SharedDirty += v.SharedDirty
	u.PrivateClean += v.PrivateClean
	u.PrivateDirty += v.PrivateDirty
	u.Referenced += v.Referenced
	u.Anonymous += v.Anonymous
	u.KSM += v.KSM
	u.LazyFree += v.LazyFree
	u.AnonHugePages += v.AnonHugePages
	u.ShmemPmdMapped += v.ShmemPmdMapped
	u.FilePmdMapped += v.FilePmdMapped
	u.SharedHugetlb += v.SharedHugetlb
	u.PrivateHugetlb += v.PrivateHugetlb
	u.Swap += v.Swap
	u.SwapPss += v.SwapPss
	u.Locked += v.Locked
}

// Smap is a record of /proc/PID/smaps (proc_pid_smaps(5), fs/proc/task_mmu.c
// show_smap).
type Smap struct {
	Map
	MapUsage
	THPEligible bool   // since Linux 5.0
	VMFlags     []byte // two letters each, as printed; since Linux 3.8; aliases the input
}

// set decodes a line behind the first of a record.
func (m *Smap) set(line []byte) bool {
	key, value, ok := scan.Cut(line, ':')
	if !ok {
		return false
	}
	switch string(key) {
	case "THPeligible":
		value = scan.Trim(value)
		m.THPEligible = string(value) == "1"
		return m.THPEligible || string(value) == "0"
	case "VmFlags":
		m.VMFlags = scan.Trim(value)
		return true
	}
	return m.MapUsage.set(key, value)
}

// isMapLine reports whether a line of smaps is the first of a record: it has
// an address in small letters, while a key has a capital.
func isMapLine(line []byte) bool {
	return len(line) == 0 || line[0] < 'A' || line[0] > 'Z'
}

// EachSmap iterates over the records of /proc/PID/smaps, in order of address.
// There are none for a kernel thread or a zombie.
//
// A line of a record that cannot be read yields an error before the record,
// which then lacks that field. When the first line of a record cannot be read,
// the lines up to the next record are passed over.
func EachSmap(b []byte) iter.Seq2[Smap, error] {
	return func(yield func(Smap, error) bool) { eachSmap(b, yield) }
}

func eachSmap(b []byte, yield func(Smap, error) bool) {
	var m Smap
	const (
		none = iota // before the first record
		open        // in a record
		skip        // behind a first line that could not be read
	)
	state := none
	for n := 1; len(b) > 0; n++ {
		line, rest, whole := scan.Cut(b, '\n')
		b = rest
		if isMapLine(line) {
			if state == open && !yield(m, nil) {
				return
			}
			m = Smap{}
			state = open
			if !whole || !m.Map.parse(line) {
				state = skip
				if !yield(Smap{}, scan.Errorf(n, line, "smaps: bad mapping")) {
					return
				}
			}
			continue
		}
		if state == skip {
			continue
		}
		if state == none || !whole || !m.set(line) {
			if !yield(Smap{}, scan.Errorf(n, line, "smaps: bad line")) {
				return
			}
		}
	}
	if state == open {
		yield(m, nil)
	}
}

// ParseRollup decodes /proc/PID/smaps_rollup, whose numbers are the sums over
// all mappings. The text is empty for a kernel thread or a zombie. A line that
// cannot be read leaves its field zero and not in u.Has; the rest is read all
// the same and ParseRollup returns the first such error.
func (u *MapUsage) ParseRollup(b []byte) error {
	*u = MapUsage{}
	var first error
	for n := 1; len(b) > 0; n++ {
		line, rest, whole := scan.Cut(b, '\n')
		b = rest
		ok := whole
		if n == 1 {
			var m Map
			ok = ok && m.parse(line)
		} else if ok {
			var key, value []byte
			if key, value, ok = scan.Cut(line, ':'); ok {
				ok = u.set(key, value)
			}
		}
		if !ok && first == nil {
			first = scan.Errorf(n, line, "smaps_rollup: bad line")
		}
	}
	return first
}

// SumSmaps adds up the records of /proc/PID/smaps: what smaps_rollup says, for
// kernels before 4.14, which have none. What could be read is in the sum even
// when the error, the first one met, is not nil.
func SumSmaps(b []byte) (sum MapUsage, err error) {
	for m, e := range EachSmap(b) {
		if e == nil {
			sum.Add(&m.MapUsage)
		} else if err == nil {
			err = e
		}
	}
	return sum, err
}
