package psutil_test

import (
	"errors"
	"maps"
	"net"
	"net/netip"
	"os"
	"os/exec"
	"slices"
	"testing"
	"time"

	"github.com/go-psutil/psutil"
	"github.com/go-psutil/psutil/internal/fixture"
)

// fakeAccelerator tells what a test wants it to.
type fakeAccelerator struct {
	cost      [2]time.Duration // of each part
	fields    psutil.Field
	lacks     psutil.Field // of fields, as it finds out when it is asked
	records   []psutil.ProcessRecord
	sockets   []psutil.SocketRecord
	err       error
	finds     bool
	processes int // how often it was asked
	asked     int
}

func (f *fakeAccelerator) LoadCost(part psutil.AcceleratorPart) time.Duration { return f.cost[part] }
func (f *fakeAccelerator) ProcessFields() psutil.Field                        { return f.fields }

func (f *fakeAccelerator) ReadProcesses(fields psutil.Field, each func(*psutil.ProcessRecord) bool) error {
	f.processes++
	if f.fields &^= f.lacks; fields&^f.fields != 0 {
		return psutil.ErrNotSupported
	}
	for i := range f.records {
		if !each(&f.records[i]) {
			return nil
		}
	}
	return f.err
}

func (f *fakeAccelerator) FindsAll(psutil.Field) bool { return f.finds }

func (f *fakeAccelerator) ReadSockets(psutil.SocketQuery) (psutil.SocketTable, error) {
	f.asked++
	return psutil.SocketTable{Sockets: slices.Clone(f.sockets)}, f.err
}

func accelerated(t testing.TB, a psutil.Accelerator, opts ...psutil.Option) *psutil.System {
	t.Helper()
	sys, err := psutil.New(append(opts, psutil.WithAccelerator(a))...)
	must(t, err)
	return sys
}

// recordOf is a record of a process that is told apart by its number of threads.
func recordOf(pid int, start uint64) psutil.ProcessRecord {
	return psutil.ProcessRecord{PID: int32(pid), Start: start, State: 'S', NumThreads: 4242, Comm: [16]byte{'f', 'a', 'k', 'e'}}
}

// TestAcceleratedProcesses has an accelerator that tells of some processes, of one
// that /proc does not list, and of one that it is not sure about.
func TestAcceleratedProcesses(t *testing.T) {
	var children []*exec.Cmd
	for range 3 {
		cmd := exec.Command("sleep", "1000")
		must(t, cmd.Start())
		t.Cleanup(func() { cmd.Process.Kill(); cmd.Wait() })
		children = append(children, cmd)
	}
	pid := func(i int) int { return children[i].Process.Pid }
	slices.SortFunc(children, func(a, b *exec.Cmd) int { return a.Process.Pid - b.Process.Pid })
	told, err := psutil.NewProcess(pid(0))
	must(t, err)
	unsure := recordOf(pid(1), 1)
	unsure.Unsettled = true
	f := &fakeAccelerator{fields: psutil.FieldNumThreads | psutil.FieldName,
		records: []psutil.ProcessRecord{recordOf(pid(0), told.Token()), unsure, recordOf(1<<26-1, 1)}}
	slices.SortFunc(f.records, func(a, b psutil.ProcessRecord) int { return int(a.PID - b.PID) })
	sys := accelerated(t, f)
	check := func(t *testing.T, infos map[int]psutil.ProcessInfo) {
		t.Helper()
		for i, want := range []int{4242, 1, 1} {
			if info, found := infos[pid(i)]; !found || info.NumThreads != want {
				t.Errorf("child %d has %d threads, want %d", i, info.NumThreads, want)
			}
		}
		if infos[pid(0)].Name != "fake" || infos[pid(1)].Name != "sleep" || infos[pid(0)].Process != told && infos[pid(0)].Process.Token() != told.Token() {
			t.Errorf("%v, %v", infos[pid(0)], infos[pid(1)])
		}
		if _, found := infos[1<<26-1]; found || infos[os.Getpid()].NumThreads == 4242 || len(infos) < 5 {
			t.Errorf("%d processes, one that is not listed: %v", len(infos), found)
		}
	}
	t.Run("Snapshot", func(t *testing.T) {
		infos := make(map[int]psutil.ProcessInfo)
		last := -1
		for info, err := range sys.Snapshot(f.fields) {
			must(t, err)
			if info.Process.PID() <= last {
				t.Errorf("PID %d after %d", info.Process.PID(), last)
			}
			last = info.Process.PID()
			infos[last] = *info.Clone()
		}
		check(t, infos)
	})
	t.Run("Sampler", func(t *testing.T) {
		sampler, err := sys.NewSampler(f.fields)
		must(t, err)
		defer sampler.Close()
		for range 2 {
			sample, err := sampler.Sample()
			must(t, err)
			infos := make(map[int]psutil.ProcessInfo)
			for _, info := range sample.Processes {
				infos[info.Process.PID()] = info
			}
			check(t, infos)
		}
	})
	if f.processes != 3 {
		t.Errorf("it was asked %d times", f.processes)
	}
	t.Run("Stops", func(t *testing.T) {
		n := 0
		for range sys.Snapshot(f.fields) {
			if n++; n == 1 {
				break
			}
		}
	})
	t.Run("FindsAll", func(t *testing.T) {
		f.finds = true
		defer func() { f.finds, f.err = false, nil }()
		names := make(map[int]string)
		for info, err := range sys.Snapshot(f.fields) {
			must(t, err)
			names[info.Process.PID()] = info.Name
		}
		if want := map[int]string{pid(0): "fake", pid(1): "sleep", 1<<26 - 1: "fake"}; !maps.Equal(names, want) {
			t.Errorf("%v, want %v", names, want)
		}
		// What it has not told before it fails is read from /proc.
		f.err = errors.New("something")
		last := -1
		for info, err := range sys.Snapshot(f.fields) {
			must(t, err)
			if info.Process.PID() <= last {
				t.Errorf("PID %d after %d", info.Process.PID(), last)
			}
			last = info.Process.PID()
		}
		if last < pid(2) {
			t.Errorf("it ends with PID %d", last)
		}
		f.records = f.records[:1]
		names = make(map[int]string)
		for info, err := range sys.Snapshot(f.fields) {
			must(t, err)
			names[info.Process.PID()] = info.Name
		}
		if names[pid(0)] != "fake" || names[pid(1)] != "sleep" || names[pid(2)] != "sleep" {
			t.Errorf("%v", names)
		}
	})
	t.Run("OtherFields", func(t *testing.T) {
		before := f.processes
		for _, err := range sys.Snapshot(f.fields | psutil.FieldExe) {
			must(t, err)
			break
		}
		if f.processes != before {
			t.Error("it was asked for what it does not tell")
		}
	})
}

// TestAcceleratorFails: what fails is done without. What is not supported or not
// allowed is not tried again, and other things a few times.
func TestAcceleratorFails(t *testing.T) {
	l, err := net.Listen("tcp4", "127.0.0.1:0")
	must(t, err)
	defer l.Close()
	for _, test := range []struct {
		err  error
		want int // how often it is asked
	}{
		{psutil.ErrNotSupported, 1}, {psutil.ErrAccessDenied, 1}, {errors.New("something else"), 3},
	} {
		f := &fakeAccelerator{fields: psutil.FieldPID, err: test.err}
		sys := accelerated(t, f)
		for range 5 {
			found := false
			for info, err := range sys.Snapshot(psutil.FieldPID) {
				must(t, err)
				found = found || info.Process.PID() == os.Getpid()
			}
			if !found {
				t.Errorf("%v: this process is not there", test.err)
			}
			conns, err := sys.NetConnections(psutil.KindAll)
			must(t, err)
			if !slices.ContainsFunc(conns, func(c psutil.Connection) bool { return c.Local.String() == l.Addr().String() && c.PID == os.Getpid() }) {
				t.Errorf("%v: the listener is not there", test.err)
			}
		}
		if f.processes != test.want || f.asked != test.want {
			t.Errorf("%v: asked for processes %d times, for sockets %d times", test.err, f.processes, f.asked)
		}
		// One success makes up for failures.
		f = &fakeAccelerator{fields: psutil.FieldPID}
		sys = accelerated(t, f)
		for i := range 12 {
			if f.err = test.err; i%3 == 2 || test.want == 1 {
				f.err = nil
			}
			for _, err := range sys.Snapshot(psutil.FieldPID) {
				must(t, err)
			}
		}
		if f.processes != 12 {
			t.Errorf("%v: asked %d times of 12", test.err, f.processes)
		}
	}
}

// TestAcceleratorLearns: an accelerator that finds out when it is loaded that it
// can't tell a field is still asked for the others.
func TestAcceleratorLearns(t *testing.T) {
	f := &fakeAccelerator{fields: psutil.FieldPID | psutil.FieldIOCounters, lacks: psutil.FieldIOCounters}
	sys := accelerated(t, f)
	for _, fields := range []psutil.Field{psutil.FieldPID | psutil.FieldIOCounters, psutil.FieldPID, psutil.FieldIOCounters} {
		for info, err := range sys.Snapshot(fields) {
			must(t, err)
			if info.Process.PID() == os.Getpid() && !info.Has(fields) {
				t.Errorf("%v of %v", info.Valid, fields)
			}
		}
	}
	if f.processes != 2 {
		t.Errorf("it was asked %d times", f.processes)
	}
}

// TestAcceleratorCost: a part of an accelerator is asked once what it would have
// saved makes up for loading it, and not below another root.
func TestAcceleratorCost(t *testing.T) {
	const never = time.Hour
	f := &fakeAccelerator{fields: psutil.FieldPID}
	sys := accelerated(t, f)
	read := func() {
		t.Helper()
		for _, err := range sys.Snapshot(psutil.FieldPID) {
			must(t, err)
		}
		_, err := sys.NetConnections(psutil.KindTCP)
		must(t, err)
	}
	// A few passes over some ten processes at least save so much.
	const soon = 200 * time.Microsecond
	for _, test := range []struct {
		processes, sockets time.Duration
	}{{never, never}, {soon, never}, {never, soon}} {
		f.processes, f.asked = 0, 0
		f.cost = [2]time.Duration{test.processes, test.sockets}
		for range 10 {
			read()
		}
		if (f.processes > 0) != (test.processes == soon) || (f.asked > 0) != (test.sockets == soon) {
			t.Errorf("loading costs %v and %v: asked %d and %d times", test.processes, test.sockets, f.processes, f.asked)
		}
		sys = accelerated(t, f)
	}
	f.processes, f.asked = 0, 0
	f.cost = [2]time.Duration{}
	root := fixture.Tree(t, []byte("-- proc/1/stat --\n1 (init) S 0 1 1 0 -1 4194560 0 0 0 0 0 0 0 0 20 0 1 0 5 0 0\n-- proc/1/net/tcp --\n  sl\n"))
	sys = accelerated(t, f, psutil.WithRoot(root))
	for range sys.Snapshot(psutil.FieldPID) {
	}
	if _, err := sys.NetConnections(psutil.KindTCP); err != nil {
		t.Error(err)
	}
	if f.processes+f.asked != 0 {
		t.Error("it was asked below another root")
	}
	var none *fakeAccelerator
	sys = accelerated(t, none)
	for _, err := range sys.Snapshot(psutil.FieldPID) {
		must(t, err)
	}
}

// TestAcceleratedSockets: sockets that the accelerator does not tell come from the
// kernel, in whatever state.
func TestAcceleratedSockets(t *testing.T) {
	l, err := net.Listen("tcp4", "127.0.0.1:0")
	must(t, err)
	defer l.Close()
	c, err := net.Dial("tcp4", l.Addr().String())
	must(t, err)
	defer c.Close()
	f := new(fakeAccelerator)
	sys := accelerated(t, f)
	conns, err := sys.NetConnections(psutil.KindTCP)
	must(t, err)
	found := make(map[psutil.ConnState]int)
	at := netip.MustParseAddrPort(l.Addr().String())
	for _, c := range conns {
		if c.Local == at || c.Remote == at {
			found[c.Status]++
			if c.PID != -1 {
				t.Errorf("who told the owner of %v?", c)
			}
		}
	}
	if f.asked != 1 || found[psutil.ConnListen] != 1 || found[psutil.ConnEstablished] != 2 {
		t.Errorf("asked %d times, found %v", f.asked, found)
	}
}

// TestAcceleratedNowhere asks for the sockets of a namespace that is not there.
func TestAcceleratedNowhere(t *testing.T) {
	f := &fakeAccelerator{sockets: []psutil.SocketRecord{{Kind: psutil.KindTCP4, Inode: 1, NetNS: 1, PID: 1}}}
	conns, err := accelerated(t, f).NetConnections(psutil.KindTCP, psutil.WithNetNS(1))
	// It might be that of a process which may not be looked into.
	if len(conns) != 0 || !errors.Is(err, psutil.ErrInvalid) && !errors.Is(err, psutil.ErrAccessDenied) || f.asked != 0 {
		t.Errorf("%v, %v; asked %d times", conns, err, f.asked)
	}
}

// slowAccelerator takes a while before it makes records for the first time, as one that
// is loaded then.
type slowAccelerator struct {
	fakeAccelerator
	made []time.Time // when it had made them
}

func (s *slowAccelerator) ReadProcesses(fields psutil.Field, each func(*psutil.ProcessRecord) bool) error {
	for began := time.Now(); len(s.made) == 0 && time.Since(began) < 100*time.Millisecond; {
	}
	s.made = append(s.made, time.Now())
	for i := range s.records {
		s.records[i].User += 100 // ticks of 10 ms
	}
	return s.fakeAccelerator.ReadProcesses(fields, each)
}

// TestAcceleratedTime: the time of records is when they were made.
func TestAcceleratedTime(t *testing.T) {
	slow := &slowAccelerator{fakeAccelerator: fakeAccelerator{fields: psutil.FieldCPUPercent | psutil.FieldCPUTimes, records: []psutil.ProcessRecord{recordOf(os.Getpid(), 1)}}}
	sampler, err := accelerated(t, slow).NewSampler(psutil.FieldCPUPercent)
	must(t, err)
	defer sampler.Close()
	_, err = sampler.Sample()
	must(t, err)
	sample, err := sampler.Sample()
	ended := time.Now()
	must(t, err)
	i := slices.IndexFunc(sample.Processes, func(p psutil.ProcessInfo) bool { return p.Process.PID() == os.Getpid() })
	if i < 0 || len(slow.made) != 2 {
		t.Fatalf("place %d, asked %d times", i, len(slow.made))
	}
	// It used a second between the two.
	if elapsed := time.Duration(100 / sample.Processes[i].CPUPercent * float64(time.Second)); elapsed > ended.Sub(slow.made[0]) {
		t.Errorf("CPU percent is of %v, where at most %v went by", elapsed, ended.Sub(slow.made[0]))
	}
}
