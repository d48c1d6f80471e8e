package main

import (
	"encoding/json"
	"errors"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"time"

	"github.com/go-psutil/psutil"
)

// processCalls are the calls about one process.
func processCalls() []call {
	calls := []call{
		{
			name: "new", doc: "a handle on the process, for later calls with its create_token",
			results: []any{handle{}},
			run: func(in *invocation) (any, error) {
				if err := in.alive(); err != nil {
					return nil, err
				}
				return orError(newHandle(in.proc))
			},
		},
		{
			name: "pid", doc: "the PID",
			results: []any{0},
			run:     func(in *invocation) (any, error) { return in.proc.PID(), nil },
		},
		getProcess("is_running", "whether the process is there and still the same", psutil.Process.IsRunning),
		asDict("as_dict", "several fields at once, each file they need read once"),
		asDict("info", "as_dict by the name that process_iter's attrs had"),
		unsupported("oneshot", "context in which files are read once, as as_dict does", "as_dict instead", nil),
		getProcess("ppid", "PID of the parent", psutil.Process.PPID),
		{
			name: "parent", doc: "the parent, or null",
			results: []any{handle{}, nil},
			run: func(in *invocation) (any, error) {
				parent, err := in.proc.Parent()
				if errors.Is(err, psutil.ErrNoSuchProcess) {
					// The first process has none.
					if running, rerr := in.proc.IsRunning(); running && rerr == nil {
						return nil, nil
					}
				}
				if err != nil {
					return nil, err
				}
				return orError(newHandle(parent))
			},
		},
		{
			name: "parents", doc: "the parent, its parent and so on",
			results: []any{[]handle(nil)},
			run: func(in *invocation) (any, error) {
				parents, err := in.proc.Parents()
				if err != nil {
					return nil, err
				}
				return orError(newHandles(parents))
			},
		},
		{
			name: "children", doc: "the children",
			params:  []param{{"recursive", kindBool, "false", "also theirs and so on"}},
			results: []any{[]handle(nil)},
			run: func(in *invocation) (any, error) {
				children, err := in.proc.Children(in.flag("recursive"))
				if err != nil {
					return nil, err
				}
				return orError(newHandles(children))
			},
		},
		getProcess("name", "name of the program", psutil.Process.Name),
		getProcess("exe", "path of the executable", psutil.Process.Exe),
		getProcess("cmdline", "command line", psutil.Process.Cmdline),
		getProcess("environ", "environment it was started with", psutil.Process.Environ),
		getProcess("cwd", "working directory", psutil.Process.Cwd),
		getProcess("root", "root directory", psutil.Process.Root),
		{
			name: "create_time", doc: "when it was started, in seconds since 1970",
			results: []any{time.Time{}},
			run: func(in *invocation) (any, error) {
				if err := in.alive(); err != nil {
					return nil, err
				}
				return orError(in.proc.CreateTime())
			},
		},
		getProcess("status", "what it is doing", psutil.Process.Status),
		getProcess("username", "name of the real user", psutil.Process.Username),
		getProcess("uids", "user IDs", psutil.Process.UIDs),
		getProcess("gids", "group IDs", psutil.Process.GIDs),
		getProcess("groups", "supplementary groups", psutil.Process.Groups),
		{
			name: "terminal", doc: "controlling terminal, or null",
			results: []any{"", nil},
			run: func(in *invocation) (any, error) {
				name, err := in.proc.Terminal()
				if err != nil || name == "" {
					return nil, err
				}
				return name, nil
			},
		},
		getProcess("pgid", "process group", psutil.Process.PGID),
		getProcess("sid", "session", psutil.Process.SID),
		{
			name: "nice", doc: "nice value, or sets it",
			params:  []param{{"value", kindInt, "null", "-20 to 19"}},
			results: []any{0, nil},
			run: func(in *invocation) (any, error) {
				if value, ok := arg[int](in, "value"); ok {
					return nil, in.proc.SetNice(value)
				}
				return orError(in.proc.Nice())
			},
		},
		{
			name: "ionice", doc: "IO priority, or sets it",
			params: []param{
				{"ioclass", kindIOClass, "null", "0 to 3, or IOPRIO_CLASS_NONE, _RT, _BE or _IDLE"},
				{"value", kindInt, "null", "0 (first) to 7; if not given, 0"},
			},
			results: []any{psutil.IOPriority{}, nil},
			run: func(in *invocation) (any, error) {
				class, ok := arg[psutil.IOClass](in, "ioclass")
				value, hasValue := arg[int](in, "value")
				switch {
				case ok:
					return nil, in.proc.SetIONice(psutil.IOPriority{Class: class, Level: value})
				case hasValue:
					return nil, badArgument("argument value: needs ioclass")
				}
				return orError(in.proc.IONice())
			},
		},
		{
			name: "rlimit", doc: "limit of a resource, or sets it; -1 is no limit",
			params: []param{
				{"resource", kindLimit, "", "such as RLIMIT_NOFILE, or on Linux its number"},
				{"limits", kindInts, "null", "soft and hard"},
			},
			results: []any{psutil.Rlimit{}, nil},
			run:     rlimit,
		},
		{
			name: "cpu_affinity", doc: "CPUs it may run on, or sets them",
			params:  []param{{"cpus", kindInts, "null", "none for all that are allowed"}},
			results: []any{[]int(nil), nil},
			run: func(in *invocation) (any, error) {
				if cpus, ok := listArg[int](in, "cpus"); ok {
					return nil, in.proc.SetCPUAffinity(cpus)
				}
				return orError(in.proc.CPUAffinity())
			},
		},
		getProcess("cpu_num", "CPU it last ran on", psutil.Process.CPUNum),
		getProcess("cpu_times", "CPU time it has used, in seconds", psutil.Process.CPUTimes),
		{
			name: "cpu_percent", doc: "CPU it uses, in percent of one CPU",
			params:  []param{interval},
			results: []any{0.0, nil},
			run: func(in *invocation) (any, error) {
				percent, err := in.conv.noteCPU(in.proc)
				if err != nil {
					return nil, err
				}
				slept, err := in.sleep()
				if err == nil && slept {
					percent, err = in.conv.noteCPU(in.proc)
				}
				return orError(percent, err)
			},
		},
		getProcess("num_ctx_switches", "context switches", psutil.Process.NumCtxSwitches),
		getProcess("num_threads", "number of threads", psutil.Process.NumThreads),
		getProcess("threads", "threads", psutil.Process.Threads),
		getProcess("num_fds", "number of open descriptors", psutil.Process.NumFDs),
		getProcess("num_handles", "number of open handles, on Windows", psutil.Process.NumHandles),
		getProcess("io_counters", "what it has read and written", psutil.Process.IOCounters),
		getProcess("memory_info", "memory, in bytes", psutil.Process.MemoryInfo),
		getProcess("memory_info_ex", "memory in more detail, in bytes", psutil.Process.MemoryInfoEx),
		getProcess("memory_footprint", "memory it really costs, in bytes; slow", psutil.Process.MemoryFootprint),
		{
			name: "memory_full_info", doc: "memory_info and memory_footprint",
			results: []any{fullMemory{}},
			run: func(in *invocation) (any, error) {
				var m fullMemory
				var err1, err2 error
				m.ProcessMemory, err1 = in.proc.MemoryInfo()
				m.ProcessFootprint, err2 = in.proc.MemoryFootprint()
				return orError(m, errors.Join(err1, err2))
			},
		},
		{
			name: "memory_percent", doc: "share of the machine's memory, in percent",
			params:  []param{{"memtype", kindText, `"rss"`, "a field of memory_info, memory_footprint or memory_info_ex"}},
			results: []any{0.0},
			run: func(in *invocation) (any, error) {
				memtype, _ := arg[string](in, "memtype")
				if memtype == "" {
					return nil, badArgument("argument memtype: empty")
				}
				return orError(in.proc.MemoryPercent(memtype))
			},
		},
		{
			name: "memory_maps", doc: "mapped memory, in bytes; slow",
			params:  []param{{"grouped", kindBool, "true", "by path, not by region"}},
			results: []any{[]psutil.MemoryMap(nil), []psutil.MemoryRegion(nil)},
			run: func(in *invocation) (any, error) {
				if in.flag("grouped") {
					return orError(in.proc.MemoryMaps())
				}
				return orError(in.proc.MemoryRegions())
			},
		},
		getProcess("page_faults", "page faults", psutil.Process.PageFaults),
		getProcess("open_files", "regular files it has open", psutil.Process.OpenFiles),
		getProcess("open_fds", "all descriptors it has open", psutil.Process.OpenFDs),
		connections("net_connections", "sockets it has open"),
		connections("connections", "net_connections by its older name"),
		getProcess("cgroups", "control groups it is in", psutil.Process.Cgroups),
		getProcess("cgroup_limits", "what control groups allow it", psutil.Process.CgroupLimits),
		getProcess("namespaces", "namespaces it is in", psutil.Process.Namespaces),
		{
			name: "send_signal", doc: "sends a signal, never to another process that has the PID now",
			params:  []param{{"sig", kindSignal, "", "a number, or a name such as SIGTERM"}},
			results: []any{nil},
			run: func(in *invocation) (any, error) {
				sig, _ := arg[syscall.Signal](in, "sig")
				return nil, in.proc.SendSignal(sig)
			},
		},
		act("suspend", "stops the process until resume", psutil.Process.Suspend),
		act("resume", "continues it", psutil.Process.Resume),
		act("terminate", "asks it to end", psutil.Process.Terminate),
		act("kill", "ends it", psutil.Process.Kill),
		{
			name: "wait", doc: "waits until it has ended; exit code, or minus the signal that killed it, or null if not known",
			params:  []param{{"timeout", kindSeconds, "null", "how long to wait"}},
			results: []any{0, nil},
			run: func(in *invocation) (any, error) {
				ctx, cancel := in.withTimeout()
				defer cancel()
				status, err := in.proc.Wait(ctx)
				if why := interrupted(ctx); err != nil && why != nil {
					err = &psutil.ProcessError{Op: "wait", PID: in.proc.PID(), Err: why}
				}
				return orError(status, err)
			},
		},
	}
	for i := range calls {
		c := &calls[i]
		c.name = "process." + c.name
		c.process = true
		c.params = append([]param{
			{"pid", kindInt, "", "process ID"},
			{"create_token", kindToken, "null", "what process.new gave: the process meant, even if its PID is used again"},
		}, c.params...)
	}
	return append(calls, call{
		name: "process.attrs", doc: "names of the fields that as_dict has by default",
		results: []any{[]string(nil)},
		run: func(*invocation) (any, error) {
			names := []string{}
			for _, f := range defaultFields() {
				names = append(names, f.String())
			}
			return names, nil
		},
	})
}

// alive returns an error if the process has gone, which a handle with a token
// does not know.
func (in *invocation) alive() error {
	running, err := in.proc.IsRunning()
	if err == nil && !running {
		err = &psutil.ProcessError{Op: "process", PID: in.proc.PID(), Err: psutil.ErrNoSuchProcess}
	}
	return err
}

// getProcess is a call without arguments of its own.
func getProcess[T any](name, doc string, f func(psutil.Process) (T, error)) call {
	var zero T
	return call{name: name, doc: doc, results: []any{zero}, run: func(in *invocation) (any, error) {
		return orError(f(in.proc))
	}}
}

// act is a call without arguments of its own that answers null.
func act(name, doc string, f func(psutil.Process) error) call {
	return call{name: name, doc: doc, results: []any{nil}, run: func(in *invocation) (any, error) {
		return nil, f(in.proc)
	}}
}

func connections(name, doc string) call {
	return call{
		name: name, doc: doc,
		params:  []param{connKind},
		results: []any{[]psutil.Connection(nil)},
		run: func(in *invocation) (any, error) {
			kind, err := in.connKind()
			if err != nil {
				return nil, err
			}
			return rows(in.proc.NetConnections(kind))
		},
	}
}

func asDict(name, doc string) call {
	return call{
		name: name, doc: doc,
		params:  []param{attrs, adValue},
		results: []any{anyFields{}},
		run: func(in *invocation) (any, error) {
			order, set, err := in.fields()
			if err != nil {
				return nil, err
			}
			info, err := in.proc.Info(set)
			if err != nil {
				return nil, err
			}
			return in.row(info, order, time.Now()), nil
		},
	}
}

// fullMemory is psutil's pfullmem.
type fullMemory struct {
	psutil.ProcessMemory
	psutil.ProcessFootprint
}

func rlimit(in *invocation) (any, error) {
	resource, _ := arg[psutil.Resource](in, "resource")
	limits, ok := listArg[int](in, "limits")
	if !ok {
		return orError(in.proc.Rlimit(resource))
	}
	if len(limits) != 2 {
		return nil, badArgument("argument limits: not two numbers")
	}
	var values [2]uint64
	for i, n := range limits {
		switch {
		case n < -1:
			return nil, badArgument("argument limits: %d", n)
		case n == -1:
			values[i] = psutil.RlimitInfinity
		default:
			values[i] = uint64(n)
		}
	}
	return nil, in.proc.SetRlimit(resource, psutil.Rlimit{Soft: values[0], Hard: values[1]})
}

// A handle is a process as process.new answers it.
type handle struct {
	PID         int       `json:"pid"`
	CreateTime  time.Time `json:"create_time"`
	CreateToken *string   `json:"create_token"`
}

func newHandle(p psutil.Process) (handle, error) {
	created, err := p.CreateTime()
	token := strconv.FormatUint(p.Token(), 10)
	return handle{p.PID(), created, &token}, err
}

func newHandles(procs []psutil.Process) ([]handle, error) {
	handles := make([]handle, len(procs))
	for i, p := range procs {
		var err error
		if handles[i], err = newHandle(p); err != nil {
			return nil, err
		}
	}
	return handles, nil
}

// extraFields are the fields that psutil does not have.
const extraFields = psutil.SamplerFields&^psutil.FieldCPUPercent | psutil.FieldRoot | psutil.FieldGroups | psutil.FieldPGID | psutil.FieldSID |
	psutil.FieldCgroups | psutil.FieldNamespaces | psutil.FieldRSS | psutil.FieldVMS

// foreignFields are the fields that only other systems have.
func foreignFields() psutil.Field {
	if runtime.GOOS == "windows" {
		return psutil.FieldUIDs | psutil.FieldGIDs | psutil.FieldTerminal | psutil.FieldNumFDs | psutil.FieldCPUNum
	}
	return psutil.FieldNumHandles
}

// defaultFields are psutil's Process.attrs, sorted by name.
func defaultFields() []psutil.Field {
	return slices.SortedFunc((psutil.AllFields &^ extraFields &^ foreignFields()).All(), func(a, b psutil.Field) int {
		return strings.Compare(a.String(), b.String())
	})
}

// fullInfo is the name of the one attribute that is of several fields. It is
// not among the default ones.
const fullInfo = "memory_full_info"

// An attr is an attribute of a process, by psutil's name, and the fields that it
// is made of.
type attr struct {
	name   string
	fields psutil.Field
}

// fields returns the attributes that the argument attrs asks for, in that order,
// and all fields that must be read for them.
func (in *invocation) fields() (order []attr, set psutil.Field, err error) {
	names, _ := listArg[string](in, "attrs")
	add := func(a attr) {
		if !slices.Contains(order, a) {
			order = append(order, a)
			set |= a.fields
		}
	}
	for _, name := range names {
		if name == fullInfo {
			add(attr{name, psutil.FieldMemoryInfo | psutil.FieldMemoryFootprint})
			continue
		}
		named, err := psutil.ParseFields(name)
		if err != nil {
			return nil, 0, err
		}
		for f := range named.All() {
			add(attr{f.String(), f})
		}
	}
	if len(order) == 0 {
		for _, f := range defaultFields() {
			add(attr{f.String(), f})
		}
	}
	if set.Has(psutil.FieldCPUPercent) {
		set |= psutil.FieldCPUTimes
	}
	return order, set, nil
}

// row answers the attributes of info, which was read at a time. It may be
// written to later.
func (in *invocation) row(info *psutil.ProcessInfo, order []attr, at time.Time) fields {
	denied, _ := arg[json.RawMessage](in, "ad_value")
	row := make(fields, len(order))
	for i, a := range order {
		var value any
		missing := a.fields &^ info.Valid
		switch {
		case a.fields == psutil.FieldCPUPercent && info.Has(psutil.FieldCPUTimes):
			value = in.conv.note(info.Process, info.CPUTimes, at)
		case missing != 0:
			for f := range missing.All() {
				if err := info.Err(f); errors.Is(err, psutil.ErrAccessDenied) || errors.Is(err, psutil.ErrNoSuchProcess) {
					value = denied
				}
			}
		case a.name == fullInfo:
			value = fullMemory{info.MemoryInfo, info.MemoryFootprint}
		default:
			if value, _ = info.Value(a.fields); a.fields == psutil.FieldTerminal && value == "" {
				value = nil
			}
		}
		row[i] = field{a.name, value}
	}
	return row
}

// fields is an object whose members have an order.
type fields []field

type field struct {
	name  string
	value any
}

// MarshalJSON writes the members.
func (fs fields) MarshalJSON() ([]byte, error) {
	b := []byte{'{'}
	for i, f := range fs {
		if i > 0 {
			b = append(b, ',')
		}
		b, _ = psutil.AppendJSON(b, f.name) // has no error for a string
		b = append(b, ':')
		var err error
		if b, err = psutil.AppendJSON(b, f.value); err != nil {
			return nil, err
		}
	}
	return append(b, '}'), nil
}

// anyFields stands in a call's results for the fields that may be asked for.
type anyFields struct{}

// MarshalJSON writes every field that this system has.
func (anyFields) MarshalJSON() ([]byte, error) {
	var all fields
	for f := range (psutil.AllFields &^ foreignFields()).All() {
		all = append(all, field{f.String(), nil})
	}
	all = append(all, field{fullInfo, nil})
	return all.MarshalJSON()
}

func processIter(in *invocation) (any, error) {
	if _, ok := in.args["attrs"]; !ok {
		handles := []handle{}
		for info, err := range in.sys.Snapshot(psutil.FieldCreateTime) {
			if err != nil {
				return rows(handles, err)
			}
			token := strconv.FormatUint(info.Process.Token(), 10)
			handles = append(handles, handle{info.Process.PID(), info.CreateTime, &token})
		}
		return handles, nil
	}
	order, set, err := in.fields()
	if err != nil {
		return nil, err
	}
	list := []json.RawMessage{}
	for info, err := range in.sys.Snapshot(set) {
		if err != nil {
			return rows(list, err)
		}
		row, err := in.row(info, order, time.Now()).MarshalJSON()
		if err != nil {
			return nil, err
		}
		list = append(list, row)
	}
	return list, nil
}

// waited is what wait_procs answers.
type waited struct {
	Gone  []ended  `json:"gone"`
	Alive []handle `json:"alive"`
}

type ended struct {
	handle
	ReturnCode any `json:"returncode"`
}

func waitProcs(in *invocation) (any, error) {
	refs, _ := listArg[procRef](in, "procs")
	result := waited{Gone: []ended{}, Alive: []handle{}}
	var procs []psutil.Process
	for _, ref := range refs {
		p, err := openProcess(in.sys, ref)
		switch {
		case errors.Is(err, psutil.ErrNoSuchProcess):
			result.Gone = append(result.Gone, ended{handle{PID: ref.pid}, nil})
		case err != nil:
			return nil, err
		default:
			procs = append(procs, p)
		}
	}
	ctx, cancel := in.withTimeout()
	defer cancel()
	var herr error
	_, alive, err := psutil.WaitProcs(ctx, procs, func(p psutil.Process, status psutil.ExitStatus) {
		h, err := newHandle(p)
		herr = errors.Join(herr, err)
		result.Gone = append(result.Gone, ended{h, status})
	})
	if err = errors.Join(err, herr); err != nil {
		return nil, err
	}
	if result.Alive, err = newHandles(alive); err != nil {
		return nil, err
	}
	return result, interrupted(ctx)
}
