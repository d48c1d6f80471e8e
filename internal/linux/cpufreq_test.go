package linux

import "testing"

func TestParseCPUFreq(t *testing.T) {
	for _, tt := range []struct {
		in   string
		want uint64
		ok   bool
		bad  bool
	}{
		{"2400000\n", 2400000000, true, false},
		{"0\n", 0, true, false},
		{"800000", 800000000, true, false},
		{"18446744073709551\n", 18446744073709551000, true, false},
		{"<unknown>\n", 0, false, false},
		{"18446744073709552\n", 0, false, true},
		{"-1\n", 0, false, true},
		{"2.4\n", 0, false, true},
		{"", 0, false, true},
	} {
		got, ok, err := ParseCPUFreq([]byte(tt.in))
		if got != tt.want || ok != tt.ok || (err != nil) != tt.bad {
			t.Errorf("ParseCPUFreq(%q) = %d, %v, %v", tt.in, got, ok, err)
		}
	}
}

func FuzzCPUFreq(f *testing.F) {
	f.Add([]byte("2400000\n"))
	f.Add([]byte("<unknown>"))
	f.Fuzz(func(t *testing.T, b []byte) {
		hz, ok, err := ParseCPUFreq(b)
		if hz%1000 != 0 || !ok && hz != 0 || ok && err != nil {
			t.Fatalf("%d, %v, %v", hz, ok, err)
		}
	})
}
