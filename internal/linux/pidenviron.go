package linux

import (
	"bytes"
	"iter"
)

// EachEnv iterates over the names and values in the text of /proc/PID/environ
// (proc_pid_environ(5), fs/proc/base.c environ_read); both alias b.
//
// The kernel shows the memory that held the environment at exec time. What the
// program has set since is not there, and a title that the program wrote over
// its arguments may have run on into it. So an entry without a name or an
// equals sign, or without the NUL at its end, is left out. A name may come more
// than once: to getenv(3) the first counts.
func EachEnv(b []byte) iter.Seq2[[]byte, []byte] {
	return func(yield func(name, value []byte) bool) { eachEnv(b, yield) }
}

func eachEnv(b []byte, yield func(name, value []byte) bool) {
	for {
		end := bytes.IndexByte(b, 0)
		if end < 0 {
			return
		}
		entry := b[:end:end]
		b = b[end+1:]
		if i := bytes.IndexByte(entry, '='); i > 0 && !yield(entry[:i:i], entry[i+1:]) {
			return
		}
	}
}

// LookupEnv finds the value that getenv(3) would have found for a name in the
// text of /proc/PID/environ. It aliases b.
func LookupEnv(b []byte, name string) (value []byte, ok bool) {
	for n, v := range EachEnv(b) {
		if string(n) == name {
			return v, true
		}
	}
	return nil, false
}
