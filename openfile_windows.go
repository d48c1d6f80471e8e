package psutil

import (
	"cmp"
	"os"
	"slices"
	"strings"

	"github.com/go-psutil/psutil/internal/nt"
	"github.com/go-psutil/psutil/internal/sys"
)

func (p Process) numFDs() (int, error) { return 0, p.unsupported("num_fds") }

// openFDs finds the handles of files and directories among those of all processes,
// and asks for their names by handles of its own.
func (p Process) openFDs(regular bool) (files []OpenFile, err error) {
	err = p.with("open_files", sys.Query|sys.DuplicateHandle, func(h sys.Handle) error {
		handles, err := fileHandles(uint64(p.pid))
		if err != nil {
			return err
		}
		for _, handle := range handles {
			path, isDir, ok := h.FileOf(handle)
			if !ok || isDir && regular {
				continue
			}
			kind := FDRegular
			if isDir {
				kind = FDDirectory
			}
			files = append(files, OpenFile{Path: path, FD: -1, Kind: kind, Missing: "fd,position,mode,flags"})
		}
		return nil
	})
	slices.SortFunc(files, func(a, b OpenFile) int { return cmp.Or(strings.Compare(a.Path, b.Path), cmp.Compare(a.Kind, b.Kind)) })
	return files, err
}

// fileHandles are the handles that a process has of files, and of what is like them:
// pipes, sockets and devices. The number of their type differs from release to
// release, so that it is taken from a file of our own.
func fileHandles(pid uint64) ([]uint64, error) {
	own, err := os.Open(os.DevNull)
	if err != nil {
		return nil, err
	}
	defer own.Close()
	b, _, err := sys.SystemInformation(sys.SystemExtendedHandleInformation, nil)
	if err != nil {
		return nil, err
	}
	fileType, self, handle := -1, uint64(os.Getpid()), uint64(own.Fd())
	for e, err := range nt.EachHandle(b, sys.PointerSize) {
		if err != nil {
			return nil, &ParseError{File: "SystemExtendedHandleInformation", Err: err}
		}
		if e.PID == self && e.Handle == handle {
			fileType = int(e.TypeIndex)
			break
		}
	}
	var handles []uint64
	for e, err := range nt.EachHandle(b, sys.PointerSize) {
		if err != nil {
			return handles, &ParseError{File: "SystemExtendedHandleInformation", Err: err}
		}
		if e.PID == pid && int(e.TypeIndex) == fileType {
			handles = append(handles, e.Handle)
		}
	}
	return handles, nil
}
