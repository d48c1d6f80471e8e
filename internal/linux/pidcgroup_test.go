package linux

import (
	"fmt"
	"slices"
	"strings"
	"testing"
)

type cgroupRow struct {
	id                uint32
	controllers, path string
}

const (
	cgroupV1 = "9:name=systemd:/system.slice/cron.service\n" +
		"8:pids:/\n" +
		"5:cpu,cpuacct:/docker/0e2df3209a3a\n" +
		"0::/system.slice/a:b: c (deleted)\n"
	cgroupV2 = "0::/user.slice/user-1000.slice/session-2.scope\n"
	// 2.6.32 listed the hierarchies that were mounted.
	cgroup2632 = "2:memory:/\n1:cpuset,cpu:/lxc/web\n"
)

func collectCgroups(t *testing.T, in string) (rows []cgroupRow, errs []string) {
	t.Helper()
	for c, err := range EachPIDCgroup([]byte(in)) {
		if err != nil {
			errs = append(errs, err.Error())
			continue
		}
		rows = append(rows, cgroupRow{c.HierarchyID, string(c.Controllers), string(c.Path)})
	}
	return rows, errs
}

func TestEachPIDCgroup(t *testing.T) {
	tests := []struct {
		name, in string
		want     []cgroupRow
	}{
		{"V1", cgroupV1, []cgroupRow{
			{9, "name=systemd", "/system.slice/cron.service"},
			{8, "pids", "/"},
			{5, "cpu,cpuacct", "/docker/0e2df3209a3a"},
			{0, "", "/system.slice/a:b: c (deleted)"},
		}},
		{"V2", cgroupV2, []cgroupRow{{0, "", "/user.slice/user-1000.slice/session-2.scope"}}},
		{"Linux2632", cgroup2632, []cgroupRow{{2, "memory", "/"}, {1, "cpuset,cpu", "/lxc/web"}}},
		{"Namespace", "0::/../../other\n", []cgroupRow{{0, "", "/../../other"}}},
		{"NotUTF8", "0::/\xff\r \n", []cgroupRow{{0, "", "/\xff\r "}}},
		{"Empty", "", nil},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			got, errs := collectCgroups(t, tt.in)
			if !slices.Equal(got, tt.want) || len(errs) != 0 {
				t.Errorf("%+v, %q, want %+v", got, errs, tt.want)
			}
			for range EachPIDCgroup([]byte(tt.in)) {
				break // must not panic
			}
		})
	}
}

func TestEachPIDCgroupBadLine(t *testing.T) {
	for _, bad := range []string{"", "8", "8:pids", "8:pids:", "8:pids:x", "x:pids:/", ":pids:/", "-1:pids:/", "4294967296:pids:/"} {
		got, errs := collectCgroups(t, strings.Replace(cgroupV1, "8:pids:/", bad, 1))
		if len(errs) != 1 || !strings.Contains(errs[0], "line 2") || len(got) != 3 || got[1].id != 5 {
			t.Errorf("with %q: %+v, %q", bad, got, errs)
		}
		for range EachPIDCgroup([]byte(bad + "\n")) {
			break // must not panic
		}
	}
	whole, _ := collectCgroups(t, cgroupV1)
	for i := range cgroupV1 {
		got, errs := collectCgroups(t, cgroupV1[:i])
		if n := strings.Count(cgroupV1[:i], "\n"); !slices.Equal(got, whole[:n]) {
			t.Errorf("%+v from the first %d bytes", got, i)
		}
		if atLine := i == 0 || cgroupV1[i-1] == '\n'; atLine != (len(errs) == 0) {
			t.Errorf("errors %q from the first %d bytes", errs, i)
		}
	}
}

func TestPIDCgroupHasController(t *testing.T) {
	c := PIDCgroup{Controllers: []byte("cpu,cpuacct,name=systemd")}
	for name, want := range map[string]bool{"cpu": true, "cpuacct": true, "name=systemd": true, "cpua": false, "acct": false, "": false, "cpu,cpuacct": false} {
		if c.HasController(name) != want {
			t.Errorf("HasController(%q) = %v", name, !want)
		}
	}
	if v2 := (PIDCgroup{}); v2.HasController("") || v2.HasController("cpu") {
		t.Error("cgroup v2 has a controller")
	}
}

func TestEachPIDCgroupNoAllocs(t *testing.T) {
	b := []byte(cgroupV1)
	if n := testing.AllocsPerRun(100, func() {
		found := 0
		for c, err := range EachPIDCgroup(b) {
			if err != nil {
				t.Fatal(err)
			}
			if c.HasController("cpuacct") {
				found++
			}
		}
		if found != 1 {
			t.Fatal(found)
		}
	}); n != 0 {
		t.Errorf("%v allocations, want 0", n)
	}
}

func FuzzEachPIDCgroup(f *testing.F) {
	for _, in := range []string{cgroupV1, cgroupV2, cgroup2632, "::\n:", "1::/"} {
		f.Add([]byte(in))
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		rows := 0
		for c, err := range EachPIDCgroup(b) {
			if rows++; err != nil {
				continue
			}
			// The row, printed as the kernel prints it, reads the same.
			line := fmt.Sprintf("%d:%s:%s\n", c.HierarchyID, c.Controllers, c.Path)
			want := cgroupRow{c.HierarchyID, string(c.Controllers), string(c.Path)}
			if again, errs := collectCgroups(t, line); len(errs) != 0 || !slices.Equal(again, []cgroupRow{want}) {
				t.Fatalf("%q read again is %+v, %q", line, again, errs)
			}
		}
		if rows > strings.Count(string(b), "\n")+1 {
			t.Fatalf("%d rows of %q", rows, b)
		}
	})
}

func TestFindCgroup(t *testing.T) {
	groups := func(text string) (rows []PIDCgroup) {
		for row, err := range EachPIDCgroup([]byte(text)) {
			if err != nil {
				t.Fatal(err)
			}
			rows = append(rows, row)
		}
		return rows
	}
	const hybrid = "4:memory:/m\n3:cpu,cpuacct:/c\n1:name=systemd:/s\n0::/u\n"
	for _, tt := range []struct {
		text, controller, path string
		v2, found              bool
	}{
		{"0::/a b\n", "memory", "/a b", true, true},
		{hybrid, "memory", "/m", false, true},
		{hybrid, "cpuacct", "/c", false, true},
		{hybrid, "pids", "/u", true, true},
		{"0::/u\n4:memory:/m\n", "memory", "/m", false, true},
		{"1:name=systemd:/s\n", "memory", "", false, false},
		{"2::/x\n", "memory", "", false, false},
		{"", "memory", "", false, false},
	} {
		if path, v2, found := FindCgroup(groups(tt.text), tt.controller); path != tt.path || v2 != tt.v2 || found != tt.found {
			t.Errorf("FindCgroup(%q, %q) = %q, %v, %v", tt.text, tt.controller, path, v2, found)
		}
	}
}
