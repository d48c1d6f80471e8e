// Command netstat prints the connections of this machine, as netstat -antup
// does.
package main

import (
	"fmt"
	"net/netip"
	"os"
	"text/tabwriter"

	"github.com/go-psutil/psutil"
)

func main() {
	conns, err := psutil.NetConnections(psutil.KindINET)
	names := programs()
	w := tabwriter.NewWriter(os.Stdout, 0, 0, 2, ' ', 0)
	fmt.Fprintln(w, "Proto\tRecv-Q\tSend-Q\tLocal address\tRemote address\tStatus\tPID\tProgram")
	for _, c := range conns {
		status, pid, name := "-", "-", "-"
		if c.Status != psutil.ConnNone {
			status = c.Status.String()
		}
		if c.PID >= 0 {
			pid = fmt.Sprint(c.PID)
		}
		if n := names[c.PID]; n != "" {
			name = fmt.Sprintf("%+q", n) // a name may hold any character
			name = name[1 : len(name)-1]
		}
		fmt.Fprintf(w, "%s\t%d\t%d\t%s\t%s\t%s\t%s\t%s\n", c.Protocol(), c.RecvQ, c.SendQ,
			address(c.Local), address(c.Remote), status, pid, name)
	}
	w.Flush()
	if err != nil {
		fmt.Fprintln(os.Stderr, "netstat:", err)
		os.Exit(1)
	}
}

// address is "-" for the end that a socket without a peer does not have.
func address(a netip.AddrPort) string {
	if !a.IsValid() {
		return "-"
	}
	return a.String()
}

// programs returns the names of the processes by PID.
func programs() map[int]string {
	names := make(map[int]string)
	for info, err := range psutil.Snapshot(psutil.FieldName) {
		if err != nil {
			break
		}
		names[info.Process.PID()] = info.Name
	}
	return names
}
