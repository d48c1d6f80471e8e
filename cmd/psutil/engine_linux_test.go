package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"slices"
	"strings"
	"syscall"
	"testing"

	"github.com/go-psutil/psutil/bpf"
)

// TestEngine: every engine says the same of what does not move, and bpf fails where
// it can't be had.
func TestEngine(t *testing.T) {
	_, unavailable := bpf.New()
	for _, engine := range []string{"auto", "proc", "bpf"} {
		for _, args := range [][]string{
			{"netstat", "-tl", "-o", "json"},
			{"ps", "--fields", "pid,name,username", "--pid", "1", "-o", "json"},
			{"ps", "--fields", "pid,ppid,num_threads", "-o", "json"},
		} {
			status, out, errs := attempt("", append(args, "--engine", engine)...)
			if engine == "bpf" && unavailable != nil {
				if status != exitFailure || !strings.Contains(errs, "bpf: needs") {
					t.Errorf("%v: status %d, %s", args, status, errs)
				}
				continue
			}
			var rows []map[string]any
			if err := json.Unmarshal([]byte(out), &rows); status != exitOK || err != nil || errs != "" {
				t.Errorf("%s %v: status %d, %s, %v", engine, args, status, errs, err)
			}
			if args[0] == "ps" && len(rows) == 0 {
				t.Errorf("%s %v: no processes", engine, args)
			}
		}
	}
	if os.Geteuid() == 0 && unavailable != nil && os.Getenv("CI") == "true" {
		t.Error(unavailable)
	}
	if status, _, errs := attempt("", "--engine", "bpf", "--root", t.TempDir(), "netstat"); status != exitUsage || !strings.Contains(errs, "--root") {
		t.Errorf("below a root: status %d, %s", status, errs)
	}
	if status, _, errs := attempt("", "--engine", "magic", "netstat"); status != exitUsage || !strings.Contains(errs, "auto, proc, bpf") {
		t.Errorf("an unknown engine: status %d, %s", status, errs)
	}
}

func TestDoctor(t *testing.T) {
	for _, engine := range []string{"auto", "proc", "bpf"} {
		status, out, errs := attempt("", "doctor", "--engine", engine, "-o", "json")
		var rows []struct {
			Capability string  `json:"capability"`
			There      bool    `json:"there"`
			InUse      bool    `json:"in_use"`
			Purpose    string  `json:"purpose"`
			Detail     *string `json:"detail"`
			Enable     *string `json:"enable"`
		}
		if err := json.Unmarshal([]byte(out), &rows); err != nil || status != exitOK || errs != "" {
			t.Fatalf("status %d, %s, %v", status, errs, err)
		}
		seen := make(map[string]bool)
		for _, r := range rows {
			seen[r.Capability] = true
			if r.Purpose == "" || r.InUse && !r.There {
				t.Errorf("%+v", r)
			}
			if !r.There && r.Detail == nil && r.Enable == nil {
				t.Errorf("%s is not there, and nobody knows why", r.Capability)
			}
			if engine == "proc" && strings.HasPrefix(r.Capability, "eBPF") && r.InUse {
				t.Errorf("%s is in use with --engine proc", r.Capability)
			}
		}
		for _, want := range []string{"eBPF: processes", "eBPF: sockets", "CAP_BPF and CAP_PERFMON", "sock_diag", "pidfd", "look into all processes"} {
			if !seen[want] {
				t.Errorf("no row of %s", want)
			}
		}
	}
	if status, _, errs := attempt("", "doctor", "--engine", "bpf", "--root", "/"); status != exitUsage || !strings.Contains(errs, "--root") {
		t.Errorf("with --root: status %d, %s", status, errs)
	}
}

// TestDoctorUnprivileged: that the engine which is asked for may not be had hides
// nothing of the rest.
func TestDoctorUnprivileged(t *testing.T) {
	if os.Getuid() != 0 {
		missing(t, "needs root, to be another user")
	}
	out, err := helperCommand("nobody", "doctor", "--engine", "bpf", "-o", "json").Output()
	var rows []struct {
		Capability string  `json:"capability"`
		There      bool    `json:"there"`
		Enable     *string `json:"enable"`
	}
	if parseErr := json.Unmarshal(out, &rows); err != nil || parseErr != nil {
		t.Fatalf("%s, %v, %v", out, err, parseErr)
	}
	seen := make(map[string]bool)
	for _, r := range rows {
		seen[r.Capability] = r.There
		if r.Capability == "/proc" || r.Capability == "CAP_BPF and CAP_PERFMON" && (r.There || r.Enable == nil) {
			t.Errorf("%+v", r)
		}
	}
	if !seen["sock_diag"] || !seen["pidfd"] {
		t.Errorf("%s", out)
	}
}

func init() {
	// nobody is the command, as another user.
	helpers["nobody"] = func() {
		if err := errors.Join(syscall.Setgid(65534), syscall.Setuid(65534)); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
		os.Exit(Execute(os.Args[1:], os.Stdin, os.Stdout, os.Stderr))
	}
}

// TestSetcap: a command gives what it is to give, and takes nothing away.
func TestSetcap(t *testing.T) {
	for _, wanted := range setcapNames {
		command := setcap(wanted.capability)
		given, ok := strings.CutPrefix(command, "sudo setcap ")
		if !ok {
			if !strings.HasPrefix(command, "a container with --cap-add ") {
				t.Errorf("%s: %q", wanted.name, command)
			}
			continue
		}
		given, _, _ = strings.Cut(given, "+ep ")
		for _, c := range setcapNames {
			if slices.Contains(strings.Split(given, ","), c.name) != (c == wanted || effective(c.capability)) {
				t.Errorf("%s: %q, where %s is %v", wanted.name, command, c.name, effective(c.capability))
			}
		}
	}
}
