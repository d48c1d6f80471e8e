package psutil

import (
	"fmt"
	"slices"
)

// ConnState is the state of a connection, by psutil's names. Connections that
// have none (UDP, raw, Unix) are ConnNone.
type ConnState uint8

// The states of a TCP connection. The last four exist on some systems only.
const (
	ConnNone ConnState = iota
	ConnEstablished
	ConnSynSent
	ConnSynRecv
	ConnFinWait1
	ConnFinWait2
	ConnTimeWait
	ConnClose
	ConnCloseWait
	ConnLastAck
	ConnListen
	ConnClosing
	ConnDeleteTCB // Windows
	ConnIdle      // Solaris
	ConnBound     // Solaris, and Linux sockets bound but not connected
)

var connStateNames = [...]string{"NONE", "ESTABLISHED", "SYN_SENT", "SYN_RECV", "FIN_WAIT1", "FIN_WAIT2", "TIME_WAIT", "CLOSE", "CLOSE_WAIT", "LAST_ACK", "LISTEN", "CLOSING", "DELETE_TCB", "CONN_IDLE", "CONN_BOUND"}

// String returns psutil's name, such as "LISTEN".
func (s ConnState) String() string { return enumName(connStateNames[:], int(s), "ConnState") }

// MarshalText returns the name.
func (s ConnState) MarshalText() ([]byte, error) { return []byte(s.String()), nil }

// UnmarshalText reads a name as String writes it.
func (s *ConnState) UnmarshalText(text []byte) error {
	i, err := enumValue(connStateNames[:], text, "connection state")
	*s = ConnState(i)
	return err
}

// linuxConnState maps a state of the Linux kernel's net/tcp_states.h. Its
// TCP_NEW_SYN_RECV is a request that is half open, as TCP_SYN_RECV.
func linuxConnState(state uint8) ConnState {
	if int(state) >= len(linuxConnStates) {
		return ConnNone
	}
	return linuxConnStates[state]
}

var linuxConnStates = [...]ConnState{
	ConnNone, ConnEstablished, ConnSynSent, ConnSynRecv, ConnFinWait1, ConnFinWait2, ConnTimeWait,
	ConnClose, ConnCloseWait, ConnLastAck, ConnListen, ConnClosing, ConnSynRecv, ConnBound,
}

// ntConnState maps a state of Windows' MIB_TCP_STATE (tcpmib.h).
func ntConnState[T ~uint32](state T) ConnState {
	if int64(state) >= int64(len(ntConnStates)) {
		return ConnNone
	}
	return ntConnStates[state]
}

var ntConnStates = [...]ConnState{
	ConnNone, ConnClose, ConnListen, ConnSynSent, ConnSynRecv, ConnEstablished, ConnFinWait1, ConnFinWait2,
	ConnCloseWait, ConnClosing, ConnLastAck, ConnTimeWait, ConnDeleteTCB,
}

// Family is the address family of a socket or an address, by its C name.
type Family uint8

// The address families this package tells apart.
const (
	FamilyUnspec Family = iota // an interface without addresses
	FamilyUnix
	FamilyINET
	FamilyINET6
	FamilyPacket // link layer on Linux
	FamilyLink   // link layer on the BSDs, macOS and Windows
)

var familyNames = [...]string{"AF_UNSPEC", "AF_UNIX", "AF_INET", "AF_INET6", "AF_PACKET", "AF_LINK"}

// String returns the C name, such as "AF_INET6".
func (f Family) String() string { return enumName(familyNames[:], int(f), "Family") }

// MarshalText returns the name.
func (f Family) MarshalText() ([]byte, error) { return []byte(f.String()), nil }

// UnmarshalText reads a name as String writes it.
func (f *Family) UnmarshalText(text []byte) error {
	i, err := enumValue(familyNames[:], text, "address family")
	*f = Family(i)
	return err
}

// SocketType is the type of a socket, by its C name.
type SocketType uint8

// The types of socket.
const (
	SocketUnknown SocketType = iota
	SocketStream
	SocketDgram
	SocketRaw
	SocketSeqpacket
)

var socketTypeNames = [...]string{"SOCK_UNKNOWN", "SOCK_STREAM", "SOCK_DGRAM", "SOCK_RAW", "SOCK_SEQPACKET"}

// String returns the C name, such as "SOCK_STREAM".
func (t SocketType) String() string { return enumName(socketTypeNames[:], int(t), "SocketType") }

// MarshalText returns the name.
func (t SocketType) MarshalText() ([]byte, error) { return []byte(t.String()), nil }

// UnmarshalText reads a name as String writes it.
func (t *SocketType) UnmarshalText(text []byte) error {
	i, err := enumValue(socketTypeNames[:], text, "socket type")
	*t = SocketType(i)
	return err
}

// enumName returns the i-th name, or kind(i) if there is none.
func enumName(names []string, i int, kind string) string {
	if i < 0 || i >= len(names) {
		return fmt.Sprintf("%s(%d)", kind, i)
	}
	return names[i]
}

// enumValue finds a name.
func enumValue(names []string, text []byte, kind string) (int, error) {
	i := slices.Index(names, string(text))
	if i < 0 {
		return 0, invalid("parse", fmt.Sprintf("unknown %s %q", kind, text))
	}
	return i, nil
}
