package psutil

import (
	"bytes"
	"maps"
	"slices"
	"time"

	"github.com/go-psutil/psutil/internal/linux"
)

// What each file in /proc/PID besides stat is needed for.
const (
	statFields = FieldPID | FieldPPID | FieldName | FieldCreateTime | FieldStatus | FieldTerminal | FieldPGID | FieldSID | FieldNice |
		FieldCPUNum | FieldCPUTimes | FieldNumThreads | FieldPageFaults | FieldRSS | FieldVMS
	statusFields = FieldUsername | FieldUIDs | FieldGIDs | FieldGroups | FieldNumCtxSwitches | FieldMemoryInfoEx
	statmFields  = FieldMemoryInfo | FieldMemoryInfoEx | FieldMemoryPercent
)

// A processReader reads the same fields of one process after another, into
// buffers that it keeps.
type processReader struct {
	sys    *System
	asked  Field
	fields Field // of asked, those to read
	files  []int // that they need, of pidFileNames
	others bool  // they need more than these
	// memoryInStatus says that status is read, and tells what statm would.
	memoryInStatus bool
	// They are all in stat.
	statOnly bool
	most     int64 // files that may be kept
	threads  []threadReading
	users    map[uint32]string
	boot     time.Time
	memory   uint64 // total, bytes
	page     uint64 // bytes
	errs     struct{ boot, memory, users error }
	// ownPIDs and accounted are System.ownPIDs and System.delayAccounting.
	ownPIDs, accounted bool
	sockets            socketCache

	epoch time.Time // that at counts from; zero if nobody wants to know
	at    readTimes
	buf   []byte
	args  []byte
	stat  *linux.PIDStat // of the process being read
	// For processes that are read once.
	once   linux.PIDStat
	opened pidFiles
	status linux.PIDStatus
	// What of the status file is needed.
	statusLines linux.PIDStatusFields
	// names are those met so far: most processes of a machine share a few.
	names     internedNames
	terminals map[int32]string
}

func (s *System) newReader(fields Field) *processReader {
	r := &processReader{sys: s, asked: fields, fields: fields &^ SamplerFields, page: s.pageSize,
		buf: make([]byte, 0, statusSize), args: make([]byte, 0, statusSize),
		names: make(internedNames), terminals: make(map[int32]string)}
	r.memoryInStatus = r.fields.any(statusFields) && r.fields.any(statmFields) && s.memoryInStatus()
	for i, f := range pidFileFields {
		if i == fileStat || r.fields.any(f) && !(i == fileStatm && r.memoryInStatus) {
			r.files = append(r.files, i)
		}
	}
	r.others = r.fields&^(statFields|statusFields|statmFields|FieldIOCounters|FieldCmdline) != 0
	r.statOnly = !r.others && len(r.files) == 1
	r.statusLines = statusLines(r.fields)
	if r.memoryInStatus {
		r.statusLines |= statmLines
	}
	return r
}

// pids lists the processes of a pass.
func (r *processReader) pids() ([]int, error) { return r.sys.PIDs() }

// renew reads again what holds for all processes of one pass.
func (r *processReader) renew() {
	if r.fields.Has(FieldCreateTime) {
		r.boot, r.errs.boot = r.sys.BootTime()
	}
	if r.fields.Has(FieldMemoryPercent) {
		r.memory, r.errs.memory = r.sys.memoryTotal()
	}
	if r.fields.Has(FieldUsername) {
		r.users, r.errs.users = r.sys.userNames()
	}
	if r.fields.any(FieldIONice | FieldCPUAffinity) {
		r.ownPIDs = r.sys.ownPIDs()
	}
	if r.fields.Has(FieldCPUTimes) {
		r.accounted = r.sys.delayAccounting()
	}
	r.most = r.sys.keepLimit()
	r.sockets = socketCache{}
	clear(r.terminals)
}

// share is renew with what another reader of the same fields read.
func (r *processReader) share(o *processReader) {
	r.boot, r.memory, r.errs, r.users = o.boot, o.memory, o.errs, maps.Clone(o.users)
	r.ownPIDs, r.accounted, r.most = o.ownPIDs, o.accounted, o.most
	r.sockets = socketCache{}
	clear(r.terminals)
}

// now is the time since r.epoch.
func (r *processReader) now() time.Duration {
	if r.epoch.IsZero() {
		return 0
	}
	return time.Since(r.epoch)
}

// read fills info with the fields of the process that has the PID now.
func (r *processReader) read(pid int, info *ProcessInfo) error {
	d := procDir{p: Process{pid: pid, sys: r.sys}}
	hold := r.others || len(r.files) > 1
	if r.sys.procfs && !r.others {
		// Once all are open, stat can be read only if they are of one process.
		d.files, hold = &r.opened, false
		defer r.opened.close()
		for _, i := range r.files {
			r.opened[i] = r.sys.proc.OpenPIDFile(pid, pidFileNames[i], true)
			if err := r.opened[fileStat].Err(); err != 0 {
				return r.sys.processError("info", pid, err)
			}
		}
	}
	if hold {
		if err := d.hold(); err != nil {
			return r.sys.processError("info", pid, err)
		}
		defer d.release()
	}
	b, err := d.read(r.buf[:0], "stat")
	if err != nil {
		return r.sys.processError("info", pid, err)
	}
	r.buf, r.at.stat = b, r.now()
	r.stat = &r.once
	if err := r.stat.Parse(b); err != nil {
		return d.malformed("info", "stat", err)
	}
	return r.fill(&d, nil, nil, info)
}

// readKept is read for a Sampler, which gives what it kept of the process. If there are
// no descriptors left, what is kept of this one is to read it with.
func (r *processReader) readKept(pid int, k *keptProcess, info *ProcessInfo) error {
	err := r.readKeeping(pid, k, info)
	if k.keeps() && (lacksFiles(err) || err == nil && slices.ContainsFunc(info.errors, func(e fieldError) bool { return lacksFiles(e.err) })) {
		k.release()
		most := r.most
		r.most = 0
		err = r.readKeeping(pid, k, info)
		r.most = most
	}
	return err
}

func (r *processReader) readKeeping(pid int, k *keptProcess, info *ProcessInfo) error {
	d := procDir{p: Process{pid: pid, sys: r.sys}, files: &k.files}
	if k.open < len(r.files) && r.most > 0 {
		k.keep(r.sys, pid, r.files, r.most)
	}
	// Where a file is opened by name, the directory is held. If stat is kept, it
	// can be read only if that directory was this process's.
	if r.others || k.open < len(r.files) && len(r.files) > 1 {
		if err := d.hold(); err != nil {
			return r.sys.processError("info", pid, err)
		}
		defer d.release()
	}
	b, err := d.read(r.buf[:0], "stat")
	if err != nil {
		return r.sys.processError("info", pid, err)
	}
	r.buf, r.at.stat = b, r.now()
	r.stat = &k.stat
	// Of a process that did nothing the text is the same.
	if !bytes.Equal(k.text, b) {
		k.text = append(k.text[:0], b...)
		if err := k.stat.Parse(k.text); err != nil {
			k.text = k.text[:0]
			return d.malformed("info", "stat", err)
		}
	}
	return r.fill(&d, k, nil, info)
}

// fill fills info with the fields of d, whose stat has been read. If an accelerator
// told it, so it does the rest.
func (r *processReader) fill(d *procDir, k *keptProcess, record *ProcessRecord, info *ProcessInfo) error {
	d.p.start = r.stat.StartTime
	if r.statOnly && info.reader == r {
		// The rest is as zero as it was. A ProcessInfo is so large that to clear
		// it costs as much as to fill it.
		info.errors, info.Valid, info.Process, info.asked = info.errors[:0], 0, d.p, r.asked
		info.CreateTime, info.CPUPercent, info.PageFaultRate, info.NetRate = time.Time{}, 0, PageFaultRate{}, NetRate{}
	} else {
		info.reset(d.p, r.asked)
		info.reader = r
	}
	r.readStat(d, k, info)
	if record != nil {
		r.takeRest(record, info)
	} else {
		r.readRest(d, info)
	}
	if r.asked.any(SamplerFields) {
		info.needSamples(r.asked)
	}
	return info.gone()
}
