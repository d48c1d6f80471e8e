package psutil

import (
	"cmp"
	"encoding"
	"errors"
	"fmt"
	"os/exec"
	"slices"
	"strconv"
	"strings"
	"time"
)

// A Process is a handle on one process: its PID and the kernel's own start
// token, so that it never means another process that got the same PID later.
//
// It is a small comparable value. Copy it, compare it with ==, use it as a map
// key; it caches nothing, so there is nothing to refresh, lock or close. The
// zero Process stands for no process.
//
// What changes or signals a process, and PPID, Parent, Parents and Children,
// check first that the process is still the same and return
// [ErrNoSuchProcess] if not; so do, at no cost, the methods that read
// /proc/PID/stat. The others answer for the process that has the PID now, as
// psutil's do; ask [Process.IsRunning] afterwards, or use [Process.Info], which
// checks once for all it reads. On Windows all methods check.
//
// On Windows one table of the system, SystemProcessInformation of
// NtQuerySystemInformation, has all processes with their threads. A method that says
// "the table" reads the whole of it, in one call that takes no right; for more than one
// process or method [Snapshot] and [Process.Info] read it once. The other methods open
// the process, by OpenProcess, and if that is denied once more with SeDebugPrivilege, if
// the caller has that: for the one call, on the one thread.
//
// Methods return a [*ProcessError] that is [ErrNoSuchProcess],
// [ErrZombieProcess], [ErrAccessDenied] or [ErrNotSupported], or holds the
// system's own error.
type Process struct {
	pid   int
	start uint64 // Linux: start time in clock ticks since boot; Windows: in 100 ns since 1601
	sys   *System
}

// NewProcess returns the process with that PID. A zombie counts, and on Linux
// so does the ID of a thread. A negative PID is [ErrInvalid]. Cost on Linux:
// one read of /proc/PID/stat. Windows: OpenProcess and GetProcessTimes, or the table of
// processes if it may not be opened; one that has ended, but that somebody has a handle
// of, does not count.
func NewProcess(pid int) (Process, error) {
	s, err := defaultSystem()
	if err != nil {
		return Process{}, err
	}
	return s.NewProcess(pid)
}

// NewProcess is [NewProcess] of this system.
func (s *System) NewProcess(pid int) (Process, error) {
	if pid < 0 {
		return Process{}, &ProcessError{Op: "process", PID: pid, Err: invalid("PID", "negative")}
	}
	start, err := s.startToken(pid)
	if err != nil {
		return Process{}, err
	}
	return Process{pid, start, s}, nil
}

// Self returns the calling process, at the cost of [NewProcess].
func Self() (Process, error) {
	s, err := defaultSystem()
	if err != nil {
		return Process{}, err
	}
	return s.Self()
}

// Self is [Self] of this system, and makes sense only if the caller's PID is
// one of that system's.
func (s *System) Self() (Process, error) {
	pid, err := s.selfPID()
	if err != nil {
		return Process{}, err
	}
	return s.NewProcess(pid)
}

// ProcessWithToken returns the handle for a PID and the token that
// [Process.Token] gave, without looking whether that process still runs. It
// carries a handle from one program to another on the same boot of a machine. It reads
// nothing, and so costs nothing, on Linux, Windows or elsewhere.
func ProcessWithToken(pid int, token uint64) (Process, error) {
	s, err := defaultSystem()
	if err != nil {
		return Process{}, err
	}
	return s.ProcessWithToken(pid, token)
}

// ProcessWithToken is [ProcessWithToken] of this system.
func (s *System) ProcessWithToken(pid int, token uint64) (Process, error) {
	if pid < 0 {
		return Process{}, &ProcessError{Op: "process", PID: pid, Err: invalid("PID", "negative")}
	}
	return Process{pid, token, s}, nil
}

// StartCommand starts cmd, as its Start method does, and returns the process.
// It succeeds also if the child exits at once, because a child keeps its PID
// until cmd.Wait. Reap the child with cmd.Wait as usual; [Process.Wait] leaves
// that to it. Windows: a child that has exited by then is [ErrNoSuchProcess], and
// cmd.Wait is still to be called.
func StartCommand(cmd *exec.Cmd) (Process, error) {
	if err := cmd.Start(); err != nil {
		return Process{}, err
	}
	s, err := defaultSystem()
	if err != nil {
		return Process{}, err
	}
	pid, err := s.startedPID(cmd.Process.Pid)
	if err != nil {
		return Process{}, err
	}
	return s.NewProcess(pid)
}

// PID returns the process ID.
func (p Process) PID() int { return p.pid }

// Token returns the kernel's start token, which with the PID identifies the
// process until the machine reboots. Linux: the start time in clock ticks
// since boot, field 22 of proc_pid_stat(5); it does not move when the wall
// clock is set. Windows: the time it was created by the clock of then, as a FILETIME, in
// 100 ns since 1601; it stays when the clock is set, and is 0 for the idle process.
func (p Process) Token() uint64 { return p.start }

// String returns "psutil.Process(pid=812, start=45120)". It reads nothing; see
// [Process.Info] for more about a process.
func (p Process) String() string {
	return fmt.Sprintf("psutil.Process(pid=%d, start=%d)", p.pid, p.start)
}

// MarshalText returns the PID and the token as "812:45120".
func (p Process) MarshalText() ([]byte, error) {
	b := strconv.AppendInt(nil, int64(p.pid), 10)
	return strconv.AppendUint(append(b, ':'), p.start, 10), nil
}

// UnmarshalText reads what MarshalText writes, as a process of the running
// system.
func (p *Process) UnmarshalText(text []byte) error {
	pid, token, found := strings.Cut(string(text), ":")
	n, err1 := strconv.Atoi(pid)
	start, err2 := strconv.ParseUint(token, 10, 64)
	if !found || err1 != nil || err2 != nil {
		return invalid("process", fmt.Sprintf("not PID:TOKEN: %q", text))
	}
	q, err := ProcessWithToken(n, start)
	if err == nil {
		*p = q
	}
	return err
}

// GobEncode makes a Process travel as its text.
func (p Process) GobEncode() ([]byte, error) { return p.MarshalText() }

// GobDecode reads what GobEncode writes.
func (p *Process) GobDecode(b []byte) error { return p.UnmarshalText(b) }

var (
	_ encoding.TextMarshaler   = Process{}
	_ encoding.TextUnmarshaler = (*Process)(nil)
)

// system returns the system of p, and an error for the zero Process.
func (p Process) system(op string) (*System, error) {
	if p.sys == nil {
		return nil, &ProcessError{Op: op, PID: p.pid, Err: ErrNoSuchProcess}
	}
	return p.sys, nil
}

// IsRunning reports whether the process still exists: false once it has gone,
// also if another process has its PID. A zombie counts as running. The error
// is not nil when that can't be told. It reads what [NewProcess] does.
func (p Process) IsRunning() (bool, error) {
	s, err := p.system("is_running")
	if err != nil {
		return false, nil
	}
	start, err := s.startToken(p.pid)
	switch {
	case err == nil:
		return start == p.start, nil
	case errors.Is(err, ErrNoSuchProcess):
		return false, nil
	}
	return false, err
}

// PPID returns the PID of the parent now: that of the process which adopted
// it, if its parent has gone; 0 if it has none. Linux: /proc/PID/stat. Windows: the
// table; nobody adopts, so that it is the PID of the process that started it, whoever
// has that now: [Process.Parent] tells.
func (p Process) PPID() (int, error) { return p.ppid() }

// Parent returns the parent. It is [ErrNoSuchProcess] if there is none, as for
// the first process. Cost: that of [Process.PPID] and of [NewProcess].
func (p Process) Parent() (Process, error) {
	ppid, err := p.ppid()
	if err != nil {
		return Process{}, err
	}
	if ppid == 0 {
		return Process{}, &ProcessError{Op: "parent", PID: p.pid, Err: ErrNoSuchProcess}
	}
	parent, err := p.sys.NewProcess(ppid)
	if err != nil {
		return Process{}, err
	}
	// Between the two reads the parent may have died and its PID gone to a
	// younger process; by then p has been adopted by another.
	if parent.start > p.start {
		return Process{}, &ProcessError{Op: "parent", PID: p.pid, Err: ErrNoSuchProcess}
	}
	return parent, nil
}

// Parents returns the parent, its parent, and so on, nearest first. Processes outside
// the PID namespace are not seen. Cost: that of [Process.PPID] and [NewProcess] for
// each.
func (p Process) Parents() ([]Process, error) {
	if _, err := p.ppid(); err != nil {
		return nil, err
	}
	var parents []Process
	seen := map[Process]bool{p: true}
	for q := p; ; {
		parent, err := q.Parent()
		if errors.Is(err, ErrNoSuchProcess) || (err == nil && seen[parent]) {
			return parents, nil
		}
		if err != nil {
			return parents, err
		}
		seen[parent] = true
		parents = append(parents, parent)
		q = parent
	}
}

// Children returns the child processes, or with recursive also theirs and so
// on, sorted by PID within each generation. A process whose parent has gone is
// nobody's child any more but init's or a subreaper's. A process that can't be
// looked at is an error, beside the children that were found. Cost: one read of
// /proc/PID/stat of every process, however deep the tree. Windows: the table, and that
// of [NewProcess]; a process whose parent has gone is nobody's child.
func (p Process) Children(recursive bool) ([]Process, error) {
	s, err := p.system("children")
	if err != nil {
		return nil, err
	}
	tree, unread := s.processTree()
	if unread != nil {
		unread = &ProcessError{Op: "children", PID: p.pid, Err: unread}
	}
	if tree == nil {
		return nil, unread
	}
	if err := p.verify("children"); err != nil {
		return nil, err
	}
	var children []Process
	seen := map[int]bool{p.pid: true}
	for generation := []Process{p}; len(generation) > 0; {
		var next []Process
		for _, parent := range generation {
			for _, child := range tree[parent.pid] {
				// A child is never older than its parent: if it seems so, the
				// parent's PID has been used again.
				if !seen[child.pid] && child.start >= parent.start {
					seen[child.pid] = true
					next = append(next, child)
				}
			}
		}
		slices.SortFunc(next, func(a, b Process) int { return cmp.Compare(a.pid, b.pid) })
		children = append(children, next...)
		if !recursive {
			break
		}
		generation = next
	}
	return children, unread
}

// verify returns ErrNoSuchProcess unless p is still the same process.
func (p Process) verify(op string) error {
	s, err := p.system(op)
	if err != nil {
		return err
	}
	start, err := s.startToken(p.pid)
	if err != nil {
		if e, ok := errors.AsType[*ProcessError](err); ok {
			e.Op = op
		}
		return err
	}
	if start != p.start {
		return p.reused(op)
	}
	return nil
}

// reused is the error for a handle whose PID is another process's now.
func (p Process) reused(op string) error {
	return &ProcessError{Op: op, PID: p.pid, Err: fmt.Errorf("%w (its PID has been reused)", ErrNoSuchProcess)}
}

// Name returns the name of the program, without directory. Linux: comm of
// proc_pid_comm(5); a name that fills the kernel's 15 bytes is completed from
// the command line when its first argument's base name begins with it. Windows: the
// table, such as "svchost.exe"; "System Idle Process" has PID 0 and "System" PID 4.
func (p Process) Name() (string, error) { return p.name() }

// Exe returns the absolute path of the executable, empty for a kernel thread.
// The " (deleted)" that Linux appends for a file that is gone is not part of
// it. Linux: the link /proc/PID/exe. Windows: QueryFullProcessImageName, or if the
// process may not be opened the kernel's name of it, with the letter of the drive; empty
// for PIDs 0 and 4.
func (p Process) Exe() (string, error) { return p.exe() }

// Cmdline returns the command line, one argument an element, empty for a
// kernel thread. A process may overwrite it; then, as in psutil, words are
// split at blanks. A zombie has none: [ErrZombieProcess]. Linux:
// /proc/PID/cmdline.
//
// Windows keeps one line, and each program splits it: here that is done as
// CommandLineToArgvW does. It is ProcessCommandLineInformation of
// NtQueryInformationProcess, which takes no right to read memory, and before Windows
// 8.1 what is in the memory of the process, as for [Process.Environ]. Empty for PIDs 0
// and 4.
func (p Process) Cmdline() ([]string, error) { return p.cmdline() }

// Environ returns the environment the process was started with. Later changes
// do not show. Entries without "=" are left out; of several with one name the
// first counts, as in getenv(3). Linux: /proc/PID/environ.
//
// Windows: the environment as it is now, with names in capitals, since the system makes
// no difference, and without those that begin with "=". It is read in the memory of
// the process (its PEB and parameters), some five calls, also of a 32-bit program on a
// 64-bit system; a 32-bit caller can't read that of a 64-bit one. At most 1 MiB of it is
// read.
func (p Process) Environ() (map[string]string, error) { return p.environ() }

// Cwd returns the working directory as an absolute path. Linux: the link
// /proc/PID/cwd. Windows: in the memory of the process, as [Process.Environ].
func (p Process) Cwd() (string, error) { return p.link("cwd") }

// Root returns the root directory of the process, "/" unless it was changed.
// Linux: the link /proc/PID/root. Windows has none: [ErrNotSupported].
func (p Process) Root() (string, error) { return p.link("root") }

// CreateTime returns when the process was started. Compare handles, not times.
// Linux: starttime of /proc/PID/stat, which is exact, and btime of /proc/stat, which
// moves when the clock is set. Windows: the token itself; what is called is
// [NewProcess], to see that the process is there; PID 0 has none.
func (p Process) CreateTime() (time.Time, error) { return p.createTime() }

// Status returns what the process is doing. Linux: /proc/PID/stat. Windows: the table;
// [StatusStopped] if all threads are suspended, else [StatusRunning].
func (p Process) Status() (Status, error) { return p.status() }

// UserIDs are the user or group IDs of a process.
type UserIDs struct {
	Real      uint32 `json:"real"`
	Effective uint32 `json:"effective"`
	Saved     uint32 `json:"saved"`
}

// String returns "real=0 effective=0 saved=0".
func (u UserIDs) String() string {
	return fmt.Sprintf("real=%d effective=%d saved=%d", u.Real, u.Effective, u.Saved)
}

// Username returns the name of the real user, or the number if it has no name.
// Linux: Uid of /proc/PID/status, and /etc/passwd below the root. Windows: the account
// of the process's token as `DOMAIN\user`, or its SID if it has no name any more, by
// OpenProcessToken and LookupAccountSid, which may ask a domain controller; PIDs 0 and 4
// are `NT AUTHORITY\SYSTEM`'s.
func (p Process) Username() (string, error) { return p.username() }

// UIDs returns the user IDs. Linux: /proc/PID/status. Windows has none:
// [ErrNotSupported], as for GIDs, Groups, Terminal, PGID and SID.
func (p Process) UIDs() (UserIDs, error) { return p.uids() }

// GIDs returns the group IDs. Linux: /proc/PID/status. Not on Windows.
func (p Process) GIDs() (UserIDs, error) { return p.gids() }

// Groups returns the supplementary groups, in the kernel's order. Linux:
// /proc/PID/status. Not on Windows.
func (p Process) Groups() ([]uint32, error) { return p.groups() }

// Terminal returns the controlling terminal, such as "/dev/pts/3", empty if
// there is none, or one of which the system does not tell the name. Linux: tty_nr of
// /proc/PID/stat, looked up in /dev/pts and /sys/dev/char. Not on Windows.
func (p Process) Terminal() (string, error) { return p.terminal() }

// PGID returns the process group. Linux: /proc/PID/stat. Not on Windows.
func (p Process) PGID() (int, error) { return p.pgid() }

// SID returns the session. Linux: /proc/PID/stat. Not on Windows.
func (p Process) SID() (int, error) { return p.sid() }

// Nice returns the nice value, -20 (favoured) to 19. Linux: /proc/PID/stat. Windows:
// the priority class, such as [PriorityNormal], by GetPriorityClass.
func (p Process) Nice() (int, error) { return p.nice() }

// SetNice changes the nice value of the process's first thread. Lowering it takes a
// privilege. Linux: setpriority(2). Windows: SetPriorityClass; what is no priority class
// is [ErrInvalid], and [PriorityRealtime] takes a privilege.
func (p Process) SetNice(nice int) error { return p.setNice(nice) }

// CPUNum returns the CPU the process last ran on. Linux: /proc/PID/stat. Windows does
// not tell: [ErrNotSupported].
func (p Process) CPUNum() (int, error) { return p.cpuNum() }

// ProcessCPUTime is the CPU time a process has used. On Windows all but User and System
// is missing.
type ProcessCPUTime struct {
	User           time.Duration `json:"user"`
	System         time.Duration `json:"system"`
	ChildrenUser   time.Duration `json:"children_user"` // of children it has waited for
	ChildrenSystem time.Duration `json:"children_system"`
	// IOWait is the time spent waiting for block IO, which is not CPU time.
	// Linux, and only with delay accounting on (kernel.task_delayacct).
	IOWait  time.Duration `json:"iowait"`
	Missing Missing       `json:"-"`
}

// Total returns the process's own CPU time, user and system.
func (t ProcessCPUTime) Total() time.Duration { return t.User + t.System }

// Since returns the time since an earlier reading of the same process, never less than
// none.
func (t ProcessCPUTime) Since(earlier ProcessCPUTime) ProcessCPUTime {
	return ProcessCPUTime{User: max(0, t.User-earlier.User), System: max(0, t.System-earlier.System),
		ChildrenUser: max(0, t.ChildrenUser-earlier.ChildrenUser), ChildrenSystem: max(0, t.ChildrenSystem-earlier.ChildrenSystem),
		IOWait: max(0, t.IOWait-earlier.IOWait), Missing: t.Missing.union(earlier.Missing)}
}

// Percent returns the CPU used since an earlier reading that was taken elapsed
// ago, in percent of one CPU; two busy threads make 200. It is 0 if elapsed is
// not positive.
func (t ProcessCPUTime) Percent(earlier ProcessCPUTime, elapsed time.Duration) float64 {
	return percentOfCPU(t.Total()-earlier.Total(), elapsed)
}

// MarshalJSON writes psutil's pcputimes.
func (t ProcessCPUTime) MarshalJSON() ([]byte, error) { return marshalFields(t) }

// String returns "user=1.5s system=20ms ...".
func (t ProcessCPUTime) String() string {
	return fmt.Sprintf("user=%v system=%v children_user=%v children_system=%v iowait=%v",
		t.User, t.System, t.ChildrenUser, t.ChildrenSystem, t.IOWait)
}

// CPUTimes returns the CPU time that all threads of the process have used, those
// that have ended too. Linux: /proc/PID/stat, in clock ticks of 10 ms. Windows: the
// table.
func (p Process) CPUTimes() (ProcessCPUTime, error) { return p.cpuTimes() }

// CtxSwitches counts how often a process gave up or lost its CPU. Windows does not tell
// one from the other: there all are Voluntary, and Involuntary is missing.
type CtxSwitches struct {
	Voluntary   uint64  `json:"voluntary"`
	Involuntary uint64  `json:"involuntary"`
	Missing     Missing `json:"-"`
}

// MarshalJSON writes psutil's pctxsw.
func (c CtxSwitches) MarshalJSON() ([]byte, error) { return marshalFields(c) }

// String returns "voluntary=10 involuntary=2".
func (c CtxSwitches) String() string {
	return fmt.Sprintf("voluntary=%d involuntary=%d", c.Voluntary, c.Involuntary)
}

// Since returns the switches since an earlier reading of the same process. A counter
// that is smaller than before has started again from 0.
func (c CtxSwitches) Since(earlier CtxSwitches) CtxSwitches {
	return CtxSwitches{Voluntary: since(c.Voluntary, earlier.Voluntary), Involuntary: since(c.Involuntary, earlier.Involuntary),
		Missing: c.Missing.union(earlier.Missing)}
}

// NumCtxSwitches returns the context switches of the process's first thread.
// Linux: /proc/PID/status. Windows: the table; those of all threads that are there,
// each counted in 32 bits, of either kind. It falls when a thread ends.
func (p Process) NumCtxSwitches() (CtxSwitches, error) { return p.numCtxSwitches() }

// NumThreads returns the number of threads, 0 for a zombie that has none left. Linux:
// /proc/PID/stat. Windows: the table.
func (p Process) NumThreads() (int, error) { return p.numThreads() }

// Thread is a thread of a process. Windows has no Name and CPUNum.
type Thread struct {
	ID         int           `json:"id"`
	UserTime   time.Duration `json:"user_time"`
	SystemTime time.Duration `json:"system_time"`
	Name       string        `json:"name"`
	Status     Status        `json:"status"`
	CPUNum     int           `json:"cpu_num"` // number of the CPU it last ran on
	// CPUPercent is the CPU used since the sampler's previous sample, in percent
	// of one CPU. It is missing elsewhere than in a [Sampler], and if that sample
	// did not have the thread.
	CPUPercent float64 `json:"cpu_percent"`
	Missing    Missing `json:"-"`
}

// MarshalJSON writes psutil's pthread, with name, status, cpu_num and
// cpu_percent after it.
func (t Thread) MarshalJSON() ([]byte, error) { return marshalFields(t) }

// String returns a line about the thread.
func (t Thread) String() string {
	s := fmt.Sprintf("%d %q %s user=%v system=%v", t.ID, t.Name, t.Status, t.UserTime, t.SystemTime)
	if !t.Missing.Has("cpu_percent") {
		s += fmt.Sprintf(" cpu_percent=%.1f", t.CPUPercent)
	}
	return s
}

// Threads returns the threads, sorted by ID. One that exits meanwhile is left
// out. Cost: Linux reads /proc/PID/task/TID/stat of each. Windows: the table; a
// thread that waits is [StatusSleeping], one that is suspended [StatusStopped].
func (p Process) Threads() ([]Thread, error) { return p.threads() }

// NumFDs returns the number of open file descriptors. Linux: entries of
// /proc/PID/fd. Windows has none: [ErrNotSupported], see [Process.NumHandles].
func (p Process) NumFDs() (int, error) { return p.numFDs() }

// NumHandles returns the number of handles that the process has open, of files and of
// all else. Windows: the table; elsewhere it is [ErrNotSupported], see
// [Process.NumFDs].
func (p Process) NumHandles() (int, error) { return p.numHandles() }

// ProcessIO counts what a process has read and written. On Windows the first four
// fields count operations on files, pipes and devices, from cache too, and the others
// are missing.
type ProcessIO struct {
	ReadCount  uint64 `json:"read_count"`  // system calls that read
	WriteCount uint64 `json:"write_count"` // system calls that write
	ReadBytes  uint64 `json:"read_bytes"`  // from storage
	WriteBytes uint64 `json:"write_bytes"` // to storage
	ReadChars  uint64 `json:"read_chars"`  // bytes passed to read calls, from cache, pipes and sockets too
	WriteChars uint64 `json:"write_chars"`
	// CancelledWriteBytes were counted as written but never were, because the
	// file was cut or removed first.
	CancelledWriteBytes uint64 `json:"cancelled_write_bytes"`
	// What neither read nor wrote, such as a control of a device: Windows.
	OtherCount uint64  `json:"other_count"`
	OtherBytes uint64  `json:"other_bytes"`
	Missing    Missing `json:"-"`
}

// MarshalJSON writes psutil's pio, with cancelled_write_bytes before the two fields
// of Windows.
func (c ProcessIO) MarshalJSON() ([]byte, error) { return marshalFields(c) }

// String returns "read_count=1 write_count=2 ...".
func (c ProcessIO) String() string {
	return fmt.Sprintf("read_count=%d write_count=%d read_bytes=%d write_bytes=%d read_chars=%d write_chars=%d",
		c.ReadCount, c.WriteCount, c.ReadBytes, c.WriteBytes, c.ReadChars, c.WriteChars)
}

// Since returns what was read and written since an earlier reading of the same
// process. A counter that is smaller than before has started again from 0, and what is
// missing in either reading is missing.
func (c ProcessIO) Since(earlier ProcessIO) ProcessIO {
	return ProcessIO{
		ReadCount: since(c.ReadCount, earlier.ReadCount), WriteCount: since(c.WriteCount, earlier.WriteCount),
		ReadBytes: since(c.ReadBytes, earlier.ReadBytes), WriteBytes: since(c.WriteBytes, earlier.WriteBytes),
		ReadChars: since(c.ReadChars, earlier.ReadChars), WriteChars: since(c.WriteChars, earlier.WriteChars),
		CancelledWriteBytes: since(c.CancelledWriteBytes, earlier.CancelledWriteBytes),
		OtherCount:          since(c.OtherCount, earlier.OtherCount), OtherBytes: since(c.OtherBytes, earlier.OtherBytes),
		Missing: c.Missing.union(earlier.Missing),
	}
}

// since returns now-before of a counter, which counts from zero again when it
// was reset.
func since(now, before uint64) uint64 {
	if now < before {
		return now
	}
	return now - before
}

// IOCounters returns what the process has read and written. Linux: /proc/PID/io, which
// takes the right to trace the process. Windows: the table, which takes none.
func (p Process) IOCounters() (ProcessIO, error) { return p.ioCounters() }

// PageFaults counts pages that were not there when touched. Windows counts in 32 bits,
// which begin again at 0, and does not count those of children, which are missing.
type PageFaults struct {
	Minor         uint64  `json:"minor"` // found in memory
	Major         uint64  `json:"major"` // read from storage
	ChildrenMinor uint64  `json:"children_minor"`
	ChildrenMajor uint64  `json:"children_major"`
	Missing       Missing `json:"-"`
}

// MarshalJSON writes psutil's ppagefaults, with those of the children after it.
func (f PageFaults) MarshalJSON() ([]byte, error) { return marshalFields(f) }

// String returns "minor=1 major=2".
func (f PageFaults) String() string { return fmt.Sprintf("minor=%d major=%d", f.Minor, f.Major) }

// Since returns the faults since an earlier reading of the same process. A counter that
// is smaller than before has started again from 0.
func (f PageFaults) Since(earlier PageFaults) PageFaults {
	return PageFaults{Minor: since(f.Minor, earlier.Minor), Major: since(f.Major, earlier.Major),
		ChildrenMinor: since(f.ChildrenMinor, earlier.ChildrenMinor), ChildrenMajor: since(f.ChildrenMajor, earlier.ChildrenMajor),
		Missing: f.Missing.union(earlier.Missing)}
}

// PageFaults returns the page faults. Linux: /proc/PID/stat. Windows: the table; Major
// are the hard faults, and Minor the others.
func (p Process) PageFaults() (PageFaults, error) { return p.pageFaults() }

// Cgroup is a control group a process is in.
type Cgroup struct {
	Hierarchy   int    `json:"hierarchy"`   // number of it, 0 for cgroup v2
	Controllers string `json:"controllers"` // comma-separated; empty for cgroup v2; "name=..." without controllers
	Path        string `json:"path"`        // below the hierarchy's mount point, as the reader's cgroup namespace sees it
}

// MarshalJSON writes the fields.
func (c Cgroup) MarshalJSON() ([]byte, error) { return marshalFields(c) }

// String returns the line of /proc/PID/cgroup, with the path quoted if need be.
func (c Cgroup) String() string {
	return fmt.Sprintf("%d:%s:%s", c.Hierarchy, c.Controllers, printable(c.Path))
}

// Cgroups returns the control groups of the process, one for each hierarchy,
// in the kernel's order. Linux: /proc/PID/cgroup, cgroups(7). Elsewhere
// [ErrNotSupported].
func (p Process) Cgroups() ([]Cgroup, error) { return p.cgroups() }

// Namespace is a namespace a process is in.
type Namespace struct {
	Type  string `json:"type"`  // "mnt", "net", "pid", ...
	Inode uint64 `json:"inode"` // processes in one namespace have one number
}

// String returns "net:[4026531840]".
func (n Namespace) String() string { return fmt.Sprintf("%s:[%d]", n.Type, n.Inode) }

// Namespaces returns the namespaces of the process, sorted by type. It takes
// the right to trace the process. Linux: the links in /proc/PID/ns,
// namespaces(7). Elsewhere [ErrNotSupported].
func (p Process) Namespaces() ([]Namespace, error) { return p.namespaces() }

// NetConnections returns the sockets of the process, sorted as
// [NetConnections] sorts them, seen in the process's own network namespace.
// [WithoutOwners] changes nothing here, nor does [WithNetNS] on Linux. Linux: the links in
// /proc/PID/fd; and sock_diag(7) if that namespace is the caller's or can be
// entered, or else the tables in /proc/PID/net. Windows: the tables that
// [NetConnections] reads, whole.
func (p Process) NetConnections(kind ConnKind, opts ...ConnOption) ([]Connection, error) {
	q, err := newConnQuery(kind, opts)
	if err != nil {
		return nil, &ProcessError{Op: "net_connections", PID: p.pid, Err: err}
	}
	return p.netConnections(q)
}

// CgroupLimits returns what control groups allow the process: see
// [CgroupLimits]. Linux only: on Windows and elsewhere it is [ErrNotSupported].
func (p Process) CgroupLimits() (CgroupLimit, error) {
	s, err := p.system("cgroup_limits")
	if err != nil {
		return CgroupLimit{}, err
	}
	return s.cgroupLimits(p.pid)
}
