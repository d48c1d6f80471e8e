package psutil

import (
	"time"

	"github.com/go-psutil/psutil/internal/nt"
)

// rowFields are those that the system's table of processes tells.
const rowFields = FieldPID | FieldPPID | FieldName | FieldCreateTime | FieldStatus | FieldCPUTimes | FieldNumCtxSwitches |
	FieldNumThreads | FieldThreads | FieldIOCounters | FieldMemoryInfo | FieldMemoryInfoEx | FieldMemoryPercent | FieldPageFaults |
	FieldRSS | FieldVMS

// A processReader reads the same fields of one process after another, most from one
// table of all.
type processReader struct {
	sys     *System
	asked   Field
	fields  Field // of asked, those to read
	table   processTable
	fresh   bool // the table has not been used for a pass
	err     error
	memory  uint64 // total, bytes
	errs    struct{ memory error }
	epoch   time.Time // that at counts from; zero if nobody wants to know
	at      readTimes
	threads []threadReading
	names   map[string]string
}

func (s *System) newReader(fields Field) *processReader {
	return &processReader{sys: s, asked: fields, fields: fields &^ SamplerFields, names: make(map[string]string)}
}

// pids lists the processes, of the table that the next pass reads from.
func (r *processReader) pids() ([]int, error) {
	if r.err = r.table.read(); r.err != nil {
		return nil, r.err
	}
	r.fresh = true
	r.at = readTimes{r.now(), r.now(), r.now()}
	return r.table.pids(nil), nil
}

// renew reads again what holds for all processes of one pass.
func (r *processReader) renew() {
	if !r.fresh {
		_, r.err = r.pids()
	}
	r.fresh = false
	if r.fields.Has(FieldMemoryPercent) {
		r.memory, r.errs.memory = r.sys.memoryTotal()
	}
}

// share is renew with what another reader of the same fields read.
func (r *processReader) share(o *processReader) {
	r.table, r.err, r.memory, r.errs, r.at = o.table, o.err, o.memory, o.errs, o.at
}

// now is the time since r.epoch.
func (r *processReader) now() time.Duration {
	if r.epoch.IsZero() {
		return 0
	}
	return time.Since(r.epoch)
}

// read fills info with the fields of the process that has the PID.
func (r *processReader) read(pid int, info *ProcessInfo) error {
	if r.err != nil {
		return r.sys.processError("info", pid, r.err)
	}
	row, err := r.table.find(pid)
	if err != nil {
		return r.sys.processError("info", pid, err)
	}
	p := Process{pid, uint64(row.CreateTime), r.sys}
	info.reset(p, r.asked)
	info.reader = r
	r.readRow(row, info)
	if rest := r.fields &^ rowFields; rest != 0 {
		p.readRest(rest, info)
	}
	if r.asked.any(SamplerFields) {
		info.needSamples(r.asked)
	}
	return info.gone()
}

// readRow sets what the table says.
func (r *processReader) readRow(row *nt.ProcessInformation, info *ProcessInfo) {
	info.PPID = int(row.ParentPID)
	info.CreateTime = since1601(row.CreateTime)
	info.Status = rowStatus(row)
	info.CPUTimes = rowTimes(row)
	info.NumThreads = int(row.NumberOfThreads)
	info.IOCounters = rowIO(row)
	info.MemoryInfo, info.MemoryInfoEx = rowMemory(row), rowMemoryEx(row)
	info.RSS, info.VMS = info.MemoryInfo.RSS, info.MemoryInfo.VMS
	info.PageFaults = rowFaults(row)
	info.set(rowFields&^(FieldName|FieldNumCtxSwitches|FieldThreads|FieldMemoryPercent), nil)
	if r.fields.Has(FieldName) {
		info.Name = r.intern(rowName(row))
		info.set(FieldName, nil)
	}
	if r.fields.Has(FieldNumCtxSwitches) {
		info.NumCtxSwitches = CtxSwitches{Voluntary: row.ContextSwitches()}
		info.set(FieldNumCtxSwitches, nil)
	}
	if r.fields.Has(FieldThreads) {
		info.Threads = rowThreads(row)
		r.threads = r.threads[:0]
		for t := range row.EachThread() {
			r.threads = append(r.threads, threadReading{int(t.TID), uint64(t.CreateTime), r.at.stat, hundredNanoseconds(t.UserTime + t.KernelTime)})
		}
		info.set(FieldThreads, nil)
	}
	if r.fields.Has(FieldMemoryPercent) {
		if r.errs.memory == nil && r.memory > 0 {
			info.MemoryPercent = 100 * float64(info.RSS) / float64(r.memory)
		}
		info.set(FieldMemoryPercent, r.errs.memory)
	}
}

// intern returns the string of a name, the same each time.
func (r *processReader) intern(name string) string {
	known, ok := r.names[name]
	if !ok {
		known = name
		r.names[name] = name
	}
	return known
}

// readRest sets the fields that take a call each.
func (p Process) readRest(fields Field, info *ProcessInfo) {
	each := func(f Field, read func() error) {
		if fields.Has(f) {
			info.set(f, read())
		}
	}
	each(FieldExe, func() (err error) { info.Exe, err = p.exe(); return })
	each(FieldCmdline, func() (err error) { info.Cmdline, err = p.cmdline(); return })
	each(FieldEnviron, func() (err error) { info.Environ, err = p.environ(); return })
	each(FieldCwd, func() (err error) { info.Cwd, err = p.link("cwd"); return })
	each(FieldRoot, func() (err error) { info.Root, err = p.link("root"); return })
	each(FieldUsername, func() (err error) { info.Username, err = p.username(); return })
	each(FieldUIDs, func() (err error) { info.UIDs, err = p.uids(); return })
	each(FieldGIDs, func() (err error) { info.GIDs, err = p.gids(); return })
	each(FieldGroups, func() (err error) { info.Groups, err = p.groups(); return })
	each(FieldTerminal, func() (err error) { info.Terminal, err = p.terminal(); return })
	each(FieldPGID, func() (err error) { info.PGID, err = p.pgid(); return })
	each(FieldSID, func() (err error) { info.SID, err = p.sid(); return })
	each(FieldNice, func() (err error) { info.Nice, err = p.nice(); return })
	each(FieldIONice, func() (err error) { info.IONice, err = p.ioNice(); return })
	each(FieldCPUAffinity, func() (err error) { info.CPUAffinity, err = p.cpuAffinity(); return })
	each(FieldCPUNum, func() (err error) { info.CPUNum, err = p.cpuNum(); return })
	each(FieldNumFDs, func() (err error) { info.NumFDs, err = p.numFDs(); return })
	each(FieldMemoryFootprint, func() (err error) { info.MemoryFootprint, err = p.memoryFootprint(); return })
	if fields.Has(FieldMemoryMaps) {
		regions, err := p.memoryRegions()
		info.MemoryMaps = groupRegions(regions)
		info.setPartial(FieldMemoryMaps, len(regions) > 0, err)
	}
	each(FieldOpenFiles, func() (err error) { info.OpenFiles, err = p.openFDs(true); return })
	each(FieldNetConnections, func() (err error) { info.NetConnections, err = p.netConnections(&connQuery{kind: KindINET}); return })
	each(FieldCgroups, func() (err error) { info.Cgroups, err = p.cgroups(); return })
	each(FieldNamespaces, func() (err error) { info.Namespaces, err = p.namespaces(); return })
}

// keptProcess is what a Sampler keeps of a process: nothing, the table has all.
type keptProcess struct{}

func (k *keptProcess) release()    {}
func (k *keptProcess) keeps() bool { return false }

func (r *processReader) readKept(pid int, _ *keptProcess, info *ProcessInfo) error {
	return r.read(pid, info)
}

// There is no accelerator for this system.
func (r *processReader) savedByRecord() time.Duration { return 0 }
func (r *processReader) take(*ProcessRecord, time.Duration, *keptProcess, *ProcessInfo) error {
	return &NotSupportedError{Op: "info"}
}

func lacksFiles(error) bool { return false }

// pidLister lists the processes, from the table that its reader reads.
type pidLister struct{ reader *processReader }

func newPIDLister(r *processReader) pidLister { return pidLister{r} }

func (l *pidLister) list() (pids []int, known bool, err error) {
	pids, err = l.reader.pids()
	return pids, false, err
}

func (l *pidLister) close() {}
