package nt

import (
	"fmt"
	"reflect"
	"slices"
	"testing"
)

func TestParseBasicInformation(t *testing.T) {
	for _, pointer := range pointers {
		b := systemStruct(pointer, systemU32(0xeeeeeeee, 156250, 4096, 6171022, 1, 6291455, 65536),
			word(0x10000), word(wide(pointer, 1)), word(wide(pointer, 2)), []byte{200})
		if want := map[int]int{4: 44, 8: 64}[pointer]; len(b) != want {
			t.Fatalf("%d bytes", len(b))
		}
		checkRecord(t, b, pointer-1, BasicInformation{TimerResolution: 156250, PageSize: 4096, NumberOfPhysicalPages: 6171022,
			LowestPhysicalPageNumber: 1, HighestPhysicalPageNumber: 6291455, AllocationGranularity: 65536, MinimumUserModeAddress: 0x10000,
			MaximumUserModeAddress: wide(pointer, 1), ActiveProcessorsAffinityMask: wide(pointer, 2), NumberOfProcessors: 200},
			func(b []byte) (BasicInformation, error) { return ParseBasicInformation(b, pointer) })
	}
}

func TestParseSystemPerformanceInformation(t *testing.T) {
	b := systemStruct(8, int64(-1), int64(1<<33), int64(1<<34), int64(1<<35))
	want := SystemPerformanceInformation{IdleProcessTime: -1, IOReadTransferCount: 1 << 33, IOWriteTransferCount: 1 << 34, IOOtherTransferCount: 1 << 35}
	// Each 32-bit counter is its offset, and the fields are in the order of the header.
	fields := reflect.ValueOf(&want).Elem()
	for i := 4; i < fields.NumField(); i++ {
		fields.Field(i).SetUint(uint64(len(b)))
		b = append(b, systemU32(uint32(len(b)))...)
	}
	if len(b) != 312 {
		t.Fatalf("%d bytes", len(b))
	}
	checkRecord(t, b, 0, want, ParseSystemPerformanceInformation)
	for name, offset := range map[string]uint64{
		"IOReadOperationCount": 32, "AvailablePages": 44, "CommittedPages": 48, "CommitLimit": 52, "PeakCommitment": 56, "PageFaultCount": 60,
		"PageReadCount": 80, "DirtyPagesWriteCount": 96, "PagedPoolPages": 112, "NonPagedPoolPages": 116, "FreeSystemPTEs": 136,
		"ResidentSystemCachePage": 164, "CCFastReadNoWait": 176, "CCMapDataNoWait": 208, "CCPinMappedDataCount": 224,
		"CCCopyReadNoWait": 244, "CCMDLReadNoWait": 260, "CCReadAheadIOs": 276, "CCDataPages": 292, "ContextSwitches": 296, "SystemCalls": 308,
	} {
		if got := fields.FieldByName(name).Uint(); got != offset {
			t.Errorf("%s is at %d, not %d", name, got, offset)
		}
	}
}

func TestParseTimeOfDayInformation(t *testing.T) {
	b := systemStruct(8, int64(134398104200748720), int64(134398104223723411), int64(-36000000000), uint32(2), uint32(0xeeeeeeee), int64(-5), uint64(1<<63))
	checkRecord(t, b, 0, TimeOfDayInformation{BootTime: 134398104200748720, CurrentTime: 134398104223723411, TimeZoneBias: -36000000000,
		TimeZoneID: 2, BootTimeBias: -5, SleepTimeBias: 1 << 63}, ParseTimeOfDayInformation)
}

func TestParseFileCacheInformation(t *testing.T) {
	for _, pointer := range pointers {
		b := systemStruct(pointer, word(wide(pointer, 1)), word(wide(pointer, 2)), uint32(3), word(wide(pointer, 4)),
			word(wide(pointer, 5)), word(wide(pointer, 6)), word(wide(pointer, 7)), uint32(8), uint32(9))
		if want := map[int]int{4: 36, 8: 64}[pointer]; len(b) != want {
			t.Fatalf("%d bytes", len(b))
		}
		checkRecord(t, b, 0, FileCacheInformation{CurrentSize: wide(pointer, 1), PeakSize: wide(pointer, 2), PageFaultCount: 3,
			MinimumWorkingSet: wide(pointer, 4), MaximumWorkingSet: wide(pointer, 5), CurrentSizeIncludingTransitionInPages: wide(pointer, 6),
			PeakSizeIncludingTransitionInPages: wide(pointer, 7), TransitionRePurposeCount: 8, Flags: 9},
			func(b []byte) (FileCacheInformation, error) { return ParseFileCacheInformation(b, pointer) })
	}
}

// pageFileBytes lays out a SYSTEM_PAGEFILE_INFORMATION at an address, its name behind
// it, and room up to the next one unless it is the last.
func pageFileBytes(pointer int, address uint64, f PageFile, last bool) []byte {
	head := func(next uint32, name uint64) []byte {
		return systemStruct(pointer, next, f.TotalSize, f.TotalInUse, f.PeakUsage, uint16(len(f.Name)), uint16(len(f.Name)+2), word(name))
	}
	size := len(head(0, 0))
	if last {
		return append(head(0, address+uint64(size)), f.Name...)
	}
	room := -len(f.Name) & 7
	return slices.Concat(head(uint32(size+len(f.Name)+room), address+uint64(size)), f.Name, make([]byte, room))
}

func TestEachPageFile(t *testing.T) {
	const base = 0x70001000
	want := []PageFile{
		{TotalSize: 1 << 20, TotalInUse: 2, PeakUsage: 3, Name: utf16le(`\??\C:\pagefile.sys`)},
		{TotalSize: 4, TotalInUse: 5, PeakUsage: 6, Name: utf16le(`\??\D:\ü`)},
	}
	for _, pointer := range pointers {
		first := pageFileBytes(pointer, base, want[0], false)
		b := append(first, pageFileBytes(pointer, base+uint64(len(first)), want[1], true)...)
		for cut := range len(b) + 1 {
			got, err := systemRows(t, EachPageFile(b[:cut:cut], base, pointer))
			n := 0
			if cut > len(first) {
				n = 1
			}
			if cut == len(b) {
				n = 2
			}
			if !slices.EqualFunc(got, want[:n], func(a, b PageFile) bool { return reflect.DeepEqual(a, b) }) || (err == nil) != (cut == 0 || cut == len(b)) {
				t.Fatalf("pointers of %d, cut at %d: %+v, %v", pointer, cut, got, err)
			}
		}
		for range EachPageFile(b, base, pointer) {
			break
		}

		for name, patch := range map[string]struct {
			offset int
			number []byte
		}{
			"NextWithin":    {0, systemU32(uint32(15 + 2*pointer))},
			"NextNegative":  {0, systemU32(0xffffffff)},
			"NextAtTheEnd":  {0, systemU32(uint32(len(b)))},
			"NameBefore":    {16 + pointer, systemStruct(pointer, word(base-1))},
			"NameAfter":     {16 + pointer, systemStruct(pointer, word(base+uint64(len(b))))},
			"NameIsTooLong": {16, []byte{byte(len(b) - 1)}},
		} {
			t.Run(fmt.Sprintf("%s%d", name, pointer), func(t *testing.T) {
				bad := slices.Clone(b)
				copy(bad[patch.offset:], patch.number)
				if got, err := systemRows(t, EachPageFile(bad, base, pointer)); err == nil || len(got) != 0 {
					t.Errorf("%+v, %v", got, err)
				}
			})
		}
	}
}

func TestParsePerformanceInformation(t *testing.T) {
	for _, pointer := range pointers {
		numbers := []any{uint32(0xee)}
		for i := range uint64(10) {
			numbers = append(numbers, word(wide(pointer, i)))
		}
		b := systemStruct(pointer, append(numbers, uint32(672), uint32(9), uint32(55))...)
		if want := map[int]int{4: 56, 8: 104}[pointer]; len(b) != want {
			t.Fatalf("%d bytes", len(b))
		}
		checkRecord(t, b, pointer-4, PerformanceInformation{CommitTotal: wide(pointer, 0), CommitLimit: wide(pointer, 1),
			CommitPeak: wide(pointer, 2), PhysicalTotal: wide(pointer, 3), PhysicalAvailable: wide(pointer, 4), SystemCache: wide(pointer, 5),
			KernelTotal: wide(pointer, 6), KernelPaged: wide(pointer, 7), KernelNonpaged: wide(pointer, 8), PageSize: wide(pointer, 9), HandleCount: 672, ProcessCount: 9, ThreadCount: 55},
			func(b []byte) (PerformanceInformation, error) { return ParsePerformanceInformation(b, pointer) })
	}
}

func TestParseMemoryStatus(t *testing.T) {
	b := systemStruct(8, uint32(64), uint32(2), uint64(25276506112), uint64(24666050560), uint64(25276514304), uint64(24666050561),
		uint64(1<<47-1), uint64(1<<46), uint64(1<<63))
	checkRecord(t, b, 0, MemoryStatus{MemoryLoad: 2, TotalPhys: 25276506112, AvailPhys: 24666050560, TotalPageFile: 25276514304,
		AvailPageFile: 24666050561, TotalVirtual: 1<<47 - 1, AvailVirtual: 1 << 46, AvailExtendedVirtual: 1 << 63}, ParseMemoryStatus)
}

func FuzzBasicInformation(f *testing.F) {
	fuzzRecord(f, 57, func(b []byte) (BasicInformation, error) { return ParseBasicInformation(b, 8) })
}

func FuzzSystemPerformanceInformation(f *testing.F) {
	fuzzRecord(f, 312, ParseSystemPerformanceInformation)
}

func FuzzTimeOfDayInformation(f *testing.F) { fuzzRecord(f, 48, ParseTimeOfDayInformation) }

func FuzzFileCacheInformation(f *testing.F) {
	fuzzRecord(f, 36, func(b []byte) (FileCacheInformation, error) { return ParseFileCacheInformation(b, 4) })
}

func FuzzPerformanceInformation(f *testing.F) {
	fuzzRecord(f, 56, func(b []byte) (PerformanceInformation, error) { return ParsePerformanceInformation(b, 4) })
}

func FuzzMemoryStatus(f *testing.F) { fuzzRecord(f, 64, ParseMemoryStatus) }

func FuzzPageFile(f *testing.F) {
	for _, pointer := range pointers {
		one := pageFileBytes(pointer, 64, PageFile{TotalSize: 1, Name: utf16le("a")}, false)
		f.Add(append(one, pageFileBytes(pointer, 64+uint64(len(one)), PageFile{}, true)...), uint64(64), pointer == 8)
	}
	f.Fuzz(func(t *testing.T, b []byte, base uint64, wide bool) {
		pointer := 4
		if wide {
			pointer = 8
		}
		rows, err := systemRows(t, EachPageFile(b, base, pointer))
		if len(rows) > len(b)/(16+2*pointer) || err == nil && len(rows) == 0 && len(b) > 0 {
			t.Fatalf("%d rows and %v of %d bytes", len(rows), err, len(b))
		}
		for _, f := range rows {
			if len(f.Name) > len(b) {
				t.Fatalf("a name of %d bytes in %d", len(f.Name), len(b))
			}
		}
	})
}
