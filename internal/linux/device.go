package linux

import (
	"bytes"
	"cmp"
	"slices"
	"strconv"
	"strings"

	"github.com/go-psutil/psutil/internal/scan"
)

// Numbered returns those of names that are prefix and a number of at most 32
// bits, as the kernel names the devices of a class, sorted by that. It reuses
// the array of names.
func Numbered(names []string, prefix string) []string {
	number := func(name string) (uint64, bool) {
		digits, found := strings.CutPrefix(name, prefix)
		n, err := strconv.ParseUint(digits, 10, 32)
		return n, found && err == nil
	}
	names = slices.DeleteFunc(names, func(name string) bool { _, ok := number(name); return !ok })
	slices.SortFunc(names, func(a, b string) int {
		m, _ := number(a)
		n, _ := number(b)
		return cmp.Compare(m, n)
	})
	return names
}

// DeviceFile returns the file of a device, such as "/dev/ttyS0", from its
// uevent file in /sys (drivers/base/core.c dev_uevent), "" if that names none.
func DeviceFile(uevent []byte) string {
	for len(uevent) > 0 {
		var line []byte
		line, uevent = scan.Line(uevent)
		if name, found := bytes.CutPrefix(line, []byte("DEVNAME=")); found {
			return "/dev/" + string(name)
		}
	}
	return ""
}

// PseudoTerminal returns the file of a Unix98 pseudo-terminal, such as
// "/dev/pts/3", "" for another device.
func PseudoTerminal(major, minor uint32) string {
	const first, last = 136, 143
	if major < first || major > last {
		return ""
	}
	return "/dev/pts/" + strconv.FormatUint(uint64(major-first)<<20|uint64(minor), 10)
}

// FixedTerminal returns the file of a terminal whose number never changes,
// admin-guide/devices.txt, "" for another device.
func FixedTerminal(major, minor uint32) string {
	switch {
	case major == 4 && minor < 64:
		return "/dev/tty" + strconv.FormatUint(uint64(minor), 10)
	case major == 4:
		return "/dev/ttyS" + strconv.FormatUint(uint64(minor-64), 10)
	case major == 5 && minor == 1:
		return "/dev/console"
	}
	return ""
}
