package nt

import "time"

// Time converts units of 100 ns since 1601, as in a FILETIME (minwinbase.h). 0, which
// stands for no time, is the zero Time.
func Time(t int64) time.Time {
	const second, to1970 = 1e7, 11644473600 // units, and seconds
	if t == 0 {
		return time.Time{}
	}
	return time.Unix(t/second-to1970, t%second*100)
}

// Duration converts units of 100 ns. There is no longer one than 292 years.
func Duration(n int64) time.Duration {
	const most = int64(1<<63-1) / 100
	return time.Duration(max(-most, min(n, most))) * 100
}
