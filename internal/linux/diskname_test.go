package linux

import (
	"strings"
	"testing"
)

func TestBlockKindOf(t *testing.T) {
	kinds := map[string]BlockKind{
		"sda": BlockDisk, "vda": BlockDisk, "nvme0n1": BlockDisk, "mmcblk0": BlockDisk, "dasda": BlockDisk, "pmem0": BlockDisk,
		"dm-0": BlockDM, "md127": BlockMD, "md_home": BlockMD, "loop12": BlockLoop, "ram0": BlockRAM, "zram0": BlockZRAM,
		"sr0": BlockROM, "scd0": BlockROM, "fd0": BlockFloppy, "nbd3": BlockNetwork, "rbd0": BlockNetwork, "zd16": BlockZVol,
		"bcache0": BlockVirtual, "drbd0": BlockVirtual, "nvme0c1n1": BlockPath, "nvme12c30n4": BlockPath,
		"loopy": BlockDisk, "md": BlockDisk, "sram0": BlockDisk, "nvmec1n1": BlockDisk, "nvme0cn1": BlockDisk, "nvme0c1": BlockDisk, "nvme0c1n": BlockDisk,
		"": BlockDisk, "dm_0": BlockDisk, "loop_0": BlockDisk,
	}
	for name, want := range kinds {
		if got := BlockKindOf(name); got != want {
			t.Errorf("%s: got %v, want %v", name, got, want)
		}
	}
}

func TestNVMeHead(t *testing.T) {
	if head, isPath := NVMeHead("nvme12c30n4"); head != "nvme12n4" || !isPath {
		t.Errorf("got %s, %v", head, isPath)
	}
	if head, isPath := NVMeHead("nvme12n4"); head != "" || isPath {
		t.Errorf("got %s, %v", head, isPath)
	}
}

func TestBlockParent(t *testing.T) {
	devices := map[string]bool{"sda": true, "nvme0n1": true, "mmcblk0": true, "loop1": true, "md0": true, "vdp": true, "cciss/c0d0": true}
	parents := map[string]string{
		"sda1": "sda", "sda15": "sda", "sdb1": "", "nvme0n1p2": "nvme0n1", "nvme0n1": "", "nvme0n2": "", "mmcblk0p1": "mmcblk0",
		"mmcblk0boot0": "", "loop1p3": "loop1", "loop10": "", "md0p1": "md0", "xvda1": "", "vdp1": "vdp", "cciss/c0d0p1": "cciss/c0d0",
		"7": "", "p1": "", "": "", "sda": "",
	}
	for name, want := range parents {
		if got := BlockParent(name, func(name string) bool { return devices[name] }); got != want {
			t.Errorf("parent of %q: got %q, want %q", name, got, want)
		}
	}
}

func TestBlockName(t *testing.T) {
	for sysfs, name := range map[string]string{"sda": "sda", "cciss!c0d0p1": "cciss/c0d0p1", "a!b!c": "a/b/c", "": ""} {
		if got := BlockName(sysfs); got != name {
			t.Errorf("BlockName(%q) = %q, want %q", sysfs, got, name)
		}
		if got := SysfsBlockName(name); got != sysfs {
			t.Errorf("SysfsBlockName(%q) = %q, want %q", name, got, sysfs)
		}
	}
}

func FuzzDiskName(f *testing.F) {
	for _, name := range []string{"sda1", "nvme0c1n1", "nvme0n1p2", "md_d0p1", "cciss!c0d0", "", "p1", "nvmecn"} {
		f.Add(name)
	}
	f.Fuzz(func(t *testing.T, name string) {
		head, isPath := NVMeHead(name)
		if isPath != (head != "") || isPath && (len(head) >= len(name) || BlockKindOf(name) != BlockPath) {
			t.Fatalf("NVMeHead(%q) = %q, %v", name, head, isPath)
		}
		parent := BlockParent(name, func(string) bool { return true })
		if !strings.HasPrefix(name, parent) || parent != "" && parent == name {
			t.Fatalf("BlockParent(%q) = %q", name, parent)
		}
		if BlockKindOf(name) > BlockVirtual || strings.Contains(BlockName(name), "!") || strings.Contains(SysfsBlockName(name), "/") {
			t.Fatalf("%q", name)
		}
	})
}
