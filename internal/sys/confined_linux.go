package sys

import (
	"errors"
	"math"
	"runtime"
	"strconv"
	"strings"
	"syscall"

	"golang.org/x/sys/unix"
)

// Below another root than "/" the files may be anybody's: of a container, of
// an image, of a recording. No name leads out of the root, whatever links are
// met or put there meanwhile; opening does not wait, and nothing but regular
// files is read, and not without end.

// A confinement says where a [Dir] is below its root.
type confinement struct {
	root *Dir   // nil if the directory is the root
	at   string // where it is below root; ends with a slash
	// The directory is on a procfs. It is its own root then: no link of such a
	// file system that is followed leads out of it.
	proc bool
	walk bool // do without openat2, for tests
}

// maxFile is the size of the largest file that is read, other than from a
// procfs, bytes.
const maxFile = 64 << 20

var errNotRegular = errors.New("not a regular file")

// below is the confinement of the named directory below d, open as fd.
func (c *confinement) below(d *Dir, fd int, name string) *confinement {
	if c == nil {
		return nil
	}
	b := &confinement{root: c.root, at: c.at + name + "/", proc: onProc(fd), walk: c.walk}
	if b.root == nil {
		b.root = d
	}
	return b
}

// onProc reports whether an open file is on a procfs.
func onProc(fd int) bool {
	var st unix.Statfs_t
	err := retry(func() error { return unix.Fstatfs(fd, &st) })
	return err == nil && uint32(st.Type) == unix.PROC_SUPER_MAGIC
}

func (d *Dir) openConfined(name string, flags int) (int, error) {
	defer runtime.KeepAlive(d)
	if d.in.root == nil || d.in.proc {
		return openIn(d.fd, name, flags, d.in.walk)
	}
	return openIn(d.in.root.fd, d.in.at+name, flags, d.in.walk)
}

func (p PIDDir) openConfined(name string, flags int) (int, error) {
	if p.dir.in.proc { // only the descriptor knows which process it was
		return openIn(p.fd, name, flags, p.dir.in.walk)
	}
	return p.dir.open(strconv.Itoa(p.pid)+"/"+name, flags)
}

func (d *Dir) readConfined(dst []byte, name string, once bool) ([]byte, error) {
	return readRegular(d.open, d.in.proc, dst, name, once)
}

func (p PIDDir) readConfined(dst []byte, name string, once bool) ([]byte, error) {
	return readRegular(p.open, p.dir.in.proc, dst, name, once)
}

// readRegular appends the whole of a regular file to dst.
func readRegular(open func(name string, flags int) (int, error), proc bool, dst []byte, name string, once bool) ([]byte, error) {
	if !proc {
		// Opening a device may start something, closing a pipe end it.
		fd, err := regular(open(name, unix.O_PATH))
		if err != nil {
			return dst, err
		}
		unix.Close(fd)
	}
	fd, err := regular(open(name, readFlags))
	if err != nil {
		return dst, err
	}
	defer unix.Close(fd)
	b, err := readFD(fd, dst, len(dst)+maxFile, once)
	if err == syscall.EFBIG {
		if !onProc(fd) {
			return dst, err
		}
		return readFD(fd, b, math.MaxInt, once) // the tables of a large machine
	}
	return b, err
}

// readFlags opens a file without waiting for anything.
const readFlags = unix.O_RDONLY | unix.O_NONBLOCK | unix.O_NOCTTY

// regular returns a descriptor that was opened, if it is of a regular file.
func regular(fd int, err error) (int, error) {
	if err != nil {
		return -1, err
	}
	mode, err := fileType(fd)
	switch {
	case err != nil:
	case mode == unix.S_IFREG:
		return fd, nil
	case mode == unix.S_IFDIR:
		err = syscall.EISDIR
	default:
		err = errNotRegular
	}
	unix.Close(fd)
	return -1, err
}

func fileType(fd int) (uint32, error) {
	var st unix.Stat_t
	err := retry(func() error { return unix.Fstat(fd, &st) })
	return st.Mode & unix.S_IFMT, err
}

// appendLinkOf appends the target of a symbolic link to dst.
func appendLinkOf(open func(name string, flags int) (int, error), dst []byte, name string) ([]byte, error) {
	fd, err := open(name, unix.O_PATH|unix.O_NOFOLLOW)
	if err != nil {
		return dst, err
	}
	defer unix.Close(fd)
	var itself path
	dst, err = readlinkat(fd, &itself, dst)
	if err == syscall.ENOENT { // of a link too: a kernel thread's exe
		if mode, serr := fileType(fd); serr == nil && mode != unix.S_IFLNK {
			err = syscall.EINVAL
		}
	}
	return dst, err
}

// OpenNamespace opens a namespace below d, which is a /proc: "1/ns/net". The
// caller closes it with [Close].
func (d *Dir) OpenNamespace(name string) (int, error) {
	if d.in != nil && d.in.proc {
		dir, base := ".", name
		if i := strings.LastIndexByte(name, '/'); i >= 0 {
			dir, base = name[:i], name[i+1:]
		}
		fd, err := d.open(dir, unix.O_PATH|unix.O_DIRECTORY)
		if err != nil {
			return -1, err
		}
		defer unix.Close(fd)
		if onProc(fd) { // so that the link is the kernel's
			return retryInt(func() (int, error) { return unix.Openat(fd, base, readFlags|unix.O_CLOEXEC, 0) })
		}
	}
	return regular(d.open(name, readFlags))
}

// openIn opens the named file below root, which is the root of all links.
func openIn(root int, name string, flags int, walk bool) (int, error) {
	how := unix.OpenHow{Flags: uint64(flags | unix.O_CLOEXEC), Resolve: unix.RESOLVE_IN_ROOT | unix.RESOLVE_NO_MAGICLINKS}
	for range 128 {
		if walk {
			break
		}
		fd, err := retryInt(func() (int, error) { return unix.Openat2(root, name, &how) })
		switch err {
		case syscall.EAGAIN:
			// Something was renamed or mounted, wherever it was, while a ".."
			// was looked up.
			continue
		case syscall.ENOSYS, syscall.EPERM:
			// Before Linux 5.6, or a container's seccomp filter. EPERM may be
			// meant: then it comes again.
			return walkIn(root, name, flags)
		}
		return fd, err
	}
	return walkIn(root, name, flags)
}

// Limits of [walkIn]: the kernel's for links, and one for directories, each of
// which takes a descriptor.
const (
	maxLinks = 40
	maxDepth = 256
)

// walkIn is [openIn] without openat2: it opens one directory after another and
// reads the links itself. The way back from a directory is the one it came by,
// so that moving directories about leads nowhere else.
func walkIn(root int, name string, flags int) (int, error) {
	var way []int // open directories; root if none
	back := func(to int) {
		for _, fd := range way[to:] {
			unix.Close(fd)
		}
		way = way[:to]
	}
	defer func() { back(0) }()
	for links := 0; ; {
		if strings.HasPrefix(name, "/") {
			back(0)
			name = strings.TrimLeft(name, "/")
		}
		c, rest, more := strings.Cut(name, "/")
		rest = strings.TrimLeft(rest, "/")
		if c == ".." && len(way) > 0 {
			back(len(way) - 1)
		}
		cur := root
		if len(way) > 0 {
			cur = way[len(way)-1]
		}
		if c == "" || c == "." || c == ".." {
			if rest == "" {
				return retryInt(func() (int, error) { return unix.Openat(cur, ".", flags|unix.O_CLOEXEC, 0) })
			}
			name = rest
			continue
		}
		var p path
		if !p.set(c) {
			return -1, syscall.ENAMETOOLONG
		}
		if more || flags&unix.O_NOFOLLOW == 0 {
			target, err := readlinkat(cur, &p, nil)
			if err == nil {
				if links++; links > maxLinks {
					return -1, syscall.ELOOP
				}
				name = string(target)
				if more {
					name += "/" + rest
				}
				continue
			}
			if err != syscall.EINVAL { // EINVAL: no link
				return -1, err
			}
		}
		if !more {
			return openat(cur, &p, flags|unix.O_NOFOLLOW)
		}
		if len(way) >= maxDepth {
			return -1, syscall.ENAMETOOLONG
		}
		fd, err := openat(cur, &p, unix.O_PATH|unix.O_DIRECTORY|unix.O_NOFOLLOW)
		if err != nil {
			return -1, err
		}
		way = append(way, fd)
		if name = rest; name == "" {
			name = "." // a slash at the end: this must be a directory
		}
	}
}
