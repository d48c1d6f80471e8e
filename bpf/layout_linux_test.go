//go:build amd64 || arm64 || loong64 || mips64 || mips64le || ppc64 || ppc64le || riscv64 || s390x

package bpf

import (
	"bytes"
	"os"
	"os/exec"
	"path/filepath"
	"reflect"
	"strings"
	"testing"

	"github.com/cilium/ebpf"
	"github.com/cilium/ebpf/btf"
)

// missing skips the test with a reason, or fails it in CI, where everything a test
// needs must be there.
func missing(t testing.TB, reason string) {
	t.Helper()
	if os.Getenv("CI") == "true" {
		t.Fatal(reason)
	}
	t.Skip(reason)
}

// TestObjects compiles the programs again and compares.
func TestObjects(t *testing.T) {
	if _, err := exec.LookPath("clang-14"); err != nil {
		missing(t, "clang-14 is not installed")
	}
	dir := t.TempDir()
	if out, err := exec.Command("../.ci/bpf", dir).CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	for _, name := range []string{"psutil_bpfel.o", "psutil_bpfeb.o"} {
		built, err := os.ReadFile(filepath.Join(dir, name))
		if err != nil {
			t.Fatal(err)
		}
		committed, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		if !bytes.Equal(built, committed) {
			t.Errorf("%s is not what src makes: run make bpf", name)
		}
	}
}

// TestLayouts compares the structs that records are read as with those that the
// programs write, in both byte orders.
func TestLayouts(t *testing.T) {
	for _, file := range []string{"psutil_bpfel.o", "psutil_bpfeb.o"} {
		b, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		spec, err := ebpf.LoadCollectionSpecFromReader(bytes.NewReader(b))
		if err != nil {
			t.Fatal(err)
		}
		for name, of := range map[string]any{
			"process_record": processRecord{}, "task_record": taskRecord{}, "socket_record": socketRecord{}, "walk_state": walkState{},
			"io": ioRecord{}, "times": timesRecord{},
		} {
			var st *btf.Struct
			if err := spec.Types.TypeByName(name, &st); err != nil {
				t.Fatal(err)
			}
			want := fields(reflect.TypeOf(of), 0)
			var got []place
			for _, m := range st.Members {
				size, err := btf.Sizeof(m.Type)
				if err != nil {
					t.Fatal(err)
				}
				if m.Name != "pad" {
					got = append(got, place{m.Offset.Bytes(), uint32(size)})
				}
			}
			if !reflect.DeepEqual(got, want) || uintptr(st.Size) != reflect.TypeOf(of).Size() {
				t.Errorf("%s: struct %s has %v, %d bytes; Go has %v, %d bytes", file, name, got, st.Size, want, reflect.TypeOf(of).Size())
			}
		}
		for name, want := range map[string]int{"sockets": walkers * capacity, "tasks": walkers * taskCapacity} {
			if n := int(spec.Maps[name].MaxEntries); n != want {
				t.Errorf("room for %d %s, want %d", n, name, want)
			}
		}
	}
}

type place struct{ offset, size uint32 }

// fields are where the members of a struct are, those of embedded ones too.
func fields(typ reflect.Type, at uintptr) (all []place) {
	for i := range typ.NumField() {
		f := typ.Field(i)
		switch {
		case f.Anonymous:
			all = append(all, fields(f.Type, at+f.Offset)...)
		case f.Name != "_":
			all = append(all, place{uint32(at + f.Offset), uint32(f.Type.Size())})
		}
	}
	return all
}

// TestNoHostPaths: the objects are the same wherever they are made.
func TestNoHostPaths(t *testing.T) {
	if wd, err := os.Getwd(); err != nil || strings.Contains(string(object), filepath.Dir(wd)) {
		t.Errorf("the object names %s (%v)", wd, err)
	}
}
