package psutil

import (
	"net/netip"
	"testing"
	"time"
)

var someTCPInfo = TCPInfo{RTT: 1200 * time.Microsecond, RTTVar: 300 * time.Microsecond, MinRTT: time.Millisecond, Cwnd: 10, Retransmits: 1,
	BytesSent: 4096, BytesRetrans: 1448, BytesAcked: 2649, BytesRecv: 1<<64 - 1, DeliveryRate: 125000000, Congestion: "cubic"}

func TestTCPInfoGolden(t *testing.T) {
	old := TCPInfo{RTT: 1200 * time.Microsecond, RTTVar: 300 * time.Microsecond, Cwnd: 10, Congestion: "odd\x1b\xff",
		Missing: "min_rtt,bytes_sent,bytes_retrans,bytes_acked,bytes_recv,delivery_rate"}
	checkGoldenFile(t, "tcp_info", someTCPInfo)
	checkGoldenFile(t, "tcp_info_old", old)
	c := Connection{FD: 5, Kind: KindTCP4, Family: FamilyINET, Type: SocketStream, Local: netip.MustParseAddrPort("127.0.0.1:80"),
		Remote: netip.MustParseAddrPort("127.0.0.1:65535"), Status: ConnEstablished, PID: 812, UID: 1000, Inode: 99, Cookie: 1<<64 - 1,
		NetNS: 4026531840, CgroupID: 77, PeerPID: -1, RecvQ: 1, SendQ: 1447, TCP: &someTCPInfo}
	checkGoldenFile(t, "connection_tcp_info", c)
	checkGoldenFile(t, "connection_unix_peer", Connection{FD: 5, PID: 812, Kind: KindUnix, Family: FamilyUnix, Type: SocketStream, RemotePath: "/run/a",
		Inode: 7, Cookie: 3, PeerInode: 8, PeerPID: 813})
}

func TestTCPInfoString(t *testing.T) {
	for want, info := range map[string]TCPInfo{
		"rtt=1.2ms cwnd=10 sent=4096 received=18446744073709551615 retransmits=1 cubic": someTCPInfo,
		`rtt=0s cwnd=0 sent=0 received=0 retransmits=0 "odd\x1b"`:                       {Congestion: "odd\x1b"},
	} {
		if got := info.String(); got != want {
			t.Errorf("%s, want %s", got, want)
		}
	}
}
