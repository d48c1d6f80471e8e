package main

import (
	"go/ast"
	"go/parser"
	"go/token"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

const migrating = "../MIGRATING.md"

func readMigrating(t *testing.T) string {
	t.Helper()
	b, err := os.ReadFile(migrating)
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

// TestMigratingHasGopsutil compares MIGRATING.md with the exported functions and methods
// of gopsutil, of every system, but those that only make text of a value.
func TestMigratingHasGopsutil(t *testing.T) {
	out, err := exec.Command("go", "list", "-m", "-f", "{{.Dir}}", "github.com/shirou/gopsutil/v4").Output()
	if err != nil {
		t.Fatal(err)
	}
	text, found := readMigrating(t), 0
	for _, pkg := range []string{"cpu", "disk", "docker", "host", "load", "mem", "net", "process", "sensors", "winservices"} {
		files, err := filepath.Glob(filepath.Join(strings.TrimSpace(string(out)), pkg, "*.go"))
		if err != nil || len(files) == 0 {
			t.Fatalf("no source of %s: %v", pkg, err)
		}
		for _, file := range files {
			if strings.HasSuffix(file, "_test.go") {
				continue
			}
			syntax, err := parser.ParseFile(token.NewFileSet(), file, nil, parser.SkipObjectResolution)
			if err != nil {
				t.Fatal(err)
			}
			for _, decl := range syntax.Decls {
				f, ok := decl.(*ast.FuncDecl)
				if !ok || !f.Name.IsExported() || f.Name.Name == "String" || strings.HasSuffix(f.Name.Name, "WithContext") {
					continue
				}
				owner := pkg
				if f.Recv != nil {
					typ := f.Recv.List[0].Type
					if star, ok := typ.(*ast.StarExpr); ok {
						typ = star.X
					}
					if owner = typ.(*ast.Ident).Name; !ast.IsExported(owner) {
						continue
					}
				}
				found++
				if name := owner + "." + f.Name.Name; !strings.Contains(text, "| `"+name+"` |") {
					t.Errorf("MIGRATING.md does not have %s", name)
				}
			}
		}
	}
	if found < 120 {
		t.Errorf("only %d functions found", found)
	}
}

// TestMigratingPrograms compiles the programs that MIGRATING.md shows as they were with
// gopsutil.
func TestMigratingPrograms(t *testing.T) {
	programs := 0
	for i, block := range strings.Split(readMigrating(t), "\n```go gopsutil\n") {
		if i == 0 {
			continue
		}
		code, _, closed := strings.Cut(block, "\n```")
		file := filepath.Join(t.TempDir(), "main.go")
		if err := os.WriteFile(file, []byte(code+"\n"), 0o666); err != nil || !closed {
			t.Fatalf("program %d: %v", i, err)
		}
		if out, err := exec.Command("go", "vet", file).CombinedOutput(); err != nil {
			t.Errorf("program %d: %v\n%s", i, err, out)
		}
		programs++
	}
	if programs < 3 {
		t.Errorf("only %d programs", programs)
	}
}
