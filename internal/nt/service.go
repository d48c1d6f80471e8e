package nt

import (
	"fmt"
	"iter"

	"github.com/go-psutil/psutil/internal/wire"
)

// ServiceState is dwCurrentState of SERVICE_STATUS_PROCESS (winsvc.h).
type ServiceState uint32

// The states of services.
const (
	ServiceStopped ServiceState = iota + 1
	ServiceStartPending
	ServiceStopPending
	ServiceRunning
	ServiceContinuePending
	ServicePausePending
	ServicePaused
)

// String returns psutil's name of the state.
func (s ServiceState) String() string {
	switch s {
	case ServiceStopped:
		return "stopped"
	case ServiceStartPending:
		return "start_pending"
	case ServiceStopPending:
		return "stop_pending"
	case ServiceRunning:
		return "running"
	case ServiceContinuePending:
		return "continue_pending"
	case ServicePausePending:
		return "pause_pending"
	case ServicePaused:
		return "paused"
	}
	return "unknown"
}

// ServiceStartType is dwStartType of QUERY_SERVICE_CONFIGW (winsvc.h).
type ServiceStartType uint32

// How services are started.
const (
	ServiceBootStart   ServiceStartType = iota // drivers only, by the loader
	ServiceSystemStart                         // drivers only, by the kernel
	ServiceAutoStart
	ServiceDemandStart
	ServiceDisabled
)

// String returns psutil's name of the type. It has none for the first two.
func (s ServiceStartType) String() string {
	switch s {
	case ServiceBootStart:
		return "boot"
	case ServiceSystemStart:
		return "system"
	case ServiceAutoStart:
		return "automatic"
	case ServiceDemandStart:
		return "manual"
	case ServiceDisabled:
		return "disabled"
	}
	return "unknown"
}

// ServiceStatus is ENUM_SERVICE_STATUS_PROCESSW (winsvc.h), of which
// EnumServicesStatusExW returns one for each service, or the
// SERVICE_STATUS_PROCESS in it. The names are UTF-16.
type ServiceStatus struct {
	Name             []byte // of EachService only, as the next
	DisplayName      []byte
	Type             uint32 // SERVICE_*: 1 kernel driver, 2 file system, 0x10 own process, 0x20 shared process, ...
	State            ServiceState
	Controls         uint32 // SERVICE_ACCEPT_* bits
	ExitCode         uint32 // an error of the system; 1066 for one that is in SpecificExitCode
	SpecificExitCode uint32
	CheckPoint       uint32 // counts while something is pending
	WaitHint         uint32 // milliseconds until the next state or CheckPoint
	PID              uint32 // 0 if it does not run
	Flags            uint32 // 1 for one in a process that always runs
}

// EachService iterates over the n services that b begins with, which the system filled
// in at base.
func EachService(b []byte, base uint64, pointer int, n int) iter.Seq2[ServiceStatus, error] {
	return func(yield func(ServiceStatus, error) bool) {
		c := wire.New(b, layout(pointer))
		for i := range n {
			name, displayName := c.ULong(), c.ULong()
			s := readServiceStatus(&c)
			c.AlignWord()
			err := c.Err()
			if err == nil {
				t := pointedTexts{b: b, base: base}
				s.Name, s.DisplayName = t.text(name), t.text(displayName)
				err = t.err
			}
			if err != nil {
				yield(ServiceStatus{}, fmt.Errorf("service %d: %w", i, err))
				return
			}
			if !yield(s, nil) {
				return
			}
		}
	}
}

// ParseServiceStatus decodes a SERVICE_STATUS_PROCESS: QueryServiceStatusEx.
func ParseServiceStatus(b []byte) (ServiceStatus, error) {
	return parseRecord("service status", b, 0, readServiceStatus)
}

func readServiceStatus(c *wire.Cursor) ServiceStatus {
	return ServiceStatus{Type: c.U32(), State: ServiceState(c.U32()), Controls: c.U32(), ExitCode: c.U32(),
		SpecificExitCode: c.U32(), CheckPoint: c.U32(), WaitHint: c.U32(), PID: c.U32(), Flags: c.U32()}
}

// ServiceConfig is QUERY_SERVICE_CONFIGW (winsvc.h): QueryServiceConfigW. Texts are
// UTF-16.
type ServiceConfig struct {
	Type             uint32 // as of ServiceStatus
	StartType        ServiceStartType
	ErrorControl     uint32 // SERVICE_ERROR_*: 0 ignore, 1 normal, 2 severe, 3 critical
	BinaryPathName   []byte // with arguments, and quoted if need be
	LoadOrderGroup   []byte
	TagID            uint32
	Dependencies     [][]byte // services, and groups with a + before their names
	ServiceStartName []byte   // the account, or of a driver its object
	DisplayName      []byte
}

// ParseServiceConfig decodes a ServiceConfig, which the system filled in at base.
func ParseServiceConfig(b []byte, base uint64, pointer int) (ServiceConfig, error) {
	t := pointedTexts{b: b, base: base}
	s, err := parseRecord("service configuration", b, pointer, func(c *wire.Cursor) ServiceConfig {
		s := ServiceConfig{Type: c.U32(), StartType: ServiceStartType(c.U32()), ErrorControl: c.U32()}
		c.AlignWord()
		s.BinaryPathName, s.LoadOrderGroup, s.TagID = t.text(c.ULong()), t.text(c.ULong()), c.U32()
		c.AlignWord()
		s.Dependencies, s.ServiceStartName, s.DisplayName = t.list(c.ULong()), t.text(c.ULong()), t.text(c.ULong())
		return s
	})
	if err == nil {
		err = t.err
	}
	if err != nil {
		return ServiceConfig{}, err
	}
	return s, nil
}

// ParseServiceDescription returns the text of a SERVICE_DESCRIPTIONW (winsvc.h):
// QueryServiceConfig2W. It is empty if the service has none.
func ParseServiceDescription(b []byte, base uint64, pointer int) ([]byte, error) {
	address, err := parseRecord("service description", b, pointer, (*wire.Cursor).ULong)
	if err != nil {
		return nil, err
	}
	return textAt(b, base, address, untilNUL)
}

// pointedTexts reads UTF-16 that ends with a NUL from where pointers point to within b,
// which was filled in at base. It remembers that one pointed elsewhere.
type pointedTexts struct {
	b    []byte
	base uint64
	err  error
}

// text returns what comes before the NUL, nil for the pointer 0.
func (t *pointedTexts) text(address uint64) []byte {
	text, err := textAt(t.b, t.base, address, untilNUL)
	if err != nil {
		t.err = err
	}
	return text
}

// list returns texts that lie behind each other, up to an empty one.
func (t *pointedTexts) list(address uint64) (list [][]byte) {
	for {
		text := t.text(address)
		if t.err != nil {
			return nil
		}
		if len(text) == 0 {
			return list
		}
		list = append(list, text)
		address += uint64(len(text)) + 2
	}
}
