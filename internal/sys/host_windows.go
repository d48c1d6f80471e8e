package sys

import (
	"errors"
	"runtime"
	"syscall"
	"time"
	"unsafe"

	"golang.org/x/sys/windows"
	"golang.org/x/sys/windows/registry"
)

// Release is the version that the system has, whatever a manifest says.
func Release() (major, minor, build uint32) {
	v := windows.RtlGetVersion()
	return v.MajorVersion, v.MinorVersion, v.BuildNumber
}

// Uptime is how long ago the system started, sleep included.
func Uptime() time.Duration { return windows.DurationSinceBoot() }

// RegistryString is a text below HKEY_LOCAL_MACHINE.
func RegistryString(key, name string) (string, error) {
	k, err := registry.OpenKey(registry.LOCAL_MACHINE, key, registry.QUERY_VALUE|registry.WOW64_64KEY)
	if err != nil {
		return "", err
	}
	defer k.Close()
	s, _, err := k.GetStringValue(name)
	return s, err
}

// RegistryNumber is likewise a DWORD or QWORD.
func RegistryNumber(key, name string) (uint64, error) {
	k, err := registry.OpenKey(registry.LOCAL_MACHINE, key, registry.QUERY_VALUE|registry.WOW64_64KEY)
	if err != nil {
		return 0, err
	}
	defer k.Close()
	n, _, err := k.GetIntegerValue(name)
	return n, err
}

// Hostname is the name of the machine in DNS.
func Hostname() (string, error) {
	b := make([]uint16, 256)
	for {
		n := uint32(len(b))
		err := windows.GetComputerNameEx(windows.ComputerNamePhysicalDnsHostname, &b[0], &n)
		if err == nil {
			return windows.UTF16ToString(b[:n]), nil
		}
		if err != windows.ERROR_MORE_DATA || int(n) <= len(b) {
			return "", err
		}
		b = make([]uint16, n)
	}
}

var (
	globalMemoryStatusEx = proc{dll: &kernel32, name: "GlobalMemoryStatusEx"}
	getPerformanceInfo   = proc{dll: &psapi, name: "GetPerformanceInfo"}
	getSystemPowerStatus = proc{dll: &kernel32, name: "GetSystemPowerStatus"}
	getLogicalProcessors = proc{dll: &kernel32, name: "GetLogicalProcessorInformationEx"}
	callNtPower          = proc{dll: &powrprof, name: "CallNtPowerInformation"}
)

// MemoryStatus is MEMORYSTATUSEX.
func MemoryStatus() ([]byte, error) {
	const size = 64
	b := make([]byte, size)
	b[0] = size
	return b, globalMemoryStatusEx.bool(uintptr(unsafe.Pointer(&b[0])))
}

// PerformanceInfo is PERFORMANCE_INFORMATION.
func PerformanceInfo() ([]byte, error) {
	// A DWORD in front and three behind, and ten SIZE_T.
	b := make([]byte, 11*PointerSize+(12+PointerSize-1)/PointerSize*PointerSize)
	return b, getPerformanceInfo.bool(uintptr(unsafe.Pointer(&b[0])), uintptr(len(b)))
}

// PowerStatus is SYSTEM_POWER_STATUS.
func PowerStatus() ([]byte, error) {
	b := make([]byte, 12)
	return b, getSystemPowerStatus.bool(uintptr(unsafe.Pointer(&b[0])))
}

// The levels of PowerInformation (wdm.h POWER_INFORMATION_LEVEL).
const (
	SystemBatteryState   = 5
	ProcessorInformation = 11
)

// PowerInformation is information of a level, of so many bytes.
func PowerInformation(level, size int) ([]byte, error) {
	b := make([]byte, size)
	return b, statusError(callNtPower.status(uintptr(level), 0, 0, uintptr(unsafe.Pointer(unsafe.SliceData(b))), uintptr(size)))
}

// LogicalProcessors is the list of SYSTEM_LOGICAL_PROCESSOR_INFORMATION_EX of every
// relation.
func LogicalProcessors() ([]byte, error) {
	const relationAll = 0xffff
	return grow(nil, 4<<10, func(b []byte) (uint32, error) {
		n := uint32(len(b))
		err := getLogicalProcessors.bool(relationAll, uintptr(unsafe.Pointer(unsafe.SliceData(b))), uintptr(unsafe.Pointer(&n)))
		return n, err
	})
}

// AllGroups asks ProcessorCount for every group.
const AllGroups = 0xffff

// ProcessorCount is how many processors of a group are active.
func ProcessorCount(group uint16) int { return int(windows.GetActiveProcessorCount(group)) }

var getActiveProcessorGroupCount = proc{dll: &kernel32, name: "GetActiveProcessorGroupCount"}

// GroupCount is how many groups of processors there are, at least 1.
func GroupCount() int {
	if getActiveProcessorGroupCount.find() != nil {
		return 1
	}
	n, _, _ := syscall.SyscallN(getActiveProcessorGroupCount.addr)
	return max(1, int(uint16(n)))
}

// PageSize is the size of a page.
func PageSize() int { return windows.Getpagesize() }

// Sessions is an array of WTS_SESSION_INFOW of n sessions. Base is the address that it
// was filled in at.
func Sessions() (b []byte, base uint64, n int, err error) {
	var info *windows.WTS_SESSION_INFO
	var count uint32
	if err := windows.WTSEnumerateSessions(0, 0, 1, &info, &count); err != nil {
		return nil, 0, 0, err
	}
	defer windows.WTSFreeMemory(uintptr(unsafe.Pointer(info)))
	rows := unsafe.Slice(info, count)
	// The names are behind the array.
	end := unsafe.Add(unsafe.Pointer(info), uintptr(count)*unsafe.Sizeof(*info))
	for i := range rows {
		if name := rows[i].WindowStationName; name != nil {
			p := unsafe.Pointer(name)
			for *(*uint16)(p) != 0 {
				p = unsafe.Add(p, 2)
			}
			if p = unsafe.Add(p, 2); uintptr(p) > uintptr(end) {
				end = p
			}
		}
	}
	size := uintptr(end) - uintptr(unsafe.Pointer(info))
	return append([]byte(nil), unsafe.Slice((*byte)(unsafe.Pointer(info)), size)...), uint64(uintptr(unsafe.Pointer(info))), int(count), nil
}

// The classes of SessionInformation (wtsapi32.h WTS_INFO_CLASS).
const (
	WTSClientAddress = 14
	WTSSessionInfo   = 24
)

var wtsQuerySessionInformation = proc{dll: &wtsapi32, name: "WTSQuerySessionInformationW"}

// SessionInformation is information of a class about a session.
func SessionInformation(session uint32, class int) ([]byte, error) {
	var info *byte
	var n uint32
	err := wtsQuerySessionInformation.bool(0, uintptr(session), uintptr(class), uintptr(unsafe.Pointer(&info)), uintptr(unsafe.Pointer(&n)))
	if err != nil {
		return nil, err
	}
	defer windows.WTSFreeMemory(uintptr(unsafe.Pointer(info)))
	return append([]byte(nil), unsafe.Slice(info, n)...), nil
}

// IsNotFound reports whether an error says that something does not exist.
func IsNotFound(err error) bool {
	return errors.Is(err, syscall.ERROR_FILE_NOT_FOUND) || errors.Is(err, syscall.ERROR_PATH_NOT_FOUND)
}

// Machine is the processor's architecture, by the names of Unix.
func Machine() string {
	switch runtime.GOARCH {
	case "amd64":
		return "x86_64"
	case "arm64":
		return "aarch64"
	}
	// A 32-bit program may run on a system of either.
	if arch, err := RegistryString(`SYSTEM\CurrentControlSet\Control\Session Manager\Environment`, "PROCESSOR_ARCHITECTURE"); err == nil {
		switch arch {
		case "AMD64":
			return "x86_64"
		case "ARM64":
			return "aarch64"
		}
	}
	return "i686"
}
