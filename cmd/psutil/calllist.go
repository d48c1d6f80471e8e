package main

import (
	"bytes"
	"encoding/json"
	"reflect"
	"slices"
	"strings"
	"time"

	"github.com/go-psutil/psutil"
)

// listCalls prints the calls, all or those named.
func listCalls(env *environment, names []string) error {
	for _, name := range names {
		if findCall(name) == nil {
			return usagef("unknown call %q", name)
		}
	}
	r := &report[call]{
		whole:   true,
		heading: call.signature,
		columns: []column[call]{
			{key: "name", value: func(c call) any { return c.name }},
			{key: "doc", title: "what", value: func(c call) any { return c.doc }},
			{key: "args", value: func(c call) any { return c.args() }},
			{
				key: "results", title: "answer", value: func(c call) any { return c.forms() },
				lines: func(c call) (lines [][]string) {
					for _, f := range c.forms() {
						lines = append(lines, []string{f.Type})
					}
					return lines
				},
			},
		},
	}
	for _, c := range allCalls() {
		if len(names) == 0 || slices.Contains(names, c.name) {
			r.rows = append(r.rows, c)
		}
	}
	return r.write(env)
}

// signature is the call with its arguments and their defaults.
func (c call) signature() string {
	var b strings.Builder
	b.WriteString(c.name)
	for _, p := range c.params {
		b.WriteString(" " + p.name)
		if p.def != "" {
			b.WriteString("=" + strings.Trim(p.def, `"`))
		}
	}
	return b.String()
}

// An argForm describes an argument.
type argForm struct {
	Name     string          `json:"name"`
	Type     string          `json:"type"`
	Required bool            `json:"required"`
	Default  json.RawMessage `json:"default"`
	Doc      string          `json:"doc"`
}

func (c call) args() []argForm {
	var forms []argForm
	for _, p := range c.params {
		f := argForm{Name: p.name, Type: p.kind.name, Required: p.def == "", Doc: p.doc}
		if !f.Required {
			f.Default = json.RawMessage(p.def)
		}
		forms = append(forms, f)
	}
	return forms
}

// A resultForm describes what a call may answer.
type resultForm struct {
	Type   string   `json:"type"`
	Fields []string `json:"fields"` // of the object, or of each object in the list or object
}

func (c call) forms() []resultForm {
	var forms []resultForm
	for _, zero := range c.results {
		f := resultForm{Type: "null"}
		if zero != nil {
			t := reflect.TypeOf(zero)
			f = resultForm{describe(t), resultFields(t)}
		}
		forms = append(forms, f)
	}
	return forms
}

// describe says what JSON a type becomes.
func describe(t reflect.Type) string {
	switch t {
	case reflect.TypeFor[time.Time](), reflect.TypeFor[time.Duration]():
		return "float"
	}
	switch t.Kind() {
	case reflect.Slice:
		return "[" + describe(t.Elem()) + "]"
	case reflect.Map:
		return "{NAME: " + describe(t.Elem()) + "}"
	case reflect.Struct:
		return "{" + strings.Join(resultFields(t), ", ") + "}"
	}
	b, err := psutil.AppendJSON(nil, reflect.Zero(t).Interface())
	switch {
	case err != nil || len(b) == 0:
		return "any"
	case b[0] == '"':
		return "string"
	case b[0] == 't' || b[0] == 'f':
		return "bool"
	case strings.Contains(string(b), "."):
		return "float"
	}
	return "int"
}

// resultFields are the names of the members of the objects that values of that
// type are, or consist of, as psutil.AppendJSON writes them.
func resultFields(t reflect.Type) []string {
	for t != nil && (t.Kind() == reflect.Slice || t.Kind() == reflect.Map) {
		t = t.Elem()
	}
	if t == nil || t.Kind() != reflect.Struct {
		return nil
	}
	b, err := psutil.AppendJSON(nil, reflect.Zero(t).Interface())
	if err != nil || len(b) == 0 || b[0] != '{' {
		return nil
	}
	var names []string
	for _, m := range members(b) {
		names = append(names, m.name)
	}
	return names
}

// newCallReport makes rows of a result of type t, which is nil for null: of the
// elements of a list, of the members of an object that is keyed by name, and
// else one of all of it.
func newCallReport(name string, result json.RawMessage, t reflect.Type) *report[fields] {
	r := &report[fields]{whole: true}
	named := t != nil && t.Kind() == reflect.Map
	add := func(row fields, value json.RawMessage) {
		if object := members(value); object != nil {
			row = append(row, object...)
		} else {
			row = append(row, field{name, value})
		}
		r.rows = append(r.rows, row)
	}
	switch list := elements(result); {
	case named:
		for _, m := range members(result) {
			value := m.value.(json.RawMessage)
			each := elements(value)
			if each == nil {
				each = []json.RawMessage{value}
			}
			for _, e := range each {
				add(fields{{"key", json.RawMessage(quote(m.name))}}, e)
			}
		}
	case list != nil:
		for _, e := range list {
			add(nil, e)
		}
	default:
		add(nil, result)
	}
	known := make(map[string]bool)
	show := func(member string) {
		if !known[member] {
			known[member] = true
			r.columns = append(r.columns, column[fields]{
				key: printable(member), title: member, value: func(row fields) any { return row.text(member) },
			})
		}
	}
	for _, row := range r.rows {
		for _, f := range row {
			show(f.name)
		}
	}
	if len(r.rows) == 0 { // a heading nevertheless
		if named {
			show("key")
		}
		members := resultFields(t)
		if members == nil {
			members = []string{name}
		}
		for _, member := range members {
			show(member)
		}
	}
	return r
}

// text returns a member that is JSON as a string, nil if it is null or not
// there.
func (fs fields) text(name string) any {
	i := slices.IndexFunc(fs, func(f field) bool { return f.name == name })
	if i < 0 {
		return nil
	}
	raw := fs[i].value.(json.RawMessage)
	switch raw[0] {
	case 'n':
		return nil
	case '"':
		if s, err := unquote(raw); err == nil {
			return s
		}
	}
	return string(raw)
}

// elements takes a JSON list apart; it is nil for other JSON.
func elements(raw json.RawMessage) []json.RawMessage {
	var list []json.RawMessage
	if json.Unmarshal(raw, &list) != nil {
		return nil
	}
	return list
}

// members takes a JSON object apart, into values of json.RawMessage; it is nil
// for other JSON.
func members(raw json.RawMessage) fields {
	dec := json.NewDecoder(bytes.NewReader(raw))
	if open, err := dec.Token(); err != nil || open != json.Delim('{') {
		return nil
	}
	object := fields{}
	for dec.More() {
		begin := dec.InputOffset()
		if _, err := dec.Token(); err != nil {
			return object
		}
		// The decoder's own string has no lone surrogates.
		key := raw[begin:dec.InputOffset()]
		name, err := unquote(key[bytes.IndexByte(key, '"'):])
		var value json.RawMessage
		if err != nil || dec.Decode(&value) != nil {
			return object
		}
		object = append(object, field{name, value})
	}
	return object
}
