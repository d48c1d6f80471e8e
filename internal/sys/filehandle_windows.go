package sys

import (
	"strings"
	"time"

	"golang.org/x/sys/windows"
)

// DuplicateHandle is what [Handle.FileOf] takes.
const DuplicateHandle = windows.PROCESS_DUP_HANDLE

// patience is how long FileOf waits for the name of a file.
const patience = 100 * time.Millisecond

// FileOf is the path of the file or directory on a disk that a handle of the process
// is of. It is not ok if the handle is of something else, has been closed, or if the
// system does not answer soon: of a pipe it might not before somebody has read or
// written. Such a question is left to a goroutine that ends when it is answered.
func (h Handle) FileOf(handle uint64) (path string, isDir, ok bool) {
	var file windows.Handle
	if windows.DuplicateHandle(h.h, windows.Handle(handle), windows.CurrentProcess(), &file, 0, false, windows.DUPLICATE_SAME_ACCESS) != nil {
		return "", false, false
	}
	type answer struct {
		path  string
		isDir bool
	}
	answers := make(chan answer, 1)
	go func() {
		defer windows.CloseHandle(file)
		var a answer
		a.path, a.isDir = diskFile(file)
		answers <- a
	}()
	timer := time.NewTimer(patience)
	defer timer.Stop()
	select {
	case a := <-answers:
		return a.path, a.isDir, a.path != ""
	case <-timer.C:
		return "", false, false
	}
}

// diskFile is the path of a file or directory on a disk, empty for anything else.
func diskFile(file windows.Handle) (path string, isDir bool) {
	if kind, err := windows.GetFileType(file); err != nil || kind != windows.FILE_TYPE_DISK {
		return "", false
	}
	b := make([]uint16, windows.MAX_PATH)
	for {
		n, err := windows.GetFinalPathNameByHandle(file, &b[0], uint32(len(b)), 0)
		if err != nil {
			return "", false
		}
		if int(n) <= len(b) {
			path = windows.UTF16ToString(b[:n])
			break
		}
		b = make([]uint16, n)
	}
	var info windows.ByHandleFileInformation
	if err := windows.GetFileInformationByHandle(file, &info); err == nil {
		isDir = info.FileAttributes&windows.FILE_ATTRIBUTE_DIRECTORY != 0
	}
	path = strings.TrimPrefix(path, `\\?\`)
	if rest, found := strings.CutPrefix(path, `UNC\`); found {
		path = `\\` + rest
	}
	return path, isDir
}
