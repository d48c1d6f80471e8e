package psutil_test

import (
	"bytes"
	"fmt"
	"io"
	"math"
	"os"
	"os/exec"
	"slices"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"github.com/go-psutil/psutil"
)

// tcpConnections are the connections of TCP that this process has, by descriptor.
func tcpConnections(t testing.TB, opts ...psutil.ConnOption) map[int]psutil.Connection {
	t.Helper()
	conns, err := psutil.NetConnections(psutil.KindTCP, append(opts, psutil.WithTCPInfo())...)
	must(t, err)
	byFD := map[int]psutil.Connection{}
	for _, c := range conns {
		if c.PID == os.Getpid() {
			byFD[c.FD] = c
		}
	}
	return byFD
}

// kernelTCPInfo is what the system call says of a connection, as psutil has it.
func kernelTCPInfo(t testing.TB, fd int) psutil.TCPInfo {
	t.Helper()
	k, err := unix.GetsockoptTCPInfo(fd, unix.IPPROTO_TCP, unix.TCP_INFO)
	must(t, err)
	congestion, err := unix.GetsockoptString(fd, unix.IPPROTO_TCP, unix.TCP_CONGESTION)
	must(t, err)
	micro := func(n uint32) time.Duration { return time.Duration(n) * time.Microsecond }
	info := psutil.TCPInfo{
		RTT: micro(k.Rtt), RTTVar: micro(k.Rttvar), MinRTT: micro(k.Min_rtt), Cwnd: k.Snd_cwnd, Retransmits: k.Total_retrans,
		BytesSent: k.Bytes_sent, BytesRetrans: k.Bytes_retrans, BytesAcked: k.Bytes_acked, BytesRecv: k.Bytes_received,
		DeliveryRate: k.Delivery_rate, Congestion: congestion,
	}
	if k.Rtt == 0 {
		t.Fatal("no round trip yet")
	}
	if k.Min_rtt == math.MaxUint32 {
		info.MinRTT, info.Missing = 0, "min_rtt"
	}
	return info
}

// transfer writes n bytes to one end and reads them from the other.
func transfer(t testing.TB, from, to, n int) {
	t.Helper()
	b := bytes.Repeat([]byte{'x'}, n)
	written, err := unix.Write(from, b)
	must(t, err)
	if written != n {
		t.Fatalf("%d of %d bytes written", written, n)
	}
	for rest := n; rest > 0; {
		got, err := unix.Read(to, b)
		must(t, err)
		if got == 0 {
			t.Fatal(io.ErrUnexpectedEOF)
		}
		rest -= got
	}
	// The other end acknowledges when it likes.
	for {
		unacked, err := unix.IoctlGetInt(from, unix.SIOCOUTQ)
		must(t, err)
		if unacked == 0 {
			return
		}
	}
}

// TestTCPInfo has connections that carried a known number of bytes.
func TestTCPInfo(t *testing.T) {
	self, err := psutil.Self()
	must(t, err)
	for name, domain := range map[string]int{"IPv4": unix.AF_INET, "IPv6": unix.AF_INET6} {
		t.Run(name, func(t *testing.T) {
			l := listener(t, domain, 1)
			client := socket(t, domain, unix.SOCK_STREAM)
			must(t, unix.SetsockoptString(client, unix.IPPROTO_TCP, unix.TCP_CONGESTION, "reno"))
			at, err := unix.Getsockname(l)
			must(t, err)
			must(t, unix.Connect(client, at))
			server := accept(t, l)
			transfer(t, client, server, 1000)
			transfer(t, server, client, 250)
			transfer(t, client, server, 5)

			matches(t, func() string {
				before := map[int]psutil.TCPInfo{client: kernelTCPInfo(t, client), server: kernelTCPInfo(t, server)}
				byFD := tcpConnections(t)
				own, err := self.NetConnections(psutil.KindTCP, psutil.WithTCPInfo())
				must(t, err)
				for fd, want := range before {
					i := slices.IndexFunc(own, func(c psutil.Connection) bool { return c.FD == fd })
					if i < 0 || byFD[fd].TCP == nil || own[i].TCP == nil {
						t.Fatalf("of descriptor %d: %+v", fd, byFD[fd])
					}
					if after := kernelTCPInfo(t, fd); want != after {
						return fmt.Sprintf("moves: %+v, then %+v", want, after)
					}
					if got := *byFD[fd].TCP; got != want || *own[i].TCP != want {
						return fmt.Sprintf("%+v, of the process %+v, want %+v", got, *own[i].TCP, want)
					}
				}
				return ""
			})
			byFD := tcpConnections(t)
			c, s := byFD[client].TCP, byFD[server].TCP
			// Who began a connection has had that acknowledged too, as one byte.
			if c.BytesSent != 1005 || c.BytesAcked != 1006 || c.BytesRecv != 250 || s.BytesSent != 250 || s.BytesAcked != 250 || s.BytesRecv != 1005 {
				t.Errorf("client %v acked %d, server %v acked %d", c, c.BytesAcked, s, s.BytesAcked)
			}
			if c.Congestion != "reno" || s.Congestion == "" || c.Cwnd == 0 || c.RTT == 0 || c.MinRTT == 0 {
				t.Errorf("client %+v, server %+v", c, s)
			}
			if byFD[l].TCP != nil {
				t.Errorf("listener: %+v", byFD[l].TCP)
			}
			must(t, unix.SetsockoptString(server, unix.IPPROTO_TCP, unix.TCP_CONGESTION, "reno"))
			if s := tcpConnections(t, psutil.WithStates(psutil.ConnEstablished))[server].TCP; s == nil || s.Congestion != "reno" {
				t.Errorf("changed to reno: %+v", s)
			}

			must(t, unix.Shutdown(server, unix.SHUT_WR))
			matches(t, func() string {
				byFD := tcpConnections(t)
				if c, s := byFD[client].TCP, byFD[server].TCP; c.BytesRecv != 251 || s.BytesAcked != 251 || s.BytesSent != 250 {
					return fmt.Sprintf("at the end of a stream: client %+v, server %+v", c, s)
				}
				return ""
			})
		})
	}
	conns, err := psutil.NetConnections(psutil.KindAll)
	must(t, err)
	for _, c := range conns {
		if c.TCP != nil {
			t.Errorf("without being asked for: %+v", c)
		}
	}
}

// TestTCPInfoStates asks in every state: what has no connection has none.
func TestTCPInfoStates(t *testing.T) {
	needTool(t, "ip")
	if !isRerun(t) {
		rerun(t, newNet)
		return
	}
	everySocket(t)
	matches(t, func() string { // once the end of the one without a file is acknowledged
		conns, err := psutil.NetConnections(psutil.KindTCP, psutil.WithStates(psutil.ConnFinWait2))
		must(t, err)
		if slices.ContainsFunc(conns, func(c psutil.Connection) bool { return c.Inode == 0 }) {
			return ""
		}
		return fmt.Sprintf("none in FIN_WAIT2 without a file: %v", conns)
	})
	with, without := 0, map[psutil.ConnState]int{}
	for _, opts := range [][]psutil.ConnOption{nil, {psutil.WithStates(psutil.ConnTimeWait, psutil.ConnListen, psutil.ConnFinWait2, psutil.ConnBound)}, {psutil.WithoutOwners()}} {
		conns, err := psutil.NetConnections(psutil.KindAll|psutil.KindRaw|psutil.KindMPTCP, append(opts, psutil.WithTCPInfo())...)
		must(t, err)
		for _, c := range conns {
			if c.Status == psutil.ConnFinWait1 && c.Inode == 0 {
				continue // waits for the acknowledgement of its end
			}
			has := c.Kind&psutil.KindTCP != 0 && (c.Inode != 0 || c.Status == psutil.ConnEstablished)
			switch c.Status {
			case psutil.ConnListen, psutil.ConnTimeWait, psutil.ConnSynRecv, psutil.ConnBound:
				has = false
			case psutil.ConnFinWait2:
				// One without a file is in TIME_WAIT for the kernel, unless its end was
				// acknowledged while it was still being closed: tcp_rcv_state_process.
				has = has || c.TCP != nil
			}
			if (c.TCP != nil) != has {
				t.Errorf("%v with %v", c, c.TCP)
			}
			if has {
				with++
			} else {
				without[c.Status]++
			}
		}
	}
	for _, state := range []psutil.ConnState{psutil.ConnListen, psutil.ConnTimeWait, psutil.ConnSynRecv, psutil.ConnFinWait2, psutil.ConnNone} {
		if without[state] == 0 {
			t.Errorf("none in %v without", state)
		}
	}
	if with < 20 {
		t.Errorf("only %d with", with)
	}
}

// TestTCPInfoOfNetNS asks for it in another namespace, as one who may enter it.
func TestTCPInfoOfNetNS(t *testing.T) {
	needTool(t, "ip")
	if !isRerun(t) {
		rerun(t, func(cmd *exec.Cmd) {
			newNet(cmd)
			cmd.SysProcAttr.Cloneflags |= unix.CLONE_NEWPID | unix.CLONE_NEWNS
		})
		return
	}
	privateProc(t)
	var client int
	var ns unix.Stat_t
	inNet(t, -1, func() {
		output(t, "ip", "link", "set", "lo", "up")
		l := listener(t, unix.AF_INET, 1)
		client = dial(t, unix.AF_INET, l)
		server := accept(t, l)
		transfer(t, client, server, 77)
		must(t, unix.Stat("/proc/thread-self/ns/net", &ns))
		// A process by which the namespace is found.
		startChild(t, "idle")
	})
	c := tcpConnections(t, psutil.WithNetNS(psutil.NetNS(ns.Ino)))[client]
	if c.TCP == nil || c.TCP.BytesSent != 77 || c.NetNS != psutil.NetNS(ns.Ino) {
		t.Errorf("%+v with %v", c, c.TCP)
	}
}
