package psutil

import (
	"errors"

	"github.com/go-psutil/psutil/internal/nt"
	"github.com/go-psutil/psutil/internal/sys"
)

// A serviceReader reads what is told of one service at a time. The zero value is ready
// for use.
type serviceReader struct{ buf []byte }

// read reads the details of a service, or notes that they are missing.
func (r *serviceReader) read(m sys.ServiceManager, w *WindowsService) error {
	service, err := m.Open(w.Name, sys.ServiceQueryConfig)
	if err != nil {
		w.Missing = w.Missing.union(serviceDetailsFields)
		return serviceError("service", w.Name, err)
	}
	defer service.Close()
	return errors.Join(r.config(service, w), r.description(service, w))
}

func (r *serviceReader) config(service sys.Service, w *WindowsService) error {
	b, base, err := service.Config(r.buf)
	if err != nil {
		w.Missing = w.Missing.union(serviceConfigFields)
		return serviceError("config", w.Name, err)
	}
	r.buf = b
	c, err := nt.ParseServiceConfig(b, base, sys.PointerSize)
	if err != nil {
		w.Missing = w.Missing.union(serviceConfigFields)
		return &ParseError{File: "QueryServiceConfig", Err: err}
	}
	if w.DisplayName == "" {
		w.DisplayName = nt.Text(c.DisplayName)
	}
	if w.BinPath = nt.Text(c.BinaryPathName); w.BinPath == "" {
		w.Missing = w.Missing.add("binpath") // of a driver, whose file has its name then
	}
	if w.Username = nt.Text(c.ServiceStartName); w.Username == "" {
		w.Missing = w.Missing.add("username")
	}
	if w.StartType = ntServiceStartType(c.StartType); w.StartType != StartAutomatic {
		return nil
	}
	if w.DelayedStart, err = service.DelayedStart(); err != nil {
		w.Missing = w.Missing.add("delayed_start")
	}
	if sys.NotSupported(err) {
		return nil
	}
	return serviceError("delayed_start", w.Name, err)
}

func (r *serviceReader) description(service sys.Service, w *WindowsService) error {
	b, base, err := service.Description(r.buf)
	if err != nil {
		w.Missing = w.Missing.add("description")
		if sys.NoSuchText(err) {
			return nil
		}
		return serviceError("description", w.Name, err)
	}
	r.buf = b
	text, err := nt.ParseServiceDescription(b, base, sys.PointerSize)
	if err != nil {
		w.Missing = w.Missing.add("description")
		return &ParseError{File: "QueryServiceConfig2", Err: err}
	}
	w.Description = nt.Text(text)
	return nil
}
