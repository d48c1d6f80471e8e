package main

import (
	"bufio"
	"iter"
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

// A grid is cells in columns. A row of one cell among longer ones is a remark,
// which no column is made wider for.
type grid struct {
	right []bool  // columns that are aligned to the right
	least []int   // how far columns may be cut; 0 for not at all
	front []bool  // columns that are cut at the front; nil for none
	texts encoder // of all cells, one behind the other, fit for a terminal
	cells []cell  // of all rows
}

// A cell is where in a grid a text is, which is that behind the cell before. It
// has no pointer: of very many the garbage collector would have to look at each.
type cell struct {
	size  uint32 // of the text in bytes
	width uint32 // and in columns of a terminal
	color color
	last  bool // of its row
}

// newGrid returns a grid with space for so many rows.
func newGrid(rows, columns int) *grid {
	const text = 8 // bytes, about
	n := rows * columns
	return &grid{texts: encoder{form: inTable, dst: make([]byte, 0, n*text)}, cells: make([]cell, 0, n)}
}

// add makes a cell of what texts has appended since it had start bytes.
func (g *grid) add(start int, c color) {
	if len(g.texts.dst) == start {
		g.texts.string(missingText)
		c = plain
	}
	text := g.texts.dst[start:]
	width := len(text)
	if !isASCII(text) {
		g.texts.dst = makePrintable(g.texts.dst, start)
		text = g.texts.dst[start:]
		width = displayWidth(string(text))
	}
	g.cells = append(g.cells, cell{size: uint32(len(text)), width: uint32(width), color: c})
}

// addRow adds a row of texts, of which there must be one.
func (g *grid) addRow(c color, texts ...string) {
	for _, text := range texts {
		start := len(g.texts.dst)
		g.texts.string(text)
		g.add(start, c)
	}
	g.endRow()
}

// endRow makes the last cell that of its row, which must have one.
func (g *grid) endRow() { g.cells[len(g.cells)-1].last = true }

// addCell adds a row's cell of a column.
func addCell[T any](g *grid, c *column[T], row T) {
	shade := plain
	if c.color != nil {
		shade = c.color(row)
	}
	start := len(g.texts.dst)
	if c.text != nil {
		g.texts.string(c.text(row))
	} else {
		c.encode(&g.texts, row)
	}
	g.add(start, shade)
}

// rows yields each row's cells and texts.
func (g *grid) rows() iter.Seq2[[]cell, []byte] {
	return func(yield func([]cell, []byte) bool) {
		row, text := 0, 0 // where they begin
		end := 0
		for i, c := range g.cells {
			end += int(c.size)
			if c.last {
				if !yield(g.cells[row:i+1], g.texts.dst[text:end]) {
					return
				}
				row, text = i+1, end
			}
		}
	}
}

// fit returns how wide the columns must be to hold their cells, and the gap
// between them. To fit into limit the last column is cut, so far as it may be;
// if that is not enough the gap is narrow, and the columns before are cut too,
// from the last one on back.
func (g *grid) fit(limit int) (wide []int, between string) {
	wide = make([]int, len(g.right))
	for row := range g.rows() {
		if len(row) < len(wide) {
			continue
		}
		for i, c := range row {
			wide[i] = max(wide[i], int(c.width))
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
	if displayWidth(text) == len(text) && len(text) > width { // ASCII
		keep := max(0, width-1)
		if front {
			return mark + text[len(text)-keep:]
		}
		return text[:keep] + mark
	}
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
	n := 0
	for row, texts := range g.rows() {
		if n == 0 {
			line = append(line[:0], first...)
		} else {
			line = append(line[:0], rest...)
		}
		for i, c := range row {
			if i > 0 {
				line = append(line, between...)
			}
			text, width := texts[:c.size], int(c.width)
			texts = texts[c.size:]
			most, front := width, false
			switch remark := len(row) < len(fit); {
			case !remark:
				most, front = fit[i], g.front != nil && g.front[i] && n > 0
			case limit > 0:
				most = limit
			}
			if width > most {
				short := cut(string(text), most, front)
				text, width = []byte(short), displayWidth(short)
			}
			padding := fit[i] - width // negative in a remark
			if g.right[i] {
				line = appendBlanks(line, padding)
			}
			line = p.appendText(line, text, c.color)
			if !g.right[i] && i < len(row)-1 {
				line = appendBlanks(line, padding)
			}
		}
		p.w.Write(append(line, '\n'))
		n++
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

// appendText appends a text in a color.
func (p *printer) appendText(dst, text []byte, c color) []byte {
	if !p.colored || c == plain {
		return append(dst, text...)
	}
	dst = strconv.AppendUint(append(dst, "\x1b["...), uint64(c), 10)
	dst = append(append(dst, 'm'), text...)
	return append(dst, "\x1b[0m"...)
}

// writeTable prints the columns that have a title, under it.
func (r *report[T]) writeTable(p *printer) {
	var (
		columns []*column[T]
		titles  []string
	)
	for i := range r.columns {
		if c := &r.columns[i]; c.title != "" {
			columns = append(columns, c)
			titles = append(titles, c.title)
		}
	}
	g := newGrid(1+len(r.rows), len(columns))
	for _, c := range columns {
		g.right = append(g.right, c.right)
		g.least = append(g.least, c.least)
		g.front = append(g.front, c.front)
	}
	g.addRow(bold, titles...)
	// The last column may always be cut, though not its title.
	if last := len(columns) - 1; g.least[last] == 0 && !g.right[last] {
		g.least[last] = int(g.cells[last].width)
	}
	for _, row := range r.rows {
		for _, c := range columns {
			addCell(g, c, row)
		}
		g.endRow()
	}
	p.print(g, "", "")
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
			p.w.Write(append(p.appendText(nil, []byte(printable(heading)), bold), '\n'))
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
			g := newGrid(0, 0)
			if c.lines == nil {
				addCell(g, c, row)
				g.endRow()
			} else {
				for _, line := range c.lines(row) {
					g.addRow(plain, line...)
				}
			}
			p.printBlock(c.title, g, margin, width)
		}
	}
}

// printBlock prints a title and, beside it, lines in columns, if there are any.
func (p *printer) printBlock(title string, g *grid, margin string, width int) {
	n := 0
	for line := range g.rows() {
		n = max(n, len(line))
	}
	if n == 0 {
		return
	}
	g.right, g.least = make([]bool, n), make([]int, n)
	// Each has its share of what the terminal holds, so that they always fit.
	for i := range g.least {
		g.least[i] = max(1, (p.limit-len(margin)-width-n*len(gap))/n)
	}
	rest := strings.Repeat(" ", len(margin)+width+len(gap))
	p.print(g, margin+title+rest[len(margin)+len(title):], rest)
}
