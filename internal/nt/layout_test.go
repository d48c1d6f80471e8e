package nt

import (
	"encoding/binary"
	"fmt"
	"iter"
	"unicode/utf16"
)

// word is a number of the size of a pointer: a field of cstruct.
type word uint64

// cstruct lays out a struct as Microsoft's compiler does: each number at a multiple
// of its size, and at the end room up to a multiple of the largest. Bytes are a struct
// within it, with numbers of 8 bytes.
func cstruct(pointer int, fields ...any) []byte {
	var b []byte
	widest := 1
	align := func(size int) {
		for len(b)%size != 0 {
			b = append(b, 0xee) // must not matter
		}
	}
	put := func(size int, v uint64) {
		align(size)
		widest = max(widest, size)
		b = append(b, binary.LittleEndian.AppendUint64(nil, v)[:size]...)
	}
	for _, field := range fields {
		switch v := field.(type) {
		case []byte:
			align(8)
			widest = 8
			b = append(b, v...)
		case word:
			put(pointer, uint64(v))
		case uint16:
			put(2, uint64(v))
		case uint32:
			put(4, uint64(v))
		case int32:
			put(4, uint64(v))
		case uint64:
			put(8, v)
		case int64:
			put(8, uint64(v))
		default:
			panic(fmt.Sprintf("a field of type %T", field))
		}
	}
	align(widest)
	return b
}

// utf16le is text as Windows stores it.
func utf16le(text string) []byte {
	var b []byte
	for _, unit := range utf16.Encode([]rune(text)) {
		b = binary.LittleEndian.AppendUint16(b, unit)
	}
	return b
}

// wide is a number that takes a whole pointer, and that no other n gives.
func wide(pointer int, n uint64) uint64 {
	if pointer == 8 {
		return n<<32 | 0x80000000 | n
	}
	return 0x80000000 | n
}

// gather runs an iterator to its end.
func gather[T any](seq iter.Seq2[T, error]) (rows []T, errs []error) {
	for row, err := range seq {
		if err != nil {
			errs = append(errs, err)
		} else {
			rows = append(rows, row)
		}
	}
	return rows, errs
}

// pointers are the sizes that a pointer has.
var pointers = map[string]int{"32Bit": 4, "64Bit": 8}
