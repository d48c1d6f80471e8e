package main

import (
	"fmt"
	"os"
	"strings"
	"testing"

	"github.com/go-psutil/psutil"
)

// The owner of a socket may be hidden, or have gone.
func TestOwner(t *testing.T) {
	if got := owner(-1); got != "-" {
		t.Errorf("of a hidden owner %q", got)
	}
	if got, want := owner(999999999), "-, PID 999999999"; got != want {
		t.Errorf("of one that has gone %q, want %q", got, want)
	}
	if _, err := psutil.Self(); err != nil {
		t.Skip(err)
	}
	if got, want := owner(os.Getpid()), fmt.Sprintf(", PID %d", os.Getpid()); !strings.HasPrefix(got, `"`) || !strings.HasSuffix(got, want) {
		t.Errorf("of this process %q", got)
	}
}
