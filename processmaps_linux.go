package psutil

import (
	"errors"
	"strconv"
	"syscall"

	"github.com/go-psutil/psutil/internal/linux"
	"github.com/go-psutil/psutil/internal/scan"
)

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
			if sum, err = linux.SumSmaps(b); err != nil {
				sum.Has = smapsFields(b)
			}
		}
	}
	if _, isErrno := errors.AsType[syscall.Errno](err); isErrno {
		return ProcessFootprint{}, none(d.p.fail("memory_footprint", err))
	}
	if len(b) == 0 {
		return ProcessFootprint{}, d.p.alive("memory_footprint")
	}
	private := linux.MapUsagePrivateClean | linux.MapUsagePrivateDirty
	if err != nil {
		err = d.malformed("memory_footprint", file, err)
		// Linux before 4.4 does not print it, but here that is not sure.
		private |= linux.MapUsagePrivateHugetlb
	}
	var f ProcessFootprint
	for _, v := range [...]struct {
		to    *uint64
		name  string
		has   linux.MapUsageFields
		value uint64
	}{
		{&f.USS, "uss", private, sum.PrivateClean + sum.PrivateDirty + sum.PrivateHugetlb},
		{&f.PSS, "pss", linux.MapUsagePss, sum.Pss},
		{&f.Swap, "swap", linux.MapUsageSwap, sum.Swap},
		{&f.SwapPSS, "swap_pss", linux.MapUsageSwapPss, sum.SwapPss},
	} {
		if sum.Has.Contains(v.has) {
			*v.to = v.value
		} else {
			f.Missing = f.Missing.add(v.name)
		}
	}
	return f, err
}

// smapsFields returns what may be added up in an smaps file that can't be read
// in full: the fields that each record has, and none if a record was lost.
func smapsFields(b []byte) linux.MapUsageFields {
	fields := ^linux.MapUsageFields(0)
	for m, err := range linux.EachSmap(b) {
		if err == nil {
			fields &= m.Has
		} else if e, ok := errors.AsType[*scan.SyntaxError](err); !ok || e.Line == 1 || e.Text == "" || e.Text[0] < 'A' || e.Text[0] > 'Z' {
			return 0 // what starts a record has no capital
		}
	}
	return fields
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
	if len(b) == 0 {
		return nil, d.p.alive("memory_maps")
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
				Anonymous: m.Anonymous, Swap: m.Swap, SwapPSS: m.SwapPss, Locked: m.Locked, Missing: smapMissing(m.Has),
			}},
		})
	}
	return regions, errors.Join(errs...)
}

// smapFields are the lines of a record of smaps that MappedMemory has.
var smapFields = [...]struct {
	has  linux.MapUsageFields
	name string
}{
	{linux.MapUsageRss, "rss"}, {linux.MapUsageSize, "size"}, {linux.MapUsagePss, "pss"},
	{linux.MapUsageSharedClean, "shared_clean"}, {linux.MapUsageSharedDirty, "shared_dirty"},
	{linux.MapUsagePrivateClean, "private_clean"}, {linux.MapUsagePrivateDirty, "private_dirty"},
	{linux.MapUsageReferenced, "referenced"}, {linux.MapUsageAnonymous, "anonymous"},
	{linux.MapUsageSwap, "swap"}, {linux.MapUsageSwapPss, "swap_pss"}, {linux.MapUsageLocked, "locked"},
}

// smapMissing are the fields whose lines a record does not have.
func smapMissing(has linux.MapUsageFields) (m Missing) {
	for _, f := range smapFields {
		if !has.Contains(f.has) {
			m = m.add(f.name)
		}
	}
	return m
}
