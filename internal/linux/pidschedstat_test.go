package linux

import (
	"fmt"
	"strings"
	"testing"
)

const schedstat618 = "48691020 1051287 116\n"

func TestPIDSchedstat(t *testing.T) {
	tests := []struct {
		name, in string
		want     PIDSchedstat
	}{
		{"Linux618", schedstat618, PIDSchedstat{RunTime: 48691020, RunDelay: 1051287, Timeslices: 116}},
		{"NotKept", "0 0 0\n", PIDSchedstat{}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			s := PIDSchedstat{Timeslices: 99}
			if err := s.Parse([]byte(tt.in)); err != nil || s != tt.want {
				t.Errorf("Parse = %+v, %v, want %+v", s, err, tt.want)
			}
		})
	}
	for _, in := range []string{"", "1 2\n", "1 2 3", "-1 2 3\n", "1 2 3x\n", "1 2 18446744073709551616\n"} {
		s := PIDSchedstat{RunTime: 99}
		if err := s.Parse([]byte(in)); err == nil || s != (PIDSchedstat{}) {
			t.Errorf("Parse(%q) = %+v, %v, want an error", in, s, err)
		} else if !strings.Contains(err.Error(), "schedstat") {
			t.Errorf("error %v does not name the file", err)
		}
	}
	for i := range schedstat618 {
		if err := new(PIDSchedstat).Parse([]byte(schedstat618[:i])); err == nil {
			t.Errorf("no error for the first %d bytes", i)
		}
	}
}

func TestPIDSchedstatNoAllocs(t *testing.T) {
	b := []byte(schedstat618)
	var s PIDSchedstat
	if n := testing.AllocsPerRun(100, func() {
		if err := s.Parse(b); err != nil {
			t.Fatal(err)
		}
	}); n != 0 {
		t.Errorf("%v allocations, want 0", n)
	}
}

func FuzzPIDSchedstat(f *testing.F) {
	f.Add([]byte(schedstat618))
	f.Fuzz(func(t *testing.T, b []byte) {
		var s, again PIDSchedstat
		if s.Parse(b) != nil {
			if s != again {
				t.Fatalf("an error left %+v", s)
			}
			return
		}
		text := fmt.Appendf(nil, "%d %d %d\n", s.RunTime, s.RunDelay, s.Timeslices)
		if err := again.Parse(text); err != nil || again != s {
			t.Fatalf("%q read again is %+v, %v", text, again, err)
		}
	})
}
