package main

import (
	"cmp"

	"github.com/spf13/cobra"

	"github.com/go-psutil/psutil"
)

func newWho(env *environment) *cobra.Command {
	return &cobra.Command{
		Use:     "who",
		GroupID: groupMachine,
		Short:   "Show who is logged in",
		Long: `Show who is logged in: since when, from which host, and the login process.

Logins are those of utmp or, where that file is not kept, of systemd-logind,
and on Windows its sessions.`,
		Example: `  psutil who
  psutil who -o csv`,
		Args: cobra.NoArgs,
		RunE: func(*cobra.Command, []string) error { return who(env) },
	}
}

func who(env *environment) error {
	sys, err := env.system()
	if err != nil {
		return err
	}
	logins, err := sys.Users()
	if err != nil && len(logins) == 0 {
		return err
	}
	programs := newPrograms(sys)
	field := func(name string, get func(psutil.User) any) func(psutil.User) any {
		return func(u psutil.User) any {
			if u.Missing.Has(name) {
				return nil
			}
			return get(u)
		}
	}
	r := report[psutil.User]{rows: logins, columns: []column[psutil.User]{
		{key: "name", title: "Name", value: field("name", func(u psutil.User) any { return u.Name }), least: 8},
		{key: "terminal", title: "Terminal", value: field("terminal", func(u psutil.User) any { return u.Terminal })},
		{key: "host", title: "Host", value: field("host", func(u psutil.User) any { return u.Host }), least: 8},
		{key: "started", title: "Started", value: field("started", func(u psutil.User) any { return u.Started }),
			text: func(u psutil.User) string {
				if u.Started.IsZero() {
					return ""
				}
				return u.Started.Local().Format("2006-01-02 15:04")
			}},
		{key: "pid", title: "PID", right: true, value: field("pid", func(u psutil.User) any { return u.PID })},
		{key: "session", value: field("session", func(u psutil.User) any { return u.Session })},
		{key: "seat", value: field("seat", func(u psutil.User) any { return u.Seat })},
		{key: "source", value: field("source", func(u psutil.User) any { return u.Source })},
		{key: "process_name", title: "Process", value: field("pid", func(u psutil.User) any { return programs.name(u.PID) })},
	}}
	return cmp.Or(r.write(env), err)
}
