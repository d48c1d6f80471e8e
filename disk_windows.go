package psutil

import (
	"context"
	"io/fs"
	"slices"
	"strings"

	"github.com/go-psutil/psutil/internal/sys"
)

// diskPartitions are the drives with letters, and the folders that volumes are mounted
// at. Without all those are left out that are remote, without a medium or not ready.
func (s *System) diskPartitions(all bool) ([]DiskPartition, error) {
	roots, err := sys.Drives()
	if err != nil {
		return nil, err
	}
	err = sys.Volumes(func(paths []string) {
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
	if strings.HasPrefix(path, `\\`) && !strings.HasSuffix(path, `\`) {
		path += `\` // without, it is not the name of a share
	}
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
