//go:build amd64 || arm64 || loong64 || mips64le || ppc64le || riscv64

package bpf

import _ "embed" // the programs

//go:embed psutil_bpfel.o
var object []byte
