//go:build amd64 || arm64 || loong64 || mips64 || mips64le || ppc64 || ppc64le || riscv64 || s390x

package bpf

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/netip"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"runtime"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"

	"golang.org/x/sys/unix"

	"github.com/go-psutil/psutil"
)

// rerunEnv names the test that this process was started for, and childEnv says
// that it is only to hold what it was given.
const (
	rerunEnv = "PSUTIL_BPF_TEST_RERUN"
	childEnv = "PSUTIL_BPF_TEST_CHILD"
)

func TestMain(m *testing.M) {
	if jit, err := os.ReadFile("/proc/sys/net/core/bpf_jit_enable"); err == nil {
		os.Setenv(jitVariable, strings.TrimSpace(string(jit)))
	}
	if os.Getenv(childEnv) != "" {
		// A few threads, one of which has been busy.
		for range 5 {
			go func() {
				runtime.LockOSThread()
				select {}
			}()
		}
		fmt.Println("ready")
		io.Copy(io.Discard, os.Stdin)
		return
	}
	os.Exit(m.Run())
}

// rerun runs the calling test in a process of its own, and reports whether this is
// that process already.
func rerun(t *testing.T, attr *syscall.SysProcAttr) bool {
	t.Helper()
	if os.Getenv(rerunEnv) == t.Name() {
		return true
	}
	if os.Geteuid() != 0 {
		missing(t, "needs root")
	}
	// A copy, because go test's own directory is closed to other users.
	self, err := os.ReadFile("/proc/self/exe")
	must(t, err)
	dir, err := os.MkdirTemp("", "psutil")
	must(t, err)
	defer os.RemoveAll(dir)
	must(t, os.Chmod(dir, 0o755))
	program := filepath.Join(dir, "bpf.test")
	must(t, os.WriteFile(program, self, 0o755))
	cmd := exec.Command(program, "-test.run=^"+regexp.QuoteMeta(t.Name())+"$", "-test.v", "-test.timeout=2m")
	cmd.Env = append(os.Environ(), rerunEnv+"="+t.Name())
	cmd.SysProcAttr = attr
	out, err := cmd.CombinedOutput()
	if err != nil || !strings.Contains(string(out), "--- PASS: "+t.Name()) {
		t.Fatalf("%v\n%s", err, out)
	}
	return false
}

func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// loadEngine loads the programs of a part.
func loadEngine(t *testing.T, e *Engine, part psutil.AcceleratorPart) *Engine {
	t.Helper()
	if err := e.Load(part); errors.Is(err, psutil.ErrAccessDenied) {
		missing(t, err.Error())
	} else if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { must(t, e.Close()) })
	return e
}

// processEngine is an engine with the programs for processes.
func processEngine(t *testing.T) *Engine {
	t.Helper()
	return loadEngine(t, new(Engine), psutil.AcceleratedProcesses)
}

// mayWalk reports whether the kernel is one that takes programs that walk: it is not too
// old, and has a compiler for programs. Whether it has is told in the first network
// namespace only.
func mayWalk() bool {
	if major, minor := release(); major < 6 || major == 6 && minor < 2 {
		return false
	}
	switch os.Getenv(jitVariable) {
	case "":
		return runtime.GOARCH == "amd64" || runtime.GOARCH == "arm64"
	case "0":
		return false
	}
	return true
}

// jitVariable tells tests that run again in another namespace.
const jitVariable = "PSUTIL_TEST_JIT"

// processEngines are the ways that the kernel may offer, with the programs for
// processes.
func processEngines(t *testing.T) map[string]*Engine {
	t.Helper()
	engines := map[string]*Engine{
		"ByList":       loadEngine(t, &Engine{engine{listOnly: true}}, psutil.AcceleratedProcesses),
		"WithoutCalls": loadEngine(t, &Engine{engine{noCalls: true}}, psutil.AcceleratedProcesses),
	}
	if e := processEngine(t); e.walks {
		engines["ByWalk"] = e
	}
	return engines
}

// socketEngines are the ways that the kernel may offer, with the programs for
// sockets. Of a kernel that offers none it is an engine that says so.
func socketEngines(t *testing.T) map[string]*Engine {
	t.Helper()
	major, minor := release()
	if major == 5 && minor < 11 {
		none := new(Engine)
		err := none.Load(psutil.AcceleratedSockets)
		if unavailable, ok := errors.AsType[*UnavailableError](err); !ok || unavailable.Need != "Linux 5.11" || !errors.Is(err, psutil.ErrNotSupported) {
			t.Fatalf("this is Linux %d.%d: %v", major, minor, err)
		}
		return map[string]*Engine{"None": none}
	}
	walk := loadEngine(t, new(Engine), psutil.AcceleratedSockets)
	list := loadEngine(t, &Engine{engine{listOnly: true}}, psutil.AcceleratedSockets)
	if walks := walk.sockets.records != nil; !walks && mayWalk() {
		t.Errorf("this is Linux %d.%d, and nothing walks", major, minor)
	}
	return map[string]*Engine{"Walk": walk, "List": list}
}

// counted counts how often an engine is asked.
type counted struct {
	*Engine
	sockets, processes int
}

func (c *counted) ReadSockets(q psutil.SocketQuery) (psutil.SocketTable, error) {
	c.sockets++
	return c.Engine.ReadSockets(q)
}

func (c *counted) ReadProcesses(f psutil.Field, each func(*psutil.ProcessRecord) bool) error {
	c.processes++
	return c.Engine.ReadProcesses(f, each)
}

// startChild starts a process that holds files, and ends it with the test.
func startChild(t *testing.T, attr *syscall.SysProcAttr, files ...*os.File) *exec.Cmd {
	t.Helper()
	cmd := exec.Command("/proc/self/exe")
	cmd.Env = append(os.Environ(), childEnv+"=1")
	cmd.ExtraFiles = files
	cmd.SysProcAttr = attr
	stdin, err := cmd.StdinPipe()
	must(t, err)
	stdout, err := cmd.StdoutPipe()
	must(t, err)
	must(t, cmd.Start())
	t.Cleanup(func() {
		stdin.Close()
		cmd.Wait()
	})
	if line, err := bufio.NewReader(stdout).ReadString('\n'); line != "ready\n" {
		t.Fatalf("the child said %q: %v", line, err)
	}
	return cmd
}

// sockets makes sockets of every kind and in every way that they can be held.
func sockets(t *testing.T) {
	t.Helper()
	must(t, exec.Command("ip", "link", "set", "lo", "up").Run())
	keep := func(c io.Closer, err error) {
		t.Helper()
		must(t, err)
		t.Cleanup(func() { c.Close() })
	}
	socket := func(family, typ, proto int) int {
		t.Helper()
		fd, err := unix.Socket(family, typ|unix.SOCK_CLOEXEC, proto)
		must(t, err)
		t.Cleanup(func() { unix.Close(fd) })
		return fd
	}
	for _, family := range []int{unix.AF_INET, unix.AF_INET6} {
		var loopback unix.Sockaddr = &unix.SockaddrInet4{Addr: [4]byte{127, 0, 0, 1}}
		if family == unix.AF_INET6 {
			loopback = &unix.SockaddrInet6{Addr: netip.IPv6Loopback().As16()}
		}
		must(t, unix.Bind(socket(family, unix.SOCK_STREAM, 0), loopback))
		listener := func() (int, unix.Sockaddr) {
			l := socket(family, unix.SOCK_STREAM, 0)
			must(t, unix.Bind(l, loopback))
			must(t, unix.Listen(l, 7))
			at, err := unix.Getsockname(l)
			must(t, err)
			return l, at
		}
		dial := func(at unix.Sockaddr) int {
			c := socket(family, unix.SOCK_STREAM, 0)
			must(t, unix.Connect(c, at))
			return c
		}
		accept := func(l int) int {
			a, _, err := unix.Accept4(l, unix.SOCK_CLOEXEC)
			must(t, err)
			t.Cleanup(func() { unix.Close(a) })
			return a
		}
		l, at := listener()
		established := dial(at)
		peer := accept(l)
		_, err := unix.Write(established, []byte("not read"))
		must(t, err)
		_, err = unix.Write(peer, make([]byte, 3000))
		must(t, err)
		// FIN_WAIT2 here, CLOSE_WAIT there.
		half := dial(at)
		accept(l)
		must(t, unix.Shutdown(half, unix.SHUT_WR))
		// TIME_WAIT, and a closed end whose peer is still open.
		c, err := unix.Socket(family, unix.SOCK_STREAM|unix.SOCK_CLOEXEC, 0)
		must(t, err)
		must(t, unix.Connect(c, at))
		a := accept(l)
		must(t, unix.Shutdown(c, unix.SHUT_WR))
		must(t, unix.Shutdown(a, unix.SHUT_WR))
		unix.Close(c)
		c, err = unix.Socket(family, unix.SOCK_STREAM|unix.SOCK_CLOEXEC, 0)
		must(t, err)
		must(t, unix.Connect(c, at))
		accept(l)
		unix.Close(c)
		// Two that wait to be accepted, one of them closed already.
		dial(at)
		c = dial(at)
		must(t, unix.Shutdown(c, unix.SHUT_WR))
		// One on its way between processes, one held by two, one twice, one far up.
		inFlight(t, socket, dial(at))
		accept(l)
		shared := os.NewFile(uintptr(dial(at)), "shared")
		accept(l)
		startChild(t, nil, shared)
		for _, least := range []int{0, 1000} {
			d, err := unix.FcntlInt(uintptr(l), unix.F_DUPFD_CLOEXEC, least)
			must(t, err)
			t.Cleanup(func() { unix.Close(d) })
		}
		// Bound and nothing else, and not even that.
		must(t, unix.Bind(socket(family, unix.SOCK_STREAM, 0), loopback))
		socket(family, unix.SOCK_STREAM, 0)
		u := socket(family, unix.SOCK_DGRAM, 0)
		must(t, unix.Bind(u, loopback))
		at, err = unix.Getsockname(u)
		must(t, err)
		u2 := socket(family, unix.SOCK_DGRAM, 0)
		must(t, unix.Connect(u2, at))
		_, err = unix.Write(u2, []byte("datagram"))
		must(t, err)
		icmp := unix.IPPROTO_ICMP
		if family == unix.AF_INET6 {
			icmp = unix.IPPROTO_ICMPV6
		}
		socket(family, unix.SOCK_RAW, icmp)
	}
	dual, err := net.Listen("tcp", "[::]:0")
	keep(dual, err)
	port := dual.Addr().(*net.TCPAddr).Port
	mapped, err := net.Dial("tcp", fmt.Sprintf("127.0.0.1:%d", port))
	keep(mapped, err)
	multipath := net.ListenConfig{}
	multipath.SetMultipathTCP(true)
	m, err := multipath.Listen(t.Context(), "tcp", "127.0.0.1:0")
	keep(m, err)
	dialer := net.Dialer{}
	dialer.SetMultipathTCP(true)
	mc, err := dialer.Dial("tcp", m.Addr().String())
	keep(mc, err)
	ma, err := m.Accept()
	keep(ma, err)
	name := fmt.Sprintf("@psutil-bpf-%d", os.Getpid())
	ul, err := net.Listen("unix", name)
	keep(ul, err)
	uc, err := net.Dial("unix", name)
	keep(uc, err)
	pair, err := unix.Socketpair(unix.AF_UNIX, unix.SOCK_SEQPACKET|unix.SOCK_CLOEXEC, 0)
	must(t, err)
	other := os.NewFile(uintptr(pair[1]), "pair")
	keep(os.NewFile(uintptr(pair[0]), "pair"), nil)
	startChild(t, nil, other)
	must(t, other.Close())
}

// inFlight sends a descriptor that nobody receives, and closes it.
func inFlight(t *testing.T, socket func(int, int, int) int, fd int) {
	t.Helper()
	pair, err := unix.Socketpair(unix.AF_UNIX, unix.SOCK_DGRAM|unix.SOCK_CLOEXEC, 0)
	must(t, err)
	for _, end := range pair {
		t.Cleanup(func() { unix.Close(end) })
	}
	must(t, unix.Sendmsg(pair[0], []byte{0}, unix.UnixRights(fd), nil, 0))
	// The number stays taken, by something else.
	null, err := unix.Open("/dev/null", unix.O_RDONLY|unix.O_CLOEXEC, 0)
	must(t, err)
	must(t, unix.Dup3(null, fd, unix.O_CLOEXEC))
	unix.Close(null)
}

const everyKind = psutil.KindAll | psutil.KindRaw | psutil.KindMPTCP

// checkConnections compares what a system says with and without an engine.
func checkConnections(t *testing.T, e *Engine, kind psutil.ConnKind, opts ...psutil.ConnOption) int {
	t.Helper()
	plain, err := psutil.New()
	must(t, err)
	c := &counted{Engine: e}
	fast, err := psutil.New(psutil.WithAccelerator(c))
	must(t, err)
	var diff []string
	// States may still change when it begins, so that others may differ for a while; but
	// where they do not, the engine's answer may only once.
	const most = 50
	for tries := 0; tries < most; tries++ {
		want, err := plain.NetConnections(kind, opts...)
		must(t, err)
		got, err := fast.NetConnections(kind, opts...)
		must(t, err)
		again, err := plain.NetConnections(kind, opts...)
		must(t, err)
		if diff = differences(again, want); len(diff) > 0 {
			continue
		}
		tries += most/2 - 1
		if diff = differences(got, want); len(diff) == 0 {
			if c.sockets == 0 && e.parts[psutil.AcceleratedSockets].err == nil {
				t.Error("the engine was not asked")
			}
			return len(want)
		}
	}
	t.Errorf("%v: %s", kind, strings.Join(diff, "\n"))
	return 0
}

// differences lists rows that are in one list only.
func differences(got, want []psutil.Connection) (diff []string) {
	key := func(c psutil.Connection) string {
		info := "none"
		if c.TCP != nil {
			info = fmt.Sprintf("%+v", *c.TCP)
		}
		c.TCP = nil
		return fmt.Sprintf("%+v %s", c, info)
	}
	count := make(map[string]int)
	for _, c := range want {
		count[key(c)]++
	}
	for _, c := range got {
		k := key(c)
		if count[k]--; count[k] < 0 {
			diff = append(diff, "only one has "+k)
		}
	}
	for k, n := range count {
		if n > 0 {
			diff = append(diff, "the other has "+k)
		}
	}
	if len(diff) == 0 && !slices.EqualFunc(got, want, func(a, b psutil.Connection) bool { return key(a) == key(b) }) {
		diff = []string{"another order"}
	}
	slices.Sort(diff)
	return diff
}

func TestConnectionsEqual(t *testing.T) {
	if !rerun(t, &syscall.SysProcAttr{Cloneflags: unix.CLONE_NEWNET}) {
		return
	}
	sockets(t)
	for name, e := range socketEngines(t) {
		t.Run(name, func(t *testing.T) {
			if n := checkConnections(t, e, everyKind); n < 55 {
				t.Errorf("only %d rows", n)
			}
			checkConnections(t, e, everyKind, psutil.WithTCPInfo())
			for _, kind := range []psutil.ConnKind{psutil.KindTCP, psutil.KindTCP4, psutil.KindTCP6, psutil.KindUDP, psutil.KindUnix, psutil.KindMPTCP} {
				checkConnections(t, e, kind)
			}
			for s := psutil.ConnEstablished; s <= psutil.ConnBound; s++ {
				checkConnections(t, e, psutil.KindAll, psutil.WithStates(s))
			}
			checkConnections(t, e, psutil.KindAll, psutil.WithStates(psutil.ConnListen, psutil.ConnEstablished))
			checkConnections(t, e, psutil.KindAll, psutil.WithStates(psutil.ConnBound, psutil.ConnEstablished))
			conns, err := psutil.NetConnections(psutil.KindTCP, psutil.WithStates(psutil.ConnListen))
			must(t, err)
			for _, c := range conns {
				checkConnections(t, e, psutil.KindTCP, psutil.WithLocalPort(c.Local.Port()))
				checkConnections(t, e, psutil.KindINET, psutil.WithRemotePort(c.Local.Port()), psutil.WithTCPInfo())
			}
		})
	}
}

// TestConnectionsEqualInNamespaces has processes in other network and PID
// namespaces.
func TestConnectionsEqualInNamespaces(t *testing.T) {
	if !rerun(t, &syscall.SysProcAttr{Cloneflags: unix.CLONE_NEWNET | unix.CLONE_NEWPID | unix.CLONE_NEWNS}) {
		return
	}
	must(t, unix.Mount("", "/", "", unix.MS_REC|unix.MS_PRIVATE, ""))
	must(t, unix.Mount("proc", "/proc", "proc", 0, ""))
	sockets(t)
	elsewhere, err := net.Listen("tcp", "127.0.0.1:0")
	must(t, err)
	defer elsewhere.Close()
	f, err := elsewhere.(*net.TCPListener).File()
	must(t, err)
	startChild(t, &syscall.SysProcAttr{Cloneflags: unix.CLONE_NEWNET | unix.CLONE_NEWPID}, f)
	for name, e := range socketEngines(t) {
		t.Run(name, func(t *testing.T) {
			checkConnections(t, e, everyKind)
			checkConnections(t, e, everyKind, psutil.WithNetNS(psutil.AllNetNS), psutil.WithTCPInfo())
		})
	}
}

// TestConnectionsEqualFew has as many connections that the engine does not see as
// there are that the kernel does not count.
func TestConnectionsEqualFew(t *testing.T) {
	if !rerun(t, &syscall.SysProcAttr{Cloneflags: unix.CLONE_NEWNET}) {
		return
	}
	must(t, exec.Command("ip", "link", "set", "lo", "up").Run())
	l, err := net.Listen("tcp", "127.0.0.1:0")
	must(t, err)
	defer l.Close()
	half, err := net.Dial("tcp", l.Addr().String())
	must(t, err)
	open, err := l.Accept()
	must(t, err)
	defer open.Close()
	must(t, half.Close()) // what is left is in FIN_WAIT2
	waits, err := net.Dial("tcp", l.Addr().String())
	must(t, err)
	defer waits.Close()
	for name, e := range socketEngines(t) {
		t.Run(name, func(t *testing.T) {
			if n := checkConnections(t, e, psutil.KindTCP4); n != 5 {
				t.Errorf("%d rows", n)
			}
		})
	}
}

// TestHiddenBesideChurn has a connection that nobody has accepted, while others are
// opened and closed.
func TestHiddenBesideChurn(t *testing.T) {
	if !rerun(t, &syscall.SysProcAttr{Cloneflags: unix.CLONE_NEWNET}) {
		return
	}
	must(t, exec.Command("ip", "link", "set", "lo", "up").Run())
	quiet, err := net.Listen("tcp", "127.0.0.1:0")
	must(t, err)
	defer quiet.Close()
	waits, err := net.Dial("tcp", quiet.Addr().String())
	must(t, err)
	defer waits.Close()
	busy, err := net.Listen("tcp", "127.0.0.1:0")
	must(t, err)
	ctx, stop := context.WithCancel(t.Context())
	const looks = 300
	var (
		wg     sync.WaitGroup
		opened atomic.Int64
	)
	wg.Go(func() {
		for {
			c, err := busy.Accept()
			if err != nil {
				return
			}
			c.Close()
		}
	})
	wg.Go(func() {
		for ctx.Err() == nil {
			if c, err := net.Dial("tcp", busy.Addr().String()); err == nil {
				c.(*net.TCPConn).SetLinger(0) // nothing is left of it, and the ports last
				c.Close()
				opened.Add(1)
			}
		}
	})
	defer wg.Wait()
	defer busy.Close()
	defer stop()
	for name, e := range socketEngines(t) {
		t.Run(name, func(t *testing.T) {
			c := &counted{Engine: e}
			fast, err := psutil.New(psutil.WithAccelerator(c))
			must(t, err)
			before := opened.Load()
			defer func() {
				if opened.Load() == before || e.parts[psutil.AcceleratedSockets].err == nil && c.sockets != looks {
					t.Errorf("%d connections were opened, and the engine was asked %d times", opened.Load()-before, c.sockets)
				}
			}()
			for range looks {
				conns, err := fast.NetConnections(psutil.KindTCP4)
				must(t, err)
				hidden := 0
				type ends struct{ local, remote netip.AddrPort }
				inodes := make(map[ends]uint64)
				for _, c := range conns {
					if c.Inode == 0 && c.Status == psutil.ConnEstablished && c.Local.String() == quiet.Addr().String() && c.Remote.String() == waits.LocalAddr().String() {
						hidden++
					}
					if c.Status == psutil.ConnClose {
						continue // the kernel's dump has it while it loses its ends
					}
					at := ends{c.Local, c.Remote}
					if before, twice := inodes[at]; twice && (before != c.Inode || c.Inode == 0) {
						t.Errorf("%v is there as %d and %d", at, before, c.Inode)
					}
					inodes[at] = c.Inode
				}
				if hidden != 1 {
					t.Fatalf("what waits to be accepted is there %d times", hidden)
				}
			}
		})
	}
}

// TestConnectionsEqualMany has more descriptors than the walkers have room for at
// once, in several processes.
func TestConnectionsEqualMany(t *testing.T) {
	if !rerun(t, &syscall.SysProcAttr{Cloneflags: unix.CLONE_NEWNET}) {
		return
	}
	must(t, exec.Command("ip", "link", "set", "lo", "up").Run())
	l, err := net.Listen("tcp", "127.0.0.1:0")
	must(t, err)
	defer l.Close()
	c, err := net.Dial("tcp", l.Addr().String())
	must(t, err)
	defer c.Close()
	f, err := c.(*net.TCPConn).File()
	must(t, err)
	fds := make([]*os.File, 300)
	for i := range fds {
		fds[i] = f
	}
	startChild(t, nil, fds...)
	const copies = walkers*capacity + 3*capacity/2
	var limit unix.Rlimit
	must(t, unix.Getrlimit(unix.RLIMIT_NOFILE, &limit))
	more := unix.Rlimit{Cur: copies + 1000, Max: max(limit.Max, copies+1000)}
	if unix.Setrlimit(unix.RLIMIT_NOFILE, &more) != nil {
		more.Cur = limit.Max
		must(t, unix.Setrlimit(unix.RLIMIT_NOFILE, &unix.Rlimit{Cur: limit.Max, Max: limit.Max}))
	}
	n := min(copies, int(more.Cur)-1000)
	if n < walkers*capacity {
		t.Logf("only %d descriptors are allowed", n)
	}
	for range n {
		d, err := unix.FcntlInt(f.Fd(), unix.F_DUPFD_CLOEXEC, 0)
		must(t, err)
		t.Cleanup(func() { unix.Close(d) })
	}
	for name, e := range socketEngines(t) {
		t.Run(name, func(t *testing.T) {
			if got := checkConnections(t, e, psutil.KindTCP); got < n+300 {
				t.Errorf("%d rows, want more than %d", got, n+300)
			}
		})
	}
}

// TestUnprivileged: without the right the engine says which, and a System goes on
// without it.
func TestUnprivileged(t *testing.T) {
	const nobody = 65534
	if !rerun(t, &syscall.SysProcAttr{Credential: &syscall.Credential{Uid: nobody, Gid: nobody}}) {
		return
	}
	_, err := New()
	unavailable, ok := errors.AsType[*UnavailableError](err)
	if !ok || unavailable.Need != "CAP_BPF and CAP_PERFMON" || !errors.Is(err, psutil.ErrAccessDenied) {
		t.Fatalf("%v", err)
	}
	e := new(Engine)
	if err := e.Load(psutil.AcceleratedSockets); !errors.Is(err, psutil.ErrAccessDenied) && !errors.Is(err, psutil.ErrNotSupported) {
		t.Errorf("Load: %v", err)
	}
	sys, err := psutil.New(psutil.WithAccelerator(e))
	must(t, err)
	l, err := net.Listen("tcp", "127.0.0.1:0")
	must(t, err)
	defer l.Close()
	conns, err := sys.NetConnections(psutil.KindTCP)
	must(t, err)
	if !slices.ContainsFunc(conns, func(c psutil.Connection) bool {
		return c.Local.String() == l.Addr().String() && c.PID == os.Getpid()
	}) {
		t.Errorf("the own listener %v is not among %v", l.Addr(), conns)
	}
	n := 0
	for info, err := range sys.Snapshot(psutil.FieldName | psutil.FieldCPUTimes) {
		must(t, err)
		if info.Process.PID() == os.Getpid() && info.Name == "" {
			t.Error("no name")
		}
		n++
	}
	if n < 2 {
		t.Errorf("only %d processes", n)
	}
}

func TestClosed(t *testing.T) {
	e := processEngine(t)
	must(t, e.Close())
	must(t, e.Close())
	if err := e.ReadProcesses(psutil.FieldPID, func(*psutil.ProcessRecord) bool { return true }); !errors.Is(err, errClosed) {
		t.Errorf("ReadProcesses: %v", err)
	}
	if _, err := e.ReadSockets(psutil.SocketQuery{}); !errors.Is(err, errClosed) {
		t.Errorf("ReadSockets: %v", err)
	}
}

// TestCloseMeanwhile closes an engine that others are reading from.
func TestCloseMeanwhile(t *testing.T) {
	for name, e := range socketEngines(t) {
		t.Run(name, func(t *testing.T) {
			loadEngine(t, e, psutil.AcceleratedProcesses)
			var wg, begun sync.WaitGroup
			for i := range 4 {
				begun.Add(1)
				wg.Go(func() {
					for n := 0; ; n++ {
						var err error
						if i%2 == 0 {
							_, err = e.ReadSockets(psutil.SocketQuery{TCP: true})
						} else {
							err = e.ReadProcesses(psutil.FieldPID, func(*psutil.ProcessRecord) bool { return true })
						}
						if n == 0 {
							begun.Done()
						}
						if err != nil {
							if !errors.Is(err, errClosed) && (name != "None" || i%2 != 0) {
								t.Error(err)
							}
							return
						}
					}
				})
			}
			begun.Wait()
			must(t, e.Close())
			wg.Wait()
		})
	}
}
