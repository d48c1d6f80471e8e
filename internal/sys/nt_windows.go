package sys

import (
	"sync"
	"sync/atomic"
	"syscall"
	"unsafe"

	"golang.org/x/sys/windows"
)

// The libraries of which package windows does not have every function.
var (
	ntdll    = windows.LazyDLL{Name: "ntdll.dll", System: true}
	kernel32 = windows.LazyDLL{Name: "kernel32.dll", System: true}
	iphlpapi = windows.LazyDLL{Name: "iphlpapi.dll", System: true}
	powrprof = windows.LazyDLL{Name: "powrprof.dll", System: true}
	wtsapi32 = windows.LazyDLL{Name: "wtsapi32.dll", System: true}
	psapi    = windows.LazyDLL{Name: "psapi.dll", System: true}
)

// A proc is a function of a library, looked up when it is first called.
type proc struct {
	dll  *windows.LazyDLL
	name string
	once sync.Once
	addr uintptr
	err  error
}

func (p *proc) find() error {
	p.once.Do(func() {
		found := p.dll.NewProc(p.name)
		if p.err = found.Find(); p.err == nil {
			p.addr = found.Addr()
		} else {
			p.err = windows.ERROR_PROC_NOT_FOUND
		}
	})
	return p.err
}

// bool calls a function that returns false for an error, and has that in the thread.
//
//go:uintptrescapes
func (p *proc) bool(args ...uintptr) error {
	if err := p.find(); err != nil {
		return err
	}
	r, _, errno := syscall.SyscallN(p.addr, args...)
	switch {
	case r != 0:
		return nil
	case errno == 0:
		return windows.ERROR_INVALID_PARAMETER
	}
	return errno
}

// code calls a function that returns the number of an error, 0 for none.
//
//go:uintptrescapes
func (p *proc) code(args ...uintptr) error {
	if err := p.find(); err != nil {
		return err
	}
	if r, _, _ := syscall.SyscallN(p.addr, args...); r != 0 {
		return syscall.Errno(r)
	}
	return nil
}

// status calls a function that returns an NTSTATUS, which is the error.
//
//go:uintptrescapes
func (p *proc) status(args ...uintptr) error {
	if err := p.find(); err != nil {
		return err
	}
	r, _, _ := syscall.SyscallN(p.addr, args...)
	if s := windows.NTStatus(uint32(r)); int32(s) < 0 {
		return s
	}
	return nil
}

// statusError is status of an error that may be an NTSTATUS. What a release does not
// know is told apart from a bad argument, which it would be above.
func statusError(err error) error {
	switch s, ok := err.(windows.NTStatus); {
	case !ok:
		return err
	case s == windows.STATUS_INVALID_INFO_CLASS || s == windows.STATUS_NOT_IMPLEMENTED:
		return windows.ERROR_NOT_SUPPORTED
	default:
		return s.Errno()
	}
}

// What a table may grow to: if the system says how long it is, and if it does not. Some
// answers that have one size are refused with any other.
const (
	maxTable      = 256 << 20
	maxBlindTable = 16 << 20
)

// grow calls f with room for an answer until that is enough, from what is in buf on. F
// returns how long the answer is or, with an error that says so, would be.
func grow(buf []byte, least int, f func(b []byte) (n uint32, err error)) ([]byte, error) {
	b := buf[:cap(buf)]
	if len(b) < least {
		b = make([]byte, least)
	}
	for {
		n, err := f(b)
		limit := maxTable
		if n == 0 {
			limit = maxBlindTable
		}
		switch {
		case err == nil:
			return b[:min(int(n), len(b))], nil
		case !isTooSmall(err) || len(b) >= limit || n != 0 && int(n) <= len(b):
			return b[:0], err
		}
		// What is listed may have become more by the next call.
		b = make([]byte, min(limit, max(2*len(b), int(n)+int(n)/8)))
	}
}

func isTooSmall(err error) bool {
	switch err {
	case windows.ERROR_INSUFFICIENT_BUFFER, windows.ERROR_BUFFER_OVERFLOW, windows.ERROR_MORE_DATA, windows.ERROR_BAD_LENGTH,
		windows.STATUS_INFO_LENGTH_MISMATCH, windows.STATUS_BUFFER_TOO_SMALL, windows.STATUS_BUFFER_OVERFLOW:
		return true
	}
	return false
}

// PointerSize is the size of the pointers in what the system fills in for this
// program.
const PointerSize = int(unsafe.Sizeof(uintptr(0)))

// address is where b begins.
func address(b []byte) uint64 { return uint64(uintptr(unsafe.Pointer(unsafe.SliceData(b)))) }

// The classes of SystemInformation (winternl.h, phnt ntexapi.h).
const (
	SystemPerformanceInformation          = 2
	SystemTimeOfDayInformation            = 3
	SystemProcessInformation              = 5
	SystemProcessorPerformanceInformation = 8
	SystemPageFileInformation             = 18
	SystemExtendedHandleInformation       = 64
)

// SystemTables counts the answers of SystemInformation, for tests of what a call costs.
var SystemTables atomic.Int64

// SystemInformation fills buf, or a larger one, with information of a class. Base is
// the address that it was filled in at, which pointers in it are relative to.
func SystemInformation(class int32, buf []byte) (b []byte, base uint64, err error) {
	b, err = grow(buf, 1<<10, func(b []byte) (n uint32, err error) {
		err = windows.NtQuerySystemInformation(class, unsafe.Pointer(unsafe.SliceData(b)), uint32(len(b)), &n)
		return n, err
	})
	SystemTables.Add(1)
	return b, address(b), statusError(err)
}

// FixedInformation is information of a class that has so many bytes, neither more nor
// less.
func FixedInformation(class int32, size int) ([]byte, error) {
	b := make([]byte, size)
	return b, statusError(windows.NtQuerySystemInformation(class, unsafe.Pointer(&b[0]), uint32(size), nil))
}

var ntQuerySystemInformationEx = proc{dll: &ntdll, name: "NtQuerySystemInformationEx"}

// GroupInformation is SystemInformation of the processors of one group.
func GroupInformation(class int32, group uint16, buf []byte) ([]byte, error) {
	b, err := grow(buf, 1<<10, func(b []byte) (n uint32, err error) {
		err = ntQuerySystemInformationEx.status(uintptr(class), uintptr(unsafe.Pointer(&group)), unsafe.Sizeof(group),
			uintptr(unsafe.Pointer(unsafe.SliceData(b))), uintptr(len(b)), uintptr(unsafe.Pointer(&n)))
		return n, err
	})
	return b, statusError(err)
}
