package psutil

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"slices"
	"strings"

	"github.com/go-psutil/psutil/internal/nt"
	"github.com/go-psutil/psutil/internal/sys"
)

// diskPartitions are the drives with letters, and the folders that volumes are mounted
// at. Without all those are left out that are remote, without a medium or not ready.
func (s *System) diskPartitions(all bool) ([]DiskPartition, error) {
	roots, err := sys.Drives()
	if err != nil {
		return nil, err
	}
	err = sys.Volumes(func(_ string, paths []string) {
		for _, p := range paths {
			if !slices.Contains(roots, p) {
				roots = append(roots, p)
			}
		}
	})
	var partitions []DiskPartition
	for _, root := range roots {
		kind := sys.DriveType(root)
		if !all && (kind == sys.DriveNoRoot || kind == sys.DriveRemote) {
			continue
		}
		p := DiskPartition{Device: root, Mountpoint: root, Source: root, Root: `\`}
		opts := "rw"
		fstype, flags, err := sys.VolumeInformation(root)
		switch {
		case err != nil && !all:
			continue
		case err != nil:
			opts = ""
		case flags&sys.VolumeReadOnly != 0:
			opts, p.ReadOnly = "ro", true
		}
		if flags&sys.VolumeCompressed != 0 {
			opts += ",compressed"
		}
		p.FSType, p.Opts = fstype, strings.TrimPrefix(opts+","+driveKind(kind), ",")
		partitions = append(partitions, p)
	}
	slices.SortFunc(partitions, func(a, b DiskPartition) int { return strings.Compare(a.Mountpoint, b.Mountpoint) })
	return partitions, err
}

// driveKind is psutil's word for the type of a drive.
func driveKind(kind uint32) string {
	switch kind {
	case sys.DriveFixed:
		return "fixed"
	case sys.DriveRemovable:
		return "removable"
	case sys.DriveRemote:
		return "remote"
	case sys.DriveCDROM:
		return "cdrom"
	case sys.DriveRAMDisk:
		return "ramdisk"
	case sys.DriveNoRoot:
		return "unmounted"
	}
	return "unknown"
}

// diskUsage takes a directory, or a file, of which it is that of the directory.
func (s *System) diskUsage(ctx context.Context, path string) (DiskSpace, error) {
	return diskCalls.do(ctx, path, func() (DiskSpace, error) {
		total, free, available, err := sys.DiskSpace(path)
		if sys.IsErrno(err, sys.NotADirectory) {
			total, free, available, err = sys.DiskSpace(parentDir(path))
		}
		if err != nil {
			return DiskSpace{}, &fs.PathError{Op: "GetDiskFreeSpaceEx", Path: path, Err: err}
		}
		return newDiskSpace(path, 1, total, free, available, 0, 0), nil
	})
}

func parentDir(path string) string {
	if i := strings.LastIndexAny(path, `\/`); i >= 0 {
		return path[:i+1]
	}
	return "."
}

// maxDisks is how many numbers of disks are tried: there are gaps where one was taken
// out.
const maxDisks = 64

// diskIO are the physical disks. The system counts only if told to on servers, which
// diskperf -y does.
func (s *System) diskIO(bool) ([]diskRow, error) {
	var (
		rows []diskRow
		errs []error
	)
	for n := range maxDisks {
		b, err := sys.DiskPerformance(n)
		switch {
		case sys.IsNotFound(err):
			continue
		case sys.NotSupported(err):
			errs = append(errs, &NotSupportedError{Op: "disk_io_counters", Need: "a driver that counts; see diskperf -y"})
			continue
		case err != nil:
			errs = append(errs, err)
			continue
		}
		p, err := nt.ParseDiskPerformance(b)
		if err != nil {
			errs = append(errs, &ParseError{File: "IOCTL_DISK_PERFORMANCE", Err: err})
			continue
		}
		rows = append(rows, diskRow{DiskIO{
			Name: fmt.Sprintf("PhysicalDrive%d", n), Kind: DiskWhole, ReadCount: uint64(p.ReadCount), WriteCount: uint64(p.WriteCount),
			ReadBytes: uint64(p.BytesRead), WriteBytes: uint64(p.BytesWritten), ReadTime: hundredNanoseconds(p.ReadTime),
			WriteTime: hundredNanoseconds(p.WriteTime), InFlight: uint64(p.QueueDepth),
			Missing: missingBut(DiskIO{}, "name", "kind", "read_count", "write_count", "read_bytes", "write_bytes", "read_time", "write_time", "in_flight"),
		}, true})
	}
	return rows, errors.Join(errs...)
}

// dosPath is the path as users know it of one as the kernel does.
func dosPath(path string) string {
	if rest, ok := strings.CutPrefix(path, `\??\`); ok {
		return strings.Replace(rest, `UNC\`, `\\`, 1)
	}
	if rest, ok := strings.CutPrefix(path, `\Device\Mup\`); ok {
		return `\\` + rest
	}
	if !strings.HasPrefix(path, `\Device\`) {
		return path
	}
	drives, err := sys.Drives()
	if err != nil {
		return path
	}
	for _, root := range drives {
		drive := strings.TrimSuffix(root, `\`)
		if device, err := sys.Device(drive); err == nil {
			if rest, ok := strings.CutPrefix(path, device+`\`); ok {
				return drive + `\` + rest
			}
		}
	}
	return path
}
