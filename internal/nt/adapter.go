package nt

import (
	"bytes"
	"cmp"
	"errors"
	"fmt"
	"iter"
	"net/netip"

	"github.com/go-psutil/psutil/internal/wire"
)

// Adapter is IP_ADAPTER_ADDRESSES_LH (iptypes.h of the Windows SDK). Speeds are in
// bits per second, and all ones if not known. Text that was not asked for is nil.
type Adapter struct {
	Index, IPv6Index uint32 // 0 if it is not used with IPv4, or IPv6
	Name             []byte // ASCII, the GUID in braces
	DNSSuffix        []byte // UTF-16, as the next two
	Description      []byte
	FriendlyName     []byte // the name that users see and can change
	PhysicalAddress  []byte
	Flags            AdapterFlags
	MTU              uint32 // all ones of the loopback
	Type             InterfaceType
	OperStatus       OperStatus

	TransmitLinkSpeed      uint64 // 0 before Windows Vista, as what follows
	ReceiveLinkSpeed       uint64
	IPv4Metric, IPv6Metric uint32
	LUID                   uint64

	list         linkedList
	firstUnicast uint64
}

// AdapterFlags is Flags of IP_ADAPTER_ADDRESSES_LH.
type AdapterFlags uint32

// Some flags of adapters.
const (
	AdapterDHCPEnabled AdapterFlags = 0x4
	AdapterReceiveOnly AdapterFlags = 0x8
	AdapterNoMulticast AdapterFlags = 0x10
	AdapterIPv4Enabled AdapterFlags = 0x80
	AdapterIPv6Enabled AdapterFlags = 0x100
)

// EachAdapter iterates over what GetAdaptersAddresses filled in at base. With a base
// of 0 there was no buffer, and there are no adapters.
func EachAdapter(b []byte, base uint64, pointer int) iter.Seq2[*Adapter, error] {
	list := linkedList{b, base, pointer}
	return eachLinked(list, base, list.adapter)
}

// adapter decodes an adapter, and returns the address of the next one, 0 for none.
func (l linkedList) adapter(c *wire.Cursor) (a *Adapter, next uint64, err error) {
	const physicalSize = 8 // MAX_ADAPTER_ADDRESS_LENGTH
	c.Skip(4)              // the length
	a = &Adapter{list: l, Index: c.U32()}
	next = c.ULong()
	name := c.ULong()
	a.firstUnicast = c.ULong()
	c.Skip(3 * l.pointer) // anycast and multicast addresses, DNS servers
	suffix, description, friendly := c.ULong(), c.ULong(), c.ULong()
	physical := c.Bytes(physicalSize)
	length := min(c.U32(), physicalSize)
	a.Flags, a.MTU, a.Type = AdapterFlags(c.U32()), c.U32(), InterfaceType(c.U32())
	a.OperStatus, a.IPv6Index = OperStatus(c.U32()), c.U32()
	if err := c.Err(); err != nil {
		return nil, 0, err
	}
	a.PhysicalAddress = physical[:length:length]
	var errs [4]error
	a.Name, errs[0] = textAt(l.b, l.base, name, untilZero)
	a.DNSSuffix, errs[1] = textAt(l.b, l.base, suffix, untilNUL)
	a.Description, errs[2] = textAt(l.b, l.base, description, untilNUL)
	a.FriendlyName, errs[3] = textAt(l.b, l.base, friendly, untilNUL)
	if err := cmp.Or(errs[:]...); err != nil {
		return nil, 0, err
	}
	// Windows XP's ends with the next two. What is beyond its end reads as 0.
	c.Skip(4 * 16)    // scopes
	c.Skip(l.pointer) // prefixes
	a.TransmitLinkSpeed, a.ReceiveLinkSpeed = c.U64(), c.U64()
	c.Skip(2 * l.pointer) // WINS servers, gateways
	a.IPv4Metric, a.IPv6Metric, a.LUID = c.U32(), c.U32(), c.U64()
	return a, next, nil
}

// AdapterAddress is IP_ADAPTER_UNICAST_ADDRESS_LH (iptypes.h).
type AdapterAddress struct {
	Addr              netip.Addr // not valid if of another family than IPv4 and IPv6
	PrefixLength      uint8      // may be longer than Addr: 255 says that there is none
	PrefixOrigin      PrefixOrigin
	SuffixOrigin      SuffixOrigin
	DadState          DadState
	Flags             uint32
	ValidLifetime     uint32 // seconds, all ones for ever, as the next one
	PreferredLifetime uint32
}

// PrefixOrigin is NL_PREFIX_ORIGIN (nldef.h): where the first part of an address is
// from.
type PrefixOrigin uint32

// Where the first part of an address is from.
const (
	PrefixOther PrefixOrigin = iota
	PrefixManual
	PrefixWellKnown
	PrefixDHCP
	PrefixRouterAdvertisement
)

// SuffixOrigin is NL_SUFFIX_ORIGIN (nldef.h): where the rest of an address is from.
type SuffixOrigin uint32

// Where the rest of an address is from.
const (
	SuffixOther SuffixOrigin = iota
	SuffixManual
	SuffixWellKnown
	SuffixDHCP
	SuffixLinkLayerAddress
	SuffixRandom // a temporary address
)

// DadState is NL_DAD_STATE (nldef.h): what is known of whether another machine has
// the address too, and whether it is still to be used.
type DadState uint32

// The states of addresses.
const (
	DadInvalid DadState = iota
	DadTentative
	DadDuplicate
	DadDeprecated
	DadPreferred
)

// EachUnicast iterates over the addresses of the adapter.
func (a *Adapter) EachUnicast() iter.Seq2[AdapterAddress, error] {
	return eachLinked(a.list, a.firstUnicast, a.list.unicast)
}

// unicast decodes an address, and returns that of the next one, 0 for none.
func (l linkedList) unicast(c *wire.Cursor) (a AdapterAddress, next uint64, err error) {
	c.Skip(4) // the length
	a.Flags = c.U32()
	next = c.ULong()
	address, length := c.ULong(), c.I32()
	c.AlignWord()
	a.PrefixOrigin, a.SuffixOrigin, a.DadState = PrefixOrigin(c.U32()), SuffixOrigin(c.U32()), DadState(c.U32())
	a.ValidLifetime, a.PreferredLifetime = c.U32(), c.U32()
	c.Skip(4) // of the lease
	a.PrefixLength = c.U8()
	if err := c.Err(); err != nil {
		return AdapterAddress{}, 0, err
	}
	socket, inside := pointed(l.b, l.base, address, int(length))
	if !inside {
		return AdapterAddress{}, 0, fmt.Errorf("socket address of %d bytes outside the buffer", length)
	}
	a.Addr = socketAddr(socket)
	return a, next, nil
}

// socketAddr is the address of a SOCKADDR_IN (ws2def.h) or SOCKADDR_IN6 (ws2ipdef.h);
// not valid if it is neither.
func socketAddr(b []byte) netip.Addr {
	const (
		inet  = 2  // AF_INET
		inet6 = 23 // AF_INET6
	)
	switch {
	case len(b) >= 16 && wire.U16(b, false) == inet:
		return netip.AddrFrom4([4]byte(b[4:]))
	case len(b) >= 28 && wire.U16(b, false) == inet6:
		return addr6([16]byte(b[8:]), wire.U32(b[24:], false))
	}
	return netip.Addr{}
}

// linkedList is a buffer, filled in at base, with records that begin with their
// length, a ULONG, and point to others of their kind, and to text.
type linkedList struct {
	b       []byte
	base    uint64
	pointer int
}

// eachLinked iterates over the records that follow each other from an address on.
// Parse returns the address of the next one, 0 for none.
func eachLinked[T any](l linkedList, address uint64, parse func(*wire.Cursor) (T, uint64, error)) iter.Seq2[T, error] {
	return func(yield func(T, error) bool) {
		// Records do not overlap: those of a list that is longer than the buffer make
		// a loop.
		room := len(l.b)
		for next := address; next != 0; {
			record, err := l.record(next, room)
			if err != nil {
				var none T
				yield(none, err)
				return
			}
			room -= len(record)
			c := wire.New(record, layout(l.pointer))
			var value T
			value, next, err = parse(&c)
			if !yield(value, err) || err != nil {
				return
			}
		}
	}
}

// record is the record at an address, of at most so many bytes.
func (l linkedList) record(address uint64, room int) ([]byte, error) {
	b := l.from(address)
	b = b[:min(len(b), room)]
	if len(b) < 4 {
		return nil, errors.New("record outside the buffer")
	}
	length := wire.U32(b, false)
	if uint64(length) > uint64(len(b)) {
		return nil, fmt.Errorf("record of %d bytes, with room for %d", length, len(b))
	}
	return b[:length:length], nil
}

// from is what the buffer has from an address on, nil for one outside of it.
func (l linkedList) from(address uint64) []byte {
	if _, inside := pointed(l.b, l.base, address, 0); !inside {
		return nil
	}
	return l.b[address-l.base:]
}

// untilZero is untilNUL of text whose characters are bytes.
func untilZero(b []byte) (text []byte, ended bool) {
	i := bytes.IndexByte(b, 0)
	if i < 0 {
		return b, false
	}
	return b[:i:i], true
}
