package main

import (
	"bytes"
	"cmp"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
)

// costsOf measures what takes runs of their own, in another process that does
// the work once.
func (b *bench) costsOf(r *result, c contender, which string) {
	// Each system call takes strace some 30 µs.
	ctx, cancel := context.WithTimeout(context.Background(), 10*b.limit)
	defer cancel()
	with, err := b.countCalls(ctx, c.argv(which, 1))
	without := 0
	if err == nil {
		without, err = b.countCalls(ctx, c.argv(which, 0))
	}
	switch {
	case err == nil:
		r.syscalls = float64(with-without) / float64(r.items)
	case errors.Is(err, context.DeadlineExceeded):
		r.note = fmt.Sprintf("takes more than %v under strace", 10*b.limit)
	case !errors.Is(err, errNotInstalled): // which is said once, with the versions
		r.note = "strace: " + err.Error()
	}
	if memory, err := b.peak(ctx, c.argv(which, 1)); err == nil {
		r.memory = float64(memory)
	} else {
		r.note = cmp.Or(r.note, "memory: "+err.Error()) // the time may be up for this too
	}
}

// countCalls returns how many system calls a program makes, but for those with
// which threads wait: under strace each call lasts so long that the runtime of Go
// sees to another thread meanwhile, which it does not otherwise.
func (b *bench) countCalls(ctx context.Context, argv []string) (int, error) {
	if argv == nil {
		return 0, nil
	}
	summary := filepath.Join(b.dir, "strace")
	argv = append([]string{"strace", "-f", "-c", "-e", "trace=!futex,nanosleep,sched_yield,epoll_pwait", "-o", summary, "--"}, argv...)
	if _, err := output(ctx, argv); err != nil {
		return 0, err
	}
	text, err := os.ReadFile(summary)
	if err != nil {
		return 0, err
	}
	return totalCalls(string(text))
}

// totalCalls reads the summary of strace -c. Some columns of the line with the
// total may be empty, so it goes by where the heading has "calls".
func totalCalls(summary string) (int, error) {
	const column = " calls"
	end := -1
	for line := range strings.Lines(summary) {
		if at := strings.Index(line, column); end < 0 && at >= 0 {
			end = at + len(column)
		}
		if strings.HasSuffix(line, " total\n") && end > 0 && end < len(line) {
			words := strings.Fields(line[:end])
			return strconv.Atoi(words[len(words)-1])
		}
	}
	if end < 0 { // there was nothing to count
		return 0, errors.New("no summary")
	}
	return 0, fmt.Errorf("no total in %q", summary)
}

// peak returns how much memory a program has resident at most.
func (b *bench) peak(ctx context.Context, argv []string) (bytesResident int64, err error) {
	var stderr bytes.Buffer
	cmd := exec.CommandContext(ctx, filepath.Join(b.dir, "peak"), argv...)
	cmd.Stderr = &stderr
	if err := cmd.Run(); err != nil {
		return 0, explain(ctx, err, stderr.Bytes())
	}
	lines := strings.Split(strings.TrimSpace(stderr.String()), "\n")
	kib, err := strconv.ParseInt(lines[len(lines)-1], 10, 64)
	return kib << 10, err
}
