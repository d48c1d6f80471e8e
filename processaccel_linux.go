package psutil

import (
	"bytes"
	"time"

	"github.com/go-psutil/psutil/internal/linux"
)

// savedPerPIDFile is what an accelerator saves of reading one file of a process.
const savedPerPIDFile = 6 * time.Microsecond

// savedByRecord is what a record saves of reading a process.
func (r *processReader) savedByRecord() time.Duration {
	return time.Duration(len(r.files)) * savedPerPIDFile
}

// take fills info from a record that was made at a time, k being what a Sampler keeps
// of the process.
func (r *processReader) take(p *ProcessRecord, at time.Duration, k *keptProcess, info *ProcessInfo) error {
	comm := p.Comm[:]
	if end := bytes.IndexByte(comm, 0); end >= 0 {
		comm = comm[:end]
	}
	if len(p.FullName) > 0 {
		comm = p.FullName
	}
	r.once = linux.PIDStat{
		Fields: 52, PID: p.PID, Comm: comm, State: p.State, PPID: p.PPID, PGRP: p.PGID, Session: p.SID, TTYNr: p.TTY, Flags: p.Flags,
		MinFlt: p.Faults.Minor, CMinFlt: p.Faults.ChildrenMinor, MajFlt: p.Faults.Major, CMajFlt: p.Faults.ChildrenMajor,
		UTime: p.User, STime: p.System, CUTime: int64(p.ChildrenUser), CSTime: int64(p.ChildrenSystem),
		Nice: p.Nice, NumThreads: p.NumThreads, StartTime: p.Start, VSize: p.VMS, RSS: p.RSS, Processor: p.CPU, BlkIOTicks: p.IOWait,
		ArgStart: p.ArgStart, ArgEnd: p.ArgEnd,
	}
	r.stat = &r.once
	r.at = readTimes{at, at, at}
	d := procDir{p: Process{pid: int(p.PID), sys: r.sys}}
	return r.fill(&d, k, p, info)
}

// takeRest sets from a record what is not in stat.
func (r *processReader) takeRest(p *ProcessRecord, info *ProcessInfo) {
	if r.fields.Has(FieldUIDs) {
		info.UIDs = p.UIDs
	}
	if r.fields.Has(FieldGIDs) {
		info.GIDs = p.GIDs
	}
	if r.fields.Has(FieldNumCtxSwitches) {
		info.NumCtxSwitches = p.CtxSwitches
	}
	if r.fields.Has(FieldIOCounters) {
		info.IOCounters = p.IO
	}
	info.set(r.fields&(FieldUIDs|FieldGIDs|FieldNumCtxSwitches|FieldIOCounters), nil)
	if r.fields.Has(FieldUsername) {
		if r.errs.users == nil {
			info.Username = userName(r.users, p.UIDs.Real)
		}
		info.set(FieldUsername, r.errs.users)
	}
	if r.fields.Has(FieldThreads) {
		info.Threads, r.threads = make([]Thread, 0, len(p.Threads)), r.threads[:0]
		for i := range p.Threads {
			t := &p.Threads[i]
			comm, _, _ := bytes.Cut(t.Comm[:], []byte{0})
			row := Thread{ID: int(t.TID), UserTime: ticks(t.User), SystemTime: ticks(t.System), Name: r.names.intern(comm),
				Status: linuxStatus(t.State), CPUNum: int(t.CPU), Missing: "cpu_percent"}
			info.Threads = append(info.Threads, row)
			r.threads = append(r.threads, threadReading{row.ID, t.Start, r.at.stat, row.UserTime + row.SystemTime})
		}
		info.set(FieldThreads, nil)
	}
}
