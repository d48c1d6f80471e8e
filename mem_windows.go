package psutil

import (
	"errors"
	"slices"
	"strings"

	"github.com/go-psutil/psutil/internal/nt"
	"github.com/go-psutil/psutil/internal/sys"
)

func performanceInfo() (nt.PerformanceInformation, error) {
	b, err := sys.PerformanceInfo()
	if err != nil {
		return nt.PerformanceInformation{}, err
	}
	p, err := nt.ParsePerformanceInformation(b, sys.PointerSize)
	if err != nil {
		err = &ParseError{File: "GetPerformanceInfo", Err: err}
	}
	return p, err
}

// virtualMemory has as Available and Free the lists of pages that can be had at once,
// and as Wired the pool that is never paged out.
func (s *System) virtualMemory() (MemoryUsage, error) {
	p, err := performanceInfo()
	if err != nil {
		return MemoryUsage{}, err
	}
	page := p.PageSize
	m := MemoryUsage{
		Total: p.PhysicalTotal * page, Available: p.PhysicalAvailable * page, Free: p.PhysicalAvailable * page,
		Cached: p.SystemCache * page, Wired: p.KernelNonpaged * page, CommitLimit: p.CommitLimit * page, CommittedAS: p.CommitTotal * page,
		Missing: missingBut(MemoryUsage{}, "total", "available", "percent", "used", "free", "cached", "wired", "commit_limit", "committed_as"),
	}
	m.settle()
	return m, nil
}

// swapMemory adds up the page files. Where the system does not list them, their size
// is what may be committed beyond the memory, and how much of it is used is missing.
func (s *System) swapMemory() (SwapUsage, error) {
	devices, err := s.swapDevices()
	u := SwapUsage{Missing: "sin,sout"}
	for _, d := range devices {
		u.Total += d.Total
		u.Free += d.Free
	}
	if errors.Is(err, ErrNotSupported) {
		p, err := performanceInfo()
		if err != nil {
			return SwapUsage{}, err
		}
		u.Total = (p.CommitLimit - min(p.PhysicalTotal, p.CommitLimit)) * p.PageSize
		u.Missing = "used,free,percent,sin,sout"
		return u, nil
	}
	u.settle()
	return u, err
}

func (s *System) swapDevices() ([]SwapDevice, error) {
	b, base, err := sys.SystemInformation(sys.SystemPageFileInformation, nil)
	if sys.NotSupported(err) {
		return nil, &NotSupportedError{Op: "swap_devices"}
	}
	if err != nil || len(b) == 0 {
		return nil, err
	}
	page := uint64(sys.PageSize())
	var (
		devices []SwapDevice
		paths   dosPaths
	)
	for f, err := range nt.EachPageFile(b, base, sys.PointerSize) {
		if err != nil {
			return devices, &ParseError{File: "SystemPageFileInformation", Err: err}
		}
		total, used := uint64(f.TotalSize)*page, uint64(f.TotalInUse)*page
		devices = append(devices, SwapDevice{Path: paths.of(nt.Text(f.Name)), Type: "file", Total: total, Used: used, Free: total - min(used, total)})
	}
	slices.SortFunc(devices, func(a, b SwapDevice) int { return strings.Compare(a.Path, b.Path) })
	return devices, nil
}
