package psutil

import (
	"errors"
	"io/fs"
	"math"
	"net/netip"
	"os"
	"path"
	"slices"
	"syscall"
	"time"

	"github.com/go-psutil/psutil/internal/linux"
	"github.com/go-psutil/psutil/internal/sys"
)

func (s *System) netIOCounters() ([]NetIO, error) {
	file := s.netDir + "/dev"
	b, err := s.readProc(file)
	if err != nil {
		return nil, err
	}
	var (
		rows []NetIO
		errs []error
	)
	for d, err := range linux.EachNetDev(b) {
		if err != nil {
			errs = append(errs, parseError(s.procPath(file), err))
			continue
		}
		rows = append(rows, NetIO{
			BytesSent: d.TxBytes, BytesRecv: d.RxBytes, PacketsSent: d.TxPackets, PacketsRecv: d.RxPackets,
			ErrIn: d.RxErrors, ErrOut: d.TxErrors, DropIn: d.RxDropped, DropOut: d.TxDropped,
			Name: string(d.Name), FIFOIn: d.RxFIFO, FIFOOut: d.TxFIFO, Frame: d.RxFrame,
			Collisions: d.TxCollisions, Carrier: d.TxCarrier, Multicast: d.RxMulticast,
			CompressedIn: d.RxCompressed, CompressedOut: d.TxCompressed,
		})
	}
	slices.SortFunc(rows, compareNetIO)
	return rows, errors.Join(errs...)
}

// A netLink is an interface with what its addresses and its master need.
type netLink struct {
	NetIfStat
	flags     uint32
	broadcast string
	master    uint32
}

// Bits of IFF_* of linux/if.h.
const (
	iffUp          = 0x1
	iffBroadcast   = 0x2
	iffPointopoint = 0x10
	iffRunning     = 0x40
)

func newNetLink(l *linux.Link) netLink {
	n := netLink{
		NetIfStat: NetIfStat{
			IsUp: l.Flags&iffRunning != 0, MTU: int(l.MTU), Flags: netFlags(l.Flags, linuxLinkFlags[:]),
			Name: string(l.Name), Index: int(l.Index), OperState: linux.OperStateName(l.OperState),
			Carrier: l.Carrier, CarrierChanges: uint64(l.CarrierChanges), HardwareAddr: hardwareAddr(l.Address),
			TxQueueLen: int(l.TxQLen), Kind: string(l.Kind), Speed: int(l.Speed),
		},
		flags: l.Flags, broadcast: hardwareAddr(l.Broadcast), master: l.Master,
	}
	if l.Has&linux.LinkDuplex != 0 {
		n.Duplex = linuxDuplex(l.Duplex)
	}
	if l.Flags&iffUp == 0 { // what the carrier is then depends on who is asked
		n.Carrier = false
		l.Has &^= linux.LinkCarrier
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
		if l.Has&f.field == 0 {
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

func (s *System) netIfStats() ([]NetIfStat, error) {
	var stats []NetIfStat
	called, err := s.inNet(func() (err error) {
		stats, err = linkStats()
		return err
	})
	if !called {
		var links []netLink
		links, err = s.classLinks()
		for _, l := range links {
			stats = append(stats, l.stat())
		}
	}
	slices.SortFunc(stats, compareNetIfStats)
	return stats, err
}

// linkStats adds the speed and duplex mode of the link, which netlink does not
// tell, to what it does.
func linkStats() ([]NetIfStat, error) {
	links, err := netLinks()
	if len(links) == 0 {
		return nil, err
	}
	socket, socketErr := sys.OpenIfSocket()
	if socketErr == nil {
		defer socket.Close()
	} else {
		err = errors.Join(err, os.NewSyscallError("socket", socketErr))
	}
	stats := make([]NetIfStat, 0, len(links))
	for _, l := range links {
		if socketErr == nil {
			speed, duplex, err := socket.LinkSettings(l.Name)
			if errors.Is(err, syscall.ENODEV) {
				continue
			}
			// Other errors say that the interface has no link, or is down.
			if err == nil {
				l.Duplex = linuxDuplex(duplex)
				l.Speed = int(speed)
			}
		}
		stats = append(stats, l.stat())
	}
	return stats, err
}

// netClass is where the interfaces are in /sys. Not everything there is one:
// the bonding driver has a file.
const netClass = "sys/class/net"

// classLinks reads the interfaces from /sys.
func (s *System) classLinks() ([]netLink, error) {
	names, err := s.root.Names(netClass)
	if err != nil {
		return nil, &fs.PathError{Op: "read", Path: path.Join(s.rootDir, netClass), Err: err}
	}
	var (
		links []netLink
		errs  []error
	)
	for _, name := range names {
		l := linux.Link{Name: []byte(name)}
		for _, file := range linux.NetClassFiles {
			full := path.Join(netClass, name, file)
			b, err := s.readRoot(full)
			if err != nil {
				// An attribute that the driver lacks, or has only while the interface is up.
				continue
			}
			if err := l.ParseClass(file, b); err != nil {
				errs = append(errs, parseError(path.Join(s.rootDir, full), err))
			}
		}
		if l.Index == 0 {
			continue
		}
		n := newNetLink(&l)
		if target, err := s.root.AppendLink(nil, path.Join(netClass, name, "master")); err == nil {
			n.Master = path.Base(string(target))
		}
		links = append(links, n)
	}
	return links, errors.Join(errs...)
}

func (s *System) netIfAddrs() ([]NetIfAddr, error) {
	var addrs []NetIfAddr
	called, err := s.inNet(func() (err error) {
		addrs, err = linkAddrs()
		return err
	})
	if !called {
		addrs, err = s.classAddrs()
	}
	slices.SortFunc(addrs, compareNetIfAddrs)
	return addrs, err
}

// linkAddrs asks netlink for the interfaces and their addresses.
func linkAddrs() ([]NetIfAddr, error) {
	links, linkErr := netLinks()
	byIndex := make(map[int]netLink, len(links))
	for _, l := range links {
		byIndex[l.Index] = l
	}
	var (
		addrs []NetIfAddr
		errs  []error
	)
	forget := func() { addrs, errs = addrs[:0], errs[:0] }
	err := sys.NetlinkDump(syscall.NETLINK_ROUTE, linux.AddrRequest(sys.BigEndian()), forget, func(msg []byte) error {
		var a linux.IfAddr
		if err := a.Parse(msg, sys.BigEndian()); err != nil {
			errs = append(errs, parseError("rtnetlink", err))
			return nil
		}
		// An interface not known is newer than the list of them.
		if link, ok := byIndex[int(a.Index)]; ok && a.Address.IsValid() {
			addrs = append(addrs, newNetIfAddr(&link, &a))
		}
		return nil
	})
	if err != nil {
		errs = append(errs, os.NewSyscallError("rtnetlink", err))
	}
	has := make(map[string]bool, len(links))
	for _, a := range addrs {
		has[a.Name] = true
	}
	for _, l := range links {
		if row, ok := hardwareRow(&l); ok {
			addrs = append(addrs, row)
		} else if !has[l.Name] && err == nil {
			addrs = append(addrs, NetIfAddr{Name: l.Name})
		}
	}
	return addrs, errors.Join(linkErr, errors.Join(errs...))
}

func newNetIfAddr(link *netLink, a *linux.IfAddr) NetIfAddr {
	row := NetIfAddr{
		Name: link.Name, Family: FamilyINET, Address: zoned(a.Address, link.Name), PrefixLen: int(a.PrefixLen),
		PTP: zoned(a.Peer, link.Name), Scope: linuxScope(a.Scope), Label: string(a.Label),
		PreferredLifetime: lifetime(a.Preferred), ValidLifetime: lifetime(a.Valid),
	}
	if a.Address.Is6() {
		row.Family = FamilyINET6
	}
	row.Flags = linuxIfAddrFlags(row.Family, a.Flags)
	// A network of one has no other host to reach.
	if link.flags&iffBroadcast != 0 && a.PrefixLen < 32 {
		row.Broadcast = a.Broadcast
	}
	if !a.HasLifetimes {
		row.Missing = "valid_lft,preferred_lft"
	}
	return row
}

// zoned adds the zone that an address needs which is good on one link only.
func zoned(a netip.Addr, name string) netip.Addr {
	if a.Is6() && a.IsLinkLocalUnicast() {
		return a.WithZone(name)
	}
	return a
}

func lifetime(seconds uint32) time.Duration {
	if seconds == linux.Forever {
		return math.MaxInt64
	}
	return time.Duration(seconds) * time.Second
}

// hardwareRow is the row of the interface's own address, if it has one.
func hardwareRow(l *netLink) (NetIfAddr, bool) {
	row := NetIfAddr{Name: l.Name, Family: FamilyPacket, HardwareAddr: l.HardwareAddr}
	switch {
	case l.flags&iffBroadcast != 0:
		row.HardwareBroadcast = l.broadcast
	case l.flags&iffPointopoint != 0:
		row.HardwarePTP = l.broadcast
	}
	return row, l.HardwareAddr != ""
}

// classAddrs reads the addresses that files tell: not those of IPv4.
func (s *System) classAddrs() ([]NetIfAddr, error) {
	links, err := s.classLinks()
	errs := []error{err}
	var addrs []NetIfAddr
	for _, l := range links {
		if row, ok := hardwareRow(&l); ok {
			addrs = append(addrs, row)
		}
	}
	file := s.netDir + "/if_inet6"
	b, err := s.readProc(file)
	if err != nil && !errors.Is(err, fs.ErrNotExist) { // a kernel without IPv6
		errs = append(errs, err)
	}
	for r, err := range linux.EachIfInet6(b) {
		if err != nil {
			errs = append(errs, parseError(s.procPath(file), err))
			continue
		}
		name := string(r.Name)
		addrs = append(addrs, NetIfAddr{
			Name: name, Family: FamilyINET6, Address: zoned(r.Prefix.Addr(), name), PrefixLen: r.Prefix.Bits(),
			Scope: linuxIPv6Scope(r.Scope), Flags: linuxIfAddrFlags(FamilyINET6, uint32(r.Flags)),
			Missing: "ptp,valid_lft,preferred_lft",
		})
	}
	errs = append(errs, &NotSupportedError{Op: "net_if_addrs of IPv4", Need: "CAP_SYS_ADMIN"})
	return addrs, errors.Join(errs...)
}
