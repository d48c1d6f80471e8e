package nt

import (
	"bytes"
	"encoding/binary"
	"os"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"github.com/go-psutil/psutil/internal/fixture"
)

// A capture is what a system answered to internal/cmd/capture.
type capture struct {
	t       *testing.T
	archive []byte
	pointer int
}

// eachCapture runs a test on each of testdata.
func eachCapture(t *testing.T, f func(t *testing.T, c capture)) {
	for name, pointer := range map[string]int{"wine-amd64.txtar": 8, "wine-386.txtar": 4} {
		t.Run(name, func(t *testing.T) {
			archive, err := os.ReadFile("testdata/" + name)
			if err != nil {
				t.Fatal(err)
			}
			f(t, capture{t, archive, pointer})
		})
	}
}

func (c capture) file(name string) []byte {
	c.t.Helper()
	return fixture.File(c.t, c.archive, name)
}

// at is a file with the address that it was at, and the file's name without it.
func (c capture) at(prefix string) (b []byte, base uint64, name string) {
	c.t.Helper()
	m := regexp.MustCompile(`(?m)^-- (` + prefix + `[^@ ]*)@([0-9a-f]+) \(hex\) --$`).FindSubmatch(c.archive)
	if m == nil {
		c.t.Fatalf("no file %s", prefix)
	}
	base, err := strconv.ParseUint(string(m[2]), 16, 64)
	if err != nil {
		c.t.Fatal(err)
	}
	return c.file(string(m[1]) + "@" + string(m[2])), base, string(m[1])
}

// TestCaptureProcesses finds the program that made the capture in its own table, and
// in those of handles and sockets.
func TestCaptureProcesses(t *testing.T) {
	eachCapture(t, func(t *testing.T, c capture) {
		b, base, _ := c.at("processes")
		var self ProcessInformation
		n := 0
		for p, err := range EachProcess(b, base, c.pointer, false) {
			if err != nil {
				t.Fatal(err)
			}
			n++
			if strings.HasPrefix(Text(p.ImageName), "capture") {
				self = *p
			}
			threads := 0
			for th := range p.EachThread() {
				threads++
				if th.PID != p.PID || th.TID == 0 {
					t.Errorf("thread %d of %d in process %d", th.TID, th.PID, p.PID)
				}
			}
			if threads != int(p.NumberOfThreads) {
				t.Errorf("%d of %d threads", threads, p.NumberOfThreads)
			}
		}
		if n < 2 || self.PID == 0 || self.WorkingSetSize < 1<<20 || self.WorkingSetSize > 1<<30 ||
			self.PeakWorkingSetSize < self.WorkingSetSize || self.UserTime+self.KernelTime <= 0 || self.NumberOfThreads < 2 {
			t.Fatalf("of %d processes the program is %+v", n, self)
		}
		when, err := ParseTimeOfDayInformation(c.file("time"))
		if err != nil {
			t.Fatal(err)
		}
		if self.CreateTime < when.BootTime || self.CreateTime > when.CurrentTime {
			t.Errorf("created %d, boot %d, now %d", self.CreateTime, when.BootTime, when.CurrentTime)
		}
		basic, err := ParseProcessBasicInformation(c.file("basic"), c.pointer)
		if err != nil || basic.PID != self.PID || basic.ParentPID != self.ParentPID || basic.PEBBaseAddress == 0 {
			t.Errorf("basic %+v, %v", basic, err)
		}

		b, _, _ = c.at("handles")
		handles := 0
		for h, err := range EachHandle(b, c.pointer) {
			if err != nil {
				t.Fatal(err)
			}
			if h.PID == self.PID {
				handles++
			}
		}
		if handles == 0 {
			t.Error("the program has no handles")
		}

		var states [2]map[TCPState]int
		for i, rows := range []func(func(TCPRow, error) bool){EachTCP4(c.file("tcp4")), EachTCP6(c.file("tcp6"))} {
			states[i] = make(map[TCPState]int)
			for row, err := range rows {
				if err != nil {
					t.Fatal(err)
				}
				if uint64(row.PID) == self.PID && row.Local.Addr().IsLoopback() && row.Local.Port() != 0 {
					states[i][row.State]++
				}
			}
			if states[i][TCPStateListen] != 1 || states[i][TCPStateEstab] != 2 {
				t.Errorf("table %d has %v of the program", i, states[i])
			}
		}
	})
}

// TestCaptureMachine holds answers about the same machine against each other.
func TestCaptureMachine(t *testing.T) {
	eachCapture(t, func(t *testing.T, c capture) {
		perf, err := ParsePerformanceInformation(c.file("memory"), c.pointer)
		if err != nil {
			t.Fatal(err)
		}
		status, err := ParseMemoryStatus(c.file("memorystatus"))
		if err != nil {
			t.Fatal(err)
		}
		if perf.PageSize != 4096 || perf.PhysicalTotal*perf.PageSize != status.TotalPhys || perf.PhysicalAvailable > perf.PhysicalTotal {
			t.Errorf("%+v and %+v", perf, status)
		}
		system, err := ParseSystemPerformanceInformation(c.file("performance"))
		if err != nil || uint64(system.CommitLimit) != perf.CommitLimit {
			t.Errorf("%+v, %v", system, err)
		}
		topology, err := ParseTopology(c.file("topology"), c.pointer)
		cpus := topology.LogicalProcessors()
		if err != nil || cpus < 1 || topology.Count(RelationProcessorCore) > cpus || topology.Count(RelationProcessorPackage) < 1 {
			t.Errorf("%v, %v", topology, err)
		}
		n := 0
		for p, err := range EachProcessorPerformance(c.file("processors")) {
			if err != nil || p.KernelTime < p.IdleTime || p.UserTime <= 0 {
				t.Errorf("%+v, %v", p, err)
			}
			n++
		}
		for p, err := range EachProcessorPower(c.file("frequency")) {
			if err != nil || p.MaxMhz < 100 || p.MaxMhz > 10000 {
				t.Errorf("%+v, %v", p, err)
			}
			n++
		}
		if n != 2*cpus {
			t.Errorf("%d rows of %d processors", n, cpus)
		}
		if power, err := ParsePowerStatus(c.file("power")); err != nil || power.BatteryFlag != BatteryNone {
			t.Errorf("%+v, %v", power, err)
		}
		if battery, err := ParseBatteryState(c.file("battery")); err != nil || battery.BatteryPresent {
			t.Errorf("%+v, %v", battery, err)
		}

		rows := make(map[uint32]*InterfaceRow)
		for row, err := range EachInterface(c.file("interfaces")) {
			if err != nil {
				t.Fatal(err)
			}
			rows[row.Index] = row
		}
		b, base, _ := c.at("adapters")
		addresses := 0
		for a, err := range EachAdapter(b, base, c.pointer) {
			if err != nil {
				t.Fatal(err)
			}
			row := rows[a.Index]
			if row == nil || row.LUID != a.LUID || !bytes.Equal(row.Alias, a.FriendlyName) || row.Type != a.Type {
				t.Errorf("adapter %+v, interface %+v", a, row)
			}
			for u, err := range a.EachUnicast() {
				if err != nil || !u.Addr.IsValid() || int(u.PrefixLength) > u.Addr.BitLen() {
					t.Errorf("%+v, %v", u, err)
				}
				addresses++
			}
		}
		if len(rows) < 2 || addresses < 2 {
			t.Errorf("%d interfaces, %d addresses", len(rows), addresses)
		}

		b, base, name := c.at("sessions")
		count, err := strconv.Atoi(strings.TrimPrefix(name, "sessions-"))
		if err != nil {
			t.Fatal(err)
		}
		for s, err := range EachSession(b, base, c.pointer, count) {
			if err != nil || s.State > SessionInit || len(s.WinStationName) == 0 {
				t.Errorf("%+v, %v", s, err)
			}
			count--
		}
		if count != 0 {
			t.Errorf("%d sessions too few", count)
		}
	})
}

// TestCaptureCut cuts every answer at each of its first bytes and some of the others:
// nothing panics.
func TestCaptureCut(t *testing.T) {
	eachCapture(t, func(t *testing.T, c capture) {
		cut := func(b []byte, decode func([]byte)) {
			for n := range b {
				if n > 512 && n%17 != 0 && n < len(b)-64 {
					continue
				}
				decode(b[:n:n])
			}
		}
		b, base, _ := c.at("processes")
		cut(b, func(b []byte) {
			for p := range EachProcess(b, base, c.pointer, false) {
				if p != nil {
					p.ContextSwitches()
				}
			}
		})
		b, base, _ = c.at("adapters")
		cut(b, func(b []byte) {
			for a := range EachAdapter(b, base, c.pointer) {
				if a != nil {
					for range a.EachUnicast() {
					}
				}
			}
		})
		cut(c.file("topology"), func(b []byte) { _, _ = ParseTopology(b, c.pointer) })
		cut(c.file("interfaces"), func(b []byte) {
			for range EachInterface(b) {
			}
		})
	})
}

// TestCaptureSizes are those of records without pointers, as the system wrote them.
func TestCaptureSizes(t *testing.T) {
	eachCapture(t, func(t *testing.T, c capture) {
		for name, row := range map[string]int{"tcp4": 24, "tcp6": 56, "udp4": 12, "udp6": 28} {
			b := c.file(name)
			if n := int(binary.LittleEndian.Uint32(b)); len(b) < 4+n*row {
				t.Errorf("%s: %d rows in %d bytes", name, n, len(b))
			}
		}
	})
}
