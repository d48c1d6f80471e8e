package nt

import (
	"fmt"
	"iter"

	"github.com/go-psutil/psutil/internal/wire"
)

// DiskPerformance is DISK_PERFORMANCE (ntdddisk.h, winioctl.h):
// IOCTL_DISK_PERFORMANCE. It counts while the counters are enabled. Times are in units
// of 100 ns.
type DiskPerformance struct {
	BytesRead           int64
	BytesWritten        int64
	ReadTime            int64 // of requests, so that it may run faster than the clock, as the next
	WriteTime           int64
	IdleTime            int64  // without a request
	ReadCount           uint32 // wraps, as the next
	WriteCount          uint32
	QueueDepth          uint32 // requests now
	SplitCount          uint32 // wraps
	QueryTime           int64  // of this answer, since 1601
	StorageDeviceNumber uint32
	StorageManagerName  []byte // UTF-16, filled up with blanks: of disks PARTMGR or PhysDisk
}

// ParseDiskPerformance decodes a DiskPerformance. The padding at its end is not needed.
func ParseDiskPerformance(b []byte) (DiskPerformance, error) {
	return parseRecord("disk performance", b, 0, func(c *wire.Cursor) DiskPerformance {
		return DiskPerformance{BytesRead: c.I64(), BytesWritten: c.I64(), ReadTime: c.I64(), WriteTime: c.I64(),
			IdleTime: c.I64(), ReadCount: c.U32(), WriteCount: c.U32(), QueueDepth: c.U32(), SplitCount: c.U32(),
			QueryTime: c.I64(), StorageDeviceNumber: c.U32(), StorageManagerName: fixedText(c, 8)}
	})
}

// StorageDeviceNumber is STORAGE_DEVICE_NUMBER (ntddstor.h, winioctl.h):
// IOCTL_STORAGE_GET_DEVICE_NUMBER.
type StorageDeviceNumber struct {
	DeviceType      uint32 // FILE_DEVICE_*: 2 CD, 7 disk, ...
	DeviceNumber    uint32 // n of \\.\PhysicalDriveN for disks
	PartitionNumber uint32 // from 1, 0 for the whole disk, 0xffffffff for none
}

// ParseStorageDeviceNumber decodes a StorageDeviceNumber.
func ParseStorageDeviceNumber(b []byte) (StorageDeviceNumber, error) {
	return parseRecord("storage device number", b, 0, func(c *wire.Cursor) StorageDeviceNumber {
		return StorageDeviceNumber{DeviceType: c.U32(), DeviceNumber: c.U32(), PartitionNumber: c.U32()}
	})
}

// DiskExtent is DISK_EXTENT (ntddvol.h, winioctl.h), a part of a volume.
type DiskExtent struct {
	DiskNumber     uint32
	StartingOffset int64 // bytes
	ExtentLength   int64 // bytes
}

// EachDiskExtent iterates over the extents of a VOLUME_DISK_EXTENTS (ntddvol.h,
// winioctl.h): IOCTL_VOLUME_GET_VOLUME_DISK_EXTENTS.
func EachDiskExtent(b []byte) iter.Seq2[DiskExtent, error] {
	return func(yield func(DiskExtent, error) bool) {
		c := wire.New(b, layout(0))
		n := c.U32()
		c.Align(8)
		if c.Err() != nil {
			yield(DiskExtent{}, fmt.Errorf("disk extents: %w", c.Err()))
			return
		}
		for range n {
			e := DiskExtent{DiskNumber: c.U32()}
			c.Align(8)
			e.StartingOffset, e.ExtentLength = c.I64(), c.I64()
			if c.Err() != nil {
				yield(DiskExtent{}, fmt.Errorf("disk extents: %w", c.Err()))
				return
			}
			if !yield(e, nil) {
				return
			}
		}
	}
}
