package nt

import (
	"encoding/binary"
	"iter"
	"net/netip"
	"reflect"
	"testing"
)

// netBytes lays out numbers and bytes, one after the other.
func netBytes(fields ...any) []byte {
	var b []byte
	for _, f := range fields {
		var err error
		if b, err = binary.Append(b, binary.LittleEndian, f); err != nil {
			panic(err)
		}
	}
	return b
}

// netIP6 is an IPv6 address as it is in memory.
func netIP6(s string) [16]byte { return netip.MustParseAddr(s).As16() }

// netPort is a DWORD with a port in network byte order, and something in the half
// that is not to be used.
func netPort(port uint16) []byte { return []byte{byte(port >> 8), byte(port), 0xee, 0xdd} }

// checkNetTable gives a table whole, with more behind it, and cut at every byte.
func checkNetTable[T any](t *testing.T, each func([]byte) iter.Seq2[T, error], b []byte, first, size int, want []T) {
	t.Helper()
	if len(b) != first+size*len(want) {
		t.Fatalf("the test's table has %d bytes, not %d", len(b), first+size*len(want))
	}
	for _, b := range [][]byte{b, append(b[:len(b):len(b)], 1, 2, 3)} {
		if got, errs := gather(each(b)); !reflect.DeepEqual(got, want) || errs != nil {
			t.Errorf("errors %v\n got %+v\nwant %+v", errs, got, want)
		}
	}
	for i := range b {
		got, errs := gather(each(b[:i:i]))
		n := max(i-first, 0) / size
		if len(got) != n || n > 0 && !reflect.DeepEqual(got, want[:n]) || len(errs) != 1 {
			t.Fatalf("cut at %d: errors %v, %+v", i, errs, got)
		}
	}
	seen := 0
	for range each(b) {
		seen++
		break
	}
	if seen != 1 {
		t.Error("no row")
	}
	empty := make([]byte, first)
	if got, errs := gather(each(empty)); got != nil || errs != nil {
		t.Errorf("no rows: %+v, %v", got, errs)
	}
	lies := append([]byte{0xff, 0xff, 0xff, 0xff}, b[4:]...)
	if got, errs := gather(each(lies)); !reflect.DeepEqual(got, want) || len(errs) != 1 {
		t.Errorf("4294967295 rows: errors %v\n got %+v\nwant %+v", errs, got, want)
	}
}

// fuzzNetTable checks what holds of every table.
func fuzzNetTable[T any](t *testing.T, each func([]byte) iter.Seq2[T, error], b []byte, first, size int) []T {
	got, errs := gather(each(b))
	whole := len(b) >= first && uint64(binary.LittleEndian.Uint32(b)) == uint64(len(got))
	if len(got) > max(len(b)-first, 0)/size || len(errs) > 1 || whole != (errs == nil) {
		t.Fatalf("%d rows and errors %v from %d bytes", len(got), errs, len(b))
	}
	return got
}

var tcp4Table = netBytes(uint32(3),
	uint32(2), [4]byte{}, netPort(135), [4]byte{9, 9, 9, 9}, netPort(59000), uint32(1044),
	uint32(5), [4]byte{192, 0, 2, 1}, netPort(50001), [4]byte{198, 51, 100, 2}, netPort(443), uint32(0xfffffffc),
	uint32(11), [4]byte{127, 0, 0, 1}, netPort(1), [4]byte{127, 0, 0, 1}, netPort(65535), uint32(0))

func TestEachTCP4(t *testing.T) {
	ap := netip.MustParseAddrPort
	checkNetTable(t, EachTCP4, tcp4Table, 4, 24, []TCPRow{
		{ap("0.0.0.0:135"), ap("9.9.9.9:59000"), TCPStateListen, 1044},
		{ap("192.0.2.1:50001"), ap("198.51.100.2:443"), TCPStateEstab, 4294967292},
		{ap("127.0.0.1:1"), ap("127.0.0.1:65535"), TCPStateTimeWait, 0},
	})
}

var tcp6Table = netBytes(uint32(4),
	netIP6("::"), uint32(0), netPort(445), netIP6("::"), uint32(0), netPort(0), uint32(2), uint32(4),
	netIP6("fe80::1"), uint32(12), netPort(50002), netIP6("fe80::2"), uint32(0xfffffffe), netPort(5985), uint32(8), uint32(77),
	netIP6("::ffff:192.0.2.1"), uint32(0), netPort(50003), netIP6("::ffff:192.0.2.2"), uint32(0), netPort(80), uint32(12), uint32(78),
	netIP6("2001:db8::1"), uint32(0), netPort(50004), netIP6("::"), uint32(0), netPort(0), uint32(100), uint32(79))

func TestEachTCP6(t *testing.T) {
	ap := netip.MustParseAddrPort
	checkNetTable(t, EachTCP6, tcp6Table, 4, 56, []TCPRow{
		{ap("[::]:445"), ap("[::]:0"), TCPStateListen, 4},
		{ap("[fe80::1%12]:50002"), ap("[fe80::2%4294967294]:5985"), TCPStateCloseWait, 77},
		{ap("[::ffff:192.0.2.1]:50003"), ap("[::ffff:192.0.2.2]:80"), TCPStateDeleteTCB, 78},
		{ap("[2001:db8::1]:50004"), ap("[::]:0"), TCPStateReserved, 79},
	})
}

func TestTCPStates(t *testing.T) {
	for want, got := range []TCPState{
		1: TCPStateClosed, 2: TCPStateListen, 3: TCPStateSynSent, 4: TCPStateSynRcvd, 5: TCPStateEstab, 6: TCPStateFinWait1,
		7: TCPStateFinWait2, 8: TCPStateCloseWait, 9: TCPStateClosing, 10: TCPStateLastAck, 11: TCPStateTimeWait, 12: TCPStateDeleteTCB,
	} {
		if got != TCPState(want) {
			t.Errorf("state %d is %d", want, got)
		}
	}
}

// TestEachTCPAllocate has tables of a row and of many, which must cost the same.
func TestEachTCPAllocate(t *testing.T) {
	allocs := func(rows int) float64 {
		b := netBytes(uint32(rows))
		for range rows {
			b = append(b, tcp4Table[4:28]...)
		}
		return testing.AllocsPerRun(10, func() {
			n := 0
			for _, err := range EachTCP4(b) {
				if err != nil {
					t.Fatal(err)
				}
				n++
			}
			if n != rows {
				t.Fatalf("%d rows, want %d", n, rows)
			}
		})
	}
	if one, many := allocs(1), allocs(1000); many != one {
		t.Errorf("%v allocations for a row, %v for 1000", one, many)
	}
}

func FuzzTCP(f *testing.F) {
	f.Add(tcp4Table)
	f.Add(tcp6Table)
	f.Fuzz(func(t *testing.T, b []byte) {
		for _, r := range fuzzNetTable(t, EachTCP4, b, 4, 24) {
			if !r.Local.Addr().Is4() || !r.Remote.Addr().Is4() {
				t.Fatalf("%+v", r)
			}
		}
		for _, r := range fuzzNetTable(t, EachTCP6, b, 4, 56) {
			if !r.Local.Addr().Is6() || !r.Remote.Addr().Is6() || r.Local.Addr().Zone() == "0" {
				t.Fatalf("%+v", r)
			}
		}
	})
}
