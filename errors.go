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
	ErrNoSuchProcess error = noSuchProcess
	// ErrZombieProcess says that the process has exited and only waits for its
	// parent to collect its status, so that what was asked for is no longer
	// there. It is also ErrNoSuchProcess.
	ErrZombieProcess error = zombieProcess
	// ErrAccessDenied says that the caller lacks the right. It is also
	// [fs.ErrPermission].
	ErrAccessDenied error = accessDenied
	// ErrNotSupported says that this system, kernel or machine does not have
	// what was asked for. It is also [errors.ErrUnsupported].
	ErrNotSupported error = notSupported
	// ErrTimeout says that a wait ended before what was waited for. It is also
	// [context.DeadlineExceeded].
	ErrTimeout error = timedOut
	// ErrInvalid says that an argument has no meaning: a negative PID, an
	// unknown field, a CPU that the machine does not have. It is also [fs.ErrInvalid].
	ErrInvalid error = invalidArgument
)

// A kindError is one condition. It is a number, not a struct that points to
// the condition which it also is: that is another package's variable, and
// copying it would be work at the start of every program.
type kindError uint8

const (
	noSuchProcess kindError = iota
	zombieProcess
	accessDenied
	notSupported
	timedOut
	invalidArgument
)

var kindTexts = [...]string{"no such process", "process is a zombie", "access denied", "not supported", "timed out", "invalid argument"}

func (e kindError) Error() string { return kindTexts[e] }

// Unwrap returns the wider condition that e is a case of.
func (e kindError) Unwrap() error {
	switch e {
	case zombieProcess:
		return ErrNoSuchProcess
	case accessDenied:
		return fs.ErrPermission
	case notSupported:
		return errors.ErrUnsupported
	case timedOut:
		return context.DeadlineExceeded
	case invalidArgument:
		return fs.ErrInvalid
	}
	return nil
}

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
		b.WriteString(" (" + printable(e.Name) + ")")
	}
	text := errorText(e.Err)
	// What Err says of the operation is not said twice, and "process 7: process"
	// says no more than "process 7".
	if e.Op != "" && e.Op != "process" && !strings.HasPrefix(text, e.Op+": ") {
		b.WriteString(": " + e.Op)
	}
	b.WriteString(": " + strings.TrimPrefix(text, "process: "))
	return b.String()
}

// errorText is what an error says, and joined errors on one line.
func errorText(err error) string {
	joined, ok := any(err).(interface{ Unwrap() []error })
	if !ok || err.Error() != errors.Join(joined.Unwrap()...).Error() {
		return err.Error()
	}
	var texts []string
	for _, e := range joined.Unwrap() {
		texts = append(texts, errorText(e))
	}
	return strings.Join(texts, "; ")
}

// printable returns a name that someone chose, a process or an interface,
// quoted if a terminal might obey it.
func printable(name string) string {
	if q := strconv.Quote(name); q[1:len(q)-1] != name {
		return q
	}
	return name
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
	Line int    // number, from 1 on; 0 if the file has no lines
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
