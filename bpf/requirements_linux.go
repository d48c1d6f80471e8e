//go:build amd64 || arm64 || loong64 || mips64 || mips64le || ppc64 || ppc64le || riscv64 || s390x

package bpf

import (
	"bytes"
	"fmt"
	"os"
	"strconv"
	"strings"

	"golang.org/x/sys/unix"
)

func requirements() []Requirement {
	return []Requirement{needKernel(), needBTF(), needCapabilities(), needTimeNamespace()}
}

func needKernel() Requirement {
	major, minor := release()
	return Requirement{Need: "Linux 5.8", Met: major > 5 || major == 5 && minor >= 8, Detail: fmt.Sprintf("this is Linux %d.%d", major, minor)}
}

// release is the version of the running kernel.
func release() (major, minor int) {
	var u unix.Utsname
	if unix.Uname(&u) != nil {
		return 0, 0
	}
	return parseRelease(unix.ByteSliceToString(u.Release[:]))
}

// parseRelease reads the first two numbers of a release such as "6.1.0-18-amd64".
func parseRelease(release string) (major, minor int) {
	number := func(s string) (int, string) {
		end := strings.IndexFunc(s, func(c rune) bool { return c < '0' || c > '9' })
		if end < 0 {
			end = len(s)
		}
		n, _ := strconv.Atoi(s[:end])
		return n, strings.TrimPrefix(s[end:], ".")
	}
	major, rest := number(release)
	minor, _ = number(rest)
	return major, minor
}

func needBTF() Requirement {
	const file = "/sys/kernel/btf/vmlinux"
	r := Requirement{Need: "the kernel's BTF", Enable: "a kernel built with CONFIG_DEBUG_INFO_BTF=y", Detail: file}
	f, err := os.Open(file)
	if err != nil {
		r.Detail = err.Error()
		return r
	}
	f.Close()
	r.Met = true
	return r
}

func needCapabilities() Requirement {
	r := Requirement{Need: "CAP_BPF and CAP_PERFMON", denied: true}
	effective, err := effectiveCapabilities()
	if err != nil {
		r.Detail, r.Enable = err.Error(), enableCapabilities(inBounds)
		return r
	}
	has := func(capability int) bool { return effective>>capability&1 != 0 }
	r.Met = has(unix.CAP_SYS_ADMIN) || has(unix.CAP_BPF) && has(unix.CAP_PERFMON)
	r.Detail = fmt.Sprintf("effective capabilities are %#x", effective)
	switch {
	case !r.Met:
		r.Enable = enableCapabilities(inBounds)
	case !initialUserNamespace():
		r.Met = false
		r.Detail = "the capabilities are of a user namespace"
	}
	return r
}

// enableCapabilities is how to get what is needed, and with it what lets a program look
// into all processes, if that may be had: a program that has a capability which is out
// of bounds can't be started.
func enableCapabilities(inBounds func(capability int) bool) string {
	if !inBounds(unix.CAP_BPF) || !inBounds(unix.CAP_PERFMON) {
		return "a container with --cap-add BPF --cap-add PERFMON"
	}
	names := "cap_bpf,cap_perfmon"
	if inBounds(unix.CAP_SYS_PTRACE) {
		names += ",cap_sys_ptrace"
	}
	if inBounds(unix.CAP_DAC_READ_SEARCH) {
		names += ",cap_dac_read_search"
	}
	return "sudo setcap " + names + "+ep PROGRAM"
}

// inBounds reports whether a program that this one starts may have a capability.
func inBounds(capability int) bool {
	bounded, err := unix.PrctlRetInt(unix.PR_CAPBSET_READ, uintptr(capability), 0, 0, 0)
	return err != nil || bounded != 0
}

func effectiveCapabilities() (uint64, error) {
	b, err := os.ReadFile("/proc/thread-self/status")
	if err != nil {
		return 0, err
	}
	for line := range bytes.Lines(b) {
		if text, found := bytes.CutPrefix(line, []byte("CapEff:")); found {
			return strconv.ParseUint(string(bytes.TrimSpace(text)), 16, 64)
		}
	}
	return 0, fmt.Errorf("/proc/thread-self/status has no CapEff")
}

// initialUserNamespace reports whether all user IDs are as the kernel has them.
func initialUserNamespace() bool {
	b, err := os.ReadFile("/proc/self/uid_map")
	if err != nil {
		return true // a kernel without user namespaces
	}
	return strings.Join(strings.Fields(string(b)), " ") == "0 0 4294967295"
}

// needTimeNamespace: programs see start times as the initial namespace has them,
// by which a process would not be the one that /proc shows.
func needTimeNamespace() Requirement {
	r := Requirement{Need: "the initial time namespace", Met: true}
	b, err := os.ReadFile("/proc/self/timens_offsets")
	if err != nil {
		return r // a kernel without
	}
	for line := range strings.Lines(string(b)) {
		fields := strings.Fields(line)
		if len(fields) == 3 && fields[0] == "boottime" && (fields[1] != "0" || fields[2] != "0") {
			r.Met = false
			r.Detail = "boot time is shifted by " + fields[1] + " s"
		}
	}
	return r
}
