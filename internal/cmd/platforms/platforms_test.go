package main

import (
	"bytes"
	"os"
	"path/filepath"
	"slices"
	"testing"
)

// TestDocument holds that docs/PLATFORMS.md is what the code says.
func TestDocument(t *testing.T) {
	want, err := document("../../..")
	if err != nil {
		t.Fatal(err)
	}
	got, err := os.ReadFile("../../../docs/PLATFORMS.md")
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(bytes.ReplaceAll(got, []byte("\r\n"), []byte("\n")), want) {
		t.Error("docs/PLATFORMS.md is out of date: run go generate ./internal/cmd/platforms")
	}
}

// library is a small library with the ways in which glue says that something is not
// supported.
var library = map[string]string{
	"psutil.go": `package psutil

import "errors"

type System struct{}
type Process struct{}
type Missing string
type NotSupportedError struct{ Op, Need string }
type ProcessError struct {
	Op  string
	Err error
}
type Stat struct {
	Total, Free int
	ReadBytes   int ` + "`json:\"bytes_read\"`" + `
	Missing     Missing ` + "`json:\"-\"`" + `
}

func (p Process) unsupported(op string) error {
	return &ProcessError{Op: op, Err: &NotSupportedError{Op: op}}
}

func missingBut(v any, known ...string) Missing { return "" }

func (p Process) Cwd() (string, error)  { return p.link("cwd") }
func (p Process) Root() (string, error) { return p.link("root") }
func (p Process) Kill() error {
	if p == (Process{}) {
		return errors.New("none")
	}
	return p.signal(9)
}

func All() (n int, err error) { return (&System{}).all(func() (int, error) { return 1, nil }) }
func Passed() error           { return run(func() error { return notHere() }) }
func Tried() error {
	if notHere() == nil {
		return nil
	}
	return notHere()
}
func Stats() ([]Stat, error) {
	all, err := stats()
	return all, err
}
func Some() (Stat, error) { return some(stat), nil }

func run(f func() error) error                    { return f() }
func some(f func() Stat) Stat                     { return f() }
func (s *System) all(f func() (int, error)) (int, error) { return f() }
`,
	"glue_windows.go": `package psutil

func notHere() error { return &NotSupportedError{Op: "x", Need: "Linux"} }

func (p Process) link(name string) (string, error) {
	if name != "cwd" {
		return "", p.unsupported(name)
	}
	return "C:", nil
}

func (p Process) signal(n int) error {
	switch n {
	case 9:
		return nil
	}
	return &ProcessError{Err: &NotSupportedError{Op: "signal"}}
}

const always = "bytes_read"

func stats() ([]Stat, error) {
	s := Stat{Missing: always}
	if s.Total == 0 {
		s.Missing = "total"
	}
	return []Stat{s}, nil
}

func stat() Stat { return Stat{Missing: missingBut(Stat{}, "free")} }
`,
	"glue_other.go": `//go:build !windows

package psutil

func notHere() error { return nil }

func (p Process) link(name string) (string, error) { return "", p.unsupported(name) }
func (p Process) signal(int) error                 { return p.unsupported("signal") }
func stats() ([]Stat, error)                       { return nil, &NotSupportedError{Op: "stats"} }
func stat() Stat                                   { return Stat{} }
`,
	"x_windows_test.go": `package psutil_test

import (
	"testing"

	"github.com/go-psutil/psutil"
)

var wineGaps = map[string]string{"links": "can't be read"}

func wineGap(testing.TB, string) {}

func TestRoot(t *testing.T) {
	wineGap(t, "links")
	psutil.Process{}.Root()
}

func TestKill(t *testing.T) {
	p := psutil.Process{}
	p.Kill()
}

func ExampleStats() { psutil.Stats() }
`,
}

func TestCode(t *testing.T) {
	dir := t.TempDir()
	for name, text := range library {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o666); err != nil {
			t.Fatal(err)
		}
	}
	windows, err := load(dir, "windows", "amd64")
	if err != nil {
		t.Fatal(err)
	}
	other, err := load(dir, "freebsd", "amd64")
	if err != nil {
		t.Fatal(err)
	}
	tested := windows.tested()
	for name, want := range map[string]struct {
		windows, other bool
		need           string // on Windows
		lacks          []string
		tested         bool
	}{
		"p.Cwd":  {windows: true},
		"p.Root": {},
		"p.Kill": {windows: true, tested: true},
		"All":    {windows: true, other: true},
		"Passed": {other: true, need: "Linux"},
		"Tried":  {other: true, need: "Linux"},
		"Stats":  {windows: true, lacks: []string{"bytes_read"}},
		"Some":   {windows: true, other: true, lacks: []string{"total", "bytes_read"}},
	} {
		f := windows.function(name)
		if f == nil {
			t.Fatalf("no %s", name)
		}
		if r := windows.refuses(f, nil); (r == nil) != want.windows || r != nil && r.need != want.need {
			t.Errorf("%s on Windows: %+v", name, r)
		}
		if r := other.refuses(other.function(name), nil); (r == nil) != want.other {
			t.Errorf("%s elsewhere: %+v", name, r)
		}
		if lacks, _ := windows.lacks(f); !slices.Equal(lacks, want.lacks) {
			t.Errorf("%s lacks %q, want %q", name, lacks, want.lacks)
		}
		if tested[f] != want.tested {
			t.Errorf("%s is tested: %v", name, tested[f])
		}
	}
	if gaps, err := windows.wineGaps(); err != nil || gaps["links"] != "can't be read" {
		t.Errorf("wineGaps %q, %v", gaps, err)
	}
}
