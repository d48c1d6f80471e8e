package bpf

import (
	"fmt"
	"time"

	"github.com/go-psutil/psutil"
)

// An Engine is the [psutil.Accelerator] of this package. It is safe for concurrent
// use.
type Engine struct{ engine }

var _ psutil.Accelerator = (*Engine)(nil)

// New returns an Engine. It loads nothing yet, and fails with a
// [*UnavailableError] if the programs can't be loaded here.
//
// Cost: a few small files are read.
func New() (*Engine, error) {
	for _, r := range Requirements() {
		if !r.Met {
			return nil, &UnavailableError{Need: r.Need, Err: r.err()}
		}
	}
	return new(Engine), nil
}

// Load loads the programs of a part, unless they are; a read does it too. The first
// time it takes some 25 ms of CPU time, most of it to read the kernel's BTF.
func (e *Engine) Load(part psutil.AcceleratorPart) error {
	if part > psutil.AcceleratedSockets {
		return psutil.ErrNotSupported
	}
	return e.load(int(part))
}

// LoadCost is about what Load is going to take, 0 once it was called.
func (e *Engine) LoadCost(part psutil.AcceleratorPart) time.Duration { return e.loadCost(part) }

// ProcessFields are the fields that ReadProcesses tells.
func (e *Engine) ProcessFields() psutil.Field { return e.processFields() }

const processFields = psutil.FieldPID | psutil.FieldPPID | psutil.FieldName | psutil.FieldCreateTime | psutil.FieldStatus |
	psutil.FieldUsername | psutil.FieldUIDs | psutil.FieldGIDs | psutil.FieldTerminal | psutil.FieldPGID | psutil.FieldSID |
	psutil.FieldNice | psutil.FieldCPUNum | psutil.FieldCPUTimes | psutil.FieldCPUPercent | psutil.FieldNumCtxSwitches |
	psutil.FieldNumThreads | psutil.FieldThreads | psutil.FieldIOCounters | psutil.FieldPageFaults | psutil.FieldRSS | psutil.FieldVMS

// ReadProcesses calls each with every process of the caller's PID namespace, in
// order of PID, until it returns false.
//
// Cost: one system call for some hundred processes; a quarter of a microsecond for
// each, and up to three times that where there are more than the processor's caches
// hold. With FieldThreads, and before Linux 6.2, about 1 us a thread. The first call with
// FieldThreads loads another program, which takes some tens of milliseconds more.
func (e *Engine) ReadProcesses(fields psutil.Field, each func(*psutil.ProcessRecord) bool) error {
	return e.readProcesses(fields, each)
}

// FindsAll reports whether ReadProcesses misses no process: of what it lists with
// FieldThreads, and before Linux 6.2, the kernel may leave out some.
func (e *Engine) FindsAll(fields psutil.Field) bool { return e.findsAll(fields) }

// ReadSockets returns a record for every descriptor of every process of the
// caller's PID namespace that stands for a socket, in no order. It may return some
// twice if processes end meanwhile.
//
// Cost: two threads go over all descriptors; about 0.3 us a socket, and much less
// for other files.
func (e *Engine) ReadSockets(q psutil.SocketQuery) (psutil.SocketTable, error) {
	return e.readSockets(q)
}

// Close takes the programs out of the kernel. The Engine is not used any more.
func (e *Engine) Close() error { return e.close() }

// A Requirement is something that the Engine needs.
type Requirement struct {
	Need   string // such as "CAP_BPF"
	Met    bool
	Detail string // what there is instead
	// Enable is the command that would provide it, with PROGRAM for the caller's file,
	// or else what would; empty if nothing does here.
	Enable string
	denied bool // a right, and not a feature
}

func (r *Requirement) err() error {
	kind := psutil.ErrNotSupported
	if r.denied {
		kind = psutil.ErrAccessDenied
	}
	return fmt.Errorf("%w: %s", kind, r.Detail)
}

// Requirements returns what the Engine needs, and what of it there is.
func Requirements() []Requirement { return requirements() }

// An UnavailableError says what the Engine lacks. It is also
// [psutil.ErrAccessDenied] if that is a right, or [psutil.ErrNotSupported].
type UnavailableError struct {
	Need string // such as "CAP_BPF and CAP_PERFMON" or "Linux 5.8"
	Err  error
}

// Error says "bpf: needs Linux 5.8: not supported: this is Linux 4.19".
func (e *UnavailableError) Error() string { return "bpf: needs " + e.Need + ": " + e.Err.Error() }

// Unwrap returns e.Err.
func (e *UnavailableError) Unwrap() error { return e.Err }

// errClosed is the error of an Engine after Close.
var errClosed = fmt.Errorf("bpf: the engine is closed: %w", psutil.ErrNotSupported)
