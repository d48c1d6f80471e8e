package psutil

import (
	"context"
	"errors"
	"slices"
	"sync"

	"github.com/go-psutil/psutil/internal/sys"
)

// waitAll calls exited for each process as it ends. That ctx is done is no
// error.
func waitAll(ctx context.Context, procs []Process, exited func(Process, ExitStatus)) error {
	stop, err := sys.NewEvent()
	if err != nil {
		return err
	}
	defer stop.Close()
	var (
		watched []Process
		handles []sys.Handle
		errs    []error
		ended   = make(chan int)
		failed  = make(chan error)
		wg      sync.WaitGroup
	)
	defer func() {
		for _, h := range handles {
			h.Close()
		}
	}()
	for _, p := range procs {
		h, ended, err := p.holdEnded("wait", sys.Synchronize)
		switch {
		case errors.Is(err, ErrNoSuchProcess):
			exited(p, ExitStatus{})
		case ended:
			exited(p, exitStatus(h))
			h.Close()
		case err != nil:
			errs = append(errs, err)
		default:
			watched, handles = append(watched, p), append(handles, h)
		}
	}
	left := len(watched)
	// One thread can wait for so many, with the event that stops it.
	from := 0
	for group := range slices.Chunk(handles, sys.MaxWait-1) {
		first := from
		from += len(group)
		wg.Go(func() {
			waitGroup(group, stop, func(i int) { ended <- first + i }, func(err error) { failed <- err })
		})
	}
	wake := func() { _ = stop.Signal() } // of an event of our own
	woken := make(chan struct{})
	cancel := context.AfterFunc(ctx, func() {
		wake()
		close(woken)
	})
	defer func() {
		if !cancel() {
			<-woken // before the event is closed
		}
	}()
	done := make(chan struct{})
	go func() {
		wg.Wait()
		close(done)
	}()
	for left > 0 {
		select {
		case i := <-ended:
			left--
			exited(watched[i], exitStatus(handles[i]))
			continue
		case err := <-failed:
			errs = append(errs, err)
			wake()
			continue
		case <-done:
		}
		break
	}
	<-done
	return errors.Join(errs...)
}

// waitGroup calls ended with the place of each of the processes as it ends, until
// stop is signalled.
func waitGroup(group []sys.Handle, stop sys.Handle, ended func(int), failed func(error)) {
	places := make([]int, len(group))
	for i := range places {
		places[i] = i
	}
	handles := append(slices.Clone(group), stop)
	for len(places) > 0 {
		i, err := sys.WaitAny(handles)
		if err != nil {
			failed(err)
			return
		}
		if i == len(places) {
			return
		}
		ended(places[i])
		places, handles = slices.Delete(places, i, i+1), slices.Delete(handles, i, i+1)
	}
}

// exitStatus is how a process ended. There are no signals: one that was terminated
// has the code that it was given.
func exitStatus(h sys.Handle) ExitStatus {
	code, err := h.ExitCode()
	return ExitStatus{Known: err == nil, Code: int(code)}
}
