package main

import (
	"errors"
	"net"
	"os"
	"slices"
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
func enableAll() string { return setcap(unix.CAP_SYS_PTRACE, unix.CAP_DAC_READ_SEARCH) }

// setcapNames are the capabilities that doctor's commands give, as setcap(8) names them.
var setcapNames = []struct {
	capability int
	name       string
}{
	{unix.CAP_BPF, "cap_bpf"}, {unix.CAP_PERFMON, "cap_perfmon"}, {unix.CAP_SYS_PTRACE, "cap_sys_ptrace"},
	{unix.CAP_DAC_READ_SEARCH, "cap_dac_read_search"}, {unix.CAP_SYS_ADMIN, "cap_sys_admin"},
}

// setcap is the command that gives this program capabilities, besides those of setcapNames that
// it has. A program that has one which is out of bounds can't be started.
func setcap(wanted ...int) string {
	var names, outOfBounds []string
	for _, c := range setcapNames {
		if !slices.Contains(wanted, c.capability) && !effective(c.capability) {
			continue
		}
		names = append(names, c.name)
		if bounded, err := unix.PrctlRetInt(unix.PR_CAPBSET_READ, uintptr(c.capability), 0, 0, 0); err == nil && bounded == 0 {
			outOfBounds = append(outOfBounds, "--cap-add "+strings.ToUpper(strings.TrimPrefix(c.name, "cap_")))
		}
	}
	if len(outOfBounds) > 0 {
		return "a container with " + strings.Join(outOfBounds, " ")
	}
	return "sudo setcap " + strings.Join(names, ",") + "+ep " + shellWord(executable())
}

// effective reports whether this program has a capability.
func effective(capability int) bool {
	var (
		head = unix.CapUserHeader{Version: unix.LINUX_CAPABILITY_VERSION_3}
		data [2]unix.CapUserData
	)
	return unix.Capget(&head, &data[0]) == nil && data[capability/32].Effective>>(capability%32)&1 != 0
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
		enable: setcap(unix.CAP_SYS_ADMIN)}
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
