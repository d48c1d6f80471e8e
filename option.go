package psutil

// An Option configures a [System].
type Option interface{ apply(config) config }

type config struct {
	root        string
	accelerator Accelerator
	parallelism int // 0 is the default
	keepFiles   int // with keepSet
	keepSet     bool
}

// check returns the error of New.
func (c config) check() error {
	switch {
	case c.parallelism < 0:
		return invalid("parallelism", "less than 1")
	case c.keepSet && c.keepFiles < 0:
		return invalid("kept files", "negative")
	}
	return nil
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
// the same and PIDs are in one namespace. Linux; elsewhere it is [ErrNotSupported]
// from [New].
//
// The files may be anybody's. No link leads out of dir, and what is not a
// regular file, or has more than 64 MiB and is not the kernel's, is not read.
//
// If dir is a recording, whose /proc is of plain files, the size of pages is
// taken from the smaps of its process "self" or 1, and the byte order from
// /sys/kernel/cpu_byteorder, the architecture or cpuinfo; those of this machine
// are assumed if the recording does not tell.
func WithRoot(dir string) Option { return rootOption(dir) }

type parallelismOption int

func (o parallelismOption) apply(c config) config {
	c.parallelism = int(o)
	if o < 1 {
		c.parallelism = -1
	}
	return c
}

// WithParallelism lets a call that looks at all processes, [System.Snapshot],
// [System.NetConnections] or [Sampler.Sample], read up to n of them at a time, in as
// many goroutines, which have ended when the call or the loop has. What it returns is
// the same, in the same order. The default is 1, the caller's goroutine alone, and 2
// for what has two halves: NetConnections, which lists the sockets and looks for their
// owners, and a Snapshot with an [Accelerator] that is loaded. Several processors are
// used then, but more processor time. Less than 1 is [ErrInvalid] from [New]. Windows:
// it helps with the fields that take a call for each process, see [Field];
// NetConnections uses one.
func WithParallelism(n int) Option { return parallelismOption(n) }

type keptFilesOption int

func (o keptFilesOption) apply(c config) config {
	c.keepFiles, c.keepSet = int(o), true
	return c
}

// WithKeptFiles sets how many files in /proc the Samplers of a [System] may keep
// open together, 0 for none. The default is half of what RLIMIT_NOFILE
// allows when a sample begins, and at most 65536. A file that is kept takes a
// descriptor, and a page and about 1 KiB of the kernel's memory; one that is not is
// opened for each sample. Negative is [ErrInvalid] from [New]. Linux; ignored
// elsewhere.
func WithKeptFiles(n int) Option { return keptFilesOption(n) }
