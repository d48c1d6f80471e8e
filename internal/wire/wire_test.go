package wire

import (
	"bytes"
	"errors"
	"math"
	"testing"
)

var (
	le64 = Layout{Word: 8}
	be64 = Layout{Word: 8, BigEndian: true}
	le32 = Layout{Word: 4}
	be32 = Layout{Word: 4, BigEndian: true}
)

// record holds one of everything, each at its natural place.
func record(big bool) []byte {
	b := []byte{
		0xfe,       // U8/I8
		0x80, 0x01, // U16
		0xff, 0xfe, 0xfd, 0xfc, // U32
		0x80, 0, 0, 0, 0, 0, 0, 0x07, // U64
	}
	if !big {
		rev := func(s []byte) {
			for i, j := 0, len(s)-1; i < j; i, j = i+1, j-1 {
				s[i], s[j] = s[j], s[i]
			}
		}
		rev(b[1:3])
		rev(b[3:7])
		rev(b[7:15])
	}
	return b
}

func TestNumbers(t *testing.T) {
	for _, l := range []Layout{le64, be64, le32, be32} {
		b := record(l.BigEndian)
		c := New(b, l)
		if v := c.U8(); v != 0xfe {
			t.Errorf("%v U8 = %#x", l, v)
		}
		if v := c.U16(); v != 0x8001 {
			t.Errorf("%v U16 = %#x", l, v)
		}
		if v := c.U32(); v != 0xfffefdfc {
			t.Errorf("%v U32 = %#x", l, v)
		}
		if v := c.U64(); v != 0x8000000000000007 {
			t.Errorf("%v U64 = %#x", l, v)
		}
		if c.Err() != nil || c.Len() != 0 || c.Offset() != len(b) {
			t.Errorf("%v at end: err %v, len %d, offset %d", l, c.Err(), c.Len(), c.Offset())
		}

		c = New(b, l)
		if v := c.I8(); v != -2 {
			t.Errorf("%v I8 = %d", l, v)
		}
		if v := c.I16(); v != -32767 {
			t.Errorf("%v I16 = %d", l, v)
		}
		if v := c.I32(); v != -66052 {
			t.Errorf("%v I32 = %d", l, v)
		}
		if v := c.I64(); v != -9223372036854775801 {
			t.Errorf("%v I64 = %d", l, v)
		}
	}
}

func TestLong(t *testing.T) {
	b := []byte{0xf0, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff}
	c := New(b, le32)
	if v := c.Long(); v != -16 || c.Offset() != 4 {
		t.Errorf("32-bit Long = %d at %d", v, c.Offset())
	}
	c = New(b, le32)
	if v := c.ULong(); v != 0xfffffff0 {
		t.Errorf("32-bit ULong = %#x", v)
	}
	c = New(b, le64)
	if v := c.Long(); v != -16 || c.Offset() != 8 {
		t.Errorf("64-bit Long = %d at %d", v, c.Offset())
	}
	c = New(b, be64)
	if v := c.ULong(); v != 0xf0ffffffffffffff {
		t.Errorf("big-endian ULong = %#x", v)
	}
	for _, l := range []Layout{{}, {Word: 2}, {Word: -1}, {Word: 16}} {
		c := New(b, l)
		if v := c.Long(); v != 0 || c.Err() == nil {
			t.Errorf("Long with layout %v = %d, err %v", l, v, c.Err())
		}
	}
}

func TestUintSizes(t *testing.T) {
	b := []byte{1, 2, 3, 4, 5, 6, 7, 8}
	want := []uint64{0x01, 0x0201, 0x030201, 0x04030201, 0x0504030201, 0x060504030201, 0x07060504030201, 0x0807060504030201}
	for size := 1; size <= 8; size++ {
		c := New(b, le64)
		if v := c.Uint(size); v != want[size-1] || c.Offset() != size {
			t.Errorf("Uint(%d) = %#x at %d, want %#x", size, v, c.Offset(), want[size-1])
		}
	}
	c := New([]byte{0xff, 0xff, 0x7f}, le64)
	if v := c.Int(3); v != 0x7fffff {
		t.Errorf("Int(3) = %d", v)
	}
	c = New([]byte{0xfe, 0xff, 0xff}, le64)
	if v := c.Int(3); v != -2 {
		t.Errorf("Int(3) = %d, want -2", v)
	}
	for _, size := range []int{0, -1, 9, math.MaxInt} {
		c := New(make([]byte, 32), le64)
		if v := c.Uint(size); v != 0 || c.Err() == nil {
			t.Errorf("Uint(%d) = %d, err %v", size, v, c.Err())
		}
		c = New(make([]byte, 32), le64)
		if v := c.Int(size); v != 0 || c.Err() == nil {
			t.Errorf("Int(%d) = %d, err %v", size, v, c.Err())
		}
	}
}

func TestBytesAndCString(t *testing.T) {
	b := []byte("ab\x00junk" + "12345678" + "tail")
	c := New(b, le64)
	name := c.CString(7)
	if string(name) != "ab" || cap(name) != 2 {
		t.Errorf("CString = %q cap %d", name, cap(name))
	}
	if s := c.CString(8); string(s) != "12345678" {
		t.Errorf("CString without NUL = %q", s)
	}
	tail := c.Bytes(4)
	if string(tail) != "tail" || cap(tail) != 4 {
		t.Errorf("Bytes = %q cap %d", tail, cap(tail))
	}
	if &tail[0] != &b[15] {
		t.Error("Bytes copied")
	}
	if s := c.Bytes(0); len(s) != 0 || c.Err() != nil {
		t.Errorf("Bytes(0) at end = %q, err %v", s, c.Err())
	}
	if s := c.CString(0); len(s) != 0 || c.Err() != nil {
		t.Errorf("CString(0) at end = %q, err %v", s, c.Err())
	}
}

func TestStickyError(t *testing.T) {
	c := New([]byte{1, 2, 3}, le64)
	c.Skip(2)
	if v := c.U32(); v != 0 {
		t.Errorf("short U32 = %d", v)
	}
	var e *Error
	if !errors.As(c.Err(), &e) || *e != (Error{Offset: 2, Need: 4, Have: 1}) {
		t.Fatalf("Err = %v", c.Err())
	}
	if got, want := e.Error(), "offset 2: need 4 bytes, have 1"; got != want {
		t.Errorf("message %q, want %q", got, want)
	}
	first := c.Err()
	if v := c.U8(); v != 0 {
		t.Errorf("U8 after an error = %d, though a byte is there", v)
	}
	c.Seek(0)
	if c.Offset() != 2 || c.Len() != 0 || c.Err() != first {
		t.Errorf("after Seek: offset %d, len %d, err %v", c.Offset(), c.Len(), c.Err())
	}
	if c.Bytes(1) != nil || c.CString(1) != nil {
		t.Error("bytes after an error")
	}
	c.Align(8)
	if c.Err() != first {
		t.Errorf("the first error was replaced by %v", c.Err())
	}
}

func TestNegativeLength(t *testing.T) {
	for name, f := range map[string]func(*Cursor){
		"Skip":     func(c *Cursor) { c.Skip(-1) },
		"Bytes":    func(c *Cursor) { c.Bytes(math.MinInt) },
		"CString":  func(c *Cursor) { c.CString(-1) },
		"Align":    func(c *Cursor) { c.Align(-4) },
		"AlignBy0": func(c *Cursor) { c.Align(0) },
		"Seek":     func(c *Cursor) { c.Seek(-1) },
		"SeekEnd":  func(c *Cursor) { c.Seek(9) },
		"Sub":      func(c *Cursor) { c.Sub(-1) },
		"Huge":     func(c *Cursor) { c.Skip(math.MaxInt) },
	} {
		c := New(make([]byte, 8), le64)
		c.Skip(1)
		f(&c)
		if c.Err() == nil || c.Offset() != 1 {
			t.Errorf("%s: err %v, offset %d", name, c.Err(), c.Offset())
		}
	}
}

func TestAlignAndSeek(t *testing.T) {
	c := New(make([]byte, 16), le64)
	c.Align(8)
	if c.Offset() != 0 {
		t.Errorf("aligned start moved to %d", c.Offset())
	}
	c.Skip(1)
	c.Align(4)
	if c.Offset() != 4 {
		t.Errorf("Align(4) from 1 = %d", c.Offset())
	}
	c.AlignWord()
	if c.Offset() != 8 {
		t.Errorf("AlignWord from 4 = %d", c.Offset())
	}
	c.Skip(5)
	c.Align(3)
	if c.Offset() != 15 {
		t.Errorf("Align(3) from 13 = %d", c.Offset())
	}
	c.Seek(16)
	if c.Err() != nil || c.Len() != 0 {
		t.Errorf("Seek to the end: %v, len %d", c.Err(), c.Len())
	}
	c.Seek(2)
	if c.Offset() != 2 || c.Len() != 14 {
		t.Errorf("Seek back: offset %d, len %d", c.Offset(), c.Len())
	}
	c = New(make([]byte, 5), le64)
	c.Skip(5)
	c.Align(4)
	if c.Err() == nil {
		t.Error("padding past the end accepted")
	}
}

func TestSub(t *testing.T) {
	c := New([]byte{0, 0, 0, 9, 1, 2, 3, 4, 5}, be32)
	if c.U32() != 9 {
		t.Fatal("prefix")
	}
	s := c.Sub(3)
	if c.Offset() != 7 || s.Len() != 3 {
		t.Fatalf("offset %d, sub length %d", c.Offset(), s.Len())
	}
	if v := s.U16(); v != 0x0102 {
		t.Errorf("sub U16 = %#x: the layout was lost", v)
	}
	s.Align(2)
	if v := s.U32(); v != 0 {
		t.Errorf("sub read past its end: %#x", v)
	}
	var e *Error
	if !errors.As(s.Err(), &e) || *e != (Error{Offset: 6, Need: 4, Have: 1}) {
		t.Errorf("sub error %v", s.Err())
	}
	if c.Err() != nil {
		t.Errorf("a sub's overrun reached its parent: %v", c.Err())
	}
	if v := c.U16(); v != 0x0405 {
		t.Errorf("after Sub = %#x", v)
	}
	short := c.Sub(1)
	if short.Err() == nil || c.Err() == nil || short.Len() != 0 {
		t.Errorf("short Sub: %v, %v", short.Err(), c.Err())
	}
}

func TestZeroCursor(t *testing.T) {
	var c Cursor
	if c.Len() != 0 || c.U8() != 0 || c.Err() == nil {
		t.Error("zero Cursor reads something")
	}
}

func TestNoAllocs(t *testing.T) {
	b := bytes.Repeat([]byte{1, 2, 3, 4, 5, 6, 7, 0}, 8)
	var sink uint64
	n := testing.AllocsPerRun(100, func() {
		c := New(b, le64)
		s := c.Sub(16)
		sink += s.U64() + uint64(s.I32()) + uint64(len(s.CString(4)))
		sink += c.ULong() + uint64(c.U16()) + uint64(c.U8())
		c.AlignWord()
		sink += uint64(len(c.Bytes(8)))
		if c.Err() != nil || s.Err() != nil {
			t.Fatal(c.Err(), s.Err())
		}
	})
	if n != 0 {
		t.Errorf("%v allocations", n)
	}
	_ = sink
}

// FuzzCursor runs a program of reads over a buffer and checks that a cursor
// never leaves it and never gives more than it holds.
func FuzzCursor(f *testing.F) {
	f.Add([]byte{0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11}, record(false), true, uint8(8))
	f.Add([]byte{9, 200, 9, 3, 10, 7, 11, 255}, []byte("hello\x00world"), false, uint8(4))
	f.Fuzz(func(t *testing.T, program, data []byte, big bool, word uint8) {
		c := New(data, Layout{BigEndian: big, Word: int(word)})
		given := 0
		for i := 0; i+1 < len(program); i += 2 {
			n := int(int8(program[i+1]))
			before, failed := c.Offset(), c.Err()
			switch program[i] % 12 {
			case 0:
				c.U8()
			case 1:
				c.I16()
			case 2:
				c.U32()
			case 3:
				c.I64()
			case 4:
				c.Long()
			case 5:
				c.ULong()
			case 6:
				c.Uint(n)
			case 7:
				c.Int(n)
			case 8:
				c.Align(n)
			case 9:
				b := c.Bytes(n)
				given += len(b)
				if len(b) != 0 && len(b) != n {
					t.Fatalf("Bytes(%d) gave %d", n, len(b))
				}
			case 10:
				if b := c.CString(n); bytes.IndexByte(b, 0) >= 0 {
					t.Fatalf("CString holds a NUL: %q", b)
				}
			case 11:
				s := c.Sub(n)
				if s.Err() == nil && s.Len() != n {
					t.Fatalf("Sub(%d) has %d", n, s.Len())
				}
				s.Skip(n)
			}
			if failed != nil && (c.Err() != failed || c.Offset() != before) {
				t.Fatalf("a read after an error moved or replaced it")
			}
			if c.Offset() < before || c.Offset() > len(data) || c.Len() < 0 {
				t.Fatalf("offset %d after %d of %d", c.Offset(), before, len(data))
			}
		}
		if given > len(data) {
			t.Fatalf("%d bytes out of %d", given, len(data))
		}
	})
}
