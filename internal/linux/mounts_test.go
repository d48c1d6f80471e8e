package linux

import "testing"

const mounts618Text = `/dev/vda / ext4 rw,relatime,discard 0 0
 /empty tmpfs rw,size=4k 0 0
/dev/disk\040one /mnt/a\011b fuse.ntfs ro 0 0
`

func TestEachFSTab(t *testing.T) {
	checkRows(t, EachFSTab, mounts618Text+"# comment\nno_fsck /x xfs rw\n", []FSTab{
		{[]byte("/dev/vda"), []byte("/"), []byte("ext4"), []byte("rw,relatime,discard")},
		{[]byte(""), []byte("/empty"), []byte("tmpfs"), []byte("rw,size=4k")},
		{[]byte("/dev/disk one"), []byte("/mnt/a\tb"), []byte("fuse.ntfs"), []byte("ro")},
		{[]byte("no_fsck"), []byte("/x"), []byte("xfs"), []byte("rw")},
	})
	checkRows(t, EachFSTab, "one\none two\none two three\na  c d\na b c d\ncut x y z", []FSTab{
		{[]byte("a"), []byte("b"), []byte("c"), []byte("d")},
	}, 1, 2, 3, 4, 6)
	checkRows(t, EachFSTab, "", nil)
	checkCuts(t, EachFSTab, mounts618Text, 0)
}

func FuzzMounts(f *testing.F) {
	f.Add([]byte(mounts618Text))
	f.Add([]byte("#\n# \n   x\n"))
	f.Fuzz(func(t *testing.T, b []byte) {
		for _, m := range fuzzRows(t, b, EachFSTab) {
			if len(m.MountPoint) == 0 || len(m.FSType) == 0 {
				t.Fatalf("%+v", m)
			}
		}
	})
}
