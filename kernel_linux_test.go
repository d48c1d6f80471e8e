package psutil_test

import (
	"encoding/binary"
	"encoding/hex"
	"errors"
	"net/netip"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"github.com/go-psutil/psutil"
	"github.com/go-psutil/psutil/internal/fixture"
)

const bigPages = `-- proc/1/smaps --
ffff80000000-ffff80200000 rw-p 00000000 00:0f 1 /anon_hugepage
Size:               2048 kB
Rss:                   0 kB
KernelPageSize:     2048 kB
MMUPageSize:        2048 kB
aaaac2f20000-aaaac2fb0000 r-xp 00000000 fd:00 42 /sbin/init
Size:                576 kB
Rss:                 192 kB
KernelPageSize:       64 kB
MMUPageSize:          64 kB
-- proc/meminfo --
MemTotal:        8388608 kB
MemFree:         4194304 kB
SwapTotal:          1024 kB
SwapFree:           1024 kB
-- proc/vmstat --
pswpin 3
pswpout 5
-- proc/stat --
cpu  1 2 3 4
btime 1767225600
-- proc/5000001/stat --
5000001 (job) S 1 5000001 5000001 0 -1 4194560 1 0 0 0 1 1 0 0 20 0 1 0 19 65536000 12 18446744073709551615
-- proc/5000001/statm --
1000 12 8 2 0 4 0
`

// TestReplayPageSize reads a machine with pages of 64 KiB.
func TestReplayPageSize(t *testing.T) {
	const page = 64 << 10
	s := replayArchive(t, []byte(bigPages))
	p := replayed(t, s, 5000001)
	m := psutil.ProcessMemory{RSS: 12 * page, VMS: 1000 * page, Shared: 8 * page, Text: 2 * page, Data: 4 * page}
	wants(t, "MemoryInfo", p.MemoryInfo, m)
	info, err := p.Info(psutil.FieldRSS | psutil.FieldMemoryPercent | psutil.FieldMemoryInfo)
	if err != nil || info.RSS != 12*page || info.MemoryInfo != m || info.MemoryPercent != 100*12*float64(page)/(8<<30) {
		t.Errorf("Info: %+v, %v", info, err)
	}
	swap, err := s.SwapMemory()
	if err != nil || swap.In != 3*page || swap.Out != 5*page {
		t.Errorf("SwapMemory: %+v, %v", swap, err)
	}

	// "self" goes first, and a file that tells nothing is passed over.
	for name, test := range map[string]struct {
		archive string
		page    uint64
	}{
		"Self":      {"-- proc/self/smaps --\n1000-2000 r--p 00000000 00:00 0\nKernelPageSize: 16 kB\n" + bigPages, 16 << 10},
		"NoProcess": {"-- proc/self/smaps --\nKernelPageSize: no kB\n" + bigPages, page},
		"Odd":       {"-- proc/self/smaps --\n1000-2000 r--p 00000000 00:00 0\nKernelPageSize: 3 kB\n" + bigPages, page},
		"None":      {strings.ReplaceAll(bigPages, "proc/1/smaps", "proc/1/other"), uint64(os.Getpagesize())},
	} {
		t.Run(name, func(t *testing.T) {
			p := replayed(t, replayArchive(t, []byte(test.archive)), 5000001)
			if m, err := p.MemoryInfo(); err != nil || m.RSS != 12*test.page {
				t.Errorf("%+v, %v, want pages of %d", m, err, test.page)
			}
		})
	}
}

const netTables = `-- proc/net/tcp --
  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode
   0: %s:0016 00000000:0000 0A 00000000:00000000 00:00000000 00000000     0        0 7001 1 0 100 0 0 10 0
`

// TestReplayByteOrder reads machines of either byte order, whichever runs the
// test.
func TestReplayByteOrder(t *testing.T) {
	const big, little = "C0A80102", "0201A8C0" // 192.168.1.2
	for name, test := range map[string]struct{ files, address, order, arch string }{
		"Big":             {"-- sys/kernel/cpu_byteorder --\nbig\n", big, "big", ""},
		"Little":          {"-- sys/kernel/cpu_byteorder --\nlittle\n", little, "little", ""},
		"LittleBeforeArc": {"-- sys/kernel/cpu_byteorder --\nlittle\n-- proc/sys/kernel/arch --\ns390x\n", little, "little", "s390x"},
		"S390":            {"-- proc/sys/kernel/arch --\ns390x\n", big, "big", "s390x"},
		"PPC64":           {"-- proc/sys/kernel/arch --\nppc64\n", big, "big", "ppc64"},
		"PPC64LE":         {"-- proc/sys/kernel/arch --\nppc64le\n", little, "little", "ppc64le"},
		"ARM":             {"-- proc/sys/kernel/arch --\narmv7l\n", little, "little", "armv7l"},
		"ARMBig":          {"-- proc/sys/kernel/arch --\narmv7b\n", big, "big", "armv7b"},
		"I686":            {"-- proc/sys/kernel/arch --\ni686\n", little, "little", "i686"},
	} {
		t.Run(name, func(t *testing.T) {
			s := replayArchive(t, []byte(strings.ReplaceAll(netTables, "%s", test.address)+test.files+
				"-- proc/cpuinfo --\nprocessor\t: 0\nmodel name\t: some\n"))
			conns, err := s.NetConnections(psutil.KindTCP4)
			if want := netip.MustParseAddrPort("192.168.1.2:22"); err != nil || len(conns) != 1 || conns[0].Local != want {
				t.Errorf("NetConnections: %v, %v, want %v", conns, err, want)
			}
			info, err := s.CPUInfo()
			if err != nil || info.ByteOrder != test.order || info.Arch != test.arch ||
				info.Missing.Has("byte_order") || info.Missing.Has("arch") != (test.arch == "") {
				t.Errorf("CPUInfo: %+v, %v", info, err)
			}
			if h, _ := s.HostInfo(); h.Machine != test.arch || h.Missing.Has("machine") != (test.arch == "") {
				t.Errorf("HostInfo: %+v", h)
			}
		})
	}
}

// TestReplayUtmpLayout reads logins of machines of other kinds.
func TestReplayUtmpLayout(t *testing.T) {
	when := time.Unix(1767229200, 250000000)
	for arch, test := range map[string]struct {
		order binary.ByteOrder
		wide  bool
	}{"x86_64": {binary.LittleEndian, false}, "ppc64": {binary.BigEndian, false}, "s390x": {binary.BigEndian, true}, "aarch64": {binary.LittleEndian, true}} {
		t.Run(arch, func(t *testing.T) {
			b := make([]byte, 8+32+4+32+256+4)
			test.order.PutUint16(b, 7)
			test.order.PutUint32(b[4:], 1900)
			copy(b[8:], "pts/1")
			copy(b[44:], "joe")
			if test.wide {
				b = append(b, make([]byte, 24+16+20)...)
				b = append(b, make([]byte, (8-len(b)%8)%8)...)
				test.order.PutUint64(b[344:], uint64(when.Unix()))
				test.order.PutUint64(b[352:], 250000)
			} else {
				b = append(b, make([]byte, 12+16+20)...)
				test.order.PutUint32(b[340:], uint32(when.Unix()))
				test.order.PutUint32(b[344:], 250000)
			}
			s := replayArchive(t, []byte("-- proc/sys/kernel/arch --\n"+arch+"\n-- run/utmp (hex) --\n"+hex.EncodeToString(b)+"\n"))
			users, err := s.Users()
			if err != nil || len(users) != 1 || users[0].Name != "joe" || users[0].PID != 1900 || !users[0].Started.Equal(when) {
				t.Errorf("%+v, %v", users, err)
			}
		})
	}
}

// TestLiveRoot reads the running kernel's /proc as another root's.
func TestLiveRoot(t *testing.T) {
	s, err := psutil.New(psutil.WithRoot("/proc/self/root"))
	must(t, err)
	here, err := psutil.HostInfo()
	must(t, err)
	if h, err := s.HostInfo(); err != nil || h.Machine == "" || h.Machine != here.Machine {
		t.Errorf("HostInfo: %+v, %v, want %+v", h, err, here)
	}
	ours, err := psutil.CPUInfo()
	must(t, err)
	if info, err := s.CPUInfo(); err != nil || info.Arch != ours.Arch || info.ByteOrder != ours.ByteOrder {
		t.Errorf("CPUInfo: %+v, %v, want %+v", info, err, ours)
	}
	p := replayed(t, s, os.Getpid())
	info, err := p.Info(psutil.FieldExe | psutil.FieldRSS | psutil.FieldOpenFiles | psutil.FieldCmdline)
	if exe, _ := os.Executable(); err != nil || info.Exe != exe || info.RSS < 1<<20 || len(info.Cmdline) == 0 {
		t.Errorf("Info: %+v, %v", info, err)
	}
}

// TestHostileRoot reads a machine whose files lead out of it, or wait for ever.
func TestHostileRoot(t *testing.T) {
	outside := fixture.Tree(t, []byte("-- os-release --\nID=outside\n-- proc/5000001/stat --\n5000001 (out) S 1 1 1 0\n"))
	dir := fixture.Tree(t, []byte(`-- proc/sys/kernel/ostype --
Linux
-- proc/5000001 --
-> `+outside+`/proc/5000001
-- proc/1/ns/net --
-> /proc/self/ns/net
-- etc/os-release --
-> /etc/os-release
-- usr/lib/os-release --
-> `+outside+`/os-release
-- var/lib/dbus/machine-id --
-> /proc/self/machine-id
`))
	must(t, unix.Mkfifo(filepath.Join(dir, "etc/machine-id"), 0o644))
	s, err := psutil.New(psutil.WithRoot(dir))
	must(t, err)
	if h, err := s.HostInfo(); err == nil || h.OSID != "" || h.MachineID != "" || h.Kernel != "Linux" {
		t.Errorf("HostInfo: %+v, %v", h, err)
	}
	if p, err := s.NewProcess(5000001); !errors.Is(err, psutil.ErrNoSuchProcess) {
		t.Errorf("NewProcess: %v, %v", p, err)
	}
	// Not the interfaces of this machine, into whose namespace the link leads.
	if stats, err := s.NetIfStats(); !errors.Is(err, syscall.ENOENT) || len(stats) != 0 {
		t.Errorf("NetIfStats: %v, %v", stats, err)
	}
}
