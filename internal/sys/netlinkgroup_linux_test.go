package sys

import (
	"encoding/binary"
	"errors"
	"net"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"golang.org/x/sys/unix"
)

const (
	sockDiag    = 4 // NETLINK_SOCK_DIAG
	tcpDestroy  = 1 // SKNLGRP_INET_TCP_DESTROY
	tcp6Destroy = 3 // SKNLGRP_INET6_TCP_DESTROY
)

func openGroup(t testing.TB, proto int, groups ...int) *NetlinkGroup {
	t.Helper()
	g, err := OpenNetlinkGroups(proto, groups...)
	if errors.Is(err, unix.EPROTONOSUPPORT) {
		missing(t, "no sock_diag: "+err.Error())
	}
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if g != nil {
			g.Close()
		}
	})
	return g
}

// closedConnection makes a connection to itself and closes it. It returns the
// ports.
func closedConnection(t testing.TB, network, addr string) (client, server uint16) {
	t.Helper()
	l, err := net.Listen(network, addr)
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	c, err := net.Dial(network, l.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	s, err := l.Accept()
	if err != nil {
		t.Fatal(err)
	}
	client, server = uint16(c.LocalAddr().(*net.TCPAddr).Port), uint16(l.Addr().(*net.TCPAddr).Port)
	if err := errors.Join(c.Close(), s.Close()); err != nil {
		t.Fatal(err)
	}
	return client, server
}

// until reads until done, which the kernel may take a moment for.
func until(t *testing.T, g *NetlinkGroup, each func(msg []byte), done func(lost bool) bool) {
	t.Helper()
	lost := false
	for began := time.Now(); time.Since(began) < 10*time.Second; {
		l, err := g.Read(func(msg []byte) error { each(msg); return nil })
		if err != nil {
			t.Fatal(err)
		}
		if lost = lost || l; done(lost) {
			return
		}
	}
	t.Error("it never came")
}

func TestNetlinkGroup(t *testing.T) {
	for network, addr := range map[string]string{"tcp4": "127.0.0.1:0", "tcp6": "[::1]:0"} {
		t.Run(network, func(t *testing.T) {
			g := openGroup(t, sockDiag, tcpDestroy, tcp6Destroy)
			client, server := closedConnection(t, network, addr)
			ends := map[[2]uint16]int{}
			family := byte(unix.AF_INET)
			if network == "tcp6" {
				family = unix.AF_INET6
			}
			until(t, g, func(msg []byte) {
				h := header(msg)
				body := msg[unix.SizeofNlMsghdr:] // struct inet_diag_msg
				if h.typ != unix.SOCK_DIAG_BY_FAMILY || int(h.len) != len(msg) || len(body) < 72 {
					t.Fatalf("message %+v of %d bytes", h, len(msg))
				}
				if body[0] == family {
					ends[[2]uint16{binary.BigEndian.Uint16(body[4:]), binary.BigEndian.Uint16(body[6:])}]++
				}
			}, func(lost bool) bool {
				return ends[[2]uint16{client, server}] == 1 && ends[[2]uint16{server, client}] == 1 && !lost
			})
		})
	}
}

func TestNetlinkGroupOfOneFamily(t *testing.T) {
	ns := newNetNS(t)
	var g *NetlinkGroup
	if err := InNetNS(ns, func() (err error) { g, err = OpenNetlinkGroups(sockDiag, tcp6Destroy); return err }); err != nil {
		t.Fatal(err)
	}
	defer g.Close()
	// Neither of another namespace, nor of the other family.
	closedConnection(t, "tcp6", "[::1]:0")
	if err := InNetNS(ns, func() error {
		for _, family := range []int{unix.AF_INET, unix.AF_INET6} {
			fd, err := unix.Socket(family, unix.SOCK_STREAM|unix.SOCK_CLOEXEC, 0)
			if err != nil {
				return err
			}
			unix.Close(fd)
		}
		return nil
	}); err != nil {
		t.Fatal(err)
	}
	n := 0
	until(t, g, func(msg []byte) {
		n++
		if body := msg[unix.SizeofNlMsghdr:]; body[0] != unix.AF_INET6 || n > 1 {
			t.Errorf("message %d of family %d", n, body[0])
		}
	}, func(bool) bool { return n > 0 })
}

func TestNetlinkGroupNothing(t *testing.T) {
	ns := newNetNS(t)
	if err := InNetNS(ns, func() error {
		g := openGroup(t, sockDiag, tcpDestroy)
		for range 3 {
			lost, err := g.Read(func([]byte) error { t.Error("a message"); return nil })
			if lost || err != nil {
				t.Errorf("lost %t, %v", lost, err)
			}
		}
		return nil
	}); err != nil {
		t.Fatal(err)
	}
}

func descriptors(t testing.TB) (sockets int) {
	t.Helper()
	links, err := filepath.Glob("/proc/self/fd/*")
	if err != nil {
		t.Fatal(err)
	}
	for _, l := range links {
		if to, err := os.Readlink(l); err == nil && strings.HasPrefix(to, "socket:") {
			sockets++
		}
	}
	return sockets
}

func TestNetlinkGroupClose(t *testing.T) {
	before := descriptors(t)
	g := openGroup(t, sockDiag, tcpDestroy)
	if n := descriptors(t); n != before+1 {
		t.Errorf("%d sockets, %d before", n, before)
	}
	g.Close()
	if n := descriptors(t); n != before {
		t.Errorf("%d sockets after Close, %d before", n, before)
	}
	g.fd = -1
	if _, err := g.Read(func([]byte) error { return nil }); err != unix.EBADF {
		t.Errorf("closed: %v", err)
	}
	// Nor does one stay that could not join.
	for proto, groups := range map[int][]int{sockDiag: {tcpDestroy, 1 << 20}, 200: {1}} {
		if g, err := OpenNetlinkGroups(proto, groups...); err == nil || g != nil {
			t.Errorf("groups %d of %d: %v", groups, proto, err)
		}
	}
	if n := descriptors(t); n != before {
		t.Errorf("%d sockets after errors, %d before", n, before)
	}
}

// sendTo sends a message of another program to the group's socket.
func sendTo(t testing.TB, g *NetlinkGroup, size int) {
	t.Helper()
	at, err := unix.Getsockname(g.fd)
	if err != nil {
		t.Fatal(err)
	}
	fd, err := unix.Socket(unix.AF_NETLINK, unix.SOCK_RAW|unix.SOCK_CLOEXEC, unix.NETLINK_USERSOCK)
	if err != nil {
		t.Fatal(err)
	}
	defer unix.Close(fd)
	msg := make([]byte, size)
	nlmsghdr{len: uint32(size), typ: unix.SOCK_DIAG_BY_FAMILY}.put(msg)
	err = unix.Sendto(fd, msg, 0, &unix.SockaddrNetlink{Family: unix.AF_NETLINK, Pid: at.(*unix.SockaddrNetlink).Pid})
	if err != nil {
		missing(t, "can't send: "+err.Error())
	}
}

func TestNetlinkGroupForeignSender(t *testing.T) {
	g := openGroup(t, unix.NETLINK_USERSOCK)
	sendTo(t, g, 100)
	// It has come, and is not shown.
	if n, _, err := unix.Recvfrom(g.fd, make([]byte, 200), unix.MSG_PEEK); n != 100 || err != nil {
		t.Fatalf("%d bytes, %v", n, err)
	}
	lost, err := g.Read(func([]byte) error { t.Error("a message of another program"); return nil })
	if lost || err != nil {
		t.Errorf("lost %t, %v", lost, err)
	}
	if n, _, err := unix.Recvfrom(g.fd, make([]byte, 200), unix.MSG_PEEK); err != unix.EAGAIN {
		t.Errorf("%d bytes left, %v", n, err)
	}
}

func TestNetlinkGroupLoss(t *testing.T) {
	ns := newNetNS(t)
	var g *NetlinkGroup
	make1 := func(n int) {
		t.Helper()
		if err := InNetNS(ns, func() error {
			for range n {
				fd, err := unix.Socket(unix.AF_INET, unix.SOCK_STREAM|unix.SOCK_CLOEXEC, 0)
				if err != nil {
					return err
				}
				unix.Close(fd)
			}
			return nil
		}); err != nil {
			t.Fatal(err)
		}
	}
	if err := InNetNS(ns, func() (err error) { g, err = OpenNetlinkGroups(sockDiag, tcpDestroy); return err }); err != nil {
		t.Fatal(err)
	}
	defer g.Close()

	// A message that the buffer has no room for.
	room := g.buf
	g.buf = g.buf[:32]
	make1(1)
	until(t, g, func([]byte) { t.Error("a cut message") }, func(lost bool) bool { return lost })
	g.buf = room

	// More than may wait.
	if err := unix.SetsockoptInt(g.fd, unix.SOL_SOCKET, unix.SO_RCVBUF, 2048); err != nil {
		t.Fatal(err)
	}
	const many = 1000
	make1(many)
	n := 0
	until(t, g, func([]byte) { n++ }, func(lost bool) bool { return lost })
	if n == 0 || n >= many {
		t.Errorf("%d of %d messages, and some are lost", n, many)
	}

	// An error of the callback is returned.
	stop := errors.New("stop")
	make1(1)
	var err error
	for began := time.Now(); err == nil && time.Since(began) < 10*time.Second; {
		_, err = g.Read(func([]byte) error { return stop })
	}
	if err != stop {
		t.Errorf("error %v", err)
	}
}
