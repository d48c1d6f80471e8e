package psutil

import (
	"os"
	"os/exec"
	"testing"

	"github.com/go-psutil/psutil/internal/linux"
)

// TestMemoryInStatus holds what status says of memory against statm, of every
// process there is: one that stands still has the same in both.
func TestMemoryInStatus(t *testing.T) {
	s, err := defaultSystem()
	if err != nil {
		t.Fatal(err)
	}
	if !s.memoryInStatus() {
		t.Skip("a kernel before 4.5")
	}
	child := exec.Command("sleep", "1000")
	if err := child.Start(); err != nil {
		t.Fatal(err)
	}
	defer func() {
		_ = child.Process.Kill()
		_ = child.Wait()
	}()
	without, with := s.newReader(FieldMemoryInfo), s.newReader(FieldMemoryInfo|FieldUIDs)
	if with.memoryInStatus == without.memoryInStatus || len(with.files) != len(without.files) {
		t.Fatalf("files %v and %v", without.files, with.files)
	}
	read := func(r *processReader, pid int) (ProcessMemory, bool) {
		var info ProcessInfo
		err := r.read(pid, &info)
		return info.MemoryInfo, err == nil && info.Has(FieldMemoryInfo)
	}
	pids, err := s.pids()
	if err != nil {
		t.Fatal(err)
	}
	same := 0
	for _, pid := range pids {
		// Between two equal readings nothing has changed, as a rule.
		for n := range 100 {
			before, ok1 := read(without, pid)
			got, ok2 := read(with, pid)
			after, ok3 := read(without, pid)
			if !ok1 || !ok2 || !ok3 {
				break
			}
			if got == before && got == after {
				same++
				break
			}
			if n == 99 && before == after {
				t.Errorf("PID %d: status says %v, statm %v", pid, got, before)
			}
		}
	}
	if same < 2 {
		t.Errorf("%d of %d processes compared", same, len(pids))
	}
}

// TestMemoryNotInStatus reads statm where status does not say the same.
func TestMemoryNotInStatus(t *testing.T) {
	st := linux.PIDStatus{Has: statmLines, VmSize: 100, VmRSS: 50, RssFile: 10, RssShmem: 5, VmData: 20, VmStk: 3, VmExe: 7, VmLib: 1}
	if m, ok := statusMemory(&st); !ok || m != (ProcessMemory{RSS: 50, VMS: 100, Shared: 15, Text: 7, Data: 23}) {
		t.Errorf("%v, %v", m, ok)
	}
	if m, ok := statusMemory(&linux.PIDStatus{Has: linux.PIDStatusUID}); !ok || m != (ProcessMemory{}) {
		t.Errorf("without memory %v, %v", m, ok)
	}
	cut := st
	cut.VmLib = 0
	partial := st
	partial.Has &^= linux.PIDStatusRssFile
	s, err := defaultSystem()
	if err != nil {
		t.Fatal(err)
	}
	for _, st := range []linux.PIDStatus{cut, partial} {
		if _, ok := statusMemory(&st); ok {
			t.Errorf("%+v is enough", st)
		}
		r := s.newReader(FieldMemoryInfo | FieldUIDs)
		r.memoryInStatus, r.status = true, st
		d := procDir{p: Process{pid: os.Getpid(), sys: s}}
		if m, err := r.memoryInfo(&d, nil); err != nil || m.RSS <= 50 {
			t.Errorf("%v, %v", m, err)
		}
	}
}
