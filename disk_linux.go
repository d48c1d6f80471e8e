package psutil

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"path"

	"github.com/go-psutil/psutil/internal/linux"
	"github.com/go-psutil/psutil/internal/sys"
)

func (s *System) diskPartitions(all bool) ([]DiskPartition, error) {
	file := "thread-self/mountinfo"
	if s.rootDir != "/" {
		file = "1/mountinfo"
	}
	if !s.proc.Exists(file) {
		file = "self/mountinfo"
	}
	b, err := s.readProc(file)
	if err != nil {
		return nil, err
	}
	var (
		onDevice   map[string]bool
		partitions []DiskPartition
		errs       []error
	)
	if !all {
		if onDevice, err = s.deviceFilesystems(); onDevice == nil {
			return nil, err
		}
		errs = append(errs, err)
	}
	for m, err := range linux.EachMount(b) {
		if err != nil {
			errs = append(errs, parseError(s.procPath(file), err))
			continue
		}
		if !all && !onDevice[string(m.BaseType())] {
			continue
		}
		p := s.diskPartition(m)
		if all || p.Device != "" {
			partitions = append(partitions, p)
		}
	}
	return partitions, errors.Join(errs...)
}

// deviceFilesystems are the types of file system that are on a device.
func (s *System) deviceFilesystems() (map[string]bool, error) {
	b, err := s.readProc("filesystems")
	if err != nil {
		return nil, err
	}
	types := make(map[string]bool)
	var errs []error
	for t, err := range linux.EachFilesystem(b) {
		if err != nil {
			errs = append(errs, parseError(s.procPath("filesystems"), err))
		} else if t.OnDevice() {
			types[string(t.Name)] = true
		}
	}
	return types, errors.Join(errs...)
}

func (s *System) diskPartition(m linux.Mount) DiskPartition {
	p := DiskPartition{
		Device: string(m.Source), Source: string(m.Source),
		Mountpoint: string(m.MountPoint), FSType: string(m.FSType), Root: string(m.Root),
		Opts: m.AllOptions(), Bind: m.IsBind(), ReadOnly: m.IsReadOnly(), Propagation: m.Propagation(),
		Major: m.Major, Minor: m.Minor, MountID: int(m.ID), ParentID: int(m.Parent),
	}
	switch p.Device {
	case "none":
		p.Device = ""
	case "/dev/root", "rootfs": // as the boot loader or the kernel calls it
		if name := s.blockDeviceName(m.Major, m.Minor); name != "" {
			p.Device = "/dev/" + name
		}
	}
	return p
}

// blockDeviceName returns the kernel's name for a block device, "" if there is
// none.
func (s *System) blockDeviceName(major, minor uint32) string {
	link, err := s.root.AppendLink(nil, fmt.Sprintf("sys/dev/block/%d:%d", major, minor))
	if err == nil {
		return linux.BlockName(path.Base(string(link)))
	}
	b, err := s.readProc("partitions")
	if err != nil {
		return ""
	}
	for p, err := range linux.EachPartition(b) {
		if err == nil && p.Major == major && p.Minor == minor {
			return string(p.Name)
		}
	}
	return ""
}

func (s *System) diskUsage(ctx context.Context, name string) (DiskSpace, error) {
	full, statfs := name, func() (sys.FSStat, error) { return sys.Statfs(name) }
	if s.rootDir != "/" {
		below := belowRoot(path.Clean("/" + name))
		full, statfs = path.Join(s.rootDir, below), func() (sys.FSStat, error) { return s.root.Statfs(below) }
	}
	return diskCalls.do(ctx, full, func() (DiskSpace, error) {
		st, err := statfs()
		if err != nil {
			return DiskSpace{}, &fs.PathError{Op: "statfs", Path: full, Err: err}
		}
		return newDiskSpace(name, cmp.Or(st.Frsize, st.Bsize), st.Blocks, st.Bfree, st.Bavail, st.Files, st.Ffree), nil
	})
}
