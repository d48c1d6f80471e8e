package sys

import (
	"errors"
	"io/fs"
	"math"
	"runtime"
	"strconv"
	"sync"
	"syscall"
	"unsafe"

	"golang.org/x/sys/unix"
)

// A Dir is an open directory below which files are read by name with openat.
// Names are relative and may have several components. A Dir of /proc/PID
// belongs to that one process: once it has gone, reads fail with ESRCH even
// if another process was given the PID.
//
// Below another root than "/" nothing leads out of it, and what is read is a
// regular file: see confined_linux.go.
//
// Reads go straight to the kernel. Files of /proc and /sys need no poller, and
// some drivers answer a poller's registration with errors.
type Dir struct {
	fd      int
	in      *confinement // nil below "/"
	cleanup runtime.Cleanup
}

// OpenDir opens the directory at path. The descriptor is closed on exec, and
// when the Dir becomes unreachable unless [Dir.Close] was called.
func OpenDir(path string) (*Dir, error) {
	fd, err := retryInt(func() (int, error) {
		return unix.Open(path, unix.O_RDONLY|unix.O_DIRECTORY|unix.O_CLOEXEC, 0)
	})
	if err != nil {
		return nil, &fs.PathError{Op: "open", Path: path, Err: err}
	}
	return newDir(fd, nil), nil
}

// OpenRoot opens the root directory of a machine's file system. Symbolic links
// met below it, absolute ones too, are followed inside it.
func OpenRoot(path string) (*Dir, error) {
	d, err := OpenDir(path)
	if err != nil {
		return nil, err
	}
	if path != "/" {
		d.in = new(confinement)
	}
	return d, nil
}

func newDir(fd int, in *confinement) *Dir {
	d := &Dir{fd: fd, in: in}
	d.cleanup = runtime.AddCleanup(d, func(fd int) { unix.Close(fd) }, fd)
	return d
}

// Close closes the directory, which is not used any more.
func (d *Dir) Close() error {
	d.cleanup.Stop()
	return unix.Close(d.fd)
}

// OpenDir opens a directory below d.
func (d *Dir) OpenDir(name string) (*Dir, error) {
	fd, err := d.open(name, unix.O_RDONLY|unix.O_DIRECTORY)
	if err != nil {
		return nil, err
	}
	return newDir(fd, d.in.below(d, fd, name)), nil
}

// Live reports whether d is a /proc of the running kernel, and not a recorded
// one.
func (d *Dir) Live() bool {
	defer runtime.KeepAlive(d)
	return onProc(d.fd)
}

// A PIDDir is the open /proc/PID directory of one process. The caller closes it.
type PIDDir struct {
	fd  int
	dir *Dir // the /proc, if it is below another root
	pid int  // likewise
}

// OpenPID opens the directory of a process below d, which is a /proc.
func (d *Dir) OpenPID(pid int) (PIDDir, error) {
	if d.in != nil {
		fd, err := d.open(strconv.Itoa(pid), unix.O_RDONLY|unix.O_DIRECTORY)
		return PIDDir{fd, d, pid}, err
	}
	var p path
	p.pid(pid, "")
	fd, err := openat(d.fd, &p, unix.O_RDONLY|unix.O_DIRECTORY)
	runtime.KeepAlive(d)
	return PIDDir{fd: fd}, err
}

// Close closes the directory.
func (p PIDDir) Close() { unix.Close(p.fd) }

// ReadFile appends the whole of the named file to dst.
func (p PIDDir) ReadFile(dst []byte, name string) ([]byte, error) {
	if p.dir != nil {
		return p.readConfined(dst, name, false)
	}
	var pa path
	if !pa.set(name) {
		return dst, syscall.ENAMETOOLONG
	}
	return readAt(p.fd, &pa, dst, false)
}

// ReadRecord is [Dir.ReadRecord] below p.
func (p PIDDir) ReadRecord(dst []byte, name string) ([]byte, error) {
	if p.dir != nil {
		return p.readConfined(dst, name, true)
	}
	var pa path
	if !pa.set(name) {
		return dst, syscall.ENAMETOOLONG
	}
	return readAt(p.fd, &pa, dst, true)
}

// AppendLink appends the target of the named symbolic link to dst.
func (p PIDDir) AppendLink(dst []byte, name string) ([]byte, error) {
	if p.dir != nil {
		return appendLinkOf(p.open, dst, name)
	}
	var pa path
	if !pa.set(name) {
		return dst, syscall.ENAMETOOLONG
	}
	return readlinkat(p.fd, &pa, dst)
}

// Stat describes the named file below p, following symbolic links. A file on a
// network file system is described from what is cached, so that a dead server
// does not hold up the caller (Linux 4.11).
func (p PIDDir) Stat(name string) (FileInfo, error) {
	// The links of a /proc that is no recording lead to what the process has.
	if p.dir != nil && !p.dir.in.proc {
		return p.dir.Stat(strconv.Itoa(p.pid) + "/" + name)
	}
	var stx unix.Statx_t
	const mask = unix.STATX_TYPE | unix.STATX_MODE | unix.STATX_NLINK | unix.STATX_UID | unix.STATX_INO | unix.STATX_SIZE
	err := retry(func() error { return unix.Statx(p.fd, name, unix.AT_STATX_DONT_SYNC, mask, &stx) })
	if err == unix.ENOSYS || err == unix.EPERM {
		var st unix.Stat_t
		err = retry(func() error { return unix.Fstatat(p.fd, name, &st, 0) })
		return fileInfo(&st), err
	}
	return FileInfo{
		Mode: uint32(stx.Mode), UID: stx.Uid, Nlink: uint64(stx.Nlink), Ino: stx.Ino, Size: int64(stx.Size),
		Dev: unix.Mkdev(stx.Dev_major, stx.Dev_minor), Rdev: unix.Mkdev(stx.Rdev_major, stx.Rdev_minor),
	}, err
}

// EachName calls f with each name in the named directory below p.
func (p PIDDir) EachName(name string, f func(name []byte) bool) error {
	fd, err := p.open(name, unix.O_RDONLY|unix.O_DIRECTORY)
	if err != nil {
		return err
	}
	defer unix.Close(fd)
	return eachName(fd, f)
}

// EachLink calls f with each name in the named directory below p and the
// target of that symbolic link. A link that goes away meanwhile is passed
// over. Both slices are valid until f returns.
func (p PIDDir) EachLink(name string, f func(name, target []byte) bool) error {
	fd, err := p.open(name, unix.O_RDONLY|unix.O_DIRECTORY)
	if err != nil {
		return err
	}
	defer unix.Close(fd)
	return eachLink(fd, p.dir == nil, f)
}

// open opens the named file below p.
func (p PIDDir) open(name string, flags int) (int, error) {
	if p.dir != nil {
		return p.openConfined(name, flags)
	}
	var pa path
	if !pa.set(name) {
		return -1, syscall.ENAMETOOLONG
	}
	return openat(p.fd, &pa, flags)
}

func eachLink(fd int, onProc bool, f func(name, target []byte) bool) error {
	l := links{dir: fd, onProc: onProc, f: f}
	if err := eachName(fd, l.look); err != nil {
		return err
	}
	return l.err
}

// links looks at the links in an open directory.
type links struct {
	dir    int
	onProc bool
	f      func(name, target []byte) bool
	name   path
	target []byte // room
	gone   int    // how many were not there
	err    error  // of one that was
}

// look looks at one, and returns false if f does.
func (l *links) look(name []byte) bool {
	if !l.name.set(string(name)) {
		return true
	}
	var err error
	l.target, err = readLink(l.dir, &l.name, l.target[:0], l.onProc)
	switch err {
	case nil:
		return l.f(name, l.target)
	case syscall.ENOENT:
		l.gone++
	default:
		l.err = err
	}
	return true
}

// ReadFile appends the whole of the named file to dst.
func (d *Dir) ReadFile(dst []byte, name string) ([]byte, error) {
	return d.read(dst, name, false)
}

// ReadRecord is [Dir.ReadFile] for the files that the kernel writes in one
// piece (most of /proc/PID): a read that does not fill the buffer is the end,
// which saves a system call.
func (d *Dir) ReadRecord(dst []byte, name string) ([]byte, error) {
	return d.read(dst, name, true)
}

func (d *Dir) read(dst []byte, name string, once bool) ([]byte, error) {
	if d.in != nil {
		return d.readConfined(dst, name, once)
	}
	var p path
	if p.set(name) {
		dst, err := readAt(d.fd, &p, dst, once)
		runtime.KeepAlive(d)
		return dst, err
	}
	fd, err := d.open(name, unix.O_RDONLY)
	if err != nil {
		return dst, err
	}
	defer unix.Close(fd)
	return readFD(fd, dst, math.MaxInt, once)
}

// ReadPID appends the named file of a process to dst, d being a /proc. Like
// [Dir.ReadRecord] it takes a short read for the end of the file.
func (d *Dir) ReadPID(dst []byte, pid int, name string) ([]byte, error) {
	if d.in != nil {
		return d.readConfined(dst, strconv.Itoa(pid)+"/"+name, true)
	}
	var p path
	p.pid(pid, name)
	dst, err := readAt(d.fd, &p, dst, true)
	runtime.KeepAlive(d)
	return dst, err
}

// AppendLink appends the target of the named symbolic link to dst.
func (d *Dir) AppendLink(dst []byte, name string) ([]byte, error) {
	if d.in != nil {
		return appendLinkOf(d.open, dst, name)
	}
	var p path
	if !p.set(name) {
		return dst, syscall.ENAMETOOLONG
	}
	dst, err := readlinkat(d.fd, &p, dst)
	runtime.KeepAlive(d)
	return dst, err
}

// Names returns the names in the named directory below d, in no order.
func (d *Dir) Names(name string) ([]string, error) {
	fd, err := d.open(name, unix.O_RDONLY|unix.O_DIRECTORY)
	if err != nil {
		return nil, err
	}
	defer unix.Close(fd)
	var names []string
	err = eachName(fd, func(n []byte) bool { names = append(names, string(n)); return true })
	return names, err
}

// AppendPIDs appends the numeric names in d to dst, in the order the kernel
// lists them.
func (d *Dir) AppendPIDs(dst []int) ([]int, error) {
	fd, err := d.open(".", unix.O_RDONLY|unix.O_DIRECTORY)
	if err != nil {
		return dst, err
	}
	defer unix.Close(fd)
	err = eachName(fd, func(name []byte) bool {
		pid := 0
		for _, c := range name {
			if c < '0' || c > '9' || pid > 1<<26 {
				return true
			}
			pid = pid*10 + int(c-'0')
		}
		dst = append(dst, pid)
		return true
	})
	return dst, err
}

// FileInfo is what a file's inode says.
type FileInfo struct {
	Mode  uint32 // S_IFMT and permission bits
	UID   uint32
	Nlink uint64
	Ino   uint64
	Dev   uint64
	Rdev  uint64
	Size  int64
}

// Stat describes the named file below d, following symbolic links.
func (d *Dir) Stat(name string) (FileInfo, error) {
	fd, err := d.open(name, unix.O_PATH)
	if err != nil {
		return FileInfo{}, err
	}
	defer unix.Close(fd)
	var st unix.Stat_t
	err = retry(func() error { return unix.Fstat(fd, &st) })
	return fileInfo(&st), err
}

func fileInfo(st *unix.Stat_t) FileInfo {
	return FileInfo{Mode: st.Mode, UID: st.Uid, Nlink: uint64(st.Nlink), Ino: st.Ino, Dev: uint64(st.Dev), Rdev: uint64(st.Rdev), Size: st.Size}
}

// Exists reports whether the named file exists below d.
func (d *Dir) Exists(name string) bool {
	fd, err := d.open(name, unix.O_PATH)
	if err != nil {
		return false
	}
	unix.Close(fd)
	return true
}

// open opens the named file, inside the root if d is not below "/".
func (d *Dir) open(name string, flags int) (int, error) {
	defer runtime.KeepAlive(d)
	if d.in != nil {
		return d.openConfined(name, flags)
	}
	return retryInt(func() (int, error) { return unix.Openat(d.fd, name, flags|unix.O_CLOEXEC, 0) })
}

// path is a NUL-terminated file name on the caller's stack.
type path struct{ b [256]byte }

func (p *path) set(name string) bool {
	if len(name) >= len(p.b) {
		return false
	}
	n := copy(p.b[:], name)
	p.b[n] = 0
	return true
}

func (p *path) pid(pid int, name string) {
	b := strconv.AppendInt(p.b[:0], int64(pid), 10)
	if name != "" {
		b = append(b, '/')
		b = append(b, name...)
	}
	p.b[len(b)] = 0
}

func openat(dirfd int, p *path, flags int) (int, error) {
	return openPath(dirfd, p, flags, false)
}

// openPath is openat(2). With atOnce the scheduler is not told of it, as in readLink.
func openPath(dirfd int, p *path, flags int, atOnce bool) (int, error) {
	flags |= unix.O_CLOEXEC | unix.O_LARGEFILE
	for {
		var (
			fd    uintptr
			errno syscall.Errno
		)
		if atOnce {
			fd, _, errno = syscall.RawSyscall6(unix.SYS_OPENAT, uintptr(dirfd), uintptr(unsafe.Pointer(&p.b[0])), uintptr(flags), 0, 0, 0)
		} else {
			fd, _, errno = syscall.Syscall6(unix.SYS_OPENAT, uintptr(dirfd), uintptr(unsafe.Pointer(&p.b[0])), uintptr(flags), 0, 0, 0)
		}
		if errno == 0 {
			return int(fd), nil
		}
		if errno != syscall.EINTR {
			return -1, errno
		}
	}
}

func readlinkat(dirfd int, p *path, dst []byte) ([]byte, error) {
	return readLink(dirfd, p, dst, false)
}

// readLink is readlinkat(2). With atOnce the scheduler is not told of it, which
// would take part of the time that the kernel takes: for links of a procfs, where
// the kernel waits for nothing.
func readLink(dirfd int, p *path, dst []byte, atOnce bool) ([]byte, error) {
	for {
		if cap(dst)-len(dst) < 128 {
			dst = grow(dst, 256)
		}
		var (
			n     uintptr
			errno syscall.Errno
			free  = dst[len(dst):cap(dst)]
		)
		if atOnce {
			n, _, errno = syscall.RawSyscall6(unix.SYS_READLINKAT, uintptr(dirfd), uintptr(unsafe.Pointer(&p.b[0])),
				uintptr(unsafe.Pointer(&free[0])), uintptr(len(free)), 0, 0)
		} else {
			n, _, errno = syscall.Syscall6(unix.SYS_READLINKAT, uintptr(dirfd), uintptr(unsafe.Pointer(&p.b[0])),
				uintptr(unsafe.Pointer(&free[0])), uintptr(len(free)), 0, 0)
		}
		switch {
		case errno == syscall.EINTR:
		case errno != 0:
			return dst, errno
		case int(n) < len(free):
			return dst[:len(dst)+int(n)], nil
		default: // perhaps cut: ask again with twice the room
			dst = grow(dst, 2*len(free))
		}
	}
}

// readAt reads the file into the room behind dst.
func readAt(dirfd int, p *path, dst []byte, once bool) ([]byte, error) {
	fd, err := openat(dirfd, p, unix.O_RDONLY)
	if err != nil {
		return dst, err
	}
	dst, err = readFD(fd, dst, math.MaxInt, once)
	syscall.Syscall(unix.SYS_CLOSE, uintptr(fd), 0, 0)
	return dst, err
}

// readFD appends what it reads to dst, until that has more than limit bytes,
// which is EFBIG.
func readFD(fd int, dst []byte, limit int, once bool) ([]byte, error) {
	for {
		if cap(dst)-len(dst) < 512 {
			dst = grow(dst, max(cap(dst), 4096))
		}
		free := dst[len(dst):cap(dst)]
		n, _, errno := syscall.Syscall(unix.SYS_READ, uintptr(fd), uintptr(unsafe.Pointer(&free[0])), uintptr(len(free)))
		switch {
		case errno == syscall.EINTR:
		case errno != 0:
			return dst, errno
		case n == 0:
			return dst, nil
		default:
			dst = dst[:len(dst)+int(n)]
			if once && int(n) < len(free) {
				return dst, nil
			}
			if len(dst) > limit {
				return dst, syscall.EFBIG
			}
		}
	}
}

// grow returns dst with room for n more bytes.
func grow(dst []byte, n int) []byte {
	bigger := make([]byte, len(dst), len(dst)+n)
	copy(bigger, dst)
	return bigger
}

// direntBuffers saves an allocation for every process whose descriptors are
// listed.
var direntBuffers sync.Pool

// eachName lists an open directory, without "." and "..". The name is valid
// until f returns.
func eachName(fd int, f func(name []byte) bool) error {
	pooled := direntBuffers.Get()
	if pooled == nil {
		pooled = new([32 << 10]byte)
	}
	defer direntBuffers.Put(pooled)
	buf := pooled.(*[32 << 10]byte)[:]
	for {
		n, err := retryInt(func() (int, error) { return unix.Getdents(fd, buf) })
		if err != nil {
			return err
		}
		if n <= 0 {
			return nil
		}
		for b := buf[:n]; len(b) > 0; {
			// struct linux_dirent64: ino, off, reclen, type, then the name.
			const head = 8 + 8 + 2 + 1
			if len(b) < head {
				return errShortDirent
			}
			reclen := int(*(*uint16)(unsafe.Pointer(&b[16])))
			if reclen < head || reclen > len(b) {
				return errShortDirent
			}
			name := b[head:reclen]
			for i, c := range name {
				if c == 0 {
					name = name[:i]
					break
				}
			}
			b = b[reclen:]
			if string(name) == "." || string(name) == ".." {
				continue
			}
			if !f(name) {
				return nil
			}
		}
	}
}

var errShortDirent = errors.New("getdents: record beyond the buffer")

func retry(f func() error) error {
	for {
		if err := f(); err != syscall.EINTR {
			return err
		}
	}
}

func retryInt(f func() (int, error)) (int, error) {
	for {
		if n, err := f(); err != syscall.EINTR {
			return n, err
		}
	}
}
