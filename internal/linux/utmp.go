package linux

import (
	"iter"
	"net/netip"
	"time"

	"github.com/go-psutil/psutil/internal/scan"
	"github.com/go-psutil/psutil/internal/wire"
)

// UtmpLayout is how a C library lays out a utmp record.
type UtmpLayout struct {
	BigEndian bool

	// Wide is the 400-byte record with a 64-bit session and time that glibc
	// has on arm64, loong64 and s390x. Everywhere else, and on musl, records
	// take 384 bytes so that 32- and 64-bit programs share one file.
	Wide bool
}

// UtmpLayoutOf returns the layout on a machine of an architecture, in Go's words
// or in uname's.
func UtmpLayoutOf(arch string, bigEndian bool) UtmpLayout {
	layout := UtmpLayout{BigEndian: bigEndian}
	switch arch {
	case "aarch64", "arm64", "aarch64_be", "loongarch64", "loong64", "s390x":
		layout.Wide = true
	}
	return layout
}

// Size returns the bytes in a record.
func (l UtmpLayout) Size() int {
	if l.Wide {
		return 400
	}
	return 384
}

// UtmpType says what a utmp record is about.
type UtmpType int16

// The types of utmp.h.
const (
	UtmpEmpty        UtmpType = 0
	UtmpRunLevel     UtmpType = 1
	UtmpBootTime     UtmpType = 2
	UtmpNewTime      UtmpType = 3
	UtmpOldTime      UtmpType = 4
	UtmpInitProcess  UtmpType = 5
	UtmpLoginProcess UtmpType = 6
	UtmpUserProcess  UtmpType = 7
	UtmpDeadProcess  UtmpType = 8
	UtmpAccounting   UtmpType = 9
)

// Utmp is a record of /run/utmp, /var/log/wtmp or /var/log/btmp (utmp(5),
// glibc bits/utmp.h). Text fields alias the input and end before the first
// NUL.
type Utmp struct {
	Type        UtmpType
	PID         int32
	Line        []byte // terminal without /dev/, at most 32 bytes
	ID          []byte // at most 4 bytes
	User        []byte // at most 32 bytes
	Host        []byte // of a remote login, or an X display, or a kernel release; at most 256 bytes
	Termination int16
	Exit        int16
	Session     int64
	Time        time.Time  // UTC; the zero Time when the record holds none
	Addr        netip.Addr // of a remote login; not valid when the record holds none
}

// EachUtmp returns the records of a utmp file, empty ones included. A rest too
// short for a record is an error.
func EachUtmp(b []byte, layout UtmpLayout) iter.Seq2[Utmp, error] {
	return func(yield func(Utmp, error) bool) {
		c := wire.New(b, wire.Layout{BigEndian: layout.BigEndian, Word: 8})
		for n := 1; c.Len() > 0; n++ {
			r := c.Sub(layout.Size())
			u := utmp(&r, layout.Wide)
			if r.Err() != nil {
				yield(Utmp{}, scan.Errorf(n, nil, "a record of %d bytes expected", layout.Size()))
				return
			}
			if !yield(u, nil) {
				return
			}
		}
	}
}

func utmp(r *wire.Cursor, wide bool) (u Utmp) {
	u.Type = UtmpType(r.I16())
	r.Align(4)
	u.PID = r.I32()
	u.Line, u.ID = r.CString(32), r.CString(4)
	u.User, u.Host = r.CString(32), r.CString(256)
	u.Termination, u.Exit = r.I16(), r.I16()
	var sec, usec int64
	if wide {
		u.Session, sec, usec = r.I64(), r.I64(), r.I64()
	} else {
		// The seconds have no sign since glibc 2.40, and never needed one.
		u.Session, sec, usec = int64(r.I32()), int64(r.U32()), int64(r.I32())
	}
	if sec != 0 || usec != 0 {
		u.Time = time.Unix(sec, usec%1e6*1e3).UTC()
	}
	u.Addr = utmpAddr(r.Bytes(16))
	return u
}

// utmpAddr reads an address in network order; an IPv4 one is alone in the
// first four bytes.
func utmpAddr(b []byte) netip.Addr {
	if len(b) != 16 {
		return netip.Addr{}
	}
	a := [16]byte(b)
	switch {
	case a == [16]byte{}:
		return netip.Addr{}
	case [12]byte(b[4:]) == [12]byte{}:
		return netip.AddrFrom4([4]byte(b))
	}
	return netip.AddrFrom16(a)
}
