package psutil_test

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math"
	"os"
	"os/exec"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"github.com/go-psutil/psutil"
	"github.com/go-psutil/psutil/internal/fixture"
)

func init() {
	children["talker"] = func([]string) error { return obey(new(talker).do) }
	children["meter"] = func([]string) error {
		sampler, err := psutil.NewSampler(psutil.FieldNetRate)
		if err != nil {
			return err
		}
		return obey(func([]string) (string, error) {
			s, err := sampler.Sample()
			if err != nil {
				return "", err
			}
			m := metered{Elapsed: s.Elapsed, Unowned: s.NetUnowned, Rates: map[int]psutil.NetRate{}, Denied: map[int]bool{}}
			for i := range s.Processes {
				info := &s.Processes[i]
				if pid := info.Process.PID(); info.Has(psutil.FieldNetRate) {
					m.Rates[pid] = info.NetRate
				} else {
					m.Denied[pid] = errors.Is(info.Err(psutil.FieldNetRate), psutil.ErrAccessDenied)
				}
			}
			b, err := json.Marshal(m)
			return string(b), err
		})
	}
}

// metered is a sample of the child "meter".
type metered struct {
	Elapsed time.Duration
	Unowned *psutil.NetRate
	Rates   map[int]psutil.NetRate
	Denied  map[int]bool // of the others, those for lack of rights
}

// obey answers each line of standard input with one.
func obey(do func(words []string) (string, error)) error {
	fmt.Println("ready")
	in := bufio.NewScanner(os.Stdin)
	for in.Scan() {
		answer, err := do(strings.Fields(in.Text()))
		if err != nil {
			return fmt.Errorf("%s: %w", in.Text(), err)
		}
		fmt.Println(answer)
	}
	return in.Err()
}

// tell has a child that obeys do something, and returns what it answers.
func tell(t testing.TB, c *child, words ...any) string {
	t.Helper()
	_, err := fmt.Fprintln(c.Stdin, words...)
	must(t, err)
	line, err := c.Stdout.ReadString('\n')
	if err != nil {
		t.Fatalf("%v is not answered: %v", words, err)
	}
	return strings.TrimSuffix(line, "\n")
}

// A talker has connections.
type talker struct{ listener int }

// do does as it is told: with descriptors, ports and numbers of bytes.
func (c *talker) do(words []string) (string, error) {
	n := make([]int, 3)
	for i, w := range words[1:] {
		n[i], _ = strconv.Atoi(w)
	}
	domain := unix.AF_INET
	if n[0] == 6 {
		domain = unix.AF_INET6
	}
	fd, err := n[0], error(nil)
	switch words[0] {
	case "up":
		return "up", exec.Command("ip", "link", "set", "lo", "up").Run()
	case "listen": // at family
		if c.listener, err = unix.Socket(domain, unix.SOCK_STREAM|unix.SOCK_CLOEXEC, 0); err != nil {
			return "", err
		}
		if err := errors.Join(unix.Bind(c.listener, loopback(domain, 0)), unix.Listen(c.listener, 100)); err != nil {
			return "", err
		}
		at, err := unix.Getsockname(c.listener)
		if at6, ok := at.(*unix.SockaddrInet6); ok {
			return strconv.Itoa(at6.Port), err
		}
		return strconv.Itoa(at.(*unix.SockaddrInet4).Port), err
	case "dial": // family port
		if fd, err = unix.Socket(domain, unix.SOCK_STREAM|unix.SOCK_CLOEXEC, 0); err == nil {
			err = unix.Connect(fd, loopback(domain, n[1]))
		}
	case "accept":
		fd, _, err = unix.Accept4(c.listener, unix.SOCK_CLOEXEC)
	case "send": // descriptor bytes
		for b := make([]byte, n[1]); len(b) > 0 && err == nil; {
			var written int
			written, err = unix.Write(fd, b)
			b = b[max(written, 0):]
		}
	case "fill": // descriptor: as much as there is room for
		if err := unix.SetNonblock(fd, true); err != nil {
			return "", err
		}
		sum := 0
		for b := make([]byte, 64<<10); ; {
			written, err := unix.Write(fd, b)
			if err == unix.EAGAIN {
				return strconv.Itoa(sum), nil
			} else if err != nil {
				return "", err
			}
			sum += written
		}
	case "receive": // descriptor bytes
		for b := make([]byte, n[1]); len(b) > 0 && err == nil; {
			var got int
			if got, err = unix.Read(fd, b); got == 0 && err == nil {
				err = io.ErrUnexpectedEOF
			}
			b = b[max(got, 0):]
		}
	case "end": // descriptor: wait for the end of the stream
		if got, readErr := unix.Read(fd, make([]byte, 1)); got > 0 {
			err = errors.New("not the end")
		} else if readErr != nil && readErr != unix.ECONNRESET {
			err = readErr
		}
	case "shut":
		err = unix.Shutdown(fd, unix.SHUT_WR)
	case "close":
		err = unix.Close(fd)
	case "peek":
		_, _, err = unix.Recvfrom(fd, make([]byte, 1), unix.MSG_PEEK)
	case "linger":
		err = errors.Join(unix.SetsockoptLinger(fd, unix.SOL_SOCKET, unix.SO_LINGER, &unix.Linger{Onoff: 1}), unix.Close(fd))
	default:
		err = errors.ErrUnsupported
	}
	return strconv.Itoa(fd), err
}

// A talk is a connection of two talkers.
type talk struct {
	client, server     *child
	clientFD, serverFD string
}

func newTalk(t testing.TB, family int, client, server *child) *talk {
	t.Helper()
	port := tell(t, server, "listen", family)
	fd := tell(t, client, "dial", family, port)
	return &talk{client, server, fd, tell(t, server, "accept")}
}

// up is from client to server, down is back.
func (c *talk) up(t testing.TB, n int) {
	t.Helper()
	tell(t, c.client, "send", c.clientFD, n)
	tell(t, c.server, "receive", c.serverFD, n)
}

func (c *talk) down(t testing.TB, n int) {
	t.Helper()
	tell(t, c.server, "send", c.serverFD, n)
	tell(t, c.client, "receive", c.clientFD, n)
}

// reset closes both ends without the kernel's end of a stream, which it counts: what
// is closed with a byte that nobody has read is reset. That byte is carried down.
func (c *talk) reset(t testing.TB) {
	t.Helper()
	c.clientReset(t)
	tell(t, c.server, "close", c.serverFD)
}

func (c *talk) clientReset(t testing.TB) {
	t.Helper()
	tell(t, c.server, "send", c.serverFD, 1)
	tell(t, c.client, "peek", c.clientFD)
	tell(t, c.client, "close", c.clientFD)
	tell(t, c.server, "end", c.serverFD)
}

// carried is a number of bytes of each direction.
type carried struct{ sent, recv int }

// whole is what a rate says of a time, which must be whole bytes.
func whole(t testing.TB, r psutil.NetRate, elapsed time.Duration) carried {
	t.Helper()
	sent, recv := r.BytesSent*elapsed.Seconds(), r.BytesRecv*elapsed.Seconds()
	c := carried{int(math.Round(sent)), int(math.Round(recv))}
	if math.Abs(sent-float64(c.sent)) > 1e-3 || math.Abs(recv-float64(c.recv)) > 1e-3 {
		t.Errorf("%v of %v are not whole bytes: %f, %f", r, elapsed, sent, recv)
	}
	return c
}

// netSampler adds up samples. Nobody is PID 0.
type netSampler struct {
	*psutil.Sampler
	sums map[int]carried
}

func newNetSampler(t testing.TB) *netSampler {
	t.Helper()
	s, err := psutil.NewSampler(psutil.FieldNetRate)
	must(t, err)
	t.Cleanup(func() { s.Close() })
	first, err := s.Sample()
	must(t, err)
	for i := range first.Processes {
		info := &first.Processes[i]
		if e, ok := errors.AsType[*psutil.NotSupportedError](info.Err(psutil.FieldNetRate)); info.Valid != 0 || !ok || e.Need != "two samples of a Sampler" {
			t.Errorf("the first sample has %v: %v", info, info.Err(psutil.FieldNetRate))
		}
	}
	if first.NetUnowned != nil {
		t.Errorf("the first sample has %v of nobody", first.NetUnowned)
	}
	return &netSampler{Sampler: s}
}

// more makes a sample and adds it.
func (s *netSampler) more(t testing.TB) *psutil.Sample {
	t.Helper()
	sample, err := s.Sample()
	must(t, err)
	s.add(t, sample)
	return sample
}

func (s *netSampler) add(t testing.TB, sample *psutil.Sample) {
	t.Helper()
	if s.sums == nil {
		s.sums = map[int]carried{}
	}
	add := func(pid int, r psutil.NetRate) {
		if c := whole(t, r, sample.Elapsed); c != (carried{}) {
			s.sums[pid] = carried{s.sums[pid].sent + c.sent, s.sums[pid].recv + c.recv}
		}
	}
	add(0, *sample.NetUnowned)
	for i := range sample.Processes {
		if info := &sample.Processes[i]; info.Has(psutil.FieldNetRate) {
			add(info.Process.PID(), info.NetRate)
		}
	}
}

// expect makes samples until they say all that was carried: the kernel does away
// with a socket when it likes. Two more must say nothing.
func (s *netSampler) expect(t *testing.T, name string, want map[int]carried) {
	t.Helper()
	s.sums = nil
	matches(t, func() string {
		s.more(t)
		if fmt.Sprint(s.sums) != fmt.Sprint(want) {
			return fmt.Sprintf("%s: carried %v, want %v", name, s.sums, want)
		}
		return ""
	})
	s.sums = nil
	s.more(t)
	if sample := s.more(t); len(s.sums) > 0 {
		t.Errorf("%s: %v again, of nobody %v", name, s.sums, sample.NetUnowned)
	}
}

// noneIn waits until no connection is in one of the states.
func noneIn(t *testing.T, states ...psutil.ConnState) {
	t.Helper()
	matches(t, func() string {
		conns, err := psutil.NetConnections(psutil.KindTCP, psutil.WithStates(states...))
		must(t, err)
		return strings.Join(brief(conns), "\n")
	})
}

// laterTick waits for the clock by which the start of a process is told.
func laterTick(t testing.TB) {
	t.Helper()
	ticks := func() int64 {
		var now unix.Timespec
		must(t, unix.ClockGettime(unix.CLOCK_BOOTTIME, &now))
		return now.Nano() / int64(10*time.Millisecond)
	}
	for began := ticks(); ticks() == began; {
		runtime.Gosched()
	}
}

// inNetRate reruns a test in namespaces of its own, where nobody else has
// connections.
func inNetRate(t *testing.T) (again bool) {
	t.Helper()
	needTool(t, "ip")
	if !isRerun(t) {
		rerun(t, func(cmd *exec.Cmd) {
			newNet(cmd)
			cmd.SysProcAttr.Cloneflags |= unix.CLONE_NEWPID | unix.CLONE_NEWNS
		})
		return false
	}
	privateProc(t)
	output(t, "ip", "link", "set", "lo", "up")
	return true
}

func TestNetRate(t *testing.T) {
	if !inNetRate(t) {
		return
	}
	for _, family := range []int{4, 6} {
		t.Run(fmt.Sprint("IPv", family), func(t *testing.T) { testNetRate(t, family) })
	}
}

func testNetRate(t *testing.T, family int) {
	client, server, idle := startChild(t, "talker"), startChild(t, "talker"), startChild(t, "idle").Process
	c, s := client.Process.PID(), server.Process.PID()
	old := newTalk(t, family, client, server)
	old.up(t, 1000)
	old.down(t, 99)
	sampler := newNetSampler(t)

	// Only what was carried since counts, and all of it in the next sample.
	old.up(t, 12345)
	old.down(t, 678)
	late := startChild(t, "talker")
	sample := sampler.more(t)
	if want := (map[int]carried{c: {12345, 678}, s: {678, 12345}}); fmt.Sprint(sampler.sums) != fmt.Sprint(want) {
		t.Errorf("carried %v, want %v", sampler.sums, want)
	}
	if info := sampleOf(t, sample, idle); !info.Has(psutil.FieldNetRate) || info.NetRate != (psutil.NetRate{}) {
		t.Errorf("without sockets: %v, %v", info, info.Err(psutil.FieldNetRate))
	}
	if info := sampleOf(t, sample, late.Process); info.Valid != 0 || !errors.Is(info.Err(psutil.FieldNetRate), psutil.ErrNotSupported) {
		t.Errorf("started since: %v, %v", info, info.Err(psutil.FieldNetRate))
	}
	sampler.expect(t, "Nothing", map[int]carried{})

	// Opened since, by a process that is known by now.
	another := newTalk(t, family, late, server)
	another.up(t, 777)
	sampler.expect(t, "Opened", map[int]carried{late.Process.PID(): {777, 0}, s: {0, 777}})

	// Closed by one side, with what was carried until then, and then by the other.
	old.up(t, 55)
	old.down(t, 7)
	tell(t, client, "close", old.clientFD)
	tell(t, server, "end", old.serverFD)
	sampler.expect(t, "Closed", map[int]carried{c: {55, 7}, s: {7, 55}})
	noneIn(t, psutil.ConnFinWait1) // then the kernel has forgotten what the client received
	tell(t, server, "close", old.serverFD)
	sampler.expect(t, "ClosedByTheOther", map[int]carried{})
	conns, err := psutil.NetConnections(psutil.KindTCP, psutil.WithStates(psutil.ConnTimeWait))
	must(t, err)
	if len(conns) == 0 {
		t.Error("nothing in TIME_WAIT")
	}

	// Half closed: the end of a stream is no byte of it.
	half := newTalk(t, family, client, server)
	half.up(t, 10)
	tell(t, client, "shut", half.clientFD)
	tell(t, server, "end", half.serverFD)
	half.down(t, 20)
	sampler.expect(t, "HalfClosed", map[int]carried{c: {10, 20}, s: {20, 10}})
	half.down(t, 30)
	sampler.expect(t, "HalfClosedLater", map[int]carried{c: {0, 30}, s: {30, 0}})
	tell(t, server, "close", half.serverFD)
	tell(t, client, "end", half.clientFD)
	tell(t, client, "close", half.clientFD)

	// The kernel counts the end of a connection that is closed before it is seen
	// to end as one byte, nothing else.
	sampler.expect(t, "BothHalvesClosed", map[int]carried{c: {0, 1}})
	sampler.sums = nil
	both := newTalk(t, family, client, server)
	both.up(t, 500)
	sampler.more(t)
	both.up(t, 5)
	tell(t, client, "close", both.clientFD)
	tell(t, server, "end", both.serverFD)
	tell(t, server, "close", both.serverFD)
	noneIn(t, psutil.ConnLastAck, psutil.ConnFinWait1, psutil.ConnCloseWait)
	matches(t, func() string {
		sampler.more(t)
		got := sampler.sums
		if got[c].sent != 505 || got[c].recv > 1 || got[s].sent != 0 || got[s].recv < 505 || got[s].recv > 506 || got[0] != (carried{}) {
			return fmt.Sprintf("with the end of the stream: %v", got)
		}
		return ""
	})

	// Opened and closed since.
	short := newTalk(t, family, client, server)
	short.up(t, 4000)
	short.down(t, 30)
	short.reset(t)
	sampler.expect(t, "Nobody's", map[int]carried{0: {4031, 4031}})

	// Not in the dump any more, but still open, and closed later.
	held := newTalk(t, family, client, server)
	held.up(t, 100)
	sampler.expect(t, "Held", map[int]carried{c: {100, 0}, s: {0, 100}})
	held.up(t, 11)
	held.clientReset(t)
	sampler.expect(t, "Reset", map[int]carried{c: {11, 1}})
	tell(t, server, "close", held.serverFD)
	sampler.expect(t, "ResetAndClosed", map[int]carried{s: {1, 11}})

	// Of one that its own process resets the kernel forgets what it carried.
	lingers := newTalk(t, family, client, server)
	lingers.up(t, 100)
	sampler.expect(t, "Lingers", map[int]carried{c: {100, 0}, s: {0, 100}})
	lingers.up(t, 5)
	tell(t, client, "linger", lingers.clientFD)
	tell(t, server, "end", lingers.serverFD)
	tell(t, server, "close", lingers.serverFD)
	sampler.expect(t, "Lingered", map[int]carried{s: {0, 5}})

	// So was this one at the first sample, and nothing was carried since.
	older := newTalk(t, family, late, server)
	older.up(t, 100)
	older.clientReset(t)
	for range 5 {
		laterTick(t)
	}
	sampler = newNetSampler(t)
	sampler.more(t)
	tell(t, server, "close", older.serverFD)
	newTalk(t, family, late, server).up(t, 1)
	sampler.expect(t, "Older", map[int]carried{late.Process.PID(): {1, 0}, s: {0, 1}})
}

// TestNetRateShared has a connection that two processes hold.
func TestNetRateShared(t *testing.T) {
	if !inNetRate(t) {
		return
	}
	l := listener(t, unix.AF_INET, 1)
	client := dial(t, unix.AF_INET, l)
	server := accept(t, l)
	dup, err := unix.Dup(client)
	must(t, err)
	unix.CloseOnExec(dup)
	f := os.NewFile(uintptr(dup), "client")
	exe, err := os.Executable()
	must(t, err)
	cmd := exec.Command(exe)
	cmd.Env = append(os.Environ(), childEnv+"=talker")
	cmd.ExtraFiles = []*os.File{f}
	holder := startReady(t, cmd)
	must(t, f.Close())
	self := os.Getpid()
	sampler := newNetSampler(t)
	transfer(t, client, server, 321)
	sampler.expect(t, "Both", map[int]carried{self: {321, 321}, holder.Process.PID(): {321, 0}})
	// Only one of them is left.
	tell(t, holder, "close", 3)
	transfer(t, client, server, 8)
	sampler.expect(t, "One", map[int]carried{self: {8, 8}})
}

// TestNetRateReusedPID has a process take over the PID of one that had
// connections, of which one still sends.
func TestNetRateReusedPID(t *testing.T) {
	if !inNetRate(t) {
		return
	}
	server, first := startChild(t, "talker"), startChild(t, "talker")
	pid, s := first.Process.PID(), server.Process.PID()
	closed, lingers := newTalk(t, 4, first, server), newTalk(t, 4, first, server)
	laterTick(t)
	sampler := newNetSampler(t)
	closed.up(t, 1000)
	sent, err := strconv.Atoi(tell(t, first, "fill", lingers.clientFD))
	must(t, err)
	sampler.more(t)
	before := sampler.sums[pid].sent
	if rest := sent + 1000 - before; rest <= 0 || before < 1000 {
		t.Fatalf("%d of %d sent", before, sent+1000)
	}
	closed.up(t, 77)
	end(t, first)
	tell(t, server, "end", closed.serverFD)
	laterTick(t)
	second := startAgain(t, pid, "talker")

	sample := sampler.more(t)
	if info := sampleOf(t, sample, second.Process); info.Valid != 0 || !errors.Is(info.Err(psutil.FieldNetRate), psutil.ErrNotSupported) {
		t.Errorf("it continues another process: %v, %v", info, info.Err(psutil.FieldNetRate))
	}
	laterTick(t)
	sampler.more(t)
	tell(t, server, "receive", lingers.serverFD, sent)
	tell(t, server, "end", lingers.serverFD)
	matches(t, func() string {
		sample := sampler.more(t)
		if info := sampleOf(t, sample, second.Process); !info.Has(psutil.FieldNetRate) || info.NetRate != (psutil.NetRate{}) {
			t.Errorf("charged with another's: %v, %v", info, info.Err(psutil.FieldNetRate))
		}
		if got := sampler.sums[s]; got.recv != sent+1077 {
			return fmt.Sprintf("the server received %d of %d", got.recv, sent+1077)
		}
		return ""
	})
	own := newTalk(t, 4, second, server)
	own.up(t, 5)
	sampler.expect(t, "Its", map[int]carried{pid: {5, 0}, s: {0, 5}})
}

// TestNetRateEnded has a process end with a connection that it had in the sample
// before: what it carried since is of no process that is left.
func TestNetRateEnded(t *testing.T) {
	if !inNetRate(t) {
		return
	}
	client, server := startChild(t, "talker"), startChild(t, "talker")
	c := newTalk(t, 4, client, server)
	sampler := newNetSampler(t)
	c.up(t, 2000)
	end(t, client)
	tell(t, server, "end", c.serverFD)
	sampler.expect(t, "Ended", map[int]carried{0: {2000, 0}, server.Process.PID(): {0, 2000}})
}

// TestNetRateForgotten has a connection that is reset while it is on its way to another
// process: it leaves the dump, and the kernel does away with it long after. What it
// carried has been told by then.
func TestNetRateForgotten(t *testing.T) {
	if !inNetRate(t) {
		return
	}
	socket := func() int {
		fd, err := unix.Socket(unix.AF_INET, unix.SOCK_STREAM|unix.SOCK_CLOEXEC, 0)
		must(t, err)
		return fd
	}
	l, c := socket(), socket()
	must(t, errors.Join(unix.Bind(l, loopback(unix.AF_INET, 0)), unix.Listen(l, 10)))
	at, err := unix.Getsockname(l)
	must(t, err)
	must(t, unix.Connect(c, at))
	a, _, err := unix.Accept4(l, unix.SOCK_CLOEXEC)
	must(t, err)
	pair, err := unix.Socketpair(unix.AF_UNIX, unix.SOCK_DGRAM|unix.SOCK_CLOEXEC, 0)
	must(t, err)
	must(t, unix.Sendmsg(pair[0], []byte{0}, unix.UnixRights(a), nil, 0))
	must(t, unix.Close(a))
	client, server := startChild(t, "talker"), startChild(t, "talker")
	sampler := newNetSampler(t)
	_, err = unix.Write(c, make([]byte, 1000))
	must(t, err)
	sampler.expect(t, "OnItsWay", map[int]carried{0: {0, 1000}, os.Getpid(): {1000, 0}})
	must(t, unix.SetsockoptLinger(c, unix.SOL_SOCKET, unix.SO_LINGER, &unix.Linger{Onoff: 1}))
	must(t, unix.Close(c))
	// The kernel tells in jiffies how long nothing has come.
	for n, reset := 0, time.Now(); n < 10 || time.Since(reset) < 100*time.Millisecond; n++ {
		sampler.more(t)
	}
	must(t, errors.Join(unix.Close(pair[0]), unix.Close(pair[1])))
	newTalk(t, 4, client, server).up(t, 7)
	sampler.expect(t, "Forgotten", map[int]carried{client.Process.PID(): {7, 0}, server.Process.PID(): {0, 7}})
}

// TestNetRateOfNetNS has processes in other network namespaces, which come and go.
func TestNetRateOfNetNS(t *testing.T) {
	needTool(t, "unshare")
	if !inNetRate(t) {
		return
	}
	start := func() (c *child, own *talk) {
		exe, err := os.Executable()
		must(t, err)
		cmd := exec.Command(exe)
		cmd.Env = append(os.Environ(), childEnv+"=talker")
		cmd.SysProcAttr = &syscall.SysProcAttr{}
		newNet(cmd)
		c = startReady(t, cmd)
		tell(t, c, "up")
		return c, newTalk(t, 4, c, c)
	}
	a, talkA := start()
	exe, err := os.Executable()
	must(t, err)
	mover := exec.Command("sh", "-c", `echo ready; read line; exec unshare --net "$0"`, exe)
	mover.Env = append(os.Environ(), childEnv+"=talker")
	m := startReady(t, mover)
	held := nothingHeld(t)
	sampler := newNetSampler(t)
	talkA.up(t, 100)
	b, talkB := start()
	talkB.up(t, 50)
	if got := tell(t, m, "move"); got != "ready" {
		t.Fatalf("moved: %q", got)
	}
	sample := sampler.more(t)
	for _, p := range []psutil.Process{b.Process, m.Process} {
		if info := sampleOf(t, sample, p); info.Valid != 0 || !errors.Is(info.Err(psutil.FieldNetRate), psutil.ErrNotSupported) {
			t.Errorf("a new namespace: %v, %v", info, info.Err(psutil.FieldNetRate))
		}
	}
	if info := sampleOf(t, sampler.more(t), m.Process); !info.Has(psutil.FieldNetRate) {
		t.Errorf("no more a new namespace: %v", info.Err(psutil.FieldNetRate))
	}
	end(t, m)
	sampler.more(t)
	pidA, pidB := a.Process.PID(), b.Process.PID()
	if want := (map[int]carried{pidA: {100, 100}}); fmt.Sprint(sampler.sums) != fmt.Sprint(want) {
		t.Errorf("carried %v, want %v", sampler.sums, want)
	}
	talkB.up(t, 60)
	short := newTalk(t, 4, a, a)
	short.up(t, 9)
	short.reset(t)
	sampler.expect(t, "Both", map[int]carried{0: {10, 10}, pidB: {60, 60}})

	// A namespace that nobody is in any more is not held.
	count := func() (n int) {
		for range netlinkSockets(t) {
			n++
		}
		return n
	}
	if n := count(); n != 3 {
		t.Errorf("%d sockets for three namespaces", n)
	}
	talkB.up(t, 3)
	end(t, b)
	sampler.more(t)
	if n := count(); n != 2 {
		t.Errorf("%d sockets for two namespaces", n)
	}
	sampler.more(t)
	must(t, sampler.Close())
	if n := count(); n != 0 {
		t.Errorf("%d sockets after Close", n)
	}
	end(t, a)
	held()
}

// netlinkSockets are the descriptors of the sockets by which a Sampler is told of
// closed connections.
func netlinkSockets(t testing.TB) (fds []int) {
	t.Helper()
	self, err := psutil.Self()
	must(t, err)
	open, err := self.OpenFDs()
	must(t, err)
	for _, f := range open {
		if f.Kind != psutil.FDSocket {
			continue
		}
		if at, err := unix.Getsockname(f.FD); err == nil {
			if _, ok := at.(*unix.SockaddrNetlink); ok {
				fds = append(fds, f.FD)
			}
		}
	}
	return fds
}

// TestNetRateAsUser is what one sees who is not root, and one who may look at
// processes but not at their descriptors.
func TestNetRateAsUser(t *testing.T) {
	if !inNetRate(t) {
		return
	}
	start := func(name string, attr *syscall.SysProcAttr) *child {
		exe, err := os.Executable()
		must(t, err)
		cmd := exec.Command(exe)
		cmd.Env = append(os.Environ(), childEnv+"="+name)
		cmd.SysProcAttr = attr
		return startReady(t, cmd)
	}
	asUser := &syscall.SysProcAttr{Credential: nobodyCredential()}
	tracer := &syscall.SysProcAttr{Credential: nobodyCredential(), AmbientCaps: []uintptr{unix.CAP_SYS_PTRACE}}
	root, user := start("talker", nil), start("talker", asUser)
	elsewhere := start("talker", &syscall.SysProcAttr{Credential: nobodyCredential(), Cloneflags: unix.CLONE_NEWNET})
	r, u, e := root.Process.PID(), user.Process.PID(), elsewhere.Process.PID()
	c := newTalk(t, 4, user, root)
	for name, attr := range map[string]*syscall.SysProcAttr{"Nobody": asUser, "Tracer": tracer} {
		t.Run(name, func(t *testing.T) {
			meter := start("meter", attr)
			sample := func() (m metered) {
				t.Helper()
				must(t, json.Unmarshal([]byte(tell(t, meter, "sample")), &m))
				return m
			}
			sample()
			c.up(t, 700)
			c.down(t, 30)
			m := sample()
			if got, want := whole(t, m.Rates[u], m.Elapsed), (carried{700, 30}); got != want {
				t.Errorf("of the user's process %v, want %v: %v", got, want, m)
			}
			if got, want := whole(t, *m.Unowned, m.Elapsed), (carried{30, 700}); got != want {
				t.Errorf("of nobody's %v, want %v", got, want)
			}
			if own, ok := m.Rates[meter.Process.PID()]; name == "Nobody" && (!ok || own != psutil.NetRate{}) {
				t.Errorf("of itself %v, %v", own, m)
			}
			for what, pid := range map[string]int{"of root": r, "in another namespace": e, "the test": os.Getpid()} {
				if rate, ok := m.Rates[pid]; ok || !m.Denied[pid] {
					t.Errorf("%s: %v, denied %t, want denied", what, rate, m.Denied[pid])
				}
			}
		})
	}
}

// TestNetRateMany opens and closes more connections than there is room to tell of.
func TestNetRateMany(t *testing.T) {
	if !inNetRate(t) {
		return
	}
	const many = 3000
	l := listener(t, unix.AF_INET, 10)
	at, err := unix.Getsockname(l)
	must(t, err)
	b := make([]byte, 10)
	churn := func() {
		t.Helper()
		for range many {
			client, err := unix.Socket(unix.AF_INET, unix.SOCK_STREAM|unix.SOCK_CLOEXEC, 0)
			must(t, err)
			must(t, unix.Connect(client, at))
			server, _, err := unix.Accept4(l, unix.SOCK_CLOEXEC)
			must(t, err)
			_, err = unix.Write(client, b)
			must(t, err)
			_, err = unix.Read(server, b[:9])
			// With a byte that nobody has read it is reset: there is no end of a stream.
			must(t, errors.Join(err, unix.Close(server), unix.Close(client)))
		}
	}
	sampler := newNetSampler(t)
	churn()
	sampler.expect(t, "Many", map[int]carried{0: {many * 10, many * 10}})

	// With less room, what is lost is said.
	sockets := netlinkSockets(t)
	if len(sockets) != 1 {
		t.Fatalf("%d sockets", len(sockets))
	}
	must(t, unix.SetsockoptInt(sockets[0], unix.SOL_SOCKET, unix.SO_RCVBUF, 4096))
	churn()
	self, err := psutil.Self()
	must(t, err)
	sampler.sums = nil
	lost := 0
	matches(t, func() string {
		sample, err := sampler.Sample()
		if err == nil {
			return "nothing lost"
		}
		lost++
		e, ok := errors.AsType[*psutil.NetLossError](err)
		if !ok || e.NetNS != netnsOf(t, self) || !strings.Contains(e.Error(), fmt.Sprint(uint64(e.NetNS))) || sample == nil || len(sample.Processes) == 0 {
			t.Fatalf("%v with %v", err, sample)
		}
		sampler.add(t, sample)
		return ""
	})
	if got := sampler.sums[0]; got.sent >= many*10 {
		t.Errorf("lost, and there: %v", got)
	}
	// That is over, and later it is exact again.
	must(t, unix.SetsockoptInt(sockets[0], unix.SOL_SOCKET, unix.SO_RCVBUF, 1<<20))
	matches(t, func() string {
		sampler.sums = nil
		_, err := sampler.Sample()
		if err != nil {
			return err.Error()
		}
		return ""
	})
	client := dial(t, unix.AF_INET, l)
	server := accept(t, l)
	transfer(t, client, server, 42)
	sampler.sums = nil
	matches(t, func() string {
		sampler.more(t)
		// What is of nobody may still be from before: the kernel takes its time.
		if got := sampler.sums[os.Getpid()]; got != (carried{42, 42}) {
			return fmt.Sprintf("after the loss: carried %v", got)
		}
		return ""
	})
}

// TestNetRateHoldsNothing counts descriptors and goroutines after Samplers.
func TestNetRateHoldsNothing(t *testing.T) {
	use := func() *psutil.Sampler {
		s, err := psutil.NewSampler(psutil.FieldNetRate)
		must(t, err)
		for range 2 {
			_, err = s.Sample()
			must(t, err)
		}
		return s
	}
	must(t, use().Close())
	held := nothingHeld(t)
	for range 3 {
		must(t, use().Close())
	}
	held()
	for range 3 {
		use()
	}
	held()
}

// TestNetRateRecorded asks a recorded tree, which tells nothing twice.
func TestNetRateRecorded(t *testing.T) {
	s, err := psutil.New(psutil.WithRoot(fixture.Tree(t, []byte(netnsTree))))
	must(t, err)
	sampler, err := s.NewSampler(psutil.FieldNetRate)
	must(t, err)
	for n := range 3 {
		sample, err := sampler.Sample()
		must(t, err)
		if len(sample.Processes) == 0 || sample.NetUnowned != nil {
			t.Fatalf("%v with %v", sample, sample.NetUnowned)
		}
		for i := range sample.Processes {
			info := &sample.Processes[i]
			e, ok := errors.AsType[*psutil.NotSupportedError](info.Err(psutil.FieldNetRate))
			if info.Valid != 0 || !ok || n > 0 && e.Need != "the running system" {
				t.Errorf("%v: %v", info, info.Err(psutil.FieldNetRate))
			}
			b, err := json.Marshal(info)
			if err != nil || !bytes.Equal(b, []byte(`{"net_rate":null}`)) {
				t.Errorf("%s, %v", b, err)
			}
		}
	}
}

// TestNetRateOfMachine asks the machine as it is, with several readers.
func TestNetRateOfMachine(t *testing.T) {
	s, err := psutil.New(psutil.WithParallelism(3))
	must(t, err)
	sampler, err := s.NewSampler(psutil.FieldNetRate | psutil.FieldName)
	must(t, err)
	defer sampler.Close()
	self, err := s.NewProcess(os.Getpid())
	must(t, err)
	l := listener(t, unix.AF_INET, 1)
	client := dial(t, unix.AF_INET, l)
	server := accept(t, l)
	_, err = sampler.Sample()
	must(t, err)
	transfer(t, client, server, 1<<16)
	sample, err := sampler.Sample()
	must(t, err)
	info := sampleOf(t, sample, self)
	if got := whole(t, info.NetRate, sample.Elapsed); !info.Has(psutil.FieldNetRate) || got.sent < 1<<16 || got.recv < 1<<16 {
		t.Errorf("%v: %v, %v", info, got, info.Err(psutil.FieldNetRate))
	}
	if !slices.ContainsFunc(sample.Processes, func(i psutil.ProcessInfo) bool { return i.Has(psutil.FieldNetRate) && i.Process != self }) &&
		os.Geteuid() == 0 && len(sample.Processes) > 1 {
		t.Error("no other process has a rate")
	}
}
