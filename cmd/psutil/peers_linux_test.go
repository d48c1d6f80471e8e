package main

import (
	"bytes"
	"encoding/json"
	"os"
	"os/exec"
	"strings"
	"testing"
	"time"
)

// needTool returns the path of a program that a test compares with. A missing
// one fails the test in CI and skips it elsewhere.
func needTool(t *testing.T, name string) string {
	t.Helper()
	path, err := exec.LookPath(name)
	if err != nil {
		missing(t, name+" is not installed")
	}
	return path
}

// missing skips the test with a reason, or fails it in CI, where everything
// that a test needs must be there.
func missing(t *testing.T, reason string) {
	t.Helper()
	if os.Getenv("CI") == "true" {
		t.Fatal(reason)
	}
	t.Skip(reason)
}

// peer runs another program and returns what it prints.
func peer(t *testing.T, name string, args ...string) string {
	t.Helper()
	cmd := exec.Command(needTool(t, name), args...)
	cmd.Env = append(os.Environ(), "LC_ALL=C", "TZ=UTC")
	var stderr bytes.Buffer
	cmd.Stderr = &stderr
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("%s: %v\n%s", cmd, err, &stderr)
	}
	return string(out)
}

// run runs a command line, which must succeed, and returns what it prints.
func run(t *testing.T, args ...string) string {
	t.Helper()
	var stdout, stderr bytes.Buffer
	if status := Execute(args, strings.NewReader(""), &stdout, &stderr); status != exitOK {
		t.Fatalf("psutil %q: status %d\n%s", args, status, &stderr)
	}
	if stderr.Len() > 0 {
		t.Errorf("psutil %q: on stderr: %s", args, &stderr)
	}
	return stdout.String()
}

// decode reads JSON as it is printed by run.
func decode[T any](t *testing.T, text string) T {
	t.Helper()
	var v T
	if err := json.Unmarshal([]byte(text), &v); err != nil {
		t.Fatalf("%v in %.300q", err, text)
	}
	return v
}

// eventually tries again what compares values that move, up to ten times.
func eventually(t *testing.T, compare func() error) {
	t.Helper()
	var err error
	for range 10 {
		if err = compare(); err == nil {
			return
		}
	}
	t.Error(err)
}

// between reports whether x lies between a and b, which are in either order,
// or no further off than slack.
func between(x, a, b, slack float64) bool {
	return min(a, b)-slack <= x && x <= max(a, b)+slack
}

// utc makes the commands print times as UTC.
func utc(t *testing.T) {
	local := time.Local
	time.Local = time.UTC
	t.Cleanup(func() { time.Local = local })
}
