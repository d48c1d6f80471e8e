package nt

import (
	"encoding/binary"
	"testing"
)

func TestParseProcessBasicInformation(t *testing.T) {
	for name, pointer := range pointers {
		want := ProcessBasicInformation{ExitStatus: 0xc0000005, PEBBaseAddress: wide(pointer, 1), AffinityMask: wide(pointer, 2),
			BasePriority: -3, PID: wide(pointer, 4), ParentPID: wide(pointer, 5)}
		b := cstruct(pointer, want.ExitStatus, word(want.PEBBaseAddress), word(want.AffinityMask), want.BasePriority, word(want.PID), word(want.ParentPID))
		if len(b) != 6*pointer {
			t.Fatalf("%s: the test's struct has %d bytes", name, len(b))
		}
		if got, err := ParseProcessBasicInformation(b, pointer); got != want || err != nil {
			t.Errorf("%s: %+v, %v; want %+v", name, got, err, want)
		}
		for n := range b {
			if got, err := ParseProcessBasicInformation(b[:n:n], pointer); got != (ProcessBasicInformation{}) || err == nil {
				t.Errorf("%s: %+v, %v of %d bytes", name, got, err, n)
			}
		}
	}
	if got, err := ParseProcessBasicInformation(make([]byte, 100), 0); err == nil {
		t.Errorf("%+v without a size of pointers", got)
	}
}

// puts writes numbers of the size of a pointer at offsets.
func puts(b []byte, pointer int, numbers map[int]uint64) {
	for off, number := range numbers {
		copy(b[off:], binary.LittleEndian.AppendUint64(nil, number)[:pointer])
	}
}

func TestParametersAddress(t *testing.T) {
	for name, pointer := range pointers {
		off := map[int]int{4: 0x10, 8: 0x20}[pointer]
		peb := make([]byte, 0x400)
		for i := range peb {
			peb[i] = 0xee
		}
		want := wide(pointer, 7)
		puts(peb, pointer, map[int]uint64{off: want})
		for n := range peb {
			got, err := ParametersAddress(peb[:n:n], pointer)
			if n >= PEBSize(pointer) && (got != want || err != nil) || n < PEBSize(pointer) && (got != 0 || err == nil) {
				t.Errorf("%s: %#x, %v of %d bytes", name, got, err, n)
			}
		}
		if PEBSize(pointer) != off+pointer {
			t.Errorf("%s: PEBSize %d", name, PEBSize(pointer))
		}
	}
}

func TestParseProcessParameters(t *testing.T) {
	for name, pointer := range pointers {
		// As public lists of offsets have them.
		cwd, image, line, environment, environmentSize := 0x38, 0x60, 0x70, 0x80, 0x3f0
		if pointer == 4 {
			cwd, image, line, environment, environmentSize = 0x24, 0x38, 0x40, 0x48, 0x290
		}
		b := make([]byte, ProcessParametersSize(pointer))
		for i := range b {
			b[i] = 0xee
		}
		copy(b[cwd:], []byte{0x06, 0x00, 0x08, 0x02})
		copy(b[image:], []byte{0x04, 0x01, 0x06, 0x01})
		copy(b[line:], []byte{0xfe, 0xff, 0xff, 0xff})
		puts(b, pointer, map[int]uint64{cwd + pointer: wide(pointer, 1), image + pointer: wide(pointer, 2), line + pointer: wide(pointer, 3),
			environment: wide(pointer, 4), environmentSize: wide(pointer, 5)})
		want := ProcessParameters{CurrentDirectory: RemoteText{wide(pointer, 1), 6}, ImagePathName: RemoteText{wide(pointer, 2), 0x104},
			CommandLine: RemoteText{wide(pointer, 3), 0xfffe}, Environment: wide(pointer, 4), EnvironmentSize: wide(pointer, 5)}
		for _, b := range [][]byte{b, append(b[:len(b):len(b)], 1, 2, 3)} {
			if got, err := ParseProcessParameters(b, pointer); got != want || err != nil {
				t.Errorf("%s: %+v, %v; want %+v", name, got, err, want)
			}
		}
		for n := range b {
			if got, err := ParseProcessParameters(b[:n:n], pointer); got != (ProcessParameters{}) || err == nil {
				t.Errorf("%s: %+v, %v of %d bytes", name, got, err, n)
			}
		}
	}
	for _, pointer := range []int{-8, 0, 3, 16} {
		if got, err := ParseProcessParameters(make([]byte, 0x1000), pointer); err == nil {
			t.Errorf("pointers of %d bytes: %+v", pointer, got)
		}
	}
}

func FuzzPEB(f *testing.F) {
	f.Add(make([]byte, 0x3f8), true)
	f.Add(make([]byte, 0x294), false)
	f.Add(make([]byte, 40), true)
	f.Fuzz(func(t *testing.T, b []byte, wide bool) {
		pointer := 4
		if wide {
			pointer = 8
		}
		if got, err := ParseProcessBasicInformation(b, pointer); (err != nil) != (len(b) < 6*pointer) || !wide && got.PID>>32 != 0 {
			t.Errorf("%+v, %v of %d bytes", got, err, len(b))
		}
		if got, err := ParametersAddress(b, pointer); (err != nil) != (len(b) < PEBSize(pointer)) || !wide && got>>32 != 0 {
			t.Errorf("%#x, %v of %d bytes", got, err, len(b))
		}
		got, err := ParseProcessParameters(b, pointer)
		if (err != nil) != (len(b) < ProcessParametersSize(pointer)) || !wide && got.EnvironmentSize>>32 != 0 {
			t.Errorf("%+v, %v of %d bytes", got, err, len(b))
		}
		for _, text := range []RemoteText{got.CurrentDirectory, got.ImagePathName, got.CommandLine} {
			if text.Length < 0 || text.Length > 65535 {
				t.Errorf("%+v", got)
			}
		}
	})
}
