package linux

import (
	"bytes"

	"github.com/go-psutil/psutil/internal/scan"
)

// Sockstat is /proc/net/sockstat or, for IPv6, /proc/net/sockstat6
// (net/ipv4/proc.c sockstat_seq_show, net/ipv6/proc.c sockstat6_seq_show): how many
// sockets of a protocol a network namespace has.
type Sockstat struct {
	// TCPInUse counts the sockets of TCP that can be found by their port, without
	// TIME_WAIT and requests to connect.
	TCPInUse uint64
}

// Parse decodes the text of either file.
func (s *Sockstat) Parse(b []byte) error {
	*s = Sockstat{}
	for line := range bytes.Lines(b) {
		f := scan.NewFields(scan.Trim(line))
		if name := string(f.Next()); name != "TCP:" && name != "TCP6:" {
			continue
		}
		inUse := string(f.Next()) == "inuse"
		n := f.Uint()
		if !inUse || f.Bad() != 0 || line[len(line)-1] != '\n' {
			return scan.Errorf(0, line, "sockstat: sockets in use expected")
		}
		s.TCPInUse = n
		return nil
	}
	return scan.Errorf(0, b, "sockstat: no TCP")
}
