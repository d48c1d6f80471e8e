package psutil

import (
	"encoding"
	"errors"
	"io/fs"
	"slices"
	"testing"
)

func TestWindowsServiceForms(t *testing.T) {
	w := WindowsService{Name: "EventLog", DisplayName: "Windows Event Log", BinPath: `C:\Windows\svchost.exe -k "a b"`, Username: `NT AUTHORITY\LocalService`,
		StartType: StartAutomatic, Status: ServiceRunning, PID: 812, Description: "Größe", DelayedStart: true}
	checkGolden(t, w, `{"name":"EventLog","display_name":"Windows Event Log","binpath":"C:\\Windows\\svchost.exe -k \"a b\"","username":"NT AUTHORITY\\LocalService","start_type":"automatic","status":"running","pid":812,"description":"Größe","delayed_start":true}`)
	checkGob(t, w)
	if got, want := w.String(), `"EventLog" ("Windows Event Log"): running, PID 812`; got != want {
		t.Errorf("String: got %s, want %s", got, want)
	}
	w = WindowsService{Name: "a\x1b", Status: ServiceStopPending, Missing: "display_name,binpath,username,start_type,pid,description,delayed_start"}
	checkGolden(t, w, `{"name":"a\u001b","display_name":null,"binpath":null,"username":null,"start_type":null,"status":"stop_pending","pid":null,"description":null,"delayed_start":null}`)
	checkGob(t, w)
	if got, want := w.String(), `"a\x1b": stop_pending`; got != want {
		t.Errorf("String: got %s, want %s", got, want)
	}
}

// TestServiceNumbers maps Windows' numbers, of the documentation of SERVICE_STATUS_PROCESS
// and QUERY_SERVICE_CONFIGW, and numbers that it does not have.
func TestServiceNumbers(t *testing.T) {
	for i, want := range []string{"unknown", "stopped", "start_pending", "stop_pending", "running", "continue_pending", "pause_pending", "paused", "unknown"} {
		checkServiceName(t, ntServiceStatus(uint32(i)), new(ServiceStatus), want)
	}
	for i, want := range []string{"boot", "system", "automatic", "manual", "disabled", "unknown"} {
		checkServiceName(t, ntServiceStartType(uint32(i)), new(ServiceStartType), want)
	}
	for _, n := range []uint32{100, 256 + 4, 1 << 31, 1<<32 - 1} {
		if status, start := ntServiceStatus(n), ntServiceStartType(n); status != ServiceUnknown || start != StartUnknown {
			t.Errorf("%d: %v, %v", n, status, start)
		}
	}
	if got, want := ServiceStatus(8).String()+ServiceStartType(6).String(), "ServiceStatus(8)ServiceStartType(6)"; got != want {
		t.Errorf("got %s, want %s", got, want)
	}
	for _, v := range []encoding.TextUnmarshaler{new(ServiceStatus), new(ServiceStartType)} {
		if err := v.UnmarshalText([]byte("Running")); !errors.Is(err, ErrInvalid) {
			t.Errorf("%T: %v", v, err)
		}
	}
}

// checkServiceName sends a value through its name.
func checkServiceName[T interface {
	comparable
	encoding.TextMarshaler
}](t *testing.T, v T, back encoding.TextUnmarshaler, want string) {
	t.Helper()
	text, err := v.MarshalText()
	if err != nil || string(text) != want {
		t.Errorf("%v: %q, %v, want %q", v, text, err, want)
	}
	if err := back.UnmarshalText(text); err != nil || *any(back).(*T) != v {
		t.Errorf("%q: %v, %v", text, back, err)
	}
}

func TestServiceErrors(t *testing.T) {
	for _, tt := range []struct {
		err  *ServiceError
		text string
		is   []error
		not  error
	}{
		{&ServiceError{Op: "service", Name: "a\n", Err: ErrNoSuchService}, `service "a\n": no such service`,
			[]error{ErrNoSuchService, ErrNoSuchProcess, fs.ErrNotExist}, ErrZombieProcess},
		{&ServiceError{Op: "description", Name: "b", Err: ErrAccessDenied}, `service "b": description: access denied`,
			[]error{ErrAccessDenied, fs.ErrPermission}, ErrNoSuchService},
		{&ServiceError{Op: "services", Err: ErrAccessDenied}, "services: access denied", []error{ErrAccessDenied}, fs.ErrNotExist},
	} {
		if got := tt.err.Error(); got != tt.text {
			t.Errorf("got %s, want %s", got, tt.text)
		}
		for _, is := range tt.is {
			if !errors.Is(tt.err, is) {
				t.Errorf("%v is not %v", tt.err, is)
			}
		}
		if errors.Is(tt.err, tt.not) {
			t.Errorf("%v is %v", tt.err, tt.not)
		}
	}
}

func TestSortedServices(t *testing.T) {
	broken := errors.New("broken")
	got, err := sortedServices([]WindowsService{{Name: "wuauserv"}, {Name: "bits"}, {Name: "WSearch"}, {Name: "BITS"}, {Name: "Ärger"}}, broken)
	var names []string
	for _, s := range got {
		names = append(names, s.Name)
	}
	if want := []string{"BITS", "bits", "WSearch", "wuauserv", "Ärger"}; !slices.Equal(names, want) || err != broken {
		t.Errorf("%q, %v, want %q", names, err, want)
	}
}
