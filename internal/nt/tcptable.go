package nt

import (
	"fmt"
	"iter"
	"net/netip"
	"strconv"

	"github.com/go-psutil/psutil/internal/wire"
)

// TCPRow is MIB_TCPROW_OWNER_PID, or MIB_TCP6ROW_OWNER_PID (tcpmib.h of the Windows
// SDK).
type TCPRow struct {
	Local, Remote netip.AddrPort // Remote has no meaning of a socket that listens
	State         TCPState
	PID           uint32 // 0 of a connection that no process has any more
}

// TCPState is MIB_TCP_STATE (tcpmib.h).
type TCPState uint32

// The states of TCP.
const (
	TCPStateClosed TCPState = 1 + iota
	TCPStateListen
	TCPStateSynSent
	TCPStateSynRcvd
	TCPStateEstab
	TCPStateFinWait1
	TCPStateFinWait2
	TCPStateCloseWait
	TCPStateClosing
	TCPStateLastAck
	TCPStateTimeWait
	TCPStateDeleteTCB
)

// TCPStateReserved is that of a socket which has a port, but neither listens nor is
// connected. PowerShell calls it bound.
const TCPStateReserved TCPState = 100

// EachTCP4 iterates over the sockets of IPv4 in a MIB_TCPTABLE_OWNER_PID, which
// GetExtendedTcpTable returns for TCP_TABLE_OWNER_PID_ALL.
func EachTCP4(b []byte) iter.Seq2[TCPRow, error] {
	return eachRow(b, 4, 24, func(row []byte) TCPRow {
		return TCPRow{
			State:  TCPState(wire.U32(row, false)),
			Local:  addrPort4(row[4:]),
			Remote: addrPort4(row[12:]),
			PID:    wire.U32(row[20:], false),
		}
	})
}

// EachTCP6 iterates over the sockets of IPv6 in a MIB_TCP6TABLE_OWNER_PID.
func EachTCP6(b []byte) iter.Seq2[TCPRow, error] {
	return eachRow(b, 4, 56, func(row []byte) TCPRow {
		return TCPRow{
			Local:  addrPort6(row),
			Remote: addrPort6(row[24:]),
			State:  TCPState(wire.U32(row[48:], false)),
			PID:    wire.U32(row[52:], false),
		}
	})
}

// eachRow iterates over a table of the IP helper: the number of its rows, a DWORD,
// and the rows, which begin at an offset. The buffer may be longer.
func eachRow[T any](b []byte, first, size int, parse func(row []byte) T) iter.Seq2[T, error] {
	return func(yield func(T, error) bool) {
		c := wire.New(b, layout(8)) // no row has a pointer
		number := c.U32()
		c.Seek(first)
		for range number {
			row := c.Bytes(size)
			if c.Err() != nil {
				break
			}
			if !yield(parse(row), nil) {
				return
			}
		}
		if err := c.Err(); err != nil {
			var none T
			yield(none, fmt.Errorf("table of %d rows: %w", number, err))
		}
	}
}

// addrPort4 reads an address and a port, both in network byte order. The port is the
// first half of a DWORD, whose other half may be anything.
func addrPort4(b []byte) netip.AddrPort {
	return netip.AddrPortFrom(netip.AddrFrom4([4]byte(b)), wire.U16(b[4:], true))
}

// addrPort6 reads an address, its scope and a port.
func addrPort6(b []byte) netip.AddrPort {
	return netip.AddrPortFrom(addr6([16]byte(b), wire.U32(b[16:], false)), wire.U16(b[20:], true))
}

// addr6 is an address with its scope as its zone. A scope is the index of an
// interface, in the processor's byte order, also where the documentation says that
// it is in that of the network.
func addr6(b [16]byte, scope uint32) netip.Addr {
	addr := netip.AddrFrom16(b)
	if scope == 0 {
		return addr
	}
	return addr.WithZone(strconv.FormatUint(uint64(scope), 10))
}
