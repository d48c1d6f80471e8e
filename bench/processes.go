package main

import (
	"errors"
	"fmt"
	"io"
	"iter"
	"os/user"
	"strconv"

	"github.com/prometheus/procfs"
	"github.com/shirou/gopsutil/v4/process"

	"github.com/go-psutil/psutil"
	"github.com/go-psutil/psutil/bpf"
)

// The names of works and contenders that the bars are about.
const (
	workStat    = "8 fields of stat"
	workRow     = "row of ps aux"
	workThreads = "threads of a process"

	cFloor      = "floor in C"
	cKept       = "floor in C: pread of kept files"
	ours        = "this (proc)"
	oursSampler = "this (sampler)"
	oursBPF     = "this (bpf)"
	gopsutil    = "gopsutil v4"
	procfsName  = "prometheus/procfs"
	pythonName  = "python3-psutil"
)

// The fields of the works, and what psutil calls them.
const (
	statFields = psutil.FieldPID | psutil.FieldPPID | psutil.FieldName | psutil.FieldStatus | psutil.FieldCPUTimes |
		psutil.FieldRSS | psutil.FieldCreateTime | psutil.FieldNumThreads
	statAttrs = "['pid', 'ppid', 'name', 'status', 'cpu_times', 'memory_info', 'create_time', 'num_threads']"

	rowFields = psutil.FieldUsername | psutil.FieldPID | psutil.FieldMemoryPercent | psutil.FieldVMS | psutil.FieldRSS |
		psutil.FieldNice | psutil.FieldStatus | psutil.FieldCreateTime | psutil.FieldCPUTimes | psutil.FieldCmdline
	rowAttrs = "['username', 'pid', 'memory_percent', 'memory_info', 'nice', 'status', 'create_time', 'cpu_times', 'cmdline']"
)

func (p place) processWorks() []*work {
	return []*work{
		{workStat, []contender{
			{cFloor, &program{command: []string{p.program("stat"), "/proc", "1"}}}, // stat
			{cKept, &program{command: []string{p.program("keep")}}},
			{ours, simple(snapshot(psutil.Snapshot, statFields))},
			{oursSampler, &inProcess{open: openSampler}},
			{oursBPF, &inProcess{open: accelerated(func(s *psutil.System) func() (int, error) {
				return snapshot(s.Snapshot, statFields)
			})}},
			{gopsutil, simple(gopsutilEach(gopsutilStat))},
			{procfsName, simple(procfsStat)},
			{pythonName, python("n = len(list(psutil.process_iter(" + statAttrs + ")))")},
		}},
		{workRow, []contender{
			{cFloor, &program{command: []string{p.program("stat"), "/proc", "3"}}}, // stat, status and cmdline
			{ours, simple(snapshot(psutil.Snapshot, rowFields))},
			{oursBPF, &inProcess{open: accelerated(func(s *psutil.System) func() (int, error) {
				return snapshot(s.Snapshot, rowFields)
			})}},
			{gopsutil, simple(gopsutilEach(gopsutilRow))},
			{procfsName, simple(procfsRow)},
			{pythonName, python("n = len(list(psutil.process_iter(" + rowAttrs + ")))")},
			{"`ps aux`", whole(1, "ps", "aux")},
			{"`psutil ps`", whole(1, p.program("psutil"), "ps")},
		}},
	}
}

func (p place) threadWork() *work {
	return &work{workThreads, []contender{
		{cFloor, &program{command: []string{p.program("stat"), fmt.Sprintf("/proc/%d/task", p.pid), "1"}}},
		{ours, &inProcess{pid: p.pid, open: p.openThreads}},
		{gopsutil, &inProcess{pid: p.pid, open: p.openGopsutilThreads}},
		{procfsName, &inProcess{pid: p.pid, open: func() (session, error) { return session{do: p.procfsThreads}, nil }}},
		{pythonName, python(fmt.Sprintf("n = len(psutil.Process(%d).threads())", p.pid))},
	}}
}

// accelerated opens a System with a loaded accelerator for a work.
func accelerated(work func(*psutil.System) func() (int, error)) func() (session, error) {
	return func() (session, error) {
		engine, err := bpf.New()
		if err != nil {
			return session{}, err
		}
		if err := errors.Join(engine.Load(psutil.AcceleratedProcesses), engine.Load(psutil.AcceleratedSockets)); err != nil {
			return session{}, errors.Join(err, engine.Close())
		}
		s, err := psutil.New(psutil.WithAccelerator(engine))
		if err != nil {
			return session{}, errors.Join(err, engine.Close())
		}
		return session{work(s), engine.Close}, nil
	}
}

func snapshot(of func(psutil.Field) iter.Seq2[*psutil.ProcessInfo, error], fields psutil.Field) func() (int, error) {
	return func() (n int, err error) {
		for _, err := range of(fields) {
			if err != nil {
				return n, err
			}
			n++
		}
		return n, nil
	}
}

// openSampler has sampled before.
func openSampler() (session, error) {
	sampler, err := psutil.NewSampler(statFields | psutil.FieldCPUPercent)
	if err != nil {
		return session{}, err
	}
	s := session{do: func() (int, error) {
		sample, err := sampler.Sample()
		if err != nil {
			return 0, err
		}
		return len(sample.Processes), nil
	}}
	if c, ok := any(sampler).(io.Closer); ok {
		s.close = c.Close
	}
	for range 2 {
		if _, err := s.do(); err != nil {
			return session{}, err
		}
	}
	return s, nil
}

func (p place) openThreads() (session, error) {
	process, err := psutil.NewProcess(p.pid)
	return session{do: func() (int, error) {
		threads, err := process.Threads()
		return len(threads), err
	}}, err
}

func (p place) openGopsutilThreads() (session, error) {
	process, err := process.NewProcess(int32(p.pid))
	return session{do: func() (int, error) {
		threads, err := process.Threads()
		return len(threads), err
	}}, err
}

func gopsutilEach(look func(*process.Process)) func() (int, error) {
	return func() (int, error) {
		all, err := process.Processes()
		for _, p := range all {
			look(p)
		}
		return len(all), err
	}
}

// gopsutilStat asks for the fields of the work. Of a process that ends
// meanwhile each fails, as in gopsutilRow.
func gopsutilStat(p *process.Process) {
	p.Ppid()
	p.Name()
	p.Status()
	p.Times()
	p.MemoryInfo()
	p.CreateTime()
	p.NumThreads()
}

func gopsutilRow(p *process.Process) {
	p.Username()
	p.MemoryPercent()
	p.MemoryInfo()
	p.Nice()
	p.Status()
	p.CreateTime()
	p.Times()
	p.Cmdline()
}

// procfsEach calls look with every process. What is the same for all of them is
// read once: when the machine was booted, for create_time.
func procfsEach(look func(procfs.Proc)) (int, error) {
	fs, err := procfs.NewDefaultFS()
	if err != nil {
		return 0, err
	}
	if _, err := fs.Stat(); err != nil {
		return 0, err
	}
	all, err := fs.AllProcs()
	for _, p := range all {
		look(p)
	}
	return len(all), err
}

func procfsStat() (int, error) {
	return procfsEach(func(p procfs.Proc) {
		p.Stat() // has all of the fields; fails if the process has ended
	})
}

func procfsRow() (int, error) {
	fs, err := procfs.NewDefaultFS()
	if err != nil {
		return 0, err
	}
	if _, err := fs.Meminfo(); err != nil { // for memory_percent
		return 0, err
	}
	users := make(map[uint64]string)
	return procfsEach(func(p procfs.Proc) {
		p.Stat()
		p.Statm()
		p.CmdLine()
		status, err := p.NewStatus()
		if err != nil {
			return // it has ended
		}
		uid := status.UIDs[0]
		if _, known := users[uid]; known {
			return
		}
		users[uid] = ""
		if u, err := user.LookupId(strconv.FormatUint(uid, 10)); err == nil {
			users[uid] = u.Username
		}
	})
}

func (p place) procfsThreads() (int, error) {
	all, err := procfs.AllThreads(p.pid)
	for _, t := range all {
		if _, err := t.Stat(); err != nil {
			return 0, err
		}
	}
	return len(all), err
}
