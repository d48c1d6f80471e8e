//go:build amd64 || arm64 || loong64 || mips64 || mips64le || ppc64 || ppc64le || riscv64 || s390x

package bpf

import (
	"bytes"
	"errors"
	"fmt"
	"math"
	"math/bits"
	"runtime"
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

// What the walking programs share their work by: WALKERS and CAPACITY.
const (
	walkers  = 2
	capacity = 4096
)

// mostExpected bounds what memory is made ready for.
const mostExpected = 1 << 20

// walkState is struct walk_state.
type walkState struct {
	Count, Stopped  uint32
	NextPID, NextFD uint32
	Session         uint64
}

// socketWalk is the program that lists the descriptors of sockets: the one that
// walks over them, or the one that the kernel walks for.
type socketWalk struct {
	mu       sync.Mutex // of the variables of the program
	iter     *link.Iter
	records  []byte // of the map that walkers write to; nil if the kernel walks
	want     *ebpf.Variable
	wantInfo *ebpf.Variable
	begun    *ebpf.Variable
	states   [walkers]*ebpf.Variable
	expect   int // sockets of one walker
}

func (w *socketWalk) load(loaded *ebpf.Collection) (err error) {
	program, variable := loaded.Programs["walk_sockets"], loaded.Variables
	if program == nil {
		program = loaded.Programs["list_sockets"]
	}
	if w.iter, err = attach(program); err != nil {
		return err
	}
	w.want, w.wantInfo, w.begun = variable["want_tcp"], variable["want_tcp_info"], variable["begun"]
	w.states = [walkers]*ebpf.Variable{variable["walk0"], variable["walk1"]}
	if records := loaded.Maps["sockets"]; records != nil {
		w.records, err = mapped(records, walkers*capacity*longSocket)
	}
	return err
}

func (w *socketWalk) unload() error {
	err := unmap(w.records)
	if w.iter != nil {
		err = errors.Join(err, w.iter.Close())
	}
	w.iter, w.records = nil, nil
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
	if w.records != nil {
		return w.walk(e, q)
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

// walk runs the walkers, and takes their records, until none has stopped for want
// of room.
func (w *socketWalk) walk(e *engine, q psutil.SocketQuery) (psutil.SocketTable, error) {
	var (
		states [walkers]walkState
		tables [walkers]table
		errs   [walkers]error
	)
	// Each has its part of one array, so that they are put together in place.
	n := max(w.expect, min(q.Expect, mostExpected)/walkers*9/8)
	room := make([]psutil.SocketRecord, walkers*n)
	for i := range tables {
		tables[i].Sockets = room[i*n : i*n : (i+1)*n]
	}
	for more := true; more; {
		more = false
		if err := w.begun.Set(uint32(0)); err != nil {
			return psutil.SocketTable{}, err
		}
		for i := range states {
			states[i].Count = 0
			if err := w.states[i].Set(&states[i]); err != nil {
				return psutil.SocketTable{}, err
			}
		}
		// Which of them is which walker the program finds out. They write nothing to
		// the iterator itself.
		each(walkers, func(i int) { errs[i] = e.read(w.iter, func([]byte) error { return nil }) })
		if err := errors.Join(errs[:]...); err != nil {
			return psutil.SocketTable{}, err
		}
		for i := range states {
			if err := w.states[i].Get(&states[i]); err != nil {
				return psutil.SocketTable{}, err
			}
			if states[i].Count > capacity {
				return psutil.SocketTable{}, fmt.Errorf("bpf: %d records where %d have room", states[i].Count, capacity)
			}
		}
		each(walkers, func(i int) { tables[i].take(w.records[i*capacity*longSocket:], int(states[i].Count), q.TCPInfo) })
		for i := range states {
			if states[i].Stopped != 0 { // it goes on where it stopped
				states[i].Stopped, more = 0, true
			} else {
				states[i].Stopped = 1
			}
		}
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

// each calls f for each of n walkers, at the same time if the program uses several
// processors.
func each(n int, f func(i int)) {
	if runtime.GOMAXPROCS(0) == 1 {
		for i := range n {
			f(i)
		}
		return
	}
	var wg sync.WaitGroup
	for i := 1; i < n; i++ {
		wg.Go(func() { f(i) })
	}
	f(0)
	wg.Wait()
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
	if r.TCP != 0 {
		// A socket that is neither bound nor connected is in no table.
		if r.State == tcpClose {
			return
		}
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
		if r.TCP != 0 && !s.Listening {
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
