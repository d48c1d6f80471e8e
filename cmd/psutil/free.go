package main

import (
	"cmp"
	"errors"
	"fmt"

	"github.com/spf13/cobra"

	"github.com/go-psutil/psutil"
)

// A memoryRow is the machine's memory or its swap space.
type memoryRow struct {
	name, title             string
	total, used, free       uint64
	shared, buffers, cached uint64
	available               uint64
	percent                 float64
	in, out                 uint64
	missing                 psutil.Missing
}

func newFree(env *environment) *cobra.Command {
	var inBytes, inK, inM, inG, human, help bool
	cmd := &cobra.Command{
		Use:     "free",
		GroupID: groupMachine,
		Short:   "Show how memory and swap space are used",
		Long: `Show how memory and swap space are used, in units of 1024 bytes unless a flag
says otherwise. JSON and CSV are in bytes always.

"available" is what programs could get without swapping; "used" is the rest.
"cache" is that of files, with tmpfs and what the kernel can drop.`,
		Example: `  psutil free
  psutil free -h
  psutil free -o json | jq '.[0].available'`,
		Args: cobra.NoArgs,
		RunE: func(*cobra.Command, []string) error {
			size := func(n uint64) string { return fmt.Sprint(n >> 10) }
			switch {
			case human:
				size = psutil.Bytes2Human[uint64]
			case inBytes:
				size = func(n uint64) string { return fmt.Sprint(n) }
			case inM:
				size = func(n uint64) string { return fmt.Sprint(n >> 20) }
			case inG:
				size = func(n uint64) string { return fmt.Sprint(n >> 30) }
			}
			return free(env, size)
		},
	}
	flags := cmd.Flags()
	flags.SortFlags = false
	flags.BoolVarP(&inBytes, "bytes", "b", false, "in bytes")
	flags.BoolVarP(&inK, "kibi", "k", false, "in KiB, the default")
	flags.BoolVarP(&inM, "mebi", "m", false, "in MiB")
	flags.BoolVarP(&inG, "gibi", "g", false, "in GiB")
	flags.BoolVarP(&human, "human", "h", false, "each in the unit that fits")
	flags.BoolVar(&help, "help", false, "help for free") // without -h
	cmd.MarkFlagsMutuallyExclusive("bytes", "kibi", "mebi", "gibi", "human")
	return cmd
}

func free(env *environment, size func(uint64) string) error {
	sys, err := env.system()
	if err != nil {
		return err
	}
	var rows []*memoryRow
	m, err1 := sys.VirtualMemory()
	if err1 == nil {
		rows = append(rows, &memoryRow{"virtual_memory", "Mem:", m.Total, m.Used, m.Free, m.Shared, m.Buffers, m.Cached,
			m.Available, m.Percent, 0, 0, m.Missing + ",sin,sout"})
	}
	s, err2 := sys.SwapMemory()
	if err2 == nil {
		rows = append(rows, &memoryRow{"swap_memory", "Swap:", s.Total, s.Used, s.Free, 0, 0, 0,
			0, s.Percent, s.In, s.Out, s.Missing + ",shared,buffers,cached,available"})
	}
	err = errors.Join(err1, err2)
	if len(rows) == 0 {
		return err
	}
	r := report[*memoryRow]{columns: memoryColumns(size), rows: rows}
	return cmp.Or(r.write(env), err)
}

func memoryColumns(size func(uint64) string) []column[*memoryRow] {
	bytes := func(key, title string, get func(*memoryRow) uint64) column[*memoryRow] {
		return column[*memoryRow]{key: key, title: title, right: true,
			value: func(r *memoryRow) any {
				if r.missing.Has(key) {
					return nil
				}
				return get(r)
			},
			text: func(r *memoryRow) string {
				if r.missing.Has(key) {
					return ""
				}
				return size(get(r))
			},
		}
	}
	return []column[*memoryRow]{
		{key: "name", title: " ", value: func(r *memoryRow) any { return r.name }, text: func(r *memoryRow) string { return r.title }},
		bytes("total", "total", func(r *memoryRow) uint64 { return r.total }),
		bytes("used", "used", func(r *memoryRow) uint64 { return r.used }),
		bytes("free", "free", func(r *memoryRow) uint64 { return r.free }),
		bytes("shared", "shared", func(r *memoryRow) uint64 { return r.shared }),
		bytes("buffers", "buffers", func(r *memoryRow) uint64 { return r.buffers }),
		bytes("cached", "cache", func(r *memoryRow) uint64 { return r.cached }),
		bytes("available", "available", func(r *memoryRow) uint64 { return r.available }),
		{key: "percent", value: func(r *memoryRow) any { return r.percent }},
		bytes("sin", "", func(r *memoryRow) uint64 { return r.in }),
		bytes("sout", "", func(r *memoryRow) uint64 { return r.out }),
	}
}
