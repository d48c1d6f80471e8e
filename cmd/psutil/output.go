package main

import (
	"bufio"
	"cmp"
	"encoding"
	"encoding/csv"
	"errors"
	"fmt"
	"reflect"
	"slices"
	"strings"
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
	// heading makes the table a list of blocks, one a row, with the columns
	// under each other.
	heading func(T) string
	// single says that there is one row, and JSON is not an array of it.
	single bool
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

// writeArray prints a JSON array with one row a line.
func (r *report[T]) writeArray(w *bufio.Writer) error {
	if len(r.rows) == 0 {
		w.WriteString("[]\n")
		return nil
	}
	line := []byte("[")
	for i, row := range r.rows {
		if i > 0 {
			line = append(line[:0], ',')
		}
		var err error
		if line, err = r.appendRow(append(line, '\n'), row); err != nil {
			return err
		}
		w.Write(line)
	}
	w.WriteString("\n]\n")
	return nil
}

// writeLines prints one JSON object a line.
func (r *report[T]) writeLines(w *bufio.Writer) error {
	var line []byte
	for _, row := range r.rows {
		var err error
		if line, err = r.appendRow(line[:0], row); err != nil {
			return err
		}
		w.Write(append(line, '\n'))
	}
	return nil
}

func (r *report[T]) appendRow(dst []byte, row T) (_ []byte, err error) {
	sep := byte('{')
	for _, c := range r.columns {
		if c.tableOnly {
			continue
		}
		dst = append(dst, sep)
		sep = ','
		if dst, err = psutil.AppendJSON(dst, c.key); err != nil {
			return dst, err
		}
		dst = append(dst, ':')
		if dst, err = psutil.AppendJSON(dst, c.value(row)); err != nil {
			return dst, err
		}
	}
	return append(dst, '}'), nil
}

func (r *report[T]) writeCSV(w *bufio.Writer) error {
	out := csv.NewWriter(w)
	var record []string
	for _, c := range r.columns {
		if !c.tableOnly {
			record = append(record, c.key)
		}
	}
	out.Write(record)
	for _, row := range r.rows {
		record = record[:0]
		for _, c := range r.columns {
			if c.tableOnly {
				continue
			}
			field, err := csvField(c.value(row))
			if err != nil {
				return err
			}
			record = append(record, field)
		}
		out.Write(record)
	}
	out.Flush()
	return out.Error()
}

// csvField returns a string as it is, what is missing as nothing, and
// everything else as JSON has it.
func csvField(value any) (string, error) {
	switch v := value.(type) {
	case nil:
		return "", nil
	case string:
		return printable(v), nil
	case fmt.Stringer:
		if _, ok := v.(encoding.TextMarshaler); ok && !isTime(value) {
			return printable(v.String()), nil
		}
	}
	b, err := psutil.AppendJSON(nil, value)
	if string(b) == "null" {
		return "", err
	}
	return printable(string(b)), err
}

func isTime(v any) bool {
	_, ok := v.(time.Time)
	return ok
}

// text returns what a table shows for a value, empty for nil.
func text(value any) string {
	switch v := value.(type) {
	case nil:
		return ""
	case string:
		return v
	case []string:
		return strings.Join(v, " ")
	case float64:
		return fmt.Sprintf("%.1f", v)
	case time.Time:
		if v.IsZero() {
			return ""
		}
		return v.Format(time.DateTime)
	case fmt.Stringer:
		return v.String()
	case map[string]string:
		pairs := make([]string, 0, len(v))
		for name, value := range v {
			pairs = append(pairs, name+"="+value)
		}
		slices.Sort(pairs)
		return strings.Join(pairs, " ")
	}
	if v := reflect.ValueOf(value); v.Kind() == reflect.Slice {
		items := make([]string, v.Len())
		for i := range items {
			items[i] = text(v.Index(i).Interface())
		}
		return strings.Join(items, ", ")
	}
	return fmt.Sprint(value)
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
	slices.SortStableFunc(r.rows, func(a, b T) int {
		va, vb := c.value(a), c.value(b)
		switch {
		case va == nil && vb == nil:
			return 0
		case va == nil:
			return 1
		case vb == nil:
			return -1
		}
		if down {
			a, b, va, vb = b, a, vb, va
		}
		if c.order != nil {
			return c.order(a, b)
		}
		return compareValues(va, vb)
	})
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
