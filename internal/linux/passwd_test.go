package linux

import "testing"

func TestEachPasswd(t *testing.T) {
	const text = "root:x:0:0:root:/root:/bin/sh\n" +
		"# comment:x:7:7::/:\n" +
		"+nis:x:8:8::/:\n" +
		"short:x\n" +
		"letters:x:abc:0::/:\n" +
		"big:x:4294967296:0::/:\n" +
		":x:9:9::/:\n" +
		"nobody:x:65534:65534:nobody:/nonexistent:/usr/sbin/nologin\n" +
		"last:x:4294967294:1"
	want := map[uint32]string{0: "root", 65534: "nobody"}
	got := make(map[uint32]string)
	for uid, name := range EachPasswd([]byte(text)) {
		got[uid] = string(name)
	}
	want[4294967294] = "last"
	if len(got) != len(want) {
		t.Errorf("got %v, want %v", got, want)
	}
	for uid, name := range want {
		if got[uid] != name {
			t.Errorf("UID %d is %q, want %q", uid, got[uid], name)
		}
	}
	for uid := range EachPasswd([]byte(text)) {
		if uid != 0 {
			t.Errorf("stopped at UID %d, want 0", uid)
		}
		break
	}
}

func FuzzEachPasswd(f *testing.F) {
	f.Add([]byte("root:x:0:0:root:/root:/bin/sh\n"))
	f.Fuzz(func(t *testing.T, b []byte) {
		for _, name := range EachPasswd(b) {
			if len(name) == 0 {
				t.Error("empty name")
			}
		}
	})
}
