package psutil_test

import (
	"errors"
	"fmt"

	"github.com/go-psutil/psutil"
)

// The services that should have been started with Windows, and do not run.
func ExampleWinServices() {
	services, err := psutil.WinServices()
	if err != nil {
		fmt.Println(err) // of some of them, or all
	}
	for _, s := range services {
		if s.StartType == psutil.StartAutomatic && s.Status == psutil.ServiceStopped {
			fmt.Println(s.Name, s.DisplayName, s.BinPath)
		}
	}
}

func ExampleWinService() {
	service, err := psutil.WinService("Spooler")
	switch {
	case errors.Is(err, psutil.ErrNoSuchService):
		fmt.Println("can't print")
	case errors.Is(err, psutil.ErrNotSupported):
		fmt.Println("not Windows")
	case err != nil:
		fmt.Println(err)
	case service.Status == psutil.ServiceRunning:
		fmt.Println("prints in process", service.PID)
	}
}
