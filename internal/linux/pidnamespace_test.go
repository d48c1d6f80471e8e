package linux

import (
	"fmt"
	"testing"
)

func TestParseNamespace(t *testing.T) {
	tests := []struct {
		in    string
		typ   string
		inode uint64
	}{
		{"net:[4026531840]", "net", 4026531840},
		{"mnt:[4026531832]", "mnt", 4026531832},
		{"pid:[18446744073709551615]", "pid", 1<<64 - 1},
		{"future:[1]", "future", 1},
	}
	for _, tt := range tests {
		ns, err := ParseNamespace([]byte(tt.in))
		if err != nil || string(ns.Type) != tt.typ || ns.Inode != tt.inode {
			t.Errorf("ParseNamespace(%q) = %q %d, %v", tt.in, ns.Type, ns.Inode, err)
		}
		for i := range tt.in {
			if ns, err := ParseNamespace([]byte(tt.in[:i])); err == nil || ns.Type != nil || ns.Inode != 0 {
				t.Errorf("ParseNamespace(%q) = %q %d, %v, want an error", tt.in[:i], ns.Type, ns.Inode, err)
			}
		}
	}
	for _, in := range []string{":[1]", "net:[]", "net:[1]x", "net:1", "net:[-1]", "net:[0x1]", "net:[18446744073709551616]", "/net:[1", "net:]["} {
		if ns, err := ParseNamespace([]byte(in)); err == nil || ns.Type != nil {
			t.Errorf("ParseNamespace(%q) = %q %d, want an error", in, ns.Type, ns.Inode)
		}
	}
}

func FuzzParseNamespace(f *testing.F) {
	f.Add([]byte("net:[4026531840]"))
	f.Add([]byte("net:["))
	f.Fuzz(func(t *testing.T, b []byte) {
		ns, err := ParseNamespace(b)
		if err != nil {
			return
		}
		again, err := ParseNamespace(fmt.Appendf(nil, "%s:[%d]", ns.Type, ns.Inode))
		if err != nil || string(again.Type) != string(ns.Type) || again.Inode != ns.Inode {
			t.Fatalf("%q read again is %+v, %v", b, again, err)
		}
	})
}
