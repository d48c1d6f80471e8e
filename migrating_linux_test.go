package psutil_test

import (
	"strconv"
	"strings"
	"testing"
)

// TestMigratingHasPsutil compares MIGRATING.md with what psutil exports.
func TestMigratingHasPsutil(t *testing.T) {
	var names []string
	pythonPsutil(t, `
from psutil import _common, _pslinux
tuples = [n for m in (_common, _pslinux) for n, v in vars(m).items() if isinstance(v, type) and issubclass(v, tuple) and hasattr(v, "_fields")]
methods = [n for n in dir(psutil.Process) if not n.startswith("_")]
print(json.dumps(sorted(set(list(psutil.__all__) + methods + tuples))))`, &names)
	if len(names) < 150 {
		t.Errorf("only %d names", len(names))
	}
	text, _, _ := strings.Cut(readText(t, "MIGRATING.md"), "## From gopsutil v4")
	for _, name := range names {
		if !strings.Contains(text, "`"+name+"`") {
			t.Errorf("MIGRATING.md does not have %s", name)
		}
	}
}

// TestMigratingPython runs the program that MIGRATING.md shows as it was.
func TestMigratingPython(t *testing.T) {
	programs := strings.Split(readText(t, "MIGRATING.md"), "```python\n")[1:]
	if len(programs) == 0 {
		t.Fatal("there is none")
	}
	for _, program := range programs {
		program, _, _ = strings.Cut(program, "```")
		var printed string
		pythonPsutil(t, "import contextlib, io\nwith contextlib.redirect_stdout(io.StringIO()) as out:\n    exec("+
			strconv.QuoteToASCII(program)+")\nprint(json.dumps(out.getvalue()))", &printed)
		if printed == "" {
			t.Error("it printed nothing")
		}
		for line := range strings.Lines(printed) {
			if len(strings.Fields(line)) < 3 {
				t.Errorf("it printed %q", line)
			}
		}
	}
}
