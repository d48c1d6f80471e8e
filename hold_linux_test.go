package psutil_test

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"syscall"
	"testing"

	"github.com/go-psutil/psutil"
)

func init() {
	children["outerproc"] = outerProc
}

// acts are all that changes or signals a process.
var acts = map[string]func(psutil.Process) error{
	"Kill":           psutil.Process.Kill,
	"Suspend":        psutil.Process.Suspend,
	"SetNice":        func(p psutil.Process) error { return p.SetNice(19) },
	"SetIONice":      func(p psutil.Process) error { return p.SetIONice(psutil.IOPriority{Class: psutil.IOClassIdle}) },
	"SetCPUAffinity": func(p psutil.Process) error { return p.SetCPUAffinity([]int{0}) },
	"SetRlimit": func(p psutil.Process) error {
		return p.SetRlimit(psutil.RlimitCore, psutil.Rlimit{})
	},
}

// outerProc runs in a PID namespace of its own, with the /proc of the one
// above: numbers in /proc are other processes than those system calls mean.
func outerProc([]string) error {
	self, err := psutil.Self()
	if err != nil {
		return err
	}
	exe, err := self.Exe()
	if want, _ := os.Executable(); err != nil || exe != want || self.PID() == os.Getpid() {
		return fmt.Errorf("Self() is %v, running %q, %v; the caller is PID %d inside", self, exe, err, os.Getpid())
	}
	cmd := exec.Command("sleep", "1000")
	child, err := psutil.StartCommand(cmd)
	if err != nil {
		return err
	}
	defer cmd.Wait()
	defer cmd.Process.Kill()
	if name, err := child.Name(); err != nil || name != "sleep" || child.PID() == cmd.Process.Pid {
		return fmt.Errorf("StartCommand is %v, %q, %v; the child is PID %d inside", child, name, err, cmd.Process.Pid)
	}
	// What the outer /proc has under the child's inner PID is somebody else.
	other, err := psutil.NewProcess(cmd.Process.Pid)
	if err != nil {
		fmt.Println("nobody has PID", cmd.Process.Pid)
		return ready()
	}
	for _, p := range []psutil.Process{other, child} {
		for name, act := range acts {
			if err := act(p); !errors.Is(err, psutil.ErrNotSupported) {
				return fmt.Errorf("%s of %v: %v, want ErrNotSupported", name, p, err)
			}
		}
	}
	var ws syscall.WaitStatus
	if pid, err := syscall.Wait4(cmd.Process.Pid, &ws, syscall.WNOHANG, nil); pid != 0 || err != nil {
		return fmt.Errorf("the child has ended: %v, %v", ws, err)
	}
	return ready()
}

func TestActsInOtherPIDNamespace(t *testing.T) {
	if os.Getuid() != 0 {
		missing(t, "making a PID namespace takes root")
	}
	exe, err := os.Executable()
	must(t, err)
	cmd := exec.Command(exe)
	cmd.Env = append(os.Environ(), childEnv+"=outerproc")
	cmd.SysProcAttr = &syscall.SysProcAttr{Cloneflags: syscall.CLONE_NEWPID}
	startReady(t, cmd)
}

// TestActsOnRecordedTree has a tree that describes another process under the PID
// of a real one.
func TestActsOnRecordedTree(t *testing.T) {
	victim := startChild(t, "idle")
	pid := victim.Process.PID()
	root := t.TempDir()
	dir := filepath.Join(root, "proc", strconv.Itoa(pid))
	must(t, os.MkdirAll(dir, 0o777))
	stat, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
	must(t, err)
	must(t, os.WriteFile(filepath.Join(dir, "stat"), stat, 0o666))
	s, err := psutil.New(psutil.WithRoot(root))
	must(t, err)
	p, err := s.NewProcess(pid)
	must(t, err)
	for name, act := range acts {
		if err := act(p); !errors.Is(err, psutil.ErrNotSupported) {
			t.Errorf("%s: %v, want ErrNotSupported", name, err)
		}
	}
	// Waiting follows the tree, not the process that has the PID here.
	must(t, victim.Process.Kill())
	_, err = victim.Process.Wait(t.Context())
	must(t, err)
	exited := make(chan psutil.ExitStatus, 1)
	go func() {
		status, err := p.Wait(t.Context())
		if err != nil {
			t.Error(err)
		}
		exited <- status
	}()
	must(t, os.RemoveAll(dir))
	if status := <-exited; status.Known {
		t.Errorf("the recorded process ended with %v, which is the real one's", status)
	}
}
