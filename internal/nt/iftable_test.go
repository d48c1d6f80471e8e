package nt

import (
	"bytes"
	"encoding/binary"
	"reflect"
	"slices"
	"testing"
)

// netField is a field of so many bytes that begins with some and has others behind.
func netField(size int, b []byte) []byte {
	field := bytes.Repeat([]byte{0xee}, size)
	copy(field, b)
	return field
}

// interfaceOffsets are those of the numbers in MIB_IF_ROW2, and their sizes, as a
// compiler of C has them.
var interfaceOffsets = []struct{ offset, size int }{
	{0, 8}, {8, 4}, {1056, 4}, {1124, 4}, {1128, 4}, {1132, 4}, {1136, 4}, {1140, 4}, {1144, 4}, {1148, 4}, {1152, 1},
	{1156, 4}, {1160, 4}, {1164, 4}, {1184, 4}, {1192, 8}, {1200, 8}, {1208, 8}, {1216, 8}, {1224, 8}, {1232, 8}, {1240, 8},
	{1248, 8}, {1256, 8}, {1264, 8}, {1272, 8}, {1280, 8}, {1288, 8}, {1296, 8}, {1304, 8}, {1312, 8}, {1320, 8}, {1328, 8},
	{1336, 8}, {1344, 8},
}

// netInterface is a row with numbers in the order of the struct.
func netInterface(alias, description, physical []byte, numbers ...uint64) []byte {
	b := bytes.Repeat([]byte{0xee}, 1352)
	if len(numbers) != len(interfaceOffsets) {
		panic("numbers")
	}
	for i, f := range interfaceOffsets {
		var n [8]byte
		binary.LittleEndian.PutUint64(n[:], numbers[i])
		copy(b[f.offset:], n[:f.size])
	}
	copy(b[12:], "interface's GUID")
	copy(b[28:542], alias)
	copy(b[542:1056], description)
	copy(b[1060:1092], physical)
	copy(b[1168:], "one of a network")
	return b
}

var (
	ethernetRow = netInterface(utf16le("Ethernet 2\x00"), utf16le("Größe 😀\x00"), []byte{2, 0xfc, 0, 0, 0, 1},
		0x6000002000000, 5, 6, 1500, 6, 13, 9, 14, 2, 3, 0b101, 1, 2, 1, 4, 1e9, 1<<64-1,
		1<<63+1, 102, 103, 104, 105, 106, 107, 108, 109, 110, 111, 112, 113, 114, 115, 116, 117, 118)
	longRow = netInterface(netField(514, nil), netField(514, nil), netField(32, []byte{1, 2, 3}),
		1, 2, 33, 1<<32-1, 24, 1, 2, 3, 4, 5, 0xff, 7, 3, 2, 6, 7, 8,
		1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18)
	interfaceTable = netBytes(uint32(2), uint32(0xeeeeeeee), ethernetRow, longRow)
)

func interfaceRows() []*InterfaceRow {
	guid, network := [16]byte([]byte("interface's GUID")), [16]byte([]byte("one of a network"))
	return []*InterfaceRow{
		{
			LUID: 0x6000002000000, Index: 5, GUID: guid, Alias: utf16le("Ethernet 2"), Description: utf16le("Größe 😀"),
			PhysicalAddress: []byte{2, 0xfc, 0, 0, 0, 1}, MTU: 1500, Type: InterfaceEthernet, TunnelType: 13,
			MediaType: 9, PhysicalMedium: 14, AccessType: 2, DirectionType: 3, Flags: InterfaceHardware | InterfaceConnectorPresent,
			OperStatus: OperStatusUp, AdminStatus: AdminStatusDown, MediaConnectState: MediaConnectStateConnected,
			NetworkGUID: network, ConnectionType: 4, TransmitLinkSpeed: 1e9, ReceiveLinkSpeed: 1<<64 - 1,
			InOctets: 1<<63 + 1, InUcastPkts: 102, InNUcastPkts: 103, InDiscards: 104, InErrors: 105, InUnknownProtos: 106,
			InUcastOctets: 107, InMulticastOctets: 108, InBroadcastOctets: 109,
			OutOctets: 110, OutUcastPkts: 111, OutNUcastPkts: 112, OutDiscards: 113, OutErrors: 114,
			OutUcastOctets: 115, OutMulticastOctets: 116, OutBroadcastOctets: 117, OutQLen: 118,
		},
		{
			LUID: 1, Index: 2, GUID: guid, Alias: bytes.Repeat([]byte{0xee}, 514), Description: bytes.Repeat([]byte{0xee}, 514),
			PhysicalAddress: netField(32, []byte{1, 2, 3}), MTU: 1<<32 - 1, Type: InterfaceSoftwareLoopback, TunnelType: 1,
			MediaType: 2, PhysicalMedium: 3, AccessType: 4, DirectionType: 5, Flags: 0xff,
			OperStatus: OperStatusLowerLayerDown, AdminStatus: AdminStatusTesting, MediaConnectState: MediaConnectStateDisconnected,
			NetworkGUID: network, ConnectionType: 6, TransmitLinkSpeed: 7, ReceiveLinkSpeed: 8,
			InOctets: 1, InUcastPkts: 2, InNUcastPkts: 3, InDiscards: 4, InErrors: 5, InUnknownProtos: 6,
			InUcastOctets: 7, InMulticastOctets: 8, InBroadcastOctets: 9,
			OutOctets: 10, OutUcastPkts: 11, OutNUcastPkts: 12, OutDiscards: 13, OutErrors: 14,
			OutUcastOctets: 15, OutMulticastOctets: 16, OutBroadcastOctets: 17, OutQLen: 18,
		},
	}
}

func TestEachInterface(t *testing.T) {
	checkNetTable(t, EachInterface, interfaceTable, 8, 1352, interfaceRows())
}

func TestParseInterface(t *testing.T) {
	want := *interfaceRows()[0]
	for _, b := range [][]byte{ethernetRow, slices.Concat(ethernetRow, []byte{1})} {
		if got, err := ParseInterface(b); !reflect.DeepEqual(got, want) || err != nil {
			t.Errorf("error %v\n got %+v\nwant %+v", err, got, want)
		}
	}
	for i := range ethernetRow {
		if got, err := ParseInterface(ethernetRow[:i:i]); !reflect.DeepEqual(got, InterfaceRow{}) || err == nil {
			t.Fatalf("cut at %d: error %v, %+v", i, err, got)
		}
	}
}

func FuzzInterface(f *testing.F) {
	f.Add(interfaceTable)
	f.Add(ethernetRow)
	f.Fuzz(func(t *testing.T, b []byte) {
		rows := fuzzNetTable(t, EachInterface, b, 8, 1352)
		if one, err := ParseInterface(b); (err == nil) != (len(b) >= 1352) {
			t.Fatalf("error %v from %d bytes", err, len(b))
		} else if err == nil {
			rows = append(rows, &one)
		}
		for _, r := range rows {
			if len(r.PhysicalAddress) > 32 || len(r.Alias) > 514 || len(r.Description) > 514 || len(r.Alias)%2 != 0 || len(r.Description)%2 != 0 {
				t.Fatalf("%+v", r)
			}
		}
	})
}
