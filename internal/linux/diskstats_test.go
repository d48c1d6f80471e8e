package linux

import (
	"errors"
	"math"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/go-psutil/psutil/internal/scan"
)

const (
	disk20 = " 254       0 vda 67600 23610 1933418 7554 3909 15504 567136 2727 1 4324 10456 3333 61 122072 168 146 5\n"
	disk18 = "   8       0 sda 67600 23610 1933418 7554 3909 15504 567136 2727 1 4324 10456 3333 61 122072 168\n"
	disk14 = "   8       0 sda 67600 23610 1933418 7554 3909 15504 567136 2727 1 4324 10456\n"
	disk7  = "   8       1 sda1 67600 1933418 3909 567136\n"
)

func diskStat(has DiskFields) DiskStat {
	d := DiskStat{Has: has, Reads: 67600, SectorsRead: 1933418, Writes: 3909, SectorsWritten: 567136}
	if has.Contains(DiskTimes) {
		d.ReadsMerged, d.ReadMS, d.WritesMerged, d.WriteMS = 23610, 7554, 15504, 2727
		d.InFlight, d.IOMS, d.WeightedMS = 1, 4324, 10456
	}
	if has.Contains(DiskDiscard) {
		d.Discards, d.DiscardsMerged, d.SectorsDiscarded, d.DiscardMS = 3333, 61, 122072, 168
	}
	if has.Contains(DiskFlush) {
		d.Flushes, d.FlushMS = 146, 5
	}
	return d
}

func diskRow(major, minor uint32, name string, has DiskFields) DiskStat {
	d := diskStat(has)
	d.Major, d.Minor, d.Name = major, minor, []byte(name)
	return d
}

func TestEachDiskStat(t *testing.T) {
	const (
		all = DiskIO | DiskTimes | DiskDiscard | DiskFlush
	)
	checkRows(t, EachDiskStat, disk20+disk18+disk14+disk7, []DiskStat{
		diskRow(254, 0, "vda", all),
		diskRow(8, 0, "sda", all&^DiskFlush),
		diskRow(8, 0, "sda", DiskIO|DiskTimes),
		diskRow(8, 1, "sda1", DiskIO),
	})
	// What a future kernel might print, and half a group.
	checkRows(t, EachDiskStat, strings.TrimSuffix(disk20, "\n")+" 7 8\n"+strings.TrimSuffix(disk18, "\n")+" 7\n", []DiskStat{
		diskRow(254, 0, "vda", all),
		diskRow(8, 0, "sda", all&^DiskFlush),
	})
	for _, v := range []string{"-1", "18446744073709551615"} {
		want := diskRow(8, 0, "sda", DiskIO|DiskTimes)
		want.InFlight = -1
		checkRows(t, EachDiskStat, strings.Replace(disk14, " 1 ", " "+v+" ", 1), []DiskStat{want})
	}
	checkRows(t, EachDiskStat, "104 0 cciss/c0d0 67600 1933418 3909 567136\n4294967295 4294967295 x 67600 1933418 3909 567136\n", []DiskStat{
		diskRow(104, 0, "cciss/c0d0", DiskIO),
		diskRow(1<<32-1, 1<<32-1, "x", DiskIO),
	})
	checkRows(t, EachDiskStat, strings.Join([]string{
		"8 0 sda",
		"8 0 sda 1 2 3",
		"8 0 sda 1 2 3 4 5",
		"8 0 sda 1 2 3 4 5 6 7 8 9 10",
		"8 0 sda 1 2 3 x",
		"8 0 sda 1 2 3 4 5 6 7 8 x 10 11",
		"8 0 sda 1 2 3 4 5 6 7 -8 9 10 11",
		"8 0 sda 1 2 3 4 5 6 7 8 9 10 18446744073709551616",
		"8 0 sda 1 2 3 4 5 6 7 8 9 10 11 12 13 14 x",
		"8 0 sda 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 x",
		"8 x sda 1 2 3 4",
		"4294967296 0 sda 1 2 3 4",
		"8 4294967296 sda 1 2 3 4",
		"8 1 sda1 67600 1933418 3909 567136",
		"8 0 sda 1 2 3 4",
	}, "\n"), []DiskStat{diskRow(8, 1, "sda1", DiskIO)}, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 15)
	checkRows(t, EachDiskStat, "", nil)
	checkCuts(t, EachDiskStat, disk20+disk7+disk14, 0)
	if f := DiskIO | DiskTimes; !f.Contains(DiskIO) || f.Contains(DiskIO|DiskFlush) {
		t.Error("Contains is wrong")
	}
	b := []byte(strings.Repeat(disk20, 20))
	checkNoAllocs(t, func() {
		n := 0
		for d, err := range EachDiskStat(b) {
			if err != nil || d.Has != all {
				t.Fatal(err)
			}
			n++
		}
		if n != 20 {
			t.Fatal(n)
		}
	})
}

func TestDiskStatSysfs(t *testing.T) {
	for _, tt := range []struct {
		row string
		has DiskFields
	}{
		{disk20, DiskIO | DiskTimes | DiskDiscard | DiskFlush},
		{disk18, DiskIO | DiskTimes | DiskDiscard},
		{disk14, DiskIO | DiskTimes},
		{disk7, DiskIO},
	} {
		in := strings.SplitN(tt.row, "sda1", 2)[len(strings.SplitN(tt.row, "sda1", 2))-1]
		for _, name := range []string{"vda", "sda"} {
			if i := strings.Index(in, name); i >= 0 {
				in = in[i+3:]
			}
		}
		d := diskRow(9, 9, "old", 0)
		if err := d.ParseSysfs([]byte(in)); err != nil || !reflect.DeepEqual(d, diskStat(tt.has)) {
			t.Errorf("ParseSysfs(%q)\n got %+v, %v\nwant %+v", in, d, err, diskStat(tt.has))
		}
		for i := range in {
			d := diskStat(DiskIO)
			if err := d.ParseSysfs([]byte(in[:i])); err == nil || !reflect.DeepEqual(d, DiskStat{}) {
				t.Errorf("cut at %d: %+v, %v", i, d, err)
			}
		}
	}
	for _, in := range []string{"", "\n", "1 2 3\n", "1 2 3 4 5\n", "1 2 3 4 5 6 7 8 9 10\n", "1 2 3 x\n", "a b c d e f g h i j k\n"} {
		var d DiskStat
		var e *scan.SyntaxError
		if err := d.ParseSysfs([]byte(in)); !errors.As(err, &e) || !reflect.DeepEqual(d, DiskStat{}) {
			t.Errorf("ParseSysfs(%q) = %+v, %v", in, d, err)
		}
	}
	b := []byte("1 2 3 4 5 6 7 8 9 10 11\n")
	checkNoAllocs(t, func() {
		var d DiskStat
		if d.ParseSysfs(b) != nil {
			t.Fatal("error")
		}
	})
}

func TestDiskAmounts(t *testing.T) {
	d := DiskStat{
		SectorsRead: 1, SectorsWritten: 2, SectorsDiscarded: math.MaxUint64 / 512,
		ReadMS: 3, WriteMS: 4, IOMS: 5, WeightedMS: 6, DiscardMS: 7, FlushMS: math.MaxInt64 / 1000000,
	}
	const ms = time.Millisecond
	want := DiskAmounts{
		ReadBytes: 512, WriteBytes: 1024, DiscardBytes: math.MaxUint64 &^ 511,
		ReadTime: 3 * ms, WriteTime: 4 * ms, BusyTime: 5 * ms, WeightedTime: 6 * ms, DiscardTime: 7 * ms, FlushTime: math.MaxInt64 / 1000000 * ms,
	}
	if got, err := d.Amounts(); got != want || err != nil {
		t.Errorf("got  %+v, %v\nwant %+v", got, err, want)
	}
	for _, d := range []DiskStat{
		{SectorsRead: math.MaxUint64/512 + 1}, {SectorsWritten: math.MaxUint64/512 + 1}, {SectorsDiscarded: math.MaxUint64},
		{ReadMS: math.MaxInt64/1000000 + 1}, {WriteMS: math.MaxUint64}, {IOMS: math.MaxUint64}, {WeightedMS: math.MaxUint64},
		{DiscardMS: math.MaxUint64}, {FlushMS: math.MaxInt64/1000000 + 1},
	} {
		d.Name = []byte("sda")
		var e *scan.SyntaxError
		if got, err := d.Amounts(); got != (DiskAmounts{}) || !errors.As(err, &e) || e.Line != 0 || e.Text != "sda" {
			t.Errorf("%+v: %+v, %v", d, got, err)
		}
	}
}

func FuzzDiskStats(f *testing.F) {
	f.Add([]byte(disk20 + disk18 + disk14 + disk7))
	f.Add([]byte("8 0 sda 1 2 3 4 5 6 7 8 -1 10 11\n8 0"))
	f.Fuzz(func(t *testing.T, b []byte) {
		for _, d := range fuzzRows(t, b, EachDiskStat) {
			if len(d.Name) == 0 || !d.Has.Contains(DiskIO) {
				t.Fatalf("%+v", d)
			}
			if !d.Has.Contains(DiskDiscard) && (d.Discards|d.DiscardsMerged|d.SectorsDiscarded|d.DiscardMS) != 0 {
				t.Fatalf("%+v", d)
			}
			if a, err := d.Amounts(); err == nil && (a.ReadBytes/512 != d.SectorsRead || uint64(a.BusyTime.Milliseconds()) != d.IOMS) {
				t.Fatalf("%+v of %+v", a, d)
			}
		}
		var d DiskStat
		if err := d.ParseSysfs(b); err != nil && !reflect.DeepEqual(d, DiskStat{}) {
			t.Fatalf("%+v with error %v", d, err)
		}
	})
}
