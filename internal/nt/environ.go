package nt

import "iter"

// EachVariable iterates over the names and values in a process's environment, which
// are UTF-16 and alias it: strings that each end with a NUL, and an empty one at the
// end.
//
// The command interpreter keeps the directory of each drive in variables with names
// like "=C:", so an equals sign that begins a name does not end it. An entry
// without an equals sign, or without the NUL at its end, is left out.
func EachVariable(block []byte) iter.Seq2[[]byte, []byte] {
	return func(yield func(name, value []byte) bool) {
		for b := block; ; {
			entry, ended := untilNUL(b)
			if !ended || len(entry) == 0 {
				return
			}
			b = b[len(entry)+2:]
			if i := equalsSign(entry); i > 0 && !yield(entry[:i:i], entry[i+2:]) {
				return
			}
		}
	}
}

// equalsSign finds the one that ends the name of a variable, or returns 0.
func equalsSign(entry []byte) int {
	for i := 2; i < len(entry); i += 2 {
		if entry[i] == '=' && entry[i+1] == 0 {
			return i
		}
	}
	return 0
}
