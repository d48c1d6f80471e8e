package linux

import (
	"strings"
	"testing"
)

const (
	statm618  = "4575 3679 1782 1 0 2354 0\n"
	statmZero = "0 0 0 0 0 0 0\n"
)

func TestPIDStatm(t *testing.T) {
	tests := []struct {
		name, in string
		want     PIDStatm
	}{
		{"Linux618", statm618, PIDStatm{4575, 3679, 1782, 1, 0, 2354, 0}},
		{"KernelThread", statmZero, PIDStatm{}},
		{"EachItsOwn", "1 2 3 4 5 6 7\n", PIDStatm{
			Size: 1, Resident: 2, Shared: 3, Text: 4, Lib: 5, Data: 6, Dirty: 7,
		}},
		{"Largest", "18446744073709551615 2 3 4 5 6 7\n", PIDStatm{1<<64 - 1, 2, 3, 4, 5, 6, 7}},
		{"FieldsOfTheFuture", "1 2 3 4 5 6 7 8 9\n", PIDStatm{1, 2, 3, 4, 5, 6, 7}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			s := PIDStatm{Dirty: 99}
			if err := s.Parse([]byte(tt.in)); err != nil || s != tt.want {
				t.Errorf("Parse = %+v, %v, want %+v", s, err, tt.want)
			}
		})
	}
}

func TestPIDStatmErrors(t *testing.T) {
	tests := []struct{ name, in, want string }{
		{"Empty", "", "number 1 is bad"},
		{"Newline", "\n", "number 1 is bad"},
		{"TooFew", "1 2 3 4 5 6\n", "6 numbers"},
		{"Negative", "1 -2 3 4 5 6 7\n", "is bad"},
		{"Word", "1 2 x 4 5 6 7\n", "number 3 is bad"},
		{"Overflow", "1 2 3 18446744073709551616 5 6 7\n", "number 4 is bad"},
		{"NoNewline", "1 2 3 4 5 6 7", "cut short"},
		{"NoNewlineMore", "1 2 3 4 5 6 7 8", "cut short"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			s := PIDStatm{Size: 99}
			err := s.Parse([]byte(tt.in))
			if err == nil || !strings.Contains(err.Error(), tt.want) {
				t.Errorf("error %v, want %q", err, tt.want)
			}
			if s != (PIDStatm{}) {
				t.Errorf("Parse left %+v behind", s)
			}
		})
	}
	for i := range statm618 {
		if err := new(PIDStatm).Parse([]byte(statm618[:i])); err == nil {
			t.Errorf("no error for the first %d bytes", i)
		}
	}
}

func TestPIDStatmNoAllocs(t *testing.T) {
	b := []byte(statm618)
	var s PIDStatm
	if n := testing.AllocsPerRun(100, func() {
		if err := s.Parse(b); err != nil {
			t.Fatal(err)
		}
	}); n != 0 {
		t.Errorf("%v allocations, want 0", n)
	}
}

func FuzzPIDStatm(f *testing.F) {
	f.Add([]byte(statm618))
	f.Add([]byte(statmZero))
	f.Fuzz(func(t *testing.T, b []byte) {
		var s PIDStatm
		if err := s.Parse(b); err != nil && s != (PIDStatm{}) {
			t.Fatalf("an error left %+v", s)
		}
	})
}
