package psutil

import (
	"strconv"
	"strings"

	"github.com/go-psutil/psutil/internal/linux"
)

func (p Process) terminal() (string, error) {
	var (
		buf [statSize]byte
		st  linux.PIDStat
	)
	if err := p.stat("terminal", buf[:0], &st); err != nil {
		return "", err
	}
	return p.sys.terminalName(st.TTYNr), nil
}

// terminalName finds the device of a terminal. The kernel's name for a
// character device is in /sys/dev/char; of pseudo-terminals only the multiplexer
// is there.
func (s *System) terminalName(tty int32) string {
	if tty == 0 {
		return ""
	}
	major, minor := linux.DeviceNumber(tty)
	const firstUnix98Major, lastUnix98Major = 136, 143
	if major >= firstUnix98Major && major <= lastUnix98Major {
		return "/dev/pts/" + strconv.FormatUint(uint64(major-firstUnix98Major)<<20|uint64(minor), 10)
	}
	name := strconv.FormatUint(uint64(major), 10) + ":" + strconv.FormatUint(uint64(minor), 10)
	b, err := s.root.ReadFile(nil, "sys/dev/char/"+name+"/uevent")
	if err == nil {
		for line := range strings.SplitSeq(string(b), "\n") {
			if dev, found := strings.CutPrefix(line, "DEVNAME="); found {
				return "/dev/" + dev
			}
		}
	}
	// Without /sys, the numbers that never change: admin-guide/devices.txt.
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
