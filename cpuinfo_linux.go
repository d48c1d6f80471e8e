package psutil

import (
	"cmp"
	"slices"
	"strconv"

	"github.com/go-psutil/psutil/internal/linux"
)

func (s *System) cpuInfo() (CPUDescription, error) {
	info, err := s.cpuinfo()
	if err != nil && len(info.CPUs) == 0 {
		return CPUDescription{}, err
	}
	d := describeCPU(info)
	if d.Arch = s.machine(); s.orderKnown {
		d.ByteOrder = "little"
		if s.bigEndian {
			d.ByteOrder = "big"
		}
	}
	// The error of a count says no more than that it is missing.
	online, _ := s.onlineCPUs()
	d.Threads = len(online)
	d.Cores, _ = s.cpuCountCores()
	if d.Sockets = s.countGroups(online, "package_cpus_list", "core_siblings_list"); d.Sockets == 0 {
		d.Sockets = info.CountPackages()
	}
	d.Caches = s.cpuCaches(online)
	d.Nodes = s.numaNodes()
	for _, e := range [...]struct {
		name    string
		unknown bool
	}{
		{"vendor", d.Vendor == ""}, {"model_name", d.ModelName == ""}, {"family", d.Family == ""}, {"model", d.Model == ""},
		{"stepping", d.Stepping == ""}, {"microcode", d.Microcode == ""}, {"arch", d.Arch == ""}, {"byte_order", d.ByteOrder == ""},
		{"sockets", d.Sockets == 0}, {"cores", d.Cores == 0}, {"threads", d.Threads == 0},
		{"flags", d.Flags == nil}, {"caches", d.Caches == nil}, {"numa_nodes", d.Nodes == nil},
	} {
		if e.unknown {
			d.Missing = d.Missing.add(e.name)
		}
	}
	return d, err
}

// describeCPU takes names from /proc/cpuinfo.
func describeCPU(info *linux.CPUInfo) CPUDescription {
	m := info.CPUModel()
	d := CPUDescription{
		Vendor: m.Vendor, ModelName: m.Name, Family: m.Family, Model: m.Model,
		Stepping: m.Stepping, Microcode: m.Microcode, Flags: m.Flags,
	}
	if m.ARM {
		vendor, name := armCPU(m.Implementer, m.Part)
		d.Vendor, d.ModelName = cmp.Or(vendor, d.Vendor), cmp.Or(name, d.ModelName)
	}
	return d
}

// cpuCaches lists the kinds of cache of the CPUs, nil if the kernel does not
// tell.
func (s *System) cpuCaches(online []int) []CPUCache {
	type cache struct {
		level, kind, shared string
	}
	seen := make(map[cache]struct{})
	counts := make(map[linux.CPUCache]int)
	for _, cpu := range online {
		dir := cpuDir + "/cpu" + strconv.Itoa(cpu) + "/cache/"
		for index := 0; ; index++ {
			at := dir + "index" + strconv.Itoa(index) + "/"
			c := cache{s.attribute(at + "level"), s.attribute(at + "type"), s.attribute(at + "shared_cpu_list")}
			if c.level == "" {
				break
			}
			if c.shared == "" { // before Linux 2.6.25 only as a mask; each CPU's its own, then
				c.shared = strconv.Itoa(cpu)
			}
			if _, known := seen[c]; known {
				continue
			}
			seen[c] = struct{}{}
			if kind, ok := linux.ParseCPUCache(c.level, c.kind, s.attribute(at+"size"), c.shared); ok {
				counts[kind]++
			}
		}
	}
	var kinds []CPUCache
	for k, n := range counts {
		kinds = append(kinds, CPUCache{Level: k.Level, Type: k.Type, Size: k.Size, SharedCPUs: k.SharedCPUs, Count: n})
	}
	slices.SortFunc(kinds, func(a, b CPUCache) int {
		return cmp.Or(cmp.Compare(a.Level, b.Level), cmp.Compare(a.Type, b.Type), cmp.Compare(a.Size, b.Size), cmp.Compare(a.SharedCPUs, b.SharedCPUs))
	})
	return kinds
}

// numaNodes lists the nodes, nil if the kernel does not know of nodes.
func (s *System) numaNodes() []NUMANode {
	const dir = "sys/devices/system/node"
	numbers, ok := s.cpuList(dir + "/online")
	if !ok {
		return nil
	}
	var nodes []NUMANode
	for _, number := range numbers {
		at := dir + "/node" + strconv.Itoa(number)
		n := NUMANode{Node: number}
		if n.CPUs, ok = s.cpuList(at + "/cpulist"); !ok {
			n.Missing = n.Missing.add("cpus")
		}
		var info linux.Meminfo
		if b, err := s.readRoot(at + "/meminfo"); err == nil {
			_ = info.Parse(b) // what is wanted is looked for below
		}
		if n.MemTotal, ok = info.Lookup("MemTotal"); !ok {
			n.Missing = n.Missing.add("mem_total")
		}
		if n.MemFree, ok = info.Lookup("MemFree"); !ok {
			n.Missing = n.Missing.add("mem_free")
		}
		nodes = append(nodes, n)
	}
	return nodes
}
