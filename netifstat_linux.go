package psutil

import (
	"errors"
	"io/fs"
	"os"
	"path"
	"slices"
	"syscall"

	"github.com/go-psutil/psutil/internal/linux"
	"github.com/go-psutil/psutil/internal/sys"
)

func (s *System) netIfStats() ([]NetIfStat, error) {
	var stats []NetIfStat
	called, err := s.inNet(func() (err error) {
		stats, err = linkStats()
		return err
	})
	if !called {
		var links []netLink
		links, err = s.classLinks()
		for _, l := range links {
			stats = append(stats, l.stat())
		}
	}
	slices.SortFunc(stats, compareNetIfStats)
	return stats, err
}

// linkStats adds the speed and duplex mode of the link, which netlink does not
// tell, to what it does.
func linkStats() ([]NetIfStat, error) {
	links, err := netLinks()
	if len(links) == 0 {
		return nil, err
	}
	socket, socketErr := sys.OpenIfSocket()
	if socketErr == nil {
		defer socket.Close()
	} else {
		err = errors.Join(err, os.NewSyscallError("socket", socketErr))
	}
	stats := make([]NetIfStat, 0, len(links))
	for _, l := range links {
		if socketErr == nil {
			speed, duplex, err := socket.LinkSettings(l.Name)
			if errors.Is(err, syscall.ENODEV) {
				continue
			}
			// Other errors say that the interface has no link, or is down.
			if err == nil {
				l.Duplex = linuxDuplex(duplex)
				l.Speed = int(speed)
			}
		}
		stats = append(stats, l.stat())
	}
	return stats, err
}

// netClass is where the interfaces are in /sys. Not everything there is one:
// the bonding driver has a file.
const netClass = "sys/class/net"

// classLinks reads the interfaces from /sys.
func (s *System) classLinks() ([]netLink, error) {
	names, err := s.root.Names(netClass)
	if err != nil {
		return nil, &fs.PathError{Op: "read", Path: path.Join(s.rootDir, netClass), Err: err}
	}
	var (
		links []netLink
		errs  []error
	)
	for _, name := range names {
		l := linux.Link{Name: []byte(name)}
		for _, file := range linux.NetClassFiles {
			full := path.Join(netClass, name, file)
			b, err := s.readRoot(full)
			if err != nil {
				// An attribute that the driver lacks, or has only while the interface is up.
				continue
			}
			if err := l.ParseClass(file, b); err != nil {
				errs = append(errs, parseError(path.Join(s.rootDir, full), err))
			}
		}
		if l.Index == 0 {
			continue
		}
		n := newNetLink(&l)
		if target, err := s.root.AppendLink(nil, path.Join(netClass, name, "master")); err == nil {
			n.Master = path.Base(string(target))
		}
		links = append(links, n)
	}
	return links, errors.Join(errs...)
}
