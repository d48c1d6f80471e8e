//go:build unix

package main

import (
	"syscall"

	"golang.org/x/sys/unix"
)

// signalNumber returns the signal of that name, 0 if there is none.
func signalNumber(name string) syscall.Signal { return unix.SignalNum(name) }
