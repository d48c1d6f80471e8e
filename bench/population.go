package main

import (
	"bufio"
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strconv"
)

// withChild runs f while a program runs that has said "ready", and ends it.
func withChild(f func(pid int) error, name string, args ...string) error {
	cmd := exec.Command(name, args...)
	stdin, err := cmd.StdinPipe()
	if err != nil {
		return err
	}
	stdout, err := cmd.StdoutPipe()
	if err != nil {
		return err
	}
	cmd.Stderr = os.Stderr
	if err := cmd.Start(); err != nil {
		return err
	}
	defer cmd.Wait()
	defer stdin.Close()
	if line, err := bufio.NewReader(stdout).ReadString('\n'); err != nil || line != "ready\n" {
		return fmt.Errorf("%s said %q: %w", name, line, cmp.Or(err, errors.New("want ready")))
	}
	return f(cmd.Process.Pid)
}

// withProcesses runs f beside n sleeping processes.
func (b *bench) withProcesses(n int, f func()) error {
	return withChild(func(int) error { f(); return nil }, filepath.Join(b.dir, "spawn"), "processes", strconv.Itoa(n))
}

// withThreads runs f beside a process of n sleeping threads.
func (b *bench) withThreads(n int, f func(pid int)) error {
	return withChild(func(pid int) error { f(pid); return nil }, filepath.Join(b.dir, "spawn"), "threads", strconv.Itoa(n))
}

// holdersOf is how many processes hold n sockets: 12, unless the usual limit of
// 20,000 descriptors a process asks for more.
func holdersOf(n int) int {
	const usual, most = 12, 18000
	return max(usual, (n+most-1)/most)
}

// withSockets runs f beside n TCP sockets, half of them clients of the other
// half in the same process. Each holder has an address of its own, since there
// are not more than some 28,000 ports for the clients of one.
func withSockets(n, holders int, f func()) error {
	self, err := os.Executable()
	if err != nil {
		return err
	}
	next := func(int) error { f(); return nil }
	for i := range holders {
		inner := next
		connections := max(1, (n*(i+1)/holders-n*i/holders)/2)
		next = func(int) error {
			return withChild(inner, self, "-hold", strconv.Itoa(connections), "-address", fmt.Sprintf("127.0.%d.1", i+1))
		}
	}
	return next(0)
}

// hold keeps connections to itself open, two sockets each, until its standard
// input ends.
func hold(n int, address string) error {
	// The probes of hundreds of thousands of connections, sent within a moment, get
	// lost, and those whose probes do are closed.
	const never = -1
	l, err := (&net.ListenConfig{KeepAlive: never}).Listen(context.Background(), "tcp", net.JoinHostPort(address, "0"))
	if err != nil {
		return err
	}
	var open []net.Conn
	dialer := net.Dialer{KeepAlive: never}
	for range n {
		c, err := dialer.Dial("tcp", l.Addr().String())
		if err != nil {
			return err
		}
		a, err := l.Accept()
		if err != nil {
			return err
		}
		for _, end := range [...]net.Conn{c, a} {
			// Nothing stays behind in TIME_WAIT, for the next population.
			if err := end.(*net.TCPConn).SetLinger(0); err != nil {
				return err
			}
			open = append(open, end)
		}
	}
	fmt.Println("ready")
	_, err = io.Copy(io.Discard, os.Stdin)
	runtime.KeepAlive(open)
	return err
}
