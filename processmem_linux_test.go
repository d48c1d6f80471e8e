package psutil_test

import (
	"fmt"
	"os"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/go-psutil/psutil"
)

// memoryProcess is one process of a tree, in that state and with those flags
// and files.
func memoryProcess(t *testing.T, state string, flags uint, files ...string) psutil.Process {
	t.Helper()
	archive := fmt.Sprintf("-- proc/stat --\nbtime 1700000000\n-- proc/5000001/stat --\n5000001 (x) %s 1 2 3 0 -1 %d 500 0 0 0 1 2 3 4 20 0 1 0 4300 "+
		"4603904 300 18446744073709551615 1 1 0 0 0 0 0 0 65538 0 0 0 17 1 0 0 0 0 0 0 0 0 0 0 0 0 0\n", state, flags)
	for i := 0; i < len(files); i += 2 {
		archive += "-- proc/5000001/" + files[i] + " --\n" + files[i+1]
	}
	s, _ := replayText(t, archive)
	return replayed(t, s, 5000001)
}

// partial compares a value that may have an error of a file beside it.
func partial[T any](t *testing.T, what string, get func() (T, error), want T, file string) {
	t.Helper()
	got, err := get()
	if file != "" {
		unparsed(t, what, err, file)
	} else if err != nil {
		t.Errorf("%s: %v", what, err)
	}
	if !reflect.DeepEqual(got, want) {
		t.Errorf("%s:\ngot  %+v\nwant %+v", what, got, want)
	}
}

const rollup = `00400000-7ffe3a5f5000 ---p 00000000 00:00 0                          [rollup]
Rss:                1684 kB
Pss:                 412 kB
Private_Clean:       264 kB
Private_Dirty:       120 kB
Private_Hugetlb:       8 kB
Swap:                 16 kB
SwapPss:               4 kB
`

func TestReplayFootprintMalformed(t *testing.T) {
	whole := psutil.ProcessFootprint{USS: 392 << 10, PSS: 412 << 10, Swap: 16 << 10, SwapPSS: 4 << 10}
	without := func(names ...string) psutil.ProcessFootprint {
		f := whole
		for _, name := range names {
			switch name {
			case "uss":
				f.USS = 0
			case "pss":
				f.PSS = 0
			case "swap":
				f.Swap = 0
			case "swap_pss":
				f.SwapPSS = 0
			}
		}
		f.Missing = psutil.Missing(strings.Join(names, ","))
		return f
	}
	for _, test := range []struct {
		name, old, new string
		want           psutil.ProcessFootprint
		good           bool
	}{
		{"Whole", "", "", whole, true},
		{"Pss", "412 kB", "x kB", without("pss"), false},
		{"PrivateClean", "264 kB", "-1 kB", without("uss"), false},
		{"PrivateDirty", "120 kB", "18446744073709551616 kB", without("uss"), false},
		{"PrivateHugetlb", "  8 kB", "  8", without("uss"), false},
		{"NoPrivateHugetlb", "Private_Hugetlb:       8 kB\nSwap:                 16 kB", "Swap: 16 kB", psutil.ProcessFootprint{USS: 384 << 10, PSS: 412 << 10, Swap: 16 << 10, SwapPSS: 4 << 10}, true},
		{"Swap", "16 kB\n", "\n", without("swap"), false},
		{"SwapPss", "SwapPss:               4 kB\n", "SwapPss: 4", without("swap_pss"), false},
		{"NoSwapPss", "SwapPss:               4 kB\n", "", without("swap_pss"), true},
		{"Unrelated", "1684 kB", "? kB", whole, false},
		{"First", "00400000-", "zzz-", whole, false},
		{"Two", "412 kB\nPrivate_Clean:       264 kB", "\nPrivate_Clean: x", without("uss", "pss"), false},
		{"Cut", rollup[strings.Index(rollup, "ivate_Dirty"):], "", without("uss", "swap", "swap_pss"), false},
	} {
		t.Run(test.name, func(t *testing.T) {
			if strings.Count(rollup, test.old) != 1 && test.old != "" {
				t.Fatalf("%q is there %d times", test.old, strings.Count(rollup, test.old))
			}
			p := memoryProcess(t, "S", 0, "smaps_rollup", strings.Replace(rollup, test.old, test.new, 1))
			file := "/proc/5000001/smaps_rollup"
			if test.good {
				file = ""
			}
			partial(t, "MemoryFootprint", p.MemoryFootprint, test.want, file)
		})
	}
}

const twoRegions = `00400000-00401000 r-xp 00000000 08:01 77 /bin/odd
Size:                  4 kB
Rss:                   4 kB
Pss:                   1 kB
Private_Clean:         2 kB
Private_Dirty:         0 kB
Private_Hugetlb:       0 kB
Swap:                  8 kB
SwapPss:               8 kB
00600000-00601000 rw-p 00000000 00:00 0 [heap]
Size:                 64 kB
Rss:                  32 kB
Pss:                  16 kB
Private_Clean:         0 kB
Private_Dirty:        32 kB
Private_Hugetlb:       0 kB
Swap:                  4 kB
SwapPss:               4 kB
`

// TestReplaySmapsMalformed has no smaps_rollup, as before Linux 4.14.
func TestReplaySmapsMalformed(t *testing.T) {
	whole := psutil.ProcessFootprint{USS: 34 << 10, PSS: 17 << 10, Swap: 12 << 10, SwapPSS: 12 << 10}
	none := psutil.ProcessFootprint{Missing: "uss,pss,swap,swap_pss"}
	const unprinted = "shared_clean,shared_dirty,referenced,anonymous,locked"
	odd := psutil.MemoryMap{Path: "/bin/odd", MappedMemory: psutil.MappedMemory{Size: 4 << 10, RSS: 4 << 10, PSS: 1 << 10, PrivateClean: 2 << 10, Swap: 8 << 10, SwapPSS: 8 << 10, Missing: unprinted}}
	heap := psutil.MemoryMap{Path: "[heap]", MappedMemory: psutil.MappedMemory{Size: 64 << 10, RSS: 32 << 10, PSS: 16 << 10, PrivateDirty: 32 << 10, Swap: 4 << 10, SwapPSS: 4 << 10, Missing: unprinted}}
	oddPSS, heapRSS := odd, heap
	oddPSS.PSS, oddPSS.Missing = 0, "pss,"+unprinted
	heapRSS.RSS, heapRSS.Missing = 0, "rss,"+unprinted
	cut := psutil.MemoryMap{Path: "[heap]", MappedMemory: psutil.MappedMemory{Size: 64 << 10, RSS: 32 << 10, PSS: 16 << 10,
		Missing: "shared_clean,shared_dirty,private_clean,private_dirty,referenced,anonymous,swap,swap_pss,locked"}}
	for _, test := range []struct {
		name, old, new string
		footprint      psutil.ProcessFootprint
		maps           []psutil.MemoryMap
		good           bool
	}{
		{"Whole", "", "", whole, []psutil.MemoryMap{odd, heap}, true},
		{"OneLine", " 1 kB", " x kB", psutil.ProcessFootprint{USS: 34 << 10, Swap: 12 << 10, SwapPSS: 12 << 10, Missing: "pss"}, []psutil.MemoryMap{oddPSS, heap}, false},
		{"Unrelated", "Rss:                  32 kB", "Rss:                  32", whole, []psutil.MemoryMap{odd, heapRSS}, false},
		{"RecordLost", "00600000-", "zzz-", none, []psutil.MemoryMap{odd}, false},
		{"FirstLost", "00400000-00401000 r-xp 00000000 08:01 77 /bin/odd\n", "", none, []psutil.MemoryMap{heap}, false},
		{"FirstBad", "00400000-", "-", none, []psutil.MemoryMap{heap}, false},
		{"AllLost", twoRegions, "zzz\n", none, nil, false},
		{"Cut", twoRegions[strings.LastIndex(twoRegions, "ivate_Clean"):], "", psutil.ProcessFootprint{PSS: 17 << 10, Missing: "uss,swap,swap_pss"}, []psutil.MemoryMap{odd, cut}, false},
	} {
		t.Run(test.name, func(t *testing.T) {
			if strings.Count(twoRegions, test.old) != 1 && test.old != "" {
				t.Fatalf("%q is there %d times", test.old, strings.Count(twoRegions, test.old))
			}
			p := memoryProcess(t, "S", 0, "smaps", strings.Replace(twoRegions, test.old, test.new, 1))
			file := "/proc/5000001/smaps"
			if test.good {
				file = ""
			}
			partial(t, "MemoryFootprint", p.MemoryFootprint, test.footprint, file)
			partial(t, "MemoryMaps", p.MemoryMaps, test.maps, file)
			regions, err := p.MemoryRegions()
			if (err == nil) != test.good || len(regions) != len(test.maps) {
				t.Errorf("MemoryRegions() = %v, %v", regions, err)
			}
		})
	}
}

// noOthers are the fields of ProcessIO that Linux has nothing for.
const noOthers = "other_count,other_bytes"

// noPools are the fields of ProcessMemoryEx that Linux has nothing for.
const noPools = "virtual,peak_virtual,paged_pool,nonpaged_pool,peak_paged_pool,peak_nonpaged_pool"

func TestReplayMemoryInfoEx(t *testing.T) {
	const (
		vm = "VmPeak:\t  100 kB\nVmSize:\t  90 kB\nVmLck:\t 1 kB\nVmPin:\t 2 kB\nVmHWM:\t 30 kB\nVmRSS:\t 20 kB\nRssAnon:\t 3 kB\nRssFile:\t 4 kB\n" +
			"RssShmem:\t 5 kB\nVmData:\t 6 kB\nVmStk:\t 7 kB\nVmExe:\t 8 kB\nVmLib:\t 9 kB\nVmPTE:\t 10 kB\nVmSwap:\t 11 kB\nHugetlbPages:\t 12 kB\n"
		zeros   = "0 0 0 0 0 0 0\n"
		some    = "20 10 5 2 0 3 0\n"
		all     = noPools + ",peak_rss,peak_vms,rss_anon,rss_file,rss_shmem,swap,hugetlb,locked,pinned,stack,page_tables"
		kthread = 0x00200000
	)
	page := uint64(os.Getpagesize())
	m := psutil.ProcessMemory{RSS: 10 * page, VMS: 20 * page, Shared: 5 * page, Text: 2 * page, Data: 3 * page}
	whole := psutil.ProcessMemoryEx{ProcessMemory: m, PeakRSS: 30 << 10, PeakVMS: 100 << 10, RSSAnon: 3 << 10, RSSFile: 4 << 10, RSSShmem: 5 << 10,
		Swap: 11 << 10, HugeTLB: 12 << 10, Locked: 1 << 10, Pinned: 2 << 10, Stack: 7 << 10, PageTables: 10 << 10, Missing: noPools}
	noPeak := whole
	noPeak.PeakRSS, noPeak.Missing = 0, noPools+",peak_rss"
	for _, test := range []struct {
		name, state   string
		flags         uint
		statm, status string
		want          psutil.ProcessMemoryEx
		good          bool
	}{
		{"Whole", "S", 0, some, "State:\tS (sleeping)\n" + vm, whole, true},
		{"OneLine", "S", 0, some, strings.Replace(vm, "30 kB", "bad", 1), noPeak, false},
		{"VmSizeToo", "S", 0, some, strings.NewReplacer("30 kB", "bad", "90 kB", "garbage").Replace(vm), noPeak, false},
		{"VmSizeOnly", "S", 0, some, strings.Replace(vm, "90 kB", "garbage", 1), whole, true},
		{"Unrelated", "S", 0, some, "Uid:\tx\n" + vm, whole, true},
		{"NotPrinted", "S", 0, some, strings.Replace(vm, "VmHWM:\t 30 kB\n", "", 1), noPeak, true},
		{"NoLines", "S", 0, some, "State:\tS (sleeping)\n", psutil.ProcessMemoryEx{ProcessMemory: m, Missing: all}, true},
		{"NoneRead", "S", 0, some, "State:\tS (sleeping)\nVmSize:\n", psutil.ProcessMemoryEx{ProcessMemory: m, Missing: all}, false},
		{"KernelThread", "S", kthread, zeros, "State:\tS (sleeping)\n", psutil.ProcessMemoryEx{Missing: noPools}, true},
		{"OddKernelThread", "S", kthread, zeros, "State:\tS (sleeping)\nUid:\tx\n", psutil.ProcessMemoryEx{Missing: noPools}, true},
		{"Zombie", "Z", 0, zeros, "State:\tZ (zombie)\n", psutil.ProcessMemoryEx{Missing: noPools}, true},
		{"JustEnded", "S", 0, some, "State:\tZ (zombie)\n", psutil.ProcessMemoryEx{ProcessMemory: m, Missing: noPools}, true},
	} {
		t.Run(test.name, func(t *testing.T) {
			p := memoryProcess(t, test.state, test.flags, "statm", test.statm, "status", test.status)
			file := "/proc/5000001/status"
			if test.good {
				file = ""
			}
			partial(t, "MemoryInfoEx", p.MemoryInfoEx, test.want, file)
			info, err := p.Info(psutil.FieldMemoryInfoEx)
			if err != nil || info.Has(psutil.FieldMemoryInfoEx) != test.good || test.good && info.MemoryInfoEx != test.want {
				t.Errorf("Info() = %v, %v", info, err)
			}
			if err := info.Err(psutil.FieldMemoryInfoEx); !test.good {
				unparsed(t, "Info", err, file)
			}
		})
	}
}

// TestReplayNoMemory tells a process that has ended from one that never had
// memory: the files of both are empty.
func TestReplayNoMemory(t *testing.T) {
	for _, files := range [][]string{{"smaps", "", "smaps_rollup", ""}, {"smaps", ""}} {
		for _, state := range []string{"Z", "X", "S"} {
			p := memoryProcess(t, state, 0, files...)
			if state == "S" {
				wants(t, "MemoryFootprint", p.MemoryFootprint, psutil.ProcessFootprint{})
				wants(t, "MemoryRegions", p.MemoryRegions, nil)
				wants(t, "MemoryMaps", p.MemoryMaps, nil)
				continue
			}
			wantsError(t, "MemoryFootprint", p.MemoryFootprint, psutil.ErrZombieProcess)
			wantsError(t, "MemoryRegions", p.MemoryRegions, psutil.ErrZombieProcess)
			wantsError(t, "MemoryMaps", p.MemoryMaps, psutil.ErrZombieProcess)
			info, err := p.Info(psutil.FieldMemoryFootprint | psutil.FieldMemoryMaps | psutil.FieldStatus)
			if err != nil || info.Valid != psutil.FieldStatus {
				t.Errorf("Info() = %v, %v", info, err)
			}
		}
	}
}

// TestReplayMapsGrouped takes the regions of one path together also beside an
// error.
func TestReplayMapsGrouped(t *testing.T) {
	again := strings.Replace(strings.Replace(twoRegions[:strings.Index(twoRegions, "00600000")], "00400000-00401000", "00700000-00701000", 1), " 1 kB", " x kB", 1)
	p := memoryProcess(t, "S", 0, "smaps", twoRegions+again)
	got, err := p.MemoryMaps()
	unparsed(t, "MemoryMaps", err, "/smaps")
	if len(got) != 2 || got[0].Path != "/bin/odd" || got[0].RSS != 8<<10 || got[0].PSS != 1<<10 ||
		!slices.ContainsFunc(got, func(m psutil.MemoryMap) bool { return m.Path == "[heap]" && m.RSS == 32<<10 }) {
		t.Errorf("MemoryMaps() = %v", got)
	}
}
