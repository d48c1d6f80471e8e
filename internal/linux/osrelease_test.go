package linux

import (
	"bytes"
	"reflect"
	"strings"
	"testing"
)

const debian12 = `PRETTY_NAME="Debian GNU/Linux 12 (bookworm)"
NAME="Debian GNU/Linux"
VERSION_ID="12"
VERSION="12 (bookworm)"
VERSION_CODENAME=bookworm
ID=debian
HOME_URL="https://www.debian.org/"
`

// osRelease has the fields of an [OSRelease] as text.
func osRelease(b string) [6]string {
	r := OSRelease{ID: []byte("old"), IDLike: []byte("old")}
	r.Parse([]byte(b))
	return [...]string{string(r.ID), string(r.Name), string(r.Version), string(r.VersionID), string(r.PrettyName), string(r.IDLike)}
}

func TestOSRelease(t *testing.T) {
	for _, tt := range []struct {
		name, in string
		want     [6]string
	}{
		{"Debian", debian12, [...]string{"debian", "Debian GNU/Linux", "12 (bookworm)", "12", "Debian GNU/Linux 12 (bookworm)", ""}},
		{
			"Odd", "# ID=no\n\nID=alpine\r\nNAME=\"Alpine \\\"Linux\\\" \\$x \\n\"\nVERSION_ID='3.20'\nPRETTY_NAME=Alpine\\ Linux\nVERSION=\"\nID_LIKE\nOTHER=x",
			[...]string{"alpine", `Alpine "Linux" $x \n`, `"`, "3.20", "Alpine Linux", ""},
		},
		{"LastCounts", "ID=a\nID=b\nID_LIKE='x y'", [...]string{"b", "", "", "", "", "x y"}},
		{"Quotes", "ID='\nNAME='a\\b'\nVERSION=\"a\nPRETTY_NAME=\"\"\nVERSION_ID=a=b\nID_LIKE=a\\", [...]string{"'", `a\b`, `"a`, "a=b", "", `a\`}},
		{"Empty", "", [6]string{}},
		{"Nothing", "=\n=ID\nid=x\nID =x\nexport ID=x\n", [6]string{}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			if got := osRelease(tt.in); got != tt.want {
				t.Errorf("\ngot  %q\nwant %q", got, tt.want)
			}
		})
	}
	for i := range debian12 {
		got := osRelease(debian12[:i])
		if want := i >= strings.Index(debian12, "GNU/Linux\"\n")+10; (got[1] == "Debian GNU/Linux") != want {
			t.Fatalf("cut at %d: %q", i, got)
		}
	}
	b := []byte(debian12)
	checkNoAllocs(t, func() {
		var r OSRelease
		r.Parse(b)
	})
}

func TestParseMachineID(t *testing.T) {
	for in, want := range map[string]string{
		"d61b6d1f2b6c4f2f9d0d5c1f7a3e8b90\n":  "d61b6d1f2b6c4f2f9d0d5c1f7a3e8b90",
		"D61B6D1F2B6C4F2F9D0D5C1F7A3E8B90":    "D61B6D1F2B6C4F2F9D0D5C1F7A3E8B90",
		"":                                    "",
		"uninitialized\n":                     "",
		"d61b6d1f2b6c4f2f9d0d5c1f7a3e8b9":     "",
		"g61b6d1f2b6c4f2f9d0d5c1f7a3e8b90":    "",
		"d61b6d1f2b6c4f2f9d0d5c1f7a3e8b90\nx": "",
	} {
		if got, ok := ParseMachineID([]byte(in)); string(got) != want || ok != (want != "") {
			t.Errorf("%q: %q, %v", in, got, ok)
		}
	}
}

func FuzzOSRelease(f *testing.F) {
	f.Add([]byte(debian12))
	f.Add([]byte("ID='\nNAME=\"\\\nVERSION=\\"))
	f.Fuzz(func(t *testing.T, b []byte) {
		var r, again OSRelease
		before := bytes.Clone(b)
		r.Parse(b)
		again.Parse(b)
		if !bytes.Equal(b, before) || !reflect.DeepEqual(r, again) {
			t.Fatalf("the input was changed: %q", b)
		}
		for _, v := range [...][]byte{r.ID, r.Name, r.Version, r.VersionID, r.PrettyName, r.IDLike} {
			if len(v) > len(b) || bytes.IndexByte(v, '\n') >= 0 {
				t.Fatalf("%q from %q", v, b)
			}
		}
		if id, ok := ParseMachineID(b); ok != (len(id) == 32) {
			t.Fatalf("%q, %v", id, ok)
		}
	})
}
