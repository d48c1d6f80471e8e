package psutil_test

import (
	"errors"
	"fmt"
	"math"
	"math/bits"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"testing"

	"golang.org/x/sys/unix"

	"github.com/go-psutil/psutil"
)

// ipprotoMPTCP is IPPROTO_MPTCP of linux/in.h.
const ipprotoMPTCP = 262

// multipathSocket makes a socket of multipath TCP.
func multipathSocket(t testing.TB, domain int) int {
	t.Helper()
	fd, err := unix.Socket(domain, unix.SOCK_STREAM|unix.SOCK_CLOEXEC, ipprotoMPTCP)
	if err == unix.EPROTONOSUPPORT || err == unix.ENOPROTOOPT {
		missing(t, "no multipath TCP")
	}
	must(t, err)
	t.Cleanup(func() { unix.Close(fd) })
	return fd
}

// multipathPair makes a listener of multipath TCP and a connection to it.
func multipathPair(t testing.TB, domain int) (l, client, server int) {
	t.Helper()
	l = multipathSocket(t, domain)
	must(t, unix.Bind(l, loopback(domain, 0)))
	must(t, unix.Listen(l, 4))
	client = multipathSocket(t, domain)
	at, err := unix.Getsockname(l)
	must(t, err)
	must(t, unix.Connect(client, at))
	return l, client, accept(t, l)
}

func rawSocket(t testing.TB, domain, protocol int) int {
	t.Helper()
	fd, err := unix.Socket(domain, unix.SOCK_RAW|unix.SOCK_CLOEXEC, protocol)
	must(t, err)
	t.Cleanup(func() { unix.Close(fd) })
	return fd
}

// everySocket makes sockets of every kind and in every state, and returns one
// that is bound and nothing else.
func everySocket(t testing.TB) (bound int) {
	t.Helper()
	output(t, "ip", "link", "set", "lo", "up")
	dir, err := os.MkdirTemp("", "psutil")
	must(t, err)
	t.Cleanup(func() { os.RemoveAll(dir) })
	unixSockets(t, dir, false)
	for _, domain := range []int{unix.AF_INET, unix.AF_INET6} {
		tcpStates(t, domain)
		u := socket(t, domain, unix.SOCK_DGRAM)
		must(t, unix.Bind(u, loopback(domain, 5353)))
		must(t, unix.Connect(socket(t, domain, unix.SOCK_DGRAM), loopback(domain, 5353)))
		multipathPair(t, domain)
		bound = socket(t, domain, unix.SOCK_STREAM)
		must(t, unix.Bind(bound, loopback(domain, 0)))

		// FIN_WAIT2 without a file: the kernel keeps as little of it as of TIME_WAIT.
		l := listener(t, domain, 1)
		client := dial(t, domain, l)
		accept(t, l)
		must(t, unix.Dup3(l, client, unix.O_CLOEXEC))
	}
	rawSocket(t, unix.AF_INET, unix.IPPROTO_ICMP)
	rawSocket(t, unix.AF_INET6, unix.IPPROTO_ICMPV6)
	return bound
}

// A selection is options, and what the test makes of them.
type selection struct {
	states        []psutil.ConnState
	local, remote uint16
}

func (s selection) options() (opts []psutil.ConnOption) {
	if s.states != nil {
		opts = append(opts, psutil.WithStates(s.states...))
	}
	if s.local != 0 {
		opts = append(opts, psutil.WithLocalPort(s.local))
	}
	if s.remote != 0 {
		opts = append(opts, psutil.WithRemotePort(s.remote))
	}
	return opts
}

func (s selection) of(conns []psutil.Connection) []psutil.Connection {
	return slices.DeleteFunc(slices.Clone(conns), func(c psutil.Connection) bool {
		listens := c.Kind == psutil.KindUnix && c.Listening && slices.Contains(s.states, psutil.ConnListen)
		return s.states != nil && !slices.Contains(s.states, c.Status) && !listens ||
			s.local != 0 && c.Local.Port() != s.local || s.remote != 0 && c.Remote.Port() != s.remote
	})
}

// selections are the selections that are to be tried on the connections, many for
// some kinds.
func selections(conns []psutil.Connection, many bool) (list []selection) {
	var states []psutil.ConnState
	for s := psutil.ConnEstablished; s < psutil.ConnBound; s++ {
		states = append(states, s)
		list = append(list, selection{states: []psutil.ConnState{s}})
	}
	list = append(list, selection{states: states})
	// A server, a client and its server, and what nobody has.
	list = append(list, selection{local: 1}, selection{remote: 1}, selection{local: 58}, selection{local: 5353}, selection{remote: 5353})
	seen := map[psutil.ConnState]int{}
	for _, c := range conns {
		if seen[c.Status]++; c.Remote.IsValid() && many && seen[c.Status] <= 3 {
			local, remote := c.Local.Port(), c.Remote.Port()
			list = append(list, selection{local: local}, selection{remote: remote}, selection{local: local, remote: remote},
				selection{local: remote, remote: local}, selection{local: local, remote: local},
				selection{states: []psutil.ConnState{c.Status + 1, psutil.ConnEstablished}, local: local},
				selection{states: []psutil.ConnState{psutil.ConnListen, psutil.ConnTimeWait}, local: remote})
		}
	}
	if many {
		for i, a := range states {
			for _, b := range states[:i] {
				list = append(list, selection{states: []psutil.ConnState{a, b}})
			}
		}
	}
	return list
}

// everyConnKind is all kinds and those combinations that have names.
var everyConnKind = []psutil.ConnKind{
	psutil.KindTCP4, psutil.KindTCP6, psutil.KindUDP4, psutil.KindUDP6, psutil.KindUnix, psutil.KindRaw4, psutil.KindRaw6,
	psutil.KindMPTCP4, psutil.KindMPTCP6, psutil.KindTCP, psutil.KindUDP, psutil.KindINET4, psutil.KindINET6, psutil.KindINET,
	psutil.KindAll, psutil.KindRaw, psutil.KindMPTCP, psutil.KindAll | psutil.KindRaw | psutil.KindMPTCP,
}

// checkSelections holds each selection of each kind against what the test selects
// of all.
func checkSelections(t *testing.T, s *psutil.System, kinds []psutil.ConnKind, opts ...psutil.ConnOption) {
	t.Helper()
	all, err := s.NetConnections(psutil.KindAll, opts...)
	must(t, err)
	for _, kind := range kinds {
		whole, err := s.NetConnections(kind, opts...)
		must(t, err)
		many := kind == psutil.KindAll || kind == psutil.KindTCP6 || kind == everyConnKind[len(everyConnKind)-1]
		for _, sel := range selections(all, many && len(kinds) > 1) {
			matches(t, func() string {
				got, err := s.NetConnections(kind, append(sel.options(), opts...)...)
				must(t, err)
				want := sel.of(whole)
				if slices.Equal(got, want) {
					return ""
				}
				whole, err = s.NetConnections(kind, opts...)
				must(t, err)
				return fmt.Sprintf("%v %+v:\n%s", kind, sel, diffRows(got, want))
			})
			if t.Failed() {
				return
			}
		}
	}
}

func TestConnectionsSelected(t *testing.T) {
	needTool(t, "ip")
	if !isRerun(t) {
		rerun(t, newNet)
		return
	}
	everySocket(t)
	s, err := psutil.New()
	must(t, err)
	all, err := s.NetConnections(psutil.KindAll | psutil.KindRaw | psutil.KindMPTCP)
	must(t, err)
	for state := psutil.ConnEstablished; state <= psutil.ConnClosing; state++ {
		if state != psutil.ConnClose && !slices.ContainsFunc(all, func(c psutil.Connection) bool { return c.Status == state }) {
			t.Errorf("no socket in state %v", state)
		}
	}
	for _, kind := range everyConnKind {
		if !slices.ContainsFunc(all, func(c psutil.Connection) bool { return c.Kind&kind != 0 }) {
			t.Errorf("no socket of kind %v", kind)
		}
	}
	t.Run("Seq", func(t *testing.T) {
		for _, kind := range everyConnKind {
			matches(t, func() string {
				want, err := s.NetConnections(kind)
				must(t, err)
				got, err := collect(s.NetConnectionsSeq(kind))
				must(t, err)
				if slices.Equal(got, want) {
					return ""
				}
				return fmt.Sprintf("%v:\n%s", kind, diffRows(got, want))
			})
		}
		n := 0
		for range s.NetConnectionsSeq(psutil.KindAll) {
			if n++; n == 2 {
				break
			}
		}
		for c, err := range s.NetConnectionsSeq(psutil.KindTCP, psutil.WithStates(psutil.ConnEstablished), psutil.WithTCPInfo()) {
			if err != nil || c.TCP == nil || c.TCP.Cwnd == 0 {
				t.Errorf("%+v, %v", c, err)
			}
		}
	})
	t.Run("WithOwners", func(t *testing.T) {
		checkSelections(t, s, []psutil.ConnKind{psutil.KindAll | psutil.KindRaw | psutil.KindMPTCP})
	})
	t.Run("EveryKind", func(t *testing.T) { checkSelections(t, s, everyConnKind, psutil.WithoutOwners()) })
	t.Run("Process", func(t *testing.T) {
		self, err := psutil.Self()
		must(t, err)
		for _, kind := range everyConnKind {
			whole, err := self.NetConnections(kind)
			must(t, err)
			for _, sel := range selections(nil, false) {
				got, err := self.NetConnections(kind, sel.options()...)
				if want := sel.of(whole); err != nil || !slices.Equal(got, want) {
					t.Errorf("%v %+v: %v\n%s", kind, sel, err, diffRows(got, want))
				}
			}
		}
	})
	t.Run("Tables", func(t *testing.T) {
		tables, err := psutil.New(psutil.WithRoot(recordNet(t)))
		must(t, err)
		if conns, err := tables.NetConnections(psutil.KindAll | psutil.KindRaw); err != nil || len(conns) < len(all)/2 {
			t.Fatalf("%d rows of %d, %v", len(conns), len(all), err)
		}
		checkSelections(t, tables, everyConnKind)
	})
}

// recordNet writes the tables of this process's network, and the links of its
// descriptors, below a root of their own.
func recordNet(t testing.TB) string {
	t.Helper()
	root := t.TempDir()
	must(t, os.MkdirAll(filepath.Join(root, "proc/1/net"), 0o755))
	for _, name := range []string{"tcp", "tcp6", "udp", "udp6", "raw", "raw6", "unix"} {
		b, err := os.ReadFile("/proc/thread-self/net/" + name)
		must(t, err)
		must(t, os.WriteFile(filepath.Join(root, "proc/1/net", name), b, 0o644))
	}
	dir := filepath.Join(root, "proc", strconv.Itoa(os.Getpid()), "fd")
	must(t, os.MkdirAll(dir, 0o755))
	fds, err := os.ReadDir("/proc/self/fd")
	must(t, err)
	for _, fd := range fds {
		if target, err := os.Readlink("/proc/self/fd/" + fd.Name()); err == nil {
			must(t, os.Symlink(target, filepath.Join(dir, fd.Name())))
		}
	}
	return root
}

// TestConnectionsBound has a socket that is bound and nothing else, which is to be
// seen only by who asks for it.
func TestConnectionsBound(t *testing.T) {
	needTool(t, "ip")
	if !isRerun(t) {
		rerun(t, newNet)
		return
	}
	fd := everySocket(t)
	for _, kind := range []psutil.ConnKind{psutil.KindTCP, psutil.KindTCP6, psutil.KindAll} {
		all, err := psutil.NetConnections(kind)
		must(t, err)
		bound, err := psutil.NetConnections(kind, psutil.WithStates(psutil.ConnBound), psutil.WithTCPInfo())
		must(t, err)
		if len(bound) == 0 {
			missing(t, "the kernel, older than Linux 6.8, does not tell of bound sockets")
		}
		found := false
		for _, c := range bound {
			if c.Status != psutil.ConnBound || c.Listening || c.Remote.IsValid() || c.TCP != nil {
				t.Errorf("%+v", c)
			}
			if slices.ContainsFunc(all, func(o psutil.Connection) bool { return o.Cookie == c.Cookie }) {
				t.Errorf("without being asked for: %v", c)
			}
			if c.PID == os.Getpid() && c.FD == fd {
				found = true
				if c.Local != localAddr(t, fd) || c.Kind != psutil.KindTCP6 || c.UID != int64(os.Getuid()) {
					t.Errorf("%+v", c)
				}
			}
		}
		if !found {
			t.Errorf("%v: the bound socket is not there: %v", kind, bound)
		}
		// Those in other states are asked for beside it.
		for i := range bound {
			bound[i].TCP = nil
		}
		for _, state := range []psutil.ConnState{psutil.ConnListen, psutil.ConnClose, psutil.ConnSynRecv, psutil.ConnTimeWait} {
			got, err := psutil.NetConnections(kind, psutil.WithStates(state, psutil.ConnBound))
			must(t, err)
			want := append(selection{states: []psutil.ConnState{state}}.of(all), bound...)
			if diff := diffRows(got, want); diff != "" {
				t.Errorf("%v of %v:\n%s", state, kind, diff)
			}
		}
		one, err := psutil.NetConnections(kind, psutil.WithStates(psutil.ConnBound), psutil.WithLocalPort(localAddr(t, fd).Port()))
		if err != nil || len(one) != 1 || one[0].FD != fd {
			t.Errorf("on its port: %v, %v", one, err)
		}
	}
	self, err := psutil.Self()
	must(t, err)
	own, err := self.NetConnections(psutil.KindTCP6, psutil.WithStates(psutil.ConnBound))
	if err != nil || !slices.ContainsFunc(own, func(c psutil.Connection) bool { return c.FD == fd && c.Status == psutil.ConnBound }) {
		t.Errorf("of the process: %v, %v", own, err)
	}
}

func TestConnectionsInvalid(t *testing.T) {
	self, err := psutil.Self()
	must(t, err)
	for name, o := range map[string]psutil.ConnOption{
		"NoStates": psutil.WithStates(), "ConnNone": psutil.WithStates(psutil.ConnListen, psutil.ConnNone),
		"NoState": psutil.WithStates(psutil.ConnBound + 1), "LocalPort": psutil.WithLocalPort(0), "RemotePort": psutil.WithRemotePort(0),
		"NetNS": psutil.WithNetNS(0),
	} {
		t.Run(name, func(t *testing.T) {
			if conns, err := psutil.NetConnections(psutil.KindAll, psutil.WithoutOwners(), o); conns != nil || !errors.Is(err, psutil.ErrInvalid) {
				t.Errorf("%v, %v, want ErrInvalid", conns, err)
			}
			if conns, err := collect(psutil.NetConnectionsSeq(psutil.KindAll, o)); conns != nil || !errors.Is(err, psutil.ErrInvalid) {
				t.Errorf("one by one: %v, %v, want ErrInvalid", conns, err)
			}
			if conns, err := self.NetConnections(psutil.KindAll, o); conns != nil || !errors.Is(err, psutil.ErrInvalid) {
				t.Errorf("of a process: %v, %v, want ErrInvalid", conns, err)
			}
		})
	}
	for _, kind := range []psutil.ConnKind{0, psutil.KindMPTCP6 << 1, psutil.KindAll | math.MaxUint16} {
		if conns, err := psutil.NetConnections(kind); conns != nil || !errors.Is(err, psutil.ErrInvalid) {
			t.Errorf("kind %d: %v, %v, want ErrInvalid", kind, conns, err)
		}
	}
}

// TestConnectionsMultipath looks for the sockets of TCP that carry those of
// multipath TCP.
func TestConnectionsMultipath(t *testing.T) {
	self, err := psutil.Self()
	must(t, err)
	for name, domain := range map[string]int{"IPv4": unix.AF_INET, "IPv6": unix.AF_INET6} {
		t.Run(name, func(t *testing.T) {
			l, client, server := multipathPair(t, domain)
			tcp, mptcp, protocol := psutil.KindTCP4, psutil.KindMPTCP4, "mptcp"
			if domain == unix.AF_INET6 {
				tcp, mptcp, protocol = psutil.KindTCP6, psutil.KindMPTCP6, "mptcp6"
			}
			for _, kind := range []psutil.ConnKind{tcp, mptcp, tcp | mptcp, psutil.KindTCP | psutil.KindMPTCP | psutil.KindUnix, psutil.KindAll} {
				for what, get := range map[string]func() ([]psutil.Connection, error){
					"NetConnections":         func() ([]psutil.Connection, error) { return psutil.NetConnections(kind) },
					"Process.NetConnections": func() ([]psutil.Connection, error) { return self.NetConnections(kind) },
					"Selected": func() ([]psutil.Connection, error) {
						return psutil.NetConnections(kind, psutil.WithStates(psutil.ConnEstablished, psutil.ConnListen))
					},
				} {
					conns, err := get()
					must(t, err)
					for _, fd := range []int{l, client, server} {
						var kinds psutil.ConnKind
						rows := 0
						for _, c := range conns {
							if c.FD != fd || c.PID != os.Getpid() {
								continue
							}
							rows++
							kinds |= c.Kind
							state := psutil.ConnEstablished
							if fd == l {
								state = psutil.ConnListen
							}
							if c.Local != localAddr(t, fd) || c.Remote.IsValid() == (fd == l) || c.Status != state || c.Inode == 0 ||
								(c.Protocol() == protocol) != (c.Kind == mptcp) {
								t.Errorf("%s(%v): %+v", what, kind, c)
							}
						}
						if want := kind & (tcp | mptcp); kinds != want || rows != bits.OnesCount(uint(want)) {
							t.Errorf("%s(%v): descriptor %d has %d rows of kind %v, want %v", what, kind, fd, rows, kinds, want)
						}
					}
				}
			}
		})
	}
	if psutil.KindAll&psutil.KindMPTCP != 0 {
		t.Error("what psutil does not have is in KindAll")
	}
}

func TestConnectionsRaw(t *testing.T) {
	if os.Geteuid() != 0 {
		missing(t, "needs root")
	}
	four, six := rawSocket(t, unix.AF_INET, unix.IPPROTO_ICMP), rawSocket(t, unix.AF_INET6, unix.IPPROTO_ICMPV6)
	self, err := psutil.Self()
	must(t, err)
	for what, get := range map[string]func(psutil.ConnKind, ...psutil.ConnOption) ([]psutil.Connection, error){
		"NetConnections": psutil.NetConnections, "Process.NetConnections": self.NetConnections,
	} {
		find := func(kind psutil.ConnKind, fd int, opts ...psutil.ConnOption) (found []psutil.Connection) {
			conns, err := get(kind, opts...)
			must(t, err)
			return slices.DeleteFunc(conns, func(c psutil.Connection) bool { return c.PID != os.Getpid() || c.FD != fd })
		}
		for _, tt := range []struct {
			fd, protocol int
			kind         psutil.ConnKind
			name         string
		}{{four, unix.IPPROTO_ICMP, psutil.KindRaw4, "raw"}, {six, unix.IPPROTO_ICMPV6, psutil.KindRaw6, "raw6"}} {
			var st unix.Stat_t
			must(t, unix.Fstat(tt.fd, &st))
			for _, kind := range []psutil.ConnKind{tt.kind, psutil.KindRaw, psutil.KindRaw | psutil.KindAll} {
				rows := find(kind, tt.fd, psutil.WithLocalPort(uint16(tt.protocol)))
				if len(rows) != 1 {
					t.Errorf("%s(%v): %v", what, kind, rows)
					continue
				}
				c := rows[0]
				if c.Kind != tt.kind || c.Type != psutil.SocketRaw || c.Status != psutil.ConnNone || c.Listening || c.Protocol() != tt.name ||
					int(c.Local.Port()) != tt.protocol || !c.Local.Addr().IsUnspecified() || c.Remote.IsValid() || c.Inode != st.Ino || c.UID != 0 {
					t.Errorf("%s(%v): %+v", what, kind, c)
				}
				if again := find(kind, tt.fd); !slices.Equal(again, rows) {
					t.Errorf("%s(%v) without a port: %+v", what, kind, again)
				}
			}
			for _, kind := range []psutil.ConnKind{psutil.KindAll, psutil.KindINET, psutil.KindRaw &^ tt.kind} {
				if rows := find(kind, tt.fd); len(rows) != 0 {
					t.Errorf("%s(%v): %v", what, kind, rows)
				}
			}
		}
	}
}

func TestConnectionsWithoutOwners(t *testing.T) {
	needTool(t, "ip")
	if !isRerun(t) {
		rerun(t, newNet)
		return
	}
	everySocket(t)
	l := listener(t, unix.AF_INET, 1)
	twin, err := unix.FcntlInt(uintptr(l), unix.F_DUPFD_CLOEXEC, 200)
	must(t, err)
	t.Cleanup(func() { unix.Close(twin) })
	for _, kind := range everyConnKind {
		matches(t, func() string {
			owned, err := psutil.NetConnections(kind)
			must(t, err)
			conns, err := psutil.NetConnections(kind, psutil.WithoutOwners())
			must(t, err)
			// A socket that several descriptors stand for has several rows, which are
			// next to each other.
			for i := range owned {
				owned[i].PID, owned[i].FD, owned[i].PeerPID = -1, -1, -1
			}
			rows := len(owned)
			owned = slices.Compact(owned)
			if kind == psutil.KindAll && rows == len(owned) {
				t.Error("no socket is shared")
			}
			if slices.Equal(conns, owned) {
				return ""
			}
			return kind.String() + ":\n" + diffRows(conns, owned)
		})
	}
	conns, err := psutil.NetConnections(psutil.KindTCP4, psutil.WithoutOwners())
	must(t, err)
	var listeners, waiting int
	for _, c := range conns {
		if c.Local == localAddr(t, l) && c.Listening {
			listeners++
		}
		if c.Status == psutil.ConnTimeWait {
			waiting++
		}
	}
	if listeners != 1 || waiting == 0 {
		t.Errorf("%d rows of a shared listener, %d in TIME_WAIT", listeners, waiting)
	}

	// A process knows its descriptors.
	self, err := psutil.Self()
	must(t, err)
	matches(t, func() string { // once queues stand still
		want, err := self.NetConnections(psutil.KindAll | psutil.KindMPTCP)
		must(t, err)
		got, err := self.NetConnections(psutil.KindAll|psutil.KindMPTCP, psutil.WithoutOwners())
		must(t, err)
		return diffRows(got, want)
	})
}

func init() {
	// holder connects to the Unix socket that is named, and holds what it inherits.
	children["holder"] = func(args []string) error {
		fd, err := unix.Socket(unix.AF_UNIX, unix.SOCK_STREAM, 0)
		if err == nil {
			err = unix.Connect(fd, &unix.SockaddrUnix{Name: args[0]})
		}
		if err != nil {
			return err
		}
		return ready()
	}
}

func TestConnectionsUnixPeers(t *testing.T) {
	dir, err := os.MkdirTemp("", "psutil")
	must(t, err)
	t.Cleanup(func() { os.RemoveAll(dir) })
	path := filepath.Join(dir, "socket")
	l := socket(t, unix.AF_UNIX, unix.SOCK_STREAM)
	must(t, unix.Bind(l, &unix.SockaddrUnix{Name: path}))
	must(t, unix.Listen(l, 1))
	pair, err := unix.Socketpair(unix.AF_UNIX, unix.SOCK_SEQPACKET|unix.SOCK_CLOEXEC, 0)
	must(t, err)
	near := os.NewFile(uintptr(pair[0]), "near")
	t.Cleanup(func() { near.Close(); unix.Close(pair[1]) })
	alone := socket(t, unix.AF_UNIX, unix.SOCK_DGRAM)

	exe, err := os.Executable()
	must(t, err)
	cmd := exec.Command(exe, path)
	cmd.Env = append(os.Environ(), childEnv+"=holder")
	cmd.ExtraFiles = []*os.File{near}
	other := startReady(t, cmd)
	accepted := accept(t, l)

	inode := func(fd int) uint64 {
		var st unix.Stat_t
		must(t, unix.Fstat(fd, &st))
		return st.Ino
	}
	conns, err := psutil.NetConnections(psutil.KindUnix)
	must(t, err)
	self, child := os.Getpid(), other.Process.PID()
	find := func(pid int, is func(c psutil.Connection) bool) psutil.Connection {
		t.Helper()
		i := slices.IndexFunc(conns, func(c psutil.Connection) bool { return c.PID == pid && is(c) })
		if i < 0 {
			t.Fatalf("process %d has no such socket: %v", pid, conns)
		}
		return conns[i]
	}
	byFD := func(fd int) func(c psutil.Connection) bool {
		return func(c psutil.Connection) bool { return c.FD == fd }
	}
	client := find(child, func(c psutil.Connection) bool { return c.RemotePath == path })
	lower := min(self, child)
	for _, tt := range []struct {
		name        string
		c           psutil.Connection
		local       string
		remote      string
		inode, peer uint64
		peerPID     int
	}{
		{"Listener", find(self, byFD(l)), path, "", inode(l), 0, -1},
		{"Accepted", find(self, byFD(accepted)), path, "", inode(accepted), client.Inode, child},
		{"Client", client, "", path, client.Inode, inode(accepted), self},
		{"Near", find(self, byFD(pair[0])), "", "", inode(pair[0]), inode(pair[1]), self},
		{"NearInChild", find(child, byFD(3)), "", "", inode(pair[0]), inode(pair[1]), self},
		{"Far", find(self, byFD(pair[1])), "", "", inode(pair[1]), inode(pair[0]), lower}, // which both hold
		{"Alone", find(self, byFD(alone)), "", "", inode(alone), 0, -1},
	} {
		if tt.c.LocalPath != tt.local || tt.c.RemotePath != tt.remote || tt.c.Inode != tt.inode || tt.c.PeerInode != tt.peer || tt.c.PeerPID != tt.peerPID {
			t.Errorf("%s: %+v, want local %q remote %q inode %d peer %d of %d", tt.name, tt.c, tt.local, tt.remote, tt.inode, tt.peer, tt.peerPID)
		}
	}

	// Nobody else's descriptors are looked at.
	own, err := other.Process.NetConnections(psutil.KindUnix)
	must(t, err)
	for _, c := range own {
		want := client
		if c.FD == 3 {
			want = find(child, byFD(3))
		}
		if want.PeerPID = -1; c != want {
			t.Errorf("of the child: %+v, want %+v", c, want)
		}
	}
	if len(own) != 2 {
		t.Errorf("of the child: %v", own)
	}
}
