package main

import (
	"bufio"
	"bytes"
	"cmp"
	"encoding"
	"errors"
	"fmt"
	"iter"
	"reflect"
	"runtime"
	"slices"
	"strings"
	"sync"
	"time"
	"unicode"
	"unicode/utf16"
	"unicode/utf8"

	"github.com/go-psutil/psutil"
)

// format is the value of --output.
type format string

const (
	formatTable  format = "table"
	formatJSON   format = "json"
	formatNDJSON format = "ndjson"
	formatCSV    format = "csv"
)

var formats = []format{formatTable, formatJSON, formatNDJSON, formatCSV}

func (f *format) String() string     { return string(*f) }
func (f *format) Type() string       { return "format" }
func (f *format) Set(s string) error { return setChoice(f, s, formats...) }

// A column is one thing that a command tells about each of its rows, for every
// format.
type column[T any] struct {
	// key is its name in JSON and CSV, psutil's where psutil has it, and in
	// --sort.
	key string
	// title is its heading in the table. A column without is not in the table.
	title string
	// value is what JSON and CSV have and what rows are sorted by; nil is
	// missing.
	value func(T) any
	// put tells an encoder the value, instead of value: without allocations,
	// for commands that may have very many rows.
	put func(*encoder, T)
	// text is what the table has, or nil for the value's own text. Empty is
	// missing. It need not be fit for a terminal.
	text func(T) string
	// lines is, in a report that is not a table but blocks, a table within the
	// block instead of the text.
	lines func(T) [][]string

	tableOnly bool // JSON and CSV do not have it
	right     bool // aligned to the right
	// least is how few columns of a terminal it may be cut to; 0 is never.
	least int
	front bool                     // cut at the front, as the end tells more
	color func(T) color            // of the text; nil for the terminal's own
	order func(a, b T) (order int) // for --sort; nil to compare the values
}

// A report is what a command prints.
type report[T any] struct {
	columns []column[T]
	rows    []T
	// batches, if not nil, yields up to n rows at a time to be printed as JSON or CSV
	// instead, which have to last only until it goes on. An error is the last.
	batches func(n int) iter.Seq2[[]T, error]
	// heading makes the table a list of blocks, one a row, with the columns
	// under each other.
	heading func(T) string
	// single says that there is one row, and JSON is not an array of it.
	single bool
	// atOnce says that the columns may be asked for several rows at once.
	atOnce bool
	// whole says that nothing is cut to fit the terminal.
	whole bool
}

// write prints r as env says.
func (r *report[T]) write(env *environment) error {
	w := bufio.NewWriterSize(env.stdout, 1<<16)
	var err error
	switch {
	case env.format == formatJSON && !r.single:
		err = r.writeArray(w)
	case env.format == formatJSON || env.format == formatNDJSON:
		err = r.writeLines(w)
	case env.format == formatCSV:
		err = r.writeCSV(w)
	default:
		columns, _ := env.width()
		if r.whole {
			columns = 0
		}
		p := printer{w: w, limit: columns, colored: env.colored()}
		if r.heading != nil {
			r.writeBlocks(&p)
		} else {
			r.writeTable(&p)
		}
	}
	return cmp.Or(err, w.Flush())
}

// writeArray prints a JSON array with one row a line. It also ends behind the rows
// that there were before an error, but is not there for an error alone.
func (r *report[T]) writeArray(w *bufio.Writer) error {
	n, err := r.writeObjects(w, "[\n", ",\n", "")
	switch {
	case n > 0:
		w.WriteString("\n]\n")
	case err == nil:
		w.WriteString("[]\n")
	}
	return err
}

// writeLines prints one JSON object a line.
func (r *report[T]) writeLines(w *bufio.Writer) error {
	_, err := r.writeObjects(w, "", "", "\n")
	return err
}

// writeObjects prints each row as a JSON object, with what stands before the
// first one, before the others, and after each. It returns how many there were.
func (r *report[T]) writeObjects(w *bufio.Writer, first, before, after string) (n int, err error) {
	columns := r.machineColumns()
	keys := make([]string, len(columns)) // with what stands around them
	sep := "{"
	for i, c := range columns {
		key, err := psutil.AppendJSON([]byte(sep), c.key)
		if err != nil {
			return 0, err
		}
		keys[i] = string(append(key, ':'))
		sep = ","
	}
	return r.writeRows(w, inJSON, func(e *encoder, row T, i int) {
		if i == 0 {
			e.dst = append(e.dst, first...)
		} else {
			e.dst = append(e.dst, before...)
		}
		for k, c := range columns {
			e.dst = append(e.dst, keys[k]...)
			c.encode(e, row)
		}
		e.dst = append(append(e.dst, '}'), after...)
	})
}

// writeRows prints each row as add has an encoder append it, with its number, and
// returns how many. One with an error is the last, and not printed.
func (r *report[T]) writeRows(w *bufio.Writer, form form, add func(e *encoder, row T, i int)) (n int, err error) {
	const block = 512 // rows: so many that waiting for each other is little of the time
	workers := 1
	if r.atOnce {
		workers = min(2, runtime.GOMAXPROCS(0))
	}
	encoders := make([]encoder, workers)
	for rows, err := range r.inBatches(workers * block) {
		if err != nil {
			return n, err
		}
		var wg sync.WaitGroup
		for i := range encoders {
			from, to := min(i*block, len(rows)), min((i+1)*block, len(rows))
			encode := func() { encodeRows(&encoders[i], form, rows[from:to], n+from, add) }
			if to < len(rows) {
				wg.Go(encode)
			} else {
				encode()
			}
		}
		wg.Wait()
		for i := range encoders {
			w.Write(encoders[i].dst)
			n += encoders[i].rows
			if err := encoders[i].err; err != nil {
				return n, err
			}
		}
	}
	return n, nil
}

// inBatches yields the rows, n at a time.
func (r *report[T]) inBatches(n int) iter.Seq2[[]T, error] {
	if r.batches != nil {
		return r.batches(n)
	}
	return func(yield func([]T, error) bool) {
		for rows := range slices.Chunk(r.rows, n) {
			if !yield(rows, nil) {
				return
			}
		}
	}
}

// encodeRows makes e have the rows, of which the first has a number.
func encodeRows[T any](e *encoder, form form, rows []T, number int, add func(e *encoder, row T, i int)) {
	*e = encoder{form: form, dst: e.dst[:0]}
	for i, row := range rows {
		start := len(e.dst)
		if add(e, row, number+i); e.err != nil {
			e.dst = e.dst[:start]
			return
		}
		e.rows++
		if i == 64 {
			// To grow it bit by bit takes memory several times.
			e.dst = slices.Grow(e.dst, len(e.dst)/64*(len(rows)-i))
		}
	}
}

// machineColumns are the columns that JSON and CSV have.
func (r *report[T]) machineColumns() []*column[T] {
	var columns []*column[T]
	for i := range r.columns {
		if c := &r.columns[i]; !c.tableOnly {
			columns = append(columns, c)
		}
	}
	return columns
}

// writeCSV prints the keys and each row. There is nothing for an error alone.
func (r *report[T]) writeCSV(w *bufio.Writer) error {
	head := encoder{form: inCSV}
	columns := r.machineColumns()
	for i, c := range columns {
		if i > 0 {
			head.dst = append(head.dst, ',')
		}
		start := len(head.dst)
		head.string(c.key)
		head.dst = quoteCSV(head.dst, start)
	}
	head.dst = append(head.dst, '\n')
	n, err := r.writeRows(w, inCSV, func(e *encoder, row T, i int) {
		if i == 0 {
			e.dst = append(e.dst, head.dst...)
		}
		for k, c := range columns {
			if k > 0 {
				e.dst = append(e.dst, ',')
			}
			start := len(e.dst)
			c.encode(e, row)
			e.dst = quoteCSV(makePrintable(e.dst, start), start)
		}
		e.dst = append(e.dst, '\n')
	})
	if n == 0 && err == nil {
		w.Write(head.dst)
	}
	return err
}

// quoteCSV quotes the field that begins at dst[start] where encoding/csv would.
// It must be printable, and so has no end of a line in it.
func quoteCSV(dst []byte, start int) []byte {
	field := dst[start:]
	r, _ := utf8.DecodeRune(field)
	if bytes.IndexByte(field, ',') < 0 && bytes.IndexByte(field, '"') < 0 && !unicode.IsSpace(r) && string(field) != `\.` {
		return dst
	}
	quoted := `"` + strings.ReplaceAll(string(field), `"`, `""`) + `"`
	return append(dst[:start], quoted...)
}

// sortKeys are the names that --sort knows, by which the shell completes it.
func sortKeys[T any](columns []column[T]) []string {
	var keys []string
	for _, c := range columns {
		if !slices.Contains(keys, c.key) {
			keys = append(keys, c.key, "-"+c.key)
		}
	}
	return keys
}

// sort sorts the rows by a column, named by its key or its heading, downward
// if a "-" is before the name. Rows for which it is missing come last.
func (r *report[T]) sort(by string) error {
	if by == "" {
		return nil
	}
	name, down := strings.CutPrefix(by, "-")
	i := slices.IndexFunc(r.columns, func(c column[T]) bool { return c.named(name) })
	if i < 0 {
		keys := slices.DeleteFunc(sortKeys(r.columns), func(k string) bool { return k[0] == '-' })
		return usagef("can't sort by %q, only by %s", name, joinWords(keys))
	}
	c := r.columns[i]
	type keyed struct {
		row   T
		value any
	}
	rows := make([]keyed, len(r.rows))
	for i, row := range r.rows {
		rows[i] = keyed{row, c.valueOf(row)}
	}
	slices.SortStableFunc(rows, func(a, b keyed) int {
		switch {
		case a.value == nil && b.value == nil:
			return 0
		case a.value == nil:
			return 1
		case b.value == nil:
			return -1
		}
		if down {
			a, b = b, a
		}
		if c.order != nil {
			return c.order(a.row, b.row)
		}
		return compareValues(a.value, b.value)
	})
	for i := range rows {
		r.rows[i] = rows[i].row
	}
	return nil
}

// named reports whether --sort knows the column by that name.
func (c *column[T]) named(name string) bool {
	return c.key == name || c.title != "" && strings.EqualFold(c.title, name)
}

// compareValues compares two values of one type: numbers as numbers, enums and
// all else by name.
func compareValues(a, b any) int {
	switch x := a.(type) {
	case time.Time:
		if y, ok := b.(time.Time); ok {
			return x.Compare(y)
		}
	case endpoint:
		if y, ok := b.(endpoint); ok {
			return x.compare(y)
		}
	}
	if _, named := a.(encoding.TextMarshaler); !named {
		x, y := reflect.ValueOf(a), reflect.ValueOf(b)
		switch {
		case x.CanInt() && y.CanInt():
			return cmp.Compare(x.Int(), y.Int())
		case x.CanUint() && y.CanUint():
			return cmp.Compare(x.Uint(), y.Uint())
		case x.CanFloat() && y.CanFloat():
			return cmp.Compare(x.Float(), y.Float())
		}
	}
	return strings.Compare(text(a), text(b))
}

// makePrintable makes what follows dst[start] printable.
func makePrintable(dst []byte, start int) []byte {
	if isASCII(dst[start:]) {
		return dst
	}
	return append(dst[:start], printable(string(dst[start:]))...)
}

// isASCII reports whether text is printable and each byte of it takes one
// column of a terminal.
func isASCII(text []byte) bool {
	for _, c := range text {
		if c < ' ' || c > '~' {
			return false
		}
	}
	return true
}

// printable returns s fit for a terminal: what moves the cursor, starts an
// escape sequence, turns the direction of text or can't be seen is written with
// a backslash, as in \n, \x1b or \u202e, and so is each byte that is not UTF-8,
// as \xff. A backslash itself stays as it is.
func printable(s string) string {
	i := 0
	for i < len(s) && ' ' <= s[i] && s[i] <= '~' {
		i++
	}
	if i == len(s) {
		return s
	}
	b := append(make([]byte, 0, len(s)+16), s[:i]...)
	for i < len(s) {
		r, n := utf8.DecodeRuneInString(s[i:])
		switch {
		case r == utf8.RuneError && n == 1:
			b = fmt.Appendf(b, `\x%02x`, s[i])
		case r == '\n':
			b = append(b, `\n`...)
		case r == '\r':
			b = append(b, `\r`...)
		case r == '\t':
			b = append(b, `\t`...)
		case r < ' ' || r == 0x7f:
			b = fmt.Appendf(b, `\x%02x`, r)
		case !visible(r):
			for _, u := range utf16.AppendRune(nil, r) {
				b = fmt.Appendf(b, `\u%04x`, u)
			}
		default:
			b = append(b, s[i:i+n]...)
		}
		i += n
	}
	return string(b)
}

// visible is false for C1 control characters, line and paragraph separators
// and formatting characters, among them those that turn the direction of text.
// The joiners, which scripts and emoji need, are visible.
func visible(r rune) bool {
	const zwnj, zwj = '\u200c', '\u200d'
	return r == zwnj || r == zwj || !unicode.In(r, unicode.Cc, unicode.Cf, unicode.Zl, unicode.Zp)
}

// errorLine returns errorText on one line that is fit for a terminal.
func errorLine(err error) string { return printable(errorText(err)) }

// errorText is what an error says. Of many joined errors it has the first few,
// and none twice.
func errorText(err error) string {
	const most = 3
	var texts []string
	seen := make(map[string]bool)
	for _, e := range flatten(nil, err) {
		if text := e.Error(); !seen[text] {
			seen[text] = true
			texts = append(texts, text)
		}
	}
	n := min(len(texts), most)
	line := strings.Join(texts[:n], "; ")
	if more := len(texts) - n; more > 0 {
		line += fmt.Sprintf("; and %d more", more)
	}
	return line
}

// flatten takes joined errors apart.
func flatten(dst []error, err error) []error {
	if joined, ok := any(err).(interface{ Unwrap() []error }); ok && err.Error() == errors.Join(joined.Unwrap()...).Error() {
		for _, e := range joined.Unwrap() {
			dst = flatten(dst, e)
		}
		return dst
	}
	return append(dst, err)
}
