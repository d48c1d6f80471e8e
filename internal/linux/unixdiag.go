package linux

import (
	"iter"

	"github.com/go-psutil/psutil/internal/scan"
	"github.com/go-psutil/psutil/internal/wire"
)

// The attributes that [UnixDiagRequest] can ask for: UDIAG_SHOW_* of
// linux/unix_diag.h.
const (
	UnixDiagShowName    uint32 = 1 << iota
	UnixDiagShowVFS            // VFSInode and VFSDev
	UnixDiagShowPeer           // Peer
	UnixDiagShowIcons          // Icons
	UnixDiagShowRQLen          // RQueue and WQueue
	UnixDiagShowMemInfo        // SKMemInfo
	UnixDiagShowUID            // UID; since Linux 5.3, others don't mind being asked
)

// UnixDiagRequest is the message that asks NETLINK_SOCK_DIAG for the sockets of
// AF_UNIX: struct nlmsghdr of type SOCK_DIAG_BY_FAMILY and struct unix_diag_req.
//
// states has bit 1<<n for each state n of net/tcp_states.h: 1 connected, 7 not,
// 10 listening. show is any of the UnixDiagShow bits.
func UnixDiagRequest(states, show uint32, bigEndian bool) []byte {
	b := nlmsghdr(16+24, sockDiagByFamily, bigEndian)
	b = append(b, 1, 0, 0, 0) // AF_UNIX
	b = appendU32(b, states, bigEndian)
	b = appendU32(b, 0, bigEndian) // any inode
	b = appendU32(b, show, bigEndian)
	return append(b, make([]byte, 8)...) // any cookie
}

// UnixDiagFields says which attributes a [UnixDiag] came with.
type UnixDiagFields uint16

// The attributes of a UnixDiag.
const (
	UnixDiagName      UnixDiagFields = 1 << iota // asked for, of sockets bound to one
	UnixDiagVFS                                  // asked for, of sockets bound to a path
	UnixDiagPeer                                 // asked for, of connected sockets
	UnixDiagIcons                                // asked for, of listeners
	UnixDiagRQLen                                // asked for
	UnixDiagSKMemInfo                            // asked for
	UnixDiagShutdown
	UnixDiagUID // asked for, since Linux 5.3
)

// UnixDiag is a socket of AF_UNIX: struct unix_diag_msg and the attributes
// behind it (net/unix/diag.c sk_diag_fill).
type UnixDiag struct {
	Has UnixDiagFields

	Type   uint8 // SOCK_*: 5 SEQPACKET; 1 STREAM and 2 DGRAM, the other way round on MIPS
	State  uint8 // TCP_* of net/tcp_states.h: 1 connected, 7 not, 10 listening
	Inode  uint32
	Cookie uint64 // identifies the socket until the next boot

	// Name aliases the message. A path has no NUL; a name in the abstract space
	// begins with one and may have more. It is as the socket was bound to it: the
	// path may be relative, and of any root directory and mount namespace.
	Name []byte

	VFSInode uint32 // of the path
	VFSDev   uint32 // the path's device as the kernel has it: major<<20 | minor
	Peer     uint32 // inode of the socket at the other end, 0 if that is not accepted yet

	// RQueue is how many bytes were received and not yet read, those of the first
	// datagram only. WQueue is how many were sent and not yet read, with the
	// kernel's overhead. Of a listener they are how many connections are not yet
	// accepted, and how many there may be.
	RQueue, WQueue uint32

	SKMemInfo SKMemInfo
	Shutdown  uint8 // 1 no more receiving, 2 no more sending
	UID       uint32

	icons wire.Cursor
}

// Parse decodes one message, which begins with its struct nlmsghdr. After an
// error *d is the zero value.
func (d *UnixDiag) Parse(msg []byte, bigEndian bool) error {
	*d = UnixDiag{}
	var r UnixDiag
	c, bad := rtnlBody(msg, sockDiagByFamily, bigEndian)
	if bad != "" {
		return scan.Errorf(0, msg, "unix_diag_msg: %s", bad)
	}
	family := c.U8()
	r.Type = c.U8()
	r.State = c.U8()
	c.Skip(1)
	r.Inode = c.U32()
	r.Cookie = cookie(&c)
	if c.Err() != nil {
		return scan.Errorf(0, msg, "unix_diag_msg: %v", c.Err())
	}
	if family != 1 {
		return scan.Errorf(0, msg, "unix_diag_msg: family %d", family)
	}
	for c.Len() > 0 {
		typ, a := nextAttr(&c)
		switch typ {
		case 0: // UNIX_DIAG_NAME
			r.Name = unixName(&a)
			r.Has |= UnixDiagName
		case 1: // UNIX_DIAG_VFS
			r.VFSInode, r.VFSDev = a.U32(), a.U32()
			r.Has |= UnixDiagVFS
		case 2: // UNIX_DIAG_PEER
			r.Peer = a.U32()
			r.Has |= UnixDiagPeer
		case 3: // UNIX_DIAG_ICONS
			if n := a.Len(); n%4 != 0 {
				return scan.Errorf(0, msg, "unix_diag_msg: attribute %d: %d bytes of inodes", typ, n)
			}
			r.icons = a
			r.Has |= UnixDiagIcons
		case 4: // UNIX_DIAG_RQLEN
			r.RQueue, r.WQueue = a.U32(), a.U32()
			r.Has |= UnixDiagRQLen
		case 5: // UNIX_DIAG_MEMINFO
			r.SKMemInfo.read(&a)
			r.Has |= UnixDiagSKMemInfo
		case 6: // UNIX_DIAG_SHUTDOWN
			r.Shutdown = a.U8()
			r.Has |= UnixDiagShutdown
		case 7: // UNIX_DIAG_UID
			r.UID = a.U32()
			r.Has |= UnixDiagUID
		}
		if a.Err() != nil {
			return scan.Errorf(0, msg, "unix_diag_msg: attribute %d: %v", typ, a.Err())
		}
	}
	if c.Err() != nil {
		return scan.Errorf(0, msg, "unix_diag_msg: %v", c.Err())
	}
	*d = r
	return nil
}

// unixName reads a name: a path up to its NUL, or all of an abstract name.
func unixName(a *wire.Cursor) []byte {
	abstract := *a
	if name := a.CString(a.Len()); len(name) > 0 {
		return name
	}
	return abstract.Bytes(abstract.Len())
}

// Icons returns the inodes of the sockets whose connections the listener has not
// yet accepted, 0 for one that is gone, while the message of Parse is valid.
func (d *UnixDiag) Icons() iter.Seq[uint32] {
	return func(yield func(uint32) bool) {
		for c := d.icons; c.Len() > 0; {
			if !yield(c.U32()) {
				return
			}
		}
	}
}
