package psutil

import (
	"cmp"
	"errors"
	"slices"
	"strings"
	"time"

	"github.com/go-psutil/psutil/internal/linux"
	"github.com/go-psutil/psutil/internal/sys"
)

func (p Process) threads() ([]Thread, error) {
	d, err := p.dir("threads")
	if err != nil {
		return nil, err
	}
	threads, _, err := d.threads(nil, func() time.Duration { return 0 })
	return threads, err
}

// threads reads the threads, and appends to readings what tells how much CPU
// time they use until the next time, in the same order.
func (d *procDir) threads(readings []threadReading, now func() time.Duration) ([]Thread, []threadReading, error) {
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
			at := now()
			if err := st.Parse(b); err != nil {
				errs = append(errs, d.malformed("threads", name, err))
				return true
			}
			t := Thread{ID: int(st.PID), UserTime: ticks(st.UTime), SystemTime: ticks(st.STime),
				Name: string(st.Comm), Status: linuxStatus(st.State), CPUNum: int(st.Processor), Missing: "cpu_percent"}
			threads = append(threads, t)
			readings = append(readings, threadReading{t.ID, st.StartTime, at, t.UserTime + t.SystemTime})
			return true
		})
	})
	if err == nil && ended {
		// Perhaps it was the whole process that ended.
		err = d.p.verify("threads")
	}
	slices.SortStableFunc(threads, func(a, b Thread) int { return cmp.Compare(a.ID, b.ID) })
	slices.SortStableFunc(readings, func(a, b threadReading) int { return cmp.Compare(a.id, b.id) })
	return threads, readings, errors.Join(append(errs, err)...)
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
		ReadChars: st.RChar, WriteChars: st.WChar, CancelledWriteBytes: st.CancelledWriteBytes, Missing: "other_count,other_bytes"}
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
