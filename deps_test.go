package psutil_test

import (
	"encoding/json"
	"fmt"
	"go/ast"
	"go/build"
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"os/exec"
	"path"
	"path/filepath"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"testing"
)

const module = "github.com/go-psutil/psutil"

// systems are those that the library is for, each with an architecture.
var systems = []struct{ os, arch string }{
	{"linux", "amd64"}, {"windows", "amd64"}, {"darwin", "arm64"}, {"freebsd", "amd64"}, {"openbsd", "amd64"},
	{"netbsd", "amd64"}, {"dragonfly", "amd64"}, {"solaris", "amd64"}, {"illumos", "amd64"}, {"aix", "ppc64"},
}

// decoders are the packages of decoders, with the systems whose glue may use
// them.
var decoders = map[string][]string{
	"internal/linux": {"linux"}, "internal/darwin": {"darwin"}, "internal/freebsd": {"freebsd", "dragonfly"}, "internal/openbsd": {"openbsd"},
	"internal/netbsd": {"netbsd"}, "internal/solaris": {"solaris", "illumos"}, "internal/aix": {"aix"}, "internal/nt": {"windows"},
	"internal/bsd": {"darwin", "freebsd", "dragonfly", "openbsd", "netbsd"},
}

// pure are the packages of the standard library that do nothing but compute.
var pure = []string{
	"bytes", "cmp", "errors", "fmt", "iter", "maps", "math", "math/bits", "net/netip", "slices", "strconv", "strings", "time",
	"unicode", "unicode/utf16", "unicode/utf8",
}

// A sourceFile is a file of the library that is no test.
type sourceFile struct {
	name    string // below the module's root, with slashes
	dir     string
	systems []string // that it is built for
	syntax  *ast.File
}

func (f *sourceFile) portable() bool { return len(f.systems) == len(systems) }

// moduleFiles parses the files of the root module and names the directories of
// the other modules in it.
func moduleFiles(t *testing.T) (files []sourceFile, others []string) {
	t.Helper()
	err := filepath.WalkDir(".", func(name string, e fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return err
		case e.IsDir() && name != ".":
			if base := e.Name(); base == "testdata" || base[0] == '.' || base[0] == '_' {
				return fs.SkipDir
			}
			if _, err := os.Stat(filepath.Join(name, "go.mod")); err == nil {
				others = append(others, name)
				return fs.SkipDir
			}
			return nil
		case e.IsDir() || !strings.HasSuffix(name, ".go") || strings.HasSuffix(name, "_test.go"):
			return nil
		}
		syntax, err := parser.ParseFile(token.NewFileSet(), name, nil, parser.SkipObjectResolution)
		if err != nil {
			return err
		}
		f := sourceFile{name: filepath.ToSlash(name), dir: path.Dir(filepath.ToSlash(name)), syntax: syntax}
		for _, s := range systems {
			ctx := build.Context{GOOS: s.os, GOARCH: s.arch, Compiler: "gc", ReleaseTags: build.Default.ReleaseTags}
			match, err := ctx.MatchFile(filepath.Dir(name), e.Name())
			if err != nil {
				return err
			}
			if match {
				f.systems = append(f.systems, s.os)
			}
		}
		files = append(files, f)
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	if len(files) < 20 {
		t.Fatalf("only %d files", len(files))
	}
	return files, others
}

func importPath(spec *ast.ImportSpec) string {
	p, _ := strconv.Unquote(spec.Path.Value)
	return p
}

func isStandard(p string) bool {
	first, _, _ := strings.Cut(p, "/")
	return !strings.Contains(first, ".")
}

// mayImport says why a file may not import a package, "" if it may.
func mayImport(f *sourceFile, p string) string {
	own, internal := strings.CutPrefix(p, module+"/")
	_, isDecoder := decoders[f.dir]
	xsys := strings.HasPrefix(p, "golang.org/x/sys/")
	allowed := false
	switch {
	case p == "C" || p == "runtime/cgo" || p == "plugin":
		return "there is no cgo"
	case f.dir == "." && f.portable():
		allowed = isStandard(p) && p != "unsafe"
	case f.dir == "." && isStandard(p):
		allowed = p != "unsafe" && p != "encoding/binary"
	case f.dir == "." && internal && decoders[own] != nil:
		allowed = true
		for _, s := range f.systems {
			allowed = allowed && slices.Contains(decoders[own], s)
		}
	case f.dir == ".":
		allowed = own == "internal/sys" || own == "internal/scan"
	case isDecoder:
		allowed = slices.Contains(pure, p) || own == "internal/scan" || own == "internal/wire" || own == "internal/bsd" && f.dir != own
	case f.dir == "internal/scan" || f.dir == "internal/wire":
		allowed = slices.Contains(pure, p)
	case f.dir == "internal/sys":
		purego := strings.HasPrefix(p, "github.com/ebitengine/purego")
		allowed = isStandard(p) || xsys || purego && slices.Equal(f.systems, []string{"darwin"})
	case f.dir == "internal/fixture":
		allowed = isStandard(p)
	case f.dir == "legacy" || strings.HasPrefix(f.dir, "examples/") || f.dir == "examples":
		allowed = isStandard(p) || p == module
	case strings.HasPrefix(f.dir, "internal/cmd/"):
		allowed = isStandard(p) || p == module || internal || xsys
	default:
		return "this test has no rule for " + f.dir
	}
	return unlessAllowed(allowed, f, p)
}

func unlessAllowed(allowed bool, f *sourceFile, p string) string {
	if allowed {
		return ""
	}
	return fmt.Sprintf("%s (for %s) may not import %s", f.name, strings.Join(f.systems, " "), p)
}

// TestImports checks who may import what.
func TestImports(t *testing.T) {
	files, others := moduleFiles(t)
	for _, f := range files {
		for _, spec := range f.syntax.Imports {
			if why := mayImport(&f, importPath(spec)); why != "" {
				t.Error(why)
			}
		}
		if _, isDecoder := decoders[f.dir]; (isDecoder || f.dir == "internal/scan" || f.dir == "internal/wire") && !f.portable() {
			t.Errorf("%s is built only for %v", f.name, f.systems)
		}
	}
	// Other modules use what everybody may use.
	for _, dir := range others {
		err := filepath.WalkDir(dir, func(name string, e fs.DirEntry, err error) error {
			if err != nil || e.IsDir() || !strings.HasSuffix(name, ".go") {
				return err
			}
			syntax, err := parser.ParseFile(token.NewFileSet(), name, nil, parser.ImportsOnly)
			if err != nil {
				return err
			}
			for _, spec := range syntax.Imports {
				own := module + "/" + filepath.ToSlash(dir)
				if p := importPath(spec); strings.HasPrefix(p, module+"/internal/") || strings.HasPrefix(p, module+"/") && strings.Contains(p, "/internal/") && !strings.HasPrefix(p, own+"/") {
					t.Errorf("%s may not import %s", name, p)
				}
			}
			return nil
		})
		if err != nil {
			t.Error(err)
		}
	}
}

// TestImportRules checks that the rules do forbid.
func TestImportRules(t *testing.T) {
	all := make([]string, 0, len(systems))
	for _, s := range systems {
		all = append(all, s.os)
	}
	linux, bsds := []string{"linux"}, []string{"freebsd", "openbsd", "netbsd"}
	for _, test := range []struct {
		dir, imports string
		systems      []string
		allowed      bool
	}{
		{".", "os/exec", all, true}, {".", "unsafe", all, false}, {".", "golang.org/x/sys/unix", all, false},
		{".", module + "/internal/sys", all, false}, {".", module + "/internal/scan", all, false}, {".", "C", all, false},
		{".", module + "/internal/linux", linux, true}, {".", module + "/internal/sys", linux, true}, {".", module + "/internal/bsd", linux, false},
		{".", module + "/internal/freebsd", linux, false}, {".", "unsafe", linux, false}, {".", "encoding/binary", linux, false},
		{".", "golang.org/x/sys/unix", linux, false}, {".", module + "/internal/wire", linux, false}, {".", module + "/internal/fixture", linux, false},
		{".", module + "/internal/linux", all[1:], false}, {".", module + "/internal/bsd", bsds, true}, {".", module + "/internal/freebsd", bsds, false},
		{"internal/linux", "strconv", all, true}, {"internal/linux", "os", all, false}, {"internal/linux", "syscall", all, false},
		{"internal/linux", "unsafe", all, false}, {"internal/linux", "io/fs", all, false}, {"internal/linux", "encoding/binary", all, false},
		{"internal/linux", "golang.org/x/sys/unix", all, false}, {"internal/linux", module, all, false}, {"internal/linux", module + "/internal/sys", all, false},
		{"internal/linux", module + "/internal/scan", all, true}, {"internal/freebsd", module + "/internal/bsd", all, true},
		{"internal/freebsd", module + "/internal/linux", all, false}, {"internal/bsd", module + "/internal/bsd", all, false},
		{"internal/sys", "golang.org/x/sys/unix", linux, true}, {"internal/sys", "unsafe", linux, true}, {"internal/sys", module + "/internal/linux", linux, false},
		{"internal/sys", module + "/internal/scan", linux, false}, {"internal/sys", module, linux, false},
		{"internal/sys", "github.com/ebitengine/purego", []string{"darwin"}, true}, {"internal/sys", "github.com/ebitengine/purego", bsds, false},
		{"internal/scan", "bytes", all, true}, {"internal/scan", module + "/internal/wire", all, false}, {"internal/wire", "unsafe", all, false},
		{"legacy", module, all, true}, {"legacy", module + "/internal/sys", all, false}, {"new", "fmt", all, false},
	} {
		f := &sourceFile{name: test.dir + "/x.go", dir: test.dir, systems: test.systems}
		if why := mayImport(f, test.imports); (why == "") != test.allowed {
			t.Errorf("%s for %v imports %s: %q", test.dir, test.systems, test.imports, why)
		}
	}
}

// TestRequires checks that the library draws in nothing else.
func TestRequires(t *testing.T) {
	out, err := goCommand(t, "mod", "edit", "-json").Output()
	if err != nil {
		t.Fatal(err)
	}
	var mod struct {
		Module                 struct{ Path string }
		Require                []struct{ Path string }
		Replace, Exclude, Tool []any
	}
	if err := json.Unmarshal(out, &mod); err != nil {
		t.Fatal(err)
	}
	if mod.Module.Path != module || len(mod.Replace)+len(mod.Exclude)+len(mod.Tool) > 0 {
		t.Errorf("go.mod: %s", out)
	}
	for _, r := range mod.Require {
		if r.Path != "golang.org/x/sys" && r.Path != "github.com/ebitengine/purego" {
			t.Errorf("go.mod requires %s", r.Path)
		}
	}
}

// goCommand is the go tool, run in the module's root.
func goCommand(t *testing.T, args ...string) *exec.Cmd {
	t.Helper()
	tool, err := exec.LookPath("go")
	if err != nil {
		if os.Getenv("CI") == "true" && runtime.GOOS != "windows" { // where tests run below Wine
			t.Fatal(err)
		}
		t.Skip(err)
	}
	return exec.Command(tool, args...)
}

// TestExportedIsPortable checks that what a package exports is declared for
// every system, so that its documentation is the same everywhere.
func TestExportedIsPortable(t *testing.T) {
	files, _ := moduleFiles(t)
	for _, f := range files {
		if f.dir != "." || f.portable() {
			continue
		}
		for _, d := range f.syntax.Decls {
			switch d := d.(type) {
			case *ast.FuncDecl:
				if d.Name.IsExported() && (d.Recv == nil || ast.IsExported(receiverType(d))) {
					t.Errorf("%s declares %s", f.name, d.Name)
				}
			case *ast.GenDecl:
				for _, s := range d.Specs {
					switch s := s.(type) {
					case *ast.TypeSpec:
						if s.Name.IsExported() {
							t.Errorf("%s declares %s", f.name, s.Name)
						}
					case *ast.ValueSpec:
						for _, n := range s.Names {
							if n.IsExported() {
								t.Errorf("%s declares %s", f.name, n)
							}
						}
					}
				}
			}
		}
	}
}

func receiverType(d *ast.FuncDecl) string {
	name := ""
	ast.Inspect(d.Recv.List[0].Type, func(n ast.Node) bool {
		if id, ok := n.(*ast.Ident); ok && name == "" {
			name = id.Name
		}
		return true
	})
	return name
}

// forbidden are functions that a library does not call: it reads no
// environment, runs no program, and does not end the caller's.
var forbidden = []string{
	"os.Getenv", "os.LookupEnv", "os.Environ", "os.ExpandEnv", "os.Setenv", "os.Exit", "os.Chdir",
	"exec.Command", "exec.CommandContext", "exec.LookPath", "log.Print", "log.Printf", "log.Println", "log.Fatal", "log.Fatalf",
}

// TestNothingAtStart checks that a package does nothing before it is called, on
// any system, and nothing behind its caller's back. TestInitTrace looks at the
// result on this one.
func TestNothingAtStart(t *testing.T) {
	files, _ := moduleFiles(t)
	for _, f := range files {
		if strings.HasPrefix(f.dir, "internal/cmd/") || f.dir == "internal/fixture" || strings.HasPrefix(f.dir, "examples") {
			continue
		}
		ast.Inspect(f.syntax, func(n ast.Node) bool {
			if s, ok := n.(*ast.SelectorExpr); ok {
				if pkg, ok := s.X.(*ast.Ident); ok && slices.Contains(forbidden, pkg.Name+"."+s.Sel.Name) {
					t.Errorf("%s calls %s.%s", f.name, pkg.Name, s.Sel.Name)
				}
			}
			return true
		})
		for _, d := range f.syntax.Decls {
			switch d := d.(type) {
			case *ast.FuncDecl:
				if d.Name.Name == "init" && d.Recv == nil {
					t.Errorf("%s has an init function", f.name)
				}
			case *ast.GenDecl:
				for _, s := range d.Specs {
					if v, ok := s.(*ast.ValueSpec); ok && d.Tok == token.VAR {
						for _, value := range v.Values {
							if works(value) {
								t.Errorf("%s: %s is computed at start", f.name, v.Names[0])
							}
						}
					}
				}
			}
		}
	}
}

// works reports whether an expression calls something or makes a map, other than
// within a function it defines. A conversion and errors.New do not count: the
// compiler lays out what they make.
func works(e ast.Expr) (found bool) {
	ast.Inspect(e, func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.FuncLit:
			return false
		case *ast.CallExpr:
			switch fn := n.Fun.(type) {
			case *ast.ArrayType, *ast.ParenExpr:
			case *ast.SelectorExpr:
				pkg, _ := fn.X.(*ast.Ident)
				found = pkg == nil || pkg.Name != "errors" || fn.Sel.Name != "New"
			default:
				found = true
			}
		case *ast.CompositeLit:
			_, isMap := n.Type.(*ast.MapType)
			found = found || isMap
		}
		return !found
	})
	return found
}
