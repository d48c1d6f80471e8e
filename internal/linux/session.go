package linux

import (
	"bytes"
	"math"
	"strings"

	"github.com/go-psutil/psutil/internal/scan"
)

// SessionFields says which numbers a [Session] was given.
type SessionFields uint8

// The numbers of a [Session].
const (
	SessionUID SessionFields = 1 << iota
	SessionLeader
	SessionRealtime
	SessionVTNr
)

// Contains reports whether every field of g is in f.
func (f SessionFields) Contains(g SessionFields) bool { return f&g == g }

// Session is a login session as systemd-logind or elogind keeps it in
// /run/systemd/sessions/ID (src/login/logind-session.c session_save). The file
// is called private but is what sd-login(3) reads, and it has been stable.
// Text fields alias the input unless they were quoted or escaped; nil is a
// line that is not there.
type Session struct {
	Has SessionFields

	UID      uint32
	Leader   int32  // process ID of the session's first process
	Realtime uint64 // when it began, microseconds since 1970
	VTNr     uint32 // virtual terminal

	Active    bool
	IsDisplay bool // the user's primary graphical session
	Remote    bool

	User       []byte
	State      []byte // "online", "active", "closing", "opening"
	RemoteHost []byte
	RemoteUser []byte
	TTY        []byte // "tty1", "pts/0", without /dev/
	Type       []byte // "tty", "x11", "wayland", "mir", "web", "unspecified"
	Class      []byte // "user", "greeter", "lock-screen", "background", "manager"
	Display    []byte // ":0"
	Seat       []byte
	Service    []byte // "sshd", "login"
	Desktop    []byte
	Scope      []byte // "session-1.scope"
}

// IsSessionFile reports whether a name in /run/systemd/sessions is that of a
// session. Beside those there are pipes, ID.ref, whose opening waits for a
// writer, and files just being written.
func IsSessionFile(name string) bool {
	return strings.Trim(name, "0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ") == ""
}

// IsLogin reports whether s is the session of a user who has not logged out.
// Its class is "user", "user-early", "user-light" and so on; the others are
// login screens, managers and jobs.
func (s *Session) IsLogin() bool {
	class, _, _ := scan.Cut(s.Class, '-')
	return string(class) == "user" && string(s.State) != "closing" && len(s.User) > 0
}

// Parse decodes the text of a session file. It returns the first error, having
// read every line that can be read.
func (s *Session) Parse(b []byte) error {
	*s = Session{}
	var err error
	for n := 1; len(b) > 0; n++ {
		line, _ := scan.Line(b)
		key, _, found := scan.Cut(line, '=')
		if !found || line[0] == '#' {
			if !found && len(scan.Trim(line)) > 0 && line[0] != '#' {
				noteError(&err, n, line, "a key and an equals sign expected")
			}
			_, b = scan.Line(b)
			continue
		}
		value, rest, ok := envValue(b[len(key)+1:])
		lines := bytes.Count(b[:len(b)-len(rest)], []byte("\n")) - 1
		b = rest
		if !ok || !s.set(key, value) {
			noteError(&err, n, line, "a value of the right kind expected")
		}
		n += max(lines, 0)
	}
	return err
}

// set stores one value; keys unknown here are none of its business.
func (s *Session) set(key, value []byte) (ok bool) {
	var u uint64
	switch string(key) {
	case "UID":
		u, ok = scan.Uint(value)
		ok = ok && u < math.MaxUint32
		return keepNumber(&s.UID, uint32(u), &s.Has, SessionUID, ok)
	case "LEADER":
		u, ok = scan.Uint(value)
		ok = ok && u > 0 && u <= math.MaxInt32
		return keepNumber(&s.Leader, int32(u), &s.Has, SessionLeader, ok)
	case "REALTIME":
		u, ok = scan.Uint(value)
		return keepNumber(&s.Realtime, u, &s.Has, SessionRealtime, ok)
	case "VTNR":
		u, ok = scan.Uint(value)
		ok = ok && u <= math.MaxUint32
		return keepNumber(&s.VTNr, uint32(u), &s.Has, SessionVTNr, ok)
	case "ACTIVE":
		return keepBool(&s.Active, value)
	case "IS_DISPLAY":
		return keepBool(&s.IsDisplay, value)
	case "REMOTE":
		return keepBool(&s.Remote, value)
	case "USER":
		s.User = value
	case "STATE":
		s.State = value
	case "REMOTE_HOST":
		s.RemoteHost = value
	case "REMOTE_USER":
		s.RemoteUser = value
	case "TTY":
		s.TTY = value
	case "TYPE":
		s.Type = value
	case "CLASS":
		s.Class = value
	case "DISPLAY":
		s.Display = value
	case "SEAT":
		s.Seat = value
	case "SERVICE":
		s.Service = value
	case "DESKTOP":
		s.Desktop = value
	case "SCOPE":
		s.Scope = value
	}
	return true
}

func keepNumber[T any](p *T, v T, has *SessionFields, bit SessionFields, ok bool) bool {
	if ok {
		*p = v
		*has |= bit
	}
	return ok
}

func keepBool(p *bool, value []byte) bool {
	*p = string(value) == "1"
	return *p || string(value) == "0"
}

// envValue reads the value at the front of b and returns what follows its
// line. There are two styles: C escapes without quotes, as systemd wrote
// before version 258, and double quotes, in which a newline may stand for
// itself and a backslash matters only before "\$` and a newline.
//
// After a quote that does not close, or not at the end of a line, reading goes
// on with the next line, so that one bad value does not eat the others.
func envValue(b []byte) (value, rest []byte, ok bool) {
	line, next := scan.Line(b)
	if len(b) == 0 || b[0] != '"' {
		return unescapeC(scan.Trim(line)), next, true
	}
	b = b[1:]
	var out []byte
	copied := false
	for i := 0; i < len(b); i++ {
		switch {
		case b[i] == '"':
			after, rest := scan.Line(b[i+1:])
			if len(scan.Trim(after)) > 0 {
				return nil, next, false
			}
			if !copied {
				out = b[:i:i]
			}
			return out, rest, true
		case b[i] == '\\' && i+1 < len(b) && bytes.IndexByte([]byte("\"\\$`\n"), b[i+1]) >= 0:
			if !copied {
				out, copied = append(make([]byte, 0, len(b)), b[:i]...), true
			}
			i++
			if b[i] != '\n' {
				out = append(out, b[i])
			}
		case copied:
			out = append(out, b[i])
		}
	}
	return nil, next, false
}

// unescapeC undoes C escapes: \n and its like, \xhh, \ooo, and a backslash
// before any other byte. It returns b itself when there is nothing to undo.
func unescapeC(b []byte) []byte {
	i := bytes.IndexByte(b, '\\')
	if i < 0 {
		return b
	}
	out := append(make([]byte, 0, len(b)), b[:i]...)
	for ; i < len(b); i++ {
		if b[i] != '\\' || i+1 == len(b) {
			out = append(out, b[i])
			continue
		}
		if c, ok := octalEscape(b[i:]); ok {
			out = append(out, c)
			i += 3
			continue
		}
		i++
		if b[i] == 'x' && i+2 < len(b) {
			hi, ok1 := scan.HexDigit(b[i+1])
			lo, ok2 := scan.HexDigit(b[i+2])
			if ok1 && ok2 {
				out = append(out, hi<<4|lo)
				i += 2
				continue
			}
		}
		const from, to = "abfnrtvs", "\a\b\f\n\r\t\v "
		if k := bytes.IndexByte([]byte(from), b[i]); k >= 0 {
			out = append(out, to[k])
		} else {
			out = append(out, b[i])
		}
	}
	return out
}
