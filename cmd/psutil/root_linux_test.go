package main

import (
	"os"
	"strings"
	"testing"
)

// What can't be written is a failure, and said once.
func TestFullDisk(t *testing.T) {
	for _, line := range []string{
		"", "--help", "--version", "help ps", "free --help", "completion", "completion bash", "completion zsh",
		"free", "free -o json", "call bytes2human n=1", "call --list", "__complete ps --color x",
	} {
		full, err := os.OpenFile("/dev/full", os.O_WRONLY, 0)
		if err != nil {
			missing(t, err.Error())
		}
		var stderr strings.Builder
		status := Execute(strings.Fields(line), strings.NewReader(""), full, &stderr)
		full.Close()
		said := strings.Count(stderr.String(), "no space left on device")
		if status != exitFailure || said != 1 || !strings.HasPrefix(stderr.String(), "psutil: ") && !strings.HasPrefix(line, "__complete") {
			t.Errorf("psutil %s: status %d, %q", line, status, &stderr)
		}
	}
}
