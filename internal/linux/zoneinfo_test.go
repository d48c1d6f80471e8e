package linux

import (
	"strings"
	"testing"
)

const zoneinfo618 = `Node 0, zone      DMA
  per-node stats
      nr_inactive_anon 1278
      nr_slab_reclaimable 28395
  pages free     3840
        boost    0
        min      53
        low      66
        high     79
        promo    92
        spanned  4095
        protection: (0, 3019, 4683, 4683, 4683)
  pagesets
    cpu: 0
              count:    0
              high:     0
              low_extra: 9
Node 0, zone    DMA32
  pages free     772917
        min      10857
        low      13571
        high     16285
Node 1, zone   Normal
  pages free     1
        low      1000000
`

func TestZoneLowPages(t *testing.T) {
	tests := []struct {
		name, in string
		want     uint64
		bad      bool
	}{
		{"Linux618", zoneinfo618, 66 + 13571 + 1000000, false},
		{"Zero", "        low      0\n", 0, false},
		{"Largest", "low 18446744073709551615\n", 1<<64 - 1, false},
		{"SumOverflow", "low 18446744073709551615\nlow 1\n", 1<<64 - 1, true},
		{"BadLine", "low x\nlow 5\n", 5, true},
		{"TwoNumbers", "low 1 2\nlow 5\n", 5, true},
		{"NoNumber", "low\nlow 5\n", 5, true},
		{"NoZone", "Node 0, zone DMA\n  pages free 1\n", 0, true},
		{"Empty", "", 0, true},
		{"Cut", "low 5\nlow 12", 5, true},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			got, err := ZoneLowPages([]byte(tt.in))
			if got != tt.want || (err != nil) != tt.bad {
				t.Errorf("ZoneLowPages = %d, %v; want %d", got, err, tt.want)
			}
		})
	}
	for i := range zoneinfo618 {
		in := zoneinfo618[:i]
		partial := strings.TrimSpace(in[strings.LastIndexByte(in, '\n')+1:])
		if _, err := ZoneLowPages([]byte(in)); (err != nil) != (partial != "" || !strings.Contains(in, "low")) {
			t.Fatalf("cut at %d: %v", i, err)
		}
	}
	b := []byte(zoneinfo618)
	checkNoAllocs(t, func() {
		if _, err := ZoneLowPages(b); err != nil {
			t.Fatal(err)
		}
	})
}

func FuzzZoneLowPages(f *testing.F) {
	f.Add([]byte(zoneinfo618))
	f.Add([]byte("low 18446744073709551615\nlow 1\nlow"))
	f.Fuzz(func(t *testing.T, b []byte) {
		v, err := ZoneLowPages(b)
		if err == nil && !strings.Contains(string(b), "low") {
			t.Fatalf("%d out of nothing", v)
		}
		if doubled, err2 := ZoneLowPages(append(append([]byte{}, b...), b...)); err == nil && len(b) > 0 && b[len(b)-1] == '\n' && v < 1<<63 {
			if err2 != nil || doubled != 2*v {
				t.Fatalf("twice the zones: %d, %v after %d", doubled, err2, v)
			}
		}
	})
}
