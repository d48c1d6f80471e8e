package psutil

import (
	"testing"

	"github.com/go-psutil/psutil/internal/fixture"
)

// TestSwapTrafficPageSize counts pages of the size that the machine has, not
// of 4096 bytes.
func TestSwapTrafficPageSize(t *testing.T) {
	s, err := New(WithRoot(fixture.Tree(t, []byte("-- proc/vmstat --\npswpin 3\npswpout 5\n"))))
	if err != nil {
		t.Fatal(err)
	}
	for _, pageSize := range []uint64{4 << 10, 16 << 10, 64 << 10} {
		var u SwapUsage
		s.pageSize = pageSize
		if err := s.swapTraffic(&u); err != nil {
			t.Fatal(err)
		}
		if want := (SwapUsage{In: 3 * pageSize, Out: 5 * pageSize}); u != want {
			t.Errorf("with pages of %d: %v, want %v", pageSize, u, want)
		}
	}
}
