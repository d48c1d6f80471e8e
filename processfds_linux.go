package psutil

import (
	"cmp"
	"errors"
	"slices"
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
			f := OpenFile{FD: int(fd), Path: string(target), Kind: fdKind(&info, target)}
			if regularOnly && f.Kind != FDRegular {
				return true
			}
			if info.Nlink == 0 && len(target) > 0 && target[0] == '/' {
				f.Deleted = true
				f.Path = strings.TrimSuffix(f.Path, deletedSuffix)
			}
			b, err := dir.ReadRecord(buf[:0], "fdinfo/"+string(name))
			if errors.Is(err, syscall.ENOENT) || errors.Is(err, syscall.ESRCH) {
				return true
			}
			if err != nil {
				b = nil
			}
			f.fill(b)
			files = append(files, f)
			return true
		})
	})
	slices.SortFunc(files, func(a, b OpenFile) int { return cmp.Compare(a.FD, b.FD) })
	return files, err
}

// fill sets what the fdinfo file of the descriptor says. Other lines of it do
// not matter.
func (f *OpenFile) fill(fdinfo []byte) {
	var st linux.FDInfo
	_ = st.Parse(fdinfo)
	if st.Has.Contains(linux.FDInfoPos) {
		f.Position = st.Pos
	} else {
		f.Missing = f.Missing.add("position")
	}
	if st.Has.Contains(linux.FDInfoFlags) {
		f.Flags, f.Mode = st.Flags, openMode(st.Flags)
	} else {
		f.Missing = f.Missing.add("mode").add("flags")
	}
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

// linkKinds are the kinds of descriptor that the name alone tells.
var linkKinds = [...]FDKind{
	linux.FDMemFD:     FDMemFD,
	linux.FDSocket:    FDSocket,
	linux.FDPipe:      FDPipe,
	linux.FDEventFD:   FDEventFD,
	linux.FDEventPoll: FDEventPoll,
	linux.FDInotify:   FDInotify,
	linux.FDSignalFD:  FDSignalFD,
	linux.FDTimerFD:   FDTimerFD,
	linux.FDAnonInode: FDAnonInode,
	linux.FDPIDFD:     FDPidFD,
	linux.FDNamespace: FDNamespace,
}

// fdKind tells what a descriptor is from the name that the kernel gives it and,
// if that is a path, from its inode. A memfd never has a link; a file that
// somebody named like one has.
func fdKind(info *sys.FileInfo, target []byte) FDKind {
	kind := linkKinds[linux.ParseFDLink(target).Kind]
	if kind != FDUnknown && (kind != FDMemFD || info.Nlink == 0) {
		return kind
	}
	switch info.Mode & syscall.S_IFMT {
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
