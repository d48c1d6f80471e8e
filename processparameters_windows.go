package psutil

import (
	"errors"
	"fmt"
	"strings"

	"github.com/go-psutil/psutil/internal/nt"
	"github.com/go-psutil/psutil/internal/sys"
)

// A remote is the memory of a process that is open, and where in it the parameters
// are that it was started with.
type remote struct {
	h       sys.Handle
	pointer int
	nt.ProcessParameters
}

// remote calls f with the memory of the process.
func (p Process) remote(op string, f func(*remote) error) error {
	if p.pid == idlePID || p.pid == systemPID {
		return &ProcessError{Op: op, PID: p.pid, Err: ErrAccessDenied}
	}
	return p.with(op, sys.Query|sys.ReadMemory, func(h sys.Handle) error {
		r := remote{h: h, pointer: sys.PointerSize}
		peb, err := h.PEB32() // of a 32-bit program on a 64-bit system
		switch {
		case err != nil:
			return err
		case peb != 0:
			r.pointer = 4
		default:
			b, err := h.Basic()
			if err != nil {
				return err
			}
			basic, err := nt.ParseProcessBasicInformation(b, r.pointer)
			if err != nil {
				return err
			}
			peb = basic.PEBBaseAddress
		}
		if peb == 0 {
			return &NotSupportedError{Op: op, Need: "a 64-bit program, to look into another"}
		}
		b, err := r.read(peb, nt.PEBSize(r.pointer))
		if err != nil {
			return err
		}
		address, err := nt.ParametersAddress(b, r.pointer)
		if err != nil {
			return err
		}
		if b, err = r.read(address, nt.ProcessParametersSize(r.pointer)); err != nil {
			return err
		}
		if r.ProcessParameters, err = nt.ParseProcessParameters(b, r.pointer); err != nil {
			return err
		}
		return f(&r)
	})
}

// read reads so many bytes. A process that has just begun, or is about to end, may
// lack them.
func (r *remote) read(address uint64, n int) ([]byte, error) {
	b := make([]byte, n)
	got, err := r.h.Read(address, b)
	if err == nil && got < n {
		err = sys.PartialCopy
	}
	return b[:got], err
}

func (r *remote) text(t nt.RemoteText) (string, error) {
	b, err := r.read(t.Address, t.Length)
	return nt.Text(b), err
}

// cmdline splits the command line as CommandLineToArgvW does, which is nearly how
// programs see it.
func (p Process) cmdline() (args []string, err error) {
	line, err := p.commandLine()
	return nt.SplitCommandLine(line), err
}

// commandLine asks the system for the line (Windows 8.1), or reads it in the memory
// of the process.
func (p Process) commandLine() (line string, err error) {
	const op = "cmdline"
	if p.pid == idlePID || p.pid == systemPID {
		return "", p.verify(op)
	}
	err = p.with(op, sys.QueryLimited, func(h sys.Handle) error {
		b, base, err := h.Information(sys.ProcessCommandLineInformation, 1<<10)
		if err != nil {
			return err
		}
		text, err := nt.ParseUnicodeString(b, base, sys.PointerSize)
		line = nt.Text(text)
		return err
	})
	if errors.Is(err, ErrNoSuchProcess) || errors.Is(err, ErrAccessDenied) || err == nil {
		return line, err
	}
	err = p.remote(op, func(r *remote) (err error) {
		line, err = r.text(r.CommandLine)
		return err
	})
	return line, err
}

// environ has names in capitals: the system makes no difference. Those of the command
// interpreter that begin with "=" are left out.
func (p Process) environ() (env map[string]string, err error) {
	const most = 16 << 20 // bytes, which the process says itself
	err = p.remote("environ", func(r *remote) error {
		if r.EnvironmentSize > most {
			return &ParseError{File: "RTL_USER_PROCESS_PARAMETERS", Err: fmt.Errorf("an environment of %d bytes", r.EnvironmentSize)}
		}
		block, err := r.read(r.Environment, int(r.EnvironmentSize))
		if err != nil {
			return err
		}
		env = make(map[string]string)
		for name, value := range nt.EachVariable(block) {
			if n := strings.ToUpper(nt.Text(name)); n != "" && n[0] != '=' {
				env[n] = nt.Text(value)
			}
		}
		return nil
	})
	return env, err
}

// link returns the current directory. There are no others to link to.
func (p Process) link(name string) (dir string, err error) {
	if name != "cwd" {
		return "", p.unsupported(name)
	}
	err = p.remote(name, func(r *remote) error {
		text, err := r.text(r.CurrentDirectory)
		if dir = text; len(dir) > len(`C:\`) {
			dir = strings.TrimSuffix(dir, `\`)
		}
		return err
	})
	return dir, err
}
