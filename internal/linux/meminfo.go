package linux

import (
	"math"

	"github.com/go-psutil/psutil/internal/scan"
)

// MeminfoRow is a line of /proc/meminfo.
type MeminfoRow struct {
	Name  []byte // "MemTotal"; aliases the input
	Value uint64 // bytes, or a plain count where Count is set
	Count bool   // the kernel printed no unit, as for HugePages_Total
}

// Meminfo is /proc/meminfo (proc_meminfo(5), fs/proc/meminfo.c
// meminfo_proc_show), or /sys/devices/system/node/nodeN/meminfo
// (drivers/base/node.c), whose lines begin with "Node N". Which lines there
// are depends on the kernel's version, configuration and architecture.
type Meminfo struct {
	Rows []MeminfoRow // in the kernel's order; alias the input
}

// Parse decodes the text of the file, keeping the room of m.Rows: it
// allocates only while that grows. It returns the first error, having read
// every line that can be read.
func (m *Meminfo) Parse(b []byte) error {
	m.Rows = m.Rows[:0]
	var err error
	for n, line := range eachLine(b, &err) {
		r, bad := parseMeminfoRow(line)
		if bad != "" {
			noteError(&err, n, line, bad)
			continue
		}
		m.Rows = append(m.Rows, r)
	}
	return err
}

func parseMeminfoRow(line []byte) (r MeminfoRow, bad string) {
	name, rest, found := scan.Cut(line, ':')
	if key, after := scan.Field(name); string(key) == "Node" {
		_, name = scan.Field(after)
	}
	r.Name = scan.Trim(name)
	if !found || len(r.Name) == 0 {
		return r, "a name and a colon expected"
	}
	value, rest := scan.Field(rest)
	unit, rest := scan.Field(rest)
	v, ok := scan.Uint(value)
	if !ok || len(scan.Trim(rest)) > 0 {
		return r, "one number expected"
	}
	switch string(unit) {
	case "kB":
		if v > math.MaxUint64/1024 {
			return r, "a number of bytes that fits expected"
		}
		v *= 1024
	case "":
		r.Count = true
	default:
		return r, "kB expected"
	}
	r.Value = v
	return r, ""
}

// Lookup returns the value of the first line of that name, in bytes or as a
// count, and whether there is one.
func (m *Meminfo) Lookup(name string) (uint64, bool) {
	for i := range m.Rows {
		if string(m.Rows[i].Name) == name {
			return m.Rows[i].Value, true
		}
	}
	return 0, false
}

// EstimateAvailable computes what Linux before 3.14 does not print, or almost:
// MemAvailable, in bytes. It is the free memory above the low watermarks, and of the page cache
// and the reclaimable slab what is above half of it or above the watermarks,
// whichever is more. lowPages is the sum that [ZoneLowPages] gives. Without
// the lines it needs (Linux before 2.6.28) it settles for free memory and
// page cache; ok is false when there is no MemFree.
func (m *Meminfo) EstimateAvailable(lowPages, pageSize uint64) (avail uint64, ok bool) {
	free, ok := m.Lookup("MemFree")
	if !ok {
		return 0, false
	}
	active, ok1 := m.Lookup("Active(file)")
	inactive, ok2 := m.Lookup("Inactive(file)")
	slab, ok3 := m.Lookup("SReclaimable")
	if !ok1 || !ok2 || !ok3 {
		return m.FreeAndCached(), true
	}
	low := uint64(math.MaxUint64)
	if pageSize == 0 || lowPages <= math.MaxUint64/pageSize {
		low = lowPages * pageSize
	}
	cache := addCapped(active, inactive)
	avail = addCapped(free, cache-min(cache/2, low))
	avail = addCapped(avail, slab-min(slab/2, low))
	return avail - min(avail, low), true
}

// FreeAndCached returns the sum of MemFree and Cached, in bytes: what is
// available, roughly, as far as a kernel tells no more.
func (m *Meminfo) FreeAndCached() uint64 {
	free, _ := m.Lookup("MemFree")
	cached, _ := m.Lookup("Cached")
	return addCapped(free, cached)
}

func addCapped(a, b uint64) uint64 {
	if a > math.MaxUint64-b {
		return math.MaxUint64
	}
	return a + b
}
