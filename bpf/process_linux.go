//go:build amd64 || arm64 || loong64 || mips64 || mips64le || ppc64 || ppc64le || riscv64 || s390x

package bpf

import (
	"cmp"
	"fmt"
	"math/bits"
	"slices"
	"sort"
	"unsafe"

	"golang.org/x/sys/unix"

	"github.com/go-psutil/psutil"
)

// ioRecord is struct io of src/psutil.bpf.c.
type ioRecord struct {
	RChar, WChar, SyscR, SyscW, ReadBytes, WriteBytes, CancelledWriteBytes uint64
}

// timesRecord is struct times.
type timesRecord struct {
	UTime, STime, Runtime, PrevUTime, PrevSTime uint64
}

// threadRecord is the part of struct task_record that every thread has.
type threadRecord struct {
	Size             uint32
	TGID, TID        uint32
	State, ExitState uint32
	CPU              uint32
	Start            uint64
	Own              timesRecord
	SigRuntime       uint64
	MinFlt, MajFlt   uint64
	IO               ioRecord
	Comm             [16]byte
}

// taskRecord is struct task_record.
type taskRecord struct {
	threadRecord
	PPID, PGID, SID                                          uint32
	TTY                                                      uint32
	Flags                                                    uint32
	StaticPrio                                               int32
	NrThreads                                                uint32
	UID, GID                                                 [3]uint32
	_                                                        uint32
	SigUTime, SigSTime, PrevUTime, PrevSTime, CUTime, CSTime uint64
	BlkIODelay                                               uint64
	SigMinFlt, SigMajFlt, CMinFlt, CMajFlt                   uint64
	NVCSw, NIvCSw                                            uint64
	TotalVM                                                  uint64
	ArgStart, ArgEnd                                         uint64
	RSS                                                      [3]int64
	SigIO                                                    ioRecord
}

const (
	threadSize = int(unsafe.Sizeof(threadRecord{}))
	taskSize   = int(unsafe.Sizeof(taskRecord{}))
)

// processTable is the records of one pass: the processes, and the threads other
// than the first of each.
type processTable struct {
	tasks   []taskRecord
	threads []threadRecord
	all     []psutil.ThreadRecord
	// measured is that of the engine.
	measured bool
}

func (e *engine) readProcesses(fields psutil.Field, each func(*psutil.ProcessRecord) bool) error {
	t := e.table.Swap(nil)
	if t == nil {
		t = new(processTable)
	}
	defer e.table.Store(t) // a sync.Pool would lose it with the next garbage
	t.tasks, t.threads = t.tasks[:0], t.threads[:0]
	if err := e.readTable(t, fields); err != nil {
		return err
	}
	var p psutil.ProcessRecord
	rest := t.threads
	for i := range t.tasks {
		task := &t.tasks[i]
		for len(rest) > 0 && rest[0].TGID < task.TGID {
			rest = rest[1:] // of a process that has gone
		}
		n := 0
		for n < len(rest) && rest[n].TGID == task.TGID {
			n++
		}
		t.process(&p, task, rest[:n], fields.Has(psutil.FieldThreads))
		if fields&(psutil.FieldName|psutil.FieldThreads) != 0 && task.Flags&kernelThread != 0 {
			p.Unsettled = true
		}
		rest = rest[n:]
		if !each(&p) {
			break
		}
	}
	return nil
}

// readTable reads all records, sorted.
func (e *engine) readTable(t *processTable, fields psutil.Field) error {
	if err := e.use(psutil.AcceleratedProcesses); err != nil {
		return err
	}
	defer e.mu.RUnlock()
	if fields&^e.processFields() != 0 {
		return &UnavailableError{Need: "a kernel that counts IO and keeps the CPU of a thread with it", Err: psutil.ErrNotSupported}
	}
	if err := e.read(e.processes, t.add); err != nil {
		return err
	}
	// They come in order of PID already, but for those that started meanwhile, and
	// are too large to be copied for each comparison.
	byPID := func(i, j int) bool { return t.tasks[i].TGID < t.tasks[j].TGID }
	if !sort.SliceIsSorted(t.tasks, byPID) {
		sort.Slice(t.tasks, byPID)
	}
	sort.Slice(t.threads, func(i, j int) bool {
		a, b := &t.threads[i], &t.threads[j]
		return a.TGID < b.TGID || a.TGID == b.TGID && a.TID < b.TID
	})
	t.measured = e.measured
	return nil
}

// add takes records of the program.
func (t *processTable) add(b []byte) error {
	for len(b) >= threadSize {
		r := record[threadRecord](b)
		switch size := int(r.Size); {
		case r.TID == 0: // of no PID in this namespace
		case size == taskSize && size <= len(b):
			t.tasks = append(t.tasks, *record[taskRecord](b))
		case size == threadSize:
			t.threads = append(t.threads, *r)
		}
		if r.Size < uint32(threadSize) || int(r.Size) > len(b) {
			return fmt.Errorf("bpf: a record of %d bytes", r.Size)
		}
		b = b[r.Size:]
	}
	return nil
}

// process puts together what the kernel keeps by thread.
func (t *processTable) process(p *psutil.ProcessRecord, r *taskRecord, threads []threadRecord, withThreads bool) {
	*p = psutil.ProcessRecord{
		PID: int32(r.TGID), PPID: int32(r.PPID), PGID: int32(r.PGID), SID: int32(r.SID), Comm: r.Comm,
		State: stateLetter(r.State, r.ExitState), TTY: int32(r.TTY), Flags: r.Flags, Nice: r.StaticPrio - defaultPrio,
		NumThreads: int32(r.NrThreads), CPU: int32(r.CPU), Start: ticks(r.Start),
		ChildrenUser: ticks(r.CUTime), ChildrenSystem: ticks(r.CSTime), IOWait: ticks(r.BlkIODelay),
		Faults: psutil.PageFaults{Minor: r.SigMinFlt + r.MinFlt, Major: r.SigMajFlt + r.MajFlt, ChildrenMinor: r.CMinFlt, ChildrenMajor: r.CMajFlt},
		VMS:    r.TotalVM * pageSize(), ArgStart: r.ArgStart, ArgEnd: r.ArgEnd,
		UIDs: psutil.UserIDs{Real: r.UID[0], Effective: r.UID[1], Saved: r.UID[2]}, GIDs: psutil.UserIDs{Real: r.GID[0], Effective: r.GID[1], Saved: r.GID[2]},
		CtxSwitches: psutil.CtxSwitches{Voluntary: r.NVCSw, Involuntary: r.NIvCSw},
	}
	for _, pages := range r.RSS {
		p.RSS += uint64(max(0, pages))
	}
	group := timesRecord{r.SigUTime + r.Own.UTime, r.SigSTime + r.Own.STime, r.SigRuntime + r.Own.Runtime, r.PrevUTime, r.PrevSTime}
	io := r.SigIO
	io.plus(&r.IO)
	// If a thread has ended since its process was read, its share is in neither.
	p.Unsettled = len(threads)+1 != int(r.NrThreads)
	for i := range threads {
		th := &threads[i]
		group.UTime += th.Own.UTime
		group.STime += th.Own.STime
		group.Runtime += th.Own.Runtime
		p.Faults.Minor += th.MinFlt
		p.Faults.Major += th.MajFlt
		io.plus(&th.IO)
		p.Unsettled = p.Unsettled || th.SigRuntime != r.SigRuntime
	}
	p.User, p.System = t.ticks(group)
	p.IO = psutil.ProcessIO{ReadCount: io.SyscR, WriteCount: io.SyscW, ReadBytes: io.ReadBytes, WriteBytes: io.WriteBytes,
		ReadChars: io.RChar, WriteChars: io.WChar, CancelledWriteBytes: io.CancelledWriteBytes,
		Missing: "other_count,other_bytes"}
	if !withThreads {
		return
	}
	t.all = append(t.all[:0], t.thread(&r.threadRecord))
	for i := range threads {
		t.all = append(t.all, t.thread(&threads[i]))
	}
	slices.SortFunc(t.all, func(a, b psutil.ThreadRecord) int { return cmp.Compare(a.TID, b.TID) })
	p.Threads = t.all
}

func (t *processTable) thread(r *threadRecord) psutil.ThreadRecord {
	th := psutil.ThreadRecord{TID: int32(r.TID), Comm: r.Comm, State: stateLetter(r.State, r.ExitState), CPU: int32(r.CPU), Start: ticks(r.Start)}
	th.User, th.System = t.ticks(r.Own)
	return th
}

func (io *ioRecord) plus(more *ioRecord) {
	io.RChar += more.RChar
	io.WChar += more.WChar
	io.SyscR += more.SyscR
	io.SyscW += more.SyscW
	io.ReadBytes += more.ReadBytes
	io.WriteBytes += more.WriteBytes
	io.CancelledWriteBytes += more.CancelledWriteBytes
}

// ticks returns the CPU times that /proc shows: where the kernel measures every
// switch there is nothing to adjust.
func (t *processTable) ticks(times timesRecord) (user, system uint64) {
	if t.measured {
		return ticks(times.UTime), ticks(times.STime)
	}
	return times.adjusted()
}

// adjusted returns the clock ticks' share of the exact run time, never less than
// what was shown before (kernel/sched/cputime.c cputime_adjust).
func (t timesRecord) adjusted() (user, system uint64) {
	if t.PrevUTime+t.PrevSTime >= t.Runtime {
		return ticks(t.PrevUTime), ticks(t.PrevSTime)
	}
	utime, stime := t.UTime, t.STime
	switch {
	case stime == 0:
	case utime == 0:
		stime = t.Runtime
	default:
		if hi, lo := bits.Mul64(stime, t.Runtime); hi < stime+utime {
			stime, _ = bits.Div64(hi, lo, stime+utime)
		}
		stime = min(stime, t.Runtime)
	}
	stime = max(stime, t.PrevSTime)
	utime = t.Runtime - stime
	if utime < t.PrevUTime {
		utime = t.PrevUTime
		stime = t.Runtime - utime
	}
	return ticks(utime), ticks(stime)
}

// kernelThread is PF_KTHREAD of linux/sched.h. /proc shows for one a name that the
// kernel keeps elsewhere, with what a worker works on.
const kernelThread = 0x00200000

// defaultPrio is DEFAULT_PRIO of linux/sched/prio.h.
const defaultPrio = 120

// ticks converts nanoseconds to the clock ticks of /proc, 100 a second everywhere.
func ticks(ns uint64) uint64 { return ns / 10_000_000 }

func pageSize() uint64 { return uint64(unix.Getpagesize()) }

// stateLetter is what /proc/PID/stat shows (fs/proc/array.c get_task_state,
// linux/sched.h task_state_index).
func stateLetter(state, exitState uint32) byte {
	const (
		report          = 0x7f
		uninterruptible = 0x02
		noload          = 0x400
		idle            = uninterruptible | noload
		rtlockWait      = 0x1000
		frozen          = 0x8000
		letters         = "RSDTtXZPI"
	)
	shown := (state | exitState) & report
	switch {
	case state&idle == idle:
		shown = report + 1
	case state&(rtlockWait|frozen) != 0:
		shown = uninterruptible
	}
	return letters[bits.Len32(shown)]
}
