package linux

import (
	"bytes"
	"testing"
)

const filesystems618 = "nodev\tsysfs\nnodev\tcgroup2\n\text4\n\tfuseblk\nnodev\tzfs\n"

func TestEachFilesystem(t *testing.T) {
	checkRows(t, EachFilesystem, filesystems618, []Filesystem{
		{[]byte("sysfs"), true}, {[]byte("cgroup2"), true}, {[]byte("ext4"), false}, {[]byte("fuseblk"), false}, {[]byte("zfs"), true},
	})
	checkRows(t, EachFilesystem, "ext4\nother\text4\nnodev\t\n\t\nnodev\n\txfs\nnodev\ttm", []Filesystem{{[]byte("xfs"), false}}, 1, 2, 3, 5, 7)
	checkRows(t, EachFilesystem, "", nil)
	checkCuts(t, EachFilesystem, filesystems618, 0)
	b := []byte(filesystems618)
	checkNoAllocs(t, func() {
		n := 0
		for fs := range EachFilesystem(b) {
			n += len(fs.Name)
		}
		if n != 26 {
			t.Fatal(n)
		}
	})
}

func TestFilesystemOnDevice(t *testing.T) {
	for row, err := range EachFilesystem([]byte(filesystems618)) {
		name := string(row.Name)
		if want := name == "ext4" || name == "fuseblk" || name == "zfs"; err != nil || row.OnDevice() != want {
			t.Errorf("%s: %v, %v", name, row.OnDevice(), err)
		}
	}
}

func FuzzFilesystems(f *testing.F) {
	f.Add([]byte(filesystems618))
	f.Add([]byte("nodev\t\t\n\t \nx\n"))
	f.Fuzz(func(t *testing.T, b []byte) {
		for _, fs := range fuzzRows(t, b, EachFilesystem) {
			if len(fs.Name) == 0 || bytes.IndexByte(fs.Name, '\n') >= 0 {
				t.Fatalf("%+v", fs)
			}
		}
	})
}
