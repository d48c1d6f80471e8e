package main

import (
	"cmp"
	"encoding/json"
	"errors"
	"reflect"
	"slices"
	"strconv"
	"strings"

	"github.com/spf13/cobra"

	"github.com/go-psutil/psutil"
)

func newCall(env *environment) *cobra.Command {
	var (
		pid           int
		listing, pipe bool
	)
	cmd := &cobra.Command{
		Use:   "call NAME [ARG=VALUE...]",
		Short: "Call a function of psutil by its name, and answer in JSON",
		Long: `Call a function of psutil by its name, with arguments by their names, and
answer in one line of JSON: for programs in any language.

A named tuple is an object with psutil's fields, in psutil's order; fields that
psutil does not have may follow. What is missing or None is null. Enumerations
are psutil's strings, instants and times are seconds, and bytes that are not
UTF-8 are the lone surrogates \udc80 to \udcff, which Python calls
surrogateescape. Percentages are not rounded.

A call of a process has its PID as the argument pid, or as --pid. process.new
answers a create_token; with it as an argument later calls mean that process
even if its PID is used again: then what acts on it, ppid, parent, parents and
children answer NoSuchProcess, and process.is_running false.

With --stdin, each line read is a request and each line written its answer, in
the same order:

  {"id":1,"call":"process.name","args":{"pid":1}}
  {"id":1,"result":"systemd"}

An id may be any JSON. In place of "result" there may be an "error": an object
with "type", "pid" and "message", and the system's "errno" if there is one. The
type is NoSuchProcess, ZombieProcess, AccessDenied, TimeoutExpired,
NotSupported, ValueError or OSError. A "warning", of the same form, beside
"result" says that some rows of it could not be read. A "create_token" may also
stand beside "args". cpu_percent, cpu_times_percent and process.cpu_percent
without an interval are since the previous such call of the conversation, and
null the first time; they measure 20 ms at least. A line may have 16 MiB.

The end of the input ends the conversation, once every request is answered. A
call that waits ends also by an interrupt, and when nobody reads the answers any
more; give it a timeout if it may last too long.`,
		Example: `  psutil call --list
  psutil call virtual_memory
  psutil call cpu_percent interval=1 percpu=true
  psutil call net_connections kind=tcp -o ndjson
  psutil call process.memory_info --pid 1
  psutil call process.as_dict pid=1 attrs=name,cmdline
  psutil call process_iter attrs=pid,name,username
  psutil call process.wait --pid 4711 timeout=10
  echo '{"id":1,"call":"getloadavg"}' | psutil call --stdin`,
		GroupID: groupOther,
		RunE: func(cmd *cobra.Command, args []string) error {
			switch {
			case listing && pipe:
				return usagef("--list and --stdin exclude each other")
			case listing:
				return listCalls(env, args)
			case pipe:
				if len(args) > 0 || cmd.Flags().Changed("pid") {
					return usagef("--stdin takes no arguments")
				}
				return newConversation(env.system, env.stdout).converse(cmd.Context(), env.stdin)
			case len(args) == 0:
				return usagef("no NAME: see psutil call --list")
			}
			passed, err := parseCallArgs(args[0], args[1:])
			if err != nil {
				return err
			}
			if cmd.Flags().Changed("pid") {
				if _, twice := passed["pid"]; twice {
					return usagef("argument pid is there twice")
				}
				passed["pid"] = json.RawMessage(strconv.Itoa(pid))
			}
			return callOnce(cmd, env, args[0], passed)
		},
		ValidArgsFunction: completeCall,
	}
	flags := cmd.Flags()
	flags.IntVar(&pid, "pid", 0, "the argument pid: process `PID`")
	flags.BoolVar(&listing, "list", false, "print the names, with arguments and result fields")
	flags.BoolVar(&pipe, "stdin", false, "read requests from the standard input, one a line")
	complete(cmd, "pid", env.completePIDs)
	return cmd
}

// parseCallArgs turns a command line into the arguments of a call as JSON.
func parseCallArgs(name string, args []string) (map[string]json.RawMessage, error) {
	known := findCall(name)
	if known == nil {
		return nil, usagef("unknown call %q: see psutil call --list", name)
	}
	passed := make(map[string]json.RawMessage)
	for _, a := range args {
		key, value, found := strings.Cut(a, "=")
		if !found {
			return nil, usagef("argument %q: not NAME=VALUE", a)
		}
		i := slices.IndexFunc(known.params, func(p param) bool { return p.name == key })
		if i < 0 {
			return nil, usagef("unknown argument %q of %s", key, name)
		}
		if _, twice := passed[key]; twice {
			return nil, usagef("argument %s is there twice", key)
		}
		passed[key] = json.RawMessage(known.params[i].kind.text(value))
	}
	return passed, nil
}

func findCall(name string) *call {
	calls := allCalls()
	i := slices.IndexFunc(calls, func(c call) bool { return c.name == name })
	if i < 0 {
		return nil
	}
	return &calls[i]
}

// callOnce runs one call and prints its result.
func callOnce(cmd *cobra.Command, env *environment, name string, passed map[string]json.RawMessage) error {
	result, err := newConversation(env.system, env.stdout).do(cmd.Context(), name, passed)
	if argument, ok := errors.AsType[*argumentError](err); ok {
		return &usageError{argument}
	}
	if err != nil && result == nil {
		return err
	}
	line, jerr := psutil.AppendJSON(nil, result)
	if jerr != nil {
		return jerr
	}
	f := env.format
	if !cmd.Flags().Changed("output") {
		f = formatJSON
	}
	if f == formatTable || f == formatCSV {
		return cmp.Or(newCallReport(name, line, reflect.TypeOf(result)).write(env), err)
	}
	lines := []json.RawMessage{line}
	if list := elements(line); list != nil && f == formatNDJSON {
		lines = list
	}
	var out []byte
	for _, l := range lines {
		out = append(append(out, l...), '\n')
	}
	_, werr := env.stdout.Write(out)
	return cmp.Or(werr, err)
}

// completeCall completes the name of a call, then its arguments.
func completeCall(_ *cobra.Command, args []string, _ string) ([]cobra.Completion, cobra.ShellCompDirective) {
	var found []cobra.Completion
	if len(args) == 0 {
		for _, c := range allCalls() {
			found = append(found, cobra.CompletionWithDesc(c.name, c.doc))
		}
		return found, cobra.ShellCompDirectiveNoFileComp
	}
	if c := findCall(args[0]); c != nil {
		for _, p := range c.params {
			found = append(found, cobra.CompletionWithDesc(p.name+"=", p.doc))
		}
	}
	return found, cobra.ShellCompDirectiveNoFileComp | cobra.ShellCompDirectiveNoSpace
}
