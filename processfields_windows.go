package psutil

import "github.com/go-psutil/psutil/internal/nt"

// readRow sets what the table says.
func (r *processReader) readRow(p Process, row *nt.ProcessInformation, info *ProcessInfo) {
	info.PPID = int(row.ParentPID)
	if r.fields.Has(FieldCreateTime) && row.CreateTime == 0 {
		info.set(FieldCreateTime, p.unsupported("create_time"))
	} else {
		info.CreateTime = nt.Time(row.CreateTime)
		info.set(FieldCreateTime, nil)
	}
	if r.fields.Has(FieldStatus) { // which goes over the threads
		info.Status = rowStatus(row)
		info.set(FieldStatus, nil)
	}
	info.CPUTimes = rowTimes(row)
	info.NumThreads = int(row.NumberOfThreads)
	info.IOCounters = rowIO(row)
	info.MemoryInfo, info.MemoryInfoEx = rowMemory(row), rowMemoryEx(row)
	info.RSS, info.VMS = info.MemoryInfo.RSS, info.MemoryInfo.VMS
	info.PageFaults = rowFaults(row)
	info.NumHandles = int(row.HandleCount)
	info.set(rowFields&^(FieldCreateTime|FieldStatus|FieldName|FieldNumCtxSwitches|FieldThreads|FieldMemoryPercent), nil)
	if r.fields.Has(FieldName) {
		r.name = appendName(r.name[:0], row)
		info.Name = r.names.intern(r.name)
		info.set(FieldName, nil)
	}
	if r.fields.Has(FieldNumCtxSwitches) {
		info.NumCtxSwitches = rowSwitches(row)
		info.set(FieldNumCtxSwitches, nil)
	}
	if r.fields.Has(FieldThreads) {
		sorted := sortedThreads(row)
		info.Threads, r.threads = threads(sorted), r.threads[:0]
		for _, t := range sorted {
			r.threads = append(r.threads, threadReading{int(t.TID), uint64(t.CreateTime), r.at.stat, nt.Duration(t.UserTime + t.KernelTime)})
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
