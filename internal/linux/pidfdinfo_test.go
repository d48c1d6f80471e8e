package linux

import (
	"bytes"
	"reflect"
	"strings"
	"testing"
)

const (
	fdinfoFile    = "pos:\t2047\nflags:\t02102002\nmnt_id:\t27\nino:\t9977946\n"
	fdinfoEventFD = "pos:\t0\nflags:\t02000002\nmnt_id:\t17\nino:\t1038\neventfd-count:               1f\neventfd-id: 1\neventfd-semaphore: 0\n"
	fdinfoInotify = "pos:\t0\nflags:\t00\nmnt_id:\t17\nino:\t1038\ninotify wd:2 ino:2 sdev:fe00000 mask:2 ignored_mask:0 fhandle-bytes:8 fhandle-type:1 f_handle:0200000000000000\ninotify wd:1 ino:3c4a3 sdev:fe00000 mask:2 ignored_mask:0 fhandle-bytes:8 fhandle-type:1 f_handle:a3c4030000000000\n"
	fdinfoEpoll   = "pos:\t0\nflags:\t02000002\nmnt_id:\t17\nino:\t1038\ntfd:        8 events:       1f data:                8  pos:0 ino:40e sdev:10\n"
	fdinfoPIDFD   = "pos:\t0\nflags:\t02000002\nmnt_id:\t4\nino:\t4731\nPid:\t4730\nNSpid:\t4730\t7\n"
)

const fdinfoHead = FDInfoPos | FDInfoFlags | FDInfoMntID | FDInfoIno

func TestFDInfo(t *testing.T) {
	tests := []struct {
		name, in string
		want     FDInfo
	}{
		{"File", fdinfoFile, FDInfo{
			Has: fdinfoHead, Pos: 2047, Flags: 0o2102002, MntID: 27, Ino: 9977946,
		}},
		{"EventFD", fdinfoEventFD, FDInfo{
			Has: fdinfoHead | FDInfoEventFDCount, Flags: 0o2000002, MntID: 17,
			Ino: 1038, EventFDCount: 0x1f,
		}},
		{"EventFDFull", "eventfd-count: fffffffffffffffe\n", FDInfo{
			Has: FDInfoEventFDCount, EventFDCount: 1<<64 - 2,
		}},
		{"Inotify", fdinfoInotify, FDInfo{
			Has: fdinfoHead, MntID: 17, Ino: 1038, InotifyWatches: 2,
		}},
		{"Epoll", fdinfoEpoll, FDInfo{
			Has: fdinfoHead, Flags: 0o2000002, MntID: 17, Ino: 1038,
		}},
		{"PIDFD", fdinfoPIDFD, FDInfo{
			Has: fdinfoHead | FDInfoPID, Flags: 0o2000002, MntID: 4, Ino: 4731, PID: 4730,
		}},
		{"PIDFDReaped", "Pid:\t-1\nNSpid:\t-1\n", FDInfo{Has: FDInfoPID, PID: -1}},
		{"Linux2632", "pos:\t0\nflags:\t0100002\n", FDInfo{Has: FDInfoPos | FDInfoFlags, Flags: 0o100002}},
		{"Linux310", "pos:\t4096\nflags:\t0100000\n", FDInfo{Has: FDInfoPos | FDInfoFlags, Pos: 4096, Flags: 0o100000}},
		{"KernelAddress", "pos:\t-2130706432\nflags:\t0100000\n", FDInfo{
			Has: FDInfoPos | FDInfoFlags, Pos: -2130706432, Flags: 0o100000,
		}},
		{"FirstCounts", "pos:\t1\npos:\t2\nino:\t3\nino:\tx\nPid:\t4\nPid:\t5\n", FDInfo{
			Has: FDInfoPos | FDInfoIno | FDInfoPID, Pos: 1, Ino: 3, PID: 4,
		}},
		{"Empty", "", FDInfo{}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			s := FDInfo{InotifyWatches: 99, Has: FDInfoPID}
			if err := s.Parse([]byte(tt.in)); err != nil || s != tt.want {
				t.Errorf("Parse = %+v, %v, want %+v", s, err, tt.want)
			}
		})
	}
	if f := fdinfoHead; !f.Contains(FDInfoPos|FDInfoIno) || f.Contains(FDInfoPos|FDInfoPID) {
		t.Errorf("Contains of %b is wrong", f)
	}
}

func TestFDInfoBadLine(t *testing.T) {
	in := fdinfoPIDFD + "eventfd-count: 1f\n"
	want := FDInfo{
		Has: fdinfoHead | FDInfoPID | FDInfoEventFDCount, Flags: 0o2000002,
		MntID: 4, Ino: 4731, PID: 4730, EventFDCount: 0x1f,
	}
	tests := []struct {
		good, bad string
		clear     func(*FDInfo)
	}{
		{"pos:\t0", "pos:\t", func(s *FDInfo) { s.Has &^= FDInfoPos }},
		{"pos:\t0", "pos", func(s *FDInfo) { s.Has &^= FDInfoPos }},
		{"pos:\t0", "pos:\t18446744073709551616", func(s *FDInfo) { s.Has &^= FDInfoPos }},
		{"02000002", "02000008", func(s *FDInfo) { s.Has &^= FDInfoFlags; s.Flags = 0 }},
		{"02000002", "040000000000", func(s *FDInfo) { s.Has &^= FDInfoFlags; s.Flags = 0 }},
		{"mnt_id:\t4", "mnt_id:\t2147483648", func(s *FDInfo) { s.Has &^= FDInfoMntID; s.MntID = 0 }},
		{"ino:\t4731", "ino:\t-1", func(s *FDInfo) { s.Has &^= FDInfoIno; s.Ino = 0 }},
		{"Pid:\t4730\n", "Pid:\t4730 7\n", func(s *FDInfo) { s.Has &^= FDInfoPID; s.PID = 0 }},
		{" 1f", " 1g", func(s *FDInfo) { s.Has &^= FDInfoEventFDCount; s.EventFDCount = 0 }},
	}
	for _, tt := range tests {
		want := want
		tt.clear(&want)
		var s FDInfo
		err := s.Parse([]byte(strings.Replace(in, tt.good, tt.bad, 1)))
		if err == nil || s != want {
			t.Errorf("with %q: %+v, %v, want %+v", tt.bad, s, err, want)
		}
	}
	for _, in := range []string{fdinfoFile, fdinfoEventFD, fdinfoInotify, fdinfoPIDFD} {
		for i := range in {
			var s FDInfo
			err := s.Parse([]byte(in[:i]))
			if atLine := i == 0 || in[i-1] == '\n'; atLine != (err == nil) {
				t.Errorf("error %v for %q", err, in[:i])
			}
		}
	}
}

func TestFDInfoNoAllocs(t *testing.T) {
	b := []byte(fdinfoEventFD)
	var s FDInfo
	if n := testing.AllocsPerRun(100, func() {
		if err := s.Parse(b); err != nil {
			t.Fatal(err)
		}
	}); n != 0 {
		t.Errorf("%v allocations, want 0", n)
	}
}

func FuzzFDInfo(f *testing.F) {
	for _, in := range []string{fdinfoFile, fdinfoEventFD, fdinfoInotify, fdinfoEpoll, fdinfoPIDFD} {
		f.Add([]byte(in))
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		var s FDInfo
		err := s.Parse(b)
		if err == nil && len(b) > 0 && b[len(b)-1] != '\n' {
			t.Fatal("a cut line was accepted")
		}
		if s.InotifyWatches > bytes.Count(b, []byte("inotify")) {
			t.Fatalf("%d watches of %q", s.InotifyWatches, b)
		}
		// A field that was not read is zero.
		v := reflect.ValueOf(s)
		for i, name := range []string{"Pos", "Flags", "MntID", "Ino", "EventFDCount", "PID"} {
			if s.Has>>i&1 == 0 && !v.FieldByName(name).IsZero() {
				t.Fatalf("%s is set in %+v", name, s)
			}
		}
	})
}
