package main

import (
	"context"
	"errors"
	"fmt"
	"math"
	"slices"
	"time"
)

// A result is what was measured of a contender in a population.
type result struct {
	work       string
	population int
	contender  string

	note     string          // why it is left out, or some of it
	slow     bool            // which is that it takes longer than the limit
	items    int             // 0 if it is left out
	took     []time.Duration // by round
	allocs   float64         // an item, as the following; NaN if not known
	syscalls float64
	memory   float64 // bytes at most; NaN if not known
}

// median is the middle of some values, or NaN.
func median(values []float64) float64 {
	if len(values) == 0 {
		return math.NaN()
	}
	sorted := slices.Sorted(slices.Values(values))
	n := len(sorted)
	return (sorted[(n-1)/2] + sorted[n/2]) / 2
}

// total is the median time in nanoseconds.
func (r *result) total() float64 {
	took := make([]float64, len(r.took))
	for i, d := range r.took {
		took[i] = float64(d)
	}
	return median(took)
}

// each is the median time an item in nanoseconds.
func (r *result) each() float64 { return r.total() / float64(r.items) }

// ratio is how many times of the other's median it takes.
func (r *result) ratio(other *result) float64 { return r.total() / other.total() }

// paired is the median of the ratios of the rounds.
func (r *result) paired(other *result) float64 {
	var ratios []float64
	for i := range min(len(r.took), len(other.took)) {
		ratios = append(ratios, float64(r.took[i])/float64(other.took[i]))
	}
	return median(ratios)
}

// find returns what was measured, or what leads to NaN if nothing was.
func (b *bench) find(work string, population int, contender string) *result {
	for _, r := range b.results {
		if r.work == work && r.population == population && r.contender == contender {
			return r
		}
	}
	return &result{work: work, population: population, contender: contender}
}

// tooSlow says why a contender would take longer than the limit, after what it
// took in the next smaller population. It is empty if it may not.
func (b *bench) tooSlow(work string, population int, contender string) string {
	last := &result{}
	for _, r := range b.results {
		if r.work == work && r.contender == contender && r.population < population {
			last = r
		}
	}
	if last.slow {
		return "too slow in a smaller population"
	}
	if len(last.took) == 0 {
		return ""
	}
	d := time.Duration(last.total() / float64(last.population) * float64(population))
	if d <= b.limit {
		return ""
	}
	return fmt.Sprintf("would take some %v a run", d.Round(time.Second/10))
}

// compare lets the contenders of a work run in turn, and prints what came of it.
func (b *bench) compare(w *work, population int) {
	results := make([]*result, len(w.contenders))
	for i, c := range w.contenders {
		results[i] = &result{work: w.name, population: population, contender: c.name,
			allocs: math.NaN(), syscalls: math.NaN(), memory: math.NaN()}
		b.warmUp(results[i], c)
	}
	for range b.rounds {
		for i, c := range w.contenders {
			if r := results[i]; r.items > 0 {
				r.add(c.run(context.Background()))
			}
		}
	}
	b.results = append(b.results, results...)
	for _, c := range w.contenders {
		c.close() // so that none is in the way of what follows
	}
	base := b.find(w.name, population, ours)
	for i, c := range w.contenders {
		if b.costs && results[i].items > 0 {
			b.costsOf(results[i], c, w.which(c))
		}
		b.row(results[i], base)
	}
}

// warmUp runs a contender once, uncounted, unless that takes too long.
func (b *bench) warmUp(r *result, c contender) {
	if why := b.tooSlow(r.work, r.population, r.contender); why != "" {
		r.note, r.slow = "left out: "+why, true
		return
	}
	ctx, cancel := context.WithTimeout(context.Background(), b.limit)
	defer cancel()
	o, err := c.run(ctx)
	switch {
	case errors.Is(err, context.DeadlineExceeded) || err == nil && o.took > b.limit:
		r.note, r.slow = fmt.Sprintf("left out: takes more than %v a run", b.limit), true
	case err != nil:
		r.note = "left out: " + err.Error()
	case o.items == 0:
		r.note = "left out: finds nothing"
	default:
		r.items = o.items
	}
}

// add takes the outcome of a round.
func (r *result) add(o outcome, err error) {
	if err != nil {
		r.note, r.items, r.took = "left out: "+err.Error(), 0, nil
		return
	}
	r.took, r.items = append(r.took, o.took), o.items
	if o.allocs >= 0 {
		r.allocs = float64(o.allocs) / float64(o.items)
	}
}
