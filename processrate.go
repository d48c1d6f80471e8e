package psutil

import (
	"fmt"
	"reflect"
	"strings"
	"time"
)

// ProcessIORate is what a process reads and writes a second; see [ProcessIO].
// What the earlier or the later sample lacks is missing, and so is a counter
// that went back meanwhile.
type ProcessIORate struct {
	ReadCount  float64 `json:"read_count"` // system calls
	WriteCount float64 `json:"write_count"`
	ReadBytes  float64 `json:"read_bytes"` // of storage
	WriteBytes float64 `json:"write_bytes"`
	ReadChars  float64 `json:"read_chars"` // bytes, from cache, pipes and sockets too
	WriteChars float64 `json:"write_chars"`
	OtherCount float64 `json:"other_count"` // Windows
	OtherBytes float64 `json:"other_bytes"`
	Missing    Missing `json:"-"`
}

// MarshalJSON writes an object with the names of psutil's pio.
func (r ProcessIORate) MarshalJSON() ([]byte, error) { return marshalFields(r) }

// String returns "read_count=1.0/s write_count=2.5/s ..." of what is not
// missing.
func (r ProcessIORate) String() string { return rateString(r, r.Missing) }

// CtxSwitchRate is how often a second the first thread of a process gives up or
// loses its CPU; see [CtxSwitches]. A counter that went back is missing: when
// another thread calls execve(2) it becomes the first one.
type CtxSwitchRate struct {
	Voluntary   float64 `json:"voluntary"`
	Involuntary float64 `json:"involuntary"`
	Missing     Missing `json:"-"`
}

// MarshalJSON writes an object with the names of psutil's pctxsw.
func (r CtxSwitchRate) MarshalJSON() ([]byte, error) { return marshalFields(r) }

// String returns "voluntary=10.0/s involuntary=0.5/s" of what is not missing.
func (r CtxSwitchRate) String() string { return rateString(r, r.Missing) }

// PageFaultRate is how many page faults a process has a second, without its
// children; see [PageFaults]. A counter that went back is missing.
type PageFaultRate struct {
	Minor   float64 `json:"minor"` // found in memory
	Major   float64 `json:"major"` // read from storage
	Missing Missing `json:"-"`
}

// MarshalJSON writes an object with the fields.
func (r PageFaultRate) MarshalJSON() ([]byte, error) { return marshalFields(r) }

// String returns "minor=10.0/s major=0.5/s" of what is not missing.
func (r PageFaultRate) String() string { return rateString(r, r.Missing) }

func rateString(rates any, missing Missing) string {
	var b strings.Builder
	for f, value := range reflect.ValueOf(rates).Fields() {
		name := f.Tag.Get("json")
		if !value.CanFloat() || missing.Has(name) {
			continue
		}
		if b.Len() > 0 {
			b.WriteByte(' ')
		}
		fmt.Fprintf(&b, "%s=%.1f/s", name, value.Float())
	}
	if b.Len() == 0 {
		return "?"
	}
	return b.String()
}

// readTimes is when the files of a process were read, on the clock of a
// processReader.
type readTimes struct{ stat, status, io time.Duration }

// A reading is what the next sample needs of this one, of one process.
type reading struct {
	has      Field // which of the fields below were read
	at       readTimes
	cpu      time.Duration
	io       ProcessIO
	switches CtxSwitches
	faults   PageFaults
}

// rateTable says how each field of SamplerFields comes about: needs is the field
// that is read, keep takes from it what the next sample needs, and set compares
// two readings. reason is why it is missing without an earlier one.
var rateTable = [...]struct {
	field, needs Field
	reason       *NotSupportedError
	keep         func(*reading, *ProcessInfo)
	set          func(info *ProcessInfo, now, before *reading)
}{
	{
		FieldCPUPercent, FieldCPUTimes, &NotSupportedError{Op: "cpu_percent", Need: twoSamples},
		func(r *reading, i *ProcessInfo) { r.cpu = i.CPUTimes.Total() },
		func(i *ProcessInfo, now, before *reading) {
			i.CPUPercent = percentOfCPU(now.cpu-before.cpu, now.at.stat-before.at.stat)
		},
	},
	{
		FieldIORate, FieldIOCounters, &NotSupportedError{Op: "io_rate", Need: twoSamples},
		func(r *reading, i *ProcessInfo) { r.io = i.IOCounters },
		func(i *ProcessInfo, now, before *reading) {
			n, b := &now.io, &before.io
			c := rate{elapsed: now.at.io - before.at.io, missing: n.Missing.union(b.Missing)}
			i.IORate = ProcessIORate{c.of("read_count", n.ReadCount, b.ReadCount), c.of("write_count", n.WriteCount, b.WriteCount),
				c.of("read_bytes", n.ReadBytes, b.ReadBytes), c.of("write_bytes", n.WriteBytes, b.WriteBytes),
				c.of("read_chars", n.ReadChars, b.ReadChars), c.of("write_chars", n.WriteChars, b.WriteChars),
				c.of("other_count", n.OtherCount, b.OtherCount), c.of("other_bytes", n.OtherBytes, b.OtherBytes), c.missing}
		},
	},
	{
		FieldCtxSwitchRate, FieldNumCtxSwitches, &NotSupportedError{Op: "ctx_switch_rate", Need: twoSamples},
		func(r *reading, i *ProcessInfo) { r.switches = i.NumCtxSwitches },
		func(i *ProcessInfo, now, before *reading) {
			n, b := &now.switches, &before.switches
			c := rate{elapsed: now.at.status - before.at.status, missing: n.Missing.union(b.Missing)}
			i.CtxSwitchRate = CtxSwitchRate{c.of("voluntary", n.Voluntary, b.Voluntary), c.of("involuntary", n.Involuntary, b.Involuntary), c.missing}
		},
	},
	{
		FieldPageFaultRate, FieldPageFaults, &NotSupportedError{Op: "page_fault_rate", Need: twoSamples},
		func(r *reading, i *ProcessInfo) { r.faults = i.PageFaults },
		func(i *ProcessInfo, now, before *reading) {
			n, b := &now.faults, &before.faults
			c := rate{elapsed: now.at.stat - before.at.stat}
			i.PageFaultRate = PageFaultRate{c.of("minor", n.Minor, b.Minor), c.of("major", n.Major, b.Major), c.missing}
		},
	},
	{
		FieldNetRate, FieldPID, &NotSupportedError{Op: "net_rate", Need: twoSamples},
		// What it compares are connections: see netMeter.
		func(*reading, *ProcessInfo) {},
		func(*ProcessInfo, *reading, *reading) {},
	},
}

const twoSamples = "two samples of a Sampler"

// rateNeeds are the fields to read for those of SamplerFields among fields.
func rateNeeds(fields Field) (needs Field) {
	for i := range rateTable {
		if fields.Has(rateTable[i].field) {
			needs |= rateTable[i].needs
		}
	}
	return needs
}

// needSamples notes that the fields which compare two samples are missing.
func (i *ProcessInfo) needSamples(asked Field) {
	for n := range rateTable {
		if asked.Has(rateTable[n].field) {
			i.set(rateTable[n].field, rateTable[n].reason)
		}
	}
}

// compare sets the asked fields of SamplerFields from an earlier reading, if
// that has them, and makes last this one, for which now has room. i has what
// they need.
func (i *ProcessInfo) compare(asked Field, at readTimes, last, now *reading) {
	*now = reading{at: at}
	i.asked |= asked & SamplerFields
	for n := range rateTable {
		t := &rateTable[n]
		switch {
		case !asked.Has(t.field):
		case !i.Has(t.needs):
			if err := i.Err(t.needs); err != nil {
				i.set(t.field, err)
			} else {
				i.set(t.field, t.reason)
			}
		default:
			t.keep(now, i)
			now.has |= t.needs
			if last.has.Has(t.needs) {
				t.set(i, now, last)
				i.Valid |= t.field
			} else {
				i.set(t.field, t.reason)
			}
		}
	}
	*last = *now
}

// rate divides counters that were read twice.
type rate struct {
	elapsed time.Duration
	missing Missing
}

// of returns how much is counted a second, or adds name to what is missing. The
// counters are whole and exact until they are divided.
func (r *rate) of(name string, now, before uint64) float64 {
	if r.missing.Has(name) {
		return 0
	}
	if now < before || r.elapsed <= 0 {
		r.missing = r.missing.add(name)
		return 0
	}
	return float64(now-before) * float64(time.Second) / float64(r.elapsed)
}

// percentOfCPU is the CPU time used in percent of one CPU, 0 if either is not
// positive.
func percentOfCPU(used, elapsed time.Duration) float64 {
	if elapsed <= 0 || used <= 0 {
		return 0
	}
	return 100 * float64(used) / float64(elapsed)
}

// A threadReading is what the next sample needs of a thread. A thread is the
// same if its ID and its start time are.
type threadReading struct {
	id    int
	start uint64
	at    time.Duration
	cpu   time.Duration
}

// compareThreads sets how much CPU threads used since before. Now belongs to
// threads; both are sorted by ID.
func compareThreads(threads []Thread, now, before []threadReading) {
	for i := range min(len(threads), len(now)) {
		n := &now[i]
		for len(before) > 0 && before[0].id < n.id {
			before = before[1:]
		}
		if len(before) > 0 && before[0].id == n.id && before[0].start == n.start && threads[i].ID == n.id {
			threads[i].CPUPercent = percentOfCPU(n.cpu-before[0].cpu, n.at-before[0].at)
			threads[i].Missing = ""
		}
	}
}
