// Package wire reads the binary records that kernels and C libraries lay out
// in memory, from bytes, with every access checked against the end.
//
// A [Cursor] remembers the first read that went past the end and returns zero
// from then on, so a decoder reads a whole record and checks once. Byte order
// and the size of a C long are parameters: any machine reads any other's.
package wire

import (
	"bytes"
	"fmt"
)

// Layout is how the machine that wrote the bytes stores its numbers.
type Layout struct {
	BigEndian bool
	Word      int // bytes in a pointer, a C long and a size_t: 4 or 8
}

// Error reports a read past the end of a buffer, or one that makes no sense
// anywhere, such as a negative length.
type Error struct {
	Offset int // where the read began, from the start of the outermost buffer
	Need   int // bytes the read asked for
	Have   int // bytes left there
}

func (e *Error) Error() string {
	return fmt.Sprintf("offset %d: need %d bytes, have %d", e.Offset, e.Need, e.Have)
}

// U16 reads the number at the start of b, which must have it.
func U16(b []byte, bigEndian bool) uint16 {
	if bigEndian {
		return uint16(b[0])<<8 | uint16(b[1])
	}
	return uint16(b[1])<<8 | uint16(b[0])
}

// U32 reads the number at the start of b, which must have it.
func U32(b []byte, bigEndian bool) uint32 {
	if bigEndian {
		return uint32(b[0])<<24 | uint32(b[1])<<16 | uint32(b[2])<<8 | uint32(b[3])
	}
	return uint32(b[3])<<24 | uint32(b[2])<<16 | uint32(b[1])<<8 | uint32(b[0])
}

// U64 reads the number at the start of b, which must have it.
func U64(b []byte, bigEndian bool) uint64 {
	if bigEndian {
		return uint64(U32(b, true))<<32 | uint64(U32(b[4:], true))
	}
	return uint64(U32(b[4:], false))<<32 | uint64(U32(b, false))
}

// Cursor reads a buffer from front to back. Copying it is cheap and gives an
// independent position in the same buffer. The zero value is an empty buffer.
type Cursor struct {
	b    []byte
	off  int
	base int // of b in the outermost buffer, for errors only
	l    Layout
	err  error
}

// New starts at the first byte of b. The cursor and what it returns alias b.
func New(b []byte, l Layout) Cursor { return Cursor{b: b, l: l} }

// Err returns the first error, an [*Error], or nil.
func (c *Cursor) Err() error { return c.err }

// Len returns how many bytes are left, 0 after an error.
func (c *Cursor) Len() int {
	if c.err != nil {
		return 0
	}
	return len(c.b) - c.off
}

// Offset returns the position in this cursor's own buffer. After an error it
// stays where the first bad read began.
func (c *Cursor) Offset() int { return c.off }

// take returns the next n bytes, or nil and the sticky error.
func (c *Cursor) take(n int) []byte {
	if c.err != nil {
		return nil
	}
	if n < 0 || n > len(c.b)-c.off {
		c.fail(n)
		return nil
	}
	b := c.b[c.off : c.off+n : c.off+n]
	c.off += n
	return b
}

func (c *Cursor) fail(n int) {
	if c.err == nil {
		c.err = &Error{Offset: c.base + c.off, Need: n, Have: len(c.b) - c.off}
	}
}

// Uint reads an unsigned number of 1 to 8 bytes.
func (c *Cursor) Uint(size int) uint64 {
	if size < 1 || size > 8 {
		c.fail(size)
		return 0
	}
	var v uint64
	b := c.take(size)
	if c.l.BigEndian {
		for _, x := range b {
			v = v<<8 | uint64(x)
		}
		return v
	}
	for i, x := range b {
		v |= uint64(x) << (8 * i)
	}
	return v
}

// Int reads a signed number of 1 to 8 bytes.
func (c *Cursor) Int(size int) int64 {
	v := c.Uint(size)
	if size < 1 || size > 8 {
		return 0
	}
	shift := 64 - 8*size
	return int64(v<<shift) >> shift
}

// U8 reads one byte.
func (c *Cursor) U8() uint8 { return uint8(c.Uint(1)) }

// U16 reads an unsigned 16-bit number.
func (c *Cursor) U16() uint16 { return uint16(c.Uint(2)) }

// U32 reads an unsigned 32-bit number.
func (c *Cursor) U32() uint32 { return uint32(c.Uint(4)) }

// U64 reads an unsigned 64-bit number.
func (c *Cursor) U64() uint64 { return c.Uint(8) }

// I8 reads a signed byte.
func (c *Cursor) I8() int8 { return int8(c.Uint(1)) }

// I16 reads a signed 16-bit number.
func (c *Cursor) I16() int16 { return int16(c.Uint(2)) }

// I32 reads a signed 32-bit number.
func (c *Cursor) I32() int32 { return int32(c.Uint(4)) }

// I64 reads a signed 64-bit number.
func (c *Cursor) I64() int64 { return int64(c.Uint(8)) }

// word is the size of a C long, or a size that no read accepts.
func (c *Cursor) word() int {
	if c.l.Word != 4 && c.l.Word != 8 {
		return -1
	}
	return c.l.Word
}

// ULong reads an unsigned number of the machine's word: unsigned long, size_t
// or a pointer.
func (c *Cursor) ULong() uint64 { return c.Uint(c.word()) }

// Long reads a signed number of the machine's word: long or ssize_t.
func (c *Cursor) Long() int64 { return c.Int(c.word()) }

// Bytes returns the next n bytes, aliasing the buffer; nil if they are not
// there.
func (c *Cursor) Bytes(n int) []byte { return c.take(n) }

// CString passes over a char[n] and returns what comes before its first NUL,
// all of it when there is none, aliasing the buffer.
func (c *Cursor) CString(n int) []byte {
	b := c.take(n)
	if i := bytes.IndexByte(b, 0); i >= 0 {
		return b[:i:i]
	}
	return b
}

// Skip passes over n bytes.
func (c *Cursor) Skip(n int) { c.take(n) }

// Align passes over padding up to the next multiple of n bytes from the start
// of this cursor's own buffer. Padding that is not there is an error.
func (c *Cursor) Align(n int) {
	if n <= 0 {
		c.fail(n)
		return
	}
	if r := c.off % n; r != 0 {
		c.take(n - r)
	}
}

// AlignWord is [Cursor.Align] to the machine's word.
func (c *Cursor) AlignWord() { c.Align(c.word()) }

// Seek moves to an offset from the start of this cursor's own buffer; the end
// is a valid place. It does not clear an error.
func (c *Cursor) Seek(off int) {
	if c.err != nil {
		return
	}
	if off < 0 || off > len(c.b) {
		c.err = &Error{Offset: c.base + off, Need: 0, Have: len(c.b) - off}
		return
	}
	c.off = off
}

// Sub passes over the next n bytes and returns a cursor of just those, with
// the same layout. If they are not there both cursors carry the error.
func (c *Cursor) Sub(n int) Cursor {
	base := c.base + c.off
	b := c.take(n)
	return Cursor{b: b, base: base, l: c.l, err: c.err}
}
