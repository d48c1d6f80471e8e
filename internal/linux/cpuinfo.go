package linux

import (
	"bytes"
	"math"

	"github.com/go-psutil/psutil/internal/scan"
)

// CPUFields says which numbers a [CPURecord] was given.
type CPUFields uint16

// The numbers of a [CPURecord].
const (
	CPUHz CPUFields = 1 << iota
	CPUStaticHz
	CPUCacheSize
	CPUPhysicalID
	CPUCoreID
	CPUCores
	CPUSiblings
	CPUHart
)

// Contains reports whether every field of g is in f.
func (f CPUFields) Contains(g CPUFields) bool { return f&g == g }

// CPURecord is what /proc/cpuinfo says about one CPU. Each architecture prints
// lines of its own; those with one meaning share a field. Text aliases the
// input; nil is a line that is not there.
type CPURecord struct {
	CPU int // the kernel's number, -1 in [CPUInfo.Common]
	Has CPUFields

	Vendor    []byte // vendor_id: "GenuineIntel", "IBM/S390"
	Family    []byte // cpu family, CPU Family: "6", "Loongson-64bit"
	Model     []byte // model: a number on x86, the machine in Common elsewhere
	ModelName []byte // model name, Model Name, cpu model, cpu
	Stepping  []byte
	Microcode []byte
	Flags     []byte // flags, Features, features; blank-separated
	Bugs      []byte // blank-separated

	Implementer  []byte // CPU implementer and so on, of ARM: "0x41"
	Architecture []byte
	Variant      []byte
	Part         []byte
	Revision     []byte // CPU revision of ARM, CPU Revision of LoongArch, revision of POWER

	ISA            []byte // isa, ISA: of RISC-V, MIPS and LoongArch
	MMU            []byte // mmu, MMU: "sv48", "Radix"
	MicroArch      []byte // uarch, of RISC-V
	Version        []byte // of s390x
	Identification []byte // of s390x

	Machine       []byte // machine: POWER, MIPS, and the type number of s390x
	Platform      []byte // platform, system type: POWER, MIPS and LoongArch
	Hardware      []byte // of 32-bit ARM
	BoardRevision []byte // Revision, of a board with ARM
	SerialNumber  []byte // Serial, of a board with ARM

	Hz         uint64 // cpu MHz, CPU MHz, clock, cpu MHz dynamic: now
	StaticHz   uint64 // cpu MHz static, of s390x
	CacheSize  uint64 // bytes
	Hart       uint64 // of RISC-V
	PhysicalID int    // physical id, package
	CoreID     int    // core id, core; unique within a package
	Cores      int    // cpu cores: of the package
	Siblings   int    // threads of the package
}

// CPUInfo is /proc/cpuinfo (proc_cpuinfo(5), arch/*/kernel: x86 cpu/proc.c,
// arm setup.c, arm64 cpuinfo.c, powerpc setup-common.c, s390 processor.c,
// riscv cpu.c, mips and loongarch proc.c).
type CPUInfo struct {
	CPUs   []CPURecord // those online, in the kernel's order
	Common CPURecord   // what is said of no CPU in particular
}

// Parse decodes the text of /proc/cpuinfo, keeping the room of c.CPUs: it
// allocates only while that grows. Lines it does not know are ignored. It
// returns the first error, having read every line that can be read.
func (c *CPUInfo) Parse(b []byte) error {
	*c = CPUInfo{CPUs: c.CPUs[:0], Common: CPURecord{CPU: -1}}
	p := cpuinfoParser{info: c, current: -1}
	var err error
	for n := 1; len(b) > 0; n++ {
		line, after, whole := scan.Cut(b, '\n')
		b = after
		key, value, found := scan.Cut(line, ':')
		key = scan.Trim(key)
		switch {
		case len(scan.Trim(line)) == 0:
			p.current = -1 // a blank line ends what is said of a CPU
		case !whole:
			noteError(&err, n, line, cutShort)
		case found:
			if bad := p.line(key, scan.Trim(value)); bad != "" {
				noteError(&err, n, line, bad)
			}
		}
	}
	return err
}

type cpuinfoParser struct {
	info    *CPUInfo
	current int // index of the CPU that lines are about, -1 for Common
	merged  int // s390x: how many of the first list the second has passed
	listed  int // s390x: how many CPUs the first list has
}

func (p *cpuinfoParser) record() *CPURecord {
	if p.current < 0 {
		return &p.info.Common
	}
	return &p.info.CPUs[p.current]
}

// begin starts what is said of a CPU.
func (p *cpuinfoParser) begin(cpu int) {
	p.info.CPUs = append(p.info.CPUs, CPURecord{CPU: cpu})
	p.current = len(p.info.CPUs) - 1
}

// resume goes on with a CPU of s390x's first list, "processor 0: version =
// ..". Both lists ascend. A CPU that came online in between begins anew.
func (p *cpuinfoParser) resume(cpu int) {
	for p.merged < p.listed && p.info.CPUs[p.merged].CPU < cpu {
		p.merged++
	}
	if p.merged < p.listed && p.info.CPUs[p.merged].CPU == cpu {
		p.current = p.merged
		return
	}
	p.begin(cpu)
}

func cpuNumber(b []byte) (int, bool) {
	v, ok := scan.Uint(b)
	return int(v), ok && v <= math.MaxInt32
}

// line stores one line and returns what it expected of a value it can't read.
func (p *cpuinfoParser) line(key, value []byte) (bad string) {
	if cpu, ok := bytes.CutPrefix(key, []byte("processor ")); ok {
		return p.s390Line(cpu, value)
	}
	switch string(key) {
	case "processor", "cpu number":
		cpu, ok := cpuNumber(value)
		if !ok {
			return "a CPU number expected"
		}
		if len(key) == len("processor") {
			p.begin(cpu)
		} else {
			p.resume(cpu)
		}
		return ""
	case "hart":
		hart, ok := scan.Uint(value)
		if !ok {
			return "a hart number expected"
		}
		if p.current < 0 && hart <= math.MaxInt32 { // before Linux 5.1 it is the only number
			p.begin(int(hart))
		}
		r := p.record()
		r.Hart = hart
		r.Has |= CPUHart
		return ""
	}
	r := p.record()
	if t := r.text(key); t != nil {
		*t = value
		return ""
	}
	return r.number(key, value)
}

// s390Line reads "version = FF,  identification = 0133E8,  machine = 2964".
func (p *cpuinfoParser) s390Line(number, value []byte) (bad string) {
	cpu, ok := cpuNumber(scan.Trim(number))
	if !ok {
		return "a CPU number expected"
	}
	p.begin(cpu)
	p.listed = len(p.info.CPUs)
	r := p.record()
	p.current = -1
	for more := true; more; {
		var item []byte
		item, value, more = scan.Cut(value, ',')
		key, v, _ := scan.Cut(item, '=')
		if t := r.text(scan.Trim(key)); t != nil {
			*t = scan.Trim(v)
		}
	}
	return ""
}

func (r *CPURecord) text(key []byte) *[]byte {
	switch string(key) {
	case "vendor_id":
		return &r.Vendor
	case "cpu family", "CPU Family":
		return &r.Family
	case "model", "Model":
		return &r.Model
	case "model name", "Model Name", "cpu model", "cpu", "Processor":
		return &r.ModelName
	case "stepping":
		return &r.Stepping
	case "microcode":
		return &r.Microcode
	case "flags", "Features", "features":
		return &r.Flags
	case "bugs":
		return &r.Bugs
	case "CPU implementer":
		return &r.Implementer
	case "CPU architecture":
		return &r.Architecture
	case "CPU variant":
		return &r.Variant
	case "CPU part":
		return &r.Part
	case "CPU revision", "CPU Revision", "revision":
		return &r.Revision
	case "isa", "ISA":
		return &r.ISA
	case "mmu", "MMU":
		return &r.MMU
	case "uarch":
		return &r.MicroArch
	case "version":
		return &r.Version
	case "identification":
		return &r.Identification
	case "machine":
		return &r.Machine
	case "platform", "system type":
		return &r.Platform
	case "Hardware":
		return &r.Hardware
	case "Revision":
		return &r.BoardRevision
	case "Serial":
		return &r.SerialNumber
	}
	return nil
}

func (r *CPURecord) number(key, value []byte) (bad string) {
	switch string(key) {
	case "cpu MHz", "CPU MHz", "cpu MHz dynamic", "clock":
		return r.hertz(&r.Hz, value, CPUHz)
	case "cpu MHz static":
		return r.hertz(&r.StaticHz, value, CPUStaticHz)
	case "cache size":
		number, unit := scan.Field(value)
		kb, ok := scan.Uint(number)
		if !ok || string(scan.Trim(unit)) != "KB" || kb > math.MaxUint64/1024 {
			return "a size in KB expected"
		}
		r.CacheSize = kb * 1024
		r.Has |= CPUCacheSize
	case "physical id", "package":
		return r.id(&r.PhysicalID, value, CPUPhysicalID)
	case "core id", "core":
		return r.id(&r.CoreID, value, CPUCoreID)
	case "cpu cores":
		return r.id(&r.Cores, value, CPUCores)
	case "siblings":
		return r.id(&r.Siblings, value, CPUSiblings)
	}
	return ""
}

// id reads a number that some kernels print as -1 when they don't know it.
func (r *CPURecord) id(p *int, value []byte, has CPUFields) (bad string) {
	v, ok := scan.Int(value)
	if !ok || v > math.MaxInt32 || v < math.MinInt32 {
		return "a number expected"
	}
	if v >= 0 {
		*p = int(v)
		r.Has |= has
	}
	return ""
}

// hertz reads "2399.998", "3425.000000MHz", or "Unknown", as x86 has it.
func (r *CPURecord) hertz(p *uint64, value []byte, has CPUFields) (bad string) {
	if bytes.EqualFold(value, []byte("unknown")) {
		return ""
	}
	hz, ok := fixed(bytes.TrimSuffix(value, []byte("MHz")), 6)
	if !ok {
		return "a frequency in MHz expected"
	}
	*p = hz
	r.Has |= has
	return ""
}
