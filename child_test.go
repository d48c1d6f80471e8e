package psutil_test

import (
	"bufio"
	"fmt"
	"io"
	"os"
	"os/exec"
	"strings"
	"testing"

	"github.com/go-psutil/psutil"
)

// childEnv names what the test binary does when it is started as a child.
const childEnv = "PSUTIL_TEST_CHILD"

// children are the programs that tests start. Each says "ready" on standard
// output when it is as the test wants it, and then waits for the end of its
// standard input.
var children = map[string]func(args []string) error{}

func TestMain(m *testing.M) {
	if name, found := os.LookupEnv(childEnv); found {
		run, known := children[name]
		if !known {
			fmt.Fprintln(os.Stderr, "no child", name)
			os.Exit(2)
		}
		if err := run(os.Args[1:]); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
		os.Exit(0)
	}
	os.Exit(m.Run())
}

// ready tells the test that the child is as it should be, and waits until the
// test lets go of it.
func ready() error {
	fmt.Println("ready")
	_, err := io.Copy(io.Discard, os.Stdin)
	return err
}

// child is a running child.
type child struct {
	*exec.Cmd
	Stdin   io.WriteCloser
	Stdout  *bufio.Reader
	Process psutil.Process
}

// startChild starts the test binary as one of the children, waits until it is
// ready, and ends it with the test.
func startChild(t testing.TB, name string, args ...string) *child {
	t.Helper()
	exe, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command(exe, args...)
	cmd.Env = append(os.Environ(), childEnv+"="+name)
	return startReady(t, cmd)
}

// startReady starts a command that says "ready" when it is.
func startReady(t testing.TB, cmd *exec.Cmd) *child {
	t.Helper()
	c := &child{Cmd: cmd}
	var err error
	if c.Stdin, err = cmd.StdinPipe(); err != nil {
		t.Fatal(err)
	}
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	c.Stdout = bufio.NewReader(out)
	cmd.Stderr = os.Stderr
	if c.Process, err = psutil.StartCommand(cmd); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		c.Stdin.Close()
		cmd.Process.Kill()
		cmd.Wait()
	})
	line, err := c.Stdout.ReadString('\n')
	if err != nil || strings.TrimSpace(line) != "ready" {
		t.Fatalf("%s said %q: %v", cmd, line, err)
	}
	return c
}

// must stops the test if a system call failed.
func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}
