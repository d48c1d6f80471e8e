package linux

import (
	"bytes"
	"fmt"
	"math"
	"reflect"
	"strconv"
	"strings"
	"testing"
)

const (
	// A process that named itself to look like the end of its own comm.
	stat618 = "4689 () R 1 (\n\\x:y) R 4685 4684 2295 34817 4683 4194304 3671 6609 21 2 300 150 3 2 20 0 1 0 73487 18739200 3666 18446744073709551615 94605085786112 94605085786453 140728548785776 0 0 0 0 16781312 2 0 0 0 17 1 0 0 7 5 4 94605085797808 94605085798424 94605549744128 140728548788235 140728548788287 140728548788287 140728548790223 0\n"

	statZombie618  = "4730 () R 1 (\n\\x:y) Z 4689 4685 2295 0 -1 4227148 217 0 0 0 0 0 0 0 20 0 1 0 73498 0 0 18446744073709551615 0 0 0 0 0 0 0 16781312 2 1 0 0 17 1 0 0 0 0 0 0 0 0 0 0 0 0 768\n"
	statKthread618 = "10 (kworker/0:0H-events_highpri) I 2 0 0 0 -1 69238880 0 0 0 0 0 0 0 0 0 -20 1 0 24 0 0 18446744073709551615 0 0 0 0 0 0 0 2147483647 0 1 0 0 17 0 0 0 0 0 0 0 0 0 0 0 0 0 0\n"

	// 3.10 printed a kernel address as wchan; this is a SCHED_FIFO task.
	stat310 = "23 (migration/3) S 2 0 0 0 -1 2216714304 0 0 0 0 0 918 0 0 -100 0 1 0 42 0 0 18446744073709551615 0 0 0 0 0 0 0 2147483647 0 18446744071579520640 0 0 -1 3 99 1 0 0 0 0 0 0 0 0 0 0 0\n"

	// 2.6.32 stops after cguest_time.
	stat2632 = "1 (init) S 0 1 1 0 -1 4202752 1270 86535 21 43 2 51 321 160 20 0 1 0 4 19873792 386 18446744073709551615 1 1 0 0 0 0 0 4096 536962595 18446744071580537000 0 0 0 1 0 0 27 0 0\n"
)

func TestPIDStat(t *testing.T) {
	tests := []struct {
		name string
		in   string
		want PIDStat
	}{
		{"Linux618", stat618, PIDStat{
			Fields: 52, PID: 4689, Comm: []byte(") R 1 (\n\\x:y"), State: 'R',
			PPID: 4685, PGRP: 4684, Session: 2295, TTYNr: 34817, TPGID: 4683,
			Flags: 4194304, MinFlt: 3671, CMinFlt: 6609, MajFlt: 21, CMajFlt: 2,
			UTime: 300, STime: 150, CUTime: 3, CSTime: 2, Priority: 20,
			NumThreads: 1, StartTime: 73487, VSize: 18739200, RSS: 3666,
			RSSLim: math.MaxUint64, StartCode: 94605085786112,
			EndCode: 94605085786453, StartStack: 140728548785776,
			SigIgnore: 16781312, SigCatch: 2, ExitSignal: 17, Processor: 1,
			BlkIOTicks: 7, GuestTime: 5, CGuestTime: 4,
			StartData: 94605085797808, EndData: 94605085798424,
			StartBrk: 94605549744128, ArgStart: 140728548788235,
			ArgEnd: 140728548788287, EnvStart: 140728548788287,
			EnvEnd: 140728548790223,
		}},
		{"Zombie", statZombie618, PIDStat{
			Fields: 52, PID: 4730, Comm: []byte(") R 1 (\n\\x:y"), State: 'Z',
			PPID: 4689, PGRP: 4685, Session: 2295, TPGID: -1, Flags: 4227148,
			MinFlt: 217, Priority: 20, NumThreads: 1, StartTime: 73498,
			RSSLim: math.MaxUint64, SigIgnore: 16781312, SigCatch: 2, WChan: 1,
			ExitSignal: 17, Processor: 1, ExitCode: 768,
		}},
		{"KernelThread", statKthread618, PIDStat{
			Fields: 52, PID: 10, Comm: []byte("kworker/0:0H-events_highpri"),
			State: 'I', PPID: 2, TPGID: -1, Flags: 69238880, Nice: -20,
			NumThreads: 1, StartTime: 24, RSSLim: math.MaxUint64,
			SigIgnore: 2147483647, WChan: 1, ExitSignal: 17,
		}},
		{"Linux310RealTime", stat310, PIDStat{
			Fields: 52, PID: 23, Comm: []byte("migration/3"), State: 'S',
			PPID: 2, TPGID: -1, Flags: 2216714304, STime: 918, Priority: -100,
			NumThreads: 1, StartTime: 42, RSSLim: math.MaxUint64,
			SigIgnore: 2147483647, WChan: 18446744071579520640, ExitSignal: -1,
			Processor: 3, RTPriority: 99, Policy: 1,
		}},
		{"Linux2632", stat2632, PIDStat{
			Fields: 44, PID: 1, Comm: []byte("init"), State: 'S', PGRP: 1,
			Session: 1, TPGID: -1, Flags: 4202752, MinFlt: 1270, CMinFlt: 86535,
			MajFlt: 21, CMajFlt: 43, UTime: 2, STime: 51, CUTime: 321,
			CSTime: 160, Priority: 20, NumThreads: 1, StartTime: 4,
			VSize: 19873792, RSS: 386, RSSLim: math.MaxUint64, StartCode: 1,
			EndCode: 1, SigIgnore: 4096, SigCatch: 536962595,
			WChan: 18446744071580537000, Processor: 1, BlkIOTicks: 27,
		}},
		{"EveryFieldItsNumber", statNumbered(52, ""), numberedStat(52)},
		{"FieldsOfTheFuture", statNumbered(55, ""), numberedStat(52)},
		{"MinusOneAsUnsigned",
			"7 (x) X 0 -1 18446744073709551615 0 18446744073709551615 4 0 0 0 0 0 0 0 0 20 0 0 0 9 0 -3 -1\n",
			PIDStat{
				Fields: 25, PID: 7, Comm: []byte("x"), State: 'X', PGRP: -1,
				Session: -1, TPGID: -1, Flags: 4, Priority: 20, StartTime: 9,
				RSSLim: math.MaxUint64,
			}},
		{"EmptyName",
			"7 () S 0 0 0 0 -1 4 0 0 0 0 0 0 0 0 20 0 1 0 9 0 3\n",
			PIDStat{
				Fields: 24, PID: 7, Comm: []byte{}, State: 'S', TPGID: -1, Flags: 4,
				Priority: 20, NumThreads: 1, StartTime: 9, RSS: 3,
			}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			s := PIDStat{ExitCode: 99, Fields: 99} // left over from another process
			if err := s.Parse([]byte(tt.in)); err != nil {
				t.Fatal(err)
			}
			if !reflect.DeepEqual(s, tt.want) {
				t.Errorf("Parse:\n got %+v\nwant %+v", s, tt.want)
			}
		})
	}
}

// statNumbered is a line whose every number is its field's number.
func statNumbered(last int, extra string) string {
	var b strings.Builder
	b.WriteString("1 (c) S")
	for i := 4; i <= last; i++ {
		fmt.Fprintf(&b, " %d", i)
	}
	return b.String() + extra + "\n"
}

// numberedStat finds the fields by reflection: their order in the struct is
// the kernel's.
func numberedStat(last int) PIDStat {
	s := PIDStat{Fields: last, PID: 1, Comm: []byte("c"), State: 'S'}
	v := reflect.ValueOf(&s).Elem()
	for i := 4; i <= last; i++ {
		switch f := v.Field(i); f.Kind() {
		case reflect.Int32, reflect.Int64:
			f.SetInt(int64(i))
		default:
			f.SetUint(uint64(i))
		}
	}
	return s
}

func TestPIDStatErrors(t *testing.T) {
	field := func(n int, text string) string {
		f := strings.Split(strings.TrimSuffix(statNumbered(52, ""), "\n"), " ")
		f[n-1] = text
		return strings.Join(f, " ") + "\n"
	}
	tests := []struct{ name, in, want string }{
		{"Empty", "", "pid and comm"},
		{"NoPID", "(x) S 1\n", "pid and comm"},
		{"GluedPID", "1(x) S 1\n", "pid and comm"},
		{"BadPID", "1a (x) S 1\n", "bad pid"},
		{"HugePID", "2147483648 (x) S 1\n", "bad pid"},
		{"NoClose", "1 (x S 1\n", "state"},
		{"NoState", "1 (x) \n", "state"},
		{"LongState", "1 (x) SS 1\n", "state"},
		{"ClosedByAComm", "1 (x) S 1 (\n", "bad pgrp"},
		{"TooFew", statNumbered(23, ""), "only 23 fields"},
		{"NotANumber", field(13, "1x"), "bad cmajflt"},
		{"Blank", field(22, ""), "bad starttime"},
		{"TwoBlanks", strings.Replace(statNumbered(52, ""), " 14", "  14", 1), "bad utime"},
		{"LoneMinus", field(8, "-"), "bad tpgid"},
		{"TwoMinuses", field(8, "--1"), "bad tpgid"},
		{"Plus", field(8, "+1"), "bad tpgid"},
		{"Overflow", field(23, "18446744073709551616"), "bad vsize"},
		{"LongOverflow", field(23, strings.Repeat("9", 40)), "bad vsize"},
		{"SignedOverflow", field(16, "-9223372036854775809"), "bad cutime"},
		{"NegativeTime", field(14, "-1"), "negative utime"},
		{"NegativeFault", field(10, "-1"), "negative minflt"},
		{"WidePPID", field(4, "2147483648"), "ppid out of range"},
		{"WideExitCode", field(52, "-2147483649"), "exit_code out of range"},
		{"WideFlags", field(9, "4294967296"), "flags out of range"},
		{"WidePolicy", field(41, "4294967296"), "policy out of range"},
		{"TrailingBlank", statNumbered(44, " "), "bad start_data"},
		{"SecondLine", stat2632 + "2", "unfinished"},
		{"SecondWholeLine", stat2632 + "2\n", "unfinished"},
		{"NoNewline", strings.TrimSuffix(stat618, "\n"), "unfinished"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			s := PIDStat{PID: 5, Fields: 5}
			err := s.Parse([]byte(tt.in))
			if err == nil || !strings.Contains(err.Error(), tt.want) {
				t.Errorf("Parse: error %v, want %q", err, tt.want)
			}
			if !reflect.DeepEqual(s, PIDStat{}) {
				t.Errorf("Parse left %+v behind", s)
			}
		})
	}
}

func TestPIDStatTruncated(t *testing.T) {
	for _, in := range []string{stat618, statKthread618, stat310, stat2632} {
		for i := range in {
			var s PIDStat
			// A newline of the name may end the text early, but nothing that
			// is cut there looks like a stat line.
			if err := s.Parse([]byte(in[:i])); err == nil {
				t.Errorf("no error for the first %d bytes of %q", i, in)
			}
		}
	}
}

func TestPIDStatAliases(t *testing.T) {
	b := []byte(stat2632)
	var s PIDStat
	if err := s.Parse(b); err != nil {
		t.Fatal(err)
	}
	if b[3] = 'I'; string(s.Comm) != "Init" {
		t.Errorf("Comm %q does not alias the input", s.Comm)
	}
	if s.Comm = append(s.Comm, "!!!"...); string(b) != strings.Replace(stat2632, "init", "Init", 1) {
		t.Errorf("appending to Comm wrote into the input: %q", b)
	}
}

func TestPIDStatNoAllocs(t *testing.T) {
	b := []byte(stat618)
	var s PIDStat
	if n := testing.AllocsPerRun(100, func() {
		if err := s.Parse(b); err != nil {
			t.Fatal(err)
		}
	}); n != 0 {
		t.Errorf("%v allocations, want 0", n)
	}
}

func TestDeviceNumber(t *testing.T) {
	tests := []struct {
		dev          int32
		major, minor uint32
	}{
		{0, 0, 0},
		{34816, 136, 0},                   // /dev/pts/0
		{34817, 136, 1},                   // /dev/pts/1
		{1025, 4, 1},                      // /dev/tty1
		{1088, 4, 64},                     // /dev/ttyS0
		{1<<20 | 136<<8 | 0x2c, 136, 300}, // /dev/pts/300
		{math.MinInt32 | 136<<8 | 1, 136, 0x80001},  // a minor of 20 bits
		{-1, 0xfff, 0xfffff},                        // every bit
		{0x7ff00000 | 0xabc<<8 | 7, 0xabc, 0x7ff07}, // no bit twice
	}
	for _, tt := range tests {
		if major, minor := DeviceNumber(tt.dev); major != tt.major || minor != tt.minor {
			t.Errorf("DeviceNumber(%#x) = %d, %d, want %d, %d", tt.dev, major, minor, tt.major, tt.minor)
		}
	}
}

func FuzzPIDStat(f *testing.F) {
	for _, in := range []string{stat618, statZombie618, statKthread618, stat310, stat2632, "1 (", "1 () S 1 2\n"} {
		f.Add([]byte(in))
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		before := bytes.Clone(b)
		var s PIDStat
		err := s.Parse(b)
		if !bytes.Equal(b, before) {
			t.Fatal("the input was changed")
		}
		if err != nil {
			if !reflect.DeepEqual(s, PIDStat{}) {
				t.Fatalf("an error left %+v", s)
			}
			return
		}
		// Read it again, slowly.
		text := string(b[bytes.LastIndexByte(b, ')')+4:])
		words := strings.Fields(text)
		v := reflect.ValueOf(s)
		for i := firstStatNumber; i <= s.Fields; i++ {
			word := words[i-firstStatNumber]
			want, err := strconv.ParseUint(word, 10, 64)
			if err != nil {
				signed, err := strconv.ParseInt(word, 10, 64)
				if err != nil {
					t.Fatalf("field %d of %q was accepted", i, b)
				}
				want = uint64(signed)
			}
			if i == 24 && int64(want) < 0 { // RSS
				want = 0
			}
			var got uint64
			if f := v.Field(i); f.CanInt() {
				got = uint64(f.Int())
			} else {
				got = f.Uint()
			}
			if got != want {
				t.Fatalf("field %d of %q is %d, want %d", i, b, got, want)
			}
		}
		if !bytes.Contains(b, fmt.Appendf(nil, " (%s) %c ", s.Comm, s.State)) {
			t.Fatalf("name %q, state %q of %q", s.Comm, s.State, b)
		}
	})
}

func BenchmarkPIDStat(b *testing.B) {
	text := []byte("4689 (python3) R 4685 4684 2295 34817 4683 4194304 3671 6609 21 2 300 150 3 2 20 0 1 0 73487 18739200 3666 18446744073709551615 94605085786112 94605085786453 140728548785776 0 0 0 0 16781312 2 0 0 0 17 1 0 0 7 5 4 94605085797808 94605085798424 94605549744128 140728548788235 140728548788287 140728548788287 140728548790223 0\n")
	var s PIDStat
	b.SetBytes(int64(len(text)))
	b.ReportAllocs()
	for b.Loop() {
		if err := s.Parse(text); err != nil {
			b.Fatal(err)
		}
	}
}
