package psutil_test

import (
	"fmt"
	"time"

	"github.com/go-psutil/psutil"
)

// Who is logged in and since when, as who shows it.
func ExampleUsers() {
	users, err := psutil.Users()
	if err != nil {
		fmt.Println(err)
	}
	for _, u := range users {
		fmt.Printf("%-12s %-8s %s %s\n", u.Name, u.Terminal, u.Started.Format(time.DateTime), u.Host)
	}
}

func ExampleUptime() {
	up, err := psutil.Uptime()
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println("up for", up.Round(time.Second))
}
