package psutil_test

import (
	"testing"
	"time"

	"github.com/go-psutil/psutil"
)

// TestNothingLeaks calls each getter a thousand times, or those that are slow
// less often, and counts descriptors and goroutines.
func TestNothingLeaks(t *testing.T) {
	p := startChild(t, "exhibit", t.TempDir()+"/file").Process
	self, err := psutil.Self()
	must(t, err)
	gone := startChild(t, "idle")
	end(t, gone)
	repeat := func(call func()) {
		began := time.Now()
		for n := 0; n < 1000 && (n < 30 || time.Since(began) < time.Second/5); n++ {
			call()
		}
	}
	for _, g := range getters {
		// What it says is other tests' concern; that it fails leaks nothing either.
		call := func() {
			_, _ = g.get(self)
			_, _ = g.get(p)
			_, _ = g.get(gone.Process)
		}
		call()
		check := nothingHeld(t)
		repeat(call)
		if check(); t.Failed() {
			t.Fatalf("since %s", g.method)
		}
	}
	ctx := cancelled(t)
	check := nothingHeld(t)
	repeat(func() {
		if _, err := p.Wait(ctx); err == nil {
			t.Fatal("Wait() of a running process ended")
		}
		must(t, p.SendSignal(0))
		for range psutil.Snapshot(psutil.FieldUIDs) {
			break
		}
		for range psutil.Processes() {
			break
		}
	})
	check()
}
