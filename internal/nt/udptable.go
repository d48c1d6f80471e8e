package nt

import (
	"iter"
	"net/netip"

	"github.com/go-psutil/psutil/internal/wire"
)

// UDPRow is MIB_UDPROW_OWNER_PID, or MIB_UDP6ROW_OWNER_PID (udpmib.h of the Windows
// SDK). Windows does not tell what a socket is connected to.
type UDPRow struct {
	Local netip.AddrPort
	PID   uint32
}

// EachUDP4 iterates over the sockets of IPv4 in a MIB_UDPTABLE_OWNER_PID, which
// GetExtendedUdpTable returns for UDP_TABLE_OWNER_PID.
func EachUDP4(b []byte) iter.Seq2[UDPRow, error] {
	return eachRow(b, 4, 12, func(row []byte) UDPRow {
		return UDPRow{addrPort4(row), wire.U32(row[8:], false)}
	})
}

// EachUDP6 iterates over the sockets of IPv6 in a MIB_UDP6TABLE_OWNER_PID.
func EachUDP6(b []byte) iter.Seq2[UDPRow, error] {
	return eachRow(b, 4, 28, func(row []byte) UDPRow {
		return UDPRow{addrPort6(row), wire.U32(row[24:], false)}
	})
}
