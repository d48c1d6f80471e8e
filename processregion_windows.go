package psutil

import (
	"cmp"
	"os"

	"github.com/go-psutil/psutil/internal/nt"
	"github.com/go-psutil/psutil/internal/sys"
)

// eachRegion calls f for each region of the process's memory.
func eachRegion(h sys.Handle, f func(nt.MemoryBasicInformation) error) error {
	for address := uint64(0); ; {
		b, err := h.Region(address)
		if sys.IsErrno(err, sys.NoRegion) {
			return nil
		}
		if err != nil {
			return err
		}
		m, err := nt.ParseMemoryBasicInformation(b, sys.PointerSize)
		if err != nil {
			return err
		}
		if err := f(m); err != nil {
			return err
		}
		next := m.BaseAddress + m.RegionSize
		if next <= address {
			return nil
		}
		address = next
	}
}

// mappedMissing is all of a region but where it is, what it is of, its size and what is
// resident.
const mappedMissing = "pss,shared_clean,shared_dirty,private_clean,private_dirty,referenced,anonymous,swap,swap_pss,locked,deleted,offset,device,inode"

// memoryRegions are the regions that a file is mapped into, or that are in use
// without. The error beside them may be that it is not known what is resident.
func (p Process) memoryRegions() (regions []MemoryRegion, err error) {
	err = p.with("memory_maps", sys.Query|sys.ReadMemory, func(h sys.Handle) error {
		var (
			unknown error
			paths   dosPaths
		)
		err := eachRegion(h, func(m nt.MemoryBasicInformation) error {
			if m.State != nt.MemCommit {
				return nil
			}
			r := MemoryRegion{Start: m.BaseAddress, End: m.BaseAddress + m.RegionSize, Perms: nt.ProtectionText(m.Protect)}
			r.Path, r.Size, r.Missing = "[anon]", m.RegionSize, mappedMissing
			if m.Type == nt.MemImage || m.Type == nt.MemMapped {
				if name, err := h.MappedFile(m.BaseAddress); err == nil {
					r.Path = paths.of(name)
				}
			}
			if unknown == nil {
				r.RSS, _, unknown = p.workingSet(h, m)
			}
			regions = append(regions, r)
			return nil
		})
		return cmp.Or(err, unknown)
	})
	return regions, err
}

// memoryFootprint counts the pages that nobody shares.
func (p Process) memoryFootprint() (f ProcessFootprint, err error) {
	err = p.with("memory_footprint", sys.Query|sys.ReadMemory, func(h sys.Handle) error {
		return eachRegion(h, func(m nt.MemoryBasicInformation) error {
			if m.State != nt.MemCommit {
				return nil
			}
			_, private, err := p.workingSet(h, m)
			f.USS += private
			return err
		})
	})
	f.Missing = "pss,swap,swap_pss"
	return f, err
}

// workingSet counts the bytes of a region that are resident, and those of them that
// nobody shares.
func (p Process) workingSet(h sys.Handle, m nt.MemoryBasicInformation) (resident, private uint64, err error) {
	if p.pid == os.Getpid() {
		h = sys.CurrentProcess() // needs no rights
	}
	const atOnce = 1 << 12 // pages
	page := uint64(sys.PageSize())
	for address, end := m.BaseAddress, m.BaseAddress+m.RegionSize; address < end; address += atOnce * page {
		b := nt.AppendWorkingSetQuery(nil, address, min(atOnce, (end-address)/page), page, sys.PointerSize)
		if err := h.WorkingSet(b); err != nil {
			return resident, private, err
		}
		r, own, err := nt.CountWorkingSet(b, sys.PointerSize)
		if err != nil {
			return resident, private, err
		}
		resident, private = resident+r*page, private+own*page
	}
	return resident, private, nil
}
