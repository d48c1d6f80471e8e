package psutil

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"math"
	"path"
	"slices"
	"strings"
	"syscall"
	"time"

	"github.com/go-psutil/psutil/internal/linux"
	"github.com/go-psutil/psutil/internal/scan"
	"github.com/go-psutil/psutil/internal/sys"
)

func (s *System) diskPartitions(all bool) ([]DiskPartition, error) {
	file := "thread-self/mountinfo"
	if s.rootDir != "/" {
		file = "1/mountinfo"
	}
	if !s.proc.Exists(file) {
		file = "self/mountinfo"
	}
	b, err := s.readProc(file)
	if err != nil {
		return nil, err
	}
	var (
		onDevice   map[string]bool
		partitions []DiskPartition
		errs       []error
	)
	if !all {
		if onDevice, err = s.deviceFilesystems(); onDevice == nil {
			return nil, err
		}
		errs = append(errs, err)
	}
	for m, err := range linux.EachMount(b) {
		if err != nil {
			errs = append(errs, parseError(s.procPath(file), err))
			continue
		}
		// A file system in user space has a second name, "fuseblk.exfat".
		fstype, _, _ := strings.Cut(string(m.FSType), ".")
		if !all && !onDevice[fstype] {
			continue
		}
		p := s.diskPartition(m)
		if all || p.Device != "" {
			partitions = append(partitions, p)
		}
	}
	return partitions, errors.Join(errs...)
}

// deviceFilesystems are the types of file system that are on a device.
func (s *System) deviceFilesystems() (map[string]bool, error) {
	b, err := s.readProc("filesystems")
	if err != nil {
		return nil, err
	}
	types := make(map[string]bool)
	var errs []error
	for t, err := range linux.EachFilesystem(b) {
		if err != nil {
			errs = append(errs, parseError(s.procPath("filesystems"), err))
		} else if name := string(t.Name); !t.NoDev || name == "zfs" {
			types[name] = true
		}
	}
	return types, errors.Join(errs...)
}

func (s *System) diskPartition(m linux.Mount) DiskPartition {
	p := DiskPartition{
		Device: string(m.Source), Source: string(m.Source),
		Mountpoint: string(m.MountPoint), FSType: string(m.FSType), Root: string(m.Root),
		Opts:  mountOptions(string(m.Options), string(m.SuperOptions)),
		Major: m.Major, Minor: m.Minor, MountID: int(m.ID), ParentID: int(m.Parent),
	}
	p.ReadOnly = strings.HasPrefix(p.Opts+",", "ro,")
	p.Opts = string(linux.Unescape([]byte(p.Opts)))
	p.Bind = p.Root != "/"
	for name, value := range linux.EachMountOption(m.SuperOptions) {
		if string(name) == "subvol" && string(value) == p.Root {
			p.Bind = false
		}
	}
	switch p.Device {
	case "none":
		p.Device = ""
	case "/dev/root", "rootfs": // as the boot loader or the kernel calls it
		if name := s.blockDeviceName(m.Major, m.Minor); name != "" {
			p.Device = "/dev/" + name
		}
	}
	for _, group := range [...]struct {
		name string
		id   uint64
	}{{"shared", m.Shared}, {"master", m.Master}, {"propagate_from", m.PropagateFrom}} {
		if group.id != 0 {
			p.Propagation += fmt.Sprintf(" %s:%d", group.name, group.id)
		}
	}
	if m.Unbindable {
		p.Propagation += " unbindable"
	}
	p.Propagation = strings.TrimPrefix(p.Propagation, " ")
	return p
}

// blockDeviceName returns the kernel's name for a block device, "" if there is
// none.
func (s *System) blockDeviceName(major, minor uint32) string {
	link, err := s.root.AppendLink(nil, fmt.Sprintf("sys/dev/block/%d:%d", major, minor))
	if err == nil {
		return blockName(path.Base(string(link)))
	}
	b, err := s.readProc("partitions")
	if err != nil {
		return ""
	}
	for p, err := range linux.EachPartition(b) {
		if err == nil && p.Major == major && p.Minor == minor {
			return string(p.Name)
		}
	}
	return ""
}

// blockName returns the name of a device of which /sys has this one:
// "cciss!c0d0" there is cciss/c0d0.
func blockName(sysfs string) string { return strings.ReplaceAll(sysfs, "!", "/") }

// blockDir returns the directory of a block device or partition in /sys.
func blockDir(name string) string {
	return "sys/class/block/" + strings.ReplaceAll(name, "/", "!")
}

func (s *System) diskUsage(ctx context.Context, name string) (DiskSpace, error) {
	full, statfs := name, func() (sys.FSStat, error) { return sys.Statfs(name) }
	if s.rootDir != "/" {
		below := belowRoot(path.Clean("/" + name))
		full, statfs = path.Join(s.rootDir, below), func() (sys.FSStat, error) { return s.root.Statfs(below) }
	}
	return diskCalls.do(ctx, full, func() (DiskSpace, error) {
		st, err := statfs()
		if err != nil {
			return DiskSpace{}, &fs.PathError{Op: "statfs", Path: full, Err: err}
		}
		return newDiskSpace(name, cmp.Or(st.Frsize, st.Bsize), st.Blocks, st.Bfree, st.Bavail, st.Files, st.Ffree), nil
	})
}

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
		if head, isPath := nvmeHead(r.Name); isPath {
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
		d.Kind = linuxDiskKind(d.Name)
		if lerr != nil { // no /sys, or one older than Linux 2.6.26
			d.Parent = linuxDiskParent(d.Name, isListed)
		} else {
			// .../block/sda/sda1 is a partition, but .../mmcblk0/mmcblk0boot0 a
			// device of its own.
			parent := blockName(path.Base(path.Dir(string(link))))
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
			rows[i].bottom = serr == nil && !slices.ContainsFunc(below, func(name string) bool { return listed[blockName(name)] })
		}
	}
	slices.SortFunc(rows, func(a, b diskRow) int { return strings.Compare(a.Name, b.Name) })
	return rows, err
}

// diskStats returns the counters of each device.
func (s *System) diskStats() ([]diskRow, error) {
	b, err := s.readProc("diskstats")
	if err != nil {
		return s.diskStatsSysfs(err)
	}
	rows := make([]diskRow, 0, strings.Count(string(b), "\n"))
	var errs []error
	for d, err := range linux.EachDiskStat(b) {
		var row DiskIO
		if err == nil {
			row, err = newDiskIO(d)
		}
		if err != nil {
			errs = append(errs, parseError(s.procPath("diskstats"), err))
			continue
		}
		row.Name = string(d.Name)
		rows = append(rows, diskRow{DiskIO: row})
	}
	return rows, errors.Join(errs...)
}

// diskStatsSysfs reads a file for each device where /proc/diskstats failed
// with err.
func (s *System) diskStatsSysfs(err error) ([]diskRow, error) {
	names, serr := s.root.Names("sys/class/block")
	if serr != nil {
		if errors.Is(err, syscall.ENOENT) {
			err = &NotSupportedError{Op: "disk_io_counters", Need: "/proc/diskstats"}
		}
		return nil, err
	}
	rows := make([]diskRow, 0, len(names))
	var errs []error
	for _, name := range names {
		dir := blockDir(name)
		b, err := s.readRoot(dir + "/stat")
		if err != nil { // unplugged just now
			continue
		}
		var d linux.DiskStat
		err = d.ParseSysfs(b)
		if err == nil {
			var row DiskIO
			if row, err = newDiskIO(d); err == nil {
				row.Name = blockName(name)
				s.addDiskNumbers(&row, dir)
				rows = append(rows, diskRow{DiskIO: row})
				continue
			}
		}
		errs = append(errs, parseError(path.Join(s.rootDir, dir, "stat"), err))
	}
	return rows, errors.Join(errs...)
}

func (s *System) addDiskNumbers(d *DiskIO, dir string) {
	b, err := s.readRoot(dir + "/dev")
	major, minor, colon := scan.Cut(scan.Trim(b), ':')
	maj, ok1 := scan.Uint(major)
	mnr, ok2 := scan.Uint(minor)
	if err != nil || !colon || !ok1 || !ok2 || maj > math.MaxUint32 || mnr > math.MaxUint32 {
		d.Missing = d.Missing.add("major").add("minor")
		return
	}
	d.Major, d.Minor = uint32(maj), uint32(mnr)
}

// newDiskIO turns sectors into bytes and milliseconds into durations.
func newDiskIO(s linux.DiskStat) (DiskIO, error) {
	const (
		sector = 512
		most   = uint64(math.MaxInt64 / time.Millisecond)
	)
	if max(s.SectorsRead, s.SectorsWritten, s.SectorsDiscarded) > math.MaxUint64/sector ||
		max(s.ReadMS, s.WriteMS, s.IOMS, s.WeightedMS, s.DiscardMS, s.FlushMS) > most {
		return DiskIO{}, scan.Errorf(0, s.Name, "a counter that large")
	}
	ms := func(v uint64) time.Duration { return time.Duration(v) * time.Millisecond }
	d := DiskIO{
		ReadCount: s.Reads, WriteCount: s.Writes,
		ReadBytes: s.SectorsRead * sector, WriteBytes: s.SectorsWritten * sector,
		ReadTime: ms(s.ReadMS), WriteTime: ms(s.WriteMS),
		ReadMergedCount: s.ReadsMerged, WriteMergedCount: s.WritesMerged,
		BusyTime: ms(s.IOMS), WeightedTime: ms(s.WeightedMS), InFlight: uint64(max(s.InFlight, 0)),
		DiscardCount: s.Discards, DiscardMergedCount: s.DiscardsMerged,
		DiscardBytes: s.SectorsDiscarded * sector, DiscardTime: ms(s.DiscardMS),
		FlushCount: s.Flushes, FlushTime: ms(s.FlushMS),
		Major: s.Major, Minor: s.Minor,
	}
	if s.Has&linux.DiskTimes == 0 {
		d.Missing = "read_time,write_time,read_merged_count,write_merged_count,busy_time,in_flight,weighted_time"
	}
	if s.Has&linux.DiskDiscard == 0 {
		d.Missing = d.Missing.add("discard_count").add("discard_merged_count").add("discard_bytes").add("discard_time")
	}
	if s.Has&linux.DiskFlush == 0 {
		d.Missing = d.Missing.add("flush_count").add("flush_time")
	}
	return d, nil
}
