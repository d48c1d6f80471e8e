//go:build amd64 || arm64 || loong64 || mips64 || mips64le || ppc64 || ppc64le || riscv64 || s390x

package bpf

import (
	"bytes"
	"debug/elf"
	"encoding/binary"
	"errors"
	"fmt"
	"iter"
	"os"

	"github.com/cilium/ebpf/btf"
	"golang.org/x/sys/unix"
)

// Of linux/btf.h.
const (
	btfMagic      = 0xeb9f
	btfHeaderSize = 24
	btfTypeSize   = 12
	btfMemberSize = 12

	kindInt       = 1
	kindPtr       = 2
	kindArray     = 3
	kindStruct    = 4
	kindUnion     = 5
	kindEnum      = 6
	kindFwd       = 7
	kindTypedef   = 8
	kindVolatile  = 9
	kindConst     = 10
	kindRestrict  = 11
	kindFunc      = 12
	kindFuncProto = 13
	kindVar       = 14
	kindDataSec   = 15
	kindFloat     = 16
	kindDeclTag   = 17
	kindTypeTag   = 18
	kindEnum64    = 19
)

// btfTail is what follows a type of each kind: bytes, and bytes for each of its
// members.
var btfTail = [...]struct{ fixed, each uint32 }{
	kindInt: {4, 0}, kindPtr: {}, kindArray: {12, 0}, kindStruct: {0, btfMemberSize}, kindUnion: {0, btfMemberSize}, kindEnum: {0, 8},
	kindFwd: {}, kindTypedef: {}, kindVolatile: {}, kindConst: {}, kindRestrict: {}, kindFunc: {}, kindFuncProto: {0, 8}, kindVar: {4, 0},
	kindDataSec: {0, 12}, kindFloat: {}, kindDeclTag: {4, 0}, kindTypeTag: {}, kindEnum64: {0, 12},
}

var errBTF = errors.New("not BTF as of linux/btf.h")

// A btfType is one type of BTF in this machine's byte order, with its members.
type btfType []byte

func (t btfType) word(at int) uint32 { return binary.NativeEndian.Uint32(t[at:]) }
func (t btfType) name() uint32       { return t.word(0) }
func (t btfType) kind() uint32       { return t.word(4) >> 24 & 0x1f }
func (t btfType) members() int       { return int(t.word(4) & 0xffff) }

// firstType is the type that types begin with.
func firstType(types []byte) (btfType, error) {
	if len(types) < btfTypeSize {
		return nil, errBTF
	}
	t := btfType(types)
	kind := t.kind()
	if kind == 0 || int(kind) >= len(btfTail) {
		return nil, fmt.Errorf("%w: kind %d", errBTF, kind)
	}
	size := btfTypeSize + int(btfTail[kind].fixed) + int(btfTail[kind].each)*t.members()
	if size > len(types) {
		return nil, errBTF
	}
	return t[:size:size], nil
}

// splitBTF returns the types and the strings of BTF.
func splitBTF(raw []byte) (types, strings []byte, err error) {
	if len(raw) < btfHeaderSize || binary.NativeEndian.Uint16(raw) != btfMagic {
		return nil, nil, errBTF
	}
	word := func(at int) uint64 { return uint64(binary.NativeEndian.Uint32(raw[at:])) }
	part := func(offset, size uint64) []byte {
		start := word(4) + offset
		if start+size > uint64(len(raw)) {
			return nil
		}
		return raw[start : start+size]
	}
	types, strings = part(word(8), word(12)), part(word(16), word(20))
	if types == nil || len(strings) == 0 || strings[0] != 0 || strings[len(strings)-1] != 0 {
		return nil, nil, errBTF
	}
	return types, strings, nil
}

// eachType yields the types, which are numbered from 1.
func eachType(types []byte) iter.Seq2[btfType, error] {
	return func(yield func(btfType, error) bool) {
		for len(types) > 0 {
			t, err := firstType(types)
			if !yield(t, err) || err != nil {
				return
			}
			types = types[len(t):]
		}
	}
}

// textAt is the string at an offset, empty if there is none.
func textAt(strings []byte, offset uint32) []byte {
	if uint64(offset) >= uint64(len(strings)) {
		return nil
	}
	text := strings[offset:]
	return text[:bytes.IndexByte(text, 0)] // the last byte is 0
}

// isText reports whether the string at an offset is text. It looks no further.
func isText(strings []byte, offset uint32, text string) bool {
	if uint64(offset)+uint64(len(text)) >= uint64(len(strings)) {
		return false
	}
	rest := strings[offset:]
	return string(rest[:len(text)]) == text && rest[len(text)] == 0
}

// essentialName is a name without the flavor behind the last "___", by which
// relocations find a type.
func essentialName(name []byte) []byte {
	if bytes.Contains(name, []byte("___")) {
		return name[:bytes.LastIndex(name, []byte("___"))]
	}
	return name
}

// typeNames are the essential names of the types of an object's BTF.
func typeNames(object []byte) (map[string]bool, error) {
	file, err := elf.NewFile(bytes.NewReader(object))
	if err != nil {
		return nil, err
	}
	section := file.Section(".BTF")
	if section == nil {
		return nil, errBTF
	}
	raw, err := section.Data()
	if err != nil {
		return nil, err
	}
	types, strings, err := splitBTF(raw)
	if err != nil {
		return nil, err
	}
	names := make(map[string]bool)
	for t, err := range eachType(types) {
		if err != nil {
			return nil, err
		}
		if name := essentialName(textAt(strings, t.name())); len(name) > 0 {
			names[string(name)] = true
		}
	}
	return names, nil
}

// trimTypes returns BTF with those types of another that have one of the names, and
// what they are made of, under the same numbers. Of a hundred thousand types of the
// kernel that leaves some hundred, which take a tenth of the time to read. What a
// pointer points to is left out, because no relocation looks there.
//
// It also returns the numbers of functions.
func trimTypes(raw []byte, names map[string]bool, functions []string) (trimmed []byte, numbers map[string]btf.TypeID, err error) {
	types, strings, err := splitBTF(raw)
	if err != nil {
		return nil, nil, err
	}
	var (
		starts = make([]uint32, 1, 1+len(types)/16) // of the types, by number
		start  uint32
		wanted []uint32 // numbers
	)
	numbers = make(map[string]btf.TypeID)
	for t, err := range eachType(types) {
		if err != nil {
			return nil, nil, err
		}
		number := uint32(len(starts))
		starts = append(starts, start)
		start += uint32(len(t))
		switch t.kind() {
		case kindFunc:
			for _, name := range functions {
				if isText(strings, t.name(), name) {
					numbers[name] = btf.TypeID(number)
				}
			}
		case kindFuncProto, kindVar, kindDataSec, kindDeclTag:
		default:
			if t.name() != 0 && names[string(essentialName(textAt(strings, t.name())))] {
				wanted = append(wanted, number)
			}
		}
	}
	kept, last, err := withParts(types, starts, wanted)
	if err != nil {
		return nil, nil, err
	}
	trimmed = make([]byte, btfHeaderSize, btfHeaderSize+int(last)*btfTypeSize+1<<17)
	texts := newTexts(strings)
	var blank [btfTypeSize]byte // a declaration without a name
	binary.NativeEndian.PutUint32(blank[4:], kindFwd<<24)
	for number := uint32(1); number <= last; number++ {
		if !kept[number] {
			trimmed = append(trimmed, blank[:]...)
			continue
		}
		t, _ := firstType(types[starts[number]:])
		trimmed = append(trimmed, t...)
		btfType(trimmed[len(trimmed)-len(t):]).cut(texts)
	}
	size := uint32(len(trimmed) - btfHeaderSize)
	binary.NativeEndian.PutUint16(trimmed, btfMagic)
	trimmed[2] = 1 // BTF_VERSION
	for at, word := range map[int]uint32{4: btfHeaderSize, 12: size, 16: size, 20: uint32(len(texts.new))} {
		binary.NativeEndian.PutUint32(trimmed[at:], word)
	}
	return append(trimmed, texts.new...), numbers, nil
}

// withParts marks the types with some numbers, and all that they are made of. It also
// returns the last number that is marked.
func withParts(types []byte, starts, numbers []uint32) (kept []bool, last uint32, err error) {
	kept = make([]bool, len(starts))
	for len(numbers) > 0 {
		number := numbers[len(numbers)-1]
		numbers = numbers[:len(numbers)-1]
		if uint64(number) >= uint64(len(kept)) {
			return nil, 0, fmt.Errorf("%w: no type %d", errBTF, number)
		}
		if number == 0 || kept[number] {
			continue
		}
		kept[number], last = true, max(last, number)
		t, _ := firstType(types[starts[number]:])
		if numbers, err = t.parts(numbers); err != nil {
			return nil, 0, err
		}
	}
	return kept, last, nil
}

// texts are strings that are needed, out of many.
type texts struct {
	old, new []byte
	moved    map[uint32]uint32 // offsets
}

func newTexts(old []byte) *texts {
	const room = 4096 // of texts, about, and each of 16 bytes
	s := &texts{old, make([]byte, 1, room*16), make(map[uint32]uint32, room)}
	s.moved[0] = 0
	return s
}

// move makes the offset at the start of b that of the same text among the new ones.
func (s *texts) move(b []byte) {
	old := binary.NativeEndian.Uint32(b)
	to, known := s.moved[old]
	if !known {
		to = uint32(len(s.new))
		s.moved[old] = to
		s.new = append(append(s.new, textAt(s.old, old)...), 0)
	}
	binary.NativeEndian.PutUint32(b, to)
}

// cut lets t be among new texts, and if it is a pointer point to nothing.
func (t btfType) cut(s *texts) {
	s.move(t)
	each := int(btfTail[t.kind()].each)
	for i := 0; each > 0 && i < t.members(); i++ {
		s.move(t[btfTypeSize+i*each:])
	}
	if t.kind() == kindPtr {
		binary.NativeEndian.PutUint32(t[8:], 0)
	}
}

// parts appends the numbers of what the type is made of.
func (t btfType) parts(dst []uint32) ([]uint32, error) {
	switch t.kind() {
	case kindTypedef, kindVolatile, kindConst, kindRestrict, kindTypeTag:
		dst = append(dst, t.word(8))
	case kindArray:
		dst = append(dst, t.word(btfTypeSize), t.word(btfTypeSize+4))
	case kindStruct, kindUnion:
		for i := range t.members() {
			dst = append(dst, t.word(btfTypeSize+i*btfMemberSize+4))
		}
	case kindInt, kindPtr, kindEnum, kindEnum64, kindFwd, kindFloat:
	default:
		return dst, fmt.Errorf("%w: a part of kind %d", errBTF, t.kind())
	}
	return dst, nil
}

// kernelBTF is where the running kernel tells its types.
var kernelBTF = "/sys/kernel/btf/vmlinux"

// withKernelBTF calls f with the BTF of the running kernel.
func withKernelBTF(f func(raw []byte) error) error {
	file, err := os.Open(kernelBTF)
	if err != nil {
		return err
	}
	defer file.Close()
	info, err := file.Stat()
	if err != nil {
		return err
	}
	// Since Linux 6.16. It does not change, so that it may be mapped.
	raw, err := unix.Mmap(int(file.Fd()), 0, int(info.Size()), unix.PROT_READ, unix.MAP_PRIVATE)
	if err == nil {
		defer unix.Munmap(raw)
	} else if raw, err = os.ReadFile(file.Name()); err != nil {
		return err
	}
	return f(raw)
}
