package linux

import (
	"bytes"
	"testing"
)

var fdLinks = []struct {
	name, in string
	kind     FDKind
	text     string
	inode    uint64
	deleted  bool
}{
	{"File", "/var/log/syslog", FDPath, "/var/log/syslog", 0, false},
	{"Root", "/", FDPath, "/", 0, false},
	{"Device", "/dev/null", FDPath, "/dev/null", 0, false},
	{"Deleted", "/tmp/gone (deleted)", FDPath, "/tmp/gone", 0, true},
	{"DeletedTwice", "/tmp/gone (deleted) (deleted)", FDPath, "/tmp/gone (deleted)", 0, true},
	{"DeletedNoBlank", "/tmp/gone(deleted)", FDPath, "/tmp/gone(deleted)", 0, false},
	{"Newline", "/tmp/a\nsocket:[1]", FDPath, "/tmp/a\nsocket:[1]", 0, false},
	{"NotUTF8", "/tmp/\xff", FDPath, "/tmp/\xff", 0, false},
	{"LooksLikeASocket", "/socket:[24928]", FDPath, "/socket:[24928]", 0, false},
	{"MemFD", "/memfd:hi there (deleted)", FDMemFD, "hi there", 0, true},
	{"MemFDNoName", "/memfd: (deleted)", FDMemFD, "", 0, true},
	{"FileNamedMemFD", "/memfd:x", FDPath, "/memfd:x", 0, false},

	{"PTS", "/dev/pts/0", FDTerminal, "/dev/pts/0", 0, false},
	{"PTSGone", "/dev/pts/12 (deleted)", FDTerminal, "/dev/pts/12", 0, true},
	{"TTY", "/dev/tty", FDTerminal, "/dev/tty", 0, false},
	{"TTY1", "/dev/tty1", FDTerminal, "/dev/tty1", 0, false},
	{"TTYUSB", "/dev/ttyUSB0", FDTerminal, "/dev/ttyUSB0", 0, false},
	{"Console", "/dev/console", FDTerminal, "/dev/console", 0, false},
	{"PTMX", "/dev/ptmx", FDTerminal, "/dev/ptmx", 0, false},
	{"PTSMaster", "/dev/pts/ptmx", FDTerminal, "/dev/pts/ptmx", 0, false},
	{"PTSDir", "/dev/pts/", FDPath, "/dev/pts/", 0, false},
	{"PTSOther", "/dev/pts/0x", FDPath, "/dev/pts/0x", 0, false},
	{"TTYDir", "/dev/tty/x", FDPath, "/dev/tty/x", 0, false},
	{"TTYBelow", "/dev/tty1/x", FDPath, "/dev/tty1/x", 0, false},
	{"TTYElsewhere", "/srv/dev/tty1", FDPath, "/srv/dev/tty1", 0, false},

	{"Socket", "socket:[24928]", FDSocket, "", 24928, false},
	{"Pipe", "pipe:[24929]", FDPipe, "", 24929, false},
	{"PIDFD", "pidfd:[4731]", FDPIDFD, "", 4731, false},
	{"PIDFDOld", "anon_inode:[pidfd]", FDPIDFD, "", 0, false},
	{"EventFD", "anon_inode:[eventfd]", FDEventFD, "eventfd", 0, false},
	{"Epoll", "anon_inode:[eventpoll]", FDEventPoll, "eventpoll", 0, false},
	{"Inotify", "anon_inode:inotify", FDInotify, "inotify", 0, false},
	{"SignalFD", "anon_inode:[signalfd]", FDSignalFD, "signalfd", 0, false},
	{"TimerFD", "anon_inode:[timerfd]", FDTimerFD, "timerfd", 0, false},
	{"IOUring", "anon_inode:[io_uring]", FDAnonInode, "io_uring", 0, false},
	{"KVM", "anon_inode:kvm-vcpu:0", FDAnonInode, "kvm-vcpu:0", 0, false},
	{"AnonEmpty", "anon_inode:", FDAnonInode, "", 0, false},
	{"AnonHalf", "anon_inode:[", FDAnonInode, "[", 0, false},
	{"AnonBrackets", "anon_inode:[]", FDAnonInode, "", 0, false},
	{"NetNS", "net:[4026531833]", FDNamespace, "net", 4026531833, false},
	{"CgroupNS", "cgroup:[4026531835]", FDNamespace, "cgroup", 4026531835, false},

	{"Empty", "", FDOther, "", 0, false},
	{"Unknown", "foo:[12]", FDOther, "foo:[12]", 0, false},
	{"SocketNoNumber", "socket:[]", FDOther, "socket:[]", 0, false},
	{"SocketNoEnd", "socket:[12", FDOther, "socket:[12", 0, false},
	{"SocketNoStart", "socket:12]", FDOther, "socket:12]", 0, false},
	{"SocketOverflow", "socket:[18446744073709551616]", FDOther, "socket:[18446744073709551616]", 0, false},
	{"SocketNegative", "socket:[-1]", FDOther, "socket:[-1]", 0, false},
	{"SocketTail", "socket:[1] (deleted)", FDOther, "socket:[1] (deleted)", 0, false},
	{"Relative", "tmp/x (deleted)", FDOther, "tmp/x (deleted)", 0, false},
}

func TestParseFDLink(t *testing.T) {
	for _, tt := range fdLinks {
		t.Run(tt.name, func(t *testing.T) {
			l := ParseFDLink([]byte(tt.in))
			if l.Kind != tt.kind || string(l.Name) != tt.text || l.Inode != tt.inode || l.Deleted != tt.deleted {
				t.Errorf("ParseFDLink(%q) = %+v, name %q, want %+v", tt.in, l, l.Name, tt)
			}
		})
	}
}

func TestParseFDLinkNoAllocs(t *testing.T) {
	targets := [][]byte{[]byte("socket:[24928]"), []byte("/memfd:x (deleted)"), []byte("net:[4026531833]"), []byte("/dev/pts/1")}
	if n := testing.AllocsPerRun(100, func() {
		for _, target := range targets {
			if ParseFDLink(target).Kind == FDOther {
				t.Fatalf("%q", target)
			}
		}
	}); n != 0 {
		t.Errorf("%v allocations, want 0", n)
	}
}

func FuzzParseFDLink(f *testing.F) {
	for _, tt := range fdLinks {
		f.Add([]byte(tt.in))
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		l := ParseFDLink(b)
		if !bytes.Contains(b, l.Name) {
			t.Fatalf("name %q is not in %q", l.Name, b)
		}
		isPath := l.Kind == FDPath || l.Kind == FDTerminal || l.Kind == FDMemFD
		if isPath != bytes.HasPrefix(b, []byte("/")) || l.Deleted && !isPath {
			t.Fatalf("ParseFDLink(%q) = %+v", b, l)
		}
		if l.Kind == FDPath || l.Kind == FDTerminal {
			whole := string(l.Name)
			if l.Deleted {
				whole += " (deleted)"
			}
			if whole != string(b) {
				t.Fatalf("%q of %q", whole, b)
			}
		}
	})
}
