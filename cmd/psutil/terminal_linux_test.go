package main

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"strings"
	"syscall"
	"testing"
	"time"

	"golang.org/x/sys/unix"
)

// openTerminal returns both ends of a terminal that is columns wide.
func openTerminal(t *testing.T, columns uint16) (ptmx, tty *os.File) {
	t.Helper()
	ptmx, err := os.OpenFile("/dev/ptmx", os.O_RDWR, 0)
	if err != nil {
		missing(t, "no terminals: "+err.Error())
	}
	t.Cleanup(func() { ptmx.Close() })
	fd := int(ptmx.Fd())
	if err := unix.IoctlSetPointerInt(fd, unix.TIOCSPTLCK, 0); err != nil {
		t.Fatal(err)
	}
	n, err := unix.IoctlGetInt(fd, unix.TIOCGPTN)
	if err != nil {
		t.Fatal(err)
	}
	tty, err = os.OpenFile(fmt.Sprint("/dev/pts/", n), os.O_RDWR|syscall.O_NOCTTY, 0)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { tty.Close() })
	if err := unix.IoctlSetWinsize(fd, unix.TIOCSWINSZ, &unix.Winsize{Row: 24, Col: columns}); err != nil {
		t.Fatal(err)
	}
	return ptmx, tty
}

// onTerminal runs a command line on a terminal and returns what is then on it.
func onTerminal(t *testing.T, columns uint16, args ...string) string {
	t.Helper()
	ptmx, tty := openTerminal(t, columns)
	var stderr bytes.Buffer
	// What is printed must fit into the terminal's buffer, as none reads it yet.
	if status := Execute(args, strings.NewReader(""), tty, &stderr); status != exitOK {
		t.Fatalf("psutil %q: status %d\n%s", args, status, &stderr)
	}
	tty.Close()
	out, _ := io.ReadAll(ptmx) // ends with an error, as the other end is closed
	return strings.ReplaceAll(string(out), "\r\n", "\n")
}

func TestTerminal(t *testing.T) {
	long := strings.Repeat("0123456789", 30)
	pid := fmt.Sprint(startHelper(t, "hold", long).Pid)
	args := []string{"ps", "--fields", "pid,cmdline", "--pid", pid}

	t.Run("Cut", func(t *testing.T) {
		t.Setenv("NO_COLOR", "1")
		for _, columns := range []uint16{20, 40, 200} {
			out := onTerminal(t, columns, args...)
			line := strings.TrimSuffix(out[strings.IndexByte(out, '\n')+1:], "\n")
			if displayWidth(line) != int(columns) || !strings.HasSuffix(line, "…") {
				t.Errorf("%d columns: %q takes %d", columns, line, displayWidth(line))
			}
		}
	})
	t.Run("UnknownWidth", func(t *testing.T) {
		t.Setenv("NO_COLOR", "1")
		if out := onTerminal(t, 0, args...); !strings.Contains(out, long) {
			t.Errorf("cut: %q", out)
		}
	})
	t.Run("Pipe", func(t *testing.T) {
		if out := run(t, args...); !strings.Contains(out, long) || strings.Contains(out, "\x1b") {
			t.Errorf("cut or colored: %q", out)
		}
	})
	t.Run("Verbose", func(t *testing.T) {
		t.Setenv("NO_COLOR", "1")
		if out := onTerminal(t, 60, "procinfo", pid); strings.Contains(out, long) {
			t.Errorf("not cut: %q", out)
		}
		if out := onTerminal(t, 60, "free", "-o", "json"); strings.Contains(out, "…") {
			t.Errorf("JSON is cut: %q", out)
		}
	})
	for _, test := range []struct {
		name        string
		set, value  string
		flags       []string
		colored     bool
		pipeColored bool
	}{
		{"Default", "NO_COLOR", "", nil, true, false},
		{"NoColor", "NO_COLOR", "1", nil, false, false},
		{"Dumb", "TERM", "dumb", nil, false, false},
		{"Always", "NO_COLOR", "1", []string{"--color", "always"}, true, true},
		{"Never", "NO_COLOR", "", []string{"--color=never"}, false, false},
		{"Auto", "NO_COLOR", "1", []string{"--color", "auto"}, false, false},
	} {
		t.Run("Color"+test.name, func(t *testing.T) {
			t.Setenv("NO_COLOR", "")
			t.Setenv("TERM", "xterm")
			t.Setenv(test.set, test.value)
			args := append(test.flags, "free")
			if out := onTerminal(t, 100, args...); strings.Contains(out, "\x1b[") != test.colored {
				t.Errorf("on a terminal: %q", out)
			}
			if out := run(t, args...); strings.Contains(out, "\x1b[") != test.pipeColored {
				t.Errorf("into a pipe: %q", out)
			}
			if out := run(t, append(args, "-o", "json")...); strings.Contains(out, "\x1b") {
				t.Errorf("JSON: %q", out)
			}
		})
	}
}

func init() {
	helpers["deadmount"] = func() {
		if err := mountDead(os.Args[1]); err != nil {
			fmt.Fprintln(os.Stderr, "deadmount:", err)
			os.Exit(3)
		}
		os.Exit(Execute(os.Args[2:], os.Stdin, os.Stdout, os.Stderr))
	}
}

// mountDead mounts a file system that never answers. It is to run in a mount
// namespace of its own.
func mountDead(dir string) error {
	if err := unix.Mount("", "/", "", unix.MS_REC|unix.MS_PRIVATE, ""); err != nil {
		return err
	}
	fuse, err := unix.Open("/dev/fuse", unix.O_RDWR|unix.O_CLOEXEC, 0)
	if err != nil {
		return err
	}
	return unix.Mount("dead:/export", dir, "fuse", 0, fmt.Sprintf("fd=%d,rootmode=40000,user_id=0,group_id=0", fuse))
}

// A file system whose server does not answer is a row without numbers, and
// holds nothing up.
func TestDfDeadMount(t *testing.T) {
	if os.Geteuid() != 0 {
		missing(t, "mounting takes root")
	}
	if _, err := os.Stat("/dev/fuse"); err != nil {
		missing(t, "no FUSE: "+err.Error())
	}
	dir := t.TempDir()
	for _, test := range []struct {
		args []string
		rows int // at least
	}{
		{[]string{"df", "--timeout", "2s"}, 2},
		{[]string{"df", "--timeout", "300ms", dir}, 1},
	} {
		cmd := helperCommand("deadmount", append([]string{dir}, test.args...)...)
		cmd.SysProcAttr = &syscall.SysProcAttr{Cloneflags: syscall.CLONE_NEWNS, Pdeathsig: syscall.SIGKILL}
		cmd.WaitDelay = time.Minute
		var stdout, stderr bytes.Buffer
		cmd.Stdout, cmd.Stderr = &stdout, &stderr
		err := cmd.Run()
		if exit, ok := errors.AsType[*exec.ExitError](err); !ok || exit.ExitCode() != exitFailure {
			t.Fatalf("%v: %v\n%s%s", test.args, err, &stdout, &stderr)
		}
		if n := strings.Count(stdout.String(), "\n") - 1; n < test.rows {
			t.Errorf("%v: %d rows\n%s", test.args, n, &stdout)
		}
		found := false
		for line := range strings.Lines(stdout.String()) {
			found = found || strings.Join(strings.Fields(line), " ") == "dead:/export - - - - fuse "+dir
		}
		if !found {
			t.Errorf("%v: no row of the dead mount:\n%s", test.args, &stdout)
		}
		if !strings.Contains(stderr.String(), "psutil: ") || !strings.Contains(stderr.String(), "statfs "+dir+": timed out") || strings.Count(stderr.String(), "\n") != 1 {
			t.Errorf("%v: on stderr: %q", test.args, &stderr)
		}
	}
}
