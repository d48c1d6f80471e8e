package psutil

import "time"

// rowFields are those that the system's table of processes tells.
const rowFields = FieldPID | FieldPPID | FieldName | FieldCreateTime | FieldStatus | FieldCPUTimes | FieldNumCtxSwitches |
	FieldNumThreads | FieldThreads | FieldIOCounters | FieldMemoryInfo | FieldMemoryInfoEx | FieldMemoryPercent | FieldPageFaults |
	FieldRSS | FieldVMS | FieldNumHandles

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
	name    []byte
	names   internedNames
}

func (s *System) newReader(fields Field) *processReader {
	return &processReader{sys: s, asked: fields, fields: fields &^ SamplerFields, names: make(internedNames)}
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
	r.readRow(p, row, info)
	if rest := r.fields &^ rowFields; rest != 0 {
		p.readRest(rest, info)
	}
	if r.asked.any(SamplerFields) {
		info.needSamples(r.asked)
	}
	return info.gone()
}
