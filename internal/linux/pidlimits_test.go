package linux

import (
	"fmt"
	"slices"
	"strings"
	"testing"
)

const limits618 = "Limit                     Soft Limit           Hard Limit           Units     \n" +
	"Max cpu time              unlimited            unlimited            seconds   \n" +
	"Max file size             unlimited            18446744073709551614 bytes     \n" +
	"Max stack size            8388608              unlimited            bytes     \n" +
	"Max core file size        0                    unlimited            bytes     \n" +
	"Max processes             96365                96366                processes \n" +
	"Max open files            1024                 4096                 files     \n" +
	"Max nice priority         0                    40                   \n" +
	"Max realtime timeout      unlimited            unlimited            us        \n"

type limitRow struct {
	name       string
	soft, hard uint64
	units      string
}

var limitRows = []limitRow{
	{"Max cpu time", LimitInfinity, LimitInfinity, "seconds"},
	{"Max file size", LimitInfinity, 1<<64 - 2, "bytes"},
	{"Max stack size", 8388608, LimitInfinity, "bytes"},
	{"Max core file size", 0, LimitInfinity, "bytes"},
	{"Max processes", 96365, 96366, "processes"},
	{"Max open files", 1024, 4096, "files"},
	{"Max nice priority", 0, 40, ""},
	{"Max realtime timeout", LimitInfinity, LimitInfinity, "us"},
}

func collectLimits(in string) (rows []limitRow, errs []string) {
	for l, err := range EachLimit([]byte(in)) {
		if err != nil {
			errs = append(errs, err.Error())
			continue
		}
		rows = append(rows, limitRow{string(l.Name), l.Soft, l.Hard, string(l.Units)})
	}
	return rows, errs
}

func TestEachLimit(t *testing.T) {
	tests := []struct {
		name, in string
		want     []limitRow
	}{
		{"Linux618", limits618, limitRows},
		{"NoHeader", limits618[strings.Index(limits618, "\n")+1:], limitRows},
		{"Empty", "", nil},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			got, errs := collectLimits(tt.in)
			if !slices.Equal(got, tt.want) || len(errs) != 0 {
				t.Errorf("%+v, %q, want %+v", got, errs, tt.want)
			}
			for range EachLimit([]byte(tt.in)) {
				break // must not panic
			}
		})
	}
}

func TestEachLimitBadLine(t *testing.T) {
	const good = "Max open files            1024                 4096                 files     "
	for _, bad := range []string{
		"", "Max open files", "Max open files            ",
		"Max open files 1024 4096 files",
		"Max open files            1024",
		"Max open files            1024                 files",
		"Max open files            -1                   4096                 files     ",
		"Max open files            1024                 18446744073709551616 files     ",
		"Max open files            Unlimited            4096                 files     ",
		"Max open files            1024                 4096                 files x   ",
		"              1024                 4096                 files     ",
		"Limit                     Soft Limit           Hard Limit           Units     ",
	} {
		got, errs := collectLimits(strings.Replace(limits618, good, bad, 1))
		want := slices.Delete(slices.Clone(limitRows), 5, 6)
		if len(errs) != 1 || !strings.Contains(errs[0], "line 7") || !slices.Equal(got, want) {
			t.Errorf("with %q: %+v, %q", bad, got, errs)
		}
		for range EachLimit([]byte(bad + "\n")) {
			break // must not panic
		}
	}
	for i := range limits618 {
		got, errs := collectLimits(limits618[:i])
		if n := max(0, strings.Count(limits618[:i], "\n")-1); !slices.Equal(got, limitRows[:n]) {
			t.Errorf("%+v from the first %d bytes", got, i)
		}
		if atLine := i == 0 || limits618[i-1] == '\n'; atLine != (len(errs) == 0) {
			t.Errorf("errors %q from the first %d bytes", errs, i)
		}
	}
}

func TestEachLimitNoAllocs(t *testing.T) {
	b := []byte(limits618)
	if n := testing.AllocsPerRun(100, func() {
		rows := 0
		for _, err := range EachLimit(b) {
			if err != nil {
				t.Fatal(err)
			}
			rows++
		}
		if rows != len(limitRows) {
			t.Fatal(rows)
		}
	}); n != 0 {
		t.Errorf("%v allocations, want 0", n)
	}
}

func FuzzEachLimit(f *testing.F) {
	f.Add([]byte(limits618))
	f.Add([]byte("Limit \nx  1 2\n"))
	f.Fuzz(func(t *testing.T, b []byte) {
		rows := 0
		for l, err := range EachLimit(b) {
			if rows++; err != nil {
				continue
			}
			line := fmt.Sprintf("Limit \n%s  %d  %d  %s\n", l.Name, l.Soft, l.Hard, l.Units)
			want := limitRow{string(l.Name), l.Soft, l.Hard, string(l.Units)}
			if again, errs := collectLimits(line); len(errs) != 0 || !slices.Equal(again, []limitRow{want}) {
				t.Fatalf("%q read again is %+v, %q", line, again, errs)
			}
		}
		if rows > strings.Count(string(b), "\n")+1 {
			t.Fatalf("%d rows of %q", rows, b)
		}
	})
}
