package psutil

import (
	"strconv"
	"testing"
	"unsafe"
)

func TestInternedNames(t *testing.T) {
	names := make(internedNames)
	b := []byte("init")
	first := names.intern(b)
	b[0] = 'x'
	if again := names.intern([]byte("init")); first != "init" || unsafe.StringData(again) != unsafe.StringData(first) {
		t.Errorf("%q and %q are not one string", first, again)
	}
	for i := range 2 * maxNames {
		if name := strconv.Itoa(i); names.intern([]byte(name)) != name || len(names) > maxNames {
			t.Fatalf("%d names", len(names))
		}
	}
}
