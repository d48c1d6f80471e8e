package linux

import (
	"iter"
	"net/netip"

	"github.com/go-psutil/psutil/internal/scan"
)

// IfInet6 is a row of /proc/net/if_inet6 (net/ipv6/addrconf.c
// if6_seq_show): an IPv6 address of an interface.
type IfInet6 struct {
	Prefix netip.Prefix // the address itself, not masked, and without a zone
	Index  uint32       // of the interface
	Scope  uint8        // IPV6_ADDR_* of net/ipv6.h: 0x20 link, 0x10 loopback
	Flags  uint8        // the low eight bits of IFA_F_* of linux/if_addr.h
	Name   []byte       // of the interface; aliases the input
}

// EachIfInet6 returns the rows of /proc/net/if_inet6.
func EachIfInet6(b []byte) iter.Seq2[IfInet6, error] { return eachRow(b, 0, parseIfInet6) }

func parseIfInet6(line []byte) (r IfInet6, bad string) {
	f := scan.NewFields(line)
	digits := f.Next()
	index, bits, scope, flags := f.Hex(), f.Hex(), f.Hex(), f.Hex()
	r.Name = f.Next()
	r.Index, r.Scope, r.Flags = uint32(index), uint8(scope), uint8(flags)
	if f.Bad() != 0 || uint64(r.Index) != index || bits > 128 || len(r.Name) == 0 ||
		uint64(r.Scope) != scope || uint64(r.Flags) != flags {
		return r, "index, prefix length, scope, flags and a name expected"
	}
	var a [16]byte
	if len(digits) != 2*len(a) {
		return r, "32 digits of an address expected"
	}
	for i := range a {
		hi, ok1 := scan.HexDigit(digits[2*i])
		lo, ok2 := scan.HexDigit(digits[2*i+1])
		if !ok1 || !ok2 {
			return r, "32 digits of an address expected"
		}
		a[i] = hi<<4 | lo
	}
	r.Prefix = netip.PrefixFrom(netip.AddrFrom16(a), int(bits))
	return r, ""
}
