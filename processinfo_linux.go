package psutil

import (
	"cmp"
	"slices"
	"time"

	"github.com/go-psutil/psutil/internal/linux"
	"github.com/go-psutil/psutil/internal/sys"
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
	fields Field
	users  map[uint32]string
	boot   time.Time
	memory uint64 // total, bytes
	page   uint64 // bytes
	errs   struct{ boot, memory, users error }
	// ownPIDs and accounted are System.ownPIDs and System.delayAccounting.
	ownPIDs, accounted bool
	sockets            socketCache

	at     time.Time // when stat was read
	buf    []byte
	args   []byte
	stat   linux.PIDStat
	status linux.PIDStatus
	// names are those met so far: most processes of a machine share a few.
	names     map[string]string
	terminals map[int32]string
}

func (s *System) newReader(fields Field) *processReader {
	r := &processReader{sys: s, fields: fields, page: s.pageSize,
		buf: make([]byte, 0, statusSize), names: make(map[string]string), terminals: make(map[int32]string)}
	r.renew()
	return r
}

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
	r.sockets = socketCache{}
	clear(r.terminals)
}

// read fills info with the fields of the process that has the PID now.
func (r *processReader) read(pid int, info *ProcessInfo) error {
	d := procDir{p: Process{pid: pid, sys: r.sys}}
	if r.fields&^statFields != 0 {
		if err := d.hold(); err != nil {
			return r.sys.processError("info", pid, err)
		}
		defer d.release()
	}
	b, err := d.read(r.buf[:0], "stat")
	if err != nil {
		return r.sys.processError("info", pid, err)
	}
	r.buf, r.at = b, time.Now()
	if err := r.stat.Parse(b); err != nil {
		return d.malformed("info", "stat", err)
	}
	d.p.start = r.stat.StartTime
	info.reset(d.p, r.fields)
	r.readStat(&d, info)
	if r.fields.any(statusFields | statmFields) {
		r.readStatus(&d, info)
	}
	if r.fields&^(statFields|statusFields|statmFields) != 0 {
		r.readOthers(&d, info)
	}
	return info.gone()
}

// readStat sets what the stat file says. st.Comm is in r.buf.
func (r *processReader) readStat(d *procDir, info *ProcessInfo) {
	st := &r.stat
	info.PPID = int(st.PPID)
	info.Status = linuxStatus(st.State)
	info.PGID, info.SID = int(st.PGRP), int(st.Session)
	info.Nice = int(st.Nice)
	info.CPUNum = int(st.Processor)
	info.CPUTimes = processCPUTime(st, r.accounted)
	info.NumThreads = int(st.NumThreads)
	info.PageFaults = PageFaults{st.MinFlt, st.MajFlt, st.CMinFlt, st.CMajFlt}
	info.RSS, info.VMS = st.RSS*r.page, st.VSize
	info.set(FieldPID|FieldPPID|FieldStatus|FieldPGID|FieldSID|FieldNice|FieldCPUNum|FieldCPUTimes|FieldNumThreads|
		FieldPageFaults|FieldRSS|FieldVMS, nil)
	if r.fields.Has(FieldName) {
		info.Name = r.name(d)
		info.set(FieldName, nil)
	}
	if r.fields.Has(FieldTerminal) {
		name, known := r.terminals[st.TTYNr]
		if !known {
			name = r.sys.terminalName(st.TTYNr)
			r.terminals[st.TTYNr] = name
		}
		info.Terminal = name
		info.set(FieldTerminal, nil)
	}
	if r.fields.Has(FieldCreateTime) {
		info.CreateTime = r.boot.Add(ticks(st.StartTime))
		info.set(FieldCreateTime, r.errs.boot)
	}
	info.set(FieldCPUPercent, errNeedsSampler)
}

// maxNames bounds the names that a reader remembers.
const maxNames = 1 << 14

func (r *processReader) name(d *procDir) string {
	comm := r.stat.Comm
	if mayBeCut(comm) && r.stat.Flags&kernelThread == 0 && !isZombie(r.stat.State) {
		b, err := d.read(r.args[:0], "cmdline")
		if err == nil {
			r.args = b
			comm = completeComm(comm, b)
		}
	}
	name, known := r.names[string(comm)]
	if !known {
		if len(r.names) >= maxNames {
			clear(r.names)
		}
		name = string(comm)
		r.names[name] = name
	}
	return name
}

// readStatus sets what the status and statm files say.
func (r *processReader) readStatus(d *procDir, info *ProcessInfo) {
	var parseErr, err error
	if r.fields.any(statusFields) {
		parseErr, err = d.readStatus("info", &r.buf, &r.status)
		each := func(fields Field, need linux.PIDStatusFields) bool {
			err := err
			if err == nil {
				err = d.needStatus("info", &r.status, parseErr, need)
			}
			if err == nil && fields == FieldUsername {
				err = r.errs.users
			}
			info.set(fields, err)
			return err == nil && r.fields.Has(fields)
		}
		if each(FieldUIDs, linux.PIDStatusUID) {
			info.UIDs = userIDs(r.status.UID)
		}
		if each(FieldUsername, linux.PIDStatusUID) {
			info.Username = userName(r.users, r.status.UID[0])
		}
		if each(FieldGIDs, linux.PIDStatusGID) {
			info.GIDs = userIDs(r.status.GID)
		}
		if each(FieldGroups, linux.PIDStatusGroups) {
			info.Groups = slices.Collect(r.status.EachGroup())
		}
		if each(FieldNumCtxSwitches, ctxSwitchFields) {
			info.NumCtxSwitches = ctxSwitches(&r.status)
		}
	}
	if r.fields.any(statmFields) {
		var statmErr error
		info.MemoryInfo, statmErr = d.memoryInfo()
		info.set(FieldMemoryInfo, statmErr)
		if r.fields.Has(FieldMemoryPercent) {
			percentErr := cmp.Or(statmErr, r.errs.memory)
			if percentErr == nil {
				info.MemoryPercent = 100 * float64(info.MemoryInfo.RSS) / float64(r.memory)
			}
			info.set(FieldMemoryPercent, percentErr)
		}
		if err = cmp.Or(err, statmErr); err == nil && r.fields.Has(FieldMemoryInfoEx) {
			info.MemoryInfoEx, err = d.memoryEx("info", info.MemoryInfo, &r.status, parseErr)
		}
		info.set(FieldMemoryInfoEx, err)
	}
}

// readOthers sets the fields that take a file or a system call each.
func (r *processReader) readOthers(d *procDir, info *ProcessInfo) {
	each := func(f Field, read func() error) {
		if r.fields.Has(f) {
			info.set(f, read())
		}
	}
	each(FieldExe, func() (err error) { info.Exe, err = d.exe(); return })
	each(FieldCmdline, func() (err error) { info.Cmdline, r.args, err = d.cmdline(r.args[:0], nil); return })
	each(FieldEnviron, func() (err error) { info.Environ, r.args, err = d.environ(r.args[:0]); return })
	each(FieldCwd, func() (err error) { info.Cwd, err = d.path("cwd"); return })
	each(FieldRoot, func() (err error) { info.Root, err = d.path("root"); return })
	byPID := func(f Field, read func() error) {
		if r.ownPIDs {
			each(f, read)
		} else {
			info.set(f, d.p.foreign(f.String()))
		}
	}
	if r.fields.any(FieldIONice | FieldCPUAffinity) {
		byPID(FieldIONice, func() (err error) { info.IONice, err = ioPriority(d.p.pid); return d.p.refused("ionice", err) })
		byPID(FieldCPUAffinity, func() (err error) {
			info.CPUAffinity, err = sys.Affinity(d.p.pid)
			return d.p.refused("cpu_affinity", err)
		})
		// If the process is still there, the PID was its own all the time.
		if _, err := d.read(r.args[:0], "stat"); err != nil {
			info.set(FieldIONice|FieldCPUAffinity, r.sys.processError("info", d.p.pid, err))
		}
	}
	each(FieldThreads, func() (err error) { info.Threads, err = d.threads(); return })
	each(FieldNumFDs, func() (err error) { info.NumFDs, err = d.numFDs(); return })
	each(FieldIOCounters, func() (err error) { info.IOCounters, err = d.ioCounters(); return })
	each(FieldMemoryFootprint, func() (err error) { info.MemoryFootprint, err = d.memoryFootprint(); return })
	if r.fields.Has(FieldMemoryMaps) {
		regions, err := d.memoryRegions()
		info.MemoryMaps = groupRegions(regions)
		info.setPartial(FieldMemoryMaps, len(regions) > 0, err)
	}
	each(FieldOpenFiles, func() (err error) { info.OpenFiles, err = d.openFDs(true); return })
	if r.fields.Has(FieldNetConnections) {
		var err error
		info.NetConnections, err = d.netConnections(&connQuery{kind: KindINET}, r.sockets)
		info.setPartial(FieldNetConnections, len(info.NetConnections) > 0, err)
	}
	each(FieldCgroups, func() (err error) { info.Cgroups, err = d.cgroups(r.args[:0]); return })
	each(FieldNamespaces, func() (err error) { info.Namespaces, err = d.namespaces(); return })
}
