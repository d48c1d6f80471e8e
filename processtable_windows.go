package psutil

import (
	"cmp"
	"slices"

	"github.com/go-psutil/psutil/internal/nt"
	"github.com/go-psutil/psutil/internal/sys"
)

// A processTable is what the system tells in one call: every process with its threads.
type processTable struct {
	b    []byte
	rows []nt.ProcessInformation // by PID
}

// read reads the table anew.
func (t *processTable) read() error {
	b, base, err := sys.SystemInformation(sys.SystemProcessInformation, t.b)
	if err != nil {
		return err
	}
	t.b, t.rows = b, t.rows[:0]
	for p, err := range nt.EachProcess(b, base, sys.PointerSize, false) {
		if err != nil {
			return &ParseError{File: "SystemProcessInformation", Err: err}
		}
		t.rows = append(t.rows, *p)
	}
	byPID := func(a, b nt.ProcessInformation) int { return cmp.Compare(a.PID, b.PID) }
	if !slices.IsSortedFunc(t.rows, byPID) {
		slices.SortFunc(t.rows, byPID)
	}
	return nil
}

// pids appends the PIDs in order.
func (t *processTable) pids(dst []int) []int {
	for i := range t.rows {
		dst = append(dst, int(t.rows[i].PID))
	}
	return dst
}

// find returns the row of a PID, or ErrNoSuchProcess.
func (t *processTable) find(pid int) (*nt.ProcessInformation, error) {
	i, found := slices.BinarySearchFunc(t.rows, uint64(pid), func(row nt.ProcessInformation, pid uint64) int {
		return cmp.Compare(row.PID, pid)
	})
	if !found {
		return nil, ErrNoSuchProcess
	}
	return &t.rows[i], nil
}

// row returns what the system's table says of the process.
func (p Process) row(op string) (*nt.ProcessInformation, error) {
	if _, err := p.system(op); err != nil {
		return nil, err
	}
	var t processTable
	if err := t.read(); err != nil {
		return nil, p.fail(op, err)
	}
	row, err := t.find(p.pid)
	switch {
	case err != nil:
		return nil, p.fail(op, err)
	case uint64(row.CreateTime) != p.start:
		return nil, p.reused(op)
	}
	return row, nil
}
