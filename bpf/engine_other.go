//go:build !linux || !(amd64 || arm64 || loong64 || mips64 || mips64le || ppc64 || ppc64le || riscv64 || s390x)

package bpf

import (
	"runtime"
	"time"

	"github.com/go-psutil/psutil"
)

type engine struct{}

func requirements() []Requirement {
	return []Requirement{{Need: "Linux on a 64-bit processor", Detail: "this is " + runtime.GOOS + " on " + runtime.GOARCH}}
}

func unavailable() error {
	r := requirements()[0]
	return &UnavailableError{Need: r.Need, Err: r.err()}
}

func (e *engine) load(int) error                                { return unavailable() }
func (e *engine) loadCost(psutil.AcceleratorPart) time.Duration { return 0 }
func (e *engine) readProcesses(psutil.Field, func(*psutil.ProcessRecord) bool) error {
	return unavailable()
}
func (e *engine) readSockets(psutil.SocketQuery) (t psutil.SocketTable, err error) {
	return t, unavailable()
}
func (e *engine) processFields() psutil.Field { return processFields }
func (e *engine) findsAll(psutil.Field) bool  { return false }
func (e *engine) close() error                { return nil }
