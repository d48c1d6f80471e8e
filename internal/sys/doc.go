// Package sys makes the system calls of package psutil: it is the only place
// with unsafe code and golang.org/x/sys.
//
// Everything here returns bytes and scalars and parses nothing. Errors of the
// kernel are returned as they come, as a [syscall.Errno] or in a
// [io/fs.PathError]; an interrupted call (EINTR) is repeated.
//
// Where the kernel would take a process ID of 0 for the caller, and of less
// for a group of processes, these functions return ESRCH: no process has such
// a PID. So does one that does not fit the kernel's 32-bit pid_t, of which the
// kernel would silently use the lower half.
package sys
