package nt

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"net/netip"
	"reflect"
	"strings"
	"testing"
)

// adapterOffsets are those of IP_ADAPTER_ADDRESSES_LH by the size of a pointer, as a
// compiler of C has them; "XP" is the size of IP_ADAPTER_ADDRESSES_XP.
var adapterOffsets = map[int]map[string]int{
	8: {
		"Length": 0, "IfIndex": 4, "Next": 8, "AdapterName": 16, "FirstUnicastAddress": 24, "DnsSuffix": 56, "Description": 64,
		"FriendlyName": 72, "PhysicalAddress": 80, "PhysicalAddressLength": 88, "Flags": 92, "Mtu": 96, "IfType": 100,
		"OperStatus": 104, "Ipv6IfIndex": 108, "XP": 184, "TransmitLinkSpeed": 184, "ReceiveLinkSpeed": 192,
		"Ipv4Metric": 216, "Ipv6Metric": 220, "Luid": 224, "size": 448,
	},
	4: {
		"Length": 0, "IfIndex": 4, "Next": 8, "AdapterName": 12, "FirstUnicastAddress": 16, "DnsSuffix": 32, "Description": 36,
		"FriendlyName": 40, "PhysicalAddress": 44, "PhysicalAddressLength": 52, "Flags": 56, "Mtu": 60, "IfType": 64,
		"OperStatus": 68, "Ipv6IfIndex": 72, "XP": 144, "TransmitLinkSpeed": 144, "ReceiveLinkSpeed": 152,
		"Ipv4Metric": 168, "Ipv6Metric": 172, "Luid": 176, "size": 376,
	},
}

// unicastOffsets are those of IP_ADAPTER_UNICAST_ADDRESS_LH.
var unicastOffsets = map[int]map[string]int{
	8: {
		"Length": 0, "Flags": 4, "Next": 8, "lpSockaddr": 16, "iSockaddrLength": 24, "PrefixOrigin": 32, "SuffixOrigin": 36,
		"DadState": 40, "ValidLifetime": 44, "PreferredLifetime": 48, "LeaseLifetime": 52, "OnLinkPrefixLength": 56, "size": 64,
	},
	4: {
		"Length": 0, "Flags": 4, "Next": 8, "lpSockaddr": 12, "iSockaddrLength": 16, "PrefixOrigin": 20, "SuffixOrigin": 24,
		"DadState": 28, "ValidLifetime": 32, "PreferredLifetime": 36, "LeaseLifetime": 40, "OnLinkPrefixLength": 44, "size": 48,
	},
}

// adapterBuffer is a buffer as GetAdaptersAddresses fills it in.
type adapterBuffer struct {
	b       []byte
	base    uint64
	pointer int
}

// room adds bytes that are aligned as structs are, and returns their address.
func (a *adapterBuffer) room(size int) uint64 {
	for len(a.b)%8 != 0 {
		a.b = append(a.b, 0xee)
	}
	address := a.base + uint64(len(a.b))
	a.b = append(a.b, bytes.Repeat([]byte{0xee}, size)...)
	return address
}

// bytes adds some, and returns their address.
func (a *adapterBuffer) bytes(b []byte) uint64 {
	address := a.base + uint64(len(a.b))
	a.b = append(a.b, b...)
	return address
}

// put sets a number of 1, 2, 4 or 8 bytes, or of a pointer's for 0.
func (a *adapterBuffer) put(address uint64, size int, v uint64) {
	if size == 0 {
		size = a.pointer
	}
	var n [8]byte
	binary.LittleEndian.PutUint64(n[:], v)
	copy(a.b[address-a.base:], n[:size])
}

// adapter adds an adapter with the fields that every Windows has, and no text.
func (a *adapterBuffer) adapter(size int, index, ipv6Index uint64) uint64 {
	at, o := a.room(size), adapterOffsets[a.pointer]
	a.put(at, 4, uint64(size))
	a.put(at+uint64(o["IfIndex"]), 4, index)
	a.put(at+uint64(o["Ipv6IfIndex"]), 4, ipv6Index)
	for _, name := range []string{"Next", "AdapterName", "FirstUnicastAddress", "DnsSuffix", "Description", "FriendlyName"} {
		a.put(at+uint64(o[name]), 0, 0)
	}
	a.put(at+uint64(o["PhysicalAddressLength"]), 4, 0)
	for i, name := range []string{"Flags", "Mtu", "IfType", "OperStatus"} {
		a.put(at+uint64(o[name]), 4, index*10+uint64(i))
	}
	return at
}

// unicast adds an address.
func (a *adapterBuffer) unicast(prefix uint64, socket []byte) uint64 {
	at, o := a.room(unicastOffsets[a.pointer]["size"]), unicastOffsets[a.pointer]
	a.put(at, 4, uint64(o["size"]))
	a.put(at+uint64(o["Flags"]), 4, prefix+1)
	a.put(at+uint64(o["Next"]), 0, 0)
	for i, name := range []string{"PrefixOrigin", "SuffixOrigin", "DadState", "ValidLifetime", "PreferredLifetime", "LeaseLifetime"} {
		a.put(at+uint64(o[name]), 4, uint64(1+i))
	}
	a.put(at+uint64(o["OnLinkPrefixLength"]), 1, prefix)
	a.put(at+uint64(o["lpSockaddr"]), 0, a.bytes(socket))
	a.put(at+uint64(o["iSockaddrLength"]), 4, uint64(len(socket)))
	return at
}

// unicastOf is what unicast adds.
func unicastOf(prefix uint8, addr netip.Addr) AdapterAddress {
	return AdapterAddress{
		Addr: addr, PrefixLength: prefix, PrefixOrigin: PrefixManual, SuffixOrigin: SuffixWellKnown, DadState: DadDeprecated,
		Flags: uint32(prefix) + 1, ValidLifetime: 4, PreferredLifetime: 5,
	}
}

var (
	socketIP4   = netBytes(uint16(2), uint16(0), [4]byte{192, 0, 2, 7}, [8]byte{})
	socketIP6   = netBytes(uint16(23), uint16(0), uint32(0), netIP6("2001:db8::7"), uint32(0))
	socketLocal = netBytes(uint16(23), uint16(0), uint32(0), netIP6("fe80::7"), uint32(12))
)

// twoAdapters are one with everything, and one of Windows XP's size. The last byte is
// needed.
func twoAdapters(pointer int) *adapterBuffer {
	a := &adapterBuffer{base: 0x7ff0_0000, pointer: pointer}
	if pointer == 8 {
		a.base = 0x1f2_3456_7890
	}
	o, u := adapterOffsets[pointer], unicastOffsets[pointer]
	first := a.adapter(o["size"], 5, 6)
	at := func(name string) uint64 { return first + uint64(o[name]) }
	copy(a.b[o["PhysicalAddress"]:], []byte{2, 0xfc, 0, 0, 0, 1})
	a.put(at("PhysicalAddressLength"), 4, 6)
	a.put(at("TransmitLinkSpeed"), 8, 1e9)
	a.put(at("ReceiveLinkSpeed"), 8, 1<<64-1)
	a.put(at("Ipv4Metric"), 4, 25)
	a.put(at("Ipv6Metric"), 4, 26)
	a.put(at("Luid"), 8, 0x6000002000000)
	a.put(at("AdapterName"), 0, a.bytes([]byte("{GUID}\x00")))
	a.put(at("Description"), 0, a.bytes(utf16le("Größe 😀\x00")))
	a.put(at("DnsSuffix"), 0, a.bytes(utf16le("\x00")))
	a.put(at("FriendlyName"), 0, a.bytes(utf16le("Ethernet 2\x00")))
	field := at("FirstUnicastAddress")
	for i, socket := range [][]byte{socketIP4, socketIP6, socketLocal, socketIP4[:15], socketIP6[:27], netBytes(uint16(1), [30]byte{}), nil} {
		address := a.unicast(uint64(24+i), socket)
		a.put(field, 0, address)
		field = address + uint64(u["Next"])
	}
	second := a.adapter(o["XP"], 0, 9)
	a.put(at("Next"), 0, second)
	a.put(second+uint64(o["PhysicalAddressLength"]), 4, 9)
	a.put(second+uint64(o["FriendlyName"]), 0, a.bytes(utf16le("lo\x00")))
	return a
}

// readAdapters is what is in the buffer, with the addresses of each adapter.
func readAdapters(b []byte, base uint64, pointer int) (adapters []Adapter, addresses [][]AdapterAddress, errs []error) {
	list, errs := gather(EachAdapter(b, base, pointer))
	for _, a := range list {
		unicast, bad := gather(a.EachUnicast())
		addresses, errs = append(addresses, unicast), append(errs, bad...)
		a.list, a.firstUnicast = linkedList{}, 0
		adapters = append(adapters, *a)
	}
	return adapters, addresses, errs
}

func TestEachAdapter(t *testing.T) {
	for name, pointer := range pointers {
		t.Run(name, func(t *testing.T) {
			a := twoAdapters(pointer)
			want := []Adapter{
				{
					Index: 5, IPv6Index: 6, Name: []byte("{GUID}"), DNSSuffix: []byte{}, Description: utf16le("Größe 😀"),
					FriendlyName: utf16le("Ethernet 2"), PhysicalAddress: []byte{2, 0xfc, 0, 0, 0, 1},
					Flags: 50, MTU: 51, Type: 52, OperStatus: 53, TransmitLinkSpeed: 1e9, ReceiveLinkSpeed: 1<<64 - 1,
					IPv4Metric: 25, IPv6Metric: 26, LUID: 0x6000002000000,
				},
				{
					IPv6Index: 9, FriendlyName: utf16le("lo"), PhysicalAddress: bytes.Repeat([]byte{0xee}, 8),
					Flags: 0, MTU: 1, Type: 2, OperStatus: OperStatusTesting,
				},
			}
			addresses := [][]AdapterAddress{
				{
					unicastOf(24, netip.MustParseAddr("192.0.2.7")), unicastOf(25, netip.MustParseAddr("2001:db8::7")),
					unicastOf(26, netip.MustParseAddr("fe80::7%12")), unicastOf(27, netip.Addr{}), unicastOf(28, netip.Addr{}),
					unicastOf(29, netip.Addr{}), unicastOf(30, netip.Addr{}),
				},
				nil,
			}
			got, unicast, errs := readAdapters(a.b, a.base, pointer)
			if !reflect.DeepEqual(got, want) || errs != nil {
				t.Errorf("errors %v\n got %+v\nwant %+v", errs, got, want)
			}
			if !reflect.DeepEqual(unicast, addresses) {
				t.Errorf("\n got %+v\nwant %+v", unicast, addresses)
			}
			for i := range a.b {
				got, unicast, errs := readAdapters(a.b[:i:i], a.base, pointer)
				if len(errs) == 0 || len(got) > 0 && !reflect.DeepEqual(got, want[:len(got)]) {
					t.Fatalf("cut at %d: errors %v, %+v", i, errs, got)
				}
				for j, of := range unicast {
					if len(of) > 0 && !reflect.DeepEqual(of, addresses[j][:len(of)]) {
						t.Fatalf("cut at %d: errors %v, %+v", i, errs, of)
					}
				}
			}
			for adapter := range EachAdapter(a.b, a.base, pointer) {
				for range adapter.EachUnicast() {
					break
				}
				break
			}
		})
	}
	if got, errs := gather(EachAdapter(nil, 0, 8)); got != nil || errs != nil {
		t.Errorf("no buffer: %v, %v", got, errs)
	}
	a := twoAdapters(8)
	if got, errs := gather(EachAdapter(a.b, a.base, 2)); got != nil || len(errs) != 1 {
		t.Errorf("pointers of 2 bytes: %v, %v", got, errs)
	}
}

// TestEachAdapterHostile changes a field of the first adapter, or of its first
// address, to what can't be.
func TestEachAdapterHostile(t *testing.T) {
	const outside = 1 << 20 // from the beginning of the buffer
	tests := []struct {
		field               string
		size                int
		offset              int64 // a number, or where a pointer points in the buffer
		adapters, addresses int   // of the first adapter
	}{
		{"Length", 4, 0, 0, 0},
		{"Length", 4, 3, 0, 0},
		{"Length", 4, 75, 0, 0},
		{"Length", 4, outside, 0, 0},
		{"Length", 4, 1<<32 - 1, 0, 0},
		{"Next", 0, 0, 2, 7}, // itself; nothing has as much room as two of them
		{"Next", 0, -1, 1, 7},
		{"Next", 0, outside, 1, 7},
		{"AdapterName", 0, outside, 0, 0},
		{"DnsSuffix", 0, -1, 0, 0},
		{"Description", 0, outside, 0, 0},
		{"FriendlyName", 0, -1, 0, 0},
		{"FirstUnicastAddress", 0, -1, 2, 0},
		{"FirstUnicastAddress", 0, outside, 2, 0},
		{"unicast Length", 4, 0, 2, 0},
		{"unicast Length", 4, 44, 2, 0},
		{"unicast Length", 4, outside, 2, 0},
		{"unicast Next", 0, -1, 2, 1},
		{"unicast Next", 0, outside, 2, 1},
		{"unicast lpSockaddr", 0, outside, 2, 0},
		{"unicast lpSockaddr", 0, -1, 2, 0},
		{"unicast iSockaddrLength", 4, outside, 2, 0},
		{"unicast iSockaddrLength", 4, 1<<32 - 1, 2, 0},
	}
	for name, pointer := range pointers {
		for _, tt := range tests {
			t.Run(fmt.Sprintf("%s/%s=%d", name, tt.field, tt.offset), func(t *testing.T) {
				a := twoAdapters(pointer)
				o := adapterOffsets[pointer]
				at := a.base + uint64(o[tt.field])
				if name, found := strings.CutPrefix(tt.field, "unicast "); found {
					c := a.b[o["FirstUnicastAddress"]:]
					first := uint64(binary.LittleEndian.Uint32(c))
					if pointer == 8 {
						first = binary.LittleEndian.Uint64(c)
					}
					at = first + uint64(unicastOffsets[pointer][name])
				}
				v := uint64(tt.offset)
				if tt.size == 0 {
					v += a.base
				}
				a.put(at, tt.size, v)
				adapters, addresses, errs := readAdapters(a.b, a.base, pointer)
				if len(errs) != 1 || len(adapters) != tt.adapters || len(adapters) > 0 && len(addresses[0]) != tt.addresses {
					t.Errorf("%d adapters, addresses %+v, errors %v", len(adapters), addresses, errs)
				}
			})
		}
	}
}

// TestEachAdapterLoop has lists whose last record points to the first.
func TestEachAdapterLoop(t *testing.T) {
	for _, pointer := range pointers {
		a := &adapterBuffer{base: 4096, pointer: pointer}
		o, u := adapterOffsets[pointer], unicastOffsets[pointer]
		first := a.adapter(o["XP"], 1, 1)
		second := a.adapter(o["XP"], 2, 2)
		one, two := a.unicast(1, socketIP4), a.unicast(2, socketIP4)
		a.put(first+uint64(o["Next"]), 0, second)
		a.put(second+uint64(o["Next"]), 0, first)
		a.put(first+uint64(o["FirstUnicastAddress"]), 0, one)
		a.put(one+uint64(u["Next"]), 0, two)
		a.put(two+uint64(u["Next"]), 0, one)
		adapters, errs := gather(EachAdapter(a.b, a.base, pointer))
		if len(adapters) < 2 || len(adapters) > len(a.b)/o["XP"] || len(errs) != 1 {
			t.Fatalf("%d adapters, errors %v", len(adapters), errs)
		}
		addresses, errs := gather(adapters[0].EachUnicast())
		if len(addresses) < 2 || len(addresses) > len(a.b)/u["size"] || len(errs) != 1 {
			t.Errorf("%d addresses, errors %v", len(addresses), errs)
		}
	}
}

func TestAddressEnums(t *testing.T) {
	if PrefixRouterAdvertisement != 4 || SuffixRandom != 5 || DadPreferred != 4 {
		t.Error(PrefixRouterAdvertisement, SuffixRandom, DadPreferred)
	}
}

func FuzzAdapter(f *testing.F) {
	for _, pointer := range pointers {
		a := twoAdapters(pointer)
		f.Add(a.b, a.base, pointer == 8)
	}
	f.Fuzz(func(t *testing.T, b []byte, base uint64, wide bool) {
		pointer := 4
		if wide {
			pointer = 8
		}
		adapters, errs := gather(EachAdapter(b, base, pointer))
		if len(adapters) > len(b)/adapterOffsets[pointer]["Ipv6IfIndex"] || len(errs) > 1 || base != 0 && len(adapters)+len(errs) == 0 {
			t.Fatalf("%d adapters, errors %v of %d bytes", len(adapters), errs, len(b))
		}
		for _, a := range adapters {
			if len(a.PhysicalAddress) > 8 || bytes.IndexByte(a.Name, 0) >= 0 {
				t.Fatalf("%+v", a)
			}
			for _, text := range [][]byte{a.DNSSuffix, a.Description, a.FriendlyName} {
				if len(text)%2 != 0 || len(text) > len(b) {
					t.Fatalf("text of %d bytes", len(text))
				}
			}
			addresses, errs := gather(a.EachUnicast())
			if len(addresses) > len(b)/unicastOffsets[pointer]["OnLinkPrefixLength"] || len(errs) > 1 {
				t.Fatalf("%d addresses, errors %v of %d bytes", len(addresses), errs, len(b))
			}
		}
	})
}
