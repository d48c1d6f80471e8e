package psutil_test

import (
	"go/ast"
	"regexp"
	"strings"
	"testing"
)

// A manual is the comments of the package by exported name.
type manual map[string]declared

func readManual(t *testing.T) manual {
	t.Helper()
	m := make(manual)
	for _, d := range exported(t) {
		if old, ok := m[d.name]; !ok || old.doc == "" {
			m[d.name] = d
		}
	}
	return m
}

// linkPattern matches a link to another name.
var linkPattern = regexp.MustCompile(`\[\*?([A-Z]\w*(?:\.\w+)?)\]`)

// says reports whether the comment of a name says what the pattern is for, itself or
// in that of a name it links to.
func (m manual) says(name string, pattern *regexp.Regexp) bool {
	doc := m[name].doc
	if pattern.MatchString(doc) {
		return true
	}
	for _, link := range linkPattern.FindAllStringSubmatch(doc, -1) {
		if pattern.MatchString(m[link[1]].doc) {
			return true
		}
	}
	return false
}

// reads reports whether what the name stands for reads something of the machine: a
// function that is also a method of System, or a method of Process that can fail.
func (m manual) reads(d declared) bool {
	if d.kind != "func" {
		return false
	}
	if method, ok := strings.CutPrefix(d.name, "Process."); ok {
		return !textMethods.MatchString(method) && returnsError(d)
	}
	_, ok := m["System."+d.name]
	return ok
}

// textMethods are the methods that make text of a value and a value of text.
var textMethods = regexp.MustCompile(`^(Marshal|Unmarshal|Gob)(Text|JSON|Encode|Decode)?$|^Gob(En|De)code$`)

// returnsError reports whether an error is among the results.
func returnsError(d declared) bool {
	for _, decl := range d.file.Decls {
		f, ok := decl.(*ast.FuncDecl)
		if !ok || receiver(f)+f.Name.Name != d.name || f.Type.Results == nil {
			continue
		}
		for _, r := range f.Type.Results.List {
			if id, ok := r.Type.(*ast.Ident); ok && id.Name == "error" {
				return true
			}
		}
	}
	return false
}

// TestDocsCoverage finds functions that do not say on which systems they work and by
// what means, what they cost, and when they are not supported; and numbers without a
// unit.
func TestDocsCoverage(t *testing.T) {
	m := readManual(t)
	var (
		linux   = regexp.MustCompile(`\bLinux\b|\bPOSIX\b`)
		windows = regexp.MustCompile(`\bWindows\b|\bElsewhere\b`)
		cost    = regexp.MustCompile(`\b[Cc]osts?\b|\bwaits?\b`)
		lacks   = regexp.MustCompile(`ErrNotSupported|Not on Windows|Linux only`)
	)
	supported := platformTable(t)
	checked := 0
	for name, d := range m {
		if !m.reads(d) {
			continue
		}
		checked++
		if !m.says(name, linux) {
			t.Errorf("%s: %s does not say what it reads on Linux", d.pos, name)
		}
		if !m.says(name, windows) {
			t.Errorf("%s: %s does not say what it reads on Windows", d.pos, name)
		}
		if !strings.Contains(name, ".") && !m.says(name, cost) {
			t.Errorf("%s: %s does not say what it costs", d.pos, name)
		}
		if onWindows, ok := supported[strings.Replace(name, "Process.", "p.", 1)]; ok && !onWindows && !m.says(name, lacks) {
			t.Errorf("%s: %s does not say that it is not supported on Windows", d.pos, name)
		}
	}
	if checked < 100 {
		t.Errorf("only %d functions", checked)
	}
	checked = 0
	for name, d := range m {
		if d.kind != "field" || !isNumber(d) {
			continue
		}
		checked++
		structure, field, _ := strings.Cut(name, ".")
		if !unitPattern.MatchString(d.doc) && !unitName.MatchString(field) && !unitPattern.MatchString(m[structure].doc) {
			t.Errorf("%s: %s has no unit: %q", d.pos, name, d.doc)
		}
	}
	if checked < 100 {
		t.Errorf("only %d numbers", checked)
	}
}

var (
	// unitPattern matches what says of a number what it counts or measures.
	unitPattern = regexp.MustCompile(`(?i)\b(bytes?|seconds?|percent|degrees|celsius|[MG]?Hz|Mbit/s|number|counts?|counted|times|ticks|pages|ms|µs|volts?|amperes?|watts?|joules?|rpm|rotations|share|bits?|ampere-hours|watt-hours|addresses|blocks|packets|errors|frames|segments|ratio|ID|IDs|index|inode|port|descriptor|version|-?1 if|level|load|how (many|often))\b`)
	// unitName matches names that say it themselves.
	unitName = regexp.MustCompile(`(PID|ID|IDs|Count|Bytes|Percent|Inode|Cookie|Number|Port|Level|Packets|Errors|Threads|CPU|FD|Index)$`)
)

// isNumber reports whether a field is a plain number.
func isNumber(d declared) bool {
	structure, field, _ := strings.Cut(d.name, ".")
	number := false
	ast.Inspect(d.file, func(n ast.Node) bool {
		spec, ok := n.(*ast.TypeSpec)
		if !ok || spec.Name.Name != structure {
			return true
		}
		st, ok := spec.Type.(*ast.StructType)
		if !ok {
			return false
		}
		for _, f := range st.Fields.List {
			for _, id := range f.Names {
				if typ, ok := f.Type.(*ast.Ident); ok && id.Name == field {
					number = numberTypes.MatchString(typ.Name)
				}
			}
		}
		return false
	})
	return number
}

var numberTypes = regexp.MustCompile(`^(u?int(8|16|32|64)?|float(32|64))$`)

// platformTable returns, by the names of docs/PLATFORMS.md, what works on Windows.
func platformTable(t *testing.T) map[string]bool {
	t.Helper()
	table := make(map[string]bool)
	for line := range strings.Lines(readText(t, "docs/PLATFORMS.md")) {
		cells := strings.Split(line, "|")
		if len(cells) < 6 || !strings.HasPrefix(cells[1], " `") {
			continue
		}
		table[strings.Trim(cells[1], " `")] = !strings.HasPrefix(strings.TrimSpace(cells[3]), "not supported")
	}
	if len(table) < 100 {
		t.Fatalf("only %d rows", len(table))
	}
	return table
}
