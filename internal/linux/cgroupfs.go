package linux

import (
	"iter"
	"math"
	"strings"

	"github.com/go-psutil/psutil/internal/scan"
)

// CgroupLimit is a limit of a control group.
type CgroupLimit struct {
	Value     uint64 // 0 when Unlimited
	Unlimited bool
}

// ParseCgroupLimit decodes a version 2 file of one limit, a number or "max":
// memory.max, memory.high, memory.low, memory.swap.max, pids.max (also of
// version 1), and files that hold a plain number.
func ParseCgroupLimit(b []byte) (CgroupLimit, error) {
	t := scan.Trim(b)
	if string(t) == "max" {
		return CgroupLimit{Unlimited: true}, nil
	}
	v, ok := scan.Uint(t)
	if !ok {
		return CgroupLimit{}, scan.Errorf(0, b, "a number or max expected")
	}
	return CgroupLimit{Value: v}, nil
}

// ParseCgroupLimitV1 decodes a version 1 file of one limit in bytes, such as
// memory.limit_in_bytes or memory.memsw.limit_in_bytes, which says "none" with
// the largest number of bytes in whole pages that a long can count, and before
// Linux 3.19 that a long long can.
func ParseCgroupLimitV1(b []byte) (CgroupLimit, error) {
	const (
		none64 = 1 << 62              // more than a machine can have; the real one depends on the page size
		none32 = math.MaxInt32 * 4096 // on a 32-bit machine: so many pages
	)
	t := scan.Trim(b)
	if string(t) == "-1" {
		return CgroupLimit{Unlimited: true}, nil
	}
	v, ok := scan.Uint(t)
	if !ok {
		return CgroupLimit{}, scan.Errorf(0, b, "a number expected")
	}
	if v >= none64 || v == none32 {
		return CgroupLimit{Unlimited: true}, nil
	}
	return CgroupLimit{Value: v}, nil
}

// ParseCgroupNumber decodes a file of one number: memory.current, cpu.weight,
// pids.current, cpu.shares, memory.usage_in_bytes and the like.
func ParseCgroupNumber(b []byte) (uint64, error) {
	v, ok := scan.Uint(scan.Trim(b))
	if !ok {
		return 0, scan.Errorf(0, b, "a number expected")
	}
	return v, nil
}

// CPUMax is the CPU time a control group may use: Quota in each Period, summed
// over all CPUs.
type CPUMax struct {
	Quota  CgroupLimit // microseconds
	Period uint64      // microseconds
}

// ParseCPUMax decodes cpu.max of version 2: "max 100000" or "50000 100000".
func ParseCPUMax(b []byte) (CPUMax, error) {
	f := scan.NewFields(scan.Trim(b))
	quota, err := ParseCgroupLimit(f.Next())
	m := CPUMax{Quota: quota, Period: 100000} // the kernel's default, should the file not say
	if err == nil && f.More() {
		m.Period = f.Uint()
	}
	if err != nil || f.Bad() != 0 || f.More() {
		return CPUMax{}, scan.Errorf(0, b, "a quota and a period expected")
	}
	return m, nil
}

// ParseCFSQuota decodes cpu.cfs_quota_us and cpu.cfs_period_us of version 1,
// where a quota below zero is none.
func ParseCFSQuota(quota, period []byte) (CPUMax, error) {
	q, ok := scan.Int(scan.Trim(quota))
	if !ok {
		return CPUMax{}, scan.Errorf(0, quota, "a quota expected")
	}
	p, ok := scan.Uint(scan.Trim(period))
	if !ok {
		return CPUMax{}, scan.Errorf(0, period, "a period expected")
	}
	if q < 0 {
		return CPUMax{Quota: CgroupLimit{Unlimited: true}, Period: p}, nil
	}
	return CPUMax{Quota: CgroupLimit{Value: uint64(q)}, Period: p}, nil
}

// CPUs returns how many CPUs' worth of time the group may use; ok is false
// when it has no limit.
func (m CPUMax) CPUs() (cpus float64, ok bool) {
	if m.Quota.Unlimited || m.Period == 0 {
		return 0, false
	}
	return float64(m.Quota.Value) / float64(m.Period), true
}

// IOStat is a row of io.stat of version 2 (Documentation/admin-guide/
// cgroup-v2.rst, block/blk-cgroup.c blkcg_print_one_stat). Other keys, such as
// those of the io.cost controller, are left out.
type IOStat struct {
	Major, Minor   uint32
	RBytes, WBytes uint64
	RIOs, WIOs     uint64
	DBytes, DIOs   uint64 // discarded
	HasDiscard     bool   // Linux 4.20
}

// EachIOStat returns the rows of io.stat. A device without counters is left
// out.
func EachIOStat(b []byte) iter.Seq2[IOStat, error] {
	return func(yield func(IOStat, error) bool) {
		for r, err := range eachRow(b, 0, parseIOStat) {
			if err == nil && !r.counted {
				continue
			}
			if !yield(r.IOStat, err) {
				return
			}
		}
	}
}

type ioStatRow struct {
	IOStat
	counted bool
}

func parseIOStat(line []byte) (r ioStatRow, bad string) {
	device := false
	for {
		var field []byte
		if field, line = scan.Field(line); len(field) == 0 {
			break
		}
		key, value, equals := scan.Cut(field, '=')
		if !equals {
			// Some kernels print the number of a device without counters and
			// forget the end of the line, so that the next one follows it.
			if r.counted {
				return r, "counters expected"
			}
			major, minor, _ := scan.Cut(field, ':')
			maj, ok1 := scan.Uint(major)
			mnr, ok2 := scan.Uint(minor)
			if !ok1 || !ok2 || maj > math.MaxUint32 || mnr > math.MaxUint32 {
				return r, "device numbers expected"
			}
			r.Major, r.Minor = uint32(maj), uint32(mnr)
			device = true
			continue
		}
		var p *uint64
		switch string(key) {
		case "rbytes":
			p = &r.RBytes
		case "wbytes":
			p = &r.WBytes
		case "rios":
			p = &r.RIOs
		case "wios":
			p = &r.WIOs
		case "dbytes":
			p, r.HasDiscard = &r.DBytes, true
		case "dios":
			p, r.HasDiscard = &r.DIOs, true
		default:
			continue
		}
		var ok bool
		if *p, ok = scan.Uint(value); !ok {
			return r, "a number expected"
		}
		r.counted = true
	}
	if !device {
		return r, "device numbers expected"
	}
	return r, ""
}

// CgroupMount is a mounted control group hierarchy.
type CgroupMount struct {
	V2   bool
	Root string // control group mounted there: "/", or what a bind mount or a namespace shows
	Dir  string // mount point

	options string // of the super block; those of version 1 name the controllers
}

// Controls reports whether a controller of version 1, or a named hierarchy
// such as "name=systemd", is mounted there.
func (m CgroupMount) Controls(controller string) bool {
	if m.V2 || controller == "" {
		return false
	}
	for rest, more := m.options, true; more; {
		var option string
		option, rest, more = strings.Cut(rest, ",")
		if option == controller {
			return true
		}
	}
	return false
}

// CgroupMounts holds the control group hierarchies a process can reach.
type CgroupMounts []CgroupMount

// ParseCgroupMounts finds the control group hierarchies in the text of a
// mountinfo file. It returns the first error, having read every row that can
// be read.
func ParseCgroupMounts(b []byte) (CgroupMounts, error) {
	var found CgroupMounts
	var first error
	for m, err := range EachMount(b) {
		if err != nil {
			if first == nil {
				first = err
			}
			continue
		}
		v2 := string(m.FSType) == "cgroup2"
		if !v2 && string(m.FSType) != "cgroup" {
			continue
		}
		c := CgroupMount{V2: v2, Root: string(m.Root), Dir: string(m.MountPoint), options: string(m.SuperOptions)}
		// A later mount covers an earlier one at the same place.
		kept := found[:0]
		for _, old := range found {
			if old.Dir != c.Dir {
				kept = append(kept, old)
			}
		}
		found = append(kept, c)
	}
	return found, first
}

// Dir returns the directory of the control group with that path, as
// /proc/PID/cgroup gives it, in the hierarchy of a version 1 controller, or in
// that of version 2 when controller is empty. ok is false when no mount
// reaches it.
func (ms CgroupMounts) Dir(controller, path string) (dir string, ok bool) {
	for _, m := range ms {
		if controller == "" && m.V2 || m.Controls(controller) {
			if dir, ok := CgroupDir(m.Root, m.Dir, path); ok {
				return dir, true
			}
		}
	}
	return "", false
}

// CgroupDir translates the path of a control group into that of a directory
// below mountpoint, where the group called root is mounted. Both path and root
// are as the kernel prints them to one and the same reader: relative to its
// control group namespace, and beginning with "/.." for what lies outside. ok
// is false when the mount does not reach the group, or when a name on the way
// to it is not known. The result never leads out of mountpoint.
func CgroupDir(root, mountpoint, path string) (dir string, ok bool) {
	if !strings.HasPrefix(root, "/") || !strings.HasPrefix(path, "/") {
		return "", false
	}
	for {
		var name string
		if name, root = cutElement(root); name == "" {
			break
		}
		var element string
		// A group above root, or beside it. After "/.." the way down to the
		// namespace's own groups has names that the reader can't see.
		if element, path = cutElement(path); element != name {
			return "", false
		}
	}
	dir = strings.TrimRight(mountpoint, "/")
	for {
		var name string
		if name, path = cutElement(path); name == "" {
			break
		}
		if name == ".." {
			return "", false
		}
		dir += "/" + name
	}
	if dir == "" {
		dir = "/"
	}
	return dir, true
}

// cutElement splits the first name off a path; "." is none.
func cutElement(path string) (name, rest string) {
	for path != "" {
		name, path, _ = strings.Cut(path, "/")
		if name != "" && name != "." {
			return name, path
		}
	}
	return "", ""
}
