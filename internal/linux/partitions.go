package linux

import (
	"iter"

	"github.com/go-psutil/psutil/internal/scan"
)

// Partition is a row of /proc/partitions (block/genhd.c show_partition).
type Partition struct {
	Major, Minor uint32
	Blocks       uint64 // of 1024 bytes
	Name         []byte // aliases the input
}

// EachPartition returns the rows of /proc/partitions: devices that are not
// empty, and their partitions.
func EachPartition(b []byte) iter.Seq2[Partition, error] { return eachRow(b, 1, parsePartition) }

func parsePartition(line []byte) (p Partition, bad string) {
	f := scan.NewFields(line)
	var ok1, ok2 bool
	p.Major, ok1 = uint32Field(&f)
	p.Minor, ok2 = uint32Field(&f)
	p.Blocks = f.Uint()
	p.Name = f.Next()
	if !ok1 || !ok2 || f.Bad() != 0 || len(p.Name) == 0 {
		return p, "device numbers, blocks and a name expected"
	}
	return p, ""
}
