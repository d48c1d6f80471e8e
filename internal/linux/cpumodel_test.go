package linux

import (
	"reflect"
	"testing"

	"github.com/go-psutil/psutil/internal/fixture"
)

func TestCPUModel(t *testing.T) {
	for name, want := range map[string]struct {
		model           CPUModel
		cores, packages int
	}{
		"x86": {CPUModel{
			Vendor: "AuthenticAMD", Name: "AMD Ryzen 7 5800X 8-Core Processor", Family: "25", Model: "33", Stepping: "2",
			Microcode: "0xa201210", Flags: []string{"fpu", "vme", "de", "pse", "tsc"},
		}, 2, 2},
		"arm64": {CPUModel{
			Vendor: "0x41", Family: "8", Model: "0xd08", Stepping: "r0p3", Flags: []string{"fp", "asimd", "evtstrm", "crc32", "cpuid"},
			ARM: true, Implementer: 0x41, Part: 0xd08,
		}, 0, 0},
		"arm": {CPUModel{
			Vendor: "0x41", Name: "ARMv7 Processor rev 4 (v7l)", Family: "7", Model: "0xd03", Stepping: "r0p4",
			Flags: []string{"half", "thumb", "fastmult", "vfp"}, ARM: true, Implementer: 0x41, Part: 0xd03,
		}, 0, 0},
		"arm-2.6": {CPUModel{Name: "ARMv7 Processor rev 9 (v7l)", Stepping: "9", Flags: []string{"swp", "half", "thumb"}}, 0, 0},
		"ppc64":   {CPUModel{Name: "POWER9, altivec supported", Stepping: "2.2 (pvr 004e 1202)"}, 0, 0},
		"s390x":   {CPUModel{Vendor: "IBM/S390", Model: "2964", Flags: []string{"esan3", "zarch", "stfle", "msa"}}, 1, 1},
		"riscv":   {CPUModel{Name: "sifive,u74-mc", Flags: []string{"rv64imafdc_zicntr_zicsr"}}, 0, 0},
		"mips":    {CPUModel{Name: "MIPS 1004Kc V2.15", Flags: []string{"mips1", "mips2", "mips32r1", "mips32r2"}}, 1, 1},
		"loongarch": {CPUModel{
			Name: "Loongson-3A5000-HV", Family: "Loongson-64bit", Stepping: "0x11", Flags: []string{"cpucfg", "lam", "ual", "fpu"},
		}, 1, 1},
	} {
		t.Run(name, func(t *testing.T) {
			var c CPUInfo
			if err := c.Parse(fixture.File(t, cpuinfoArchive, name)); err != nil {
				t.Fatal(err)
			}
			if got := c.CPUModel(); !reflect.DeepEqual(got, want.model) {
				t.Errorf("got %+v, want %+v", got, want.model)
			}
			if n := c.CountCores(); n != want.cores {
				t.Errorf("%d cores, want %d", n, want.cores)
			}
			if n := c.CountPackages(); n != want.packages {
				t.Errorf("%d packages, want %d", n, want.packages)
			}
		})
	}
}

func TestCPUModelNothingKnown(t *testing.T) {
	var c CPUInfo
	if got := c.CPUModel(); !reflect.DeepEqual(got, CPUModel{}) || c.CountCores() != 0 || c.CountPackages() != 0 {
		t.Errorf("%+v, %d cores, %d packages of nothing", got, c.CountCores(), c.CountPackages())
	}
}

func TestCountCores(t *testing.T) {
	for name, test := range map[string]struct {
		cpus            []CPURecord
		cores, packages int
	}{
		"Threads": {[]CPURecord{
			{CPU: 0, Has: CPUPhysicalID | CPUCoreID, PhysicalID: 0, CoreID: 0},
			{CPU: 1, Has: CPUPhysicalID | CPUCoreID, PhysicalID: 0, CoreID: 0},
			{CPU: 2, Has: CPUPhysicalID | CPUCoreID, PhysicalID: 1, CoreID: 0},
			{CPU: 3, Has: CPUPhysicalID | CPUCoreID, PhysicalID: 1, CoreID: 4},
		}, 3, 2},
		"CoresOfPackages": {[]CPURecord{
			{CPU: 0, Has: CPUPhysicalID | CPUCores, PhysicalID: 0, Cores: 2},
			{CPU: 1, Has: CPUPhysicalID | CPUCores, PhysicalID: 0, Cores: 2},
			{CPU: 2, Has: CPUPhysicalID | CPUCores, PhysicalID: 3, Cores: 4},
		}, 6, 2},
		"PackagesOnly":     {[]CPURecord{{CPU: 0, Has: CPUPhysicalID, PhysicalID: 7}}, 0, 1},
		"CoresOfNoPackage": {[]CPURecord{{CPU: 0, Has: CPUCoreID | CPUCores, CoreID: 1, Cores: 2}}, 0, 0},
	} {
		t.Run(name, func(t *testing.T) {
			c := CPUInfo{CPUs: test.cpus}
			if n := c.CountCores(); n != test.cores {
				t.Errorf("%d cores, want %d", n, test.cores)
			}
			if n := c.CountPackages(); n != test.packages {
				t.Errorf("%d packages, want %d", n, test.packages)
			}
		})
	}
}
