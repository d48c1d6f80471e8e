package main

import (
	"bufio"
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/go-psutil/psutil"
)

// psutilCalls are the functions of psutil 8 on Linux and the members of its
// Process, each with the fields of the named tuple it has.
var psutilCalls = []struct{ name, fields string }{
	{"cpu_times", "user system idle nice iowait irq softirq steal guest guest_nice"},
	{"cpu_percent", ""},
	{"cpu_times_percent", "user system idle nice iowait irq softirq steal guest guest_nice"},
	{"cpu_count", ""},
	{"cpu_stats", "ctx_switches interrupts soft_interrupts syscalls"},
	{"cpu_freq", "current min max"},
	{"getloadavg", ""},
	{"virtual_memory", "total available percent used free active inactive buffers cached shared slab"},
	{"swap_memory", "total used free percent sin sout"},
	{"disk_partitions", "device mountpoint fstype opts"},
	{"disk_usage", "total used free percent"},
	{"disk_io_counters", "read_count write_count read_bytes write_bytes read_time write_time read_merged_count write_merged_count busy_time"},
	{"net_io_counters", "bytes_sent bytes_recv packets_sent packets_recv errin errout dropin dropout"},
	{"net_connections", "fd family type laddr raddr status pid"},
	{"net_if_addrs", "family address netmask broadcast ptp"},
	{"net_if_stats", "isup duplex speed mtu flags"},
	{"sensors_temperatures", "label current high critical"},
	{"sensors_fans", "label current"},
	{"sensors_battery", "percent secsleft power_plugged"},
	{"users", "name terminal host started pid"},
	{"boot_time", ""},
	{"heap_info", "heap_used mmap_used"},
	{"heap_trim", ""},
	{"bytes2human", ""},
	{"pids", ""},
	{"pid_exists", ""},
	{"process_iter", ""},
	{"wait_procs", "gone alive"},
	{"process.pid", ""},
	{"process.attrs", ""},
	{"process.info", ""},
	{"process.oneshot", ""},
	{"process.as_dict", ""},
	{"process.ppid", ""},
	{"process.parent", "pid create_time"},
	{"process.parents", "pid create_time"},
	{"process.children", "pid create_time"},
	{"process.is_running", ""},
	{"process.name", ""},
	{"process.exe", ""},
	{"process.cmdline", ""},
	{"process.environ", ""},
	{"process.cwd", ""},
	{"process.create_time", ""},
	{"process.status", ""},
	{"process.username", ""},
	{"process.uids", "real effective saved"},
	{"process.gids", "real effective saved"},
	{"process.terminal", ""},
	{"process.nice", ""},
	{"process.ionice", "ioclass value"},
	{"process.rlimit", "soft hard"},
	{"process.cpu_affinity", ""},
	{"process.cpu_num", ""},
	{"process.cpu_times", "user system children_user children_system iowait"},
	{"process.cpu_percent", ""},
	{"process.num_ctx_switches", "voluntary involuntary"},
	{"process.num_threads", ""},
	{"process.threads", "id user_time system_time"},
	{"process.num_fds", ""},
	{"process.io_counters", "read_count write_count read_bytes write_bytes read_chars write_chars"},
	{"process.memory_info", "rss vms shared text data"},
	{"process.memory_info_ex", "rss vms shared text data peak_rss peak_vms rss_anon rss_file rss_shmem swap hugetlb"},
	{"process.memory_footprint", "uss pss swap"},
	{"process.memory_full_info", "rss vms shared text data uss pss swap"},
	{"process.memory_percent", ""},
	{"process.memory_maps", "path rss size pss shared_clean shared_dirty private_clean private_dirty referenced anonymous swap"},
	{"process.page_faults", "minor major"},
	{"process.open_files", "path fd position mode flags"},
	{"process.net_connections", "fd family type laddr raddr status"},
	{"process.connections", "fd family type laddr raddr status"},
	{"process.send_signal", ""},
	{"process.suspend", ""},
	{"process.resume", ""},
	{"process.terminate", ""},
	{"process.kill", ""},
	{"process.wait", ""},
}

// TestCallListHasPsutil checks that --list has all of psutil, with its fields
// first and in its order.
func TestCallListHasPsutil(t *testing.T) {
	status, stdout, stderr := runCall("", "--list", "-o", "json")
	if status != 0 {
		t.Fatal(stderr)
	}
	var listed []struct {
		Name    string
		Args    []argForm
		Results []resultForm
	}
	if err := json.Unmarshal([]byte(stdout), &listed); err != nil {
		t.Fatal(err)
	}
	for _, want := range psutilCalls {
		i := slices.IndexFunc(listed, func(c struct {
			Name    string
			Args    []argForm
			Results []resultForm
		}) bool {
			return c.Name == want.name
		})
		if i < 0 {
			t.Errorf("%s is not there", want.name)
			continue
		}
		fields := strings.Fields(want.fields)
		for _, r := range listed[i].Results {
			got := r.Fields
			if want.name == "process.memory_maps" && len(got) > 2 && got[0] == "addr" && got[1] == "perms" {
				got = got[2:] // not grouped
			}
			if len(fields) > 0 && len(got) > 0 && (len(got) < len(fields) || !slices.Equal(got[:len(fields)], fields)) {
				t.Errorf("%s: fields %v, want %v first", want.name, got, fields)
			}
			if len(fields) > 0 && len(got) == 0 && r.Type != "null" {
				t.Errorf("%s: answer %s without fields", want.name, r.Type)
			}
		}
	}
	if len(psutilCalls) > len(listed) {
		t.Errorf("%d calls are listed", len(listed))
	}
}

// TestCallAnswers runs every call that does not act, and checks that the
// answer is what --list says.
func TestCallAnswers(t *testing.T) {
	c := newTestConversation(t)
	extra := map[string]string{
		"disk_usage":     `"path":"/"`,
		"bytes2human":    `"n":1`,
		"pid_exists":     fmt.Sprintf(`"pid":%d`, os.Getpid()),
		"wait_procs":     `"procs":[],"timeout":0`,
		"process.rlimit": `"resource":"RLIMIT_NOFILE"`,
		"process.wait":   `"timeout":0`,

		"win_service_get": `"name":"x"`,
	}
	skip := []string{
		"process.send_signal", "process.suspend", "process.resume", "process.terminate", "process.kill",
		"process.oneshot", "heap_info", "heap_trim",
	}
	for _, known := range allCalls() {
		if slices.Contains(skip, known.name) {
			continue
		}
		args := []string{}
		if e := extra[known.name]; e != "" {
			args = append(args, e)
		}
		if known.process {
			args = append(args, fmt.Sprintf(`"pid":%d`, os.Getpid()))
		}
		request := fmt.Sprintf(`{"call":%q,"args":{%s}}`, known.name, strings.Join(args, ","))
		reply := askCall(t, c, request)
		if known.name == "process.wait" {
			if reply.Error == nil || reply.Error.Type != "TimeoutExpired" || *reply.Error.PID != os.Getpid() {
				t.Errorf("%s: %v", request, reply.Error)
			}
			continue
		}
		if reply.Error != nil && reply.Error.Type == "NotSupported" && !slices.ContainsFunc(psutilCalls, func(p struct{ name, fields string }) bool {
			return p.name == known.name
		}) {
			continue // this machine lacks it
		}
		if reply.Error != nil {
			t.Errorf("%s: %v", request, reply.Error)
			continue
		}
		matches := false
		for _, zero := range known.results {
			matches = matches || callShaped(reply.Result, zero)
		}
		if !matches {
			t.Errorf("%s: %.200s, want one of %v", request, reply.Result, known.forms())
		}
	}
}

// callShaped reports whether JSON has the form that values of zero's type have.
func callShaped(raw json.RawMessage, zero any) bool {
	if zero == nil {
		return string(raw) == "null"
	}
	if string(raw) == "null" {
		return false
	}
	t := reflect.TypeOf(zero)
	switch t.Kind() {
	case reflect.Slice:
		for _, e := range elements(raw) {
			if !callShaped(e, reflect.Zero(t.Elem()).Interface()) {
				return false
			}
		}
		return raw[0] == '['
	case reflect.Map:
		for _, m := range members(raw) {
			if !callShaped(m.value.(json.RawMessage), reflect.Zero(t.Elem()).Interface()) {
				return false
			}
		}
		return raw[0] == '{'
	case reflect.Struct:
		want := resultFields(t)
		if want == nil {
			return raw[0] == '-' || '0' <= raw[0] && raw[0] <= '9' // an instant
		}
		var got []string
		for _, m := range members(raw) {
			got = append(got, m.name)
		}
		if t == reflect.TypeFor[anyFields]() {
			return len(got) == 32 && slices.IsSorted(got)
		}
		return slices.Equal(got, want)
	case reflect.Bool:
		return string(raw) == "true" || string(raw) == "false"
	}
	quoted := describe(t) == "string"
	return quoted == (raw[0] == '"')
}

// TestCallAttrs checks that as_dict has psutil's 32 fields, and those asked for.
func TestCallAttrs(t *testing.T) {
	const want = "cmdline cpu_affinity cpu_num cpu_percent cpu_times create_time cwd environ exe gids io_counters ionice " +
		"memory_footprint memory_info memory_info_ex memory_maps memory_percent name net_connections nice num_ctx_switches " +
		"num_fds num_threads open_files page_faults pid ppid status terminal threads uids username"
	c := newTestConversation(t)
	names := callResult[[]string](t, c, `{"call":"process.attrs"}`)
	if got := strings.Join(names, " "); got != want {
		t.Errorf("attrs %s", got)
	}
	r := askCall(t, c, fmt.Sprintf(`{"call":"process.as_dict","args":{"pid":%d,"attrs":["rss","pid","name","pid","pgid"]}}`, os.Getpid()))
	var got []string
	for _, m := range members(r.Result) {
		got = append(got, m.name)
	}
	if !slices.Equal(got, []string{"rss", "pid", "name", "pgid"}) {
		t.Errorf("as_dict has %v", got)
	}
}

func TestCallProcessIter(t *testing.T) {
	c := newTestConversation(t)
	handles := callResult[[]struct {
		PID        int     `json:"pid"`
		CreateTime float64 `json:"create_time"`
		Token      string  `json:"create_token"`
	}](t, c, `{"call":"process_iter"}`)
	found := false
	for i, h := range handles {
		if i > 0 && h.PID <= handles[i-1].PID || h.CreateTime < 1e9 || h.Token == "" {
			t.Errorf("handle %+v", h)
		}
		found = found || h.PID == os.Getpid()
	}
	if !found {
		t.Error("this process is not among them")
	}
	type row struct {
		PID        int `json:"pid"`
		CPUPercent any `json:"cpu_percent"`
	}
	request := `{"call":"process_iter","args":{"attrs":["pid","cpu_percent"]}}`
	for _, r := range callResult[[]row](t, c, request) {
		if r.CPUPercent != nil {
			t.Errorf("the first cpu_percent of %d is %v", r.PID, r.CPUPercent)
		}
	}
	callEventually(t, "cpu_percent stays null", func() bool {
		return slices.ContainsFunc(callResult[[]row](t, c, request), func(r row) bool {
			return r.PID == os.Getpid() && r.CPUPercent != nil
		})
	})
	// process.cpu_percent goes on from there.
	if p := callResult[any](t, c, fmt.Sprintf(`{"call":"process.cpu_percent","args":{"pid":%d}}`, os.Getpid())); p == nil {
		t.Error("process.cpu_percent after process_iter is null")
	}
}

func TestCallADValue(t *testing.T) {
	if os.Getuid() != 0 {
		missing(t, "needs root, to be another user")
	}
	// Another user may not look into this process.
	out, err := helperCommand("nobody", "call", "process.as_dict", fmt.Sprintf("pid=%d", os.Getpid()), "attrs=pid,open_files", `ad_value={"no": true}`).Output()
	if want := fmt.Sprintf(`{"pid":%d,"open_files":{"no":true}}`+"\n", os.Getpid()); err != nil || string(out) != want {
		t.Errorf("%q, %v, want %q", out, err, want)
	}
}

func init() {
	// call is the command.
	helpers["call"] = func() {
		os.Exit(Execute(append([]string{"call"}, os.Args[1:]...), os.Stdin, os.Stdout, os.Stderr))
	}
}

// callChild starts a process that does nothing until it is told to end.
func callChild(t *testing.T, name string, args ...string) (*exec.Cmd, io.Closer) {
	t.Helper()
	cmd := exec.Command(name, args...)
	stdin, err := cmd.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		cmd.Process.Kill()
		cmd.Wait()
	})
	return cmd, stdin
}

// callEventually repeats a check that may take a while to come true.
func callEventually(t *testing.T, what string, check func() bool) {
	t.Helper()
	for deadline := time.Now().Add(20 * time.Second); !check(); {
		if time.Now().After(deadline) {
			t.Fatal(what)
		}
	}
}

func TestCallSignals(t *testing.T) {
	c := newTestConversation(t)
	child, _ := callChild(t, "cat")
	request := func(call, args string) string {
		return fmt.Sprintf(`{"call":"process.%s","args":{"pid":%d%s}}`, call, child.Process.Pid, args)
	}
	status := func(want string) {
		t.Helper()
		callEventually(t, "the status is not "+want, func() bool { return callResult[string](t, c, request("status", "")) == want })
	}
	status("sleeping")
	for _, call := range []string{"suspend", "send_signal"} {
		args := ""
		if call == "send_signal" {
			args = `,"sig":"SIGSTOP"`
		}
		if r := askCall(t, c, request(call, args)); string(r.Result) != "null" {
			t.Fatalf("%s: %s %v", call, r.Result, r.Error)
		}
		status("stopped")
		askCall(t, c, request("resume", ""))
		status("sleeping")
	}
	if e := askCall(t, c, request("wait", `,"timeout":0.01`)).Error; e == nil || e.Type != "TimeoutExpired" || *e.PID != child.Process.Pid {
		t.Errorf("wait: %v", e)
	}
	type waited struct {
		Gone []struct {
			PID        int `json:"pid"`
			ReturnCode any `json:"returncode"`
		}
		Alive []struct {
			PID int `json:"pid"`
		}
	}
	all := fmt.Sprintf(`{"call":"wait_procs","args":{"procs":[%d,%d],"timeout":`, child.Process.Pid, child.Process.Pid)
	if w := callResult[waited](t, c, all+`0.01}}`); len(w.Gone) != 0 || len(w.Alive) != 1 || w.Alive[0].PID != child.Process.Pid {
		t.Errorf("wait_procs: %+v", w)
	}
	token := callResult[callHandle](t, c, request("new", "")).Token
	askCall(t, c, request("terminate", ""))
	if code := callResult[int](t, c, request("wait", `,"timeout":20`)); code != -15 {
		t.Errorf("wait: %d", code)
	}
	if w := callResult[waited](t, c, all+`20}}`); len(w.Alive) != 0 || len(w.Gone) != 1 || w.Gone[0].ReturnCode != -15.0 {
		t.Errorf("wait_procs: %+v", w)
	}
	status("zombie")
	if e := askCall(t, c, request("cmdline", "")).Error; e == nil || e.Type != "ZombieProcess" {
		t.Errorf("cmdline of a zombie: %v", e)
	}
	child.Wait()
	if e := askCall(t, c, request("status", "")).Error; e == nil || e.Type != "NoSuchProcess" || *e.PID != child.Process.Pid {
		t.Errorf("status of nothing: %v", e)
	}
	pinned := fmt.Sprintf(`,"create_token":%q`, token)
	if running := callResult[bool](t, c, request("is_running", pinned)); running {
		t.Error("is_running of a process that has gone")
	}
	if code := callResult[any](t, c, request("wait", pinned)); code != nil {
		t.Errorf("wait for a process that has gone: %v", code)
	}
	if w := callResult[waited](t, c, all+`20}}`); len(w.Alive) != 0 || len(w.Gone) != 2 || w.Gone[0].ReturnCode != nil {
		t.Errorf("wait_procs: %+v", w)
	}
}

type callHandle struct {
	PID   int     `json:"pid"`
	Time  float64 `json:"create_time"`
	Token string  `json:"create_token"`
}

// TestCallTokenOfAnother checks that a handle whose PID is another process's is
// never acted upon.
func TestCallTokenOfAnother(t *testing.T) {
	c := newTestConversation(t)
	child, _ := callChild(t, "cat")
	h := callResult[callHandle](t, c, fmt.Sprintf(`{"call":"process.new","args":{"pid":%d}}`, child.Process.Pid))
	for _, tt := range []struct{ call, args string }{
		{"new", ""}, {"create_time", ""}, {"ppid", ""}, {"parent", ""}, {"parents", ""}, {"children", ""}, {"children", `,"recursive":true`},
		{"send_signal", `,"sig":9`}, {"suspend", ""}, {"resume", ""}, {"terminate", ""}, {"kill", ""},
		{"nice", `,"value":19`}, {"ionice", `,"ioclass":3`}, {"rlimit", `,"resource":"nofile","limits":[1,1]`}, {"cpu_affinity", `,"cpus":[0]`},
		{"as_dict", `,"attrs":["name"]`}, {"cpu_percent", ""},
	} {
		for _, place := range []string{
			`{"call":"process.%s","create_token":"1","args":{"pid":%d%s}}`,
			`{"call":"process.%s","args":{"create_token":1,"pid":%d%s}}`,
		} {
			request := fmt.Sprintf(place, tt.call, h.PID, tt.args)
			if e := askCall(t, c, request).Error; e == nil || e.Type != "NoSuchProcess" || *e.PID != h.PID {
				t.Errorf("%s: %v", request, e)
			}
		}
	}
	if running := callResult[bool](t, c, fmt.Sprintf(`{"call":"process.is_running","create_token":"1","args":{"pid":%d}}`, h.PID)); running {
		t.Error("is_running with another's token")
	}
	if running := callResult[bool](t, c, fmt.Sprintf(`{"call":"process.is_running","create_token":%q,"args":{"pid":%d}}`, h.Token, h.PID)); !running {
		t.Error("is_running with its own token is false")
	}
	if s := callResult[string](t, c, fmt.Sprintf(`{"call":"process.status","args":{"pid":%d}}`, h.PID)); s != "sleeping" {
		t.Errorf("the process was acted upon: %s", s)
	}
	if nice := callResult[int](t, c, fmt.Sprintf(`{"call":"process.nice","args":{"pid":%d}}`, h.PID)); nice == 19 {
		t.Error("the process was acted upon")
	}
}

func TestCallSet(t *testing.T) {
	c := newTestConversation(t)
	child, _ := callChild(t, "cat")
	do := func(call, args string) string {
		t.Helper()
		r := askCall(t, c, fmt.Sprintf(`{"call":"process.%s","args":{"pid":%d%s}}`, call, child.Process.Pid, args))
		if r.Error != nil {
			return r.Error.Type
		}
		return string(r.Result)
	}
	cpus := do("cpu_affinity", "")
	first := cpus[1 : 1+strings.IndexAny(cpus[1:], ",]")]
	for _, tt := range []struct{ call, args, want string }{
		{"nice", `,"value":7`, "null"},
		{"nice", "", "7"},
		{"nice", `,"value":50`, "ValueError"},
		{"ionice", `,"ioclass":"BE","value":6`, "null"},
		{"ionice", "", `{"ioclass":"IOPRIO_CLASS_BE","value":6}`},
		{"ionice", `,"ioclass":3`, "null"},
		{"ionice", "", `{"ioclass":"IOPRIO_CLASS_IDLE","value":0}`},
		{"ionice", `,"ioclass":3,"value":1`, "ValueError"},
		{"ionice", `,"ioclass":2,"value":8`, "ValueError"},
		{"ionice", `,"value":1`, "ValueError"},
		{"rlimit", `,"resource":"RLIMIT_CORE","limits":[9,9]`, "null"},
		{"rlimit", `,"resource":"core"`, `{"soft":9,"hard":9}`},
		{"rlimit", `,"resource":"RLIMIT_FSIZE","limits":[-1,-1]`, "null"},
		{"rlimit", `,"resource":"fsize"`, `{"soft":-1,"hard":-1}`},
		{"rlimit", `,"resource":"fsize","limits":[1]`, "ValueError"},
		{"rlimit", `,"resource":"fsize","limits":[1,-2]`, "ValueError"},
		{"rlimit", `,"resource":"fsize","limits":[2,1]`, "ValueError"},
		{"rlimit", fmt.Sprintf(`,"resource":%d,"limits":[7,7]`, syscall.RLIMIT_CORE), "null"},
		{"rlimit", `,"resource":"core"`, `{"soft":7,"hard":7}`},
		{"rlimit", `,"resource":99`, "ValueError"},
		{"rlimit", `,"resource":-1`, "ValueError"},
		{"rlimit", `,"resource":"NPTS"`, "NotSupported"},
		{"rlimit", "", "ValueError"},
		{"cpu_affinity", `,"cpus":[` + first + `]`, "null"},
		{"cpu_affinity", "", "[" + first + "]"},
		{"cpu_affinity", `,"cpus":[]`, "null"},
		{"cpu_affinity", "", cpus},
		{"cpu_affinity", `,"cpus":[100000]`, "ValueError"},
		{"cpu_affinity", `,"cpus":[-1]`, "ValueError"},
	} {
		if got := do(tt.call, tt.args); got != tt.want {
			t.Errorf("%s %s: %s, want %s", tt.call, tt.args, got, tt.want)
		}
	}
}

// TestCallBytes checks that bytes which are not UTF-8 survive both ways.
func TestCallBytes(t *testing.T) {
	c := newTestConversation(t)
	child, _ := callChild(t, "sh", "-c", "read x", "\xff\xc3\xa9\xc3", "\n\u2028😀")
	request := fmt.Sprintf(`{"call":"process.cmdline","args":{"pid":%d}}`, child.Process.Pid)
	want := []string{"sh", "-c", "read x", "\xff\xc3\xa9\xc3", "\n\u2028😀"}
	callEventually(t, "the command line is another", func() bool {
		raw := elements(askCall(t, c, request).Result)
		got := make([]string, len(raw))
		for i, r := range raw {
			var err error
			if got[i], err = unquote(r); err != nil {
				t.Fatal(err)
			}
		}
		return slices.Equal(got, want)
	})

	dir := filepath.Join(t.TempDir(), "a\xff\xfe b")
	if err := os.Mkdir(dir, 0o700); err != nil {
		t.Skip(err) // the file system wants UTF-8
	}
	path := strings.Replace(dir, "a\xff\xfe b", `a\udcff\udcfe\u0020b`, 1)
	usage := callResult[map[string]any](t, c, `{"call":"disk_usage","args":{"path":"`+path+`"}}`)
	if usage["total"] == nil {
		t.Errorf("disk_usage: %v", usage)
	}
	status, stdout, stderr := runCall("", "disk_usage", "path="+dir)
	if status != 0 || !strings.Contains(stdout, `a\udcff\udcfe b"`) {
		t.Errorf("call disk_usage: status %d, %q, %q", status, stdout, stderr)
	}
}

func TestCallPercent(t *testing.T) {
	c := newTestConversation(t)
	for _, request := range []string{
		`{"call":"cpu_percent"}`,
		`{"call":"cpu_percent","args":{"percpu":true}}`,
		`{"call":"cpu_times_percent"}`,
		`{"call":"cpu_times_percent","args":{"percpu":true,"interval":0}}`,
		fmt.Sprintf(`{"call":"process.cpu_percent","args":{"pid":%d}}`, os.Getpid()),
	} {
		if r := askCall(t, c, request); string(r.Result) != "null" {
			t.Errorf("%s: the first answer is %s", request, r.Result)
		}
		callEventually(t, request+" stays null", func() bool { return string(askCall(t, c, request).Result) != "null" })
	}
	c = newTestConversation(t)
	type times struct{ User, System, Idle, Nice, IOWait, IRQ, SoftIRQ, Steal float64 }
	sum := func(p times) float64 {
		return p.User + p.System + p.Idle + p.Nice + p.IOWait + p.IRQ + p.SoftIRQ + p.Steal
	}
	p := callResult[times](t, c, `{"call":"cpu_times_percent","args":{"interval":0.1}}`)
	if s := sum(p); s < 99.999 || s > 100.001 {
		t.Errorf("cpu_times_percent: %v", p)
	}
	for _, p := range callResult[[]float64](t, c, `{"call":"cpu_percent","args":{"interval":0.05,"percpu":true}}`) {
		if p < 0 || p > 100 {
			t.Errorf("cpu_percent %v", p)
		}
	}
	// A call with an interval counts as the previous one.
	if p := callResult[any](t, c, `{"call":"cpu_percent","args":{"percpu":true}}`); p == nil {
		t.Error("cpu_percent after one with an interval is null")
	}
	if p := callResult[any](t, c, `{"call":"cpu_percent"}`); p != nil {
		t.Errorf("cpu_percent after one of each CPU is %v", p)
	}
	if p := callResult[float64](t, c, fmt.Sprintf(`{"call":"process.cpu_percent","args":{"pid":%d,"interval":0.01}}`, os.Getpid())); p < 0 {
		t.Errorf("process.cpu_percent %v", p)
	}
}

// TestCallNoTick checks that a time in which no CPU's clock ticked has no shares.
func TestCallNoTick(t *testing.T) {
	root := t.TempDir()
	if err := os.Mkdir(filepath.Join(root, "proc"), 0o700); err != nil {
		t.Fatal(err)
	}
	stat := func(text string) {
		if err := writeFile(filepath.Join(root, "proc/stat"), text); err != nil {
			t.Fatal(err)
		}
	}
	stat("cpu  1 2 3 4 5 6 7 8 9 10\ncpu0 1 2 3 4 5 6 7 8 9 10\n")
	sys, err := psutil.New(psutil.WithRoot(root))
	if err != nil {
		t.Fatal(err)
	}
	c := newConversation(func() (*psutil.System, error) { return sys, nil }, io.Discard)
	for _, call := range []string{"cpu_percent", "cpu_times_percent"} {
		for _, args := range []string{`"interval":0.001`, `"interval":0.001,"percpu":true`} {
			if r := askCall(t, c, fmt.Sprintf(`{"call":%q,"args":{%s}}`, call, args)); string(r.Result) != "null" {
				t.Errorf("%s %s: %s %v", call, args, r.Result, r.Error)
			}
		}
	}
	stat("cpu  2 2 3 4 5 6 7 8 9 10\ncpu0 2 2 3 4 5 6 7 8 9 10\n")
	if p := callResult[float64](t, c, `{"call":"cpu_percent"}`); p != 100 {
		t.Errorf("cpu_percent %v", p)
	}
}

// TestCallInterrupt checks that an interrupt ends a call that waits, and not
// the conversation.
func TestCallInterrupt(t *testing.T) {
	sys, err := psutil.New()
	if err != nil {
		t.Fatal(err)
	}
	child, _ := callChild(t, "cat")
	helper := helperCommand("call", "--stdin")
	stdin, err := helper.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	stdout, err := helper.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := helper.Start(); err != nil {
		t.Fatal(err)
	}
	defer helper.Process.Kill()
	replies := bufio.NewReader(stdout)
	for range 2 {
		fmt.Fprintf(stdin, `{"id":1,"call":"process.wait","args":{"pid":%d}}`+"\n", child.Process.Pid)
		p, err := sys.NewProcess(helper.Process.Pid)
		if err != nil {
			t.Fatal(err)
		}
		callEventually(t, "the helper does not wait", func() bool {
			fds, _ := p.OpenFDs()
			return slices.ContainsFunc(fds, func(f psutil.OpenFile) bool { return f.Kind == psutil.FDPidFD })
		})
		if err := helper.Process.Signal(os.Interrupt); err != nil {
			t.Fatal(err)
		}
		line, err := replies.ReadString('\n')
		if want := fmt.Sprintf(`{"id":1,"error":{"type":"OSError","pid":%d,"message":"process %[1]d: wait: interrupted"}}`+"\n", child.Process.Pid); err != nil || line != want {
			t.Fatalf("%q, %v, want %q", line, err, want)
		}
	}
	fmt.Fprintln(stdin, `{"id":2,"call":"bytes2human","args":{"n":1}}`)
	if line, err := replies.ReadString('\n'); err != nil || line != `{"id":2,"result":"1.0B"}`+"\n" {
		t.Errorf("%q, %v", line, err)
	}
	stdin.Close()
	if err := helper.Wait(); err != nil {
		t.Error(err)
	}
}

// TestCallEndOfInput checks that a call which waits outlives the end of the
// input, as the answer may still be wanted, but not the reader of the answers.
func TestCallEndOfInput(t *testing.T) {
	sys, err := psutil.New()
	if err != nil {
		t.Fatal(err)
	}
	begin := func(call string) (helper *exec.Cmd, stdout io.ReadCloser, child *exec.Cmd) {
		child, _ = callChild(t, "cat")
		helper = helperCommand("call", "--stdin")
		helper.Stdin = strings.NewReader(fmt.Sprintf(call, child.Process.Pid) + "\n" + `{"id":2,"call":"bytes2human","args":{"n":1}}` + "\n")
		stdout, err := helper.StdoutPipe()
		if err != nil {
			t.Fatal(err)
		}
		if err := helper.Start(); err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { helper.Process.Kill() })
		p, err := sys.NewProcess(helper.Process.Pid)
		if err != nil {
			t.Fatal(err)
		}
		callEventually(t, "the helper does not wait", func() bool {
			fds, _ := p.OpenFDs()
			return slices.ContainsFunc(fds, func(f psutil.OpenFile) bool { return f.Kind == psutil.FDPidFD })
		})
		return helper, stdout, child
	}
	t.Run("Answered", func(t *testing.T) {
		helper, stdout, child := begin(`{"id":1,"call":"process.wait","args":{"pid":%d}}`)
		child.Process.Kill()
		out, err := io.ReadAll(stdout)
		if want := `{"id":1,"result":-9}` + "\n" + `{"id":2,"result":"1.0B"}` + "\n"; err != nil || string(out) != want {
			// That of a process which is not a child may not be known.
			if want = strings.Replace(want, "-9", "null", 1); err != nil || string(out) != want {
				t.Errorf("%q, %v", out, err)
			}
		}
		if err := helper.Wait(); err != nil {
			t.Error(err)
		}
	})
	for _, call := range []string{`{"call":"process.wait","args":{"pid":%d}}`, `{"call":"wait_procs","args":{"procs":[%d]}}`} {
		t.Run("NoReader", func(t *testing.T) {
			helper, stdout, child := begin(call)
			stdout.Close()
			ended := make(chan struct{})
			go func() {
				helper.Wait()
				close(ended)
			}()
			select {
			case <-ended:
			case <-time.After(20 * time.Second):
				t.Error("it still waits")
				child.Process.Kill()
				<-ended
			}
		})
	}
}

// TestCallMemoryFullInfo checks the attribute that is made of two fields.
func TestCallMemoryFullInfo(t *testing.T) {
	c := newTestConversation(t)
	names := []string{"rss", "vms", "shared", "text", "data", "uss", "pss", "swap"}
	check := func(raw json.RawMessage) {
		t.Helper()
		row := members(raw)
		if len(row) != 3 || row[0].name != "memory_full_info" || row[1].name != "pid" || row[2].name != "memory_info" {
			t.Fatalf("%s", raw)
		}
		var got []string
		for _, m := range members(row[0].value.(json.RawMessage)) {
			got = append(got, m.name)
		}
		if len(got) < len(names) || !slices.Equal(got[:len(names)], names) {
			t.Errorf("fields %v, want %v first", got, names)
		}
	}
	const attrs = `["memory_full_info","pid","memory_info","memory_full_info"]`
	check(askCall(t, c, fmt.Sprintf(`{"call":"process.as_dict","args":{"pid":%d,"attrs":%s}}`, os.Getpid(), attrs)).Result)
	rows := elements(askCall(t, c, `{"call":"process_iter","args":{"attrs":`+attrs+`}}`).Result)
	i := slices.IndexFunc(rows, func(r json.RawMessage) bool { return bytes.Contains(r, fmt.Appendf(nil, `"pid":%d,`, os.Getpid())) })
	if i < 0 {
		t.Fatal("this process is not among them")
	}
	check(rows[i])
}

// TestCallNobodyListens checks that the command ends without a word when
// nobody reads its answers any more.
func TestCallNobodyListens(t *testing.T) {
	helper := helperCommand("call", "--stdin")
	helper.Stdin = strings.NewReader(strings.Repeat(`{"call":"pids"}`+"\n", 1000))
	r, w, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	var stderr bytes.Buffer
	helper.Stdout, helper.Stderr = w, &stderr
	r.Close()
	if err := helper.Start(); err != nil {
		t.Fatal(err)
	}
	w.Close()
	helper.Wait()
	if stderr.Len() > 0 {
		t.Errorf("stderr %q", &stderr)
	}
}

// TestCallPython lets Python talk with the command, and compares what it
// answers with psutil itself.
func TestCallPython(t *testing.T) {
	const python = "/usr/bin/python3"
	if err := exec.Command(python, "-c", "import psutil").Run(); err != nil {
		missing(t, "python3-psutil is not installed")
	}
	helper := helperCommand("call", "--stdin")
	script, err := os.ReadFile("testdata/call_peer.py")
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command(python, append([]string{"-c", string(script), "\xff\xfe", "é"}, helper.Args...)...)
	cmd.Env = helper.Env
	var stderr bytes.Buffer
	cmd.Stderr = &stderr
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("%v\n%s", err, &stderr)
	}
	compared := 0
	for line := range strings.Lines(string(out)) {
		if n, err := fmt.Sscanf(line, "compared %d", &compared); n == 1 && err == nil {
			continue
		}
		t.Error(strings.TrimSpace(line))
	}
	if compared < 60 {
		t.Errorf("only %d comparisons\n%s", compared, &stderr)
	}
}
