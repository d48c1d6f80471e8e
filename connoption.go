package psutil

import "slices"

// A ConnOption narrows down which connections [NetConnections] returns, or asks
// for more about them. Where the kernel can do the selection it does.
type ConnOption interface{ applyConn(*connQuery) error }

type connOption func(*connQuery) error

func (o connOption) applyConn(q *connQuery) error { return o(q) }

// A connQuery is what a caller wants to know of connections.
type connQuery struct {
	kind       ConnKind
	states     uint32 // bits 1<<ConnState; 0 for any
	localPort  uint16 // 0 for any
	remotePort uint16
	netns      NetNS // 0 for the caller's
	tcpInfo    bool
	ownerless  bool // nobody asks who holds the sockets
}

// unfiltered reports whether all sockets of the kinds are wanted.
func (q *connQuery) unfiltered() bool { return q.states == 0 && q.localPort == 0 && q.remotePort == 0 }

func newConnQuery(kind ConnKind, opts []ConnOption) (*connQuery, error) {
	q := &connQuery{kind: kind}
	if err := checkKind(kind); err != nil {
		return nil, err
	}
	for _, o := range opts {
		if err := o.applyConn(q); err != nil {
			return nil, err
		}
	}
	return q, nil
}

// WithStates selects the TCP connections in one of the states, as ss state and
// netstat show them. Sockets that have no states, such as UDP, are left out;
// [ConnListen] also selects Unix sockets that listen. No state, [ConnNone] or one
// that does not exist is [ErrInvalid]. Of several WithStates each adds its own.
// Linux: the kernel tells of no others. Windows: they are selected afterwards.
func WithStates(states ...ConnState) ConnOption {
	return connOption(func(q *connQuery) error {
		if len(states) == 0 || slices.Contains(states, ConnNone) || slices.Max(states) > ConnBound {
			return invalid("net_connections", "no state, or one that does not exist")
		}
		for _, s := range states {
			q.states |= 1 << s
		}
		return nil
	})
}

// WithLocalPort selects the Internet sockets whose own port it is; 0 is
// [ErrInvalid]; that of a raw socket is its protocol. Together with [WithRemotePort] both
// must be. Linux: the kernel tells of no others. Windows: they are selected afterwards.
func WithLocalPort(port uint16) ConnOption {
	return connOption(func(q *connQuery) error {
		q.localPort = port
		return checkPort(port)
	})
}

// WithRemotePort selects the Internet sockets whose peer's port it is; 0 is
// [ErrInvalid]. Linux: the kernel tells of no others. Windows: they are selected
// afterwards.
func WithRemotePort(port uint16) ConnOption {
	return connOption(func(q *connQuery) error {
		q.remotePort = port
		return checkPort(port)
	})
}

func checkPort(port uint16) error {
	if port == 0 {
		return invalid("net_connections", "port 0")
	}
	return nil
}

// NetNS names a network namespace: the inode of /proc/PID/ns/net, also in
// [Connection.NetNS] and [Process.Namespaces].
type NetNS uint64

// AllNetNS stands for every network namespace that a process in /proc is in, or that
// is mounted as ip-netns(8) does. One that only a descriptor or a socket holds is not
// found.
const AllNetNS = ^NetNS(0)

// WithNetNS asks for the sockets of another network namespace than the caller's,
// or with [AllNetNS] for those of every one, each read once. Linux, and
// [ErrNotSupported] elsewhere; entering another namespace takes CAP_SYS_ADMIN, without
// which its tables in /proc/PID/net are read, which have no cookies and no Unix peers.
func WithNetNS(ns NetNS) ConnOption {
	return connOption(func(q *connQuery) error {
		if ns == 0 {
			return invalid("net_connections", "network namespace 0")
		}
		q.netns = ns
		return nil
	})
}

// WithTCPInfo asks for [Connection.TCP]: round trip times, congestion window and
// counters of each TCP connection, see [TCPInfo]. Nil remains for other sockets, for
// listeners, for what is left of closed connections, and where only the tables of
// /proc/net can be read. Cost: some 250 bytes more a connection from the kernel.
// Linux; ignored elsewhere.
func WithTCPInfo() ConnOption {
	return connOption(func(q *connQuery) error {
		q.tcpInfo = true
		return nil
	})
}

// WithoutOwners spares looking for the processes that hold the sockets, which is
// most of the cost: PID and FD are -1 in every row, and each socket has one. It spares
// nothing on Windows, where the system tells the PIDs anyway.
func WithoutOwners() ConnOption {
	return connOption(func(q *connQuery) error {
		q.ownerless = true
		return nil
	})
}

// selects reports whether a socket is wanted.
func (q *connQuery) selects(r *SocketRecord) bool {
	if !q.selectsState(r.State) && !(r.Kind == KindUnix && r.Listening && q.states>>ConnListen&1 != 0) {
		return false
	}
	return q.selectsPorts(r)
}

func (q *connQuery) selectsState(s ConnState) bool { return q.states == 0 || q.states>>s&1 != 0 }

func (q *connQuery) selectsPorts(r *SocketRecord) bool {
	if q.localPort == 0 && q.remotePort == 0 {
		return true
	}
	return r.Kind != KindUnix && (q.localPort == 0 || q.localPort == r.LocalPort) && (q.remotePort == 0 || q.remotePort == r.RemotePort)
}
