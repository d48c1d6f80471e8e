package psutil

import (
	"errors"
	"path"
	"strings"
	"syscall"

	"github.com/go-psutil/psutil/internal/linux"
)

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
				row.Name = linux.BlockName(name)
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
	major, minor, ok := linux.ParseDevice(b)
	if err != nil || !ok {
		d.Missing = d.Missing.add("major").add("minor")
		return
	}
	d.Major, d.Minor = major, minor
}

// blockDir returns the directory of a block device or partition in /sys.
func blockDir(name string) string { return "sys/class/block/" + linux.SysfsBlockName(name) }

// newDiskIO turns sectors into bytes and milliseconds into durations.
func newDiskIO(s linux.DiskStat) (DiskIO, error) {
	a, err := s.Amounts()
	if err != nil {
		return DiskIO{}, err
	}
	d := DiskIO{
		ReadCount: s.Reads, WriteCount: s.Writes, ReadBytes: a.ReadBytes, WriteBytes: a.WriteBytes,
		ReadTime: a.ReadTime, WriteTime: a.WriteTime,
		ReadMergedCount: s.ReadsMerged, WriteMergedCount: s.WritesMerged,
		BusyTime: a.BusyTime, WeightedTime: a.WeightedTime, InFlight: uint64(max(s.InFlight, 0)),
		DiscardCount: s.Discards, DiscardMergedCount: s.DiscardsMerged,
		DiscardBytes: a.DiscardBytes, DiscardTime: a.DiscardTime,
		FlushCount: s.Flushes, FlushTime: a.FlushTime,
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
