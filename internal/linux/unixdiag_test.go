package linux

import (
	"bytes"
	"os"
	"reflect"
	"slices"
	"testing"

	"github.com/go-psutil/psutil/internal/fixture"
	"github.com/go-psutil/psutil/internal/wire"
)

func unixDiagMessage(tb testing.TB, name string) []byte {
	tb.Helper()
	archive, err := os.ReadFile("testdata/unixdiag.txtar")
	if err != nil {
		tb.Fatal(err)
	}
	return fixture.File(tb, archive, name)
}

// unixDiagMsg is a struct unix_diag_msg of a stream socket that listens.
func unixDiagMsg(bigEndian bool, family byte) []byte {
	return append([]byte{family, 1, 10, 0xff}, u32s(bigEndian, 0x01020304, 0x11121314, 0x21222324)...)
}

func TestUnixDiagRequest(t *testing.T) {
	tests := []struct {
		name      string
		got, want []byte
	}{
		{"LittleEndian", UnixDiagRequest(0x01020304, UnixDiagShowName|UnixDiagShowVFS|UnixDiagShowPeer|UnixDiagShowUID, false),
			[]byte{40, 0, 0, 0, 20, 0, 15: 0, 16: 1, 19: 0, 20: 4, 3, 2, 1, 27: 0, 28: 0x47, 0, 0, 0, 39: 0}},
		{"BigEndian", UnixDiagRequest(0x01020304, UnixDiagShowIcons|UnixDiagShowRQLen|UnixDiagShowMemInfo, true),
			[]byte{0, 0, 0, 40, 0, 20, 15: 0, 16: 1, 19: 0, 20: 1, 2, 3, 4, 27: 0, 28: 0, 0, 0, 0x38, 39: 0}},
	}
	for _, tt := range tests {
		if !bytes.Equal(tt.got, tt.want) {
			t.Errorf("%s: % x, want % x", tt.name, tt.got, tt.want)
		}
	}
}

// checkUnixDiag parses msg and compares, with the icons apart.
func checkUnixDiag(t *testing.T, msg []byte, bigEndian bool, want UnixDiag, icons []uint32) {
	t.Helper()
	var got UnixDiag
	if err := got.Parse(msg, bigEndian); err != nil {
		t.Fatal(err)
	}
	for range 2 {
		if got := slices.Collect(got.Icons()); !slices.Equal(got, icons) {
			t.Errorf("icons %v, want %v", got, icons)
		}
	}
	for range got.Icons() {
		break
	}
	got.icons = wire.Cursor{}
	if !reflect.DeepEqual(got, want) {
		t.Errorf("got  %+v\nwant %+v", got, want)
	}
}

func TestUnixDiagCaptured(t *testing.T) {
	const all = UnixDiagRQLen | UnixDiagSKMemInfo | UnixDiagShutdown | UnixDiagUID
	mem := SKMemInfo{RcvBuf: 212992, SndBuf: 212992, HasBacklog: true, HasDrops: true}
	sent := mem
	sent.WmemAlloc = 768
	tests := []struct {
		name  string
		want  UnixDiag
		icons []uint32
	}{
		{"listener", UnixDiag{Has: all | UnixDiagName | UnixDiagVFS | UnixDiagIcons, Type: 1, State: 10, Inode: 4329612, Cookie: 50758,
			Name: []byte("/tmp/app/l.sock"), VFSInode: 9986410, VFSDev: 254 << 20, RQueue: 1, WQueue: 4, SKMemInfo: mem}, []uint32{4329614}},
		{"client", UnixDiag{Has: all | UnixDiagPeer, Type: 1, State: 1, Inode: 4329613, Cookie: 50763, Peer: 4329615, RQueue: 5, WQueue: 768, SKMemInfo: sent}, nil},
		{"waiting", UnixDiag{Has: all | UnixDiagPeer, Type: 1, State: 1, Inode: 4329614, Cookie: 50764, SKMemInfo: mem}, nil},
		{"datagram", UnixDiag{Has: all | UnixDiagName | UnixDiagVFS, Type: 2, State: 7, Inode: 4329617, Cookie: 50759,
			Name: []byte("d.sock"), VFSInode: 9986411, VFSDev: 254 << 20, SKMemInfo: mem}, nil},
		{"abstract", UnixDiag{Has: all | UnixDiagName | UnixDiagIcons, Type: 5, State: 10, Inode: 4329616, Cookie: 50765,
			Name: []byte("\x00abs\x00tract\x00"), WQueue: 1, SKMemInfo: mem}, nil},
		{"pair", UnixDiag{Has: all | UnixDiagPeer, Type: 1, State: 1, Inode: 4329618, Cookie: 50762, Peer: 4329619, Shutdown: 2, SKMemInfo: mem}, nil},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			checkUnixDiag(t, unixDiagMessage(t, tt.name), false, tt.want, tt.icons)
		})
	}
}

func TestUnixDiag(t *testing.T) {
	base := UnixDiag{Type: 1, State: 10, Inode: 0x01020304, Cookie: 0x2122232411121314}
	named := func(name string) UnixDiag {
		d := base
		d.Has, d.Name = UnixDiagName, []byte(name)
		return d
	}
	all := named("/run/x y\n\xff")
	all.Has = UnixDiagName | UnixDiagVFS | UnixDiagPeer | UnixDiagIcons | UnixDiagRQLen | UnixDiagSKMemInfo | UnixDiagShutdown | UnixDiagUID
	all.VFSInode, all.VFSDev, all.Peer, all.RQueue, all.WQueue = 0x01020305, 0x01020306, 0x01020307, 0x01020308, 0x01020309
	all.SKMemInfo = SKMemInfo{1, 2, 3, 4, -5, 6, 7, true, true, 8, 9}
	all.Shutdown, all.UID = 3, 0x0102030a
	for _, be := range []bool{false, true} {
		tests := []struct {
			name  string
			msg   []byte
			want  UnixDiag
			icons []uint32
		}{
			{"NoAttributes", message(be, 20, unixDiagMsg(be, 1)), base, nil},
			{"Everything", message(be, 20, unixDiagMsg(be, 1),
				attr(be, 0, []byte("/run/x y\n\xff\x00")...), attr(be, 1, u32s(be, 0x01020305, 0x01020306)...), attr32(be, 2, 0x01020307),
				attr(be, 3, u32s(be, 0x0a0b0c0d, 0, 7)...), attr(be, 4, u32s(be, 0x01020308, 0x01020309)...),
				attr(be, 5, u32s(be, 1, 2, 3, 4, 0xfffffffb, 6, 7, 8, 9)...), attr(be, 6, 3), attr32(be, 7, 0x0102030a), attr(be, 99, 1)),
				all, []uint32{0x0a0b0c0d, 0, 7}},
			{"PathWithoutNUL", message(be, 20, unixDiagMsg(be, 1), attr(be, 0, []byte("path")...)), named("path"), nil},
			{"PathWithManyNULs", message(be, 20, unixDiagMsg(be, 1), attr(be, 0, []byte("path\x00\x00x\x00")...)), named("path"), nil},
			{"Abstract", message(be, 20, unixDiagMsg(be, 1), attr(be, 0, []byte("\x00\x00x\x00")...)), named("\x00\x00x\x00"), nil},
			{"AbstractOfNoName", message(be, 20, unixDiagMsg(be, 1), attr(be, 0, 0)), named("\x00"), nil},
			{"EmptyName", message(be, 20, unixDiagMsg(be, 1), attr(be, 0)), named(""), nil},
		}
		for _, tt := range tests {
			t.Run(cased(tt.name, be), func(t *testing.T) {
				checkUnixDiag(t, tt.msg, be, tt.want, tt.icons)
			})
		}
	}
}

// TestUnixDiagHostile has messages that are all wrong, in one thing each.
func TestUnixDiagHostile(t *testing.T) {
	with := func(parts ...[]byte) []byte {
		return message(false, 20, append([][]byte{unixDiagMsg(false, 1)}, parts...)...)
	}
	good := with()
	tests := []struct {
		name string
		msg  []byte
	}{
		{"Empty", nil},
		{"HeaderOnly", message(false, 20)},
		{"BodyTooShort", message(false, 20, unixDiagMsg(false, 1)[:15])},
		{"LengthTooShort", append([]byte{4}, good[1:]...)},
		{"LengthTooLong", append([]byte{0xff, 0xff, 0xff, 0xff}, good[4:]...)},
		{"MoreThanTheLength", append(bytes.Clone(good), 0)},
		{"AnotherType", message(false, 18, unixDiagMsg(false, 1))},
		{"OtherByteOrder", message(true, 20, unixDiagMsg(true, 1))},
		{"AnotherFamily", message(false, 20, unixDiagMsg(false, 2))},
		{"AttributeOfNoLength", with([]byte{0, 0, 0, 0})},
		{"AttributeShorterThanItsHead", with([]byte{3, 0, 0, 0})},
		{"AttributeBeyondTheEnd", with([]byte{9, 0, 0, 0, 0, 0, 0, 0})},
		{"HalfAnAttribute", with([]byte{4, 0, 0})},
		{"ShortVFS", with(attr(false, 1, 1, 2, 3, 4, 5, 6, 7))},
		{"ShortPeer", with(attr(false, 2, 1, 2, 3))},
		{"HalfAnIcon", with(attr(false, 3, 1, 2, 3, 4, 5, 6))},
		{"ShortRQLen", with(attr(false, 4, 1, 2, 3, 4))},
		{"ShortSKMemInfo", with(attr(false, 5, make([]byte, 27)...))},
		{"EmptyShutdown", with(attr(false, 6))},
		{"ShortUID", with(attr(false, 7, 1, 2))},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			d := UnixDiag{Inode: 5, Name: []byte("left over")}
			if err := d.Parse(tt.msg, false); err == nil {
				t.Errorf("no error for % x", tt.msg)
			}
			if !reflect.DeepEqual(d, UnixDiag{}) {
				t.Errorf("left %+v", d)
			}
		})
	}
}

func TestUnixDiagCut(t *testing.T) {
	for _, name := range []string{"listener", "client", "abstract"} {
		var d UnixDiag
		cutMessage(t, name, unixDiagMessage(t, name), 16+16, func(b []byte) error { return d.Parse(b, false) })
	}
}

func TestUnixDiagAllocate(t *testing.T) {
	msg := unixDiagMessage(t, "listener")
	var d UnixDiag
	if n := testing.AllocsPerRun(100, func() {
		if d.Parse(msg, false) != nil {
			t.Fatal("not decoded")
		}
	}); n != 0 {
		t.Errorf("%v allocations", n)
	}
}

func FuzzUnixDiag(f *testing.F) {
	for _, name := range []string{"listener", "client", "waiting", "datagram", "abstract", "pair"} {
		f.Add(unixDiagMessage(f, name), false)
	}
	f.Add(message(true, 20, unixDiagMsg(true, 1), attr(true, 0, 0, 'x'), attr(true, 3, u32s(true, 1, 2)...)), true)
	f.Fuzz(func(t *testing.T, b []byte, bigEndian bool) {
		var d UnixDiag
		if err := d.Parse(b, bigEndian); err != nil {
			if !reflect.DeepEqual(d, UnixDiag{}) {
				t.Errorf("%+v beside %v", d, err)
			}
			return
		}
		icons := 0
		for range d.Icons() {
			icons++
		}
		if len(d.Name)+4*icons > len(b) || d.Has&UnixDiagIcons == 0 && icons != 0 || d.Has&UnixDiagName == 0 && d.Name != nil {
			t.Errorf("%+v from %d bytes", d, len(b))
		}
		if len(d.Name) > 0 && d.Name[0] != 0 && bytes.IndexByte(d.Name, 0) >= 0 {
			t.Errorf("path %q", d.Name)
		}
	})
}
