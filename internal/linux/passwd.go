package linux

import (
	"iter"

	"github.com/go-psutil/psutil/internal/scan"
)

// EachPasswd yields the user ID and the name in each line of /etc/passwd
// (passwd(5)). The name aliases b. Comments, entries of NIS and lines that are
// no entry are passed over.
func EachPasswd(b []byte) iter.Seq2[uint32, []byte] {
	return func(yield func(uint32, []byte) bool) {
		var line []byte
		for len(b) > 0 {
			line, b = scan.Line(b)
			name, rest, ok1 := scan.Cut(line, ':')
			_, rest, ok2 := scan.Cut(rest, ':') // the password
			id, _, ok3 := scan.Cut(rest, ':')
			uid, ok := scan.Uint(id)
			if !ok1 || !ok2 || !ok3 || !ok || uid > 1<<32-1 || len(name) == 0 || name[0] == '#' || name[0] == '+' || name[0] == '-' {
				continue
			}
			if !yield(uint32(uid), name) {
				return
			}
		}
	}
}
