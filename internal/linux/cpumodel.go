package linux

import (
	"cmp"
	"strconv"
	"strings"

	"github.com/go-psutil/psutil/internal/scan"
)

// CountCores counts the cores that /proc/cpuinfo tells, 0 if it doesn't: those
// with a number, or else those that each package says it has.
func (c *CPUInfo) CountCores() int {
	type core struct{ physical, core int }
	cores := make(map[core]struct{})
	packages := make(map[int]int)
	for i := range c.CPUs {
		r := &c.CPUs[i]
		if r.Has&CPUPhysicalID == 0 {
			continue
		}
		if r.Has&CPUCoreID != 0 {
			cores[core{r.PhysicalID, r.CoreID}] = struct{}{}
		}
		packages[r.PhysicalID] = r.Cores
	}
	if len(cores) > 0 {
		return len(cores)
	}
	n := 0
	for _, cores := range packages {
		n += cores
	}
	return n
}

// CountPackages counts the sockets that /proc/cpuinfo tells, 0 if it doesn't.
func (c *CPUInfo) CountPackages() int {
	seen := make(map[int]struct{})
	for i := range c.CPUs {
		if r := &c.CPUs[i]; r.Has&CPUPhysicalID != 0 {
			seen[r.PhysicalID] = struct{}{}
		}
	}
	return len(seen)
}

// CPUModel is what /proc/cpuinfo calls the CPUs. Text that is empty is not
// told.
type CPUModel struct {
	Vendor    string // of ARM the implementer's number, such as "0x41"
	Name      string
	Family    string // of ARM the version of the architecture
	Model     string // a number; of ARM the part, such as "0xd0c", of s390x the machine type
	Stepping  string // of ARM such as "r3p1"
	Microcode string
	Flags     []string // on RISC-V one word such as "rv64imafdc_zicsr"

	ARM               bool   // the two below are told
	Implementer, Part uint64 // as in the Main ID Register
}

// CPUModel takes names from what is said of the first CPU, or else of all.
func (c *CPUInfo) CPUModel() CPUModel {
	first := &c.Common
	if len(c.CPUs) > 0 {
		first = &c.CPUs[0]
	}
	text := func(of func(*CPURecord) []byte) string {
		return cmp.Or(string(of(first)), string(of(&c.Common)))
	}
	m := CPUModel{
		Vendor:    text(func(r *CPURecord) []byte { return r.Vendor }),
		Name:      text(func(r *CPURecord) []byte { return r.ModelName }),
		Family:    text(func(r *CPURecord) []byte { return r.Family }),
		Stepping:  text(func(r *CPURecord) []byte { return r.Stepping }),
		Microcode: text(func(r *CPURecord) []byte { return r.Microcode }),
	}
	flags := text(func(r *CPURecord) []byte { return r.Flags })
	isa := text(func(r *CPURecord) []byte { return r.ISA })
	if words := cmp.Or(flags, isa); words != "" {
		m.Flags = strings.Fields(words)
	}
	switch {
	case first.Implementer != nil: // ARM
		m.ARM = true
		m.Implementer, _ = scan.Hex(first.Implementer)
		m.Part, _ = scan.Hex(first.Part)
		variant, _ := scan.Hex(first.Variant)
		m.Vendor = string(first.Implementer)
		m.Family = string(first.Architecture)
		m.Model = string(first.Part)
		m.Stepping = "r" + strconv.FormatUint(variant, 10) + "p" + string(first.Revision)
		return m
	case first.Identification != nil: // s390x
		m.Model = string(first.Machine)
	case first.Model != nil: // elsewhere it is the name of the board
		m.Model = string(first.Model)
	}
	m.Name = cmp.Or(m.Name, text(func(r *CPURecord) []byte { return r.MicroArch }))
	m.Stepping = cmp.Or(m.Stepping, text(func(r *CPURecord) []byte { return r.Revision }))
	return m
}
