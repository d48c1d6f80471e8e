package psutil

import (
	"errors"
	"os"
	"os/exec"
	"testing"

	"github.com/go-psutil/psutil/internal/nt"
	"github.com/go-psutil/psutil/internal/sys"
)

// TestEndsMeanwhile has a process that ends while it is looked at: whatever the system
// says then, there is no such process.
func TestEndsMeanwhile(t *testing.T) {
	exe, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command(exe)
	cmd.Env = append(os.Environ(), "PSUTIL_TEST_CHILD=idle")
	stdin, err := cmd.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	defer stdin.Close()
	p, err := StartCommand(cmd)
	if err != nil {
		t.Fatal(err)
	}
	odd := errors.New("something odd")
	fails := func(sys.Handle) error { return odd }
	if err := p.with("test", sys.QueryLimited, fails); !errors.Is(err, odd) || errors.Is(err, ErrNoSuchProcess) {
		t.Errorf("of one that lives: %v", err)
	}
	ends := func(sys.Handle) error {
		_ = cmd.Process.Kill()
		_ = cmd.Wait()
		return odd
	}
	if err := p.with("test", sys.QueryLimited, ends); !errors.Is(err, ErrNoSuchProcess) || errors.Is(err, odd) {
		t.Errorf("of one that ended: %v", err)
	}
}

// TestIdleProcess has the row of the process that is none: Wine has no such.
func TestIdleProcess(t *testing.T) {
	s, err := defaultSystem()
	if err != nil {
		t.Fatal(err)
	}
	r := s.newReader(FieldName | FieldCreateTime | FieldPPID | FieldStatus)
	var info ProcessInfo
	info.reset(Process{0, 0, s}, r.asked)
	r.readRow(info.Process, &nt.ProcessInformation{NumberOfThreads: 2, KernelTime: 5}, &info)
	if info.Name != "System Idle Process" || info.Has(FieldCreateTime) || !errors.Is(info.Err(FieldCreateTime), ErrNotSupported) ||
		!info.CreateTime.IsZero() || !info.Has(FieldPPID|FieldStatus) {
		t.Errorf("%v, %v", info, info.Err(FieldCreateTime))
	}
}
