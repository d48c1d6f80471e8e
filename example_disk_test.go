package psutil_test

import (
	"context"
	"fmt"
	"time"

	"github.com/go-psutil/psutil"
)

// How full each disk is, as df shows it. A server that has gone holds nobody up
// for longer than a second.
func ExampleDiskUsage() {
	partitions, err := psutil.DiskPartitions()
	if err != nil {
		fmt.Println(err)
	}
	for _, p := range partitions {
		ctx, cancel := context.WithTimeout(context.Background(), time.Second)
		space, err := psutil.DiskUsage(ctx, p.Mountpoint)
		cancel()
		if err != nil {
			fmt.Println(err)
			continue
		}
		fmt.Printf("%-20s %6d MiB %5.1f%% %s\n", p.Device, space.Total>>20, space.Percent, p.Mountpoint)
	}
}

// What the disks do in a second, as iostat shows it.
func ExampleDiskIO_Since() {
	earlier, err := psutil.DiskIOCounters()
	if err != nil {
		fmt.Println(err)
		return
	}
	<-time.After(time.Second)
	now, err := psutil.DiskIOCounters()
	if err != nil {
		fmt.Println(err)
		return
	}
	done := now.Since(earlier)
	fmt.Printf("read %d bytes, wrote %d bytes, busy %v\n", done.ReadBytes, done.WriteBytes, done.BusyTime)
}

func ExampleDiskIO_Since_reset() {
	earlier := psutil.DiskIO{Name: "sda", ReadCount: 10, ReadBytes: 40960}
	now := psutil.DiskIO{Name: "sda", ReadCount: 12, ReadBytes: 49152}
	fmt.Println(now.Since(earlier))

	replugged := psutil.DiskIO{Name: "sda", ReadCount: 1, ReadBytes: 512}
	fmt.Println(replugged.Since(now))
	// Output:
	// sda: read 8192 bytes in 2, wrote 0 in 0, busy 0s
	// sda: read 512 bytes in 1, wrote 0 in 0, busy 0s
}
