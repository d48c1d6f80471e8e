package psutil_test

import (
	"errors"
	"io/fs"
	"os"
	"slices"
	"strings"
	"syscall"
	"testing"

	"golang.org/x/sys/windows"
	"golang.org/x/sys/windows/svc/mgr"

	"github.com/go-psutil/psutil"
)

// TestWinServices holds the list of services against what else is told of them.
func TestWinServices(t *testing.T) {
	services, err := psutil.WinServices()
	if err != nil && !errors.Is(err, psutil.ErrAccessDenied) { // to some of Windows' own
		t.Fatal(err)
	}
	list, err := psutil.WinServiceStatuses()
	must(t, err)
	if !slices.IsSortedFunc(services, func(a, b psutil.WindowsService) int {
		return strings.Compare(strings.ToLower(a.Name), strings.ToLower(b.Name))
	}) {
		t.Errorf("not sorted: %v", services)
	}
	statuses := make(map[string]psutil.WindowsService)
	for _, s := range list {
		statuses[s.Name] = s
		for _, field := range []string{"binpath", "username", "start_type", "description", "delayed_start"} {
			if !s.Missing.Has(field) {
				t.Errorf("%s is not missing: %+v", field, s)
			}
		}
	}
	running, same := 0, 0
	for _, s := range services {
		if s.Name == "" || s.DisplayName == "" || s.Status == psutil.ServiceUnknown || s.Missing.Has("binpath") != (s.BinPath == "") ||
			s.Missing.Has("username") != (s.Username == "") || s.Missing.Has("start_type") != (s.StartType == psutil.StartUnknown) {
			t.Errorf("not known: %+v", s)
		}
		if s.Missing.Has("pid") != (s.PID == 0) || s.PID == 0 && s.Status == psutil.ServiceRunning {
			t.Errorf("PID %d, missing %q: %v", s.PID, s.Missing, s)
		}
		upper := strings.ToUpper(s.Name)
		one, err := psutil.WinService(upper)
		if err == nil && (one.Name != upper || one.DisplayName != s.DisplayName || one.BinPath != s.BinPath || one.Username != s.Username ||
			one.StartType != s.StartType || one.Description != s.Description || one.DelayedStart != s.DelayedStart) {
			t.Errorf("%+v, want %+v", one, s)
		}
		if brief := statuses[s.Name]; err == nil && brief.DisplayName == s.DisplayName && brief.Status == one.Status && brief.PID == one.PID {
			same++
		}
		if p, err := psutil.NewProcess(s.PID); err == nil && s.Status == psutil.ServiceRunning {
			running++
			if name, err := p.Name(); err != nil || !s.Missing.Has("binpath") && !strings.Contains(strings.ToLower(s.BinPath), strings.ToLower(name)) {
				t.Errorf("%s runs as %s: %v", s.BinPath, name, err)
			}
		}
	}
	if len(services) < 5 || running == 0 || same < len(services)-5 { // some come and go
		t.Errorf("%d services, %d running, %d the same by themselves", len(services), running, same)
	}
}

func TestNoSuchService(t *testing.T) {
	for _, name := range []string{"psutil-nosuch", "", "a/b", `a\b`, "a\x00b", strings.Repeat("x", 10000)} {
		s, err := psutil.WinService(name)
		var e *psutil.ServiceError
		if !errors.Is(err, psutil.ErrNoSuchService) || !errors.Is(err, fs.ErrNotExist) || !errors.Is(err, psutil.ErrNoSuchProcess) ||
			!errors.As(err, &e) || e.Name != name || s != (psutil.WindowsService{}) {
			t.Errorf("%.20q: %v, %v", name, s, err)
		}
	}
}

// TestServiceOfTest reads back a service that it registers, and never starts.
func TestServiceOfTest(t *testing.T) {
	m, err := mgr.Connect()
	if errors.Is(err, windows.ERROR_ACCESS_DENIED) {
		t.Skip("registering a service takes an administrator")
	}
	must(t, err)
	defer m.Disconnect()
	exe, err := os.Executable()
	must(t, err)
	const name = "PsutilTestÜ日"
	created, err := m.CreateService(name, exe, mgr.Config{
		DisplayName: "psutil's tést 😀", Description: strings.Repeat("Größe ", 500), StartType: mgr.StartAutomatic,
	}, "two words", `a "quoted" one`)
	must(t, err)
	deleted := false
	defer func() {
		if !deleted {
			_ = created.Delete()
		}
		created.Close()
	}()
	got, err := psutil.WinService(name)
	want := psutil.WindowsService{Name: name, DisplayName: "psutil's tést 😀", BinPath: syscall.EscapeArg(exe) + ` "two words" "a \"quoted\" one"`, Username: "LocalSystem", StartType: psutil.StartAutomatic,
		Status: psutil.ServiceStopped, Description: strings.Repeat("Größe ", 500), Missing: "pid"}
	if err != nil || got != want {
		t.Errorf("%v\n got %+v\nwant %+v", err, got, want)
	}
	if services, err := psutil.WinServices(); err != nil || !slices.Contains(services, want) {
		t.Errorf("not among %v: %v", services, err)
	}

	for start, want := range map[uint32]psutil.ServiceStartType{mgr.StartManual: psutil.StartManual, mgr.StartDisabled: psutil.StartDisabled, mgr.StartAutomatic: psutil.StartAutomatic} {
		const same = windows.SERVICE_NO_CHANGE
		must(t, windows.ChangeServiceConfig(created.Handle, same, start, same, nil, nil, nil, nil, nil, nil, nil))
		if got, err := psutil.WinService(name); err != nil || got.StartType != want || got.DelayedStart {
			t.Errorf("%+v, %v, want %v", got, err, want)
		}
	}
	t.Run("Delayed", func(t *testing.T) {
		wineGap(t, "SERVICE_CONFIG_DELAYED_AUTO_START_INFO")
		c, err := created.Config()
		must(t, err)
		c.StartType, c.DelayedAutoStart = mgr.StartAutomatic, true
		must(t, created.UpdateConfig(c))
		if got, err := psutil.WinService(name); err != nil || got.StartType != psutil.StartAutomatic || !got.DelayedStart {
			t.Errorf("%+v, %v", got, err)
		}
	})

	must(t, created.Delete())
	deleted = true
	created.Close()
	if _, err := psutil.WinService(name); !errors.Is(err, psutil.ErrNoSuchService) {
		t.Errorf("deleted: %v", err)
	}
}

// TestDriver finds a driver, which is not in the list.
func TestDriver(t *testing.T) {
	driver, err := psutil.WinService("MountMgr")
	must(t, err)
	if driver.DisplayName == "" || driver.Status != psutil.ServiceRunning || !driver.Missing.Has("pid") || driver.StartType == psutil.StartUnknown {
		t.Errorf("%+v", driver)
	}
	services, err := psutil.WinServiceStatuses()
	must(t, err)
	if slices.ContainsFunc(services, func(s psutil.WindowsService) bool { return strings.EqualFold(s.Name, "MountMgr") }) {
		t.Errorf("listed: %v", services)
	}
}

// TestNoServiceHandleLeaks has no more handles after many calls.
func TestNoServiceHandleLeaks(t *testing.T) {
	calls := map[string]func(){
		"WinServices":        func() { psutil.WinServices() },
		"WinServiceStatuses": func() { psutil.WinServiceStatuses() },
		"WinService":         func() { psutil.WinService("RpcSs") },
		"NoSuch":             func() { psutil.WinService("psutil-nosuch") },
	}
	times := 1000
	if testing.Short() {
		times = 50
	}
	self, err := psutil.Self()
	must(t, err)
	for name, call := range calls {
		t.Run(name, func(t *testing.T) {
			times := times
			if name == "WinServices" {
				times /= 10 // each opens all services
			}
			call() // which keeps a connection to the service manager
			before, err := self.NumHandles()
			must(t, err)
			for range times {
				call()
			}
			if after, err := self.NumHandles(); err != nil || after > before+times/10 {
				t.Errorf("%d handles before, %d after %d calls, %v", before, after, times, err)
			}
		})
	}
}
