package sys

import (
	"os"
	"os/exec"
	"strconv"
	"strings"
	"testing"
	"time"

	"golang.org/x/sys/unix"
)

func TestStatfs(t *testing.T) {
	for _, path := range []string{"/", "/proc", "/dev", t.TempDir()} {
		st, err := Statfs(path)
		if err != nil {
			t.Fatal(err)
		}
		out, err := exec.Command("stat", "-f", "-c", "%t %s %S %b %c %l", path).Output()
		if err != nil {
			t.Fatal(err)
		}
		got := strings.Join([]string{
			strconv.FormatUint(uint64(st.Type), 16), utoa(st.Bsize), utoa(st.Frsize),
			utoa(st.Blocks), utoa(st.Files), utoa(st.Namelen),
		}, " ")
		if want := strings.TrimSpace(string(out)); got != want {
			t.Errorf("%s: got %s, want %s", path, got, want)
		}
		if st.Bavail > st.Bfree || st.Bfree > st.Blocks || st.Ffree > st.Files {
			t.Errorf("%s: %+v", path, st)
		}
	}
	if st, err := Statfs("/proc"); st.Type != unix.PROC_SUPER_MAGIC || st.Flags&unix.ST_RDONLY != 0 || err != nil {
		t.Errorf("/proc: %+v, %v", st, err)
	}
	if _, err := Statfs("/no/such/path"); err != unix.ENOENT {
		t.Errorf("no such path: %v", err)
	}
}

func utoa(n uint64) string { return strconv.FormatUint(n, 10) }

func TestClockTicks(t *testing.T) {
	out, err := exec.Command("getconf", "CLK_TCK").Output()
	if err != nil {
		missing(t, "getconf: "+err.Error())
	}
	if got, want := ClockTicks(), strings.TrimSpace(string(out)); strconv.Itoa(got) != want {
		t.Errorf("got %d, want %s", got, want)
	}
}

func TestPageSize(t *testing.T) {
	if n := PageSize(); n < 4096 || n&(n-1) != 0 {
		t.Errorf("got %d", n)
	}
}

func TestClocks(t *testing.T) {
	mono1, err := ClockMonotonic()
	if err != nil {
		t.Fatal(err)
	}
	boot, err := ClockBoottime()
	if err != nil {
		t.Fatal(err)
	}
	mono2, err := ClockMonotonic()
	if err != nil {
		t.Fatal(err)
	}
	if mono1 <= 0 || mono2 < mono1 || boot < mono1 {
		t.Errorf("monotonic %d, boot %d, monotonic %d", mono1, boot, mono2)
	}
	uptime, err := strconv.ParseFloat(strings.Fields(readFile(t, "/proc/uptime"))[0], 64)
	if err != nil {
		t.Fatal(err)
	}
	after, err := ClockBoottime()
	if err != nil {
		t.Fatal(err)
	}
	if up := int64(uptime * 1e9); up < boot-1e7 || up > after {
		t.Errorf("uptime %d is not between %d and %d", up, boot, after)
	}
	if since := time.Since(time.Unix(0, ClockRealtime())); since < 0 || since > time.Hour {
		t.Errorf("the real time was %v ago", since)
	}
}

func TestSysinfo(t *testing.T) {
	before, err := ClockBoottime()
	if err != nil {
		t.Fatal(err)
	}
	si, err := Sysinfo()
	if err != nil {
		t.Fatal(err)
	}
	after, err := ClockBoottime()
	if err != nil {
		t.Fatal(err)
	}
	// The kernel rounds up to the next second.
	if up := int64(si.Uptime); up < before/1e9 || up > after/1e9+1 {
		t.Errorf("up for %d s, between %d and %d ns", up, before, after)
	}
	meminfo := map[string]uint64{}
	for line := range strings.Lines(readFile(t, "/proc/meminfo")) {
		if f := strings.Fields(line); len(f) == 3 {
			kb, _ := strconv.ParseUint(f[1], 10, 64)
			meminfo[strings.TrimSuffix(f[0], ":")] = kb << 10
		}
	}
	if strconv.IntSize == 32 && si.Totalram != meminfo["MemTotal"] && si.Totalram == uint64(uint32(meminfo["MemTotal"])) {
		t.Skip("an emulator that cuts sizes to 32 bits")
	}
	if si.Totalram != meminfo["MemTotal"] || si.Totalswap != meminfo["SwapTotal"] {
		t.Errorf("%+v", si)
	}
	if si.Freeram == 0 || si.Freeram > si.Totalram || si.Bufferram > si.Totalram ||
		si.Sharedram > si.Totalram || si.Freeswap > si.Totalswap || si.Freehigh > si.Totalhigh {
		t.Errorf("%+v", si)
	}
	for i, text := range strings.Fields(readFile(t, "/proc/loadavg"))[:3] {
		want, _ := strconv.ParseFloat(text, 64)
		if got := float64(si.Loads[i]) / 65536; got < want/2-0.5 || got > want*2+0.5 {
			t.Errorf("load %d: %f, want about %f", i, got, want)
		}
	}
}

func TestUname(t *testing.T) {
	u, err := Uname()
	if err != nil {
		t.Fatal(err)
	}
	if want := readFile(t, "/proc/sys/kernel/osrelease"); u.Release != want {
		t.Errorf("release %q, want %q", u.Release, want)
	}
	if want := readFile(t, "/proc/sys/kernel/version"); u.Version != want {
		t.Errorf("version %q, want %q", u.Version, want)
	}
	if want := readFile(t, "/proc/sys/kernel/domainname"); u.Domainname != want {
		t.Errorf("domain name %q, want %q", u.Domainname, want)
	}
	if host, err := os.Hostname(); u.Nodename != host || err != nil {
		t.Errorf("node name %q, want %q", u.Nodename, host)
	}
	if u.Sysname != "Linux" || u.Machine == "" || strings.ContainsRune(u.Machine, 0) {
		t.Errorf("%+v", u)
	}
}
