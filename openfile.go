package psutil

import "fmt"

// FDKind is what a file descriptor stands for.
type FDKind uint8

// The kinds of descriptor.
const (
	FDUnknown FDKind = iota
	FDRegular
	FDDirectory
	FDCharDevice
	FDBlockDevice
	FDPipe // or FIFO
	FDSocket
	FDEventFD
	FDEventPoll
	FDInotify
	FDSignalFD
	FDTimerFD
	FDPidFD
	FDMemFD
	FDNamespace
	FDAnonInode // another file of the kernel's own, such as io_uring or BPF
)

var fdKindNames = [...]string{
	"unknown", "regular", "directory", "char-device", "block-device", "pipe", "socket", "eventfd", "eventpoll",
	"inotify", "signalfd", "timerfd", "pidfd", "memfd", "namespace", "anon-inode",
}

// String returns the name, such as "char-device".
func (k FDKind) String() string { return enumName(fdKindNames[:], int(k), "FDKind") }

// MarshalText returns the name.
func (k FDKind) MarshalText() ([]byte, error) { return []byte(k.String()), nil }

// UnmarshalText reads a name as String writes it.
func (k *FDKind) UnmarshalText(text []byte) error {
	i, err := enumValue(fdKindNames[:], text, "kind of descriptor")
	*k = FDKind(i)
	return err
}

// OpenFile is a file descriptor of a process.
type OpenFile struct {
	// Path is the file as the calling process sees it, from its own root, not
	// from that of the process that has it open. What is no file has the kernel's
	// name, such as "socket:[1234]" or "anon_inode:[eventfd]".
	Path     string `json:"path"`
	FD       int    `json:"fd"`       // -1 on Windows, where it is missing
	Position int64  `json:"position"` // offset of the next read or write, bytes
	// Mode is how fopen(3) would have opened the file: r, w, a, r+ or a+.
	Mode    string  `json:"mode"`
	Flags   uint32  `json:"flags"` // of open(2), as numbered on the machine's architecture
	Kind    FDKind  `json:"kind"`
	Deleted bool    `json:"deleted"` // the file has no name any more
	Missing Missing `json:"-"`       // position, mode or flags, if the system did not tell; Windows: all, and fd
}

// MarshalJSON writes psutil's popenfile, with kind and deleted after it.
func (f OpenFile) MarshalJSON() ([]byte, error) { return marshalFields(f) }

// String returns a line about the descriptor.
func (f OpenFile) String() string {
	return fmt.Sprintf("%d %q %s position=%d mode=%s", f.FD, f.Path, f.Kind, f.Position, f.Mode)
}

// OpenFiles returns the regular files that the process has open, sorted by
// descriptor, as psutil's open_files does. One closed meanwhile is left out. It
// takes the right to trace the process. Linux: the links in /proc/PID/fd, a
// stat of each, and /proc/PID/fdinfo; the stat may hang on a dead network file
// system.
//
// Windows: files on disks, sorted by path. Cost: the table of all handles of all
// processes, SystemExtendedHandleInformation, and some five calls for each handle of the
// process that may be one of a file, on a duplicate of it. The name of one that the
// system does not answer for within a tenth of a second is left out; its question is
// left to a goroutine and a thread until it is answered.
func (p Process) OpenFiles() ([]OpenFile, error) {
	files, err := p.openFDs(true)
	return files, err
}

// OpenFDs returns every descriptor of the process, of whatever kind, sorted by
// descriptor, at the cost of [Process.OpenFiles]. Windows: files and directories on
// disks only.
func (p Process) OpenFDs() ([]OpenFile, error) { return p.openFDs(false) }
