package sys

import (
	"os"
	"sync"
	"time"

	"golang.org/x/sys/unix"
)

// clockTicks is read once: it can't change.
var clockTicks struct {
	once sync.Once
	hz   int
}

// ClockTicks returns USER_HZ, how many clock ticks of /proc make a second.
//
// It is 100 wherever Go runs, whatever the kernel's own HZ: when that grew to
// 250 or 1000, the unit that programs see stayed what it had been on each
// architecture, 1024 on Alpha and Itanium and 100 on the others. The kernel
// says so to each program (AT_CLKTCK), and is asked.
func ClockTicks() int {
	clockTicks.once.Do(func() {
		clockTicks.hz = 100
		aux, err := unix.Auxv()
		if err != nil {
			return
		}
		const atClkTck = 17 // AT_CLKTCK of linux/auxvec.h
		for _, kv := range aux {
			if kv[0] == atClkTck && kv[1] > 0 && kv[1] <= 1e6 {
				clockTicks.hz = int(kv[1])
			}
		}
	})
	return clockTicks.hz
}

// PageSize returns the size of a page of memory, bytes.
func PageSize() int { return os.Getpagesize() }

// ClockMonotonic returns the nanoseconds since boot without the time that the
// machine was suspended.
func ClockMonotonic() (int64, error) { return clock(unix.CLOCK_MONOTONIC) }

// ClockBoottime returns the nanoseconds since boot with the time that the
// machine was suspended: the clock of a process's start time.
func ClockBoottime() (int64, error) { return clock(unix.CLOCK_BOOTTIME) }

// ClockRealtime returns the nanoseconds since 1970.
func ClockRealtime() int64 { return time.Now().UnixNano() }

func clock(id int32) (int64, error) {
	var ts unix.Timespec
	if err := retry(func() error { return unix.ClockGettime(id, &ts) }); err != nil {
		return 0, err
	}
	return ts.Nano(), nil
}
