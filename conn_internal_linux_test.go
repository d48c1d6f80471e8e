package psutil

import "testing"

// TestScanQueue hands out processes, and the rest of one.
func TestScanQueue(t *testing.T) {
	q := newScanQueue([]int{1, 2})
	take := func(last int, want descriptorScan) {
		t.Helper()
		if w, ok := q.take(last); !ok || w != want {
			t.Errorf("after %d: %v, %v, want %v", last, w, ok, want)
		}
	}
	take(0, descriptorScan{pid: 1})
	q.add(descriptorScan{1, 512})
	take(0, descriptorScan{pid: 2}) // not what is left of another's
	q.add(descriptorScan{2, 512})
	q.done()
	take(2, descriptorScan{2, 512}) // its own
	q.done()
	take(2, descriptorScan{1, 512}) // nothing else is left
	q.done()
	q.done()
	if w, ok := q.take(1); ok {
		t.Errorf("at the end: %v", w)
	}
}
