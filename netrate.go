package psutil

import (
	"fmt"
	"time"
)

// NetRate is how many bytes a second went through connections of TCP, without
// headers and what was sent again. What went over loopback counts at both ends.
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

// netBytes counts what a [NetRate] is the rate of.
type netBytes struct{ sent, recv uint64 }

func (b *netBytes) add(more netBytes) {
	b.sent += more.sent
	b.recv += more.recv
}

// since is what came to the counters of a connection since an earlier reading.
func (b netBytes) since(before netBytes) netBytes {
	return netBytes{since(b.sent, before.sent), since(b.recv, before.recv)}
}

func (b netBytes) rate(elapsed time.Duration) NetRate {
	if elapsed <= 0 {
		return NetRate{}
	}
	return NetRate{float64(b.sent) / elapsed.Seconds(), float64(b.recv) / elapsed.Seconds()}
}
