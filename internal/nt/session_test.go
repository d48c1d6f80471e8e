package nt

import (
	"net/netip"
	"reflect"
	"slices"
	"testing"
)

func TestEachSession(t *testing.T) {
	const base = 0x10203000
	want := []Session{
		{SessionID: 0, WinStationName: utf16le("Services"), State: SessionDisconnected},
		{SessionID: 2, WinStationName: utf16le("RDP-Tcp#3"), State: SessionActive},
		{SessionID: 65536, State: SessionListen},
	}
	for name, pointer := range pointers {
		t.Run(name, func(t *testing.T) {
			size := 3 * pointer
			heap := serviceHeap{base: base, size: 3 * size}
			b := slices.Concat(
				systemStruct(pointer, uint32(0), heap.put("Services"), uint32(4)),
				systemStruct(pointer, uint32(2), heap.put("RDP-Tcp#3"), uint32(0)),
				systemStruct(pointer, uint32(65536), word(0), uint32(6)))
			if len(b) != 3*size {
				t.Fatalf("%d bytes", len(b))
			}
			b = append(b, heap.b...)
			for n, want := range [][]Session{nil, want[:1], want[:2], want} {
				if got, err := systemRows(t, EachSession(b, base, pointer, n)); err != nil || !reflect.DeepEqual(got, want) {
					t.Errorf("of %d: %v\n got %+v\nwant %+v", n, err, got, want)
				}
			}
			if got, err := systemRows(t, EachSession(b, base, pointer, 1<<30)); err == nil || len(got) < 3 || len(got) > len(b)/size {
				t.Errorf("too many: %+v, %v", got, err)
			}
			for cut := range b {
				got, err := systemRows(t, EachSession(b[:cut:cut], base, pointer, 3))
				if err == nil || len(got) == 3 || !slices.EqualFunc(got, want[:len(got)], func(a, b Session) bool { return reflect.DeepEqual(a, b) }) {
					t.Fatalf("cut at %d: %+v, %v", cut, got, err)
				}
			}
			for range EachSession(b, base, pointer, 3) {
				break
			}
			copy(b[size+pointer:], systemStruct(pointer, word(base-2)))
			if got, err := systemRows(t, EachSession(b, base, pointer, 3)); err == nil || len(got) != 1 {
				t.Errorf("a name before the buffer: %+v, %v", got, err)
			}
		})
	}
}

// sessionText is a WCHAR[n] with something behind the NUL.
func sessionText(text string, n int) []byte {
	b := utf16le(text + "\x00")
	return append(b, slices.Repeat([]byte{0xee}, 2*n-len(b))...)
}

func TestParseSessionInfo(t *testing.T) {
	b := systemStruct(8, systemU32(4, 2, 3, 0xffffffff, 5, 6, 7, 8), sessionText("RDP-Tcp#3", 32), sessionText("", 17), utf16le("abcdefghijklmnopqrstü"),
		int64(11), int64(0), int64(-13), int64(134398104200748720), int64(134398104223723411))
	if len(b) != 216 {
		t.Fatalf("%d bytes", len(b))
	}
	checkRecord(t, b, 0, SessionInfo{State: SessionDisconnected, SessionID: 2, IncomingBytes: 3, OutgoingBytes: 0xffffffff, IncomingFrames: 5,
		OutgoingFrames: 6, IncomingCompressedBytes: 7, OutgoingCompressedBytes: 8, WinStationName: utf16le("RDP-Tcp#3"), Domain: []byte{},
		UserName: utf16le("abcdefghijklmnopqrstü"), ConnectTime: 11, LastInputTime: -13, LogonTime: 134398104200748720,
		CurrentTime: 134398104223723411}, ParseSessionInfo)
}

func TestParseClientAddress(t *testing.T) {
	v6 := netip.MustParseAddr("fe80::b33f").As16()
	for _, tt := range []struct {
		name    string
		family  uint32
		address []byte
		want    netip.Addr
	}{
		{"IPv4", 2, []byte{0xee, 0xee, 192, 0, 2, 9, 0xee}, netip.MustParseAddr("192.0.2.9")},
		{"IPv6", 23, append([]byte{0xee, 0xee}, v6[:]...), netip.MustParseAddr("fe80::b33f")},
		{"NoIPv4", 2, nil, netip.Addr{}},
		{"NoIPv6", 23, nil, netip.Addr{}},
		{"None", 0, []byte{0xee, 0xee, 0xee}, netip.Addr{}},
		{"NetBIOS", 17, []byte("HOST"), netip.Addr{}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			b := append(systemU32(tt.family), tt.address...)
			checkRecord(t, append(b, make([]byte, 24-len(b))...), 0, tt.want, ParseClientAddress)
		})
	}
}

func FuzzSession(f *testing.F) {
	for _, pointer := range pointers {
		heap := serviceHeap{base: 0x1000, size: 3 * pointer}
		b := systemStruct(pointer, uint32(1), heap.put("a"), uint32(2))
		f.Add(append(b, heap.b...), uint64(0x1000), pointer == 8, 1)
	}
	f.Fuzz(func(t *testing.T, b []byte, base uint64, wide bool, n int) {
		pointer := 4
		if wide {
			pointer = 8
		}
		rows, err := systemRows(t, EachSession(b, base, pointer, n))
		if len(rows) > len(b)/(3*pointer) || (err == nil) != (len(rows) == max(n, 0)) {
			t.Fatalf("%d rows and %v of %d bytes, %d", len(rows), err, len(b), n)
		}
		for _, s := range rows {
			if len(s.WinStationName) > len(b) {
				t.Fatalf("%+v of %d bytes", s, len(b))
			}
		}
	})
}

func FuzzSessionInfo(f *testing.F) { fuzzRecord(f, 216, ParseSessionInfo) }

func FuzzClientAddress(f *testing.F) {
	f.Add(append(systemU32(23), make([]byte, 20)...))
	fuzzRecord(f, 24, ParseClientAddress)
}
