package psutil_test

import (
	"context"
	"errors"
	"math"
	"os"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/go-psutil/psutil"
)

// hostFile reads a file of the Linux that Wine runs on, which knows the same machine.
func hostFile(t *testing.T, name string) string {
	t.Helper()
	if !isWine() {
		t.Skip("there is no other system below to compare with")
	}
	b, err := os.ReadFile(`Z:\` + name)
	must(t, err)
	return string(b)
}

func TestMemoryAgainstHost(t *testing.T) {
	meminfo := strings.Fields(hostFile(t, `proc\meminfo`))
	kB := func(name string) uint64 {
		n, err := strconv.ParseUint(meminfo[slices.Index(meminfo, name)+1], 10, 64)
		must(t, err)
		return n << 10
	}
	m, err := psutil.VirtualMemory()
	must(t, err)
	// Wine may lose a page in rounding.
	if kB("MemTotal:")-m.Total > 4096 || m.Used != m.Total-m.Available || m.Available > m.Total || math.Abs(m.Percent-100*float64(m.Used)/float64(m.Total)) > 1e-9 {
		t.Errorf("%v, and there are %d bytes", m, kB("MemTotal:"))
	}
	p, err := psutil.Self()
	must(t, err)
	info, err := p.MemoryInfo()
	must(t, err)
	percent, err := p.MemoryPercent("rss")
	if want := 100 * float64(info.RSS) / float64(m.Total); err != nil || percent < want/2 || percent > 2*want {
		t.Errorf("%v%%, %v, want about %v%%", percent, err, want)
	}
	if ex, err := p.MemoryInfoEx(); err != nil || ex.PeakRSS < info.RSS/2 || ex.Virtual < info.RSS || ex.PeakVirtual < ex.Virtual || ex.Missing.Has("paged_pool") || !ex.Missing.Has("swap") {
		t.Errorf("%v, %v", ex, err)
	}
	// What Windows does not count is missing, not 0.
	if faults, err := p.PageFaults(); err != nil || !faults.Missing.Has("children_minor") {
		t.Errorf("%+v, %v", faults, err)
	}
	if switches, err := p.NumCtxSwitches(); err != nil || !switches.Missing.Has("involuntary") {
		t.Errorf("%+v, %v", switches, err)
	}
}

func TestCPUsAgainstHost(t *testing.T) {
	stat := hostFile(t, `proc\stat`)
	n := 0
	for line := range strings.Lines(stat) {
		if len(line) > 3 && line[:3] == "cpu" && line[3] != ' ' {
			n++
		}
	}
	count, err := psutil.CPUCount()
	must(t, err)
	rows, err := psutil.CPUTimesPerCPU()
	must(t, err)
	freqs, err := psutil.CPUFreqPerCPU()
	must(t, err)
	if count != n || len(rows) != n || len(freqs) != n {
		t.Errorf("%d CPUs, times of %d and rates of %d, of %d", count, len(rows), len(freqs), n)
	}
	before, err := psutil.CPUTimes()
	must(t, err)
	fields := strings.Fields(stat)
	idle, err := strconv.ParseInt(fields[4], 10, 64)
	must(t, err)
	// The host counts the wait for IO apart, which Wine may or may not.
	if got, want := before.Idle.Seconds(), float64(idle)/100; got < want*0.9-5 || got > want*1.2+60 {
		t.Errorf("idle for %v s, the host says %v", got, want)
	}
	usable, err := psutil.CPUCountUsable()
	self, selfErr := psutil.Self()
	must(t, selfErr)
	cpus, affinityErr := self.CPUAffinity()
	must(t, affinityErr)
	if err != nil || usable != len(cpus) {
		t.Errorf("%d CPUs are usable, %v, affinity %v", usable, err, cpus)
	}
	for began := time.Now(); time.Since(began) < 50*time.Millisecond; { // to use some
	}
	after, err := psutil.CPUTimes()
	must(t, err)
	if d := after.Since(before); after.Total() <= before.Total() || d.User < 0 || d.Idle < 0 {
		t.Errorf("%v, later %v", before, after)
	}
}

func TestNetIOAgainstHost(t *testing.T) {
	dev := hostFile(t, `proc\net\dev`)
	rows, err := psutil.NetIOCountersPerNIC()
	must(t, err)
	stats, err := psutil.NetIfStats()
	must(t, err)
	for _, row := range rows {
		if !slices.ContainsFunc(stats, func(s psutil.NetIfStat) bool { return s.Name == row.Name }) {
			t.Errorf("%q has no state", row.Name)
		}
		if !strings.Contains(dev, row.Name+":") {
			t.Errorf("the host has no %q", row.Name)
		}
	}
	total, err := psutil.NetIOCounters()
	if err != nil || len(rows) == 0 || !total.Missing.Has("fifoin") {
		t.Errorf("%v of %d, %v", total, len(rows), err)
	}
}

func TestDisks(t *testing.T) {
	drive := strings.ToUpper(os.Getenv("SystemDrive")) + `\`
	partitions, err := psutil.DiskPartitions()
	must(t, err)
	i := slices.IndexFunc(partitions, func(p psutil.DiskPartition) bool { return p.Mountpoint == drive })
	if i < 0 || partitions[i].FSType == "" || partitions[i].Opts != "rw,fixed" || partitions[i].ReadOnly {
		t.Errorf("no %s, or not as it should be: %+v", drive, partitions)
	}
	space, err := psutil.DiskUsage(context.Background(), drive)
	if err != nil || space.Total == 0 || space.Used+space.Free > space.Total || !space.Missing.Has("inodes_total") {
		t.Errorf("%v, %v", space, err)
	}
	exe, err := os.Executable()
	must(t, err)
	if _, err := psutil.DiskUsage(context.Background(), exe); err != nil {
		t.Errorf("of a file: %v", err)
	}
	if _, err := psutil.DiskUsage(context.Background(), `C:\no\such`); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("of nothing: %v", err)
	}
}

func TestDiskIO(t *testing.T) {
	wineGap(t, "IOCTL_DISK_PERFORMANCE")
	if total, err := psutil.DiskIOCounters(); err != nil || total.ReadBytes == 0 {
		t.Errorf("%v, %v", total, err)
	}
}

func TestSwapDevices(t *testing.T) {
	wineGap(t, "SystemPageFileInformation")
	if devices, err := psutil.SwapDevices(); err != nil || len(devices) > 0 && !strings.Contains(devices[0].Path, `:\`) {
		t.Errorf("%v, %v", devices, err)
	}
}

func TestUptime(t *testing.T) {
	before, err := psutil.Uptime()
	must(t, err)
	boot, err := psutil.BootTime()
	must(t, err)
	after, err := psutil.Uptime()
	must(t, err)
	if before <= 0 || after < before || boot.After(time.Now()) {
		t.Errorf("up for %v, then %v, since %v", before, after, boot)
	}
}

func TestProcessesAndParents(t *testing.T) {
	c := startChild(t, "idle")
	self, err := psutil.Self()
	must(t, err)
	pids, err := psutil.PIDs()
	must(t, err)
	if !slices.IsSorted(pids) || !slices.Contains(pids, self.PID()) || !slices.Contains(pids, c.Process.PID()) {
		t.Errorf("PIDs %v", pids)
	}
	found := 0
	for p, err := range psutil.Processes() {
		must(t, err)
		if p == self || p == c.Process {
			found++
		}
	}
	if found != 2 {
		t.Errorf("%d of 2 processes found", found)
	}
	if parent, err := c.Process.Parent(); err != nil || parent != self {
		t.Errorf("parent %v, %v", parent, err)
	}
	if parents, err := c.Process.Parents(); err != nil || len(parents) == 0 || parents[0] != self {
		t.Errorf("parents %v, %v", parents, err)
	}
	if err := c.Process.SendSignal(syscall.SIGHUP); !errors.Is(err, psutil.ErrNotSupported) {
		t.Errorf("SIGHUP: %v", err)
	}
	if fds, err := c.Process.OpenFDs(); err != nil || slices.ContainsFunc(fds, func(f psutil.OpenFile) bool { return f.Path == "" }) {
		t.Errorf("%v, %v", fds, err)
	}
}

func TestBatteries(t *testing.T) {
	batteries, err := psutil.SensorsBatteries()
	must(t, err)
	for _, b := range batteries {
		if b.Percent < 0 || b.Percent > 100 {
			t.Errorf("%v", b)
		}
	}
}

// TestBatteryOfWine is run by .ci/wine beside a battery that Wine reads: of 4.5 Ah, of
// which 2.7 are left, at 11.8 V, and 1.5 A are drawn.
func TestBatteryOfWine(t *testing.T) {
	if os.Getenv("PSUTIL_TEST_BATTERY") == "" {
		t.Skip("there is no battery; .ci/wine test makes one, and runs this")
	}
	b, err := psutil.SensorsBattery()
	must(t, err)
	near := func(got, want float64) bool { return math.Abs(got-want) < 0.01 }
	if b.Percent != 60 || b.TimeLeft != 6480*time.Second || b.PowerPlugged || b.Status != psutil.BatteryDischarging ||
		!near(b.Energy, 2.7*11.8) || !near(b.EnergyFull, 4.5*11.8) || !near(b.Power, 1.5*11.8) || b.Missing.Has("energy") || !b.Missing.Has("voltage") {
		t.Errorf("%+v", b)
	}
}

// TestSamplerLoadAvg has a load average once there is a sample.
func TestSamplerLoadAvg(t *testing.T) {
	s, err := psutil.NewSampler(psutil.FieldCPUPercent)
	must(t, err)
	defer s.Close()
	if _, err := s.LoadAvg(); !errors.Is(err, psutil.ErrNotSupported) {
		t.Errorf("before the first sample: %v", err)
	}
	_, err = s.Sample()
	must(t, err)
	if load, err := s.LoadAvg(); err != nil || load.Load1 < 0 || load.Load1 != load.Load15 {
		t.Errorf("%v, %v", load, err)
	}
}
