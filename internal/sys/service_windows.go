package sys

import (
	"unsafe"

	"golang.org/x/sys/windows"
)

// A ServiceManager is the system's list of services, open for reading.
type ServiceManager struct{ h windows.Handle }

// OpenServiceManager opens the list, which is to be closed.
func OpenServiceManager() (ServiceManager, error) {
	h, err := windows.OpenSCManager(nil, nil, windows.SC_MANAGER_CONNECT|windows.SC_MANAGER_ENUMERATE_SERVICE)
	return ServiceManager{h}, err
}

// Close closes the list.
func (m ServiceManager) Close() { _ = windows.CloseServiceHandle(m.h) } // there is nothing to lose

// List calls f with an array of ENUM_SERVICE_STATUS_PROCESS of n services, which was
// filled in at base, and again if there are more than the system returns at once.
// Drivers are left out.
func (m ServiceManager) List(f func(b []byte, base uint64, n int)) error {
	b := make([]byte, 64<<10) // for some 400 services; the system takes no more than 256 KiB
	for resume := uint32(0); ; {
		var more, n uint32
		err := windows.EnumServicesStatusEx(m.h, windows.SC_ENUM_PROCESS_INFO, windows.SERVICE_WIN32, windows.SERVICE_STATE_ALL,
			&b[0], uint32(len(b)), &more, &n, &resume, nil)
		if err != nil && (err != windows.ERROR_MORE_DATA || n == 0) {
			return err
		}
		f(b, address(b), int(n))
		if err == nil {
			return nil
		}
	}
}

// A Service is an open service.
type Service struct{ h windows.Handle }

// What a [Service] may be used for.
const (
	ServiceQueryConfig = windows.SERVICE_QUERY_CONFIG
	ServiceQueryStatus = windows.SERVICE_QUERY_STATUS
)

// Open opens a service, which is to be closed.
func (m ServiceManager) Open(name string, access uint32) (Service, error) {
	p, err := windows.UTF16PtrFromString(name)
	if err != nil {
		return Service{}, windows.ERROR_INVALID_NAME
	}
	h, err := windows.OpenService(m.h, p, access)
	return Service{h}, err
}

// Close closes the service.
func (s Service) Close() { _ = windows.CloseServiceHandle(s.h) } // there is nothing to lose

// Status fills in SERVICE_STATUS_PROCESS.
func (s Service) Status() ([]byte, error) {
	var n uint32
	b := make([]byte, unsafe.Sizeof(windows.SERVICE_STATUS_PROCESS{}))
	return b, windows.QueryServiceStatusEx(s.h, windows.SC_STATUS_PROCESS_INFO, &b[0], uint32(len(b)), &n)
}

// serviceText is room for what the system tells of a service, which is at most so long.
const serviceText = 8 << 10

// Config fills buf, or a larger one, with QUERY_SERVICE_CONFIGW. Base is the address that
// it was filled in at.
func (s Service) Config(buf []byte) (b []byte, base uint64, err error) {
	b, err = grow(buf, serviceText, func(b []byte) (n uint32, err error) {
		err = windows.QueryServiceConfig(s.h, (*windows.QUERY_SERVICE_CONFIG)(unsafe.Pointer(unsafe.SliceData(b))), uint32(len(b)), &n)
		return filled(b, n, err), err
	})
	return b, address(b), err
}

// Description does likewise with SERVICE_DESCRIPTIONW.
func (s Service) Description(buf []byte) (b []byte, base uint64, err error) {
	b, err = grow(buf, serviceText, func(b []byte) (n uint32, err error) {
		err = windows.QueryServiceConfig2(s.h, windows.SERVICE_CONFIG_DESCRIPTION, unsafe.SliceData(b), uint32(len(b)), &n)
		return filled(b, n, err), err
	})
	return b, address(b), err
}

// filled is all of b where a call succeeds that says only when it fails how long its
// answer is.
func filled(b []byte, n uint32, err error) uint32 {
	if err == nil {
		return uint32(len(b))
	}
	return n
}

// DelayedStart reports whether a service that starts automatically does so later than
// others.
func (s Service) DelayedStart() (bool, error) {
	var info windows.SERVICE_DELAYED_AUTO_START_INFO
	var n uint32
	err := windows.QueryServiceConfig2(s.h, windows.SERVICE_CONFIG_DELAYED_AUTO_START_INFO, (*byte)(unsafe.Pointer(&info)), uint32(unsafe.Sizeof(info)), &n)
	return info.IsDelayedAutoStartUp != 0, err
}

// NoSuchService reports whether an error says that there is no service of a name, or
// can't be.
func NoSuchService(err error) bool {
	return IsErrno(err, windows.ERROR_SERVICE_DOES_NOT_EXIST, windows.ERROR_INVALID_NAME)
}

// NoSuchText reports whether an error says that a text is not in its file, or the file
// not there.
func NoSuchText(err error) bool {
	return IsNotFound(err) || IsErrno(err, windows.ERROR_NOT_FOUND, windows.ERROR_MOD_NOT_FOUND, windows.ERROR_RESOURCE_DATA_NOT_FOUND,
		windows.ERROR_RESOURCE_TYPE_NOT_FOUND, windows.ERROR_RESOURCE_NAME_NOT_FOUND, windows.ERROR_RESOURCE_LANG_NOT_FOUND,
		windows.ERROR_MUI_FILE_NOT_FOUND, windows.ERROR_MUI_FILE_NOT_LOADED)
}
