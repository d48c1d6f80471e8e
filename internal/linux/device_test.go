package linux

import (
	"slices"
	"strings"
	"testing"
)

func TestNumbered(t *testing.T) {
	for _, tt := range []struct {
		prefix, names, want string
	}{
		{"hwmon", "hwmon10 hwmon2 hwmon0", "hwmon0 hwmon2 hwmon10"},
		{"hwmon", "hwmon hwmonx hwmon1x hwmon-1 hwmon+1 hwmon4294967296 xhwmon1 1 hwmon4294967295", "hwmon4294967295"},
		{"coretemp.", "coretemp.1 coretemp coretemp1 power coretemp.0", "coretemp.0 coretemp.1"},
		{"hwmon", "", ""},
	} {
		if got := Numbered(strings.Fields(tt.names), tt.prefix); !slices.Equal(got, strings.Fields(tt.want)) {
			t.Errorf("Numbered(%q, %q) = %q, want %q", tt.names, tt.prefix, got, tt.want)
		}
	}
}

const ttyUevent = "MAJOR=4\nMINOR=64\nDEVNAME=ttyS0\nDEVMODE=0620\n"

func TestDeviceFile(t *testing.T) {
	for in, want := range map[string]string{
		ttyUevent:                           "/dev/ttyS0",
		"DEVNAME=snd/seq":                   "/dev/snd/seq",
		"DEVNAME=a\nDEVNAME=b\n":            "/dev/a",
		"DEVNAME= a\x1b \n":                 "/dev/ a\x1b ",
		"XDEVNAME=a\n DEVNAME=b\nDEVNAME\n": "",
		"":                                  "",
	} {
		if got := DeviceFile([]byte(in)); got != want {
			t.Errorf("DeviceFile(%q) = %q, want %q", in, got, want)
		}
	}
	for i := range ttyUevent {
		if got := DeviceFile([]byte(ttyUevent[:i])); (got != "") != (i >= strings.Index(ttyUevent, "ttyS0")) || !strings.HasPrefix("/dev/ttyS0", got) {
			t.Fatalf("cut at %d: %q", i, got)
		}
	}
}

func TestTerminals(t *testing.T) {
	for _, tt := range []struct {
		major, minor  uint32
		pseudo, fixed string
	}{
		{136, 0, "/dev/pts/0", ""},
		{136, 1<<20 - 1, "/dev/pts/1048575", ""},
		{143, 2, "/dev/pts/7340034", ""},
		{135, 1, "", ""},
		{144, 1, "", ""},
		{4, 0, "", "/dev/tty0"},
		{4, 63, "", "/dev/tty63"},
		{4, 64, "", "/dev/ttyS0"},
		{4, 1<<20 - 1, "", "/dev/ttyS1048511"},
		{5, 0, "", ""},
		{5, 1, "", "/dev/console"},
		{0, 0, "", ""},
		{1<<32 - 1, 1<<32 - 1, "", ""},
	} {
		if got := PseudoTerminal(tt.major, tt.minor); got != tt.pseudo {
			t.Errorf("PseudoTerminal(%d, %d) = %q, want %q", tt.major, tt.minor, got, tt.pseudo)
		}
		if got := FixedTerminal(tt.major, tt.minor); got != tt.fixed {
			t.Errorf("FixedTerminal(%d, %d) = %q, want %q", tt.major, tt.minor, got, tt.fixed)
		}
	}
}

func FuzzDeviceFile(f *testing.F) {
	f.Add([]byte(ttyUevent))
	f.Add([]byte("DEVNAME="))
	f.Fuzz(func(t *testing.T, b []byte) {
		got := DeviceFile(b)
		if strings.Contains(got, "\n") || got != "" && !strings.Contains(string(b), "DEVNAME="+strings.TrimPrefix(got, "/dev/")) {
			t.Fatalf("%q: %q", b, got)
		}
	})
}
