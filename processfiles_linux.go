package psutil

import (
	"strings"

	"github.com/go-psutil/psutil/internal/linux"
)

const deletedSuffix = " (deleted)"

func (p Process) exe() (string, error) {
	d, err := p.dir("exe")
	if err != nil {
		return "", err
	}
	return d.exe()
}

func (d *procDir) exe() (string, error) {
	path, err := d.link("exe")
	if err != nil {
		return "", none(d.p.fail("exe", err))
	}
	// A file may really have that name; one that is gone does not exist by it.
	if before, found := strings.CutSuffix(path, deletedSuffix); found {
		if !d.p.sys.root.Exists(strings.TrimPrefix(path, "/")) {
			path = before
		}
	}
	return path, nil
}

func (p Process) cmdline() ([]string, error) {
	d, err := p.dir("cmdline")
	if err != nil {
		return nil, err
	}
	var buf [1024]byte
	args, _, err := d.cmdline(buf[:0], nil)
	return args, err
}

// cmdline reads the command line into buf, which it may replace. st is what stat
// says, or nil.
func (d *procDir) cmdline(buf []byte, st *linux.PIDStat) ([]string, []byte, error) {
	b, err := d.read(buf, "cmdline")
	if err != nil {
		return nil, b, d.p.fail("cmdline", err)
	}
	if len(b) == 0 {
		if st != nil && st.Flags&kernelThread != 0 {
			return nil, b, nil
		}
		return nil, b, d.p.alive("cmdline")
	}
	return linux.AppendArgs(nil, b), b, nil
}

// alive explains why a file about the memory of p is empty: that of a zombie is
// gone, which is an error, and a kernel thread never had any, which is none.
func (p Process) alive(op string) error {
	var (
		buf [statSize]byte
		st  linux.PIDStat
	)
	if err := p.stat(op, buf[:0], &st); err != nil {
		return err
	}
	if hasEnded(&st) {
		return &ProcessError{Op: op, PID: p.pid, Name: string(st.Comm), Err: ErrZombieProcess}
	}
	return nil
}

func (p Process) environ() (map[string]string, error) {
	d, err := p.dir("environ")
	if err != nil {
		return nil, err
	}
	env, _, err := d.environ(nil)
	return env, err
}

func (d *procDir) environ(buf []byte) (map[string]string, []byte, error) {
	b, err := d.readAll(buf, "environ")
	env := make(map[string]string)
	if err != nil {
		return env, b, none(d.p.fail("environ", err))
	}
	for name, value := range linux.EachEnv(b) {
		if _, known := env[string(name)]; !known {
			env[string(name)] = string(value)
		}
	}
	return env, b, nil
}

func (p Process) link(name string) (string, error) {
	d, err := p.dir(name)
	if err != nil {
		return "", err
	}
	return d.path(name)
}

func (d *procDir) path(name string) (string, error) {
	path, err := d.link(name)
	if err != nil {
		return "", d.p.fail(name, err)
	}
	return path, nil
}
