package nt

import "github.com/go-psutil/psutil/internal/wire"

// MemoryBasicInformation is MEMORY_BASIC_INFORMATION (winnt.h of the Windows SDK),
// which VirtualQueryEx returns: pages one after the other that have all in common.
type MemoryBasicInformation struct {
	BaseAddress       uint64
	AllocationBase    uint64 // of what was mapped or reserved at once
	AllocationProtect uint32
	RegionSize        uint64 // bytes
	State             uint32
	Protect           uint32 // see [ProtectionText]
	Type              uint32 // 0 of free pages
}

// The states of pages.
const (
	MemCommit  uint32 = 0x1000
	MemReserve uint32 = 0x2000
	MemFree    uint32 = 0x10000
)

// The types of pages.
const (
	MemPrivate uint32 = 0x20000
	MemMapped  uint32 = 0x40000
	MemImage   uint32 = 0x1000000
)

// ParseMemoryBasicInformation decodes the answer to a caller with pointers of so many
// bytes.
func ParseMemoryBasicInformation(b []byte, pointer int) (MemoryBasicInformation, error) {
	c := wire.New(b, layout(pointer))
	m := MemoryBasicInformation{BaseAddress: c.ULong(), AllocationBase: c.ULong(), AllocationProtect: c.U32()}
	c.AlignWord() // with the number of a memory partition
	m.RegionSize = c.ULong()
	m.State, m.Protect, m.Type = c.U32(), c.U32(), c.U32()
	c.AlignWord()
	if err := c.Err(); err != nil {
		return MemoryBasicInformation{}, err
	}
	return m, nil
}

// ProtectionText returns what psutil shows for a protection (winnt.h, PAGE_READONLY
// and the like): "xr" for what can be executed and read, with "wc" for copying when
// it is written to, "" for no access and "?" for none that is known. Guard pages
// and caching are not told.
func ProtectionText(protect uint32) string {
	switch protect & 0xff {
	case 0x01:
		return ""
	case 0x02:
		return "r"
	case 0x04:
		return "rw"
	case 0x08:
		return "wc"
	case 0x10:
		return "x"
	case 0x20:
		return "xr"
	case 0x40:
		return "xrw"
	case 0x80:
		return "xwc"
	}
	return "?"
}

// CountWorkingSet counts pages in an array of PSAPI_WORKING_SET_EX_INFORMATION
// (psapi.h), which QueryWorkingSetEx filled in: those that are in memory, and among
// them those that no other process uses, the unique set of psutil. They are those
// that can't be shared, and those that can but are not.
func CountWorkingSet(b []byte, pointer int) (resident, private uint64, err error) {
	c := wire.New(b, layout(pointer))
	for c.Len() > 0 {
		c.ULong() // the address
		attributes := c.ULong()
		if attributes&1 == 0 {
			continue
		}
		resident++
		sharers, shareable := attributes>>1&7, attributes>>15&1 != 0
		if !shareable || sharers <= 1 {
			private++
		}
	}
	return resident, private, c.Err()
}

// AppendWorkingSetQuery appends n PSAPI_WORKING_SET_EX_INFORMATION (psapi.h) with the
// addresses of pages one after the other, for QueryWorkingSetEx to fill in.
func AppendWorkingSetQuery(dst []byte, address, n, page uint64, pointer int) []byte {
	for range n {
		for i := range 8 {
			if i < pointer {
				dst = append(dst, byte(address>>(8*i)))
			}
		}
		dst = append(dst, make([]byte, pointer)...)
		address += page
	}
	return dst
}
