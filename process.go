package psutil

import (
	"cmp"
	"encoding"
	"errors"
	"fmt"
	"iter"
	"os/exec"
	"slices"
	"strconv"
	"strings"
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
// checks once for all it reads.
//
// Methods return a [*ProcessError] that is [ErrNoSuchProcess],
// [ErrZombieProcess], [ErrAccessDenied] or [ErrNotSupported], or holds the
// system's own error.
type Process struct {
	pid   int
	start uint64 // Linux: start time in clock ticks since boot
	sys   *System
}

// NewProcess returns the process with that PID. A zombie counts, and on Linux
// so does the ID of a thread. A negative PID is [ErrInvalid]. Cost on Linux:
// one read of /proc/PID/stat.
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

// Self returns the calling process.
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
// carries a handle from one program to another on the same boot of a machine.
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
// that to it.
func StartCommand(cmd *exec.Cmd) (Process, error) {
	if err := cmd.Start(); err != nil {
		return Process{}, err
	}
	return NewProcess(cmd.Process.Pid)
}

// PID returns the process ID.
func (p Process) PID() int { return p.pid }

// Token returns the kernel's start token, which with the PID identifies the
// process until the machine reboots. Linux: the start time in clock ticks
// since boot, field 22 of proc_pid_stat(5); it does not move when the wall
// clock is set.
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
// is not nil when that can't be told.
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
// it, if its parent has gone; 0 if it has none. Linux: /proc/PID/stat.
func (p Process) PPID() (int, error) { return p.ppid() }

// Parent returns the parent. It is [ErrNoSuchProcess] if there is none, as for
// the first process.
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

// Parents returns the parent, its parent, and so on, nearest first. Processes
// outside the PID namespace are not seen.
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
// nobody's child any more but init's or a subreaper's. Cost: one read of
// /proc/PID/stat of every process, however deep the tree.
func (p Process) Children(recursive bool) ([]Process, error) {
	s, err := p.system("children")
	if err != nil {
		return nil, err
	}
	tree, err := s.processTree()
	if err != nil {
		return nil, &ProcessError{Op: "children", PID: p.pid, Err: err}
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
	return children, nil
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
// the command line when its first argument's base name begins with it.
func (p Process) Name() (string, error) { return p.name() }

// Processes returns an iterator over every process, in order of PID. A process
// that goes meanwhile is passed over. An error is the last thing it yields.
// It is psutil's process_iter without attributes. Linux: one read of
// /proc/PID/stat each.
func Processes() iter.Seq2[Process, error] {
	s, err := defaultSystem()
	if err != nil {
		return func(yield func(Process, error) bool) { yield(Process{}, err) }
	}
	return s.Processes()
}

// Processes is [Processes] of this system.
func (s *System) Processes() iter.Seq2[Process, error] {
	return func(yield func(Process, error) bool) {
		pids, err := s.PIDs()
		if err != nil {
			yield(Process{}, err)
			return
		}
		for _, pid := range pids {
			p, err := s.NewProcess(pid)
			if errors.Is(err, ErrNoSuchProcess) {
				continue
			}
			if !yield(p, err) || err != nil {
				return
			}
		}
	}
}

// PIDs returns the PIDs of the running processes, zombies too, in order.
// Linux: the entries of /proc.
func PIDs() ([]int, error) {
	s, err := defaultSystem()
	if err != nil {
		return nil, err
	}
	return s.PIDs()
}

// PIDs is [PIDs] of this system.
func (s *System) PIDs() ([]int, error) {
	pids, err := s.pids()
	slices.Sort(pids)
	return pids, err
}

// PIDExists reports whether a process has that PID, also one the caller may
// not look into. The ID of a thread that is not a process is false; so is a
// negative number.
func PIDExists(pid int) (bool, error) {
	s, err := defaultSystem()
	if err != nil {
		return false, err
	}
	return s.PIDExists(pid)
}

// PIDExists is [PIDExists] of this system.
func (s *System) PIDExists(pid int) (bool, error) {
	if pid < 0 {
		return false, nil
	}
	return s.pidExists(pid)
}
