package sys

import (
	"context"
	"errors"
	"os"
	"syscall"
	"time"

	"golang.org/x/sys/unix"
)

// A Poller waits for many descriptors at once, most of all pidfds, which
// become readable when their process exits.
//
// It is an epoll instance that is itself watched by the Go runtime's network
// poller, as sockets are. So a wait blocks a goroutine and no thread, a
// context interrupts it without a descriptor to write to, and the cost of an
// event does not grow with the number of descriptors.
//
// Add and Close may be called during Wait; Wait is for one goroutine at a time.
type Poller struct {
	file   *os.File
	conn   syscall.RawConn
	events [64]unix.EpollEvent
	ready  []int
}

// NewPoller returns a Poller that waits for nothing yet. It holds a descriptor
// until it is closed.
func NewPoller() (*Poller, error) {
	fd, err := retryInt(func() (int, error) { return unix.EpollCreate1(unix.EPOLL_CLOEXEC) })
	if err != nil {
		return nil, err
	}
	// What tells os.NewFile to hand it to the runtime's poller.
	if err := unix.SetNonblock(fd, true); err != nil {
		unix.Close(fd)
		return nil, err
	}
	p := &Poller{file: os.NewFile(uintptr(fd), "epoll")}
	p.conn, err = p.file.SyscallConn()
	if err == nil {
		// Fails if the runtime could not take it: Wait would fail too, later.
		err = p.file.SetReadDeadline(time.Time{})
	}
	if err != nil {
		p.file.Close()
		return nil, err
	}
	return p, nil
}

// Add waits for fd to become readable, which is reported once. The caller
// keeps fd, and closes it after it was reported or after the Poller: closed
// earlier, it could still be reported when its number is another file's.
func (p *Poller) Add(fd int) error {
	var err error
	errClosed := p.conn.Control(func(epfd uintptr) {
		event := unix.EpollEvent{Events: unix.EPOLLIN | unix.EPOLLONESHOT, Fd: int32(fd)}
		err = retry(func() error { return unix.EpollCtl(int(epfd), unix.EPOLL_CTL_ADD, fd, &event) })
	})
	if errClosed != nil {
		return errClosed
	}
	return err
}

// Wait returns at least one of the descriptors that became readable, in a
// slice that is valid until the next call. It returns the context's error
// when that ends first; with a context that has already ended, it still
// returns what is readable now. With nothing left to wait for it waits for the
// context.
func (p *Poller) Wait(ctx context.Context) ([]int, error) {
	interrupted := make(chan struct{})
	stop := context.AfterFunc(ctx, func() {
		p.file.SetReadDeadline(time.Unix(1, 0)) // in the past: ends the wait below
		close(interrupted)
	})
	defer func() {
		if !stop() {
			<-interrupted
			p.file.SetReadDeadline(time.Time{})
		}
	}()

	var n int
	var err error
	look := func(epfd uintptr) bool {
		n, err = retryInt(func() (int, error) { return unix.EpollWait(int(epfd), p.events[:], 0) })
		return n > 0 || err != nil
	}
	errWait := p.conn.Read(look)
	if errors.Is(errWait, os.ErrDeadlineExceeded) {
		errWait = p.conn.Control(func(epfd uintptr) { look(epfd) })
		if n == 0 && err == nil && errWait == nil {
			return nil, ctx.Err()
		}
	}
	if err == nil {
		err = errWait
	}
	if err != nil {
		return nil, err
	}
	p.ready = p.ready[:0]
	for _, e := range p.events[:n] {
		p.ready = append(p.ready, int(e.Fd))
	}
	return p.ready, nil
}

// Close closes the Poller and none of the descriptors it waited for. A Wait
// under way returns an error.
func (p *Poller) Close() error { return p.file.Close() }
