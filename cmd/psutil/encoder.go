package main

import (
	"encoding"
	"fmt"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/go-psutil/psutil"
)

// form is what an encoder makes of values.
type form uint8

const (
	inJSON  form = iota
	inCSV        // not yet printable, nor quoted; nothing for what is missing
	inTable      // the same, as people read it
	asValue      // what rows are sorted by
)

// An encoder takes the values of columns, one by one, in the form of one output
// format. A column that hands it a number or a string needs no interface for it,
// which would be an allocation a cell.
type encoder struct {
	form  form
	dst   []byte // what it appends to
	rows  int    // that encodeRows has appended
	value any    // if that is the form; nil for what is missing
	err   error  // the first one
}

// encode gives e the column's value of a row.
func (c *column[T]) encode(e *encoder, row T) {
	if c.put != nil {
		c.put(e, row)
	} else {
		e.any(c.value(row))
	}
}

// valueOf returns the column's value of a row.
func (c *column[T]) valueOf(row T) any {
	e := encoder{form: asValue}
	c.encode(&e, row)
	return e.value
}

// missing is for a value that is not there.
func (e *encoder) missing() {
	if e.form == inJSON {
		e.dst = append(e.dst, "null"...)
	}
}

func (e *encoder) int(n int64) {
	if e.form == asValue {
		e.value = n
		return
	}
	e.dst = strconv.AppendInt(e.dst, n, 10)
}

func (e *encoder) uint(n uint64) {
	if e.form == asValue {
		e.value = n
		return
	}
	e.dst = strconv.AppendUint(e.dst, n, 10)
}

func (e *encoder) bool(b bool) {
	if e.form == asValue {
		e.value = b
		return
	}
	e.dst = strconv.AppendBool(e.dst, b)
}

func (e *encoder) string(s string) {
	switch {
	case e.form == asValue:
		e.value = s
	case e.form != inJSON:
		e.dst = append(e.dst, s...)
	case isPlain(s):
		e.dst = append(append(append(e.dst, '"'), s...), '"')
	default:
		e.box(s)
	}
}

// isPlain reports whether s in quotes is JSON.
func isPlain(s string) bool {
	for i := range len(s) {
		if c := s[i]; c < ' ' || c > '~' || c == '"' || c == '\\' {
			return false
		}
	}
	return true
}

// any is for a value of any type that psutil.AppendJSON knows.
func (e *encoder) any(value any) {
	if s, ok := value.(string); ok {
		e.string(s)
		return
	}
	e.box(value)
}

// box is any without the short ways.
func (e *encoder) box(value any) {
	var err error
	switch e.form {
	case inJSON:
		e.dst, err = psutil.AppendJSON(e.dst, value)
	case inCSV:
		e.dst, err = appendCSV(e.dst, value)
	case inTable:
		e.dst = appendText(e.dst, value)
	case asValue:
		e.value = value
	}
	if e.err == nil {
		e.err = err
	}
}

// appendCSV appends a string as it is, what is missing as nothing, and
// everything else as JSON has it.
func appendCSV(dst []byte, value any) ([]byte, error) {
	switch v := value.(type) {
	case nil:
		return dst, nil
	case string:
		return append(dst, v...), nil
	case time.Time: // has a String and a MarshalText of its own
	case fmt.Stringer:
		if _, ok := v.(encoding.TextMarshaler); ok {
			return append(dst, v.String()...), nil
		}
	}
	start := len(dst)
	dst, err := psutil.AppendJSON(dst, value)
	if string(dst[start:]) == "null" {
		dst = dst[:start]
	}
	return dst, err
}

// text returns what a table shows for a value, empty for nil.
func text(value any) string {
	if s, ok := value.(string); ok {
		return s
	}
	return string(appendText(nil, value))
}

func appendText(dst []byte, value any) []byte {
	switch v := value.(type) {
	case nil:
		return dst
	case string:
		return append(dst, v...)
	case []string:
		for i, s := range v {
			if i > 0 {
				dst = append(dst, ' ')
			}
			dst = append(dst, s...)
		}
		return dst
	case int:
		return strconv.AppendInt(dst, int64(v), 10)
	case uint64:
		return strconv.AppendUint(dst, v, 10)
	case float64:
		return strconv.AppendFloat(dst, v, 'f', 1, 64)
	case time.Time:
		if v.IsZero() {
			return dst
		}
		return v.AppendFormat(dst, time.DateTime)
	case fmt.Stringer:
		return append(dst, v.String()...)
	case map[string]string:
		pairs := make([]string, 0, len(v))
		for name, value := range v {
			pairs = append(pairs, name+"="+value)
		}
		slices.Sort(pairs)
		return append(dst, strings.Join(pairs, " ")...)
	}
	if v := reflect.ValueOf(value); v.Kind() == reflect.Slice {
		for i := range v.Len() {
			if i > 0 {
				dst = append(dst, ", "...)
			}
			dst = appendText(dst, v.Index(i).Interface())
		}
		return dst
	}
	return fmt.Append(dst, value)
}
