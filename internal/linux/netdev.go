package linux

import (
	"bytes"
	"iter"

	"github.com/go-psutil/psutil/internal/scan"
)

// NetDev is a row of /proc/net/dev (proc_pid_net(5), net/core/net-procfs.c
// dev_seq_printf_stats): a network interface of the namespace of the process
// whose file it is. Counters run since the interface was made.
type NetDev struct {
	Name []byte // aliases the input; an old alias reads "eth0:1"

	RxBytes, RxPackets uint64
	RxErrors           uint64
	RxDropped          uint64 // missed by the hardware included
	RxFIFO             uint64
	RxFrame            uint64 // errors of length, overrun, CRC and frame
	RxCompressed       uint64
	RxMulticast        uint64

	TxBytes, TxPackets uint64
	TxErrors           uint64
	TxDropped          uint64
	TxFIFO             uint64
	TxCollisions       uint64
	TxCarrier          uint64 // carrier, aborted, window and heartbeat errors
	TxCompressed       uint64
}

// EachNetDev returns the rows of /proc/net/dev or /proc/PID/net/dev, whose
// first two lines are headings.
func EachNetDev(b []byte) iter.Seq2[NetDev, error] { return eachRow(b, 2, parseNetDev) }

func parseNetDev(line []byte) (d NetDev, bad string) {
	// The last colon: an alias has one in its name, a number never does. No
	// blank need follow it.
	i := bytes.LastIndexByte(line, ':')
	if i < 0 {
		return d, "an interface name and a colon expected"
	}
	d.Name = scan.Trim(line[:i])
	f := scan.NewFields(line[i+1:])
	d.RxBytes, d.RxPackets, d.RxErrors, d.RxDropped = f.Uint(), f.Uint(), f.Uint(), f.Uint()
	d.RxFIFO, d.RxFrame, d.RxCompressed, d.RxMulticast = f.Uint(), f.Uint(), f.Uint(), f.Uint()
	d.TxBytes, d.TxPackets, d.TxErrors, d.TxDropped = f.Uint(), f.Uint(), f.Uint(), f.Uint()
	d.TxFIFO, d.TxCollisions, d.TxCarrier, d.TxCompressed = f.Uint(), f.Uint(), f.Uint(), f.Uint()
	if len(d.Name) == 0 || f.Bad() != 0 {
		return d, "an interface name and sixteen counters expected"
	}
	return d, ""
}
