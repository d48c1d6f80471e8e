// Command top-memory prints the processes that really cost the most memory:
// what would be free if they ended (USS), their part of what they share (PSS),
// and what they have in swap space. Those whose memory the caller may not look
// into are left out.
package main

import (
	"cmp"
	"fmt"
	"os"
	"slices"
	"text/tabwriter"

	"github.com/go-psutil/psutil"
)

func main() {
	const most = 15
	var infos []*psutil.ProcessInfo
	for info, err := range psutil.Snapshot(psutil.FieldName | psutil.FieldUsername | psutil.FieldRSS | psutil.FieldMemoryFootprint) {
		if err != nil {
			fmt.Fprintln(os.Stderr, "top-memory:", err)
			os.Exit(1)
		}
		if info.Has(psutil.FieldMemoryFootprint) {
			infos = append(infos, info.Clone())
		}
	}
	slices.SortStableFunc(infos, func(a, b *psutil.ProcessInfo) int {
		return cmp.Compare(b.MemoryFootprint.USS, a.MemoryFootprint.USS)
	})
	w := tabwriter.NewWriter(os.Stdout, 0, 0, 2, ' ', 0)
	fmt.Fprintln(w, "PID\tUser\tUSS\tPSS\tSwap\tRSS\tName")
	for _, i := range infos[:min(most, len(infos))] {
		m := i.MemoryFootprint
		fmt.Fprintf(w, "%d\t%s\t%s\t%s\t%s\t%s\t%+q\n", i.Process.PID(), i.Username, psutil.Bytes2Human(m.USS),
			psutil.Bytes2Human(m.PSS), psutil.Bytes2Human(m.Swap), psutil.Bytes2Human(i.RSS), i.Name)
	}
	w.Flush()
}
