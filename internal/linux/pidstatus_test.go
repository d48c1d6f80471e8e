package linux

import (
	"bytes"
	"reflect"
	"slices"
	"strings"
	"testing"
)

const (
	status618 = "Name:\t) R 1 (\\n\\\\x:y\n" +
		"Umask:\t0022\n" +
		"State:\tR (running)\n" +
		"Tgid:\t4689\n" +
		"Ngid:\t4\n" +
		"Pid:\t4690\n" +
		"PPid:\t4685\n" +
		"TracerPid:\t77\n" +
		"Uid:\t1000\t1001\t1002\t1003\n" +
		"Gid:\t100\t101\t102\t4294967294\n" +
		"FDSize:\t256\n" +
		"Groups:\t4 24 27 1000 \n" +
		"NStgid:\t4689\t12\n" +
		"NSpid:\t4690\t13\n" +
		"NSpgid:\t4685\t0\n" +
		"NSsid:\t2295\t1\n" +
		"Kthread:\t0\n" +
		"VmPeak:\t   18304 kB\n" +
		"VmSize:\t   18300 kB\n" +
		"VmLck:\t       1 kB\n" +
		"VmPin:\t       2 kB\n" +
		"VmHWM:\t   14720 kB\n" +
		"VmRSS:\t   14716 kB\n" +
		"RssAnon:\t    7588 kB\n" +
		"RssFile:\t    7124 kB\n" +
		"RssShmem:\t       4 kB\n" +
		"VmData:\t    9284 kB\n" +
		"VmStk:\t     132 kB\n" +
		"VmExe:\t       5 kB\n" +
		"VmLib:\t    6460 kB\n" +
		"VmPTE:\t      72 kB\n" +
		"VmSwap:\t       3 kB\n" +
		"HugetlbPages:\t    2048 kB\n" +
		"CoreDumping:\t1\n" +
		"THP_enabled:\t1\n" +
		"untag_mask:\t0xffffffffffffffff\n" +
		"Threads:\t6\n" +
		"SigQ:\t2/96365\n" +
		"SigPnd:\t0000000000000001\n" +
		"ShdPnd:\t8000000000000000\n" +
		"SigBlk:\tfffffffc3bba3a00\n" +
		"SigIgn:\t0000000001001000\n" +
		"SigCgt:\t0000000000000002\n" +
		"CapInh:\t0000000000000004\n" +
		"CapPrm:\t000001fffeffffff\n" +
		"CapEff:\t000001fffefffffe\n" +
		"CapBnd:\t000001fffefffffd\n" +
		"CapAmb:\t0000000000000008\n" +
		"NoNewPrivs:\t1\n" +
		"Seccomp:\t2\n" +
		"Seccomp_filters:\t5\n" +
		"Speculation_Store_Bypass:\tvulnerable\n" +
		"SpeculationIndirectBranch:\talways enabled\n" +
		"Cpus_allowed:\t3\n" +
		"Cpus_allowed_list:\t0-1\n" +
		"Mems_allowed:\t00000000,00000001\n" +
		"Mems_allowed_list:\t0\n" +
		"voluntary_ctxt_switches:\t31\n" +
		"nonvoluntary_ctxt_switches:\t18446744073709551615\n" +
		"x86_Thread_features:\t\n" +
		"x86_Thread_features_locked:\t\n"

	statusKthread618 = "Name:\tkworker/0:0H-events_highpri\n" +
		"Umask:\t0000\nState:\tI (idle)\nTgid:\t10\nNgid:\t0\nPid:\t10\n" +
		"PPid:\t2\nTracerPid:\t0\nUid:\t0\t0\t0\t0\nGid:\t0\t0\t0\t0\n" +
		"FDSize:\t64\nGroups:\t \nNStgid:\t10\nNSpid:\t10\nNSpgid:\t0\n" +
		"NSsid:\t0\nKthread:\t1\nThreads:\t1\nSigQ:\t0/96365\n" +
		"SigPnd:\t0000000000000000\nShdPnd:\t0000000000000000\n" +
		"SigBlk:\t0000000000000000\nSigIgn:\tffffffffffffffff\n" +
		"SigCgt:\t0000000000000000\nCapInh:\t0000000000000000\n" +
		"CapPrm:\t000001ffffffffff\nCapEff:\t000001ffffffffff\n" +
		"CapBnd:\t000001ffffffffff\nCapAmb:\t0000000000000000\n" +
		"NoNewPrivs:\t0\nSeccomp:\t0\nSeccomp_filters:\t0\n" +
		"Speculation_Store_Bypass:\tvulnerable\nCpus_allowed:\t1\n" +
		"Cpus_allowed_list:\t0\nMems_allowed:\t1\nMems_allowed_list:\t0\n" +
		"voluntary_ctxt_switches:\t59\nnonvoluntary_ctxt_switches:\t0\n"

	statusZombie310 = "Name:\tsh\n" +
		"State:\tZ (zombie)\nTgid:\t4730\nPid:\t4730\nPPid:\t4689\n" +
		"TracerPid:\t0\nUid:\t-2\t-2\t-2\t-2\nGid:\t-2\t-2\t-2\t-2\n" +
		"FDSize:\t0\nGroups:\t10 -2 \nThreads:\t1\nSigQ:\t0/15063\n" +
		"SigPnd:\t0000000000000000\nShdPnd:\t0000000000000000\n" +
		"SigBlk:\t0000000000000000\nSigIgn:\t0000000000000000\n" +
		"SigCgt:\t0000000000000000\nCapInh:\t0000000000000000\n" +
		"CapPrm:\t0000000000000000\nCapEff:\t0000000000000000\n" +
		"CapBnd:\t0000001fffffffff\nSeccomp:\t0\nCpus_allowed:\tf\n" +
		"Cpus_allowed_list:\t0-3\nMems_allowed:\t1\nMems_allowed_list:\t0\n" +
		"voluntary_ctxt_switches:\t1\nnonvoluntary_ctxt_switches:\t2\n"

	status2632 = "Name:\tinit\n" +
		"State:\tS (sleeping)\nTgid:\t1\nPid:\t1\nPPid:\t0\nTracerPid:\t0\n" +
		"Uid:\t0\t0\t0\t0\nGid:\t0\t0\t0\t0\nUtrace:\t0\nFDSize:\t64\n" +
		"Groups:\t\nVmPeak:\t   19408 kB\nVmSize:\t   19404 kB\n" +
		"VmLck:\t       0 kB\nVmHWM:\t    1544 kB\nVmRSS:\t    1540 kB\n" +
		"VmData:\t     196 kB\nVmStk:\t      88 kB\nVmExe:\t     140 kB\n" +
		"VmLib:\t    2348 kB\nVmPTE:\t      56 kB\nThreads:\t1\n" +
		"SigQ:\t1/15063\nSigPnd:\t0000000000000000\n" +
		"ShdPnd:\t0000000000000000\nSigBlk:\t0000000000000000\n" +
		"SigIgn:\t0000000000001000\nSigCgt:\t00000001a0016623\n" +
		"CapInh:\t0000000000000000\nCapPrm:\tffffffffffffffff\n" +
		"CapEff:\tfffffffffffffeff\nCapBnd:\tffffffffffffffff\n" +
		"Cpus_allowed:\t3\nCpus_allowed_list:\t0-1\nMems_allowed:\t1\n" +
		"Mems_allowed_list:\t0\nvoluntary_ctxt_switches:\t1432\n" +
		"nonvoluntary_ctxt_switches:\t177\n"
)

const (
	allPIDStatus = PIDStatusNonvoluntaryCtxtSwitches<<1 - 1

	memoryPIDStatus = PIDStatusVmPeak | PIDStatusVmSize | PIDStatusVmLck |
		PIDStatusVmPin | PIDStatusVmHWM | PIDStatusVmRSS | PIDStatusRssAnon |
		PIDStatusRssFile | PIDStatusRssShmem | PIDStatusVmData |
		PIDStatusVmStk | PIDStatusVmExe | PIDStatusVmLib | PIDStatusVmPTE |
		PIDStatusVmSwap | PIDStatusHugetlbPages | PIDStatusCoreDumping |
		PIDStatusTHPEnabled

	// since310 is what Linux 3.10 does not print of any process.
	since310 = PIDStatusUmask | PIDStatusNGID | PIDStatusNSTGID |
		PIDStatusNSPID | PIDStatusNSPGID | PIDStatusNSSID | PIDStatusKthread |
		PIDStatusRssAnon | PIDStatusRssFile | PIDStatusRssShmem |
		PIDStatusHugetlbPages | PIDStatusCoreDumping | PIDStatusTHPEnabled |
		PIDStatusCapAmb | PIDStatusNoNewPrivs | PIDStatusSeccompFilters
)

func TestPIDStatus(t *testing.T) {
	tests := []struct {
		name string
		in   string
		want PIDStatus
	}{
		{"Linux618", status618, PIDStatus{
			Has:   allPIDStatus,
			Name:  []byte(`) R 1 (\n\\x:y`),
			Umask: 0o22, State: 'R',
			TGID: 4689, NGID: 4, PID: 4690, PPID: 4685, TracerPID: 77,
			UID:    [4]uint32{1000, 1001, 1002, 1003},
			GID:    [4]uint32{100, 101, 102, 4294967294},
			FDSize: 256, Groups: []byte("4 24 27 1000 "),
			NSTGID: []byte("4689\t12"), NSPID: []byte("4690\t13"),
			NSPGID: []byte("4685\t0"), NSSID: []byte("2295\t1"),
			VmPeak: 18304 << 10, VmSize: 18300 << 10, VmLck: 1 << 10,
			VmPin: 2 << 10, VmHWM: 14720 << 10, VmRSS: 14716 << 10,
			RssAnon: 7588 << 10, RssFile: 7124 << 10, RssShmem: 4 << 10,
			VmData: 9284 << 10, VmStk: 132 << 10, VmExe: 5 << 10,
			VmLib: 6460 << 10, VmPTE: 72 << 10, VmSwap: 3 << 10,
			HugetlbPages: 2048 << 10, CoreDumping: true, THPEnabled: true,
			Threads: 6, SigQ: 2, SigQLimit: 96365,
			SigPnd: SignalSet{1}, ShdPnd: SignalSet{1 << 63},
			SigBlk: SignalSet{0xfffffffc3bba3a00}, SigIgn: SignalSet{0x1001000},
			SigCgt: SignalSet{2}, CapInh: 4, CapPrm: 0x1fffeffffff,
			CapEff: 0x1fffefffffe, CapBnd: 0x1fffefffffd, CapAmb: 8,
			NoNewPrivs: true, Seccomp: 2, SeccompFilters: 5,
			CPUsAllowedList: []byte("0-1"), MemsAllowedList: []byte("0"),
			VoluntaryCtxtSwitches: 31, NonvoluntaryCtxtSwitches: 1<<64 - 1,
		}},
		{"KernelThread", statusKthread618, PIDStatus{
			Has:   allPIDStatus &^ memoryPIDStatus,
			Name:  []byte("kworker/0:0H-events_highpri"),
			State: 'I', TGID: 10, PID: 10, PPID: 2, FDSize: 64,
			Groups: []byte(" "), NSTGID: []byte("10"), NSPID: []byte("10"),
			NSPGID: []byte("0"), NSSID: []byte("0"), Kthread: true, Threads: 1,
			SigQLimit: 96365, SigIgn: SignalSet{1<<64 - 1},
			CapPrm: 0x1ffffffffff, CapEff: 0x1ffffffffff, CapBnd: 0x1ffffffffff,
			CPUsAllowedList: []byte("0"), MemsAllowedList: []byte("0"),
			VoluntaryCtxtSwitches: 59,
		}},
		{"Zombie310", statusZombie310, PIDStatus{
			Has:  allPIDStatus &^ memoryPIDStatus &^ since310,
			Name: []byte("sh"), State: 'Z', TGID: 4730, PID: 4730, PPID: 4689,
			UID:    [4]uint32{1<<32 - 2, 1<<32 - 2, 1<<32 - 2, 1<<32 - 2},
			GID:    [4]uint32{1<<32 - 2, 1<<32 - 2, 1<<32 - 2, 1<<32 - 2},
			Groups: []byte("10 -2 "), Threads: 1, SigQLimit: 15063,
			CapBnd:          0x1fffffffff,
			CPUsAllowedList: []byte("0-3"), MemsAllowedList: []byte("0"),
			VoluntaryCtxtSwitches: 1, NonvoluntaryCtxtSwitches: 2,
		}},
		{"Linux2632", status2632, PIDStatus{
			Has: allPIDStatus &^ since310 &^ PIDStatusVmPin &^
				PIDStatusVmSwap &^ PIDStatusSeccomp,
			Name: []byte("init"), State: 'S', TGID: 1, PID: 1, FDSize: 64,
			Groups: []byte{},
			VmPeak: 19408 << 10, VmSize: 19404 << 10, VmHWM: 1544 << 10,
			VmRSS: 1540 << 10, VmData: 196 << 10, VmStk: 88 << 10,
			VmExe: 140 << 10, VmLib: 2348 << 10, VmPTE: 56 << 10, Threads: 1,
			SigQ: 1, SigQLimit: 15063, SigIgn: SignalSet{0x1000},
			SigCgt: SignalSet{0x1a0016623}, CapPrm: 1<<64 - 1,
			CapEff: 0xfffffffffffffeff, CapBnd: 1<<64 - 1,
			CPUsAllowedList: []byte("0-1"), MemsAllowedList: []byte("0"),
			VoluntaryCtxtSwitches: 1432, NonvoluntaryCtxtSwitches: 177,
		}},
		{"Empty", "", PIDStatus{}},
		{"MIPSSignals", "SigCgt:\t80000000000000018000000000000002\n", PIDStatus{
			Has: PIDStatusSigCgt, SigCgt: SignalSet{1<<63 | 2, 1<<63 | 1},
		}},
		{"FirstCounts", "Pid:\t1\nPid:\t2\nState:\tS\nState:\tR\nSigQ:\t1/2\nSigQ:\t3/4\nUmask:\t1\nUmask:\t2\nPid:\tx\n", PIDStatus{
			Has: PIDStatusPID | PIDStatusState | PIDStatusSigQ | PIDStatusUmask,
			PID: 1, State: 'S', SigQ: 1, SigQLimit: 2, Umask: 1,
		}},
		{"MinusOneAsUnsigned", "Ngid:\t18446744073709551615\nPPid:\t-1\n", PIDStatus{
			Has: PIDStatusNGID | PIDStatusPPID, NGID: -1, PPID: -1,
		}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			s := PIDStatus{VmSwap: 99, Has: PIDStatusVmSwap}
			if err := s.Parse([]byte(tt.in)); err != nil {
				t.Fatal(err)
			}
			if !reflect.DeepEqual(s, tt.want) {
				t.Errorf("Parse:\n got %+v\nwant %+v", s, tt.want)
			}
		})
	}
}

// A line that cannot be read costs its own field and nothing else.
func TestPIDStatusBadLine(t *testing.T) {
	var whole PIDStatus
	if err := whole.Parse([]byte(status618)); err != nil {
		t.Fatal(err)
	}
	tests := []struct {
		name  string
		bad   string
		field PIDStatusFields
	}{
		{"Umask", "Umask:\t0028", PIDStatusUmask},
		{"UmaskOverflow", "Umask:\t0777777777777", PIDStatusUmask},
		{"UmaskEmpty", "Umask:\t", PIDStatusUmask},
		{"State", "State:\t", PIDStatusState},
		{"PID", "Pid:\t4690x", PIDStatusPID},
		{"PIDOverflow", "Pid:\t2147483648", PIDStatusPID},
		{"TGIDEmpty", "Tgid:", PIDStatusTGID},
		{"UIDThree", "Uid:\t1\t2\t3", PIDStatusUID},
		{"UIDFive", "Uid:\t1\t2\t3\t4\t5", PIDStatusUID},
		{"GIDOverflow", "Gid:\t1\t2\t3\t4294967296", PIDStatusGID},
		{"FDSize", "FDSize:\t-1", PIDStatusFDSize},
		{"FDSizeOverflow", "FDSize:\t4294967296", PIDStatusFDSize},
		{"Groups", "Groups:\t1 2 x ", PIDStatusGroups},
		{"NSPID", "NSpid:\t1\t99999999999", PIDStatusNSPID},
		{"Kthread", "Kthread:\t2", PIDStatusKthread},
		{"VmRSSNoUnit", "VmRSS:\t   14716", PIDStatusVmRSS},
		{"VmRSSOtherUnit", "VmRSS:\t   14716 MB", PIDStatusVmRSS},
		{"VmRSSNoNumber", "VmRSS:\t kB", PIDStatusVmRSS},
		{"VmRSSNegative", "VmRSS:\t   -1 kB", PIDStatusVmRSS},
		{"VmRSSOverflow", "VmRSS:\t18014398509481984 kB", PIDStatusVmRSS},
		{"SigQ", "SigQ:\t2", PIDStatusSigQ},
		{"SigQHalf", "SigQ:\t2/", PIDStatusSigQ},
		{"SigBlk", "SigBlk:\tfffffffc3bba3a0g", PIDStatusSigBlk},
		{"SigBlkHigh", "SigBlk:\tg0000000000000000", PIDStatusSigBlk},
		{"SigBlkLong", "SigBlk:\t000000000000000000000000000000001", PIDStatusSigBlk},
		{"CapEff", "CapEff:\t", PIDStatusCapEff},
		{"Switches", "voluntary_ctxt_switches:\t18446744073709551616", PIDStatusVoluntaryCtxtSwitches},
		{"NoColon", "State R", PIDStatusState},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			key, _, _ := strings.Cut(tt.bad, "\t")
			if tt.name == "NoColon" {
				key = "State:"
			}
			key, _, _ = strings.Cut(key, ":")
			lines := strings.SplitAfter(status618, "\n")
			i := slices.IndexFunc(lines, func(l string) bool { return strings.HasPrefix(l, key+":") })
			lines[i] = tt.bad + "\n"

			var s PIDStatus
			err := s.Parse([]byte(strings.Join(lines, "")))
			if err == nil || !strings.Contains(err.Error(), key) {
				t.Errorf("error %v does not show the line of %q", err, key)
			}
			want := whole
			want.Has &^= tt.field
			if s.Has != want.Has {
				t.Errorf("Has = %#x, want %#x", s.Has, want.Has)
			}
			// Put the one value back, then nothing may differ.
			got := s
			if err := got.Parse([]byte(strings.Join(lines, "") + linesOf(status618, key))); err == nil {
				t.Error("no error for a bad line with a good one after it")
			}
			if !reflect.DeepEqual(got, whole) {
				t.Errorf("with the good line at the end:\n got %+v\nwant %+v", got, whole)
			}
		})
	}
}

func linesOf(text, key string) string {
	for line := range strings.SplitAfterSeq(text, "\n") {
		if strings.HasPrefix(line, key+":") {
			return line
		}
	}
	return ""
}

func TestPIDStatusTruncated(t *testing.T) {
	for _, in := range []string{status618, statusKthread618, statusZombie310, status2632} {
		var whole PIDStatus
		if err := whole.Parse([]byte(in)); err != nil {
			t.Fatal(err)
		}
		for i := range in {
			var s PIDStatus
			err := s.Parse([]byte(in[:i]))
			if atLine := i == 0 || in[i-1] == '\n'; atLine != (err == nil) {
				t.Errorf("error %v for the first %d bytes", err, i)
			}
			if s.Has&^whole.Has != 0 {
				t.Errorf("fields %#x from the first %d bytes", s.Has&^whole.Has, i)
			}
			if s.Has.Contains(PIDStatusPPID) && s.PPID != whole.PPID ||
				s.Has.Contains(PIDStatusVmRSS) && s.VmRSS != whole.VmRSS {
				t.Errorf("half a number from the first %d bytes", i)
			}
		}
	}
}

func TestPIDStatusAppendName(t *testing.T) {
	tests := []struct{ in, want string }{
		{"", ""},
		{"init", "init"},
		{`) R 1 (\n\\x:y`, ") R 1 (\n\\x:y"},
		{`\\n`, `\n`},
		{`\\\\`, `\\`},
		{`\\\n`, "\\\n"},
		{`a\`, `a\`},
		{`\t\x41`, `\t\x41`},
		{"\xff\\n\x01", "\xff\n\x01"},
	}
	for _, tt := range tests {
		s := PIDStatus{Name: []byte(tt.in)}
		if got := string(s.AppendName([]byte("> "))); got != "> "+tt.want {
			t.Errorf("AppendName(%q) = %q, want %q", tt.in, got, "> "+tt.want)
		}
	}
}

func TestEachID(t *testing.T) {
	tests := []struct {
		in   string
		want []uint32
	}{
		{"", nil},
		{" ", nil},
		{"4 24 27 1000 ", []uint32{4, 24, 27, 1000}},
		{"4689\t12", []uint32{4689, 12}},
		{"-1 4294967295", []uint32{1<<32 - 1, 1<<32 - 1}},
		{"1 x 2", []uint32{1, 2}},
	}
	for _, tt := range tests {
		s := PIDStatus{Groups: []byte(tt.in)}
		if got := slices.Collect(s.EachGroup()); !slices.Equal(got, tt.want) {
			t.Errorf("groups of %q = %v, want %v", tt.in, got, tt.want)
		}
		for id := range EachID([]byte(tt.in)) {
			if id != tt.want[0] {
				t.Errorf("first of %q = %d, want %d", tt.in, id, tt.want[0])
			}
			break // must not panic
		}
	}
}

func TestSignalSet(t *testing.T) {
	s := SignalSet{1 | 1<<63, 1 | 1<<63}
	for sig := -200; sig <= 300; sig++ {
		want := sig == 1 || sig == 64 || sig == 65 || sig == 128
		if s.Has(sig) != want {
			t.Errorf("Has(%d) = %v, want %v", sig, s.Has(sig), want)
		}
	}
}

func TestPIDStatusNoAllocs(t *testing.T) {
	b := []byte(status618)
	var s PIDStatus
	name := make([]byte, 0, 64)
	if n := testing.AllocsPerRun(100, func() {
		if err := s.Parse(b); err != nil {
			t.Fatal(err)
		}
		name = s.AppendName(name[:0])
		sum := uint32(0)
		for id := range s.EachGroup() {
			sum += id
		}
		if sum != 1055 {
			t.Fatal(sum)
		}
	}); n != 0 {
		t.Errorf("%v allocations, want 0", n)
	}
}

func FuzzPIDStatus(f *testing.F) {
	for _, in := range []string{status618, statusKthread618, statusZombie310, status2632} {
		f.Add([]byte(in))
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		before := bytes.Clone(b)
		var s PIDStatus
		err := s.Parse(b)
		name := s.AppendName(nil)
		if len(name) > len(s.Name) {
			t.Fatalf("name %q of %q", name, s.Name)
		}
		for range s.EachGroup() {
		}
		if !bytes.Equal(b, before) {
			t.Fatal("the input was changed")
		}
		if err == nil && len(b) > 0 && b[len(b)-1] != '\n' {
			t.Fatal("a cut line was accepted")
		}
		// A second reading of what was read gives the same.
		var again PIDStatus
		again.Has = allPIDStatus
		if err2 := again.Parse(b); (err == nil) != (err2 == nil) || !reflect.DeepEqual(s, again) {
			t.Fatalf("second reading %+v, first %+v", again, s)
		}
	})
}

func BenchmarkPIDStatus(b *testing.B) {
	text := []byte(status618)
	var s PIDStatus
	b.SetBytes(int64(len(text)))
	b.ReportAllocs()
	for b.Loop() {
		if err := s.Parse(text); err != nil {
			b.Fatal(err)
		}
	}
}

func TestPIDStatusParseFor(t *testing.T) {
	const text = "Name:\tx\nUid:\t1\t2\t3\t4\nGid:\tx\nGroups:\t5 \nnonsense\n"
	var s PIDStatus
	if err := s.ParseFor([]byte(text), PIDStatusUID); err != nil || s.Has != PIDStatusName|PIDStatusUID || s.UID != [4]uint32{1, 2, 3, 4} {
		t.Errorf("%+v, %v", s, err)
	}
	if err := s.ParseFor([]byte(text), PIDStatusUID|PIDStatusGID); err == nil || !s.Has.Contains(PIDStatusUID|PIDStatusGroups) || s.Has.Contains(PIDStatusGID) {
		t.Errorf("%+v, %v", s, err)
	}
	if err := s.ParseFor([]byte("Name:\tx\nUid:\t1"), PIDStatusUID); err == nil || s.Has != PIDStatusName {
		t.Errorf("%+v, %v", s, err)
	}
}
