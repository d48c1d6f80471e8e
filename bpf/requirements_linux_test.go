//go:build amd64 || arm64 || loong64 || mips64 || mips64le || ppc64 || ppc64le || riscv64 || s390x

package bpf

import (
	"os"
	"strconv"
	"strings"
	"testing"

	"golang.org/x/sys/unix"
)

func TestParseRelease(t *testing.T) {
	for release, want := range map[string][2]int{
		"6.18.44": {6, 18}, "5.8": {5, 8}, "6.1.0-18-amd64": {6, 1}, "5.10-rc1": {5, 10}, "4": {4, 0}, "": {}, "x.y": {},
		"5.15.167.4-microsoft-standard-WSL2": {5, 15},
	} {
		if major, minor := parseRelease(release); [2]int{major, minor} != want {
			t.Errorf("%q is %d.%d, want %v", release, major, minor, want)
		}
	}
}

func TestEnableCapabilities(t *testing.T) {
	for _, test := range []struct {
		without int
		want    string
	}{
		{-1, "sudo setcap cap_bpf,cap_perfmon,cap_sys_ptrace,cap_dac_read_search+ep PROGRAM"},
		{unix.CAP_SYS_PTRACE, "sudo setcap cap_bpf,cap_perfmon,cap_dac_read_search+ep PROGRAM"},
		{unix.CAP_DAC_READ_SEARCH, "sudo setcap cap_bpf,cap_perfmon,cap_sys_ptrace+ep PROGRAM"},
		{unix.CAP_PERFMON, "a container with --cap-add BPF --cap-add PERFMON"},
		{unix.CAP_BPF, "a container with --cap-add BPF --cap-add PERFMON"},
	} {
		if got := enableCapabilities(func(capability int) bool { return capability != test.without }); got != test.want {
			t.Errorf("without %d: %q, want %q", test.without, got, test.want)
		}
	}
	b, err := os.ReadFile("/proc/thread-self/status")
	must(t, err)
	_, rest, _ := strings.Cut(string(b), "CapBnd:")
	text, _, _ := strings.Cut(rest, "\n")
	bounds, err := strconv.ParseUint(strings.TrimSpace(text), 16, 64)
	must(t, err)
	for c := range unix.CAP_BPF + 1 {
		if inBounds(c) != (bounds>>c&1 != 0) {
			t.Errorf("capability %d is in bounds: %v, of %#x", c, inBounds(c), bounds)
		}
	}
}
