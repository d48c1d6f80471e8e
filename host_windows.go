package psutil

import (
	"cmp"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/go-psutil/psutil/internal/nt"
	"github.com/go-psutil/psutil/internal/sys"
)

// bootTime moves with the clock when that is set.
func (s *System) bootTime() (time.Time, error) {
	b, err := sys.FixedInformation(sys.SystemTimeOfDayInformation, nt.TimeOfDaySize)
	if err != nil {
		return time.Time{}, err
	}
	t, err := nt.ParseTimeOfDayInformation(b)
	if err != nil {
		return time.Time{}, &ParseError{File: "SystemTimeOfDayInformation", Err: err}
	}
	return nt.Time(t.BootTime), nil
}

// uptime counts sleep too.
func (s *System) uptime() (time.Duration, error) { return sys.Uptime(), nil }

// users are the sessions that somebody is logged on to.
func (s *System) users() ([]User, error) {
	b, base, n, err := sys.Sessions()
	if err != nil {
		return nil, err
	}
	var (
		users []User
		errs  []error
	)
	for session, err := range nt.EachSession(b, base, sys.PointerSize, n) {
		if err != nil {
			return users, &ParseError{File: "WTSEnumerateSessions", Err: err}
		}
		u, err := sessionUser(session)
		if err != nil {
			errs = append(errs, err)
		} else if u.Name != "" {
			users = append(users, u)
		}
	}
	slices.SortFunc(users, func(a, b User) int {
		return cmp.Or(a.Started.Compare(b.Started), strings.Compare(a.Session, b.Session))
	})
	return users, errors.Join(errs...)
}

func sessionUser(session nt.Session) (User, error) {
	b, err := sys.SessionInformation(session.SessionID, sys.WTSSessionInfo)
	if err != nil {
		return User{}, err
	}
	info, err := nt.ParseSessionInfo(b)
	if err != nil {
		return User{}, &ParseError{File: "WTSSessionInfo", Err: err}
	}
	u := User{Name: nt.Text(info.UserName), Session: fmt.Sprint(session.SessionID), Source: UserWTS, Missing: "seat"}
	if info.LogonTime != 0 {
		u.Started = nt.Time(info.LogonTime)
	}
	// A session at the console has no client.
	if b, err := sys.SessionInformation(session.SessionID, sys.WTSClientAddress); err == nil {
		if addr, err := nt.ParseClientAddress(b); err == nil && addr.IsValid() && !addr.IsUnspecified() {
			u.Host = addr.String()
		}
	}
	return u.settled(), nil
}

func (s *System) userNames() (map[uint32]string, error) {
	return nil, &NotSupportedError{Op: "user_names", Need: "a Unix; Windows has no numbers of users"}
}

// hostInfo has as KernelVersion the build with its revision, which updates count up.
func (s *System) hostInfo() (HostDescription, error) {
	const key = `SOFTWARE\Microsoft\Windows NT\CurrentVersion`
	major, minor, build := sys.Release()
	h := HostDescription{Kernel: "Windows NT", KernelRelease: fmt.Sprintf("%d.%d.%d", major, minor, build), Machine: sys.Machine(),
		OSID: "windows", Missing: "os_id_like,boot_id"}
	h.KernelVersion = h.KernelRelease
	if revision, err := sys.RegistryNumber(key, "UBR"); err == nil {
		h.KernelVersion = fmt.Sprintf("%s.%d", h.KernelRelease, revision)
	}
	h.OSVersionID = h.KernelRelease
	var err error
	if h.Hostname, err = sys.Hostname(); err != nil {
		h.Missing = h.Missing.add("hostname")
	}
	value := func(to *string, key, name, field string) {
		if *to, err = sys.RegistryString(key, name); err != nil {
			h.Missing = h.Missing.add(field)
		}
	}
	value(&h.OSName, key, "ProductName", "os_name")
	value(&h.OSVersion, key, "DisplayVersion", "os_version") // since Windows 10 20H2
	value(&h.MachineID, `SOFTWARE\Microsoft\Cryptography`, "MachineGuid", "machine_id")
	// What calls itself Windows 10 there has been Windows 11 since this build.
	if build >= 22000 {
		h.OSName = strings.Replace(h.OSName, "Windows 10", "Windows 11", 1)
	}
	h.OSPrettyName = strings.TrimSpace(h.OSName + " " + h.OSVersion)
	if h.OSPrettyName == "" {
		h.Missing = h.Missing.add("os_pretty_name")
	}
	return h, nil
}
