package linux

import (
	"bytes"
	"iter"
	"math"
	"net/netip"

	"github.com/go-psutil/psutil/internal/scan"
)

// InetSocket is a row of /proc/net/{tcp,tcp6,udp,udp6,udplite,raw,...}
// (net/ipv4/tcp_ipv4.c get_tcp4_sock, net/ipv4/udp.c udp4_format_sock).
type InetSocket struct {
	Local, Remote netip.AddrPort
	State         uint8 // enum of net/tcp_states.h
	TxQueue       uint32
	RxQueue       uint32 // a listener's accept queue
	UID           uint32
	Inode         uint64
}

// EachInetSocket decodes a table of sockets. bigEndian says how the machine
// that printed it stores numbers: the kernel prints each 32-bit word of an
// address as a number of its own byte order.
func EachInetSocket(b []byte, bigEndian bool) iter.Seq2[InetSocket, error] {
	return eachRow(b, 1, func(line []byte) (InetSocket, string) { return parseInetSocket(line, bigEndian) })
}

func parseInetSocket(line []byte, bigEndian bool) (s InetSocket, bad string) {
	f := scan.NewFields(line)
	f.Next() // "12:"
	var ok1, ok2 bool
	s.Local, ok1 = parseEndpoint(f.Next(), bigEndian)
	s.Remote, ok2 = parseEndpoint(f.Next(), bigEndian)
	if !ok1 || !ok2 {
		return s, "two addresses with ports expected"
	}
	state := f.Hex()
	tx, rx, _ := scan.Cut(f.Next(), ':')
	txq, ok1 := scan.Hex(tx)
	rxq, ok2 := scan.Hex(rx)
	f.Skip(2) // timer, retransmits
	uid := f.Uint()
	f.Skip(1) // timeout
	s.Inode = f.Uint()
	s.State, s.TxQueue, s.RxQueue, s.UID = uint8(state), uint32(txq), uint32(rxq), uint32(uid)
	if f.Bad() != 0 || !ok1 || !ok2 || state > math.MaxUint8 || max(txq, rxq, uid) > math.MaxUint32 {
		return s, "a state, two queues, a timer, a UID and an inode expected"
	}
	return s, ""
}

// parseEndpoint reads 0100007F:1F90, or the same with a 32-digit address.
func parseEndpoint(b []byte, bigEndian bool) (netip.AddrPort, bool) {
	host, port, found := scan.Cut(b, ':')
	p, ok := scan.Hex(port)
	if !found || !ok || p > 0xffff {
		return netip.AddrPort{}, false
	}
	var a [16]byte
	if len(host) != 8 && len(host) != 32 {
		return netip.AddrPort{}, false
	}
	n := len(host) / 2
	for i := range n {
		hi, ok1 := scan.HexDigit(host[2*i])
		lo, ok2 := scan.HexDigit(host[2*i+1])
		if !ok1 || !ok2 {
			return netip.AddrPort{}, false
		}
		at := i
		if !bigEndian { // the printed word starts with its last byte
			at = i&^3 | (3 - i&3)
		}
		a[at] = hi<<4 | lo
	}
	if n == 4 {
		return netip.AddrPortFrom(netip.AddrFrom4([4]byte(a[:4])), uint16(p)), true
	}
	return netip.AddrPortFrom(netip.AddrFrom16(a), uint16(p)), true
}

// UnixSocket is a row of /proc/net/unix (net/unix/af_unix.c unix_seq_show).
type UnixSocket struct {
	RefCount uint32
	Flags    uint32 // __SO_ACCEPTCON = 0x10000 for a listener
	Type     uint16 // SOCK_STREAM 1, SOCK_DGRAM 2, SOCK_SEQPACKET 5
	State    uint8  // SS_UNCONNECTED 1, SS_CONNECTING 2, SS_CONNECTED 3, SS_DISCONNECTING 4
	Inode    uint64 // 0 for a connection that waits to be accepted
	// Path is as printed, nil for a socket without a name: '@' stands for the
	// NUL that begins an abstract name and for every further NUL in it. It
	// aliases the table.
	Path []byte
}

// UnixAcceptCon is the flag of a Unix socket that listens.
const UnixAcceptCon = 0x10000

// EachUnixSocket decodes /proc/net/unix. A path may hold any byte but NUL, a
// newline too: lines that cannot be the start of a row continue the path
// before them. A path made to look like a row can't be told from one.
func EachUnixSocket(b []byte) iter.Seq2[UnixSocket, error] {
	return func(yield func(UnixSocket, error) bool) {
		_, rest := scan.Line(b) // the header
		for n := 2; len(rest) > 0; {
			row, first := rest, n
			var line []byte
			line, rest = scan.Line(rest)
			n++
			s, ok := parseUnixSocket(line)
			for ok && s.Path != nil && len(rest) > 0 {
				next, after := scan.Line(rest)
				if _, ok := parseUnixSocket(next); ok {
					break
				}
				rest = after
				n++
			}
			row = row[:len(row)-len(rest)]
			end := len(row) - 1
			if !ok || row[end] != '\n' {
				if !yield(UnixSocket{}, scan.Errorf(first, line, "not a Unix socket")) {
					return
				}
				continue
			}
			if s.Path != nil {
				s.Path = row[len(line)-len(s.Path) : end : end]
			}
			if !yield(s, nil) {
				return
			}
		}
	}
}

// parseUnixSocket reads "ffff8880123456: 00000002 00000000 00010000 0001 01 812 /path".
// It insists on the kernel's widths, so that a line of a path is hardly ever
// taken for a row.
func parseUnixSocket(line []byte) (s UnixSocket, ok bool) {
	address, rest, found := scan.Cut(line, ':') // a number, or "(____ptrval____)"
	if !found || len(address) == 0 || bytes.IndexByte(address, ' ') >= 0 {
		return s, false
	}
	f := scan.NewFields(rest)
	ok = true
	hex := func(digits int) uint64 {
		field := f.Next()
		v, isHex := scan.Hex(field)
		ok = ok && isHex && len(field) == digits
		return v
	}
	s.RefCount = uint32(hex(8))
	hex(8) // protocol
	s.Flags = uint32(hex(8))
	s.Type = uint16(hex(4))
	s.State = uint8(hex(2))
	s.Inode = f.Uint()
	if !ok || f.Bad() != 0 {
		return UnixSocket{}, false
	}
	if path := f.Rest(); len(path) > 0 {
		s.Path = path[1:] // exactly one blank: a path may start with another, or with a newline
	}
	return s, true
}

// SocketInode reads the inode out of the target of /proc/PID/fd/N, which is
// "socket:[1234]" (or "[0000]:1234" on kernels before 2.6) for a socket.
func SocketInode(target []byte) (inode uint64, ok bool) {
	rest, found := bytes.CutPrefix(target, socketPrefix)
	if !found || len(rest) == 0 || rest[len(rest)-1] != ']' {
		return 0, false
	}
	return scan.Uint(rest[:len(rest)-1])
}

var socketPrefix = []byte("socket:[")
