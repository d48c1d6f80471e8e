//go:build amd64 || arm64 || loong64 || mips64 || mips64le || ppc64 || ppc64le || riscv64 || s390x

package bpf

import "testing"

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
