package linux

import (
	"iter"

	"github.com/go-psutil/psutil/internal/scan"
)

// Swap is a row of /proc/swaps (mm/swapfile.c swap_show).
type Swap struct {
	Name     []byte // path of the device or file, unescaped; a deleted file's ends in " (deleted)"
	Type     []byte // "partition" or "file"; aliases the input
	SizeKB   uint64 // KiB
	UsedKB   uint64 // KiB
	Priority int32  // negative when the kernel chose it
}

// EachSwap returns the rows of /proc/swaps. Name aliases b unless the kernel
// had to escape it.
func EachSwap(b []byte) iter.Seq2[Swap, error] { return eachRow(b, 1, parseSwap) }

func parseSwap(line []byte) (s Swap, bad string) {
	f := scan.NewFields(line)
	s.Name = Unescape(f.Next())
	s.Type = f.Next()
	s.SizeKB, s.UsedKB = f.Uint(), f.Uint()
	prio := f.Int()
	s.Priority = int32(prio)
	if f.Bad() != 0 || int64(s.Priority) != prio {
		return s, "name, type, size, used and priority expected"
	}
	return s, ""
}
