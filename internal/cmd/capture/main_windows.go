// Command capture writes to its standard output what the system answers to the calls
// that package nt decodes: an archive for testdata of package nt. It is run on a real
// machine, or under Wine.
//
//	go run ./internal/cmd/capture > windows.txtar
//
// Beside each answer stands the address that it was filled in at. Names of users and
// of the machine are in it.
package main

import (
	"encoding/hex"
	"fmt"
	"net"
	"os"
	"runtime"
	"strings"

	"github.com/go-psutil/psutil/internal/sys"
)

func main() {
	major, minor, build := sys.Release()
	fmt.Printf("What Windows %d.%d.%d answers to a program for %s.\n\n", major, minor, build, runtime.GOARCH)
	status := 0
	show := func(name string, b []byte, base uint64, err error) {
		if err != nil {
			fmt.Fprintf(os.Stderr, "%s: %v\n", name, err)
			status = 1
			return
		}
		if base != 0 {
			name = fmt.Sprintf("%s@%x", name, base)
		}
		fmt.Printf("-- %s (hex) --\n%s\n", name, lines(hex.EncodeToString(b)))
	}
	table := func(name string, class int32) {
		b, base, err := sys.SystemInformation(class, nil)
		show(name, b, base, err)
	}
	plain := func(name string, b []byte, err error) { show(name, b, 0, err) }

	// So that there is something in the tables of sockets.
	for _, address := range []string{"127.0.0.1:0", "[::1]:0"} {
		l, err := net.Listen("tcp", address)
		if err == nil {
			defer l.Close()
			var c net.Conn
			if c, err = net.Dial("tcp", l.Addr().String()); err == nil {
				defer c.Close()
				if c, err = l.Accept(); err == nil {
					defer c.Close()
				}
			}
		}
		if err != nil {
			fmt.Fprintln(os.Stderr, err)
		}
	}

	table("processes", sys.SystemProcessInformation)
	table("handles", sys.SystemExtendedHandleInformation)
	b, _, err := sys.SystemInformation(sys.SystemProcessorPerformanceInformation, nil)
	plain("processors", b, err) // of one group
	b, err = sys.FixedInformation(sys.SystemPerformanceInformation, 312)
	plain("performance", b, err)
	b, err = sys.FixedInformation(sys.SystemTimeOfDayInformation, 48)
	plain("time", b, err)
	b, err = sys.PerformanceInfo()
	plain("memory", b, err)
	b, err = sys.MemoryStatus()
	plain("memorystatus", b, err)
	b, err = sys.LogicalProcessors()
	plain("topology", b, err)
	b, err = sys.PowerStatus()
	plain("power", b, err)
	b, err = sys.PowerInformation(sys.SystemBatteryState, 32)
	plain("battery", b, err)
	b, err = sys.PowerInformation(sys.ProcessorInformation, 24*sys.ProcessorCount(sys.AllGroups))
	plain("frequency", b, err)
	for _, six := range []bool{false, true} {
		suffix := map[bool]string{false: "4", true: "6"}[six]
		b, err = sys.TCPTable(six, nil)
		plain("tcp"+suffix, b, err)
		b, err = sys.UDPTable(six, nil)
		plain("udp"+suffix, b, err)
	}
	b, err = sys.InterfaceTable()
	plain("interfaces", b, err)
	b, base, err := sys.Adapters()
	show("adapters", b, base, err)
	b, base, n, err := sys.Sessions()
	show(fmt.Sprintf("sessions-%d", n), b, base, err)
	h, err := sys.OpenProcess(os.Getpid(), sys.Query|sys.ReadMemory)
	if err == nil {
		b, err = h.Basic()
	}
	plain("basic", b, err)
	if status != 0 {
		os.Exit(status)
	}
}

// lines breaks digits into lines of 32 bytes.
func lines(digits string) string {
	var s strings.Builder
	for len(digits) > 64 {
		s.WriteString(digits[:64] + "\n")
		digits = digits[64:]
	}
	return s.String() + digits
}
