//go:build mips64 || ppc64 || s390x

package bpf

import _ "embed" // the programs

//go:embed psutil_bpfeb.o
var object []byte
