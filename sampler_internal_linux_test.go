package psutil

import (
	"os"
	"os/exec"
	"slices"
	"testing"
)

// TestPIDLister checks that a process is listed however it is found out that
// there is one.
func TestPIDLister(t *testing.T) {
	s, err := New()
	if err != nil {
		t.Fatal(err)
	}
	l := &pidLister{sys: s, always: true}
	defer l.close()
	pids, known, err := l.list()
	if err != nil || known || len(pids) == 0 {
		t.Fatalf("%v, %v, %v", pids, known, err)
	}
	if l.distrust {
		if os.Getenv("CI") == "true" {
			t.Fatal("this /proc may hide processes")
		}
		t.Skip("this /proc may hide processes")
	}
	skipped := 0
	for range 20 {
		// Others start processes too.
		for range 100 {
			if _, known, err = l.list(); known || err != nil {
				break
			}
		}
		if err != nil {
			t.Fatal(err)
		}
		if known {
			skipped++
		}
		cmd := exec.Command("sleep", "1000")
		if err := cmd.Start(); err != nil {
			t.Fatal(err)
		}
		pids, known, err := l.list()
		if known || err != nil || !slices.Contains(pids, cmd.Process.Pid) || !slices.IsSorted(pids) {
			t.Errorf("%d is not listed: %v, %v, %v", cmd.Process.Pid, pids, known, err)
		}
		_ = cmd.Process.Kill()
		_ = cmd.Wait()
	}
	if skipped == 0 {
		t.Error("/proc is listed each time")
	}
	// Without the count it is listed each time.
	l.stat.Close()
	l.distrust = true
	for range 3 {
		if _, known, err := l.list(); known || err != nil {
			t.Errorf("%v, %v", known, err)
		}
	}
}
