package psutil

import (
	"errors"
	"io/fs"
	"os"
	"slices"
	"syscall"

	"github.com/go-psutil/psutil/internal/linux"
	"github.com/go-psutil/psutil/internal/sys"
)

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
		PreferredLifetime: linux.Lifetime(a.Preferred), ValidLifetime: linux.Lifetime(a.Valid),
	}
	if a.Address.Is6() {
		row.Family = FamilyINET6
	}
	row.Flags = linuxIfAddrFlags(row.Family, a.Flags)
	// A network of one has no other host to reach.
	if link.hasBroadcast && a.PrefixLen < 32 {
		row.Broadcast = a.Broadcast
	}
	if !a.HasLifetimes {
		row.Missing = "valid_lft,preferred_lft"
	}
	return row
}

// hardwareRow is the row of the interface's own address, if it has one.
func hardwareRow(l *netLink) (NetIfAddr, bool) {
	row := NetIfAddr{Name: l.Name, Family: FamilyPacket, HardwareAddr: l.HardwareAddr}
	switch {
	case l.hasBroadcast:
		row.HardwareBroadcast = l.broadcast
	case l.hasPeer:
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
