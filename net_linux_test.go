package psutil_test

import (
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"math"
	"net/netip"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"github.com/go-psutil/psutil"
	"github.com/go-psutil/psutil/internal/fixture"
	"github.com/go-psutil/psutil/internal/sys"
)

const netTree = `
-- proc/1/net/dev --
Inter-|   Receive                                                |  Transmit
 face |bytes    packets errs drop fifo frame compressed multicast|bytes    packets errs drop fifo colls carrier compressed
    lo: 1 1 0 0 0 0 0 0 1 1 0 0 0 0 0 0
  eth0: 101 102 103 104 105 106 107 108 109 110 111 112 113 114 115 116
broken: 1 2 3
 ib0:18446744073709551615 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16
-- proc/1/net/if_inet6 --
fe8000000000000000fc00fffe000001 04 40 20 80     eth0
fd000000000000000000000000000002 04 30 00 62     eth0
nonsense
00000000000000000000000000000001 01 80 10 80       lo
-- proc/self/net/dev --
another process's
-- sys/class/net/bonding_masters --
bond0
-- sys/class/net/lo/ifindex --
1
-- sys/class/net/lo/type --
772
-- sys/class/net/lo/flags --
0x9
-- sys/class/net/lo/address --
00:00:00:00:00:00
-- sys/class/net/lo/broadcast --
00:00:00:00:00:00
-- sys/class/net/lo/mtu --
65536
-- sys/class/net/lo/tx_queue_len --
1000
-- sys/class/net/lo/operstate --
unknown
-- sys/class/net/lo/carrier --
1
-- sys/class/net/lo/carrier_changes --
0
-- sys/class/net/eth0/ifindex --
4
-- sys/class/net/eth0/type --
1
-- sys/class/net/eth0/flags --
0x1803
-- sys/class/net/eth0/address --
02:fc:00:00:00:01
-- sys/class/net/eth0/broadcast --
ff:ff:ff:ff:ff:ff
-- sys/class/net/eth0/mtu --
9000
-- sys/class/net/eth0/tx_queue_len --
500
-- sys/class/net/eth0/operstate --
up
-- sys/class/net/eth0/carrier --
1
-- sys/class/net/eth0/carrier_changes --
7
-- sys/class/net/eth0/speed --
25000
-- sys/class/net/eth0/duplex --
half
-- sys/class/net/eth0/master --
-> ../bond0
-- sys/class/net/ib0/ifindex --
5
-- sys/class/net/ib0/type --
32
-- sys/class/net/ib0/flags --
0x1002
-- sys/class/net/ib0/address --
80:00:02:08:fe:80:00:00:00:00:00:00:00:02:c9:03:00:2f:19:11
-- sys/class/net/ib0/broadcast --
00:ff:ff:ff:ff:12:40:1b:ff:ff:00:00:00:00:00:00:ff:ff:ff:ff
-- sys/class/net/ib0/mtu --
2044
-- sys/class/net/ib0/operstate --
down
-- sys/class/net/ib0/carrier --
0
-- sys/class/net/ib0/speed --
-1
-- sys/class/net/ib0/duplex --
both
-- sys/class/net/tun0/ifindex --
6
-- sys/class/net/tun0/flags --
0x1091
-- sys/class/net/tun0/address --

-- sys/class/net/tun0/operstate --
dormant
-- sys/class/net/tun0/carrier --
0
`

// TestNetReplay reads another machine, whose network can't be entered.
func TestNetReplay(t *testing.T) {
	root := fixture.Tree(t, []byte(netTree))
	s, err := psutil.New(psutil.WithRoot(root))
	must(t, err)

	t.Run("IOCounters", func(t *testing.T) {
		want := []psutil.NetIO{
			{
				BytesRecv: 101, PacketsRecv: 102, ErrIn: 103, DropIn: 104, FIFOIn: 105, Frame: 106, CompressedIn: 107, Multicast: 108,
				BytesSent: 109, PacketsSent: 110, ErrOut: 111, DropOut: 112, FIFOOut: 113, Collisions: 114, Carrier: 115, CompressedOut: 116, Name: "eth0",
			},
			{
				BytesRecv: math.MaxUint64, PacketsRecv: 2, ErrIn: 3, DropIn: 4, FIFOIn: 5, Frame: 6, CompressedIn: 7, Multicast: 8,
				BytesSent: 9, PacketsSent: 10, ErrOut: 11, DropOut: 12, FIFOOut: 13, Collisions: 14, Carrier: 15, CompressedOut: 16, Name: "ib0",
			},
			{BytesRecv: 1, PacketsRecv: 1, BytesSent: 1, PacketsSent: 1, Name: "lo"},
		}
		got, err := s.NetIOCountersPerNIC()
		if !slices.Equal(got, want) {
			t.Errorf("got  %+v\nwant %+v", got, want)
		}
		parse, ok := errors.AsType[*psutil.ParseError](err)
		if !ok || parse.File != root+"/proc/1/net/dev" || parse.Line != 5 {
			t.Errorf("error %v, want one of line 5", err)
		}
		total, err := s.NetIOCounters()
		wantTotal := psutil.NetIO{
			BytesRecv: 101, PacketsRecv: 105, ErrIn: 106, DropIn: 108, FIFOIn: 110, Frame: 112, CompressedIn: 114, Multicast: 116,
			BytesSent: 119, PacketsSent: 121, ErrOut: 122, DropOut: 124, FIFOOut: 126, Collisions: 128, Carrier: 130, CompressedOut: 132, Missing: "name",
		}
		if total != wantTotal || err == nil {
			t.Errorf("total %+v, %v\nwant  %+v", total, err, wantTotal)
		}
	})

	t.Run("IfStats", func(t *testing.T) {
		want := []psutil.NetIfStat{
			{
				IsUp: true, Duplex: psutil.DuplexHalf, Speed: 25000, MTU: 9000, Flags: "up,broadcast,running,slave,multicast",
				Name: "eth0", Index: 4, OperState: "up", Carrier: true, CarrierChanges: 7, HardwareAddr: "02:fc:00:00:00:01",
				TxQueueLen: 500, Master: "bond0", Missing: "kind",
			},
			{
				MTU: 2044, Flags: "broadcast,multicast", Name: "ib0", Index: 5, OperState: "down",
				HardwareAddr: "80:00:02:08:fe:80:00:00:00:00:00:00:00:02:c9:03:00:2f:19:11",
				Missing:      "carrier,carrier_changes,tx_queue_len,kind,speed",
			},
			{
				IsUp: true, MTU: 65536, Flags: "up,loopback,running", Name: "lo", Index: 1, OperState: "unknown", Carrier: true,
				HardwareAddr: "00:00:00:00:00:00", TxQueueLen: 1000, Missing: "kind,speed",
			},
			{
				Flags: "up,pointopoint,noarp,multicast", Name: "tun0", Index: 6, OperState: "dormant",
				Missing: "mtu,carrier_changes,tx_queue_len,kind,speed",
			},
		}
		got, err := s.NetIfStats()
		for i := range max(len(got), len(want)) {
			if i >= len(got) || i >= len(want) || got[i] != want[i] {
				t.Errorf("row %d:\ngot  %+v\nwant %+v", i, got[min(i, len(got)):min(i+1, len(got))], want[min(i, len(want)):min(i+1, len(want))])
			}
		}
		parse, ok := errors.AsType[*psutil.ParseError](err)
		if !ok || parse.File != root+"/sys/class/net/ib0/duplex" {
			t.Errorf("error %v, want one of ib0's duplex", err)
		}
	})

	t.Run("IfAddrs", func(t *testing.T) {
		ip := netip.MustParseAddr
		const missing = "ptp,valid_lft,preferred_lft"
		want := []psutil.NetIfAddr{
			{Name: "eth0", Family: psutil.FamilyINET6, Address: ip("fd00::2"), PrefixLen: 48, Scope: "global", Flags: "nodad,deprecated,tentative", Missing: missing},
			{Name: "eth0", Family: psutil.FamilyINET6, Address: ip("fe80::fc:ff:fe00:1%eth0"), PrefixLen: 64, Scope: "link", Flags: "permanent", Missing: missing},
			{Name: "eth0", Family: psutil.FamilyPacket, HardwareAddr: "02:fc:00:00:00:01", HardwareBroadcast: "ff:ff:ff:ff:ff:ff"},
			{Name: "ib0", Family: psutil.FamilyPacket, HardwareAddr: "80:00:02:08:fe:80:00:00:00:00:00:00:00:02:c9:03:00:2f:19:11",
				HardwareBroadcast: "00:ff:ff:ff:ff:12:40:1b:ff:ff:00:00:00:00:00:00:ff:ff:ff:ff"},
			{Name: "lo", Family: psutil.FamilyINET6, Address: ip("::1"), PrefixLen: 128, Scope: "host", Flags: "permanent", Missing: missing},
			{Name: "lo", Family: psutil.FamilyPacket, HardwareAddr: "00:00:00:00:00:00"},
		}
		got, err := s.NetIfAddrs()
		if !slices.Equal(got, want) {
			t.Errorf("got  %v\nwant %v", got, want)
		}
		if !errors.Is(err, psutil.ErrNotSupported) {
			t.Errorf("error %v, want one about IPv4", err)
		}
		if parse, ok := errors.AsType[*psutil.ParseError](err); !ok || !strings.Contains(err.Error(), "if_inet6: line 3") {
			t.Errorf("error %v, %v, want also one of line 3 of if_inet6", err, parse)
		}
	})
}

// TestNetNothingThere has a machine without network tables and without /sys.
func TestNetNothingThere(t *testing.T) {
	s, err := psutil.New(psutil.WithRoot(fixture.Tree(t, []byte("-- proc/stat --\ncpu 1\n"))))
	must(t, err)
	if rows, err := s.NetIOCountersPerNIC(); !errors.Is(err, fs.ErrNotExist) || rows != nil {
		t.Errorf("NetIOCountersPerNIC: %v, %v", rows, err)
	}
	if _, err := s.NetIOCounters(); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("NetIOCounters: %v", err)
	}
	if rows, err := s.NetIfStats(); !errors.Is(err, fs.ErrNotExist) || rows != nil {
		t.Errorf("NetIfStats: %v, %v", rows, err)
	}
	if rows, err := s.NetIfAddrs(); !errors.Is(err, fs.ErrNotExist) || rows != nil {
		t.Errorf("NetIfAddrs: %v, %v", rows, err)
	}
}

// ipLink is an interface in the JSON of ip(8).
type ipLink struct {
	Index     int      `json:"ifindex"`
	Name      string   `json:"ifname"`
	Flags     []string `json:"flags"`
	MTU       int      `json:"mtu"`
	Master    string   `json:"master"`
	OperState string   `json:"operstate"`
	TxQLen    int      `json:"txqlen"`
	Address   string   `json:"address"`
	Broadcast string   `json:"broadcast"`
	LinkInfo  struct {
		Kind string `json:"info_kind"`
	} `json:"linkinfo"`
	Addrs []struct {
		Local     string `json:"local"`
		Peer      string `json:"address"`
		PrefixLen int    `json:"prefixlen"`
		Broadcast string `json:"broadcast"`
		Scope     string `json:"scope"`
		Label     string `json:"label"`
		Valid     uint32 `json:"valid_life_time"`
		Preferred uint32 `json:"preferred_life_time"`

		Dynamic    bool `json:"dynamic"`
		Secondary  bool `json:"secondary"`
		Temporary  bool `json:"temporary"`
		Deprecated bool `json:"deprecated"`
		Tentative  bool `json:"tentative"`
		NoDAD      bool `json:"nodad"`
		DADFailed  bool `json:"dadfailed"`
		NoPrefix   bool `json:"noprefixroute"`
		Manage     bool `json:"mngtmpaddr"`
	} `json:"addr_info"`
	Stats struct {
		RX, TX map[string]uint64
	} `json:"stats64"`
}

func ipLinks(t *testing.T, args ...string) []ipLink {
	t.Helper()
	var links []ipLink
	must(t, json.Unmarshal([]byte(output(t, "ip", append([]string{"-j", "-d", "-s"}, args...)...)), &links))
	links = slices.DeleteFunc(links, func(l ipLink) bool { return l.Name == "" }) // older ip prints {}
	if len(links) == 0 {
		t.Fatal("ip lists no interface")
	}
	return links
}

// matches tries a comparison again while things change.
func matches(t *testing.T, compare func() (diff string)) {
	t.Helper()
	var diff string
	for start := time.Now(); time.Since(start) < 10*time.Second; {
		if diff = compare(); diff == "" {
			return
		}
	}
	t.Error(diff)
}

// diffText says which lines are in one list only.
func diffText(peer string, got, want []string) string {
	var b strings.Builder
	for _, l := range got {
		if !slices.Contains(want, l) {
			fmt.Fprintf(&b, "only psutil has %s\n", l)
		}
	}
	for _, l := range want {
		if !slices.Contains(got, l) {
			fmt.Fprintf(&b, "only %s has %s\n", peer, l)
		}
	}
	if len(got) != len(want) {
		fmt.Fprintf(&b, "%d rows, %s has %d\n", len(got), peer, len(want))
	}
	return b.String()
}

func text(a netip.Addr) string {
	if !a.IsValid() {
		return ""
	}
	return a.WithZone("").String()
}

// checkAddrsIP compares the addresses with ip(8)'s.
func checkAddrsIP(t *testing.T) {
	matches(t, func() string {
		rows, err := psutil.NetIfAddrs()
		must(t, err)
		var got, want []string
		lifetimes := map[string]time.Duration{}
		for _, a := range rows {
			switch a.Family {
			case psutil.FamilyINET, psutil.FamilyINET6:
				f := a.Flags
				got = append(got, fmt.Sprintf("%s %s peer %s /%d brd %s scope %s label %s dynamic %v %v %v %v %v %v %v %v %v", a.Name, text(a.Address), text(a.PTP),
					a.PrefixLen, text(a.Broadcast), a.Scope, a.Label, !f.Has("permanent"), f.Has("secondary"), f.Has("temporary"),
					f.Has("deprecated"), f.Has("tentative"), f.Has("nodad"), f.Has("dadfailed"), f.Has("noprefixroute"), f.Has("mngtmpaddr")))
				lifetimes["valid "+a.Name+text(a.Address)] = a.ValidLifetime
				lifetimes["preferred "+a.Name+text(a.Address)] = a.PreferredLifetime
				// The zone belongs to what is good on one link only.
				if zone := a.Address.Zone(); zone != map[bool]string{true: a.Name}[a.Family == psutil.FamilyINET6 && a.Scope == "link"] {
					t.Errorf("zone %q: %v", zone, a)
				}
			case psutil.FamilyPacket:
				got = append(got, a.Name+" link "+a.HardwareAddr+" "+a.HardwareBroadcast)
			case psutil.FamilyUnspec:
				got = append(got, a.Name+" has none")
			}
		}
		var diff string
		for _, l := range ipLinks(t, "addr") {
			for _, a := range l.Addrs {
				brd := a.Broadcast
				if a.PrefixLen == 32 || !slices.Contains(l.Flags, "BROADCAST") {
					brd = ""
				}
				want = append(want, fmt.Sprintf("%s %s peer %s /%d brd %s scope %s label %s dynamic %v %v %v %v %v %v %v %v %v", l.Name, a.Local, a.Peer, a.PrefixLen,
					brd, a.Scope, a.Label, a.Dynamic, a.Secondary, a.Temporary, a.Deprecated, a.Tentative, a.NoDAD, a.DADFailed, a.NoPrefix, a.Manage))
				for word, seconds := range map[string]uint32{"valid ": a.Valid, "preferred ": a.Preferred} {
					got, ip := lifetimes[word+l.Name+a.Local], time.Duration(seconds)*time.Second
					if seconds == math.MaxUint32 {
						ip = math.MaxInt64
					}
					if got < ip || got-ip > 5*time.Second { // ip was asked later
						diff += fmt.Sprintf("%s%s %s: %v, ip has %v\n", word, l.Name, a.Local, got, ip)
					}
				}
			}
			switch {
			case l.Address != "":
				brd := l.Broadcast
				if !slices.Contains(l.Flags, "BROADCAST") {
					brd = ""
				}
				want = append(want, l.Name+" link "+l.Address+" "+brd)
			case len(l.Addrs) == 0:
				want = append(want, l.Name+" has none")
			}
		}
		if !slices.IsSortedFunc(rows, func(a, b psutil.NetIfAddr) int {
			return cmp.Or(strings.Compare(a.Name, b.Name), cmp.Compare(a.Family, b.Family), a.Address.Compare(b.Address))
		}) {
			t.Error("not sorted")
		}
		return diff + diffText("ip", got, want)
	})
}

// checkAddrsPsutil compares the addresses with psutil's.
func checkAddrsPsutil(t *testing.T) {
	type snicaddr struct {
		Family, Address         string
		Netmask, Broadcast, Ptp *string
	}
	matches(t, func() string {
		rows, err := psutil.NetIfAddrs()
		must(t, err)
		var peer map[string][]snicaddr
		pythonPsutil(t, `print(json.dumps({n: [dict(a._asdict(), family=a.family.name) for a in l] for n, l in psutil.net_if_addrs().items()}))`, &peer)
		var got, want []string
		for _, a := range rows {
			if a.Family == psutil.FamilyUnspec { // since psutil 8
				continue
			}
			var j snicaddr
			b, err := json.Marshal(a)
			must(t, err)
			must(t, json.Unmarshal(b, &j))
			// psutil takes a label for an interface.
			got = append(got, fmt.Sprint(cmp.Or(a.Label, a.Name), " ", j.Family, " ", j.Address, " mask ", str(j.Netmask), " other ", cmp.Or(str(j.Broadcast), str(j.Ptp))))
		}
		for name, list := range peer {
			for _, a := range list {
				// An address of its own in place of another's is what psutil has
				// when there is none.
				other := cmp.Or(str(a.Broadcast), str(a.Ptp))
				if other == a.Address || str(a.Netmask) == "255.255.255.255" && a.Broadcast != nil {
					other = "" // the latter since psutil 8
				}
				want = append(want, fmt.Sprint(name, " ", a.Family, " ", a.Address, " mask ", str(a.Netmask), " other ", other))
			}
		}
		return diffText("Python", got, want)
	})
}

func str(s *string) string {
	if s == nil {
		return ""
	}
	return *s
}

// checkStatsIP compares the state of interfaces with ip(8)'s.
func checkStatsIP(t *testing.T) {
	matches(t, func() string {
		rows, err := psutil.NetIfStats()
		must(t, err)
		var got, want []string
		for _, i := range rows {
			carrier := i.Missing.Has("carrier") || i.Carrier
			got = append(got, fmt.Sprint(i.Name, " ", i.Index, i.MTU, i.Flags.Has("up"), i.Flags.Has("broadcast"), i.Flags.Has("multicast"), i.Flags.Has("loopback"),
				i.Flags.Has("pointopoint"), i.Flags.Has("noarp"), i.Flags.Has("promisc"), i.OperState, " ", i.TxQueueLen, i.HardwareAddr, i.Master, " ", i.Kind, carrier))
			if i.IsUp != i.Flags.Has("running") || i.Missing.Has("carrier") == i.Flags.Has("up") {
				t.Errorf("%+v", i)
			}
		}
		for _, l := range ipLinks(t, "addr") {
			has := func(flag string) bool { return slices.Contains(l.Flags, flag) }
			want = append(want, fmt.Sprint(l.Name, " ", l.Index, l.MTU, has("UP"), has("BROADCAST"), has("MULTICAST"), has("LOOPBACK"),
				has("POINTOPOINT"), has("NOARP"), has("PROMISC"), strings.ToLower(l.OperState), " ", l.TxQLen, l.Address, l.Master, " ", l.LinkInfo.Kind, !has("UP") || has("LOWER_UP")))
		}
		if !slices.IsSortedFunc(rows, func(a, b psutil.NetIfStat) int { return strings.Compare(a.Name, b.Name) }) {
			t.Error("not sorted")
		}
		return diffText("ip", got, want)
	})
}

// checkStatsPsutil compares the state of interfaces with psutil's.
func checkStatsPsutil(t *testing.T) {
	matches(t, func() string {
		rows, err := psutil.NetIfStats()
		must(t, err)
		var peer map[string]struct {
			IsUp   bool
			Duplex int
			Speed  int
			MTU    int
			Flags  string
		}
		pythonPsutil(t, `print(json.dumps({n: s._asdict() for n, s in psutil.net_if_stats().items()}))`, &peer)
		var got, want []string
		for _, i := range rows {
			got = append(got, fmt.Sprint(i.Name, " ", i.IsUp, " ", i.Duplex, i.Speed, i.MTU, i.Flags))
			if i.Missing.Has("speed") != (i.Speed == 0) {
				t.Errorf("%+v", i)
			}
		}
		for name, s := range peer {
			duplex := [...]psutil.Duplex{psutil.DuplexUnknown, psutil.DuplexHalf, psutil.DuplexFull}[s.Duplex]
			want = append(want, fmt.Sprint(name, " ", s.IsUp, " ", duplex, s.Speed, s.MTU, s.Flags))
		}
		return diffText("Python", got, want)
	})
}

// checkCounters compares the counters with ip(8)'s and psutil's, which must be
// between two of ours.
func checkCounters(t *testing.T) {
	between := func(what string, before, after []psutil.NetIO, peer func(psutil.NetIO) []uint64, want map[string][]uint64) string {
		var diff strings.Builder
		for i, b := range before {
			if len(after) != len(before) || len(want) != len(before) || after[i].Name != b.Name || want[b.Name] == nil {
				return fmt.Sprintf("%d, %d and %d interfaces", len(before), len(want), len(after))
			}
			low, high := peer(b), peer(after[i])
			for j, v := range want[b.Name] {
				if v < low[j] || v > high[j] {
					fmt.Fprintf(&diff, "%s: %s number %d: %d is not between %d and %d\n", what, b.Name, j, v, low[j], high[j])
				}
			}
		}
		return diff.String()
	}
	ours := func() []psutil.NetIO {
		rows, err := psutil.NetIOCountersPerNIC()
		must(t, err)
		if !slices.IsSortedFunc(rows, func(a, b psutil.NetIO) int { return strings.Compare(a.Name, b.Name) }) {
			t.Error("not sorted")
		}
		return rows
	}
	matches(t, func() string {
		before := ours()
		var peer map[string][]uint64
		pythonPsutil(t, `print(json.dumps(psutil.net_io_counters(pernic=True, nowrap=False)))`, &peer)
		return between("Python", before, ours(), func(n psutil.NetIO) []uint64 {
			return []uint64{n.BytesSent, n.BytesRecv, n.PacketsSent, n.PacketsRecv, n.ErrIn, n.ErrOut, n.DropIn, n.DropOut}
		}, peer)
	})
	matches(t, func() string {
		before, err := psutil.NetIOCounters()
		must(t, err)
		var peer []uint64
		pythonPsutil(t, `print(json.dumps(psutil.net_io_counters(nowrap=False)))`, &peer)
		after, err := psutil.NetIOCounters()
		must(t, err)
		before.Name, after.Name = "total", "total"
		return between("Python", []psutil.NetIO{before}, []psutil.NetIO{after}, func(n psutil.NetIO) []uint64 {
			return []uint64{n.BytesSent, n.BytesRecv, n.PacketsSent, n.PacketsRecv, n.ErrIn, n.ErrOut, n.DropIn, n.DropOut}
		}, map[string][]uint64{"total": peer})
	})
	matches(t, func() string {
		before := ours()
		links := ipLinks(t, "link")
		after := ours()
		peer := map[string][]uint64{}
		for _, l := range links {
			rx, tx := l.Stats.RX, l.Stats.TX
			peer[l.Name] = []uint64{tx["bytes"], rx["bytes"], tx["packets"], rx["packets"], rx["errors"], tx["errors"], rx["dropped"] + rx["over_errors"],
				tx["dropped"], rx["multicast"], tx["collisions"]}
		}
		return between("ip", before, after, func(n psutil.NetIO) []uint64 {
			return []uint64{n.BytesSent, n.BytesRecv, n.PacketsSent, n.PacketsRecv, n.ErrIn, n.ErrOut, n.DropIn, n.DropOut, n.Multicast, n.Collisions}
		}, peer)
	})
}

// TestNetPeers compares this machine's interfaces with what others say.
func TestNetPeers(t *testing.T) {
	needTool(t, "ip")
	t.Run("AddrsIP", checkAddrsIP)
	t.Run("AddrsPsutil", checkAddrsPsutil)
	t.Run("StatsIP", checkStatsIP)
	t.Run("StatsPsutil", checkStatsPsutil)
	t.Run("Counters", checkCounters)
	t.Run("Class", checkClass)
}

// checkClass compares the files of /sys, which a root whose network can't be
// entered is left with, with what netlink says.
func checkClass(t *testing.T) {
	links, err := os.ReadDir("/sys/class/net")
	must(t, err)
	if stats, err := psutil.NetIfStats(); err != nil || len(links) < len(stats) {
		missing(t, "/sys is of another network")
	}
	root := t.TempDir()
	for _, file := range []string{"dev", "if_inet6"} {
		b, err := os.ReadFile("/proc/thread-self/net/" + file)
		must(t, err)
		must(t, os.MkdirAll(filepath.Join(root, "proc/1/net"), 0o755))
		must(t, os.WriteFile(filepath.Join(root, "proc/1/net", file), b, 0o644))
	}
	// What is above the root is not reached: a copy has what the links lead to.
	must(t, os.MkdirAll(filepath.Join(root, "sys/class/net"), 0o755))
	for _, l := range links {
		from, to := filepath.Join("/sys/class/net", l.Name()), filepath.Join(root, "sys/class/net", l.Name())
		files, err := os.ReadDir(from + "/")
		if err != nil {
			continue // bonding_masters
		}
		must(t, os.MkdirAll(to, 0o755))
		for _, f := range files {
			if b, err := os.ReadFile(filepath.Join(from, f.Name())); err == nil {
				must(t, os.WriteFile(filepath.Join(to, f.Name()), b, 0o644))
			} else if f.Name() == "master" {
				target, err := os.Readlink(filepath.Join(from, f.Name()))
				must(t, err)
				must(t, os.Symlink(target, filepath.Join(to, f.Name())))
			}
		}
	}
	s, err := psutil.New(psutil.WithRoot(root))
	must(t, err)
	matches(t, func() string {
		fromFiles, err := s.NetIfStats()
		must(t, err)
		stats, err := psutil.NetIfStats()
		must(t, err)
		var got, want []string
		for _, i := range fromFiles {
			if !i.Missing.Has("kind") || i.Kind != "" {
				t.Errorf("kind of %+v", i)
			}
			// Files tell also when only the kernel listens to everything.
			i.Flags = psutil.NetFlags(strings.ReplaceAll(strings.ReplaceAll(string(i.Flags), ",promisc", ""), ",allmulti", ""))
			i.Missing = ""
			got = append(got, fmt.Sprintf("%+v", i))
		}
		for _, i := range stats {
			if !i.Flags.Has("up") { // which files do not tell then
				i.Speed, i.Duplex = 0, psutil.DuplexUnknown
			}
			i.Kind, i.Missing = "", ""
			i.Flags = psutil.NetFlags(strings.ReplaceAll(strings.ReplaceAll(string(i.Flags), ",promisc", ""), ",allmulti", ""))
			want = append(want, fmt.Sprintf("%+v", i))
		}
		return diffText("netlink", got, want)
	})
	matches(t, func() string {
		fromFiles, err := s.NetIfAddrs()
		if !errors.Is(err, psutil.ErrNotSupported) {
			t.Errorf("error %v, want one about IPv4", err)
		}
		addrs, err := psutil.NetIfAddrs()
		must(t, err)
		var got, want []string
		for _, a := range fromFiles {
			a.Missing = ""
			a.Flags = psutil.NetFlags(strings.ReplaceAll(string(a.Flags), "tentative,", ""))
			got = append(got, fmt.Sprintf("%+v", a))
		}
		for _, a := range addrs {
			if a.Family == psutil.FamilyINET6 || a.Family == psutil.FamilyPacket {
				a.Flags = psutil.NetFlags(strings.ReplaceAll(string(a.Flags), "tentative,", ""))
				for _, more := range []string{",mngtmpaddr", ",noprefixroute", ",stable-privacy"} { // files have eight flags
					a.Flags = psutil.NetFlags(strings.ReplaceAll(string(a.Flags), more, ""))
				}
				a.ValidLifetime, a.PreferredLifetime, a.PTP = 0, 0, netip.Addr{}
				want = append(want, fmt.Sprintf("%+v", a))
			}
		}
		return diffText("netlink", got, want)
	})
}

// tryIP runs ip(8) for what this kernel may lack.
func tryIP(t *testing.T, args ...string) bool {
	t.Helper()
	out, err := exec.Command("ip", args...).CombinedOutput()
	if err != nil {
		t.Logf("ip %s: %v: %s", strings.Join(args, " "), err, out)
	}
	return err == nil
}

// TestNetNamespace has interfaces of many kinds, in a network of its own.
func TestNetNamespace(t *testing.T) {
	needTool(t, "ip")
	if !isRerun(t) {
		rerun(t, func(cmd *exec.Cmd) {
			newNet(cmd)
			cmd.SysProcAttr.Cloneflags |= unix.CLONE_NEWNS
		})
		return
	}
	must(t, unix.Mount("", "/", "", unix.MS_REC|unix.MS_PRIVATE, ""))
	must(t, unix.Mount("sysfs", "/sys", "sysfs", 0, ""))
	ip := func(line string) {
		t.Helper()
		output(t, "ip", strings.Fields(line)...)
	}
	// Addresses are good at once, and none is made by chance.
	for _, name := range []string{"all", "default"} {
		must(t, os.WriteFile("/proc/sys/net/ipv6/conf/"+name+"/accept_dad", []byte("0"), 0))
	}

	t.Run("OnlyLoDown", func(t *testing.T) {
		stats, err := psutil.NetIfStats()
		must(t, err)
		if len(stats) != 1 || stats[0].Name != "lo" || stats[0].IsUp || stats[0].Flags != "loopback" || stats[0].OperState != "down" || !stats[0].Missing.Has("carrier") {
			t.Errorf("%+v", stats)
		}
		addrs, err := psutil.NetIfAddrs()
		must(t, err)
		if len(addrs) != 1 || addrs[0] != (psutil.NetIfAddr{Name: "lo", Family: psutil.FamilyPacket, HardwareAddr: "00:00:00:00:00:00"}) {
			t.Errorf("%+v", addrs)
		}
		total, err := psutil.NetIOCounters()
		must(t, err)
		if total != (psutil.NetIO{Missing: "name"}) {
			t.Errorf("%+v", total)
		}
	})

	const long = "veth-fifteen-ch"
	ip("link set lo up")
	ip("link add with.dot type veth peer name " + long)
	ip("link set with.dot address 02:00:00:00:00:0a mtu 1400 txqueuelen 77")
	ip("link add br0 type bridge")
	ip("link set br0 address 02:00:00:00:00:0b")
	ip("link set " + long + " address 02:00:00:00:00:0c")
	ip("link set " + long + " master br0")
	ip("tuntap add tun0 mode tun")
	ip("tuntap add tun1 mode tun") // no address at all
	output(t, "ip", "link", "add", "\x1b[1m\"é\xff", "type", "bridge")
	ip("link add promisc0 type bridge")
	ip("link set promisc0 promisc on allmulticast on arp off")
	for _, name := range []string{"with.dot", long, "br0", "tun0"} {
		ip("link set " + name + " up")
	}
	ip("addr add 10.9.0.1/24 brd + dev with.dot")
	ip("addr add 10.9.0.2/24 dev with.dot label with.dot:1")
	ip("addr add 10.7.0.1/32 dev br0")
	ip("addr add 10.6.0.1/32 brd 10.6.0.255 dev br0")
	ip("addr add 10.5.0.1 peer 10.5.0.2/30 dev br0 scope link")
	ip("addr add 10.8.0.1 peer 10.8.0.2/32 dev tun0")
	ip("addr add 10.4.0.1/24 dev tun0")
	ip("addr add fd00:8::1 peer fd00:8::2/128 dev tun0 nodad")
	ip("addr add fd00:1::1/64 dev with.dot nodad preferred_lft 0 valid_lft 3600")
	ip("addr add fd00:1::2/64 dev with.dot nodad noprefixroute valid_lft 3600 preferred_lft 1800")
	must(t, os.WriteFile("/proc/sys/net/ipv6/conf/"+long+"/use_tempaddr", []byte("2"), 0))
	ip("addr add fd00:2::1/64 dev " + long + " nodad mngtmpaddr valid_lft 3600 preferred_lft 1800")
	vlan := tryIP(t, "link", "add", "link", "with.dot", "name", "dot.5", "type", "vlan", "id", "5")
	dummy := tryIP(t, "link", "add", "dummy0", "type", "dummy") && tryIP(t, "addr", "add", "10.3.0.1/32", "dev", "dummy0")
	tryIP(t, "link", "add", "gre1", "type", "gre", "local", "10.9.0.1", "remote", "10.9.0.9")

	t.Run("Stats", func(t *testing.T) {
		stats, err := psutil.NetIfStats()
		must(t, err)
		byName := map[string]psutil.NetIfStat{}
		for _, s := range stats {
			byName[s.Name] = s
		}
		want := []psutil.NetIfStat{
			{
				IsUp: true, Duplex: psutil.DuplexFull, Speed: 10000, MTU: 1400, Flags: "up,broadcast,running,multicast", Name: "with.dot",
				OperState: "up", Carrier: true, HardwareAddr: "02:00:00:00:00:0a", TxQueueLen: 77, Kind: "veth",
			},
			{
				IsUp: true, Duplex: psutil.DuplexFull, Speed: 10000, MTU: 1500, Flags: "up,broadcast,running,multicast", Name: long,
				OperState: "up", Carrier: true, HardwareAddr: "02:00:00:00:00:0c", TxQueueLen: 1000, Kind: "veth", Master: "br0",
			},
			{
				Duplex: psutil.DuplexUnknown, MTU: 1500, Flags: "broadcast,noarp,promisc,allmulti,multicast", Name: "promisc0",
				OperState: "down", HardwareAddr: byName["promisc0"].HardwareAddr, TxQueueLen: 1000, Kind: "bridge", Missing: "carrier,speed",
			},
			{
				IsUp: true, MTU: 65536, Flags: "up,loopback,running", Name: "lo", OperState: "unknown", Carrier: true,
				HardwareAddr: "00:00:00:00:00:00", TxQueueLen: 1000, Missing: "speed",
			},
			{
				IsUp: false, Duplex: psutil.DuplexFull, Speed: byName["tun0"].Speed, MTU: 1500, Flags: "up,pointopoint,noarp,multicast", Name: "tun0",
				OperState: "down", Carrier: false, TxQueueLen: 500, Kind: "tun",
			},
		}
		for _, w := range want {
			got := byName[w.Name]
			if got.Index <= 0 {
				t.Errorf("%s has index %d", w.Name, got.Index)
			}
			w.Index, w.CarrierChanges = got.Index, got.CarrierChanges
			if got != w {
				t.Errorf("got  %+v\nwant %+v", got, w)
			}
		}
		if _, ok := byName["\x1b[1m\"é\xff"]; !ok {
			t.Errorf("the odd name is not there: %q", stats)
		}
		if vlan && byName["dot.5"].Kind != "vlan" {
			t.Errorf("%+v", byName["dot.5"])
		}
		if dummy && byName["dummy0"].Kind != "dummy" {
			t.Errorf("%+v", byName["dummy0"])
		}
	})

	t.Run("Addrs", func(t *testing.T) {
		addr := netip.MustParseAddr
		const forever = math.MaxInt64
		want := []psutil.NetIfAddr{
			{Name: "br0", Family: psutil.FamilyINET, Address: addr("10.5.0.1"), PrefixLen: 30, PTP: addr("10.5.0.2"), Scope: "link", Flags: "permanent", Label: "br0"},
			{Name: "br0", Family: psutil.FamilyINET, Address: addr("10.6.0.1"), PrefixLen: 32, Scope: "global", Flags: "permanent", Label: "br0"},
			{Name: "br0", Family: psutil.FamilyINET, Address: addr("10.7.0.1"), PrefixLen: 32, Scope: "global", Flags: "permanent", Label: "br0"},
			{Name: "br0", Family: psutil.FamilyINET6, Address: addr("fe80::ff:fe00:b%br0"), PrefixLen: 64, Scope: "link", Flags: "permanent"},
			{Name: "br0", Family: psutil.FamilyPacket, HardwareAddr: "02:00:00:00:00:0b", HardwareBroadcast: "ff:ff:ff:ff:ff:ff"},
			{Name: "tun0", Family: psutil.FamilyINET, Address: addr("10.4.0.1"), PrefixLen: 24, Scope: "global", Flags: "permanent", Label: "tun0"},
			{Name: "tun0", Family: psutil.FamilyINET, Address: addr("10.8.0.1"), PrefixLen: 32, PTP: addr("10.8.0.2"), Scope: "global", Flags: "permanent", Label: "tun0"},
			{Name: "tun0", Family: psutil.FamilyINET6, Address: addr("fd00:8::1"), PrefixLen: 128, PTP: addr("fd00:8::2"), Scope: "global", Flags: "nodad,permanent"},
			{Name: "tun1", Family: psutil.FamilyUnspec},
			{Name: "with.dot", Family: psutil.FamilyINET, Address: addr("10.9.0.1"), PrefixLen: 24, Broadcast: addr("10.9.0.255"), Scope: "global", Flags: "permanent", Label: "with.dot"},
			{Name: "with.dot", Family: psutil.FamilyINET, Address: addr("10.9.0.2"), PrefixLen: 24, Scope: "global", Flags: "secondary,permanent", Label: "with.dot:1"},
			{Name: "with.dot", Family: psutil.FamilyINET6, Address: addr("fd00:1::1"), PrefixLen: 64, Scope: "global", Flags: "nodad,deprecated"},
			{Name: "with.dot", Family: psutil.FamilyINET6, Address: addr("fd00:1::2"), PrefixLen: 64, Scope: "global", Flags: "nodad,noprefixroute"},
			{Name: "with.dot", Family: psutil.FamilyINET6, Address: addr("fe80::ff:fe00:a%with.dot"), PrefixLen: 64, Scope: "link", Flags: "permanent"},
			{Name: "with.dot", Family: psutil.FamilyPacket, HardwareAddr: "02:00:00:00:00:0a", HardwareBroadcast: "ff:ff:ff:ff:ff:ff"},
		}
		for i, w := range want {
			if w.Flags.Has("permanent") {
				want[i].ValidLifetime, want[i].PreferredLifetime = forever, forever
			}
		}
		matches(t, func() string {
			rows, err := psutil.NetIfAddrs()
			must(t, err)
			var got []psutil.NetIfAddr
			for _, a := range rows {
				if !slices.Contains([]string{"br0", "tun0", "tun1", "with.dot"}, a.Name) {
					continue
				}
				if a.Family != psutil.FamilyUnspec && a.Address.IsValid() && !a.Flags.Has("permanent") {
					if a.ValidLifetime <= 59*time.Minute || a.ValidLifetime > time.Hour || (a.PreferredLifetime == 0) != a.Flags.Has("deprecated") || a.PreferredLifetime > 30*time.Minute {
						t.Errorf("lifetimes of %+v", a)
					}
					a.ValidLifetime, a.PreferredLifetime = 0, 0
				}
				got = append(got, a)
			}
			if slices.Equal(got, want) {
				return ""
			}
			return fmt.Sprintf("got  %v\nwant %v", got, want)
		})
	})

	t.Run("Temporary", func(t *testing.T) {
		rows, err := psutil.NetIfAddrs()
		must(t, err)
		network := netip.MustParsePrefix("fd00:2::/64")
		temporary := 0
		for _, a := range rows {
			switch {
			case a.Name == long && a.Address == netip.MustParseAddr("fd00:2::1"):
				if !a.Flags.Has("mngtmpaddr") || a.Flags.Has("temporary") {
					t.Errorf("%+v", a)
				}
			case a.Name == long && network.Contains(a.Address):
				temporary++
				if !a.Flags.Has("temporary") || a.Flags.Has("secondary") {
					t.Errorf("%+v", a)
				}
			}
		}
		if temporary == 0 {
			t.Error("no temporary address")
		}
	})
	t.Run("AddrsIP", func(t *testing.T) {
		output(t, "ip", "link", "del", "\x1b[1m\"é\xff") // ip prints no valid JSON of it
		checkAddrsIP(t)
	})
	t.Run("AddrsPsutil", checkAddrsPsutil)
	t.Run("StatsIP", checkStatsIP)
	t.Run("StatsPsutil", checkStatsPsutil)
	t.Run("Class", checkClass)

	t.Run("Traffic", func(t *testing.T) {
		u := socket(t, unix.AF_INET, unix.SOCK_DGRAM)
		must(t, unix.Bind(u, loopback(unix.AF_INET, 0)))
		at, err := unix.Getsockname(u)
		must(t, err)
		lo := func() psutil.NetIO {
			t.Helper()
			rows, err := psutil.NetIOCountersPerNIC()
			must(t, err)
			i := slices.IndexFunc(rows, func(n psutil.NetIO) bool { return n.Name == "lo" })
			return rows[i]
		}
		before := lo()
		for range 10 {
			must(t, unix.Sendto(u, make([]byte, 1000), 0, at))
		}
		const bytes = 10 * (1000 + 8 + 20) // with the heads of UDP and IP
		want := psutil.NetIO{BytesSent: bytes, BytesRecv: bytes, PacketsSent: 10, PacketsRecv: 10, Name: "lo"}
		if got := lo().Since(before); got != want {
			t.Errorf("got  %+v\nwant %+v", got, want)
		}
	})
	t.Run("Counters", checkCounters)

	t.Run("Down", func(t *testing.T) {
		ip("link set " + long + " down")
		matches(t, func() string { // the other end notices a little later
			stats, err := psutil.NetIfStats()
			must(t, err)
			i := slices.IndexFunc(stats, func(s psutil.NetIfStat) bool { return s.Name == "with.dot" })
			s := stats[i]
			if s.IsUp || s.Carrier || s.Missing.Has("carrier") || !s.Flags.Has("up") || s.OperState == "up" || s.CarrierChanges < 2 {
				return fmt.Sprintf("%+v", s)
			}
			return ""
		})
		checkStatsIP(t)
		checkStatsPsutil(t)
	})

	t.Run("Churn", func(t *testing.T) {
		var batch strings.Builder
		for i := range 150 {
			fmt.Fprintf(&batch, "link add churn%d type veth peer name churnp%d\naddr add 10.100.%d.1/24 dev churn%d\nlink del churn%d\n", i, i, i, i, i)
		}
		cmd := exec.Command("ip", "-batch", "-")
		cmd.Stdin = strings.NewReader(batch.String())
		must(t, cmd.Start())
		done := make(chan error, 1)
		go func() { done <- cmd.Wait() }()
		for running := true; running; {
			select {
			case err := <-done:
				must(t, err)
				running = false
			default:
			}
			stats, err := psutil.NetIfStats()
			if err != nil && !errors.Is(err, sys.ErrDumpInterrupted) || len(stats) < 5 {
				t.Fatalf("NetIfStats: %d rows, %v", len(stats), err)
			}
			addrs, err := psutil.NetIfAddrs()
			if err != nil && !errors.Is(err, sys.ErrDumpInterrupted) || len(addrs) < 10 {
				t.Fatalf("NetIfAddrs: %d rows, %v", len(addrs), err)
			}
			for _, a := range addrs {
				if a.Name == "" {
					t.Fatalf("no name: %+v", a)
				}
			}
			rows, err := psutil.NetIOCountersPerNIC()
			if err != nil || len(rows) < 5 {
				t.Fatalf("NetIOCountersPerNIC: %d rows, %v", len(rows), err)
			}
		}
	})
}

// netNames are the interfaces of each call, for one of a machine and one in a
// root to be compared.
func netNames(t *testing.T, s interface {
	NetIOCountersPerNIC() ([]psutil.NetIO, error)
	NetIfAddrs() ([]psutil.NetIfAddr, error)
	NetIfStats() ([]psutil.NetIfStat, error)
}) string {
	t.Helper()
	var names strings.Builder
	rows, err := s.NetIOCountersPerNIC()
	must(t, err)
	for _, r := range rows {
		fmt.Fprintln(&names, "io", r.Name)
	}
	addrs, err := s.NetIfAddrs()
	must(t, err)
	for _, a := range addrs {
		a.ValidLifetime, a.PreferredLifetime = 0, 0
		fmt.Fprintln(&names, a)
	}
	stats, err := s.NetIfStats()
	must(t, err)
	for _, i := range stats {
		fmt.Fprintln(&names, i, i.Index, i.Kind)
	}
	return names.String()
}

// TestNetOfAnotherUser has what nobody may know: everything.
func TestNetOfAnotherUser(t *testing.T) {
	const namesEnv = "PSUTIL_TEST_NAMES"
	s, err := psutil.New()
	must(t, err)
	if !isRerun(t) {
		names := netNames(t, s)
		rerun(t, func(cmd *exec.Cmd) {
			cmd.SysProcAttr.Credential = nobodyCredential()
			cmd.Env = append(cmd.Env, namesEnv+"="+names)
		})
		return
	}
	if got, want := netNames(t, s), os.Getenv(namesEnv); got != want {
		t.Errorf("as nobody:\n%s\nas root:\n%s", got, want)
	}
}

// TestNetWithRoot looks, from a network of its own, at the network of PID 1 of
// the /proc that is mounted below another root, as an agent in a container
// does. It runs three times: here, as that PID 1, and as the agent.
func TestNetWithRoot(t *testing.T) {
	const (
		rootEnv  = "PSUTIL_TEST_ROOT"
		namesEnv = "PSUTIL_TEST_NAMES"
	)
	needTool(t, "ip")
	root := os.Getenv(rootEnv)
	switch {
	case !isRerun(t):
		dir := t.TempDir()
		rerun(t, func(cmd *exec.Cmd) {
			newNet(cmd)
			cmd.SysProcAttr.Cloneflags |= unix.CLONE_NEWNS | unix.CLONE_NEWPID
			cmd.Env = append(cmd.Env, rootEnv+"="+dir)
		})
		return
	case os.Getpid() == 1:
		must(t, unix.Mount("", "/", "", unix.MS_REC|unix.MS_PRIVATE, ""))
		for dir, fstype := range map[string]string{"proc": "proc", "sys": "sysfs"} {
			must(t, os.Mkdir(filepath.Join(root, dir), 0o755))
			must(t, unix.Mount(fstype, filepath.Join(root, dir), fstype, 0, ""))
			t.Cleanup(func() {
				must(t, unix.Unmount(filepath.Join(root, dir), unix.MNT_DETACH))
				must(t, os.Remove(filepath.Join(root, dir)))
			})
		}
		output(t, "ip", "link", "add", "inside", "type", "bridge")
		output(t, "ip", "addr", "add", "10.1.2.3/8", "dev", "inside")
		s, err := psutil.New()
		must(t, err)
		names := netNames(t, s)
		rerun(t, func(cmd *exec.Cmd) {
			newNet(cmd)
			cmd.Env = append(cmd.Env, namesEnv+"="+names)
		})
		return
	}
	s, err := psutil.New(psutil.WithRoot(root))
	must(t, err)
	want := os.Getenv(namesEnv)
	if got := netNames(t, s); got != want || !strings.Contains(got, "10.1.2.3/8") {
		t.Errorf("below the root:\n%s\nthere:\n%s", got, want)
	}
	own, err := psutil.New()
	must(t, err)
	if got := netNames(t, own); got == want || strings.Count(got, "io ") != 1 {
		t.Errorf("without a root:\n%s", got)
	}
}
