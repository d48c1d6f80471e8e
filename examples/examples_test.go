// Package examples_test runs the examples on the machine that it is tested on.
package examples_test

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"runtime"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/go-psutil/psutil"
)

// needSupport skips the test where the package does not work yet.
func needSupport(t *testing.T) {
	t.Helper()
	if _, err := psutil.PIDs(); errors.Is(err, psutil.ErrNotSupported) && runtime.GOOS != "linux" {
		t.Skip(err)
	}
}

// build compiles an example and returns the program.
func build(t *testing.T, name string) string {
	t.Helper()
	if _, err := exec.LookPath("go"); err != nil && runtime.GOOS == "windows" {
		t.Skip("no go tool to build it with, as under Wine")
	}
	program := filepath.Join(t.TempDir(), name)
	if runtime.GOOS == "windows" {
		program += ".exe"
	}
	if out, err := exec.Command("go", "build", "-o", program, "./"+name).CombinedOutput(); err != nil {
		t.Fatalf("go build %s: %v\n%s", name, err, out)
	}
	return program
}

// run runs a program and returns what it prints and its exit status.
func run(t *testing.T, program string, args ...string) (stdout, stderr string, status int) {
	t.Helper()
	var out, errs bytes.Buffer
	cmd := exec.Command(program, args...)
	cmd.Stdout, cmd.Stderr = &out, &errs
	err := cmd.Run()
	if _, exited := errors.AsType[*exec.ExitError](err); err != nil && !exited {
		t.Fatal(err)
	}
	return out.String(), errs.String(), cmd.ProcessState.ExitCode()
}

// listen opens a TCP socket that listens, and returns its port.
func listen(t *testing.T) (l net.Listener, port string) {
	t.Helper()
	l, err := net.Listen("tcp4", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { l.Close() })
	return l, strconv.Itoa(l.Addr().(*net.TCPAddr).Port)
}

// TestEach makes sure that each example has a test here.
func TestEach(t *testing.T) {
	tested := map[string]bool{"netstat": true, "listening": true, "top-memory": true, "kill-tree": true}
	entries, err := os.ReadDir(".")
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range entries {
		if e.IsDir() && !tested[e.Name()] {
			t.Errorf("example %s has no test", e.Name())
		}
		delete(tested, e.Name())
	}
	for name := range tested {
		t.Errorf("there is no example %s", name)
	}
}

func TestNetstat(t *testing.T) {
	source, err := os.ReadFile("netstat/main.go")
	if err != nil {
		t.Fatal(err)
	}
	if n := bytes.Count(source, []byte("\n")); n > 65 {
		t.Errorf("%d lines, more than psutil's 65", n)
	}
	needSupport(t)
	_, port := listen(t)
	stdout, stderr, status := run(t, build(t, "netstat"))
	if status != 0 || stderr != "" {
		t.Fatalf("exit status %d: %s", status, stderr)
	}
	row := regexp.MustCompile(fmt.Sprintf(`(?m)^tcp +\d+ +\d+ +127\.0\.0\.1:%s +- +LISTEN +%d +examples\.test$`, port, os.Getpid()))
	if !row.MatchString(stdout) {
		t.Errorf("no line %s in\n%s", row, stdout)
	}
}

func TestListening(t *testing.T) {
	needSupport(t)
	program := build(t, "listening")
	l, port := listen(t)
	stdout, stderr, status := run(t, program, port)
	want := fmt.Sprintf("127.0.0.1:%s by \"examples.test\", PID %d\n", port, os.Getpid())
	if stdout != want || stderr != "" || status != 0 {
		t.Errorf("%q, %q, exit status %d; want %q", stdout, stderr, status, want)
	}
	l.Close()
	stdout, stderr, status = run(t, program, port)
	want = fmt.Sprintf("nobody listens on TCP port %s\n", port)
	if stdout != want || stderr != "" || status != 1 {
		t.Errorf("%q, %q, exit status %d; want %q", stdout, stderr, status, want)
	}
	for _, args := range [][]string{nil, {"http"}, {"65536"}} {
		if stdout, stderr, status = run(t, program, args...); stdout != "" || stderr == "" || status != 2 {
			t.Errorf("%q: %q, %q, exit status %d", args, stdout, stderr, status)
		}
	}
}

func TestTopMemory(t *testing.T) {
	needSupport(t)
	stdout, stderr, status := run(t, build(t, "top-memory"))
	if status != 0 || stderr != "" {
		t.Fatalf("exit status %d: %s", status, stderr)
	}
	lines := strings.Split(strings.TrimSuffix(stdout, "\n"), "\n")
	if fields := strings.Fields(lines[0]); strings.Join(fields, " ") != "PID User USS PSS Swap RSS Name" {
		t.Errorf("title %q", fields)
	}
	row := regexp.MustCompile(`^\d+ +\S+( +\d+\.\d[BKMGT]){4} +".+"$`)
	if len(lines) < 2 || len(lines) > 16 {
		t.Errorf("%d rows", len(lines)-1)
	}
	for _, line := range lines[1:] {
		if !row.MatchString(line) {
			t.Errorf("row %q", line)
		}
	}
}

func TestKillTree(t *testing.T) {
	needSupport(t)
	sh, err := exec.LookPath("sh")
	if err != nil {
		if os.Getenv("CI") == "true" && runtime.GOOS != "windows" { // which has none
			t.Fatal(err)
		}
		t.Skip(err)
	}
	program := build(t, "kill-tree")
	// The second child can only be killed.
	cmd := exec.Command(sh, "-c", `sleep 1000 & (trap "" TERM; echo ready; exec sleep 1000) & wait`)
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	root, err := psutil.StartCommand(cmd)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		cmd.Process.Kill()
		cmd.Wait()
	})
	if line, err := bufio.NewReader(out).ReadString('\n'); err != nil {
		t.Fatalf("%q: %v", line, err)
	}
	tree, err := root.Children(false)
	if err != nil || len(tree) != 2 {
		t.Fatalf("children %v: %v", tree, err)
	}
	tree = append(tree, root)
	t.Cleanup(func() {
		for _, p := range tree {
			p.Kill() // what the example should have done
		}
	})
	if stdout, stderr, status := run(t, program, strconv.Itoa(root.PID())); status != 0 || stderr != "" {
		t.Errorf("%q, %q, exit status %d", stdout, stderr, status)
	}
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	if _, alive, err := psutil.WaitProcs(ctx, tree, nil); len(alive) > 0 || err != nil {
		t.Errorf("%v are left: %v", alive, err)
	}
	_, stderr, status := run(t, program, "0")
	if !strings.Contains(stderr, "no such process") || status != 1 {
		t.Errorf("%q, exit status %d", stderr, status)
	}
}
