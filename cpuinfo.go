package psutil

import (
	"fmt"
	"strings"
)

// CPUDescription says what kind of CPUs a machine has. Where CPUs differ, as
// big and little cores do, the names are those of the first one online.
type CPUDescription struct {
	Vendor    string `json:"vendor"`     // as the CPU says, such as "GenuineIntel", or "ARM"
	ModelName string `json:"model_name"` // such as "AMD EPYC 7B13"
	Family    string `json:"family"`     // x86: a number; ARM: the architecture's version
	Model     string `json:"model"`      // x86: a number; ARM: the part, such as "0xd0c"
	Stepping  string `json:"stepping"`   // x86: a number; ARM: the revision, such as "r3p1"
	Microcode string `json:"microcode"`  // such as "0xa0011d5"
	Arch      string `json:"arch"`       // the kernel's name of it, such as "x86_64" or "aarch64"
	ByteOrder string `json:"byte_order"` // "little" or "big"

	// Sockets, Cores and Threads count what is online.
	Sockets int `json:"sockets"`
	Cores   int `json:"cores"`   // number of them, as of [CPUCountCores]
	Threads int `json:"threads"` // number of them, as of [CPUCount]

	Flags  []string   `json:"flags"`      // features, by the kernel's names and in its order
	Caches []CPUCache `json:"caches"`     // sorted by level, type and size
	Nodes  []NUMANode `json:"numa_nodes"` // sorted by number

	Missing Missing `json:"-"`
}

// MarshalJSON writes the fields.
func (d CPUDescription) MarshalJSON() ([]byte, error) { return marshalFields(d) }

// String returns a line such as `"AMD EPYC" x86_64 sockets=1 cores=2 threads=4`.
func (d CPUDescription) String() string {
	var b strings.Builder
	name := d.ModelName
	if name == "" {
		name = d.Vendor
	}
	fmt.Fprintf(&b, "%q", name)
	if d.Arch != "" {
		b.WriteString(" " + d.Arch)
	}
	for _, e := range [...]struct {
		name string
		n    int
	}{{"sockets", d.Sockets}, {"cores", d.Cores}, {"threads", d.Threads}} {
		if !d.Missing.Has(e.name) {
			fmt.Fprintf(&b, " %s=%d", e.name, e.n)
		}
	}
	return b.String()
}

// CPUCache is a kind of cache that a machine's CPUs have.
type CPUCache struct {
	Level      int    `json:"level"`       // 1 is nearest to the core
	Type       string `json:"type"`        // "Data", "Instruction" or "Unified"
	Size       uint64 `json:"size"`        // bytes, of one of them
	SharedCPUs int    `json:"shared_cpus"` // how many CPUs share one of them
	Count      int    `json:"count"`       // how many of them there are
}

// MarshalJSON writes the fields.
func (c CPUCache) MarshalJSON() ([]byte, error) { return marshalFields(c) }

// String returns the cache as lscpu does, such as "L1d 32768 bytes x 8".
func (c CPUCache) String() string {
	kind := ""
	switch c.Type {
	case "Data":
		kind = "d"
	case "Instruction":
		kind = "i"
	}
	return fmt.Sprintf("L%d%s %d bytes x %d", c.Level, kind, c.Size, c.Count)
}

// NUMANode is memory and the CPUs that are near to it.
type NUMANode struct {
	Node     int     `json:"node"`      // the kernel's number of it
	CPUs     []int   `json:"cpus"`      // sorted; empty for memory without CPUs
	MemTotal uint64  `json:"mem_total"` // bytes
	MemFree  uint64  `json:"mem_free"`  // bytes
	Missing  Missing `json:"-"`
}

// MarshalJSON writes the fields.
func (n NUMANode) MarshalJSON() ([]byte, error) { return marshalFields(n) }

// String returns "node0 cpus=[0 1] mem_total=8589934592 mem_free=1234567".
func (n NUMANode) String() string {
	return fmt.Sprintf("node%d cpus=%v mem_total=%d mem_free=%d", n.Node, n.CPUs, n.MemTotal, n.MemFree)
}

// CPUInfo describes the CPUs. psutil has no such function; lscpu(1) prints the
// same. What a machine does not tell is missing.
//
// Cost on Linux: one read of /proc/cpuinfo, and several of
// /sys/devices/system/cpu for each CPU and of /sys/devices/system/node for each
// node: milliseconds on a large machine. Only the counts and the free memory
// can change while the machine runs.
//
// Windows: the names are those of the registry, HARDWARE\DESCRIPTION\System, and the
// rest is of one call, GetLogicalProcessorInformationEx. Family, Model, Stepping,
// Microcode and Flags are missing, and the memory of nodes.
func CPUInfo() (CPUDescription, error) {
	s, err := defaultSystem()
	if err != nil {
		return CPUDescription{}, err
	}
	return s.CPUInfo()
}

// CPUInfo is [CPUInfo] of this system.
func (s *System) CPUInfo() (CPUDescription, error) { return s.cpuInfo() }
