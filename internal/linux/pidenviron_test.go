package linux

import (
	"bytes"
	"slices"
	"testing"
)

func TestEachEnv(t *testing.T) {
	tests := []struct {
		name, in string
		want     []string
	}{
		{"KernelThread", "", nil},
		{"Plain", "HOME=/root\x00LANG=C.UTF-8\x00", []string{"HOME", "/root", "LANG", "C.UTF-8"}},
		{"EmptyValue", "A=\x00", []string{"A", ""}},
		{"EqualsInValue", "A=b=c=\x00", []string{"A", "b=c="}},
		{"Newlines", "A=1\nB=2\x00C\n=3\x00", []string{"A", "1\nB=2", "C\n", "3"}},
		{"NotUTF8", "\xff=\x80\x00", []string{"\xff", "\x80"}},
		{"NoEquals", "garbage\x00A=1\x00", []string{"A", "1"}},
		{"NoName", "=C:=x\x00A=1\x00", []string{"A", "1"}},
		{"NULs", "\x00\x00A=1\x00\x00\x00B=2\x00\x00", []string{"A", "1", "B", "2"}},
		{"Twice", "A=1\x00A=2\x00", []string{"A", "1", "A", "2"}},
		{"Cut", "A=1\x00PATH=/usr/bi", []string{"A", "1"}},
		{"OnlyNULs", "\x00\x00\x00", nil},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			var got []string
			for name, value := range EachEnv([]byte(tt.in)) {
				got = append(got, string(name), string(value))
			}
			if !slices.Equal(got, tt.want) {
				t.Errorf("EachEnv(%q) = %q, want %q", tt.in, got, tt.want)
			}
			for range EachEnv([]byte(tt.in)) {
				break // must not panic
			}
		})
	}
}

func TestLookupEnv(t *testing.T) {
	b := []byte("AB=0\x00A=1\x00A=2\x00E=\x00N\x00")
	tests := []struct {
		name, want string
		ok         bool
	}{
		{"A", "1", true},
		{"AB", "0", true},
		{"E", "", true},
		{"N", "", false},
		{"B", "", false},
		{"", "", false},
		{"A=1", "", false},
	}
	for _, tt := range tests {
		if v, ok := LookupEnv(b, tt.name); string(v) != tt.want || ok != tt.ok {
			t.Errorf("LookupEnv(%q) = %q, %v, want %q, %v", tt.name, v, ok, tt.want, tt.ok)
		}
	}
}

func TestEachEnvNoAllocs(t *testing.T) {
	b := []byte("HOME=/root\x00LANG=C.UTF-8\x00")
	if n := testing.AllocsPerRun(100, func() {
		size := 0
		for name, value := range EachEnv(b) {
			size += len(name) + len(value)
		}
		if v, ok := LookupEnv(b, "LANG"); !ok || size+len(v) != 27 {
			t.Fatal(size, v)
		}
	}); n != 0 {
		t.Errorf("%v allocations, want 0", n)
	}
}

func FuzzEachEnv(f *testing.F) {
	for _, in := range []string{"", "A=1\x00B=\x00", "=\x00A", "\x00\x00A==\x00"} {
		f.Add([]byte(in))
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		rest := b
		for name, value := range EachEnv(b) {
			if len(name) == 0 || bytes.IndexByte(name, '=') >= 0 || bytes.IndexByte(value, 0) >= 0 {
				t.Fatalf("name %q, value %q of %q", name, value, b)
			}
			// Entries come in order, each as it was printed.
			entry := slices.Concat(name, []byte("="), value, []byte{0})
			i := bytes.Index(rest, entry)
			if i < 0 {
				t.Fatalf("%q is not in %q", entry, rest)
			}
			rest = rest[i+len(entry):]
			first, ok := LookupEnv(b, string(name))
			if !ok || !bytes.Contains(b, slices.Concat(name, []byte("="), first, []byte{0})) {
				t.Fatalf("LookupEnv(%q) = %q, %v", name, first, ok)
			}
		}
	})
}
