package linux

import (
	"bytes"
	"errors"
	"iter"
	"reflect"
	"strings"
	"testing"

	"github.com/go-psutil/psutil/internal/scan"
)

// gather runs an iterator to its end.
func gather[T any](seq iter.Seq2[T, error]) (rows []T, errs []error) {
	for r, err := range seq {
		if err != nil {
			errs = append(errs, err)
		} else {
			rows = append(rows, r)
		}
	}
	return rows, errs
}

// checkRows runs an iterator over text and compares what it gives with want,
// and the lines it complains about with badLines.
func checkRows[T any](t *testing.T, each func([]byte) iter.Seq2[T, error], text string, want []T, badLines ...int) {
	t.Helper()
	rows, errs := gather(each([]byte(text)))
	for i := range max(len(rows), len(want)) {
		switch {
		case i >= len(rows):
			t.Errorf("row %d is missing: %+v", i, want[i])
		case i >= len(want):
			t.Errorf("row %d is too many: %+v", i, rows[i])
		case !reflect.DeepEqual(rows[i], want[i]):
			t.Errorf("row %d\n got %+v\nwant %+v", i, rows[i], want[i])
		}
	}
	var lines []int
	for _, err := range errs {
		var e *scan.SyntaxError
		if !errors.As(err, &e) || e.What == "" {
			t.Fatalf("error of another kind: %v", err)
		}
		lines = append(lines, e.Line)
	}
	if !reflect.DeepEqual(lines, badLines) {
		t.Errorf("errors for lines %v, want %v: %v", lines, badLines, errs)
	}
}

// checkCuts cuts text, in which every line after the header ones is a good
// row, at every byte: the rows before the cut must be there, a row that was
// cut must be an error, and nothing may be made of it.
func checkCuts[T any](t *testing.T, each func([]byte) iter.Seq2[T, error], text string, header int) {
	t.Helper()
	full, errs := gather(each([]byte(text)))
	if len(errs) != 0 || len(full) != strings.Count(text, "\n")-header {
		t.Fatalf("%d rows, errors %v", len(full), errs)
	}
	for i := range text {
		rows, errs := gather(each([]byte(text[:i])))
		lines := strings.Count(text[:i], "\n")
		partial := text[strings.LastIndexByte(text[:i], '\n')+1 : i]
		wantErrs := 0
		if strings.TrimSpace(partial) != "" {
			wantErrs = 1
		}
		wantRows := max(lines-header, 0)
		if len(rows) != wantRows || len(errs) != wantErrs {
			t.Fatalf("cut at %d: %d rows and %d errors, want %d and %d", i, len(rows), len(errs), wantRows, wantErrs)
		}
		if len(rows) > 0 && !reflect.DeepEqual(rows, full[:wantRows]) {
			t.Fatalf("cut at %d: other rows", i)
		}
	}
	// An iterator can be stopped at a row, at an error, and started again.
	seq := each([]byte(text + "cut"))
	for stop := range len(full) + 1 {
		n := 0
		for range seq {
			if n++; n > stop {
				break
			}
		}
		if n != stop+1 {
			t.Fatalf("stopped after %d, wanted %d", n, stop+1)
		}
	}
}

// checkNoAllocs fails when f allocates.
func checkNoAllocs(t *testing.T, f func()) {
	t.Helper()
	if n := testing.AllocsPerRun(50, f); n != 0 {
		t.Errorf("%v allocations", n)
	}
}

// fuzzRows checks what holds for the rows of any input: as many results as
// lines at most, numbered errors, the same again the second time, and an input
// left alone.
func fuzzRows[T any](t *testing.T, b []byte, each func([]byte) iter.Seq2[T, error]) []T {
	t.Helper()
	before := bytes.Clone(b)
	seq := each(b)
	rows, errs := gather(seq)
	lines := bytes.Count(b, []byte("\n")) + 1
	if len(rows)+len(errs) > lines {
		t.Fatalf("%d rows and %d errors of %d lines", len(rows), len(errs), lines)
	}
	last := 0
	for _, err := range errs {
		var e *scan.SyntaxError
		if !errors.As(err, &e) || e.Line <= last || e.Line > lines {
			t.Fatalf("error %v after line %d of %d", err, last, lines)
		}
		last = e.Line
	}
	again, _ := gather(seq)
	if !reflect.DeepEqual(rows, again) {
		t.Fatal("a second pass gives other rows")
	}
	if !bytes.Equal(b, before) {
		t.Fatal("the input was written to")
	}
	return rows
}

func TestFixed(t *testing.T) {
	for _, tt := range []struct {
		in     string
		places int
		want   uint64
		ok     bool
	}{
		{"12.34", 2, 1234, true},
		{"0.00", 2, 0, true},
		{"7", 2, 700, true},
		{"7.5", 2, 750, true},
		{"2596.1229", 3, 2596122, true}, // dropped, not rounded
		{"3425.000000", 6, 3425000000, true},
		{"184467440737095516.15", 2, 1<<64 - 1, true},
		{"184467440737095516.16", 2, 0, false},
		{"18446744073709551616", 0, 0, false},
		{"18446744073709551615", 1, 0, false},
		{"1.9", 0, 1, true},
		{"", 2, 0, false},
		{".5", 2, 0, false},
		{"5.", 2, 0, false},
		{"-1.00", 2, 0, false},
		{"1.2.3", 2, 0, false},
		{"1.2x", 2, 0, false},
		{"1.23x", 2, 0, false},
		{"nan", 2, 0, false},
	} {
		got, ok := fixed([]byte(tt.in), tt.places)
		if ok != tt.ok || ok && got != tt.want {
			t.Errorf("fixed(%q, %d) = %d, %v; want %d, %v", tt.in, tt.places, got, ok, tt.want, tt.ok)
		}
	}
}

func TestSigned(t *testing.T) {
	for _, tt := range []struct {
		in   string
		want int64
		ok   bool
	}{
		{"0", 0, true},
		{"12", 12, true},
		{"-1", -1, true},
		{"9223372036854775807", 1<<63 - 1, true},
		{"9223372036854775808", -1 << 63, true},
		{"18446744073709551615", -1, true},
		{"18446744073709551616", 0, false},
		{"-9223372036854775809", 0, false},
		{"", 0, false},
		{"1x", 0, false},
	} {
		got, ok := signed([]byte(tt.in))
		if ok != tt.ok || ok && got != tt.want {
			t.Errorf("signed(%q) = %d, %v; want %d, %v", tt.in, got, ok, tt.want, tt.ok)
		}
	}
}

func TestEachLine(t *testing.T) {
	var err error
	var got []string
	var numbers []int
	for n, line := range eachLine([]byte("one\n\n \t\nfour\nfive"), &err) {
		got, numbers = append(got, string(line)), append(numbers, n)
	}
	if !reflect.DeepEqual(got, []string{"one", "four"}) || !reflect.DeepEqual(numbers, []int{1, 4}) {
		t.Errorf("lines %q, numbers %v", got, numbers)
	}
	var e *scan.SyntaxError
	if !errors.As(err, &e) || e.Line != 5 || e.Text != "five" {
		t.Errorf("error %v", err)
	}
	for range eachLine([]byte("one\ntwo\n"), &err) {
		break
	}
	noteError(&err, 9, nil, "another")
	if !errors.As(err, &e) || e.Line != 5 {
		t.Errorf("the first error was replaced by %v", err)
	}
}
