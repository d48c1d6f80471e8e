package sys

import (
	"unsafe"

	"golang.org/x/sys/windows"
)

var (
	getExtendedTCPTable = proc{dll: &iphlpapi, name: "GetExtendedTcpTable"}
	getExtendedUDPTable = proc{dll: &iphlpapi, name: "GetExtendedUdpTable"}
	getIfTable2         = proc{dll: &iphlpapi, name: "GetIfTable2"}
	freeMibTable        = proc{dll: &iphlpapi, name: "FreeMibTable"}
)

// The classes of the tables (iprtrmib.h TCP_TABLE_CLASS, UDP_TABLE_CLASS).
const (
	tcpTableOwnerPIDAll = 5
	udpTableOwnerPID    = 1
)

// TCPTable fills in the connections and listeners of IPv4 or IPv6, with their PIDs.
func TCPTable(six bool, buf []byte) ([]byte, error) {
	return socketTable(&getExtendedTCPTable, tcpTableOwnerPIDAll, six, buf)
}

// UDPTable is TCPTable of UDP.
func UDPTable(six bool, buf []byte) ([]byte, error) {
	return socketTable(&getExtendedUDPTable, udpTableOwnerPID, six, buf)
}

func socketTable(p *proc, class uintptr, six bool, buf []byte) ([]byte, error) {
	family := uintptr(windows.AF_INET)
	if six {
		family = windows.AF_INET6
	}
	return grow(buf, 4<<10, func(b []byte) (uint32, error) {
		n := uint32(len(b))
		err := p.code(uintptr(unsafe.Pointer(unsafe.SliceData(b))), uintptr(unsafe.Pointer(&n)), 0, family, class, 0)
		return n, err
	})
}

// InterfaceTable is MIB_IF_TABLE2.
func InterfaceTable() ([]byte, error) {
	// The struct of package windows is smaller on 386, where Go aligns 64-bit numbers to
	// 4 bytes and Windows to 8.
	const header, row = 8, 1352
	var table *windows.MibIfTable2
	if err := getIfTable2.code(uintptr(unsafe.Pointer(&table))); err != nil {
		return nil, err
	}
	defer freeMibTable.code(uintptr(unsafe.Pointer(table))) // which returns nothing
	return append([]byte(nil), unsafe.Slice((*byte)(unsafe.Pointer(table)), header+int(table.NumEntries)*row)...), nil
}

// Adapters is a list of IP_ADAPTER_ADDRESSES, with unicast addresses only. Base is the
// address that it was filled in at.
func Adapters() (b []byte, base uint64, err error) {
	const flags = windows.GAA_FLAG_SKIP_ANYCAST | windows.GAA_FLAG_SKIP_MULTICAST | windows.GAA_FLAG_SKIP_DNS_SERVER
	// The list may grow between the calls, and is aligned to its pointers.
	b, err = grow(nil, 16<<10, func(b []byte) (uint32, error) {
		n := uint32(len(b))
		err := windows.GetAdaptersAddresses(windows.AF_UNSPEC, flags, 0, (*windows.IpAdapterAddresses)(unsafe.Pointer(unsafe.SliceData(b))), &n)
		if err == windows.ERROR_NO_DATA {
			return 0, nil
		}
		return n, err
	})
	return b, address(b), err
}
