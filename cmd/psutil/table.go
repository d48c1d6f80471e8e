package main

import (
	"bufio"
	"strconv"
	"strings"

	"github.com/mattn/go-runewidth"
)

// color is what a terminal is told to print a text in, an SGR parameter.
type color uint8

const (
	plain  color = 0
	bold   color = 1
	dim    color = 2
	red    color = 31
	green  color = 32
	yellow color = 33
	cyan   color = 36
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
	width int32 // of the text in columns of a terminal
	color color
}

// newCell makes a cell of any text.
func newCell(text string, c color) cell {
	if text == "" {
		text, c = missingText, plain
	}
	text = printable(text)
	return cell{text, int32(displayWidth(text)), c}
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
		for i := range row {
			wide[i] = max(wide[i], int(row[i].width))
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

// cut cuts the cell's text to width, with what shows that it was.
func (c *cell) cut(width int, front bool) {
	c.text = cut(c.text, width, front)
	c.width = int32(displayWidth(c.text))
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
	var line []byte
	for n, row := range g.rows {
		if n == 0 {
			line = append(line[:0], first...)
		} else {
			line = append(line[:0], rest...)
		}
		for i, c := range row {
			if i > 0 {
				line = append(line, between...)
			}
			switch remark := len(row) < len(fit); {
			case !remark && int(c.width) > fit[i]:
				c.cut(fit[i], g.front != nil && g.front[i] && n > 0)
			case remark && limit > 0 && int(c.width) > limit:
				c.cut(limit, false)
			}
			padding := fit[i] - int(c.width) // negative in a remark
			if g.right[i] {
				line = appendBlanks(line, padding)
			}
			line = p.appendCell(line, c)
			if !g.right[i] && i < len(row)-1 {
				line = appendBlanks(line, padding)
			}
		}
		p.w.Write(append(line, '\n'))
	}
}

// appendBlanks appends n blanks, none if n is negative.
func appendBlanks(dst []byte, n int) []byte {
	const blanks = "                                "
	for ; n > len(blanks); n -= len(blanks) {
		dst = append(dst, blanks...)
	}
	return append(dst, blanks[:max(n, 0)]...)
}

func (p *printer) appendCell(dst []byte, c cell) []byte {
	if !p.colored || c.color == plain {
		return append(dst, c.text...)
	}
	dst = strconv.AppendUint(append(dst, "\x1b["...), uint64(c.color), 10)
	dst = append(append(dst, 'm'), c.text...)
	return append(dst, "\x1b[0m"...)
}

// writeTable prints the columns that have a title, under it.
func (r *report[T]) writeTable(p *printer) {
	var (
		g       grid
		columns []*column[T]
		head    []cell
	)
	for i := range r.columns {
		if c := &r.columns[i]; c.title != "" {
			columns = append(columns, c)
			g.right = append(g.right, c.right)
			g.least = append(g.least, c.least)
			g.front = append(g.front, c.front)
			head = append(head, newCell(c.title, bold))
		}
	}
	// The last column may always be cut, though not its title.
	if last := len(head) - 1; g.least[last] == 0 && !g.right[last] {
		g.least[last] = int(head[last].width)
	}
	var (
		rows  = make([][]cell, 1, 1+len(r.rows))
		cells = make([]cell, 0, len(r.rows)*len(head)) // of all rows
		e     = encoder{form: inTable}
	)
	rows[0] = head
	for _, row := range r.rows {
		start := len(cells)
		cells = appendCells(cells, &e, columns, row)
		rows = append(rows, cells[start:])
	}
	g.rows = rows
	p.print(&g, "", "")
}

// appendCells appends a row's cells. Their texts are parts of one string, as
// one for each would be most of the work.
func appendCells[T any](dst []cell, e *encoder, columns []*column[T], row T) []cell {
	first := len(dst)
	e.dst = e.dst[:0]
	for _, c := range columns {
		shade := plain
		if c.color != nil {
			shade = c.color(row)
		}
		start := len(e.dst)
		if c.text != nil {
			e.string(c.text(row))
		} else {
			c.encode(e, row)
		}
		if len(e.dst) == start {
			e.dst, shade = append(e.dst, missingText...), plain
		}
		e.dst = makePrintable(e.dst, start)
		dst = append(dst, cell{width: int32(len(e.dst) - start), color: shade})
	}
	texts := string(e.dst)
	for i := range dst[first:] {
		c := &dst[first+i]
		c.text, texts = texts[:c.width], texts[c.width:]
		c.width = int32(displayWidth(c.text))
	}
	return dst
}

// writeBlocks prints the columns that have a title under each other, each
// row's below its heading. An empty heading is left out.
func (r *report[T]) writeBlocks(p *printer) {
	e := encoder{form: inTable}
	for i, row := range r.rows {
		margin := ""
		if heading := r.heading(row); heading != "" {
			if i > 0 {
				p.w.WriteByte('\n')
			}
			p.w.Write(append(p.appendCell(nil, newCell(heading, bold)), '\n'))
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
				lines = [][]cell{appendCells(nil, &e, []*column[T]{c}, row)}
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
