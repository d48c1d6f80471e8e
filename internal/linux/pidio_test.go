package linux

import (
	"strings"
	"testing"
)

const io618 = "rchar: 1802067\n" +
	"wchar: 3455\n" +
	"syscr: 693\n" +
	"syscw: 32\n" +
	"read_bytes: 10985472\n" +
	"write_bytes: 28672\n" +
	"cancelled_write_bytes: 4096\n"

const allPIDIO = PIDIOCancelledWriteBytes<<1 - 1

func TestPIDIO(t *testing.T) {
	tests := []struct {
		name, in string
		want     PIDIO
	}{
		{"Linux618", io618, PIDIO{
			Has: allPIDIO, RChar: 1802067, WChar: 3455, SyscR: 693, SyscW: 32,
			ReadBytes: 10985472, WriteBytes: 28672, CancelledWriteBytes: 4096,
		}},
		{"Unknown", "rchar: 1\nfchar: x\n", PIDIO{Has: PIDIORChar, RChar: 1}},
		{"Largest", "rchar: 18446744073709551615\n", PIDIO{Has: PIDIORChar, RChar: 1<<64 - 1}},
		{"Empty", "", PIDIO{}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			s := PIDIO{Has: allPIDIO, SyscW: 99}
			if err := s.Parse([]byte(tt.in)); err != nil || s != tt.want {
				t.Errorf("Parse = %+v, %v, want %+v", s, err, tt.want)
			}
		})
	}
	if f := PIDIORChar | PIDIOWChar; !f.Contains(PIDIOWChar) || f.Contains(PIDIOWChar|PIDIOSyscR) {
		t.Errorf("Contains of %b is wrong", f)
	}
}

func TestPIDIOBadLine(t *testing.T) {
	for _, bad := range []string{"syscr:", "syscr: ", "syscr: -1", "syscr: 69x", "syscr:  693", "syscr: 18446744073709551616", "syscr 693"} {
		var s PIDIO
		err := s.Parse([]byte(strings.Replace(io618, "syscr: 693", bad, 1)))
		want := PIDIO{
			Has: allPIDIO &^ PIDIOSyscR, RChar: 1802067, WChar: 3455, SyscW: 32,
			ReadBytes: 10985472, WriteBytes: 28672, CancelledWriteBytes: 4096,
		}
		if err == nil || s != want {
			t.Errorf("with %q: %+v, %v", bad, s, err)
		} else if !strings.Contains(err.Error(), "line 3") {
			t.Errorf("with %q: error %v does not name line 3", bad, err)
		}
	}
	for i := range io618 {
		var s PIDIO
		err := s.Parse([]byte(io618[:i]))
		if atLine := i == 0 || io618[i-1] == '\n'; atLine != (err == nil) {
			t.Errorf("error %v for the first %d bytes", err, i)
		}
		if s.RChar != 0 && s.RChar != 1802067 || s.CancelledWriteBytes != 0 {
			t.Errorf("half a number from the first %d bytes", i)
		}
	}
}

func TestPIDIONoAllocs(t *testing.T) {
	b := []byte(io618)
	var s PIDIO
	if n := testing.AllocsPerRun(100, func() {
		if err := s.Parse(b); err != nil {
			t.Fatal(err)
		}
	}); n != 0 {
		t.Errorf("%v allocations, want 0", n)
	}
}

func FuzzPIDIO(f *testing.F) {
	f.Add([]byte(io618))
	f.Add([]byte("rchar 1\nwchar: \n"))
	f.Fuzz(func(t *testing.T, b []byte) {
		var s PIDIO
		err := s.Parse(b)
		if err == nil && len(b) > 0 && b[len(b)-1] != '\n' {
			t.Fatal("a cut line was accepted")
		}
		if !s.Has.Contains(PIDIOSyscW) && s.SyscW != 0 {
			t.Fatalf("a field nobody set: %+v", s)
		}
	})
}
