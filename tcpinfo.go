package psutil

import (
	"fmt"
	"time"
)

// TCPInfo is how a TCP connection fares, as TCP_INFO of tcp(7) tells. The bytes
// are those of the stream since the connection was made; as acknowledged or
// received the kernel also counts one for the stream's end, and as acknowledged
// one for its beginning at the end that made the connection. How old a connection
// is no kernel tells.
type TCPInfo struct {
	RTT          time.Duration `json:"rtt"`     // smoothed round trip time
	RTTVar       time.Duration `json:"rttvar"`  // and how much it varies
	MinRTT       time.Duration `json:"min_rtt"` // within the last minutes
	Cwnd         uint32        `json:"cwnd"`    // congestion window, segments
	Retransmits  uint32        `json:"retransmits"`
	BytesSent    uint64        `json:"bytes_sent"` // with those sent again
	BytesRetrans uint64        `json:"bytes_retrans"`
	BytesAcked   uint64        `json:"bytes_acked"`
	BytesRecv    uint64        `json:"bytes_recv"`
	DeliveryRate uint64        `json:"delivery_rate"` // bytes a second, as last measured
	Congestion   string        `json:"congestion"`    // congestion control, such as "cubic"
	Missing      Missing       `json:"-"`
}

// MarshalJSON writes the fields.
func (t TCPInfo) MarshalJSON() ([]byte, error) { return marshalFields(t) }

// String returns a line such as "rtt=1.2ms cwnd=10 sent=4096 received=12 retransmits=0 cubic".
func (t TCPInfo) String() string {
	return fmt.Sprintf("rtt=%v cwnd=%d sent=%d received=%d retransmits=%d %s", t.RTT, t.Cwnd, t.BytesSent, t.BytesRecv, t.Retransmits, printable(t.Congestion))
}
