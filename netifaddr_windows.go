package psutil

import (
	"errors"
	"net/netip"
	"slices"
	"strings"
	"time"

	"github.com/go-psutil/psutil/internal/nt"
	"github.com/go-psutil/psutil/internal/sys"
)

func (s *System) netIfAddrs() ([]NetIfAddr, error) {
	b, base, err := sys.Adapters()
	if err != nil {
		return nil, err
	}
	var (
		addrs []NetIfAddr
		errs  []error
	)
	for a, err := range nt.EachAdapter(b, base, sys.PointerSize) {
		if err != nil {
			errs = append(errs, &ParseError{File: "GetAdaptersAddresses", Err: err})
			break
		}
		name := nt.Text(a.FriendlyName)
		before := len(addrs)
		if len(a.PhysicalAddress) > 0 {
			addrs = append(addrs, NetIfAddr{Name: name, Family: FamilyLink, HardwareAddr: hardwareAddr(a.PhysicalAddress),
				Missing: "broadcast,scope,flags"})
		}
		for u, err := range a.EachUnicast() {
			if err != nil {
				errs = append(errs, &ParseError{File: "GetAdaptersAddresses", Err: err})
				break
			}
			if u.Addr.IsValid() {
				addrs = append(addrs, ntIfAddr(name, u))
			}
		}
		if len(addrs) == before {
			addrs = append(addrs, NetIfAddr{Name: name})
		}
	}
	slices.SortFunc(addrs, compareNetIfAddrs)
	return addrs, errors.Join(errs...)
}

// ntIfAddr converts an address of an interface.
func ntIfAddr(name string, u nt.AdapterAddress) NetIfAddr {
	lifetime := func(seconds uint32) time.Duration {
		if seconds == ^uint32(0) {
			return 1<<63 - 1
		}
		return time.Duration(seconds) * time.Second
	}
	a := NetIfAddr{Name: name, Family: FamilyINET, Address: zoned(u.Addr.WithZone(""), name), PrefixLen: min(int(u.PrefixLength), u.Addr.BitLen()),
		ValidLifetime: lifetime(u.ValidLifetime), PreferredLifetime: lifetime(u.PreferredLifetime), Scope: "global", Missing: "ptp,label"}
	if u.Addr.Is6() {
		a.Family = FamilyINET6
	}
	switch ip := a.Address; {
	case ip.IsLoopback():
		a.Scope = "host"
	case ip.IsLinkLocalUnicast():
		a.Scope = "link"
	case ip.Is4() && a.PrefixLen < 31:
		a.Broadcast = lastOf(netip.PrefixFrom(ip, a.PrefixLen))
	}
	var flags []string
	for _, f := range [...]struct {
		set  bool
		name string
	}{
		{u.ValidLifetime == ^uint32(0), "permanent"},
		{u.SuffixOrigin == nt.SuffixRandom && u.PrefixOrigin == nt.PrefixRouterAdvertisement, "temporary"},
		{u.DadState == nt.DadDeprecated, "deprecated"},
		{u.DadState == nt.DadTentative, "tentative"},
		{u.DadState == nt.DadDuplicate, "dadfailed"},
	} {
		if f.set {
			flags = append(flags, f.name)
		}
	}
	a.Flags = NetFlags(strings.Join(flags, ","))
	return a
}

// lastOf is the last address of a network of IPv4.
func lastOf(p netip.Prefix) netip.Addr {
	a := p.Addr().As4()
	for i := p.Bits(); i < 32; i++ {
		a[i/8] |= 0x80 >> (i % 8)
	}
	return netip.AddrFrom4(a)
}
