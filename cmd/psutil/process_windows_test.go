package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"net"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"

	"golang.org/x/sys/windows"
)

func init() {
	// listen writes its port to the file that its first argument names.
	helpers["listen"] = func() {
		l, err := net.Listen("tcp4", "127.0.0.1:0")
		if err == nil {
			err = writeFile(os.Args[1], fmt.Sprint(l.Addr().(*net.TCPAddr).Port))
		}
		if err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
		stay()
	}
}

// answer runs a command line, and decodes what it prints as JSON.
func answer(t *testing.T, result any, args ...string) {
	t.Helper()
	var stdout, stderr bytes.Buffer
	if status := Execute(args, strings.NewReader(""), &stdout, &stderr); status != exitOK {
		t.Fatalf("psutil %q: status %d, %s", args, status, &stderr)
	}
	if err := json.Unmarshal(stdout.Bytes(), result); err != nil {
		t.Fatalf("psutil %q: %v in %.300s", args, err, &stdout)
	}
}

// TestWindowsChild asks every way about a child with odd arguments that listens.
func TestWindowsChild(t *testing.T) {
	file := filepath.Join(t.TempDir(), "port")
	want := []string{file, `a "quoted" one`, `back\slash\`, "grüße 日本 😀", ""}
	t.Setenv("PSUTIL_UMLAUT", `größe "x"`)
	pid := startHelper(t, "listen", want...).Pid
	var port int
	if text, err := os.ReadFile(file); err != nil {
		t.Fatal(err)
	} else if port, err = strconv.Atoi(string(text)); err != nil {
		t.Fatal(err)
	}
	type end struct{ Port int }
	var conns []struct {
		Laddr  end
		Status string
		PID    int
		Name   string
	}
	answer(t, &conns, "netstat", "-o", "json")
	found := 0
	for _, c := range conns {
		if c.Laddr.Port == port && c.Status == "LISTEN" {
			found++
			if c.PID != pid || !strings.HasSuffix(c.Name, ".exe") {
				t.Errorf("the listener is of %d (%s), want %d", c.PID, c.Name, pid)
			}
		}
	}
	if found != 1 {
		t.Errorf("%d listeners on %d: %v", found, port, conns)
	}

	var cmdline []string
	answer(t, &cmdline, "call", "process.cmdline", fmt.Sprintf("pid=%d", pid))
	if len(cmdline) != 1+len(want) || !slices.Equal(cmdline[1:], want) {
		t.Errorf("cmdline %q, want %q", cmdline, want)
	}
	var env map[string]string
	answer(t, &env, "call", "process.environ", fmt.Sprintf("pid=%d", pid))
	if env["PSUTIL_UMLAUT"] != `größe "x"` || env["PSUTIL_TEST_HELPER"] != "listen" {
		t.Errorf("environ %q", env)
	}
	type row struct {
		PID     int
		PPID    int
		Cmdline []string
		Handles int `json:"num_handles"`
	}
	var rows []row
	answer(t, &rows, "ps", "-o", "json", "--fields", "pid,ppid,cmdline,num_handles")
	i := slices.IndexFunc(rows, func(r row) bool { return r.PID == pid })
	if i < 0 || rows[i].PPID != os.Getpid() || !slices.Equal(rows[i].Cmdline, cmdline) || rows[i].Handles == 0 {
		t.Errorf("ps has %v", rows)
	}

	// Whatever else is asked has an answer.
	for _, args := range [][]string{
		{"free", "-o", "json"}, {"df", "-o", "json"}, {"who", "-o", "json"}, {"ifconfig", "-o", "json"},
		{"procinfo", "-o", "json", fmt.Sprint(pid)}, {"doctor", "-o", "json"}, {"call", "--list", "-o", "json"},
	} {
		var any any
		answer(t, &any, args...)
	}
}

// TestWindowsCallList has every function of psutil that Windows has.
func TestWindowsCallList(t *testing.T) {
	var calls []struct{ Name string }
	answer(t, &calls, "call", "--list", "-o", "json")
	for _, name := range strings.Fields(`cpu_times cpu_percent cpu_times_percent cpu_count cpu_stats cpu_freq getloadavg virtual_memory swap_memory
		disk_partitions disk_usage disk_io_counters net_io_counters net_connections net_if_addrs net_if_stats sensors_battery users boot_time
		bytes2human win_service_iter win_service_get heap_info heap_trim pids pid_exists process_iter wait_procs process.as_dict process.ppid
		process.parent process.parents process.children process.is_running process.name process.exe process.cmdline process.environ process.cwd
		process.create_time process.status process.username process.nice process.ionice process.cpu_affinity process.cpu_times
		process.cpu_percent process.num_ctx_switches process.num_threads process.threads process.num_handles process.io_counters
		process.memory_info process.memory_info_ex process.memory_footprint process.memory_full_info process.memory_percent
		process.memory_maps process.page_faults process.open_files process.net_connections process.connections process.send_signal
		process.suspend process.resume process.terminate process.kill process.wait`) {
		if !slices.ContainsFunc(calls, func(c struct{ Name string }) bool { return c.Name == name }) {
			t.Errorf("%s is not in the list", name)
		}
	}
}

// TestDoctorPrivilege looks for the privilege that Wine's administrator has, and for
// one that nobody has.
func TestDoctorPrivilege(t *testing.T) {
	type row struct {
		Capability string
		There      bool
		InUse      bool `json:"in_use"`
		Enable     *string
	}
	var rows []row
	answer(t, &rows, "doctor", "-o", "json")
	i := slices.IndexFunc(rows, func(r row) bool { return r.Capability == "SeDebugPrivilege" })
	if i < 0 || rows[i].There != rows[i].InUse || rows[i].There == (rows[i].Enable != nil) {
		t.Errorf("doctor has %+v", rows)
	}
	if _, err := hasPrivilege("SeNoSuchPrivilege"); err == nil {
		t.Error("no error for a privilege that does not exist")
	}
	list := []byte{1, 0, 0, 0, 20, 0, 0, 0, 0, 0, 0, 0, 2, 0, 0, 0}
	for n := range list {
		if listsPrivilege(list[:n], windows.LUID{LowPart: 20}) {
			t.Errorf("found in %d bytes", n)
		}
	}
	if !listsPrivilege(list, windows.LUID{LowPart: 20}) || listsPrivilege(list, windows.LUID{LowPart: 21}) || listsPrivilege(list, windows.LUID{LowPart: 20, HighPart: 1}) {
		t.Error("the wrong privilege")
	}
}
