package linux

import "github.com/go-psutil/psutil/internal/scan"

// Namespace is the target of a link in /proc/PID/ns, such as
// "net:[4026531840]" (proc_pid_ns(5), namespaces(7), fs/nsfs.c ns_get_name).
// Two processes are in one namespace if the targets are equal.
type Namespace struct {
	Type  []byte // cgroup, ipc, mnt, net, pid, time, user or uts; aliases the input
	Inode uint64
}

// ParseNamespace decodes the target of a link in /proc/PID/ns. A link of which
// the namespace is not there yet, as pid_for_children may be, cannot be read in
// the first place.
func ParseNamespace(target []byte) (Namespace, error) {
	name, inode, ok := bracketed(target)
	if !ok {
		return Namespace{}, scan.Errorf(0, target, "not a namespace")
	}
	return Namespace{name, inode}, nil
}

// bracketed splits "name:[number]".
func bracketed(target []byte) (name []byte, number uint64, ok bool) {
	name, rest, ok := scan.Cut(target, ':')
	if !ok || len(name) == 0 || len(rest) < 2 || rest[0] != '[' || rest[len(rest)-1] != ']' {
		return nil, 0, false
	}
	number, ok = scan.Uint(rest[1 : len(rest)-1])
	return name[:len(name):len(name)], number, ok
}
