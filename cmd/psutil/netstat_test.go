package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"net/netip"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/go-psutil/psutil"
)

func TestNetstatKind(t *testing.T) {
	for flags, want := range map[string]psutil.ConnKind{
		"":     psutil.KindINET,
		"t":    psutil.KindTCP,
		"u":    psutil.KindUDP,
		"tu":   psutil.KindINET,
		"x":    psutil.KindUnix,
		"4":    psutil.KindINET4,
		"6":    psutil.KindINET6,
		"46":   psutil.KindINET,
		"t4":   psutil.KindTCP4,
		"u6":   psutil.KindUDP6,
		"x4":   psutil.KindUnix | psutil.KindINET4,
		"tx":   psutil.KindUnix | psutil.KindTCP,
		"tux":  psutil.KindAll,
		"tx46": psutil.KindUnix | psutil.KindTCP,
		"w":    psutil.KindRaw,
		"w6":   psutil.KindRaw6,
		"tM4":  psutil.KindTCP4 | psutil.KindMPTCP4,
	} {
		has := func(flag string) bool { return strings.Contains(flags, flag) }
		f := netstatFlags{tcp: has("t"), udp: has("u"), unix: has("x"), v4: has("4"), v6: has("6"), raw: has("w"), mptcp: has("M")}
		if got := f.kind(); got != want {
			t.Errorf("-%s is %v, want %v", flags, got, want)
		}
	}
}

// conns are connections of every form.
var conns = []*psutil.Connection{
	{FD: 3, Family: psutil.FamilyINET, Type: psutil.SocketStream, Local: netip.MustParseAddrPort("0.0.0.0:22"), Status: psutil.ConnListen,
		Listening: true, PID: 1, UID: 5, Inode: 12, RecvQ: 1, SendQ: 128, Kind: psutil.KindTCP4, Cookie: 7, NetNS: 4026531840, CgroupID: 1},
	{FD: -1, Family: psutil.FamilyINET6, Type: psutil.SocketStream, Local: netip.MustParseAddrPort("[fe80::1%e\x1b]:22"),
		Remote: netip.MustParseAddrPort("[::ffff:192.0.2.1]:5"), Status: psutil.ConnTimeWait, PID: -1, UID: -1,
		TCP: &psutil.TCPInfo{RTT: 1500000, Cwnd: 10, Congestion: "\x1b", Missing: "min_rtt"}},
	{FD: 0, Family: psutil.FamilyINET6, Type: psutil.SocketDgram, Local: netip.MustParseAddrPort("[::]:0"), PID: 7},
	{FD: 4, Family: psutil.FamilyUnix, Type: psutil.SocketSeqpacket, LocalPath: "@a\x00\xff", RemotePath: "/b", PID: 9, UID: -1, Missing: "recv_q,send_q",
		Kind: psutil.KindUnix, PeerInode: 99, PeerPID: 12},
	{FD: 5, Family: psutil.FamilyUnix, Type: psutil.SocketStream, PID: 9, UID: -1, Missing: "raddr,recv_q,send_q"},
}

func testTable() socketTable {
	return socketTable{users: users{5: "jo\ne"}, programs: &programs{known: map[int]program{
		1: {"init\x1b", "root"}, 7: {nil, nil}, 9: {"nine", nil},
	}}}
}

func TestNetstatOptions(t *testing.T) {
	for _, f := range []netstatFlags{
		{states: []string{"nonsense"}}, {states: []string{"none"}}, {states: []string{""}}, {netns: "0"}, {netns: "-1"}, {netns: "some"},
	} {
		var usage *usageError
		if opts, err := f.options(); !errors.As(err, &usage) {
			t.Errorf("%+v: %d options, %v", f, len(opts), err)
		}
	}
	f := netstatFlags{states: []string{"listen", "time-wait", "SYN_SENT"}, port: 80, remotePort: 1, netns: "all", info: true}
	if opts, err := f.options(); len(opts) != 5 || err != nil {
		t.Errorf("%d options, %v; want 5", len(opts), err)
	}
}

func TestNetstatJSONIsConnection(t *testing.T) {
	table := testTable()
	r := report[conn]{columns: table.columns(&netstatFlags{}), rows: conns}
	lines := strings.Split(strings.TrimSpace(printed(t, r, formatNDJSON)), "\n")
	more := []string{
		`"name":"init\u001b","username":"jo\ne"`,
		`"name":null,"username":null`,
		`"name":null,"username":"0"`,
		`"name":"nine","username":null`,
		`"name":"nine","username":null`,
	}
	for i, c := range conns {
		own, err := json.Marshal(c)
		if err != nil {
			t.Fatal(err)
		}
		want := strings.TrimSuffix(string(own), "}") + "," + more[i] + "}"
		if lines[i] != want {
			t.Errorf("%s\nwant\n%s", lines[i], want)
		}
	}
}

func TestNetstatTable(t *testing.T) {
	table := testTable()
	table.hosts = map[netip.Addr]string{netip.MustParseAddr("::ffff:192.0.2.1"): "peer.example"}
	f := netstatFlags{extended: true, resolve: true}
	r := report[conn]{columns: table.columns(&f), rows: conns}
	const want = `
Proto  Recv-Q  Send-Q  FD  Local               Remote          Status     PID  UID  INODE  Program   User
tcp         1     128   3  0.0.0.0:22          -               LISTEN       1    5     12  init\x1b  jo\ne
tcp6        0       0   -  [fe80::1%e\x1b]:22  peer.example:5  TIME_WAIT    -    -      0  -         -
udp6        0       0   0  [::]:0              -               -            7    0      0  -         0
unix        -       -   4  @a\x00\xff          /b              -            9    -      0  nine      -
unix        -       -   5  -                   -               -            9    -      0  nine      -
`
	if got := "\n" + printed(t, r, formatTable); got != want {
		t.Errorf("%s\nwant:%s", got, want)
	}
	if got := printed(t, r, formatNDJSON); !strings.Contains(got, `"lhost":null,"rhost":"peer.example"}`) {
		t.Errorf("names are not in %s", got)
	}
}

func TestNetstatListening(t *testing.T) {
	f := netstatFlags{listening: true}
	var shown []int
	for i, c := range conns {
		if f.shows(c) {
			shown = append(shown, i)
		}
		if all := (netstatFlags{listening: true, all: true}); !all.shows(c) {
			t.Errorf("-la leaves out %v", c)
		}
	}
	if want := []int{0, 2}; !slices.Equal(shown, want) {
		t.Errorf("%v, want %v", shown, want)
	}
}

// resolver makes resolve ask ask.
func resolver(t *testing.T, ask func(ctx context.Context, addr string) ([]string, error)) {
	before := lookupAddr
	lookupAddr = ask
	t.Cleanup(func() { lookupAddr = before })
}

func TestResolve(t *testing.T) {
	var asked atomic.Int32
	resolver(t, func(_ context.Context, addr string) ([]string, error) {
		asked.Add(1)
		switch addr {
		case "192.0.2.1": // of the mapped address
			return []string{"one.example.", "other.example."}, nil
		case "fe80::1%e\x1b":
			return []string{"link.local."}, nil
		}
		return nil, &net.DNSError{Err: "no such host", IsNotFound: true}
	})
	got := resolve(t.Context(), time.Minute, append(slices.Clone(conns), conns...))
	if len(got) != 2 || got[netip.MustParseAddr("::ffff:192.0.2.1")] != "one.example" || got[netip.MustParseAddr("fe80::1%e\x1b")] != "link.local" {
		t.Errorf("%v", got)
	}
	// Not 0.0.0.0 or ::, and none twice.
	if n := asked.Load(); n != 2 {
		t.Errorf("%d questions, want 2", n)
	}
}

func TestResolveEndsByTheDeadline(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var many []conn
		for i := range 1000 {
			a := netip.AddrFrom4([4]byte{10, 0, byte(i >> 8), byte(i)})
			many = append(many, &psutil.Connection{Remote: netip.AddrPortFrom(a, 1)})
		}
		var now, most atomic.Int32
		stuck := make(chan struct{})
		resolver(t, func(_ context.Context, addr string) ([]string, error) {
			n := now.Add(1)
			defer now.Add(-1)
			for old := most.Load(); n > old && !most.CompareAndSwap(old, n); old = most.Load() {
			}
			if addr == "10.0.0.0" {
				return []string{"quick."}, nil
			}
			// As a resolver that does not heed the context.
			<-stuck
			return nil, errors.New("too late")
		})
		began := time.Now()
		got := resolve(t.Context(), 3*time.Second, many)
		if took := time.Since(began); took != 3*time.Second {
			t.Errorf("it took %v", took)
		}
		if len(got) != 1 || got[netip.MustParseAddr("10.0.0.0")] != "quick" {
			t.Errorf("%v", got)
		}
		if most.Load() > 32 {
			t.Errorf("%d questions at once", most.Load())
		}
		close(stuck)
	})
}

func TestEndpointOrder(t *testing.T) {
	var ends []endpoint
	for _, s := range []string{"10.0.0.2:1", "10.0.0.10:1", "10.0.0.2:100", "10.0.0.2:20", "[::1]:1"} {
		ends = append(ends, endpoint{addr: netip.MustParseAddrPort(s)})
	}
	ends = append(ends, endpoint{path: "/b"}, endpoint{path: "/a"})
	slices.SortFunc(ends, endpoint.compare)
	if got, want := fmt.Sprint(ends), "[/a /b 10.0.0.2:1 10.0.0.2:20 10.0.0.2:100 10.0.0.10:1 [::1]:1]"; got != want {
		t.Errorf("%s, want %s", got, want)
	}
}
