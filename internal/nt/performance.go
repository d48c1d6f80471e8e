package nt

import (
	"errors"
	"fmt"
	"iter"

	"github.com/go-psutil/psutil/internal/wire"
)

// BasicInformation is SYSTEM_BASIC_INFORMATION: SystemBasicInformation (0)
// (ntexapi.h of phnt).
type BasicInformation struct {
	TimerResolution              uint32 // units of 100 ns, the longest between two ticks of the clock
	PageSize                     uint32 // bytes
	NumberOfPhysicalPages        uint32
	LowestPhysicalPageNumber     uint32
	HighestPhysicalPageNumber    uint32
	AllocationGranularity        uint32 // bytes
	MinimumUserModeAddress       uint64
	MaximumUserModeAddress       uint64
	ActiveProcessorsAffinityMask uint64 // of the caller's group, as the next
	NumberOfProcessors           uint8
}

// ParseBasicInformation decodes a BasicInformation. The padding at its end is not
// needed.
func ParseBasicInformation(b []byte, pointer int) (BasicInformation, error) {
	return parseRecord("basic information", b, pointer, func(c *wire.Cursor) BasicInformation {
		c.Skip(4) // reserved
		i := BasicInformation{TimerResolution: c.U32(), PageSize: c.U32(), NumberOfPhysicalPages: c.U32(),
			LowestPhysicalPageNumber: c.U32(), HighestPhysicalPageNumber: c.U32(), AllocationGranularity: c.U32()}
		c.AlignWord()
		i.MinimumUserModeAddress, i.MaximumUserModeAddress = c.ULong(), c.ULong()
		i.ActiveProcessorsAffinityMask, i.NumberOfProcessors = c.ULong(), c.U8()
		return i
	})
}

// SystemPerformanceInformation is SYSTEM_PERFORMANCE_INFORMATION:
// SystemPerformanceInformation (2) (ntexapi.h of phnt), as far as all releases have
// it. The 32-bit counters wrap.
type SystemPerformanceInformation struct {
	IdleProcessTime           int64 // units of 100 ns, of all processors together
	IOReadTransferCount       int64 // bytes
	IOWriteTransferCount      int64
	IOOtherTransferCount      int64
	IOReadOperationCount      uint32
	IOWriteOperationCount     uint32
	IOOtherOperationCount     uint32
	AvailablePages            uint32
	CommittedPages            uint32
	CommitLimit               uint32 // pages
	PeakCommitment            uint32 // pages
	PageFaultCount            uint32
	CopyOnWriteCount          uint32
	TransitionCount           uint32
	CacheTransitionCount      uint32
	DemandZeroCount           uint32
	PageReadCount             uint32 // pages read for faults, from files and page files
	PageReadIOCount           uint32 // reads
	CacheReadCount            uint32
	CacheIOCount              uint32
	DirtyPagesWriteCount      uint32 // pages written to page files
	DirtyWriteIOCount         uint32 // writes
	MappedPagesWriteCount     uint32 // pages written to mapped files
	MappedWriteIOCount        uint32 // writes
	PagedPoolPages            uint32
	NonPagedPoolPages         uint32
	PagedPoolAllocs           uint32
	PagedPoolFrees            uint32
	NonPagedPoolAllocs        uint32
	NonPagedPoolFrees         uint32
	FreeSystemPTEs            uint32
	ResidentSystemCodePage    uint32 // pages, whatever the name says, as other Resident fields
	TotalSystemDriverPages    uint32
	TotalSystemCodePages      uint32
	NonPagedPoolLookasideHits uint32
	PagedPoolLookasideHits    uint32
	AvailablePagedPoolPages   uint32
	ResidentSystemCachePage   uint32
	ResidentPagedPoolPage     uint32
	ResidentSystemDriverPage  uint32

	// The cache manager.
	CCFastReadNoWait          uint32
	CCFastReadWait            uint32
	CCFastReadResourceMiss    uint32
	CCFastReadNotPossible     uint32
	CCFastMDLReadNoWait       uint32
	CCFastMDLReadWait         uint32
	CCFastMDLReadResourceMiss uint32
	CCFastMDLReadNotPossible  uint32
	CCMapDataNoWait           uint32
	CCMapDataWait             uint32
	CCMapDataNoWaitMiss       uint32
	CCMapDataWaitMiss         uint32
	CCPinMappedDataCount      uint32
	CCPinReadNoWait           uint32
	CCPinReadWait             uint32
	CCPinReadNoWaitMiss       uint32
	CCPinReadWaitMiss         uint32
	CCCopyReadNoWait          uint32
	CCCopyReadWait            uint32
	CCCopyReadNoWaitMiss      uint32
	CCCopyReadWaitMiss        uint32
	CCMDLReadNoWait           uint32
	CCMDLReadWait             uint32
	CCMDLReadNoWaitMiss       uint32
	CCMDLReadWaitMiss         uint32
	CCReadAheadIOs            uint32
	CCLazyWriteIOs            uint32
	CCLazyWritePages          uint32
	CCDataFlushes             uint32
	CCDataPages               uint32

	ContextSwitches    uint32
	FirstLevelTBFills  uint32
	SecondLevelTBFills uint32
	SystemCalls        uint32
}

// SystemPerformanceSize is how many bytes ParseSystemPerformanceInformation needs.
const SystemPerformanceSize = 312

// ParseSystemPerformanceInformation decodes a SystemPerformanceInformation, for which
// 312 bytes are needed. What Windows 10 and later have behind them is left out.
func ParseSystemPerformanceInformation(b []byte) (SystemPerformanceInformation, error) {
	return parseRecord("system performance information", b, 0, func(c *wire.Cursor) SystemPerformanceInformation {
		return SystemPerformanceInformation{
			IdleProcessTime: c.I64(), IOReadTransferCount: c.I64(), IOWriteTransferCount: c.I64(), IOOtherTransferCount: c.I64(),
			IOReadOperationCount: c.U32(), IOWriteOperationCount: c.U32(), IOOtherOperationCount: c.U32(),
			AvailablePages: c.U32(), CommittedPages: c.U32(), CommitLimit: c.U32(), PeakCommitment: c.U32(),
			PageFaultCount: c.U32(), CopyOnWriteCount: c.U32(), TransitionCount: c.U32(), CacheTransitionCount: c.U32(),
			DemandZeroCount: c.U32(), PageReadCount: c.U32(), PageReadIOCount: c.U32(), CacheReadCount: c.U32(),
			CacheIOCount: c.U32(), DirtyPagesWriteCount: c.U32(), DirtyWriteIOCount: c.U32(), MappedPagesWriteCount: c.U32(),
			MappedWriteIOCount: c.U32(), PagedPoolPages: c.U32(), NonPagedPoolPages: c.U32(), PagedPoolAllocs: c.U32(),
			PagedPoolFrees: c.U32(), NonPagedPoolAllocs: c.U32(), NonPagedPoolFrees: c.U32(), FreeSystemPTEs: c.U32(),
			ResidentSystemCodePage: c.U32(), TotalSystemDriverPages: c.U32(), TotalSystemCodePages: c.U32(),
			NonPagedPoolLookasideHits: c.U32(), PagedPoolLookasideHits: c.U32(), AvailablePagedPoolPages: c.U32(),
			ResidentSystemCachePage: c.U32(), ResidentPagedPoolPage: c.U32(), ResidentSystemDriverPage: c.U32(),
			CCFastReadNoWait: c.U32(), CCFastReadWait: c.U32(), CCFastReadResourceMiss: c.U32(), CCFastReadNotPossible: c.U32(),
			CCFastMDLReadNoWait: c.U32(), CCFastMDLReadWait: c.U32(), CCFastMDLReadResourceMiss: c.U32(),
			CCFastMDLReadNotPossible: c.U32(), CCMapDataNoWait: c.U32(), CCMapDataWait: c.U32(), CCMapDataNoWaitMiss: c.U32(),
			CCMapDataWaitMiss: c.U32(), CCPinMappedDataCount: c.U32(), CCPinReadNoWait: c.U32(), CCPinReadWait: c.U32(),
			CCPinReadNoWaitMiss: c.U32(), CCPinReadWaitMiss: c.U32(), CCCopyReadNoWait: c.U32(), CCCopyReadWait: c.U32(),
			CCCopyReadNoWaitMiss: c.U32(), CCCopyReadWaitMiss: c.U32(), CCMDLReadNoWait: c.U32(), CCMDLReadWait: c.U32(),
			CCMDLReadNoWaitMiss: c.U32(), CCMDLReadWaitMiss: c.U32(), CCReadAheadIOs: c.U32(), CCLazyWriteIOs: c.U32(),
			CCLazyWritePages: c.U32(), CCDataFlushes: c.U32(), CCDataPages: c.U32(), ContextSwitches: c.U32(),
			FirstLevelTBFills: c.U32(), SecondLevelTBFills: c.U32(), SystemCalls: c.U32(),
		}
	})
}

// TimeOfDayInformation is SYSTEM_TIMEOFDAY_INFORMATION: SystemTimeOfDayInformation
// (3) (ntexapi.h of phnt). Times are in units of 100 ns.
type TimeOfDayInformation struct {
	BootTime      int64 // since 1601, in UTC; moves with the clock when that is set
	CurrentTime   int64 // since 1601, in UTC
	TimeZoneBias  int64 // UTC less local time
	TimeZoneID    uint32
	BootTimeBias  int64  // by how much BootTime has moved since the boot
	SleepTimeBias uint64 // how long the machine has slept since
}

// TimeOfDaySize is sizeof(SYSTEM_TIMEOFDAY_INFORMATION).
const TimeOfDaySize = 48

// ParseTimeOfDayInformation decodes a TimeOfDayInformation, of which all is needed.
func ParseTimeOfDayInformation(b []byte) (TimeOfDayInformation, error) {
	return parseRecord("time of day", b, 0, func(c *wire.Cursor) TimeOfDayInformation {
		i := TimeOfDayInformation{BootTime: c.I64(), CurrentTime: c.I64(), TimeZoneBias: c.I64(), TimeZoneID: c.U32()}
		c.Skip(4) // reserved
		i.BootTimeBias, i.SleepTimeBias = c.I64(), c.U64()
		return i
	})
}

// FileCacheInformation is SYSTEM_FILECACHE_INFORMATION: SystemFileCacheInformation
// (21) (ntexapi.h of phnt). It is about the working set of the cache.
type FileCacheInformation struct {
	CurrentSize                           uint64 // bytes
	PeakSize                              uint64 // bytes
	PageFaultCount                        uint32 // wraps
	MinimumWorkingSet                     uint64 // pages
	MaximumWorkingSet                     uint64 // pages
	CurrentSizeIncludingTransitionInPages uint64 // with pages of files on the standby and modified lists
	PeakSizeIncludingTransitionInPages    uint64
	TransitionRePurposeCount              uint32 // wraps
	Flags                                 uint32
}

// ParseFileCacheInformation decodes a FileCacheInformation, of which all is needed.
func ParseFileCacheInformation(b []byte, pointer int) (FileCacheInformation, error) {
	return parseRecord("file cache", b, pointer, func(c *wire.Cursor) FileCacheInformation {
		i := FileCacheInformation{CurrentSize: c.ULong(), PeakSize: c.ULong(), PageFaultCount: c.U32()}
		c.AlignWord()
		i.MinimumWorkingSet, i.MaximumWorkingSet = c.ULong(), c.ULong()
		i.CurrentSizeIncludingTransitionInPages, i.PeakSizeIncludingTransitionInPages = c.ULong(), c.ULong()
		i.TransitionRePurposeCount, i.Flags = c.U32(), c.U32()
		return i
	})
}

// PageFile is SYSTEM_PAGEFILE_INFORMATION, of which SystemPageFileInformation (18)
// returns one for each page file (ntexapi.h of phnt). Sizes are in pages.
type PageFile struct {
	TotalSize  uint32
	TotalInUse uint32
	PeakUsage  uint32
	Name       []byte // UTF-16, such as \??\C:\pagefile.sys
}

// EachPageFile iterates over the page files in b, which the system filled in at base.
// An empty b has none.
func EachPageFile(b []byte, base uint64, pointer int) iter.Seq2[PageFile, error] {
	return func(yield func(PageFile, error) bool) {
		for off := 0; off < len(b); {
			f, step, err := parsePageFile(b, off, base, pointer)
			if err != nil {
				yield(PageFile{}, fmt.Errorf("page file at %d: %w", off, err))
				return
			}
			if !yield(f, nil) || step == 0 {
				return
			}
			off += step
		}
	}
}

// parsePageFile decodes the record at an offset, and returns how far the next one is
// from it, 0 for none.
func parsePageFile(b []byte, off int, base uint64, pointer int) (f PageFile, step int, err error) {
	c := wire.New(b[off:], layout(pointer))
	next := c.U32()
	f = PageFile{TotalSize: c.U32(), TotalInUse: c.U32(), PeakUsage: c.U32()}
	var inside bool
	f.Name, inside = unicodeString(&c, b, base)
	if err := c.Err(); err != nil {
		return PageFile{}, 0, err
	}
	if !inside {
		return PageFile{}, 0, errors.New("name outside the buffer")
	}
	// A record that begins before the end of this one would make a loop.
	if next != 0 && (uint64(next) < uint64(c.Offset()) || uint64(next) >= uint64(len(b)-off)) {
		return PageFile{}, 0, fmt.Errorf("next page file %d bytes on, of %d", next, len(b)-off)
	}
	return f, int(next), nil
}

// PerformanceInformation is PERFORMANCE_INFORMATION (psapi.h): GetPerformanceInfo.
// Sizes are in pages, but for PageSize.
type PerformanceInformation struct {
	CommitTotal       uint64
	CommitLimit       uint64
	CommitPeak        uint64
	PhysicalTotal     uint64
	PhysicalAvailable uint64 // on the standby, free and zero lists
	SystemCache       uint64 // the standby list and the system's working set
	KernelTotal       uint64 // the next two
	KernelPaged       uint64
	KernelNonpaged    uint64
	PageSize          uint64 // bytes
	HandleCount       uint32
	ProcessCount      uint32
	ThreadCount       uint32
}

// ParsePerformanceInformation decodes a PerformanceInformation. The padding at its end
// is not needed.
func ParsePerformanceInformation(b []byte, pointer int) (PerformanceInformation, error) {
	return parseRecord("performance information", b, pointer, func(c *wire.Cursor) PerformanceInformation {
		c.Skip(4) // the size
		c.AlignWord()
		return PerformanceInformation{CommitTotal: c.ULong(), CommitLimit: c.ULong(), CommitPeak: c.ULong(),
			PhysicalTotal: c.ULong(), PhysicalAvailable: c.ULong(), SystemCache: c.ULong(), KernelTotal: c.ULong(),
			KernelPaged: c.ULong(), KernelNonpaged: c.ULong(), PageSize: c.ULong(),
			HandleCount: c.U32(), ProcessCount: c.U32(), ThreadCount: c.U32()}
	})
}

// MemoryStatus is MEMORYSTATUSEX (sysinfoapi.h): GlobalMemoryStatusEx. Sizes are in
// bytes.
type MemoryStatus struct {
	MemoryLoad           uint32 // percent of TotalPhys
	TotalPhys            uint64
	AvailPhys            uint64
	TotalPageFile        uint64 // what the system, or the caller if that is less, may commit
	AvailPageFile        uint64 // what of it is not committed
	TotalVirtual         uint64 // addresses of the caller, as the next
	AvailVirtual         uint64
	AvailExtendedVirtual uint64 // always 0
}

// ParseMemoryStatus decodes a MemoryStatus.
func ParseMemoryStatus(b []byte) (MemoryStatus, error) {
	return parseRecord("memory status", b, 0, func(c *wire.Cursor) MemoryStatus {
		c.Skip(4) // the size
		return MemoryStatus{MemoryLoad: c.U32(), TotalPhys: c.U64(), AvailPhys: c.U64(), TotalPageFile: c.U64(),
			AvailPageFile: c.U64(), TotalVirtual: c.U64(), AvailVirtual: c.U64(), AvailExtendedVirtual: c.U64()}
	})
}
