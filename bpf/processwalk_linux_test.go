//go:build amd64 || arm64 || loong64 || mips64 || mips64le || ppc64 || ppc64le || riscv64 || s390x

package bpf

import (
	"bytes"
	"debug/elf"
	"os"
	"os/exec"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"unsafe"

	"github.com/cilium/ebpf"
	"golang.org/x/sys/unix"

	"github.com/go-psutil/psutil"
)

// walkEngine is an engine whose program walks; without one the kernel is too old.
func walkEngine(t *testing.T) *Engine {
	t.Helper()
	e := processEngine(t)
	if !e.walks && mayWalk() {
		t.Fatal("the kernel refuses the program")
	} else if !e.walks {
		t.Skip("before Linux 6.2, or without a compiler for programs")
	}
	return e
}

// TestWalkGoesOn has more processes than there is room for, which one walker and two
// find all, once each.
func TestWalkGoesOn(t *testing.T) {
	e := walkEngine(t)
	const many = walkers*taskCapacity + 100
	sh := exec.Command("sh", "-c", "i=0; while [ $i -lt "+strconv.Itoa(many)+" ]; do sleep 1000 & i=$((i+1)); done; echo; wait")
	sh.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	stdout, err := sh.StdoutPipe()
	must(t, err)
	must(t, sh.Start())
	t.Cleanup(func() { syscall.Kill(-sh.Process.Pid, syscall.SIGKILL); sh.Wait() })
	_, err = stdout.Read(make([]byte, 1))
	must(t, err)
	for n := 1; n <= walkers; n++ {
		var table processTable
		children := make(map[uint32]int)
		for i := range n {
			table.tasks[i], err = e.processes.add(nil, i, n)
			must(t, err)
			for j := range table.tasks[i] {
				if task := &table.tasks[i][j].Task; int(task.PPID) == sh.Process.Pid {
					children[task.TGID]++
				}
			}
		}
		for pid, times := range children {
			if times != 1 {
				t.Errorf("%d walkers found %d %d times", n, pid, times)
			}
		}
		if len(children) != many {
			t.Errorf("%d walkers found %d of %d", n, len(children), many)
		}
		table.sort()
		if pid := func(i int) uint32 { return table.at(table.order[i]).Task.TGID }; !slices.IsSortedFunc(table.order, func(a, b uint64) int {
			return int(table.at(a).Task.TGID) - int(table.at(b).Task.TGID)
		}) || pid(0) == 0 {
			t.Errorf("%d walkers: not in order", n)
		}
	}
	// From here on reads have two walkers.
	for range 2 {
		n := 0
		must(t, e.ReadProcesses(psutil.FieldPID, func(p *psutil.ProcessRecord) bool {
			if int(p.PPID) == sh.Process.Pid {
				n++
			}
			return true
		}))
		if n != many {
			t.Errorf("%d of %d", n, many)
		}
		e.processes.expect = manyProcesses
	}
}

// TestWalkStops has walkers stop after a few steps, also within a process, and go on.
func TestWalkStops(t *testing.T) {
	e := socketEngines(t)["Walk"]
	if e == nil || e.sockets.iter != nil {
		t.Skip("the kernel walks, if anything")
	}
	const many = 600
	want := make([]int32, many)
	for i := range want {
		fd, err := unix.Socket(unix.AF_UNIX, unix.SOCK_DGRAM|unix.SOCK_CLOEXEC, 0)
		must(t, err)
		t.Cleanup(func() { unix.Close(fd) })
		want[i] = int32(fd)
	}
	for _, steps := range []uint32{1, 2, 3, 8192} {
		must(t, e.parts[socketsPart].collection.Variables["most_steps"].Set(steps))
		table, err := e.ReadSockets(psutil.SocketQuery{})
		must(t, err)
		found := make(map[int32]int)
		for _, s := range table.Sockets {
			if int(s.PID) == os.Getpid() {
				found[s.FD]++
			}
		}
		for _, fd := range want {
			if found[fd] != 1 {
				t.Errorf("%d steps: descriptor %d is found %d times", steps, fd, found[fd])
			}
		}
	}
}

// TestWalkGoesOnFromSteps has a walker stop after a few processes.
func TestWalkGoesOnFromSteps(t *testing.T) {
	e := walkEngine(t)
	pids := func() map[uint32]int {
		all, err := e.processes.add(nil, 0, 1)
		must(t, err)
		found := make(map[uint32]int)
		for i := range all {
			found[all[i].Task.TGID]++
		}
		return found
	}
	limit := e.parts[processesPart].collection.Variables["most_steps"]
	for _, steps := range []uint32{1, 2, 7} {
		must(t, limit.Set(uint32(8192)))
		want := pids()
		must(t, limit.Set(steps))
		got := pids()
		must(t, limit.Set(uint32(8192)))
		after := pids()
		for _, pid := range []int{os.Getpid(), os.Getppid()} {
			if got[uint32(pid)] != 1 || want[uint32(pid)] != 1 {
				t.Errorf("%d steps: PID %d is found %d times", steps, pid, got[uint32(pid)])
			}
		}
		for pid := range want {
			if after[pid] != 0 && got[pid] == 0 {
				t.Errorf("%d steps: PID %d is not found", steps, pid)
			}
		}
	}
}

// TestWalkLosesPlace: the process to go on with has gone, or its memory is another's.
// Those that started after it are found all the same, and what is long done is not.
func TestWalkLosesPlace(t *testing.T) {
	e := walkEngine(t)
	all, err := e.processes.add(nil, 0, 1)
	must(t, err)
	var first, self *taskRecord
	for i := range all {
		switch task := &all[i].Task; int(task.TGID) {
		case 1:
			first = task
		case os.Getpid():
			self = task
		}
	}
	if first == nil || self == nil {
		t.Fatalf("neither of PID 1 and %d may be missing in %d", os.Getpid(), len(all))
	}
	// A real place: where a walk of one step stops.
	steps := e.parts[processesPart].collection.Variables["most_steps"]
	must(t, steps.Set(uint32(1)))
	var states [walkers]walkState
	_, err = e.processes.program.Run(&ebpf.RunOptions{Context: (&walkState{}).arguments(0, 1)})
	must(t, err)
	must(t, e.processes.states.Get(&states))
	must(t, steps.Set(uint32(8192)))
	place := states[0]
	if place.Next == 0 || place.NextStart == self.Start {
		t.Fatalf("it stopped at %+v", place)
	}
	for name, lost := range map[string]walkState{
		"NoAddress":    {Next: 8, NextPID: self.TGID, NextStart: self.Start},
		"Faults":       {Next: 0xffff_8000_0000_0000, NextPID: self.TGID, NextStart: self.Start},
		"Unaligned":    {Next: 1<<64 - 1, NextPID: self.TGID, NextStart: self.Start},
		"AnotherPID":   {Next: place.Next, NextPID: place.NextPID + 1, NextStart: self.Start},
		"AnotherStart": {Next: place.Next, NextPID: place.NextPID, NextStart: self.Start},
	} {
		_, err := e.processes.program.Run(&ebpf.RunOptions{Context: lost.arguments(0, 1)})
		must(t, err)
		must(t, e.processes.states.Get(&states))
		found := func(pid uint32) bool {
			return slices.ContainsFunc(unsafe.Slice(record[processRecord](e.processes.records), states[0].Count),
				func(r processRecord) bool { return r.Task.TGID == pid })
		}
		if !found(self.TGID) || self.Start-first.Start > 2e9 && found(first.TGID) {
			t.Errorf("%s: %d processes, self %v, the first one %v", name, states[0].Count, found(self.TGID), found(first.TGID))
		}
		// What was told before stays told when it stops again.
		must(t, steps.Set(uint32(2)))
		for again := lost; ; again = states[0] {
			_, err := e.processes.program.Run(&ebpf.RunOptions{Context: again.arguments(0, 1)})
			must(t, err)
			must(t, e.processes.states.Get(&states))
			if self.Start-first.Start > 2e9 && found(first.TGID) {
				t.Errorf("%s: the first one is found after a stop", name)
			}
			if states[0].Next == 0 {
				break
			}
		}
		must(t, steps.Set(uint32(8192)))
	}
}

// TestWalkRefused: where a kernel does not take the program that walks, that which
// lists answers.
func TestWalkRefused(t *testing.T) {
	walkEngine(t)
	whole := object
	t.Cleanup(func() { object = whole })
	file, err := elf.NewFile(bytes.NewReader(whole))
	must(t, err)
	symbols, err := file.Symbols()
	must(t, err)
	i := slices.IndexFunc(symbols, func(s elf.Symbol) bool { return s.Name == "walk_tasks" })
	if i < 0 {
		t.Fatal("no walk_tasks")
	}
	object = bytes.Clone(whole)
	const exit = 0x95 // of a program that has not said what it returns
	copy(object[file.Sections[symbols[i].Section].Offset+symbols[i].Value:], []byte{exit, 0, 0, 0, 0, 0, 0, 0})
	e := loadEngine(t, new(Engine), psutil.AcceleratedProcesses)
	if e.walks || e.processes.records != nil || e.FindsAll(psutil.FieldPID) {
		t.Fatal("it walks")
	}
	for _, fields := range []psutil.Field{psutil.FieldPID, psutil.FieldThreads} {
		found := false
		must(t, e.ReadProcesses(fields, func(p *psutil.ProcessRecord) bool {
			found = found || int(p.PID) == os.Getpid() && int(p.PPID) == os.Getppid()
			return true
		}))
		if !found {
			t.Error("it does not list its own process")
		}
	}
}

// TestKernelThreadNames: those that the engine tells are those of /proc, and it tells
// them unless they may be cut.
func TestKernelThreadNames(t *testing.T) {
	e := walkEngine(t)
	if !e.named {
		t.Skip("the kernel keeps them elsewhere")
	}
	told, workers := 0, 0
	must(t, e.ReadProcesses(psutil.FieldName, func(p *psutil.ProcessRecord) bool {
		stat, err := os.ReadFile("/proc/" + strconv.Itoa(int(p.PID)) + "/stat")
		if p.Flags&kernelThread == 0 || err != nil {
			return true
		}
		want := string(stat[bytes.IndexByte(stat, '(')+1 : bytes.LastIndexByte(stat, ')')])
		comm, _, _ := strings.Cut(string(p.Comm[:]), "\x00")
		got := comm
		if len(p.FullName) > 0 {
			got = string(p.FullName)
		}
		isWorker := p.Flags&workqueueWorker != 0
		switch {
		case p.Unsettled:
			if !isWorker || len(comm) < 15 {
				t.Errorf("%q is not told", want)
			}
		case got == want:
			told++
		case isWorker && comm == want[:strings.IndexAny(want+"+", "+-")]: // it works on something else by now
			workers++
		default:
			t.Errorf("%q is %q", want, got)
		}
		return true
	}))
	if told < 5 {
		t.Errorf("%d names told, and %d of workers", told, workers)
	}
}
