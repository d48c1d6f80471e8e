package psutil

import (
	"errors"
	"fmt"

	"github.com/go-psutil/psutil/internal/nt"
	"github.com/go-psutil/psutil/internal/sys"
)

// maxDisks is how many numbers of disks are tried: there are gaps where one was taken
// out.
const maxDisks = 64

// diskIO are the physical disks. The system counts only if told to on servers, which
// diskperf -y does.
func (s *System) diskIO(bool) ([]diskRow, error) {
	var (
		rows []diskRow
		errs []error
	)
	for n := range maxDisks {
		b, err := sys.DiskPerformance(n)
		switch {
		case sys.IsNotFound(err):
			continue
		case sys.NotSupported(err):
			errs = append(errs, &NotSupportedError{Op: "disk_io_counters", Need: "a driver that counts; see diskperf -y"})
			continue
		case err != nil:
			errs = append(errs, err)
			continue
		}
		p, err := nt.ParseDiskPerformance(b)
		if err != nil {
			errs = append(errs, &ParseError{File: "IOCTL_DISK_PERFORMANCE", Err: err})
			continue
		}
		rows = append(rows, diskRow{DiskIO{
			Name: fmt.Sprintf("PhysicalDrive%d", n), Kind: DiskWhole, ReadCount: uint64(p.ReadCount), WriteCount: uint64(p.WriteCount),
			ReadBytes: uint64(p.BytesRead), WriteBytes: uint64(p.BytesWritten), ReadTime: nt.Duration(p.ReadTime),
			WriteTime: nt.Duration(p.WriteTime), InFlight: uint64(p.QueueDepth),
			Missing: missingBut(DiskIO{}, "name", "kind", "read_count", "write_count", "read_bytes", "write_bytes", "read_time", "write_time", "in_flight"),
		}, true})
	}
	return rows, errors.Join(errs...)
}
