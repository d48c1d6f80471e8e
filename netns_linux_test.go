package psutil_test

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"testing"

	"golang.org/x/sys/unix"

	"github.com/go-psutil/psutil"
	"github.com/go-psutil/psutil/internal/fixture"
)

const (
	netPort = 4242 // where the children listen, each in a network of its own
	netFD   = 100  // with this descriptor; that of a Unix socket is the next one
)

func init() {
	children["netns"] = func([]string) error {
		fd, err := unix.Socket(unix.AF_INET6, unix.SOCK_STREAM, 0)
		if err == nil { // lo is down: there is no other address
			err = errors.Join(unix.Bind(fd, &unix.SockaddrInet6{Port: netPort}), unix.Listen(fd, 3), unix.Dup3(fd, netFD, 0), unix.Close(fd))
		}
		u, unixErr := unix.Socket(unix.AF_UNIX, unix.SOCK_DGRAM, 0)
		if unixErr == nil {
			unixErr = errors.Join(unix.Bind(u, &unix.SockaddrUnix{Name: "@psutil-netns"}), unix.Dup3(u, netFD+1, 0), unix.Close(u))
		}
		if err = errors.Join(err, unixErr); err != nil {
			return err
		}
		return ready()
	}
	children["netnsuser"] = netnsUser
}

// startInNet starts a child in a network of its own, as the user if there is one.
func startInNet(t testing.TB, as *syscall.Credential) *child {
	t.Helper()
	exe, err := os.Executable()
	must(t, err)
	cmd := exec.Command(exe)
	cmd.Env = append(os.Environ(), childEnv+"=netns")
	cmd.SysProcAttr = &syscall.SysProcAttr{Credential: as}
	newNet(cmd)
	return startReady(t, cmd)
}

// inNet calls f on a thread that is in the network namespace.
func inNet(t testing.TB, fd int, f func()) {
	t.Helper()
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	home, err := unix.Open("/proc/thread-self/ns/net", unix.O_RDONLY|unix.O_CLOEXEC, 0)
	must(t, err)
	defer unix.Close(home)
	defer func() { must(t, unix.Setns(home, unix.CLONE_NEWNET)) }()
	if fd < 0 {
		must(t, unix.Unshare(unix.CLONE_NEWNET))
	} else {
		must(t, unix.Setns(fd, unix.CLONE_NEWNET))
	}
	f()
}

// netnsOf is the network namespace of the process.
func netnsOf(t testing.TB, p psutil.Process) psutil.NetNS {
	t.Helper()
	all, err := p.Namespaces()
	must(t, err)
	i := slices.IndexFunc(all, func(n psutil.Namespace) bool { return n.Type == "net" })
	if i < 0 {
		t.Fatalf("%v has no network namespace: %v", p, all)
	}
	return psutil.NetNS(all[i].Inode)
}

// brief are the rows in short, sorted.
func brief(conns []psutil.Connection) []string {
	rows := []string{}
	for _, c := range conns {
		rows = append(rows, fmt.Sprintf("%s net %d pid %d fd %d", c, c.NetNS, c.PID, c.FD))
	}
	slices.Sort(rows)
	return rows
}

// netChildRows are the rows of a child, as brief has them.
func netChildRows(pid int, ns psutil.NetNS) []string {
	return []string{
		fmt.Sprintf("tcp6 [::]:%d -> * LISTEN pid %d net %d pid %d fd %d", netPort, pid, ns, pid, netFD),
		fmt.Sprintf(`unix "@psutil-netns" -> * pid %d net %d pid %d fd %d`, pid, ns, pid, netFD+1),
	}
}

// theirs are the rows of the children's sockets.
func theirs(conns []psutil.Connection) []psutil.Connection {
	return slices.DeleteFunc(slices.Clone(conns), func(c psutil.Connection) bool {
		return c.Local.Port() != netPort && c.LocalPath != "@psutil-netns"
	})
}

// privateProc makes a process that has namespaces of its own see itself in /proc.
func privateProc(t testing.TB) {
	t.Helper()
	must(t, unix.Mount("", "/", "", unix.MS_REC|unix.MS_PRIVATE, ""))
	must(t, unix.Mount("proc", "/proc", "proc", 0, ""))
}

// TestConnectionsOfNetNS has processes in several network namespaces, and one
// namespace without any.
func TestConnectionsOfNetNS(t *testing.T) {
	if !isRerun(t) {
		rerun(t, func(cmd *exec.Cmd) {
			newNet(cmd)
			cmd.SysProcAttr.Cloneflags |= unix.CLONE_NEWPID | unix.CLONE_NEWNS
		})
		return
	}
	privateProc(t)
	self, err := psutil.Self()
	must(t, err)
	home := netnsOf(t, self)
	l := socket(t, unix.AF_INET, unix.SOCK_STREAM)
	must(t, unix.Bind(l, &unix.SockaddrInet4{Port: netPort}))
	must(t, unix.Listen(l, 1))
	own := []string{fmt.Sprintf("tcp 0.0.0.0:%d -> * LISTEN pid %d net %d pid %d fd %d", netPort, os.Getpid(), home, os.Getpid(), l)}

	a, b := startInNet(t, nil), startInNet(t, nil)
	inA, inB := netnsOf(t, a.Process), netnsOf(t, b.Process)
	if inA == inB || inA == home || inA == 0 || inB == 0 {
		t.Fatalf("namespaces %d, %d and %d", home, inA, inB)
	}
	ofA, ofB := netChildRows(a.Process.PID(), inA), netChildRows(b.Process.PID(), inB)
	// Another process in a namespace is no other namespace.
	ns, err := unix.Open(fmt.Sprintf("/proc/%d/ns/net", a.Process.PID()), unix.O_RDONLY|unix.O_CLOEXEC, 0)
	must(t, err)
	t.Cleanup(func() { unix.Close(ns) })
	inNet(t, ns, func() { startChild(t, "idle") })

	const kinds = psutil.KindTCP | psutil.KindUnix
	check := func(name string, want []string, opts ...psutil.ConnOption) {
		t.Helper()
		conns, err := psutil.NetConnections(kinds, opts...)
		slices.Sort(want)
		if got := brief(theirs(conns)); err != nil || !slices.Equal(got, want) {
			t.Errorf("%s: %v\ngot\n%s\nwant\n%s", name, err, strings.Join(got, "\n"), strings.Join(want, "\n"))
		}
		for _, c := range conns {
			if c.Cookie == 0 || c.NetNS == 0 {
				t.Errorf("%s: %+v", name, c)
			}
		}
	}
	check("Own", own)
	check("OwnByNumber", own, psutil.WithNetNS(home))
	check("First", ofA, psutil.WithNetNS(inA))
	check("Second", ofB, psutil.WithNetNS(inB))
	check("All", slices.Concat(own, ofA, ofB), psutil.WithNetNS(psutil.AllNetNS))
	check("AllListeners", slices.Concat(own, ofA[:1], ofB[:1]), psutil.WithNetNS(psutil.AllNetNS), psutil.WithStates(psutil.ConnListen))
	check("AllOnPort", slices.Concat(own, ofA[:1], ofB[:1]), psutil.WithNetNS(psutil.AllNetNS), psutil.WithLocalPort(netPort))
	check("FirstOnPort", ofA[:1], psutil.WithNetNS(inA), psutil.WithLocalPort(netPort))
	check("Nothing", nil, psutil.WithNetNS(inA), psutil.WithRemotePort(netPort))
	if conns, err := psutil.NetConnections(kinds, psutil.WithNetNS(1)); len(conns) != 0 || !errors.Is(err, psutil.ErrInvalid) {
		t.Errorf("a namespace of nobody: %v, %v, want ErrInvalid", conns, err)
	}

	// The namespace is entered, which the cookies show.
	for _, c := range []struct {
		*child
		want []string
	}{{a, ofA}, {b, ofB}} {
		conns, err := c.Process.NetConnections(psutil.KindAll)
		if got := brief(conns); err != nil || !slices.Equal(got, c.want) {
			t.Errorf("%v: %v\ngot\n%s\nwant\n%s", c.Process, err, strings.Join(got, "\n"), strings.Join(c.want, "\n"))
		}
		for _, row := range conns {
			if row.Cookie == 0 || row.Missing != "" {
				t.Errorf("not from inside: %+v", row)
			}
		}
	}

	// A Unix socket whose peer is in another namespace, which only a path leads to.
	path := filepath.Join(t.TempDir(), "socket")
	server := socket(t, unix.AF_UNIX, unix.SOCK_DGRAM)
	must(t, unix.Bind(server, &unix.SockaddrUnix{Name: path}))
	client := -1
	inNet(t, ns, func() {
		client = socket(t, unix.AF_UNIX, unix.SOCK_DGRAM)
		must(t, unix.Connect(client, &unix.SockaddrUnix{Name: path}))
	})
	var peer unix.Stat_t
	must(t, unix.Fstat(server, &peer))
	for in, want := range map[psutil.NetNS]struct {
		path    string
		missing psutil.Missing
	}{inA: {"", "raddr"}, psutil.AllNetNS: {path, ""}} {
		conns, err := psutil.NetConnections(psutil.KindUnix, psutil.WithNetNS(in))
		i := slices.IndexFunc(conns, func(c psutil.Connection) bool { return c.PID == os.Getpid() && c.FD == client })
		if err != nil || i < 0 {
			t.Errorf("connected across namespaces: %v, %v", conns, err)
		} else if c := conns[i]; c.RemotePath != want.path || c.Missing != want.missing || c.PeerInode != peer.Ino || c.PeerPID != os.Getpid() || c.NetNS != inA {
			t.Errorf("connected across namespaces: %v missing %q peer %d of %d in %d, want remote %q missing %q peer %d", c, c.Missing, c.PeerInode, c.PeerPID, c.NetNS, want.path, want.missing, peer.Ino)
		}
	}

	// A namespace that is only mounted, whose socket a process elsewhere holds.
	file := filepath.Join(t.TempDir(), "a namespace")
	must(t, os.WriteFile(file, nil, 0o600))
	held := -1
	inNet(t, -1, func() {
		must(t, unix.Mount("/proc/thread-self/ns/net", file, "", unix.MS_BIND, ""))
		held = socket(t, unix.AF_INET, unix.SOCK_STREAM)
		must(t, unix.Bind(held, &unix.SockaddrInet4{Port: netPort}))
		must(t, unix.Listen(held, 1))
	})
	var st unix.Stat_t
	must(t, unix.Stat(file, &st))
	mounted := psutil.NetNS(st.Ino)
	ofFile := []string{fmt.Sprintf("tcp 0.0.0.0:%d -> * LISTEN pid %d net %d pid %d fd %d", netPort, os.Getpid(), mounted, os.Getpid(), held)}
	check("Mounted", ofFile, psutil.WithNetNS(mounted))
	check("MountedWithoutOwners", []string{strings.Replace(strings.Replace(ofFile[0], fmt.Sprintf(" pid %d net", os.Getpid()), " net", 1),
		fmt.Sprintf("pid %d fd %d", os.Getpid(), held), "pid -1 fd -1", 1)}, psutil.WithNetNS(mounted), psutil.WithoutOwners())
	check("AllAndMounted", slices.Concat(own, ofA, ofB, ofFile), psutil.WithNetNS(psutil.AllNetNS))
	// As seen below a root that is the machine's.
	root, err := psutil.New(psutil.WithRoot("/proc/1/root"))
	must(t, err)
	conns, err := root.NetConnections(kinds, psutil.WithNetNS(psutil.AllNetNS))
	want := slices.Concat(own, ofA, ofB, ofFile)
	slices.Sort(want)
	if got := brief(theirs(conns)); err != nil || !slices.Equal(got, want) {
		t.Errorf("below a root: %v\ngot\n%s\nwant\n%s", err, strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
	must(t, unix.Unmount(file, 0))
	if conns, err := psutil.NetConnections(kinds, psutil.WithNetNS(mounted)); len(conns) != 0 || !errors.Is(err, psutil.ErrInvalid) {
		t.Errorf("mounted no more: %v, %v, want ErrInvalid", conns, err)
	}
	// In no table of this process, but it is the process's.
	if conns, err := self.NetConnections(kinds); err != nil || slices.ContainsFunc(conns, func(c psutil.Connection) bool { return c.FD == held }) {
		t.Errorf("a socket of another namespace in that of the process: %v, %v", conns, err)
	}
}

// TestConnectionsOfNetNSAsUser is what one sees who may not enter namespaces.
func TestConnectionsOfNetNSAsUser(t *testing.T) {
	if !isRerun(t) {
		rerun(t, func(cmd *exec.Cmd) {
			newNet(cmd)
			cmd.SysProcAttr.Cloneflags |= unix.CLONE_NEWPID | unix.CLONE_NEWNS
		})
		return
	}
	privateProc(t)
	self, err := psutil.Self()
	must(t, err)
	l := socket(t, unix.AF_INET, unix.SOCK_STREAM)
	must(t, unix.Bind(l, &unix.SockaddrInet4{Port: netPort}))
	must(t, unix.Listen(l, 1))
	ofRoot, ofUser := startInNet(t, nil), startInNet(t, nobodyCredential())
	exe, err := os.Executable()
	must(t, err)
	dir, err := os.MkdirTemp("", "psutil")
	must(t, err)
	t.Cleanup(func() { os.RemoveAll(dir) })
	must(t, os.Chmod(dir, 0o755))
	file := filepath.Join(dir, "mounted")
	must(t, os.WriteFile(file, nil, 0o644))
	inNet(t, -1, func() { must(t, unix.Mount("/proc/thread-self/ns/net", file, "", unix.MS_BIND, "")) })
	t.Cleanup(func() { must(t, unix.Unmount(file, 0)) })
	var st unix.Stat_t
	must(t, unix.Stat(file, &st))
	number := func(n psutil.NetNS) string { return strconv.FormatUint(uint64(n), 10) }
	cmd := exec.Command(exe, number(netnsOf(t, self)), number(netnsOf(t, ofRoot.Process)), number(netnsOf(t, ofUser.Process)), strconv.Itoa(ofUser.Process.PID()),
		number(psutil.NetNS(st.Ino)), file)
	cmd.Env = append(os.Environ(), childEnv+"=netnsuser")
	cmd.SysProcAttr = &syscall.SysProcAttr{Credential: nobodyCredential()}
	startReady(t, cmd)
}

// netnsUser is the child of TestConnectionsOfNetNSAsUser: it is nobody, as is
// one process in another namespace.
func netnsUser(args []string) error {
	var numbers [5]int
	for i := range numbers {
		numbers[i], _ = strconv.Atoi(args[i])
	}
	home, ofRoot, ofUser, pid := psutil.NetNS(numbers[0]), psutil.NetNS(numbers[1]), psutil.NetNS(numbers[2]), numbers[3]
	const kinds = psutil.KindTCP | psutil.KindUnix
	var errs []error
	check := func(name string, conns []psutil.Connection, err, wantErr error, want []string) {
		got := brief(theirs(conns))
		slices.Sort(want)
		if !errors.Is(err, wantErr) || !slices.Equal(got, want) {
			errs = append(errs, fmt.Errorf("%s: %v, want %v\ngot\n%s\nwant\n%s", name, err, wantErr, strings.Join(got, "\n"), strings.Join(want, "\n")))
		}
	}
	fd, err := unix.Socket(unix.AF_INET6, unix.SOCK_STREAM, 0)
	if err == nil {
		err = errors.Join(unix.SetsockoptInt(fd, unix.IPPROTO_IPV6, unix.IPV6_V6ONLY, 1), unix.Bind(fd, &unix.SockaddrInet6{Port: netPort}), unix.Listen(fd, 1))
	}
	if err != nil {
		return err
	}
	own := []string{
		fmt.Sprintf("tcp 0.0.0.0:%d -> * LISTEN net %d pid -1 fd -1", netPort, home), // of root
		fmt.Sprintf("tcp6 [::]:%d -> * LISTEN pid %d net %d pid %d fd %d", netPort, os.Getpid(), home, os.Getpid(), fd),
	}
	other := netChildRows(pid, ofUser)
	conns, err := psutil.NetConnections(kinds)
	check("Own", conns, err, nil, own)
	conns, err = psutil.NetConnections(kinds, psutil.WithNetNS(psutil.AllNetNS))
	check("All", conns, err, psutil.ErrAccessDenied, slices.Concat(own, other))
	conns, err = psutil.NetConnections(kinds, psutil.WithNetNS(home))
	check("OwnByNumber", conns, err, nil, own)
	conns, err = psutil.NetConnections(kinds, psutil.WithNetNS(ofRoot))
	check("OfRoot", conns, err, psutil.ErrAccessDenied, nil)
	conns, err = psutil.NetConnections(kinds, psutil.WithNetNS(ofUser))
	check("Other", conns, err, nil, other)
	conns, err = psutil.NetConnections(kinds, psutil.WithNetNS(ofUser), psutil.WithStates(psutil.ConnListen), psutil.WithLocalPort(netPort))
	check("OtherSelected", conns, err, nil, other[:1])
	conns, err = psutil.NetConnections(kinds, psutil.WithNetNS(psutil.NetNS(numbers[4])))
	check("Mounted", conns, err, psutil.ErrAccessDenied, nil)
	if pathError, ok := errors.AsType[*fs.PathError](err); !ok || pathError.Path != args[5] {
		errs = append(errs, fmt.Errorf("mounted: error %v, want one of %s", err, args[5]))
	}
	p, err := psutil.NewProcess(pid)
	if err != nil {
		return err
	}
	conns, err = p.NetConnections(kinds)
	check("Process", conns, err, nil, other)
	for _, c := range conns {
		if c.Cookie != 0 || c.PeerPID != -1 || (c.Kind == psutil.KindUnix) != c.Missing.Has("recv_q") {
			errs = append(errs, fmt.Errorf("not from a table: %+v", c))
		}
	}
	if len(errs) > 0 {
		return errors.Join(errs...)
	}
	return ready()
}

const netnsTree = `
-- proc/1/ns/net --
-> net:[100]
-- proc/1/net/tcp --
  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode
   0: 0100007F:0001 00000000:0000 0A 00000000:00000000 00:00000000 00000000     0        0 11 1 0000000000000000 100 0 0 10 0
-- proc/1/fd/3 --
-> socket:[11]
-- proc/1/mountinfo --
25 1 0:4 net:[500] /run/netns/old rw shared:1 - nsfs nsfs rw
26 1 0:4 mnt:[600] /run/mounts rw shared:1 - nsfs nsfs rw
-- proc/self/mountinfo --
25 1 0:4 net:[700] /run/netns/other rw shared:1 - nsfs nsfs rw
-- proc/stat --
btime 1700000000
-- proc/20/stat --
20 (x) S 1 20 20 0 -1 4194560 500 0 0 0 1 2 3 4 20 0 1 0 4300 1000 10 18446744073709551615 0 0 0 0 0 0 0 0 0 0 0 0 17 0 0 0 0 0 0 0 0 0 0 0 0 0 0
-- proc/20/ns/net --
-> net:[200]
-- proc/20/net/tcp --
  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode
   0: 0100007F:0001 00000000:0000 0A 00000000:00000000 00:00000000 00000000     0        0 21 1 0000000000000000 100 0 0 10 0
-- proc/20/net/unix --
Num       RefCount Protocol Flags    Type St Inode Path
ffff9c1f01e6a800: 00000002 00000000 00010000 0001 01    22 /run/a
-- proc/20/fd/4 --
-> socket:[21]
-- proc/21/ns/net --
-> net:[200]
-- proc/21/net/tcp --
  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode
   0: 0100007F:0001 00000000:0000 0A 00000000:00000000 00:00000000 00000000     0        0 21 1 0000000000000000 100 0 0 10 0
-- proc/21/net/unix --
Num       RefCount Protocol Flags    Type St Inode Path
ffff9c1f01e6a800: 00000002 00000000 00010000 0001 01    22 /run/a
-- proc/21/fd/5 --
-> socket:[22]
-- proc/22/ns/net --
-> net:[300]
-- proc/22/net/tcp (dir) --
-- proc/23/ns/net --
-> nonsense
-- proc/24/fd/7 --
-> socket:[11]
`

// TestConnectionsOfNetNSReplay reads the namespaces of another machine.
func TestConnectionsOfNetNSReplay(t *testing.T) {
	root := fixture.Tree(t, []byte(netnsTree))
	s, err := psutil.New(psutil.WithRoot(root))
	must(t, err)
	first := []string{"tcp 127.0.0.1:1 -> * LISTEN pid 1 net 100 pid 1 fd 3", "tcp 127.0.0.1:1 -> * LISTEN pid 24 net 100 pid 24 fd 7"}
	second := []string{"tcp 127.0.0.1:1 -> * LISTEN pid 20 net 200 pid 20 fd 4", `unix "/run/a" -> * pid 21 net 200 pid 21 fd 5`}
	for _, tt := range []struct {
		name string
		ns   psutil.NetNS
		want []string
		err  string
	}{
		{"First", 100, first, ""},
		{"Second", 200, second, ""},
		{"Unreadable", 300, nil, root + "/proc/22/net/tcp"},
		{"All", psutil.AllNetNS, slices.Concat(first, second), root + "/proc/22/net/tcp"},
		{"Nobody", 400, nil, "namespace 400"},
		{"Mounted", 500, nil, root + "/run/netns/old"}, // no tree can hold it
		{"AnotherType", 600, nil, "namespace 600"},
		{"MountedElsewhere", 700, nil, "namespace 700"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			conns, err := s.NetConnections(psutil.KindAll, psutil.WithNetNS(tt.ns))
			slices.Sort(tt.want)
			if got := brief(conns); !slices.Equal(got, tt.want) {
				t.Errorf("got\n%s\nwant\n%s", strings.Join(got, "\n"), strings.Join(tt.want, "\n"))
			}
			if (err != nil) != (tt.err != "") || err != nil && !strings.Contains(err.Error(), tt.err) {
				t.Errorf("error %v, want one of %q", err, tt.err)
			}
			if errors.Is(err, psutil.ErrInvalid) != strings.HasPrefix(tt.err, "namespace") {
				t.Errorf("error %v", err)
			}
		})
	}
	conns, err := s.NetConnections(psutil.KindAll)
	if got := brief(conns); err != nil || !slices.Equal(got, first) {
		t.Errorf("without a namespace: %v, %v", got, err)
	}
	p, err := s.NewProcess(20)
	must(t, err)
	conns, err = p.NetConnections(psutil.KindAll)
	if got := brief(conns); err != nil || !slices.Equal(got, second[:1]) {
		t.Errorf("of a process: %v, %v", got, err)
	}
}
