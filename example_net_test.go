package psutil_test

import (
	"fmt"
	"log"
	"net/netip"
	"time"

	"github.com/go-psutil/psutil"
)

// What passes through each interface in a second.
func ExampleNetIOCountersPerNIC() {
	rows, err := psutil.NetIOCountersPerNIC()
	if err != nil {
		log.Fatal(err)
	}
	before := make(map[string]psutil.NetIO)
	for _, nic := range rows {
		before[nic.Name] = nic
	}
	<-time.After(time.Second)
	if rows, err = psutil.NetIOCountersPerNIC(); err != nil {
		log.Fatal(err)
	}
	for _, now := range rows {
		if earlier, known := before[now.Name]; known {
			passed := now.Since(earlier)
			fmt.Println(now.Name, psutil.Bytes2Human(passed.BytesRecv), psutil.Bytes2Human(passed.BytesSent))
		}
	}
}

// A counter that went backward has begun again: what passed is not known.
func ExampleNetIO_Since() {
	before := psutil.NetIO{Name: "eth0", BytesRecv: 5000, BytesSent: 900}
	now := psutil.NetIO{Name: "eth0", BytesRecv: 7500, BytesSent: 100}
	passed := now.Since(before)
	fmt.Println(passed.BytesRecv, passed.BytesSent)
	// Output: 2500 0
}

// The addresses that other machines can reach this one by.
func ExampleNetIfAddrs() {
	addrs, err := psutil.NetIfAddrs()
	if err != nil {
		log.Fatal(err)
	}
	for _, a := range addrs {
		if a.Address.IsGlobalUnicast() {
			fmt.Println(a.Name, a.Prefix())
		}
	}
}

func ExampleNetIfAddr_Netmask() {
	a := psutil.NetIfAddr{Name: "eth0", Family: psutil.FamilyINET, Address: netip.MustParseAddr("192.0.2.7"), PrefixLen: 22}
	fmt.Println(a.Prefix(), a.Netmask())
	// Output: 192.0.2.7/22 255.255.252.0
}

// The interfaces that are up, and how fast they are.
func ExampleNetIfStats() {
	stats, err := psutil.NetIfStats()
	if err != nil {
		log.Fatal(err)
	}
	for _, nic := range stats {
		switch {
		case !nic.IsUp:
		case nic.Missing.Has("speed"): // as of lo and many virtual ones
			fmt.Println(nic.Name, "is up")
		default:
			fmt.Println(nic.Name, nic.Speed, "Mbit/s")
		}
	}
}
