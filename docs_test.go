package psutil_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"go/ast"
	"go/build/constraint"
	"go/format"
	"go/parser"
	"go/token"
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// markdown are the documents, by their paths below the module's root.
func markdown(t *testing.T) []string {
	t.Helper()
	files := []string{"README.md", "MIGRATING.md", "CONTRIBUTING.md", "CHANGELOG.md", "AGENTS.md"}
	more, err := filepath.Glob("docs/*.md")
	if err != nil || len(more) == 0 {
		t.Fatalf("no docs: %v", err)
	}
	return append(files, more...)
}

func readText(t *testing.T, file string) string {
	t.Helper()
	b, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

// A declared is an exported name of the package.
type declared struct {
	name string // "Process", "Process.PID", "CPUTime.User"
	pos  token.Position
	doc  string
	file *ast.File
	kind string // "func", "type", "value" or "field"
}

// exported returns the exported names of the package, of every system.
func exported(t *testing.T) []declared {
	t.Helper()
	return exportedIn(t, ".")
}

// exportedIn is exported for the package in a directory.
func exportedIn(t *testing.T, dir string) []declared {
	t.Helper()
	files, err := filepath.Glob(filepath.Join(dir, "*.go"))
	if err != nil || len(files) == 0 {
		t.Fatalf("no source: %v", err)
	}
	fset := token.NewFileSet()
	var found []declared
	for _, name := range files {
		if strings.HasSuffix(name, "_test.go") {
			continue
		}
		file, err := parser.ParseFile(fset, name, nil, parser.ParseComments|parser.SkipObjectResolution)
		if err != nil {
			t.Fatal(err)
		}
		add := func(kind, name string, at token.Pos, docs ...*ast.CommentGroup) {
			for part := range strings.SplitSeq(name, ".") {
				if !ast.IsExported(part) {
					return
				}
			}
			d := declared{name, fset.Position(at), "", file, kind}
			for _, doc := range docs {
				if d.doc == "" {
					d.doc = doc.Text()
				}
			}
			found = append(found, d)
		}
		for _, decl := range file.Decls {
			switch decl := decl.(type) {
			case *ast.FuncDecl:
				add("func", receiver(decl)+decl.Name.Name, decl.Pos(), decl.Doc)
			case *ast.GenDecl:
				for _, spec := range decl.Specs {
					switch spec := spec.(type) {
					case *ast.TypeSpec:
						add("type", spec.Name.Name, spec.Pos(), spec.Doc, decl.Doc)
						if st, ok := spec.Type.(*ast.StructType); ok {
							for _, field := range st.Fields.List {
								for _, id := range field.Names {
									add("field", spec.Name.Name+"."+id.Name, id.Pos(), field.Doc, field.Comment)
								}
							}
						}
					case *ast.ValueSpec:
						for _, id := range spec.Names {
							add("value", id.Name, id.Pos(), spec.Doc, spec.Comment, decl.Doc)
						}
					}
				}
			}
		}
	}
	return found
}

// receiver returns "T." for a method of T, *T or *T[P].
func receiver(f *ast.FuncDecl) string {
	if f.Recv == nil {
		return ""
	}
	typ := f.Recv.List[0].Type
	if star, ok := typ.(*ast.StarExpr); ok {
		typ = star.X
	}
	if generic, ok := typ.(*ast.IndexExpr); ok {
		typ = generic.X
	}
	return typ.(*ast.Ident).Name + "."
}

// TestDocsOfEverything finds exported names without a comment, and
// comments of functions and types that do not begin with the name.
func TestDocsOfEverything(t *testing.T) {
	var all []declared
	for _, dir := range apiPackages {
		all = append(all, exportedIn(t, dir)...)
	}
	if len(all) < 1000 {
		t.Fatalf("only %d names found", len(all))
	}
	for _, d := range all {
		if d.kind == "field" {
			continue // the comment of the struct may say enough
		}
		text, _ := strings.CutPrefix(d.doc, "A ")
		text, _ = strings.CutPrefix(text, "An ")
		own := d.name[strings.LastIndexByte(d.name, '.')+1:]
		switch {
		case d.doc == "":
			t.Errorf("%s: %s has no comment", d.pos, d.name)
		case d.kind != "value" && !strings.HasPrefix(text, own+" "):
			t.Errorf("%s: the comment of %s begins with %.30q", d.pos, d.name, d.doc)
		}
	}
}

// TestDocsArePortable finds exported names in files for some systems
// only, which the documentation of the others would not show.
func TestDocsArePortable(t *testing.T) {
	suffix := regexp.MustCompile(`_(linux|windows|darwin|freebsd|openbsd|netbsd|solaris|aix|unix|bsd|other)\.go$`)
	for _, d := range exported(t) {
		constrained := suffix.MatchString(d.pos.Filename)
		for _, group := range d.file.Comments {
			for _, c := range group.List {
				constrained = constrained || c.Pos() < d.file.Package && constraint.IsGoBuild(c.Text)
			}
		}
		if constrained && d.kind != "field" {
			t.Errorf("%s: %s is exported", d.pos, d.name)
		}
	}
}

// TestDocsLinks finds links of comments to names that do not exist.
func TestDocsLinks(t *testing.T) {
	names := make(map[string]bool)
	all := exported(t)
	for _, d := range all {
		names[d.name] = true
	}
	link := regexp.MustCompile(`\[\*?([A-Z]\w*(?:\.\w+)?)\]`)
	check := func(pos token.Position, doc string) (links int) {
		for line := range strings.SplitSeq(doc, "\n") {
			if strings.HasPrefix(line, "\t") {
				continue // code
			}
			for _, m := range link.FindAllStringSubmatch(line, -1) {
				links++
				if !names[m[1]] {
					t.Errorf("%s: no such name: %s", pos, m[0])
				}
			}
		}
		return links
	}
	links, seen := 0, make(map[*ast.File]bool)
	for _, d := range all {
		links += check(d.pos, d.doc)
		if !seen[d.file] {
			seen[d.file] = true
			links += check(d.pos, d.file.Doc.Text())
		}
	}
	links += check(token.Position{Filename: "doc.go"}, packageDoc(t))
	if links < 50 {
		t.Errorf("only %d links found", links)
	}
}

func packageDoc(t *testing.T) string {
	t.Helper()
	file, err := parser.ParseFile(token.NewFileSet(), "doc.go", nil, parser.ParseComments|parser.PackageClauseOnly)
	if err != nil {
		t.Fatal(err)
	}
	return file.Doc.Text()
}

// TestDocsReadmeNames compares the tables of functions in README.md with the
// package: each name that is there exists, and each function and method of
// Process that exists is there.
func TestDocsReadmeNames(t *testing.T) {
	exists := make(map[string]bool)
	wanted := make(map[string]bool)
	for _, d := range exported(t) {
		exists[d.name] = true
		owner, method, isMethod := strings.Cut(d.name, ".")
		switch {
		case d.kind != "func":
		case !isMethod:
			wanted[d.name] = true
		case owner == "Process" && !plumbing[method]:
			wanted[d.name] = true
		}
	}
	first := regexp.MustCompile("(?m)^\\| (`[^|]*?) \\|")
	quoted := regexp.MustCompile("`([^`]*)`")
	rows := 0
	for _, row := range first.FindAllStringSubmatch(readText(t, "README.md"), -1) {
		rows++
		for _, m := range quoted.FindAllStringSubmatch(row[1], -1) {
			name := m[1]
			if method, found := strings.CutPrefix(name, "p."); found {
				name = "Process." + method
			}
			if !exists[name] {
				t.Errorf("README.md: no such name: %s", m[1])
			}
			delete(wanted, name)
		}
	}
	for _, name := range slices.Sorted(maps.Keys(wanted)) {
		t.Errorf("README.md: no table has %s", name)
	}
	if rows < 80 {
		t.Errorf("only %d rows found", rows)
	}
}

// topics are the pages about the library's use.
var topics = []string{"PROCESSES", "IDENTITY", "SAMPLING", "ERRORS", "CONTAINERS", "RECIPES", "CONNECTIONS", "CPU", "MEMORY", "DISKS", "NETWORK", "SENSORS", "SHELL"}

// TestDocsTopicNames finds names in the pages about the library's use that do not exist:
// neither of the package, nor of a method or field.
func TestDocsTopicNames(t *testing.T) {
	exists := make(map[string]bool)
	for _, d := range exported(t) {
		exists[d.name], exists[d.name[strings.LastIndexByte(d.name, '.')+1:]] = true, true
	}
	name := regexp.MustCompile("`([A-Z][a-z]\\w*(?:\\.[A-Z]\\w+)?)(?:\\([^`]*)?`")
	found := 0
	for _, topic := range topics {
		file := "docs/" + topic + ".md"
		for _, m := range name.FindAllStringSubmatch(readText(t, file), -1) {
			found++
			if !exists[m[1]] {
				t.Errorf("%s: no such name: %s", file, m[1])
			}
		}
	}
	if found < 200 {
		t.Errorf("only %d names found", found)
	}
}

// TestDocsMigratingNames compares the tables of MIGRATING.md with the package: what a
// name becomes exists.
func TestDocsMigratingNames(t *testing.T) {
	exists := make(map[string]bool)
	for _, d := range exported(t) {
		exists[d.name] = true
	}
	legacy, err := parser.ParseFile(token.NewFileSet(), "legacy/legacy.go", nil, parser.SkipObjectResolution)
	if err != nil {
		t.Fatal(err)
	}
	text, old, found := strings.Cut(readText(t, "MIGRATING.md"), "## From the names of psutil 1.x")
	if !found {
		t.Fatal("no recipe for psutil 1.x")
	}
	ours := regexp.MustCompile("`(p\\.\\w+|[A-Z]\\w+(?:\\.[A-Z]\\w+)?)`")
	rows, old1 := 0, make(map[string]string)
	check := func(cell string) {
		for _, m := range ours.FindAllStringSubmatch(cell, -1) {
			name := strings.Replace(m[1], "p.", "Process.", 1)
			if !exists[name] {
				t.Errorf("MIGRATING.md: no such name: %s", m[1])
			}
		}
	}
	for line := range strings.Lines(text) {
		if cells := strings.Split(line, "|"); len(cells) > 3 && strings.HasPrefix(cells[1], " `") {
			rows++
			check(cells[2])
		}
	}
	for line := range strings.Lines(old) {
		if cells := strings.Split(line, "|"); len(cells) > 4 && strings.HasPrefix(cells[1], " `") {
			replacement, _, _ := strings.Cut(cells[3], ",")
			check(replacement)
			old1[strings.Trim(cells[2], " `")] = strings.Trim(replacement, " `")
		}
	}
	for _, decl := range legacy.Decls {
		f, ok := decl.(*ast.FuncDecl)
		if !ok {
			continue
		}
		call := f.Body.List[0].(*ast.ReturnStmt).Results[0].(*ast.CallExpr).Fun.(*ast.SelectorExpr)
		replacement := strings.TrimPrefix(call.X.(*ast.Ident).Name+"."+call.Sel.Name, "psutil.")
		if old1[f.Name.Name] != replacement {
			t.Errorf("MIGRATING.md: legacy.%s becomes %q, not %s", f.Name.Name, old1[f.Name.Name], replacement)
		}
		delete(old1, f.Name.Name)
	}
	if len(old1) > 0 || rows < 200 {
		t.Errorf("MIGRATING.md: %d rows, and of legacy too much: %q", rows, old1)
	}
}

// TestDocsPortingNames compares docs/PORTING.md with the functions that a port
// has to have.
func TestDocsPortingNames(t *testing.T) {
	text := readText(t, "docs/PORTING.md")
	files, err := filepath.Glob("*_other.go")
	if err != nil || len(files) == 0 {
		t.Fatalf("no glue: %v", err)
	}
	quoted := regexp.MustCompile("`([a-z]\\w*)`")
	listed := make(map[string]bool)
	for row := range strings.SplitSeq(text, "\n") {
		if cells := strings.Split(row, "|"); len(cells) > 2 {
			for _, m := range quoted.FindAllStringSubmatch(cells[1], -1) {
				listed[m[1]] = true
			}
		}
	}
	for _, name := range files {
		file, err := parser.ParseFile(token.NewFileSet(), name, nil, parser.SkipObjectResolution)
		if err != nil {
			t.Fatal(err)
		}
		for _, decl := range file.Decls {
			f, ok := decl.(*ast.FuncDecl)
			if !ok || f.Name.Name == "unsupported" {
				continue
			}
			if !listed[f.Name.Name] && !strings.Contains(text, "| `"+f.Name.Name+"`") {
				t.Errorf("docs/PORTING.md: no table has %s of %s", f.Name.Name, name)
			}
		}
	}
	for name := range listed {
		if !glueExists(t, files, name) {
			t.Errorf("docs/PORTING.md: no glue has %s", name)
		}
	}
}

func glueExists(t *testing.T, files []string, name string) bool {
	function := regexp.MustCompile(`(?m)^func (\([^)]*\) )?` + name + `\(`)
	return slices.ContainsFunc(files, func(file string) bool { return function.MatchString(readText(t, file)) })
}

// plumbing are the methods that a Process has for others to call.
var plumbing = map[string]bool{
	"String": true, "MarshalText": true, "UnmarshalText": true, "GobEncode": true, "GobDecode": true,
}

// TestDocsMarkdownLinks finds links to files and headings that do not exist.
func TestDocsMarkdownLinks(t *testing.T) {
	link := regexp.MustCompile(`\]\(([^)\s]+)\)`)
	heading := regexp.MustCompile(`(?m)^#+ (.*)$`)
	links := 0
	code := regexp.MustCompile("(?s)\n```.*?\n```")
	for _, file := range markdown(t) {
		for _, m := range link.FindAllStringSubmatch(code.ReplaceAllString(readText(t, file), ""), -1) {
			target, anchor, _ := strings.Cut(m[1], "#")
			if strings.Contains(target, ":") {
				continue // another site
			}
			links++
			path := file
			if target != "" {
				path = filepath.Join(filepath.Dir(file), target)
			}
			if _, err := os.Stat(path); err != nil {
				t.Errorf("%s: %v", file, err)
				continue
			}
			found := anchor == ""
			if !found {
				for _, h := range heading.FindAllStringSubmatch(readText(t, path), -1) {
					found = found || headingAnchor(h[1]) == anchor
				}
			}
			if !found {
				t.Errorf("%s: %s has no heading #%s", file, path, anchor)
			}
		}
	}
	if links < 10 {
		t.Errorf("only %d links found", links)
	}
}

// headingAnchor is what Markdown renderers make of a heading.
func headingAnchor(heading string) string {
	return strings.Map(func(r rune) rune {
		switch {
		case r == ' ':
			return '-'
		case r == '-' || r == '_' || r >= 'a' && r <= 'z' || r >= '0' && r <= '9':
			return r
		}
		return -1
	}, strings.ToLower(heading))
}

// A codeBlock is Go code of a document.
type codeBlock struct {
	file string
	line int    // of the first line of code
	path string // what it is to be in the module, empty for a fragment
	code string
}

// markdownBlocks are the blocks of a document that begin with ```go. A path
// behind it says which file of the module the block is.
func markdownBlocks(t *testing.T, file string) []codeBlock {
	t.Helper()
	var (
		blocks []codeBlock
		inside bool // any block
		open   *codeBlock
	)
	for i, line := range strings.Split(readText(t, file), "\n") {
		info, fence := strings.CutPrefix(line, "```")
		switch {
		case fence && inside:
			inside, open = false, nil
		case fence:
			inside = true
			// What imports gopsutil is compiled where that is known: in bench.
			if language, path, _ := strings.Cut(info, " "); language == "go" && path != "gopsutil" {
				blocks = append(blocks, codeBlock{file: file, line: i + 2, path: path})
				open = &blocks[len(blocks)-1]
			}
		case open != nil:
			open.code += line + "\n"
		}
	}
	if inside {
		t.Errorf("%s: a block of code does not end", file)
	}
	return blocks
}

// commentBlocks are the blocks of code in the package's comment.
func commentBlocks(t *testing.T) []codeBlock {
	t.Helper()
	var blocks []codeBlock
	last := -1
	for i, line := range strings.Split(readText(t, "doc.go"), "\n") {
		code, found := strings.CutPrefix(line, "//\t")
		if !found {
			continue
		}
		if last < 0 || last != i-1 {
			blocks = append(blocks, codeBlock{file: "doc.go", line: i + 1})
		}
		last = i
		blocks[len(blocks)-1].code += code + "\n"
	}
	return blocks
}

// isProgram reports whether the block is a whole program.
func (b codeBlock) isProgram() bool { return strings.HasPrefix(b.code, "package main\n") }

// importPaths are the packages that a fragment may use.
var importPaths = [...]string{
	"cmp", "context", "encoding/json", "errors", "fmt", "io/fs", "log", "net/netip", "os", "os/exec", "slices",
	"path/filepath", "strings", "syscall", "time", "github.com/go-psutil/psutil",
}

// source returns the block as a file. A fragment is made one of package docs: it
// may declare functions, or use ctx and p, and return an error. It need not use
// what it declares.
func (b codeBlock) source() (string, error) {
	line := fmt.Sprintf("//line %s:%d\n", b.file, b.line)
	if b.path != "" || b.isProgram() {
		return line + b.code, nil
	}
	var head strings.Builder
	head.WriteString("package docs\n")
	for _, path := range importPaths {
		name := path[strings.LastIndexByte(path, '/')+1:]
		if regexp.MustCompile(`\b` + name + `\.`).MatchString(b.code) {
			fmt.Fprintf(&head, "import %q\n", path)
		}
	}
	fset := token.NewFileSet()
	if source := head.String() + line + b.code; strings.HasPrefix(b.code, "func ") {
		_, err := parser.ParseFile(fset, "", source, parser.SkipObjectResolution)
		return source, err
	}
	head.WriteString("import fragmentcontext \"context\"\nimport fragmentpsutil \"github.com/go-psutil/psutil\"\n")
	const before, after = "func _(ctx fragmentcontext.Context, p fragmentpsutil.Process) error {\n{\n", "}\nreturn nil\n}\n"
	file, err := parser.ParseFile(fset, "", head.String()+before+line+b.code+after, parser.SkipObjectResolution)
	if err != nil {
		return "", err
	}
	body := file.Decls[len(file.Decls)-1].(*ast.FuncDecl).Body.List[0].(*ast.BlockStmt)
	var uses strings.Builder
	for _, stmt := range body.List {
		if assign, ok := stmt.(*ast.AssignStmt); ok && assign.Tok == token.DEFINE {
			for _, left := range assign.Lhs {
				if name := left.(*ast.Ident).Name; name != "_" {
					fmt.Fprintf(&uses, "_ = %s\n", name)
				}
			}
		}
	}
	return head.String() + before + line + b.code + uses.String() + after, nil
}

// TestDocsCodeCompiles compiles the Go code of the documents, by means of an
// overlay: as if it were in the module.
func TestDocsCodeCompiles(t *testing.T) {
	blocks := commentBlocks(t)
	for _, file := range markdown(t) {
		blocks = append(blocks, markdownBlocks(t, file)...)
	}
	if len(blocks) < 10 {
		t.Fatalf("only %d blocks found", len(blocks))
	}
	root, err := filepath.Abs(".")
	if err != nil {
		t.Fatal(err)
	}
	var (
		dir      = t.TempDir()
		replace  = make(map[string]string)
		packages = make(map[string]bool)
	)
	var programs []string
	for i, b := range blocks {
		path := b.path
		if b.isProgram() {
			path = ""
		} else if path == "" {
			path = fmt.Sprintf("docs/fragment%d.go", i)
		} else if _, err := os.Stat(path); err == nil {
			t.Errorf("%s:%d: %s exists", b.file, b.line, path)
		}
		source, err := b.source()
		if err != nil {
			t.Errorf("%s:%d: %v", b.file, b.line, err)
			continue
		}
		if pretty, err := format.Source([]byte(b.code)); err != nil || string(pretty) != b.code {
			t.Errorf("%s:%d: not as gofmt has it: %v", b.file, b.line, err)
		}
		actual := filepath.Join(dir, fmt.Sprintf("%d.go", i))
		if err := os.WriteFile(actual, []byte(source), 0o666); err != nil {
			t.Fatal(err)
		}
		if path == "" {
			programs = append(programs, actual)
			continue
		}
		replace[filepath.Join(root, filepath.FromSlash(path))] = actual
		packages["./"+filepath.ToSlash(filepath.Dir(path))] = true
	}
	overlay, err := json.Marshal(map[string]any{"Replace": replace})
	if err != nil {
		t.Fatal(err)
	}
	overlayFile := filepath.Join(dir, "overlay.json")
	if err := os.WriteFile(overlayFile, overlay, 0o666); err != nil {
		t.Fatal(err)
	}
	vet := func(args ...string) {
		t.Helper()
		cmd := goCommand(t, append([]string{"vet"}, args...)...)
		cmd.Env = append(os.Environ(), "GOWORK=off", "GOPROXY=off")
		var out bytes.Buffer
		cmd.Stdout, cmd.Stderr = &out, &out
		if err := cmd.Run(); err != nil {
			t.Errorf("%v\n%s", err, strings.ReplaceAll(out.String(), dir+string(filepath.Separator), ""))
		}
	}
	vet(append([]string{"-overlay", overlayFile}, slices.Sorted(maps.Keys(packages))...)...)
	for _, program := range programs {
		vet(program)
	}
	t.Logf("%d blocks of code compile, %d of them programs", len(blocks), len(programs))
}
