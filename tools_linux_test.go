package psutil_test

import (
	"bytes"
	"cmp"
	"fmt"
	"net/netip"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"golang.org/x/sys/unix"

	"github.com/go-psutil/psutil"
)

func init() {
	children["opener"] = func(args []string) error {
		if err := openEverything(args[0]); err != nil {
			return err
		}
		return ready()
	}
}

// openEverything opens a descriptor of each kind that lsof knows a name for.
func openEverything(dir string) error {
	var failed error
	open := func(fd int, err error) int {
		failed = cmp.Or(failed, err)
		return fd
	}
	for i, flags := range []int{
		unix.O_RDONLY, unix.O_WRONLY, unix.O_RDWR, unix.O_WRONLY | unix.O_APPEND, unix.O_RDWR | unix.O_APPEND,
		unix.O_RDWR | unix.O_SYNC, unix.O_WRONLY | unix.O_NONBLOCK | unix.O_CLOEXEC, unix.O_RDONLY | unix.O_NOATIME,
	} {
		path := filepath.Join(dir, fmt.Sprintf("file %d\xff", i))
		failed = cmp.Or(failed, os.WriteFile(path, []byte("text"), 0o600))
		fd := open(unix.Open(path, flags, 0))
		_, err := unix.Seek(fd, int64(i)*5<<30, unix.SEEK_SET) // beyond 32 bits
		failed = cmp.Or(failed, err)
	}
	for _, name := range []string{"gone", "gone\nof\ttwo\x01lines", "gone (deleted)"} {
		path := filepath.Join(dir, name)
		open(unix.Open(path, unix.O_RDWR|unix.O_CREAT, 0o600))
		failed = cmp.Or(failed, os.Remove(path))
	}
	open(unix.Open(filepath.Join(dir, "kept (deleted)"), unix.O_RDWR|unix.O_CREAT, 0o600))
	twin := open(unix.Open(dir, unix.O_RDONLY|unix.O_DIRECTORY, 0))
	open(unix.Dup(twin))
	open(unix.Open("/dev/null", unix.O_RDWR, 0))
	fifo := filepath.Join(dir, "fifo")
	failed = cmp.Or(failed, unix.Mkfifo(fifo, 0o600))
	open(unix.Open(fifo, unix.O_RDWR, 0))
	failed = cmp.Or(failed, unix.Pipe(make([]int, 2)))
	open(unix.Eventfd(3, 0))
	open(unix.EpollCreate1(0))
	open(unix.InotifyInit1(0))
	open(unix.TimerfdCreate(unix.CLOCK_MONOTONIC, 0))
	open(unix.Signalfd(-1, &unix.Sigset_t{}, 0))
	open(unix.MemfdCreate("memory", 0))

	for _, domain := range []int{unix.AF_INET, unix.AF_INET6} {
		l := open(unix.Socket(domain, unix.SOCK_STREAM, 0))
		failed = cmp.Or(failed, unix.Bind(l, loopback(domain, 0)), unix.Listen(l, 5))
		at, err := unix.Getsockname(l)
		failed = cmp.Or(failed, err)
		failed = cmp.Or(failed, unix.Connect(open(unix.Socket(domain, unix.SOCK_STREAM, 0)), at))
		accepted, _, err := unix.Accept(l)
		failed = cmp.Or(failed, err)
		_, err = unix.Write(accepted, []byte("unread"))
		failed = cmp.Or(failed, err)
		u := open(unix.Socket(domain, unix.SOCK_DGRAM, 0))
		failed = cmp.Or(failed, unix.Bind(u, loopback(domain, 0)))
		at, err = unix.Getsockname(u)
		failed = cmp.Or(failed, err)
		failed = cmp.Or(failed, unix.Connect(open(unix.Socket(domain, unix.SOCK_DGRAM, 0)), at))
	}
	path := filepath.Join(dir, "socket")
	x := open(unix.Socket(unix.AF_UNIX, unix.SOCK_STREAM, 0))
	failed = cmp.Or(failed, unix.Bind(x, &unix.SockaddrUnix{Name: path}), unix.Listen(x, 1))
	failed = cmp.Or(failed, unix.Connect(open(unix.Socket(unix.AF_UNIX, unix.SOCK_STREAM, 0)), &unix.SockaddrUnix{Name: path}))
	_, err := unix.Socketpair(unix.AF_UNIX, unix.SOCK_SEQPACKET, 0)
	return cmp.Or(failed, err)
}

// An lsofFile is what lsof says of a descriptor, by the letters of its output.
type lsofFile struct {
	pid, fd int
	fields  map[byte]string
	tcp     map[string]string // ST, QR and QS
}

// lsof lists descriptors. What is no descriptor, such as a working directory,
// is left out.
func lsof(t testing.TB, args ...string) (files []lsofFile) {
	t.Helper()
	// -o0 has offsets in decimal, however large, +fg the flags of open(2).
	args = append([]string{"-nP", "-o", "-o0", "+fg", "-F", "pfatGoidnPT"}, args...)
	pid, listed := 0, false
	for line := range strings.Lines(output(t, "lsof", args...)) {
		line = strings.TrimSuffix(line, "\n")
		switch line[0] {
		case 'p':
			pid, _ = strconv.Atoi(line[1:])
			continue
		case 'f':
			fd, err := strconv.Atoi(line[1:])
			if listed = err == nil; listed {
				files = append(files, lsofFile{pid, fd, map[byte]string{}, map[string]string{}})
			}
			continue
		}
		if !listed {
			continue
		}
		f := &files[len(files)-1]
		if line[0] == 'T' {
			name, value, _ := strings.Cut(line[1:], "=")
			f.tcp[name] = value
		} else {
			f.fields[line[0]] = line[1:]
		}
	}
	return files
}

// lsofName is how lsof prints a path in the C locale.
func lsofName(path string) string {
	var b strings.Builder
	for _, c := range []byte(path) {
		switch i := strings.IndexByte("\b\f\n\r\t", c); {
		case i >= 0:
			b.WriteByte('\\')
			b.WriteByte("bfnrt"[i])
		case c < ' ':
			b.WriteByte('^')
			b.WriteByte(c + '@')
		case c >= 0x7f:
			fmt.Fprintf(&b, `\x%02x`, c)
		default:
			b.WriteByte(c)
		}
	}
	return b.String()
}

// word is the name of a file of the kernel's own without its decoration, of
// "anon_inode:[eventfd]" as of lsof's "[eventfd:7]".
func word(name string) string {
	return regexp.MustCompile(`\w+`).FindString(strings.TrimPrefix(name, "anon_inode:"))
}

// lsofText is a row of lsof as fdText has it.
func (f lsofFile) lsofText(t testing.TB) string {
	t.Helper()
	kind, name := f.fields['t'], f.fields['n']
	switch {
	case kind == "FIFO" && name == "pipe":
		name = "pipe:[" + f.fields['i'] + "]"
	case kind == "IPv4" || kind == "IPv6" || kind == "unix" || kind == "sock":
		name = "socket:[" + f.inode() + "]"
		kind = "socket"
	case kind == "a_inode":
		name = word(name)
	}
	offset, err := strconv.ParseInt(strings.TrimPrefix(f.fields['o'], "0t"), 10, 64)
	must(t, err)
	flags, err := strconv.ParseUint(strings.Split(f.fields['G'], ";")[0], 0, 32)
	must(t, err)
	return fmt.Sprintf("%d%s %s position %d flags %#x %s", f.fd, f.fields['a'], kind, offset, flags, name)
}

// inode is a socket's; lsof has it as the device of an Internet socket.
func (f lsofFile) inode() string {
	if kind := f.fields['t']; kind == "IPv4" || kind == "IPv6" {
		return f.fields['d']
	}
	return f.fields['i']
}

// fdText says of a descriptor what lsof does too.
func fdText(f psutil.OpenFile) string {
	access := map[string]string{"r": "r", "w": "w", "a": "w", "r+": "u", "a+": "u"}[f.Mode]
	name := f.Path
	if f.Deleted {
		name += " (deleted)"
	}
	name = lsofName(name)
	kind := ""
	switch f.Kind {
	case psutil.FDRegular, psutil.FDMemFD:
		kind = "REG"
	case psutil.FDDirectory:
		kind = "DIR"
	case psutil.FDCharDevice:
		kind = "CHR"
	case psutil.FDPipe:
		kind = "FIFO"
	case psutil.FDSocket:
		kind = "socket"
	case psutil.FDEventFD, psutil.FDEventPoll, psutil.FDInotify, psutil.FDSignalFD, psutil.FDTimerFD:
		kind, name = "a_inode", word(f.Path)
		if word := strings.ReplaceAll(f.Kind.String(), "-", ""); word != name {
			name += ", not of kind " + word
		}
	}
	return fmt.Sprintf("%d%s %s position %d flags %#x %s", f.FD, access, kind, f.Position, f.Flags, name)
}

func TestOpenFilesAgainstLsof(t *testing.T) {
	needTool(t, "lsof")
	p := startChild(t, "opener", t.TempDir()).Process
	var all, regular []string
	kinds := map[string]int{}
	files := lsof(t, "-p", strconv.Itoa(p.PID()))
	for _, f := range files {
		all = append(all, f.lsofText(t))
		kinds[f.fields['t']]++
		if f.fields['t'] == "REG" && !strings.HasPrefix(f.fields['n'], "/memfd:") {
			regular = append(regular, f.lsofText(t))
		}
	}
	for _, kind := range []string{"REG", "DIR", "CHR", "FIFO", "IPv4", "IPv6", "unix", "a_inode"} {
		if kinds[kind] == 0 {
			t.Errorf("lsof lists no %s: %v", kind, kinds)
		}
	}
	for _, c := range []struct {
		name string
		ours func() ([]psutil.OpenFile, error)
		want []string
	}{{"OpenFDs", p.OpenFDs, all}, {"OpenFiles", p.OpenFiles, regular}} {
		got, err := c.ours()
		must(t, err)
		var ours []string
		for _, f := range got {
			ours = append(ours, fdText(f))
		}
		if diff := diffText("lsof", ours, c.want); diff != "" {
			t.Errorf("%s:\n%s", c.name, diff)
		}
	}
	if n, err := p.NumFDs(); err != nil || n != len(files) {
		t.Errorf("NumFDs() = %d, %v, lsof lists %d", n, err, len(files))
	}
	conns, err := p.NetConnections(psutil.KindAll)
	must(t, err)
	if diff := diffText("lsof", connTexts(conns), lsofSockets(t, files)); diff != "" {
		t.Errorf("NetConnections:\n%s", diff)
	}
}

// connTexts says of the sockets that a process holds what lsof does too.
func connTexts(conns []psutil.Connection) (rows []string) {
	for _, c := range conns {
		if c.PID < 0 {
			continue
		}
		row := fmt.Sprintf("pid %d fd %d inode %d ", c.PID, c.FD, c.Inode)
		switch {
		case c.Family == psutil.FamilyUnix:
			row += fmt.Sprintf("unix %s %s listening %t", strings.TrimPrefix(c.Type.String(), "SOCK_"), lsofName(c.LocalPath), c.Listening)
		default:
			// lsof takes an IPv4 address in IPv6 for IPv4, and has no number for
			// how many may wait for a listener.
			remote := ""
			if c.Remote.Port() != 0 {
				remote = netip.AddrPortFrom(c.Remote.Addr().Unmap(), c.Remote.Port()).String()
			}
			if c.Listening {
				c.SendQ = 0
			}
			row += fmt.Sprintf("%s %v -> %s %v %d %d", c.Protocol(), netip.AddrPortFrom(c.Local.Addr().Unmap(), c.Local.Port()),
				remote, c.Status, c.RecvQ, c.SendQ)
		}
		rows = append(rows, row)
	}
	return rows
}

// lsofSockets are the sockets of lsof's rows as connTexts has them. Those in no
// table are of the type sock, and left out.
func lsofSockets(t testing.TB, files []lsofFile) (rows []string) {
	t.Helper()
	for _, f := range files {
		row := fmt.Sprintf("pid %d fd %d inode %s ", f.pid, f.fd, f.inode())
		kind := f.fields['t']
		switch kind {
		case "unix":
			i := strings.LastIndex(f.fields['n'], "type=")
			if i < 0 {
				t.Fatalf("lsof: %v", f)
			}
			row += fmt.Sprintf("unix %s %s listening %t", f.fields['n'][i+len("type="):], strings.TrimSuffix(f.fields['n'][:i], " "), f.tcp["ST"] == "LISTEN")
		case "IPv4", "IPv6":
			protocol := strings.ToLower(f.fields['P'])
			anywhere := "0.0.0.0"
			if kind == "IPv6" {
				protocol, anywhere = protocol+"6", "[::]"
			}
			local, remote, _ := strings.Cut(f.fields['n'], "->")
			if port, any := strings.CutPrefix(local, "*:"); any {
				local = anywhere + ":" + port
			}
			state := f.tcp["ST"]
			if state == "" {
				state = psutil.ConnNone.String()
			}
			row += fmt.Sprintf("%s %s -> %s %s %s %s", protocol, local, remote, state, f.tcp["QR"], f.tcp["QS"])
		default:
			continue
		}
		rows = append(rows, row)
	}
	return rows
}

// compareWithLsof is part of TestConnectionsDifferential.
func compareWithLsof(t *testing.T) {
	self, err := psutil.Self()
	must(t, err)
	matches(t, func() string {
		conns, err := self.NetConnections(psutil.KindAll)
		must(t, err)
		want := lsofSockets(t, lsof(t, "-p", strconv.Itoa(os.Getpid())))
		return diffText("lsof -p", connTexts(conns), want)
	})
	for _, c := range []struct {
		arg  string
		kind psutil.ConnKind
	}{
		{"-iTCP", psutil.KindTCP}, {"-iUDP", psutil.KindUDP}, {"-i4UDP", psutil.KindUDP4}, {"-i6UDP", psutil.KindUDP6},
		{"-i", psutil.KindINET},
	} {
		matches(t, func() string {
			conns, err := psutil.NetConnections(c.kind)
			must(t, err)
			got := connTexts(conns)
			want := lsofSockets(t, lsof(t, c.arg))
			if len(want) == 0 {
				return "lsof " + c.arg + " lists nothing"
			}
			return diffText("lsof "+c.arg, got, want)
		})
	}
}

var netstatUnix = regexp.MustCompile(`^unix +\d+ +\[ ([A-Z ]*)\] +([A-Z]+) +(?:[A-Z]+ +)?(\d+) +(\S+) *(.*)$`)

// netstatRows are the rows of net-tools' netstat as socketTexts has them.
func netstatRows(t testing.TB) (rows []string) {
	t.Helper()
	owner := func(s string) string {
		pid, _, owned := strings.Cut(s, "/")
		if !owned {
			return "-1"
		}
		return pid
	}
	address := func(s string) string {
		i := strings.LastIndexByte(s, ':')
		addr, err := netip.ParseAddr(s[:max(i, 0)])
		must(t, err)
		port := strings.Replace(s[i+1:], "*", "0", 1)
		return addr.Unmap().String() + " " + port
	}
	for line := range strings.Lines(output(t, "netstat", "-antpuxeW")) {
		line = strings.TrimRight(line, " \n")
		if m := netstatUnix.FindStringSubmatch(line); m != nil {
			rows = append(rows, fmt.Sprintf("unix %s %s listening %t inode %s pid %s", m[2], m[5], strings.Contains(m[1], "ACC"), m[3], owner(m[4])))
			continue
		}
		f := strings.Fields(line)
		if !strings.HasPrefix(line, "tcp") && !strings.HasPrefix(line, "udp") {
			if !strings.HasPrefix(line, "Active ") && !strings.HasPrefix(line, "Proto ") {
				t.Fatalf("netstat: %q", line)
			}
			continue
		}
		if strings.HasPrefix(f[0], "udp") { // with a state if it is connected
			if len(f) == 9 {
				f[5] = psutil.ConnNone.String()
			} else {
				f = slices.Insert(f, 5, psutil.ConnNone.String())
			}
		}
		if len(f) != 9 {
			t.Fatalf("netstat: %q", line)
		}
		if f[5] == "LISTEN" {
			f[2] = "0" // it knows no more
		}
		user := f[6]
		if f[7] == "0" { // of nobody
			user = "-1"
		}
		rows = append(rows, fmt.Sprintf("%s %s -> %s %s %s %s uid %s inode %s pid %s", f[0], address(f[3]), address(f[4]), f[5], f[1], f[2], user, f[7], owner(f[8])))
	}
	return rows
}

// socketTexts says of sockets what netstat does: each has one row, whoever
// holds it, and an IPv4 address in IPv6 is as in IPv4.
func socketTexts(conns []psutil.Connection) (rows []string) {
	seen := map[uint64]bool{0: false}
	for _, c := range conns {
		if seen[c.Inode] {
			continue
		}
		seen[c.Inode] = c.Inode != 0
		if c.Family == psutil.FamilyUnix {
			rows = append(rows, fmt.Sprintf("unix %s %s listening %t inode %d pid %d", strings.TrimPrefix(c.Type.String(), "SOCK_"), c.LocalPath, c.Listening, c.Inode, c.PID))
			continue
		}
		if !c.Remote.IsValid() {
			anywhere := netip.IPv4Unspecified()
			if c.Family == psutil.FamilyINET6 {
				anywhere = netip.IPv6Unspecified()
			}
			c.Remote = netip.AddrPortFrom(anywhere, 0)
		}
		if c.Listening {
			c.SendQ = 0
		}
		if c.Inode == 0 {
			c.UID = -1
		}
		rows = append(rows, fmt.Sprintf("%s %v %d -> %v %d %v %d %d uid %d inode %d pid %d", c.Protocol(), c.Local.Addr().Unmap(), c.Local.Port(),
			c.Remote.Addr().Unmap(), c.Remote.Port(), c.Status, c.RecvQ, c.SendQ, c.UID, c.Inode, c.PID))
	}
	return rows
}

// compareWithNetstat is part of TestConnectionsDifferential.
func compareWithNetstat(t *testing.T) {
	matches(t, func() string {
		conns, err := psutil.NetConnections(psutil.KindAll)
		must(t, err)
		got := socketTexts(conns)
		want := netstatRows(t)
		for _, prefix := range []string{"tcp ", "tcp6 ", "udp ", "udp6 ", "unix "} {
			if !slices.ContainsFunc(want, func(row string) bool { return strings.HasPrefix(row, prefix) }) {
				return "netstat lists no " + prefix
			}
		}
		return diffText("netstat", got, want)
	})
}

// startReader starts a process with a single thread that waits for input, and
// that no limit or priority disturbs.
func startReader(t testing.TB) (psutil.Process, string) {
	t.Helper()
	c := startReady(t, exec.Command(needTool(t, "sh"), "-c", "echo ready; read line"))
	return c.Process, strconv.Itoa(c.Process.PID())
}

// needRoot is for what only root may change.
func needRoot(t testing.TB) {
	t.Helper()
	if os.Geteuid() != 0 {
		missing(t, "needs root")
	}
}

// prlimits are the limits as prlimit prints them.
func prlimits(t testing.TB, pid string) map[psutil.Resource]psutil.Rlimit {
	t.Helper()
	limits := map[psutil.Resource]psutil.Rlimit{}
	limit := func(s string) uint64 {
		if s == "unlimited" {
			return psutil.RlimitInfinity
		}
		n, err := strconv.ParseUint(s, 10, 64)
		must(t, err)
		return n
	}
	for line := range strings.Lines(output(t, "prlimit", "--pid", pid, "--raw", "--noheadings", "-o", "RESOURCE,SOFT,HARD")) {
		f := strings.Fields(line)
		if len(f) != 3 {
			t.Fatalf("prlimit: %q", line)
		}
		var r psutil.Resource
		must(t, r.UnmarshalText([]byte("RLIMIT_"+f[0])))
		limits[r] = psutil.Rlimit{Soft: limit(f[1]), Hard: limit(f[2])}
	}
	return limits
}

func TestRlimitAgainstPrlimit(t *testing.T) {
	needTool(t, "prlimit")
	p, pid := startReader(t)
	check := func(when string) map[psutil.Resource]psutil.Rlimit {
		t.Helper()
		want := prlimits(t, pid)
		for r, limit := range want {
			if got, err := p.Rlimit(r); got != limit || err != nil {
				t.Errorf("%s: Rlimit(%v) = %v, %v, prlimit says %v", when, r, got, err, limit)
			}
		}
		return want
	}
	first := check("at first")
	if len(first) != 16 {
		t.Fatalf("prlimit knows %d resources: %v", len(first), first)
	}
	if first[psutil.RlimitFSize].Hard == psutil.RlimitInfinity {
		large := psutil.Rlimit{Soft: 1<<33 + 5, Hard: psutil.RlimitInfinity}
		must(t, p.SetRlimit(psutil.RlimitFSize, large))
		if got := prlimits(t, pid)[psutil.RlimitFSize]; got != large {
			t.Errorf("prlimit says %v, we set %v", got, large)
		}
		output(t, "prlimit", "--pid", pid, "--fsize=unlimited:unlimited")
		check("unlimited by prlimit")
	}
	// Values that differ, so that no two resources are taken for each other, and
	// that anyone may set: no hard limit is raised.
	want := map[psutil.Resource]psutil.Rlimit{}
	choose := func(r psutil.Resource, soft, hard uint64) psutil.Rlimit {
		hard = min(hard+2*uint64(r), first[r].Hard)
		want[r] = psutil.Rlimit{Soft: min(soft+uint64(r), hard), Hard: hard}
		return want[r]
	}
	for r := range first {
		must(t, p.SetRlimit(r, choose(r, 1000, 2000)))
	}
	for r, got := range check("set by us") {
		if got != want[r] {
			t.Errorf("prlimit says %v is %v, we set %v", r, got, want[r])
		}
	}
	for r := range first {
		limit := choose(r, 200, 300)
		name := strings.ToLower(strings.TrimPrefix(r.String(), "RLIMIT_"))
		output(t, "prlimit", "--pid", pid, fmt.Sprintf("--%s=%d:%d", name, limit.Soft, limit.Hard))
		if got, err := p.Rlimit(r); got != limit || err != nil {
			t.Errorf("Rlimit(%v) = %v, %v, prlimit set %v", r, got, err, limit)
		}
	}
	check("set by prlimit")
}

// tasksetCPUs are the CPUs as taskset prints them.
func tasksetCPUs(t testing.TB, pid string) (cpus []int) {
	t.Helper()
	out := strings.TrimSpace(output(t, "taskset", "-cp", pid))
	_, list, found := strings.Cut(out, "affinity list: ")
	if !found {
		t.Fatalf("taskset: %q", out)
	}
	for part := range strings.SplitSeq(list, ",") {
		from, to, many := strings.Cut(part, "-")
		first, err := strconv.Atoi(from)
		must(t, err)
		last := first
		if many {
			last, err = strconv.Atoi(to)
			must(t, err)
		}
		for ; first <= last; first++ {
			cpus = append(cpus, first)
		}
	}
	return cpus
}

func TestCPUAffinityAgainstTaskset(t *testing.T) {
	needTool(t, "taskset")
	p, pid := startReader(t)
	check := func(want []int) {
		t.Helper()
		got, err := p.CPUAffinity()
		must(t, err)
		if peer := tasksetCPUs(t, pid); !slices.Equal(got, want) || !slices.Equal(peer, want) {
			t.Errorf("CPUAffinity() = %v, taskset %v, set %v", got, peer, want)
		}
	}
	all := tasksetCPUs(t, pid)
	check(all)
	sets := [][]int{all}
	for _, cpu := range all[:min(len(all), 8)] {
		sets = append(sets, []int{cpu})
	}
	if len(all) > 2 {
		sets = append(sets, []int{all[0], all[len(all)-1]}, all[1:])
	}
	for _, cpus := range sets {
		must(t, p.SetCPUAffinity(cpus))
		check(cpus)
	}
	for _, cpus := range slices.Backward(sets) {
		list := strings.ReplaceAll(strings.Trim(fmt.Sprint(cpus), "[]"), " ", ",")
		output(t, "taskset", "-cp", list, pid)
		check(cpus)
	}
	must(t, p.SetCPUAffinity(all[:1]))
	must(t, p.SetCPUAffinity(nil))
	if got := tasksetCPUs(t, pid); !slices.Equal(got, all) {
		t.Errorf("SetCPUAffinity(nil): taskset says %v, want %v", got, all)
	}
}

func TestIONiceAgainstIonice(t *testing.T) {
	needTool(t, "ionice")
	needRoot(t) // the class RealTime
	p, pid := startReader(t)
	names := [...]string{"none", "realtime", "best-effort", "idle"}
	check := func(want psutil.IOPriority) {
		t.Helper()
		says := names[want.Class]
		if want.Class == psutil.IOClassRealTime || want.Class == psutil.IOClassBestEffort {
			says += fmt.Sprintf(": prio %d", want.Level)
		}
		got, err := p.IONice()
		must(t, err)
		peer := strings.TrimSpace(output(t, "ionice", "-p", pid))
		if want.Class == psutil.IOClassNone {
			peer, _, _ = strings.Cut(peer, ":") // its level means nothing
		}
		if got != want || peer != says {
			t.Errorf("IONice() = %v, ionice %q, set %v", got, peer, want)
		}
	}
	inherited, err := p.IONice()
	must(t, err)
	check(inherited)
	var all []psutil.IOPriority
	for level := range 8 {
		all = append(all, psutil.IOPriority{Class: psutil.IOClassRealTime, Level: level},
			psutil.IOPriority{Class: psutil.IOClassBestEffort, Level: level})
	}
	all = append(all, psutil.IOPriority{Class: psutil.IOClassIdle}, psutil.IOPriority{})
	for _, prio := range all {
		must(t, p.SetIONice(prio))
		check(prio)
	}
	for _, prio := range slices.Backward(all) {
		args := []string{"-c", strconv.Itoa(int(prio.Class)), "-p", pid}
		if prio.Class == psutil.IOClassRealTime || prio.Class == psutil.IOClassBestEffort {
			args = append([]string{"-n", strconv.Itoa(prio.Level)}, args...)
		}
		output(t, "ionice", args...)
		check(prio)
	}
}

func TestNiceAgainstRenice(t *testing.T) {
	needTool(t, "renice")
	needTool(t, "ps")
	needRoot(t) // lowering it
	p, pid := startReader(t)
	check := func(want int) {
		t.Helper()
		got, err := p.Nice()
		must(t, err)
		if peer := strings.TrimSpace(output(t, "ps", "-o", "ni=", "-p", pid)); got != want || peer != strconv.Itoa(want) {
			t.Errorf("Nice() = %d, ps %s, set %d", got, peer, want)
		}
	}
	for _, nice := range []int{19, -20, -1, 0, 1, 7} {
		must(t, p.SetNice(nice))
		check(nice)
		// renice says what it found.
		out := output(t, "renice", "-n", strconv.Itoa(-nice/2), "-p", pid)
		if !bytes.Contains([]byte(out), fmt.Appendf(nil, "old priority %d, new priority %d", nice, -nice/2)) {
			t.Errorf("we set %d, renice says %q", nice, out)
		}
		check(-nice / 2)
	}
}
