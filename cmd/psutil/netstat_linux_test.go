package main

import (
	"bufio"
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"net"
	"net/netip"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"syscall"
	"testing"

	"golang.org/x/sys/unix"
)

func init() {
	helpers["psutil"] = main
	helpers["hold"] = stay
	helpers["sockets"] = func() {
		if err := openSockets(os.Args[1]); err != nil {
			fmt.Fprintln(os.Stderr, "sockets:", err)
			os.Exit(1)
		}
	}
}

// openSockets opens 500 sockets of all kinds and prints what ss and psutil
// netstat say of them. It is to run in a network namespace of its own, where
// there are no others.
func openSockets(dir string) error {
	if out, err := exec.Command("ip", "link", "set", "lo", "up").CombinedOutput(); err != nil {
		return fmt.Errorf("ip: %w: %s", err, out)
	}
	o := opener{dir: dir}
	for i := range 20 {
		o.listen("tcp4", "127.0.0.1:0")
		o.listen("tcp4", "0.0.0.0:0")
		o.listen("tcp6", "[::1]:0")
		o.listen("tcp6", "[::]:0") // IPv6 only
		o.listen("tcp", "[::]:0")  // of both families
		o.packet("udp4", "127.0.0.1:0")
		o.packet("udp4", "0.0.0.0:0")
		o.packet("udp6", "[::1]:0")
		o.packet("udp", "[::]:0")
		o.listen("unix", filepath.Join(dir, fmt.Sprint("stream", i)))
		o.listen("unix", fmt.Sprint("@abstract", i))
		o.listen("unixpacket", filepath.Join(dir, fmt.Sprint("packet", i)))
		o.packet("unixgram", filepath.Join(dir, fmt.Sprint("dgram", i)))
		o.packet("unixgram", fmt.Sprint("@dgram", i))
	}
	tcp4, tcp6, both := o.listen("tcp4", "127.0.0.1:0"), o.listen("tcp6", "[::1]:0"), o.listen("tcp", "[::]:0")
	stream := o.listen("unix", filepath.Join(dir, "peers"))
	for range 15 {
		o.connect(tcp4)
		o.connect(tcp6)
		o.connect(stream)
		o.dial("udp4", o.packet("udp4", "127.0.0.1:0"))
		o.pair(unix.SOCK_STREAM)
		o.pair(unix.SOCK_DGRAM)
	}
	for i := range 5 {
		// An IPv4 peer of an IPv6 socket.
		port := both.Addr().(*net.TCPAddr).Port
		o.connectTo(both, "tcp4", fmt.Sprint("127.0.0.1:", port))
		client, _ := o.connect(tcp4)
		o.send(client, 100*(i+1)) // not yet read
		half, _ := o.connect(tcp6)
		o.err(half.(*net.TCPConn).CloseWrite()) // FIN_WAIT2 and CLOSE_WAIT
		gone, other := o.connect(tcp4)
		o.err(gone.Close()) // TIME_WAIT
		o.drain(other)
		o.err(other.Close())
	}
	o.full(3)
	o.shared()
	if o.failed != nil {
		return o.failed
	}

	ss, err := exec.Command("ss", "-tunaxpHO").Output()
	if err != nil {
		return fmt.Errorf("ss: %w", err)
	}
	netstat := helperCommand("psutil", "netstat", "-tuxan", "-o", "json")
	netstat.Stderr = os.Stderr
	ours, err := netstat.Output()
	if err != nil {
		return fmt.Errorf("psutil netstat: %w", err)
	}
	return json.NewEncoder(os.Stdout).Encode(map[string]string{"ss": string(ss), "psutil": string(ours)})
}

// An opener opens sockets, and keeps them and the first error.
type opener struct {
	dir    string
	kept   []any
	failed error
}

func (o *opener) err(err error) {
	if o.failed == nil {
		o.failed = err
	}
}

func (o *opener) listen(network, address string) net.Listener {
	l, err := net.Listen(network, address)
	o.err(err)
	o.kept = append(o.kept, l)
	return l
}

func (o *opener) packet(network, address string) net.PacketConn {
	c, err := net.ListenPacket(network, address)
	o.err(err)
	o.kept = append(o.kept, c)
	return c
}

func (o *opener) dial(network string, to net.PacketConn) {
	c, err := net.Dial(network, to.LocalAddr().String())
	o.err(err)
	o.kept = append(o.kept, c)
}

func (o *opener) connect(l net.Listener) (client, server net.Conn) {
	return o.connectTo(l, l.Addr().Network(), l.Addr().String())
}

func (o *opener) connectTo(l net.Listener, network, address string) (client, server net.Conn) {
	client, err := net.Dial(network, address)
	o.err(err)
	server, err = l.Accept()
	o.err(err)
	o.kept = append(o.kept, client, server)
	return client, server
}

func (o *opener) send(c net.Conn, n int) {
	_, err := c.Write(make([]byte, n))
	o.err(err)
}

// drain reads until the other end has closed.
func (o *opener) drain(c net.Conn) {
	for {
		if _, err := c.Read(make([]byte, 100)); err != nil {
			return
		}
	}
}

// pair opens two sockets that have no names.
func (o *opener) pair(kind int) {
	_, err := unix.Socketpair(unix.AF_UNIX, kind|unix.SOCK_CLOEXEC, 0)
	o.err(err)
}

// full fills the queue of a listener, so that n more connections stay in
// SYN_SENT.
func (o *opener) full(n int) {
	l, err := unix.Socket(unix.AF_INET, unix.SOCK_STREAM|unix.SOCK_CLOEXEC, 0)
	o.err(err)
	loopback := [4]byte{127, 0, 0, 1}
	o.err(unix.Bind(l, &unix.SockaddrInet4{Addr: loopback}))
	o.err(unix.Listen(l, 0))
	to, err := unix.Getsockname(l)
	o.err(err)
	for i := range 1 + n {
		c, err := unix.Socket(unix.AF_INET, unix.SOCK_STREAM|unix.SOCK_CLOEXEC|unix.SOCK_NONBLOCK, 0)
		o.err(err)
		err = unix.Connect(c, to)
		if i == 0 {
			// Until it is in the queue the next could get its place.
			_, perr := unix.Poll([]unix.PollFd{{Fd: int32(c), Events: unix.POLLOUT}}, -1)
			o.err(perr)
		}
		if err != nil && err != unix.EINPROGRESS {
			o.err(err)
		}
	}
}

// shared opens a socket that another process holds too, and two on one port.
func (o *opener) shared() {
	l := o.listen("tcp4", "127.0.0.1:0")
	file, err := l.(*net.TCPListener).File()
	o.err(err)
	cmd := helperCommand("hold")
	cmd.ExtraFiles = []*os.File{file}
	stdin, err := cmd.StdinPipe()
	o.err(err)
	stdout, err := cmd.StdoutPipe()
	o.err(err)
	o.err(cmd.Start())
	_, err = bufio.NewReader(stdout).Peek(len("ready"))
	o.err(err)
	o.kept = append(o.kept, file, cmd, stdin)

	reuse := net.ListenConfig{Control: func(_, _ string, c syscall.RawConn) error {
		var err error
		cerr := c.Control(func(fd uintptr) { err = unix.SetsockoptInt(int(fd), unix.SOL_SOCKET, unix.SO_REUSEPORT, 1) })
		if cerr != nil {
			return cerr
		}
		return err
	}}
	address := "127.0.0.1:0"
	for range 2 {
		l, err := reuse.Listen(context.Background(), "tcp4", address)
		o.err(err)
		if err != nil {
			return
		}
		address = l.Addr().String()
		o.kept = append(o.kept, l)
	}
}

// netstatRow is a row of psutil netstat -o json.
type netstatRow struct {
	FD       int
	Family   string
	Type     string
	Laddr    json.RawMessage
	Raddr    json.RawMessage
	Status   string
	PID      *int
	Inode    uint64
	RecvQ    int `json:"recv_q"`
	SendQ    int `json:"send_q"`
	Name     *string
	Username *string
}

// address returns "ip:port" as netip writes it, a path, or "-".
func (netstatRow) address(raw json.RawMessage) string {
	var ip struct {
		IP   string
		Port uint16
	}
	var path string
	switch {
	case string(raw) == "null":
		return "-"
	case json.Unmarshal(raw, &path) == nil:
		return path
	case json.Unmarshal(raw, &ip) == nil:
		return netip.AddrPortFrom(netip.MustParseAddr(ip.IP), ip.Port).String()
	}
	return string(raw)
}

func number(n *int) int {
	if n == nil {
		return -1
	}
	return *n
}

// line is what is compared: of Internet sockets kind, state, queues, ends,
// process and descriptor; of Unix sockets kind, name, inode, process and
// descriptor.
func (r netstatRow) line() string {
	kind := r.Family + " " + r.Type
	if r.Family == "AF_UNIX" {
		return fmt.Sprintf("%s %s %d pid=%d fd=%d", kind, r.address(r.Laddr), r.Inode, number(r.PID), r.FD)
	}
	sendQ := r.SendQ
	if r.Status == "LISTEN" {
		sendQ = 0 // not all kernels' /proc tells how many may wait
	}
	return fmt.Sprintf("%s %s %d %d %s %s pid=%d fd=%d", kind, r.Status, r.RecvQ, sendQ,
		r.address(r.Laddr), r.address(r.Raddr), number(r.PID), r.FD)
}

var ssUser = regexp.MustCompile(`pid=(\d+),fd=(\d+)`)

// ssLines returns the rows of ss in the form of line, one for each process
// that holds a socket.
func ssLines(t *testing.T, text string) []string {
	states := map[string]string{
		"ESTAB": "ESTABLISHED", "SYN-SENT": "SYN_SENT", "SYN-RECV": "SYN_RECV", "FIN-WAIT-1": "FIN_WAIT1", "FIN-WAIT-2": "FIN_WAIT2",
		"TIME-WAIT": "TIME_WAIT", "UNCONN": "CLOSE", "CLOSE-WAIT": "CLOSE_WAIT", "LAST-ACK": "LAST_ACK", "LISTEN": "LISTEN", "CLOSING": "CLOSING",
	}
	kinds := map[string]string{"u_str": "SOCK_STREAM", "u_dgr": "SOCK_DGRAM", "u_seq": "SOCK_SEQPACKET", "tcp": "SOCK_STREAM", "udp": "SOCK_DGRAM"}
	address := func(s string) string {
		host, port, _ := cutLast(s, ":")
		if port == "*" {
			return "-"
		}
		if host == "*" {
			host = "[::]"
		}
		return host + ":" + port
	}
	var lines []string
	for text := range strings.Lines(text) {
		f := strings.Fields(text)
		var line string
		switch {
		case strings.HasPrefix(f[0], "u_"):
			path := f[4]
			if path == "*" {
				path = "-"
			}
			line = fmt.Sprintf("AF_UNIX %s %s %s", kinds[f[0]], path, f[5])
		default:
			family, state, sendQ := "AF_INET", states[f[1]], f[3]
			if strings.ContainsAny(f[4], "[*") {
				family = "AF_INET6"
			}
			if f[0] == "udp" {
				state = "NONE"
			}
			if state == "LISTEN" {
				sendQ = "0"
			}
			line = fmt.Sprintf("%s %s %s %s %s %s %s", family, kinds[f[0]], state, f[2], sendQ, address(f[4]), address(f[5]))
		}
		users := ssUser.FindAllStringSubmatch(text, -1)
		if len(users) == 0 {
			users = [][]string{{"", "-1", "-1"}}
		}
		for _, u := range users {
			lines = append(lines, fmt.Sprintf("%s pid=%s fd=%s", line, u[1], u[2]))
		}
	}
	if t.Failed() {
		t.Log(text)
	}
	return lines
}

func cutLast(s, sep string) (before, after string, found bool) {
	if i := strings.LastIndex(s, sep); i >= 0 {
		return s[:i], s[i+len(sep):], true
	}
	return s, "", false
}

func TestNetstatAgreesWithSS(t *testing.T) {
	needTool(t, "ss")
	needTool(t, "ip")
	if os.Geteuid() != 0 {
		missing(t, "a network namespace takes root")
	}
	dir, err := os.MkdirTemp("", "psutil") // short enough for a Unix socket
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { os.RemoveAll(dir) })
	cmd := helperCommand("sockets", dir)
	cmd.SysProcAttr = &syscall.SysProcAttr{Cloneflags: syscall.CLONE_NEWNET}
	cmd.Stderr = os.Stderr
	out, err := cmd.Output()
	if err != nil {
		t.Fatal(err)
	}
	said := decode[map[string]string](t, string(out))
	theirs := ssLines(t, said["ss"])
	var ours []string
	kinds := make(map[string]int)
	for _, row := range decode[[]netstatRow](t, said["psutil"]) {
		ours = append(ours, row.line())
		kinds[row.Family+" "+row.Type+" "+row.Status]++
		if row.PID != nil && (row.Name == nil || row.Username == nil || *row.Username != "root") {
			t.Errorf("no name or user: %+v", row)
		}
	}
	slices.Sort(ours)
	slices.Sort(theirs)
	only := func(a, b []string) (rest []string) {
		count := make(map[string]int)
		for _, line := range b {
			count[line]++
		}
		for _, line := range a {
			if count[line]--; count[line] < 0 {
				rest = append(rest, line)
			}
		}
		return rest
	}
	for _, line := range only(ours, theirs) {
		t.Error("only psutil has", line)
	}
	for _, line := range only(theirs, ours) {
		t.Error("only ss has    ", line)
	}
	t.Log(len(ours), "rows:", kinds)
	if len(ours) < 500 {
		t.Errorf("only %d rows", len(ours))
	}
	for _, kind := range []string{
		"AF_INET SOCK_STREAM LISTEN", "AF_INET SOCK_STREAM ESTABLISHED", "AF_INET SOCK_STREAM SYN_SENT", "AF_INET SOCK_STREAM TIME_WAIT",
		"AF_INET SOCK_DGRAM NONE", "AF_INET6 SOCK_STREAM LISTEN", "AF_INET6 SOCK_STREAM ESTABLISHED", "AF_INET6 SOCK_STREAM FIN_WAIT2",
		"AF_INET6 SOCK_STREAM CLOSE_WAIT", "AF_INET6 SOCK_DGRAM NONE", "AF_UNIX SOCK_STREAM NONE", "AF_UNIX SOCK_DGRAM NONE", "AF_UNIX SOCK_SEQPACKET NONE",
	} {
		if kinds[kind] == 0 {
			t.Errorf("no %s among %v", kind, slices.Collect(maps.Keys(kinds)))
		}
	}
}
