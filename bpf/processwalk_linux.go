//go:build amd64 || arm64 || loong64 || mips64 || mips64le || ppc64 || ppc64le || riscv64 || s390x

package bpf

import (
	"errors"
	"fmt"
	"runtime"
	"sync"
	"unsafe"

	"github.com/cilium/ebpf"
)

// processRecord is struct process_record of src/psutil.bpf.c.
type processRecord struct {
	Task       taskRecord
	KernelName [64]byte
}

const processSize = int(unsafe.Sizeof(processRecord{}))

// What the walkers of processes share their work by: TASK_WALKERS and TASK_CAPACITY.
const (
	taskWalkers  = 2
	taskCapacity = 512
)

// manyProcesses is how many there are at least if a second walker pays off, which
// takes a while to wake up.
const manyProcesses = 2000

// taskWalkState is struct task_walk_state.
type taskWalkState struct {
	Count     uint32
	NextPID   uint32
	Next      uint64
	NextStart uint64
}

// processWalk is the program that walks over the list of processes.
type processWalk struct {
	mu      sync.Mutex // of the variables of the program
	program *ebpf.Program
	records []byte // of the map that walkers write to
	states  [taskWalkers]*ebpf.Variable
	expect  int // processes
}

func (w *processWalk) load(loaded *ebpf.Collection) (err error) {
	w.states = [taskWalkers]*ebpf.Variable{loaded.Variables["tasks0"], loaded.Variables["tasks1"]}
	if w.records, err = mapped(loaded.Maps["tasks"], taskWalkers*taskCapacity*processSize); err != nil {
		return err
	}
	w.program = loaded.Programs["walk_tasks"]
	return nil
}

func (w *processWalk) unload() error {
	err := unmap(w.records)
	w.records, w.program = nil, nil
	return err
}

// read reads all processes into t.
func (w *processWalk) read(t *processTable) error {
	w.mu.Lock()
	defer w.mu.Unlock()
	walkers := 1
	if w.expect >= manyProcesses {
		walkers = min(taskWalkers, runtime.GOMAXPROCS(0))
	}
	var errs [taskWalkers]error
	each(walkers, func(i int) { t.tasks[i], errs[i] = w.walk(t.tasks[i], i, walkers) })
	w.expect = len(t.tasks[0]) + len(t.tasks[1])
	return errors.Join(errs[:]...)
}

// walk is one of so many walkers. It appends its records to dst.
func (w *processWalk) walk(dst []processRecord, walker, walkers int) ([]processRecord, error) {
	var (
		state   taskWalkState
		records = w.records[walker*taskCapacity*processSize:]
		run     = ebpf.RunOptions{Context: [2]uint64{uint64(walker), uint64(walkers - 1)}}
	)
	for {
		state.Count = 0
		if err := w.states[walker].Set(&state); err != nil {
			return dst, err
		}
		if _, err := w.program.Run(&run); err != nil {
			return dst, err
		}
		if err := w.states[walker].Get(&state); err != nil {
			return dst, err
		}
		if state.Count > taskCapacity {
			return dst, fmt.Errorf("bpf: %d records where %d have room", state.Count, taskCapacity)
		}
		dst = append(dst, unsafe.Slice(record[processRecord](records), state.Count)...)
		if state.Next == 0 {
			return dst, nil
		}
	}
}
