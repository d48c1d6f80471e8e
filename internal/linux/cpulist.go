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

// AppendCPUNumbers appends the numbers in a list that blanks separate, as
// affected_cpus of a cpufreq policy has it (drivers/cpufreq/cpufreq.c
// cpufreq_show_cpus), in the order of the list. What is not the number of a
// CPU is left out.
func AppendCPUNumbers(dst []int, b []byte) []int {
	b = scan.Trim(b)
	for {
		var field []byte
		if field, b = scan.Field(b); len(field) == 0 {
			return dst
		}
		if cpu, ok := scan.Uint(field); ok && cpu < maxCPUs {
			dst = append(dst, int(cpu))
		}
	}
}
