package linux

import (
	"strings"
	"testing"
)

const vmstat618 = `nr_free_pages 961306
pgpgin 11
pgpgout 12
pswpin 13
pswpout 14
pgfault 15
pgmajfault 16
oom_kill 17
nr_unstable 0
`

const allVMStat = VMStatOOMKill<<1 - 1

func TestVMStat(t *testing.T) {
	tests := []struct {
		name, in string
		want     VMStat
		bad      bool
	}{
		{"Linux618", vmstat618, VMStat{
			Has: allVMStat, PgPgIn: 11, PgPgOut: 12, PSwpIn: 13, PSwpOut: 14, PgFault: 15, PgMajFault: 16, OOMKill: 17,
		}, false},
		{"Old", "pswpin 1\npswpout 0\n", VMStat{Has: VMStatPSwpIn | VMStatPSwpOut, PSwpIn: 1}, false},
		{"NotSimilarNames", "pswpinx 1\nswpin 2\npgpgi 3\nPSWPIN 4\n", VMStat{}, false},
		{"Largest", "pgfault 18446744073709551615\n", VMStat{Has: VMStatPgFault, PgFault: 1<<64 - 1}, false},
		{"Overflow", "pgfault 18446744073709551616\npswpin 1\n", VMStat{Has: VMStatPSwpIn, PSwpIn: 1}, true},
		{"NoValue", "pgfault\npswpin 1\n", VMStat{Has: VMStatPSwpIn, PSwpIn: 1}, true},
		{"TwoValues", "pgfault 1 2\npswpin 1\n", VMStat{Has: VMStatPSwpIn, PSwpIn: 1}, true},
		{"Cut", "pswpin 1\npswpout 12", VMStat{Has: VMStatPSwpIn, PSwpIn: 1}, true},
		{"Empty", "", VMStat{}, false},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			v := VMStat{Has: allVMStat, OOMKill: 99}
			err := v.Parse([]byte(tt.in))
			if v != tt.want || (err != nil) != tt.bad {
				t.Errorf("Parse = %+v, %v; want %+v", v, err, tt.want)
			}
		})
	}
	if f := VMStatPSwpIn | VMStatPSwpOut; !f.Contains(VMStatPSwpOut) || f.Contains(VMStatPSwpIn|VMStatOOMKill) {
		t.Error("Contains is wrong")
	}
	b := []byte(vmstat618)
	checkNoAllocs(t, func() {
		var v VMStat
		if v.Parse(b) != nil {
			t.Fatal("error")
		}
	})
}

func TestKeyValues(t *testing.T) {
	const cpuStat = "usage_usec 3521\nuser_usec 0\nnr_throttled 18446744073709551615\n"
	checkRows(t, EachKeyValue, cpuStat, []KeyValue{
		{[]byte("usage_usec"), 3521}, {[]byte("user_usec"), 0}, {[]byte("nr_throttled"), 1<<64 - 1},
	})
	checkRows(t, EachKeyValue, "a 1\nb\nc -1\nd 2 3\n\nmax max\n  e\t4 \nf 5", []KeyValue{
		{[]byte("a"), 1}, {[]byte("e"), 4},
	}, 2, 3, 4, 6, 8)
	checkCuts(t, EachKeyValue, cpuStat, 0)
	b := []byte(cpuStat)
	checkNoAllocs(t, func() {
		n := 0
		for range EachKeyValue(b) {
			n++
		}
		if n != 3 {
			t.Fatal(n)
		}
	})
}

func TestLookupKey(t *testing.T) {
	b := []byte("low 0\nhigh 5\nmax x\noom 7\noom_kill 8\noom 9\ncut 1")
	for key, want := range map[string]uint64{"low": 0, "high": 5, "oom": 7, "oom_kill": 8} {
		if v, ok := LookupKey(b, key); v != want || !ok {
			t.Errorf("LookupKey(%s) = %d, %v; want %d", key, v, ok, want)
		}
	}
	for _, key := range []string{"", "max", "oom_", "hig", "cut", "absent"} {
		if v, ok := LookupKey(b, key); v != 0 || ok {
			t.Errorf("LookupKey(%q) = %d, %v", key, v, ok)
		}
	}
	checkNoAllocs(t, func() { LookupKey(b, "oom_kill") })
}

func FuzzVMStat(f *testing.F) {
	f.Add([]byte(vmstat618))
	f.Add([]byte(strings.Repeat("a 1\n", 3) + "b"))
	f.Fuzz(func(t *testing.T, b []byte) {
		seen := map[string]bool{}
		for _, kv := range fuzzRows(t, b, EachKeyValue) {
			if len(kv.Key) == 0 {
				t.Fatal("an empty key")
			}
			seen[string(kv.Key)] = true
		}
		var v VMStat
		_ = v.Parse(b)
		if v.Has.Contains(VMStatPSwpIn) != seen["pswpin"] {
			t.Fatalf("pswpin: %v, row %v", v.Has, seen["pswpin"])
		}
		if _, ok := LookupKey(b, "pswpin"); ok && !seen["pswpin"] {
			t.Fatal("LookupKey finds what is not there")
		}
	})
}
