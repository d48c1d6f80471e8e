package main

import (
	"context"
	"fmt"
	"math"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"runtime"
	"runtime/debug"
	"strings"
	"time"

	"github.com/go-psutil/psutil"
)

// build makes the programs of the benchmark in dir: the floors and populations,
// the command, and a program that does nothing.
func build(dir string) error {
	at := place{dir: dir}
	empty := at.program("empty.go")
	if err := os.WriteFile(empty, []byte("package main\n\nfunc main() {}\n"), 0o644); err != nil {
		return err
	}
	type compilation struct {
		in   string
		argv []string
	}
	all := []compilation{
		{".", []string{"go", "build", "-o", at.program("empty"), empty}},
		{filepath.Join("..", "cmd", "psutil"), []string{"go", "build", "-o", at.program("psutil"), "."}},
	}
	for _, name := range [...]string{"stat", "keep", "diag", "spawn", "peak"} {
		all = append(all, compilation{"floor", []string{"cc", "-O2", "-pthread", "-o", at.program(name), name + ".c"}})
	}
	for _, c := range all {
		cmd := exec.Command(c.argv[0], c.argv[1:]...)
		cmd.Dir = c.in
		cmd.Env = append(os.Environ(), "CGO_ENABLED=0") // as the README says
		if out, err := cmd.CombinedOutput(); err != nil {
			return fmt.Errorf("%s: %w\n%s", cmd, err, out)
		}
	}
	return nil
}

// describe prints what was measured with which machine, and its peers.
func (b *bench) describe() {
	kernel, _ := os.ReadFile("/proc/sys/kernel/osrelease")
	model := "unknown processor"
	if info, err := psutil.CPUInfo(); err == nil {
		model = info.ModelName
	}
	fmt.Fprintf(b.out, "# Results\n\n%s, %d CPUs, Linux %s, %s, %s.\n\nPeers: %s.\n", model, runtime.NumCPU(),
		strings.TrimSpace(string(kernel)), runtime.Version(), time.Now().UTC().Format(time.DateOnly), strings.Join(versions(), ", "))
}

// versions are those of the peers, such as "net-tools 2.10".
func versions() []string {
	var list []string
	if info, ok := debug.ReadBuildInfo(); ok {
		for _, m := range info.Deps {
			if strings.HasSuffix(m.Path, "/gopsutil/v4") || strings.HasSuffix(m.Path, "/procfs") {
				list = append(list, m.Path+" "+m.Version)
			}
		}
	}
	number := regexp.MustCompile(`\d+(\.\d+)+`)
	for _, tool := range [...]struct {
		name string
		argv []string
	}{
		{"psutil for Python", []string{pythonPath, "-c", "import psutil; print(psutil.__version__)"}},
		{"procps", []string{"ps", "--version"}},
		{"iproute2", []string{"ss", "-V"}},
		{"net-tools", []string{"netstat", "--version"}},
		{"lsof", []string{"lsof", "-v"}},
		{"strace", []string{"strace", "-V"}},
	} {
		out, _ := exec.Command(tool.argv[0], tool.argv[1:]...).CombinedOutput() // some fail when all is well
		version := number.FindString(string(out))
		if _, err := exec.LookPath(tool.argv[0]); err != nil || version == "" {
			version = "not installed"
		}
		list = append(list, tool.name+" "+version)
	}
	return list
}

// startup measures how much longer psutil netstat takes than a program that does
// nothing, beside ten sockets. It is the medians of paired runs, in nanoseconds.
func (b *bench) startup() (difference float64, err error) {
	at := place{dir: b.dir}
	netstat, empty := &result{contender: "`psutil netstat`"}, &result{contender: "an empty Go program"}
	ways := map[*result]*command{
		netstat: whole(1, at.program("psutil"), "netstat"),
		empty:   whole(-1, at.program("empty")),
	}
	err = withSockets(10, 1, func() {
		for i := range b.starts + 1 {
			for _, r := range [...]*result{netstat, empty} {
				if o, err := ways[r].run(context.Background()); i > 0 || err != nil { // the first is for warming up
					r.add(o, err)
				}
			}
		}
	})
	if err != nil || b.starts == 0 {
		return math.NaN(), err
	}
	fmt.Fprintf(b.out, "\n## Start-up\n\nMedians of %d runs, beside 10 sockets.\n\n| program | total | note |\n|---|---:|---|\n", b.starts)
	for _, r := range [...]*result{netstat, empty} {
		fmt.Fprintf(b.out, "| %s | %s | %s |\n", r.contender, milliseconds(r.total()), plain(r.note))
	}
	return netstat.total() - empty.total(), nil
}
