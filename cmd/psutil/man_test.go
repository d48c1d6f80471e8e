package main

import (
	"bytes"
	"io"
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/spf13/cobra"
	"github.com/spf13/cobra/doc"
)

// generated is what comes from the command tree, for packagers: by the path of the
// file, a page of the manual for each command, and a script for each shell. They are
// written with PSUTIL_GOLDEN=write.
func generated(t *testing.T) map[string][]byte {
	t.Helper()
	root := newTestRoot()
	root.DisableAutoGenTag = true
	files := make(map[string][]byte)
	var page func(cmd *cobra.Command)
	page = func(cmd *cobra.Command) {
		if cmd.Name() == "help" || cmd.Name() == "completion" {
			return
		}
		cmd.DisableAutoGenTag = true
		cmd.Long = regexp.MustCompile(`(?m)^  `).ReplaceAllString(cmd.Long, "    ") // code, in Markdown
		var b bytes.Buffer
		header := doc.GenManHeader{Title: strings.ToUpper(strings.ReplaceAll(cmd.CommandPath(), " ", "-")), Section: "1", Source: "psutil for Go", Manual: "psutil", Date: new(time.Time)}
		if err := doc.GenMan(cmd, &header, &b); err != nil {
			t.Fatal(err)
		}
		// A page has no date: it would be another one each month.
		text := regexp.MustCompile(`(?m)^(\.TH "\S+" "1") "[^"]*"`).ReplaceAll(b.Bytes(), []byte(`$1 ""`))
		files["man/"+strings.ReplaceAll(cmd.CommandPath(), " ", "-")+".1"] = text
		for _, sub := range cmd.Commands() {
			page(sub)
		}
	}
	page(root)
	for name, generate := range map[string]func(io.Writer) error{
		"psutil.bash": func(w io.Writer) error { return root.GenBashCompletionV2(w, true) },
		"_psutil":     root.GenZshCompletion,
		"psutil.fish": func(w io.Writer) error { return root.GenFishCompletion(w, true) },
		"psutil.ps1":  root.GenPowerShellCompletionWithDesc,
	} {
		var b bytes.Buffer
		if err := generate(&b); err != nil {
			t.Fatal(err)
		}
		files["completions/"+name] = b.Bytes()
	}
	return files
}

// TestGenerated holds the files against the command tree.
func TestGenerated(t *testing.T) {
	files := generated(t)
	if len(files) < 10 {
		t.Errorf("only %d files", len(files))
	}
	if os.Getenv("PSUTIL_GOLDEN") == "write" {
		for _, dir := range []string{"man", "completions"} {
			if err := os.RemoveAll(dir); err != nil {
				t.Fatal(err)
			}
			if err := os.Mkdir(dir, 0o777); err != nil {
				t.Fatal(err)
			}
		}
		for name, b := range files {
			if err := os.WriteFile(filepath.FromSlash(name), b, 0o666); err != nil {
				t.Fatal(err)
			}
		}
	}
	var there []string
	for _, pattern := range []string{"man/*", "completions/*"} {
		names, err := filepath.Glob(pattern)
		if err != nil {
			t.Fatal(err)
		}
		for _, name := range names {
			there = append(there, filepath.ToSlash(name))
		}
	}
	slices.Sort(there)
	if want := slices.Sorted(maps.Keys(files)); !slices.Equal(there, want) {
		t.Errorf("there are %q, not %q", there, want)
	}
	for name, want := range files {
		if got, err := os.ReadFile(filepath.FromSlash(name)); err != nil || !bytes.Equal(got, want) {
			t.Errorf("%s is not what the commands say: %v", name, err)
		}
	}
}

// TestDocumentedCommands parses every command line that the documents show, as far as can
// be done without running it.
func TestDocumentedCommands(t *testing.T) {
	documents, err := filepath.Glob("../../docs/*.md")
	if err != nil {
		t.Fatal(err)
	}
	span := regexp.MustCompile("`psutil ([^`]+)`")
	found := 0
	for _, file := range append(documents, "../../README.md", "../../MIGRATING.md") {
		b, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		for _, m := range span.FindAllSubmatch(b, -1) {
			found++
			line := string(m[1])
			root := newTestRoot()
			cmd, args, err := root.Find(strings.Fields(strings.ReplaceAll(line, "PID", "1")))
			if err == nil {
				err = cmd.ParseFlags(args)
			}
			if err == nil && cmd == root && len(cmd.Flags().Args()) > 0 {
				err = unknownCommand(root, cmd.Flags().Args())
			}
			if err == nil && cmd.Name() == "call" {
				if name := cmd.Flags().Arg(0); name != "" && findCall(name) == nil {
					t.Errorf("%s: psutil %s: no such call", file, line)
				}
			}
			if err != nil {
				t.Errorf("%s: psutil %s: %v", file, line, err)
			}
		}
	}
	if found < 40 {
		t.Errorf("only %d command lines", found)
	}
}

// newTestRoot returns the commands, with nothing to read and to write to.
func newTestRoot() *cobra.Command { return newRoot(newTestEnvironment(), io.Discard, nil) }

func newTestEnvironment() *environment {
	return &environment{stdin: strings.NewReader(""), stdout: io.Discard, stderr: io.Discard, format: formatTable, color: whenAuto, engine: engineAuto}
}

// TestCommandAlone checks that a command which is made without the others is the same.
func TestCommandAlone(t *testing.T) {
	help := func(root *cobra.Command, name string) string {
		var text strings.Builder
		root.SetOut(&text)
		root.SetArgs([]string{name, "--help"})
		cmd, err := root.ExecuteC()
		if err != nil || cmd.Name() != name {
			t.Fatalf("%s --help runs %s: %v", name, cmd.Name(), err)
		}
		return text.String()
	}
	for _, c := range commands {
		alone := newRoot(newTestEnvironment(), io.Discard, []string{c.name})
		if n := len(alone.Commands()); n != 1 {
			t.Errorf("%s is made with %d others", c.name, n-1)
		}
		if got, want := help(alone, c.name), help(newTestRoot(), c.name); got != want {
			t.Errorf("%s --help alone:\n%s\nwith the others:\n%s", c.name, got, want)
		}
	}
}
