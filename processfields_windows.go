package psutil

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
