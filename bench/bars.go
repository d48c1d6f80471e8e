package main

import (
	"fmt"
	"math"
	"slices"
)

// The populations that the bars are about.
const (
	barProcesses = 2000
	barSockets   = 40000
)

// growths are the populations that growth is measured between.
var growths = [...]struct {
	work       string
	few, many  int
	contenders []string
	floors     []string // which show how much of it is the kernel's
}{
	{workStat, 1000, 10000, []string{ours, oursSampler, oursBPF}, []string{cFloor, cKept}},
	{workRow, 1000, 10000, []string{ours, oursBPF}, []string{cFloor}},
	{workSockets, 10000, 200000, []string{ours, oursBPF}, []string{socketsNoPIDs}},
}

// growthOf is how many times of the time an item takes among few an item takes
// among many.
func (b *bench) growthOf(work string, few, many int, contender string) float64 {
	return b.find(work, many, contender).each() / b.find(work, few, contender).each()
}

// growth prints how the time an item grows.
func (b *bench) growth() {
	fmt.Fprintf(b.out, "\n## Growth\n\nTime an item among many, divided by that among few. The floors show how much of it is the kernel's.\n\n| work | few | many | contender | growth |\n|---|---:|---:|---|---:|\n")
	for _, g := range growths {
		for _, c := range slices.Concat(g.floors, g.contenders) {
			fmt.Fprintf(b.out, "| %s | %s | %s | %s | %s |\n", g.work, count(g.few), count(g.many), c, number(b.growthOf(g.work, g.few, g.many, c), 2, ""))
		}
	}
}

// A bar is something that a measured value is to be at most, or at least.
type bar struct {
	work, what string
	measured   float64
	atLeast    bool
	bound      float64
	unit       string
}

// bars prints what is expected of this package beside what was measured. Start
// is how long it takes longer to start than an empty program, in nanoseconds.
func (b *bench) bars(start float64) {
	var all []bar
	in := func(work string, population int) (add func(a, b string, atLeast bool, bound float64)) {
		return func(of, to string, atLeast bool, bound float64) {
			all = append(all, bar{fmt.Sprintf("%s, %s", work, count(population)), of + " / " + to,
				b.find(work, population, of).ratio(b.find(work, population, to)), atLeast, bound, ""})
		}
	}
	const most, least = false, true
	stat := in(workStat, barProcesses)
	stat(ours, cFloor, most, 1.25)
	stat(gopsutil, ours, least, 12)
	stat(pythonName, ours, least, 5)
	stat(oursSampler, cKept, most, 1.3)
	stat(gopsutil, oursSampler, least, 25)
	all = append(all, bar{fmt.Sprintf("%s, %s", workStat, count(barProcesses)), oursBPF + ", each",
		b.find(workStat, barProcesses, oursBPF).each() / 1e3, most, 2, " µs"})
	stat(gopsutil, oursBPF, least, 80)
	row := in(workRow, barProcesses)
	row(ours, cFloor, most, 1.25)
	row(gopsutil, ours, least, 7)
	sockets := in(workSockets, barSockets)
	sockets(ssName, ours, least, 6)
	sockets(gopsutil, ours, least, 10)
	sockets(ssName, oursBPF, least, 25)
	sockets(gopsutil, oursBPF, least, 50)
	sockets(netstatName, oursJSONProc, least, 4)
	sockets(netstatName, oursJSONBPF, least, 8)
	for _, g := range growths {
		for _, c := range g.contenders {
			all = append(all, bar{fmt.Sprintf("%s, %s / %s", g.work, count(g.many), count(g.few)), c + ", each",
				b.growthOf(g.work, g.few, g.many, c), most, 1.3, ""})
		}
	}
	all = append(all, bar{"start-up", "`psutil netstat` - an empty Go program", start / 1e6, most, 10, " ms"})

	fmt.Fprintf(b.out, "\n## Bars\n\n| work | what | bar | measured | met |\n|---|---|---:|---:|---|\n")
	for _, a := range all {
		fmt.Fprintf(b.out, "| %s | %s | %s | %s | %s |\n", a.work, a.what, a.bar(), number(a.measured, 2, a.unit), a.met())
	}
}

func (a *bar) bar() string {
	sign := "≤"
	if a.atLeast {
		sign = "≥"
	}
	return sign + " " + number(a.bound, -1, a.unit)
}

func (a *bar) met() string {
	switch {
	case math.IsNaN(a.measured):
		return dash
	case a.atLeast == (a.measured >= a.bound) || a.measured == a.bound:
		return "yes"
	}
	return "no"
}
