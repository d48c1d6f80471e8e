package psutil

import (
	"math"
	"testing"
)

func TestUsableCPUs(t *testing.T) {
	four := []int{0, 1, 2, 3}
	for _, test := range []struct {
		name     string
		affinity []int
		limit    CgroupLimit
		want     int
	}{
		{"AffinityOnly", four, CgroupLimit{Missing: "cpus,cpu_quota"}, 4},
		{"NoLimit", four, CgroupLimit{CPUs: []int{0, 1, 2, 3, 4, 5}, CPUQuota: math.Inf(1)}, 4},
		{"Cpuset", four, CgroupLimit{CPUs: []int{3, 4, 5}, CPUQuota: math.Inf(1)}, 1},
		{"CpusetUnknown", four, CgroupLimit{CPUs: nil, CPUQuota: math.Inf(1), Missing: "cpus"}, 4},
		{"QuotaRoundsUp", four, CgroupLimit{CPUs: four, CPUQuota: 1.01}, 2},
		{"QuotaWhole", four, CgroupLimit{CPUs: four, CPUQuota: 3}, 3},
		{"QuotaBelowOne", four, CgroupLimit{CPUs: four, CPUQuota: 0.1}, 1},
		{"QuotaAboveAffinity", four, CgroupLimit{CPUs: four, CPUQuota: 64.5}, 4},
		{"QuotaUnknown", four, CgroupLimit{CPUs: four, Missing: "cpu_quota"}, 4},
		{"NothingInCommon", four, CgroupLimit{CPUs: []int{9}, CPUQuota: math.Inf(1)}, 1},
		{"NoAffinity", nil, CgroupLimit{CPUs: four, CPUQuota: 2}, 1},
	} {
		t.Run(test.name, func(t *testing.T) {
			if got := usableCPUs(test.affinity, test.limit); got != test.want {
				t.Errorf("usableCPUs(%v, %v) = %d, want %d", test.affinity, test.limit, got, test.want)
			}
		})
	}
}

func TestARMCPU(t *testing.T) {
	for _, test := range []struct {
		implementer, part uint64
		vendor, name      string
	}{
		{0x41, 0xd0c, "ARM", "Neoverse-N1"},
		{0x46, 0x001, "Fujitsu", "A64FX"},
		{0x51, 0x001, "Qualcomm", "Oryon"},
		{0x41, 0xfff, "ARM", ""},
		{0x99, 0xd0c, "", ""},
	} {
		if vendor, name := armCPU(test.implementer, test.part); vendor != test.vendor || name != test.name {
			t.Errorf("armCPU(%#x, %#x) = %q, %q, want %q, %q", test.implementer, test.part, vendor, name, test.vendor, test.name)
		}
	}
	type code struct{ implementer, part uint64 }
	seen := map[code]bool{}
	for _, p := range armParts {
		if c := (code{p.implementer, p.part}); seen[c] {
			t.Errorf("part %#x of implementer %#x is there twice", p.part, p.implementer)
		} else {
			seen[c] = true
		}
		if vendor, _ := armCPU(p.implementer, p.part); vendor == "" {
			t.Errorf("%s has no vendor", p.name)
		}
	}
}
