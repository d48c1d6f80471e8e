package linux

import (
	"bytes"
	"slices"
	"testing"
)

func TestEachArg(t *testing.T) {
	nul := func(n int) string { return string(make([]byte, n)) }
	tests := []struct {
		name, in string
		want     []string
	}{
		{"KernelThread", "", nil},
		{"Plain", "/usr/bin/python3\x00-c\x00pass\x00", []string{"/usr/bin/python3", "-c", "pass"}},
		{"OneArgument", "bash\x00", []string{"bash"}},
		{"SpacesInside", "/bin/sh\x00-c\x00sleep 1; echo  x \x00", []string{"/bin/sh", "-c", "sleep 1; echo  x "}},
		{"EmptyArguments", "a\x00\x00b\x00\x00\x00", []string{"a", "", "b", "", ""}},
		{"EmptyFirst", "\x00a b\x00", []string{"", "a b"}},
		{"OnlyEmpty", "\x00", []string{""}},
		{"ThreeEmpty", "\x00\x00\x00", []string{"", "", ""}},
		{"TrailingEmpty", "true\x00\x00", []string{"true", ""}},
		{"Newlines", "a\nb\x00\n\x00", []string{"a\nb", "\n"}},
		{"NotUTF8", "\xff\xfe\x00\x80\x00", []string{"\xff\xfe", "\x80"}},

		{"Title", "nginx: master process /usr/sbin/nginx -g daemon off;\x00",
			[]string{"nginx:", "master", "process", "/usr/sbin/nginx", "-g", "daemon", "off;"}},
		{"TitlePadded", "nginx: worker process" + nul(40), []string{"nginx:", "worker", "process"}},
		{"TitlePaddedBySpaces", "postgres: walwriter      \x00", []string{"postgres:", "walwriter"}},
		{"TitleNotEnded", "sshd: root@pts/0", []string{"sshd:", "root@pts/0"}},
		{"TitleNotEndedSpaces", "sshd: x  y  ", []string{"sshd:", "x", "", "y"}},
		{"TitleOfSpaces", "   \x00", []string{""}},
		{"TitleLeadingSpace", " a b\x00", []string{"", "a", "b"}},
		{"TitleOneWord", "init", []string{"init"}},
		{"Joined", "/opt/chrome --type=renderer --lang=en\x00", []string{"/opt/chrome", "--type=renderer", "--lang=en"}},

		// A read that ended early, or a title over the first arguments only.
		{"CutInAnArgument", "/bin/sh\x00-c\x00sleep 1; ec", []string{"/bin/sh", "-c", "sleep 1; ec"}},
		{"CutAfterAnArgument", "/bin/sh\x00-c", []string{"/bin/sh", "-c"}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			var got []string
			for arg := range EachArg([]byte(tt.in)) {
				got = append(got, string(arg))
			}
			if !slices.Equal(got, tt.want) {
				t.Errorf("EachArg(%q) = %q, want %q", tt.in, got, tt.want)
			}
			for arg := range EachArg([]byte(tt.in)) {
				if string(arg) != tt.want[0] {
					t.Errorf("first argument %q, want %q", arg, tt.want[0])
				}
				break // must not panic
			}
		})
	}
}

func TestEachArgNoAllocs(t *testing.T) {
	b := []byte("/usr/bin/python3\x00-c\x00pass\x00")
	if n := testing.AllocsPerRun(100, func() {
		size := 0
		for arg := range EachArg(b) {
			size += len(arg)
		}
		if size != 22 {
			t.Fatal(size)
		}
	}); n != 0 {
		t.Errorf("%v allocations, want 0", n)
	}
}

func FuzzEachArg(f *testing.F) {
	for _, in := range []string{"", "a\x00b c\x00\x00", "a b", "a b\x00\x00", "\x00 \x00"} {
		f.Add([]byte(in))
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		before := bytes.Clone(b)
		var args [][]byte
		for arg := range EachArg(b) {
			args = append(args, arg)
			if _ = append(arg, '!'); !bytes.Equal(b, before) {
				t.Fatal("appending to an argument wrote into the input")
			}
		}
		if !bytes.Equal(b, before) {
			t.Fatal("the input was changed")
		}
		if (len(args) == 0) != (len(b) == 0) {
			t.Fatalf("%d arguments of %q", len(args), b)
		}
		// Nothing is lost but separators and padding.
		bySpace := bytes.TrimRight(bytes.Join(args, []byte(" ")), " ")
		byNUL := bytes.TrimRight(bytes.Join(args, []byte{0}), "\x00")
		whole := bytes.TrimRight(b, "\x00")
		if !bytes.Equal(byNUL, whole) && !bytes.Equal(bySpace, bytes.TrimRight(whole, " ")) {
			t.Fatalf("EachArg(%q) = %q", b, args)
		}
	})
}

func checkAppendArgs(t *testing.T, b []byte) {
	t.Helper()
	want := []string{"first"}
	for arg := range EachArg(b) {
		want = append(want, string(arg))
	}
	if got := AppendArgs([]string{"first"}, b); !slices.Equal(got, want) {
		t.Errorf("AppendArgs(%q) = %q, want %q", b, got, want)
	}
}

func TestAppendArgs(t *testing.T) {
	for _, in := range []string{"", "\x00", "\x00\x00", "a\x00", "a\x00b\x00", "a\x00\x00b\x00\x00", "a b\x00", "a b", "a b  \x00\x00", " ", "  \x00", "a", "a\x00b", "\xff\xfe \x80"} {
		checkAppendArgs(t, []byte(in))
	}
	b := []byte("a\x00bc\x00d\x00")
	if n := testing.AllocsPerRun(100, func() { AppendArgs(nil, b) }); n > 2 {
		t.Errorf("%v allocations", n)
	}
}

func FuzzAppendArgs(f *testing.F) {
	f.Add([]byte("a\x00b c\x00"))
	f.Add([]byte("a title  \x00\x00"))
	f.Fuzz(func(t *testing.T, b []byte) { checkAppendArgs(t, b) })
}
