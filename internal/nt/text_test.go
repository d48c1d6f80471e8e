package nt

import (
	"bytes"
	"encoding/binary"
	"math"
	"testing"
	"unicode/utf16"
	"unicode/utf8"
)

// units lays out UTF-16 that need not be valid.
func units(u ...uint16) []byte {
	var b []byte
	for _, u := range u {
		b = binary.LittleEndian.AppendUint16(b, u)
	}
	return b
}

func TestText(t *testing.T) {
	tests := []struct {
		name string
		in   []byte
		want string
	}{
		{"Empty", nil, ""},
		{"ASCII", utf16le("svchost.exe"), "svchost.exe"},
		{"TwoAndThreeBytes", utf16le("üñ€漢"), "üñ€漢"},
		{"Pair", utf16le("a😀b"), "a😀b"},
		{"FirstAndLastPair", units(0xd800, 0xdc00, 0xdbff, 0xdfff), "\U00010000\U0010ffff"},
		{"NUL", units('a', 0, 'b'), "a\x00b"},
		{"BesideTheSurrogates", units(0xd7ff, 0xe000, 0xfffd, 0xffff), "\ud7ff\ue000\ufffd\uffff"},
		{"HighAlone", units('a', 0xd83d, 'b'), "a\xed\xa0\xbdb"},
		{"HighAtTheEnd", units('a', 0xdbff), "a\xed\xaf\xbf"},
		{"LowAlone", units(0xde00, 'b'), "\xed\xb8\x80b"},
		{"WrongOrder", units(0xde00, 0xd83d), "\xed\xb8\x80\xed\xa0\xbd"},
		{"HighBeforePair", units(0xd83d, 0xd83d, 0xde00), "\xed\xa0\xbd😀"},
		{"OddByte", append(utf16le("ab"), 'c'), "ab"},
		{"OddByteBehindHigh", append(units(0xd83d), 0), "\xed\xa0\xbd"},
		{"OneByte", []byte{'a'}, ""},
		{"Long", bytes.Repeat(utf16le("€"), 200), string(bytes.Repeat([]byte("€"), 200))},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if got := Text(tt.in); got != tt.want {
				t.Errorf("%q, want %q", got, tt.want)
			}
			if got := AppendText([]byte("x"), tt.in); string(got) != "x"+tt.want {
				t.Errorf("appended %q, want %q", got, "x"+tt.want)
			}
		})
	}
}

func TestAppendTextAllocatesNothing(t *testing.T) {
	in, dst := utf16le("Größe 😀.exe"), make([]byte, 0, 64)
	if n := testing.AllocsPerRun(50, func() { dst = AppendText(dst[:0], in) }); n != 0 {
		t.Errorf("%v allocations", n)
	}
}

// fromWTF8 is the way back: what Windows is given for a name.
func fromWTF8(text string) []byte {
	var b []byte
	for len(text) > 0 {
		r, size := utf8.DecodeRuneInString(text)
		if r == utf8.RuneError && size == 1 {
			if len(text) < 3 || text[0] != 0xed {
				return nil
			}
			r, size = 0xd000|rune(text[1]&0x3f)<<6|rune(text[2]&0x3f), 3
		}
		b = append(b, units(utf16.AppendRune(nil, r)...)...)
		if utf16.IsSurrogate(r) {
			b = append(b[:len(b)-2], units(uint16(r))...)
		}
		text = text[size:]
	}
	return b
}

func TestTextCanBeGivenBack(t *testing.T) {
	for u := range uint16(math.MaxUint16) {
		in := units(u, '-', u, u)
		if got := fromWTF8(Text(in)); !bytes.Equal(got, in) {
			t.Fatalf("% x became %q, and that % x", in, Text(in), got)
		}
	}
}

func FuzzText(f *testing.F) {
	f.Add(utf16le("a😀b"))
	f.Add(units(0xd83d, 0xd83d, 0xde00, 0xde00))
	f.Add([]byte{1})
	f.Fuzz(func(t *testing.T, b []byte) {
		text := Text(b)
		if got := fromWTF8(text); !bytes.Equal(got, b[:len(b)&^1]) {
			t.Fatalf("% x became %q, and that % x", b, text, got)
		}
	})
}

func TestUntilNUL(t *testing.T) {
	tests := []struct {
		name     string
		in, want []byte
		ended    bool
	}{
		{"Empty", nil, nil, false},
		{"OnlyNUL", units(0), nil, true},
		{"Text", append(utf16le("ab"), 0, 0, 'c', 0), utf16le("ab"), true},
		{"NoNUL", utf16le("ab"), utf16le("ab"), false},
		{"NULsOfTwoCharacters", []byte{0x61, 0, 0, 0x61, 0x62, 0}, []byte{0x61, 0, 0, 0x61, 0x62, 0}, false},
		{"OddByte", []byte{0x61, 0, 0}, []byte{0x61, 0}, false},
	}
	for _, tt := range tests {
		got, ended := untilNUL(tt.in)
		if !bytes.Equal(got, tt.want) || ended != tt.ended {
			t.Errorf("%s: % x, %v; want % x, %v", tt.name, got, ended, tt.want, tt.ended)
		}
	}
}

func TestPointed(t *testing.T) {
	b := []byte{0, 1, 2, 3, 4, 5, 6, 7}
	const base, top = 0x1000, math.MaxUint64 - 7
	tests := []struct {
		name          string
		base, address uint64
		n             int
		want          []byte
	}{
		{"Middle", base, base + 2, 3, []byte{2, 3, 4}},
		{"All", base, base, 8, b},
		{"NothingAtTheEnd", base, base + 8, 0, []byte{}},
		{"OneTooMany", base, base + 6, 3, nil},
		{"Before", base, base - 1, 1, nil},
		{"Behind", base, base + 9, 0, nil},
		{"Negative", base, base, -1, nil},
		{"Huge", base, base + 1, math.MaxInt, nil},
		{"LastOfAllAddresses", top, math.MaxUint64, 1, []byte{7}},
		{"PastAllAddresses", top, math.MaxUint64, 2, nil},
		{"Null", base, 0, 1, nil},
	}
	for _, tt := range tests {
		got, ok := pointed(b, tt.base, tt.address, tt.n)
		if !bytes.Equal(got, tt.want) || ok != (tt.want != nil) || cap(got) != len(tt.want) {
			t.Errorf("%s: % x, %v; want % x", tt.name, got, ok, tt.want)
		}
	}
}
