package main

import (
	"errors"
	"os"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/go-psutil/psutil"
	"github.com/go-psutil/psutil/bpf"
)

func newDoctor(env *environment) *cobra.Command {
	return &cobra.Command{
		Use:     "doctor",
		GroupID: groupOther,
		Short:   "Show what this program can use here, and what would let it use more",
		Long: `Show what this program can use here, and what would let it use more.

Each row is something that makes an answer fuller or faster: whether it is there,
whether it is in use, what there is or lacks in detail, and the command that would
enable it, if one can. Nothing of it is needed: without, the program is slower, or
shows "-" for what it may not know. Since setcap replaces what a file has, its commands
also name what the program has by then of the others': see doctor again before the next.`,
		Example: `  psutil doctor
  psutil doctor -o json
  psutil --engine proc doctor`,
		Args: cobra.NoArgs,
		RunE: func(*cobra.Command, []string) error { return doctor(env) },
	}
}

// A capability is something that makes an answer fuller or faster.
type capability struct {
	name, purpose string
	there, inUse  bool
	detail        string
	enable        string
}

func doctor(env *environment) error {
	if err := env.checkEngine(); err != nil {
		return err
	}
	r := report[capability]{rows: capabilities(env), columns: []column[capability]{
		{key: "capability", title: "Capability", value: func(c capability) any { return c.name }},
		{key: "there", title: "There", value: func(c capability) any { return c.there }, text: func(c capability) string { return yesNo(c.there) },
			color: func(c capability) color {
				if c.there {
					return green
				}
				return yellow
			}},
		{key: "in_use", title: "In use", value: func(c capability) any { return c.inUse }, text: func(c capability) string { return yesNo(c.inUse) }},
		{key: "purpose", title: "For", value: func(c capability) any { return c.purpose }},
		{key: "detail", title: "Detail", value: func(c capability) any { return orNil(c.detail, c.detail == "") }, least: leastText},
		{key: "enable", title: "Enable with", value: func(c capability) any { return orNil(c.enable, c.enable == "") }, least: leastText},
	}}
	r.whole = true
	return r.write(env)
}

func yesNo(b bool) string {
	if b {
		return "yes"
	}
	return "no"
}

// capabilities looks at what there is.
func capabilities(env *environment) []capability {
	var rows []capability
	requirements := bpf.Requirements()
	met := !slices.ContainsFunc(requirements, func(r bpf.Requirement) bool { return !r.Met })
	for _, r := range requirements {
		c := capability{name: r.Need, purpose: "eBPF", there: r.Met, inUse: met && env.engine != engineProc && env.root == "", detail: r.Detail}
		if !r.Met {
			c.enable = strings.ReplaceAll(r.Enable, "PROGRAM", shellWord(executable()))
		}
		rows = append(rows, c)
	}
	rows = append(rows, engineCapabilities(env, met)...)
	sys, err := env.newSystem(nil) // of eBPF the rows above tell
	if err != nil {
		return append(rows, capability{name: "/proc", purpose: "everything", detail: err.Error(), enable: "mount -t proc proc /proc"})
	}
	return append(rows, machineCapabilities(sys)...)
}

// engineCapabilities tries to load the programs: what the kernel says to them is
// known only then.
func engineCapabilities(env *environment, met bool) []capability {
	rows := []capability{{name: "eBPF: processes", purpose: "processes, several times faster"}, {name: "eBPF: sockets", purpose: "sockets and who holds them, several times faster"}}
	var e *bpf.Engine
	if met {
		e, _ = bpf.New()
	}
	if e != nil {
		defer e.Close()
	}
	for i, part := range []psutil.AcceleratorPart{psutil.AcceleratedProcesses, psutil.AcceleratedSockets} {
		c := &rows[i]
		if e == nil {
			c.detail = "see what is missing above"
			continue
		}
		if err := e.Load(part); err != nil {
			c.detail = err.Error()
			continue
		}
		c.there, c.inUse = true, true
		switch {
		case env.engine == engineProc:
			c.inUse, c.enable = false, "psutil --engine auto"
		case env.root != "":
			c.inUse, c.detail = false, "not below --root"
		case env.engine == engineAuto:
			c.detail = "loaded where it pays, or with --engine bpf"
		}
	}
	return rows
}

// machineCapabilities are those that the library has without eBPF.
func machineCapabilities(sys *psutil.System) []capability {
	others := capability{name: "look into all processes", purpose: "who holds a socket, open files, memory maps of others", enable: enableAll()}
	denied, all := 0, 0
	for info, err := range sys.Snapshot(psutil.FieldCwd) {
		if err == nil {
			all++
			if errors.Is(info.Err(psutil.FieldCwd), psutil.ErrAccessDenied) {
				denied++
			}
		}
	}
	others.there = denied == 0
	others.inUse = others.there
	if !others.there {
		others.detail = plural(denied, "process", "processes") + " of " + text(all) + " may not be looked into"
	} else {
		others.enable = ""
	}
	return append([]capability{others}, kernelCapabilities(sys)...)
}

// executable is this program's file, or its name if that can't be told.
func executable() string {
	exe, err := os.Executable()
	if err != nil {
		return "psutil"
	}
	return exe
}

// shellWord quotes what a shell would not take as one word.
func shellWord(s string) string {
	if strings.Trim(s, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789/._-+") == "" {
		return s
	}
	return "'" + strings.ReplaceAll(s, "'", `'\''`) + "'"
}

func plural(n int, one, more string) string {
	if n == 1 {
		return "1 " + one
	}
	return text(n) + " " + more
}
