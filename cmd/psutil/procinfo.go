package main

import (
	"cmp"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/go-psutil/psutil"
)

// procinfoFields are all but those that only a sampler knows or that others
// have in them.
const procinfoFields = psutil.AllFields &^ (psutil.SamplerFields | psutil.FieldRSS | psutil.FieldVMS)

// listLength is how much of a list psutil procinfo shows without -v.
const listLength = 4

func newProcinfo(env *environment) *cobra.Command {
	var verbose bool
	cmd := &cobra.Command{
		Use:     "procinfo PID",
		GroupID: groupProcess,
		Short:   "Show everything about a process",
		Long: fmt.Sprintf(`Show everything about a process.

Of lists the first %d are shown, or with -v all, and nothing is cut to fit the
terminal. What may not be read is "- (access denied)".

JSON is one object, psutil's as_dict, then children and rlimit. It is never cut.`, listLength),
		Example: `  psutil procinfo 1
  psutil procinfo -v $$
  psutil procinfo 1 -o json | jq .rlimit.RLIMIT_NOFILE`,
		Args: func(_ *cobra.Command, args []string) error {
			if len(args) != 1 {
				return usagef("one PID is needed, not %d", len(args))
			}
			return nil
		},
		ValidArgsFunction: env.completePIDs,
		RunE: func(_ *cobra.Command, args []string) error {
			pid, err := strconv.Atoi(args[0])
			if err != nil || pid < 0 {
				return usagef("not a PID: %q", args[0])
			}
			return procinfo(env, pid, verbose)
		},
	}
	cmd.Flags().BoolVarP(&verbose, "verbose", "v", false, "cut nothing")
	return cmd
}

// details is all about a process.
type details struct {
	*psutil.ProcessInfo
	parent   string // its name, empty if there is none
	children []child
	limits   map[psutil.Resource]psutil.Rlimit
}

type child struct {
	PID  int    `json:"pid"`
	Name string `json:"name"`
}

func procinfo(env *environment, pid int, verbose bool) error {
	sys, err := env.system()
	if err != nil {
		return err
	}
	p, err := sys.NewProcess(pid)
	if err != nil {
		return err
	}
	info, err := p.Info(procinfoFields)
	if err != nil {
		return err
	}
	d := details{ProcessInfo: info}
	errs := append(unreadable(info), d.readRelatives(p), d.readLimits(p))
	most := listLength
	if verbose {
		most = 0
	}
	r := report[*details]{
		columns: detailColumns(most), rows: []*details{&d}, single: true, whole: verbose,
		heading: func(*details) string { return "" },
	}
	return cmp.Or(r.write(env), errors.Join(errs...))
}

// readRelatives reads the names of the parent and of the children.
func (d *details) readRelatives(p psutil.Process) error {
	if parent, err := p.Parent(); err == nil {
		d.parent, _ = parent.Name()
	}
	children, err := p.Children(false)
	if err != nil {
		return err
	}
	d.children = []child{}
	for _, c := range children {
		name, err := c.Name()
		if err == nil {
			d.children = append(d.children, child{c.PID(), name})
		}
	}
	return nil
}

// readLimits reads all limits that this system has. Those that may not be read
// are left out.
func (d *details) readLimits(p psutil.Process) error {
	for _, r := range psutil.Resources() {
		limit, err := p.Rlimit(r)
		switch {
		case err == nil:
			if d.limits == nil {
				d.limits = make(map[psutil.Resource]psutil.Rlimit)
			}
			d.limits[r] = limit
		case errors.Is(err, psutil.ErrAccessDenied) || errors.Is(err, psutil.ErrNotSupported):
		default:
			return err
		}
	}
	return nil
}

// detailColumns are those of the table and of JSON. A list is cut to the first
// most, if that is not 0.
func detailColumns(most int) []column[*details] {
	var columns []column[*details]
	for field := range procinfoFields.All() {
		columns = append(columns, column[*details]{key: field.String(), value: func(d *details) any {
			value, _ := d.Value(field)
			return value
		}})
	}
	columns = append(columns,
		column[*details]{key: "children", value: func(d *details) any { return orNil(d.children, d.children == nil) }},
		column[*details]{key: "rlimit", value: func(d *details) any { return orNil(d.limits, d.limits == nil) }},
	)

	// one shows a field on a line, or why it is missing.
	one := func(title string, field psutil.Field, show func(*details) string) {
		columns = append(columns, column[*details]{title: title, tableOnly: true, text: func(d *details) string {
			if !d.Has(field) {
				return missingReason(d.Err(field))
			}
			return show(d)
		}})
	}
	// value shows a field's own text.
	value := func(title string, field psutil.Field) {
		one(title, field, func(d *details) string {
			value, _ := d.Value(field)
			return text(value)
		})
	}
	// many shows a list under a heading, or why it is missing.
	many := func(title string, field psutil.Field, heading string, lines func(*details) [][]string) {
		columns = append(columns, column[*details]{title: title, tableOnly: true, lines: func(d *details) [][]string {
			if field != 0 && !d.Has(field) {
				return [][]string{{missingReason(d.Err(field))}}
			}
			all := lines(d)
			if len(all) == 0 {
				return [][]string{{""}}
			}
			n := len(all)
			if most > 0 {
				n = min(n, most)
			}
			shown := append([][]string{strings.Fields(heading)}, all[:n]...)
			if more := len(all) - n; more > 0 {
				shown = append(shown, []string{fmt.Sprintf("(%d more; see -v)", more)})
			}
			return shown
		}})
	}

	value("pid", psutil.FieldPID)
	value("name", psutil.FieldName)
	one("parent", psutil.FieldPPID, func(d *details) string {
		if d.parent == "" {
			return text(d.PPID)
		}
		return fmt.Sprintf("%d (%s)", d.PPID, d.parent)
	})
	value("exe", psutil.FieldExe)
	value("cwd", psutil.FieldCwd)
	value("root", psutil.FieldRoot)
	value("cmdline", psutil.FieldCmdline)
	one("started", psutil.FieldCreateTime, func(d *details) string { return d.CreateTime.Local().Format(time.DateTime) })
	one("cpu-tspent", psutil.FieldCPUTimes, func(d *details) string { return cpuTime(d.CPUTimes.Total()) })
	value("cpu-times", psutil.FieldCPUTimes)
	value("cpu-affinity", psutil.FieldCPUAffinity)
	value("cpu-num", psutil.FieldCPUNum)
	value("memory", psutil.FieldMemoryInfoEx)
	value("memory-real", psutil.FieldMemoryFootprint)
	one("memory-%", psutil.FieldMemoryPercent, func(d *details) string { return fmt.Sprintf("%.2f", d.MemoryPercent) })
	value("page-faults", psutil.FieldPageFaults)
	value("user", psutil.FieldUsername)
	value("uids", psutil.FieldUIDs)
	value("gids", psutil.FieldGIDs)
	value("groups", psutil.FieldGroups)
	value("terminal", psutil.FieldTerminal)
	value("pgid", psutil.FieldPGID)
	value("sid", psutil.FieldSID)
	value("status", psutil.FieldStatus)
	value("nice", psutil.FieldNice)
	value("ionice", psutil.FieldIONice)
	value("num-threads", psutil.FieldNumThreads)
	value("num-fds", psutil.FieldNumFDs)
	value("io", psutil.FieldIOCounters)
	value("ctx-switches", psutil.FieldNumCtxSwitches)
	many("children", 0, "PID NAME", func(d *details) [][]string {
		return lines(d.children, func(c child) []string { return []string{text(c.PID), c.Name} })
	})
	many("open-files", psutil.FieldOpenFiles, "FD MODE PATH", func(d *details) [][]string {
		return lines(d.OpenFiles, func(f psutil.OpenFile) []string { return []string{text(f.FD), f.Mode, f.Path} })
	})
	many("connections", psutil.FieldNetConnections, "PROTO LOCAL REMOTE STATUS", func(d *details) [][]string {
		return lines(d.NetConnections, func(c psutil.Connection) []string {
			return []string{c.Protocol(), text(endOf(c.Local, c.LocalPath)), text(endOf(c.Remote, c.RemotePath)), status(&c)}
		})
	})
	many("threads", psutil.FieldThreads, "TID USER SYSTEM NAME", func(d *details) [][]string {
		return lines(d.Threads, func(t psutil.Thread) []string {
			return []string{text(t.ID), cpuTime(t.UserTime), cpuTime(t.SystemTime), t.Name}
		})
	})
	many("res-limits", 0, "RLIMIT SOFT HARD", func(d *details) [][]string {
		var all [][]string
		for _, r := range psutil.Resources() {
			if l, ok := d.limits[r]; ok {
				all = append(all, []string{strings.ToLower(strings.TrimPrefix(r.String(), "RLIMIT_")), limitText(l.Soft), limitText(l.Hard)})
			}
		}
		return all
	})
	many("cgroups", psutil.FieldCgroups, "HIERARCHY CONTROLLERS PATH", func(d *details) [][]string {
		return lines(d.Cgroups, func(c psutil.Cgroup) []string { return []string{text(c.Hierarchy), c.Controllers, c.Path} })
	})
	many("namespaces", psutil.FieldNamespaces, "TYPE INODE", func(d *details) [][]string {
		return lines(d.Namespaces, func(n psutil.Namespace) []string { return []string{n.Type, text(n.Inode)} })
	})
	many("environ", psutil.FieldEnviron, "NAME VALUE", func(d *details) [][]string {
		var all [][]string
		for name, value := range d.Environ {
			all = append(all, []string{name, value})
		}
		slices.SortFunc(all, func(a, b []string) int { return strings.Compare(a[0], b[0]) })
		return all
	})
	many("mem-maps", psutil.FieldMemoryMaps, "RSS PATH", func(d *details) [][]string {
		maps := slices.Clone(d.MemoryMaps)
		slices.SortStableFunc(maps, func(a, b psutil.MemoryMap) int { return cmp.Compare(b.RSS, a.RSS) })
		return lines(maps, func(m psutil.MemoryMap) []string { return []string{psutil.Bytes2Human(m.RSS), m.Path} })
	})
	return columns
}

// orNil returns v, or nil if it is missing.
func orNil(v any, missing bool) any {
	if missing {
		return nil
	}
	return v
}

// lines makes a line of each.
func lines[T any](all []T, line func(T) []string) [][]string {
	out := make([][]string, len(all))
	for i, v := range all {
		out[i] = line(v)
	}
	return out
}

// missingReason says why a field is missing, if there is more to say than that
// it is.
func missingReason(err error) string {
	for _, kind := range []error{psutil.ErrAccessDenied, psutil.ErrZombieProcess, psutil.ErrNotSupported} {
		if errors.Is(err, kind) {
			return fmt.Sprintf("%s (%v)", missingText, kind)
		}
	}
	return ""
}

// cpuTime returns minutes and seconds to a hundredth, such as "27:27.68".
func cpuTime(d time.Duration) string {
	return fmt.Sprintf("%s.%02d", minutes(d), d%time.Second/(10*time.Millisecond))
}

// limitText is a limit, or "infinity".
func limitText(n uint64) string {
	if n == psutil.RlimitInfinity {
		return "infinity"
	}
	return text(n)
}
