package psutil

import (
	"errors"
	"io/fs"
	"path"
	"syscall"

	"github.com/go-psutil/psutil/internal/linux"
)

// absent reports whether an error says that there is no such file or directory,
// or that its device has just gone.
func absent(err error) bool {
	return errors.Is(err, syscall.ENOENT) || errors.Is(err, syscall.ENOTDIR) || errors.Is(err, syscall.ENODEV)
}

// namesBelow returns the names in a directory below the root, in no order.
func (s *System) namesBelow(dir string) ([]string, error) {
	names, err := s.root.Names(dir)
	if err != nil {
		return nil, &fs.PathError{Op: "read", Path: path.Join(s.rootDir, dir), Err: err}
	}
	return names, nil
}

// numbered returns the names in dir that are prefix and a number, sorted by
// that. A directory that is not there has none.
func (s *System) numbered(dir, prefix string) ([]string, error) {
	names, err := s.namesBelow(dir)
	if err != nil {
		if absent(err) {
			err = nil
		}
		return nil, err
	}
	return linux.Numbered(names, prefix), nil
}

// deviceDir returns the directory that a link of /sys/class leads to, which
// stays the same from boot to boot.
func (s *System) deviceDir(link string) string {
	target, err := s.root.AppendLink(nil, link)
	if err != nil {
		return "/" + link
	}
	return path.Join("/", path.Dir(link), string(target))
}
