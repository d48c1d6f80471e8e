package sys

import (
	"syscall"
	"unsafe"

	"golang.org/x/sys/windows"
)

// What a [Handle] of a process may be used for.
const (
	QueryLimited   = windows.PROCESS_QUERY_LIMITED_INFORMATION
	Query          = windows.PROCESS_QUERY_INFORMATION
	ReadMemory     = windows.PROCESS_VM_READ
	Terminate      = windows.PROCESS_TERMINATE
	SuspendResume  = windows.PROCESS_SUSPEND_RESUME
	SetInformation = windows.PROCESS_SET_INFORMATION
	Synchronize    = windows.SYNCHRONIZE
)

// A Handle is an open process. The zero value is none.
type Handle struct{ h windows.Handle }

// CurrentProcess is the calling process, which need not be closed.
func CurrentProcess() Handle { return Handle{windows.CurrentProcess()} }

// OpenProcess opens a process, which is to be closed.
func OpenProcess(pid int, access uint32) (Handle, error) {
	if pid < 0 || int64(pid) > 1<<32-1 {
		return Handle{}, windows.ERROR_INVALID_PARAMETER
	}
	h, err := windows.OpenProcess(access, false, uint32(pid))
	if err != nil {
		return Handle{}, err
	}
	// The system does not look at the last two bits of a PID, which are 0 in all.
	if pid&3 != 0 {
		if id, err := windows.GetProcessId(h); err != nil || id != uint32(pid) {
			_ = windows.CloseHandle(h) // there is nothing to lose
			return Handle{}, windows.ERROR_INVALID_PARAMETER
		}
	}
	return Handle{h}, nil
}

// Close closes the handle.
func (h Handle) Close() {
	if h.h != 0 {
		_ = windows.CloseHandle(h.h) // there is nothing to lose
	}
}

// Times are when the process began and ended, 100 ns since 1601, and what it used of
// the processors in 100 ns.
func (h Handle) Times() (create, exit, kernel, user int64, err error) {
	var t [4]windows.Filetime
	err = windows.GetProcessTimes(h.h, &t[0], &t[1], &t[2], &t[3])
	ticks := func(t windows.Filetime) int64 { return int64(t.HighDateTime)<<32 | int64(t.LowDateTime) }
	return ticks(t[0]), ticks(t[1]), ticks(t[2]), ticks(t[3]), err
}

// The classes of Handle.Information.
const (
	ProcessBasicInformation       = 0
	ProcessWow64Information       = 26
	ProcessIOPriority             = 33
	ProcessCommandLineInformation = 60
)

// Information fills in information of a class, of at least so many bytes. Base is
// the address that it was filled in at.
func (h Handle) Information(class int32, least int) (b []byte, base uint64, err error) {
	b, err = grow(nil, least, func(b []byte) (n uint32, err error) {
		err = windows.NtQueryInformationProcess(h.h, class, unsafe.Pointer(unsafe.SliceData(b)), uint32(len(b)), &n)
		return n, err
	})
	return b, address(b), statusError(err)
}

// exactly is Information where the system takes no other size.
func (h Handle) exactly(class int32, b unsafe.Pointer, size uintptr) error {
	return statusError(windows.NtQueryInformationProcess(h.h, class, b, uint32(size), nil))
}

// Basic fills in PROCESS_BASIC_INFORMATION.
func (h Handle) Basic() ([]byte, error) {
	b := make([]byte, unsafe.Sizeof(windows.PROCESS_BASIC_INFORMATION{}))
	return b, h.exactly(ProcessBasicInformation, unsafe.Pointer(unsafe.SliceData(b)), uintptr(len(b)))
}

// PEB32 is the address of the PEB of a 32-bit program that a 64-bit system runs, 0 if
// it is none.
func (h Handle) PEB32() (uint64, error) {
	var peb uintptr
	err := h.exactly(ProcessWow64Information, unsafe.Pointer(&peb), unsafe.Sizeof(peb))
	return uint64(peb), err
}

// PartialCopy is the error of memory that is not all there.
const PartialCopy = windows.ERROR_PARTIAL_COPY

// Read fills b with the memory of the process at an address, and returns how much of
// it could be read.
func (h Handle) Read(address uint64, b []byte) (int, error) {
	if uint64(uintptr(address)) != address {
		return 0, windows.ERROR_NOT_SUPPORTED // of a 64-bit program in a 32-bit one
	}
	if len(b) == 0 {
		return 0, nil
	}
	var n uintptr
	err := windows.ReadProcessMemory(h.h, uintptr(address), &b[0], uintptr(len(b)), &n)
	return int(n), err
}

// ImageName is the path of the program.
func (h Handle) ImageName() (string, error) {
	for size := uint32(windows.MAX_PATH); ; size *= 2 {
		b := make([]uint16, size)
		n := size
		err := windows.QueryFullProcessImageName(h.h, 0, &b[0], &n)
		if err == nil {
			return windows.UTF16ToString(b[:n]), nil
		}
		if err != windows.ERROR_INSUFFICIENT_BUFFER || size > windows.MAX_LONG_PATH {
			return "", err
		}
	}
}

// ProcessImage is the kernel's path of the program of a process, which takes no right.
func ProcessImage(pid int) (string, error) {
	const systemProcessIDInformation = 88
	b := make([]uint16, 1<<15-1)
	info := struct {
		pid  uintptr
		name windows.NTUnicodeString
	}{uintptr(pid), windows.NTUnicodeString{MaximumLength: uint16(2 * len(b)), Buffer: &b[0]}}
	if err := windows.NtQuerySystemInformation(systemProcessIDInformation, unsafe.Pointer(&info), uint32(unsafe.Sizeof(info)), nil); err != nil {
		return "", statusError(err)
	}
	return windows.UTF16ToString(b[:info.name.Length/2]), nil
}

// User is the account that the process runs as.
func (h Handle) User() (domain, name string, err error) {
	var token windows.Token
	if err := windows.OpenProcessToken(h.h, windows.TOKEN_QUERY, &token); err != nil {
		return "", "", err
	}
	defer token.Close()
	user, err := token.GetTokenUser()
	if err != nil {
		return "", "", err
	}
	name, domain, _, err = user.User.Sid.LookupAccount("")
	if err != nil { // of an account that is no more
		return "", user.User.Sid.String(), nil
	}
	return domain, name, nil
}

// TerminateWith ends the process with an exit code.
func (h Handle) TerminateWith(code uint32) error { return windows.TerminateProcess(h.h, code) }

var (
	ntSuspendProcess = proc{dll: &ntdll, name: "NtSuspendProcess"}
	ntResumeProcess  = proc{dll: &ntdll, name: "NtResumeProcess"}
)

// Suspend suspends all threads.
func (h Handle) Suspend() error { return statusError(ntSuspendProcess.status(uintptr(h.h))) }

// Resume resumes all threads.
func (h Handle) Resume() error { return statusError(ntResumeProcess.status(uintptr(h.h))) }

// PriorityClass is one of the numbers of SetPriorityClass.
func (h Handle) PriorityClass() (uint32, error) { return windows.GetPriorityClass(h.h) }

// SetPriorityClass sets it.
func (h Handle) SetPriorityClass(class uint32) error { return windows.SetPriorityClass(h.h, class) }

// IOPriority is one of the numbers of IO_PRIORITY_HINT.
func (h Handle) IOPriority() (priority uint32, err error) {
	err = h.exactly(ProcessIOPriority, unsafe.Pointer(&priority), unsafe.Sizeof(priority))
	return priority, err
}

// SetIOPriority sets it.
func (h Handle) SetIOPriority(priority uint32) error {
	return statusError(windows.NtSetInformationProcess(h.h, ProcessIOPriority, unsafe.Pointer(&priority), uint32(unsafe.Sizeof(priority))))
}

var (
	getProcessAffinityMask  = proc{dll: &kernel32, name: "GetProcessAffinityMask"}
	setProcessAffinityMask  = proc{dll: &kernel32, name: "SetProcessAffinityMask"}
	getProcessGroupAffinity = proc{dll: &kernel32, name: "GetProcessGroupAffinity"}
)

// Affinity is which processors of its group the process may run on, and which there
// are. Both are 0 for a process that has threads in several groups.
func (h Handle) Affinity() (process, system uint64, err error) {
	var masks [2]uintptr
	err = getProcessAffinityMask.bool(uintptr(h.h), uintptr(unsafe.Pointer(&masks[0])), uintptr(unsafe.Pointer(&masks[1])))
	return uint64(masks[0]), uint64(masks[1]), err
}

// SetAffinity sets the processors of the group.
func (h Handle) SetAffinity(mask uint64) error {
	return setProcessAffinityMask.bool(uintptr(h.h), uintptr(mask))
}

// Groups are the processor groups that the process has threads in: the only one where
// the system knows none.
func (h Handle) Groups() ([]uint16, error) {
	groups := make([]uint16, 64)
	for {
		n := uint16(len(groups))
		err := getProcessGroupAffinity.bool(uintptr(h.h), uintptr(unsafe.Pointer(&n)), uintptr(unsafe.Pointer(&groups[0])))
		switch {
		case err == nil:
			return groups[:n], nil
		case NotSupported(err):
			return []uint16{0}, nil
		case err != windows.ERROR_INSUFFICIENT_BUFFER || int(n) <= len(groups):
			return nil, err
		}
		groups = make([]uint16, n)
	}
}

// NoRegion is the error of Region behind the last address.
const NoRegion = windows.ERROR_INVALID_PARAMETER

// Region fills in MEMORY_BASIC_INFORMATION of the pages at an address and those after
// it that are alike.
func (h Handle) Region(address uint64) ([]byte, error) {
	if uint64(uintptr(address)) != address {
		return nil, NoRegion
	}
	var m windows.MemoryBasicInformation
	if err := windows.VirtualQueryEx(h.h, uintptr(address), &m, unsafe.Sizeof(m)); err != nil {
		return nil, err
	}
	return append([]byte(nil), unsafe.Slice((*byte)(unsafe.Pointer(&m)), unsafe.Sizeof(m))...), nil
}

var getMappedFileName = proc{dll: &psapi, name: "GetMappedFileNameW"}

// MappedFile is the kernel's path of the file that is mapped at an address.
func (h Handle) MappedFile(address uint64) (string, error) {
	b := make([]uint16, windows.MAX_LONG_PATH)
	err := getMappedFileName.bool(uintptr(h.h), uintptr(address), uintptr(unsafe.Pointer(&b[0])), uintptr(len(b)))
	return windows.UTF16ToString(b), err
}

// WorkingSet fills in the attributes of the pages in b, an array of
// PSAPI_WORKING_SET_EX_INFORMATION that has their addresses.
func (h Handle) WorkingSet(b []byte) error {
	if len(b) == 0 {
		return nil
	}
	err := windows.QueryWorkingSetEx(h.h, uintptr(unsafe.Pointer(&b[0])), uint32(len(b)))
	if err == windows.ERROR_INVALID_PARAMETER { // as for a class of information that is not known
		err = windows.ERROR_NOT_SUPPORTED
	}
	return err
}

// MaxWait is how many handles WaitAny takes.
const MaxWait = 64

// WaitAny waits until one of the handles is signalled, as a process is that has ended,
// and returns its place.
func WaitAny(handles []Handle) (int, error) {
	raw := make([]windows.Handle, len(handles))
	for i, h := range handles {
		raw[i] = h.h
	}
	event, err := windows.WaitForMultipleObjects(raw, false, windows.INFINITE)
	return int(event - windows.WAIT_OBJECT_0), err
}

// NewEvent returns a handle that stays signalled once it is.
func NewEvent() (Handle, error) {
	h, err := windows.CreateEvent(nil, 1, 0, nil)
	return Handle{h}, err
}

// Signal signals an event.
func (h Handle) Signal() error { return windows.SetEvent(h.h) }

// ExitCode is that of a process that has ended.
func (h Handle) ExitCode() (code uint32, err error) {
	err = windows.GetExitCodeProcess(h.h, &code)
	return code, err
}

// IsErrno reports whether an error is one of the system's.
func IsErrno(err error, any ...syscall.Errno) bool {
	for _, e := range any {
		if err == error(e) {
			return true
		}
	}
	return false
}

// Ended is the error of a process that has ended, but that somebody has open.
const Ended = windows.ERROR_PROCESS_ABORTED

// Alive returns when the process was created, and [Ended] if it has.
func (h Handle) Alive() (create int64, err error) {
	if create, _, _, _, err = h.Times(); err != nil {
		return 0, err
	}
	event, err := windows.WaitForSingleObject(h.h, 0)
	if err == nil && event == windows.WAIT_OBJECT_0 {
		err = Ended
	}
	return create, err
}

// NotSupported reports whether an error says that this release of the system does
// not have a function, or a class of information.
func NotSupported(err error) bool {
	return IsErrno(err, windows.ERROR_NOT_SUPPORTED, windows.ERROR_INVALID_FUNCTION, windows.ERROR_CALL_NOT_IMPLEMENTED,
		windows.ERROR_PROC_NOT_FOUND, windows.ERROR_INVALID_LEVEL)
}

// ConsoleBreak sends Ctrl+Break to the group of processes that a process leads in the
// caller's console.
func ConsoleBreak(pid int) error {
	return windows.GenerateConsoleCtrlEvent(windows.CTRL_BREAK_EVENT, uint32(pid))
}
