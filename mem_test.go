package psutil_test

import (
	"bytes"
	"encoding/gob"
	"encoding/json"
	"testing"

	"github.com/go-psutil/psutil"
)

func TestSwapUsageSince(t *testing.T) {
	before := psutil.SwapUsage{Total: 10, Used: 1, Free: 9, Percent: 10, In: 100, Out: 200}
	now := psutil.SwapUsage{Total: 10, Used: 5, Free: 5, Percent: 50, In: 130, Out: 260, Missing: ""}
	want := psutil.SwapUsage{Total: 10, Used: 5, Free: 5, Percent: 50, In: 30, Out: 60}
	if got := now.Since(before); got != want {
		t.Errorf("Since = %v, want %v", got, want)
	}
}

// someMemory has a different number in every field.
var someMemory = psutil.MemoryUsage{
	Total: 1000, Available: 750, Percent: 25, Used: 250, Free: 1, Active: 2, Inactive: 3, Buffers: 4, Cached: 5, Shared: 6, Slab: 7,
	SReclaimable: 8, SUnreclaim: 9, KReclaimable: 10, ActiveAnon: 11, InactiveAnon: 12, ActiveFile: 13, InactiveFile: 14,
	Unevictable: 15, Mlocked: 16, Dirty: 17, Writeback: 18, AnonPages: 19, Mapped: 20, KernelStack: 21, PageTables: 22,
	SecPageTables: 23, Percpu: 24, SwapCached: 25, Zswap: 26, Zswapped: 27, CommitLimit: 28, CommittedAS: 29, VmallocTotal: 30,
	VmallocUsed: 31, HardwareCorrupted: 32, AnonHugePages: 33, ShmemHugePages: 34, FileHugePages: 35, CMATotal: 36, CMAFree: 37,
	Balloon: 38, HugePagesTotal: 39, HugePagesFree: 40, HugePagesRsvd: 41, HugePagesSurp: 42, HugePageSize: 43, Hugetlb: 44,
	Missing: "wired",
}

func TestMemoryUsageForms(t *testing.T) {
	const want = `{"total":1000,"available":750,"percent":25.0,"used":250,"free":1,"active":2,"inactive":3,"buffers":4,"cached":5,"shared":6,"slab":7,"wired":null,` +
		`"sreclaimable":8,"sunreclaim":9,"kreclaimable":10,"active_anon":11,"inactive_anon":12,"active_file":13,"inactive_file":14,` +
		`"unevictable":15,"mlocked":16,"dirty":17,"writeback":18,"anon_pages":19,"mapped":20,"kernel_stack":21,"page_tables":22,` +
		`"sec_page_tables":23,"percpu":24,"swap_cached":25,"zswap":26,"zswapped":27,"commit_limit":28,"committed_as":29,"vmalloc_total":30,` +
		`"vmalloc_used":31,"hardware_corrupted":32,"anon_hugepages":33,"shmem_hugepages":34,"file_hugepages":35,"cma_total":36,"cma_free":37,` +
		`"balloon":38,"hugepages_total":39,"hugepages_free":40,"hugepages_rsvd":41,"hugepages_surp":42,"hugepages_size":43,"hugetlb":44}`
	b, err := json.Marshal(someMemory)
	if err != nil || string(b) != want {
		t.Errorf("JSON = %s, %v\nwant   %s", b, err, want)
	}
	if got, want := someMemory.String(), "total=1000 available=750 percent=25.0 used=250 free=1"; got != want {
		t.Errorf("String() = %s, want %s", got, want)
	}
	var buf bytes.Buffer
	var back psutil.MemoryUsage
	if err := gob.NewEncoder(&buf).Encode(someMemory); err != nil {
		t.Fatal(err)
	}
	if err := gob.NewDecoder(&buf).Decode(&back); err != nil || back != someMemory {
		t.Errorf("gob gave back %+v, %v", back, err)
	}
}
