package linux

import (
	"iter"

	"github.com/go-psutil/psutil/internal/scan"
)

// Filesystem is a row of /proc/filesystems (proc_filesystems(5),
// fs/filesystems.c filesystems_proc_show).
type Filesystem struct {
	Name  []byte // "ext4"; aliases the input
	NoDev bool   // needs no block device
}

// OnDevice reports whether file systems of the type are on a device. ZFS is,
// though it needs no single one.
func (fs *Filesystem) OnDevice() bool { return !fs.NoDev || string(fs.Name) == "zfs" }

// EachFilesystem returns the rows of /proc/filesystems: the types the running
// kernel knows by now, not those of modules it could still load.
func EachFilesystem(b []byte) iter.Seq2[Filesystem, error] { return eachRow(b, 0, parseFilesystem) }

func parseFilesystem(line []byte) (fs Filesystem, bad string) {
	// The first column is empty, not absent, for a type that needs a device.
	flag, name, tab := scan.Cut(line, '\t')
	fs.NoDev = string(flag) == "nodev"
	fs.Name = scan.Trim(name)
	if !tab || len(fs.Name) == 0 || len(flag) > 0 && !fs.NoDev {
		return fs, "nodev or nothing, a tab and a type expected"
	}
	return fs, ""
}
