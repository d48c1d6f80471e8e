package main

import (
	"bufio"
	"strings"

	"github.com/mattn/go-runewidth"
)

// color is what a terminal is told to print a text in, an SGR parameter.
type color string

const (
	plain  color = ""
	bold   color = "1"
	dim    color = "2"
	red    color = "31"
	green  color = "32"
	yellow color = "33"
	cyan   color = "36"
)

// missingText is what a table shows for what is missing.
const missingText = "-"

// gap is what stands between the columns of a table, or half of it where the
// terminal is narrow.
const gap = "  "

// A printer prints text in columns.
type printer struct {
	w       *bufio.Writer
	limit   int // width to fit into; 0 for any
	colored bool
}

// A cell is one text of a table, fit for a terminal.
type cell struct {
	text  string
	color color
}

// newCell makes a cell of any text.
func newCell(text string, c color) cell {
	if text == "" {
		return cell{missingText, plain}
	}
	return cell{printable(text), c}
}

// A grid is cells in columns. A row of one cell among longer ones is a remark,
// which no column is made wider for.
type grid struct {
	right []bool // columns that are aligned to the right
	least []int  // how far columns may be cut; 0 for not at all
	front []bool // columns that are cut at the front; nil for none
	rows  [][]cell
}

// fit returns how wide the columns must be to hold their cells, and the gap
// between them. To fit into limit the last column is cut, so far as it may be;
// if that is not enough the gap is narrow, and the columns before are cut too,
// from the last one on back.
func (g *grid) fit(limit int) (wide []int, between string) {
	wide = make([]int, len(g.right))
	for _, row := range g.rows {
		if len(row) < len(wide) {
			continue
		}
		for i, c := range row {
			wide[i] = max(wide[i], displayWidth(c.text))
		}
	}
	if limit <= 0 {
		return wide, gap
	}
	between = gap
	total := len(gap) * (len(wide) - 1)
	for _, w := range wide {
		total += w
	}
	excess := func(i int) int {
		if g.least[i] == 0 {
			return 0
		}
		return max(0, wide[i]-g.least[i])
	}
	if last := len(wide) - 1; total-excess(last) > limit {
		between = gap[1:]
		total -= last
	}
	for i := len(wide) - 1; i >= 0 && total > limit; i-- {
		cut := min(total-limit, excess(i))
		wide[i] -= cut
		total -= cut
	}
	return wide, between
}

// cut returns text cut to width, with what shows that it was.
func cut(text string, width int, front bool) string {
	const mark = "…"
	if !front {
		return widths.Truncate(text, width, mark)
	}
	// A wide character may have to go as a whole.
	for more := displayWidth(text) - width + 1; ; more++ {
		if short := widths.TruncateLeft(text, more, mark); displayWidth(short) <= width {
			return short
		}
	}
}

// widths are those of characters, the same in every locale.
var widths = &runewidth.Condition{StrictEmojiNeutral: true}

// displayWidth is how many columns of a terminal a text takes.
func displayWidth(s string) int {
	for i := range len(s) {
		if s[i] >= 0x80 {
			return widths.StringWidth(s)
		}
	}
	return len(s)
}

// print prints the grid, its first row after first and the others after rest,
// which are of one width.
func (p *printer) print(g *grid, first, rest string) {
	limit := 0
	if p.limit > 0 {
		limit = max(1, p.limit-len(rest))
	}
	fit, between := g.fit(limit)
	for n, row := range g.rows {
		if n == 0 {
			p.w.WriteString(first)
		} else {
			p.w.WriteString(rest)
		}
		for i, c := range row {
			if i > 0 {
				p.w.WriteString(between)
			}
			width := displayWidth(c.text)
			switch remark := len(row) < len(fit); {
			case !remark && width > fit[i]:
				c.text = cut(c.text, fit[i], g.front != nil && g.front[i] && n > 0)
			case remark && limit > 0 && width > limit:
				c.text = cut(c.text, limit, false)
			}
			width = displayWidth(c.text)
			padding := fit[i] - width // negative in a remark
			if g.right[i] {
				p.pad(padding)
			}
			p.cell(c)
			if !g.right[i] && i < len(row)-1 {
				p.pad(padding)
			}
		}
		p.w.WriteByte('\n')
	}
}

func (p *printer) pad(n int) {
	for range n {
		p.w.WriteByte(' ')
	}
}

func (p *printer) cell(c cell) {
	if !p.colored || c.color == plain {
		p.w.WriteString(c.text)
		return
	}
	p.w.WriteString("\x1b[" + string(c.color) + "m" + c.text + "\x1b[0m")
}

// writeTable prints the columns that have a title, under it.
func (r *report[T]) writeTable(p *printer) {
	var (
		g    grid
		head []cell
		rows = make([][]cell, len(r.rows))
	)
	for _, c := range r.columns {
		if c.title != "" {
			g.right = append(g.right, c.right)
			g.least = append(g.least, c.least)
			g.front = append(g.front, c.front)
			head = append(head, cell{c.title, bold})
		}
	}
	for i, row := range r.rows {
		rows[i] = make([]cell, 0, len(head))
		for j := range r.columns {
			if c := &r.columns[j]; c.title != "" {
				rows[i] = append(rows[i], c.cell(row))
			}
		}
	}
	// The last column may always be cut, though not its title.
	if last := len(head) - 1; g.least[last] == 0 && !g.right[last] {
		g.least[last] = displayWidth(head[last].text)
	}
	g.rows = append([][]cell{head}, rows...)
	p.print(&g, "", "")
}

func (c *column[T]) cell(row T) cell {
	shade := plain
	if c.color != nil {
		shade = c.color(row)
	}
	if c.text != nil {
		return newCell(c.text(row), shade)
	}
	return newCell(text(c.value(row)), shade)
}

// writeBlocks prints the columns that have a title under each other, each
// row's below its heading. An empty heading is left out.
func (r *report[T]) writeBlocks(p *printer) {
	for i, row := range r.rows {
		margin := ""
		if heading := r.heading(row); heading != "" {
			if i > 0 {
				p.w.WriteByte('\n')
			}
			p.cell(newCell(heading, bold))
			p.w.WriteByte('\n')
			margin = "    "
		}
		width := 0
		for _, c := range r.columns {
			width = max(width, displayWidth(c.title))
		}
		for j := range r.columns {
			c := &r.columns[j]
			if c.title == "" {
				continue
			}
			var lines [][]cell
			if c.lines != nil {
				lines = cells(c.lines(row))
			} else {
				lines = [][]cell{{c.cell(row)}}
			}
			if len(lines) > 0 {
				p.printBlock(c.title, lines, margin, width)
			}
		}
	}
}

// printBlock prints a title and, beside it, lines in columns.
func (p *printer) printBlock(title string, lines [][]cell, margin string, width int) {
	n := 0
	for _, line := range lines {
		n = max(n, len(line))
	}
	g := grid{right: make([]bool, n), least: make([]int, n), rows: lines}
	// Each has its share of what the terminal holds, so that they always fit.
	for i := range g.least {
		g.least[i] = max(1, (p.limit-len(margin)-width-n*len(gap))/n)
	}
	rest := strings.Repeat(" ", len(margin)+width+len(gap))
	p.print(&g, margin+title+rest[len(margin)+len(title):], rest)
}

func cells(lines [][]string) [][]cell {
	rows := make([][]cell, len(lines))
	for i, line := range lines {
		for _, text := range line {
			rows[i] = append(rows[i], newCell(text, plain))
		}
	}
	return rows
}
