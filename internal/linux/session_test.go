package linux

import (
	"bytes"
	"errors"
	"reflect"
	"strings"
	"testing"

	"github.com/go-psutil/psutil/internal/scan"
)

const session255 = `# This is private data. Do not parse.
UID=1000
USER=alice
ACTIVE=1
IS_DISPLAY=0
STATE=active
REMOTE=1
LEADER_FD_SAVED=1
TYPE=tty
ORIGINAL_TYPE=tty
CLASS=user
SCOPE=session-4.scope
FIFO=/run/systemd/sessions/4.ref
SEAT=seat0
TTY=pts/0
TTY_VALIDITY=from-pam
DISPLAY=:0
REMOTE_HOST=fe80::1\x25eth0
REMOTE_USER=bob\040x
SERVICE=sshd
DESKTOP=gnome\\\n\ty
VTNR=2
LEADER=4711
AUDIT=4
REALTIME=1795351900123456
MONOTONIC=712345678
`

const allSession = SessionVTNr<<1 - 1

var session255Want = Session{
	Has: allSession, UID: 1000, Leader: 4711, Realtime: 1795351900123456, VTNr: 2,
	Active: true, IsDisplay: false, Remote: true,
	User: []byte("alice"), State: []byte("active"), RemoteHost: []byte("fe80::1%eth0"), RemoteUser: []byte("bob x"),
	TTY: []byte("pts/0"), Type: []byte("tty"), Class: []byte("user"), Display: []byte(":0"), Seat: []byte("seat0"),
	Service: []byte("sshd"), Desktop: []byte("gnome\\\n\ty"), Scope: []byte("session-4.scope"),
}

func TestSession(t *testing.T) {
	tests := []struct {
		name, in string
		want     Session
		badLine  int
	}{
		{"Systemd255", session255, session255Want, 0},
		{"Minimal", "UID=0\nUSER=root\n", Session{Has: SessionUID, User: []byte("root")}, 0},
		{"NoLastNewline", "UID=0\nTTY=tty1", Session{Has: SessionUID, TTY: []byte("tty1")}, 0},
		{"EmptyValue", "DISPLAY=\nSEAT=seat0\n", Session{Display: []byte{}, Seat: []byte("seat0")}, 0},
		{"Quoted", `DESKTOP="a b \"c\" \\ \$x \` + "`" + ` \n"` + "\nUID=7\n", Session{Has: SessionUID, UID: 7, Desktop: []byte(`a b "c" \ $x ` + "`" + ` \n`)}, 0},
		{"QuotedPlain", "USER=\"bob\" \nUID=7\n", Session{Has: SessionUID, UID: 7, User: []byte("bob")}, 0},
		// A value may not smuggle in lines of its own.
		{"QuotedNewline", "DESKTOP=\"x\nUID=0\n\"\nUID=7\nLEADER=x\n", Session{Has: SessionUID, UID: 7, Desktop: []byte("x\nUID=0\n")}, 5},
		{"Continued", "DESKTOP=\"x\\\ny\"\nUID=7\n", Session{Has: SessionUID, UID: 7, Desktop: []byte("xy")}, 0},
		{"Unclosed", "UID=7\nDESKTOP=\"x\nVTNR=1\n", Session{Has: SessionUID | SessionVTNr, UID: 7, VTNr: 1}, 2},
		{"UnclosedBackslash", "DESKTOP=\"x\\", Session{}, 1},
		{"AfterQuote", "DESKTOP=\"x\"y\nUID=7\n", Session{Has: SessionUID, UID: 7}, 1},
		{"BadUID", "UID=-1\nVTNR=1\n", Session{Has: SessionVTNr, VTNr: 1}, 1},
		{"NoUID", "UID=4294967295\nVTNR=1\n", Session{Has: SessionVTNr, VTNr: 1}, 1},
		{"BadLeader", "LEADER=0\n", Session{}, 1},
		{"LeaderOverflow", "LEADER=2147483648\n", Session{}, 1},
		{"BadVT", "VTNR=4294967296\n", Session{}, 1},
		{"BadTime", "REALTIME=1x\n", Session{}, 1},
		{"BadFlag", "ACTIVE=yes\nREMOTE=1\n", Session{Remote: true}, 1},
		{"NoEquals", "garbage\nUID=7\n", Session{Has: SessionUID, UID: 7}, 1},
		{"OddEscapes", `SERVICE=\q\x4\x41\8\777\`, Session{Service: []byte(`qx4A8777\`)}, 0},
		{"CEscapes", `SERVICE=\a\b\f\n\r\t\v\s\"\'`, Session{Service: []byte("\a\b\f\n\r\t\v \"'")}, 0},
		{"Empty", "", Session{}, 0},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			s := session255Want
			err := s.Parse([]byte(tt.in))
			if !reflect.DeepEqual(s, tt.want) {
				t.Errorf("Parse\n got %+v\nwant %+v", s, tt.want)
			}
			var e *scan.SyntaxError
			line := 0
			if errors.As(err, &e) {
				line = e.Line
			}
			if line != tt.badLine || (err != nil) != (tt.badLine != 0) {
				t.Errorf("error %v, want line %d", err, tt.badLine)
			}
		})
	}
	for i := range session255 {
		var s Session
		_ = s.Parse([]byte(session255[:i])) // the last line may be half a key
		if s.Has.Contains(SessionUID) != (i > strings.Index(session255, "1000")) {
			t.Fatalf("cut at %d: %+v", i, s)
		}
	}
	if f := SessionUID | SessionLeader; !f.Contains(SessionUID) || f.Contains(SessionUID|SessionVTNr) {
		t.Error("Contains is wrong")
	}
}

func TestIsSessionFile(t *testing.T) {
	for name, want := range map[string]bool{"1": true, "c12": true, "Z9": true, "1.ref": false, ".#1abc": false, "a_b": false, "\xe9": false} {
		if got := IsSessionFile(name); got != want {
			t.Errorf("%q: %v", name, got)
		}
	}
}

func TestSessionIsLogin(t *testing.T) {
	for in, want := range map[string]bool{
		"USER=joe\nCLASS=user\nSTATE=active":    true,
		"USER=joe\nCLASS=user-early":            true,
		"USER=joe\nCLASS=user-light\nSTATE=":    true,
		"USER=joe\nCLASS=user\nSTATE=closing":   false,
		"USER=joe\nCLASS=users":                 false,
		"USER=joe\nCLASS=-user":                 false,
		"USER=gdm\nCLASS=greeter\nSTATE=active": false,
		"USER=joe\nCLASS=manager":               false,
		"USER=joe":                              false,
		"CLASS=user\nSTATE=active":              false,
	} {
		var s Session
		if err := s.Parse([]byte(in)); err != nil {
			t.Error(err)
		}
		if got := s.IsLogin(); got != want {
			t.Errorf("%q: %v", in, got)
		}
	}
}

func FuzzSession(f *testing.F) {
	f.Add([]byte(session255))
	f.Add([]byte("A=\"\nB=\"\\\n\"\nC=\\x4\nUID=\"0\""))
	f.Fuzz(func(t *testing.T, b []byte) {
		before := bytes.Clone(b)
		var s Session
		err := s.Parse(b)
		var e *scan.SyntaxError
		if err != nil && (!errors.As(err, &e) || e.Line < 1 || e.Line > bytes.Count(b, []byte("\n"))+1) {
			t.Fatalf("error %v", err)
		}
		if !bytes.Equal(b, before) {
			t.Fatal("the input was written to")
		}
		if s.Has.Contains(SessionLeader) && s.Leader <= 0 || len(s.User)+len(s.Desktop) > len(b) {
			t.Fatalf("%+v", s)
		}
	})
}
