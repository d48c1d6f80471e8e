//go:build amd64 || arm64 || loong64 || mips64 || mips64le || ppc64 || ppc64le || riscv64 || s390x

package bpf

import (
	"errors"
	"fmt"
	"runtime"
	"sync"

	"github.com/cilium/ebpf"
)

// walkers is WALKERS of src/psutil.bpf.c: how many may walk at once.
const walkers = 2

// walkState is struct walk_state of src/psutil.bpf.c: where a walker stopped.
type walkState struct {
	Count     uint32
	NextFD    uint32
	Next      uint64
	NextStart uint64
	Since     uint64
	NextPID   uint32
	Steps     uint32
}

// arguments are those of a program that walks from there on, after its number and 1 if
// there are two.
func (s *walkState) arguments(walker, n int) [7]uint64 {
	return [...]uint64{uint64(walker), uint64(n - 1), s.Next, s.NextStart, uint64(s.NextPID), uint64(s.NextFD), s.Since}
}

// A walk is a program that goes over the kernel's processes itself, when it is run,
// and leaves records in memory that is shared with it.
type walk struct {
	program *ebpf.Program
	states  *ebpf.Variable // [walkers]walkState
	records []byte         // of all walkers
}

func (w *walk) load(loaded *ebpf.Collection, program, states, records string, size int) (err error) {
	w.program, w.states = loaded.Programs[program], loaded.Variables[states]
	w.records, err = mapped(loaded.Maps[records], size)
	return err
}

func (w *walk) unload() error {
	err := unmap(w.records)
	*w = walk{}
	return err
}

// run is one of n walkers. It calls take with the number of its records, for which it
// has room, whenever it stops.
func (w *walk) run(walker, n, room int, take func(count int)) error {
	var states [walkers]walkState
	for {
		next, nextFD := states[walker].Next, states[walker].NextFD
		if _, err := w.program.Run(&ebpf.RunOptions{Context: states[walker].arguments(walker, n)}); err != nil {
			return err
		}
		if err := w.states.Get(&states); err != nil {
			return err
		}
		state := &states[walker]
		if int(state.Count) > room {
			return fmt.Errorf("bpf: %d records where %d have room", state.Count, room)
		}
		take(int(state.Count))
		if state.Next == 0 {
			return nil
		}
		if state.Count == 0 && state.Next == next && state.NextFD == nextFD {
			return errors.New("bpf: a walk that does not go on")
		}
	}
}

// each calls f for each of n walkers, at the same time if the program uses several
// processors.
func each(n int, f func(i int)) {
	if runtime.GOMAXPROCS(0) == 1 {
		for i := range n {
			f(i)
		}
		return
	}
	var wg sync.WaitGroup
	for i := 1; i < n; i++ {
		wg.Go(func() { f(i) })
	}
	f(0)
	wg.Wait()
}
