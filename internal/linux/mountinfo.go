package linux

import (
	"bytes"
	"iter"
	"math"
	"slices"
	"strconv"
	"strings"

	"github.com/go-psutil/psutil/internal/scan"
)

// Mount is a row of /proc/PID/mountinfo (proc_pid_mountinfo(5),
// fs/proc_namespace.c show_mountinfo): what the process sees mounted below its
// root directory. Fields of type []byte alias the input unless the kernel had
// to escape them.
type Mount struct {
	ID, Parent   int32 // a mount covers the one of its parent's ID at the same MountPoint
	Major, Minor uint32

	Root       []byte // the directory of the file system that is mounted, unescaped; a name such as "net:[4026531840]" for a bound namespace
	MountPoint []byte // unescaped; a deleted one ends in "//deleted"
	Options    []byte // of this mount, "rw,noatime", as printed

	Shared        uint64 // peer group, 0 for none
	Master        uint64 // peer group it receives from, 0 for none
	PropagateFrom uint64 // nearest such group below the root, 0 for none
	Unbindable    bool

	FSType       []byte // unescaped, "ext4" or "fuse.sshfs"
	Source       []byte // unescaped; may be empty, "none" or anything
	SuperOptions []byte // of the file system, as printed; see [EachMountOption]
}

// EachMount returns the rows of a mountinfo file.
func EachMount(b []byte) iter.Seq2[Mount, error] { return eachRow(b, 0, parseMount) }

func parseMount(line []byte) (m Mount, bad string) {
	f := scan.NewFields(line)
	id, parent := f.Int(), f.Int()
	var ok bool
	m.Major, m.Minor, ok = ParseDevice(f.Next())
	m.ID, m.Parent = int32(id), int32(parent)
	if f.Bad() != 0 || int64(m.ID) != id || int64(m.Parent) != parent {
		return m, "two mount IDs expected"
	}
	if !ok {
		return m, "device numbers expected"
	}
	m.Root, m.MountPoint, m.Options = Unescape(f.Next()), Unescape(f.Next()), f.Next()
	for {
		tag := f.Next()
		if len(tag) == 0 {
			return m, "a lone dash expected"
		}
		if string(tag) == "-" {
			break
		}
		if !m.tag(tag) {
			return m, "the number of a peer group expected"
		}
	}
	// Single blanks from here on, since the source may be empty.
	_, rest, _ := scan.Cut(f.Rest(), ' ')
	fstype, rest, _ := scan.Cut(rest, ' ')
	source, rest, _ := scan.Cut(rest, ' ')
	if len(fstype) == 0 {
		return m, "a file system type expected"
	}
	m.FSType, m.Source, m.SuperOptions = Unescape(fstype), Unescape(source), rest
	return m, ""
}

// tag reads an optional field. Kernels may add others.
func (m *Mount) tag(tag []byte) bool {
	name, value, _ := scan.Cut(tag, ':')
	var group *uint64
	switch string(name) {
	case "shared":
		group = &m.Shared
	case "master":
		group = &m.Master
	case "propagate_from":
		group = &m.PropagateFrom
	case "unbindable":
		m.Unbindable = true
		return true
	default:
		return true
	}
	var ok bool
	*group, ok = scan.Uint(value)
	return ok
}

// ParseDevice reads the number of a device as major and minor, "8:1", as
// mountinfo and the files called dev in /sys have it.
func ParseDevice(b []byte) (major, minor uint32, ok bool) {
	before, after, colon := scan.Cut(scan.Trim(b), ':')
	maj, ok1 := scan.Uint(before)
	mnr, ok2 := scan.Uint(after)
	if !colon || !ok1 || !ok2 || maj > math.MaxUint32 || mnr > math.MaxUint32 {
		return 0, 0, false
	}
	return uint32(maj), uint32(mnr), true
}

// BaseType returns the type of file system without the second name that one in
// user space has: "fuseblk" for "fuseblk.exfat". It aliases FSType.
func (m *Mount) BaseType() []byte {
	base, _, _ := scan.Cut(m.FSType, '.')
	return base
}

// IsBind reports whether only a part of the file system is mounted, and not
// because it is a subvolume of btrfs.
func (m *Mount) IsBind() bool {
	for name, value := range EachMountOption(m.SuperOptions) {
		if string(name) == "subvol" && bytes.Equal(value, m.Root) {
			return false
		}
	}
	return string(m.Root) != "/"
}

// IsReadOnly reports whether the mount or the whole file system is read-only.
func (m *Mount) IsReadOnly() bool {
	mount, _, _ := scan.Cut(m.Options, ',')
	super, _, _ := scan.Cut(m.SuperOptions, ',')
	return string(mount) == "ro" || string(super) == "ro"
}

// Propagation returns the peer groups as "shared:1 master:2 propagate_from:3"
// or "unbindable", empty for a private mount.
func (m *Mount) Propagation() string {
	var words []string
	for _, group := range [...]struct {
		name string
		id   uint64
	}{{"shared:", m.Shared}, {"master:", m.Master}, {"propagate_from:", m.PropagateFrom}} {
		if group.id != 0 {
			words = append(words, group.name+strconv.FormatUint(group.id, 10))
		}
	}
	if m.Unbindable {
		words = append(words, "unbindable")
	}
	return strings.Join(words, " ")
}

// AllOptions returns the options of the mount and of its file system in the
// order of /proc/PID/mounts, unescaped; the first is rw or ro.
func (m *Mount) AllOptions() string {
	return string(Unescape([]byte(mountOptions(string(m.Options), string(m.SuperOptions)))))
}

// mountOptions joins the options of a mount and of its file system, each of
// which starts with rw or ro, in the order of /proc/mounts.
func mountOptions(mount, super string) string {
	mountMode, mount, _ := strings.Cut(mount, ",")
	superMode, super, _ := strings.Cut(super, ",")
	mode := "rw"
	if mountMode == "ro" || superMode == "ro" {
		mode = "ro"
	}
	// The options that any file system may have, and the labels of security
	// modules, come before those of the mount.
	common := super
	for super != "" {
		option, rest := cutMountOption(super)
		name, _, _ := strings.Cut(option, "=")
		if !slices.Contains(commonMountOptions[:], name) {
			break
		}
		super = rest
	}
	common = strings.TrimSuffix(common[:len(common)-len(super)], ",")
	for _, part := range [...]string{common, mount, super} {
		if part != "" {
			mode += "," + part
		}
	}
	return mode
}

var commonMountOptions = [...]string{
	"sync", "dirsync", "mand", "lazytime",
	"seclabel", "context", "fscontext", "defcontext", "rootcontext",
}

// cutMountOption cuts at the first comma that is not between double quotes.
func cutMountOption(options string) (option, rest string) {
	quoted := false
	for i := range len(options) {
		switch {
		case options[i] == '"':
			quoted = !quoted
		case options[i] == ',' && !quoted:
			return options[:i], options[i+1:]
		}
	}
	return options, ""
}

// EachMountOption splits mount options at their commas into names and values,
// both unescaped; value is nil when there is no equals sign. The order
// matters: a comma inside a value is escaped, so it only shows afterwards.
func EachMountOption(options []byte) iter.Seq2[[]byte, []byte] {
	return func(yield func(name, value []byte) bool) {
		rest, more := options, len(options) > 0
		for more {
			var option []byte
			option, rest, more = scan.Cut(rest, ',')
			if len(option) == 0 {
				continue
			}
			name, value, found := scan.Cut(option, '=')
			if found {
				value = Unescape(value)
			}
			if !yield(Unescape(name), value) {
				return
			}
		}
	}
}

// Unescape undoes the escapes of mount tables, /proc/swaps and other files of
// blank-separated names (fs/seq_file.c mangle_path): a backslash and three
// octal digits is a byte, such as \040 for a blank. Any other backslash stands
// for itself. It returns b itself when there is nothing to undo.
func Unescape(b []byte) []byte {
	i := bytes.IndexByte(b, '\\')
	if i < 0 {
		return b
	}
	out := append(make([]byte, 0, len(b)), b[:i]...)
	for i < len(b) {
		if c, ok := octalEscape(b[i:]); ok {
			out = append(out, c)
			i += 4
			continue
		}
		out = append(out, b[i])
		i++
	}
	return out
}

// octalEscape reads a backslash and three octal digits from the front of b.
func octalEscape(b []byte) (byte, bool) {
	if len(b) < 4 || b[0] != '\\' || b[1] < '0' || b[1] > '3' ||
		b[2] < '0' || b[2] > '7' || b[3] < '0' || b[3] > '7' {
		return 0, false
	}
	return (b[1]-'0')<<6 | (b[2]-'0')<<3 | (b[3] - '0'), true
}
