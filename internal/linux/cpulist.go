package linux

import "github.com/go-psutil/psutil/internal/scan"

// maxCPUs bounds the CPUs and memory nodes of a list. The kernel's NR_CPUS is
// at most 8192.
const maxCPUs = 1 << 16

// AppendCPUList appends the numbers in a list of CPUs or memory nodes, such as
// "0-3,8,10-12" (cpuset(7) "List format", lib/bitmap.c bitmap_parselist), in
// the order of the list. "0-31:2/4" stands for the first two of each four. An
// empty list is none, blanks and a newline around it are let go.
//
// After an error dst comes back as it was.
func AppendCPUList(dst []int, b []byte) ([]int, error) {
	n := len(dst)
	text := scan.Trim(b)
	for rest, more := text, len(text) > 0; more; {
		var part []byte
		part, rest, more = scan.Cut(rest, ',')
		span, groups, strided := scan.Cut(part, ':')
		from, to, isRange := scan.Cut(span, '-')
		first, ok1 := scan.Uint(from)
		last, ok2 := first, ok1
		if isRange {
			last, ok2 = scan.Uint(to)
		}
		used, size := uint64(1), uint64(1)
		ok3, ok4 := true, true
		if strided {
			u, s, _ := scan.Cut(groups, '/')
			used, ok3 = scan.Uint(u)
			size, ok4 = scan.Uint(s)
			ok3 = ok3 && isRange && size > 0 && used <= size
		}
		if !ok1 || !ok2 || !ok3 || !ok4 || first > last || last >= maxCPUs {
			return dst[:n], scan.Errorf(0, b, "CPU list: %q is bad", part)
		}
		for cpu := first; cpu <= last; cpu++ {
			if (cpu-first)%size >= used {
				continue
			}
			// A list may repeat itself, but not without end.
			if len(dst)-n == maxCPUs {
				return dst[:n], scan.Errorf(0, b, "CPU list: more than %d", maxCPUs)
			}
			dst = append(dst, int(cpu))
		}
	}
	return dst, nil
}

// AppendCPUMask appends the numbers, in ascending order, of the bits that are
// set in a mask of CPUs or memory nodes, such as "ff,ffffffff" (cpuset(7) "Mask
// format", lib/vsprintf.c bitmap_string): words of 32 bits in hexadecimal, the
// highest first. Blanks and a newline around it are let go.
//
// After an error dst comes back as it was.
func AppendCPUMask(dst []int, b []byte) ([]int, error) {
	n := len(dst)
	rest := scan.Trim(b)
	for base := 0; ; base += 32 {
		comma := len(rest) - 1
		for comma >= 0 && rest[comma] != ',' {
			comma--
		}
		digits := rest[comma+1:]
		word, ok := hexWord(digits)
		// All words but the highest are printed in full.
		if !ok || base >= maxCPUs || (comma >= 0 && len(digits) != 8) {
			return dst[:n], scan.Errorf(0, b, "CPU mask: %q is bad", digits)
		}
		for bit := range 32 {
			if word>>bit&1 != 0 {
				dst = append(dst, base+bit)
			}
		}
		if comma < 0 {
			return dst, nil
		}
		rest = rest[:comma]
	}
}

// hexWord reads one to eight hexadecimal digits.
func hexWord(b []byte) (v uint32, ok bool) {
	if len(b) == 0 || len(b) > 8 {
		return 0, false
	}
	for _, c := range b {
		d, ok := scan.HexDigit(c)
		if !ok {
			return 0, false
		}
		v = v<<4 | uint32(d)
	}
	return v, true
}
