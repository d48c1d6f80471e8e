//go:build amd64 || arm64 || loong64 || mips64 || mips64le || ppc64 || ppc64le || riscv64 || s390x

package bpf

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"maps"
	"os"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"time"
	"unsafe"

	"github.com/cilium/ebpf"
	"github.com/cilium/ebpf/asm"
	"github.com/cilium/ebpf/btf"
	"github.com/cilium/ebpf/link"
	"golang.org/x/sys/unix"

	"github.com/go-psutil/psutil"
)

// engine is the loaded programs.
type engine struct {
	mu     sync.RWMutex // held to load and to close, and for reading meanwhile
	closed bool
	parts  [3]part
	// For tests: listOnly does as kernels before 6.2 must, and noCalls as those without
	// a compiler for programs must.
	listOnly, noCalls bool
	walks             bool // the programs go over what they read themselves

	missing   psutil.Field // what the kernel turned out not to keep
	measured  bool         // it measures CPU times at every switch
	named     bool         // it keeps the names of kernel threads where the program looks
	processes processWalk
	tasks     *link.Iter // lists processes and threads
	sockets   socketWalk

	buffers sync.Pool                    // *[]byte that iterators are read into
	table   atomic.Pointer[processTable] // nil while it is used
}

// A part is the programs for one kind of thing.
type part struct {
	state      atomic.Int32
	err        error
	collection *ebpf.Collection
}

// The parts of the engine: those of psutil.AcceleratorPart, and what lists threads.
const (
	processesPart = int(psutil.AcceleratedProcesses)
	socketsPart   = int(psutil.AcceleratedSockets)
	threadsPart   = 2
)

// States of a part.
const (
	notLoaded = iota
	loaded
	failed
)

// kernel is the types of the running kernel.
type kernel struct {
	types     *btf.Spec             // those that the programs name, or all
	functions map[string]btf.TypeID // of those that they may call
	trimmed   bool                  // types are not all
	cache     *btf.Cache            // of all types, for what does not go by types
}

// loadTime is about what it takes to load a part. Most of it goes to reading the
// kernel's types.
const loadTime = 20 * time.Millisecond

func (e *engine) loadCost(n psutil.AcceleratorPart) time.Duration {
	if int(n) >= threadsPart || e.parts[n].state.Load() != notLoaded {
		return 0
	}
	return loadTime
}

// use loads a part, and keeps it from being closed until e.mu.RUnlock.
func (e *engine) use(n int) error {
	if err := e.load(n); err != nil {
		return err
	}
	e.mu.RLock()
	if e.closed {
		e.mu.RUnlock()
		return errClosed
	}
	return nil
}

func (e *engine) load(n int) error {
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
	}
	return p.err
}

func (e *engine) loadPart(n int) error {
	k, spec, err := readTypes(n)
	if err != nil {
		return unavailableBecause(err)
	}
	err = e.loadPrograms(n, spec, k)
	if err != nil && k.trimmed && !errors.Is(err, psutil.ErrAccessDenied) {
		// Some types that matter may be missing, for a reason that is not known.
		if all, allErr := allTypes(k.cache); allErr == nil {
			_ = e.unload(n)
			err = e.loadPrograms(n, nil, all)
		}
	}
	return err
}

// loadPrograms loads the programs of a part. It uses up spec, which may be nil.
func (e *engine) loadPrograms(n int, spec *ebpf.CollectionSpec, k *kernel) error {
	walks := !e.listOnly && !e.noCalls && k.hasFunction(rdonlyCast) && k.hasFunction("bpf_loop")
	if n == processesPart {
		e.missing, e.measured, e.named = k.missing(), !k.hasMembers("prev_cputime", "utime"), k.namesThreads()
	}
	if walks && n != threadsPart {
		if e.loadWalk(n, spec, k) == nil {
			if n == processesPart {
				e.walks = true
			}
			return nil
		}
		spec = nil
	}
	if n != socketsPart {
		return e.loadList(n, spec, k) // which asks less of the kernel
	}
	if !k.hasFunction("bpf_sock_from_file") {
		return &UnavailableError{Need: "Linux 5.11", Err: psutil.ErrNotSupported}
	}
	if err := e.loadProgram(n, spec, k, "list_sockets"); err != nil {
		return err
	}
	return e.sockets.load(e.parts[n].collection)
}

// loadWalk loads the program that walks over processes or sockets, or nothing.
func (e *engine) loadWalk(n int, spec *ebpf.CollectionSpec, k *kernel) (err error) {
	if n == processesPart {
		err = e.loadProgram(n, spec, k, "walk_tasks", "tasks")
	} else {
		err = e.loadProgram(n, spec, k, "walk_sockets", "sockets")
	}
	switch {
	case err != nil:
	case n == processesPart:
		err = e.processes.load(e.parts[n].collection)
	default:
		err = e.sockets.load(e.parts[n].collection)
	}
	if err != nil {
		return errors.Join(err, e.unload(n))
	}
	return nil
}

// loadList loads the program that lists processes and threads.
func (e *engine) loadList(n int, spec *ebpf.CollectionSpec, k *kernel) (err error) {
	if err := e.loadProgram(n, spec, k, "list_tasks"); err != nil {
		return err
	}
	e.tasks, err = attach(e.parts[n].collection.Programs["list_tasks"])
	return err
}

// functions are those of the kernel that the programs may call.
var functions = []string{rdonlyCast, "bpf_loop", "bpf_sock_from_file"}

// rdonlyCast is the only one of them that is not a helper, and called by its number.
const rdonlyCast = "bpf_rdonly_cast"

// readTypes reads the kernel's types as far as the programs of a part need them, and
// meanwhile the programs.
func readTypes(n int) (k *kernel, spec *ebpf.CollectionSpec, err error) {
	var (
		wg      sync.WaitGroup
		specErr error
		cache   = btf.NewCache()
	)
	wg.Go(func() { spec, specErr = readPrograms() })
	if n == threadsPart {
		k, err = allTypes(cache) // which it takes to attach a program to an iterator
	} else if k, err = neededTypes(cache); err != nil {
		k, err = allTypes(cache)
	}
	wg.Wait()
	return k, spec, errors.Join(err, specErr)
}

func readPrograms() (*ebpf.CollectionSpec, error) {
	return ebpf.LoadCollectionSpecFromReader(bytes.NewReader(object))
}

// neededTypes are the types of the running kernel that the programs name.
func neededTypes(cache *btf.Cache) (*kernel, error) {
	names, err := typeNames(object)
	if err != nil {
		return nil, err
	}
	k := &kernel{cache: cache, trimmed: true}
	return k, withKernelBTF(func(raw []byte) error {
		var types []byte
		if types, k.functions, err = trimTypes(raw, names, functions); err == nil {
			k.types, err = btf.LoadSpecFromReader(bytes.NewReader(types))
		}
		return err
	})
}

// allTypes are all types of the running kernel.
func allTypes(cache *btf.Cache) (k *kernel, err error) {
	k = &kernel{cache: cache, functions: make(map[string]btf.TypeID)}
	if k.types, err = cache.Kernel(); err != nil {
		return nil, err
	}
	for _, name := range functions {
		var f *btf.Func
		if k.types.TypeByName(name, &f) == nil {
			if k.functions[name], err = k.types.TypeID(f); err != nil {
				return nil, err
			}
		}
	}
	return k, nil
}

// loadProgram loads one program of spec, which it uses up and may be nil, and the map of
// records that it uses, if any.
func (e *engine) loadProgram(n int, spec *ebpf.CollectionSpec, k *kernel, program string, records ...string) (err error) {
	defer raiseMemlock()()
	if spec == nil {
		if spec, err = readPrograms(); err != nil {
			return unavailableBecause(err)
		}
	}
	maps.DeleteFunc(spec.Programs, func(name string, _ *ebpf.ProgramSpec) bool { return name != program })
	maps.DeleteFunc(spec.Maps, func(name string, m *ebpf.MapSpec) bool {
		return !strings.HasPrefix(name, ".") && !slices.Contains(records, name)
	})
	load := func() {
		e.parts[n].collection, err = ebpf.NewCollectionWithOptions(spec, ebpf.CollectionOptions{
			Programs: ebpf.ProgramOptions{KernelTypes: k.types}, Cache: k.cache,
		})
	}
	code, listed := spec.Programs[program].Instructions, spec.Programs[program].AttachTo != ""
	switch {
	case !listed:
		k.number(code)
	case e.noCalls:
		uncast(code)
	}
	load()
	if errors.Is(err, enotsupp) && listed && uncast(code) {
		load()
	}
	if err != nil {
		return unavailableBecause(err)
	}
	return nil
}

// enotsupp is ENOTSUPP of linux/errno.h, which is not for user space but gets there.
const enotsupp = unix.Errno(524)

// uncast takes the calls of rdonlyCast out of a program that can do without, and reports
// whether there were any: a kernel without a compiler for programs (JIT) allows none.
func uncast(program asm.Instructions) (changed bool) {
	for i := range program {
		switch call := &program[i]; {
		case call.IsKfuncCall():
			// The pointer as it was.
			*call, changed = asm.Mov.Reg(asm.R0, asm.R1).WithSymbol(call.Symbol()), true
		case call.OpCode.IsDWordLoad() && call.Reference() == rdonlyCast:
			// Whether it is there.
			*call, changed = asm.LoadImm(call.Dst, 0, asm.DWord).WithSymbol(call.Symbol()), true
		}
	}
	return changed
}

// number makes calls of rdonlyCast those of its number. To look it up would take a look
// among all types.
func (k *kernel) number(program asm.Instructions) {
	for i := range program {
		if call := &program[i]; call.IsKfuncCall() && call.Symbol() == "" {
			call.Constant, call.Metadata = int64(k.functions[rdonlyCast]), asm.Metadata{}
		}
	}
}

// mapped returns the memory of a map.
func mapped(m *ebpf.Map, size int) ([]byte, error) {
	page := unix.Getpagesize()
	b, err := unix.Mmap(m.FD(), 0, (size+page-1)&^(page-1), unix.PROT_READ, unix.MAP_SHARED)
	if err != nil {
		return nil, unavailableBecause(err)
	}
	return b[:size:len(b)], nil
}

// unmap gives back what mapped returned, if anything.
func unmap(b []byte) error {
	if b == nil {
		return nil
	}
	return unix.Munmap(b[:cap(b)])
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
func (k *kernel) hasFunction(name string) bool { return k.functions[name] != 0 }

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

// missing are the fields that a kernel built without some options does not keep, or
// keeps where the program does not look.
func (k *kernel) missing() (fields psutil.Field) {
	if !k.hasMembers("task_io_accounting", "rchar", "read_bytes") {
		fields |= psutil.FieldIOCounters
	}
	if !k.hasMembers("task_struct", "thread_info") && !k.hasMembers("task_struct", "cpu") {
		fields |= psutil.FieldCPUNum | psutil.FieldThreads
	}
	return fields
}

// processFields are the fields that the loaded programs tell.
func (e *engine) processFields() psutil.Field {
	fields := processFields
	if e.parts[processesPart].state.Load() == loaded {
		fields &^= e.missing
		if e.walks && e.parts[threadsPart].state.Load() == failed {
			fields &^= psutil.FieldThreads
		}
	}
	return fields
}

// namesThreads reports whether the programs find the names of kernel threads.
func (k *kernel) namesThreads() bool {
	return k.hasMembers("task_struct", "worker_private") && k.hasMembers("kthread", "data", "full_name") &&
		k.hasMembers("worker", "desc", "current_work", "pool")
}

func attach(program *ebpf.Program) (*link.Iter, error) {
	it, err := link.AttachIter(link.IterOptions{Program: program})
	if err != nil {
		return nil, unavailableBecause(err)
	}
	return it, nil
}

// unavailableBecause says which right or feature an error of loading is about.
func unavailableBecause(err error) error {
	var refused *ebpf.VerifierError
	switch {
	case errors.As(err, &refused) && len(refused.Log) > 0: // it was let in, and looked at
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
	var errs []error
	for n := range e.parts {
		e.parts[n].err = errClosed
		e.parts[n].state.Store(failed)
		errs = append(errs, e.unload(n))
	}
	return errors.Join(errs...)
}

func (e *engine) unload(n int) (err error) {
	switch n {
	case processesPart:
		err = e.processes.unload()
	case socketsPart:
		err = e.sockets.unload()
	}
	if c := e.parts[n].collection; c != nil {
		if e.tasks != nil && c.Programs["list_tasks"] != nil {
			err = errors.Join(err, e.tasks.Close())
			e.tasks = nil
		}
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
		// The kernel hands over up to 8 pages at a time, never a part of a record. The
		// last one may lack its end, for which there is room.
		most := 8 * unix.Getpagesize()
		b := make([]byte, most, most+longSocket)
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
