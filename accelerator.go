package psutil

import (
	"reflect"
	"time"
)

// An Accelerator reads all processes or sockets of the running kernel by another
// way than the files of /proc, and faster. [WithAccelerator] gives it to a
// [System], which asks it where that pays and gives the same answers with it and
// without, but for what the Accelerator says that it can't know. Package
// github.com/go-psutil/psutil/bpf has one, for Linux. The interface may grow with
// it: it is not under the promise of compatibility that the rest of this package is.
//
// An Accelerator is safe for concurrent use. Its errors are the package's own: one
// that can't be used here is [ErrNotSupported] or [ErrAccessDenied], and says what
// is missing; the System then does without it. After other errors it is asked again,
// a few times.
type Accelerator interface {
	// LoadCost is about how long the first read of a part is going to take longer
	// than others, to make the accelerator ready for it; 0 if it is.
	LoadCost(part AcceleratorPart) time.Duration
	// ProcessFields are the fields that a ProcessRecord tells. They may become fewer
	// when the part is loaded, but not more.
	ProcessFields() Field
	// ReadProcesses calls each with every process of the caller's PID namespace, in
	// order of PID, until it returns false. The record is valid until each returns.
	// Fields that it does not tell are ErrNotSupported.
	ReadProcesses(fields Field, each func(*ProcessRecord) bool) error
	// FindsAll reports whether ReadProcesses, asked for fields, misses no process. If it
	// may, or /proc hides some of them, they are listed from /proc as well.
	FindsAll(fields Field) bool
	// ReadSockets returns a record for every descriptor of every process of the
	// caller's PID namespace that stands for a socket, in no order.
	ReadSockets(q SocketQuery) (SocketTable, error)
}

// AcceleratorPart is one of the things that an [Accelerator] reads.
type AcceleratorPart uint8

// The parts of an Accelerator.
const (
	AcceleratedProcesses AcceleratorPart = iota // ReadProcesses: Snapshot and Sampler
	AcceleratedSockets                          // ReadSockets: NetConnections, and what asks for the owners of sockets
	acceleratorParts
)

// WithAccelerator makes bulk calls use an accelerator where it pays: when what it
// has saved so far, or will save now, makes up for loading it. It is not used
// below another root, nor by a program whose /proc is of another PID namespace, and
// not again for what it can't do here. Nil is none, and the default. Linux; ignored
// elsewhere.
func WithAccelerator(a Accelerator) Option { return acceleratorOption{a} }

type acceleratorOption struct{ a Accelerator }

func (o acceleratorOption) apply(c config) config {
	c.accelerator = o.a
	// A nil *bpf.Engine, which New returns beside an error, is none either.
	if v := reflect.ValueOf(o.a); v.Kind() == reflect.Pointer && v.IsNil() {
		c.accelerator = nil
	}
	return c
}

// ProcessRecord is what an [Accelerator] tells of a process, in the kernel's own
// units: those of /proc/PID/stat, proc_pid_stat(5).
type ProcessRecord struct {
	PID, PPID, PGID, SID int32
	Comm                 [16]byte // ends with a NUL
	// FullName is the name in /proc/PID/stat if it is not Comm: that of a kernel thread
	// may be longer. It is valid until the function that got the record returns.
	FullName   []byte
	State      byte   // the letter in /proc/PID/stat
	TTY        int32  // number of the device, tty_nr
	Flags      uint32 // PF_* bits of linux/sched.h
	Nice       int32  // a number, -20 to 19
	NumThreads int32
	CPU        int32  // that it last ran on
	Start      uint64 // clock ticks, see [Process.Token]
	// Unsettled says that the record may not be what /proc tells: a thread ended
	// while it was made, so that its sums may lack some, or the name of a kernel
	// thread is not known. The process is then read from /proc.
	Unsettled bool
	// CPU times, clock ticks.
	User, System, ChildrenUser, ChildrenSystem, IOWait uint64
	Faults                                             PageFaults
	VMS                                                uint64 // bytes
	ArgStart, ArgEnd                                   uint64 // addresses of the command line
	RSS                                                uint64 // pages
	UIDs, GIDs                                         UserIDs
	CtxSwitches                                        CtxSwitches // of the first thread
	IO                                                 ProcessIO
	Threads                                            []ThreadRecord // sorted by TID; only if FieldThreads is asked for
}

// ThreadRecord is what an [Accelerator] tells of a thread, in the same units: times are
// clock ticks.
type ThreadRecord struct {
	TID          int32
	Comm         [16]byte
	State        byte
	CPU          int32
	Start        uint64
	User, System uint64
}

// SocketQuery is what an [Accelerator] is asked of sockets.
type SocketQuery struct {
	// TCP asks for all that there is to know of the sockets of TCP. Of others, and
	// without it, a record has Inode, NetNS, PID and FD only.
	TCP     bool
	TCPInfo bool // with TCP, also for SocketTable.TCP
	// Expect is about how many there are, as far as the caller knows.
	Expect int
}

// SocketTable is the answer.
type SocketTable struct {
	Sockets []SocketRecord
	TCP     []TCPInfo // of each socket, in the same order, if that was asked for
}

// SocketRecord is a socket, or a descriptor that stands for one, without anything
// that the garbage collector has to follow.
type SocketRecord struct {
	PID, FD               int32 // -1 for none
	Kind                  ConnKind
	State                 ConnState
	Type                  SocketType
	Listening             bool
	LocalPort, RemotePort uint16
	Local, Remote         [16]byte // of IPv4 the first four
	UID                   int64    // -1 if not known
	Inode                 uint64
	Cookie                uint64
	NetNS                 NetNS
	CgroupID              uint64
	RecvQ, SendQ          uint32

	// What has no room here, and is in the socketSet.
	unix, tcp int32 // places in a socketSet that count from 1
}
