package sys

import "golang.org/x/sys/unix"

// SysInfo is what sysinfo(2) says of the machine. Its count of threads is left
// out: it has only 16 bits.
type SysInfo struct {
	Uptime uint64    // seconds since boot, suspended or not
	Loads  [3]uint64 // load averages of 1, 5 and 15 minutes, in 1/65536

	// Bytes.
	Totalram  uint64
	Freeram   uint64
	Sharedram uint64
	Bufferram uint64
	Totalswap uint64
	Freeswap  uint64
	Totalhigh uint64
	Freehigh  uint64
}

// Sysinfo describes the machine. A container's limits do not show in it.
func Sysinfo() (SysInfo, error) {
	var si unix.Sysinfo_t
	if err := retry(func() error { return unix.Sysinfo(&si) }); err != nil {
		return SysInfo{}, err
	}
	s := SysInfo{
		Uptime:    uint64(si.Uptime),
		Totalram:  uint64(si.Totalram),
		Freeram:   uint64(si.Freeram),
		Sharedram: uint64(si.Sharedram),
		Bufferram: uint64(si.Bufferram),
		Totalswap: uint64(si.Totalswap),
		Freeswap:  uint64(si.Freeswap),
		Totalhigh: uint64(si.Totalhigh),
		Freehigh:  uint64(si.Freehigh),
	}
	for i, load := range si.Loads {
		s.Loads[i] = uint64(load)
	}
	// A 32-bit kernel counts in pages what bytes could not hold.
	for _, v := range []*uint64{
		&s.Totalram, &s.Freeram, &s.Sharedram, &s.Bufferram,
		&s.Totalswap, &s.Freeswap, &s.Totalhigh, &s.Freehigh,
	} {
		*v *= uint64(max(si.Unit, 1))
	}
	return s, nil
}

// UTSName is what uname(2) says of the kernel.
type UTSName struct {
	Sysname, Nodename, Release, Version, Machine, Domainname string
}

// Uname describes the running kernel. Machine is the kernel's architecture as
// this program sees it: "i686" on some 64-bit kernels.
func Uname() (UTSName, error) {
	var u unix.Utsname
	if err := retry(func() error { return unix.Uname(&u) }); err != nil {
		return UTSName{}, err
	}
	return UTSName{
		Sysname:    unix.ByteSliceToString(u.Sysname[:]),
		Nodename:   unix.ByteSliceToString(u.Nodename[:]),
		Release:    unix.ByteSliceToString(u.Release[:]),
		Version:    unix.ByteSliceToString(u.Version[:]),
		Machine:    unix.ByteSliceToString(u.Machine[:]),
		Domainname: unix.ByteSliceToString(u.Domainname[:]),
	}, nil
}

// Getpgid returns the process group of a process.
func Getpgid(pid int) (int, error) {
	if err := checkPID(pid); err != nil {
		return 0, err
	}
	return retryInt(func() (int, error) { return unix.Getpgid(pid) })
}

// Getsid returns the session of a process.
func Getsid(pid int) (int, error) {
	if err := checkPID(pid); err != nil {
		return 0, err
	}
	return retryInt(func() (int, error) { return unix.Getsid(pid) })
}
