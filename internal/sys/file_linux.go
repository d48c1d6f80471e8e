package sys

import (
	"math"
	"runtime"
	"strconv"
	"syscall"
	"unsafe"

	"golang.org/x/sys/unix"
)

// A File is an open file that is read from its start again and again. The
// files of /proc that the kernel writes in one piece are made anew for each
// read at offset 0; one below /proc/PID stays of the process that it was opened
// of, and answers ESRCH once that has gone. The zero File is not open.
type File struct {
	fd1    int32 // the descriptor and 1
	onProc bool  // to close it the kernel hardly ever waits
	err    syscall.Errno
}

// OpenFile opens the named file below d, or returns a File that knows why not.
func (d *Dir) OpenFile(name string) File { return newFile(d.openFile(name)) }

// OpenPIDFile opens the named file of a process, d being a /proc. With onProc that is
// a procfs: the scheduler is told neither of this nor of the closing.
func (d *Dir) OpenPIDFile(pid int, name string, onProc bool) File {
	if d.in != nil {
		return d.OpenFile(strconv.Itoa(pid) + "/" + name)
	}
	var p path
	p.pid(pid, name)
	fd, err := openPath(d.fd, &p, unix.O_RDONLY, onProc)
	runtime.KeepAlive(d)
	f := newFile(fd, err)
	f.onProc = onProc
	return f
}

func (d *Dir) openFile(name string) (int, error) {
	if d.in != nil {
		return regular(d.open(name, readFlags))
	}
	return d.open(name, unix.O_RDONLY)
}

func newFile(fd int, err error) File {
	if err != nil {
		errno, ok := err.(syscall.Errno)
		if !ok {
			errno = syscall.EINVAL
		}
		return File{err: errno}
	}
	return File{fd1: int32(fd) + 1}
}

// IsOpen reports whether the file is open.
func (f File) IsOpen() bool { return f.fd1 > 0 }

// Err is why the file could not be opened, 0 if it was or nobody tried.
func (f File) Err() syscall.Errno { return f.err }

// OnProc reports whether the file is on a procfs.
func (f File) OnProc() bool { return f.IsOpen() && onProc(int(f.fd1-1)) }

// ReadRecord appends the whole of the file to dst. A read that does not fill
// the room is the end of it.
func (f File) ReadRecord(dst []byte) ([]byte, error) { return f.read(dst, false) }

// ReadRecordAtOnce is ReadRecord of a file that the kernel makes hardly ever waiting for
// anything, such as /proc/PID/stat. The scheduler is not told of it, which would
// take part of the time that the kernel takes.
func (f File) ReadRecordAtOnce(dst []byte) ([]byte, error) { return f.read(dst, true) }

func (f File) read(dst []byte, atOnce bool) ([]byte, error) {
	if !f.IsOpen() {
		if f.err != 0 {
			return dst, f.err
		}
		return dst, syscall.EBADF
	}
	if cap(dst)-len(dst) < 512 {
		dst = grow(dst, max(cap(dst), 4096))
	}
	fd, start := uintptr(f.fd1-1), len(dst)
	for {
		// Of offset 0 it does not matter how an architecture passes 64 bits.
		var (
			n     uintptr
			errno syscall.Errno
			free  = dst[len(dst):cap(dst)]
		)
		if atOnce {
			n, _, errno = syscall.RawSyscall6(unix.SYS_PREAD64, fd, uintptr(unsafe.Pointer(&free[0])), uintptr(len(free)), 0, 0, 0)
		} else {
			n, _, errno = syscall.Syscall6(unix.SYS_PREAD64, fd, uintptr(unsafe.Pointer(&free[0])), uintptr(len(free)), 0, 0, 0)
		}
		switch {
		case errno == syscall.EINTR:
		case errno != 0:
			return dst, errno
		case int(n) < len(free):
			return dst[:len(dst)+int(n)], nil
		case len(dst)-start > math.MaxInt32:
			return dst, syscall.EFBIG
		default:
			// What comes next would be of another moment: read it all again.
			dst = grow(dst[:start], 2*(cap(dst)-start))
		}
	}
}

// Close closes the file if it is open.
func (f *File) Close() {
	switch {
	case !f.IsOpen():
	case f.onProc:
		syscall.RawSyscall(unix.SYS_CLOSE, uintptr(f.fd1-1), 0, 0)
	default:
		syscall.Syscall(unix.SYS_CLOSE, uintptr(f.fd1-1), 0, 0)
	}
	*f = File{}
}

// FileLimit returns how many descriptors the program may have open, the soft
// limit of RLIMIT_NOFILE.
func FileLimit() int {
	var lim unix.Rlimit
	if err := unix.Getrlimit(unix.RLIMIT_NOFILE, &lim); err != nil {
		return 0
	}
	return int(min(uint64(lim.Cur), math.MaxInt32))
}

// DeviceNumbers returns the parts of a device number.
func DeviceNumbers(dev uint64) (major, minor uint32) { return unix.Major(dev), unix.Minor(dev) }
