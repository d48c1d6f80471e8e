package linux

import (
	"bytes"
	"iter"
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
	return func(yield func(InetSocket, error) bool) {
		var line []byte
		for n := 1; len(b) > 0; n++ {
			line, b = scan.Line(b)
			if n == 1 || len(line) == 0 { // the header
				continue
			}
			s, ok := parseInetSocket(line, bigEndian)
			if !ok {
				if !yield(InetSocket{}, scan.Errorf(n, line, "not a socket")) {
					return
				}
				continue
			}
			if !yield(s, nil) {
				return
			}
		}
	}
}

func parseInetSocket(line []byte, bigEndian bool) (s InetSocket, ok bool) {
	f := scan.NewFields(line)
	f.Next() // "12:"
	var ok1, ok2 bool
	s.Local, ok1 = parseEndpoint(f.Next(), bigEndian)
	s.Remote, ok2 = parseEndpoint(f.Next(), bigEndian)
	if !ok1 || !ok2 {
		return s, false
	}
	s.State = uint8(f.Hex())
	tx, rx, found := scan.Cut(f.Next(), ':')
	txq, ok1 := scan.Hex(tx)
	rxq, ok2 := scan.Hex(rx)
	if !found || !ok1 || !ok2 {
		return s, false
	}
	s.TxQueue, s.RxQueue = uint32(txq), uint32(rxq)
	f.Skip(2) // timer, retransmits
	s.UID = uint32(f.Uint())
	f.Skip(1) // timeout
	s.Inode = f.Uint()
	return s, f.Bad() == 0
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
	RefCount uint64
	Flags    uint64 // __SO_ACCEPTCON = 0x10000 for a listener
	Type     uint16 // SOCK_STREAM 1, SOCK_DGRAM 2, SOCK_SEQPACKET 5
	State    uint8  // SS_UNCONNECTED 1, SS_CONNECTING 2, SS_CONNECTED 3, SS_DISCONNECTING 4
	Inode    uint64
	// Path is as printed: '@' stands for the leading NUL of an abstract name
	// and for every further NUL in it. It aliases the table.
	Path []byte
}

// UnixAcceptCon is the flag of a Unix socket that listens.
const UnixAcceptCon = 0x10000

// EachUnixSocket decodes /proc/net/unix. A path may hold any byte but NUL, a
// newline too: lines that cannot be the start of a row continue the path
// before them.
func EachUnixSocket(b []byte) iter.Seq2[UnixSocket, error] {
	return func(yield func(UnixSocket, error) bool) {
		_, rest := scan.Line(b) // the header
		for n := 2; len(rest) > 0; n++ {
			row := rest
			var line []byte
			line, rest = scan.Line(rest)
			s, ok := parseUnixSocket(line)
			if !ok {
				if !yield(UnixSocket{}, scan.Errorf(n, line, "not a Unix socket")) {
					return
				}
				continue
			}
			end := len(line)
			for s.Path != nil && len(rest) > 0 {
				next, after := scan.Line(rest)
				if startsUnixRow(next) {
					break
				}
				end += 1 + len(next)
				rest = after
				n++
			}
			if s.Path != nil {
				s.Path = row[len(line)-len(s.Path) : end]
			}
			if !yield(s, nil) {
				return
			}
		}
	}
}

// startsUnixRow reports whether line begins "ffff8880123456: 00000002 ".
func startsUnixRow(line []byte) bool {
	_, ok := parseUnixSocket(line)
	return ok
}

func parseUnixSocket(line []byte) (s UnixSocket, ok bool) {
	address, rest, found := scan.Cut(line, ':')
	if _, ok := scan.Hex(address); !found || !ok {
		return s, false
	}
	f := scan.NewFields(rest)
	s.RefCount = f.Hex()
	f.Hex() // protocol
	s.Flags = f.Hex()
	s.Type = uint16(f.Hex())
	s.State = uint8(f.Hex())
	s.Inode = f.Uint()
	if f.Bad() != 0 {
		return s, false
	}
	if path := f.Rest(); len(path) > 1 {
		s.Path = path[1:] // exactly one blank: a path may start with another
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
