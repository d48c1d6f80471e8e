package psutil

import (
	"cmp"
	"slices"
	"strconv"
	"strings"

	"github.com/go-psutil/psutil/internal/linux"
	"github.com/go-psutil/psutil/internal/scan"
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
		d.Sockets = cpuinfoPackages(info)
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

// describeCPU takes names from what is said of the first CPU or of all.
func describeCPU(info *linux.CPUInfo) CPUDescription {
	first := &info.Common
	if len(info.CPUs) > 0 {
		first = &info.CPUs[0]
	}
	text := func(of func(*linux.CPURecord) []byte) string {
		return cmp.Or(string(of(first)), string(of(&info.Common)))
	}
	d := CPUDescription{
		Vendor:    text(func(r *linux.CPURecord) []byte { return r.Vendor }),
		ModelName: text(func(r *linux.CPURecord) []byte { return r.ModelName }),
		Family:    text(func(r *linux.CPURecord) []byte { return r.Family }),
		Stepping:  text(func(r *linux.CPURecord) []byte { return r.Stepping }),
		Microcode: text(func(r *linux.CPURecord) []byte { return r.Microcode }),
	}
	flags := text(func(r *linux.CPURecord) []byte { return r.Flags })
	isa := text(func(r *linux.CPURecord) []byte { return r.ISA })
	switch {
	case flags != "":
		d.Flags = strings.Fields(flags)
	case isa != "":
		d.Flags = strings.Fields(isa) // RISC-V: one word such as "rv64imafdc_zicsr"
	}
	switch {
	case first.Implementer != nil: // ARM
		implementer, _ := scan.Hex(first.Implementer)
		part, _ := scan.Hex(first.Part)
		variant, _ := scan.Hex(first.Variant)
		vendor, name := armCPU(implementer, part)
		d.Vendor = cmp.Or(vendor, string(first.Implementer))
		d.ModelName = cmp.Or(name, d.ModelName)
		d.Family = string(first.Architecture)
		d.Model = string(first.Part)
		d.Stepping = "r" + strconv.FormatUint(variant, 10) + "p" + string(first.Revision)
	case first.Identification != nil: // s390x
		d.Model = string(first.Machine)
	case first.Model != nil: // elsewhere it is the name of the board
		d.Model = string(first.Model)
	}
	if first.Implementer == nil {
		d.ModelName = cmp.Or(d.ModelName, text(func(r *linux.CPURecord) []byte { return r.MicroArch }))
		d.Stepping = cmp.Or(d.Stepping, text(func(r *linux.CPURecord) []byte { return r.Revision }))
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
	var kinds []CPUCache
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
			level, err := strconv.Atoi(c.level)
			size, ok := cacheSize(s.attribute(at + "size"))
			if err != nil || !ok {
				continue
			}
			shared, err := linux.AppendCPUList(nil, []byte(c.shared))
			if err != nil {
				continue
			}
			kinds = addCache(kinds, CPUCache{Level: level, Type: c.kind, Size: size, SharedCPUs: len(shared), Count: 1})
		}
	}
	slices.SortFunc(kinds, func(a, b CPUCache) int {
		return cmp.Or(cmp.Compare(a.Level, b.Level), cmp.Compare(a.Type, b.Type), cmp.Compare(a.Size, b.Size), cmp.Compare(a.SharedCPUs, b.SharedCPUs))
	})
	return kinds
}

// addCache counts c among those of its kind.
func addCache(kinds []CPUCache, c CPUCache) []CPUCache {
	for i := range kinds {
		k := kinds[i]
		k.Count = c.Count
		if k == c {
			kinds[i].Count++
			return kinds
		}
	}
	return append(kinds, c)
}

// cacheSize reads "32K", as drivers/base/cacheinfo.c prints it.
func cacheSize(text string) (size uint64, ok bool) {
	kb, found := strings.CutSuffix(text, "K")
	n, ok := scan.Uint([]byte(kb))
	return n * 1024, found && ok && n < 1<<40
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
