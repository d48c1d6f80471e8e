package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"math"
	"os"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"github.com/go-psutil/psutil"
)

// hostileName is what a process may call itself to confuse who reads
// /proc/PID/stat and the terminal.
const hostileName = ") R 1 (\x1b[2J\n\xff"

func init() {
	helpers["hostile"] = func() {
		if err := os.WriteFile("/proc/self/comm", []byte(hostileName), 0o644); err != nil {
			panic(err)
		}
		stay()
	}
}

// psRow is a row of psutil ps -o json.
type psRow struct {
	PID, PPID  int
	Name       string
	Username   string
	UIDs       struct{ Real, Effective uint32 }
	Nice       *int
	Status     string
	PGID, SID  int
	VMS, RSS   uint64
	NumThreads int     `json:"num_threads"`
	CreateTime float64 `json:"create_time"`
	CPUTimes   struct {
		User, System float64
	} `json:"cpu_times"`
	Cmdline  []string
	Terminal string
}

func readPs(t *testing.T) map[int]psRow {
	const fields = "pid,ppid,name,username,uids,nice,status,pgid,sid,vms,rss,num_threads,create_time,cpu_times,cmdline,terminal"
	rows := make(map[int]psRow)
	for _, r := range decode[[]psRow](t, run(t, "ps", "-o", "json", "--fields", fields)) {
		rows[r.PID] = r
	}
	return rows
}

// Every process that both psutil, before and after, and ps see must be the
// same to them, but for what changed meanwhile.
func TestPsAgreesWithPs(t *testing.T) {
	needTool(t, "ps")
	states := map[byte]string{'R': "running", 'S': "sleeping", 'D': "disk-sleep", 'T': "stopped", 't': "tracing-stop", 'Z': "zombie", 'X': "dead", 'I': "idle", 'P': "parked"}
	startHelper(t, "hold")
	compared := make(map[string]int)
	eventually(t, func() error {
		before := readPs(t)
		text := peer(t, "ps", "-eo", "pid=,ppid=,uid=,ruser:32=,ni=,stat=,pgid=,sid=,vsz=,rss=,nlwp=,cputimes=,etimes=,tty=,args=", "-ww")
		after := readPs(t)
		now := float64(time.Now().Unix())
		seen := make(map[int]bool)
		for line := range strings.Lines(text) {
			f := strings.Fields(line)
			if len(f) < 15 {
				continue // a process without arguments or name
			}
			pid, err := strconv.Atoi(f[0])
			if err != nil {
				return err
			}
			seen[pid] = true
			a, ok1 := before[pid]
			b, ok2 := after[pid]
			if !ok1 || !ok2 || a.CreateTime != b.CreateTime {
				continue // started or gone meanwhile
			}
			same := func(what, ours1, ours2, theirs string) error {
				if ours1 != ours2 {
					return nil
				}
				compared[what]++
				if ours1 != theirs {
					return fmt.Errorf("process %d: %s is %q, ps has %q", pid, what, ours1, theirs)
				}
				return nil
			}
			near := func(what string, ours1, ours2 float64, theirs string, slack float64) error {
				x, err := strconv.ParseFloat(theirs, 64)
				if err != nil {
					return fmt.Errorf("%s: %w", what, err)
				}
				compared[what]++
				if !between(x, ours1, ours2, slack) {
					return fmt.Errorf("process %d: %s is %v, then %v, ps has %s", pid, what, ours1, ours2, theirs)
				}
				return nil
			}
			nice := func(r psRow) string {
				if r.Nice == nil {
					return "-"
				}
				return fmt.Sprint(*r.Nice)
			}
			if f[4] == "-" { // ps has none for real-time processes
				f[4] = nice(a)
			}
			tty := func(r psRow) string {
				if r.Terminal == "" {
					return "?"
				}
				return strings.TrimPrefix(r.Terminal, "/dev/")
			}
			for _, err := range []error{
				same("ppid", fmt.Sprint(a.PPID), fmt.Sprint(b.PPID), f[1]),
				same("euid", fmt.Sprint(a.UIDs.Effective), fmt.Sprint(b.UIDs.Effective), f[2]),
				same("user", a.Username, b.Username, f[3]),
				same("nice", nice(a), nice(b), f[4]),
				same("status", a.Status, b.Status, states[f[5][0]]),
				same("pgid", fmt.Sprint(a.PGID), fmt.Sprint(b.PGID), f[6]),
				same("sid", fmt.Sprint(a.SID), fmt.Sprint(b.SID), f[7]),
				near("vms", float64(a.VMS)/1024, float64(b.VMS)/1024, f[8], 0),
				near("rss", float64(a.RSS)/1024, float64(b.RSS)/1024, f[9], 0),
				near("num_threads", float64(a.NumThreads), float64(b.NumThreads), f[10], 0),
				// Whole seconds, of two numbers that each lack a fraction.
				near("cpu_times", math.Floor(a.CPUTimes.User+a.CPUTimes.System), math.Floor(b.CPUTimes.User+b.CPUTimes.System), f[11], 1),
				near("started", now-a.CreateTime, now-b.CreateTime, f[12], 3),
				same("terminal", tty(a), tty(b), f[13]),
			} {
				if err != nil {
					return err
				}
			}
			args := strings.Join(a.Cmdline, " ")
			if len(a.Cmdline) > 0 && plainText(args) && slices.Equal(a.Cmdline, b.Cmdline) {
				theirs := strings.TrimSuffix(line, "\n")
				compared["cmdline"]++
				if !strings.HasSuffix(theirs, " "+strings.TrimRight(args, " ")) && !strings.HasSuffix(theirs, " "+args) {
					return fmt.Errorf("process %d: cmdline %.200q is not in ps's %.200q", pid, args, theirs)
				}
			}
		}
		for pid, a := range before {
			if b, ok := after[pid]; ok && b.CreateTime == a.CreateTime && !seen[pid] && plainText(a.Name) {
				return fmt.Errorf("process %d, %q, is not in ps", pid, a.Name)
			}
		}
		for _, what := range []string{"ppid", "euid", "user", "nice", "status", "vms", "rss", "num_threads", "cpu_times", "started", "cmdline"} {
			if compared[what] < 3 {
				return fmt.Errorf("too few processes to compare %s: %v", what, compared)
			}
		}
		return nil
	})
	t.Log(compared)
}

// plainText reports whether ps shows a text as it is.
func plainText(s string) bool {
	return strings.IndexFunc(s, func(r rune) bool { return r < ' ' || r > '~' }) < 0
}

func TestPsHostileName(t *testing.T) {
	p := startHelper(t, "hostile")
	pid := fmt.Sprint(p.Pid)
	for _, args := range [][]string{
		{"ps", "--fields", "pid,name,status,ppid", "--pid", pid},
		{"ps", "--fields", "pid,name", "--tree"},
		{"procinfo", pid},
		{"procinfo", "-v", pid},
		{"ps", "--pid", pid, "-o", "csv"},
	} {
		out := run(t, args...)
		if !strings.Contains(out, `) R 1 (\x1b[2J\n\xff`) {
			t.Errorf("%v: the name is not in %q", args, out)
		}
		if !utf8.ValidString(out) || strings.ContainsAny(out, "\x1b\x7f\x00\r\t") {
			t.Errorf("%v: not fit for a terminal: %q", args, out)
		}
	}
	out := run(t, "ps", "-o", "json", "--fields", "name,status,ppid,cmdline", "--pid", pid)
	if !strings.Contains(out, `"name":") R 1 (\u001b[2J\n\udcff"`) {
		t.Errorf("the name is not in %q", out)
	}
	row := decode[[]psRow](t, out)[0]
	if row.PPID != os.Getpid() || row.Status != "sleeping" || len(row.Cmdline) != 1 {
		t.Errorf("%+v", row)
	}
	if got := run(t, "ps", "--name", hostileName, "-o", "ndjson", "--fields", "pid"); got != `{"pid":`+pid+"}\n" {
		t.Errorf("by name: %q", got)
	}
}

// Of a process that has gone there is neither name nor user.
func TestProgramGone(t *testing.T) {
	sys, err := psutil.New()
	if err != nil {
		t.Fatal(err)
	}
	p := newPrograms(sys)
	const beyondPIDs = 1 << 22
	if name, user := p.name(beyondPIDs), p.user(beyondPIDs); name != nil || user != nil {
		t.Errorf("%v of %v", name, user)
	}
	if name := p.name(os.Getpid()); name != "psutil.test" {
		t.Errorf("own name: %v", name)
	}
}

// A kernel thread shows its name in brackets.
func TestPsKernelThread(t *testing.T) {
	if comm, err := os.ReadFile("/proc/2/comm"); err != nil || string(comm) != "kthreadd\n" {
		t.Skip("process 2 is not kthreadd here")
	}
	if out := run(t, "ps", "--pid", "2"); !strings.HasSuffix(out, "  [kthreadd]\n") {
		t.Errorf("%q", out)
	}
}

func TestPsCPUPercent(t *testing.T) {
	pid := fmt.Sprint(startHelper(t, "hold").Pid)
	rows := decode[[]map[string]any](t, run(t, "ps", "--fields", "pid,cpu_percent", "--interval", "100ms", "--pid", pid, "-o", "json"))
	if len(rows) != 1 {
		t.Fatalf("%v", rows)
	}
	if percent, ok := rows[0]["cpu_percent"].(float64); !ok || percent < 0 {
		t.Errorf("%v", rows)
	}
}

// procinfo's JSON is that of its parts, and its table has all of them.
func TestProcinfo(t *testing.T) {
	utc(t)
	p := startHelper(t, "hold")
	pid := fmt.Sprint(p.Pid)
	out := run(t, "procinfo", pid, "-o", "json")
	var info struct {
		PID, PPID  int
		Name       string
		Children   []any
		Rlimit     map[string]struct{ Soft, Hard int64 }
		Environ    map[string]string
		MemoryMaps []struct {
			Path string
			RSS  uint64
		} `json:"memory_maps"`
		OpenFiles []any `json:"open_files"`
		Threads   []struct{ ID int }
	}
	if err := json.Unmarshal([]byte(out), &info); err != nil {
		t.Fatalf("%v in %s", err, out)
	}
	if info.PID != p.Pid || info.PPID != os.Getpid() || len(info.Children) != 0 || info.Children == nil ||
		info.Rlimit["RLIMIT_NOFILE"].Soft == 0 || info.Environ["PSUTIL_TEST_HELPER"] != "hold" || len(info.MemoryMaps) == 0 || len(info.Threads) == 0 {
		t.Errorf("%s", out)
	}
	table := run(t, "procinfo", pid)
	for _, title := range []string{
		"pid", "name", "parent", "exe", "cwd", "cmdline", "started", "cpu-tspent", "cpu-times", "cpu-affinity", "cpu-num", "memory",
		"memory-%", "user", "uids", "gids", "terminal", "status", "nice", "ionice", "num-threads", "num-fds", "io", "ctx-switches",
		"children", "open-files", "connections", "threads", "res-limits", "environ", "mem-maps",
	} {
		if !strings.Contains("\n"+table, "\n"+title+" ") {
			t.Errorf("%s is not in\n%s", title, table)
		}
	}
	for _, want := range []string{
		fmt.Sprintf("parent        %d (", os.Getpid()),
		"environ       NAME",
		"more; see -v)",
	} {
		if !strings.Contains(table, want) {
			t.Errorf("%q is not in\n%s", want, table)
		}
	}
	all := run(t, "procinfo", "-v", pid)
	if strings.Contains(all, "see -v") || !strings.Contains(all, "PSUTIL_TEST_HELPER") || strings.Count(all, "\n") <= strings.Count(table, "\n") {
		t.Errorf("-v cuts:\n%s", all)
	}
	csv := run(t, "procinfo", pid, "-o", "csv")
	if !strings.HasPrefix(csv, "pid,ppid,name,") || bytes.Count([]byte(csv), []byte("\n")) != 2 {
		t.Errorf("CSV:\n%s", csv)
	}
}
