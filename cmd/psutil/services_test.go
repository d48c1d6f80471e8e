package main

import (
	"slices"
	"strings"
	"testing"

	"github.com/go-psutil/psutil"
)

func TestServicesOutput(t *testing.T) {
	r := report[psutil.WindowsService]{columns: serviceColumns(), rows: []psutil.WindowsService{
		{Name: "EventLog", DisplayName: "Windows Event Log", BinPath: `C:\a.exe -k "b c"`, Username: `NT AUTHORITY\LocalService`, StartType: psutil.StartAutomatic,
			Status: psutil.ServiceRunning, PID: 812, Description: "Keeps\nevents."},
		{Name: "BITS", DisplayName: "Übertragung", BinPath: "x", Username: "LocalSystem", StartType: psutil.StartAutomatic, DelayedStart: true,
			Status: psutil.ServiceStopped, Missing: "pid"},
		{Name: "a\x1b", DisplayName: "a", Status: psutil.ServicePausePending, PID: 7, Missing: "binpath,username,start_type,description,delayed_start"},
	}}
	const table = `
Name      Status         Start                PID  User                       Display
EventLog  running        automatic            812  NT AUTHORITY\LocalService  Windows Event Log
BITS      stopped        automatic (delayed)    -  LocalSystem                Übertragung
a\x1b     pause_pending  -                      7  -                          a
`
	if got := "\n" + printed(t, r, formatTable); got != table {
		t.Errorf("%s\nwant:%s", got, table)
	}
	const json = `
{"name":"EventLog","display_name":"Windows Event Log","binpath":"C:\\a.exe -k \"b c\"","username":"NT AUTHORITY\\LocalService","start_type":"automatic","status":"running","pid":812,"description":"Keeps\nevents.","delayed_start":false}
{"name":"BITS","display_name":"Übertragung","binpath":"x","username":"LocalSystem","start_type":"automatic","status":"stopped","pid":null,"description":"","delayed_start":true}
{"name":"a\u001b","display_name":"a","binpath":null,"username":null,"start_type":null,"status":"pause_pending","pid":7,"description":null,"delayed_start":null}
`
	if got := "\n" + printed(t, r, formatNDJSON); got != json {
		t.Errorf("%s\nwant:%s", got, json)
	}
	const csv = `
name,display_name,binpath,username,start_type,status,pid,description,delayed_start
EventLog,Windows Event Log,"C:\a.exe -k ""b c""",NT AUTHORITY\LocalService,automatic,running,812,Keeps\nevents.,false
`
	if got := "\n" + printed(t, r, formatCSV); !strings.HasPrefix(got, csv) {
		t.Errorf("%s\nwant:%s...", got, csv)
	}
	for by, want := range map[string]string{"status": "a\x1b EventLog BITS", "-pid": "EventLog a\x1b BITS", "display": "EventLog a\x1b BITS", "start_type": "EventLog BITS a\x1b"} {
		if err := r.sort(by); err != nil {
			t.Fatal(err)
		}
		var names []string
		for _, s := range r.rows {
			names = append(names, s.Name)
		}
		if got := strings.Join(names, " "); got != want {
			t.Errorf("by %s: %q, want %q", by, got, want)
		}
	}
	if keys := sortKeys(serviceColumns()); len(keys) != 18 || slices.Contains(keys, "") {
		t.Errorf("%q", keys)
	}
}
