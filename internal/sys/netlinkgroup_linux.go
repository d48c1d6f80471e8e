package sys

import (
	"golang.org/x/sys/unix"
)

// A NetlinkGroup receives what the kernel tells everybody in a netlink group.
type NetlinkGroup struct {
	fd  int
	buf []byte
}

// groupBuffer is how many bytes of messages may wait to be read; the kernel counts
// its own overhead too.
const groupBuffer = 16 << 20

// OpenNetlinkGroups joins groups of a netlink protocol, in the network namespace of
// the calling thread. The caller closes it.
func OpenNetlinkGroups(proto int, groups ...int) (*NetlinkGroup, error) {
	fd, err := retryInt(func() (int, error) {
		return unix.Socket(unix.AF_NETLINK, unix.SOCK_RAW|unix.SOCK_CLOEXEC|unix.SOCK_NONBLOCK, proto)
	})
	if err != nil {
		return nil, err
	}
	g := &NetlinkGroup{fd: fd, buf: make([]byte, 64<<10)}
	// More than the system's limit takes CAP_NET_ADMIN.
	if unix.SetsockoptInt(fd, unix.SOL_SOCKET, unix.SO_RCVBUFFORCE, groupBuffer) != nil {
		_ = unix.SetsockoptInt(fd, unix.SOL_SOCKET, unix.SO_RCVBUF, groupBuffer)
	}
	err = unix.Bind(fd, &unix.SockaddrNetlink{Family: unix.AF_NETLINK})
	for _, group := range groups {
		if err == nil {
			err = unix.SetsockoptInt(fd, unix.SOL_NETLINK, unix.NETLINK_ADD_MEMBERSHIP, group)
		}
	}
	if err != nil {
		g.Close()
		return nil, err
	}
	return g, nil
}

// Read calls each with the messages that have come since the last call, struct
// nlmsghdr first, valid until it returns. It does not wait. lost says that some are
// missing, because more came than had room.
func (g *NetlinkGroup) Read(each func(msg []byte) error) (lost bool, err error) {
	for {
		n, fromKernel, err := receive(g.fd, g.buf, false)
		switch {
		case err == unix.EAGAIN:
			return lost, nil
		case err == unix.ENOBUFS:
			lost = true
			continue
		case err != nil:
			return lost, err
		}
		// Other programs can send to this socket too.
		if !fromKernel {
			continue
		}
		if n > len(g.buf) {
			lost = true
			continue
		}
		if err := eachMessage(g.buf[:n], func(_ nlmsghdr, msg []byte) error { return each(msg) }); err != nil {
			return lost, err
		}
	}
}

// Close leaves the groups.
func (g *NetlinkGroup) Close() { unix.Close(g.fd) }
