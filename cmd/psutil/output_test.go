package main

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net/netip"
	"slices"
	"strings"
	"testing"
	"time"
	"unicode"
	"unicode/utf8"

	"github.com/go-psutil/psutil"
)

func TestPrintable(t *testing.T) {
	for _, test := range []struct{ in, want string }{
		{"", ""},
		{"plain ~", "plain ~"},
		{`back\slash`, `back\slash`},
		{"Grüße 日本語 🙂", "Grüße 日本語 🙂"},
		{"a\nb\rc\td", `a\nb\rc\td`},
		{"\x00\x01\x1b[2J\x7f", `\x00\x01\x1b[2J\x7f`},
		{"csi \u009b31m", `csi \u009b31m`},
		{"\u0085", `\u0085`},
		{"\u202egnp.exe\u2066\u2069\u202a", `\u202egnp.exe\u2066\u2069\u202a`},
		{"\u2028\u2029", `\u2028\u2029`},
		{"\u200b\u200e\ufeff\u00ad", `\u200b\u200e\ufeff\u00ad`},
		{"\u200c\u200d", "\u200c\u200d"},
		{"tag \U000e0041", `tag \udb40\udc41`},
		{"\xff\xc3(", `\xff\xc3(`},
		{"\xe2\x80", `\xe2\x80`},
		{"\xed\xb2\x80", `\xed\xb2\x80`}, // a surrogate is not UTF-8
		{"\ufffd", "\ufffd"},
	} {
		if got := printable(test.in); got != test.want {
			t.Errorf("printable(%q) = %q, want %q", test.in, got, test.want)
		}
	}
}

func FuzzPrintable(f *testing.F) {
	for _, s := range []string{"", "a", "\x1b[31m", "\xff\n", "\u202e", "日本", "\u2028", "\x85", "\U000e0041", "\xf0\x9f"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		got := printable(s)
		if !utf8.ValidString(got) {
			t.Fatalf("%q: %q is not UTF-8", s, got)
		}
		for _, r := range got {
			switch {
			case r < ' ', 0x7f <= r && r < 0xa0, r == '\u2028', r == '\u2029',
				'\u202a' <= r && r <= '\u202e', '\u2066' <= r && r <= '\u2069', unicode.IsControl(r):
				t.Fatalf("%q: %q has %U", s, got, r)
			}
		}
		if again := printable(got); again != got {
			t.Fatalf("%q becomes %q and then %q", s, got, again)
		}
		if utf8.ValidString(s) && strings.IndexFunc(s, func(r rune) bool { return !unicode.IsPrint(r) }) < 0 && got != s {
			t.Fatalf("%q is fit to print, and became %q", s, got)
		}
	})
}

// thing is a row with a value of each kind.
type thing struct {
	name    string
	size    uint64
	took    time.Duration
	share   float64
	at      time.Time
	state   psutil.ConnState
	args    []string
	end     any
	missing bool
}

var things = []thing{
	{"a", 1 << 40, 1500 * time.Millisecond, 99.5, time.Unix(1700000000, 250e6), psutil.ConnListen, []string{"x", "y z"},
		endpoint{addr: netip.MustParseAddrPort("[fe80::1%eth0]:22")}, false},
	{"b,\"\x1b\n\xff", 2, 0, 0, time.Unix(1, 0), psutil.ConnNone, []string{}, endpoint{path: "@x\x00y"}, false},
	{"c", 3, 0, 0, time.Time{}, psutil.ConnNone, nil, nil, true},
}

func thingColumns() []column[thing] {
	unless := func(get func(thing) any) func(thing) any {
		return func(x thing) any {
			if x.missing {
				return nil
			}
			return get(x)
		}
	}
	return []column[thing]{
		{key: "twice", title: "TWICE", right: true, tableOnly: true, value: func(x thing) any { return 2 * x.size }},
		{key: "name", title: "NAME", value: func(x thing) any { return x.name }},
		{key: "size", title: "SIZE", right: true, value: unless(func(x thing) any { return x.size })},
		{key: "took", value: unless(func(x thing) any { return x.took })},
		{key: "share", title: "SHARE", right: true, value: unless(func(x thing) any { return x.share })},
		{key: "at", value: unless(func(x thing) any { return x.at })},
		{key: "state", title: "STATE", value: unless(func(x thing) any { return x.state })},
		{key: "args", title: "ARGS", value: unless(func(x thing) any { return x.args })},
		{key: "end", title: "END", value: func(x thing) any { return x.end }},
	}
}

// printed returns what a report prints.
func printed[T any](t *testing.T, r report[T], f format) string {
	t.Helper()
	var out bytes.Buffer
	env := environment{stdout: &out, format: f, color: whenNever}
	if err := r.write(&env); err != nil {
		t.Fatal(err)
	}
	return out.String()
}

func TestFormats(t *testing.T) {
	r := report[thing]{columns: thingColumns(), rows: things}
	const (
		a = `{"name":"a","size":1099511627776,"took":1.5,"share":99.5,"at":1700000000.25,"state":"LISTEN","args":["x","y z"],"end":{"ip":"fe80::1%eth0","port":22}}`
		b = `{"name":"b,\"\u001b\n\udcff","size":2,"took":0.0,"share":0.0,"at":1.0,"state":"NONE","args":[],"end":"@x\u0000y"}`
		c = `{"name":"c","size":null,"took":null,"share":null,"at":null,"state":null,"args":null,"end":null}`
	)
	for f, want := range map[format]string{
		formatTable: `
        TWICE  NAME                    SIZE  SHARE  STATE   ARGS   END
2199023255552  a              1099511627776   99.5  LISTEN  x y z  [fe80::1%eth0]:22
            4  b,"\x1b\n\xff              2    0.0  NONE    -      @x\x00y
            6  c                          -      -  -       -      -
`,
		formatJSON:   "\n[\n" + a + ",\n" + b + ",\n" + c + "\n]\n",
		formatNDJSON: "\n" + a + "\n" + b + "\n" + c + "\n",
		formatCSV: `
name,size,took,share,at,state,args,end
a,1099511627776,1.5,99.5,1700000000.25,LISTEN,"[""x"",""y z""]",[fe80::1%eth0]:22
"b,""\x1b\n\xff",2,0.0,0.0,1.0,NONE,[],@x\x00y
c,,,,,,,
`,
	} {
		if got := "\n" + printed(t, r, f); got != want {
			t.Errorf("%s:%s\nwant:%s", f, got, want)
		}
	}
}

func TestFormatsOfNothing(t *testing.T) {
	r := report[thing]{columns: thingColumns()}
	for f, want := range map[format]string{
		formatTable:  "TWICE  NAME  SIZE  SHARE  STATE  ARGS  END\n",
		formatJSON:   "[]\n",
		formatNDJSON: "",
		formatCSV:    "name,size,took,share,at,state,args,end\n",
	} {
		if got := printed(t, r, f); got != want {
			t.Errorf("%s: %q, want %q", f, got, want)
		}
	}
}

func TestSingleIsNoArray(t *testing.T) {
	r := report[thing]{columns: thingColumns()[1:3], rows: things[:1], single: true}
	for _, f := range []format{formatJSON, formatNDJSON} {
		if got, want := printed(t, r, f), `{"name":"a","size":1099511627776}`+"\n"; got != want {
			t.Errorf("%s: %q, want %q", f, got, want)
		}
	}
}

func TestWriteErrorIsReturned(t *testing.T) {
	full := errors.New("full")
	for _, f := range formats {
		env := environment{stdout: writerFunc(func([]byte) (int, error) { return 0, full }), format: f}
		r := report[thing]{columns: thingColumns(), rows: things}
		if err := r.write(&env); !errors.Is(err, full) {
			t.Errorf("%s: %v", f, err)
		}
	}
}

type writerFunc func([]byte) (int, error)

func (f writerFunc) Write(b []byte) (int, error) { return f(b) }

func TestSort(t *testing.T) {
	for by, want := range map[string]string{
		"": "abc", "name": "abc", "-name": "cba",
		"size": "bac", "-size": "abc", "SIZE": "bac", // what is missing is last
		"took": "bac", "-took": "abc",
		"at": "bac", "-share": "abc",
		"state": "abc", "-state": "bac", // LISTEN is before NONE
		"twice": "bca",
		"end":   "bac", // paths before addresses
	} {
		r := report[thing]{columns: thingColumns(), rows: slices.Clone(things)}
		if err := r.sort(by); err != nil {
			t.Errorf("%s: %v", by, err)
			continue
		}
		got := ""
		for _, row := range r.rows {
			got += row.name[:1]
		}
		if got != want {
			t.Errorf("by %q: %s, want %s", by, got, want)
		}
	}
	r := report[thing]{columns: thingColumns(), rows: slices.Clone(things)}
	err := r.sort("-nosuch")
	if usage := (*usageError)(nil); !errors.As(err, &usage) || !strings.Contains(err.Error(), "twice, name, size") {
		t.Errorf("unknown column: %v", err)
	}
}

func TestErrorLine(t *testing.T) {
	one := &fs.PathError{Op: "open", Path: "/a\nb\x1b", Err: fs.ErrNotExist}
	two := &psutil.ProcessError{Op: "exe", PID: 7, Err: errors.New("x\u202ey")}
	for _, test := range []struct {
		err  error
		want string
	}{
		{one, `open /a\nb\x1b: file does not exist`},
		{errors.Join(one, two), `open /a\nb\x1b: file does not exist; process 7: exe: x\u202ey`},
		{errors.Join(nil, errors.Join(errors.New("1"), errors.New("2")), nil, errors.New("3"), errors.New("4"), errors.New("5")), "1; 2; 3; and 2 more"},
		{fmt.Errorf("in %s: %w and %w", "x", errors.New("a"), errors.New("b")), "in x: a and b"},
	} {
		if got := errorLine(test.err); got != test.want {
			t.Errorf("%q, want %q", got, test.want)
		}
	}
}

func TestTextOfValues(t *testing.T) {
	for _, test := range []struct {
		value any
		want  string
	}{
		{nil, ""}, {7, "7"}, {uint64(1 << 63), "9223372036854775808"}, {-3, "-3"}, {12.345, "12.3"}, {true, "true"},
		{[]int{0, 2}, "0, 2"}, {[]uint32{}, ""}, {time.Time{}, ""},
		{map[string]string{"B": "2", "A": "1"}, "A=1 B=2"},
		{[]psutil.Namespace{{Type: "net", Inode: 1}, {Type: "pid", Inode: 2}}, "net:[1], pid:[2]"},
		{psutil.StatusDiskSleep, "disk-sleep"},
	} {
		if got := text(test.value); got != test.want {
			t.Errorf("text(%v) = %q, want %q", test.value, got, test.want)
		}
	}
}

// manyConns are connections as a busy server has them.
func manyConns(n int) []conn {
	rows := make([]psutil.Connection, n)
	for i := range rows {
		local := netip.AddrPortFrom(netip.AddrFrom4([4]byte{127, 0, 0, 1}), 8000+uint16(i%16))
		remote := netip.AddrPortFrom(netip.AddrFrom4([4]byte{10, 20, byte(i >> 8), byte(i)}), 32768+uint16(i%20000))
		if i%8 == 0 {
			remote = netip.AddrPortFrom(netip.AddrFrom16([16]byte{0x20, 1, 0xd, 0xb8, 14: byte(i >> 8), 15: byte(i)}), 443)
		}
		rows[i] = psutil.Connection{FD: 3 + i%4000, Family: psutil.FamilyINET, Type: psutil.SocketStream, Local: local, Remote: remote,
			Status: psutil.ConnEstablished, PID: 1000 + i%24, UID: 1000, Inode: 300000 + uint64(i), SendQ: uint32(i % 3)}
	}
	pointers := make([]conn, n)
	for i := range rows {
		pointers[i] = &rows[i]
	}
	return pointers
}

// manyProcesses are processes with what psutil ps shows of them.
func manyProcesses(n int) []process {
	_, fields, _ := psColumns(&psFlags{})
	rows := make([]process, n)
	for i := range rows {
		rows[i].ProcessInfo = &psutil.ProcessInfo{
			Valid: fields, Username: "www-data", Name: "worker", Cmdline: []string{"/usr/bin/worker", "--number", fmt.Sprint(i)},
			MemoryPercent: float64(i) / 7, VMS: uint64(i) << 20, RSS: uint64(i) << 18, Status: psutil.StatusSleeping,
			CreateTime: time.Unix(1700000000, int64(i)*1e7), CPUTimes: psutil.ProcessCPUTime{User: time.Duration(i) * 1e7},
		}
	}
	return rows
}

func benchmarkReport[T any](b *testing.B, f format, columns []column[T], rows []T) {
	r := report[T]{columns: columns, rows: rows}
	env := environment{stdout: io.Discard, format: f, color: whenNever}
	b.ReportAllocs()
	for b.Loop() {
		if err := r.write(&env); err != nil {
			b.Fatal(err)
		}
	}
	b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N*len(rows)), "ns/row")
}

func benchmarkNetstat(b *testing.B, f format) {
	table := socketTable{users: users{1000: "www-data"}, programs: &programs{known: make(map[int]program)}}
	for i := range 24 {
		table.programs.known[1000+i] = program{fmt.Sprint("worker-", i), "www-data"}
	}
	benchmarkReport(b, f, table.columns(&netstatFlags{}), manyConns(40_000))
}

func BenchmarkNetstatTable(b *testing.B)  { benchmarkNetstat(b, formatTable) }
func BenchmarkNetstatJSON(b *testing.B)   { benchmarkNetstat(b, formatJSON) }
func BenchmarkNetstatNDJSON(b *testing.B) { benchmarkNetstat(b, formatNDJSON) }
func BenchmarkNetstatCSV(b *testing.B)    { benchmarkNetstat(b, formatCSV) }

func benchmarkPs(b *testing.B, f format) {
	columns, _, err := psColumns(&psFlags{})
	if err != nil {
		b.Fatal(err)
	}
	benchmarkReport(b, f, columns, manyProcesses(4000))
}

func BenchmarkPsTable(b *testing.B) { benchmarkPs(b, formatTable) }
func BenchmarkPsJSON(b *testing.B)  { benchmarkPs(b, formatJSON) }
