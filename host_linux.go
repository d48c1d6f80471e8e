package psutil

import (
	"cmp"
	"errors"
	"path"
	"runtime"
	"slices"
	"strings"
	"syscall"
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

func (s *System) users() ([]User, error) {
	users, err := s.utmpUsers("var/run/utmp")
	if errors.Is(err, syscall.ENOENT) {
		users, err = s.utmpUsers("run/utmp")
	}
	if errors.Is(err, syscall.ENOENT) {
		users, err = s.logindUsers()
	}
	slices.SortStableFunc(users, func(a, b User) int {
		return cmp.Or(a.Started.Compare(b.Started), strings.Compare(a.Name, b.Name),
			strings.Compare(a.Terminal, b.Terminal), cmp.Compare(a.PID, b.PID))
	})
	return users, err
}

// utmpLayout is how the C library of the machine writes utmp.
func (s *System) utmpLayout() linux.UtmpLayout {
	layout := linux.UtmpLayout{BigEndian: s.bigEndian}
	arch := ""
	if s.rootDir != "/" {
		arch = s.machine()
	}
	switch cmp.Or(arch, runtime.GOARCH) {
	case "aarch64", "arm64", "aarch64_be", "loongarch64", "loong64", "s390x":
		layout.Wide = true
	}
	return layout
}

func (s *System) utmpUsers(file string) ([]User, error) {
	b, err := s.readRoot(file)
	if err != nil {
		return nil, err
	}
	var (
		users []User
		errs  []error
	)
	for r, err := range linux.EachUtmp(b, s.utmpLayout()) {
		if err != nil {
			errs = append(errs, parseError(path.Join(s.rootDir, file), err))
			continue
		}
		if r.Type != linux.UtmpUserProcess || len(r.User) == 0 {
			continue
		}
		u := User{Name: string(r.User), Terminal: string(r.Line), Host: userHost(string(r.Host)), PID: int(r.PID), Source: UserUtmp, Missing: "session,seat"}
		if !r.Time.IsZero() {
			u.Started = r.Time.Local()
		}
		users = append(users, u.settled())
	}
	return users, errors.Join(errs...)
}

func (s *System) logindUsers() ([]User, error) {
	const dir = "run/systemd/sessions"
	names, err := s.root.Names(dir)
	if errors.Is(err, syscall.ENOENT) {
		return nil, nil // a system that notes no logins
	}
	if err != nil {
		return nil, err
	}
	var (
		users []User
		errs  []error
	)
	for _, name := range names {
		// Beside the files of sessions there are pipes, ID.ref, whose opening
		// waits for a writer, and files just being written.
		if strings.Trim(name, "0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ") != "" {
			continue
		}
		b, err := s.readRoot(dir + "/" + name)
		if errors.Is(err, syscall.ENOENT) { // logged out just now
			continue
		}
		if err != nil {
			errs = append(errs, err)
			continue
		}
		var r linux.Session
		if err := r.Parse(b); err != nil {
			errs = append(errs, parseError(path.Join(s.rootDir, dir, name), err))
		}
		// "user", "user-early", "user-light" and so on; the others are login
		// screens, managers and jobs.
		class, _, _ := strings.Cut(string(r.Class), "-")
		if class != "user" || string(r.State) == "closing" || len(r.User) == 0 {
			continue
		}
		u := User{
			Name: string(r.User), Terminal: cmp.Or(string(r.TTY), string(r.Display)), Host: userHost(string(r.RemoteHost)),
			PID: int(r.Leader), Session: name, Seat: string(r.Seat), Source: UserLogind,
		}
		if r.Has&linux.SessionRealtime != 0 {
			u.Started = time.UnixMicro(int64(r.Realtime))
		}
		if u.Seat == "" {
			u.Missing = "seat"
		}
		users = append(users, u.settled())
	}
	return users, errors.Join(errs...)
}

// settled returns u with what it has not noted as missing.
func (u User) settled() User {
	if u.Terminal == "" {
		u.Missing = u.Missing.add("terminal")
	}
	if u.Host == "" {
		u.Missing = u.Missing.add("host")
	}
	if u.Started.IsZero() {
		u.Missing = u.Missing.add("started")
	}
	if u.PID <= 0 {
		u.PID = 0
		u.Missing = u.Missing.add("pid")
	}
	return u
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
			h.addOSRelease(string(b))
			break
		}
	}
	for _, file := range [...]string{"etc/machine-id", "var/lib/dbus/machine-id"} {
		b, _ := s.readRoot(file)
		if id := string(scan.Trim(b)); isMachineID(id) {
			h.MachineID = id
			break
		}
	}
	h.noteMissing()
	return h, errors.Join(errs...)
}
