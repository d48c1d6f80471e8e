package linux

import (
	"math"

	"github.com/go-psutil/psutil/internal/scan"
)

// ZoneLowPages returns the sum of the low watermarks of all memory zones, in
// pages, from the text of /proc/zoneinfo (proc_zoneinfo(5), mm/vmstat.c
// zoneinfo_show_print). A file without a watermark is an error.
func ZoneLowPages(b []byte) (pages uint64, err error) {
	zones := 0
	for n, line := range eachLine(b, &err) {
		key, rest := scan.Field(line)
		if string(key) != "low" {
			continue
		}
		v, ok := scan.Uint(scan.Trim(rest))
		if !ok || pages > math.MaxUint64-v {
			noteError(&err, n, line, "a low watermark expected")
			continue
		}
		pages += v
		zones++
	}
	if zones == 0 && err == nil {
		return 0, scan.Errorf(0, nil, "a low watermark expected")
	}
	return pages, err
}
