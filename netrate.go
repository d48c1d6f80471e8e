package psutil

import (
	"fmt"
	"strconv"
	"time"
)

// NetRate is how many bytes a second a process sent and received through its
// connections of TCP: those of the streams, without headers and without what was
// sent again. What goes over loopback counts at both ends, and what goes through a
// connection that several processes hold, as after fork(2), at each of them.
//
// A [Sampler] knows it as [FieldNetRate]. It compares the counters that the kernel
// keeps of each connection. The difference is charged to the processes that hold
// the connection at the later sample or, once it is closed, to those that held it
// at the last sample before, as far as the kernel tells what it carried until then
// (Linux 4.2). If there are more of these notes than the kernel can keep until the
// next sample the error is a [*NetLossError]. What no process is charged with is
// [Sample]'s NetUnowned.
//
// What a process resets with SO_LINGER, or connects elsewhere, is counted up to the
// last sample before only. The end of a stream counts as one byte received if the
// connection is closed before a sample saw it end: the kernel counts so. Before Linux 4.19 what is sent
// counts once it is acknowledged, with a byte for each end of the stream.
//
// It is missing, with [ErrAccessDenied], for a process whose descriptors the caller
// may not look into, as those of other users without CAP_SYS_PTRACE, and for those in
// a network namespace that the caller may not enter, which takes CAP_SYS_ADMIN unless
// it is the caller's own. It is missing for a process that the sample before did not
// have, or whose namespace it did not have; and below a recorded root, and before
// Linux 4.1, with [ErrNotSupported]. Connections in a namespace that no process is
// in, and that is not mounted, are not seen.
//
// Cost on Linux: at each sample a dump of the TCP sockets of each network namespace
// (sock_diag(7)), the links of every descriptor and of every ns/net; and one socket
// for each namespace, open between samples, because of which a namespace that the last
// process has left stays until the next sample or [Sampler.Close].
type NetRate struct {
	BytesSent float64 `json:"bytes_sent"`
	BytesRecv float64 `json:"bytes_recv"`
}

// MarshalJSON writes the fields.
func (r NetRate) MarshalJSON() ([]byte, error) { return marshalFields(r) }

// String returns "sent=1024.0 received=0.5".
func (r NetRate) String() string {
	return fmt.Sprintf("sent=%.1f received=%.1f", r.BytesSent, r.BytesRecv)
}

// A NetLossError says that connections of a network namespace were closed faster
// than the kernel could tell a [Sampler]: what some of them carried since the
// sample before is in no [NetRate], nor in [Sample]'s NetUnowned. It comes beside the
// sample. To sample more often helps, and so does CAP_NET_ADMIN, with which the
// kernel keeps more than net.core.rmem_max.
type NetLossError struct{ NetNS NetNS }

// Error says "net_rate: some connections that were closed in network namespace
// 4026531840 are not counted".
func (e *NetLossError) Error() string {
	return "net_rate: some connections that were closed in network namespace " + strconv.FormatUint(uint64(e.NetNS), 10) + " are not counted"
}

// netBytes counts what a [NetRate] is the rate of.
type netBytes struct{ sent, recv uint64 }

func (b *netBytes) add(more netBytes) {
	b.sent += more.sent
	b.recv += more.recv
}

// since is what came to the counters of a connection since an earlier reading. The
// kernel takes a little back sometimes, and all when a connection is reset by its own
// process: nothing came then.
func (b netBytes) since(before netBytes) netBytes {
	return netBytes{b.sent - min(b.sent, before.sent), b.recv - min(b.recv, before.recv)}
}

func (b netBytes) rate(elapsed time.Duration) NetRate {
	if elapsed <= 0 {
		return NetRate{}
	}
	return NetRate{float64(b.sent) / elapsed.Seconds(), float64(b.recv) / elapsed.Seconds()}
}
