package main

import (
	"cmp"
	"encoding/csv"
	"io"
	"iter"
	"math"
	"net/netip"
	"slices"
	"strings"
	"testing"

	"github.com/go-psutil/psutil"
)

// hostile are texts that one format or another must not print as they are.
var hostile = []string{
	"", " ", "plain", " blank before", `"`, `a"b`, `\`, `\.`, `\"`, ",", "a,b", "null", "\n", "\r\n", "\t\x00\x1b[2J\x1f\x7f",
	"\u0085\u009b\u00a0", "\u00a0x", "\u2028\u2029\u202e", "\u3000x", "\ufffd", "\xff", "\xed\xb2\x80", "\xe6\x97", "日本語 🙂", "\U000e0041",
}

// encoded returns what an encoder makes of what put gives it.
func encoded(f form, put func(*encoder)) encoder {
	e := encoder{form: f, dst: []byte("x")}
	put(&e)
	return e
}

// checkEncoder compares what put gives to an encoder with a value that is to be
// the same in every form.
func checkEncoder(t *testing.T, put func(*encoder), value any) {
	t.Helper()
	want, err := psutil.AppendJSON([]byte("x"), value)
	if got := encoded(inJSON, put); string(got.dst) != string(want) || got.err != nil || err != nil {
		t.Errorf("%q: JSON %s, %v; want %s, %v", value, got.dst, got.err, want, err)
	}
	for _, f := range []form{inCSV, inTable, asValue} {
		got := encoded(f, put)
		want := encoded(f, func(e *encoder) { e.box(value) })
		if string(got.dst) != string(want.dst) || got.value != want.value || got.err != nil || want.err != nil {
			t.Errorf("%q: form %d: %+v, want %+v", value, f, got, want)
		}
	}
}

func TestEncoderIsAppendJSON(t *testing.T) {
	checkEncoder(t, (*encoder).missing, nil)
	for _, s := range hostile {
		checkEncoder(t, func(e *encoder) { e.string(s) }, s)
		checkEncoder(t, func(e *encoder) { e.any(s) }, s)
	}
	for _, n := range []int64{0, -1, 99, 100, math.MinInt64, math.MaxInt64} {
		checkEncoder(t, func(e *encoder) { e.int(n) }, n)
		checkEncoder(t, func(e *encoder) { e.uint(uint64(n)) }, uint64(n))
	}
	for _, b := range []bool{false, true} {
		checkEncoder(t, func(e *encoder) { e.bool(b) }, b)
	}
	for _, f := range []float64{0, math.Copysign(0, -1), 99.95, 1e15, 1e-9, math.Inf(1)} {
		checkEncoder(t, func(e *encoder) { e.any(f) }, f)
	}
}

func TestEncoderOfEndpoint(t *testing.T) {
	checkEncoder(t, endpoint{}.put, nil)
	for _, s := range hostile[1:] {
		checkEncoder(t, endpoint{path: s}.put, endpoint{path: s})
		if got := encoded(inJSON, endpoint{path: s}.put); string(got.dst) != "x"+inJSONOf(t, s) {
			t.Errorf("path %q: %s", s, got.dst)
		}
	}
	addrs := []netip.Addr{netip.MustParseAddr("0.0.0.0"), netip.MustParseAddr("255.255.255.255"), netip.MustParseAddr("::"),
		netip.MustParseAddr("::ffff:192.0.2.1"), netip.MustParseAddr("2001:db8::ffff:0:1")}
	for _, zone := range hostile {
		addrs = append(addrs, netip.MustParseAddr("fe80::1").WithZone(zone), netip.MustParseAddr("::ffff:192.0.2.1").WithZone(zone))
	}
	for _, ip := range addrs {
		for _, port := range []uint16{0, 22, math.MaxUint16} {
			end := endpoint{addr: netip.AddrPortFrom(ip, port)}
			checkEncoder(t, end.put, end)
			want := inJSONOf(t, struct {
				IP   string `json:"ip"`
				Port uint16 `json:"port"`
			}{ip.String(), port})
			if got := encoded(inJSON, end.put); string(got.dst) != "x"+want {
				t.Errorf("%v: %s, want %s", end, got.dst, want)
			}
			if got := encoded(inTable, end.put); string(got.dst) != "x"+end.addr.String() {
				t.Errorf("%v: %q", end, got.dst)
			}
		}
	}
}

func inJSONOf(t *testing.T, value any) string {
	t.Helper()
	b, err := psutil.AppendJSON(nil, value)
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

func TestEncoderKeepsFirstError(t *testing.T) {
	e := encoder{form: inJSON}
	e.any(make(chan int))
	first := e.err
	e.any(make(chan string))
	if first == nil || e.err != first {
		t.Errorf("%v, then %v", first, e.err)
	}
}

func TestRowThatCannotBeWrittenIsNotBegun(t *testing.T) {
	r := report[any]{columns: []column[any]{{key: "k", value: func(x any) any { return x }}}, rows: []any{1, make(chan int), 3}}
	for f, want := range map[format]string{formatJSON: "[\n{\"k\":1}\n]\n", formatNDJSON: "{\"k\":1}\n", formatCSV: "k\n1\n"} {
		var out strings.Builder
		env := environment{stdout: &out, format: f}
		if err := r.write(&env); err == nil || out.String() != want {
			t.Errorf("%s: %q, %v; want %q and an error", f, &out, err, want)
		}
	}
}

// TestBatches prints rows that come some at a time, and an error after them.
func TestBatches(t *testing.T) {
	for _, count := range []int{0, 1, 511, 512, 1024, 1025, 5000} {
		rows := make([]*int, count)
		for i := range rows {
			rows[i] = &i
		}
		for _, failed := range []error{nil, io.ErrUnexpectedEOF} {
			columns := []column[*int]{{key: "k", put: func(e *encoder, i *int) { e.int(int64(*i)) }}}
			whole := report[*int]{columns: columns, rows: rows}
			parts := report[*int]{columns: columns, atOnce: true, batches: func(n int) iter.Seq2[[]*int, error] {
				return func(yield func([]*int, error) bool) {
					copies, batch := make([]int, n), make([]*int, n)
					for from := 0; from < count; from += n {
						some := rows[from:min(from+n, count)]
						for i := range some {
							copies[i] = *some[i]
							batch[i] = &copies[i]
						}
						if !yield(batch[:len(some)], nil) {
							return
						}
					}
					if failed != nil {
						yield(nil, failed)
					}
				}
			}}
			for _, f := range []format{formatJSON, formatNDJSON, formatCSV} {
				var got, want strings.Builder
				if err := whole.write(&environment{stdout: &want, format: f}); err != nil {
					t.Fatal(err)
				}
				err := parts.write(&environment{stdout: &got, format: f})
				expected := want.String()
				if count == 0 && failed != nil {
					expected = ""
				}
				if err != failed || got.String() != expected {
					t.Errorf("%s, %d rows: %.80q, %v; want %.80q, %v", f, count, got.String(), err, expected, failed)
				}
			}
		}
	}
}

func TestCSVIsThatOfEncodingCSV(t *testing.T) {
	r := report[string]{columns: []column[string]{
		{key: "a", value: func(s string) any { return s }},
		{key: "b", value: func(string) any { return nil }},
		{key: "c", put: func(e *encoder, s string) { e.string(s + s) }},
		{key: "d", value: func(s string) any { return []string{s} }},
	}, rows: hostile}
	var want strings.Builder
	w := csv.NewWriter(&want)
	w.Write([]string{"a", "b", "c", "d"})
	for _, s := range hostile {
		w.Write([]string{printable(s), "", printable(s + s), printable(inJSONOf(t, []string{s}))})
	}
	w.Flush()
	if got := printed(t, r, formatCSV); got != want.String() {
		t.Errorf("%s\nwant\n%s", got, &want)
	}
}

func TestCellsAreTheirTexts(t *testing.T) {
	columns := []*column[string]{
		{value: func(s string) any { return s }, color: func(string) color { return red }},
		{put: func(e *encoder, s string) { e.string(s) }},
		{text: func(s string) string { return s + s }},
	}
	g := newGrid(0, 0)
	for _, s := range hostile {
		for _, c := range columns {
			addCell(g, c, s)
		}
		g.endRow()
	}
	n := 0
	for row, texts := range g.rows() {
		s := hostile[n]
		for i, want := range []string{printable(s), printable(s), printable(s + s)} {
			shade := plain
			if i == 0 && s != "" {
				shade = red
			}
			want = cmp.Or(want, missingText)
			c := row[i]
			if got := string(texts[:c.size]); got != want || int(c.width) != displayWidth(want) || c.color != shade {
				t.Errorf("%q in column %d: %q, %+v", s, i, got, c)
			}
			texts = texts[c.size:]
		}
		n++
	}
	if n != len(hostile) {
		t.Errorf("%d rows, want %d", n, len(hostile))
	}
}

// They are more than is written at once.
func TestManyRows(t *testing.T) {
	const n = 500
	table := testTable()
	r := report[conn]{columns: table.columns(&netstatFlags{}), rows: conns}
	lines := printed(t, r, formatNDJSON)
	array := strings.TrimSuffix(strings.TrimPrefix(printed(t, r, formatJSON), "["), "\n]\n")
	_, records, _ := strings.Cut(printed(t, r, formatCSV), "\n")
	r.rows = slices.Repeat(conns, n)
	if got := printed(t, r, formatNDJSON); got != strings.Repeat(lines, n) {
		t.Errorf("%d rows are not %d times %s", len(r.rows), n, lines)
	}
	if got := printed(t, r, formatJSON); got != "["+strings.Repeat(array+",", n-1)+array+"\n]\n" {
		t.Errorf("%d rows are not %d times %s", len(r.rows), n, array)
	}
	if _, got, _ := strings.Cut(printed(t, r, formatCSV), "\n"); got != strings.Repeat(records, n) {
		t.Errorf("%d rows are not %d times %s", len(r.rows), n, records)
	}
}
