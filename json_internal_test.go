package psutil

import "testing"

func TestMissingBut(t *testing.T) {
	if got, want := missingBut(SwapUsage{}, "total", "sin"), Missing("used,free,percent,sout"); got != want {
		t.Errorf("%q, want %q", got, want)
	}
	if got := missingBut(LoadAverage{}, "load1", "load5", "load15"); got != "" {
		t.Errorf("%q is missing", got)
	}
}
