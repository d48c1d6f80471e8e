package sys

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func TestProcessImage(t *testing.T) {
	exe, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	path, err := ProcessImage(os.Getpid())
	if err != nil {
		t.Fatal(err)
	}
	if !strings.HasPrefix(path, `\`) || !strings.EqualFold(path[strings.LastIndexByte(path, '\\')+1:], filepath.Base(exe)) {
		t.Errorf("%q, want the kernel's name of %q", path, exe)
	}
	if path, err := ProcessImage(1<<31 - 4); err == nil {
		t.Errorf("of no process %q", path)
	}
}

// TestTablesDoNotGrow holds that an answer of a fixed size is not asked for with ever
// more room.
func TestTablesDoNotGrow(t *testing.T) {
	if b, _, err := SystemInformation(SystemTimeOfDayInformation, nil); err == nil || len(b) != 0 {
		t.Errorf("%d bytes, %v", len(b), err)
	}
	b, err := FixedInformation(SystemTimeOfDayInformation, 48)
	if err != nil || len(b) != 48 {
		t.Errorf("%d bytes, %v", len(b), err)
	}
}
