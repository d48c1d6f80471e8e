package nt

import (
	"bytes"
	"testing"
)

func TestParseMemoryBasicInformation(t *testing.T) {
	for pointer, size := range map[int]int{4: 28, 8: 48} {
		want := MemoryBasicInformation{BaseAddress: wide(pointer, 1), AllocationBase: wide(pointer, 2), AllocationProtect: 0x80000003,
			RegionSize: wide(pointer, 4), State: MemCommit | 0x80000000, Protect: 0x80000020, Type: MemImage | 0x80000000}
		fields := []any{word(want.BaseAddress), word(want.AllocationBase), want.AllocationProtect}
		if pointer == 8 {
			fields = append(fields, uint16(0xffff)) // PartitionId
		}
		b := cstruct(pointer, append(fields, word(want.RegionSize), want.State, want.Protect, want.Type)...)
		if len(b) != size {
			t.Fatalf("the test's struct has %d bytes, want %d", len(b), size)
		}
		for _, b := range [][]byte{b, append(b[:size:size], 1)} {
			if got, err := ParseMemoryBasicInformation(b, pointer); got != want || err != nil {
				t.Errorf("%+v, %v; want %+v", got, err, want)
			}
		}
		for n := range b {
			if got, err := ParseMemoryBasicInformation(b[:n:n], pointer); got != (MemoryBasicInformation{}) || err == nil {
				t.Errorf("%+v, %v of %d bytes", got, err, n)
			}
		}
	}
	for _, pointer := range []int{-8, 0, 3, 16} {
		if got, err := ParseMemoryBasicInformation(make([]byte, 100), pointer); err == nil {
			t.Errorf("pointers of %d bytes: %+v", pointer, got)
		}
	}
}

func TestProtectionText(t *testing.T) {
	for protect, want := range map[uint32]string{
		0x01: "", 0x02: "r", 0x04: "rw", 0x08: "wc", 0x10: "x", 0x20: "xr", 0x40: "xrw", 0x80: "xwc",
		0x104: "rw", 0x204: "rw", 0x420: "xr", 0x40000040: "xrw", // with PAGE_GUARD, PAGE_NOCACHE and others
		0: "?", 0x03: "?", 0x60: "?", 0x100: "?",
	} {
		if got := ProtectionText(protect); got != want {
			t.Errorf("%#x: %q, want %q", protect, got, want)
		}
	}
}

// workingSet lays out PSAPI_WORKING_SET_EX_INFORMATION of pages by their attributes.
func workingSet(pointer int, attributes ...uint64) []byte {
	var b []byte
	for i, a := range attributes {
		b = append(b, cstruct(pointer, word(wide(pointer, uint64(i))|1), word(a))...)
	}
	return b
}

func TestCountWorkingSet(t *testing.T) {
	const (
		valid     = 1 << 0
		sharers   = 1 << 1 // 0 to 7
		protect   = 1 << 4 // 11 bits
		shareable = 1 << 15
		node      = 1 << 16
		rest      = 0xff800000
	)
	tests := []struct {
		name              string
		attributes        uint64
		resident, private uint64
	}{
		{"NotThere", 0, 0, 0},
		{"NotThereWhateverElse", shareable | 7*sharers | protect*0x7ff | rest, 0, 0},
		{"Private", valid | 4*protect, 1, 1},
		{"PrivateWithSharers", valid | 2*sharers, 1, 1},
		{"Shared", valid | shareable | 2*sharers, 1, 0},
		{"SharedByMany", valid | shareable | 7*sharers | 2*protect | node | rest, 1, 0},
		{"SharedByNobodyElse", valid | shareable | 1*sharers | 0x7ff*protect | 63*node, 1, 1},
		{"SharedByNobody", valid | shareable, 1, 1},
	}
	for name, pointer := range pointers {
		var all []uint64
		var resident, private uint64
		for _, tt := range tests {
			gotResident, gotPrivate, err := CountWorkingSet(workingSet(pointer, tt.attributes), pointer)
			if gotResident != tt.resident || gotPrivate != tt.private || err != nil {
				t.Errorf("%s%s: %d, %d, %v; want %d, %d", tt.name, name, gotResident, gotPrivate, err, tt.resident, tt.private)
			}
			all = append(all, tt.attributes)
			resident += tt.resident
			private += tt.private
		}
		b := workingSet(pointer, all...)
		if gotResident, gotPrivate, err := CountWorkingSet(b, pointer); gotResident != resident || gotPrivate != private || err != nil {
			t.Errorf("%s: %d, %d, %v; want %d, %d", name, gotResident, gotPrivate, err, resident, private)
		}
		for n := range b {
			whole := n / (2 * pointer)
			wantResident, wantPrivate, _ := CountWorkingSet(workingSet(pointer, all[:whole]...), pointer)
			gotResident, gotPrivate, err := CountWorkingSet(b[:n:n], pointer)
			if gotResident != wantResident || gotPrivate != wantPrivate || (err != nil) != (n%(2*pointer) != 0) {
				t.Errorf("%s: %d, %d, %v of %d bytes; want %d, %d", name, gotResident, gotPrivate, err, n, wantResident, wantPrivate)
			}
		}
	}
	if resident, private, err := CountWorkingSet(make([]byte, 64), 0); resident != 0 || private != 0 || err == nil {
		t.Errorf("%d, %d, %v without a size of pointers", resident, private, err)
	}
}

func FuzzMemory(f *testing.F) {
	f.Add(workingSet(8, 1, 0x8005, 0x8003, 0), true)
	f.Add(workingSet(4, 1, 0x8005, 0x8003, 0), false)
	f.Add(make([]byte, 48), true)
	f.Fuzz(func(t *testing.T, b []byte, wide bool) {
		pointer, size := 4, 28
		if wide {
			pointer, size = 8, 48
		}
		if got, err := ParseMemoryBasicInformation(b, pointer); (err != nil) != (len(b) < size) || !wide && (got.BaseAddress|got.RegionSize)>>32 != 0 {
			t.Errorf("%+v, %v of %d bytes", got, err, len(b))
		}
		resident, private, err := CountWorkingSet(b, pointer)
		if private > resident || resident > uint64(len(b)/(2*pointer)) || (err != nil) != (len(b)%(2*pointer) != 0) {
			t.Errorf("%d, %d, %v of %d bytes", resident, private, err, len(b))
		}
	})
}

func TestAppendWorkingSetQuery(t *testing.T) {
	for _, test := range []struct {
		pointer int
		address uint64
		want    []byte
	}{
		{4, 0x7f123000, []byte{9, 0, 0x30, 0x12, 0x7f, 0, 0, 0, 0, 0, 0x40, 0x12, 0x7f, 0, 0, 0, 0}},
		{8, 0x7ff712345000, []byte{9, 0, 0x50, 0x34, 0x12, 0xf7, 0x7f, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0,
			0, 0x60, 0x34, 0x12, 0xf7, 0x7f, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0}},
	} {
		if got := AppendWorkingSetQuery([]byte{9}, test.address, 2, 0x1000, test.pointer); !bytes.Equal(got, test.want) {
			t.Errorf("%d: % x, want % x", test.pointer, got, test.want)
		}
	}
}
