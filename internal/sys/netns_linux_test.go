package sys

import (
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"testing"

	"golang.org/x/sys/unix"
)

// newNetNS returns a descriptor of a new network namespace.
func newNetNS(t testing.TB) int {
	t.Helper()
	fd := -1
	err := onThread(func() (err error) {
		if err = unix.Unshare(unix.CLONE_NEWNET); err == nil {
			fd, err = unix.Open("/proc/thread-self/ns/net", unix.O_RDONLY|unix.O_CLOEXEC, 0)
		}
		return err
	})
	if err == unix.EPERM || err == unix.ENOSYS {
		missing(t, "no new network namespaces: "+err.Error())
	}
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { unix.Close(fd) })
	return fd
}

func TestInNetNS(t *testing.T) {
	home := readlink(t, "/proc/self/ns/net")
	ns := newNetNS(t)
	var inside []string
	err := InNetNS(ns, func() error {
		var err error
		inside, err = linkNames()
		if there := readlink(t, "/proc/thread-self/ns/net"); there == home {
			t.Error("not in the namespace")
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	// Kernels have tunnel devices in each namespace, according to their
	// configuration.
	if !slices.Contains(inside, "lo") || slices.Contains(inside, "eth0") {
		t.Errorf("inside: %q", inside)
	}
	if names, err := linkNames(); !slices.Equal(names, interfaces(t)) || err != nil {
		t.Errorf("outside: %q, %v", names, err)
	}
	checkThreads(t, home)
}

func readlink(t testing.TB, name string) string {
	t.Helper()
	s, err := os.Readlink(name)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// checkThreads waits until every thread is in the namespace called home: the
// others are about to end.
func checkThreads(t testing.TB, home string) {
	t.Helper()
	if now := readlink(t, "/proc/self/ns/net"); now != home {
		t.Fatalf("the main thread is in %s, was in %s", now, home)
	}
	for {
		links, err := filepath.Glob("/proc/self/task/*/ns/net")
		if err != nil || len(links) == 0 {
			t.Fatal(links, err)
		}
		if !slices.ContainsFunc(links, func(link string) bool {
			s, err := os.Readlink(link)
			return err == nil && s != home
		}) {
			return
		}
		runtime.Gosched()
	}
}

func TestInNetNSThreads(t *testing.T) {
	home := readlink(t, "/proc/self/ns/net")
	ns := newNetNS(t)
	for range 300 {
		if err := InNetNS(ns, func() error {
			if unix.Gettid() == unix.Getpid() {
				return errors.New("on the main thread")
			}
			return nil
		}); err != nil {
			t.Fatal(err)
		}
	}
	checkThreads(t, home)
}

func TestInNetNSProcesses(t *testing.T) {
	home := readlink(t, "/proc/self/ns/net")
	ns := newNetNS(t)
	if err := InNetNS(ns, func() error {
		out, err := exec.Command("readlink", "/proc/self/ns/net").Output()
		if there := strings.TrimSpace(string(out)); there == home || !strings.HasPrefix(there, "net:[") {
			t.Errorf("the process is in %q", there)
		}
		goroutine := make(chan string)
		go func() { goroutine <- readlink(t, "/proc/thread-self/ns/net") }()
		if there := <-goroutine; there != home {
			t.Errorf("the goroutine is in %q", there)
		}
		return err
	}); err != nil {
		t.Fatal(err)
	}
}

func TestInNetNSErrors(t *testing.T) {
	want := errors.New("mine")
	ns := newNetNS(t)
	if err := InNetNS(ns, func() error { return want }); err != want {
		t.Errorf("got %v", err)
	}
	if err := InNetNS(ns, func() error { runtime.Goexit(); return nil }); err != errGoexit {
		t.Errorf("got %v", err)
	}
	called := false
	if err := InNetNS(-1, func() error { called = true; return nil }); err != unix.EBADF || called {
		t.Errorf("no descriptor: %v, called %t", err, called)
	}
	f, err := os.Open("/proc/thread-self/ns/mnt")
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	if err := InNetNS(int(f.Fd()), func() error { called = true; return nil }); err != unix.EINVAL || called {
		t.Errorf("a mount namespace: %v, called %t", err, called)
	}
}

func BenchmarkInNetNS(b *testing.B) {
	ns := newNetNS(b)
	for b.Loop() {
		if err := InNetNS(ns, func() error { return nil }); err != nil {
			b.Fatal(err)
		}
	}
}
