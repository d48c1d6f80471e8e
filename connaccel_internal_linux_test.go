package psutil

import (
	"slices"
	"testing"
)

// inTCP is a row of a socket of TCP.
func inTCP(inode uint64, state ConnState, local, remote uint16) SocketRecord {
	return SocketRecord{PID: -1, FD: -1, Kind: KindTCP4, Type: SocketStream, State: state, Inode: inode, LocalPort: local, RemotePort: remote, NetNS: 1}
}

// TestOwnedCount counts as /proc/net/sockstat does.
func TestOwnedCount(t *testing.T) {
	shared := inTCP(10, ConnEstablished, 1, 2)
	shared.PID, shared.FD = 5, 6
	again := shared
	again.FD = 7
	elsewhere := inTCP(11, ConnEstablished, 3, 4)
	elsewhere.NetNS = 2
	six := inTCP(12, ConnListen, 5, 0)
	six.Kind = KindTCP6
	udp := inTCP(13, ConnNone, 6, 0)
	udp.Kind, udp.Type = KindUDP4, SocketDgram
	o := ownedSockets{set: socketSet{rows: []SocketRecord{
		shared, again, elsewhere, six, udp,
		inTCP(0, ConnEstablished, 20, 21), // closed by its process, or not yet accepted
		inTCP(0, ConnEstablished, 20, 22),
		inTCP(0, ConnTimeWait, 20, 23),
		inTCP(0, ConnSynRecv, 20, 24),
		inTCP(0, ConnFinWait2, 20, 25), // as small as one in TIME_WAIT
		inTCP(14, ConnFinWait2, 20, 26),
	}}}
	o.order = o.set.order(2)
	for _, test := range []struct {
		ns   NetNS
		kind ConnKind
		want uint64
	}{{1, KindTCP, 5}, {1, KindTCP4, 4}, {1, KindTCP6, 1}, {2, KindTCP, 1}, {3, KindTCP, 0}, {1, KindUDP, 0}} {
		if got := o.count(test.ns, test.kind); got != test.want {
			t.Errorf("%v in namespace %d: %d, want %d", test.kind, test.ns, got, test.want)
		}
	}
}

// TestAddTold takes of an accelerator's sockets those that are asked for.
func TestAddTold(t *testing.T) {
	elsewhere := inTCP(3, ConnEstablished, 1, 2)
	elsewhere.NetNS = 7
	table := SocketTable{
		Sockets: []SocketRecord{inTCP(1, ConnEstablished, 1, 2), {Inode: 2, PID: 5, FD: 6}, elsewhere, inTCP(4, ConnCloseWait, 1, 2), inTCP(5, ConnListen, 9, 0)},
		TCP:     []TCPInfo{{Cwnd: 1}, {}, {Cwnd: 3}, {Cwnd: 4}, {}},
	}
	table.Sockets[4].Listening = true
	var o ownedSockets
	o.set.rows = []SocketRecord{{Kind: KindUDP4, Inode: 2, PID: -1}}
	q := &connQuery{kind: KindTCP4 | KindUDP4, states: 1<<ConnEstablished | 1<<ConnListen, tcpInfo: true}
	o.owners.take(&table, q)
	if o.owners.first(4) < 0 || o.owners.first(1) >= 0 {
		t.Error("the owner of one in another state is not known, or that of a row is known twice")
	}
	o.add(&table, q, []netSpace{{ns: 1}, {ns: 2}})
	o.set.own(&o.owners)
	var inodes []uint64
	for _, r := range o.set.rows {
		inodes = append(inodes, r.Inode)
	}
	if !slices.Equal(inodes, []uint64{2, 1, 5}) || o.set.rows[0].PID != 5 || o.set.rows[0].FD != 6 {
		t.Errorf("rows %+v", o.set.rows)
	}
	if len(o.set.tcp) != 1 || o.set.rows[1].tcp != 1 || o.set.rows[2].tcp != 0 || o.set.tcp[0].Cwnd != 1 {
		t.Errorf("details %+v", o.set.tcp)
	}
	table.Sockets, table.TCP = []SocketRecord{inTCP(1, ConnEstablished, 1, 2)}, nil
	var without ownedSockets
	if without.add(&table, &connQuery{kind: KindTCP, tcpInfo: true}, []netSpace{{ns: 1}}); len(without.set.rows) != 1 || without.set.rows[0].tcp != 0 {
		t.Errorf("without details: %+v", without.set.rows)
	}
}

// TestAddLoose takes those that the accelerator has not told, also one that shares
// its inode, and not what is left of one.
func TestAddLoose(t *testing.T) {
	var o ownedSockets
	o.set.rows = []SocketRecord{inTCP(1, ConnEstablished, 1, 2), {Kind: KindUDP4, Inode: 8, LocalPort: 1, RemotePort: 3}}
	loose := socketSet{
		rows: []SocketRecord{inTCP(1, ConnCloseWait, 1, 2), inTCP(1, ConnEstablished, 1, 3), inTCP(0, ConnTimeWait, 1, 4), inTCP(0, ConnTimeWait, 1, 5),
			inTCP(0, ConnFinWait1, 1, 2), inTCP(0, ConnFinWait1, 1, 2)},
		tcp: []TCPInfo{{Cwnd: 1}, {Cwnd: 2}},
	}
	loose.rows[0].tcp, loose.rows[1].tcp = 1, 2
	loose.rows[5].NetNS = 2
	o.addLoose(&loose)
	if len(o.set.rows) != 6 || o.set.rows[5].NetNS != 2 || o.set.rows[2].RemotePort != 3 || o.set.rows[2].tcp != 1 || len(o.set.tcp) != 1 || o.set.tcp[0].Cwnd != 2 {
		t.Errorf("%+v, %+v", o.set.rows, o.set.tcp)
	}
}

// TestForgetTCP keeps who held the sockets of a namespace, and all others.
func TestForgetTCP(t *testing.T) {
	held, elsewhere := inTCP(1, ConnEstablished, 1, 2), inTCP(2, ConnEstablished, 1, 2)
	held.PID, held.FD = 5, 6
	elsewhere.NetNS = 7
	udp := SocketRecord{Kind: KindUDP4, Inode: 3, PID: -1, NetNS: 1}
	var o ownedSockets
	o.set.rows = []SocketRecord{held, udp, inTCP(0, ConnTimeWait, 1, 3), elsewhere}
	o.forgetTCP(1)
	o.owners.index()
	if want := []SocketRecord{udp, elsewhere}; !slices.Equal(o.set.rows, want) || o.owners.firstPID(1) != 5 || len(o.owners.list) != 1 {
		t.Errorf("%+v, owners %+v", o.set.rows, o.owners.list)
	}
}
