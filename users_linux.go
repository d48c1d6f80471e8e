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
)

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
	arch := runtime.GOARCH
	if s.rootDir != "/" {
		arch = cmp.Or(s.machine(), arch)
	}
	return linux.UtmpLayoutOf(arch, s.bigEndian)
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
		if !linux.IsSessionFile(name) {
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
		if !r.IsLogin() {
			continue
		}
		u := User{
			Name: string(r.User), Terminal: cmp.Or(string(r.TTY), string(r.Display)), Host: userHost(string(r.RemoteHost)),
			PID: int(r.Leader), Session: name, Seat: string(r.Seat), Source: UserLogind,
		}
		if r.Has.Contains(linux.SessionRealtime) {
			u.Started = time.UnixMicro(int64(r.Realtime))
		}
		if u.Seat == "" {
			u.Missing = "seat"
		}
		users = append(users, u.settled())
	}
	return users, errors.Join(errs...)
}
