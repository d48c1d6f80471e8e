package psutil_test

import (
	"bytes"
	"encoding/json"
	"math"
	"net/netip"
	"reflect"
	"testing"
	"time"
	"unicode/utf8"

	"github.com/go-psutil/psutil"
)

func TestAppendJSON(t *testing.T) {
	tests := []struct {
		name string
		in   any
		want string
	}{
		{"Nil", nil, `null`},
		{"NilPointer", (*int)(nil), `null`},
		{"NilSlice", []string(nil), `[]`},
		{"Bool", true, `true`},
		{"Uint", uint64(math.MaxUint64), `18446744073709551615`},
		{"Int", -5, `-5`},
		{"Float", 1.5, `1.5`},
		{"WholeFloat", 100.0, `100.0`},
		{"Tiny", 1e-9, `1e-09`},
		{"NaN", math.NaN(), `null`},
		{"Inf", math.Inf(1), `null`},
		{"Seconds", 1500 * time.Millisecond, `1.5`},
		{"Tick", 10 * time.Millisecond, `0.01`},
		{"WholeSeconds", 7 * time.Second, `7.0`},
		{"Negative", -1500 * time.Microsecond, `-0.0015`},
		{"LongestDuration", time.Duration(math.MaxInt64), `9223372036.854775807`},
		{"ShortestDuration", time.Duration(math.MinInt64), `-9223372036.854775808`},
		{"Instant", time.Unix(1700000000, 10_000_000), `1700000000.01`},
		{"InstantInAny", []any{time.Unix(1, 0), &[]time.Time{time.Unix(2, 0)}[0], time.Second, nil}, `[1.0,2.0,1.0,null]`},
		{"NoInstant", time.Time{}, `null`},
		{"BeforeEpoch", time.Unix(-2, 500_000_000), `-1.5`},
		{"Text", "a\"b\\c\n\t\x00\x1f\x7f/é日", `"a\"b\\c\n\t\u0000\u001f\u007f/é日"`},
		{"Control1", "\u0085\u2028", `"\u0085\u2028"`},
		{"NotUTF8", "a\xff\x80b", `"a\udcff\udc80b"`},
		{"Surrogate", "\xed\xa0\x80", `"\udced\udca0\udc80"`},
		{"Cut", "\xe6\x97", `"\udce6\udc97"`},
		{"Map", map[string]int{"b": 1, "a": 2}, `{"a":2,"b":1}`},
		{"MapOfBytes", map[string]string{"\xff": "\xfe"}, `{"\udcff":"\udcfe"}`},
		{"IntKeys", map[int]bool{1: true}, `{"1":true}`},
		{"Address", netip.MustParseAddr("fe80::1%eth0"), `"fe80::1%eth0"`},
		{"Enum", []psutil.Status{psutil.StatusDiskSleep}, `["disk-sleep"]`},
		{"Struct", psutil.UserIDs{Real: 1, Effective: 2, Saved: 3}, `{"real":1,"effective":2,"saved":3}`},
		{"Missing", psutil.ProcessFootprint{USS: 1, Missing: "pss,swap_pss"}, `{"uss":1,"pss":null,"swap":0,"swap_pss":null}`},
		{"Milliseconds", struct {
			T time.Duration `json:"t" unit:"ms"`
		}{1500 * time.Microsecond}, `{"t":1}`},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			got, err := psutil.AppendJSON([]byte("x"), tt.in)
			if err != nil || string(got) != "x"+tt.want {
				t.Errorf("got %s, %v, want x%s", got, err, tt.want)
			}
			if !json.Valid(got[1:]) {
				t.Errorf("not JSON: %s", got[1:])
			}
		})
	}
	if _, err := psutil.AppendJSON(nil, make(chan int)); err == nil {
		t.Error("a channel has a JSON form")
	}
}

// A pointer is always written by reflection, what it points to often is not.
func TestAppendJSONOfPointer(t *testing.T) {
	for _, p := range []any{
		new(""), new("a\"b\\\n\t\x00\x1f\x7f \u0085\u2028\ufffd\xff\xe6\x97"), new(true), new(false),
		new(0), new(math.MinInt), new(int32(math.MinInt32)), new(int64(math.MaxInt64)), new(uint32(math.MaxUint32)), new(uint64(math.MaxUint64)),
		new(0.0), new(math.Copysign(0, -1)), new(1e15), new(-1e-300), new(0.1), new(math.NaN()), new(math.Inf(-1)),
		new(time.Duration(0)), new(time.Duration(math.MinInt64)), new(1500 * time.Millisecond),
		new(time.Time{}), new(time.Unix(-2, 5e8)), new(time.Unix(1700000000, 1)),
		new([]string(nil)), new([]string{}), new([]string{"", "a\xff", "\u2029\""}),
		new(netip.MustParseAddr("fe80::1%\"\xff")), new(psutil.ConnState(200)), new(psutil.Missing("\x00")),
	} {
		v := reflect.ValueOf(p).Elem().Interface()
		want, err := psutil.AppendJSON([]byte("x"), p)
		if err != nil {
			t.Errorf("%T: %v", p, err)
		}
		if got, err := psutil.AppendJSON([]byte("x"), v); err != nil || string(got) != string(want) {
			t.Errorf("%T: %s, %v, want %s", v, got, err, want)
		}
	}
}

func TestMissing(t *testing.T) {
	m := psutil.Missing("slab,shared")
	if !m.Has("slab") || !m.Has("shared") || m.Has("sla") || m.Has("") || psutil.Missing("").Has("") {
		t.Errorf("Has of %q is wrong", m)
	}
}

func FuzzJSONString(f *testing.F) {
	f.Add("plain")
	f.Add("\xff\x00\u2028")
	f.Add("a\ufffd\xff\ufffdb\"\\c\u0080\u00a0\u2027\u202a\U0001f642")
	f.Fuzz(func(t *testing.T, s string) {
		b, err := psutil.AppendJSON(nil, s)
		if err != nil || !json.Valid(b) {
			t.Fatalf("%q: %q, %v", s, b, err)
		}
		for _, c := range b {
			if c < 0x20 || c == 0x7f {
				t.Fatalf("%q: control character in %q", s, b)
			}
		}
		var back string
		if err := json.Unmarshal(b, &back); err != nil || utf8.ValidString(s) && back != s {
			t.Fatalf("%q: %s is %q, %v", s, b, back, err)
		}
		// Each character is written as it is alone.
		whole := []byte{'"'}
		for rest := s; rest != ""; {
			_, n := utf8.DecodeRuneInString(rest)
			alone, _ := psutil.AppendJSON(nil, rest[:n])
			whole = append(whole, alone[1:len(alone)-1]...)
			rest = rest[n:]
		}
		if whole = append(whole, '"'); !bytes.Equal(b, whole) {
			t.Fatalf("%q: %s, one by one %s", s, b, whole)
		}
	})
}
