package nt

import (
	"fmt"
	"iter"

	"github.com/go-psutil/psutil/internal/wire"
)

// ProcessInformation is SYSTEM_PROCESS_INFORMATION, of which
// SystemProcessInformation (5) and SystemExtendedProcessInformation (57) return one
// for each process (ntexapi.h of the Windows SDK and of phnt). Times are in units of
// 100 ns, sizes in bytes.
type ProcessInformation struct {
	NumberOfThreads       uint32
	WorkingSetPrivateSize uint64 // since Windows Vista, as the next three
	HardFaultCount        uint32
	ThreadsHighWatermark  uint32
	CycleTime             uint64
	CreateTime            int64 // since 1601; 0 of the idle process
	UserTime, KernelTime  int64
	ImageName             []byte // UTF-16 without a directory; empty of the idle process
	BasePriority          int32
	PID, ParentPID        uint64
	HandleCount           uint32
	SessionID             uint32
	PeakVirtualSize       uint64
	VirtualSize           uint64
	PageFaultCount        uint32 // wraps
	PeakWorkingSetSize    uint64
	WorkingSetSize        uint64
	PeakPagedPoolUsage    uint64
	PagedPoolUsage        uint64
	PeakNonPagedPoolUsage uint64
	NonPagedPoolUsage     uint64
	PagefileUsage         uint64
	PeakPagefileUsage     uint64
	PrivatePageCount      uint64 // bytes, whatever the name says
	ReadOperationCount    uint64
	WriteOperationCount   uint64
	OtherOperationCount   uint64
	ReadTransferCount     uint64
	WriteTransferCount    uint64
	OtherTransferCount    uint64

	threads []byte
	stride  int
	pointer int
}

// EachProcess iterates over the processes in b, which the system filled in at base.
// Extended says that it was asked for the extended form. The next process takes the
// place of the one before.
func EachProcess(b []byte, base uint64, pointer int, extended bool) iter.Seq2[*ProcessInformation, error] {
	return func(yield func(*ProcessInformation, error) bool) {
		var p ProcessInformation
		for off := 0; ; {
			next, err := p.parse(b, off, base, pointer, extended)
			if err != nil {
				yield(nil, fmt.Errorf("process at %d: %w", off, err))
				return
			}
			if !yield(&p, nil) || next == 0 {
				return
			}
			off = next
		}
	}
}

// FindProcess is the process of EachProcess with a PID, or an error why it could not
// be looked for.
func FindProcess(b []byte, base uint64, pointer int, extended bool, pid uint64) (p *ProcessInformation, found bool, err error) {
	for p, err := range EachProcess(b, base, pointer, extended) {
		if err != nil || p.PID == pid {
			return p, err == nil, err
		}
	}
	return nil, false, nil
}

// parse decodes the record at an offset, and returns that of the next one, 0 for
// none.
func (p *ProcessInformation) parse(b []byte, off int, base uint64, pointer int, extended bool) (next int, err error) {
	rest := b[off:]
	c := wire.New(rest, layout(pointer))
	step := c.U32()
	*p = ProcessInformation{NumberOfThreads: c.U32(), WorkingSetPrivateSize: c.U64(), HardFaultCount: c.U32(), ThreadsHighWatermark: c.U32(),
		CycleTime: c.U64(), CreateTime: c.I64(), UserTime: c.I64(), KernelTime: c.I64()}
	var inside bool
	p.ImageName, inside = unicodeString(&c, b, base)
	p.BasePriority = c.I32()
	c.AlignWord()
	p.PID, p.ParentPID = c.ULong(), c.ULong()
	p.HandleCount, p.SessionID = c.U32(), c.U32()
	c.ULong() // a key
	p.PeakVirtualSize, p.VirtualSize = c.ULong(), c.ULong()
	p.PageFaultCount = c.U32()
	c.AlignWord()
	p.PeakWorkingSetSize, p.WorkingSetSize = c.ULong(), c.ULong()
	p.PeakPagedPoolUsage, p.PagedPoolUsage = c.ULong(), c.ULong()
	p.PeakNonPagedPoolUsage, p.NonPagedPoolUsage = c.ULong(), c.ULong()
	p.PagefileUsage, p.PeakPagefileUsage, p.PrivatePageCount = c.ULong(), c.ULong(), c.ULong()
	c.Align(8)
	p.ReadOperationCount, p.WriteOperationCount, p.OtherOperationCount = c.U64(), c.U64(), c.U64()
	p.ReadTransferCount, p.WriteTransferCount, p.OtherTransferCount = c.U64(), c.U64(), c.U64()
	p.pointer, p.stride = pointer, threadSize(pointer, extended)
	if err := c.Err(); err != nil {
		return 0, err
	}
	if !inside {
		return 0, fmt.Errorf("name outside the buffer")
	}
	end := len(rest)
	if step != 0 {
		// A record that begins before the end of this one would make a loop.
		if uint64(step) < uint64(c.Offset()) || uint64(step) >= uint64(len(rest)) {
			return 0, fmt.Errorf("next process %d bytes on, of %d", step, len(rest))
		}
		end, next = int(step), off+int(step)
	}
	c = wire.New(rest[c.Offset():end], layout(pointer))
	if uint64(p.NumberOfThreads)*uint64(p.stride) > uint64(c.Len()) {
		return 0, fmt.Errorf("%d threads in %d bytes", p.NumberOfThreads, c.Len())
	}
	p.threads = c.Bytes(int(p.NumberOfThreads) * p.stride)
	return next, nil
}

// ThreadInformation is SYSTEM_THREAD_INFORMATION, or the part of
// SYSTEM_EXTENDED_THREAD_INFORMATION that is the same.
type ThreadInformation struct {
	KernelTime, UserTime int64
	CreateTime           int64
	WaitTime             uint32 // ticks, when it began to wait
	StartAddress         uint64 // in the kernel or ntdll, mostly; see Win32StartAddress
	PID, TID             uint64
	Priority             int32
	BasePriority         int32
	ContextSwitches      uint32 // wraps
	State                ThreadState
	WaitReason           WaitReason
	Win32StartAddress    uint64 // of the extended form
}

// ThreadState is KTHREAD_STATE.
type ThreadState uint32

// The states of threads.
const (
	ThreadInitialized ThreadState = iota
	ThreadReady
	ThreadRunning
	ThreadStandby
	ThreadTerminated
	ThreadWaiting
	ThreadTransition
	ThreadDeferredReady
	ThreadGateWait
	ThreadWaitingForProcessInSwap
)

// WaitReason is KWAIT_REASON.
type WaitReason uint32

// WaitSuspended is the reason of a thread that was suspended.
const WaitSuspended WaitReason = 5

// Suspended reports whether the thread waits until it is resumed.
func (t *ThreadInformation) Suspended() bool {
	return t.State == ThreadWaiting && t.WaitReason == WaitSuspended
}

// threadSize is the size of a thread's record.
func threadSize(pointer int, extended bool) int {
	switch {
	case pointer == 8 && extended:
		return 136
	case pointer == 8:
		return 80
	case extended:
		return 96
	}
	return 64
}

// EachThread iterates over the threads of the process.
func (p *ProcessInformation) EachThread() iter.Seq[ThreadInformation] {
	return func(yield func(ThreadInformation) bool) {
		for b := p.threads; len(b) >= p.stride && p.stride > 0; b = b[p.stride:] {
			if !yield(parseThread(b[:p.stride], p.pointer)) {
				return
			}
		}
	}
}

// parseThread decodes a record of the right size.
func parseThread(b []byte, pointer int) ThreadInformation {
	c := wire.New(b, layout(pointer))
	t := ThreadInformation{KernelTime: c.I64(), UserTime: c.I64(), CreateTime: c.I64(), WaitTime: c.U32()}
	c.AlignWord()
	t.StartAddress, t.PID, t.TID = c.ULong(), c.ULong(), c.ULong()
	t.Priority, t.BasePriority = c.I32(), c.I32()
	t.ContextSwitches, t.State, t.WaitReason = c.U32(), ThreadState(c.U32()), WaitReason(c.U32())
	if len(b) > threadSize(pointer, false) {
		// The extended form aligns what follows as the plain one ends.
		c.Seek(threadSize(pointer, false))
		c.ULong() // the stack
		c.ULong()
		t.Win32StartAddress = c.ULong()
	}
	return t
}

// Suspended reports whether all threads of the process are, and it has any: what
// Task Manager calls suspended.
func (p *ProcessInformation) Suspended() bool {
	for t := range p.EachThread() {
		if !t.Suspended() {
			return false
		}
	}
	return p.NumberOfThreads > 0
}

// ContextSwitches is the sum of those of the threads that are there.
func (p *ProcessInformation) ContextSwitches() (n uint64) {
	for t := range p.EachThread() {
		n += uint64(t.ContextSwitches)
	}
	return n
}
