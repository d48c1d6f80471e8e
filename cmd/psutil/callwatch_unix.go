//go:build unix

package main

import (
	"errors"
	"io"
	"os"

	"golang.org/x/sys/unix"
)

// watchReader returns a channel that is closed once nobody can read any more
// what is written to w, if it is a pipe, socket or terminal, and a function that
// ends the watching.
func watchReader(w io.Writer) (unread <-chan struct{}, stop func()) {
	f, ok := w.(*os.File)
	if !ok {
		return nil, func() {}
	}
	// Its other end wakes poll when the watching is to end.
	end, wake, err := os.Pipe()
	if err != nil {
		return nil, func() {}
	}
	gone, done := make(chan struct{}), make(chan struct{})
	fds := []unix.PollFd{{Fd: int32(f.Fd())}, {Fd: int32(end.Fd())}}
	go func() {
		defer close(done)
		for {
			// Asked for nothing, poll tells of errors and of the other end's closing.
			switch _, err := unix.Poll(fds, -1); {
			case errors.Is(err, unix.EINTR):
				continue
			case err == nil && fds[1].Revents == 0 && fds[0].Revents != 0:
				close(gone)
			}
			return
		}
	}()
	return gone, func() {
		wake.Close()
		<-done
		end.Close()
	}
}
