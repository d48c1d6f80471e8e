//go:build amd64 || arm64 || loong64 || mips64 || mips64le || ppc64 || ppc64le || riscv64 || s390x

package bpf

import (
	"bytes"
	"debug/elf"
	"encoding/binary"
	"os"
	"path/filepath"
	"reflect"
	"testing"

	"github.com/cilium/ebpf/btf"

	"github.com/go-psutil/psutil"
)

// TestTrimmedTypes: every program becomes the same with the types that are needed as
// with all that the kernel has, or with those of the file that PSUTIL_BTF names.
func TestTrimmedTypes(t *testing.T) {
	if name := os.Getenv("PSUTIL_BTF"); name != "" {
		setKernelBTF(t, name)
	} else if _, err := os.Stat(kernelBTF); err != nil {
		missing(t, err.Error())
	}
	var whole []byte
	must(t, withKernelBTF(func(raw []byte) error { whole = bytes.Clone(raw); return nil }))
	all, err := btf.LoadSpecFromReader(bytes.NewReader(whole))
	must(t, err)
	k, err := neededTypes(btf.NewCache())
	must(t, err)
	for _, name := range functions {
		var f *btf.Func
		number := btf.TypeID(0)
		if all.TypeByName(name, &f) == nil {
			number, err = all.TypeID(f)
			must(t, err)
		}
		if k.functions[name] != number {
			t.Errorf("%s has number %d, want %d", name, k.functions[name], number)
		}
	}
	programs, err := readPrograms()
	must(t, err)
	for name, program := range programs.Programs {
		var relocations []*btf.CORERelocation
		for i := range program.Instructions {
			if r := btf.CORERelocationMetadata(&program.Instructions[i]); r != nil {
				relocations = append(relocations, r)
			}
		}
		fixups := func(types *btf.Spec) []btf.COREFixup {
			f, err := btf.CORERelocate(relocations, []*btf.Spec{types}, program.ByteOrder, programs.Types.TypeID)
			must(t, err)
			return f
		}
		got, want := fixups(k.types), fixups(all)
		if len(want) < 10 {
			t.Errorf("%s has %d relocations", name, len(want))
		}
		for i := range want {
			if !reflect.DeepEqual(got[i], want[i]) {
				t.Errorf("%s, %v: %v, want %v", name, relocations[i], &got[i], &want[i])
			}
		}
	}
}

func setKernelBTF(t *testing.T, name string) {
	whole := kernelBTF
	kernelBTF = name
	t.Cleanup(func() { kernelBTF = whole })
}

// TestTypesNotTrimmed: where the kernel's types are not what they should be like, the
// programs are loaded with all of them.
func TestTypesNotTrimmed(t *testing.T) {
	processEngine(t)
	garbage := filepath.Join(t.TempDir(), "vmlinux")
	must(t, os.WriteFile(garbage, []byte("garbage"), 0o600))
	for _, name := range []string{garbage, garbage + ".none"} {
		setKernelBTF(t, name)
		if k, _, err := readTypes(processesPart); err != nil || k.trimmed {
			t.Fatalf("%s: %v", name, err)
		}
		e := processEngine(t)
		found := false
		must(t, e.ReadProcesses(psutil.FieldPID, func(p *psutil.ProcessRecord) bool {
			found = found || int(p.PID) == os.Getpid()
			return true
		}))
		if !found {
			t.Errorf("%s: the program itself is not found", name)
		}
	}
}

// objectTypes is the BTF of the programs, and what it names.
func objectTypes(t testing.TB) (raw []byte, names map[string]bool) {
	t.Helper()
	file, err := elf.NewFile(bytes.NewReader(object))
	must(t, err)
	raw, err = file.Section(".BTF").Data()
	must(t, err)
	names, err = typeNames(object)
	must(t, err)
	return raw, names
}

// checkTrimmed fails if what became of BTF is not BTF, or has other numbers.
func checkTrimmed(t testing.TB, raw, trimmed []byte) {
	t.Helper()
	count := func(b []byte) (n int) {
		types, strings, err := splitBTF(b)
		must(t, err)
		for typ, err := range eachType(types) {
			must(t, err)
			textAt(strings, typ.name())
			n++
		}
		return n
	}
	if got, most := count(trimmed), count(raw); got > most {
		t.Errorf("%d types have become %d", most, got)
	}
}

func TestTrimTypesTruncated(t *testing.T) {
	raw, names := objectTypes(t)
	for n := range raw {
		if _, _, err := trimTypes(raw[:n], names, functions); err == nil {
			t.Errorf("%d of %d bytes are taken", n, len(raw))
		}
	}
	// The same, where the header says so.
	const typeSize, textSize = 12, 20
	for _, at := range []int{typeSize, textSize} {
		for n := range binary.NativeEndian.Uint32(raw[at:]) {
			short := bytes.Clone(raw)
			binary.NativeEndian.PutUint32(short[at:], n)
			if trimmed, _, err := trimTypes(short, names, functions); err == nil {
				checkTrimmed(t, short, trimmed)
			}
		}
	}
}

func FuzzTrimTypes(f *testing.F) {
	raw, names := objectTypes(f)
	f.Add(raw)
	f.Add(raw[:btfHeaderSize])
	if trimmed, _, err := trimTypes(raw, map[string]bool{"list_head": true}, nil); err == nil {
		f.Add(trimmed)
	}
	f.Fuzz(func(t *testing.T, raw []byte) {
		if trimmed, _, err := trimTypes(raw, names, functions); err == nil {
			checkTrimmed(t, raw, trimmed)
		}
	})
}
