package linux

import (
	"bytes"
	"fmt"
	"reflect"
	"strings"
	"testing"
)

const (
	smaps618 = "560af6883000-560af6884000 r-xp 00001000 fe:00 21503                      /usr/bin/python3.11\n" +
		"Size:               2308 kB\n" +
		"KernelPageSize:        4 kB\n" +
		"MMUPageSize:          64 kB\n" +
		"Rss:                 101 kB\n" +
		"Pss:                 102 kB\n" +
		"Pss_Dirty:           103 kB\n" +
		"Shared_Clean:        104 kB\n" +
		"Shared_Dirty:        105 kB\n" +
		"Private_Clean:       106 kB\n" +
		"Private_Dirty:       107 kB\n" +
		"Referenced:          108 kB\n" +
		"Anonymous:           109 kB\n" +
		"KSM:                 110 kB\n" +
		"LazyFree:            111 kB\n" +
		"AnonHugePages:       112 kB\n" +
		"ShmemPmdMapped:      113 kB\n" +
		"FilePmdMapped:       114 kB\n" +
		"Shared_Hugetlb:      115 kB\n" +
		"Private_Hugetlb:     116 kB\n" +
		"Swap:                117 kB\n" +
		"SwapPss:             118 kB\n" +
		"Locked:              119 kB\n" +
		"THPeligible:           1\n" +
		"ProtectionKey:         0\n" +
		"VmFlags: rd ex mr mw me sd \n" +
		"7f4ba25ba000-7f4ba25bb000 rw-s 00000000 fe:00 9977946                    /tmp/d/we ird\\012(deleted) \\012 x \n" +
		"Size:                  4 kB\n" +
		"Rss:                   1 kB\n" +
		"Private_Dirty:         2 kB\n" +
		"THPeligible:           0\n" +
		"VmFlags: rd wr mr mw me ac \n" +
		"7f4ba25bb000-7f4ba25c1000 rw-p 00000000 00:00 0 \n" +
		"Size:                 24 kB\n" +
		"Rss:                  16 kB\n" +
		"VmFlags: rd wr mr mw me ac \n" +
		"7f4ba25c1000-7f4ba25c2000 rw-p 00000000 fe:00 9977947                    /tmp/d/gone (deleted)\n" +
		"Size:                  4 kB\n" +
		"ffffffffff600000-ffffffffff601000 --xp 00000000 00:00 0                  [vsyscall]\n" +
		"Size:                  4 kB\n"

	smaps2632 = "08048000-0804c000 r-xp 00000000 08:02 1310      /sbin/init\n" +
		"Size:                 16 kB\n" +
		"Rss:                  12 kB\n" +
		"Pss:                  12 kB\n" +
		"Shared_Clean:          0 kB\n" +
		"Shared_Dirty:          0 kB\n" +
		"Private_Clean:        12 kB\n" +
		"Private_Dirty:         0 kB\n" +
		"Referenced:           12 kB\n" +
		"Swap:                  0 kB\n" +
		"KernelPageSize:        4 kB\n" +
		"MMUPageSize:           4 kB\n" +
		"bfa3d000-bfa52000 rw-p 00000000 00:00 0         [stack]\n" +
		"Size:                 84 kB\n" +
		"Rss:                   8 kB\n" +
		"Swap:                  4 kB\n"

	// 3.10 names the stacks of threads and has a Nonlinear line.
	smaps310 = "7f2d1c7ff000-7f2d1cfff000 rw-p 00000000 00:00 0                          [stack:4242]\n" +
		"Size:               8192 kB\n" +
		"Rss:                  12 kB\n" +
		"Pss:                  12 kB\n" +
		"Shared_Clean:          0 kB\n" +
		"Shared_Dirty:          0 kB\n" +
		"Private_Clean:         0 kB\n" +
		"Private_Dirty:        12 kB\n" +
		"Referenced:           12 kB\n" +
		"Anonymous:            12 kB\n" +
		"AnonHugePages:         0 kB\n" +
		"Swap:                  0 kB\n" +
		"KernelPageSize:        4 kB\n" +
		"MMUPageSize:           4 kB\n" +
		"Locked:                0 kB\n" +
		"Nonlinear:             0 kB\n" +
		"VmFlags: rd wr mr mw me ac \n"

	rollup618 = "560af6883000-7ffdeb291000 ---p 00000000 00:00 0                          [rollup]\n" +
		"Rss:               14820 kB\n" +
		"Pss:               13429 kB\n" +
		"Pss_Dirty:          7592 kB\n" +
		"Pss_Anon:           7588 kB\n" +
		"Pss_File:           5841 kB\n" +
		"Pss_Shmem:             4 kB\n" +
		"Shared_Clean:       1592 kB\n" +
		"Shared_Dirty:          8 kB\n" +
		"Private_Clean:      5532 kB\n" +
		"Private_Dirty:      7696 kB\n" +
		"Referenced:        14816 kB\n" +
		"Anonymous:          7588 kB\n" +
		"KSM:                  12 kB\n" +
		"LazyFree:             16 kB\n" +
		"AnonHugePages:      2048 kB\n" +
		"ShmemPmdMapped:       20 kB\n" +
		"FilePmdMapped:        24 kB\n" +
		"Shared_Hugetlb:       28 kB\n" +
		"Private_Hugetlb:      32 kB\n" +
		"Swap:                 36 kB\n" +
		"SwapPss:              40 kB\n" +
		"Locked:               44 kB\n"
)

const (
	smapHas618 = (MapUsageLocked<<1 - 1) &^ (MapUsagePssAnon | MapUsagePssFile | MapUsagePssShmem)

	smapHas2632 = MapUsageSize | MapUsageRss | MapUsagePss |
		MapUsageSharedClean | MapUsageSharedDirty | MapUsagePrivateClean |
		MapUsagePrivateDirty | MapUsageReferenced | MapUsageSwap |
		MapUsageKernelPageSize | MapUsageMMUPageSize

	rollupHas618 = (MapUsageLocked<<1 - 1) &^ (MapUsageSize | MapUsageKernelPageSize | MapUsageMMUPageSize)
)

// mapRows are the first lines of smaps618.
var mapRows = []Map{
	{
		Start: 0x560af6883000, End: 0x560af6884000, Perms: [4]byte([]byte("r-xp")),
		Offset: 0x1000, DevMajor: 0xfe, Inode: 21503,
		Path: []byte("/usr/bin/python3.11"),
	},
	{
		Start: 0x7f4ba25ba000, End: 0x7f4ba25bb000, Perms: [4]byte([]byte("rw-s")),
		DevMajor: 0xfe, Inode: 9977946,
		Path: []byte(`/tmp/d/we ird\012(deleted) \012 x `),
	},
	{Start: 0x7f4ba25bb000, End: 0x7f4ba25c1000, Perms: [4]byte([]byte("rw-p"))},
	{
		Start: 0x7f4ba25c1000, End: 0x7f4ba25c2000, Perms: [4]byte([]byte("rw-p")),
		DevMajor: 0xfe, Inode: 9977947, Path: []byte("/tmp/d/gone (deleted)"), Deleted: true,
	},
	{
		Start: 0xffffffffff600000, End: 0xffffffffff601000, Perms: [4]byte([]byte("--xp")),
		Path: []byte("[vsyscall]"),
	},
}

// mapLines is the maps file of the process of a smaps file.
func mapLines(smaps string) string {
	var b strings.Builder
	for line := range strings.SplitAfterSeq(smaps, "\n") {
		if line != "" && (line[0] < 'A' || line[0] > 'Z') {
			b.WriteString(line)
		}
	}
	return b.String()
}

func TestEachMap(t *testing.T) {
	var got []Map
	for m, err := range EachMap([]byte(mapLines(smaps618))) {
		if err != nil {
			t.Fatal(err)
		}
		got = append(got, m)
	}
	if !reflect.DeepEqual(got, mapRows) {
		t.Errorf("EachMap:\n got %+v\nwant %+v", got, mapRows)
	}
	for range EachMap(nil) {
		t.Error("a row of an empty file")
	}
	for range EachMap([]byte(mapLines(smaps618))) {
		break // must not panic
	}
}

func TestEachMapLine(t *testing.T) {
	tests := []struct {
		name, in string
		want     Map // Start is 0x1000 and End 0x2000 in all
	}{
		{"LargeMinor", "1000-2000 r--p 0 103:fffff 18446744073709551615 /x\n", Map{
			Perms: [4]byte([]byte("r--p")), DevMajor: 0x103, DevMinor: 0xfffff,
			Inode: 1<<64 - 1, Path: []byte("/x"),
		}},
		{"LargeOffset", "1000-2000 ---p fffffffffffff000 00:00 0\n", Map{
			Perms: [4]byte([]byte("---p")), Offset: 0xfffffffffffff000,
		}},
		{"NamedMemory", "1000-2000 rw-p 00000000 00:00 0                          [anon:a b (deleted)]\n", Map{
			Perms: [4]byte([]byte("rw-p")), Path: []byte("[anon:a b (deleted)]"),
		}},
		{"MemFD", "1000-2000 rw-s 00000000 00:01 1024                       /memfd:hi there (deleted)\n", Map{
			Perms: [4]byte([]byte("rw-s")), DevMinor: 1, Inode: 1024,
			Path: []byte("/memfd:hi there (deleted)"), Deleted: true,
		}},
		{"SysV", "1000-2000 rw-s 00000000 00:01 65538                      /SYSV00000000 (deleted)\n", Map{
			Perms: [4]byte([]byte("rw-s")), DevMinor: 1, Inode: 65538,
			Path: []byte("/SYSV00000000 (deleted)"), Deleted: true,
		}},
		{"LooksLikeARow", "1000-2000 r--p 00000000 08:01 7                          /1000-2000 rw-p 00000000 00:00 0\n", Map{
			Perms: [4]byte([]byte("r--p")), DevMajor: 8, DevMinor: 1, Inode: 7,
			Path: []byte("/1000-2000 rw-p 00000000 00:00 0"),
		}},
		{"NotUTF8", "1000-2000 r--p 00000000 08:01 7 /\xff\t\r \n", Map{
			Perms: [4]byte([]byte("r--p")), DevMajor: 8, DevMinor: 1, Inode: 7,
			Path: []byte("/\xff\t\r "),
		}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			tt.want.Start, tt.want.End = 0x1000, 0x2000
			rows := 0
			for m, err := range EachMap([]byte(tt.in)) {
				if rows++; err != nil || !reflect.DeepEqual(m, tt.want) {
					t.Errorf("%+v, %v, want %+v", m, err, tt.want)
				}
			}
			if rows != 1 {
				t.Errorf("%d rows, want 1", rows)
			}
		})
	}
}

func TestMapAppendPath(t *testing.T) {
	tests := []struct{ in, want string }{
		{"", ""},
		{"/bin/sh", "/bin/sh"},
		{"/bin/sh (deleted)", "/bin/sh"},
		{"/bin/sh (deleted) (deleted)", "/bin/sh (deleted)"},
		{" (deleted)", ""},
		{`/a\012b\012`, "/a\nb\n"},
		{`/a\011\01\\012`, "/a\\011\\01\\\n"},
		{`/we ird\012(deleted) \012 x `, "/we ird\n(deleted) \n x "},
		{"[heap]", "[heap]"},
	}
	for _, tt := range tests {
		m := Map{Path: []byte(tt.in), Deleted: strings.HasSuffix(tt.in, " (deleted)")}
		if got := string(m.AppendPath([]byte("> "))); got != "> "+tt.want {
			t.Errorf("AppendPath of %q = %q, want %q", tt.in, got, "> "+tt.want)
		}
	}
}

// badMaps are first lines that cannot be read.
var badMaps = []struct{ name, line string }{
	{"Empty", ""},
	{"NoDash", "560af6883000 r-xp 00001000 fe:00 21503 /x"},
	{"NoEnd", "560af6883000- r-xp 00001000 fe:00 21503 /x"},
	{"Backwards", "2000-1000 r-xp 00001000 fe:00 21503 /x"},
	{"NotHex", "560af688300g-560af6884000 r-xp 00001000 fe:00 21503 /x"},
	{"LongAddress", "560af6883000-11111560af6884000 r-xp 00001000 fe:00 21503 /x"},
	{"ShortPerms", "1000-2000 r-x 00001000 fe:00 21503 /x"},
	{"LongPerms", "1000-2000 r-xps 00001000 fe:00 21503 /x"},
	{"BadOffset", "1000-2000 r-xp x fe:00 21503 /x"},
	{"NoMinor", "1000-2000 r-xp 0 fe 21503 /x"},
	{"HugeMajor", "1000-2000 r-xp 0 100000000:00 21503 /x"},
	{"HugeMinor", "1000-2000 r-xp 0 00:100000000 21503 /x"},
	{"BadInode", "1000-2000 r-xp 0 fe:00 -1 /x"},
	{"HugeInode", "1000-2000 r-xp 0 fe:00 18446744073709551616 /x"},
	{"NoInode", "1000-2000 r-xp 0 fe:00"},
	{"OnlyAddress", "1000-2000"},
}

func TestEachMapBadLine(t *testing.T) {
	for _, tt := range badMaps {
		t.Run(tt.name, func(t *testing.T) {
			lines := strings.SplitAfter(mapLines(smaps618), "\n")
			lines[2] = tt.line + "\n"
			var got []Map
			failed := 0
			for m, err := range EachMap([]byte(strings.Join(lines, ""))) {
				if err == nil {
					got = append(got, m)
				} else if failed++; !strings.Contains(err.Error(), "line 3") {
					t.Errorf("error %v does not name line 3", err)
				}
			}
			want := append(append([]Map{}, mapRows[:2]...), mapRows[3:]...)
			if failed != 1 || !reflect.DeepEqual(got, want) {
				t.Errorf("%d errors and %+v", failed, got)
			}
			for _, err := range EachMap([]byte(tt.line + "\n")) {
				if err != nil {
					break // must not panic
				}
			}
		})
	}
}

func TestEachMapTruncated(t *testing.T) {
	in := mapLines(smaps618)
	for i := range in {
		rows, failed := 0, 0
		for m, err := range EachMap([]byte(in[:i])) {
			if err != nil {
				failed++
				continue
			}
			if !reflect.DeepEqual(m, mapRows[rows]) {
				t.Errorf("row %d of the first %d bytes is %+v", rows, i, m)
			}
			rows++
		}
		wantRows, wantFailed := strings.Count(in[:i], "\n"), 1
		if i == 0 || in[i-1] == '\n' {
			wantFailed = 0
		}
		if rows != wantRows || failed != wantFailed {
			t.Errorf("%d rows and %d errors from the first %d bytes, want %d and %d", rows, failed, i, wantRows, wantFailed)
		}
	}
}

func collectSmaps(t *testing.T, in string) (got []Smap, errs []string) {
	t.Helper()
	for m, err := range EachSmap([]byte(in)) {
		if err != nil {
			if !reflect.DeepEqual(m, Smap{}) {
				t.Errorf("%+v beside error %v", m, err)
			}
			errs = append(errs, err.Error())
			continue
		}
		got = append(got, m)
	}
	return got, errs
}

func TestEachSmap(t *testing.T) {
	flags := []byte("rd wr mr mw me ac")
	tests := []struct {
		name, in string
		want     []Smap
	}{
		{"Linux618", smaps618, []Smap{
			{
				Map: mapRows[0],
				MapUsage: MapUsage{
					Has: smapHas618, Size: 2308 << 10, KernelPageSize: 4 << 10,
					MMUPageSize: 64 << 10, Rss: 101 << 10, Pss: 102 << 10,
					PssDirty: 103 << 10, SharedClean: 104 << 10,
					SharedDirty: 105 << 10, PrivateClean: 106 << 10,
					PrivateDirty: 107 << 10, Referenced: 108 << 10,
					Anonymous: 109 << 10, KSM: 110 << 10, LazyFree: 111 << 10,
					AnonHugePages: 112 << 10, ShmemPmdMapped: 113 << 10,
					FilePmdMapped: 114 << 10, SharedHugetlb: 115 << 10,
					PrivateHugetlb: 116 << 10, Swap: 117 << 10,
					SwapPss: 118 << 10, Locked: 119 << 10,
				},
				THPEligible: true,
				VMFlags:     []byte("rd ex mr mw me sd"),
			},
			{
				Map: mapRows[1],
				MapUsage: MapUsage{
					Has:  MapUsageSize | MapUsageRss | MapUsagePrivateDirty,
					Size: 4 << 10, Rss: 1 << 10, PrivateDirty: 2 << 10,
				},
				VMFlags: flags,
			},
			{
				Map:      mapRows[2],
				MapUsage: MapUsage{Has: MapUsageSize | MapUsageRss, Size: 24 << 10, Rss: 16 << 10},
				VMFlags:  flags,
			},
			{Map: mapRows[3], MapUsage: MapUsage{Has: MapUsageSize, Size: 4 << 10}},
			{Map: mapRows[4], MapUsage: MapUsage{Has: MapUsageSize, Size: 4 << 10}},
		}},
		{"Linux2632", smaps2632, []Smap{
			{
				Map: Map{
					Start: 0x8048000, End: 0x804c000, Perms: [4]byte([]byte("r-xp")),
					DevMajor: 8, DevMinor: 2, Inode: 1310, Path: []byte("/sbin/init"),
				},
				MapUsage: MapUsage{
					Has: smapHas2632, Size: 16 << 10, KernelPageSize: 4 << 10,
					MMUPageSize: 4 << 10, Rss: 12 << 10, Pss: 12 << 10,
					PrivateClean: 12 << 10, Referenced: 12 << 10,
				},
			},
			{
				Map: Map{
					Start: 0xbfa3d000, End: 0xbfa52000, Perms: [4]byte([]byte("rw-p")),
					Path: []byte("[stack]"),
				},
				MapUsage: MapUsage{
					Has: MapUsageSize | MapUsageRss | MapUsageSwap, Size: 84 << 10,
					Rss: 8 << 10, Swap: 4 << 10,
				},
			},
		}},
		{"Linux310", smaps310, []Smap{{
			Map: Map{
				Start: 0x7f2d1c7ff000, End: 0x7f2d1cfff000, Perms: [4]byte([]byte("rw-p")),
				Path: []byte("[stack:4242]"),
			},
			MapUsage: MapUsage{
				Has:  smapHas2632 | MapUsageAnonymous | MapUsageAnonHugePages | MapUsageLocked,
				Size: 8192 << 10, KernelPageSize: 4 << 10, MMUPageSize: 4 << 10,
				Rss: 12 << 10, Pss: 12 << 10, PrivateDirty: 12 << 10,
				Referenced: 12 << 10, Anonymous: 12 << 10,
			},
			VMFlags: flags,
		}}},
		{"Empty", "", nil},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			got, errs := collectSmaps(t, tt.in)
			if len(errs) != 0 {
				t.Errorf("errors %q", errs)
			}
			if !reflect.DeepEqual(got, tt.want) {
				t.Errorf("EachSmap:\n got %+v\nwant %+v", got, tt.want)
			}
			for range EachSmap([]byte(tt.in)) {
				break // must not panic
			}
		})
	}
}

// A bad line costs its field, a bad first line its record.
func TestEachSmapBadLine(t *testing.T) {
	whole, _ := collectSmaps(t, smaps618)
	for _, bad := range []string{"Rss:                 101", "Rss:  kB", "Rss: x kB", "Rss: 101 mB", "Rss", "Rss:", "Rss: 18446744073709551615 kB"} {
		got, errs := collectSmaps(t, strings.Replace(smaps618, "Rss:                 101 kB", bad, 1))
		if len(errs) != 1 || !strings.Contains(errs[0], "line 5") {
			t.Errorf("with %q: errors %q, want one of line 5", bad, errs)
		}
		if len(got) != len(whole) || got[0].Has != smapHas618&^MapUsageRss || got[0].Rss != 0 {
			t.Fatalf("with %q: %+v", bad, got)
		}
		got[0].Has, got[0].Rss = whole[0].Has, whole[0].Rss
		if !reflect.DeepEqual(got, whole) {
			t.Errorf("with %q: %+v", bad, got)
		}
	}
	_, errs := collectSmaps(t, strings.Replace(smaps618, "THPeligible:           1", "THPeligible:           2", 1))
	if len(errs) != 1 {
		t.Errorf("with a bad THPeligible: errors %q", errs)
	}
	for _, bad := range badMaps {
		got, errs := collectSmaps(t, strings.Replace(smaps618, "7f4ba25bb000-7f4ba25c1000 rw-p 00000000 00:00 0 \n", bad.line+"\n", 1))
		want := append(append([]Smap{}, whole[:2]...), whole[3:]...)
		if len(errs) != 1 || !reflect.DeepEqual(got, want) {
			t.Errorf("%s: errors %q and %+v", bad.name, errs, got)
		}
	}
	got, errs := collectSmaps(t, "Rss:  1 kB\n"+smaps618)
	if len(errs) != 1 || !reflect.DeepEqual(got, whole) {
		t.Errorf("with a line before the first record: errors %q and %+v", errs, got)
	}
	for range EachSmap([]byte("Rss:  1 kB\n" + smaps618)) {
		break // must not panic
	}
	for range EachSmap([]byte("x\nRss:  1 kB\n")) {
		break // must not panic
	}
}

func TestEachSmapTruncated(t *testing.T) {
	whole, _ := collectSmaps(t, smaps618)
	for i := range smaps618 {
		got, errs := collectSmaps(t, smaps618[:i])
		if atLine := i == 0 || smaps618[i-1] == '\n'; atLine != (len(errs) == 0) {
			t.Errorf("errors %q from the first %d bytes", errs, i)
		}
		for k, m := range got {
			if !reflect.DeepEqual(m.Map, whole[k].Map) || m.Has&^whole[k].Has != 0 ||
				m.Rss != 0 && m.Rss != whole[k].Rss {
				t.Errorf("record %d of the first %d bytes is %+v", k, i, m)
			}
		}
	}
}

func TestMapUsageParseRollup(t *testing.T) {
	want := MapUsage{
		Has: rollupHas618, Rss: 14820 << 10, Pss: 13429 << 10,
		PssDirty: 7592 << 10, PssAnon: 7588 << 10, PssFile: 5841 << 10,
		PssShmem: 4 << 10, SharedClean: 1592 << 10, SharedDirty: 8 << 10,
		PrivateClean: 5532 << 10, PrivateDirty: 7696 << 10,
		Referenced: 14816 << 10, Anonymous: 7588 << 10, KSM: 12 << 10,
		LazyFree: 16 << 10, AnonHugePages: 2048 << 10,
		ShmemPmdMapped: 20 << 10, FilePmdMapped: 24 << 10,
		SharedHugetlb: 28 << 10, PrivateHugetlb: 32 << 10, Swap: 36 << 10,
		SwapPss: 40 << 10, Locked: 44 << 10,
	}
	u := MapUsage{Size: 99}
	if err := u.ParseRollup([]byte(rollup618)); err != nil || u != want {
		t.Errorf("ParseRollup:\n got %+v, %v\nwant %+v", u, err, want)
	}
	if err := u.ParseRollup(nil); err != nil || u != (MapUsage{}) {
		t.Errorf("ParseRollup of nothing = %+v, %v", u, err)
	}

	err := u.ParseRollup([]byte(strings.Replace(rollup618, "7696 kB", "7696", 1)))
	bad := want
	bad.Has &^= MapUsagePrivateDirty
	bad.PrivateDirty = 0
	if err == nil || !strings.Contains(err.Error(), "line 11") || u != bad {
		t.Errorf("with a bad line: %+v, %v", u, err)
	}
	if err := u.ParseRollup([]byte("Rss: 1 kB\nPss: 2 kB\n")); err == nil {
		t.Error("no error without a first line")
	}
	if err := u.ParseRollup([]byte("1000-2000 ---p 0 00:00 0 [rollup]\nPss 2 kB\n")); err == nil {
		t.Error("no error for a line without a colon")
	}
	for i := range rollup618 {
		err := u.ParseRollup([]byte(rollup618[:i]))
		if atLine := i == 0 || rollup618[i-1] == '\n'; atLine != (err == nil) {
			t.Errorf("error %v from the first %d bytes", err, i)
		}
	}
}

func TestSumSmaps(t *testing.T) {
	sum, err := SumSmaps([]byte(smaps618))
	if err != nil || sum.Has != smapHas618 || sum.Size != (2308+4+24+4+4)<<10 ||
		sum.Rss != (101+1+16)<<10 || sum.PrivateDirty != (107+2)<<10 || sum.Swap != 117<<10 {
		t.Errorf("SumSmaps = %+v, %v", sum, err)
	}
	sum, err = SumSmaps([]byte(strings.Replace(smaps618, " 16 kB", " 16", 1)))
	if err == nil || sum.Rss != (101+1)<<10 {
		t.Errorf("SumSmaps with a bad line = %+v, %v", sum, err)
	}
	if sum, err = SumSmaps(nil); err != nil || sum != (MapUsage{}) {
		t.Errorf("SumSmaps of nothing = %+v, %v", sum, err)
	}
}

// Add must add each field to itself.
func TestMapUsageAdd(t *testing.T) {
	var a, b MapUsage
	va, vb := reflect.ValueOf(&a).Elem(), reflect.ValueOf(&b).Elem()
	for i := 1; i < va.NumField(); i++ {
		va.Field(i).SetUint(uint64(i))
		vb.Field(i).SetUint(1 << 20)
	}
	a.Has, b.Has = MapUsageSize|MapUsageRss, MapUsageRss|MapUsageLocked
	a.Add(&b)
	for i := 1; i < va.NumField(); i++ {
		if got := va.Field(i).Uint(); got != 1<<20+uint64(i) {
			t.Errorf("%s = %d after Add", va.Type().Field(i).Name, got)
		}
	}
	if a.Has != MapUsageSize|MapUsageRss|MapUsageLocked {
		t.Errorf("Has = %b after Add", a.Has)
	}
	if !a.Has.Contains(MapUsageSize|MapUsageLocked) || a.Has.Contains(MapUsageSize|MapUsagePss) {
		t.Errorf("Contains of %b is wrong", a.Has)
	}
}

func TestMapsNoAllocs(t *testing.T) {
	maps, smaps, rollup := []byte(mapLines(smaps618)), []byte(smaps618), []byte(rollup618)
	path := make([]byte, 0, 64)
	if n := testing.AllocsPerRun(100, func() {
		rows := 0
		for m, err := range EachMap(maps) {
			if err != nil {
				t.Fatal(err)
			}
			path = m.AppendPath(path[:0])
			rows++
		}
		for _, err := range EachSmap(smaps) {
			if err != nil {
				t.Fatal(err)
			}
			rows++
		}
		var u MapUsage
		if err := u.ParseRollup(rollup); err != nil {
			t.Fatal(err)
		}
		if _, err := SumSmaps(smaps); err != nil || rows != 10 {
			t.Fatal(err, rows)
		}
	}); n != 0 {
		t.Errorf("%v allocations, want 0", n)
	}
}

func FuzzMaps(f *testing.F) {
	for _, in := range []string{smaps618, smaps2632, smaps310, rollup618, mapLines(smaps618)} {
		f.Add([]byte(in))
	}
	for _, bad := range badMaps {
		f.Add([]byte(bad.line + "\n"))
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		before := bytes.Clone(b)
		lines := bytes.Count(b, []byte("\n")) + 1
		rows := 0
		var maps []Map
		for m, err := range EachMap(b) {
			if rows++; err != nil {
				continue
			}
			maps = append(maps, m)
			// The row, printed as the kernel prints it, reads the same.
			line := fmt.Appendf(nil, "%x-%x %s %x %x:%x %d %s\n", m.Start, m.End, m.Perms[:], m.Offset, m.DevMajor, m.DevMinor, m.Inode, m.Path)
			for again, err := range EachMap(line) {
				if err != nil || !reflect.DeepEqual(again, m) {
					t.Fatalf("%q read again is %+v, %v", line, again, err)
				}
			}
			if path := m.AppendPath(nil); len(path) > len(m.Path) {
				t.Fatalf("path %q of %q", path, m.Path)
			}
		}
		if rows > lines {
			t.Fatalf("%d rows of %d lines", rows, lines)
		}
		// The records of smaps are the rows that do not start like a key.
		rows = 0
		for m, err := range EachSmap(b) {
			if rows++; err != nil {
				continue
			}
			for len(maps) > 0 && !reflect.DeepEqual(maps[0], m.Map) {
				maps = maps[1:]
			}
			if len(maps) == 0 {
				t.Fatalf("no row for %+v", m)
			}
		}
		if rows > lines {
			t.Fatalf("%d records and errors of %d lines", rows, lines)
		}
		var u MapUsage
		_ = u.ParseRollup(b)
		_, _ = SumSmaps(b)
		if !bytes.Equal(b, before) {
			t.Fatal("the input was changed")
		}
	})
}

func BenchmarkEachSmap(b *testing.B) {
	text := []byte(strings.Repeat(smaps618, 20))
	b.SetBytes(int64(len(text)))
	b.ReportAllocs()
	for b.Loop() {
		if _, err := SumSmaps(text); err != nil {
			b.Fatal(err)
		}
	}
}
