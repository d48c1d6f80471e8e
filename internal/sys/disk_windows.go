package sys

import (
	"strconv"

	"golang.org/x/sys/windows"
)

// Drives are the roots of the drives that have letters, such as `C:\`.
func Drives() ([]string, error) {
	mask, err := windows.GetLogicalDrives()
	if err != nil {
		return nil, err
	}
	var drives []string
	for i := range 26 {
		if mask>>i&1 != 0 {
			drives = append(drives, string(rune('A'+i))+`:\`)
		}
	}
	return drives, nil
}

// The types that DriveType returns (fileapi.h).
const (
	DriveRemovable = windows.DRIVE_REMOVABLE
	DriveFixed     = windows.DRIVE_FIXED
	DriveRemote    = windows.DRIVE_REMOTE
	DriveCDROM     = windows.DRIVE_CDROM
	DriveRAMDisk   = windows.DRIVE_RAMDISK
	DriveNoRoot    = windows.DRIVE_NO_ROOT_DIR
)

// DriveType is the type of the drive that a root is of.
func DriveType(root string) uint32 {
	p, err := windows.UTF16PtrFromString(root)
	if err != nil {
		return DriveNoRoot
	}
	return windows.GetDriveType(p)
}

// The flags that VolumeInformation returns (winnt.h).
const (
	VolumeReadOnly   = windows.FILE_READ_ONLY_VOLUME
	VolumeCompressed = windows.FILE_VOLUME_IS_COMPRESSED
)

// VolumeInformation is the type of the file system that is at a root, and its flags.
// It may wait for a network, or for a disk to spin up.
func VolumeInformation(root string) (fstype string, flags uint32, err error) {
	p, err := windows.UTF16PtrFromString(root)
	if err != nil {
		return "", 0, err
	}
	var name [windows.MAX_PATH + 1]uint16
	err = windows.GetVolumeInformation(p, nil, 0, nil, nil, &flags, &name[0], uint32(len(name)))
	return windows.UTF16ToString(name[:]), flags, err
}

// DiskSpace is the size of the file system that a path is on, and what of it is free,
// and free for the caller, in bytes.
func DiskSpace(path string) (total, free, available uint64, err error) {
	p, err := windows.UTF16PtrFromString(path)
	if err != nil {
		return 0, 0, 0, err
	}
	err = windows.GetDiskFreeSpaceEx(p, &available, &total, &free)
	return total, free, available, err
}

// Volumes calls f with the paths that each volume is mounted at: roots of drives, and
// folders.
func Volumes(f func(paths []string)) error {
	var name [windows.MAX_PATH]uint16
	h, err := windows.FindFirstVolume(&name[0], uint32(len(name)))
	if err != nil {
		return err
	}
	defer windows.FindVolumeClose(h)
	for {
		if paths, err := volumePaths(&name[0]); err == nil { // else it has gone meanwhile
			f(paths)
		}
		if err := windows.FindNextVolume(h, &name[0], uint32(len(name))); err != nil {
			if err == windows.ERROR_NO_MORE_FILES {
				return nil
			}
			return err
		}
	}
}

func volumePaths(name *uint16) ([]string, error) {
	b := make([]uint16, windows.MAX_PATH)
	for {
		var n uint32
		err := windows.GetVolumePathNamesForVolumeName(name, &b[0], uint32(len(b)), &n)
		if err == nil {
			return multiString(b[:n]), nil
		}
		if err != windows.ERROR_MORE_DATA || int(n) <= len(b) {
			return nil, err
		}
		b = make([]uint16, n)
	}
}

// multiString splits a list of strings, each of which ends in a NUL.
func multiString(b []uint16) []string {
	var list []string
	for len(b) > 0 && b[0] != 0 {
		s := windows.UTF16ToString(b)
		list = append(list, s)
		for len(b) > 0 && b[0] != 0 {
			b = b[1:]
		}
		b = b[min(1, len(b)):]
	}
	return list
}

// Device is what the name of a DOS device, such as `C:`, stands for in the kernel.
func Device(name string) (string, error) {
	p, err := windows.UTF16PtrFromString(name)
	if err != nil {
		return "", err
	}
	b := make([]uint16, windows.MAX_LONG_PATH)
	n, err := windows.QueryDosDevice(p, &b[0], uint32(len(b)))
	if err != nil {
		return "", err
	}
	return windows.UTF16ToString(b[:n]), nil
}

// DiskPerformance is DISK_PERFORMANCE of the physical disk of a number. There is none
// if the error is [IsNotFound].
func DiskPerformance(disk int) ([]byte, error) {
	const ioctlDiskPerformance, size = 0x70020, 88 // winioctl.h
	return control(`\\.\PhysicalDrive`+strconv.Itoa(disk), ioctlDiskPerformance, size)
}

// control asks a device for so many bytes.
func control(device string, code uint32, size int) ([]byte, error) {
	p, err := windows.UTF16PtrFromString(device)
	if err != nil {
		return nil, err
	}
	h, err := windows.CreateFile(p, 0, windows.FILE_SHARE_READ|windows.FILE_SHARE_WRITE, nil, windows.OPEN_EXISTING, 0, 0)
	if err != nil {
		return nil, err
	}
	defer windows.CloseHandle(h)
	b := make([]byte, size)
	var n uint32
	if err := windows.DeviceIoControl(h, code, nil, 0, &b[0], uint32(size), &n, nil); err != nil {
		return nil, err
	}
	return b[:n], nil
}

// NotADirectory is the error of a path that is not one.
const NotADirectory = windows.ERROR_DIRECTORY
