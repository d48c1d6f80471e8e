package linux

import (
	"bytes"

	"github.com/go-psutil/psutil/internal/scan"
)

// SNMP is /proc/net/snmp (net/ipv4/proc.c snmp_seq_show): what a network namespace
// counts of each protocol, a line of names and one of values.
type SNMP struct {
	// TCPOpens counts the connections of TCP, of both families, that were begun or
	// accepted: ActiveOpens and PassiveOpens.
	TCPOpens uint64
}

// Parse decodes the text of the file.
func (s *SNMP) Parse(b []byte) error {
	*s = SNMP{}
	prefix := []byte("Tcp: ")
	var names, values []byte
	for line := range bytes.Lines(b) {
		if !bytes.HasPrefix(line, prefix) {
			continue
		}
		if names, values = values, line; names != nil {
			break
		}
	}
	if names == nil || values[len(values)-1] != '\n' {
		return scan.Errorf(0, b, "snmp: two lines of Tcp expected")
	}
	var (
		name, value = scan.NewFields(scan.Trim(names)), scan.NewFields(scan.Trim(values))
		found       int
	)
	for n := name.Next(); len(n) > 0; n = name.Next() {
		if string(n) == "ActiveOpens" || string(n) == "PassiveOpens" {
			s.TCPOpens += value.Uint()
			found++
		} else {
			value.Next()
		}
	}
	if found != 2 || value.Bad() != 0 {
		*s = SNMP{}
		return scan.Errorf(0, values, "snmp: connections that were opened expected")
	}
	return nil
}
