package psutil_test

import (
	"errors"
	"fmt"
	"io/fs"
	"log"

	"github.com/go-psutil/psutil"
)

// What to do about an error depends on its condition.
func Example_errors() {
	p, err := psutil.NewProcess(1)
	if err != nil {
		log.Fatal(err)
	}
	files, err := p.OpenFiles()
	switch {
	case errors.Is(err, psutil.ErrZombieProcess): // before ErrNoSuchProcess, which it also is
		fmt.Println("has ended")
	case errors.Is(err, psutil.ErrNoSuchProcess):
		fmt.Println("has gone")
	case errors.Is(err, psutil.ErrAccessDenied):
		fmt.Println("may not be looked into")
	case err != nil:
		log.Fatal(err)
	default:
		fmt.Println(len(files), "files are open")
	}
}

func ExampleProcessError() {
	err := fmt.Errorf("backup: %w", &psutil.ProcessError{Op: "open_files", PID: 812, Name: "cron", Err: psutil.ErrAccessDenied})
	fmt.Println(err)
	fmt.Println(errors.Is(err, psutil.ErrAccessDenied), errors.Is(err, fs.ErrPermission))
	if e, ok := errors.AsType[*psutil.ProcessError](err); ok {
		fmt.Println(e.PID, e.Op)
	}
	// Output:
	// backup: process 812 (cron): open_files: access denied
	// true true
	// 812 open_files
}

func ExampleNotSupportedError() {
	var err error = &psutil.NotSupportedError{Op: "pressure", Need: "Linux 4.20"}
	fmt.Println(err)
	fmt.Println(errors.Is(err, psutil.ErrNotSupported), errors.Is(err, errors.ErrUnsupported))
	// Output:
	// pressure: not supported (needs Linux 4.20)
	// true true
}

// A zombie is also a process that is not there.
func ExampleErrZombieProcess() {
	fmt.Println(errors.Is(psutil.ErrZombieProcess, psutil.ErrNoSuchProcess))
	fmt.Println(errors.Is(psutil.ErrNoSuchProcess, psutil.ErrZombieProcess))
	// Output:
	// true
	// false
}
