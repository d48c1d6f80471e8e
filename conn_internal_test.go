package psutil

import "testing"

// TestNTConnState has the states of MIB_TCP_STATE (tcpmib.h) by their numbers.
func TestNTConnState(t *testing.T) {
	for state, want := range map[uint32]ConnState{
		0: ConnNone, 1: ConnClose, 2: ConnListen, 3: ConnSynSent, 4: ConnSynRecv, 5: ConnEstablished, 6: ConnFinWait1, 7: ConnFinWait2,
		8: ConnCloseWait, 9: ConnClosing, 10: ConnLastAck, 11: ConnTimeWait, 12: ConnDeleteTCB, 13: ConnNone, 1 << 31: ConnNone,
	} {
		if got := ntConnState(state); got != want {
			t.Errorf("%d is %v, want %v", state, got, want)
		}
	}
}
