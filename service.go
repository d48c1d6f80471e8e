package psutil

import (
	"cmp"
	"fmt"
	"io/fs"
	"slices"
	"strconv"
	"strings"
)

// WindowsService is one service of Windows, psutil's WindowsService with what its
// as_dict has.
type WindowsService struct {
	// Name is what the service is known by, such as "EventLog". Upper and lower case
	// are the same to Windows.
	Name        string           `json:"name"`
	DisplayName string           `json:"display_name"` // for people, such as "Windows Event Log"
	BinPath     string           `json:"binpath"`      // its command line, quoted where that is needed
	Username    string           `json:"username"`     // the account that it runs as, such as "LocalSystem"
	StartType   ServiceStartType `json:"start_type"`
	Status      ServiceStatus    `json:"status"`
	// PID is the process that the service runs in, which it may share with others. It
	// is missing if the service does not run.
	PID int `json:"pid"`
	// Description is empty if the service has none. It is missing if its text is in a
	// file that is not there, where psutil has "".
	Description string `json:"description"`

	// DelayedStart says that a service that is StartAutomatic waits until those that
	// are not delayed have started.
	DelayedStart bool `json:"delayed_start"`

	Missing Missing `json:"-"`
}

// ServiceStatus says what a service does, by psutil's names.
type ServiceStatus uint8

// The states of a service, in the order of Windows' own numbers.
const (
	ServiceUnknown ServiceStatus = iota
	ServiceStopped
	ServiceStartPending
	ServiceStopPending
	ServiceRunning
	ServiceContinuePending
	ServicePausePending
	ServicePaused
)

var serviceStatusNames = [...]string{
	"unknown", "stopped", "start_pending", "stop_pending", "running", "continue_pending", "pause_pending", "paused",
}

// String returns psutil's name, such as "running".
func (s ServiceStatus) String() string {
	return enumName(serviceStatusNames[:], int(s), "ServiceStatus")
}

// MarshalText returns the name.
func (s ServiceStatus) MarshalText() ([]byte, error) { return []byte(s.String()), nil }

// UnmarshalText reads a name as String writes it.
func (s *ServiceStatus) UnmarshalText(text []byte) error {
	i, err := enumValue(serviceStatusNames[:], text, "status of a service")
	*s = ServiceStatus(i)
	return err
}

// ntServiceStatus maps dwCurrentState of SERVICE_STATUS_PROCESS (winsvc.h).
func ntServiceStatus[T ~uint32](state T) ServiceStatus {
	if int64(state) >= int64(len(serviceStatusNames)) {
		return ServiceUnknown
	}
	return ServiceStatus(state)
}

// ServiceStartType says when a service is started, by psutil's names.
type ServiceStartType uint8

// The start types of a service, in the order of Windows' own numbers. Only drivers have
// StartBoot and StartSystem, for which psutil has no name.
const (
	StartUnknown ServiceStartType = iota
	StartBoot
	StartSystem
	StartAutomatic // when Windows starts
	StartManual    // when somebody asks for it
	StartDisabled
)

var serviceStartTypeNames = [...]string{"unknown", "boot", "system", "automatic", "manual", "disabled"}

// String returns psutil's name, such as "automatic".
func (s ServiceStartType) String() string {
	return enumName(serviceStartTypeNames[:], int(s), "ServiceStartType")
}

// MarshalText returns the name.
func (s ServiceStartType) MarshalText() ([]byte, error) { return []byte(s.String()), nil }

// UnmarshalText reads a name as String writes it.
func (s *ServiceStartType) UnmarshalText(text []byte) error {
	i, err := enumValue(serviceStartTypeNames[:], text, "start type of a service")
	*s = ServiceStartType(i)
	return err
}

// ntServiceStartType maps dwStartType of QUERY_SERVICE_CONFIGW (winsvc.h), which begins
// with boot.
func ntServiceStartType[T ~uint32](start T) ServiceStartType {
	if int64(start)+1 >= int64(len(serviceStartTypeNames)) {
		return StartUnknown
	}
	return ServiceStartType(start + 1)
}

// MarshalJSON writes psutil's as_dict of a service, with the other fields after it.
func (w WindowsService) MarshalJSON() ([]byte, error) { return marshalFields(w) }

// String returns a line such as `"EventLog" ("Windows Event Log"): running, PID 812`.
func (w WindowsService) String() string {
	s := fmt.Sprintf("%q", w.Name)
	if w.DisplayName != "" {
		s += fmt.Sprintf(" (%q)", w.DisplayName)
	}
	s += ": " + w.Status.String()
	if w.PID != 0 {
		s += ", PID " + strconv.Itoa(w.PID)
	}
	return s
}

// ErrNoSuchService says that no service has that name. It is also [fs.ErrNotExist] and,
// as in psutil, [ErrNoSuchProcess].
var ErrNoSuchService error = noSuchService{}

type noSuchService struct{}

func (noSuchService) Error() string { return "no such service" }

func (noSuchService) Is(target error) bool {
	return target == fs.ErrNotExist || target == ErrNoSuchProcess
}

// A ServiceError says what of which service can't be read. Err is [ErrNoSuchService],
// [ErrAccessDenied] or the system's own error.
type ServiceError struct {
	// Op is what was read: "services" for the list of all, "service" for whether there is
	// one, "status", "config", "delayed_start" or "description".
	Op   string
	Name string // of the service; empty for the list
	Err  error
}

// Error says `service "EventLog": description: access denied`.
func (e *ServiceError) Error() string {
	switch e.Op {
	case "services":
		return "services: " + e.Err.Error()
	case "service":
		return fmt.Sprintf("service %q: %v", e.Name, e.Err)
	}
	return fmt.Sprintf("service %q: %s: %v", e.Name, e.Op, e.Err)
}

// Unwrap returns e.Err.
func (e *ServiceError) Unwrap() error { return e.Err }

// WinServices returns the services of Windows, sorted by name without regard to case.
// It is psutil's win_service_iter. Drivers are not among them.
//
// What the caller may not read of a service is missing, and a [*ServiceError] in the
// error, beside all rows. Cost: one request to the service manager for all, and four or
// five for each service, which is opened and closed; see [WinServiceStatuses]. On Linux
// and other systems it is [ErrNotSupported].
func WinServices() ([]WindowsService, error) {
	s, err := defaultSystem()
	if err != nil {
		return nil, err
	}
	return s.WinServices()
}

// WinServices is [WinServices] of this system.
func (s *System) WinServices() ([]WindowsService, error) { return sortedServices(s.winServices(true)) }

// WinServiceStatuses returns what [WinServices] does, with the names, states and PIDs
// only: the other fields are missing. psutil has no such function.
//
// Cost: one request to the service manager of Windows for each 400 services. On Linux and
// other systems it is [ErrNotSupported].
func WinServiceStatuses() ([]WindowsService, error) {
	s, err := defaultSystem()
	if err != nil {
		return nil, err
	}
	return s.WinServiceStatuses()
}

// WinServiceStatuses is [WinServiceStatuses] of this system.
func (s *System) WinServiceStatuses() ([]WindowsService, error) {
	return sortedServices(s.winServices(false))
}

// WinService returns the service of that name, whose case does not matter; the result has
// it as it was given. It is psutil's win_service_get. It also finds drivers.
//
// A service that does not exist is a [*ServiceError] that is [ErrNoSuchService]. What
// can't be read of one that does is missing, and a [*ServiceError] beside the rest.
// Cost: some ten requests to the service manager of Windows. On Linux and other systems
// it is [ErrNotSupported].
func WinService(name string) (WindowsService, error) {
	s, err := defaultSystem()
	if err != nil {
		return WindowsService{}, err
	}
	return s.WinService(name)
}

// WinService is [WinService] of this system.
func (s *System) WinService(name string) (WindowsService, error) { return s.winService(name) }

func sortedServices(services []WindowsService, err error) ([]WindowsService, error) {
	slices.SortFunc(services, func(a, b WindowsService) int {
		return cmp.Or(strings.Compare(strings.ToLower(a.Name), strings.ToLower(b.Name)), strings.Compare(a.Name, b.Name))
	})
	return services, err
}
