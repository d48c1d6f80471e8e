//go:build amd64 || arm64 || loong64 || mips64 || mips64le || ppc64 || ppc64le || riscv64 || s390x

package bpf

import (
	"math"
	"testing"
	"unsafe"

	"github.com/go-psutil/psutil"
)

func TestStateLetter(t *testing.T) {
	// States of linux/sched.h, and the letters of fs/proc/array.c.
	for _, test := range []struct {
		state, exit uint32
		want        byte
	}{
		{0, 0, 'R'}, {1, 0, 'S'}, {2, 0, 'D'}, {4, 0, 'T'}, {8, 0, 't'}, {0x40, 0, 'P'},
		{0x402, 0, 'I'}, {0x80, 0x20, 'Z'}, {0x80, 0x10, 'X'}, {0x2002, 0, 'D'}, {0x1000, 0, 'D'}, {0x8000, 0, 'D'},
		{0x800, 0, 'R'}, {0x101, 0, 'S'}, {math.MaxUint32, math.MaxUint32, 'I'},
	} {
		if got := stateLetter(test.state, test.exit); got != test.want {
			t.Errorf("%#x, %#x: %c, want %c", test.state, test.exit, got, test.want)
		}
	}
}

func TestAdjusted(t *testing.T) {
	const tick = 10_000_000
	for _, test := range []struct {
		name         string
		in           timesRecord
		user, system uint64
	}{
		{"None", timesRecord{}, 0, 0},
		{"Exact", timesRecord{30 * tick, 10 * tick, 40 * tick, 0, 0}, 30, 10},
		{"TicksMissedHalf", timesRecord{30 * tick, 10 * tick, 80 * tick, 0, 0}, 60, 20},
		{"OnlyUser", timesRecord{30 * tick, 0, 40 * tick, 0, 0}, 40, 0},
		{"OnlySystem", timesRecord{0, 5 * tick, 40 * tick, 0, 0}, 0, 40},
		{"NoTickYet", timesRecord{0, 0, 7 * tick, 0, 0}, 7, 0},
		{"ShownMore", timesRecord{30 * tick, 10 * tick, 40 * tick, 35 * tick, 9 * tick}, 35, 9},
		{"SystemNeverBack", timesRecord{30 * tick, 10 * tick, 40 * tick, 5 * tick, 12 * tick}, 28, 12},
		{"UserNeverBack", timesRecord{10 * tick, 30 * tick, 40 * tick, 15 * tick, 5 * tick}, 15, 25},
	} {
		user, system := test.in.adjusted()
		if user != test.user || system != test.system {
			t.Errorf("%s: %d, %d; want %d, %d", test.name, user, system, test.user, test.system)
		}
		measured := processTable{measured: true}
		if user, system := measured.ticks(test.in); user != test.in.UTime/tick || system != test.in.STime/tick {
			t.Errorf("%s, measured: %d, %d", test.name, user, system)
		}
	}
	// Torn numbers make anything but a crash.
	const most = math.MaxUint64
	for _, torn := range []timesRecord{{most, most, most, 0, 0}, {most, 1, most, 0, 0}, {1, most, most, most, most}, {0, 0, most, 1, most}} {
		torn.adjusted()
	}
}

// FuzzRecords reads any bytes as records of both programs.
func FuzzRecords(f *testing.F) {
	task := taskRecord{threadRecord: threadRecord{Size: uint32(taskSize), TGID: 7, TID: 7}, NrThreads: 2}
	thread := threadRecord{Size: uint32(threadSize), TGID: 7, TID: 9}
	seed := append(bytesOf(&task), bytesOf(&thread)...)
	f.Add(seed)
	f.Add(seed[:len(seed)-1])
	f.Add([]byte{})
	f.Add(make([]byte, 400))
	socket := socketRecord{PID: 1, TCP: 1, State: 1, Family: 2}
	f.Add(bytesOf(&socket))
	f.Fuzz(func(t *testing.T, b []byte) {
		// The kernel's memory is aligned.
		aligned := make([]uint64, len(b)/8+1)
		b = append(unsafe.Slice((*byte)(unsafe.Pointer(&aligned[0])), len(aligned)*8)[:0], b...)
		var p processTable
		_ = p.add(b)
		p.sort()
		for _, place := range p.order {
			var r psutil.ProcessRecord
			p.process(&r, &p.at(place).Task, p.threads, true)
			if len(r.Threads) != len(p.threads)+1 {
				t.Fatalf("%d threads of %d", len(r.Threads), len(p.threads)+1)
			}
		}
		var s table
		for ; len(b) >= longSocket; b = b[longSocket&^7:] {
			s.add(record[socketRecord](b), true)
		}
		if len(s.TCP) != len(s.Sockets) {
			t.Fatalf("%d of %d", len(s.TCP), len(s.Sockets))
		}
	})
}

func bytesOf[T any](v *T) []byte {
	return append([]byte(nil), unsafe.Slice((*byte)(unsafe.Pointer(v)), unsafe.Sizeof(*v))...)
}
