package psutil_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"iter"
	"net/netip"
	"testing"

	"github.com/go-psutil/psutil"
)

// collect makes a slice of the connections, and returns the error that came last.
func collect(seq iter.Seq2[*psutil.Connection, error]) (conns []psutil.Connection, err error) {
	for c, failed := range seq {
		if err = failed; err == nil {
			conns = append(conns, *c)
		}
	}
	return conns, err
}

func TestConnKindText(t *testing.T) {
	tests := []struct {
		name string
		kind psutil.ConnKind
	}{
		{"all", psutil.KindAll}, {"inet", psutil.KindINET}, {"inet4", psutil.KindINET4}, {"inet6", psutil.KindINET6},
		{"tcp", psutil.KindTCP}, {"tcp4", psutil.KindTCP4}, {"tcp6", psutil.KindTCP6},
		{"udp", psutil.KindUDP}, {"udp4", psutil.KindUDP4}, {"udp6", psutil.KindUDP6}, {"unix", psutil.KindUnix},
		{"tcp4|udp6", psutil.KindTCP4 | psutil.KindUDP6}, {"tcp4|tcp6|unix", psutil.KindTCP | psutil.KindUnix},
	}
	for _, tt := range tests {
		if got := tt.kind.String(); got != tt.name {
			t.Errorf("%d is %q, want %q", tt.kind, got, tt.name)
		}
		text, err := tt.kind.MarshalText()
		if err != nil || string(text) != tt.name {
			t.Errorf("MarshalText of %d: %q, %v", tt.kind, text, err)
		}
		var back psutil.ConnKind
		if err := back.UnmarshalText(text); err != nil || back != tt.kind {
			t.Errorf("UnmarshalText(%q): %v, %v", text, back, err)
		}
	}
	if got := psutil.ConnKind(0).String(); got != "none" {
		t.Errorf("no kind is %q", got)
	}
	for _, name := range []string{"", "TCP", "tcp ", "sctp", "none", "tcp4|udp6"} {
		if k, err := psutil.ParseConnKind(name); !errors.Is(err, psutil.ErrInvalid) {
			t.Errorf("ParseConnKind(%q): %v, %v", name, k, err)
		}
	}
	var k psutil.ConnKind
	if err := k.UnmarshalText([]byte("tcp4|nothing")); !errors.Is(err, psutil.ErrInvalid) {
		t.Errorf("UnmarshalText: %v", err)
	}
}

// TestConnEnums has every name psutil's constants have.
func TestConnEnums(t *testing.T) {
	states := []string{"NONE", "ESTABLISHED", "SYN_SENT", "SYN_RECV", "FIN_WAIT1", "FIN_WAIT2", "TIME_WAIT", "CLOSE", "CLOSE_WAIT", "LAST_ACK", "LISTEN", "CLOSING", "DELETE_TCB", "CONN_IDLE", "CONN_BOUND"}
	for i, name := range states {
		var s psutil.ConnState
		if err := s.UnmarshalText([]byte(name)); err != nil || s != psutil.ConnState(i) || s.String() != name {
			t.Errorf("%s: %v, %v", name, s, err)
		}
	}
	families := []string{"AF_UNSPEC", "AF_UNIX", "AF_INET", "AF_INET6", "AF_PACKET", "AF_LINK"}
	for i, name := range families {
		var f psutil.Family
		if err := f.UnmarshalText([]byte(name)); err != nil || f != psutil.Family(i) || f.String() != name {
			t.Errorf("%s: %v, %v", name, f, err)
		}
	}
	types := []string{"SOCK_UNKNOWN", "SOCK_STREAM", "SOCK_DGRAM", "SOCK_RAW", "SOCK_SEQPACKET"}
	for i, name := range types {
		var s psutil.SocketType
		if err := s.UnmarshalText([]byte(name)); err != nil || s != psutil.SocketType(i) || s.String() != name {
			t.Errorf("%s: %v, %v", name, s, err)
		}
	}
	if got := psutil.ConnState(99).String(); got != "ConnState(99)" {
		t.Errorf("a state without a name is %q", got)
	}
	var s psutil.ConnState
	if err := s.UnmarshalText([]byte("ESTAB")); !errors.Is(err, psutil.ErrInvalid) {
		t.Errorf("ESTAB: %v, %v", s, err)
	}
}

func TestConnectionForms(t *testing.T) {
	ap := netip.MustParseAddrPort
	tests := []struct {
		name         string
		conn         psutil.Connection
		text, json   string
		protocolName string
	}{
		{
			"Established",
			psutil.Connection{FD: 3, Kind: psutil.KindTCP4, Family: psutil.FamilyINET, Type: psutil.SocketStream, Local: ap("127.0.0.1:80"), Remote: ap("127.0.0.1:5555"),
				Status: psutil.ConnEstablished, PID: 7, UID: 1000, Inode: 99, RecvQ: 1, SendQ: 2},
			"tcp 127.0.0.1:80 -> 127.0.0.1:5555 ESTABLISHED pid 7",
			`{"fd":3,"family":"AF_INET","type":"SOCK_STREAM","laddr":{"ip":"127.0.0.1","port":80},"raddr":{"ip":"127.0.0.1","port":5555},"status":"ESTABLISHED","pid":7`,
			"tcp",
		},
		{
			"NobodysListener",
			psutil.Connection{FD: -1, Kind: psutil.KindTCP6, Family: psutil.FamilyINET6, Type: psutil.SocketStream, Local: ap("[::ffff:1.2.3.4]:80"), Status: psutil.ConnListen, PID: -1},
			"tcp6 [::ffff:1.2.3.4]:80 -> * LISTEN",
			`"laddr":{"ip":"::ffff:1.2.3.4","port":80},"raddr":null,"status":"LISTEN","pid":null`,
			"tcp6",
		},
		{
			"UnixPathOfAnyBytes",
			psutil.Connection{FD: 0, Kind: psutil.KindUnix, Family: psutil.FamilyUnix, Type: psutil.SocketDgram, LocalPath: "/tmp/a b\n\xff\x1b[1m", PID: 1},
			`unix "/tmp/a b\n\xff\x1b[1m" -> * pid 1`,
			`{"fd":0,"family":"AF_UNIX","type":"SOCK_DGRAM","laddr":"/tmp/a b\n\udcff\u001b[1m","raddr":null,"status":"NONE","pid":1`,
			"unix",
		},
		{
			"UDP6", psutil.Connection{FD: 4, Kind: psutil.KindUDP6, Family: psutil.FamilyINET6, Type: psutil.SocketDgram, Local: ap("[::]:53"), PID: 2},
			"udp6 [::]:53 -> * pid 2", `"type":"SOCK_DGRAM","laddr":{"ip":"::","port":53},"raddr":null,"status":"NONE"`, "udp6",
		},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if got := tt.conn.String(); got != tt.text {
				t.Errorf("String: %s, want %s", got, tt.text)
			}
			if got := tt.conn.Protocol(); got != tt.protocolName {
				t.Errorf("Protocol: %s, want %s", got, tt.protocolName)
			}
			got, err := json.Marshal(tt.conn)
			if err != nil || !bytes.Contains(got, []byte(tt.json)) {
				t.Errorf("JSON: %s, %v, want %s", got, err, tt.json)
			}
			wantGob(t, tt.conn)
		})
	}
}
