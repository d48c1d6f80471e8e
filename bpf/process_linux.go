//go:build amd64 || arm64 || loong64 || mips64 || mips64le || ppc64 || ppc64le || riscv64 || s390x

package bpf

import (
	"bytes"
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
	Counted                                                  uint32 // threads that Own, the faults and IO are the sums of
	UID, GID                                                 [3]uint32
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
// than the first of each unless their processes have the sums.
type processTable struct {
	tasks   [walkers][]processRecord // what each walker found
	order   []uint64                 // PID, walker and place of each
	threads []threadRecord
	all     []psutil.ThreadRecord
	name    []byte
	// measured and named are those of the engine; named only if it has walked.
	measured, named bool
}

func (e *engine) readProcesses(fields psutil.Field, each func(*psutil.ProcessRecord) bool) error {
	t := e.table.Swap(nil)
	if t == nil {
		t = new(processTable)
	}
	defer e.table.Store(t) // a sync.Pool would lose it with the next garbage
	if err := e.readTable(t, fields); err != nil {
		return err
	}
	var p psutil.ProcessRecord
	rest := t.threads
	for _, place := range t.order {
		r := t.at(place)
		task := &r.Task
		for len(rest) > 0 && rest[0].TGID < task.TGID {
			rest = rest[1:] // of a process that has gone
		}
		n := 0
		for n < len(rest) && rest[n].TGID == task.TGID {
			n++
		}
		t.process(&p, task, rest[:n], fields.Has(psutil.FieldThreads))
		if fields&(psutil.FieldName|psutil.FieldThreads) != 0 && task.Flags&kernelThread != 0 && !t.nameThread(&p, r) {
			p.Unsettled = true
		}
		rest = rest[n:]
		if !each(&p) {
			break
		}
	}
	return nil
}

// findsAll reports whether the program that walks reads the fields.
func (e *engine) findsAll(fields psutil.Field) bool {
	return e.parts[processesPart].state.Load() == loaded && e.walks && !fields.Has(psutil.FieldThreads)
}

// readTable reads all records, sorted.
func (e *engine) readTable(t *processTable, fields psutil.Field) error {
	for i := range t.tasks {
		t.tasks[i] = t.tasks[i][:0]
	}
	t.threads = t.threads[:0]
	if err := e.load(processesPart); err != nil {
		return err
	}
	part := processesPart
	if e.walks && !e.findsAll(fields) {
		part = threadsPart
	}
	if err := e.use(part); err != nil {
		return err
	}
	defer e.mu.RUnlock()
	if fields&^e.processFields() != 0 {
		return &UnavailableError{Need: "a kernel that counts IO and keeps the CPU of a thread with it", Err: psutil.ErrNotSupported}
	}
	walk := e.walks && part == processesPart
	t.measured, t.named = e.measured, e.named && walk
	var err error
	if walk {
		err = e.processes.read(t)
	} else {
		err = e.read(e.tasks, t.add)
	}
	if err != nil {
		return err
	}
	t.sort()
	return nil
}

const (
	placeBits  = 31 // of a place: one of them says whose, the rest which
	walkerBits = 1
)

// at is the record of a place.
func (t *processTable) at(place uint64) *processRecord {
	return &t.tasks[place>>(placeBits-walkerBits)&(walkers-1)][place&(1<<(placeBits-walkerBits)-1)]
}

// sort finds the order. The records are too large to be moved, and mostly are in
// order: processes are listed as they were made.
func (t *processTable) sort() {
	t.order = t.order[:0]
	for walker := range t.tasks {
		for i := range t.tasks[walker] {
			t.order = append(t.order, uint64(t.tasks[walker][i].Task.TGID)<<placeBits|uint64(walker)<<(placeBits-walkerBits)|uint64(i))
		}
	}
	if !slices.IsSorted(t.order) {
		slices.Sort(t.order)
	}
	// A walk that had lost its place may have found some again, or a PID that was used
	// again meanwhile. The last one is what there is.
	last := t.order[:0]
	for i, place := range t.order {
		if i+1 == len(t.order) || t.order[i+1]>>placeBits != place>>placeBits {
			last = append(last, place)
		}
	}
	t.order = last
	sort.Slice(t.threads, func(i, j int) bool {
		a, b := &t.threads[i], &t.threads[j]
		return a.TGID < b.TGID || a.TGID == b.TGID && a.TID < b.TID
	})
}

// add takes records of the program that lists.
func (t *processTable) add(b []byte) error {
	for len(b) >= threadSize {
		r := record[threadRecord](b)
		switch size := int(r.Size); {
		case r.TID == 0: // of no PID in this namespace
		case size == taskSize && size <= len(b):
			t.tasks[0] = append(t.tasks[0], processRecord{Task: *record[taskRecord](b)})
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

// nameThread gives a kernel thread the name that /proc shows, and reports whether it
// is known (fs/proc/array.c proc_task_name).
func (t *processTable) nameThread(p *psutil.ProcessRecord, r *processRecord) bool {
	if !t.named {
		return false
	}
	comm, _, _ := bytes.Cut(r.Task.Comm[:], []byte{0})
	name, _, _ := bytes.Cut(r.KernelName[:], []byte{0})
	switch {
	case r.Task.Flags&workqueueWorker == 0:
		p.FullName = name
	case len(comm) == len(r.Task.Comm)-1:
		return false // since 6.11 it is shown whole
	case len(name) > 0:
		t.name = append(append(t.name[:0], comm...), name...)
		p.FullName = t.name
	}
	return true
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
	p.Unsettled = len(threads)+int(r.Counted) != int(r.NrThreads)
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

// workqueueWorker is PF_WQ_WORKER.
const workqueueWorker = 0x00000020

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
