package main

import (
	"bytes"
	"encoding/binary"
	"encoding/json"
	"fmt"
	"net/netip"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"
)

// numbers reads the decimal numbers of a line of a peer.
func numbers(t *testing.T, fields []string) []float64 {
	t.Helper()
	var list []float64
	for _, f := range fields {
		n, err := strconv.ParseFloat(f, 64)
		if err != nil {
			t.Fatal(err)
		}
		list = append(list, n)
	}
	return list
}

// memory reads psutil free: total, used, free, shared, buffers, cache and
// available, of memory and of swap.
func memory(t *testing.T) (mem, swap []float64) {
	for line := range strings.Lines(run(t, "free", "-b")) {
		f := strings.Fields(strings.ReplaceAll(line, " -", " 0"))
		switch f[0] {
		case "Mem:":
			mem = numbers(t, f[1:])
		case "Swap:":
			swap = numbers(t, f[1:4])
		}
	}
	return mem, swap
}

func TestFreeAgreesWithFree(t *testing.T) {
	needTool(t, "free")
	names := []string{"total", "used", "free", "shared", "buffers", "cache", "available"}
	eventually(t, func() error {
		mem1, swap1 := memory(t)
		text := strings.Split(peer(t, "free", "-w", "-b"), "\n")
		mem2, swap2 := memory(t)
		mem, swap := numbers(t, strings.Fields(text[1])[1:]), numbers(t, strings.Fields(text[2])[1:])
		// What other programs took and gave back meanwhile.
		const slack = 16 << 20
		for i, name := range names {
			s := float64(slack)
			if name == "total" {
				s = 0
			}
			if !between(mem[i], mem1[i], mem2[i], s) {
				return fmt.Errorf("%s is %.0f, then %.0f, free has %.0f", name, mem1[i], mem2[i], mem[i])
			}
		}
		for i, n := range swap {
			if !between(n, swap1[i], swap2[i], slack) {
				return fmt.Errorf("swap %s is %.0f, then %.0f, free has %.0f", names[i], swap1[i], swap2[i], n)
			}
		}
		return nil
	})
}

// dfRow is a row of psutil df -o json.
type dfRow struct {
	Device, FSType, Mountpoint string
	Total, Used, Free          *float64
	Percent                    *float64
	InodesTotal                *float64 `json:"inodes_total"`
	InodesUsed                 *float64 `json:"inodes_used"`
}

func readDf(t *testing.T) map[string]dfRow {
	rows := make(map[string]dfRow)
	for _, r := range decode[[]dfRow](t, run(t, "df", "-o", "json")) {
		rows[r.Mountpoint] = r
	}
	return rows
}

func TestDfAgreesWithDf(t *testing.T) {
	needTool(t, "df")
	eventually(t, func() error {
		before := readDf(t)
		text := peer(t, "df", "-B1", "--output=source,fstype,itotal,iused,size,used,avail,pcent,target")
		after := readDf(t)
		lines := strings.Split(strings.TrimSpace(text), "\n")[1:]
		if len(lines) != len(before) {
			return fmt.Errorf("%d file systems, df has %d:\n%v\n%s", len(before), len(lines), before, text)
		}
		for _, line := range lines {
			f := strings.Fields(line)
			a, ok := before[strings.Join(f[8:], " ")]
			b := after[a.Mountpoint]
			if !ok || a.Total == nil || b.Total == nil {
				return fmt.Errorf("psutil df does not have %s", line)
			}
			if a.Device != f[0] || a.FSType != f[1] {
				return fmt.Errorf("%s: %s %s, df has %s", a.Mountpoint, a.Device, a.FSType, line)
			}
			n := numbers(t, append(f[4:7:7], strings.TrimSuffix(f[7], "%")))
			const slack = 4 << 20
			switch {
			case *a.Total != n[0], !between(n[1], *a.Used, *b.Used, slack), !between(n[2], *a.Free, *b.Free, slack),
				!between(n[3], *a.Percent, *b.Percent, 1): // df rounds up
				return fmt.Errorf("%s: %v %v %v %v, df has %s", a.Mountpoint, *a.Total, *a.Used, *a.Free, *a.Percent, line)
			}
			if a.InodesTotal != nil && a.InodesUsed != nil && b.InodesUsed != nil {
				i := numbers(t, f[2:4])
				if *a.InodesTotal != i[0] || !between(i[1], *a.InodesUsed, *b.InodesUsed, 1000) {
					return fmt.Errorf("%s: %v of %v inodes, df has %s", a.Mountpoint, *a.InodesUsed, *a.InodesTotal, line)
				}
			}
		}
		return nil
	})
}

// df of a path names the file system that df does, also through links.
func TestDfPath(t *testing.T) {
	needTool(t, "df")
	link := filepath.Join(t.TempDir(), "link")
	if err := os.Symlink("/dev/null", link); err != nil {
		t.Fatal(err)
	}
	for _, path := range []string{"/", "/dev/null", "/proc/self", "/sys/kernel", link, "."} {
		want := strings.Fields(peer(t, "df", "--output=target", path))
		got := decode[[]dfRow](t, run(t, "df", "-o", "json", path))
		if len(got) != 1 || got[0].Mountpoint != want[len(want)-1] {
			t.Errorf("%s is on %+v, df has %v", path, got, want)
		}
	}
}

func TestIfconfigAgreesWithIP(t *testing.T) {
	needTool(t, "ip")
	type addr struct {
		Family    string
		Address   string
		Broadcast *string
		PrefixLen *int `json:"prefix_len"`
		Scope     *string
	}
	type nic struct {
		Name      string
		IsUp      bool
		MTU       int
		Flags     string
		OperState *string
		Addrs     []addr
	}
	type ipLink struct {
		IfName    string
		Flags     []string
		MTU       int
		OperState string
		Address   string
		AddrInfo  []struct {
			Family, Local, Broadcast, Scope string
			PrefixLen                       int
		} `json:"addr_info"`
	}
	eventually(t, func() error {
		ours := decode[[]nic](t, run(t, "ifconfig", "-o", "json"))
		theirs := decode[[]ipLink](t, peer(t, "ip", "-j", "addr"))
		if len(ours) != len(theirs) {
			return fmt.Errorf("%d interfaces, ip has %d", len(ours), len(theirs))
		}
		for _, l := range theirs {
			i := slices.IndexFunc(ours, func(n nic) bool { return n.Name == l.IfName })
			if i < 0 {
				return fmt.Errorf("no %s", l.IfName)
			}
			n := ours[i]
			if n.MTU != l.MTU || !strings.EqualFold(*n.OperState, l.OperState) {
				return fmt.Errorf("%s: mtu %d, state %s, ip has %+v", n.Name, n.MTU, *n.OperState, l)
			}
			for _, flag := range []string{"UP", "BROADCAST", "LOOPBACK", "MULTICAST", "NOARP"} {
				if slices.Contains(l.Flags, flag) != slices.Contains(strings.Split(n.Flags, ","), strings.ToLower(flag)) {
					return fmt.Errorf("%s: flags %s, ip has %v", n.Name, n.Flags, l.Flags)
				}
			}
			var have, want []string
			for _, a := range n.Addrs {
				switch {
				case a.PrefixLen != nil:
					ip := netip.MustParseAddr(a.Address).WithZone("")
					broadcast := ""
					if a.Broadcast != nil {
						broadcast = *a.Broadcast
					}
					have = append(have, fmt.Sprintln(a.Family, ip, *a.PrefixLen, broadcast, *a.Scope))
				case a.Family == "AF_PACKET":
					have = append(have, a.Address)
				}
			}
			if l.Address != "" {
				want = append(want, l.Address)
			}
			for _, a := range l.AddrInfo {
				family := map[string]string{"inet": "AF_INET", "inet6": "AF_INET6"}[a.Family]
				want = append(want, fmt.Sprintln(family, a.Local, a.PrefixLen, a.Broadcast, a.Scope))
			}
			slices.Sort(have)
			slices.Sort(want)
			if !slices.Equal(have, want) {
				return fmt.Errorf("%s: %v, ip has %v", n.Name, have, want)
			}
		}
		return nil
	})
	if out := run(t, "ifconfig", "lo"); !strings.HasPrefix(out, "lo\n    stats     speed=-, ") || !strings.Contains(out, "\n    IPv4      127.0.0.1/8, netmask=255.0.0.0") {
		t.Errorf("%s", out)
	}
}

// TestWhoAgreesWithWho lets who(1) read the same file of logins.
func TestWhoAgreesWithWho(t *testing.T) {
	needTool(t, "who")
	utc(t)
	// struct utmp of glibc on 64-bit machines, utmp(5).
	type record struct {
		Type    int16
		_       [2]byte
		PID     int32
		Line    [32]byte
		ID      [4]byte
		User    [32]byte
		Host    [256]byte
		Exit    [4]byte
		Session int32
		Sec     int32
		Usec    int32
		Addr    [16]byte
		_       [20]byte
	}
	if binary.Size(record{}) != 384 {
		t.Fatal(binary.Size(record{}))
	}
	login := func(user, line, host string, pid int32, sec int64) record {
		r := record{Type: 7, PID: pid, Sec: int32(sec)}
		copy(r.User[:], user)
		copy(r.Line[:], line)
		copy(r.Host[:], host)
		return r
	}
	began := time.Now().Add(-90 * time.Minute).Unix()
	var file bytes.Buffer
	for _, r := range []record{
		{Type: 2, Sec: int32(began)}, // the boot is no login
		login("joe", "pts/0", "192.0.2.7", int32(os.Getpid()), began),
		login("ann", "tty1", "", 4194303, began+60),
		{Type: 8, PID: 5, Sec: int32(began)}, // nor is one that ended
	} {
		if err := binary.Write(&file, binary.NativeEndian, r); err != nil {
			t.Fatal(err)
		}
	}
	root := t.TempDir()
	for name, text := range map[string]string{"var/run/utmp": file.String(), "run/utmp": file.String(), "proc/stat": "btime 1700000000\n", "etc/passwd": ""} {
		if err := os.MkdirAll(filepath.Join(root, filepath.Dir(name)), 0o777); err != nil {
			t.Fatal(err)
		}
		if err := writeFile(filepath.Join(root, name), text); err != nil {
			t.Fatal(err)
		}
	}
	var ours []string
	out := run(t, "--root", root, "who", "-o", "json")
	for _, u := range decode[[]struct {
		Name, Terminal string
		Host           *string
		Started        json.Number
		PID            int
	}](t, out) {
		seconds, err := u.Started.Float64()
		if err != nil {
			t.Fatal(err)
		}
		line := fmt.Sprintf("%s %s %s", u.Name, u.Terminal, time.Unix(int64(seconds), 0).UTC().Format("2006-01-02 15:04"))
		if u.Host != nil {
			line += " (" + *u.Host + ")"
		}
		ours = append(ours, line)
	}
	var theirs []string
	for line := range strings.Lines(peer(t, "who", filepath.Join(root, "run/utmp"))) {
		// "joe pts/0 Nov 22 12:00 (192.0.2.7)"
		f := strings.Fields(line)
		at, err := time.Parse("Jan 2 15:04", strings.Join(f[2:5], " "))
		if err != nil {
			t.Fatal(err)
		}
		at = at.AddDate(time.Unix(began, 0).UTC().Year(), 0, 0)
		theirs = append(theirs, strings.Join(append([]string{f[0], f[1], at.Format("2006-01-02 15:04")}, f[5:]...), " "))
	}
	slices.Sort(ours)
	slices.Sort(theirs)
	if len(ours) != 2 || !slices.Equal(ours, theirs) {
		t.Errorf("%q, who has %q", ours, theirs)
	}
	want := fmt.Sprintf("joe pts/0 192.0.2.7 %s %d ", time.Unix(began, 0).UTC().Format("2006-01-02 15:04"), os.Getpid())
	if table := run(t, "--root", root, "who"); !strings.Contains(strings.Join(strings.Fields(table), " "), want) {
		t.Errorf("%q is not in\n%s", want, table)
	}
}
