package nt

import (
	"bytes"
	"encoding/binary"
	"reflect"
	"slices"
	"strings"
	"testing"
)

// listBase is where the buffers of these tests are.
func listBase(pointer int) uint64 { return wide(pointer, 0x7f0000) &^ 0xff }

// processHeader lays out SYSTEM_PROCESS_INFORMATION up to its threads. Step is to the
// next one, and name the address of the name.
func processHeader(p *ProcessInformation, pointer int, step uint32, name uint64) []byte {
	return cstruct(pointer,
		step, p.NumberOfThreads, p.WorkingSetPrivateSize, p.HardFaultCount, p.ThreadsHighWatermark,
		p.CycleTime, p.CreateTime, p.UserTime, p.KernelTime,
		uint16(len(p.ImageName)), uint16(len(p.ImageName)+2), word(name),
		p.BasePriority, word(p.PID), word(p.ParentPID), p.HandleCount, p.SessionID, word(0xabababab),
		word(p.PeakVirtualSize), word(p.VirtualSize), p.PageFaultCount, word(p.PeakWorkingSetSize), word(p.WorkingSetSize),
		word(p.PeakPagedPoolUsage), word(p.PagedPoolUsage), word(p.PeakNonPagedPoolUsage), word(p.NonPagedPoolUsage),
		word(p.PagefileUsage), word(p.PeakPagefileUsage), word(p.PrivatePageCount),
		p.ReadOperationCount, p.WriteOperationCount, p.OtherOperationCount,
		p.ReadTransferCount, p.WriteTransferCount, p.OtherTransferCount)
}

// threadRecord lays out SYSTEM_THREAD_INFORMATION, or
// SYSTEM_EXTENDED_THREAD_INFORMATION.
func threadRecord(t *ThreadInformation, pointer int, extended bool) []byte {
	b := cstruct(pointer,
		t.KernelTime, t.UserTime, t.CreateTime, t.WaitTime, word(t.StartAddress), word(t.PID), word(t.TID),
		t.Priority, t.BasePriority, t.ContextSwitches, uint32(t.State), uint32(t.WaitReason))
	if !extended {
		return b
	}
	return cstruct(pointer, b, word(0xaaaaaaaa), word(0xbbbbbbbb), word(t.Win32StartAddress), word(0xcccccccc), word(0), word(0), word(0))
}

// processList lays out processes, one after the other with a name behind each.
func processList(processes []ProcessInformation, threads [][]ThreadInformation, pointer int, extended bool) []byte {
	var b []byte
	for i := range processes {
		p := &processes[i]
		record := processHeader(p, pointer, 0, 0)
		for j := range threads[i] {
			record = append(record, threadRecord(&threads[i][j], pointer, extended)...)
		}
		var name uint64
		if len(p.ImageName) > 0 {
			name = listBase(pointer) + uint64(len(b)+len(record))
			record = append(record, p.ImageName...)
		}
		var step uint32
		if i+1 < len(processes) {
			record = append(record, make([]byte, -len(record)&7)...)
			step = uint32(len(record))
		}
		copy(record, processHeader(p, pointer, step, name))
		b = append(b, record...)
	}
	return b
}

// sampleProcesses are the idle process, which has no name, one with a number in each
// field that is in no other, and one that is suspended.
func sampleProcesses(pointer int, extended bool) ([]ProcessInformation, [][]ThreadInformation) {
	n := uint64(0x100)
	next := func() uint64 { n++; return n }
	w := func() uint64 { return wide(pointer, next()) }
	d := func() uint32 { return 0x80000000 | uint32(next()) }
	q := func() uint64 { return wide(8, next()) }
	full := ProcessInformation{
		NumberOfThreads: 2, WorkingSetPrivateSize: q(), HardFaultCount: d(), ThreadsHighWatermark: d(), CycleTime: q(),
		CreateTime: int64(q()), UserTime: int64(q()), KernelTime: int64(q()), ImageName: utf16le("Größe 😀.exe"), BasePriority: -int32(next()),
		PID: w(), ParentPID: w(), HandleCount: d(), SessionID: d(), PeakVirtualSize: w(), VirtualSize: w(), PageFaultCount: d(),
		PeakWorkingSetSize: w(), WorkingSetSize: w(), PeakPagedPoolUsage: w(), PagedPoolUsage: w(), PeakNonPagedPoolUsage: w(), NonPagedPoolUsage: w(),
		PagefileUsage: w(), PeakPagefileUsage: w(), PrivatePageCount: w(), ReadOperationCount: q(), WriteOperationCount: q(), OtherOperationCount: q(),
		ReadTransferCount: q(), WriteTransferCount: q(), OtherTransferCount: q(),
	}
	thread := func(state ThreadState, reason WaitReason) ThreadInformation {
		t := ThreadInformation{KernelTime: int64(q()), UserTime: int64(q()), CreateTime: int64(q()), WaitTime: d(), StartAddress: w(), PID: w(), TID: w(),
			Priority: -int32(next()), BasePriority: int32(next()), ContextSwitches: d(), State: state, WaitReason: reason}
		if extended {
			t.Win32StartAddress = w()
		}
		return t
	}
	return []ProcessInformation{
			{NumberOfThreads: 1, HandleCount: 1},
			full,
			{NumberOfThreads: 2, PID: 12, ImageName: utf16le("stopped")},
			{PID: 16, ParentPID: 12, ImageName: utf16le("x")},
		}, [][]ThreadInformation{
			{{State: ThreadRunning}},
			{thread(ThreadWaiting, 6), thread(ThreadReady, WaitSuspended)},
			{thread(5, 5), thread(5, 5)}, // Waiting and Suspended of ntddk.h and wdm.h
			nil,
		}
}

// public is what of a process a caller sees.
func public(p *ProcessInformation) ProcessInformation {
	q := *p
	q.ImageName = bytes.Clone(p.ImageName)
	q.threads, q.stride, q.pointer = nil, 0, 0
	return q
}

// listed gathers processes and their threads.
func listed(b []byte, base uint64, pointer int, extended bool) (processes []ProcessInformation, threads [][]ThreadInformation, errs []error) {
	for p, err := range EachProcess(b, base, pointer, extended) {
		if err != nil {
			errs = append(errs, err)
			continue
		}
		processes = append(processes, public(p))
		threads = append(threads, slices.Collect(p.EachThread()))
	}
	return processes, threads, errs
}

// TestProcessSizes compares the layout of these tests with what the headers' structs
// take, of which those of Chromium and Vergilius are known too.
func TestProcessSizes(t *testing.T) {
	for _, tt := range []struct{ pointer, header, thread, extended int }{{4, 184, 64, 96}, {8, 256, 80, 136}} {
		header := len(processHeader(&ProcessInformation{}, tt.pointer, 0, 0))
		thread := len(threadRecord(&ThreadInformation{}, tt.pointer, false))
		extended := len(threadRecord(&ThreadInformation{}, tt.pointer, true))
		if header != tt.header || thread != tt.thread || extended != tt.extended {
			t.Errorf("pointers of %d bytes: %d, %d, %d; want %+v", tt.pointer, header, thread, extended, tt)
		}
	}
}

// TestProcessOffsets puts numbers where public lists of offsets have the fields.
func TestProcessOffsets(t *testing.T) {
	tests := []struct {
		name       string
		off32      int
		off64      int
		number     uint32
		get        func(p *ProcessInformation) uint64
		fromThread func(t ThreadInformation) uint64
	}{
		{"HardFaultCount", 0x10, 0x10, 1, func(p *ProcessInformation) uint64 { return uint64(p.HardFaultCount) }, nil},
		{"CreateTime", 0x20, 0x20, 2, func(p *ProcessInformation) uint64 { return uint64(p.CreateTime) }, nil},
		{"KernelTime", 0x30, 0x30, 3, func(p *ProcessInformation) uint64 { return uint64(p.KernelTime) }, nil},
		{"BasePriority", 0x40, 0x48, 4, func(p *ProcessInformation) uint64 { return uint64(p.BasePriority) }, nil},
		{"PID", 0x44, 0x50, 5, func(p *ProcessInformation) uint64 { return p.PID }, nil},
		{"ParentPID", 0x48, 0x58, 6, func(p *ProcessInformation) uint64 { return p.ParentPID }, nil},
		{"HandleCount", 0x4c, 0x60, 7, func(p *ProcessInformation) uint64 { return uint64(p.HandleCount) }, nil},
		{"SessionID", 0x50, 0x64, 8, func(p *ProcessInformation) uint64 { return uint64(p.SessionID) }, nil},
		{"PeakVirtualSize", 0x58, 0x70, 9, func(p *ProcessInformation) uint64 { return p.PeakVirtualSize }, nil},
		{"PageFaultCount", 0x60, 0x80, 10, func(p *ProcessInformation) uint64 { return uint64(p.PageFaultCount) }, nil},
		{"WorkingSetSize", 0x68, 0x90, 11, func(p *ProcessInformation) uint64 { return p.WorkingSetSize }, nil},
		{"PagefileUsage", 0x7c, 0xb8, 12, func(p *ProcessInformation) uint64 { return p.PagefileUsage }, nil},
		{"PrivatePageCount", 0x84, 0xc8, 13, func(p *ProcessInformation) uint64 { return p.PrivatePageCount }, nil},
		{"ReadOperationCount", 0x88, 0xd0, 14, func(p *ProcessInformation) uint64 { return p.ReadOperationCount }, nil},
		{"OtherTransferCount", 0xb0, 0xf8, 15, func(p *ProcessInformation) uint64 { return p.OtherTransferCount }, nil},
		{"ThreadWaitTime", 0xb8 + 0x18, 0x100 + 0x18, 16, nil, func(t ThreadInformation) uint64 { return uint64(t.WaitTime) }},
		{"ThreadStartAddress", 0xb8 + 0x1c, 0x100 + 0x20, 17, nil, func(t ThreadInformation) uint64 { return t.StartAddress }},
		{"ThreadPID", 0xb8 + 0x20, 0x100 + 0x28, 18, nil, func(t ThreadInformation) uint64 { return t.PID }},
		{"ThreadTID", 0xb8 + 0x24, 0x100 + 0x30, 19, nil, func(t ThreadInformation) uint64 { return t.TID }},
		{"ThreadPriority", 0xb8 + 0x28, 0x100 + 0x38, 20, nil, func(t ThreadInformation) uint64 { return uint64(t.Priority) }},
		{"ThreadContextSwitches", 0xb8 + 0x30, 0x100 + 0x40, 21, nil, func(t ThreadInformation) uint64 { return uint64(t.ContextSwitches) }},
		{"ThreadState", 0xb8 + 0x34, 0x100 + 0x44, 22, nil, func(t ThreadInformation) uint64 { return uint64(t.State) }},
		{"ThreadWaitReason", 0xb8 + 0x38, 0x100 + 0x48, 23, nil, func(t ThreadInformation) uint64 { return uint64(t.WaitReason) }},
		{"ThreadWin32StartAddress", 0xb8 + 0x48, 0x100 + 0x60, 24, nil, func(t ThreadInformation) uint64 { return t.Win32StartAddress }},
	}
	for name, pointer := range pointers {
		b := make([]byte, len(processHeader(&ProcessInformation{}, pointer, 0, 0))+threadSize(pointer, true))
		binary.LittleEndian.PutUint32(b[4:], 1) // thread
		for _, tt := range tests {
			off := tt.off32
			if pointer == 8 {
				off = tt.off64
			}
			binary.LittleEndian.PutUint32(b[off:], tt.number)
		}
		for p, err := range EachProcess(b, 0, pointer, true) {
			if err != nil {
				t.Fatal(err)
			}
			threads := slices.Collect(p.EachThread())
			if len(threads) != 1 {
				t.Fatalf("%s: %d threads", name, len(threads))
			}
			for _, tt := range tests {
				var got uint64
				if tt.get != nil {
					got = tt.get(p)
				} else {
					got = tt.fromThread(threads[0])
				}
				if got != uint64(tt.number) {
					t.Errorf("%s: %s is %d, want %d", name, tt.name, got, tt.number)
				}
			}
		}
	}
}

func TestEachProcess(t *testing.T) {
	for name, pointer := range pointers {
		for _, extended := range []bool{false, true} {
			if extended {
				name += "Extended"
			}
			t.Run(name, func(t *testing.T) {
				processes, threads := sampleProcesses(pointer, extended)
				b := processList(processes, threads, pointer, extended)
				// The system may fill in less than it was given.
				for _, b := range [][]byte{b, append(slices.Clone(b), make([]byte, 100)...)} {
					got, gotThreads, errs := listed(b, listBase(pointer), pointer, extended)
					if errs != nil || len(got) != len(processes) {
						t.Fatalf("%d processes, errors %v", len(got), errs)
					}
					for i := range processes {
						if want := public(&processes[i]); !reflect.DeepEqual(got[i], want) {
							t.Errorf("process %d\ngot  %+v\nwant %+v", i, got[i], want)
						}
						if !slices.Equal(gotThreads[i], threads[i]) {
							t.Errorf("threads of process %d\ngot  %+v\nwant %+v", i, gotThreads[i], threads[i])
						}
					}
				}
				for range EachProcess(b, listBase(pointer), pointer, extended) {
					break
				}
				for p := range EachProcess(b, listBase(pointer), pointer, extended) {
					for range p.EachThread() {
						break
					}
				}
			})
		}
	}
}

func TestProcessOfThreads(t *testing.T) {
	processes, threads := sampleProcesses(8, false)
	b := processList(processes, threads, 8, false)
	suspended := []bool{false, false, true, false}
	i := 0
	for p, err := range EachProcess(b, listBase(8), 8, false) {
		if err != nil {
			t.Fatal(err)
		}
		var switches uint64
		for _, thread := range threads[i] {
			switches += uint64(thread.ContextSwitches) // more than fits in 32 bits
		}
		if p.Suspended() != suspended[i] || p.ContextSwitches() != switches {
			t.Errorf("process %d: suspended %v, %d switches; want %v, %d", i, p.Suspended(), p.ContextSwitches(), suspended[i], switches)
		}
		i++
	}
}

func TestFindProcess(t *testing.T) {
	processes, threads := sampleProcesses(8, true)
	b := processList(processes, threads, 8, true)
	for i := range processes {
		p, found, err := FindProcess(b, listBase(8), 8, true, processes[i].PID)
		if err != nil || !found || !reflect.DeepEqual(public(p), public(&processes[i])) {
			t.Errorf("process %d: %+v, %v, %v", i, p, found, err)
		}
	}
	if p, found, err := FindProcess(b, listBase(8), 8, true, 99); p != nil || found || err != nil {
		t.Errorf("%+v, %v, %v of none", p, found, err)
	}
	if p, found, err := FindProcess(b[:len(b)-1], listBase(8), 8, true, 16); p != nil || found || err == nil {
		t.Errorf("%+v, %v, %v of a list that was cut", p, found, err)
	}
}

func TestProcessCut(t *testing.T) {
	for _, pointer := range pointers {
		for _, extended := range []bool{false, true} {
			processes, threads := sampleProcesses(pointer, extended)
			b := processList(processes, threads, pointer, extended)
			var ends []int // of each record but the last
			for i := range processes[1:] {
				ends = append(ends, len(processList(processes[:i+2], threads, pointer, extended))-len(processList(processes[i+1:i+2], threads[i+1:], pointer, extended)))
			}
			for n := range b {
				whole := 0
				for _, end := range ends {
					if end < n {
						whole++
					}
				}
				got, _, errs := listed(b[:n:n], listBase(pointer), pointer, extended)
				if len(got) != whole || len(errs) != 1 {
					t.Fatalf("%d of %d bytes: %d processes, want %d; errors %v", n, len(b), len(got), whole, errs)
				}
			}
		}
	}
}

func TestProcessBroken(t *testing.T) {
	processes, threads := sampleProcesses(8, false)
	whole := processList(processes, threads, 8, false)
	second := int(binary.LittleEndian.Uint32(whole))
	tests := []struct {
		name string
		edit func(b []byte)
		base uint64
		rows int
		err  string
	}{
		{"StepWithinHeader", func(b []byte) { b[second] = 255; b[second+1] = 0 }, listBase(8), 1, "next process 255 bytes on"},
		{"StepOfOne", func(b []byte) { b[second], b[second+1] = 1, 0 }, listBase(8), 1, "next process 1 bytes on"},
		{"StepPastTheEnd", func(b []byte) { b[second+3] = 0xff }, listBase(8), 1, "bytes on, of"},
		{"ThreadsRunIntoNextProcess", func(b []byte) { b[second+4] = 3 }, listBase(8), 1, "3 threads in"},
		{"ThreadsWithoutEnd", func(b []byte) { copy(b[second+4:], "\xff\xff\xff\xff") }, listBase(8), 1, "4294967295 threads in"},
		{"NameBeforeBuffer", func([]byte) {}, listBase(8) + 0x1000, 1, "name outside the buffer"},
		{"NameBehindBuffer", func(b []byte) { b[second+56], b[second+57] = 0xff, 0xff }, listBase(8), 1, "name outside the buffer"},
		{"NameNowhere", func(b []byte) { clear(b[second+64 : second+72]) }, listBase(8), 1, "name outside the buffer"},
		{"NameOfTheIdleProcess", func(b []byte) { b[56] = 2 }, listBase(8), 0, "process at 0: name outside the buffer"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			b := slices.Clone(whole)
			tt.edit(b)
			got, _, errs := listed(b, tt.base, 8, false)
			if len(got) != tt.rows || len(errs) != 1 || !strings.Contains(errs[0].Error(), tt.err) {
				t.Errorf("%d processes, errors %v; want %d, %q", len(got), errs, tt.rows, tt.err)
			}
		})
	}
	for _, pointer := range []int{-8, 0, 3, 16} {
		if got, _, errs := listed(whole, listBase(8), pointer, true); got != nil || len(errs) != 1 {
			t.Errorf("pointers of %d bytes: %d processes, errors %v", pointer, len(got), errs)
		}
	}
}

func TestProcessAllocations(t *testing.T) {
	processes, threads := sampleProcesses(8, false)
	b := processList(processes, threads, 8, false)
	n := testing.AllocsPerRun(50, func() {
		for p, err := range EachProcess(b, listBase(8), 8, false) {
			if err != nil {
				t.Fatal(err)
			}
			p.ContextSwitches()
		}
	})
	// One for all of the processes.
	if n > 1 {
		t.Errorf("%v allocations", n)
	}
}

func FuzzEachProcess(f *testing.F) {
	for _, pointer := range pointers {
		for _, extended := range []bool{false, true} {
			processes, threads := sampleProcesses(pointer, extended)
			f.Add(processList(processes, threads, pointer, extended), listBase(pointer), pointer == 8, extended)
		}
	}
	f.Fuzz(func(t *testing.T, b []byte, base uint64, wide, extended bool) {
		pointer, header := 4, 184
		if wide {
			pointer, header = 8, 256
		}
		size, rows, ended := 0, 0, false
		for p, err := range EachProcess(b, base, pointer, extended) {
			if ended {
				t.Fatal("goes on after an error")
			}
			if err != nil {
				ended = true
				continue
			}
			rows++
			if len(p.ImageName) > 0 && !bytes.Contains(b, p.ImageName) {
				t.Fatalf("name % x", p.ImageName)
			}
			n := 0
			for range p.EachThread() {
				n++
			}
			if n != int(p.NumberOfThreads) {
				t.Fatalf("%d threads, %d told", n, p.NumberOfThreads)
			}
			size += header + n*threadSize(pointer, extended)
		}
		if size > len(b) || rows == 0 && !ended {
			t.Fatalf("%d processes of %d bytes in %d", rows, size, len(b))
		}
	})
}
