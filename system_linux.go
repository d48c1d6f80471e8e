package psutil

import (
	"cmp"
	"errors"
	"io/fs"
	"path"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"

	"github.com/go-psutil/psutil/internal/scan"
	"github.com/go-psutil/psutil/internal/sys"
)

// host is the machine's file system, read below open directories.
type host struct {
	root    *sys.Dir
	proc    *sys.Dir
	rootDir string // "/" or what WithRoot said
	netDir  string // the directory of network tables, below proc
	procfs  bool   // proc is one, whose files are made anew for each read
	kernel
	keepFiles int          // see WithKeptFiles; negative for the default
	kept      atomic.Int64 // files that Samplers keep
	// statusMemory is what memoryInStatus found out.
	statusMemory struct {
		once  sync.Once
		there bool
	}
}

func (s *System) open(c config) error {
	s.rootDir = path.Clean(cmp.Or(c.root, "/"))
	var err error
	if s.root, err = sys.OpenRoot(s.rootDir); err != nil {
		return err
	}
	if s.proc, err = s.root.OpenDir("proc"); err != nil {
		return &fs.PathError{Op: "open", Path: path.Join(s.rootDir, "proc"), Err: err}
	}
	s.keepFiles = -1
	if c.keepSet {
		s.keepFiles = c.keepFiles
	}
	s.procfs = s.proc.Live()
	if s.rootDir == "/" || s.procfs {
		s.kernel = runningKernel()
	} else {
		s.kernel = s.recordedKernel()
	}
	if c.accelerator != nil {
		s.accel = &acceleration{Accelerator: c.accelerator, allowed: s.rootDir == "/" && s.ownPIDs(), hides: sync.OnceValue(s.hidesPIDs)}
	}
	// Elsewhere than at /, "self" is a process of another PID namespace, and
	// the network meant is the host's.
	s.netDir = "thread-self/net"
	if s.rootDir != "/" {
		s.netDir = "1/net"
	}
	if !s.proc.Exists(s.netDir) {
		s.netDir = "net"
	}
	return nil
}

// procPath is the full name of a file below /proc, for messages.
func (s *System) procPath(name string) string { return path.Join(s.rootDir, "proc", name) }

// readProc reads a whole file below /proc.
func (s *System) readProc(name string) ([]byte, error) {
	b, err := s.proc.ReadFile(nil, name)
	if err != nil {
		return nil, &fs.PathError{Op: "read", Path: s.procPath(name), Err: err}
	}
	return b, nil
}

// readRoot reads a whole file below the root, such as "sys/class/net/lo/mtu".
func (s *System) readRoot(name string) ([]byte, error) {
	b, err := s.root.ReadFile(nil, name)
	if err != nil {
		return nil, &fs.PathError{Op: "read", Path: path.Join(s.rootDir, name), Err: err}
	}
	return b, nil
}

// belowRoot makes a path the name of a file below the root directory.
func belowRoot(dir string) string { return cmp.Or(strings.TrimLeft(dir, "/"), ".") }

// parseError adds the file's name to what a decoder says.
func parseError(file string, err error) error {
	line := 0
	if e, ok := errors.AsType[*scan.SyntaxError](err); ok {
		line = e.Line
	}
	return &ParseError{File: file, Line: line, Err: err}
}

// processError turns what the system said about /proc/PID into one of the
// package's conditions. ENOENT and ESRCH alone do not prove that the process
// has gone: opening some files of a kernel thread answers ESRCH.
func (s *System) processError(op string, pid int, err error) error {
	switch {
	case errors.Is(err, syscall.EACCES), errors.Is(err, syscall.EPERM):
		err = ErrAccessDenied
	case errors.Is(err, syscall.ENOENT), errors.Is(err, syscall.ESRCH):
		err = ErrNoSuchProcess
	}
	return &ProcessError{Op: op, PID: pid, Err: err}
}
