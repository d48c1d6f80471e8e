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
		fmt.Printf("%s by %s\n", c.Local, owner(c.PID))
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

// owner names a process, or is "-" if the caller may not see whose the socket is.
func owner(pid int) string {
	if pid < 0 {
		return "-"
	}
	name := "-"
	if p, err := psutil.NewProcess(pid); err == nil {
		if s, err := p.Name(); err == nil {
			name = strconv.Quote(s)
		}
	}
	return fmt.Sprintf("%s, PID %d", name, pid)
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
