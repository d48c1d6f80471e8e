package linux

import (
	_ "embed"
	"errors"
	"reflect"
	"strings"
	"testing"

	"github.com/go-psutil/psutil/internal/fixture"
	"github.com/go-psutil/psutil/internal/scan"
)

//go:embed testdata/cpuinfo.txtar
var cpuinfoArchive []byte

func TestCPUInfo(t *testing.T) {
	b := func(s string) []byte { return []byte(s) }
	common := CPURecord{CPU: -1}
	x86 := CPURecord{
		CPU: 0, Has: CPUHz | CPUCacheSize | CPUPhysicalID | CPUCoreID | CPUCores | CPUSiblings,
		Vendor: b("AuthenticAMD"), Family: b("25"), Model: b("33"), ModelName: b("AMD Ryzen 7 5800X 8-Core Processor"),
		Stepping: b("2"), Microcode: b("0xa201210"), Flags: b("fpu vme de pse tsc"), Bugs: b("sysret_ss_attrs spectre_v1"),
		Hz: 2199971000, CacheSize: 512 << 10, PhysicalID: 0, CoreID: 5, Cores: 8, Siblings: 16,
	}
	x86Offline := x86
	x86Offline.CPU, x86Offline.PhysicalID, x86Offline.CoreID = 9, 1, 0
	x86Offline.Has &^= CPUHz
	x86Offline.Hz = 0
	x86Offline.Stepping, x86Offline.Flags, x86Offline.Bugs = b("unknown"), b(""), b("")

	arm64 := CPURecord{
		CPU: 0, Flags: b("fp asimd evtstrm crc32 cpuid"),
		Implementer: b("0x41"), Architecture: b("8"), Variant: b("0x0"), Part: b("0xd08"), Revision: b("3"),
	}
	arm64Second := arm64
	arm64Second.CPU = 1

	power := CPURecord{CPU: 0, Has: CPUHz, ModelName: b("POWER9, altivec supported"), Revision: b("2.2 (pvr 004e 1202)"), Hz: 3425000001}
	powerSecond := power
	powerSecond.CPU, powerSecond.Hz = 4, 2166000000

	mips := CPURecord{
		CPU: 0, Has: CPUPhysicalID | CPUCoreID, ModelName: b("MIPS 1004Kc V2.15"), ISA: b("mips1 mips2 mips32r1 mips32r2"), CoreID: 1,
	}
	mipsSecond := mips
	mipsSecond.CPU = 1

	rocket := CPURecord{CPU: 1, Has: CPUHart, Hart: 1, ISA: b("rv64imafdc"), MMU: b("sv39"), MicroArch: b("sifive,rocket0")}
	rocketSecond := rocket
	rocketSecond.CPU, rocketSecond.Hart = 2, 2

	for name, want := range map[string]CPUInfo{
		"x86": {CPUs: []CPURecord{x86, x86Offline}, Common: common},
		"arm64": {CPUs: []CPURecord{arm64, arm64Second}, Common: CPURecord{
			CPU: -1, BoardRevision: b("c03114"), SerialNumber: b("10000000abcdef01"), Model: b("Raspberry Pi 4 Model B Rev 1.4"),
		}},
		"arm": {CPUs: []CPURecord{{
			CPU: 0, ModelName: b("ARMv7 Processor rev 4 (v7l)"), Flags: b("half thumb fastmult vfp"),
			Implementer: b("0x41"), Architecture: b("7"), Variant: b("0x0"), Part: b("0xd03"), Revision: b("4"),
		}}, Common: CPURecord{CPU: -1, Hardware: b("BCM2835"), BoardRevision: b("a02082"), SerialNumber: b("00000000abcdef01")}},
		"arm-2.6": {CPUs: []CPURecord{{CPU: 0}, {CPU: 1}}, Common: CPURecord{
			CPU: -1, ModelName: b("ARMv7 Processor rev 9 (v7l)"), Flags: b("swp half thumb"),
			Implementer: b("0x41"), Architecture: b("7"), Variant: b("0x2"), Part: b("0xc09"), Revision: b("9"),
			Hardware: b("Tegra 2"), BoardRevision: b("0000"), SerialNumber: b("0000000000000000"),
		}},
		"ppc64": {CPUs: []CPURecord{power, powerSecond}, Common: CPURecord{
			CPU: -1, Platform: b("PowerNV"), Model: b("9006-22P"), Machine: b("PowerNV 9006-22P"), MMU: b("Radix"),
		}},
		"s390x": {CPUs: []CPURecord{
			{
				CPU: 0, Has: CPUHz | CPUStaticHz | CPUPhysicalID | CPUCoreID | CPUCores | CPUSiblings,
				Version: b("FF"), Identification: b("0133E8"), Machine: b("2964"),
				Hz: 5200e6, StaticHz: 5000e6, PhysicalID: 1, CoreID: 7, Cores: 1, Siblings: 1,
			},
			{CPU: 2, Has: CPUHz | CPUStaticHz, Version: b("00"), Identification: b("0133E9"), Machine: b("2965"), Hz: 5300e6, StaticHz: 5000e6},
			{CPU: 1, Has: CPUHz | CPUStaticHz, Hz: 5100e6, StaticHz: 5000e6}, // came online in between
		}, Common: CPURecord{CPU: -1, Vendor: b("IBM/S390"), Flags: b("esan3 zarch stfle msa")}},
		"s390x-4.4": {CPUs: []CPURecord{
			{CPU: 0, Version: b("00"), Identification: b("0133E8"), Machine: b("2964")},
			{CPU: 1, Version: b("00"), Identification: b("0133E8"), Machine: b("2964")},
		}, Common: CPURecord{CPU: -1, Vendor: b("IBM/S390"), Flags: b("esan3 zarch")}},
		"riscv": {CPUs: []CPURecord{{
			CPU: 0, Has: CPUHart, Hart: 2, ISA: b("rv64imafdc_zicntr_zicsr"), MMU: b("sv39"), MicroArch: b("sifive,u74-mc"),
		}}, Common: common},
		"riscv-4.19": {CPUs: []CPURecord{rocket, rocketSecond}, Common: common},
		"mips": {CPUs: []CPURecord{mips, mipsSecond}, Common: CPURecord{
			CPU: -1, Platform: b("MediaTek MT7621 ver:1 eco:3"), Machine: b("Ubiquiti EdgeRouter X"),
		}},
		"loongarch": {CPUs: []CPURecord{{
			CPU: 0, Has: CPUHz | CPUPhysicalID | CPUCoreID, Family: b("Loongson-64bit"), ModelName: b("Loongson-3A5000-HV"),
			Revision: b("0x11"), ISA: b("loongarch32 loongarch64"), Flags: b("cpucfg lam ual fpu"), Hz: 2500250000,
		}}, Common: CPURecord{CPU: -1, Platform: b("generic-loongson-machine")}},
	} {
		t.Run(name, func(t *testing.T) {
			text := fixture.File(t, cpuinfoArchive, name)
			got := CPUInfo{CPUs: make([]CPURecord, 1, 8), Common: CPURecord{CPU: 5, Hz: 9}}
			if err := got.Parse(text); err != nil {
				t.Error(err)
			}
			if !reflect.DeepEqual(got.Common, want.Common) {
				t.Errorf("common\n got %+v\nwant %+v", got.Common, want.Common)
			}
			for i := range max(len(got.CPUs), len(want.CPUs)) {
				switch {
				case i >= len(got.CPUs) || i >= len(want.CPUs):
					t.Errorf("%d CPUs, want %d", len(got.CPUs), len(want.CPUs))
				case !reflect.DeepEqual(got.CPUs[i], want.CPUs[i]):
					t.Errorf("record %d\n got %+v\nwant %+v", i, got.CPUs[i], want.CPUs[i])
				}
			}
			checkNoAllocs(t, func() {
				if got.Parse(text) != nil {
					t.Fatal("error")
				}
			})
			for i := range text {
				var c CPUInfo
				err := c.Parse(text[:i:i])
				partial := string(text[strings.LastIndexByte(string(text[:i]), '\n')+1 : i])
				if (err != nil) != (strings.TrimSpace(partial) != "") || len(c.CPUs) > len(want.CPUs) {
					t.Fatalf("cut at %d: %d CPUs, %v", i, len(c.CPUs), err)
				}
			}
		})
	}
}

func TestCPUInfoBadLines(t *testing.T) {
	good := CPUInfo{
		CPUs:   []CPURecord{{CPU: 3, Has: CPUCoreID, CoreID: 4, Stepping: []byte("1")}},
		Common: CPURecord{CPU: -1},
	}
	for _, bad := range []string{
		"cpu MHz : fast", "cpu MHz : -1.0", "cpu MHz :", "cpu MHz : 18446744073710", "clock : 1GHz", "cpu MHz static : x",
		"cache size : 512", "cache size : x KB", "cache size : 18446744073709551615 KB", "cache size : 1 MB",
		"physical id : x", "physical id : 2147483648", "siblings :", "cpu cores : 1.5",
		"hart : x", "hart : -1",
	} {
		var got CPUInfo
		err := got.Parse([]byte("processor : 3\n" + bad + "\ncore id : 4\nstepping : 1\n"))
		var e *scan.SyntaxError
		if !errors.As(err, &e) || e.Line != 2 || !reflect.DeepEqual(got, good) {
			t.Errorf("with %q: %+v, %v", bad, got, err)
		}
	}
	for in, want := range map[string][]int{
		"processor : x\nprocessor : 1\n":                       {1},
		"processor : 2147483648\nprocessor : 1\n":              {1},
		"processor : -1\nprocessor : 1\n":                      {1},
		"processor x: version = 1\nprocessor 1: version = 1\n": {1},
		"cpu number : x\ncpu number : 1\n":                     {1},
		"cpu number : 5\n\ncpu number : 5\n":                   {5, 5},
	} {
		var got CPUInfo
		err := got.Parse([]byte(in))
		var numbers []int
		for _, c := range got.CPUs {
			numbers = append(numbers, c.CPU)
		}
		if !reflect.DeepEqual(numbers, want) || (err == nil) != (len(want) == 2) {
			t.Errorf("%q: CPUs %v, %v; want %v", in, numbers, err, want)
		}
	}
	// Not known is not zero, nor an error.
	var got CPUInfo
	err := got.Parse([]byte("processor : 0\nphysical id : -1\ncore id : -1\ncpu MHz : unknown\nno colon\npower management:\n: value\n"))
	if want := (CPUInfo{CPUs: []CPURecord{{CPU: 0}}, Common: CPURecord{CPU: -1}}); err != nil || !reflect.DeepEqual(got, want) {
		t.Errorf("%+v, %v", got, err)
	}
	if f := CPUHz | CPUHart; !f.Contains(CPUHart) || f.Contains(CPUHart|CPUCores) {
		t.Error("Contains is wrong")
	}
}

func FuzzCPUInfo(f *testing.F) {
	for _, name := range []string{"x86", "arm-2.6", "ppc64", "s390x", "riscv-4.19", "mips", "loongarch"} {
		f.Add(fixture.File(f, cpuinfoArchive, name))
	}
	f.Add([]byte("processor 1: a=,\nprocessor 0:\ncpu number:0\ncpu number: 1\nhart: 5\n\nhart: 5"))
	f.Fuzz(func(t *testing.T, b []byte) {
		var c CPUInfo
		err := c.Parse(b)
		lines := strings.Count(string(b), "\n") + 1
		var e *scan.SyntaxError
		if err != nil && (!errors.As(err, &e) || e.Line < 1 || e.Line > lines) {
			t.Fatalf("error %v of %d lines", err, lines)
		}
		if len(c.CPUs) > lines || c.Common.CPU != -1 {
			t.Fatalf("%d CPUs of %d lines, common %d", len(c.CPUs), lines, c.Common.CPU)
		}
		if cores, packages := c.CountCores(), c.CountPackages(); cores < 0 || packages < 0 || packages > len(c.CPUs) {
			t.Fatalf("%d cores and %d packages of %d CPUs", cores, packages, len(c.CPUs))
		}
		if m := c.CPUModel(); !m.ARM && (m.Implementer != 0 || m.Part != 0) {
			t.Fatalf("%+v", m)
		}
		for _, r := range c.CPUs {
			if r.CPU < 0 || r.PhysicalID < 0 || r.CoreID < 0 || !r.Has.Contains(CPUHz) && r.Hz != 0 {
				t.Fatalf("%+v", r)
			}
		}
	})
}
