package sys

import (
	"bytes"
	"context"
	"errors"
	"os"
	"runtime"
	"slices"
	"sync"
	"testing"
	"time"

	"golang.org/x/sys/unix"
)

func newPoller(t testing.TB) *Poller {
	t.Helper()
	p, err := NewPoller()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { p.Close() })
	return p
}

// awaitParked returns once n goroutines are blocked in the runtime's poller.
func awaitParked(t testing.TB, n int) {
	t.Helper()
	buf := make([]byte, 4<<20)
	for {
		dump := buf[:runtime.Stack(buf, true)]
		if bytes.Count(dump, []byte("[IO wait")) >= n {
			return
		}
		runtime.Gosched()
	}
}

func TestPollerReportsEachOnce(t *testing.T) {
	p := newPoller(t)
	const n = 150 // more than one batch of events
	efds := make([]int, n)
	for i := range efds {
		fd, err := unix.Eventfd(0, unix.EFD_CLOEXEC)
		if err != nil {
			t.Fatal(err)
		}
		defer unix.Close(fd)
		efds[i] = fd
		if err := p.Add(fd); err != nil {
			t.Fatal(err)
		}
	}
	for _, fd := range efds[:n-1] {
		if _, err := unix.Write(fd, []byte{1, 0, 0, 0, 0, 0, 0, 0}); err != nil {
			t.Fatal(err)
		}
	}
	var got []int
	for len(got) < n-1 {
		ready, err := p.Wait(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		got = append(got, ready...)
	}
	slices.Sort(got)
	if !slices.Equal(got, efds[:n-1]) {
		t.Errorf("got %d, want %d", got, efds[:n-1])
	}
	// All are still readable, and none is to be reported again.
	ctx, cancel := context.WithTimeout(t.Context(), 10*time.Millisecond)
	defer cancel()
	if ready, err := p.Wait(ctx); err != context.DeadlineExceeded {
		t.Errorf("got %d, %v", ready, err)
	}
	unix.Write(efds[n-1], []byte{1, 0, 0, 0, 0, 0, 0, 0})
	if ready, err := p.Wait(t.Context()); len(ready) != 1 || ready[0] != efds[n-1] || err != nil {
		t.Errorf("got %d, %v", ready, err)
	}
}

func TestPollerWaitsForChildren(t *testing.T) {
	p := newPoller(t)
	const n = 20
	byFD := map[int]int{}
	for range n {
		pid := sleeper(t)
		fd := openPidfd(t, pid)
		byFD[fd] = pid
		if err := p.Add(fd); err != nil {
			t.Fatal(err)
		}
	}
	type result struct {
		fds []int
		err error
	}
	results := make(chan result)
	go func() {
		for range n {
			fds, err := p.Wait(t.Context())
			results <- result{slices.Clone(fds), err}
		}
	}()
	for fd := range byFD { // one at a time, while the other goroutine waits
		awaitParked(t, 1)
		if err := PidfdSendSignal(fd, unix.SIGKILL); err != nil {
			t.Fatal(err)
		}
		if r := <-results; len(r.fds) != 1 || r.fds[0] != fd || r.err != nil {
			t.Fatalf("killed %d, got %d, %v", fd, r.fds, r.err)
		}
		if st, exited, err := WaitPidfd(fd, true); st.Signal != unix.SIGKILL || !exited || err != nil {
			t.Errorf("%+v, %t, %v", st, exited, err)
		}
	}
}

func TestPollerContext(t *testing.T) {
	p := newPoller(t)
	pid := sleeper(t)
	fd := openPidfd(t, pid)
	if err := p.Add(fd); err != nil {
		t.Fatal(err)
	}
	goroutines := runtime.NumGoroutine()

	for range 100 { // the deadline of one wait must not end the next
		ctx, cancel := context.WithCancel(t.Context())
		errs := make(chan error)
		go func() {
			_, err := p.Wait(ctx)
			errs <- err
		}()
		awaitParked(t, 1)
		cancel()
		if err := <-errs; err != context.Canceled {
			t.Fatal(err)
		}
	}
	for range 100 {
		ctx, cancel := context.WithTimeout(t.Context(), 100*time.Microsecond)
		if _, err := p.Wait(ctx); err != context.DeadlineExceeded {
			t.Fatal(err)
		}
		cancel()
	}
	ended, cancel := context.WithCancel(t.Context())
	cancel()
	if ready, err := p.Wait(ended); err != context.Canceled {
		t.Errorf("got %d, %v", ready, err)
	}
	for runtime.NumGoroutine() > goroutines { // those of the last waits may be about to end
		runtime.Gosched()
	}

	if err := Kill(pid, unix.SIGKILL); err != nil {
		t.Fatal(err)
	}
	waitPidfds(t, fd)                       // by another Poller: now it can be read
	p.file.SetReadDeadline(time.Unix(1, 0)) // as if the interruption came before the first look
	if ready, err := p.Wait(ended); len(ready) != 1 || ready[0] != fd || err != nil {
		t.Errorf("what is readable at the end: %d, %v", ready, err)
	}
}

// TestPollerCancelledLate ends the context just when there is something to
// report: the next wait must not notice.
func TestPollerCancelledLate(t *testing.T) {
	p := newPoller(t)
	for range 2000 {
		fds := [2]int{}
		for i := range fds {
			fd, err := unix.Eventfd(uint(1-i), unix.EFD_CLOEXEC) // the first is readable
			if err != nil {
				t.Fatal(err)
			}
			fds[i] = fd
			if err := p.Add(fd); err != nil {
				t.Fatal(err)
			}
		}
		ctx, cancel := context.WithCancel(t.Context())
		go cancel()
		runtime.Gosched()
		if ready, err := p.Wait(ctx); !slices.Equal(ready, fds[:1]) || err != nil {
			t.Fatalf("got %d, %v", ready, err)
		}
		go unix.Write(fds[1], []byte{1, 0, 0, 0, 0, 0, 0, 0})
		if ready, err := p.Wait(context.Background()); !slices.Equal(ready, fds[1:]) || err != nil {
			t.Fatalf("got %d, %v", ready, err)
		}
		for _, fd := range fds {
			unix.Close(fd)
		}
	}
}

func TestPollerClose(t *testing.T) {
	p, err := NewPoller()
	if err != nil {
		t.Fatal(err)
	}
	errs := make(chan error)
	go func() {
		_, err := p.Wait(context.Background())
		errs <- err
	}()
	awaitParked(t, 1)
	if err := p.Close(); err != nil {
		t.Fatal(err)
	}
	if err := <-errs; err == nil {
		t.Error("no error from Wait")
	}
	if err := p.Add(0); err == nil {
		t.Error("no error from Add")
	}
	if _, err := p.Wait(context.Background()); err == nil {
		t.Error("no error from a later Wait")
	}
}

func TestPollerAddErrors(t *testing.T) {
	p := newPoller(t)
	if err := p.Add(-1); err != unix.EBADF {
		t.Errorf("no descriptor: %v", err)
	}
	f, err := os.Open("wait_linux.go")
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	if err := p.Add(int(f.Fd())); err != unix.EPERM {
		t.Errorf("a regular file: %v", err)
	}
}

func TestWaitingTakesNoThread(t *testing.T) {
	pid := sleeper(t)
	fd := openPidfd(t, pid)
	const n = 200
	var wg sync.WaitGroup
	errs := make(chan error, n)
	for range n {
		p := newPoller(t)
		if err := p.Add(fd); err != nil {
			t.Fatal(err)
		}
		wg.Go(func() {
			_, err := p.Wait(t.Context())
			errs <- err
		})
	}
	awaitParked(t, n)
	threads, err := os.ReadDir("/proc/self/task")
	if err != nil {
		t.Fatal(err)
	}
	if len(threads) > n/2 {
		t.Errorf("%d threads for %d waits", len(threads), n)
	}
	if err := Kill(pid, unix.SIGTERM); err != nil {
		t.Fatal(err)
	}
	wg.Wait()
	close(errs)
	for err := range errs {
		if err != nil {
			t.Error(err)
		}
	}
}

func TestPollerIsCollected(t *testing.T) {
	before := openFDs(t)
	for range 100 {
		if _, err := NewPoller(); err != nil {
			t.Fatal(err)
		}
	}
	for openFDs(t) > before {
		runtime.GC()
	}
}

func BenchmarkPoller(b *testing.B) {
	efd, err := unix.Eventfd(1, unix.EFD_CLOEXEC)
	if err != nil {
		b.Fatal(err)
	}
	defer unix.Close(efd)
	for b.Loop() {
		p, err := NewPoller()
		if err != nil {
			b.Fatal(err)
		}
		err = errors.Join(p.Add(efd))
		if err != nil {
			b.Fatal(err)
		}
		if ready, err := p.Wait(context.Background()); len(ready) != 1 || err != nil {
			b.Fatal(ready, err)
		}
		p.Close()
	}
}
