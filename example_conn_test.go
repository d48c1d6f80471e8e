package psutil_test

import (
	"encoding/json"
	"fmt"
	"log"
	"net/netip"

	"github.com/go-psutil/psutil"
)

// Whether a TCP port is busy.
func ExampleNetConnections() {
	const port = 443
	conns, err := psutil.NetConnections(psutil.KindTCP, psutil.WithStates(psutil.ConnListen), psutil.WithLocalPort(port))
	if err != nil {
		log.Fatal(err)
	}
	for _, c := range conns {
		fmt.Println(c.Local, "is listened on by", c.PID)
	}
}

// How many connections are in each state, however many there are.
func ExampleNetConnectionsSeq() {
	count := make(map[psutil.ConnState]int)
	for c, err := range psutil.NetConnectionsSeq(psutil.KindTCP) {
		if err != nil {
			log.Fatal(err)
		}
		count[c.Status]++
	}
	for state, n := range count {
		fmt.Println(state, n)
	}
}

// The sockets of one process, without those of others being read.
func ExampleProcess_NetConnections() {
	self, err := psutil.Self()
	if err != nil {
		log.Fatal(err)
	}
	conns, err := self.NetConnections(psutil.KindINET | psutil.KindUnix)
	if err != nil {
		log.Fatal(err)
	}
	for _, c := range conns {
		fmt.Println(c.FD, c)
	}
}

func ExampleConnKind() {
	kind, err := psutil.ParseConnKind("tcp")
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(kind == psutil.KindTCP4|psutil.KindTCP6)
	fmt.Println(kind | psutil.KindUDP)
	// Output:
	// true
	// inet
}

func ExampleConnection() {
	c := psutil.Connection{
		FD: 3, Kind: psutil.KindTCP4, Family: psutil.FamilyINET, Type: psutil.SocketStream,
		Local: netip.MustParseAddrPort("127.0.0.1:80"), Status: psutil.ConnListen, Listening: true,
		PID: 812, UID: 33, Inode: 18345, SendQ: 511,
	}
	fmt.Println(c)
	b, err := json.Marshal(c)
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(string(b))
	// Output:
	// tcp 127.0.0.1:80 -> * LISTEN pid 812
	// {"fd":3,"family":"AF_INET","type":"SOCK_STREAM","laddr":{"ip":"127.0.0.1","port":80},"raddr":null,"status":"LISTEN","pid":812,"uid":33,"inode":18345,"recv_q":0,"send_q":511,"listening":true,"kind":"tcp4","cookie":null,"netns":null,"cgroup_id":null,"peer_inode":null,"peer_pid":null,"tcp":null}
}
