package linux

import (
	"iter"
	"math"

	"github.com/go-psutil/psutil/internal/scan"
)

// cutShort is what is wrong with a last line that has no newline.
const cutShort = "a whole line expected"

// eachRow decodes every line of b but the first header ones and the blank
// ones. For a line that parse cannot read it returns what it expected there.
func eachRow[T any](b []byte, header int, parse func(line []byte) (row T, bad string)) iter.Seq2[T, error] {
	return func(yield func(T, error) bool) {
		rest := b
		for n := 1; len(rest) > 0; n++ {
			line, after, whole := scan.Cut(rest, '\n')
			rest = after
			if whole && n <= header || len(scan.Trim(line)) == 0 {
				continue
			}
			row, bad := parse(line)
			if !whole {
				bad = cutShort
			}
			if bad != "" {
				var zero T
				if !yield(zero, scan.Errorf(n, line, "%s", bad)) {
					return
				}
			} else if !yield(row, nil) {
				return
			}
		}
	}
}

// eachLine returns the whole lines of b that are not blank, numbered from 1,
// and puts a last line that was cut short in *err, unless an error is there.
func eachLine(b []byte, err *error) iter.Seq2[int, []byte] {
	return func(yield func(int, []byte) bool) {
		rest := b
		for n := 1; len(rest) > 0; n++ {
			line, after, whole := scan.Cut(rest, '\n')
			rest = after
			if len(scan.Trim(line)) == 0 {
				continue
			}
			if !whole {
				noteError(err, n, line, cutShort)
				return
			}
			if !yield(n, line) {
				return
			}
		}
	}
}

// noteError keeps the first error of a file whose other lines are still good.
func noteError(err *error, n int, line []byte, bad string) {
	if *err == nil {
		*err = scan.Errorf(n, line, "%s", bad)
	}
}

// uint32Field reads the next field as a number of at most 32 bits.
func uint32Field(f *scan.Fields) (uint32, bool) {
	v, ok := scan.Uint(f.Next())
	return uint32(v), ok && v <= math.MaxUint32
}

// signed reads a number that some kernels print with its sign and some as if
// it had none, where -1 is 18446744073709551615.
func signed(b []byte) (int64, bool) {
	if v, ok := scan.Int(b); ok {
		return v, true
	}
	u, ok := scan.Uint(b)
	return int64(u), ok
}

// fixed reads a decimal fraction such as 12.34 as a whole number of units of
// 10^-places, without rounding; digits beyond those places are dropped.
func fixed(b []byte, places int) (uint64, bool) {
	whole, frac, point := scan.Cut(b, '.')
	v, ok := scan.Uint(whole)
	if !ok || point && len(frac) == 0 {
		return 0, false
	}
	for _, c := range frac {
		if c-'0' > 9 {
			return 0, false
		}
	}
	for i := range places {
		var d uint64
		if i < len(frac) {
			d = uint64(frac[i] - '0')
		}
		if v > (math.MaxUint64-d)/10 {
			return 0, false
		}
		v = v*10 + d
	}
	return v, true
}
