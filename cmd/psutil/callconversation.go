package main

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"io"
	"slices"
	"syscall"
	"time"
	"unicode/utf8"

	"github.com/go-psutil/psutil"
)

// A conversation runs calls and remembers what the next ones need.
type conversation struct {
	system  func() (*psutil.System, error)
	answers io.Writer // where they are written to
	calls   map[string]*call
	cpus    map[cpuKey]*history[[]psutil.PerCPUTime]
	procs   map[psutil.Process]*history[psutil.ProcessCPUTime]
	sweep   int // how many processes there may be before those that have gone are forgotten
}

// cpuKey is one of the kinds of calls that know the CPU times of the last.
type cpuKey struct {
	call   string
	percpu bool
}

// shortest is how long CPU time is measured for, at least: the kernel counts it
// in ticks of 10 ms, and a tick in a shorter time would make an absurd
// percentage.
const shortest = 20 * time.Millisecond

// A reading is a counter at an instant.
type reading[T any] struct {
	value T
	at    time.Time
}

// A history is the last readings of a counter, shortest or more apart.
type history[T any] struct{ last, before *reading[T] }

// add returns the reading since which a rate is to be measured, nil if there is
// none that is old enough. It remembers the new one unless it comes too early.
func (h *history[T]) add(value T, at time.Time) *reading[T] {
	if h.last == nil || at.Sub(h.last.at) >= shortest {
		h.before, h.last = h.last, &reading[T]{value, at}
	}
	return h.before
}

func newConversation(system func() (*psutil.System, error), answers io.Writer) *conversation {
	c := &conversation{
		system:  system,
		answers: answers,
		calls:   make(map[string]*call),
		cpus:    make(map[cpuKey]*history[[]psutil.PerCPUTime]),
		procs:   make(map[psutil.Process]*history[psutil.ProcessCPUTime]),
		sweep:   1024,
	}
	for _, name := range []string{"cpu_percent", "cpu_times_percent"} {
		c.cpus[cpuKey{name, false}] = new(history[[]psutil.PerCPUTime])
		c.cpus[cpuKey{name, true}] = new(history[[]psutil.PerCPUTime])
	}
	for _, known := range allCalls() {
		c.calls[known.name] = &known
	}
	return c
}

func allCalls() []call { return append(systemCalls(), processCalls()...) }

// do runs one call. It may answer with a result beside an error: with those
// rows that could be read.
func (c *conversation) do(ctx context.Context, name string, passed map[string]json.RawMessage) (result any, err error) {
	known := c.calls[name]
	if known == nil {
		return nil, badArgument("unknown call %.100q", name)
	}
	args, err := decodeArgs(known.params, passed)
	if err != nil {
		if pid, perr := decodeInt(passed["pid"]); known.process && perr == nil && pid.(int) >= 0 {
			n := pid.(int)
			return nil, newCallError(err, &n)
		}
		return nil, err
	}
	in := &invocation{ctx: ctx, conv: c, args: args}
	if in.sys, err = c.system(); err != nil {
		return nil, newCallError(err, nil)
	}
	pid, isProcess := arg[int](in, "pid")
	if known.process {
		token, pinned := arg[uint64](in, "create_token")
		if in.proc, err = openProcess(in.sys, procRef{pid, token, pinned}); err != nil {
			return nil, newCallError(err, &pid)
		}
	}
	if result, err = known.run(in); err != nil {
		if !isProcess {
			return result, newCallError(err, nil)
		}
		return result, newCallError(err, &pid)
	}
	return result, nil
}

func openProcess(sys *psutil.System, ref procRef) (psutil.Process, error) {
	if ref.pinned {
		return sys.ProcessWithToken(ref.pid, ref.token)
	}
	return sys.NewProcess(ref.pid)
}

// noteCPU reads the CPU time of a process, and returns its percentage like note.
func (c *conversation) noteCPU(p psutil.Process) (percent any, err error) {
	times, err := p.CPUTimes()
	if err != nil {
		delete(c.procs, p)
		return nil, err
	}
	return c.note(p, times, time.Now()), nil
}

// note remembers the CPU time of a process, and returns what percentage it makes
// since the last call that asked for it, nil if that can't be told yet.
func (c *conversation) note(p psutil.Process, times psutil.ProcessCPUTime, at time.Time) (percent any) {
	if len(c.procs) >= c.sweep {
		for q := range c.procs {
			if running, err := q.IsRunning(); err == nil && !running {
				delete(c.procs, q)
			}
		}
		c.sweep = 2*len(c.procs) + 1024
	}
	known := c.procs[p]
	if known == nil {
		known = new(history[psutil.ProcessCPUTime])
		c.procs[p] = known
	}
	if before := known.add(times, at); before != nil {
		return times.Percent(before.value, at.Sub(before.at))
	}
	return nil
}

// answer answers a request, a line of JSON, with another, which ends with a
// newline.
func (c *conversation) answer(ctx context.Context, line []byte) []byte {
	id, name, args, err := parseRequest(line)
	var result any
	if err == nil {
		result, err = c.do(ctx, name, args)
	}
	b := append([]byte(`{"id":`), id...)
	var body []byte
	if result != nil || err == nil {
		var jerr error
		if body, jerr = psutil.AppendJSON([]byte(`,"result":`), result); jerr != nil {
			body, err = nil, jerr
		}
	}
	b = append(b, body...)
	if err != nil {
		key := `,"error":`
		if body != nil {
			key = `,"warning":`
		}
		b = append(append(b, key...), errorObject(err)...)
	}
	return append(b, "}\n"...)
}

// errorObject is an error as a conversation has it.
func errorObject(err error) []byte {
	e, ok := errors.AsType[*callError](err)
	if !ok {
		e = newCallError(err, nil)
	}
	members := fields{{"type", e.Type}, {"pid", e.PID}, {"message", e.Message}}
	if e.Errno != nil {
		members = append(members, field{"errno", *e.Errno})
	}
	b, _ := members.MarshalJSON() // has no error for such members
	return b
}

// parseRequest reads a request. The id is there also when the rest is wrong,
// and null when there is none.
func parseRequest(line []byte) (id json.RawMessage, name string, args map[string]json.RawMessage, err error) {
	id = json.RawMessage("null")
	if len(bytes.TrimSpace(line)) == 0 {
		return id, "", nil, badArgument("a blank line")
	}
	var request map[string]json.RawMessage
	if err := json.Unmarshal(line, &request); err != nil || request == nil {
		if _, syntax := errors.AsType[*json.SyntaxError](err); syntax {
			return id, "", nil, badArgument("not JSON: %v", err)
		}
		return id, "", nil, badArgument("not a JSON object")
	}
	if raw, ok := request["id"]; ok && utf8.Valid(raw) {
		id = compact(raw)
	}
	if !utf8.Valid(line) {
		return id, "", nil, badArgument("not UTF-8")
	}
	for key := range request {
		switch key {
		case "id", "call", "args", "create_token":
		default:
			return id, "", nil, badArgument("unknown member %.100q", key)
		}
	}
	if len(request["call"]) == 0 || request["call"][0] != '"' {
		return id, "", nil, badArgument("no call")
	}
	if name, err = unquote(request["call"]); err != nil {
		return id, "", nil, err
	}
	if raw, ok := request["args"]; ok && json.Unmarshal(raw, &args) != nil {
		return id, "", nil, badArgument("args is not an object")
	}
	if token, ok := request["create_token"]; ok {
		if _, twice := args["create_token"]; twice {
			return id, "", nil, badArgument("create_token is there twice")
		}
		if args == nil {
			args = make(map[string]json.RawMessage)
		}
		args["create_token"] = token
	}
	return id, name, args, nil
}

// maxLine is how long a request may be.
const maxLine = 16 << 20

// converse answers one request a line until the end of the input.
func (c *conversation) converse(ctx context.Context, stdin io.Reader) error {
	lines := &lineReader{r: bufio.NewReaderSize(stdin, 64<<10)}
	for {
		line, err := lines.next()
		var reply []byte
		switch {
		case errors.Is(err, io.EOF):
			return nil
		case errors.Is(err, errLineTooLong):
			reply = append(errorReply(err), '\n')
		case err != nil:
			return err
		default:
			reply = c.answer(ctx, line)
		}
		if _, err := c.answers.Write(reply); err != nil {
			if errors.Is(err, syscall.EPIPE) {
				return nil // nobody wants to know any more
			}
			return err
		}
	}
}

func errorReply(err error) []byte {
	return slices.Concat([]byte(`{"id":null,"error":`), errorObject(err), []byte("}"))
}

var errLineTooLong = badArgument("request longer than %d bytes", maxLine)

// A lineReader reads lines and passes over those that are too long.
type lineReader struct {
	r   *bufio.Reader
	buf []byte
}

// next returns the next line, valid until the next call, or errLineTooLong.
// The last one need not end with a newline.
func (l *lineReader) next() ([]byte, error) {
	const keep = 1 << 20
	if cap(l.buf) > keep {
		l.buf = nil
	}
	l.buf = l.buf[:0]
	tooLong, begun := false, false
	for {
		part, err := l.r.ReadSlice('\n')
		begun = begun || len(part) > 0
		if tooLong = tooLong || len(l.buf)+len(part) > maxLine+1; !tooLong {
			l.buf = append(l.buf, part...)
		}
		switch {
		case errors.Is(err, bufio.ErrBufferFull):
			continue
		case err != nil && !(errors.Is(err, io.EOF) && begun):
			return nil, err
		case tooLong || len(bytes.TrimSuffix(l.buf, []byte("\n"))) > maxLine:
			return nil, errLineTooLong
		}
		return l.buf, nil
	}
}
