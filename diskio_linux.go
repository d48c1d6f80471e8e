package psutil

import (
	"path"
	"slices"
	"strings"

	"github.com/go-psutil/psutil/internal/linux"
)

// diskIO reads the counters of all devices, and if total is set finds out
// which of them stand on no other.
func (s *System) diskIO(total bool) ([]diskRow, error) {
	rows, err := s.diskStats()
	if rows == nil && err != nil {
		return nil, err
	}
	listed := make(map[string]bool, len(rows))
	paths := make(map[string]bool) // NVMe disks that have several
	for _, r := range rows {
		listed[r.Name] = true
		if head, isPath := linux.NVMeHead(r.Name); isPath {
			paths[head] = true
		}
	}
	isListed := func(name string) bool { return listed[name] }
	var link []byte
	for i := range rows {
		d := &rows[i].DiskIO
		dir := blockDir(d.Name)
		var lerr error
		link, lerr = s.root.AppendLink(link[:0], dir)
		d.Kind = linuxDiskKinds[linux.BlockKindOf(d.Name)]
		if lerr != nil { // no /sys, or one older than Linux 2.6.26
			d.Parent = linux.BlockParent(d.Name, isListed)
		} else {
			// .../block/sda/sda1 is a partition, but .../mmcblk0/mmcblk0boot0 a
			// device of its own.
			parent := linux.BlockName(path.Base(path.Dir(string(link))))
			if listed[parent] && s.root.Exists(dir+"/partition") {
				d.Parent = parent
			}
			if d.Kind == DiskWhole && strings.Contains(string(link), "/virtual/block/") {
				d.Kind = DiskVirtual
			}
		}
		if d.Parent != "" {
			d.Kind = DiskPart
			if !d.Missing.Has("flush_count") {
				d.Missing = d.Missing.add("flush_count").add("flush_time")
			}
		} else {
			d.Missing = d.Missing.add("parent")
		}
		if !total {
			continue
		}
		switch d.Kind {
		case DiskWhole, DiskROM, DiskFloppy, DiskNetwork, DiskPath:
			rows[i].bottom = !paths[d.Name]
		case DiskDM, DiskMD, DiskVirtual:
			below, serr := s.root.Names(dir + "/slaves")
			rows[i].bottom = serr == nil && !slices.ContainsFunc(below, func(name string) bool { return listed[linux.BlockName(name)] })
		}
	}
	slices.SortFunc(rows, func(a, b diskRow) int { return strings.Compare(a.Name, b.Name) })
	return rows, err
}

// linuxDiskKinds are the kinds that a name tells.
var linuxDiskKinds = [...]DiskKind{
	linux.BlockDisk: DiskWhole, linux.BlockDM: DiskDM, linux.BlockMD: DiskMD, linux.BlockLoop: DiskLoop,
	linux.BlockRAM: DiskRAM, linux.BlockZRAM: DiskZRAM, linux.BlockROM: DiskROM, linux.BlockFloppy: DiskFloppy,
	linux.BlockNetwork: DiskNetwork, linux.BlockZVol: DiskZVol, linux.BlockPath: DiskPath, linux.BlockVirtual: DiskVirtual,
}
