package nt

import (
	"fmt"
	"iter"
	"net/netip"

	"github.com/go-psutil/psutil/internal/wire"
)

// SessionState is WTS_CONNECTSTATE_CLASS (wtsapi32.h).
type SessionState uint32

// The states of sessions.
const (
	SessionActive       SessionState = iota // a user is logged on and connected
	SessionConnected                        // a client is connected
	SessionConnectQuery                     // one is connecting
	SessionShadow                           // it watches another session
	SessionDisconnected                     // a user is logged on without a client
	SessionIdle                             // it waits for a client
	SessionListen                           // it waits for connections
	SessionReset
	SessionDown
	SessionInit
)

// Session is WTS_SESSION_INFOW (wtsapi32.h), of which WTSEnumerateSessionsW returns one
// for each session.
type Session struct {
	SessionID      uint32
	WinStationName []byte // UTF-16, such as Console or RDP-Tcp#3
	State          SessionState
}

// EachSession iterates over the n sessions that b begins with, which the system filled
// in at base.
func EachSession(b []byte, base uint64, pointer int, n int) iter.Seq2[Session, error] {
	return func(yield func(Session, error) bool) {
		c := wire.New(b, layout(pointer))
		for i := range n {
			s := Session{SessionID: c.U32()}
			c.AlignWord()
			name := c.ULong()
			s.State = SessionState(c.U32())
			c.AlignWord()
			err := c.Err()
			if err == nil {
				s.WinStationName, err = textAt(b, base, name, untilNUL)
			}
			if err != nil {
				yield(Session{}, fmt.Errorf("session %d: %w", i, err))
				return
			}
			if !yield(s, nil) {
				return
			}
		}
	}
}

// SessionInfo is WTSINFOW (wtsapi32.h): WTSQuerySessionInformationW with WTSSessionInfo
// (24). Texts are UTF-16. Times are in units of 100 ns since 1601, 0 for never. The
// counters are of a remote client.
type SessionInfo struct {
	State                   SessionState
	SessionID               uint32
	IncomingBytes           uint32
	OutgoingBytes           uint32
	IncomingFrames          uint32
	OutgoingFrames          uint32
	IncomingCompressedBytes uint32
	OutgoingCompressedBytes uint32
	WinStationName          []byte
	Domain                  []byte // cut after 17 characters
	UserName                []byte // empty if nobody is logged on
	ConnectTime             int64
	DisconnectTime          int64
	LastInputTime           int64
	LogonTime               int64
	CurrentTime             int64 // of this answer
}

// ParseSessionInfo decodes a SessionInfo.
func ParseSessionInfo(b []byte) (SessionInfo, error) {
	return parseRecord("session", b, 0, func(c *wire.Cursor) SessionInfo {
		s := SessionInfo{State: SessionState(c.U32()), SessionID: c.U32(), IncomingBytes: c.U32(), OutgoingBytes: c.U32(),
			IncomingFrames: c.U32(), OutgoingFrames: c.U32(), IncomingCompressedBytes: c.U32(), OutgoingCompressedBytes: c.U32(),
			WinStationName: fixedText(c, 32), Domain: fixedText(c, 17), UserName: fixedText(c, 21)}
		c.Align(8)
		s.ConnectTime, s.DisconnectTime, s.LastInputTime = c.I64(), c.I64(), c.I64()
		s.LogonTime, s.CurrentTime = c.I64(), c.I64()
		return s
	})
}

// fixedText passes over a WCHAR[n] and returns what comes before its first NUL, all of
// it if it has none.
func fixedText(c *wire.Cursor, n int) []byte {
	text, _ := untilNUL(c.Bytes(2 * n))
	return text
}

// ParseClientAddress decodes a WTS_CLIENT_ADDRESS (wtsapi32.h):
// WTSQuerySessionInformationW with WTSClientAddress (14). The address is what the
// client says. It is not valid if the session has no client, or one without IP.
func ParseClientAddress(b []byte) (netip.Addr, error) {
	return parseRecord("client address", b, 0, func(c *wire.Cursor) (a netip.Addr) {
		family := c.U32()
		address := c.Bytes(20)
		if c.Err() != nil {
			return netip.Addr{}
		}
		// It begins behind the two bytes of a port. Of IPv6 the documentation does not
		// say so, but it is so.
		switch address = address[2:]; family {
		case 2: // AF_INET
			a = netip.AddrFrom4([4]byte(address))
		case 23: // AF_INET6
			a = netip.AddrFrom16([16]byte(address))
		}
		if a.IsUnspecified() {
			return netip.Addr{}
		}
		return a
	})
}
