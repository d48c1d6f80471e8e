package linux

import (
	"iter"

	"github.com/go-psutil/psutil/internal/scan"
)

// FSTab is a row of /proc/PID/mounts or /etc/mtab (proc_pid_mounts(5),
// fs/proc_namespace.c show_vfsmnt). Fields alias the input unless they were
// escaped.
type FSTab struct {
	Source     []byte // unescaped; may be empty, "none" or anything
	MountPoint []byte // unescaped
	FSType     []byte // unescaped
	Options    []byte // of mount and file system together, as printed
}

// EachFSTab returns the rows of a mounts file; lines that begin with a number
// sign are comments.
func EachFSTab(b []byte) iter.Seq2[FSTab, error] {
	return func(yield func(FSTab, error) bool) {
		for r, err := range eachRow(b, 0, parseFSTab) {
			if err == nil && r.MountPoint == nil { // a comment
				continue
			}
			if !yield(r, err) {
				return
			}
		}
	}
}

func parseFSTab(line []byte) (r FSTab, bad string) {
	if line[0] == '#' {
		return r, ""
	}
	// Single blanks, since the source may be empty.
	source, rest, _ := scan.Cut(line, ' ')
	point, rest, _ := scan.Cut(rest, ' ')
	fstype, rest, _ := scan.Cut(rest, ' ')
	options, _, _ := scan.Cut(rest, ' ')
	if len(point) == 0 || len(fstype) == 0 || len(options) == 0 {
		return r, "source, mount point, type and options expected"
	}
	return FSTab{Source: Unescape(source), MountPoint: Unescape(point), FSType: Unescape(fstype), Options: options}, ""
}
