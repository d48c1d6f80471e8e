// Package linux decodes what the Linux kernel prints in /proc and /sys and
// sends over netlink.
//
// It is pure: bytes go in, structs shaped as the kernel's own records come
// out, in the kernel's names and units (ticks, pages, kernel flags; a "kB" of
// /proc is given in bytes). Nothing here opens a file or makes a system call,
// so the decoders compile, and are tested, on every system.
//
// A type whose source is a whole file has a Parse method, which resets the
// value and allocates nothing. A file of rows has a function named Each, an
// iterator: a row that cannot be read yields an error and the iteration goes
// on. Fields of type []byte alias the decoder's input and are good for as long
// as it is left alone.
//
// The kernel ends every line with a newline. A last line without one was cut
// by a short read and is an error, because half a number looks like a number.
//
// Old kernels print less than new ones. Where a zero could be mistaken for
// "not printed", a struct says which fields it was given.
//
// Names, arguments, environments, mapped paths and control group paths are
// chosen by whoever owns the process and may hold any byte the kernel lets
// through.
package linux
