//go:build amd64 || arm64 || loong64 || mips64 || mips64le || ppc64 || ppc64le || riscv64 || s390x

package bpf

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"
	"slices"
	"sync"
	"sync/atomic"
	"time"
	"unsafe"

	"github.com/cilium/ebpf"
	"github.com/cilium/ebpf/btf"
	"github.com/cilium/ebpf/link"
	"golang.org/x/sys/unix"

	"github.com/go-psutil/psutil"
)

// engine is the loaded programs.
type engine struct {
	mu     sync.Mutex // of loading, and of what follows but for programs
	state  atomic.Int32
	err    error
	closed bool
	// listOnly does as kernels before 6.2 must, for tests.
	listOnly bool

	noIO       bool // the kernel does not count it
	collection *ebpf.Collection
	processes  *link.Iter
	buffers    sync.Pool // *[]byte that iterators are read into

	tables  sync.Pool // *processTable
	sockets socketWalk
}

// States of an engine.
const (
	notLoaded = iota
	loaded
	failed
)

// loadTime is about what loading takes: it depends on the size of the kernel's BTF
// much more than on anything else.
const loadTime = 30 * time.Millisecond

func (e *engine) loadCost() time.Duration {
	if e.state.Load() == notLoaded {
		return loadTime
	}
	return 0
}

func (e *engine) load() error {
	if e.state.Load() == loaded {
		return nil
	}
	e.mu.Lock()
	defer e.mu.Unlock()
	switch {
	case e.closed:
		return errClosed
	case e.state.Load() == notLoaded:
		if e.err = e.loadPrograms(); e.err != nil {
			e.unload()
			e.state.Store(failed)
		} else {
			e.state.Store(loaded)
		}
	}
	return e.err
}

func (e *engine) loadPrograms() error {
	defer raiseMemlock()()
	spec, err := ebpf.LoadCollectionSpecFromReader(bytes.NewReader(object))
	if err != nil {
		return unavailableBecause(err)
	}
	cache := btf.NewCache()
	kernel, err := cache.Kernel()
	if err != nil {
		return unavailableBecause(err)
	}
	walks := !e.listOnly && hasFunction(kernel, "bpf_rdonly_cast") && hasFunction(kernel, "bpf_loop")
	e.noIO = !hasMembers(kernel, "task_io_accounting", "rchar", "read_bytes")
	lists := hasFunction(kernel, "bpf_sock_from_file")
	for name, use := range map[string]bool{
		"processes": true, "walk_sockets0": walks, "walk_sockets1": walks, "list_sockets": lists && !walks,
	} {
		if !use {
			delete(spec.Programs, name)
		}
	}
	if !walks {
		spec.Maps["sockets"].MaxEntries = 1
	}
	e.collection, err = ebpf.NewCollectionWithOptions(spec, ebpf.CollectionOptions{
		Programs: ebpf.ProgramOptions{KernelTypes: kernel},
	})
	if err != nil {
		return unavailableBecause(err)
	}
	if e.processes, err = e.attach("processes"); err != nil {
		return err
	}
	switch {
	case walks:
		return e.sockets.load(e, "walk_sockets0", "walk_sockets1")
	case lists:
		return e.sockets.load(e, "list_sockets")
	}
	return nil
}

// raiseMemlock lets the programs' maps be as large as they are, and returns what
// sets the limit back: before Linux 5.11 they count as locked memory.
func raiseMemlock() func() {
	var limit unix.Rlimit
	if major, minor := release(); major > 5 || major == 5 && minor >= 11 || unix.Getrlimit(unix.RLIMIT_MEMLOCK, &limit) != nil {
		return func() {}
	}
	more := unix.Rlimit{Cur: unix.RLIM_INFINITY, Max: unix.RLIM_INFINITY}
	if unix.Setrlimit(unix.RLIMIT_MEMLOCK, &more) != nil {
		return func() {} // what is lacking is said when a map is made
	}
	return func() { _ = unix.Setrlimit(unix.RLIMIT_MEMLOCK, &limit) }
}

// hasFunction reports whether the kernel has a function, or a helper of programs.
func hasFunction(kernel *btf.Spec, name string) bool {
	var f *btf.Func
	return kernel.TypeByName(name, &f) == nil
}

func hasMembers(kernel *btf.Spec, name string, members ...string) bool {
	var st *btf.Struct
	if kernel.TypeByName(name, &st) != nil {
		return false
	}
	for _, name := range members {
		if !slices.ContainsFunc(st.Members, func(m btf.Member) bool { return m.Name == name }) {
			return false
		}
	}
	return true
}

// processFields are the fields that the loaded programs tell.
func (e *engine) processFields() psutil.Field {
	if e.state.Load() == loaded && e.noIO {
		return processFields &^ psutil.FieldIOCounters
	}
	return processFields
}

func (e *engine) attach(program string) (*link.Iter, error) {
	it, err := link.AttachIter(link.IterOptions{Program: e.collection.Programs[program]})
	if err != nil {
		return nil, unavailableBecause(err)
	}
	return it, nil
}

// unavailableBecause says which right or feature an error of loading is about.
func unavailableBecause(err error) error {
	switch {
	case errors.Is(err, unix.EPERM), errors.Is(err, unix.EACCES):
		return &UnavailableError{Need: "CAP_BPF and CAP_PERFMON", Err: fmt.Errorf("%w: %w", psutil.ErrAccessDenied, err)}
	case errors.Is(err, btf.ErrNotFound), errors.Is(err, os.ErrNotExist):
		return &UnavailableError{Need: "the kernel's BTF", Err: fmt.Errorf("%w: %w", psutil.ErrNotSupported, err)}
	}
	return &UnavailableError{Need: "a kernel that takes the programs", Err: fmt.Errorf("%w: %w", psutil.ErrNotSupported, err)}
}

func (e *engine) close() error {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.closed = true
	e.err = errClosed
	e.state.Store(failed)
	return e.unload()
}

func (e *engine) unload() error {
	var errs []error
	if e.processes != nil {
		errs = append(errs, e.processes.Close())
	}
	errs = append(errs, e.sockets.unload())
	if e.collection != nil {
		e.collection.Close()
	}
	e.processes, e.collection = nil, nil
	return errors.Join(errs...)
}

// read runs an iterator and calls each with what its program wrote, whole records
// at a time.
func (e *engine) read(it *link.Iter, each func(b []byte) error) error {
	r, err := it.Open()
	if err != nil {
		return err
	}
	defer r.Close()
	buf, _ := e.buffers.Get().(*[]byte)
	if buf == nil {
		// The kernel hands over up to 32 KiB at a time, never a part of a record.
		b := make([]byte, 64<<10)
		buf = &b
	}
	defer e.buffers.Put(buf)
	for {
		n, err := r.Read(*buf)
		if n > 0 {
			if err := each((*buf)[:n]); err != nil {
				return err
			}
		}
		switch {
		case errors.Is(err, io.EOF) || n == 0 && err == nil:
			return nil
		case errors.Is(err, unix.EAGAIN): // it has gone over a million things and written nothing
		case err != nil:
			return err
		}
	}
}

// record is the start of b as a struct of the programs; b has one.
func record[T any](b []byte) *T { return (*T)(unsafe.Pointer(unsafe.SliceData(b))) }
