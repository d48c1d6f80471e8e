package sys

import (
	"runtime"
	"strconv"

	"golang.org/x/sys/unix"
)

// descriptorShare is how many descriptors of a process are looked at in a row.
const descriptorShare = 512

// EachDescriptor calls f with each open descriptor, of the number from and above, of
// a process below d, which is a /proc, and what it stands for. One that is closed
// meanwhile is passed over. Both slices are valid until f returns.
//
// If there are many it may call more, with the number from which another call is to go
// on, perhaps at the same time. With a nil more it goes on itself.
//
// To list the directory takes the kernel half as long as to read all links. Since
// Linux 6.2 it says how many there are: so most that there can be are tried by their
// number, and only what is above is listed.
func (d *Dir) EachDescriptor(pid, from int, more func(from int), f func(name, target []byte) bool) error {
	if d.in != nil {
		fd, err := d.open(strconv.Itoa(pid)+"/fd", unix.O_RDONLY|unix.O_DIRECTORY)
		if err != nil {
			return err
		}
		defer unix.Close(fd)
		return eachLink(fd, false, f)
	}
	var p path
	p.pid(pid, "fd")
	fd, err := openat(d.fd, &p, unix.O_RDONLY|unix.O_DIRECTORY)
	runtime.KeepAlive(d)
	if err != nil {
		return err
	}
	defer unix.Close(fd)
	l := links{dir: fd, onProc: true, f: f}
	from, ended, err := l.try(from, more)
	if err != nil || ended {
		return err
	}
	// A place in this directory is two more than the next number: fs/proc/fd.c
	// proc_readfd_common.
	if from > 0 {
		if _, err := unix.Seek(fd, int64(from)+2, unix.SEEK_SET); err != nil {
			return err
		}
	}
	if err := eachName(fd, l.look); err != nil {
		return err
	}
	return l.err
}

// try looks at the numbers from one on and below how many descriptors are open, share
// by share, as long as most are there. Halfway through one it leaves the next to more, if
// there is a next. It returns the number from which they have to be listed, unless it
// has ended.
func (l *links) try(from int, more func(from int)) (next int, ended bool, err error) {
	var st unix.Stat_t
	if err := unix.Fstat(l.dir, &st); err != nil {
		return 0, false, err
	}
	var name [20]byte
	for from < int(st.Size) && l.gone <= descriptorShare/2 {
		half, end := from+descriptorShare/2, min(from+descriptorShare, int(st.Size))
		others := false
		l.gone = 0
		for ; from < end; from++ {
			if from == half && end < int(st.Size) && more != nil && l.gone <= descriptorShare/4 {
				others = true
				more(end)
			}
			if !l.look(strconv.AppendInt(name[:0], int64(from), 10)) {
				return 0, true, nil
			}
		}
		if others {
			return 0, true, l.err
		}
	}
	return from, false, nil
}
