package sys

import (
	"encoding/binary"
	"errors"
	"math"
	"runtime"
	"slices"
	"sync"
	"syscall"
	"time"
	"unsafe"

	"golang.org/x/sys/unix"
)

// ErrDumpInterrupted means that what [NetlinkDump] was listing changed during
// each of its attempts: the rows of the last are all there, but some may be
// missing or double.
var ErrDumpInterrupted = errors.New("netlink: the list changed while it was read")

var errShortMessage = errors.New("netlink: message beyond the buffer")

// dumpAttempts is how often a dump is tried.
const dumpAttempts = 5

// netlinkBuffers saves allocating a receive buffer for each dump.
var netlinkBuffers sync.Pool

// NetlinkDump asks a netlink protocol (NETLINK_ROUTE, NETLINK_SOCK_DIAG...)
// for a list and calls each with every message of the answer, struct nlmsghdr
// first, without those that only say how the dump goes. The message is valid
// until each returns; an error of each ends the dump and is returned.
//
// request is a struct nlmsghdr, of which type and flags are used, and what
// follows it. NLM_F_REQUEST and NLM_F_DUMP are added.
//
// A dump that the kernel could not make in one piece is made again, up to
// [ErrDumpInterrupted]. So begin is called at the start of every attempt, to
// forget the rows of the one before.
//
// A dump makes a socket, in the network namespace of the calling thread, and
// reads up to 32 KiB at a time.
func NetlinkDump(proto int, request []byte, begin func(), each func(msg []byte) error) error {
	return pooledDump(proto, request, false, begin, each)
}

// NetlinkDumpEven is [NetlinkDump] for a list of which the kernel has each 32 KiB
// about as soon as those before, and for which it waits for nobody: not one that is
// filtered, as it may go over a large table for few rows, and not one of NETLINK_ROUTE,
// which takes the lock of all interfaces. Where pieces come quickly it does not tell the
// scheduler. Told, that lets another thread work meanwhile, and where all do it starts
// one that looks for work, for each piece anew: a fifth of the time of a long list.
func NetlinkDumpEven(proto int, request []byte, begin func(), each func(msg []byte) error) error {
	return pooledDump(proto, request, true, begin, each)
}

func pooledDump(proto int, request []byte, even bool, begin func(), each func(msg []byte) error) error {
	request, err := dumpRequest(request)
	if err != nil {
		return err
	}
	buf, _ := netlinkBuffers.Get().(*[]byte)
	if buf == nil {
		// The kernel fills up to 32 KiB, more only for a larger single message.
		b := make([]byte, 64<<10)
		buf = &b
	}
	defer netlinkBuffers.Put(buf)
	return repeatDump(proto, request, buf, even, begin, each)
}

// dumpRequest returns a copy of request with its header completed.
func dumpRequest(request []byte) ([]byte, error) {
	if len(request) < unix.SizeofNlMsghdr {
		return nil, unix.EINVAL
	}
	request = slices.Clone(request)
	h := header(request)
	h.len = uint32(len(request))
	h.flags |= unix.NLM_F_REQUEST | unix.NLM_F_DUMP
	h.seq = dumpSeq
	h.pid = 0
	h.put(request)
	return request, nil
}

func repeatDump(proto int, request []byte, buf *[]byte, even bool, begin func(), each func(msg []byte) error) error {
	for attempt := 1; ; attempt++ {
		begin()
		var rowErr error
		err := netlinkDump(proto, request, buf, even, func(msg []byte) error {
			rowErr = each(msg)
			return rowErr
		})
		again := err == ErrDumpInterrupted || err == unix.ENOBUFS || err == unix.EMSGSIZE
		if !again || rowErr != nil || attempt == dumpAttempts {
			return err
		}
	}
}

// dumpSeq marks the answers to the one request that each socket makes.
const dumpSeq = 1

// netlinkDump makes one attempt. It returns EMSGSIZE for a message larger than
// the buffer, which it has then enlarged.
func netlinkDump(proto int, request []byte, buf *[]byte, even bool, each func(msg []byte) error) error {
	fd, err := retryInt(func() (int, error) {
		return unix.Socket(unix.AF_NETLINK, unix.SOCK_RAW|unix.SOCK_CLOEXEC, proto)
	})
	if err != nil {
		return err
	}
	defer unix.Close(fd)
	// The kernel prepares each piece of a dump when the one before is read, so
	// no read has to wait. Should one, after all, it shall not be for ever.
	if err := unix.SetsockoptTimeval(fd, unix.SOL_SOCKET, unix.SO_RCVTIMEO, &unix.Timeval{Sec: 10}); err != nil {
		return err
	}
	if err := retry(func() error {
		return unix.Sendto(fd, request, 0, &unix.SockaddrNetlink{Family: unix.AF_NETLINK})
	}); err != nil {
		return err
	}
	var d dump
	for atOnce := false; !d.done; {
		began := time.Now()
		n, fromKernel, err := receive(fd, *buf, atOnce)
		atOnce = even && time.Since(began) < quickPiece
		if err != nil {
			return err
		}
		// Other programs can send to this socket too.
		if !fromKernel {
			continue
		}
		if n > len(*buf) {
			*buf = make([]byte, (n+4095)&^4095)
			return unix.EMSGSIZE
		}
		if err := d.read((*buf)[:n], each); err != nil {
			return err
		}
	}
	if d.interrupted {
		return ErrDumpInterrupted
	}
	return nil
}

// quickPiece is how soon a piece of an even dump has to come for the next to be asked
// for without telling the scheduler: a stop of the world waits for that call, in which
// the kernel prepares the one after it too.
const quickPiece = time.Millisecond

// receive reads a message of a netlink socket, of which n is the size, whatever the
// buffer's. With atOnce the scheduler is told only if none is there yet.
func receive(fd int, buf []byte, atOnce bool) (n int, fromKernel bool, err error) {
	if atOnce && directRecvfrom {
		var from unix.RawSockaddrNetlink
		size := uint32(unix.SizeofSockaddrNetlink)
		n, _, errno := syscall.RawSyscall6(unix.SYS_RECVFROM, uintptr(fd), uintptr(unsafe.Pointer(&buf[0])), uintptr(len(buf)),
			unix.MSG_TRUNC|unix.MSG_DONTWAIT, uintptr(unsafe.Pointer(&from)), uintptr(unsafe.Pointer(&size)))
		switch errno {
		case 0:
			return int(n), from.Family == unix.AF_NETLINK && from.Pid == 0, nil
		case unix.EAGAIN, unix.EINTR:
		default:
			return 0, false, errno
		}
	}
	var from unix.Sockaddr
	n, err = retryInt(func() (n int, err error) {
		n, from, err = unix.Recvfrom(fd, buf, unix.MSG_TRUNC)
		return n, err
	})
	sender, ok := from.(*unix.SockaddrNetlink)
	return n, ok && sender.Pid == 0, err
}

// directRecvfrom is whether every kernel has the system call itself. Before Linux 4.3
// these have it but as socketcall, and a filter of system calls may know no other.
const directRecvfrom = runtime.GOARCH != "386" && runtime.GOARCH != "s390x"

// A dump is the state of an answer that comes in several pieces.
type dump struct {
	done        bool
	interrupted bool
}

// read takes one piece of the answer.
func (d *dump) read(b []byte, each func(msg []byte) error) error {
	return eachMessage(b, func(h nlmsghdr, msg []byte) error {
		if d.done || h.seq != dumpSeq {
			return nil
		}
		if h.flags&unix.NLM_F_DUMP_INTR != 0 {
			d.interrupted = true
		}
		switch h.typ {
		case unix.NLMSG_NOOP:
		case unix.NLMSG_OVERRUN:
			return unix.ENOBUFS
		case unix.NLMSG_DONE, unix.NLMSG_ERROR:
			// NLM_F_MULTI is not looked at: these two alone end a dump, and some
			// parts of some kernels forgot to set it. Both start with a negative errno
			// or 0, which old kernels left out after NLMSG_DONE.
			d.done = true
			payload := msg[unix.SizeofNlMsghdr:]
			if len(payload) < 4 {
				if h.typ == unix.NLMSG_ERROR {
					return errShortMessage
				}
				return nil
			}
			if code := int32(binary.NativeEndian.Uint32(payload)); code < 0 && code != math.MinInt32 {
				return unix.Errno(-code)
			}
		default:
			return each(msg)
		}
		return nil
	})
}

// nlmsghdr is the struct of that name of linux/netlink.h.
type nlmsghdr struct {
	len   uint32
	typ   uint16
	flags uint16
	seq   uint32
	pid   uint32
}

// header decodes a nlmsghdr; b must be long enough for one.
func header(b []byte) nlmsghdr {
	return nlmsghdr{
		len:   binary.NativeEndian.Uint32(b),
		typ:   binary.NativeEndian.Uint16(b[4:]),
		flags: binary.NativeEndian.Uint16(b[6:]),
		seq:   binary.NativeEndian.Uint32(b[8:]),
		pid:   binary.NativeEndian.Uint32(b[12:]),
	}
}

func (h nlmsghdr) put(b []byte) {
	binary.NativeEndian.PutUint32(b, h.len)
	binary.NativeEndian.PutUint16(b[4:], h.typ)
	binary.NativeEndian.PutUint16(b[6:], h.flags)
	binary.NativeEndian.PutUint32(b[8:], h.seq)
	binary.NativeEndian.PutUint32(b[12:], h.pid)
}

// eachMessage splits what was received into messages: header and payload,
// without the padding to the next. The last one may lack the padding.
func eachMessage(b []byte, f func(h nlmsghdr, msg []byte) error) error {
	for len(b) > 0 {
		if len(b) < unix.SizeofNlMsghdr {
			return errShortMessage
		}
		h := header(b)
		if h.len < unix.SizeofNlMsghdr || uint64(h.len) > uint64(len(b)) {
			return errShortMessage
		}
		n := int(h.len)
		if err := f(h, b[:n:n]); err != nil {
			return err
		}
		b = b[min((n+3)&^3, len(b)):]
	}
	return nil
}

// An IfSocket asks for the properties of network interfaces by name, in the
// network namespace of the thread that opened it. It is for one goroutine at a
// time. Errors: ENODEV for no such interface, EINVAL for a name over 15 bytes.
type IfSocket struct {
	fd   int
	req  ifreqData
	link ethtoolLinkSettings
}

// ifreqData is struct ifreq of linux/if.h with a pointer in its union.
type ifreqData struct {
	name [unix.IFNAMSIZ]byte
	data unsafe.Pointer
	_    [24 - unsafe.Sizeof(uintptr(0))]byte
}

// maxMaskWords is the most that link_mode_masks_nwords can say.
const maxMaskWords = 127

// ethtoolLinkSettings is struct ethtool_link_settings of linux/ethtool.h and
// room for its three masks.
type ethtoolLinkSettings struct {
	cmd    uint32
	speed  uint32
	duplex uint8
	_      [6]uint8 // port, phy_address, autoneg, mdio_support, eth_tp_mdix, eth_tp_mdix_ctrl
	nwords int8     // link_mode_masks_nwords
	_      [4]uint8
	_      [7]uint32
	_      [3 * maxMaskWords]uint32
}

// ethtoolCmd is struct ethtool_cmd, what came before.
type ethtoolCmd struct {
	cmd     uint32
	_       [2]uint32 // supported, advertising
	speed   uint16
	duplex  uint8
	_       [5]uint8  // port, phy_address, transceiver, autoneg, mdio_support
	_       [2]uint32 // maxtxpkt, maxrxpkt
	speedHi uint16
	_       [2]uint8
	_       [3]uint32
}

// OpenIfSocket opens an IfSocket; the caller closes it.
func OpenIfSocket() (*IfSocket, error) {
	// Any socket will do. A sandbox may forbid one family or the other.
	var fd int
	var err error
	for _, family := range []int{unix.AF_INET, unix.AF_UNIX} {
		fd, err = retryInt(func() (int, error) {
			return unix.Socket(family, unix.SOCK_DGRAM|unix.SOCK_CLOEXEC, 0)
		})
		if err == nil {
			return &IfSocket{fd: fd}, nil
		}
	}
	return nil, err
}

// Close closes the socket.
func (s *IfSocket) Close() error { return unix.Close(s.fd) }

// Flags returns the interface's IFF_ flags, of which this call has the lowest
// 16: not IFF_LOWER_UP, IFF_DORMANT and IFF_ECHO.
func (s *IfSocket) Flags(name string) (uint32, error) {
	ifr, err := s.ioctl(unix.SIOCGIFFLAGS, name)
	if err != nil {
		return 0, err
	}
	return uint32(ifr.Uint16()), nil
}

// MTU returns the interface's largest packet, bytes.
func (s *IfSocket) MTU(name string) (uint32, error) {
	ifr, err := s.ioctl(unix.SIOCGIFMTU, name)
	if err != nil {
		return 0, err
	}
	return ifr.Uint32(), nil
}

func (s *IfSocket) ioctl(request uint, name string) (*unix.Ifreq, error) {
	ifr, err := unix.NewIfreq(name)
	if err != nil {
		return nil, err
	}
	return ifr, retry(func() error { return unix.IoctlIfreq(s.fd, request, ifr) })
}

// LinkSettings returns the speed of the interface's link in Mbit/s, 0 for
// unknown, and its duplex mode as the kernel has it: DUPLEX_HALF 0,
// DUPLEX_FULL 1, DUPLEX_UNKNOWN 255. Interfaces without a link, such as lo,
// return EOPNOTSUPP; drivers have other errors for one that is down.
func (s *IfSocket) LinkSettings(name string) (speed uint32, duplex uint8, err error) {
	if len(name) >= unix.IFNAMSIZ {
		return 0, 0, unix.EINVAL
	}
	speed, duplex, err = s.linkSettings(name)
	if err != nil && err != unix.ENODEV {
		// Before Linux 4.6 (where it is EPERM, without privileges), and for
		// drivers not adapted to it.
		speed, duplex, err = s.oldLinkSettings(name)
	}
	return speed, duplex, err
}

func (s *IfSocket) linkSettings(name string) (speed uint32, duplex uint8, err error) {
	// The first call says, as a negative number, how long the masks are.
	link := &s.link
	*link = ethtoolLinkSettings{cmd: unix.ETHTOOL_GLINKSETTINGS}
	if err := s.ethtool(name, unsafe.Pointer(link)); err != nil {
		return 0, 0, err
	}
	if link.nwords >= 0 || link.nwords < -maxMaskWords {
		return 0, 0, unix.EOPNOTSUPP
	}
	*link = ethtoolLinkSettings{cmd: unix.ETHTOOL_GLINKSETTINGS, nwords: -link.nwords}
	if err := s.ethtool(name, unsafe.Pointer(link)); err != nil {
		return 0, 0, err
	}
	if link.nwords <= 0 {
		return 0, 0, unix.EOPNOTSUPP
	}
	return knownSpeed(link.speed), link.duplex, nil
}

func (s *IfSocket) oldLinkSettings(name string) (speed uint32, duplex uint8, err error) {
	cmd := ethtoolCmd{cmd: unix.ETHTOOL_GSET}
	if err := s.ethtool(name, unsafe.Pointer(&cmd)); err != nil {
		return 0, 0, err
	}
	speed = uint32(cmd.speedHi)<<16 | uint32(cmd.speed)
	if speed == math.MaxUint16 { // SPEED_UNKNOWN of drivers that only knew the lower half
		speed = 0
	}
	return knownSpeed(speed), cmd.duplex, nil
}

// knownSpeed returns 0 for SPEED_UNKNOWN and for what ethtool holds for
// nonsense.
func knownSpeed(speed uint32) uint32 {
	if speed > math.MaxInt32 {
		return 0
	}
	return speed
}

// ethtool makes an ethtool call; data starts with its number.
func (s *IfSocket) ethtool(name string, data unsafe.Pointer) error {
	s.req = ifreqData{data: data}
	copy(s.req.name[:], name)
	err := retry(func() error {
		_, _, errno := unix.Syscall(unix.SYS_IOCTL, uintptr(s.fd), unix.SIOCETHTOOL, uintptr(unsafe.Pointer(&s.req)))
		if errno != 0 {
			return errno
		}
		return nil
	})
	runtime.KeepAlive(data)
	s.req.data = nil
	return err
}
