package psutil

import (
	"cmp"
	"slices"

	"github.com/go-psutil/psutil/internal/nt"
	"github.com/go-psutil/psutil/internal/sys"
)

func (s *System) cpuInfo() (CPUDescription, error) {
	const key = `HARDWARE\DESCRIPTION\System\CentralProcessor\0`
	d := CPUDescription{Arch: sys.Machine(), ByteOrder: "little", Missing: "family,model,stepping,microcode,flags"}
	for _, f := range [...]struct {
		to          *string
		value, name string
	}{{&d.ModelName, "ProcessorNameString", "model_name"}, {&d.Vendor, "VendorIdentifier", "vendor"}} {
		var err error
		if *f.to, err = sys.RegistryString(key, f.value); err != nil {
			d.Missing = d.Missing.add(f.name)
		}
	}
	t, err := s.topology()
	if err != nil {
		return d, err
	}
	d.Sockets, d.Cores, d.Threads = t.Count(nt.RelationProcessorPackage), t.Count(nt.RelationProcessorCore), t.LogicalProcessors()
	for _, r := range t {
		switch r.Relationship {
		case nt.RelationCache:
			d.addCache(CPUCache{int(r.CacheLevel), ntCacheType(r.CacheType), uint64(r.CacheSize), r.Processors(), 1})
		case nt.RelationNUMANode:
			d.Nodes = append(d.Nodes, NUMANode{Node: int(r.NodeNumber), CPUs: t.Numbers(r.GroupMasks), Missing: "mem_total,mem_free"})
		}
	}
	slices.SortFunc(d.Caches, func(a, b CPUCache) int {
		return cmp.Or(a.Level-b.Level, cmp.Compare(a.Type, b.Type), cmp.Compare(a.Size, b.Size))
	})
	slices.SortFunc(d.Nodes, func(a, b NUMANode) int { return a.Node - b.Node })
	return d, nil
}

// addCache counts a cache that is as one before.
func (d *CPUDescription) addCache(c CPUCache) {
	for i := range d.Caches {
		if k := &d.Caches[i]; k.Level == c.Level && k.Type == c.Type && k.Size == c.Size {
			k.Count++
			k.SharedCPUs = max(k.SharedCPUs, c.SharedCPUs)
			return
		}
	}
	d.Caches = append(d.Caches, c)
}

func ntCacheType(t nt.CacheType) string {
	switch t {
	case nt.CacheInstruction:
		return "Instruction"
	case nt.CacheData:
		return "Data"
	}
	return "Unified"
}

// cpuFreqPerCPU is of the caller's group. The rate is that of the state that the
// system has chosen; it does not say how far a processor goes beyond it.
func (s *System) cpuFreqPerCPU() ([]PerCPUFrequency, error) {
	const size = 24 // PROCESSOR_POWER_INFORMATION
	n, err := s.cpuCount()
	if err != nil {
		return nil, err
	}
	b, err := sys.PowerInformation(sys.ProcessorInformation, n*size)
	if err != nil {
		return nil, err
	}
	var rows []PerCPUFrequency
	for p, err := range nt.EachProcessorPower(b) {
		if err != nil {
			return rows, &ParseError{File: "ProcessorInformation", Err: err}
		}
		if p.MaxMhz > 0 {
			rows = append(rows, PerCPUFrequency{CPUFrequency{Current: float64(p.CurrentMhz), Max: float64(p.MhzLimit), Missing: "min"}, len(rows)})
		}
	}
	if len(rows) == 0 {
		return nil, &NotSupportedError{Op: "cpu_freq"}
	}
	return rows, nil
}
