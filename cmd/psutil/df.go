package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/spf13/cobra"

	"github.com/go-psutil/psutil"
)

// dfFlags are the flags of psutil df.
type dfFlags struct {
	all, inodes, bytes, human bool
	timeout                   time.Duration
	sort                      string
}

func newDf(env *environment) *cobra.Command {
	var (
		f    dfFlags
		help bool
	)
	cmd := &cobra.Command{
		Use:     "df [PATH...]",
		GroupID: groupMachine,
		Short:   "Show how full file systems are",
		Long: `Show how full file systems are, all that have space, or those that the paths
are on. Of a device that is mounted several times there is the mount that shows
most of it; with -a there are all mounts, those without space too.

Free is what an ordinary user may still write, and Use% the share of used space
in used and free, as df has it. JSON and CSV are in bytes always.

A file system that does not answer, such as that of a dead server, is shown
without numbers after --timeout, and the exit status is 1.`,
		Example: `  psutil df
  psutil df /home /tmp
  psutil df -i --sort -inodes_percent
  psutil df -a -o ndjson`,
		RunE: func(cmd *cobra.Command, args []string) error { return df(cmd.Context(), env, &f, args) },
	}
	flags := cmd.Flags()
	flags.SortFlags = false
	flags.BoolVarP(&f.all, "all", "a", false, "all mounts")
	flags.BoolVarP(&f.inodes, "inodes", "i", false, "inodes instead of bytes")
	flags.BoolVarP(&f.bytes, "bytes", "b", false, "in bytes")
	flags.BoolVarP(&f.human, "human", "h", false, "each in the unit that fits, the default")
	flags.DurationVar(&f.timeout, "timeout", 5*time.Second, "wait no longer than this `TIME` for file systems, 0 for ever")
	flags.StringVar(&f.sort, "sort", "", "sort by `COLUMN`, downward with a - before it")
	flags.BoolVar(&help, "help", false, "help for df") // without -h
	cmd.MarkFlagsMutuallyExclusive("bytes", "human")
	complete(cmd, "sort", fixed(sortKeys(mountColumns(&f))...))
	return cmd
}

// A mount is a mounted file system and how full it is.
type mount struct {
	psutil.DiskPartition
	space *psutil.DiskSpace // nil if it did not say
}

func df(ctx context.Context, env *environment, f *dfFlags, paths []string) error {
	if f.timeout < 0 {
		return usagef("--timeout must not be negative")
	}
	if slices.Contains(paths, "") {
		return usagef("a PATH is empty")
	}
	sys, err := env.system()
	if err != nil {
		return err
	}
	partitions, err := sys.DiskPartitionsAll()
	if err != nil && len(partitions) == 0 {
		return err
	}
	if f.timeout > 0 {
		var cancel context.CancelFunc
		ctx, cancel = context.WithTimeout(ctx, f.timeout)
		defer cancel()
	}
	r := report[*mount]{columns: mountColumns(f)}
	errs := []error{err}
	if len(paths) > 0 {
		for _, path := range paths {
			m, err := mountOf(ctx, sys, env.root, partitions, path)
			if m != nil {
				r.rows = append(r.rows, m)
			}
			errs = append(errs, err)
		}
	} else {
		if !f.all {
			partitions = oncePerDevice(partitions)
		}
		var more []error
		r.rows, more = measure(ctx, sys, partitions, f.all)
		errs = append(errs, more...)
	}
	if err := r.sort(f.sort); err != nil {
		return err
	}
	if len(r.rows) == 0 && errors.Join(errs...) != nil {
		return errors.Join(errs...)
	}
	return cmp.Or(r.write(env), errors.Join(errs...))
}

// measure asks all file systems at once how full they are, and returns those
// that have any space or do not answer, or all. A mount that is hidden under
// another can't be asked.
func measure(ctx context.Context, sys *psutil.System, partitions []psutil.DiskPartition, all bool) ([]*mount, []error) {
	var (
		mounts = make([]*mount, len(partitions))
		errs   = make([]error, len(partitions))
		top    = topmost(partitions)
		asked  sync.WaitGroup
	)
	for i, p := range partitions {
		mounts[i] = &mount{DiskPartition: p}
		if top[p.Mountpoint] != i {
			continue
		}
		asked.Go(func() {
			space, err := sys.DiskUsage(ctx, p.Mountpoint)
			if err != nil {
				errs[i] = err
				return
			}
			mounts[i].space = &space
		})
	}
	asked.Wait()
	if all {
		return mounts, errs
	}
	shown := mounts[:0]
	for _, m := range mounts {
		if m.space == nil || m.space.Total > 0 {
			shown = append(shown, m)
		}
	}
	return shown, errs
}

// topmost returns, by mount point, the mount that hides those before it.
func topmost(partitions []psutil.DiskPartition) map[string]int {
	top := make(map[string]int, len(partitions))
	for i, p := range partitions {
		top[p.Mountpoint] = i
	}
	return top
}

// oncePerDevice leaves out mounts that are hidden, and of those of one file
// system all but the one that shows most of it, or of equals the one with the
// shortest path.
func oncePerDevice(partitions []psutil.DiskPartition) []psutil.DiskPartition {
	type device struct{ major, minor uint32 }
	best := make(map[device]int)
	top := topmost(partitions)
	for i, p := range partitions {
		if top[p.Mountpoint] != i {
			continue
		}
		d := device{p.Major, p.Minor}
		j, known := best[d]
		old := partitions[j]
		if !known || cmp.Or(cmp.Compare(len(p.Root), len(old.Root)), cmp.Compare(len(p.Mountpoint), len(old.Mountpoint))) < 0 {
			best[d] = i
		}
	}
	var once []psutil.DiskPartition
	for i, p := range partitions {
		if j, ok := best[device{p.Major, p.Minor}]; ok && i == j {
			once = append(once, p)
		}
	}
	return once
}

// mountOf returns the file system that a path is on. It is nil if the path
// does not exist.
func mountOf(ctx context.Context, sys *psutil.System, root string, partitions []psutil.DiskPartition, path string) (*mount, error) {
	abs, err := filepath.Abs(path)
	if root != "" {
		abs, err = filepath.Join("/", path), nil
	}
	if err != nil {
		return nil, err
	}
	space, err := sys.DiskUsage(ctx, abs)
	switch {
	case err == nil:
		// It answers, so that its links can be followed.
		if root == "" {
			if real, err := filepath.EvalSymlinks(abs); err == nil {
				abs = real
			}
		}
	case !errors.Is(err, psutil.ErrTimeout):
		return nil, err
	}
	m := new(mount)
	for _, p := range partitions {
		// The last of those with the longest path is on top.
		if within(abs, p.Mountpoint) && len(p.Mountpoint) >= len(m.Mountpoint) {
			m.DiskPartition = p
		}
	}
	if err == nil {
		m.space = &space
	}
	return m, err
}

// within reports whether path is dir or below it.
func within(path, dir string) bool {
	rest, ok := strings.CutPrefix(path, strings.TrimSuffix(dir, "/"))
	return ok && (rest == "" || rest[0] == '/')
}

func mountColumns(f *dfFlags) []column[*mount] {
	type space = *psutil.DiskSpace
	number := func(key, title string, inodes bool, get func(space) any, show func(any) string) column[*mount] {
		value := func(m *mount) any {
			if m.space == nil || m.space.Missing.Has(key) {
				return nil
			}
			return get(m.space)
		}
		c := column[*mount]{key: key, right: true, value: value}
		if inodes == f.inodes {
			c.title = title
		}
		c.text = func(m *mount) string {
			if v := value(m); v != nil {
				return show(v)
			}
			return ""
		}
		return c
	}
	size := func(n any) string { return psutil.Bytes2Human(n.(uint64)) }
	if f.bytes {
		size = text
	}
	share := func(p any) string { return fmt.Sprintf("%.1f%%", p) }
	columns := []column[*mount]{
		{key: "device", title: "Device", value: func(m *mount) any { return m.device() }, least: 10},
		number("total", "Total", false, func(d space) any { return d.Total }, size),
		number("used", "Used", false, func(d space) any { return d.Used }, size),
		number("free", "Free", false, func(d space) any { return d.Free }, size),
		number("percent", "Use%", false, func(d space) any { return d.Percent }, share),
		number("inodes_total", "Inodes", true, func(d space) any { return d.InodesTotal }, text),
		number("inodes_used", "Used", true, func(d space) any { return d.InodesUsed }, text),
		number("inodes_free", "Free", true, func(d space) any { return d.InodesFree }, text),
		number("inodes_percent", "Use%", true, func(d space) any { return d.InodesPercent }, share),
		{key: "fstype", title: "Type", value: func(m *mount) any { return m.FSType }, least: 6},
		{key: "mountpoint", title: "Mount", value: func(m *mount) any { return m.Mountpoint }},
		{key: "opts", value: func(m *mount) any { return m.Opts }},
	}
	for i := range columns {
		if c := &columns[i]; c.title == "Use%" {
			c.color = func(m *mount) color { return fullness(c.value(m)) }
		}
	}
	return columns
}

// fullness warns of what is nearly full.
func fullness(percent any) color {
	switch p, _ := percent.(float64); {
	case p >= 90:
		return red
	case p >= 80:
		return yellow
	}
	return plain
}

// device is what is mounted, or for a file system without device what the
// kernel calls it.
func (m *mount) device() any {
	if name := cmp.Or(m.Device, m.Source); name != "" {
		return name
	}
	return nil
}
