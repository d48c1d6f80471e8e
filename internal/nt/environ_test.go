package nt

import (
	"bytes"
	"slices"
	"strings"
	"testing"
)

func TestEachVariable(t *testing.T) {
	tests := []struct {
		name, in string
		want     []string
	}{
		{"Nothing", "", nil},
		{"Empty", "\x00\x00", nil},
		{"Plain", "OS=Windows_NT\x00Path=C:\\a;C:\\b\x00\x00", []string{"OS", "Windows_NT", "Path", "C:\\a;C:\\b"}},
		{"Unicode", "Größe=😀\x00漢=字\x00\x00", []string{"Größe", "😀", "漢", "字"}},
		{"Drives", "=::=::\\\x00=C:=C:\\Users\x00=ExitCode=00000001\x00\x00", []string{"=::", "::\\", "=C:", "C:\\Users", "=ExitCode", "00000001"}},
		{"EmptyValue", "A=\x00B=2\x00\x00", []string{"A", "", "B", "2"}},
		{"EqualsSignInValue", "A=b=c=\x00\x00", []string{"A", "b=c="}},
		{"NoEqualsSign", "garbage\x00=\x00=x\x00A=1\x00\x00", []string{"A", "1"}},
		{"OnlyEqualsSigns", "==\x00===\x00\x00", []string{"=", "", "=", "="}},
		{"BehindTheEnd", "A=1\x00\x00B=2\x00\x00", []string{"A", "1"}},
		{"WithoutEnd", "A=1\x00B=2\x00", []string{"A", "1", "B", "2"}},
		{"CutInValue", "A=1\x00B=2", []string{"A", "1"}},
		// U+3D00 and U+013D have the byte of an equals sign, U+6100 that of no NUL.
		{"BytesOfOtherCharacters", "\u3d00\u013d\u6100a=\u3d00\x00\x00", []string{"\u3d00\u013d\u6100a", "\u3d00"}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			block := utf16le(tt.in)
			for _, block := range [][]byte{block, append(block[:len(block):len(block)], 'x')} {
				var got []string
				for name, value := range EachVariable(block) {
					got = append(got, Text(name), Text(value))
				}
				if !slices.Equal(got, tt.want) {
					t.Errorf("%q, want %q", got, tt.want)
				}
			}
			for range EachVariable(block) {
				break
			}
		})
	}
}

func TestEachVariableCut(t *testing.T) {
	block := utf16le("=C:=C:\\\x00A=1\x00Ä=😀\x00\x00")
	// Where the entries end, with their NULs.
	ends := []int{2 * 8, 2 * 12, 2 * 17}
	for n := range block {
		want := 0
		for _, end := range ends {
			if end <= n {
				want++
			}
		}
		got := 0
		for range EachVariable(block[:n:n]) {
			got++
		}
		if got != want {
			t.Errorf("%d variables in %d bytes, want %d", got, n, want)
		}
	}
}

func TestEachVariableAllocatesNothing(t *testing.T) {
	block := utf16le(strings.Repeat("Name=value\x00", 100) + "\x00")
	if n := testing.AllocsPerRun(50, func() {
		size := 0
		for name, value := range EachVariable(block) {
			size += len(name) + len(value)
		}
		if size != 100*2*9 {
			t.Fatal(size)
		}
	}); n != 0 {
		t.Errorf("%v allocations", n)
	}
}

func FuzzEachVariable(f *testing.F) {
	f.Add(utf16le("=C:=C:\\\x00A=1\x00garbage\x00\x00"))
	f.Add(utf16le("==\x00\x00"))
	f.Add([]byte{0})
	f.Fuzz(func(t *testing.T, b []byte) {
		size := 0
		for name, value := range EachVariable(b) {
			entry := slices.Concat(name, []byte{'=', 0}, value, []byte{0, 0})
			size += len(entry)
			if len(name) < 2 || len(entry)%2 != 0 || !bytes.Contains(b, entry) || strings.Contains(Text(name[2:]), "=") || strings.Contains(Text(entry[:len(entry)-2]), "\x00") {
				t.Fatalf("% x = % x", name, value)
			}
		}
		if size > len(b) {
			t.Fatalf("entries of %d bytes in %d", size, len(b))
		}
	})
}
