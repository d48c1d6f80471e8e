package nt

import (
	"math"
	"testing"
	"time"
)

func TestTime(t *testing.T) {
	for n, want := range map[int64]string{
		116444736000000000:  "1970-01-01T00:00:00Z",
		134401534331656801:  "2026-11-26T07:57:13.1656801Z",
		1:                   "1601-01-01T00:00:00.0000001Z",
		math.MaxInt64:       "30828-09-14T02:48:05.4775807Z",
		132223104000000000:  "2020-01-01T00:00:00Z",
		-116444736000000000: "1232-01-02T00:00:00Z",
	} {
		if got := Time(n).UTC().Format(time.RFC3339Nano); got != want {
			t.Errorf("%d is %s, want %s", n, got, want)
		}
	}
	if got := Time(0); !got.IsZero() {
		t.Errorf("no time is %v", got)
	}
}

func TestDuration(t *testing.T) {
	for n, want := range map[int64]time.Duration{
		0: 0, 1: 100, 1e7: time.Second, -3: -300, math.MaxInt64: math.MaxInt64 / 100 * 100, math.MinInt64: -(math.MaxInt64 / 100 * 100),
	} {
		if got := Duration(n); got != want {
			t.Errorf("%d is %d, want %d", n, got, want)
		}
	}
}
