//go:build amd64 || arm64 || loong64 || mips64 || mips64le || ppc64 || ppc64le || riscv64 || s390x

package bpf

import (
	"bytes"
	"errors"
	"math"
	"math/bits"
	"slices"
	"strings"
	"sync"
	"time"
	"unsafe"

	"github.com/cilium/ebpf"
	"github.com/cilium/ebpf/link"
	"golang.org/x/sys/unix"

	"github.com/go-psutil/psutil"
)

// socketRecord is struct socket_record of src/psutil.bpf.c.
type socketRecord struct {
	PID, FD       uint32
	Inode, NetNS  uint32
	UID           uint32
	Family        uint16
	State         uint8
	TCP           uint8
	LocalPort     uint16
	RemotePort    [2]byte // big-endian
	RxQ, TxQ      uint32
	_             uint32
	Cookie        uint64
	Cgroup        uint64
	Local, Remote [16]byte
	tcpRecord
}

// tcpRecord is what a socketRecord has only if it is asked for.
type tcpRecord struct {
	BytesSent, BytesRetrans, BytesAcked, BytesReceived uint64
	SRTT, MDev, MinRTT, Cwnd, Retransmits              uint32 // times in microseconds: SRTT eighths, MDev quarters
	RateDelivered, RateInterval, MSS                   uint32
	Congestion                                         [16]byte
}

// Sizes of a record with and without its end.
const (
	longSocket  = int(unsafe.Sizeof(socketRecord{}))
	shortSocket = int(unsafe.Offsetof(socketRecord{}.tcpRecord))
)

// capacity is CAPACITY: how many records a walker has room for.
const capacity = 4096

// mostExpected bounds what memory is made ready for.
const mostExpected = 1 << 20

// socketWalk is the program that lists the descriptors of sockets: the one that
// walks over them, or the one that the kernel walks for.
type socketWalk struct {
	mu sync.Mutex // of the variables of the program
	walk
	iter     *link.Iter // nil if the program walks
	want     *ebpf.Variable
	wantInfo *ebpf.Variable
	expect   int // sockets of one walker
}

func (w *socketWalk) load(loaded *ebpf.Collection) (err error) {
	w.want, w.wantInfo = loaded.Variables["want_tcp"], loaded.Variables["want_tcp_info"]
	if program := loaded.Programs["list_sockets"]; program != nil {
		w.iter, err = attach(program)
		return err
	}
	return w.walk.load(loaded, "walk_sockets", "socket_walks", "sockets", walkers*capacity*longSocket)
}

func (w *socketWalk) unload() error {
	err := w.walk.unload()
	if w.iter != nil {
		err = errors.Join(err, w.iter.Close())
	}
	w.iter = nil
	return err
}

func (e *engine) readSockets(q psutil.SocketQuery) (psutil.SocketTable, error) {
	if err := e.use(socketsPart); err != nil {
		return psutil.SocketTable{}, err
	}
	defer e.mu.RUnlock()
	w := &e.sockets
	w.mu.Lock()
	defer w.mu.Unlock()
	if err := errors.Join(w.want.Set(flag(q.TCP)), w.wantInfo.Set(flag(q.TCP && q.TCPInfo))); err != nil {
		return psutil.SocketTable{}, err
	}
	if w.iter == nil {
		return w.read(q)
	}
	var t table
	size := shortSocket
	if q.TCP && q.TCPInfo {
		size = longSocket
	}
	err := e.read(w.iter, func(b []byte) error {
		for ; len(b) >= size; b = b[size:] {
			t.add(record[socketRecord](b), q.TCPInfo)
		}
		return nil
	})
	return t.SocketTable, err
}

func flag(set bool) uint32 {
	if set {
		return 1
	}
	return 0
}

// read runs the walkers.
func (w *socketWalk) read(q psutil.SocketQuery) (psutil.SocketTable, error) {
	var (
		tables [walkers]table
		errs   [walkers]error
	)
	// Each has its part of one array, so that they are put together in place.
	n := max(w.expect, min(q.Expect, mostExpected)/walkers*9/8)
	room := make([]psutil.SocketRecord, walkers*n)
	each(walkers, func(i int) {
		t := &tables[i]
		t.Sockets = room[i*n : i*n : (i+1)*n]
		errs[i] = w.run(i, walkers, capacity, func(count int) { t.take(w.records[i*capacity*longSocket:], count, q.TCPInfo) })
	})
	if err := errors.Join(errs[:]...); err != nil {
		return psutil.SocketTable{}, err
	}
	for i := range tables {
		w.expect = max(len(tables[i].Sockets)*9/8, w.expect*7/8)
	}
	all := &tables[0]
	if cap(all.Sockets) == n { // it has not outgrown its part
		all.Sockets = room[:len(all.Sockets)]
	}
	for i := 1; i < walkers; i++ {
		all.Sockets = append(all.Sockets, tables[i].Sockets...)
		all.TCP = append(all.TCP, tables[i].TCP...)
	}
	return all.SocketTable, nil
}

// take takes n records.
func (t *table) take(records []byte, n int, info bool) {
	t.Sockets = slices.Grow(t.Sockets, n)
	for i := range n {
		t.add(record[socketRecord](records[i*longSocket:]), info)
	}
}

// table is an answer in the making.
type table struct {
	psutil.SocketTable
	congestion map[[16]byte]string
}

// states are the states of net/tcp_states.h.
var states = [...]psutil.ConnState{
	psutil.ConnNone, psutil.ConnEstablished, psutil.ConnSynSent, psutil.ConnSynRecv, psutil.ConnFinWait1, psutil.ConnFinWait2, psutil.ConnTimeWait,
	psutil.ConnClose, psutil.ConnCloseWait, psutil.ConnLastAck, psutil.ConnListen, psutil.ConnClosing, psutil.ConnSynRecv, psutil.ConnBound,
}

const (
	tcpClose  = 7
	tcpListen = 10
)

// add takes a record of the programs.
func (t *table) add(r *socketRecord, info bool) {
	s := psutil.SocketRecord{PID: int32(r.PID), FD: int32(r.FD), UID: -1, Inode: uint64(r.Inode), NetNS: psutil.NetNS(r.NetNS)}
	// One that is not connected is in no table, or is only bound: sock_diag tells of
	// those that are.
	tcp := r.TCP != 0 && r.State != tcpClose
	if tcp {
		s.Kind, s.Type = psutil.KindTCP4, psutil.SocketStream
		if r.Family == unix.AF_INET6 {
			s.Kind = psutil.KindTCP6
		}
		if int(r.State) < len(states) {
			s.State = states[r.State]
		}
		s.Listening = r.State == tcpListen
		s.Local, s.LocalPort = r.Local, r.LocalPort
		s.Remote, s.RemotePort = r.Remote, uint16(r.RemotePort[0])<<8|uint16(r.RemotePort[1])
		s.UID, s.Cookie, s.CgroupID = int64(r.UID), r.Cookie, r.Cgroup
		s.RecvQ, s.SendQ = uint32(max(0, int32(r.RxQ))), r.TxQ
	}
	t.Sockets = append(t.Sockets, s)
	if info {
		var i psutil.TCPInfo
		if tcp && !s.Listening {
			i = t.info(&r.tcpRecord)
		}
		t.TCP = append(t.TCP, i)
	}
}

// info converts what a socket keeps as tcp_get_info of net/ipv4/tcp.c does.
func (t *table) info(r *tcpRecord) psutil.TCPInfo {
	micro := func(n uint32) time.Duration { return time.Duration(n) * time.Microsecond }
	i := psutil.TCPInfo{
		RTT: micro(r.SRTT >> 3), RTTVar: micro(r.MDev >> 2), MinRTT: micro(r.MinRTT), Cwnd: r.Cwnd, Retransmits: r.Retransmits,
		BytesSent: r.BytesSent, BytesRetrans: r.BytesRetrans, BytesAcked: r.BytesAcked, BytesRecv: r.BytesReceived,
		Congestion: t.congestionName(&r.Congestion),
	}
	if r.RateDelivered != 0 && r.RateInterval != 0 {
		hi, lo := bits.Mul64(uint64(r.RateDelivered)*uint64(r.MSS), 1e6)
		i.DeliveryRate, _ = bits.Div64(hi%uint64(r.RateInterval), lo, uint64(r.RateInterval))
	}
	var missing []string
	if i.RTT == 0 {
		i.RTTVar = 0
		missing = append(missing, "rtt", "rttvar")
	}
	if r.MinRTT == math.MaxUint32 {
		i.MinRTT = 0
		missing = append(missing, "min_rtt")
	}
	if i.Congestion == "" {
		missing = append(missing, "congestion")
	}
	i.Missing = psutil.Missing(strings.Join(missing, ","))
	return i
}

// congestionName makes a text of each name once.
func (t *table) congestionName(b *[16]byte) string {
	name, known := t.congestion[*b]
	if !known {
		text, _, _ := bytes.Cut(b[:], []byte{0})
		name = string(text)
		if t.congestion == nil {
			t.congestion = make(map[[16]byte]string)
		}
		t.congestion[*b] = name
	}
	return name
}
