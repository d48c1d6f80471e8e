package nt

import (
	"errors"
	"fmt"
	"iter"

	"github.com/go-psutil/psutil/internal/wire"
)

// HandleEntry is SYSTEM_HANDLE_TABLE_ENTRY_INFO_EX, of which
// SystemExtendedHandleInformation (64) returns one for each handle of each process
// (ntexapi.h of phnt).
type HandleEntry struct {
	Object        uint64 // its address in the kernel; 0 if the caller may not know
	PID           uint64
	Handle        uint64 // its number in that process
	GrantedAccess uint32
	TypeIndex     uint16 // the system's number for the type of the object, of no fixed meaning
	Attributes    uint32
}

// EachHandle iterates over SYSTEM_HANDLE_INFORMATION_EX.
func EachHandle(b []byte, pointer int) iter.Seq2[HandleEntry, error] {
	return func(yield func(HandleEntry, error) bool) {
		c := wire.New(b, layout(pointer))
		count := c.ULong()
		c.ULong() // reserved
		if err := c.Err(); err != nil {
			yield(HandleEntry{}, err)
			return
		}
		for n := range count {
			h := HandleEntry{Object: c.ULong(), PID: c.ULong(), Handle: c.ULong(), GrantedAccess: c.U32()}
			c.Skip(2) // the stack that created it, where that is kept
			h.TypeIndex, h.Attributes = c.U16(), c.U32()
			c.Skip(4) // reserved
			if err := c.Err(); err != nil {
				yield(HandleEntry{}, fmt.Errorf("handle %d of %d: %w", n, count, err))
				return
			}
			if !yield(h, nil) {
				return
			}
		}
	}
}

// ParseUnicodeString returns the text, in UTF-16, of the UNICODE_STRING that begins b,
// which the system filled in at base: the whole of OBJECT_NAME_INFORMATION, the name
// in OBJECT_TYPE_INFORMATION (ntobapi.h of phnt), the answer to ProcessImageFileName
// and ProcessCommandLineInformation.
func ParseUnicodeString(b []byte, base uint64, pointer int) (text []byte, err error) {
	c := wire.New(b, layout(pointer))
	text, inside := unicodeString(&c, b, base)
	if err := c.Err(); err != nil {
		return nil, err
	}
	if !inside {
		return nil, errors.New("text outside the buffer")
	}
	return text, nil
}
