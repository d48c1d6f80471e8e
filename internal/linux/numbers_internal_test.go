package linux

import "testing"

// TestNumbersBytes has every byte among digits, at every place of the eight that are
// read at a time: only digits make a number.
func TestNumbersBytes(t *testing.T) {
	for at := range 16 {
		for c := range 256 {
			line := []byte("1234567812345678 5\n")
			line[at] = byte(c)
			var v [4]uint64
			n, _, end := numbers(line, v[:])
			digit := c >= '0' && c <= '9'
			switch {
			case digit:
				want := uint64(0)
				for _, d := range line[:16] {
					want = want*10 + uint64(d-'0')
				}
				if n != 2 || end != len(line) || v[0] != want || v[1] != 5 {
					t.Fatalf("%q: %d numbers, %v, %d", line, n, v, end)
				}
			case c == ' ' && at > 0:
				// Two numbers, the second of which may be missing.
			case c == '\n' && at > 0 || c == '-' && at == 0:
			case end >= 0:
				t.Fatalf("%q: %d numbers, %v", line, n, v)
			}
		}
	}
}
