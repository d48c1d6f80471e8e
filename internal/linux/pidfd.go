package linux

import "bytes"

// FDKind is what a file descriptor refers to, as far as its link tells.
type FDKind uint8

// Kinds of file descriptors.
const (
	FDOther     FDKind = iota // anything else
	FDPath                    // a path: a file, directory or device
	FDTerminal                // the path of a terminal
	FDMemFD                   // memory made by memfd_create(2)
	FDSocket                  // socket:[INODE]
	FDPipe                    // pipe:[INODE], of pipe(2); a named one is a path
	FDEventFD                 // as eventfd(2) makes it
	FDEventPoll               // epoll_create(2)
	FDInotify                 // inotify_init(2)
	FDSignalFD                // signalfd(2)
	FDTimerFD                 // timerfd_create(2)
	FDAnonInode               // another anon_inode:NAME, such as an io_uring
	FDPIDFD                   // a process, as pidfd_open(2) makes it
	FDNamespace               // such as net:[INODE]
)

// FDLink is the target of a link in /proc/PID/fd (proc_pid_fd(5), fs/d_path.c
// and the dname functions of the file systems without a mount point).
//
// A path always starts with a slash and so is not mistaken for another kind.
// The file behind it may be of any type; only stat(2) tells.
type FDLink struct {
	Kind FDKind
	// Name aliases the target. It is the path without " (deleted)", the name
	// of an anonymous inode without brackets ("eventfd"), that of a memfd
	// without "/memfd:", the type of a namespace ("net"), empty for a socket,
	// a pipe and a pidfd, and the whole target of anything else.
	Name []byte
	// Inode is the number in brackets, 0 when there is none.
	Inode uint64
	// Deleted reports that a path ended in " (deleted)": the file has no name
	// any more, or its name ends that way.
	Deleted bool
}

// ParseFDLink decodes the target of a link in /proc/PID/fd.
func ParseFDLink(target []byte) FDLink {
	if len(target) > 0 && target[0] == '/' {
		path, deleted := bytes.CutSuffix(target, []byte(deletedSuffix))
		l := FDLink{Kind: FDPath, Name: path, Deleted: deleted}
		if name, ok := bytes.CutPrefix(path, []byte("/memfd:")); ok && deleted {
			l.Kind, l.Name = FDMemFD, name
		} else if isTerminal(path) {
			l.Kind = FDTerminal
		}
		return l
	}
	if name, ok := bytes.CutPrefix(target, []byte("anon_inode:")); ok {
		if n := len(name); n >= 2 && name[0] == '[' && name[n-1] == ']' {
			name = name[1 : n-1]
		}
		l := FDLink{Kind: FDAnonInode, Name: name}
		switch string(name) {
		case "eventfd":
			l.Kind = FDEventFD
		case "eventpoll":
			l.Kind = FDEventPoll
		case "inotify":
			l.Kind = FDInotify
		case "signalfd":
			l.Kind = FDSignalFD
		case "timerfd":
			l.Kind = FDTimerFD
		case "pidfd": // before Linux 6.9
			return FDLink{Kind: FDPIDFD}
		}
		return l
	}
	if name, inode, ok := bracketed(target); ok {
		switch string(name) {
		case "socket":
			return FDLink{Kind: FDSocket, Inode: inode}
		case "pipe":
			return FDLink{Kind: FDPipe, Inode: inode}
		case "pidfd":
			return FDLink{Kind: FDPIDFD, Inode: inode}
		case "cgroup", "ipc", "mnt", "net", "pid", "time", "user", "uts":
			return FDLink{Kind: FDNamespace, Name: name, Inode: inode}
		}
	}
	return FDLink{Kind: FDOther, Name: target}
}

// isTerminal reports whether a path is where terminals are by convention:
// /dev/console, /dev/ptmx, /dev/tty, /dev/ttyNAME and /dev/pts/NUMBER.
func isTerminal(path []byte) bool {
	name, ok := bytes.CutPrefix(path, []byte("/dev/"))
	if !ok {
		return false
	}
	switch string(name) {
	case "console", "ptmx", "pts/ptmx", "tty":
		return true
	}
	if n, ok := bytes.CutPrefix(name, []byte("pts/")); ok {
		for _, c := range n {
			if c < '0' || c > '9' {
				return false
			}
		}
		return len(n) > 0
	}
	return len(name) > 3 && string(name[:3]) == "tty" && bytes.IndexByte(name, '/') < 0
}
