// Command bench measures this package beside its peers and a floor in C, on
// one machine, in one run: every contender in turn in the same populations,
// several rounds, medians. It needs a C compiler; of the peers and strace it
// says which are missing.
//
//	go run . -processes 2000 -sockets 40000 -rounds 7
package main

import (
	"errors"
	"flag"
	"fmt"
	"io"
	"log"
	"os"
	"os/signal"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"time"
)

// sizes are the sizes of populations, from the smallest on.
type sizes []int

func (s *sizes) String() string {
	return strings.Trim(strings.Join(strings.Fields(fmt.Sprint(*s)), ","), "[]")
}

// Set reads numbers separated by commas, or none.
func (s *sizes) Set(list string) error {
	*s = nil
	for word := range strings.SplitSeq(list, ",") {
		if word == "" {
			continue
		}
		n, err := strconv.Atoi(word)
		if err != nil || n <= 0 {
			return errors.New("not a number of items")
		}
		*s = append(*s, n)
	}
	slices.Sort(*s)
	return nil
}

func main() {
	log.SetFlags(0)
	var (
		processes = sizes{100, 1000, barProcesses, 10000}
		sockets   = sizes{100, 10000, barSockets, 200000}
		threads   = sizes{500}
		b         bench
	)
	flag.Var(&processes, "processes", "populations of so many sleeping `processes`")
	flag.Var(&sockets, "sockets", "populations of so many TCP `sockets`")
	flag.Var(&threads, "threads", "populations of so many `threads` of a process")
	flag.IntVar(&b.rounds, "rounds", 7, "rounds, of which medians are taken")
	flag.IntVar(&b.starts, "starts", 21, "rounds of the start-up; 0 leaves it out")
	flag.DurationVar(&b.limit, "limit", 20*time.Second, "leave out a contender where one run takes longer")
	flag.BoolVar(&b.costs, "costs", true, "count system calls and measure memory")
	results := flag.String("o", "", "also write the results to this file")
	var self selfFlags
	self.register()
	flag.Parse()
	if self.used() {
		if err := self.run(); err != nil {
			log.Fatal(err)
		}
		return
	}
	b.rounds = max(1, b.rounds)
	if err := b.main(*results, processes, sockets, threads); err != nil {
		log.Fatal(err)
	}
}

// A bench is one run of the benchmark.
type bench struct {
	rounds, starts int
	limit          time.Duration
	costs          bool

	out     io.Writer
	dir     string // of the programs built for this run
	results []*result
}

func (b *bench) main(file string, processes, sockets, threads sizes) (err error) {
	if b.dir, err = os.MkdirTemp("", "psutil-bench"); err != nil {
		return err
	}
	defer os.RemoveAll(b.dir)
	interrupted := make(chan os.Signal, 1)
	signal.Notify(interrupted, os.Interrupt, syscall.SIGTERM)
	go func() {
		<-interrupted
		os.RemoveAll(b.dir)
		os.Exit(1) // and the populations end, with their standard input
	}()
	if err := build(b.dir); err != nil {
		return err
	}
	var report strings.Builder
	b.out = io.MultiWriter(os.Stdout, &report)
	b.describe()
	b.heading()
	if err := b.populations(processes, sockets, threads); err != nil {
		return err
	}
	startup, err := b.startup()
	if err != nil {
		return err
	}
	b.growth()
	b.bars(startup)
	if file == "" {
		return nil
	}
	return os.WriteFile(file, []byte(report.String()), 0o644)
}

// populations makes one population after the other and lets everyone work in it.
func (b *bench) populations(processes, sockets, threads sizes) error {
	at := place{dir: b.dir}
	for _, n := range processes { // from the smallest on, so that slow contenders are foreseen
		err := b.withProcesses(n, func() {
			for _, w := range at.processWorks() {
				b.compare(w, n)
			}
		})
		if err != nil {
			return err
		}
	}
	for _, n := range threads {
		err := b.withThreads(n, func(pid int) { b.compare(place{b.dir, pid}.threadWork(), n) })
		if err != nil {
			return err
		}
	}
	for _, n := range sockets {
		err := withSockets(n, holdersOf(n), func() { b.compare(at.socketWork(), n) })
		if err != nil {
			return err
		}
	}
	return nil
}

// selfFlags are what the benchmark runs itself with.
type selfFlags struct {
	hold, times, pid int
	address, once    string
}

func (f *selfFlags) register() {
	flag.IntVar(&f.hold, "hold", 0, "for itself: make so many connections, say ready, and wait")
	flag.StringVar(&f.address, "address", "127.0.0.1", "for itself, with -hold: the address")
	flag.StringVar(&f.once, "once", "", "for itself: do the work of this contender, `WORK/NAME`")
	flag.IntVar(&f.times, "times", 1, "for itself, with -once: so many times")
	flag.IntVar(&f.pid, "pid", 0, "for itself, with -once: whose threads")
}

func (f *selfFlags) used() bool { return f.hold > 0 || f.once != "" }

func (f *selfFlags) run() error {
	if f.hold > 0 {
		return hold(f.hold, f.address)
	}
	return once(place{pid: f.pid}, f.once, f.times)
}
