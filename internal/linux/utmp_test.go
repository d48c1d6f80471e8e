package linux

import (
	"bytes"
	"net/netip"
	"reflect"
	"testing"
	"time"
)

// utmpRecord lays out a record from the C header, by hand.
func utmpRecord(l UtmpLayout, typ int16, pid int32, line, id, user, host string, session, sec, usec int64, addr [16]byte) []byte {
	var b []byte
	put := func(size int, v int64) {
		for i := range size {
			shift := 8 * i
			if l.BigEndian {
				shift = 8 * (size - 1 - i)
			}
			b = append(b, byte(v>>shift))
		}
	}
	text := func(size int, s string) {
		field := make([]byte, size)
		copy(field, s)
		b = append(b, field...)
	}
	put(2, int64(typ))
	b = append(b, 0xee, 0xee) // padding
	put(4, int64(pid))
	text(32, line)
	text(4, id)
	text(32, user)
	text(256, host)
	put(2, 3)
	put(2, -2)
	size := 4
	if l.Wide {
		size = 8
	}
	put(size, session)
	put(size, sec)
	put(size, usec)
	b = append(b, addr[:]...)
	b = append(b, bytes.Repeat([]byte{0xdd}, 20)...) // reserved
	for len(b)%size != 0 {
		b = append(b, 0xee)
	}
	return b
}

var utmpLayouts = map[string]UtmpLayout{
	"Little384": {},
	"Big384":    {BigEndian: true},
	"Little400": {Wide: true},
	"Big400":    {BigEndian: true, Wide: true},
}

func TestUtmpLayoutOf(t *testing.T) {
	for arch, wide := range map[string]bool{
		"aarch64": true, "arm64": true, "aarch64_be": true, "loongarch64": true, "loong64": true, "s390x": true,
		"x86_64": false, "amd64": false, "armv7l": false, "ppc64": false, "riscv64": false, "s390": false, "": false,
	} {
		for _, big := range []bool{false, true} {
			if got, want := UtmpLayoutOf(arch, big), (UtmpLayout{BigEndian: big, Wide: wide}); got != want {
				t.Errorf("%q: got %+v, want %+v", arch, got, want)
			}
		}
	}
}

func TestEachUtmp(t *testing.T) {
	v6 := netip.MustParseAddr("2001:db8::7").As16()
	for name, l := range utmpLayouts {
		t.Run(name, func(t *testing.T) {
			b := utmpRecord(l, 2, 0, "~", "~~", "reboot", "6.18.44", 0, 1795351833, 250000, [16]byte{})
			if len(b) != l.Size() {
				t.Fatalf("the test's record has %d bytes, Size says %d", len(b), l.Size())
			}
			b = append(b, utmpRecord(l, 7, 4711, "pts/0", "ts/0", "alice", "192.0.2.9", 99, 1795351900, 1, [16]byte{192, 0, 2, 9})...)
			long := string(bytes.Repeat([]byte("x"), 300))
			b = append(b, utmpRecord(l, 8, -1, long, long, long, long, -5, 4102444800, 999999, v6)...)
			b = append(b, utmpRecord(l, 0, 0, "", "", "", "", 0, 0, 0, [16]byte{})...)
			want := []Utmp{
				{
					Type: UtmpBootTime, Line: []byte("~"), ID: []byte("~~"), User: []byte("reboot"), Host: []byte("6.18.44"),
					Termination: 3, Exit: -2, Time: time.Unix(1795351833, 250000000).UTC(),
				},
				{
					Type: UtmpUserProcess, PID: 4711, Line: []byte("pts/0"), ID: []byte("ts/0"), User: []byte("alice"), Host: []byte("192.0.2.9"),
					Termination: 3, Exit: -2, Session: 99, Time: time.Unix(1795351900, 1000).UTC(), Addr: netip.MustParseAddr("192.0.2.9"),
				},
				{
					Type: UtmpDeadProcess, PID: -1, Line: []byte(long[:32]), ID: []byte(long[:4]), User: []byte(long[:32]), Host: []byte(long[:256]),
					Termination: 3, Exit: -2, Session: -5, Time: time.Unix(4102444800, 999999000).UTC(), Addr: netip.AddrFrom16(v6),
				},
				{Type: UtmpEmpty, Line: []byte{}, ID: []byte{}, User: []byte{}, Host: []byte{}, Termination: 3, Exit: -2},
			}
			got, errs := gather(EachUtmp(b, l))
			if len(errs) != 0 || len(got) != len(want) {
				t.Fatalf("%d records, errors %v", len(got), errs)
			}
			for i := range want {
				if !reflect.DeepEqual(got[i], want[i]) {
					t.Errorf("record %d\n got %+v\nwant %+v", i, got[i], want[i])
				}
			}
			for i := range b {
				got, errs := gather(EachUtmp(b[:i:i], l))
				n := i / l.Size()
				if len(got) != n || !reflect.DeepEqual(got, append([]Utmp(nil), want[:n]...)) || (len(errs) == 1) != (i%l.Size() != 0) {
					t.Fatalf("cut at %d: %d records, errors %v", i, len(got), errs)
				}
			}
			checkNoAllocs(t, func() {
				n := 0
				for _, err := range EachUtmp(b, l) {
					if err != nil {
						t.Fatal(err)
					}
					n++
				}
				if n != 4 {
					t.Fatal(n)
				}
			})
			for range EachUtmp(b, l) {
				break
			}
		})
	}
}

func FuzzUtmp(f *testing.F) {
	for _, l := range utmpLayouts {
		f.Add(utmpRecord(l, 7, 1, "tty1", "1", "bob", "::1", 1, 1<<62, -1, [16]byte{15: 1}), l.BigEndian, l.Wide)
	}
	f.Fuzz(func(t *testing.T, b []byte, big, wide bool) {
		l := UtmpLayout{BigEndian: big, Wide: wide}
		got, errs := gather(EachUtmp(b, l))
		if len(got) != len(b)/l.Size() || len(errs) != min(len(b)%l.Size(), 1) {
			t.Fatalf("%d records and %d errors of %d bytes", len(got), len(errs), len(b))
		}
		for _, u := range got {
			if bytes.IndexByte(u.User, 0) >= 0 || bytes.IndexByte(u.Host, 0) >= 0 || bytes.IndexByte(u.Line, 0) >= 0 {
				t.Fatalf("a NUL in %+v", u)
			}
		}
	})
}
