package linux

import (
	"reflect"
	"strings"
	"testing"
)

const meminfo618 = `MemTotal:       24684092 kB
MemFree:        24455832 kB
MemAvailable:   24406084 kB
Buffers:             500 kB
Active(file):       6332 kB
VmallocTotal:   34359738367 kB
HugePages_Total:       7
HugePages_Free:        0
Hugepagesize:       2048 kB
DirectMap1G:    25165824 kB
`

func memRow(name string, value uint64) MeminfoRow {
	return MeminfoRow{Name: []byte(name), Value: value}
}

func TestMeminfo(t *testing.T) {
	tests := []struct {
		name, in string
		want     []MeminfoRow
		bad      bool
	}{
		{"Linux618", meminfo618, []MeminfoRow{
			memRow("MemTotal", 24684092<<10), memRow("MemFree", 24455832<<10), memRow("MemAvailable", 24406084<<10),
			memRow("Buffers", 500<<10), memRow("Active(file)", 6332<<10), memRow("VmallocTotal", 34359738367<<10),
			{Name: []byte("HugePages_Total"), Value: 7, Count: true},
			{Name: []byte("HugePages_Free"), Value: 0, Count: true},
			memRow("Hugepagesize", 2048<<10), memRow("DirectMap1G", 25165824<<10),
		}, false},
		{"Node", "Node 0 MemTotal:       24684092 kB\nNode 13 Active(anon):      1488 kB\nNode 0 HugePages_Total:     3\n", []MeminfoRow{
			memRow("MemTotal", 24684092<<10), memRow("Active(anon)", 1488<<10),
			{Name: []byte("HugePages_Total"), Value: 3, Count: true},
		}, false},
		{"LargestThatFits", "A: 18014398509481983 kB\n", []MeminfoRow{memRow("A", 18014398509481983<<10)}, false},
		{"TooManyBytes", "A: 18014398509481984 kB\nB: 1 kB\n", []MeminfoRow{memRow("B", 1024)}, true},
		{"Overflow", "A: 18446744073709551616\nB: 1 kB\n", []MeminfoRow{memRow("B", 1024)}, true},
		{"Negative", "A: -1 kB\nB: 1 kB\n", []MeminfoRow{memRow("B", 1024)}, true},
		{"OtherUnit", "A: 1 MB\nB: 1 kB\n", []MeminfoRow{memRow("B", 1024)}, true},
		{"Linux24Table", "        total:    used:    free:\nMem:  1 2 3\nB: 1 kB\n", []MeminfoRow{memRow("B", 1024)}, true},
		{"NoColon", "A 1 kB\nB: 1 kB\n", []MeminfoRow{memRow("B", 1024)}, true},
		{"NoName", ": 1 kB\nB: 1 kB\n", []MeminfoRow{memRow("B", 1024)}, true},
		{"NoValue", "A:\nB: 1 kB\n", []MeminfoRow{memRow("B", 1024)}, true},
		{"Cut", "B: 1 kB\nA: 12345", []MeminfoRow{memRow("B", 1024)}, true},
		{"Empty", "", nil, false},
		{"BlankLines", "\n \nB: 1 kB\n\n", []MeminfoRow{memRow("B", 1024)}, false},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			m := Meminfo{Rows: []MeminfoRow{memRow("Old", 1)}}
			err := m.Parse([]byte(tt.in))
			if (err != nil) != tt.bad {
				t.Errorf("error %v", err)
			}
			if len(m.Rows)+len(tt.want) > 0 && !reflect.DeepEqual(m.Rows, tt.want) {
				t.Errorf("rows\n got %+v\nwant %+v", m.Rows, tt.want)
			}
		})
	}
}

func TestMeminfoLookup(t *testing.T) {
	var m Meminfo
	b := []byte(meminfo618)
	if err := m.Parse(b); err != nil {
		t.Fatal(err)
	}
	for name, want := range map[string]uint64{"MemFree": 24455832 << 10, "HugePages_Total": 7, "HugePages_Free": 0} {
		if v, ok := m.Lookup(name); v != want || !ok {
			t.Errorf("Lookup(%s) = %d, %v", name, v, ok)
		}
	}
	for _, name := range []string{"", "Mem", "memfree", "MemFreeX", "SReclaimable"} {
		if v, ok := m.Lookup(name); v != 0 || ok {
			t.Errorf("Lookup(%q) = %d, %v", name, v, ok)
		}
	}
	checkNoAllocs(t, func() {
		if m.Parse(b) != nil {
			t.Fatal("error")
		}
		if _, ok := m.Lookup("DirectMap1G"); !ok {
			t.Fatal("DirectMap1G")
		}
	})
}

func TestMeminfoCut(t *testing.T) {
	for i := range meminfo618 {
		var m Meminfo
		err := m.Parse([]byte(meminfo618[:i]))
		whole := i == 0 || meminfo618[i-1] == '\n'
		if (err == nil) != whole || len(m.Rows) != strings.Count(meminfo618[:i], "\n") {
			t.Fatalf("cut at %d: %d rows, %v", i, len(m.Rows), err)
		}
	}
}

func TestEstimateAvailable(t *testing.T) {
	const k = 1024
	tests := []struct {
		name, in string
		low      uint64
		pageSize uint64
		want     uint64
		ok       bool
	}{
		// free 1000, low 100: 900; cache 400+300, less 100: 600; slab 150, less 75: 75
		{"Usual", "MemFree: 1000 kB\nActive(file): 400 kB\nInactive(file): 300 kB\nSReclaimable: 150 kB\n", 25, 4096, 1575 * k, true},
		// 64K pages: low 128: 872; cache 700, less 128: 572; slab 150, less 75: 75
		{"Pages64K", "MemFree: 1000 kB\nActive(file): 400 kB\nInactive(file): 300 kB\nSReclaimable: 150 kB\n", 2, 65536, 1519 * k, true},
		{"SmallCache", "MemFree: 1000 kB\nActive(file): 10 kB\nInactive(file): 10 kB\nSReclaimable: 10 kB\n", 25, 4096, 915 * k, true},
		{"BelowWatermark", "MemFree: 10 kB\nActive(file): 0 kB\nInactive(file): 0 kB\nSReclaimable: 0 kB\n", 25, 4096, 0, true},
		{"NoSlabLine", "MemFree: 1000 kB\nCached: 5 kB\nActive(file): 400 kB\nInactive(file): 300 kB\n", 25, 4096, 1005 * k, true},
		{"FreeOnly", "MemFree: 1000 kB\n", 25, 4096, 1000 * k, true},
		{"NothingKnown", "Cached: 5 kB\n", 25, 4096, 0, false},
		{"LowOverflow", "MemFree: 1000 kB\nActive(file): 400 kB\nInactive(file): 300 kB\nSReclaimable: 150 kB\n", 1 << 60, 65536, 0, true},
		{"SumOverflow", "MemFree: 18014398509481983 kB\nActive(file): 18014398509481983 kB\nInactive(file): 1 kB\nSReclaimable: 1 kB\n", 0, 4096, 1<<64 - 1, true},
		{"ZeroPageSize", "MemFree: 1 kB\nActive(file): 0 kB\nInactive(file): 0 kB\nSReclaimable: 0 kB\n", 9, 0, k, true},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			var m Meminfo
			if err := m.Parse([]byte(tt.in)); err != nil {
				t.Fatal(err)
			}
			if got, ok := m.EstimateAvailable(tt.low, tt.pageSize); got != tt.want || ok != tt.ok {
				t.Errorf("EstimateAvailable = %d, %v; want %d, %v", got, ok, tt.want, tt.ok)
			}
		})
	}
}

func FuzzMeminfo(f *testing.F) {
	f.Add([]byte(meminfo618), uint64(25))
	f.Add([]byte("Node 0 MemFree: 1 kB\nSReclaimable: 18014398509481983 kB\nActive(file): 9 kB\nInactive(file): 1"), uint64(1<<63))
	f.Fuzz(func(t *testing.T, b []byte, low uint64) {
		var m Meminfo
		_ = m.Parse(b) // rows that can be read are there whatever else is not
		for _, r := range m.Rows {
			if len(r.Name) == 0 {
				t.Fatalf("a row without a name: %+v", r)
			}
			if !r.Count && r.Value%1024 != 0 {
				t.Fatalf("%+v is not whole kB", r)
			}
			if _, ok := m.Lookup(string(r.Name)); !ok {
				t.Fatalf("%q is there, but is not found", r.Name)
			}
		}
		m.EstimateAvailable(low, 4096)
	})
}

func TestFreeAndCached(t *testing.T) {
	for in, want := range map[string]uint64{
		"":                              0,
		"MemFree: 2 kB\nCached: 3 kB\n": 5 << 10,
		"MemFree: 2 kB\n":               2 << 10,
		"Cached: 3 kB\n":                3 << 10,
		"MemFree: 18014398509481983 kB\nCached: 1 kB\n": 1<<64 - 1,
	} {
		var m Meminfo
		if err := m.Parse([]byte(in)); err != nil {
			t.Fatal(err)
		}
		if got := m.FreeAndCached(); got != want {
			t.Errorf("FreeAndCached of %q = %d, want %d", in, got, want)
		}
	}
}
