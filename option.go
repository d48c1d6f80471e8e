package psutil

// An Option configures a [System].
type Option interface{ apply(config) config }

type config struct{ root string }

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
func WithRoot(dir string) Option { return rootOption(dir) }
