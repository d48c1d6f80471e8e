package psutil

import (
	"net"
	"os"
	"slices"
	"strconv"
	"strings"
	"testing"
)

// TestSockDiagAgreesWithTables holds what sock_diag says against the tables of
// /proc, of sockets that nobody else touches.
func TestSockDiagAgreesWithTables(t *testing.T) {
	must := func(err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	must(err)
	defer l.Close()
	c, err := net.Dial("tcp", l.Addr().String())
	must(err)
	defer c.Close()
	accepted, err := l.Accept()
	must(err)
	defer accepted.Close()
	abstract := "@psutil-" + strconv.Itoa(os.Getpid()) + "-tables"
	u, err := net.Listen("unix", abstract)
	must(err)
	defer u.Close()
	uc, err := net.Dial("unix", abstract)
	must(err)
	defer uc.Close()
	ua, err := u.Accept() // before that the kernel does not tell the peer
	must(err)
	defer ua.Close()
	udp, err := net.ListenPacket("udp", "127.0.0.1:0")
	must(err)
	defer udp.Close()

	s, err := defaultSystem()
	must(err)
	var owners socketOwners
	must(s.proc.EachDescriptor(os.Getpid(), 0, nil, owners.adder(os.Getpid())))
	owners.index()
	read := func(diag bool, dir string) (rows []Connection) {
		var set socketSet
		r := socketReader{sys: s, set: &set, q: &connQuery{kind: KindAll}, diag: diag, dir: dir, mask: allStates}
		r.read(KindAll)
		if len(r.errs) > 0 {
			t.Fatal(r.errs)
		}
		set.own(&owners)
		return slices.DeleteFunc(set.connections(set.order(2), &owners, 2), func(c Connection) bool { return c.PID != os.Getpid() })
	}
	diag, tables := read(true, s.netDir), read(false, "self/net")
	if len(diag) < 6 || len(diag) != len(tables) {
		t.Fatalf("sock_diag has %v, the tables %v", diag, tables)
	}
	var peers, backlogs int
	for i, c := range diag {
		// What only sock_diag knows.
		if c.Cookie == 0 {
			t.Errorf("%+v has no cookie", c)
		}
		c.Cookie, c.CgroupID, c.PeerInode, c.PeerPID = 0, 0, 0, -1
		switch {
		case c.Family == FamilyUnix:
			if c.Missing != "" || c.UID != int64(os.Getuid()) {
				t.Errorf("%+v lacks what sock_diag says", c)
			}
			if c.RemotePath == abstract {
				peers++
			}
			c.RemotePath, c.RecvQ, c.SendQ, c.UID, c.Missing = "", 0, 0, -1, "raddr,recv_q,send_q"
		case c.Listening:
			if c.SendQ > 0 {
				backlogs++
			}
			c.SendQ = 0
		}
		if c != tables[i] {
			t.Errorf("sock_diag says %+v, the table %+v", c, tables[i])
		}
	}
	if peers != 1 || backlogs != 1 {
		t.Errorf("%d peers and %d backlogs, want one of each", peers, backlogs)
	}
}

func TestUnixPath(t *testing.T) {
	for in, want := range map[string]string{"": "", "/run/x": "/run/x", "\x00a": "@a", "\x00a\x00b": "@a@b"} {
		if got := unixPath([]byte(in)); got != want || strings.ContainsRune(got, 0) {
			t.Errorf("unixPath(%q) = %q, want %q", in, got, want)
		}
	}
}
