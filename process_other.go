//go:build !linux && !windows

package psutil

import (
	"context"
	"syscall"
	"time"
)

// host is what the glue of this operating system keeps.
type host struct{}

func (s *System) open(c config) error { return c.checkRoot() }

func (s *System) startToken(pid int) (uint64, error) {
	return 0, &ProcessError{Op: "process", PID: pid, Err: &NotSupportedError{Op: "process"}}
}

func (s *System) selfPID() (int, error)       { return 0, &NotSupportedError{Op: "process"} }
func (s *System) startedPID(int) (int, error) { return 0, &NotSupportedError{Op: "process"} }
func (s *System) pids() ([]int, error)        { return nil, &NotSupportedError{Op: "pids"} }
func (s *System) pidExists(int) (bool, error) { return false, &NotSupportedError{Op: "pid_exists"} }

func (s *System) processTree() (map[int][]Process, error) {
	return nil, &NotSupportedError{Op: "children"}
}

// unsupported is the error of a method that this system does not have yet.
func (p Process) unsupported(op string) error {
	return &ProcessError{Op: op, PID: p.pid, Err: &NotSupportedError{Op: op}}
}

func (p Process) ppid() (int, error)                  { return 0, p.unsupported("ppid") }
func (p Process) name() (string, error)               { return "", p.unsupported("name") }
func (p Process) exe() (string, error)                { return "", p.unsupported("exe") }
func (p Process) cmdline() ([]string, error)          { return nil, p.unsupported("cmdline") }
func (p Process) environ() (map[string]string, error) { return nil, p.unsupported("environ") }
func (p Process) link(name string) (string, error)    { return "", p.unsupported(name) }
func (p Process) createTime() (time.Time, error)      { return time.Time{}, p.unsupported("create_time") }
func (p Process) status() (Status, error)             { return 0, p.unsupported("status") }
func (p Process) username() (string, error)           { return "", p.unsupported("username") }
func (p Process) uids() (UserIDs, error)              { return UserIDs{}, p.unsupported("uids") }
func (p Process) gids() (UserIDs, error)              { return UserIDs{}, p.unsupported("gids") }
func (p Process) groups() ([]uint32, error)           { return nil, p.unsupported("groups") }
func (p Process) terminal() (string, error)           { return "", p.unsupported("terminal") }
func (p Process) pgid() (int, error)                  { return 0, p.unsupported("pgid") }
func (p Process) sid() (int, error)                   { return 0, p.unsupported("sid") }
func (p Process) nice() (int, error)                  { return 0, p.unsupported("nice") }
func (p Process) setNice(int) error                   { return p.unsupported("nice") }
func (p Process) ioNice() (IOPriority, error)         { return IOPriority{}, p.unsupported("ionice") }
func (p Process) setIONice(IOPriority) error          { return p.unsupported("ionice") }
func (p Process) cpuAffinity() ([]int, error)         { return nil, p.unsupported("cpu_affinity") }
func (p Process) setCPUAffinity([]int) error          { return p.unsupported("cpu_affinity") }
func (p Process) cpuNum() (int, error)                { return 0, p.unsupported("cpu_num") }
func (p Process) numThreads() (int, error)            { return 0, p.unsupported("num_threads") }
func (p Process) threads() ([]Thread, error)          { return nil, p.unsupported("threads") }
func (p Process) numFDs() (int, error)                { return 0, p.unsupported("num_fds") }
func (p Process) ioCounters() (ProcessIO, error)      { return ProcessIO{}, p.unsupported("io_counters") }
func (p Process) memoryInfo() (ProcessMemory, error) {
	return ProcessMemory{}, p.unsupported("memory_info")
}
func (p Process) memoryRegions() ([]MemoryRegion, error) { return nil, p.unsupported("memory_maps") }
func (p Process) pageFaults() (PageFaults, error)        { return PageFaults{}, p.unsupported("page_faults") }
func (p Process) openFDs(bool) ([]OpenFile, error)       { return nil, p.unsupported("open_files") }
func (p Process) cgroups() ([]Cgroup, error)             { return nil, p.unsupported("cgroups") }
func (p Process) namespaces() ([]Namespace, error)       { return nil, p.unsupported("namespaces") }
func (p Process) signal(syscall.Signal) error            { return p.unsupported("send_signal") }

func (p Process) cpuTimes() (ProcessCPUTime, error) {
	return ProcessCPUTime{}, p.unsupported("cpu_times")
}

func (p Process) numCtxSwitches() (CtxSwitches, error) {
	return CtxSwitches{}, p.unsupported("num_ctx_switches")
}

func (p Process) memoryInfoEx() (ProcessMemoryEx, error) {
	return ProcessMemoryEx{}, p.unsupported("memory_info_ex")
}

func (p Process) memoryFootprint() (ProcessFootprint, error) {
	return ProcessFootprint{}, p.unsupported("memory_footprint")
}

func (p Process) netConnections(*connQuery) ([]Connection, error) {
	return nil, p.unsupported("net_connections")
}

func (p Process) rlimit(Resource, *Rlimit) (Rlimit, error) {
	return Rlimit{}, p.unsupported("rlimit")
}

func waitAll(context.Context, []Process, func(Process, ExitStatus)) error {
	return &NotSupportedError{Op: "wait_procs"}
}

// The classes of IO that this system has: it has none.
const (
	firstIOClass = IOClassNone
	lastIOClass  = IOClassIdle
)

// processReader reads the same fields of one process after another.
type processReader struct {
	sys     *System
	asked   Field
	fields  Field
	epoch   time.Time
	at      readTimes
	threads []threadReading
}

func (s *System) newReader(f Field) *processReader {
	return &processReader{sys: s, asked: f, fields: f}
}

func (r *processReader) pids() ([]int, error)         { return r.sys.PIDs() }
func (r *processReader) renew()                       {}
func (r *processReader) savedByRecord() time.Duration { return 0 }
func (r *processReader) now() time.Duration           { return 0 }
func (r *processReader) share(*processReader)         {}

func (r *processReader) read(int, *ProcessInfo) error {
	return &NotSupportedError{Op: "process_iter"}
}

func (r *processReader) take(*ProcessRecord, time.Duration, *keptProcess, *ProcessInfo) error {
	return &NotSupportedError{Op: "info"}
}

func (r *processReader) readKept(int, *keptProcess, *ProcessInfo) error {
	return &NotSupportedError{Op: "process_iter"}
}

// keptProcess is what a Sampler keeps of a process to read it sooner.
type keptProcess struct{}

func (k *keptProcess) release()    {}
func (k *keptProcess) keeps() bool { return false }

func lacksFiles(error) bool { return false }

// pidLister lists the processes.
type pidLister struct{ sys *System }

func newPIDLister(r *processReader) pidLister { return pidLister{r.sys} }

func (l *pidLister) list() (pids []int, known bool, err error) {
	pids, err = l.sys.PIDs()
	return pids, false, err
}

func (l *pidLister) close() {}
