package sys

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"testing"

	"golang.org/x/sys/unix"
)

// both runs f with the kernel's way of staying below a root and with ours.
func both(t *testing.T, dir string, f func(t *testing.T, d *Dir)) {
	for _, walk := range []bool{false, true} {
		t.Run(map[bool]string{false: "Openat2", true: "Walk"}[walk], func(t *testing.T) {
			d, err := OpenRoot(dir)
			if err != nil {
				t.Fatal(err)
			}
			defer d.Close()
			if d.in == nil {
				t.Fatal("not confined")
			}
			d.in.walk = walk
			f(t, d)
		})
	}
}

// tree writes files, and links where the content starts with "-> ".
func tree(t *testing.T, files map[string]string) string {
	t.Helper()
	dir := t.TempDir()
	for name, content := range files {
		full := filepath.Join(dir, name)
		err := os.MkdirAll(filepath.Dir(full), 0o755)
		if target, ok := strings.CutPrefix(content, "-> "); ok && err == nil {
			err = os.Symlink(target, full)
		} else if err == nil {
			err = os.WriteFile(full, []byte(content), 0o644)
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

func TestRootLinks(t *testing.T) {
	outside := tree(t, map[string]string{"secret": "outside", "proc/5/stat": "outside"})
	secret := filepath.Join(outside, "secret")
	dir := tree(t, map[string]string{
		"etc/file":      "inside",
		"etc/absolute":  "-> /etc/file",
		"etc/relative":  "-> ../etc/./file",
		"etc/above":     "-> ../../../../../../../../etc/file",
		"etc/directory": "-> /etc/",
		"etc/slash":     "-> file/",
		"etc/out":       "-> " + secret,
		"etc/up":        "-> " + strings.Repeat("../", 30) + secret[1:],
		"etc/itself":    "-> /etc/itself",
		"etc/ping":      "-> pong",
		"etc/pong":      "-> ping",
		"etc/run":       "-> " + outside,
		"links/0":       "-> /etc/file",
		"proc/5/stat":   "stat of 5",
		"proc/5/fd/3":   "-> /etc/file",
		"proc/5/fd/4":   "-> " + secret,
		"proc/5/exe":    "-> " + secret,
		"proc/6":        "-> /proc/5",
		"proc/7":        "-> " + filepath.Join(outside, "proc/5"),
		"proc/8/stat":   "-> " + secret,
		"proc/self":     "-> 5",
	})
	for i := 1; i <= 45; i++ {
		if err := os.Symlink(strconv.Itoa(i-1), filepath.Join(dir, "links", strconv.Itoa(i))); err != nil {
			t.Fatal(err)
		}
	}
	both(t, dir, func(t *testing.T, d *Dir) {
		proc, err := d.OpenDir("proc")
		if err != nil {
			t.Fatal(err)
		}
		defer proc.Close()
		if proc.Live() || d.Live() {
			t.Error("a recorded /proc is taken for the kernel's")
		}
		pid := func(n int, f func(PIDDir) ([]byte, error)) func() ([]byte, error) {
			return func() ([]byte, error) {
				p, err := proc.OpenPID(n)
				if err != nil {
					return nil, err
				}
				defer p.Close()
				return f(p)
			}
		}
		file := func(name string) func() ([]byte, error) {
			return func() ([]byte, error) { return d.ReadFile([]byte{}, name) }
		}
		for what, test := range map[string]struct {
			read func() ([]byte, error)
			want string
			err  error
		}{
			"plain":           {file("etc/file"), "inside", nil},
			"fromTheRoot":     {file("/etc/file"), "inside", nil},
			"dots":            {file("etc/../.././etc//file"), "inside", nil},
			"absolute":        {file("etc/absolute"), "inside", nil},
			"relative":        {file("etc/relative"), "inside", nil},
			"above":           {file("etc/above"), "inside", nil},
			"throughLink":     {file("etc/directory/file"), "inside", nil},
			"directory":       {file("etc/directory"), "", syscall.EISDIR},
			"root":            {file(".."), "", syscall.EISDIR},
			"slash":           {file("etc/slash"), "", syscall.ENOTDIR},
			"fileAsDirectory": {file("etc/file/x"), "", syscall.ENOTDIR},
			"backFromFile":    {file("etc/file/../file"), "", syscall.ENOTDIR},
			"backFromNothing": {file("etc/none/../file"), "", syscall.ENOENT},
			"out":             {file("etc/out"), "", syscall.ENOENT},
			"up":              {file("etc/up"), "", syscall.ENOENT},
			"throughOut":      {file("etc/run/secret"), "", syscall.ENOENT},
			"itself":          {file("etc/itself"), "", syscall.ELOOP},
			"loop":            {file("etc/ping"), "", syscall.ELOOP},
			"links40":         {file("links/39"), "inside", nil},
			"links41":         {file("links/40"), "", syscall.ELOOP},
			"long":            {file(strings.Repeat("x", 256)), "", syscall.ENAMETOOLONG},
			"longPath":        {file(strings.Repeat("./", 200) + "etc/file"), "inside", nil},
			"record":          {func() ([]byte, error) { return d.ReadRecord([]byte{}, "etc/absolute") }, "inside", nil},
			"recordOut":       {func() ([]byte, error) { return d.ReadRecord(nil, "etc/out") }, "", syscall.ENOENT},
			"belowProc":       {func() ([]byte, error) { return proc.ReadFile([]byte{}, "../etc/file") }, "inside", nil},
			"pid":             {func() ([]byte, error) { return proc.ReadPID([]byte{}, 5, "stat") }, "stat of 5", nil},
			"pidLink":         {func() ([]byte, error) { return proc.ReadPID([]byte{}, 6, "stat") }, "stat of 5", nil},
			"pidOut":          {func() ([]byte, error) { return proc.ReadPID(nil, 7, "stat") }, "", syscall.ENOENT},
			"pidFileOut":      {func() ([]byte, error) { return proc.ReadPID(nil, 8, "stat") }, "", syscall.ENOENT},
			"self":            {func() ([]byte, error) { return proc.ReadRecord([]byte{}, "self/stat") }, "stat of 5", nil},
			"link":            {func() ([]byte, error) { return d.AppendLink([]byte("> "), "etc/out") }, "> " + secret, nil},
			"linkThroughLink": {func() ([]byte, error) { return d.AppendLink(nil, "etc/directory/absolute") }, "/etc/file", nil},
			"linkOut":         {func() ([]byte, error) { return d.AppendLink(nil, "etc/run/x") }, "", syscall.ENOENT},
			"linkOfFile":      {func() ([]byte, error) { return d.AppendLink(nil, "etc/file") }, "", syscall.EINVAL},
			"openPIDLink":     {pid(6, func(p PIDDir) ([]byte, error) { return p.ReadRecord([]byte{}, "stat") }), "stat of 5", nil},
			"openPIDOut":      {pid(7, func(p PIDDir) ([]byte, error) { return p.ReadRecord(nil, "stat") }), "", syscall.ENOENT},
			"openPIDFile":     {pid(5, func(p PIDDir) ([]byte, error) { return p.ReadFile([]byte{}, "fd/3") }), "inside", nil},
			"openPIDFileOut":  {pid(8, func(p PIDDir) ([]byte, error) { return p.ReadFile(nil, "stat") }), "", syscall.ENOENT},
			"openPIDExe":      {pid(5, func(p PIDDir) ([]byte, error) { return p.AppendLink(nil, "exe") }), secret, nil},
			"openPIDStat": {pid(5, func(p PIDDir) ([]byte, error) {
				info, err := p.Stat("fd/3")
				return strconv.AppendInt(nil, info.Size, 10), err
			}), "6", nil},
			"openPIDStatOut": {pid(5, func(p PIDDir) ([]byte, error) { _, err := p.Stat("fd/4"); return nil, err }), "", syscall.ENOENT},
			"openPIDNames": {pid(5, func(p PIDDir) ([]byte, error) {
				var all []string
				err := p.EachLink("fd", func(name, target []byte) bool {
					all = append(all, fmt.Sprintf("%s=%s", name, target))
					return true
				})
				slices.Sort(all)
				return []byte(strings.Join(all, " ")), err
			}), "3=/etc/file 4=" + secret, nil},
			"openPIDEachOut": {pid(5, func(p PIDDir) ([]byte, error) {
				return nil, p.EachName("../../etc/run", func([]byte) bool { return true })
			}), "", syscall.ENOENT},
		} {
			got, err := test.read()
			if err != test.err || err == nil && string(got) != test.want {
				t.Errorf("%s: got %q, %v, want %q, %v", what, got, err, test.want, test.err)
			}
		}
		if names, err := d.Names("etc/directory"); err != nil || len(names) != 12 {
			t.Errorf("names: %q, %v", names, err)
		}
		if _, err := d.Names("etc/run"); err != syscall.ENOENT {
			t.Errorf("names outside: %v", err)
		}
		if !d.Exists("etc/above") || d.Exists("etc/out") {
			t.Error("what exists is not known")
		}
		if info, err := d.Stat("etc/absolute"); err != nil || info.Size != 6 {
			t.Errorf("stat: %+v, %v", info, err)
		}
	})
}

// TestRootFiles reads below a root what would wait for ever or not end.
func TestRootFiles(t *testing.T) {
	dir := tree(t, map[string]string{"proc/5/link": "-> /fifo", "etc/machine-id": "-> /fifo", "etc/zero": "-> /zero"})
	if err := unix.Mkfifo(filepath.Join(dir, "fifo"), 0o644); err != nil {
		t.Fatal(err)
	}
	if err := unix.Mkfifo(filepath.Join(dir, "proc/5/stat"), 0o644); err != nil {
		t.Fatal(err)
	}
	for name, size := range map[string]int64{"huge": 1 << 40, "fits": maxFile, "over": maxFile + 1} {
		f, err := os.Create(filepath.Join(dir, name))
		if err == nil {
			err = errors.Join(f.Truncate(size), f.Close())
		}
		if err != nil && name != "huge" {
			t.Fatal(err)
		}
	}
	device := unix.Mknod(filepath.Join(dir, "zero"), unix.S_IFCHR|0o666, int(unix.Mkdev(1, 5)))
	both(t, dir, func(t *testing.T, d *Dir) {
		proc, err := d.OpenDir("proc")
		if err != nil {
			t.Fatal(err)
		}
		defer proc.Close()
		read := func(what string, want error) func([]byte, error) {
			return func(b []byte, err error) {
				t.Helper()
				if err != want || err != nil && (len(b) != 1 || b[0] != 'x') {
					t.Errorf("%s: %d bytes, %v, want %v", what, len(b), err, want)
				}
			}
		}
		x := []byte("x")
		read("fifo", errNotRegular)(d.ReadFile(x, "fifo"))
		read("fifo's record", errNotRegular)(d.ReadRecord(x, "etc/machine-id"))
		read("fifo of a process", errNotRegular)(proc.ReadPID(x, 5, "stat"))
		p, err := proc.OpenPID(5)
		if err != nil {
			t.Fatal(err)
		}
		defer p.Close()
		read("fifo by process", errNotRegular)(p.ReadFile(x, "link"))
		read("fifo as namespace", errNotRegular)(x, second(proc.OpenNamespace("5/stat")))
		if device == nil {
			read("zero", errNotRegular)(d.ReadFile(x, "etc/zero"))
		}
		read("over", syscall.EFBIG)(d.ReadFile(x, "over"))
		if d.Exists("huge") {
			read("huge", syscall.EFBIG)(d.ReadFile(x, "huge"))
		}
		if b, err := d.ReadFile(nil, "fits"); err != nil || len(b) != maxFile {
			t.Errorf("fits: %d bytes, %v", len(b), err)
		}
	})
	if device != nil {
		t.Logf("without a device: %v", device)
	}
}

func second[T any](_ T, err error) error { return err }

// TestRootRenames looks up names with ".." while directories are moved, which
// makes openat2 give up.
func TestRootRenames(t *testing.T) {
	dir := tree(t, map[string]string{"a/b/c/file": "x", "link": "-> a/b/../b/c/../../../a/b/c/file", "moved/1": ""})
	d, err := OpenRoot(dir)
	if err != nil {
		t.Fatal(err)
	}
	defer d.Close()
	stop := make(chan struct{})
	var wg sync.WaitGroup
	wg.Go(func() {
		for {
			select {
			case <-stop:
				return
			default:
				_ = os.Rename(filepath.Join(dir, "moved/1"), filepath.Join(dir, "moved/2"))
				_ = os.Rename(filepath.Join(dir, "moved/2"), filepath.Join(dir, "moved/1"))
			}
		}
	})
	defer wg.Wait()
	defer close(stop)
	for range 5000 {
		if b, err := d.ReadFile(nil, "link"); err != nil || string(b) != "x" {
			t.Fatalf("got %q, %v", b, err)
		}
	}
}

// TestWalkDepth goes as deep as a walk may, and back.
func TestWalkDepth(t *testing.T) {
	deep := strings.Repeat("d/", maxDepth)
	dir := tree(t, map[string]string{deep + "file": "deep", "file": "top"})
	both(t, dir, func(t *testing.T, d *Dir) {
		if b, err := d.ReadFile(nil, deep+"file"); err != nil || string(b) != "deep" {
			t.Errorf("%q, %v", b, err)
		}
		if b, err := d.ReadFile(nil, deep+strings.Repeat("../", 2*maxDepth)+"file"); err != nil || string(b) != "top" {
			t.Errorf("%q, %v", b, err)
		}
		if _, err := d.ReadFile(nil, deep+"d/file"); err != syscall.ENOENT && err != syscall.ENAMETOOLONG {
			t.Errorf("%v", err)
		}
	})
}

// TestRootProc reads the kernel's /proc as another root's.
func TestRootProc(t *testing.T) {
	if _, err := os.Stat("/proc/self/stat"); err != nil {
		t.Skip(err)
	}
	// A root that has the machine's /proc without a mount: the machine's own
	// under another name.
	both(t, "/proc/..", func(t *testing.T, d *Dir) {
		proc, err := d.OpenDir("proc")
		if err != nil {
			t.Fatal(err)
		}
		defer proc.Close()
		if !proc.Live() || !proc.in.proc {
			t.Fatal("the kernel's /proc is taken for a recorded one")
		}
		me := os.Getpid()
		exe, err := os.Executable()
		if err != nil {
			t.Fatal(err)
		}
		if b, err := proc.ReadPID(nil, me, "comm"); err != nil || len(b) == 0 {
			t.Errorf("comm: %q, %v", b, err)
		}
		if b, err := proc.AppendLink(nil, strconv.Itoa(me)+"/exe"); err != nil || string(b) != exe {
			t.Errorf("exe: %q, %v, want %s", b, err, exe)
		}
		p, err := proc.OpenPID(me)
		if err != nil {
			t.Fatal(err)
		}
		defer p.Close()
		f, err := os.Create(filepath.Join(t.TempDir(), "open"))
		if err != nil {
			t.Fatal(err)
		}
		defer f.Close()
		if info, err := p.Stat(fmt.Sprintf("fd/%d", f.Fd())); err != nil || info.Mode&unix.S_IFMT != unix.S_IFREG {
			t.Errorf("stat: %+v, %v", info, err)
		}
		if b, err := p.AppendLink(nil, "exe"); err != nil || string(b) != exe {
			t.Errorf("exe: %q, %v", b, err)
		}
		if b, err := p.ReadFile(nil, "status"); err != nil || !strings.HasPrefix(string(b), "Name:") {
			t.Errorf("status: %q, %v", b, err)
		}
		if b, err := p.ReadFile(nil, "root/proc/version"); err != syscall.ELOOP && err != syscall.ENOENT {
			t.Errorf("through a magic link: %q, %v", b, err)
		}
		fd, err := proc.OpenNamespace("self/ns/net")
		if err != nil {
			t.Fatal(err)
		}
		defer unix.Close(fd)
		var ours, theirs unix.Stat_t
		if err := errors.Join(unix.Fstat(fd, &theirs), unix.Stat("/proc/self/ns/net", &ours)); err != nil || ours.Ino != theirs.Ino {
			t.Errorf("namespace %d, want %d, %v", theirs.Ino, ours.Ino, err)
		}
	})
}

// TestRootNamespace has links where a recorded /proc has a namespace.
func TestRootNamespace(t *testing.T) {
	dir := tree(t, map[string]string{"proc/1/ns/net": "-> /proc/self/ns/net", "proc/2/ns/net": "-> net:[4026531840]"})
	both(t, dir, func(t *testing.T, d *Dir) {
		proc, err := d.OpenDir("proc")
		if err != nil {
			t.Fatal(err)
		}
		defer proc.Close()
		for _, name := range []string{"1/ns/net", "2/ns/net"} {
			if fd, err := proc.OpenNamespace(name); err != syscall.ENOENT {
				t.Errorf("%s: %d, %v", name, fd, err)
			}
		}
	})
}

// TestRootLeavesNothingOpen counts descriptors over many ways to fail.
func TestRootLeavesNothingOpen(t *testing.T) {
	dir := tree(t, map[string]string{"a/b/file": "x", "a/loop": "-> loop", "a/b/up": "-> ../../a/b/file", "proc/1/stat": "x"})
	both(t, dir, func(t *testing.T, d *Dir) {
		proc, err := d.OpenDir("proc")
		if err != nil {
			t.Fatal(err)
		}
		defer proc.Close()
		runtime.GC()
		before := openFDs(t)
		for range 20 {
			for _, name := range []string{"a/b/file", "a/b", "a/b/up", "a/loop", "a/b/none", "a/b/file/x", "a/b/c/d"} {
				_, _ = d.ReadFile(nil, name)
				_, _ = d.AppendLink(nil, name)
				if fd, err := d.OpenNamespace(name); err == nil {
					unix.Close(fd)
				}
				_, _ = d.Stat(name)
			}
			if p, err := proc.OpenPID(1); err == nil {
				_, _ = p.ReadFile(nil, "none")
				p.Close()
			}
		}
		if after := openFDs(t); after > before {
			t.Errorf("%d descriptors before, %d after", before, after)
		}
	})
}
