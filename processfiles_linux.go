package psutil

import (
	"cmp"
	"errors"
	"slices"
	"strings"

	"github.com/go-psutil/psutil/internal/linux"
	"github.com/go-psutil/psutil/internal/sys"
)

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
		if !d.p.sys.root.Exists(strings.TrimPrefix(path, "/")) {
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
		return args, b, d.p.alive("cmdline")
	}
	for arg := range linux.EachArg(b) {
		args = append(args, string(arg))
	}
	return args, b, nil
}

// alive explains why a file about the memory of p is empty: that of a zombie is
// gone, which is an error, and a kernel thread never had any, which is none.
func (p Process) alive(op string) error {
	var (
		buf [statSize]byte
		st  linux.PIDStat
	)
	if err := p.stat(op, buf[:0], &st); err != nil {
		return err
	}
	if hasEnded(&st) {
		return &ProcessError{Op: op, PID: p.pid, Name: string(st.Comm), Err: ErrZombieProcess}
	}
	return nil
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
	var (
		threads []Thread
		errs    []error
		ended   bool // one of them
	)
	err := d.within("threads", func(dir sys.PIDDir) error {
		var (
			buf [statSize]byte
			st  linux.PIDStat
		)
		return dir.EachName("task", func(tid []byte) bool {
			name := "task/" + string(tid) + "/stat"
			b, err := dir.ReadRecord(buf[:0], name)
			if err != nil {
				if err = d.p.sys.processError("threads", d.p.pid, err); errors.Is(err, ErrNoSuchProcess) {
					ended = true
				} else {
					errs = append(errs, err)
				}
				return true
			}
			if err := st.Parse(b); err != nil {
				errs = append(errs, d.malformed("threads", name, err))
				return true
			}
			threads = append(threads, Thread{int(st.PID), ticks(st.UTime), ticks(st.STime),
				string(st.Comm), linuxStatus(st.State), int(st.Processor)})
			return true
		})
	})
	if err == nil && ended {
		// Perhaps it was the whole process that ended.
		err = d.p.verify("threads")
	}
	slices.SortFunc(threads, func(a, b Thread) int { return cmp.Compare(a.ID, b.ID) })
	return threads, errors.Join(append(errs, err)...)
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
	if err = st.Parse(b); err != nil {
		err = d.malformed("io_counters", "io", err)
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
	return c, err
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
	var (
		groups []Cgroup
		errs   []error
	)
	for g, err := range linux.EachPIDCgroup(b) {
		if err != nil {
			errs = append(errs, d.malformed("cgroups", "cgroup", err))
			continue
		}
		groups = append(groups, Cgroup{int(g.HierarchyID), string(g.Controllers), string(g.Path)})
	}
	return groups, errors.Join(errs...)
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
