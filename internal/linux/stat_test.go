package linux

import (
	"errors"
	"reflect"
	"strings"
	"testing"

	"github.com/go-psutil/psutil/internal/scan"
)

const procStat618 = `cpu  2096 3 1643 142275 312 4 29 8 5 6
cpu0 780 1 653 71737 7 1 6 2 2 4
cpu3 1316 2 990 70538 305 3 23 6 3 2
intr 182392 0 15 0 0 65791 0 799
ctxt 362041
btime 1795351833
processes 4668
procs_running 2
procs_blocked 1
softirq 120207 0 11251 5 1486 65788 0 70 23501 0 18106
`

var (
	procStat618Total = CPUStat{
		CPU: -1, Columns: 10, User: 2096, Nice: 3, System: 1643, Idle: 142275,
		IOWait: 312, IRQ: 4, SoftIRQ: 29, Steal: 8, Guest: 5, GuestNice: 6,
	}
	procStat618CPU0 = CPUStat{
		CPU: 0, Columns: 10, User: 780, Nice: 1, System: 653, Idle: 71737,
		IOWait: 7, IRQ: 1, SoftIRQ: 6, Steal: 2, Guest: 2, GuestNice: 4,
	}
	procStat618CPU3 = CPUStat{
		CPU: 3, Columns: 10, User: 1316, Nice: 2, System: 990, Idle: 70538,
		IOWait: 305, IRQ: 3, SoftIRQ: 23, Steal: 6, Guest: 3, GuestNice: 2,
	}
)

const allStatFields = StatSoftIRQ<<1 - 1

func TestStat(t *testing.T) {
	tests := []struct {
		name, in string
		want     Stat
		badLine  int
	}{
		{"Linux618", procStat618, Stat{
			Has: allStatFields, Total: procStat618Total, CPUs: []CPUStat{procStat618CPU0, procStat618CPU3},
			Intr: 182392, Ctxt: 362041, Btime: 1795351833, Processes: 4668,
			ProcsRunning: 2, ProcsBlocked: 1, SoftIRQ: 120207,
		}, 0},
		{"Linux24", "cpu  1 2 3 4\ncpu0 1 2 3 4\npage 5741 1808\nswap 1 0\nintr 1462898\ndisk_io: (3,0):(1,2)\nctxt 115315\nbtime 769041601\nprocesses 86\n", Stat{
			Has:   StatTotal | StatIntr | StatCtxt | StatBtime | StatProcesses,
			Total: CPUStat{CPU: -1, Columns: 4, User: 1, Nice: 2, System: 3, Idle: 4},
			CPUs:  []CPUStat{{CPU: 0, Columns: 4, User: 1, Nice: 2, System: 3, Idle: 4}},
			Intr:  1462898, Ctxt: 115315, Btime: 769041601, Processes: 86,
		}, 0},
		{"Columns8", "cpu 1 2 3 4 5 6 7 8\n", Stat{
			Has:   StatTotal,
			Total: CPUStat{CPU: -1, Columns: 8, User: 1, Nice: 2, System: 3, Idle: 4, IOWait: 5, IRQ: 6, SoftIRQ: 7, Steal: 8},
		}, 0},
		{"MoreColumns", "cpu7 1 2 3 4 5 6 7 8 9 10 11 12\n", Stat{CPUs: []CPUStat{{
			CPU: 7, Columns: 10, User: 1, Nice: 2, System: 3, Idle: 4, IOWait: 5, IRQ: 6, SoftIRQ: 7, Steal: 8, Guest: 9, GuestNice: 10,
		}}}, 0},
		{"Largest", "cpu2147483647 18446744073709551615 0 0 0\nctxt 18446744073709551615\n", Stat{
			Has: StatCtxt, Ctxt: 1<<64 - 1,
			CPUs: []CPUStat{{CPU: 1<<31 - 1, Columns: 4, User: 1<<64 - 1}},
		}, 0},
		{"BadCPULosesNothingElse", "cpu  1 2 3 4\ncpux 1 2 3 4\ncpu1 5 6 7 8\nctxt 9\n", Stat{
			Has: StatTotal | StatCtxt, Ctxt: 9,
			Total: CPUStat{CPU: -1, Columns: 4, User: 1, Nice: 2, System: 3, Idle: 4},
			CPUs:  []CPUStat{{CPU: 1, Columns: 4, User: 5, Nice: 6, System: 7, Idle: 8}},
		}, 2},
		{"BadNumberLosesNothingElse", "ctxt x\nbtime 5\n", Stat{Has: StatBtime, Btime: 5}, 1},
		{"NoNumber", "btime\nctxt 5\n", Stat{Has: StatCtxt, Ctxt: 5}, 1},
		{"TooFewColumns", "cpu0 1 2 3\n", Stat{}, 1},
		{"NoColumns", "cpu\n", Stat{}, 1},
		{"NegativeColumn", "cpu0 1 2 -3 4\n", Stat{}, 1},
		{"Overflow", "cpu0 1 2 18446744073709551616 4\n", Stat{}, 1},
		{"CPUNumberTooLarge", "cpu2147483648 1 2 3 4\n", Stat{}, 1},
		{"CPUNumberNegative", "cpu-1 1 2 3 4\n", Stat{}, 1},
		{"Cut", "ctxt 5\nbtime 17953", Stat{Has: StatCtxt, Ctxt: 5}, 2},
		{"CutCPU", "ctxt 5\ncpu0 1 2 3 4", Stat{Has: StatCtxt, Ctxt: 5}, 2},
		{"Empty", "", Stat{}, 0},
		{"UnknownLines", "future 1 2 x\n\nctxt 1\n", Stat{Has: StatCtxt, Ctxt: 1}, 0},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			s := Stat{Has: allStatFields, Total: procStat618CPU0, CPUs: make([]CPUStat, 3, 64), Ctxt: 99, SoftIRQ: 99}
			err := s.Parse([]byte(tt.in))
			if len(s.CPUs) == 0 {
				s.CPUs = nil
			}
			if !reflect.DeepEqual(s, tt.want) {
				t.Errorf("Parse\n got %+v\nwant %+v", s, tt.want)
			}
			var e *scan.SyntaxError
			line := 0
			if errors.As(err, &e) {
				line = e.Line
			}
			if line != tt.badLine || (err != nil) != (tt.badLine != 0) {
				t.Errorf("error %v, want line %d", err, tt.badLine)
			}
		})
	}
	if f := StatIntr | StatCtxt; !f.Contains(StatCtxt) || f.Contains(StatCtxt|StatBtime) {
		t.Error("Contains is wrong")
	}
}

func TestStatCut(t *testing.T) {
	for i := range procStat618 {
		var s Stat
		err := s.Parse([]byte(procStat618[:i]))
		whole := i == 0 || procStat618[i-1] == '\n'
		if (err == nil) != whole {
			t.Fatalf("cut at %d: error %v", i, err)
		}
		if want := strings.Count(procStat618[:i], "\n"); len(s.CPUs) != min(max(want-1, 0), 2) {
			t.Fatalf("cut at %d: %d CPUs", i, len(s.CPUs))
		}
	}
}

func TestStatKeepsRoom(t *testing.T) {
	long := procStat618 + "intr 5" + strings.Repeat(" 0", 50000) + "\n"
	b := []byte(long)
	var s Stat
	if err := s.Parse(b); err != nil || s.Intr != 5 {
		t.Fatalf("long intr line: %d, %v", s.Intr, err)
	}
	checkNoAllocs(t, func() {
		if err := s.Parse(b); err != nil || len(s.CPUs) != 2 {
			t.Fatal(err)
		}
	})
}

func TestEachCPU(t *testing.T) {
	checkRows(t, EachCPU, procStat618, []CPUStat{procStat618Total, procStat618CPU0, procStat618CPU3})
	checkRows(t, EachCPU, "cpu 1 2 3 4\ncpu0 1 2 3\ncpu1 1 2 3 4\nintr 1\ncpu2 1", []CPUStat{
		{CPU: -1, Columns: 4, User: 1, Nice: 2, System: 3, Idle: 4},
		{CPU: 1, Columns: 4, User: 1, Nice: 2, System: 3, Idle: 4},
	}, 2, 5)
	rows := procStat618[:strings.Index(procStat618, "intr")]
	checkCuts(t, EachCPU, rows, 0)
	b := []byte(procStat618)
	checkNoAllocs(t, func() {
		var user uint64
		for c, err := range EachCPU(b) {
			if err != nil {
				t.Fatal(err)
			}
			user += c.User
		}
		if user != 2*2096 {
			t.Fatal(user)
		}
	})
}

func TestBootTime(t *testing.T) {
	if v, err := BootTime([]byte(procStat618)); v != 1795351833 || err != nil {
		t.Errorf("BootTime = %d, %v", v, err)
	}
	for _, in := range []string{"", "cpu 1\nctxt 5\n", "cpu 1\nbtime x\n", "cpu 1\nbtime \n", "cpu 1\nbtime 17953", "cpu 1\nbtime 5 6\n", "cpu 1\nxbtime 5\n"} {
		if v, err := BootTime([]byte(in)); err == nil || v != 0 {
			t.Errorf("BootTime(%q) = %d, %v", in, v, err)
		}
	}
}

func FuzzStat(f *testing.F) {
	f.Add([]byte(procStat618))
	f.Add([]byte("cpu\ncpu9999999999999 1 2 3 4\nbtime\n\nctxt 1"))
	f.Fuzz(func(t *testing.T, b []byte) {
		rows := fuzzRows(t, b, EachCPU)
		var s Stat
		err := s.Parse(b)
		cpus := 0
		for _, r := range rows {
			if r.Columns < 4 || r.Columns > 10 || r.CPU < -1 {
				t.Fatalf("row %+v", r)
			}
			if r.CPU >= 0 {
				cpus++
			}
		}
		if len(s.CPUs) != cpus {
			t.Fatalf("Parse finds %d CPUs, EachCPU %d", len(s.CPUs), cpus)
		}
		if v, bootErr := BootTime(b); bootErr == nil && err == nil && !s.Has.Contains(StatBtime) {
			t.Fatalf("BootTime %d, but no btime line", v)
		}
	})
}

func TestForks(t *testing.T) {
	for in, want := range map[string]uint64{
		"cpu 1\nintr 5 0\nbtime 3\nprocesses 1234\nprocs_running 1\n": 1234,
		"x\nprocesses 18446744073709551615\n":                         1<<64 - 1,
	} {
		if n, ok := Forks([]byte(in)); n != want || !ok {
			t.Errorf("%q: %d, %v, want %d", in, n, ok, want)
		}
	}
	for _, in := range []string{"", "processes 5\n", "x\nprocesses 5", "x\nprocesses \n", "x\nprocesses -1\n", "x\nprocesses 5 6\n", "x\nprocesses 18446744073709551616\n"} {
		if n, ok := Forks([]byte(in)); ok {
			t.Errorf("%q: %d", in, n)
		}
	}
}
