package main

import (
	"cmp"
	"errors"
	"fmt"
	"io"
	"os"
	"runtime/debug"
	"slices"
	"strings"

	"github.com/spf13/cobra"
	"golang.org/x/term"

	"github.com/go-psutil/psutil"
)

// The exit statuses.
const (
	exitOK      = 0
	exitFailure = 1
	exitUsage   = 2
)

// An environment is what a command works with: the streams, and what the
// global flags say. The flags are parsed by the time a command runs.
type environment struct {
	stdin          io.Reader
	stdout, stderr io.Writer

	root string // of --root; empty for the running system

	restore func()        // makes the terminal what it was; nil if it was not changed
	engine  engine        // of --engine
	forced  *forcedEngine // of --engine bpf
	format  format        // of --output
	color   when          // of --color

	sys     *psutil.System
	started bool // whether a command has begun to run
}

// system returns the machine to look at, made on first use.
func (env *environment) system() (*psutil.System, error) {
	if env.sys != nil {
		return env.sys, nil
	}
	accelerator, err := env.accelerator()
	if err != nil {
		return nil, err
	}
	env.sys, err = env.newSystem(accelerator)
	return env.sys, err
}

// newSystem makes the machine to look at, with an accelerator or nil.
func (env *environment) newSystem(accelerator psutil.Accelerator) (*psutil.System, error) {
	opts := []psutil.Option{psutil.WithAccelerator(accelerator)}
	if env.root != "" {
		opts = append(opts, psutil.WithRoot(env.root))
	}
	return psutil.New(opts...)
}

// width returns how many columns the terminal has that stdout is, 0 if that
// can't be told, and whether it is a terminal at all.
func (env *environment) width() (columns int, terminal bool) {
	f, ok := env.stdout.(*os.File)
	if !ok || !term.IsTerminal(int(f.Fd())) {
		return 0, false
	}
	columns, _, err := term.GetSize(int(f.Fd()))
	if err != nil {
		return 0, true
	}
	return columns, true
}

// colored reports whether to print in color: as --color says, and if it says
// auto, on a terminal that has neither NO_COLOR nor TERM=dumb set.
func (env *environment) colored() bool {
	_, terminal := env.width()
	wanted := env.color == whenAlways || env.color == whenAuto && terminal && os.Getenv("NO_COLOR") == "" && os.Getenv("TERM") != "dumb"
	return wanted && (!terminal || env.takesColor())
}

// takesColor makes the terminal take colors until the command has ended, and reports
// whether it does.
func (env *environment) takesColor() bool {
	if env.restore == nil {
		restore, err := takeColors(env.stdout.(*os.File))
		if err != nil {
			return false
		}
		env.restore = restore
	}
	return true
}

// when is the value of --color.
type when string

const (
	whenAuto   when = "auto"
	whenAlways when = "always"
	whenNever  when = "never"
)

func (w *when) String() string     { return string(*w) }
func (w *when) Type() string       { return "when" }
func (w *when) Set(s string) error { return setChoice(w, s, whenAuto, whenAlways, whenNever) }

// setChoice sets a flag that takes one of a few words.
func setChoice[T ~string](flag *T, value string, choices ...T) error {
	if !slices.Contains(choices, T(value)) {
		return fmt.Errorf("must be one of %s", joinWords(choices))
	}
	*flag = T(value)
	return nil
}

func joinWords[T ~string](words []T) string {
	list := make([]string, len(words))
	for i, w := range words {
		list[i] = string(w)
	}
	return strings.Join(list, ", ")
}

// A usageError says that the command line makes no sense.
type usageError struct{ err error }

func (e *usageError) Error() string { return e.err.Error() }
func (e *usageError) Unwrap() error { return e.err }

func usagef(format string, args ...any) error {
	return &usageError{fmt.Errorf(format, args...)}
}

// Execute runs the command line args, which do not begin with the program's
// name, and returns the exit status: 0, 1 for a failure, 2 for a command line
// that makes no sense.
func Execute(args []string, stdin io.Reader, stdout, stderr io.Writer) int {
	env := &environment{stdin: stdin, stdout: stdout, stderr: stderr, format: formatTable, color: whenAuto, engine: engineAuto}
	defer func() {
		if env.restore != nil {
			env.restore()
		}
	}()
	text := &recorder{w: stdout}
	root := newRoot(env, text, args)
	root.SetArgs(args)
	cmd, err := root.ExecuteC()
	if text.err != nil {
		err, env.started = text.err, true
	}
	if err == nil {
		return exitOK
	}
	var usage *usageError
	// What goes wrong before a command runs is the command line's fault.
	if !env.started || errors.As(err, &usage) {
		fmt.Fprintf(stderr, "psutil: %s (see %s --help)\n", errorLine(err), cmd.CommandPath())
		return exitUsage
	}
	fmt.Fprintf(stderr, "psutil: %s\n", errorLine(err))
	return exitFailure
}

// The groups of commands in the help.
const (
	groupNet     = "net"
	groupProcess = "process"
	groupMachine = "machine"
	groupOther   = "other"
)

// A recorder remembers that it could not be written to, which cobra does not
// always say.
type recorder struct {
	w   io.Writer
	err error
}

func (r *recorder) Write(b []byte) (int, error) {
	n, err := r.w.Write(b)
	r.err = cmp.Or(r.err, err)
	return n, err
}

// commands are those of the program, under their names.
var commands = []struct {
	name string
	make func(*environment) *cobra.Command
}{
	{"netstat", newNetstat},
	{"ifconfig", newIfconfig},
	{"ps", newPs},
	{"procinfo", newProcinfo},
	{"free", newFree},
	{"df", newDf},
	{"who", newWho},
	{"services", newServices},
	{"call", newCall},
	{"doctor", newDoctor},
}

// newRoot returns the command line for args. Help and the like are written to text. If
// args begin with a command's name it has no other command: to make them all takes as
// long as most of them run.
func newRoot(env *environment, text io.Writer, args []string) *cobra.Command {
	root := &cobra.Command{
		Use:   "psutil",
		Short: "Look at a machine: connections, processes, resources",
		Long: `Look at a machine: connections, processes, resources.

Each command prints a table or, with -o, the same rows as JSON, as one JSON
object a line (ndjson) or as CSV. There the names are psutil's, numbers are
numbers in bytes and seconds, and what is missing is null, in CSV nothing; a
table shows "-". Tables and CSV are for people: they show control characters as
\n or \x1b and bytes that are not UTF-8 as \xff, just as they show a name that
has a backslash there. JSON is exact and keeps every byte.

The exit status is 0; 1 if something could not be read; 2 if the command line
makes no sense.`,
		Example: `  psutil netstat -l           who listens, and where
  psutil ps --sort -rss       the largest processes first
  psutil df -o json           file systems, for a program to read
  psutil --root /host free    the machine whose files are mounted at /host`,
		Args:                       unknownCommand,
		Version:                    version(),
		SuggestionsMinimumDistance: 2,
		SilenceUsage:               true,
		SilenceErrors:              true,
		RunE:                       func(cmd *cobra.Command, _ []string) error { return cmd.Help() },
	}
	root.SetIn(env.stdin)
	root.SetOut(text)
	root.SetErr(env.stderr)
	flags := root.PersistentFlags()
	flags.VarP(&env.format, "output", "o", "print `FORMAT`: table, json, ndjson or csv")
	flags.Var(&env.color, "color", "color tables `WHEN`: auto, always or never; auto is never if NO_COLOR is set")
	flags.StringVar(&env.root, "root", "", "look at the machine whose files are below `DIR`")
	flags.Var(&env.engine, "engine", "read with `ENGINE`: proc, bpf for what it tells, or auto, which is bpf where that is allowed and pays; see psutil doctor")
	complete(root, "engine", fixed(engineAuto, engineProc, engineBPF))
	complete(root, "output", fixed(formats...))
	complete(root, "color", fixed(whenAuto, whenAlways, whenNever))
	complete(root, "root", func(*cobra.Command, []string, string) ([]cobra.Completion, cobra.ShellCompDirective) {
		return nil, cobra.ShellCompDirectiveFilterDirs
	})

	root.AddGroup(
		&cobra.Group{ID: groupNet, Title: "Network:"},
		&cobra.Group{ID: groupProcess, Title: "Processes:"},
		&cobra.Group{ID: groupMachine, Title: "Machine:"},
		&cobra.Group{ID: groupOther, Title: "Other:"},
	)
	root.SetHelpCommandGroupID(groupOther)
	root.SetCompletionCommandGroupID(groupOther)
	for _, c := range commands {
		if len(args) > 0 && c.name == args[0] {
			root.AddCommand(c.make(env))
			root.CompletionOptions.DisableDefaultCmd = true
		}
	}
	if !root.HasSubCommands() {
		for _, c := range commands {
			root.AddCommand(c.make(env))
		}
		root.InitDefaultHelpCmd()
		root.InitDefaultCompletionCmd()
	}
	for _, cmd := range root.Commands() {
		switch cmd.Name() {
		case "help":
			cmd.RunE = help
		case "completion": // so that cobra rejects a shell that it does not know
			cmd.RunE = func(cmd *cobra.Command, _ []string) error { return cmd.Help() }
		}
		if run := cmd.RunE; run != nil {
			cmd.RunE = func(cmd *cobra.Command, args []string) error {
				env.started = true
				return errors.Join(run(cmd, args), env.engineError())
			}
		}
	}
	return root
}

// version is that of the module, if the program was built from a release.
func version() string {
	info, ok := debug.ReadBuildInfo()
	if !ok || info.Main.Version == "" {
		return "(devel)"
	}
	return info.Main.Version
}

// unknownCommand rejects what is no command, with the names that come near it.
func unknownCommand(cmd *cobra.Command, args []string) error {
	if len(args) == 0 {
		return nil
	}
	hint := ""
	if near := cmd.SuggestionsFor(args[0]); len(near) > 0 {
		hint = "; did you mean " + strings.Join(near, " or ") + "?"
	}
	return usagef("unknown command %q%s", args[0], hint)
}

// help is cobra's help command, but for a topic that does not exist, which is
// an error.
func help(cmd *cobra.Command, args []string) error {
	topic, rest, err := cmd.Root().Find(args)
	if err != nil || len(rest) > 0 {
		return usagef("no help for %q", strings.Join(args, " "))
	}
	topic.InitDefaultHelpFlag()
	return topic.Help()
}

// complete sets how the shell completes the value of a flag.
func complete(cmd *cobra.Command, flag string, f cobra.CompletionFunc) {
	if err := cmd.RegisterFlagCompletionFunc(flag, f); err != nil {
		panic(err) // there is no such flag
	}
}

// fixed completes a few words.
func fixed[T ~string](words ...T) cobra.CompletionFunc {
	list := make([]cobra.Completion, len(words))
	for i, w := range words {
		list[i] = string(w)
	}
	return cobra.FixedCompletions(list, cobra.ShellCompDirectiveNoFileComp)
}

// list completes words separated by commas.
func list(words []string) cobra.CompletionFunc {
	return func(_ *cobra.Command, _ []string, typed string) ([]cobra.Completion, cobra.ShellCompDirective) {
		done := typed[:strings.LastIndexByte(typed, ',')+1]
		have := strings.Split(done, ",")
		var more []cobra.Completion
		for _, w := range words {
			if !slices.Contains(have, w) {
				more = append(more, done+w)
			}
		}
		return more, cobra.ShellCompDirectiveNoFileComp | cobra.ShellCompDirectiveNoSpace
	}
}

// completePIDs completes the PID of a running process.
func (env *environment) completePIDs(*cobra.Command, []string, string) ([]cobra.Completion, cobra.ShellCompDirective) {
	var pids []cobra.Completion
	if sys, err := env.system(); err == nil {
		for info, err := range sys.Snapshot(psutil.FieldName) {
			if err == nil {
				pids = append(pids, cobra.CompletionWithDesc(fmt.Sprint(info.Process.PID()), printable(info.Name)))
			}
		}
	}
	return pids, cobra.ShellCompDirectiveNoFileComp | cobra.ShellCompDirectiveKeepOrder
}
