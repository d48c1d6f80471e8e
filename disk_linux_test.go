package psutil_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"math"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"testing"

	"golang.org/x/sys/unix"
	"time"

	"github.com/go-psutil/psutil"
	"github.com/go-psutil/psutil/internal/fixture"
)

// replay returns the system of a fixture below testdata/linux.
func replay(t testing.TB, name string) *psutil.System {
	t.Helper()
	archive, err := os.ReadFile("testdata/linux/" + name)
	if err != nil {
		t.Fatal(err)
	}
	return replayArchive(t, archive)
}

func replayArchive(t testing.TB, archive []byte) *psutil.System {
	t.Helper()
	s, err := psutil.New(psutil.WithRoot(fixture.Tree(t, archive)))
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func TestDiskPartitionsReplay(t *testing.T) {
	s := replay(t, "mounts.txtar")
	ext4 := func(p psutil.DiskPartition) psutil.DiskPartition {
		p.FSType, p.Root = "ext4", "/"
		return p
	}
	root := ext4(psutil.DiskPartition{
		Device: "/dev/sda1", Mountpoint: "/", Opts: "rw,relatime,errors=remount-ro,data=ordered",
		Major: 8, Minor: 1, MountID: 22, ParentID: 1, Source: "/dev/root", Propagation: "shared:1",
	})
	bind := root
	bind.Mountpoint, bind.Root, bind.Bind, bind.MountID, bind.ParentID = "/bind mount", "/var/lib/x", true, 29, 22
	card := ext4(psutil.DiskPartition{
		Device: "/dev/mmcblk0p2", Mountpoint: "/card", Opts: "ro,relatime", Major: 179, Minor: 2, MountID: 24, ParentID: 22,
		Source: "/dev/root", Propagation: "shared:13 master:2 propagate_from:3", ReadOnly: true,
	})
	raid := ext4(psutil.DiskPartition{
		Device: "/dev/cciss/c0d0p1", Mountpoint: "/raid", Opts: "ro,seclabel", Major: 104, Minor: 1, MountID: 25, ParentID: 22,
		Source: "rootfs", ReadOnly: true,
	})
	home := psutil.DiskPartition{
		Device: "/dev/nvme0n1p2", Source: "/dev/nvme0n1p2", Mountpoint: "/home", FSType: "btrfs", Root: "/@home",
		Opts: "rw,noatime,ssd,subvolid=257,subvol=/@home", Minor: 40, MountID: 26, ParentID: 22,
	}
	joe := home
	joe.Mountpoint, joe.Root, joe.Bind, joe.MountID, joe.Propagation = "/srv/joe", "/@home/joe", true, 27, "unbindable"
	device := []psutil.DiskPartition{
		root, card, raid, home, joe,
		{
			Device: "/dev/sdb1", Source: "/dev/sdb1", Mountpoint: "/media/my disk\ntwo\tthree\\four#five", FSType: "vfat", Root: "/",
			Opts: "rw,nosuid,utf8", Major: 8, Minor: 17, MountID: 28, ParentID: 22,
		},
		bind,
		{Device: "tank/data", Source: "tank/data", Mountpoint: "/tank", FSType: "zfs", Root: "/", Opts: "rw,xattr", Minor: 50, MountID: 30, ParentID: 22},
		{Device: "/dev/sdc1", Source: "/dev/sdc1", Mountpoint: "/win", FSType: "fuseblk.ntfs", Root: "/", Opts: "rw,user_id=0", Minor: 51, MountID: 31, ParentID: 22},
		{Device: "/dev/loop0", Source: "/dev/loop0", Mountpoint: "/snap", FSType: "squashfs", Root: "/", Opts: "ro,nodev,relatime,errors=continue", Major: 7, MountID: 37, ParentID: 22, ReadOnly: true},
	}
	check := func(call string, got []psutil.DiskPartition, err error, want []psutil.DiskPartition) {
		t.Helper()
		// The line that is none is reported, and only that line is lost.
		parse, ok := errors.AsType[*psutil.ParseError](err)
		if !ok || parse.Line != 15 || !strings.HasSuffix(parse.File, "/proc/1/mountinfo") {
			t.Errorf("%s: error %v", call, err)
		}
		for i := range max(len(got), len(want)) {
			switch {
			case i >= len(want):
				t.Errorf("%s: too much: %+v", call, got[i])
			case i >= len(got):
				t.Errorf("%s: not there: %+v", call, want[i])
			case got[i] != want[i]:
				t.Errorf("%s:\ngot  %+v\nwant %+v", call, got[i], want[i])
			}
		}
	}
	got, err := s.DiskPartitions()
	// A file system whose options are not there is still one.
	cut := psutil.DiskPartition{Device: "/dev/x", Source: "/dev/x", Mountpoint: "/cut", FSType: "ext4", Root: "/", Opts: "rw", Minor: 56, MountID: 36, ParentID: 22}
	device = slices.Insert(device, len(device)-1, cut)
	check("DiskPartitions", got, err, device)

	all := slices.Clone(device)
	insert := func(after int, p psutil.DiskPartition) {
		p.Root, p.ParentID, p.Source = "/", 22, cmpOr(p.Source, p.Device)
		i := slices.IndexFunc(all, func(q psutil.DiskPartition) bool { return q.MountID == after })
		all = slices.Insert(all, i+1, p)
	}
	rootfs := psutil.DiskPartition{Device: "rootfs", Source: "rootfs", Mountpoint: "/", FSType: "rootfs", Root: "/", Opts: "rw,size=8k", Minor: 2, MountID: 1, ParentID: 1}
	all = slices.Insert(all, 0, rootfs)
	insert(22, psutil.DiskPartition{Device: "proc", Mountpoint: "/proc", FSType: "proc", Opts: "rw,nosuid,nodev,noexec,relatime", Minor: 21, MountID: 23, Propagation: "shared:12"})
	insert(31, psutil.DiskPartition{Device: "server:/export", Mountpoint: "/remote", FSType: "nfs4", Opts: "rw,vers=4.2", Minor: 52, MountID: 32})
	insert(32, psutil.DiskPartition{Device: "overlay", Mountpoint: "/merged", FSType: "overlay", Opts: "rw,lowerdir=/a:b", Minor: 53, MountID: 33})
	insert(33, psutil.DiskPartition{Source: "none", Mountpoint: "/empty", FSType: "ext4", Opts: "rw", Minor: 54, MountID: 34})
	insert(34, psutil.DiskPartition{Mountpoint: "/nothing", FSType: "tmpfs", Opts: "rw", Minor: 55, MountID: 35})
	got, err = s.DiskPartitionsAll()
	check("DiskPartitionsAll", got, err, all)
}

func cmpOr(a, b string) string {
	if a != "" {
		return a
	}
	return b
}

func TestDiskPartitionsWithoutFiles(t *testing.T) {
	s := replayArchive(t, []byte("-- proc/self/mountinfo --\n1 0 8:1 / / rw - ext4 /dev/root rw\n"))
	if got, err := s.DiskPartitions(); !errors.Is(err, fs.ErrNotExist) || got != nil {
		t.Errorf("without filesystems: got %v, %v", got, err)
	}
	got, err := s.DiskPartitionsAll()
	if err != nil || len(got) != 1 || got[0].Device != "/dev/root" {
		t.Errorf("without /sys: got %v, %v", got, err)
	}
	s = replayArchive(t, []byte("-- proc/filesystems --\nnonsense\n\text4\n"))
	if got, err := s.DiskPartitionsAll(); !errors.Is(err, fs.ErrNotExist) || got != nil {
		t.Errorf("without mountinfo: got %v, %v", got, err)
	}
	s = replayArchive(t, []byte("-- proc/filesystems --\nnonsense\n\text4\n-- proc/1/mountinfo --\n1 0 8:1 / / rw - ext4 /dev/a rw\n"))
	if got, err := s.DiskPartitions(); err == nil || !strings.Contains(err.Error(), "proc/filesystems: line 1") || len(got) != 1 {
		t.Errorf("malformed filesystems: got %v, %v", got, err)
	}
}

// findmnt is a row of findmnt --json, of the calling process.
type findmntRow struct {
	Target, Source, FSType, Options, FSRoot, Propagation string
	VFSOptions                                           string `json:"vfs-options"`
	ID                                                   int
	Parent                                               int
	MajMin                                               string `json:"maj:min"`
}

func findmnt(t *testing.T) []findmntRow {
	t.Helper()
	var doc struct{ Filesystems []findmntRow }
	// --kernel, or it merges in what mount(8) has noted itself.
	out := output(t, "findmnt", "--kernel", "--json", "--list", "--nofsroot", "-o", "TARGET,SOURCE,FSTYPE,OPTIONS,FSROOT,PROPAGATION,VFS-OPTIONS,ID,PARENT,MAJ:MIN")
	if err := json.Unmarshal([]byte(out), &doc); err != nil {
		t.Fatal(err)
	}
	return doc.Filesystems
}

// checkFindmnt compares DiskPartitionsAll with findmnt, row by row.
func checkFindmnt(t *testing.T) {
	t.Helper()
	ours, err := psutil.DiskPartitionsAll()
	if err != nil {
		t.Fatal(err)
	}
	theirs := findmnt(t)
	if len(ours) != len(theirs) {
		t.Fatalf("%d mounts, findmnt has %d", len(ours), len(theirs))
	}
	for i, their := range theirs {
		our := ours[i]
		if strings.HasPrefix(our.Source, "/dev/") && our.Source != their.Source && our.Source != "/dev/root" {
			t.Errorf("%s: source %q, findmnt %q", their.Target, our.Source, their.Source)
		}
		sharing := "private"
		if strings.Contains(our.Propagation, "shared:") {
			sharing = "shared"
		}
		if strings.Contains(our.Propagation, "master:") {
			sharing += ",slave"
		}
		if strings.Contains(our.Propagation, "unbindable") {
			sharing += ",unbindable"
		}
		got := fmt.Sprintf("%s %s %s %d %d %d:%d %s", our.Mountpoint, our.FSType, our.Root, our.MountID, our.ParentID, our.Major, our.Minor, sharing)
		want := fmt.Sprintf("%s %s %s %d %d %s %s", their.Target, their.FSType, their.FSRoot, their.ID, their.Parent, their.MajMin, their.Propagation)
		if got != want {
			t.Errorf("\ngot     %s\nfindmnt %s", got, want)
		}
		// findmnt joins the options in another order.
		a, b := strings.Split(our.Opts, ","), strings.Split(their.Options, ",")
		slices.Sort(a)
		slices.Sort(b)
		if !slices.Equal(a, b) {
			t.Errorf("%s: options %v, findmnt %v", their.Target, a, b)
		}
		if readOnly := slices.Contains(b, "ro"); our.ReadOnly != readOnly {
			t.Errorf("%s: read-only %v, findmnt %v", their.Target, our.ReadOnly, readOnly)
		}
	}
}

// checkPsutilPartitions compares with psutil, row by row, all fields it has.
func checkPsutilPartitions(t *testing.T) {
	t.Helper()
	for _, all := range []bool{false, true} {
		ours, err := psutil.DiskPartitions()
		arg := "False"
		if all {
			ours, err = psutil.DiskPartitionsAll()
			arg = "True"
		}
		if err != nil {
			t.Fatal(err)
		}
		var theirs []struct{ Device, Mountpoint, FSType, Opts string }
		pythonPsutil(t, "print(json.dumps([p._asdict() for p in psutil.disk_partitions(all="+arg+")]))", &theirs)
		var got, want []string
		for _, p := range ours {
			got = append(got, fmt.Sprintf("%q %q %q %q", p.Device, p.Mountpoint, p.FSType, p.Opts))
		}
		for _, p := range theirs {
			// The kernel escapes number signs, and some C libraries leave it so.
			p.Device = strings.ReplaceAll(p.Device, `\043`, "#")
			want = append(want, fmt.Sprintf("%q %q %q %q", p.Device, p.Mountpoint, p.FSType, p.Opts))
		}
		if !slices.Equal(got, want) {
			t.Errorf("all=%s:\ngot    %s\npsutil %s", arg, strings.Join(got, "\n       "), strings.Join(want, "\n       "))
		}
	}
}

func TestDiskPartitionsPeers(t *testing.T) {
	t.Run("Findmnt", checkFindmnt)
	t.Run("Psutil", checkPsutilPartitions)
	t.Run("Lsblk", func(t *testing.T) {
		var doc struct {
			BlockDevices []struct{ Name, MajMin string }
		}
		out := output(t, "lsblk", "--json", "--list", "--output", "NAME,MAJ:MIN")
		out = strings.ReplaceAll(out, "maj:min", "majmin")
		if err := json.Unmarshal([]byte(out), &doc); err != nil {
			t.Fatal(err)
		}
		partitions, err := psutil.DiskPartitions()
		if err != nil {
			t.Fatal(err)
		}
		for _, p := range partitions {
			for _, d := range doc.BlockDevices {
				if fmt.Sprintf("%d:%d", p.Major, p.Minor) == d.MajMin && p.Source == "/dev/root" && p.Device != "/dev/"+d.Name {
					t.Errorf("%s is %s of lsblk", p, d.Name)
				}
			}
		}
	})
}

// privateMounts runs the test again in a mount namespace of its own, and
// reports whether this is that run. What is mounted there goes away with it.
func privateMounts(t *testing.T) bool {
	t.Helper()
	const env = "PSUTIL_TEST_PRIVATE_MOUNTS"
	if os.Getenv(env) == t.Name() {
		return true
	}
	unshare := needTool(t, "unshare")
	if out, err := exec.Command(unshare, "--mount", "true").CombinedOutput(); err != nil {
		missing(t, fmt.Sprintf("no mount namespace: %v: %s", err, out))
	}
	exe, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command(unshare, "--mount", "--propagation", "private", exe, "-test.run=^"+t.Name()+"$", "-test.v")
	cmd.Env = append(os.Environ(), env+"="+t.Name())
	out, err := cmd.CombinedOutput()
	if err != nil || !strings.Contains(string(out), "--- PASS: "+t.Name()) {
		if strings.Contains(string(out), "--- SKIP: "+t.Name()) {
			missing(t, string(out))
		}
		t.Fatalf("in a mount namespace: %v\n%s", err, out)
	}
	return false
}

func mount(t *testing.T, source, target, fstype string, flags uintptr, data string) {
	t.Helper()
	if err := syscall.Mount(source, target, fstype, flags, data); err != nil {
		missing(t, fmt.Sprintf("mount %s on %q: %v", source, target, err))
	}
	if flags&(syscall.MS_REMOUNT|syscall.MS_SHARED) == 0 {
		t.Cleanup(func() {
			if err := syscall.Unmount(target, 0); err != nil {
				t.Error(err)
			}
		})
	}
}

func mkdir(t *testing.T, name string) string {
	t.Helper()
	if err := os.MkdirAll(name, 0o755); err != nil {
		t.Fatal(err)
	}
	return name
}

// TestMounts mounts a tmpfs, a part of it and an ext4 on names that are hard
// to print, and compares with the peers.
func TestMounts(t *testing.T) {
	if !privateMounts(t) {
		return
	}
	dir := t.TempDir()
	point := mkdir(t, filepath.Join(dir, "a b\nc\td\\040e#\xc3\xa9"))
	mount(t, "my source #1", point, "tmpfs", syscall.MS_NOSUID|syscall.MS_NODEV, "size=1m,nr_inodes=16")
	sub := mkdir(t, filepath.Join(point, "sub dir"))
	bound := mkdir(t, filepath.Join(dir, "bound\n"))
	mount(t, sub, bound, "", syscall.MS_BIND, "")
	mount(t, "", bound, "", syscall.MS_BIND|syscall.MS_REMOUNT|syscall.MS_RDONLY|syscall.MS_NOSUID|syscall.MS_NODEV, "")
	shared := mkdir(t, filepath.Join(dir, "shared"))
	mount(t, "none", shared, "tmpfs", 0, "")
	mount(t, "", shared, "", syscall.MS_SHARED, "")
	if err := os.WriteFile(filepath.Join(sub, "file"), make([]byte, 100<<10), 0o644); err != nil {
		t.Fatal(err)
	}

	checkFindmnt(t)
	checkPsutilPartitions(t)
	all, err := psutil.DiskPartitionsAll()
	if err != nil {
		t.Fatal(err)
	}
	byPoint := make(map[string]psutil.DiskPartition)
	for _, p := range all {
		byPoint[p.Mountpoint] = p
	}
	p := byPoint[point]
	if p.Device != "my source #1" || p.Root != "/" || p.Bind || p.ReadOnly || !strings.HasPrefix(p.Opts, "rw,nosuid,nodev,") {
		t.Errorf("tmpfs: got %+v", p)
	}
	if b := byPoint[bound]; b.Root != "/sub dir" || !b.Bind || !b.ReadOnly || b.Minor != p.Minor || !strings.HasPrefix(b.Opts, "ro,nosuid,nodev,") {
		t.Errorf("bind: got %+v", b)
	}
	if b := byPoint[shared]; b.Device != "" || b.Source != "none" || !strings.HasPrefix(b.Propagation, "shared:") {
		t.Errorf("shared: got %+v", b)
	}
	u, err := psutil.DiskUsage(t.Context(), filepath.Join(bound, "file"))
	if err != nil || u.Total != 1<<20 || u.Used < 100<<10 || u.Used > 120<<10 || u.Used+u.Free != u.Total || u.InodesTotal != 16 || u.InodesUsed != 3 || u.InodesFree != 13 || u.Missing != "" {
		t.Errorf("usage: got %+v, %v", u, err)
	}
	checkUsage(t, bound)

	t.Run("Ext4", func(t *testing.T) {
		image := filepath.Join(dir, "image")
		output(t, "truncate", "-s", "16M", image)
		output(t, "mkfs.ext4", "-q", "-m", "20", "-E", "nodiscard", image)
		point := mkdir(t, filepath.Join(dir, "ext 4"))
		before, err := psutil.DiskIOCountersPerDisk()
		if err != nil {
			t.Fatal(err)
		}
		if out, err := exec.Command(needTool(t, "mount"), "-o", "loop,sync,noatime", image, point).CombinedOutput(); err != nil {
			missing(t, fmt.Sprintf("mount -o loop: %v: %s", err, out))
		}
		// The loop device would outlive the namespace's last process a moment.
		t.Cleanup(func() { output(t, "umount", point) })
		if err := os.WriteFile(filepath.Join(point, "file"), make([]byte, 1<<20), 0o644); err != nil {
			t.Fatal(err)
		}
		checkFindmnt(t)
		checkPsutilPartitions(t)
		checkUsage(t, point)
		physical, err := psutil.DiskPartitions()
		if err != nil {
			t.Fatal(err)
		}
		last := physical[len(physical)-1]
		if last.Mountpoint != point || last.FSType != "ext4" || last.Major != 7 || !strings.HasPrefix(last.Device, "/dev/loop") || !strings.HasPrefix(last.Opts, "rw,sync,noatime") {
			t.Errorf("got %+v", last)
		}
		u, err := psutil.DiskUsage(t.Context(), point)
		if err != nil || u.Percent <= 0 || u.Used+u.Free >= u.Total {
			t.Errorf("a fifth is kept for root: got %+v, %v", u, err)
		}
		// The loop device counts what was written, and the total does not.
		after, err := psutil.DiskIOCountersPerDisk()
		if err != nil {
			t.Fatal(err)
		}
		name := strings.TrimPrefix(last.Device, "/dev/")
		find := func(rows []psutil.DiskIO) psutil.DiskIO {
			i := slices.IndexFunc(rows, func(d psutil.DiskIO) bool { return d.Name == name })
			if i < 0 {
				return psutil.DiskIO{}
			}
			return rows[i]
		}
		if d := find(after).Since(find(before)); d.Kind != psutil.DiskLoop || d.WriteBytes < 1<<20 || d.WriteCount == 0 {
			t.Errorf("%s: %+v", name, d)
		}
		checkTotal(t)
	})
}

// checkTotal compares the total with the rows that it has, twice over because
// the machine is at work.
func checkTotal(t *testing.T) {
	t.Helper()
	sum := func() (sum psutil.DiskIO) {
		rows, err := psutil.DiskIOCountersPerDisk()
		if err != nil {
			t.Fatal(err)
		}
		for _, d := range rows {
			switch d.Kind {
			case psutil.DiskWhole, psutil.DiskROM, psutil.DiskFloppy, psutil.DiskNetwork:
				sum.ReadBytes += d.ReadBytes
				sum.WriteBytes += d.WriteBytes
				sum.ReadCount += d.ReadCount
			case psutil.DiskPart, psutil.DiskLoop, psutil.DiskRAM, psutil.DiskZRAM:
			default:
				t.Skipf("%s is of kind %v, which may count again what its disks count", d.Name, d.Kind)
			}
		}
		return sum
	}
	low := sum()
	got, err := psutil.DiskIOCounters()
	high := sum()
	if errors.Is(err, psutil.ErrNotSupported) {
		missing(t, err.Error())
	}
	if err != nil || got.ReadBytes < low.ReadBytes || got.ReadBytes > high.ReadBytes || got.WriteBytes < low.WriteBytes ||
		got.WriteBytes > high.WriteBytes || got.ReadCount < low.ReadCount || got.ReadCount > high.ReadCount {
		t.Errorf("total %v, %v; rows %v to %v", got, err, low, high)
	}
}

// checkUsage compares DiskUsage with df and psutil, between two readings.
func checkUsage(t *testing.T, path string) {
	t.Helper()
	between := func(what string, got, a, b float64) bool { return got >= min(a, b) && got <= max(a, b) }
	var err error
	for range 10 { // a machine at work does not hold still
		var (
			a, b psutil.DiskSpace
			df   []float64
			py   struct{ Total, Used, Free, Percent float64 }
		)
		a, err = psutil.DiskUsage(t.Context(), path)
		if err != nil {
			t.Fatal(err)
		}
		for f := range strings.FieldsSeq(strings.SplitN(output(t, "df", "-B1", "--output=size,used,avail,itotal,iused,iavail", "--", path), "\n", 2)[1]) {
			v, err := strconv.ParseFloat(f, 64)
			if err != nil { // "-"
				v = 0
			}
			df = append(df, v)
		}
		code, _ := json.Marshal(path)
		pythonPsutil(t, "print(json.dumps(psutil.disk_usage("+string(code)+")._asdict()))", &py)
		b, err = psutil.DiskUsage(t.Context(), path)
		if err != nil {
			t.Fatal(err)
		}
		err = nil
		for _, c := range []struct {
			name   string
			a, b   float64
			peers  []float64
			round  float64
			absent bool
		}{
			{"total", float64(a.Total), float64(b.Total), []float64{df[0], py.Total}, 0, false},
			{"used", float64(a.Used), float64(b.Used), []float64{df[1], py.Used}, 0, false},
			{"free", float64(a.Free), float64(b.Free), []float64{df[2], py.Free}, 0, false},
			{"percent", a.Percent, b.Percent, []float64{py.Percent}, 0.05000001, a.Missing.Has("percent")},
			{"inodes_total", float64(a.InodesTotal), float64(b.InodesTotal), []float64{df[3]}, 0, false},
			{"inodes_used", float64(a.InodesUsed), float64(b.InodesUsed), []float64{df[4]}, 0, false},
			{"inodes_free", float64(a.InodesFree), float64(b.InodesFree), []float64{df[5]}, 0, false},
		} {
			for _, peer := range c.peers {
				if !c.absent && !between(c.name, peer, min(c.a, c.b)-c.round, max(c.a, c.b)+c.round) {
					err = fmt.Errorf("%s of %q: %v to %v, peer %v", c.name, path, c.a, c.b, peer)
				}
			}
		}
		if err == nil {
			return
		}
	}
	t.Error(err)
}

func TestDiskUsagePeers(t *testing.T) {
	for _, p := range []struct{ name, path string }{
		{"Root", "/"}, {"Proc", "/proc"}, {"Dev", "/dev"}, {"Here", "."}, {"File", "disk_linux_test.go"}, {"Temporary", os.TempDir()},
	} {
		t.Run(p.name, func(t *testing.T) { checkUsage(t, p.path) })
	}
}

func TestDiskUsage(t *testing.T) {
	// The helper that bounds the call gives the same answer as the direct call.
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	for _, ctx := range []context.Context{ctx, context.Background()} {
		d, err := psutil.DiskUsage(ctx, "/")
		if err != nil || d.Total == 0 || d.Path != "/" {
			t.Errorf("/: got %+v, %v", d, err)
		}
		_, err = psutil.DiskUsage(ctx, "/no such file")
		if e, ok := errors.AsType[*fs.PathError](err); !errors.Is(err, fs.ErrNotExist) || !ok || e.Path != "/no such file" {
			t.Errorf("no such file: got %v", err)
		}
		if _, err = psutil.DiskUsage(ctx, ""); !errors.Is(err, fs.ErrNotExist) {
			t.Errorf("empty path: got %v", err)
		}
		if _, err = psutil.DiskUsage(ctx, "a\x00b"); err == nil {
			t.Error("NUL in a path: no error")
		}
	}
	// Below another root, paths do not leave it.
	dir := fixture.Tree(t, []byte("-- proc (dir) --\n-- only/here --\n"))
	s, err := psutil.New(psutil.WithRoot(dir))
	if err != nil {
		t.Fatal(err)
	}
	for _, path := range []string{"/only/here", "only/here", "/../only", "/"} {
		d, err := s.DiskUsage(ctx, path)
		if err != nil || d.Path != path || d.Total == 0 {
			t.Errorf("%s: got %+v, %v", path, d, err)
		}
	}
	for _, path := range []string{"/usr", "../../../../../usr"} {
		if _, err := s.DiskUsage(ctx, path); !errors.Is(err, fs.ErrNotExist) {
			t.Errorf("%s: got %v", path, err)
		}
	}
	before := runtime.NumGoroutine()
	for range 100 {
		if _, err := psutil.DiskUsage(ctx, "/"); err != nil {
			t.Fatal(err)
		}
	}
	if after := runtime.NumGoroutine(); after > before+1 { // the last one may be on its way out
		t.Errorf("%d goroutines, %d before", after, before)
	}
}

func TestDiskIOReplay(t *testing.T) {
	s := replay(t, "disks.txtar")
	rows, err := s.DiskIOCountersPerDisk()
	if err != nil {
		t.Fatal(err)
	}
	type device struct {
		kind   psutil.DiskKind
		parent string
	}
	want := map[string]device{
		"loop0": {psutil.DiskLoop, ""}, "loop1": {psutil.DiskLoop, ""}, "loop1p1": {psutil.DiskPart, "loop1"}, "ram0": {psutil.DiskRAM, ""},
		"nvme0n1": {psutil.DiskWhole, ""}, "nvme0n1p1": {psutil.DiskPart, "nvme0n1"}, "nvme0n1p2": {psutil.DiskPart, "nvme0n1"},
		"sda": {psutil.DiskWhole, ""}, "sda1": {psutil.DiskPart, "sda"}, "sda2": {psutil.DiskPart, "sda"}, "sdb": {psutil.DiskWhole, ""},
		"sdb1": {psutil.DiskPart, "sdb"}, "sdc": {psutil.DiskWhole, ""}, "sdc1": {psutil.DiskPart, "sdc"}, "sdd": {psutil.DiskWhole, ""},
		"md0": {psutil.DiskMD, ""}, "dm-0": {psutil.DiskDM, ""}, "dm-1": {psutil.DiskDM, ""}, "dm-2": {psutil.DiskDM, ""}, "zram0": {psutil.DiskZRAM, ""}, "sr0": {psutil.DiskROM, ""},
		"mmcblk0": {psutil.DiskWhole, ""}, "mmcblk0p1": {psutil.DiskPart, "mmcblk0"}, "mmcblk0boot0": {psutil.DiskWhole, ""},
		"nvme1c0n1": {psutil.DiskPath, ""}, "nvme1c1n1": {psutil.DiskPath, ""}, "nvme1n1": {psutil.DiskWhole, ""}, "nvme1n1p1": {psutil.DiskPart, "nvme1n1"},
		"cciss/c0d0": {psutil.DiskWhole, ""}, "cciss/c0d0p1": {psutil.DiskPart, "cciss/c0d0"}, "zd0": {psutil.DiskZVol, ""},
		"bcache0": {psutil.DiskVirtual, ""}, "nbd0": {psutil.DiskNetwork, ""}, "drbd9": {psutil.DiskVirtual, ""}, "ublkb0": {psutil.DiskVirtual, ""},
	}
	if len(rows) != len(want) {
		t.Errorf("%d rows, want %d", len(rows), len(want))
	}
	for _, d := range rows {
		w, known := want[d.Name]
		if !known || (device{d.Kind, d.Parent}) != w {
			t.Errorf("%s: got %v of %q, want %v", d.Name, d.Kind, d.Parent, w)
		}
		missing := psutil.Missing("parent")
		if w.parent != "" {
			missing = "flush_count,flush_time"
		}
		if d.Missing != missing {
			t.Errorf("%s: missing %q, want %q", d.Name, d.Missing, missing)
		}
	}
	if !slices.IsSortedFunc(rows, func(a, b psutil.DiskIO) int { return strings.Compare(a.Name, b.Name) }) {
		t.Error("not sorted by name")
	}
	const ms = time.Millisecond
	i := slices.IndexFunc(rows, func(d psutil.DiskIO) bool { return d.Name == "nvme0n1" })
	nvme := psutil.DiskIO{
		ReadCount: 100000, ReadMergedCount: 2000, ReadBytes: 8000000 * 512, ReadTime: 30000 * ms,
		WriteCount: 50000, WriteMergedCount: 60000, WriteBytes: 4000000 * 512, WriteTime: 90000 * ms,
		InFlight: 3, BusyTime: 70000 * ms, WeightedTime: 125000 * ms,
		DiscardCount: 400, DiscardMergedCount: 2, DiscardBytes: 819200 * 512, DiscardTime: 5000 * ms, FlushCount: 800, FlushTime: 120 * ms,
		Name: "nvme0n1", Kind: psutil.DiskWhole, Major: 259, Minor: 0, Missing: "parent",
	}
	if i < 0 || rows[i] != nvme {
		t.Errorf("nvme0n1:\ngot  %+v\nwant %+v", rows[max(i, 0)], nvme)
	}

	// Only what is at the bottom: not sdb and md0 both, not nvme1n1 beside its
	// two paths, not bcache0 beside sdd, not dm-1 on dm-0 on sda2.
	total, err := s.DiskIOCounters()
	if err != nil {
		t.Fatal(err)
	}
	var sum psutil.DiskIO
	for _, name := range []string{
		"nvme0n1", "sda", "sdb", "sdc", "sdd", "sr0", "mmcblk0", "mmcblk0boot0", "nvme1c0n1", "nvme1c1n1", "cciss/c0d0", "nbd0", "drbd9", "ublkb0", "dm-2",
	} {
		d := rows[slices.IndexFunc(rows, func(d psutil.DiskIO) bool { return d.Name == name })]
		sum.ReadCount += d.ReadCount
		sum.WriteCount += d.WriteCount
		sum.ReadBytes += d.ReadBytes
		sum.WriteBytes += d.WriteBytes
		sum.ReadTime += d.ReadTime
		sum.WriteTime += d.WriteTime
		sum.ReadMergedCount += d.ReadMergedCount
		sum.WriteMergedCount += d.WriteMergedCount
		sum.BusyTime += d.BusyTime
		sum.InFlight += d.InFlight
		sum.WeightedTime += d.WeightedTime
		sum.DiscardCount += d.DiscardCount
		sum.DiscardMergedCount += d.DiscardMergedCount
		sum.DiscardBytes += d.DiscardBytes
		sum.DiscardTime += d.DiscardTime
		sum.FlushCount += d.FlushCount
		sum.FlushTime += d.FlushTime
	}
	sum.Missing = "parent,name,kind,major,minor"
	got := total
	if total.Missing.Has("name") && total.Missing.Has("parent") && !total.Missing.Has("flush_count") {
		got.Missing = sum.Missing
	}
	if got != sum {
		t.Errorf("total:\ngot  %+v\nwant %+v", total, sum)
	}
}

// TestDiskIOForms has the rows that kernels have printed over the years.
func TestDiskIOForms(t *testing.T) {
	const (
		noDiscard = "discard_count,discard_merged_count,discard_bytes,discard_time"
		noFlush   = "flush_count,flush_time"
		ms        = time.Millisecond
	)
	disk := psutil.DiskIO{
		Name: "hda", Kind: psutil.DiskWhole, Major: 3, Minor: 0,
		ReadCount: 1, ReadMergedCount: 2, ReadBytes: 3 * 512, ReadTime: 4 * ms, WriteCount: 5, WriteMergedCount: 6, WriteBytes: 7 * 512, WriteTime: 8 * ms,
		InFlight: 9, BusyTime: 10 * ms, WeightedTime: 11 * ms, Missing: noDiscard + "," + noFlush + ",parent",
	}
	discard := disk
	discard.DiscardCount, discard.DiscardMergedCount, discard.DiscardBytes, discard.DiscardTime, discard.Missing = 12, 13, 14*512, 15*ms, noFlush+",parent"
	flush := discard
	flush.FlushCount, flush.FlushTime, flush.Missing = 16, 17*ms, "parent"
	negative := disk
	negative.InFlight = 0
	tests := []struct {
		name, row string
		want      psutil.DiskIO
		err       string
	}{
		{"Linux26", "   3    0 hda 1 2 3 4 5 6 7 8 9 10 11", disk, ""},
		{"Linux418", "   3    0 hda 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15", discard, ""},
		{"Linux55", "   3    0 hda 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17", flush, ""},
		{"Later", "   3    0 hda 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19", flush, ""},
		{"Partition26", "   3    1 hda 1 2 3 4", psutil.DiskIO{
			Name: "hda", Kind: psutil.DiskWhole, Major: 3, Minor: 1, ReadCount: 1, ReadBytes: 2 * 512, WriteCount: 3, WriteBytes: 4 * 512,
			Missing: "read_time,write_time,read_merged_count,write_merged_count,busy_time,in_flight,weighted_time," + noDiscard + "," + noFlush + ",parent",
		}, ""},
		{"NegativeInFlight", "   3    0 hda 1 2 3 4 5 6 7 8 18446744073709551615 10 11", negative, ""},
		{"Words", "   3    0 hda one", psutil.DiskIO{}, "line 2: disk counters expected"},
		{"TooFew", "   3    0 hda 1 2 3 4 5", psutil.DiskIO{}, "line 2: disk counters expected"},
		{"TooLarge", "   3    0 hda 1 2 36028797018963968 4 5 6 7 8 9 10 11", psutil.DiskIO{}, "a counter that large"},
		{"TooLong", "   3    0 hda 1 2 3 9223372036855 5 6 7 8 9 10 11", psutil.DiskIO{}, "a counter that large"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			other := "   8    0 sda 7 0 0 0 0 0 0 0 0 0 0\n"
			s := replayArchive(t, []byte("-- proc/diskstats --\n"+other+tt.row+"\n"))
			rows, err := s.DiskIOCountersPerDisk()
			if tt.err != "" {
				if err == nil || !strings.Contains(err.Error(), tt.err) || !strings.Contains(err.Error(), "proc/diskstats") || len(rows) != 1 || rows[0].Name != "sda" {
					t.Errorf("got %v, %v", rows, err)
				}
				total, err := s.DiskIOCounters()
				if err == nil || total.ReadCount != 7 {
					t.Errorf("total: got %v, %v", total, err)
				}
				return
			}
			if err != nil || len(rows) != 2 || rows[0] != tt.want {
				t.Errorf("%v\ngot  %+v\nwant %+v", err, rows, tt.want)
			}
			total, err := s.DiskIOCounters()
			if err != nil || total.ReadCount != 8 || total.Missing.Has("discard_bytes") != true {
				t.Errorf("total: got %+v, %v", total, err)
			}
		})
	}
}

// TestDiskIOWithoutSysfs tells devices by their names.
func TestDiskIOWithoutSysfs(t *testing.T) {
	var file strings.Builder
	for i, name := range []string{"sda", "sda1", "xvdb1", "nvme0n1", "nvme0n1p1", "dm-0", "md127", "loop0", "zram0", "mmcblk0", "mmcblk0boot0", "nvme1n1", "nvme1c0n1"} {
		fmt.Fprintf(&file, "%4d %7d %s %d 0 0 0 0 0 0 0 0 0 0\n", 200, i, name, 1<<i)
	}
	s := replayArchive(t, []byte("-- proc/diskstats --\n"+file.String()))
	rows, err := s.DiskIOCountersPerDisk()
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, d := range rows {
		got = append(got, fmt.Sprintf("%s/%v/%s", d.Name, d.Kind, d.Parent))
	}
	want := []string{
		"dm-0/dm/", "loop0/loop/", "md127/md/", "mmcblk0/disk/", "mmcblk0boot0/disk/", "nvme0n1/disk/", "nvme0n1p1/partition/nvme0n1",
		"nvme1c0n1/path/", "nvme1n1/disk/", "sda/disk/", "sda1/partition/sda", "xvdb1/disk/", "zram0/zram/",
	}
	if !slices.Equal(got, want) {
		t.Errorf("\ngot  %v\nwant %v", got, want)
	}
	total, err := s.DiskIOCounters()
	if want := uint64(1<<0 + 1<<2 + 1<<3 + 1<<9 + 1<<10 + 1<<12); err != nil || total.ReadCount != want {
		t.Errorf("total: got %d, %v, want %d", total.ReadCount, err, want)
	}
}

func TestDiskIOFallback(t *testing.T) {
	s := replayArchive(t, []byte(`-- proc (dir) --
-- sys/class/block/sda/stat --
     7  2 16 4 5 6 8 8 9 10 11
-- sys/class/block/sda/dev --
8:0
-- sys/class/block/sda1/stat --
     1  2 16 4 5 6 8 8 9 10 11
-- sys/class/block/sdb/stat --
what
-- sys/class/block/sdc/dev --
8:32
-- sys/class/block/cciss!c0d0/stat --
     3  2 16 4 5 6 8 8 9 10 11
`))
	rows, err := s.DiskIOCountersPerDisk()
	if err == nil || !strings.Contains(err.Error(), "sys/class/block/sdb/stat") {
		t.Errorf("error %v", err)
	}
	if len(rows) != 3 || rows[0].Name != "cciss/c0d0" || rows[1].Name != "sda" || rows[2].Name != "sda1" || rows[2].Parent != "sda" ||
		rows[1].Major != 8 || rows[1].ReadBytes != 8192 || rows[1].Missing.Has("major") || !rows[2].Missing.Has("major") {
		t.Errorf("got %+v", rows)
	}
	total, err := s.DiskIOCounters()
	if err == nil || total.ReadCount != 10 {
		t.Errorf("total: got %+v, %v", total, err)
	}

	s = replayArchive(t, []byte("-- proc (dir) --\n"))
	if rows, err := s.DiskIOCountersPerDisk(); !errors.Is(err, psutil.ErrNotSupported) || len(rows) != 0 {
		t.Errorf("nothing to read: got %v, %v", rows, err)
	}
	if _, err := s.DiskIOCounters(); !errors.Is(err, psutil.ErrNotSupported) {
		t.Errorf("nothing to read: got %v", err)
	}
	s = replayArchive(t, []byte("-- proc/diskstats --\n   7    0 loop0 1 2 3 4 5 6 7 8 9 10 11\n"))
	if rows, err := s.DiskIOCountersPerDisk(); err != nil || len(rows) != 1 {
		t.Errorf("no disk: got %v, %v", rows, err)
	}
	if _, err := s.DiskIOCounters(); !errors.Is(err, psutil.ErrNotSupported) {
		t.Errorf("no disk: got %v", err)
	}
}

func TestDiskIOPeers(t *testing.T) {
	t.Run("Total", checkTotal)
	t.Run("Psutil", func(t *testing.T) {
		fields := func(d psutil.DiskIO) [9]float64 {
			ms := func(d time.Duration) float64 { return float64(d.Milliseconds()) }
			return [...]float64{
				float64(d.ReadCount), float64(d.WriteCount), float64(d.ReadBytes), float64(d.WriteBytes), ms(d.ReadTime), ms(d.WriteTime),
				float64(d.ReadMergedCount), float64(d.WriteMergedCount), ms(d.BusyTime),
			}
		}
		before, err := psutil.DiskIOCountersPerDisk()
		if err != nil {
			t.Fatal(err)
		}
		var theirs map[string][9]float64
		pythonPsutil(t, "print(json.dumps(psutil.disk_io_counters(perdisk=True, nowrap=False)))", &theirs)
		after, err := psutil.DiskIOCountersPerDisk()
		if err != nil {
			t.Fatal(err)
		}
		if len(before) != len(theirs) || len(after) != len(theirs) {
			t.Fatalf("%d and %d devices, psutil has %d", len(before), len(after), len(theirs))
		}
		for i := range before {
			low, high, their := fields(before[i]), fields(after[i]), theirs[before[i].Name]
			for k := range their {
				if their[k] < low[k] || their[k] > high[k] {
					t.Errorf("%s field %d: %v to %v, psutil %v", before[i].Name, k, low[k], high[k], their[k])
				}
			}
		}
	})
	t.Run("PsutilBelow", func(t *testing.T) {
		archive, err := os.ReadFile("testdata/linux/disks.txtar")
		if err != nil {
			t.Fatal(err)
		}
		dir := fixture.Tree(t, archive)
		s, err := psutil.New(psutil.WithRoot(dir))
		if err != nil {
			t.Fatal(err)
		}
		var theirs map[string][9]uint64
		psutilBelow(t, dir, "print(json.dumps(psutil.disk_io_counters(perdisk=True, nowrap=False)))", &theirs)
		ours, err := s.DiskIOCountersPerDisk()
		if err != nil || len(ours) != len(theirs) {
			t.Fatalf("%d devices, %v, psutil has %d", len(ours), err, len(theirs))
		}
		for _, d := range ours {
			ms := func(d time.Duration) uint64 { return uint64(d.Milliseconds()) }
			got := [9]uint64{d.ReadCount, d.WriteCount, d.ReadBytes, d.WriteBytes, ms(d.ReadTime), ms(d.WriteTime), d.ReadMergedCount, d.WriteMergedCount, ms(d.BusyTime)}
			if got != theirs[d.Name] {
				t.Errorf("%s: got %d, psutil %d", d.Name, got, theirs[d.Name])
			}
		}
	})
	t.Run("Lsblk", func(t *testing.T) {
		var doc struct {
			BlockDevices []struct {
				Name, Type string
				PKName     *string
				MajMin     string
			}
		}
		out := output(t, "lsblk", "--all", "--json", "--list", "--output", "NAME,TYPE,PKNAME,MAJ:MIN")
		if err := json.Unmarshal([]byte(strings.ReplaceAll(out, "maj:min", "majmin")), &doc); err != nil {
			t.Fatal(err)
		}
		rows, err := psutil.DiskIOCountersPerDisk()
		if err != nil {
			t.Fatal(err)
		}
		for _, d := range doc.BlockDevices {
			i := slices.IndexFunc(rows, func(r psutil.DiskIO) bool { return r.Name == d.Name })
			if i < 0 {
				t.Errorf("%s is not there", d.Name)
				continue
			}
			r := rows[i]
			if got := fmt.Sprintf("%d:%d", r.Major, r.Minor); got != d.MajMin {
				t.Errorf("%s: %s, lsblk %s", d.Name, got, d.MajMin)
			}
			if (r.Kind == psutil.DiskPart) != (d.Type == "part") || (r.Kind == psutil.DiskLoop) != (d.Type == "loop") || (r.Kind == psutil.DiskROM) != (d.Type == "rom") {
				t.Errorf("%s: %v, lsblk %s", d.Name, r.Kind, d.Type)
			}
			if r.Parent != "" && (d.PKName == nil || *d.PKName != r.Parent) {
				t.Errorf("%s: of %s, lsblk %v", d.Name, r.Parent, d.PKName)
			}
		}
	})
}

// createOnDisk creates a file that is removed after the test, in the first of
// some directories that is not in memory.
func createOnDisk(t *testing.T) *os.File {
	t.Helper()
	for _, dir := range []string{os.TempDir(), "/var/tmp", "."} {
		var st syscall.Statfs_t
		err := syscall.Statfs(dir, &st)
		if magic := uint32(st.Type); err != nil || magic == unix.TMPFS_MAGIC || magic == unix.RAMFS_MAGIC {
			continue
		}
		f, err := os.CreateTemp(dir, "psutil")
		if err != nil {
			continue
		}
		t.Cleanup(func() { os.Remove(f.Name()) })
		return f
	}
	missing(t, "no directory to write to is on a disk")
	return nil
}

// TestDiskIOCounts writes to a disk and looks for it.
func TestDiskIOCounts(t *testing.T) {
	before, err := psutil.DiskIOCounters()
	if errors.Is(err, psutil.ErrNotSupported) {
		missing(t, err.Error())
	}
	if err != nil {
		t.Fatal(err)
	}
	f := createOnDisk(t)
	defer f.Close()
	const size = 4 << 20
	random := make([]byte, size)
	for i := range random {
		random[i] = byte(math.Sqrt(float64(i * 7919)))
	}
	if _, err := f.Write(random); err != nil {
		t.Fatal(err)
	}
	if err := f.Sync(); err != nil {
		t.Fatal(err)
	}
	after, err := psutil.DiskIOCounters()
	if err != nil {
		t.Fatal(err)
	}
	if d := after.Since(before); d.WriteBytes < size || d.WriteCount == 0 || d.WriteBytes > 1<<40 {
		t.Errorf("wrote %d bytes, counted %+v", size, d)
	}
}
