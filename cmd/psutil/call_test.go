package main

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"reflect"
	"runtime"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/go-psutil/psutil"
)

// newTestConversation is a conversation about the running system.
func newTestConversation(t testing.TB) *conversation {
	t.Helper()
	sys, err := psutil.New()
	if errors.Is(err, psutil.ErrNotSupported) {
		t.Skip(err)
	}
	if err != nil {
		t.Fatal(err)
	}
	return newConversation(func() (*psutil.System, error) { return sys, nil }, io.Discard)
}

// callReply is an answer.
type callReply struct {
	ID      json.RawMessage `json:"id"`
	Result  json.RawMessage `json:"result"`
	Warning *callError      `json:"warning"`
	Error   *callError      `json:"error"`
}

// askCall answers one request.
func askCall(t testing.TB, c *conversation, request string) callReply {
	t.Helper()
	line := c.answer(t.Context(), []byte(request))
	if n := bytes.IndexByte(line, '\n'); n != len(line)-1 {
		t.Fatalf("%s: the answer %q is not one line", request, line)
	}
	var r callReply
	if err := json.Unmarshal(line, &r); err != nil {
		t.Fatalf("%s: %q: %v", request, line, err)
	}
	if (r.Result == nil) == (r.Error == nil) {
		t.Fatalf("%s: %q has not just one of result and error", request, line)
	}
	return r
}

// callResult answers a request that must succeed, and decodes the result.
func callResult[T any](t testing.TB, c *conversation, request string) T {
	t.Helper()
	r := askCall(t, c, request)
	if r.Error != nil {
		t.Fatalf("%s: %v", request, r.Error)
	}
	var value T
	if err := json.Unmarshal(r.Result, &value); err != nil {
		t.Fatalf("%s: %s: %v", request, r.Result, err)
	}
	return value
}

// runCall runs the command.
func runCall(stdin string, args ...string) (status int, stdout, stderr string) {
	return attempt(stdin, append([]string{"call"}, args...)...)
}

// attempt runs a command line, which may fail, and returns what it printed.
func attempt(stdin string, args ...string) (status int, stdout, stderr string) {
	var out, errs strings.Builder
	status = Execute(args, strings.NewReader(stdin), &out, &errs)
	return status, out.String(), errs.String()
}

func TestCallConversation(t *testing.T) {
	c := newTestConversation(t)
	for _, tt := range []struct{ request, want string }{
		{`{"id":1,"call":"bytes2human","args":{"n":10000}}`, `{"id":1,"result":"9.8K"}`},
		{`{"call":"bytes2human","args":{"n":100001221}}`, `{"id":null,"result":"95.4M"}`},
		{` { "args" : {"n":-1.5e3}, "call":"bytes2human" , "id" : "a\ud83d\ude00\udc80" } `, `{"id":"a\ud83d\ude00\udc80","result":"-1.5K"}`},
		{"{\"id\":[1,\r{\"x\":null}, true, 1.0, -0, 1e400],\"call\":\"bytes2human\",\"args\":{\"n\":0}}\r\n", `{"id":[1,{"x":null},true,1.0,-0,1e400],"result":"0.0B"}`},
		{`{"id":1,"id":2,"call":"bytes2human","args":{"n":0}}`, `{"id":2,"result":"0.0B"}`},
		{`{"id":1,"call":"pid_exists","args":{"pid":-1}}`, `{"id":1,"result":false}`},
		{`{"id":1,"call":"cpu_times_percent","args":{"interval":null}}`, `{"id":1,"result":null}`},
		{`{"id":1,"call":"heap_info"}`, `{"id":1,"error":{"type":"NotSupported","pid":null,"message":"heap_info: not supported (needs to run within that program)"}}`},

		{`garbage`, `{"id":null,"error":{"type":"ValueError","pid":null,"message":"not JSON: invalid character 'g' looking for beginning of value"}}`},
		{`{"id":1,"call":"pids"`, `{"id":null,"error":{"type":"ValueError","pid":null,"message":"not JSON: unexpected end of JSON input"}}`},
		{`null`, `{"id":null,"error":{"type":"ValueError","pid":null,"message":"not a JSON object"}}`},
		{`[{"id":1}]`, `{"id":null,"error":{"type":"ValueError","pid":null,"message":"not a JSON object"}}`},
		{`{"id":3}`, `{"id":3,"error":{"type":"ValueError","pid":null,"message":"no call"}}`},
		{`{"id":3,"call":7}`, `{"id":3,"error":{"type":"ValueError","pid":null,"message":"no call"}}`},
		{`{"id":3,"call":""}`, `{"id":3,"error":{"type":"ValueError","pid":null,"message":"unknown call \"\""}}`},
		{`{"id":3,"call":"\ud800"}`, `{"id":3,"error":{"type":"ValueError","pid":null,"message":"a string with the lone surrogate \\ud800"}}`},
		{`{"id":3,"call":"reboot"}`, `{"id":3,"error":{"type":"ValueError","pid":null,"message":"unknown call \"reboot\""}}`},
		{`{"id":3,"call":"pids","arg":{}}`, `{"id":3,"error":{"type":"ValueError","pid":null,"message":"unknown member \"arg\""}}`},
		{`{"id":3,"call":"pids","args":[]}`, `{"id":3,"error":{"type":"ValueError","pid":null,"message":"args is not an object"}}`},
		{`{"id":3,"call":"pids","args":{"all":true}}`, `{"id":3,"error":{"type":"ValueError","pid":null,"message":"unknown argument \"all\""}}`},
		{`{"id":3,"call":"pids","create_token":1}`, `{"id":3,"error":{"type":"ValueError","pid":null,"message":"unknown argument \"create_token\""}}`},
		{`{"id":3,"call":"process.name"}`, `{"id":3,"error":{"type":"ValueError","pid":null,"message":"missing argument pid"}}`},
		{`{"id":3,"call":"process.name","args":{"pid":"1"}}`, `{"id":3,"error":{"type":"ValueError","pid":null,"message":"argument pid: not an integer that fits: \"1\""}}`},
		{`{"id":3,"call":"process.name","args":{"pid":1e400}}`, `{"id":3,"error":{"type":"ValueError","pid":null,"message":"argument pid: not an integer that fits: 1e400"}}`},
		{`{"id":3,"call":"process.name","args":{"pid":-5}}`, `{"id":3,"error":{"type":"ValueError","pid":-5,"message":"process -5: PID: negative"}}`},
		{`{"id":3,"call":"process.name","args":{"pid":1,"create_token":"x"}}`, `{"id":3,"error":{"type":"ValueError","pid":1,"message":"argument create_token: not a create_token: \"x\""}}`},
		{`{"id":3,"call":"process.name","create_token":1,"args":{"pid":1,"create_token":1}}`, `{"id":3,"error":{"type":"ValueError","pid":null,"message":"create_token is there twice"}}`},
		{`{"id":3,"call":"process.name","args":{"pid":1,"create_token":"18446744073709551615"}}`, `{"id":3,"error":{"type":"ValueError","pid":1,"message":"argument create_token: not a create_token: \"18446744073709551615\""}}`},
		{`{"id":3,"call":"process.nice","args":{"pid":7,"value":"x"}}`, `{"id":3,"error":{"type":"ValueError","pid":7,"message":"argument value: not an integer that fits: \"x\""}}`},
		{`{"id":3,"call":"process.nice","args":{"pid":7,"valu":1}}`, `{"id":3,"error":{"type":"ValueError","pid":7,"message":"unknown argument \"valu\""}}`},
		{`{"id":3,"call":"process.nice","args":{"pid":-7,"value":"x"}}`, `{"id":3,"error":{"type":"ValueError","pid":null,"message":"argument value: not an integer that fits: \"x\""}}`},
		{`{"id":3,"call":"pid_exists","args":{"pid":7,"x":1}}`, `{"id":3,"error":{"type":"ValueError","pid":null,"message":"unknown argument \"x\""}}`},
		{" ", `{"id":null,"error":{"type":"ValueError","pid":null,"message":"a blank line"}}`},
		{`{"id":3,"call":"cpu_times","args":{"percpu":1}}`, `{"id":3,"error":{"type":"ValueError","pid":null,"message":"argument percpu: not true or false: 1"}}`},
		{`{"id":3,"call":"cpu_percent","args":{"interval":-1}}`, `{"id":3,"error":{"type":"ValueError","pid":null,"message":"argument interval: not a positive number of seconds: -1"}}`},
		{`{"id":3,"call":"net_connections","args":{"kind":"x"}}`, `{"id":3,"error":{"type":"ValueError","pid":null,"message":"net_connections: unknown kind \"x\""}}`},
		{`{"id":3,"call":"process_iter","args":{"attrs":"name"}}`, `{"id":3,"error":{"type":"ValueError","pid":null,"message":"argument attrs: not a list: \"name\""}}`},
		{`{"id":3,"call":"process_iter","args":{"attrs":["nam"]}}`, `{"id":3,"error":{"type":"ValueError","pid":null,"message":"fields: unknown field \"nam\""}}`},
		{"{\"id\":3,\"call\":\"\xff\"}", `{"id":3,"error":{"type":"ValueError","pid":null,"message":"not UTF-8"}}`},
		{"{\"id\":\"\xff\",\"call\":\"pids\"}", `{"id":null,"error":{"type":"ValueError","pid":null,"message":"not UTF-8"}}`},
	} {
		if got := string(c.answer(t.Context(), []byte(tt.request))); got != tt.want+"\n" {
			t.Errorf("%s\n got %swant %s", tt.request, got, tt.want)
		}
	}
}

func TestCallConversationLines(t *testing.T) {
	const call = `{"id":7,"call":"bytes2human","args":{"n":1}}`
	const good = `{"id":7,"result":"1.0B"}` + "\n"
	long := fmt.Sprintf(`{"id":null,"error":{"type":"ValueError","pid":null,"message":"request longer than %d bytes"}}`, maxLine) + "\n"
	const blank = `{"id":null,"error":{"type":"ValueError","pid":null,"message":"a blank line"}}` + "\n"
	pad := strings.Repeat(" ", maxLine-len(call))
	for _, tt := range []struct{ name, in, want string }{
		{"Empty", "", ""},
		{"Blank", "\n \t\r\n\n  ", blank + blank + blank + blank},
		{"NoNewlineAtEnd", call, good},
		{"CRLF", call + "\r\n" + call + "\r\n", good + good},
		{"BlankBetween", "\n" + call + "\n\n\n" + call + "\n\n", blank + good + blank + blank + good + blank},
		{"Longest", call + pad + "\n" + call + "\n", good + good},
		{"LongestAtEnd", call + pad, good},
		{"TooLong", call + pad + " \n" + call + "\n", long + good},
		{"MuchTooLong", strings.Repeat("[", 3*maxLine) + "\n" + call, long + good},
		{"TooLongAtEnd", call + "\n" + call + pad + " ", good + long},
		{"Deep", strings.Repeat("[", 1<<20) + "\n" + call, `{"id":null,"error":{"type":"ValueError","pid":null,"message":"not JSON: invalid character '[' exceeded max depth"}}` + "\n" + good},
	} {
		t.Run(tt.name, func(t *testing.T) {
			var out strings.Builder
			c := newTestConversation(t)
			c.answers = &out
			if err := c.converse(t.Context(), strings.NewReader(tt.in)); err != nil {
				t.Fatal(err)
			}
			if got := out.String(); got != tt.want {
				t.Errorf("got %.300q, want %.300q", got, tt.want)
			}
		})
	}
}

func TestCallThousandRequests(t *testing.T) {
	c := newTestConversation(t)
	const n = 1000
	r, w := io.Pipe()
	go func() {
		for i := range n {
			switch i % 4 {
			case 0:
				fmt.Fprintf(w, "{\"id\":%d,\"call\":\"virtual_memory\"}\n", i)
			case 1:
				fmt.Fprintf(w, "{\"id\":%d,\"call\":\"process.name\",\"args\":{\"pid\":999999999}}\n", i)
			case 2:
				fmt.Fprintf(w, "{\"id\":%d,\"call\":\"pids\"\n", i)
			case 3:
				fmt.Fprintf(w, "{\"id\":%d,\"call\":\"cpu_percent\"}\n", i)
			}
		}
		w.Close()
	}()
	var out bytes.Buffer
	c.answers = &out
	if err := c.converse(t.Context(), r); err != nil {
		t.Fatal(err)
	}
	lines := bytes.Split(bytes.TrimSuffix(out.Bytes(), []byte("\n")), []byte("\n"))
	if len(lines) != n {
		t.Fatalf("%d answers to %d requests", len(lines), n)
	}
	for i, line := range lines {
		var reply callReply
		if err := json.Unmarshal(line, &reply); err != nil {
			t.Fatalf("answer %d: %v", i, err)
		}
		want, failed := fmt.Sprint(i), i%4 == 1
		if i%4 == 2 {
			want, failed = "null", true
		}
		if string(reply.ID) != want || (reply.Error != nil) != failed {
			t.Fatalf("answer %d: %s", i, line)
		}
	}
}

// A failingWriter fails with err after some bytes.
type failingWriter struct {
	err error
	n   int
}

func (w *failingWriter) Write(b []byte) (int, error) {
	if w.n -= len(b); w.n < 0 {
		return 0, w.err
	}
	return len(b), nil
}

func TestCallWriteError(t *testing.T) {
	full := errors.New("disk full")
	requests := strings.Repeat(`{"call":"pids","args":{"x":1}}`+"\n", 3)
	c := newTestConversation(t)
	c.answers = &failingWriter{err: full, n: 100}
	if err := c.converse(t.Context(), strings.NewReader(requests)); !errors.Is(err, full) {
		t.Errorf("error %v, want %v", err, full)
	}
}

func TestCallPartialResult(t *testing.T) {
	c := newTestConversation(t)
	c.calls["pids"] = &call{run: func(*invocation) (any, error) {
		return []int{1}, &psutil.ParseError{File: "/proc/x", Line: 2, Err: errors.New("line 2: odd")}
	}}
	const want = `{"id":1,"result":[1],"warning":{"type":"OSError","pid":null,"message":"/proc/x: line 2: odd"}}` + "\n"
	if got := string(c.answer(t.Context(), []byte(`{"id":1,"call":"pids"}`))); got != want {
		t.Errorf("got %s, want %s", got, want)
	}
}

// TestCallJoinedErrors checks that joined errors are one line, and none is there
// twice.
func TestCallJoinedErrors(t *testing.T) {
	a, b := errors.New("a"), errors.New("b")
	e := newCallError(errors.Join(a, errors.Join(b, a)), nil)
	if got, want := e.Error(), "OSError: a; b"; got != want {
		t.Errorf("%q, want %q", got, want)
	}
	inner := &psutil.ProcessError{Op: "children", PID: 7, Err: errors.Join(a, b)}
	if got, want := newCallError(inner, nil).Message, "process 7: children: a; b"; got != want {
		t.Errorf("%q, want %q", got, want)
	}
}

// TestCallMessages checks that no message says the same word twice.
func TestCallMessages(t *testing.T) {
	tests := []struct{ request, want string }{
		{`{"call":"process.name","args":{"pid":-1}}`, "process -1: PID: negative"},
		{`{"call":"process.name","args":{"pid":999999999}}`, "process 999999999: no such process"},
	}
	if runtime.GOOS == "linux" { // where there is a PID 1, and these are the bounds
		tests = append(tests, []struct{ request, want string }{
			{`{"call":"process.nice","args":{"pid":1,"value":50}}`, "process 1: nice: not in -20 to 19"},
			{`{"call":"process.ionice","args":{"pid":1,"ioclass":2,"value":9}}`, "process 1: ionice: level not in 0 to 7"},
			{`{"call":"process.send_signal","args":{"pid":1,"sig":999}}`, "process 1: send_signal: refused by the kernel"},
		}...)
	}
	for _, tt := range tests {
		if e := askCall(t, newTestConversation(t), tt.request).Error; e == nil || e.Message != tt.want {
			t.Errorf("%s: %v, want %q", tt.request, e, tt.want)
		}
	}
	e := &psutil.ProcessError{Op: "ppid", PID: 7, Name: "x", Err: &psutil.NotSupportedError{Op: "ppid", Need: "y"}}
	if got, want := e.Error(), "process 7 (x): ppid: not supported (needs y)"; got != want {
		t.Errorf("%q, want %q", got, want)
	}
}

// TestCallCPUPercentIsNotAbsurd checks that a tick between two readings in quick
// succession makes no percentage of thousands.
func TestCallCPUPercentIsNotAbsurd(t *testing.T) {
	c := newTestConversation(t)
	var p psutil.Process
	began := time.Now()
	for _, tt := range []struct {
		at, used time.Duration
		want     any
	}{
		{0, 0, nil},
		{200 * time.Microsecond, 10 * time.Millisecond, nil},
		{19 * time.Millisecond, 20 * time.Millisecond, nil},
		{20 * time.Millisecond, 20 * time.Millisecond, 100.0},
		{20*time.Millisecond + 1, 30 * time.Millisecond, 100 * 30e6 / (20e6 + 1)},
		{30 * time.Millisecond, 30 * time.Millisecond, 100.0},
		{120 * time.Millisecond, 70 * time.Millisecond, 50.0},
		{130 * time.Millisecond, 80 * time.Millisecond, 100 * 60.0 / 110},
	} {
		if got := c.note(p, psutil.ProcessCPUTime{User: tt.used}, began.Add(tt.at)); got != tt.want {
			t.Errorf("after %v: %v, want %v", tt.at, got, tt.want)
		}
	}
}

// TestCallCPUWithoutTick checks that no share of no time is 0.
func TestCallCPUWithoutTick(t *testing.T) {
	still := []psutil.PerCPUTime{{CPUTime: psutil.CPUTime{Idle: time.Second}, CPU: 0}, {CPUTime: psutil.CPUTime{Idle: time.Second}, CPU: 1}}
	now := slices.Clone(still)
	now[1].User = time.Second
	got := eachCPU(now, still, func(t psutil.PerCPUTime) any { return t.Percent(psutil.CPUTime{}) })
	if !slices.Equal(got, []any{nil, 100.0}) {
		t.Errorf("%v", got)
	}
}

func TestCallForgetsProcesses(t *testing.T) {
	c := newTestConversation(t)
	c.sweep = 10
	sys, err := c.system()
	if err != nil {
		t.Fatal(err)
	}
	for token := range uint64(10) {
		p, err := sys.ProcessWithToken(1<<30, token)
		if err != nil {
			t.Fatal(err)
		}
		c.note(p, psutil.ProcessCPUTime{}, time.Time{})
	}
	self, err := sys.Self()
	if err != nil {
		t.Fatal(err)
	}
	if _, err := c.noteCPU(self); err != nil {
		t.Fatal(err)
	}
	if _, known := c.procs[self]; !known || len(c.procs) != 1 {
		t.Errorf("%d processes are remembered, want only this one", len(c.procs))
	}
	gone, err := sys.ProcessWithToken(self.PID(), self.Token()+1)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := c.noteCPU(gone); !errors.Is(err, psutil.ErrNoSuchProcess) || len(c.procs) != 1 {
		t.Errorf("error %v, %d processes", err, len(c.procs))
	}
}

func TestCallUnquote(t *testing.T) {
	for _, tt := range []struct{ in, want string }{
		{`""`, ""},
		{`"plain é €"`, "plain é €"},
		{`"\"\\\/\b\f\n\r\t"`, "\"\\/\b\f\n\r\t"},
		{`"\u0041\u00e9\u20ac\u0000"`, "Aé€\x00"},
		{`"\ud83d\ude00"`, "😀"},
		{`"\uD83D\uDE00x"`, "😀x"},
		{`"\udc80\udcff"`, "\x80\xff"},
		{`"a\udcc3\udca9"`, "aé"},
		{`"\ud83d\ud83d\ude00"`, "!"},
		{`"\udc7f"`, "!"},
		{`"\udc00"`, "!"},
		{`"\udd00"`, "!"},
		{`"\ud800"`, "!"},
		{`"\ud800x"`, "!"},
		{`"\ud800\n"`, "!"},
		{`"\ud800A"`, "!"},
	} {
		if !json.Valid([]byte(tt.in)) {
			t.Fatalf("%s is not JSON", tt.in)
		}
		got, err := unquote(json.RawMessage(tt.in))
		if err != nil {
			got = "!"
		}
		if got != tt.want {
			t.Errorf("%s: %q, %v, want %q", tt.in, got, err, tt.want)
		}
		if err != nil {
			continue
		}
		if back, err := unquote(json.RawMessage(quote(got))); err != nil || back != got {
			t.Errorf("%q: back %q, %v", got, back, err)
		}
	}
}

func TestCallUnquoteAllBytes(t *testing.T) {
	for i := range 1 << 16 {
		s := string([]byte{byte(i >> 8), byte(i), 'x'})
		if back, err := unquote(json.RawMessage(quote(s))); err != nil || back != s {
			t.Fatalf("%q: back %q, %v", s, back, err)
		}
	}
}

// TestCallCommandLine checks what the arguments of a command line become.
func TestCallCommandLine(t *testing.T) {
	for _, tt := range []struct {
		kind *kind
		text string
		want string // of the value; ! for an error
	}{
		{kindBool, "true", "true"}, {kindBool, "False", "false"}, {kindBool, "1", "!"}, {kindBool, "yes", "!"},
		{kindInt, "42", "42"}, {kindInt, "-1", "-1"}, {kindInt, "4.0", "!"}, {kindInt, "99999999999999999999", "!"},
		{kindNumber, "1e3", "1000"}, {kindNumber, "nan", "!"}, {kindNumber, "inf", "!"}, {kindNumber, "x", "!"},
		{kindSeconds, "1.5", "1.5s"}, {kindSeconds, "0", "0s"}, {kindSeconds, "-0.1", "!"}, {kindSeconds, "1e300", "2562047h47m16.854775807s"},
		{kindText, "None", "None"}, {kindText, "a\xff\"\n", "a\xff\"\n"}, {kindText, "", ""},
		{kindInts, "0,3", "[0 3]"}, {kindInts, "", "[]"}, {kindInts, "0;3", "!"}, {kindInts, "0],[1", "!"}, {kindInts, "[0]", "!"}, {kindInts, "a", "!"},
		{kindNames, "name, pid", "[name pid]"}, {kindNames, "", "[]"},
		{kindToken, "922337203685", "922337203685"}, {kindToken, "18446744073709551615", "!"}, {kindToken, "9223372036854775808", "!"}, {kindToken, "-1", "!"}, {kindToken, "18446744073709551616", "!"},
		{kindProcs, "1,2:30", "[{1 0 false} {2 30 true}]"}, {kindProcs, "1:", "!"}, {kindProcs, ":1", "!"}, {kindProcs, "x", "!"}, {kindProcs, "1\"", "!"},
		{kindSignal, "15", "15"}, {kindSignal, "nosuch", "!"}, {kindSignal, "", "!"}, {kindSignal, "1.5", "!"},
		{kindIOClass, "3", "IOPRIO_CLASS_IDLE"}, {kindIOClass, "be", "IOPRIO_CLASS_BE"}, {kindIOClass, "ioprio_class_rt", "IOPRIO_CLASS_RT"},
		{kindIOClass, "4", "!"}, {kindIOClass, "-1", "!"}, {kindIOClass, "x", "!"},
		{kindLimit, "nofile", "RLIMIT_NOFILE"}, {kindLimit, "RLIMIT_AS", "RLIMIT_AS"}, {kindLimit, "99", "!"}, {kindLimit, "-1", "!"},
		{kindAny, "x", `"x"`}, {kindAny, `{"a": 1}`, `{"a":1}`}, {kindAny, "\xff", `"\udcff"`},
	} {
		value, err := tt.kind.decode(json.RawMessage(tt.kind.text(tt.text)))
		got := fmt.Sprint(value)
		switch v := value.(type) {
		case json.RawMessage:
			got = string(v)
		case interface{ Signal() }:
			got = fmt.Sprintf("%d", v)
		}
		if err != nil {
			got = "!"
		}
		if got != tt.want {
			t.Errorf("%s %q: %s, %v, want %s", tt.kind.name, tt.text, got, err, tt.want)
		}
	}
	for _, name := range []string{"TERM", "SIGTERM", "sigterm"} {
		if sig, err := kindSignal.decode(json.RawMessage(quote(name))); err != nil || fmt.Sprintf("%d", sig) != "15" {
			t.Errorf("signal %s: %v, %v", name, sig, err)
		}
	}
}

func TestCallProcRef(t *testing.T) {
	for _, tt := range []struct{ in, want string }{
		{`[1]`, "[{1 0 false}]"},
		{`["1:2"]`, "[{1 2 true}]"},
		{`[{"pid":1}]`, "[{1 0 false}]"},
		{`[{"pid":1,"create_time":1.5,"create_token":"77"}]`, "[{1 77 true}]"},
		{`[{"pid":1,"create_token":77}]`, "[{1 77 true}]"},
		{`[{"pid":1,"create_token":null}]`, "[{1 0 false}]"},
		{`[{"create_token":77}]`, "!"},
		{`[{}]`, "!"}, {`[null]`, "!"}, {`[[1]]`, "!"}, {`[true]`, "!"}, {`null`, "!"}, {`{}`, "!"}, {`[1.5]`, "!"}, {`[""]`, "!"},
	} {
		value, err := kindProcs.decode(json.RawMessage(tt.in))
		got := fmt.Sprint(value)
		if err != nil {
			got = "!"
		}
		if got != tt.want {
			t.Errorf("%s: %s, %v, want %s", tt.in, got, err, tt.want)
		}
	}
}

func TestCallCommand(t *testing.T) {
	newTestConversation(t) // skips where nothing is supported
	for _, tt := range []struct {
		args           string
		status         int
		stdout, stderr string // the beginning
	}{
		{"bytes2human n=10000", 0, "\"9.8K\"\n", ""},
		{"bytes2human n=10000 -o json", 0, "\"9.8K\"\n", ""},
		{"bytes2human n=10000 -o csv", 0, "bytes2human\n9.8K\n", ""},
		{"bytes2human n=10000 -o table", 0, "bytes2human\n9.8K\n", ""},
		{"process.attrs -o ndjson", 0, "\"cmdline\"\n\"cpu_affinity\"\n", ""},
		{"cpu_percent", 0, "null\n", ""},
		{"pid_exists --pid -1", 0, "false\n", ""},
		{"process.new --pid 999999999", 1, "", "psutil: NoSuchProcess: process 999999999: "},
		{"heap_trim", 1, "", "psutil: NotSupported: heap_trim: "},
		{"process.kill --pid 0", 1, "", "psutil: NoSuchProcess: "},
		{"disk_usage path=/nosuch/dir", 1, "", "psutil: OSError: "},
		{"net_connections kind=x", 1, "", "psutil: ValueError: net_connections: "},
		{"", 2, "", "psutil: no NAME"},
		{"reboot", 2, "", "psutil: unknown call \"reboot\""},
		{"pids x=1", 2, "", "psutil: unknown argument \"x\" of pids"},
		{"pids x", 2, "", "psutil: argument \"x\": not NAME=VALUE"},
		{"process.name --pid 1 pid=2", 2, "", "psutil: argument pid is there twice"},
		{"process.nice --pid 1 value=x", 2, "", "psutil: argument value: not an integer"},
		{"process.rlimit --pid 1 resource=99", 2, "", "psutil: argument resource: not a resource: 99"},
		{"pids --pid 1", 2, "", "psutil: unknown argument \"pid\""},
		{"bytes2human n=1 n=2", 2, "", "psutil: argument n is there twice"},
		{"bytes2human n=x", 2, "", "psutil: argument n: not a number that fits: x"},
		{"bytes2human", 2, "", "psutil: missing argument n"},
		{"process.name --pid x", 2, "", "psutil: "},
		{"--list --stdin", 2, "", "psutil: --list and --stdin exclude each other"},
		{"--stdin pids", 2, "", "psutil: --stdin takes no arguments"},
		{"--list nosuch", 2, "", "psutil: unknown call \"nosuch\""},
		{"--list getloadavg", 0, "getloadavg\n    what    load averages over 1, 5 and 15 minutes\n    answer  [float]\n", ""},
		{"--list users -o ndjson", 0, `{"name":"users","doc":"logins that are open","args":[],"results":[{"type":"[{name, terminal, host, started, pid, `, ""},
	} {
		status, stdout, stderr := runCall("", strings.Fields(tt.args)...)
		if status != tt.status || !strings.HasPrefix(stdout, tt.stdout) || !strings.HasPrefix(stderr, tt.stderr) ||
			(tt.stdout == "") != (stdout == "") || (tt.stderr == "") != (stderr == "") {
			t.Errorf("call %s: status %d, stdout %q, stderr %q", tt.args, status, stdout, stderr)
		}
	}
	status, stdout, stderr := runCall(`{"id":1,"call":"bytes2human","args":{"n":1}}`, "--stdin")
	if status != 0 || stdout != `{"id":1,"result":"1.0B"}`+"\n" || stderr != "" {
		t.Errorf("call --stdin: status %d, stdout %q, stderr %q", status, stdout, stderr)
	}
}

func TestCallReport(t *testing.T) {
	for _, tt := range []struct {
		result string
		zero   any
		want   string // as CSV
	}{
		{`[1,null,"a\u001b\udcff"]`, nil, "x\n1\n\na\\x1b\\xff\n"},
		{`[{"a":1},{"b":[1,{}],"a":null}]`, nil, "a,b\n1,\n,\"[1,{}]\"\n"},
		{`{"a":"\udc80","\udcffb":2.50}`, nil, "a,\\xffb\n\\x80,2.50\n"},
		{`{"lo":{"a":1},"eth0":{"a":2}}`, map[string]any(nil), "key,a\nlo,1\neth0,2\n"},
		{`{"lo":[{"a":1},{"a":3}],"none":[],"eth0":[{"a":2}]}`, map[string]any(nil), "key,a\nlo,1\nlo,3\neth0,2\n"},
		{`{"HOME":"/root"}`, map[string]any(nil), "key,x\nHOME,/root\n"},
		{`[]`, []int(nil), "x\n"},
		{`{}`, map[string]string(nil), "key,x\n"},
		{`[]`, []child(nil), "pid,name\n"},
		{`{}`, map[string]child(nil), "key,pid,name\n"},
		{`{}`, map[string][]child(nil), "key,pid,name\n"},
		{`null`, nil, "x\n\n"},
	} {
		var out strings.Builder
		env := &environment{stdout: &out, format: formatCSV}
		if err := newCallReport("x", json.RawMessage(tt.result), reflect.TypeOf(tt.zero)).write(env); err != nil {
			t.Fatal(err)
		}
		if got := strings.ReplaceAll(out.String(), "\r\n", "\n"); got != tt.want {
			t.Errorf("%s: %q, want %q", tt.result, got, tt.want)
		}
	}
}

// TestCallTable checks the table of calls in itself.
func TestCallTable(t *testing.T) {
	seen := make(map[string]bool)
	for _, c := range allCalls() {
		if seen[c.name] {
			t.Errorf("%s is there twice", c.name)
		}
		seen[c.name] = true
		if c.doc == "" || len(c.results) == 0 || c.run == nil {
			t.Errorf("%s is not complete", c.name)
		}
		for _, p := range c.params {
			if p.doc == "" {
				t.Errorf("%s: argument %s has no doc", c.name, p.name)
			}
			if p.def == "" || p.def == "null" {
				continue
			}
			if _, err := p.kind.decode(json.RawMessage(p.def)); err != nil {
				t.Errorf("%s: the default of %s: %v", c.name, p.name, err)
			}
		}
		for _, f := range c.forms() {
			if f.Type == "any" || strings.Contains(f.Type, "{}") {
				t.Errorf("%s: answer %s is not described", c.name, f.Type)
			}
		}
	}
}

func TestCallComplete(t *testing.T) {
	names, _ := completeCall(nil, nil, "")
	if !slices.ContainsFunc(names, func(s string) bool { return strings.HasPrefix(s, "process.memory_info\t") }) {
		t.Errorf("names: %q", names)
	}
	args, _ := completeCall(nil, []string{"disk_usage"}, "")
	if len(args) != 2 || !strings.HasPrefix(args[0], "path=\t") {
		t.Errorf("arguments: %q", args)
	}
	if args, _ := completeCall(nil, []string{"nosuch"}, ""); len(args) != 0 {
		t.Errorf("arguments of nothing: %q", args)
	}
}

// FuzzCallLine checks that every line has exactly one answer, which is valid
// JSON on one line. The calls answer with their arguments, and do nothing.
func FuzzCallLine(f *testing.F) {
	for _, seed := range []string{
		`{"id":1,"call":"process.name","args":{"pid":1}}`,
		`{"id":"\udcff","call":"disk_usage","args":{"path":"/\udc80\ud83d\ude00","timeout":1e9}}`,
		`{"id":[{}],"call":"wait_procs","args":{"procs":[1,"2:3",{"pid":4,"create_token":"5"}],"timeout":0}}`,
		`{"call":"process.rlimit","args":{"pid":1,"resource":"NOFILE","limits":[1,-1]},"create_token":"18446744073709551615"}`,
		`{"call":"process.ionice","args":{"pid":1,"ioclass":"be","value":4}}`,
		`{"call":"process.send_signal","args":{"pid":1,"sig":"TERM"}}`,
		`{"call":"process_iter","args":{"attrs":["name","pid"],"ad_value":{"a" : "\ud800"}}}`,
		`{"call":"cpu_percent","args":{"interval":0.1,"percpu":true}}`,
		"{\"call\":\"pids\"}\n{}\n\n \n[]",
		"\xff", `"`, `{"call":"\u`, `{"args":null,"call":"pids"}`, `{"args":{"":""},"call":"pids"}`,
	} {
		f.Add([]byte(seed))
	}
	calls := make(map[string]*call)
	for _, c := range allCalls() {
		c.process = false
		c.run = func(in *invocation) (any, error) { return fmt.Sprint(in.args), nil }
		calls[c.name] = &c
	}
	f.Fuzz(func(t *testing.T, in []byte) {
		var out bytes.Buffer
		c := newConversation(func() (*psutil.System, error) { return nil, nil }, &out)
		c.calls = calls
		if err := c.converse(t.Context(), bytes.NewReader(in)); err != nil {
			t.Fatal(err)
		}
		want := bytes.Count(in, []byte("\n"))
		if len(in) > 0 && in[len(in)-1] != '\n' {
			want++
		}
		got := 0
		for line := range bytes.Lines(out.Bytes()) {
			got++
			var reply map[string]json.RawMessage
			if err := json.Unmarshal(line, &reply); err != nil || line[len(line)-1] != '\n' || bytes.IndexByte(line, '\r') >= 0 {
				t.Fatalf("%q: %q: %v", in, line, err)
			}
			if len(reply) != 2 || reply["id"] == nil || (reply["result"] == nil) == (reply["error"] == nil) {
				t.Fatalf("%q: %q", in, line)
			}
		}
		if got != want {
			t.Fatalf("%q: %d answers to %d lines: %q", in, got, want, out.Bytes())
		}
	})
}
