package psutil_test

import (
	"fmt"
	"go/ast"
	"go/build"
	"go/importer"
	"go/parser"
	"go/token"
	"go/types"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// apiFile has every exported declaration of the packages that are for others, so that
// a change of one is seen by who reviews it. PSUTIL_GOLDEN=write writes it.
const apiFile = "api/psutil.txt"

// apiPackages are the directories of these packages, each after those that it imports.
var apiPackages = []string{".", "legacy", "bpf"}

// TestAPI compares the exported declarations, on every system, with those that are
// written down.
func TestAPI(t *testing.T) {
	goCommand(t)                    // skips where there are no sources of the standard library
	on := make(map[string][]string) // the systems that have a line
	var all []string
	for _, s := range systems {
		all = append(all, s.os)
		for _, line := range apiOf(t, s.os, s.arch) {
			on[line] = append(on[line], s.os)
		}
	}
	var text strings.Builder
	for _, line := range slices.Sorted(maps.Keys(on)) {
		text.WriteString(line)
		if !slices.Equal(on[line], all) {
			fmt.Fprintf(&text, " // %s", strings.Join(on[line], ", "))
		}
		text.WriteByte('\n')
	}
	if os.Getenv("PSUTIL_GOLDEN") == "write" {
		if err := os.WriteFile(apiFile, []byte(text.String()), 0o666); err != nil {
			t.Fatal(err)
		}
	}
	want := strings.Split(readText(t, apiFile), "\n")
	got := strings.Split(text.String(), "\n")
	if len(got) < 1000 {
		t.Errorf("only %d lines", len(got))
	}
	for _, line := range got {
		if !slices.Contains(want, line) {
			t.Errorf("not in %s: %s", apiFile, line)
		}
	}
	for _, line := range want {
		if !slices.Contains(got, line) {
			t.Errorf("no more: %s", line)
		}
	}
}

// apiOf returns a line for each exported declaration on a system.
func apiOf(t *testing.T, goos, goarch string) (lines []string) {
	t.Helper()
	// What the importer of sources goes by.
	before := build.Default
	defer func() { build.Default = before }()
	build.Default.GOOS, build.Default.GOARCH, build.Default.CgoEnabled = goos, goarch, false
	fset := token.NewFileSet()
	imports := typedImports{importer.ForCompiler(fset, "source", nil), make(map[string]*types.Package)}
	for _, dir := range apiPackages {
		names, err := filepath.Glob(filepath.Join(dir, "*.go"))
		if err != nil || len(names) == 0 {
			t.Fatalf("no source in %s: %v", dir, err)
		}
		var files []*ast.File
		for _, name := range names {
			if match, err := build.Default.MatchFile(dir, filepath.Base(name)); err != nil {
				t.Fatal(err)
			} else if !match || strings.HasSuffix(name, "_test.go") {
				continue
			}
			file, err := parser.ParseFile(fset, name, nil, parser.SkipObjectResolution)
			if err != nil {
				t.Fatal(err)
			}
			if slices.ContainsFunc(file.Imports, func(i *ast.ImportSpec) bool { return strings.Contains(i.Path.Value, ".") && !imports.has(i) }) {
				continue // glue, which declares nothing for others: TestDocsArePortable
			}
			files = append(files, file)
		}
		path := module
		if dir != "." {
			path += "/" + dir
		}
		// What is declared in the glue is not found, and not for others either.
		config := types.Config{Importer: imports, IgnoreFuncBodies: true, Error: func(error) {}}
		pkg, _ := config.Check(path, fset, files, nil)
		imports.checked[path] = pkg
		for _, name := range pkg.Scope().Names() {
			if object := pkg.Scope().Lookup(name); object.Exported() {
				lines = append(lines, declarations(t, pkg, object)...)
			}
		}
	}
	return lines
}

// typedImports imports the packages that were checked before, and those of the
// standard library.
type typedImports struct {
	standard types.Importer
	checked  map[string]*types.Package
}

func (i typedImports) Import(path string) (*types.Package, error) {
	if pkg := i.checked[path]; pkg != nil {
		return pkg, nil
	}
	return i.standard.Import(path)
}

func (i typedImports) has(spec *ast.ImportSpec) bool {
	return i.checked[strings.Trim(spec.Path.Value, `"`)] != nil
}

// declarations returns the lines of an object: of a type also those of its fields and
// methods.
func declarations(t *testing.T, pkg *types.Package, object types.Object) (lines []string) {
	qualifier := func(p *types.Package) string {
		if p == pkg {
			return ""
		}
		return p.Name()
	}
	add := func(format string, args ...any) {
		line := "pkg " + pkg.Path() + ", " + fmt.Sprintf(format, args...)
		if strings.Contains(line, "invalid type") {
			t.Errorf("the type is in the glue: %s", line)
		}
		lines = append(lines, line)
	}
	typed := func(o types.Object) string { return types.TypeString(o.Type(), qualifier) }
	signature := func(f *types.Func) string { return f.Name() + strings.TrimPrefix(typed(f), "func") }
	switch o := object.(type) {
	case *types.Const:
		add("const %s %s = %s", o.Name(), typed(o), o.Val().ExactString())
	case *types.Var:
		add("var %s %s", o.Name(), typed(o))
	case *types.Func:
		add("func %s", signature(o))
	case *types.TypeName:
		if o.IsAlias() {
			add("type %s = %s", o.Name(), types.TypeString(types.Unalias(o.Type()), qualifier))
			return lines
		}
		named := o.Type().(*types.Named)
		for m := range named.Methods() {
			if m.Exported() {
				add("method (%s) %s", types.TypeString(m.Signature().Recv().Type(), qualifier), signature(m))
			}
		}
		switch u := named.Underlying().(type) {
		case *types.Struct:
			add("type %s struct", o.Name())
			for f := range u.Fields() {
				switch {
				case f.Embedded() && f.Exported():
					add("type %s struct, embedded %s", o.Name(), typed(f))
				case f.Exported():
					add("type %s struct, %s %s", o.Name(), f.Name(), typed(f))
				}
			}
		case *types.Interface:
			add("type %s interface", o.Name())
			for m := range u.Methods() {
				if m.Exported() {
					add("type %s interface, %s", o.Name(), signature(m))
				} else {
					add("type %s interface, unexported methods", o.Name())
				}
			}
		default:
			add("type %s %s", o.Name(), types.TypeString(u, qualifier))
		}
	}
	return lines
}
