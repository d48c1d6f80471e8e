package psutil_test

import (
	"syscall"
	"testing"
)

// wineGaps are what Wine 10 does not do as Windows does. Of each a decoder's test on
// bytes laid out from the documentation stands in.
var wineGaps = map[string]string{
	"thread state":                           "is always 0, also of a thread that is suspended",
	"ProcessIoPriority":                      "can be neither read nor set",
	"IOCTL_DISK_PERFORMANCE":                 "is not supported",
	"QueryWorkingSetEx":                      "works for the calling process only",
	"SERVICE_CONFIG_DELAYED_AUTO_START_INFO": "can't be set",
	"GetProcessIoCounters":                   "are always 0",
	"SystemPageFileInformation":              "is not there",
}

// wineGap skips the test under Wine for one of wineGaps.
func wineGap(t testing.TB, api string) {
	t.Helper()
	what, known := wineGaps[api]
	if !known {
		t.Fatalf("no gap of Wine is known for %q", api)
	}
	if isWine() {
		t.Skipf("Wine: %s %s", api, what)
	}
}

// isWine reports whether the system is Wine.
func isWine() bool {
	return syscall.NewLazyDLL("ntdll.dll").NewProc("wine_get_version").Find() == nil
}
