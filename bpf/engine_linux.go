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
	mu     sync.Mutex // of loading
	closed bool
	parts  [2]part
	kernel *kernel // what is known of it so far
	// listOnly does as kernels before 6.2 must, for tests.
	listOnly bool

	noIO      bool // the kernel does not count what processes read and write
	processes *link.Iter
	sockets   socketWalk

	buffers sync.Pool // *[]byte that iterators are read into
	tables  sync.Pool // *processTable
}

// A part is the programs for one kind of thing.
type part struct {
	state      atomic.Int32
	err        error
	collection *ebpf.Collection
}

// States of a part.
const (
	notLoaded = iota
	loaded
	failed
)

// kernel is the types of the running kernel. They take some megabytes, and are kept
// until every part is loaded.
type kernel struct {
	cache *btf.Cache
	types *btf.Spec
}

// loadTime is about what it takes to load a part, and typesTime to read the
// kernel's types before the first one.
const (
	loadTime  = 10 * time.Millisecond
	typesTime = 20 * time.Millisecond
)

func (e *engine) loadCost(n psutil.AcceleratorPart) time.Duration {
	switch {
	case int(n) >= len(e.parts) || e.parts[n].state.Load() != notLoaded:
		return 0
	case e.parts[1-n].state.Load() == loaded:
		return loadTime
	}
	return loadTime + typesTime
}

func (e *engine) load(n psutil.AcceleratorPart) error {
	if int(n) >= len(e.parts) {
		return psutil.ErrNotSupported
	}
	p := &e.parts[n]
	if p.state.Load() == loaded {
		return nil
	}
	e.mu.Lock()
	defer e.mu.Unlock()
	if e.closed {
		return errClosed
	}
	if p.state.Load() == notLoaded {
		state := int32(loaded)
		if p.err = e.loadPart(n); p.err != nil {
			state = failed
			e.unload(n)
		}
		p.state.Store(state)
		if e.parts[1-n].state.Load() != notLoaded {
			e.kernel = nil
		}
	}
	return p.err
}

func (e *engine) loadPart(n psutil.AcceleratorPart) error {
	if e.kernel == nil {
		cache := btf.NewCache()
		types, err := cache.Kernel()
		if err != nil {
			return unavailableBecause(err)
		}
		e.kernel = &kernel{cache, types}
	}
	if n == psutil.AcceleratedProcesses {
		e.noIO = !e.kernel.hasMembers("task_io_accounting", "rchar", "read_bytes")
		if err := e.loadProgram(n, "processes"); err != nil {
			return err
		}
		var err error
		e.processes, err = e.attach(n, "processes")
		return err
	}
	var program string
	switch {
	case !e.listOnly && e.kernel.hasFunction("bpf_rdonly_cast") && e.kernel.hasFunction("bpf_loop"):
		program = "walk_sockets"
	case e.kernel.hasFunction("bpf_sock_from_file"):
		program = "list_sockets"
	default:
		return &UnavailableError{Need: "Linux 5.11", Err: psutil.ErrNotSupported}
	}
	if err := e.loadProgram(n, program); err != nil {
		return err
	}
	return e.sockets.load(e, program)
}

// loadProgram loads one program, and the maps that it uses.
func (e *engine) loadProgram(n psutil.AcceleratorPart, program string) error {
	defer raiseMemlock()()
	spec, err := ebpf.LoadCollectionSpecFromReader(bytes.NewReader(object))
	if err != nil {
		return unavailableBecause(err)
	}
	for name := range spec.Programs {
		if name != program {
			delete(spec.Programs, name)
		}
	}
	if program != "walk_sockets" {
		delete(spec.Maps, "sockets")
	}
	e.parts[n].collection, err = ebpf.NewCollectionWithOptions(spec, ebpf.CollectionOptions{
		Programs: ebpf.ProgramOptions{KernelTypes: e.kernel.types}, Cache: e.kernel.cache,
	})
	if err != nil {
		return unavailableBecause(err)
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
func (k *kernel) hasFunction(name string) bool {
	var f *btf.Func
	return k.types.TypeByName(name, &f) == nil
}

func (k *kernel) hasMembers(name string, members ...string) bool {
	var st *btf.Struct
	if k.types.TypeByName(name, &st) != nil {
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
	if e.parts[psutil.AcceleratedProcesses].state.Load() == loaded && e.noIO {
		return processFields &^ psutil.FieldIOCounters
	}
	return processFields
}

func (e *engine) attach(n psutil.AcceleratorPart, program string) (*link.Iter, error) {
	it, err := link.AttachIter(link.IterOptions{Program: e.parts[n].collection.Programs[program]})
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
	e.kernel = nil
	var errs []error
	for n := range e.parts {
		e.parts[n].err = errClosed
		e.parts[n].state.Store(failed)
		errs = append(errs, e.unload(psutil.AcceleratorPart(n)))
	}
	return errors.Join(errs...)
}

func (e *engine) unload(n psutil.AcceleratorPart) (err error) {
	if n == psutil.AcceleratedSockets {
		err = e.sockets.unload()
	} else if e.processes != nil {
		err = e.processes.Close()
		e.processes = nil
	}
	if c := e.parts[n].collection; c != nil {
		c.Close()
		e.parts[n].collection = nil
	}
	return err
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
