package psutil_test

import (
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"math"
	"math/bits"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"reflect"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/go-psutil/psutil"
)

// A getter is a method that tells something of a process.
type getter struct {
	method string
	get    func(p psutil.Process) (any, error)
	// check says what can't be right about a value, "" if nothing.
	check func(p psutil.Process, v any) string
}

func get[T any](method string, get func(psutil.Process) (T, error), check func(p psutil.Process, v T) string) getter {
	return getter{method,
		func(p psutil.Process) (any, error) { return get(p) },
		func(p psutil.Process, v any) string { return check(p, v.(T)) }}
}

// unless is "" if a condition holds, and what is wrong if not.
func unless(ok bool, format string, args ...any) string {
	if ok {
		return ""
	}
	return fmt.Sprintf(format, args...)
}

func noNUL(s string) string {
	return unless(!strings.ContainsRune(s, 0), "NUL in %q", s)
}

func absolute(_ psutil.Process, path string) string {
	return cmp.Or(noNUL(path), unless(strings.HasPrefix(path, "/") || strings.HasPrefix(path, "(unreachable)/"), "not absolute: %q", path))
}

func anyID(_ psutil.Process, ids psutil.UserIDs) string { return "" }

func notNegative(_ psutil.Process, n int) string { return unless(n >= 0, "negative") }

func younger(p psutil.Process, family []psutil.Process) string {
	seen := map[psutil.Process]bool{}
	for _, c := range family {
		if seen[c] || c.Token() < p.Token() {
			return fmt.Sprintf("%v is there twice, or older than its parent", c)
		}
		seen[c] = true
	}
	return ""
}

func memory(_ psutil.Process, m psutil.ProcessMemory) string {
	return cmp.Or(unless(m.RSS <= m.VMS, "more resident than mapped"),
		unless(m.Shared <= m.RSS, "more shared than resident"), unless(m.Missing == "", "missing: %s", m.Missing))
}

func descriptors(_ psutil.Process, files []psutil.OpenFile) string {
	last := -1
	for _, f := range files {
		if f.FD <= last {
			return fmt.Sprintf("descriptor %d behind %d", f.FD, last)
		}
		last = f.FD
		if f.Kind == psutil.FDUnknown || f.Path == "" || f.Mode == "" {
			return fmt.Sprintf("descriptor %+v", f)
		}
		if s := noNUL(f.Path); s != "" {
			return s
		}
	}
	return ""
}

func mapped(m psutil.MappedMemory) string {
	return cmp.Or(unless(m.RSS <= m.Size, "more resident than mapped"), unless(m.PSS <= m.RSS, "PSS above RSS"),
		unless(m.SharedClean+m.SharedDirty+m.PrivateClean+m.PrivateDirty <= m.RSS, "parts above RSS"), unless(m.Anonymous <= m.RSS, "anonymous above RSS"))
}

func share(_ psutil.Process, percent float64) string {
	return unless(percent >= 0 && percent <= 100, "%v percent", percent)
}

// getters are all of them; see TestGettersAreAll.
var getters = []getter{
	get("PPID", psutil.Process.PPID, notNegative),
	get("Parents", psutil.Process.Parents, func(p psutil.Process, list []psutil.Process) string {
		for _, parent := range list {
			if parent.Token() > p.Token() {
				return fmt.Sprintf("%v is younger", parent)
			}
		}
		return ""
	}),
	get("Children", func(p psutil.Process) ([]psutil.Process, error) { return p.Children(false) }, younger),
	get("Children", func(p psutil.Process) ([]psutil.Process, error) { return p.Children(true) }, younger),
	get("IsRunning", psutil.Process.IsRunning, func(_ psutil.Process, running bool) string { return "" }),
	get("Name", psutil.Process.Name, func(_ psutil.Process, name string) string { return cmp.Or(noNUL(name), unless(name != "", "no name")) }),
	get("Exe", psutil.Process.Exe, func(p psutil.Process, path string) string {
		if path == "" {
			return ""
		}
		return absolute(p, path)
	}),
	get("Cmdline", psutil.Process.Cmdline, func(_ psutil.Process, args []string) string { return noNUL(strings.Join(args, "")) }),
	get("Environ", psutil.Process.Environ, func(_ psutil.Process, env map[string]string) string {
		for name, value := range env {
			if s := cmp.Or(noNUL(name+value), unless(name != "" && !strings.Contains(name, "="), "name %q", name)); s != "" {
				return s
			}
		}
		return ""
	}),
	get("Cwd", psutil.Process.Cwd, absolute),
	get("Root", psutil.Process.Root, absolute),
	get("CreateTime", psutil.Process.CreateTime, func(_ psutil.Process, at time.Time) string {
		boot, err := psutil.BootTime()
		// A boot time has no fraction.
		return unless(err == nil && !at.Before(boot) && at.Before(time.Now().Add(2*time.Second)), "%v, booted at %v, %v", at, boot, err)
	}),
	get("Status", psutil.Process.Status, func(_ psutil.Process, s psutil.Status) string {
		return unless(s != psutil.StatusUnknown && !strings.Contains(s.String(), "("), "%v", s)
	}),
	get("Username", psutil.Process.Username, func(_ psutil.Process, name string) string { return cmp.Or(noNUL(name), unless(name != "", "no name")) }),
	get("UIDs", psutil.Process.UIDs, anyID),
	get("GIDs", psutil.Process.GIDs, anyID),
	get("Groups", psutil.Process.Groups, func(_ psutil.Process, list []uint32) string { return "" }),
	get("Terminal", psutil.Process.Terminal, func(_ psutil.Process, name string) string {
		return unless(name == "" || strings.HasPrefix(name, "/dev/"), "%q", name)
	}),
	get("PGID", psutil.Process.PGID, notNegative),
	get("SID", psutil.Process.SID, notNegative),
	get("Nice", psutil.Process.Nice, func(_ psutil.Process, n int) string { return unless(n >= -20 && n <= 19, "%d", n) }),
	get("IONice", psutil.Process.IONice, func(_ psutil.Process, p psutil.IOPriority) string {
		return unless(p.Class <= psutil.IOClassIdle && p.Level >= 0 && p.Level <= 7, "%v", p)
	}),
	get("CPUAffinity", psutil.Process.CPUAffinity, func(_ psutil.Process, cpus []int) string {
		return unless(len(cpus) > 0 && cpus[0] >= 0 && slices.IsSorted(cpus) && len(slices.Compact(cpus)) == len(cpus), "%v", cpus)
	}),
	get("CPUNum", psutil.Process.CPUNum, notNegative),
	get("CPUTimes", psutil.Process.CPUTimes, func(_ psutil.Process, c psutil.ProcessCPUTime) string {
		return unless(min(c.User, c.System, c.ChildrenUser, c.ChildrenSystem, c.IOWait) >= 0 && (c.Missing == "" || c.Missing == "iowait" && c.IOWait == 0 && !delayAccounting()), "%+v", c)
	}),
	get("NumCtxSwitches", psutil.Process.NumCtxSwitches, func(_ psutil.Process, c psutil.CtxSwitches) string {
		return unless(c.Voluntary < 1<<60 && c.Involuntary < 1<<60, "%v", c)
	}),
	get("NumThreads", psutil.Process.NumThreads, func(_ psutil.Process, n int) string { return unless(n > 0, "%d", n) }),
	get("Threads", psutil.Process.Threads, func(p psutil.Process, threads []psutil.Thread) string {
		return cmp.Or(
			unless(slices.IsSortedFunc(threads, func(a, b psutil.Thread) int { return a.ID - b.ID }), "not sorted"),
			unless(slices.ContainsFunc(threads, func(th psutil.Thread) bool { return th.ID == p.PID() }), "without the first one"),
			unless(!slices.ContainsFunc(threads, func(th psutil.Thread) bool {
				return th.UserTime < 0 || th.SystemTime < 0 || th.Status == psutil.StatusUnknown || th.CPUNum < 0
			}), "%v", threads))
	}),
	get("NumFDs", psutil.Process.NumFDs, notNegative),
	get("IOCounters", psutil.Process.IOCounters, func(_ psutil.Process, c psutil.ProcessIO) string {
		return unless(c.Missing == noOthers && c.ReadCount < 1<<60 && c.ReadChars < 1<<60, "%+v", c)
	}),
	get("MemoryInfo", psutil.Process.MemoryInfo, memory),
	get("MemoryInfoEx", psutil.Process.MemoryInfoEx, func(p psutil.Process, m psutil.ProcessMemoryEx) string {
		// The peak and the parts are read later than the rest.
		return cmp.Or(memory(p, m.ProcessMemory), unless(m.PeakRSS >= m.RSSAnon && m.PeakVMS >= m.PeakRSS && m.Missing == noPools, "%+v", m))
	}),
	get("MemoryFootprint", psutil.Process.MemoryFootprint, func(_ psutil.Process, m psutil.ProcessFootprint) string {
		return unless(m.USS < 1<<60 && m.PSS < 1<<60 && m.Missing == "", "%+v", m)
	}),
	get("MemoryPercent", func(p psutil.Process) (float64, error) { return p.MemoryPercent("") }, share),
	get("MemoryPercent", func(p psutil.Process) (float64, error) { return p.MemoryPercent("pss") }, share),
	get("MemoryPercent", func(p psutil.Process) (float64, error) { return p.MemoryPercent("rss_anon") }, share),
	get("MemoryRegions", psutil.Process.MemoryRegions, func(_ psutil.Process, regions []psutil.MemoryRegion) string {
		var end uint64
		for _, r := range regions {
			if s := cmp.Or(mapped(r.MappedMemory), unless(r.Start >= end && r.End > r.Start && len(r.Perms) == 4 && r.Path != "", "")); s != "" {
				return fmt.Sprintf("%s: %v", s, r)
			}
			if end = r.End; r.Size != r.End-r.Start {
				return fmt.Sprintf("size is %d: %v", r.Size, r)
			}
		}
		return ""
	}),
	get("MemoryMaps", psutil.Process.MemoryMaps, func(_ psutil.Process, maps []psutil.MemoryMap) string {
		last := ""
		for _, m := range maps {
			if s := cmp.Or(mapped(m.MappedMemory), unless(m.Path > last, "not sorted")); s != "" {
				return fmt.Sprintf("%s: %v", s, m)
			}
			last = m.Path
		}
		return ""
	}),
	get("PageFaults", psutil.Process.PageFaults, func(_ psutil.Process, f psutil.PageFaults) string {
		return unless(max(f.Minor, f.Major, f.ChildrenMinor, f.ChildrenMajor) < 1<<60, "%+v", f)
	}),
	get("OpenFiles", psutil.Process.OpenFiles, func(p psutil.Process, files []psutil.OpenFile) string {
		for _, f := range files {
			if f.Kind != psutil.FDRegular {
				return f.String()
			}
		}
		return descriptors(p, files)
	}),
	get("OpenFDs", psutil.Process.OpenFDs, descriptors),
	get("NetConnections", func(p psutil.Process) ([]psutil.Connection, error) { return p.NetConnections(psutil.KindAll) },
		func(p psutil.Process, conns []psutil.Connection) string {
			for _, c := range conns {
				if c.PID != p.PID() || c.FD < 0 || c.Inode == 0 || c.Family == psutil.FamilyUnspec || c.Type == psutil.SocketUnknown {
					return c.String()
				}
			}
			return ""
		}),
	get("Cgroups", psutil.Process.Cgroups, func(_ psutil.Process, groups []psutil.Cgroup) string {
		for _, g := range groups {
			if !strings.HasPrefix(g.Path, "/") || (g.Hierarchy == 0) != (g.Controllers == "") {
				return g.String()
			}
		}
		return ""
	}),
	get("Namespaces", psutil.Process.Namespaces, func(_ psutil.Process, list []psutil.Namespace) string {
		return unless(slices.IsSortedFunc(list, func(a, b psutil.Namespace) int { return strings.Compare(a.Type, b.Type) }) &&
			!slices.ContainsFunc(list, func(n psutil.Namespace) bool { return n.Inode == 0 }), "%v", list)
	}),
	get("CgroupLimits", psutil.Process.CgroupLimits, func(_ psutil.Process, c psutil.CgroupLimit) string { return "" }),
	get("Rlimit", func(p psutil.Process) (map[psutil.Resource]psutil.Rlimit, error) {
		limits := map[psutil.Resource]psutil.Rlimit{}
		for _, r := range psutil.Resources() {
			l, err := p.Rlimit(r)
			if errors.Is(err, psutil.ErrNotSupported) && r >= psutil.RlimitSwap {
				continue // FreeBSD's
			}
			if err != nil {
				return nil, err
			}
			limits[r] = l
		}
		return limits, nil
	}, func(_ psutil.Process, limits map[psutil.Resource]psutil.Rlimit) string {
		for r, l := range limits {
			if l.Soft > l.Hard {
				return fmt.Sprintf("%v: %v", r, l)
			}
		}
		return unless(len(limits) == 16, "%d resources", len(limits))
	}),
	get("Info", func(p psutil.Process) (*psutil.ProcessInfo, error) { return p.Info(psutil.AllFields) }, checkInfo),
}

// notGetters are the methods of Process that tell nothing about it, or change
// it, or take time.
var notGetters = []string{
	"PID", "Token", "String", "MarshalText", "GobEncode",
	"Parent",     // an error for the first process; Parents calls it
	"NumHandles", // of Windows
	"SetNice", "SetIONice", "SetRlimit", "SetCPUAffinity", "SendSignal", "Suspend", "Resume", "Terminate", "Kill",
	"Wait", "CPUPercent",
}

func TestGettersAreAll(t *testing.T) {
	known := map[string]bool{}
	for _, g := range getters {
		known[g.method] = true
	}
	for _, name := range notGetters {
		known[name] = true
	}
	for m := range reflect.TypeFor[psutil.Process]().Methods() {
		if !known[m.Name] {
			t.Errorf("the method %s is in no list", m.Name)
		}
		delete(known, m.Name)
	}
	for name := range known {
		t.Errorf("there is no method %s", name)
	}
}

// checkInfo checks that each field has the type it says, and that what is
// missing has a reason.
func checkInfo(p psutil.Process, info *psutil.ProcessInfo) string {
	if info.Process != p || info.Asked() != psutil.AllFields {
		return fmt.Sprintf("of %v, asked for %v", info.Process, info.Asked())
	}
	n := 0
	for f, value := range info.All() {
		n++
		err := info.Err(f)
		switch {
		case info.Has(f) && err != nil:
			return fmt.Sprintf("%v: there, and %v", f, err)
		case !info.Has(f) && (err == nil || value != nil):
			return fmt.Sprintf("%v: missing without a reason, %v", f, value)
		case !info.Has(f) && !tolerated(p, err):
			return fmt.Sprintf("%v: %v", f, err)
		case info.Has(f) && f != psutil.FieldPID && !hasField(info, value):
			return fmt.Sprintf("%v: no field is a %T", f, value)
		}
	}
	return unless(n == bits.OnesCount64(uint64(psutil.AllFields)), "%d fields", n)
}

func hasField(info *psutil.ProcessInfo, value any) bool {
	for f := range reflect.TypeFor[psutil.ProcessInfo]().Fields() {
		if f.Type == reflect.TypeOf(value) {
			return true
		}
	}
	return false
}

// tolerated reports whether a field of a process that still runs may be
// missing for that reason.
func tolerated(p psutil.Process, err error) bool {
	if errors.Is(err, psutil.ErrAccessDenied) {
		// Root too may not trace all, in a container for instance. The kernel
		// lets nobody else trace a zombie.
		_, err := os.Readlink(fmt.Sprintf("/proc/%d/exe", p.PID()))
		status, _ := p.Status()
		return errors.Is(err, fs.ErrPermission) || os.Geteuid() != 0 && status == psutil.StatusZombie
	}
	return errors.Is(err, psutil.ErrZombieProcess) || errors.Is(err, psutil.ErrNotSupported)
}

// TestEveryGetterOfEveryProcess calls everything on everything.
func TestEveryGetterOfEveryProcess(t *testing.T) {
	startExhibits(t)
	zombie := startZombie(t)
	n := 0
	for p, err := range psutil.Processes() {
		if err != nil {
			t.Error(err)
			continue
		}
		n++
		for _, g := range getters {
			v, err := g.get(p)
			complaint := ""
			switch {
			case err == nil:
				complaint = g.check(p, v)
			case errors.Is(err, psutil.ErrNotSupported) || !tolerated(p, err):
				complaint = err.Error()
			}
			if complaint == "" {
				continue
			}
			if running, err := p.IsRunning(); err == nil && !running {
				break
			}
			if status, _ := p.Status(); status == psutil.StatusZombie && p != zombie {
				continue // ended while it was looked at
			}
			t.Errorf("%v: %s: %s", p, g.method, complaint)
		}
	}
	if n < 3 {
		t.Errorf("only %d processes", n)
	}
}

func init() {
	children["exhibit"] = func(args []string) error {
		f, err := os.OpenFile(args[0], os.O_RDWR|os.O_CREATE|os.O_APPEND, 0o600)
		if err != nil {
			return err
		}
		defer f.Close()
		if _, err := io.WriteString(f, "12345"); err != nil {
			return err
		}
		l, err := net.Listen("tcp", "127.0.0.1:0")
		if err != nil {
			return err
		}
		defer l.Close()
		c, err := net.Dial("tcp", l.Addr().String())
		if err != nil {
			return err
		}
		defer c.Close()
		u, err := net.ListenPacket("udp", "[::1]:0")
		if err == nil { // there may be no IPv6
			defer u.Close()
		}
		x, err := net.Listen("unix", args[0]+".sock")
		if err != nil {
			return err
		}
		defer x.Close()
		runtime.GC() // now, so that it is quiet later
		return ready()
	}
}

// startZombie starts a process that has ended and whose status nobody has
// collected.
func startZombie(t testing.TB) psutil.Process {
	t.Helper()
	cmd := exec.Command(needTool(t, "true"))
	p, err := psutil.StartCommand(cmd)
	must(t, err)
	t.Cleanup(func() { cmd.Wait() })
	waitStatus(t, p, psutil.StatusZombie)
	return p
}

// startExhibits starts processes that have something to show. The second one
// does nothing and so stays as it is.
func startExhibits(t testing.TB) (busy, quiet psutil.Process) {
	t.Helper()
	dir := t.TempDir()
	busy = startChild(t, "exhibit", filepath.Join(dir, "file")).Process
	cmd := exec.Command(needTool(t, "cat"))
	cmd.Args = []string{"odd \xff  name", "-"}
	cmd.Dir = dir
	cmd.Env = []string{"A=1", "EMPTY=", "BYTES=\xff\x01", "EQ=a=b", "SPACE= x "}
	for i, flags := range []int{os.O_RDONLY, os.O_WRONLY, os.O_RDWR, os.O_WRONLY | os.O_APPEND, os.O_RDWR | os.O_APPEND} {
		f, err := os.OpenFile(filepath.Join(dir, fmt.Sprintf("file %d\xff", i)), flags|os.O_CREATE, 0o600)
		must(t, err)
		defer f.Close()
		_, err = f.Seek(int64(i), io.SeekStart)
		must(t, err)
		cmd.ExtraFiles = append(cmd.ExtraFiles, f)
	}
	in, err := cmd.StdinPipe()
	must(t, err)
	out, err := cmd.StdoutPipe()
	must(t, err)
	quiet, err = psutil.StartCommand(cmd)
	must(t, err)
	t.Cleanup(func() {
		in.Close()
		cmd.Wait()
	})
	if os.Geteuid() == 0 {
		must(t, quiet.SetNice(-3))
		must(t, quiet.SetIONice(psutil.IOPriority{Class: psutil.IOClassRealTime, Level: 2}))
	}
	must(t, quiet.SetCPUAffinity([]int{0}))
	// It has loaded its libraries once it answers, and then waits for more.
	_, err = io.WriteString(in, "x")
	must(t, err)
	_, err = io.ReadFull(out, make([]byte, 1))
	must(t, err)
	waitStatus(t, quiet, psutil.StatusSleeping)
	return busy, quiet
}

// A view is what one tool says about an attribute of a process.
type view struct {
	texts   []string         // one, or a set of them
	numbers map[string]int64 // by name
}

// A peerRow compares one attribute with a peer's. The peer looks between two
// looks of ours. Of the texts, those must be in its view that are in both of
// ours, and no others than are in one of ours; so a single text that does not
// move is the same. Numbers lie between ours, or outside by the tolerance at
// most.
type peerRow struct {
	attr string
	// tolerance is how much a number may move between two looks and back, by
	// name, or "" for all others. A quiet process has none but what quiet says.
	tolerance, quiet map[string]int64
	// still says that the attribute moves so freely that only a quiet process is
	// compared.
	still bool
	// noThreads says that the peer takes a kernel thread for gone: Linux 6.18
	// answers ESRCH when such a file of it is opened.
	noThreads bool
	ours      func(p psutil.Process) (view, error)
	peer      func(b []byte) (view, error)
}

const mib = 1 << 20

// heap is how far the memory of a Go program or a shell moves in between.
var heap = map[string]int64{"": 16 * mib, "vms": 256 * mib, "data": 256 * mib}

// others is what the processes that come and go meanwhile move of the pages
// that all share, such as the C library's.
var others = map[string]int64{"pss": 128 << 10, "uss": 256 << 10, "shared_clean": 256 << 10, "private_clean": 256 << 10,
	"shared_dirty": 64 << 10, "private_dirty": 64 << 10}

// oneText and the like make a view of a method's result.
func oneText[T any](get func(psutil.Process) (T, error), text func(T) string) func(psutil.Process) (view, error) {
	return func(p psutil.Process) (view, error) {
		v, err := get(p)
		return view{texts: []string{text(v)}}, err
	}
}

func manyTexts[T any](get func(psutil.Process) (T, error), texts func(T) []string) func(psutil.Process) (view, error) {
	return func(p psutil.Process) (view, error) {
		v, err := get(p)
		return view{texts: texts(v)}, err
	}
}

func numbers[T any](get func(psutil.Process) (T, error), numbers func(T) map[string]int64) func(psutil.Process) (view, error) {
	return func(p psutil.Process) (view, error) {
		v, err := get(p)
		return view{numbers: numbers(v)}, err
	}
}

// peerOne and the like make a view of the peer's JSON.
func peerOne[T any](text func(T) string) func([]byte) (view, error) {
	return func(b []byte) (view, error) {
		var v T
		err := json.Unmarshal(b, &v)
		return view{texts: []string{text(v)}}, err
	}
}

func peerMany[T any](texts func(T) []string) func([]byte) (view, error) {
	return func(b []byte) (view, error) {
		var v T
		err := json.Unmarshal(b, &v)
		return view{texts: texts(v)}, err
	}
}

func peerNumbers[T any](numbers func(T) map[string]int64) func([]byte) (view, error) {
	return func(b []byte) (view, error) {
		var v T
		err := json.Unmarshal(b, &v)
		return view{numbers: numbers(v)}, err
	}
}

// peerCounts reads an object of whole numbers.
var peerCounts = peerNumbers(func(m map[string]int64) map[string]int64 { return m })

// peerTicks reads an object of seconds.
var peerTicks = peerNumbers(func(m map[string]float64) map[string]int64 {
	ticks := map[string]int64{}
	for name, s := range m {
		ticks[name] = int64(math.Round(s * 100))
	}
	return ticks
})

func ticks(d time.Duration) int64 { return int64(d / (10 * time.Millisecond)) }

// bytesText is a string that the peer wrote one byte a character.
type bytesText string

func (s *bytesText) UnmarshalJSON(b []byte) error {
	var str *string
	if err := json.Unmarshal(b, &str); err != nil || str == nil {
		return err
	}
	raw := make([]byte, 0, len(*str))
	for _, r := range *str {
		raw = append(raw, byte(r))
	}
	*s = bytesText(raw)
	return nil
}

func (s *bytesText) UnmarshalText(b []byte) error { // of a map's key
	raw := make([]byte, 0, len(b))
	for _, r := range string(b) {
		raw = append(raw, byte(r))
	}
	*s = bytesText(raw)
	return nil
}

func same(s string) string              { return s }
func sameText(s bytesText) string       { return string(s) }
func plain[T any](v T) string           { return fmt.Sprint(v) }
func quoted[T ~string](args []T) string { return fmt.Sprintf("%q", args) }
func one(n int) map[string]int64        { return map[string]int64{"": int64(n)} }
func peerN(n int64) map[string]int64    { return map[string]int64{"": n} }

// psutilRows are what Debian's python3-psutil 5.9.4 tells of a process. Where
// psutil 8 differs, which is what this package follows, the row says so.
var psutilRows = []peerRow{
	{attr: "ppid", ours: numbers(psutil.Process.PPID, one), peer: peerNumbers(peerN)},
	{attr: "name", ours: oneText(psutil.Process.Name, same), peer: peerOne(sameText)},
	{attr: "exe", ours: oneText(psutil.Process.Exe, same), peer: peerOne(sameText)},
	{attr: "cwd", ours: oneText(psutil.Process.Cwd, same), peer: peerOne(sameText)},
	{attr: "cmdline", ours: oneText(psutil.Process.Cmdline, quoted), peer: peerOne(quoted[bytesText])},
	{attr: "environ", noThreads: true,
		ours: manyTexts(psutil.Process.Environ, func(env map[string]string) (texts []string) {
			for name, value := range env {
				texts = append(texts, name+"="+value)
			}
			return texts
		}),
		peer: peerMany(func(env map[bytesText]bytesText) (texts []string) {
			for name, value := range env {
				texts = append(texts, string(name+"="+value))
			}
			return texts
		})},
	{attr: "create_time",
		ours: numbers(psutil.Process.CreateTime, func(at time.Time) map[string]int64 { return map[string]int64{"": at.UnixMilli() / 10} }),
		peer: peerNumbers(func(s float64) map[string]int64 { return map[string]int64{"": int64(math.Round(s * 100))} })},
	{attr: "status", still: true, ours: oneText(psutil.Process.Status, psutil.Status.String), peer: peerOne(same)},
	{attr: "username", ours: oneText(psutil.Process.Username, same), peer: peerOne(sameText)},
	{attr: "uids", ours: numbers(psutil.Process.UIDs, userIDs), peer: peerCounts},
	{attr: "gids", ours: numbers(psutil.Process.GIDs, userIDs), peer: peerCounts},
	// psutil says None for no terminal.
	{attr: "terminal", ours: oneText(psutil.Process.Terminal, same), peer: peerOne(sameText)},
	{attr: "nice", ours: numbers(psutil.Process.Nice, one), peer: peerNumbers(peerN)},
	// The classes None and Idle have no level, but the kernel prints one.
	{attr: "ionice",
		ours: oneText(psutil.Process.IONice, func(p psutil.IOPriority) string { return fmt.Sprint(uint8(p.Class), p.Level) }),
		peer: peerOne(func(p struct{ IOClass, Value int }) string {
			if p.IOClass == 0 || p.IOClass == 3 {
				p.Value = 0
			}
			return fmt.Sprint(p.IOClass, p.Value)
		})},
	{attr: "cpu_affinity", ours: oneText(psutil.Process.CPUAffinity, plain), peer: peerOne(plain[[]int])},
	{attr: "cpu_num", still: true, ours: numbers(psutil.Process.CPUNum, one), peer: peerNumbers(peerN)},
	{attr: "cpu_times", peer: peerTicks,
		ours: numbers(psutil.Process.CPUTimes, func(c psutil.ProcessCPUTime) map[string]int64 {
			return map[string]int64{"user": ticks(c.User), "system": ticks(c.System), "children_user": ticks(c.ChildrenUser),
				"children_system": ticks(c.ChildrenSystem), "iowait": ticks(c.IOWait)}
		})},
	{attr: "num_ctx_switches", peer: peerCounts,
		ours: numbers(psutil.Process.NumCtxSwitches, func(c psutil.CtxSwitches) map[string]int64 {
			return map[string]int64{"voluntary": int64(c.Voluntary), "involuntary": int64(c.Involuntary)}
		})},
	{attr: "num_threads", tolerance: map[string]int64{"": 5}, ours: numbers(psutil.Process.NumThreads, one), peer: peerNumbers(peerN)},
	// psutil 5.9 takes the times from the wrong place if a name has a ")", but
	// no thread here does.
	{attr: "threads",
		ours: numbers(psutil.Process.Threads, func(threads []psutil.Thread) map[string]int64 {
			m := map[string]int64{}
			for _, th := range threads {
				m[fmt.Sprint(th.ID, " user")], m[fmt.Sprint(th.ID, " system")] = ticks(th.UserTime), ticks(th.SystemTime)
			}
			return m
		}),
		peer: peerNumbers(func(threads []map[string]float64) map[string]int64 {
			m := map[string]int64{}
			for _, th := range threads {
				m[fmt.Sprint(th["id"], " user")] = int64(math.Round(100 * th["user_time"]))
				m[fmt.Sprint(th["id"], " system")] = int64(math.Round(100 * th["system_time"]))
			}
			return m
		})},
	{attr: "num_fds", tolerance: map[string]int64{"": 20}, ours: numbers(psutil.Process.NumFDs, one), peer: peerNumbers(peerN)},
	{attr: "io_counters", peer: peerCounts,
		ours: numbers(psutil.Process.IOCounters, func(c psutil.ProcessIO) map[string]int64 {
			return map[string]int64{"read_count": int64(c.ReadCount), "write_count": int64(c.WriteCount), "read_bytes": int64(c.ReadBytes),
				"write_bytes": int64(c.WriteBytes), "read_chars": int64(c.ReadChars), "write_chars": int64(c.WriteChars)}
		})},
	// psutil 8 has no lib and dirty, which are always 0.
	{attr: "memory_info", tolerance: heap, ours: numbers(psutil.Process.MemoryInfo, memoryNumbers),
		peer: peerNumbers(func(m map[string]int64) map[string]int64 {
			delete(m, "lib")
			delete(m, "dirty")
			return m
		})},
	// psutil 8 calls it memory_footprint.
	{attr: "memory_full_info", tolerance: heap, quiet: others, noThreads: true,
		ours: numbers(psutil.Process.MemoryFootprint, func(m psutil.ProcessFootprint) map[string]int64 {
			return map[string]int64{"uss": int64(m.USS), "pss": int64(m.PSS), "swap": int64(m.Swap)}
		}),
		peer: peerNumbers(func(m map[string]int64) map[string]int64 {
			return map[string]int64{"uss": m["uss"], "pss": m["pss"], "swap": m["swap"]}
		})},
	{attr: "memory_maps", tolerance: map[string]int64{"": 64 * mib, "size": 256 * mib}, quiet: others, noThreads: true,
		ours: numbers(psutil.Process.MemoryMaps, func(maps []psutil.MemoryMap) map[string]int64 {
			n := map[string]int64{}
			for _, m := range maps {
				for name, v := range map[string]uint64{"rss": m.RSS, "size": m.Size, "pss": m.PSS, "shared_clean": m.SharedClean,
					"shared_dirty": m.SharedDirty, "private_clean": m.PrivateClean, "private_dirty": m.PrivateDirty,
					"referenced": m.Referenced, "anonymous": m.Anonymous, "swap": m.Swap} {
					n[m.Path+" "+name] = int64(v)
				}
			}
			return n
		}),
		peer: peerNumbers(func(maps []map[string]json.RawMessage) map[string]int64 {
			n := map[string]int64{}
			for _, m := range maps {
				var path bytesText
				json.Unmarshal(m["path"], &path)
				delete(m, "path")
				for name, b := range m {
					v, _ := strconv.ParseInt(string(b), 10, 64)
					n[string(path)+" "+name] = v
				}
			}
			return n
		})},
	// psutil leaves out files that have been removed.
	{attr: "open_files", still: true,
		ours: manyTexts(psutil.Process.OpenFiles, func(files []psutil.OpenFile) (texts []string) {
			for _, f := range files {
				if !f.Deleted {
					texts = append(texts, fmt.Sprintln(f.FD, f.Path, f.Position, f.Mode, f.Flags))
				}
			}
			return texts
		}),
		peer: peerMany(func(files []struct {
			Path         bytesText
			FD, Position int
			Mode         string
			Flags        uint32
		}) (texts []string) {
			for _, f := range files {
				texts = append(texts, fmt.Sprintln(f.FD, f.Path, f.Position, f.Mode, f.Flags))
			}
			return texts
		})},
	// psutil 8 calls it net_connections. It has no address with port 0, and no
	// peer of a Unix socket.
	{attr: "connections",
		ours: manyTexts(func(p psutil.Process) ([]psutil.Connection, error) { return p.NetConnections(psutil.KindAll) },
			func(conns []psutil.Connection) (texts []string) {
				for _, c := range conns {
					local, remote := c.LocalPath, ""
					if c.Local.Port() != 0 {
						local = fmt.Sprint(c.Local.Addr(), " ", c.Local.Port())
					}
					if c.Remote.Port() != 0 {
						remote = fmt.Sprint(c.Remote.Addr(), " ", c.Remote.Port())
					}
					texts = append(texts, fmt.Sprintln(c.FD, c.Family, c.Type, local, remote, c.Status))
				}
				return texts
			}),
		peer: peerMany(func(conns []struct {
			FD           int
			Family, Type string
			LAddr, RAddr json.RawMessage
			Status       string
		}) (texts []string) {
			end := func(b []byte) string {
				var path bytesText
				var addr struct {
					IP   string
					Port int
				}
				if json.Unmarshal(b, &path) == nil {
					return string(path)
				}
				if json.Unmarshal(b, &addr) != nil || addr.Port == 0 {
					return ""
				}
				return fmt.Sprint(addr.IP, " ", addr.Port)
			}
			for _, c := range conns {
				texts = append(texts, fmt.Sprintln(c.FD, c.Family, c.Type, end(c.LAddr), end(c.RAddr), c.Status))
			}
			return texts
		})},
}

func userIDs(ids psutil.UserIDs) map[string]int64 {
	return map[string]int64{"real": int64(ids.Real), "effective": int64(ids.Effective), "saved": int64(ids.Saved)}
}

func memoryNumbers(m psutil.ProcessMemory) map[string]int64 {
	return map[string]int64{"rss": int64(m.RSS), "vms": int64(m.VMS), "shared": int64(m.Shared), "text": int64(m.Text), "data": int64(m.Data)}
}

// psutilDump prints every attribute of every process, with text a character a
// byte.
const psutilDump = `
import os, sys, enum
def plain(x):
    if isinstance(x, enum.Enum):
        return int(x) if x.__class__.__name__ == "IOPriority" else x.name
    if isinstance(x, str):
        return os.fsencode(x).decode("latin-1")
    if hasattr(x, "_asdict"):
        return plain(x._asdict())
    if isinstance(x, dict):
        return {plain(k): plain(v) for k, v in x.items()}
    if isinstance(x, (list, tuple)):
        return [plain(v) for v in x]
    return x
def look(p, attr):
    try:
        f = getattr(p, attr)
        return {"v": plain(f(kind="all") if attr == "connections" else f())}
    except Exception as e:
        return {"e": type(e).__name__}
all = {}
for pid in psutil.pids():
    try:
        p = psutil.Process(pid)
    except psutil.NoSuchProcess:
        continue
    all[pid] = {a: look(p, a) for a in %s}
print(json.dumps(all))
`

// saying is the peer's attribute, or the name of an exception.
type saying struct {
	V json.RawMessage
	E string
}

// looks are the views of all processes by attribute.
type looks map[psutil.Process]map[string]func() (view, error)

// lookAll looks at all the processes that are alive.
func lookAll(t testing.TB, rows []peerRow) looks {
	t.Helper()
	all := looks{}
	for p, err := range psutil.Processes() {
		must(t, err)
		all[p] = map[string]func() (view, error){}
		for _, r := range rows {
			v, err := r.ours(p)
			all[p][r.attr] = func() (view, error) { return v, err }
		}
	}
	return all
}

// compareAll compares what rows say, before and after, with what the peer said
// in between, until nothing differs that did not in an earlier round: what
// moves does not move each time.
func compareAll(t *testing.T, peer string, rows []peerRow, quiet psutil.Process, ask func() map[int]map[string]saying) {
	t.Helper()
	var bad map[string]string
	for range 4 {
		before := lookAll(t, rows)
		said := ask()
		after := lookAll(t, rows)
		now := map[string]string{}
		compared := 0
		for p, b := range before {
			a, alive := after[p]
			s, known := said[p.PID()]
			if !alive || !known {
				continue
			}
			for _, r := range rows {
				if r.still && p != quiet {
					continue
				}
				compared++
				if diff := compareRow(p, r, p == quiet, b[r.attr], s[r.attr], a[r.attr]); diff != "" {
					now[fmt.Sprintf("%v %s", p, r.attr)] = diff
				}
			}
		}
		if compared < 3*len(rows) {
			t.Fatalf("compared only %d values", compared)
		}
		for what := range bad {
			if now[what] == "" {
				delete(bad, what)
			}
		}
		if bad == nil {
			bad = now
		}
		if len(bad) == 0 {
			return
		}
	}
	for what, diff := range bad {
		t.Errorf("%s: %s: %s", peer, what, diff)
	}
}

func compareRow(p psutil.Process, r peerRow, quiet bool, before func() (view, error), s saying, after func() (view, error)) string {
	b, err1 := before()
	a, err2 := after()
	if err := cmp.Or(err1, err2); err != nil {
		// psutil has empty values for some of a zombie, and guesses exe where access
		// is denied.
		if errors.Is(err, psutil.ErrZombieProcess) || (s.E != "" || r.attr == "exe") && errors.Is(err, psutil.ErrAccessDenied) {
			return ""
		}
		return fmt.Sprintf("we say %v, the peer %s%s", err, s.E, s.V)
	}
	if s.E != "" {
		if r.noThreads && (s.E == "NoSuchProcess" || s.E == "ZombieProcess") && !hasMemory(p) {
			return ""
		}
		if status, _ := p.Status(); status == psutil.StatusZombie {
			return ""
		}
		return fmt.Sprintf("the peer says %s", s.E)
	}
	peer, err := r.peer(s.V)
	if err != nil {
		return fmt.Sprintf("%s: %v", s.V, err)
	}
	for _, v := range []*view{&b, &a, &peer} {
		v.texts = withoutWork(v.texts)
	}
	for _, text := range b.texts {
		if slices.Contains(a.texts, text) && !slices.Contains(peer.texts, text) {
			return fmt.Sprintf("the peer lacks %q, says %q", text, peer.texts)
		}
	}
	for _, text := range peer.texts {
		if !slices.Contains(b.texts, text) && !slices.Contains(a.texts, text) {
			return fmt.Sprintf("the peer says %q, we %q", text, b.texts)
		}
	}
	tolerance := r.tolerance
	if quiet {
		tolerance = r.quiet
	}
	for name, low := range b.numbers {
		high, still := a.numbers[name]
		if !still {
			continue
		}
		n, there := peer.numbers[name]
		last := name[strings.LastIndex(name, " ")+1:]
		extra, special := tolerance[last]
		if !special {
			extra = tolerance[""]
		}
		if !there || n < min(low, high)-extra || n > max(low, high)+extra {
			return fmt.Sprintf("%s: the peer says %d (%t), we %d before and %d after", name, n, there, low, high)
		}
	}
	for name := range peer.numbers {
		_, was := b.numbers[name]
		_, is := a.numbers[name]
		if !was && !is && quiet {
			return fmt.Sprintf("only the peer has %s", name)
		}
	}
	return ""
}

// withoutWork leaves out of the names of the kernel's workers what they work on, which
// changes all the time: "kworker/1:0-events".
func withoutWork(texts []string) []string {
	stable := slices.Clone(texts)
	for i, text := range stable {
		if strings.HasPrefix(text, "kworker/") && !strings.HasPrefix(text, "kworker/R-") {
			if end := strings.IndexAny(text, "-+"); end > 0 {
				stable[i] = text[:end]
			}
		}
	}
	return stable
}

// hasMemory reports whether a process is no kernel thread.
func hasMemory(p psutil.Process) bool {
	m, err := p.MemoryInfo()
	return err != nil || m.VMS > 0
}

func TestProcessesAgainstPsutil(t *testing.T) {
	_, quiet := startExhibits(t)
	var attrs []string
	for _, r := range psutilRows {
		attrs = append(attrs, r.attr)
	}
	list, err := json.Marshal(attrs)
	must(t, err)
	compareAll(t, "psutil", psutilRows, quiet, func() (said map[int]map[string]saying) {
		pythonPsutil(t, fmt.Sprintf(psutilDump, list), &said)
		return said
	})
}

// kib has the memory that ps prints.
var kib = map[string]int64{"": 16 << 10, "vsz": 256 << 10}

// psRows are the columns of procps' ps.
var psRows = []peerRow{
	psNumber("ppid", psutil.Process.PPID),
	psNumber("pgid", psutil.Process.PGID),
	psNumber("sid", psutil.Process.SID),
	psNumber("ruid", func(p psutil.Process) (int, error) { ids, err := p.UIDs(); return int(ids.Real), err }),
	psNumber("euid", func(p psutil.Process) (int, error) { ids, err := p.UIDs(); return int(ids.Effective), err }),
	psNumber("suid", func(p psutil.Process) (int, error) { ids, err := p.UIDs(); return int(ids.Saved), err }),
	// uid is euid to ps.
	psNumber("uid", func(p psutil.Process) (int, error) { ids, err := p.UIDs(); return int(ids.Effective), err }),
	psNumber("rgid", func(p psutil.Process) (int, error) { ids, err := p.GIDs(); return int(ids.Real), err }),
	// It says "-" for a real-time process.
	{attr: "ni", ours: oneText(psutil.Process.Nice, plain),
		peer: peerOne(func(s string) string {
			if s == "-" {
				return "0"
			}
			return s
		})},
	// The letter of the state, without what follows it.
	{attr: "stat", still: true,
		ours: oneText(psutil.Process.Status, func(s psutil.Status) string {
			return map[psutil.Status]string{psutil.StatusRunning: "R", psutil.StatusSleeping: "S"}[s]
		}),
		peer: peerOne(func(s string) string { return s[:1] })},
	{attr: "tty", ours: oneText(psutil.Process.Terminal, func(s string) string { return cmp.Or(strings.TrimPrefix(s, "/dev/"), "?") }), peer: peerOne(same)},
	{attr: "nlwp", tolerance: map[string]int64{"": 5}, ours: numbers(psutil.Process.NumThreads, one), peer: psCount},
	{attr: "rss", tolerance: kib, quiet: map[string]int64{"": 1024},
		ours: numbers(psutil.Process.MemoryInfo, func(m psutil.ProcessMemory) map[string]int64 { return one(int(m.RSS >> 10)) }), peer: psCount},
	{attr: "vsz", tolerance: map[string]int64{"": 256 << 10},
		ours: numbers(psutil.Process.MemoryInfo, func(m psutil.ProcessMemory) map[string]int64 { return one(int(m.VMS >> 10)) }), peer: psCount},
	// It keeps 15 bytes, and shows "?" for what it takes for unprintable. What a
	// kernel worker does at the moment is part of its name.
	{attr: "comm", ours: oneText(psutil.Process.Name, func(s string) string { return psText(worker(s), 15) }),
		peer: peerOne(func(s string) string { return psText(worker(s), 15) })},
	{attr: "args", ours: func(p psutil.Process) (view, error) {
		args, err := p.Cmdline()
		if len(args) == 0 && err == nil {
			name, err := p.Name()
			return view{texts: []string{"[" + psText(worker(name), 64) + "]"}}, err
		}
		return view{texts: []string{psText(strings.Join(args, " "), 1<<20)}}, err
	}, peer: peerOne(func(s string) string {
		if name, found := strings.CutPrefix(s, "["); found {
			return "[" + psText(worker(strings.TrimSuffix(name, "]")), 64) + "]"
		}
		return psText(s, 1<<20)
	})},
	// It reckons from the clock and the uptime, both read at its own start.
	{attr: "lstart", tolerance: map[string]int64{"": 2}, quiet: map[string]int64{"": 2},
		ours: numbers(psutil.Process.CreateTime, func(at time.Time) map[string]int64 { return one(int(at.Unix())) }),
		peer: func(b []byte) (view, error) {
			var s string
			if err := json.Unmarshal(b, &s); err != nil {
				return view{}, err
			}
			at, err := time.ParseInLocation(time.ANSIC, s, time.Local)
			return view{numbers: one(int(at.Unix()))}, err
		}},
	{attr: "psr", still: true, ours: numbers(psutil.Process.CPUNum, one), peer: psCount},
}

func psNumber(column string, get func(psutil.Process) (int, error)) peerRow {
	return peerRow{attr: column, ours: numbers(get, one), peer: psCount}
}

func psCount(b []byte) (view, error) {
	var s string
	if err := json.Unmarshal(b, &s); err != nil {
		return view{}, err
	}
	n, err := strconv.Atoi(s)
	return view{numbers: one(n)}, err
}

// worker cuts off what a kernel worker does at the moment.
func worker(name string) string {
	if strings.HasPrefix(name, "kworker/") && !strings.HasPrefix(name, "kworker/R-") {
		if i := strings.IndexAny(name, "-+"); i >= 0 {
			return name[:i]
		}
	}
	return name
}

// psText is what ps makes of a text: it shows what it takes for unprintable as a
// question mark or a blank, which are the same here.
func psText(s string, limit int) string {
	b := []byte(s[:min(len(s), limit)])
	for i, c := range b {
		if c <= ' ' || c > '~' {
			b[i] = '?'
		}
	}
	return strings.Trim(string(b), "?")
}

func TestProcessesAgainstPs(t *testing.T) {
	_, quiet := startExhibits(t)
	// Only the last column may be longer than its width.
	columns := slices.Clone(psRows)
	slices.SortStableFunc(columns, func(a, b peerRow) int { return strings.Count(a.attr, "args") - strings.Count(b.attr, "args") })
	const width = 80
	args := []string{"-e", "-ww", "-o", fmt.Sprintf("pid:%d=", width)}
	for _, r := range columns {
		args = append(args, "-o", fmt.Sprintf("%s:%d=", r.attr, width))
	}
	compareAll(t, "ps", columns, quiet, func() map[int]map[string]saying {
		said := map[int]map[string]saying{}
		for line := range strings.Lines(output(t, "ps", args...)) {
			line = strings.TrimSuffix(line, "\n")
			pid, err := strconv.Atoi(strings.TrimSpace(line[:width]))
			must(t, err)
			said[pid] = map[string]saying{}
			for i, r := range columns {
				cell := line[min(len(line), (i+1)*(width+1)):]
				if i < len(columns)-1 {
					cell = cell[:width]
				}
				b, err := json.Marshal(strings.TrimSpace(cell))
				must(t, err)
				said[pid][r.attr] = saying{V: b}
			}
		}
		return said
	})
}

// delayAccounting reports whether the kernel is told to count how long processes
// wait for IO.
func delayAccounting() bool {
	b, err := os.ReadFile("/proc/sys/kernel/task_delayacct")
	return err != nil || strings.TrimSpace(string(b)) != "0"
}
