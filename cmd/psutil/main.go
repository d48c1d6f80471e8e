// Command psutil shows a machine's connections, processes and resources.
package main

import (
	"fmt"
	"os"
)

func main() {
	if err := newRoot().Execute(); err != nil {
		fmt.Fprintln(os.Stderr, "psutil:", err)
		os.Exit(1)
	}
}
