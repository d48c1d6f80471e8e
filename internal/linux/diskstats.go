package linux

import (
	"iter"
	"math"
	"time"

	"github.com/go-psutil/psutil/internal/scan"
)

// DiskFields says which counters a [DiskStat] was given.
type DiskFields uint8

// The counters a kernel prints, in groups.
const (
	DiskIO      DiskFields = 1 << iota // Reads, SectorsRead, Writes, SectorsWritten
	DiskTimes                          // Merged, MS and InFlight: not for a partition before Linux 2.6.25
	DiskDiscard                        // Linux 4.18
	DiskFlush                          // Linux 5.5
)

// Contains reports whether every field of g is in f.
func (f DiskFields) Contains(g DiskFields) bool { return f&g == g }

// DiskStat is a row of /proc/diskstats, or of /sys/block/NAME/stat and
// /sys/class/block/NAME/stat, which have no numbers and no name
// (Documentation/admin-guide/iostats.rst, block/genhd.c diskstats_show and
// part_stat_show). A sector is 512 bytes whatever the device's own are.
// Counters run since boot or since the device appeared, and some are only 32
// bits wide in the kernel and wrap.
type DiskStat struct {
	Has DiskFields

	Major, Minor uint32
	Name         []byte // aliases the input; "cciss/c0d0" is cciss!c0d0 in /sys

	Reads          uint64 // completed
	ReadsMerged    uint64
	SectorsRead    uint64
	ReadMS         uint64
	Writes         uint64 // completed
	WritesMerged   uint64
	SectorsWritten uint64
	WriteMS        uint64

	InFlight   int64  // requests now; a miscount shows as less than zero
	IOMS       uint64 // time with requests in flight
	WeightedMS uint64 // the same, times their number

	Discards         uint64 // completed
	DiscardsMerged   uint64
	SectorsDiscarded uint64
	DiscardMS        uint64
	Flushes          uint64 // completed; not for a partition, which shows 0
	FlushMS          uint64
}

// EachDiskStat returns the rows of /proc/diskstats: whole devices and
// partitions, without a mark of which is which.
func EachDiskStat(b []byte) iter.Seq2[DiskStat, error] { return eachRow(b, 0, parseDiskStat) }

func parseDiskStat(line []byte) (d DiskStat, bad string) {
	f := scan.NewFields(line)
	var ok1, ok2 bool
	d.Major, ok1 = uint32Field(&f)
	d.Minor, ok2 = uint32Field(&f)
	d.Name = f.Next()
	if !ok1 || !ok2 || len(d.Name) == 0 {
		return d, "device numbers and a name expected"
	}
	if !d.counters(f.Rest()) {
		return d, "disk counters expected"
	}
	return d, ""
}

// ParseSysfs decodes the text of /sys/block/NAME/stat or
// /sys/class/block/NAME/stat; the numbers and the name stay zero.
func (d *DiskStat) ParseSysfs(b []byte) error {
	*d = DiskStat{}
	line, _, whole := scan.Cut(b, '\n')
	if !whole || !d.counters(line) {
		*d = DiskStat{}
		return scan.Errorf(0, b, "disk counters expected")
	}
	return nil
}

// counters reads 4, 11, 15, 17 or more numbers.
func (d *DiskStat) counters(b []byte) bool {
	n := 0
	for c := scan.NewFields(b); c.More(); n++ {
		c.Skip(1)
	}
	f := scan.NewFields(b)
	if n == 4 {
		d.Reads, d.SectorsRead = f.Uint(), f.Uint()
		d.Writes, d.SectorsWritten = f.Uint(), f.Uint()
		d.Has = DiskIO
		return f.Bad() == 0
	}
	if n < 11 {
		return false
	}
	d.Reads, d.ReadsMerged, d.SectorsRead, d.ReadMS = f.Uint(), f.Uint(), f.Uint(), f.Uint()
	d.Writes, d.WritesMerged, d.SectorsWritten, d.WriteMS = f.Uint(), f.Uint(), f.Uint(), f.Uint()
	var ok bool
	if d.InFlight, ok = signed(f.Next()); !ok {
		return false
	}
	d.IOMS, d.WeightedMS = f.Uint(), f.Uint()
	d.Has = DiskIO | DiskTimes
	if n >= 15 {
		d.Discards, d.DiscardsMerged, d.SectorsDiscarded, d.DiscardMS = f.Uint(), f.Uint(), f.Uint(), f.Uint()
		d.Has |= DiskDiscard
	}
	if n >= 17 {
		d.Flushes, d.FlushMS = f.Uint(), f.Uint()
		d.Has |= DiskFlush
	}
	return f.Bad() == 0
}

// DiskAmounts are the counters of a [DiskStat] that have a unit.
type DiskAmounts struct {
	ReadBytes, WriteBytes, DiscardBytes                                 uint64
	ReadTime, WriteTime, BusyTime, WeightedTime, DiscardTime, FlushTime time.Duration
}

// Amounts turns sectors into bytes and milliseconds into durations. A counter
// too large for that is an error.
func (d *DiskStat) Amounts() (DiskAmounts, error) {
	const (
		sector = 512
		most   = uint64(math.MaxInt64 / time.Millisecond)
	)
	if max(d.SectorsRead, d.SectorsWritten, d.SectorsDiscarded) > math.MaxUint64/sector ||
		max(d.ReadMS, d.WriteMS, d.IOMS, d.WeightedMS, d.DiscardMS, d.FlushMS) > most {
		return DiskAmounts{}, scan.Errorf(0, d.Name, "a counter that large")
	}
	ms := func(v uint64) time.Duration { return time.Duration(v) * time.Millisecond }
	return DiskAmounts{
		ReadBytes: d.SectorsRead * sector, WriteBytes: d.SectorsWritten * sector, DiscardBytes: d.SectorsDiscarded * sector,
		ReadTime: ms(d.ReadMS), WriteTime: ms(d.WriteMS), BusyTime: ms(d.IOMS), WeightedTime: ms(d.WeightedMS),
		DiscardTime: ms(d.DiscardMS), FlushTime: ms(d.FlushMS),
	}, nil
}
