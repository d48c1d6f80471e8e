package main

import (
	"os"
	"testing"

	"github.com/rogpeppe/go-internal/testscript"
)

// helpers are what the test binary does instead of testing when it is started
// with PSUTIL_TEST_HELPER set to a name.
var helpers = map[string]func(){}

func TestMain(m *testing.M) {
	if run, ok := helpers[os.Getenv("PSUTIL_TEST_HELPER")]; ok {
		run()
		os.Exit(0)
	}
	testscript.Main(m, map[string]func(){"psutil": main})
}

// writeFile makes a file of a text.
func writeFile(name, text string) error { return os.WriteFile(name, []byte(text), 0o666) }
