package sys

import "golang.org/x/sys/unix"

// Close closes a descriptor that a function of this package returned.
func Close(fd int) error { return unix.Close(fd) }
