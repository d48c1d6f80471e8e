package linux

import (
	"bytes"
	"net/netip"
	"os"
	"reflect"
	"testing"

	"github.com/go-psutil/psutil/internal/fixture"
)

func inetDiagMessage(tb testing.TB, name string) []byte {
	tb.Helper()
	archive, err := os.ReadFile("testdata/inetdiag.txtar")
	if err != nil {
		tb.Fatal(err)
	}
	return fixture.File(tb, archive, name)
}

// u32s are numbers as the kernel puts them one after the other.
func u32s(bigEndian bool, v ...uint32) []byte {
	var b []byte
	for _, v := range v {
		b = appendU32(b, v, bigEndian)
	}
	return b
}

// inetDiagMsg is a struct inet_diag_msg of ports 0x0102 and 0x0304 in
// TCP_ESTABLISHED, the address bytes counting up.
func inetDiagMsg(bigEndian bool, family byte) []byte {
	b := []byte{family, 1, 4, 3, 1, 2, 3, 4}
	for i := range byte(32) {
		b = append(b, 0x20+i)
	}
	return append(b, u32s(bigEndian, 0x01020304, 0x11121314, 0x21222324, 0x31323334, 0x41424344, 0x51525354, 0x61626364, 0x71727374)...)
}

func cased(name string, bigEndian bool) string {
	if bigEndian {
		return name + "BigEndian"
	}
	return name + "LittleEndian"
}

func TestInetDiagRequest(t *testing.T) {
	zeros := make([]byte, 48)
	tests := []struct {
		name      string
		got, want []byte
	}{
		{"TCPLittleEndian", InetDiagRequest(2, 6, 0x01020304, 0, 0, InetDiagExtInfo|InetDiagExtSKMemInfo, false),
			append([]byte{72, 0, 0, 0, 20, 0, 15: 0, 16: 2, 6, 0x42, 0, 4, 3, 2, 1}, zeros...)},
		{"TCPBigEndian", InetDiagRequest(10, 6, 0x01020304, 0, 0, InetDiagExtCong|InetDiagExtTOS|InetDiagExtTClass, true),
			append([]byte{0, 0, 0, 72, 0, 20, 15: 0, 16: 10, 6, 0x38, 0, 1, 2, 3, 4}, zeros...)},
		{"Raw", InetDiagRequest(2, 255, 1<<7, 0, 0, 0, false),
			append([]byte{72, 0, 0, 0, 20, 0, 15: 0, 16: 2, 255, 0, 0, 128, 0, 0, 0}, zeros...)},
		{"MPTCPLittleEndian", InetDiagRequest(2, 262, 1, 0, 0, 0, false),
			append(append([]byte{80, 0, 0, 0, 20, 0, 15: 0, 16: 2, 0, 0, 0, 1, 0, 0, 0}, zeros...), 8, 0, 3, 0, 6, 1, 0, 0)},
		{"MPTCPBigEndian", InetDiagRequest(2, 262, 1, 0, 0, 0, true),
			append(append([]byte{0, 0, 0, 80, 0, 20, 15: 0, 16: 2, 0, 0, 0, 0, 0, 0, 1}, zeros...), 0, 8, 0, 3, 0, 0, 1, 6)},
	}
	ports := append([]byte{0x1f, 0x90, 0x01, 0xbb}, zeros[4:]...)
	tests = append(tests, []struct {
		name      string
		got, want []byte
	}{
		{"Ports", InetDiagRequest(2, 6, 1, 8080, 443, 0, true), append([]byte{0, 0, 0, 72, 0, 20, 15: 0, 16: 2, 6, 0, 0, 0, 0, 0, 1}, ports...)},
		{"BothFamilies", TCPDiagRequest(0x01020304, 8080, 443, InetDiagExtInfo, false),
			append(append([]byte{76, 0, 0, 0, 18, 0, 15: 0, 16: 0, 0, 0, 2}, ports...), 4, 3, 2, 1, 0, 0, 0, 0)},
	}...)
	for _, tt := range tests {
		if !bytes.Equal(tt.got, tt.want) {
			t.Errorf("%s: % x, want % x", tt.name, tt.got, tt.want)
		}
	}
}

func TestInetDiagCaptured(t *testing.T) {
	const (
		closed = InetDiagTOS | InetDiagSKMemInfo | InetDiagShutdown | InetDiagMark | InetDiagCgroupID
		conn   = closed | InetDiagInfo | InetDiagCong
		six    = InetDiagTClass
	)
	ap := netip.MustParseAddrPort
	bbr := []byte("bbr")
	mem := func(rcvbuf, sndbuf uint32) SKMemInfo {
		return SKMemInfo{RcvBuf: rcvbuf, SndBuf: sndbuf, HasBacklog: true, HasDrops: true}
	}
	tests := []struct {
		name string
		info int
		want InetDiag
	}{
		{"listener", 280, InetDiag{Has: conn, Family: 2, State: 10, Local: ap("127.0.0.1:8001"), Remote: ap("0.0.0.0:0"), Cookie: 0xc633,
			RxQueue: 1, TxQueue: 7, Inode: 4329591, Cong: bbr, SKMemInfo: mem(131072, 16384), CgroupID: 1}},
		{"finwait", 280, InetDiag{Has: conn, Family: 2, State: 5, Local: ap("127.0.0.1:40001"), Remote: ap("127.0.0.1:8001"), Cookie: 0xc63a,
			Inode: 4329592, Cong: bbr, SKMemInfo: mem(131072, 3939840), Shutdown: 2, Mark: 0x1234, CgroupID: 1}},
		{"closewait", 280, InetDiag{Has: conn, Family: 2, State: 8, Timer: 2, Local: ap("127.0.0.1:8001"), Remote: ap("127.0.0.1:40001"), Cookie: 0xc639,
			Expires: 7199696, RxQueue: 3001, Inode: 4329593, Cong: bbr, Shutdown: 1, CgroupID: 1,
			SKMemInfo: SKMemInfo{RmemAlloc: 3832, RcvBuf: 131072, SndBuf: 3939840, FwdAlloc: 4360, HasBacklog: true, HasDrops: true}}},
		{"timewait", 0, InetDiag{Has: InetDiagMark, Family: 2, State: 6, Timer: 3, Local: ap("127.0.0.1:40003"), Remote: ap("127.0.0.1:8001"), Cookie: 0xc63c, Expires: 59696}},
		{"bound", 0, InetDiag{Has: closed, Family: 2, State: 7, Local: ap("127.0.0.1:8004"), Remote: ap("0.0.0.0:0"), Cookie: 0xc635,
			Inode: 4329603, SKMemInfo: mem(131072, 16384), CgroupID: 1}},
		{"mptcp", 96, InetDiag{Has: closed | InetDiagInfo, Family: 2, State: 10, Local: ap("127.0.0.1:8006"), Remote: ap("0.0.0.0:0"), Cookie: 0xc641,
			TxQueue: 3, Inode: 4329609, SKMemInfo: mem(131072, 16384), CgroupID: 1}},
		{"v6only", 280, InetDiag{Has: conn | six | InetDiagSKV6Only, Family: 10, State: 10, Local: ap("[::1]:8002"), Remote: ap("[::]:0"), Cookie: 0xc643,
			TxQueue: 128, Inode: 4329599, Cong: bbr, SKMemInfo: mem(131072, 16384), SKV6Only: true, CgroupID: 1}},
		{"mapped", 280, InetDiag{Has: conn | six, Family: 10, State: 1, Local: ap("[::ffff:127.0.0.1]:8003"), Remote: ap("[::ffff:127.0.0.1]:40005"), Cookie: 0xc644,
			Inode: 4329602, Cong: bbr, SKMemInfo: mem(131072, 3939840), CgroupID: 1}},
		{"udp", 0, InetDiag{Has: closed, Family: 2, State: 7, Local: ap("127.0.0.1:5353"), Remote: ap("0.0.0.0:0"), Cookie: 0xc63e,
			RxQueue: 832, Inode: 4329604, CgroupID: 1,
			SKMemInfo: SKMemInfo{RmemAlloc: 832, RcvBuf: 212992, SndBuf: 212992, FwdAlloc: 3264, HasBacklog: true, HasDrops: true}}},
		{"udp6", 0, InetDiag{Has: closed | six | InetDiagSKV6Only, Family: 10, State: 7, Local: ap("[::]:5355"), Remote: ap("[::]:0"), If: 1, Cookie: 0xc645,
			Inode: 4329606, SKMemInfo: mem(212992, 212992), CgroupID: 1}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			var got InetDiag
			if err := got.Parse(inetDiagMessage(t, tt.name), false); err != nil {
				t.Fatal(err)
			}
			if len(got.Info) != tt.info {
				t.Errorf("Info of %d bytes, want %d", len(got.Info), tt.info)
			}
			got.Info = nil
			if !reflect.DeepEqual(got, tt.want) {
				t.Errorf("got  %+v\nwant %+v", got, tt.want)
			}
		})
	}
}

func TestInetDiag(t *testing.T) {
	base := InetDiag{
		Family: 2, State: 1, Timer: 4, Retrans: 3,
		Local: netip.MustParseAddrPort("32.33.34.35:258"), Remote: netip.MustParseAddrPort("48.49.50.51:772"),
		If: 0x01020304, Cookie: 0x2122232411121314,
		Expires: 0x31323334, RxQueue: 0x41424344, TxQueue: 0x51525354, UID: 0x61626364, Inode: 0x71727374,
	}
	six := base
	six.Family = 10
	six.Local = netip.MustParseAddrPort("[2021:2223:2425:2627:2829:2a2b:2c2d:2e2f]:258")
	six.Remote = netip.MustParseAddrPort("[3031:3233:3435:3637:3839:3a3b:3c3d:3e3f]:772")
	for _, be := range []bool{false, true} {
		all := six
		all.Has = InetDiagInfo | InetDiagCong | InetDiagTOS | InetDiagTClass | InetDiagSKMemInfo | InetDiagShutdown |
			InetDiagProtocol | InetDiagSKV6Only | InetDiagMark | InetDiagCgroupID
		all.Info, all.Cong, all.TOS, all.TClass, all.Shutdown, all.Protocol, all.SKV6Only = []byte{1, 2, 3}, []byte("cubic"), 0x10, 0xb8, 3, 89, true
		all.Mark, all.CgroupID = 0xfffefdfc, 0x0807060504030201
		all.SKMemInfo = SKMemInfo{1, 2, 3, 4, -5, 6, 7, true, true, 8, 9}
		cgroup := u32s(be, 0x04030201, 0x08070605)
		if be {
			cgroup = u32s(be, 0x08070605, 0x04030201)
		}
		old := base
		old.Has = InetDiagSKMemInfo
		old.SKMemInfo = SKMemInfo{1, 2, 3, 4, 5, 6, 7, false, false, 0, 0}
		backlog := base
		backlog.Has = InetDiagSKMemInfo
		backlog.SKMemInfo = SKMemInfo{1, 2, 3, 4, 5, 6, 7, true, false, 8, 0}
		unpadded := base
		unpadded.Has, unpadded.Shutdown = InetDiagShutdown, 2
		tests := []struct {
			name string
			msg  []byte
			want InetDiag
		}{
			{"NoAttributes", message(be, 20, inetDiagMsg(be, 2)), base},
			{"IPv6", message(be, 20, inetDiagMsg(be, 10)), six},
			{"Everything", message(be, 20, inetDiagMsg(be, 10),
				attr(be, 14), attr(be, 2, 1, 2, 3), attr(be, 4, []byte("cubic\x00")...), attr(be, 5, 0x10), attr(be, 6, 0xb8),
				attr(be, 7, u32s(be, 1, 2, 3, 4, 0xfffffffb, 6, 7, 8, 9)...), attr(be, 8, 3), attr(be, 10, 89), attr(be, 11, 1),
				attr32(be, 15, 0xfffefdfc), attr32(be, 17, 5), attr(be, 21, cgroup...), attr(be, 22, 1, 2), attr(be, 0x8000|19, 1, 2, 3, 4)), all},
			{"OldSKMemInfo", message(be, 20, inetDiagMsg(be, 2), attr(be, 7, u32s(be, 1, 2, 3, 4, 5, 6, 7)...)), old},
			{"SKMemInfoWithBacklog", message(be, 20, inetDiagMsg(be, 2), attr(be, 7, u32s(be, 1, 2, 3, 4, 5, 6, 7, 8)...)), backlog},
			{"LastAttributeWithoutPadding", message(be, 20, inetDiagMsg(be, 2), attr(be, 8, 2)[:5]), unpadded},
		}
		for _, tt := range tests {
			t.Run(cased(tt.name, be), func(t *testing.T) {
				var got InetDiag
				if err := got.Parse(tt.msg, be); err != nil {
					t.Fatal(err)
				}
				if !reflect.DeepEqual(got, tt.want) {
					t.Errorf("got  %+v\nwant %+v", got, tt.want)
				}
			})
		}
	}
}

// TestInetDiagHostile has messages that are all wrong, in one thing each.
func TestInetDiagHostile(t *testing.T) {
	with := func(parts ...[]byte) []byte {
		return message(false, 20, append([][]byte{inetDiagMsg(false, 2)}, parts...)...)
	}
	good := with()
	tests := []struct {
		name string
		msg  []byte
	}{
		{"Empty", nil},
		{"HeaderOnly", message(false, 20)},
		{"BodyTooShort", message(false, 20, inetDiagMsg(false, 2)[:71])},
		{"LengthTooShort", append([]byte{4}, good[1:]...)},
		{"LengthTooLong", append([]byte{0xff, 0xff, 0xff, 0xff}, good[4:]...)},
		{"MoreThanTheLength", append(bytes.Clone(good), 0)},
		{"AnotherType", message(false, 19, inetDiagMsg(false, 2))},
		{"OtherByteOrder", message(true, 20, inetDiagMsg(true, 2))},
		{"FamilyUnspecified", message(false, 20, inetDiagMsg(false, 0))},
		{"FamilyUnix", message(false, 20, inetDiagMsg(false, 1))},
		{"AttributeOfNoLength", with([]byte{0, 0, 8, 0})},
		{"AttributeShorterThanItsHead", with([]byte{3, 0, 8, 0})},
		{"AttributeBeyondTheEnd", with([]byte{9, 0, 2, 0, 0, 0, 0, 0})},
		{"HalfAnAttribute", with([]byte{4, 0, 8})},
		{"EmptyTOS", with(attr(false, 5))},
		{"EmptyTClass", with(attr(false, 6))},
		{"ShortSKMemInfo", with(attr(false, 7, make([]byte, 27)...))},
		{"EmptyShutdown", with(attr(false, 8))},
		{"EmptyProtocol", with(attr(false, 10))},
		{"EmptySKV6Only", with(attr(false, 11))},
		{"ShortMark", with(attr(false, 15, 1, 2, 3))},
		{"ShortCgroupID", with(attr(false, 21, 1, 2, 3, 4, 5, 6, 7))},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			d := InetDiag{Inode: 5, Cong: []byte("left over")}
			if err := d.Parse(tt.msg, false); err == nil {
				t.Errorf("no error for % x", tt.msg)
			}
			if !reflect.DeepEqual(d, InetDiag{}) {
				t.Errorf("left %+v", d)
			}
		})
	}
}

// cutMessage cuts a message at each byte, with the length of the whole in the
// header, which is an error, and with that of the cut, where only a cut between
// two attributes, or in padding, can't be noticed.
func cutMessage(t *testing.T, name string, msg []byte, fixed int, parse func([]byte) error) {
	t.Helper()
	if err := parse(msg); err != nil {
		t.Fatalf("%s: %v", name, err)
	}
	attributeEnd := map[int]bool{fixed: true}
	for off := fixed; off < len(msg); {
		n := int(msg[off]) | int(msg[off+1])<<8
		for end := off + n; end <= off+(n+3)&^3; end++ {
			attributeEnd[end] = true
		}
		off += (n + 3) &^ 3
	}
	for n := range len(msg) {
		if parse(msg[:n:n]) == nil {
			t.Errorf("%s: no error for %d of %d bytes", name, n, len(msg))
		}
		if n < 16 {
			continue
		}
		cut := bytes.Clone(msg[:n])
		copy(cut, appendU32(nil, uint32(n), false))
		if err := parse(cut); (err == nil) != attributeEnd[n] {
			t.Errorf("%s: %v for a message of %d bytes", name, err, n)
		}
	}
}

func TestInetDiagCut(t *testing.T) {
	for _, name := range []string{"finwait", "mapped", "timewait", "udp6"} {
		var d InetDiag
		cutMessage(t, name, inetDiagMessage(t, name), 16+72, func(b []byte) error { return d.Parse(b, false) })
	}
}

const tcpInfoAll = TCPInfoReceivedCE<<1 - 1

func TestTCPInfoCaptured(t *testing.T) {
	const noLimit = 1<<64 - 1
	tests := []struct {
		name string
		want TCPInfo
	}{
		{"finwait", TCPInfo{
			Has: tcpInfoAll, State: 5, Options: 7, SndWScale: 10, RcvWScale: 10,
			RTO: 208000, ATO: 40000, SndMSS: 50176, RcvMSS: 536, LastDataSent: 304, LastDataRecv: 304, LastAckRecv: 260,
			PMTU: 65535, RcvSSThresh: 65495, RTT: 5303, RTTVar: 10558, SndSSThresh: 1<<31 - 1, SndCwnd: 12, AdvMSS: 65483, Reordering: 3, RcvSpace: 65495,
			PacingRate: 28354212845, MaxPacingRate: noLimit, BytesAcked: 3002, BytesReceived: 10, SegsOut: 5, SegsIn: 4,
			MinRTT: 10, DataSegsIn: 1, DataSegsOut: 1, DeliveryRate: 1188610, BusyTime: 44000, Delivered: 3,
			BytesSent: 3000, SndWnd: 100352, RcvWnd: 65536,
		}},
		{"closewait", TCPInfo{
			Has: tcpInfoAll, State: 8, Options: 7, SndWScale: 10, RcvWScale: 10, DeliveryRateAppLimited: true,
			RTO: 204000, ATO: 40000, SndMSS: 32768, RcvMSS: 3000, LastDataSent: 304, LastDataRecv: 304, LastAckRecv: 304,
			PMTU: 65535, RcvSSThresh: 99406, RTT: 32, RTTVar: 18, SndSSThresh: 1<<31 - 1, SndCwnd: 11, AdvMSS: 65483, Reordering: 3, RcvSpace: 65483,
			PacingRate: 25309747429, MaxPacingRate: noLimit, BytesAcked: 10, BytesReceived: 3001, SegsOut: 3, SegsIn: 5,
			MinRTT: 4, DataSegsIn: 1, DataSegsOut: 1, DeliveryRate: 8192000000, Delivered: 2,
			BytesSent: 10, SndWnd: 65536, RcvWnd: 100352,
		}},
		{"listener", TCPInfo{
			Has: tcpInfoAll, State: 10, Unacked: 1, Sacked: 7, SndCwnd: 10, Reordering: 3, PacingRate: noLimit, MaxPacingRate: noLimit,
		}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			var d InetDiag
			if err := d.Parse(inetDiagMessage(t, tt.name), false); err != nil {
				t.Fatal(err)
			}
			var got TCPInfo
			if err := got.Parse(d.Info, false); err != nil {
				t.Fatal(err)
			}
			if got != tt.want {
				t.Errorf("got  %+v\nwant %+v", got, tt.want)
			}
		})
	}
}

// tcpInfoBytes is a struct tcp_info of which each number after the first eight
// bytes is its offset, with 1<<32 added to those of 64 bits.
func tcpInfoBytes(bigEndian bool) []byte {
	b := []byte{1, 4, 2, 3, 5, 0x1f, 0x7a, 0x05}
	if bigEndian {
		b[6], b[7] = 0xa7, 0xc0
	}
	wide := map[int]bool{104: true, 112: true, 120: true, 128: true, 160: true, 168: true, 176: true, 184: true, 200: true, 208: true}
	for len(b) < 280 {
		n := uint32(len(b))
		switch {
		case wide[len(b)] && bigEndian:
			b = append(b, u32s(true, 1, n)...)
		case wide[len(b)]:
			b = append(b, u32s(false, n, 1)...)
		case n == 240:
			b = appendU16(appendU16(b, 240, bigEndian), 242, bigEndian)
		default:
			b = appendU32(b, n, bigEndian)
		}
	}
	return b
}

// TestTCPInfo gives the struct of every kernel, and every length between.
func TestTCPInfo(t *testing.T) {
	const high = 1 << 32
	whole := TCPInfo{
		State: 1, CAState: 4, Retransmits: 2, Probes: 3, Backoff: 5, Options: 0x1f, SndWScale: 10, RcvWScale: 7,
		DeliveryRateAppLimited: true, FastOpenClientFail: 2,
		RTO: 8, ATO: 12, SndMSS: 16, RcvMSS: 20, Unacked: 24, Sacked: 28, Lost: 32, Retrans: 36, Fackets: 40,
		LastDataSent: 44, LastAckSent: 48, LastDataRecv: 52, LastAckRecv: 56,
		PMTU: 60, RcvSSThresh: 64, RTT: 68, RTTVar: 72, SndSSThresh: 76, SndCwnd: 80, AdvMSS: 84, Reordering: 88,
		RcvRTT: 92, RcvSpace: 96, TotalRetrans: 100,
	}
	steps := []struct {
		size int
		add  func(w *TCPInfo)
	}{
		{104, func(w *TCPInfo) {}},
		{120, func(w *TCPInfo) { w.Has |= TCPInfoPacingRate; w.PacingRate, w.MaxPacingRate = high|104, high|112 }},
		{136, func(w *TCPInfo) { w.Has |= TCPInfoBytesAcked; w.BytesAcked, w.BytesReceived = high|120, high|128 }},
		{144, func(w *TCPInfo) { w.Has |= TCPInfoSegsOut; w.SegsOut, w.SegsIn = 136, 140 }},
		{160, func(w *TCPInfo) {
			w.Has |= TCPInfoNotSentBytes
			w.NotSentBytes, w.MinRTT, w.DataSegsIn, w.DataSegsOut = 144, 148, 152, 156
		}},
		{168, func(w *TCPInfo) { w.Has |= TCPInfoDeliveryRate; w.DeliveryRate = high | 160 }},
		{192, func(w *TCPInfo) {
			w.Has |= TCPInfoBusyTime
			w.BusyTime, w.RWndLimited, w.SndBufLimited = high|168, high|176, high|184
		}},
		{200, func(w *TCPInfo) { w.Has |= TCPInfoDelivered; w.Delivered, w.DeliveredCE = 192, 196 }},
		{224, func(w *TCPInfo) {
			w.Has |= TCPInfoBytesSent
			w.BytesSent, w.BytesRetrans, w.DSACKDups, w.ReordSeen = high|200, high|208, 216, 220
		}},
		{232, func(w *TCPInfo) { w.Has |= TCPInfoRcvOOOPack; w.RcvOOOPack, w.SndWnd = 224, 228 }},
		{240, func(w *TCPInfo) { w.Has |= TCPInfoRcvWnd; w.RcvWnd, w.Rehash = 232, 236 }},
		{248, func(w *TCPInfo) {
			w.Has |= TCPInfoTotalRTO
			w.TotalRTO, w.TotalRTORecoveries, w.TotalRTOTime = 240, 242, 244
		}},
		{276, func(w *TCPInfo) {
			w.Has |= TCPInfoReceivedCE
			w.ReceivedCE, w.DeliveredE1Bytes, w.DeliveredE0Bytes, w.DeliveredCEBytes = 248, 252, 256, 260
			w.ReceivedE1Bytes, w.ReceivedE0Bytes, w.ReceivedCEBytes = 264, 268, 272
		}},
	}
	for _, be := range []bool{false, true} {
		b := append(tcpInfoBytes(be), make([]byte, 100)...)
		got := whole
		for n := range 104 {
			if err := got.Parse(b[:n:n], be); err == nil || got != (TCPInfo{}) {
				t.Errorf("%d bytes: %v, %+v", n, err, got)
			}
		}
		want := whole
		for i, s := range steps {
			s.add(&want)
			end := len(b) + 1
			if i+1 < len(steps) {
				end = steps[i+1].size
			}
			for n := s.size; n < end; n++ {
				if err := got.Parse(b[:n:n], be); err != nil || got != want {
					t.Errorf("%d bytes, big endian %v: %v\ngot  %+v\nwant %+v", n, be, err, got, want)
				}
			}
		}
	}
}

func TestInetDiagAllocate(t *testing.T) {
	msg, six := inetDiagMessage(t, "finwait"), inetDiagMessage(t, "mapped")
	var d InetDiag
	var info TCPInfo
	if n := testing.AllocsPerRun(100, func() {
		if d.Parse(six, false) != nil || d.Parse(msg, false) != nil || info.Parse(d.Info, false) != nil {
			t.Fatal("not decoded")
		}
	}); n != 0 {
		t.Errorf("%v allocations", n)
	}
}

func BenchmarkInetDiag(b *testing.B) {
	msg := inetDiagMessage(b, "finwait")
	var d InetDiag
	for b.Loop() {
		if err := d.Parse(msg, false); err != nil {
			b.Fatal(err)
		}
	}
}

func FuzzInetDiag(f *testing.F) {
	for _, name := range []string{"listener", "finwait", "closewait", "timewait", "mptcp", "mapped", "udp6"} {
		f.Add(inetDiagMessage(f, name), false)
	}
	f.Add(message(true, 20, inetDiagMsg(true, 10), attr(true, 2, tcpInfoBytes(true)...), attr(true, 10, 1)), true)
	f.Add(tcpInfoBytes(true), true)
	f.Fuzz(func(t *testing.T, b []byte, bigEndian bool) {
		info := b
		var d InetDiag
		if err := d.Parse(b, bigEndian); err != nil {
			if !reflect.DeepEqual(d, InetDiag{}) {
				t.Errorf("%+v beside %v", d, err)
			}
		} else {
			four := d.Family == 2
			if !four && d.Family != 10 || d.Local.Addr().Is4() != four || d.Remote.Addr().Is4() != four || d.Local.Addr().Zone() != "" {
				t.Errorf("%+v", d)
			}
			if len(d.Info)+len(d.Cong) > len(b) || d.Has&InetDiagInfo == 0 && d.Info != nil || d.Has&InetDiagCong == 0 && d.Cong != nil {
				t.Errorf("%+v from %d bytes", d, len(b))
			}
			if d.Has&InetDiagInfo != 0 {
				info = d.Info
			}
		}
		var ti TCPInfo
		if err := ti.Parse(info, bigEndian); (err != nil) != (len(info) < 104) || err != nil && ti != (TCPInfo{}) {
			t.Errorf("%+v and %v from %d bytes", ti, err, len(info))
		}
		// Each part is there only with those before it.
		if ti.Has&(ti.Has+1) != 0 {
			t.Errorf("parts %b", ti.Has)
		}
	})
}
