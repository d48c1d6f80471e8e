package sys

import "golang.org/x/sys/unix"

// FSStat is the size of a mounted file system, in statfs(2)'s units.
type FSStat struct {
	Type    uint32 // the magic number, see linux/magic.h
	Bsize   uint64 // best size of a transfer, bytes
	Frsize  uint64 // fragment size, bytes: the unit of the next three
	Blocks  uint64
	Bfree   uint64 // free blocks
	Bavail  uint64 // free blocks that are not reserved for root
	Files   uint64 // inodes
	Ffree   uint64 // free inodes
	Namelen uint64 // longest file name, bytes
	Flags   uint64 // the ST_ flags of the mount; 0 before Linux 2.6.36
}

// Statfs describes the file system that holds path. It blocks while a network
// file system does not answer.
func Statfs(path string) (FSStat, error) {
	var st unix.Statfs_t
	err := retry(func() error { return unix.Statfs(path, &st) })
	return fsStat(&st, err)
}

// Statfs is [Statfs] of the named file below d.
func (d *Dir) Statfs(name string) (FSStat, error) {
	fd, err := d.open(name, unix.O_PATH)
	if err != nil {
		return FSStat{}, err
	}
	defer unix.Close(fd)
	var st unix.Statfs_t
	err = retry(func() error { return unix.Fstatfs(fd, &st) })
	return fsStat(&st, err)
}

func fsStat(st *unix.Statfs_t, err error) (FSStat, error) {
	if err != nil {
		return FSStat{}, err
	}
	// The fields have 32 or 64 bits, with or without sign, by architecture.
	return FSStat{
		Type:    uint32(st.Type),
		Bsize:   uint64(st.Bsize),
		Frsize:  uint64(st.Frsize),
		Blocks:  st.Blocks,
		Bfree:   st.Bfree,
		Bavail:  st.Bavail,
		Files:   st.Files,
		Ffree:   st.Ffree,
		Namelen: uint64(st.Namelen),
		Flags:   uint64(st.Flags),
	}, nil
}
