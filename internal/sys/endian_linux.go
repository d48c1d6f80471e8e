package sys

import "unsafe"

// BigEndian reports the byte order of this machine.
func BigEndian() bool {
	n := uint16(1)
	return *(*byte)(unsafe.Pointer(&n)) == 0
}
