// Package nt decodes the records that Windows fills in: those of the native
// system calls, and of the functions built on them.
//
// It is pure: bytes go in, structs shaped as the system's own come out, in its
// names and units (100 ns for times, pages where it counts pages). Nothing here
// makes a system call, so that the decoders compile, and are tested, on every
// system.
//
// Records point to each other and to text by addresses. A decoder of such takes
// the address that the buffer had when the system filled it in, and follows only
// what points into the buffer. Numbers are little-endian on every processor that
// Windows runs on; the size of a pointer is a parameter where it matters, as a
// program of one size may look into one of the other.
//
// A list has a function named Each, an iterator: where it can't go on it yields an
// error and ends. What came before is good. Fields of type []byte alias the
// decoder's input.
//
// Text is UTF-16 that need not be valid: the system takes any 16-bit numbers for a
// name. See [Text].
package nt
