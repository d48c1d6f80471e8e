package psutil

import (
	"strconv"

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
	if file := linux.PseudoTerminal(major, minor); file != "" {
		return file
	}
	name := strconv.FormatUint(uint64(major), 10) + ":" + strconv.FormatUint(uint64(minor), 10)
	if b, err := s.root.ReadFile(nil, "sys/dev/char/"+name+"/uevent"); err == nil {
		if file := linux.DeviceFile(b); file != "" {
			return file
		}
	}
	return linux.FixedTerminal(major, minor) // without /sys
}
