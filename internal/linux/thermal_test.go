package linux

import "testing"

func TestParseTripTemp(t *testing.T) {
	for in, want := range map[string]int64{"85000\n": 85000, "0": 0, "-5000\n": -5000, "-273149\n": -273149} {
		if got, ok := ParseTripTemp([]byte(in)); got != want || !ok {
			t.Errorf("ParseTripTemp(%q) = %d, %v; want %d", in, got, ok, want)
		}
	}
	for _, in := range []string{"", "\n", "hot\n", "85.0\n", "-273150\n", "-274000\n", "-2147483647\n", "9223372036854775808\n"} {
		if got, ok := ParseTripTemp([]byte(in)); got != 0 || ok {
			t.Errorf("ParseTripTemp(%q) = %d, %v", in, got, ok)
		}
	}
}

func FuzzTripTemp(f *testing.F) {
	f.Add([]byte("85000\n"))
	f.Add([]byte("-274000\n"))
	f.Fuzz(func(t *testing.T, b []byte) {
		v, ok := ParseTripTemp(b)
		if raw, err := ParseHwmonValue(b); ok != (err == nil && raw > -273150) || ok && v != raw || !ok && v != 0 {
			t.Fatalf("%q: %d, %v, but %d, %v", b, v, ok, raw, err)
		}
	})
}
