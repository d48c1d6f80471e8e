// Command psutil shows a machine's connections, processes and resources.
package main

import (
	"math"
	"os"
	"runtime"
	"runtime/debug"
)

func main() {
	delayGC()
	os.Exit(Execute(os.Args[1:], os.Stdin, os.Stdout, os.Stderr))
}

// firstGC is how many bytes of memory there may be before garbage is collected for
// the first time. Most commands end before.
const firstGC = 64 << 20

// delayGC leaves garbage alone at first, and then lets it be collected as usual.
func delayGC() {
	if os.Getenv("GOGC") != "" || os.Getenv("GOMEMLIMIT") != "" {
		return
	}
	percent := debug.SetGCPercent(-1)
	debug.SetMemoryLimit(firstGC)
	// The first collection finds that nothing points to this.
	runtime.AddCleanup(new([16]byte), func(percent int) {
		debug.SetMemoryLimit(math.MaxInt64)
		debug.SetGCPercent(percent)
	}, percent)
}
