package main

import (
	"errors"
	"net"
	"os"
	"strings"

	"golang.org/x/sys/unix"

	"github.com/go-psutil/psutil"
)

// kernelCapabilities are what the kernel may have been built or started without.
func kernelCapabilities(sys *psutil.System) []capability {
	rows := []capability{sockDiag(), pidfds(), networkNamespaces(), delayAccounting()}
	pressure := capability{name: "pressure stall information", purpose: "Pressure", enable: "boot with psi=1"}
	if _, err := sys.Pressure(); err == nil {
		pressure.there, pressure.inUse, pressure.enable = true, true, ""
	} else {
		pressure.detail = err.Error()
	}
	return append(rows, pressure)
}

// enableAll is the command that lets this program look into all processes.
func enableAll() string {
	return "sudo setcap cap_sys_ptrace,cap_dac_read_search+ep " + shellWord(executable())
}

// sockDiag looks for a socket of this program, which has a cookie if sock_diag(7) told
// of it.
func sockDiag() capability {
	c := capability{name: "sock_diag", purpose: "sockets without reading the tables of /proc/net", detail: "the kernel does not answer",
		enable: "sudo modprobe -a inet_diag tcp_diag udp_diag unix_diag raw_diag"}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		c.detail = err.Error()
		return c
	}
	defer l.Close()
	conns, err := psutil.NetConnections(psutil.KindTCP4, psutil.WithoutOwners(), psutil.WithLocalPort(uint16(l.Addr().(*net.TCPAddr).Port)))
	if err != nil {
		c.detail = err.Error()
	}
	if len(conns) > 0 && conns[0].Cookie != 0 {
		c.there, c.inUse, c.detail, c.enable = true, true, "", ""
	}
	return c
}

func pidfds() capability {
	c := capability{name: "pidfd", purpose: "signals that can't hit another process, waiting without polling", detail: "needs Linux 5.3"}
	fd, err := unix.PidfdOpen(os.Getpid(), 0)
	if err != nil {
		c.detail += ": " + err.Error()
		return c
	}
	unix.Close(fd)
	c.there, c.inUse, c.detail = true, true, ""
	return c
}

// networkNamespaces asks whether setns(2) would be allowed, by entering the
// namespace that the thread is in.
func networkNamespaces() capability {
	c := capability{name: "enter network namespaces", purpose: "sockets of containers, as exactly as one's own",
		enable: "sudo setcap cap_sys_admin+ep " + shellWord(executable())}
	f, err := os.Open("/proc/thread-self/ns/net")
	if err != nil {
		c.detail = err.Error()
		return c
	}
	defer f.Close()
	if err := unix.Setns(int(f.Fd()), unix.CLONE_NEWNET); err != nil {
		c.detail = err.Error()
		return c
	}
	c.there, c.inUse, c.enable = true, true, ""
	return c
}

func delayAccounting() capability {
	c := capability{name: "delay accounting", purpose: "iowait of processes", enable: "sudo sysctl kernel.task_delayacct=1"}
	b, err := os.ReadFile("/proc/sys/kernel/task_delayacct")
	switch {
	case errors.Is(err, os.ErrNotExist): // before Linux 5.14
		c.there, c.inUse, c.enable, c.detail = true, true, "", "unless the kernel was built without, or started with nodelayacct"
	case err != nil:
		c.detail = err.Error()
	case strings.TrimSpace(string(b)) == "1":
		c.there, c.inUse, c.enable = true, true, ""
	}
	return c
}
