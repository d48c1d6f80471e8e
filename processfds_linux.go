package psutil

import (
	"cmp"
	"errors"
	"slices"
	"strconv"
	"strings"
	"syscall"

	"github.com/go-psutil/psutil/internal/linux"
	"github.com/go-psutil/psutil/internal/scan"
	"github.com/go-psutil/psutil/internal/sys"
)

func (p Process) numFDs() (int, error) {
	d, err := p.dir("num_fds")
	if err != nil {
		return 0, err
	}
	return d.numFDs()
}

func (d *procDir) numFDs() (n int, err error) {
	err = d.within("num_fds", func(dir sys.PIDDir) error {
		return dir.EachName("fd", func([]byte) bool { n++; return true })
	})
	return n, err
}

func (p Process) openFDs(regularOnly bool) ([]OpenFile, error) {
	d, err := p.dir("open_files")
	if err != nil {
		return nil, err
	}
	return d.openFDs(regularOnly)
}

func (d *procDir) openFDs(regularOnly bool) ([]OpenFile, error) {
	var files []OpenFile
	err := d.within("open_files", func(dir sys.PIDDir) error {
		var buf [512]byte
		return dir.EachLink("fd", func(name, target []byte) bool {
			fd, ok := scan.Uint(name)
			if !ok || (regularOnly && len(target) > 0 && target[0] != '/') {
				return true
			}
			info, err := dir.Stat("fd/" + string(name))
			if err != nil {
				return true // closed meanwhile
			}
			f := OpenFile{FD: int(fd), Path: string(target), Kind: fdKind(info.Mode, target)}
			if regularOnly && f.Kind != FDRegular {
				return true
			}
			if info.Nlink == 0 && len(target) > 0 && target[0] == '/' {
				f.Deleted = true
				f.Path = strings.TrimSuffix(f.Path, deletedSuffix)
			}
			if b, err := dir.ReadRecord(buf[:0], "fdinfo/"+string(name)); err == nil {
				var st linux.FDInfo
				if st.Parse(b) == nil {
					f.Position, f.Flags, f.Mode = st.Pos, st.Flags, openMode(st.Flags)
				}
			} else if errors.Is(err, syscall.ENOENT) {
				return true
			}
			files = append(files, f)
			return true
		})
	})
	slices.SortFunc(files, func(a, b OpenFile) int { return cmp.Compare(a.FD, b.FD) })
	return files, err
}

// openMode says how fopen(3) would have opened a file with the flags.
func openMode(flags uint32) string {
	appends := flags&syscall.O_APPEND != 0
	switch flags & syscall.O_ACCMODE {
	case syscall.O_WRONLY:
		if appends {
			return "a"
		}
		return "w"
	case syscall.O_RDWR:
		if appends {
			return "a+"
		}
		return "r+"
	}
	return "r"
}

// fdKind tells what a descriptor is from the name that the kernel gives it and,
// if that is a path, from the type of its inode.
func fdKind(mode uint32, target []byte) FDKind {
	link := linux.ParseFDLink(target)
	switch link.Kind {
	case linux.FDMemFD:
		return FDMemFD
	case linux.FDSocket:
		return FDSocket
	case linux.FDPipe:
		return FDPipe
	case linux.FDPIDFD:
		return FDPidFD
	case linux.FDNamespace:
		return FDNamespace
	case linux.FDAnonInode:
		switch string(link.Name) {
		case "eventfd":
			return FDEventFD
		case "eventpoll":
			return FDEventPoll
		case "inotify":
			return FDInotify
		case "signalfd":
			return FDSignalFD
		case "timerfd":
			return FDTimerFD
		}
		return FDAnonInode
	}
	switch mode & syscall.S_IFMT {
	case syscall.S_IFREG:
		return FDRegular
	case syscall.S_IFDIR:
		return FDDirectory
	case syscall.S_IFCHR:
		return FDCharDevice
	case syscall.S_IFBLK:
		return FDBlockDevice
	case syscall.S_IFIFO:
		return FDPipe
	case syscall.S_IFSOCK:
		return FDSocket
	}
	return FDUnknown
}

func (p Process) netConnections(kind ConnKind) ([]Connection, error) {
	d, err := p.dir("net_connections")
	if err != nil {
		return nil, err
	}
	if err := checkKind(kind); err != nil {
		return nil, &ProcessError{Op: "net_connections", PID: p.pid, Err: err}
	}
	return d.netConnections(kind)
}

func (d *procDir) netConnections(kind ConnKind) ([]Connection, error) {
	s := d.p.sys
	owners := make(map[uint64][]socketOwner)
	if err := s.addSocketOwners(owners, d.p.pid); err != nil {
		return nil, d.p.fail("net_connections", err)
	}
	if len(owners) == 0 {
		return nil, nil
	}
	dir, err := d.netDir()
	if err != nil {
		return nil, err
	}
	conns, err := s.connections(kind, dir, owners, false)
	if err != nil {
		err = &ProcessError{Op: "net_connections", PID: d.p.pid, Err: err}
	}
	return conns, err
}

// netDir is where the socket tables of the process are: the system's if it is in
// the same network namespace, or if a recorded tree has no other.
func (d *procDir) netDir() (string, error) {
	s, pid := d.p.sys, strconv.Itoa(d.p.pid)
	own, err1 := s.proc.AppendLink(nil, "thread-self/ns/net")
	its, err2 := s.proc.AppendLink(nil, pid+"/ns/net")
	switch {
	case err1 == nil && err2 == nil && string(own) == string(its):
		return s.netDir, nil
	case s.proc.Exists(pid + "/net"):
		return pid + "/net", nil
	}
	return s.netDir, d.p.verify("net_connections")
}
