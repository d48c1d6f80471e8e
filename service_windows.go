package psutil

import (
	"errors"
	"syscall"

	"github.com/go-psutil/psutil/internal/nt"
	"github.com/go-psutil/psutil/internal/sys"
)

// What is told of each service by itself.
const (
	serviceConfigFields  Missing = "binpath,username,start_type,delayed_start"
	serviceDetailsFields         = serviceConfigFields + ",description"
)

// serviceError is what the system says of a service, as one of the errors of this
// package.
func serviceError(op, name string, err error) error {
	switch {
	case err == nil:
		return nil
	case sys.NoSuchService(err):
		err = ErrNoSuchService
	case sys.IsErrno(err, syscall.ERROR_ACCESS_DENIED):
		err = ErrAccessDenied
	}
	return &ServiceError{Op: op, Name: name, Err: err}
}

// winServices reads the states of all services at once, and their details, if those are
// wanted, one by one.
func (s *System) winServices(details bool) ([]WindowsService, error) {
	m, err := sys.OpenServiceManager()
	if err != nil {
		return nil, serviceError("services", "", err)
	}
	defer m.Close()
	var (
		services []WindowsService
		errs     []error
		r        serviceReader
	)
	err = m.List(func(b []byte, base uint64, n int) {
		for row, err := range nt.EachService(b, base, sys.PointerSize, n) {
			if err != nil {
				errs = append(errs, &ParseError{File: "EnumServicesStatusEx", Err: err})
				return
			}
			w := WindowsService{Name: nt.Text(row.Name), DisplayName: nt.Text(row.DisplayName)}
			w.setStatus(row)
			if details {
				err = r.read(m, &w)
			} else {
				w.Missing = w.Missing.union(serviceDetailsFields)
			}
			if errors.Is(err, ErrNoSuchService) {
				continue // it has gone meanwhile
			}
			services, errs = append(services, w), append(errs, err)
		}
	})
	return services, errors.Join(append(errs, serviceError("services", "", err))...)
}

func (s *System) winService(name string) (WindowsService, error) {
	m, err := sys.OpenServiceManager()
	if err != nil {
		return WindowsService{}, serviceError("services", "", err)
	}
	defer m.Close()
	service, err := m.Open(name, sys.ServiceQueryStatus)
	if err != nil {
		return WindowsService{}, serviceError("service", name, err)
	}
	defer service.Close()
	b, err := service.Status()
	if err != nil {
		return WindowsService{}, serviceError("status", name, err)
	}
	row, err := nt.ParseServiceStatus(b)
	if err != nil {
		return WindowsService{}, &ParseError{File: "QueryServiceStatusEx", Err: err}
	}
	w := WindowsService{Name: name}
	w.setStatus(row)
	var r serviceReader
	err = r.read(m, &w)
	if w.DisplayName == "" {
		w.Missing = w.Missing.add("display_name")
	}
	return w, err
}

func (w *WindowsService) setStatus(row nt.ServiceStatus) {
	w.Status, w.PID = ntServiceStatus(row.State), int(row.PID)
	if row.PID == 0 {
		w.Missing = w.Missing.add("pid")
	}
}
