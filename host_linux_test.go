package psutil_test

import (
	"bytes"
	"encoding/binary"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/go-psutil/psutil"
	"github.com/go-psutil/psutil/internal/fixture"
)

func TestHostReplay(t *testing.T) {
	s := replay(t, "host.txtar")
	boot, err := s.BootTime()
	if err != nil || !boot.Equal(time.Unix(1767225600, 0)) {
		t.Errorf("boot time: got %v, %v", boot, err)
	}
	up, err := s.Uptime()
	if want := 350735*time.Second + 470*time.Millisecond; err != nil || up != want {
		t.Errorf("uptime: got %v, %v, want %v", up, err, want)
	}
	h, err := s.HostInfo()
	want := psutil.HostDescription{
		Hostname: "web1", Kernel: "Linux", KernelRelease: "6.12.9-amd64", KernelVersion: "#1 SMP PREEMPT_DYNAMIC Debian 6.12.9-1 (2026-01-08)", Machine: "x86_64",
		OSID: "debian", OSName: "Debian GNU/Linux", OSVersion: `13 ("trixie")`, OSVersionID: "13", OSPrettyName: "Debian GNU/Linux 13 (trixie)", OSIDLike: "rhel fedora",
		MachineID: "d61b6d1f2b6c4f2f9d0d5c1f7a3e8b90", BootID: "6b0d2c2e-3f6c-4f5c-9a37-2d9a36f3c1aa",
	}
	if err != nil || h != want {
		t.Errorf("%v\ngot  %+v\nwant %+v", err, h, want)
	}
}

func TestHostWithoutFiles(t *testing.T) {
	s := replayArchive(t, []byte("-- proc/stat --\ncpu  1 2 3 4\nctxt 5\n-- proc/uptime --\nlong\n-- proc/sys/kernel/ostype --\nLinux\n-- etc/machine-id --\nuninitialized\n-- var/lib/dbus/machine-id --\n0123456789abcdef0123456789abcdef\n"))
	if boot, err := s.BootTime(); !isParseError(err, "/proc/stat") || !boot.IsZero() {
		t.Errorf("boot time: got %v, %v", boot, err)
	}
	if up, err := s.Uptime(); !isParseError(err, "/proc/uptime") || up != 0 {
		t.Errorf("uptime: got %v, %v", up, err)
	}
	h, err := s.HostInfo()
	if !errors.Is(err, fs.ErrNotExist) || h.Kernel != "Linux" || h.MachineID != "0123456789abcdef0123456789abcdef" ||
		h.Missing != "hostname,kernel_release,kernel_version,machine,os_id,os_name,os_version,os_version_id,os_pretty_name,os_id_like,boot_id" {
		t.Errorf("host: got %+v, %v", h, err)
	}
	s = replayArchive(t, []byte("-- proc (dir) --\n"))
	if _, err := s.BootTime(); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("boot time: %v", err)
	}
	if _, err := s.Uptime(); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("uptime: %v", err)
	}
	if users, err := s.Users(); err != nil || len(users) != 0 {
		t.Errorf("users: %v, %v", users, err)
	}
}

func isParseError(err error, file string) bool {
	e, ok := errors.AsType[*psutil.ParseError](err)
	return ok && strings.HasSuffix(e.File, file)
}

func TestHostPeers(t *testing.T) {
	boot, err := psutil.BootTime()
	if err != nil {
		t.Fatal(err)
	}
	var theirs float64
	pythonPsutil(t, "print(psutil.boot_time())", &theirs)
	if float64(boot.Unix()) != theirs {
		t.Errorf("boot time: got %d, psutil %v", boot.Unix(), theirs)
	}
	since, err := time.ParseInLocation(time.DateTime, strings.TrimSpace(output(t, "uptime", "-s")), time.Local)
	if d := since.Sub(boot); err != nil || d < -time.Second || d > time.Second {
		t.Errorf("boot time: got %v, uptime(1) %v, %v", boot, since, err)
	}
	before, err := psutil.Uptime()
	if err != nil {
		t.Fatal(err)
	}
	file, err := os.ReadFile("/proc/uptime")
	if err != nil {
		t.Fatal(err)
	}
	after, err := psutil.Uptime()
	if err != nil {
		t.Fatal(err)
	}
	seconds, _, _ := strings.Cut(string(file), " ")
	between, err := time.ParseDuration(seconds + "s")
	if err != nil || before <= 0 || before > between || between > after {
		t.Errorf("uptime: %v, %v, %v: %v", before, between, after, err)
	}
	if d := time.Now().Add(-after).Sub(boot); d < -2*time.Second || d > 2*time.Second {
		t.Errorf("boot time and uptime are %v apart", d)
	}

	h, err := psutil.HostInfo()
	if err != nil {
		t.Fatal(err)
	}
	got := fmt.Sprintf("%s %s %s %s", h.Kernel, h.KernelRelease, h.KernelVersion, h.Machine)
	if want := strings.TrimSpace(output(t, "uname", "-srvm")); got != want {
		t.Errorf("got %s, uname %s", got, want)
	}
	if name, err := os.Hostname(); err != nil || h.Hostname != name {
		t.Errorf("host name %q, os %q, %v", h.Hostname, name, err)
	}
	id := strings.Fields(output(t, "/bin/sh", "-c", `. /etc/os-release; printf '%s\n' "$ID" "$VERSION_ID"`))
	if len(id) == 2 && (h.OSID != id[0] || h.OSVersionID != id[1]) {
		t.Errorf("got %s %s, sh %v", h.OSID, h.OSVersionID, id)
	}
}

// utmpRecord lays out a record as this machine's C library does.
func utmpRecord(t testing.TB, typ int16, pid int32, line, user, host string, sec, usec int64) []byte {
	t.Helper()
	pad := func(s string, n int) []byte { return append([]byte(s), make([]byte, n-len(s))...) }
	var b bytes.Buffer
	write := func(v any) {
		if err := binary.Write(&b, binary.NativeEndian, v); err != nil {
			t.Fatal(err)
		}
	}
	write(typ)
	write(int16(0))
	write(pid)
	write(pad(line, 32))
	write(pad(line[max(len(line)-4, 0):], 4))
	write(pad(user, 32))
	write(pad(host, 256))
	write([2]int16{})
	switch runtime.GOARCH {
	case "arm64", "loong64", "s390x":
		write([3]int64{0, sec, usec})
	default:
		write([3]int32{0, int32(sec), int32(usec)})
	}
	write([4]uint32{})
	write(make([]byte, 20))
	return b.Bytes()
}

func utmpFile(t testing.TB) []byte {
	long := strings.Repeat("x", 32)
	return slices.Concat(
		utmpRecord(t, 2, 0, "~", "reboot", "6.12.9-amd64", 1767225600, 0),
		utmpRecord(t, 1, 53, "~", "runlevel", "6.12.9-amd64", 1767225611, 0),
		utmpRecord(t, 6, 700, "tty1", "LOGIN", "", 1767225612, 0),
		utmpRecord(t, 7, 1900, "pts/1", "joe", "10.0.0.7", 1767229200, 250000),
		utmpRecord(t, 7, 1200, "tty2", "ann", ":0", 1767229100, 0),
		utmpRecord(t, 7, 1201, "tty3", "m\xedra", ":0.0", 1767229101, 0),
		utmpRecord(t, 8, 1800, "pts/0", "gone", "10.0.0.8", 1767229000, 0),
		utmpRecord(t, 7, 1300, "tty4", "bob", "", 1767229102, 999999),
		utmpRecord(t, 7, 1301, "", long, ":1", 0, 0),
		utmpRecord(t, 0, 0, "", "", "", 0, 0),
		utmpRecord(t, 7, 1302, "tty9", "", "", 1, 1),
	)
}

var utmpUsers = []psutil.User{
	{Name: strings.Repeat("x", 32), Host: ":1", PID: 1301, Missing: "session,seat,terminal,started"},
	{Name: "ann", Terminal: "tty2", Host: "localhost", Started: time.Unix(1767229100, 0), PID: 1200, Missing: "session,seat"},
	{Name: "m\xedra", Terminal: "tty3", Host: "localhost", Started: time.Unix(1767229101, 0), PID: 1201, Missing: "session,seat"},
	{Name: "bob", Terminal: "tty4", Started: time.Unix(1767229102, 999999000), PID: 1300, Missing: "session,seat,host"},
	{Name: "joe", Terminal: "pts/1", Host: "10.0.0.7", Started: time.Unix(1767229200, 250000000), PID: 1900, Missing: "session,seat"},
}

func checkUsers(t *testing.T, got, want []psutil.User) {
	t.Helper()
	for i := range max(len(got), len(want)) {
		switch {
		case i >= len(want):
			t.Errorf("too much: %+v", got[i])
		case i >= len(got):
			t.Errorf("not there: %+v", want[i])
		default:
			if got[i].Started.Equal(want[i].Started) {
				got[i].Started = want[i].Started
			}
			if got[i] != want[i] {
				t.Errorf("\ngot  %+v\nwant %+v", got[i], want[i])
			}
		}
	}
}

func TestUsersUtmp(t *testing.T) {
	file := utmpFile(t)
	tree := func(name string, data []byte, more string) *psutil.System {
		return replayArchive(t, []byte("-- proc (dir) --\n-- "+name+" (hex) --\n"+hex.EncodeToString(data)+"\n"+more))
	}
	session := "-- run/systemd/sessions/1 --\nUSER=joe\nCLASS=user\nSTATE=active\n"
	got, err := tree("run/utmp", file, session).Users()
	if err != nil {
		t.Error(err)
	}
	checkUsers(t, got, utmpUsers)
	got, err = tree("run/utmp", file, "-- var/run --\n-> /run\n").Users()
	if err != nil {
		t.Error(err)
	}
	checkUsers(t, got, utmpUsers)
	got, err = tree("var/run/utmp", file, "").Users()
	if err != nil {
		t.Error(err)
	}
	checkUsers(t, got, utmpUsers)

	// An empty file says that nobody is there, and logind is not asked.
	got, err = tree("run/utmp", nil, session).Users()
	if err != nil || len(got) != 0 {
		t.Errorf("empty: got %v, %v", got, err)
	}
	// A file cut short keeps its whole records.
	size := len(file) / 11
	got, err = tree("run/utmp", file[:5*size-1], session).Users()
	if !isParseError(err, "/run/utmp") || len(got) != 1 || got[0].Name != "joe" {
		t.Errorf("cut: got %v, %v", got, err)
	}
	got, err = tree("run/utmp", []byte("not utmp"), session).Users()
	if !isParseError(err, "/run/utmp") || len(got) != 0 {
		t.Errorf("nonsense: got %v, %v", got, err)
	}
}

func TestUsersLogind(t *testing.T) {
	s := replay(t, "logind.txtar")
	got, err := s.Users()
	if !isParseError(err, "/run/systemd/sessions/7") || strings.Contains(err.Error(), "\n") {
		t.Errorf("error %v", err)
	}
	checkUsers(t, got, []psutil.User{
		{Name: "bob", Terminal: ":0", Session: "3", Source: psutil.UserLogind, Missing: "seat,host,started,pid"},
		{Name: "mar\xc3\xada", Terminal: "pts/0", Host: "2001:db8::7", Started: time.UnixMicro(1767225000000001), PID: 40321, Session: "c12", Source: psutil.UserLogind, Missing: "seat"},
		{Name: "joe", Terminal: "tty2", Started: time.UnixMicro(1767225600250000), PID: 2101, Session: "1", Seat: "seat0", Source: psutil.UserLogind, Missing: "host"},
		{Name: "joe", Terminal: "pts/3", Started: time.UnixMicro(1767226000000000), Session: "7", Source: psutil.UserLogind, Missing: "seat,host,pid"},
	})
}

// TestUsersPipe has the pipe that logind keeps beside each session: opening it
// would wait for ever.
func TestUsersPipe(t *testing.T) {
	dir := fixture.Tree(t, []byte("-- proc (dir) --\n-- run/systemd/sessions/1 --\nUSER=joe\nCLASS=user\nSTATE=active\n"))
	if err := syscall.Mkfifo(filepath.Join(dir, "run/systemd/sessions/1.ref"), 0o600); err != nil {
		t.Fatal(err)
	}
	s, err := psutil.New(psutil.WithRoot(dir))
	if err != nil {
		t.Fatal(err)
	}
	got, err := s.Users()
	if err != nil || len(got) != 1 || got[0].Session != "1" {
		t.Errorf("got %v, %v", got, err)
	}
}

func TestUsersPeers(t *testing.T) {
	dir := fixture.Tree(t, []byte("-- proc (dir) --\n-- run/utmp (hex) --\n"+hex.EncodeToString(utmpFile(t))+"\n"))
	s, err := psutil.New(psutil.WithRoot(dir))
	if err != nil {
		t.Fatal(err)
	}
	ours, err := s.Users()
	if err != nil {
		t.Fatal(err)
	}
	t.Run("Who", func(t *testing.T) {
		cmd := exec.Command(needTool(t, "who"), filepath.Join(dir, "run/utmp"))
		cmd.Env = append(os.Environ(), "LC_ALL=C", "TZ=UTC0")
		out, err := cmd.Output()
		if err != nil {
			t.Fatal(err)
		}
		var got, want []string
		for line := range strings.Lines(string(out)) {
			line = strings.TrimRight(line, "\n")
			want = append(want, strings.Join(strings.Fields(line), " "))
		}
		for _, u := range ours {
			// who has the display, not what psutil makes of it.
			host := u.Host
			if host == "localhost" {
				host = map[string]string{"tty2": ":0", "tty3": ":0.0"}[u.Terminal]
			}
			if host != "" {
				host = "(" + host + ")"
			}
			started := u.Started
			if started.IsZero() {
				started = time.Unix(0, 0)
			}
			line := strings.Join([]string{u.Name, u.Terminal, started.UTC().Format("Jan _2 15:04"), host}, " ")
			got = append(got, strings.Join(strings.Fields(line), " "))
		}
		slices.Sort(got)
		slices.Sort(want)
		if !slices.Equal(got, want) {
			t.Errorf("\ngot %q\nwho %q", got, want)
		}
	})
	t.Run("Psutil", func(t *testing.T) {
		type login struct {
			Name           string
			Terminal, Host *string
			Started        float64
			PID            int
		}
		var theirs []login
		psutilBelow(t, dir, "print(json.dumps([u._asdict() for u in psutil.users()], ensure_ascii=True))", &theirs)
		if len(theirs) != len(ours)+1 { // psutil also lists the record without a name
			t.Fatalf("got %d, psutil %d", len(ours), len(theirs))
		}
		for _, u := range ours {
			i := slices.IndexFunc(theirs, func(p login) bool { return p.PID == u.PID })
			if i < 0 {
				t.Errorf("psutil has no %v", u)
				continue
			}
			p := theirs[i]
			text := func(s *string) string {
				if s == nil {
					return ""
				}
				return *s
			}
			started := int64(0)
			if !u.Started.IsZero() {
				started = u.Started.Unix()
			}
			// psutil 5 rounded the time to a 24-bit fraction.
			if d := p.Started - float64(started); text(p.Terminal) != u.Terminal || text(p.Host) != u.Host || d < -128 || d > 128 || u.Name[0] != p.Name[0] {
				t.Errorf("got %+v, psutil %+v", u, p)
			}
		}
	})
	t.Run("Here", func(t *testing.T) {
		var theirs []struct{ PID int }
		pythonPsutil(t, "print(json.dumps([u._asdict() for u in psutil.users()]))", &theirs)
		ours, err := psutil.Users()
		if err != nil {
			t.Fatal(err)
		}
		utmp := slices.DeleteFunc(ours, func(u psutil.User) bool { return u.Source != psutil.UserUtmp })
		if len(utmp) != len(theirs) {
			t.Errorf("got %v, psutil %v", utmp, theirs)
		}
	})
}

func TestUserNames(t *testing.T) {
	root := t.TempDir()
	must(t, os.Mkdir(filepath.Join(root, "proc"), 0o777))
	s, err := psutil.New(psutil.WithRoot(root))
	must(t, err)
	if names, err := s.UserNames(); len(names) != 0 || err != nil {
		t.Errorf("without a file: %v, %v", names, err)
	}
	must(t, os.Mkdir(filepath.Join(root, "etc"), 0o777))
	const file = "root:x:0:0:root:/root:/bin/sh\n\ntoor:x:0:0::/:\nbroken:x\nbig:x:4294967295:0::/:\njo\x1be:x:500:1::/:"
	must(t, os.WriteFile(filepath.Join(root, "etc/passwd"), []byte(file), 0o666))
	names, err := s.UserNames()
	if want := map[uint32]string{0: "root", 500: "jo\x1be", 4294967295: "big"}; err != nil || !maps.Equal(names, want) {
		t.Errorf("got %v, %v, want %v", names, err, want)
	}
}
