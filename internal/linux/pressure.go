package linux

import "github.com/go-psutil/psutil/internal/scan"

// Stall is a line of a pressure file: the share of time in which tasks waited
// for the resource.
type Stall struct {
	Avg10, Avg60, Avg300 float64 // percent, to two decimals, over so many seconds
	Total                uint64  // microseconds since boot or since the control group was made
}

// Pressure is /proc/pressure/{cpu,memory,io,irq} or a control group's
// {cpu,memory,io,irq}.pressure (Documentation/accounting/psi.rst,
// kernel/sched/psi.c psi_show).
type Pressure struct {
	Some Stall // at least one task waited
	Full Stall // every task waited

	HasSome bool // not for irq
	HasFull bool // for cpu since Linux 5.13
}

// Parse decodes the text of a pressure file. It returns the first error,
// having read every line that can be read.
func (p *Pressure) Parse(b []byte) error {
	*p = Pressure{}
	var err error
	for n, line := range eachLine(b, &err) {
		kind, rest := scan.Field(line)
		var stall *Stall
		var has *bool
		switch string(kind) {
		case "some":
			stall, has = &p.Some, &p.HasSome
		case "full":
			stall, has = &p.Full, &p.HasFull
		default:
			noteError(&err, n, line, "some or full expected")
			continue
		}
		s, ok := parseStall(rest)
		if !ok {
			noteError(&err, n, line, "avg10, avg60, avg300 and total expected")
			continue
		}
		*stall, *has = s, true
	}
	if err == nil && !p.HasSome && !p.HasFull {
		return scan.Errorf(0, b, "some or full expected")
	}
	return err
}

// parseStall reads what follows some or full: key=value fields in any order,
// of which it must find the four it knows.
func parseStall(rest []byte) (s Stall, ok bool) {
	const all = 1<<4 - 1
	seen := 0
	for {
		var field []byte
		if field, rest = scan.Field(rest); len(field) == 0 {
			return s, seen == all
		}
		key, value, _ := scan.Cut(field, '=')
		var avg *float64
		switch string(key) {
		case "avg10":
			avg, seen = &s.Avg10, seen|1
		case "avg60":
			avg, seen = &s.Avg60, seen|2
		case "avg300":
			avg, seen = &s.Avg300, seen|4
		case "total":
			if s.Total, ok = scan.Uint(value); !ok {
				return s, false
			}
			seen |= 8
			continue
		default:
			continue
		}
		v, ok := fixed(value, 2)
		if !ok {
			return s, false
		}
		*avg = float64(v) / 100
	}
}
