package linux

import (
	"net/netip"
	"testing"
)

const ifInet6Text = `fe8000000000000000fc00fffe000001 04 40 20 80     eth0
20010db8000000000000000000000001 10f 80 00 02   wlan0
00000000000000000000000000000001 01 80 10 80       lo
`

func TestEachIfInet6(t *testing.T) {
	checkRows(t, EachIfInet6, ifInet6Text, []IfInet6{
		{netip.MustParsePrefix("fe80::fc:ff:fe00:1/64"), 4, 0x20, 0x80, []byte("eth0")},
		{netip.MustParsePrefix("2001:db8::1/128"), 0x10f, 0, 2, []byte("wlan0")},
		{netip.MustParsePrefix("::1/128"), 1, 0x10, 0x80, []byte("lo")},
	})
	checkRows(t, EachIfInet6, `fe8000000000000000fc00fffe00001 04 40 20 80 eth0
fe8000000000000000fc00fffe0000011 04 40 20 80 eth0
ge8000000000000000fc00fffe000001 04 40 20 80 eth0
fe8000000000000000fc00fffe000001 04 81 20 80 eth0
fe8000000000000000fc00fffe000001 04 40 120 80 eth0
fe8000000000000000fc00fffe000001 04 40 20 180 eth0
fe8000000000000000fc00fffe000001 100000000 40 20 80 eth0
fe8000000000000000fc00fffe000001 x 40 20 80 eth0
fe8000000000000000fc00fffe000001 04 40 20 80
FE8000000000000000FC00FFFE000001 ffffffff 0 ff ff eth0
fe8000000000000000fc00fffe000001 04 40 20 80 eth0`, []IfInet6{
		{netip.PrefixFrom(netip.MustParseAddr("fe80::fc:ff:fe00:1"), 0), 1<<32 - 1, 0xff, 0xff, []byte("eth0")},
	}, 1, 2, 3, 4, 5, 6, 7, 8, 9, 11)
	checkRows(t, EachIfInet6, "", nil)
	checkCuts(t, EachIfInet6, ifInet6Text, 0)
	b := []byte(ifInet6Text)
	checkNoAllocs(t, func() {
		for _, err := range EachIfInet6(b) {
			if err != nil {
				t.Fatal(err)
			}
		}
	})
}

func FuzzIfInet6(f *testing.F) {
	f.Add([]byte(ifInet6Text))
	f.Fuzz(func(t *testing.T, b []byte) {
		for _, r := range fuzzRows(t, b, EachIfInet6) {
			if !r.Prefix.IsValid() || len(r.Name) == 0 {
				t.Fatalf("%+v", r)
			}
		}
	})
}
