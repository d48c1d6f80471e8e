package main

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"os/exec"
	"strconv"
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
	screen := make(chan string)
	go func() {
		out, _ := io.ReadAll(ptmx) // ends with an error, as the other end is closed
		screen <- string(out)
	}()
	status := Execute(args, strings.NewReader(""), tty, &stderr)
	tty.Close()
	out := <-screen
	if status != exitOK {
		t.Fatalf("psutil %q: status %d\n%s", args, status, &stderr)
	}
	return strings.ReplaceAll(out, "\r\n", "\n")
}

// fits checks that what is printed on a terminal is no wider than that.
func fits(t *testing.T, columns int, out string) {
	t.Helper()
	for line := range strings.Lines(out) {
		if n := displayWidth(strings.TrimSuffix(line, "\n")); n > columns {
			t.Errorf("%d columns: %d are taken by %q", columns, n, line)
		}
	}
}

// Rows fit into a terminal of the usual width, and ports are never cut off.
func TestNetstatFitsTerminal(t *testing.T) {
	t.Setenv("NO_COLOR", "1")
	for _, address := range []string{"127.0.0.1:0", "[::1]:0"} {
		l, err := net.Listen("tcp", address)
		if err != nil {
			missing(t, err.Error())
		}
		defer l.Close()
		client, err := net.Dial("tcp", l.Addr().String())
		if err != nil {
			t.Fatal(err)
		}
		defer client.Close()
		server, err := l.Accept()
		if err != nil {
			t.Fatal(err)
		}
		defer server.Close()
		for _, columns := range []uint16{80, 90, 100, 120} {
			out := onTerminal(t, columns, "netstat")
			fits(t, int(columns), out)
			for _, c := range []net.Conn{client, server} {
				local, remote := port(c.LocalAddr()), port(c.RemoteAddr())
				if !strings.Contains(out, ":"+local+" ") || !strings.Contains(out, ":"+remote+" ") {
					t.Errorf("%d columns: no port %s or %s in\n%s", columns, local, remote, out)
				}
			}
		}
	}
}

func port(a net.Addr) string { return strconv.Itoa(a.(*net.TCPAddr).Port) }

// Columns of text are cut, the last or not.
func TestPsFitsTerminal(t *testing.T) {
	t.Setenv("NO_COLOR", "1")
	long := strings.Repeat("0123456789", 30)
	t.Setenv("A_RATHER_LONG_NAME_OF_A_VARIABLE_"+long, long)
	pid := fmt.Sprint(startHelper(t, "hold", long).Pid)
	for _, fields := range []string{"pid,name,environ,cmdline", "environ,pid", "memory_info_ex,memory_maps,open_files,pid", "cmdline,exe,cwd,num_fds"} {
		fits(t, 80, onTerminal(t, 80, "ps", "--pid", pid, "--fields", fields))
	}
	fits(t, 80, onTerminal(t, 80, "ps"))
	for _, columns := range []uint16{30, 40, 80} {
		out := onTerminal(t, columns, "procinfo", pid)
		fits(t, int(columns), out)
		if !strings.Contains(out, "mem-maps") {
			t.Errorf("%d columns: %s", columns, out)
		}
	}
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
