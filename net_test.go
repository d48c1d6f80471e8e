package psutil_test

import (
	"bytes"
	"encoding/gob"
	"encoding/json"
	"errors"
	"math"
	"net/netip"
	"strings"
	"testing"
	"time"

	"github.com/go-psutil/psutil"
)

// netIO has a different number in each counter.
func netIO(name string, base uint64) psutil.NetIO {
	return psutil.NetIO{
		BytesSent: base + 1, BytesRecv: base + 2, PacketsSent: base + 3, PacketsRecv: base + 4,
		ErrIn: base + 5, ErrOut: base + 6, DropIn: base + 7, DropOut: base + 8, Name: name,
		FIFOIn: base + 9, FIFOOut: base + 10, Frame: base + 11, Collisions: base + 12, Carrier: base + 13,
		Multicast: base + 14, CompressedIn: base + 15, CompressedOut: base + 16,
	}
}

func TestNetIOSince(t *testing.T) {
	later := psutil.NetIO{
		BytesSent: 1 << 40, BytesRecv: 10, PacketsSent: 21, PacketsRecv: 32, ErrIn: 43, ErrOut: 54, DropIn: 65, DropOut: 76,
		Name: "eth0", FIFOIn: 87, FIFOOut: 98, Frame: 109, Collisions: 120, Carrier: 131, Multicast: 142, CompressedIn: 153, CompressedOut: 164,
	}
	want := later
	want.BytesSent -= 1
	for i, c := range []*uint64{
		&want.BytesRecv, &want.PacketsSent, &want.PacketsRecv, &want.ErrIn, &want.ErrOut, &want.DropIn, &want.DropOut, &want.FIFOIn,
		&want.FIFOOut, &want.Frame, &want.Collisions, &want.Carrier, &want.Multicast, &want.CompressedIn, &want.CompressedOut,
	} {
		*c -= uint64(i) + 2
	}
	if got := later.Since(netIO("eth0", 0)); got != want {
		t.Errorf("got  %+v\nwant %+v", got, want)
	}
	if got := later.Since(later); got != (psutil.NetIO{Name: "eth0"}) {
		t.Errorf("since itself %+v", got)
	}
	// Of an interface made anew, also one whose counters were near the top.
	for _, base := range []uint64{1 << 50, math.MaxUint64 - 16} {
		if got := netIO("eth0", 0).Since(netIO("eth0", base)); got != (psutil.NetIO{Name: "eth0"}) {
			t.Errorf("since more: %+v", got)
		}
	}
	if got := (psutil.NetIO{BytesSent: 5, BytesRecv: 5}).Since(psutil.NetIO{BytesSent: 3, BytesRecv: 9}); got.BytesSent != 2 || got.BytesRecv != 0 {
		t.Errorf("one counter went back: %+v", got)
	}
}

// wantJSON compares the JSON of a result.
func wantJSON(t *testing.T, v any, want string) {
	t.Helper()
	if got, err := json.Marshal(v); err != nil || string(got) != want {
		t.Errorf("%T: %v\ngot  %s\nwant %s", v, err, got, want)
	}
}

// wantGob sends a result through gob.
func wantGob[T comparable](t *testing.T, v T) {
	t.Helper()
	var b bytes.Buffer
	var got T
	if err := gob.NewEncoder(&b).Encode(v); err != nil {
		t.Fatal(err)
	}
	if err := gob.NewDecoder(&b).Decode(&got); err != nil || got != v {
		t.Errorf("gob: %v\ngot  %+v\nwant %+v", err, got, v)
	}
}

func TestNetForms(t *testing.T) {
	ip := netip.MustParseAddr
	total := netIO("", 0)
	total.Missing = "name"
	const counters = `"bytes_sent":1,"bytes_recv":2,"packets_sent":3,"packets_recv":4,"errin":5,"errout":6,"dropin":7,"dropout":8,"name":%,` +
		`"fifoin":9,"fifoout":10,"frame":11,"collisions":12,"carrier":13,"multicast":14,"compressed_in":15,"compressed_out":16`
	wantJSON(t, netIO("eth\x1b0", 0), "{"+strings.Replace(counters, "%", `"eth\u001b0"`, 1)+"}")
	wantJSON(t, total, "{"+strings.Replace(counters, "%", "null", 1)+"}")

	tests := []struct {
		row  psutil.NetIfAddr
		json string
		text string
	}{
		{
			psutil.NetIfAddr{Name: "eth0", Family: psutil.FamilyINET, Address: ip("192.0.2.2"), PrefixLen: 25, Broadcast: ip("192.0.2.127"),
				Scope: "global", Flags: "secondary,permanent", Label: "eth0:1", ValidLifetime: math.MaxInt64, PreferredLifetime: math.MaxInt64},
			`{"family":"AF_INET","address":"192.0.2.2","netmask":"255.255.255.128","broadcast":"192.0.2.127","ptp":null,"name":"eth0",` +
				`"prefix_len":25,"scope":"global","flags":"secondary,permanent","label":"eth0:1","valid_lft":null,"preferred_lft":null}`,
			"eth0 AF_INET 192.0.2.2/25 broadcast 192.0.2.127 scope global secondary,permanent",
		},
		{
			psutil.NetIfAddr{Name: "tun0", Family: psutil.FamilyINET6, Address: ip("fe80::1%tun0"), PrefixLen: 10, PTP: ip("fe80::2%tun0"),
				Scope: "link", ValidLifetime: 90 * time.Minute, PreferredLifetime: 0},
			`{"family":"AF_INET6","address":"fe80::1%tun0","netmask":"ffc0::","broadcast":null,"ptp":"fe80::2%tun0","name":"tun0",` +
				`"prefix_len":10,"scope":"link","flags":"","label":null,"valid_lft":5400.0,"preferred_lft":0.0}`,
			"tun0 AF_INET6 fe80::1%tun0/10 ptp fe80::2%tun0 scope link",
		},
		{
			psutil.NetIfAddr{Name: "eth0", Family: psutil.FamilyINET6, Address: ip("::ffff:1.2.3.4"), PrefixLen: 0, Missing: "ptp,valid_lft,preferred_lft"},
			`{"family":"AF_INET6","address":"::ffff:1.2.3.4","netmask":"::","broadcast":null,"ptp":null,"name":"eth0",` +
				`"prefix_len":0,"scope":null,"flags":"","label":null,"valid_lft":null,"preferred_lft":null}`,
			"eth0 AF_INET6 ::ffff:1.2.3.4/0",
		},
		{
			psutil.NetIfAddr{Name: "a\x1bb", Family: psutil.FamilyPacket, HardwareAddr: "02:fc:00:00:00:01", HardwareBroadcast: "ff:ff:ff:ff:ff:ff"},
			`{"family":"AF_PACKET","address":"02:fc:00:00:00:01","netmask":null,"broadcast":"ff:ff:ff:ff:ff:ff","ptp":null,"name":"a\u001bb",` +
				`"prefix_len":null,"scope":null,"flags":null,"label":null,"valid_lft":null,"preferred_lft":null}`,
			`"a\x1bb" AF_PACKET 02:fc:00:00:00:01 broadcast ff:ff:ff:ff:ff:ff`,
		},
		{
			psutil.NetIfAddr{Name: "gre1", Family: psutil.FamilyPacket, HardwareAddr: "01:02:03:04", HardwarePTP: "01:02:03:05"},
			`{"family":"AF_PACKET","address":"01:02:03:04","netmask":null,"broadcast":null,"ptp":"01:02:03:05","name":"gre1",` +
				`"prefix_len":null,"scope":null,"flags":null,"label":null,"valid_lft":null,"preferred_lft":null}`,
			"gre1 AF_PACKET 01:02:03:04 ptp 01:02:03:05",
		},
		{
			psutil.NetIfAddr{Name: "tun1"},
			`{"family":"AF_UNSPEC","address":null,"netmask":null,"broadcast":null,"ptp":null,"name":"tun1",` +
				`"prefix_len":null,"scope":null,"flags":null,"label":null,"valid_lft":null,"preferred_lft":null}`,
			"tun1 AF_UNSPEC",
		},
	}
	for _, tt := range tests {
		wantJSON(t, tt.row, tt.json)
		if got := tt.row.String(); got != tt.text {
			t.Errorf("String: %s, want %s", got, tt.text)
		}
		wantGob(t, tt.row)
	}

	stat := psutil.NetIfStat{
		IsUp: true, Duplex: psutil.DuplexFull, Speed: 1000, MTU: 1500, Flags: "up,broadcast,running", Name: "eth0", Index: 2, OperState: "up",
		Carrier: true, CarrierChanges: 3, HardwareAddr: "02:fc:00:00:00:01", TxQueueLen: 1000, Master: "br0", Kind: "veth",
	}
	wantJSON(t, stat, `{"isup":true,"duplex":"full","speed":1000,"mtu":1500,"flags":"up,broadcast,running","name":"eth0","index":2,`+
		`"operstate":"up","carrier":true,"carrier_changes":3,"hardware_address":"02:fc:00:00:00:01","tx_queue_len":1000,"master":"br0","kind":"veth"}`)
	wantGob(t, stat)
	wantGob(t, netIO("eth0", 0))
	if got, want := stat.String(), "eth0: up, 1000 Mbit/s full, mtu 1500 <up,broadcast,running>"; got != want {
		t.Errorf("String: %s, want %s", got, want)
	}
	down := psutil.NetIfStat{Name: "e\n", MTU: 68, Missing: "speed,carrier,kind"}
	wantJSON(t, down, `{"isup":false,"duplex":"unknown","speed":null,"mtu":68,"flags":"","name":"e\n","index":0,`+
		`"operstate":"","carrier":null,"carrier_changes":0,"hardware_address":"","tx_queue_len":0,"master":"","kind":null}`)
	if got, want := down.String(), `"e\n": down, speed unknown, mtu 68 <>`; got != want {
		t.Errorf("String: %s, want %s", got, want)
	}
	if got, want := netIO("eth0", 0).String(), "eth0: sent 1 bytes in 3 packets, received 2 in 4"; got != want {
		t.Errorf("String: %s, want %s", got, want)
	}
	if got, want := total.String(), "total: sent 1 bytes in 3 packets, received 2 in 4"; got != want {
		t.Errorf("String: %s, want %s", got, want)
	}
}

func TestNetIfAddrPrefix(t *testing.T) {
	tests := []struct {
		address      string
		bits         int
		mask, prefix string
	}{
		{"192.0.2.2", 32, "255.255.255.255", "192.0.2.2/32"},
		{"192.0.2.2", 23, "255.255.254.0", "192.0.2.2/23"},
		{"192.0.2.2", 0, "0.0.0.0", "192.0.2.2/0"},
		{"fe80::1%eth0", 64, "ffff:ffff:ffff:ffff::", "fe80::1/64"},
		{"::1", 128, "ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff", "::1/128"},
		{"fd00::1", 49, "ffff:ffff:ffff:8000::", "fd00::1/49"},
	}
	for _, tt := range tests {
		a := psutil.NetIfAddr{Address: netip.MustParseAddr(tt.address), PrefixLen: tt.bits}
		if got := a.Netmask().String(); got != tt.mask {
			t.Errorf("mask of %s/%d: %s, want %s", tt.address, tt.bits, got, tt.mask)
		}
		if got := a.Prefix().String(); got != tt.prefix {
			t.Errorf("prefix of %s/%d: %s, want %s", tt.address, tt.bits, got, tt.prefix)
		}
	}
	if mask := (psutil.NetIfAddr{PrefixLen: 8}).Netmask(); mask.IsValid() {
		t.Errorf("mask of no address: %v", mask)
	}
}

func TestNetFlags(t *testing.T) {
	f := psutil.NetFlags("up,running,multicast")
	for flag, want := range map[string]bool{"up": true, "running": true, "multicast": true, "u": false, "multi": false, "": false, "up,running": false} {
		if got := f.Has(flag); got != want {
			t.Errorf("Has(%q) = %v", flag, got)
		}
	}
	if psutil.NetFlags("").Has("") {
		t.Error("no flag is a flag")
	}
}

func TestDuplexText(t *testing.T) {
	for i, name := range []string{"unknown", "half", "full"} {
		var d psutil.Duplex
		if err := d.UnmarshalText([]byte(name)); err != nil || d != psutil.Duplex(i) || d.String() != name {
			t.Errorf("%s: %v, %v", name, d, err)
		}
	}
	var d psutil.Duplex
	if err := d.UnmarshalText([]byte("both")); !errors.Is(err, psutil.ErrInvalid) {
		t.Errorf("both: %v", err)
	}
}
