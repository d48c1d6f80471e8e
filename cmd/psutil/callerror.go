package main

import (
	"context"
	"errors"
	"io/fs"
	"syscall"

	"github.com/go-psutil/psutil"
)

// A callError is an error of a call, by the name of psutil's exception.
type callError struct {
	Type    string `json:"type"`
	PID     *int   `json:"pid"`
	Message string `json:"message"`
	Errno   *int   `json:"errno"`
	err     error
}

func (e *callError) Error() string { return e.Type + ": " + e.Message }
func (e *callError) Unwrap() error { return e.err }

// newCallError names an error. pid is that of the call, if it has one.
func newCallError(err error, pid *int) *callError {
	e := &callError{Type: "OSError", PID: pid, Message: errorText(err), err: err}
	if p, ok := errors.AsType[*psutil.ProcessError](err); ok {
		e.PID = &p.PID
	}
	if errno, ok := errors.AsType[syscall.Errno](err); ok {
		n := int(errno)
		e.Errno = &n
	}
	_, argument := errors.AsType[*argumentError](err)
	switch {
	case argument, errors.Is(err, psutil.ErrInvalid):
		e.Type = "ValueError"
	case errors.Is(err, psutil.ErrZombieProcess): // before ErrNoSuchProcess, which it is too
		e.Type = "ZombieProcess"
	case errors.Is(err, psutil.ErrNoSuchProcess):
		e.Type = "NoSuchProcess"
	case errors.Is(err, context.DeadlineExceeded):
		e.Type = "TimeoutExpired"
	case errors.Is(err, errors.ErrUnsupported):
		e.Type = "NotSupported"
	case errors.Is(err, fs.ErrPermission):
		e.Type = "AccessDenied"
	}
	return e
}

// Why a call that waits was ended.
var (
	errInterrupted = errors.New("interrupted")
	errNoReader    = errors.New("nobody reads the answer any more")
)

// interrupted returns why ctx ended, if it was not by its deadline.
func interrupted(ctx context.Context) error {
	if errors.Is(ctx.Err(), context.Canceled) {
		return context.Cause(ctx)
	}
	return nil
}
