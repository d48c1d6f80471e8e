package psutil

import (
	"slices"
	"strings"

	"github.com/go-psutil/psutil/internal/nt"
	"github.com/go-psutil/psutil/internal/sys"
)

// interfaces are the rows that stand for interfaces, not for filters that count the
// packets of one again.
func interfaces() ([]*nt.InterfaceRow, error) {
	b, err := sys.InterfaceTable()
	if err != nil {
		return nil, err
	}
	var rows []*nt.InterfaceRow
	for row, err := range nt.EachInterface(b) {
		if err != nil {
			return rows, &ParseError{File: "GetIfTable2", Err: err}
		}
		if row.Flags&nt.InterfaceFilter == 0 {
			rows = append(rows, row)
		}
	}
	return rows, nil
}

func (s *System) netIOCounters() ([]NetIO, error) {
	rows, err := interfaces()
	var counters []NetIO
	for _, row := range rows {
		counters = append(counters, NetIO{
			Name: nt.Text(row.Alias), BytesSent: row.OutOctets, BytesRecv: row.InOctets,
			PacketsSent: row.OutUcastPkts + row.OutNUcastPkts, PacketsRecv: row.InUcastPkts + row.InNUcastPkts,
			ErrIn: row.InErrors, ErrOut: row.OutErrors, DropIn: row.InDiscards, DropOut: row.OutDiscards,
			Missing: "fifoin,fifoout,frame,collisions,carrier,multicast,compressed_in,compressed_out",
		})
	}
	slices.SortFunc(counters, compareNetIO)
	return counters, err
}

func (s *System) netIfStats() ([]NetIfStat, error) {
	rows, err := interfaces()
	var stats []NetIfStat
	for _, row := range rows {
		st := NetIfStat{
			Name: nt.Text(row.Alias), Index: int(row.Index), IsUp: row.OperStatus == nt.OperStatusUp, MTU: int(row.MTU),
			OperState: ntOperState(row.OperStatus), Carrier: row.MediaConnectState == nt.MediaConnectStateConnected,
			HardwareAddr: hardwareAddr(row.PhysicalAddress), Missing: "carrier_changes,tx_queue_len,master,kind",
		}
		if row.MediaConnectState == nt.MediaConnectStateUnknown {
			st.Missing = st.Missing.add("carrier")
		}
		if row.MTU > 1<<31-1 { // the loopback's has no bound
			st.MTU, st.Missing = 0, st.Missing.add("mtu")
		}
		if bits := min(row.TransmitLinkSpeed, row.ReceiveLinkSpeed); bits == 0 || bits == ^uint64(0) {
			st.Missing = st.Missing.add("speed")
		} else {
			st.Speed = int(bits / 1e6)
		}
		// A switched network goes both ways; what is in the air does not.
		if row.Type == nt.InterfaceEthernet && st.Carrier {
			st.Duplex = DuplexFull
		}
		st.Flags = ntInterfaceFlags(row)
		stats = append(stats, st)
	}
	slices.SortFunc(stats, compareNetIfStats)
	return stats, err
}

// ntInterfaceFlags are the words of Unix for what is known.
func ntInterfaceFlags(row *nt.InterfaceRow) NetFlags {
	var flags []string
	for _, f := range [...]struct {
		set  bool
		name string
	}{
		{row.AdminStatus == nt.AdminStatusUp, "up"},
		{row.Type == nt.InterfaceSoftwareLoopback, "loopback"},
		{row.Type == nt.InterfacePPP || row.Type == nt.InterfaceTunnel, "pointopoint"},
		{row.OperStatus == nt.OperStatusUp, "running"},
	} {
		if f.set {
			flags = append(flags, f.name)
		}
	}
	return NetFlags(strings.Join(flags, ","))
}

// ntOperState is RFC 2863's word, as Linux has it.
func ntOperState(s nt.OperStatus) string {
	names := [...]string{"", "up", "down", "testing", "unknown", "dormant", "notpresent", "lowerlayerdown"}
	if int(s) >= len(names) || s == 0 {
		return "unknown"
	}
	return names[s]
}
