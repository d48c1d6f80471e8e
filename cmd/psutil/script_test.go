package main

import (
	"errors"
	"flag"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"github.com/rogpeppe/go-internal/testscript"
)

var update = flag.Bool("update", false, "write what the commands print into the scripts")

func TestScripts(t *testing.T) {
	testscript.Run(t, testscript.Params{
		Dir:           "testdata/script",
		UpdateScripts: *update,
		Setup: func(env *testscript.Env) error {
			env.Setenv("HOSTILE", "\x1b[31m\nx")
			env.Setenv("NO_COLOR", "")
			return nil
		},
		Cmds: map[string]func(*testscript.TestScript, bool, []string){
			"status":  scriptStatus,
			"escapes": scriptEscapes,
		},
	})
}

// scriptStatus is "status N COMMAND...": the command must exit with status N.
func scriptStatus(ts *testscript.TestScript, _ bool, args []string) {
	want, err := strconv.Atoi(args[0])
	ts.Check(err)
	err = ts.Exec(args[1], args[2:]...)
	status := 0
	if exit, ok := errors.AsType[*exec.ExitError](err); ok {
		status = exit.ExitCode()
	} else {
		ts.Check(err)
	}
	if status != want {
		ts.Fatalf("exit status %d, want %d", status, want)
	}
}

// scriptEscapes is "escapes FILE...": \x1b, \n, \u202e and the like in the files
// become what they stand for. A newline at the end, behind a NUL, goes.
func scriptEscapes(ts *testscript.TestScript, _ bool, args []string) {
	for _, name := range args {
		text := ts.ReadFile(name)
		if head, ok := strings.CutSuffix(text, `\x00`+"\n"); ok {
			text = head + `\x00`
		}
		var b strings.Builder
		for text != "" {
			if text[0] == '\n' {
				b.WriteByte('\n')
				text = text[1:]
				continue
			}
			r, multibyte, rest, err := strconv.UnquoteChar(text, 0)
			ts.Check(err)
			if multibyte {
				b.WriteRune(r)
			} else {
				b.WriteByte(byte(r))
			}
			text = rest
		}
		ts.Check(writeFile(ts.MkAbs(filepath.FromSlash(name)), b.String()))
	}
}
