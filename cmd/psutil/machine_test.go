package main

import (
	"math"
	"net/netip"
	"slices"
	"strings"
	"testing"

	"github.com/go-psutil/psutil"
)

func TestIfconfigOutput(t *testing.T) {
	nics := []*nic{
		{
			name: "eth\x1b0",
			stat: &psutil.NetIfStat{Name: "eth\x1b0", IsUp: true, Duplex: psutil.DuplexFull, Speed: 2500, MTU: 1500, Flags: "up,broadcast",
				OperState: "up", HardwareAddr: "02:fc:00:00:00:01", Master: "br\n0", Kind: "veth"},
			io: &psutil.NetIO{Name: "eth\x1b0", BytesSent: 2048, BytesRecv: 1 << 30, PacketsSent: 2, PacketsRecv: 3, ErrIn: 4, ErrOut: 5, DropIn: 6, DropOut: 7},
			addrs: []psutil.NetIfAddr{
				{Name: "eth\x1b0", Family: psutil.FamilyINET, Address: netip.MustParseAddr("192.0.2.1"), PrefixLen: 24, Broadcast: netip.MustParseAddr("192.0.2.255"),
					Scope: "global", ValidLifetime: math.MaxInt64, PreferredLifetime: math.MaxInt64},
				{Name: "eth\x1b0", Family: psutil.FamilyINET, Address: netip.MustParseAddr("198.51.100.1"), PrefixLen: 32, PTP: netip.MustParseAddr("198.51.100.2"),
					ValidLifetime: math.MaxInt64, PreferredLifetime: math.MaxInt64},
				{Name: "eth\x1b0", Family: psutil.FamilyINET6, Address: netip.MustParseAddr("fe80::1%eth\x1b0"), PrefixLen: 64, Scope: "link",
					ValidLifetime: math.MaxInt64, PreferredLifetime: math.MaxInt64},
				{Name: "eth\x1b0", Family: psutil.FamilyPacket, HardwareAddr: "02:fc:00:00:00:01", HardwareBroadcast: "ff:ff:ff:ff:ff:ff"},
			},
		},
		{name: "tun0", stat: &psutil.NetIfStat{Name: "tun0", MTU: 9000, Missing: "speed,kind"}},
		{name: "new"},
	}
	r := report[*nic]{columns: nicColumns(), rows: nics, heading: func(n *nic) string { return n.name }}
	const table = `
eth\x1b0
    stats     speed=2500Mb/s, duplex=full, mtu=1500, up=yes, kind=veth, master=br\n0
    flags     up,broadcast
    incoming  bytes=1.0G, packets=3, errors=4, drops=6
    outgoing  bytes=2.0K, packets=2, errors=5, drops=7
    IPv4      192.0.2.1/24, netmask=255.255.255.0, broadcast=192.0.2.255, scope=global
              198.51.100.1/32, netmask=255.255.255.255, p2p=198.51.100.2
    IPv6      fe80::1%eth\x1b0/64, netmask=ffff:ffff:ffff:ffff::, scope=link
    MAC       02:fc:00:00:00:01, broadcast=ff:ff:ff:ff:ff:ff

tun0
    stats     speed=-, duplex=unknown, mtu=9000, up=no
    flags     -
    incoming  -
    outgoing  -

new
    stats     -
    flags     -
    incoming  -
    outgoing  -
`
	if got := "\n" + printed(t, r, formatTable); got != table {
		t.Errorf("%s\nwant:%s", got, table)
	}
	lines := strings.Split(printed(t, r, formatNDJSON), "\n")
	for i, want := range []string{
		`{"name":"eth\u001b0","isup":true,"duplex":"full","speed":2500,"mtu":1500,"flags":"up,broadcast","operstate":"up",` +
			`"hardware_address":"02:fc:00:00:00:01","master":"br\n0","kind":"veth","bytes_sent":2048,"bytes_recv":1073741824,"packets_sent":2,"packets_recv":3,` +
			`"errin":4,"errout":5,"dropin":6,"dropout":7,"addrs":[{"family":"AF_INET","address":"192.0.2.1","netmask":"255.255.255.0","broadcast":"192.0.2.255",`,
		`{"name":"tun0","isup":false,"duplex":"unknown","speed":null,"mtu":9000,"flags":"","operstate":"","hardware_address":"","master":"","kind":null,` +
			`"bytes_sent":null,"bytes_recv":null,`,
		`{"name":"new","isup":null,`,
	} {
		if !strings.HasPrefix(lines[i], want) {
			t.Errorf("%s\nwant\n%s...", lines[i], want)
		}
	}
	if !strings.HasSuffix(lines[1], `"addrs":[]}`) {
		t.Errorf("%s", lines[1])
	}
}

func TestOncePerDevice(t *testing.T) {
	mounts := []psutil.DiskPartition{
		{Mountpoint: "/bind", Root: "/srv", Major: 8, Minor: 1},
		{Mountpoint: "/", Root: "/", Major: 8, Minor: 1},
		{Mountpoint: "/again", Root: "/", Major: 8, Minor: 1},
		{Mountpoint: "/only", Root: "/part", Major: 8, Minor: 2},
		{Mountpoint: "/over", Root: "/", Minor: 40}, // hidden by the next
		{Mountpoint: "/over", Root: "/", Minor: 41},
		{Mountpoint: "/long/path", Root: "/", Minor: 42},
		{Mountpoint: "/short", Root: "/", Minor: 42},
	}
	var got []string
	for _, p := range oncePerDevice(mounts) {
		got = append(got, p.Mountpoint)
	}
	if want := []string{"/", "/only", "/over", "/short"}; !slices.Equal(got, want) {
		t.Errorf("%q, want %q", got, want)
	}
}

func TestWithin(t *testing.T) {
	for _, test := range []struct {
		path, dir string
		want      bool
	}{
		{"/", "/", true}, {"/a", "/", true}, {"/a", "/a", true}, {"/a/b", "/a", true},
		{"/ab", "/a", false}, {"/", "/a", false}, {"/b/a", "/a", false},
	} {
		if got := within(test.path, test.dir); got != test.want {
			t.Errorf("within(%q, %q) = %v", test.path, test.dir, got)
		}
	}
}
