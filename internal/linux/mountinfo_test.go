package linux

import (
	"bytes"
	"math"
	"reflect"
	"strings"
	"testing"
)

const mountinfo618 = `22 27 0:21 / /proc rw,relatime - proc proc rw
27 1 254:0 / / rw,relatime shared:1 - ext4 /dev/vda rw,discard,resv_strict
36 35 98:0 /mnt1 /mnt2 rw,noatime master:1 - ext3 /dev/root rw,errors=continue
40 27 0:35 / /run/user/1000/doc rw,nosuid shared:310 master:7 propagate_from:2 - fuse.portal portal rw,user_id=1000
41 27 259:4294967295 /a\040dir//deleted /mnt/tab\011nl\012bs\134hash\043 ro unbindable - fuseblk /dev/disk\040one ro,lower=/a\054b
42 27 0:4 net:[4026531840] /run/netns/x rw future:9 - nsfs nsfs rw
43 27 0:50 / /empty rw shared:5 - tmpfs  rw,size=4k
`

var mounts618 = []Mount{
	{
		ID: 22, Parent: 27, Major: 0, Minor: 21, Root: []byte("/"), MountPoint: []byte("/proc"), Options: []byte("rw,relatime"),
		FSType: []byte("proc"), Source: []byte("proc"), SuperOptions: []byte("rw"),
	},
	{
		ID: 27, Parent: 1, Major: 254, Minor: 0, Root: []byte("/"), MountPoint: []byte("/"), Options: []byte("rw,relatime"),
		Shared: 1, FSType: []byte("ext4"), Source: []byte("/dev/vda"), SuperOptions: []byte("rw,discard,resv_strict"),
	},
	{
		ID: 36, Parent: 35, Major: 98, Minor: 0, Root: []byte("/mnt1"), MountPoint: []byte("/mnt2"), Options: []byte("rw,noatime"),
		Master: 1, FSType: []byte("ext3"), Source: []byte("/dev/root"), SuperOptions: []byte("rw,errors=continue"),
	},
	{
		ID: 40, Parent: 27, Major: 0, Minor: 35, Root: []byte("/"), MountPoint: []byte("/run/user/1000/doc"), Options: []byte("rw,nosuid"),
		Shared: 310, Master: 7, PropagateFrom: 2, FSType: []byte("fuse.portal"), Source: []byte("portal"), SuperOptions: []byte("rw,user_id=1000"),
	},
	{
		ID: 41, Parent: 27, Major: 259, Minor: 1<<32 - 1, Root: []byte("/a dir//deleted"), MountPoint: []byte("/mnt/tab\tnl\nbs\\hash#"), Options: []byte("ro"),
		Unbindable: true, FSType: []byte("fuseblk"), Source: []byte("/dev/disk one"), SuperOptions: []byte(`ro,lower=/a\054b`),
	},
	{
		ID: 42, Parent: 27, Major: 0, Minor: 4, Root: []byte("net:[4026531840]"), MountPoint: []byte("/run/netns/x"), Options: []byte("rw"),
		FSType: []byte("nsfs"), Source: []byte("nsfs"), SuperOptions: []byte("rw"),
	},
	{
		ID: 43, Parent: 27, Major: 0, Minor: 50, Root: []byte("/"), MountPoint: []byte("/empty"), Options: []byte("rw"),
		Shared: 5, FSType: []byte("tmpfs"), Source: []byte(""), SuperOptions: []byte("rw,size=4k"),
	},
}

func TestEachMount(t *testing.T) {
	checkRows(t, EachMount, mountinfo618, mounts618)
	checkRows(t, EachMount, "", nil)
	for _, bad := range []string{
		"x 27 0:21 / /proc rw - proc proc rw",
		"22 x 0:21 / /proc rw - proc proc rw",
		"2147483648 27 0:21 / /proc rw - proc proc rw",
		"22 -2147483649 0:21 / /proc rw - proc proc rw",
		"22 27 021 / /proc rw - proc proc rw",
		"22 27 0: / /proc rw - proc proc rw",
		"22 27 4294967296:0 / /proc rw - proc proc rw",
		"22 27 0:4294967296 / /proc rw - proc proc rw",
		"22 27 0:21 / /proc rw shared:x - proc proc rw",
		"22 27 0:21 / /proc rw master: - proc proc rw",
		"22 27 0:21 / /proc rw propagate_from:18446744073709551616 - proc proc rw",
		"22 27 0:21 / /proc rw proc proc rw",
		"22 27 0:21 / /proc rw -",
		"22 27 0:21 / /proc rw - ",
		"22 27 0:21",
		"-",
	} {
		checkRows(t, EachMount, bad+"\n"+mountinfo618, mounts618, 1)
	}
	checkCuts(t, EachMount, mountinfo618, 0)
	b := []byte(mountinfo618[:bytes.Index([]byte(mountinfo618), []byte("40 27"))])
	checkNoAllocs(t, func() {
		n := 0
		for _, err := range EachMount(b) {
			if err != nil {
				t.Fatal(err)
			}
			n++
		}
		if n != 3 {
			t.Fatal(n)
		}
	})
}

func TestEachMountOption(t *testing.T) {
	type option struct {
		name, value string
		has         bool
	}
	for in, want := range map[string][]option{
		"":                                nil,
		"rw":                              {{"rw", "", false}},
		"rw,relatime":                     {{"rw", "", false}, {"relatime", "", false}},
		`lowerdir=/a\054b:/c\040d,x=y=z,`: {{"lowerdir", "/a,b:/c d", true}, {"x", "y=z", true}},
		`,,empty=,na\040me`:               {{"empty", "", true}, {"na me", "", false}},
	} {
		var got []option
		for name, value := range EachMountOption([]byte(in)) {
			got = append(got, option{string(name), string(value), value != nil})
		}
		if !reflect.DeepEqual(got, want) {
			t.Errorf("options of %q: %+v, want %+v", in, got, want)
		}
	}
	for range EachMountOption([]byte("a,b,c")) {
		break
	}
}

func TestUnescape(t *testing.T) {
	for in, want := range map[string]string{
		"":                 "",
		"plain":            "plain",
		`a\040b`:           "a b",
		`\011\012\134\043`: "\t\n\\#",
		`\377\000`:         "\xff\x00",
		`\134040`:          `\040`, // an escaped backslash, once
		`\400`:             `\400`, // more than a byte
		`\08`:              `\08`,
		`\`:                `\`,
		`\04`:              `\04`,
		`a\`:               `a\`,
		`\x20`:             `\x20`,
		`\\040`:            `\ `,
		`\040\`:            ` \`,
	} {
		if got := string(Unescape([]byte(in))); got != want {
			t.Errorf("Unescape(%q) = %q, want %q", in, got, want)
		}
	}
	b := []byte("no escapes")
	if got := Unescape(b); &got[0] != &b[0] {
		t.Error("copied for nothing")
	}
	b = []byte(`an\040escape`)
	if Unescape(b); string(b) != `an\040escape` {
		t.Errorf("the input became %q", b)
	}
}

func TestMountOptions(t *testing.T) {
	tests := []struct{ mount, super, want string }{
		{"rw,relatime", "rw", "rw,relatime"},
		{"rw", "rw", "rw"},
		{"rw,nosuid", "ro,errors=remount-ro", "ro,nosuid,errors=remount-ro"},
		{"ro,noatime", "rw,data=ordered", "ro,noatime,data=ordered"},
		{"rw,relatime", "rw,sync,dirsync,lazytime,seclabel,data=ordered", "rw,sync,dirsync,lazytime,seclabel,relatime,data=ordered"},
		{"rw,nodev", `rw,context="u:r:t:s0:c1,c2",size=4k`, `rw,context="u:r:t:s0:c1,c2",nodev,size=4k`},
		{"rw,nodev", `rw,seclabel`, `rw,seclabel,nodev`},
		{"rw,nodev", `rw,synchronous`, `rw,nodev,synchronous`},
		{"", "", "rw"},
		{"rw", `rw,context="never closed,size=4k`, `rw,context="never closed,size=4k`},
	}
	for _, tt := range tests {
		if got := mountOptions(tt.mount, tt.super); got != tt.want {
			t.Errorf("%q, %q:\ngot  %q\nwant %q", tt.mount, tt.super, got, tt.want)
		}
		m := Mount{Options: []byte(tt.mount), SuperOptions: []byte(tt.super)}
		if got := m.AllOptions(); got != tt.want {
			t.Errorf("%q, %q: AllOptions\ngot  %q\nwant %q", tt.mount, tt.super, got, tt.want)
		}
		if got, want := m.IsReadOnly(), strings.HasPrefix(tt.want+",", "ro,"); got != want {
			t.Errorf("%q, %q: IsReadOnly = %v", tt.mount, tt.super, got)
		}
	}
}

func TestMountAllOptionsUnescapes(t *testing.T) {
	m := Mount{Options: []byte("rw"), SuperOptions: []byte(`rw,lower=/a\054b`)}
	if got := m.AllOptions(); got != "rw,lower=/a,b" {
		t.Errorf("got %q", got)
	}
}

func TestMountDerived(t *testing.T) {
	for _, tt := range []struct {
		m           Mount
		base        string
		bind        bool
		propagation string
	}{
		{Mount{FSType: []byte("ext4"), Root: []byte("/"), SuperOptions: []byte("rw")}, "ext4", false, ""},
		{Mount{FSType: []byte("fuseblk.exfat"), Root: []byte("/a"), SuperOptions: []byte("rw"), Shared: 1}, "fuseblk", true, "shared:1"},
		{Mount{FSType: []byte("btrfs"), Root: []byte("/@home"), SuperOptions: []byte("rw,subvolid=5,subvol=/@home"), Master: 1 << 40}, "btrfs", false, "master:1099511627776"},
		{
			Mount{FSType: []byte("btrfs"), Root: []byte("/@home/x"), SuperOptions: []byte("rw,subvol=/@home"), Shared: 3, Master: 2, PropagateFrom: 1},
			"btrfs", true, "shared:3 master:2 propagate_from:1",
		},
		{Mount{FSType: []byte("btrfs"), Root: []byte("/a,b"), SuperOptions: []byte(`rw,subvol=/a\054b`), Unbindable: true}, "btrfs", false, "unbindable"},
		{Mount{FSType: []byte("a.b.c"), Root: []byte("net:[1]")}, "a", true, ""},
	} {
		if got := string(tt.m.BaseType()); got != tt.base {
			t.Errorf("%+v: base %q, want %q", tt.m, got, tt.base)
		}
		if got := tt.m.IsBind(); got != tt.bind {
			t.Errorf("%+v: bind %v, want %v", tt.m, got, tt.bind)
		}
		if got := tt.m.Propagation(); got != tt.propagation {
			t.Errorf("%+v: propagation %q, want %q", tt.m, got, tt.propagation)
		}
	}
}

func TestParseDevice(t *testing.T) {
	for in, want := range map[string]struct {
		major, minor uint32
		ok           bool
	}{
		"8:1\n": {8, 1, true}, "0:21": {0, 21, true}, "4294967295:4294967295\n": {math.MaxUint32, math.MaxUint32, true},
		"": {}, ":": {}, "8": {}, "8:": {}, ":1": {}, "8:x": {}, "x:1": {}, "-8:1": {}, "8:1:2": {}, "8 :1": {},
		"4294967296:0": {}, "0:4294967296": {}, "18446744073709551616:0": {},
	} {
		major, minor, ok := ParseDevice([]byte(in))
		if major != want.major || minor != want.minor || ok != want.ok {
			t.Errorf("ParseDevice(%q) = %d, %d, %v; want %+v", in, major, minor, ok, want)
		}
	}
}

func FuzzMountinfo(f *testing.F) {
	f.Add([]byte(mountinfo618))
	f.Add([]byte("1 2 3:4 \\ \\0 - - - -\n1 1 1:1 a b c - d"))
	f.Fuzz(func(t *testing.T, b []byte) {
		for _, m := range fuzzRows(t, b, EachMount) {
			if len(m.FSType) == 0 {
				t.Fatalf("%+v", m)
			}
			for range EachMountOption(m.SuperOptions) {
			}
			if o := m.AllOptions(); strings.HasPrefix(o+",", "ro,") != m.IsReadOnly() || !m.IsReadOnly() && !strings.HasPrefix(o+",", "rw,") {
				t.Fatalf("options %q of %+v", o, m)
			}
			m.IsBind()
			m.Propagation()
		}
		ParseDevice(b)
		if got := Unescape(b); len(got) > len(b) || bytes.IndexByte(b, '\\') < 0 && !bytes.Equal(got, b) {
			t.Fatalf("Unescape(%q) = %q", b, got)
		}
		unescapeC(b)
		_, _ = ParseCgroupMounts(b)
	})
}
