package psutil

import (
	"cmp"
	"slices"

	"github.com/go-psutil/psutil/internal/linux"
	"github.com/go-psutil/psutil/internal/sys"
)

// readRest sets what other files than stat say.
func (r *processReader) readRest(d *procDir, info *ProcessInfo) {
	var err error
	if r.fields.any(statusFields | statmFields) {
		r.readStatus(d, info)
	}
	if r.fields.Has(FieldIOCounters) {
		info.IOCounters, err = d.ioCounters()
		r.at.io = r.now()
		info.set(FieldIOCounters, err)
	}
	if r.fields.Has(FieldCmdline) {
		info.Cmdline, r.args, err = d.cmdline(r.args[:0], r.stat)
		info.set(FieldCmdline, err)
	}
	if r.others {
		r.readOthers(d, info)
	}
}

// readStat sets what the stat file says.
func (r *processReader) readStat(d *procDir, k *keptProcess, info *ProcessInfo) {
	st := r.stat
	info.PPID = int(st.PPID)
	info.Status = linuxStatus(st.State)
	info.PGID, info.SID = int(st.PGRP), int(st.Session)
	info.Nice = int(st.Nice)
	info.CPUNum = int(st.Processor)
	info.CPUTimes = processCPUTime(st, r.accounted)
	info.NumThreads = int(st.NumThreads)
	info.PageFaults = PageFaults{Minor: st.MinFlt, Major: st.MajFlt, ChildrenMinor: st.CMinFlt, ChildrenMajor: st.CMajFlt}
	info.RSS, info.VMS = st.RSS*r.page, st.VSize
	info.set(FieldPID|FieldPPID|FieldStatus|FieldPGID|FieldSID|FieldNice|FieldCPUNum|FieldCPUTimes|FieldNumThreads|
		FieldPageFaults|FieldRSS|FieldVMS, nil)
	if r.fields.Has(FieldName) {
		info.Name = r.name(d, k)
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
}

func (r *processReader) name(d *procDir, k *keptProcess) string {
	st := r.stat
	if !mayBeCut(st.Comm) || st.Flags&kernelThread != 0 || isZombie(st.State) {
		return r.names.intern(st.Comm)
	}
	if k != nil && k.name != "" && k.start == st.StartTime && k.argStart == st.ArgStart && k.argEnd == st.ArgEnd && string(k.comm[:]) == string(st.Comm) {
		return k.name
	}
	b, err := d.read(r.args[:0], "cmdline")
	if err != nil {
		return r.names.intern(st.Comm)
	}
	r.args = b
	name := r.names.intern(completeComm(st.Comm, b))
	// Without the right to trace the process its addresses are printed as 0.
	if k != nil && st.ArgEnd != 0 {
		k.name, k.start, k.argStart, k.argEnd = name, st.StartTime, st.ArgStart, st.ArgEnd
		copy(k.comm[:], st.Comm)
	}
	return name
}

// readStatus sets what the status and statm files say.
func (r *processReader) readStatus(d *procDir, info *ProcessInfo) {
	var parseErr, err error
	if r.fields.any(statusFields) {
		parseErr, err = d.readStatusFor("info", &r.buf, &r.status, r.statusLines)
		r.at.status = r.now()
		each := func(fields Field, need linux.PIDStatusFields) bool {
			if !r.fields.Has(fields) {
				return false
			}
			err := err
			if err == nil {
				err = d.needStatus("info", &r.status, parseErr, need)
			}
			if err == nil && fields == FieldUsername {
				err = r.errs.users
			}
			info.set(fields, err)
			return err == nil
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
		info.MemoryInfo, statmErr = r.memoryInfo(d, cmp.Or(err, parseErr))
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

// memoryInfo returns what the statm file says, or what was read of the status file
// if that says the same. StatusErr is why it might not.
func (r *processReader) memoryInfo(d *procDir, statusErr error) (ProcessMemory, error) {
	if !r.memoryInStatus {
		return d.memoryInfo()
	}
	if m, ok := statusMemory(&r.status); ok && statusErr == nil {
		return m, nil
	}
	m, err := d.memoryInfo()
	if err == nil {
		err = r.stillThere(d)
	}
	return m, err
}

// stillThere returns an error if the process that is being read has gone. If not,
// what its PID named meanwhile was it.
func (r *processReader) stillThere(d *procDir) error {
	if _, err := d.read(r.args[:0], "stat"); err != nil {
		return r.sys.processError("info", d.p.pid, err)
	}
	return nil
}

// readOthers sets the fields that take a file or a system call each.
func (r *processReader) readOthers(d *procDir, info *ProcessInfo) {
	each := func(f Field, read func() error) {
		if r.fields.Has(f) {
			info.set(f, read())
		}
	}
	each(FieldExe, func() (err error) { info.Exe, err = d.exe(); return })
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
		if err := r.stillThere(d); err != nil {
			info.set(FieldIONice|FieldCPUAffinity, err)
		}
	}
	each(FieldThreads, func() (err error) { info.Threads, r.threads, err = d.threads(r.threads[:0], r.now); return })
	each(FieldNumFDs, func() (err error) { info.NumFDs, err = d.numFDs(); return })
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
