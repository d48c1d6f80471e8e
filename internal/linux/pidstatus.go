package linux

import (
	"bytes"
	"iter"
	"math"

	"github.com/go-psutil/psutil/internal/scan"
)

// PIDStatus is /proc/PID/status or /proc/PID/task/TID/status
// (proc_pid_status(5), fs/proc/array.c proc_pid_status, fs/proc/task_mmu.c
// task_mem). Memory is in bytes.
//
// Kernel threads and zombies have no memory and so none of the Vm fields, and
// an old kernel prints fewer lines than a new one: Has tells what was there.
// PIDs are those of the PID namespace that /proc was mounted for, user and
// group IDs those of the reader's user namespace. The []byte fields alias the
// input.
type PIDStatus struct {
	Has PIDStatusFields

	Name  []byte // escaped; see [PIDStatus.AppendName]
	Umask uint32 // since Linux 4.7, not for zombies
	State byte   // one of RSDZTtWXxKPI

	TGID, NGID, PID, PPID, TracerPID int32

	UID [4]uint32 // real, effective, saved, file system
	GID [4]uint32 // likewise

	FDSize uint32 // slots allocated, not descriptors open
	Groups []byte // supplementary groups; see [PIDStatus.EachGroup]

	// NSTGID to NSSID list the IDs in each PID namespace the process is in,
	// the innermost last; see [EachID]. Since Linux 4.1.
	NSTGID, NSPID, NSPGID, NSSID []byte

	Kthread bool // newest kernels only; PF_KTHREAD in the flags of [PIDStat] says the same on all

	VmPeak, VmSize, VmLck, VmPin, VmHWM, VmRSS uint64
	RssAnon, RssFile, RssShmem                 uint64 // since Linux 4.5
	VmData, VmStk, VmExe, VmLib, VmPTE, VmSwap uint64
	HugetlbPages                               uint64 // since Linux 4.4

	CoreDumping bool // since Linux 4.15
	THPEnabled  bool // since Linux 5.0
	Threads     int32

	SigQ, SigQLimit                        uint64 // signals queued for the real user ID, and how many may be
	SigPnd, ShdPnd, SigBlk, SigIgn, SigCgt SignalSet

	CapInh, CapPrm, CapEff, CapBnd, CapAmb uint64 // bit n is capability n; CapAmb since Linux 4.3

	NoNewPrivs     bool   // since Linux 4.10
	Seccomp        uint32 // 0 off, 1 strict, 2 filter
	SeccompFilters uint32 // since Linux 5.9

	CPUsAllowedList, MemsAllowedList []byte // see [AppendCPUList]

	VoluntaryCtxtSwitches, NonvoluntaryCtxtSwitches uint64
}

// PIDStatusFields is a set of fields of a [PIDStatus].
type PIDStatusFields uint64

// Fields of a PIDStatus.
const (
	PIDStatusName PIDStatusFields = 1 << iota
	PIDStatusUmask
	PIDStatusState
	PIDStatusTGID
	PIDStatusNGID
	PIDStatusPID
	PIDStatusPPID
	PIDStatusTracerPID
	PIDStatusUID
	PIDStatusGID
	PIDStatusFDSize
	PIDStatusGroups
	PIDStatusNSTGID
	PIDStatusNSPID
	PIDStatusNSPGID
	PIDStatusNSSID
	PIDStatusKthread
	PIDStatusVmPeak
	PIDStatusVmSize
	PIDStatusVmLck
	PIDStatusVmPin
	PIDStatusVmHWM
	PIDStatusVmRSS
	PIDStatusRssAnon
	PIDStatusRssFile
	PIDStatusRssShmem
	PIDStatusVmData
	PIDStatusVmStk
	PIDStatusVmExe
	PIDStatusVmLib
	PIDStatusVmPTE
	PIDStatusVmSwap
	PIDStatusHugetlbPages
	PIDStatusCoreDumping
	PIDStatusTHPEnabled
	PIDStatusThreads
	PIDStatusSigQ // and SigQLimit
	PIDStatusSigPnd
	PIDStatusShdPnd
	PIDStatusSigBlk
	PIDStatusSigIgn
	PIDStatusSigCgt
	PIDStatusCapInh
	PIDStatusCapPrm
	PIDStatusCapEff
	PIDStatusCapBnd
	PIDStatusCapAmb
	PIDStatusNoNewPrivs
	PIDStatusSeccomp
	PIDStatusSeccompFilters
	PIDStatusCPUsAllowedList
	PIDStatusMemsAllowedList
	PIDStatusVoluntaryCtxtSwitches
	PIDStatusNonvoluntaryCtxtSwitches
)

// Contains reports whether every field of g is in f.
func (f PIDStatusFields) Contains(g PIDStatusFields) bool { return f&g == g }

// SignalSet is a set of signals: the kernel's sigset_t, which has 64 signals
// and on MIPS 128.
type SignalSet [2]uint64

// Has reports whether signal sig, counted from 1, is in the set.
func (s SignalSet) Has(sig int) bool {
	return 1 <= sig && sig <= 128 && s[(sig-1)/64]>>((sig-1)%64)&1 != 0
}

// Parse decodes the text of a status file. A line it does not know is passed
// over. A line it knows and cannot read leaves its field zero and not in
// s.Has; the rest is read all the same and Parse returns the first such error.
// Of a line that comes twice the first counts.
func (s *PIDStatus) Parse(b []byte) error { return s.ParseFor(b, ^PIDStatusFields(0)) }

// ParseFor is [PIDStatus.Parse] that stops behind the last of the lines that
// are needed, so that what follows is not looked at.
func (s *PIDStatus) ParseFor(b []byte, need PIDStatusFields) error {
	*s = PIDStatus{}
	var first error
	for n := 1; len(b) > 0; n++ {
		line, rest, whole := scan.Cut(b, '\n')
		b = rest
		if !whole {
			if first == nil {
				first = scan.Errorf(n, line, "status: line cut short")
			}
			break
		}
		field, ok := s.parseLine(line)
		if ok {
			if s.Has |= field; s.Has.Contains(need) {
				break
			}
		} else if first == nil {
			first = scan.Errorf(n, line, "status: bad line")
		}
	}
	return first
}

// parseLine decodes one line and says which field it filled, 0 for none.
func (s *PIDStatus) parseLine(line []byte) (field PIDStatusFields, ok bool) {
	colon := bytes.IndexByte(line, ':')
	if colon < 0 {
		return 0, len(line) == 0
	}
	key, value := line[:colon], line[colon+1:]
	if len(value) > 0 && value[0] == '\t' {
		value = value[1:]
	}

	// Each case says what its line fills; lines of a like kind are read below.
	var (
		kB, count *uint64
		pid       *int32
		small     *uint32
		flag      *bool
		ids       *[4]uint32
		raw, list *[]byte
		caps      *uint64
		signals   *SignalSet
	)
	switch string(key) {
	case "Name":
		field, raw = PIDStatusName, &s.Name
	case "Umask":
		if s.Has&PIDStatusUmask == 0 {
			v, ok := octal(value)
			s.Umask = v
			return PIDStatusUmask, ok
		}
	case "State":
		if s.Has&PIDStatusState == 0 {
			if len(value) == 0 {
				return 0, false
			}
			s.State = value[0]
			return PIDStatusState, true
		}
	case "Tgid":
		field, pid = PIDStatusTGID, &s.TGID
	case "Ngid":
		field, pid = PIDStatusNGID, &s.NGID
	case "Pid":
		field, pid = PIDStatusPID, &s.PID
	case "PPid":
		field, pid = PIDStatusPPID, &s.PPID
	case "TracerPid":
		field, pid = PIDStatusTracerPID, &s.TracerPID
	case "Uid":
		field, ids = PIDStatusUID, &s.UID
	case "Gid":
		field, ids = PIDStatusGID, &s.GID
	case "FDSize":
		field, small = PIDStatusFDSize, &s.FDSize
	case "Groups":
		field, list = PIDStatusGroups, &s.Groups
	case "NStgid":
		field, list = PIDStatusNSTGID, &s.NSTGID
	case "NSpid":
		field, list = PIDStatusNSPID, &s.NSPID
	case "NSpgid":
		field, list = PIDStatusNSPGID, &s.NSPGID
	case "NSsid":
		field, list = PIDStatusNSSID, &s.NSSID
	case "Kthread":
		field, flag = PIDStatusKthread, &s.Kthread
	case "VmPeak":
		field, kB = PIDStatusVmPeak, &s.VmPeak
	case "VmSize":
		field, kB = PIDStatusVmSize, &s.VmSize
	case "VmLck":
		field, kB = PIDStatusVmLck, &s.VmLck
	case "VmPin":
		field, kB = PIDStatusVmPin, &s.VmPin
	case "VmHWM":
		field, kB = PIDStatusVmHWM, &s.VmHWM
	case "VmRSS":
		field, kB = PIDStatusVmRSS, &s.VmRSS
	case "RssAnon":
		field, kB = PIDStatusRssAnon, &s.RssAnon
	case "RssFile":
		field, kB = PIDStatusRssFile, &s.RssFile
	case "RssShmem":
		field, kB = PIDStatusRssShmem, &s.RssShmem
	case "VmData":
		field, kB = PIDStatusVmData, &s.VmData
	case "VmStk":
		field, kB = PIDStatusVmStk, &s.VmStk
	case "VmExe":
		field, kB = PIDStatusVmExe, &s.VmExe
	case "VmLib":
		field, kB = PIDStatusVmLib, &s.VmLib
	case "VmPTE":
		field, kB = PIDStatusVmPTE, &s.VmPTE
	case "VmSwap":
		field, kB = PIDStatusVmSwap, &s.VmSwap
	case "HugetlbPages":
		field, kB = PIDStatusHugetlbPages, &s.HugetlbPages
	case "CoreDumping":
		field, flag = PIDStatusCoreDumping, &s.CoreDumping
	case "THP_enabled":
		field, flag = PIDStatusTHPEnabled, &s.THPEnabled
	case "Threads":
		field, pid = PIDStatusThreads, &s.Threads
	case "SigQ":
		if s.Has&PIDStatusSigQ == 0 {
			queued, limit, _ := scan.Cut(value, '/')
			var ok1, ok2 bool
			s.SigQ, ok1 = scan.Uint(queued)
			s.SigQLimit, ok2 = scan.Uint(limit)
			if !ok1 || !ok2 {
				s.SigQ, s.SigQLimit = 0, 0
			}
			return PIDStatusSigQ, ok1 && ok2
		}
	case "SigPnd":
		field, signals = PIDStatusSigPnd, &s.SigPnd
	case "ShdPnd":
		field, signals = PIDStatusShdPnd, &s.ShdPnd
	case "SigBlk":
		field, signals = PIDStatusSigBlk, &s.SigBlk
	case "SigIgn":
		field, signals = PIDStatusSigIgn, &s.SigIgn
	case "SigCgt":
		field, signals = PIDStatusSigCgt, &s.SigCgt
	case "CapInh":
		field, caps = PIDStatusCapInh, &s.CapInh
	case "CapPrm":
		field, caps = PIDStatusCapPrm, &s.CapPrm
	case "CapEff":
		field, caps = PIDStatusCapEff, &s.CapEff
	case "CapBnd":
		field, caps = PIDStatusCapBnd, &s.CapBnd
	case "CapAmb":
		field, caps = PIDStatusCapAmb, &s.CapAmb
	case "NoNewPrivs":
		field, flag = PIDStatusNoNewPrivs, &s.NoNewPrivs
	case "Seccomp":
		field, small = PIDStatusSeccomp, &s.Seccomp
	case "Seccomp_filters":
		field, small = PIDStatusSeccompFilters, &s.SeccompFilters
	case "Cpus_allowed_list":
		field, raw = PIDStatusCPUsAllowedList, &s.CPUsAllowedList
	case "Mems_allowed_list":
		field, raw = PIDStatusMemsAllowedList, &s.MemsAllowedList
	case "voluntary_ctxt_switches":
		field, count = PIDStatusVoluntaryCtxtSwitches, &s.VoluntaryCtxtSwitches
	case "nonvoluntary_ctxt_switches":
		field, count = PIDStatusNonvoluntaryCtxtSwitches, &s.NonvoluntaryCtxtSwitches
	}
	if field == 0 || s.Has&field != 0 {
		return 0, true
	}
	switch {
	case kB != nil:
		*kB, ok = kilobytes(value)
	case count != nil:
		*count, ok = scan.Uint(value)
	case pid != nil:
		*pid, ok = signed32(value)
	case small != nil:
		var v uint64
		v, ok = scan.Uint(value)
		if ok = ok && v <= math.MaxUint32; ok {
			*small = uint32(v)
		}
	case flag != nil:
		ok = len(value) == 1 && value[0]|1 == '1'
		*flag = ok && value[0] == '1'
	case ids != nil:
		ok = parseIDs(value, ids)
	case raw != nil:
		*raw, ok = value, true
	case list != nil:
		if ok = isIDList(value); ok {
			*list = value
		}
	case caps != nil:
		*caps, ok = scan.Hex(value)
	case signals != nil:
		*signals, ok = parseSignals(value)
	}
	return field, ok
}

// AppendName appends the name of the process to dst, decoding \n and \\, the
// two things the kernel escapes in it. A process has a name of at most 15
// bytes, a kernel thread since Linux 4.18 a longer one.
func (s *PIDStatus) AppendName(dst []byte) []byte {
	name := s.Name
	for {
		i := bytes.IndexByte(name, '\\')
		if i < 0 || i+1 == len(name) {
			return append(dst, name...)
		}
		dst = append(dst, name[:i]...)
		switch name[i+1] {
		case 'n':
			dst = append(dst, '\n')
		case '\\':
			dst = append(dst, '\\')
		default:
			dst = append(dst, name[i:i+2]...)
		}
		name = name[i+2:]
	}
}

// EachGroup iterates over the supplementary group IDs. Linux before 3.8 prints
// no more than the first 32.
func (s *PIDStatus) EachGroup() iter.Seq[uint32] { return EachID(s.Groups) }

// EachID iterates over a list of IDs of a [PIDStatus]: Groups or one of NSTGID
// to NSSID.
func EachID(list []byte) iter.Seq[uint32] {
	return func(yield func(uint32) bool) { eachID(list, yield) }
}

func eachID(list []byte, yield func(uint32) bool) {
	for {
		var word []byte
		word, list = scan.Field(list)
		if len(word) == 0 {
			return
		}
		if id, ok := parseID(word); ok && !yield(id) {
			return
		}
	}
}

// isIDList reports whether a list holds nothing but IDs.
func isIDList(list []byte) bool {
	for {
		var word []byte
		word, list = scan.Field(list)
		if len(word) == 0 {
			return true
		}
		if _, ok := parseID(word); !ok {
			return false
		}
	}
}

func parseIDs(b []byte, ids *[4]uint32) bool {
	var v [4]uint32
	for i := range v {
		var word []byte
		word, b = scan.Field(b)
		var ok bool
		if v[i], ok = parseID(word); !ok {
			return false
		}
	}
	if len(scan.Trim(b)) != 0 {
		return false
	}
	*ids = v
	return true
}

// parseID reads a user, group or process ID. Old kernels print one with
// its top bit set as negative.
func parseID(b []byte) (uint32, bool) {
	v, ok := scan.Int(b)
	if !ok || v < math.MinInt32 || v > math.MaxUint32 {
		return 0, false
	}
	return uint32(v), true
}

// signed32 is signed for a C int.
func signed32(b []byte) (int32, bool) {
	v, ok := signed(b)
	if !ok || v < math.MinInt32 || v > math.MaxInt32 {
		return 0, false
	}
	return int32(v), true
}

// kilobytes reads "    3060 kB" as a number of bytes.
func kilobytes(b []byte) (uint64, bool) {
	for len(b) > 0 && b[0] == ' ' {
		b = b[1:]
	}
	n := len(b) - len(" kB")
	if n < 1 || string(b[n:]) != " kB" {
		return 0, false
	}
	v, ok := scan.Uint(b[:n])
	if !ok || v > math.MaxUint64>>10 {
		return 0, false
	}
	return v << 10, true
}

func parseSignals(b []byte) (s SignalSet, ok bool) {
	if len(b) > 16 {
		if s[1], ok = scan.Hex(b[:len(b)-16]); !ok {
			return SignalSet{}, false
		}
		b = b[len(b)-16:]
	}
	if s[0], ok = scan.Hex(b); !ok {
		return SignalSet{}, false
	}
	return s, true
}

// octal reads all of b as an octal number.
func octal(b []byte) (v uint32, ok bool) {
	if len(b) == 0 {
		return 0, false
	}
	for _, c := range b {
		if c < '0' || c > '7' || v > math.MaxUint32>>3 {
			return 0, false
		}
		v = v<<3 | uint32(c-'0')
	}
	return v, true
}
