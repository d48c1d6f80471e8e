package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"math"
	"strconv"
	"strings"
	"syscall"
	"time"
	"unicode/utf16"
	"unicode/utf8"

	"github.com/go-psutil/psutil"
)

// A param is an argument of a call.
type param struct {
	name string
	kind *kind
	// def is the default as JSON. "null" leaves the argument unset; the empty
	// string says that it must be given.
	def string
	doc string
}

// A kind is a type of argument. Whether it comes from a command line or from a
// request, an argument is JSON by the time it is decoded.
type kind struct {
	name   string
	decode func(json.RawMessage) (any, error)
	text   func(string) string // the JSON for what a command line has
}

var (
	kindBool    = &kind{"bool", decodeBool, literal}
	kindInt     = &kind{"int", decodeInt, literal}
	kindNumber  = &kind{"number", decodeNumber, literal}
	kindSeconds = &kind{"seconds", decodeSeconds, literal}
	kindText    = &kind{"string", decodeText, quote}
	kindInts    = &kind{"list of int", listOf(decodeInt), literals}
	kindNames   = &kind{"list of string", listOf(decodeText), quotes}
	kindToken   = &kind{"token", decodeToken, literal}
	kindProcs   = &kind{"list of process", listOf(decodeProcRef), quotes}
	kindSignal  = &kind{"signal", decodeSignal, numberOrName}
	kindIOClass = &kind{"ioclass", decodeIOClass, numberOrName}
	kindLimit   = &kind{"resource", decodeResource, numberOrName}
	kindAny     = &kind{"any", decodeAny, anyJSON}
)

// An argumentError says that the caller passed something that has no meaning.
type argumentError struct{ text string }

func (e *argumentError) Error() string { return e.text }

func badArgument(format string, args ...any) error {
	return &argumentError{fmt.Sprintf(format, args...)}
}

// decodeArgs decodes what was passed for params. The result has an entry for
// each param that was passed or has a default.
func decodeArgs(params []param, passed map[string]json.RawMessage) (map[string]any, error) {
	known := make(map[string]bool, len(params))
	args := make(map[string]any, len(params))
	for _, p := range params {
		known[p.name] = true
		raw, given := passed[p.name]
		if !given || (isNull(raw) && p.def != "") {
			raw = json.RawMessage(p.def)
		}
		if len(raw) == 0 {
			return nil, badArgument("missing argument %s", p.name)
		}
		if isNull(raw) && p.def != "" {
			continue
		}
		value, err := p.kind.decode(raw)
		if err != nil {
			return nil, badArgument("argument %s: %v", p.name, err)
		}
		args[p.name] = value
	}
	for name := range passed {
		if !known[name] {
			return nil, badArgument("unknown argument %.100q", name)
		}
	}
	return args, nil
}

func isNull(raw json.RawMessage) bool { return string(raw) == "null" }

func notA(what string, raw json.RawMessage) error {
	return badArgument("not %s: %.100s", what, raw)
}

func decodeBool(raw json.RawMessage) (any, error) {
	switch string(raw) {
	case "true", "false":
		return raw[0] == 't', nil
	}
	return nil, notA("true or false", raw)
}

func decodeInt(raw json.RawMessage) (any, error) {
	n, err := strconv.Atoi(string(raw))
	if err != nil {
		return nil, notA("an integer that fits", raw)
	}
	return n, nil
}

func decodeNumber(raw json.RawMessage) (any, error) {
	f, err := strconv.ParseFloat(string(raw), 64)
	if err != nil || math.IsNaN(f) || math.IsInf(f, 0) {
		return nil, notA("a number that fits", raw)
	}
	return f, nil
}

// decodeSeconds gives a Duration, the largest one for more than 292 years.
func decodeSeconds(raw json.RawMessage) (any, error) {
	f, err := decodeNumber(raw)
	if err != nil {
		return nil, err
	}
	seconds := f.(float64)
	switch {
	case seconds < 0:
		return nil, notA("a positive number of seconds", raw)
	case seconds >= math.MaxInt64/1e9:
		return time.Duration(math.MaxInt64), nil
	}
	return time.Duration(seconds * 1e9), nil
}

func decodeText(raw json.RawMessage) (any, error) {
	if raw[0] != '"' {
		return nil, notA("a string", raw)
	}
	return unquote(raw)
}

func decodeAny(raw json.RawMessage) (any, error) { return compact(raw), nil }

// compact takes the white space out of valid JSON, so that it is one line for
// every reader of lines.
func compact(raw json.RawMessage) json.RawMessage {
	var b bytes.Buffer
	_ = json.Compact(&b, raw) // only invalid JSON is an error
	return b.Bytes()
}

func listOf(decode func(json.RawMessage) (any, error)) func(json.RawMessage) (any, error) {
	return func(raw json.RawMessage) (any, error) {
		var elements []json.RawMessage
		if json.Unmarshal(raw, &elements) != nil || elements == nil {
			return nil, notA("a list", raw)
		}
		list := make([]any, len(elements))
		for i, e := range elements {
			value, err := decode(e)
			if err != nil {
				return nil, err
			}
			list[i] = value
		}
		return list, nil
	}
}

// decodeToken reads a create_token. It is a string where programs write it,
// because JavaScript's numbers have 53 bits.
func decodeToken(raw json.RawMessage) (any, error) {
	digits := strings.Trim(string(raw), `"`)
	token, err := strconv.ParseUint(digits, 10, 64)
	if err != nil || token > maxToken {
		return nil, notA("a create_token", raw)
	}
	return token, nil
}

// A procRef names a process, exactly if pinned.
type procRef struct {
	pid    int
	token  uint64
	pinned bool
}

// decodeProcRef reads a PID, a "PID:TOKEN" or an object like that of
// process.new.
func decodeProcRef(raw json.RawMessage) (any, error) {
	var pid, token json.RawMessage
	switch raw[0] {
	case '{':
		var fields map[string]json.RawMessage
		if err := json.Unmarshal(raw, &fields); err != nil {
			return nil, notA("a process", raw)
		}
		pid, token = fields["pid"], fields["create_token"]
	case '"':
		before, after, found := strings.Cut(strings.Trim(string(raw), `"`), ":")
		pid = json.RawMessage(before)
		if found {
			token = json.RawMessage(after)
		}
	default:
		pid = raw
	}
	n, err := decodeInt(pid)
	if err != nil {
		return nil, notA("a process", raw)
	}
	ref := procRef{pid: n.(int)}
	if token != nil && !isNull(token) {
		t, err := decodeToken(token)
		if err != nil {
			return nil, err
		}
		ref.token, ref.pinned = t.(uint64), true
	}
	return ref, nil
}

// numberOrText decodes an argument that is a number or a name.
func numberOrText(raw json.RawMessage) (number int, name string, err error) {
	if raw[0] != '"' {
		n, err := decodeInt(raw)
		if err != nil {
			return 0, "", notA("a number or a name", raw)
		}
		return n.(int), "", nil
	}
	name, err = unquote(raw)
	return 0, strings.ToUpper(name), err
}

func decodeSignal(raw json.RawMessage) (any, error) {
	number, name, err := numberOrText(raw)
	if err != nil || name == "" && raw[0] != '"' {
		return syscall.Signal(number), err
	}
	if !strings.HasPrefix(name, "SIG") {
		name = "SIG" + name
	}
	sig := signalNumber(name)
	if sig == 0 {
		return nil, notA("a signal", raw)
	}
	return sig, nil
}

func decodeIOClass(raw json.RawMessage) (any, error) {
	const prefix = "IOPRIO_CLASS_"
	number, name, err := numberOrText(raw)
	if err != nil {
		return nil, err
	}
	for class := psutil.IOClassNone; class <= psutil.IOClassIdle; class++ {
		full := class.String()
		if name == full || prefix+name == full || raw[0] != '"' && number == int(class) {
			return class, nil
		}
	}
	return nil, notA("an ioclass", raw)
}

func decodeResource(raw json.RawMessage) (any, error) {
	const prefix = "RLIMIT_"
	number, name, err := numberOrText(raw)
	if err != nil {
		return nil, err
	}
	if raw[0] != '"' {
		if r, ok := numberedResource(number); ok {
			return r, nil
		}
		return nil, notA("a resource", raw)
	}
	if !strings.HasPrefix(name, prefix) {
		name = prefix + name
	}
	var r psutil.Resource
	if r.UnmarshalText([]byte(name)) != nil {
		return nil, notA("a resource", raw)
	}
	return r, nil
}

// literal reads Python's constants too.
func literal(s string) string {
	switch s {
	case "True":
		return "true"
	case "False":
		return "false"
	case "None", "":
		return "null"
	}
	return s
}

func literals(s string) string { return "[" + s + "]" }

func quote(s string) string {
	b, _ := psutil.AppendJSON(nil, s) // has no error for a string
	return string(b)
}

func quotes(s string) string {
	if s == "" {
		return "[]"
	}
	var quoted []string
	for e := range strings.SplitSeq(s, ",") {
		quoted = append(quoted, quote(strings.TrimSpace(e)))
	}
	return "[" + strings.Join(quoted, ",") + "]"
}

func numberOrName(s string) string {
	if _, err := strconv.Atoi(s); err == nil {
		return s
	}
	return quote(s)
}

func anyJSON(s string) string {
	if json.Valid([]byte(s)) && utf8.ValidString(s) {
		return s
	}
	return quote(s)
}

// unquote returns the bytes that a valid JSON string stands for. The lone
// surrogates \udc80 to \udcff are the bytes 0x80 to 0xff, as psutil.AppendJSON
// and Python's surrogateescape have it; other lone surrogates are an error.
func unquote(raw json.RawMessage) (string, error) {
	s := string(raw[1 : len(raw)-1])
	if !strings.Contains(s, `\`) {
		return s, nil
	}
	b := make([]byte, 0, len(s))
	for len(s) > 0 {
		if s[0] != '\\' {
			b = append(b, s[0])
			s = s[1:]
			continue
		}
		c := s[1]
		s = s[2:]
		switch c {
		case 'b':
			b = append(b, '\b')
		case 'f':
			b = append(b, '\f')
		case 'n':
			b = append(b, '\n')
		case 'r':
			b = append(b, '\r')
		case 't':
			b = append(b, '\t')
		case 'u':
			r := hex4(s)
			s = s[4:]
			switch {
			case !utf16.IsSurrogate(r):
				b = utf8.AppendRune(b, r)
			case strings.HasPrefix(s, `\u`) && utf16.DecodeRune(r, hex4(s[2:])) != utf8.RuneError:
				b = utf8.AppendRune(b, utf16.DecodeRune(r, hex4(s[2:])))
				s = s[6:]
			case r >= 0xdc80 && r <= 0xdcff:
				b = append(b, byte(r-0xdc00))
			default:
				return "", badArgument(`a string with the lone surrogate \u%04x`, r)
			}
		default: // a quotation mark, a slash or a backslash
			b = append(b, c)
		}
	}
	return string(b), nil
}

// hex4 reads the four digits that a valid \u has.
func hex4(s string) rune {
	n, _ := strconv.ParseUint(s[:4], 16, 16)
	return rune(n)
}
