package psutil_test

import (
	"net"
	"net/netip"
	"os"
	"testing"

	"github.com/go-psutil/psutil"
)

func TestNetConnectionsFindsListener(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	want := netip.MustParseAddrPort(l.Addr().String())
	conns, err := psutil.NetConnections(psutil.KindTCP4)
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range conns {
		if c.Local == want {
			if c.PID != os.Getpid() || c.Status != psutil.ConnListen || c.FD < 0 {
				t.Errorf("got %v, want LISTEN of pid %d", c, os.Getpid())
			}
			return
		}
	}
	t.Errorf("no connection at %v", want)
}
