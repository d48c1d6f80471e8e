// Package scan reads the text that kernels print: lines, blank-separated
// fields and numbers, from bytes, without allocating.
//
// Nothing here keeps state between calls and nothing panics: a number that is
// not there, or does not fit, is reported, and the caller decides whether that
// line is lost or the whole file.
package scan

import (
	"bytes"
	"fmt"
	"math"
)

// SyntaxError reports text that a decoder could not understand. The decoder
// knows the line; whoever read the file adds its name.
type SyntaxError struct {
	Line int    // 1-based line in the file, 0 when the file has no lines
	What string // what was expected, such as "utime" or "a mount ID"
	Text string // the offending line, cut to a length fit for a message
}

// maxText is how much of an offending line an error repeats.
const maxText = 120

// Errorf returns a [SyntaxError] for the given line.
func Errorf(line int, text []byte, format string, args ...any) *SyntaxError {
	if len(text) > maxText {
		text = text[:maxText]
	}
	return &SyntaxError{Line: line, What: fmt.Sprintf(format, args...), Text: string(text)}
}

func (e *SyntaxError) Error() string {
	if e.Line == 0 {
		return fmt.Sprintf("%s: %q", e.What, e.Text)
	}
	return fmt.Sprintf("line %d: %s: %q", e.Line, e.What, e.Text)
}

// Line splits off the first line of b, without its newline. Both results are
// empty once b is.
func Line(b []byte) (line, rest []byte) {
	if i := bytes.IndexByte(b, '\n'); i >= 0 {
		return b[:i], b[i+1:]
	}
	return b, nil
}

// Field splits off the first run of bytes other than blanks and tabs. The
// field is empty when only blanks are left.
func Field(b []byte) (field, rest []byte) {
	i := 0
	for i < len(b) && (b[i] == ' ' || b[i] == '\t') {
		i++
	}
	j := i
	for j < len(b) && b[j] != ' ' && b[j] != '\t' {
		j++
	}
	return b[i:j], b[j:]
}

// Cut splits b around the first sep, as bytes.Cut does for a single byte.
func Cut(b []byte, sep byte) (before, after []byte, found bool) {
	if i := bytes.IndexByte(b, sep); i >= 0 {
		return b[:i], b[i+1:], true
	}
	return b, nil, false
}

// Trim removes blanks, tabs, carriage returns and newlines from both ends.
func Trim(b []byte) []byte {
	for len(b) > 0 && isSpace(b[0]) {
		b = b[1:]
	}
	for len(b) > 0 && isSpace(b[len(b)-1]) {
		b = b[:len(b)-1]
	}
	return b
}

func isSpace(c byte) bool { return c == ' ' || c == '\t' || c == '\n' || c == '\r' }

// Uint reads all of b as a decimal number.
func Uint(b []byte) (v uint64, ok bool) {
	if len(b) == 0 {
		return 0, false
	}
	for _, c := range b {
		d := c - '0'
		if d > 9 || v > math.MaxUint64/10 || (v == math.MaxUint64/10 && d > math.MaxUint64%10) {
			return 0, false
		}
		v = v*10 + uint64(d)
	}
	return v, true
}

// Int reads all of b as a decimal number with an optional minus sign.
func Int(b []byte) (v int64, ok bool) {
	if len(b) > 0 && b[0] == '-' {
		u, ok := Uint(b[1:])
		if !ok || u > 1<<63 {
			return 0, false
		}
		return -int64(u), true
	}
	u, ok := Uint(b)
	if !ok || u > math.MaxInt64 {
		return 0, false
	}
	return int64(u), true
}

// Hex reads all of b as a hexadecimal number, with or without 0x.
func Hex(b []byte) (v uint64, ok bool) {
	if len(b) > 2 && b[0] == '0' && b[1]|0x20 == 'x' {
		b = b[2:]
	}
	if len(b) == 0 || len(b) > 16 {
		return 0, false
	}
	for _, c := range b {
		d, ok := HexDigit(c)
		if !ok {
			return 0, false
		}
		v = v<<4 | uint64(d)
	}
	return v, true
}

// HexDigit is the value of one hexadecimal digit.
func HexDigit(c byte) (byte, bool) {
	switch {
	case '0' <= c && c <= '9':
		return c - '0', true
	case 'a' <= c && c <= 'f':
		return c - 'a' + 10, true
	case 'A' <= c && c <= 'F':
		return c - 'A' + 10, true
	}
	return 0, false
}

// Fields reads the blank-separated fields of one line in order. The first
// field that is missing or not a number of the kind asked for makes every
// later call return zero and [Fields.Bad] name it, so that a decoder checks
// once, at the end.
type Fields struct {
	rest []byte
	n    int
	bad  int
}

// NewFields starts at the first field of line.
func NewFields(line []byte) Fields { return Fields{rest: line} }

// Next returns the next field, empty at the end of the line.
func (f *Fields) Next() []byte {
	var field []byte
	field, f.rest = Field(f.rest)
	f.n++
	return field
}

// Skip passes over n fields.
func (f *Fields) Skip(n int) {
	for range n {
		f.Next()
	}
}

// Uint reads the next field as a decimal number.
func (f *Fields) Uint() uint64 {
	v, ok := Uint(f.Next())
	return keep(f, v, ok)
}

// Int reads the next field as a decimal number with an optional sign.
func (f *Fields) Int() int64 {
	v, ok := Int(f.Next())
	return keep(f, v, ok)
}

// Hex reads the next field as a hexadecimal number.
func (f *Fields) Hex() uint64 {
	v, ok := Hex(f.Next())
	return keep(f, v, ok)
}

func keep[T any](f *Fields, v T, ok bool) T {
	if !ok && f.bad == 0 {
		f.bad = f.n
	}
	if f.bad != 0 {
		var zero T
		return zero
	}
	return v
}

// More reports whether another field follows.
func (f *Fields) More() bool {
	for i := 0; i < len(f.rest); i++ {
		if f.rest[i] != ' ' && f.rest[i] != '\t' {
			return true
		}
	}
	return false
}

// Rest returns what follows the last field read, from the blank on.
func (f *Fields) Rest() []byte { return f.rest }

// Bad returns the 1-based position of the first field that could not be read
// as asked, 0 when all could.
func (f *Fields) Bad() int { return f.bad }
