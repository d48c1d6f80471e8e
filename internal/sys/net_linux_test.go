package sys

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"testing"
	"unsafe"

	"golang.org/x/sys/unix"
)

// linkRequest asks for all interfaces: nlmsghdr, ifinfomsg.
func linkRequest() []byte {
	b := make([]byte, unix.SizeofNlMsghdr+unix.SizeofIfInfomsg)
	nlmsghdr{typ: unix.RTM_GETLINK}.put(b)
	return b
}

// addrRequest asks for all IPv4 addresses: nlmsghdr, ifaddrmsg.
func addrRequest() []byte {
	b := make([]byte, unix.SizeofNlMsghdr+unix.SizeofIfAddrmsg)
	nlmsghdr{typ: unix.RTM_GETADDR}.put(b)
	b[unix.SizeofNlMsghdr] = unix.AF_INET
	return b
}

// attribute returns the first attribute of a type behind the fixed part of a
// message.
func attribute(msg []byte, fixed int, typ uint16) []byte {
	b := msg[unix.SizeofNlMsghdr+fixed:]
	for len(b) >= 4 {
		n := int(binary.NativeEndian.Uint16(b))
		if n < 4 || n > len(b) {
			return nil
		}
		if binary.NativeEndian.Uint16(b[2:]) == typ {
			return b[4:n]
		}
		b = b[min((n+3)&^3, len(b)):]
	}
	return nil
}

func linkNames() ([]string, error) {
	var names []string
	err := NetlinkDump(unix.NETLINK_ROUTE, linkRequest(), func() { names = names[:0] }, func(msg []byte) error {
		if typ := header(msg).typ; typ != unix.RTM_NEWLINK {
			return fmt.Errorf("message of type %d", typ)
		}
		name := attribute(msg, unix.SizeofIfInfomsg, unix.IFLA_IFNAME)
		names = append(names, unix.ByteSliceToString(name))
		return nil
	})
	slices.Sort(names)
	return names, err
}

func interfaces(t testing.TB) []string {
	t.Helper()
	entries, err := os.ReadDir("/sys/class/net")
	if err != nil {
		t.Fatal(err)
	}
	var names []string
	for _, e := range entries {
		if e.Type()&os.ModeSymlink != 0 { // bonding_masters is a file
			names = append(names, e.Name())
		}
	}
	slices.Sort(names)
	return names
}

func TestNetlinkDump(t *testing.T) {
	got, err := linkNames()
	if err != nil {
		t.Fatal(err)
	}
	if want := interfaces(t); !slices.Equal(got, want) {
		t.Errorf("got %q, want %q", got, want)
	}
}

func TestNetlinkDumpSockets(t *testing.T) {
	fd, err := unix.Socket(unix.AF_INET, unix.SOCK_STREAM|unix.SOCK_CLOEXEC, 0)
	if err != nil {
		t.Fatal(err)
	}
	defer unix.Close(fd)
	if err := unix.Bind(fd, &unix.SockaddrInet4{Addr: [4]byte{127, 0, 0, 1}}); err != nil {
		t.Fatal(err)
	}
	if err := unix.Listen(fd, 1); err != nil {
		t.Fatal(err)
	}
	local, err := unix.Getsockname(fd)
	if err != nil {
		t.Fatal(err)
	}
	port := uint16(local.(*unix.SockaddrInet4).Port)

	// nlmsghdr, struct inet_diag_req_v2: TCP sockets that listen.
	request := make([]byte, unix.SizeofNlMsghdr+56)
	nlmsghdr{typ: unix.SOCK_DIAG_BY_FAMILY}.put(request)
	body := request[unix.SizeofNlMsghdr:]
	body[0], body[1] = unix.AF_INET, unix.IPPROTO_TCP
	binary.NativeEndian.PutUint32(body[4:], 1<<10)
	unchanged := bytes.Clone(request)
	found := 0
	err = NetlinkDump(unix.NETLINK_INET_DIAG, request, func() { found = 0 }, func(msg []byte) error {
		// struct inet_diag_msg: family, state, timer, retrans, then the ID.
		m := msg[unix.SizeofNlMsghdr:]
		if m[0] != unix.AF_INET || m[1] != 10 {
			return fmt.Errorf("not a listener: %d", m[:4])
		}
		if binary.BigEndian.Uint16(m[4:]) == port {
			found++
		}
		return nil
	})
	if errors.Is(err, unix.EPROTONOSUPPORT) {
		missing(t, "no sock_diag: "+err.Error())
	}
	if err != nil || found != 1 {
		t.Errorf("found it %d times, %v", found, err)
	}
	if !bytes.Equal(request, unchanged) {
		t.Error("the request was changed")
	}
}

func TestNetlinkDumpErrors(t *testing.T) {
	dumpOf := func(proto int, request []byte) error {
		begun := 0
		err := NetlinkDump(proto, request, func() { begun++ }, func([]byte) error { return nil })
		if err != nil && begun > 1 {
			t.Errorf("tried %d times", begun)
		}
		return err
	}
	if err := dumpOf(unix.NETLINK_ROUTE, make([]byte, 15)); err != unix.EINVAL {
		t.Errorf("no header: %v", err)
	}
	if err := dumpOf(200, make([]byte, 16)); err != unix.EPROTONOSUPPORT && err != unix.EINVAL {
		t.Errorf("no such protocol: %v", err)
	}
	request := linkRequest()
	nlmsghdr{typ: 0xfff0}.put(request)
	if err := dumpOf(unix.NETLINK_ROUTE, request); err != unix.EOPNOTSUPP {
		t.Errorf("no such type: %v", err)
	}
	stop := errors.New("stop")
	if err := NetlinkDump(unix.NETLINK_ROUTE, linkRequest(), func() {}, func([]byte) error { return stop }); err != stop {
		t.Errorf("error of the callback: %v", err)
	}
	calls := 0
	err := NetlinkDump(unix.NETLINK_ROUTE, linkRequest(), func() {}, func([]byte) error {
		calls++
		return unix.EMSGSIZE
	})
	if err != unix.EMSGSIZE || calls != 1 {
		t.Errorf("an error of the callback that looks like one of the dump: %v, %d calls", err, calls)
	}
}

func TestNetlinkDumpEnlargesBuffer(t *testing.T) {
	request, err := dumpRequest(linkRequest())
	if err != nil {
		t.Fatal(err)
	}
	buf := make([]byte, 64)
	begun, links := 0, 0
	begin := func() { begun++; links = 0 }
	err = repeatDump(unix.NETLINK_ROUTE, request, &buf, true, begin, func(msg []byte) error {
		if attribute(msg, unix.SizeofIfInfomsg, unix.IFLA_IFNAME) == nil {
			t.Error("cut message")
		}
		links++
		return nil
	})
	if err != nil || begun < 2 || links != len(interfaces(t)) {
		t.Errorf("%v, tried %d times, %d links; buffer %d", err, begun, links, len(buf))
	}
}

// TestReceive has messages of the kernel and of another program, in either way.
func TestReceive(t *testing.T) {
	open := func(proto int) (fd int, addr unix.Sockaddr) {
		t.Helper()
		fd, err := unix.Socket(unix.AF_NETLINK, unix.SOCK_RAW|unix.SOCK_CLOEXEC|unix.SOCK_NONBLOCK, proto)
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { unix.Close(fd) })
		if err := unix.Bind(fd, &unix.SockaddrNetlink{Family: unix.AF_NETLINK}); err != nil {
			t.Fatal(err)
		}
		if addr, err = unix.Getsockname(fd); err != nil {
			t.Fatal(err)
		}
		return fd, addr
	}
	here, addr := open(unix.NETLINK_USERSOCK)
	there, _ := open(unix.NETLINK_USERSOCK)
	routes, _ := open(unix.NETLINK_ROUTE)
	request, err := dumpRequest(linkRequest())
	if err != nil {
		t.Fatal(err)
	}
	message := bytes.Repeat([]byte("abcd"), 100)
	for _, atOnce := range []bool{false, true} {
		for _, room := range []int{1000, 16} { // the size is told, whatever the room
			buf := make([]byte, room)
			if err := unix.Sendto(there, message, 0, addr); err != nil {
				t.Fatal(err)
			}
			n, fromKernel, err := receive(here, buf, atOnce)
			if err != nil || n != len(message) || fromKernel || !bytes.HasPrefix(message, buf[:min(n, room)]) {
				t.Errorf("at once %v, room %d: %d bytes, from the kernel %v, %v", atOnce, room, n, fromKernel, err)
			}
			if _, _, err := receive(here, buf, atOnce); err != unix.EAGAIN {
				t.Errorf("at once %v, nothing there: %v", atOnce, err)
			}
		}
		if err := unix.Sendto(routes, request, 0, &unix.SockaddrNetlink{Family: unix.AF_NETLINK}); err != nil {
			t.Fatal(err)
		}
		n, fromKernel, err := receive(routes, make([]byte, 64<<10), atOnce)
		if err != nil || n < unix.SizeofNlMsghdr || !fromKernel {
			t.Errorf("at once %v: %d bytes, from the kernel %v, %v", atOnce, n, fromKernel, err)
		}
		for err == nil { // what else there is
			_, _, err = receive(routes, make([]byte, 64<<10), atOnce)
		}
		if _, _, err := receive(-1, make([]byte, 16), atOnce); err != unix.EBADF {
			t.Errorf("at once %v, no socket: %v", atOnce, err)
		}
	}
}

// TestReceiveWaits has a message come when the thread that asked for it sleeps.
func TestReceiveWaits(t *testing.T) {
	for _, atOnce := range []bool{false, true} {
		pair, err := unix.Socketpair(unix.AF_UNIX, unix.SOCK_DGRAM|unix.SOCK_CLOEXEC, 0)
		if err != nil {
			t.Fatal(err)
		}
		defer unix.Close(pair[0])
		defer unix.Close(pair[1])
		thread, done := make(chan int, 1), make(chan error, 1)
		go func() {
			runtime.LockOSThread()
			defer runtime.UnlockOSThread()
			thread <- unix.Gettid()
			n, _, err := receive(pair[0], make([]byte, 16), atOnce)
			if err == nil && n != 5 {
				err = fmt.Errorf("%d bytes", n)
			}
			done <- err
		}()
		waiting := fmt.Sprintf("/proc/self/task/%d/syscall", <-thread)
		for len(done) == 0 {
			if call, err := os.ReadFile(waiting); err != nil || !strings.HasPrefix(string(call), "running") {
				break
			}
			runtime.Gosched()
		}
		if len(done) > 0 {
			t.Errorf("at once %v: did not wait: %v", atOnce, <-done)
			continue
		}
		if err := unix.Sendto(pair[1], []byte("hello"), 0, nil); err != nil {
			t.Fatal(err)
		}
		if err := <-done; err != nil {
			t.Errorf("at once %v: %v", atOnce, err)
		}
	}
}

// manyAddresses gives lo 1,000 addresses, and returns a function that changes
// the list.
func manyAddresses() (change func(i int) error, err error) {
	s, err := OpenIfSocket()
	if err != nil {
		return nil, err
	}
	change = func(i int) error {
		ifr, err := unix.NewIfreq("lo:" + strconv.Itoa(i))
		if err != nil {
			return err
		}
		if err := ifr.SetInet4Addr([]byte{127, 1, byte(i >> 8), byte(i)}); err != nil {
			return err
		}
		return unix.IoctlIfreq(s.fd, unix.SIOCSIFADDR, ifr)
	}
	for i := range 1000 {
		if err := change(i); err != nil {
			return nil, err
		}
	}
	return change, nil
}

func TestNetlinkDumpInterrupted(t *testing.T) {
	ns := newNetNS(t)
	for _, c := range []struct {
		name     string
		disturb  int // attempts during which the list changes
		attempts int
		even     bool
		want     error
	}{
		{"Never", 0, 1, false, nil},
		{"NeverEven", 0, 1, true, nil},
		{"Twice", 2, 3, true, nil},
		{"Always", dumpAttempts, dumpAttempts, false, ErrDumpInterrupted},
	} {
		err := InNetNS(ns, func() error {
			change, err := manyAddresses()
			if err != nil {
				return err
			}
			request, err := dumpRequest(addrRequest())
			if err != nil {
				return err
			}
			begun, rows, extra := 0, 0, 2000*c.attempts
			buf := make([]byte, 4096) // small pieces: change the list between two of them
			err = repeatDump(unix.NETLINK_ROUTE, request, &buf, c.even, func() { begun++; rows = 0 }, func([]byte) error {
				rows++
				if begun <= c.disturb && rows == 10 {
					extra++
					return change(extra)
				}
				return nil
			})
			if err != c.want || begun != c.attempts || rows < 1000 {
				t.Errorf("%s: %v after %d attempts, %d rows", c.name, err, begun, rows)
			}
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
	}
}

// message builds a netlink message with its padding.
func message(typ, flags uint16, seq uint32, payload ...byte) []byte {
	b := make([]byte, (unix.SizeofNlMsghdr+len(payload)+3)&^3)
	nlmsghdr{len: uint32(unix.SizeofNlMsghdr + len(payload)), typ: typ, flags: flags, seq: seq}.put(b)
	copy(b[unix.SizeofNlMsghdr:], payload)
	return b
}

func errno(code int32) []byte {
	return binary.NativeEndian.AppendUint32(nil, uint32(code))
}

func TestDumpRead(t *testing.T) {
	const multi = unix.NLM_F_MULTI
	row := func(payload ...byte) []byte { return message(100, multi, dumpSeq, payload...) }
	done := message(unix.NLMSG_DONE, multi, dumpSeq, errno(0)...)
	for _, c := range []struct {
		name        string
		in          [][]byte
		rows        string
		done        bool
		interrupted bool
		err         error
	}{
		{"Rows", [][]byte{row('a'), row('b', 'c')}, "a|bc|", false, false, nil},
		{"RowsAndDone", [][]byte{row('a'), done}, "a|", true, false, nil},
		{"NothingAfterDone", [][]byte{done, row('a')}, "", true, false, nil},
		{"DoneWithoutCode", [][]byte{message(unix.NLMSG_DONE, multi, dumpSeq)}, "", true, false, nil},
		{"DoneWithError", [][]byte{row('a'), message(unix.NLMSG_DONE, multi, dumpSeq, errno(-int32(unix.ENOMEM))...)}, "a|", true, false, unix.ENOMEM},
		{"Error", [][]byte{message(unix.NLMSG_ERROR, 0, dumpSeq, errno(-int32(unix.EPERM))...)}, "", true, false, unix.EPERM},
		{"Acknowledged", [][]byte{message(unix.NLMSG_ERROR, 0, dumpSeq, errno(0)...)}, "", true, false, nil},
		{"ErrorOfLowestNumber", [][]byte{message(unix.NLMSG_ERROR, 0, dumpSeq, errno(-1<<31)...)}, "", true, false, nil},
		{"ErrorCut", [][]byte{message(unix.NLMSG_ERROR, 0, dumpSeq, 1, 2)}, "", true, false, errShortMessage},
		{"OthersAnswer", [][]byte{message(100, multi, dumpSeq+1, 'x'), message(unix.NLMSG_DONE, multi, 0), row('a')}, "a|", false, false, nil},
		{"Noop", [][]byte{message(unix.NLMSG_NOOP, 0, dumpSeq), row('a')}, "a|", false, false, nil},
		{"Overrun", [][]byte{row('a'), message(unix.NLMSG_OVERRUN, 0, dumpSeq), row('b')}, "a|", false, false, unix.ENOBUFS},
		{"InterruptedRow", [][]byte{message(100, multi|unix.NLM_F_DUMP_INTR, dumpSeq, 'a'), done}, "a|", true, true, nil},
		{"InterruptedDone", [][]byte{message(unix.NLMSG_DONE, multi|unix.NLM_F_DUMP_INTR, dumpSeq, errno(0)...)}, "", true, true, nil},
		{"OthersInterrupted", [][]byte{message(100, multi|unix.NLM_F_DUMP_INTR, 7, 'x'), done}, "", true, false, nil},
		{"Malformed", [][]byte{row('a'), {1, 2, 3}}, "a|", false, false, errShortMessage},
	} {
		t.Run(c.name, func(t *testing.T) {
			var d dump
			var rows strings.Builder
			err := d.read(bytes.Join(c.in, nil), func(msg []byte) error {
				rows.Write(msg[unix.SizeofNlMsghdr:])
				rows.WriteByte('|')
				return nil
			})
			if rows.String() != c.rows || d != (dump{c.done, c.interrupted}) || err != c.err {
				t.Errorf("rows %q, %+v, %v", rows.String(), d, err)
			}
		})
	}
}

func TestEachMessage(t *testing.T) {
	b := bytes.Join([][]byte{message(1, 2, 3, 'a', 'b', 'c', 'd', 'e'), message(4, 5, 6), message(7, 8, 9, 'z')}, nil)
	split := func(b []byte) (got []nlmsghdr, payloads []string, err error) {
		err = eachMessage(b, func(h nlmsghdr, msg []byte) error {
			got = append(got, h)
			payloads = append(payloads, string(msg[unix.SizeofNlMsghdr:]))
			return nil
		})
		return got, payloads, err
	}
	wantHeaders := []nlmsghdr{{21, 1, 2, 3, 0}, {16, 4, 5, 6, 0}, {17, 7, 8, 9, 0}}
	wantPayloads := []string{"abcde", "", "z"}
	ends := []int{0, 21, 24 + 16, 24 + 16 + 17}
	for n := range len(b) + 1 {
		// Whole are the messages that end by n, with or without padding.
		whole := 0
		for whole+1 < len(ends) && ends[whole+1] <= n {
			whole++
		}
		end := ends[whole]
		wantErr := n > (end+3)&^3
		headers, payloads, err := split(b[:n])
		if !slices.Equal(headers, wantHeaders[:whole]) || !slices.Equal(payloads, wantPayloads[:whole]) {
			t.Errorf("%d bytes: %v, %q", n, headers, payloads)
		}
		if (err != nil) != wantErr {
			t.Errorf("%d bytes: %v", n, err)
		}
	}
	for _, length := range []uint32{0, 1, 15, 17, 1 << 31, 1<<32 - 1, 1<<32 - 3} {
		bad := message(1, 0, 0)
		nlmsghdr{len: length}.put(bad)
		if _, _, err := split(bad); err != errShortMessage {
			t.Errorf("length %d: %v", length, err)
		}
	}
	stop := errors.New("stop")
	calls := 0
	if err := eachMessage(b, func(nlmsghdr, []byte) error { calls++; return stop }); err != stop || calls != 1 {
		t.Errorf("%v after %d calls", err, calls)
	}
}

func FuzzEachMessage(f *testing.F) {
	f.Add(message(1, 2, 3, 'a'))
	f.Add(append(message(unix.NLMSG_DONE, 2, dumpSeq, errno(0)...), message(100, 2, dumpSeq)...))
	f.Add(message(unix.NLMSG_ERROR, 0, dumpSeq, errno(-1)...))
	f.Add(make([]byte, 16))
	f.Fuzz(func(t *testing.T, b []byte) {
		total := 0
		err := eachMessage(b, func(h nlmsghdr, msg []byte) error {
			if len(msg) < unix.SizeofNlMsghdr || int(h.len) != len(msg) || cap(msg) != len(msg) {
				t.Fatalf("header %+v with %d bytes, room for %d", h, len(msg), cap(msg))
			}
			total += len(msg)
			return nil
		})
		if total > len(b) || err == nil && len(b)-total > len(b)/16*3+3 {
			t.Fatalf("%d bytes of messages in %d, %v", total, len(b), err)
		}
		var d dump
		d.read(b, func([]byte) error { return nil })
	})
}

func TestIfSocket(t *testing.T) {
	s, err := OpenIfSocket()
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	for _, name := range interfaces(t) {
		flags, err := s.Flags(name)
		want, _ := strconv.ParseUint(readFile(t, "/sys/class/net/"+name+"/flags"), 0, 32)
		// The file has what was set, the call adds the states RUNNING,
		// LOWER_UP, DORMANT.
		if const_ := uint32(0xffff &^ unix.IFF_RUNNING); err != nil || flags&const_ != uint32(want)&const_ {
			t.Errorf("%s: flags %#x, %v, want %#x", name, flags, err, want)
		}
		mtu, err := s.MTU(name)
		if want := readFile(t, "/sys/class/net/"+name+"/mtu"); strconv.Itoa(int(mtu)) != want || err != nil {
			t.Errorf("%s: MTU %d, %v, want %s", name, mtu, err, want)
		}
		speed, duplex, err := s.LinkSettings(name)
		if b, errRead := os.ReadFile("/sys/class/net/" + name + "/speed"); errRead == nil && err == nil {
			if want := max(0, atoi(string(b))); int(speed) != want {
				t.Errorf("%s: speed %d, want %d", name, speed, want)
			}
			text := map[uint8]string{0: "half", 1: "full", 255: "unknown"}[duplex]
			if want := readFile(t, "/sys/class/net/"+name+"/duplex"); text != want {
				t.Errorf("%s: duplex %d, want %s", name, duplex, want)
			}
		}
		t.Log(name, flags, mtu, speed, duplex, err)
	}
	for name, want := range map[string]error{
		"nosuch":           unix.ENODEV,
		"":                 unix.ENODEV,
		"sixteen-bytes-xx": unix.EINVAL,
	} {
		if _, err := s.Flags(name); err != want {
			t.Errorf("flags of %q: %v", name, err)
		}
		if _, err := s.MTU(name); err != want {
			t.Errorf("MTU of %q: %v", name, err)
		}
		if _, _, err := s.LinkSettings(name); err != want && err != unix.ENOSYS {
			t.Errorf("link settings of %q: %v", name, err)
		}
	}
	if _, _, err := s.LinkSettings("lo"); err != unix.EOPNOTSUPP && err != unix.ENOSYS {
		t.Errorf("link settings of lo: %v", err)
	}
}

func atoi(s string) int {
	n, _ := strconv.Atoi(strings.TrimSpace(s))
	return n
}

func TestLinkSettingsOfVeth(t *testing.T) {
	err := InNetNS(newNetNS(t), func() error {
		if out, err := exec.Command("ip", "link", "add", "left", "type", "veth", "peer", "name", "right").CombinedOutput(); err != nil {
			t.Logf("ip link: %v %s", err, out)
			return nil
		}
		s, err := OpenIfSocket()
		if err != nil {
			return err
		}
		defer s.Close()
		speed, duplex, err := s.LinkSettings("left")
		if err == unix.ENOSYS {
			return nil
		}
		if speed != 10000 || duplex != 1 || err != nil {
			t.Errorf("speed %d, duplex %d, %v", speed, duplex, err)
		}
		for _, ask := range []func(string) (uint32, uint8, error){s.linkSettings, s.oldLinkSettings} {
			if speed, duplex, err := ask("right"); speed != 10000 || duplex != 1 || err != nil {
				t.Errorf("speed %d, duplex %d, %v", speed, duplex, err)
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
}

func TestEthtoolLayout(t *testing.T) {
	var link ethtoolLinkSettings
	var cmd ethtoolCmd
	for _, c := range []struct {
		name      string
		got, want uintptr
	}{
		{"ethtoolLinkSettings", unsafe.Sizeof(link), 48 + 3*4*maxMaskWords},
		{"ethtoolLinkSettings.nwords", unsafe.Offsetof(link.nwords), 15},
		{"ethtoolCmd", unsafe.Sizeof(cmd), 44},
		{"ethtoolCmd.speed", unsafe.Offsetof(cmd.speed), 12},
		{"ethtoolCmd.speedHi", unsafe.Offsetof(cmd.speedHi), 28},
	} {
		if c.got != c.want {
			t.Errorf("%s: %d, want %d", c.name, c.got, c.want)
		}
	}
}

func TestKnownSpeed(t *testing.T) {
	for in, want := range map[uint32]uint32{
		0: 0, 10: 10, 65535: 65535, 400000: 400000, 1<<31 - 1: 1<<31 - 1, 1 << 31: 0, 1<<32 - 1: 0,
	} {
		if got := knownSpeed(in); got != want {
			t.Errorf("%d: got %d, want %d", in, got, want)
		}
	}
}

func BenchmarkNetlinkDumpLinks(b *testing.B) {
	b.ReportAllocs()
	for b.Loop() {
		if err := NetlinkDump(unix.NETLINK_ROUTE, linkRequest(), func() {}, func([]byte) error { return nil }); err != nil {
			b.Fatal(err)
		}
	}
}
