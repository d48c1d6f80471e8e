package psutil

// An Option configures a [System].
type Option interface{ apply(config) config }

type config struct {
	root        string
	accelerator Accelerator
}

type rootOption string

func (o rootOption) apply(c config) config {
	c.root = string(o)
	return c
}

// WithRoot reads another machine's, or the host's, file system: /proc, /sys,
// /etc, /run and /var are looked up below dir, as an agent in a container does
// with the host's root mounted at /host. Network tables are then those of that
// /proc's PID 1. What only a system call can tell (priorities, affinity,
// signals) is taken from the running kernel and makes sense only if both are
// the same and PIDs are in one namespace. Linux; ignored elsewhere.
//
// The files may be anybody's. No link leads out of dir, and what is not a
// regular file, or has more than 64 MiB and is not the kernel's, is not read.
//
// If dir is a recording, whose /proc is of plain files, the size of pages is
// taken from the smaps of its process "self" or 1, and the byte order from
// /sys/kernel/cpu_byteorder, the architecture or cpuinfo; those of this machine
// are assumed if the recording does not tell.
func WithRoot(dir string) Option { return rootOption(dir) }
