package psutil_test

import (
	"bytes"
	"cmp"
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"net/netip"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"unsafe"

	"golang.org/x/sys/unix"

	"github.com/go-psutil/psutil"
	"github.com/go-psutil/psutil/internal/fixture"
)

// rerunEnv names the test that this process was started for, see rerun.
const rerunEnv = "PSUTIL_TEST_RERUN"

// isRerun reports whether rerun started this process for the running test.
func isRerun(t *testing.T) bool { return os.Getenv(rerunEnv) == t.Name() }

// rerun runs the calling test in a process of its own, which prepare may
// change, and fails if that does. Only root can do what the tests ask for.
func rerun(t *testing.T, prepare func(cmd *exec.Cmd)) {
	t.Helper()
	if os.Geteuid() != 0 {
		missing(t, "needs root")
	}
	// A copy, because go test's own directory is closed to other users.
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	b, err := os.ReadFile(self)
	if err != nil {
		t.Fatal(err)
	}
	dir, err := os.MkdirTemp("", "psutil")
	if err != nil {
		t.Fatal(err)
	}
	defer os.RemoveAll(dir)
	if err := os.Chmod(dir, 0o755); err != nil {
		t.Fatal(err)
	}
	program := filepath.Join(dir, "psutil.test")
	if err := os.WriteFile(program, b, 0o755); err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command(program, "-test.run=^"+regexp.QuoteMeta(t.Name())+"$", "-test.v", "-test.timeout=2m")
	cmd.Env = append(os.Environ(), rerunEnv+"="+t.Name())
	cmd.SysProcAttr = &syscall.SysProcAttr{}
	prepare(cmd)
	out, err := cmd.CombinedOutput()
	if err != nil || !strings.Contains(string(out), "--- PASS: "+t.Name()) && !strings.Contains(string(out), "--- SKIP: "+t.Name()) {
		t.Fatalf("%v\n%s", err, out)
	}
	if strings.Contains(string(out), "--- SKIP: ") {
		missing(t, string(out))
	}
}

// newNet gives a process a network of its own, in which lo is down.
func newNet(cmd *exec.Cmd) { cmd.SysProcAttr.Cloneflags |= unix.CLONE_NEWNET }

const nobody = 65534

// nobodyCredential makes a process one of the user nobody.
func nobodyCredential() *syscall.Credential { return &syscall.Credential{Uid: nobody, Gid: nobody} }

// socket makes a socket that is closed when the test ends.
func socket(t testing.TB, domain, typ int) int {
	t.Helper()
	fd, err := unix.Socket(domain, typ|unix.SOCK_CLOEXEC, 0)
	must(t, err)
	t.Cleanup(func() { unix.Close(fd) })
	return fd
}

func loopback(domain, port int) unix.Sockaddr {
	if domain == unix.AF_INET6 {
		return &unix.SockaddrInet6{Port: port, Addr: netip.IPv6Loopback().As16()}
	}
	return &unix.SockaddrInet4{Port: port, Addr: [4]byte{127, 0, 0, 1}}
}

func listener(t testing.TB, domain, backlog int) int {
	t.Helper()
	fd := socket(t, domain, unix.SOCK_STREAM)
	must(t, unix.Bind(fd, loopback(domain, 0)))
	must(t, unix.Listen(fd, backlog))
	return fd
}

// dial connects to where the listener listens.
func dial(t testing.TB, domain, listener int) int {
	t.Helper()
	fd := socket(t, domain, unix.SOCK_STREAM)
	at, err := unix.Getsockname(listener)
	must(t, err)
	must(t, unix.Connect(fd, at))
	return fd
}

func accept(t testing.TB, listener int) int {
	t.Helper()
	fd, _, err := unix.Accept4(listener, unix.SOCK_CLOEXEC)
	must(t, err)
	t.Cleanup(func() { unix.Close(fd) })
	return fd
}

// fill writes until the other end, which does not read, has no more room.
func fill(t testing.TB, fd int) {
	t.Helper()
	must(t, unix.SetNonblock(fd, true))
	b := make([]byte, 64<<10)
	for {
		_, err := unix.Write(fd, b)
		if err == unix.EAGAIN {
			return
		}
		must(t, err)
	}
}

func addrPort(t testing.TB, sa unix.Sockaddr) netip.AddrPort {
	t.Helper()
	switch sa := sa.(type) {
	case *unix.SockaddrInet4:
		return netip.AddrPortFrom(netip.AddrFrom4(sa.Addr), uint16(sa.Port))
	case *unix.SockaddrInet6:
		return netip.AddrPortFrom(netip.AddrFrom16(sa.Addr), uint16(sa.Port))
	}
	t.Fatalf("%T is no Internet address", sa)
	return netip.AddrPort{}
}

func localAddr(t testing.TB, fd int) netip.AddrPort {
	t.Helper()
	sa, err := unix.Getsockname(fd)
	must(t, err)
	return addrPort(t, sa)
}

// kernelState names what TCP_INFO says.
var kernelState = map[uint8]psutil.ConnState{
	1: psutil.ConnEstablished, 2: psutil.ConnSynSent, 3: psutil.ConnSynRecv, 4: psutil.ConnFinWait1, 5: psutil.ConnFinWait2,
	6: psutil.ConnTimeWait, 8: psutil.ConnCloseWait, 9: psutil.ConnLastAck, 10: psutil.ConnListen, 11: psutil.ConnClosing,
}

// known is what package unix can't tell of a socket: the address it is still
// connecting to, and a Unix socket's name with NUL bytes in it.
type known struct {
	remote map[int]netip.AddrPort
	path   map[int]string
}

// ownSockets is what system calls say of this process's sockets: the rows that
// its connections must have, without queues.
func ownSockets(t testing.TB, known known) []psutil.Connection {
	t.Helper()
	fds, err := os.ReadDir("/proc/self/fd")
	must(t, err)
	var rows []psutil.Connection
	for _, entry := range fds {
		fd, err := strconv.Atoi(entry.Name())
		must(t, err)
		var st unix.Stat_t
		if unix.Fstat(fd, &st) != nil || st.Mode&unix.S_IFMT != unix.S_IFSOCK {
			continue
		}
		domain, err := unix.GetsockoptInt(fd, unix.SOL_SOCKET, unix.SO_DOMAIN)
		must(t, err)
		typ, err := unix.GetsockoptInt(fd, unix.SOL_SOCKET, unix.SO_TYPE)
		must(t, err)
		listening, err := unix.GetsockoptInt(fd, unix.SOL_SOCKET, unix.SO_ACCEPTCONN)
		must(t, err)
		var cookie [8]byte
		size := uint32(len(cookie))
		_, _, errno := unix.Syscall6(unix.SYS_GETSOCKOPT, uintptr(fd), unix.SOL_SOCKET, unix.SO_COOKIE, uintptr(unsafe.Pointer(&cookie)), uintptr(unsafe.Pointer(&size)), 0)
		if errno != 0 {
			t.Fatal(errno)
		}
		var netns unix.Stat_t
		must(t, unix.Stat("/proc/thread-self/ns/net", &netns))
		c := psutil.Connection{FD: fd, PID: os.Getpid(), Inode: st.Ino, UID: int64(st.Uid), Listening: listening != 0,
			Cookie: binary.NativeEndian.Uint64(cookie[:]), NetNS: psutil.NetNS(netns.Ino)}
		switch typ {
		case unix.SOCK_STREAM:
			c.Type = psutil.SocketStream
		case unix.SOCK_DGRAM:
			c.Type = psutil.SocketDgram
		case unix.SOCK_SEQPACKET:
			c.Type = psutil.SocketSeqpacket
		}
		local, err := unix.Getsockname(fd)
		must(t, err)
		switch domain {
		case unix.AF_UNIX:
			c.Family = psutil.FamilyUnix
			c.LocalPath = strings.ReplaceAll(known.path[fd], "\x00", "@")
			if peer, err := unix.Getpeername(fd); err == nil {
				c.RemotePath = peerPath(peer.(*unix.SockaddrUnix).Name, known)
			}
		case unix.AF_INET, unix.AF_INET6:
			c.Family = psutil.FamilyINET
			if domain == unix.AF_INET6 {
				c.Family = psutil.FamilyINET6
			}
			c.Local = addrPort(t, local)
			if remote, err := unix.Getpeername(fd); err == nil {
				c.Remote = addrPort(t, remote)
			} else if to, ok := known.remote[fd]; ok {
				c.Remote = to
			}
			if typ == unix.SOCK_STREAM {
				info, err := unix.GetsockoptTCPInfo(fd, unix.IPPROTO_TCP, unix.TCP_INFO)
				must(t, err)
				c.Status = kernelState[info.State]
				if info.State == 7 { // TCP_CLOSE: in no table
					continue
				}
			} else if c.Local.Port() == 0 { // not bound: in no table
				continue
			}
		default:
			continue
		}
		c.Kind = kindOf(c.Family, c.Type)
		rows = append(rows, c)
	}
	return rows
}

// kindOf is the kind of a socket that is not of multipath TCP.
func kindOf(family psutil.Family, typ psutil.SocketType) psutil.ConnKind {
	kinds := psutil.KindINET
	switch {
	case family == psutil.FamilyUnix:
		return psutil.KindUnix
	case typ == psutil.SocketStream:
		kinds = psutil.KindTCP
	case typ == psutil.SocketDgram:
		kinds = psutil.KindUDP
	}
	if family == psutil.FamilyINET6 {
		return kinds & psutil.KindINET6
	}
	return kinds & psutil.KindINET4
}

// peerPath is the name of the Unix socket at the other end. getpeername
// as Go has it ends a name at its first NUL, and calls one that is none "@";
// such a one is known from the test.
func peerPath(name string, known known) string {
	for _, full := range known.path {
		if abstract, ok := strings.CutPrefix(full, "\x00"); ok && strings.Contains(abstract, "\x00") &&
			name == "@"+abstract[:strings.IndexByte(abstract, 0)] {
			return strings.ReplaceAll(full, "\x00", "@")
		}
	}
	return strings.TrimSuffix(name, "@")
}

// withoutQueues are the connections of a process as ownSockets has them; a
// negative PID stands for every process.
func withoutQueues(conns []psutil.Connection, pid int) []psutil.Connection {
	var rows []psutil.Connection
	for _, c := range conns {
		if pid < 0 || c.PID == pid {
			c.RecvQ, c.SendQ, c.CgroupID, c.PeerInode, c.PeerPID = 0, 0, 0, 0, 0
			rows = append(rows, c)
		}
	}
	return rows
}

// diffRows says which rows are in one list only.
func diffRows(got, want []psutil.Connection) string {
	var b strings.Builder
	for _, c := range got {
		if !slices.Contains(want, c) {
			fmt.Fprintf(&b, "only psutil has  %+v\n", c)
		}
	}
	for _, c := range want {
		if !slices.Contains(got, c) {
			fmt.Fprintf(&b, "psutil lacks     %+v\n", c)
		}
	}
	if len(got) != len(want) {
		fmt.Fprintf(&b, "%d rows, want %d\n", len(got), len(want))
	}
	return b.String()
}

// checkOwn compares the connections of this process with what system calls
// say, again while states are changing.
func checkOwn(t testing.TB, known known) {
	t.Helper()
	var diff string
	for range 20 {
		before := ownSockets(t, known)
		conns, err := psutil.NetConnections(psutil.KindAll)
		must(t, err)
		if diff = diffRows(withoutQueues(conns, os.Getpid()), before); diff == "" {
			return
		}
	}
	t.Error(diff)
}

// orphan is a socket that belongs to no file.
type orphan struct {
	local, remote netip.AddrPort
	state         psutil.ConnState
}

// checkOrphans looks for sockets that have no owner and no inode.
func checkOrphans(t testing.TB, want []orphan) {
	t.Helper()
	conns, err := psutil.NetConnections(psutil.KindTCP)
	must(t, err)
	for _, o := range want {
		i := slices.IndexFunc(conns, func(c psutil.Connection) bool {
			return c.Local == o.local && c.Remote == o.remote && c.Status == o.state
		})
		if i < 0 {
			t.Errorf("no %v -> %v %v", o.local, o.remote, o.state)
		} else if c := conns[i]; c.PID != -1 || c.FD != -1 || c.Inode != 0 {
			t.Errorf("owned: %+v", c)
		}
	}
}

// tcpStates makes a connection in each state. It also returns those without a
// file.
func tcpStates(t testing.TB, domain int) (known, []orphan) {
	var orphans []orphan
	l := listener(t, domain, 64)
	pair := func() (client, server int) { return dial(t, domain, l), accept(t, l) }
	shut := func(fd int) { t.Helper(); must(t, unix.Shutdown(fd, unix.SHUT_WR)) }

	pair() // ESTABLISHED twice

	client, _ := pair() // FIN_WAIT2, CLOSE_WAIT
	shut(client)

	client, _ = pair() // FIN_WAIT1: what was written before can't be delivered
	fill(t, client)
	shut(client)

	client, server := pair() // CLOSING, FIN_WAIT2
	fill(t, client)
	shut(client)
	shut(server)

	client, server = pair() // LAST_ACK, FIN_WAIT2
	shut(server)
	fill(t, client)
	shut(client)

	client, server = pair() // TIME_WAIT
	orphans = append(orphans, orphan{localAddr(t, client), localAddr(t, server), psutil.ConnTimeWait})
	must(t, unix.Shutdown(client, unix.SHUT_RDWR))
	must(t, unix.Shutdown(server, unix.SHUT_RDWR))
	// These descriptors are not in use again before the test's end.
	must(t, unix.Dup3(l, client, unix.O_CLOEXEC))
	must(t, unix.Dup3(l, server, unix.O_CLOEXEC))

	lazy := listener(t, domain, 64) // SYN_RECV: half open until data comes
	must(t, unix.SetsockoptInt(lazy, unix.IPPROTO_TCP, unix.TCP_DEFER_ACCEPT, 30))
	client = dial(t, domain, lazy)
	orphans = append(orphans, orphan{localAddr(t, lazy), localAddr(t, client), psutil.ConnSynRecv})

	// A queue for one holds one connection not yet accepted, and answers no
	// other: ESTABLISHED without a file, and SYN_SENT.
	full := listener(t, domain, 0)
	client = dial(t, domain, full)
	orphans = append(orphans, orphan{localAddr(t, full), localAddr(t, client), psutil.ConnEstablished})
	waiting := socket(t, domain, unix.SOCK_STREAM|unix.SOCK_NONBLOCK)
	at, err := unix.Getsockname(full)
	must(t, err)
	if err := unix.Connect(waiting, at); err != unix.EINPROGRESS {
		t.Fatalf("connecting to a full queue: %v", err)
	}
	return known{remote: map[int]netip.AddrPort{waiting: addrPort(t, at)}}, orphans
}

func TestConnectionsTCP(t *testing.T) {
	for name, domain := range map[string]int{"IPv4": unix.AF_INET, "IPv6": unix.AF_INET6} {
		t.Run(name, func(t *testing.T) {
			known, orphans := tcpStates(t, domain)
			want := []psutil.ConnState{
				psutil.ConnListen, psutil.ConnEstablished, psutil.ConnFinWait1, psutil.ConnFinWait2, psutil.ConnCloseWait,
				psutil.ConnClosing, psutil.ConnLastAck, psutil.ConnSynSent,
			}
			for _, c := range ownSockets(t, known) {
				want = slices.DeleteFunc(want, func(s psutil.ConnState) bool { return s == c.Status })
			}
			if len(want) > 0 {
				t.Errorf("no socket in state %v", want)
			}
			checkOwn(t, known)
			checkOrphans(t, orphans)
		})
	}
}

func TestConnectionsDualStack(t *testing.T) {
	l := socket(t, unix.AF_INET6, unix.SOCK_STREAM)
	must(t, unix.SetsockoptInt(l, unix.IPPROTO_IPV6, unix.IPV6_V6ONLY, 0))
	must(t, unix.Bind(l, &unix.SockaddrInet6{}))
	must(t, unix.Listen(l, 1))
	c := socket(t, unix.AF_INET, unix.SOCK_STREAM)
	must(t, unix.Connect(c, loopback(unix.AF_INET, int(localAddr(t, l).Port()))))
	s := accept(t, l)
	checkOwn(t, known{})

	conns, err := psutil.NetConnections(psutil.KindTCP6)
	must(t, err)
	mapped := netip.MustParseAddr("::ffff:127.0.0.1")
	for _, row := range conns {
		if row.FD == s && row.PID == os.Getpid() {
			if row.Local.Addr() != mapped || row.Remote.Addr() != mapped || row.Remote.Port() != localAddr(t, c).Port() {
				t.Errorf("accepted %v", row)
			}
			return
		}
	}
	t.Error("the accepted socket is not there")
}

func TestConnectionsReusePort(t *testing.T) {
	port := 0
	var fds [2]int
	for i := range fds {
		fds[i] = socket(t, unix.AF_INET, unix.SOCK_STREAM)
		must(t, unix.SetsockoptInt(fds[i], unix.SOL_SOCKET, unix.SO_REUSEPORT, 1))
		must(t, unix.Bind(fds[i], loopback(unix.AF_INET, port)))
		must(t, unix.Listen(fds[i], 1))
		port = int(localAddr(t, fds[i]).Port())
	}
	checkOwn(t, known{})
	conns, err := psutil.NetConnections(psutil.KindTCP4)
	must(t, err)
	inodes := map[uint64]int{}
	for _, c := range conns {
		if c.Local == localAddr(t, fds[0]) && c.Status == psutil.ConnListen {
			inodes[c.Inode]++
		}
	}
	if len(inodes) != 2 {
		t.Errorf("two listeners on one port have inodes %v", inodes)
	}
}

// TestConnectionsShared has a socket that this process holds twice and its
// child once.
func TestConnectionsShared(t *testing.T) {
	fd := listener(t, unix.AF_INET, 1)
	twin, err := unix.FcntlInt(uintptr(fd), unix.F_DUPFD_CLOEXEC, 200)
	must(t, err)
	t.Cleanup(func() { unix.Close(twin) })
	extra, err := unix.FcntlInt(uintptr(fd), unix.F_DUPFD_CLOEXEC, 300)
	must(t, err)
	file := os.NewFile(uintptr(extra), "listener")
	cmd := exec.Command("sleep", "100")
	cmd.ExtraFiles = []*os.File{file} // 3 in the child
	must(t, cmd.Start())
	t.Cleanup(func() {
		_ = cmd.Process.Kill()
		_ = cmd.Wait()
	})
	must(t, file.Close())
	checkOwn(t, known{})

	conns, err := psutil.NetConnections(psutil.KindTCP4)
	must(t, err)
	type owner struct{ pid, fd int }
	var owners []owner
	for _, c := range conns {
		if c.Local == localAddr(t, fd) {
			owners = append(owners, owner{c.PID, c.FD})
			if c.Inode == 0 || c.UID != int64(os.Getuid()) || c.Status != psutil.ConnListen {
				t.Errorf("%+v", c)
			}
		}
	}
	want := []owner{{os.Getpid(), fd}, {os.Getpid(), twin}, {cmd.Process.Pid, 3}}
	slices.SortFunc(owners, func(a, b owner) int { return cmp.Or(b.fd-a.fd, a.pid-b.pid) })
	slices.SortFunc(want, func(a, b owner) int { return cmp.Or(b.fd-a.fd, a.pid-b.pid) })
	if !slices.Equal(owners, want) {
		t.Errorf("owners %v, want %v", owners, want)
	}
}

func TestConnectionsUDP(t *testing.T) {
	socket(t, unix.AF_INET, unix.SOCK_DGRAM) // bound to nothing: no row
	for _, domain := range []int{unix.AF_INET, unix.AF_INET6} {
		bound := socket(t, domain, unix.SOCK_DGRAM)
		must(t, unix.Bind(bound, loopback(domain, 0)))
		connected := socket(t, domain, unix.SOCK_DGRAM)
		at, err := unix.Getsockname(bound)
		must(t, err)
		must(t, unix.Connect(connected, at))
	}
	every := socket(t, unix.AF_INET6, unix.SOCK_DGRAM)
	must(t, unix.Bind(every, &unix.SockaddrInet6{}))
	if rows := ownSockets(t, known{}); len(rows) < 5 {
		t.Errorf("%d sockets", len(rows))
	}
	checkOwn(t, known{})
}

// TestConnectionsQueues has five bytes that were not read, in TCP and UDP.
func TestConnectionsQueues(t *testing.T) {
	l := listener(t, unix.AF_INET, 8)
	client, server := dial(t, unix.AF_INET, l), accept(t, l)
	_, err := unix.Write(client, []byte("hello"))
	must(t, err)
	dial(t, unix.AF_INET, l) // not accepted
	dial(t, unix.AF_INET, l)
	datagrams := socket(t, unix.AF_INET, unix.SOCK_DGRAM)
	must(t, unix.Bind(datagrams, loopback(unix.AF_INET, 0)))
	at, err := unix.Getsockname(datagrams)
	must(t, err)
	must(t, unix.Sendto(client, nil, 0, nil))
	sender := socket(t, unix.AF_INET, unix.SOCK_DGRAM)
	must(t, unix.Sendto(sender, []byte("hello"), 0, at))

	full := listener(t, unix.AF_INET, 1)
	stuck := dial(t, unix.AF_INET, full)
	accept(t, full)
	fill(t, stuck)

	unsent := func() uint32 {
		n, err := unix.IoctlGetInt(stuck, unix.SIOCOUTQ)
		must(t, err)
		return uint32(n)
	}
	most := unsent()
	conns, err := psutil.NetConnections(psutil.KindINET4)
	must(t, err)
	least := unsent()
	byFD := map[int]psutil.Connection{}
	for _, c := range conns {
		if c.PID == os.Getpid() {
			byFD[c.FD] = c
		}
	}
	if q := byFD[server].RecvQ; q != 5 {
		t.Errorf("receive queue %d, want 5", q)
	}
	if q := byFD[client].RecvQ; q != 0 {
		t.Errorf("receive queue of the sender %d", q)
	}
	if q := byFD[l].RecvQ; q != 2 {
		t.Errorf("%d connections not accepted, want 2", q)
	}
	if q := byFD[datagrams].RecvQ; q < 5 { // what the datagram occupies, not its length
		t.Errorf("receive queue of datagrams %d", q)
	}
	if q := byFD[stuck].SendQ; q < least || q > most || q == 0 {
		t.Errorf("send queue %d, want %d to %d", q, least, most)
	}
}

// unixSockets makes a Unix socket of each kind, with odd names if asked.
func unixSockets(t testing.TB, dir string, odd bool) known {
	t.Helper()
	paths := map[int]string{}
	types := []int{unix.SOCK_STREAM, unix.SOCK_DGRAM, unix.SOCK_SEQPACKET}
	for _, typ := range types {
		pair, err := unix.Socketpair(unix.AF_UNIX, typ|unix.SOCK_CLOEXEC, 0)
		must(t, err)
		t.Cleanup(func() { unix.Close(pair[0]); unix.Close(pair[1]) })

		socket(t, unix.AF_UNIX, typ) // without a name

		names := []string{fmt.Sprintf("%s/s%d", dir, typ), fmt.Sprintf("\x00psutil-%d-%d", os.Getpid(), typ)}
		if odd {
			for _, name := range []string{" blank", "two\nlines", "end\n", "\n\n", "tab\t\xff\x1b", "@at", ": 00000002", "ffff: 2 3\nffff: 00000002 00000000 00010000 0001 01"} {
				names = append(names, fmt.Sprintf("%s/%d%s", dir, typ, name))
			}
			names = append(names, fmt.Sprintf("\x00 psutil-%d-%d\x00\n\x00x", os.Getpid(), typ))
		}
		for _, name := range names {
			bound := socket(t, unix.AF_UNIX, typ)
			sa := &unix.SockaddrUnix{Name: name}
			if name[0] == 0 {
				sa.Name = "@" + name[1:] // what package unix calls an abstract name
			}
			must(t, unix.Bind(bound, sa))
			paths[bound] = name
			other := socket(t, unix.AF_UNIX, typ)
			if typ == unix.SOCK_DGRAM {
				must(t, unix.Connect(other, sa))
				continue
			}
			must(t, unix.Listen(bound, 1))
			must(t, unix.Connect(other, sa))
			paths[accept(t, bound)] = name
		}
	}
	return known{path: paths}
}

func TestConnectionsUnix(t *testing.T) {
	dir, err := os.MkdirTemp("", "psutil") // a socket's path has 108 bytes at most
	must(t, err)
	t.Cleanup(func() { os.RemoveAll(dir) })
	known := unixSockets(t, dir, true)
	// A relative path that begins with a newline.
	t.Chdir(dir)
	first := socket(t, unix.AF_UNIX, unix.SOCK_STREAM)
	must(t, unix.Bind(first, &unix.SockaddrUnix{Name: "\nfirst"}))
	known.path[first] = "\nfirst"
	checkOwn(t, known)
}

func TestConnectionsKinds(t *testing.T) {
	for _, domain := range []int{unix.AF_INET, unix.AF_INET6} {
		l := listener(t, domain, 1)
		dial(t, domain, l)
		u := socket(t, domain, unix.SOCK_DGRAM)
		must(t, unix.Bind(u, loopback(domain, 0)))
	}
	socket(t, unix.AF_UNIX, unix.SOCK_DGRAM)
	own := ownSockets(t, known{})
	is := func(c psutil.Connection, family psutil.Family, typ psutil.SocketType) bool {
		return c.Family == family && c.Type == typ
	}
	tests := []struct {
		kind psutil.ConnKind
		has  func(c psutil.Connection) bool
	}{
		{psutil.KindAll, func(psutil.Connection) bool { return true }},
		{psutil.KindINET, func(c psutil.Connection) bool { return c.Family != psutil.FamilyUnix }},
		{psutil.KindINET4, func(c psutil.Connection) bool { return c.Family == psutil.FamilyINET }},
		{psutil.KindINET6, func(c psutil.Connection) bool { return c.Family == psutil.FamilyINET6 }},
		{psutil.KindTCP, func(c psutil.Connection) bool { return c.Status != psutil.ConnNone }},
		{psutil.KindTCP4, func(c psutil.Connection) bool { return is(c, psutil.FamilyINET, psutil.SocketStream) }},
		{psutil.KindTCP6, func(c psutil.Connection) bool { return is(c, psutil.FamilyINET6, psutil.SocketStream) }},
		{psutil.KindUDP, func(c psutil.Connection) bool {
			return c.Family != psutil.FamilyUnix && c.Type == psutil.SocketDgram
		}},
		{psutil.KindUDP4, func(c psutil.Connection) bool { return is(c, psutil.FamilyINET, psutil.SocketDgram) }},
		{psutil.KindUDP6, func(c psutil.Connection) bool { return is(c, psutil.FamilyINET6, psutil.SocketDgram) }},
		{psutil.KindUnix, func(c psutil.Connection) bool { return c.Family == psutil.FamilyUnix }},
		{psutil.KindUnix | psutil.KindUDP4, func(c psutil.Connection) bool {
			return c.Family == psutil.FamilyUnix || is(c, psutil.FamilyINET, psutil.SocketDgram)
		}},
	}
	for _, tt := range tests {
		t.Run(tt.kind.String(), func(t *testing.T) {
			var want []psutil.Connection
			for _, c := range own {
				if tt.has(c) {
					want = append(want, c)
				}
			}
			conns, err := psutil.NetConnections(tt.kind)
			must(t, err)
			if diff := diffRows(withoutQueues(conns, os.Getpid()), want); diff != "" {
				t.Error(diff)
			}
			if len(want) == 0 || (tt.kind != psutil.KindAll && len(want) == len(own)) {
				t.Errorf("%d of %d sockets are of this kind", len(want), len(own))
			}
			for _, c := range conns {
				if !tt.has(c) {
					t.Errorf("%v is not of this kind", c)
				}
			}
		})
	}
	if conns, err := psutil.NetConnections(0); !errors.Is(err, psutil.ErrInvalid) || conns != nil {
		t.Errorf("no kind: %v, %v", conns, err)
	}
}

func TestConnectionsSorted(t *testing.T) {
	for range 5 {
		l := listener(t, unix.AF_INET, 1)
		dial(t, unix.AF_INET, l)
	}
	conns, err := psutil.NetConnections(psutil.KindAll)
	must(t, err)
	if !slices.IsSortedFunc(conns, func(a, b psutil.Connection) int {
		return cmp.Or(cmp.Compare(a.Family, b.Family), cmp.Compare(a.Type, b.Type), a.Local.Compare(b.Local))
	}) {
		t.Error("not sorted by family, type and local address")
	}
}

func TestConnectionsMany(t *testing.T) {
	const n = 250 // of each
	l := listener(t, unix.AF_INET, n)
	for range n {
		dial(t, unix.AF_INET, l)
		u := socket(t, unix.AF_INET6, unix.SOCK_DGRAM)
		must(t, unix.Bind(u, loopback(unix.AF_INET6, 0)))
	}
	if rows := ownSockets(t, known{}); len(rows) < 2*n {
		t.Errorf("%d sockets", len(rows))
	}
	checkOwn(t, known{})
}

// TestConnectionsStay keeps connections while the room that they were made in serves
// other calls, also within a loop.
func TestConnectionsStay(t *testing.T) {
	unixSockets(t, t.TempDir(), false)
	l := listener(t, unix.AF_INET, 1)
	client := dial(t, unix.AF_INET, l)
	transfer(t, client, accept(t, l), 1000)
	port := localAddr(t, l).Port()
	others := func() {
		t.Helper()
		for _, opt := range []psutil.ConnOption{psutil.WithLocalPort(port), psutil.WithRemotePort(port)} {
			for _, kind := range []psutil.ConnKind{psutil.KindTCP, psutil.KindINET} {
				_, err := psutil.NetConnections(kind, psutil.WithTCPInfo(), opt)
				must(t, err)
			}
		}
	}
	conns, err := psutil.NetConnections(psutil.KindAll, psutil.WithTCPInfo())
	must(t, err)
	before, err := json.Marshal(conns)
	must(t, err)
	others()
	after, err := json.Marshal(conns)
	must(t, err)
	if !bytes.Equal(before, after) {
		t.Errorf("connections were\n%s\nand are\n%s", before, after)
	}
	var rows []psutil.Connection
	for c, err := range psutil.NetConnectionsSeq(psutil.KindAll) {
		must(t, err)
		if c.PID == os.Getpid() {
			others()
			rows = append(rows, *c)
		}
	}
	conns, err = psutil.NetConnections(psutil.KindAll)
	must(t, err)
	got, want := withoutQueues(rows, os.Getpid()), withoutQueues(conns, os.Getpid())
	if diff := diffRows(got, want); len(want) == 0 || diff != "" {
		t.Errorf("%d connections of this process: %s", len(want), diff)
	}
}

// TestConnectionsOfAnotherUser looks, as nobody, at a socket of root and at
// one of its own.
func TestConnectionsOfAnotherUser(t *testing.T) {
	const inodeEnv = "PSUTIL_TEST_INODE"
	if !isRerun(t) {
		fd := listener(t, unix.AF_INET, 1)
		var st unix.Stat_t
		must(t, unix.Fstat(fd, &st))
		rerun(t, func(cmd *exec.Cmd) {
			cmd.SysProcAttr.Credential = nobodyCredential()
			cmd.Env = append(cmd.Env, inodeEnv+"="+strconv.FormatUint(st.Ino, 10))
		})
		return
	}
	fd := listener(t, unix.AF_INET, 1)
	checkOwn(t, known{})
	conns, err := psutil.NetConnections(psutil.KindTCP4)
	must(t, err)
	theirs, err := strconv.ParseUint(os.Getenv(inodeEnv), 10, 64)
	must(t, err)
	found := 0
	for _, c := range conns {
		switch {
		case c.Inode == theirs:
			found++
			if c.PID != -1 || c.FD != -1 || c.UID != 0 || c.Status != psutil.ConnListen || !c.Local.IsValid() {
				t.Errorf("root's socket: %+v", c)
			}
		case c.FD == fd && c.PID == os.Getpid():
			found++
			if c.UID != nobody || c.Inode == 0 {
				t.Errorf("own socket: %+v", c)
			}
		}
	}
	if found != 2 {
		t.Errorf("%d of 2 sockets found", found)
	}
}

// TestConnectionsDifferential compares every socket of a network of its own
// with what ss, psutil, lsof and netstat say.
func TestConnectionsDifferential(t *testing.T) {
	needTool(t, "ip")
	needTool(t, "ss")
	needTool(t, "lsof")
	needTool(t, "netstat")
	if !isRerun(t) {
		rerun(t, newNet)
		return
	}
	output(t, "ip", "link", "set", "lo", "up")
	dir, err := os.MkdirTemp("", "psutil")
	must(t, err)
	t.Cleanup(func() { os.RemoveAll(dir) })
	tcpStates(t, unix.AF_INET)
	tcpStates(t, unix.AF_INET6)
	for _, domain := range []int{unix.AF_INET, unix.AF_INET6} {
		u := socket(t, domain, unix.SOCK_DGRAM)
		must(t, unix.Bind(u, loopback(domain, 0)))
		at, err := unix.Getsockname(u)
		must(t, err)
		must(t, unix.Connect(socket(t, domain, unix.SOCK_DGRAM), at))
	}
	both := socket(t, unix.AF_INET6, unix.SOCK_STREAM)
	must(t, unix.Bind(both, &unix.SockaddrInet6{}))
	must(t, unix.Listen(both, 7))
	four := socket(t, unix.AF_INET, unix.SOCK_STREAM)
	must(t, unix.Connect(four, loopback(unix.AF_INET, int(localAddr(t, both).Port()))))
	accept(t, both)
	unixSockets(t, dir, false)

	// What was made must all be there before lists are compared.
	t.Run("SS", compareWithSS)
	t.Run("Psutil", compareWithPsutil)
	t.Run("Lsof", compareWithLsof)
	t.Run("Netstat", compareWithNetstat)
}

// ssRow is what a line of ss says that psutil does too.
type ssRow struct {
	netid, state  string
	local, remote string
	inode         string // of Unix sockets
	recvQ, sendQ  uint64
	users         string // "pid,fd pid,fd"
}

var (
	ssLine  = regexp.MustCompile(`^(\S+)\s+(\S+)\s+(\d+)\s+(\d+)\s+(.*?)\s*(?:users:\((.*)\))?\s*$`)
	ssUsers = regexp.MustCompile(`\("[^"]*",pid=(\d+),fd=(\d+)\)`)
)

func parseSS(t *testing.T, out string) (rows []ssRow) {
	t.Helper()
	for line := range strings.Lines(out) {
		m := ssLine.FindStringSubmatch(strings.TrimSuffix(line, "\n"))
		if m == nil {
			t.Fatalf("ss printed %q", line)
		}
		r := ssRow{netid: m[1], state: m[2]}
		r.recvQ, _ = strconv.ParseUint(m[3], 10, 64)
		r.sendQ, _ = strconv.ParseUint(m[4], 10, 64)
		ends := strings.Fields(m[5])
		switch {
		case strings.HasPrefix(r.netid, "u_") && len(ends) == 4: // path inode * peer
			r.local, r.inode = ends[0], ends[1]
		case !strings.HasPrefix(r.netid, "u_") && len(ends) == 2:
			r.local, r.remote = ends[0], ends[1]
		default:
			t.Fatalf("ss printed %q", line)
		}
		var users []string
		for _, u := range ssUsers.FindAllStringSubmatch(m[6], -1) {
			users = append(users, u[1]+","+u[2])
		}
		slices.Sort(users)
		r.users = strings.Join(users, " ")
		rows = append(rows, r)
	}
	return rows
}

// asSS puts psutil's rows, one for each owner, in the form of ss's.
func asSS(conns []psutil.Connection) (rows []ssRow) {
	states := map[psutil.ConnState]string{
		psutil.ConnEstablished: "ESTAB", psutil.ConnSynSent: "SYN-SENT", psutil.ConnSynRecv: "SYN-RECV",
		psutil.ConnFinWait1: "FIN-WAIT-1", psutil.ConnFinWait2: "FIN-WAIT-2", psutil.ConnTimeWait: "TIME-WAIT",
		psutil.ConnCloseWait: "CLOSE-WAIT", psutil.ConnLastAck: "LAST-ACK", psutil.ConnListen: "LISTEN", psutil.ConnClosing: "CLOSING",
	}
	end := func(a netip.AddrPort, family psutil.Family) string {
		switch {
		case !a.IsValid() && family == psutil.FamilyINET:
			return "0.0.0.0:*"
		case !a.IsValid():
			return "[::]:*"
		}
		return a.String()
	}
	type key struct {
		inode         uint64
		local, remote netip.AddrPort
		path          string
	}
	at := map[key]int{}
	for _, c := range conns {
		r := ssRow{netid: strings.TrimSuffix(c.Protocol(), "6"), state: states[c.Status], recvQ: uint64(c.RecvQ), sendQ: uint64(c.SendQ)}
		switch {
		case c.Family == psutil.FamilyUnix:
			r.netid = map[psutil.SocketType]string{psutil.SocketStream: "u_str", psutil.SocketDgram: "u_dgr", psutil.SocketSeqpacket: "u_seq"}[c.Type]
			r.local, r.inode = cmp.Or(c.LocalPath, "*"), strconv.FormatUint(c.Inode, 10)
			if r.state = ""; c.Listening {
				r.state = "LISTEN"
			}
		default:
			r.local, r.remote = end(c.Local, c.Family), end(c.Remote, c.Family)
			if c.Status == psutil.ConnNone {
				r.state = "UNCONN"
				if c.Remote.IsValid() {
					r.state = "ESTAB"
				}
			}
		}
		k := key{c.Inode, c.Local, c.Remote, c.LocalPath}
		i, ok := at[k]
		if !ok {
			i = len(rows)
			at[k] = i
			rows = append(rows, r)
		}
		if c.PID >= 0 {
			users := append(strings.Fields(rows[i].users), fmt.Sprintf("%d,%d", c.PID, c.FD))
			slices.Sort(users)
			rows[i].users = strings.Join(users, " ")
		}
	}
	return rows
}

func compareWithSS(t *testing.T) {
	var diff strings.Builder
	for range 10 {
		diff.Reset()
		conns, err := psutil.NetConnections(psutil.KindAll)
		must(t, err)
		got, want := asSS(conns), parseSS(t, output(t, "ss", "-tunaxpHO"))
		for i, w := range want {
			if strings.HasPrefix(w.netid, "u_") && w.state != "LISTEN" {
				want[i].state = "" // psutil has none for Unix sockets
			}
			// An IPv6 socket that takes IPv4 too listens at "*".
			want[i].local = strings.Replace(w.local, "*:", "[::]:", 1)
			if w.remote == "*:*" {
				want[i].remote = "[::]:*"
			}
		}
		for _, r := range got {
			if !slices.Contains(want, r) {
				fmt.Fprintf(&diff, "only psutil has %+v\n", r)
			}
		}
		for _, r := range want {
			// Not accepted yet: it has no inode in /proc/net/unix.
			if r.netid != "" && !slices.Contains(got, r) {
				fmt.Fprintf(&diff, "only ss has     %+v\n", r)
			}
		}
		if len(got) != len(want) {
			fmt.Fprintf(&diff, "%d rows, ss has %d\n", len(got), len(want))
		}
		if diff.Len() == 0 && len(want) > 50 {
			return
		}
	}
	t.Error(diff.String())
}

// compareWithPsutil compares every row with psutil's net_connections("all").
func compareWithPsutil(t *testing.T) {
	type sconn struct {
		FD     int
		Family int
		Type   int
		Local  string
		Remote string
		Status string
		PID    int
	}
	var diff strings.Builder
	for range 5 {
		diff.Reset()
		var want []sconn
		pythonPsutil(t, `
def end(a):
    if not a: return ""
    if isinstance(a, str): return a
    return ("[%s]:%d" if ":" in a.ip else "%s:%d") % (a.ip, a.port)
print(json.dumps([dict(FD=c.fd, Family=int(c.family), Type=int(c.type), Local=end(c.laddr), Remote=end(c.raddr),
    Status=c.status, PID=-1 if c.pid is None else c.pid) for c in psutil.net_connections("all")]))`, &want)
		conns, err := psutil.NetConnections(psutil.KindAll)
		must(t, err)
		var got []sconn
		for _, c := range conns {
			s := sconn{FD: c.FD, Status: c.Status.String(), PID: c.PID, Local: c.LocalPath}
			s.Family = map[psutil.Family]int{psutil.FamilyUnix: unix.AF_UNIX, psutil.FamilyINET: unix.AF_INET, psutil.FamilyINET6: unix.AF_INET6}[c.Family]
			s.Type = map[psutil.SocketType]int{psutil.SocketStream: unix.SOCK_STREAM, psutil.SocketDgram: unix.SOCK_DGRAM, psutil.SocketSeqpacket: unix.SOCK_SEQPACKET}[c.Type]
			if c.Local.IsValid() {
				s.Local = c.Local.String()
			}
			if c.Remote.IsValid() {
				s.Remote = c.Remote.String()
			}
			if !slices.Contains(got, s) { // psutil's is a set
				got = append(got, s)
			}
		}
		for _, r := range got {
			// Of the owners of one Internet socket psutil names the first.
			if !slices.ContainsFunc(want, func(w sconn) bool {
				if r.Family != unix.AF_UNIX {
					w.FD, w.PID = r.FD, r.PID
				}
				return w == r
			}) {
				fmt.Fprintf(&diff, "only Go has     %+v\n", r)
			}
		}
		for _, r := range want {
			if !slices.Contains(got, r) {
				fmt.Fprintf(&diff, "only Python has %+v\n", r)
			}
		}
		if diff.Len() == 0 && len(want) > 50 {
			return
		}
	}
	t.Error(diff.String())
}

const connTree = `
-- proc/1/net/tcp --
  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode
   0: 0100007F:1F90 00000000:0000 0A 00000000:00000003 00:00000000 00000000  1000        0 100 1 0000000000000000 100 0 0 10 0
   1: 0200A8C0:D431 08080808:01BB 01 0000002A:00000400 01:00000019 00000001    33        0 101 4 0000000000000000 22 4 30 10 -1
   2: nonsense
   3: 0200A8C0:D432 08080808:01BB 06 00000000:00000000 03:00000EF2 00000000     0        0 0 3 0000000000000000
   4: 0200A8C0:D433 08080808:01BB 0C 00000000:00000000 03:00000EF2 00000000     0        0 0 3 0000000000000000
   5: 0200A8C0:D434 08080808:01BB 63 00000000:00000000 03:00000EF2 00000000     0        0 102 3 0000000000000000
-- proc/1/net/udp --
   sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode ref pointer drops
 2147: 3500007F:0035 00000000:0000 07 00000000:00000300 00:00000000 00000000   101        0 103 2 0000000000000000 17
-- proc/1/net/unix --
Num       RefCount Protocol Flags    Type St Inode Path
ffff9c1f01e6a800: 00000002 00000000 00010000 0001 01   104 /run/a
b
nonsense
ffff9c1f01e6a800: 00000002 00000000 00000000 0005 01   105 @abstract
ffff9c1f01e6a800: 00000002 00000000 00000000 0009 01   106
-- proc/1/fd (dir) --
-- proc/20/fd/3 --
-> socket:[100]
-- proc/20/fd/4 --
-> socket:[104]
-- proc/21/fd/3 --
-> socket:[100]
-- proc/21/fd/5 --
-> /dev/null
-- proc/21/fd/6 --
-> socket:[999]
-- proc/22/fd (mode 000) --
-- proc/self/net/tcp --
wrong: this is another process's
`

// TestConnectionsReplay reads another machine's tables.
func TestConnectionsReplay(t *testing.T) {
	archive := strings.Replace(connTree, "-- proc/22/fd (mode 000) --\n", "", 1)
	root := fixture.Tree(t, []byte(archive))
	s, err := psutil.New(psutil.WithRoot(root))
	must(t, err)
	ap := netip.MustParseAddrPort
	local := ap("192.168.0.2:54321").Addr()
	at := func(port uint16) netip.AddrPort { return netip.AddrPortFrom(local, port) }
	remote := ap("8.8.8.8:443")
	want := []psutil.Connection{
		{FD: 4, PID: 20, Family: psutil.FamilyUnix, Type: psutil.SocketStream, LocalPath: "/run/a\nb\nnonsense", Listening: true, UID: -1, Inode: 104, Missing: "raddr,recv_q,send_q"},
		{FD: -1, PID: -1, Family: psutil.FamilyUnix, Type: psutil.SocketSeqpacket, LocalPath: "@abstract", UID: -1, Inode: 105, Missing: "raddr,recv_q,send_q"},
		{FD: -1, PID: -1, Family: psutil.FamilyUnix, Type: psutil.SocketUnknown, UID: -1, Inode: 106, Missing: "raddr,recv_q,send_q"},
		{FD: 3, PID: 20, Family: psutil.FamilyINET, Type: psutil.SocketStream, Local: ap("127.0.0.1:8080"), Status: psutil.ConnListen, Listening: true, UID: 1000, Inode: 100, RecvQ: 3},
		{FD: 3, PID: 21, Family: psutil.FamilyINET, Type: psutil.SocketStream, Local: ap("127.0.0.1:8080"), Status: psutil.ConnListen, Listening: true, UID: 1000, Inode: 100, RecvQ: 3},
		{FD: -1, PID: -1, Family: psutil.FamilyINET, Type: psutil.SocketStream, Local: at(54321), Remote: remote, Status: psutil.ConnEstablished, UID: 33, Inode: 101, RecvQ: 1024, SendQ: 42},
		{FD: -1, PID: -1, Family: psutil.FamilyINET, Type: psutil.SocketStream, Local: at(54322), Remote: remote, Status: psutil.ConnTimeWait, UID: -1},
		{FD: -1, PID: -1, Family: psutil.FamilyINET, Type: psutil.SocketStream, Local: at(54323), Remote: remote, Status: psutil.ConnSynRecv, UID: -1},
		{FD: -1, PID: -1, Family: psutil.FamilyINET, Type: psutil.SocketStream, Local: at(54324), Remote: remote, Status: psutil.ConnNone, Inode: 102},
		{FD: -1, PID: -1, Family: psutil.FamilyINET, Type: psutil.SocketDgram, Local: ap("127.0.0.53:53"), UID: 101, Inode: 103, RecvQ: 768},
	}
	for i := range want {
		want[i].Kind, want[i].PeerPID = kindOf(want[i].Family, want[i].Type), -1
	}
	got, err := s.NetConnections(psutil.KindAll)
	if diff := diffRows(got, want); diff != "" {
		t.Error(diff)
	}
	parse, ok := errors.AsType[*psutil.ParseError](err)
	if !ok || parse.File != root+"/proc/1/net/tcp" || parse.Line != 4 {
		t.Errorf("error %v, want one of line 4 of tcp", err)
	}
	one, oneErr := collect(s.NetConnectionsSeq(psutil.KindAll))
	if !slices.Equal(one, got) || oneErr == nil || oneErr.Error() != err.Error() {
		t.Errorf("one by one: %v\n%s", oneErr, diffRows(one, got))
	}
	if got, err := s.NetConnections(psutil.KindUDP); len(got) != 1 || err != nil {
		t.Errorf("UDP: %v, %v", got, err)
	}
	if got, err := s.NetConnections(psutil.KindTCP6); len(got) != 0 || err != nil {
		t.Errorf("TCP without IPv6: %v, %v", got, err)
	}
}

// TestConnectionsTableUnreadable has a table that is not a file: the others
// are returned beside the error.
func TestConnectionsTableUnreadable(t *testing.T) {
	root := fixture.Tree(t, []byte(`
-- proc/1/net/tcp (dir) --
-- proc/1/net/udp --
   sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode ref pointer drops
 2147: 3500007F:0035 00000000:0000 07 00000000:00000300 00:00000000 00000000   101        0 103 2 0000000000000000 17
`))
	s, err := psutil.New(psutil.WithRoot(root))
	must(t, err)
	got, err := s.NetConnections(psutil.KindINET)
	pathError, ok := errors.AsType[*fs.PathError](err)
	if !ok || pathError.Path != root+"/proc/1/net/tcp" {
		t.Errorf("error %v, want one of tcp", err)
	}
	if len(got) != 1 || got[0].Local != netip.MustParseAddrPort("127.0.0.53:53") {
		t.Errorf("beside it: %v", got)
	}
}

func TestConnectionsJSON(t *testing.T) {
	l := listener(t, unix.AF_INET, 1)
	conns, err := psutil.NetConnections(psutil.KindTCP4)
	must(t, err)
	b, err := json.Marshal(conns)
	must(t, err)
	var back []struct {
		FD     *int
		Status string
		PID    *int
		Laddr  *struct {
			IP   string
			Port uint16
		}
	}
	must(t, json.Unmarshal(b, &back))
	if len(back) != len(conns) {
		t.Fatalf("%d rows of %d", len(back), len(conns))
	}
	for _, c := range back {
		if c.PID != nil && *c.PID == os.Getpid() && c.FD != nil && *c.FD == l {
			if c.Status != "LISTEN" || c.Laddr == nil || c.Laddr.IP != "127.0.0.1" || c.Laddr.Port != localAddr(t, l).Port() {
				t.Errorf("%+v", c)
			}
			return
		}
	}
	t.Error("own listener is not there")
}

// TestOwnersFail: what can't be read of a process that is there is told, beside the
// sockets.
func TestOwnersFail(t *testing.T) {
	root := fixture.Tree(t, []byte("-- proc/1/stat --\n1 (init) S 0 1 1 0 -1 4194560 0 0 0 0 0 0 0 0 20 0 1 0 5 0 0\n-- proc/1/fd --\n"+
		"-- proc/1/net/tcp --\n  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode\n"+
		"   0: 0100007F:0016 00000000:0000 0A 00000000:00000000 00:00000000 00000000     0        0 7\n"))
	sys, err := psutil.New(psutil.WithRoot(root))
	must(t, err)
	conns, err := sys.NetConnections(psutil.KindTCP4)
	failed, ok := errors.AsType[*psutil.ProcessError](err)
	if len(conns) != 1 || conns[0].PID != -1 || !ok || failed.PID != 1 || !errors.Is(err, syscall.ENOTDIR) {
		t.Errorf("%v, %v", conns, err)
	}
}
