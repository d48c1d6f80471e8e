package psutil_test

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"testing"

	"golang.org/x/sys/unix"

	"github.com/go-psutil/psutil"
)

// keptFields need every file that a Sampler keeps, but for statm: status says the
// same.
const keptFields = statOnly | psutil.FieldUIDs | psutil.FieldMemoryInfo | psutil.FieldIOCounters | psutil.FieldCmdline | psutil.SamplerFields&^psutil.FieldNetRate

var keptNames = []string{"cmdline", "io", "stat", "status"}

// keptOf returns the names of the files of a process that the caller has open.
func keptOf(t testing.TB, pid int) (names []string) {
	t.Helper()
	self, err := psutil.Self()
	must(t, err)
	files, err := self.OpenFDs()
	must(t, err)
	for _, f := range files {
		if name, found := strings.CutPrefix(f.Path, fmt.Sprintf("/proc/%d/", pid)); found {
			names = append(names, name)
		}
	}
	slices.Sort(names)
	return names
}

// ownNamespace reruns the test as PID 1 of a PID namespace with its own /proc,
// where nobody else's process comes or goes, and reports whether that is here.
func ownNamespace(t *testing.T) bool {
	t.Helper()
	if !isRerun(t) {
		rerun(t, func(cmd *exec.Cmd) { cmd.SysProcAttr.Cloneflags |= unix.CLONE_NEWPID | unix.CLONE_NEWNS })
		return false
	}
	must(t, unix.Mount("", "/", "", unix.MS_REC|unix.MS_PRIVATE, ""))
	must(t, unix.Mount("proc", "/proc", "proc", 0, ""))
	return true
}

// startSleepers starts n processes that sleep, and returns when they do.
func startSleepers(t testing.TB, n int) {
	t.Helper()
	cmd := exec.Command("sh", "-c", `i=0; while [ $i -lt `+strconv.Itoa(n)+` ]; do sleep 1000 & i=$((i+1)); done; echo ready; read x; kill $(jobs -p)`)
	c := startReady(t, cmd)
	// Until each has become sleep, as which it stays the same.
	for {
		sleeping := 0
		for info, err := range psutil.Snapshot(psutil.FieldName | psutil.FieldPPID | psutil.FieldStatus) {
			if err == nil && info.PPID == c.Process.PID() && info.Name == "sleep" && info.Status == psutil.StatusSleeping {
				sleeping++
			}
		}
		if sleeping == n {
			return
		}
		runtime.Gosched()
	}
}

func TestSamplerKeepsFiles(t *testing.T) {
	idle := startChild(t, "idle")
	pid := idle.Process.PID()
	open := func(opts ...psutil.Option) *psutil.Sampler {
		sys, err := psutil.New(opts...)
		must(t, err)
		s, err := sys.NewSampler(keptFields)
		must(t, err)
		return s
	}
	sample := func(s *psutil.Sampler) *psutil.ProcessInfo {
		t.Helper()
		sample, err := s.Sample()
		must(t, err)
		i := find(sample, pid)
		if i < 0 {
			t.Fatalf("no PID %d", pid)
		}
		info := &sample.Processes[i]
		if !info.Has(keptFields &^ psutil.SamplerFields) {
			t.Fatalf("lacks %v", keptFields&^psutil.SamplerFields&^info.Valid)
		}
		return info
	}
	for n, root := range []string{"/", "/proc/.."} {
		s := open(psutil.WithRoot(root))
		sample(s)
		if got := keptOf(t, pid); !slices.Equal(got, keptNames) {
			t.Errorf("%s: kept %q", root, got)
		}
		// What is kept is not stale.
		nice := 3 + 2*n
		must(t, idle.Process.SetNice(nice))
		if info := sample(s); info.Nice != nice || !info.Has(keptFields) || info.IORate.Missing != noOthers {
			t.Errorf("nice %d, %v", info.Nice, info.Valid)
		}
		must(t, idle.Process.SetNice(nice+1))
		if info := sample(s); info.Nice != nice+1 {
			t.Errorf("nice %d", info.Nice)
		}
		must(t, s.Close())
		must(t, s.Close())
		if got := keptOf(t, pid); got != nil {
			t.Errorf("kept after Close: %q", got)
		}
		if sample, err := s.Sample(); sample != nil || !errors.Is(err, fs.ErrClosed) {
			t.Errorf("Sample after Close: %v, %v", sample, err)
		}
	}

	memory, err := psutil.NewSampler(psutil.FieldMemoryInfo)
	must(t, err)
	if _, err := memory.Sample(); err != nil {
		t.Fatal(err)
	}
	if got, want := keptOf(t, pid), []string{"stat", "statm"}; !slices.Equal(got, want) {
		t.Errorf("without status: kept %q", got)
	}
	must(t, memory.Close())

	// A Sampler that is forgotten is closed.
	check := nothingHeld(t)
	sample(open())
	check()

	// Without kept files it is the same.
	s := open(psutil.WithKeptFiles(0))
	sample(s)
	if info := sample(s); !info.Has(keptFields) {
		t.Errorf("lacks %v", keptFields&^info.Valid)
	}
	if got := keptOf(t, pid); got != nil {
		t.Errorf("kept %q, and should none", got)
	}
	must(t, s.Close())
}

// TestSamplerLimit has fewer descriptors than files of /proc.
func TestSamplerLimit(t *testing.T) {
	if !ownNamespace(t) {
		return
	}
	const sleepers = 60
	startSleepers(t, sleepers)
	count := func() int {
		names, err := os.ReadDir("/proc/self/fd")
		must(t, err)
		return len(names)
	}
	check := func(s *psutil.Sampler, fields psutil.Field) {
		t.Helper()
		sample, err := s.Sample()
		if err != nil {
			t.Fatal(err)
		}
		n := 0
		for i := range sample.Processes {
			if info := &sample.Processes[i]; info.Name == "sleep" && info.Has(fields) {
				n++
			}
		}
		if n != sleepers || len(sample.Gone) != 0 {
			t.Errorf("%d of %d with %v, gone %v", n, sleepers, fields, sample.Gone)
		}
	}
	var lim unix.Rlimit
	must(t, unix.Getrlimit(unix.RLIMIT_NOFILE, &lim))
	limit := lim
	limit.Cur = 120
	must(t, unix.Setrlimit(unix.RLIMIT_NOFILE, &limit))

	before := count()
	for _, test := range []struct {
		most int
		opts []psutil.Option
	}{{60, nil}, {7, []psutil.Option{psutil.WithKeptFiles(7)}}, {0, []psutil.Option{psutil.WithKeptFiles(0)}},
		{60, []psutil.Option{psutil.WithParallelism(4)}}} {
		sys, err := psutil.New(test.opts...)
		must(t, err)
		// Two share what there is.
		a, err := sys.NewSampler(keptFields)
		must(t, err)
		b, err := sys.NewSampler(keptFields)
		must(t, err)
		for n := range 3 {
			fields := keptFields
			if n == 0 {
				fields &^= psutil.SamplerFields
			}
			check(a, fields)
			check(b, fields)
			// A root, a /proc, and a /proc/stat each.
			if kept := count() - before; kept > test.most+4 || kept < test.most {
				t.Errorf("%d descriptors kept, %d allowed", kept, test.most)
			}
		}
		must(t, errors.Join(a.Close(), b.Close()))
		check := nothingHeld(t)
		runtime.KeepAlive(sys)
		check()
		for range 10 {
			runtime.GC()
			runtime.Gosched()
		}
		before = count()
	}

	// Somebody else takes all the descriptors there are. Some fields are of the
	// directory of a process, which takes one more.
	for _, fields := range []psutil.Field{keptFields, keptFields | psutil.FieldExe | psutil.FieldNumFDs} {
		s, err := psutil.NewSampler(fields)
		must(t, err)
		check(s, fields&^psutil.SamplerFields)
		var taken []int
		for {
			fd, err := unix.Dup(0)
			if err != nil {
				if !errors.Is(err, syscall.EMFILE) {
					t.Fatal(err)
				}
				break
			}
			taken = append(taken, fd)
		}
		check(s, fields)
		check(s, fields)
		for _, fd := range taken {
			must(t, unix.Close(fd))
		}
		check(s, fields)
		must(t, s.Close())
	}
}

// TestSamplerReusedPID lets a process take the PID of one whose files are kept.
func TestSamplerReusedPID(t *testing.T) {
	if !ownNamespace(t) {
		return
	}
	startSleepers(t, 30)
	for _, test := range []struct {
		name string
		opts []psutil.Option
	}{{"Kept", nil}, {"NotKept", []psutil.Option{psutil.WithKeptFiles(0)}}, {"SomeKept", []psutil.Option{psutil.WithKeptFiles(60)}},
		{"Parallel", []psutil.Option{psutil.WithParallelism(3)}}} {
		t.Run(test.name, func(t *testing.T) {
			sys, err := psutil.New(test.opts...)
			must(t, err)
			sampler, err := sys.NewSampler(keptFields | psutil.FieldThreads)
			must(t, err)
			defer sampler.Close()
			sample := func() *psutil.Sample {
				t.Helper()
				s, err := sampler.Sample()
				must(t, err)
				return s
			}
			first := startChild(t, "idle")
			p := first.Process
			sample()
			if i := find(sample(), p.PID()); i < 0 {
				t.Fatal("not there")
			}
			end(t, first)
			nextTick(t, p)
			second := startAgain(t, p.PID(), "idle")
			q := second.Process
			s := sample()
			i := find(s, q.PID())
			if i < 0 || s.Processes[i].Process.Token() != q.Token() {
				t.Fatalf("%v is not in %v", q, s)
			}
			info := &s.Processes[i]
			if info.Valid&psutil.SamplerFields != 0 || info.Has(keptFields) || !info.Has(keptFields&^psutil.SamplerFields) {
				t.Errorf("%v continues %v: %v", q, p, info.Valid)
			}
			for _, th := range info.Threads {
				if !th.Missing.Has("cpu_percent") {
					t.Errorf("thread %v continues one of %v", th, p)
				}
			}
			if len(s.Gone) != 1 || s.Gone[0].Token() != p.Token() || len(s.Started) != 1 || s.Started[0].Token() != q.Token() {
				t.Errorf("gone %v, started %v", s.Gone, s.Started)
			}
			s = sample()
			if i := find(s, q.PID()); i < 0 || !s.Processes[i].Has(keptFields) || len(s.Gone)+len(s.Started) != 0 {
				t.Errorf("gone %v, started %v", s.Gone, s.Started)
			}
			end(t, second)
			if s := sample(); len(s.Gone) != 1 || s.Gone[0].Token() != q.Token() || find(s, q.PID()) >= 0 {
				t.Errorf("gone %v, started %v", s.Gone, s.Started)
			}
			if s := sample(); len(s.Gone) != 0 {
				t.Errorf("gone again: %v", s.Gone)
			}
		})
	}
}

// TestSamplerName has a process with a long name become another.
func TestSamplerName(t *testing.T) {
	dir := t.TempDir()
	sh, err := exec.LookPath("sh")
	must(t, err)
	one, two := filepath.Join(dir, "a-name-that-is-cut-1"), filepath.Join(dir, "a-name-that-is-cut-no-2")
	must(t, errors.Join(os.Symlink(sh, one), os.Symlink(sh, two)))
	cmd := exec.Command(one, "-c", `echo ready; read x; exec "$0" -c 'echo ready; read x; :'`, two)
	c := startReady(t, cmd)
	for _, opts := range [][]psutil.Option{nil, {psutil.WithKeptFiles(0)}} {
		if len(opts) > 0 {
			c = startReady(t, exec.Command(one, cmd.Args[1:]...))
		}
		sys, err := psutil.New(opts...)
		must(t, err)
		sampler, err := sys.NewSampler(psutil.FieldName)
		must(t, err)
		defer sampler.Close()
		name := func() string {
			s, err := sampler.Sample()
			must(t, err)
			i := find(s, c.Process.PID())
			if i < 0 {
				t.Fatal("not there")
			}
			return s.Processes[i].Name
		}
		for range 2 {
			if got := name(); got != filepath.Base(one) {
				t.Errorf("name %q", got)
			}
		}
		fmt.Fprintln(c.Stdin)
		if line, err := c.Stdout.ReadString('\n'); err != nil || line != "ready\n" {
			t.Fatalf("%q, %v", line, err)
		}
		for range 2 {
			if got := name(); got != filepath.Base(two) {
				t.Errorf("name %q after exec", got)
			}
		}
	}
}

func init() {
	children["toucher"] = func([]string) error {
		fmt.Println("ready")
		in := bufio.NewScanner(os.Stdin)
		for in.Scan() {
			pages, err := strconv.Atoi(in.Text())
			if err != nil {
				return err
			}
			size := os.Getpagesize()
			b, err := unix.Mmap(-1, 0, pages*size, unix.PROT_READ|unix.PROT_WRITE, unix.MAP_PRIVATE|unix.MAP_ANON)
			if err != nil {
				return err
			}
			_ = unix.Madvise(b, unix.MADV_NOHUGEPAGE)
			for i := range pages {
				b[i*size] = 1
			}
			fmt.Println(pages)
		}
		return in.Err()
	}
	children["threader"] = func([]string) error {
		fmt.Println("ready")
		in := bufio.NewScanner(os.Stdin)
		var stop chan struct{}
		for in.Scan() {
			if in.Text() == "start" {
				stop = make(chan struct{})
				tids := make(chan int)
				var spin func()
				spin = func() {
					runtime.LockOSThread() // and not unlocked, so that the thread ends
					if unix.Gettid() == unix.Getpid() {
						// But not the first one, which is kept from the next.
						go spin()
						<-stop
						return
					}
					tids <- unix.Gettid()
					for turns := 0; ; turns++ { // busy
						select {
						case <-stop:
							return
						default:
							runtime.KeepAlive(turns)
						}
					}
				}
				go spin()
				fmt.Println(<-tids)
				continue
			}
			close(stop)
			fmt.Println("stopped")
		}
		return in.Err()
	}
}

// TestSamplerRates compares rates with the counters that the methods read. That
// the sample saw the same counters is known if these were the same before and
// after it.
func TestSamplerRates(t *testing.T) {
	for range 20 {
		if sampleRates(t) {
			return
		}
	}
	t.Error("the processes do not come to rest")
}

func sampleRates(t *testing.T) (ok bool) {
	t.Helper()
	cat := startReady(t, exec.Command("sh", "-c", "echo ready; exec cat"))
	toucher := startChild(t, "toucher")
	sampler, err := psutil.NewSampler(psutil.FieldIORate | psutil.FieldCtxSwitchRate | psutil.FieldPageFaultRate)
	must(t, err)
	defer sampler.Close()
	type counters struct {
		io       psutil.ProcessIO
		switches psutil.CtxSwitches
		faults   psutil.PageFaults
	}
	read := func() (c counters) {
		var err [3]error
		c.io, err[0] = cat.Process.IOCounters()
		c.switches, err[1] = cat.Process.NumCtxSwitches()
		c.faults, err[2] = toucher.Process.PageFaults()
		must(t, errors.Join(err[:]...))
		return c
	}
	type bracketed struct {
		counters
		early, late int64 // the sample was taken between these, nanoseconds
		sample      *psutil.Sample
	}
	clock := func() int64 {
		var ts unix.Timespec
		must(t, unix.ClockGettime(unix.CLOCK_MONOTONIC, &ts))
		return ts.Nano()
	}
	sample := func() bracketed {
		t.Helper()
		for range 1000 {
			before, early := read(), clock()
			s, err := sampler.Sample()
			must(t, err)
			if late := clock(); read() == before {
				return bracketed{before, early, late, s}
			}
		}
		t.Fatal("the counters do not come to rest")
		panic("unreachable")
	}
	a := sample()
	const bytes, pages = 5000, 300
	_, err = cat.Stdin.Write(make([]byte, bytes))
	must(t, err)
	_, err = io.ReadFull(cat.Stdout, make([]byte, bytes))
	must(t, err)
	fmt.Fprintln(toucher.Stdin, pages)
	_, err = toucher.Stdout.ReadString('\n')
	must(t, err)
	// A bracket that fails samples again, and the rate is of the last two.
	b := a
	for range 1000 {
		before, early := read(), clock()
		if before.switches.Voluntary == a.switches.Voluntary { // cat has not come back to wait
			runtime.Gosched()
			continue
		}
		s, err := sampler.Sample()
		must(t, err)
		b = bracketed{before, early, clock(), s}
		if read() != before {
			return false
		}
		break
	}
	io, faults := b.io.Since(a.io), b.faults
	if io.ReadChars < bytes || io.WriteChars != bytes || io.WriteCount == 0 || faults.Minor-a.faults.Minor < pages {
		t.Fatalf("%v, %v more faults", io, faults.Minor-a.faults.Minor)
	}
	shortest, longest := float64(b.early-a.late)/1e9, float64(b.late-a.early)/1e9
	info, touched := sampleOf(t, b.sample, cat.Process), sampleOf(t, b.sample, toucher.Process)
	if io, switches := info.IORate, info.CtxSwitchRate; io.Missing != noOthers || switches.Missing != "" || touched.PageFaultRate.Missing != "" {
		t.Errorf("%v, %v, %v", io, switches, touched.PageFaultRate)
	}
	for name, test := range map[string]struct {
		rate float64
		more uint64
	}{
		"read_count": {info.IORate.ReadCount, io.ReadCount}, "write_count": {info.IORate.WriteCount, io.WriteCount},
		"read_bytes": {info.IORate.ReadBytes, io.ReadBytes}, "write_bytes": {info.IORate.WriteBytes, io.WriteBytes},
		"read_chars": {info.IORate.ReadChars, io.ReadChars}, "write_chars": {info.IORate.WriteChars, io.WriteChars},
		"voluntary":   {info.CtxSwitchRate.Voluntary, b.switches.Voluntary - a.switches.Voluntary},
		"involuntary": {info.CtxSwitchRate.Involuntary, b.switches.Involuntary - a.switches.Involuntary},
		"minor":       {touched.PageFaultRate.Minor, faults.Minor - a.faults.Minor},
		"major":       {touched.PageFaultRate.Major, faults.Major - a.faults.Major},
	} {
		more := float64(test.more)
		if test.rate*longest < more*(1-1e-9) || test.rate*shortest > more*(1+1e-9) {
			t.Errorf("%s: %v/s for %v in %v to %v s", name, test.rate, more, shortest, longest)
		}
	}
	// All of a process are over the same time.
	if got, want := info.IORate.WriteChars/info.IORate.WriteCount, float64(io.WriteChars)/float64(io.WriteCount); got < want*(1-1e-9) || got > want*(1+1e-9) {
		t.Errorf("%v bytes a write, want %v", got, want)
	}
	return true
}

// TestSamplerThreads has threads come and go.
func TestSamplerThreads(t *testing.T) {
	c := startChild(t, "threader")
	sampler, err := psutil.NewSampler(psutil.FieldThreads)
	must(t, err)
	defer sampler.Close()
	say := func(line string) string {
		t.Helper()
		fmt.Fprintln(c.Stdin, line)
		answer, err := c.Stdout.ReadString('\n')
		must(t, err)
		return strings.TrimSpace(answer)
	}
	threads := func() []psutil.Thread {
		t.Helper()
		s, err := sampler.Sample()
		must(t, err)
		return sampleOf(t, s, c.Process).Threads
	}
	thread := func(list []psutil.Thread, id int) *psutil.Thread {
		i := slices.IndexFunc(list, func(th psutil.Thread) bool { return th.ID == id })
		if i < 0 {
			return nil
		}
		return &list[i]
	}
	seen := threads() // in the sample before
	for _, th := range seen {
		if !th.Missing.Has("cpu_percent") || th.CPUPercent != 0 {
			t.Errorf("in the first sample: %v", th)
		}
	}
	pid := c.Process.PID()
	for range 3 {
		id, err := strconv.Atoi(say("start"))
		must(t, err)
		list, before := threads(), seen
		if th := thread(list, pid); th == nil || th.Missing != "" {
			t.Errorf("the first thread in a later sample: %v", th)
		}
		// The Go runtime may have had the thread before.
		if th := thread(list, id); th == nil || th.Missing.Has("cpu_percent") == (thread(before, id) != nil) {
			t.Errorf("a new thread: %v", th)
		}
		used(t, c.Process, 5*centisecond)
		if th := thread(threads(), id); th == nil || th.Missing != "" || th.CPUPercent <= 0 {
			t.Errorf("a busy thread: %v", th)
		}
		say("stop")
		for n := 0; thread(threads(), id) != nil; n++ {
			if n == 100_000 {
				t.Fatal("the thread does not end")
			}
			runtime.Gosched()
		}
		seen = threads()
	}
	list, err := c.Process.Threads()
	must(t, err)
	for _, th := range list {
		if !th.Missing.Has("cpu_percent") {
			t.Errorf("outside a sampler: %v", th)
		}
	}
}

const centisecond = 10_000_000
