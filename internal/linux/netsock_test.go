package linux

import (
	"errors"
	"net/netip"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/go-psutil/psutil/internal/scan"
)

const inetHeader = "  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode                                                     \n"

type inetRow struct {
	InetSocket
	err int // line of an error instead
}

func inetRows(b []byte, bigEndian bool) (rows []inetRow) {
	for s, err := range EachInetSocket(b, bigEndian) {
		rows = append(rows, inetRow{s, errorLine(err)})
	}
	return rows
}

// errorLine is the line of a SyntaxError, 0 for no error.
func errorLine(err error) int {
	if e, ok := errors.AsType[*scan.SyntaxError](err); ok {
		return e.Line
	}
	if err != nil {
		return -1
	}
	return 0
}

func TestInetSockets(t *testing.T) {
	ap := netip.MustParseAddrPort
	tests := []struct {
		name      string
		table     string
		bigEndian bool
		want      []inetRow
	}{
		{"Empty", "", false, nil},
		{"HeaderOnly", inetHeader, false, nil},
		{
			"TCP",
			inetHeader +
				"   0: 0100007F:1F90 00000000:0000 0A 00000000:00000003 00:00000000 00000000  1000        0 31337 2 0000000000000000 100 0 0 10 0\n" +
				"   1: 0200A8C0:D431 08080808:01BB 01 0000002A:00000400 01:00000019 00000001  4294967294        0 4294967296 4 0000000000000000 22 4 30 10 -1\n" +
				"  12: 0200A8C0:D432 08080808:01BB 06 00000000:00000000 03:00000EF2 00000000     0        0 0 3 0000000000000000\n",
			false,
			[]inetRow{
				{InetSocket{ap("127.0.0.1:8080"), ap("0.0.0.0:0"), 10, 0, 3, 1000, 31337}, 0},
				{InetSocket{ap("192.168.0.2:54321"), ap("8.8.8.8:443"), 1, 42, 1024, 4294967294, 4294967296}, 0},
				{InetSocket{ap("192.168.0.2:54322"), ap("8.8.8.8:443"), 6, 0, 0, 0, 0}, 0},
			},
		},
		{
			"TCPBigEndian",
			inetHeader + "   0: 7F000001:1F90 C0A80002:01BB 01 00000000:00000000 00:00000000 00000000     0        0 7 2 0000000000000000 100 0 0 10 0\n",
			true,
			[]inetRow{{InetSocket{ap("127.0.0.1:8080"), ap("192.168.0.2:443"), 1, 0, 0, 0, 7}, 0}},
		},
		{
			"TCP6",
			inetHeader +
				"   0: 0000000000000000FFFF00000100007F:1F90 0000000000000000FFFF00000100007F:D431 08 00000000:00000001 00:00000000 00000000     0        0 7 1 0000000000000000 20 4 0 10 -1\n" +
				"   1: B80D0120000000000000000001000000:0016 00000000000000000000000000000000:0000 0A 00000000:00000000 00:00000000 00000000     0        0 8 1 0000000000000000 100 0 0 10 0\n",
			false,
			[]inetRow{
				{InetSocket{ap("[::ffff:127.0.0.1]:8080"), ap("[::ffff:127.0.0.1]:54321"), 8, 0, 1, 0, 7}, 0},
				{InetSocket{ap("[2001:db8::1]:22"), ap("[::]:0"), 10, 0, 0, 0, 8}, 0},
			},
		},
		{
			"TCP6BigEndian",
			inetHeader + "   0: 20010DB8000000000000000000000001:0016 00000000000000000000FFFF7F000001:0000 0A 00000000:00000000 00:00000000 00000000     0        0 8 1 0000000000000000 100 0 0 10 0\n",
			true,
			[]inetRow{{InetSocket{ap("[2001:db8::1]:22"), ap("[::ffff:127.0.0.1]:0"), 10, 0, 0, 0, 8}, 0}},
		},
		{
			"UDPWithDrops",
			"   sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode ref pointer drops            \n" +
				" 2147: 3500007F:0035 00000000:0000 07 00000000:00000300 00:00000000 00000000   101        0 15862 2 0000000000000000 17          \n",
			false,
			[]inetRow{{InetSocket{ap("127.0.0.53:53"), ap("0.0.0.0:0"), 7, 0, 768, 101, 15862}, 0}},
		},
		{
			"OldKernelWithoutTail",
			inetHeader + "   0: 0100007F:0CEA 00000000:0000 0A 00000000:00000000 00:00000000 00000000     0        0 5\n",
			false,
			[]inetRow{{InetSocket{ap("127.0.0.1:3306"), ap("0.0.0.0:0"), 10, 0, 0, 0, 5}, 0}},
		},
		{
			"BadRowsLoseNothingElse",
			inetHeader +
				"   0: 0100007F:0001 00000000:0000 0A 00000000:00000000 00:00000000 00000000     0        0 5 1\n" +
				"\n" +
				"   1: 0100007G:0001 00000000:0000 0A 00000000:00000000 00:00000000 00000000     0        0 5 1\n" + // not hexadecimal
				"   2: 0100007F0001 00000000:0000 0A 00000000:00000000 00:00000000 00000000     0        0 5 1\n" + // no port
				"   3: 00007F:0001 00000000:0000 0A 00000000:00000000 00:00000000 00000000     0        0 5 1\n" + // short address
				"   4: 0100007F:10001 00000000:0000 0A 00000000:00000000 00:00000000 00000000     0        0 5 1\n" + // port over 16 bits
				"   5: 0100007F:0001 00000000:0000 10A 00000000:00000000 00:00000000 00000000     0        0 5 1\n" + // state over 8 bits
				"   6: 0100007F:0001 00000000:0000 0A 100000000:00000000 00:00000000 00000000     0        0 5 1\n" + // queue over 32 bits
				"   7: 0100007F:0001 00000000:0000 0A 00000000:100000000 00:00000000 00000000     0        0 5 1\n" +
				"   8: 0100007F:0001 00000000:0000 0A 00000000 00:00000000 00000000     0        0 5 1\n" + // one queue
				"   9: 0100007F:0001 00000000:0000 0A 00000000:00000000 00:00000000 00000000 4294967296        0 5 1\n" + // UID over 32 bits
				"  10: 0100007F:0001 00000000:0000 0A 00000000:00000000 00:00000000 00000000    -1        0 5 1\n" +
				"  11: 0100007F:0001 00000000:0000 0A 00000000:00000000 00:00000000 00000000     0        0 18446744073709551616 1\n" +
				"  12: 0100007F:0001 00000000:0000 0A 00000000:00000000 00:00000000 00000000     0\n" + // no inode
				"  13: 0100007F:0002 00000000:0000 0A 00000000:00000000 00:00000000 00000000     0        0 18446744073709551615 1\n",
			false,
			[]inetRow{
				{InetSocket{ap("127.0.0.1:1"), ap("0.0.0.0:0"), 10, 0, 0, 0, 5}, 0},
				{err: 4}, {err: 5}, {err: 6}, {err: 7}, {err: 8}, {err: 9}, {err: 10}, {err: 11}, {err: 12}, {err: 13}, {err: 14}, {err: 15},
				{InetSocket{ap("127.0.0.1:2"), ap("0.0.0.0:0"), 10, 0, 0, 0, 18446744073709551615}, 0},
			},
		},
		{
			"CutInTheInode",
			inetHeader + "   0: 0100007F:0001 00000000:0000 0A 00000000:00000000 00:00000000 00000000     0        0 53",
			false,
			[]inetRow{{err: 2}},
		},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if got := inetRows([]byte(tt.table), tt.bigEndian); !reflect.DeepEqual(got, tt.want) {
				t.Errorf("got  %+v\nwant %+v", got, tt.want)
			}
		})
	}
}

// TestInetSocketsCut cuts a table at each byte: the rows before the cut stay
// as they are and the cut row is an error, never a shorter number.
func TestInetSocketsCut(t *testing.T) {
	lines := []string{
		inetHeader,
		"   0: 0100007F:1F90 00000000:0000 0A 00000000:00000003 00:00000000 00000000  1000        0 31337 2 0000000000000000 100 0 0 10 0\n",
		"   1: 0000000000000000FFFF00000100007F:1F90 0000000000000000FFFF00000100007F:D431 08 00000000:00000001 00:00000000 00000000     0        0 7 1 0\n",
	}
	table := strings.Join(lines, "")
	whole := inetRows([]byte(table), false)
	if len(whole) != 2 || whole[0].err != 0 || whole[1].err != 0 {
		t.Fatalf("whole table: %+v", whole)
	}
	for n := len(inetHeader); n < len(table); n++ {
		cut := table[:n]
		full := strings.Count(cut, "\n") - 1
		want := slices.Clone(whole[:full])
		if last := cut[strings.LastIndexByte(cut, '\n')+1:]; strings.TrimSpace(last) != "" {
			want = append(want, inetRow{err: full + 2})
		}
		if got := inetRows([]byte(cut), false); !slices.Equal(got, want) {
			t.Fatalf("cut at %d: got %+v, want %+v", n, got, want)
		}
	}
}

func TestInetSocketsStop(t *testing.T) {
	row := "   0: 0100007F:1F90 00000000:0000 0A 00000000:00000003 00:00000000 00000000  1000        0 31337 2\n"
	for _, table := range []string{inetHeader + row + row, inetHeader + "bad\nbad\n"} {
		n := 0
		for range EachInetSocket([]byte(table), false) {
			n++
			break
		}
		if n != 1 {
			t.Errorf("%d rows after break", n)
		}
	}
}

func TestInetSocketsAllocate(t *testing.T) {
	table := []byte(inetHeader + strings.Repeat("   0: 0000000000000000FFFF00000100007F:1F90 0000000000000000FFFF00000100007F:D431 08 00000000:00000001 00:00000000 00000000     0        0 7 1 0\n", 100))
	var last InetSocket
	if n := testing.AllocsPerRun(100, func() {
		for s, err := range EachInetSocket(table, false) {
			if err != nil {
				t.Fatal(err)
			}
			last = s
		}
	}); n != 0 {
		t.Errorf("%v allocations for 100 rows", n)
	}
	if last.Inode != 7 {
		t.Errorf("last row %+v", last)
	}
}

const unixHeader = "Num       RefCount Protocol Flags    Type St Inode Path\n"

type unixRow struct {
	UnixSocket
	err int
}

func unixRows(b []byte) (rows []unixRow) {
	for s, err := range EachUnixSocket(b) {
		rows = append(rows, unixRow{s, errorLine(err)})
	}
	return rows
}

func TestUnixSockets(t *testing.T) {
	tests := []struct {
		name  string
		table string
		want  []unixRow
	}{
		{"Empty", "", nil},
		{"HeaderOnly", unixHeader, nil},
		{
			"Types",
			unixHeader +
				"ffff9c1f01e6a800: 00000002 00000000 00010000 0001 01 31337 /run/systemd/notify\n" +
				"0000000056b98bd5: 00000003 00000000 00000000 0002 03  1527\n" +
				"00000000: FFFFFFFF 00000000 00000000 0005 02     0 @/tmp/.X11-unix/X0\n" +
				"(____ptrval____): 00000002 00000000 00000000 0001 01 18446744073709551615 @\n",
			[]unixRow{
				{UnixSocket{2, 0x10000, 1, 1, 31337, []byte("/run/systemd/notify")}, 0},
				{UnixSocket{3, 0, 2, 3, 1527, nil}, 0},
				{UnixSocket{0xffffffff, 0, 5, 2, 0, []byte("@/tmp/.X11-unix/X0")}, 0},
				{UnixSocket{2, 0, 1, 1, 18446744073709551615, []byte("@")}, 0},
			},
		},
		{
			"OddPaths",
			unixHeader +
				"ffff: 00000002 00000000 00010000 0001 01     1  two  blanks \n" +
				"ffff: 00000002 00000000 00010000 0001 01     2 \ttab\xff\x01\n" +
				"ffff: 00000002 00000000 00010000 0001 01     3 a: b\n" +
				"ffff: 00000002 00000000 00010000 0001 01     4 @a@@b@\n",
			[]unixRow{
				{UnixSocket{2, 0x10000, 1, 1, 1, []byte(" two  blanks ")}, 0},
				{UnixSocket{2, 0x10000, 1, 1, 2, []byte("\ttab\xff\x01")}, 0},
				{UnixSocket{2, 0x10000, 1, 1, 3, []byte("a: b")}, 0},
				{UnixSocket{2, 0x10000, 1, 1, 4, []byte("@a@@b@")}, 0},
			},
		},
		{
			"Newlines",
			unixHeader +
				"ffff: 00000002 00000000 00010000 0001 01     1 /tmp/a\nb\n\nc\n" +
				"ffff: 00000002 00000000 00010000 0001 01     2 \n\n" + // the path is one newline
				"ffff: 00000002 00000000 00010000 0001 01     3 \nx\n" +
				"ffff: 00000002 00000000 00010000 0001 01     4 end\n\n" +
				"ffff: 00000002 00000000 00010000 0001 01     5\n" +
				"ffff: 00000002 00000000 00010000 0001 01     6 @\n\n",
			[]unixRow{
				{UnixSocket{2, 0x10000, 1, 1, 1, []byte("/tmp/a\nb\n\nc")}, 0},
				{UnixSocket{2, 0x10000, 1, 1, 2, []byte("\n")}, 0},
				{UnixSocket{2, 0x10000, 1, 1, 3, []byte("\nx")}, 0},
				{UnixSocket{2, 0x10000, 1, 1, 4, []byte("end\n")}, 0},
				{UnixSocket{2, 0x10000, 1, 1, 5, nil}, 0},
				{UnixSocket{2, 0x10000, 1, 1, 6, []byte("@\n")}, 0},
			},
		},
		{
			"LinesThatOnlyResembleRows",
			unixHeader +
				"ffff: 00000002 00000000 00010000 0001 01     1 /tmp/x\n" +
				"ffff: 2 0 00010000 0001 01 9 /tmp/y\n" + // not the kernel's widths
				"ffff: 00000002 00000000 00010000 0001 01\n" + // no inode
				"ffff: 00000002 00000000 0001000g 0001 01 9\n" + // no number
				"ff f: 00000002 00000000 00010000 0001 01 9\n" + // no address
				": 00000002 00000000 00010000 0001 01 9\n" +
				"ffff: 00000002 00000000 00010000 0001 01     2 /tmp/z\n",
			[]unixRow{
				{UnixSocket{2, 0x10000, 1, 1, 1, []byte("/tmp/x\nffff: 2 0 00010000 0001 01 9 /tmp/y\nffff: 00000002 00000000 00010000 0001 01\n" +
					"ffff: 00000002 00000000 0001000g 0001 01 9\nff f: 00000002 00000000 00010000 0001 01 9\n: 00000002 00000000 00010000 0001 01 9")}, 0},
				{UnixSocket{2, 0x10000, 1, 1, 2, []byte("/tmp/z")}, 0},
			},
		},
		{
			"BadRowsLoseNothingElse",
			unixHeader +
				"nonsense\n" +
				"ffff: 00000002 00000000 00010000 0001 01     1\n" +
				"\n" +
				"ffff: 00000002 00000000 00010000 00001 01 9\n" +
				"ffff: 00000002 00000000 00010000 0001 01 99999999999999999999 /p\n" +
				"ffff: 00000002 00000000 00010000 0001 01     2 /a\nb\n" +
				"ffff: 00000002 00000000 00010000 0001 01     3\n" +
				"last\n",
			[]unixRow{
				{err: 2},
				{UnixSocket{2, 0x10000, 1, 1, 1, nil}, 0},
				{err: 4}, {err: 5}, {err: 6},
				{UnixSocket{2, 0x10000, 1, 1, 2, []byte("/a\nb")}, 0},
				{UnixSocket{2, 0x10000, 1, 1, 3, nil}, 0},
				{err: 10},
			},
		},
		{"CutInThePath", unixHeader + "ffff: 00000002 00000000 00010000 0001 01     1 /ru", []unixRow{{err: 2}}},
		{"CutInTheInode", unixHeader + "ffff: 00000002 00000000 00010000 0001 01     1", []unixRow{{err: 2}}},
		{"CutInTheSecondLineOfAPath", unixHeader + "ffff: 00000002 00000000 00010000 0001 01     1 a\nb", []unixRow{{err: 2}}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			got := unixRows([]byte(tt.table))
			if !reflect.DeepEqual(got, tt.want) {
				t.Errorf("got  %+v\nwant %+v", got, tt.want)
			}
		})
	}
}

// TestUnixSocketsCut cuts a table at each byte. Rows before the one that is cut
// stay; of a path with newlines a cut behind one can't be noticed.
func TestUnixSocketsCut(t *testing.T) {
	lines := []string{
		unixHeader,
		"ffff9c1f01e6a800: 00000002 00000000 00010000 0001 01 31337 /run/systemd/notify\n",
		"0000000056b98bd5: 00000003 00000000 00000000 0002 03  1527\n",
		"0000000056b98bd5: 00000003 00000000 00000000 0002 03  1528 @abstract\n",
	}
	table := strings.Join(lines, "")
	whole := unixRows([]byte(table))
	if len(whole) != 3 {
		t.Fatalf("whole table: %+v", whole)
	}
	for n := range len(table) {
		cut := table[:n]
		full := max(0, strings.Count(cut, "\n")-1)
		want := slices.Clone(whole[:full])
		if strings.Count(cut, "\n") > 0 && !strings.HasSuffix(cut, "\n") {
			want = append(want, unixRow{err: full + 2})
			// The beginning of a row may continue the path of the row before.
			if full > 0 && whole[full-1].Path != nil {
				if _, ok := parseUnixSocket([]byte(cut[strings.LastIndexByte(cut, '\n')+1:])); !ok {
					want = append(slices.Clone(whole[:full-1]), unixRow{err: full + 1})
				}
			}
		}
		if got := unixRows([]byte(cut)); !reflect.DeepEqual(got, want) && !(len(got) == 0 && len(want) == 0) {
			t.Fatalf("cut at %d: got %+v, want %+v", n, got, want)
		}
	}
}

func TestUnixSocketsStop(t *testing.T) {
	row := "ffff: 00000002 00000000 00010000 0001 01     1 /a\n"
	for _, table := range []string{unixHeader + row + row, unixHeader + "bad\nbad\n"} {
		n := 0
		for range EachUnixSocket([]byte(table)) {
			n++
			break
		}
		if n != 1 {
			t.Errorf("%d rows after break", n)
		}
	}
}

func TestUnixSocketsAllocate(t *testing.T) {
	table := []byte(unixHeader + strings.Repeat("ffff9c1f01e6a800: 00000002 00000000 00010000 0001 01 31337 /run/a\nb\n", 100))
	rows := 0
	if n := testing.AllocsPerRun(100, func() {
		rows = 0
		for s, err := range EachUnixSocket(table) {
			if err != nil || len(s.Path) != 8 {
				t.Fatal(s, err)
			}
			rows++
		}
	}); n != 0 || rows != 100 {
		t.Errorf("%v allocations for %d rows", n, rows)
	}
}

// TestUnixPathCapacity: appending to a path must not write into the table.
func TestUnixPathCapacity(t *testing.T) {
	table := []byte(unixHeader + "ffff: 00000002 00000000 00010000 0001 01     1 /a\nffff: 00000002 00000000 00010000 0001 01     2 /b\n")
	for s := range EachUnixSocket(table) {
		if len(s.Path) != cap(s.Path) {
			t.Errorf("%q has room for %d more bytes", s.Path, cap(s.Path)-len(s.Path))
		}
	}
}

func TestSocketInode(t *testing.T) {
	tests := []struct {
		target string
		inode  uint64
		ok     bool
	}{
		{"socket:[31337]", 31337, true},
		{"socket:[18446744073709551615]", 18446744073709551615, true},
		{"socket:[18446744073709551616]", 0, false},
		{"socket:[]", 0, false},
		{"socket:[", 0, false},
		{"socket:[1", 0, false},
		{"socket:[1] (deleted)", 0, false},
		{"socket:[-1]", 0, false},
		{"socket:1]", 0, false},
		{"/tmp/socket:[1]", 0, false},
		{"pipe:[1]", 0, false},
		{"", 0, false},
	}
	for _, tt := range tests {
		if inode, ok := SocketInode([]byte(tt.target)); inode != tt.inode || ok != tt.ok {
			t.Errorf("SocketInode(%q) = %d, %v, want %d, %v", tt.target, inode, ok, tt.inode, tt.ok)
		}
	}
}

func FuzzInetSockets(f *testing.F) {
	f.Add([]byte(inetHeader+"   0: 0100007F:1F90 00000000:0000 0A 00000000:00000003 00:00000000 00000000  1000        0 31337 2 0000000000000000 100 0 0 10 0\n"), false)
	f.Add([]byte(inetHeader+"   0: 20010DB8000000000000000000000001:0016 00000000000000000000FFFF7F000001:0000 0A 00000000:00000000 00:00000000 00000000     0        0 8 1\n"), true)
	f.Add([]byte("\n\n   0: :\n"), false)
	f.Fuzz(func(t *testing.T, b []byte, bigEndian bool) {
		lines, rows := strings.Count(string(b), "\n"), 0
		for s, err := range EachInetSocket(b, bigEndian) {
			rows++
			if err == nil && (!s.Local.IsValid() || !s.Remote.IsValid()) {
				t.Errorf("no address and no error: %+v", s)
			}
			if err != nil && s != (InetSocket{}) {
				t.Errorf("a row beside the error %v: %+v", err, s)
			}
			if line := errorLine(err); err != nil && (line < 1 || line > lines+1) {
				t.Errorf("error in line %d of %d", line, lines)
			}
		}
		if rows > lines+1 {
			t.Errorf("%d rows of %d lines", rows, lines)
		}
	})
}

func FuzzUnixSockets(f *testing.F) {
	f.Add([]byte(unixHeader + "ffff9c1f01e6a800: 00000002 00000000 00010000 0001 01 31337 /run/systemd/notify\n0000000056b98bd5: 00000003 00000000 00000000 0002 03  1527\n"))
	f.Add([]byte(unixHeader + "ffff: 00000002 00000000 00010000 0001 01     1 /tmp/a\nb\n\nc\nffff: 00000002 00000000 00010000 0001 01     2 \n\n"))
	f.Add([]byte("\nffff: 00000002 00000000 00010000 0001 01 99999999999999999999 /p"))
	f.Fuzz(func(t *testing.T, b []byte) {
		lines, rows := strings.Count(string(b), "\n"), 0
		paths := 0
		for s, err := range EachUnixSocket(b) {
			rows++
			paths += len(s.Path)
			if err != nil && !reflect.DeepEqual(s, UnixSocket{}) {
				t.Errorf("a row beside the error %v: %+v", err, s)
			}
			if line := errorLine(err); err != nil && (line < 2 || line > lines+1) {
				t.Errorf("error in line %d of %d", line, lines)
			}
		}
		if rows > lines || paths > len(b) {
			t.Errorf("%d rows and %d bytes of paths from %d lines and %d bytes", rows, paths, lines, len(b))
		}
	})
}
