package main

import (
	"fmt"
	"net/netip"
	"strconv"
	"text/tabwriter"

	"github.com/spf13/cobra"

	"github.com/go-psutil/psutil"
)

func newNetstat() *cobra.Command {
	return &cobra.Command{
		Use:   "netstat",
		Short: "Show connections and the processes that hold them",
		Args:  cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			conns, err := psutil.NetConnections(psutil.KindINET)
			if err != nil && len(conns) == 0 {
				return err
			}
			w := tabwriter.NewWriter(cmd.OutOrStdout(), 0, 8, 2, ' ', 0)
			fmt.Fprintln(w, "Proto\tRecv-Q\tSend-Q\tLocal address\tRemote address\tStatus\tPID\tProgram")
			names := make(map[int]string)
			for _, c := range conns {
				pid, name := "-", "-"
				if c.PID >= 0 {
					pid = strconv.Itoa(c.PID)
					if _, known := names[c.PID]; !known {
						names[c.PID] = programName(c.PID)
					}
					name = names[c.PID]
				}
				fmt.Fprintf(w, "%s\t%d\t%d\t%s\t%s\t%s\t%s\t%q\n", c.Protocol(), c.RecvQ, c.SendQ,
					address(c.Local), address(c.Remote), c.Status, pid, name)
			}
			if ferr := w.Flush(); ferr != nil {
				return ferr
			}
			return err
		},
	}
}

func programName(pid int) string {
	p, err := psutil.NewProcess(pid)
	if err != nil {
		return "-"
	}
	name, err := p.Name()
	if err != nil {
		return "-"
	}
	return name
}

func address(a netip.AddrPort) string {
	if !a.IsValid() {
		return "*"
	}
	return a.String()
}
