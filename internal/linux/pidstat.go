package linux

import (
	"bytes"
	"math"
	"math/bits"

	"github.com/go-psutil/psutil/internal/scan"
)

// PIDStat is /proc/PID/stat or /proc/PID/task/TID/stat (proc_pid_stat(5),
// fs/proc/array.c do_task_stat). Times are in clock ticks (USER_HZ, 100 on
// every port of Go).
//
// The kernel prints zero, or one for the code addresses, in place of what the
// reader may not know: StartCode to KstkEIP, WChan, and StartData to ExitCode
// need the right to trace the process.
type PIDStat struct {
	// Fields is the number of the last field printed, as proc_pid_stat(5)
	// counts them, at most 52: 44 (CGuestTime) on Linux 2.6.24, 47 (StartBrk)
	// on 3.3, 52 (ExitCode) since 3.5.
	Fields int

	PID     int32  // 1
	Comm    []byte // 2, without the parentheses; any bytes; aliases the input
	State   byte   // 3, one of RSDZTtWXxKPI
	PPID    int32  // 4
	PGRP    int32  // 5, -1 when the process is being reaped
	Session int32  // 6, likewise
	TTYNr   int32  // 7, 0 without a terminal; see [DeviceNumber]
	TPGID   int32  // 8, -1 without a terminal
	Flags   uint32 // 9, PF_* of linux/sched.h

	MinFlt  uint64 // 10
	CMinFlt uint64 // 11
	MajFlt  uint64 // 12
	CMajFlt uint64 // 13
	UTime   uint64 // 14, ticks; includes GuestTime
	STime   uint64 // 15, ticks
	CUTime  int64  // 16, ticks of reaped children; includes CGuestTime
	CSTime  int64  // 17, ticks of reaped children

	Priority    int32  // 18, negative for a real-time task
	Nice        int32  // 19, -20 to 19
	NumThreads  int32  // 20, 0 when the process is being reaped
	ITRealValue int64  // 21, 0 since Linux 2.6.17
	StartTime   uint64 // 22, ticks since boot
	VSize       uint64 // 23, bytes
	RSS         uint64 // 24, pages
	RSSLim      uint64 // 25, bytes; all ones is no limit

	StartCode  uint64 // 26
	EndCode    uint64 // 27
	StartStack uint64 // 28
	KstkESP    uint64 // 29
	KstkEIP    uint64 // 30
	Signal     uint64 // 31, the low 31 signals only, here and below
	Blocked    uint64 // 32
	SigIgnore  uint64 // 33
	SigCatch   uint64 // 34
	WChan      uint64 // 35, an address before Linux 4.4, then 1 when blocked
	NSwap      uint64 // 36, always 0
	CNSwap     uint64 // 37, always 0

	ExitSignal int32  // 38, -1 for a thread other than the first
	Processor  int32  // 39, the CPU it last ran on
	RTPriority uint32 // 40
	Policy     uint32 // 41, SCHED_* of linux/sched.h
	BlkIOTicks uint64 // 42, ticks; 0 when delay accounting is off
	GuestTime  uint64 // 43, ticks
	CGuestTime int64  // 44, ticks

	StartData uint64 // 45
	EndData   uint64 // 46
	StartBrk  uint64 // 47
	ArgStart  uint64 // 48
	ArgEnd    uint64 // 49
	EnvStart  uint64 // 50
	EnvEnd    uint64 // 51
	ExitCode  int32  // 52, as waitpid(2) gives it
}

const (
	firstStatNumber = 4  // the field after the state
	lastStatField   = 52 // fields after it are not known here
	minStatField    = 24 // RSS: every kernel prints as much
)

// statNames names fields 4 to 52 in errors.
var statNames = [...]string{
	"ppid", "pgrp", "session", "tty_nr", "tpgid", "flags", "minflt", "cminflt",
	"majflt", "cmajflt", "utime", "stime", "cutime", "cstime", "priority",
	"nice", "num_threads", "itrealvalue", "starttime", "vsize", "rss",
	"rsslim", "startcode", "endcode", "startstack", "kstkesp", "kstkeip",
	"signal", "blocked", "sigignore", "sigcatch", "wchan", "nswap", "cnswap",
	"exit_signal", "processor", "rt_priority", "policy",
	"delayacct_blkio_ticks", "guest_time", "cguest_time", "start_data",
	"end_data", "start_brk", "arg_start", "arg_end", "env_start", "env_end",
	"exit_code",
}

// statSigned has a bit for each of fields 4 to 52 that may be printed with a
// minus sign. RSS and RSSLim were signed in old kernels.
const statSigned uint64 = (1<<4 | 1<<5 | 1<<6 | 1<<7 | 1<<8 | 1<<16 | 1<<17 |
	1<<18 | 1<<19 | 1<<20 | 1<<21 | 1<<24 | 1<<25 | 1<<38 | 1<<39 | 1<<44 |
	1<<52) >> firstStatNumber

// statInt32 and statUint32 are the fields of that width.
var (
	statInt32  = [...]uint8{4, 5, 6, 7, 8, 18, 19, 20, 38, 39, 52}
	statUint32 = [...]uint8{9, 40, 41}
)

// Parse decodes the text of a stat file. s.Comm aliases b. After an error *s
// is the zero value.
func (s *PIDStat) Parse(b []byte) error {
	*s = PIDStat{}
	open := bytes.IndexByte(b, '(')
	if open < 2 || b[open-1] != ' ' {
		return scan.Errorf(0, b, "stat: pid and comm expected")
	}
	pid, ok := scan.Uint(b[:open-1])
	if !ok || pid > math.MaxInt32 {
		return scan.Errorf(0, b, "stat: bad pid")
	}
	// The name may hold parentheses; nothing after it can. Searching forward
	// is the faster way to the last one.
	end := -1
	for i := open + 1; ; {
		k := bytes.IndexByte(b[i:], ')')
		if k < 0 {
			break
		}
		end = i + k
		i = end + 1
	}
	if end < 0 || len(b) < end+4 || b[end+1] != ' ' || b[end+2] <= ' ' || b[end+2] >= 0x7f || b[end+3] != ' ' {
		return scan.Errorf(0, b, "stat: state expected after comm")
	}

	var v [lastStatField - firstStatNumber + 1]uint64
	n, neg, at := numbers(b[end+4:], v[:])
	last := firstStatNumber + n - 1
	if at < 0 {
		return scan.Errorf(0, b, "stat: bad %s", statNames[n])
	}
	if b[len(b)-1] != '\n' || (n < len(v) && end+4+at != len(b)) {
		return scan.Errorf(0, b, "stat: unfinished after field %d", last)
	}
	if last < minStatField {
		return scan.Errorf(0, b, "stat: only %d fields", last)
	}
	if bad := neg &^ statSigned; bad != 0 {
		i := 0
		for bad>>i&1 == 0 {
			i++
		}
		return scan.Errorf(0, b, "stat: negative %s", statNames[i])
	}
	for _, f := range statInt32 {
		if u := int64(v[f-firstStatNumber]); u != int64(int32(u)) {
			return scan.Errorf(0, b, "stat: %s out of range", statNames[f-firstStatNumber])
		}
	}
	for _, f := range statUint32 {
		if v[f-firstStatNumber] > math.MaxUint32 {
			return scan.Errorf(0, b, "stat: %s out of range", statNames[f-firstStatNumber])
		}
	}

	s.Fields = last
	s.PID = int32(pid)
	s.Comm = b[open+1 : end : end]
	s.State = b[end+2]
	s.PPID = int32(v[4-firstStatNumber])
	s.PGRP = int32(v[5-firstStatNumber])
	s.Session = int32(v[6-firstStatNumber])
	s.TTYNr = int32(v[7-firstStatNumber])
	s.TPGID = int32(v[8-firstStatNumber])
	s.Flags = uint32(v[9-firstStatNumber])
	s.MinFlt = v[10-firstStatNumber]
	s.CMinFlt = v[11-firstStatNumber]
	s.MajFlt = v[12-firstStatNumber]
	s.CMajFlt = v[13-firstStatNumber]
	s.UTime = v[14-firstStatNumber]
	s.STime = v[15-firstStatNumber]
	s.CUTime = int64(v[16-firstStatNumber])
	s.CSTime = int64(v[17-firstStatNumber])
	s.Priority = int32(v[18-firstStatNumber])
	s.Nice = int32(v[19-firstStatNumber])
	s.NumThreads = int32(v[20-firstStatNumber])
	s.ITRealValue = int64(v[21-firstStatNumber])
	s.StartTime = v[22-firstStatNumber]
	s.VSize = v[23-firstStatNumber]
	// A counter summed over CPUs without a lock could once dip below zero.
	s.RSS = uint64(max(0, int64(v[24-firstStatNumber])))
	s.RSSLim = v[25-firstStatNumber]
	s.StartCode = v[26-firstStatNumber]
	s.EndCode = v[27-firstStatNumber]
	s.StartStack = v[28-firstStatNumber]
	s.KstkESP = v[29-firstStatNumber]
	s.KstkEIP = v[30-firstStatNumber]
	s.Signal = v[31-firstStatNumber]
	s.Blocked = v[32-firstStatNumber]
	s.SigIgnore = v[33-firstStatNumber]
	s.SigCatch = v[34-firstStatNumber]
	s.WChan = v[35-firstStatNumber]
	s.NSwap = v[36-firstStatNumber]
	s.CNSwap = v[37-firstStatNumber]
	s.ExitSignal = int32(v[38-firstStatNumber])
	s.Processor = int32(v[39-firstStatNumber])
	s.RTPriority = uint32(v[40-firstStatNumber])
	s.Policy = uint32(v[41-firstStatNumber])
	s.BlkIOTicks = v[42-firstStatNumber]
	s.GuestTime = v[43-firstStatNumber]
	s.CGuestTime = int64(v[44-firstStatNumber])
	s.StartData = v[45-firstStatNumber]
	s.EndData = v[46-firstStatNumber]
	s.StartBrk = v[47-firstStatNumber]
	s.ArgStart = v[48-firstStatNumber]
	s.ArgEnd = v[49-firstStatNumber]
	s.EnvStart = v[50-firstStatNumber]
	s.EnvEnd = v[51-firstStatNumber]
	s.ExitCode = int32(v[52-firstStatNumber])
	return nil
}

var powersOf10 = [8]uint64{1, 10, 100, 1000, 1e4, 1e5, 1e6, 1e7}

const maxUint64 = "18446744073709551615"

// numbers reads decimal numbers, each behind one blank except the first, into
// v, which has at most 64 places, until a newline or until v is full. It
// returns how many there were, a bit for each that had a minus sign and is
// stored as two's complement, and the offset behind the last number and its
// newline, or -1 when number n is not one. Where b ends, the line ends.
//
// This is the inner loop of every process listing: it looks at each byte once,
// takes the shortest numbers, which are most, without a loop, and only checks a
// number for overflow when it is long enough to have one.
func numbers(b []byte, v []uint64) (n int, neg uint64, at int) {
	i := 0
	for n < len(v) {
		if i+1 < len(b) && b[i+1] == ' ' {
			if d := b[i] - '0'; d <= 9 {
				v[n] = uint64(d)
				n++
				i += 2
				continue
			}
		}
		minus := false
		if i < len(b) && b[i] == '-' {
			minus = true
			i++
		}
		first := i
		var u uint64
		// Eight bytes at a time, while there are as many.
		for i+8 <= len(b) {
			c := b[i : i+8 : i+8]
			w := (uint64(c[0]) | uint64(c[1])<<8 | uint64(c[2])<<16 | uint64(c[3])<<24 | uint64(c[4])<<32 |
				uint64(c[5])<<40 | uint64(c[6])<<48 | uint64(c[7])<<56) ^ 0x3030303030303030
			digits := 8
			// A digit is below ten by now. A carry only spoils what is behind the
			// first byte that is none.
			if other := (w | (w + 0x0606060606060606)) & 0xf0f0f0f0f0f0f0f0; other != 0 {
				digits = bits.TrailingZeros64(other) / 8
				w <<= uint(64 - 8*digits)
			}
			// Put together neighbours, then pairs, then fours.
			w = (w*10 + w>>8) & 0x00ff00ff00ff00ff
			w = (w*100 + w>>16) & 0x0000ffff0000ffff
			w = (w*10000 + w>>32) & 0xffffffff
			i += digits
			if digits < 8 {
				u = u*powersOf10[digits] + w
				break
			}
			u = u*1e8 + w
		}
		for ; i < len(b); i++ {
			d := b[i] - '0'
			if d > 9 {
				break
			}
			u = u*10 + uint64(d)
		}
		const safe = 19 // digits that always fit
		if i-first > safe && (i-first > len(maxUint64) || string(b[first:i]) > maxUint64) || i == first {
			var ok bool
			if u, ok = scan.Uint(b[first:i]); !ok {
				return n, neg, -1
			}
		}
		if minus {
			if u > 1<<63 {
				return n, neg, -1
			}
			u = -u
			neg |= 1 << n
		}
		v[n] = u
		switch {
		case i == len(b):
			return n + 1, neg, i
		case b[i] == '\n':
			return n + 1, neg, i + 1
		case b[i] != ' ': // glued to something
			return n, neg, -1
		}
		n++
		i++
	}
	return n, neg, i
}

// DeviceNumber splits a device number as the kernel prints it in TTYNr into
// its major and minor numbers (linux/kdev_t.h new_encode_dev): twelve bits of
// major between the low eight and the high twelve of minor.
func DeviceNumber(dev int32) (major, minor uint32) {
	u := uint32(dev)
	return u >> 8 & 0xfff, u&0xff | u>>12&0xfff00
}
