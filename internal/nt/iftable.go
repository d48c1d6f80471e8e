package nt

import (
	"iter"

	"github.com/go-psutil/psutil/internal/wire"
)

// InterfaceRow is MIB_IF_ROW2 (netioapi.h of the Windows SDK). Speeds are in bits per
// second, and all ones if not known.
type InterfaceRow struct {
	LUID              uint64
	Index             uint32
	GUID              [16]byte
	Alias             []byte // UTF-16, the name that users see and can change
	Description       []byte // UTF-16
	PhysicalAddress   []byte
	MTU               uint32
	Type              InterfaceType
	TunnelType        uint32
	MediaType         uint32 // NDIS_MEDIUM
	PhysicalMedium    uint32 // NDIS_PHYSICAL_MEDIUM
	AccessType        uint32 // NET_IF_ACCESS_TYPE
	DirectionType     uint32 // NET_IF_DIRECTION_TYPE
	Flags             InterfaceFlags
	OperStatus        OperStatus
	AdminStatus       AdminStatus
	MediaConnectState MediaConnectState
	NetworkGUID       [16]byte
	ConnectionType    uint32 // NET_IF_CONNECTION_TYPE
	TransmitLinkSpeed uint64
	ReceiveLinkSpeed  uint64

	InOctets           uint64
	InUcastPkts        uint64
	InNUcastPkts       uint64 // to more than one: multicast and broadcast
	InDiscards         uint64
	InErrors           uint64
	InUnknownProtos    uint64
	InUcastOctets      uint64
	InMulticastOctets  uint64
	InBroadcastOctets  uint64
	OutOctets          uint64
	OutUcastPkts       uint64
	OutNUcastPkts      uint64
	OutDiscards        uint64
	OutErrors          uint64
	OutUcastOctets     uint64
	OutMulticastOctets uint64
	OutBroadcastOctets uint64
	OutQLen            uint64
}

// InterfaceType is IFTYPE (ipifcons.h), the IANA's ifType.
type InterfaceType uint32

// Some types of interfaces.
const (
	InterfaceEthernet         InterfaceType = 6
	InterfacePPP              InterfaceType = 23
	InterfaceSoftwareLoopback InterfaceType = 24
	InterfaceIEEE80211        InterfaceType = 71
	InterfaceTunnel           InterfaceType = 131
)

// InterfaceFlags is InterfaceAndOperStatusFlags of MIB_IF_ROW2.
type InterfaceFlags uint8

// The flags of interfaces.
const (
	InterfaceHardware          InterfaceFlags = 1 << iota
	InterfaceFilter                           // part of another interface, whose packets it counts again
	InterfaceConnectorPresent                 // of a physical adapter
	InterfaceNotAuthenticated                 // to the network
	InterfaceNotMediaConnected                // no cable, or no network in the air
	InterfacePaused
	InterfaceLowPower
	InterfaceEndPoint // a device, such as a phone, with no network behind it
)

// OperStatus is IF_OPER_STATUS (ifdef.h), RFC 2863's ifOperStatus.
type OperStatus uint32

// What an interface can do.
const (
	OperStatusUp OperStatus = 1 + iota
	OperStatusDown
	OperStatusTesting
	OperStatusUnknown
	OperStatusDormant
	OperStatusNotPresent
	OperStatusLowerLayerDown
)

// AdminStatus is NET_IF_ADMIN_STATUS (ifdef.h), what an interface was told to do.
type AdminStatus uint32

// What an interface was told to do.
const (
	AdminStatusUp AdminStatus = 1 + iota
	AdminStatusDown
	AdminStatusTesting
)

// MediaConnectState is NET_IF_MEDIA_CONNECT_STATE (ifdef.h).
type MediaConnectState uint32

// Whether there is a link.
const (
	MediaConnectStateUnknown MediaConnectState = iota
	MediaConnectStateConnected
	MediaConnectStateDisconnected
)

// interfaceRowSize is sizeof(MIB_IF_ROW2), which has no pointers.
const interfaceRowSize = 1352

// EachInterface iterates over a MIB_IF_TABLE2, which GetIfTable2 and GetIfTable2Ex
// return.
func EachInterface(b []byte) iter.Seq2[*InterfaceRow, error] {
	return eachRow(b, 8, interfaceRowSize, func(b []byte) *InterfaceRow {
		row := interfaceRow(b)
		return &row
	})
}

// ParseInterface decodes a MIB_IF_ROW2, which GetIfEntry2 and GetIfEntry2Ex fill in.
func ParseInterface(b []byte) (InterfaceRow, error) {
	c := wire.New(b, layout(8))
	row := c.Bytes(interfaceRowSize)
	if err := c.Err(); err != nil {
		return InterfaceRow{}, err
	}
	return interfaceRow(row), nil
}

// interfaceRow decodes a record of the right size.
func interfaceRow(b []byte) (r InterfaceRow) {
	const (
		textSize     = 2 * (256 + 1) // IF_MAX_STRING_SIZE and a NUL, in UTF-16
		physicalSize = 32            // IF_MAX_PHYS_ADDRESS_LENGTH
	)
	c := wire.New(b, layout(8))
	r.LUID, r.Index = c.U64(), c.U32()
	r.GUID = [16]byte(c.Bytes(16))
	r.Alias, _ = untilNUL(c.Bytes(textSize))
	r.Description, _ = untilNUL(c.Bytes(textSize))
	length := min(c.U32(), physicalSize)
	r.PhysicalAddress = c.Bytes(physicalSize)[:length:length]
	c.Skip(physicalSize) // the one that the hardware came with
	r.MTU, r.Type, r.TunnelType = c.U32(), InterfaceType(c.U32()), c.U32()
	r.MediaType, r.PhysicalMedium, r.AccessType, r.DirectionType = c.U32(), c.U32(), c.U32(), c.U32()
	r.Flags = InterfaceFlags(c.U8())
	c.Align(4)
	r.OperStatus, r.AdminStatus, r.MediaConnectState = OperStatus(c.U32()), AdminStatus(c.U32()), MediaConnectState(c.U32())
	r.NetworkGUID = [16]byte(c.Bytes(16))
	r.ConnectionType = c.U32()
	c.Align(8)
	r.TransmitLinkSpeed, r.ReceiveLinkSpeed = c.U64(), c.U64()
	r.InOctets, r.InUcastPkts, r.InNUcastPkts = c.U64(), c.U64(), c.U64()
	r.InDiscards, r.InErrors, r.InUnknownProtos = c.U64(), c.U64(), c.U64()
	r.InUcastOctets, r.InMulticastOctets, r.InBroadcastOctets = c.U64(), c.U64(), c.U64()
	r.OutOctets, r.OutUcastPkts, r.OutNUcastPkts = c.U64(), c.U64(), c.U64()
	r.OutDiscards, r.OutErrors = c.U64(), c.U64()
	r.OutUcastOctets, r.OutMulticastOctets, r.OutBroadcastOctets = c.U64(), c.U64(), c.U64()
	r.OutQLen = c.U64()
	return r
}
