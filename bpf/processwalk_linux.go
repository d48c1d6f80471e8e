//go:build amd64 || arm64 || loong64 || mips64 || mips64le || ppc64 || ppc64le || riscv64 || s390x

package bpf

import (
	"errors"
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

// taskCapacity is TASK_CAPACITY: how many records a walker has room for.
const taskCapacity = 512

// manyProcesses is how many there are at least if a second walker pays off, which
// takes a while to wake up.
const manyProcesses = 2000

// processWalk is the program that walks over the list of processes.
type processWalk struct {
	mu sync.Mutex // of the variables of the program
	walk
	expect int // processes
}

func (w *processWalk) load(loaded *ebpf.Collection) error {
	return w.walk.load(loaded, "walk_tasks", "task_walks", "tasks", walkers*taskCapacity*processSize)
}

// read reads all processes into t.
func (w *processWalk) read(t *processTable) error {
	w.mu.Lock()
	defer w.mu.Unlock()
	n := 1
	if w.expect >= manyProcesses {
		n = min(walkers, runtime.GOMAXPROCS(0))
	}
	var errs [walkers]error
	each(n, func(i int) { t.tasks[i], errs[i] = w.add(t.tasks[i], i, n) })
	w.expect = len(t.tasks[0]) + len(t.tasks[1])
	return errors.Join(errs[:]...)
}

// add is one of n walkers. It appends its records to dst.
func (w *processWalk) add(dst []processRecord, walker, n int) ([]processRecord, error) {
	err := w.run(walker, n, taskCapacity, func(count int) {
		dst = append(dst, unsafe.Slice(record[processRecord](w.records[walker*taskCapacity*processSize:]), count)...)
	})
	return dst, err
}
