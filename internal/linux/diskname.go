package linux

import "strings"

// BlockKind is what the name of a whole block device says that it is.
type BlockKind uint8

// The kinds of block device that Linux names in a way of their own.
const (
	BlockDisk    BlockKind = iota // any other name
	BlockDM                       // made by the device mapper
	BlockMD                       // software RAID
	BlockLoop                     // a file
	BlockRAM                      // memory
	BlockZRAM                     // compressed memory
	BlockROM                      // CD or DVD
	BlockFloppy                   // floppy disk
	BlockNetwork                  // on a server: NBD, Ceph RBD
	BlockZVol                     // a volume of ZFS
	BlockPath                     // one of the paths to an NVMe disk, see [NVMeHead]
	BlockVirtual                  // something else that is made by software
)

// BlockKindOf tells a whole device by the name its driver gives.
func BlockKindOf(name string) BlockKind {
	for _, k := range blockKinds {
		rest, found := strings.CutPrefix(name, k.prefix)
		if found && rest != "" && (isDigit(rest[0]) || k.kind == BlockMD && rest[0] == '_') {
			return k.kind
		}
	}
	if _, isPath := NVMeHead(name); isPath {
		return BlockPath
	}
	return BlockDisk
}

var blockKinds = [...]struct {
	prefix string
	kind   BlockKind
}{
	{"dm-", BlockDM}, {"md", BlockMD}, {"loop", BlockLoop}, {"ram", BlockRAM}, {"zram", BlockZRAM},
	{"sr", BlockROM}, {"scd", BlockROM}, {"fd", BlockFloppy}, {"nbd", BlockNetwork}, {"rbd", BlockNetwork},
	{"zd", BlockZVol}, {"bcache", BlockVirtual}, {"drbd", BlockVirtual},
}

// NVMeHead returns "nvme0n1" for "nvme0c2n1", which is one of the paths to it
// (drivers/nvme/host/core.c nvme_alloc_ns).
func NVMeHead(name string) (head string, isPath bool) {
	rest, found := strings.CutPrefix(name, "nvme")
	subsystem, rest, found1 := strings.Cut(rest, "c")
	controller, namespace, found2 := strings.Cut(rest, "n")
	if !found || !found1 || !found2 || !isNumber(subsystem) || !isNumber(controller) || !isNumber(namespace) {
		return "", false
	}
	return "nvme" + subsystem + "n" + namespace, true
}

// BlockParent returns the device that name is a partition of, judging by the
// names that Linux gives: sda1 of sda, nvme0n1p1 of nvme0n1. It is empty for a
// whole device; Xen has xvda1 without xvda, which is a disk.
func BlockParent(name string, isDevice func(string) bool) string {
	parent := strings.TrimRight(name, "0123456789")
	if parent == name || parent == "" {
		return ""
	}
	if p, found := strings.CutSuffix(parent, "p"); found && p != "" && isDigit(p[len(p)-1]) && isDevice(p) {
		return p
	}
	if !isDigit(parent[len(parent)-1]) && isDevice(parent) {
		return parent
	}
	return ""
}

// BlockName returns the name of a device of which /sys has this one:
// "cciss!c0d0" there is cciss/c0d0.
func BlockName(sysfs string) string { return strings.ReplaceAll(sysfs, "!", "/") }

// SysfsBlockName undoes [BlockName].
func SysfsBlockName(name string) string { return strings.ReplaceAll(name, "/", "!") }

func isDigit(c byte) bool { return '0' <= c && c <= '9' }

func isNumber(s string) bool { return s != "" && strings.Trim(s, "0123456789") == "" }
