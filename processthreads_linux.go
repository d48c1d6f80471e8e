package psutil

import (
	"cmp"
	"errors"
	"slices"
	"strings"

	"github.com/go-psutil/psutil/internal/linux"
	"github.com/go-psutil/psutil/internal/sys"
)

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
