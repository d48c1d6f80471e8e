package psutil

import (
	"bytes"
	"context"
	"encoding/gob"
	"encoding/json"
	"errors"
	"io/fs"
	"math"
	"strings"
	"testing"
	"testing/synctest"
	"time"
)

func TestDiskIOSince(t *testing.T) {
	const ms = time.Millisecond
	old := DiskIO{
		Name: "sda", Kind: DiskWhole, Major: 8,
		ReadCount: 10, WriteCount: 20, ReadBytes: 512, WriteBytes: 1024, ReadTime: 5 * ms, WriteTime: 6 * ms,
		ReadMergedCount: 1, WriteMergedCount: 2, BusyTime: 7 * ms, InFlight: 9, WeightedTime: 11 * ms,
		DiscardCount: 3, DiscardMergedCount: 1, DiscardBytes: 4096, DiscardTime: 4 * ms, FlushCount: 5, FlushTime: 2 * ms,
	}
	now := DiskIO{
		Name: "sda", Kind: DiskWhole, Major: 8,
		ReadCount: 11, WriteCount: 22, ReadBytes: 1536, WriteBytes: 1024, ReadTime: 9 * ms, WriteTime: 16 * ms,
		ReadMergedCount: 4, WriteMergedCount: 7, BusyTime: 15 * ms, InFlight: 2, WeightedTime: 31 * ms,
		DiscardCount: 5, DiscardMergedCount: 4, DiscardBytes: 12288, DiscardTime: 5 * ms, FlushCount: 7, FlushTime: 3 * ms,
	}
	want := DiskIO{
		Name: "sda", Kind: DiskWhole, Major: 8,
		ReadCount: 1, WriteCount: 2, ReadBytes: 1024, WriteBytes: 0, ReadTime: 4 * ms, WriteTime: 10 * ms,
		ReadMergedCount: 3, WriteMergedCount: 5, BusyTime: 8 * ms, InFlight: 2, WeightedTime: 20 * ms,
		DiscardCount: 2, DiscardMergedCount: 3, DiscardBytes: 8192, DiscardTime: 1 * ms, FlushCount: 2, FlushTime: 1 * ms,
	}
	if got := now.Since(old); got != want {
		t.Errorf("Since:\ngot  %+v\nwant %+v", got, want)
	}
	if now.ReadCount != 11 || old.ReadCount != 10 {
		t.Error("Since changed its arguments")
	}

	const top = diskTimeWrap
	tests := []struct {
		name           string
		earlier, later DiskIO
		want           DiskIO
	}{
		{
			"ResetDevice",
			DiskIO{ReadCount: 100, ReadBytes: 51200, WriteCount: 4, ReadTime: 90 * ms, BusyTime: 80 * ms},
			DiskIO{ReadCount: 3, ReadBytes: 1536, WriteCount: 6, ReadTime: 2 * ms, BusyTime: 81 * ms},
			DiskIO{ReadCount: 3, ReadBytes: 1536, WriteCount: 2, ReadTime: 2 * ms, BusyTime: 1 * ms},
		},
		{
			"TimesWrap",
			DiskIO{ReadCount: 100, ReadTime: top - 5*ms, WeightedTime: top - ms, BusyTime: 7 * ms},
			DiskIO{ReadCount: 130, ReadTime: 3 * ms, WeightedTime: 0, BusyTime: 8 * ms},
			DiskIO{ReadCount: 30, ReadTime: 8 * ms, WeightedTime: 1 * ms, BusyTime: 1 * ms},
		},
		{
			"NoWrapIfRestarted",
			DiskIO{ReadCount: 100, ReadTime: top - 5*ms},
			DiskIO{ReadCount: 1, ReadTime: 3 * ms},
			DiskIO{ReadCount: 1, ReadTime: 3 * ms},
		},
		{
			"NoWrapOfWeeks", // more time than half the range is more than one sample can hold
			DiskIO{ReadCount: 100, ReadTime: 50 * ms},
			DiskIO{ReadCount: 100, ReadTime: 49 * ms},
			DiskIO{ReadCount: 0, ReadTime: 49 * ms},
		},
		{
			"NoWrapOfWideCounters", // as a 64-bit counter would be
			DiskIO{ReadTime: top + 50*ms},
			DiskIO{ReadTime: 5 * ms},
			DiskIO{ReadTime: 5 * ms},
		},
		{
			"LargestCounters",
			DiskIO{ReadBytes: math.MaxUint64 - 1, WriteBytes: math.MaxUint64, ReadTime: math.MaxInt64},
			DiskIO{ReadBytes: math.MaxUint64, WriteBytes: 0, ReadTime: math.MaxInt64},
			DiskIO{ReadBytes: 1},
		},
		{
			"TotalLostDisk",
			DiskIO{ReadCount: 100, WriteCount: 7, ReadTime: 50 * ms, WriteTime: 8 * ms, InFlight: 9},
			DiskIO{ReadCount: 60, WriteCount: 9, ReadTime: 40 * ms, WriteTime: 9 * ms, InFlight: 1},
			DiskIO{WriteCount: 2, WriteTime: 1 * ms, InFlight: 1},
		},
		{
			"TotalTimeWraps", // that of one of the disks
			DiskIO{ReadCount: 100, ReadTime: 3*top - 5*ms},
			DiskIO{ReadCount: 101, ReadTime: 2*top + 5*ms},
			DiskIO{ReadCount: 1, ReadTime: 10 * ms},
		},
		{
			"MissingInEither",
			DiskIO{Missing: "flush_count,flush_time"},
			DiskIO{Missing: "parent,flush_time"},
			DiskIO{Missing: "parent,flush_time,flush_count"},
		},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if !strings.HasPrefix(tt.name, "Total") {
				tt.later.Name, tt.want.Name = "sda", "sda"
			}
			if got := tt.later.Since(tt.earlier); got != tt.want {
				t.Errorf("got  %+v\nwant %+v", got, tt.want)
			}
		})
	}
}

// checkGolden compares the JSON of v, which must be valid.
func checkGolden(t *testing.T, v any, want string) {
	t.Helper()
	got, err := json.Marshal(v)
	if err != nil {
		t.Fatal(err)
	}
	if string(got) != want {
		t.Errorf("%T:\ngot  %s\nwant %s", v, got, want)
	}
}

// checkGob sends v through gob.
func checkGob[T comparable](t *testing.T, v T) {
	t.Helper()
	var b bytes.Buffer
	if err := gob.NewEncoder(&b).Encode(v); err != nil {
		t.Fatal(err)
	}
	var got T
	if err := gob.NewDecoder(&b).Decode(&got); err != nil {
		t.Fatal(err)
	}
	if got != v {
		t.Errorf("gob:\ngot  %+v\nwant %+v", got, v)
	}
}

func TestDiskJSON(t *testing.T) {
	p := DiskPartition{
		Device: "/dev/sdb1", Mountpoint: "/media/a b\n\xff", FSType: "vfat", Opts: "ro,nosuid", Root: "/sub", Bind: true,
		Major: 8, Minor: 17, MountID: 30, ParentID: 27, Source: "/dev/root", Propagation: "shared:1 master:2", ReadOnly: true,
	}
	checkGolden(t, p, `{"device":"/dev/sdb1","mountpoint":"/media/a b\n\udcff","fstype":"vfat","opts":"ro,nosuid","root":"/sub","bind":true,"major":8,"minor":17,"mount_id":30,"parent_id":27,"source":"/dev/root","propagation":"shared:1 master:2","read_only":true}`)
	checkGob(t, p)
	if got, want := p.String(), `"/dev/sdb1" on "/media/a b\n\xff" type vfat (ro,nosuid)`; got != want {
		t.Errorf("String: got %s, want %s", got, want)
	}

	d := DiskSpace{Total: 1000, Used: 300, Free: 500, Percent: 37.5, Path: "/x\ty", InodesTotal: 10, InodesUsed: 4, InodesFree: 6, InodesPercent: 40}
	checkGolden(t, d, `{"total":1000,"used":300,"free":500,"percent":37.5,"path":"/x\ty","inodes_total":10,"inodes_used":4,"inodes_free":6,"inodes_percent":40.0}`)
	checkGob(t, d)
	if got, want := d.String(), `"/x\ty": 37.5% of 1000 bytes, 500 free`; got != want {
		t.Errorf("String: got %s, want %s", got, want)
	}
	d = newDiskSpace("/proc", 4096, 0, 0, 0, 0, 0)
	checkGolden(t, d, `{"total":0,"used":0,"free":0,"percent":null,"path":"/proc","inodes_total":null,"inodes_used":null,"inodes_free":null,"inodes_percent":null}`)
	if got, want := d.String(), `"/proc": ?% of 0 bytes, 0 free`; got != want {
		t.Errorf("String: got %s, want %s", got, want)
	}

	const ms = time.Millisecond
	io := DiskIO{
		ReadCount: 1, WriteCount: 2, ReadBytes: 3, WriteBytes: 4, ReadTime: 5 * ms, WriteTime: 6 * ms, ReadMergedCount: 7, WriteMergedCount: 8, BusyTime: 9 * ms,
		Name: "sda1", Kind: DiskPart, Major: 8, Minor: 1, Parent: "sda", InFlight: 10, WeightedTime: 11 * ms,
		DiscardCount: 12, DiscardMergedCount: 13, DiscardBytes: 14, DiscardTime: 15 * ms, Missing: "flush_count,flush_time",
	}
	checkGolden(t, io, `{"read_count":1,"write_count":2,"read_bytes":3,"write_bytes":4,"read_time":5,"write_time":6,"read_merged_count":7,"write_merged_count":8,"busy_time":9,"name":"sda1","kind":"partition","major":8,"minor":1,"parent":"sda","in_flight":10,"weighted_time":11,"discard_count":12,"discard_merged_count":13,"discard_bytes":14,"discard_time":15,"flush_count":null,"flush_time":null}`)
	checkGob(t, io)
	if got, want := io.String(), "sda1: read 3 bytes in 1, wrote 4 in 2, busy 9ms"; got != want {
		t.Errorf("String: got %s, want %s", got, want)
	}
}

func TestDiskKindText(t *testing.T) {
	for k := DiskUnknown; k <= DiskVirtual; k++ {
		text, _ := k.MarshalText()
		var back DiskKind
		if err := back.UnmarshalText(text); err != nil || back != k {
			t.Errorf("%q: got %v, %v", text, back, err)
		}
	}
	var k DiskKind
	if err := k.UnmarshalText([]byte("tape")); !errors.Is(err, ErrInvalid) {
		t.Errorf("tape: got %v", err)
	}
	if got := DiskKind(99).String(); got != "DiskKind(99)" {
		t.Errorf("got %s", got)
	}
}

func TestNewDiskSpace(t *testing.T) {
	noInodes := Missing("inodes_total,inodes_used,inodes_free,inodes_percent")
	tests := []struct {
		name                                        string
		unit, blocks, free, avail, files, filesFree uint64
		want                                        DiskSpace
	}{
		{"ReservedForRoot", 4096, 1000, 300, 250, 64, 16, DiskSpace{
			Total: 4096000, Used: 2867200, Free: 1024000, Percent: 100 * 700.0 / 950, InodesTotal: 64, InodesUsed: 48, InodesFree: 16, InodesPercent: 75}},
		{"FullButForRoot", 1024, 100, 5, 0, 0, 0, DiskSpace{Total: 102400, Used: 97280, Percent: 100, Missing: noInodes}},
		{"NoBlocks", 4096, 0, 0, 0, 0, 0, DiskSpace{Missing: "percent," + noInodes}},
		{"MoreFreeThanThereIs", 512, 10, 20, 5, 3, 9, DiskSpace{Total: 5120, Free: 2560, InodesTotal: 3, InodesFree: 9}},
		{"TooLarge", 4096, math.MaxUint64, 0, 0, 0, 0, DiskSpace{Total: math.MaxUint64, Used: math.MaxUint64, Percent: 100, Missing: noInodes}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			tt.want.Path = "/p"
			if got := newDiskSpace("/p", tt.unit, tt.blocks, tt.free, tt.avail, tt.files, tt.filesFree); got != tt.want {
				t.Errorf("got  %+v\nwant %+v", got, tt.want)
			}
		})
	}
}

// TestDiskUsageHangs asks a file system that does not answer.
func TestDiskUsageHangs(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var calls spaceCalls
		answer := make(chan struct{})
		asked := 0
		hang := func() (DiskSpace, error) {
			asked++
			<-answer
			return DiskSpace{Path: "/dead", Total: 7}, nil
		}
		begin := time.Now()
		ctx, cancel := context.WithTimeout(t.Context(), 3*time.Second)
		defer cancel()
		_, err := calls.do(ctx, "/dead", hang)
		if d := time.Since(begin); d != 3*time.Second {
			t.Errorf("returned after %v", d)
		}
		var pathErr *fs.PathError
		if !errors.Is(err, ErrTimeout) || !errors.Is(err, context.DeadlineExceeded) || !errors.As(err, &pathErr) || pathErr.Path != "/dead" {
			t.Errorf("got %v", err)
		}

		// Others that ask for the path wait for the same call, each as long as
		// it likes.
		ctx, cancel = context.WithCancel(t.Context())
		cancelled := make(chan error)
		go func() {
			_, err := calls.do(ctx, "/dead", hang)
			cancelled <- err
		}()
		patient := make(chan DiskSpace)
		long, cancelLong := context.WithTimeout(t.Context(), time.Hour)
		defer cancelLong()
		go func() {
			d, err := calls.do(long, "/dead", hang)
			if err != nil {
				t.Error(err)
			}
			patient <- d
		}()
		synctest.Wait()
		if asked != 1 || len(calls.calls) != 1 {
			t.Errorf("asked %d times, %d calls noted", asked, len(calls.calls))
		}
		cancel()
		if err := <-cancelled; !errors.Is(err, context.Canceled) || errors.Is(err, ErrTimeout) {
			t.Errorf("cancelled: got %v", err)
		}
		// Another path is not held up.
		d, err := calls.do(long, "/alive", func() (DiskSpace, error) { return DiskSpace{Total: 8}, nil })
		if err != nil || d.Total != 8 {
			t.Errorf("/alive: got %v, %v", d, err)
		}

		close(answer)
		if d := <-patient; d.Total != 7 {
			t.Errorf("patient: got %+v", d)
		}
		synctest.Wait()
		if len(calls.calls) != 0 {
			t.Errorf("calls left: %v", calls.calls)
		}
		// The path is asked anew once it has answered.
		d, err = calls.do(long, "/dead", func() (DiskSpace, error) { return DiskSpace{Total: 9}, errors.New("gone") })
		if d.Total != 9 || err == nil || err.Error() != "gone" {
			t.Errorf("again: got %v, %v", d, err)
		}
		// The bubble fails the test if a goroutine is left.
	})
}

func TestDiskUsageContext(t *testing.T) {
	var calls spaceCalls
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	_, err := calls.do(ctx, "/", func() (DiskSpace, error) {
		t.Error("asked although the context was done")
		return DiskSpace{}, nil
	})
	if !errors.Is(err, context.Canceled) {
		t.Errorf("got %v", err)
	}
	// Without an end to wait for there is nothing to start a goroutine for.
	d, err := calls.do(context.Background(), "/", func() (DiskSpace, error) {
		if len(calls.calls) != 0 {
			t.Error("the call is noted")
		}
		return DiskSpace{Total: 1}, nil
	})
	if d.Total != 1 || err != nil {
		t.Errorf("got %v, %v", d, err)
	}
}
