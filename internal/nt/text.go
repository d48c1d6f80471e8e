package nt

import (
	"errors"
	"unicode/utf16"
	"unicode/utf8"

	"github.com/go-psutil/psutil/internal/wire"
)

// layout is that of a machine with pointers of so many bytes, 4 or 8.
func layout(pointer int) wire.Layout { return wire.Layout{Word: pointer} }

// Text decodes UTF-16 as [AppendText] does. An odd byte at the end is left out.
func Text(b []byte) string {
	var buf [128]byte
	return string(AppendText(buf[:0], b))
}

// AppendText appends UTF-16 as UTF-8 to dst. Half of a surrogate pair, which is no
// text but may be in a name, is written as if it were a character (WTF-8), as
// package syscall does, so that the name can be given back to the system.
func AppendText(dst, b []byte) []byte {
	for len(b) >= 2 {
		r := rune(wire.U16(b, false))
		b = b[2:]
		if utf16.IsSurrogate(r) {
			if len(b) >= 2 {
				if pair := utf16.DecodeRune(r, rune(wire.U16(b, false))); pair != utf8.RuneError {
					dst = utf8.AppendRune(dst, pair)
					b = b[2:]
					continue
				}
			}
			dst = append(dst, 0xe0|byte(r>>12), 0x80|byte(r>>6)&0xbf, 0x80|byte(r)&0xbf)
			continue
		}
		dst = utf8.AppendRune(dst, r)
	}
	return dst
}

// untilNUL returns what comes before the first NUL of UTF-16, and whether there is
// one.
func untilNUL(b []byte) (text []byte, ended bool) {
	for i := 0; i+1 < len(b); i += 2 {
		if b[i] == 0 && b[i+1] == 0 {
			return b[:i:i], true
		}
	}
	return b[:len(b)&^1], false
}

// pointed returns the n bytes that an address points to, if they are all within
// b, which was filled in at base.
func pointed(b []byte, base, address uint64, n int) ([]byte, bool) {
	off := address - base
	if address < base || off > uint64(len(b)) || n < 0 || uint64(n) > uint64(len(b))-off {
		return nil, false
	}
	return b[off : off+uint64(n) : off+uint64(n)], true
}

// textAt returns the text at an address within b, which was filled in at base, up to the
// end that cut finds; nil at 0.
func textAt(b []byte, base, address uint64, cut func([]byte) (text []byte, ended bool)) ([]byte, error) {
	if address == 0 {
		return nil, nil
	}
	if _, inside := pointed(b, base, address, 0); inside {
		if text, ended := cut(b[address-base:]); ended {
			return text, nil
		}
	}
	return nil, errors.New("text outside the buffer")
}

// remoteText reads a UNICODE_STRING (ntdef.h) whose text is wherever it is.
func remoteText(c *wire.Cursor) RemoteText {
	length := c.U16()
	c.Skip(2) // the room that there is
	c.AlignWord()
	return RemoteText{c.ULong(), int(length)}
}

// unicodeString reads a UNICODE_STRING whose text is within b. Of one that has none,
// or whose text is elsewhere, it returns nil; ok is false for the latter.
func unicodeString(c *wire.Cursor, b []byte, base uint64) (text []byte, ok bool) {
	t := remoteText(c)
	if t.Length == 0 || c.Err() != nil {
		return nil, true
	}
	return pointed(b, base, t.Address, t.Length)
}
