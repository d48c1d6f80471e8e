package psutil

import (
	"errors"
	"strconv"

	"github.com/go-psutil/psutil/internal/sys"
)

// procDir is where the files of a process are read: by name below /proc, or
// below an open /proc/PID when there are several, so that all are of one
// process.
type procDir struct {
	p    Process
	dir  sys.PIDDir
	open bool
	// files, if there are any, are of the process too and read before others.
	files *pidFiles
}

// dir returns the procDir of p, which reads nothing yet.
func (p Process) dir(op string) (procDir, error) {
	_, err := p.system(op)
	return procDir{p: p}, err
}

// hold opens /proc/PID, which the caller closes with release.
func (d *procDir) hold() (err error) {
	d.dir, err = d.p.sys.proc.OpenPID(d.p.pid)
	d.open = err == nil
	return err
}

func (d *procDir) release() {
	if d.open {
		d.dir.Close()
		d.open = false
	}
}

// read reads a file that the kernel writes in one piece.
func (d *procDir) read(dst []byte, name string) ([]byte, error) {
	if d.files != nil {
		if f, tried := d.files.named(name); tried {
			if (name == "stat" || name == "status") && d.p.sys.procfs {
				return f.ReadRecordAtOnce(dst)
			}
			return f.ReadRecord(dst)
		}
	}
	if d.open {
		return d.dir.ReadRecord(dst, name)
	}
	return d.p.sys.proc.ReadPID(dst, d.p.pid, name)
}

// readAll reads a file that may come in many pieces.
func (d *procDir) readAll(dst []byte, name string) ([]byte, error) {
	if d.open {
		return d.dir.ReadFile(dst, name)
	}
	return d.p.sys.proc.ReadFile(dst, strconv.Itoa(d.p.pid)+"/"+name)
}

// link returns the target of a symbolic link.
func (d *procDir) link(name string) (string, error) {
	var buf [256]byte
	var b []byte
	var err error
	if d.open {
		b, err = d.dir.AppendLink(buf[:0], name)
	} else {
		b, err = d.p.sys.proc.AppendLink(buf[:0], strconv.Itoa(d.p.pid)+"/"+name)
	}
	return string(b), err
}

// within runs f with /proc/PID held open.
func (d *procDir) within(op string, f func(sys.PIDDir) error) error {
	if !d.open {
		if err := d.hold(); err != nil {
			return d.p.fail(op, err)
		}
		defer d.release()
	}
	if err := f(d.dir); err != nil {
		return d.p.fail(op, err)
	}
	return nil
}

// none returns nil if err says that a process which is alive does not have
// something, as a kernel thread has no executable.
func none(err error) error {
	if errors.Is(err, ErrNotSupported) {
		return nil
	}
	return err
}

// malformed is the error for a file that can't be understood.
func (d *procDir) malformed(op, file string, err error) error {
	return &ProcessError{Op: op, PID: d.p.pid, Err: parseError(d.p.sys.pidPath(d.p.pid, file), err)}
}
