package psutil

import (
	"testing"

	"github.com/go-psutil/psutil/internal/sys"
)

// TestNetMeterForgets: what has gone from the dump is remembered until the kernel tells
// that it was done away with, or for a while if nobody was ever seen to hold it.
func TestNetMeterForgets(t *testing.T) {
	m := newNetMeter(nil)
	m.spaces[1] = &meteredSpace{closed: new(sys.NetlinkGroup)}
	kernels, closing := socketID{1, 7}, socketID{1, 8}
	m.sockets[kernels] = meteredSocket{inode: 70}
	m.sockets[closing] = meteredSocket{inode: 80, owners: []int32{5}}
	for n := range 2 * maxGone {
		m.keep(new(socketOwners))
		m.sockets, m.next = m.next, m.sockets
		clear(m.next)
		if _, there := m.sockets[kernels]; there != (n < maxGone) {
			t.Errorf("after %d readings a socket of the kernel's is remembered: %v", n+1, there)
		}
		if _, there := m.sockets[closing]; !there {
			t.Errorf("after %d readings one that was held is not remembered", n+1)
		}
	}
}
