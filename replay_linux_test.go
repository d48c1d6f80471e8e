package psutil_test

import (
	"errors"
	"fmt"
	"maps"
	"math"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"github.com/go-psutil/psutil"
	"github.com/go-psutil/psutil/internal/fixture"
)

// replayed opens a process of a recorded tree.
func replayed(t testing.TB, s *psutil.System, pid int) psutil.Process {
	t.Helper()
	p, err := s.NewProcess(pid)
	must(t, err)
	return p
}

// wants compares what a method says.
func wants[T any](t *testing.T, what string, get func() (T, error), want T) {
	t.Helper()
	if got, err := get(); err != nil || !reflect.DeepEqual(got, want) {
		t.Errorf("%s: %v\ngot  %+v\nwant %+v", what, err, got, want)
	}
}

// wantsError wants an error of a kind, and a ProcessError.
func wantsError[T any](t *testing.T, what string, get func() (T, error), kind error) {
	t.Helper()
	v, err := get()
	if e, ok := errors.AsType[*psutil.ProcessError](err); !errors.Is(err, kind) || !ok || e.Op == "" {
		t.Errorf("%s: %v, %v, want %v", what, v, err, kind)
	}
}

// unparsed wants an error that names a file.
func unparsed(t *testing.T, what string, err error, file string) {
	t.Helper()
	if e, ok := errors.AsType[*psutil.ParseError](err); !ok || !strings.HasSuffix(e.File, file) {
		t.Errorf("%s: %v, want a ParseError of %s", what, err, file)
	}
}

// sampleFields are those that take no system call, which would ask the running
// kernel.
const sampleFields = linuxFields &^ (psutil.FieldIONice | psutil.FieldCPUAffinity | psutil.SamplerFields)

func TestReplayLinux2632(t *testing.T) {
	s := replay(t, "proc-2.6.32.txtar")
	page := uint64(os.Getpagesize())
	boot := time.Unix(1262304000, 0)

	init := replayed(t, s, 5000001)
	if init.Token() != 19 {
		t.Errorf("Token() = %d", init.Token())
	}
	wants(t, "PPID", init.PPID, 0)
	wantsError(t, "Parent", init.Parent, psutil.ErrNoSuchProcess)
	wants(t, "Parents", init.Parents, nil)
	wants(t, "Name", init.Name, "init")
	wants(t, "Exe", init.Exe, "/sbin/init")
	wants(t, "Cmdline", init.Cmdline, []string{"/sbin/init"})
	wants(t, "Environ", init.Environ, map[string]string{"HOME": "/", "TERM": "linux", "BYTES": "\xff"})
	wants(t, "Cwd", init.Cwd, "/")
	wants(t, "Root", init.Root, "/")
	wants(t, "CreateTime", init.CreateTime, boot.Add(190*time.Millisecond))
	wants(t, "Status", init.Status, psutil.StatusSleeping)
	wants(t, "Username", init.Username, "root")
	wants(t, "UIDs", init.UIDs, psutil.UserIDs{})
	wants(t, "GIDs", init.GIDs, psutil.UserIDs{})
	wants(t, "Groups", init.Groups, nil)
	wants(t, "Terminal", init.Terminal, "")
	wants(t, "PGID", init.PGID, 5000001)
	wants(t, "SID", init.SID, 5000001)
	wants(t, "Nice", init.Nice, 0)
	wants(t, "CPUNum", init.CPUNum, 0)
	wants(t, "CPUTimes", init.CPUTimes, psutil.ProcessCPUTime{User: 70 * time.Millisecond, System: 1050 * time.Millisecond,
		ChildrenUser: 3 * time.Second, ChildrenSystem: 440 * time.Millisecond, IOWait: 50 * time.Millisecond})
	wants(t, "PageFaults", init.PageFaults, psutil.PageFaults{Minor: 3009, Major: 20, ChildrenMinor: 12345, ChildrenMajor: 40})
	wants(t, "NumCtxSwitches", init.NumCtxSwitches, psutil.CtxSwitches{Voluntary: 858, Involuntary: 25})
	wants(t, "NumThreads", init.NumThreads, 1)
	wants(t, "Threads", init.Threads, []psutil.Thread{{ID: 5000001, UserTime: 70 * time.Millisecond, SystemTime: 1050 * time.Millisecond,
		Name: "init", Status: psutil.StatusSleeping, Missing: "cpu_percent"}})
	wants(t, "NumFDs", init.NumFDs, 3)
	wants(t, "IOCounters", init.IOCounters, psutil.ProcessIO{ReadCount: 4031, WriteCount: 108, ReadBytes: 1466368, WriteBytes: 12288,
		ReadChars: 14862400, WriteChars: 12059, CancelledWriteBytes: 4096, Missing: noOthers})
	m := psutil.ProcessMemory{RSS: 304 * page, VMS: 4808 * page, Shared: 222 * page, Text: 35 * page, Data: 72 * page}
	wants(t, "MemoryInfo", init.MemoryInfo, m)
	wants(t, "MemoryInfoEx", init.MemoryInfoEx, psutil.ProcessMemoryEx{ProcessMemory: m, PeakRSS: 1540 << 10, PeakVMS: 19340 << 10,
		Stack: 88 << 10, PageTables: 56 << 10, Missing: noPools + ",rss_anon,rss_file,rss_shmem,swap,hugetlb,pinned"})
	wants(t, "MemoryFootprint", init.MemoryFootprint, psutil.ProcessFootprint{USS: 124 << 10, PSS: 129 << 10, Swap: 12 << 10, Missing: "swap_pss"})
	wants(t, "MemoryPercent", func() (float64, error) { return init.MemoryPercent("pss") }, 100*float64(129)/999936)
	wantsError(t, "MemoryPercent", func() (float64, error) { return init.MemoryPercent("rss_anon") }, psutil.ErrNotSupported)
	const unprinted = "anonymous,swap_pss,locked"
	wants(t, "MemoryMaps", init.MemoryMaps, []psutil.MemoryMap{
		{Path: "/lib64/libc-2.12.so", MappedMemory: psutil.MappedMemory{RSS: 312 << 10, Size: 1576 << 10, PSS: 9 << 10, SharedClean: 308 << 10,
			PrivateClean: 4 << 10, Referenced: 312 << 10, Missing: unprinted}},
		{Path: "/sbin/init", MappedMemory: psutil.MappedMemory{RSS: 108 << 10, Size: 148 << 10, PSS: 108 << 10, PrivateClean: 100 << 10,
			PrivateDirty: 8 << 10, Referenced: 108 << 10, Swap: 12 << 10, Missing: unprinted}},
		{Path: "[anon]", MappedMemory: psutil.MappedMemory{RSS: 12 << 10, Size: 88 << 10, PSS: 12 << 10, PrivateDirty: 12 << 10, Referenced: 12 << 10, Missing: unprinted}},
	})
	regions, err := init.MemoryRegions()
	if err != nil || len(regions) != 4 || regions[2].Start != 0x7f8b3acfe000 || regions[2].End != 0x7f8b3ad00000 || regions[2].Perms != "rw-p" ||
		regions[2].Offset != 0x22000 || regions[2].Device != "253:0" || regions[2].Inode != 130582 {
		t.Errorf("MemoryRegions() = %v, %v", regions, err)
	}
	conns, err := init.NetConnections(psutil.KindAll)
	if err != nil || len(conns) != 1 || conns[0].FD != 3 || conns[0].Local.Port() != 22 || conns[0].Status != psutil.ConnListen || conns[0].PID != 5000001 {
		t.Errorf("NetConnections() = %v, %v", conns, err)
	}
	wantsError(t, "NetConnections", func() ([]psutil.Connection, error) { return init.NetConnections(0) }, psutil.ErrInvalid)
	wants(t, "Cgroups", init.Cgroups, []psutil.Cgroup{{Hierarchy: 3, Controllers: "memory", Path: "/"},
		{Hierarchy: 2, Controllers: "cpuset,cpu", Path: "/a:b"}, {Hierarchy: 1, Controllers: "name=systemd", Path: "/ (deleted)"}})
	wantsError(t, "Namespaces", init.Namespaces, psutil.ErrNotSupported)
	// No kernel has given out that PID: the running one can't be asked.
	wantsError(t, "IONice", init.IONice, psutil.ErrNotSupported)
	wantsError(t, "CPUAffinity", init.CPUAffinity, psutil.ErrNotSupported)
	wantsError(t, "Kill", func() (int, error) { return 0, init.Kill() }, psutil.ErrNotSupported)

	kthread := replayed(t, s, 5000002)
	wants(t, "Exe", kthread.Exe, "")
	wants(t, "Cmdline", kthread.Cmdline, nil)
	wants(t, "Environ", kthread.Environ, map[string]string{})
	wants(t, "Nice", kthread.Nice, -5)
	wants(t, "CPUNum", kthread.CPUNum, 1)
	wants(t, "MemoryInfoEx", kthread.MemoryInfoEx, psutil.ProcessMemoryEx{Missing: noPools})
	wants(t, "MemoryFootprint", kthread.MemoryFootprint, psutil.ProcessFootprint{})
	wants(t, "MemoryMaps", kthread.MemoryMaps, nil)
	wants(t, "NetConnections", func() ([]psutil.Connection, error) { return kthread.NetConnections(psutil.KindINET) }, nil)

	odd := replayed(t, s, 5000003)
	wants(t, "Name", odd.Name, ") S 1 (")
	wants(t, "Status", odd.Status, psutil.StatusRunning)
	wants(t, "PPID", odd.PPID, 5000001)
	wants(t, "Parent", odd.Parent, init)
	wants(t, "Username", odd.Username, "www")
	wants(t, "Groups", odd.Groups, []uint32{4, 33, 1<<32 - 2})
	// Linux before 2.6.23 did not print them.
	wantsError(t, "NumCtxSwitches", odd.NumCtxSwitches, psutil.ErrNotSupported)
	wants(t, "Exe", odd.Exe, "/opt/gone")
	info, err := odd.Info(psutil.FieldNumCtxSwitches | psutil.FieldUIDs)
	if err != nil || info.Valid != psutil.FieldUIDs || !errors.Is(info.Err(psutil.FieldNumCtxSwitches), psutil.ErrNotSupported) {
		t.Errorf("Info() = %v, %v", info, err)
	}

	zombie := replayed(t, s, 5000004)
	wants(t, "Status", zombie.Status, psutil.StatusZombie)
	wants(t, "Name", zombie.Name, "gone")
	wants(t, "Username", zombie.Username, "1234")
	wantsError(t, "Exe", zombie.Exe, psutil.ErrZombieProcess)
	wantsError(t, "Cmdline", zombie.Cmdline, psutil.ErrZombieProcess)
	wantsError(t, "Cwd", zombie.Cwd, psutil.ErrZombieProcess)

	title := replayed(t, s, 5000005)
	wants(t, "Name", title.Name, "a-long-name-that-is-cut")
	wants(t, "Cmdline", title.Cmdline, []string{"/opt/a-long-name-that-is-cut", "--title"})
	wants(t, "Exe", title.Exe, "/opt/really (deleted)") // there is such a file below the root
	wants(t, "Terminal", title.Terminal, "/dev/pts/4")
	wants(t, "Status", title.Status, psutil.StatusStopped)
	wantsError(t, "UIDs", title.UIDs, psutil.ErrNotSupported) // no status file; not root

	wants(t, "Children", func() ([]psutil.Process, error) { return init.Children(false) }, []psutil.Process{odd, zombie})
	wants(t, "Children", func() ([]psutil.Process, error) { return init.Children(true) }, []psutil.Process{odd, zombie, title})
	wants(t, "Parents", title.Parents, []psutil.Process{odd, init})
	wants(t, "PIDs", s.PIDs, []int{5000001, 5000002, 5000003, 5000004, 5000005})
	for pid, want := range map[int]bool{5000001: true, 5000004: true, 5000006: false, -1: false, 0: false, 5000000: false} {
		wants(t, "PIDExists", func() (bool, error) { return s.PIDExists(pid) }, want)
	}

	// In bulk it is the same.
	n := 0
	for info, err := range s.Snapshot(sampleFields) {
		must(t, err)
		n++
		for f := range sampleFields.All() {
			want, err := methods[f](info.Process)
			got, ok := info.Value(f)
			switch {
			case f&(psutil.FieldRSS|psutil.FieldVMS) != 0: // of stat, not statm
				if !ok {
					t.Errorf("%v: %v: %v", info.Process, f, info.Err(f))
				}
			case ok != (err == nil) || ok && !reflect.DeepEqual(got, want):
				t.Errorf("%v: %v = %v, %v, the method says %v, %v", info.Process, f, got, info.Err(f), want, err)
			}
		}
		if info.Process == init && (info.RSS != 304*page || info.VMS != 19693568) {
			t.Errorf("rss %d, vms %d", info.RSS, info.VMS)
		}
	}
	if n != 5 {
		t.Errorf("%d processes", n)
	}
}

func TestReplayExtremes(t *testing.T) {
	s := replay(t, "proc-odd.txtar")
	const most = 1<<64 - 1
	const forever = time.Duration(math.MaxInt64)
	p := replayed(t, s, 5000001)
	if p.Token() != most {
		t.Errorf("Token() = %d", p.Token())
	}
	wants(t, "PPID", p.PPID, 1<<31-1)
	wants(t, "CPUTimes", p.CPUTimes, psutil.ProcessCPUTime{User: forever, System: forever, ChildrenUser: forever, ChildrenSystem: forever, IOWait: forever})
	wants(t, "PageFaults", p.PageFaults, psutil.PageFaults{Minor: most, Major: most, ChildrenMinor: most, ChildrenMajor: most})
	wants(t, "Nice", p.Nice, 19)
	wants(t, "NumThreads", p.NumThreads, 1<<31-1)
	wants(t, "UIDs", p.UIDs, psutil.UserIDs{Real: 1<<32 - 1, Effective: 1<<32 - 1, Saved: 1<<32 - 1})
	wants(t, "Username", p.Username, "4294967295")
	wants(t, "Groups", p.Groups, []uint32{1<<32 - 1})
	wants(t, "NumCtxSwitches", p.NumCtxSwitches, psutil.CtxSwitches{Voluntary: most, Involuntary: most})
	wants(t, "IOCounters", p.IOCounters, psutil.ProcessIO{ReadCount: most, WriteCount: most, ReadBytes: most, WriteBytes: most,
		ReadChars: most, WriteChars: most, CancelledWriteBytes: most, Missing: noOthers})
	const mem = most >> 10 << 10
	m := psutil.ProcessMemory{RSS: (1<<52 - 1) * 4096, VMS: (1<<52 - 1) * 4096, Shared: (1<<52 - 1) * 4096, Text: (1<<52 - 1) * 4096, Data: (1<<52 - 1) * 4096}
	if os.Getpagesize() == 4096 {
		wants(t, "MemoryInfo", p.MemoryInfo, m)
		wants(t, "MemoryInfoEx", p.MemoryInfoEx, psutil.ProcessMemoryEx{ProcessMemory: m, PeakRSS: mem, PeakVMS: mem, RSSAnon: mem, RSSFile: mem,
			RSSShmem: mem, Swap: mem, HugeTLB: mem, Locked: mem, Pinned: mem, Stack: mem, PageTables: mem, Missing: noPools})
	}
	at, err := p.CreateTime()
	if err != nil || at.Year() < 2200 {
		t.Errorf("CreateTime() = %v, %v", at, err)
	}

	p = replayed(t, s, 5000002)
	wants(t, "PPID", p.PPID, 0)
	wants(t, "PGID", p.PGID, -1)
	wants(t, "SID", p.SID, -1)
	wants(t, "Nice", p.Nice, -20)
	wants(t, "NumThreads", p.NumThreads, 0)
	wants(t, "CPUTimes", p.CPUTimes, psutil.ProcessCPUTime{}) // the children's went below zero
	wants(t, "UIDs", p.UIDs, psutil.UserIDs{Real: 1<<32 - 2, Effective: 1<<32 - 1, Saved: 1<<32 - 2})
	wants(t, "Groups", p.Groups, []uint32{1<<32 - 2})
	info, err := p.Info(psutil.FieldRSS | psutil.FieldVMS | psutil.FieldCPUTimes | psutil.FieldStatus)
	if err != nil || info.RSS != 0 || info.VMS != 0 || info.Status != psutil.StatusRunning {
		t.Errorf("Info() = %v, %v", info, err)
	}

	p = replayed(t, s, 5000003)
	wants(t, "MemoryFootprint", p.MemoryFootprint, psutil.ProcessFootprint{USS: (264 + 120 + 2048) << 10, PSS: 412 << 10, Swap: 16 << 10, SwapPSS: 8 << 10})
	wants(t, "Cgroups", p.Cgroups, []psutil.Cgroup{{Path: "/kubepods.slice/pod 1/a:b"}})
	wants(t, "Namespaces", p.Namespaces, []psutil.Namespace{{Type: "mnt", Inode: 4026532177}, {Type: "net", Inode: 4026531840}, {Type: "pid_for_children", Inode: 4026532180}})
	wants(t, "Terminal", p.Terminal, "/dev/pts/1")
	wants(t, "CPUTimes", p.CPUTimes, psutil.ProcessCPUTime{User: 10 * time.Millisecond, System: 20 * time.Millisecond, ChildrenUser: 30 * time.Millisecond,
		ChildrenSystem: 40 * time.Millisecond, IOWait: 120 * time.Millisecond})
}

// TestReplayMalformed checks that what can't be understood is an error that
// names the file, and loses nothing else.
func TestReplayMalformed(t *testing.T) {
	s := replay(t, "proc-odd.txtar")
	p := replayed(t, s, 5000003)
	threads, err := p.Threads()
	unparsed(t, "Threads", err, "/proc/5000003/task/5000010/stat")
	if len(threads) != 2 || threads[0].Name != "sh" || threads[1] != (psutil.Thread{ID: 5000009, UserTime: time.Second, SystemTime: time.Second / 2, Name: "b) R", Status: psutil.StatusDiskSleep, Missing: "cpu_percent"}) {
		t.Errorf("Threads() = %v", threads)
	}

	p = replayed(t, s, 5000004)
	_, err = p.UIDs()
	unparsed(t, "UIDs", err, "/proc/5000004/status")
	_, err = p.Username()
	unparsed(t, "Username", err, "/proc/5000004/status")
	_, err = p.NumCtxSwitches()
	unparsed(t, "NumCtxSwitches", err, "/proc/5000004/status")
	wants(t, "GIDs", p.GIDs, psutil.UserIDs{Real: 1, Effective: 2, Saved: 3})
	wants(t, "Groups", p.Groups, []uint32{5})
	_, err = p.MemoryInfo()
	unparsed(t, "MemoryInfo", err, "/proc/5000004/statm")
	partial(t, "IOCounters", p.IOCounters, psutil.ProcessIO{ReadChars: 1, ReadCount: 3,
		Missing: noOthers + ",write_count,read_bytes,write_bytes,write_chars,cancelled_write_bytes"}, "/proc/5000004/io")
	partial(t, "MemoryFootprint", p.MemoryFootprint, psutil.ProcessFootprint{Missing: "uss,pss,swap,swap_pss"}, "/proc/5000004/smaps")
	regions, err := p.MemoryRegions()
	unparsed(t, "MemoryRegions", err, "/proc/5000004/smaps")
	if len(regions) != 2 || regions[0].PrivateClean != 4096 || regions[1].Path != "[heap]" || regions[1].PrivateDirty != 4096 {
		t.Errorf("MemoryRegions() = %v", regions)
	}
	grouped, err := p.MemoryMaps()
	unparsed(t, "MemoryMaps", err, "/proc/5000004/smaps")
	if len(grouped) != 2 || grouped[0].Path != "/bin/odd" || grouped[0].PrivateClean != 4096 || grouped[1].Path != "[heap]" || grouped[1].PrivateDirty != 4096 {
		t.Errorf("MemoryMaps() = %v", grouped)
	}
	groups, err := p.Cgroups()
	unparsed(t, "Cgroups", err, "/proc/5000004/cgroup")
	if !slices.Equal(groups, []psutil.Cgroup{{Hierarchy: 2, Controllers: "cpu", Path: "/x"}, {Hierarchy: 1, Controllers: "memory", Path: "/z"}}) {
		t.Errorf("Cgroups() = %v", groups)
	}
	const asked = psutil.FieldUIDs | psutil.FieldUsername | psutil.FieldGIDs | psutil.FieldNumCtxSwitches | psutil.FieldMemoryInfo | psutil.FieldIOCounters | psutil.FieldName
	info, err := p.Info(asked)
	if err != nil || info.Valid != psutil.FieldGIDs|psutil.FieldName {
		t.Errorf("Info() = %v, %v", info, err)
	}
	for f := range (asked &^ info.Valid).All() {
		unparsed(t, f.String(), info.Err(f), map[bool]string{true: "/statm", false: ""}[f == psutil.FieldMemoryInfo])
	}

	// One stat that is no stat, and one that is not there.
	_, err = s.NewProcess(5000005)
	unparsed(t, "NewProcess", err, "/proc/5000005/stat")
	_, err = s.NewProcess(5000006)
	if !errors.Is(err, psutil.ErrNoSuchProcess) {
		t.Errorf("NewProcess: %v, want ErrNoSuchProcess", err)
	}
	pids := []int{5000001, 5000002, 5000003, 5000004, 5000007}
	wants(t, "PIDs", s.PIDs, []int{5000001, 5000002, 5000003, 5000004, 5000005, 5000006, 5000007})
	var got []int
	failed := 0
	check := func(p psutil.Process, err error) {
		if err == nil {
			got = append(got, p.PID())
			return
		}
		failed++
		unparsed(t, "error", err, "/proc/5000005/stat")
		if e, ok := errors.AsType[*psutil.ProcessError](err); !ok || e.PID != 5000005 || p != (psutil.Process{}) {
			t.Errorf("%v beside %v, want a ProcessError of 5000005", p, err)
		}
	}
	for p, err := range s.Processes() {
		check(p, err)
	}
	if !slices.Equal(got, pids) || failed != 1 {
		t.Errorf("Processes(): %v and %d errors", got, failed)
	}
	for _, fields := range []psutil.Field{psutil.FieldName, psutil.FieldUIDs, sampleFields} {
		got, failed = nil, 0
		for info, err := range s.Snapshot(fields) {
			if (info == nil) != (err != nil) {
				t.Fatalf("Snapshot(): %v and %v", info, err)
			}
			p := psutil.Process{}
			if info != nil {
				p = info.Process
			}
			check(p, err)
		}
		if !slices.Equal(got, pids) || failed != 1 {
			t.Errorf("Snapshot(%v): %v and %d errors", fields, got, failed)
		}
	}
	got, failed = nil, 0
	sampler, err := s.NewSampler(psutil.FieldName)
	must(t, err)
	sample, err := sampler.Sample()
	check(psutil.Process{}, err)
	for i := range sample.Processes {
		check(sample.Processes[i].Process, nil)
	}
	if !slices.Equal(got, pids) {
		t.Errorf("Sample(): %v", got)
	}
	kids, err := replayed(t, s, 5000003).Children(true)
	check(psutil.Process{}, errorOf5000005(err))
	if len(kids) != 1 || kids[0].PID() != 5000007 {
		t.Errorf("Children() = %v", kids)
	}
}

// errorOf5000005 takes the first error out of one about the whole machine.
func errorOf5000005(err error) error {
	if e, ok := errors.AsType[*psutil.ProcessError](err); ok {
		if joined, ok := e.Err.(interface{ Unwrap() []error }); ok && len(joined.Unwrap()) == 1 {
			return joined.Unwrap()[0]
		}
	}
	return err
}

// TestReplayStat cuts a stat file at each byte: each is an error or the whole
// process, and never another one.
func TestReplayStat(t *testing.T) {
	const stat = "5000001 (a) b) S 1 2 3 0 -1 4194304 500 0 0 0 1 2 3 4 20 0 1 0 4300 4603904 300 18446744073709551615 1 1 0 0 0 0 0 0 65538 0 0 0 17 1 0 0 0 0 0 0 0 0 0 0 0 0 0\n"
	s, root := replayText(t, "-- proc/stat --\nbtime 1700000000\n-- proc/5000000/stat --\n"+strings.Replace(stat, "5000001", "5000000", 1)+"-- proc/5000001/stat --\n"+stat)
	for i := range len(stat) {
		rewrite(t, root, "proc/5000001/stat", stat[:i])
		n, failed := 0, 0
		for p, err := range s.Processes() {
			if n++; err != nil {
				failed++
				unparsed(t, fmt.Sprint(i), err, "/proc/5000001/stat")
			} else if p.PID() == 5000001 && p.Token() != 4300 {
				t.Errorf("%q: %v", stat[:i], p)
			}
		}
		if n != 2 || failed != 1 {
			t.Errorf("%q: %d processes, %d errors", stat[:i], n, failed)
		}
	}
}

// TestReplayReused gives a PID in the tree to another process.
func TestReplayReused(t *testing.T) {
	const stat = "%d (x) S 1 2 3 0 -1 4194304 500 0 0 0 1 2 3 4 20 0 1 0 %d 4603904 300 18446744073709551615 1 1 0 0 0 0 0 0 65538 0 0 0 17 1 0 0 0 0 0 0 0 0 0 0 0 0 0\n"
	s, root := replayText(t, "-- proc/stat --\nbtime 1700000000\n-- proc/5000001/stat --\n"+fmt.Sprintf(stat, 5000001, 50))
	p := replayed(t, s, 5000001)
	wants(t, "IsRunning", p.IsRunning, true)
	rewrite(t, root, "proc/5000001/stat", fmt.Sprintf(stat, 5000001, 51))
	wants(t, "IsRunning", p.IsRunning, false)
	wantsError(t, "PPID", p.PPID, psutil.ErrNoSuchProcess)
	wantsError(t, "Info", func() (*psutil.ProcessInfo, error) { return p.Info(psutil.FieldName) }, psutil.ErrNoSuchProcess)
	wantsError(t, "Children", func() ([]psutil.Process, error) { return p.Children(true) }, psutil.ErrNoSuchProcess)
	wantsError(t, "Kill", func() (int, error) { return 0, p.Kill() }, psutil.ErrNoSuchProcess)
	if status, err := p.Wait(t.Context()); err != nil || status.Known {
		t.Errorf("Wait() = %v, %v", status, err)
	}
	must(t, os.RemoveAll(filepath.Join(root, "proc/5000001")))
	wants(t, "IsRunning", p.IsRunning, false)
	wantsError(t, "Name", p.Name, psutil.ErrNoSuchProcess)

	// A child older than its parent is none: the parent's PID was used before.
	for pid, start := range map[int]int{1: 10, 2: 20, 3: 15} {
		dir := filepath.Join(root, fmt.Sprintf("proc/500000%d", pid))
		must(t, os.MkdirAll(dir, 0o755))
		must(t, os.WriteFile(filepath.Join(dir, "stat"), []byte(strings.Replace(fmt.Sprintf(stat, 5000000+pid, start), "S 1", fmt.Sprintf("S %d", 4999999+pid), 1)), 0o600))
	}
	first, second, third := replayed(t, s, 5000001), replayed(t, s, 5000002), replayed(t, s, 5000003)
	wants(t, "Children", func() ([]psutil.Process, error) { return first.Children(true) }, []psutil.Process{second})
	wantsError(t, "Parent", third.Parent, psutil.ErrNoSuchProcess)
	wants(t, "Parents", third.Parents, nil)
	// A circle of parents, which a tree read piece by piece may show.
	must(t, os.WriteFile(filepath.Join(root, "proc/5000001/stat"), []byte(strings.Replace(fmt.Sprintf(stat, 5000001, 10), "S 1", "S 5000002", 1)), 0o600))
	must(t, os.WriteFile(filepath.Join(root, "proc/5000002/stat"), []byte(strings.Replace(fmt.Sprintf(stat, 5000002, 10), "S 1", "S 5000001", 1)), 0o600))
	first, second = replayed(t, s, 5000001), replayed(t, s, 5000002)
	wants(t, "Children", func() ([]psutil.Process, error) { return first.Children(true) }, []psutil.Process{second, third})
	wants(t, "Parents", first.Parents, []psutil.Process{second})
}

// TestReplayOpenFilesMissing has descriptors of which not all can be read.
func TestReplayOpenFilesMissing(t *testing.T) {
	s, _ := replayText(t, `-- etc/passwd --
-- proc/stat --
btime 1700000000
-- proc/5000001/stat --
5000001 (x) S 1 2 3 0 -1 4194304 500 0 0 0 1 2 3 4 20 0 1 0 4300 4603904 300 18446744073709551615 1 1 0 0 0 0 0 0 65538 0 0 0 17 1 0 0 0 0 0 0 0 0 0 0 0 0 0
-- proc/5000001/fd/3 --
-> /etc/passwd
-- proc/5000001/fd/4 --
-> /etc/passwd
-- proc/5000001/fd/5 --
-> /etc/passwd
-- proc/5000001/fd/6 --
-> /etc/passwd
-- proc/5000001/fd/7 --
-> /etc/passwd
-- proc/5000001/fd/8 --
-> /etc/passwd
-- proc/5000001/fdinfo/3 --
pos:	10
flags:	0102001
mnt_id:	x
-- proc/5000001/fdinfo/4 --
pos:	x
flags:	02
-- proc/5000001/fdinfo/5 --
pos:	7
flags:	9
-- proc/5000001/fdinfo/6 --
pos:	0
flags:	0
-- proc/5000001/fdinfo/7 (dir) --
`)
	p := replayed(t, s, 5000001)
	file := func(fd int, position int64, mode string, flags uint32, missing psutil.Missing) psutil.OpenFile {
		return psutil.OpenFile{Path: "/etc/passwd", FD: fd, Position: position, Mode: mode, Flags: flags, Kind: psutil.FDRegular, Missing: missing}
	}
	want := []psutil.OpenFile{file(3, 10, "a", 0o102001, ""), file(4, 0, "r+", 2, "position"), file(5, 7, "", 0, "mode,flags"),
		file(6, 0, "r", 0, ""), file(7, 0, "", 0, "position,mode,flags")}
	// Descriptor 8 was closed meanwhile.
	wants(t, "OpenFiles", p.OpenFiles, want)
	wants(t, "OpenFDs", p.OpenFDs, want)
	b, err := want[4].MarshalJSON()
	if got := string(b); err != nil || got != `{"path":"/etc/passwd","fd":7,"position":null,"mode":null,"flags":null,"kind":"regular","deleted":false}` {
		t.Errorf("JSON %s, %v", got, err)
	}
}

// TestReplayClosed looks as nobody at files of root's, which permissions hide.
func TestReplayClosed(t *testing.T) {
	if !isRerun(t) {
		rerun(t, func(cmd *exec.Cmd) {
			cmd.Dir = "/"
			cmd.SysProcAttr.Credential = nobodyCredential()
		})
		return
	}
	const stat = " (x) S 1 2 3 0 -1 4194304 500 0 0 0 1 2 3 4 20 0 1 0 4300 4603904 300 18446744073709551615 1 1 0 0 0 0 0 0 65538 0 0 0 17 1 0 0 0 0 0 0 0 0 0 0 0 0 0\n"
	root := fixture.Tree(t, []byte("-- proc/stat --\nbtime 1700000000\n-- proc/5000001/stat --\n5000001"+stat+
		"-- proc/5000001/status (mode 000) --\nUid:\t0\t0\t0\t0\n-- proc/5000001/io (mode 000) --\n-- proc/5000001/fd (dir) (mode 000) --\n"+
		"-- proc/5000002/stat (mode 000) --\n5000002"+stat+"-- proc/5000002/status (mode 000) --\n-- proc/5000003/stat --\n5000003"+stat+
		"-- proc/5000003 (dir) (mode 000) --\n-- proc/5000004/stat --\n5000004"+stat))
	s, err := psutil.New(psutil.WithRoot(root))
	must(t, err)
	p := replayed(t, s, 5000001)
	wants(t, "Name", p.Name, "x")
	wantsError(t, "UIDs", p.UIDs, psutil.ErrAccessDenied)
	wantsError(t, "IOCounters", p.IOCounters, psutil.ErrAccessDenied)
	wantsError(t, "NumFDs", p.NumFDs, psutil.ErrAccessDenied)
	wantsError(t, "OpenFiles", p.OpenFiles, psutil.ErrAccessDenied)
	info, err := p.Info(psutil.FieldName | psutil.FieldUIDs | psutil.FieldNumFDs)
	if err != nil || info.Valid != psutil.FieldName {
		t.Errorf("Info() = %v, %v", info, err)
	}
	checkClosed(t, s, []int{5000001, 5000004}, []int{5000002, 5000003})
	wants(t, "PIDExists", func() (bool, error) { return s.PIDExists(5000002) }, true)
	wants(t, "PIDExists", func() (bool, error) { return s.PIDExists(5000003) }, true)
}

// checkClosed checks that bulk calls say of some PIDs that access is denied, and
// have the others.
func checkClosed(t *testing.T, s *psutil.System, open, closed []int) {
	t.Helper()
	want := map[int]bool{}
	for _, pid := range open {
		want[pid] = true
	}
	for _, pid := range closed {
		want[pid] = false
	}
	got := map[int]bool{}
	check := func(p psutil.Process, err error) {
		e, ok := errors.AsType[*psutil.ProcessError](err)
		switch {
		case err == nil:
			got[p.PID()] = true
		case ok && errors.Is(err, psutil.ErrAccessDenied):
			got[e.PID] = false
		default:
			t.Errorf("error is %v, want ErrAccessDenied", err)
		}
	}
	for p, err := range s.Processes() {
		check(p, err)
	}
	if !maps.Equal(got, want) {
		t.Errorf("Processes(): %v, want %v", got, want)
	}
	for _, fields := range []psutil.Field{psutil.FieldName, psutil.FieldUIDs | psutil.FieldCmdline} {
		clear(got)
		for info, err := range s.Snapshot(fields) {
			if err != nil {
				check(psutil.Process{}, err)
			} else {
				check(info.Process, nil)
			}
		}
		if !maps.Equal(got, want) {
			t.Errorf("Snapshot(%v): %v, want %v", fields, got, want)
		}
	}
	sampler, err := s.NewSampler(psutil.FieldName)
	must(t, err)
	sample, err := sampler.Sample()
	if (err != nil) != (len(closed) > 0) || sample == nil || len(sample.Processes) != len(open) {
		t.Errorf("Sample() = %v, %v", sample, err)
	}
	for _, pid := range closed {
		if _, err := s.NewProcess(pid); !errors.Is(err, psutil.ErrAccessDenied) {
			t.Errorf("NewProcess(%d): %v, want ErrAccessDenied", pid, err)
		}
	}
}

// TestHidePID mounts /proc so that it hides the processes of other users, and
// becomes nobody.
func TestHidePID(t *testing.T) {
	for _, hide := range []string{"1", "2"} {
		t.Run(hide, func(t *testing.T) {
			if !isRerun(t) {
				rerun(t, func(cmd *exec.Cmd) { cmd.SysProcAttr.Cloneflags |= unix.CLONE_NEWPID | unix.CLONE_NEWNS })
				return
			}
			must(t, unix.Mount("", "/", "", unix.MS_REC|unix.MS_PRIVATE, ""))
			must(t, unix.Mount("proc", "/proc", "proc", 0, "hidepid="+hide))
			start := func(c *syscall.Credential) int {
				cmd := exec.Command(needTool(t, "cat"))
				cmd.SysProcAttr = &syscall.SysProcAttr{Credential: c}
				in, err := cmd.StdinPipe()
				must(t, err)
				must(t, cmd.Start())
				t.Cleanup(func() {
					in.Close()
					cmd.Wait()
				})
				return cmd.Process.Pid
			}
			others, own := start(nil), start(nobodyCredential())
			must(t, syscall.Setgroups(nil))
			must(t, syscall.Setgid(nobody))
			must(t, syscall.Setuid(nobody))
			s, err := psutil.New()
			must(t, err)
			closed := []int{others}
			if hide == "2" {
				closed = nil
				if _, err := s.NewProcess(others); !errors.Is(err, psutil.ErrNoSuchProcess) {
					t.Errorf("NewProcess() of a hidden process: %v, want ErrNoSuchProcess", err)
				}
			}
			checkClosed(t, s, []int{os.Getpid(), own}, closed)
			for _, pid := range []int{os.Getpid(), own, others} {
				wants(t, "PIDExists", func() (bool, error) { return s.PIDExists(pid) }, true)
			}
			self, err := s.Self()
			must(t, err)
			kids, err := self.Children(false)
			if len(kids) != 1 || kids[0].PID() != own || (err != nil) != (closed != nil) || err != nil && !errors.Is(err, psutil.ErrAccessDenied) {
				t.Errorf("Children() = %v, %v, want PID %d", kids, err, own)
			}
			// What is hidden an accelerator does not show, even if it finds all.
			finder := &fakeAccelerator{fields: psutil.FieldNumThreads, finds: true, records: []psutil.ProcessRecord{recordOf(others, 1)}}
			shown := make(map[int]int)
			for info, err := range accelerated(t, finder).Snapshot(psutil.FieldNumThreads) {
				if err == nil {
					shown[info.Process.PID()] = info.NumThreads
				}
			}
			if finder.processes != 1 || shown[own] != 1 || hide == "2" && shown[others] != 0 {
				t.Errorf("with an accelerator %v, asked %d times", shown, finder.processes)
			}
			l, err := net.Listen("tcp", "127.0.0.1:0")
			must(t, err)
			defer l.Close()
			port := uint16(l.Addr().(*net.TCPAddr).Port)
			f, err := l.(*net.TCPListener).File()
			must(t, err)
			defer f.Close()
			var socket unix.Stat_t
			must(t, unix.Fstat(int(f.Fd()), &socket))
			for _, pid := range []int{others, own} {
				holder := &fakeAccelerator{sockets: []psutil.SocketRecord{{PID: int32(pid), FD: 77, Inode: socket.Ino}}}
				conns, err := accelerated(t, holder).NetConnections(psutil.KindUDP|psutil.KindTCP, psutil.WithLocalPort(port))
				want := pid
				if hide == "2" && pid == others {
					want = -1
				}
				if err != nil || len(conns) != 1 || conns[0].PID != want || holder.asked != 1 {
					t.Errorf("with an accelerator that tells of PID %d: %+v, %v", pid, conns, err)
				}
			}
		})
	}
}
