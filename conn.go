package psutil

import (
	"fmt"
	"net/netip"
	"strings"
)

// ConnKind selects connections by family and type, as psutil's kind does.
type ConnKind uint8

// The kinds of connection. Kinds combine with |.
const (
	KindTCP4 ConnKind = 1 << iota
	KindTCP6
	KindUDP4
	KindUDP6
	KindUnix

	KindTCP   = KindTCP4 | KindTCP6
	KindUDP   = KindUDP4 | KindUDP6
	KindINET4 = KindTCP4 | KindUDP4
	KindINET6 = KindTCP6 | KindUDP6
	KindINET  = KindTCP | KindUDP
	KindAll   = KindINET | KindUnix
)

var connKinds = [...]struct {
	name string
	kind ConnKind
}{
	{"all", KindAll}, {"inet", KindINET}, {"inet4", KindINET4}, {"inet6", KindINET6},
	{"tcp", KindTCP}, {"tcp4", KindTCP4}, {"tcp6", KindTCP6},
	{"udp", KindUDP}, {"udp4", KindUDP4}, {"udp6", KindUDP6}, {"unix", KindUnix},
}

// ParseConnKind reads one of psutil's kinds: all, inet, inet4, inet6, tcp,
// tcp4, tcp6, udp, udp4, udp6 or unix.
func ParseConnKind(name string) (ConnKind, error) {
	for _, k := range connKinds {
		if k.name == name {
			return k.kind, nil
		}
	}
	return 0, invalid("net_connections", fmt.Sprintf("unknown kind %q", name))
}

// String returns psutil's name, or names joined by "|" for a combination that
// has none.
func (k ConnKind) String() string {
	var parts []string
	for _, e := range connKinds {
		if e.kind == k {
			return e.name
		}
		if e.kind&(e.kind-1) == 0 && k&e.kind != 0 {
			parts = append(parts, e.name)
		}
	}
	if len(parts) == 0 {
		return "none"
	}
	return strings.Join(parts, "|")
}

// MarshalText returns the name.
func (k ConnKind) MarshalText() ([]byte, error) { return []byte(k.String()), nil }

// UnmarshalText reads what [ConnKind.String] writes.
func (k *ConnKind) UnmarshalText(text []byte) error {
	*k = 0
	if string(text) == "none" {
		return nil
	}
	for name := range strings.SplitSeq(string(text), "|") {
		one, err := ParseConnKind(name)
		if err != nil {
			return err
		}
		*k |= one
	}
	return nil
}

func checkKind(kind ConnKind) error {
	if kind == 0 || kind&^KindAll != 0 {
		return invalid("net_connections", "no kind of connection, or one that does not exist")
	}
	return nil
}

// has reports whether sockets of that family and type are of the kind.
func (k ConnKind) has(other ConnKind) bool { return k&other != 0 }

// Connection is one socket, or one of the descriptors that stand for it: a
// socket that several processes hold, or one process holds twice, has a row
// for each.
type Connection struct {
	// FD is the descriptor in the process PID. Both are -1 if no process that
	// the caller may look into holds the socket.
	FD     int
	Family Family
	Type   SocketType
	// Local and Remote are the ends of an Internet socket, as the kernel has
	// them: an IPv4 peer of an IPv6 socket is ::ffff:a.b.c.d. Remote is the zero
	// AddrPort when there is no peer.
	Local, Remote netip.AddrPort
	// LocalPath and RemotePath are the names of a Unix socket and its peer,
	// empty for none. "@" stands for the NUL byte that begins an abstract name.
	LocalPath, RemotePath string
	Status                ConnState
	Listening             bool // accepts connections: a TCP or a Unix socket
	PID                   int
	// UID is the user who made the socket, -1 if that can't be told, as in
	// TIME_WAIT.
	UID   int64
	Inode uint64 // identifies the socket; 0 while it belongs to no file, as in TIME_WAIT
	// RecvQ and SendQ are the bytes not yet read and not yet acknowledged; of a
	// listener, the connections not yet accepted and how many may wait (0 where
	// only the tables of /proc/net can be read).
	RecvQ, SendQ uint32
	// Missing names raddr, recv_q and send_q where the system does not tell.
	Missing Missing
}

// NetConnections returns the sockets of the whole system, with the processes
// that hold them, sorted by family, type, local and remote address, path, inode, PID
// and descriptor. It is psutil's net_connections.
//
// Sockets of processes that the caller may not look into have PID and FD -1.
// Rows that could be read are returned beside an error.
//
// Cost: one dump of the sockets of each kind, and a look at every descriptor of
// every process. Linux: sock_diag(7) in the caller's network namespace, where
// the kernel has it, and else the tables in /proc/net, proc_pid_net(5), which do
// not know a Unix socket's user, peer and queues, nor how many connections may
// wait for a listener; and the links in /proc/PID/fd.
func NetConnections(kind ConnKind) ([]Connection, error) {
	s, err := defaultSystem()
	if err != nil {
		return nil, err
	}
	return s.NetConnections(kind)
}

// NetConnections is [NetConnections] of this system.
func (s *System) NetConnections(kind ConnKind) ([]Connection, error) { return s.netConnections(kind) }

// MarshalJSON writes psutil's sconn, with uid, inode, recv_q, send_q and listening
// after it: an unknown fd is -1, as there, and an unknown pid or uid null.
func (c Connection) MarshalJSON() ([]byte, error) {
	type address struct {
		IP   string `json:"ip"`
		Port uint16 `json:"port"`
	}
	end := func(a netip.AddrPort, path string) any {
		switch {
		case a.IsValid():
			return address{a.Addr().String(), a.Port()}
		case path != "":
			return path
		}
		return nil
	}
	row := struct {
		FD     int        `json:"fd"`
		Family Family     `json:"family"`
		Type   SocketType `json:"type"`
		Local  any        `json:"laddr"`
		Remote any        `json:"raddr"`
		Status ConnState  `json:"status"`
		PID    *int       `json:"pid"`
		UID    *int64     `json:"uid"`
		Inode  uint64     `json:"inode"`
		RecvQ  uint32     `json:"recv_q"`
		SendQ  uint32     `json:"send_q"`
		Listen bool       `json:"listening"`
		Missing
	}{c.FD, c.Family, c.Type, end(c.Local, c.LocalPath), end(c.Remote, c.RemotePath), c.Status, nil, nil, c.Inode, c.RecvQ, c.SendQ, c.Listening, c.Missing}
	if c.PID >= 0 {
		row.PID = &c.PID
	}
	if c.UID >= 0 {
		row.UID = &c.UID
	}
	return AppendJSON(nil, row)
}

// String returns a line such as "tcp 127.0.0.1:80 -> 0.0.0.0:0 LISTEN pid 7".
func (c Connection) String() string {
	var b strings.Builder
	b.WriteString(c.Protocol())
	end := func(a netip.AddrPort, path string) string {
		switch {
		case a.IsValid():
			return a.String()
		case path != "":
			return fmt.Sprintf("%q", path)
		}
		return "*"
	}
	fmt.Fprintf(&b, " %s -> %s", end(c.Local, c.LocalPath), end(c.Remote, c.RemotePath))
	if c.Status != ConnNone {
		b.WriteString(" " + c.Status.String())
	}
	if c.PID >= 0 {
		fmt.Fprintf(&b, " pid %d", c.PID)
	}
	return b.String()
}

// Protocol returns the short name that netstat uses: tcp, tcp6, udp, udp6 or unix.
func (c Connection) Protocol() string {
	six := ""
	switch c.Family {
	case FamilyUnix:
		return "unix"
	case FamilyINET6:
		six = "6"
	}
	switch c.Type {
	case SocketStream:
		return "tcp" + six
	case SocketDgram:
		return "udp" + six
	}
	return "raw" + six
}
