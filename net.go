package psutil

import (
	"cmp"
	"fmt"
	"math"
	"net/netip"
	"strconv"
	"strings"
	"time"
)

// NetIO counts what has passed through a network interface since it was made,
// psutil's snetio. Windows has the first eight fields and Name.
type NetIO struct {
	BytesSent   uint64 `json:"bytes_sent"`
	BytesRecv   uint64 `json:"bytes_recv"`
	PacketsSent uint64 `json:"packets_sent"`
	PacketsRecv uint64 `json:"packets_recv"`
	ErrIn       uint64 `json:"errin"`
	ErrOut      uint64 `json:"errout"`
	DropIn      uint64 `json:"dropin"` // on Linux also those the hardware had no room for
	DropOut     uint64 `json:"dropout"`

	Name          string `json:"name"`    // of the interface; missing in a total
	FIFOIn        uint64 `json:"fifoin"`  // overruns of the hardware's buffer
	FIFOOut       uint64 `json:"fifoout"` // underruns
	Frame         uint64 `json:"frame"`   // received with a bad length, frame or checksum
	Collisions    uint64 `json:"collisions"`
	Carrier       uint64 `json:"carrier"` // not sent because the link failed
	Multicast     uint64 `json:"multicast"`
	CompressedIn  uint64 `json:"compressed_in"` // as PPP does
	CompressedOut uint64 `json:"compressed_out"`

	Missing Missing `json:"-"`
}

// NetIOCounters returns the sum of what [NetIOCountersPerNIC] does. It is
// psutil's net_io_counters.
//
// Like psutil's, the sum has every interface, lo too, so that what passes a
// bridge, a VLAN or a veth pair counts more than once. For each byte on the
// wire once, add the rows of the interfaces whose [NetIfStat] has no Kind and
// whose Flags do not have "loopback". The sum falls when an interface is
// removed: for rates, compare interfaces.
//
// Errors and cost are those of [NetIOCountersPerNIC].
func NetIOCounters() (NetIO, error) {
	s, err := defaultSystem()
	if err != nil {
		return NetIO{}, err
	}
	return s.NetIOCounters()
}

// NetIOCounters is [NetIOCounters] of this system.
func (s *System) NetIOCounters() (NetIO, error) {
	rows, err := s.netIOCounters()
	return totalNetIO(rows), err
}

func totalNetIO(rows []NetIO) NetIO {
	total := NetIO{Missing: "name"}
	for i := range rows {
		total.Missing = total.Missing.union(rows[i].Missing)
		row := rows[i].counters()
		for j, c := range total.counters() {
			*c += *row[j]
		}
	}
	return total
}

// NetIOCountersPerNIC returns what has passed through each network interface,
// sorted by name. It is psutil's net_io_counters(pernic=True, nowrap=False).
//
// Rows that could be read are returned beside an error. See [NetIO.Since] for
// rates.
//
// Cost: one file, for which the kernel adds up the counters of every CPU.
// Linux: /proc/net/dev of the caller's network namespace, proc_pid_net(5). Windows: one
// call, GetIfTable2; an interface has the name that people see, such as "Ethernet 2",
// and filters, which count the packets of another again, are left out.
func NetIOCountersPerNIC() ([]NetIO, error) {
	s, err := defaultSystem()
	if err != nil {
		return nil, err
	}
	return s.NetIOCountersPerNIC()
}

// NetIOCountersPerNIC is [NetIOCountersPerNIC] of this system.
func (s *System) NetIOCountersPerNIC() ([]NetIO, error) { return s.netIOCounters() }

func compareNetIO(a, b NetIO) int { return strings.Compare(a.Name, b.Name) }

// counters are the fields that count.
func (n *NetIO) counters() [16]*uint64 {
	return [...]*uint64{
		&n.BytesSent, &n.BytesRecv, &n.PacketsSent, &n.PacketsRecv, &n.ErrIn, &n.ErrOut, &n.DropIn, &n.DropOut,
		&n.FIFOIn, &n.FIFOOut, &n.Frame, &n.Collisions, &n.Carrier, &n.Multicast, &n.CompressedIn, &n.CompressedOut,
	}
}

// Since returns what has passed since the earlier reading, of the same
// interface. A counter that went backward, because the interface was made anew
// or its driver started again, gives 0: what passed is then not known.
func (n NetIO) Since(earlier NetIO) NetIO {
	before := earlier.counters()
	for i, c := range n.counters() {
		*c -= min(*c, *before[i])
	}
	return n
}

// MarshalJSON writes psutil's snetio, with name and the other counters of
// /proc/net/dev after it.
func (n NetIO) MarshalJSON() ([]byte, error) { return marshalFields(n) }

// String returns a line such as "eth0: sent 1500 bytes in 2 packets, received 60 in 1".
func (n NetIO) String() string {
	return fmt.Sprintf("%s: sent %d bytes in %d packets, received %d in %d",
		printable(cmp.Or(n.Name, "total")), n.BytesSent, n.PacketsSent, n.BytesRecv, n.PacketsRecv)
}

// NetFlags is a list of flags by their lower-case names, separated by commas,
// such as "up,broadcast,running,multicast".
type NetFlags string

// Has reports whether the flag of that name is set.
func (f NetFlags) Has(flag string) bool { return Missing(f).Has(flag) }

// netFlags names the bits that have a name.
func netFlags(bits uint32, names []string) NetFlags {
	var set []string
	for i, name := range names {
		if bits&(1<<i) != 0 && name != "" {
			set = append(set, name)
		}
	}
	return NetFlags(strings.Join(set, ","))
}

// linuxLinkFlags are the IFF_* of linux/if.h by bit, as psutil calls them. It
// has no names for those over 16 bits.
var linuxLinkFlags = [...]string{
	"up", "broadcast", "debug", "loopback", "pointopoint", "notrailers", "running", "noarp",
	"promisc", "allmulti", "master", "slave", "multicast", "portsel", "automedia", "dynamic",
}

// linuxAddrFlags are the IFA_F_* of linux/if_addr.h by bit, as ip(8) calls
// them. The first is "temporary" for IPv6.
var linuxAddrFlags = [...]string{
	"secondary", "nodad", "optimistic", "dadfailed", "home", "deprecated", "tentative", "permanent",
	"mngtmpaddr", "noprefixroute", "autojoin", "stable-privacy",
}

func linuxIfAddrFlags(family Family, bits uint32) NetFlags {
	names := linuxAddrFlags
	if family == FamilyINET6 {
		names[0] = "temporary"
	}
	return netFlags(bits, names[:])
}

// linuxScope names an RT_SCOPE_* of linux/rtnetlink.h as ip(8) does.
func linuxScope(scope uint8) string {
	switch scope {
	case 0:
		return "global"
	case 200:
		return "site"
	case 253:
		return "link"
	case 254:
		return "host"
	case 255:
		return "nowhere"
	}
	return strconv.Itoa(int(scope))
}

// linuxIPv6Scope maps the IPV6_ADDR_* of net/ipv6.h that /proc/net/if_inet6
// has.
func linuxIPv6Scope(scope uint8) string {
	switch {
	case scope&0x10 != 0:
		return linuxScope(254)
	case scope&0x20 != 0:
		return linuxScope(253)
	case scope&0x40 != 0:
		return linuxScope(200)
	}
	return linuxScope(0)
}

// hardwareAddr writes an address of the link layer, of any length, as
// "02:fc:00:00:00:01".
func hardwareAddr(b []byte) string {
	const hex = "0123456789abcdef"
	var s strings.Builder
	for i, c := range b {
		if i > 0 {
			s.WriteByte(':')
		}
		s.WriteByte(hex[c>>4])
		s.WriteByte(hex[c&15])
	}
	return s.String()
}

// zoned adds the zone that an address needs which is good on one link only.
func zoned(a netip.Addr, name string) netip.Addr {
	if a.Is6() && a.IsLinkLocalUnicast() {
		return a.WithZone(name)
	}
	return a
}

// NetIfAddr is one address of a network interface, psutil's snicaddr. An
// interface without any has one row of FamilyUnspec.
type NetIfAddr struct {
	Name   string // of the interface
	Family Family

	// Address is an IPv4 or IPv6 address of the interface, with the interface's
	// name as its zone if it is good on that link only.
	Address   netip.Addr
	PrefixLen int        // bits of the network's prefix, see [NetIfAddr.Netmask]
	Broadcast netip.Addr // IPv4: reaches every host of the network
	PTP       netip.Addr // the other end of a link that has two, whose network then is PrefixLen's

	// HardwareAddr is the address of the link layer in rows of FamilyPacket and
	// FamilyLink, such as "02:fc:00:00:00:01", in its full length: 20 bytes on
	// InfiniBand, 4 for a tunnel over IPv4.
	HardwareAddr      string
	HardwareBroadcast string
	HardwarePTP       string // the other end of a tunnel

	Scope string   // "global", "site", "link", "host" or "nowhere"; Windows: as the address says
	Flags NetFlags // such as "permanent", "secondary", "temporary", "deprecated", "tentative", "dadfailed"
	Label string   // IPv4 on Linux: the interface's name, or an alias such as "eth0:1"

	// PreferredLifetime is how long new connections may still use the address,
	// ValidLifetime how long it stays; both are the largest Duration if it does
	// not expire.
	ValidLifetime     time.Duration
	PreferredLifetime time.Duration

	Missing Missing `json:"-"`
}

// NetIfAddrs returns the addresses of every network interface, sorted by name,
// family and address. It is psutil's net_if_addrs.
//
// Unlike psutil's, the broadcast address is the one that was set, never the
// interface's own, HardwareAddr is not filled up with zeros and has colons on Windows
// too, and the name of an alias is not the interface's but a Label.
//
// Rows that could be read are returned beside an error.
//
// Cost: one netlink socket and two dumps. Linux: rtnetlink(7) in the caller's
// network namespace, with [WithRoot] in that of the root's PID 1, which needs
// CAP_SYS_ADMIN. Without it the rows that /sys/class/net and
// /proc/1/net/if_inet6 have are returned, with what they lack missing, beside
// [ErrNotSupported] for IPv4. Windows: one call, GetAdaptersAddresses, with the names
// of [NetIOCountersPerNIC]; PTP is not told, Broadcast is the last address of the
// network, and Label is missing, as are Scope and Flags of HardwareAddr.
func NetIfAddrs() ([]NetIfAddr, error) {
	s, err := defaultSystem()
	if err != nil {
		return nil, err
	}
	return s.NetIfAddrs()
}

// NetIfAddrs is [NetIfAddrs] of this system.
func (s *System) NetIfAddrs() ([]NetIfAddr, error) { return s.netIfAddrs() }

func compareNetIfAddrs(a, b NetIfAddr) int {
	return cmp.Or(
		strings.Compare(a.Name, b.Name), cmp.Compare(a.Family, b.Family),
		a.Address.Compare(b.Address), cmp.Compare(a.PrefixLen, b.PrefixLen), a.PTP.Compare(b.PTP),
		strings.Compare(a.HardwareAddr, b.HardwareAddr))
}

// Netmask returns the mask of PrefixLen bits, such as 255.255.255.0, the zero
// Addr for a row without an IP address.
func (a NetIfAddr) Netmask() netip.Addr {
	var ones [16]byte
	for i := range ones {
		ones[i] = 0xff
	}
	all := netip.AddrFrom16(ones)
	switch {
	case !a.Address.IsValid():
		return netip.Addr{}
	case a.Address.Is4():
		all = netip.AddrFrom4([4]byte(ones[:4]))
	}
	return netip.PrefixFrom(all, a.PrefixLen).Masked().Addr()
}

// Prefix returns the address, without its zone, and PrefixLen.
func (a NetIfAddr) Prefix() netip.Prefix { return netip.PrefixFrom(a.Address, a.PrefixLen) }

// MarshalJSON writes psutil's snicaddr, with name, prefix_len, scope, flags,
// label, valid_lft and preferred_lft after it. What a row does not have is
// null, and so is a lifetime without end.
func (a NetIfAddr) MarshalJSON() ([]byte, error) {
	text := func(s string) *string {
		if s == "" {
			return nil
		}
		return &s
	}
	addr := func(ip netip.Addr, hardware string) *string {
		if ip.IsValid() {
			return text(ip.String())
		}
		return text(hardware)
	}
	lifetime := func(d time.Duration) *time.Duration {
		if d == math.MaxInt64 || !a.Address.IsValid() {
			return nil
		}
		return &d
	}
	row := struct {
		Family            Family         `json:"family"`
		Address           *string        `json:"address"`
		Netmask           *string        `json:"netmask"`
		Broadcast         *string        `json:"broadcast"`
		PTP               *string        `json:"ptp"`
		Name              string         `json:"name"`
		PrefixLen         *int           `json:"prefix_len"`
		Scope             *string        `json:"scope"`
		Flags             *NetFlags      `json:"flags"`
		Label             *string        `json:"label"`
		ValidLifetime     *time.Duration `json:"valid_lft"`
		PreferredLifetime *time.Duration `json:"preferred_lft"`

		Missing Missing `json:"-"`
	}{
		a.Family, addr(a.Address, a.HardwareAddr), addr(a.Netmask(), ""),
		addr(a.Broadcast, a.HardwareBroadcast), addr(a.PTP, a.HardwarePTP),
		a.Name, nil, text(a.Scope), nil, text(a.Label), lifetime(a.ValidLifetime), lifetime(a.PreferredLifetime), a.Missing,
	}
	if a.Address.IsValid() {
		row.PrefixLen, row.Flags = &a.PrefixLen, &a.Flags
	}
	return AppendJSON(nil, row)
}

// String returns a line such as "eth0 AF_INET 192.0.2.2/24 broadcast
// 192.0.2.255 scope global permanent".
func (a NetIfAddr) String() string {
	var b strings.Builder
	b.WriteString(printable(a.Name) + " " + a.Family.String())
	add := func(word, value string) {
		if value != "" {
			b.WriteString(word + value)
		}
	}
	ip := func(ip netip.Addr) string {
		if !ip.IsValid() {
			return ""
		}
		return ip.String()
	}
	if a.Address.IsValid() {
		b.WriteString(" " + printable(a.Address.String()) + "/" + strconv.Itoa(a.PrefixLen))
	}
	add(" ", a.HardwareAddr)
	add(" broadcast ", ip(a.Broadcast)+a.HardwareBroadcast)
	add(" ptp ", printable(ip(a.PTP)+a.HardwarePTP))
	add(" scope ", a.Scope)
	add(" ", string(a.Flags))
	return b.String()
}

// Duplex is whether a link can send and receive at once.
type Duplex uint8

// The modes of a link.
const (
	DuplexUnknown Duplex = iota
	DuplexHalf
	DuplexFull
)

var duplexNames = [...]string{"unknown", "half", "full"}

// String returns "full", "half" or "unknown".
func (d Duplex) String() string { return enumName(duplexNames[:], int(d), "Duplex") }

// MarshalText returns the name.
func (d Duplex) MarshalText() ([]byte, error) { return []byte(d.String()), nil }

// UnmarshalText reads a name as String writes it.
func (d *Duplex) UnmarshalText(text []byte) error {
	i, err := enumValue(duplexNames[:], text, "duplex mode")
	*d = Duplex(i)
	return err
}

// linuxDuplex maps DUPLEX_* of linux/ethtool.h.
func linuxDuplex(mode uint8) Duplex {
	switch mode {
	case 0:
		return DuplexHalf
	case 1:
		return DuplexFull
	}
	return DuplexUnknown
}

// NetIfStat is the state of a network interface, psutil's snicstats.
type NetIfStat struct {
	// IsUp says that the interface is up and can pass packets, so far as it can
	// tell: on Unix, its flags have "running".
	IsUp   bool   `json:"isup"`
	Duplex Duplex `json:"duplex"` // Windows: full for Ethernet with a link, else unknown
	Speed  int    `json:"speed"`  // of the link, Mbit/s; missing if not known; the lower of two
	MTU    int    `json:"mtu"`    // largest packet, bytes; missing if there is no bound
	// Flags are such as "up,broadcast,running,multicast". Windows: up, running,
	// loopback and pointopoint only.
	Flags NetFlags `json:"flags"`

	Name  string `json:"name"`
	Index int    `json:"index"` // the kernel's number of the interface, as in a zone
	// OperState is RFC 2863's: "up", "down", "dormant", "lowerlayerdown",
	// "testing", "notpresent", or "unknown", as lo and many virtual ones are.
	OperState string `json:"operstate"`
	// Carrier says that there is a link; it is missing while the interface is
	// not even up.
	Carrier        bool   `json:"carrier"`
	CarrierChanges uint64 `json:"carrier_changes"`  // how often a link came or went
	HardwareAddr   string `json:"hardware_address"` // empty for none
	TxQueueLen     int    `json:"tx_queue_len"`     // packets
	Master         string `json:"master"`           // the bridge or bond the interface is part of, empty for none
	// Kind is the kernel's word for what a virtual interface is, such as "veth",
	// "bridge", "vlan", "bond" or "tun"; empty for hardware and for lo.
	Kind string `json:"kind"`

	Missing Missing `json:"-"`
}

// NetIfStats returns the state of every network interface, sorted by name. It
// is psutil's net_if_stats.
//
// Unlike psutil's, a speed that is not known is missing, not 0. Rows that could
// be read are returned beside an error. An interface that goes away meanwhile
// is left out.
//
// Cost: one netlink socket and dump, and two or three ioctls of an interface.
// Linux: rtnetlink(7) and the ethtool calls in the caller's network namespace,
// with [WithRoot] in that of the root's PID 1, which needs CAP_SYS_ADMIN.
// Without it /sys/class/net is read, some ten files of an interface, and Kind
// is missing. Windows: one call, GetIfTable2, as for [NetIOCountersPerNIC];
// CarrierChanges, TxQueueLen, Master and Kind are missing.
func NetIfStats() ([]NetIfStat, error) {
	s, err := defaultSystem()
	if err != nil {
		return nil, err
	}
	return s.NetIfStats()
}

// NetIfStats is [NetIfStats] of this system.
func (s *System) NetIfStats() ([]NetIfStat, error) { return s.netIfStats() }

func compareNetIfStats(a, b NetIfStat) int {
	return cmp.Or(strings.Compare(a.Name, b.Name), cmp.Compare(a.Index, b.Index))
}

// MarshalJSON writes psutil's snicstats and the other fields after it.
func (i NetIfStat) MarshalJSON() ([]byte, error) { return marshalFields(i) }

// String returns a line such as "eth0: up, 1000 Mbit/s full, mtu 1500
// <up,broadcast,running,multicast>".
func (i NetIfStat) String() string {
	state := "down"
	if i.IsUp {
		state = "up"
	}
	speed := "speed unknown"
	if !i.Missing.Has("speed") {
		speed = fmt.Sprintf("%d Mbit/s %v", i.Speed, i.Duplex)
	}
	return fmt.Sprintf("%s: %s, %s, mtu %d <%s>", printable(i.Name), state, speed, i.MTU, i.Flags)
}
