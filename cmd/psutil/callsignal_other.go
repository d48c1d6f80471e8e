//go:build !unix

package main

import "syscall"

// signalNumber returns the signal of that name, 0 if there is none.
func signalNumber(name string) syscall.Signal {
	switch name {
	case "SIGINT":
		return syscall.SIGINT
	case "SIGKILL":
		return syscall.SIGKILL
	case "SIGTERM":
		return syscall.SIGTERM
	}
	return 0
}
