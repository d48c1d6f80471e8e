package main

import "github.com/spf13/cobra"

func newRoot() *cobra.Command {
	root := &cobra.Command{
		Use:           "psutil",
		Short:         "Look at a machine: connections, processes, resources",
		SilenceUsage:  true,
		SilenceErrors: true,
	}
	root.AddCommand(newNetstat())
	return root
}
