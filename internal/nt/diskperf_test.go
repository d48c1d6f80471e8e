package nt

import (
	"slices"
	"testing"
)

func TestParseDiskPerformance(t *testing.T) {
	b := systemStruct(8, int64(1<<40), int64(1<<41), int64(3), int64(4), int64(5), uint32(6), uint32(7), uint32(8), uint32(0xffffffff),
		int64(134398104223723411), uint32(11), utf16le("PARTMGR "))
	if len(b) != 88 {
		t.Fatalf("%d bytes", len(b))
	}
	checkRecord(t, b, 4, DiskPerformance{BytesRead: 1 << 40, BytesWritten: 1 << 41, ReadTime: 3, WriteTime: 4, IdleTime: 5, ReadCount: 6,
		WriteCount: 7, QueueDepth: 8, SplitCount: 0xffffffff, QueryTime: 134398104223723411, StorageDeviceNumber: 11,
		StorageManagerName: utf16le("PARTMGR ")}, ParseDiskPerformance)
}

func TestParseStorageDeviceNumber(t *testing.T) {
	checkRecord(t, systemU32(7, 2, 0xffffffff), 0, StorageDeviceNumber{DeviceType: 7, DeviceNumber: 2, PartitionNumber: 0xffffffff},
		ParseStorageDeviceNumber)
}

func TestEachDiskExtent(t *testing.T) {
	b := slices.Concat(systemStruct(8, uint32(2), uint32(0xeeeeeeee)),
		systemStruct(8, uint32(1), int64(1<<20), int64(1<<40)), systemStruct(8, uint32(0xffffffff), int64(-1), int64(3)))
	want := []DiskExtent{{DiskNumber: 1, StartingOffset: 1 << 20, ExtentLength: 1 << 40}, {DiskNumber: 0xffffffff, StartingOffset: -1, ExtentLength: 3}}
	if got, err := systemRows(t, EachDiskExtent(append(b, 0xee))); err != nil || !slices.Equal(got, want) {
		t.Errorf("%+v, %v", got, err)
	}
	for cut := range b {
		got, err := systemRows(t, EachDiskExtent(b[:cut:cut]))
		if err == nil || !slices.Equal(got, want[:max(cut-8, 0)/24]) {
			t.Fatalf("cut at %d: %+v, %v", cut, got, err)
		}
	}
	for range EachDiskExtent(b) {
		break
	}
	if got, err := systemRows(t, EachDiskExtent(make([]byte, 32))); err != nil || len(got) != 0 {
		t.Errorf("none: %+v, %v", got, err)
	}
}

func FuzzDiskPerformance(f *testing.F) { fuzzRecord(f, 84, ParseDiskPerformance) }

func FuzzStorageDeviceNumber(f *testing.F) { fuzzRecord(f, 12, ParseStorageDeviceNumber) }

func FuzzDiskExtent(f *testing.F) {
	f.Add(append(systemU32(1, 0), make([]byte, 24)...))
	f.Add(append(systemU32(0xffffffff, 0), make([]byte, 49)...))
	f.Fuzz(func(t *testing.T, b []byte) {
		rows, err := systemRows(t, EachDiskExtent(b))
		if len(rows) > max(len(b)-8, 0)/24 || len(b) < 8 && err == nil {
			t.Fatalf("%d rows and %v of %d bytes", len(rows), err, len(b))
		}
	})
}
