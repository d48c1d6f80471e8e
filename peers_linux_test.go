package psutil_test

import (
	"bytes"
	"encoding/json"
	"os"
	"os/exec"
	"testing"
)

// needTool returns the path of a program the test compares with. A missing
// one fails the test in CI and skips it elsewhere.
func needTool(t testing.TB, name string) string {
	t.Helper()
	path, err := exec.LookPath(name)
	if err != nil {
		missing(t, name+" is not installed")
	}
	return path
}

// missing skips the test with a reason, or fails it in CI, where everything a
// test needs must be there.
func missing(t testing.TB, reason string) {
	t.Helper()
	if os.Getenv("CI") == "true" {
		t.Fatal(reason)
	}
	t.Skip(reason)
}

// output runs a peer and returns what it prints.
func output(t testing.TB, name string, args ...string) string {
	t.Helper()
	cmd := exec.Command(needTool(t, name), args...)
	cmd.Env = append(os.Environ(), "LC_ALL=C")
	var stderr bytes.Buffer
	cmd.Stderr = &stderr
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("%s: %v\n%s", cmd, err, &stderr)
	}
	return string(out)
}

// pythonPsutil runs code with Debian's python3-psutil, imported as psutil
// beside json, and decodes the JSON that it prints into result.
func pythonPsutil(t testing.TB, code string, result any) {
	t.Helper()
	python := "/usr/bin/python3"
	if exec.Command(python, "-c", "import psutil").Run() != nil {
		missing(t, "python3-psutil is not installed")
	}
	cmd := exec.Command(python, "-c", "import json, psutil\n"+code)
	var stderr bytes.Buffer
	cmd.Stderr = &stderr
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("psutil: %v\n%s", err, &stderr)
	}
	dec := json.NewDecoder(bytes.NewReader(out))
	dec.UseNumber()
	if err := dec.Decode(result); err != nil {
		t.Fatalf("psutil printed %.200q: %v", out, err)
	}
}
