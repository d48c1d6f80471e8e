// Command bench measures this package beside its peers and a floor in C, on
// one machine, in one run: every contender in turn, several rounds, medians.
//
//	go run . -processes 2000 -sockets 40000 -rounds 7
package main

import (
	"bufio"
	"cmp"
	"errors"
	"flag"
	"fmt"
	"io"
	"log"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"time"

	gonet "github.com/shirou/gopsutil/v4/net"
	"github.com/shirou/gopsutil/v4/process"

	"github.com/go-psutil/psutil"
)

func main() {
	log.SetFlags(0)
	processes := flag.Int("processes", 2000, "sleeping processes to make")
	sockets := flag.Int("sockets", 40000, "TCP sockets to make, in 12 processes")
	rounds := flag.Int("rounds", 7, "rounds, of which medians are taken")
	results := flag.String("o", "", "also write the results to this file")
	holder := flag.Int("hold", 0, "make so many connections, say ready, and wait: what the benchmark runs itself as")
	flag.Parse()
	if *holder > 0 {
		if err := hold(*holder); err != nil {
			log.Fatal(err)
		}
		return
	}
	var report strings.Builder
	out := io.MultiWriter(os.Stdout, &report)
	if err := run(out, *processes, *sockets, *rounds); err != nil {
		log.Fatal(err)
	}
	if *results != "" {
		if err := os.WriteFile(*results, []byte(report.String()), 0o644); err != nil {
			log.Fatal(err)
		}
	}
}

// A contender does the work once and says how many items there were and how
// long it took.
type contender struct {
	name string
	run  func() (items int, took time.Duration, err error)
}

func run(out io.Writer, processes, sockets, rounds int) error {
	dir, err := os.MkdirTemp("", "psutil-bench")
	if err != nil {
		return err
	}
	defer os.RemoveAll(dir)
	for _, name := range []string{"stat", "diag", "spawn"} {
		out, err := exec.Command("cc", "-O2", "-o", filepath.Join(dir, name), filepath.Join("floor", name+".c")).CombinedOutput()
		if err != nil {
			return fmt.Errorf("cc %s.c: %w\n%s", name, err, out)
		}
	}
	describe(out)
	if err := withChild(func() error { return benchProcesses(out, dir, rounds) }, filepath.Join(dir, "spawn"), fmt.Sprint(processes)); err != nil {
		return err
	}
	const holders = 12
	self, err := os.Executable()
	if err != nil {
		return err
	}
	hold := []string{"-hold", fmt.Sprint(sockets / holders / 2)}
	next := func() error { return benchSockets(out, dir, rounds) }
	for range holders {
		inner := next
		next = func() error { return withChild(inner, self, hold...) }
	}
	return next()
}

func describe(out io.Writer) {
	kernel, _ := os.ReadFile("/proc/sys/kernel/osrelease")
	model := "unknown processor"
	if info, err := psutil.CPUInfo(); err == nil {
		model = info.ModelName
	}
	fmt.Fprintf(out, "# Results\n\n%s, %d CPUs, Linux %s, %s.\n", model, runtime.NumCPU(), strings.TrimSpace(string(kernel)), runtime.Version())
	fmt.Fprintln(out, "Peers: gopsutil v4 and the python3-psutil, iproute2 and net-tools of the distribution.")
}

// withChild runs f while a program runs that has said "ready", and ends it.
func withChild(f func() error, name string, args ...string) error {
	cmd := exec.Command(name, args...)
	stdin, err := cmd.StdinPipe()
	if err != nil {
		return err
	}
	stdout, err := cmd.StdoutPipe()
	if err != nil {
		return err
	}
	cmd.Stderr = os.Stderr
	if err := cmd.Start(); err != nil {
		return err
	}
	defer cmd.Wait()
	defer stdin.Close()
	if line, err := bufio.NewReader(stdout).ReadString('\n'); err != nil || line != "ready\n" {
		return fmt.Errorf("%s said %q: %w", name, line, cmp.Or(err, errors.New("want ready")))
	}
	return f()
}

// hold keeps connections to itself open, two sockets each.
func hold(n int) error {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return err
	}
	var open []net.Conn
	for range n {
		c, err := net.Dial("tcp", l.Addr().String())
		if err != nil {
			return err
		}
		a, err := l.Accept()
		if err != nil {
			return err
		}
		open = append(open, c, a)
	}
	fmt.Println("ready")
	_, err = io.Copy(io.Discard, os.Stdin)
	runtime.KeepAlive(open)
	return err
}

// timed runs f and times it.
func timed(f func() (int, error)) func() (int, time.Duration, error) {
	return func() (int, time.Duration, error) {
		runtime.GC()
		began := time.Now()
		n, err := f()
		return n, time.Since(began), err
	}
}

// program runs one that prints "ITEMS NANOSECONDS".
func program(name string, args ...string) func() (int, time.Duration, error) {
	return func() (n int, took time.Duration, err error) {
		out, err := exec.Command(name, args...).Output()
		if err == nil {
			_, err = fmt.Sscan(string(out), &n, (*int64)(&took))
		}
		return n, took, err
	}
}

// command times a whole command.
func command(name string, args ...string) func() (int, time.Duration, error) {
	return timed(func() (int, error) {
		out, err := exec.Command(name, args...).Output()
		return strings.Count(string(out), "\n"), err
	})
}

// python runs code that leaves the number of items in n.
func python(code string) func() (int, time.Duration, error) {
	return program("/usr/bin/python3", "-c", "import psutil, time\nt = time.perf_counter_ns()\n"+code+
		"\nprint(n, time.perf_counter_ns() - t)")
}

func benchProcesses(out io.Writer, dir string, rounds int) error {
	const fields = psutil.FieldPID | psutil.FieldPPID | psutil.FieldName | psutil.FieldStatus | psutil.FieldCPUTimes |
		psutil.FieldRSS | psutil.FieldCreateTime | psutil.FieldNumThreads
	sampler, err := psutil.NewSampler(fields | psutil.FieldCPUPercent)
	if err != nil {
		return err
	}
	return compare(out, "Snapshot of "+fields.String(), rounds, []contender{
		{"floor in C: open, read, close of stat", program(filepath.Join(dir, "stat"), "1")},
		{"this: Snapshot", timed(func() (n int, err error) {
			for _, err := range psutil.Snapshot(fields) {
				if err != nil {
					return n, err
				}
				n++
			}
			return n, nil
		})},
		{"this: Sampler", timed(func() (int, error) {
			s, err := sampler.Sample()
			if err != nil {
				return 0, err
			}
			return len(s.Processes), nil
		})},
		{"gopsutil v4", timed(gopsutilProcesses)},
		{"python3-psutil", python("n = len(list(psutil.process_iter(['pid', 'ppid', 'name', 'status', 'cpu_times', 'memory_info', 'create_time', 'num_threads'])))")},
	})
}

func gopsutilProcesses() (n int, err error) {
	all, err := process.Processes()
	if err != nil {
		return 0, err
	}
	for _, p := range all {
		// One that ends meanwhile fails each of these.
		p.Ppid()
		p.Name()
		p.Status()
		p.Times()
		p.MemoryInfo()
		p.CreateTime()
		p.NumThreads()
		n++
	}
	return n, nil
}

func benchSockets(out io.Writer, dir string, rounds int) error {
	return compare(out, "NetConnections of TCP with PIDs", rounds, []contender{
		{"floor in C: sock_diag dump without PIDs", program(filepath.Join(dir, "diag"))},
		{"this: NetConnections", timed(func() (int, error) {
			conns, err := psutil.NetConnections(psutil.KindTCP)
			return len(conns), err
		})},
		{"gopsutil v4", timed(func() (int, error) {
			conns, err := gonet.Connections("tcp")
			return len(conns), err
		})},
		{"python3-psutil", python("n = len(psutil.net_connections('tcp'))")},
		{"ss -tanp", command("ss", "-tanpH")},
		{"netstat -antp", command("netstat", "-antp")},
	})
}

// compare runs the contenders in turn and prints their medians, and how many
// times that of this package's first they took.
func compare(out io.Writer, title string, rounds int, contenders []contender) error {
	took := make([][]time.Duration, len(contenders))
	items := make([]int, len(contenders))
	for range rounds {
		for i, c := range contenders {
			n, d, err := c.run()
			if err != nil {
				return fmt.Errorf("%s: %w", c.name, err)
			}
			took[i], items[i] = append(took[i], d), n
		}
	}
	own := slices.IndexFunc(contenders, func(c contender) bool { return strings.HasPrefix(c.name, "this") })
	median := func(i int) time.Duration {
		slices.Sort(took[i])
		return took[i][len(took[i])/2]
	}
	base := median(own)
	fmt.Fprintf(out, "\n%s, medians of %d\n\n| contender | items | total | each | ratio |\n|---|---:|---:|---:|---:|\n", title, rounds)
	for i, c := range contenders {
		m := median(i)
		fmt.Fprintf(out, "| %s | %d | %.1f ms | %.2f µs | %.2f |\n", c.name, items[i], float64(m)/1e6,
			float64(m)/1e3/float64(max(1, items[i])), float64(m)/float64(base))
	}
	return nil
}
