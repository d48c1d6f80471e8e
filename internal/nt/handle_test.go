package nt

import (
	"bytes"
	"encoding/binary"
	"slices"
	"testing"
)

// handleList lays out SYSTEM_HANDLE_INFORMATION_EX.
func handleList(handles []HandleEntry, pointer int) []byte {
	b := cstruct(pointer, word(len(handles)), word(0xabababab))
	for _, h := range handles {
		b = append(b, cstruct(pointer, word(h.Object), word(h.PID), word(h.Handle), h.GrantedAccess, uint16(0xcdcd), h.TypeIndex, h.Attributes, uint32(0xefefefef))...)
	}
	return b
}

func sampleHandles(pointer int) []HandleEntry {
	return []HandleEntry{
		{Object: wide(pointer, 1), PID: wide(pointer, 2), Handle: wide(pointer, 3), GrantedAccess: 0x8012019f, TypeIndex: 0x8025, Attributes: 0x80000002},
		{PID: 4, Handle: 4, GrantedAccess: 0x1fffff, TypeIndex: 7},
		{Object: wide(pointer, 4), PID: 4711, Handle: 0x80, TypeIndex: 37},
	}
}

func TestEachHandle(t *testing.T) {
	for name, size := range map[string]struct{ pointer, header, row int }{"32Bit": {4, 8, 28}, "64Bit": {8, 16, 40}} {
		t.Run(name, func(t *testing.T) {
			handles := sampleHandles(size.pointer)
			b := handleList(handles, size.pointer)
			if len(b) != size.header+3*size.row {
				t.Fatalf("the test's list has %d bytes", len(b))
			}
			for _, b := range [][]byte{b, append(slices.Clone(b), make([]byte, 100)...)} {
				if got, errs := gather(EachHandle(b, size.pointer)); !slices.Equal(got, handles) || errs != nil {
					t.Errorf("%+v, %v; want %+v", got, errs, handles)
				}
			}
			for n := range b {
				want := max(0, n-size.header) / size.row
				if got, errs := gather(EachHandle(b[:n:n], size.pointer)); !slices.Equal(got, handles[:want]) || len(errs) != 1 {
					t.Errorf("%+v, %v of %d bytes; want %d", got, errs, n, want)
				}
			}
			for range EachHandle(b, size.pointer) {
				break
			}
			if n := testing.AllocsPerRun(50, func() {
				for range EachHandle(b, size.pointer) {
				}
			}); n != 0 {
				t.Errorf("%v allocations", n)
			}
			if got, errs := gather(EachHandle(handleList(nil, size.pointer), size.pointer)); got != nil || errs != nil {
				t.Errorf("%+v, %v of none", got, errs)
			}
			// More than there can be.
			copy(b, bytes.Repeat([]byte{0xff}, size.pointer))
			if got, errs := gather(EachHandle(b, size.pointer)); !slices.Equal(got, handles) || len(errs) != 1 {
				t.Errorf("%+v, %v; want %+v and an error", got, errs, handles)
			}
		})
	}
	for _, pointer := range []int{-8, 0, 3, 16} {
		if got, errs := gather(EachHandle(make([]byte, 100), pointer)); got != nil || len(errs) != 1 {
			t.Errorf("pointers of %d bytes: %+v, %v", pointer, got, errs)
		}
	}
}

func FuzzEachHandle(f *testing.F) {
	f.Add(handleList(sampleHandles(4), 4), false)
	f.Add(handleList(sampleHandles(8), 8), true)
	f.Fuzz(func(t *testing.T, b []byte, wide bool) {
		pointer, header, row := 4, 8, 28
		if wide {
			pointer, header, row = 8, 16, 40
		}
		got, errs := gather(EachHandle(b, pointer))
		if len(b) < header {
			if got != nil || len(errs) != 1 {
				t.Fatalf("%d handles, %v of %d bytes", len(got), errs, len(b))
			}
			return
		}
		told := uint64(binary.LittleEndian.Uint32(b))
		if wide {
			told = binary.LittleEndian.Uint64(b)
		}
		there := uint64((len(b) - header) / row)
		if uint64(len(got)) != min(told, there) || (len(errs) == 1) != (told > there) || len(errs) > 1 {
			t.Fatalf("%d handles, %v; %d told, %d there", len(got), errs, told, there)
		}
	})
}

func TestParseUnicodeString(t *testing.T) {
	for name, pointer := range pointers {
		base := wide(pointer, 9) &^ 0xff
		text := utf16le(`\Device\HarddiskVolume1\Größe 😀`)
		size := 2 * pointer
		of := func(length, room uint16, address uint64) []byte {
			return append(cstruct(pointer, length, room, word(address)), text...)
		}
		n := uint16(len(text))
		tests := []struct {
			name string
			b    []byte
			want []byte
			bad  bool
		}{
			{"Behind", of(n, n+2, base+uint64(size)), text, false},
			{"AllButOne", of(n-2, n, base+uint64(size)+2), text[2:], false},
			{"RoomDoesNotCount", of(n, 0, base+uint64(size)), text, false},
			{"None", of(0, 0, 0), nil, false},
			{"NoneWithAddress", of(0, 2, 1), nil, false},
			{"OneTooLong", of(n+1, n+2, base+uint64(size)), nil, true},
			{"Before", of(n, n, base-2), nil, true},
			{"Nowhere", of(n, n, 0), nil, true},
			{"LastAddresses", of(n, n, wide(pointer, 0)|0x7fffffff), nil, true},
		}
		for _, tt := range tests {
			got, err := ParseUnicodeString(tt.b, base, pointer)
			if !bytes.Equal(got, tt.want) || (err != nil) != tt.bad {
				t.Errorf("%s%s: %q, %v; want %q", tt.name, name, Text(got), err, Text(tt.want))
			}
		}
		whole := tests[0].b
		for n := range whole {
			if got, err := ParseUnicodeString(whole[:n:n], base, pointer); got != nil || err == nil {
				t.Errorf("%s: %q, %v of %d bytes", name, Text(got), err, n)
			}
		}
	}
}

func FuzzParseUnicodeString(f *testing.F) {
	f.Add(append(cstruct(8, uint16(4), uint16(6), word(0x1010)), "a\x00b\x00\x00\x00"...), uint64(0x1000), true)
	f.Add(append(cstruct(4, uint16(4), uint16(6), word(0x1008)), "a\x00b\x00\x00\x00"...), uint64(0x1000), false)
	f.Fuzz(func(t *testing.T, b []byte, base uint64, wide bool) {
		pointer := 4
		if wide {
			pointer = 8
		}
		text, err := ParseUnicodeString(b, base, pointer)
		if len(b) < 2*pointer && err == nil || err != nil && text != nil {
			t.Fatalf("% x, %v of %d bytes", text, err, len(b))
		}
		if err == nil && (len(text) != int(binary.LittleEndian.Uint16(b)) || !bytes.Contains(b, text)) {
			t.Fatalf("% x of % x", text, b)
		}
	})
}
