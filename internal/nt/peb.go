package nt

import "github.com/go-psutil/psutil/internal/wire"

// ProcessBasicInformation is PROCESS_BASIC_INFORMATION, which
// NtQueryInformationProcess returns for ProcessBasicInformation (0) (winternl.h of
// the Windows SDK, ntpsapi.h of phnt).
type ProcessBasicInformation struct {
	ExitStatus     uint32 // STATUS_PENDING (0x103) of a process that runs, and of one that exited with that
	PEBBaseAddress uint64 // in the process; 0 of one that has no memory of its own
	AffinityMask   uint64
	BasePriority   int32
	PID, ParentPID uint64
}

// ParseProcessBasicInformation decodes the answer to a caller with pointers of so
// many bytes.
func ParseProcessBasicInformation(b []byte, pointer int) (ProcessBasicInformation, error) {
	c := wire.New(b, layout(pointer))
	p := ProcessBasicInformation{ExitStatus: c.U32()}
	c.AlignWord()
	p.PEBBaseAddress, p.AffinityMask = c.ULong(), c.ULong()
	p.BasePriority = c.I32()
	c.AlignWord()
	p.PID, p.ParentPID = c.ULong(), c.ULong()
	if err := c.Err(); err != nil {
		return ProcessBasicInformation{}, err
	}
	return p, nil
}

// PEBSize is how many bytes of a PEB [ParametersAddress] needs.
func PEBSize(pointer int) int { return 5 * pointer }

// ParametersAddress returns where a process has its RTL_USER_PROCESS_PARAMETERS,
// from the beginning of its PEB (winternl.h of the Windows SDK, ntpebteb.h of phnt).
func ParametersAddress(peb []byte, pointer int) (uint64, error) {
	c := wire.New(peb, layout(pointer))
	c.Skip(4) // flags
	c.AlignWord()
	c.ULong() // a mutant
	c.ULong() // the image
	c.ULong() // the modules
	address := c.ULong()
	return address, c.Err()
}

// RemoteText is UTF-16 in the memory of another process.
type RemoteText struct {
	Address uint64
	Length  int // bytes, at most 65535
}

// ProcessParameters is what is of use in RTL_USER_PROCESS_PARAMETERS (ntrtl.h of
// phnt). The process may write there what it likes.
type ProcessParameters struct {
	CurrentDirectory RemoteText // with a backslash at the end
	ImagePathName    RemoteText
	CommandLine      RemoteText
	Environment      uint64
	EnvironmentSize  uint64 // bytes, any number
}

// ProcessParametersSize is how many bytes [ParseProcessParameters] needs.
func ProcessParametersSize(pointer int) int {
	if pointer == 8 {
		return 0x3f8
	}
	return 0x294
}

// ParseProcessParameters decodes the parameters of a process with pointers of so many
// bytes.
func ParseProcessParameters(b []byte, pointer int) (ProcessParameters, error) {
	var p ProcessParameters
	c := wire.New(b, layout(pointer))
	c.Skip(16) // lengths and flags
	c.ULong()  // the console
	c.U32()    // its flags
	c.AlignWord()
	c.Skip(3 * pointer) // the standard handles
	p.CurrentDirectory = remoteText(&c)
	c.ULong()      // a handle of it
	remoteText(&c) // where to look for libraries
	p.ImagePathName = remoteText(&c)
	p.CommandLine = remoteText(&c)
	p.Environment = c.ULong()
	c.Seek(ProcessParametersSize(pointer) - pointer)
	p.EnvironmentSize = c.ULong()
	if err := c.Err(); err != nil {
		return ProcessParameters{}, err
	}
	return p, nil
}
