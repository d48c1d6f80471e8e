package linux

import (
	"iter"

	"github.com/go-psutil/psutil/internal/scan"
)

// KeyValue is a line "key value" of a flat keyed file: /proc/vmstat, and
// cpu.stat, memory.stat or memory.events of a control group.
type KeyValue struct {
	Key   []byte // aliases the input
	Value uint64
}

// EachKeyValue returns the lines of a flat keyed file.
func EachKeyValue(b []byte) iter.Seq2[KeyValue, error] {
	return eachRow(b, 0, parseKeyValue)
}

func parseKeyValue(line []byte) (kv KeyValue, bad string) {
	f := scan.NewFields(line)
	kv.Key, kv.Value = f.Next(), f.Uint()
	if f.Bad() != 0 || f.More() {
		return kv, "a key and a number expected"
	}
	return kv, ""
}

// LookupKey returns the value of the first line with that key in a flat keyed
// file. ok is false when there is none, or no number behind it.
func LookupKey(b []byte, key string) (v uint64, ok bool) {
	for len(b) > 0 {
		line, after, whole := scan.Cut(b, '\n')
		b = after
		if k, _ := scan.Field(line); string(k) != key {
			continue
		}
		kv, bad := parseKeyValue(line)
		if bad != "" || !whole {
			return 0, false
		}
		return kv.Value, true
	}
	return 0, false
}

// VMStatFields says which lines a [VMStat] was given.
type VMStatFields uint16

// The lines of /proc/vmstat that a [VMStat] keeps.
const (
	VMStatPgPgIn VMStatFields = 1 << iota
	VMStatPgPgOut
	VMStatPSwpIn
	VMStatPSwpOut
	VMStatPgFault
	VMStatPgMajFault
	VMStatOOMKill
)

// Contains reports whether every field of g is in f.
func (f VMStatFields) Contains(g VMStatFields) bool { return f&g == g }

// VMStat holds the counters since boot of /proc/vmstat (proc_vmstat(5),
// mm/vmstat.c vmstat_show) that say how busy memory is. Any other line is
// found with [LookupKey].
type VMStat struct {
	Has VMStatFields

	PgPgIn     uint64 // KiB read from block devices
	PgPgOut    uint64 // KiB written to block devices
	PSwpIn     uint64 // pages swapped in
	PSwpOut    uint64 // pages swapped out
	PgFault    uint64 // page faults, minor and major
	PgMajFault uint64 // page faults that had to read
	OOMKill    uint64 // processes killed for want of memory, Linux 4.13
}

// Parse decodes the text of /proc/vmstat. It returns the first error, having
// read every line that can be read.
func (v *VMStat) Parse(b []byte) error {
	*v = VMStat{}
	var err error
	for n, line := range eachLine(b, &err) {
		kv, bad := parseKeyValue(line)
		if bad != "" {
			noteError(&err, n, line, bad)
			continue
		}
		if p, has := v.line(kv.Key); p != nil {
			*p = kv.Value
			v.Has |= has
		}
	}
	return err
}

func (v *VMStat) line(key []byte) (*uint64, VMStatFields) {
	switch string(key) {
	case "pgpgin":
		return &v.PgPgIn, VMStatPgPgIn
	case "pgpgout":
		return &v.PgPgOut, VMStatPgPgOut
	case "pswpin":
		return &v.PSwpIn, VMStatPSwpIn
	case "pswpout":
		return &v.PSwpOut, VMStatPSwpOut
	case "pgfault":
		return &v.PgFault, VMStatPgFault
	case "pgmajfault":
		return &v.PgMajFault, VMStatPgMajFault
	case "oom_kill":
		return &v.OOMKill, VMStatOOMKill
	}
	return nil, 0
}
