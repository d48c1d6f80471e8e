package main

import (
	"cmp"
	"errors"
	"slices"

	"github.com/spf13/cobra"

	"github.com/go-psutil/psutil"
)

// servicesFlags are the flags of psutil services.
type servicesFlags struct {
	running bool
	sort    string
}

func newServices(env *environment) *cobra.Command {
	var f servicesFlags
	cmd := &cobra.Command{
		Use:     "services [NAME...]",
		GroupID: groupMachine,
		Short:   "Show the services of Windows",
		Long: `Show the services of Windows, all or those named: what they do, when they are
started, in which process and as which user they run.

JSON has one object a service: psutil's as_dict, with its command line and
description, then delayed_start. On other systems there are none, which is an
error.`,
		Example: `  psutil services --running
  psutil services Spooler EventLog
  psutil services --sort status
  psutil services -o json | jq '.[] | select(.start_type == "automatic" and .pid == null)'`,
		ValidArgsFunction: func(*cobra.Command, []string, string) ([]cobra.Completion, cobra.ShellCompDirective) {
			var names []cobra.Completion
			if sys, err := env.system(); err == nil {
				services, _ := sys.WinServiceStatuses()
				for _, s := range services {
					names = append(names, cobra.CompletionWithDesc(printable(s.Name), printable(s.DisplayName)))
				}
			}
			return names, cobra.ShellCompDirectiveNoFileComp
		},
		RunE: func(_ *cobra.Command, args []string) error { return services(env, &f, args) },
	}
	flags := cmd.Flags()
	flags.SortFlags = false
	flags.BoolVarP(&f.running, "running", "r", false, "only those that run")
	flags.StringVar(&f.sort, "sort", "", "sort by `COLUMN`, downward with a - before it")
	complete(cmd, "sort", fixed(sortKeys(serviceColumns())...))
	return cmd
}

func services(env *environment, f *servicesFlags, names []string) error {
	sys, err := env.system()
	if err != nil {
		return err
	}
	list, err := readServices(sys, names)
	if err != nil && len(list) == 0 {
		return err
	}
	if f.running {
		list = slices.DeleteFunc(list, func(s psutil.WindowsService) bool { return s.Status != psutil.ServiceRunning })
	}
	r := report[psutil.WindowsService]{columns: serviceColumns(), rows: list}
	if err := r.sort(f.sort); err != nil {
		return err
	}
	return cmp.Or(r.write(env), err)
}

// readServices reads the services of those names, or all.
func readServices(sys *psutil.System, names []string) ([]psutil.WindowsService, error) {
	if len(names) == 0 {
		return sys.WinServices()
	}
	var (
		list []psutil.WindowsService
		errs []error
	)
	for _, name := range names {
		s, err := sys.WinService(name)
		if s.Name != "" { // what could be read of it
			list = append(list, s)
		}
		errs = append(errs, err)
	}
	return list, errors.Join(errs...)
}

// serviceColumns has those of the table first, which has another order than JSON.
func serviceColumns() []column[psutil.WindowsService] {
	type service = psutil.WindowsService
	field := func(key string, get func(service) any) column[service] {
		return column[service]{key: key, value: func(s service) any {
			if s.Missing.Has(key) {
				return nil
			}
			return get(s)
		}}
	}
	name := field("name", func(s service) any { return s.Name })
	display := field("display_name", func(s service) any { return s.DisplayName })
	user := field("username", func(s service) any { return s.Username })
	start := field("start_type", func(s service) any { return s.StartType })
	status := field("status", func(s service) any { return s.Status })
	pid := field("pid", func(s service) any { return s.PID })
	shown := func(title string, c column[service], least int) column[service] {
		c.title, c.least, c.tableOnly = title, least, true
		return c
	}
	startShown, statusShown, pidShown := shown("Start", start, 0), shown("Status", status, 0), shown("PID", pid, 0)
	startShown.text = func(s service) string {
		if s.DelayedStart {
			return text(start.value(s)) + " (delayed)"
		}
		return text(start.value(s))
	}
	statusShown.color, pidShown.right = serviceColor, true
	return []column[service]{
		shown("Name", name, 8), statusShown, startShown, pidShown, shown("User", user, 4), shown("Display", display, 7),
		name, display,
		field("binpath", func(s service) any { return s.BinPath }),
		user, start, status, pid,
		field("description", func(s service) any { return s.Description }),
		field("delayed_start", func(s service) any { return s.DelayedStart }),
	}
}

func serviceColor(s psutil.WindowsService) color {
	switch s.Status {
	case psutil.ServiceRunning:
		return green
	case psutil.ServiceStopped:
		return dim
	}
	return yellow
}
