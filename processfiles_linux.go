package psutil

import (
	"cmp"
	"errors"
	"slices"
	"strconv"
	"strings"
	"syscall"

	"github.com/go-psutil/psutil/internal/linux"
	"github.com/go-psutil/psutil/internal/scan"
	"github.com/go-psutil/psutil/internal/sys"
)

// procDir is where the files of a process are read: by name below /proc, or
// below an open /proc/PID when there are several, so that all are of one
// process.
type procDir struct {
	p    Process
	dir  sys.PIDDir
	open bool
}

// dir returns the procDir of p, which reads nothing yet.
func (p Process) dir(op string) (procDir, error) {
	_, err := p.system(op)
	return procDir{p: p}, err
}

// hold opens /proc/PID, which the caller closes with release.
func (d *procDir) hold() (err error) {
	d.dir, err = d.p.sys.proc.OpenPID(d.p.pid)
	d.open = err == nil
	return err
}

func (d *procDir) release() {
	if d.open {
		d.dir.Close()
		d.open = false
	}
}

// read reads a file that the kernel writes in one piece.
func (d *procDir) read(dst []byte, name string) ([]byte, error) {
	if d.open {
		return d.dir.ReadRecord(dst, name)
	}
	return d.p.sys.proc.ReadPID(dst, d.p.pid, name)
}

// readAll reads a file that may come in many pieces.
func (d *procDir) readAll(dst []byte, name string) ([]byte, error) {
	if d.open {
		return d.dir.ReadFile(dst, name)
	}
	return d.p.sys.proc.ReadFile(dst, strconv.Itoa(d.p.pid)+"/"+name)
}

// link returns the target of a symbolic link.
func (d *procDir) link(name string) (string, error) {
	var buf [256]byte
	var b []byte
	var err error
	if d.open {
		b, err = d.dir.AppendLink(buf[:0], name)
	} else {
		b, err = d.p.sys.proc.AppendLink(buf[:0], strconv.Itoa(d.p.pid)+"/"+name)
	}
	return string(b), err
}

// within runs f with /proc/PID held open.
func (d *procDir) within(op string, f func(sys.PIDDir) error) error {
	if !d.open {
		if err := d.hold(); err != nil {
			return d.p.fail(op, err)
		}
		defer d.release()
	}
	if err := f(d.dir); err != nil {
		return d.p.fail(op, err)
	}
	return nil
}

// none returns nil if err says that a process which is alive does not have
// something, as a kernel thread has no executable.
func none(err error) error {
	if errors.Is(err, ErrNotSupported) {
		return nil
	}
	return err
}

// malformed is the error for a file that can't be understood.
func (d *procDir) malformed(op, file string, err error) error {
	return &ProcessError{Op: op, PID: d.p.pid, Err: parseError(d.p.sys.pidPath(d.p.pid, file), err)}
}

const deletedSuffix = " (deleted)"

func (p Process) exe() (string, error) {
	d, err := p.dir("exe")
	if err != nil {
		return "", err
	}
	return d.exe()
}

func (d *procDir) exe() (string, error) {
	path, err := d.link("exe")
	if err != nil {
		return "", none(d.p.fail("exe", err))
	}
	// A file may really have that name; one that is gone does not exist by it.
	if before, found := strings.CutSuffix(path, deletedSuffix); found {
		if _, err := sys.StatPath(path); err != nil {
			path = before
		}
	}
	return path, nil
}

func (p Process) cmdline() ([]string, error) {
	d, err := p.dir("cmdline")
	if err != nil {
		return nil, err
	}
	var buf [1024]byte
	args, _, err := d.cmdline(buf[:0], nil)
	return args, err
}

// cmdline appends the arguments to args, and returns the buffer it may have
// grown.
func (d *procDir) cmdline(buf []byte, args []string) ([]string, []byte, error) {
	b, err := d.readAll(buf, "cmdline")
	if err != nil {
		return args, b, d.p.fail("cmdline", err)
	}
	if len(b) == 0 {
		// A zombie's memory is gone; a kernel thread never had any.
		var (
			stat [statSize]byte
			st   linux.PIDStat
		)
		if err := d.p.stat("cmdline", stat[:0], &st); err != nil {
			return args, b, err
		}
		if isZombie(st.State) {
			return args, b, &ProcessError{Op: "cmdline", PID: d.p.pid, Name: string(st.Comm), Err: ErrZombieProcess}
		}
		return args, b, nil
	}
	for arg := range linux.EachArg(b) {
		args = append(args, string(arg))
	}
	return args, b, nil
}

func (p Process) environ() (map[string]string, error) {
	d, err := p.dir("environ")
	if err != nil {
		return nil, err
	}
	env, _, err := d.environ(nil)
	return env, err
}

func (d *procDir) environ(buf []byte) (map[string]string, []byte, error) {
	b, err := d.readAll(buf, "environ")
	env := make(map[string]string)
	if err != nil {
		return env, b, none(d.p.fail("environ", err))
	}
	for name, value := range linux.EachEnv(b) {
		if _, known := env[string(name)]; !known {
			env[string(name)] = string(value)
		}
	}
	return env, b, nil
}

func (p Process) link(name string) (string, error) {
	d, err := p.dir(name)
	if err != nil {
		return "", err
	}
	return d.path(name)
}

func (d *procDir) path(name string) (string, error) {
	path, err := d.link(name)
	if err != nil {
		return "", d.p.fail(name, err)
	}
	return path, nil
}

func (p Process) threads() ([]Thread, error) {
	d, err := p.dir("threads")
	if err != nil {
		return nil, err
	}
	return d.threads()
}

func (d *procDir) threads() ([]Thread, error) {
	var threads []Thread
	err := d.within("threads", func(dir sys.PIDDir) error {
		var (
			buf [statSize]byte
			st  linux.PIDStat
		)
		return dir.EachName("task", func(tid []byte) bool {
			b, err := dir.ReadRecord(buf[:0], "task/"+string(tid)+"/stat")
			if err == nil && st.Parse(b) == nil {
				threads = append(threads, Thread{int(st.PID), ticks(st.UTime), ticks(st.STime),
					string(st.Comm), linuxStatus(st.State), int(st.Processor)})
			}
			return true
		})
	})
	slices.SortFunc(threads, func(a, b Thread) int { return cmp.Compare(a.ID, b.ID) })
	return threads, err
}

func (p Process) numFDs() (int, error) {
	d, err := p.dir("num_fds")
	if err != nil {
		return 0, err
	}
	return d.numFDs()
}

func (d *procDir) numFDs() (n int, err error) {
	err = d.within("num_fds", func(dir sys.PIDDir) error {
		return dir.EachName("fd", func([]byte) bool { n++; return true })
	})
	return n, err
}

func (p Process) ioCounters() (ProcessIO, error) {
	d, err := p.dir("io_counters")
	if err != nil {
		return ProcessIO{}, err
	}
	return d.ioCounters()
}

func (d *procDir) ioCounters() (ProcessIO, error) {
	var (
		buf [512]byte
		st  linux.PIDIO
	)
	b, err := d.read(buf[:0], "io")
	if err != nil {
		return ProcessIO{}, d.p.fail("io_counters", err)
	}
	if err := st.Parse(b); err != nil {
		return ProcessIO{}, d.malformed("io_counters", "io", err)
	}
	c := ProcessIO{ReadCount: st.SyscR, WriteCount: st.SyscW, ReadBytes: st.ReadBytes, WriteBytes: st.WriteBytes,
		ReadChars: st.RChar, WriteChars: st.WChar, CancelledWriteBytes: st.CancelledWriteBytes}
	for _, f := range [...]struct {
		has  linux.PIDIOFields
		name string
	}{
		{linux.PIDIOSyscR, "read_count"}, {linux.PIDIOSyscW, "write_count"}, {linux.PIDIOReadBytes, "read_bytes"},
		{linux.PIDIOWriteBytes, "write_bytes"}, {linux.PIDIORChar, "read_chars"}, {linux.PIDIOWChar, "write_chars"},
		{linux.PIDIOCancelledWriteBytes, "cancelled_write_bytes"},
	} {
		if !st.Has.Contains(f.has) {
			c.Missing = c.Missing.add(f.name)
		}
	}
	return c, nil
}

func (p Process) openFDs(regularOnly bool) ([]OpenFile, error) {
	d, err := p.dir("open_files")
	if err != nil {
		return nil, err
	}
	return d.openFDs(regularOnly)
}

func (d *procDir) openFDs(regularOnly bool) ([]OpenFile, error) {
	var files []OpenFile
	err := d.within("open_files", func(dir sys.PIDDir) error {
		var buf [512]byte
		return dir.EachLink("fd", func(name, target []byte) bool {
			fd, ok := scan.Uint(name)
			if !ok || (regularOnly && len(target) > 0 && target[0] != '/') {
				return true
			}
			info, err := dir.Stat("fd/" + string(name))
			if err != nil {
				return true // closed meanwhile
			}
			f := OpenFile{FD: int(fd), Path: string(target), Kind: fdKind(info.Mode, target)}
			if regularOnly && f.Kind != FDRegular {
				return true
			}
			if info.Nlink == 0 && len(target) > 0 && target[0] == '/' {
				f.Deleted = true
				f.Path = strings.TrimSuffix(f.Path, deletedSuffix)
			}
			if b, err := dir.ReadRecord(buf[:0], "fdinfo/"+string(name)); err == nil {
				var st linux.FDInfo
				if st.Parse(b) == nil {
					f.Position, f.Flags, f.Mode = st.Pos, st.Flags, openMode(st.Flags)
				}
			} else if errors.Is(err, syscall.ENOENT) {
				return true
			}
			files = append(files, f)
			return true
		})
	})
	slices.SortFunc(files, func(a, b OpenFile) int { return cmp.Compare(a.FD, b.FD) })
	return files, err
}

// openMode says how fopen(3) would have opened a file with the flags.
func openMode(flags uint32) string {
	appends := flags&syscall.O_APPEND != 0
	switch flags & syscall.O_ACCMODE {
	case syscall.O_WRONLY:
		if appends {
			return "a"
		}
		return "w"
	case syscall.O_RDWR:
		if appends {
			return "a+"
		}
		return "r+"
	}
	return "r"
}

// fdKind tells what a descriptor is from the name that the kernel gives it and,
// if that is a path, from the type of its inode.
func fdKind(mode uint32, target []byte) FDKind {
	link := linux.ParseFDLink(target)
	switch link.Kind {
	case linux.FDMemFD:
		return FDMemFD
	case linux.FDSocket:
		return FDSocket
	case linux.FDPipe:
		return FDPipe
	case linux.FDPIDFD:
		return FDPidFD
	case linux.FDNamespace:
		return FDNamespace
	case linux.FDAnonInode:
		switch string(link.Name) {
		case "eventfd":
			return FDEventFD
		case "eventpoll":
			return FDEventPoll
		case "inotify":
			return FDInotify
		case "signalfd":
			return FDSignalFD
		case "timerfd":
			return FDTimerFD
		}
		return FDAnonInode
	}
	switch mode & syscall.S_IFMT {
	case syscall.S_IFREG:
		return FDRegular
	case syscall.S_IFDIR:
		return FDDirectory
	case syscall.S_IFCHR:
		return FDCharDevice
	case syscall.S_IFBLK:
		return FDBlockDevice
	case syscall.S_IFIFO:
		return FDPipe
	case syscall.S_IFSOCK:
		return FDSocket
	}
	return FDUnknown
}

func (p Process) cgroups() ([]Cgroup, error) {
	d, err := p.dir("cgroups")
	if err != nil {
		return nil, err
	}
	return d.cgroups(nil)
}

func (d *procDir) cgroups(buf []byte) ([]Cgroup, error) {
	b, err := d.readAll(buf, "cgroup")
	if err != nil {
		return nil, d.p.fail("cgroups", err)
	}
	var groups []Cgroup
	for g, err := range linux.EachPIDCgroup(b) {
		if err != nil {
			return groups, &ProcessError{Op: "cgroups", PID: d.p.pid, Err: parseError(d.p.sys.pidPath(d.p.pid, "cgroup"), err)}
		}
		groups = append(groups, Cgroup{int(g.HierarchyID), string(g.Controllers), string(g.Path)})
	}
	return groups, nil
}

func (p Process) namespaces() ([]Namespace, error) {
	d, err := p.dir("namespaces")
	if err != nil {
		return nil, err
	}
	return d.namespaces()
}

func (d *procDir) namespaces() ([]Namespace, error) {
	var list []Namespace
	err := d.within("namespaces", func(dir sys.PIDDir) error {
		return dir.EachLink("ns", func(name, target []byte) bool {
			if ns, err := linux.ParseNamespace(target); err == nil {
				list = append(list, Namespace{string(name), ns.Inode})
			}
			return true
		})
	})
	slices.SortFunc(list, func(a, b Namespace) int { return strings.Compare(a.Type, b.Type) })
	return list, err
}

func (p Process) netConnections(kind ConnKind) ([]Connection, error) {
	d, err := p.dir("net_connections")
	if err != nil {
		return nil, err
	}
	return d.netConnections(kind)
}

func (d *procDir) netConnections(kind ConnKind) ([]Connection, error) {
	s := d.p.sys
	owners := make(map[uint64][]socketOwner)
	if err := s.addSocketOwners(owners, d.p.pid); err != nil {
		return nil, d.p.fail("net_connections", err)
	}
	if len(owners) == 0 {
		return nil, nil
	}
	dir := strconv.Itoa(d.p.pid) + "/net"
	if !s.proc.Exists(dir) { // a recorded tree
		dir = s.netDir
	}
	return s.connections(kind, dir, owners, false)
}
