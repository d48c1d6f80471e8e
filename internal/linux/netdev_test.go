package linux

import (
	"strings"
	"testing"
)

const (
	netDevHeader = `Inter-|   Receive                                                |  Transmit
 face |bytes    packets errs drop fifo frame compressed multicast|bytes    packets errs drop fifo colls carrier compressed
`
	netDevRows = `    lo:    3193      29    0    0    0     0          0         0     3193      29    0    0    0     0       0          0
  eth0: 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16
`
)

func netDev(name string) NetDev {
	return NetDev{
		Name: []byte(name), RxBytes: 1, RxPackets: 2, RxErrors: 3, RxDropped: 4, RxFIFO: 5, RxFrame: 6, RxCompressed: 7, RxMulticast: 8,
		TxBytes: 9, TxPackets: 10, TxErrors: 11, TxDropped: 12, TxFIFO: 13, TxCollisions: 14, TxCarrier: 15, TxCompressed: 16,
	}
}

func TestEachNetDev(t *testing.T) {
	lo := NetDev{Name: []byte("lo"), RxBytes: 3193, RxPackets: 29, TxBytes: 3193, TxPackets: 29}
	checkRows(t, EachNetDev, netDevHeader+netDevRows, []NetDev{lo, netDev("eth0")})
	const rest = " 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16\n"
	checkRows(t, EachNetDev, netDevHeader+
		"eth0:1"+rest+ // Linux before 2.6.38, when a counter has more than eight digits
		"eth0:2:1"+rest+
		"  eth0:3: 1"+rest+
		"we|rd: 1"+rest+
		"more: 1"+strings.TrimSuffix(rest, "\n")+" 17\n", []NetDev{
		netDev("eth0"), netDev("eth0:2"), netDev("eth0:3"), netDev("we|rd"), netDev("more"),
	})
	checkRows(t, EachNetDev, netDevHeader+
		"nocolon 1"+rest+
		": 1"+rest+
		"short: 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15\n"+
		"neg: -1"+rest+
		"big: 18446744073709551616"+rest+
		"max: 18446744073709551615 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0\n"+
		"cut: 1"+strings.TrimSuffix(rest, "\n"), []NetDev{{Name: []byte("max"), RxBytes: 1<<64 - 1}}, 3, 4, 5, 6, 7, 9)
	checkRows(t, EachNetDev, netDevHeader, nil)
	checkRows(t, EachNetDev, "", nil)
	checkCuts(t, EachNetDev, netDevHeader+netDevRows, 2)
	b := []byte(netDevHeader + netDevRows)
	checkNoAllocs(t, func() {
		var sum uint64
		for d, err := range EachNetDev(b) {
			if err != nil {
				t.Fatal(err)
			}
			sum += d.RxBytes
		}
		if sum != 3194 {
			t.Fatal(sum)
		}
	})
}

func FuzzNetDev(f *testing.F) {
	f.Add([]byte(netDevHeader + netDevRows))
	f.Add([]byte("\n\n:\neth0:1 2\n"))
	f.Fuzz(func(t *testing.T, b []byte) {
		for _, d := range fuzzRows(t, b, EachNetDev) {
			if len(d.Name) == 0 {
				t.Fatalf("%+v", d)
			}
		}
	})
}
