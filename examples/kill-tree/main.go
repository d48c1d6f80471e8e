// Command kill-tree ends a process and all its descendants: it asks them, waits
// three seconds at most, and kills those that are left.
//
//	kill-tree 4711
package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"strconv"
	"time"

	"github.com/go-psutil/psutil"
)

func main() {
	if len(os.Args) != 2 {
		fmt.Fprintln(os.Stderr, "usage: kill-tree PID")
		os.Exit(2)
	}
	pid, err := strconv.Atoi(os.Args[1])
	if err == nil {
		err = killTree(pid)
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, "kill-tree:", err)
		os.Exit(1)
	}
}

func killTree(pid int) error {
	root, err := psutil.NewProcess(pid)
	if err != nil {
		return err
	}
	descendants, err := root.Children(true)
	if err != nil {
		return err
	}
	// A handle never means another process, so that none of these signals can
	// hit one that got the PID of a process which has gone meanwhile.
	tree := append(descendants, root)
	var errs []error
	each := func(procs []psutil.Process, f func(psutil.Process) error) {
		for _, p := range procs {
			if err := f(p); err != nil && !errors.Is(err, psutil.ErrNoSuchProcess) {
				errs = append(errs, err)
			}
		}
	}
	each(tree, psutil.Process.Terminate)
	ctx, cancel := context.WithTimeout(context.Background(), 3*time.Second)
	defer cancel()
	_, alive, err := psutil.WaitProcs(ctx, tree, func(p psutil.Process, s psutil.ExitStatus) {
		fmt.Println(p.PID(), s)
	})
	each(alive, psutil.Process.Kill)
	return errors.Join(append(errs, err)...)
}
