// Command listening says whether a TCP port is listened on, and by whom:
//
//	listening 22
//
// Its exit status is 0 if so, 1 if not and 2 if that can't be told.
package main

import (
	"fmt"
	"os"
	"strconv"

	"github.com/go-psutil/psutil"
)

func main() {
	if len(os.Args) != 2 {
		fmt.Fprintln(os.Stderr, "usage: listening PORT")
		os.Exit(2)
	}
	port, err := strconv.ParseUint(os.Args[1], 10, 16)
	if err != nil {
		fmt.Fprintln(os.Stderr, "listening:", err)
		os.Exit(2)
	}
	found, err := listeners(uint16(port))
	for _, c := range found {
		name := "unknown"
		if p, err := psutil.NewProcess(c.PID); err == nil {
			name, _ = p.Name()
		}
		fmt.Printf("%s by %q, PID %d\n", c.Local, name, c.PID)
	}
	switch {
	case len(found) > 0:
		return
	case err != nil:
		fmt.Fprintln(os.Stderr, "listening:", err)
		os.Exit(2)
	}
	fmt.Printf("nobody listens on TCP port %d\n", port)
	os.Exit(1)
}

// listeners returns the TCP sockets that listen on the port. Those that could
// be read are returned beside an error.
func listeners(port uint16) ([]psutil.Connection, error) {
	conns, err := psutil.NetConnections(psutil.KindTCP)
	var found []psutil.Connection
	for _, c := range conns {
		if c.Status == psutil.ConnListen && c.Local.Port() == port {
			found = append(found, c)
		}
	}
	return found, err
}
