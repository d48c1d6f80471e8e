package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/go-psutil/psutil"
)

// psFlags are the flags of psutil ps.
type psFlags struct {
	fields, users, names []string
	pids                 []int
	sort                 string
	tree                 bool
	interval             time.Duration
}

// psFields are what psutil ps shows without --fields. The name stands in for
// the command line of a process that has none.
const psFields = "username,pid,memory_percent,vms,rss,nice,status,create_time,cpu_times,cmdline"

func newPs(env *environment) *cobra.Command {
	var f psFlags
	cmd := &cobra.Command{
		Use:     "ps",
		GroupID: groupProcess,
		Short:   "Show processes",
		Long: `Show processes.

VSZ and RSS are virtual and resident memory, %MEM is the latter's share of the
machine's. START is the time of a process started today, else the day or year.
TIME is the CPU time used, in minutes and seconds. A process without a command
line, such as a thread of the kernel, shows its name in brackets.

The flags --pid, --user and --name select the processes for which all of them
hold. With --tree their descendants are there too. If there are none, only the
heading is printed, which is no error; that a PID or user does not exist is one.

On a terminal that is too narrow columns of text are cut.`,
		Example: `  psutil ps                                     all processes
  psutil ps --sort -rss                         the largest first
  psutil ps --user www-data --tree              those of a user, as trees
  psutil ps --fields pid,name,num_fds,threads   other fields
  psutil ps --fields pid,cpu_percent,name --sort -cpu_percent
  psutil ps --name sshd -o json                 JSON for a program`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			for name, empty := range map[string]bool{
				"fields": len(f.fields) == 0, "user": len(f.users) == 0, "pid": len(f.pids) == 0, "sort": f.sort == "",
			} {
				if empty && cmd.Flags().Changed(name) {
					return usagef("--%s is empty", name)
				}
			}
			return ps(cmd.Context(), env, &f)
		},
	}
	flags := cmd.Flags()
	flags.SortFlags = false
	flags.StringSliceVar(&f.fields, "fields", nil, "show these `FIELDS`, by psutil's names, separated by commas")
	flags.StringVar(&f.sort, "sort", "", "sort by `FIELD`, downward with a - before it; it need not be shown")
	flags.IntSliceVar(&f.pids, "pid", nil, "show the processes with these `PIDS`")
	flags.StringSliceVar(&f.users, "user", nil, "show the processes of these `USERS`, by name or number")
	flags.StringArrayVar(&f.names, "name", nil, "show the processes with this `NAME`; there may be several such flags")
	flags.BoolVar(&f.tree, "tree", false, "show who started whom")
	flags.DurationVar(&f.interval, "interval", time.Second, "wait this `TIME` to learn cpu_percent or a rate, if that is among the fields")
	names := strings.Split(psutil.AllFields.String(), ",")
	complete(cmd, "fields", list(names))
	var keys []string
	for _, name := range names {
		keys = append(keys, name, "-"+name)
	}
	complete(cmd, "sort", fixed(keys...))
	complete(cmd, "pid", env.completePIDs)
	complete(cmd, "user", func(*cobra.Command, []string, string) ([]cobra.Completion, cobra.ShellCompDirective) {
		sys, err := env.system()
		if err != nil {
			return nil, cobra.ShellCompDirectiveError
		}
		var names []cobra.Completion
		for _, name := range readUsers(sys) {
			names = append(names, printable(name))
		}
		slices.Sort(names)
		return names, cobra.ShellCompDirectiveNoFileComp
	})
	complete(cmd, "name", cobra.NoFileCompletions)
	return cmd
}

// A process is a row of psutil ps.
type process struct {
	*psutil.ProcessInfo
	branch string // what draws the tree before the last column
}

func ps(ctx context.Context, env *environment, f *psFlags) error {
	if f.interval <= 0 {
		return usagef("--interval must be positive")
	}
	columns, fields, err := psColumns(f)
	if err != nil {
		return err
	}
	sys, err := env.system()
	if err != nil {
		return err
	}
	if err := f.checkUsers(sys); err != nil {
		return err
	}
	if fields.Has(psutil.FieldRSS) {
		fields |= psutil.FieldMemoryInfo // whose RSS is exact, as ps has it
	}
	infos, err := f.read(ctx, sys, fields)
	if err != nil && len(infos) == 0 {
		return err
	}
	for _, info := range infos {
		if info.Has(psutil.FieldRSS | psutil.FieldMemoryInfo) {
			info.RSS = info.MemoryInfo.RSS
		}
	}
	r := report[process]{columns: columns}
	for _, info := range infos {
		if f.tree || f.selects(info) {
			r.rows = append(r.rows, process{ProcessInfo: info})
		}
	}
	if err := r.sort(f.sort); err != nil {
		return err
	}
	if f.tree {
		r.rows = f.plant(r.rows)
	}
	errs := []error{err}
	for _, row := range r.rows {
		errs = append(errs, unreadable(row.ProcessInfo)...)
	}
	return cmp.Or(r.write(env), errors.Join(errs...))
}

// checkUsers reports a user who does not exist. A number always may.
func (f *psFlags) checkUsers(sys *psutil.System) error {
	if len(f.users) == 0 {
		return nil
	}
	names, err := sys.UserNames()
	if err != nil {
		return err
	}
	known := make(map[string]bool, len(names))
	for _, name := range names {
		known[name] = true
	}
	for _, user := range f.users {
		if _, err := strconv.ParseUint(user, 10, 32); err != nil && !known[user] {
			return fmt.Errorf("no user %q", user)
		}
	}
	return nil
}

// unreadable returns why fields are missing, but for what is to be expected:
// that the caller may not read them, or that there is nothing to read.
func unreadable(info *psutil.ProcessInfo) []error {
	var errs []error
	for field := range (info.Asked() &^ info.Valid).All() {
		err := info.Err(field)
		if err == nil || errors.Is(err, psutil.ErrAccessDenied) || errors.Is(err, psutil.ErrNotSupported) || errors.Is(err, psutil.ErrNoSuchProcess) {
			continue
		}
		errs = append(errs, err)
	}
	return errs
}

// read returns the processes, in order of PID. An error may be beside them.
func (f *psFlags) read(ctx context.Context, sys *psutil.System, fields psutil.Field) ([]*psutil.ProcessInfo, error) {
	var (
		infos []*psutil.ProcessInfo
		errs  []error
	)
	for _, pid := range f.pids {
		p, err := sys.NewProcess(pid)
		if err == nil && !f.tree && fields&psutil.SamplerFields == 0 {
			var info *psutil.ProcessInfo
			if info, err = p.Info(fields); err == nil {
				infos = append(infos, info)
			}
		}
		if err != nil {
			errs = append(errs, err)
		}
	}
	switch {
	case fields&psutil.SamplerFields != 0:
		sample, err := sampleTwice(ctx, sys, fields, f.interval)
		if sample == nil {
			return nil, err
		}
		errs = append(errs, err)
		for i := range sample.Processes {
			infos = append(infos, &sample.Processes[i])
		}
	case len(f.pids) == 0 || f.tree:
		for info, err := range sys.Snapshot(fields) {
			switch {
			case err == nil:
				infos = append(infos, info.Clone())
			case !errors.Is(err, psutil.ErrAccessDenied): // a /proc mounted with hidepid=1 denies those of others
				errs = append(errs, err)
			}
		}
	}
	slices.SortStableFunc(infos, func(a, b *psutil.ProcessInfo) int { return cmp.Compare(a.Process.PID(), b.Process.PID()) })
	infos = slices.CompactFunc(infos, func(a, b *psutil.ProcessInfo) bool { return a.Process == b.Process })
	return infos, errors.Join(errs...)
}

// sampleTwice reads the processes again after an interval. An error may be
// beside the sample.
func sampleTwice(ctx context.Context, sys *psutil.System, fields psutil.Field, interval time.Duration) (*psutil.Sample, error) {
	sampler, err := sys.NewSampler(fields)
	if err != nil {
		return nil, err
	}
	defer sampler.Close()
	if first, err := sampler.Sample(); first == nil {
		return nil, err
	}
	select {
	case <-time.After(interval):
	case <-ctx.Done():
		return nil, ctx.Err()
	}
	return sampler.Sample()
}

// selects reports whether the flags select the process.
func (f *psFlags) selects(info *psutil.ProcessInfo) bool {
	if len(f.pids) > 0 && !slices.Contains(f.pids, info.Process.PID()) {
		return false
	}
	if len(f.names) > 0 && !slices.Contains(f.names, info.Name) {
		return false
	}
	if len(f.users) == 0 {
		return true
	}
	uid := strconv.FormatUint(uint64(info.UIDs.Real), 10)
	return info.Has(psutil.FieldUsername) && slices.Contains(f.users, info.Username) ||
		info.Has(psutil.FieldUIDs) && slices.Contains(f.users, uid)
}

// plant puts the children of each process behind it, in the order they have
// now, and keeps the trees of the selected processes.
func (f *psFlags) plant(rows []process) []process {
	at := make(map[int]int, len(rows)) // by PID
	for i, row := range rows {
		at[row.Process.PID()] = i
	}
	children := make([][]int, len(rows))
	var roots []int
	for i, row := range rows {
		parent, ok := at[row.PPID]
		if ok && parent != i {
			children[parent] = append(children[parent], i)
		} else {
			roots = append(roots, i)
		}
	}
	// A PID used again between two reads may close a circle, which has no root.
	for i := range rows {
		roots = append(roots, i)
	}
	var (
		planted []process
		seen    = make([]bool, len(rows))
	)
	// grow plants a process of which it is known whether an ancestor is shown:
	// below is what draws the lines under it.
	var grow func(i int, branch, below string, shown bool)
	grow = func(i int, branch, below string, shown bool) {
		if seen[i] {
			return
		}
		seen[i] = true
		if !shown && f.selects(rows[i].ProcessInfo) {
			shown, branch, below = true, "", ""
		}
		if shown {
			rows[i].branch = branch
			planted = append(planted, rows[i])
		}
		for n, child := range children[i] {
			if n == len(children[i])-1 {
				grow(child, below+"`- ", below+"   ", shown)
			} else {
				grow(child, below+"|- ", below+"|  ", shown)
			}
		}
	}
	for _, i := range roots {
		grow(i, "", "", false)
	}
	return planted
}

// psColumns returns the columns that the flags ask for, and the fields to read
// for them.
func psColumns(f *psFlags) ([]column[process], psutil.Field, error) {
	names := f.fields
	if len(names) == 0 {
		names = strings.Split(psFields, ",")
	}
	var (
		columns []column[process]
		read    psutil.Field
		now     = time.Now()
	)
	add := func(field psutil.Field) *column[process] {
		read |= field
		columns = append(columns, processColumn(field, now))
		return &columns[len(columns)-1]
	}
	for _, name := range names {
		field, err := parseField(name)
		if err != nil {
			return nil, 0, err
		}
		if !read.Has(field) {
			add(field)
		}
	}
	if f.tree {
		draw(&columns[len(columns)-1])
	}
	// What JSON has though the table does not.
	if len(f.fields) == 0 {
		add(psutil.FieldName).title = ""
	}
	if f.tree && !read.Has(psutil.FieldPPID) {
		add(psutil.FieldPPID).title = ""
	}
	// What the rows are sorted by though neither has it.
	by := strings.TrimPrefix(f.sort, "-")
	if by != "" && !slices.ContainsFunc(columns, func(c column[process]) bool { return c.named(by) }) {
		field, err := parseField(by)
		if err != nil {
			return nil, 0, err
		}
		c := add(field)
		c.title, c.tableOnly = "", true
	}
	if read.Has(psutil.FieldCmdline) || len(f.names) > 0 {
		read |= psutil.FieldName
	}
	if len(f.users) > 0 {
		read |= psutil.FieldUsername | psutil.FieldUIDs
	}
	return columns, read, nil
}

// parseField reads the name of one field.
func parseField(name string) (psutil.Field, error) {
	if strings.Contains(name, ",") {
		return 0, usagef("not a field: %q", name)
	}
	field, err := psutil.ParseFields(name)
	if err != nil {
		return 0, &usageError{err}
	}
	return field, nil
}

// draw puts the branches of the tree before a column.
func draw(c *column[process]) {
	of, value := c.text, c.value
	c.right = false
	c.text = func(p process) string {
		if of != nil {
			return p.branch + of(p)
		}
		return p.branch + text(value(p))
	}
}

// processColumn shows a field. Now tells what is today.
func processColumn(field psutil.Field, now time.Time) column[process] {
	c := column[process]{
		key:   field.String(),
		title: strings.ToUpper(field.String()),
		value: func(p process) any {
			value, _ := p.Value(field)
			return value
		},
	}
	bytes := func(get func(process) uint64) func(process) string {
		return func(p process) string {
			if !p.Has(field) {
				return ""
			}
			return psutil.Bytes2Human(get(p))
		}
	}
	switch field {
	case psutil.FieldUsername:
		c.title = "USER"
	case psutil.FieldMemoryPercent:
		c.title, c.right = "%MEM", true
	case psutil.FieldCPUPercent:
		c.title, c.right = "%CPU", true
	case psutil.FieldVMS:
		c.title, c.right = "VSZ", true
		c.text = bytes(func(p process) uint64 { return p.VMS })
	case psutil.FieldRSS:
		c.right = true
		c.text = bytes(func(p process) uint64 { return p.RSS })
	case psutil.FieldStatus:
		c.color = func(p process) color {
			switch p.Status {
			case psutil.StatusRunning:
				return green
			case psutil.StatusZombie, psutil.StatusDead:
				return red
			case psutil.StatusStopped, psutil.StatusTracingStop, psutil.StatusDiskSleep:
				return yellow
			}
			return plain
		}
	case psutil.FieldCreateTime:
		c.title, c.right = "START", true
		c.text = func(p process) string {
			if !p.Has(field) {
				return ""
			}
			return startText(p.CreateTime, now)
		}
	case psutil.FieldCPUTimes:
		c.title, c.right = "TIME", true
		c.text = func(p process) string {
			if !p.Has(field) {
				return ""
			}
			return minutes(p.CPUTimes.Total())
		}
		c.order = func(a, b process) int { return cmp.Compare(a.CPUTimes.Total(), b.CPUTimes.Total()) }
	case psutil.FieldMemoryInfo:
		c.order = func(a, b process) int { return cmp.Compare(a.MemoryInfo.RSS, b.MemoryInfo.RSS) }
	case psutil.FieldMemoryInfoEx:
		c.order = func(a, b process) int { return cmp.Compare(a.MemoryInfoEx.RSS, b.MemoryInfoEx.RSS) }
	case psutil.FieldMemoryFootprint:
		c.order = func(a, b process) int { return cmp.Compare(a.MemoryFootprint.PSS, b.MemoryFootprint.PSS) }
	case psutil.FieldCmdline:
		c.text = commandText
	case psutil.FieldPID, psutil.FieldPPID, psutil.FieldPGID, psutil.FieldSID, psutil.FieldNice, psutil.FieldCPUNum,
		psutil.FieldNumThreads, psutil.FieldNumFDs:
		c.right = true
	}
	if !c.right {
		c.least = max(displayWidth(c.title), leastText)
	}
	return c
}

// leastText is how far a narrow terminal may cut a column of text.
const leastText = 8

// commandText is the command line, or the name of a process without one.
func commandText(p process) string {
	if line := strings.Join(p.Cmdline, " "); line != "" {
		return line
	}
	return "[" + p.Name + "]"
}

// startText is the time of an instant that is today, else the day, else the
// year.
func startText(t, now time.Time) string {
	t, now = t.Local(), now.Local()
	switch {
	case t.Year() != now.Year():
		return t.Format("2006")
	case t.YearDay() != now.YearDay():
		return t.Format("Jan02")
	}
	return t.Format("15:04")
}

// minutes returns a time as minutes and seconds, such as "125:07".
func minutes(d time.Duration) string {
	seconds := int64(d / time.Second)
	return fmt.Sprintf("%d:%02d", seconds/60, seconds%60)
}
