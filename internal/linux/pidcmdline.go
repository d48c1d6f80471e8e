package linux

import (
	"bytes"
	"iter"
	"strings"
)

// EachArg iterates over the arguments in the text of /proc/PID/cmdline
// (proc_pid_cmdline(5), fs/proc/base.c get_mm_cmdline); each aliases b. The
// text is empty for a kernel thread or a zombie.
//
// The kernel shows the memory that held the arguments at exec time, where each
// ended in a NUL, and empty arguments are given as they are. A program may
// since have written a title there, as setproctitle does; the memory then holds
// one string, with spaces in it and perhaps with NULs up to its end. That, and
// a text with no NUL at all, is split at the spaces, without those at its end.
//
// A program that has nothing but one argument, its own name, with a space in
// it, looks the same and is split as well, as psutil does.
func EachArg(b []byte) iter.Seq[[]byte] {
	return func(yield func([]byte) bool) { eachArg(b, yield) }
}

func eachArg(b []byte, yield func([]byte) bool) {
	if len(b) == 0 {
		return
	}
	n, sep := argText(b)
	b = b[:n]
	for {
		i := bytes.IndexByte(b, sep)
		if i < 0 {
			yield(b[:len(b):len(b)])
			return
		}
		if !yield(b[:i:i]) {
			return
		}
		b = b[i+1:]
	}
}

// argText returns how many bytes of a text that is not empty hold arguments,
// and what stands between these.
func argText(b []byte) (n int, sep byte) {
	title := bytes.TrimRight(b, "\x00")
	switch {
	case bytes.IndexByte(title, ' ') >= 0 && bytes.IndexByte(title, 0) < 0:
		return len(bytes.TrimRight(title, " ")), ' '
	case b[len(b)-1] == 0:
		return len(b) - 1, 0
	}
	return len(b), 0
}

// AppendArgs appends the arguments that [EachArg] has to dst. They share one
// string.
func AppendArgs(dst []string, b []byte) []string {
	if len(b) == 0 {
		return dst
	}
	n, sep := argText(b)
	if count := 1 + bytes.Count(b[:n], []byte{sep}); cap(dst)-len(dst) < count {
		dst = append(make([]string, 0, len(dst)+count), dst...)
	}
	rest := string(b[:n])
	for {
		i := strings.IndexByte(rest, sep)
		if i < 0 {
			return append(dst, rest)
		}
		dst = append(dst, rest[:i])
		rest = rest[i+1:]
	}
}
