// Command program is written with the names of psutil 1.x. What it prints is the same
// from one run to the next.
package main

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"os"
	"slices"
	"time"

	"github.com/go-psutil/psutil"
	"github.com/go-psutil/psutil/legacy"
)

// bootTime is a constant no more.
func bootTime() (time.Time, error) { return legacy.BootTime() }

type watcher struct {
	*psutil.Process
	users []psutil.User
}

func main() {
	if err := machine(); err != nil {
		fmt.Println(err)
		os.Exit(1)
	}
	self, err := psutil.Self()
	if err == nil {
		err = process(context.Background(), self)
	}
	if err != nil {
		fmt.Println(err)
		os.Exit(1)
	}
}

func machine() error {
	cpus, err := legacy.NumCPUs()
	if err != nil {
		return err
	}
	fmt.Println("CPUs:", cpus)
	booted, err := bootTime()
	if err != nil {
		return err
	}
	if again, err := legacy.GetBootTime(); err != nil || !again.Equal(booted) {
		return fmt.Errorf("booted at %v and %v: %w", booted, again, err)
	}
	fmt.Println("booted:", booted.UTC())

	if mem, err := legacy.TotalPhymem(); err == nil {
		fmt.Println("memory:", mem.Total)
	}
	usage, err := legacy.PhymemUsage()
	if err != nil {
		return err
	}
	avail, err := legacy.AvailPhymem()
	used, err2 := legacy.UsedPhymem()
	cached, err3 := legacy.CachedPhymem()
	buffers, err4 := legacy.PhymemBuffers()
	if err := errors.Join(err, err2, err3, err4); err != nil {
		return err
	}
	fmt.Println("as said:", avail.Available <= usage.Total, used.Used <= usage.Total, cached.Cached <= usage.Total, buffers.Buffers <= usage.Total)
	swap, err := legacy.VirtmemUsage()
	if err != nil {
		return err
	}
	for _, read := range []func() (uint64, error){
		func() (uint64, error) { m, err := legacy.TotalVirtmem(); return m.Total, err },
		func() (uint64, error) { m, err := legacy.AvailVirtmem(); return m.Free, err },
		func() (uint64, error) { m, err := legacy.UsedVirtmem(); return m.Used, err },
	} {
		if n, err := read(); err != nil || n > swap.Total {
			return fmt.Errorf("%d bytes of swap space: %w", n, err)
		}
	}

	pids, err := legacy.GetPIDList()
	if err != nil {
		return err
	}
	fmt.Println("this process:", slices.Contains(pids, os.Getpid()))
	found := false
	var list iter.Seq2[psutil.Process, error] = legacy.GetProcessList()
	for p, err := range list {
		found = found || err == nil && p.PID() == os.Getpid()
	}
	fmt.Println("once more:", found)
	w := watcher{}
	if w.users, err = legacy.GetUsers(); err != nil && !errors.Is(err, psutil.ErrNotSupported) {
		return err
	}
	fmt.Println("users:", len(w.users))
	_, err = legacy.NetworkIOCounters()
	return err
}

func process(ctx context.Context, p psutil.Process) error {
	children, err := legacy.GetChildren(p, true)
	if err != nil {
		return err
	}
	fmt.Println("children:", len(children))
	conns, err := legacy.GetConnections(p, psutil.KindINET)
	fmt.Println("connections:", len(conns), err)
	cpus, err := legacy.GetCPUAffinity(p)
	if err != nil {
		return err
	}
	fmt.Println("may run on:", cpus, legacy.SetCPUAffinity(p, cpus))
	percent, err := legacy.GetCPUPercent(p, ctx, 10*time.Millisecond)
	fmt.Println("idle or busy:", percent >= 0, err)
	times, err := legacy.GetCPUTimes(p)
	fmt.Println("times:", times.Total() >= 0, err)
	cwd, err := legacy.GetCwd(p)
	if here, _ := os.Getwd(); here != cwd {
		return fmt.Errorf("in %q and %q: %w", here, cwd, err)
	}
	mem, err := legacy.GetMemoryInfo(p)
	fmt.Println("in memory:", mem.RSS > 0, err)
	more, err := legacy.GetExtMemoryInfo(p)
	fmt.Println("at most:", more.PeakRSS > 0, err)
	maps, err := legacy.GetMemoryMaps(p)
	fmt.Println("mapped:", len(maps) > 0, err)
	share, err := legacy.GetMemoryPercent(p)
	fmt.Println("share:", share > 0, err)
	_, err = legacy.GetIOCounters(p)
	fmt.Println("read and written:", err)
	prio, err := legacy.GetIONice(p)
	if err != nil {
		return err
	}
	fmt.Println("IO priority:", prio)
	if prio.Class == psutil.IOClassNone {
		prio = psutil.IOPriority{Class: psutil.IOClassBestEffort, Level: 4}
	}
	fmt.Println("set:", legacy.SetIONice(p, prio))
	nice, err := legacy.GetNice(p)
	fmt.Println("nice:", nice, err, legacy.SetNice(p, nice))
	switches, err := legacy.GetNumCtxSwitches(p)
	fmt.Println("switches:", switches.Voluntary+switches.Involuntary > 0, err)
	threads, err := legacy.GetThreads(p)
	n, err2 := legacy.GetNumThreads(p)
	fmt.Println("threads:", len(threads) > 0, n > 0, errors.Join(err, err2))
	files, err := legacy.GetOpenFiles(p)
	fmt.Println("files:", len(files), err)
	_, err = legacy.GetNumFDs(p)
	_, err2 = legacy.GetNumHandles(p)
	fmt.Println("descriptors or handles:", errors.Is(err, psutil.ErrNotSupported) != errors.Is(err2, psutil.ErrNotSupported))
	limit, err := legacy.GetRlimit(p, psutil.RlimitCore)
	fmt.Println("limit:", limit, err, legacy.SetRlimit(p, psutil.RlimitCore, limit))
	return nil
}
