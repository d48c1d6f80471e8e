package psutil

import (
	"cmp"
	"errors"
	"slices"
	"syscall"

	"github.com/go-psutil/psutil/internal/linux"
	"github.com/go-psutil/psutil/internal/sys"
)

func (s *System) swapMemory() (SwapUsage, error) {
	info, err := s.meminfo()
	if info == nil {
		return SwapUsage{}, err
	}
	var u SwapUsage
	total, ok1 := info.Lookup("SwapTotal")
	free, ok2 := info.Lookup("SwapFree")
	switch {
	case ok1 && ok2:
		u.Total, u.Free = total, free
	case s.rootDir == "/":
		si, err := sys.Sysinfo()
		if err != nil {
			return SwapUsage{}, &NotSupportedError{Op: "swap_memory", Need: "SwapTotal in /proc/meminfo"}
		}
		u.Total, u.Free = si.Totalswap, si.Freeswap
	default:
		return SwapUsage{}, &NotSupportedError{Op: "swap_memory", Need: "SwapTotal in " + s.procPath("meminfo")}
	}
	u.settle()
	vmerr := s.swapTraffic(&u)
	return u, errors.Join(err, vmerr)
}

// swapTraffic fills In and Out from /proc/vmstat, which counts pages.
func (s *System) swapTraffic(u *SwapUsage) error {
	var v linux.VMStat
	b, err := s.readProc("vmstat")
	if err != nil {
		err = nil // a kernel without event counters, or a file kept from us
	} else if err = v.Parse(b); err != nil {
		err = parseError(s.procPath("vmstat"), err)
	}
	if v.Has&linux.VMStatPSwpIn == 0 {
		u.Missing = u.Missing.add("sin")
	}
	if v.Has&linux.VMStatPSwpOut == 0 {
		u.Missing = u.Missing.add("sout")
	}
	u.In, u.Out = v.PSwpIn*s.pageSize, v.PSwpOut*s.pageSize
	return err
}

func (s *System) swapDevices() ([]SwapDevice, error) {
	b, err := s.readProc("swaps")
	if errors.Is(err, syscall.ENOENT) {
		return nil, &NotSupportedError{Op: "swap_devices", Need: "a kernel with CONFIG_SWAP"}
	}
	if err != nil {
		return nil, err
	}
	var (
		devices []SwapDevice
		errs    []error
	)
	for row, err := range linux.EachSwap(b) {
		if err != nil {
			errs = append(errs, parseError(s.procPath("swaps"), err))
			continue
		}
		d := SwapDevice{Path: string(row.Name), Type: string(row.Type), Total: row.SizeKB * 1024, Used: row.UsedKB * 1024, Priority: int(row.Priority)}
		d.Free = d.Total - min(d.Used, d.Total)
		devices = append(devices, d)
	}
	slices.SortFunc(devices, func(a, b SwapDevice) int {
		return cmp.Or(cmp.Compare(b.Priority, a.Priority), cmp.Compare(a.Path, b.Path))
	})
	return devices, errors.Join(errs...)
}
