package psutil

import (
	"encoding"
	"encoding/json"
	"fmt"
	"math"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"
)

// Missing names the fields of a result that this system or kernel does not
// report, by their JSON names separated by commas; they are zero in Go and null
// in JSON. The empty Missing says that every field is there.
type Missing string

// Has reports whether the field with that JSON name is missing.
func (m Missing) Has(field string) bool {
	for name := range strings.SplitSeq(string(m), ",") {
		if name == field && name != "" {
			return true
		}
	}
	return false
}

// add returns m with one more field.
func (m Missing) add(field string) Missing {
	if m == "" {
		return Missing(field)
	}
	return m + "," + Missing(field)
}

// union returns m with what n has and m has not.
func (m Missing) union(n Missing) Missing {
	for name := range strings.SplitSeq(string(n), ",") {
		if name != "" && !m.Has(name) {
			m = m.add(name)
		}
	}
	return m
}

// missingBut has the fields of a struct but those that are known.
func missingBut(v any, known ...string) (m Missing) {
	for f := range reflect.TypeOf(v).Fields() {
		if name := f.Tag.Get("json"); name != "" && name != "-" && !slices.Contains(known, name) {
			m = m.add(name)
		}
	}
	return m
}

// AppendJSON appends v as JSON in the form that all results of this package
// take, also within json.Marshal: fields under psutil's names, durations and
// instants as decimal seconds (instants since 1970), enums as psutil's strings,
// what is missing as null, and the bytes of a string that are not UTF-8 as the
// lone surrogates \udc80 to \udcff, which Python reads as surrogateescape. Map
// keys are sorted. It is for the results that are not types of this package,
// such as a command line, a map of interfaces or a slice.
func AppendJSON(dst []byte, v any) ([]byte, error) {
	// What is most frequent needs no reflection.
	switch v := v.(type) {
	case string:
		return appendJSONString(dst, v), nil
	case bool:
		return strconv.AppendBool(dst, v), nil
	case int:
		return strconv.AppendInt(dst, int64(v), 10), nil
	case int32:
		return strconv.AppendInt(dst, int64(v), 10), nil
	case int64:
		return strconv.AppendInt(dst, v, 10), nil
	case uint32:
		return strconv.AppendUint(dst, uint64(v), 10), nil
	case uint64:
		return strconv.AppendUint(dst, v, 10), nil
	case float64:
		return appendFloat(dst, v), nil
	case time.Duration:
		return appendSeconds(dst, v), nil
	case time.Time:
		return appendInstant(dst, v), nil
	case []string:
		dst = append(dst, '[')
		for i, s := range v {
			if i > 0 {
				dst = append(dst, ',')
			}
			dst = appendJSONString(dst, s)
		}
		return append(dst, ']'), nil
	}
	return appendJSON(dst, reflect.ValueOf(v), false)
}

// marshalFields is what a result type's MarshalJSON returns.
func marshalFields(v any) ([]byte, error) { return appendJSON(nil, reflect.ValueOf(v), true) }

// appendJSON encodes v. own says that v's MarshalJSON is asking, and must not
// be asked again.
func appendJSON(dst []byte, v reflect.Value, own bool) ([]byte, error) {
	if !v.IsValid() {
		return append(dst, "null"...), nil
	}
	if v.Kind() == reflect.Interface && !v.IsNil() {
		return appendJSON(dst, v.Elem(), false)
	}
	switch v.Type() {
	case reflect.TypeFor[time.Duration]():
		return appendSeconds(dst, time.Duration(v.Int())), nil
	case reflect.TypeFor[time.Time]():
		return appendInstant(dst, v.Interface().(time.Time)), nil
	}
	if (v.Kind() == reflect.Pointer || v.Kind() == reflect.Interface) && v.IsNil() {
		return append(dst, "null"...), nil
	}
	if v.Type() == reflect.TypeFor[*time.Time]() {
		return appendJSON(dst, v.Elem(), false)
	}
	if !own && v.CanInterface() {
		switch m := v.Interface().(type) {
		case json.Marshaler:
			b, err := m.MarshalJSON()
			return append(dst, b...), err
		case encoding.TextMarshaler:
			b, err := m.MarshalText()
			return appendJSONString(dst, string(b)), err
		}
	}
	switch v.Kind() {
	case reflect.Bool:
		return strconv.AppendBool(dst, v.Bool()), nil
	case reflect.Int, reflect.Int8, reflect.Int16, reflect.Int32, reflect.Int64:
		return strconv.AppendInt(dst, v.Int(), 10), nil
	case reflect.Uint, reflect.Uint8, reflect.Uint16, reflect.Uint32, reflect.Uint64:
		return strconv.AppendUint(dst, v.Uint(), 10), nil
	case reflect.Float32, reflect.Float64:
		return appendFloat(dst, v.Float()), nil
	case reflect.String:
		return appendJSONString(dst, v.String()), nil
	case reflect.Pointer:
		return appendJSON(dst, v.Elem(), false)
	case reflect.Slice, reflect.Array:
		dst = append(dst, '[')
		for i := range v.Len() {
			if i > 0 {
				dst = append(dst, ',')
			}
			var err error
			if dst, err = appendJSON(dst, v.Index(i), false); err != nil {
				return dst, err
			}
		}
		return append(dst, ']'), nil
	case reflect.Map:
		return appendJSONMap(dst, v)
	case reflect.Struct:
		dst = append(dst, '{')
		dst, err := appendJSONFields(dst, v, missingOf(v))
		return append(dst, '}'), err
	}
	return dst, fmt.Errorf("psutil: no JSON form for %s", v.Type())
}

func appendJSONMap(dst []byte, v reflect.Value) ([]byte, error) {
	type entry struct {
		key   string
		value reflect.Value
	}
	entries := make([]entry, 0, v.Len())
	for k, e := range v.Seq2() {
		key := ""
		if m, ok := k.Interface().(encoding.TextMarshaler); ok {
			b, err := m.MarshalText()
			if err != nil {
				return dst, err
			}
			key = string(b)
		} else {
			key = fmt.Sprint(k.Interface())
		}
		entries = append(entries, entry{key, e})
	}
	slices.SortFunc(entries, func(a, b entry) int { return strings.Compare(a.key, b.key) })
	dst = append(dst, '{')
	for i, e := range entries {
		if i > 0 {
			dst = append(dst, ',')
		}
		dst = append(appendJSONString(dst, e.key), ':')
		var err error
		if dst, err = appendJSON(dst, e.value, false); err != nil {
			return dst, err
		}
	}
	return append(dst, '}'), nil
}

// missingOf returns what a struct and those embedded in it lack.
func missingOf(v reflect.Value) (m Missing) {
	for i := range v.NumField() {
		f := v.Field(i)
		switch {
		case f.Type() == reflect.TypeFor[Missing](): // which t.Field would allocate to tell
			m = m.union(Missing(f.String()))
		case f.Kind() == reflect.Struct && v.Type().Field(i).Anonymous:
			m = m.union(missingOf(f))
		}
	}
	return m
}

// appendJSONFields writes the exported fields of a struct, those of an
// embedded one in its place, and null for those that are missing. A field tagged
// unit:"ms" is a duration in whole milliseconds, as psutil has the times of disks.
func appendJSONFields(dst []byte, v reflect.Value, missing Missing) ([]byte, error) {
	t := v.Type()
	for i := range t.NumField() {
		f := t.Field(i)
		if f.Anonymous && f.Type.Kind() == reflect.Struct {
			var err error
			if dst, err = appendJSONFields(dst, v.Field(i), missing); err != nil {
				return dst, err
			}
			continue
		}
		name, _, _ := strings.Cut(f.Tag.Get("json"), ",")
		if !f.IsExported() || name == "" || name == "-" {
			continue
		}
		if last := dst[len(dst)-1]; last != '{' {
			dst = append(dst, ',')
		}
		dst = append(appendJSONString(dst, name), ':')
		if missing.Has(name) {
			dst = append(dst, "null"...)
			continue
		}
		if f.Tag.Get("unit") == "ms" {
			dst = strconv.AppendInt(dst, time.Duration(v.Field(i).Int()).Milliseconds(), 10)
			continue
		}
		var err error
		if dst, err = appendJSON(dst, v.Field(i), false); err != nil {
			return dst, err
		}
	}
	return dst, nil
}

// appendSeconds appends d in seconds, exactly, with at least one decimal.
func appendSeconds(dst []byte, d time.Duration) []byte {
	u := uint64(d)
	if d < 0 {
		dst = append(dst, '-')
		u = -u
	}
	return appendFraction(dst, u/1e9, u%1e9)
}

func appendInstant(dst []byte, t time.Time) []byte {
	switch {
	case t.IsZero():
		return append(dst, "null"...)
	case t.Unix() < 0:
		return appendFloat(dst, float64(t.UnixNano())/1e9)
	}
	return appendFraction(dst, uint64(t.Unix()), uint64(t.Nanosecond()))
}

// appendFraction appends sec.nsec without trailing zeros.
func appendFraction(dst []byte, sec, nsec uint64) []byte {
	dst = append(strconv.AppendUint(dst, sec, 10), '.')
	if nsec == 0 {
		return append(dst, '0')
	}
	var space [10]byte
	digits := strconv.AppendUint(space[:0], 1e9+nsec, 10)[1:]
	for digits[len(digits)-1] == '0' {
		digits = digits[:len(digits)-1]
	}
	return append(dst, digits...)
}

func appendFloat(dst []byte, f float64) []byte {
	if math.IsNaN(f) || math.IsInf(f, 0) {
		return append(dst, "null"...)
	}
	if f == math.Trunc(f) && math.Abs(f) < 1e15 {
		return strconv.AppendFloat(dst, f, 'f', 1, 64)
	}
	return strconv.AppendFloat(dst, f, 'g', -1, 64)
}

// appendJSONString quotes s, with what is not UTF-8 as lone surrogates.
func appendJSONString(dst []byte, s string) []byte {
	const hex = "0123456789abcdef"
	dst = append(dst, '"')
	done := 0 // what of s has been appended
	for i := 0; i < len(s); {
		c := s[i]
		if ' ' <= c && c <= '~' && c != '"' && c != '\\' {
			i++
			continue
		}
		r, n := rune(c), 1
		if c >= utf8.RuneSelf {
			r, n = utf8.DecodeRuneInString(s[i:])
		}
		if n > 1 && r >= 0xa0 && r != '\u2028' && r != '\u2029' {
			i += n
			continue
		}
		dst = append(dst, s[done:i]...)
		switch {
		case r == utf8.RuneError: // of one byte: others have gone by
			dst = append(dst, `\udc`...)
			dst = append(dst, hex[c>>4], hex[c&15])
		case c == '"' || c == '\\':
			dst = append(dst, '\\', c)
		case c == '\n':
			dst = append(dst, `\n`...)
		case c == '\t':
			dst = append(dst, `\t`...)
		default:
			dst = append(dst, `\u`...)
			dst = append(dst, hex[r>>12], hex[r>>8&15], hex[r>>4&15], hex[r&15])
		}
		i += n
		done = i
	}
	return append(append(dst, s[done:]...), '"')
}
