package scan

import (
	"math"
	"strconv"
	"strings"
	"testing"
)

func TestLine(t *testing.T) {
	tests := []struct{ in, line, rest string }{
		{"", "", ""},
		{"a", "a", ""},
		{"a\n", "a", ""},
		{"a\nb\n", "a", "b\n"},
		{"\nb", "", "b"},
	}
	for _, tt := range tests {
		line, rest := Line([]byte(tt.in))
		if string(line) != tt.line || string(rest) != tt.rest {
			t.Errorf("Line(%q) = %q, %q, want %q, %q", tt.in, line, rest, tt.line, tt.rest)
		}
	}
}

func TestField(t *testing.T) {
	tests := []struct{ in, field, rest string }{
		{"", "", ""},
		{"  \t", "", ""},
		{"a", "a", ""},
		{" \ta  b", "a", "  b"},
		{"a\tb", "a", "\tb"},
	}
	for _, tt := range tests {
		field, rest := Field([]byte(tt.in))
		if string(field) != tt.field || string(rest) != tt.rest {
			t.Errorf("Field(%q) = %q, %q, want %q, %q", tt.in, field, rest, tt.field, tt.rest)
		}
	}
}

func TestCut(t *testing.T) {
	before, after, found := Cut([]byte("a:b:c"), ':')
	if string(before) != "a" || string(after) != "b:c" || !found {
		t.Errorf("got %q, %q, %v", before, after, found)
	}
	before, after, found = Cut([]byte("abc"), ':')
	if string(before) != "abc" || after != nil || found {
		t.Errorf("got %q, %q, %v", before, after, found)
	}
}

func TestTrim(t *testing.T) {
	for in, want := range map[string]string{"": "", " \t\r\n": "", " a b\n": "a b", "a": "a"} {
		if got := string(Trim([]byte(in))); got != want {
			t.Errorf("Trim(%q) = %q, want %q", in, got, want)
		}
	}
}

func TestNumbers(t *testing.T) {
	tests := []struct {
		in             string
		u              uint64
		i              int64
		h              uint64
		uOK, iOK, hxOK bool
	}{
		{"", 0, 0, 0, false, false, false},
		{"0", 0, 0, 0, true, true, true},
		{"10", 10, 10, 16, true, true, true},
		{"-10", 0, -10, 0, false, true, false},
		{"-", 0, 0, 0, false, false, false},
		{"+1", 0, 0, 0, false, false, false},
		{"1 ", 0, 0, 0, false, false, false},
		{"ff", 0, 0, 255, false, false, true},
		{"0xFf", 0, 0, 255, false, false, true},
		{"0x", 0, 0, 0, false, false, false},
		{"9223372036854775807", math.MaxInt64, math.MaxInt64, 0, true, true, false},
		{"9223372036854775808", 1 << 63, 0, 0, true, false, false},
		{"-9223372036854775808", 0, math.MinInt64, 0, false, true, false},
		{"-9223372036854775809", 0, 0, 0, false, false, false},
		{"18446744073709551615", math.MaxUint64, 0, 0, true, false, false},
		{"18446744073709551616", 0, 0, 0, false, false, false},
		{"99999999999999999999", 0, 0, 0, false, false, false},
		{"ffffffffffffffff", 0, 0, math.MaxUint64, false, false, true},
		{"1ffffffffffffffff", 0, 0, 0, false, false, false},
	}
	for _, tt := range tests {
		if u, ok := Uint([]byte(tt.in)); u != tt.u || ok != tt.uOK {
			t.Errorf("Uint(%q) = %d, %v, want %d, %v", tt.in, u, ok, tt.u, tt.uOK)
		}
		if i, ok := Int([]byte(tt.in)); i != tt.i || ok != tt.iOK {
			t.Errorf("Int(%q) = %d, %v, want %d, %v", tt.in, i, ok, tt.i, tt.iOK)
		}
		if h, ok := Hex([]byte(tt.in)); ok != tt.hxOK || (ok && h != tt.h) {
			t.Errorf("Hex(%q) = %d, %v, want %d, %v", tt.in, h, ok, tt.h, tt.hxOK)
		}
	}
}

func TestFields(t *testing.T) {
	f := NewFields([]byte(" 1 -2 ff name  rest of it"))
	if u, i, h, n := f.Uint(), f.Int(), f.Hex(), string(f.Next()); u != 1 || i != -2 || h != 255 || n != "name" {
		t.Errorf("got %d, %d, %d, %q", u, i, h, n)
	}
	if f.Bad() != 0 || !f.More() || string(f.Rest()) != "  rest of it" {
		t.Errorf("Bad %d, More %v, Rest %q", f.Bad(), f.More(), f.Rest())
	}
	f.Skip(3)
	if f.More() || len(f.Next()) != 0 {
		t.Errorf("more after the end: %q", f.Rest())
	}
	f = NewFields([]byte("1 x 3 y"))
	if a, b, c := f.Uint(), f.Uint(), f.Uint(); a != 1 || b != 0 || c != 0 || f.Bad() != 2 {
		t.Errorf("got %d, %d, %d, Bad %d, want everything after field 2 zero", a, b, c, f.Bad())
	}
}

func TestErrorf(t *testing.T) {
	err := Errorf(3, []byte(strings.Repeat("x", 1000)), "no %s", "number")
	if err.Line != 3 || len(err.Text) != maxText || !strings.HasPrefix(err.Error(), `line 3: no number: "xxx`) {
		t.Errorf("got %v", err)
	}
	if got := Errorf(0, []byte("\x1b"), "bad").Error(); got != `bad: "\x1b"` {
		t.Errorf("got %s", got)
	}
}

func TestNoAllocs(t *testing.T) {
	line := []byte("12 -34 ff word")
	if n := testing.AllocsPerRun(100, func() {
		f := NewFields(line)
		if f.Uint() != 12 || f.Int() != -34 || f.Hex() != 255 || len(f.Next()) != 4 {
			t.Fatal("wrong")
		}
	}); n != 0 {
		t.Errorf("%v allocations", n)
	}
}

func FuzzNumbers(f *testing.F) {
	for _, s := range []string{"", "0", "-1", "18446744073709551615", "0xff", "007"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		if len(s) > 0 && s[0] != '+' {
			want, err := strconv.ParseUint(s, 10, 64)
			if got, ok := Uint([]byte(s)); ok != (err == nil) || (ok && got != want) {
				t.Errorf("Uint(%q) = %d, %v, want %d, %v", s, got, ok, want, err)
			}
			signed, err := strconv.ParseInt(s, 10, 64)
			if got, ok := Int([]byte(s)); ok != (err == nil) || (ok && got != signed) {
				t.Errorf("Int(%q) = %d, %v, want %d, %v", s, got, ok, signed, err)
			}
		}
		Hex([]byte(s))
		fields := NewFields([]byte(s))
		for n := 0; fields.More(); n++ {
			if len(fields.Next()) == 0 || n > len(s) {
				t.Fatalf("no progress in %q", s)
			}
		}
	})
}
