package main

import (
	"cmp"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/go-psutil/psutil"
)

func newIfconfig(env *environment) *cobra.Command {
	var all bool
	cmd := &cobra.Command{
		Use:     "ifconfig [NIC...]",
		GroupID: groupNet,
		Short:   "Show network interfaces, their addresses and traffic",
		Long: `Show network interfaces, their addresses and traffic since they were made.

Speed is in Mbit/s. JSON has one object an interface: psutil's snicstats, then
its snetio, then addrs, a list of its snicaddr.`,
		Example: `  psutil ifconfig
  psutil ifconfig eth0
  psutil ifconfig -o json | jq '.[] | {name, bytes_recv}'`,
		ValidArgsFunction: func(*cobra.Command, []string, string) ([]cobra.Completion, cobra.ShellCompDirective) {
			var names []cobra.Completion
			if sys, err := env.system(); err == nil {
				stats, _ := sys.NetIfStats()
				for _, s := range stats {
					names = append(names, printable(s.Name))
				}
			}
			return names, cobra.ShellCompDirectiveNoFileComp
		},
		RunE: func(_ *cobra.Command, args []string) error { return ifconfig(env, args) },
	}
	cmd.Flags().BoolVarP(&all, "all", "a", false, "those that are down too; they always are there")
	return cmd
}

// A nic is what is known of one network interface; what is not is nil.
type nic struct {
	name  string
	stat  *psutil.NetIfStat
	io    *psutil.NetIO
	addrs []psutil.NetIfAddr
}

func ifconfig(env *environment, names []string) error {
	sys, err := env.system()
	if err != nil {
		return err
	}
	nics, err := readNICs(sys)
	errs := []error{err}
	if len(names) > 0 {
		var chosen []*nic
		for _, name := range names {
			i := slices.IndexFunc(nics, func(n *nic) bool { return n.name == name })
			if i < 0 {
				errs = append(errs, fmt.Errorf("no network interface %q", name))
				continue
			}
			chosen = append(chosen, nics[i])
		}
		nics = chosen
	}
	err = errors.Join(errs...)
	if len(nics) == 0 && err != nil {
		return err
	}
	r := report[*nic]{columns: nicColumns(), rows: nics, heading: func(n *nic) string { return n.name }}
	return cmp.Or(r.write(env), err)
}

// readNICs returns the interfaces, sorted by name.
func readNICs(sys *psutil.System) ([]*nic, error) {
	stats, err1 := sys.NetIfStats()
	counters, err2 := sys.NetIOCountersPerNIC()
	addrs, err3 := sys.NetIfAddrs()
	var nics []*nic
	find := func(name string) *nic {
		i, ok := slices.BinarySearchFunc(nics, name, func(n *nic, name string) int { return strings.Compare(n.name, name) })
		if !ok {
			nics = slices.Insert(nics, i, &nic{name: name})
		}
		return nics[i]
	}
	for i := range stats {
		find(stats[i].Name).stat = &stats[i]
	}
	for i := range counters {
		find(counters[i].Name).io = &counters[i]
	}
	for _, a := range addrs {
		n := find(a.Name)
		n.addrs = append(n.addrs, a)
	}
	return nics, errors.Join(err1, err2, err3)
}

// nicColumns are those of JSON, then those of the table.
func nicColumns() []column[*nic] {
	stat := func(key string, get func(*psutil.NetIfStat) any) column[*nic] {
		return column[*nic]{key: key, value: func(n *nic) any {
			if n.stat == nil || n.stat.Missing.Has(key) {
				return nil
			}
			return get(n.stat)
		}}
	}
	count := func(key string, get func(*psutil.NetIO) any) column[*nic] {
		return column[*nic]{key: key, value: func(n *nic) any {
			if n.io == nil || n.io.Missing.Has(key) {
				return nil
			}
			return get(n.io)
		}}
	}
	line := func(title string, show func(*nic) string) column[*nic] {
		return column[*nic]{title: title, text: show, tableOnly: true}
	}
	type (
		s = *psutil.NetIfStat
		c = *psutil.NetIO
	)
	return []column[*nic]{
		{key: "name", value: func(n *nic) any { return n.name }},
		stat("isup", func(s s) any { return s.IsUp }),
		stat("duplex", func(s s) any { return s.Duplex }),
		stat("speed", func(s s) any { return s.Speed }),
		stat("mtu", func(s s) any { return s.MTU }),
		stat("flags", func(s s) any { return string(s.Flags) }),
		stat("operstate", func(s s) any { return s.OperState }),
		stat("hardware_address", func(s s) any { return s.HardwareAddr }),
		stat("master", func(s s) any { return s.Master }),
		stat("kind", func(s s) any { return s.Kind }),
		count("bytes_sent", func(c c) any { return c.BytesSent }),
		count("bytes_recv", func(c c) any { return c.BytesRecv }),
		count("packets_sent", func(c c) any { return c.PacketsSent }),
		count("packets_recv", func(c c) any { return c.PacketsRecv }),
		count("errin", func(c c) any { return c.ErrIn }),
		count("errout", func(c c) any { return c.ErrOut }),
		count("dropin", func(c c) any { return c.DropIn }),
		count("dropout", func(c c) any { return c.DropOut }),
		{key: "addrs", value: func(n *nic) any { return slices.Concat([]psutil.NetIfAddr{}, n.addrs) }},
		line("stats", statText),
		line("flags", func(n *nic) string {
			if n.stat == nil {
				return ""
			}
			return string(n.stat.Flags)
		}),
		line("incoming", func(n *nic) string {
			if n.io == nil {
				return ""
			}
			return trafficText(n.io.BytesRecv, n.io.PacketsRecv, n.io.ErrIn, n.io.DropIn)
		}),
		line("outgoing", func(n *nic) string {
			if n.io == nil {
				return ""
			}
			return trafficText(n.io.BytesSent, n.io.PacketsSent, n.io.ErrOut, n.io.DropOut)
		}),
		addressLines("IPv4", psutil.FamilyINET),
		addressLines("IPv6", psutil.FamilyINET6),
		addressLines("MAC", psutil.FamilyPacket),
		addressLines("MAC", psutil.FamilyLink),
	}
}

// statText says "speed=1000Mb/s, duplex=full, mtu=1500, up=yes".
func statText(n *nic) string {
	if n.stat == nil {
		return ""
	}
	speed, up := "-", "no"
	if !n.stat.Missing.Has("speed") {
		speed = fmt.Sprintf("%dMb/s", n.stat.Speed)
	}
	if n.stat.IsUp {
		up = "yes"
	}
	line := fmt.Sprintf("speed=%s, duplex=%s, mtu=%d, up=%s", speed, n.stat.Duplex, n.stat.MTU, up)
	if n.stat.Kind != "" {
		line += ", kind=" + n.stat.Kind
	}
	if n.stat.Master != "" {
		line += ", master=" + n.stat.Master
	}
	return line
}

// trafficText says "bytes=1.5M, packets=2001, errors=0, drops=0".
func trafficText(bytes, packets, errs, drops uint64) string {
	return fmt.Sprintf("bytes=%s, packets=%d, errors=%d, drops=%d", psutil.Bytes2Human(bytes), packets, errs, drops)
}

// addressLines shows the addresses of one family, or nothing.
func addressLines(title string, family psutil.Family) column[*nic] {
	return column[*nic]{title: title, tableOnly: true, lines: func(n *nic) [][]string {
		var lines [][]string
		for _, a := range n.addrs {
			if a.Family == family {
				lines = append(lines, []string{addressText(a)})
			}
		}
		return lines
	}}
}

// addressText says "192.0.2.2/24, netmask=255.255.255.0, broadcast=192.0.2.255".
func addressText(a psutil.NetIfAddr) string {
	if !a.Address.IsValid() {
		line := cmp.Or(a.HardwareAddr, missingText)
		if a.HardwareBroadcast != "" {
			line += ", broadcast=" + a.HardwareBroadcast
		}
		if a.HardwarePTP != "" {
			line += ", p2p=" + a.HardwarePTP
		}
		return line
	}
	line := fmt.Sprintf("%s/%d, netmask=%s", a.Address, a.PrefixLen, a.Netmask())
	if a.Broadcast.IsValid() {
		line += ", broadcast=" + a.Broadcast.String()
	}
	if a.PTP.IsValid() {
		line += ", p2p=" + a.PTP.String()
	}
	if a.Scope != "" {
		line += ", scope=" + a.Scope
	}
	return line
}
