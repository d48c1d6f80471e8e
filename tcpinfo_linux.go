package psutil

import (
	"math"
	"time"

	"github.com/go-psutil/psutil/internal/linux"
)

// tcpInfo converts what the kernel tells of a connection.
func tcpInfo(k *linux.TCPInfo, congestion []byte) TCPInfo {
	micro := func(n uint32) time.Duration { return time.Duration(n) * time.Microsecond }
	t := TCPInfo{
		RTT: micro(k.RTT), RTTVar: micro(k.RTTVar), Cwnd: k.SndCwnd, Retransmits: k.TotalRetrans,
		BytesSent: k.BytesSent, BytesRetrans: k.BytesRetrans, BytesAcked: k.BytesAcked, BytesRecv: k.BytesReceived,
		DeliveryRate: k.DeliveryRate, Congestion: congestionName(congestion),
	}
	if k.RTT == 0 {
		t.RTTVar = 0
		t.Missing = "rtt,rttvar"
	}
	if k.Has&linux.TCPInfoNotSentBytes != 0 && k.MinRTT != math.MaxUint32 {
		t.MinRTT = micro(k.MinRTT)
	} else {
		t.Missing = t.Missing.add("min_rtt")
	}
	for _, f := range [...]struct {
		field linux.TCPInfoFields
		name  string
	}{
		{linux.TCPInfoBytesSent, "bytes_sent"}, {linux.TCPInfoBytesSent, "bytes_retrans"}, {linux.TCPInfoBytesAcked, "bytes_acked"},
		{linux.TCPInfoBytesAcked, "bytes_recv"}, {linux.TCPInfoDeliveryRate, "delivery_rate"},
	} {
		if k.Has&f.field == 0 {
			t.Missing = t.Missing.add(f.name)
		}
	}
	if t.Congestion == "" {
		t.Missing = t.Missing.add("congestion")
	}
	return t
}

// congestionName spares an allocation for the usual ones.
func congestionName(name []byte) string {
	switch string(name) {
	case "cubic":
		return "cubic"
	case "bbr":
		return "bbr"
	case "reno":
		return "reno"
	}
	return string(name)
}
