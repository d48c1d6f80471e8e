package linux

import (
	"bytes"
	"iter"
	"math"

	"github.com/go-psutil/psutil/internal/scan"
)

// PIDCgroup is a row of /proc/PID/cgroup (cgroups(7),
// kernel/cgroup/cgroup.c proc_cgroup_show). The []byte fields alias the input.
type PIDCgroup struct {
	HierarchyID uint32 // 0 for cgroup v2
	Controllers []byte // as in "cpu,cpuacct" or "name=systemd"; empty for cgroup v2
	// Path is below the root of the hierarchy that the reader's cgroup
	// namespace sees, and starts with "/.." outside of it. It may hold colons
	// but no newline, and ends in " (deleted)" when a zombie's group is gone.
	Path []byte
}

// EachPIDCgroup iterates over the rows of /proc/PID/cgroup: one for each
// hierarchy of cgroup v1, and one for cgroup v2.
func EachPIDCgroup(b []byte) iter.Seq2[PIDCgroup, error] {
	return func(yield func(PIDCgroup, error) bool) { eachPIDCgroup(b, yield) }
}

func eachPIDCgroup(b []byte, yield func(PIDCgroup, error) bool) {
	for n := 1; len(b) > 0; n++ {
		line, rest, whole := scan.Cut(b, '\n')
		b = rest
		id, tail, _ := scan.Cut(line, ':')
		controllers, path, _ := scan.Cut(tail, ':')
		v, ok := scan.Uint(id)
		if !whole || !ok || v > math.MaxUint32 || len(path) == 0 || path[0] != '/' {
			if !yield(PIDCgroup{}, scan.Errorf(n, line, "cgroup: bad line")) {
				return
			}
			continue
		}
		if !yield(PIDCgroup{uint32(v), controllers[:len(controllers):len(controllers)], path[:len(path):len(path)]}, nil) {
			return
		}
	}
}

// HasController reports whether a controller of cgroup v1, such as "memory",
// is bound to the hierarchy.
func (c *PIDCgroup) HasController(name string) bool {
	list := c.Controllers
	for len(list) > 0 {
		var one []byte
		one, list, _ = bytes.Cut(list, []byte(","))
		if string(one) == name {
			return true
		}
	}
	return false
}

// FindCgroup returns the path of a process's group in the hierarchy that has
// the controller, which is version 2's if it has none of its own.
func FindCgroup(groups []PIDCgroup, controller string) (path string, v2, found bool) {
	for i := range groups {
		switch g := &groups[i]; {
		case g.HasController(controller):
			return string(g.Path), false, true
		case g.HierarchyID == 0 && len(g.Controllers) == 0:
			path, v2, found = string(g.Path), true, true
		}
	}
	return path, v2, found
}
