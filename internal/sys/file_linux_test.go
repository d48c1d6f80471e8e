package sys

import (
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"

	"golang.org/x/sys/unix"
)

// TestFileReadsAnew reads a file of /proc that changes, until its process ends.
func TestFileReadsAnew(t *testing.T) {
	cmd := exec.Command("cat")
	in, err := cmd.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	for _, root := range []string{"/", "/proc/.."} {
		r, err := OpenRoot(root)
		if err != nil {
			t.Fatal(err)
		}
		d, err := r.OpenDir("proc")
		if err != nil {
			t.Fatal(err)
		}
		pid := cmd.Process.Pid
		f := d.OpenPIDFile(pid, "stat", true)
		if !f.IsOpen() || f.Err() != 0 || !f.OnProc() {
			t.Fatalf("%+v", f)
		}
		before, err := f.ReadRecord(nil)
		if err != nil || !strings.HasPrefix(string(before), strconv.Itoa(pid)+" (") {
			t.Fatalf("%q, %v", before, err)
		}
		nice, err := unix.Getpriority(unix.PRIO_PROCESS, pid)
		if err != nil {
			t.Fatal(err)
		}
		if err := unix.Setpriority(unix.PRIO_PROCESS, pid, 20-nice+1); err != nil {
			t.Fatal(err)
		}
		if after, err := f.ReadRecord([]byte("> ")); err != nil || string(after) == "> "+string(before) || !strings.HasPrefix(string(after), "> "+strconv.Itoa(pid)) {
			t.Errorf("%q after %q, %v", after, before, err)
		}
		if f := d.OpenPIDFile(pid, "none", true); f.IsOpen() || f.Err() != syscall.ENOENT {
			t.Errorf("%+v", f)
		} else if _, err := f.ReadRecord(nil); err != syscall.ENOENT {
			t.Errorf("reads %v", err)
		}
		if root != "/" {
			in.Close()
			if err := cmd.Wait(); err != nil {
				t.Fatal(err)
			}
			if b, err := f.ReadRecord(nil); err != syscall.ESRCH || len(b) != 0 {
				t.Errorf("of a process that has gone: %q, %v", b, err)
			}
		}
		f.Close()
		f.Close()
		if _, err := f.ReadRecord(nil); err != syscall.EBADF {
			t.Errorf("closed: %v", err)
		}
		d.Close()
		r.Close()
	}
}

// TestFileLong reads what does not fit the room there is.
func TestFileLong(t *testing.T) {
	dir := t.TempDir()
	long := strings.Repeat("0123456789", 5000)
	if err := os.WriteFile(filepath.Join(dir, "long"), []byte(long), 0o644); err != nil {
		t.Fatal(err)
	}
	if err := unix.Mkfifo(filepath.Join(dir, "fifo"), 0o644); err != nil {
		t.Fatal(err)
	}
	d, err := OpenRoot(dir)
	if err != nil {
		t.Fatal(err)
	}
	defer d.Close()
	f := d.OpenFile("long")
	defer f.Close()
	for _, size := range []int{0, 1, 4096, len(long), len(long) + 1} {
		b, err := f.ReadRecord(append(make([]byte, 0, size+2), "> "...))
		if err != nil || string(b) != "> "+long {
			t.Errorf("%d: %d bytes, %v", size, len(b), err)
		}
	}
	if f.OnProc() {
		t.Error("on a procfs")
	}
	if f := d.OpenFile("fifo"); f.IsOpen() || f.Err() == 0 {
		t.Errorf("fifo: %+v", f)
	}
	if FileLimit() < 3 {
		t.Errorf("FileLimit() = %d", FileLimit())
	}
}
