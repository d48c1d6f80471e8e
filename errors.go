package psutil

import (
	"context"
	"errors"
	"io/fs"
	"strconv"
	"strings"
)

// The conditions a caller may want to tell apart. Test for them with
// [errors.Is]; what a function returns says more, in a [*ProcessError],
// [*NotSupportedError] or [*ParseError].
var (
	// ErrNoSuchProcess says that there is no process with that PID, or that the
	// process a [Process] stands for has gone, even if its PID is in use again.
	ErrNoSuchProcess error = &kindError{text: "no such process"}
	// ErrZombieProcess says that the process has exited and only waits for its
	// parent to collect its status, so that what was asked for is no longer
	// there. It is also ErrNoSuchProcess.
	ErrZombieProcess error = &kindError{text: "process is a zombie", is: ErrNoSuchProcess}
	// ErrAccessDenied says that the caller lacks the right. It is also
	// [fs.ErrPermission].
	ErrAccessDenied error = &kindError{text: "access denied", is: fs.ErrPermission}
	// ErrNotSupported says that this system, kernel or machine does not have
	// what was asked for. It is also [errors.ErrUnsupported].
	ErrNotSupported error = &kindError{text: "not supported", is: errors.ErrUnsupported}
	// ErrTimeout says that a wait ended before what was waited for. It is also
	// [context.DeadlineExceeded].
	ErrTimeout error = &kindError{text: "timed out", is: context.DeadlineExceeded}
	// ErrInvalid says that an argument has no meaning: a negative PID, an
	// unknown field, an empty set of CPUs. It is also [fs.ErrInvalid].
	ErrInvalid error = &kindError{text: "invalid argument", is: fs.ErrInvalid}
)

// A kindError is one condition, which may also be another.
type kindError struct {
	text string
	is   error
}

func (e *kindError) Error() string { return e.text }

func (e *kindError) Unwrap() error { return e.is }

// A ProcessError says which operation on which process failed. Err is one of
// the conditions above or the system's own error.
type ProcessError struct {
	Op   string // psutil's name of the operation, such as "memory_info"
	PID  int
	Name string // name of the process, when it was known
	Err  error
}

// Error says "process 812 (cron): open_files: access denied".
func (e *ProcessError) Error() string {
	var b strings.Builder
	b.WriteString("process ")
	b.WriteString(strconv.Itoa(e.PID))
	if e.Name != "" {
		b.WriteString(" (" + e.Name + ")")
	}
	if e.Op != "" {
		b.WriteString(": " + e.Op)
	}
	b.WriteString(": " + e.Err.Error())
	return b.String()
}

// Unwrap returns e.Err.
func (e *ProcessError) Unwrap() error { return e.Err }

// A NotSupportedError says what is missing and, where something could provide
// it, what.
type NotSupportedError struct {
	Op   string // what was asked for, such as "sensors_fans"
	Need string // what would provide it, such as "Linux 5.8"; may be empty
}

// Error says "sensors_fans: not supported (needs ...)".
func (e *NotSupportedError) Error() string {
	s := e.Op + ": not supported"
	if e.Need != "" {
		s += " (needs " + e.Need + ")"
	}
	return s
}

// Unwrap returns [ErrNotSupported].
func (e *NotSupportedError) Unwrap() error { return ErrNotSupported }

// A ParseError says that the kernel wrote something this package does not
// understand. A call that returns several rows returns the others beside it.
type ParseError struct {
	File string // such as "/proc/net/tcp"
	Line int    // 1-based, 0 if the file has no lines
	Err  error
}

// Error says "/proc/net/tcp: line 7: ...".
func (e *ParseError) Error() string { return e.File + ": " + e.Err.Error() }

// Unwrap returns e.Err.
func (e *ParseError) Unwrap() error { return e.Err }

// invalid reports a bad argument.
func invalid(op, what string) error { return &argumentError{op, what} }

type argumentError struct{ op, what string }

func (e *argumentError) Error() string { return e.op + ": " + e.what }
func (e *argumentError) Unwrap() error { return ErrInvalid }
