package psutil

import (
	"fmt"
	"time"
)

// BootTime returns when the machine was started. It is psutil's boot_time.
//
// Who sets the clock moves the boot time along. Do not compare boot times to find
// out whether the machine was started again; see BootID of [HostInfo].
//
// Cost: one file or call. Linux: btime of /proc/stat, in whole seconds. Windows:
// SystemTimeOfDayInformation of NtQuerySystemInformation.
func BootTime() (time.Time, error) {
	s, err := defaultSystem()
	if err != nil {
		return time.Time{}, err
	}
	return s.BootTime()
}

// BootTime is [BootTime] of this system.
func (s *System) BootTime() (time.Time, error) { return s.bootTime() }

// Uptime returns how long ago the machine was started, the time it was
// suspended included, whatever was done to the clock.
//
// Cost: one file or call. Linux: /proc/uptime, in hundredths of a second. Windows:
// GetTickCount64, in steps of some 16 ms.
func Uptime() (time.Duration, error) {
	s, err := defaultSystem()
	if err != nil {
		return 0, err
	}
	return s.Uptime()
}

// Uptime is [Uptime] of this system.
func (s *System) Uptime() (time.Duration, error) { return s.uptime() }

// User is one login, psutil's suser.
type User struct {
	Name     string `json:"name"`
	Terminal string `json:"terminal"` // such as "pts/0"; missing if the login has none
	// Host is where a remote login came from; missing if nothing was noted.
	// "localhost" is the display :0, as in psutil.
	Host    string    `json:"host"`
	Started time.Time `json:"started"` // missing if not noted
	PID     int       `json:"pid"`     // of the login process; missing if not noted

	Session string     `json:"session"` // such as "3"; of logind and Windows only
	Seat    string     `json:"seat"`    // such as "seat0"; of logind only, missing if remote
	Source  UserSource `json:"source"`

	Missing Missing `json:"-"`
}

// UserSource says who noted a login.
type UserSource uint8

// The sources of logins.
const (
	UserUtmp   UserSource = iota // the file utmp
	UserLogind                   // systemd-logind
	UserWTS                      // Windows' terminal services, which also keep the console's session
)

var userSourceNames = [...]string{"utmp", "logind", "wts"}

// String returns a name such as "utmp".
func (u UserSource) String() string { return enumName(userSourceNames[:], int(u), "UserSource") }

// MarshalText returns the name.
func (u UserSource) MarshalText() ([]byte, error) { return []byte(u.String()), nil }

// UnmarshalText reads a name as String writes it.
func (u *UserSource) UnmarshalText(text []byte) error {
	i, err := enumValue(userSourceNames[:], text, "source of logins")
	*u = UserSource(i)
	return err
}

// Users returns the logins that are open, sorted by the time they began. It is
// psutil's users.
//
// They are those of utmp or, on systems that no longer keep that file, where
// psutil finds nobody, the sessions of systemd-logind. A record that a crash
// left in utmp is still there. Rows that could be read are returned beside an
// error; a system that notes no logins has an empty list.
//
// Cost: one file, or one for each session. Linux: /var/run/utmp or /run/utmp,
// and /run/systemd/sessions. Windows: WTSEnumerateSessions, and two calls of
// WTSQuerySessionInformation for each session; Terminal, PID and Seat are missing, and
// Host is the address of a remote client.
func Users() ([]User, error) {
	s, err := defaultSystem()
	if err != nil {
		return nil, err
	}
	return s.Users()
}

// Users is [Users] of this system.
func (s *System) Users() ([]User, error) { return s.users() }

// userHost is psutil's name for the first display.
func userHost(host string) string {
	if host == ":0" || host == ":0.0" {
		return "localhost"
	}
	return host
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

// MarshalJSON writes psutil's suser, with the other fields after it.
func (u User) MarshalJSON() ([]byte, error) { return marshalFields(u) }

// String returns a line such as `"joe" on "pts/0" from "10.0.0.7" since 2026-05-01 07:30:00`.
func (u User) String() string {
	s := fmt.Sprintf("%q", u.Name)
	if u.Terminal != "" {
		s += fmt.Sprintf(" on %q", u.Terminal)
	}
	if u.Host != "" {
		s += fmt.Sprintf(" from %q", u.Host)
	}
	if !u.Started.IsZero() {
		s += " since " + u.Started.Format(time.DateTime)
	}
	return s
}

// HostDescription is what a machine and its system are called. What is not
// noted anywhere is missing.
type HostDescription struct {
	Hostname      string `json:"hostname"`
	Kernel        string `json:"kernel"`         // such as "Linux" or "Windows NT"
	KernelRelease string `json:"kernel_release"` // such as "6.12.9-amd64" or "10.0.22631"
	KernelVersion string `json:"kernel_version"` // such as "#1 SMP PREEMPT_DYNAMIC Debian 6.12.9-1" or "10.0.22631.3296"
	Machine       string `json:"machine"`        // such as "x86_64"

	// The system as it calls itself, os-release(5). Windows: "windows", "Windows 11
	// Pro", "23H2", KernelRelease, and name and version together.
	OSID         string `json:"os_id"`          // such as "debian"
	OSName       string `json:"os_name"`        // such as "Debian GNU/Linux"
	OSVersion    string `json:"os_version"`     // such as "12 (bookworm)"
	OSVersionID  string `json:"os_version_id"`  // such as "12"
	OSPrettyName string `json:"os_pretty_name"` // such as "Debian GNU/Linux 12 (bookworm)"
	OSIDLike     string `json:"os_id_like"`     // the systems it derives from, such as "rhel fedora"

	MachineID string `json:"machine_id"` // of the installed system, machine-id(5), MachineGuid; to be kept to oneself
	BootID    string `json:"boot_id"`    // another one each time the machine starts

	Missing Missing `json:"-"`
}

// HostInfo returns what this machine and its system are called. psutil has no
// such function. It is an error only if the kernel's own names can't be read.
//
// Cost: eight small files. Linux: /proc/sys/kernel, /etc/os-release or
// /usr/lib/os-release, /etc/machine-id. Below another root the host name is
// that of /etc/hostname, because the kernel tells each container its own. Windows:
// RtlGetVersion, GetComputerNameEx and four values of the registry; OSIDLike and BootID
// are missing.
func HostInfo() (HostDescription, error) {
	s, err := defaultSystem()
	if err != nil {
		return HostDescription{}, err
	}
	return s.HostInfo()
}

// HostInfo is [HostInfo] of this system.
func (s *System) HostInfo() (HostDescription, error) { return s.hostInfo() }

// MarshalJSON writes the fields in order.
func (h HostDescription) MarshalJSON() ([]byte, error) { return marshalFields(h) }

// String returns a line such as "web1: Debian GNU/Linux 12 (bookworm), Linux 6.12.9-amd64 x86_64".
func (h HostDescription) String() string {
	name := h.OSPrettyName
	if name == "" {
		name = h.OSName
	}
	if name != "" {
		name += ", "
	}
	return fmt.Sprintf("%s: %s%s %s %s", h.Hostname, name, h.Kernel, h.KernelRelease, h.Machine)
}

// noteMissing names the fields that are empty.
func (h *HostDescription) noteMissing() {
	for _, f := range [...]struct{ name, value string }{
		{"hostname", h.Hostname}, {"kernel", h.Kernel}, {"kernel_release", h.KernelRelease},
		{"kernel_version", h.KernelVersion}, {"machine", h.Machine}, {"os_id", h.OSID},
		{"os_name", h.OSName}, {"os_version", h.OSVersion}, {"os_version_id", h.OSVersionID},
		{"os_pretty_name", h.OSPrettyName}, {"os_id_like", h.OSIDLike},
		{"machine_id", h.MachineID}, {"boot_id", h.BootID},
	} {
		if f.value == "" {
			h.Missing = h.Missing.add(f.name)
		}
	}
}

// UserNames returns the names of the users that this machine knows, by user ID.
// Of several names for one ID it has the first. The map is empty where there is
// no such list.
//
// Cost: one file. Linux: /etc/passwd, passwd(5); users that a directory service
// or systemd makes up are not in it. Windows, whose users have no numbers:
// [ErrNotSupported].
func UserNames() (map[uint32]string, error) {
	s, err := defaultSystem()
	if err != nil {
		return nil, err
	}
	return s.UserNames()
}

// UserNames is [UserNames] of this system.
func (s *System) UserNames() (map[uint32]string, error) { return s.userNames() }
