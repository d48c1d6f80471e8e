package main

import (
	"bufio"
	"strings"
	"testing"
)

// laid returns a grid as it is printed into limit columns.
func laid(g *grid, limit int, colored bool) string {
	var b strings.Builder
	p := printer{w: bufio.NewWriter(&b), limit: limit, colored: colored}
	p.print(g, "", "")
	p.w.Flush()
	return b.String()
}

// withRows adds rows of texts to a grid.
func withRows(g *grid, rows ...[]string) *grid {
	g.texts.form = inTable
	for _, row := range rows {
		g.addRow(plain, row...)
	}
	return g
}

func TestGridFitsIntoTerminal(t *testing.T) {
	g := withRows(&grid{right: []bool{false, true, false, false}, least: []int{0, 0, 5, 4}},
		[]string{"A", "N", "MIDDLE", "LAST"},
		[]string{"ab", "123", "middle-text", "the last text"},
		[]string{"", "", "日本語日本語", "a\tb"})
	for limit, want := range map[int]string{
		0: `
A     N  MIDDLE        LAST
ab  123  middle-text   the last text
-     -  日本語日本語  a\tb
`,
		36: `
A     N  MIDDLE        LAST
ab  123  middle-text   the last text
-     -  日本語日本語  a\tb
`,
		30: `
A     N  MIDDLE        LAST
ab  123  middle-text   the la…
-     -  日本語日本語  a\tb
`,
		26: `
A    N MIDDLE       LAST
ab 123 middle-text  the l…
-    - 日本語日本語 a\tb
`,
		22: `
A    N MIDDLE     LAST
ab 123 middle-te… the…
-    - 日本語日…  a\tb
`,
		17: `
A    N MIDD… LAST
ab 123 midd… the…
-    - 日本… a\tb
`,
		1: `
A    N MIDD… LAST
ab 123 midd… the…
-    - 日本… a\tb
`,
	} {
		if got := "\n" + laid(g, limit, false); got != want {
			t.Errorf("%d columns:%s\nwant:%s", limit, got, want)
		}
		for line := range strings.Lines(laid(g, limit, false)) {
			if n := displayWidth(strings.TrimSuffix(line, "\n")); limit >= 17 && n > limit {
				t.Errorf("%d columns: %q takes %d", limit, line, n)
			}
		}
	}
}

func TestGridRemark(t *testing.T) {
	g := withRows(&grid{right: make([]bool, 2), least: []int{0, 1}}, []string{"A", "B"}, []string{"1", "2"}, []string{"(a long remark)"})
	if got, want := laid(g, 0, false), "A  B\n1  2\n(a long remark)\n"; got != want {
		t.Errorf("%q, want %q", got, want)
	}
	if got, want := laid(g, 10, false), "A  B\n1  2\n(a long r…\n"; got != want {
		t.Errorf("%q, want %q", got, want)
	}
}

func TestCut(t *testing.T) {
	for _, tt := range []struct {
		text        string
		width       int
		back, front string
	}{
		{"127.0.0.1:65535", 14, "127.0.0.1:655…", "…7.0.0.1:65535"},
		{"[2001:db8::1234:5678]:443", 12, "[2001:db8::…", "…4:5678]:443"},
		{"日本語日本語", 6, "日本…", "… 本語"},
		{"日本語日本語", 5, "日本…", "…本語"},
		{"abc", 1, "…", "…"},
		{"abc", 2, "a…", "…c"},
		{"ab日", 3, "ab…", "…日"},
	} {
		if got := cut(tt.text, tt.width, false); got != tt.back {
			t.Errorf("%q to %d: %q, want %q", tt.text, tt.width, got, tt.back)
		}
		if got := cut(tt.text, tt.width, true); got != tt.front {
			t.Errorf("%q to %d at the front: %q, want %q", tt.text, tt.width, got, tt.front)
		}
	}
}

func TestGridColor(t *testing.T) {
	g := withRows(&grid{right: []bool{true, false}, least: make([]int, 2)}, []string{"1", "x"}, []string{"22", "y"})
	g.cells[0].color, g.cells[3].color = red, bold
	if got, want := laid(g, 0, true), " \x1b[31m1\x1b[0m  x\n22  \x1b[1my\x1b[0m\n"; got != want {
		t.Errorf("%q, want %q", got, want)
	}
	if got, want := laid(g, 0, false), " 1  x\n22  y\n"; got != want {
		t.Errorf("without color: %q, want %q", got, want)
	}
}

func TestBlocks(t *testing.T) {
	type thing struct{ name, about string }
	r := report[thing]{
		rows:    []thing{{"one", "about\x1b one"}, {"two\n", ""}},
		heading: func(x thing) string { return x.name },
		columns: []column[thing]{
			{key: "name", value: func(x thing) any { return x.name }},
			{title: "about", tableOnly: true, text: func(x thing) string { return x.about }},
			{title: "list", tableOnly: true, lines: func(x thing) [][]string {
				return [][]string{{"NAME", "LETTERS"}, {x.name, x.about}, {"(and more of them)"}}
			}},
			{title: "never", tableOnly: true, lines: func(thing) [][]string { return nil }},
		},
	}
	const want = `
one
    about  about\x1b one
    list   NAME  LETTERS
           one   about\x1b one
           (and more of them)

two\n
    about  -
    list   NAME   LETTERS
           two\n  -
           (and more of them)
`
	if got := "\n" + printed(t, r, formatTable); got != want {
		t.Errorf("%s\nwant:%s", got, want)
	}
}

func TestDisplayWidth(t *testing.T) {
	for s, want := range map[string]int{"": 0, "abc": 3, "日本": 4, "e\u0301": 1, "🙂": 2, "…": 1} {
		if got := displayWidth(s); got != want {
			t.Errorf("%q takes %d, want %d", s, got, want)
		}
	}
}
