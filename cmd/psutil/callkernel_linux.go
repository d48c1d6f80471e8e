package main

import (
	"math"
	"time"

	"golang.org/x/sys/unix"

	"github.com/go-psutil/psutil"
)

// maxToken is the largest start token, in clock ticks: 292 years after boot.
const maxToken = math.MaxInt64 / uint64(10*time.Millisecond)

// resourceNumbers are the kernel's numbers, which are psutil's too.
var resourceNumbers = [...]struct {
	number   int
	resource psutil.Resource
}{
	{unix.RLIMIT_AS, psutil.RlimitAS},
	{unix.RLIMIT_CORE, psutil.RlimitCore},
	{unix.RLIMIT_CPU, psutil.RlimitCPU},
	{unix.RLIMIT_DATA, psutil.RlimitData},
	{unix.RLIMIT_FSIZE, psutil.RlimitFSize},
	{unix.RLIMIT_LOCKS, psutil.RlimitLocks},
	{unix.RLIMIT_MEMLOCK, psutil.RlimitMemlock},
	{unix.RLIMIT_MSGQUEUE, psutil.RlimitMsgqueue},
	{unix.RLIMIT_NICE, psutil.RlimitNice},
	{unix.RLIMIT_NOFILE, psutil.RlimitNoFile},
	{unix.RLIMIT_NPROC, psutil.RlimitNProc},
	{unix.RLIMIT_RSS, psutil.RlimitRSS},
	{unix.RLIMIT_RTPRIO, psutil.RlimitRTPrio},
	{unix.RLIMIT_RTTIME, psutil.RlimitRTTime},
	{unix.RLIMIT_SIGPENDING, psutil.RlimitSigpending},
	{unix.RLIMIT_STACK, psutil.RlimitStack},
}

// numberedResource returns the resource with the system's number.
func numberedResource(number int) (psutil.Resource, bool) {
	for _, r := range resourceNumbers {
		if r.number == number {
			return r.resource, true
		}
	}
	return 0, false
}
