package psutil

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"math"
	"math/bits"
	"sync"
	"time"
)

// DiskPartition is one mounted file system, psutil's sdiskpart.
type DiskPartition struct {
	// Device is what is mounted, such as "/dev/sda1" or "server:/export";
	// empty if the file system names none. Windows: the same as Mountpoint, the root
	// of a drive, such as `C:\`, or the folder that a volume is mounted at.
	Device     string `json:"device"`
	Mountpoint string `json:"mountpoint"`
	FSType     string `json:"fstype"`
	// Opts are the options of the mount and of the file system, as
	// /proc/mounts has them: "rw,nosuid,relatime,errors=remount-ro". Windows: "rw" or
	// "ro", "compressed", and the type of the drive: "fixed", "removable", "remote",
	// "cdrom", "ramdisk", "unmounted" or "unknown".
	Opts string `json:"opts"`

	// Of what follows Windows has only Root, Source and ReadOnly.

	Root        string `json:"root"`        // the part of the file system that is seen here, "/" for all of it
	Bind        bool   `json:"bind"`        // only a part is seen, and not because it is a btrfs subvolume
	Major       uint32 `json:"major"`       // number of the device, of st_dev of the files; 0 if it is no block device
	Minor       uint32 `json:"minor"`       // likewise a number
	MountID     int    `json:"mount_id"`    // may be used again after umount
	ParentID    int    `json:"parent_id"`   // MountID of the mount that this is on
	Source      string `json:"source"`      // what the kernel calls the device: "none", "/dev/root"
	Propagation string `json:"propagation"` // such as "shared:1 master:2", empty for a private mount
	ReadOnly    bool   `json:"read_only"`   // the mount or the whole file system is read-only
}

// DiskPartitions returns the mounted file systems that are on a device, in the
// kernel's order, which is mostly that of mounting. It is psutil's
// disk_partitions.
//
// Those are the types that the kernel does not call "nodev", and zfs; network,
// memory and overlay file systems are not among them, see [DiskPartitionsAll].
// A device that is mounted twice is listed twice, and a bind mount is listed
// too: see Bind and Root of [DiskPartition].
//
// On Linux no file system is touched, so one that hangs is listed like any other.
// Rows that could be read are returned beside an error.
//
// Cost on Linux: two files, /proc/self/mountinfo, of PID 1 below another root
// (proc_pid_mountinfo(5)), and /proc/filesystems. Windows: drives with a letter and the
// folders that volumes are mounted at, sorted by mount point, without those that are
// remote, have no medium or are not ready; several calls for each, of which
// GetVolumeInformation may wait for a disk to spin up.
func DiskPartitions() ([]DiskPartition, error) {
	s, err := defaultSystem()
	if err != nil {
		return nil, err
	}
	return s.DiskPartitions()
}

// DiskPartitions is [DiskPartitions] of this system.
func (s *System) DiskPartitions() ([]DiskPartition, error) { return s.diskPartitions(false) }

// DiskPartitionsAll returns every mounted file system, as [DiskPartitions]
// does those on a device. It is psutil's disk_partitions(all=True). Windows: also
// drives without a medium, and remote ones, for whose server it may wait.
func DiskPartitionsAll() ([]DiskPartition, error) {
	s, err := defaultSystem()
	if err != nil {
		return nil, err
	}
	return s.DiskPartitionsAll()
}

// DiskPartitionsAll is [DiskPartitionsAll] of this system.
func (s *System) DiskPartitionsAll() ([]DiskPartition, error) { return s.diskPartitions(true) }

// MarshalJSON writes psutil's sdiskpart, with the other fields after it.
func (p DiskPartition) MarshalJSON() ([]byte, error) { return marshalFields(p) }

// String returns a line such as `"/dev/sda1" on "/" type ext4 (rw,relatime)`.
func (p DiskPartition) String() string {
	return fmt.Sprintf("%q on %q type %s (%s)", p.Device, p.Mountpoint, p.FSType, p.Opts)
}

// DiskSpace is how full a file system is, psutil's sdiskusage. Bytes.
type DiskSpace struct {
	Total uint64 `json:"total"`
	Used  uint64 `json:"used"`
	// Free is what an ordinary user may still write. Used and Free do not add
	// up to Total where blocks are kept for root.
	Free uint64 `json:"free"`
	// Percent is Used of Used and Free, as in df; it is missing if there are no
	// blocks at all, as in /proc.
	Percent float64 `json:"percent"`

	Path string `json:"path"` // what was asked for
	// The inodes are missing where a file system has no fixed number of them,
	// such as btrfs, and on Windows.
	InodesTotal   uint64  `json:"inodes_total"`
	InodesUsed    uint64  `json:"inodes_used"`
	InodesFree    uint64  `json:"inodes_free"`
	InodesPercent float64 `json:"inodes_percent"`

	Missing Missing `json:"-"`
}

// DiskUsage returns how full the file system is that holds path, a file or a
// directory. It is psutil's disk_usage.
//
// A file system whose server has gone blocks whoever asks it, without end.
// DiskUsage then returns when ctx is done, with an error that is [ErrTimeout]
// after a deadline; the thread that the kernel holds is left behind until the
// file system answers. Callers that ask for the same path meanwhile wait, each
// with its own ctx, for that same answer, so that there is at most one such
// thread for each path. A ctx that can't be done starts none: the caller waits
// itself.
//
// The path of a System with another root is looked up below that root, and so
// are the symbolic links in it. A path that does not exist is [fs.ErrNotExist],
// in an [*fs.PathError].
//
// Cost: one system call. POSIX: statvfs(3). Windows: GetDiskFreeSpaceEx, once more for
// the directory of a file; Free is what the caller's quota leaves. UNC paths will do.
func DiskUsage(ctx context.Context, path string) (DiskSpace, error) {
	s, err := defaultSystem()
	if err != nil {
		return DiskSpace{}, err
	}
	return s.DiskUsage(ctx, path)
}

// DiskUsage is [DiskUsage] of this system.
func (s *System) DiskUsage(ctx context.Context, path string) (DiskSpace, error) {
	return s.diskUsage(ctx, path)
}

// newDiskSpace counts in units of unit bytes, as statvfs does.
func newDiskSpace(path string, unit, blocks, free, avail, files, filesFree uint64) DiskSpace {
	d := DiskSpace{
		Path:  path,
		Total: blockBytes(blocks, unit),
		Used:  blockBytes(blocks-min(free, blocks), unit),
		Free:  blockBytes(avail, unit),
	}
	if both := float64(d.Used) + float64(d.Free); both > 0 {
		d.Percent = 100 * float64(d.Used) / both
	} else {
		d.Missing = d.Missing.add("percent")
	}
	if files == 0 {
		for _, name := range [...]string{"inodes_total", "inodes_used", "inodes_free", "inodes_percent"} {
			d.Missing = d.Missing.add(name)
		}
		return d
	}
	d.InodesTotal, d.InodesFree = files, filesFree
	d.InodesUsed = files - min(filesFree, files)
	d.InodesPercent = 100 * float64(d.InodesUsed) / float64(files)
	return d
}

// blockBytes stops at the largest number: a file system in user space may
// claim any size.
func blockBytes(blocks, unit uint64) uint64 {
	hi, lo := bits.Mul64(blocks, unit)
	if hi != 0 {
		return math.MaxUint64
	}
	return lo
}

// MarshalJSON writes psutil's sdiskusage, with the other fields after it.
func (d DiskSpace) MarshalJSON() ([]byte, error) { return marshalFields(d) }

// String returns a line such as `"/": 12.5% of 1073741824 bytes, 912680550 free`.
func (d DiskSpace) String() string {
	percent := "?"
	if !d.Missing.Has("percent") {
		percent = fmt.Sprintf("%.1f", d.Percent)
	}
	return fmt.Sprintf("%q: %s%% of %d bytes, %d free", d.Path, percent, d.Total, d.Free)
}

// diskCalls are the calls of DiskUsage that have not returned, by path. An
// entry is gone as soon as its call returns.
var diskCalls spaceCalls

// spaceCalls runs calls that may never return, one at a time for each path.
type spaceCalls struct {
	mu    sync.Mutex
	calls map[string]*spaceCall
}

type spaceCall struct {
	done  chan struct{} // closed once the other two are set
	space DiskSpace
	err   error
}

// do returns what ask returns, or ctx's error if it is done before. If there is
// a call for the path already, its answer is taken.
func (c *spaceCalls) do(ctx context.Context, path string, ask func() (DiskSpace, error)) (DiskSpace, error) {
	if ctx.Err() != nil {
		return DiskSpace{}, diskTimeout(ctx, path)
	}
	if ctx.Done() == nil {
		return ask()
	}
	c.mu.Lock()
	call := c.calls[path]
	if call == nil {
		call = &spaceCall{done: make(chan struct{})}
		if c.calls == nil {
			c.calls = make(map[string]*spaceCall)
		}
		c.calls[path] = call
		go func() {
			call.space, call.err = ask()
			c.mu.Lock()
			delete(c.calls, path)
			c.mu.Unlock()
			close(call.done)
		}()
	}
	c.mu.Unlock()
	select {
	case <-call.done:
		return call.space, call.err
	case <-ctx.Done():
	}
	select {
	case <-call.done: // both at once
		return call.space, call.err
	default:
		return DiskSpace{}, diskTimeout(ctx, path)
	}
}

func diskTimeout(ctx context.Context, path string) error {
	err := ctx.Err()
	if errors.Is(err, context.DeadlineExceeded) {
		err = ErrTimeout
	}
	return &fs.PathError{Op: "statfs", Path: path, Err: err}
}

// DiskKind says what a block device is.
type DiskKind uint8

// The kinds of block device.
const (
	DiskUnknown DiskKind = iota
	DiskWhole            // a disk
	DiskPart             // a partition of another device
	DiskDM               // made by the device mapper: LVM, LUKS, multipath
	DiskMD               // software RAID
	DiskLoop             // a file
	DiskRAM              // memory
	DiskZRAM             // compressed memory
	DiskROM              // CD or DVD
	DiskFloppy           // floppy disk
	DiskNetwork          // on a server: NBD, Ceph RBD
	DiskZVol             // a volume of ZFS
	DiskPath             // one of the paths to an NVMe disk that has several
	DiskVirtual          // something else that is made by software: bcache, DRBD
)

var diskKindNames = [...]string{"unknown", "disk", "partition", "dm", "md", "loop", "ram", "zram", "rom", "floppy", "network", "zvol", "path", "virtual"}

// String returns a name such as "partition".
func (k DiskKind) String() string { return enumName(diskKindNames[:], int(k), "DiskKind") }

// MarshalText returns the name.
func (k DiskKind) MarshalText() ([]byte, error) { return []byte(k.String()), nil }

// UnmarshalText reads a name as String writes it.
func (k *DiskKind) UnmarshalText(text []byte) error {
	i, err := enumValue(diskKindNames[:], text, "kind of disk")
	*k = DiskKind(i)
	return err
}

// DiskIO counts what a block device has done since it was there, psutil's
// sdiskio. Times of transfers that ran at once add up; BusyTime does not count
// them twice. Windows has the first six fields, Name, Kind and InFlight; it keeps
// ReadCount and WriteCount in 32 bits, which begin again at 0.
type DiskIO struct {
	ReadCount        uint64        `json:"read_count"`
	WriteCount       uint64        `json:"write_count"`
	ReadBytes        uint64        `json:"read_bytes"`
	WriteBytes       uint64        `json:"write_bytes"`
	ReadTime         time.Duration `json:"read_time" unit:"ms"`
	WriteTime        time.Duration `json:"write_time" unit:"ms"`
	ReadMergedCount  uint64        `json:"read_merged_count"`
	WriteMergedCount uint64        `json:"write_merged_count"`
	BusyTime         time.Duration `json:"busy_time" unit:"ms"` // with at least one transfer under way

	Name               string        `json:"name"`
	Kind               DiskKind      `json:"kind"`
	Major              uint32        `json:"major"`
	Minor              uint32        `json:"minor"`
	Parent             string        `json:"parent"`                  // name of the device that this is a partition of
	InFlight           uint64        `json:"in_flight"`               // transfers under way now
	WeightedTime       time.Duration `json:"weighted_time" unit:"ms"` // of all transfers, those under way too
	DiscardCount       uint64        `json:"discard_count"`           // Linux 4.18, as the next three
	DiscardMergedCount uint64        `json:"discard_merged_count"`
	DiscardBytes       uint64        `json:"discard_bytes"`
	DiscardTime        time.Duration `json:"discard_time" unit:"ms"`
	FlushCount         uint64        `json:"flush_count"` // Linux 5.5, as the next; of whole disks only
	FlushTime          time.Duration `json:"flush_time" unit:"ms"`

	Missing Missing `json:"-"`
}

// DiskIOCounters returns what all disks together have done since boot. It is
// psutil's disk_io_counters, except that no byte is counted twice.
//
// The sum has the whole devices at the bottom: not partitions, since a disk
// counts what its partitions do; not what stands on another device of the list
// (device mapper, RAID, bcache, a disk with several paths, which each count
// their part), nor ZFS volumes; and not loop devices and RAM disks, which are
// files and memory. [DiskIOCountersPerDisk] has them all. A system without any
// disk is [ErrNotSupported].
//
// Cost: that of [DiskIOCountersPerDisk], and one directory for each device
// that may stand on others.
func DiskIOCounters() (DiskIO, error) {
	s, err := defaultSystem()
	if err != nil {
		return DiskIO{}, err
	}
	return s.DiskIOCounters()
}

// DiskIOCounters is [DiskIOCounters] of this system.
func (s *System) DiskIOCounters() (DiskIO, error) {
	rows, err := s.diskIO(true)
	var total DiskIO
	n := 0
	for _, row := range rows {
		if row.bottom {
			total.addCounters(row.DiskIO)
			n++
		}
	}
	if n == 0 {
		return DiskIO{}, errors.Join(err, &NotSupportedError{Op: "disk_io_counters", Need: "a disk"})
	}
	for _, name := range [...]string{"name", "kind", "major", "minor", "parent"} {
		total.Missing = total.Missing.add(name)
	}
	return total, err
}

// DiskIOCountersPerDisk returns what each block device has done since boot,
// sorted by name: disks, partitions and what is made of them. It is psutil's
// disk_io_counters(perdisk=True).
//
// Rows that could be read are returned beside an error. A kernel that counts
// nothing is [ErrNotSupported]. See [DiskIO.Since] for rates.
//
// Cost: one file, and one symbolic link for each device. Linux:
// /proc/diskstats, or /sys/class/block/*/stat where that is not there, and
// /sys/class/block. A sector is 512 bytes, whatever the disk's own are.
//
// Windows: whole disks only, by the names "PhysicalDrive0" to "PhysicalDrive63". Each
// takes three calls, IOCTL_DISK_PERFORMANCE among them, and each of these numbers that
// no disk has one. A driver that does not count, as on servers where diskperf -y was
// not run, is [ErrNotSupported].
func DiskIOCountersPerDisk() ([]DiskIO, error) {
	s, err := defaultSystem()
	if err != nil {
		return nil, err
	}
	return s.DiskIOCountersPerDisk()
}

// DiskIOCountersPerDisk is [DiskIOCountersPerDisk] of this system.
func (s *System) DiskIOCountersPerDisk() ([]DiskIO, error) {
	rows, err := s.diskIO(false)
	disks := make([]DiskIO, len(rows))
	for i := range rows {
		disks[i] = rows[i].DiskIO
	}
	return disks, err
}

// diskRow is a device and whether the total has it.
type diskRow struct {
	DiskIO
	bottom bool
}

// counters lists the fields that grow, by JSON name.
func (d *DiskIO) counters() (counts [11]*uint64, times [6]*time.Duration) {
	return [...]*uint64{
			&d.ReadCount, &d.WriteCount, &d.ReadBytes, &d.WriteBytes, &d.ReadMergedCount, &d.WriteMergedCount,
			&d.DiscardCount, &d.DiscardMergedCount, &d.DiscardBytes, &d.FlushCount, &d.InFlight,
		}, [...]*time.Duration{
			&d.ReadTime, &d.WriteTime, &d.BusyTime, &d.WeightedTime, &d.DiscardTime, &d.FlushTime,
		}
}

// addCounters adds the counters of e, and what e is missing.
func (d *DiskIO) addCounters(e DiskIO) {
	counts, times := d.counters()
	moreCounts, moreTimes := e.counters()
	for i, c := range counts {
		*c += *moreCounts[i]
	}
	for i, t := range times {
		*t += *moreTimes[i]
	}
	d.Missing = d.Missing.union(e.Missing)
}

// Since returns what was done between the earlier reading and d, of the same
// device or both totals. InFlight is d's own, and what is missing in either
// reading is missing.
//
// No difference is negative. A counter of a device that is smaller than before
// has started again from zero, with the device, and its difference is what it
// shows now. A total that is smaller has lost a disk, and its difference is
// zero; add up those of the devices to know better. The times are 32-bit
// numbers of milliseconds in the kernel, and start again on a busy disk every
// few weeks though the device does not: if the counts have not become smaller
// and it is plausible, that is made good.
func (d DiskIO) Since(earlier DiskIO) DiskIO {
	isTotal := d.Name == ""
	restarted := false
	counts, times := d.counters()
	oldCounts, oldTimes := earlier.counters()
	for i, c := range counts {
		switch {
		case c == &d.InFlight: // no counter
		case *c >= *oldCounts[i]:
			*c -= *oldCounts[i]
		default:
			restarted = true
			if isTotal {
				*c = 0
			}
		}
	}
	for i, t := range times {
		switch spent := *t - *oldTimes[i]; {
		case spent >= 0:
			*t = spent
		case !restarted && 0 <= spent+diskTimeWrap && spent+diskTimeWrap < diskTimeWrap/2:
			*t = spent + diskTimeWrap
		case isTotal:
			*t = 0
		}
	}
	d.Missing = d.Missing.union(earlier.Missing)
	return d
}

// diskTimeWrap is where the kernel's times of a disk start again.
const diskTimeWrap = time.Duration(1<<32) * time.Millisecond

// MarshalJSON writes psutil's sdiskio, with the other fields after it. Times
// are whole milliseconds, as psutil's.
func (d DiskIO) MarshalJSON() ([]byte, error) { return marshalFields(d) }

// String returns a line such as "sda: read 4096 bytes in 1, wrote 0 in 0, busy 2ms".
func (d DiskIO) String() string {
	name := d.Name
	if name == "" {
		name = "total"
	}
	return fmt.Sprintf("%s: read %d bytes in %d, wrote %d in %d, busy %v", name, d.ReadBytes, d.ReadCount, d.WriteBytes, d.WriteCount, d.BusyTime)
}
