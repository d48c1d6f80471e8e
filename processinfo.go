package psutil

import (
	"errors"
	"fmt"
	"iter"
	"math/bits"
	"strings"
	"time"
)

// Field is an attribute of a process that can be asked for in bulk, or with |
// a set of them. The names are those of psutil's as_dict.
type Field uint64

// The fields. The comment says what Linux reads for it in /proc/PID; fields of
// one file cost one read together. Every bulk call reads stat.
//
// On Windows every bulk call reads one table of the system, which costs one call
// however many processes there are and has, at no more cost, FieldPPID, FieldName,
// FieldCreateTime, FieldStatus, FieldCPUTimes, FieldNumCtxSwitches, FieldNumThreads,
// FieldThreads, FieldIOCounters, FieldMemoryInfo, FieldMemoryInfoEx,
// FieldMemoryPercent, FieldPageFaults, FieldRSS, FieldVMS and FieldNumHandles, and what
// a [Sampler] makes of them. Each other field costs the calls of the method of
// its name, for each process; those that Windows does not have are missing, with
// [ErrNotSupported].
const (
	FieldPID             Field = 1 << iota
	FieldPPID                  // stat
	FieldName                  // stat; cmdline if the name may be cut
	FieldExe                   // link exe
	FieldCmdline               // cmdline
	FieldEnviron               // environ
	FieldCwd                   // link cwd
	FieldRoot                  // link root
	FieldCreateTime            // stat
	FieldStatus                // stat
	FieldUsername              // status
	FieldUIDs                  // status
	FieldGIDs                  // status
	FieldGroups                // status
	FieldTerminal              // stat
	FieldPGID                  // stat
	FieldSID                   // stat
	FieldNice                  // stat
	FieldIONice                // ioprio_get(2)
	FieldCPUAffinity           // sched_getaffinity(2)
	FieldCPUNum                // stat
	FieldCPUTimes              // stat
	FieldCPUPercent            // stat; only a Sampler knows it
	FieldNumCtxSwitches        // status
	FieldNumThreads            // stat
	FieldThreads               // task/TID/stat of each thread; their CPUPercent only a Sampler knows
	FieldNumFDs                // list of fd
	FieldIOCounters            // io
	FieldMemoryInfo            // statm, or status if that is read
	FieldMemoryInfoEx          // status
	FieldMemoryFootprint       // smaps_rollup; slow
	FieldMemoryPercent         // as FieldMemoryInfo
	FieldMemoryMaps            // smaps; slow
	FieldPageFaults            // stat
	FieldOpenFiles             // links in fd, fdinfo
	FieldNetConnections        // those of KindINET: links in fd, net/*
	FieldCgroups               // cgroup
	FieldNamespaces            // links in ns
	FieldRSS                   // stat: cheap, but behind MemoryInfo by up to 64 pages a CPU or thread
	FieldVMS                   // stat
	FieldIORate                // io; only a Sampler knows it
	FieldCtxSwitchRate         // status; only a Sampler knows it
	FieldPageFaultRate         // stat; only a Sampler knows it
	FieldNetRate               // every connection of TCP, links in every fd and ns/net; only a Sampler knows it, see NetRate
	FieldNumHandles            // Windows only
	fieldEnd
)

// SamplerFields are the fields that compare two samples, which only a
// [Sampler] knows; elsewhere they are missing.
const SamplerFields = FieldCPUPercent | FieldIORate | FieldCtxSwitchRate | FieldPageFaultRate | FieldNetRate

// AllFields is every field that can be asked for, those that are slow to read
// too.
const AllFields = fieldEnd - 1

// fieldTable is the one table of the fields: their names and how to get at
// them, in the order of their bits.
var fieldTable = [...]struct {
	name  string
	value func(*ProcessInfo) any
}{
	{"pid", func(i *ProcessInfo) any { return i.Process.pid }},
	{"ppid", func(i *ProcessInfo) any { return i.PPID }},
	{"name", func(i *ProcessInfo) any { return i.Name }},
	{"exe", func(i *ProcessInfo) any { return i.Exe }},
	{"cmdline", func(i *ProcessInfo) any { return i.Cmdline }},
	{"environ", func(i *ProcessInfo) any { return i.Environ }},
	{"cwd", func(i *ProcessInfo) any { return i.Cwd }},
	{"root", func(i *ProcessInfo) any { return i.Root }},
	{"create_time", func(i *ProcessInfo) any { return i.CreateTime }},
	{"status", func(i *ProcessInfo) any { return i.Status }},
	{"username", func(i *ProcessInfo) any { return i.Username }},
	{"uids", func(i *ProcessInfo) any { return i.UIDs }},
	{"gids", func(i *ProcessInfo) any { return i.GIDs }},
	{"groups", func(i *ProcessInfo) any { return i.Groups }},
	{"terminal", func(i *ProcessInfo) any { return i.Terminal }},
	{"pgid", func(i *ProcessInfo) any { return i.PGID }},
	{"sid", func(i *ProcessInfo) any { return i.SID }},
	{"nice", func(i *ProcessInfo) any { return i.Nice }},
	{"ionice", func(i *ProcessInfo) any { return i.IONice }},
	{"cpu_affinity", func(i *ProcessInfo) any { return i.CPUAffinity }},
	{"cpu_num", func(i *ProcessInfo) any { return i.CPUNum }},
	{"cpu_times", func(i *ProcessInfo) any { return i.CPUTimes }},
	{"cpu_percent", func(i *ProcessInfo) any { return i.CPUPercent }},
	{"num_ctx_switches", func(i *ProcessInfo) any { return i.NumCtxSwitches }},
	{"num_threads", func(i *ProcessInfo) any { return i.NumThreads }},
	{"threads", func(i *ProcessInfo) any { return i.Threads }},
	{"num_fds", func(i *ProcessInfo) any { return i.NumFDs }},
	{"io_counters", func(i *ProcessInfo) any { return i.IOCounters }},
	{"memory_info", func(i *ProcessInfo) any { return i.MemoryInfo }},
	{"memory_info_ex", func(i *ProcessInfo) any { return i.MemoryInfoEx }},
	{"memory_footprint", func(i *ProcessInfo) any { return i.MemoryFootprint }},
	{"memory_percent", func(i *ProcessInfo) any { return i.MemoryPercent }},
	{"memory_maps", func(i *ProcessInfo) any { return i.MemoryMaps }},
	{"page_faults", func(i *ProcessInfo) any { return i.PageFaults }},
	{"open_files", func(i *ProcessInfo) any { return i.OpenFiles }},
	{"net_connections", func(i *ProcessInfo) any { return i.NetConnections }},
	{"cgroups", func(i *ProcessInfo) any { return i.Cgroups }},
	{"namespaces", func(i *ProcessInfo) any { return i.Namespaces }},
	{"rss", func(i *ProcessInfo) any { return i.RSS }},
	{"vms", func(i *ProcessInfo) any { return i.VMS }},
	{"io_rate", func(i *ProcessInfo) any { return i.IORate }},
	{"ctx_switch_rate", func(i *ProcessInfo) any { return i.CtxSwitchRate }},
	{"page_fault_rate", func(i *ProcessInfo) any { return i.PageFaultRate }},
	{"net_rate", func(i *ProcessInfo) any { return i.NetRate }},
	{"num_handles", func(i *ProcessInfo) any { return i.NumHandles }},
}

// ParseFields reads a comma-separated list of field names, such as
// "name,pid,rss". An unknown name is [ErrInvalid].
func ParseFields(list string) (Field, error) {
	var fields Field
	for name := range strings.SplitSeq(list, ",") {
		f := fieldByName(strings.TrimSpace(name))
		if f == 0 {
			return 0, invalid("fields", fmt.Sprintf("unknown field %q", name))
		}
		fields |= f
	}
	return fields, nil
}

func fieldByName(name string) Field {
	for i, f := range fieldTable {
		if f.name == name {
			return 1 << i
		}
	}
	return 0
}

// Has reports whether f has all of the fields.
func (f Field) Has(fields Field) bool { return f&fields == fields }

// any reports whether f has any of the fields.
func (f Field) any(fields Field) bool { return f&fields != 0 }

// All returns an iterator over the fields of a set, one by one.
func (f Field) All() iter.Seq[Field] {
	return func(yield func(Field) bool) {
		for rest := f & AllFields; rest != 0; rest &= rest - 1 {
			if !yield(rest & -rest) {
				return
			}
		}
	}
}

// String returns the names, separated by commas, as [ParseFields] reads them.
func (f Field) String() string {
	var names []string
	for one := range f.All() {
		names = append(names, fieldTable[bits.TrailingZeros64(uint64(one))].name)
	}
	return strings.Join(names, ",")
}

// MarshalText returns the names.
func (f Field) MarshalText() ([]byte, error) { return []byte(f.String()), nil }

// UnmarshalText reads names as String writes them.
func (f *Field) UnmarshalText(text []byte) (err error) {
	*f = 0
	if len(text) > 0 {
		*f, err = ParseFields(string(text))
	}
	return err
}

// ProcessInfo is what was asked for about one process. Only the fields in Valid
// are there; the others are zero, which means nothing. [ProcessInfo.Err] says
// why one that was asked for is not there.
type ProcessInfo struct {
	Process Process
	Valid   Field // what was read

	PPID            int
	Name            string
	Exe             string
	Cmdline         []string
	Environ         map[string]string
	Cwd             string
	Root            string
	CreateTime      time.Time
	Status          Status
	Username        string
	UIDs            UserIDs
	GIDs            UserIDs
	Groups          []uint32
	Terminal        string
	PGID            int
	SID             int
	Nice            int // -20 to 19; on Windows a priority class, by its number
	IONice          IOPriority
	CPUAffinity     []int
	CPUNum          int // number of the CPU it last ran on
	CPUTimes        ProcessCPUTime
	CPUPercent      float64 // of one CPU, since the sampler's previous sample
	NumCtxSwitches  CtxSwitches
	NumThreads      int
	Threads         []Thread
	NumFDs          int // number of them
	IOCounters      ProcessIO
	MemoryInfo      ProcessMemory
	MemoryInfoEx    ProcessMemoryEx
	MemoryFootprint ProcessFootprint
	MemoryPercent   float64 // RSS in percent of the machine's memory
	MemoryMaps      []MemoryMap
	PageFaults      PageFaults
	OpenFiles       []OpenFile
	NetConnections  []Connection
	Cgroups         []Cgroup
	Namespaces      []Namespace
	RSS             uint64        // bytes; see FieldRSS
	VMS             uint64        // bytes
	IORate          ProcessIORate // since the sampler's previous sample, as the next two
	CtxSwitchRate   CtxSwitchRate
	PageFaultRate   PageFaultRate
	NetRate         NetRate // of TCP
	NumHandles      int     // number of them

	asked  Field
	errors []fieldError
	reader *processReader // that filled it
}

// A fieldError is why fields are missing.
type fieldError struct {
	fields Field
	err    error
}

// Has reports whether all the fields were read.
func (i *ProcessInfo) Has(fields Field) bool { return i.Valid&fields == fields }

// Asked returns the fields that were asked for. Of a ProcessInfo that came
// through gob, or was made by hand, these are the valid ones.
func (i *ProcessInfo) Asked() Field { return i.asked | i.Valid }

// Err returns why a field was not read, or, if it is valid all the same, what of
// it was not. It is nil if the field was read, or was not asked for.
func (i *ProcessInfo) Err(field Field) error {
	for _, e := range i.errors {
		if e.fields.any(field) {
			return e.err
		}
	}
	if lacks := field & i.asked &^ i.Valid; lacks != 0 {
		return &NotSupportedError{Op: lacks.String()} // nothing here reads it
	}
	return nil
}

// Value returns a field by its bit, and whether it was read. The type is that
// of the field in ProcessInfo.
func (i *ProcessInfo) Value(field Field) (value any, ok bool) {
	n := bits.TrailingZeros64(uint64(field))
	if n >= len(fieldTable) || !i.Valid.Has(field) {
		return nil, false
	}
	return fieldTable[n].value(i), true
}

// All returns an iterator over the fields that were asked for, with nil for
// those that are missing.
func (i *ProcessInfo) All() iter.Seq2[Field, any] {
	return func(yield func(Field, any) bool) {
		for f := range i.Asked().All() {
			value, _ := i.Value(f)
			if !yield(f, value) {
				return
			}
		}
	}
}

// Clone returns a copy that stays valid when i is overwritten.
func (i *ProcessInfo) Clone() *ProcessInfo {
	c := *i
	c.reader = nil
	c.errors = append([]fieldError(nil), i.errors...)
	return &c
}

// MarshalJSON writes psutil's as_dict: the fields that were asked for, null
// where missing.
func (i ProcessInfo) MarshalJSON() ([]byte, error) {
	dst := []byte{'{'}
	for f, value := range i.All() {
		if len(dst) > 1 {
			dst = append(dst, ',')
		}
		dst = append(appendJSONString(dst, f.String()), ':')
		var err error
		if dst, err = AppendJSON(dst, value); err != nil {
			return nil, err
		}
	}
	return append(dst, '}'), nil
}

// String returns the fields that were read on one line.
func (i ProcessInfo) String() string {
	var b strings.Builder
	for f, value := range i.All() {
		if b.Len() > 0 {
			b.WriteByte(' ')
		}
		switch v := value.(type) {
		case nil:
			fmt.Fprintf(&b, "%s=?", f)
		case string, []string, map[string]string:
			fmt.Fprintf(&b, "%s=%q", f, v)
		default:
			fmt.Fprintf(&b, "%s=%v", f, v)
		}
	}
	return b.String()
}

// reset makes i ready for another process.
func (i *ProcessInfo) reset(p Process, asked Field) {
	errs := i.errors[:0]
	*i = ProcessInfo{Process: p, asked: asked, errors: errs}
}

// set notes that fields were read, or why they were not.
func (i *ProcessInfo) set(fields Field, err error) {
	fields &= i.asked
	if fields == 0 {
		return
	}
	if err == nil {
		i.Valid |= fields
		return
	}
	i.errors = append(i.errors, fieldError{fields, err})
}

// setPartial notes that fields were read but not whole, if some of it is there.
func (i *ProcessInfo) setPartial(fields Field, some bool, err error) {
	i.set(fields, err)
	if some {
		i.Valid |= fields & i.asked
	}
}

// withdraw notes that fields are missing after all.
func (i *ProcessInfo) withdraw(fields Field, err error) {
	i.Valid &^= fields
	i.errors = append(i.errors, fieldError{fields, err})
}

// confine makes fields the ones that were asked for, of those that were read.
func (i *ProcessInfo) confine(fields Field) {
	i.asked = fields
	i.Valid &= fields
	kept := i.errors[:0]
	for _, e := range i.errors {
		if e.fields &= fields; e.fields != 0 {
			kept = append(kept, e)
		}
	}
	i.errors = kept
}

// gone returns the error that says that the process ended while it was read.
func (i *ProcessInfo) gone() error {
	for _, e := range i.errors {
		if errors.Is(e.err, ErrNoSuchProcess) && !errors.Is(e.err, ErrZombieProcess) {
			return e.err
		}
	}
	return nil
}

// Info reads several fields at once, each file that they need once, and all of
// the same process. It is psutil's as_dict and oneshot. A field that can't be
// read is missing from the result's Valid and is no error; the error is that of
// a process that has gone, or of fields that do not exist. Linux: the files of
// /proc/PID that [Field] says. Windows: the table of all processes, and what Field says.
func (p Process) Info(fields Field) (*ProcessInfo, error) {
	s, err := p.system("info")
	if err != nil {
		return nil, err
	}
	if err := checkFields(fields); err != nil {
		return nil, &ProcessError{Op: "info", PID: p.pid, Err: err}
	}
	r, info := s.newReader(fields), new(ProcessInfo)
	r.renew()
	if err := r.read(p.pid, info); err != nil {
		return nil, err
	}
	if info.Process != p {
		return nil, p.reused("info")
	}
	return info, nil
}

func checkFields(fields Field) error {
	if fields == 0 || fields&^AllFields != 0 {
		return invalid("fields", "no field, or one that does not exist")
	}
	return nil
}

// Snapshot reads the fields of every process, in order of PID. It is psutil's
// process_iter with attributes. Each file that the fields need is read once a
// process, and nothing else. Windows: one call for most fields of all processes, see
// [Field].
//
// The *ProcessInfo, with what it points to, is valid until the next iteration;
// see [ProcessInfo.Clone]. A process that goes meanwhile is passed over. For
// one that can't be looked at at all there is a nil *ProcessInfo in its place,
// with a [*ProcessError], and the iteration goes on, as in [Processes].
func Snapshot(fields Field) iter.Seq2[*ProcessInfo, error] {
	s, err := defaultSystem()
	if err != nil {
		return func(yield func(*ProcessInfo, error) bool) { yield(nil, err) }
	}
	return s.Snapshot(fields)
}

// Snapshot is [Snapshot] of this system.
func (s *System) Snapshot(fields Field) iter.Seq2[*ProcessInfo, error] {
	return func(yield func(*ProcessInfo, error) bool) {
		if err := checkFields(fields); err != nil {
			yield(nil, err)
			return
		}
		r := s.newReader(fields)
		if r.accelerated(0) && s.accel.FindsAll(r.fields) && !s.accel.hides() {
			r.renew()
			s.snapshotRecords(r, yield)
			return
		}
		if s.halves() > 1 && r.accelerated(0) {
			list := r.listMeanwhile()
			defer list()
			r.renew()
			s.snapshotAccelerated(r, list, yield)
			return
		}
		pids, err := r.pids()
		if err != nil {
			yield(nil, err)
			return
		}
		r.renew()
		if r.accelerated(len(pids)) {
			s.snapshotAccelerated(r, func() ([]int, error) { return pids, nil }, yield)
			return
		}
		if workers := min(s.parallelism, len(pids)/snapshotChunk); workers > 1 {
			s.snapshotParallel(r, pids, workers, yield)
			return
		}
		shown := shower{info: new(ProcessInfo), yield: yield}
		for _, pid := range pids {
			if !shown.show(r.read(pid, shown.info)) {
				return
			}
		}
	}
}
