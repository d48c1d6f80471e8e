//go:build !unix

package psutil

import "syscall"

// Numbers that stand for what Suspend and Resume do; these systems have no such
// signals.
const (
	sigStop = syscall.Signal(19)
	sigCont = syscall.Signal(18)
)
