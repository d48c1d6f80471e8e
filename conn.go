package psutil

import (
	"fmt"
	"iter"
	"net/netip"
	"strings"
)

// ConnKind selects connections by family and type, as psutil's kind does.
type ConnKind uint16

// The kinds of connection. Kinds combine with |. What psutil does not have, raw
// sockets and those of multipath TCP, is not in [KindAll].
const (
	KindTCP4 ConnKind = 1 << iota
	KindTCP6
	KindUDP4
	KindUDP6
	KindUnix
	KindRaw4
	KindRaw6
	KindMPTCP4
	KindMPTCP6
	kindEnd

	KindTCP   = KindTCP4 | KindTCP6
	KindUDP   = KindUDP4 | KindUDP6
	KindINET4 = KindTCP4 | KindUDP4
	KindINET6 = KindTCP6 | KindUDP6
	KindINET  = KindTCP | KindUDP
	KindAll   = KindINET | KindUnix
	KindRaw   = KindRaw4 | KindRaw6
	KindMPTCP = KindMPTCP4 | KindMPTCP6
)

var connKinds = [...]struct {
	name string
	kind ConnKind
}{
	{"all", KindAll}, {"inet", KindINET}, {"inet4", KindINET4}, {"inet6", KindINET6},
	{"tcp", KindTCP}, {"tcp4", KindTCP4}, {"tcp6", KindTCP6},
	{"udp", KindUDP}, {"udp4", KindUDP4}, {"udp6", KindUDP6}, {"unix", KindUnix},
	{"raw", KindRaw}, {"raw4", KindRaw4}, {"raw6", KindRaw6},
	{"mptcp", KindMPTCP}, {"mptcp4", KindMPTCP4}, {"mptcp6", KindMPTCP6},
}

// ParseConnKind reads one of psutil's kinds, all, inet, inet4, inet6, tcp, tcp4,
// tcp6, udp, udp4, udp6 or unix, or raw, raw4, raw6, mptcp, mptcp4 or mptcp6.
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
	if kind == 0 || kind >= kindEnd {
		return invalid("net_connections", "no kind of connection, or one that does not exist")
	}
	return nil
}

// Connection is one socket, or one of the descriptors that stand for it: a
// socket that several processes hold, or one process holds twice, has a row
// for each.
type Connection struct {
	// FD is the descriptor in the process PID. Both are -1 if no process that
	// the caller may look into holds the socket. FD is always -1 on Windows, which
	// has no descriptors.
	FD     int
	Kind   ConnKind // one kind, such as KindTCP6
	Family Family
	Type   SocketType
	// Local and Remote are the ends of an Internet socket, as the kernel has
	// them: an IPv4 peer of an IPv6 socket is ::ffff:a.b.c.d. Remote is the zero
	// AddrPort when there is no peer. The local port of a raw socket is its
	// protocol.
	Local, Remote netip.AddrPort
	// LocalPath and RemotePath are the names of a Unix socket and its peer,
	// empty for none. "@" stands for the NUL byte that begins an abstract name.
	LocalPath, RemotePath string
	Status                ConnState
	Listening             bool // accepts connections: a TCP or a Unix socket
	PID                   int
	// UID is the user who made the socket, -1 if that can't be told, as in
	// TIME_WAIT and on Windows.
	UID   int64
	Inode uint64 // identifies the socket; 0 while it belongs to no file, as in TIME_WAIT; Windows has none
	// Cookie also identifies the socket, and no other until the next boot; 0 if the
	// system does not tell.
	Cookie uint64
	// NetNS is the network namespace of the socket: the inode of
	// /proc/PID/ns/net, 0 if it is not known.
	NetNS NetNS
	// CgroupID is the inode of the socket's directory in the cgroup2 file system,
	// 0 if that is not known.
	CgroupID uint64
	// PeerInode is the other end of a Unix socket, and PeerPID the first of the
	// processes that hold it: 0 and -1 if there is none or it is not known.
	// [Process.NetConnections] looks at no other process than its own.
	PeerInode uint64
	PeerPID   int
	// RecvQ and SendQ are the bytes not yet read and not yet acknowledged; of a
	// listener, the connections not yet accepted and how many may wait (0 where
	// only the tables of /proc/net can be read).
	RecvQ, SendQ uint32
	// TCP is what [WithTCPInfo] asks for; nil if it was not, or of a socket that
	// has no connection.
	TCP *TCPInfo
	// Missing names raddr, recv_q and send_q where the system does not tell, as the
	// queues on Windows, and raddr of a Unix socket whose peer is in a network
	// namespace that was not read.
	Missing Missing
}

// NetConnections returns the sockets of the whole system, with the processes
// that hold them, sorted by family, type, local and remote address, path, inode, PID
// and descriptor. It is psutil's net_connections. Options narrow down what is
// asked for, or ask for more.
//
// Sockets of processes that the caller may not look into have PID and FD -1.
// Rows that could be read are returned beside an error. A socket of TCP that
// carries a connection of multipath TCP has the inode, and so the owner, of the
// socket that programs hold.
//
// Cost: one dump of the sockets of each kind, and a look at every descriptor of
// every process, at the same time, on up to two threads. Linux: sock_diag(7) in
// the caller's network namespace, where the kernel has it, and else the tables in
// /proc/net, proc_pid_net(5), which do not know a Unix socket's user, peer and
// queues, nor how many connections may wait for a listener; and the links in
// /proc/PID/fd. With an [Accelerator] one walk over the descriptors, where that
// pays.
//
// Windows: GetExtendedTcpTable and GetExtendedUdpTable, one call for each kind, which
// tell the PID of every socket, also of processes that the caller may not look into; it
// is 0 once only the system has the socket, as in TIME_WAIT. There are no rows of Unix
// sockets and of raw ones, which Windows does not list, and none of MPTCP.
func NetConnections(kind ConnKind, opts ...ConnOption) ([]Connection, error) {
	s, err := defaultSystem()
	if err != nil {
		return nil, err
	}
	return s.NetConnections(kind, opts...)
}

// NetConnections is [NetConnections] of this system.
func (s *System) NetConnections(kind ConnKind, opts ...ConnOption) ([]Connection, error) {
	q, err := newConnQuery(kind, opts)
	if err != nil {
		return nil, err
	}
	owned, err := s.netConnections(q)
	defer owned.free()
	return owned.connections(s.halves()), err
}

// NetConnectionsSeq yields the rows of [NetConnections] one after the other, in the
// same order and at the same cost but for memory: there is one [Connection], which is
// filled anew for each row, where a slice of very many takes most of the memory that
// the call needs. A copy of it stays as it is.
//
// An error comes last, with a nil row. All sockets are read when the loop begins.
func NetConnectionsSeq(kind ConnKind, opts ...ConnOption) iter.Seq2[*Connection, error] {
	return func(yield func(*Connection, error) bool) {
		s, err := defaultSystem()
		if err != nil {
			yield(nil, err)
			return
		}
		s.NetConnectionsSeq(kind, opts...)(yield)
	}
}

// NetConnectionsSeq is [NetConnectionsSeq] of this system.
func (s *System) NetConnectionsSeq(kind ConnKind, opts ...ConnOption) iter.Seq2[*Connection, error] {
	return func(yield func(*Connection, error) bool) {
		q, err := newConnQuery(kind, opts)
		if err != nil {
			yield(nil, err)
			return
		}
		owned, err := s.netConnections(q)
		defer owned.free()
		if owned.each(func(c *Connection) bool { return yield(c, nil) }) && err != nil {
			yield(nil, err)
		}
	}
}

// MarshalJSON writes psutil's sconn, with uid, inode, recv_q, send_q and listening
// after it, and then what else there is: an unknown fd is -1, as there, an unknown inode
// 0, and all else that is unknown null.
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
		Kind   ConnKind   `json:"kind"`
		Cookie *uint64    `json:"cookie"`
		NetNS  *NetNS     `json:"netns"`
		Cgroup *uint64    `json:"cgroup_id"`
		Peer   *uint64    `json:"peer_inode"`
		PeerOf *int       `json:"peer_pid"`
		TCP    *TCPInfo   `json:"tcp"`
		Missing
	}{c.FD, c.Family, c.Type, end(c.Local, c.LocalPath), end(c.Remote, c.RemotePath), c.Status, known(c.PID, c.PID >= 0), known(c.UID, c.UID >= 0),
		c.Inode, c.RecvQ, c.SendQ, c.Listening, c.Kind, known(c.Cookie, c.Cookie != 0), known(c.NetNS, c.NetNS != 0),
		known(c.CgroupID, c.CgroupID != 0), known(c.PeerInode, c.PeerInode != 0), known(c.PeerPID, c.PeerInode != 0 && c.PeerPID >= 0), c.TCP, c.Missing}
	return AppendJSON(nil, row)
}

// known is nil for what is not.
func known[T any](value T, is bool) *T {
	if !is {
		return nil
	}
	return &value
}

// String returns a line such as "tcp 127.0.0.1:80 -> * LISTEN pid 7".
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

// Protocol returns the short name that netstat uses: tcp, tcp6, udp, udp6 or
// unix; also raw, raw6, mptcp and mptcp6.
func (c Connection) Protocol() string {
	name, six := "raw", ""
	switch {
	case c.Family == FamilyUnix:
		return "unix"
	case c.Kind&KindMPTCP != 0:
		name = "mptcp"
	case c.Type == SocketStream:
		name = "tcp"
	case c.Type == SocketDgram:
		name = "udp"
	}
	if c.Family == FamilyINET6 {
		six = "6"
	}
	return name + six
}
