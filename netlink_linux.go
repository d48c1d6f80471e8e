package psutil

import (
	"errors"
	"os"
	"syscall"

	"github.com/go-psutil/psutil/internal/linux"
	"github.com/go-psutil/psutil/internal/sys"
)

// A netLink is an interface with what its addresses and its master need.
type netLink struct {
	NetIfStat
	broadcast    string // address of the link layer, see the next two
	hasBroadcast bool   // linux.Link.HasBroadcast
	hasPeer      bool   // linux.Link.HasPeer
	master       uint32 // Index of Master
}

func newNetLink(l *linux.Link) netLink {
	known := l.Known()
	n := netLink{
		NetIfStat: NetIfStat{
			IsUp: l.IsRunning(), MTU: int(l.MTU), Flags: netFlags(l.Flags, linuxLinkFlags[:]),
			Name: string(l.Name), Index: int(l.Index), OperState: linux.OperStateName(l.OperState),
			Carrier: l.Carrier && known&linux.LinkCarrier != 0, CarrierChanges: uint64(l.CarrierChanges), HardwareAddr: hardwareAddr(l.Address),
			TxQueueLen: int(l.TxQLen), Kind: string(l.Kind), Speed: int(l.Speed),
		},
		broadcast: hardwareAddr(l.Broadcast), hasBroadcast: l.HasBroadcast(), hasPeer: l.HasPeer(), master: l.Master,
	}
	if l.Has&linux.LinkDuplex != 0 {
		n.Duplex = linuxDuplex(l.Duplex)
	}
	for _, f := range [...]struct {
		field linux.LinkFields
		name  string
	}{
		{linux.LinkFlags, "isup"}, {linux.LinkMTU, "mtu"}, {linux.LinkFlags, "flags"},
		{linux.LinkOperState, "operstate"},
		{linux.LinkCarrier, "carrier"}, {linux.LinkCarrierChanges, "carrier_changes"},
		{linux.LinkTxQLen, "tx_queue_len"}, {linux.LinkKind, "kind"},
	} {
		if known&f.field == 0 {
			n.Missing = n.Missing.add(f.name)
		}
	}
	return n
}

// stat is the row of the interface.
func (n *netLink) stat() NetIfStat {
	stat := n.NetIfStat
	if stat.Speed == 0 {
		stat.Missing = stat.Missing.add("speed")
	}
	return stat
}

// netLinks asks netlink for the interfaces.
func netLinks() ([]netLink, error) {
	var (
		links []netLink
		errs  []error
	)
	forget := func() { links, errs = links[:0], errs[:0] }
	err := sys.NetlinkDump(syscall.NETLINK_ROUTE, linux.LinkRequest(sys.BigEndian()), forget, func(msg []byte) error {
		var l linux.Link
		if err := l.Parse(msg, sys.BigEndian()); err != nil {
			errs = append(errs, parseError("rtnetlink", err))
			return nil
		}
		links = append(links, newNetLink(&l))
		return nil
	})
	if err != nil {
		errs = append(errs, os.NewSyscallError("rtnetlink", err))
	}
	names := make(map[int]string, len(links))
	for _, l := range links {
		names[l.Index] = l.Name
	}
	for i := range links {
		links[i].Master = names[int(links[i].master)]
	}
	return links, errors.Join(errs...)
}

// inNet calls f in the network namespace that is meant. It reports false,
// without having called f, when that is another one that can't be entered.
func (s *System) inNet(f func() error) (bool, error) {
	if s.rootDir == "/" {
		return true, f()
	}
	ns, err := s.proc.OpenNamespace("1/ns/net")
	if err != nil {
		return false, err
	}
	defer sys.Close(ns)
	called := false
	err = sys.InNetNS(ns, func() error {
		called = true
		return f()
	})
	return called, err
}
