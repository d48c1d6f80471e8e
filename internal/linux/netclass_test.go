package linux

import (
	"bytes"
	"reflect"
	"slices"
	"testing"
)

func TestParseClass(t *testing.T) {
	type file struct{ name, text string }
	tests := []struct {
		name  string
		files []file
		want  Link
	}{
		{
			"Ethernet",
			[]file{
				{"ifindex", "4\n"}, {"type", "1\n"}, {"flags", "0x1003\n"}, {"address", "02:fc:00:00:00:01\n"},
				{"broadcast", "ff:ff:ff:ff:ff:ff\n"}, {"mtu", "1400\n"}, {"tx_queue_len", "1000\n"}, {"operstate", "up\n"},
				{"carrier", "1\n"}, {"carrier_changes", "2\n"}, {"speed", "1000\n"}, {"duplex", "full\n"},
			},
			Link{
				Has:   LinkFlags | LinkMTU | LinkTxQLen | LinkOperState | LinkCarrier | LinkCarrierChanges | LinkDuplex,
				Index: 4, Type: 1, Flags: 0x1043, Address: []byte{2, 0xfc, 0, 0, 0, 1}, Broadcast: bytes.Repeat([]byte{0xff}, 6),
				MTU: 1400, TxQLen: 1000, OperState: 6, Carrier: true, CarrierChanges: 2, Speed: 1000, Duplex: 1,
			},
		},
		{
			"Down",
			[]file{{"ifindex", "7\n"}, {"flags", "0x1043\n"}, {"operstate", "down\n"}, {"speed", "-1\n"}, {"duplex", "unknown\n"}, {"address", "\n"}},
			Link{Has: LinkFlags | LinkOperState, Index: 7, Flags: 0x1003, OperState: 2},
		},
		{"UnknownRuns", []file{{"flags", "0x9\n"}, {"operstate", "unknown\n"}}, Link{Has: LinkFlags | LinkOperState, Flags: 0x49}},
		{"UnknownButDown", []file{{"flags", "0x8\n"}, {"operstate", "unknown\n"}}, Link{Has: LinkFlags | LinkOperState, Flags: 0x8}},
		{"DormantDoesNotRun", []file{{"flags", "0x1\n"}, {"operstate", "dormant\n"}}, Link{Has: LinkFlags | LinkOperState, Flags: 0x1, OperState: 5}},
		{"NoCarrier", []file{{"carrier", "0\n"}}, Link{Has: LinkCarrier}},
		{"Half", []file{{"duplex", "half\n"}, {"speed", "10\n"}}, Link{Has: LinkDuplex, Speed: 10}},
		{
			"InfiniBand",
			[]file{{"address", "80:00:02:08:fe:80:00:00:00:00:00:00:00:02:c9:03:00:2f:19:11\n"}, {"type", "32\n"}},
			Link{Type: 32, Address: []byte{0x80, 0, 2, 8, 0xfe, 0x80, 0, 0, 0, 0, 0, 0, 0, 2, 0xc9, 3, 0, 0x2f, 0x19, 0x11}},
		},
		{"OneByte", []file{{"address", "0A\n"}}, Link{Address: []byte{10}}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			var got Link
			for _, f := range tt.files {
				if !slices.Contains(NetClassFiles[:], f.name) {
					t.Errorf("%s is not read", f.name)
				}
				if err := got.ParseClass(f.name, []byte(f.text)); err != nil {
					t.Error(err)
				}
				// A read cut short leaves no newline.
				for n := range len(f.text) {
					var cut Link
					if cut.ParseClass(f.name, []byte(f.text[:n])) == nil || cut.Has != 0 {
						t.Errorf("%s %q was taken for a whole", f.name, f.text[:n])
					}
				}
			}
			if !reflect.DeepEqual(got, tt.want) {
				t.Errorf("got  %+v\nwant %+v", got, tt.want)
			}
		})
	}
}

func TestParseClassHostile(t *testing.T) {
	tests := []struct{ file, text string }{
		{"ifindex", "-1\n"}, {"ifindex", "2147483648\n"}, {"ifindex", "\n"}, {"ifindex", "x\n"},
		{"type", "65536\n"}, {"flags", "0x100000000\n"}, {"flags", "0x\n"}, {"mtu", "4294967296\n"},
		{"tx_queue_len", "1 2\n"}, {"operstate", "sideways\n"}, {"operstate", "\n"}, {"carrier", "2\n"}, {"carrier", "yes\n"},
		{"carrier_changes", "-1\n"}, {"speed", "-2\n"}, {"speed", "4294967295\n"}, {"duplex", "\n"}, {"duplex", "both\n"},
		{"address", "0\n"}, {"address", "00:\n"}, {"address", "00:1\n"}, {"address", "00-11\n"}, {"address", "0g\n"},
		{"address", ":00\n"}, {"address", "000\n"}, {"broadcast", "00::11\n"}, {"nothing", "1\n"},
	}
	for _, tt := range tests {
		var l Link
		if err := l.ParseClass(tt.file, []byte(tt.text)); err == nil {
			t.Errorf("no error for %s %q", tt.file, tt.text)
		}
		if !reflect.DeepEqual(l, Link{}) && tt.file != "ifindex" && tt.file != "type" {
			t.Errorf("%s %q left %+v", tt.file, tt.text, l)
		}
	}
}

func TestOperStateName(t *testing.T) {
	for state, want := range []string{"unknown", "notpresent", "down", "lowerlayerdown", "testing", "dormant", "up", ""} {
		if got := OperStateName(uint8(state)); got != want {
			t.Errorf("OperStateName(%d) = %q, want %q", state, got, want)
		}
	}
}

func FuzzParseClass(f *testing.F) {
	for _, name := range NetClassFiles {
		f.Add(name, []byte("0x1003\n"))
		f.Add(name, []byte("02:fc:00:00:00:01\n"))
		f.Add(name, []byte("up\n"))
	}
	f.Fuzz(func(t *testing.T, name string, b []byte) {
		var l Link
		if err := l.ParseClass(name, b); err != nil && l.Has != 0 {
			t.Errorf("%+v beside %v", l, err)
		}
		if 3*len(l.Address) > len(b)+1 {
			t.Errorf("%d bytes of address from %d", len(l.Address), len(b))
		}
	})
}
