package psutil_test

import (
	"fmt"
	"go/ast"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
)

// TestInitTrace starts a program that has the whole library in it, and lets the
// Go runtime say which packages do something before main.
func TestInitTrace(t *testing.T) {
	files, _ := moduleFiles(t)
	var used []string
	for _, f := range files {
		if f.dir != "." || !f.portable() {
			continue
		}
		for _, d := range f.syntax.Decls {
			if fn, ok := d.(*ast.FuncDecl); ok && fn.Recv == nil && fn.Name.IsExported() && fn.Type.TypeParams == nil {
				used = append(used, "psutil."+fn.Name.Name)
			}
		}
	}
	if len(used) < 20 {
		t.Fatalf("the library has only %q", used)
	}
	dir := t.TempDir()
	source, program := filepath.Join(dir, "main.go"), filepath.Join(dir, "main")
	if runtime.GOOS == "windows" {
		program += ".exe"
	}
	text := fmt.Sprintf("package main\n\nimport %q\n\nfunc main() {\n\tfor _, f := range []any{%s} {\n\t\tprint(f != nil, psutil.Process{}.String())\n\t}\n}\n",
		module, strings.Join(used, ", "))
	if err := os.WriteFile(source, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	if out, err := goCommand(t, "build", "-o", program, source).CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s\n%s", err, out, text)
	}
	cmd := exec.Command(program)
	cmd.Env = append(os.Environ(), "GODEBUG=inittrace=1")
	out, err := cmd.CombinedOutput()
	if err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	traced := 0
	for line := range strings.Lines(string(out)) {
		// init os @0.6 ms, 0.02 ms clock, 416 bytes, 9 allocs
		_, name, found := strings.Cut(line, "init ")
		if !found {
			continue
		}
		traced++
		if strings.HasPrefix(name, module) {
			t.Error(line)
		}
	}
	if traced == 0 {
		t.Errorf("no trace in %q", out)
	}
}
