package psutil

import (
	"testing"
	"time"
)

func TestNetRateString(t *testing.T) {
	if got, want := (NetRate{1024, 0.46}).String(), "sent=1024.0 received=0.5"; got != want {
		t.Errorf("%q, want %q", got, want)
	}
	e := &NetLossError{NetNS: 4026531840}
	if got, want := e.Error(), "net_rate: some connections that were closed in network namespace 4026531840 are not counted"; got != want {
		t.Errorf("%q, want %q", got, want)
	}
	checkGobTrip(t, "net_rate", NetRate{1024, 0.5})
}

// TestNetRateOfBytes has counters that go back, and samples without a time between
// them.
func TestNetRateOfBytes(t *testing.T) {
	for _, tt := range []struct{ now, before, want netBytes }{
		{netBytes{10, 20}, netBytes{}, netBytes{10, 20}},
		{netBytes{10, 20}, netBytes{4, 20}, netBytes{6, 0}},
		{netBytes{1000, 999}, netBytes{1001, 1000}, netBytes{}},
		{netBytes{}, netBytes{5, 5}, netBytes{}},
	} {
		if got := tt.now.since(tt.before); got != tt.want {
			t.Errorf("%v since %v = %v, want %v", tt.now, tt.before, got, tt.want)
		}
	}
	if got, want := (netBytes{3000, 1}).rate(2*time.Second), (NetRate{1500, 0.5}); got != want {
		t.Errorf("rate %v, want %v", got, want)
	}
	if got := (netBytes{1, 1}).rate(0); got != (NetRate{}) {
		t.Errorf("rate of no time: %v", got)
	}
}
