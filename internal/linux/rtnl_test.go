package linux

import (
	"bytes"
	"math"
	"net/netip"
	"os"
	"reflect"
	"testing"
	"time"

	"github.com/go-psutil/psutil/internal/fixture"
)

func rtnlMessage(tb testing.TB, name string) []byte {
	tb.Helper()
	archive, err := os.ReadFile("testdata/rtnl.txtar")
	if err != nil {
		tb.Fatal(err)
	}
	return fixture.File(tb, archive, name)
}

// attr is a struct rtattr with its padding.
func attr(bigEndian bool, typ uint16, value ...byte) []byte {
	b := appendU16(nil, uint16(4+len(value)), bigEndian)
	b = append(appendU16(b, typ, bigEndian), value...)
	return append(b, make([]byte, -len(b)&3)...)
}

func attr32(bigEndian bool, typ uint16, v uint32) []byte {
	return attr(bigEndian, typ, appendU32(nil, v, bigEndian)...)
}

// message is a struct nlmsghdr with what follows it.
func message(bigEndian bool, typ uint16, parts ...[]byte) []byte {
	body := bytes.Join(parts, nil)
	return append(nlmsghdr(uint32(16+len(body)), typ, bigEndian), body...)
}

func ifinfomsg(bigEndian bool, typ uint16, index, flags uint32) []byte {
	b := appendU16([]byte{0, 0}, typ, bigEndian)
	b = appendU32(b, index, bigEndian)
	b = appendU32(b, flags, bigEndian)
	return append(b, 0xff, 0xff, 0xff, 0xff)
}

func ifaddrmsg(bigEndian bool, family, bits, flags, scope byte, index uint32) []byte {
	return appendU32([]byte{family, bits, flags, scope}, index, bigEndian)
}

func TestRequests(t *testing.T) {
	tests := []struct {
		name      string
		got, want []byte
	}{
		{"LinkLittleEndian", LinkRequest(false), append([]byte{40, 0, 0, 0, 18, 0, 15: 0, 31: 0}, 8, 0, 29, 0, 8, 0, 0, 0)},
		{"LinkBigEndian", LinkRequest(true), append([]byte{0, 0, 0, 40, 0, 18, 15: 0, 31: 0}, 0, 8, 0, 29, 0, 0, 0, 8)},
		{"AddrLittleEndian", AddrRequest(false), []byte{24, 0, 0, 0, 22, 0, 23: 0}},
		{"AddrBigEndian", AddrRequest(true), []byte{0, 0, 0, 24, 0, 22, 23: 0}},
	}
	for _, tt := range tests {
		if !bytes.Equal(tt.got, tt.want) {
			t.Errorf("%s: % x, want % x", tt.name, tt.got, tt.want)
		}
	}
}

const linkAll = LinkFlags | LinkMTU | LinkTxQLen | LinkOperState | LinkCarrier | LinkCarrierChanges | LinkKind

func TestLinkCaptured(t *testing.T) {
	tests := []struct {
		name string
		want Link
	}{
		{"veth1", Link{
			Has: linkAll, Index: 2, Type: 1, Flags: 0x11043, Name: []byte("veth1"),
			Address: []byte{2, 0, 0, 0, 0, 0xb}, Broadcast: []byte{0xff, 0xff, 0xff, 0xff, 0xff, 0xff},
			MTU: 1500, TxQLen: 1000, Master: 4, OperState: 6, Carrier: true, Kind: []byte("veth"), CarrierChanges: 2,
		}},
		{"tun0", Link{
			Has: linkAll, Index: 5, Type: 0xfffe, Flags: 0x1091, Name: []byte("tun0"),
			MTU: 1500, TxQLen: 500, OperState: 2, Carrier: false, Kind: []byte("tun"), CarrierChanges: 1,
		}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			var got Link
			if err := got.Parse(rtnlMessage(t, tt.name), false); err != nil {
				t.Fatal(err)
			}
			if !reflect.DeepEqual(got, tt.want) {
				t.Errorf("got  %+v\nwant %+v", got, tt.want)
			}
		})
	}
}

func TestLink(t *testing.T) {
	infiniband := []byte{0x80, 0, 2, 8, 0xfe, 0x80, 0, 0, 0, 0, 0, 0, 0, 2, 0xc9, 3, 0, 0x2f, 0x19, 0x11}
	for _, be := range []bool{false, true} {
		tests := []struct {
			name string
			msg  []byte
			want Link
		}{
			{
				"Everything",
				message(be, 16, ifinfomsg(be, 32, 0x01020304, 0x00011043),
					attr(be, 1, infiniband...), attr(be, 2, infiniband[1:]...), attr(be, 3, []byte("ib0\x00")...),
					attr32(be, 4, 2044), attr32(be, 5, 7), attr32(be, 10, 9), attr32(be, 13, 256), attr(be, 16, 5),
					attr(be, 0x8000|18, bytes.Join([][]byte{attr(be, 3, 1), attr(be, 1, []byte("ipoib\x00")...), attr(be, 2)}, nil)...),
					attr(be, 33, 1), attr32(be, 35, 0x01020305), attr(be, 999, 1, 2, 3)),
				Link{
					Has: linkAll, Index: 0x01020304, Type: 32, Flags: 0x11043, Name: []byte("ib0"),
					Address: infiniband, Broadcast: infiniband[1:], MTU: 2044, TxQLen: 256, Master: 9, OperState: 5,
					Carrier: true, Kind: []byte("ipoib"), CarrierChanges: 0x01020305,
				},
			},
			{
				"OldKernelTellsLess",
				message(be, 16, ifinfomsg(be, 772, 1, 0x49), attr(be, 3, []byte("lo\x00")...)),
				Link{Has: LinkFlags | LinkKind, Index: 1, Type: 772, Flags: 0x49, Name: []byte("lo")},
			},
			{
				"LastAttributeWithoutPadding",
				message(be, 16, ifinfomsg(be, 1, 1, 1), attr(be, 3, []byte("lo")...), attr(be, 33, 1)[:5]),
				Link{Has: LinkFlags | LinkKind | LinkCarrier, Index: 1, Type: 1, Flags: 1, Name: []byte("lo"), Carrier: true},
			},
			{
				"NameOfAnyBytes",
				message(be, 16, ifinfomsg(be, 1, 1, 1), attr(be, 3, []byte("\x1b[1m\xff\"\\.0\x00garbage")...)),
				Link{Has: LinkFlags | LinkKind, Index: 1, Type: 1, Flags: 1, Name: []byte("\x1b[1m\xff\"\\.0")},
			},
		}
		for _, tt := range tests {
			name := tt.name + "LittleEndian"
			if be {
				name = tt.name + "BigEndian"
			}
			t.Run(name, func(t *testing.T) {
				var got Link
				if err := got.Parse(tt.msg, be); err != nil {
					t.Fatal(err)
				}
				if !reflect.DeepEqual(got, tt.want) {
					t.Errorf("got  %+v\nwant %+v", got, tt.want)
				}
			})
		}
	}
}

func TestLinkFlags(t *testing.T) {
	const all = LinkFlags | LinkMTU | LinkCarrier
	for _, tt := range []struct {
		flags                    uint32
		running, broadcast, peer bool
		known                    LinkFields
	}{
		{0, false, false, false, LinkFlags | LinkMTU},
		{0x1, false, false, false, all},
		{0x40, true, false, false, LinkFlags | LinkMTU}, // no kernel's
		{0x49, true, false, false, all},
		{0x1043, true, true, false, all},
		{0x1091, false, false, true, all},
		{0x12, false, true, false, LinkFlags | LinkMTU}, // both: Broadcast is what it says
		{0xffffffff &^ 0x53, false, false, false, LinkFlags | LinkMTU},
	} {
		l := Link{Has: all, Flags: tt.flags}
		if l.IsRunning() != tt.running || l.HasBroadcast() != tt.broadcast || l.HasPeer() != tt.peer || l.Known() != tt.known {
			t.Errorf("%#x: running %v, broadcast %v, peer %v, known %b", tt.flags, l.IsRunning(), l.HasBroadcast(), l.HasPeer(), l.Known())
		}
		if l.Has != all {
			t.Errorf("%#x: Has became %b", tt.flags, l.Has)
		}
	}
}

func TestLifetime(t *testing.T) {
	for seconds, want := range map[uint32]time.Duration{0: 0, 1: time.Second, Forever - 1: (1<<32 - 2) * time.Second, Forever: math.MaxInt64} {
		if got := Lifetime(seconds); got != want {
			t.Errorf("Lifetime(%d) = %v, want %v", seconds, got, want)
		}
	}
}

func TestIfAddrCaptured(t *testing.T) {
	ip := netip.MustParseAddr
	const permanent, tentative, deprecated, nodad, secondary = 0x80, 0x40, 0x20, 0x02, 0x01
	tests := []struct {
		name string
		want IfAddr
	}{
		{"addr0", IfAddr{Family: 2, PrefixLen: 8, Scope: 254, Flags: permanent, Index: 1, Address: ip("127.0.0.1"), Label: []byte("lo"), HasLifetimes: true, Preferred: Forever, Valid: Forever}},
		{"addr1", IfAddr{Family: 2, PrefixLen: 24, Flags: permanent, Index: 3, Address: ip("10.9.0.1"), Broadcast: ip("10.9.0.255"), Label: []byte("veth0"), HasLifetimes: true, Preferred: Forever, Valid: Forever}},
		{"addr2", IfAddr{Family: 2, PrefixLen: 24, Flags: permanent | secondary, Index: 3, Address: ip("10.9.0.2"), Label: []byte("veth0:1"), HasLifetimes: true, Preferred: Forever, Valid: Forever}},
		{"addr3", IfAddr{Family: 2, PrefixLen: 32, Flags: permanent, Index: 4, Address: ip("10.7.0.1"), Label: []byte("br0"), HasLifetimes: true, Preferred: Forever, Valid: Forever}},
		{"addr4", IfAddr{Family: 2, PrefixLen: 32, Flags: permanent, Index: 5, Address: ip("10.8.0.1"), Peer: ip("10.8.0.2"), Label: []byte("tun0"), HasLifetimes: true, Preferred: Forever, Valid: Forever}},
		{"addr5", IfAddr{Family: 10, PrefixLen: 128, Scope: 254, Flags: permanent, Index: 1, Address: ip("::1"), HasLifetimes: true, Preferred: Forever, Valid: Forever}},
		{"addr6", IfAddr{Family: 10, PrefixLen: 64, Scope: 253, Flags: permanent | tentative, Index: 2, Address: ip("fe80::ff:fe00:b"), HasLifetimes: true, Preferred: Forever, Valid: Forever}},
		{"addr7", IfAddr{Family: 10, PrefixLen: 64, Flags: deprecated | nodad, Index: 3, Address: ip("fd00:1::1"), HasLifetimes: true, Preferred: 0, Valid: 3600}},
		{"addr8", IfAddr{Family: 10, PrefixLen: 64, Scope: 253, Flags: permanent | tentative, Index: 3, Address: ip("fe80::ff:fe00:a"), HasLifetimes: true, Preferred: Forever, Valid: Forever}},
		{"addr9", IfAddr{Family: 10, PrefixLen: 64, Scope: 253, Flags: permanent | tentative, Index: 4, Address: ip("fe80::ff:fe00:c"), HasLifetimes: true, Preferred: Forever, Valid: Forever}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			var got IfAddr
			if err := got.Parse(rtnlMessage(t, tt.name), false); err != nil {
				t.Fatal(err)
			}
			if !reflect.DeepEqual(got, tt.want) {
				t.Errorf("got  %+v\nwant %+v", got, tt.want)
			}
		})
	}
}

func TestIfAddr(t *testing.T) {
	six := func(last byte) []byte { return []byte{0xfd, 15: last} }
	ip := netip.MustParseAddr
	for _, be := range []bool{false, true} {
		tests := []struct {
			name string
			msg  []byte
			want IfAddr
		}{
			{
				"Everything",
				message(be, 20, ifaddrmsg(be, 2, 30, 0x81, 253, 0x01020304),
					attr(be, 1, 10, 0, 0, 2), attr(be, 2, 10, 0, 0, 1), attr(be, 3, []byte("eth0:1\x00")...), attr(be, 4, 10, 0, 0, 3),
					attr(be, 6, append(appendU32(appendU32(nil, 0x01020305, be), 0x01020306, be), make([]byte, 8)...)...),
					attr32(be, 8, 0x02000c81), attr(be, 77)),
				IfAddr{Family: 2, PrefixLen: 30, Scope: 253, Flags: 0x02000c81, Index: 0x01020304,
					Address: ip("10.0.0.1"), Peer: ip("10.0.0.2"), Broadcast: ip("10.0.0.3"), Label: []byte("eth0:1"),
					HasLifetimes: true, Preferred: 0x01020305, Valid: 0x01020306},
			},
			{
				"LocalBeforeAddress",
				message(be, 20, ifaddrmsg(be, 10, 128, 0, 0, 1), attr(be, 2, six(1)...), attr(be, 1, six(2)...)),
				IfAddr{Family: 10, PrefixLen: 128, Index: 1, Address: ip("fd00::1"), Peer: ip("fd00::2")},
			},
			{
				"OldKernelTellsLess",
				message(be, 20, ifaddrmsg(be, 10, 64, 0x80, 0, 1), attr(be, 1, six(1)...)),
				IfAddr{Family: 10, PrefixLen: 64, Flags: 0x80, Index: 1, Address: ip("fd00::1")},
			},
			{
				"AnotherFamily",
				message(be, 20, ifaddrmsg(be, 45, 200, 0, 0, 1), attr(be, 1, 9), attr(be, 2, 1, 2, 3)),
				IfAddr{Family: 45, PrefixLen: 200, Index: 1},
			},
		}
		for _, tt := range tests {
			name := tt.name + "LittleEndian"
			if be {
				name = tt.name + "BigEndian"
			}
			t.Run(name, func(t *testing.T) {
				var got IfAddr
				if err := got.Parse(tt.msg, be); err != nil {
					t.Fatal(err)
				}
				if !reflect.DeepEqual(got, tt.want) {
					t.Errorf("got  %+v\nwant %+v", got, tt.want)
				}
			})
		}
	}
}

// TestRTNLHostile has messages that are all wrong, in one thing each.
func TestRTNLHostile(t *testing.T) {
	link := func(parts ...[]byte) []byte {
		return message(false, 16, append([][]byte{ifinfomsg(false, 1, 1, 1), attr(false, 3, []byte("lo")...)}, parts...)...)
	}
	addr := func(parts ...[]byte) []byte {
		return message(false, 20, append([][]byte{ifaddrmsg(false, 2, 8, 0, 0, 1), attr(false, 1, 10, 0, 0, 1)}, parts...)...)
	}
	good := link()
	longer := append(bytes.Clone(good), 0)
	tests := []struct {
		name string
		link bool
		msg  []byte
	}{
		{"Empty", true, nil},
		{"HeaderOnly", true, message(false, 16)},
		{"LengthTooShort", true, append([]byte{4}, good[1:]...)},
		{"LengthTooLong", true, append([]byte{0xff, 0xff, 0xff, 0xff}, good[4:]...)},
		{"MoreThanTheLength", true, longer},
		{"AnotherType", true, addr()},
		{"OtherByteOrder", true, message(true, 16, ifinfomsg(true, 1, 1, 1), attr(true, 3, []byte("lo")...))},
		{"NoName", true, message(false, 16, ifinfomsg(false, 1, 1, 1))},
		{"EmptyName", true, message(false, 16, ifinfomsg(false, 1, 1, 1), attr(false, 3, 0, 'x'))},
		{"NoIndex", true, message(false, 16, ifinfomsg(false, 1, 0, 1), attr(false, 3, []byte("lo")...))},
		{"NegativeIndex", true, message(false, 16, ifinfomsg(false, 1, 1<<31, 1), attr(false, 3, []byte("lo")...))},
		{"AttributeOfNoLength", true, link([]byte{0, 0, 4, 0})},
		{"AttributeShorterThanItsHead", true, link([]byte{3, 0, 4, 0})},
		{"AttributeBeyondTheEnd", true, link([]byte{9, 0, 4, 0, 0, 0, 0, 0})},
		{"HalfAnAttribute", true, link([]byte{4, 0, 4})},
		{"ShortMTU", true, link(attr(false, 4, 1, 2, 3))},
		{"EmptyOperState", true, link(attr(false, 16))},
		{"BadNestedAttribute", true, link(attr(false, 18, 200, 0, 1, 0))},

		{"EmptyAddr", false, nil},
		{"AnotherTypeOfAddr", false, link()},
		{"NoAddress", false, message(false, 20, ifaddrmsg(false, 2, 8, 0, 0, 1))},
		{"NoIndexOfAddr", false, message(false, 20, ifaddrmsg(false, 2, 8, 0, 0, 0), attr(false, 1, 10, 0, 0, 1))},
		{"PrefixTooLong", false, message(false, 20, ifaddrmsg(false, 2, 33, 0, 0, 1), attr(false, 1, 10, 0, 0, 1))},
		{"AddressOfTheOtherFamily", false, addr(attr(false, 2, make([]byte, 16)...))},
		{"AddressOfNoFamily", false, addr(attr(false, 4, 1, 2, 3))},
		{"ShortCacheInfo", false, addr(attr(false, 6, 1, 2, 3, 4, 5, 6, 7))},
		{"ShortFlags", false, addr(attr(false, 8, 1))},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			l := Link{Index: 5, Name: []byte("left over")}
			a := IfAddr{Index: 5}
			err := a.Parse(tt.msg, false)
			if tt.link {
				err = l.Parse(tt.msg, false)
				if !reflect.DeepEqual(l, Link{}) {
					t.Errorf("left %+v", l)
				}
			} else if !reflect.DeepEqual(a, IfAddr{}) {
				t.Errorf("left %+v", a)
			}
			if err == nil {
				t.Errorf("no error for % x", tt.msg)
			}
		})
	}
}

// TestRTNLCut cuts messages at each byte, with the length of the whole in the
// header, which is an error, and with that of the cut, where a cut between
// attributes can't be noticed.
func TestRTNLCut(t *testing.T) {
	for _, name := range []string{"veth1", "tun0", "addr1", "addr7"} {
		msg := rtnlMessage(t, name)
		var l Link
		var a IfAddr
		parse := func(b []byte) error { return l.Parse(b, false) }
		if name[0] == 'a' {
			parse = func(b []byte) error { return a.Parse(b, false) }
		}
		if err := parse(msg); err != nil {
			t.Fatal(err)
		}
		unnoticed := 0
		for n := range len(msg) {
			if parse(msg[:n:n]) == nil {
				t.Errorf("%s: no error for %d of %d bytes", name, n, len(msg))
			}
			if n >= 16 {
				cut := bytes.Clone(msg[:n])
				copy(cut, appendU32(nil, uint32(n), false))
				if parse(cut) == nil {
					unnoticed++
				}
			}
		}
		if unnoticed > len(msg)/4 {
			t.Errorf("%s: %d of %d cuts are as good as the whole", name, unnoticed, len(msg))
		}
	}
}

func TestRTNLAllocate(t *testing.T) {
	link, addr := rtnlMessage(t, "veth1"), rtnlMessage(t, "addr2")
	var l Link
	var a IfAddr
	if n := testing.AllocsPerRun(100, func() {
		if l.Parse(link, false) != nil || a.Parse(addr, false) != nil {
			t.Fatal("not decoded")
		}
	}); n != 0 {
		t.Errorf("%v allocations", n)
	}
}

func FuzzRTNL(f *testing.F) {
	for _, name := range []string{"veth1", "tun0", "addr0", "addr2", "addr4", "addr7"} {
		f.Add(rtnlMessage(f, name), false)
	}
	f.Add(message(true, 16, ifinfomsg(true, 32, 7, 1), attr(true, 3, []byte("ib0")...), attr(true, 18, attr(true, 1, []byte("ipoib")...)...)), true)
	f.Add(message(true, 20, ifaddrmsg(true, 10, 64, 0, 0, 1), attr(true, 1, make([]byte, 16)...)), true)
	f.Fuzz(func(t *testing.T, b []byte, bigEndian bool) {
		var l Link
		if err := l.Parse(b, bigEndian); err != nil {
			if !reflect.DeepEqual(l, Link{}) {
				t.Errorf("%+v beside %v", l, err)
			}
		} else if l.Index <= 0 || len(l.Name) == 0 || len(l.Name)+len(l.Address)+len(l.Broadcast)+len(l.Kind) > len(b) {
			t.Errorf("%+v from %d bytes", l, len(b))
		}
		var a IfAddr
		if err := a.Parse(b, bigEndian); err != nil {
			if !reflect.DeepEqual(a, IfAddr{}) {
				t.Errorf("%+v beside %v", a, err)
			}
		} else if a.Index == 0 || a.family() && (!a.Address.IsValid() || int(a.PrefixLen) > a.Address.BitLen() || a.Address.Is4() != (a.Family == 2)) {
			t.Errorf("%+v", a)
		}
	})
}
