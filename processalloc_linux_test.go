package psutil_test

import (
	"fmt"
	"testing"

	"github.com/go-psutil/psutil"
)

// processTree is a machine with n user processes of a few names, in a tree of
// files.
func processTree(t testing.TB, n int) *psutil.System {
	t.Helper()
	archive := []byte("-- proc/stat --\ncpu  1 2 3 4 5 6 7 8 9 0\nbtime 1700000000\n" +
		"-- proc/meminfo --\nMemTotal: 1000000 kB\nMemFree: 1000 kB\n-- etc/passwd --\nroot:x:0:0::/root:/bin/sh\ndaemon:x:1:1::/:/bin/sh\n")
	for i := range n {
		archive = fmt.Appendf(archive, `-- proc/%[1]d/stat --
%[1]d (fifteen-bytes-%[2]d) S 1 %[1]d 1 34816 -1 4194560 100 0 3 0 %[1]d 22 0 0 20 0 4 0 %[3]d 10485760 250 18446744073709551615 1 1 0 0 0 0 0 0 65536 0 0 0 17 1 0 0 0 0 0 0 0 0 0 0 0 0 0
-- proc/%[1]d/status --
Name:	fifteen-bytes-%[2]d
State:	S (sleeping)
Tgid:	%[1]d
Pid:	%[1]d
PPid:	1
Uid:	1	1	1	1
Gid:	1	1	1	1
Groups:	1 2 3 
VmPeak:	   10240 kB
VmSize:	   10240 kB
VmLck:	       0 kB
VmPin:	       0 kB
VmHWM:	    1000 kB
VmRSS:	    1000 kB
RssAnon:	     500 kB
RssFile:	     400 kB
RssShmem:	     100 kB
VmStk:	     132 kB
VmPTE:	      64 kB
VmSwap:	       0 kB
HugetlbPages:	       0 kB
voluntary_ctxt_switches:	10
nonvoluntary_ctxt_switches:	2
-- proc/%[1]d/statm --
2560 250 100 10 0 300 0
-- proc/%[1]d/io --
rchar: 1
wchar: 2
syscr: 3
syscw: 4
read_bytes: 5
write_bytes: 6
cancelled_write_bytes: 7
-- proc/%[1]d/cmdline (hex) --
2f 62 69 6e 2f 66 69 66 74 65 65 6e 2d 62 79 74 65 73 2d 3%[2]d 2d 6d 6f 72 65 00 2d 61 00
-- proc/%[1]d/cgroup --
0::/a
`, firstTreePID+i, i%5, 1000+i)
	}
	return replayArchive(t, archive)
}

// firstTreePID is beyond the PIDs that the kernel gives out, so that no system
// call reaches a process of this machine.
const firstTreePID = 5_000_000

// statOnly are the fields that take one file, and no text but names that
// repeat.
const statOnly = psutil.FieldPID | psutil.FieldPPID | psutil.FieldName | psutil.FieldCreateTime | psutil.FieldStatus |
	psutil.FieldTerminal | psutil.FieldPGID | psutil.FieldSID | psutil.FieldNice | psutil.FieldCPUNum | psutil.FieldCPUTimes |
	psutil.FieldNumThreads | psutil.FieldMemoryPercent | psutil.FieldPageFaults | psutil.FieldRSS | psutil.FieldVMS

// TestProcessAllocs locks how many allocations each process costs, once its
// name, user and terminal have been met. What a pass costs, whatever the number
// of processes, is not counted: the list of PIDs and the files read once.
func TestProcessAllocs(t *testing.T) {
	const few, many = 50, 250
	s := [2]*psutil.System{processTree(t, few), processTree(t, many)}
	for _, test := range []struct {
		name   string
		fields psutil.Field
		most   float64 // allocations a process
	}{
		{"Stat", statOnly, 0},
		{"Status", statOnly | psutil.FieldUIDs | psutil.FieldGIDs | psutil.FieldUsername | psutil.FieldNumCtxSwitches, 0},
		{"Memory", statOnly | psutil.FieldMemoryInfo | psutil.FieldMemoryInfoEx, 0},
		{"IO", statOnly | psutil.FieldIOCounters, 0},
		{"Groups", psutil.FieldGroups, 2},
		{"Cmdline", psutil.FieldCmdline, 4},
		{"Cgroups", psutil.FieldCgroups, 3},
	} {
		t.Run(test.name, func(t *testing.T) {
			perProcess := func(kind string, pass func(i int) func()) {
				a, b := testing.AllocsPerRun(5, pass(0)), testing.AllocsPerRun(5, pass(1))
				if got := (b - a) / (many - few); got > test.most+0.1 {
					t.Errorf("%s: %v allocations a process, want %v; %v for %d processes, %v for %d", kind, got, test.most, a, few, b, many)
				}
			}
			perProcess("Snapshot", func(i int) func() {
				return func() {
					for _, err := range s[i].Snapshot(test.fields) {
						must(t, err)
					}
				}
			})
			perProcess("Sampler", func(i int) func() {
				sampler, err := s[i].NewSampler(test.fields | psutil.FieldCPUPercent)
				must(t, err)
				return func() {
					sample, err := sampler.Sample()
					must(t, err)
					if len(sample.Processes) != []int{few, many}[i] {
						t.Errorf("%d processes", len(sample.Processes))
					}
				}
			})
		})
	}
}
