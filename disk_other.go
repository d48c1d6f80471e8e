//go:build !linux && !windows

package psutil

import "context"

func (s *System) diskPartitions(bool) ([]DiskPartition, error) {
	return nil, &NotSupportedError{Op: "disk_partitions"}
}

func (s *System) diskUsage(context.Context, string) (DiskSpace, error) {
	return DiskSpace{}, &NotSupportedError{Op: "disk_usage"}
}

func (s *System) diskIO(bool) ([]diskRow, error) {
	return nil, &NotSupportedError{Op: "disk_io_counters"}
}
