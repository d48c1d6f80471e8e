package psutil

import (
	"cmp"
	"encoding/binary"
	"fmt"
	"math"
	"math/rand/v2"
	"net/netip"
	"slices"
	"strings"
	"testing"
)

// plainOrder sorts the rows of a set as NetConnections promises, without any of
// what makes order fast.
func plainOrder(set *socketSet) []uint32 {
	places := make([]uint32, len(set.rows))
	for i := range places {
		places[i] = uint32(i)
	}
	path := func(r *SocketRecord) string {
		if r.unix == 0 {
			return ""
		}
		return set.unix[r.unix-1].local
	}
	slices.SortStableFunc(places, func(i, j uint32) int {
		a, b := &set.rows[i], &set.rows[j]
		return cmp.Or(cmp.Compare(a.Kind.family(), b.Kind.family()), cmp.Compare(a.Type, b.Type), a.local().Compare(b.local()),
			a.remote().Compare(b.remote()), strings.Compare(path(a), path(b)), cmp.Compare(a.Inode, b.Inode), cmp.Compare(a.PID, b.PID), cmp.Compare(a.FD, b.FD))
	})
	return places
}

// checkOrder holds order against plainOrder. Rows that are the same in all that
// is promised may change places, and doubles are left out.
func checkOrder(t testing.TB, set *socketSet) {
	t.Helper()
	got, want := set.order(2), plainOrder(set)
	if alone := set.order(1); !slices.Equal(alone, got) {
		t.Fatalf("one goroutine has another order of %d rows than two", len(set.rows))
	}
	text := func(i uint32) string {
		r := &set.rows[i]
		path := ""
		if r.unix > 0 {
			path = set.unix[r.unix-1].local
		}
		return fmt.Sprintf("%v %v %v %v %q inode %d pid %d fd %d", r.Kind.family(), r.Type, r.local(), r.remote(), path, r.Inode, r.PID, r.FD)
	}
	seen := make([]bool, len(want))
	for _, i := range got {
		if seen[i] {
			t.Fatalf("row %d twice", i)
		}
		seen[i] = true
	}
	texts := func(order []uint32) (texts []string) {
		for _, i := range order {
			texts = append(texts, text(i))
		}
		return slices.Compact(texts)
	}
	if g, w := texts(got), texts(want); !slices.Equal(g, w) {
		t.Fatalf("rows are\n%s\nwant\n%s", strings.Join(g, "\n"), strings.Join(w, "\n"))
	}
	for i := range want {
		if !seen[i] && !slices.ContainsFunc(got, func(j uint32) bool { return set.isDouble(uint32(i), j) }) {
			t.Fatalf("row %s is left out", text(uint32(i)))
		}
	}
}

// rowSize is how many bytes rowOf takes.
const rowSize = 20

// rowOf makes a row of bytes, each of which decides about one part: most parts
// have few values, so that rows are often the same in them.
func rowOf(set *socketSet, b []byte) {
	kinds := [...]ConnKind{KindTCP4, KindTCP6, KindUDP4, KindUDP6, KindUnix, KindRaw4, KindRaw6, KindMPTCP4, KindMPTCP6}
	r := SocketRecord{Kind: kinds[int(b[0])%len(kinds)], PID: int32(b[1]%4) - 1, FD: int32(b[2]%4) - 1, Inode: uint64(b[3] % 5),
		Cookie: uint64(b[4] % 3), NetNS: NetNS(b[5] % 2)}
	switch r.Kind {
	case KindUDP4, KindUDP6:
		r.Type = SocketDgram
	case KindRaw4, KindRaw6:
		r.Type = SocketRaw
	case KindUnix:
		r.Type = []SocketType{SocketUnknown, SocketStream, SocketDgram, SocketSeqpacket}[b[6]%4]
		paths := [...]string{"", "/a", "/a\x00", "/b", "@a", "\xff"}
		set.unix = append(set.unix, unixSocket{local: paths[int(b[7])%len(paths)], peer: uint64(b[8] % 5)})
		r.unix = int32(len(set.unix))
	default:
		r.Type = SocketStream
	}
	if r.Kind != KindUnix {
		address := func(to *[16]byte, first, last byte) {
			if r.Kind.family() == FamilyINET {
				*to = [16]byte{first, 0, 0, last}
				return
			}
			to[0], to[7], to[8], to[15] = first&3, first>>2&1, first>>3&1, last
		}
		address(&r.Local, b[9]%3, b[10])
		address(&r.Remote, b[11], b[12]%3)
		r.LocalPort, r.RemotePort = uint16(b[13])<<8|uint16(b[14]%2), uint16(b[15])<<8|uint16(b[16]%2)
		if b[17]%2 == 0 {
			r.Remote, r.RemotePort = [16]byte{}, 0
		}
		if b[18]%2 == 0 {
			r.Local, r.LocalPort = [16]byte{}, uint16(b[14]%2)
		}
	}
	set.rows = append(set.rows, r)
}

// randomSet has n rows.
func randomSet(rnd *rand.Rand, n int) *socketSet {
	set := new(socketSet)
	var b [rowSize]byte
	for range n {
		for i := range b {
			b[i] = byte(rnd.Uint32())
			if rnd.IntN(2) == 0 {
				b[i] &= 1
			}
		}
		rowOf(set, b[:])
	}
	return set
}

func TestSocketOrder(t *testing.T) {
	rnd := rand.New(rand.NewPCG(1, 2))
	for _, n := range []int{0, 1, 2, 3, 10, 62, 63, 64, 65, 100, 255, 256, 257, 1000, 5000, 2 * parallelRows, 2*parallelRows + 1} {
		for range 5000/(n+50) + 1 {
			checkOrder(t, randomSet(rnd, n))
		}
	}
}

// TestSocketOrderOneKind has rows that differ in few bytes of their keys, in the
// last or the first.
func TestSocketOrderOneKind(t *testing.T) {
	rnd := rand.New(rand.NewPCG(3, 4))
	for _, kind := range []ConnKind{KindTCP4, KindTCP6, KindUnix} {
		for byteOf := range 40 {
			set := new(socketSet)
			for range 300 {
				r := SocketRecord{Kind: kind, Type: SocketStream, PID: 1, FD: 1, Inode: 1}
				value := byte(rnd.Uint32())
				switch size := map[ConnKind]int{KindTCP4: 4, KindTCP6: 16}[kind]; {
				case size == 0:
					set.unix = append(set.unix, unixSocket{local: string([]byte{value})})
					r.unix = int32(len(set.unix))
				case byteOf < 16:
					r.Local[byteOf%size] = value
				case byteOf < 32:
					r.Remote[byteOf%size] = value
				case byteOf < 34:
					r.LocalPort = uint16(value) << (byteOf % 2 * 8)
				case byteOf < 36:
					r.RemotePort = uint16(value) << (byteOf % 2 * 8)
				default:
					r.Inode = uint64(value) << (byteOf % 4 * 16)
				}
				set.rows = append(set.rows, r)
			}
			checkOrder(t, set)
		}
	}
}

// TestRadixSort sorts keys that differ in few bits, in more than a word of them, in
// every one and in none.
func TestRadixSort(t *testing.T) {
	rnd := rand.New(rand.NewPCG(7, 11))
	masks := [][2]uint64{{0, 0}, {1 << 63, 1}, {0, math.MaxUint64}, {math.MaxUint64, 0}, {math.MaxUint64, math.MaxUint64}, {0xff00ff, 0xff00ff0000}}
	for range 30 {
		masks = append(masks, [2]uint64{rnd.Uint64() & rnd.Uint64(), rnd.Uint64() & rnd.Uint64() & rnd.Uint64()})
	}
	for _, mask := range masks {
		for _, n := range []int{0, 1, 63, 64, 5000} {
			same := [2]uint64{rnd.Uint64() &^ mask[0], rnd.Uint64() &^ mask[1]}
			keys := make([]sortKey, n)
			full := make([][2]uint64, n)
			for i := range keys {
				full[i] = [2]uint64{same[0] | rnd.Uint64()&mask[0], same[1] | rnd.Uint64()&mask[1]}
				keys[i] = sortKey{full[i], uint32(i)}
			}
			want := slices.Clone(keys)
			slices.SortStableFunc(want, func(a, b sortKey) int { return slices.Compare(a.bits[:], b.bits[:]) })
			got := radixSort(keys, make([]sortKey, n))
			for i := range want {
				if got[i].at != want[i].at || i > 0 && (got[i].bits == got[i-1].bits) != (want[i].bits == want[i-1].bits) {
					t.Fatalf("bits %x, %d keys: place %d is %d, want %d", mask, n, i, got[i].at, want[i].at)
				}
			}
		}
	}
}

func FuzzSocketOrder(f *testing.F) {
	rnd := rand.New(rand.NewPCG(5, 6))
	for _, n := range []int{0, 1, 5, 70} {
		b := make([]byte, n*rowSize)
		for i := range b {
			b[i] = byte(rnd.Uint32())
		}
		f.Add(b)
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		set := new(socketSet)
		for row := range slices.Chunk(b, rowSize) {
			if len(row) == rowSize {
				rowOf(set, row)
			}
		}
		checkOrder(t, set)
		if n := len(set.connections(set.order(2), new(socketOwners), 2)); n > len(set.rows) {
			t.Errorf("%d connections of %d rows", n, len(set.rows))
		}
	})
}

// TestSocketSetDoubles has one socket twice, as a table has that changes while it
// is read, beside some that only look like it.
func TestSocketSetDoubles(t *testing.T) {
	row := SocketRecord{Kind: KindTCP4, Type: SocketStream, PID: 7, FD: 3, Inode: 100, Cookie: 1, LocalPort: 80, Local: [16]byte{127, 0, 0, 1}}
	change := func(f func(r *SocketRecord)) SocketRecord {
		r := row
		f(&r)
		return r
	}
	others := map[string]SocketRecord{
		"AnotherFD":    change(func(r *SocketRecord) { r.FD = 4 }),
		"AnotherPID":   change(func(r *SocketRecord) { r.PID = 8 }),
		"AnotherInode": change(func(r *SocketRecord) { r.Inode, r.Cookie = 101, 2 }),
		// The sockets of multipath TCP and of the TCP that carries it have one inode.
		"Multipath": change(func(r *SocketRecord) { r.Kind, r.Cookie = KindMPTCP4, 2 }),
		// And so do two that carry the same one.
		"AnotherPath":       change(func(r *SocketRecord) { r.Local[3], r.Cookie = 2, 2 }),
		"AnotherLocalPort":  change(func(r *SocketRecord) { r.LocalPort, r.Cookie = 81, 2 }),
		"AnotherRemote":     change(func(r *SocketRecord) { r.Remote[3], r.Cookie = 2, 2 }),
		"AnotherRemotePort": change(func(r *SocketRecord) { r.RemotePort, r.Cookie = 81, 2 }),
	}
	for name, other := range others {
		t.Run(name, func(t *testing.T) {
			set := socketSet{rows: []SocketRecord{row, other, row, other, row}}
			if conns := set.connections(set.order(2), new(socketOwners), 2); len(conns) != 2 || conns[0] == conns[1] {
				t.Errorf("%v", conns)
			}
		})
	}
	// What has no inode can't be told apart.
	waiting := change(func(r *SocketRecord) { r.PID, r.FD, r.Inode, r.Cookie = -1, -1, 0, 0 })
	set := socketSet{rows: []SocketRecord{waiting, waiting}}
	if conns := set.connections(set.order(2), new(socketOwners), 2); len(conns) != 2 {
		t.Errorf("without inodes: %v", conns)
	}
}

// TestSocketSetParts checks that each row gets what it has no room for itself.
func TestSocketSetParts(t *testing.T) {
	set := socketSet{
		rows: []SocketRecord{
			{Kind: KindTCP4, Type: SocketStream, PID: 1, Inode: 9, LocalPort: 2, tcp: 2},
			{Kind: KindTCP4, Type: SocketStream, PID: 1, Inode: 8, LocalPort: 1, tcp: 1},
			{Kind: KindTCP4, Type: SocketStream, PID: 1, Inode: 7, LocalPort: 3},
			{Kind: KindUnix, Type: SocketStream, PID: 1, Inode: 6, unix: 2},
			{Kind: KindUnix, Type: SocketStream, PID: -1, FD: -1, Inode: 5, unix: 1},
		},
		unix: []unixSocket{{local: "/b", peer: 6, missing: "recv_q"}, {local: "/a", remote: "/b", peer: 5, peerRead: true}},
		tcp:  []TCPInfo{{Cwnd: 1}, {Cwnd: 2}},
	}
	owners := socketOwners{list: []socketOwner{{inode: 6, pid: 4}, {inode: 6, pid: 2}, {inode: 6, pid: 3}}}
	owners.index()
	conns := set.connections(set.order(2), &owners, 2)
	want := []Connection{
		{Kind: KindUnix, Family: FamilyUnix, Type: SocketStream, PID: 1, Inode: 6, LocalPath: "/a", RemotePath: "/b", PeerInode: 5, PeerPID: -1},
		{Kind: KindUnix, Family: FamilyUnix, Type: SocketStream, PID: -1, FD: -1, Inode: 5, LocalPath: "/b", PeerInode: 6, PeerPID: 2, Missing: "recv_q,raddr"},
	}
	for port := uint16(1); port <= 3; port++ {
		c := Connection{Kind: KindTCP4, Family: FamilyINET, Type: SocketStream, PID: 1, Inode: [...]uint64{0, 8, 9, 7}[port], PeerPID: -1,
			Local: netip.AddrPortFrom(netip.IPv4Unspecified(), port)}
		if port < 3 {
			c.TCP = &set.tcp[port-1]
		}
		want = append(want, c)
	}
	if !slices.Equal(conns, want) {
		t.Errorf("%+v, want %+v", conns, want)
	}
}

// TestSocketOwners holds the table of descriptors against a map.
func TestSocketOwners(t *testing.T) {
	rnd := rand.New(rand.NewPCG(7, 8))
	type descriptor struct{ pid, fd int32 }
	for _, n := range []int{0, 1, 2, 7, 8, 9, 100, 3000} {
		var owners socketOwners
		want := map[uint64][]descriptor{}
		for i := range n {
			inode := uint64(rnd.IntN(n/2+1)) + 1
			switch rnd.IntN(3) {
			case 0:
				inode <<= 32
			case 1:
				inode = ^inode
			}
			d := descriptor{int32(rnd.IntN(50)) + 1, int32(i)}
			owners.list = append(owners.list, socketOwner{inode: inode, pid: d.pid, fd: d.fd})
			want[inode] = append(want[inode], d)
		}
		if owners.first(1) != -1 {
			t.Errorf("of %d found one before they were indexed", n)
		}
		owners.index()
		for inode, list := range want {
			var got []descriptor
			for i := owners.first(inode); i >= 0; i = owners.after(i) {
				got = append(got, descriptor{owners.list[i].pid, owners.list[i].fd})
			}
			byFD := func(a, b descriptor) int { return cmp.Compare(a.fd, b.fd) }
			slices.SortFunc(got, byFD)
			if !slices.Equal(got, list) {
				t.Fatalf("owners of %d: %v, want %v", inode, got, list)
			}
			least := slices.MinFunc(list, func(a, b descriptor) int { return cmp.Compare(a.pid, b.pid) })
			if pid := owners.firstPID(inode); pid != int(least.pid) {
				t.Fatalf("first PID of %d: %d, want %d", inode, pid, least.pid)
			}
		}
		for range 1000 {
			inode := rnd.Uint64() >> rnd.IntN(64)
			if _, known := want[inode]; !known && (owners.first(inode) != -1 || owners.firstPID(inode) != -1) {
				t.Fatalf("%d has an owner", inode)
			}
		}
		if owners.first(0) != -1 {
			t.Error("what has no inode has an owner")
		}
	}
}

// TestSocketSetOwn has sockets with any number of owners.
func TestSocketSetOwn(t *testing.T) {
	at := func(kind ConnKind, inode uint64, ns NetNS, local, remote string) SocketRecord {
		r := SocketRecord{PID: -1, FD: -1, Kind: kind, Type: SocketStream, Inode: inode, NetNS: ns}
		setEnd(&r.Local, &r.LocalPort, netip.MustParseAddrPort(local))
		setEnd(&r.Remote, &r.RemotePort, netip.MustParseAddrPort(remote))
		return r
	}
	const none = "0.0.0.0:0"
	owners := socketOwners{list: []socketOwner{
		{inode: 10, pid: 1, fd: 3}, {inode: 11, pid: 1, fd: 4}, {inode: 11, pid: 2, fd: 4}, {inode: 11, pid: 2, fd: 5},
	}}
	owners.index()
	owned := at(KindTCP4, 12, 1, "127.0.0.1:70", none)
	owned.PID, owned.FD = 9, 9
	tests := []struct {
		name string
		row  SocketRecord
		want []string
	}{
		{"One", at(KindTCP4, 10, 1, "127.0.0.1:1", none), []string{"1 3"}},
		{"Three", at(KindUDP4, 11, 1, "127.0.0.1:2", none), []string{"1 4", "2 4", "2 5"}},
		{"None", at(KindTCP4, 13, 1, "127.0.0.1:3", none), []string{"-1 -1"}},
		{"NoInode", at(KindTCP4, 0, 1, "127.0.0.1:80", none), []string{"-1 -1"}},
		{"Already", owned, []string{"9 9"}},
	}
	var set socketSet
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			one := socketSet{rows: []SocketRecord{tt.row}}
			one.own(&owners)
			var got []string
			for _, r := range one.rows {
				got = append(got, fmt.Sprint(r.PID, r.FD))
				if r.PID, r.FD = tt.row.PID, tt.row.FD; r != tt.row {
					t.Errorf("the row became %+v", r)
				}
			}
			slices.Sort(got)
			slices.Sort(tt.want)
			if !slices.Equal(got, tt.want) {
				t.Errorf("owners %q, want %q", got, tt.want)
			}
		})
		set.rows = append(set.rows, tt.row)
	}
	set.own(&owners)
	rows := 0
	for _, tt := range tests {
		rows += len(tt.want)
	}
	if len(set.rows) != rows {
		t.Errorf("%d rows of all, want %d", len(set.rows), rows)
	}
}

// TestEmptied keeps room that was used, and lets go of what was hardly.
func TestEmptied(t *testing.T) {
	for _, test := range []struct {
		used, room int
		want       bool
	}{
		{0, 0, true}, {0, parallelRows, true}, {0, 4*parallelRows + 1, false},
		{100_000, 400_000, true}, {100_000, 400_001, false},
	} {
		s := emptied(make([]byte, test.used, test.room))
		if got := cap(s) == test.room; got != test.want || len(s) != 0 {
			t.Errorf("%d used of %d: %d of %d left, want kept %v", test.used, test.room, len(s), cap(s), test.want)
		}
	}
}

// BenchmarkConnectionsBuild makes connections of the sockets of a busy machine:
// 40,000, mostly connections to a few ports.
func BenchmarkConnectionsBuild(b *testing.B) {
	const n = 40_000
	rnd := rand.New(rand.NewPCG(9, 10))
	var rows []SocketRecord
	var owners socketOwners
	for i := range n {
		r := SocketRecord{PID: -1, FD: -1, Kind: KindTCP4, Type: SocketStream, State: ConnEstablished, Inode: uint64(i) + 100_000, Cookie: uint64(i) + 1, NetNS: 4026531840}
		local, remote := [4]byte{10, 0, 0, 1}, [4]byte{10}
		binary.BigEndian.PutUint16(remote[2:], uint16(rnd.Uint32()))
		r.LocalPort, r.RemotePort = 443, uint16(rnd.IntN(28_000)+32_768)
		if i%4 == 0 {
			r.Kind = KindTCP6
			r.Local, r.Remote = netip.AddrFrom4(local).As16(), netip.AddrFrom4(remote).As16()
		} else {
			copy(r.Local[:], local[:])
			copy(r.Remote[:], remote[:])
		}
		rows = append(rows, r)
		owners.list = append(owners.list, socketOwner{inode: r.Inode, pid: int32(i%200) + 1000, fd: int32(i/200) + 3})
	}
	rnd.Shuffle(n, func(i, j int) { rows[i], rows[j] = rows[j], rows[i] })
	set := socketSet{rows: make([]SocketRecord, n)}
	b.ReportAllocs()
	for b.Loop() {
		copy(set.rows, rows)
		owners.index()
		set.own(&owners)
		if conns := set.connections(set.order(2), &owners, 2); len(conns) != n {
			b.Fatalf("%d connections", len(conns))
		}
	}
}
