package psutil

import (
	"errors"
	"testing"
	"time"
)

func TestCompare(t *testing.T) {
	const second = time.Second
	at := func(d time.Duration) readTimes { return readTimes{d, d + 1, d + 2} }
	const fields = FieldCPUPercent | FieldIORate | FieldCtxSwitchRate | FieldPageFaultRate
	read := func() *ProcessInfo {
		return &ProcessInfo{asked: rateNeeds(fields), Valid: rateNeeds(fields),
			CPUTimes: ProcessCPUTime{User: 3 * second, System: second}, IOCounters: ProcessIO{1, 2, 3, 4, 5, 1 << 62, 0, 8, 9, ""},
			NumCtxSwitches: CtxSwitches{Voluntary: 10, Involuntary: 20}, PageFaults: PageFaults{Minor: 100, Major: 7}}
	}
	var last, room reading
	i := read()
	i.compare(fields, at(0), &last, &room)
	for f := range fields.All() {
		if e, ok := errors.AsType[*NotSupportedError](i.Err(f)); i.Has(f) || !ok || e.Op != f.String() {
			t.Errorf("%v in the first sample: %v", f, i.Err(f))
		}
	}

	i = read()
	i.CPUTimes.User += second
	i.IOCounters = ProcessIO{5, 2, 1003, 4, 4, 1<<62 + 6, 0, 10, 9, ""}
	i.NumCtxSwitches = CtxSwitches{Voluntary: 12, Involuntary: 19}
	i.PageFaults = PageFaults{Minor: 101, Major: 7, ChildrenMinor: 9}
	i.compare(fields, at(2*second), &last, &room)
	if !i.Has(fields) || i.CPUPercent != 50 {
		t.Errorf("%v%%, %v", i.CPUPercent, i.Valid)
	}
	// A counter that went back is missing, and a large one is exact.
	if want := (ProcessIORate{2, 0, 500, 0, 0, 3, 1, 0, "read_chars"}); i.IORate != want {
		t.Errorf("IORate = %v, want %v", i.IORate, want)
	}
	if want := (CtxSwitchRate{1, 0, "involuntary"}); i.CtxSwitchRate != want {
		t.Errorf("CtxSwitchRate = %v, want %v", i.CtxSwitchRate, want)
	}
	if want := (PageFaultRate{0.5, 0, ""}); i.PageFaultRate != want {
		t.Errorf("PageFaultRate = %v, want %v", i.PageFaultRate, want)
	}

	// What can't be read is missing for the same reason, and once more after it.
	i = read()
	i.Valid &^= FieldIOCounters
	i.errors = []fieldError{{FieldIOCounters, ErrAccessDenied}}
	i.compare(fields, at(3*second), &last, &room)
	if i.Has(FieldIORate) || i.Err(FieldIORate) != ErrAccessDenied || !i.Has(fields&^FieldIORate) {
		t.Errorf("%v, %v", i.Valid, i.Err(FieldIORate))
	}
	i = read()
	i.IOCounters.Missing = "read_count"
	i.compare(fields, at(4*second), &last, &room)
	if i.Has(FieldIORate) || !errors.Is(i.Err(FieldIORate), ErrNotSupported) {
		t.Errorf("IORate = %v without an earlier one", i.IORate)
	}
	i = read()
	i.compare(fields, at(5*second), &last, &room)
	if want := (ProcessIORate{Missing: "read_count"}); i.IORate != want {
		t.Errorf("IORate = %v, want %v", i.IORate, want)
	}
	// No time has passed.
	i = read()
	i.compare(fields, at(5*second), &last, &room)
	if i.CPUPercent != 0 || i.PageFaultRate.Missing != "minor,major" {
		t.Errorf("%v%%, %v after no time", i.CPUPercent, i.PageFaultRate)
	}
}

// TestRateTable checks that the table is whole.
func TestRateTable(t *testing.T) {
	var all Field
	for _, r := range rateTable {
		if r.field&all != 0 || r.needs == 0 || r.needs&SamplerFields != 0 || r.reason.Op != r.field.String() {
			t.Errorf("%v: %+v", r.field, r)
		}
		all |= r.field
	}
	if all != SamplerFields {
		t.Errorf("the table has %v, not %v", all, SamplerFields)
	}
}

func TestCompareThreads(t *testing.T) {
	const s = time.Second
	before := []threadReading{{1, 10, 0, s}, {3, 10, 0, s}, {5, 10, 0, 2 * s}, {7, 10, 0, s}, {9, 10, 0, s}}
	now := []threadReading{{1, 10, 2 * s, 2 * s}, {2, 11, 2 * s, s}, {5, 10, 2 * s, s}, {7, 12, 2 * s, 5 * s}, {9, 10, 4 * s, 3 * s}, {11, 10, s, s}}
	threads := make([]Thread, len(now))
	for i := range threads {
		threads[i] = Thread{ID: now[i].id, Missing: "cpu_percent"}
	}
	compareThreads(threads, now, before)
	for i, want := range []Thread{
		{ID: 1, CPUPercent: 50},
		{ID: 2, Missing: "cpu_percent"}, // new
		{ID: 5},                         // went back
		{ID: 7, Missing: "cpu_percent"}, // another thread with that ID
		{ID: 9, CPUPercent: 50},
		{ID: 11, Missing: "cpu_percent"},
	} {
		if threads[i] != want {
			t.Errorf("%v, want %v", threads[i], want)
		}
	}
	compareThreads(threads, nil, before)
	compareThreads(nil, now, before)
}

func TestRateString(t *testing.T) {
	for want, r := range map[string]any{
		"voluntary=1.5/s":           CtxSwitchRate{1.5, 0, "involuntary"},
		"minor=0.0/s major=100.2/s": PageFaultRate{0, 100.25, ""},
		"?":                         PageFaultRate{Missing: "minor,major"},
		"read_bytes=3.0/s":          ProcessIORate{ReadBytes: 3, Missing: "read_count,write_count,write_bytes,read_chars,write_chars,other_count,other_bytes"},
	} {
		if got := r.(interface{ String() string }).String(); got != want {
			t.Errorf("%q, want %q", got, want)
		}
	}
}

func TestOptions(t *testing.T) {
	for _, o := range []Option{WithParallelism(0), WithParallelism(-1), WithKeptFiles(-1)} {
		if s, err := New(o); s != nil || !errors.Is(err, ErrInvalid) {
			t.Errorf("New(%#v) = %v, %v, want ErrInvalid", o, s, err)
		}
	}
	// The last of a kind counts.
	s, err := New(WithParallelism(0), WithParallelism(3), WithKeptFiles(-1), WithKeptFiles(0))
	if err != nil || s.parallelism != 3 {
		t.Errorf("%v, %v", s, err)
	}
}

// TestProcessSince has counters that went on, one that began again, and one that only one
// of the readings knows.
func TestProcessSince(t *testing.T) {
	const second = time.Second
	for _, tt := range []struct{ got, want any }{
		{ProcessCPUTime{User: 5 * second, System: 3 * second, ChildrenUser: second, IOWait: 1}.Since(
			ProcessCPUTime{User: 2 * second, System: 4 * second, ChildrenUser: second, Missing: "iowait"}),
			ProcessCPUTime{User: 3 * second, IOWait: 1, Missing: "iowait"}},
		{CtxSwitches{Voluntary: 1 << 63, Involuntary: 2}.Since(CtxSwitches{Voluntary: 1, Involuntary: 7}), CtxSwitches{Voluntary: 1<<63 - 1, Involuntary: 2}},
		{CtxSwitches{Voluntary: 9, Missing: "involuntary"}.Since(CtxSwitches{Voluntary: 3, Missing: "involuntary"}), CtxSwitches{Voluntary: 6, Missing: "involuntary"}},
		{PageFaults{10, 20, 30, 4, ""}.Since(PageFaults{1, 2, 3, 5, "children_minor"}), PageFaults{9, 18, 27, 4, "children_minor"}},
		{ProcessIO{10, 20, 30, 40, 50, 60, 70, 80, 9, "other_count"}.Since(ProcessIO{1, 2, 3, 4, 5, 6, 7, 8, 10, "read_count"}),
			ProcessIO{9, 18, 27, 36, 45, 54, 63, 72, 9, "other_count,read_count"}},
	} {
		if tt.got != tt.want {
			t.Errorf("%+v, want %+v", tt.got, tt.want)
		}
	}
}
