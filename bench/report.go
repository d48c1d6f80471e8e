package main

import (
	"fmt"
	"math"
	"strconv"
	"strings"
)

const dash = "–"

// number formats one that may not be known.
func number(v float64, digits int, unit string) string {
	if math.IsNaN(v) || math.IsInf(v, 0) {
		return dash
	}
	return strconv.FormatFloat(v, 'f', digits, 64) + unit
}

func milliseconds(ns float64) string { return number(ns/1e6, 2, " ms") }

// count formats a whole number such as 10,000.
func count(n int) string {
	s := strconv.Itoa(n)
	for i := len(s) - 3; i > 0; i -= 3 {
		s = s[:i] + "," + s[i:]
	}
	return s
}

const rowFormat = "| %-21s | %10s | %-39s | %7s | %11s | %10s | %7s | %7s | %11s | %12s | %9s | %s |\n"

// heading begins the table of the results.
func (b *bench) heading() {
	fmt.Fprintf(b.out, `
Total is the median of %d rounds, one after the other. In a round every contender
of a population works in turn, so that all meet the same machine: for 50 ms, at
least three times, because the first run finds in the processor's caches what the
contender before left there, and its heap still has to grow, and then once more,
which is counted. Commands are run once. One round before them is not counted. Each
is per item. Ratio is that of the medians to that of "%s", and paired is the median of the ratios within
the rounds.

Allocations are per item, for Go in the same process. System calls are per item
too, counted by strace in a run of its own, without those with which threads wait
for each other and, but for whole commands, without what comes before the work.
Memory is the most that a program that does the work once has resident.

Whole commands are timed from their start to their end and write to /dev/null.
The others are timed inside.

`, b.rounds, ours)
	fmt.Fprintf(b.out, rowFormat, "work", "population", "contender", "items", "total", "each", "ratio", "paired", "allocations", "system calls", "memory", "note")
	fmt.Fprintln(b.out, "|---|---:|---|---:|---:|---:|---:|---:|---:|---:|---:|---|")
}

// row prints a result beside that of the contender that ratios are to.
func (b *bench) row(r, base *result) {
	items := dash
	if r.items > 0 {
		items = strconv.Itoa(r.items)
	}
	fmt.Fprintf(b.out, rowFormat, r.work, count(r.population), r.contender, items, milliseconds(r.total()),
		number(r.each()/1e3, 2, " µs"), number(r.ratio(base), 2, ""), number(r.paired(base), 2, ""),
		number(r.allocs, 2, ""), number(r.syscalls, 2, ""), number(r.memory/1e6, 1, " MB"), plain(r.note))
}

// plain is text fit for a cell.
func plain(s string) string { return strings.NewReplacer("|", "/", "\n", " ").Replace(s) }
