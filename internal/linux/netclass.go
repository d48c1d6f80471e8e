package linux

import (
	"bytes"
	"math"

	"github.com/go-psutil/psutil/internal/scan"
)

// NetClassFiles are the files of /sys/class/net/NAME that [Link.ParseClass]
// reads.
var NetClassFiles = [...]string{
	"ifindex", "type", "flags", "address", "broadcast", "mtu", "tx_queue_len",
	"operstate", "carrier", "carrier_changes", "speed", "duplex",
}

// ParseClass puts one file of /sys/class/net/NAME into l, which keeps the rest
// (net/core/net-sysfs.c). IFF_RUNNING, which the file of flags lacks, is added
// with operstate if IFF_UP is already there: read the files in the order of
// [NetClassFiles].
func (l *Link) ParseClass(file string, b []byte) error {
	text := scan.Trim(b)
	if len(b) == 0 || b[len(b)-1] != '\n' {
		return scan.Errorf(0, b, "%s: %s", file, cutShort)
	}
	number := func(most uint64) (uint64, error) {
		parse := scan.Uint
		if bytes.HasPrefix(text, []byte("0x")) {
			parse = scan.Hex
		}
		v, ok := parse(text)
		if !ok || v > most {
			return 0, scan.Errorf(1, text, "%s: a number expected", file)
		}
		return v, nil
	}
	var err error
	var v uint64
	switch file {
	case "ifindex":
		v, err = number(math.MaxInt32)
		l.Index = int32(v)
	case "type":
		v, err = number(math.MaxUint16)
		l.Type = uint16(v)
	case "flags":
		if v, err = number(math.MaxUint32); err == nil {
			l.Flags = uint32(v) &^ iffRunning
			l.Has |= LinkFlags
		}
	case "address":
		l.Address, err = parseLinkAddress(file, text)
	case "broadcast":
		l.Broadcast, err = parseLinkAddress(file, text)
	case "mtu":
		if v, err = number(math.MaxUint32); err == nil {
			l.MTU = uint32(v)
			l.Has |= LinkMTU
		}
	case "tx_queue_len":
		if v, err = number(math.MaxUint32); err == nil {
			l.TxQLen = uint32(v)
			l.Has |= LinkTxQLen
		}
	case "operstate":
		for i, name := range operStates {
			if string(text) == name {
				l.OperState = uint8(i)
				l.Has |= LinkOperState
			}
		}
		if l.Has&LinkOperState == 0 {
			return scan.Errorf(1, text, "%s: a state expected", file)
		}
		// As dev_get_flags does, for whom "unknown" is up too.
		if up := l.OperState == 0 || l.OperState == 6; up && l.Flags&iffUp != 0 {
			l.Flags |= iffRunning
		}
	case "carrier":
		if v, err = number(1); err == nil {
			l.Carrier = v == 1
			l.Has |= LinkCarrier
		}
	case "carrier_changes":
		if v, err = number(math.MaxUint32); err == nil {
			l.CarrierChanges = uint32(v)
			l.Has |= LinkCarrierChanges
		}
	case "speed":
		if string(text) == "-1" { // not known
			break
		}
		v, err = number(math.MaxInt32)
		l.Speed = uint32(v)
	case "duplex":
		switch string(text) {
		case "half":
			l.Duplex = 0
			l.Has |= LinkDuplex
		case "full":
			l.Duplex = 1
			l.Has |= LinkDuplex
		case "unknown":
		default:
			return scan.Errorf(1, text, "duplex: a mode expected")
		}
	default:
		return scan.Errorf(0, text, "%s: not a known file", file)
	}
	return err
}

// operStates are the texts of operstate, by IF_OPER_* of linux/if.h.
var operStates = [...]string{"unknown", "notpresent", "down", "lowerlayerdown", "testing", "dormant", "up"}

// OperStateName is the kernel's text for IF_OPER_*, empty for one not known.
func OperStateName(state uint8) string {
	if int(state) >= len(operStates) {
		return ""
	}
	return operStates[state]
}

// parseLinkAddress reads "02:fc:00:00:00:01"; an interface without an address
// has an empty line.
func parseLinkAddress(file string, b []byte) ([]byte, error) {
	if len(b) == 0 {
		return nil, nil
	}
	a := make([]byte, 0, (len(b)+1)/3)
	for i := 0; ; i += 3 {
		if len(b)-i < 2 || (len(b)-i > 2 && (b[i+2] != ':' || len(b)-i == 3)) {
			return nil, scan.Errorf(1, b, "%s: an address expected", file)
		}
		hi, ok1 := scan.HexDigit(b[i])
		lo, ok2 := scan.HexDigit(b[i+1])
		if !ok1 || !ok2 {
			return nil, scan.Errorf(1, b, "%s: an address expected", file)
		}
		a = append(a, hi<<4|lo)
		if len(b)-i == 2 {
			return a, nil
		}
	}
}
