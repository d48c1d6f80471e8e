package psutil

import (
	"cmp"
	"errors"
	"time"

	"github.com/go-psutil/psutil/internal/linux"
	"github.com/go-psutil/psutil/internal/scan"
)

func (s *System) bootTime() (time.Time, error) {
	b, err := s.readProc("stat")
	if err != nil {
		return time.Time{}, err
	}
	sec, err := linux.BootTime(b)
	if err != nil {
		return time.Time{}, parseError(s.procPath("stat"), err)
	}
	return time.Unix(int64(sec), 0), nil
}

func (s *System) uptime() (time.Duration, error) {
	b, err := s.readProc("uptime")
	if err != nil {
		return 0, err
	}
	var u linux.Uptime
	if err := u.Parse(b); err != nil {
		return 0, parseError(s.procPath("uptime"), err)
	}
	return time.Duration(u.Up) * (time.Second / 100), nil
}

func (s *System) hostInfo() (HostDescription, error) {
	var (
		h    HostDescription
		errs []error
	)
	for _, f := range [...]struct {
		file  string
		field *string
	}{
		{"hostname", &h.Hostname}, {"ostype", &h.Kernel}, {"osrelease", &h.KernelRelease},
		{"version", &h.KernelVersion}, {"random/boot_id", &h.BootID},
	} {
		b, err := s.readProc("sys/kernel/" + f.file)
		*f.field = string(scan.Trim(b))
		if err != nil && f.field != &h.BootID {
			errs = append(errs, err)
		}
	}
	h.Machine = s.machine()
	if s.rootDir != "/" {
		b, _ := s.readRoot("etc/hostname")
		h.Hostname = cmp.Or(string(scan.Trim(b)), h.Hostname)
	}
	for _, file := range [...]string{"etc/os-release", "usr/lib/os-release"} {
		if b, err := s.readRoot(file); err == nil {
			var r linux.OSRelease
			r.Parse(b)
			h.OSID, h.OSName, h.OSVersion = string(r.ID), string(r.Name), string(r.Version)
			h.OSVersionID, h.OSPrettyName, h.OSIDLike = string(r.VersionID), string(r.PrettyName), string(r.IDLike)
			break
		}
	}
	for _, file := range [...]string{"etc/machine-id", "var/lib/dbus/machine-id"} {
		b, _ := s.readRoot(file)
		if id, ok := linux.ParseMachineID(b); ok {
			h.MachineID = string(id)
			break
		}
	}
	h.noteMissing()
	return h, errors.Join(errs...)
}
