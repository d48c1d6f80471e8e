package psutil_test

import (
	"errors"
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
	cost      time.Duration
	fields    psutil.Field
	records   []psutil.ProcessRecord
	sockets   []psutil.SocketRecord
	err       error
	processes int // how often it was asked
	asked     int
}

func (f *fakeAccelerator) LoadCost(psutil.AcceleratorPart) time.Duration { return f.cost }
func (f *fakeAccelerator) ProcessFields() psutil.Field                   { return f.fields }

func (f *fakeAccelerator) ReadProcesses(_ psutil.Field, each func(*psutil.ProcessRecord) bool) error {
	f.processes++
	for i := range f.records {
		if !each(&f.records[i]) {
			return nil
		}
	}
	return f.err
}

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

// TestAcceleratorFails: what fails is done without, and not tried again.
func TestAcceleratorFails(t *testing.T) {
	for _, err := range []error{psutil.ErrNotSupported, psutil.ErrAccessDenied, errors.New("something else")} {
		f := &fakeAccelerator{fields: psutil.FieldPID, err: err}
		sys := accelerated(t, f)
		for range 2 {
			n := 0
			for _, err := range sys.Snapshot(psutil.FieldPID) {
				must(t, err)
				n++
			}
			if n < 2 {
				t.Errorf("%v: %d processes", err, n)
			}
			if conns, err := sys.NetConnections(psutil.KindAll); err != nil || len(conns) == 0 && f.asked == 0 {
				t.Errorf("%d connections, %v", len(conns), err)
			}
		}
		if f.processes != 1 || f.asked != 1 {
			t.Errorf("%v: asked for processes %d times, for sockets %d times", err, f.processes, f.asked)
		}
	}
}

// TestAcceleratorCost: an accelerator is asked once what it would have saved makes
// up for loading it, and not below another root.
func TestAcceleratorCost(t *testing.T) {
	f := &fakeAccelerator{fields: psutil.FieldPID, cost: time.Hour}
	sys := accelerated(t, f)
	read := func() {
		t.Helper()
		for _, err := range sys.Snapshot(psutil.FieldPID) {
			must(t, err)
		}
		_, err := sys.NetConnections(psutil.KindTCP)
		must(t, err)
	}
	read()
	if f.processes+f.asked != 0 {
		t.Errorf("it was asked %d times although loading costs an hour", f.processes+f.asked)
	}
	// A few passes over some ten processes at least.
	f.cost = 200 * time.Microsecond
	for range 10 {
		read()
	}
	if f.processes == 0 || f.asked == 0 {
		t.Error("it was never asked")
	}
	f.processes, f.asked = 0, 0
	f.cost = 0
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
