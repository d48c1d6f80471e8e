package psutil_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"path/filepath"
	"testing"

	"github.com/go-psutil/psutil"
	"github.com/go-psutil/psutil/internal/fixture"
)

// quietFields do not change while processes sleep.
const quietFields = psutil.FieldPID | psutil.FieldPPID | psutil.FieldName | psutil.FieldCmdline | psutil.FieldCreateTime | psutil.FieldUsername |
	psutil.FieldUIDs | psutil.FieldGIDs | psutil.FieldNice | psutil.FieldExe | psutil.FieldCwd | psutil.FieldNumFDs | psutil.FieldIOCounters

func TestParallelEqualsSerial(t *testing.T) {
	if !ownNamespace(t) {
		return
	}
	startSleepers(t, 300)
	self, err := psutil.Self()
	must(t, err)
	snapshot := func(sys *psutil.System) (rows []string) {
		for info, err := range sys.Snapshot(quietFields) {
			must(t, err)
			if info.Process.PID() == self.PID() {
				continue
			}
			b, err := json.Marshal(info)
			must(t, err)
			rows = append(rows, string(b))
		}
		return rows
	}
	sample := func(s *psutil.Sampler) (rows []string) {
		sample, err := s.Sample()
		must(t, err)
		for i := range sample.Processes {
			if info := &sample.Processes[i]; info.Process.PID() != self.PID() {
				b, err := json.Marshal(info)
				must(t, err)
				rows = append(rows, string(b))
			}
		}
		return rows
	}
	serial, err := psutil.New()
	must(t, err)
	want := snapshot(serial)
	if len(want) < 300 {
		t.Fatalf("only %d processes", len(want))
	}
	for _, n := range []int{1, 2, 3, 7, 1000} {
		sys, err := psutil.New(psutil.WithParallelism(n))
		must(t, err)
		sampler, err := sys.NewSampler(quietFields)
		must(t, err)
		check := nothingHeld(t)
		for what, got := range map[string][]string{"Snapshot": snapshot(sys), "Sampler": sample(sampler), "Sampler again": sample(sampler)} {
			if fmt.Sprint(got) != fmt.Sprint(want) {
				t.Errorf("%d: %s has %d rows, want %d, or others:\n%v\n%v", n, what, len(got), len(want), got, want)
			}
		}
		must(t, sampler.Close())

		// A loop that is left, at any place, leaves nothing behind.
		for after := range 100 {
			last, rows := 0, 0
			for info, err := range sys.Snapshot(quietFields) {
				must(t, err)
				if info.Process.PID() <= last {
					t.Errorf("%v behind %d", info.Process, last)
				}
				last = info.Process.PID()
				if rows++; rows > after*3 {
					break
				}
			}
		}
		func() {
			defer func() { _ = recover() }()
			for range sys.Snapshot(quietFields) {
				panic("in the loop")
			}
		}()
		check()
	}
}

// TestParallelErrors reads processes of which some can't be understood.
func TestParallelErrors(t *testing.T) {
	var tree []byte
	const first, last = 5_000_000, 5_000_300
	for pid := first; pid < last; pid++ {
		stat := fmt.Sprintf("%d (x) R 1 1 1 0 -1 4194560 0 0 0 0 1 1 0 0 20 0 1 0 77 1048576 10 18446744073709551615 0 0 0 0 0 0 0 0 0 0 0 0 17 0 0 0 0 0 0 0 0 0 0 0 0 0 0\n", pid)
		switch pid % 7 {
		case 3:
			stat = "nonsense\n"
		case 5:
			tree = fmt.Appendf(tree, "-- proc/%d/comm --\nx\n", pid) // has gone
			continue
		}
		tree = fmt.Appendf(tree, "-- proc/%d/stat --\n%s", pid, stat)
	}
	root := fixture.Tree(t, tree)
	for _, n := range []int{1, 4} {
		sys, err := psutil.New(psutil.WithRoot(root), psutil.WithParallelism(n))
		must(t, err)
		pid := first
		for info, err := range sys.Snapshot(psutil.FieldPID | psutil.FieldIOCounters) {
			if pid%7 == 5 {
				pid++
			}
			if pid%7 == 3 {
				p, _ := errors.AsType[*psutil.ProcessError](err)
				e, ok := errors.AsType[*psutil.ParseError](err)
				if info != nil || p == nil || p.PID != pid || !ok || e.File != filepath.Join(root, fmt.Sprintf("proc/%d/stat", pid)) {
					t.Errorf("%d: %v, %v", pid, info, err)
				}
			} else if err != nil || info.Process.PID() != pid || info.Has(psutil.FieldIOCounters) || !errors.Is(info.Err(psutil.FieldIOCounters), psutil.ErrNotSupported) {
				t.Errorf("%d: %v, %v", pid, info, err)
			}
			pid++
		}
		if pid != last {
			t.Errorf("ended at %d, not %d", pid, last)
		}
		sampler, err := sys.NewSampler(psutil.FieldIORate | psutil.FieldCPUPercent)
		must(t, err)
		for range 2 {
			s, err := sampler.Sample()
			if _, ok := errors.AsType[*psutil.ParseError](err); !ok || s == nil || len(s.Started)+len(s.Gone) != 0 {
				t.Fatalf("%v, %v", s, err)
			}
			for i := range s.Processes {
				info := &s.Processes[i]
				if info.Has(psutil.FieldIORate) || !errors.Is(info.Err(psutil.FieldIORate), psutil.ErrNotSupported) || info.Err(psutil.FieldIOCounters) != nil {
					t.Errorf("%v: %v, %v", info, info.Err(psutil.FieldIORate), info.Err(psutil.FieldIOCounters))
				}
			}
		}
	}
}
