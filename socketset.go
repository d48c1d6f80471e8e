package psutil

import (
	"bytes"
	"cmp"
	"net/netip"
	"slices"
	"strings"
	"sync"
)

// A socketSet is sockets in their compact form, and what that has no room for.
type socketSet struct {
	rows []SocketRecord
	unix []unixSocket // of a row's place unix, which counts from 1
	tcp  []TCPInfo    // of a row's place tcp, likewise
	// names are those of the Unix sockets that were read, by inode, empty for none.
	names map[uint64]string
	// missing is what the system tells of no socket.
	missing Missing
}

// ownedSockets is sockets, who owns them, and the order of their rows.
type ownedSockets struct {
	set    socketSet
	owners socketOwners
	order  []uint32
}

// What joins sockets and their owners takes more room than the connections that come
// of it, and there may be a million. It is kept for the calls to come.
var (
	ownedPool  pool[ownedSockets]
	ownersPool pool[socketOwners]
	sorterPool pool[socketSorter]
)

// A pool is a sync.Pool of one type.
type pool[T any] struct{ rooms sync.Pool }

func (p *pool[T]) get() *T {
	if v, ok := p.rooms.Get().(*T); ok {
		return v
	}
	return new(T)
}

func (p *pool[T]) put(v *T) { p.rooms.Put(v) }

// emptied keeps the room of a slice, unless most of it was not used: one call with very
// many sockets is no reason to hold on to it.
func emptied[T any](s []T) []T {
	if cap(s) > 4*max(len(s), parallelRows) {
		return nil
	}
	return s[:0]
}

// sized is the room of a slice for so many elements, whatever they are.
func sized[T any](s []T, n int) []T {
	if cap(s) < n {
		return make([]T, n)
	}
	return s[:n]
}

// free keeps the room. Connections do not refer to what is used again of it.
func (o *ownedSockets) free() {
	if o == nil {
		return
	}
	*o = ownedSockets{set: socketSet{rows: emptied(o.set.rows)}, owners: o.owners.emptied()}
	ownedPool.put(o)
}

// unixSocket is what only a Unix socket has.
type unixSocket struct {
	local, remote string
	peer          uint64 // inode
	peerRead      bool   // else remote is not known
	missing       Missing
}

// A socketOwner is a descriptor that stands for a socket.
type socketOwner struct {
	inode   uint64
	pid, fd int32
	next    int32 // place of another of the same socket, -1 for none
}

// socketOwners finds descriptors by the inode of their socket. It is a table of
// its own, not a map of slices: there may be a million sockets, with an owner
// each.
type socketOwners struct {
	list   []socketOwner
	heads  []int32 // by hash: place in list, -1 for none
	shift  uint
	failed []pidError // processes whose descriptors are not known, or not all
}

type pidError struct {
	pid int
	err error
}

// emptied is the room of what was there.
func (o *socketOwners) emptied() socketOwners {
	return socketOwners{list: emptied(o.list), heads: emptied(o.heads)}
}

// free keeps the room.
func (o *socketOwners) free() {
	*o = o.emptied()
	ownersPool.put(o)
}

// index makes the owners found so far known to of.
func (o *socketOwners) index() {
	bits := uint(4)
	for 1<<bits < 2*len(o.list) {
		bits++
	}
	o.heads, o.shift = sized(o.heads, 1<<bits), 64-bits
	for i := range o.heads {
		o.heads[i] = -1
	}
	for i := range o.list {
		h := o.hash(o.list[i].inode)
		o.list[i].next = o.heads[h]
		o.heads[h] = int32(i)
	}
}

func (o *socketOwners) hash(inode uint64) uint64 { return inode * 0x9e3779b97f4a7c15 >> o.shift }

// first returns the place of an owner of the socket, -1 if there is none, and
// after that of the next one.
func (o *socketOwners) first(inode uint64) int32 {
	if len(o.heads) == 0 || inode == 0 {
		return -1
	}
	return o.from(o.heads[o.hash(inode)], inode)
}

func (o *socketOwners) after(i int32) int32 { return o.from(o.list[i].next, o.list[i].inode) }

func (o *socketOwners) from(i int32, inode uint64) int32 {
	for i >= 0 && o.list[i].inode != inode {
		i = o.list[i].next
	}
	return i
}

// firstPID returns the lowest PID of a socket's owners, -1 if there is none.
func (o *socketOwners) firstPID(inode uint64) int {
	pid := -1
	for i := o.first(inode); i >= 0; i = o.after(i) {
		if its := int(o.list[i].pid); pid < 0 || its < pid {
			pid = its
		}
	}
	return pid
}

// own makes a row for each descriptor of each socket, and keeps one for a socket
// without. A row that has an owner already stays as it is.
func (set *socketSet) own(o *socketOwners) {
	for n := range set.rows {
		if set.rows[n].PID >= 0 {
			continue
		}
		i := o.first(set.rows[n].Inode)
		if i < 0 {
			continue
		}
		set.rows[n].PID, set.rows[n].FD = o.list[i].pid, o.list[i].fd
		another := set.rows[n]
		for i = o.after(i); i >= 0; i = o.after(i) {
			another.PID, another.FD = o.list[i].pid, o.list[i].fd
			set.rows = append(set.rows, another)
		}
	}
}

// isDouble reports whether two rows are one descriptor of one socket. The inode is
// not enough: a socket of multipath TCP shares its with those of TCP that carry it.
func (set *socketSet) isDouble(i, j uint32) bool {
	a, b := &set.rows[i], &set.rows[j]
	return a.Inode != 0 && a.Inode == b.Inode && a.PID == b.PID && a.FD == b.FD && a.Kind == b.Kind &&
		a.LocalPort == b.LocalPort && a.RemotePort == b.RemotePort && a.Local == b.Local && a.Remote == b.Remote &&
		(a.unix == 0 || b.unix == 0 || set.unix[a.unix-1].local == set.unix[b.unix-1].local)
}

// connections returns the rows in an order, made by a number of goroutines.
func (set *socketSet) connections(order []uint32, o *socketOwners, workers int) []Connection {
	conns := make([]Connection, len(order))
	workers = max(1, min(workers, len(order)/parallelRows))
	var wg sync.WaitGroup
	for w := range workers {
		from, to := len(order)*w/workers, len(order)*(w+1)/workers
		if w == workers-1 {
			set.fill(conns[from:to], order[from:to], o)
		} else {
			wg.Go(func() { set.fill(conns[from:to], order[from:to], o) })
		}
	}
	wg.Wait()
	return conns
}

// parallelRows are as many as make a goroutine worth while.
const parallelRows = 4096

// fill makes connections of the rows at the places in order.
func (set *socketSet) fill(conns []Connection, order []uint32, o *socketOwners) {
	for n, i := range order {
		set.connection(&conns[n], i, o)
	}
}

// connections returns the connections in their order. There are none without sockets.
func (o *ownedSockets) connections(workers int) []Connection {
	if o == nil {
		return nil
	}
	return o.set.connections(o.order, &o.owners, workers)
}

// each calls yield with the connections in their order, each time the same one filled
// anew, and reports whether it was to go on.
func (o *ownedSockets) each(yield func(*Connection) bool) bool {
	if o == nil {
		return true
	}
	c := new(Connection)
	for _, i := range o.order {
		*c = Connection{}
		if o.set.connection(c, i, &o.owners); !yield(c) {
			return false
		}
	}
	return true
}

// connection fills in what the row at a place says, in a Connection that is empty.
func (set *socketSet) connection(c *Connection, i uint32, o *socketOwners) {
	r := &set.rows[i]
	c.FD, c.PID, c.PeerPID = int(r.FD), int(r.PID), -1
	c.Kind, c.Family, c.Type, c.Status, c.Listening = r.Kind, r.Kind.family(), r.Type, r.State, r.Listening
	c.Local, c.Remote = r.local(), r.remote()
	c.UID, c.Inode, c.Cookie, c.NetNS, c.CgroupID = r.UID, r.Inode, r.Cookie, r.NetNS, r.CgroupID
	c.RecvQ, c.SendQ, c.Missing = r.RecvQ, r.SendQ, set.missing
	if r.tcp > 0 {
		c.TCP = &set.tcp[r.tcp-1]
	}
	if r.unix > 0 {
		u := &set.unix[r.unix-1]
		c.LocalPath, c.RemotePath, c.PeerInode, c.Missing = u.local, u.remote, u.peer, u.missing
		if u.peer != 0 {
			if !u.peerRead {
				c.Missing = c.Missing.add("raddr")
			}
			c.PeerPID = o.firstPID(u.peer)
		}
	}
}

// family is that of the sockets of one kind.
func (k ConnKind) family() Family {
	switch {
	case k == KindUnix:
		return FamilyUnix
	case k&(KindTCP6|KindUDP6|KindRaw6|KindMPTCP6) != 0:
		return FamilyINET6
	}
	return FamilyINET
}

func (r *SocketRecord) local() netip.AddrPort { return r.end(&r.Local, r.LocalPort) }

// remote is the zero AddrPort for the all-zero address that stands for "not
// connected".
func (r *SocketRecord) remote() netip.AddrPort {
	if r.RemotePort == 0 && r.Remote == [16]byte{} {
		return netip.AddrPort{}
	}
	return r.end(&r.Remote, r.RemotePort)
}

func (r *SocketRecord) end(addr *[16]byte, port uint16) netip.AddrPort {
	switch r.Kind.family() {
	case FamilyUnix:
		return netip.AddrPort{}
	case FamilyINET6:
		return netip.AddrPortFrom(netip.AddrFrom16(*addr), port)
	}
	return netip.AddrPortFrom(netip.AddrFrom4([4]byte(addr[:4])), port)
}

// setEnd stores an address.
func setEnd(addr *[16]byte, port *uint16, a netip.AddrPort) {
	*port = a.Port()
	if a.Addr().Is4() {
		four := a.Addr().As4()
		copy(addr[:], four[:])
	} else {
		*addr = a.Addr().As16()
	}
}

// A sortKey is the first 128 bits that order a row, and the row's place.
type sortKey struct {
	bits [2]uint64
	at   uint32
}

// order returns the places of the rows in the order that NetConnections promises,
// without those of rows that are there already: a table that changes while it is
// read may show a socket twice. If there are many, two goroutines sort a half each.
//
// Rows are many, wide and mostly differ in a few bytes, so that their keys are
// sorted by those bytes, and only rows with the same key compared.
func (set *socketSet) order(workers int) []uint32 {
	ranks := rankAddrs(set.rows)
	sorter := sorterPool.get()
	defer sorter.free()
	var a, b []sortKey
	if n := len(set.rows); workers < 2 || n < 2*parallelRows {
		a = sorter.sortedKeys(set.rows, 0, ranks)
	} else {
		another := sorterPool.get()
		defer another.free()
		var wg sync.WaitGroup
		wg.Go(func() { a = sorter.sortedKeys(set.rows[:n/2], 0, ranks) })
		b = another.sortedKeys(set.rows[n/2:], n/2, ranks)
		wg.Wait()
	}
	order, start := make([]uint32, 0, len(a)+len(b)), 0
	var last [2]uint64
	for len(a)+len(b) > 0 {
		k := lesser(&a, &b)
		if k.bits != last {
			order = set.settle(order, start)
			start, last = len(order), k.bits
		}
		order = append(order, k.at)
	}
	return set.settle(order, start)
}

// lesser takes the lesser of the first keys of two sorted lists, not both empty.
func lesser(a, b *[]sortKey) (k sortKey) {
	if len(*b) == 0 || len(*a) > 0 && slices.Compare((*a)[0].bits[:], (*b)[0].bits[:]) <= 0 {
		k, *a = (*a)[0], (*a)[1:]
	} else {
		k, *b = (*b)[0], (*b)[1:]
	}
	return k
}

// settle puts in order the rows from start on, whose keys are the same, each once.
func (set *socketSet) settle(order []uint32, start int) []uint32 {
	same := order[start:]
	if len(same) > 1 {
		slices.SortFunc(same, set.compare)
		same = slices.CompactFunc(same, set.isDouble)
	}
	return order[:start+len(same)]
}

// A socketSorter is room for keys, twice.
type socketSorter struct{ keys, other []sortKey }

func (s *socketSorter) free() {
	*s = socketSorter{emptied(s.keys), emptied(s.other)}
	sorterPool.put(s)
}

// sortedKeys are the keys of rows of which the first has a place. They are valid until
// the next call.
func (s *socketSorter) sortedKeys(rows []SocketRecord, place int, ranks map[[16]byte]uint32) []sortKey {
	s.keys, s.other = sized(s.keys, len(rows)), sized(s.other, len(rows))
	for i := range rows {
		r := &rows[i]
		family := r.Kind.family()
		hi, lo := uint64(family)<<60|uint64(r.Type)<<56, uint64(0)
		switch family {
		case FamilyINET:
			remote := uint64(be32(r.Remote[:]))
			hi |= uint64(be32(r.Local[:]))<<24 | uint64(r.LocalPort)<<8 | remote>>24
			lo = remote<<40 | uint64(r.RemotePort)<<24
		case FamilyINET6:
			hi |= uint64(ranks[r.Local])<<24 | uint64(r.LocalPort)<<8
			lo = uint64(be32(r.Remote[:]))<<32 | uint64(be32(r.Remote[4:]))
		}
		s.keys[i] = sortKey{[2]uint64{hi, lo}, uint32(place + i)}
	}
	return radixSort(s.keys, s.other)
}

func be32(b []byte) uint32 {
	return uint32(b[0])<<24 | uint32(b[1])<<16 | uint32(b[2])<<8 | uint32(b[3])
}

// rankAddrs numbers the own addresses of IPv6 sockets in their order. A machine
// has few.
func rankAddrs(rows []SocketRecord) map[[16]byte]uint32 {
	ranks := make(map[[16]byte]uint32)
	for i := range rows {
		if r := &rows[i]; r.Kind.family() == FamilyINET6 {
			ranks[r.Local] = 0
		}
	}
	addrs := make([][16]byte, 0, len(ranks))
	for a := range ranks {
		addrs = append(addrs, a)
	}
	slices.SortFunc(addrs, func(a, b [16]byte) int { return bytes.Compare(a[:], b[:]) })
	for i, a := range addrs {
		ranks[a] = uint32(i)
	}
	return ranks
}

// radixSort sorts by the bits, byte by byte from the last, without those bytes that
// are the same in every key. The result is in either of two arrays of the same length.
func radixSort(keys, other []sortKey) []sortKey {
	if len(keys) < 64 {
		slices.SortStableFunc(keys, func(a, b sortKey) int { return slices.Compare(a.bits[:], b.bits[:]) })
		return keys
	}
	var differ [2]uint64
	for i := range keys {
		for w := range differ {
			differ[w] |= keys[i].bits[w] ^ keys[0].bits[w]
		}
	}
	for w := len(differ) - 1; w >= 0; w-- {
		for shift := uint(0); shift < 64; shift += 8 {
			if differ[w]>>shift&0xff == 0 {
				continue
			}
			// How often each byte occurs, and then where the next key with it belongs.
			var at [256]uint32
			for i := range keys {
				at[byte(keys[i].bits[w]>>shift)]++
			}
			sum := uint32(0)
			for i, n := range at {
				at[i] = sum
				sum += n
			}
			for i := range keys {
				to := &at[byte(keys[i].bits[w]>>shift)]
				other[*to] = keys[i]
				*to++
			}
			keys, other = other, keys
		}
	}
	return keys
}

// compare orders two rows whose keys are the same.
func (set *socketSet) compare(i, j uint32) int {
	a, b := &set.rows[i], &set.rows[j]
	if c := cmp.Or(bytes.Compare(a.Remote[:], b.Remote[:]), cmp.Compare(a.RemotePort, b.RemotePort)); c != 0 {
		return c
	}
	if a.unix > 0 && b.unix > 0 {
		if c := strings.Compare(set.unix[a.unix-1].local, set.unix[b.unix-1].local); c != 0 {
			return c
		}
	}
	return cmp.Or(cmp.Compare(a.Inode, b.Inode), cmp.Compare(a.PID, b.PID), cmp.Compare(a.FD, b.FD),
		cmp.Compare(a.NetNS, b.NetNS), cmp.Compare(a.Kind, b.Kind), cmp.Compare(a.Cookie, b.Cookie))
}
