package main

import (
	"io"
	"os"
	"os/exec"
	"testing"

	"github.com/rogpeppe/go-internal/testscript"
)

// helpers are what the test binary does instead of testing when it is started
// with PSUTIL_TEST_HELPER set to a name.
var helpers = map[string]func(){}

func TestMain(m *testing.M) {
	if run, ok := helpers[os.Getenv("PSUTIL_TEST_HELPER")]; ok {
		run()
		os.Exit(0)
	}
	testscript.Main(m, map[string]func(){"psutil": main})
}

// writeFile makes a file of a text.
func writeFile(name, text string) error { return os.WriteFile(name, []byte(text), 0o666) }

// helperCommand returns the command that runs a helper in a process.
func helperCommand(name string, args ...string) *exec.Cmd {
	self, err := os.Executable()
	if err != nil {
		panic(err)
	}
	cmd := exec.Command(self, args...)
	cmd.Env = append(os.Environ(), "PSUTIL_TEST_HELPER="+name)
	return cmd
}

// startHelper starts a helper that says "ready", and ends it with the test.
func startHelper(t *testing.T, name string, args ...string) *os.Process {
	t.Helper()
	cmd := helperCommand(name, args...)
	cmd.Stderr = os.Stderr
	stdin, err := cmd.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	stdout, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		stdin.Close()
		cmd.Wait()
	})
	said := make([]byte, len("ready"))
	if _, err := io.ReadFull(stdout, said); err != nil {
		t.Fatalf("helper %s: %v", name, err)
	}
	return cmd.Process
}

// stay is what a helper does until the test is over.
func stay() {
	io.WriteString(os.Stdout, "ready")
	io.Copy(io.Discard, os.Stdin)
}
