package psutil

import (
	"bytes"
	"strings"

	"github.com/go-psutil/psutil/internal/linux"
	"github.com/go-psutil/psutil/internal/scan"
	"github.com/go-psutil/psutil/internal/sys"
)

// kernel is what must be known of a kernel to understand its files.
type kernel struct {
	live       bool   // it is the one that runs
	pageSize   uint64 // bytes
	bigEndian  bool
	orderKnown bool // and not merely assumed
}

func runningKernel() kernel {
	return kernel{live: true, pageSize: uint64(sys.PageSize()), bigEndian: sys.BigEndian(), orderKnown: true}
}

// recordedKernel takes from a recorded tree what that tells, and of this
// machine what it does not.
func (s *System) recordedKernel() kernel {
	k := runningKernel()
	k.live = false
	if size := s.recordedPageSize(); size != 0 {
		k.pageSize = size
	}
	big, known := s.recordedByteOrder()
	if k.orderKnown = known; known {
		k.bigEndian = big
	}
	return k
}

// recordedPageSize returns the size of the pages of the first process whose
// mappings were recorded, or 0. Some of these may be of larger pages.
func (s *System) recordedPageSize() uint64 {
	for _, name := range [...]string{"self/smaps", "1/smaps"} {
		b, err := s.readProc(name)
		if err != nil {
			continue
		}
		var least uint64
		for m, err := range linux.EachSmap(b) {
			size := m.KernelPageSize
			if err == nil && size != 0 && size&(size-1) == 0 && (least == 0 || size < least) {
				least = size
			}
		}
		if least != 0 {
			return least
		}
	}
	return 0
}

// recordedByteOrder returns the byte order of a recorded machine: as it says
// (Linux 6.2), or as its kind of processor has it.
func (s *System) recordedByteOrder() (big, known bool) {
	b, err := s.readRoot("sys/kernel/cpu_byteorder")
	switch order := string(scan.Trim(b)); {
	case err != nil:
	case order == "big":
		return true, true
	case order == "little":
		return false, true
	}
	arch := s.machine()
	switch arch {
	case "s390x", "s390", "ppc64", "ppc", "aarch64_be", "sparc", "sparc64", "parisc", "parisc64", "m68k":
		return true, true
	case "x86_64", "aarch64", "ppc64le", "ppcle", "riscv32", "riscv64", "loongarch64", "alpha", "ia64":
		return false, true
	}
	switch {
	case strings.HasPrefix(arch, "arm"): // armv7l, armv7b
		return strings.HasSuffix(arch, "b"), true
	case len(arch) == 4 && arch[0] == 'i' && arch[2:] == "86":
		return false, true
	}
	info, err := s.cpuinfo()
	if err != nil || len(info.CPUs) == 0 {
		return false, false
	}
	d := describeCPU(info)
	switch {
	case d.Vendor == "IBM/S390":
		return true, true
	case d.Vendor == "GenuineIntel", d.Vendor == "AuthenticAMD", bytes.HasPrefix(info.CPUs[0].ISA, []byte("rv")):
		return false, true
	}
	return false, false // ARM, MIPS and POWER can be either
}

// machine returns the kernel's name of the architecture, or "" if a recorded
// machine does not tell.
func (s *System) machine() string {
	b, _ := s.readProc("sys/kernel/arch") // since Linux 6.1
	arch := string(scan.Trim(b))
	if arch == "" && s.live {
		if u, err := sys.Uname(); err == nil {
			arch = u.Machine
		}
	}
	return arch
}
