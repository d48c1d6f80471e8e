package psutil

import (
	"errors"
	"testing"
	"time"
)

func TestUserJSON(t *testing.T) {
	at := time.Unix(1767225600, 250e6)
	u := User{Name: "joe", Terminal: "pts/0", Host: "10.0.0.7", Started: at, PID: 812, Session: "3", Seat: "seat0", Source: UserLogind}
	checkGolden(t, u, `{"name":"joe","terminal":"pts/0","host":"10.0.0.7","started":1767225600.25,"pid":812,"session":"3","seat":"seat0","source":"logind"}`)
	if got, want := u.String(), `"joe" on "pts/0" from "10.0.0.7" since `+at.Format(time.DateTime); got != want {
		t.Errorf("String: got %s, want %s", got, want)
	}
	u = User{Name: "a\x1b\xff", Missing: "terminal,host,started,pid,session,seat"}
	checkGolden(t, u, `{"name":"a\u001b\udcff","terminal":null,"host":null,"started":null,"pid":null,"session":null,"seat":null,"source":"utmp"}`)
	checkGob(t, u)
	if got, want := u.String(), `"a\x1b\xff"`; got != want {
		t.Errorf("String: got %s, want %s", got, want)
	}
	for s := UserUtmp; s <= UserLogind; s++ {
		text, _ := s.MarshalText()
		var back UserSource
		if err := back.UnmarshalText(text); err != nil || back != s {
			t.Errorf("%q: got %v, %v", text, back, err)
		}
	}
	var s UserSource
	if err := s.UnmarshalText([]byte("rumour")); !errors.Is(err, ErrInvalid) {
		t.Errorf("rumour: got %v", err)
	}
}

func TestHostDescriptionJSON(t *testing.T) {
	h := HostDescription{
		Hostname: "web1", Kernel: "Linux", KernelRelease: "6.12.9-amd64", KernelVersion: "#1 SMP", Machine: "x86_64",
		OSID: "debian", OSName: "Debian GNU/Linux", OSVersion: "13 (trixie)", OSVersionID: "13", OSPrettyName: "Debian GNU/Linux 13 (trixie)",
		OSIDLike: "x y", MachineID: "d6", BootID: "6b",
	}
	h.noteMissing()
	checkGolden(t, h, `{"hostname":"web1","kernel":"Linux","kernel_release":"6.12.9-amd64","kernel_version":"#1 SMP","machine":"x86_64","os_id":"debian","os_name":"Debian GNU/Linux","os_version":"13 (trixie)","os_version_id":"13","os_pretty_name":"Debian GNU/Linux 13 (trixie)","os_id_like":"x y","machine_id":"d6","boot_id":"6b"}`)
	checkGob(t, h)
	if got, want := h.String(), "web1: Debian GNU/Linux 13 (trixie), Linux 6.12.9-amd64 x86_64"; got != want {
		t.Errorf("String: got %s, want %s", got, want)
	}
	h = HostDescription{Hostname: "a", Kernel: "Linux", KernelRelease: "6", Machine: "armv7l", OSName: "Alpine"}
	h.noteMissing()
	checkGolden(t, h, `{"hostname":"a","kernel":"Linux","kernel_release":"6","kernel_version":null,"machine":"armv7l","os_id":null,"os_name":"Alpine","os_version":null,"os_version_id":null,"os_pretty_name":null,"os_id_like":null,"machine_id":null,"boot_id":null}`)
	if got, want := h.String(), "a: Alpine, Linux 6 armv7l"; got != want {
		t.Errorf("String: got %s, want %s", got, want)
	}
	h.OSName = ""
	if got, want := h.String(), "a: Linux 6 armv7l"; got != want {
		t.Errorf("String: got %s, want %s", got, want)
	}
}
