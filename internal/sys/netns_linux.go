package sys

import (
	"errors"
	"runtime"

	"golang.org/x/sys/unix"
)

var errGoexit = errors.New("the function given to InNetNS ended its goroutine")

// InNetNS calls f in a network namespace, given as an open /proc/PID/ns/net or
// (Linux 5.8) as a pidfd, and returns its error, or that of setns(2): EPERM
// without CAP_SYS_ADMIN. Sockets that f makes stay in the namespace.
//
// f runs in a goroutine with a thread of its own, which ends with it: the
// thread never has to be moved back, which could fail. Processes that f starts
// are in the namespace, goroutines are not. A call costs the start of a
// thread.
func InNetNS(fd int, f func() error) error {
	return onThread(func() error {
		if err := retry(func() error { return unix.Setns(fd, unix.CLONE_NEWNET) }); err != nil {
			return err
		}
		return f()
	})
}

// onThread calls f on a thread that ends afterwards, so that f may spoil it.
func onThread(f func() error) error {
	done := make(chan error, 1)
	go func() {
		runtime.LockOSThread() // never unlocked: the thread ends with the goroutine
		// The main thread won't do. It can't end, and /proc/net, for the whole
		// program, is that of the main thread's namespace. While this
		// goroutine holds it, another can only get a different one.
		if unix.Gettid() == unix.Getpid() {
			defer runtime.UnlockOSThread()
			done <- onThread(f)
			return
		}
		err := errGoexit
		defer func() { done <- err }()
		err = f()
	}()
	return <-done
}
