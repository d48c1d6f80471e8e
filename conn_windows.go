package psutil

import (
	"errors"
	"iter"

	"github.com/go-psutil/psutil/internal/nt"
	"github.com/go-psutil/psutil/internal/sys"
)

func (s *System) netConnections(q *connQuery) (*ownedSockets, error) { return s.sockets(q, -1) }

func (p Process) netConnections(q *connQuery) ([]Connection, error) {
	if err := p.verify("net_connections"); err != nil {
		return nil, err
	}
	owned, err := p.sys.sockets(q, p.pid)
	if err != nil {
		err = p.fail("net_connections", err)
	}
	defer owned.free()
	return owned.connections(1), err
}

// sockets returns those of one process, or with -1 of all. The system's
// tables have no descriptors, and no sockets but those of TCP and UDP.
func (s *System) sockets(q *connQuery, pid int) (*ownedSockets, error) {
	if q.netns != 0 {
		return nil, &NotSupportedError{Op: "net_connections", Need: "Linux for network namespaces"}
	}
	owned := ownedPool.get()
	owned.set.missing = "recv_q,send_q"
	var (
		errs []error
		buf  []byte
	)
	add := func(r SocketRecord, its uint32) {
		r.PID, r.FD, r.UID = int32(its), -1, -1
		if q.ownerless && pid < 0 {
			r.PID = -1
		}
		if (pid < 0 || int(its) == pid) && q.selects(&r) {
			owned.set.rows = append(owned.set.rows, r)
		}
	}
	read := func(kind ConnKind, table func(six bool, buf []byte) ([]byte, error), rows func(kind ConnKind, b []byte) error) {
		if q.kind&kind == 0 {
			return
		}
		var err error
		if buf, err = table(kind.family() == FamilyINET6, buf[:0]); err == nil {
			err = rows(kind, buf)
		}
		if err != nil {
			errs = append(errs, err)
		}
	}
	tcp := func(each func([]byte) iter.Seq2[nt.TCPRow, error]) func(ConnKind, []byte) error {
		return func(kind ConnKind, b []byte) error {
			for row, err := range each(b) {
				if err != nil {
					return &ParseError{File: "GetExtendedTcpTable", Err: err}
				}
				state := ntConnState(row.State)
				r := SocketRecord{Kind: kind, Type: SocketStream, State: state, Listening: state == ConnListen}
				setEnd(&r.Local, &r.LocalPort, row.Local)
				if !r.Listening { // what it has of a peer is nothing
					setEnd(&r.Remote, &r.RemotePort, row.Remote)
				}
				add(r, row.PID)
			}
			return nil
		}
	}
	udp := func(each func([]byte) iter.Seq2[nt.UDPRow, error]) func(ConnKind, []byte) error {
		return func(kind ConnKind, b []byte) error {
			for row, err := range each(b) {
				if err != nil {
					return &ParseError{File: "GetExtendedUdpTable", Err: err}
				}
				r := SocketRecord{Kind: kind, Type: SocketDgram}
				setEnd(&r.Local, &r.LocalPort, row.Local)
				add(r, row.PID)
			}
			return nil
		}
	}
	read(KindTCP4, sys.TCPTable, tcp(nt.EachTCP4))
	read(KindTCP6, sys.TCPTable, tcp(nt.EachTCP6))
	read(KindUDP4, sys.UDPTable, udp(nt.EachUDP4))
	read(KindUDP6, sys.UDPTable, udp(nt.EachUDP6))
	owned.order = owned.set.order(1)
	return owned, errors.Join(errs...)
}
