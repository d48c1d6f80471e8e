package nt

import (
	"net/netip"
	"testing"
)

var udp4Table = netBytes(uint32(2),
	[4]byte{}, netPort(5353), uint32(2100),
	[4]byte{192, 0, 2, 1}, netPort(137), uint32(4))

func TestEachUDP4(t *testing.T) {
	checkNetTable(t, EachUDP4, udp4Table, 4, 12, []UDPRow{
		{netip.MustParseAddrPort("0.0.0.0:5353"), 2100},
		{netip.MustParseAddrPort("192.0.2.1:137"), 4},
	})
}

var udp6Table = netBytes(uint32(2),
	netIP6("::"), uint32(0), netPort(500), uint32(3000),
	netIP6("fe80::1"), uint32(7), netPort(1900), uint32(3001))

func TestEachUDP6(t *testing.T) {
	checkNetTable(t, EachUDP6, udp6Table, 4, 28, []UDPRow{
		{netip.MustParseAddrPort("[::]:500"), 3000},
		{netip.MustParseAddrPort("[fe80::1%7]:1900"), 3001},
	})
}

func FuzzUDP(f *testing.F) {
	f.Add(udp4Table)
	f.Add(udp6Table)
	f.Fuzz(func(t *testing.T, b []byte) {
		for _, r := range fuzzNetTable(t, EachUDP4, b, 4, 12) {
			if !r.Local.Addr().Is4() {
				t.Fatalf("%+v", r)
			}
		}
		for _, r := range fuzzNetTable(t, EachUDP6, b, 4, 28) {
			if !r.Local.Addr().Is6() || r.Local.Addr().Zone() == "0" {
				t.Fatalf("%+v", r)
			}
		}
	})
}
