package main

import (
	"errors"
	"testing"
	"time"

	"github.com/go-psutil/psutil"
)

func TestStartText(t *testing.T) {
	zone := time.FixedZone("", 5*60*60)
	now := time.Date(2026, 3, 1, 10, 0, 0, 0, zone)
	local := time.Local
	time.Local = zone
	defer func() { time.Local = local }()
	for _, test := range []struct {
		at   time.Time
		want string
	}{
		{now.Add(-time.Minute), "09:59"},
		{time.Date(2026, 3, 1, 0, 0, 0, 0, zone), "00:00"},
		{time.Date(2026, 2, 28, 20, 0, 0, 0, time.UTC), "01:00"}, // the 1st here
		{time.Date(2026, 2, 28, 23, 59, 59, 0, zone), "Feb28"},
		{time.Date(2026, 1, 2, 0, 0, 0, 0, zone), "Jan02"},
		{time.Date(2025, 3, 1, 9, 0, 0, 0, zone), "2025"},
	} {
		if got := startText(test.at, now); got != test.want {
			t.Errorf("%v: %s, want %s", test.at, got, test.want)
		}
	}
}

func TestMinutes(t *testing.T) {
	for d, want := range map[time.Duration]string{
		0: "0:00", 59*time.Second + 999*time.Millisecond: "0:59", time.Minute: "1:00", 125*time.Minute + 7*time.Second: "125:07",
	} {
		if got := minutes(d); got != want {
			t.Errorf("%v: %s, want %s", d, got, want)
		}
	}
	if got := cpuTime(61*time.Second + 25*time.Millisecond); got != "1:01.02" {
		t.Errorf("cpuTime: %s", got)
	}
}

func TestPsColumns(t *testing.T) {
	keys := func(columns []column[process]) (table, machine string) {
		for _, c := range columns {
			if c.title != "" {
				table += c.title + " "
			}
			if !c.tableOnly {
				machine += c.key + " "
			}
		}
		return table, machine
	}
	for _, test := range []struct {
		flags          psFlags
		table, machine string
		read           string
	}{
		{psFlags{},
			"USER PID %MEM VSZ RSS NICE STATUS START TIME CMDLINE ",
			"username pid memory_percent vms rss nice status create_time cpu_times cmdline name ",
			"pid,name,cmdline,create_time,status,username,nice,cpu_times,memory_percent,rss,vms"},
		{psFlags{fields: []string{"rss", "pid", "rss"}}, "RSS PID ", "rss pid ", "pid,rss"},
		{psFlags{fields: []string{"pid"}, sort: "-num_fds"}, "PID ", "pid ", "pid,num_fds"},
		{psFlags{fields: []string{"vms"}, sort: "vsz"}, "VSZ ", "vms ", "vms"},
		{psFlags{fields: []string{"pid"}, tree: true}, "PID ", "pid ppid ", "pid,ppid"},
		{psFlags{fields: []string{"pid"}, users: []string{"x"}, names: []string{"y"}}, "PID ", "pid ", "pid,name,username,uids"},
		{psFlags{fields: []string{"cmdline"}}, "CMDLINE ", "cmdline ", "name,cmdline"},
	} {
		columns, read, err := psColumns(&test.flags)
		if err != nil {
			t.Errorf("%+v: %v", test.flags, err)
			continue
		}
		table, machine := keys(columns)
		if table != test.table || machine != test.machine || read.String() != test.read {
			t.Errorf("%+v: %q, %q, %q", test.flags, table, machine, read)
		}
	}
	for _, flags := range []psFlags{{fields: []string{"nosuch"}}, {sort: "nosuch"}, {sort: "pid,rss"}, {fields: []string{""}}} {
		_, _, err := psColumns(&flags)
		if usage := (*usageError)(nil); !errors.As(err, &usage) {
			t.Errorf("%+v: %v", flags, err)
		}
	}
}

// Two processes that each take the other for their parent, and one that takes
// itself, are shown once each.
func TestPlantCircle(t *testing.T) {
	sys, err := psutil.New()
	if err != nil {
		t.Skip(err)
	}
	made := func(pid, ppid int) process {
		p, err := sys.ProcessWithToken(pid, 1)
		if err != nil {
			t.Fatal(err)
		}
		return process{ProcessInfo: &psutil.ProcessInfo{Process: p, PPID: ppid}}
	}
	var f psFlags
	got := f.plant([]process{made(5, 6), made(6, 5), made(7, 7), made(8, 7)})
	want := []struct {
		pid    int
		branch string
	}{{7, ""}, {8, "`- "}, {5, ""}, {6, "`- "}}
	if len(got) != len(want) {
		t.Fatalf("%d rows", len(got))
	}
	for i, p := range got {
		if p.Process.PID() != want[i].pid || p.branch != want[i].branch {
			t.Errorf("row %d is %d %q", i, p.Process.PID(), p.branch)
		}
	}
}
