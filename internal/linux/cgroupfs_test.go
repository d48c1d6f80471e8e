package linux

import (
	"errors"
	"path"
	"reflect"
	"strings"
	"testing"

	"github.com/go-psutil/psutil/internal/scan"
)

func TestParseCgroupLimit(t *testing.T) {
	for _, tt := range []struct {
		in     string
		v2, v1 CgroupLimit
		ok2    bool
		ok1    bool
	}{
		{"max\n", CgroupLimit{Unlimited: true}, CgroupLimit{}, true, false},
		{"0\n", CgroupLimit{}, CgroupLimit{}, true, true},
		{"536870912\n", CgroupLimit{Value: 536870912}, CgroupLimit{Value: 536870912}, true, true},
		{"536870912", CgroupLimit{Value: 536870912}, CgroupLimit{Value: 536870912}, true, true},
		{"9223372036854771712\n", CgroupLimit{Value: 0x7ffffffffffff000}, CgroupLimit{Unlimited: true}, true, true}, // 4K pages
		{"9223372036854759424\n", CgroupLimit{Value: 0x7fffffffffffc000}, CgroupLimit{Unlimited: true}, true, true}, // 16K
		{"9223372036854710272\n", CgroupLimit{Value: 0x7fffffffffff0000}, CgroupLimit{Unlimited: true}, true, true}, // 64K
		{"9223372036854775807\n", CgroupLimit{Value: 1<<63 - 1}, CgroupLimit{Unlimited: true}, true, true},          // before Linux 3.19
		{"18446744073709551615\n", CgroupLimit{Value: 1<<64 - 1}, CgroupLimit{Unlimited: true}, true, true},         // the same, older
		{"8796093018112\n", CgroupLimit{Value: 0x7fffffff000}, CgroupLimit{Unlimited: true}, true, true},            // 32 bits, 4K
		{"8796093018113\n", CgroupLimit{Value: 0x7fffffff001}, CgroupLimit{Value: 0x7fffffff001}, true, true},       // not quite
		{"4611686018427387903\n", CgroupLimit{Value: 1<<62 - 1}, CgroupLimit{Value: 1<<62 - 1}, true, true},         // still a number
		{"-1\n", CgroupLimit{}, CgroupLimit{Unlimited: true}, false, true},                                          // as it is written
		{"18446744073709551616\n", CgroupLimit{}, CgroupLimit{}, false, false},
		{"\n", CgroupLimit{}, CgroupLimit{}, false, false},
		{"", CgroupLimit{}, CgroupLimit{}, false, false},
		{"1 2\n", CgroupLimit{}, CgroupLimit{}, false, false},
		{"maximum\n", CgroupLimit{}, CgroupLimit{}, false, false},
	} {
		got, err := ParseCgroupLimit([]byte(tt.in))
		if got != tt.v2 || (err == nil) != tt.ok2 {
			t.Errorf("ParseCgroupLimit(%q) = %+v, %v", tt.in, got, err)
		}
		got, err = ParseCgroupLimitV1([]byte(tt.in))
		if got != tt.v1 || (err == nil) != tt.ok1 {
			t.Errorf("ParseCgroupLimitV1(%q) = %+v, %v", tt.in, got, err)
		}
		n, err := ParseCgroupNumber([]byte(tt.in))
		if want := tt.ok2 && !tt.v2.Unlimited; (err == nil) != want || want && n != tt.v2.Value {
			t.Errorf("ParseCgroupNumber(%q) = %d, %v", tt.in, n, err)
		}
	}
}

func TestCPUMax(t *testing.T) {
	none := CgroupLimit{Unlimited: true}
	for _, tt := range []struct {
		in   string
		want CPUMax
		cpus float64
		ok   bool
		bad  bool
	}{
		{"max 100000\n", CPUMax{none, 100000}, 0, false, false},
		{"50000 100000\n", CPUMax{CgroupLimit{Value: 50000}, 100000}, 0.5, true, false},
		{"250000 100000\n", CPUMax{CgroupLimit{Value: 250000}, 100000}, 2.5, true, false},
		{"50000\n", CPUMax{CgroupLimit{Value: 50000}, 100000}, 0.5, true, false},
		{"50000 0\n", CPUMax{CgroupLimit{Value: 50000}, 0}, 0, false, false},
		{"18446744073709551615 1\n", CPUMax{CgroupLimit{Value: 1<<64 - 1}, 1}, 1 << 64, true, false},
		{"", CPUMax{}, 0, false, true},
		{"x 100000\n", CPUMax{}, 0, false, true},
		{"-1 100000\n", CPUMax{}, 0, false, true},
		{"50000 max\n", CPUMax{}, 0, false, true},
		{"50000 100000 7\n", CPUMax{}, 0, false, true},
	} {
		got, err := ParseCPUMax([]byte(tt.in))
		if got != tt.want || (err != nil) != tt.bad {
			t.Errorf("ParseCPUMax(%q) = %+v, %v", tt.in, got, err)
		}
		if cpus, ok := got.CPUs(); cpus != tt.cpus || ok != tt.ok {
			t.Errorf("CPUs of %q = %v, %v", tt.in, cpus, ok)
		}
	}
	for _, tt := range []struct {
		quota, period string
		want          CPUMax
		bad           bool
	}{
		{"-1\n", "100000\n", CPUMax{none, 100000}, false},
		{"150000\n", "100000\n", CPUMax{CgroupLimit{Value: 150000}, 100000}, false},
		{"max\n", "100000\n", CPUMax{}, true},
		{"1\n", "-1\n", CPUMax{}, true},
		{"", "100000\n", CPUMax{}, true},
		{"1\n", "", CPUMax{}, true},
	} {
		got, err := ParseCFSQuota([]byte(tt.quota), []byte(tt.period))
		if got != tt.want || (err != nil) != tt.bad {
			t.Errorf("ParseCFSQuota(%q, %q) = %+v, %v", tt.quota, tt.period, got, err)
		}
	}
}

func TestStrictest(t *testing.T) {
	none := CgroupLimit{Unlimited: true}
	limit := func(v uint64) CgroupLimit { return CgroupLimit{Value: v} }
	for _, tt := range []struct {
		name   string
		limits []CgroupLimit
		want   CgroupLimit
		of     int
	}{
		{"NoGroup", nil, none, 0},
		{"NoLimit", []CgroupLimit{none, none}, none, 0},
		{"Own", []CgroupLimit{limit(1), limit(2), none}, limit(1), 0},
		{"Above", []CgroupLimit{limit(3), limit(2), none}, limit(2), 1},
		{"AboveAlone", []CgroupLimit{none, none, limit(5)}, limit(5), 2},
		{"SameAbove", []CgroupLimit{limit(7), none, limit(7), limit(8)}, limit(7), 2},
		{"Zero", []CgroupLimit{limit(1), limit(0), limit(1)}, limit(0), 1},
		{"Largest", []CgroupLimit{none, limit(1<<64 - 1)}, limit(1<<64 - 1), 1},
	} {
		t.Run(tt.name, func(t *testing.T) {
			if got, of := Strictest(tt.limits); got != tt.want || of != tt.of {
				t.Errorf("Strictest(%+v) = %+v, %d; want %+v, %d", tt.limits, got, of, tt.want, tt.of)
			}
		})
	}
}

func TestSwapLimitV1(t *testing.T) {
	none := CgroupLimit{Unlimited: true}
	for _, tt := range []struct{ both, memory, want CgroupLimit }{
		{none, none, none},
		{none, CgroupLimit{Value: 5}, none},
		{CgroupLimit{Value: 12}, CgroupLimit{Value: 5}, CgroupLimit{Value: 7}},
		{CgroupLimit{Value: 5}, CgroupLimit{Value: 5}, CgroupLimit{}},
		{CgroupLimit{Value: 5}, CgroupLimit{Value: 12}, CgroupLimit{}},
		{CgroupLimit{Value: 5}, none, CgroupLimit{}},
	} {
		if got := SwapLimitV1(tt.both, tt.memory); got != tt.want {
			t.Errorf("SwapLimitV1(%+v, %+v) = %+v, want %+v", tt.both, tt.memory, got, tt.want)
		}
	}
}

func TestParseHierarchicalLimits(t *testing.T) {
	none := CgroupLimit{Unlimited: true}
	for _, tt := range []struct {
		in           string
		memory, both CgroupLimit
	}{
		{"", none, none},
		{"cache 1\nhierarchical_memory_limit 536870912\nhierarchical_memsw_limit 1073741824\ntotal_cache 1\n",
			CgroupLimit{Value: 536870912}, CgroupLimit{Value: 1073741824}},
		{"hierarchical_memory_limit 0\n", CgroupLimit{}, none},
		{"hierarchical_memory_limit 9223372036854771712\nhierarchical_memsw_limit 8796093018112\n", none, none},
		{"hierarchical_memory_limit -1\nhierarchical_memsw_limit x\n", none, none},
		{"hierarchical_memsw_limit 7\nhierarchical_memory_limit 5", none, CgroupLimit{Value: 7}}, // cut short
	} {
		if memory, both := ParseHierarchicalLimits([]byte(tt.in)); memory != tt.memory || both != tt.both {
			t.Errorf("ParseHierarchicalLimits(%q) = %+v, %+v; want %+v, %+v", tt.in, memory, both, tt.memory, tt.both)
		}
	}
}

func TestCgroupDir(t *testing.T) {
	for _, tt := range []struct {
		root, mount, path string
		want              string
		ok                bool
	}{
		{"/", "/sys/fs/cgroup", "/", "/sys/fs/cgroup", true},
		{"/", "/sys/fs/cgroup", "/user.slice/a b", "/sys/fs/cgroup/user.slice/a b", true},
		{"/", "/sys/fs/cgroup/", "/a", "/sys/fs/cgroup/a", true},
		{"/", "/", "/a", "/a", true},
		{"/", "/", "/", "/", true},
		// A container of Docker with version 1 and no namespace: a bind mount.
		{"/docker/ab", "/sys/fs/cgroup/memory", "/docker/ab", "/sys/fs/cgroup/memory", true},
		{"/docker/ab", "/sys/fs/cgroup/memory", "/docker/ab/child", "/sys/fs/cgroup/memory/child", true},
		{"/docker/ab", "/sys/fs/cgroup/memory", "/docker/abc", "", false},
		{"/docker/ab", "/sys/fs/cgroup/memory", "/docker", "", false},
		{"/docker/ab", "/sys/fs/cgroup/memory", "/", "", false},
		// Namespaces: the host's mount seen from inside, and processes outside.
		{"/..", "/host/cgroup", "/../sibling", "/host/cgroup/sibling", true},
		{"/..", "/host/cgroup", "/..", "/host/cgroup", true},
		{"/../..", "/host/cgroup", "/../../a/b", "/host/cgroup/a/b", true},
		{"/../sibling", "/x", "/../sibling/c", "/x/c", true},
		{"/..", "/host/cgroup", "/", "", false},        // the way down has no known name
		{"/..", "/host/cgroup", "/mine", "", false},    // likewise
		{"/..", "/host/cgroup", "/../../a", "", false}, // above the mount
		{"/", "/sys/fs/cgroup", "/..", "", false},
		{"/", "/sys/fs/cgroup", "/../sibling", "", false},
		{"/", "/sys/fs/cgroup", "/a/../../../etc", "", false},
		{"/", "/sys/fs/cgroup", "/a/..", "", false},
		{"/", "/sys/fs/cgroup", "//a///b/", "/sys/fs/cgroup/a/b", true},
		{"/", "/sys/fs/cgroup", "/./a", "/sys/fs/cgroup/a", true},
		{"/", "/sys/fs/cgroup", "/..a/b..", "/sys/fs/cgroup/..a/b..", true},
		{"/", "/sys/fs/cgroup", "", "", false},
		{"/", "/sys/fs/cgroup", "a", "", false},
		{"", "/sys/fs/cgroup", "/a", "", false},
	} {
		got, ok := CgroupDir(tt.root, tt.mount, tt.path)
		if got != tt.want || ok != tt.ok {
			t.Errorf("CgroupDir(%q, %q, %q) = %q, %v; want %q, %v", tt.root, tt.mount, tt.path, got, ok, tt.want, tt.ok)
		}
	}
}

const cgroupHybrid = `27 1 254:0 / / rw,relatime - ext4 /dev/vda rw
31 23 0:28 / /sys/fs/cgroup rw,relatime - tmpfs tmpfs rw,mode=755
32 31 0:29 / /sys/fs/cgroup/cpu,cpuacct rw,relatime - cgroup cgroup rw,cpu,cpuacct
35 31 0:32 /docker/ab /sys/fs/cgroup/memory rw,relatime - cgroup cgroup rw,xattr,memory
40 31 0:37 / /sys/fs/cgroup/systemd rw,relatime - cgroup cgroup rw,xattr,name=systemd
41 31 0:38 / /sys/fs/cgroup/unified rw,relatime - cgroup2 cgroup2 rw,nsdelegate
`

// firstDir is the directory that the mount which shows the most has of a
// group, in version 2 if there is no controller.
func firstDir(ms CgroupMounts, controller, path string) (dir string, ok bool) {
	found := ms.Levels(controller, controller == "", path)
	if len(found) == 0 {
		return "", false
	}
	return found[0][0], true
}

func TestCgroupLevels(t *testing.T) {
	ms, err := ParseCgroupMounts([]byte(cgroupHybrid +
		"50 27 0:32 / /host/memory rw - cgroup cgroup rw,memory\n" +
		"51 27 0:32 /docker /docker rw - cgroup cgroup rw,memory\n" +
		"52 27 0:29 / / rw - cgroup cgroup rw,cpuset\n"))
	if err != nil {
		t.Fatal(err)
	}
	for _, tt := range []struct {
		controller string
		v2         bool
		path       string
		want       [][]string
	}{
		{"", true, "/", [][]string{{"/sys/fs/cgroup/unified"}}},
		{"memory", true, "/a/b", [][]string{{"/sys/fs/cgroup/unified/a/b", "/sys/fs/cgroup/unified/a", "/sys/fs/cgroup/unified"}}},
		{"", false, "/", nil},
		{"memory", false, "/docker/ab/c", [][]string{
			{"/host/memory/docker/ab/c", "/host/memory/docker/ab", "/host/memory/docker", "/host/memory"},
			{"/docker/ab/c", "/docker/ab", "/docker"},
			{"/sys/fs/cgroup/memory/c", "/sys/fs/cgroup/memory"},
		}},
		{"memory", false, "/../a", nil},
		{"cpuset", false, "/a", [][]string{{"/a", "/"}}},
		{"pids", false, "/a", nil},
	} {
		if got := ms.Levels(tt.controller, tt.v2, tt.path); !reflect.DeepEqual(got, tt.want) {
			t.Errorf("Levels(%q, %v, %q) = %q, want %q", tt.controller, tt.v2, tt.path, got, tt.want)
		}
	}
	if got := (CgroupMounts{{V2: true, Root: "/"}}).Levels("", true, "/"); !reflect.DeepEqual(got, [][]string{{"/"}}) {
		t.Errorf("Levels without a mount point = %q", got)
	}
}

func TestCgroupMounts(t *testing.T) {
	ms, err := ParseCgroupMounts([]byte(cgroupHybrid))
	if err != nil || len(ms) != 4 {
		t.Fatalf("%+v, %v", ms, err)
	}
	want := CgroupMount{Root: "/docker/ab", Dir: "/sys/fs/cgroup/memory", options: "rw,xattr,memory"}
	if ms[1] != want {
		t.Errorf("got %+v, want %+v", ms[1], want)
	}
	if want := (CgroupMount{V2: true, Root: "/", Dir: "/sys/fs/cgroup/unified", options: "rw,nsdelegate"}); ms[3] != want {
		t.Errorf("got %+v, want %+v", ms[3], want)
	}
	for _, tt := range []struct {
		controller, path, want string
		ok                     bool
	}{
		{"", "/a", "/sys/fs/cgroup/unified/a", true},
		{"cpu", "/a", "/sys/fs/cgroup/cpu,cpuacct/a", true},
		{"cpuacct", "/", "/sys/fs/cgroup/cpu,cpuacct", true},
		{"memory", "/docker/ab/c", "/sys/fs/cgroup/memory/c", true},
		{"memory", "/a", "", false},
		{"name=systemd", "/a", "/sys/fs/cgroup/systemd/a", true},
		{"systemd", "/a", "", false},
		{"cpuset", "/a", "", false},
		{"nsdelegate", "/a", "", false},
		{"mem", "/docker/ab", "", false},
	} {
		if got, ok := firstDir(ms, tt.controller, tt.path); got != tt.want || ok != tt.ok {
			t.Errorf("firstDir(%q, %q) = %q, %v; want %q, %v", tt.controller, tt.path, got, ok, tt.want, tt.ok)
		}
	}

	// A second place for the same hierarchy serves what it shows more of, a
	// mount on top of another replaces it, and a bad row costs nothing else.
	ms, err = ParseCgroupMounts([]byte(cgroupHybrid + "garbage\n" +
		"50 27 0:32 / /host/memory rw - cgroup cgroup rw,memory\n" +
		"51 41 0:38 /mine /sys/fs/cgroup/unified rw - cgroup2 cgroup2 rw\n"))
	var e *scan.SyntaxError
	if !errors.As(err, &e) || e.Line != 7 {
		t.Errorf("error %v, want line 7", err)
	}
	for path, want := range map[string]string{"/docker/ab": "/host/memory/docker/ab", "/a": "/host/memory/a"} {
		if got, ok := firstDir(ms, "memory", path); got != want || !ok {
			t.Errorf("firstDir(memory, %q) = %q, %v; want %q", path, got, ok, want)
		}
	}
	if got, ok := firstDir(ms, "", "/mine/x"); got != "/sys/fs/cgroup/unified/x" || !ok {
		t.Errorf("below the covering mount: %q, %v", got, ok)
	}
	if got, ok := firstDir(ms, "", "/a"); ok {
		t.Errorf("below the covered mount: %q", got)
	}

	ms, err = ParseCgroupMounts([]byte("30 23 0:26 / /sys/fs/cgroup rw - cgroup2 cgroup2 rw\n"))
	if err != nil || !reflect.DeepEqual(ms, CgroupMounts{{V2: true, Root: "/", Dir: "/sys/fs/cgroup", options: "rw"}}) {
		t.Errorf("version 2 only: %+v, %v", ms, err)
	}
	if _, ok := firstDir(ms, "cpu", "/"); ok {
		t.Error("a version 1 controller on a version 2 mount")
	}
	ms, err = ParseCgroupMounts(nil)
	if _, ok := firstDir(ms, "", "/"); err != nil || len(ms) != 0 || ok {
		t.Errorf("no mounts: %+v, %v", ms, err)
	}
}

func FuzzCgroupfs(f *testing.F) {
	f.Add([]byte("hierarchical_memory_limit 536870912\nhierarchical_memsw_limit 1073741824\n"), "/docker/ab", "/docker/ab/../..")
	f.Add([]byte("50000 100000"), "/..", "/../../a")
	f.Fuzz(func(t *testing.T, b []byte, root, cgroup string) {
		memory, both := ParseHierarchicalLimits(b)
		if swap := SwapLimitV1(both, memory); swap.Unlimited != both.Unlimited || swap.Value > both.Value {
			t.Fatalf("memory %+v, both %+v: swap %+v", memory, both, swap)
		}
		_, _ = ParseCgroupLimit(b)
		_, _ = ParseCgroupLimitV1(b)
		if m, err := ParseCPUMax(b); err != nil && m != (CPUMax{}) {
			t.Fatalf("%+v with error %v", m, err)
		}
		_, _ = ParseCFSQuota(b, b)
		const mount = "/sys/fs/cgroup"
		dir, ok := CgroupDir(root, mount, cgroup)
		if clean := path.Clean(dir); ok && (clean != dir || clean != mount && !strings.HasPrefix(clean, mount+"/")) {
			t.Fatalf("CgroupDir(%q, %q) = %q leads out", root, cgroup, dir)
		}
		for _, levels := range (CgroupMounts{{V2: true, Root: root, Dir: mount}, {V2: true, Root: root}}).Levels("", true, cgroup) {
			for i, level := range levels {
				if i > 0 && level != path.Dir(levels[i-1]) {
					t.Fatalf("levels %q", levels)
				}
			}
		}
	})
}
