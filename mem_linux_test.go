package psutil_test

import (
	"errors"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/go-psutil/psutil"
)

func TestReplayVirtualMemory(t *testing.T) {
	const kb = 1024
	pageSize := uint64(os.Getpagesize())
	for _, test := range []struct {
		name string
		want psutil.MemoryUsage
	}{
		{
			// Before MemAvailable: the kernel's own estimate of it, with the low
			// watermarks of all zones, 41 and 7500 pages.
			"el6", func() psutil.MemoryUsage {
				low := 7541 * pageSize
				cache, slab := uint64((3099560+2670552)*kb), uint64(295768*kb)
				available := 219464*kb - low + cache - min(cache/2, low) + slab - min(slab/2, low)
				return psutil.MemoryUsage{
					Total: 8061516 * kb, Available: available, Used: 8061516*kb - available, Free: 219464 * kb,
					Active: 4052956 * kb, Inactive: 3262472 * kb, Buffers: 163580 * kb, Cached: (5612984 + 295768) * kb, Shared: 6264 * kb,
					Slab: 365752 * kb, SReclaimable: 295768 * kb, SUnreclaim: 69984 * kb,
					ActiveAnon: 953396 * kb, InactiveAnon: 591920 * kb, ActiveFile: 3099560 * kb, InactiveFile: 2670552 * kb,
					Unevictable: 16648 * kb, Mlocked: 5496 * kb, Dirty: 1376 * kb, Writeback: 12 * kb, AnonPages: 1550532 * kb,
					Mapped: 52624 * kb, KernelStack: 2856 * kb, PageTables: 21240 * kb, SwapCached: 5688 * kb,
					CommitLimit: 8225052 * kb, CommittedAS: 2871460 * kb, VmallocTotal: 34359738367 * kb, VmallocUsed: 293616 * kb,
					AnonHugePages: 653312 * kb, HugePageSize: 2048 * kb,
					Missing: "wired,kreclaimable,sec_page_tables,percpu,zswap,zswapped,shmem_hugepages,file_hugepages,cma_total,cma_free,balloon,hugetlb",
				}
			}(),
		}, {
			// The same without /proc/zoneinfo: free memory and the page cache.
			"el7", psutil.MemoryUsage{
				Total: 16000000 * kb, Available: 3000000 * kb, Used: 13000000 * kb, Free: 2000000 * kb,
				Active: 3000000 * kb, Inactive: 500000 * kb, Buffers: 10000 * kb, Cached: 1200000 * kb,
				Slab: 300000 * kb, SReclaimable: 200000 * kb, SUnreclaim: 100000 * kb,
				ActiveAnon: 2500000 * kb, InactiveAnon: 100000 * kb, ActiveFile: 500000 * kb, InactiveFile: 400000 * kb,
				HugePagesTotal: 4096, HugePagesFree: 1000, HugePagesRsvd: 24, HugePagesSurp: 8, HugePageSize: 2048 * kb,
				Missing: "wired,shared,kreclaimable,unevictable,mlocked,dirty,writeback,anon_pages,mapped,kernel_stack,page_tables,sec_page_tables,percpu," +
					"swap_cached,zswap,zswapped,commit_limit,committed_as,vmalloc_total,vmalloc_used,hardware_corrupted,anon_hugepages," +
					"shmem_hugepages,file_hugepages,cma_total,cma_free,balloon,hugetlb",
			},
		}, {
			// The host's MemAvailable is more than the container has.
			"lxc", psutil.MemoryUsage{
				Total: 1048576 * kb, Available: 524288 * kb, Used: 524288 * kb, Free: 524288 * kb,
				Active: 100000 * kb, Inactive: 100000 * kb, Cached: 204800 * kb,
				Missing: "wired,shared,kreclaimable,active_anon,inactive_anon,active_file,inactive_file,unevictable,mlocked,dirty,writeback,anon_pages,mapped," +
					"kernel_stack,page_tables,sec_page_tables,percpu,swap_cached,zswap,zswapped,commit_limit,committed_as,vmalloc_total," +
					"vmalloc_used,hardware_corrupted,anon_hugepages,shmem_hugepages,file_hugepages,cma_total,cma_free,balloon," +
					"hugepages_total,hugepages_free,hugepages_rsvd,hugepages_surp,hugepages_size,hugetlb",
			},
		}, {
			"zswap", psutil.MemoryUsage{
				Total: 16301884 * kb, Available: 9035244 * kb, Used: (16301884 - 9035244) * kb, Free: 1221632 * kb,
				Active: 4861324 * kb, Inactive: 8393888 * kb, Buffers: 541168 * kb, Cached: (7301048 + 480692) * kb, Shared: 710484 * kb,
				Slab: 790396 * kb, SReclaimable: 480692 * kb, SUnreclaim: 309704 * kb, KReclaimable: 480696 * kb,
				ActiveAnon: 2142528 * kb, InactiveAnon: 3871000 * kb, ActiveFile: 2718796 * kb, InactiveFile: 4522888 * kb,
				Unevictable: 236632 * kb, Mlocked: 80 * kb, Dirty: 1160 * kb, Writeback: 4 * kb, AnonPages: 5378224 * kb,
				Mapped: 1391972 * kb, KernelStack: 23728 * kb, PageTables: 62284 * kb, SecPageTables: 2308 * kb, Percpu: 8320 * kb,
				SwapCached: 34280 * kb, Zswap: 304052 * kb, Zswapped: 1041580 * kb, CommitLimit: 16539544 * kb, CommittedAS: 16004412 * kb,
				VmallocTotal: 34359738367 * kb, VmallocUsed: 133768 * kb, HardwareCorrupted: 4 * kb, AnonHugePages: 413696 * kb,
				ShmemHugePages: 40960 * kb, FileHugePages: 2048 * kb, CMATotal: 262144 * kb, CMAFree: 131072 * kb, Balloon: 1024 * kb,
				HugePagesTotal: 2, HugePagesFree: 1, HugePagesRsvd: 1, HugePageSize: 2048 * kb, Hugetlb: 4096 * kb,
				Missing: "wired",
			},
		},
	} {
		t.Run(test.name, func(t *testing.T) {
			test.want.Percent = 100 * float64(test.want.Used) / float64(test.want.Total)
			s := replay(t, test.name+".txtar")
			if got, err := s.VirtualMemory(); err != nil || got != test.want {
				t.Errorf("VirtualMemory = %+v, %v\nwant %+v", got, err, test.want)
			}
		})
	}
}

func TestReplayVirtualMemoryOdd(t *testing.T) {
	for _, test := range []struct {
		name, meminfo string
		available     uint64
		shared        uint64
		missing       []string
		present       []string
		fails         bool
	}{
		{name: "NoBlankAfterColon", meminfo: "MemTotal:100 kB\nMemFree:50 kB\nMemAvailable:60 kB\n", available: 60 << 10, missing: []string{"shared", "buffers"}, present: []string{"free"}},
		{name: "MemShared", meminfo: "MemTotal: 100 kB\nMemFree: 50 kB\nMemAvailable: 60 kB\nMemShared: 7 kB\n", available: 60 << 10, shared: 7 << 10, missing: []string{"slab"}, present: []string{"shared"}},
		{name: "AvailableZero", meminfo: "MemTotal: 100 kB\nMemFree: 50 kB\nMemAvailable: 0 kB\nCached: 8 kB\n", available: 58 << 10, present: []string{"cached"}},
		{name: "AvailableAndFreeAboveTotal", meminfo: "MemTotal: 100 kB\nMemFree: 500 kB\nMemAvailable: 600 kB\n", available: 100 << 10},
		{name: "SumOverflows", meminfo: "MemTotal: 100 kB\nMemFree: 50 kB\nCached: 18014398509481983 kB\n", available: 50 << 10},
		{name: "BadLine", meminfo: "MemTotal: 100 kB\nMemFree: x kB\nMemAvailable: 60 kB\n", available: 60 << 10, missing: []string{"free"}, fails: true},
		{name: "CutShort", meminfo: "MemTotal: 100 kB\nMemAvailable: 60 kB\nBuffers: 1", available: 60 << 10, missing: []string{"buffers"}, fails: true},
	} {
		t.Run(test.name, func(t *testing.T) {
			s, root := replayText(t, "-- proc/version --\n")
			rewrite(t, root, "proc/meminfo", test.meminfo)
			got, err := s.VirtualMemory()
			if got.Total != 100<<10 || got.Available != test.available || got.Used != 100<<10-test.available || got.Shared != test.shared {
				t.Errorf("VirtualMemory = %+v, %v", got, err)
			}
			if want := 100 * float64(got.Used) / (100 << 10); got.Percent != want {
				t.Errorf("percent %v, want %v", got.Percent, want)
			}
			if parse, ok := errors.AsType[*psutil.ParseError](err); ok != test.fails || ok && parse.File != filepath.Join(root, "proc/meminfo") {
				t.Errorf("error %v", err)
			}
			for _, name := range test.missing {
				if !got.Missing.Has(name) {
					t.Errorf("%s is not missing", name)
				}
			}
			for _, name := range test.present {
				if got.Missing.Has(name) {
					t.Errorf("%s is missing", name)
				}
			}
		})
	}
	s, root := replayText(t, "-- proc/version --\n")
	if got, err := s.VirtualMemory(); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("VirtualMemory without meminfo = %v, %v", got, err)
	}
	rewrite(t, root, "proc/meminfo", "MemFree: 5 kB\n")
	if got, err := s.VirtualMemory(); err == nil {
		t.Errorf("VirtualMemory without MemTotal = %v, want an error", got)
	}
}

func TestReplaySwapMemory(t *testing.T) {
	pageSize := uint64(os.Getpagesize())
	for name, want := range map[string]psutil.SwapUsage{
		"el6": {Total: 4194296 << 10, Used: 41040 << 10, Free: 4153256 << 10, Percent: 100 * 41040.0 / 4194296, In: 1234 * pageSize, Out: 56789 * pageSize},
		"el7": {Missing: "sin,sout"},
	} {
		t.Run(name, func(t *testing.T) {
			s := replay(t, name+".txtar")
			if got, err := s.SwapMemory(); err != nil || got != want {
				t.Errorf("SwapMemory = %v, %v, want %v", got, err, want)
			}
		})
	}
	t.Run("NotTold", func(t *testing.T) {
		s := replay(t, "lxc.txtar")
		if got, err := s.SwapMemory(); !errors.Is(err, psutil.ErrNotSupported) {
			t.Errorf("SwapMemory = %v, %v, want ErrNotSupported", got, err)
		}
	})
	t.Run("BadVmstat", func(t *testing.T) {
		s, root := replayText(t, "-- proc/meminfo --\nSwapTotal: 8 kB\nSwapFree: 9 kB\n-- proc/vmstat --\npswpin many\npswpout 2\n")
		want := psutil.SwapUsage{Total: 8 << 10, Free: 9 << 10, Out: 2 * pageSize, Missing: "sin"}
		got, err := s.SwapMemory()
		if parse, ok := errors.AsType[*psutil.ParseError](err); got != want || !ok || parse.File != filepath.Join(root, "proc/vmstat") || parse.Line != 1 {
			t.Errorf("SwapMemory = %v, %v, want %v", got, err, want)
		}
	})
}

func TestReplaySwapDevices(t *testing.T) {
	s := replay(t, "el6.txtar")
	want := []psutil.SwapDevice{
		{Path: "/swap files/a", Type: "file", Total: 1048568 << 10, Used: 1024 << 10, Free: 1047544 << 10, Priority: 5},
		{Path: "/swap files/b", Type: "file", Total: 1048568 << 10, Free: 1048568 << 10, Priority: 5},
		{Path: "/dev/dm-1", Type: "partition", Total: 2097144 << 10, Used: 41040 << 10, Free: 2056104 << 10, Priority: -1},
	}
	if got, err := s.SwapDevices(); err != nil || !slices.Equal(got, want) {
		t.Errorf("SwapDevices = %v, %v\nwant %v", got, err, want)
	}
	if got, err := replay(t, "el7.txtar").SwapDevices(); got != nil || !errors.Is(err, psutil.ErrNotSupported) {
		t.Errorf("SwapDevices of a kernel without swap = %v, %v", got, err)
	}
	s, root := replayText(t, "-- proc/swaps --\nFilename Type Size Used Priority\n/a file 1 2 3\n/b file x 0 0\n/c file 4 1 9\n")
	want = []psutil.SwapDevice{
		{Path: "/c", Type: "file", Total: 4096, Used: 1024, Free: 3072, Priority: 9},
		{Path: "/a", Type: "file", Total: 1024, Used: 2048, Free: 0, Priority: 3},
	}
	got, err := s.SwapDevices()
	if parse, ok := errors.AsType[*psutil.ParseError](err); !slices.Equal(got, want) || !ok || parse.Line != 3 || parse.File != filepath.Join(root, "proc/swaps") {
		t.Errorf("SwapDevices = %v, %v, want %v", got, err, want)
	}
}

// moving compares numbers that go up and down, in bytes: what the peer says
// must lie between what we say before and after it, give or take tolerance,
// in one of several tries. total must be right each time.
func moving(t *testing.T, peer func() (total uint64, fields map[string]uint64), ours func() (total uint64, fields map[string]uint64)) {
	t.Helper()
	const tolerance = 32 << 20 // the peer itself takes memory while it runs
	var wrong map[string][3]uint64
	for range 20 {
		total1, before := ours()
		peerTotal, middle := peer()
		_, after := ours()
		if total1 != peerTotal {
			t.Fatalf("total %d, peer %d", total1, peerTotal)
		}
		wrong = map[string][3]uint64{}
		for name, p := range middle {
			low, high := min(before[name], after[name]), max(before[name], after[name])
			if p+tolerance < low || p > high+tolerance {
				wrong[name] = [3]uint64{before[name], p, after[name]}
			}
		}
		if len(wrong) == 0 {
			return
		}
	}
	t.Errorf("ours before, the peer's and ours after: %v", wrong)
}

func memoryNow(t *testing.T) func() (uint64, map[string]uint64) {
	return func() (uint64, map[string]uint64) {
		m, err := psutil.VirtualMemory()
		if err != nil {
			t.Fatal(err)
		}
		return m.Total, map[string]uint64{
			"available": m.Available, "free": m.Free, "active": m.Active, "inactive": m.Inactive, "buffers": m.Buffers,
			"cached": m.Cached, "shared": m.Shared, "slab": m.Slab,
		}
	}
}

func TestVirtualMemoryAgainstFree(t *testing.T) {
	moving(t, func() (uint64, map[string]uint64) {
		lines := strings.Split(output(t, "free", "-b", "-w"), "\n")
		names, values := strings.Fields(lines[0]), strings.Fields(lines[1])
		peer := map[string]uint64{}
		for i, name := range names {
			n, err := strconv.ParseUint(values[i+1], 10, 64)
			if err != nil {
				t.Fatal(err)
			}
			peer[name] = n
		}
		total := peer["total"]
		peer["cached"] = peer["cache"]
		delete(peer, "total")
		delete(peer, "used") // means another thing in each release of free
		delete(peer, "cache")
		return total, peer
	}, memoryNow(t))
}

func TestVirtualMemoryAgainstVmstat(t *testing.T) {
	moving(t, func() (uint64, map[string]uint64) {
		names := map[string]string{
			"active memory": "active", "inactive memory": "inactive", "free memory": "free", "buffer memory": "buffers",
		}
		var total uint64
		peer := map[string]uint64{}
		for line := range strings.Lines(output(t, "vmstat", "-s")) {
			number, name, found := strings.Cut(strings.TrimSpace(line), " K ")
			n, err := strconv.ParseUint(number, 10, 64)
			if !found || err != nil {
				continue
			}
			if name == "total memory" {
				total = n << 10
			}
			if name := names[name]; name != "" {
				peer[name] = n << 10
			}
		}
		if len(peer) != len(names) {
			t.Fatalf("vmstat says only %v", peer)
		}
		return total, peer
	}, memoryNow(t))
}

func TestVirtualMemoryAgainstPsutil(t *testing.T) {
	moving(t, func() (uint64, map[string]uint64) {
		peer := map[string]uint64{}
		pythonPsutil(t, `print(json.dumps({k: v for k, v in psutil.virtual_memory()._asdict().items() if k not in ("percent", "used")}))`, &peer)
		total := peer["total"]
		delete(peer, "total")
		if len(peer) != 8 {
			t.Fatalf("psutil says only %v", peer)
		}
		return total, peer
	}, memoryNow(t))
}

func TestSwapMemoryAgainstPsutil(t *testing.T) {
	var peer struct{ Total, Used, Free, Sin, Sout uint64 }
	const code = `print(json.dumps({k.capitalize(): v for k, v in psutil.swap_memory()._asdict().items() if k != "percent"}))`
	before, err := psutil.SwapMemory()
	if err != nil {
		t.Fatal(err)
	}
	pythonPsutil(t, code, &peer)
	after, err := psutil.SwapMemory()
	if err != nil {
		t.Fatal(err)
	}
	if before.Total != peer.Total || before.Used+before.Free != before.Total {
		t.Errorf("SwapMemory = %v, psutil %+v", before, peer)
	}
	between(t, "used", min(before.Used, after.Used), peer.Used, max(before.Used, after.Used))
	// psutil takes a page for 4096 bytes.
	pages := uint64(os.Getpagesize() / 4096)
	between(t, "sin", before.In, peer.Sin*pages, after.In)
	between(t, "sout", before.Out, peer.Sout*pages, after.Out)
}

func TestSwapDevicesAgainstSwapon(t *testing.T) {
	got, err := psutil.SwapDevices()
	if errors.Is(err, psutil.ErrNotSupported) {
		missing(t, err.Error())
	}
	if err != nil {
		t.Fatal(err)
	}
	var want, ours [][]string
	for line := range strings.Lines(output(t, "swapon", "--show=NAME,TYPE,SIZE,PRIO", "--bytes", "--noheadings", "--raw")) {
		want = append(want, strings.Fields(line))
	}
	for _, d := range got {
		ours = append(ours, []string{strings.ReplaceAll(d.Path, " ", `\x20`), d.Type, strconv.FormatUint(d.Total, 10), strconv.Itoa(d.Priority)})
	}
	slices.SortFunc(want, slices.Compare)
	slices.SortFunc(ours, slices.Compare)
	if !reflect.DeepEqual(ours, want) {
		t.Errorf("SwapDevices = %v, swapon %v", ours, want)
	}
}
