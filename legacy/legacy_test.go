package legacy

import (
	"bytes"
	"encoding/json"
	"go/ast"
	"go/parser"
	"go/token"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"runtime"
	"strings"
	"testing"
)

// run runs a command in a directory, outside of the workspace, and returns what it
// prints.
func run(t *testing.T, dir, command string, args ...string) string {
	t.Helper()
	cmd := exec.Command(command, args...)
	cmd.Dir = dir
	cmd.Env = append(os.Environ(), "GOWORK=off", "GOPROXY=off", "GOFLAGS=-mod=mod")
	var stdout, stderr bytes.Buffer
	cmd.Stdout, cmd.Stderr = &stdout, &stderr
	if err := cmd.Run(); err != nil {
		t.Fatalf("%s %s: %v\n%s%s", command, strings.Join(args, " "), err, &stdout, &stderr)
	}
	return stdout.String()
}

func goTool(t *testing.T) string {
	t.Helper()
	path, err := exec.LookPath("go")
	if err != nil {
		if os.Getenv("CI") == "true" && runtime.GOOS != "windows" {
			t.Fatal(err)
		}
		t.Skip(err)
	}
	return path
}

// names are the exported names of the package, with their comments.
func names(t *testing.T) map[string]*ast.FuncDecl {
	t.Helper()
	file, err := parser.ParseFile(token.NewFileSet(), "legacy.go", nil, parser.ParseComments)
	if err != nil {
		t.Fatal(err)
	}
	found := make(map[string]*ast.FuncDecl)
	for _, decl := range file.Decls {
		if f, ok := decl.(*ast.FuncDecl); ok {
			found[f.Name.Name] = f
		} else if decl.(*ast.GenDecl).Tok != token.IMPORT {
			t.Errorf("there is more than functions: %v", decl)
		}
	}
	return found
}

// TestGoFix has go fix port a program, and holds the new one against the old one.
func TestGoFix(t *testing.T) {
	tool := goTool(t)
	dir := t.TempDir()
	root, err := filepath.Abs("..")
	if err != nil {
		t.Fatal(err)
	}
	copyFile := func(to, from string) string {
		t.Helper()
		b, err := os.ReadFile(from)
		if err == nil {
			err = os.WriteFile(filepath.Join(dir, to), b, 0o666)
		}
		if err != nil {
			t.Fatal(err)
		}
		return string(b)
	}
	source := copyFile("main.go", "testdata/program/main.go")
	for name := range names(t) {
		if !regexp.MustCompile(`\blegacy\.` + name + `\(`).MatchString(source) {
			t.Errorf("the program does not call %s", name)
		}
	}
	copyFile("go.sum", "../go.sum")
	run(t, dir, tool, "mod", "init", "program")
	run(t, dir, tool, "mod", "edit", "-go=1.26.0", "-require=github.com/go-psutil/psutil@v0.0.0", "-replace=github.com/go-psutil/psutil="+root)
	run(t, dir, tool, "mod", "tidy")

	run(t, dir, tool, "build", "-o", "before.exe", ".")
	run(t, dir, tool, "fix", "./...")
	fixed, err := os.ReadFile(filepath.Join(dir, "main.go"))
	if err != nil {
		t.Fatal(err)
	}
	golden := filepath.Join("testdata", "program.golden")
	if os.Getenv("PSUTIL_GOLDEN") == "write" {
		if err := os.WriteFile(golden, fixed, 0o666); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(golden)
	if err != nil || !bytes.Equal(fixed, want) {
		t.Errorf("%v, go fix made\n%s", err, fixed)
	}
	if bytes.Contains(fixed, []byte("legacy")) {
		t.Error("something of the package is left")
	}
	run(t, dir, tool, "build", "-o", "after.exe", ".")
	before, after := run(t, dir, filepath.Join(dir, "before.exe")), run(t, dir, filepath.Join(dir, "after.exe"))
	if before != after || strings.Count(before, "\n") < 20 || strings.Contains(before, "false") {
		t.Errorf("the old program prints\n%s\nand the new one\n%s", before, after)
	}
}

// TestDirectives finds functions that go fix would leave alone.
func TestDirectives(t *testing.T) {
	for name, f := range names(t) {
		if f.Doc == nil {
			t.Errorf("%s has no comment", name)
			continue
		}
		doc := f.Doc.Text()
		var directives int
		for _, c := range f.Doc.List {
			if c.Text == "//go:fix inline" {
				directives++
			}
		}
		if directives != 1 || !strings.HasPrefix(doc, name+" is psutil's ") || !strings.Contains(doc, "\n\nDeprecated: Use [psutil.") {
			t.Errorf("%s: %d directives, %q", name, directives, doc)
		}
		if len(f.Body.List) != 1 {
			t.Errorf("%s is more than one statement", name)
		}
	}
	// The driver prints an object for each package that has diagnostics.
	var found map[string]any
	out := run(t, ".", goTool(t), "fix", "-json", "-inline", ".")
	if err := json.Unmarshal([]byte(out), &found); err != nil || len(found) != 0 {
		t.Errorf("%v: %s", err, out)
	}
}
